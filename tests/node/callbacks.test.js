'use strict'

// `parseCallback`: the shared vectors, and what only JavaScript has.

const assert = require('node:assert/strict')
const test = require('node:test')
const { LinkwaError, parseCallback } = require('../../node/index.js')
const { onlyHas, vectors } = require('./callback-vectors.js')

const REPORT =
  '{"messageId":"m","refId":"r","messageType":"text","messageIndex":0,"timestamp":"2020-03-30T12:59:41.1234567+02:00",' +
  '"resultCode":112003,"resultDescription":"delivered","customParameters":{"b":"2","a":"1"},"new":{"x":[1,2.5,null]}}'
const MESSAGE =
  '{"messageId":"m","source":"+46000000001","destination":"+46000000000","timestamp":"2020-03-21T17:41:58Z","new":1,' +
  '"content":{"type":"WHATSAPP","new":2,"message":{"contentType":"BUTTON","new":3,' +
  '"button":{"text":"Yes","payload":"yes-17","new":4},"context":{"source":"+46000000000","messageId":"before","new":5}}},' +
  '"route":{"id":"7","gateIds":["a","b"],"customParameters":{"k":"v"},"active":true,"shared":false,' +
  '"start":"2020-03-21T17:41:58Z","type":"KEYWORD_ROUTE","new":6}}'

/** A body in each form that is accepted. */
function forms(body) {
  const large = new ArrayBuffer(body.length + 9)
  const view = new Uint8Array(large, 5, body.length)
  view.set(body)
  const shared = new Uint8Array(new SharedArrayBuffer(body.length + 3), 3)
  shared.set(body)
  const all = [body, new Uint8Array(body), view, shared]
  const text = body.toString()
  // Only valid UTF-8 has a text form.
  if (Buffer.from(text).equals(body)) all.push(text)
  return all
}

/** The value of a dotted name in a vector. */
function read(callback, name) {
  const found = name.split(/[.[\]]+/).reduce((part, member) => (member === '' ? part : part?.[member]), callback)
  return found === undefined ? null : found
}

const PARTS = [
  ...['content', 'content.message', 'route'],
  ...['button', 'context', 'media', 'location', 'interactive'].map((name) => `content.message.${name}`),
  ...['button_reply', 'list_reply'].map((name) => `content.message.interactive.${name}`),
]

/** The paths of contacts, their names and phones. */
function contactPaths(callback) {
  return (callback.contacts ?? []).flatMap(({ phones = [] }, index) => {
    const path = `content.message.contacts[${index}]`
    return [path, `${path}.name`, ...phones.map((_, at) => `${path}.phones[${at}]`)]
  })
}

/** A JSON value without prototypes, so that a deep comparison sees own members only. */
function own(text) {
  return JSON.parse(text)
}

test('the shared vectors', async (t) => {
  for (const { id, body, expect } of vectors) {
    await t.test(id, () => {
      for (const form of forms(body)) {
        if ('error' in expect) isRefused(form, expect.error)
        else isRead(form, body, expect)
      }
    })
  }
})

function isRefused(form, expected) {
  onlyHas(expected, ['path', 'position'])
  assert.throws(
    () => parseCallback(form),
    (error) => {
      assert.ok(error instanceof LinkwaError)
      assert.deepEqual([error.code, error.outcome, error.refId], ['invalid_callback', undefined, undefined])
      assert.equal(typeof error.path, 'string')
      assert.ok(Number.isSafeInteger(error.position))
      for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, name)
      return true
    },
  )
}

function isRead(form, body, expect) {
  onlyHas(expect, ['kind', 'fields', 'extra'])
  const callback = parseCallback(form)
  assert.equal(callback.kind, expect.kind)
  assert.equal(callback.raw, body.toString())
  for (const [name, expected] of Object.entries(expect.fields ?? {})) {
    assert.deepEqual(read(callback, name), expected, name)
  }
  if (expect.extra !== undefined) hasExtra(callback, expect.extra)
  isPlain(callback)
}

function hasExtra(callback, expected) {
  const paths = callback.kind === 'receivedMessage' ? ['', ...PARTS, ...contactPaths(callback)] : ['']
  onlyHas(expected, paths)
  for (const path of paths) {
    const part = path === '' ? callback : read(callback, path)
    if (part === null) {
      assert.ok(!(path in expected))
      continue
    }
    assert.deepEqual(part.extraJson, expected[path] ?? {})
    assert.deepEqual(Object.keys(part.extra), Object.keys(part.extraJson))
    for (const [name, text] of Object.entries(part.extraJson)) assert.deepEqual(part.extra[name], own(text))
  }
}

/** Checks that all objects in a value are plain and have only own enumerable data. */
function isPlain(value) {
  if (typeof value !== 'object' || value === null) return
  const prototype = Object.getPrototypeOf(value)
  assert.ok(prototype === Object.prototype || prototype === Array.prototype)
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (Array.isArray(value) && name === 'length') continue
    const { value: member, ...about } = descriptor
    assert.deepEqual(about, { writable: true, enumerable: true, configurable: true })
    isPlain(member)
  }
}

test('a report has its fields, under the names of the wire', () => {
  assert.deepEqual(parseCallback(REPORT), {
    kind: 'eventReport',
    messageId: 'm',
    refId: 'r',
    messageType: 'text',
    messageIndex: 0,
    timestamp: '2020-03-30T12:59:41.1234567+02:00',
    timestampMs: 1585565981123,
    resultCode: 112003,
    status: 'delivered',
    isDelivered: true,
    resultDescription: 'delivered',
    gateCustomParameters: undefined,
    customParameters: { b: '2', a: '1' },
    key: 'report:m:r:0:112003',
    extra: { new: { x: [1, 2.5, null] } },
    extraJson: { new: '{"x":[1,2.5,null]}' },
    raw: REPORT,
  })
  assert.deepEqual(Object.keys(parseCallback(REPORT).customParameters), ['b', 'a'])
})

test('a message is nested as on the wire, with the most used parts at the top as well', () => {
  const button = { text: 'Yes', payload: 'yes-17', extra: { new: 4 }, extraJson: { new: '4' } }
  const context = { source: '+46000000000', messageId: 'before', extra: { new: 5 }, extraJson: { new: '5' } }
  const contentType = 'BUTTON'
  const found = parseCallback(MESSAGE)
  assert.deepEqual(found, {
    kind: 'receivedMessage',
    messageId: 'm',
    source: '+46000000001',
    destination: '+46000000000',
    contentType,
    text: undefined,
    button,
    context,
    media: undefined,
    location: undefined,
    contacts: undefined,
    interactive: undefined,
    content: {
      type: 'WHATSAPP',
      message: {
        contentType,
        text: undefined,
        button,
        context,
        media: undefined,
        location: undefined,
        contacts: undefined,
        interactive: undefined,
        extra: { new: 3 },
        extraJson: { new: '3' },
      },
      extra: { new: 2 },
      extraJson: { new: '2' },
    },
    provider: undefined,
    timestamp: '2020-03-21T17:41:58Z',
    timestampMs: 1584812518000,
    providerTimestamp: undefined,
    providerTimestampMs: undefined,
    providerMessageId: undefined,
    route: {
      id: '7',
      refId: undefined,
      platformId: undefined,
      platformPartnerId: undefined,
      platformServiceType: undefined,
      platformServiceId: undefined,
      number: undefined,
      gateIds: ['a', 'b'],
      customParameters: { k: 'v' },
      type: 'KEYWORD_ROUTE',
      keyword: undefined,
      keywordType: undefined,
      active: true,
      start: '2020-03-21T17:41:58Z',
      startMs: 1584812518000,
      end: undefined,
      endMs: undefined,
      shared: false,
      description: undefined,
      extra: { new: 6 },
      extraJson: { new: '6' },
    },
    gateCustomParameters: undefined,
    customParameters: undefined,
    replyTo: '+46000000001',
    userId: undefined,
    parentUserId: undefined,
    careWindowClosesAtMs: 1584898918000,
    key: 'message:m',
    extra: { new: 1 },
    extraJson: { new: '1' },
    raw: MESSAGE,
  })
  assert.equal(found.button, found.content.message.button)
  assert.equal(found.context, found.content.message.context)
})

test('a callback is data: it is copied, spread and written like any', () => {
  for (const body of [REPORT, MESSAGE]) {
    const callback = parseCallback(body)
    isPlain(callback)
    assert.deepEqual(structuredClone(callback), callback)
    assert.deepEqual({ ...callback }, callback)
    assert.deepEqual(JSON.parse(JSON.stringify(callback)), JSON.parse(JSON.stringify(parseCallback(body))))
    assert.notEqual(parseCallback(body), callback)
    callback.extra.mine = 1
    callback.key = 'mine'
    assert.deepEqual(parseCallback(body).extra.mine, undefined)
  }
})

test('a name that every object inherits is an own member, and pollutes nothing', () => {
  const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', '0', 'length', '']
  const values = Object.fromEntries(names.map((name, index) => [name, String(index)]))
  const json = `{${names.map((name, index) => `${JSON.stringify(name)}:"${index}"`).join(',')}}`
  const body = `{"messageId":"m","resultCode":1,"customParameters":${json},"gateCustomParameters":${json},`
  const before = Reflect.ownKeys(Object.prototype)
  const found = parseCallback(`${body}"__proto__":{"polluted":1},"constructor":2,"toString":3}`)
  for (const parameters of [found.customParameters, found.gateCustomParameters]) {
    assert.equal(Object.getPrototypeOf(parameters), Object.prototype)
    assert.deepEqual(Object.keys(parameters).sort(), [...names].sort())
    for (const [index, name] of names.entries()) {
      assert.deepEqual(Object.getOwnPropertyDescriptor(parameters, name), {
        value: String(index),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
  }
  assert.deepEqual(Object.keys(found.extra), ['__proto__', 'constructor', 'toString'])
  assert.deepEqual(Object.getOwnPropertyDescriptor(found.extra, '__proto__').value, { polluted: 1 })
  assert.equal(Object.getPrototypeOf(found.extra), Object.prototype)
  assert.equal(found.polluted, undefined)
  assert.equal({}.polluted, undefined)
  assert.deepEqual(Reflect.ownKeys(Object.prototype), before)
  assert.equal(values.length, String(names.indexOf('length')))
})

test('an escaped `__proto__` is an own member as well', () => {
  const found = parseCallback('{"messageId":"m","resultCode":1,"customParameters":{"\\u005f_proto__":"x"}}')
  assert.equal(Object.getOwnPropertyDescriptor(found.customParameters, '__proto__').value, 'x')
})

test('a lone surrogate in a string is refused with its position', () => {
  const cases = [
    ['{"refId":"\ud800","resultCode":112003}', 10],
    ['{"refId":"é\udc00","resultCode":112003}', 12],
    ['{"refId":"x","resultCode":112003}\ud83d', 33],
    ['{"refId":"x",,"a":"\ud83d"}', 13],
  ]
  for (const [body, position] of cases) isRefused(body, { position })
  isRefused(`{"refId":"${'x'.repeat(262_144)}\ud800"}`, { position: 262_144, path: '' })
})

test('a whole surrogate pair is a character', () => {
  const body = '{"refId":"😀\\ud83d\\ude00\\u0000","resultCode":112003}'
  for (const form of forms(Buffer.from(body))) {
    const found = parseCallback(form)
    assert.deepEqual([found.refId, found.key], ['😀😀\0', 'report:-:%F0%9F%98%80%F0%9F%98%80%00:-:112003'])
  }
})

/** Pseudo-random numbers that are the same in every run. */
function generator(seed) {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 0x100000000) * limit)
  }
}

test('strings in every alphabet are read completely', () => {
  const random = generator(20200330)
  const letters = [
    'a',
    'Z',
    ' ',
    '"',
    '\\',
    '\n',
    '\0',
    'ä',
    'ß',
    'é',
    'Ж',
    '€',
    '漢',
    '\u2028',
    '😀',
    '👩‍👩‍👧',
    '𝒳',
    '\ufeff',
    '/',
  ]
  const word = () => Array.from({ length: random(40) }, () => letters[random(letters.length)]).join('')
  /** JSON in which some characters are escaped needlessly. */
  const written = (value) =>
    JSON.stringify(value).replace(/[^\0-\x7f]|[ aZ]/gu, (letter) =>
      random(6) === 0
        ? Array.from({ length: letter.length }, (_, index) => escaped(letter.charCodeAt(index))).join('')
        : letter,
    )
  const escaped = (unit) => `\\u${unit.toString(16).padStart(4, '0')}`
  for (let round = 0; round < 600; round++) {
    const parameters = {}
    for (let left = random(6); left > 0; left--) parameters[`k${word()}`] = word()
    const report = {
      refId: word(),
      messageId: word(),
      resultDescription: word(),
      customParameters: parameters,
      resultCode: 112003,
    }
    const inner = { contentType: word(), text: word(), button: { text: word(), payload: word() } }
    const message = {
      customParameters: parameters,
      route: { keyword: word(), gateIds: [word(), word()], number: word() },
      content: { type: word(), message: inner },
      source: word(),
      messageId: word(),
      [`x${word()}`]: { [word()]: word() },
    }
    for (const expected of [report, message]) {
      const text = written(expected)
      for (const form of [text, Buffer.from(text)]) agrees(parseCallback(form), JSON.parse(text), text)
    }
  }
})

/** Checks a parsed callback against `JSON.parse`. */
function agrees(found, expected, text) {
  assert.equal(found.raw, text)
  const known = Object.keys(expected).filter((name) => name in found)
  for (const name of known) includes(found[name], expected[name], name)
  const others = Object.keys(expected).filter((name) => !(name in found))
  assert.deepEqual(Object.keys(found.extra), others)
  for (const name of others) assert.deepEqual(found.extra[name], expected[name])
  assert.match(found.key, /^[!-~]{1,199}$/)
  const [, id] = found.key.split(':')
  if (!id.startsWith('%h')) assert.equal(decodeURIComponent(id), expected.messageId)
}

function includes(found, expected, name) {
  if (typeof expected !== 'object' || Array.isArray(expected)) return assert.deepEqual(found, expected, name)
  for (const member of Object.keys(expected)) includes(found[member], expected[member], `${name}.${member}`)
  return undefined
}

test('a callback of many parameters has them all', () => {
  for (const count of [100, 127, 128, 129, 5000]) {
    const parameters = Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, `v${index}`]))
    const body = JSON.stringify({ messageId: 'm', resultCode: 112003, customParameters: parameters })
    for (const form of [body, Buffer.from(body)]) assert.deepEqual(parseCallback(form).customParameters, parameters)
    assert.deepEqual(parseCallback(REPORT).customParameters, { b: '2', a: '1' })
  }
})

test('names are distinguished, however many there are', () => {
  // A new process has no cached names.
  const path = require.resolve('../../node/lib/callback.js')
  const used = require.cache[path]
  delete require.cache[path]
  const { parseCallback: fresh } = require(path)
  require.cache[path] = used
  const lengths = [0, 1, 2, 3, 8, 31, 32, 33, 40]
  const names = lengths.flatMap((length) =>
    Array.from({ length: length < 2 ? length * 60 + 1 : 60 }, (_, index) =>
      `${index}${'abcdefghij'.repeat(4)}`.slice(0, length).padStart(length, String.fromCharCode(0x2d + index)),
    ),
  )
  names.push('é', 'ö', 'Ж', '😀', '\ud83d\ude00x', 'a"b', 'a\\b', 'a\nb')
  const unlike = [...new Set(names)]
  assert.ok(unlike.length > 300)
  for (let round = 0; round < 3; round++) {
    for (const [index, name] of unlike.entries()) {
      const other = unlike[(index + 7 * round + 1) % unlike.length]
      const expected = { [name]: 'v', [other]: 'w' }
      const body = JSON.stringify({ messageId: 'm', resultCode: 112003, customParameters: expected, [`${name}!`]: 1 })
      for (const form of [body, Buffer.from(body)]) {
        const found = fresh(form)
        assert.deepEqual(found.customParameters, expected)
        assert.deepEqual(found.extra, { [`${name}!`]: 1 })
      }
    }
  }
})

test('numbers are exact up to the precision of JavaScript', () => {
  for (const number of [
    0,
    -1,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    -(2 ** 32) - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ]) {
    const found = parseCallback(`{"messageId":"m","resultCode":${number},"messageIndex":${number}}`)
    assert.deepEqual([found.resultCode, found.messageIndex], [number, number])
    assert.equal(found.key, `report:m:-:${number}:${number}`)
  }
  const large = parseCallback('{"messageId":"m","resultCode":9223372036854775807,"messageIndex":-9223372036854775808}')
  assert.deepEqual([large.resultCode, large.messageIndex], [2 ** 63, -(2 ** 63)])
  assert.equal(large.key, 'report:m:-:-9223372036854775808:9223372036854775807', 'the key is exact all the same')
  for (const [time, millis] of [
    ['1969-12-31T23:59:59.999Z', -1],
    ['0000-01-01T00:00:00Z', -62167219200000],
    ['9999-12-31T23:59:59.999Z', 253402300799999],
    ['1970-01-01T00:00:00Z', 0],
    ['yesterday', undefined],
  ]) {
    const found = parseCallback(JSON.stringify({ messageId: 'm', resultCode: 1, timestamp: time }))
    assert.deepEqual([found.timestamp, found.timestampMs], [time, millis])
  }
})

test('extra is decoded, and its texts are exact', () => {
  const found = parseCallback(
    '{"messageId":"m","resultCode":1,"big":12345678901234567890,"huge":1e999,"x":{"a":[null]}}',
  )
  assert.deepEqual(found.extra, { big: 12345678901234567000, huge: Infinity, x: { a: [null] } })
  assert.deepEqual(found.extraJson, { big: '12345678901234567890', huge: '1e999', x: '{"a":[null]}' })
})

test('an ArrayBuffer is a body', () => {
  const { buffer } = new Uint8Array(Buffer.from(REPORT))
  assert.deepEqual(parseCallback(buffer), parseCallback(REPORT))
  const shared = new SharedArrayBuffer(buffer.byteLength)
  new Uint8Array(shared).set(new Uint8Array(buffer))
  assert.deepEqual(parseCallback(shared), parseCallback(REPORT))
  assert.throws(() => parseCallback(new ArrayBuffer(0)), { code: 'invalid_callback' })
})

test('an invalid body is a TypeError that names the argument', () => {
  for (const wrong of [
    undefined,
    null,
    1,
    1n,
    {},
    JSON.parse(REPORT),
    [123],
    Symbol('x'),
    new Map(),
    new Uint16Array(2),
    () => '',
  ])
    assert.throws(() => parseCallback(wrong), {
      name: 'TypeError',
      message: /^body must be a Buffer, a Uint8Array, an ArrayBuffer or a string, not /,
    })
  assert.throws(() => parseCallback(), TypeError)
  for (const parsed of [{}, JSON.parse(REPORT)]) {
    assert.throws(() => parseCallback(parsed), { message: /mount it before express\.json\(\)$/ })
  }
})

test('an error has the stack of the caller, and no value of the callback', () => {
  for (const bad of [
    '{"CANARY":1}',
    '{"resultCode":"CANARY","refId":"x"}',
    '{"content":"CANARY"}',
    'CANARY',
    '{"a":CANARY}',
  ]) {
    assert.throws(
      function theCaller() {
        parseCallback(bad)
      },
      (error) => {
        assert.match(error.stack.split('\n')[1], /theCaller.*callbacks\.test\.js/)
        assert.doesNotMatch(`${error.message}${error.stack}${JSON.stringify(error)}`, /CANARY/)
        return true
      },
    )
  }
})

test('a failure leaves nothing behind for the next callback', () => {
  assert.throws(() => parseCallback('{'))
  assert.deepEqual(parseCallback(REPORT), parseCallback(Buffer.from(REPORT)))
  assert.throws(() => parseCallback(5))
  assert.equal(parseCallback(MESSAGE).key, 'message:m')
})
