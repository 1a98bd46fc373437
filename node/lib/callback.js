'use strict'

const binding = require('./binding.js')
const { isFailure } = require('./call.js')
const { errorOf, internalError } = require('./error.js')
const { textOrBytes } = require('./json.js')
const { wrongType } = require('./options.js')

// Values of JavaScript's made by an addon one by one would take several times as long as `JSON.parse`. So the addon tells by
// numbers where in the body each value stands. Here they are read, in the order in which node/src/callback.rs writes them.

const [fromBytes, fromText] = binding.callbackReaders()
const STATUSES = binding.statusWords()
const { latin1Slice, utf8Slice } = Buffer.prototype

/** The bits of the second number. */
const IS_MESSAGE = 1
const IS_NOT_ASCII = 2
/** For a text, list, object or flag that is absent. */
const ABSENT = -1
/** The upper half of the least number, which stands for none. */
const LEAST = -0x80000000

/** Names that a plain object has already: to be defined, not assigned. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype))

/** Enough for every callback but such with dozens of parameters. */
const room = new Int32Array(512)

// What is being read. Nothing of the caller's runs meanwhile, so there is only one.
let words = room
let at = 0
let raw = ''
let texts = ''

function parseCallback(body) {
  let error
  try {
    const given = textOrBytes(body)
    if (given === undefined) throw wrongType('body', 'a Buffer, a Uint8Array or a string', body)
    const result = native(given)
    if (typeof result === 'string') return read(given, result)
    error = errorOf(result)
  } catch (thrown) {
    error = thrown instanceof TypeError ? thrown : internalError(thrown)
  } finally {
    words = room
    raw = texts = ''
  }
  Error.captureStackTrace?.(error, parseCallback)
  throw error
}

function native(given) {
  const result = call(given)
  if (isFailure(result) || words[0] <= words.length) return result
  words = new Int32Array(words[0])
  return call(given)
}

// Two calls, each of one function, are what V8 makes short.
function call(given) {
  return typeof given === 'string' ? fromText(given, words) : fromBytes(given, words)
}

function read(given, result) {
  const kind = words[1]
  at = 2
  texts = result
  if (typeof given === 'string') raw = given
  else if (kind & IS_NOT_ASCII) raw = utf8Slice.call(given, 0, given.length)
  else raw = latin1Slice.call(given, 0, given.length)
  return kind & IS_MESSAGE ? message() : report()
}

function report() {
  const messageId = text()
  const refId = text()
  const messageType = text()
  const messageIndex = whole()
  const timestamp = text()
  const timestampMs = whole()
  const resultCode = whole()
  const resultDescription = text()
  const gateCustomParameters = parameters()
  const customParameters = parameters()
  const status = STATUSES[words[at++]]
  const extraJson = parameters()
  return {
    kind: 'eventReport',
    messageId,
    refId,
    messageType,
    messageIndex,
    timestamp,
    timestampMs,
    resultCode,
    status,
    resultDescription,
    gateCustomParameters,
    customParameters,
    key: key(),
    extra: decoded(extraJson),
    extraJson,
    raw,
  }
}

function message() {
  const destination = text()
  const source = text()
  const inner = content()
  const provider = text()
  const timestamp = text()
  const timestampMs = whole()
  const messageId = text()
  const providerTimestamp = text()
  const providerTimestampMs = whole()
  const providerMessageId = text()
  const foundRoute = isThere() ? route() : undefined
  const gateCustomParameters = parameters()
  const customParameters = parameters()
  const careWindowClosesAtMs = whole()
  const extraJson = parameters()
  const written = inner.message
  return {
    kind: 'receivedMessage',
    messageId,
    source,
    destination,
    contentType: written?.contentType,
    text: written?.text,
    button: written?.button,
    context: written?.context,
    content: inner,
    provider,
    timestamp,
    timestampMs,
    providerTimestamp,
    providerTimestampMs,
    providerMessageId,
    route: foundRoute,
    gateCustomParameters,
    customParameters,
    careWindowClosesAtMs,
    key: key(),
    extra: decoded(extraJson),
    extraJson,
    raw,
  }
}

function content() {
  const type = text()
  const message = isThere() ? inboundMessage() : undefined
  const extraJson = parameters()
  return { type, message, extra: decoded(extraJson), extraJson }
}

function inboundMessage() {
  const contentType = text()
  const body = text()
  const button = isThere() ? buttonPressed() : undefined
  const context = isThere() ? repliedTo() : undefined
  const extraJson = parameters()
  return { contentType, text: body, button, context, extra: decoded(extraJson), extraJson }
}

function buttonPressed() {
  const label = text()
  const payload = text()
  const extraJson = parameters()
  return { text: label, payload, extra: decoded(extraJson), extraJson }
}

function repliedTo() {
  const source = text()
  const messageId = text()
  const extraJson = parameters()
  return { source, messageId, extra: decoded(extraJson), extraJson }
}

function route() {
  const id = text()
  const refId = text()
  const platformId = text()
  const platformPartnerId = text()
  const platformServiceType = text()
  const platformServiceId = text()
  const number = text()
  const gateIds = list()
  const customParameters = parameters()
  const type = text()
  const keyword = text()
  const keywordType = text()
  const active = flag()
  const start = text()
  const startMs = whole()
  const end = text()
  const endMs = whole()
  const shared = flag()
  const description = text()
  const extraJson = parameters()
  return {
    id,
    refId,
    platformId,
    platformPartnerId,
    platformServiceType,
    platformServiceId,
    number,
    gateIds,
    customParameters,
    type,
    keyword,
    keywordType,
    active,
    start,
    startMs,
    end,
    endMs,
    shared,
    description,
    extra: decoded(extraJson),
    extraJson,
  }
}

function text() {
  const start = words[at++]
  const end = words[at++]
  if (start >= 0) return raw.slice(start, end)
  return start === ABSENT ? undefined : texts.slice(-2 - start, end)
}

function whole() {
  const upper = words[at++]
  const lower = words[at++]
  return upper === LEAST && lower === 0 ? undefined : upper * 0x100000000 + (lower >>> 0)
}

function flag() {
  const word = words[at++]
  return word === ABSENT ? undefined : word === 1
}

function isThere() {
  return words[at++] !== ABSENT
}

function list() {
  const count = words[at++]
  return count === ABSENT ? undefined : Array.from({ length: count }, text)
}

function parameters() {
  const count = words[at++]
  if (count === ABSENT) return undefined
  const object = {}
  for (let left = count; left > 0; left--) {
    const name = text()
    const place = placeOf(name)
    const value = text()
    if (name === names[place]) object[names[place]] = value
    else put(object, name, value, place)
  }
  return object
}

/**
 * Names that were met, short ones that no object inherits. V8 looks every new name up in a table of its own, which takes
 * longer than all else about a member; one of these it has looked up before.
 */
const names = new Array(256).fill('')

/** Where a name is among those, so that few that are met together are in one place. */
function placeOf(name) {
  const { length } = name
  const ends = 31 * name.charCodeAt(0) + 3 * name.charCodeAt(length - 1)
  return (7 * length + ends + 17 * name.charCodeAt(length >> 1)) & 255
}

function put(object, name, value, place) {
  if (INHERITED.has(name)) {
    Object.defineProperty(object, name, { value, ...PLAIN })
    return
  }
  object[name] = value
  if (place !== undefined && name.length <= 32) names[place] = name
}

const PLAIN = { writable: true, enumerable: true, configurable: true }

function decoded(extraJson) {
  const extra = {}
  for (const name in extraJson) put(extra, name, JSON.parse(extraJson[name]))
  return extra
}

/** The end of the texts, as a text of its own: a part would keep the others in memory as long as somebody keeps the key. */
function key() {
  const start = words[at++]
  return start === 0 ? texts : ` ${texts.slice(start)}`.slice(1)
}

module.exports = { parseCallback }
