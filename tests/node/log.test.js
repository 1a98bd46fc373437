'use strict'

// The log.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const linkwa = require('../../node/index.js')
const { GOOD, REFUSED_URL, clientOf, failureOf, faultServer, http, runScript, waitFor } = require('./support.js')
const { compile } = require('./typescript.js')

const TO = '+46000000001'

test('the logger gets lines with their level and time', async () => {
  const client = clientOf((await faultServer(GOOD)).url)
  const lines = []
  const began = Date.now()
  linkwa.setLogger((line) => lines.push(line), 'debug')
  await client.sendText(TO, 'x', { refId: 'r-1' })
  await waitFor(() => lines.length > 0)
  for (const { level, message, timestampMs } of lines) {
    assert.equal(level, 'debug')
    assert.match(message, /r-1/)
    assert.ok(Number.isInteger(timestampMs) && timestampMs >= began && timestampMs <= Date.now())
  }
  const [{ fields }] = lines
  assert.deepEqual(
    { ...fields, elapsedMs: typeof fields.elapsedMs, bytes: typeof fields.bytes },
    { refId: 'r-1', attempt: 1, outcome: 'accepted', httpStatus: 200, elapsedMs: 'number', bytes: 'number' },
  )
  // A later function replaces an earlier one. Lines below its level are not made.
  const others = []
  linkwa.setLogger((line) => others.push(line))
  const before = lines.length
  await client.sendText(TO, 'x')
  linkwa.setLogger((line) => others.push(line), 'debug')
  await client.sendText(TO, 'x', { refId: 'r-2' })
  await waitFor(() => others.length > 0)
  assert.ok(others.every(({ message }) => message.includes('r-2')))
  linkwa.setLogger(undefined)
  await client.sendText(TO, 'x')
  assert.equal(lines.length, before)
})

test('the fields of lines are those that the types declare', async () => {
  const { checker, source } = compile(
    "import type * as all from './index.js'\nexport declare const fields: all.LogFields",
  )
  const [fields] = checker.getExportsOfModule(checker.getSymbolAtLocation(source))
  const declared = checker.getPropertiesOfType(checker.getTypeOfSymbol(fields)).map(({ name }) => name)
  const lines = []
  linkwa.setLogger((line) => lines.push(line), 'debug')
  const client = clientOf((await faultServer(GOOD)).url)
  await client.sendText(TO, 'x')
  await client.request('GET', 'status')
  await failureOf(clientOf((await faultServer(http(400, '{}'))).url).sendText(TO, 'x'))
  await failureOf(clientOf(REFUSED_URL, { maxAttempts: 1 }).sendText(TO, 'x'))
  await waitFor(() => lines.length >= 4)
  linkwa.setLogger(undefined)
  assert.deepEqual([...new Set(lines.flatMap(({ fields }) => Object.keys(fields)))].sort(), declared.sort())
})

test('a logger without a level gets failed attempts, as warnings, and not accepted ones', async () => {
  const lines = []
  linkwa.setLogger((line) => lines.push(line))
  await clientOf((await faultServer(GOOD)).url).sendText(TO, 'x', { refId: 'r-good' })
  await failureOf(clientOf(REFUSED_URL, { maxAttempts: 2 }).sendText(TO, 'x', { refId: 'r-refused' }))
  await failureOf(clientOf((await faultServer(http(400, '{}'))).url).sendText(TO, 'x', { refId: 'r-no' }))
  await waitFor(() => lines.length >= 3)
  linkwa.setLogger(undefined)
  assert.deepEqual(
    lines.map(({ level, message }) => [level, /refId ([\w-]+): attempt (\d)/.exec(message).slice(1).join()]),
    [
      ['warn', 'r-refused,1'],
      ['warn', 'r-refused,2'],
      ['warn', 'r-no,1'],
    ],
  )
  assert.deepEqual(
    lines.map(({ fields: { refId, attempt, code, reason } }) => [refId, attempt, code, reason]),
    [
      ['r-refused', 1, 'not_sent', 'connect'],
      ['r-refused', 2, 'not_sent', 'connect'],
      ['r-no', 1, 'rejected', undefined],
    ],
  )
})

test('an exception of the function is a warning, and the send gets its result', async () => {
  const server = await faultServer(GOOD)
  const ran = await runScript(
    `process.on('warning', (warning) => console.log(warning.message))
    linkwa.setLogger(() => { throw new Error('of the logger') }, 'debug')
    makeClient().sendText('${TO}', 'x').then((result) => console.log(result.resultCode))`,
    server.url,
    { flags: ['--no-warnings'] },
  )
  assert.equal(ran.code, 0)
  assert.deepEqual(new Set(ran.out.trim().split('\n')), new Set(['of the logger', '112001']))
})

test('a logger does not keep the process alive', async () => {
  const ran = await runScript(`linkwa.setLogger(() => {}, 'debug')`)
  assert.deepEqual([ran.code, ran.out, ran.err], [0, '', ''])
})

test('whatever the function throws, later results are delivered', async () => {
  const server = await faultServer(GOOD)
  const script = `
    const client = makeClient()
    const bare = Object.create(null)
    const hostile = new Proxy({}, { getPrototypeOf() { throw new Error('no') } })
    for (const thrown of [null, undefined, Symbol('s'), bare, { toString() { throw 1 } }, hostile]) {
      linkwa.setLogger(() => { throw thrown }, 'debug')
      const sends = Array.from({ length: 100 }, () => client.sendText('${TO}', 'x'))
      console.log((await Promise.all(sends)).length)
    }`
  const ran = await runScript(`;(async () => {${script}})()`, server.url, { flags: ['--no-warnings'] })
  assert.deepEqual([ran.code, ran.out, ran.err], [0, '100\n'.repeat(6), ''])
})
