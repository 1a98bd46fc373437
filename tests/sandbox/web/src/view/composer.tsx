// Where the user of a conversation writes back.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../api.ts'
import { number } from '../format.ts'
import { Icon } from '../icons.tsx'
import { status } from '../state/live.ts'
import { failed } from '../state/notices.ts'
import { following } from '../state/thread.ts'
import { contextTo, replyTo, write, writer } from '../state/user.ts'
import { summary } from './content.tsx'
import { Dialog, Menu } from './dialog.tsx'

type Extra = 'media' | 'location' | 'contacts'

export function Composer({ user, business }: { user: string; business: string }) {
  const [extra, setExtra] = useState<Extra | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const answered = replyTo.value
  useEffect(() => {
    if (answered) field.current?.focus()
  }, [answered])

  const send = async (order: object) => {
    const context = replyTo.value ? { context: contextTo(replyTo.value) } : {}
    following.current = true
    const sent = await write({ ...order, ...context, ...writer(user, business) })
    if (sent) replyTo.value = null
    return sent
  }

  const sendText = async () => {
    const text = field.current?.value ?? ''
    if (text.trim() === '') return
    if ((await send({ type: 'text', text })) && field.current) field.current.value = ''
  }

  if (status.value && status.value.defaultGate === null) {
    return (
      <p class="composer-note">
        <Icon name="warning" size={16} /> There is no callback URL to write to. <a href="#/callbacks">Set one</a>
      </p>
    )
  }
  return (
    <>
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault()
          void sendText()
        }}
      >
        {answered && (
          <div class="replying">
            <span>
              <b>Reply to {answered.direction === 'outbound' ? 'the business' : 'the user'}</b>
              <span class="muted">{summary(answered)}</span>
            </span>
            <button
              type="button"
              class="icon-button"
              aria-label="No reply"
              onClick={() => {
                replyTo.value = null
              }}
            >
              <Icon name="close" size={16} />
            </button>
          </div>
        )}
        <div class="write">
          <Menu icon="plus" label="Send something else" up>
            <button type="button" data-closes onClick={() => setExtra('media')}>
              <Icon name="image" /> Media by link
            </button>
            <button type="button" data-closes onClick={() => setExtra('location')}>
              <Icon name="pin" /> Location
            </button>
            <button type="button" data-closes onClick={() => setExtra('contacts')}>
              <Icon name="contact" /> Contact
            </button>
          </Menu>
          <textarea
            ref={field}
            rows={1}
            name="text"
            aria-label={`Write as ${user}`}
            placeholder={`Write as ${number(user)}`}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
                event.preventDefault()
                void sendText()
              } else if (event.key === 'Escape' && replyTo.value) {
                event.stopPropagation()
                replyTo.value = null
              }
            }}
          />
          <button type="submit" class="icon-button primary" aria-label="Send" title="Send (Enter)">
            <Icon name="send" />
          </button>
        </div>
      </form>
      {extra && <ExtraDialog kind={extra} send={send} close={() => setExtra(null)} />}
    </>
  )
}

const TYPES = ['image/jpeg', 'image/png', 'audio/ogg', 'video/mp4', 'application/pdf', 'text/plain']

function ExtraDialog({
  kind,
  send,
  close,
}: {
  kind: Extra
  send: (order: object) => Promise<boolean>
  close: () => void
}) {
  const title = { media: 'Media by link', location: 'Location', contacts: 'Contact' }[kind]
  const order = (field: (name: string) => string | undefined): object => {
    switch (kind) {
      case 'media':
        return { type: kind, url: field('url'), mimeType: field('mimeType'), caption: field('caption') }
      case 'location':
        return {
          type: kind,
          latitude: Number(field('latitude')),
          longitude: Number(field('longitude')),
          name: field('name'),
          address: field('address'),
        }
      case 'contacts':
        return { type: kind, contacts: [{ name: field('name'), phones: [field('phone')].filter(Boolean) }] }
    }
  }
  return (
    <Dialog title={title} close={close}>
      <Form
        submit="Send"
        onSubmit={async (field) => {
          if (await send(order(field))) close()
        }}
      >
        {kind === 'media' && (
          <>
            <label>
              Link
              <input name="url" type="url" required placeholder="https://example.com/picture.jpg" />
            </label>
            <label>
              Type
              <select name="mimeType">
                {TYPES.map((type) => (
                  <option key={type}>{type}</option>
                ))}
              </select>
            </label>
            <label>
              Caption
              <input name="caption" />
            </label>
          </>
        )}
        {kind === 'location' && (
          <>
            <div class="two">
              <label>
                Latitude
                <input name="latitude" type="number" step="any" min="-90" max="90" required defaultValue="59.9139" />
              </label>
              <label>
                Longitude
                <input name="longitude" type="number" step="any" min="-180" max="180" required defaultValue="10.7522" />
              </label>
            </div>
            <label>
              Name
              <input name="name" />
            </label>
            <label>
              Address
              <input name="address" />
            </label>
          </>
        )}
        {kind === 'contacts' && (
          <>
            <label>
              Name
              <input name="name" required />
            </label>
            <label>
              Number
              <input name="phone" type="tel" placeholder="+46000000002" />
            </label>
          </>
        )}
      </Form>
    </Dialog>
  )
}

interface FormProps {
  submit: string
  onSubmit: (field: (name: string) => string | undefined) => Promise<void>
  children: ComponentChildren
}

/** A form in a dialog. Empty fields count as absent. */
export function Form({ submit, onSubmit, children }: FormProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        event.stopPropagation()
        const data = new FormData(event.currentTarget)
        void onSubmit((name) => String(data.get(name) ?? '').trim() || undefined)
      }}
    >
      {children}
      <div class="actions">
        <button type="submit" class="primary">
          {submit}
        </button>
      </div>
    </form>
  )
}

/** Writes as a user to a business number, and gives the id of the message. */
export function NewConversation({ close }: { close: (message: number | null) => void }) {
  return (
    <Dialog title="Write as a user" close={() => close(null)}>
      <Form
        submit="Send"
        onSubmit={async (field) => {
          try {
            const from = writer(field('user') ?? null, field('business') ?? null)
            close((await api.inbound({ type: 'text', text: field('text'), ...from })).id)
          } catch (error) {
            failed(error)
          }
        }}
      >
        <p class="muted">
          The message goes to your callback URL, as if a user of WhatsApp had written it. It opens the care window.
        </p>
        <label>
          The user's number
          <input name="user" required defaultValue="+46000000001" />
        </label>
        <label>
          The business number
          <input name="business" placeholder="the number of the sandbox" />
        </label>
        <label>
          Text
          <textarea name="text" rows={3} required />
        </label>
      </Form>
    </Dialog>
  )
}
