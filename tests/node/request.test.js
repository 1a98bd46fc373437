'use strict'

// HTTP requests to other resources: what is sent, what comes back, and what is known when nothing does.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const {
  ACCOUNT,
  GOOD,
  REFUSED_URL,
  clientOf,
  failureOf,
  faultServer,
  http,
  runScript,
  startSandbox,
  waitFor,
} = require('./support.js')
const linkwa = require('../../node/index.js')

test('every complete answer is a result', async () => {
  const answer = Buffer.from([0, 255, 120])
  const server = await faultServer(Buffer.concat([http(404, 'xxx').subarray(0, -3), answer]))
  const client = clientOf(server.url)
  const bodies = [
    [{ text: 'ä', n: [1, true, null] }, '{"text":"ä","n":[1,true,null]}'],
    ['{"a":1}', '{"a":1}'],
    [Buffer.from('{"a":1}'), '{"a":1}'],
    [new Uint8Array([123, 125]).buffer, '{}'],
    [undefined, ''],
    [null, ''],
    ['', ''],
  ]
  for (const [body, sent] of bodies) {
    const { status, body: received } = await client.request('POST', 'mo/status', body)
    assert.deepEqual([status, received], [404, answer])
    assert.equal(server.bodies.at(-1).toString(), sent)
  }
  const options = { contentType: 'image/png', timeoutMs: 20_000 }
  assert.equal((await client.request('PUT', '/media/1?a=b', Buffer.from('PNG'), options)).status, 404)
  assert.equal(server.bodies.length, bodies.length + 1)
  assert.equal(server.connections, 1)
})

test('the default client sends requests too', async () => {
  const sandbox = await startSandbox()
  linkwa.configure({ ...ACCOUNT, baseUrl: sandbox.baseUrl })
  assert.equal((await linkwa.request('GET', 'no/such/resource')).status, 404)
  const { request } = linkwa
  assert.deepEqual([request.name, request.length], ['request', 4])
})

test('what is refused is not sent', async () => {
  const server = await faultServer(GOOD)
  const client = clientOf(server.url)
  for (const [method, path, place, contentType] of [
    ['get', 'x', 'method'],
    ['GET', '', 'path'],
    ['GET', '../x', 'path'],
    ['GET', 'a/%2e%2e/x', 'path'],
    ['GET', 'https://example.com/x', 'path'],
    ['GET', 'x\r\nX: y', 'path'],
    ['POST', 'x', 'contentType', 'a\r\nX: y'],
  ]) {
    const error = await failureOf(client.request(method, path, 'x', { contentType }))
    assert.equal(error.code, 'invalid_request')
    assert.deepEqual(
      error.findings.map((finding) => finding.path),
      [place],
    )
    assert.deepEqual([error.outcome, error.refId], ['not_sent', undefined])
  }
  for (const [args, name] of [
    [[1, 'x'], 'method'],
    [['GET', {}], 'path'],
    [['GET', 'x', 7], 'body'],
    [['GET', 'x', [1]], 'body'],
    [['GET', 'x', 'x', { contentType: 7 }], 'options.contentType'],
    [['GET', 'x', 'x', { refId: 'r' }], 'options.refId'],
  ]) {
    const error = await failureOf(client.request(...args))
    assert.ok(error instanceof TypeError && error.message.startsWith(name), error.message)
  }
  assert.equal(server.bodies.length, 0)
})

test('an error says what is known of the request', async () => {
  const refused = await failureOf(clientOf(REFUSED_URL).request('GET', 'x'))
  assert.deepEqual([refused.code, refused.reason, refused.refId], ['not_sent', 'connect', undefined])
  const silent = await faultServer()
  const client = clientOf(silent.url)
  const late = await failureOf(client.request('DELETE', 'x', undefined, { timeoutMs: 200 }))
  assert.deepEqual([late.code, late.reason, silent.bodies.length], ['outcome_unknown', 'deadline', 1])

  const controller = new AbortController()
  const request = client.request('GET', 'x', undefined, { signal: controller.signal })
  await waitFor(() => silent.bodies.length === 2)
  controller.abort(new Error('enough'))
  const aborted = await failureOf(request)
  assert.deepEqual([aborted.code, aborted.reason], ['outcome_unknown', 'cancelled'])
  assert.equal(aborted.cause.message, 'enough')
  const before = await failureOf(client.request('GET', 'x', undefined, { signal: AbortSignal.abort() }))
  assert.deepEqual([before.code, before.reason, silent.bodies.length], ['not_sent', 'cancelled', 2])
})

test('a request keeps the program running until its answer is there', async () => {
  const server = await faultServer(http(200, 'done'))
  const ran = await runScript(
    `makeClient().request('GET', 'x').then(({ body }) => console.log(String(body)))`,
    server.url,
  )
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'done\n', ''])
})
