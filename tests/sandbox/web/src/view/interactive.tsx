// Interactive messages: buttons and lists.

import { useState } from 'preact/hooks'
import type { Message } from '../api.ts'
import { Icon } from '../icons.tsx'
import { at, list, text } from '../json.ts'
import { answer, pressedOf } from '../state/user.ts'
import { Body, FileCard } from './cards.tsx'
import { Dialog } from './dialog.tsx'
import { Press } from './press.tsx'

export function Interactive({ message, mark }: { message: Message; mark: string }) {
  const interactive = at(message.content, 'interactive')
  const header = at(interactive, 'header')
  const headerKind = text(header, 'type')
  const footer = text(interactive, 'footer.text')
  return (
    <>
      {headerKind === 'text' && <p class="text strong">{text(header, 'text')}</p>}
      {(headerKind === 'image' || headerKind === 'video' || headerKind === 'document') && (
        <FileCard
          kind={headerKind}
          link={text(header, `${headerKind}.link`)}
          id={text(header, `${headerKind}.id`)}
          filename={text(header, `${headerKind}.filename`)}
        />
      )}
      <Body text={text(interactive, 'body.text') ?? ''} mark={mark} />
      {footer && <p class="note">{footer}</p>}
      {text(interactive, 'type') === 'list' ? (
        <Choice message={message} action={at(interactive, 'action')} />
      ) : (
        <Buttons message={message} buttons={list(interactive, 'action.buttons')} />
      )}
    </>
  )
}

function Buttons({ message, buttons }: { message: Message; buttons: unknown[] }) {
  const pressed = pressedOf(message)
  return (
    <div class="presses">
      {buttons.map((button, index) => {
        const id = text(button, 'reply.id') ?? ''
        const title = text(button, 'reply.title') ?? ''
        return (
          <Press
            key={index}
            label={title}
            pressed={pressed.has(id)}
            onPress={() => void answer(message, { type: 'buttonReply', id, title })}
          />
        )
      })}
    </div>
  )
}

function Choice({ message, action }: { message: Message; action: unknown }) {
  const [open, setOpen] = useState(false)
  const label = text(action, 'button') ?? 'Choose'
  const pressed = pressedOf(message)
  return (
    <div class="presses">
      <button type="button" class="press" onClick={() => setOpen(true)}>
        <Icon name="list" size={15} /> {label}
      </button>
      {open && (
        <Dialog title={label} close={() => setOpen(false)}>
          {list(action, 'sections').map((section, index) => (
            <section key={index} class="choices">
              {text(section, 'title') && <h3>{text(section, 'title')}</h3>}
              {list(section, 'rows').map((row, at) => {
                const [id = '', title = '', description] = [
                  text(row, 'id'),
                  text(row, 'title'),
                  text(row, 'description'),
                ]
                return (
                  <button
                    key={at}
                    type="button"
                    class="choice"
                    onClick={async () => {
                      const order = { type: 'listReply', id, title, ...(description ? { description } : {}) }
                      if (await answer(message, order)) setOpen(false)
                    }}
                  >
                    <span>{title}</span>
                    {description && <span class="muted">{description}</span>}
                    {pressed.has(id) && <Icon name="check" label="chosen before" size={16} />}
                  </button>
                )
              })}
            </section>
          ))}
        </Dialog>
      )}
    </div>
  )
}
