// The control API of the sandbox, as the page uses it.

import { parsed, text } from './json.ts'

export type Direction = 'outbound' | 'inbound'
export type Status = 'queued' | 'sent' | 'delivered' | 'read' | 'deleted' | 'failed' | 'received'

export interface Attempt {
  at: string
  status: number | null
  error: string | null
  durationMs: number
}

export interface Callback {
  id: number
  kind: 'report' | 'message'
  resultCode: number | null
  gate: string | null
  state: 'waiting' | 'taken' | 'failed' | 'dropped' | 'skipped'
  reason: string | null
  createdAt: string
  attempts: Attempt[]
  body: unknown
}

export interface Answer {
  status: number | null
  resultCode: number | null
  body: string | null
}

export interface Finding {
  path: string
  rule: string
  message: string
}

export interface ReceivedRequest {
  id: number
  method: string
  path: string
  headers: [string, string][]
  body: string | null
  bodyBase64?: string
  bodyComplete: boolean
  status: number | null
  receivedAt: string
  refId: string | null
  reason: string | null
  findings: Finding[]
  answer: Answer | null
}

export interface Message {
  id: number
  revision: number
  direction: Direction
  conversation: string | null
  user: string | null
  business: string | null
  messageId: string | null
  messageIndex: number | null
  refId: string | null
  type: string
  content: unknown
  status: Status
  resultCode: number | null
  scenario: string | null
  createdAt: string
  callbacks: Callback[]
}

export interface MessageInDetail extends Message {
  request: ReceivedRequest | null
  answer: Answer | null
}

export interface Conversation {
  id: string
  user: string
  business: string
  messages: number
  lastMessage: Message | null
  careWindow: { open: boolean; until: string | null }
}

export interface SandboxStatus {
  requests: number
  messages: number
  refused: number
  conversations: number
  revision: number
  pendingCallbacks: number
  defaultGate: string | null
  callbacksNotTaken: { count: number; reasons: Record<string, number> }
  basePath: string
  latencyMs: [number, number]
  rate: number | null
  enforceCareWindow: boolean
  scenarioQueue: number
}

export interface Gate {
  id: string
  url: string
  default: boolean
}

export interface Scenario {
  digits: string
  what: string
}

export interface QueuedScenario {
  digits: string | null
  to: string | null
  latencyMs: [number, number] | null
}

/** What the sandbox says about a request that it does not accept. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

type Query = Record<string, string | number | boolean | undefined>

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { 'content-type': 'application/json' }
  }
  let response: Response
  try {
    response = await fetch(`/sandbox/${path}`, init)
  } catch {
    throw new ApiError(0, 'The sandbox does not answer. Is it still running?')
  }
  const answered = await response.text()
  if (!response.ok)
    throw new ApiError(response.status, text(parsed(answered), 'error') ?? `The sandbox answers ${response.status}.`)
  return (answered === '' ? undefined : JSON.parse(answered)) as T
}

function query(of: Query): string {
  const given = Object.entries(of).filter(([, value]) => value !== undefined && value !== '' && value !== false)
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`
}

export const api = {
  messages: (of: Query) =>
    call<{ messages: MessageInDetail[]; more: boolean; total: number }>('GET', `messages${query(of)}`),
  message: (id: number) => call<MessageInDetail>('GET', `messages/${id}`),
  conversations: (of: Query) =>
    call<{ conversations: Conversation[]; more: boolean; total: number }>('GET', `conversations${query(of)}`),
  refused: (of: Query) =>
    call<{ requests: ReceivedRequest[]; more: boolean; total: number }>('GET', `refused${query(of)}`),
  reset: () => call<void>('POST', 'reset'),
  inbound: (of: object) => call<{ messageId: string | null; id: number }>('POST', 'inbound', of),
  report: (of: object) => call<{ callbacks: number[] }>('POST', 'report', of),
  scenarios: () => call<{ scenarios: Scenario[]; queue: QueuedScenario[] }>('GET', 'scenarios'),
  queueScenario: (of: object) => call<{ queued: number }>('POST', 'scenarios', of),
  clearScenarios: () => call<void>('DELETE', 'scenarios'),
  gates: () => call<{ gates: Gate[] }>('GET', 'gates'),
  addGate: (of: object) => call<{ id: string }>('POST', 'gates', of),
}
