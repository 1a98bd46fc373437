'use strict'

// The customer care window, the gateway's addresses, and what result codes mean.

const assert = require('node:assert/strict')
const test = require('node:test')
const { ResultCode, careWindow, describeResultCode, isGatewayAddress, parseCallback } = require('../../node/index.js')

const NOW = Date.UTC(2020, 2, 30, 10, 59, 41, 123)
const DAY = 24 * 60 * 60 * 1000
const LAST = 8.64e15

test('it is open until just before 24 hours have passed', () => {
  for (const [since, isOpen] of [
    [0, true],
    [DAY - 1, true],
    [DAY, false],
    [DAY + 1, false],
    [-DAY, true],
  ]) {
    const closesAtMs = NOW - since + DAY
    const expected = { isOpen, closesAt: new Date(closesAtMs), closesAtMs }
    assert.deepEqual(careWindow(NOW - since, NOW), expected)
    assert.deepEqual(careWindow(new Date(NOW - since), new Date(NOW)), expected)
  }
  assert.ok(careWindow(-DAY, -1).isOpen, 'before 1970')
  assert.equal(careWindow(-DAY, 0).isOpen, false)
  assert.equal(careWindow(-2 * DAY, 0).closesAtMs, -DAY)
})

test('now defaults to the present', () => {
  assert.ok(careWindow(Date.now()).isOpen)
  assert.ok(careWindow(new Date(Date.now() - 23 * 60 * 60 * 1000), undefined).isOpen)
  assert.equal(careWindow(Date.now() - DAY).isOpen, false)
})

test('the ends of the calendar', () => {
  assert.deepEqual(careWindow(LAST, 0), { isOpen: true, closesAt: new Date(LAST), closesAtMs: LAST })
  assert.ok(careWindow(LAST, LAST).isOpen)
  assert.equal(careWindow(-LAST, -LAST).closesAtMs, -LAST + DAY)
  assert.equal(careWindow(-LAST, LAST).isOpen, false)
})

test('times are exact to the millisecond', () => {
  for (let step = 0; step < 2000; step++) {
    for (const last of [NOW + step, -NOW - step, LAST - DAY - step, step]) {
      const window = careWindow(last, last)
      assert.equal(window.closesAtMs, last + DAY)
      assert.equal(careWindow(last, last + DAY).isOpen, false)
      assert.equal(careWindow(last, last + DAY - 1).isOpen, true)
    }
  }
})

test('a received message counts by the provider’s clock, and else by the gateway’s', () => {
  const received = (times) => parseCallback(JSON.stringify({ messageId: 'm', source: '1', content: {}, ...times }))
  const provider = '2020-03-30T10:00:00Z'
  const gateway = '2020-03-30T12:30:00+02:00'
  for (const [times, minute] of [
    [{ providerTimestamp: provider, timestamp: gateway }, 0],
    [{ timestamp: gateway }, 30],
    [{ providerTimestamp: 'yesterday', timestamp: gateway }, 30],
  ]) {
    const message = received(times)
    const closesAtMs = Date.UTC(2020, 2, 31, 10, minute)
    assert.deepEqual(careWindow(message, NOW), { isOpen: true, closesAt: new Date(closesAtMs), closesAtMs })
    assert.equal(message.careWindowClosesAtMs, closesAtMs)
    assert.deepEqual(careWindow(structuredClone(message), new Date(NOW)).closesAtMs, closesAtMs)
    assert.equal(careWindow(message).isOpen, false)
  }
  assert.equal(careWindow(received({}), NOW), undefined)
})

test('an invalid time is a TypeError that names the argument', () => {
  const report = parseCallback('{"messageId":"m","resultCode":112003}')
  const wrong = [null, '2020-03-30T10:59:41Z', {}, 1n, Number.NaN, Infinity, LAST + 1, new Date(Number.NaN), report]
  for (const value of wrong) {
    assert.throws(() => careWindow(value, NOW), { name: 'TypeError', message: /^lastInbound must be/ })
    assert.throws(() => careWindow(NOW, value), { name: 'TypeError', message: /^now must be/ })
  }
  assert.throws(() => careWindow(), { name: 'TypeError', message: /^lastInbound must be/ })
  assert.throws(() => careWindow({ ...report, kind: 'receivedMessage' }, NOW), {
    name: 'TypeError',
    message: /^lastInbound: /,
  })
})

test('addresses of LINK are recognised', () => {
  for (const [address, expected] of [
    ['195.84.162.34', true],
    ['::ffff:195.84.162.34', true],
    ['213.242.87.36', true],
    ['213.242.87.55', true],
    ['213.242.87.56', false],
    ['195.84.162.34:443', false],
    [' 195.84.162.34', false],
    ['::1', false],
    ['localhost', false],
    ['', false],
    ['\ud800', false],
  ]) {
    assert.equal(isGatewayAddress(address), expected, address)
  }
  for (const wrong of [undefined, null, 1, Buffer.from('195.84.162.34')]) {
    assert.throws(() => isGatewayAddress(wrong), { name: 'TypeError', message: /^address must be a string, not/ })
  }
})

test('result codes and what they mean', () => {
  assert.equal(ResultCode.DELIVERED, 112003)
  assert.equal(Object.keys(ResultCode).length, 17)
  assert.ok(Object.isFrozen(ResultCode))
  for (const [name, code] of Object.entries(ResultCode)) {
    const about = describeResultCode(code)
    assert.deepEqual([about.name, about.code], [name.toLowerCase(), code])
    assert.notEqual(about.isSuccess, about.isFailure)
  }
  const { explanation: delivered, ...about } = describeResultCode(112003)
  assert.ok(delivered.length > 10)
  assert.deepEqual(about, {
    name: 'delivered',
    code: 112003,
    isSuccess: true,
    isFailure: false,
    isFinal: true,
    shouldContactSupport: false,
  })
  assert.ok(describeResultCode(112400).shouldContactSupport)
  const { explanation: newer, ...others } = describeResultCode(112009)
  assert.notEqual(newer, delivered)
  assert.deepEqual(others, {
    name: undefined,
    code: 112009,
    isSuccess: false,
    isFailure: false,
    isFinal: false,
    shouldContactSupport: false,
  })
  for (const wrong of [undefined, '112003', 1.5, 2 ** 53, Number.NaN]) {
    assert.throws(() => describeResultCode(wrong), { name: 'TypeError', message: /^code must be a whole number/ })
  }
})
