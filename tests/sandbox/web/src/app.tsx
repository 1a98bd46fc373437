// The page: its head, the view that is open, and keys that work everywhere.

import { signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { api, type SandboxStatus } from './api.ts'
import { Icon } from './icons.tsx'
import { conversations, inboxLoaded, unread } from './state/inbox.ts'
import { connection, detail, status } from './state/live.ts'
import { dismiss, done, failed, notices } from './state/notices.ts'
import { go, openConversation, path, route } from './state/route.ts'
import { CallbacksView } from './view/callbacks.tsx'
import { NewConversation } from './view/composer.tsx'
import { Detail } from './view/detail.tsx'
import { Dialog } from './view/dialog.tsx'
import { RefusedView } from './view/refused.tsx'
import { NextMessage } from './view/scenarios.tsx'
import { Sidebar } from './view/sidebar.tsx'
import { StartView } from './view/start.tsx'
import { ThreadView } from './view/thread.tsx'

const dialog = signal<'write' | 'clear' | 'keys' | null>(null)
const write = () => {
  dialog.value = 'write'
}

export function App() {
  // Not useEffect, which runs after the page is shown: a key that is pressed at once would be lost.
  useLayoutEffect(() => {
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  const waiting = unread.value
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) linkwa sandbox` : 'linkwa sandbox'
  }, [waiting])
  return (
    <>
      <Head />
      <main>
        <View />
      </main>
      <div class="notices" aria-live="polite">
        {notices.value.map(({ id, text, kind }) => (
          <p key={id} class={`notice ${kind}`}>
            {text}
            <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
              <Icon name="close" size={15} />
            </button>
          </p>
        ))}
      </div>
      <Dialogs />
    </>
  )
}

function View() {
  const now = route.value
  if (now.view === 'refused') return <RefusedView open={now.request} />
  if (now.view === 'callbacks') return <CallbacksView />
  const { conversation, message } = now
  const isEmpty = inboxLoaded.value && conversations.value.length === 0 && conversation === null
  return (
    <div
      class={`inbox ${conversation === null ? '' : 'with-thread'} ${detail.value ? 'with-detail' : ''} ${isEmpty ? 'is-empty' : ''}`}
    >
      <Sidebar open={conversation} write={write} />
      {conversation !== null ? (
        <ThreadView id={conversation} message={message} />
      ) : isEmpty ? (
        <StartView write={write} />
      ) : (
        <div class="empty wide">
          <Icon name="chat" size={40} />
          <p>Choose a conversation.</p>
          <p class="muted">
            <kbd>J</kbd> and <kbd>K</kbd> go through them, <kbd>?</kbd> shows all keys.
          </p>
        </div>
      )}
      {conversation !== null && detail.value && <Detail conversation={conversation} />}
    </div>
  )
}

function Head() {
  const view = route.value.view
  const known = status.value
  const lost = known?.callbacksNotTaken.count ?? 0
  const refused = known?.refused ?? 0
  return (
    <header class="head">
      <h1>
        <span class="logo">
          <Icon name="chat" size={18} />
        </span>
        <span class="wide">linkwa sandbox</span>
      </h1>
      <nav aria-label="Views">
        <a href={path.inbox} aria-current={view === 'inbox' ? 'page' : undefined}>
          Inbox
        </a>
        <a href={path.refused} aria-current={view === 'refused' ? 'page' : undefined}>
          Refused {refused > 0 && <span class="badge">{refused.toLocaleString()}</span>}
        </a>
        <a href={path.callbacks} aria-current={view === 'callbacks' ? 'page' : undefined}>
          Callbacks{' '}
          {lost > 0 && (
            <span class="badge bad" title="Callbacks that were not taken">
              {lost.toLocaleString()}
            </span>
          )}
        </a>
      </nav>
      <span class="space" />
      {known && <Behaviour of={known} />}
      {connection.value === 'lost' && (
        <span class="connection" role="status">
          Not connected
        </span>
      )}
      <NextMessage />
      <ThemeButton />
      <button
        type="button"
        class="icon-button narrow-hidden"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => {
          dialog.value = 'keys'
        }}
      >
        <Icon name="help" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Clear everything"
        title="Clear everything"
        onClick={() => {
          dialog.value = 'clear'
        }}
      >
        <Icon name="clear" />
      </button>
    </header>
  )
}

/** What the sandbox was told to do otherwise than usual. */
function Behaviour({ of }: { of: SandboxStatus }) {
  const [least, most] = of.latencyMs
  const parts = [
    most > 0 && (least === most ? `Slow: ${most} ms` : `Slow: ${least}–${most} ms`),
    of.rate !== null && `At most ${of.rate} a second`,
    of.enforceCareWindow && 'Care window enforced',
  ].filter(Boolean)
  return parts.length === 0 ? null : <span class="behaviour wide">{parts.join(' · ')}</span>
}

const THEME = 'linkwa-sandbox-theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

function ThemeButton() {
  const [theme, setTheme] = useState(() => localStorage.getItem(THEME))
  const dark = theme ? theme === 'dark' : prefersDark.matches
  useEffect(() => {
    if (theme) document.documentElement.dataset.theme = theme
  }, [theme])
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={dark ? 'Light theme' : 'Dark theme'}
      title={dark ? 'Light theme' : 'Dark theme'}
      onClick={() => {
        const next = dark ? 'light' : 'dark'
        localStorage.setItem(THEME, next)
        setTheme(next)
      }}
    >
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  )
}

function Dialogs() {
  const close = () => {
    dialog.value = null
  }
  switch (dialog.value) {
    case 'write':
      return (
        <NewConversation
          close={(message) => {
            close()
            if (message !== null) void openMessage(message)
          }}
        />
      )
    case 'clear':
      return (
        <Dialog title="Clear everything?" close={close}>
          <p>
            The sandbox forgets all messages, requests, care windows, counters and scenarios, and the gates that were
            added since its start. Callbacks that wait are not posted.
          </p>
          <div class="actions">
            <button
              type="button"
              class="primary danger"
              onClick={() => {
                close()
                void reset()
              }}
            >
              Clear everything
            </button>
          </div>
        </Dialog>
      )
    case 'keys':
      return (
        <Dialog title="Keys" close={close}>
          <dl class="keys">
            {KEYS.map(([keys, what]) => (
              <div key={what}>
                <dt>
                  {keys.split(' ').map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </Dialog>
      )
    default:
      return null
  }
}

async function openMessage(id: number) {
  try {
    const { conversation } = await api.message(id)
    if (conversation !== null) go(path.conversation(conversation))
  } catch (error) {
    failed(error)
  }
}

async function reset() {
  try {
    await api.reset()
    go(path.inbox)
    done('Everything is cleared.')
  } catch (error) {
    failed(error)
  }
}

const KEYS: [string, string][] = [
  ['/', 'search'],
  ['J K', 'next and previous conversation'],
  ['N', 'write as a user'],
  ['W', 'write in the open conversation'],
  ['↑ ↓', 'from message to message, when one has the focus'],
  ['Enter', 'timeline of the message'],
  ['R', 'reply to the message'],
  ['Escape', 'close what is open'],
  ['1 2 3', 'inbox, refused, callbacks'],
  ['?', 'these keys'],
]

function onKey(event: KeyboardEvent) {
  const to = event.target
  const isField = to instanceof HTMLInputElement || to instanceof HTMLTextAreaElement || to instanceof HTMLSelectElement
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.defaultPrevented ||
    document.querySelector('dialog[open]')
  )
    return
  if (event.key === 'Escape') {
    if (isField) to.blur()
    else closeOne()
    return
  }
  if (isField) return
  switch (event.key) {
    case '/':
      if (route.value.view !== 'inbox') go(path.inbox)
      setTimeout(() => document.getElementById('search')?.focus())
      break
    case 'j':
    case 'k':
      step(event.key === 'j' ? 1 : -1)
      break
    case 'n':
      write()
      break
    case 'w':
      document.querySelector<HTMLElement>('.composer textarea')?.focus()
      break
    case '1':
      go(path.inbox)
      break
    case '2':
      go(path.refused)
      break
    case '3':
      go(path.callbacks)
      break
    case '?':
      dialog.value = 'keys'
      break
    default:
      return
  }
  event.preventDefault()
}

function closeOne() {
  const now = route.value
  if (now.view === 'inbox' && now.conversation !== null)
    go(now.message === null ? path.inbox : path.conversation(now.conversation))
  else if (now.view === 'refused' && now.request !== null) go(path.refused)
}

function step(by: number) {
  const all = conversations.value
  const open = openConversation()
  const index = all.findIndex(({ id }) => id === open)
  const next = all[index < 0 ? 0 : Math.min(Math.max(index + by, 0), all.length - 1)]
  if (!next) return
  go(path.conversation(next.id), 'replace')
  document.querySelector('.conversation[aria-current]')?.scrollIntoView({ block: 'nearest' })
}
