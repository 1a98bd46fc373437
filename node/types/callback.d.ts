/**
 * Callbacks: what the gateway posts to a URL of yours, whether to believe it, and what became of messages. References such as
 * C-4 are to the numbered rules of the library.
 */

/** What a callback is; `kind` tells which. */
export type Callback = EventReport | ReceivedMessage

/**
 * What became of a message: `queued` 112001, `sent` 112002, `delivered` 112003, `failed` for every listed failure, `other` for
 * any other code.
 */
export type Status = 'queued' | 'sent' | 'delivered' | 'failed' | 'other'

/** Texts by name. Any name may be there, `__proto__` too: each is a member of the object itself. */
export type CallbackParameters = Record<string, string>

/** What every object of a callback has besides its fields. */
export interface WithExtra {
  /**
   * Fields that this library does not know, and known ones of an unexpected shape, by name, decoded (C-6). Numbers are as exact
   * as JavaScript's.
   */
  extra: Record<string, unknown>
  /** The same fields as the JSON texts that came, exactly. */
  extraJson: Record<string, string>
}

/**
 * What came of a message to one destination, or of a request that failed whole (C-1).
 *
 * It is a plain object. A field that was absent, `null` or of an unexpected shape is `undefined`. It names people's ids and
 * numbers, so mind where it is printed.
 */
export interface EventReport extends WithExtra {
  kind: 'eventReport'
  // <generated EventReport>
  /** The id that the gateway gave the message when it accepted it: one of those in the result of the send. */
  messageId?: string | undefined
  /** The reference of the request: that of the send. */
  refId?: string | undefined
  /** The message's type (`text`, `template`, …); `request` for a request that failed whole. */
  messageType?: string | undefined
  /** Which of the request's messages it is, from 0; -1 for a request that failed whole and had several. */
  messageIndex?: number | undefined
  /** When it happened. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  timestamp?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  timestampMs?: number | undefined
  /** What came of the message. A newer gateway may give a code that is not listed. */
  resultCode: number
  /** The result in the gateway's words. */
  resultDescription?: string | undefined
  /** The parameters of the gate that the report was sent to. */
  gateCustomParameters?: CallbackParameters | undefined
  /** The parameters that the request gave along. */
  customParameters?: CallbackParameters | undefined
  // </generated>
  /** The result code in one of five words. */
  status: Status
  /**
   * A deduplication key: `report:{messageId}:{refId}:{messageIndex}:{resultCode}`, an absent part written `-`. A report can be
   * delivered more than once; record the key after you have processed the report.
   *
   * It is printable ASCII of less than 200 characters, and different for different reports: in a part every byte other than
   * `A–Z a–z 0–9 . _ ~ + / = -` is percent-encoded, and a part that is longer than 64 characters then is `%h` and the beginning of
   * its SHA-256.
   */
  key: string
  /** The JSON text as it came. The other texts are parts of it, so keeping one of them in memory keeps all; `key` does not. */
  raw: string
}

/**
 * A message that a user sent to a business number (C-2).
 *
 * It is a plain object, nested as on the wire, with what everybody reads on top as well: `contentType`, `text`, `button`,
 * `context`. A field that was absent, `null` or of an unexpected shape is `undefined`. It holds what a person wrote and their
 * number, so mind where it is printed.
 */
export interface ReceivedMessage extends WithExtra {
  kind: 'receivedMessage'
  // <generated ReceivedMessage>
  /** The business number. */
  destination?: string | undefined
  /** The number of the user who wrote. */
  source: string
  /** What the message consists of. */
  content: CallbackContent
  /** Who delivered it: `whatsapp`. */
  provider?: string | undefined
  /** When the gateway received it. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  timestamp?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  timestampMs?: number | undefined
  /** The gateway's id of the message. */
  messageId: string
  /** When the provider received it. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  providerTimestamp?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  providerTimestampMs?: number | undefined
  /** The provider's id of the message. */
  providerMessageId?: string | undefined
  /** How the message found its way to this callback. */
  route?: CallbackRoute | undefined
  /** The parameters of the gate that it was sent to. */
  gateCustomParameters?: CallbackParameters | undefined
  /** Further parameters. */
  customParameters?: CallbackParameters | undefined
  // </generated>
  /** `content.message.contentType`: `TEXT` or `BUTTON`; newer gateways have more. */
  contentType?: string | undefined
  /** `content.message.text`: what the user wrote. */
  text?: string | undefined
  /** `content.message.button`: the button that the user pressed. The same object. */
  button?: CallbackButton | undefined
  /** `content.message.context`: what the user replied to. The same object. */
  context?: CallbackContext | undefined
  /**
   * Until when every message type may be sent to the user, in milliseconds since 1970-01-01 UTC (W-1): 24 hours after the
   * provider's timestamp, or else the gateway's. `undefined` if neither can be read. Advisory: a later message opens the window
   * anew.
   */
  careWindowClosesAtMs?: number | undefined
  /**
   * A deduplication key: `message:{messageId}`, with the id written as in {@link EventReport.key}. A message can be delivered more
   * than once; record the key after you have processed the message.
   */
  key: string
  /** The JSON text as it came. The other texts are parts of it, so keeping one of them in memory keeps all; `key` does not. */
  raw: string
}

/** What a received message consists of. */
export interface CallbackContent extends WithExtra {
  // <generated Content>
  /** The kind of content: `WHATSAPP`. */
  type?: string | undefined
  /** The message itself. */
  message?: InboundMessage | undefined
  // </generated>
}

/** The message that a user wrote, or the button that they pressed. */
export interface InboundMessage extends WithExtra {
  // <generated InboundMessage>
  /** `TEXT` or `BUTTON`; newer gateways have more. */
  contentType?: string | undefined
  /** What the user wrote. */
  text?: string | undefined
  /** The button that the user pressed. */
  button?: CallbackButton | undefined
  /** What the user replied to; only replies have it. */
  context?: CallbackContext | undefined
  // </generated>
}

/** A button that a user pressed. */
export interface CallbackButton extends WithExtra {
  // <generated Button>
  /** What stands on it. */
  text?: string | undefined
  /** The payload that the template gave it. */
  payload?: string | undefined
  // </generated>
}

/** The message that a reply refers to. */
export interface CallbackContext extends WithExtra {
  // <generated Context>
  /** Who sent that message. */
  source?: string | undefined
  /** That message's id. */
  messageId?: string | undefined
  // </generated>
}

/** The route by which a received message came (C-3): of a keyword, a sub-number or a session. */
export interface CallbackRoute extends WithExtra {
  // <generated Route>
  /** The route's id. */
  id?: string | undefined
  /** The route's reference. */
  refId?: string | undefined
  /** The platform's id. */
  platformId?: string | undefined
  /** The partner's id. */
  platformPartnerId?: string | undefined
  /** The type of the service. */
  platformServiceType?: string | undefined
  /** The id of the service. */
  platformServiceId?: string | undefined
  /** The number that the route belongs to. */
  number?: string | undefined
  /** The gates that the message was sent to. */
  gateIds?: string[] | undefined
  /** The route's parameters. */
  customParameters?: CallbackParameters | undefined
  /** What kind of route it is: `KEYWORD_ROUTE`, for example. */
  type?: string | undefined
  /** The keyword that the message began with. */
  keyword?: string | undefined
  /** What kind of keyword it is. */
  keywordType?: string | undefined
  /** Whether the route is in use. */
  active?: boolean | undefined
  /** From when on it is in use. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  start?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  startMs?: number | undefined
  /** Until when it is in use. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  end?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  endMs?: number | undefined
  /** Whether others use the number too. */
  shared?: boolean | undefined
  /** What the route is for. */
  description?: string | undefined
  // </generated>
}

/**
 * Reads the body of a callback: an event report or a received message (C-4). It does not wait for anything.
 *
 * Give it the bytes as they came, before any middleware parses them. Only what must be there can fail (C-5); a field that this
 * library does not know, or that has an unexpected shape, is kept in `extra` (C-6). A callback may come twice, late or in
 * disorder (C-8): tell repeats by `key`.
 *
 * @param body - The raw body, not parsed: a `Buffer`, any other `Uint8Array`, an `ArrayBuffer`, or a string. At most 256 KiB (C-7).
 * @throws {@link LinkwaError} with the code `invalid_callback`, `path` and `position` (a byte, from 0; in a string a byte of its
 * UTF-8) and none of the values, if the body is not one JSON object of at most 256 KiB and 64 levels in valid UTF-8 without
 * lone surrogates, duplicate keys or byte order mark (C-7), or if it is neither kind of callback or lacks what its kind must
 * have (C-4, C-5). Answer such a one with 400.
 * @throws TypeError if the body is none of these types.
 *
 * @example
 * ```ts
 * import { parseCallback } from 'linkwa'
 *
 * const callback = parseCallback('{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112003}')
 * if (callback.kind === 'eventReport') console.log(callback.refId, callback.status) // order-17 delivered
 * else console.log(callback.source, callback.text)
 * ```
 */
export declare function parseCallback(body: Uint8Array | ArrayBuffer | string): Callback

/** What a {@link CallbackGuard} asks for. */
export type CallbackGuardOptions = GuardConditions &
  (
    | {
        /**
         * The addresses to believe instead of LINK's: `'192.0.2.1'`, `'192.0.2.0/24'`, `'2001:db8::/32'`, or a first and last
         * one, `'192.0.2.1-192.0.2.9'`.
         */
        readonly ranges?: Iterable<string> | undefined
        readonly anyAddress?: false | undefined
      }
    | {
        readonly ranges?: undefined
        /** Believes every address. Then only credentials tell the gateway from anybody else. */
        readonly anyAddress: boolean
      }
  )

/** What a {@link CallbackGuard} asks for besides the sender's address. */
export interface GuardConditions {
  /**
   * The proxies that callbacks come through, written as `ranges` are; none by default. Such a one names the address that it was
   * called from, and what it says is believed; from any other peer the forwarding headers are ignored. The proxy must append to
   * the header or replace it.
   */
  readonly trustedProxies?: Iterable<string> | undefined
  /**
   * Which header they speak through: `X-Forwarded-For`, `Forwarded` (RFC 7239), or `both`, the default, which must agree if both
   * are there.
   */
  readonly forwarded?: 'both' | 'x-forwarded-for' | 'forwarded' | undefined
  /** Username and password of Basic authentication. An empty password lets nobody in. */
  readonly basic?: { readonly username: string; readonly password: string } | undefined
  /** Headers that must be there, once each, with these values. An empty value lets nobody in. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The largest body to take, in bytes; 256 KiB by default, more than which `parseCallback` refuses anyway (C-7). */
  readonly maxBody?: number | undefined
}

/**
 * The headers of a request: `request.rawHeaders` of Node's servers (names and values in turn, best, for only there a header that
 * came twice is seen as such), `request.headers`, `Headers` of fetch, a `Map`, or pairs.
 */
export type GuardHeaders =
  | readonly string[]
  | Iterable<readonly [name: string, value: string | readonly string[] | undefined]>
  | { readonly [name: string]: string | readonly string[] | undefined }

/**
 * Why a callback is not to be believed:
 *
 * - `address`: the sender's address is not one of the gateway's.
 * - `forwarded`: a trusted proxy does not say who the sender is, not readably, or not in agreement with itself.
 * - `credentials`: Basic authentication is missing, unreadable or wrong.
 * - `header`: a header that is asked for is missing, there twice, or has another value.
 * - `too_large`: the body is too large.
 * - `unusable`: the peer is no IP address, and nothing can be decided.
 */
export type Refusal = 'address' | 'forwarded' | 'credentials' | 'header' | 'too_large' | 'unusable'

/**
 * What a {@link CallbackGuard} decided. It is an object, so `if (guard.check(…))` is always true: look at `ok`.
 *
 * Answer what is not believed with 403 (or 401 for `credentials`, 413 for `too_large`), and read nothing of it.
 */
export type Verdict =
  | {
      /** Whether the callback may be believed. */
      readonly ok: true
      /**
       * The sender's address, which behind a trusted proxy is not the peer's. An IPv4 address that is written as IPv6 is given
       * as IPv4.
       */
      readonly sender: string
      /** Why the callback is not to be believed. */
      readonly refusal: undefined
    }
  | { readonly ok: false; readonly sender: undefined; readonly refusal: Refusal }

/**
 * Decides whether a callback may be believed: by the address it came from, the credentials that came with it, and its size.
 * Anyone can post to a callback URL, and no signature is known, so this is all there is to go by. It does no I/O.
 *
 * Without options it believes LINK's addresses (N-1) and bodies of up to 256 KiB; whatever else is given is needed as well.
 * Credentials are compared in constant time and never shown.
 *
 * @example
 * ```ts
 * import { CallbackGuard } from 'linkwa'
 *
 * const guard = new CallbackGuard({ trustedProxies: ['10.0.0.0/8'], basic: { username: 'gate', password: 'secret' } })
 * const headers = ['X-Forwarded-For', '195.84.162.34', 'Authorization', 'Basic Z2F0ZTpzZWNyZXQ=']
 * const verdict = guard.check('10.0.0.7', headers, 512)
 * console.log(verdict.ok, verdict.sender) // true 195.84.162.34
 * ```
 */
export declare class CallbackGuard {
  /**
   * @throws {@link LinkwaError} with the code `invalid_config` for what is no address range.
   * @throws TypeError that names the option, also one that there is not.
   */
  constructor(options?: CallbackGuardOptions)

  /**
   * Decides about one callback, before its body is parsed. If several things are wrong, the sender comes first, then
   * credentials, headers and size.
   *
   * @param peer - The address of the other end of the connection, as the server knows it: `request.socket.remoteAddress`, not
   * what a header says. Without one, or with one that is no IP address (as that of a Unix socket), the callback is refused as
   * `unusable`. Behind a proxy on a Unix socket give `'127.0.0.1'` and trust that.
   * @param headers - The request's headers.
   * @param bodyLength - The length of the body in bytes.
   * @throws TypeError that names the argument.
   */
  check(peer: string | null | undefined, headers: GuardHeaders, bodyLength: number): Verdict
}

/** What is known about a message, or about a request that failed whole. A plain object; it stays as it is. */
export interface MessageState {
  /** The message's id; `undefined` for a request. */
  messageId?: string | undefined
  /** Which of the request's messages it is, from 0; `undefined` if its reports do not say, and for a request. */
  messageIndex?: number | undefined
  /** The reference of the request, if a report named it. */
  refId?: string | undefined
  /** The furthest that the message is known to have come. */
  status: Status
  /** The result code of the report that decided the status. */
  resultCode: number
  /** When that happened, by the same report, as it came. One of over 64 bytes is not kept. */
  timestamp?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  timestampMs?: number | undefined
  /** The gateway's words in that report, at most 1 KiB of them. */
  description?: string | undefined
  /** Whether nothing else is to come: it was delivered, or it failed. */
  isFinal: boolean
  /** Whether the gateway reported both that it was delivered and that it failed. Somebody should look. */
  isDisputed: boolean
  /**
   * The latest code without a word of its own (status `other`), whether or not it decides the status: newer gateways report with
   * such codes that a delivered message was read.
   */
  otherCode?: number | undefined
  /** Whether the report that was just applied changed anything; `false` for a state that was looked up. */
  changed: boolean
}

/**
 * What became of a send whose outcome was unknown:
 *
 * - `accepted`: the gateway took it, and a report says of one of its messages that it went on. Do not send it again.
 * - `message_failed`: the gateway took it, and every report of its messages says that the message failed. With one message to one
 *   destination, that message was not delivered; {@link StatusTracker.states} has the result code.
 * - `failed`: the request failed whole and none of its messages was sent. It may be sent again, once what is wrong is corrected.
 * - `unknown`: no report says. Do not send it again.
 */
export type Resolution = 'accepted' | 'message_failed' | 'failed' | 'unknown'

/**
 * Keeps what event reports say about messages, however often and in whatever order they come (C-8).
 *
 * It has no clock and does no I/O: every report goes in with `apply`, and the same reports in any order and any number lead to the
 * same state. A message is known by its `messageId` and `messageIndex`; a report without a `messageId`, as of a request that
 * failed whole (C-1), is kept by its `refId`. Repeats, late reports and disorder change nothing:
 *
 * - `queued` < `other` < `sent` < `delivered` and `failed`. A later step never gives way to an earlier one.
 * - Of reports of one step the one with the earliest timestamp decides.
 * - `delivered` and `failed` of one message contradict each other: the earlier one by timestamp decides, else `delivered`, and the
 *   state `isDisputed`.
 *
 * It is iterated over as it was at that moment: the states of messages by id and index, then those of requests by `refId`. It
 * takes about 550 bytes a message, outside of JavaScript's heap, and nothing goes away by itself: see `forget`, `forgetRefId` and
 * `retain`. Give it only callbacks that a {@link CallbackGuard} believes.
 *
 * @example
 * ```ts
 * import { parseCallback, StatusTracker } from 'linkwa'
 *
 * const tracker = new StatusTracker()
 * const callback = parseCallback('{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112003}')
 * if (callback.kind === 'eventReport') console.log(tracker.apply(callback).status) // delivered
 * console.log(tracker.resolve('order-17')) // accepted
 *
 * const stored = JSON.stringify(tracker)
 * console.log(StatusTracker.fromJSON(stored).size) // 1
 * ```
 */
export declare class StatusTracker implements Iterable<MessageState> {
  constructor()

  /**
   * The tracker that `JSON.stringify` wrote.
   *
   * @param json - The text, or what `JSON.parse` made of it.
   * @throws {@link LinkwaError} with the code `invalid_config`, with the place and none of the values, if it is not what a
   * tracker of this version writes.
   */
  static fromJSON(json: string | object): StatusTracker

  /** How many states it has. */
  readonly size: number

  /**
   * Takes a report in, and tells the state that its message is in now, and whether the report `changed` it.
   *
   * A report without `messageId` changes the state of its request. An empty id counts as none; a report with neither is told but
   * not kept. Of the report its `raw` is read, so it may have been stored or copied on its way, and changes to it do not count.
   *
   * @throws TypeError for what is no event report.
   */
  apply(report: EventReport): MessageState

  /**
   * The state of a message; `undefined` if no report of it came. With a `messageIndex` it is the state of the reports with this
   * index. Without one it is the message's only state, whatever its index; if reports named several indices, the least advanced of
   * their states (queued < other < sent < failed < delivered).
   */
  state(messageId: string, messageIndex?: number | null | undefined): MessageState | undefined

  /**
   * The states of the request of this `refId`: those of its messages by id and index, then what reports without `messageId` say, if
   * there were any. Only this very `refId` counts.
   */
  states(refId: string): MessageState[]

  /** What reports without `messageId` say about the request of this `refId`, as one that failed whole; `undefined` without any. */
  requestState(refId: string): MessageState | undefined

  /**
   * What became of a send that ended `outcome_unknown`, by its `refId`. Only this very `refId` counts; `sendMany` gives each of its
   * requests one of its own.
   */
  resolve(refId: string): Resolution

  /**
   * Forgets a message, all its indices, and tells whether there was one. A report that comes after all starts it anew. What its
   * reports said about their `refId` stays.
   */
  forget(messageId: string): boolean

  /** Forgets what is known about a request, and tells whether there was anything: `resolve` then says `unknown`. */
  forgetRefId(refId: string): boolean

  /**
   * Forgets every state for which `keep` gives false, and with them what is known about each `refId` that no state names any
   * longer. So resolve what is unknown first. A state that changes meanwhile stays; if `keep` throws, nothing is forgotten.
   */
  retain(keep: (state: MessageState) => unknown): void

  /** Every state. */
  [Symbol.iterator](): IterableIterator<MessageState>

  /** Everything it holds, for `JSON.stringify`. It names message ids, `refId`s and the gateway's descriptions. */
  toJSON(): object
}

/** Whether every message type may be sent to a user, or only templates, and until when (W-1). */
export interface CareWindow {
  /** Whether every message type may be sent; if not, only templates. */
  readonly isOpen: boolean
  /** The first moment at which the window is closed: 24 hours after the user's last message. */
  readonly closesAt: Date
  /** The same in milliseconds since 1970-01-01 UTC. */
  readonly closesAtMs: number
}

/**
 * The customer care window of a user (W-1): for 24 hours from their last message to the business number every message type may be
 * sent to them, then only templates. Exactly 24 hours later it is closed. A message of the future, by a clock that is ahead,
 * opens it too. Advisory: the gateway's clock and WhatsApp's decide.
 *
 * Keep the moment of the last message per user and business number; callbacks come in disorder, so keep the latest.
 *
 * @param lastInbound - When the user last wrote: a `Date`, milliseconds since 1970-01-01 UTC, or the received message, which
 * counts by its provider's timestamp, or else the gateway's. For a message without either the window is `undefined`.
 * @param now - The present, if not given.
 * @throws TypeError for what is no moment, such as an invalid `Date`.
 *
 * @example
 * ```ts
 * import { careWindow } from 'linkwa'
 *
 * const window = careWindow(Date.now() - 23 * 60 * 60 * 1000)
 * console.log(window.isOpen) // true
 * ```
 */
export declare function careWindow(lastInbound: Date | number, now?: Date | number): CareWindow
export declare function careWindow(lastInbound: ReceivedMessage, now?: Date | number): CareWindow | undefined

/**
 * Whether an address is one that LINK's callbacks come from (N-1): a text such as `195.84.162.34`, without a port. `false` for a
 * text that is no address.
 *
 * Behind a proxy, give the address that the proxy names, and only if the proxy is your own: {@link CallbackGuard} does all of
 * this.
 *
 * @throws TypeError for what is no string.
 */
export declare function isGatewayAddress(address: string): boolean

/** The result codes that version 1.4.1 of the API lists. A newer gateway may give any other number. */
export declare const ResultCode: {
  readonly UNKNOWN_ERROR: 112000
  readonly QUEUED: 112001
  readonly SENT: 112002
  readonly DELIVERED: 112003
  readonly OK: 112004
  readonly RECEIVED: 112005
  readonly UNAUTHORIZED: 112400
  readonly NO_ACCESS: 112401
  readonly BAD_REQUEST: 112402
  readonly NOT_DELIVERED: 112403
  readonly INVALID_CONTACT: 112404
  readonly FAILED_AUTHENTICATION: 112405
  readonly FAILED_WA_REQUEST: 112406
  readonly SERVER_ERROR: 112500
}
/** One of the listed result codes. */
export type ResultCode = (typeof ResultCode)[keyof typeof ResultCode]

/** What a result code means. */
export interface ResultCodeDescription {
  /** The code's name in `snake_case`; `undefined` for one that version 1.4.1 does not list. */
  readonly name: string | undefined
  /** The number. */
  readonly code: number
  /** What it means, in a sentence for people. Sentences may change. */
  readonly explanation: string
  /** One of 112001 to 112005: all went well so far. */
  readonly isSuccess: boolean
  /** 112000, 112500, or a listed 1124xx: the message will not arrive. An unlisted code is no failure. */
  readonly isFailure: boolean
  /** Nothing else is to come for the message: it was delivered, or it failed. */
  readonly isFinal: boolean
  /** LINK asks to be told about it. */
  readonly shouldContactSupport: boolean
}

/**
 * What a result code means: a listed one, or any other number.
 *
 * @throws TypeError for what is no whole number.
 */
export declare function describeResultCode(code: number): ResultCodeDescription
