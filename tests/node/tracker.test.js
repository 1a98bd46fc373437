'use strict'

// `StatusTracker`: core's decisions are passed on unchanged, with JavaScript's own interfaces.

const assert = require('node:assert/strict')
const test = require('node:test')
const { inspect } = require('node:util')
const { LinkwaError, StatusTracker, parseCallback } = require('../../node/index.js')

const report = (fields) => parseCallback(JSON.stringify(fields))

const SENT = report({ messageId: 'm', refId: 'r', messageIndex: 0, resultCode: 112002 })
const DELIVERED = report({
  messageId: 'm',
  refId: 'r',
  messageIndex: 0,
  resultCode: 112003,
  timestamp: '2020-03-30T12:59:41+02:00',
  resultDescription: 'ok',
})
const FAILED = report({ messageId: 'm', refId: 'r', messageIndex: 0, resultCode: 112404 })
const OTHER = report({ messageId: 'm', messageIndex: 0, resultCode: 112009 })
const READ = report({ messageId: 'm', messageIndex: 0, resultCode: 112007 })
const BARE = report({ messageId: 'n', resultCode: 112001 })
const WHOLE = report({ refId: 'w', messageType: 'request', messageIndex: -1, resultCode: 112402, timestamp: 'soon' })

function tracker(...reports) {
  const made = new StatusTracker()
  for (const one of reports) made.apply(one)
  return made
}

test('a message that is read is delivered, and not disputed', () => {
  const { status, resultCode, otherCode, isDelivered, isFinal, isDisputed } = tracker(DELIVERED, READ).state('m', 0)
  assert.deepEqual([status, resultCode, otherCode], ['read', 112007, undefined])
  assert.deepEqual([isDelivered, isFinal, isDisputed], [true, true, false])
  const progress = { other: { resultCode: 112007 } }
  const stored = { version: 1, messages: [{ messageId: 'm', progress }], requests: [] }
  assert.deepEqual(
    [...StatusTracker.fromJSON(stored)].map((state) => state.status),
    ['read'],
  )
})

test('a state has all fields of core', () => {
  const made = new StatusTracker()
  const told = [DELIVERED, SENT, OTHER, FAILED].map((one) => made.apply(one))
  assert.deepEqual(
    told.map(({ changed }) => changed),
    [true, false, true, true],
  )
  assert.deepEqual(
    told.map(({ isDisputed }) => isDisputed),
    [false, false, false, true],
  )
  assert.deepEqual(made.state('m', 0), {
    messageId: 'm',
    messageIndex: 0,
    refId: 'r',
    status: 'delivered',
    resultCode: 112003,
    timestamp: '2020-03-30T12:59:41+02:00',
    timestampMs: 1585565981000,
    description: 'ok',
    isDelivered: true,
    isFinal: true,
    isDisputed: true,
    otherCode: 112009,
    changed: false,
  })
  assert.deepEqual(made.state('m', 0), { ...told[3], changed: false })

  const bare = made.apply(BARE)
  assert.deepEqual(bare, {
    messageId: 'n',
    messageIndex: undefined,
    refId: undefined,
    status: 'queued',
    resultCode: 112001,
    timestamp: undefined,
    timestampMs: undefined,
    description: undefined,
    isDelivered: false,
    isFinal: false,
    isDisputed: false,
    otherCode: undefined,
    changed: true,
  })
  const kept = { ...bare, changed: false }
  for (const index of [[], [undefined], [null]]) assert.deepEqual(made.state('n', ...index), kept)
  for (const [id, index] of [['n', 0], ['m', 1], ['x']]) assert.equal(made.state(id, index), undefined)
  assert.deepEqual(made.state('m'), made.state('m', 0))

  made.apply(WHOLE)
  const { status, messageId, messageIndex, refId, timestamp, timestampMs } = made.requestState('w')
  assert.deepEqual([status, messageId, messageIndex, refId], ['failed', undefined, undefined, 'w'])
  assert.deepEqual([timestamp, timestampMs], ['soon', undefined])
  assert.equal(made.requestState('r'), undefined)
})

test('without an index state() returns the only or the least advanced state', () => {
  const made = tracker(DELIVERED)
  for (const index of [[], [undefined], [null]]) assert.equal(made.state('m', ...index).status, 'delivered')
  made.apply(report({ messageId: 'm', messageIndex: 1, resultCode: 112001 }))
  assert.equal(made.state('m').messageIndex, 1)
  assert.equal(made.state('m').status, 'queued')
})

test('the states of a refId', () => {
  const other = report({ messageId: 'a', refId: 'r', messageIndex: 0, resultCode: 112404 })
  const made = tracker(DELIVERED, other, WHOLE, report({ messageId: 'c', refId: 'r2', resultCode: 112003 }))
  assert.deepEqual(
    made.states('r').map(({ messageId, status }) => [messageId, status]),
    [
      ['a', 'failed'],
      ['m', 'delivered'],
    ],
  )
  assert.deepEqual(made.states('w'), [made.requestState('w')])
  assert.deepEqual(made.states('x'), [])
})

test('a request with only failed reports is not accepted', () => {
  assert.equal(tracker(FAILED).resolve('r'), 'message_failed')
  assert.equal(tracker(FAILED, SENT).resolve('r'), 'accepted')
  assert.equal(tracker(report({ refId: 'r', resultCode: 112000 })).resolve('r'), 'unknown')
})

test('unknown sends are resolved, and messages forgotten', () => {
  const made = tracker(DELIVERED, BARE, WHOLE)
  assert.deepEqual(
    ['r', 'w', 'x'].map((refId) => made.resolve(refId)),
    ['accepted', 'failed', 'unknown'],
  )
  assert.equal(made.size, 3)
  assert.deepEqual([made.forget('m'), made.forget('m')], [true, false])
  assert.equal(made.resolve('r'), 'accepted')
  assert.deepEqual([made.forgetRefId('w'), made.forgetRefId('w')], [true, false])
  assert.equal(made.resolve('w'), 'unknown')
  assert.equal(made.size, 1)
})

test('iteration sees the tracker as it was at the start', () => {
  const made = tracker(WHOLE, BARE, DELIVERED)
  const states = [...made]
  assert.deepEqual(
    states.map(({ messageId, refId }) => [messageId, refId]),
    [
      ['m', 'r'],
      ['n', undefined],
      [undefined, 'w'],
    ],
  )
  assert.ok(made.size === 3 && states.every(({ changed }) => !changed))
  for (const { messageId } of made) {
    if (messageId !== undefined) assert.ok(made.forget(messageId))
    made.apply(report({ messageId: 'new', resultCode: 112001 }))
  }
  assert.deepEqual(
    [...made].map(({ messageId }) => messageId),
    ['new', undefined],
  )
  assert.equal(new StatusTracker().size, 0)
})

test('retain takes any function, which may use the tracker', () => {
  const made = tracker(DELIVERED, BARE, WHOLE, report({ messageId: 'q', resultCode: 112001 }))
  const thrown = new Error('mine')
  assert.throws(
    () =>
      made.retain(({ messageId }) => {
        if (messageId === 'n') throw thrown
      }),
    thrown,
  )
  assert.equal(made.size, 4)
  made.retain((state) => {
    if (state.messageId !== 'n') return !state.isFinal
    made.apply(report({ messageId: 'n', resultCode: 112003 })) // it changes meanwhile
    return false
  })
  assert.deepEqual(
    [...made].map(({ messageId, status }) => [messageId, status]),
    [
      ['n', 'delivered'],
      ['q', 'queued'],
    ],
  )
  assert.deepEqual([made.resolve('r'), made.resolve('w')], ['unknown', 'unknown'])
  made.retain(() => true)
  assert.equal(made.size, 2)
  made.retain(() => false)
  assert.equal(made.size, 0)
})

test('a stored tracker can be loaded', () => {
  const made = tracker(DELIVERED, FAILED, BARE, WHOLE, READ)
  const text = JSON.stringify(made)
  for (const stored of [text, JSON.parse(text), made.toJSON()]) {
    const again = StatusTracker.fromJSON(stored)
    assert.ok(again instanceof StatusTracker)
    assert.deepEqual([...again], [...made])
    assert.equal(JSON.stringify(again), text)
    again.forget('m')
    assert.equal(JSON.stringify(made), text)
  }
  assert.equal(JSON.parse(text).version, 2)
  class Mine extends StatusTracker {}
  assert.ok(Mine.fromJSON(text) instanceof Mine)
  for (const wrong of [
    '{}',
    '',
    text.slice(0, -1),
    text.replace('"version":2', '"version":3'),
    '{"canary":1}',
    {},
    { canary: 1 },
  ]) {
    assert.throws(
      function theCaller() {
        StatusTracker.fromJSON(wrong)
      },
      (error) => {
        assert.ok(error instanceof LinkwaError)
        assert.equal(error.code, 'invalid_config')
        assert.doesNotMatch(error.message, /canary/)
        assert.match(error.stack.split('\n')[1], /theCaller.*tracker\.test\.js/)
        return true
      },
    )
  }
})

test('a report may have been copied or stored on its way, since its text counts', () => {
  for (const copy of [
    structuredClone(DELIVERED),
    JSON.parse(JSON.stringify(DELIVERED)),
    { ...DELIVERED, status: 'failed' },
  ]) {
    assert.equal(tracker().apply(copy).status, 'delivered')
  }
})

test('inspecting it shows nothing of a callback’s content', () => {
  const made = tracker(
    report({ messageId: 'CANARY', refId: 'CANARY', resultCode: 112404, resultDescription: 'CANARY' }),
  )
  assert.doesNotMatch(inspect(made, { depth: Infinity, showHidden: true }) + String(made), /CANARY/)
})

test('wrong types are TypeErrors that name the argument', () => {
  const made = tracker()
  const message = parseCallback('{"messageId":"m","source":"1","content":{}}')
  const cases = [
    ['report', () => made.apply(message)],
    ['report', () => made.apply()],
    ['report', () => made.apply(null)],
    ['report', () => made.apply(DELIVERED.raw)],
    ['report', () => made.apply({ ...DELIVERED, raw: undefined })],
    ['report', () => made.apply({ ...DELIVERED, raw: message.raw })],
    ['messageId', () => made.state(1)],
    ['messageId', () => made.state()],
    ['messageIndex', () => made.state('m', '0')],
    ['messageIndex', () => made.state('m', 0.5)],
    ['refId', () => made.requestState(undefined)],
    ['refId', () => made.resolve(null)],
    ['refId', () => made.states(1)],
    ['messageId', () => made.forget(1)],
    ['refId', () => made.forgetRefId(1)],
    ['keep', () => made.retain(undefined)],
    ['json', () => StatusTracker.fromJSON(1)],
    ['json', () => StatusTracker.fromJSON(null)],
    ['json', () => StatusTracker.fromJSON([])],
  ]
  for (const [name, wrong] of cases) {
    assert.throws(wrong, { name: 'TypeError', message: new RegExp(`^${name}(:| must be)`) })
  }
  assert.throws(() => made.apply({ ...DELIVERED, raw: '{' }), { code: 'invalid_callback' })
  assert.equal(made.size, 0)
})
