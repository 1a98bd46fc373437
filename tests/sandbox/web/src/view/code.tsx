// Code and JSON that can be scrolled and copied.

import { useState } from 'preact/hooks'
import { Icon } from '../icons.tsx'
import { pretty } from '../json.ts'
import { done, failed } from '../state/notices.ts'

export function Code({ code }: { code: string }) {
  return (
    <div class="code-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre class="code" tabIndex={0}>
        {code}
      </pre>
      <CopyButton text={code} />
    </div>
  )
}

/** JSON behind its name. */
export function Json({ title, value, open = false }: { title: string; value: unknown; open?: boolean }) {
  const [shown, show] = useState(open)
  return (
    <details class="json-box" open={open} onToggle={(event) => show(event.currentTarget.open)}>
      <summary>{title}</summary>
      {shown && <Code code={pretty(value)} />}
    </details>
  )
}

async function copy(text: string) {
  try {
    // Without HTTPS, only an address of this machine has a clipboard.
    await navigator.clipboard.writeText(text)
    done('Copied.')
  } catch {
    failed('The browser does not let the page copy.')
  }
}

export function CopyButton({ text }: { text: string }) {
  return (
    <button type="button" class="icon-button copy" aria-label="Copy" title="Copy" onClick={() => void copy(text)}>
      <Icon name="copy" size={15} />
    </button>
  )
}
