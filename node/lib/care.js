'use strict'

const { isDate } = require('node:util').types
const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { wrongType } = require('./json.js')
const { isPlain, own } = require('./object.js')

function careWindow(lastInbound, now) {
  const [last, nowMs] = checked(() => {
    const nowMs = now === undefined ? Date.now() : millis(now, 'now', 'a Date or a number')
    return [
      rawMessage(lastInbound) ?? millis(lastInbound, 'lastInbound', 'a Date, a number or a ReceivedMessage'),
      nowMs,
    ]
  }, careWindow)
  const native = typeof last === 'string' ? binding.careWindowOf : binding.careWindow
  return windowOf(call(native, [last, nowMs], careWindow))
}

/** The text of a received message; `undefined` for anything else. */
function rawMessage(value) {
  if (!isPlain(value) || own(value, 'kind') !== 'receivedMessage') return undefined
  const raw = own(value, 'raw')
  return typeof raw === 'string' ? raw : undefined
}

/** Milliseconds since 1970-01-01 UTC, in the range of a Date. */
function millis(value, name, expected) {
  if (!isDate(value) && typeof value !== 'number') throw wrongType(name, expected, value)
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
  checked(() => {
    if (typeof address !== 'string') throw wrongType('address', 'a string', address)
  }, isGatewayAddress)
  return binding.isGatewayAddress(address)
}

module.exports = { careWindow, isGatewayAddress, windowOf }
