'use strict'

// What `client.on` and the tracing channel tell about each send: order, context, and that they harm none.

const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { tracingChannel } = require('node:diagnostics_channel')
const { once } = require('node:events')
const { test } = require('node:test')
const { inspect } = require('node:util')
const linkwa = require('../../node/index.js')
const declared = require('../../node/lib/declared.js')
const support = require('./support.js')
const { CANARIES, GOOD, REFUSED_URL, clientOf, failureOf, faultServer, http, numbers, runScript } = support
const { startSandbox, waitFor } = support

const TO = '+46000000001'
const ON_KEPT = ['send_queued', 'attempt_begun', 'phase_reached', 'attempt_ended', 'send_ended']

/** A client, and the events that it has reported. */
function heard(url, more) {
  const client = clientOf(url, more)
  const events = []
  client.on((event) => events.push(event))
  return { client, events }
}

const kinds = (events) => events.map(({ kind }) => kind)

test('the events of a send come in order before its promise settles', async () => {
  const sandbox = await startSandbox()
  const client = clientOf(sandbox.baseUrl)
  await client.sendText(TO, 'warm')
  const events = []
  client.on((event) => events.push(event))
  const messages = ['a', 'b'].map((body) => ({ type: 'text', text: { body } }))
  const began = Date.now()
  await client.send([TO, '+46000000002'], messages, { refId: 'order-17' })
  assert.deepEqual(kinds(events), ON_KEPT)
  const [queued, begun, body, attempt, ended] = events
  assert.equal(new Set(events.map(({ sendId }) => sendId)).size, 1)
  assert.deepEqual([queued.refId, queued.messageTypes, queued.destinations], ['order-17', ['text', 'text'], 2])
  assert.deepEqual([begun.attempt, begun.queued, body.phase], [1, 0, 'body'])
  assert.deepEqual([attempt.outcome, attempt.httpStatus, attempt.resultCode], ['accepted', 200, 112001])
  assert.ok(attempt.answerMs > 0 && attempt.answerMs <= attempt.elapsedMs && attempt.elapsedMs <= ended.elapsedMs)
  assert.ok(events.every(({ timestampMs }) => timestampMs >= began && timestampMs <= Date.now() + 1))
  assert.equal(ended.url, `${sandbox.baseUrl}/messages`)
  assert.ok(!('connectMs' in attempt) && !('pauseMs' in ended))
  assert.ok(events.every((event) => Object.isFrozen(event) && Object.isFrozen(event.messageTypes)))
})

test('each attempt and its pause is reported, and so is a send that is refused at once', async () => {
  const answers = [http(503, '{}'), GOOD]
  const server = await faultServer(() => answers.shift())
  const { client, events } = heard(server.url, { retryWhenBusy: true })
  await client.sendText(TO, 'x')
  const attempts = events.filter(({ kind }) => kind === 'attempt_ended')
  assert.deepEqual(
    attempts.map(({ attempt, outcome, httpStatus }) => [attempt, outcome, httpStatus]),
    [
      [1, 'unknown', 503],
      [2, 'accepted', 200],
    ],
  )
  assert.ok(attempts[0].pauseMs > 0)

  await client.close()
  events.length = 0
  const error = await failureOf(client.sendText(TO, 'x', { refId: 'late' }))
  assert.equal(error.reason, 'closed')
  assert.deepEqual(
    events.map(({ kind, refId, outcome, reason }) => [kind, refId, outcome, reason]),
    [
      ['send_queued', 'late', undefined, undefined],
      ['send_ended', 'late', 'not_sent', 'closed'],
    ],
  )
  // What validation refuses is no send.
  await failureOf(client.sendText(TO, ''))
  assert.equal(events.length, 2)
})

test('a listener of one kind gets only that; one that is removed gets nothing', async () => {
  const server = await faultServer(GOOD)
  const client = clientOf(server.url)
  const ended = []
  const all = []
  const remove = client.on('send_ended', (event) => ended.push(event.kind))
  const listener = (event) => all.push(event)
  const removes = [client.on(listener), client.on(listener)]
  await client.sendText(TO, 'x')
  assert.deepEqual(ended, ['send_ended'])
  assert.equal(all.filter(({ kind }) => kind === 'send_ended').length, 2)
  all.length = 0
  remove()
  removes[0]()
  removes[0]()
  await client.sendText(TO, 'x')
  assert.equal(ended.length, 1)
  assert.equal(all.filter(({ kind }) => kind === 'send_ended').length, 1)
  removes[1]()
  await client.sendText(TO, 'x')
  assert.equal(all.filter(({ kind }) => kind === 'send_ended').length, 1)

  const wrong = [[], [undefined, listener], ['send_ended'], ['send_ended', 1], ['sendEnded', listener], [1]]
  const { on } = client
  for (const call of [
    ...[...wrong, [listener, 'send_ended']].map((args) => () => client.on(...args)),
    () => on(listener),
    () => on.call({}, listener),
  ]) {
    assert.throws(call, (error) => {
      assert.equal(error.name, 'TypeError')
      assert.match(error.stack.split('\n')[1], /events\.test\.js/)
      return true
    })
  }
  assert.throws(() => client.on('sendEnded', listener), /did you mean 'send_ended'/)
  assert.throws(() => on.call({}, listener), /must be called on a Client/)
})

test('events come in the asynchronous context of their send or run', async () => {
  const storage = new AsyncLocalStorage()
  const { url } = await startSandbox().then((sandbox) => ({ url: sandbox.baseUrl }))
  const client = clientOf(url)
  const contexts = new Map()
  client.on(({ refId }) => contexts.set(refId, [...(contexts.get(refId) ?? []), storage.getStore()]))
  const sends = Array.from({ length: 8 }, (_, index) =>
    storage.run(`context ${index}`, () => client.sendText(TO, 'x', { refId: `send-${index}` })),
  )
  await Promise.all(sends)
  for (let index = 0; index < 8; index += 1) {
    assert.deepEqual([...new Set(contexts.get(`send-${index}`))], [`context ${index}`])
  }

  const text = { type: 'text', text: { body: 'x' } }
  const run = storage.run('of the run', () =>
    client.sendMany(numbers(4), text, { refId: 'run', destinationsPerRequest: 2 }),
  )
  for await (const chunk of run) assert.equal(chunk.error, undefined)
  const ended = (name) => contexts.get(name)?.length >= 4
  await waitFor(() => ended('run-0') && ended('run-1'))
  assert.deepEqual(new Set([...contexts.get('run-0'), ...contexts.get('run-1')]), new Set(['of the run']))
})

test('a run reports its requests and its pauses', async () => {
  const answers = [http(429, '{}', 'retry-after: 0\r\n'), GOOD, GOOD]
  const server = await faultServer(() => answers.shift())
  const { client, events } = heard(server.url, { maxConnections: 1 })
  const text = { type: 'text', text: { body: 'x' } }
  for await (const chunk of client.sendMany(numbers(2), text, { refId: 'run', destinationsPerRequest: 1 })) {
    assert.equal(chunk.error, undefined)
  }
  await waitFor(
    () => events.filter(({ outcome, kind }) => kind === 'send_ended' && outcome === 'accepted').length === 2,
  )
  const pause = events.find(({ kind }) => kind === 'run_waiting')
  assert.equal(pause.refId, 'run')
  assert.ok(pause.pauseMs >= 0)
})

test('whatever a listener throws or rejects is a warning, and the send gets its result', async () => {
  const server = await faultServer(GOOD)
  const ran = await runScript(
    `const warnings = []
    process.on('warning', (warning) => warnings.push(warning.message))
    const client = makeClient()
    client.on('send_queued', () => { throw new Error('thrown') })
    client.on('send_queued', async () => { throw new Error('rejected') })
    client.on('send_queued', () => { throw { toString() { throw 1 } } })
    let heard = 0
    client.on(() => { heard += 1 })
    client.sendText('${TO}', 'x').then(async (result) => {
      await new Promise((resolve) => setImmediate(resolve))
      console.log(result.resultCode, heard > 3, warnings.sort().join())
    })`,
    server.url,
    { flags: ['--no-warnings'] },
  )
  assert.deepEqual([ran.code, ran.out], [0, '112001 true rejected,thrown,what the caller threw cannot be shown\n'])
})

test('a listener may use the client, and close it', async () => {
  const answers = [GOOD]
  const { client } = heard((await faultServer(() => answers.shift())).url)
  const more = []
  const remove = client.on('send_ended', () => {
    remove()
    more.push(client.sendText(TO, 'x'))
    more.push(client.close(0))
  })
  assert.equal((await client.sendText(TO, 'x')).resultCode, 112001)
  const [sent, closed] = await Promise.allSettled(more)
  // Whether it was under way or waited.
  assert.ok(['cancelled', 'closed'].includes(sent.reason.reason), sent.reason.message)
  assert.equal(closed.status, 'fulfilled')
})

test('a listener that a listener adds gets the next event, not the same', async () => {
  const client = clientOf((await faultServer(GOOD)).url)
  const added = []
  const add = (event) => {
    added.push(event.kind)
    if (added.length < 100) client.on('send_ended', add)
  }
  const remove = client.on('send_ended', add)
  await client.sendText(TO, 'x')
  assert.equal(added.length, 1)
  remove()
  await client.sendText(TO, 'x')
  assert.equal(added.length, 2)
})

test('a cancelled send reports its end', async () => {
  const server = await faultServer(undefined)
  const { client, events } = heard(server.url)
  const controller = new AbortController()
  const sent = client.sendText(TO, 'x', { signal: controller.signal })
  await waitFor(() => server.bodies.length > 0)
  controller.abort()
  await failureOf(sent)
  assert.deepEqual(
    events.slice(-2).map(({ kind, outcome, reason }) => [kind, outcome, reason]),
    [
      ['attempt_ended', 'unknown', 'cancelled'],
      ['send_ended', 'unknown', 'cancelled'],
    ],
  )
})

test('the context of a send or a run is free when that is over', async () => {
  const server = await faultServer(GOOD)
  const ran = await runScript(
    `const { AsyncLocalStorage } = require('node:async_hooks')
    const storage = new AsyncLocalStorage()
    const client = makeClient()
    client.on(() => {})
    const kept = []
    const inContext = (begin) => {
      const context = { name: 'of a request' }
      kept.push(new WeakRef(context))
      return storage.run(context, begin)
    }
    const read = async (run) => { for await (const { error } of run) if (error) throw error }
    ;(async () => {
      await inContext(() => client.sendText('${TO}', 'x'))
      await inContext(() => read(client.sendMany(['${TO}'], { type: 'text', text: { body: 'x' } })))
      while (kept.some((one) => one.deref() !== undefined)) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        gc()
      }
      console.log('free')
    })()`,
    server.url,
    { flags: ['--expose-gc'], seconds: 60 },
  )
  assert.deepEqual([ran.code, ran.out], [0, 'free\n'], ran.err)
})

test('a worker gets the events of its own clients', async () => {
  const server = await faultServer(GOOD)
  const { Worker } = require('node:worker_threads')
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
    const linkwa = require(workerData.package)
    const client = new linkwa.Client(workerData.config)
    const kinds = []
    client.on(({ kind }) => kinds.push(kind))
    client.sendText('${TO}', 'x').then(() => parentPort.postMessage(kinds))`,
    { eval: true, workerData: { package: support.PACKAGE, config: { ...support.ACCOUNT, baseUrl: server.url } } },
  )
  const [heard] = await once(worker, 'message')
  assert.equal(heard.at(0), 'send_queued')
  assert.equal(heard.at(-1), 'send_ended')
  await worker.terminate()
})

test('without a listener the addon reports nothing', async () => {
  const client = clientOf((await faultServer(GOOD)).url)
  const { NativeClient } = require('../../node/lib/binding.js')
  const { observed } = NativeClient.prototype
  let calls = 0
  NativeClient.prototype.observed = function counted(...args) {
    calls += 1
    return observed.apply(this, args)
  }
  try {
    await client.sendText(TO, 'x')
    assert.equal(calls, 0)
    client.on(() => {})()
    await client.sendText(TO, 'x')
    assert.equal(calls, 0)
    client.on(() => {})
    await client.sendText(TO, 'x')
    assert.equal(calls, 1)
  } finally {
    NativeClient.prototype.observed = observed
  }
})

test('an event has only declared members, and no number, text or credential', async () => {
  const sandbox = await startSandbox()
  const { client, events } = heard(sandbox.baseUrl)
  const shown = []
  const unsubscribe = subscribed((name, message) => shown.push(name, message))
  await client.sendText('+46700000118', 'CANARYTEXT', { customParameters: { CANARYNAME: 'CANARYVALUE' }, refId: 'r' })
  await client.request('POST', 'CANARYPATH/46700000118', { canary: 'CANARYBODY' })
  const server = await faultServer(http(400, '{"description":"CANARYANSWER to 46700000118"}'))
  const other = heard(server.url)
  const { responseBody } = await failureOf(other.client.sendText('+46700000118', 'CANARYTEXT'))
  assert.match(responseBody.toString(), /CANARY/)
  await failureOf(other.client.sendText('46700000118 CANARY', 'CANARYTEXT'))
  unsubscribe()
  const names = new Set(Object.values(declared.event))
  const all = [...events, ...other.events]
  for (const event of all)
    assert.deepEqual(
      Object.keys(event).filter((name) => !names.has(name)),
      [],
    )
  assert.ok(shown.length > 0)
  const text = JSON.stringify([all, shown]) + inspect([all, shown], { depth: Infinity })
  for (const canary of [...CANARIES, 'CANARY', '46700000118']) assert.ok(!text.includes(canary), canary)
  assert.equal(events.at(-1).outcome, 'answered')
})

/** Subscribes to all five channels. Returns what ends that. */
function subscribed(listener) {
  const channel = tracingChannel('linkwa:send')
  const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error']
  const subscribers = Object.fromEntries(names.map((name) => [name, (message) => listener(name, message)]))
  channel.subscribe(subscribers)
  return () => channel.unsubscribe(subscribers)
}

test('a send is a trace of the channel linkwa:send', async () => {
  const client = clientOf((await faultServer(GOOD)).url)
  const seen = []
  const unsubscribe = subscribed((name, message) => seen.push([name, message]))
  const sent = client.sendText(TO, 'x', { refId: 'traced' })
  assert.deepEqual(
    seen.map(([name]) => name),
    ['start', 'end'],
  )
  assert.equal((await sent).receipts[0].destination, TO)
  assert.deepEqual(
    seen.map(([name]) => name),
    ['start', 'end', 'asyncStart', 'asyncEnd'],
  )
  assert.equal(new Set(seen.map(([, message]) => message)).size, 1)
  assert.deepEqual(
    { ...seen[0][1] },
    { verb: 'sendText', result: { refId: 'traced', resultCode: 112001, attempts: 1 } },
  )

  seen.length = 0
  const error = await failureOf(clientOf(REFUSED_URL, { maxAttempts: 1 }).sendText(TO, 'x'))
  assert.equal(error.reason, 'connect')
  assert.deepEqual(
    seen.map(([name]) => name),
    ['start', 'end', 'error', 'asyncStart', 'asyncEnd'],
  )
  const { refId } = error
  assert.deepEqual(seen[2][1].error, {
    code: 'not_sent',
    outcome: 'not_sent',
    reason: 'connect',
    refId,
    httpStatus: undefined,
    resultCode: undefined,
  })
  assert.equal((await failureOf(client.sendText(7, 'x'))).name, 'TypeError')
  assert.deepEqual(seen.at(-1)[1].error, {})

  seen.length = 0
  unsubscribe()
  await client.sendText(TO, 'x')
  assert.deepEqual(seen, [])
})

test('what is bound to the channel reaches listeners, and the code after the send keeps its own context', async () => {
  const storage = new AsyncLocalStorage()
  const span = new AsyncLocalStorage()
  const { start } = tracingChannel('linkwa:send')
  const client = clientOf((await faultServer(GOOD)).url)
  const stores = new Set()
  client.on(() => stores.add(`${storage.getStore()} ${span.getStore()}`))
  start.bindStore(span, ({ verb }) => `span of ${verb}`)
  try {
    await storage.run('request 7', async () => {
      await client.sendText(TO, 'x')
      assert.equal(storage.getStore(), 'request 7')
      assert.equal(span.getStore(), undefined)
    })
  } finally {
    start.unbindStore(span)
  }
  assert.deepEqual([...stores], ['request 7 span of sendText'])
})

test('verbs of the default client are traced too', async () => {
  const server = await faultServer(GOOD)
  linkwa.configure({ ...support.ACCOUNT, baseUrl: server.url })
  const seen = []
  const unsubscribe = subscribed((name, { verb }) => seen.push([name, verb]))
  await linkwa.sendLocation(TO, { latitude: 59.33, longitude: 18.07 })
  unsubscribe()
  assert.deepEqual(seen[0], ['start', 'sendLocation'])
})
