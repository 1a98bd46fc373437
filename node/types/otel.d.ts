/**
 * OpenTelemetry: spans and metrics of what a client sends, and of the callbacks that a receiver gets. It needs the package
 * `@opentelemetry/api`; without an SDK that exports them, spans and metrics go nowhere.
 */

import type { Context, MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { EventReport, ReceivedMessage } from './callback.js'
import type { Client, LinkwaError } from './client.js'
import type { CallbackReceiver } from './receiver.js'

/** The options of {@link instrument}. */
export interface InstrumentOptions {
  /**
   * Whether the trace goes on from a send to its event reports; `false` by default. A client then adds `traceparent` (W3C Trace
   * Context) to the `customParameters` of each message, beside yours; one of yours of this name stays. LINK gets it, and repeats
   * it in event reports. A receiver then makes the span of the send the parent of `linkwa.callback`. `sendRequest`, `sendRaw` and
   * `build` add nothing, and so do `sendPending` and `run` of an `Outbox`, which send what is stored.
   */
  readonly propagate?: boolean | undefined
  /** Where spans go; OpenTelemetry's global provider by default. */
  readonly tracerProvider?: TracerProvider | undefined
  /** Where metrics go; by default the global provider that is set when `instrument` is called. */
  readonly meterProvider?: MeterProvider | undefined
}

/**
 * Makes spans and metrics of what a client sends or a receiver gets from now on. Start OpenTelemetry's SDK before: metrics go to the
 * provider that is set when this function is called. A second call for the same object replaces the first.
 *
 * Spans:
 *
 * - `linkwa.send`, or `linkwa.request` for a request to another resource: a send with all its attempts, with `linkwa.ref_id`,
 *   `linkwa.message_types`, `linkwa.destinations`, `linkwa.outcome` and `linkwa.result_code`. It is the current span for listeners
 *   of `client.on`. Requests of `sendMany` have the span as parent that is current when `sendMany` is called.
 * - `POST`, or another method: an attempt, a client span with the attributes of OpenTelemetry's HTTP conventions; `error.type` is
 *   the reason of the error. Its span events `linkwa.dns`, `linkwa.connect`, `linkwa.tls` and `linkwa.body` say when it reached
 *   each phase.
 * - `linkwa.callback`: the handler of a `CallbackReceiver`, with `linkwa.callback.kind` and `linkwa.status`.
 *
 * Metrics:
 *
 * - `http.client.request.duration`: the seconds of each attempt, with the attributes of the HTTP conventions.
 * - `http.client.active_requests` and `linkwa.client.queued`: how many sends of a gateway's clients have a worker, and how many
 *   wait for one.
 * - `linkwa.callbacks`: callbacks by `linkwa.callback.kind` (`event_report`, `received_message`; absent if its body was not read)
 *   and `linkwa.callback.verdict` (`accepted`, the refusal of the guard, or `invalid` for a body that is not a callback).
 *
 * None of them has a phone number, a text or a credential.
 *
 * What a tracer or a meter throws is a warning of the process, and harms no send and no handler.
 *
 * @param target - Without it, the client of `configure` or of the environment, which the functions of the package use. `configure`
 * makes another client: call `instrument` again after it.
 * @returns a function that ends it
 * @throws `TypeError` for an argument of a wrong type; {@link LinkwaError} `invalid_config` without `target` if the environment has no
 * account.
 *
 * @example
 * ```ts
 * import { Client } from 'linkwa'
 * import { instrument } from 'linkwa/otel'
 *
 * const client = Client.fromEnv()
 * const end = instrument(client)
 * await client.sendText('+46000000001', 'Hello')
 * end()
 * ```
 */
export declare function instrument(
  target?: Client | CallbackReceiver | undefined,
  options?: InstrumentOptions,
): () => void

/**
 * Returns the context of the send that an event report belongs to, if the send had a `traceparent` among its `customParameters`:
 * the parent for a span of yours. Otherwise the current context. Callbacks come from outside: use it only for those that a guard
 * has accepted.
 */
export declare function contextOf(callback: EventReport | ReceivedMessage): Context
