'use strict'

const binding = require('./binding.js')
const { LinkwaError, errorOf, internalError } = require('./error.js')
const { textOrBytes, wrongType } = require('./json.js')
const { define, isPlain } = require('./object.js')

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

/** Enough for every callback but such with dozens of parameters. */
const room = new Int32Array(512)

// The next number to read. Nothing of the caller's runs meanwhile, so there is only one. The rest goes from function to function
// as arguments, which takes less than to write it here each time.
let at = 0

function parseCallback(body) {
  let error
  try {
    const given = textOrBytes(body)
    if (given === undefined) throw wrongBody(body)
    return parse(given)
  } catch (thrown) {
    error = thrown instanceof TypeError || thrown instanceof LinkwaError ? thrown : internalError(thrown)
  }
  Error.captureStackTrace?.(error, parseCallback)
  throw error
}

const BODY = 'a Buffer, a Uint8Array, an ArrayBuffer or a string'

function wrongBody(body) {
  if (!isPlain(body)) return wrongType('body', BODY, body)
  return new TypeError(`body must be ${BODY}, not an object that was parsed already: mount it before express.json()`)
}

function parse(given) {
  let words = room
  let texts = native(given, words)
  if (words[0] > words.length) {
    words = new Int32Array(words[0])
    texts = native(given, words)
  }
  const kind = words[1]
  at = 2
  const raw = typeof given === 'string' ? given : textOf(given, kind)
  return kind & IS_MESSAGE ? message(words, raw, texts) : report(words, raw, texts)
}

function textOf(bytes, kind) {
  return kind & IS_NOT_ASCII ? utf8Slice.call(bytes, 0, bytes.length) : latin1Slice.call(bytes, 0, bytes.length)
}

function native(given, words) {
  // Two calls, each of one function, are what V8 makes short.
  const result = typeof given === 'string' ? fromText(given, words) : fromBytes(given, words)
  if (typeof result === 'string') return result
  throw errorOf(result)
}

function report(words, raw, texts) {
  const messageId = text(words, raw, texts)
  const refId = text(words, raw, texts)
  const messageType = text(words, raw, texts)
  const messageIndex = whole(words)
  const timestamp = text(words, raw, texts)
  const timestampMs = whole(words)
  const resultCode = whole(words)
  const resultDescription = text(words, raw, texts)
  const gateCustomParameters = parameters(words, raw, texts)
  const customParameters = parameters(words, raw, texts)
  const status = STATUSES[words[at++]]
  const extraJson = parameters(words, raw, texts)
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
    key: key(words, texts),
    extra: decoded(extraJson),
    extraJson,
    raw,
  }
}

function message(words, raw, texts) {
  const destination = text(words, raw, texts)
  const source = text(words, raw, texts)
  const inner = content(words, raw, texts)
  const provider = text(words, raw, texts)
  const timestamp = text(words, raw, texts)
  const timestampMs = whole(words)
  const messageId = text(words, raw, texts)
  const providerTimestamp = text(words, raw, texts)
  const providerTimestampMs = whole(words)
  const providerMessageId = text(words, raw, texts)
  const foundRoute = isThere(words) ? route(words, raw, texts) : undefined
  const gateCustomParameters = parameters(words, raw, texts)
  const customParameters = parameters(words, raw, texts)
  const careWindowClosesAtMs = whole(words)
  const extraJson = parameters(words, raw, texts)
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
    key: key(words, texts),
    extra: decoded(extraJson),
    extraJson,
    raw,
  }
}

function content(words, raw, texts) {
  const type = text(words, raw, texts)
  const message = isThere(words) ? inboundMessage(words, raw, texts) : undefined
  const extraJson = parameters(words, raw, texts)
  return { type, message, extra: decoded(extraJson), extraJson }
}

function inboundMessage(words, raw, texts) {
  const contentType = text(words, raw, texts)
  const body = text(words, raw, texts)
  const button = isThere(words) ? buttonPressed(words, raw, texts) : undefined
  const context = isThere(words) ? repliedTo(words, raw, texts) : undefined
  const extraJson = parameters(words, raw, texts)
  return { contentType, text: body, button, context, extra: decoded(extraJson), extraJson }
}

function buttonPressed(words, raw, texts) {
  const label = text(words, raw, texts)
  const payload = text(words, raw, texts)
  const extraJson = parameters(words, raw, texts)
  return { text: label, payload, extra: decoded(extraJson), extraJson }
}

function repliedTo(words, raw, texts) {
  const source = text(words, raw, texts)
  const messageId = text(words, raw, texts)
  const extraJson = parameters(words, raw, texts)
  return { source, messageId, extra: decoded(extraJson), extraJson }
}

function route(words, raw, texts) {
  const id = text(words, raw, texts)
  const refId = text(words, raw, texts)
  const platformId = text(words, raw, texts)
  const platformPartnerId = text(words, raw, texts)
  const platformServiceType = text(words, raw, texts)
  const platformServiceId = text(words, raw, texts)
  const number = text(words, raw, texts)
  const gateIds = list(words, raw, texts)
  const customParameters = parameters(words, raw, texts)
  const type = text(words, raw, texts)
  const keyword = text(words, raw, texts)
  const keywordType = text(words, raw, texts)
  const active = flag(words)
  const start = text(words, raw, texts)
  const startMs = whole(words)
  const end = text(words, raw, texts)
  const endMs = whole(words)
  const shared = flag(words)
  const description = text(words, raw, texts)
  const extraJson = parameters(words, raw, texts)
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

function text(words, raw, texts) {
  const start = words[at++]
  const end = words[at++]
  if (start >= 0) return raw.slice(start, end)
  return start === ABSENT ? undefined : texts.slice(-2 - start, end)
}

function whole(words) {
  const upper = words[at++]
  const lower = words[at++]
  return upper === LEAST && lower === 0 ? undefined : upper * 0x100000000 + (lower >>> 0)
}

function flag(words) {
  const word = words[at++]
  return word === ABSENT ? undefined : word === 1
}

function isThere(words) {
  return words[at++] !== ABSENT
}

function list(words, raw, texts) {
  const count = words[at++]
  return count === ABSENT ? undefined : Array.from({ length: count }, () => text(words, raw, texts))
}

function parameters(words, raw, texts) {
  const count = words[at++]
  if (count === ABSENT) return undefined
  const object = {}
  for (let left = count; left > 0; left--) {
    const number = words[at++]
    const known = number === ABSENT ? undefined : names[number]
    if (known === undefined) {
      putNew(object, text(words, raw, texts), text(words, raw, texts), number)
    } else {
      at += 2
      put(object, known, text(words, raw, texts))
    }
  }
  return object
}

/** The texts of names to which the addon has given a number. */
const names = new Array(256).fill(undefined)

function putNew(object, name, value, number) {
  put(object, name, value)
  if (number !== ABSENT) names[number] = name
}

/** A name that every object inherits cannot be assigned, or has a setter. */
function put(object, name, value) {
  if (name in object) define(object, name, value)
  else object[name] = value
}

function decoded(extraJson) {
  const extra = {}
  for (const name of Object.keys(extraJson)) put(extra, name, JSON.parse(extraJson[name]))
  return extra
}

/** The end of the texts, as a text of its own: a part would keep the others in memory as long as somebody keeps the key. */
function key(words, texts) {
  const start = words[at++]
  return start === 0 ? texts : ` ${texts.slice(start)}`.slice(1)
}

module.exports = { parseCallback }
