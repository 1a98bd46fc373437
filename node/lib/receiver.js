'use strict'

const { checked } = require('./call.js')
const { parseCallback, wrongBody } = require('./callback.js')
const { warn } = require('./completions.js')
const { LinkwaError } = require('./error.js')
const { Listeners, listening, tracings } = require('./events.js')
const { notPlain, textOrBytes, wrongType } = require('./json.js')
const { log } = require('./log.js')
const { bare, isPlain, own } = require('./object.js')
const { text, unknown } = require('./options.js')
const { INCOMPLETE, TOO_LARGE, readNode, readWeb, writeNode } = require('./receiver-io.js')

/** The largest body, unless the caller sets another limit. */
const MAX_BYTES = 256 * 1024
/** How many handled callbacks a receiver without an outbox remembers. */
const REMEMBERED = 100_000
/** When a callback may come again that another process is handling. */
const RETRY_AFTER_S = '10'
/** The status for what a guard refuses; for everything else it is 403. */
const REFUSED = { __proto__: null, credentials: 401, too_large: 413 }

const CLAIMS = ['new', 'repeat', 'busy']
const EVENT_KINDS = ['callback_accepted', 'callback_refused']
const contentType = { 'content-type': 'text/plain; charset=utf-8' }

const readers = {
  __proto__: null,
  guard: guardOf,
  outbox: outboxOf,
  acknowledgement: text,
  maxBytes: limit,
  onError: functionOf,
}

class CallbackReceiver {
  #handler
  #guard
  #once
  #acknowledgement
  #maxBytes
  #onError
  #listeners = new Listeners()
  /** The callbacks that are being handled, by their keys, with the promise of the answer. */
  #handling = new Map()

  constructor(handler, options) {
    const given = checked(() => {
      functionOf(handler, 'handler')
      return read(options)
    }, CallbackReceiver)
    this.#handler = handler
    this.#guard = given.guard
    this.#once = given.outbox ?? new Memory(REMEMBERED)
    this.#acknowledgement = given.acknowledgement ?? ''
    this.#maxBytes = given.maxBytes ?? MAX_BYTES
    this.#onError = given.onError ?? ((error) => console.error(error))
  }

  // Each is passed around without the receiver.

  on = (kind, listener) => this.#listeners.add(...checked(() => listening(kind, listener, EVENT_KINDS), this.on))

  node = async (request, response) => {
    // Without a listener, some runtimes throw the error of a client that goes away.
    request.on('error', () => {})
    const answer = await this.#answer({
      method: request.method,
      peer: request.socket.remoteAddress,
      headers: request.rawHeaders,
      length: lengthOf(request.headers['content-length']),
      read: (limit) => readNode(request, limit),
    })
    writeNode(request, response, answer)
  }

  fastify = async (scope) => {
    // Before Fastify reads the body.
    scope.addHook('onRequest', async (request, reply) => {
      reply.hijack()
      await this.node(request.raw, reply.raw)
    })
    scope.all('/', () => {})
  }

  fetch = async (request, options) => {
    const { status, headers, body } = await this.#answer({
      method: request.method,
      peer: options && own(options, 'peer'),
      headers: request.headers,
      length: lengthOf(request.headers.get('content-length')),
      read: (limit) => readWeb(request, limit),
    })
    return new Response(body === '' ? null : body, bare({ status, headers }))
  }

  handle = async (request) => {
    const { peer, headers, body } = bare(request)
    const given = textOrBytes(body)
    if (given === undefined) throw wrongBody(body)
    const length = Buffer.byteLength(given)
    const answer = await this.#answer({ method: 'POST', peer, headers, length, read: () => given })
    // Copies that came at once have the same one.
    return { ...answer, headers: { ...answer.headers } }
  }

  /** The answer to a request. It is never rejected. */
  async #answer({ method, peer, headers, length, read }) {
    if (method !== 'POST') return refuse(405, 'not a POST', { allow: 'POST' })
    try {
      const refused = this.#refusal(peer, headers, length)
      if (refused) return refused
      const body = length > this.#maxBytes ? TOO_LARGE : await read(this.#maxBytes)
      if (body === TOO_LARGE) {
        this.#checked(undefined, 'too_large')
        return refuse(413, `more than ${this.#maxBytes} bytes`)
      }
      if (body === INCOMPLETE) return refuse(400, 'the body is incomplete')
      // The length of a body in chunks was not known before.
      const actual = Buffer.byteLength(body)
      const tooLong = actual === length ? undefined : this.#refusal(peer, headers, actual)
      return tooLong ?? (await this.#receive(body))
    } catch (error) {
      return this.#failed('the request could not be read', error)
    }
  }

  /** The answer to a request that the guard refuses. */
  #refusal(peer, headers, length) {
    if (this.#guard === null) return undefined
    const { ok, refusal } = this.#guard.check(peer, headers, length)
    if (ok) return undefined
    this.#checked(undefined, refusal)
    const status = REFUSED[refusal] ?? 403
    return refuse(status, refusal, status === 401 ? { 'www-authenticate': 'Basic realm="callbacks"' } : {})
  }

  /** Reports that a callback is accepted, or why it is refused. */
  #checked(callback, verdict) {
    if (!this.#listeners.isEmpty) {
      const refused = verdict === 'accepted' ? undefined : { refusal: verdict }
      const kind = refused === undefined ? 'callback_accepted' : 'callback_refused'
      this.#listeners.report({ kind, timestampMs: Date.now(), ...refused })
    }
    tracings.get(this)?.checked(callback, verdict)
  }

  #receive(body) {
    let callback
    try {
      callback = parseCallback(body)
    } catch (error) {
      if (!(error instanceof LinkwaError)) throw error
      this.#checked(undefined, 'invalid')
      // The text has names of fields, which may be anything.
      return refuse(400, `invalid at byte ${error.position}`, contentType, error.message)
    }
    this.#checked(callback, 'accepted')
    const { key } = callback
    // A copy that comes meanwhile gets the same answer.
    let answer = this.#handling.get(key)
    if (answer === undefined) {
      answer = this.#handle(callback).finally(() => this.#handling.delete(key))
      this.#handling.set(key, answer)
    }
    return answer
  }

  async #handle(callback) {
    let claimed
    try {
      claimed = await this.#once.claim(callback)
      if (!CLAIMS.includes(claimed)) throw wrongType('the result of claim()', `one of ${CLAIMS.join(', ')}`, claimed)
    } catch (error) {
      return this.#failed('it could not be claimed', error, callback)
    }
    if (claimed === 'busy') {
      return refuse(503, 'another process handles it', { 'retry-after': RETRY_AFTER_S })
    }
    if (claimed === 'repeat') return this.#accept('repeated')
    let step = 'the handler failed'
    try {
      const handle = () => this.#handler.call(undefined, callback)
      const tracing = tracings.get(this)
      await (tracing === undefined ? handle() : tracing.handling(callback, handle))
      step = 'it could not be recorded'
      await this.#once.apply(callback)
    } catch (error) {
      const answer = this.#failed(step, error, callback)
      await this.#release(callback)
      return answer
    }
    return this.#accept('handled')
  }

  /** Lets the callback come again at once. If that fails, it is free when its claim ends. */
  async #release(callback) {
    try {
      await this.#once.release(callback)
    } catch (error) {
      this.#failed('it could not be released', error, callback)
    }
  }

  #accept(what) {
    log('debug', `callback ${what}`)
    const body = this.#acknowledgement
    return { status: 200, headers: body === '' ? {} : contentType, body }
  }

  /** An error of the caller's code, which the gateway cannot help: it posts the callback again. */
  #failed(why, error, callback) {
    this.#report(error, callback)
    log('error', `callback answered with 500: ${why}`)
    return { status: 500, headers: {}, body: '' }
  }

  async #report(error, callback) {
    try {
      await this.#onError.call(undefined, error, callback)
    } catch (thrown) {
      warn(thrown)
    }
  }
}

/** Remembers handled callbacks in this process, in place of an outbox. The oldest are forgotten. */
class Memory {
  #keys = new Set()
  #size

  constructor(size) {
    this.#size = size
  }

  claim({ key }) {
    return this.#keys.has(key) ? 'repeat' : 'new'
  }

  apply({ key }) {
    this.#keys.add(key)
    if (this.#keys.size > this.#size) this.#keys.delete(this.#keys.values().next().value)
  }

  release() {}
}

/** An answer other than 200. `why` is for the log, and repeats nothing of the request. */
function refuse(status, why, headers = {}, body = '') {
  log('warn', `callback answered with ${status}: ${why}`)
  return { status, headers, body }
}

/** The length that a request declares, 0 for none. */
function lengthOf(header) {
  return /^\d+$/.test(header) ? Math.min(Number(header), Number.MAX_SAFE_INTEGER) : 0
}

/** The options that are set, each read once and checked for its type. */
function read(options) {
  if (!isPlain(options)) throw notPlain('options', options)
  const given = bare()
  for (const name of Object.keys(options)) {
    if (!(name in readers)) throw unknown('options', name, Object.keys(readers))
    const value = options[name]
    if (value !== undefined) given[name] = readers[name](value, `options.${name}`)
  }
  // Whether everyone is believed must not depend on a forgotten option.
  if (given.guard === undefined) guardOf(undefined, 'options.guard')
  return given
}

function guardOf(value, name) {
  if (value === null || typeof value?.check === 'function') return value
  throw wrongType(name, 'a CallbackGuard, or null to believe everyone', value)
}

function outboxOf(value, name) {
  for (const method of ['claim', 'apply', 'release']) {
    if (typeof value?.[method] !== 'function') throw wrongType(name, `an object with ${method}()`, value)
  }
  return value
}

function functionOf(value, name) {
  if (typeof value !== 'function') throw wrongType(name, 'a function', value)
  return value
}

function limit(value, name) {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`${name} must be a whole number above 0`)
  return value
}

module.exports = { CallbackReceiver }
