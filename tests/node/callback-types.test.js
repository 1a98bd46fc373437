'use strict'

// The types of callbacks match the callbacks: both have the same members and words.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const test = require('node:test')
const vm = require('node:vm')
const linkwa = require('../../node/index.js')
const binding = require('../../node/lib/binding.js')
const { PACKAGE, compile: compileAlone, ts } = require('./typescript.js')

const { CallbackGuard, ResultCode, StatusTracker, careWindow, describeResultCode, parseCallback } = linkwa

/** With Node's own types, on which the client's types depend. */
function compile(text) {
  return compileAlone(text, { types: ['node'], typeRoots: [path.join(PACKAGE, 'node_modules', '@types')] })
}

const TYPES = [
  'CallbackButton',
  'CallbackContent',
  'CallbackContext',
  'CallbackRoute',
  'CareWindow',
  'EventReport',
  'InboundButtonReply',
  'InboundContact',
  'InboundContactName',
  'InboundInteractive',
  'InboundListReply',
  'InboundLocation',
  'InboundMedia',
  'InboundMessage',
  'InboundPhone',
  'MessageState',
  'ReceivedMessage',
  'Refusal',
  'Resolution',
  'ResultCodeDescription',
  'Status',
  'Verdict',
]
const { checker, source, errors } = compile(
  `import { ResultCode } from './index.js'
import type { ${TYPES.join(', ')} } from './index.js'
${TYPES.map((name) => `export declare const of${name}: ${name}`).join('\n')}
export const codes = ResultCode
`,
)

function typeOf(name) {
  const found = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).find((symbol) => symbol.name === name)
  return checker.getTypeOfSymbol(found)
}

const wordsOf = (type) => type.types.map((part) => part.value).sort()

const REPORT = parseCallback(
  JSON.stringify({
    messageId: 'm',
    refId: 'r',
    messageType: 'text',
    messageIndex: 0,
    timestamp: '2020-03-30T12:59:41Z',
    resultCode: 112003,
    resultDescription: 'd',
    gateCustomParameters: { a: 'b' },
    customParameters: { a: 'b' },
    added: 1,
  }),
)
const TIME = '2020-03-21T17:41:58Z'
const MESSAGE = parseCallback(
  JSON.stringify({
    messageId: 'm',
    source: '1',
    destination: '2',
    provider: 'whatsapp',
    timestamp: TIME,
    providerTimestamp: TIME,
    providerMessageId: 'p',
    gateCustomParameters: { a: 'b' },
    customParameters: { whatsappUserId: 'US.1', whatsappParentUserId: 'US.ENT.2' },
    content: {
      type: 'WHATSAPP',
      message: {
        contentType: 'TEXT',
        text: 't',
        button: { text: 't', payload: 'p' },
        context: { source: '1', messageId: 'm' },
        media: { source: 's', type: 't', caption: 'c' },
        location: { latitude: 1.5, longitude: -2, name: 'n', address: 'a', url: 'u' },
        contacts: [{ name: { formatted_name: 'n' }, phones: [{ phone: '1' }] }],
        interactive: {
          type: 't',
          button_reply: { id: 'i', title: 't' },
          list_reply: { id: 'i', title: 't', description: 'd' },
        },
      },
    },
    route: {
      ...Object.fromEntries(
        'id refId platformId platformPartnerId platformServiceType'.split(' ').map((name) => [name, 'x']),
      ),
      ...Object.fromEntries(
        'platformServiceId number type keyword keywordType description'.split(' ').map((name) => [name, 'x']),
      ),
      gateIds: ['a'],
      customParameters: { a: 'b' },
      active: true,
      start: TIME,
      end: TIME,
      shared: false,
    },
  }),
)
const STATE = (() => {
  const tracker = new StatusTracker()
  tracker.apply(parseCallback('{"messageId":"m","messageIndex":0,"resultCode":112009}'))
  return tracker.apply(REPORT)
})()
const VERDICTS = [new CallbackGuard().check('195.84.162.34', {}, 0), new CallbackGuard().check('127.0.0.1', {}, 0)]
const SAMPLES = [
  ['EventReport', REPORT],
  ['ReceivedMessage', MESSAGE],
  ['CallbackContent', MESSAGE.content],
  ['InboundMessage', MESSAGE.content.message],
  ['CallbackButton', MESSAGE.button],
  ['CallbackContext', MESSAGE.context],
  ['CallbackRoute', MESSAGE.route],
  ['InboundMedia', MESSAGE.media],
  ['InboundLocation', MESSAGE.location],
  ['InboundContact', MESSAGE.contacts[0]],
  ['InboundContactName', MESSAGE.contacts[0].name],
  ['InboundPhone', MESSAGE.contacts[0].phones[0]],
  ['InboundInteractive', MESSAGE.interactive],
  ['InboundButtonReply', MESSAGE.interactive.button_reply],
  ['InboundListReply', MESSAGE.interactive.list_reply],
  ['MessageState', STATE],
  ['ResultCodeDescription', describeResultCode(112003)],
]

test('callbacks have the members of their types, and no others', () => {
  assert.deepEqual(errors(), [])
  for (const [name, sample] of [...SAMPLES, ['CareWindow', careWindow(0, 0)]]) {
    const members = checker.getPropertiesOfType(typeOf(`of${name}`)).map((member) => member.name)
    assert.deepEqual(Object.keys(sample).sort(), members.sort(), name)
    assert.ok(!Object.values(sample).includes(undefined), `${name}: the sample has all of them`)
  }
  for (const type of typeOf('ofVerdict').types) {
    assert.deepEqual(
      checker
        .getPropertiesOfType(type)
        .map((member) => member.name)
        .sort(),
      Object.keys(VERDICTS[0]).sort(),
    )
  }
})

test('values of callbacks have the declared types', () => {
  const lines = [...SAMPLES, ...VERDICTS.map((verdict) => ['Verdict', verdict])].map(
    ([name, sample], index) => `export const sample${index}: ${name} = ${literal(sample)}`,
  )
  const names = [...new Set(lines.map((line) => line.match(/: (\w+)/)[1]))]
  const { errors } = compile(`import type { ${names.join(', ')} } from './index.js'\n${lines.join('\n')}\n`)
  assert.deepEqual(errors(), [])
})

/** A value with its TypeScript type. */
function literal(value) {
  if (value === undefined) return 'undefined'
  if (Array.isArray(value)) return `[${value.map(literal).join()}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${literal(member)}`)}}`
}

test('optional members may be left out of a made-up callback', () => {
  const wrong =
    'export const wrong: EventReport = { kind: "eventReport", resultCode: 1, isDelivered: false, key: "k", raw: "{}", extra: {}, extraJson: {} }'
  const { errors } = compile(`import type { EventReport, ReceivedMessage } from './index.js'
export const report: EventReport =
  { kind: 'eventReport', resultCode: 1, status: 'other', isDelivered: false, key: 'k', raw: '{}', extra: {}, extraJson: {}, refId: undefined }
export const message: ReceivedMessage = { kind: 'receivedMessage', messageId: 'm', key: 'k', raw: '{}',
  content: { extra: {}, extraJson: {} }, extra: {}, extraJson: {} }
// @ts-expect-error: it has no status
${wrong}
`)
  assert.deepEqual(errors(), [])
})

test('literal types have the words of core', () => {
  assert.deepEqual(
    wordsOf(typeOf('ofStatus')),
    binding
      .statuses()
      .map(({ word }) => word)
      .sort(),
  )
  const guard = (options) => new CallbackGuard({ anyAddress: true, ...options }).check('1.1.1.1', {}, 1)
  const refused = [
    new CallbackGuard().check('1.1.1.1', {}, 0),
    guard({ trustedProxies: ['1.1.1.1'] }),
    guard({ basic: { username: 'u', password: 'p' } }),
    guard({ headers: { a: 'b' } }),
    guard({ maxBody: 0 }),
    new CallbackGuard().check(undefined, {}, 0),
  ]
  assert.deepEqual(wordsOf(typeOf('ofRefusal')), refused.map(({ refusal }) => refusal).sort())
  const tracker = new StatusTracker()
  tracker.apply(parseCallback('{"refId":"a","messageId":"m","resultCode":112001}'))
  tracker.apply(parseCallback('{"refId":"m","messageId":"n","resultCode":112403}'))
  tracker.apply(parseCallback('{"refId":"f","messageType":"request","resultCode":112402}'))
  assert.deepEqual(wordsOf(typeOf('ofResolution')), ['a', 'f', 'm', 'x'].map((refId) => tracker.resolve(refId)).sort())
  const codes = checker
    .getPropertiesOfType(typeOf('codes'))
    .map((code) => [code.name, checker.getTypeOfSymbol(code).value])
  assert.deepEqual(Object.fromEntries(codes), { ...ResultCode })
})

test('correct programs compile, and incorrect ones do not', () => {
  const { errors } = compile(
    `
import { CallbackGuard, ResultCode, StatusTracker, careWindow, describeResultCode, isGatewayAddress, parseCallback } from './index.js'
import type { Callback, CareWindow, MessageState, ReceivedMessage, Resolution, Verdict } from './index.js'
declare const bytes: Uint8Array
declare const message: ReceivedMessage

const callback: Callback = parseCallback(bytes)
switch (callback.kind) {
  case 'eventReport': {
    const { status, resultCode, customParameters } = callback
    const word: 'queued' | 'sent' | 'delivered' | 'read' | 'deleted' | 'failed' | 'other' = status
    export const known = [word, resultCode === ResultCode.DELIVERED, customParameters?.['row']?.length, callback.extra['x']]
    // @ts-expect-error: a report has no text
    callback.text
    // @ts-expect-error: it may be absent
    callback.refId.length
    // @ts-expect-error: there is no such status
    status === 'seen'
    break
  }
  case 'receivedMessage':
    callback.content.message?.button?.payload?.length
    // @ts-expect-error: a message has no status
    callback.status
    break
  default: {
    const nothing: never = callback
    nothing
  }
}
// @ts-expect-error: no object
parseCallback({})
parseCallback(new ArrayBuffer(1))

const guard = new CallbackGuard({ ranges: new Set(['1.1.1.1']), trustedProxies: ['10.0.0.0/8'], forwarded: 'both', maxBody: 1 })
new CallbackGuard()
new CallbackGuard({ anyAddress: true, headers: { 'X-Key': 'x' }, basic: { username: 'u', password: 'p' } })
// @ts-expect-error: they exclude each other
new CallbackGuard({ anyAddress: true, ranges: [] })
// @ts-expect-error: there is no such option
new CallbackGuard({ range: [] })
// @ts-expect-error: there is no such word
new CallbackGuard({ forwarded: 'X-Forwarded-For' })
// @ts-expect-error: a string is no list of them
new CallbackGuard({ trustedProxies: 1 })
const verdict: Verdict = guard.check(undefined, ['a', 'b'], 1)
guard.check('1.1.1.1', { a: 'b', c: ['d'], e: undefined }, 1)
guard.check(null, new Map([['a', 'b']]), 1)
guard.check('1.1.1.1', [['a', 'b']], 1)
// @ts-expect-error: the body's length is needed
guard.check('1.1.1.1', {})
// @ts-expect-error: no number
guard.check('1.1.1.1', { a: 1 }, 1)
// @ts-expect-error: there may be none
verdict.sender.length
if (verdict.ok) verdict.sender.length
else verdict.refusal === 'address'
if (verdict.refusal === undefined) verdict.sender.length

const tracker = new StatusTracker()
if (callback.kind === 'eventReport') tracker.apply(callback).isFinal
// @ts-expect-error: a message has no fields of another
tracker.apply(message)
export const state: MessageState | undefined = tracker.state('m') ?? tracker.state('m', 0) ?? tracker.requestState('r')
export const resolution: Resolution = tracker.resolve('r')
tracker.retain(({ isFinal }) => !isFinal)
for (const { messageId } of tracker) messageId?.length
StatusTracker.fromJSON(JSON.stringify(tracker)).size
// @ts-expect-error: it is counted
tracker.size = 1

export const open: CareWindow = careWindow(new Date(), Date.now())
export const of: CareWindow | undefined = careWindow(message)
// @ts-expect-error: it may be undefined
careWindow(message).isOpen
// @ts-expect-error: no text
careWindow('2020-03-30T10:59:41Z')
export const known: boolean = isGatewayAddress('1.1.1.1') && describeResultCode(1).isFinal
// @ts-expect-error: there is no such code
ResultCode.SEEN
`.replaceAll('    export const known = ', '    void '),
  )
  assert.deepEqual(errors(), [])
})

test('the examples of the documentation run, and print what they say', () => {
  const text = fs.readFileSync(path.join(PACKAGE, 'types', 'callback.d.ts'), 'utf8')
  const examples = [...text.matchAll(/```ts\n([^`]*)```/g)].map(([, example]) => example.replaceAll(/^ *\* ?/gm, ''))
  assert.equal(examples.length, 4)
  for (const example of examples) {
    assert.deepEqual(compile(example.replace("'linkwa'", "'./index.js'")).errors(), [])
    const { outputText } = ts.transpileModule(example, { compilerOptions: { module: ts.ModuleKind.CommonJS } })
    const printed = []
    const console = { log: (...values) => printed.push(values.join(' ')) }
    vm.runInNewContext(outputText, {
      console,
      exports: {},
      require: (name) => (name === 'linkwa' ? linkwa : undefined),
    })
    const expected = [...example.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, comment]) => comment)
    assert.ok(expected.length > 0)
    assert.deepEqual(printed, expected)
  }
})
