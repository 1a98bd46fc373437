// What the user of a conversation does.

import { signal } from '@preact/signals'
import { api, type Message } from '../api.ts'
import { text } from '../json.ts'
import { failed } from './notices.ts'
import { thread } from './thread.ts'

/** The message that the next one answers. */
export const replyTo = signal<Message | null>(null)

const BUSINESS_SCOPED = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+$/

/** Who writes, as `POST /sandbox/inbound` names them. */
export function writer(user: string | null, business: string | null) {
  const from = user === null ? {} : BUSINESS_SCOPED.test(user) ? { userId: user } : { source: user }
  return business === null ? from : { ...from, destination: business }
}

export const contextTo = (message: Message) => ({
  source: (message.direction === 'outbound' ? message.business : message.user) ?? '',
  messageId: message.messageId ?? '',
})

/** Writes as the user; false if the sandbox does not take it. */
export async function write(order: object): Promise<boolean> {
  try {
    await api.inbound(order)
    return true
  } catch (error) {
    failed(error)
    return false
  }
}

/** Writes in answer to a message of the business, in its conversation. */
export const answer = (message: Message, order: object) =>
  write({
    ...order,
    ...writer(message.user, message.business),
    context: contextTo(message),
  })

/** The payloads and ids of buttons and rows of a message that its user has pressed. */
export function pressedOf(message: Message): ReadonlySet<string> {
  const pressed = new Set<string>()
  for (const other of thread.value?.messages ?? []) {
    if (other.direction !== 'inbound' || other.id < message.id) continue
    if (text(other.content, 'context.messageId') !== message.messageId) continue
    const what = text(other.content, 'button.payload', 'interactive.button_reply.id', 'interactive.list_reply.id')
    if (what !== undefined) pressed.add(what)
  }
  return pressed
}
