'use strict'

const { clearTimeout, setTimeout } = require('node:timers')
const binding = require('./binding.js')
const { onAbort, reasonOf } = require('./completions.js')
const { errorOf } = require('./error.js')
const { kindOf } = require('./json.js')
const { log } = require('./log.js')

// Many sends through an outbox: those of a list, and those that wait in it.

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000
/** How often a message is sent in all while the gateway answers HTTP 429. */
const SENDS_WHEN_BUSY = 10
/** The longest time of a timer. */
const LONGEST_TIMER_MS = 0x7fffffff

/** Says when the next send may begin: at a rate, and after pauses. */
class Pacer {
  #intervalMs
  #nextMs = 0
  #pauseMs = 0
  #pausedUntilMs = 0

  constructor(rate) {
    if (rate !== undefined && !(rate > 0 && rate < Infinity)) {
      throw new TypeError('options.rate must be a number of messages per second above 0')
    }
    this.#intervalMs = rate === undefined ? 0 : 1000 / rate
  }

  /** Takes the next slot, and returns how many milliseconds away it is. */
  slot() {
    const now = performance.now()
    const at = Math.max(now, this.#nextMs)
    this.#nextMs = at + this.#intervalMs
    return at - now
  }

  /** Pauses after a send that can be tried again; longer each time, until one ends otherwise. */
  note(error) {
    if (error?.disposition !== 'retry') {
      this.#pauseMs = 0
      return
    }
    const now = performance.now()
    // Sends that were under way together count once.
    if (now < this.#pausedUntilMs) return
    this.#pausedUntilMs = now + Math.max(this.longer(), (error.retryAfter ?? 0) * 1000)
    this.#nextMs = Math.max(this.#nextMs, this.#pausedUntilMs)
  }

  /** The length of the next pause. */
  longer() {
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2))
    return this.#pauseMs
  }
}

/** Waits that can all be ended. */
class Waits {
  #wakes = new Set()
  #isOver = false

  end() {
    this.#isOver = true
    for (const wake of this.#wakes) wake()
  }

  /** Also resolves if the waits are ended. */
  sleep(ms) {
    if (this.#isOver || ms <= 0) return undefined
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

/** The entries of a list of messages, in the order in which they end. */
class OutboxRun {
  #entryOf
  #iterable
  #iterator
  #concurrency
  #pacer
  #signal
  #waits = new Waits()
  #progress = { sent: 0, repeated: 0, failed: 0, inDoubt: 0 }
  #ended = []
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
  #wake
  #results

  constructor(items, entryOf, { concurrency, rate, signal }) {
    if (typeof items?.[Symbol.asyncIterator] !== 'function' && typeof items?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`items must be an iterable or async iterable of objects, not ${kindOf(items)}`)
    }
    this.#iterable = items
    this.#entryOf = entryOf
    this.#concurrency = concurrency
    this.#pacer = new Pacer(rate)
    this.#signal = signal
    this.#results = this.#begin()
  }

  get progress() {
    return { ...this.#progress }
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

  async *#begin() {
    const signal = this.#signal
    if (signal?.aborted) this.stop()
    const unwatch = signal === undefined ? undefined : onAbort(signal, () => this.stop())
    try {
      while (true) {
        this.#fill()
        if (this.#ended.length > 0) yield this.#count(this.#ended.shift())
        else if (this.#underWay > 0 || (this.#isReading && !this.#isStopped && !this.#isClosed)) await this.#change()
        else break
      }
      if (this.#failure !== undefined) throw this.#failure.error
      if (signal?.aborted && (this.#isCut || !this.#isSourceOver)) {
        throw errorOf(binding.cancelledBefore(''), undefined, reasonOf(signal))
      }
    } finally {
      this.stop()
      while (this.#underWay > 0) await this.#change()
      for (const entry of this.#ended) this.#count(entry)
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
    else this.#work(value)
  }

  async #work(item) {
    this.#underWay += 1
    try {
      const entry = await this.#send(item)
      if (entry !== undefined) this.#ended.push(entry)
    } catch (error) {
      this.#fail(error)
    }
    this.#underWay -= 1
    this.#wake?.()
  }

  async #send(item) {
    let entry
    for (let sends = 0; sends < SENDS_WHEN_BUSY; sends += 1) {
      await this.#waits.sleep(this.#pacer.slot())
      if (this.#isStopped) break
      entry = await this.#entryOf(item)
      this.#pacer.note(entry.error)
      if (!isBusy(entry.error)) break
    }
    if (entry === undefined) this.#isCut = true
    return entry
  }

  #fail(error) {
    this.#failure ??= { error }
    this.#isClosed = true
  }

  #count(entry) {
    const { result, error } = entry
    const kind = error === undefined ? (result.repeat ? 'repeated' : 'sent') : 'failed'
    this.#progress[error?.outcome === 'unknown' ? 'inDoubt' : kind] += 1
    if (error?.reason === 'cancelled') this.#isCut = true
    if (isNotRetryable(error)) this.stop()
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

function isBusy(error) {
  return error?.code === 'rejected' && error.disposition === 'retry'
}

/** Whether every other send would end so, too. */
function isNotRetryable(error) {
  if (error === undefined) return false
  return error.code === 'invalid_config' || error.reason === 'closed' || [401, 403].includes(error.httpStatus)
}

/** Sends what waits in an outbox, until the signal aborts. `send` returns the error of a send. */
async function runPending(outbox, send, { concurrency, rate, pollMs, signal }) {
  const pacer = new Pacer(rate)
  const waits = new Waits()
  let isOver = signal?.aborted ?? false
  const unwatch =
    signal === undefined
      ? undefined
      : onAbort(signal, () => {
          isOver = true
          waits.end()
        })
  let final
  const sendNext = async (refId) => {
    await waits.sleep(pacer.slot())
    if (isOver || final !== undefined) return
    const error = await send(refId)
    pacer.note(error)
    if (isNotRetryable(error)) final ??= error
  }
  try {
    for (let isFirst = true; !isOver; isFirst = false) {
      let refIds
      try {
        refIds = await outbox.pending(concurrency)
      } catch (error) {
        if (isFirst) throw error
        log('warn', 'the outbox cannot use its database; it tries again')
        await waits.sleep(pacer.longer())
        continue
      }
      // All end before an error is thrown.
      for (const { reason } of await Promise.allSettled(refIds.map(sendNext))) if (reason !== undefined) throw reason
      if (final !== undefined) throw final
      if (refIds.length === 0) await waits.sleep(pollMs)
    }
  } finally {
    unwatch?.()
  }
}

module.exports = { OutboxRun, runPending }
