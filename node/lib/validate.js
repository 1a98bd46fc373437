'use strict'

const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { jsonOf, requestJson } = require('./json.js')

function validate(request) {
  const given = checked(() => requestJson(request, jsonOf), validate)
  return call(typeof given === 'string' ? binding.validateText : binding.validateBytes, [given], validate)
}

function newRefId() {
  return binding.newRefId()
}

module.exports = { newRefId, validate }
