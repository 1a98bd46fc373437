'use strict'

const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { notPlain, wrongType } = require('./json.js')
const { bare, isPlain, membersOf } = require('./object.js')
const { flag, text, unknown } = require('./options.js')

/** No decision is possible. */
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
    const { sender, refusal } = membersOf(verdict)
    return sender === undefined ? { ok: false, sender: undefined, refusal } : { ok: true, sender, refusal: undefined }
  }
}

/** The options that are set, each read once and checked for its type. */
function read(options) {
  if (!isPlain(options)) throw notPlain('options', options)
  const given = bare()
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(readers, name)) throw unknown('options', name, Object.keys(readers))
    const value = options[name]
    if (value !== undefined) given[name] = readers[name](value, `options.${name}`)
  }
  if (given.ranges !== undefined && given.anyAddress === true) {
    throw new TypeError('options.ranges and options.anyAddress exclude each other')
  }
  return given
}

function addresses(value, name) {
  // A string is iterable too, and would be split into characters.
  if (typeof value === 'string' || typeof value?.[Symbol.iterator] !== 'function') {
    throw wrongType(name, 'an array of strings', value)
  }
  return Array.from(value, (item, index) => text(item, `${name}[${index}]`))
}

// A wrong value of a credential is not shown.
function credentials(value, name) {
  if (!isPlain(value)) throw new TypeError(`${name} must be a plain object with username and password`)
  const { username, password, ...others } = bare(value)
  text(username, `${name}.username`)
  text(password, `${name}.password`)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new TypeError(`${name} must have nothing but username and password`)
  return [username, password]
}

function wantedHeaders(value, name) {
  if (!isPlain(value)) throw new TypeError(`${name} must be a plain object of strings`)
  return Object.entries(value).flatMap(([header, expected]) => [
    text(header, name),
    text(expected, `${name}['${header}']`),
  ])
}

function bytes(value, name) {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value)
  if (!(Number.isInteger(value) && value >= 0))
    throw new TypeError(`${name} must be a whole number that is not negative`)
  return value
}

/** Alternating names and values of headers, one line each. */
function lines(headers) {
  if (typeof headers !== 'object' || headers === null) throw noHeaders(headers)
  if (isPlain(headers)) return Object.entries(headers).flatMap(linesOf)
  if (typeof headers[Symbol.iterator] !== 'function') throw noHeaders(headers)
  const items = Array.from(headers)
  return typeof items[0] === 'string' ? rawHeaders(items) : items.flatMap(pair)
}

/** In the form of Node's `rawHeaders`. */
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
