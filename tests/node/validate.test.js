'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const vm = require('node:vm')
const linkwa = require('../../node/index.js')
const vectors = require('./request-vectors.js')

const { listed } = vectors

/** An object from another context, as test runners make them. */
const FOREIGN_NAN = vm.runInNewContext('new Number(NaN)')

/** Findings without their sentences. */
const plain = (findings) => findings.map(({ path, code, severity }) => ({ path, code, severity }))

/** A valid request with these further members. */
const request = (members) => ({
  platformId: 'p',
  platformPartnerId: 'pp',
  priority: 'NORMAL',
  refId: 'r',
  source: '+46000000000',
  destinations: ['+46000000001'],
  messages: [{ type: 'text', text: { body: 'Hello' } }],
  ...members,
})

/** The paths and codes of its findings. */
const found = (members) => linkwa.validate(request(members)).map(({ path, code }) => `${path} ${code}`)

test('request vectors, as Uint8Array', () => {
  for (const { id, given, extensions, findings } of vectors) {
    assert.deepEqual(listed(linkwa.validate(given, { extensions }), findings), findings, id)
    assert.deepEqual(listed(linkwa.validate(new Uint8Array(given), { extensions }), findings), findings, id)
  }
})

test('request vectors, as string', () => {
  const isUtf8 = (bytes) => Buffer.from(bytes.toString()).equals(bytes)
  let count = 0
  for (const { id, given, extensions, findings } of vectors) {
    if (!isUtf8(given)) continue
    assert.deepEqual(listed(linkwa.validate(given.toString(), { extensions }), findings), findings, id)
    count += 1
  }
  assert.ok(count > vectors.length / 2)
})

test('request vectors, as object', () => {
  let count = 0
  for (const { id, given, isJson, extensions, findings } of vectors) {
    if (!isJson) continue
    const object = JSON.parse(given)
    // An argument must be an object.
    if (typeof object !== 'object' || object === null || Array.isArray(object)) continue
    assert.deepEqual(listed(linkwa.validate(object, { extensions }), findings), findings, id)
    count += 1
  }
  assert.ok(count > vectors.length / 2)
})

test('a finding is a plain object with a sentence', () => {
  const findings = linkwa.validate(request({ priority: 'URGENT' }))
  assert.deepEqual(findings, [
    {
      path: 'priority',
      code: 'unknown_value',
      message: 'must be LOW, NORMAL or HIGH',
      severity: 'error',
    },
  ])
  const [{ message, suggestion }] = linkwa.validate(request({ destinations: ['\u202a+46 70 000 00 01'] }))
  assert.equal(suggestion, '+46700000001')
  assert.match(message, /U\+202A/)
  assert.doesNotMatch(message, /46|70/)
  assert.deepEqual(structuredClone(findings), findings)
})

test('a part of a larger buffer, and one that is shared, are read', () => {
  const bytes = Buffer.from(`  ${JSON.stringify(request({ refId: '' }))}  `)
  assert.deepEqual(plain(linkwa.validate(bytes.subarray(2, -2))), [{ path: 'refId', code: 'empty', severity: 'error' }])
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  assert.equal(linkwa.validate(shared)[0].code, 'empty')
  assert.equal(linkwa.validate(new Uint8Array())[0].code, 'invalid_json')
  for (const buffer of [new Uint8Array(bytes).buffer, shared.buffer])
    assert.equal(linkwa.validate(buffer)[0].code, 'empty')
})

test('a lone surrogate is invalid JSON, in an object and in a text', () => {
  assert.deepEqual(found({ refId: 'a\ud800' }), [' invalid_json'])
  for (const text of ['{"refId":"\ud800"}', '{"refId":"\\\udc00"}', '\ud83d{}']) {
    assert.deepEqual(plain(linkwa.validate(text)), [{ path: '', code: 'invalid_json', severity: 'error' }])
  }
  assert.deepEqual(found({ refId: '\ud83d\ude00' }), [])
})

test('undefined members count as absent, and members may have the names of prototype members', () => {
  assert.deepEqual(found({ eventReportGates: undefined, customParameters: undefined }), [])
  const parameters = JSON.parse('{"__proto__": "a", "constructor": 1}')
  assert.deepEqual(found({ customParameters: parameters }), ['customParameters.constructor wrong_type'])
})

test('NaN and Infinity are findings', () => {
  const dateTime = { fallbackValue: 'f', dayOfWeek: 5, dayOfMonth: 25, year: 1977, month: 2, hour: 15, minute: 33 }
  const withBody = (parameter) => ({
    messages: [
      {
        type: 'template',
        template: {
          namespace: 'n',
          name: 't',
          language: { code: 'en' },
          components: [
            { type: 'body', parameters: [parameter] },
            { type: 'button', subType: 'url', index: 0, parameters: [] },
          ],
        },
      },
    ],
  })
  const withLocation = (location) => ({ messages: [{ type: 'location', location }] })
  assert.deepEqual(found(withBody({ type: 'dateTime', dateTime })), [])
  for (const number of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Object(Number.NaN),
    FOREIGN_NAN,
  ]) {
    assert.deepEqual(found({ relativeValidityTime: number }), ['relativeValidityTime wrong_type'])
    assert.deepEqual(found({ eventReportGates: [number] }), ['eventReportGates[0] wrong_type'])
    assert.deepEqual(found({ customParameters: { a: number } }), ['customParameters.a wrong_type'])
    assert.deepEqual(found(withLocation({ latitude: number, longitude: 0 })), [
      'messages[0].location.latitude out_of_range',
    ])
    assert.deepEqual(found(withLocation({ latitude: 0, longitude: number })), [
      'messages[0].location.longitude out_of_range',
    ])
    const place = 'messages[0].template.components[0].parameters[0].dateTime'
    for (const part of ['dayOfWeek', 'dayOfMonth', 'year', 'month', 'hour', 'minute']) {
      const parts = { ...dateTime, [part]: number }
      assert.deepEqual(found(withBody({ type: 'dateTime', dateTime: parts })), [`${place}.${part} wrong_type`])
    }
    const moment = { fallbackValue: 'f', timestamp: number }
    assert.deepEqual(found(withBody({ type: 'dateTime', dateTime: moment })), [`${place}.timestamp wrong_type`])
    const template = withBody({ type: 'text', text: 'a' })
    template.messages[0].template.components[1].index = number
    assert.deepEqual(found(template), ['messages[0].template.components[1].index wrong_type'])
  }
})

test('an invalid argument is a TypeError that names it', () => {
  const strange = [undefined, null, true, 1, 1n, Symbol('s'), [], () => {}, new Uint16Array(2)]
  for (const value of strange) {
    assert.throws(() => linkwa.validate(value), { name: 'TypeError', message: /^request must be an object/ })
  }
  const cycle = {}
  cycle.self = cycle
  let deep = {}
  for (let level = 0; level < 100_000; level += 1) deep = { deep }
  for (const value of [{ refId: 1n }, cycle, deep, { toJSON: () => undefined }]) {
    assert.throws(() => linkwa.validate(value), { name: 'TypeError', message: /^request cannot be written as JSON/ })
  }
})

test('a value that JSON.stringify would drop is a TypeError', () => {
  class Getter {
    own = 'x'
    get lost() {
      return 'y'
    }
  }
  const opaque = [
    new Map([['a', 'b']]),
    new Set(['a']),
    Promise.resolve(),
    /a/,
    new URLSearchParams('a=b'),
    new Error('x'),
    new Getter(),
    Object.create({ a: 'b' }),
    new Uint16Array(2),
    vm.runInNewContext('new Map()'),
  ]
  for (const value of [...opaque, new ArrayBuffer(2), () => {}, Symbol('s')]) {
    const message =
      /^request has under "customParameters" (an instance of \w+|a function|a symbol), which JSON cannot carry$/
    assert.throws(() => found({ customParameters: value }), { name: 'TypeError', message })
    assert.throws(() => linkwa.raw({ a: value }), {
      name: 'TypeError',
      message: /^message has under "a" a/,
    })
  }
  for (const value of opaque) {
    const message = /^request must be an? (plain )?object, .*, not an instance of/
    assert.throws(() => linkwa.validate(value), { name: 'TypeError', message })
    assert.throws(() => linkwa.raw(value), { name: 'TypeError', message: /^message must be an? (plain )?object or/ })
  }
  for (const value of [new Date(), { toJSON: () => 'x' }, { toJSON: () => [] }]) {
    assert.throws(() => linkwa.validate(value), { name: 'TypeError', message: /^request must be an? / })
  }
  assert.deepEqual(found({ customParameters: {} }), [])
  assert.deepEqual(found({ customParameters: { a: null } }), [])
  // It counts as a plain object.
  const source = { a: 'b' }
  for (const value of [
    Object.assign(Object.create(null), source),
    new Proxy(source, {}),
    vm.runInNewContext('({ a: "b" })'),
    { toJSON: () => source },
    new (class Own {
      toJSON() {
        return source
      }
    })(),
  ]) {
    assert.deepEqual(found({ customParameters: value }), [])
  }
})

test('an exception of a getter is passed on unchanged', () => {
  const error = new Error('mine')
  const object = {
    get refId() {
      throw error
    },
  }
  assert.throws(
    () => linkwa.validate(object),
    (thrown) => thrown === error,
  )
})

test('a job has the same reference everywhere', () => {
  assert.equal(linkwa.refIdFor('orders', '17'), 'fb89d2ef-7008-8218-8e74-ab2bfa22e52f')
  assert.equal(linkwa.refIdFor('orders', 17), linkwa.refIdFor('orders', '17'))
  assert.notEqual(linkwa.refIdFor('order', 's17'), linkwa.refIdFor('orders', '17'))
  for (const [namespace, id] of [
    [7, '17'],
    ['orders', 1.5],
    ['orders', undefined],
    ['orders', '\ud800'],
  ])
    assert.throws(() => linkwa.refIdFor(namespace, id), TypeError)
})

test('references are random UUIDs', () => {
  const made = Array.from({ length: 1000 }, () => linkwa.newRefId())
  assert.equal(new Set(made).size, made.length)
  for (const refId of made) assert.match(refId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('a raw message has the JSON of what it was made of', () => {
  const object = { type: 'interactive', interactive: { n: 1.5, gone: undefined, none: null } }
  const message = linkwa.raw(object)
  object.type = 'text'
  const json = '{"type":"interactive","interactive":{"n":1.5,"none":null}}'
  assert.equal(message.json, json)
  assert.equal(linkwa.raw(message).json, json)
  assert.equal(linkwa.raw('{"a":12345678901234567890}').json, '{"a":12345678901234567890}')
  assert.ok(Object.isFrozen(message))
})

test('a raw message is made of an object or a text that JSON can carry', () => {
  for (const value of [undefined, null, 1, [], Buffer.from('{}')]) {
    assert.throws(() => linkwa.raw(value), { name: 'TypeError', message: /^message must be an object or a string/ })
  }
  for (const value of [{ a: 1n }, { toJSON: () => undefined }]) {
    assert.throws(() => linkwa.raw(value), { name: 'TypeError', message: /^message cannot be written as JSON/ })
  }
  for (const number of [Number.NaN, Number.NEGATIVE_INFINITY, Object(Number.NaN), FOREIGN_NAN]) {
    assert.throws(() => linkwa.raw({ a: [{ b: number }] }), { name: 'TypeError', message: /^message has under "b" / })
  }
})
