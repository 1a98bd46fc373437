'use strict'

const { AsyncResource } = require('node:async_hooks')
const events = require('node:events')
const { setImmediate, setInterval } = require('node:timers')
const binding = require('./binding.js')
const { internalError } = require('./error.js')
const { bare, membersOf } = require('./object.js')

/** How long what has come may keep the event loop to itself, and how much of it is taken at once. */
const LONGEST_TURN_MS = 5
const AT_ONCE = 64

// What waits for something of another thread, by the number under which that thread knows it.
const waiting = new Map()
let lastId = 0
let opened

// What lives as long as the process is made in the context in which this module was loaded. In that of the first send it would keep
// what the caller's AsyncLocalStorage holds for that, and the logger would run in it.
const ours = new AsyncResource('linkwa')

/** The addon's end of the line, made when it is first needed. */
function completions() {
  opened ??= ours.runInAsyncScope(binding.openCompletions, undefined, takeAll)
  return opened
}

/** Hands out what has come. If that is very much, the event loop has its turns in between. */
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

/** A send that the gateway accepted, of which the addon writes the values alone. */
function accepted([id, resultCode, attempts, refId, description, messageIds, pairs]) {
  const result = {
    refId,
    resultCode,
    description: description ?? undefined,
    messageIds,
    receipts: pairs.map(([destination, messageId]) => ({ destination, messageId })),
    warnings: [],
    attempts,
  }
  return { kind: 'sent', id, result, failure: undefined }
}

/** Tells what has come to what waits for it. Code of the caller's may run in it, and must not keep the next from being told. */
function notify(one) {
  try {
    if (one.kind === 'log') logger?.(one.line)
    else waiting.get(one.id)?.[one.kind]?.(one)
  } catch (error) {
    warn(error)
  }
}

function warn(error) {
  let warning = 'what the caller threw cannot be shown'
  try {
    warning = error instanceof Error ? error : String(error)
  } catch {
    // Anything can be thrown.
  }
  process.emitWarning(warning)
}

/** A number that nothing waits under. */
function newId() {
  do {
    lastId = (lastId + 1) >>> 0
  } while (waiting.has(lastId))
  return lastId
}

/** Has `entry` told under this number: its member of the name of what happens is called. */
function enter(entry, id = newId()) {
  waiting.set(id, bare(entry))
  return id
}

function leave(id) {
  waiting.delete(id)
}

let held = 0
let keeper

/** Keeps the event loop alive, until `release` was called as often. */
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

// One listener on each signal, whatever the number of those who watch it.
const watched = new WeakMap()

/** Has a function called when the signal aborts, unless the function that this returns was called before. */
function onAbort(signal, abort) {
  let watch = watched.get(signal)
  if (watch === undefined) {
    const aborts = new Set()
    // The newest first: a worker that becomes free takes what waits, and all of that must be cancelled by then.
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

/** Where Node can, also if another listener stops the event. */
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
  const failure = binding.setLogLevel(completions(), write === undefined ? undefined : level)
  if (!failure) logger = write
  return failure
}

module.exports = { completions, enter, hold, leave, newId, onAbort, reasonOf, release, setLogger }
