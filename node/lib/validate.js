'use strict'

const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { jsonOf, requestJson } = require('./json.js')
const { validationOptions } = require('./options.js')

function validate(request, options) {
  const [given, { extensions }] = checked(() => [requestJson(request, jsonOf), validationOptions(options)], validate)
  return call(typeof given === 'string' ? binding.validateText : binding.validateBytes, [given, extensions], validate)
}

function newRefId() {
  return binding.newRefId()
}

module.exports = { newRefId, validate }
