'use strict'

const { AsyncResource } = require('node:async_hooks')
const events = require('node:events')
const { setImmediate, setInterval } = require('node:timers')
const binding = require('./binding.js')
const { internalError } = require('./error.js')
const { bare, membersOf } = require('./object.js')

/** How long handling outcomes may block the event loop, and how many are taken at once. */
const LONGEST_TURN_MS = 5
const AT_ONCE = 64

// Promises and runs that wait for another thread, by the number under which that thread knows them.
const waiting = new Map()
let lastId = 0
let opened

// Objects that live as long as the process are made in the context in which this module was loaded. The context of the first send
// would keep the data of the caller's AsyncLocalStorage alive, and the logger would run in it.
const ours = new AsyncResource('linkwa')

/** The addon's queue, made on first use. */
function completions() {
  opened ??= ours.runInAsyncScope(binding.openCompletions, undefined, takeAll)
  return opened
}

/** Delivers outcomes. If there are very many, the event loop runs in between. */
function takeAll() {
  const until = performance.now() + LONGEST_TURN_MS
  do {
    let settled
    try {
      settled = opened
        .take(AT_ONCE)
        .flatMap((one) => (typeof one === 'string' ? JSON.parse(one).map(accepted) : membersOf(one)))
    } catch (error) {
      const failed = internalError(error, 'unknown')
      for (const entry of [...waiting.values()]) entry.failed?.(failed)
      return
    }
    for (const one of settled) notify(one)
    if (settled.length < AT_ONCE) return
  } while (performance.now() < until)
  setImmediate(takeAll)
}

/** A send that the gateway accepted, of which the addon writes only the values. */
function accepted([id, resultCode, attempts, refId, description, messageId, messageIds, pairs]) {
  const result = {
    refId,
    resultCode,
    description: description ?? undefined,
    messageId: messageId ?? undefined,
    messageIds,
    receipts: pairs.map(([destination, messageId]) => ({ destination, messageId })),
    warnings: [],
    attempts,
    repeat: false,
  }
  return { kind: 'sent', id, result, response: undefined, errorObject: undefined }
}

/** Delivers an outcome to the entry that waits for it. Code of the caller may run in it, and must not prevent the next delivery. */
function notify(one) {
  try {
    if (one.kind === 'log') logger?.(lineOf(one.line))
    else waiting.get(one.id)?.[one.kind]?.(one)
  } catch (error) {
    warn(error)
  }
}

/** A line of the log, with its fields in the names of this package. */
function lineOf({ level, message, timestampMs, fields }) {
  const named = Object.entries(JSON.parse(fields)).map(([name, value]) => [camel(name), value])
  return { level, message, timestampMs, fields: Object.fromEntries(named) }
}

const camel = (name) => name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())

function warn(error) {
  let warning = 'what the caller threw cannot be shown'
  try {
    warning = error instanceof Error ? error : String(error)
  } catch {
    // Any value can be thrown.
  }
  process.emitWarning(warning)
}

/** An unused number. */
function newId() {
  do {
    lastId = (lastId + 1) >>> 0
  } while (waiting.has(lastId))
  return lastId
}

/** Registers `entry` under this number: its member with the name of the event is called. */
function enter(entry, id = newId()) {
  waiting.set(id, bare(entry))
  return id
}

function leave(id) {
  waiting.delete(id)
}

let held = 0
let keeper

/** Keeps the event loop alive, until `release` has been called as often. */
function hold() {
  held += 1
  if (held > 1) return
  if (keeper === undefined) keeper = ours.runInAsyncScope(setInterval, undefined, () => {}, 0x7fffffff)
  else keeper.ref()
}

function release() {
  held -= 1
  if (held === 0) keeper.unref()
}

// One listener per signal, however many entries watch it.
const watched = new WeakMap()

/** Calls a function when the signal aborts, unless the returned function was called before. */
function onAbort(signal, abort) {
  let watch = watched.get(signal)
  if (watch === undefined) {
    const aborts = new Set()
    // The newest first: a worker that becomes free takes the next waiting send, and all of those must be cancelled by then.
    const listener = () => {
      watched.delete(signal)
      for (const call of [...aborts].reverse()) call()
    }
    watch = { aborts, listener }
    listen(signal, listener)
    watched.set(signal, watch)
  }
  watch.aborts.add(abort)
  return () => {
    watch.aborts.delete(abort)
    if (watch.aborts.size > 0 || watched.get(signal) !== watch) return
    watched.delete(signal)
    signal.removeEventListener('abort', watch.listener)
  }
}

/** If Node supports it, even if another listener stops the event. */
function listen(signal, listener) {
  if (signal instanceof AbortSignal && events.addAbortListener) events.addAbortListener(signal, listener)
  else signal.addEventListener('abort', listener, { __proto__: null, once: true })
}

/** Why a signal aborted. */
function reasonOf(signal) {
  try {
    return signal.reason
  } catch (error) {
    return error
  }
}

let logger

function setLogger(write, level) {
  const errorObject = binding.setLogLevel(completions(), write === undefined ? undefined : level)
  if (!errorObject) logger = write
  return errorObject
}

module.exports = { completions, enter, hold, leave, newId, onAbort, reasonOf, release, setLogger, warn }
