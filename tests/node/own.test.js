'use strict'

// Only an object's own members count, whatever else a program adds to `Object.prototype`.

const assert = require('node:assert/strict')
const { before, test } = require('node:test')
const { GOOD, PACKAGE, faultServer, http, runScript } = require('./support.js')

const LOAD = `const { CallbackReceiver } = require(${JSON.stringify(PACKAGE.replace(/index\.js$/, 'receiver.js'))})`

/**
 * Names that other packages may have added to `Object.prototype`: those of all objects that the package reads or the addon returns.
 * `id` is left out, because Node's timers assign it.
 */
const NAMES = [
  ...['each', 'toSource', 'then_', 'value', 'get', 'set', 'writable', 'once', 'kind', 'raw', 'length_'],
  ...['priority', 'refId', 'eventReportGates', 'customParameters', 'relativeValidityTime', 'absoluteValidityTime'],
  ...['validUntil', 'source', 'platformServiceId', 'platformServiceType', 'platformTransactionId', 'timeoutMs'],
  ...['region', 'proxy', 'noProxy', 'proxyFromEnv', 'caFile', 'systemRoots', 'allowHttp', 'strict', 'defaults'],
  ...['connectTimeoutMs', 'maxConnections', 'maxQueue', 'maxAttempts', 'retryWhenBusy', 'platformId', 'username'],
  ...['password', 'LINKWA_PROXY', 'LINKWA_PASSWORD', 'LINKWA_SOURCE', 'LINKWA_PRIORITY', 'LINKWA_TIMEOUT_MS'],
  ...['destinationsPerRequest', 'rate', 'resume', 'resendUnknown', 'caption', 'filename', 'previewUrl', 'language'],
  ...['code', 'outcome', 'reason', 'httpStatus', 'resultCode', 'retryAfter', 'path', 'position', 'description'],
  ...['translatedDescription', 'responseBody', 'findings', 'cause', 'suggestion', 'details', 'disposition'],
  ...['result', 'errorObject', 'line', 'sent', 'failed', 'done_', 'ready', 'index', 'destinations'],
  ...['waitMs', 'destinationsNeeded', 'wantsMessage', 'sender', 'refusal', 'ranges', 'anyAddress', 'trustedProxies'],
  ...['forwarded', 'basic', 'headers', 'guard', 'outbox', 'acknowledgement', 'maxBytes', 'onError', 'peer', 'body'],
  ...['method', 'claim', 'rawBody'],
  ...['maxBody', 'messageId', 'messageIndex', 'otherCode', 'timestamp', 'timestampMs', 'isOpen', 'closesAtMs', 'name'],
  ...['known', 'known-2', 'json', 'isRaw', 'headers', 'authorization', 'constructor_', 'signal', 'aborted'],
  ...['response', 'status', 'body', 'method', 'contentType', 'messageIds', 'extensions', 'link', 'repeat'],
]

/** Calls everything that reads an object of the caller, JSON, or a value of the addon, and returns the results as a text. */
const PROGRAM = `
  const log = []
  const note = (name, value) => log.push(name + ' ' + JSON.stringify(value, (key, member) => (typeof member === 'function' ? undefined : member)))
  const own = (error) => Object.fromEntries([...Object.getOwnPropertyNames(error)]
    .filter((name) => name !== 'stack').map((name) => [name, name === 'responseBody' ? String(error[name]) : error[name]]))
  const attempt = async (name, call) => {
    try { note(name, await call()) } catch (error) { note(name + ' fails', { class: error.constructor.name, ...own(error) }) }
  }
  const to = '+46000000001'
  const refId = 'r'
  const message = { type: 'text', text: { body: 'x' } }
  const env = { LINKWA_BASE_URL: url, LINKWA_USERNAME: 'user', LINKWA_PASSWORD: 'secret', LINKWA_PLATFORM_ID: 'p', LINKWA_PLATFORM_PARTNER_ID: 'pp' }
  const report = '{"messageId":"m","refId":"q","resultCode":112003,"customParameters":{"known":"1","each":"2","priority":"3"},"each":{"a":1}}'
  const received = '{"messageId":"m","source":"46000000001","content":{"message":{"text":"x","contentType":"TEXT"}},"route":{"customParameters":{"known":"1"}}}'
  const run = async () => {
    const client = makeClient()
    for (const [name, call] of Object.entries({
      build: () => client.build(to, message, { refId }),
      buildBare: () => JSON.parse(client.build(to, message)).priority,
      send: () => client.send(to, message, { refId }),
      sendBare: async () => Object.keys(await client.send(to, message)),
      sendText: () => client.sendText(to, 'x', { refId }),
      sendImage: () => client.sendImage(to, 'https://example.com/a', { refId }),
      sendUploaded: () => makeClient({ extensions: true }).sendImage(to, { id: 'a' }, { refId }),
      sendInteractive: () => makeClient({ extensions: true }).sendInteractive(to, { type: 'button', body: { text: 'x' }, action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'b' } }] } }, { refId }),
      extension: () => client.sendImage(to, { id: 'a' }, { refId }),
      request: async () => { const { status, body } = await client.request('POST', 'x', { a: 1 }); return [status, String(body)] },
      requestBare: async () => Object.keys(await client.request('GET', 'x')),
      sendDocument: () => client.sendDocument(to, 'https://example.com/a', { refId }),
      sendLocation: () => client.sendLocation(to, { latitude: 1, longitude: 2 }, { refId }),
      sendContacts: () => client.sendContacts(to, [{ birthday: '1977-02-25' }], { refId }),
      sendTemplate: () => client.sendTemplate(to, { name: 't', namespace: 'n', components: [] }, { refId }),
      sendRequest: () => client.sendRequest({ platformId: 'p', platformPartnerId: 'pp', refId, source: '+46000000000', destinations: [to], messages: [message] }),
      sendRaw: () => client.sendRaw({ refId }),
      aborted: () => client.sendRaw({}, { signal: AbortSignal.abort('why') }),
      invalid: () => client.sendText([], '', { refId }),
      refused: () => new linkwa.Client({ ...account, baseUrl: 'http://127.0.0.1:1/x', maxAttempts: 1 }).sendText(to, 'x', { refId }),
      rejected: () => new linkwa.Client({ ...account, baseUrl: url }).sendText(to, 'refuse', { refId }),
      badConfig: () => new linkwa.Client({ username: 'u', password: 'p' }),
      fromEnv: () => { Object.assign(process.env, env); return JSON.parse(linkwa.Client.fromEnv().build(to, message, { refId, source: '+46000000000' })) },
      many: async () => {
        const found = []
        const run = client.sendMany([to, to], message, { refId, destinationsPerRequest: 1 })
        for await (const chunk of run) found.push({ ...chunk, error: chunk.error && own(chunk.error) })
        const { sent, failed, unknown, underWay, skipped } = run.progress
        return [found.sort((a, b) => a.index - b.index), { sent, failed, unknown, underWay, skipped }]
      },
      manyEach: async () => {
        const found = []
        for await (const chunk of client.sendMany([to], () => message, { refId })) found.push({ ...chunk, error: chunk.error && own(chunk.error) })
        return found
      },
      validate: () => linkwa.validate({ priority: 'URGENT' }),
      raw: () => linkwa.raw({ a: 1 }),
      report: () => linkwa.parseCallback(report),
      reportAgain: () => linkwa.parseCallback(Buffer.from(report)),
      received: () => linkwa.parseCallback(received),
      malformed: () => linkwa.parseCallback('{'),
      parsed: () => linkwa.parseCallback({}),
      tracker: () => {
        const tracker = new linkwa.StatusTracker()
        const state = tracker.apply(linkwa.parseCallback(report))
        return [state, tracker.state('m', 0), tracker.resolve('q'), [...tracker], linkwa.StatusTracker.fromJSON(tracker.toJSON()).size]
      },
      trackerWrong: () => new linkwa.StatusTracker().apply({}),
      guard: () => [new linkwa.CallbackGuard().check('195.84.162.34', {}, 1), new linkwa.CallbackGuard({}).check('1.1.1.1', {}, 1)],
      guardBasic: () => new linkwa.CallbackGuard({ basic: { username: 'a' } }),
      guardKey: () => new linkwa.CallbackGuard({ headers: { 'X-Key': 's' } }).check('195.84.162.34', { 'x-key': 's' }, 1),
      care: () => linkwa.careWindow({ kind: 'receivedMessage', raw: received }, 0),
      careWrong: () => linkwa.careWindow({}, 0),
      code: () => linkwa.describeResultCode(7),
      error: () => own(new linkwa.LinkwaError('m')),
      errorJson: () => own(linkwa.LinkwaError.from(JSON.stringify(new linkwa.Rejected('m', { refId, description: 'd', findings: [] })))),
      receiver: async () => {
        const { handle } = new CallbackReceiver(() => {}, { guard: new linkwa.CallbackGuard({ anyAddress: true }) })
        const answers = [await handle({ peer: '1.1.1.1', headers: {}, body: report }), await handle({ peer: '1.1.1.1', headers: {}, body: '{' })]
        return [answers, await handle({ headers: {}, body: report })]
      },
      receiverWrong: () => new CallbackReceiver(() => {}, {}),
      log: () => linkwa.setLogger(() => {}, 'debug'),
    })) await attempt(name, call)
    await client.close()
    // console.log may fail because of the inherited members.
    require('node:fs').writeSync(1, log.join('\\n') + '\\n')
  }
  run().catch((error) => require('node:fs').writeSync(2, String(error && error.stack)))`

let server
let clean

/** The output of the program after this change of `Object.prototype`. */
async function said(pollution) {
  const bodies = server.bodies.length
  const ran = await runScript(`${LOAD}\n${pollution}\n${PROGRAM}`, server.url)
  assert.deepEqual([ran.code, ran.err], [0, ''])
  return { lines: ran.out.split('\n'), bodies: server.bodies.slice(bodies).map((body) => String(body)) }
}

/** Replaces references and times, which differ in each run. */
const settled = (text) =>
  text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'uuid').replaceAll(/"(perSecond|timestampMs)":[\d.]+/g, '')

before(async () => {
  server = await faultServer((body) => (body.includes('refuse') ? http(400, '{}') : GOOD))
  clean = await said('')
  assert.ok(clean.lines.length > 35)
})

for (const [how, descriptor] of Object.entries({
  'enumerable texts': "{ value: 'polluted', enumerable: true, writable: true, configurable: true }",
  'enumerable functions': '{ value: function each() {}, enumerable: true, writable: true, configurable: true }',
  'texts that are not enumerable': "{ value: 'polluted', enumerable: false, writable: true, configurable: true }",
  'numbers that cannot be changed': '{ value: 17, enumerable: false, writable: false, configurable: true }',
  'setters that throw':
    '{ get() { return "polluted" }, set() { throw new Error("set") }, enumerable: false, configurable: true }',
})) {
  test(`nothing changes where every object inherits ${how}`, async () => {
    const polluted = await said(`
      for (const name of ${JSON.stringify(NAMES)}) {
        Object.defineProperty(Object.prototype, name, Object.assign(Object.create(null), ${descriptor}))
      }`)
    for (const [index, line] of clean.lines.entries()) assert.equal(settled(polluted.lines[index]), settled(line))
    assert.equal(polluted.lines.length, clean.lines.length)
    assert.deepEqual(polluted.bodies.map(settled).sort(), clean.bodies.map(settled).sort())
  })
}
