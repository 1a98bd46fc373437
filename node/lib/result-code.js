'use strict'

const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { wrongType } = require('./json.js')
const { membersOf } = require('./object.js')

const ResultCode = Object.freeze(
  Object.fromEntries(binding.resultCodes().map(({ name, code }) => [name.toUpperCase(), code])),
)

function describeResultCode(code) {
  checked(() => {
    if (!Number.isSafeInteger(code)) throw wrongType('code', 'a whole number', code)
  }, describeResultCode)
  const { name, ...about } = membersOf(call(binding.resultCode, [code], describeResultCode))
  return { name, ...about }
}

module.exports = { ResultCode, describeResultCode }
