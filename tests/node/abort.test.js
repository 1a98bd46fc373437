'use strict'

// AbortSignal: an aborted send reports its exact outcome.

const assert = require('node:assert/strict')
const { before, test } = require('node:test')
const linkwa = require('../../node/index.js')
const {
  ACCOUNT,
  GOOD,
  clientOf,
  failureAfterArrival,
  failureOf,
  faultServer,
  runScript,
  waitFor,
} = require('./support.js')

const TO = '+46000000001'

let silent

before(async () => {
  silent = await faultServer(undefined)
})

const facts = ({ code, outcome, reason, cause, refId }) => ({ code, outcome, reason, cause, refId })

test('a signal that has aborted before: nothing is sent', async () => {
  const server = await faultServer(GOOD)
  const client = clientOf(server.url)
  const cause = new Error('no more')
  const signal = AbortSignal.abort(cause)
  const expected = { code: 'not_sent', outcome: 'not_sent', reason: 'cancelled', cause, refId: 'r' }
  assert.deepEqual(facts(await failureOf(client.sendText(TO, 'x', { signal, refId: 'r' }))), expected)
  for (const request of [{ refId: 'r' }, '{"refId":"r"}', Buffer.from('{"refId":"r"}')]) {
    assert.deepEqual(facts(await failureOf(client.sendRequest(request, { signal }))), expected)
    assert.deepEqual(facts(await failureOf(client.sendRaw(request, { signal }))), expected)
  }
  assert.equal((await failureOf(client.sendRaw('{}', { signal }))).refId, undefined)
  assert.match((await failureOf(client.sendText(TO, 'x', { signal }))).refId, /^[0-9a-f-]{36}$/)
  await client.close()
  assert.equal(server.connections, 0)
})

test('a signal that aborts after the message has begun to leave: the outcome is unknown', async () => {
  const client = clientOf(silent.url)
  silent.bodies.length = 0
  const controller = new AbortController()
  const sent = failureOf(client.sendText(TO, 'x', { signal: controller.signal, refId: 'r' }))
  await waitFor(() => silent.bodies.length === 1)
  const cause = new Error('enough')
  controller.abort(cause)
  assert.deepEqual(facts(await sent), {
    code: 'outcome_unknown',
    outcome: 'unknown',
    reason: 'cancelled',
    cause,
    refId: 'r',
  })
  // It is cut off.
  await waitFor(() => silent.sockets.size === 0)
})

test('a signal that aborts while the send waits for a connection: it is not sent', async () => {
  const client = clientOf(silent.url, { maxConnections: 1 })
  silent.bodies.length = 0
  const first = failureOf(client.sendText(TO, 'first', { timeoutMs: 60_000 }))
  await waitFor(() => silent.bodies.length === 1)
  const controller = new AbortController()
  const waiting = failureOf(client.sendText(TO, 'second', { signal: controller.signal }))
  controller.abort()
  const error = await waiting
  assert.deepEqual([error.code, error.reason, error.cause.name], ['not_sent', 'cancelled', 'AbortError'])
  await client.close(0)
  assert.equal((await first).reason, 'cancelled')
  assert.equal((await first).cause, undefined)
  assert.equal(silent.bodies.length, 1)
})

test('a signal that aborts after the end of the send changes nothing', async () => {
  const client = clientOf((await faultServer(GOOD)).url)
  const controller = new AbortController()
  const result = await client.sendText(TO, 'x', { signal: controller.signal })
  controller.abort()
  assert.equal(result.resultCode, 112001)
  // Nor does one that fails for another reason get a cause.
  const failing = clientOf((await faultServer(Buffer.from('HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n'))).url)
  const signal = { aborted: false, reason: 'not yet', addEventListener() {}, removeEventListener() {} }
  const error = await failureOf(failing.sendText(TO, 'x', { signal }))
  assert.deepEqual([error.reason, 'cause' in error], ['server_error', false])
})

test('a time-out of AbortSignal', async () => {
  const client = clientOf(silent.url)
  const error = await failureAfterArrival(silent, (ms) => client.sendText(TO, 'x', { signal: AbortSignal.timeout(ms) }))
  assert.deepEqual([error.outcome, error.reason, error.cause.name], ['unknown', 'cancelled', 'TimeoutError'])
})

test('a thousand sends on one signal: each is rejected, no listener is left, and there is no warning', async () => {
  const server = await faultServer(undefined)
  const script = `
    const warnings = []
    process.on('warning', (warning) => warnings.push(warning.name))
    const client = makeClient()
    const controller = new AbortController()
    let listeners = 0
    const { signal } = controller
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...all) => { listeners += 1; return addEventListener.apply(signal, all) }
    signal.removeEventListener = (...all) => { listeners -= 1; return removeEventListener.apply(signal, all) }
    const sends = Array.from({ length: 1000 }, (_, index) =>
      client.sendText('${TO}', 'x', { signal, timeoutMs: index < 3 ? 1 : 60000 }).catch((error) => error))
    await Promise.all(sends.slice(0, 3))
    const during = listeners
    controller.abort(new Error('all'))
    const errors = await Promise.all(sends)
    const ended = errors.filter((error) => error.reason === 'cancelled' && error.cause.message === 'all' && error.refId)
    // Once, and as long as it is wanted.
    const single = new AbortController().signal
    await client.sendText('${TO}', 'x', { signal: single, timeoutMs: 1 }).catch(() => {})
    const { getEventListeners } = require('node:events')
    console.log(ended.length, during, getEventListeners(signal, 'abort').length, getEventListeners(single, 'abort').length,
      warnings.length)`
  const ran = await runScript(`;(async () => {${script}})()`, server.url)
  assert.deepEqual([ran.code, ran.out, ran.err], [0, '997 1 0 0 0\n', ''])
})

test('the send and the signal’s other listeners do not affect each other', async () => {
  const client = new linkwa.Client({ ...ACCOUNT, baseUrl: silent.url })
  const controller = new AbortController()
  const sends = []
  controller.signal.addEventListener('abort', () => {
    sends.push(failureOf(client.sendText(TO, 'x', { signal: controller.signal })))
  })
  sends.push(failureOf(client.sendText(TO, 'x', { signal: controller.signal })))
  controller.abort()
  const errors = await Promise.all(sends)
  assert.deepEqual(
    errors.map(({ reason, cause }) => [reason, cause.name]),
    [
      ['cancelled', 'AbortError'],
      ['cancelled', 'AbortError'],
    ],
  )
  await client.close()
})

test('a listener that stops the event does not keep the send from being ended', async () => {
  // Of its own: what a test before has cancelled may still come to the other.
  const server = await faultServer(undefined)
  const client = clientOf(server.url)
  const controller = new AbortController()
  controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation())
  const sent = failureOf(client.sendText(TO, 'x', { signal: controller.signal, timeoutMs: 20_000 }))
  await waitFor(() => server.bodies.length === 1)
  controller.abort(new Error('enough'))
  const { outcome, reason, cause } = await sent
  assert.deepEqual([outcome, reason, cause.message], ['unknown', 'cancelled', 'enough'])
})

test('a foreign signal may throw at every access: each send still reports its outcome', async () => {
  const server = await faultServer(GOOD)
  const script = `
    const warnings = []
    process.on('warning', (warning) => warnings.push(warning.message))
    const fail = (word) => () => { throw new Error(word) }
    const given = (members) => ({ aborted: false, addEventListener() {}, removeEventListener() {}, ...members })
    const client = makeClient()
    const told = async (members) => {
      const sends = [given(members), undefined].map((signal) => client.sendText('${TO}', 'x', { signal }))
      return (await Promise.allSettled(sends)).map(({ value, reason }) => value?.resultCode ?? reason.message)
    }
    console.log(JSON.stringify(await told({ addEventListener: fail('add') })))
    console.log(JSON.stringify(await told({ removeEventListener: fail('remove') })))
    console.log(JSON.stringify(await told({ removeEventListener: undefined })))
    const reasonless = Object.defineProperty(given(), 'reason', { get: fail('reason') })
    let abort
    reasonless.addEventListener = (_, listener) => { abort = listener }
    const silent = makeClient({ baseUrl: '${silent.url}' })
    const sent = silent.sendText('${TO}', 'x', { signal: reasonless }).catch((error) => error)
    abort()
    const { reason, cause } = await sent
    console.log(reason, cause.message)
    await new Promise((resolve) => setImmediate(resolve))
    console.log(warnings.length)`
  const ran = await runScript(`;(async () => {${script}})()`, server.url, { flags: ['--no-warnings'] })
  assert.deepEqual(
    [ran.code, ran.out, ran.err],
    [0, '["add",112001]\n[112001,112001]\n[112001,112001]\ncancelled reason\n2\n', ''],
  )
  // The one whose signal could not be watched had not been begun.
  assert.equal(server.bodies.length, 5)
})
