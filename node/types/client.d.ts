/// <reference lib="esnext.disposable" />
/// <reference types="node" />

/**
 * The client: sending, what comes of it, and what goes wrong. References such as R-3 are to the numbered rules of the library.
 */

import type {
  Contact,
  Finding,
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

/** Whom a message goes to: a number, or several. Numbers have 3 to 15 digits, with or without `+`. */
export type Destinations = string | readonly string[]

/** One message, or several in one request; each goes to each destination. */
export type Messages = Message | RawMessage | readonly (Message | RawMessage)[]

/** How a client reaches the gateway, and what its requests say by default. */
export type ClientConfig = ClientSettings &
  (
    | {
        /** The account's region. */
        readonly region: Region
        readonly baseUrl?: undefined
      }
    | {
        /** What stands before `/messages`: any other gateway's URL (E-2). */
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
  /** Names and texts that come back in every event report. Those of a send replace all of these. */
  readonly customParameters?: Readonly<Record<string, string>> | undefined
  /**
   * How long the gateway may try a message that says nothing else, from its send. Less than a millisecond is an error
   * with every send. In milliseconds. 48 hours by default.
   */
  readonly relativeValidityTime?: number | undefined
  /** The id of the service on the platform. */
  readonly platformServiceId?: string | undefined
  /** The type of the service on the platform. */
  readonly platformServiceType?: string | undefined
  /**
   * How long a send may take in all, from the call to the result: above 0, and at most 24 hours. In milliseconds. 30
   * seconds by default. In the environment: `LINKWA_TIMEOUT_MS`.
   */
  readonly timeoutMs?: number | undefined
  /**
   * How long connecting may take, TLS included: above 0, and at most 24 hours. In milliseconds. 10 seconds by default.
   * In the environment: `LINKWA_CONNECT_TIMEOUT_MS`.
   */
  readonly connectTimeoutMs?: number | undefined
  /** How many sends may be under way at once, each with a connection of its own: 1 to 10,000. 64 by default. */
  readonly maxConnections?: number | undefined
  /**
   * How many more sends may wait for a connection: 1 to 10,000,000. One more fails at once: `not_sent`, `queue_full`.
   * 10,000 by default.
   */
  readonly maxQueue?: number | undefined
  /** How often one send is tried in all, as long as no byte has left: 1 to 100. 3 by default. */
  readonly maxAttempts?: number | undefined
  /** Also tries again after HTTP 429 and 503, as often in all. **After 503 a message can arrive twice.** */
  readonly retryWhenBusy?: boolean | undefined
  /**
   * The proxy to go through: `http://user:password@host:port` or `socks5://host:port`. Its credentials are never
   * printed. In the environment: `LINKWA_PROXY`.
   */
  readonly proxy?: string | undefined
  /**
   * Hosts that are reached without the proxy, separated by commas or blanks: `example.com` or `.example.com` with all
   * below it, an address, a network such as `10.0.0.0/8`, one port of any of these such as `example.com:8443`, or `*`
   * for all.
   */
  readonly noProxy?: string | undefined
  /**
   * Takes the proxy from the environment as curl does, if `proxy` is not set: `HTTPS_PROXY` or `HTTP_PROXY` by the
   * gateway's scheme, else `ALL_PROXY`; and `NO_PROXY`, which `noProxy` replaces. A variable that cannot be used is an
   * error.
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
   * Allows plain `http://` to another machine: username, password and messages can then be read on the way. In the
   * environment: `LINKWA_ALLOW_HTTP`.
   */
  readonly allowHttp?: boolean | undefined
  /** Takes every warning of validation for an error. */
  readonly strict?: boolean | undefined
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
   * How long the gateway may try, from the send. Sent in milliseconds; less than one is an error. An
   * `absoluteValidityTime` wins over this. In milliseconds.
   */
  readonly relativeValidityTime?: number | undefined
  /**
   * Until when the gateway may try: an RFC 3339 date-time with an offset, `2030-03-18T16:49:21Z`. It wins over
   * `relativeValidityTime`. A time that is over is a warning. With neither, the gateway tries for 48 hours.
   */
  readonly absoluteValidityTime?: Date | string | undefined
  /** The gates that event reports go to, instead of the client's. An empty list names none, whatever the client has. */
  readonly eventReportGates?: readonly string[] | undefined
  /**
   * Your own reference, which comes back in every event report. Not empty. Left out, a unique one is made.
   *
   * To be able to reconcile after a crash, make one with `newRefId` and store it before sending.
   */
  readonly refId?: string | undefined
  /**
   * Names and texts that come back in every event report, instead of the client's. An empty list says that there are
   * none, whatever the client has.
   */
  readonly customParameters?: Readonly<Record<string, string>> | undefined
  /** The business number to send from, instead of the client's: 3 to 15 digits, with or without `+`. */
  readonly source?: string | undefined
}
// </generated>

/** How one call is made. */
export interface CallOptions {
  // <generated call>
  /**
   * How long the send may take, from the call to the result: above 0, and at most 24 hours. Otherwise the client's, 30
   * seconds by default. In milliseconds.
   */
  readonly timeoutMs?: number | undefined
  // </generated>
  /**
   * Ends the send when it aborts. The promise is rejected with a {@link LinkwaError} whose `reason` is `cancelled` and whose `cause`
   * is `signal.reason`: with the outcome `not_sent` if nothing of the message had left, else `unknown`. A send whose answer was there
   * first stays what it is.
   */
  readonly signal?: AbortSignal | undefined
}

/** The options of a send. */
export interface SendOptions extends RequestOptions, CallOptions {}

// <generated own>
/** The options of {@link Client.sendText}. */
export interface TextOptions extends SendOptions {
  /**
   * Whether the recipient sees a preview of the URL in the body. Left out, the gateway shows none. `true` without a URL
   * in the body is a warning.
   */
  readonly previewUrl?: boolean | undefined
}

/** The options of {@link Client.sendImage}. */
export interface ImageOptions extends SendOptions {
  /** The text under the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: string | undefined
}

/** The options of {@link Client.sendVideo}. */
export interface VideoOptions extends SendOptions {
  /** The text under the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: string | undefined
}

/** The options of {@link Client.sendDocument}. */
export interface DocumentOptions extends SendOptions {
  /** The text under the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
  readonly caption?: string | undefined
  /** The file name that the recipient sees. */
  readonly filename?: string | undefined
}
// </generated>

/** A template, whose language may also be its code alone. */
export interface TemplateInput extends Omit<Template, 'language'> {
  /** The language, or its code: `'en'` (T-10). */
  readonly language: Template['language'] | Template['language']['code']
}

/** The options of {@link Client.sendMany}. */
export interface ManyOptions extends SendOptions {
  /** How many destinations go into a request: 1 to 50,000, and 100 by default. Where a function makes the messages it is 1. */
  readonly destinationsPerRequest?: number | undefined
  /**
   * The most destinations a second, on average: above 0, and at most a million. A request takes as much of the rate as it has
   * destinations. Left out, it is as fast as the gateway answers.
   */
  readonly rate?: number | undefined
  /**
   * Goes on where an earlier run stopped: what its {@link SendMany.checkpoint} gave. Give the same destinations in the same order.
   * What was accepted is skipped, and what may have been; what was rejected or not sent is sent again. With other destinations, another
   * `refId` or another `destinationsPerRequest` it is refused: `invalid_config`. To send to numbers that you have corrected, begin a
   * new run with these alone.
   */
  readonly resume?: string | undefined
  /** When resuming, also sends again what may have been accepted: **who got it gets it twice.** */
  readonly resendUnknown?: boolean | undefined
}

/** A message that the gateway accepted. */
export interface SendResult {
  /** The reference that event reports will carry: yours, or the one that was made. Empty only for a raw request without one. */
  refId: string
  /** The gateway's result code: 112001 (queued), as a rule. */
  resultCode: number
  /** The gateway's description. */
  description: string | undefined
  /** The ids of the messages, in the order of the destinations. */
  messageIds: string[]
  /** Each destination with its id. Empty where the gateway gave another number of ids than there were destinations. */
  receipts: Receipt[]
  /** What validation warned of. */
  warnings: Finding[]
  /** How many attempts it took; 1, as a rule. */
  attempts: number
}

/** A destination and the id of its message. */
export interface Receipt {
  /** The number that the message goes to. */
  destination: string
  /** The id that event reports will name. */
  messageId: string
}

/**
 * What came of one request of a run: `result` if the gateway accepted it, else `error`. A destination that is invalid, or for which the
 * message function throws or gives no message, is a chunk of its own; the others go on. The `cause` of its error is what was thrown.
 * What is not a string is such a chunk too, with `''` as its destination; the finding says which item it was.
 */
export type Chunk = AcceptedChunk | FailedChunk

/** What is known of each request of a run. */
export interface ChunkBase {
  /** Which one it is, from 0, counted in the order of the destinations. */
  index: number
  /** Its own reference: `{refId}-{index}`. */
  refId: string
  /** Its destinations, and no others. */
  destinations: string[]
}

/** A request of a run that the gateway accepted. */
export interface AcceptedChunk extends ChunkBase {
  /** What the gateway answered. */
  result: SendResult
  /** Nothing went wrong. */
  error: undefined
}

/** A request of a run that the gateway did not accept, as far as is known. */
export interface FailedChunk extends ChunkBase {
  /** There is no answer, or none that accepts it. */
  result: undefined
  /** What went wrong. */
  error: LinkwaError
}

/** How far a run is. Everything is counted in destinations. */
export interface Progress {
  /** Accepted by the gateway. */
  sent: number
  /** Certainly not accepted: rejected, not sent, or invalid. */
  failed: number
  /** Perhaps accepted. */
  unknown: number
  /** On their way, or to be sent again because the gateway was busy. */
  underWay: number
  /** Skipped, because an earlier run dealt with them. */
  skipped: number
  /** Sent, failed and unknown ones a second, since the first was sent. */
  perSecond: number
  /** Whether the run holds back now, because the gateway is busy or does not answer. */
  waiting: boolean
}

/**
 * The results of {@link Client.sendMany}, one a request, in the order in which they are done.
 *
 * Requests begin only while the next result is awaited; those that have begun go on by themselves. What the destinations
 * throw ends the run: what is under way still comes, then the error. So does the signal of the options; what is under
 * way is then cancelled, and last comes a {@link LinkwaError} with the reason `cancelled`, which speaks of the destinations that had
 * not begun. A signal that comes when all has been answered changes nothing.
 */
export interface SendMany extends AsyncIterable<Chunk> {
  /** The reference that those of the requests begin with: `{refId}-{index}`. */
  readonly refId: string
  /** How far the run is, at this moment. */
  readonly progress: Progress
  /**
   * Which requests were dealt with until now, as a short text: to be stored, and given to `resume`. Those under way count as
   * unknown. It is as new as the moment it was made: after a crash find out about later requests by their references.
   */
  checkpoint(): string
  /** Begins no more requests. Those that have begun still come as results. */
  stop(): void
  /** The next result, as soon as there is one. Requests begin only while somebody waits for it. */
  next(): Promise<IteratorResult<Chunk, undefined>>
  /**
   * Ends the run, as `break` in `for await` does: no request begins any more, and those that have begun are waited for, so that
   * `progress` and `checkpoint()` are exact afterwards. Their results are not shown; to see them, `stop()` and read on.
   */
  return(): Promise<IteratorResult<Chunk, undefined>>
  /** The run itself: for `for await`. */
  [Symbol.asyncIterator](): SendMany
  /**
   * Throws a `TypeError`. A run is not a promise: nothing is sent until you read it with `for await`, so `await sendMany(…)` is a
   * mistake. This method lets the compiler and the program report it. To return a run from an async function, put it into an object.
   */
  then(run: never): never
  /** As `return()`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** What went wrong; see {@link LinkwaError.code}. */
export type ErrorCode =
  /** A client that cannot work: an unknown region, `http://` to another machine, a line break in a credential. */
  | 'invalid_config'
  /** Validation found errors, which are in `findings`; nothing was sent. */
  | 'invalid_request'
  /** The gateway said no. */
  | 'rejected'
  /** No byte of the message left this machine, and none will. */
  | 'not_sent'
  /** The message may have been accepted: do not send it again before its `refId` is looked for in event reports. */
  | 'outcome_unknown'
  /** A callback that is malformed (C-5, C-7). */
  | 'invalid_callback'
  /** A bug of this library. */
  | 'internal'

/** What is known about a message whose send failed. */
export type Outcome =
  /** The gateway said no. */
  | 'rejected'
  /** No byte of it left, and none will. */
  | 'not_sent'
  /** It may have been accepted. */
  | 'unknown'

/** What to do with a message whose send failed. */
export type Disposition =
  /**
   * Send it again later, after `retryAfter` seconds where the gateway asked for time: it was not sent, or the answer was HTTP 429. Also
   * a send that its signal aborted in time: whether the message is still wanted is up to the program.
   */
  | 'retry'
  /** Do not send it again as it is: it is invalid, the gateway said no, or the client is closed. */
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
  /** The time was up. */
  | 'deadline'
  /** The signal aborted, or the client was closed while it was under way. */
  | 'cancelled'
  /** Too many sends were waiting. */
  | 'queue_full'
  /** The client is closed. */
  | 'closed'
  /** The connection broke after the message had begun to leave. */
  | 'connection_lost'
  /** The answer cannot be read. */
  | 'invalid_response'
  /** The gateway had an error of its own. */
  | 'server_error'

/**
 * Everything that goes wrong, apart from arguments of a wrong type, which are `TypeError`s. `code` says in one stable word what it was,
 * and `outcome` what that means for the message. `message` is for people: it can have several lines, and its wording may change.
 * Each code has a class of its own, such as {@link OutcomeUnknown}.
 *
 * A member is absent where it says nothing. What may repeat values of the request (`description`, `translatedDescription`,
 * `responseBody`, `findings`) is not enumerable, so that an error that is logged does not show it.
 *
 * `structuredClone` and `postMessage` keep only the `message`, the `stack` and the `cause` of an error: `code`, `outcome`, `refId`, all
 * other members and the class are lost. Send {@link LinkwaError.toJSON} instead, and make the error again with
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
   * For tests of your own. Without a `code` it is `internal`. Without an `outcome` it is the one of the code: `unknown` for
   * `outcome_unknown`, `internal` and a code that this version does not know.
   */
  constructor(message: string, about?: LinkwaErrorInit)
  /**
   * Makes an error again of what {@link LinkwaError.toJSON} gave, as an object or as JSON. It has the class of its code.
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
  /** What every one of these errors is called, also of the classes of their codes. */
  readonly name: 'LinkwaError'
  /** What went wrong. Decide on this. */
  readonly code: ErrorCode
  /** What is known about the message; absent where none was being sent. */
  readonly outcome?: Outcome
  /** What to do with the message: for job queues, and for all code that decides without a person. */
  readonly disposition: Disposition
  /** Why it was not sent, or why its outcome is unknown. */
  readonly reason?: Reason
  /** The message's reference, also where it was made for you. */
  readonly refId?: string
  /** The status of the gateway's answer, if there was one. */
  readonly httpStatus?: number
  /** The result code of the gateway's answer. */
  readonly resultCode?: number
  /** The gateway's description, in its own words. */
  readonly description?: string
  /** The gateway's description in another language. */
  readonly translatedDescription?: string
  /** How many **seconds** the gateway asked to wait (`Retry-After`). */
  readonly retryAfter?: number
  /** Everything that validation found, warnings included, in the order of the request; empty for other errors. */
  readonly findings: readonly Finding[]
  /** The body of the gateway's answer, at most 64 KiB of it; unpacked, if it came packed with gzip. */
  readonly responseBody?: Buffer
  /** Of a callback: the field where the fault is, in the wire's words; empty for the callback as a whole. */
  readonly path?: string
  /** Of a callback: the byte where the fault is, from 0. */
  readonly position?: number
  /**
   * All that it has, for JSON: {@link LinkwaError.from} makes the error again of it. What may repeat values of the request is encoded in
   * one member, `details`, so that a log that has the JSON does not show it. Of the `cause` it has `name` and `message`.
   */
  toJSON(): LinkwaErrorJson
}

/** A client that cannot work: `invalid_config`. */
export declare class InvalidConfig extends LinkwaError {
  /** For tests of your own. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'invalid_config'
}

/** Validation found errors, which are in `findings`; nothing was sent: `invalid_request`. */
export declare class InvalidRequest extends LinkwaError {
  /** For tests of your own. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'invalid_request'
}

/** The gateway said no: `rejected`. */
export declare class Rejected extends LinkwaError {
  /** For tests of your own. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'rejected'
}

/** No byte of the message left this machine, and none will: `not_sent`. */
export declare class NotSent extends LinkwaError {
  /** For tests of your own. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'not_sent'
}

/** The message may have been accepted; do not send it again: `outcome_unknown`. */
export declare class OutcomeUnknown extends LinkwaError {
  /** For tests of your own. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'outcome_unknown'
}

/** A callback that is malformed: `invalid_callback`. */
export declare class InvalidCallback extends LinkwaError {
  /** For tests of your own. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'invalid_callback'
}

/** A bug of this library: `internal`. */
export declare class InternalError extends LinkwaError {
  /** For tests of your own. */
  constructor(message: string, about?: Omit<LinkwaErrorInit, 'code'>)
  /** Its code. */
  readonly code: 'internal'
}

/** What {@link LinkwaError.toJSON} gives. */
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
  /** What went wrong. */
  readonly code: ErrorCode
  /** `description`, `translatedDescription`, `responseBody` and the findings' suggestions, as one text of Base64. */
  readonly details?: string
  /** What led to it, if that is an error. */
  readonly cause?: {
    /** Its name. */
    readonly name: string
    /** Its sentence. */
    readonly message: string
  }
}

/** What a {@link LinkwaError} can be made of. */
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
  /** What led to it. */
  readonly cause?: unknown
}

/**
 * The verbs, on a {@link Client} and, with the default client, as functions of the package.
 *
 * Each that sends gives a promise of what the gateway answered. It is rejected with a {@link LinkwaError} if the message was not
 * accepted, and with a `TypeError` that names the argument if that has a wrong type. An option that does not exist is such a
 * `TypeError` too. Sends run on threads of the library's own; they neither block the event loop nor take Node's threads for files and
 * name look-ups. While one is under way the program does not end by itself.
 */
export interface Verbs {
  /** Sends one message or several, in wire form, to one destination or several. */
  send(to: Destinations, message: Messages, options?: SendOptions): Promise<SendResult>

  // <generated verbs>
  /**
   * Sends a text.
   *
   * `body`: The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of blanks only. A URL in
   * it starts with `http://` or `https://`.
   */
  sendText(to: Destinations, body: string, options?: TextOptions): Promise<SendResult>

  /**
   * Sends a picture: JPEG or PNG.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path
   * that ends in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
   */
  sendImage(to: Destinations, link: string, options?: ImageOptions): Promise<SendResult>

  /**
   * Sends a sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path
   * that ends in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a
   * warning.
   */
  sendAudio(to: Destinations, link: string, options?: SendOptions): Promise<SendResult>

  /**
   * Sends a video: MP4 or 3GPP.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path
   * that ends in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
   */
  sendVideo(to: Destinations, link: string, options?: VideoOptions): Promise<SendResult>

  /**
   * Sends a document of any MIME type. In a template's header it is a PDF; another extension is a warning there.
   *
   * `link`: The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet.
   */
  sendDocument(to: Destinations, link: string, options?: DocumentOptions): Promise<SendResult>

  /** Sends a place on the map. */
  sendLocation(to: Destinations, location: LocationContent, options?: SendOptions): Promise<SendResult>

  /** Sends contact cards. */
  sendContacts(to: Destinations, contacts: readonly Contact[], options?: SendOptions): Promise<SendResult>

  /**
   * Sends a template message: a text that was approved beforehand, with the parts filled in that vary.
   *
   * It is the one message type that may be sent at any time; all others only within 24 hours of the recipient's own
   * last message. Name, namespace, language and the number of parameters must be those of the approved template, which
   * only the gateway can check.
   */
  sendTemplate(to: Destinations, template: TemplateInput, options?: SendOptions): Promise<SendResult>
  // </generated>

  /** Sends a whole request in wire form: an object or JSON. It is validated, and nothing of the client's defaults goes into it. */
  sendRequest(request: MessageRequest | string | Uint8Array | ArrayBuffer, options?: CallOptions): Promise<SendResult>

  /**
   * Sends a whole request as it is, for what is newer than version 1.4.1 of the API. Only that it is one JSON object of at most 1 MiB
   * and 64 levels is checked; nothing is filled in, not even a `refId`.
   */
  sendRaw(request: object | string | Uint8Array | ArrayBuffer, options?: CallOptions): Promise<SendResult>

  /**
   * Sends the same message to very many: in requests of up to `destinationsPerRequest`, as many at once as the client has
   * connections. Destinations are taken as requests begin, and may come without end. A function makes a message for each destination;
   * each is then a request, and the function is called for one after the other.
   *
   * Each destination is checked when it is taken; an invalid one is a result of its own, and the others are sent. HTTP 429 pauses the
   * run as a whole, for the time of its `Retry-After`, and what was answered so is sent again, up to 10 times in all. HTTP 503, and
   * three requests in a row without a connection or an answer, pause it as well. HTTP 401 or 403 ends the run, and so do 15 minutes with
   * nothing but HTTP 429, 503 and no answer: no request begins any more, and a checkpoint resumes it.
   *
   * @throws `TypeError` for an argument of a wrong type, {@link LinkwaError} `invalid_config` for a number out of its bounds, or a
   * `resume` that is no checkpoint or another run's.
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
   * The exact JSON that {@link Verbs.send} would post. Without a `refId` in the options the one in it is made anew each time.
   *
   * @throws {@link LinkwaError} `invalid_request` with every finding; `TypeError` for an argument of a wrong type.
   */
  build(to: Destinations, message: Messages, options?: RequestOptions): string
}

/**
 * Access to one account at one gateway. Its connections are kept alive between sends, so make one and keep it.
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
   * Nothing is sent and no connection is made yet.
   *
   * @throws {@link LinkwaError} `invalid_config` for a client that could not work; `TypeError` for a member of a wrong type, or one
   * that does not exist.
   */
  constructor(config: ClientConfig)

  /**
   * A client of the environment's variables: `LINKWA_REGION` or `LINKWA_BASE_URL`, `LINKWA_USERNAME`, `LINKWA_PASSWORD`, and where they
   * are set `LINKWA_PLATFORM_ID`, `LINKWA_PLATFORM_PARTNER_ID`, `LINKWA_SOURCE`, `LINKWA_PRIORITY`, `LINKWA_EVENT_REPORT_GATES`
   * (separated by commas), `LINKWA_TIMEOUT_MS`, `LINKWA_CONNECT_TIMEOUT_MS`, `LINKWA_PROXY`, `LINKWA_CA_FILE`, `LINKWA_ALLOW_HTTP`.
   *
   * @throws {@link LinkwaError} `invalid_config` that names what is missing or cannot be used.
   */
  static fromEnv(): Client

  /**
   * Ends the client. No send begins any more, and those that wait for a connection end `not_sent` (`closed`). Those under way may
   * finish, for at most `timeoutMs` milliseconds if that is given, and are then broken off: `not_sent`, or `outcome_unknown`
   * (`cancelled`). Resolves when nothing is under way.
   */
  close(timeoutMs?: number): Promise<void>

  /** As `close()`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface Client extends Verbs {}

/**
 * Sets the default client, which the functions of the package use. It wins over the environment's variables; sends that are under way
 * finish on the client that they began with. Each worker thread has a default client of its own.
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
/** {@link Verbs.sendRequest} on the default client. */
export declare const sendRequest: Verbs['sendRequest']
/** {@link Verbs.sendRaw} on the default client. */
export declare const sendRaw: Verbs['sendRaw']
/** {@link Verbs.sendMany} on the default client. */
export declare const sendMany: Verbs['sendMany']
/** {@link Verbs.build} on the default client. */
export declare const build: Verbs['build']
// </generated>

/** How important a line of the log is. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** A line of the log. It has no password, no phone number and no text of a message. */
export interface LogLine {
  /** How important it is. */
  level: LogLevel
  /** What happened. Each attempt at a send is a line: `warn` if it failed, `debug` if it was accepted. */
  message: string
  /** When, in milliseconds since 1970-01-01 UTC. */
  timestampMs: number
}

/**
 * Has each line of the log given to a function, or to none. Without this there is no log. Lines come a moment later, on the event loop,
 * and do not keep the program alive. What the function throws becomes a warning of the process.
 *
 * @param level the least important level that is wanted; `info` by default, which shows failed attempts
 * @throws `TypeError` for an argument of a wrong type, and for a level that is none.
 *
 * @example
 * ```ts
 * import { setLogger } from 'linkwa'
 *
 * setLogger(({ level, message }) => console.error(level, message), 'debug')
 * ```
 */
export declare function setLogger(write: ((line: LogLine) => void) | undefined, level?: LogLevel): void
