'use strict'

const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { jsonOf, requestJson, wrongType } = require('./json.js')
const { text, validationOptions } = require('./options.js')

function validate(request, options) {
  const [given, { extensions }] = checked(() => [requestJson(request, jsonOf), validationOptions(options)], validate)
  return call(typeof given === 'string' ? binding.validateText : binding.validateBytes, [given, extensions], validate)
}

function newRefId() {
  return binding.newRefId()
}

function refIdFor(namespace, id) {
  const [name, key] = checked(() => {
    if (typeof id !== 'string' && !Number.isSafeInteger(id)) throw wrongType('id', 'a string or a whole number', id)
    return [text(namespace, 'namespace'), text(String(id), 'id')]
  }, refIdFor)
  return binding.refIdFor(name, key)
}

module.exports = { newRefId, refIdFor, validate }
