'use strict'

const { isObject, jsonOf } = require('./json.js')
const { jsonOfRaw } = require('./raw.js')
const { wrongType } = require('./options.js')

/** A message as the addon takes it. */
function wireMessage(message, name) {
  const json = jsonOfRaw(message)
  if (json !== undefined) return { json, isRaw: true }
  if (!isObject(message)) throw wrongType(name, 'an object', message)
  return { json: jsonOf(message, name), isRaw: false }
}

/** One message or several. */
function wireMessages(message, name) {
  if (!Array.isArray(message)) return [wireMessage(message, name)]
  return Array.from(message, (one, index) => wireMessage(one, `${name}[${index}]`))
}

/** A result whose members are all there, in one order. */
function resultOf({ refId, resultCode, description, messageIds, receipts, warnings, attempts }) {
  return { refId, resultCode, description, messageIds, receipts, warnings, attempts }
}

module.exports = { resultOf, wireMessages }
