'use strict'

const binding = require('./binding.js')
const { LinkwaError, errorOf, internalError } = require('./error.js')
const { textOrBytes, wrongType } = require('./json.js')
const { define, isPlain } = require('./object.js')

// Making JavaScript values one by one in an addon takes several times as long as `JSON.parse`. So the addon returns numbers for
// the position of each value in the body (node/src/callback.rs), and this file reads them. Both sides follow core's declarations.

const [fromBytes, fromText] = binding.callbackReaders()
const STATUSES = binding.statuses()
const { latin1Slice, utf8Slice } = Buffer.prototype

/** The bits of the second number. */
const IS_MESSAGE = 1
const IS_NOT_ASCII = 2
/** Means that a text, list, object or flag is absent. */
const ABSENT = -1
/** The upper half of the smallest number, which means absent. */
const LEAST = -0x80000000

/** Enough for every callback except those with dozens of parameters. */
const room = new Int32Array(512)

// The next number to read. No code of the caller runs meanwhile, so there is only one. The other state is passed as arguments,
// which takes less time than writing it here.
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
  return kind & IS_MESSAGE ? readReceivedMessage(words, raw, texts) : readEventReport(words, raw, texts)
}

function textOf(bytes, kind) {
  return kind & IS_NOT_ASCII ? utf8Slice.call(bytes, 0, bytes.length) : latin1Slice.call(bytes, 0, bytes.length)
}

function native(given, words) {
  // V8 inlines two calls of one function each.
  const result = typeof given === 'string' ? fromText(given, words) : fromBytes(given, words)
  if (typeof result === 'string') return result
  throw errorOf(result)
}

// <generated readers>
/** Each object with its fields, in the order in which they are read. */
const LAYOUT = [
  'EventReport messageId refId messageType messageIndex timestamp resultCode resultDescription gateCustomParameters customParameters',
  'ReceivedMessage destination source content provider timestamp messageId providerTimestamp providerMessageId route gateCustomParameters customParameters',
  'Content type message',
  'Route id refId platformId platformPartnerId platformServiceType platformServiceId number gateIds customParameters type keyword keywordType active start end shared description',
  'InboundMessage contentType text button context media location contacts interactive',
  'InboundButton text payload',
  'Context source messageId',
  'InboundMedia source type caption',
  'InboundLocation latitude longitude name address url',
  'InboundContact name phones',
  'InboundInteractive type button_reply list_reply',
  'InboundContactName formatted_name',
  'InboundPhone phone',
  'InboundButtonReply id title',
  'InboundListReply id title description',
]

function readEventReport(words, raw, texts) {
  const status = STATUSES[words[at++]]
  const messageId = readText(words, raw, texts)
  const refId = readText(words, raw, texts)
  const messageType = readText(words, raw, texts)
  const messageIndex = readInteger(words)
  const timestamp = readText(words, raw, texts)
  const timestampMs = readInteger(words)
  const resultCode = readInteger(words)
  const resultDescription = readText(words, raw, texts)
  const gateCustomParameters = readParameters(words, raw, texts)
  const customParameters = readParameters(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    kind: 'eventReport',
    messageId,
    refId,
    messageType,
    messageIndex,
    timestamp,
    timestampMs,
    resultCode,
    resultDescription,
    gateCustomParameters,
    customParameters,
    status: status.word,
    isDelivered: status.isDelivered,
    key: readKey(words, texts),
    raw,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readReceivedMessage(words, raw, texts) {
  const careWindowClosesAtMs = readInteger(words)
  const replyTo = readText(words, raw, texts)
  const userId = readText(words, raw, texts)
  const parentUserId = readText(words, raw, texts)
  const destination = readText(words, raw, texts)
  const source = readText(words, raw, texts)
  const content = isThere(words) ? readContent(words, raw, texts) : undefined
  const provider = readText(words, raw, texts)
  const timestamp = readText(words, raw, texts)
  const timestampMs = readInteger(words)
  const messageId = readText(words, raw, texts)
  const providerTimestamp = readText(words, raw, texts)
  const providerTimestampMs = readInteger(words)
  const providerMessageId = readText(words, raw, texts)
  const route = isThere(words) ? readRoute(words, raw, texts) : undefined
  const gateCustomParameters = readParameters(words, raw, texts)
  const customParameters = readParameters(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    kind: 'receivedMessage',
    destination,
    source,
    content,
    provider,
    timestamp,
    timestampMs,
    messageId,
    providerTimestamp,
    providerTimestampMs,
    providerMessageId,
    route,
    gateCustomParameters,
    customParameters,
    contentType: content.message?.contentType,
    text: content.message?.text,
    button: content.message?.button,
    context: content.message?.context,
    media: content.message?.media,
    location: content.message?.location,
    contacts: content.message?.contacts,
    interactive: content.message?.interactive,
    replyTo,
    userId,
    parentUserId,
    careWindowClosesAtMs,
    key: readKey(words, texts),
    raw,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readContent(words, raw, texts) {
  const type = readText(words, raw, texts)
  const message = isThere(words) ? readInboundMessage(words, raw, texts) : undefined
  const extraJson = readParameters(words, raw, texts)
  return {
    type,
    message,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readRoute(words, raw, texts) {
  const id = readText(words, raw, texts)
  const refId = readText(words, raw, texts)
  const platformId = readText(words, raw, texts)
  const platformPartnerId = readText(words, raw, texts)
  const platformServiceType = readText(words, raw, texts)
  const platformServiceId = readText(words, raw, texts)
  const number = readText(words, raw, texts)
  const gateIds = readList(words, raw, texts)
  const customParameters = readParameters(words, raw, texts)
  const type = readText(words, raw, texts)
  const keyword = readText(words, raw, texts)
  const keywordType = readText(words, raw, texts)
  const active = readFlag(words)
  const start = readText(words, raw, texts)
  const startMs = readInteger(words)
  const end = readText(words, raw, texts)
  const endMs = readInteger(words)
  const shared = readFlag(words)
  const description = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
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

function readInboundMessage(words, raw, texts) {
  const contentType = readText(words, raw, texts)
  const text = readText(words, raw, texts)
  const button = isThere(words) ? readInboundButton(words, raw, texts) : undefined
  const context = isThere(words) ? readContext(words, raw, texts) : undefined
  const media = isThere(words) ? readInboundMedia(words, raw, texts) : undefined
  const location = isThere(words) ? readInboundLocation(words, raw, texts) : undefined
  const contacts = readObjects(words, raw, texts, readInboundContact)
  const interactive = isThere(words) ? readInboundInteractive(words, raw, texts) : undefined
  const extraJson = readParameters(words, raw, texts)
  return {
    contentType,
    text,
    button,
    context,
    media,
    location,
    contacts,
    interactive,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundButton(words, raw, texts) {
  const text = readText(words, raw, texts)
  const payload = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    text,
    payload,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readContext(words, raw, texts) {
  const source = readText(words, raw, texts)
  const messageId = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    source,
    messageId,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundMedia(words, raw, texts) {
  const source = readText(words, raw, texts)
  const type = readText(words, raw, texts)
  const caption = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    source,
    type,
    caption,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundLocation(words, raw, texts) {
  const latitude = readNumber(words)
  const longitude = readNumber(words)
  const name = readText(words, raw, texts)
  const address = readText(words, raw, texts)
  const url = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    latitude,
    longitude,
    name,
    address,
    url,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundContact(words, raw, texts) {
  const name = isThere(words) ? readInboundContactName(words, raw, texts) : undefined
  const phones = readObjects(words, raw, texts, readInboundPhone)
  const extraJson = readParameters(words, raw, texts)
  return {
    name,
    phones,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundInteractive(words, raw, texts) {
  const type = readText(words, raw, texts)
  const button_reply = isThere(words) ? readInboundButtonReply(words, raw, texts) : undefined
  const list_reply = isThere(words) ? readInboundListReply(words, raw, texts) : undefined
  const extraJson = readParameters(words, raw, texts)
  return {
    type,
    button_reply,
    list_reply,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundContactName(words, raw, texts) {
  const formatted_name = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    formatted_name,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundPhone(words, raw, texts) {
  const phone = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    phone,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundButtonReply(words, raw, texts) {
  const id = readText(words, raw, texts)
  const title = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    id,
    title,
    extra: decoded(extraJson),
    extraJson,
  }
}

function readInboundListReply(words, raw, texts) {
  const id = readText(words, raw, texts)
  const title = readText(words, raw, texts)
  const description = readText(words, raw, texts)
  const extraJson = readParameters(words, raw, texts)
  return {
    id,
    title,
    description,
    extra: decoded(extraJson),
    extraJson,
  }
}
// </generated>

function readText(words, raw, texts) {
  const start = words[at++]
  const end = words[at++]
  if (start >= 0) return raw.slice(start, end)
  return start === ABSENT ? undefined : texts.slice(-2 - start, end)
}

function readInteger(words) {
  const upper = words[at++]
  const lower = words[at++]
  return upper === LEAST && lower === 0 ? undefined : upper * 0x100000000 + (lower >>> 0)
}

const bits = new DataView(new ArrayBuffer(8))

function readNumber(words) {
  bits.setInt32(0, words[at++])
  bits.setInt32(4, words[at++])
  const number = bits.getFloat64(0)
  return Number.isNaN(number) ? undefined : number
}

function readFlag(words) {
  const word = words[at++]
  return word === ABSENT ? undefined : word === 1
}

function isThere(words) {
  return words[at++] !== ABSENT
}

function readList(words, raw, texts) {
  const count = words[at++]
  return count === ABSENT ? undefined : Array.from({ length: count }, () => readText(words, raw, texts))
}

function readObjects(words, raw, texts, read) {
  const count = words[at++]
  return count === ABSENT ? undefined : Array.from({ length: count }, () => read(words, raw, texts))
}

function readParameters(words, raw, texts) {
  const count = words[at++]
  if (count === ABSENT) return undefined
  const object = {}
  for (let left = count; left > 0; left--) {
    const number = words[at++]
    const known = number === ABSENT ? undefined : names[number]
    if (known === undefined) {
      putNew(object, readText(words, raw, texts), readText(words, raw, texts), number)
    } else {
      at += 2
      put(object, known, readText(words, raw, texts))
    }
  }
  return object
}

/** The texts of names that have a number in the addon. */
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

/** The end of the texts, as a separate text: a substring would keep the others in memory as long as the key is kept. */
function readKey(words, texts) {
  const start = words[at++]
  return start === 0 ? texts : ` ${texts.slice(start)}`.slice(1)
}

const written = binding.callbackLayout()
if (written.join() !== LAYOUT.join()) {
  throw Object.assign(new Error('linkwa: the addon is of another version than the package; install linkwa again'), {
    code: 'ERR_LINKWA_ADDON',
  })
}

module.exports = { parseCallback, wrongBody }
