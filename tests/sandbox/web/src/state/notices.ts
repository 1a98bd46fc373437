// Short notices at the edge of the page.

import { signal } from '@preact/signals'

export interface Notice {
  id: number
  text: string
  kind: 'done' | 'problem'
}

export const notices = signal<readonly Notice[]>([])
let last = 0

function show(text: string, kind: Notice['kind'], ms: number) {
  const notice = { id: ++last, text, kind }
  notices.value = [...notices.value.filter((other) => other.text !== text), notice].slice(-3)
  setTimeout(() => dismiss(notice.id), ms)
}

export const dismiss = (id: number) => {
  notices.value = notices.value.filter((notice) => notice.id !== id)
}

export const done = (text: string) => show(text, 'done', 3000)

export const failed = (error: unknown) => show(error instanceof Error ? error.message : String(error), 'problem', 8000)
