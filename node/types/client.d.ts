/// <reference lib="esnext.disposable" />
/// <reference types="node" />

/**
 * The client: sending, results and errors.
 */

import type { ClientEvent, EventKind, EventOutcome } from './event.js'
import type {
  Contact,
  Finding,
  Interactive,
  LocationContent,
  Message,
  MessageRequest,
  Priority,
  RawMessage,
  Template,
} from './message.js'

// <generated region>
/** The regions of LINK's gateway; an account belongs to one. */
export type Region = 'n-eu' | 'c-eu' | 's-eu' | 'no' | 'deb'
// </generated>

/** The destination of a message: a number, or several. Numbers have 3 to 15 digits, with or without `+`. */
export type Destinations = string | readonly string[]

/** One message, or several in one request; each goes to each destination. */
export type Messages = Message | RawMessage | readonly (Message | RawMessage)[]

/** The account, the gateway, and the defaults of requests. */
export type ClientConfig = ClientSettings &
  (
    | {
        /** The account's region. */
        readonly region: Region
        readonly baseUrl?: undefined
      }
    | {
        /** The base URL of another gateway: the part before `/messages`. */
        readonly baseUrl: string
        readonly region?: undefined
      }
  )

// <generated settings>
/** What a {@link ClientConfig} says besides where the gateway is. */
export interface ClientSettings {
  /** The account's username. It has no `:`. In the environment: `LINKWA_USERNAME`. */
  readonly username: string
  /**
   * The account's password. It never appears in errors, logs or anything that is printed. In the environment:
   * `LINKWA_PASSWORD`.
   */
  readonly password: string
  /**
   * Headers that every request has beside `Authorization`, by name: for a gateway that asks for one more, such as
   * `x-api-key` (not in version 1.4.1 of LINK's document). The variable sets that one; headers that are passed are
   * added to it. Values are secrets like the password, and never go to a proxy. Names are case-insensitive; those that
   * the client sets itself, or that belong to one connection, are refused. In the environment: `LINKWA_API_KEY`.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The account's platform, from LINK. Every request needs it. In the environment: `LINKWA_PLATFORM_ID`. */
  readonly platformId?: string | undefined
  /** The account's partner id, from LINK. Every request needs it. In the environment: `LINKWA_PLATFORM_PARTNER_ID`. */
  readonly platformPartnerId?: string | undefined
  /** The business number to send from: 3 to 15 digits, with or without `+`. In the environment: `LINKWA_SOURCE`. */
  readonly source?: string | undefined
  /**
   * The priority of every message that has none of its own. NORMAL by default. In the environment: `LINKWA_PRIORITY`.
   */
  readonly priority?: Priority | undefined
  /**
   * The gates that event reports go to. The variable separates them by commas. In the environment:
   * `LINKWA_EVENT_REPORT_GATES`.
   */
  readonly eventReportGates?: readonly string[] | undefined
  /** Names and texts that every event report repeats. Those of a send replace all of these. */
  readonly customParameters?: Readonly<Record<string, string>> | undefined
  /**
   * How long the gateway may try to deliver a message without a validity of its own, counted from the send. Less than a
   * millisecond makes every send invalid. In milliseconds. 48 hours by default.
   */
  readonly relativeValidityTime?: number | undefined
  /** The id of the service on the platform. */
  readonly platformServiceId?: string | undefined
  /** The type of the service on the platform. */
  readonly platformServiceType?: string | undefined
  /**
   * The longest time of a send, from the call to the result: above 0, and at most 24 hours. In milliseconds. 30 seconds
   * by default. In the environment: `LINKWA_TIMEOUT_MS`.
   */
  readonly timeoutMs?: number | undefined
  /**
   * The longest time to connect, TLS included: above 0, and at most 24 hours. In milliseconds. 10 seconds by default.
   * In the environment: `LINKWA_CONNECT_TIMEOUT_MS`.
   */
  readonly connectTimeoutMs?: number | undefined
  /** How many sends may be under way at once, each with a connection of its own: 1 to 10,000. 64 by default. */
  readonly maxConnections?: number | undefined
  /**
   * How many more sends may wait for a connection: 1 to 10,000,000. A send beyond that fails at once: `not_sent`,
   * `queue_full`. 10,000 by default.
   */
  readonly maxQueue?: number | undefined
  /** The number of attempts of one send in all, as long as no byte has left: 1 to 100. 3 by default. */
  readonly maxAttempts?: number | undefined
  /**
   * Also retries after HTTP 429 and 503, with the same number of attempts in all. **After 503 a message can arrive
   * twice.**
   */
  readonly retryWhenBusy?: boolean | undefined
  /**
   * The proxy: `http://user:password@host:port` or `socks5://host:port`. Its credentials are never printed. In the
   * environment: `LINKWA_PROXY`.
   */
  readonly proxy?: string | undefined
  /**
   * Hosts to reach without the proxy, separated by commas or spaces: `example.com` or `.example.com` and its
   * subdomains, an address, a network such as `10.0.0.0/8`, any of these with a port such as `example.com:8443`, or `*`
   * for all.
   */
  readonly noProxy?: string | undefined
  /**
   * Takes the proxy from the environment as curl does, if `proxy` is not set: `HTTPS_PROXY` or `HTTP_PROXY` by the
   * gateway's scheme, else `ALL_PROXY`; and `NO_PROXY`, which `noProxy` replaces. An invalid variable is an error.
   */
  readonly proxyFromEnv?: boolean | undefined
  /**
   * A PEM file of the certificate authorities to trust, instead of the bundled ones (Mozilla's list). Certificates are
   * always verified. In the environment: `LINKWA_CA_FILE`.
   */
  readonly caFile?: string | undefined
  /** Trusts the certificate authorities of the operating system, instead of the bundled ones. */
  readonly systemRoots?: boolean | undefined
  /**
   * Allows plain `http://` to another machine. Others on the network can then read username, password and messages. In
   * the environment: `LINKWA_ALLOW_HTTP`.
   */
  readonly allowHttp?: boolean | undefined
  /** Treats every warning of validation as an error. */
  readonly strict?: boolean | undefined
  /**
   * Allows what version 1.4.1 of LINK's document does not have: interactive messages, media by their id, templates
   * without a namespace. Without it each of them is the error `extension`. Ask LINK whether your account may send them.
   * In the environment: `LINKWA_EXTENSIONS`.
   */
  readonly extensions?: boolean | undefined
}
// </generated>

// <generated options>
/** What one request says instead of the client's defaults. What is left out stays as the client has it. */
export interface RequestOptions {
  /** The id of the service on the platform. */
  readonly platformServiceId?: string | undefined
  /** The type of the service on the platform. */
  readonly platformServiceType?: string | undefined
  /** The id of the transaction on the platform. */
  readonly platformTransactionId?: string | undefined
  /** The message's priority. Without one it is `NORMAL`. */
  readonly priority?: Priority | undefined
  /**
   * How long the gateway may try to deliver, counted from the send. Sent in milliseconds; less than one is an error.
   * `absoluteValidityTime` overrides this. In milliseconds.
   */
  readonly relativeValidityTime?: number | undefined
  /**
   * Until when the gateway may try to deliver: an RFC 3339 date-time with an offset, `2030-03-18T16:49:21Z`. It
   * overrides `relativeValidityTime`. A time in the past is a warning. With neither, the gateway tries for 48 hours.
   */
  readonly absoluteValidityTime?: Date | string | undefined
  /** The gates that event reports go to, instead of the client's. An empty list removes the client's gates. */
  readonly eventReportGates?: readonly string[] | undefined
  /**
   * Your own reference, which every event report repeats. Not empty. Without it the library makes a unique one.
   *
   * To reconcile after a crash, make one with `newRefId` and store it before sending.
   */
  readonly refId?: string | undefined
  /** Names and texts that every event report repeats, instead of the client's. If it is empty, there are none. */
  readonly customParameters?: Readonly<Record<string, string>> | undefined
  /** The business number to send from, instead of the client's: 3 to 15 digits, with or without `+`. */
  readonly source?: string | undefined
}
// </generated>

/** The options of a call. */
export interface CallOptions {
  // <generated call>
  /**
   * The longest time of the send, from the call to the result: above 0, and at most 24 hours. Without it the client's
   * timeout, 30 seconds by default. In milliseconds.
   */
  readonly timeoutMs?: number | undefined
  // </generated>
  /**
   * Ends the send when it aborts. The promise is rejected with a {@link LinkwaError} whose `reason` is `cancelled` and whose
   * `cause` is `signal.reason`: with the outcome `not_sent` if nothing of the message had left, else `unknown`. A send whose
   * answer has arrived is not affected.
   */
  readonly signal?: AbortSignal | undefined
}

/** The options of a send. */
export interface SendOptions extends RequestOptions, CallOptions {}

// <generated own>
/** The options of {@link Client.sendText}. */
export interface TextOptions extends SendOptions {
  /**
   * Whether the recipient sees a preview of the URL in the body. Without it the gateway shows none. `true` without a
   * URL in the body is a warning.
   */
  readonly previewUrl?: boolean | undefined
}

/** The options of {@link Client.sendImage}. */
export interface ImageOptions extends SendOptions {
  /** The text below the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: string | undefined
}

/** The options of {@link Client.sendVideo}. */
export interface VideoOptions extends SendOptions {
  /** The text below the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: string | undefined
}

/** The options of {@link Client.sendDocument}. */
export interface DocumentOptions extends SendOptions {
  /** The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: string | undefined
  /** The file name that the recipient sees. */
  readonly filename?: string | undefined
}
// </generated>

/** A file that was uploaded before. Not in version 1.4.1 of LINK's document: it needs the client's setting `extensions`. */
export interface UploadedFile {
  /** Its id. Not empty. */
  readonly id: string
}

/** A template, whose language may also be its code alone. */
export interface TemplateInput extends Omit<Template, 'language'> {
  /** The language, or its code: `'en'`. */
  readonly language: Template['language'] | Template['language']['code']
}

/** The options of {@link Client.sendMany}. */
export interface ManyOptions extends SendOptions {
  /** The number of destinations per request: 1 to 50,000. Default: 100. It is 1 if a function makes the messages. */
  readonly destinationsPerRequest?: number | undefined
  /**
   * The highest average rate in destinations per second: above 0, at most a million. A request counts as many times as it has
   * destinations. Default: no limit.
   */
  readonly rate?: number | undefined
  /**
   * Resumes an earlier run from the result of its {@link SendMany.checkpoint}. Pass the same destinations in the same order.
   * Requests that were accepted or whose outcome is unknown are skipped; requests that were rejected or not sent are sent again.
   * With other destinations, another `refId` or another `destinationsPerRequest` the run is refused: `invalid_config`. To send to
   * numbers that you have corrected, begin a new run with only these.
   */
  readonly resume?: string | undefined
  /** When resuming, also sends requests again whose outcome is unknown: **recipients of those that were accepted get the message
   * twice.** */
  readonly resendUnknown?: boolean | undefined
}

/** The method of an HTTP request. */
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The options of an HTTP request. */
export interface HttpOptions extends CallOptions {
  /** The media type of the body: at most 256 visible ASCII characters and spaces. Default: `application/json`. */
  readonly contentType?: string | undefined
}

/** The answer to an HTTP request. */
export interface HttpResponse {
  /** The HTTP status, also of an answer that refuses the request: 200, 404, 503. */
  status: number
  /** The body as it came, decompressed if it was gzip; empty if there was none. */
  body: Buffer
}

/** A message that the gateway accepted. */
export interface SendResult {
  /** The reference that event reports will carry: yours, or the one that the library made. Empty only for a raw request without
   * one. */
  refId: string
  /** The gateway's result code, usually 112001 (queued). */
  resultCode: number
  /** The gateway's description. */
  description: string | undefined
  /** The id of the message to the only destination; `undefined` if there were several, or if the gateway did not return exactly one
   * id. */
  messageId: string | undefined
  /** The ids of the messages, in the order of the destinations. */
  messageIds: string[]
  /** Each destination with its message id. Empty if the gateway returned a different number of ids than there were destinations. */
  receipts: Receipt[]
  /** The warnings of validation. */
  warnings: Finding[]
  /** The number of attempts, usually 1. */
  attempts: number
  /** Whether an outbox returned the result of an earlier send with this `refId`, and sent nothing now. */
  repeat: boolean
}

/** A destination and the id of its message. */
export interface Receipt {
  /** The number that the message goes to. */
  destination: string
  /** The id that event reports carry. */
  messageId: string
}

/**
 * The result of one request of a run: `result` if the gateway accepted it, else `error`. A destination that is invalid, or for
 * which the message function throws or returns no message, gets its own chunk; the others go on. The `cause` of its error is the
 * exception. An item that is not a string gets such a chunk too, with `''` as its destination; the finding says which item it
 * was.
 */
export type Chunk = AcceptedChunk | FailedChunk

/** The members of every chunk. */
export interface ChunkBase {
  /** The index of the request, from 0, in the order of the destinations. */
  index: number
  /** Its own reference: `{refId}-{index}`. */
  refId: string
  /** Its destinations. */
  destinations: string[]
}

/** A request of a run that the gateway accepted. */
export interface AcceptedChunk extends ChunkBase {
  /** The gateway's answer. */
  result: SendResult
  /** Always absent. */
  error: undefined
}

/** A request of a run that the gateway did not accept, or may not have accepted. */
export interface FailedChunk extends ChunkBase {
  /** Always absent. */
  result: undefined
  /** The error. */
  error: LinkwaError
}

/** The progress of a run, counted in destinations. */
export interface Progress {
  /** Accepted by the gateway. */
  sent: number
  /** Not accepted: rejected, not sent, or invalid. */
  failed: number
  /** May have been accepted. */
  unknown: number
  /** Under way, or waiting to be sent again because the gateway was busy. */
  underWay: number
  /** Skipped, because an earlier run handled them. */
  skipped: number
  /** Sent, failed and unknown destinations per second, since the first was sent. */
  perSecond: number
  /** Whether the run is pausing because the gateway is busy or does not answer. */
  waiting: boolean
}

/**
 * The results of {@link Client.sendMany}, one per request, in the order in which requests end.
 *
 * Requests begin only while you await the next result; those that have begun go on. An exception of the destinations ends the
 * run: results of requests under way come first, then the exception. So does the signal of the options: requests under way are
 * then cancelled, their results come, and then the loop throws a {@link LinkwaError} with the reason `cancelled`. It is
 * `outcome_unknown` if any message was accepted or may have been: repeat such a run only with its checkpoint. A signal that aborts
 * after the last answer changes nothing.
 */
export interface SendMany extends AsyncIterable<Chunk> {
  /** The beginning of the references of the requests: `{refId}-{index}`. */
  readonly refId: string
  /** The present progress of the run. */
  readonly progress: Progress
  /**
   * Returns which requests are done, as a short text to store and to pass to `resume`. Requests under way count as unknown. A
   * checkpoint does not know about requests that began after it was taken: after a crash, look up their references.
   */
  checkpoint(): string
  /** Stops the run: no further request begins. Requests that have begun still give results. */
  stop(): void
  /** The next result. Requests begin only while a caller waits for it. */
  next(): Promise<IteratorResult<Chunk, undefined>>
  /**
   * Ends the run, like `break` in `for await`: no further request begins, and it waits for those that have begun, so that
   * `progress` and `checkpoint()` are exact afterwards. It discards their results; to get them, call `stop()` and read on.
   */
  return(): Promise<IteratorResult<Chunk, undefined>>
  /** Returns the run itself, for `for await`. */
  [Symbol.asyncIterator](): SendMany
  /**
   * Throws a `TypeError`. A run is not a promise: nothing is sent until you read it with `for await`, so `await sendMany(…)` is a
   * mistake. This method lets the compiler and the program report it. To return a run from an async function, put it into an
   * object.
   */
  then(run: never): never
  /** Does what `return()` does, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** The kind of error; see {@link LinkwaError.code}. */
export type ErrorCode =
  /** A client that cannot work: an unknown region, `http://` to another machine, a line break in a credential. */
  | 'invalid_config'
  /** Validation found errors; `findings` has all of them. Nothing was sent. */
  | 'invalid_request'
  /** The gateway refused the message. */
  | 'rejected'
  /** No byte of the message left this machine, and none will. */
  | 'not_sent'
  /** The message may have been accepted: do not send it again before you have looked for its `refId` in event reports. */
  | 'outcome_unknown'
  /** A malformed callback. */
  | 'invalid_callback'
  /** A bug of this library. */
  | 'internal'

/** What is known about a message whose send failed. */
export type Outcome =
  /** The gateway refused it. */
  | 'rejected'
  /** No byte of it left, and none will. */
  | 'not_sent'
  /** It may have been accepted. */
  | 'unknown'

/** What to do with a message whose send failed. */
export type Disposition =
  /**
   * Send it again later, after `retryAfter` seconds if the gateway asked for a pause: it was not sent, or the answer was HTTP
   * 429. Also a send whose signal aborted before it left: your program decides whether it is still wanted.
   */
  | 'retry'
  /** Do not send it again unchanged: it is invalid, the gateway refused it, or the client is closed. */
  | 'fail'
  /** Do not send it again: it may have been accepted. Wait for the event report of its `refId`. */
  | 'park'

/** Why a message was not sent, or why its outcome is unknown. */
export type Reason =
  /** The host name could not be resolved. */
  | 'dns'
  /** No connection could be made, or it broke before the message left. */
  | 'connect'
  /** The gateway's certificate was not accepted, or the TLS handshake failed. */
  | 'tls'
  /** The proxy refused, or could not be reached. */
  | 'proxy'
  /** The timeout ended. */
  | 'deadline'
  /** The signal aborted, or the client was closed during the send. */
  | 'cancelled'
  /** Too many sends were waiting. */
  | 'queue_full'
  /** The client is closed. */
  | 'closed'
  /** The connection broke after bytes of the message had left. */
  | 'connection_lost'
  /** The gateway's answer could not be read. */
  | 'invalid_response'
  /** The gateway answered with a server error. */
  | 'server_error'
  /** The database of an outbox cannot be used. */
  | 'store'
  /** An earlier send of this `refId` was begun, and its outcome is not known; nothing was sent now. */
  | 'in_doubt'

/**
 * Every error, except for arguments of a wrong type, which are `TypeError`s. `code` is a stable word for the error, and `outcome`
 * says what it means for the message. `message` is for people: it can have several lines, and its wording may change. Each code
 * has a class of its own, such as {@link OutcomeUnknown}.
 *
 * A member without a value is absent. Members that may repeat values of the request (`description`, `translatedDescription`,
 * `responseBody`, `findings`) are not enumerable, so that logging an error does not show them.
 *
 * `structuredClone` and `postMessage` keep only the `message`, the `stack` and the `cause` of an error: `code`, `outcome`,
 * `refId`, all other members and the class are lost. Send {@link LinkwaError.toJSON} instead, and make the error again with
 * {@link LinkwaError.from}.
 *
 * @example
 * ```ts
 * import { LinkwaError, sendText } from 'linkwa'
 *
 * try {
 *   await sendText('+46000000001', 'Hello')
 * } catch (error) {
 *   if (!(error instanceof LinkwaError)) throw error
 *   if (error.outcome === 'unknown') console.log('do not send it again; look for', error.refId)
 *   else console.log('not accepted:', error.code, error.reason)
 * }
 * ```
 */
export declare class LinkwaError extends Error {
  /**
   * For your tests. Without a `code` it is `internal`. Without an `outcome` it is the one of the code: `unknown` for
   * `outcome_unknown`, `internal` and a code that this version does not know.
   */
  constructor(message: string, about?: LinkwaErrorInit)
  /**
   * Makes an error again from the result of {@link LinkwaError.toJSON}, as an object or as JSON. It has the class of its code.
   *
   * @throws `TypeError` for anything else.
   *
   * @example
   * ```ts
   * import { LinkwaError, NotSent, OutcomeUnknown } from 'linkwa'
   *
   * const stored = JSON.stringify(new OutcomeUnknown('no answer', { refId: 'order-17' }))
   * const error = LinkwaError.from(stored)
   * console.log(error.outcome, error.refId, error instanceof NotSent) // unknown order-17 false
   * ```
   */
  static from(json: LinkwaErrorJson | string): LinkwaError
  /** The name of all these errors, whatever their class. */
  readonly name: 'LinkwaError'
  /** The kind of error. Base decisions on it. */
  readonly code: ErrorCode
  /** What is known about the message; absent if no message was being sent. */
  readonly outcome?: Outcome
  /** What to do with the message, for job queues and other code that decides without a person. */
  readonly disposition: Disposition
  /** Why it was not sent, or why its outcome is unknown. */
  readonly reason?: Reason
  /** The message's reference, whether you set it or the library made it. */
  readonly refId?: string
  /** The status of the gateway's answer, if there was one. */
  readonly httpStatus?: number
  /** The result code of the gateway's answer. */
  readonly resultCode?: number
  /** The gateway's description. */
  readonly description?: string
  /** The gateway's description in another language. */
  readonly translatedDescription?: string
  /** The number of **seconds** that the gateway asked to wait (`Retry-After`). */
  readonly retryAfter?: number
  /** Everything that validation found, warnings included, in the order of the request; empty for other errors. */
  readonly findings: readonly Finding[]
  /** The body of the gateway's answer, at most 64 KiB, decompressed if it was gzip. */
  readonly responseBody?: Buffer
  /** For a callback: the path of the malformed part in the names of the wire; empty for the callback as a whole. */
  readonly path?: string
  /** For a callback: the byte offset at which it is malformed, from 0. */
  readonly position?: number
  /**
   * Returns the error for JSON; {@link LinkwaError.from} makes the error again from it. Values that may repeat the request are
   * encoded in one member, `details`, so that a log with the JSON does not show them. Of the `cause` it has `name` and `message`.
   */
  toJSON(): LinkwaErrorJson
}

/** A client that cannot work: `invalid_config`. */
export declare class InvalidConfig extends LinkwaError {
  /** For your tests. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'invalid_config'
}

/** Validation found errors; `findings` has all of them. Nothing was sent: `invalid_request`. */
export declare class InvalidRequest extends LinkwaError {
  /** For your tests. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'invalid_request'
}

/** The gateway refused the message: `rejected`. */
export declare class Rejected extends LinkwaError {
  /** For your tests. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'rejected'
}

/** No byte of the message left this machine, and none will: `not_sent`. */
export declare class NotSent extends LinkwaError {
  /** For your tests. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'not_sent'
}

/** The message may have been accepted; do not send it again: `outcome_unknown`. */
export declare class OutcomeUnknown extends LinkwaError {
  /** For your tests. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'outcome_unknown'
}

/** A malformed callback: `invalid_callback`. */
export declare class InvalidCallback extends LinkwaError {
  /** For your tests. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'invalid_callback'
}

/** A bug of this library: `internal`. */
export declare class InternalError extends LinkwaError {
  /** For your tests. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'internal'
}

/** The result of {@link LinkwaError.toJSON}. */
export interface LinkwaErrorJson
  extends Partial<
    Pick<
      LinkwaError,
      | 'outcome'
      | 'disposition'
      | 'reason'
      | 'refId'
      | 'httpStatus'
      | 'resultCode'
      | 'retryAfter'
      | 'findings'
      | 'path'
      | 'position'
      | 'stack'
    >
  > {
  /** `LinkwaError`. */
  readonly name: string
  /** The sentence for people. */
  readonly message: string
  /** The kind of error. */
  readonly code: ErrorCode
  /** `description`, `translatedDescription`, `responseBody` and the findings' suggestions, as one text of Base64. */
  readonly details?: string
  /** The cause, if it is an error. */
  readonly cause?: {
    /** Its name. */
    readonly name: string
    /** Its sentence. */
    readonly message: string
  }
}

/** The parts from which a {@link LinkwaError} can be made. */
export interface LinkwaErrorInit
  extends Partial<
    Pick<
      LinkwaError,
      | 'code'
      | 'outcome'
      | 'disposition'
      | 'reason'
      | 'refId'
      | 'httpStatus'
      | 'resultCode'
      | 'description'
      | 'translatedDescription'
      | 'retryAfter'
      | 'findings'
      | 'responseBody'
      | 'path'
      | 'position'
    >
  > {
  /** The cause. */
  readonly cause?: unknown
}

/**
 * The verbs, on a {@link Client} and, with the default client, as functions of the package.
 *
 * Each verb that sends returns a promise of the gateway's answer. It is rejected with a {@link LinkwaError} if the message was
 * not accepted, and with a `TypeError` that names the argument if that has a wrong type or is an unknown option. Sends run on the
 * library's own threads; they block neither the event loop nor Node's threads for files and name look-ups. A send under way keeps
 * the program running.
 */
export interface Verbs {
  /** Sends one message or several, in wire form, to one destination or several. */
  send(to: Destinations, message: Messages, options?: SendOptions): Promise<SendResult>

  // <generated verbs>
  /**
   * Sends a text.
   *
   * `body`: The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of white space only. A
   * URL in it must start with `http://` or `https://`.
   */
  sendText(to: Destinations, body: string, options?: TextOptions): Promise<SendResult>

  /**
   * Sends a picture: JPEG or PNG.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path
   * that ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
   */
  sendImage(to: Destinations, link: string | UploadedFile, options?: ImageOptions): Promise<SendResult>

  /**
   * Sends a sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path
   * that ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a
   * warning.
   */
  sendAudio(to: Destinations, link: string | UploadedFile, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a video: MP4 or 3GPP.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path
   * that ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
   */
  sendVideo(to: Destinations, link: string | UploadedFile, options?: VideoOptions): Promise<SendResult>

  /**
   * Sends a document of any MIME type. In a template's header it is a PDF; another extension is a warning there.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet.
   */
  sendDocument(to: Destinations, link: string | UploadedFile, options?: DocumentOptions): Promise<SendResult>

  /** Sends a place on the map. */
  sendLocation(to: Destinations, location: LocationContent, options?: SendOptions): Promise<SendResult>

  /** Sends contact cards. */
  sendContacts(to: Destinations, contacts: readonly Contact[], options?: SendOptions): Promise<SendResult>

  /**
   * Sends a template message: a text that WhatsApp approved beforehand, with its parameters filled in.
   *
   * It is the only message type that may be sent at any time; all others only within 24 hours of the recipient's last
   * message. Name, namespace, language and the number of parameters must be those of the approved template; only the
   * gateway can check that.
   */
  sendTemplate(to: Destinations, template: TemplateInput, options?: SendOptions): Promise<SendResult>

  /**
   * Sends an interactive message: reply buttons, or a list to choose from.
   *
   * Not in version 1.4.1 of LINK's document: it needs the setting `extensions`.
   */
  sendInteractive(to: Destinations, interactive: Interactive, options?: SendOptions): Promise<SendResult>
  // </generated>

  /** Sends a whole request in wire form: an object or JSON. It is validated; the client's defaults are not added. */
  sendRequest(request: MessageRequest | string | Uint8Array | ArrayBuffer, options?: CallOptions): Promise<SendResult>

  /**
   * Sends a whole request as it is, for features newer than version 1.4.1 of the API. It must be one JSON object of at most 1 MiB
   * and 64 levels; nothing else is checked, and nothing is filled in, not even a `refId`.
   */
  sendRaw(request: object | string | Uint8Array | ArrayBuffer, options?: CallOptions): Promise<SendResult>

  /**
   * Sends an HTTP request to another resource of the gateway than `/messages`, with the same account, headers, proxy and timeout
   * (not in version 1.4.1 of LINK's document).
   *
   * `path` stands behind the base URL, with or without a slash at its beginning, and may have a query. It has at most 2,048 bytes,
   * all of them characters that a URL can have (others are percent-encoded), no `.` or `..` segment, no scheme and no host. An
   * object as `body` is sent as JSON, a string and bytes as they are. Empty strings and bytes stand for no body.
   *
   * Resolves with every complete answer, whatever its status: the library does not look into it, and follows no redirect. An answer
   * has at most 16 MiB. Only what certainly was not sent is retried. It is rejected with a {@link LinkwaError} with the code
   * `invalid_request` and a finding at `method`, `path` or `contentType`; `not_sent` if no byte of the body left, or without a body
   * no byte of the request; `outcome_unknown` if the gateway may have acted on the request. It is never `rejected`, and has no
   * `refId`.
   *
   * For example, this marks a received message as read and shows that an answer is being typed. It is not in version 1.4.1 of LINK's
   * document; ask LINK whether your account can use it and what the body must be:
   *
   * ```ts
   * import { request } from 'linkwa'
   *
   * const body = { messageId: '8aU6cwxAKE9NzMLrS6M82Y', status: 'read', typing: true }
   * const { status } = await request('POST', 'mo/status', body)
   * if (status >= 300) console.log(`HTTP ${status}`)
   * ```
   */
  request(
    method: HttpMethod,
    path: string,
    body?: object | string | Uint8Array | ArrayBuffer | null,
    options?: HttpOptions,
  ): Promise<HttpResponse>

  /**
   * Sends the same message to many destinations, in requests of up to `destinationsPerRequest` destinations. As many requests run
   * at once as the client has connections. Destinations are taken as requests begin, and may be endless. With a function that makes
   * the message, each destination is one request; the function is called for one destination after the other.
   *
   * Each destination is checked when it is taken. An invalid one gets its own chunk, and the others are sent.
   *
   * - HTTP 429 pauses the whole run for the time of its `Retry-After`. The request is sent again, up to 10 times in all.
   * - HTTP 503 also pauses the run, and so do three requests in a row without a connection or an answer.
   * - HTTP 401 and 403 end the run, and so do 15 minutes with nothing but HTTP 429, 503 and no answer. No further request begins,
   *   and a checkpoint resumes the run.
   *
   * @throws `TypeError` for an argument of a wrong type, {@link LinkwaError} `invalid_config` for a number out of range, or a
   * `resume` that is not a checkpoint or belongs to another run.
   *
   * @example
   * ```ts
   * import { sendMany } from 'linkwa'
   *
   * const numbers = ['+46000000001', '+46000000002']
   * const run = sendMany(numbers, { type: 'text', text: { body: 'We are moving' } }, { rate: 500 })
   * for await (const chunk of run) {
   *   if (chunk.error) console.log(chunk.refId, chunk.error.outcome)
   *   console.log(run.progress.sent)
   * }
   * ```
   */
  sendMany(
    destinations: Iterable<string> | AsyncIterable<string>,
    message: Messages | ((destination: string) => Messages | PromiseLike<Messages>),
    options?: ManyOptions,
  ): SendMany

  /**
   * Returns the exact JSON that {@link Verbs.send} would post. Without a `refId` in the options each call makes a new one.
   *
   * @throws {@link LinkwaError} `invalid_request` with all findings; `TypeError` for an argument of a wrong type.
   */
  build(to: Destinations, message: Messages, options?: RequestOptions): string
}

/**
 * Sends through one account at the gateway. It keeps connections alive between sends, so make one and keep it.
 *
 * @example
 * ```ts
 * import { Client } from 'linkwa'
 *
 * const client = new Client({
 *   region: 'n-eu',
 *   username: 'user',
 *   password: 'secret',
 *   platformId: 'platform id',
 *   platformPartnerId: 'partner id',
 *   source: '+46000000000',
 * })
 * const { refId, messageIds } = await client.sendText('+46000000001', 'Hello')
 * console.log(refId, messageIds)
 * await client.close()
 * ```
 */
export declare class Client {
  /**
   * It sends nothing and opens no connection.
   *
   * @throws {@link LinkwaError} `invalid_config` for a client that could not work; `TypeError` for a member of a wrong type, or
   * one that does not exist.
   */
  constructor(config: ClientConfig)

  /**
   * Makes a client from environment variables: `LINKWA_REGION` or `LINKWA_BASE_URL`, `LINKWA_USERNAME` and `LINKWA_PASSWORD`;
   * optional are `LINKWA_PLATFORM_ID`, `LINKWA_PLATFORM_PARTNER_ID`, `LINKWA_SOURCE`, `LINKWA_PRIORITY`,
   * `LINKWA_EVENT_REPORT_GATES` (separated by commas), `LINKWA_TIMEOUT_MS`, `LINKWA_CONNECT_TIMEOUT_MS`, `LINKWA_PROXY`,
   * `LINKWA_CA_FILE`, `LINKWA_ALLOW_HTTP`, `LINKWA_EXTENSIONS`, and `LINKWA_API_KEY` (the value of the header `x-api-key`).
   *
   * @throws {@link LinkwaError} `invalid_config`, which names every variable that is missing or invalid.
   */
  static fromEnv(): Client

  /**
   * Calls `listener` with a {@link ClientEvent} for each step of each send that begins from now on: queued, an attempt begun, a
   * phase reached, the attempt ended, the send ended; and for each pause of a `sendMany` of the client. For traces and metrics.
   *
   * It is called on the event loop, in the `AsyncLocalStorage` context in which the send or run began, a moment after the step:
   * `timestampMs` says when that was. All events of a send come before its promise settles; those of a run may come a moment after
   * its result. An exception of the function, or a rejected promise that it returns, becomes a warning of the process.
   *
   * @param kind what to listen for; everything, if it is left out
   * @returns a function that ends the calls
   * @throws `TypeError` for an argument of a wrong type, and for an unknown kind.
   *
   * @example
   * ```ts
   * import { Client } from 'linkwa'
   *
   * const client = Client.fromEnv()
   * const remove = client.on('attempt_ended', ({ refId, attempt, outcome, elapsedMs }) => {
   *   console.log(refId, attempt, outcome, elapsedMs)
   * })
   * await client.sendText('+46000000001', 'Hello')
   * remove()
   * ```
   */
  on(kind: EventKind, listener: (event: ClientEvent) => unknown): () => void
  /** Calls `listener` with events of every kind; see above. */
  on(listener: (event: ClientEvent) => unknown): () => void

  /**
   * Closes the client. It accepts no new sends. Sends that wait for a connection fail with `not_sent` (`closed`). Sends under way
   * may finish, for at most `timeoutMs` milliseconds if that is given, and are then cancelled: `not_sent`, or `outcome_unknown`
   * (`cancelled`). Resolves when all have ended.
   */
  close(timeoutMs?: number): Promise<void>

  /** Does what `close()` does, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface Client extends Verbs {}

/**
 * Sets the default client, which the functions of the package use. It replaces the environment's; sends under way finish on the
 * client that they began with. Each worker thread has its own default client.
 *
 * @throws as the constructor of {@link Client}; the default client then stays as it was.
 */
export declare function configure(config: ClientConfig): void

// <generated functions>
/** {@link Verbs.send} on the default client. */
export declare const send: Verbs['send']
/** {@link Verbs.sendText} on the default client. */
export declare const sendText: Verbs['sendText']
/** {@link Verbs.sendImage} on the default client. */
export declare const sendImage: Verbs['sendImage']
/** {@link Verbs.sendAudio} on the default client. */
export declare const sendAudio: Verbs['sendAudio']
/** {@link Verbs.sendVideo} on the default client. */
export declare const sendVideo: Verbs['sendVideo']
/** {@link Verbs.sendDocument} on the default client. */
export declare const sendDocument: Verbs['sendDocument']
/** {@link Verbs.sendLocation} on the default client. */
export declare const sendLocation: Verbs['sendLocation']
/** {@link Verbs.sendContacts} on the default client. */
export declare const sendContacts: Verbs['sendContacts']
/** {@link Verbs.sendTemplate} on the default client. */
export declare const sendTemplate: Verbs['sendTemplate']
/** {@link Verbs.sendInteractive} on the default client. */
export declare const sendInteractive: Verbs['sendInteractive']
/** {@link Verbs.sendRequest} on the default client. */
export declare const sendRequest: Verbs['sendRequest']
/** {@link Verbs.sendRaw} on the default client. */
export declare const sendRaw: Verbs['sendRaw']
/** {@link Verbs.request} on the default client. */
export declare const request: Verbs['request']
/** {@link Verbs.sendMany} on the default client. */
export declare const sendMany: Verbs['sendMany']
/** {@link Verbs.build} on the default client. */
export declare const build: Verbs['build']
// </generated>

/** The level of a log line. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** A line of the log. It contains no passwords, phone numbers or message texts. */
export interface LogLine {
  /** Its level. */
  level: LogLevel
  /** The text. Each attempt at a send is a line: `warn` if it failed, `debug` if it was accepted. */
  message: string
  /** When, in milliseconds since 1970-01-01 UTC. */
  timestampMs: number
  /** What a line about an attempt says, as values; empty for other lines. */
  fields: LogFields
}

/** What a {@link LogLine} about an attempt says. */
export interface LogFields {
  /** The message's reference. */
  refId?: string
  /** The method of a request to another resource, which has no `refId`. */
  method?: HttpMethod
  /** The number of the attempt, from 1. */
  attempt?: number
  /** How it ended. */
  outcome?: EventOutcome
  /** The status of the gateway's answer. */
  httpStatus?: number
  /** The code of the error. */
  code?: ErrorCode
  /** The reason of the error. */
  reason?: Reason
  /** How long it took, in milliseconds. */
  elapsedMs?: number
  /** The length of what was posted, in bytes. */
  bytes?: number
}

/**
 * Passes each line of the log to a function, or turns the log off. There is no log by default. Lines come a moment later, on the
 * event loop, and do not keep the program alive. An exception of the function becomes a warning of the process.
 *
 * @param level the lowest level that is wanted; `info` by default, which includes failed attempts
 * @throws `TypeError` for an argument of a wrong type, and for an unknown level.
 *
 * @example
 * ```ts
 * import { setLogger } from 'linkwa'
 *
 * setLogger(({ level, message }) => console.error(level, message), 'debug')
 * ```
 */
export declare function setLogger(write: ((line: LogLine) => void) | undefined, level?: LogLevel): void
