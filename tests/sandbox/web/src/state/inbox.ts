// The list of conversations, newest first, and the results of a search.

import { computed, signal } from '@preact/signals'
import { api, type Conversation, type Message } from '../api.ts'
import { failed } from './notices.ts'
import { openConversation } from './route.ts'

const PAGE = 100

const known = signal<ReadonlyMap<string, Conversation>>(new Map())
export const moreConversations = signal(false)
export const inboxLoaded = signal(false)

export const conversations = computed(() =>
  [...known.value.values()].sort((a, b) => (b.lastMessage?.id ?? 0) - (a.lastMessage?.id ?? 0)),
)

export const conversationOf = (id: string | null) => (id === null ? undefined : known.value.get(id))

/** The newest message of each conversation that was looked at; conversations of before the page was opened count as seen. */
const seen = signal<ReadonlyMap<string, number>>(new Map())
let firstNew: number | null = null
/** How many were listed page by page. Others are known because something happened to them, wherever they stand in the list. */
export const listed = signal(0)
let listing = false
/** Counts what was forgotten: an answer on a question of before changes nothing. */
let turn = 0

export function isUnread(conversation: Conversation): boolean {
  const last = conversation.lastMessage
  return last !== null && firstNew !== null && last.id > Math.max(firstNew, seen.value.get(conversation.id) ?? 0)
}

export const unread = computed(() => conversations.value.filter(isUnread).length)

export function markSeen(conversation: string, id: number) {
  if ((seen.value.get(conversation) ?? 0) >= id) return
  seen.value = new Map(seen.value).set(conversation, id)
}

/** Fetches the newest conversations again; it keeps the older ones that are loaded. */
export async function loadInbox() {
  const mine = turn
  try {
    const page = await api.conversations({ limit: PAGE })
    if (mine !== turn) return
    const next = new Map(known.value)
    for (const conversation of page.conversations) next.set(conversation.id, conversation)
    known.value = next
    listed.value = Math.max(listed.value, page.conversations.length)
    moreConversations.value = page.total > next.size
    firstNew ??= Math.max(0, ...page.conversations.map(({ lastMessage }) => lastMessage?.id ?? 0))
    inboxLoaded.value = true
  } catch (error) {
    failed(error)
  }
}

export async function loadMoreConversations() {
  if (listing) return
  const mine = turn
  listing = true
  try {
    const page = await api.conversations({ limit: PAGE, offset: listed.value })
    if (mine !== turn) return
    const next = new Map(known.value)
    for (const conversation of page.conversations) next.set(conversation.id, conversation)
    moreConversations.value = page.more
    known.value = next
    listed.value += page.conversations.length
  } catch (error) {
    moreConversations.value = false
    failed(error)
  } finally {
    listing = false
  }
}

export function forgetInbox() {
  turn += 1
  known.value = new Map()
  seen.value = new Map()
  listed.value = 0
  firstNew = 0
  moreConversations.value = false
  hits.value = null
}

let refresh: ReturnType<typeof setTimeout> | undefined

/** Takes messages that are new or have changed. What they do not say, such as the care window, is fetched soon after. */
export function noteInInbox(messages: readonly Message[]) {
  const next = new Map(known.value)
  let fetchAgain = false
  for (const message of messages) {
    const id = message.conversation
    if (id === null) continue
    const old = next.get(id)
    const isNewer = message.id >= (old?.lastMessage?.id ?? 0)
    if (!old || (isNewer && message.direction === 'inbound')) fetchAgain = true
    if (!old) {
      const [business = '', user = ''] = id.split(':')
      next.set(id, {
        id,
        user: message.user ?? user,
        business: message.business ?? business,
        messages: 1,
        lastMessage: message,
        careWindow: { open: false, until: null },
      })
    } else if (isNewer) {
      next.set(id, { ...old, lastMessage: message })
    }
    if (id === openConversation() && document.visibilityState === 'visible') markSeen(id, message.id)
  }
  known.value = next
  if (fetchAgain && refresh === undefined) {
    refresh = setTimeout(() => {
      refresh = undefined
      void loadInbox()
    }, 200)
  }
}

export const searched = signal('')
export const hits = signal<{ messages: Message[]; total: number } | null>(null)
let searching: ReturnType<typeof setTimeout> | undefined

export function search(text: string) {
  searched.value = text
  clearTimeout(searching)
  if (text.trim() === '') {
    hits.value = null
    return
  }
  searching = setTimeout(() => void find(), 120)
}

async function find() {
  const text = searched.value
  try {
    const found = await api.messages({ search: text.trim(), newest: true, limit: PAGE })
    if (searched.value === text) hits.value = { messages: found.messages.reverse(), total: found.total }
  } catch (error) {
    failed(error)
  }
}
