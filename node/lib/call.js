'use strict'

const { LinkwaError, errorOf, internalError, stackAt } = require('./error.js')
const { own } = require('./object.js')

/**
 * What a function of the addon gives. An error, whether the addon tells one or throws what it should not, has the stack of who
 * called `verb`.
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

/** Whether the addon tells what went wrong. */
function isFailure(result) {
  return typeof result === 'object' && result !== null && typeof own(result, 'code') === 'string'
}

/** What `check` gives; an error of ours in it has the stack of who called `verb`. */
function checked(check, verb) {
  try {
    return check()
  } catch (error) {
    if (isOurs(error)) Error.captureStackTrace?.(error, verb)
    throw error
  }
}

/** The same, with the stack of a place. */
function checkedAt(check, place) {
  try {
    return check()
  } catch (error) {
    throw isOurs(error) ? stackAt(error, place) : error
  }
}

/** Another error comes from what the caller gave: from a getter, or from `toJSON`. */
function isOurs(error) {
  return error instanceof TypeError || error instanceof LinkwaError
}

module.exports = { call, checked, checkedAt, isFailure, isOurs }
