'use strict'

// Errors: their properties, and what they do not show.

const assert = require('node:assert/strict')
const path = require('node:path')
const { once } = require('node:events')
const { before, test } = require('node:test')
const util = require('node:util')
const { Worker } = require('node:worker_threads')
const linkwa = require('../../node/index.js')
const binding = require('../../node/lib/binding.js')
const {
  ACCOUNT,
  CANARIES,
  REFUSED_URL,
  clientOf,
  failureOf,
  faultServer,
  http,
  runModule,
  runScript,
} = require('./support.js')

const { Client, LinkwaError } = linkwa
const TO = '+46701234567'
const TEXT = 'a private text'
const FILE = path.basename(__filename)

let silent

before(async () => {
  silent = await faultServer(undefined)
})

/** The line on which this function is called. */
function line() {
  return Number(/:(\d+):\d+\)?$/.exec(new Error().stack.split('\n')[2])[1])
}

/** The first line of code that a stack names. */
function top(error) {
  const [file, number] = /([^/\\(]+):(\d+):\d+\)?$/
    .exec(error.stack.split('\n').find((one) => one.startsWith('    at ')))
    .slice(1)
  return `${file}:${number}`
}

test('errors are of one class, from CommonJS and from ES modules', async () => {
  const ran = await runModule(`
    import { createRequire } from 'node:module'
    const required = createRequire(import.meta.url)(${JSON.stringify(path.join(__dirname, '..', '..', 'node', 'index.js'))})
    const error = await linkwa.sendText(7, 'x').catch((error) => error)
    const refused = (() => { try { new linkwa.Client({ baseUrl: 'x', username: '', password: '' }) } catch (error) { return error } })()
    console.log(error instanceof TypeError, refused instanceof linkwa.LinkwaError, refused instanceof required.LinkwaError,
      refused instanceof Error, refused.name, linkwa.Client === required.Client,
      Object.keys(required).sort().join() === Object.keys(linkwa).filter((name) => name !== 'default').sort().join())`)
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'true true true true LinkwaError true true\n', ''])
})

test('an error has exactly the properties that are known', async () => {
  const body = JSON.stringify({ resultCode: 112402, description: `bad ${TO}`, translatedDescription: `schlecht ${TO}` })
  const server = await faultServer(http(400, body, 'retry-after: 7\r\n'))
  const error = await failureOf(clientOf(server.url).sendText(TO, TEXT, { refId: 'r-1' }))
  assert.ok(error instanceof LinkwaError && error instanceof Error)
  assert.deepEqual(Object.entries(error), [
    ['code', 'rejected'],
    ['outcome', 'rejected'],
    ['disposition', 'fail'],
    ['refId', 'r-1'],
    ['httpStatus', 400],
    ['resultCode', 112402],
    ['retryAfter', 7],
  ])
  assert.equal(error.name, 'LinkwaError')
  assert.equal(error.description, `bad ${TO}`)
  assert.equal(error.translatedDescription, `schlecht ${TO}`)
  assert.equal(error.responseBody.toString(), body)
  assert.deepEqual(error.findings, [])
  assert.equal('cause' in error, false)

  const invalid = await failureOf(clientOf(server.url).sendText([], ''))
  assert.deepEqual([invalid.code, invalid.outcome, typeof invalid.refId], ['invalid_request', 'not_sent', 'string'])
  assert.deepEqual(
    invalid.findings.map(({ path: where, code, severity }) => [where, code, severity]),
    [
      ['destinations', 'empty', 'error'],
      ['messages[0].text.body', 'empty', 'error'],
    ],
  )
  assert.ok(invalid.findings.every(({ message }) => message.length > 0))

  const refused = await failureOf(clientOf(REFUSED_URL).sendText(TO, TEXT))
  assert.deepEqual([refused.code, refused.outcome, refused.reason], ['not_sent', 'not_sent', 'connect'])
})

test('errors can be constructed for tests', () => {
  const cause = new Error('why')
  const error = new LinkwaError('m', { code: 'not_sent', reason: 'dns', findings: [1], cause })
  assert.deepEqual({ ...error }, { code: 'not_sent', outcome: 'not_sent', disposition: 'retry', reason: 'dns' })
  assert.deepEqual([error.message, error.cause, error.findings], ['m', cause, [1]])
  assert.equal(new LinkwaError('m').code, 'internal')
})

test('the disposition says what to do with the message', async () => {
  const facts = ({ code, disposition }) => [code, disposition]
  for (const [status, expected] of [
    [400, ['rejected', 'fail']],
    [429, ['rejected', 'retry']],
    [503, ['outcome_unknown', 'park']],
  ]) {
    const server = await faultServer(http(status, ''))
    assert.deepEqual(facts(await failureOf(clientOf(server.url).sendText(TO, TEXT))), expected)
  }
  const client = clientOf(REFUSED_URL)
  assert.deepEqual(facts(await failureOf(client.sendText(TO, TEXT))), ['not_sent', 'retry'])
  assert.deepEqual(facts(await failureOf(client.sendText('no number', TEXT))), ['invalid_request', 'fail'])
  await client.close()
  assert.deepEqual(facts(await failureOf(client.sendText(TO, TEXT))), ['not_sent', 'fail'])
  const codes = ['invalid_config', 'invalid_request', 'rejected', 'not_sent', 'outcome_unknown', 'invalid_callback']
  assert.deepEqual(
    [...codes, 'internal', 'brand_new'].map((code) => new LinkwaError('m', { code }).disposition),
    ['fail', 'fail', 'fail', 'retry', 'park', 'fail', 'park', 'park'],
  )
  // What is known of the message counts.
  const made = (code, outcome) => facts(new LinkwaError('m', { code, outcome }))[1]
  assert.deepEqual(
    [made('internal', 'not_sent'), made('not_sent', 'unknown'), made('not_sent', null)],
    ['fail', 'park', 'retry'],
  )
})

/** Each code with its class and its outcome. */
const CLASSES = {
  invalid_config: [linkwa.InvalidConfig, 'not_sent'],
  invalid_request: [linkwa.InvalidRequest, 'not_sent'],
  rejected: [linkwa.Rejected, 'rejected'],
  not_sent: [linkwa.NotSent, 'not_sent'],
  outcome_unknown: [linkwa.OutcomeUnknown, 'unknown'],
  invalid_callback: [linkwa.InvalidCallback, undefined],
  internal: [linkwa.InternalError, 'unknown'],
}

test('an error that is made again has the outcome of its code', () => {
  for (const [code, [Class, outcome]] of Object.entries(CLASSES)) {
    for (const error of [new Class('m'), new LinkwaError('m', { code }), LinkwaError.from({ message: 'm', code })]) {
      assert.deepEqual([error.code, error.outcome, error.message, error.name], [code, outcome, 'm', 'LinkwaError'])
      assert.ok(error instanceof LinkwaError)
    }
    assert.equal(new Class('m', { code, refId: 'r' }).refId, 'r')
    assert.equal(new Class('m', { outcome: 'rejected' }).outcome, 'rejected')
    assert.throws(() => new Class('m', { code: code === 'rejected' ? 'not_sent' : 'rejected' }), TypeError)
  }
  assert.equal(new LinkwaError('m').outcome, 'unknown')
  assert.equal(new LinkwaError('m', { code: 'brand_new' }).outcome, 'unknown')
  assert.equal(new LinkwaError('m', { code: Symbol('x') }).outcome, 'unknown')
  for (const about of ['x', null, [], new Map(), new Error('x')]) {
    assert.throws(() => new LinkwaError('m', about), { name: 'TypeError', message: /^about must be an? / })
    assert.throws(() => new linkwa.NotSent('m', about), { name: 'TypeError', message: /^about must be an? / })
  }
})

test('each code has a class', async () => {
  const found = [
    await failureOf(clientOf(REFUSED_URL, { maxAttempts: 1 }).sendText(TO, TEXT)),
    await failureOf(clientOf(REFUSED_URL).sendText(TO, '')),
    await failureOf(clientOf((await faultServer(http(400, '{}'))).url).sendText(TO, TEXT)),
    await failureOf(clientOf((await faultServer(http(500, '{}'))).url).sendText(TO, TEXT)),
    await failureOf((async () => clientOf('x'))()),
    await failureOf((async () => linkwa.parseCallback('{'))()),
  ]
  for (const error of found) {
    const [Class, outcome] = CLASSES[error.code]
    assert.deepEqual([error.constructor, error.outcome], [Class, outcome])
  }
  assert.equal(new Set(found.map(({ code }) => code)).size, 6)
})

/** All properties of an error, without its class. */
function everything(error) {
  const names = Object.getOwnPropertyNames(error).filter((name) => name !== 'cause')
  const { cause } = error
  return [
    error.constructor,
    Object.fromEntries(names.map((name) => [name, error[name]])),
    Object.entries(error),
    cause && [cause.name, cause.message],
  ]
}

/** One error of each kind, with all the properties that it can have. */
async function kinds() {
  const body = JSON.stringify({ resultCode: 112402, description: `bad ${TO}`, translatedDescription: `schlecht ${TO}` })
  return [
    await failureOf(clientOf((await faultServer(http(400, body, 'retry-after: 7\r\n'))).url).sendText(TO, TEXT)),
    await failureOf(clientOf((await faultServer(http(200, '\xff\0'))).url).sendText(TO, TEXT)),
    await failureOf(clientOf(REFUSED_URL).send([], { type: 'txt' }, { refId: 'r' })),
    await failureOf(clientOf(REFUSED_URL).sendText(TO, TEXT, { signal: AbortSignal.abort(new RangeError('enough')) })),
    await failureOf((async () => linkwa.parseCallback('{"resultCode":"x","refId":"y"}'))()),
    await failureOf((async () => clientOf('x'))()),
    new linkwa.InvalidRequest('m', {
      findings: [
        { path: 'p', code: 'c', message: 'm', severity: 'warning' },
        { path: 'p', code: 'c', message: 'm', severity: 'error', suggestion: TO },
      ],
    }),
  ]
}

test('the JSON of an error has all its properties, and no phone number or text', async () => {
  for (const error of await kinds()) {
    const text = JSON.stringify(error)
    for (const json of [text, JSON.parse(text), error.toJSON(), structuredClone(error.toJSON())]) {
      const again = LinkwaError.from(json)
      assert.deepEqual(everything(again), everything(error))
      assert.equal(JSON.stringify(again), text)
    }
    for (const canary of [TO, TO.slice(1), TEXT]) assert.ok(!text.includes(canary), text)
  }
})

test('an error survives the way to a worker and back', async () => {
  const errors = await kinds()
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
    const { LinkwaError } = require(${JSON.stringify(path.join(__dirname, '..', '..', 'node', 'index.js'))})
    parentPort.on('message', (json) => {
      const error = LinkwaError.from(json)
      parentPort.postMessage([error.constructor.name, error.outcome, error.refId, error.toJSON()])
    })`,
    { eval: true },
  )
  for (const error of errors) {
    worker.postMessage(error.toJSON())
    const [[name, outcome, refId, json]] = await once(worker, 'message')
    assert.deepEqual([name, outcome, refId], [error.constructor.name, error.outcome, error.refId])
    assert.deepEqual(everything(LinkwaError.from(json)), everything(error))
  }
  await worker.terminate()
})

test('a structured clone loses what the manual says it loses', () => {
  const clone = structuredClone(new linkwa.OutcomeUnknown('m', { refId: 'r', cause: new Error('why') }))
  assert.ok(clone instanceof Error && !(clone instanceof LinkwaError))
  assert.deepEqual([clone.message, clone.cause.message], ['m', 'why'])
  assert.deepEqual([clone.code, clone.outcome, clone.refId], [undefined, undefined, undefined])
  assert.throws(() => LinkwaError.from(clone), { name: 'TypeError', message: /^json must be what toJSON\(\)/ })
})

test('an object that is not the JSON of an error is a TypeError', () => {
  const good = { message: 'm', code: 'rejected' }
  const finding = { path: '', code: 'c', message: 'm', severity: 'error' }
  for (const wrong of [
    undefined,
    null,
    7,
    [],
    new Map(),
    '{"canary":',
    '[]',
    {},
    { message: 'm' },
    { ...good, message: 7 },
    { ...good, outcome: 'accepted' },
    { ...good, disposition: 'again' },
    { ...good, refId: 7 },
    { ...good, httpStatus: '400' },
    { ...good, retryAfter: -1 },
    { ...good, findings: {} },
    { ...good, findings: [{ ...finding, path: undefined }] },
    { ...good, findings: [null] },
    { ...good, details: 'canary' },
    { ...good, details: 7 },
  ]) {
    assert.throws(
      function theCaller() {
        LinkwaError.from(wrong)
      },
      (error) => {
        assert.equal(error.name, 'TypeError')
        assert.match(error.message, /^json/)
        assert.doesNotMatch(error.message, /canary/)
        assert.match(error.stack.split('\n')[1], /theCaller/)
        return true
      },
    )
  }
  // JSON that a newer version may write.
  const newer = LinkwaError.from({ ...good, code: 'new', reason: 'new', more: 1, findings: [{ ...finding, more: 1 }] })
  assert.deepEqual([newer.code, newer.outcome, newer.reason, newer.more], ['new', 'unknown', 'new', undefined])
})

test('an error names the setting as JavaScript spells it, and its variable', async () => {
  const account = { username: 'user', password: 'secret' }
  assert.throws(
    () => new linkwa.Client({ ...account, baseUrl: 'http://gateway.example', connectTimeoutMs: 0 }),
    ({ message }) => {
      for (const [name, variable] of [
        ['baseUrl', 'BASE_URL'],
        ['allowHttp', 'ALLOW_HTTP=1'],
      ]) {
        assert.ok(message.includes(`\`${name}\` (LINKWA_${variable})`), message)
      }
      assert.doesNotMatch(message, /`[a-z]+_[a-z]+`/)
      return true
    },
  )
  const error = await failureOf(new linkwa.Client({ ...account, baseUrl: REFUSED_URL }).sendText(TO, TEXT))
  const expected = [
    ['platformId', 'PLATFORM_ID'],
    ['platformPartnerId', 'PLATFORM_PARTNER_ID'],
    ['source', 'SOURCE'],
  ]
  assert.equal(error.findings.length, 3)
  for (const [index, [name, variable]] of expected.entries()) {
    const said = `\`${name}\` (LINKWA_${variable})`
    assert.ok(error.findings[index].message.includes(said) && error.message.includes(said), error.message)
  }
  const refused = await failureOf(clientOf(REFUSED_URL).sendText(TO, TEXT))
  assert.ok(refused.message.includes(new URL(REFUSED_URL).host), refused.message)
  assert.doesNotMatch(refused.message, /os error/)
})

test('the stack names the line of the caller first', async () => {
  const client = clientOf(REFUSED_URL)
  const message = { type: 'text', text: { body: 'x' } }
  linkwa.configure({ ...ACCOUNT, baseUrl: REFUSED_URL })
  for (const on of [client, linkwa]) {
    let at
    const failed = [
      [await failureOf(on.sendText(TO, 'x')), line()],
      [await failureOf(on.send(TO, message)), line()],
      [await failureOf(on.sendRaw('{}')), line()],
      [await failureOf(on.sendRequest({})), line()],
      [await failureOf(on.sendText(7, 'x')), line()],
      [await failureOf(on.sendText(TO, 'x', { signal: AbortSignal.abort() })), line()],
      [await failureOf((async () => on.sendText(TO, ''))()), line()],
    ]
    const thrown = (call) => {
      try {
        call()
      } catch (error) {
        return error
      }
      throw new Error('it did not fail')
    }
    failed.push(
      [thrown(() => on.build(TO, {})), line()],
      [thrown(() => on.build(7, message)), line()],
      [thrown(() => on.sendMany(7, message)), line()],
      [thrown(() => on.sendMany([], message, { resume: 'x' })), line()],
    )
    const run = on.sendMany([TO], message)
    at = line() - 1
    for await (const chunk of run) failed.push([chunk.error, at])
    const wrong = on.sendMany([7], message)
    at = line() - 1
    for await (const { error } of wrong) failed.push([error, at])
    const made = on.sendMany([TO], () => 7)
    at = line() - 1
    for await (const { error } of made) failed.push([error, at], [error.cause, at])
    for (const [error, number] of failed) assert.equal(top(error), `${FILE}:${number}`, error.stack)
    for (const [error] of failed)
      assert.ok(error.stack.startsWith(`${error.name}: ${error.message}\n    at `), error.stack)
  }
  for (const [call, number] of [
    [() => new linkwa.Client({}), line()],
    [() => new linkwa.Client({ ...ACCOUNT, baseUrl: 'x' }), line()],
    [() => linkwa.configure({}), line()],
    [() => linkwa.validate(7), line()],
    [() => linkwa.raw(7), line()],
    [() => linkwa.raw({ a: new Map() }), line()],
    [() => linkwa.parseCallback(7), line()],
    [() => linkwa.isGatewayAddress(7), line()],
    [() => linkwa.careWindow('x'), line()],
    [() => linkwa.careWindow(0, 'x'), line()],
    [() => linkwa.describeResultCode('x'), line()],
    [() => linkwa.setLogger(7), line()],
    [() => linkwa.setLogger(() => {}, 7), line()],
    [() => linkwa.setLogger(() => {}, 'loud'), line()],
    [() => new linkwa.CallbackGuard(7), line()],
    [() => new linkwa.CallbackGuard().check(7, {}, 1), line()],
    [() => linkwa.StatusTracker.fromJSON(7), line()],
    [() => new linkwa.StatusTracker().apply(7), line()],
    [() => new linkwa.StatusTracker().state(7), line()],
    [() => new linkwa.StatusTracker().state('m', 'x'), line()],
    [() => new linkwa.StatusTracker().requestState(7), line()],
    [() => new linkwa.StatusTracker().resolve(7), line()],
    [() => new linkwa.StatusTracker().forget(7), line()],
    [() => new linkwa.StatusTracker().forgetRefId(7), line()],
    [() => new linkwa.StatusTracker().retain(7), line()],
    [() => new LinkwaError('m', 7), line()],
    [() => new linkwa.NotSent('m', 7), line()],
    [() => LinkwaError.from(7), line()],
    [() => client.sendMany([TO], message).then(), line()],
    [() => Client.prototype.build.call({}, TO, message), line()],
  ]) {
    assert.throws(call, (error) => {
      assert.equal(top(error), `${FILE}:${number}`, error.stack)
      assert.ok(error.stack.startsWith(`${error.name}: ${error.message}\n    at `), error.stack)
      return true
    })
  }
})

test('the stack has the asynchronous callers too', async () => {
  const client = clientOf(REFUSED_URL)
  const inner = async () => await client.sendText(TO, 'x')
  const outer = async () => await inner()
  const { stack } = await failureOf(outer())
  assert.match(stack, /at inner .*\n.*at outer /)
})

test('an argument of a wrong type is a TypeError that names it', async () => {
  const client = clientOf(silent.url)
  const text = { type: 'text', text: { body: 'x' } }
  const cyclic = { ...text }
  cyclic.self = cyclic
  const rejects = {
    'to must be a string or an array of strings, not a number': () => client.sendText(7, 'x'),
    'to[1] must be a string, not null': () => client.sendText([TO, null], 'x'),
    'body must be a string, not undefined': () => client.sendText(TO),
    'link must be a string, not an array': () => client.sendImage(TO, []),
    'location must be an object, not undefined': () => client.sendLocation(TO),
    'contacts must be an array of objects, not an instance of Object': () => client.sendContacts(TO, {}),
    'template must be an object, not a string': () => client.sendTemplate(TO, 'name'),
    'message must be an object, not a string': () => client.send(TO, 'x'),
    'message[1] must be an object, not null': () => client.send(TO, [text, null]),
    'options must be an object, not a string': () => client.send(TO, text, 'x'),
    'options.priority must be a string, not a number': () => client.send(TO, text, { priority: 1 }),
    'options.refId must be a string, not a number': () => client.send(TO, text, { refId: 1 }),
    'options.refId must be a string, not null': () => client.send(TO, text, { refId: null }),
    'options.eventReportGates must be an array of strings, not a string': () =>
      client.send(TO, text, { eventReportGates: 'g' }),
    'options.eventReportGates[0] must be a string, not a number': () =>
      client.send(TO, text, { eventReportGates: [1] }),
    'options.customParameters must be an object of strings, not an array': () =>
      client.send(TO, text, { customParameters: [] }),
    'options.customParameters.a must be a string, not a number': () =>
      client.send(TO, text, { customParameters: { a: 1 } }),
    'options.relativeValidityTime must be a number, not a string': () =>
      client.send(TO, text, { relativeValidityTime: '1' }),
    'options.absoluteValidityTime must be a string or a Date, not a number': () =>
      client.send(TO, text, { absoluteValidityTime: 1 }),
    'options.absoluteValidityTime must be a valid Date': () =>
      client.send(TO, text, { absoluteValidityTime: new Date('x') }),
    'options.timeoutMs must be a number, not a bigint': () => client.send(TO, text, { timeoutMs: 1n }),
    'options.signal must be an AbortSignal, not an instance of Object': () => client.send(TO, text, { signal: {} }),
    "options.refID: there is no such option; did you mean 'refId'?": () => client.send(TO, text, { refID: 'x' }),
    'options.caption: there is no such option': () => client.sendAudio(TO, 'x', { caption: 'x' }),
    'options.previewUrl must be a boolean, not a string': () => client.sendText(TO, 'x', { previewUrl: 'yes' }),
    'options.refId: there is no such option': () => client.sendRequest({}, { refId: 'x' }),
    'request must be an object, a string, a Uint8Array or an ArrayBuffer, not an array': () => client.sendRequest([]),
    'request must be an object, a string, a Uint8Array or an ArrayBuffer, not undefined': () => client.sendRaw(),
    'timeoutMs must be a number, not a string': () => client.close('1'),
  }
  for (const [message, call] of Object.entries(rejects)) {
    // A verb reports every error by its promise.
    assert.deepEqual(util.inspect(await failureOf(call())).split('\n')[0], `TypeError: ${message}`)
  }
  const starts = {
    'options.priority: ': () => client.send(TO, text, { priority: 'URGENT' }),
    'message cannot be written as JSON: ': () => client.send(TO, cyclic),
    'message[0] cannot be written as JSON: ': () => client.send(TO, [{ ...text, big: 1n }]),
    'location cannot be written as JSON: ': () => client.sendLocation(TO, { latitude: 1n, longitude: 0 }),
  }
  for (const [start, call] of Object.entries(starts)) {
    const error = await failureOf(call())
    assert.ok(error instanceof TypeError && error.message.startsWith(start), String(error))
  }
  const throws = {
    'config must be an object, not a string': () => new linkwa.Client('x'),
    'config must have region or baseUrl, username, password': () => new linkwa.Client({}),
    'config.password must be a string, not a number': () => new linkwa.Client({ username: 'u', password: 1 }),
    'config must have region or baseUrl': () => new linkwa.Client({ username: 'u', password: 'p' }),
    'config.maxQueue must be a whole number, not 1.5': () => clientOf('x', { maxQueue: 1.5 }),
    'config.strict must be a boolean, not a number': () => clientOf('x', { strict: 1 }),
    'to must be a string or an array of strings, not undefined': () => client.build(),
    'destinations must be an iterable or async iterable of strings, not a string': () => client.sendMany(TO, text),
    'message must be an object, not undefined': () => client.sendMany([TO]),
    'options.rate must be a number, not a string': () => client.sendMany([TO], text, { rate: '1' }),
    'write must be a function, not a string': () => linkwa.setLogger('x'),
    'level: must be error, warn, info or debug': () => linkwa.setLogger(() => {}, 'loud'),
  }
  for (const [message, call] of Object.entries(throws)) assert.throws(call, { name: 'TypeError', message })
  assert.equal(silent.connections, 0)
})

test('a misspelt name is refused with a suggestion', async () => {
  const client = clientOf(silent.url)
  const text = { type: 'text', text: { body: 'x' } }
  const rejects = {
    "options.prioritty: there is no such option; did you mean 'priority'?": (options) => client.send(TO, text, options),
    "options.preview_url: there is no such option; did you mean 'previewUrl'?": (o) => client.sendText(TO, 'x', o),
    "options.captoin: there is no such option; did you mean 'caption'?": (o) => client.sendImage(TO, 'x', o),
    'options.captoin: there is no such option': (options) => client.sendAudio(TO, 'x', options),
    "options.timeout: there is no such option; did you mean 'timeoutMs'?": (o) => linkwa.sendRequest({}, o),
    'options.zoo: there is no such option': (options) => client.sendTemplate(TO, {}, options),
  }
  const nameIn = (message) => /\.(\w+):/.exec(message)[1]
  for (const [message, call] of Object.entries(rejects)) {
    await assert.rejects(call({ [nameIn(message)]: undefined }), { name: 'TypeError', message })
  }
  const throws = {
    "config.usrname: there is no such option; did you mean 'username'?": (config) => new linkwa.Client(config),
    "config.regoin: there is no such option; did you mean 'region'?": (config) => linkwa.configure(config),
    "options.rates: there is no such option; did you mean 'rate'?": (options) => client.sendMany([TO], text, options),
    "options.ref_id: there is no such option; did you mean 'refId'?": (options) => linkwa.build(TO, text, options),
    "options.anyAdress: there is no such option; did you mean 'anyAddress'?": (o) => new linkwa.CallbackGuard(o),
  }
  for (const [message, call] of Object.entries(throws)) {
    assert.throws(() => call({ [nameIn(message)]: 1 }), { name: 'TypeError', message })
  }
  assert.equal(silent.connections, 0)
})

test('a verb called without its client is a TypeError', async () => {
  const { sendText, close, build, sendMany } = clientOf(silent.url)
  const text = { type: 'text', text: { body: 'x' } }
  const expected = { name: 'TypeError', message: 'this verb must be called on a Client' }
  for (const call of [() => sendText(TO, 'x'), () => close(), () => sendText.call({}, TO, 'x')]) {
    await assert.rejects(call, expected)
  }
  for (const call of [() => build(TO, text), () => sendMany([TO], text)]) assert.throws(call, expected)
})

test('exceptions of the caller’s objects are passed on unchanged', async () => {
  const client = clientOf(silent.url)
  const mine = new RangeError('mine')
  const thrower = {
    get refId() {
      throw mine
    },
  }
  assert.equal(await failureOf(client.sendText(TO, 'x', thrower)), mine)
  const own = new (class Own extends Error {})('own')
  const { stack } = own
  const message = {
    toJSON() {
      throw own
    },
  }
  assert.equal(await failureOf(client.send(TO, message)), own)
  assert.throws(() => client.build(TO, message), own)
  assert.equal(own.stack, stack)
})

test('a panic becomes a rejected promise, and the client keeps working', async (t) => {
  if (binding.testPanicNext === undefined) {
    t.skip('this addon is a release build, which cannot be asked to panic')
    return
  }
  const server = await faultServer(http(200, '{"resultCode":112001,"messageIds":["a"]}'))
  const client = clientOf(server.url)
  for (const call of [
    () => client.sendText(TO, TEXT),
    () => client.sendRequest('{}'),
    () => client.sendRaw('{}'),
    () => client.sendText(TO, TEXT, { signal: new AbortController().signal }),
  ]) {
    binding.testPanicNext()
    const error = await failureOf(call())
    assert.ok(error instanceof LinkwaError)
    assert.deepEqual([error.code, error.outcome, top(error).split(':')[0]], ['internal', 'not_sent', FILE])
  }
  binding.testPanicNext()
  assert.equal((await failureOf(client.close())).code, 'internal')
  binding.testPanicNext()
  assert.throws(() => client.build(TO, { type: 'text', text: { body: TEXT } }), { code: 'internal' })
  binding.testPanicNext()
  assert.throws(() => clientOf(server.url), { code: 'internal' })
  assert.equal(server.bodies.length, 0)
  assert.equal((await client.sendText(TO, TEXT)).resultCode, 112001)
})

test('no password, number or text is in anything that is printed', async () => {
  const lines = []
  linkwa.setLogger((one) => lines.push(one), 'debug')
  const secretProxy = 'http://user:canary-7f3a9c@127.0.0.1:1'
  const repeats = JSON.stringify({ resultCode: 112402, description: `${TO} ${TEXT}` })
  const errors = []
  const clients = [
    clientOf(REFUSED_URL),
    clientOf((await faultServer(http(401, repeats))).url),
    clientOf((await faultServer(http(500, repeats))).url),
    clientOf((await faultServer(http(200, `<html>${TO} ${TEXT}</html>`))).url),
    clientOf((await faultServer(http(200, '{"resultCode":112001,"messageIds":["a"]}'))).url),
    clientOf(silent.url, { timeoutMs: 100 }),
    clientOf('http://localhost:9/x', { proxy: secretProxy, timeoutMs: 2000 }),
  ]
  for (const client of clients) {
    await client.sendText(TO, TEXT).catch((error) => errors.push(error))
    await client.sendText(TO, TEXT, { signal: AbortSignal.abort() }).catch((error) => errors.push(error))
    for await (const { error } of client.sendMany([TO], { type: 'text', text: { body: TEXT } })) {
      if (error) errors.push(error)
    }
  }
  for (const change of [
    { baseUrl: `https://user:${ACCOUNT.password}@` },
    { password: `${ACCOUNT.password}\n` },
    { headers: { 'x-api-key': `${ACCOUNT.password}\n` } },
    { headers: { [`x-api-key: ${ACCOUNT.password}`]: 'v' } },
    { headers: { 'x-api-key': Buffer.from(ACCOUNT.password) } },
  ]) {
    assert.throws(
      () => clientOf('x', change),
      (error) => errors.push(error) > 0,
    )
  }
  await clients[0].close()
  await new Promise((resolve) => setImmediate(resolve))
  linkwa.setLogger(undefined)
  assert.ok(errors.length >= 23 && lines.length >= 10, `${errors.length} ${lines.length}`)
  const printed = [
    ...clients.flatMap((client) => [
      util.inspect(client, { showHidden: true, depth: 9 }),
      JSON.stringify(client),
      String(client),
    ]),
    ...errors.flatMap((error) => [
      util.inspect(error, { depth: 9 }),
      JSON.stringify(error),
      error.stack,
      String(error),
    ]),
    ...lines.map((one) => JSON.stringify(one)),
  ].join('\n')
  for (const canary of [...CANARIES, TO, TO.slice(1), TEXT]) assert.ok(!printed.includes(canary), canary)
})

test('a program whose stack formatter fails still gets the outcome', async () => {
  const script = `
    Error.prepareStackTrace = () => { throw new Error('of the program') }
    const client = makeClient({ baseUrl: '${REFUSED_URL}', maxAttempts: 1 })
    const codes = (await Promise.allSettled([
      client.sendText('+46000000001', 'x'),
      client.sendText('no number', 'x'),
      client.sendText(1, 'x'),
    ])).map(({ reason }) => reason.code ?? reason.name)
    console.log(codes.join())`
  const ran = await runScript(`;(async () => {${script}})()`)
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'not_sent,invalid_request,TypeError\n', ''])
})

test('a message of raw() is no request', async () => {
  const client = clientOf(REFUSED_URL)
  for (const verb of ['sendRaw', 'sendRequest']) {
    const error = await failureOf(client[verb](linkwa.raw({ type: 'text', text: { body: 'x' } })))
    assert.ok(error instanceof TypeError)
    assert.equal(error.message, 'request must be a whole request, not a message of raw()')
  }
})
