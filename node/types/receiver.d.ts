import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Callback, CallbackGuard, GuardHeaders, Refusal } from './callback.js'

/** The options of a {@link CallbackReceiver}. */
export interface CallbackReceiverOptions {
  /** Decides whether to believe a request. `null` believes everyone who can reach the endpoint. */
  readonly guard: CallbackGuard | null
  /**
   * Remembers which callbacks were handled, also across restarts and for several processes. Without it a receiver remembers the last
   * 100,000 that it handled.
   */
  readonly outbox?: CallbackOutbox | undefined
  /** The body of the answer 200; empty by default. A gate of LINK's can demand a certain text. */
  readonly acknowledgement?: string | undefined
  /** The largest body in bytes: 256 KiB by default. `parseCallback` refuses larger ones. */
  readonly maxBytes?: number | undefined
  /**
   * Gets what the handler or the outbox threw, before the answer 500, and the callback if there is one. By default the error is printed
   * with `console.error`.
   */
  readonly onError?: ((error: unknown, callback?: Callback) => unknown) | undefined
}

/** What a {@link CallbackReceiver} needs to remember callbacks. Each method may return a promise. */
export interface CallbackOutbox {
  /**
   * Claims a callback, by its `key`: `new` if it is to be handled now, `repeat` if it was handled, `busy` if another process is handling
   * it. A claim must end by itself some time after its process has died.
   */
  claim(callback: Callback): CallbackClaim | Promise<CallbackClaim>
  /** Records a claimed callback as handled. */
  apply(callback: Callback): unknown
  /** Ends the claim, because the handler failed. */
  release(callback: Callback): unknown
}

/** The result of {@link CallbackOutbox.claim}. */
export type CallbackClaim = 'new' | 'repeat' | 'busy'

/** A request, for {@link CallbackReceiver.handle}. */
export interface CallbackRequest {
  /** The address of the other end of the connection, as the server knows it, not as a header names it. */
  readonly peer: string | null | undefined
  /** The headers of the request. */
  readonly headers: GuardHeaders
  /** The body as it came, not parsed. Read at most `maxBytes` and one byte of it. */
  readonly body: Uint8Array | ArrayBuffer | string
}

/** An answer of {@link CallbackReceiver.handle}. */
export interface CallbackResponse {
  /** The HTTP status. */
  readonly status: number
  /** Headers by their lower-case names. `Content-Length` is not among them. */
  readonly headers: Readonly<Record<string, string>>
  /** The body. */
  readonly body: string
}

/** Whether a callback was accepted; see {@link CallbackReceiver.on}. It has no other part of the callback, and is frozen. */
export interface ReceiverEvent {
  /** A callback is accepted if the guard lets it through and its body can be read as a callback. */
  readonly kind: 'callback_accepted' | 'callback_refused'
  /** When that happened, in milliseconds since 1970-01-01 UTC. */
  readonly timestampMs: number
  /** Why it is refused: as {@link CallbackGuard.check} says, or `invalid` for a body that is not a callback. */
  readonly refusal?: Refusal | 'invalid'
}

/**
 * An endpoint for callbacks: it calls your handler once for each event report and received message, and answers the gateway.
 *
 * A request goes this way: the guard, the body up to `maxBytes`, parsing, your handler, the answer. Nothing of a refused body is read.
 *
 * | answer | when |
 * |---|---|
 * | 200 | the handler is done, now or earlier; a repeat is answered without it |
 * | 400 | the body is not a callback, or incomplete |
 * | 401 | the guard refuses the credentials |
 * | 403 | the guard refuses the request for another reason |
 * | 405 | the method is not POST |
 * | 413 | the body is too large |
 * | 500 | the handler or the outbox failed |
 * | 503 | another process is handling the callback |
 *
 * The gateway posts a callback again that is not answered with 200. Of copies that come at once, one is handled, and the others get the
 * same answer. If the process ends between handler and answer, the callback is handled again: make what the handler writes unique by
 * `callback.key`.
 *
 * `setLogger` gets a line for each answer but 200: `warn`, and `error` for 500. The lines have no numbers, texts or headers.
 *
 * The methods need no `this`, so they can be passed to servers as they are.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { CallbackGuard } from 'linkwa'
 * import { CallbackReceiver } from 'linkwa/receiver'
 *
 * const guard = new CallbackGuard({ trustedProxies: ['127.0.0.1'], basic: { username: 'gate', password: 'hush' } })
 * const receiver = new CallbackReceiver(
 *   (callback) => {
 *     if (callback.kind === 'eventReport') console.log(callback.refId, callback.status) // order-17 delivered
 *     else console.log(callback.replyTo, 'wrote:', callback.text)
 *   },
 *   { guard },
 * )
 * const server = createServer(receiver.node)
 *
 * const answer = await receiver.handle({
 *   peer: '127.0.0.1',
 *   headers: { 'X-Forwarded-For': '195.84.162.34', Authorization: 'Basic Z2F0ZTpodXNo' },
 *   body: '{"messageId": "8aU6cwxAKE9NzMLrS6M82Y", "refId": "order-17", "resultCode": 112003}',
 * })
 * console.log(answer.status) // 200
 * ```
 */
export declare class CallbackReceiver {
  /**
   * @param handler - Gets each callback. What it throws, or a rejected promise, means that the callback was not handled. Callbacks
   * can be handled at the same time, and come in any order.
   * @throws TypeError that names the argument or option.
   */
  constructor(handler: (callback: Callback) => unknown, options: CallbackReceiverOptions)

  /**
   * Calls `listener` with a {@link ReceiverEvent} for each callback that is accepted, before its handler is called, and for each that is
   * refused. A request that is not a POST has no event. An exception of the function, or a rejected promise that it returns, becomes a
   * warning of the process.
   *
   * @param kind what to listen for; both, if it is left out
   * @returns a function that ends the calls
   * @throws `TypeError` for an argument of a wrong type, and for an unknown kind.
   */
  readonly on: {
    (kind: ReceiverEvent['kind'], listener: (event: ReceiverEvent) => unknown): () => void
    /** Calls `listener` with events of both kinds; see above. */
    (listener: (event: ReceiverEvent) => unknown): () => void
  }

  /**
   * Answers a request of `node:http`, `node:https`, `node:http2` or Express: `createServer(receiver.node)`,
   * `app.post('/callback', receiver.node)`. In Express mount it before `express.json()` and other middleware that reads the body.
   * `express.raw()` may stand before it.
   *
   * The promise is resolved when the answer is written; it is never rejected.
   */
  readonly node: (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => Promise<void>

  /** A plugin for Fastify: `app.register(receiver.fastify, { prefix: '/callback' })`. */
  readonly fastify: (scope: object, options: object) => Promise<void>

  /**
   * Answers a `Request` with a `Response`, for Hono, Next.js, Bun, Deno and others. A `Request` has no address of the peer, so the
   * server must say it. The promise is never rejected.
   *
   * - Hono on Node: `(c) => receiver.fetch(c.req.raw, { peer: getConnInfo(c).remote.address })`
   * - Bun: `(request, server) => receiver.fetch(request, { peer: server.requestIP(request)?.address })`
   * - Deno: `(request, info) => receiver.fetch(request, { peer: info.remoteAddr.hostname })`
   * - Next.js does not give the address: `receiver.fetch(request, { peer: '127.0.0.1' })`, with that address in `trustedProxies`, and
   *   only behind a proxy that no request can get around.
   *
   * @param options - `peer` is the address of the other end of the connection. Without it a guard refuses the request.
   */
  readonly fetch: (request: Request, options?: { readonly peer?: string | null | undefined }) => Promise<Response>

  /**
   * Handles a POST request of any other server, whose body has been read, and returns the answer.
   *
   * @throws TypeError if the body is not bytes or a string.
   */
  readonly handle: (request: CallbackRequest) => Promise<CallbackResponse>
}
