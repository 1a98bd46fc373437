'use strict'

const { isDate } = require('node:util').types
const binding = require('./binding.js')
const declared = require('./declared.js')
const { notPlain, wrongType } = require('./json.js')
const { bare, isPlain, take } = require('./object.js')

function text(value, name) {
  if (typeof value !== 'string') throw wrongType(name, 'a string', value)
  if (!value.isWellFormed()) throw new TypeError(`${name} must be well-formed Unicode: it has half a surrogate pair`)
  return value
}

function texts(value, name) {
  if (!Array.isArray(value)) throw wrongType(name, 'an array of strings', value)
  return Array.from(value, (item, index) => text(item, `${name}[${index}]`))
}

function flag(value, name) {
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean', value)
  return value
}

/** Core checks the range of numbers. */
function number(value, name) {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value)
  return value
}

function count(value, name) {
  if (typeof value !== 'number') throw wrongType(name, 'a whole number', value)
  if (!Number.isInteger(value) && Math.abs(value) !== Infinity) {
    throw new TypeError(`${name} must be a whole number, not ${value}`)
  }
  return value
}

/** Keys and values, alternating. */
function parameters(value, name) {
  if (!isPlain(value)) throw notPlain(name, value, ' of strings')
  return Object.entries(value).flatMap(([key, item]) => [text(key, name), text(item, `${name}.${key}`)])
}

function signal(value, name) {
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof value.aborted !== 'boolean' ||
    typeof value.addEventListener !== 'function'
  ) {
    throw wrongType(name, 'an AbortSignal', value)
  }
  return value
}

/** A time: a text, or the milliseconds of a Date. */
function moment(value, name) {
  if (typeof value === 'string') return text(value, name)
  if (!isDate(value)) throw wrongType(name, 'a string or a Date', value)
  const time = value.getTime()
  if (Number.isNaN(time)) throw new TypeError(`${name} must be a valid Date`)
  return time
}

/** The reader of a member, by the kind that core declares for it. */
const kinds = {
  bool: flag,
  duration: number,
  integer: count,
  path: text,
  string: text,
  stringMap: parameters,
  strings: texts,
  timestamp: moment,
}

function readersOf(members) {
  return Object.fromEntries(Object.entries(members).map(([name, kind]) => [name, kinds[kind]]))
}

const send = { ...readersOf(declared.options), signal }
const config = readersOf(declared.settings)
const call = { timeoutMs: send.timeoutMs, signal }

const many = { destinationsPerRequest: count, rate: number, resume: text, resendUnknown: flag }

/** The nearest known name, for an error text; '' if none is near. */
function didYouMean(name, known) {
  const near = binding.nearest(name, known)
  return near === undefined || near === null ? '' : `; did you mean '${near}'?`
}

function unknown(name, member, known) {
  return new TypeError(`${name}.${member}: there is no such option${didYouMean(member, known)}`)
}

/**
 * The members that are set, each read once and checked for its type, in an object that inherits nothing: the addon does not
 * distinguish inherited members.
 */
function read(readers, options, name) {
  const given = bare()
  if (options === undefined) return given
  if (!isPlain(options)) throw notPlain(name, options)
  for (const member of Object.keys(options)) {
    if (!Object.hasOwn(readers, member)) throw unknown(name, member, Object.keys(readers))
    const value = options[member]
    if (value === undefined) continue
    given[member] = readers[member](value, `${name}.${member}`)
  }
  return given
}

/** The options of a send, and the own ones of this verb. */
function sendOptions(options, own = {}) {
  if (options === undefined) return { given: bare(), extra: bare(), signal: undefined }
  const given = read({ ...send, ...own }, options, 'options')
  const { signal: watched } = take(given, ['signal'])
  const extra = take(given, Object.keys(own))
  return { given, extra, signal: watched }
}

/** The options of a send of a whole request, which contains the other options. */
function callOptions(options) {
  const given = read(call, options, 'options')
  const { signal: watched } = take(given, ['signal'])
  return { given, signal: watched }
}

/** The options of an HTTP request. */
function httpOptions(options) {
  const given = read({ ...call, contentType: text }, options, 'options')
  const { signal: watched } = take(given, ['signal'])
  return { given, signal: watched }
}

function validationOptions(options) {
  return read({ extensions: flag }, options, 'options')
}

function manyOptions(options) {
  const { given, extra, signal: watched } = sendOptions(options, many)
  return { given, run: extra, signal: watched }
}

function clientConfig(options) {
  const given = read(config, options, 'config')
  const missing = ['username', 'password'].filter((name) => given[name] === undefined)
  if (given.region === undefined && given.baseUrl === undefined) missing.unshift('region or baseUrl')
  if (missing.length > 0) throw new TypeError(`config must have ${missing.join(', ')}`)
  return given
}

/** The known names. */
const names = { config: Object.keys(config), send: Object.keys(send), many: Object.keys(many) }

module.exports = {
  callOptions,
  clientConfig,
  count,
  didYouMean,
  flag,
  httpOptions,
  manyOptions,
  names,
  number,
  read,
  readersOf,
  sendOptions,
  signal,
  text,
  texts,
  unknown,
  validationOptions,
}
