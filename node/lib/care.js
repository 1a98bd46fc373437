'use strict'

const { isDate } = require('node:util').types
const binding = require('./binding.js')
const { call } = require('./call.js')
const { isObject } = require('./json.js')
const { wrongType } = require('./options.js')

function careWindow(lastInbound, now) {
  const nowMs = now === undefined ? Date.now() : millis(now, 'now', 'a Date or a number')
  if (isObject(lastInbound) && lastInbound.kind === 'receivedMessage' && typeof lastInbound.raw === 'string') {
    return windowOf(call(binding.careWindowOf, [lastInbound.raw, nowMs], careWindow))
  }
  const lastMs = millis(lastInbound, 'lastInbound', 'a Date, a number or a ReceivedMessage')
  return windowOf(call(binding.careWindow, [lastMs, nowMs], careWindow))
}

/** Milliseconds since 1970-01-01 UTC, of those that a Date can have. */
function millis(value, name, wanted) {
  if (!isDate(value) && typeof value !== 'number') throw wrongType(name, wanted, value)
  const time = Number(value)
  if (!(Math.abs(time) <= 8.64e15)) throw new TypeError(`${name} must be a moment that a Date can have`)
  return time
}

function windowOf(window) {
  if (window === undefined || window === null) return undefined
  const { isOpen, closesAtMs } = window
  return { isOpen, closesAt: new Date(closesAtMs), closesAtMs }
}

function isGatewayAddress(address) {
  if (typeof address !== 'string') throw wrongType('address', 'a string', address)
  return binding.isGatewayAddress(address)
}

module.exports = { careWindow, isGatewayAddress }
