/**
 * Events of a client.
 */

import type { ErrorCode, HttpMethod, Outcome, Reason } from './client.js'

// <generated words>
/**
 * What an {@link ClientEvent} reports.
 *
 * The events of one send have the same `sendId`, and come in this order: `send_queued`, then for each attempt
 * `attempt_begun`, its `phase_reached`, and `attempt_ended`, and at the end `send_ended`. A request that validation
 * refuses is never a send, and has none.
 */
export type EventKind =
  /** A send begins: it waits for a worker, or the caller's thread sends it. */
  | 'send_queued'
  /** An attempt begins. */
  | 'attempt_begun'
  /** The attempt has come to a further phase. */
  | 'phase_reached'
  /**
   * The attempt is over. If the send ended while it ran, by its deadline or a cancellation, it has the outcome of the
   * send, and its thread may reach a last phase afterwards.
   */
  | 'attempt_ended'
  /** The send has its outcome. */
  | 'send_ended'
  /** A run of many begins no requests for a while, because the gateway is busy or does not answer. */
  | 'run_waiting'

/** How far an attempt has come. One that uses a kept connection reaches only `body`. */
export type EventPhase =
  /** The host name is resolved: the gateway's, or the proxy's. */
  | 'dns'
  /** There is a connection to the gateway. */
  | 'connect'
  /** TLS is set up. */
  | 'tls'
  /** The body is about to leave; of a request without a body, its head. */
  | 'body'

/** How a send or an attempt ended. */
export type EventOutcome =
  /** The gateway accepted the message. */
  | 'accepted'
  /** The gateway answered a request to another resource, with whatever status. */
  | 'answered'
  /** The gateway refused the message. */
  | 'rejected'
  /** No byte of the body left. */
  | 'not_sent'
  /** The message may have been accepted. */
  | 'unknown'
// </generated>

/**
 * A step of a send, or a pause of a run; see {@link Client.on}. Which members it has depends on its `kind`. It never has a phone
 * number, a text, a credential or another part of a message, except the `refId`. Listeners share one object, which is frozen.
 */
export interface ClientEvent {
  // <generated fields>
  /** What it reports. */
  readonly kind: EventKind
  /** When that happened. In milliseconds since 1970-01-01 UTC, with a fraction. */
  readonly timestampMs: number
  /**
   * How long the attempt has taken at its phases and its end; how long the send has taken at its end; otherwise zero.
   * In milliseconds, with a fraction.
   */
  readonly elapsedMs: number
  /** The number of the send, from 1; no other send of this process has it. */
  readonly sendId?: number | undefined
  /** The `refId` of the send, or the reference of the run. */
  readonly refId?: string | undefined
  /**
   * The type of each message of the send: `text`, `image` and so on. Empty for a request to another resource, and for
   * one that is sent without being read.
   */
  readonly messageTypes: readonly string[]
  /** The number of destinations of the send. */
  readonly destinations?: number | undefined
  /** The HTTP method of the send. */
  readonly method?: HttpMethod | undefined
  /**
   * The URL of the messages, without credentials. A request to another resource has none, because its path may have a
   * phone number in it.
   */
  readonly url?: string | undefined
  /** The host of the gateway. */
  readonly host?: string | undefined
  /** The port of the gateway. */
  readonly port?: number | undefined
  /** The number of the attempt, from 1. */
  readonly attempt?: number | undefined
  /** The phase that the attempt has reached. */
  readonly phase?: EventPhase | undefined
  /**
   * How long the name look-up took. A kept connection has none, nor has an address. In milliseconds, with a fraction.
   */
  readonly dnsMs?: number | undefined
  /** How long the connection took. A kept one has none. In milliseconds, with a fraction. */
  readonly connectMs?: number | undefined
  /** How long the TLS handshake took. A kept connection has none. In milliseconds, with a fraction. */
  readonly tlsMs?: number | undefined
  /** How long the attempt took from the body to its end. In milliseconds, with a fraction. */
  readonly answerMs?: number | undefined
  /** How the attempt or the send ended. */
  readonly outcome?: EventOutcome | undefined
  /** The status of the gateway's answer. */
  readonly httpStatus?: number | undefined
  /** The result code of the gateway's answer. */
  readonly resultCode?: number | undefined
  /** The code of the error. */
  readonly code?: ErrorCode | undefined
  /** The reason of the error. */
  readonly reason?: Reason | undefined
  /**
   * How long the send pauses before its next attempt, if there is one; how long the run pauses. In milliseconds, with a
   * fraction.
   */
  readonly pauseMs?: number | undefined
  /** How many sends of the client wait for a worker, this one not counted; at `send_queued` and `attempt_begun`. */
  readonly queued?: number | undefined
  /**
   * How many sends of the client have a worker or their caller's thread, and so a connection; at `send_queued` without
   * this one, at `attempt_begun` with it.
   */
  readonly underWay?: number | undefined
  // </generated>
}

/**
 * What subscribers of the channels `tracing:linkwa:send:*` of `node:diagnostics_channel` receive: one object for each call of a
 * verb that sends. Like a {@link ClientEvent}, it has no part of a message except the `refId`.
 */
export interface SendTrace {
  /** The verb: `sendText`. */
  readonly verb: string
  /** A part of what the promise is resolved with, without phone numbers and ids of messages; from `asyncStart` on. */
  readonly result?: {
    /** The message's reference. */
    readonly refId?: string
    /** The gateway's result code. */
    readonly resultCode?: number
    /** The number of attempts. */
    readonly attempts?: number
    /** Of `request`: the status of the answer. */
    readonly status?: number
  }
  /**
   * A part of the `LinkwaError` that the promise is rejected with, without what may repeat the request; from `error` on. Of another
   * error, such as a `TypeError` for a wrong argument, it is an empty object.
   */
  readonly error?: {
    /** The code. */
    readonly code?: ErrorCode
    /** What is known about the message. */
    readonly outcome?: Outcome | undefined
    /** The reason. */
    readonly reason?: Reason | undefined
    /** The message's reference. */
    readonly refId?: string | undefined
    /** The status of the gateway's answer. */
    readonly httpStatus?: number | undefined
    /** The gateway's result code. */
    readonly resultCode?: number | undefined
  }
}
