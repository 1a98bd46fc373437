'use strict'

const { clearTimeout, setImmediate, setTimeout } = require('node:timers')
const binding = require('./binding.js')
const { completions, enter, hold, leave, newId, onAbort, reasonOf, release } = require('./completions.js')
const { errorOf, internalError, stackAt } = require('./error.js')
const { checkedAt, isFailure } = require('./call.js')
const { kindOf } = require('./json.js')
const { membersOf, own } = require('./object.js')
const { resultOf, wireMessages } = require('./messages.js')

/** How long a run may block the event loop. */
const LONGEST_TURN_MS = 5

/** The results of a run, in the order in which requests end. */
class SendMany {
  #run
  #id
  #place
  #signal
  #isAborted = false
  /** Whether the signal ended a request that had begun. */
  #isCut = false
  #source
  #messageOf
  #results
  /** The first error of the caller's iterator, which ends the run. */
  #callerError
  /** The reasons why messages were not made, in the order of their chunks. */
  #causes = []
  #isMaking = false
  #wake
  #turnEnds = 0

  constructor(run, { id, place, signal, source, messageOf }) {
    this.#run = run
    this.#id = id
    this.#place = place
    this.#signal = signal
    this.#source = source
    this.#messageOf = messageOf
    this.#results = this.#begin()
  }

  get refId() {
    return this.#run.refId()
  }

  get progress() {
    const { sent, failed, unknown, underWay, skipped, perSecond, waiting } = this.#run.progress()
    return { sent, failed, unknown, underWay, skipped, perSecond, waiting }
  }

  checkpoint() {
    return this.#run.checkpoint()
  }

  stop() {
    this.#run.stop()
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
    const message = 'sendMany() gives a run and not a promise: nothing is sent until you read it with `for await`'
    throw stackAt(new TypeError(message), this.#place)
  }

  async *#begin() {
    const signal = this.#signal
    let unwatch
    if (signal?.aborted) this.#isAborted = true
    else if (signal !== undefined) unwatch = onAbort(signal, () => this.#abort())
    try {
      if (!this.#isAborted) {
        for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk
      }
      if (this.#callerError !== undefined) throw this.#callerError.error
      if (this.#isAborted && !this.#isWhole()) {
        throw errorOf(this.#run.cancelledError(), this.#place, reasonOf(signal))
      }
    } finally {
      await this.#end(unwatch)
    }
  }

  /** Whether all destinations were handled, so that the signal came too late. */
  #isWhole() {
    const { sent, failed, unknown, skipped } = this.#run.progress()
    return !this.#isCut && this.#source.isOver && sent + failed + unknown + skipped === this.#source.count
  }

  /** Waits for requests that have begun, so that their outcomes are known. */
  async #end(unwatch) {
    try {
      this.stop()
      while ((await this.#next()) !== undefined);
    } finally {
      unwatch?.()
      await this.#close()
    }
  }

  /** An earlier error takes precedence over an exception of the caller's iterator at its end, as in `for await`. */
  async #close() {
    try {
      await this.#source.close()
    } catch (error) {
      if (this.#callerError === undefined && !this.#isAborted) throw error
    }
  }

  #abort() {
    this.#isAborted = true
    this.#run.cancel()
    this.#wake?.()
  }

  /** The next result; `undefined` at the end. */
  async #next() {
    for (;;) {
      if (performance.now() > this.#turnEnds) await this.#turn()
      const step = this.#step()
      if (step.kind === 'done') return undefined
      // Also while there are results to read, so that a slow reader does not leave connections idle.
      const isFed = this.#feed(step)
      if (step.kind === 'chunk') {
        if (step.destinations.length > 0) return this.#chunk(step)
        // The run as a whole stops; this is the last error.
        this.#fail(errorOf(step.errorObject, this.#place))
        continue
      }
      if (isFed) continue
      await this.#change(step.waitMs)
      this.#turnEnds = performance.now() + LONGEST_TURN_MS
    }
  }

  /** Lets the event loop run: results may come as fast as they are read, and would block everything else. */
  async #turn() {
    await new Promise((resolve) => setImmediate(resolve))
    this.#turnEnds = performance.now() + LONGEST_TURN_MS
  }

  #step() {
    try {
      return membersOf(this.#run.step())
    } catch (error) {
      throw stackAt(internalError(error, 'unknown'), this.#place)
    }
  }

  #chunk({ index, refId, destinations, result, errorObject, messageFunctionFailed }) {
    if (errorObject === undefined) return { index, refId, destinations, result: resultOf(result), error: undefined }
    const isCut = this.#isAborted && own(errorObject, 'reason') === 'cancelled'
    if (isCut) this.#isCut = true
    const cause = messageFunctionFailed ? this.#causes.shift() : isCut ? reasonOf(this.#signal) : undefined
    return { index, refId, destinations, result: undefined, error: errorOf(errorObject, this.#place, cause) }
  }

  /** Hands over what the run asks for, or begins to fetch it. Returns whether it could hand over something. */
  #feed({ destinationsNeeded, wantsMessage }) {
    if (destinationsNeeded > 0 && !this.#source.isBusy) return this.#settle(() => this.#pull(destinationsNeeded))
    if (wantsMessage !== undefined && !this.#isMaking) return this.#settle(() => this.#make(wantsMessage))
    return false
  }

  /** Runs the caller's code; an exception, now or later, ends the run. */
  #settle(call) {
    try {
      const later = call()
      if (later === undefined) return true
      later.catch((error) => this.#fail(error)).then(() => this.#wake?.())
      return false
    } catch (error) {
      this.#fail(error)
      return true
    }
  }

  #fail(error) {
    this.#callerError ??= { error }
    this.#run.stop()
  }

  #pull(count) {
    const give = ({ destinations, isEnded }) => this.#run.give(destinations, isEnded)
    const taken = this.#source.take(count)
    return taken instanceof Promise ? taken.then(give) : give(taken)
  }

  /** An exception of the function is the error of its destination. */
  #make(destination) {
    const give = (message) => {
      const errorObject = this.#run.giveMessages(
        checkedAt(() => wireMessages(message, 'what message() gives'), this.#place),
      )
      if (errorObject) throw errorOf(errorObject, this.#place)
    }
    const fail = (error) => {
      this.#causes.push(error)
      this.#run.failMessages()
    }
    try {
      const message = this.#messageOf(destination)
      if (typeof message?.then !== 'function') return give(message)
      this.#isMaking = true
      return Promise.resolve(message)
        .then(give)
        .catch(fail)
        .finally(() => {
          this.#isMaking = false
        })
    } catch (error) {
      return fail(error)
    }
  }

  /** Waits until the next step of the run. */
  #change(waitMs) {
    return new Promise((resolve) => {
      // A wait for the caller's source alone does not keep the program alive.
      const isUnderWay = this.#run.progress().underWay > 0
      const timer = waitMs === undefined ? undefined : setTimeout(() => this.#wake?.(), Math.ceil(waitMs))
      if (isUnderWay) hold()
      const wake = () => {
        this.#wake = undefined
        clearTimeout(timer)
        leave(this.#id)
        if (isUnderWay) release()
        resolve()
      }
      this.#wake = wake
      // Only while a caller waits: an unreferenced run can be garbage-collected.
      enter({ ready: wake }, this.#id)
    })
  }
}

if (Symbol.asyncDispose) {
  Object.defineProperty(SendMany.prototype, Symbol.asyncDispose, {
    value: async function dispose() {
      await this.return()
    },
    writable: true,
    configurable: true,
  })
}

/** The caller's destinations. */
class Source {
  #iterable
  #iterator
  #isAsync
  #count = 0
  #isOver = false
  /** Whether it is running. */
  isBusy = false

  constructor(iterable) {
    const isIterable = typeof iterable === 'object' && iterable !== null
    this.#isAsync = isIterable && typeof iterable[Symbol.asyncIterator] === 'function'
    if (!this.#isAsync && !(isIterable && typeof iterable[Symbol.iterator] === 'function')) {
      throw new TypeError(`destinations must be an iterable or async iterable of strings, not ${kindOf(iterable)}`)
    }
    this.#iterable = iterable
  }

  /** The number of destinations so far. */
  get count() {
    return this.#count
  }

  /** Whether there are no more. */
  get isOver() {
    return this.#isOver
  }

  /** Up to this many destinations; a promise if the iterable is async. */
  take(count) {
    this.#iterator ??= this.#iterable[this.#isAsync ? Symbol.asyncIterator : Symbol.iterator]()
    return this.#isAsync ? this.#takeAsync(count) : this.#takeNow(count)
  }

  #takeNow(count) {
    const destinations = []
    while (destinations.length < count && !this.#isOver) {
      let next
      try {
        next = this.#iterator.next()
      } catch (error) {
        this.#isOver = true
        throw error
      }
      this.#add(destinations, next)
    }
    return { destinations, isEnded: this.#isOver }
  }

  async #takeAsync(count) {
    const destinations = []
    this.isBusy = true
    try {
      while (destinations.length < count && !this.#isOver) {
        this.#add(destinations, await this.#asked())
      }
    } finally {
      this.isBusy = false
    }
    return { destinations, isEnded: this.#isOver }
  }

  /** An iterator that throws has ended. */
  async #asked() {
    try {
      return await this.#iterator.next()
    } catch (error) {
      this.#isOver = true
      throw error
    }
  }

  #add(destinations, { done, value }) {
    if (done) {
      this.#isOver = true
      return
    }
    // A string with an unpaired surrogate is an invalid destination, which gets its own chunk, as does an item that is not a
    // string.
    destinations.push(typeof value === 'string' ? value.toWellFormed() : { found: kindOf(value) })
    this.#count += 1
  }

  /** Closes the iterator, because no more destinations are taken. */
  async close() {
    if (this.#iterator === undefined || this.#isOver) return
    this.#isOver = true
    const returned = this.#iterator.return?.()
    // An iterator that is running may never end.
    if (this.isBusy) Promise.resolve(returned).catch(() => {})
    else await returned
  }
}

/** A run on the addon's client that `sender` returns, with what delivers its events. */
function sendMany(sender, place, destinations, message, { given, run, signal }) {
  const source = new Source(destinations)
  const messageOf = typeof message === 'function' ? message : undefined
  const messages = messageOf === undefined ? wireMessages(message, 'message') : undefined
  const id = newId()
  const { native, event } = sender()
  // The addon says when the run can report nothing more.
  const events = event === undefined ? undefined : enter({ event, done: () => leave(events) })
  let begun
  try {
    begun = binding.beginMany(native, completions(), id, messages, given, run, events)
  } catch (error) {
    throw internalError(error, 'not_sent')
  }
  if (isFailure(begun)) throw errorOf(begun, place)
  return new SendMany(begun, { id, place, signal, source, messageOf })
}

module.exports = { sendMany }
