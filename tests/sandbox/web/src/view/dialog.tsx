// A dialog and a menu: both close with Escape and with a click beside them.

import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon, type IconName } from '../icons.tsx'

interface DialogProps {
  title: string
  close: () => void
  children: ComponentChildren
}

export function Dialog({ title, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  // Not useEffect: keys that are pressed at once belong to the dialog.
  useLayoutEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={close}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        event.stopPropagation()
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div class="dialog">
        <header>
          <h2>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

interface MenuProps {
  icon: IconName
  label: string
  /** What stands on the button; without it only the icon does. */
  text?: string
  class?: string
  up?: boolean
  onOpen?: () => void
  children: ComponentChildren
}

/** A button that opens a list of commands below it. */
export function Menu({ icon, label, text, class: name = '', up = false, onOpen, children }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null)
  const [isOpen, setOpen] = useState(false)
  const shut = () => menu.current?.removeAttribute('open')
  useEffect(() => {
    if (!isOpen) return
    const outside = (event: Event) => {
      if (event.target instanceof Node && !menu.current?.contains(event.target)) shut()
    }
    document.addEventListener('pointerdown', outside)
    document.addEventListener('focusin', outside)
    return () => {
      document.removeEventListener('pointerdown', outside)
      document.removeEventListener('focusin', outside)
    }
  }, [isOpen])
  return (
    <details
      ref={menu}
      class={`menu ${up ? 'up' : ''} ${name}`}
      onToggle={(event) => {
        setOpen(event.currentTarget.open)
        if (event.currentTarget.open) onOpen?.()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !menu.current?.open) return
        event.stopPropagation()
        shut()
        menu.current.querySelector('summary')?.focus()
      }}
    >
      <summary aria-label={label} title={text ? undefined : label} class={text ? 'button' : 'icon-button'}>
        <Icon name={icon} />
        {text && <span class="wide">{text}</span>}
      </summary>
      {isOpen && (
        // biome-ignore lint/a11y: a command inside was pressed; the menu has done its work
        <div
          class="menu-body"
          onClick={(event) => {
            if (event.target instanceof Element && event.target.closest('[data-closes]')) shut()
          }}
        >
          {children}
        </div>
      )}
    </details>
  )
}
