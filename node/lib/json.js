'use strict'

const { isAnyArrayBuffer, isBoxedPrimitive, isDate, isNumberObject, isUint8Array } = require('node:util').types
const { isPlain } = require('./object.js')

/**
 * The JSON of an object whose values the core will judge. `name` is the argument's name.
 *
 * JavaScript writes `null` for NaN and Infinity, and `null` is as good as absent. So that they are not lost, they become a
 * number that is out of every range.
 */
function jsonOf(value, name) {
  return write(value, name, (number) => (number < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE))
}

/** As `jsonOf`, for what is sent as it is: a number that JSON does not have is a TypeError. */
function exactJsonOf(value, name) {
  return write(value, name, (number, key) => {
    throw cannotCarry(name, key, number)
  })
}

function write(value, name, instead) {
  const text = stringify(value, name, (key, member) => {
    if (!isCarried(member)) throw cannotCarry(name, key, kindOf(member))
    const number = isNumberObject(member) ? Number(member) : member
    return typeof number === 'number' && !Number.isFinite(number) ? instead(number, key) : member
  })
  if (!text.startsWith('{')) throw new TypeError(`${name} must be an object, but its toJSON() gives something else`)
  return text
}

/**
 * Whether JSON carries what a member has. It writes `{}` for a Map, leaves a class's getters and private members out, and a function
 * altogether. A bigint has an error of its own.
 */
function isCarried(member) {
  if (typeof member === 'function' || typeof member === 'symbol') return false
  if (typeof member !== 'object' || member === null) return true
  return Array.isArray(member) || isPlain(member) || isBoxedPrimitive(member)
}

/** The errors that name the argument already. */
const named = new WeakSet()

function cannotCarry(name, key, what) {
  const place = key === '' ? '' : ` under ${JSON.stringify(key)}`
  const error = new TypeError(`${name} has${place} ${what}, which JSON cannot carry`)
  named.add(error)
  return error
}

function stringify(value, name, replacer) {
  let text
  try {
    text = JSON.stringify(value, replacer)
  } catch (error) {
    // A bigint, a cycle, more levels than the stack has, or what a getter or `toJSON` of the caller's throws.
    if (named.has(error) || !(error instanceof TypeError || error instanceof RangeError)) throw error
    const [reason] = error.message.split('\n')
    throw new TypeError(`${name} cannot be written as JSON: ${reason}`, { cause: error })
  }
  if (text === undefined) throw new TypeError(`${name} cannot be written as JSON`)
  return text
}

/** Whether JSON carries what a value has, as far as the value itself shows: a plain object, or one that knows its JSON. */
function isRecord(value) {
  if (isPlain(value)) return true
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false
  return !isDate(value) && typeof value.toJSON === 'function'
}

/**
 * JSON that was given as text or bytes, as the addon takes it: a string, or a Uint8Array that nobody else writes to.
 * `undefined` for anything else.
 *
 * A string with half a surrogate pair becomes bytes that are no UTF-8, which is what the core then finds.
 */
function textOrBytes(value) {
  if (typeof value === 'string') return value.isWellFormed() ? value : illFormed(value)
  const bytes = isAnyArrayBuffer(value) ? new Uint8Array(value) : value
  if (!isUint8Array(bytes)) return undefined
  return bytes.buffer instanceof ArrayBuffer ? bytes : Uint8Array.from(bytes)
}

/** A whole request as the addon takes it; `jsonOfObject` writes that of an object. */
function requestJson(request, jsonOfObject) {
  const given = textOrBytes(request)
  if (given !== undefined) return given
  if (!isRecord(request)) throw notPlain('request', request, ', a string, a Uint8Array or an ArrayBuffer')
  return jsonOfObject(request, 'request')
}

function illFormed(text) {
  const half = Buffer.from([0xed, 0xa0, 0x80])
  const parts = text.split(/\p{Surrogate}/u).flatMap((part) => [half, Buffer.from(part)])
  return Buffer.concat(parts.slice(1))
}

/** What an argument is, for a sentence that says what it should be. */
function kindOf(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return `an instance of ${value.constructor?.name || 'Object'}`
  return value === undefined ? 'undefined' : `a ${typeof value}`
}

/** A TypeError that names what it is about. */
function wrongType(name, expected, value) {
  return new TypeError(`${name} must be ${expected}, not ${kindOf(value)}`)
}

/** The same of what must be a plain object, or one of `others`. */
function notPlain(name, value, others = '') {
  const isInstance = typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
  return wrongType(name, `${isInstance ? 'a plain' : 'an'} object${others}`, value)
}

module.exports = { exactJsonOf, isRecord, jsonOf, kindOf, notPlain, requestJson, textOrBytes, wrongType }
