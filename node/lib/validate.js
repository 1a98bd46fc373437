'use strict'

const binding = require('./binding.js')
const { isObject, jsonOf, kindOf, textOrBytes } = require('./json.js')

function validate(request) {
  const given = textOrBytes(request) ?? (isObject(request) ? jsonOf(request, 'request') : undefined)
  if (typeof given === 'string') return binding.validateText(given)
  if (given !== undefined) return binding.validateBytes(given)
  throw new TypeError(`request must be an object, a string or a Uint8Array, not ${kindOf(request)}`)
}

function newRefId() {
  return binding.newRefId()
}

module.exports = { newRefId, validate }
