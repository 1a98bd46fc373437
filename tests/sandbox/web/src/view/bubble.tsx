// One message in a conversation.

import type { Message, Status } from '../api.ts'
import { codeName, exactTime, time } from '../format.ts'
import { Icon, type IconName } from '../icons.tsx'
import { go, path } from '../state/route.ts'
import { replyTo, write, writer } from '../state/user.ts'
import { Content, summary } from './content.tsx'
import { Menu } from './dialog.tsx'
import { memo } from './memo.tsx'

const TICKS: Record<Status, { icon: IconName; label: string } | null> = {
  queued: { icon: 'clock', label: 'queued' },
  sent: { icon: 'check', label: 'sent' },
  delivered: { icon: 'checks', label: 'delivered' },
  read: { icon: 'checks', label: 'read' },
  deleted: { icon: 'clear', label: 'deleted' },
  failed: { icon: 'error', label: 'failed' },
  received: null,
}

const EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🙏']

interface Props {
  message: Message
  /** The message that it answers, if that is on the page. */
  context: Message | null
  answers: boolean
  reactions: string
  selected: boolean
  mark: string
  tabbable: boolean
}

export const openTimeline = (message: Message) => {
  if (message.conversation !== null) go(path.message(message.conversation, message.id))
}

export const Bubble = memo(function Bubble({ message, context, answers, reactions, selected, mark, tabbable }: Props) {
  const tick = TICKS[message.status]
  const name = message.direction === 'outbound' ? 'Business' : 'User'
  const lost = message.callbacks.filter(({ state }) => state === 'failed' || state === 'dropped')
  return (
    <article
      class={`bubble ${message.direction} ${message.status} ${selected ? 'selected' : ''}`}
      id={`m${message.id}`}
      data-id={message.id}
      tabIndex={tabbable ? 0 : -1}
      aria-label={`${name}, ${time(message.createdAt)}: ${summary(message)}`}
    >
      {answers && (
        <a
          class="quote"
          href={context?.conversation ? path.message(context.conversation, context.id) : undefined}
          tabIndex={context ? undefined : -1}
        >
          <b>{context ? (context.direction === 'outbound' ? 'Business' : 'User') : 'A message'}</b>
          <span>{context ? summary(context) : 'that is not on this page'}</span>
        </a>
      )}
      <Content message={message} mark={mark} />
      <footer>
        {message.scenario && <span class="chip">{message.scenario}</span>}
        {message.status === 'failed' && message.resultCode !== null && (
          <span class="bad">
            {message.resultCode} {codeName(message.resultCode)}
          </span>
        )}
        {lost.length > 0 && (
          <span class="warn" title={lost.map(({ reason }) => reason ?? '').join(', ')}>
            <Icon name="warning" size={14} /> callback not taken
          </span>
        )}
        <time dateTime={message.createdAt} title={exactTime(message.createdAt)}>
          {time(message.createdAt)}
        </time>
        {tick && (
          <span class={`tick ${message.status}`}>
            <Icon name={tick.icon} label={tick.label} size={16} />
          </span>
        )}
      </footer>
      {reactions && <span class="reactions">{reactions}</span>}
      <div class="bubble-actions">
        <button
          type="button"
          class="icon-button"
          tabIndex={-1}
          title="Timeline (Enter)"
          aria-label="Timeline"
          onClick={() => openTimeline(message)}
        >
          <Icon name="timeline" size={16} />
        </button>
        {message.messageId && (
          <button
            type="button"
            class="icon-button"
            tabIndex={-1}
            title="Reply as the user (R)"
            aria-label="Reply"
            onClick={() => {
              replyTo.value = message
            }}
          >
            <Icon name="reply" size={16} />
          </button>
        )}
        {message.direction === 'outbound' && message.messageId && (
          <Menu icon="smile" label="React" class="react">
            <div class="emojis">
              {EMOJI.map((emoji) => (
                <button
                  key={emoji}
                  type="button"
                  class="icon-button"
                  data-closes
                  aria-label={`React with ${emoji}`}
                  onClick={() =>
                    void write({
                      type: 'reaction',
                      emoji,
                      messageId: message.messageId,
                      ...writer(message.user, message.business),
                    })
                  }
                >
                  {emoji}
                </button>
              ))}
            </div>
          </Menu>
        )}
      </div>
    </article>
  )
})
