'use strict'

const { isAnyArrayBuffer, isBoxedPrimitive, isDate, isNumberObject, isUint8Array } = require('node:util').types
const { isPlain } = require('./object.js')

/**
 * The JSON of an object whose values core will validate. `name` is the argument's name.
 *
 * JavaScript writes `null` for NaN and Infinity, and `null` counts as absent. To keep them visible, they become a number that is
 * out of every range.
 */
function jsonOf(value, name) {
  return write(value, name, (number) => (number < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE))
}

/** As `jsonOf`, for objects that are sent as they are: a number that JSON does not have is a TypeError. */
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
 * Whether JSON can hold a value. It writes `{}` for a Map, and leaves out a class's getters and private members, and functions. A
 * bigint has its own error.
 */
function isCarried(member) {
  if (typeof member === 'function' || typeof member === 'symbol') return false
  if (typeof member !== 'object' || member === null) return true
  return Array.isArray(member) || isPlain(member) || isBoxedPrimitive(member)
}

/** The errors that already name the argument. */
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
    // A bigint, a cycle, too many levels for the stack, or an exception of the caller's getter or `toJSON`.
    if (named.has(error) || !(error instanceof TypeError || error instanceof RangeError)) throw error
    const [reason] = error.message.split('\n')
    throw new TypeError(`${name} cannot be written as JSON: ${reason}`, { cause: error })
  }
  if (text === undefined) throw new TypeError(`${name} cannot be written as JSON`)
  return text
}

/** Whether JSON can hold a value, as far as the value itself shows: a plain object, or one with `toJSON`. */
function isRecord(value) {
  if (isPlain(value)) return true
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false
  return !isDate(value) && typeof value.toJSON === 'function'
}

/**
 * JSON that was given as text or bytes, for the addon: a string, or a Uint8Array that no other code writes to. `undefined` for
 * anything else.
 *
 * A string with an unpaired surrogate becomes bytes that are not UTF-8, which core then reports.
 */
function textOrBytes(value) {
  if (typeof value === 'string') return value.isWellFormed() ? value : illFormed(value)
  const bytes = isAnyArrayBuffer(value) ? new Uint8Array(value) : value
  if (!isUint8Array(bytes)) return undefined
  return bytes.buffer instanceof ArrayBuffer ? bytes : Uint8Array.from(bytes)
}

/** A whole request for the addon; `jsonOfObject` converts an object. */
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

/** The type of an argument, for an error that names the expected type. */
function kindOf(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return `an instance of ${value.constructor?.name || 'Object'}`
  return value === undefined ? 'undefined' : `a ${typeof value}`
}

/** A TypeError that names its subject. */
function wrongType(name, expected, value) {
  return new TypeError(`${name} must be ${expected}, not ${kindOf(value)}`)
}

/** The same for an argument that must be a plain object, or one of `others`. */
function notPlain(name, value, others = '') {
  const isInstance = typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
  return wrongType(name, `${isInstance ? 'a plain' : 'an'} object${others}`, value)
}

module.exports = { exactJsonOf, isRecord, jsonOf, kindOf, notPlain, requestJson, textOrBytes, wrongType }
