'use strict'

// What is shown of an error wherever it is printed; nothing of it is a phone number or a text.
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

// What must be asked for: the gateway's own words may repeat values of the request.
const hidden = ['description', 'translatedDescription', 'responseBody']

// What to do with a message, as long as nothing else is known than the code of an error that was made anew.
const dispositions = {
  invalid_config: 'fail',
  invalid_request: 'fail',
  rejected: 'fail',
  not_sent: 'retry',
  invalid_callback: 'fail',
}

class LinkwaError extends Error {
  constructor(message, about = {}) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause })
    this.code = about.code ?? 'internal'
    for (const name of shown) {
      if (about[name] !== undefined) this[name] = about[name]
    }
    for (const name of hidden) {
      if (about[name] !== undefined) hide(this, name, about[name])
    }
    this.disposition ??= dispositions[this.code] ?? 'park'
    hide(this, 'findings', about.findings ?? [])
  }

  toJSON() {
    const json = { name: this.name, message: this.message }
    for (const name of shown) {
      if (this[name] !== undefined) json[name] = this[name]
    }
    return json
  }
}

hide(LinkwaError.prototype, 'name', 'LinkwaError')

function hide(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false })
}

/** Where the caller called this function, for an error that is made later. */
function placeOf(verb) {
  const place = {}
  Error.captureStackTrace?.(place, verb)
  return place
}

/** The text of the stack, unless the program has a way of its own to write stacks, which may fail. */
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
  hide(error, 'stack', `${error.name}: ${error.message}${at < 0 ? '' : stack.slice(at)}`)
  return error
}

/** The error for what the addon says went wrong. */
function errorOf(failure, place, cause) {
  const { message, ...about } = failure
  const error =
    about.code === 'invalid_argument' ? new TypeError(message) : new LinkwaError(message, { ...about, cause })
  return place === undefined ? error : stackAt(error, place)
}

/** What the addon threw, which it should not. */
function internalError(thrown, outcome) {
  return new LinkwaError(`internal error of linkwa: ${thrown?.message ?? thrown}`, {
    code: 'internal',
    outcome,
    disposition: outcome === 'not_sent' ? 'fail' : 'park',
    cause: thrown,
  })
}

module.exports = { LinkwaError, errorOf, internalError, placeOf, stackAt }
