'use strict'

const { errorOf, internalError } = require('./error.js')

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
  return typeof result === 'object' && result !== null && typeof result.code === 'string'
}

module.exports = { call, isFailure }
