// What the sandbox says as it happens.

import { effect, signal } from '@preact/signals'
import { api, type Message, type MessageInDetail, type ReceivedRequest, type SandboxStatus } from '../api.ts'
import { forgetInbox, loadInbox, noteInInbox } from './inbox.ts'
import { forgetRefused, loadRefused, noteRefused } from './refused.ts'
import { route } from './route.ts'
import { noteInThread, reloadThread } from './thread.ts'

export const status = signal<SandboxStatus | null>(null)
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting')

/** Events within this time change the page once. */
const BATCH_MS = 40

let messages = new Map<number, Message>()
let requests = new Map<number, ReceivedRequest>()
let flushing: ReturnType<typeof setTimeout> | undefined

export function listen() {
  const source = new EventSource('/sandbox/events')
  source.addEventListener('open', () => {
    // Whatever happened while there was no connection.
    void loadInbox()
    void loadRefused()
    if (connection.value === 'lost') reloadThread()
    connection.value = 'live'
  })
  source.addEventListener('error', () => {
    connection.value = 'lost'
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(listen, 1000)
    }
  })
  source.addEventListener('status', (event) => {
    status.value = JSON.parse(event.data) as SandboxStatus
  })
  source.addEventListener('message', (event) => {
    const message = JSON.parse(event.data) as Message
    messages.set(message.id, message)
    flushSoon()
  })
  source.addEventListener('refused', (event) => {
    const request = JSON.parse(event.data) as ReceivedRequest
    requests.set(request.id, request)
    flushSoon()
  })
  source.addEventListener('reset', () => {
    messages = new Map()
    requests = new Map()
    forgetInbox()
    forgetRefused()
    reloadThread()
    detail.value = null
    void loadInbox()
    void loadRefused()
  })
}

function flushSoon() {
  if (flushing !== undefined) return
  flushing = setTimeout(() => {
    flushing = undefined
    const changed = [...messages.values()]
    const refusedNow = [...requests.values()]
    messages = new Map()
    requests = new Map()
    if (changed.length > 0) {
      noteInInbox(changed)
      noteInThread(changed)
      noteInDetail(changed)
    }
    if (refusedNow.length > 0) noteRefused(refusedNow)
  }, BATCH_MS)
}

/** The message whose timeline is open. */
export const detail = signal<{ id: number; message: MessageInDetail | null; problem: string | null } | null>(null)

const wanted = () => (route.value.view === 'inbox' ? route.value.message : null)

effect(() => {
  const id = wanted()
  if (id === null) detail.value = null
  else if (detail.peek()?.id !== id) {
    detail.value = { id, message: null, problem: null }
    void loadDetail(id)
  }
})

async function loadDetail(id: number) {
  try {
    const message = await api.message(id)
    if (wanted() === id) detail.value = { id, message, problem: null }
  } catch (error) {
    if (wanted() === id)
      detail.value = { id, message: null, problem: error instanceof Error ? error.message : String(error) }
  }
}

function noteInDetail(changed: readonly Message[]) {
  const open = detail.value
  const now = open && changed.find(({ id }) => id === open.id)
  if (!open || !now) return
  // The events leave out the request and the answer, which is there with the first report at the latest.
  if (open.message?.answer || now.direction === 'inbound') {
    const { request = null, answer = null } = open.message ?? {}
    detail.value = { ...open, message: { ...now, request, answer } }
  } else {
    void loadDetail(open.id)
  }
}
