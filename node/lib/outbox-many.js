'use strict'

const { clearTimeout, setTimeout } = require('node:timers')
const binding = require('./binding.js')
const { call } = require('./call.js')
const { onAbort, reasonOf } = require('./completions.js')
const { LinkwaError, errorOf } = require('./error.js')
const { kindOf } = require('./json.js')
const { log } = require('./log.js')

// Many sends through an outbox: those of a list, and those that wait in it.

/** The longest time of a timer. */
const LONGEST_TIMER_MS = 0x7fffffff

/** Waits that can all be ended. */
class Waits {
  #wakes = new Set()
  areOver = false

  end() {
    this.areOver = true
    for (const wake of this.#wakes) wake()
  }

  /** Also resolves if the waits are ended. */
  sleep(ms) {
    if (this.areOver || ms <= 0) return undefined
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#wakes.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.min(Math.ceil(ms), LONGEST_TIMER_MS))
      this.#wakes.add(wake)
    })
  }
}

/** What is recorded of an error, as the addon takes it. */
function outcomeOf(error) {
  const { code, outcome, reason, httpStatus, resultCode, description, translatedDescription, retryAfter, findings } =
    error
  const recorded = { code, outcome, reason, httpStatus, resultCode, description, translatedDescription, retryAfter }
  return JSON.stringify({ error: { ...recorded, findings } })
}

/** The error of a send with this reference whose database failed with `error`. */
function storeErrorOf(refId, error) {
  if (error instanceof LinkwaError) return error
  return errorOf(binding.outboxStoreFailed(refId, `${error?.message} ${error?.code}`), undefined, error)
}

/** Waits for a slot. False if the waits are over before. */
async function takeSlot(pacer, waits) {
  let left = pacer.slot()
  for (;;) {
    await waits.sleep(left)
    if (waits.areOver) return false
    left = pacer.slotAfterWait()
    if (left === 0) return true
  }
}

/**
 * Waits for a slot and calls `send`; repeats that while the gateway is busy. Returns what `send` returned last (nothing if the waits
 * ended first), and what the run does next: `done`, `again` or `end`.
 */
async function paced(pacer, waits, send) {
  let ended
  let follows = 'done'
  for (let sends = 1; ; sends += 1) {
    if (!(await takeSlot(pacer, waits))) break
    ended = await send()
    const outcome = ended.error === undefined ? undefined : outcomeOf(ended.error)
    follows = call((...args) => pacer.note(...args), [outcome, sends], paced)
    if (follows !== 'again') break
  }
  return { ended, follows }
}

/** The entries of a list of messages, in the order in which they end. */
class OutboxRun {
  #entryOf
  #iterable
  #iterator
  #concurrency
  #pacer
  #signal
  /** Looks at the database before the first item. */
  #look
  #waits = new Waits()
  #progress = { sent: 0, repeated: 0, failed: 0, inDoubt: 0 }
  #ended = []
  /** The number of items that were taken. */
  #taken = 0
  #underWay = 0
  #isReading = false
  #isStopped = false
  /** Whether no more items are taken. Those that were are sent. */
  #isClosed = false
  #isSourceOver = false
  /** Whether an item was taken and not sent, or its send was cancelled. */
  #isCut = false
  /** The first error that is not of a message: it ends the run. */
  #failure
  #endedBy
  #wake
  #results

  constructor(items, entryOf, { concurrency, rate, signal, pacer, look }) {
    if (typeof items?.[Symbol.asyncIterator] !== 'function' && typeof items?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`items must be an iterable or async iterable of objects, not ${kindOf(items)}`)
    }
    this.#iterable = items
    this.#entryOf = entryOf
    this.#concurrency = concurrency
    this.#pacer = pacer ?? call(binding.outboxPacer, [concurrency, rate], OutboxRun)
    this.#signal = signal
    this.#look = look
    this.#results = this.#begin()
  }

  get progress() {
    return { ...this.#progress }
  }

  get endedBy() {
    return this.#endedBy
  }

  stop() {
    this.#isStopped = true
    this.#waits.end()
    this.#wake?.()
  }

  next() {
    return this.#results.next()
  }

  return(value) {
    this.stop()
    return this.#results.return(value)
  }

  [Symbol.asyncIterator]() {
    return this
  }

  /** `await` on a run would send nothing. It calls this method, which reports the mistake. */
  // biome-ignore lint/suspicious/noThenProperty: that `await` fails is what it is for
  then() {
    throw new TypeError('sendMany() gives a run and not a promise: nothing is sent until you read it with `for await`')
  }

  async *#begin() {
    const signal = this.#signal
    if (signal?.aborted) this.stop()
    const unwatch = signal === undefined ? undefined : onAbort(signal, () => this.stop())
    try {
      if (!this.#isStopped) await this.#look?.()
      while (true) {
        this.#fill()
        if (this.#ended.length > 0) yield this.#count(this.#ended.shift())
        else if (this.#underWay > 0 || (this.#isReading && !this.#isStopped && !this.#isClosed)) await this.#change()
        else break
      }
      if (this.#failure !== undefined) throw this.#failure.error
      if (signal?.aborted && (this.#isCut || !this.#isSourceOver)) {
        throw errorOf(binding.outboxRunCancelled(), undefined, reasonOf(signal))
      }
    } finally {
      this.stop()
      while (this.#underWay > 0) await this.#change()
      for (const ended of this.#ended) this.#count(ended)
      unwatch?.()
      await this.#close()
    }
  }

  #change() {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  get #reads() {
    return !this.#isStopped && !this.#isClosed && !this.#isSourceOver && !this.#isReading
  }

  /** Begins sends, also in place of those whose entries have not been read yet, so that a slow reader reads little ahead. */
  #fill() {
    while (this.#reads && this.#underWay + this.#ended.length < this.#concurrency) {
      try {
        this.#iterator ??= (this.#iterable[Symbol.asyncIterator] ?? this.#iterable[Symbol.iterator]).call(
          this.#iterable,
        )
        const next = this.#iterator.next()
        if (typeof next?.then !== 'function') this.#take(next)
        else this.#read(next)
      } catch (error) {
        this.#isSourceOver = true
        this.#fail(error)
      }
    }
  }

  async #read(next) {
    this.#isReading = true
    try {
      this.#take(await next)
    } catch (error) {
      this.#isSourceOver = true
      this.#fail(error)
    }
    this.#isReading = false
    this.#wake?.()
  }

  #take({ done, value }) {
    if (done) this.#isSourceOver = true
    else this.#work(value, this.#taken++)
  }

  async #work(item, index) {
    this.#underWay += 1
    try {
      const { ended, follows } = await paced(this.#pacer, this.#waits, () => this.#entryOf(item, index))
      if (ended === undefined) this.#isCut = true
      else this.#ended.push({ entry: ended, follows })
    } catch (error) {
      this.#fail(error)
    }
    this.#underWay -= 1
    this.#wake?.()
  }

  #fail(error) {
    this.#failure ??= { error }
    this.#isClosed = true
  }

  #count({ entry, follows }) {
    const { result, error } = entry
    const kind = error === undefined ? (result.repeat ? 'repeated' : 'sent') : 'failed'
    this.#progress[error?.outcome === 'unknown' ? 'inDoubt' : kind] += 1
    if (error?.reason === 'cancelled') this.#isCut = true
    if (follows === 'end') {
      this.#endedBy ??= error
      this.stop()
    }
    return entry
  }

  async #close() {
    if (this.#iterator === undefined || this.#isSourceOver) return
    const returned = this.#iterator.return?.()
    // An iterator that is running may never end.
    if (this.#isReading) Promise.resolve(returned).catch(() => {})
    else await returned
  }
}

if (Symbol.asyncDispose) {
  Object.defineProperty(OutboxRun.prototype, Symbol.asyncDispose, {
    value: async function dispose() {
      await this.return()
    },
    writable: true,
    configurable: true,
  })
}

/** Sends what waits in an outbox, until the signal aborts. `send` gives the error of a send. */
async function runPending(outbox, send, { concurrency, rate, pollMs, signal }) {
  const pacer = call(binding.outboxPacer, [concurrency, rate, pollMs], runPending)
  const waits = new Waits()
  const underWay = new Set()
  async function* waiting() {
    for (let isFirst = true; !waits.areOver; isFirst = false) {
      let pause = pollMs
      try {
        for (const refId of await outbox.pending(concurrency + underWay.size)) {
          if (underWay.has(refId)) continue
          pause = 0
          underWay.add(refId)
          yield refId
        }
      } catch (error) {
        if (isFirst) throw storeErrorOf('', error)
        log('warn', 'the outbox cannot use its database; it tries again')
        pause = pacer.failed()
      }
      await waits.sleep(pause)
    }
  }
  const refIds = waiting()
  const entryOf = async (refId) => ({ refId, result: {}, error: await send(refId) })
  const run = new OutboxRun(refIds, entryOf, { concurrency, pacer })
  const stop = () => {
    waits.end()
    run.stop()
  }
  const unwatch = signal === undefined ? undefined : onAbort(signal, stop)
  if (signal?.aborted) stop()
  try {
    for await (const { refId } of run) underWay.delete(refId)
    if (run.endedBy !== undefined) throw run.endedBy
  } finally {
    unwatch?.()
    waits.end()
    // It may be using the database.
    await refIds.return()
  }
}

module.exports = { OutboxRun, outcomeOf, runPending, storeErrorOf }
