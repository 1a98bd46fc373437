'use strict'

const binding = require('./binding.js')
const { call, checked, isFailure } = require('./call.js')
const { windowOf } = require('./care.js')
const { reasonOf } = require('./completions.js')
const { InvalidRequest, LinkwaError, errorOf } = require('./error.js')
const { notPlain, wrongType } = require('./json.js')
const { log } = require('./log.js')
const { resultOf, wireMessages } = require('./messages.js')
const { bare, isPlain, membersOf, own, take } = require('./object.js')
const { callOptions, count, number, read, sendOptions, signal, text } = require('./options.js')
const { OutboxRun, outcomeOf, runPending, storeErrorOf } = require('./outbox-many.js')
const { PostgresStore, SqliteStore } = require('./outbox-stores.js')
const { raw } = require('./raw.js')
const { stateOf } = require('./tracker.js')

/** How long a send must be in doubt to be listed, and how long a claim of a callback lasts. */
const FIVE_MINUTES_MS = 300_000

class Outbox {
  #client
  #store
  #scripts

  constructor(client, store, options) {
    const { prefix = 'linkwa_' } = checked(() => {
      if (!['build', 'send', 'sendRaw'].every((verb) => typeof client?.[verb] === 'function')) {
        throw wrongType('client', 'a Client', client)
      }
      if (typeof store?.run !== 'function') throw wrongType('store', 'a SqliteStore or a PostgresStore', store)
      return read({ prefix: text }, options, 'options')
    }, Outbox)
    this.#client = client
    this.#store = store
    this.#scripts = call(binding.outboxScripts, [store.dialect, prefix], Outbox)
  }

  async send(to, message, options) {
    return this.#sendPrepared(prepare(this.#client, to, message, options))
  }

  sendMany(items, options) {
    return checked(() => {
      if (options !== undefined && !isPlain(options)) throw notPlain('options', options)
      const given = bare(options)
      if (given.refId !== undefined) throw new TypeError('options.refId: each item has its own')
      const { extra, signal: watched } = sendOptions(given, { concurrency: count, rate: number })
      take(given, ['concurrency', 'rate'])
      // A database without tables, for example, would refuse each item.
      const look = async () => {
        try {
          await this.pending(1)
        } catch (error) {
          throw storeErrorOf('', error)
        }
      }
      return new OutboxRun(items, (item, index) => this.#entry(item, index, given), {
        ...runOptions({ ...extra, signal: watched }),
        look,
      })
    }, Outbox.prototype.sendMany)
  }

  async run(options) {
    await runPending(this, (refId) => errorIn(this.sendPending(refId)), runOptions(options))
  }

  enqueue(transaction, to, message, options) {
    const { json } = checked(() => {
      given(transaction)
      return prepare(this.#client, to, message, options)
    }, Outbox.prototype.enqueue)
    const script = made(this.#scripts.enqueue(json))
    return later(this.#store.run(script, transaction), ({ kind }) => kind === 'new')
  }

  async pending(limit = 100) {
    return (await this.#run(this.#scripts.pending(count(limit, 'limit')))).refIds
  }

  async sendPending(refId, options) {
    const { signal } = callOptions(options)
    refuseAborted(text(refId, 'refId'), signal)
    const reply = await this.#begin(refId, this.#scripts.sendPending(refId))
    if (reply.kind === 'repeat') return resultOf(reply.result)
    return this.#send(refId, reply.attempt, () => this.#client.sendRaw(reply.request, options))
  }

  apply(callback, transaction) {
    const apply = () => {
      const script = made(this.#scripts.apply(rawOf(callback, Outbox.prototype.apply)))
      return later(this.#store.run(script, transaction), ({ kind }) => kind === 'new')
    }
    return transaction === undefined ? (async () => apply())() : apply()
  }

  async claim(callback, options) {
    const { leaseMs = FIVE_MINUTES_MS } = read({ leaseMs: period }, options, 'options')
    const { kind } = await this.#run(this.#scripts.claim(rawOf(callback, Outbox.prototype.claim), leaseMs))
    return kind === 'seen' ? 'repeat' : kind
  }

  async release(callback) {
    await this.#run(this.#scripts.release(rawOf(callback, Outbox.prototype.release)))
  }

  async status(refId) {
    const { statuses } = await this.#run(this.#scripts.status(text(refId, 'refId')))
    return statuses.map(statusOf)[0]
  }

  async inDoubt(options) {
    const readers = { olderThanMs: period, limit: count }
    const { olderThanMs = FIVE_MINUTES_MS, limit = 1000 } = read(readers, options, 'options')
    return (await this.#run(this.#scripts.inDoubt(olderThanMs, limit))).statuses.map(statusOf)
  }

  async settle(refId, outcome) {
    if (outcome !== 'accepted' && outcome !== 'not_sent') {
      throw new TypeError("outcome must be 'accepted' or 'not_sent'")
    }
    await this.#run(this.#scripts.settle(text(refId, 'refId'), outcome === 'accepted'))
  }

  async prune(olderThanMs) {
    return (await this.#run(this.#scripts.prune(period(olderThanMs, 'olderThanMs')))).count
  }

  async window(user, business) {
    const number = business === undefined ? undefined : text(business, 'business')
    return windowOf((await this.#run(this.#scripts.window(text(user, 'user'), number))).window)
  }

  async createSchema() {
    await this.#run(this.#scripts.createSchema())
  }

  schema() {
    return this.#scripts
      .schema()
      .map((statement) => `${statement};\n`)
      .join('')
  }

  async transaction(work) {
    if (typeof work !== 'function') throw wrongType('work', 'a function', work)
    return this.#store.transaction(work)
  }

  async #entry(item, index, options) {
    const place = `items[${index}]`
    if (typeof item !== 'object' || item === null) throw wrongType(place, 'an object', item)
    const { destination, message, refId } = item
    const entry = { refId: text(refId, `${place}.refId`), destination: text(destination, `${place}.destination`) }
    let prepared
    try {
      prepared = prepare(this.#client, destination, message, { ...options, refId })
    } catch (error) {
      if (error instanceof TypeError) error.message = `${place}: ${error.message}`
      if (!(error instanceof InvalidRequest)) throw error
      await this.#record(refId, (outcome) => this.#scripts.recordInvalid(refId, outcome), outcomeOf(error))
      return { ...entry, result: undefined, error }
    }
    let result
    const error = await errorIn(
      this.#sendPrepared(prepared).then((sent) => {
        result = sent
      }),
    )
    return { ...entry, result, error }
  }

  async #sendPrepared({ refId, json, signal, to, messages, options }) {
    refuseAborted(refId, signal)
    const reply = await this.#begin(refId, this.#scripts.send(json))
    if (reply.kind === 'repeat') return resultOf(reply.result)
    return this.#send(refId, reply.attempt, () => this.#client.send(to, messages, options))
  }

  async #run(script) {
    return membersOf(await this.#store.run(made(script)))
  }

  /** The reply of the script that a send begins with. Only when it is there, the row is committed. */
  async #begin(refId, begun) {
    const script = made(begun)
    try {
      return membersOf(await this.#store.run(script))
    } catch (error) {
      throw storeErrorOf(refId, error)
    }
  }

  /** Sends, and records the outcome. A row whose outcome is not recorded is in doubt. */
  async #send(refId, attempt, send) {
    const record = (outcome) => this.#scripts.record(refId, attempt, outcome)
    let result
    try {
      result = await send()
    } catch (error) {
      // Any other error is not of this library, and says nothing of the message.
      if (error instanceof LinkwaError) await this.#record(refId, record, outcomeOf(error))
      throw error
    }
    await this.#record(refId, record, JSON.stringify({ result }))
    return result
  }

  async #record(refId, script, outcome) {
    try {
      await this.#run(script(outcome))
    } catch (error) {
      // Drivers repeat values in their messages.
      const code = own(error, 'code')
      const why = typeof code === 'string' ? ` (${code})` : ''
      log('warn', `the outbox could not record the outcome of ${refId}: its database failed${why}`)
    }
  }
}

/** A request as it is now, whatever the caller changes while a transaction runs. */
function prepare(client, to, message, options) {
  if (!isPlain(options)) throw notPlain('options', options)
  const copy = bare(options)
  const refId = text(copy.refId, 'options.refId')
  const messages = wireMessages(message, 'message').map(({ json, isRaw }) => (isRaw ? raw(json) : JSON.parse(json)))
  const destinations = Array.isArray(to) ? [...to] : to
  const json = client.build(destinations, messages, copy)
  return { refId, json, signal: copy.signal, to: destinations, messages, options: copy }
}

/** The options of a run of many sends, with their defaults. */
function runOptions(options) {
  const given = read({ concurrency: count, rate: number, pollMs: number, signal }, options, 'options')
  const { concurrency = 16, rate, pollMs = 1000, signal: watched } = given
  return { concurrency, rate, pollMs, signal: watched }
}

/** Milliseconds. What is not a number must not become 0: a record that is pruned does not prevent a second send. */
function period(value, name) {
  if (!(number(value, name) >= 0)) throw new TypeError(`${name} must be at least 0`)
  return value
}

function refuseAborted(refId, watched) {
  if (watched?.aborted) throw errorOf(binding.cancelledBefore(refId), undefined, reasonOf(watched))
}

/** The error of this library with which a promise is rejected; `undefined` if it is resolved. */
async function errorIn(promise) {
  try {
    await promise
    return undefined
  } catch (error) {
    if (error instanceof LinkwaError) return error
    throw error
  }
}

/** A script of the addon, unless it is an error. */
function made(script) {
  if (isFailure(script)) throw errorOf(script)
  return script
}

/** A promise of what becomes of a value, which may be there already. */
function later(value, become) {
  return value instanceof Promise ? value.then(become) : Promise.resolve(become(value))
}

function given(transaction) {
  if (transaction === undefined || transaction === null) {
    throw wrongType('transaction', 'the connection in which your transaction runs', transaction)
  }
}

function rawOf(callback, verb) {
  return checked(() => {
    const json = isPlain(callback) ? own(callback, 'raw') : undefined
    if (typeof json !== 'string') throw wrongType('callback', 'an EventReport or a ReceivedMessage', callback)
    return json
  }, verb)
}

/** Every status has every member. */
function statusOf(native) {
  const { refId, state, result, errorObject, attempts, createdAtMs, changedAtMs, messages } = membersOf(native)
  return {
    refId,
    state,
    result: result === undefined ? undefined : resultOf(result),
    error: errorObject === undefined ? undefined : errorOf(errorObject),
    attempts,
    createdAt: new Date(createdAtMs),
    changedAt: new Date(changedAtMs),
    messages: messages.map(stateOf),
  }
}

module.exports = { Outbox, PostgresStore, SqliteStore }
