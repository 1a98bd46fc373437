'use strict'

// The types of `linkwa/receiver` match it, and its example runs.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')
const receiver = require('../../node/receiver.js')
const { runModule } = require('./support.js')
const { PACKAGE, compile: compileAlone, ts } = require('./typescript.js')

const { CallbackReceiver } = receiver

/** With Node's own types, on which the types depend. */
const compile = (text, options) =>
  compileAlone(text, { types: ['node'], typeRoots: [path.join(PACKAGE, 'node_modules', '@types')], ...options })

const { checker, source, errors } = compile(`
import type * as all from './receiver.js'
export declare const exported: typeof all
export declare const receiver: all.CallbackReceiver
export declare const options: all.CallbackReceiverOptions
export declare const outbox: all.CallbackOutbox
export declare const claim: all.CallbackClaim
export declare const request: all.CallbackRequest
export declare const response: all.CallbackResponse
`)

function typeOf(name) {
  const found = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).find((symbol) => symbol.name === name)
  return checker.getTypeOfSymbol(found)
}

const members = (name) =>
  checker
    .getPropertiesOfType(typeOf(name))
    .map((member) => member.name)
    .sort()

/** The same object, and the names of its members that are read. */
function watch(object) {
  const names = new Set()
  const get = (target, name) => {
    names.add(name)
    return target[name]
  }
  return [new Proxy(object, { get }), () => [...names].sort()]
}

const REPORT = '{"messageId": "a", "resultCode": 112003}'

test('both have the same names', async () => {
  assert.deepEqual(errors(), [])
  // ES modules may import what CommonJS exports as a whole.
  assert.deepEqual(members('exported'), [...Object.keys(receiver), 'default'])
  const made = new CallbackReceiver(() => {}, { guard: null })
  const methods = Object.getOwnPropertyNames(CallbackReceiver.prototype).filter((name) => name !== 'constructor')
  assert.deepEqual(members('receiver'), [...methods, ...Object.keys(made)].sort())
  const [request, taken] = watch({ peer: '', headers: {}, body: '{}' })
  assert.deepEqual(members('response'), Object.keys(await made.handle(request)).sort())
  assert.deepEqual(members('request'), taken())
  const [options, read] = watch(Object.fromEntries(members('options').map((name) => [name, undefined])))
  assert.doesNotThrow(() => new CallbackReceiver(() => {}, Object.assign(options, { guard: null })))
  assert.deepEqual(members('options'), read())
  for (const option of members('options')) {
    const wrong = { guard: null, [option]: Symbol('wrong') }
    assert.throws(() => new CallbackReceiver(() => {}, wrong), new RegExp(`^TypeError: options\\.${option} `))
  }
})

test('outboxes have the same names and words', async () => {
  const [outbox, used] = watch({ claim: () => 'new', apply() {}, release() {} })
  const failing = () => Promise.reject(new Error('the handler fails'))
  await new CallbackReceiver(failing, { guard: null, outbox, onError() {} }).handle({ body: REPORT })
  assert.deepEqual(members('outbox'), used())
  const statuses = { new: 200, repeat: 200, busy: 503 }
  const words = typeOf('claim').types.map(({ value }) => value)
  assert.deepEqual(words.sort(), Object.keys(statuses).sort())
  for (const word of words) {
    const claiming = { claim: () => word, apply() {}, release() {} }
    const { handle } = new CallbackReceiver(() => {}, { guard: null, outbox: claiming, onError: assert.fail })
    assert.equal((await handle({ body: REPORT })).status, statuses[word])
  }
})

test('correct programs compile, and incorrect ones do not', () => {
  const usage = `
import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import Fastify from 'fastify'
import { CallbackGuard, type Callback } from './index.js'
import { CallbackReceiver, type CallbackOutbox } from './receiver.js'

const guard = new CallbackGuard()
declare const outbox: CallbackOutbox
export const receiver = new CallbackReceiver(
  async (callback: Callback) => console.log(callback.kind === 'eventReport' ? callback.status : callback.text),
  { guard, outbox, acknowledgement: 'OK', maxBytes: 100, onError: (error, callback) => console.log(error, callback?.key) },
)
new CallbackReceiver(() => {}, { guard: null, outbox: undefined })
createServer(receiver.node)
createSecureServer(receiver.node)
await Fastify().register(receiver.fastify, { prefix: '/callback' })
await Fastify({ http2: true }).register(receiver.fastify)
export const answers: Promise<Response>[] = [
  receiver.fetch(new Request('http://a'), { peer: '192.0.2.1' }),
  receiver.fetch(new Request('http://a')),
]
const { status, headers, body } = await receiver.handle({ peer: undefined, headers: new Headers(), body: new Uint8Array() })
console.log(status + 1, headers['allow']?.length, body.length)
const sync: CallbackOutbox = { claim: ({ key }) => (key === '' ? 'repeat' : 'new'), apply: () => {}, release: async () => {} }
console.log(sync)
// @ts-expect-error: whether everyone is believed must be said
new CallbackReceiver(() => {}, {})
// @ts-expect-error: the same
new CallbackReceiver(() => {})
// @ts-expect-error: a callback is not text
new CallbackReceiver((callback: string) => callback, { guard })
// @ts-expect-error: there is no such option
new CallbackReceiver(() => {}, { guard, maxBody: 1 })
// @ts-expect-error: an outbox has three methods
new CallbackReceiver(() => {}, { guard, outbox: { claim: () => 'new', apply() {} } })
// @ts-expect-error: there is no such claim
new CallbackReceiver(() => {}, { guard, outbox: { claim: () => 'old', apply() {}, release() {} } })
// @ts-expect-error: a number is not an address
receiver.fetch(new Request('http://a'), { peer: 1 })
// @ts-expect-error: the headers are needed
receiver.handle({ peer: '192.0.2.1', body: '{}' })
// @ts-expect-error: it was parsed
receiver.handle({ peer: '192.0.2.1', headers: {}, body: {} })
`
  const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
  assert.deepEqual(compile(usage, options).errors(), [])
  // Without the `@ts-expect-error` comments, each line is an error.
  const count = usage.match(/@ts-expect-error/g).length
  const found = compile(usage.replaceAll('@ts-expect-error', ''), options).errors()
  assert.equal(new Set(found.map(({ line }) => line)).size, count)
})

test('the example of the types compiles and runs', async () => {
  const types = fs.readFileSync(path.join(PACKAGE, 'types', 'receiver.d.ts'), 'utf8')
  const examples = [...types.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text.replaceAll(/^ *\* ?/gm, ''))
  assert.equal(examples.length, 1)
  const [text] = examples
  const own = text.replace("'linkwa'", "'./index.js'").replace("'linkwa/receiver'", "'./receiver.js'")
  const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
  assert.deepEqual(compile(own, options).errors(), [])
  const { outputText } = ts.transpileModule(text, { compilerOptions: { target: 'es2022', module: 'esnext' } })
  const url = (file) => pathToFileURL(path.join(PACKAGE, file)).href
  const script = outputText
    .replace("'linkwa'", `'${url('index.mjs')}'`)
    .replace("'linkwa/receiver'", `'${url('receiver.js')}'`)
  const { code, out, err } = await runModule(script)
  assert.deepEqual([code, out, err], [0, 'order-17 delivered\n200\n', ''])
})
