'use strict'

const { isAnyArrayBuffer, isMap, isNumberObject, isPromise, isRegExp, isSet, isUint8Array } = require('node:util').types

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
  const text = stringify(value, name)
  // These are the words that JavaScript has for what it cannot say.
  if (!text.includes('null') && !text.includes('{}')) return text
  return stringify(value, name, (key, member) => {
    if (isOpaque(member)) throw cannotCarry(name, key, kindOf(member))
    const number = isNumberObject(member) ? Number(member) : member
    return typeof number === 'number' && !Number.isFinite(number) ? instead(number, key) : member
  })
}

/** Whether JSON says nothing of what is in an object. */
function isOpaque(value) {
  return isMap(value) || isSet(value) || isPromise(value) || isRegExp(value) || isAnyArrayBuffer(value)
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

/** Whether a value is an object that can be one in JSON. */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/**
 * JSON that was given as text or bytes, as the addon takes it: a string, or a Uint8Array that nobody else writes to.
 * `undefined` for anything else.
 *
 * A string with half a surrogate pair becomes bytes that are no UTF-8, which is what the core then finds.
 */
function textOrBytes(value) {
  if (typeof value === 'string') return value.isWellFormed() ? value : illFormed(value)
  if (!isUint8Array(value)) return undefined
  return value.buffer instanceof ArrayBuffer ? value : Uint8Array.from(value)
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

module.exports = { exactJsonOf, isObject, jsonOf, kindOf, textOrBytes }
