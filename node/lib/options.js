'use strict'

const { isDate } = require('node:util').types
const { notPlain, wrongType } = require('./json.js')
const { bare, isPlain } = require('./object.js')

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

/** The core says which numbers there can be. */
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

/** Keys and values in turn. */
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

/** What an account says by default, and a send may override. */
const defaults = {
  source: text,
  priority: text,
  eventReportGates: texts,
  customParameters: parameters,
  relativeValidityTime: number,
  platformServiceId: text,
  platformServiceType: text,
}

const send = {
  ...defaults,
  refId: text,
  absoluteValidityTime(value, name, given) {
    if (!isDate(value))
      return typeof value === 'string' ? text(value, name) : fail(wrongType(name, 'a string or a Date', value))
    const time = value.getTime()
    if (Number.isNaN(time)) throw new TypeError(`${name} must be a valid Date`)
    given.validUntil = time
    return undefined
  },
  platformTransactionId: text,
  timeoutMs: number,
  signal,
}

const config = {
  ...defaults,
  region: text,
  baseUrl: text,
  username: text,
  password: text,
  platformId: text,
  platformPartnerId: text,
  timeoutMs: number,
  connectTimeoutMs: number,
  maxConnections: count,
  maxQueue: count,
  maxAttempts: count,
  retryWhenBusy: flag,
  proxy: text,
  noProxy: text,
  proxyFromEnv: flag,
  caFile: text,
  systemRoots: flag,
  allowHttp: flag,
  strict: flag,
}

const many = { destinationsPerRequest: count, rate: number, resume: text, resendUnknown: flag }

function fail(error) {
  throw error
}

/**
 * The members that are there, each read once and found to be of its type, in an object that inherits nothing: the addon does not
 * tell what is inherited.
 */
function read(readers, options, name) {
  const given = bare()
  if (options === undefined) return given
  if (!isPlain(options)) throw notPlain(name, options)
  for (const member of Object.keys(options)) {
    if (!Object.hasOwn(readers, member)) throw new TypeError(`${name}.${member}: there is no such option`)
    const value = options[member]
    if (value === undefined) continue
    const known = readers[member](value, `${name}.${member}`, given)
    if (known !== undefined) given[member] = known
  }
  return given
}

/** Those members of an object that are in a list, taken out of it. */
function take(given, names) {
  const taken = bare()
  for (const name of names) {
    if (given[name] !== undefined) taken[name] = given[name]
    delete given[name]
  }
  return taken
}

/** The options of a send, and those that this verb has besides. */
function sendOptions(options, own = {}) {
  if (options === undefined) return { given: bare(), extra: bare(), signal: undefined }
  const given = read({ ...send, ...own }, options, 'options')
  const { signal: watched } = take(given, ['signal'])
  const extra = take(given, Object.keys(own))
  return { given, extra, signal: watched }
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
  if (given.region !== undefined && given.baseUrl !== undefined) {
    throw new TypeError('config must have either region or baseUrl, not both')
  }
  given.defaults = take(given, Object.keys(defaults))
  return given
}

/** The names that there are. */
const names = { config: Object.keys(config), send: Object.keys(send), many: Object.keys(many) }

module.exports = { clientConfig, flag, manyOptions, names, number, sendOptions, text, texts }
