'use strict'

// The verbs: what they post and return, and how they are configured.

const assert = require('node:assert/strict')
const { before, beforeEach, test } = require('node:test')
const linkwa = require('../../node/index.js')
const vectors = require('./request-vectors.js')
const {
  ACCOUNT,
  GOOD,
  SECRET,
  clientOf,
  failureAfterArrival,
  failureOf,
  faultServer,
  http,
  runModule,
  runScript,
  startSandbox,
  waitFor,
} = require('./support.js')

const TO = '+46000000001'
const LINK = 'https://example.com/a'

let sandbox
let client

before(async () => {
  sandbox = await startSandbox()
  client = clientOf(sandbox.baseUrl)
})

beforeEach(() => sandbox.reset())

/** The parts of a request around its messages. */
const around = (members) => ({
  platformId: 'p',
  platformPartnerId: 'pp',
  priority: 'NORMAL',
  refId: 'r',
  source: '+46000000000',
  destinations: [TO],
  ...members,
})

test('each verb posts exactly these bytes', async () => {
  const template = {
    namespace: 'ns',
    name: 'order_update',
    language: { code: 'en' },
    components: [
      { type: 'header', parameters: [{ type: 'document', document: { link: `${LINK}.pdf`, filename: 'i.pdf' } }] },
      { type: 'body', parameters: [{ type: 'text', text: 'Anna' }] },
      { type: 'button', subType: 'quickReply', index: 0, parameters: [{ type: 'payload', payload: 'yes' }] },
    ],
  }
  const contact = { name: { firstName: 'Anna', formattedName: 'Anna B' }, phones: [{ phone: '+1 (650) 555-1234' }] }
  const refId = 'r'
  const calls = [
    [(on) => on.sendText(TO, 'Hej då\n"x" 😀', { refId }), { type: 'text', text: { body: 'Hej då\n"x" 😀' } }],
    [
      (on) => on.sendText(TO, LINK, { refId, previewUrl: true }),
      { type: 'text', previewUrl: true, text: { body: LINK } },
    ],
    [(on) => on.sendImage(TO, LINK, { refId }), { type: 'image', image: { link: LINK } }],
    [(on) => on.sendImage(TO, LINK, { refId, caption: 'c' }), { type: 'image', image: { link: LINK, caption: 'c' } }],
    [(on) => on.sendAudio(TO, LINK, { refId }), { type: 'audio', audio: { link: LINK } }],
    [(on) => on.sendVideo(TO, LINK, { refId, caption: 'c' }), { type: 'video', video: { link: LINK, caption: 'c' } }],
    [
      (on) => on.sendDocument(TO, LINK, { refId, caption: 'c', filename: 'f.pdf' }),
      { type: 'document', document: { link: LINK, caption: 'c', filename: 'f.pdf' } },
    ],
    [
      (on) => on.sendLocation(TO, { latitude: 59.3, longitude: -18.5, name: 'n', address: 'a' }, { refId }),
      { type: 'location', location: { longitude: -18.5, latitude: 59.3, name: 'n', address: 'a' } },
    ],
    [(on) => on.sendContacts(TO, [contact], { refId }), { type: 'contacts', contacts: [contact] }],
    [(on) => on.sendTemplate(TO, template, { refId }), { type: 'template', template }],
    [(on) => on.sendTemplate(TO, { ...template, language: 'en' }, { refId }), { type: 'template', template }],
    [
      (on) => on.send(TO, { type: 'audio', audio: { link: LINK } }, { refId }),
      { type: 'audio', audio: { link: LINK } },
    ],
    [(on) => on.send(TO, linkwa.raw({ type: 'new', b: 1 }), { refId }), { type: 'new', b: 1 }],
  ]
  const server = await faultServer(GOOD)
  const on = clientOf(server.url)
  linkwa.configure({ ...ACCOUNT, baseUrl: server.url })
  for (const [call, message] of calls) {
    const expected = JSON.stringify(around({ messages: [message] }))
    for (const where of [on, linkwa]) {
      const result = await call(where)
      assert.equal(server.bodies.pop().toString(), expected, call.toString())
      assert.equal(result.refId, 'r')
    }
    assert.equal(on.build(TO, message.type === 'new' ? linkwa.raw(message) : message, { refId }), expected)
    assert.equal(linkwa.build([TO], [message.type === 'new' ? linkwa.raw(message) : message], { refId }), expected)
  }
})

test('options override the defaults of the client', async () => {
  const defaults = {
    source: '+46111111111',
    priority: 'LOW',
    eventReportGates: ['g1'],
    customParameters: { a: '1', b: '2' },
    relativeValidityTime: 1000,
    platformServiceId: 's',
    platformServiceType: 't',
  }
  const server = await faultServer(GOOD)
  const on = clientOf(server.url, defaults)
  const posted = (to, message, options) => JSON.parse(on.build(to, message, { refId: 'r', ...options }))
  const text = { type: 'text', text: { body: 'x' } }
  const base = { ...around(defaults), messages: [text] }
  assert.deepEqual(posted(TO, text), base)
  const over = {
    source: '+46222222222',
    priority: 'HIGH',
    eventReportGates: ['g2', 'g3'],
    customParameters: { c: '3' },
    relativeValidityTime: 2500,
    platformServiceId: 's2',
    platformServiceType: 't2',
    platformTransactionId: 'tx',
    refId: 'mine',
  }
  assert.deepEqual(posted(TO, text, over), { ...base, ...over })
  assert.deepEqual(posted([TO, '+46000000002'], [text, text], { eventReportGates: undefined }), {
    ...base,
    destinations: [TO, '+46000000002'],
    messages: [text, text],
  })
  for (const absoluteValidityTime of ['2096-03-18T16:49:21Z', new Date('2096-03-18T16:49:21.999Z')]) {
    assert.equal(posted(TO, text, { absoluteValidityTime }).absoluteValidityTime, '2096-03-18T16:49:21Z')
  }
  assert.deepEqual(posted(TO, text, { customParameters: {} }).customParameters, {})
  assert.deepEqual(posted(TO, text, { eventReportGates: [] }).eventReportGates, [])
  // Inherited options are an error, so that they are not ignored silently.
  const inherited = { name: 'TypeError', message: 'options must be a plain object, not an instance of Object' }
  assert.throws(() => on.build(TO, text, Object.create({ priority: 'HIGH' })), inherited)
})

test('a result has the answer of the gateway', async () => {
  const to = [TO, '+46000000002']
  const result = await client.sendText(to, 'x', { refId: 'r-1' })
  assert.deepEqual(Object.keys(result), [
    'refId',
    'resultCode',
    'description',
    'messageId',
    'messageIds',
    'receipts',
    'warnings',
    'attempts',
    'repeat',
  ])
  assert.equal(result.refId, 'r-1')
  assert.equal(result.resultCode, 112001)
  assert.equal(result.description, 'queued')
  assert.equal(result.messageIds.length, 2)
  assert.deepEqual(
    result.receipts,
    to.map((destination, index) => ({ destination, messageId: result.messageIds[index] })),
  )
  assert.deepEqual(result.warnings, [])
  assert.equal(result.attempts, 1)
  const warned = await client.sendText(TO, 'x', { previewUrl: true })
  assert.deepEqual(
    warned.warnings.map(({ path, code, severity }) => [path, code, severity]),
    [['messages[0].previewUrl', 'no_url_to_preview', 'warning']],
  )
  assert.match(warned.refId, /^[0-9a-f-]{36}$/)
  assert.deepEqual(structuredClone(result), result)
})

test('a whole request is sent as it is normalised, or as it is', async () => {
  const server = await faultServer(GOOD)
  const on = clientOf(server.url)
  const request = around({ refId: 'whole', messages: [{ type: 'text', text: { body: 'x' } }] })
  const text = JSON.stringify(request)
  for (const given of [request, text, Buffer.from(text), new Uint8Array(Buffer.from(text))]) {
    assert.equal((await on.sendRequest(given)).refId, 'whole')
    assert.equal(server.bodies.pop().toString(), text)
  }
  const raw = { refId: 'raw', destinations: [TO], newer: { than: [1.5, null, 'this'] } }
  const spaced = JSON.stringify(raw, undefined, 1)
  for (const given of [raw, spaced, Buffer.from(spaced)]) {
    assert.equal((await on.sendRaw(given)).refId, 'raw')
    assert.equal(server.bodies.pop().toString(), given === raw ? JSON.stringify(raw) : spaced)
  }
  const nameless = await on.sendRaw('{}', { timeoutMs: 10_000 })
  assert.equal(nameless.refId, '')
  for (const wrong of ['[]', '', '{"a":1}x', Buffer.from('{"\xff":1}', 'latin1'), '{"a":"\ud800"}']) {
    assert.equal((await failureOf(on.sendRaw(wrong))).code, 'invalid_request', wrong)
    assert.equal((await failureOf(on.sendRequest(wrong))).code, 'invalid_request', wrong)
  }
})

test('request vectors, through sendRequest', async () => {
  const server = await faultServer(GOOD)
  const plain = clientOf(server.url)
  const extended = clientOf(server.url, { extensions: true })
  for (const { id, given, extensions, findings, isValid, output } of vectors) {
    const on = extensions ? extended : plain
    if (isValid) {
      const { warnings } = await on.sendRequest(given)
      assert.deepEqual(server.bodies.splice(0), [output], id)
      assert.deepEqual(vectors.listed(warnings, findings), findings, id)
    } else {
      const error = await failureOf(on.sendRequest(given))
      assert.equal(error.code, 'invalid_request', id)
      assert.deepEqual(vectors.listed(error.findings, findings), findings, id)
    }
  }
  assert.equal(server.bodies.length, 0)
})

test('an interactive message and a file by its id are sent, with the setting `extensions` only', async () => {
  const server = await faultServer(GOOD)
  const on = clientOf(server.url, { extensions: true })
  const interactive = {
    type: 'button',
    body: { text: 'Where to?' },
    action: { buttons: [{ type: 'reply', reply: { id: 'home', title: 'Home' } }] },
  }
  await on.sendInteractive(TO, interactive)
  await on.sendImage(TO, { id: '1017' }, { caption: 'c' })
  await on.sendAudio(TO, { id: '1017' })
  await on.sendTemplate(TO, { name: 't', language: 'en', components: [] })
  const messages = server.bodies.splice(0).map((body) => JSON.parse(body).messages[0])
  assert.deepEqual(messages, [
    { type: 'interactive', interactive },
    { type: 'image', image: { id: '1017', caption: 'c' } },
    { type: 'audio', audio: { id: '1017' } },
    { type: 'template', template: { name: 't', language: { code: 'en' }, components: [] } },
  ])
  const plain = clientOf(server.url)
  const found = async (promise) => (await failureOf(promise)).findings.map(({ path, code }) => `${path} ${code}`)
  assert.deepEqual(await found(plain.sendInteractive(TO, interactive)), ['messages[0].type extension'])
  assert.deepEqual(await found(plain.sendImage(TO, { id: '1017' })), ['messages[0].image.id extension'])
  const { findings } = await failureOf(plain.sendInteractive(TO, interactive))
  assert.match(findings[0].message, /`extensions` \(LINKWA_EXTENSIONS/)
  assert.equal(server.bodies.length, 0)
  await assert.rejects(on.sendImage(TO, 7), TypeError)
  await assert.rejects(on.sendInteractive(TO, 'x'), TypeError)
})

test('a number that JSON does not have is a finding, and nothing else is sent for it', async () => {
  for (const latitude of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const error = await failureOf(client.sendLocation(TO, { latitude, longitude: 0 }))
    assert.equal(error.code, 'invalid_request')
    assert.deepEqual(
      error.findings.map(({ path, code }) => [path, code]),
      [['messages[0].location.latitude', 'out_of_range']],
    )
  }
  assert.equal((await sandbox.requests()).length, 0)
})

test('a lone surrogate in a text is a TypeError', async () => {
  assert.equal((await failureOf(client.sendText(TO, '\ud800'))).name, 'TypeError')
  assert.equal((await failureOf(client.sendText('\ud800', 'x'))).name, 'TypeError')
  assert.equal((await failureOf(client.sendText(TO, 'x', { refId: 'a\udc00' }))).name, 'TypeError')
  const inMessage = await failureOf(client.send(TO, { type: 'text', text: { body: '\ud800' } }))
  assert.deepEqual([inMessage.code, inMessage.findings[0].code], ['invalid_request', 'invalid_json'])
  assert.equal((await sandbox.requests()).length, 0)
})

test('a request over 1 MiB is refused as a whole, with its size', async () => {
  const half = { type: 'text', text: { body: 'x'.repeat(600_000) } }
  const request = JSON.parse(client.build('+46000000001', { type: 'text', text: { body: 'x' } }))
  request.messages = [half, half]
  for (const send of [
    () => client.send('+46000000001', [half, half]),
    async () => client.build('+46000000001', [half, half]),
    () => client.sendRequest(request),
    () => client.sendRaw(request),
    () => client.sendRaw(JSON.stringify(request)),
  ]) {
    const error = await failureOf(send())
    const [finding] = error.findings.filter(({ severity }) => severity === 'error')
    assert.deepEqual([error.code, finding.path, finding.code], ['invalid_request', '', 'invalid_json'])
    assert.ok(Number(/[0-9]{7}/.exec(finding.message)[0]) > 1_200_000, finding.message)
  }
  assert.equal((await sandbox.requests()).length, 0)
})

test('making a client reports an invalid configuration', () => {
  const good = { ...ACCOUNT, baseUrl: 'https://example.com' }
  const make = (change) => () => new linkwa.Client({ ...good, ...change })
  for (const change of [
    { baseUrl: 'http://example.com' },
    { baseUrl: 'nothing' },
    { username: 'a:b' },
    { password: 'a\r\nb' },
    { timeoutMs: 0 },
    { timeoutMs: -1 },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { timeoutMs: Number.NaN },
    { timeoutMs: 1e300 },
    { connectTimeoutMs: 0 },
    { maxConnections: 0 },
    { maxConnections: -1 },
    { maxConnections: 1e300 },
    { maxQueue: 0 },
    { maxQueue: Number.POSITIVE_INFINITY },
    { maxAttempts: 0 },
    { maxAttempts: 1e300 },
    { proxy: 'ftp://x' },
    { caFile: '/nowhere/ca.pem' },
    { region: 'xx', baseUrl: undefined },
    { region: 'n-eu' },
  ]) {
    assert.throws(
      make(change),
      { name: 'LinkwaError', code: 'invalid_config', outcome: 'not_sent' },
      JSON.stringify(change),
    )
  }
  for (const change of [
    {},
    { timeoutMs: 86_400_000, connectTimeoutMs: 1.5, maxConnections: 1, maxQueue: 1, maxAttempts: 1 },
    { retryWhenBusy: true, proxyFromEnv: false, noProxy: 'x', systemRoots: false, allowHttp: true, strict: true },
    { proxy: 'http://u:p@127.0.0.1:1', baseUrl: 'http://example.com', allowHttp: true },
    { region: 'n-eu', baseUrl: undefined },
  ]) {
    assert.ok(make(change)() instanceof linkwa.Client, JSON.stringify(change))
  }
})

test('options of the client do what they say', async () => {
  const strict = clientOf(sandbox.baseUrl, { strict: true })
  const error = await failureOf(strict.sendText(TO, 'x', { previewUrl: true }))
  assert.deepEqual([error.code, error.findings[0].code], ['invalid_request', 'no_url_to_preview'])

  const silent = await faultServer(undefined)
  for (const send of [
    (timeoutMs) => clientOf(silent.url, { timeoutMs }).sendText(TO, 'x'),
    (timeoutMs) => clientOf(silent.url).sendText(TO, 'x', { timeoutMs }),
    (timeoutMs) => clientOf(silent.url).sendRaw('{}', { timeoutMs }),
  ]) {
    const { code, reason, outcome } = await failureAfterArrival(silent, send)
    assert.deepEqual([code, reason, outcome], ['outcome_unknown', 'deadline', 'unknown'])
  }

  const narrow = clientOf(silent.url, { maxConnections: 1, maxQueue: 1 })
  silent.bodies.length = 0
  const first = failureOf(narrow.sendText(TO, 'x', { timeoutMs: 2000 }))
  await waitFor(() => silent.bodies.length === 1)
  const others = [1, 2].map(() => failureOf(narrow.sendText(TO, 'x', { timeoutMs: 200 })))
  const reasons = (await Promise.all([first, ...others])).map((failure) => failure.reason)
  assert.deepEqual(reasons, ['deadline', 'deadline', 'queue_full'])

  let busy = 2
  const server = await faultServer(() => {
    busy -= 1
    return busy < 0 ? GOOD : http(429, '{"resultCode":112000}', 'retry-after: 0\r\n')
  })
  const again = clientOf(server.url, { retryWhenBusy: true, maxAttempts: 3 })
  assert.equal((await again.sendText(TO, 'x')).attempts, 3)
})

test('a closed client sends nothing more; waiting sends fail with `closed`', async () => {
  const server = await faultServer(undefined)
  const on = clientOf(server.url, { maxConnections: 1 })
  const sends = [1, 2].map(() => failureOf(on.sendText(TO, 'x')))
  await waitFor(() => server.bodies.length === 1)
  await on.close(0)
  const [first, second] = await Promise.all(sends)
  assert.deepEqual([first.code, first.reason], ['outcome_unknown', 'cancelled'])
  assert.deepEqual([second.code, second.reason], ['not_sent', 'closed'])
  const later = await failureOf(on.sendText(TO, 'x'))
  assert.deepEqual([later.code, later.reason], ['not_sent', 'closed'])
  await on.close()
  assert.equal((await failureOf(on.close('soon'))).name, 'TypeError')
})

test('Symbol.asyncDispose closes the client after its sends have ended', async () => {
  const { Client } = linkwa
  let close
  const closing = new Promise((resolve) => {
    close = resolve
  })
  const server = await faultServer(async () => {
    await closing
    return GOOD
  })
  const used = new Client({ ...ACCOUNT, baseUrl: server.url })
  const sent = used.sendText(TO, 'x')
  await waitFor(() => server.bodies.length === 1)
  setImmediate(close)
  await used[Symbol.asyncDispose]()
  assert.equal((await sent).resultCode, 112001)
  assert.equal((await failureOf(used.sendText(TO, 'x'))).reason, 'closed')
})

test('configured headers reach the gateway, and so does the key of the environment', async () => {
  const key = `x-api-key=${SECRET}`
  const both = await startSandbox({ requireHeader: [key, 'x-tenant=t'] })
  const headers = { 'X-Api-Key': SECRET, 'x-tenant': 't' }
  assert.equal((await clientOf(both.baseUrl, { headers }).sendText(TO, 'x')).resultCode, 112001)
  assert.equal((await failureOf(clientOf(both.baseUrl).sendText(TO, 'x'))).httpStatus, 401)

  const one = await startSandbox({ requireHeader: key })
  const env = {
    LINKWA_BASE_URL: one.baseUrl,
    LINKWA_USERNAME: 'user',
    LINKWA_PASSWORD: SECRET,
    LINKWA_API_KEY: SECRET,
    LINKWA_PLATFORM_ID: 'p',
    LINKWA_PLATFORM_PARTNER_ID: 'pp',
    LINKWA_SOURCE: '+46000000000',
  }
  const ran = await runModule(`console.log((await linkwa.sendText('${TO}', 'x')).resultCode)`, { env })
  assert.deepEqual([ran.code, ran.out, ran.err], [0, '112001\n', ''])
})

test('the default client comes from the environment, unless one is configured', async () => {
  const env = {
    LINKWA_BASE_URL: sandbox.baseUrl,
    LINKWA_USERNAME: 'user',
    LINKWA_PASSWORD: SECRET,
    LINKWA_PLATFORM_ID: 'p',
    LINKWA_PLATFORM_PARTNER_ID: 'pp',
    LINKWA_SOURCE: '+46000000000',
  }
  const script = `
    const sent = await linkwa.sendText('${TO}', 'x', { refId: 'by-default' })
    const also = await linkwa.Client.fromEnv().sendText('${TO}', 'x', { refId: 'from-env' })
    linkwa.configure({ baseUrl: process.env.LINKWA_BASE_URL, username: 'user', password: 'wrong', platformId: 'p',
      platformPartnerId: 'pp', source: '+46000000000' })
    const wrong = await linkwa.sendText('${TO}', 'x').catch((error) => error)
    console.log(sent.refId, also.refId, wrong.httpStatus)`
  const ran = await runModule(script, { env })
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'by-default from-env 401\n', ''])

  const without = await runScript(
    `linkwa.sendText('${TO}', 'x').catch(async (error) => {
      console.log(error.code, /LINKWA_USERNAME/.test(error.message), /at \\[eval\\]/.test(error.stack))
      try { linkwa.build('${TO}', {}) } catch (error) { console.log(error.code) }
      try { linkwa.Client.fromEnv() } catch (error) { console.log(error.code) }
      try { linkwa.sendMany([], {}) } catch (error) { console.log(error.code) }
    })`,
    '',
    { env: Object.fromEntries(Object.keys(env).map((name) => [name, ''])) },
  )
  assert.deepEqual(
    [without.code, without.out.split('\n')],
    [0, ['invalid_config true true', 'invalid_config', 'invalid_config', 'invalid_config', '']],
  )
})
