// Which view is open stands in the address's fragment, so that going back works, also on a phone.

import { signal } from '@preact/signals'

export type Route =
  | { view: 'inbox'; conversation: string | null; message: number | null }
  | { view: 'refused'; request: number | null }
  | { view: 'callbacks' }

function parse(hash: string): Route {
  const [view, first, , second] = hash.replace(/^#\/?/, '').split('/').map(decode)
  if (view === 'refused') return { view, request: idIn(first) }
  if (view === 'callbacks') return { view }
  if (view === 'c' && first) return { view: 'inbox', conversation: first, message: idIn(second) }
  return { view: 'inbox', conversation: null, message: null }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const idIn = (part: string | undefined) => (part !== undefined && /^\d{1,15}$/.test(part) ? Number(part) : null)

export const route = signal<Route>(parse(location.hash))

addEventListener('hashchange', () => {
  route.value = parse(location.hash)
})

export const path = {
  inbox: '#/',
  refused: '#/refused',
  callbacks: '#/callbacks',
  conversation: (id: string) => `#/c/${encodeURIComponent(id)}`,
  message: (conversation: string, id: number) => `#/c/${encodeURIComponent(conversation)}/m/${id}`,
  request: (id: number) => `#/refused/${id}`,
}

/** Goes somewhere; `replace` leaves no step to go back to. */
export function go(to: string, how: 'push' | 'replace' = 'push') {
  if (how === 'push') {
    location.hash = to
  } else {
    history.replaceState(null, '', to)
    route.value = parse(to)
  }
}

/** The conversation that is open, if one is. */
export const openConversation = () => (route.value.view === 'inbox' ? route.value.conversation : null)
