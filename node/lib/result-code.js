'use strict'

const binding = require('./binding.js')
const { call } = require('./call.js')
const { wrongType } = require('./options.js')

const ResultCode = Object.freeze(
  Object.fromEntries(binding.resultCodes().map(({ name, code }) => [name.toUpperCase(), code])),
)

function describeResultCode(code) {
  if (!Number.isSafeInteger(code)) throw wrongType('code', 'a whole number', code)
  const { name, ...about } = call(binding.resultCode, [code], describeResultCode)
  return { name, ...about }
}

module.exports = { ResultCode, describeResultCode }
