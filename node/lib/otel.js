'use strict'

const api = opentelemetry()
const { version } = require('./binding.js')
const { checked } = require('./call.js')
const { Client, nativeOf } = require('./client.js')
const { warn } = require('./completions.js')
const { defaultClient } = require('./default-client.js')
const { tracings } = require('./events.js')
const { wrongType } = require('./json.js')
const { read, flag } = require('./options.js')
const { CallbackReceiver } = require('./receiver.js')

const { INVALID_SPAN_CONTEXT, SpanKind, SpanStatusCode, TraceFlags } = api
const { context, isSpanContextValid, metrics, trace } = api

/** The names of spans. */
const SEND = 'linkwa.send'
const REQUEST = 'linkwa.request'
const CALLBACK = 'linkwa.callback'
const TRACEPARENT = 'traceparent'
/** Those of OpenTelemetry's HTTP conventions, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

function opentelemetry() {
  try {
    return require('@opentelemetry/api')
  } catch (cause) {
    if (cause.code !== 'MODULE_NOT_FOUND') throw cause
    throw new Error('linkwa/otel needs a package beside linkwa: npm install @opentelemetry/api', { cause })
  }
}

const readers = {
  propagate: flag,
  tracerProvider: providerOf('getTracer', 'a TracerProvider'),
  meterProvider: providerOf('getMeter', 'a MeterProvider'),
}

function providerOf(method, what) {
  return (value, name) => {
    if (typeof value?.[method] !== 'function') throw wrongType(name, what, value)
    return value
  }
}

function instrument(target, options) {
  const {
    propagate = false,
    tracerProvider,
    meterProvider,
  } = checked(() => {
    if (!(target === undefined || target instanceof Client || target instanceof CallbackReceiver)) {
      throw wrongType('target', 'a Client or a CallbackReceiver', target)
    }
    return read(readers, options, 'options')
  }, instrument)
  const traced = target ?? defaultClient(instrument)
  const tracer = (tracerProvider ?? trace).getTracer('linkwa', version())
  const meters = metersOf(meterProvider ?? metrics.getMeterProvider())
  tracings.get(traced)?.end()
  const Tracing = traced instanceof Client ? ClientTracing : ReceiverTracing
  const tracing = new Tracing(traced, tracer, meters, propagate)
  tracings.set(traced, tracing)
  return () => {
    if (tracings.get(traced) !== tracing) return
    tracings.delete(traced)
    tracing.end()
  }
}

function contextOf(callback) {
  const active = context.active()
  const given = callback?.kind === 'eventReport' ? callback.customParameters?.[TRACEPARENT] : undefined
  const parts = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(given)
  if (parts === null) return active
  const [, format, traceId, spanId, flags, more] = parts
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true }
  if (!isSpanContextValid(parent) || (format === '00' && more !== undefined)) return active
  return trace.setSpanContext(active, parent)
}

/** The W3C form of the span that is current in a context; `undefined` if there is none. */
function traceparentOf(active) {
  const current = trace.getSpanContext(active)
  if (current === undefined || !isSpanContextValid(current)) return undefined
  return `00-${current.traceId}-${current.spanId}-0${current.traceFlags & TraceFlags.SAMPLED}`
}

/** The instruments of one provider, and the clients that they look at. */
class Meters {
  #clients = new Set()

  constructor(provider) {
    const meter = provider.getMeter('linkwa', version())
    this.duration = meter.createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: BUCKETS },
    })
    this.callbacks = meter.createCounter('linkwa.callbacks', {
      description: 'Callbacks by kind and verdict.',
      unit: '{callback}',
    })
    const observe = (name, member, description) =>
      meter
        .createObservableUpDownCounter(name, { description, unit: '{request}' })
        .addCallback((result) => this.#observe(result, member))
    observe('http.client.active_requests', 'underWay', 'Number of active HTTP requests.')
    observe('linkwa.client.queued', 'queued', 'Number of sends that wait for a worker.')
  }

  /** Looks at a client without keeping it, until the returned function is called. */
  add(client) {
    const reference = new WeakRef(client)
    this.#clients.add(reference)
    return () => this.#clients.delete(reference)
  }

  /** The sum of the clients of each gateway. */
  #observe(result, member) {
    const sums = new Map()
    for (const reference of this.#clients) {
      const client = reference.deref()
      if (client === undefined) {
        this.#clients.delete(reference)
        continue
      }
      const { host, port, ...counts } = nativeOf(client).traffic()
      const gateway = `${host} ${port}`
      const sum = sums.get(gateway) ?? { host, port, value: 0 }
      sums.set(gateway, { ...sum, value: sum.value + counts[member] })
    }
    for (const { host, port, value } of sums.values()) {
      result.observe(value, { 'server.address': host, 'server.port': port })
    }
  }
}

/** By their providers: a second instrument of the same name would count twice. */
const allMeters = new WeakMap()

function metersOf(provider) {
  let meters = allMeters.get(provider)
  if (meters === undefined) {
    meters = new Meters(provider)
    allMeters.set(provider, meters)
  }
  return meters
}

/** Makes spans and metrics of a client's sends. */
class ClientTracing {
  #tracer
  #meters
  #propagate
  #forget

  constructor(client, tracer, meters, propagate) {
    this.#tracer = tracer
    this.#meters = meters
    this.#propagate = propagate
    this.#forget = meters.add(client)
  }

  end() {
    this.#forget()
  }

  /** The promise of a send, which `begin` begins, in the context of a span of its own. */
  send(isRequest, begin) {
    const span = startSpan(this.#tracer, isRequest ? REQUEST : SEND)
    const active = trace.setSpan(context.active(), span)
    const send = { span, isLive: true, isEnded: false }
    const sent = context.with(active, () => begin(this.#partOf(active, (event) => this.#onEvent(send, event))))
    sent.then(
      () => end(span),
      (error) => {
        // What validation refuses has no events.
        if (!send.isEnded) failWith(span, error)
        end(span)
      },
    )
    return sent
  }

  /** What a run takes, whose requests get spans of their own in the present context. */
  run() {
    const sends = new Map()
    return this.#partOf(context.active(), (event) => {
      if (event.sendId === undefined) return
      if (event.kind === 'send_queued') {
        const span = startSpan(this.#tracer, SEND, { startTime: event.timestampMs })
        sends.set(event.sendId, { span, isLive: false, isEnded: false })
      }
      const send = sends.get(event.sendId)
      if (send === undefined) return
      this.#onEvent(send, event)
      if (send.isEnded) sends.delete(event.sendId)
    })
  }

  #partOf(active, event) {
    return { event, traceparent: this.#propagate ? harmless(() => traceparentOf(active)) : undefined }
  }

  #onEvent(send, event) {
    const { kind, timestampMs, elapsedMs } = event
    if (kind === 'send_queued') {
      send.began = timestampMs
      set(send.span, {
        'linkwa.ref_id': event.refId,
        'linkwa.message_types': event.messageTypes.length > 0 ? [...event.messageTypes] : undefined,
        'linkwa.destinations': event.destinations,
      })
    } else if (kind === 'attempt_begun') {
      this.#beginAttempt(send, event)
    } else if (kind === 'phase_reached') {
      send.attempt?.addEvent(`linkwa.${event.phase}`, undefined, send.attemptBegan + elapsedMs)
    } else if (kind === 'attempt_ended' && send.attempt !== undefined) {
      this.#endAttempt(send.attempt, send.attemptBegan, event)
      send.attempt = undefined
    } else if (kind === 'send_ended') {
      send.isEnded = true
      setOutcome(send.span, event)
      if (!send.isLive) end(send.span, send.began + elapsedMs)
    }
  }

  #beginAttempt(send, event) {
    const attributes = {
      ...httpAttributes(event),
      ...given({
        'url.full': event.url,
        'http.request.resend_count': event.attempt > 1 ? event.attempt - 1 : undefined,
      }),
    }
    const options = { kind: SpanKind.CLIENT, attributes, startTime: event.timestampMs }
    send.attemptBegan = event.timestampMs
    const parent = trace.setSpan(context.active(), send.span)
    send.attempt = startSpan(this.#tracer, event.method ?? 'HTTP', options, parent)
  }

  #endAttempt(span, began, event) {
    const status = given({ 'http.response.status_code': event.httpStatus })
    set(span, status)
    setOutcome(span, event)
    const attributes = { ...httpAttributes(event), ...status, ...given({ 'error.type': errorOf(event) }) }
    harmless(() => this.#meters.duration.record(event.elapsedMs / 1000, attributes))
    end(span, began + event.elapsedMs)
  }
}

/** Makes spans and metrics of a receiver's callbacks. */
class ReceiverTracing {
  #tracer
  #meters
  #propagate

  constructor(_, tracer, meters, propagate) {
    this.#tracer = tracer
    this.#meters = meters
    this.#propagate = propagate
  }

  end() {}

  /** Counts a callback. One that is refused is `undefined`. */
  checked(callback, verdict) {
    const kind = callback === undefined ? undefined : kindOf(callback)
    const attributes = given({ 'linkwa.callback.verdict': verdict, 'linkwa.callback.kind': kind })
    harmless(() => this.#meters.callbacks.add(1, attributes))
  }

  /** Calls the handler in the context of a span. */
  async handling(callback, handle) {
    const parent = this.#propagate ? contextOf(callback) : context.active()
    const attributes = given({ 'linkwa.callback.kind': kindOf(callback), 'linkwa.status': callback.status })
    const span = startSpan(this.#tracer, CALLBACK, { kind: SpanKind.CONSUMER, attributes }, parent)
    try {
      return await context.with(trace.setSpan(parent, span), handle)
    } catch (error) {
      failWith(span, error)
      throw error
    } finally {
      end(span)
    }
  }
}

const kindOf = ({ kind }) => (kind === 'eventReport' ? 'event_report' : 'received_message')

/** The members that have a value. */
function given(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

/** Calls a tracer or a meter, whose errors must not reach a send or a handler. */
function harmless(call) {
  try {
    return call()
  } catch (error) {
    warn(error)
    return undefined
  }
}

/** A span; if the tracer fails, one that records nothing. */
function startSpan(tracer, name, options, parent = context.active()) {
  const span = harmless(() => tracer.startSpan(name, options, parent))
  return span ?? trace.wrapSpanContext(trace.getSpanContext(parent) ?? INVALID_SPAN_CONTEXT)
}

function end(span, time) {
  harmless(() => span.end(time))
}

function set(span, attributes) {
  harmless(() => span.setAttributes(given(attributes)))
}

function httpAttributes({ method, host, port }) {
  return given({ 'http.request.method': method, 'server.address': host, 'server.port': port })
}

function setOutcome(span, event) {
  set(span, { 'linkwa.outcome': event.outcome, 'linkwa.result_code': event.resultCode })
  const error = errorOf(event)
  if (error !== undefined) fail(span, error)
}

/** The `error.type` of what an event reports the end of. */
function errorOf({ outcome, httpStatus, reason, code }) {
  const number = httpStatus >= 400 ? String(httpStatus) : undefined
  return outcome === 'accepted' || outcome === 'answered' ? number : (reason ?? number ?? code)
}

/** The texts of errors can be anything: they are not recorded. */
function fail(span, error) {
  set(span, { 'error.type': error })
  harmless(() => span.setStatus({ code: SpanStatusCode.ERROR }))
}

/** What was thrown may throw when it is read. */
function failWith(span, error) {
  fail(
    span,
    harmless(() => typeOf(error)),
  )
}

/** The `error.type` of an error: a code of this library, or a class. */
function typeOf(error) {
  const code = error?.name === 'LinkwaError' ? error.code : undefined
  return String(code ?? error?.constructor?.name ?? typeof error)
}

module.exports = { contextOf, instrument }
