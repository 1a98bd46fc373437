// The list of conversations, and what a search finds.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Conversation, Message } from '../api.ts'
import { count, number, when } from '../format.ts'
import { Marked } from '../formatted.tsx'
import { Icon } from '../icons.tsx'
import { pretty } from '../json.ts'
import {
  conversations,
  hits,
  inboxLoaded,
  isUnread,
  listed,
  loadMoreConversations,
  moreConversations,
  search,
  searched,
} from '../state/inbox.ts'
import { path } from '../state/route.ts'
import { summary } from './content.tsx'
import { memo } from './memo.tsx'

const STEP = 60

export function Sidebar({ open, write }: { open: string | null; write: () => void }) {
  return (
    <nav class="sidebar" aria-label="Conversations">
      <div class="sidebar-head">
        <label class="search">
          <Icon name="search" size={16} />
          <span class="hidden">Search in all messages</span>
          <input
            type="search"
            id="search"
            placeholder="Search   /"
            autocomplete="off"
            value={searched.value}
            onInput={(event) => search(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return
              event.stopPropagation()
              search('')
              event.currentTarget.blur()
            }}
          />
        </label>
        <button
          type="button"
          class="icon-button"
          aria-label="Write as a user"
          title="Write as a user (N)"
          onClick={write}
        >
          <Icon name="pen" />
        </button>
      </div>
      {searched.value.trim() === '' ? <Conversations open={open} /> : <Hits />}
    </nav>
  )
}

function Conversations({ open }: { open: string | null }) {
  const [shown, setShown] = useState(STEP)
  const all = conversations.value
  const end = useRef<HTMLLIElement>(null)
  const more = all.length > shown || moreConversations.value
  const [first] = all
  const severalBusinesses = all.some(({ business }) => business !== first?.business)
  useEffect(() => {
    const last = end.current
    if (!last) return
    const watch = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return
      setShown((now) => Math.min(now, all.length) + STEP)
      if (shown + STEP > all.length && moreConversations.value) void loadMoreConversations()
    })
    watch.observe(last)
    return () => watch.disconnect()
  }, [all.length, shown, more, listed.value])
  if (inboxLoaded.value && all.length === 0) return <p class="empty-note">No conversations yet.</p>
  return (
    <ul class="conversations">
      {all.slice(0, shown).map((conversation) => (
        <Item
          key={conversation.id}
          conversation={conversation}
          current={conversation.id === open}
          unread={conversation.id !== open && isUnread(conversation)}
          withBusiness={severalBusinesses}
        />
      ))}
      {more && (
        <li ref={end} class="more-note">
          …
        </li>
      )}
    </ul>
  )
}

interface ItemProps {
  conversation: Conversation
  current: boolean
  unread: boolean
  withBusiness: boolean
}

const Item = memo(function Item({ conversation, current, unread, withBusiness }: ItemProps) {
  const last = conversation.lastMessage
  return (
    <li>
      <a
        class={`conversation ${unread ? 'unread' : ''}`}
        href={path.conversation(conversation.id)}
        aria-current={current ? 'page' : undefined}
      >
        <span class="line">
          <span class="name">{number(conversation.user)}</span>
          {last && <time dateTime={last.createdAt}>{when(last.createdAt)}</time>}
        </span>
        <span class="line">
          <span class="last">
            {last?.direction === 'inbound' && <Icon name="reply" label="from the user" size={13} />}
            {last?.status === 'failed' && <Icon name="error" label="failed" size={13} />}
            {last ? summary(last) : ''}
          </span>
          {unread && (
            <span class="dot">
              <span class="hidden">new</span>
            </span>
          )}
        </span>
        {withBusiness && <span class="business">{number(conversation.business)}</span>}
      </a>
    </li>
  )
})

/** The part of a message in which the text stands. */
function snippet(message: Message, text: string): string {
  const whole = summary(message)
  const has = (in_: string) => in_.toLowerCase().includes(text.toLowerCase())
  if (has(whole)) return around(whole, text)
  if (message.refId && has(message.refId)) return message.refId
  const json = pretty(JSON.stringify(message.content)).replace(/\s+/g, ' ')
  return has(json) ? around(json, text) : whole
}

function around(whole: string, text: string): string {
  const at = whole.toLowerCase().indexOf(text.toLowerCase())
  const from = Math.max(0, at - 24)
  return `${from > 0 ? '…' : ''}${whole.slice(from, from + 160)}`
}

function Hits() {
  const found = hits.value
  const text = searched.value.trim()
  if (!found) return <p class="empty-note">Searching…</p>
  if (found.messages.length === 0) return <p class="empty-note">No message has this text, reference or number.</p>
  return (
    <>
      <p class="hits-count" role="status">
        {count(found.total, 'message', 'messages')}
        {found.total > found.messages.length && `, the newest ${found.messages.length} are shown`}
      </p>
      <ul class="conversations">
        {found.messages.map((message) => (
          <li key={message.id}>
            <a
              class="conversation"
              href={message.conversation === null ? undefined : path.message(message.conversation, message.id)}
            >
              <span class="line">
                <span class="name">{number(message.user ?? '')}</span>
                <time dateTime={message.createdAt}>{when(message.createdAt)}</time>
              </span>
              <span class="last">
                <Marked text={snippet(message, text)} mark={text} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}
