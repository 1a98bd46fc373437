'use strict'

const { isNativeError } = require('node:util').types
const binding = require('./binding.js')
const { kindOf, notPlain, wrongType } = require('./json.js')
const { bare, define, isPlain, membersOf, own } = require('./object.js')

// The members that are shown whenever an error is printed; none of them is a phone number or a text.
const shown = [
  'code',
  'outcome',
  'disposition',
  'reason',
  'refId',
  'httpStatus',
  'resultCode',
  'retryAfter',
  'path',
  'position',
]

// The members that are shown only on request: the gateway's descriptions may repeat values of the request.
const hidden = ['description', 'translatedDescription', 'responseBody']

class LinkwaError extends Error {
  constructor(message, about) {
    const given = initOf(about, new.target)
    super(message, given.cause === undefined ? undefined : { cause: given.cause })
    given.code ??= 'internal'
    if (given.outcome == null || given.disposition == null) addDefaults(given)
    for (const name of shown) {
      if (given[name] !== undefined) define(this, name, given[name])
    }
    for (const name of hidden) {
      if (given[name] !== undefined) define(this, name, given[name], false)
    }
    define(this, 'findings', given.findings ?? [], false)
  }

  static from(json) {
    try {
      return read(typeof json === 'string' ? parsed(json) : json)
    } catch (error) {
      Error.captureStackTrace?.(error, LinkwaError.from)
      throw error
    }
  }

  toJSON() {
    const { name, message, stack } = this
    const json = { name, message }
    for (const member of shown) {
      const value = own(this, member)
      if (value !== undefined) define(json, member, value)
    }
    if (this.findings.length > 0) define(json, 'findings', this.findings.map(withoutSuggestion))
    const details = detailsOf(this)
    if (details !== undefined) define(json, 'details', details)
    const cause = causeOf(own(this, 'cause'))
    if (cause !== undefined) define(json, 'cause', cause)
    if (typeof stack === 'string') define(json, 'stack', stack)
    return json
  }
}

define(LinkwaError.prototype, 'name', 'LinkwaError', false)

class InvalidConfig extends LinkwaError {
  constructor(message, about) {
    super(message, withCode('invalid_config', about))
  }
}

class InvalidRequest extends LinkwaError {
  constructor(message, about) {
    super(message, withCode('invalid_request', about))
  }
}

class Rejected extends LinkwaError {
  constructor(message, about) {
    super(message, withCode('rejected', about))
  }
}

class NotSent extends LinkwaError {
  constructor(message, about) {
    super(message, withCode('not_sent', about))
  }
}

class OutcomeUnknown extends LinkwaError {
  constructor(message, about) {
    super(message, withCode('outcome_unknown', about))
  }
}

class InvalidCallback extends LinkwaError {
  constructor(message, about) {
    super(message, withCode('invalid_callback', about))
  }
}

class InternalError extends LinkwaError {
  constructor(message, about) {
    super(message, withCode('internal', about))
  }
}

const classes = {
  __proto__: null,
  invalid_config: InvalidConfig,
  invalid_request: InvalidRequest,
  rejected: Rejected,
  not_sent: NotSent,
  outcome_unknown: OutcomeUnknown,
  invalid_callback: InvalidCallback,
  internal: InternalError,
}

/** The parts from which an error is made. */
function initOf(about, Class) {
  if (about === undefined || isPlain(about)) return bare(about)
  throw stackAt(notPlain('about', about), placeOf(Class))
}

/** The same for a class with its own code. */
function withCode(code, about) {
  const given = initOf(about, classes[code])
  if (given.code !== undefined && given.code !== code) {
    throw stackAt(new TypeError(`about.code must be '${code}' in this class`), placeOf(classes[code]))
  }
  given.code = code
  return given
}

/** The outcome of an error that is made again, from its code and its outcome. */
function addDefaults(given) {
  const outcome = given.outcome == null ? undefined : String(given.outcome)
  const known = membersOf(binding.errorDefaults(String(given.code), outcome))
  given.outcome ??= known.outcome
  given.disposition ??= known.disposition
}

/** The error of the class with this code. */
function errorWith(message, about) {
  const Class = classes[about.code] ?? LinkwaError
  return new Class(message, about)
}

// ---- JSON ----

// A log may show an error's JSON, so values that may repeat a number or a text are encoded in it.

function withoutSuggestion(finding) {
  return Object.fromEntries(Object.entries(finding).filter(([name]) => name !== 'suggestion'))
}

/** The values that may repeat the request, as one text of Base64; `undefined` if there are none. */
function detailsOf(error) {
  const details = bare()
  for (const name of ['description', 'translatedDescription']) {
    const value = own(error, name)
    if (value !== undefined) details[name] = value
  }
  const body = own(error, 'responseBody')
  if (body !== undefined) details.responseBody = Buffer.from(body).toString('base64')
  const suggestions = error.findings.map((finding) => own(finding, 'suggestion') ?? null)
  if (suggestions.some((suggestion) => suggestion !== null)) details.suggestions = suggestions
  if (Object.keys(details).length === 0) return undefined
  return Buffer.from(JSON.stringify(details)).toString('base64')
}

/** The name and message of a cause that is an error. Other causes may hold anything, and are left out. */
function causeOf(cause) {
  if (!isNativeError(cause) && !(cause instanceof Error)) return undefined
  return { name: String(cause.name), message: String(cause.message) }
}

const isString = (value) => typeof value === 'string'
const isWhole = (value) => Number.isSafeInteger(value)

/** What a member of an error's JSON must be. */
const members = {
  __proto__: null,
  code: isString,
  outcome: (value) => ['rejected', 'not_sent', 'unknown'].includes(value),
  disposition: (value) => ['retry', 'fail', 'park'].includes(value),
  reason: isString,
  refId: isString,
  httpStatus: isWhole,
  resultCode: isWhole,
  retryAfter: (value) => typeof value === 'number' && value >= 0,
  path: isString,
  position: isWhole,
  findings: (value) => Array.isArray(value) && value.every(isFinding),
}

function isFinding(value) {
  if (!isPlain(value) || !['path', 'code', 'message', 'severity'].every((name) => isString(own(value, name))))
    return false
  const suggestion = own(value, 'suggestion')
  return suggestion === undefined || isString(suggestion)
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    // V8's own message would quote the text.
    throw new TypeError('json must be JSON')
  }
}

/** The error from the result of `toJSON`. Members that this version does not know are ignored. */
function read(json) {
  if (!isPlain(json)) throw wrongType('json', 'what toJSON() of a LinkwaError gave', json)
  const given = bare(json)
  if (!isString(given.message)) throw new TypeError(`json.message must be a string, not ${kindOf(given.message)}`)
  if (!isString(given.code)) {
    throw new TypeError(
      `json.code must be a string, not ${kindOf(given.code)}: it must be what toJSON() of a LinkwaError gave`,
    )
  }
  const about = bare()
  for (const [name, isRight] of Object.entries(members)) {
    const value = given[name] ?? undefined
    if (value === undefined) continue
    if (!isRight(value)) throw new TypeError(`json.${name} is not what toJSON() of a LinkwaError gives`)
    about[name] = value
  }
  addDetails(about, given.details ?? undefined)
  const cause = given.cause ?? undefined
  if (isPlain(cause)) {
    about.cause = new Error(String(own(cause, 'message')))
    define(about.cause, 'name', String(own(cause, 'name')), false)
    define(about.cause, 'stack', String(about.cause), false)
  }
  const error = errorWith(given.message, about)
  if (isString(given.stack)) define(error, 'stack', given.stack, false)
  return error
}

function addDetails(about, encoded) {
  if (encoded === undefined) return
  let details
  try {
    details = JSON.parse(Buffer.from(encoded, 'base64').toString())
  } catch {
    details = undefined
  }
  if (!isPlain(details)) throw new TypeError('json.details is not what toJSON() of a LinkwaError gives')
  for (const name of ['description', 'translatedDescription']) {
    const value = own(details, name)
    if (isString(value)) about[name] = value
  }
  const body = own(details, 'responseBody')
  if (isString(body)) about.responseBody = Buffer.from(body, 'base64')
  const suggestions = own(details, 'suggestions')
  if (!Array.isArray(suggestions)) return
  about.findings = about.findings?.map((finding, index) =>
    isString(suggestions[index]) ? { ...finding, suggestion: suggestions[index] } : finding,
  )
}

// ---- Stacks ----

/** The place from which the caller called this function, for an error that is made later. */
function placeOf(verb) {
  const place = {}
  Error.captureStackTrace?.(place, verb)
  return place
}

/** The text of the stack, unless the program formats stacks itself, which may fail. */
function stackOf(place) {
  try {
    return place.stack
  } catch {
    return undefined
  }
}

/** Gives an error the stack of that place. */
function stackAt(error, place) {
  const stack = stackOf(place)
  if (typeof stack !== 'string') return error
  const at = stack.indexOf('\n    at ')
  define(error, 'stack', `${error.name}: ${error.message}${at < 0 ? '' : stack.slice(at)}`, false)
  return error
}

// ---- Errors of the addon ----

/** The error of the class for an error object of the addon. */
function errorOf(errorObject, place, cause) {
  const { message, ...given } = membersOf(errorObject)
  const about = bare(given)
  about.cause = cause
  const error = about.code === 'invalid_argument' ? new TypeError(message) : errorWith(message, about)
  return place === undefined ? error : stackAt(error, place)
}

/** An unexpected exception of the addon. */
function internalError(thrown, outcome) {
  return new InternalError(`internal error of linkwa: ${thrown?.message ?? thrown}`, { outcome, cause: thrown })
}

module.exports = {
  InternalError,
  InvalidCallback,
  InvalidConfig,
  InvalidRequest,
  LinkwaError,
  NotSent,
  OutcomeUnknown,
  Rejected,
  errorOf,
  internalError,
  placeOf,
  stackAt,
}
