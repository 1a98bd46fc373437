'use strict'

const { AsyncResource } = require('node:async_hooks')
const { tracingChannel } = require('node:diagnostics_channel')
const { warn } = require('./completions.js')
const declared = require('./declared.js')
const { LinkwaError } = require('./error.js')
const { wrongType } = require('./json.js')
const { didYouMean } = require('./options.js')

/** What `linkwa/otel` does around the sends of a client or the callbacks of a receiver, by that object. */
const tracings = new WeakMap()

/** The functions that receive the events of one client or receiver. */
class Listeners {
  #all = []

  get isEmpty() {
    return this.#all.length === 0
  }

  /** Adds a function for events of this kind, or of every kind. Returns a function that removes it. */
  add(kind, listener) {
    const added = { kind, listener }
    // A listener may add one: an event that is being delivered does not reach it.
    this.#all = [...this.#all, added]
    return () => {
      this.#all = this.#all.filter((one) => one !== added)
    }
  }

  /**
   * What delivers events of the addon in the present asynchronous context, first to `tracing`, if there is one; `undefined` if no
   * one listens.
   */
  deliverer(tracing) {
    if (this.isEmpty && tracing === undefined) return undefined
    const context = new AsyncResource('linkwa.send')
    return ({ event }) => context.runInAsyncScope(this.#deliver, this, eventOf(event), tracing)
  }

  /** Delivers an event that is not of the addon. */
  report(event) {
    this.#deliver(Object.freeze(event))
  }

  #deliver(event, tracing) {
    if (tracing !== undefined) call(tracing, event)
    for (const { kind, listener } of this.#all) {
      if (kind === undefined || kind === event.kind) call(listener, event)
    }
  }
}

/** Calls a function of the caller, whose errors must not reach the send. */
function call(listener, event) {
  try {
    const result = listener(event)
    if (typeof result?.then === 'function') Promise.resolve(result).catch(warn)
  } catch (error) {
    warn(error)
  }
}

/** The event whose fields the addon wrote. All listeners get the same object. */
function eventOf(json) {
  const fields = Object.entries(JSON.parse(json)).map(([name, value]) => [declared.event[name], Object.freeze(value)])
  return Object.freeze(Object.fromEntries(fields))
}

/** The arguments of `on`, for events of these kinds. */
function listening(kind, listener, kinds) {
  if (typeof kind === 'function') {
    if (listener !== undefined) throw new TypeError('the kind comes first: on(kind, listener)')
    return [undefined, kind]
  }
  if (typeof kind !== 'string') throw wrongType('kind', 'the kind of an event, or a function', kind)
  if (!kinds.includes(kind)) throw new TypeError(`kind must be one of: ${kinds.join(', ')}${didYouMean(kind, kinds)}`)
  if (typeof listener !== 'function') throw wrongType('listener', 'a function', listener)
  return [kind, listener]
}

const channel = tracingChannel('linkwa:send')

/**
 * The promise of `send`, which subscribers of the channel see begin and end. Results have phone numbers, and errors may repeat the
 * request, so they get parts of them.
 */
function traced(verb, send) {
  // Older versions of Node do not know whether there are subscribers.
  if (channel.hasSubscribers === false) return send()
  let sent
  const shown = () => {
    sent = send()
    return sent.then(
      ({ refId, resultCode, attempts, status }) =>
        status === undefined ? { refId, resultCode, attempts } : { status },
      (error) => {
        throw partOf(error)
      },
    )
  }
  const ended = () => sent
  return channel.tracePromise(shown, { verb }).then(ended, ended)
}

/** What subscribers get of an error. */
function partOf(error) {
  if (!(error instanceof LinkwaError)) return {}
  const { code, outcome, reason, refId, httpStatus, resultCode } = error
  return { code, outcome, reason, refId, httpStatus, resultCode }
}

module.exports = { Listeners, listening, traced, tracings }
