'use strict'

// The package linkwa-sandbox: what tests of other programs do with it.

const assert = require('node:assert/strict')
const { execFile, spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { after, before, beforeEach, test } = require('node:test')
const { Client, parseCallback } = require('../../node/index.js')
const { findProgram, startCallbackEndpoint, startSandbox } = require('../sandbox/node/index.js')
const { ROOT, clientOf, failureOf, waitFor } = require('./support.js')
const { PACKAGE, errorsOf } = require('./typescript.js')

const SANDBOX = path.join(ROOT, 'tests', 'sandbox', 'node')
const USER = '+46000000001'
const ofUser = { where: ({ json }) => 'content' in json }

let sandbox
let callbacks
let client
before(async () => {
  sandbox = await startSandbox()
  callbacks = await startCallbackEndpoint()
  client = new Client(sandbox.clientOptions())
})
after(async () => {
  await client.close(0)
  await sandbox.close()
  await callbacks.close()
})
beforeEach(async () => {
  await sandbox.reset()
  callbacks.answer = 200
  callbacks.clear()
  await sandbox.addGate({ id: 'tests', url: callbacks.url, default: true })
})

test('a message and its callbacks', async () => {
  const sent = await client.sendText(USER, 'Hej', { refId: 'order-17' })
  const query = { refId: 'order-17', status: 'delivered', wait: 10_000, details: true }
  const [message] = await sandbox.messages(query)
  assert.deepEqual([message.user, message.messageId], [USER, sent.messageIds[0]])
  assert.deepEqual(message.content, { type: 'text', text: { body: 'Hej' } })
  assert.deepEqual([message.request.status, message.answer.status], [200, 200])
  const reports = await callbacks.wait(2)
  assert.deepEqual(
    reports.map(({ body }) => parseCallback(body).resultCode),
    [112002, 112003],
  )
  assert.deepEqual(
    message.callbacks.map(({ body }) => body),
    reports.map(({ json }) => json),
  )
})

test('messages are selected', async () => {
  await client.sendText(USER, 'The first', { refId: 'a' })
  await client.sendText('+46000000002', 'The second', { refId: 'b' })
  const all = (await sandbox.messages()).map(({ id }) => id)
  const cases = [
    [{}, [0, 1]],
    [{ to: USER }, [0]],
    [{ user: '46000000002' }, [1]],
    [{ refId: 'b' }, [1]],
    [{ type: 'location' }, []],
    [{ search: 'SECOND' }, [1]],
    [{ direction: 'inbound' }, []],
    [{ limit: 1 }, [0]],
    [{ after: all[0] }, [1]],
  ]
  for (const [query, found] of cases) {
    const ids = (await sandbox.messages(query)).map(({ id }) => all.indexOf(id))
    assert.deepEqual(ids, found, JSON.stringify(query))
  }
})

test('waiting ends with the message or with the time', async () => {
  assert.deepEqual(await sandbox.messages({ to: USER, wait: 50 }), [])
  const waiting = sandbox.messages({ to: USER, wait: 60_000 })
  await client.sendText(USER, 'Hej')
  assert.equal((await waiting).length, 1)
  assert.equal((await sandbox.messages({ to: USER, wait: 50, count: 2 })).length, 1)
})

test('a refused request has its findings', async () => {
  assert.equal((await failureOf(client.sendRaw({ refId: 'order-17' }))).outcome, 'rejected')
  const [request] = await sandbox.refused()
  assert.deepEqual([request.reason, request.status], ['invalid', 400])
  assert.ok(request.findings.length > 0)
  assert.deepEqual(
    (await sandbox.requests()).map(({ id }) => id),
    [request.id],
  )
  assert.deepEqual(await sandbox.messages(), [])
})

const inbound = {
  text: [() => sandbox.inboundText('Hej'), { text: 'Hej' }],
  button: [() => sandbox.inboundButton('Yes', 'yes-17'), { button: { text: 'Yes', payload: 'yes-17' } }],
  media: [
    () => sandbox.inboundMedia('https://example.com/a.png', { mimeType: 'image/png', caption: 'A' }),
    { media: { source: 'https://example.com/a.png', type: 'image/png', caption: 'A' } },
  ],
  location: [
    () => sandbox.inboundLocation(59.5, 10.5, { name: 'Here' }),
    { location: { latitude: 59.5, longitude: 10.5, name: 'Here' } },
  ],
  contacts: [
    () => sandbox.inboundContacts([{ name: 'Test Person', phones: ['+46000000002'] }]),
    { contacts: [{ name: { formatted_name: 'Test Person' }, phones: [{ phone: '+46000000002' }] }] },
  ],
  'button reply': [
    () => sandbox.inboundButtonReply('home', 'Home'),
    { interactive: { type: 'button_reply', button_reply: { id: 'home', title: 'Home' } } },
  ],
  'list reply': [
    () => sandbox.inboundListReply('oslo', 'Oslo', { description: 'D' }),
    { interactive: { type: 'list_reply', list_reply: { id: 'oslo', title: 'Oslo', description: 'D' } } },
  ],
  reaction: [() => sandbox.inboundReaction('👍', 'an-id'), { reaction: { emoji: '👍', message_id: 'an-id' } }],
}
for (const [kind, [write, content]] of Object.entries(inbound)) {
  test(`a user writes: ${kind}`, async () => {
    const messageId = await write()
    const [{ json, body }] = await callbacks.wait()
    assert.deepEqual([json.messageId, json.source], [messageId, USER])
    for (const name of Object.keys(content)) assert.deepEqual(json.content.message[name], content[name])
    assert.equal(parseCallback(body).messageId, messageId)
  })
}

test('a user replies to a message', async () => {
  await client.sendText('+46000000002', 'Will you come?')
  const [message] = await sandbox.messages()
  await sandbox.inboundButton('Yes', 'yes-17', { replyTo: message })
  const [{ json }] = await callbacks.wait(1, ofUser)
  assert.deepEqual([json.source, json.destination], ['+46000000002', '+46000000000'])
  assert.equal(json.content.message.context.messageId, message.messageId)
})

test('the options of a message of a user', async () => {
  const headers = { 'x-key': 'k' }
  await sandbox.addGate({ id: 'other', url: callbacks.url, username: 'me', password: 'hush', headers })
  await sandbox.inboundText('Hej', { userId: 'AT.1349', destination: '+46000000009', gate: 'other' })
  const [callback] = await callbacks.wait()
  assert.deepEqual([callback.json.source, callback.json.destination], [undefined, '+46000000009'])
  assert.equal(callback.json.customParameters.whatsappUserId, 'AT.1349')
  assert.deepEqual([callback.headers.authorization, callback.headers['x-key']], ['Basic bWU6aHVzaA==', 'k'])
})

test('any callback can be posted', async () => {
  await sandbox.inbound({ type: 'raw', body: 'no JSON' })
  assert.equal(String((await callbacks.wait())[0].body), 'no JSON')
})

test('reports of any kind', async () => {
  await client.sendText('+46000003003', 'Hej', { refId: 'order-17' }) // no report by itself
  const [message] = await sandbox.messages()
  await sandbox.report({ messageId: message.messageId, status: 'read' })
  const [again] = await sandbox.report({ message: message.id, resultCode: 112404 })
  await callbacks.wait(2)
  await sandbox.report({ refId: 'order-17', callback: again, times: 2 })
  const codes = (await callbacks.wait(4)).map(({ json }) => json.resultCode)
  assert.deepEqual(codes, [112007, 112404, 112404, 112404])
})

test('the next requests take a scenario', async () => {
  await sandbox.scenario('1403', { count: 2 })
  for (let index = 0; index < 2; index += 1) {
    assert.equal((await failureOf(client.sendText(USER, 'Hej'))).httpStatus, 403)
  }
  await client.sendText(USER, 'Hej')
  await sandbox.chaos({ 1403: 1 }, { seed: 7 })
  assert.equal((await failureOf(client.sendText(USER, 'Hej'))).httpStatus, 403)
})

test('an endpoint that refuses gets the callback again', async () => {
  callbacks.answer = () => (callbacks.all().length > 0 ? 200 : 500)
  await sandbox.inboundText('Hej')
  const [first, second] = await callbacks.wait(2)
  assert.deepEqual(first.body, second.body)
  const attempts = await waitFor(async () => {
    const [{ callbacks: posted }] = await sandbox.messages()
    return posted[0].state === 'taken' && posted[0].attempts
  })
  assert.deepEqual(
    attempts.map(({ status }) => status),
    [500, 200],
  )
})

test('an endpoint whose function throws answers 500 and warns', async () => {
  const warnings = []
  const keep = (warning) => warnings.push(warning)
  process.on('warning', keep)
  const problem = new TypeError('no id')
  const answers = [
    () => {
      throw problem
    },
    () => 1000, // no HTTP status
    200,
  ]
  callbacks.answer = (callback) => {
    const answer = answers.shift()
    return typeof answer === 'function' ? answer(callback) : answer
  }
  await sandbox.inboundText('Hej')
  const attempts = await waitFor(async () => {
    const [{ callbacks: posted }] = await sandbox.messages()
    return posted[0].state === 'taken' && posted[0].attempts
  })
  process.off('warning', keep)
  assert.deepEqual(
    attempts.map(({ status }) => status),
    [500, 500, 200],
  )
  assert.equal(callbacks.all().length, 3)
  assert.deepEqual([warnings.length, warnings[0], warnings[1].code], [2, problem, 'ERR_HTTP_INVALID_STATUS_CODE'])
})

test('waiting for callbacks rejects with what its function throws', async () => {
  const problem = new TypeError('no id')
  const where = () => {
    throw problem
  }
  const waiting = failureOf(callbacks.wait(1, { where }))
  await sandbox.inboundText('Hej')
  assert.equal(await waiting, problem)
  assert.equal(await failureOf(callbacks.wait(1, { where })), problem)
})

test('waiting for callbacks fails when the time is up', async () => {
  await assert.rejects(callbacks.wait(1, { timeout: 50 }))
})

test('a sandbox with options, until its block ends', async () => {
  const gate = ['a=http://127.0.0.1:1/', 'b=http://127.0.0.1:1/']
  const own = await startSandbox({ latency: '1..2', password: 'other', gate })
  assert.deepEqual((await own.status()).latencyMs, [1, 2])
  assert.equal((await own.control('GET', 'gates')).gates.length, 2)
  await clientOf(own.baseUrl, { password: 'other' }).sendText(USER, 'Hej')
  assert.equal((await own.messages()).length, 1)
  await own[Symbol.asyncDispose]()
  await own.close()
  assert.equal((await failureOf(own.messages())).code, 'ERR_LINKWA_SANDBOX')
})

test('what is refused rejects with the reason', async () => {
  const error = await failureOf(startSandbox({ noSuchOption: true }))
  assert.equal(error.code, 'ERR_LINKWA_SANDBOX')
  assert.match(error.message, /--no-such-option/)
  const refused = await failureOf(sandbox.control('GET', 'messages', undefined, { query: { nonsense: USER } }))
  assert.match(refused.message, /^GET \/sandbox\/messages: [^{]*nonsense/)
  assert.ok(!refused.message.includes(USER.slice(1)))
})

test("an answer that is not the sandbox's is an error", async () => {
  const answers = ['no HTTP\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno', '']
  const server = net.createServer((socket) => socket.once('data', () => socket.end(answers.shift())))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { controlUrl } = sandbox
  sandbox.controlUrl = `http://127.0.0.1:${server.address().port}/sandbox`
  try {
    while (answers.length > 0) assert.equal((await failureOf(sandbox.status())).code, 'ERR_LINKWA_SANDBOX')
  } finally {
    sandbox.controlUrl = controlUrl
    server.close()
  }
})

test('a program that is not there is named', async () => {
  const { LINKWA_SANDBOX } = process.env
  process.env.LINKWA_SANDBOX = path.join(os.tmpdir(), 'no-such-program')
  try {
    assert.equal((await failureOf(startSandbox())).code, 'ERR_LINKWA_SANDBOX')
  } finally {
    process.env.LINKWA_SANDBOX = LINKWA_SANDBOX
  }
})

/** Whether a port of this machine is listened on. */
function isListening(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Starts Node, reads the first line that it prints, kills it, and waits until the port of that line is free. */
async function endsWhenKilled(args, portOf) {
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'pipe', 'ignore'] })
  try {
    const line = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
    const port = portOf(line)
    assert.ok(await isListening(port))
    child.kill('SIGKILL')
    await waitFor(async () => !(await isListening(port)))
  } finally {
    child.kill('SIGKILL')
  }
}

test('it ends when its tests are killed', () =>
  endsWhenKilled(
    [
      '-e',
      `require(${JSON.stringify(SANDBOX)}).startSandbox().then(({ port }) => console.log(port)); setInterval(() => {}, 1000)`,
    ],
    Number,
  ))

const COMMAND = path.join(SANDBOX, 'bin', 'linkwa-sandbox.js')

test('the command ends when it is killed', () => endsWhenKilled([COMMAND], (line) => JSON.parse(line).port))

test('the command is the program: its options, its exit status, its signals', async () => {
  const run = (...args) =>
    new Promise((resolve) => {
      execFile(process.execPath, [COMMAND, ...args], (error, out) => resolve([error?.code ?? 0, out.split(' ')[0]]))
    })
  assert.deepEqual(await run('--version'), [0, 'linkwa-sandbox'])
  assert.deepEqual(await run('--no-such-option'), [2, ''])
  const child = spawn(process.execPath, [COMMAND], { stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.kill('SIGTERM')
  assert.equal(await new Promise((resolve) => child.on('exit', resolve)), 0)
})

test('it does not keep the process alive', async () => {
  const script = `require(${JSON.stringify(SANDBOX)}).startSandbox().then(() => console.log('started'))`
  const out = await new Promise((resolve) =>
    execFile(process.execPath, ['-e', script], { timeout: 60_000 }, (error, out) => resolve(error ?? out)),
  )
  assert.equal(out, 'started\n')
})

// The manual

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-sandbox-'))
after(() => fs.rmSync(scratch, { recursive: true, force: true }))
fs.mkdirSync(path.join(scratch, 'node_modules'))
fs.symlinkSync(PACKAGE, path.join(scratch, 'node_modules', 'linkwa'), 'junction')
fs.symlinkSync(SANDBOX, path.join(scratch, 'node_modules', 'linkwa-sandbox'), 'junction')

const manual = fs.readFileSync(path.join(SANDBOX, 'README.md'), 'utf8')
// Those of vitest and jest are run by tests/node/bundlers.
const programs = [...manual.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code)

test('the programs of the manual run', async () => {
  const own = programs.filter((code) => !/^\/\/ (vitest|jest)\n/.test(code))
  assert.deepEqual([programs.length, own.length], [4, 2])
  for (const [index, code] of own.entries()) {
    const file = path.join(scratch, `program-${index}.mjs`)
    fs.writeFileSync(file, code)
    const args = [...(code.includes("'node:test'") ? ['--test'] : []), file]
    const env = { ...process.env, LINKWA_SANDBOX: findProgram() }
    delete env.NODE_TEST_CONTEXT
    const done = await new Promise((resolve) =>
      execFile(process.execPath, args, { cwd: scratch, env, timeout: 120_000 }, (error, out, err) =>
        resolve({ code: error?.code ?? 0, out, err }),
      ),
    )
    assert.equal(done.code, 0, done.out + done.err)
    assert.match(done.out, index === 0 ? /^\+46000000001: Hello$/m : /pass 3\b/)
  }
})

const USAGE = `
import { Client, parseCallback } from 'linkwa'
import { startCallbackEndpoint, startSandbox, type Sandbox, type SandboxMessage } from 'linkwa-sandbox'

await using sandbox: Sandbox = await startSandbox({ latency: '50..200', enforceCareWindow: true, keep: 5, gate: ['a=b'] })
await using endpoint = await startCallbackEndpoint()
endpoint.answer = ({ json }) => (json.resultCode === 112002 ? 500 : 200)
const client = new Client(sandbox.clientOptions())
const [message]: SandboxMessage[] = await sandbox.messages({ to: '+46000000001', wait: 5000 })
const id: string = await sandbox.inboundText('Hi', { replyTo: message })
const [report]: number[] = await sandbox.report({ message: message.id, status: 'read', times: 2 })
const reports = (await endpoint.wait(2, { where: (callback) => callback.path === '/' })).map(({ body }) => parseCallback(body))
// @ts-expect-error
await sandbox.messages({ reference: 'order-17' })
// @ts-expect-error
await sandbox.report({ status: 'gone' })
export { client, id, report, reports }
`

test('the types are those of the package', () => {
  const file = path.join(scratch, 'usage.mts')
  fs.writeFileSync(file, USAGE)
  assert.deepEqual(errorsOf([file], { preserveSymlinks: true, lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'] }), [])
})

/** The members of an interface of the types. */
function membersOf(name) {
  const types = fs.readFileSync(path.join(SANDBOX, 'index.d.ts'), 'utf8')
  const declared = new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}`, 'ms').exec(types)[1]
  return [...declared.matchAll(/^ {2}(?:readonly )?(\w+)[?(:]/gm)].map(([, member]) => member).sort()
}

test('the types have the fields of the control API', () => {
  const { components } = JSON.parse(fs.readFileSync(path.join(SANDBOX, '..', 'openapi.json')))
  for (const [schema, name] of Object.entries({
    Answer: 'Answer',
    Attempt: 'Attempt',
    Callback: 'PostedCallback',
    Finding: 'Finding',
    Message: 'SandboxMessage',
    NewGate: 'Gate',
    Report: 'Report',
    Request: 'RecordedRequest',
  })) {
    const fields = Object.keys(components.schemas[schema].properties).filter((field) => field !== 'header')
    assert.deepEqual(membersOf(name), fields.sort(), name)
  }
})

test('the types name each member', async () => {
  for (const [value, name] of [
    [sandbox, 'Sandbox'],
    [callbacks, 'CallbackEndpoint'],
  ]) {
    const own = [...Object.keys(value), ...Object.getOwnPropertyNames(Object.getPrototypeOf(value))]
    const hidden = ['constructor', 'take']
    assert.deepEqual(
      [...new Set(membersOf(name))],
      [...new Set(own)].filter((member) => !hidden.includes(member)).sort(),
    )
  }
})
