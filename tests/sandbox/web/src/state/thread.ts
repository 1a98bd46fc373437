// The messages of the open conversation. A window of them is loaded: it slides over a conversation of any length.

import { signal } from '@preact/signals'
import { api, type Message } from '../api.ts'
import { conversationOf } from './inbox.ts'
import { failed } from './notices.ts'

const PAGE = 60
/** How many messages are on the page at most. */
const WINDOW = 240

export interface Thread {
  conversation: string
  /** Ascending by id. */
  messages: readonly Message[]
  /** Whether there are older ones than those loaded, and newer ones. */
  older: boolean
  newer: boolean
  loaded: boolean
  /** The highest id that is known, loaded or not. */
  newest: number
  /** How many came while the newest were not in view. */
  unseen: number
}

export const thread = signal<Thread | null>(null)
/** A message to scroll to once it is on the page. */
export const target = signal<number | null>(null)
/** Whether the end of the thread is in view; then it follows new messages. */
export const following = { current: true }

const EMPTY = { messages: [], older: false, newer: false, loaded: false, newest: 0, unseen: 0 }

let loading = false
let arrived: Message[] = []
/** Counts what was opened: an answer on what was open before changes nothing. */
let turn = 0

/** Takes an answer, and then the messages that arrived before it. */
async function load<T>(answer: Promise<T>, take: (answer: T) => void) {
  const mine = turn
  loading = true
  arrived = []
  try {
    const answered = await answer
    if (mine !== turn) return
    take(answered)
    loading = false
    noteInThread(arrived)
  } catch (error) {
    if (mine === turn) failed(error)
  } finally {
    if (mine === turn) loading = false
  }
}

/** Opens a conversation at its end, or around a message. */
export async function openThread(conversation: string, around: number | null = null) {
  const open = thread.value
  if (open?.conversation === conversation && open.loaded) {
    if (around === null || open.messages.some(({ id }) => id === around)) return
  }
  if (open?.conversation !== conversation) {
    thread.value = { ...EMPTY, conversation }
  }
  turn += 1
  following.current = around === null
  await load(page(conversation, around), (next) => {
    if (around !== null) target.value = around
    const newest = Math.max(next.messages.at(-1)?.id ?? 0, conversationOf(conversation)?.lastMessage?.id ?? 0)
    thread.value = { ...EMPTY, ...next, conversation, loaded: true, newest }
  })
}

async function page(conversation: string, around: number | null) {
  if (around === null) {
    const { messages, more } = await api.messages({ conversation, newest: true, limit: PAGE })
    return { messages, older: more }
  }
  const [before, after] = await Promise.all([
    api.messages({ conversation, before: around, newest: true, limit: PAGE / 2 }),
    api.messages({ conversation, after: around - 1, limit: PAGE / 2 }),
  ])
  return { messages: [...before.messages, ...after.messages], older: before.more, newer: after.more }
}

export const closeThread = () => {
  turn += 1
  thread.value = null
}

/** Loads the thread anew: after a reset, or when events may be missing. */
export function reloadThread() {
  const open = thread.value
  if (!open) return
  thread.value = { ...open, loaded: false }
  void openThread(open.conversation)
}

export async function loadOlder() {
  const open = thread.value
  const first = open?.messages[0]
  if (!open || !first || loading) return
  const { conversation } = open
  await load(api.messages({ conversation, before: first.id, newest: true, limit: PAGE }), (page) =>
    change((now) => {
      const messages = [...page.messages, ...now.messages]
      const cut = messages.length > WINDOW
      return { ...now, messages: cut ? messages.slice(0, WINDOW) : messages, older: page.more, newer: now.newer || cut }
    }),
  )
}

export async function loadNewer() {
  const open = thread.value
  const last = open?.messages.at(-1)
  if (!open || !last || loading) return
  const { conversation } = open
  await load(api.messages({ conversation, after: last.id, limit: PAGE }), (page) =>
    change((now) => {
      const messages = [...now.messages, ...page.messages]
      const cut = messages.length > WINDOW
      return {
        ...now,
        messages: cut ? messages.slice(-WINDOW) : messages,
        older: now.older || cut,
        newer: page.more,
        unseen: page.more ? now.unseen : 0,
      }
    }),
  )
}

function change(how: (now: Thread) => Thread) {
  if (thread.value) thread.value = how(thread.value)
}

/** Takes messages that are new or have changed. */
export function noteInThread(messages: readonly Message[]) {
  const open = thread.value
  if (!open) return
  const mine = messages.filter(({ conversation }) => conversation === open.conversation)
  if (mine.length === 0) return
  if (loading) arrived.push(...mine)
  const byId = new Map(open.messages.map((message) => [message.id, message]))
  const last = open.messages.at(-1)?.id ?? 0
  let { newer, unseen, older, newest } = open
  let added = 0
  for (const message of mine) {
    const old = byId.get(message.id)
    if (old) {
      if (message.revision > old.revision) byId.set(message.id, message)
    } else if (message.id > last) {
      if (!following.current && message.id > newest) unseen += 1
      newest = Math.max(newest, message.id)
      // Far from the end, a thread does not grow without bound while it is read.
      if (newer || (!following.current && byId.size >= WINDOW)) newer = true
      else {
        byId.set(message.id, message)
        added += 1
      }
    }
  }
  let next = [...byId.values()]
  if (added > 0) next.sort((a, b) => a.id - b.id)
  if (following.current && next.length > WINDOW) {
    next = next.slice(-WINDOW)
    older = true
  }
  thread.value = { ...open, messages: next, newer, unseen, older, newest }
}

export function atEnd() {
  const open = thread.value
  if (open && open.unseen > 0 && !open.newer) thread.value = { ...open, unseen: 0 }
}
