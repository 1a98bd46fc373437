'use strict'

const { isDate } = require('node:util').types
const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { wrongType } = require('./json.js')
const { text } = require('./options.js')

function checkDestination(number) {
  const given = checked(() => text(number, 'number'), checkDestination)
  return call(binding.checkDestination, [given], checkDestination)
}

/** An amount of money, from a decimal number in a string: a number of JavaScript is not exact. */
function currency(fallbackValue, code, amount) {
  const given = checked(
    () => ({
      fallbackValue: text(fallbackValue, 'fallbackValue'),
      code: text(code, 'code'),
      amount: text(amount, 'amount'),
    }),
    currency,
  )
  const amount1000 = call(binding.amount1000, [given.amount], currency)
  return { type: 'currency', currency: { fallbackValue: given.fallbackValue, code: given.code, amount1000 } }
}

/** A date and time without a time zone: the fields of a Date in local time. */
function dateTime(fallbackValue, date) {
  const given = checked(() => {
    if (!isDate(date)) throw wrongType('date', 'a Date', date)
    if (Number.isNaN(date.getTime())) throw new TypeError('date must be a valid Date')
    return text(fallbackValue, 'fallbackValue')
  }, dateTime)
  return {
    type: 'dateTime',
    dateTime: {
      fallbackValue: given,
      // Sunday is 7.
      dayOfWeek: date.getDay() || 7,
      dayOfMonth: date.getDate(),
      year: date.getFullYear(),
      month: date.getMonth() + 1,
      hour: date.getHours(),
      minute: date.getMinutes(),
    },
  }
}

module.exports = { checkDestination, currency, dateTime }
