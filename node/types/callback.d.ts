/**
 * Callbacks: what the gateway posts to your URL, how to authenticate it, and the status of messages.
 */

/** A callback of either kind; `kind` says which. */
export type Callback = EventReport | ReceivedMessage

/**
 * The status of a message: `queued` 112001, `sent` 112002 and 112006, `delivered` 112003, `read` 112007, `deleted` 112008, `failed`
 * for every listed failure, `other` for any other code. 112006 to 112008 are not in version 1.4.1 of LINK's document.
 */
export type Status = 'queued' | 'sent' | 'delivered' | 'read' | 'deleted' | 'failed' | 'other'

/** Texts by name. Any name is possible, even `__proto__`: each is an own member of the object. */
export type CallbackParameters = Record<string, string>

/** The members that every object of a callback has besides its fields. */
export interface WithExtra {
  /**
   * Fields that this library does not know, and known fields of an unexpected shape, by name, decoded. Numbers are as exact as
   * those of JavaScript.
   */
  extra: Record<string, unknown>
  /** The same fields as JSON texts, exactly as received. */
  extraJson: Record<string, string>
}

/**
 * The status of a message to one destination, or of a request that failed as a whole.
 *
 * It is a plain object. A field that is absent, `null` or of an unexpected shape is `undefined`. It contains ids and phone
 * numbers, so take care where you print it.
 */
export interface EventReport extends WithExtra {
  kind: 'eventReport'
  // <generated EventReport>
  /** The id that the gateway gave the message when it accepted it: one of those in the result of the send. */
  messageId?: string | undefined
  /** The reference of the request: that of the send. */
  refId?: string | undefined
  /** The message's type (`text`, `template`, …); `request` for a request that failed as a whole. */
  messageType?: string | undefined
  /** The message's index within the request, from 0; -1 for a request of several messages that failed as a whole. */
  messageIndex?: number | undefined
  /** When the event happened. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  timestamp?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  timestampMs?: number | undefined
  /** The result code. A newer gateway may use one that is not listed. */
  resultCode: number
  /** The gateway's description of the result. */
  resultDescription?: string | undefined
  /** The parameters of the gate that the report was sent to. */
  gateCustomParameters?: CallbackParameters | undefined
  /** The parameters that the request contained. */
  customParameters?: CallbackParameters | undefined
  // </generated>
  /** The status that follows from the result code. */
  status: Status
  /** Whether the message has been delivered, and perhaps more: `delivered`, `read` or `deleted`. */
  isDelivered: boolean
  /**
   * A deduplication key: `report:{messageId}:{refId}:{messageIndex}:{resultCode}`, with `-` for an absent part. A report can be
   * delivered more than once; record the key after you have processed the report.
   *
   * A key is printable ASCII, shorter than 200 characters, and different for different reports: in each part, bytes other than
   * `A–Z a–z 0–9 . _ ~ + / = -` are percent-encoded, and a part that is then longer than 64 characters is replaced by `%h` and
   * the beginning of its SHA-256.
   */
  key: string
  /** The JSON text as received. The other texts are parts of it, so keeping one of them in memory keeps all; `key` does not. */
  raw: string
}

/**
 * A message that a user sent to a business number.
 *
 * It is a plain object, nested as on the wire. The most used parts are members of the message too: `contentType`, `text`,
 * `button`, `context`, `media`, `location`, `contacts`, `interactive`. Send your answer to `replyTo`. A field that is absent, `null`
 * or of an unexpected shape is `undefined`. It contains what a person wrote and their phone number, so take care where you print it.
 */
export interface ReceivedMessage extends WithExtra {
  kind: 'receivedMessage'
  // <generated ReceivedMessage>
  /** The business number. */
  destination?: string | undefined
  /**
   * The number of the user who wrote, or their business-scoped user id. Users with a user name may have no number: then
   * it is absent (not in version 1.4.1 of LINK's document).
   */
  source?: string | undefined
  /** The content of the message. */
  content: CallbackContent
  /** The provider that delivered the message: `whatsapp`. */
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
  /** The route by which the message came. */
  route?: CallbackRoute | undefined
  /** The parameters of the gate that it was sent to. */
  gateCustomParameters?: CallbackParameters | undefined
  /** Further parameters. */
  customParameters?: CallbackParameters | undefined
  // </generated>
  /**
   * `content.message.contentType`: `TEXT` or `BUTTON`. Not in version 1.4.1 of LINK's document: `MEDIA`, `LOCATION`, `CONTACT`,
   * `INTERACTIVE`, `REACTION` and others.
   */
  contentType?: string | undefined
  /** `content.message.text`: the text that the user wrote. */
  text?: string | undefined
  /** `content.message.button`: the button that the user pressed. The same object. */
  button?: CallbackButton | undefined
  /** `content.message.context`: the message that the user replied to. The same object. */
  context?: CallbackContext | undefined
  /** `content.message.media`: the file that the user sent. The same object. Not in version 1.4.1 of LINK's document. */
  media?: InboundMedia | undefined
  /** `content.message.location`: the place that the user sent. The same object. Not in version 1.4.1 of LINK's document. */
  location?: InboundLocation | undefined
  /** `content.message.contacts`: the contacts that the user sent. The same list. Not in version 1.4.1 of LINK's document. */
  contacts?: InboundContact[] | undefined
  /**
   * `content.message.interactive`: what the user chose of an interactive message. The same object. Not in version 1.4.1 of LINK's
   * document.
   */
  interactive?: InboundInteractive | undefined
  /**
   * The address of the user who wrote, to which an answer is sent: their number, or else their business-scoped user id.
   * `undefined` if the message names neither.
   */
  replyTo?: string | undefined
  /**
   * The business-scoped id of the user who wrote: `customParameters.whatsappUserId`, or else the source if that is such an id
   * (`US.1349…`, `US.ENT.1181…`). Not in version 1.4.1 of LINK's document.
   */
  userId?: string | undefined
  /**
   * The user's id that linked business accounts share: `customParameters.whatsappParentUserId`. Not in version 1.4.1
   * of LINK's document.
   */
  parentUserId?: string | undefined
  /**
   * The time at which the customer care window closes, in milliseconds since 1970-01-01 UTC: 24 hours after the provider's
   * timestamp, or else the gateway's. Until then every message type may be sent to the user. `undefined` if neither can be read.
   * The time is advisory: a later message opens the window again.
   */
  careWindowClosesAtMs?: number | undefined
  /**
   * A deduplication key: `message:{messageId}`, with the id encoded as in {@link EventReport.key}. A message can be delivered
   * more than once; record the key after you have processed the message.
   */
  key: string
  /** The JSON text as received. The other texts are parts of it, so keeping one of them in memory keeps all; `key` does not. */
  raw: string
}

/** The content of a received message. */
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
  /**
   * `TEXT` or `BUTTON`. Not in version 1.4.1 of LINK's document: `MEDIA`, `LOCATION`, `CONTACT`, `INTERACTIVE`,
   * `REACTION` and others.
   */
  contentType?: string | undefined
  /** The text that the user wrote. */
  text?: string | undefined
  /** The button that the user pressed. */
  button?: CallbackButton | undefined
  /** The message that the user replied to; only replies have it. */
  context?: CallbackContext | undefined
  /** The file that the user sent, of the content type `MEDIA`. Not in version 1.4.1 of LINK's document. */
  media?: InboundMedia | undefined
  /** The place that the user sent, of the content type `LOCATION`. Not in version 1.4.1 of LINK's document. */
  location?: InboundLocation | undefined
  /** The contacts that the user sent, of the content type `CONTACT`. Not in version 1.4.1 of LINK's document. */
  contacts?: InboundContact[] | undefined
  /**
   * What the user chose of an interactive message, of the content type `INTERACTIVE`. Not in version 1.4.1 of LINK's
   * document.
   */
  interactive?: InboundInteractive | undefined
  // </generated>
}

/** A button that a user pressed. */
export interface CallbackButton extends WithExtra {
  // <generated InboundButton>
  /** Its label. */
  text?: string | undefined
  /** The payload that the template gave it. */
  payload?: string | undefined
  // </generated>
}

/** The message that a reply refers to. */
export interface CallbackContext extends WithExtra {
  // <generated Context>
  /** The sender of that message. */
  source?: string | undefined
  /** That message's id. */
  messageId?: string | undefined
  // </generated>
}

/** A file that a user sent: an image, a video, a voice message, a document. Not in version 1.4.1 of LINK's document. */
export interface InboundMedia extends WithExtra {
  // <generated InboundMedia>
  /** The URL to fetch it from. */
  source?: string | undefined
  /** Its MIME type, for example `image/jpeg`. */
  type?: string | undefined
  /** The text below it. */
  caption?: string | undefined
  // </generated>
}

/** A place that a user sent. Not in version 1.4.1 of LINK's document. */
export interface InboundLocation extends WithExtra {
  // <generated InboundLocation>
  /** In degrees, -90 to 90 (not checked). */
  latitude?: number | undefined
  /** In degrees, -180 to 180 (not checked). */
  longitude?: number | undefined
  /** The name of the place. */
  name?: string | undefined
  /** The address of the place. */
  address?: string | undefined
  /** A web page about the place. */
  url?: string | undefined
  // </generated>
}

/** A contact that a user sent. Not in version 1.4.1 of LINK's document. What it has besides names and phones is in `extra`. */
export interface InboundContact extends WithExtra {
  // <generated InboundContact>
  /** The name. */
  name?: InboundContactName | undefined
  /** The phones. */
  phones?: InboundPhone[] | undefined
  // </generated>
}

/** The name of a contact that a user sent. Not in version 1.4.1 of LINK's document. */
export interface InboundContactName extends WithExtra {
  // <generated InboundContactName>
  /** The whole name. */
  formatted_name?: string | undefined
  // </generated>
}

/** A phone of a contact that a user sent. Not in version 1.4.1 of LINK's document. */
export interface InboundPhone extends WithExtra {
  // <generated InboundPhone>
  /** The number, as the user has it in their phone. */
  phone?: string | undefined
  // </generated>
}

/** What a user chose of an interactive message. Not in version 1.4.1 of LINK's document. */
export interface InboundInteractive extends WithExtra {
  // <generated InboundInteractive>
  /** `button_reply` or `list_reply`. */
  type?: string | undefined
  /** The button that the user pressed. */
  button_reply?: InboundButtonReply | undefined
  /** The row of a list that the user chose. */
  list_reply?: InboundListReply | undefined
  // </generated>
}

/** The button of an interactive message that a user pressed. Not in version 1.4.1 of LINK's document. */
export interface InboundButtonReply extends WithExtra {
  // <generated InboundButtonReply>
  /** The id that your message gave it. */
  id?: string | undefined
  /** Its label. */
  title?: string | undefined
  // </generated>
}

/** The row of a list that a user chose. Not in version 1.4.1 of LINK's document. */
export interface InboundListReply extends WithExtra {
  // <generated InboundListReply>
  /** The id that your message gave it. */
  id?: string | undefined
  /** Its title. */
  title?: string | undefined
  /** Its description. */
  description?: string | undefined
  // </generated>
}

/** The route of a received message, which describes a keyword, a sub-number or a session. */
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
  /** The kind of route, for example `KEYWORD_ROUTE`. */
  type?: string | undefined
  /** The keyword that the message began with. */
  keyword?: string | undefined
  /** The kind of keyword. */
  keywordType?: string | undefined
  /** Whether the route is in use. */
  active?: boolean | undefined
  /** When the route starts to be in use. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  start?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  startMs?: number | undefined
  /** When the route stops being in use. As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`. */
  end?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339. */
  endMs?: number | undefined
  /** Whether others use the number too. */
  shared?: boolean | undefined
  /** The description of the route. */
  description?: string | undefined
  // </generated>
}

/**
 * Parses the body of a callback: an event report or a received message. It is synchronous.
 *
 * Pass the bytes as received, before any middleware parses them. Only a required field makes parsing fail. Fields that this
 * library does not know, and known fields of an unexpected shape, are kept in `extra`. A callback can be delivered more than
 * once, late, or out of order: detect repeats with `key`.
 *
 * @param body - The raw body, not parsed: a `Buffer`, any other `Uint8Array`, an `ArrayBuffer`, or a string. At most 256 KiB.
 * @throws {@link LinkwaError} with the code `invalid_callback`, `path` and `position` (a byte offset from 0; in a string that of
 * its UTF-8) but no values, if the body is not one JSON object in UTF-8 of at most 256 KiB and 64 levels, if it has lone
 * surrogates, duplicate keys or a byte order mark, or if it is neither kind of callback or lacks a required field. Answer it with
 * 400.
 * @throws TypeError if the body has another type.
 *
 * @example
 * ```ts
 * import { parseCallback } from 'linkwa'
 *
 * const callback = parseCallback('{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112003}')
 * if (callback.kind === 'eventReport') console.log(callback.refId, callback.status) // order-17 delivered
 * else console.log(callback.replyTo, callback.text)
 * ```
 */
export declare function parseCallback(body: Uint8Array | ArrayBuffer | string): Callback

/** The options of a {@link CallbackGuard}. */
export type CallbackGuardOptions = GuardConditions &
  (
    | {
        /**
         * The addresses to accept instead of LINK's: `'192.0.2.1'`, `'192.0.2.0/24'`, `'2001:db8::/32'`, or a range,
         * `'192.0.2.1-192.0.2.9'`.
         */
        readonly ranges?: Iterable<string> | undefined
        readonly anyAddress?: false | undefined
      }
    | {
        readonly ranges?: undefined
        /** Accepts every address. Then only credentials distinguish the gateway from other senders. */
        readonly anyAddress: boolean
      }
  )

/** The options of a {@link CallbackGuard} besides the sender's address. */
export interface GuardConditions {
  /**
   * The proxies that callbacks come through, in the forms of `ranges`; none by default. The sender is then the address that the
   * proxy names. From any other peer the forwarding headers are ignored. The proxy must append to the header or replace it.
   */
  readonly trustedProxies?: Iterable<string> | undefined
  /**
   * The header to read from proxies: `X-Forwarded-For`, `Forwarded` (RFC 7239), or `both`, the default, which must agree if both
   * are there.
   */
  readonly forwarded?: 'both' | 'x-forwarded-for' | 'forwarded' | undefined
  /** Username and password of Basic authentication. An empty password refuses every callback. */
  readonly basic?: { readonly username: string; readonly password: string } | undefined
  /** Required headers, once each, with these values. An empty value refuses every callback. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The largest accepted body in bytes: 256 KiB by default. `parseCallback` always refuses larger ones. */
  readonly maxBody?: number | undefined
}

/**
 * The headers of a request: `request.rawHeaders` of Node's servers (names and values alternating; best, because only there a
 * repeated header is visible), `request.headers`, `Headers` of fetch, a `Map`, or pairs.
 */
export type GuardHeaders =
  | readonly string[]
  | Iterable<readonly [name: string, value: string | readonly string[] | undefined]>
  | { readonly [name: string]: string | readonly string[] | undefined }

/**
 * Why a callback is refused:
 *
 * - `address`: the sender's address is not in the accepted ranges.
 * - `forwarded`: a trusted proxy's header is missing, cannot be read, or contradicts another one.
 * - `credentials`: Basic authentication is missing, unreadable or wrong.
 * - `header`: a required header is missing, occurs twice, or has another value.
 * - `too_large`: the body is too large.
 * - `unusable`: the peer is not an IP address, so no decision is possible.
 */
export type Refusal = 'address' | 'forwarded' | 'credentials' | 'header' | 'too_large' | 'unusable'

/**
 * The decision of a {@link CallbackGuard}. It is an object, so `if (guard.check(…))` is always true: use `ok`.
 *
 * Answer a refused callback with 403 (or 401 for `credentials`, 413 for `too_large`), and do not parse its body.
 */
export type Verdict =
  | {
      /** Whether the callback is accepted. */
      readonly ok: true
      /**
       * The sender's address, which behind a trusted proxy differs from the peer's. An IPv4 address in IPv6 notation becomes
       * IPv4.
       */
      readonly sender: string
      /** Why the callback is refused. */
      readonly refusal: undefined
    }
  | { readonly ok: false; readonly sender: undefined; readonly refusal: Refusal }

/**
 * Decides whether a callback comes from the gateway: by the address it came from, the credentials it carries, and its size.
 * Anyone can post to a callback URL, and LINK does not document a signature, so these checks are the protection. It does no I/O.
 *
 * Without options it accepts LINK's addresses and bodies of up to 256 KiB. Every further check that you set must pass as well.
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
   * @throws {@link LinkwaError} with the code `invalid_config` for an invalid address range.
   * @throws TypeError that names the option, also for an unknown option.
   */
  constructor(options?: CallbackGuardOptions)

  /**
   * Checks one callback before its body is parsed. If several checks fail, the result is the first of: sender, credentials,
   * headers, size.
   *
   * @param peer - The address of the other end of the connection, as the server knows it: `request.socket.remoteAddress`, not
   * what a header says. A callback without a peer, or with one that is not an IP address (such as that of a Unix socket), is
   * refused as `unusable`. Behind a proxy on a Unix socket pass `'127.0.0.1'` and trust that.
   * @param headers - The request's headers.
   * @param bodyLength - The length of the body in bytes.
   * @throws TypeError that names the argument.
   */
  check(peer: string | null | undefined, headers: GuardHeaders, bodyLength: number): Verdict
}

/** The state of a message, or of a request that failed as a whole. A plain object, which does not change. */
export interface MessageState {
  /** The message's id; `undefined` for a request. */
  messageId?: string | undefined
  /** The message's index within the request, from 0; `undefined` if its reports do not name it, and for a request. */
  messageIndex?: number | undefined
  /** The reference of the request, if a report named it. */
  refId?: string | undefined
  /** The most advanced status of the message. */
  status: Status
  /** The result code of the report that decided the status. */
  resultCode: number
  /** The timestamp of that report, as received. Timestamps longer than 64 bytes are not kept. */
  timestamp?: string | undefined
  /** The same in milliseconds since 1970-01-01 UTC; `undefined` if it is not RFC 3339. */
  timestampMs?: number | undefined
  /** The gateway's description in that report, at most 1 KiB. */
  description?: string | undefined
  /** Whether the message has been delivered, and perhaps more: `delivered`, `read` or `deleted`. */
  isDelivered: boolean
  /** Whether the status is final: delivered, read, deleted or failed. A delivered message can still be read or deleted. */
  isFinal: boolean
  /**
   * Whether the gateway reported that the message failed, and also that it was delivered, read or deleted. Have a person look at
   * such a message.
   */
  isDisputed: boolean
  /**
   * The latest code without a status of its own (status `other`), whether or not it decides the status: 112004, 112005, or a code
   * that this library does not know.
   */
  otherCode?: number | undefined
  /** Whether the report that was just applied changed anything; `false` for a state that was looked up. */
  changed: boolean
}

/**
 * What became of a send whose outcome was unknown:
 *
 * - `accepted`: the gateway accepted it, and a report shows progress of one of its messages. Do not send it again.
 * - `message_failed`: the gateway accepted it, and every report says that a message failed. With one message to one destination,
 *   that message was not delivered; {@link StatusTracker.states} has the result code.
 * - `failed`: the request failed as a whole and none of its messages was sent. You may send it again once you have fixed the
 *   cause.
 * - `unknown`: no report so far. Do not send it again.
 */
export type Resolution = 'accepted' | 'message_failed' | 'failed' | 'unknown'

/**
 * Tracks the status of messages from their event reports, however often and in whatever order the reports arrive.
 *
 * It has no clock and does no I/O: pass each report to `apply`. The same reports lead to the same state in any order and any
 * number. A message is identified by its `messageId` and `messageIndex`. A report without a `messageId`, such as that of a
 * request that failed as a whole, is kept by its `refId`. Rules:
 *
 * - `queued` < `other` < `sent` < `delivered` and `failed` < `read` < `deleted`. A later step is never replaced by an earlier one.
 * - Among reports of the same step, the one with the earliest timestamp decides.
 * - `delivered` and `failed` contradict each other: the one with the earlier timestamp decides, else `delivered`. `read` and
 *   `deleted` decide over any `failed`. Either way the state `isDisputed`.
 *
 * Iterating returns the states at that time: those of messages by id and index, then those of requests by `refId`. A message
 * takes about 550 bytes outside of JavaScript's heap and is kept until you remove it: see `forget`, `forgetRefId` and `retain`.
 * Pass only callbacks that a {@link CallbackGuard} accepts.
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
   * Makes a tracker from what `JSON.stringify` wrote.
   *
   * @param json - The text, or the result of `JSON.parse`, also those of an earlier version.
   * @throws {@link LinkwaError} with the code `invalid_config`, with the position but no values, if no tracker up to this version
   * writes such a text.
   */
  static fromJSON(json: string | object): StatusTracker

  /** The number of states. */
  readonly size: number

  /**
   * Applies a report and returns the resulting state of its message, which says whether the report `changed` it.
   *
   * A report without `messageId` changes the state of its request. An empty id counts as absent. The state of a report that has
   * neither id is returned, but not kept. Only the report's `raw` is read, so the report may have been stored or copied, and
   * changes to it are ignored.
   *
   * @throws TypeError for other values than event reports.
   */
  apply(report: EventReport): MessageState

  /**
   * Returns the state of a message; `undefined` if no report of it came. With a `messageIndex` it is the state of the reports
   * with this index. Without one it is the message's only state, whatever its index; if reports named several indices, the least
   * advanced of their states (queued < other < sent < failed < delivered < read < deleted).
   */
  state(messageId: string, messageIndex?: number | null | undefined): MessageState | undefined

  /**
   * Returns the states of the request with exactly this `refId`: those of its messages by id and index, then that of its reports
   * without `messageId`, if there were any.
   */
  states(refId: string): MessageState[]

  /** Returns the state of the request with this `refId`, from its reports without `messageId` (a request that failed as a whole);
   * `undefined` if there was none. */
  requestState(refId: string): MessageState | undefined

  /**
   * Returns what became of a send that ended `outcome_unknown`, by its exact `refId`. `sendMany` gives each of its requests a
   * `refId` of its own.
   */
  resolve(refId: string): Resolution

  /**
   * Forgets a message with all its indices, and returns whether there was one. A later report starts a new state. What its
   * reports said about their `refId` stays.
   */
  forget(messageId: string): boolean

  /** Forgets what is known about a request, and returns whether there was anything: `resolve` then returns `unknown`. */
  forgetRefId(refId: string): boolean

  /**
   * Forgets every state for which `keep` returns false, and what is known about each `refId` that no remaining state names.
   * Resolve unknown sends before. A state that changes meanwhile stays; if `keep` throws, nothing is forgotten.
   */
  retain(keep: (state: MessageState) => unknown): void

  /** Every state. */
  [Symbol.iterator](): IterableIterator<MessageState>

  /** Returns the whole tracker, for `JSON.stringify`. It contains message ids, `refId`s and the gateway's descriptions. */
  toJSON(): object
}

/** Whether every message type may be sent to a user, or only templates, and until when. */
export interface CareWindow {
  /** Whether every message type may be sent; if not, only templates. */
  readonly isOpen: boolean
  /** The time at which the window closes: 24 hours after the user's last message. */
  readonly closesAt: Date
  /** The same in milliseconds since 1970-01-01 UTC. */
  readonly closesAtMs: number
}

/**
 * The customer care window of a user: for 24 hours after their last message to the business number every message type may be sent
 * to them, then only templates. Exactly 24 hours later it is closed. A message from the future, by a clock that is ahead, opens
 * it too. The result is advisory: the clocks of the gateway and of WhatsApp decide.
 *
 * Store the time of the last message per user and business number. Callbacks arrive out of order, so keep the latest time.
 *
 * @param lastInbound - When the user last wrote: a `Date`, milliseconds since 1970-01-01 UTC, or the received message, which
 * counts by its provider's timestamp, or else the gateway's. For a message without either the window is `undefined`.
 * @param now - The current time by default.
 * @throws TypeError for an invalid time, such as an invalid `Date`.
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
 * Whether an address belongs to LINK's gateway: a text such as `195.84.162.34`, without a port. `false` for a text that is not an
 * address.
 *
 * Behind a proxy, pass the address that the proxy names, and only if the proxy is your own: {@link CallbackGuard} does all of
 * this.
 *
 * @throws TypeError if it is not a string.
 */
export declare function isGatewayAddress(address: string): boolean

/**
 * The result codes that version 1.4.1 of the API lists, and three of newer gateways: `SENT_BY_WHATSAPP`, `READ` and `DELETED`. A
 * gateway may use others.
 */
export declare const ResultCode: {
  readonly UNKNOWN_ERROR: 112000
  readonly QUEUED: 112001
  readonly SENT: 112002
  readonly DELIVERED: 112003
  readonly OK: 112004
  readonly RECEIVED: 112005
  readonly SENT_BY_WHATSAPP: 112006
  readonly READ: 112007
  readonly DELETED: 112008
  readonly UNAUTHORIZED: 112400
  readonly NO_ACCESS: 112401
  readonly BAD_REQUEST: 112402
  readonly NOT_DELIVERED: 112403
  readonly INVALID_CONTACT: 112404
  readonly FAILED_AUTHENTICATION: 112405
  readonly FAILED_WA_REQUEST: 112406
  readonly SERVER_ERROR: 112500
}
/** One of the result codes with a name. */
export type ResultCode = (typeof ResultCode)[keyof typeof ResultCode]

/** The meaning of a result code. */
export interface ResultCodeDescription {
  /** The code's name in `snake_case`; `undefined` for one that this library does not know. */
  readonly name: string | undefined
  /** The number. */
  readonly code: number
  /** An explanation for people; the wording may change. */
  readonly explanation: string
  /** Whether the code is a success so far: 112001 to 112008. */
  readonly isSuccess: boolean
  /** Whether the message will not arrive: 112000, 112500, or a listed 1124xx. An unlisted code is not a failure. */
  readonly isFailure: boolean
  /**
   * Whether the status is final: the message was delivered (and perhaps read or deleted), or it failed.
   *
   * The code alone does not say what a report is about. A failed report without a `messageId` is final for its request
   * only if its `messageType` is `request`; with another type it proves nothing. `StatusTracker.resolve` applies this.
   */
  readonly isFinal: boolean
  /** Whether LINK asks you to contact its support about the code. */
  readonly shouldContactSupport: boolean
}

/**
 * Returns the meaning of a result code, listed or not.
 *
 * @throws TypeError if it is not a whole number.
 */
export declare function describeResultCode(code: number): ResultCodeDescription
