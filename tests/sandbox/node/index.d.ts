/// <reference lib="esnext.disposable" />
/// <reference types="node" />

/**
 * A local gateway for testing programs that send WhatsApp messages through LINK Mobility.
 */

/** One attempt to post a callback. */
export interface Attempt {
  /** When, RFC 3339. */
  at: string
  /** The HTTP status of your endpoint's answer. */
  status: number | null
  /** Why there was no answer. */
  error: string | null
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** A callback that the sandbox posted, or could not post. */
export interface PostedCallback {
  id: number
  kind: 'report' | 'message'
  resultCode: number | null
  gate: string | null
  /** `taken`: your endpoint answered 2xx. */
  state: 'waiting' | 'taken' | 'failed' | 'dropped' | 'skipped'
  /** Why it was not taken. */
  reason: string | null
  createdAt: string
  attempts: Attempt[]
  /** The JSON as it was posted; a string if it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any JSON
  body: any
}

/** What the sandbox answered to a request. */
export interface Answer {
  /** The HTTP status; null if the client got no answer. */
  status: number | null
  resultCode: number | null
  body: string | null
}

/** A reason why a request was refused. */
export interface Finding {
  path: string
  rule: string
  message: string
}

/** A request as it came. Credentials are left out. */
export interface RecordedRequest {
  id: number
  method: string
  path: string
  /** Pairs of name, in lower case, and value. */
  headers: [string, string][]
  /** The body as text; null if it is not UTF-8: then `bodyBase64` is there. */
  body: string | null
  bodyBase64?: string
  bodyComplete: boolean
  /** The HTTP status of the answer; null if there was none. */
  status: number | null
  receivedAt: string
  refId: string | null
  /** Why it was not accepted, such as `invalid` or `credentials`; null if it was. */
  reason: string | null
  findings: Finding[]
  answer: Answer | null
}

/** A message to one destination, or one of a user. */
export interface SandboxMessage {
  /** Increases by one with each message. */
  id: number
  revision: number
  /** `outbound` goes to a user, `inbound` comes from one. */
  direction: 'outbound' | 'inbound'
  conversation: string | null
  /** The user's number, or the user's business-scoped id. */
  user: string | null
  /** The business number. */
  business: string | null
  messageId: string | null
  messageIndex: number | null
  refId: string | null
  /** Such as `text`; of a user's message the kind, such as `buttonReply`. */
  type: string
  /** The message as in the request; of a user's message `content.message` of the callback. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any JSON
  content: any
  /** `received`: a user's message. */
  status: 'queued' | 'sent' | 'delivered' | 'read' | 'deleted' | 'failed' | 'received'
  /** The result code of the last report; 112001 before the first. */
  resultCode: number | null
  scenario: string | null
  createdAt: string
  requestId: number | null
  callbacks: PostedCallback[]
  /** Only with `details: true`. */
  request?: RecordedRequest | null
  /** Only with `details: true`. */
  answer?: Answer | null
}

/** Which messages are wanted, and how long to wait for them. */
export interface MessageQuery {
  /** The destination: a number with or without `+`. */
  to?: string | undefined
  /** The user of either direction. */
  user?: string | undefined
  refId?: string | undefined
  messageId?: string | undefined
  status?: SandboxMessage['status'] | undefined
  direction?: SandboxMessage['direction'] | undefined
  type?: string | undefined
  /** A part of content, refId or number. */
  search?: string | undefined
  /** The `id` of the last message that is not wanted. */
  after?: number | undefined
  /** At most so many: 100 by default, at most 1000. */
  limit?: number | undefined
  /** Whether each message has its request and answer. */
  details?: boolean | undefined
  /** Waits up to so many milliseconds, at most 60000, until `count` messages match. */
  wait?: number | undefined
  /** 1 by default. */
  count?: number | undefined
}

/** What each message of a user can have besides its content. */
export interface InboundOptions {
  /** The outbound message that the user replies to. It stands for `source`, `destination` and `context`. */
  replyTo?: SandboxMessage | undefined
  /** The user's number: +46000000001 by default. */
  source?: string | undefined
  /** The user's business-scoped id. If it stands alone, the message has no `source`. */
  userId?: string | undefined
  parentUserId?: string | undefined
  /** The business number. */
  destination?: string | undefined
  /** The message that the user replies to. */
  context?: { source: string; messageId: string } | undefined
  /** The gate to post it to: the default gate by default. */
  gate?: string | undefined
}

/** Which message a report is about, and what it reports. */
export interface Report {
  /** The `id` of the message. */
  message?: number | undefined
  messageId?: string | undefined
  messageIndex?: number | undefined
  /** The newest message with this refId. */
  refId?: string | undefined
  /** With it no message is looked up: a report on something that the sandbox has not accepted. */
  messageType?: string | undefined
  status?: 'queued' | 'sent' | 'delivered' | 'read' | 'deleted' | 'failed' | undefined
  /** Any result code, instead of a status. */
  resultCode?: number | undefined
  description?: string | undefined
  /** The id of a report that is posted once more, instead of a status. */
  callback?: number | undefined
  /** How many times it is posted. */
  times?: number | undefined
  /** How many milliseconds later. */
  delayMs?: number | undefined
  gate?: string | undefined
}

/** A callback URL. */
export interface Gate {
  /** The id that requests name. */
  id: string
  /** An `http://` URL. */
  url: string
  /** Whether it gets the callbacks of requests that name no gate, and the messages of users. */
  default?: boolean | undefined
  /** Basic credentials that are sent with each callback. */
  username?: string | undefined
  password?: string | undefined
  /** Headers that are sent with each callback. */
  headers?: Record<string, string> | undefined
  customParameters?: Record<string, string> | undefined
}

type Option = string | number | boolean | undefined

/**
 * The options of the program, as `linkwa-sandbox --help` lists them, in camel case: `{ latency: '50..200' }` is
 * `--latency 50..200`, `{ enforceCareWindow: true }` is `--enforce-care-window`. A list gives an option several times.
 */
export interface SandboxOptions {
  /** The username that clients must have: `user` by default. */
  username?: string | undefined
  /** The password that clients must have: `secret` by default. */
  password?: string | undefined
  [option: string]: Option | readonly Option[]
}

/** A gateway on this machine, in a process of its own. It ends with this process, however that ends. */
export interface Sandbox {
  /** The base URL for clients. */
  readonly baseUrl: string
  /** The URL of the control API. */
  readonly controlUrl: string
  readonly port: number
  /** The options for a client that sends to this sandbox: `new Client(sandbox.clientOptions())`. */
  clientOptions(): {
    baseUrl: string
    username: string
    password: string
    platformId: string
    platformPartnerId: string
    source: string
  }
  /** The requests that have come, oldest first: also those that were refused. */
  requests(): Promise<RecordedRequest[]>
  /**
   * The messages that match, oldest first: one for each message and destination of the requests that were accepted, and
   * one for each message of a user.
   */
  messages(query?: MessageQuery): Promise<SandboxMessage[]>
  /** The newest 1000 requests that were not accepted, oldest first, each with `reason` and `findings`. */
  refused(): Promise<RecordedRequest[]>
  /** A user writes: takes what the control API takes at `POST /sandbox/inbound`. Resolves with the message id. */
  inbound(body: InboundOptions & { type: string; [field: string]: unknown }): Promise<string>
  /** A user writes a text. Resolves with the message id. */
  inboundText(text: string, options?: InboundOptions): Promise<string>
  /** A user presses a quick reply button of a template. Resolves with the message id. */
  inboundButton(text: string, payload: string, options?: InboundOptions): Promise<string>
  /** A user sends a picture, video, audio or document: its link. Resolves with the message id. */
  inboundMedia(
    url: string,
    options?: InboundOptions & { mimeType?: string | undefined; caption?: string | undefined },
  ): Promise<string>
  /** A user sends a location, in degrees. Resolves with the message id. */
  inboundLocation(
    latitude: number,
    longitude: number,
    options?: InboundOptions & { name?: string | undefined; address?: string | undefined; url?: string | undefined },
  ): Promise<string>
  /** A user sends contacts. Resolves with the message id. */
  inboundContacts(
    contacts: readonly { name: string; phones: readonly string[] }[],
    options?: InboundOptions,
  ): Promise<string>
  /** A user presses a button of an interactive message. Resolves with the message id. */
  inboundButtonReply(id: string, title: string, options?: InboundOptions): Promise<string>
  /** A user chooses a row of an interactive list. Resolves with the message id. */
  inboundListReply(
    id: string,
    title: string,
    options?: InboundOptions & { description?: string | undefined },
  ): Promise<string>
  /** A user reacts to a message. Resolves with the message id. */
  inboundReaction(emoji: string, messageId: string, options?: InboundOptions): Promise<string>
  /** Posts an event report. Resolves with the ids of the callbacks: one for each gate and time. */
  report(report: Report): Promise<number[]>
  /**
   * Chooses what happens to the next `count` valid requests (1 by default), or to the next ones to the destination `to`:
   * a scenario by its digits, such as `'2004'` for accepted and never answered, and a latency in milliseconds between
   * two bounds.
   */
  scenario(
    digits: string | undefined,
    options?: {
      to?: string | undefined
      count?: number | undefined
      latencyMs?: readonly [number, number] | undefined
    },
  ): Promise<void>
  /** Lets each valid request take a scenario with a probability: `{ 1429: 0.05 }`. A seed makes it repeatable. */
  chaos(faults: Record<string, number>, options?: { seed?: number | undefined }): Promise<void>
  /** Adds a gate. It replaces one with the same id; `reset` takes it away. */
  addGate(gate: Gate): Promise<void>
  /** Counters: `requests`, `messages`, `refused`, `pendingCallbacks`, `callbacksNotTaken` and others. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any JSON
  status(): Promise<any>
  /**
   * Brings the sandbox to the state after its start: forgets requests, messages, scenarios and the gates that were added.
   * Callbacks that wait are not posted any more.
   */
  reset(): Promise<void>
  /** Calls the control API, for what has no method here: `control('GET', 'scenarios')`. Resolves with the answer's JSON. */
  control(
    method: string,
    path: string,
    body?: unknown,
    options?: { query?: Record<string, string | number | boolean | undefined>; timeout?: number },
    // biome-ignore lint/suspicious/noExplicitAny: tests read any JSON
  ): Promise<any>
  /** Ends the sandbox, and resolves when it has ended. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a sandbox on a free port, and resolves when it listens. Calls that it refuses reject with an error that has the
 * code `ERR_LINKWA_SANDBOX`.
 *
 * ```js
 * import { Client } from 'linkwa'
 * import { startSandbox } from 'linkwa-sandbox'
 *
 * const sandbox = await startSandbox()
 * const client = new Client(sandbox.clientOptions())
 * await client.sendText('+46000000001', 'Hello')
 * console.log(await sandbox.messages({ to: '+46000000001' }))
 * ```
 */
export function startSandbox(options?: SandboxOptions): Promise<Sandbox>

/** One callback as it came. `parseCallback(callback.body)` of linkwa reads it. */
export interface Callback {
  /** The path and query that were posted to. */
  readonly path: string
  readonly headers: import('node:http').IncomingHttpHeaders
  readonly body: Buffer
  /** The body, read as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any JSON
  readonly json: any
}

/** An HTTP endpoint on a free port of 127.0.0.1 that collects callbacks. */
export interface CallbackEndpoint {
  readonly url: string
  /**
   * The HTTP status of the answers, or a function that returns it for a callback: 200 by default. A function that throws
   * answers 500, and its error is a warning of the process. The sandbox posts again what is not answered with 2xx; each of
   * these attempts is collected.
   */
  answer: number | ((callback: Callback) => number)
  /** The callbacks that have come, oldest first. */
  all(): Callback[]
  /**
   * Waits until `count` callbacks have come (1 by default), and resolves with all that have come, oldest first. With
   * `where`, counts and returns only those for which the function returns true. Rejects after `timeout` milliseconds
   * (10000 by default), and with what `where` throws.
   */
  wait(
    count?: number,
    options?: { where?: ((callback: Callback) => boolean) | undefined; timeout?: number | undefined },
  ): Promise<Callback[]>
  /** Forgets the callbacks that have come. */
  clear(): void
  /** Stops listening. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts an endpoint for callbacks: pass its `url` to `sandbox.addGate`. */
export function startCallbackEndpoint(): Promise<CallbackEndpoint>

/** The path of the program `linkwa-sandbox`: `$LINKWA_SANDBOX`, or else the one that npm installed. */
export function findProgram(): string
