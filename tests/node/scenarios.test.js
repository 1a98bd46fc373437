'use strict'

// Every scenario of the sandbox: the right code, the right outcome, exactly one body received.

const assert = require('node:assert/strict')
const http = require('node:http')
const { after, before, test } = require('node:test')
const linkwa = require('../../node/index.js')
const { clientOf, failureOf, startSandbox, waitFor } = require('./support.js')

let sandbox

before(async () => {
  sandbox = await startSandbox()
})

/** Code, outcome, reason, status, result code and seconds to wait, as words. */
function summary(error) {
  const { code, outcome, reason = '-', httpStatus = '-', resultCode = '-', retryAfter = '-' } = error
  return [code, outcome, reason, httpStatus, resultCode, retryAfter].join(' ')
}

const told = (promise) =>
  promise.then(
    ({ resultCode, messageIds, receipts }) => `ok ${resultCode} ids ${messageIds.length} receipts ${receipts.length}`,
    summary,
  )

const ANSWERS = {
  1400: 'rejected rejected - 400 112402 -',
  1401: 'rejected rejected - 401 112400 -',
  1403: 'rejected rejected - 403 112401 -',
  1429: 'rejected rejected - 429 112000 1',
  1500: 'outcome_unknown unknown server_error 500 112500 -',
  1503: 'outcome_unknown unknown server_error 503 112500 1',
  2001: 'outcome_unknown unknown connection_lost - - -',
  2002: 'outcome_unknown unknown connection_lost 200 - -',
  2003: 'outcome_unknown unknown invalid_response 200 - -',
  2004: 'outcome_unknown unknown deadline - - -',
  2005: 'outcome_unknown unknown server_error 200 112500 -',
  2006: 'ok 112001 ids 0 receipts 0',
  2007: 'rejected rejected - 200 112402 -',
  3001: 'ok 112001 ids 1 receipts 1',
  3002: 'ok 112001 ids 1 receipts 1',
  3003: 'ok 112001 ids 1 receipts 1',
  3403: 'ok 112001 ids 1 receipts 1',
  3404: 'ok 112001 ids 1 receipts 1',
  3406: 'ok 112001 ids 1 receipts 1',
  9999: 'ok 112001 ids 1 receipts 1',
}

for (const warm of [false, true]) {
  test(`each answer has its code and outcome, and is asked for once, ${warm ? 'warm' : 'cold'}`, async () => {
    const client = clientOf(sandbox.baseUrl)
    for (const [digits, expected] of Object.entries(ANSWERS)) {
      if (warm) await client.sendText('+46000000001', 'warm')
      await sandbox.reset()
      const timeoutMs = digits === '2004' ? 300 : 30_000
      const sent = client.sendText(`+4670000${digits}`, 'x', { refId: 'r-17', timeoutMs })
      assert.equal(await told(sent), expected, digits)
      assert.equal((await sent.catch((error) => error)).refId, 'r-17')
      await waitFor(async () => (await sandbox.requests()).length > 0)
      const bodies = (await sandbox.requests()).filter((request) => request.bodyComplete)
      assert.equal(bodies.length, 1, digits)
    }
  })
}

test('wrong credentials are a rejection', async () => {
  const client = clientOf(sandbox.baseUrl, { password: 'wrong' })
  assert.equal(summary(await failureOf(client.sendText('+46000000001', 'x'))), 'rejected rejected - 401 112400 -')
})

test('receipts pair destinations with ids in order, or not at all', async () => {
  const client = clientOf(sandbox.baseUrl)
  const to = ['+46000000001', '+46000000002', '+46000000003']
  const sent = await client.sendText(to, 'x')
  assert.deepEqual(
    sent.receipts.map(({ destination, messageId }) => [destination, messageId]),
    to.map((destination, index) => [destination, sent.messageIds[index]]),
  )
  const fewer = await client.sendText(['+46000000001', '+46000002006', '+46000000003'], 'x')
  assert.deepEqual([fewer.messageIds.length, fewer.receipts.length], [2, 0])
})

test('reports come back with the reference, the ids and the parameters', async () => {
  const received = []
  const gate = http.createServer((request, response) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(parts)))
      response.end()
    })
  })
  await new Promise((resolve) => gate.listen(0, '127.0.0.1', resolve))
  after(() => {
    gate.close()
    gate.closeAllConnections()
  })
  await sandbox.addGate({ id: 'g', url: `http://127.0.0.1:${gate.address().port}/` })
  const client = clientOf(sandbox.baseUrl)
  const messages = [
    { type: 'text', text: { body: 'one' } },
    { type: 'image', image: { link: 'https://example.com/a.png' } },
  ]
  const options = { eventReportGates: ['g'], customParameters: { k: 'v' }, refId: linkwa.newRefId() }
  const sent = await client.send('+46000000001', messages, options)
  await waitFor(() => received.length === 4)
  for (const report of received) {
    assert.equal(report.refId, options.refId)
    assert.equal(report.messageId, sent.messageIds[0])
    assert.deepEqual(report.customParameters, { k: 'v' })
  }
  assert.deepEqual(received.map((report) => `${report.messageIndex} ${report.resultCode}`).sort(), [
    '0 112002',
    '0 112003',
    '1 112002',
    '1 112003',
  ])
})
