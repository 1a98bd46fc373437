'use strict'

const { isRecord, jsonOf, notPlain } = require('./json.js')
const { membersOf } = require('./object.js')
const { jsonOfRaw } = require('./raw.js')

/** A message for the addon. */
function wireMessage(message, name) {
  const json = jsonOfRaw(message)
  if (json !== undefined) return { json, isRaw: true }
  if (!isRecord(message)) throw notPlain(name, message)
  return { json: jsonOf(message, name), isRaw: false }
}

/** One message or several. */
function wireMessages(message, name) {
  if (!Array.isArray(message)) return [wireMessage(message, name)]
  return Array.from(message, (one, index) => wireMessage(one, `${name}[${index}]`))
}

/** A result with all members, in a fixed order. */
function resultOf(result) {
  const { refId, resultCode, description, messageId, messageIds, receipts, warnings, attempts, repeat } =
    membersOf(result)
  return { refId, resultCode, description, messageId, messageIds, receipts, warnings, attempts, repeat }
}

/** The answer to an HTTP request, with its members in a fixed order. */
function responseOf(response) {
  const { status, body } = membersOf(response)
  return { status, body }
}

module.exports = { responseOf, resultOf, wireMessages }
