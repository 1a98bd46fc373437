'use strict'

const { LinkwaError, errorOf, internalError, stackAt } = require('./error.js')
const { own } = require('./object.js')

/**
 * The result of a function of the addon. An error, whether the addon returns it or throws it, gets the stack of the caller of
 * `verb`.
 */
function call(native, args, verb) {
  let error
  try {
    const result = native(...args)
    if (!isFailure(result)) return result
    error = errorOf(result)
  } catch (thrown) {
    error = internalError(thrown)
  }
  Error.captureStackTrace?.(error, verb)
  throw error
}

/** Whether the addon returned an error. */
function isFailure(result) {
  return typeof result === 'object' && result !== null && typeof own(result, 'code') === 'string'
}

/** The result of `check`; an error of this library in it gets the stack of the caller of `verb`. */
function checked(check, verb) {
  try {
    return check()
  } catch (error) {
    if (isOurs(error)) Error.captureStackTrace?.(error, verb)
    throw error
  }
}

/** The same, with the stack of a given place. */
function checkedAt(check, place) {
  try {
    return check()
  } catch (error) {
    throw isOurs(error) ? stackAt(error, place) : error
  }
}

/** Other errors come from the caller's objects: from a getter, or from `toJSON`. */
function isOurs(error) {
  return error instanceof TypeError || error instanceof LinkwaError
}

module.exports = { call, checked, checkedAt, isFailure, isOurs }
