'use strict'

// Helpers that make parameters, and check a destination.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { clientOf, faultServer, http } = require('./support.js')
const { LinkwaError, checkDestination, currency, dateTime } = require('../../node/index.js')

test('an amount is a decimal number in a string, and exact', () => {
  const of = (amount) => currency('$', 'USD', amount).currency
  assert.deepEqual(currency('$100.99', 'USD', '100.99'), {
    type: 'currency',
    currency: { fallbackValue: '$100.99', code: 'USD', amount1000: '100990' },
  })
  assert.equal(of('0.29').amount1000, '290')
  assert.equal(of('-9223372036854775.808').amount1000, '-9223372036854775808')
  for (const wrong of ['0.0001', '1,5', '', 'NaN', '1e3']) {
    assert.throws(
      () => of(wrong),
      (error) => {
        const [finding] = error.findings
        return error instanceof LinkwaError && finding.path === 'amount' && finding.code === 'invalid_format'
      },
    )
  }
  for (const wrong of [100.99, 1n, undefined, null]) assert.throws(() => of(wrong), TypeError)
})

test('a Date becomes its fields in local time', () => {
  const { dateTime: parts } = dateTime('then', new Date(2030, 1, 24, 15, 33, 59))
  assert.deepEqual(parts, {
    fallbackValue: 'then',
    dayOfWeek: 7,
    dayOfMonth: 24,
    year: 2030,
    month: 2,
    hour: 15,
    minute: 33,
  })
  for (const wrong of [new Date(Number.NaN), 0, '2030-02-24', undefined]) {
    assert.throws(() => dateTime('then', wrong), TypeError)
  }
})

test('parameters of the helpers are sent', async () => {
  const server = await faultServer(http(200, '{"resultCode":112001,"messageIds":["a"]}'))
  const parameters = [currency('$1', 'USD', '1.5'), dateTime('then', new Date(2030, 1, 25, 0, 0))]
  const template = { name: 't', namespace: 'n', language: 'en', components: [{ type: 'body', parameters }] }
  const sent = await clientOf(server.url).sendTemplate('+46000000001', template)
  assert.deepEqual([sent.warnings, sent.messageId], [[], 'a'])
  assert.deepEqual(JSON.parse(server.bodies[0]).messages[0].template.components[0].parameters, parameters)
})

test('only a message to one destination has one id', async () => {
  const server = await faultServer(http(200, '{"resultCode":112001,"messageIds":["a","b"]}'))
  const client = clientOf(server.url)
  const two = await client.sendText(['+46000000001', '+46000000002'], 'x')
  assert.deepEqual([two.messageId, two.messageIds], [undefined, ['a', 'b']])
  // A warning takes the other way from the addon.
  const doubtful = await client.sendText('SE.1349abc', 'x')
  assert.deepEqual([doubtful.messageId, doubtful.warnings.length], [undefined, 1])
})

test('a destination is checked', () => {
  assert.deepEqual(checkDestination('+46000000001'), [])
  const [finding] = checkDestination('+46 70 000 00 01')
  assert.deepEqual([finding.path, finding.code, finding.suggestion], ['', 'invalid_msisdn', '+46700000001'])
  assert.throws(() => checkDestination(46), TypeError)
})
