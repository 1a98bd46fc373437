// Texts with WhatsApp's marks. They become elements, never HTML: a text with `<script>` is shown as it is.

import type { ComponentChildren } from 'preact'

// A mark has no letter or digit outside of it, and no blank inside of it.
const MARKS =
  /```([\s\S]+?)```|`([^`\n]+)`|(?<![\p{L}\p{N}*])\*(\S(?:[^*\n]*\S)?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(\S(?:[^_\n]*\S)?)_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~(\S(?:[^~\n]*\S)?)~(?![\p{L}\p{N}~])|(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)'\]])/gu

export function Formatted({ text, mark = '' }: { text: string; mark?: string }) {
  return <>{formatted(text, mark)}</>
}

function formatted(text: string, mark: string): ComponentChildren[] {
  const parts: ComponentChildren[] = []
  let end = 0
  for (const match of text.matchAll(MARKS)) {
    const [whole, block, code, bold, italic, strike, link] = match
    parts.push(marked(text.slice(end, match.index), mark))
    end = match.index + whole.length
    if (block !== undefined) parts.push(<code class="block">{block}</code>)
    else if (code !== undefined) parts.push(<code>{code}</code>)
    else if (bold !== undefined) parts.push(<strong>{formatted(bold, mark)}</strong>)
    else if (italic !== undefined) parts.push(<em>{formatted(italic, mark)}</em>)
    else if (strike !== undefined) parts.push(<s>{formatted(strike, mark)}</s>)
    else if (link !== undefined) parts.push(<Link to={link}>{marked(link, mark)}</Link>)
  }
  parts.push(marked(text.slice(end), mark))
  return parts
}

/** A text in which what was searched for is marked. */
function marked(text: string, mark: string): ComponentChildren {
  if (mark === '') return text
  const parts: ComponentChildren[] = []
  const [lower, wanted] = [text.toLowerCase(), mark.toLowerCase()]
  // Where lower case has another length, positions would not fit.
  if (lower.length !== text.length) return text
  let end = 0
  for (let found = lower.indexOf(wanted); found >= 0; found = lower.indexOf(wanted, end)) {
    parts.push(text.slice(end, found), <mark>{text.slice(found, found + wanted.length)}</mark>)
    end = found + wanted.length
  }
  parts.push(text.slice(end))
  return parts
}

export function Marked({ text, mark }: { text: string; mark: string }) {
  return <>{marked(text, mark)}</>
}

/** A link that leaves the page; only http and https are links. */
export function Link({ to, children }: { to: string; children: ComponentChildren }) {
  if (!/^https?:\/\//i.test(to)) return <>{children}</>
  return (
    <a href={to} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  )
}

export function hostOf(link: string): string {
  try {
    return new URL(link).host
  } catch {
    return link
  }
}

export function fileOf(link: string): string | undefined {
  try {
    return decodeURIComponent(new URL(link).pathname.split('/').pop() ?? '') || undefined
  } catch {
    return undefined
  }
}
