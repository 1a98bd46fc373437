// The open conversation: its head, its bubbles, and where the user writes.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { api, type Conversation, type Message } from '../api.ts'
import { count, day, left, moment, number, sameDay } from '../format.ts'
import { Icon } from '../icons.tsx'
import { text } from '../json.ts'
import { now } from '../state/clock.ts'
import { conversationOf, markSeen, searched } from '../state/inbox.ts'
import { detail } from '../state/live.ts'
import { failed } from '../state/notices.ts'
import { path } from '../state/route.ts'
import {
  atEnd,
  closeThread,
  following,
  loadNewer,
  loadOlder,
  openThread,
  reloadThread,
  target,
  thread,
} from '../state/thread.ts'
import { replyTo } from '../state/user.ts'
import { Bubble, openTimeline } from './bubble.tsx'
import { Composer } from './composer.tsx'
import { contextOf } from './content.tsx'
import { NextMessage } from './scenarios.tsx'

export function ThreadView({ id, message }: { id: string; message: number | null }) {
  useEffect(() => {
    replyTo.value = null
    return closeThread
  }, [id])
  useEffect(() => {
    void openThread(id, message)
  }, [id, message])
  const conversation = conversationOf(id)
  const open = thread.value?.conversation === id ? thread.value : null
  const newest = conversation?.lastMessage?.id
  useEffect(() => {
    if (newest !== undefined) markSeen(id, newest)
  }, [id, newest])
  const first = open?.messages[0]
  const [business = '', user = ''] = id.split(':')
  const names = {
    user: conversation?.user ?? first?.user ?? user,
    business: conversation?.business ?? first?.business ?? business,
  }
  return (
    <section class="thread" aria-label="Conversation">
      <header class="bar">
        <a class="icon-button back" href={path.inbox} aria-label="Back to the conversations">
          <Icon name="back" />
        </a>
        <div class="who">
          <h2>{number(names.user)}</h2>
          <p class="muted">with {number(names.business)}</p>
        </div>
        <CareWindow conversation={conversation} />
        <div class="bar-actions">
          <NextMessage to={names.user} />
          <button
            type="button"
            class="icon-button"
            title="Export as JSON"
            aria-label="Export as JSON"
            onClick={() => void exportConversation(id)}
          >
            <Icon name="download" />
          </button>
        </div>
      </header>
      <Bubbles key={id} />
      <Composer user={names.user} business={names.business} />
    </section>
  )
}

function CareWindow({ conversation }: { conversation: Conversation | undefined }) {
  const until = conversation?.careWindow.until
  if (!conversation) return null
  if (!until) {
    return (
      <p class="care closed" title="The user never wrote: outside the customer care window only templates may be sent">
        <Icon name="clock" size={15} /> Window never opened
      </p>
    )
  }
  const open = new Date(until).getTime() > now.value
  return open ? (
    <p
      class="care open"
      title={`The customer care window is open until ${moment(until)}: every type of message may be sent`}
    >
      <Icon name="clock" size={15} /> Open for {left(until)}
    </p>
  ) : (
    <p class="care closed" title="The customer care window is closed: only templates may be sent">
      <Icon name="clock" size={15} /> Closed since {moment(until)}
    </p>
  )
}

async function exportConversation(conversation: string) {
  try {
    const messages: Message[] = []
    for (let more = true; more; ) {
      const page = await api.messages({ conversation, after: messages.at(-1)?.id ?? 0, limit: 500, details: true })
      messages.push(...page.messages)
      more = page.more && page.messages.length > 0
    }
    const file = new Blob([`${JSON.stringify({ conversation, messages }, null, 2)}\n`], { type: 'application/json' })
    const link = document.createElement('a')
    link.href = URL.createObjectURL(file)
    link.download = `conversation-${conversation.replace(/[^\w.-]+/g, '-')}.json`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  } catch (error) {
    failed(error)
  }
}

const NEAR = 300

function Bubbles() {
  const scroller = useRef<HTMLDivElement>(null)
  /** What is at the top of the view, so that it stays there when messages come in above. */
  const anchor = useRef<{ id: string; top: number } | null>(null)
  const open = thread.value
  const messages = open?.messages ?? []

  const noteAnchor = () => {
    const view = scroller.current
    if (!view) return
    const top = view.getBoundingClientRect().top
    anchor.current = null
    for (const bubble of view.querySelectorAll<HTMLElement>('.bubble')) {
      const box = bubble.getBoundingClientRect()
      if (box.bottom <= top) continue
      anchor.current = { id: bubble.id, top: box.top - top }
      return
    }
  }

  const onScroll = () => {
    const view = scroller.current
    const now = thread.value
    if (!view || !now?.loaded) return
    const below = view.scrollHeight - view.scrollTop - view.clientHeight
    following.current = !now.newer && below < 40
    if (following.current) atEnd()
    noteAnchor()
    if (view.scrollTop < NEAR && now.older) void loadOlder()
    if (below < NEAR && now.newer) void loadNewer()
  }

  useLayoutEffect(() => {
    const view = scroller.current
    if (!view || !open?.loaded) return
    const wanted = target.value === null ? null : document.getElementById(`m${target.value}`)
    if (wanted) {
      target.value = null
      wanted.scrollIntoView({ block: 'center' })
      wanted.focus({ preventScroll: true })
    } else if (following.current) {
      view.scrollTop = view.scrollHeight
    } else if (anchor.current) {
      const bubble = document.getElementById(anchor.current.id)
      const top = view.getBoundingClientRect().top
      if (bubble) view.scrollTop += bubble.getBoundingClientRect().top - top - anchor.current.top
    }
    noteAnchor()
    if (view.scrollHeight <= view.clientHeight && open.older) void loadOlder()
  }, [messages, open?.loaded])

  const onKeyDown = (event: KeyboardEvent) => {
    const bubble = event.target instanceof Element ? event.target.closest<HTMLElement>('.bubble') : null
    if (!bubble || event.target !== bubble || event.ctrlKey || event.metaKey || event.altKey) return
    const message = messages.find(({ id }) => bubble.id === `m${id}`)
    if (!message) return
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const to = messages[messages.indexOf(message) + (event.key === 'ArrowUp' ? -1 : 1)]
      const element = to && document.getElementById(`m${to.id}`)
      element?.focus({ preventScroll: true })
      element?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter') openTimeline(message)
    else if (event.key === 'r' && message.messageId) replyTo.value = message
    else return
    event.preventDefault()
  }

  const byMessageId = new Map<string, Message>()
  for (const message of messages)
    if (message.messageId && !byMessageId.has(message.messageId)) byMessageId.set(message.messageId, message)
  const reactions = new Map<string, string>()
  for (const { type, content } of messages) {
    const to = type === 'reaction' ? text(content, 'reaction.message_id', 'reaction.messageId') : undefined
    if (to) reactions.set(to, text(content, 'reaction.emoji') ?? '')
  }
  const selected = detail.value?.id
  const last = messages.at(-1)?.id

  return (
    <div class="bubbles-frame">
      {/* biome-ignore lint/a11y: the keys belong to the bubbles, which have the focus */}
      <div
        class="bubbles"
        ref={scroller}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const of = event.target instanceof Element ? event.target : null
          const bubble = of?.closest<HTMLElement>('.bubble')
          if (!bubble || of?.closest('a, button, summary, input, details, dialog') || getSelection()?.type === 'Range')
            return
          const message = messages.find(({ id }) => bubble.id === `m${id}`)
          if (message) openTimeline(message)
        }}
      >
        {open?.older && <p class="more-note">Scroll up for earlier messages</p>}
        <ol>
          {messages.map((message, index) => {
            const before = messages[index - 1]
            const answered = contextOf(message)
            return (
              <li key={message.id} class={message.direction}>
                {!(before && sameDay(before.createdAt, message.createdAt)) && (
                  <h3 class="day">{day(message.createdAt)}</h3>
                )}
                <Bubble
                  message={message}
                  context={answered === undefined ? null : (byMessageId.get(answered) ?? null)}
                  answers={answered !== undefined}
                  reactions={(message.messageId && reactions.get(message.messageId)) || ''}
                  selected={message.id === selected}
                  mark={searched.value.trim()}
                  tabbable={message.id === last}
                />
              </li>
            )
          })}
        </ol>
        {open?.loaded && messages.length === 0 && <p class="empty-note">There are no messages here (any longer).</p>}
      </div>
      {open && (open.unseen > 0 || open.newer) && (
        <button
          type="button"
          class="jump"
          onClick={() => {
            following.current = true
            if (open.newer) reloadThread()
            else if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight
          }}
        >
          <Icon name="down" size={16} />{' '}
          {open.unseen > 0 ? count(open.unseen, 'new message', 'new messages') : 'Newest'}
        </button>
      )}
    </div>
  )
}
