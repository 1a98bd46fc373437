'use strict'

const binding = require('./binding.js')
const { call } = require('./call.js')
const { isObject } = require('./json.js')
const { flag, text, wrongType } = require('./options.js')

/** Nothing could be decided. */
const UNUSABLE = 'unusable'

const readers = {
  ranges: addresses,
  anyAddress: flag,
  trustedProxies: addresses,
  forwarded: text,
  basic: credentials,
  headers: wantedHeaders,
  maxBody: bytes,
}

class CallbackGuard {
  #native

  constructor(options = {}) {
    this.#native = call(binding.newGuard, [checked(() => read(options), CallbackGuard)], CallbackGuard)
  }

  check(peer, headers, bodyLength) {
    const { check } = CallbackGuard.prototype
    const args = checked(() => {
      if (peer !== undefined && peer !== null && typeof peer !== 'string') throw wrongType('peer', 'a string', peer)
      return [peer ?? '', lines(headers), bytes(bodyLength, 'bodyLength')]
    }, check)
    const verdict = call((...given) => this.#native.check(...given), args, check) ?? { refusal: UNUSABLE }
    const { sender, refusal } = verdict
    return sender === undefined ? { ok: false, sender: undefined, refusal } : { ok: true, sender, refusal: undefined }
  }
}

/** What `check` gives; a TypeError of its has the stack of who called the verb. */
function checked(check, verb) {
  try {
    return check()
  } catch (error) {
    if (error instanceof TypeError) Error.captureStackTrace?.(error, verb)
    throw error
  }
}

/** The options that are there, each read once and found to be of its type. */
function read(options) {
  if (!isObject(options)) throw wrongType('options', 'an object', options)
  const given = {}
  for (const name in options) {
    if (!Object.hasOwn(readers, name)) throw new TypeError(`options.${name}: there is no such option`)
    const value = options[name]
    if (value !== undefined) given[name] = readers[name](value, `options.${name}`)
  }
  if (given.ranges !== undefined && given.anyAddress === true) {
    throw new TypeError('options.ranges and options.anyAddress exclude each other')
  }
  return given
}

function addresses(value, name) {
  // A string is iterable too, and would be taken for its characters.
  if (typeof value === 'string' || typeof value?.[Symbol.iterator] !== 'function') {
    throw wrongType(name, 'an array of strings', value)
  }
  return Array.from(value, (item, index) => text(item, `${name}[${index}]`))
}

// What is wrong with a credential is not shown.
function credentials(value, name) {
  if (!isObject(value)) throw new TypeError(`${name} must be an object with username and password`)
  const { username, password, ...others } = value
  text(username, `${name}.username`)
  text(password, `${name}.password`)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new TypeError(`${name} must have nothing but username and password`)
  return [username, password]
}

function wantedHeaders(value, name) {
  if (!isObject(value) || Symbol.iterator in value) throw new TypeError(`${name} must be an object of strings`)
  return Object.entries(value).flatMap(([header, wanted]) => [text(header, name), text(wanted, `${name}['${header}']`)])
}

function bytes(value, name) {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value)
  if (!(Number.isInteger(value) && value >= 0))
    throw new TypeError(`${name} must be a whole number that is not negative`)
  return value
}

/** Names and values of headers in turn, a line each. */
function lines(headers) {
  if (typeof headers !== 'object' || headers === null) throw noHeaders(headers)
  if (typeof headers[Symbol.iterator] !== 'function') return Object.entries(headers).flatMap(linesOf)
  const items = Array.from(headers)
  return typeof items[0] === 'string' ? rawHeaders(items) : items.flatMap(pair)
}

/** As Node has them in `rawHeaders`. */
function rawHeaders(items) {
  const wrong = items.find((item) => typeof item !== 'string')
  if (wrong !== undefined) throw noHeaders(wrong)
  if (items.length % 2 === 1) throw new TypeError('headers must have a value for each name')
  return items
}

function pair(item) {
  if (!Array.isArray(item) || item.length !== 2) throw noHeaders(item)
  return linesOf(item)
}

function linesOf([name, value]) {
  if (typeof name !== 'string') throw noHeaders(name)
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).flatMap((line) => {
    if (typeof line !== 'string') throw noHeaders(line)
    return [name, line]
  })
}

function noHeaders(found) {
  return wrongType('headers', 'headers of strings (rawHeaders, an object, Headers, or pairs)', found)
}

module.exports = { CallbackGuard }
