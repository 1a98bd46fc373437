'use strict'

// Bulk runs.

const assert = require('node:assert/strict')
const { getEventListeners } = require('node:events')
const { before, beforeEach, test } = require('node:test')
const linkwa = require('../../node/index.js')
const {
  GOOD,
  bodiesOf,
  clientOf,
  failureOf,
  faultServer,
  http,
  numbers,
  runScript,
  startSandbox,
  waitFor,
} = require('./support.js')

const TEXT = { type: 'text', text: { body: 'x' } }

let sandbox
let client

before(async () => {
  sandbox = await startSandbox()
  client = clientOf(sandbox.baseUrl)
})

beforeEach(() => sandbox.reset())

async function* later(iterable) {
  for (const one of iterable) {
    await null
    yield one
  }
}

async function all(run) {
  const chunks = []
  for await (const chunk of run) chunks.push(chunk)
  return chunks.sort((a, b) => a.index - b.index)
}

const kinds = [
  ['an array', (count) => [...numbers(count)]],
  ['a generator', numbers],
  ['an async generator', (count) => later(numbers(count))],
]

for (const [name, destinations] of kinds) {
  test(`each destination is in one request, from ${name}`, async () => {
    const run = client.sendMany(destinations(25), TEXT, { destinationsPerRequest: 10, refId: 'run', rate: 1000 })
    assert.equal(run.refId, 'run')
    assert.equal(run.progress.sent, 0)
    const chunks = await all(run)
    assert.deepEqual(
      chunks.map(({ index, refId, destinations: to }) => [index, refId, to.length]),
      [
        [0, 'run-0', 10],
        [1, 'run-1', 10],
        [2, 'run-2', 5],
      ],
    )
    for (const chunk of chunks) {
      assert.deepEqual(Object.keys(chunk), ['index', 'refId', 'destinations', 'result', 'error'])
      assert.equal(chunk.error, undefined)
      assert.equal(chunk.result.refId, chunk.refId)
      assert.deepEqual(
        chunk.result.receipts.map((receipt) => receipt.destination),
        chunk.destinations,
      )
    }
    const { perSecond, ...progress } = run.progress
    assert.deepEqual(progress, { sent: 25, failed: 0, unknown: 0, underWay: 0, skipped: 0, waiting: false })
    assert.ok(perSecond > 0)
    const arrived = (await bodiesOf(sandbox)).flatMap((body) => body.destinations)
    assert.deepEqual(arrived.sort(), [...numbers(25)])
    assert.deepEqual(await run.next(), { value: undefined, done: true })
  })

  test(`a function makes each message, from ${name}`, async () => {
    for (const make of [
      (to) => ({ type: 'text', text: { body: to } }),
      async (to) => [linkwa.raw({ type: 'text', text: { body: to } })],
    ]) {
      await sandbox.reset()
      const chunks = await all(client.sendMany(destinations(15), make))
      assert.deepEqual(
        chunks.map((chunk) => chunk.destinations),
        [...numbers(15)].map((to) => [to]),
      )
      const bodies = await bodiesOf(sandbox)
      assert.equal(bodies.length, 15)
      assert.ok(bodies.every((body) => body.messages[0].text.body === body.destinations[0]))
    }
  })
}

test('to await a run is an error that says what to do, and nothing is sent', async () => {
  const server = await faultServer(GOOD)
  const run = clientOf(server.url).sendMany(['+46000000001'], { type: 'text', text: { body: 'x' } })
  const wrong = async () => await run
  for (const call of [wrong, async () => run, () => Promise.all([run]), () => Promise.resolve(run)]) {
    await assert.rejects(call, (error) => {
      assert.equal(error.name, 'TypeError')
      assert.match(error.message, /for await/)
      assert.match(error.stack.split('\n')[1], /many\.test\.js/)
      return true
    })
  }
  assert.equal(server.bodies.length, 0)
  // It can still be read, also from an object.
  const { held } = await (async () => ({ held: run }))()
  for await (const { error } of held) assert.equal(error, undefined)
  assert.equal(server.bodies.length, 1)
})

test('a failed request does not end the run', async () => {
  const to = ['+46000000001', '+46000001400', '+46000001500', 'invalid']
  const chunks = await all(client.sendMany(to, TEXT, { destinationsPerRequest: 1, refId: 'run' }))
  assert.deepEqual(
    chunks.map(({ result, error }) => [result?.resultCode, error?.code, error?.outcome, error?.refId]),
    [
      [112001, undefined, undefined, undefined],
      [undefined, 'rejected', 'rejected', 'run-1'],
      [undefined, 'outcome_unknown', 'unknown', 'run-2'],
      [undefined, 'invalid_request', 'not_sent', 'run-3'],
    ],
  )
  assert.ok(chunks[1].error instanceof linkwa.LinkwaError)
})

test('destinations are taken only as requests begin', async () => {
  for (const source of [(items) => items, later]) {
    let answered = 0
    let release
    const released = new Promise((resolve) => {
      release = resolve
    })
    const server = await faultServer(async () => {
      await released
      answered += 1
      return GOOD
    })
    const few = clientOf(server.url, { maxConnections: 4 })
    let taken = 0
    const endless = source(
      (function* () {
        for (;;) {
          taken += 1
          yield `+46${String(taken).padStart(8, '0')}`
        }
      })(),
    )
    const run = few.sendMany(endless, TEXT, { destinationsPerRequest: 10 })
    assert.equal(taken, 0)
    const first = run.next()
    await waitFor(() => run.progress.underWay > 0 && server.bodies.length >= 4)
    // Four connections, and a few more so that none waits.
    await waitFor(() => taken === 60)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(taken, 60)
    release()
    await first
    for (let count = 0; count < 20; count += 1) await run.next()
    assert.ok(taken <= (answered + 12) * 10, `${taken} ${answered}`)
    await run.return()
    assert.equal(run.progress.underWay, 0)
  }
})

test('a slow source does not hold back results', async () => {
  let give
  const gate = new Promise((resolve) => {
    give = resolve
  })
  async function* slow() {
    yield '+46000000001'
    await gate
    yield '+46000000002'
  }
  const run = client.sendMany(slow(), TEXT, { destinationsPerRequest: 1 })
  const first = await run.next()
  assert.deepEqual(first.value.destinations, ['+46000000001'])
  give()
  assert.deepEqual((await run.next()).value.destinations, ['+46000000002'])
  assert.equal((await run.next()).done, true)
})

test('results that come as fast as they are read leave the event loop its turns', async () => {
  const server = await faultServer(GOOD)
  // In a separate process, so that it does not share the server's loop.
  const ran = await runScript(
    `const client = makeClient()
    const endless = (function* () { for (;;) yield '+46000000001' })()
    const run = client.sendMany(endless, { type: 'text', text: { body: 'x' } }, { destinationsPerRequest: 1 })
    let sent = 0
    client.sendText('+46000000001', 'x').then(() => client.sendText('+46000000001', 'x')).then(() => { sent += 2 })
    let ticks = 0
    const timer = setInterval(() => { ticks += 1; if (ticks > 20 && sent === 2) run.stop() }, 1)
    // A slow reader always finds a result that is already there.
    const slowly = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    ;(async () => { for await (const chunk of run) slowly(chunk); clearInterval(timer); console.log(ticks > 20, sent) })()`,
    server.url,
    { seconds: 60 },
  )
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'true 2\n', ''])
})

test('requests begin for a slow reader too', async () => {
  for (const source of [(items) => items, later]) {
    let run
    let isFull = false
    // Nothing is answered until all requests that can begin have begun: four, and two that wait for a worker.
    const server = await faultServer(async () => {
      isFull = await waitFor(() => isFull || run.progress.underWay === 6)
      return GOOD
    })
    run = clientOf(server.url, { maxConnections: 4 }).sendMany(source(numbers(1000)), TEXT, {
      destinationsPerRequest: 1,
    })
    await run.next()
    for (let read = 1; read < 30; read += 1) {
      // One more begins for each result that was read, a little later.
      await waitFor(() => server.bodies.length >= 6 + read - 3)
      await run.next()
    }
    await run.return()
  }
})

test('several may await results at once; each comes once', async () => {
  const run = client.sendMany(numbers(10), TEXT, { destinationsPerRequest: 1 })
  const results = await Promise.all(Array.from({ length: 12 }, () => run.next()))
  assert.deepEqual(
    results
      .filter(({ done }) => !done)
      .map(({ value }) => value.index)
      .sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  assert.ok(results.slice(10).every(({ done }) => done))
})

for (const [name, source] of [
  ['an iterator', (items) => items],
  ['an async iterator', later],
]) {
  test(`what ${name} throws is raised last, and no smaller request is sent`, async () => {
    const mine = new Error('mine')
    const broken = source(
      (function* () {
        yield* numbers(15)
        throw mine
      })(),
    )
    const run = client.sendMany(broken, TEXT, { destinationsPerRequest: 10 })
    const seen = []
    const error = await failureOf(
      (async () => {
        for await (const chunk of run) seen.push(chunk.index)
      })(),
    )
    assert.equal(error, mine)
    assert.deepEqual(seen, [0])
    assert.deepEqual(
      (await bodiesOf(sandbox)).map((body) => body.destinations.length),
      [10],
    )
    assert.equal((await run.next()).done, true)
  })

  test(`${name} that has thrown is not closed as well`, async () => {
    let closed = 0
    const fail = () => {
      throw new Error('mine')
    }
    const rejects = async () => fail()
    const closes = () => {
      closed += 1
      return {}
    }
    const iterators = {
      'an iterator': { [Symbol.iterator]: () => ({ next: fail, return: closes }) },
      'an async iterator': { [Symbol.asyncIterator]: () => ({ next: rejects, return: closes }) },
    }
    assert.equal((await failureOf(all(client.sendMany(iterators[name], TEXT)))).message, 'mine')
    assert.equal(closed, 0)
  })

  test(`a destination of ${name} that is not a string gets its own result, and the others are sent`, async () => {
    class Odd {
      toString() {
        return 'canary'
      }
    }
    const asked = []
    const message = (to) => {
      asked.push(to)
      return TEXT
    }
    const wrongs = [
      [null, 'null'],
      [undefined, 'undefined'],
      [7, 'a number'],
      [new Odd(), 'an instance of Odd'],
      [{ found: 'canary' }, 'an instance of Object'],
      [Buffer.from('+46700000001'), 'an instance of Buffer'],
    ]
    for (const [wrong, kind] of wrongs) {
      for (const [given, requests] of [
        [TEXT, 1],
        [message, 5],
      ]) {
        await sandbox.reset()
        const to = [...numbers(5)]
        to.splice(3, 0, wrong)
        const run = client.sendMany(source(to), given, { refId: 'run' })
        const alone = (await all(run)).filter(({ error }) => error !== undefined)
        assert.deepEqual(
          alone.map(({ destinations, error, refId }) => [
            destinations,
            error.code,
            error.outcome,
            error.refId === refId,
          ]),
          [[[''], 'invalid_request', 'not_sent', true]],
        )
        const [finding] = alone[0].error.findings
        assert.deepEqual([finding.path, finding.code], ['destinations[0]', 'wrong_type'])
        assert.match(finding.message, new RegExp(`not ${kind}; it is item 3 `))
        assert.doesNotMatch(alone[0].error.message, /canary|4670/)
        assert.deepEqual([run.progress.sent, run.progress.failed], [5, 1])
        assert.equal((await sandbox.requests()).length, requests)
      }
    }
    assert.deepEqual(asked, [].concat(...wrongs.map(() => [...numbers(5)])))
  })
}

test('what the message function throws, rejects with or gives wrongly is the error of its destination', async () => {
  const mine = new Error('mine')
  const at = (to, wrong) => (to.endsWith('3') ? wrong() : TEXT)
  const thrower = () => {
    throw mine
  }
  for (const [make, matches] of [
    [(to) => at(to, thrower), (cause) => cause === mine],
    [async (to) => at(to, thrower), (cause) => cause === mine],
    [(to) => at(to, () => undefined), (cause) => cause instanceof TypeError],
    [(to) => at(to, () => 7), (cause) => cause instanceof TypeError && /^what message\(\) gives/.test(cause.message)],
    [async (to) => at(to, () => 7), (cause) => cause instanceof TypeError],
    [(to) => at(to, () => linkwa.raw('[]')), (cause) => cause.code === 'invalid_request'],
  ]) {
    await sandbox.reset()
    const run = client.sendMany(numbers(10), make, { refId: 'run' })
    const chunks = await all(run)
    const failed = chunks.filter(({ error }) => error !== undefined)
    assert.deepEqual(
      failed.map(({ index, destinations, error }) => [index, destinations.length, error.code, error.refId]),
      [[3, 1, 'invalid_request', 'run-3']],
    )
    assert.deepEqual(
      failed[0].error.findings.map(({ path, code }) => [path, code]),
      [['messages', 'required']],
    )
    assert.ok(matches(failed[0].error.cause), String(failed[0].error.cause))
    assert.equal((await sandbox.requests()).length, 9)
    assert.deepEqual([run.progress.sent, run.progress.failed], [9, 1])
  }
  // Each has its own message.
  const causes = (await all(client.sendMany(numbers(5), (to) => thrower(to)))).map(({ error }) => error.cause)
  assert.deepEqual(causes, [mine, mine, mine, mine, mine])
})

test('an invalid destination gets its own result and the others of its request are sent', async () => {
  for (const source of [(items) => items, later]) {
    await sandbox.reset()
    const to = [...numbers(20)]
    to.splice(3, 0, 'no number')
    to.splice(15, 0, '+46\ud800')
    const run = client.sendMany(source(to), TEXT, { destinationsPerRequest: 10, refId: 'run' })
    const chunks = await all(run)
    assert.deepEqual(
      chunks.map(({ index, refId, destinations, error }) => [
        index,
        refId,
        destinations.length,
        error?.findings.map(({ path, code }) => [path, code]),
      ]),
      [
        [0, 'run-0', 1, [['destinations[0]', 'invalid_msisdn']]],
        [1, 'run-1', 10, undefined],
        [2, 'run-2', 1, [['destinations[0]', 'invalid_msisdn']]],
        [3, 'run-3', 10, undefined],
      ],
    )
    assert.deepEqual((await bodiesOf(sandbox)).flatMap((body) => body.destinations).sort(), [...numbers(20)])
  }
})

test('a run waits for a gateway that is busy, and sends again what was answered with 429', async () => {
  let answers = 0
  const server = await faultServer(() => {
    answers += 1
    return answers <= 3 ? http(429, '{}', 'retry-after: 1\r\n') : GOOD
  })
  const began = performance.now()
  const run = clientOf(server.url, { maxConnections: 2 }).sendMany(numbers(100), TEXT, { destinationsPerRequest: 10 })
  let waited = false
  const timer = setInterval(() => {
    waited ||= run.progress.waiting
  }, 10)
  const chunks = await all(run)
  clearInterval(timer)
  assert.deepEqual([chunks.length, run.progress.sent, run.progress.failed, waited], [10, 100, 0, true])
  assert.ok(performance.now() - began >= 1000)
  assert.equal(server.bodies.length, 13)
})

test('a refused account ends the run', async () => {
  const server = await faultServer(http(401, '{}'))
  const run = clientOf(server.url, { maxConnections: 2 }).sendMany(numbers(1000), TEXT, { destinationsPerRequest: 1 })
  const chunks = await all(run)
  assert.ok(chunks.length >= 1 && chunks.length <= 3, String(chunks.length))
  assert.ok(chunks.every(({ error }) => error.httpStatus === 401))
  assert.equal(server.bodies.length, chunks.length)
})

test('a rate counts destinations', async () => {
  const began = performance.now()
  const run = client.sendMany(numbers(50), TEXT, { destinationsPerRequest: 10, rate: 100 })
  assert.equal((await all(run)).length, 5)
  assert.ok(performance.now() - began >= 300)
})

test('an option out of bounds is refused', async () => {
  const numbersOut = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]
  const options = [
    ...numbersOut.map((rate) => ({ rate })),
    ...numbersOut.map((timeoutMs) => ({ timeoutMs })),
    ...[0, -1, 1e300, Number.POSITIVE_INFINITY].map((destinationsPerRequest) => ({ destinationsPerRequest })),
  ]
  for (const given of options) {
    assert.throws(() => client.sendMany(numbers(1), TEXT, given), { code: 'invalid_config' }, JSON.stringify(given))
  }
  for (const destinationsPerRequest of [1.5, Number.NaN, '1']) {
    assert.throws(() => client.sendMany(numbers(1), TEXT, { destinationsPerRequest }), TypeError)
  }
  assert.equal((await sandbox.requests()).length, 0)
})

test('a checkpoint of another run is refused', async () => {
  const first = client.sendMany(numbers(20), TEXT, { destinationsPerRequest: 1, refId: 'run' })
  await first.next()
  await first.return()
  const resume = first.checkpoint()
  await sandbox.reset()
  for (const options of [{ refId: 'other' }, { destinationsPerRequest: 2 }]) {
    assert.throws(() => client.sendMany(numbers(20), TEXT, { resume, ...options }), { code: 'invalid_config' })
  }
  for (const other of [[...numbers(21)].slice(1), [], [...numbers(20)].reverse()]) {
    const error = await failureOf(all(client.sendMany(other, TEXT, { resume })))
    assert.equal(error.code, 'invalid_config')
  }
  assert.equal((await sandbox.requests()).length, 0)
  const again = client.sendMany(numbers(20), TEXT, { resume, refId: 'run', destinationsPerRequest: 1 })
  await all(again)
  assert.equal(again.progress.sent + again.progress.skipped, 20)
})

test('a run resumes another one', async () => {
  const run = client.sendMany(numbers(50), TEXT, { destinationsPerRequest: 10, rate: 1000 })
  const first = await run.next()
  assert.equal(first.done, false)
  run.stop()
  for await (const { error } of run) assert.equal(error, undefined)
  const done = run.progress.sent
  assert.ok(done >= 10)
  const checkpoint = run.checkpoint()
  assert.equal(typeof checkpoint, 'string')
  const again = client.sendMany(later(numbers(50)), TEXT, { resume: checkpoint })
  assert.equal(again.refId, run.refId)
  await all(again)
  assert.deepEqual([again.progress.skipped, again.progress.sent], [done, 50 - done])
  assert.equal((await sandbox.requests()).length, 5)
  for (const resume of ['{}', 'x', '']) {
    assert.throws(() => client.sendMany(numbers(1), TEXT, { resume }), { code: 'invalid_config' })
  }
})

test('the next run skips unknown chunks, unless resendUnknown is set', async () => {
  const server = await faultServer((body) => (body.includes('+46700000001') ? http(500, '{}') : GOOD))
  const on = clientOf(server.url)
  const options = { destinationsPerRequest: 1 }
  const run = on.sendMany(numbers(3), TEXT, options)
  await all(run)
  assert.deepEqual([run.progress.sent, run.progress.unknown], [2, 1])
  const skipping = on.sendMany(numbers(3), TEXT, { resume: run.checkpoint() })
  assert.deepEqual(await all(skipping), [])
  assert.equal(skipping.progress.skipped, 3)
  const chunks = await all(on.sendMany(numbers(3), TEXT, { resume: run.checkpoint(), resendUnknown: true }))
  assert.deepEqual(
    chunks.map(({ index, error }) => [index, error.outcome]),
    [[1, 'unknown']],
  )
})

test('a signal cancels what is under way; the results say so, and the error comes last', async () => {
  const server = await faultServer(undefined)
  const on = clientOf(server.url, { maxConnections: 2 })
  const controller = new AbortController()
  const cause = new Error('enough')
  const run = on.sendMany(numbers(1000), TEXT, {
    destinationsPerRequest: 10,
    refId: 'run',
    signal: controller.signal,
  })
  const first = run.next()
  await waitFor(() => server.bodies.length === 2)
  controller.abort(cause)
  const chunks = [(await first).value]
  const error = await failureOf(
    (async () => {
      for await (const chunk of run) chunks.push(chunk)
    })(),
  )
  assert.deepEqual(
    [error.code, error.outcome, error.reason, error.refId, error.cause],
    ['outcome_unknown', 'unknown', 'cancelled', 'run', cause],
  )
  assert.equal(chunks.length, 3)
  assert.ok(chunks.every((chunk) => chunk.error.reason === 'cancelled' && chunk.error.cause === cause))
  assert.deepEqual(chunks.map((chunk) => chunk.error.outcome).sort(), ['not_sent', 'unknown', 'unknown'])
  const { sent, failed, unknown, underWay } = run.progress
  assert.deepEqual({ sent, failed, unknown, underWay }, { sent: 0, failed: 10, unknown: 20, underWay: 0 })
  assert.deepEqual(JSON.parse(run.checkpoint()).unknown, [[0, 1]])
  assert.equal((await run.next()).done, true)
})

test('a run that has ended does not listen to its signal', async () => {
  const { signal } = new AbortController()
  const run = client.sendMany(numbers(1), TEXT, { signal })
  await run.next()
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  await all(run)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('a signal that has aborted before: nothing is taken', async () => {
  let taken = 0
  const watched = (function* () {
    taken += 1
    yield '+46000000001'
  })()
  const run = client.sendMany(watched, TEXT, { signal: AbortSignal.abort(new Error('before')) })
  const error = await failureOf(run.next())
  assert.deepEqual([error.outcome, error.reason, error.cause.message], ['not_sent', 'cancelled', 'before'])
  assert.deepEqual([taken, (await sandbox.requests()).length], [0, 0])
  assert.equal((await run.next()).done, true)
})

test('a signal ends a run whose source never answers', async () => {
  // The return() of such a generator also never ends.
  async function* never() {
    yield await new Promise(() => {})
  }
  const controller = new AbortController()
  const run = client.sendMany(never(), TEXT, { signal: controller.signal })
  const next = failureOf(run.next())
  setImmediate(() => controller.abort())
  assert.equal((await next).reason, 'cancelled')
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
})

test('leaving the loop begins nothing more, and waits for what has begun', async () => {
  const server = await faultServer(async () => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    return GOOD
  })
  const on = clientOf(server.url, { maxConnections: 3 })
  let isClosed = false
  const watched = (function* () {
    try {
      yield* numbers(1000)
    } finally {
      isClosed = true
    }
  })()
  const run = on.sendMany(watched, TEXT, { destinationsPerRequest: 1 })
  for await (const chunk of run) {
    assert.equal(chunk.error, undefined)
    break
  }
  assert.ok(isClosed)
  assert.equal(run.progress.underWay, 0)
  assert.equal(run.progress.sent, server.bodies.length)
  assert.ok(server.bodies.length >= 3 && server.bodies.length < 20, String(server.bodies.length))
  assert.deepEqual(JSON.parse(run.checkpoint()).unknown, [])
  assert.equal((await run.next()).done, true)

  const disposed = on.sendMany(numbers(10), TEXT)
  await disposed[Symbol.asyncDispose]()
  assert.equal((await disposed.next()).done, true)
  assert.equal(disposed.progress.sent, 0)
})

test('a run whose source never answers can be ended while a result is awaited', async () => {
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
  for (const end of [(run) => run.return(), (run) => run[Symbol.asyncDispose](), (run) => run.stop()]) {
    const run = client.sendMany(never, TEXT)
    const next = run.next()
    await end(run)
    assert.deepEqual(await next, { value: undefined, done: true })
  }
})

test('a client that is closed ends the run', async () => {
  const on = clientOf(sandbox.baseUrl, { maxConnections: 1 })
  const run = on.sendMany(numbers(1000), TEXT, { destinationsPerRequest: 1 })
  await run.next()
  await on.close()
  const reasons = (await all(run)).map(({ error }) => error?.reason)
  assert.ok(reasons.length < 1000 && reasons.includes('closed'), reasons.join())
})

test('an unreferenced run is garbage-collected', async () => {
  const server = await faultServer(undefined)
  const ran = await runScript(
    `const registry = new FinalizationRegistry(() => { console.log('gone') })
    const begin = (client) => {
      const run = client.sendMany(['+46000000001'], { type: 'text', text: { body: 'x' } }, { timeoutMs: 100 })
      registry.register(run, 0)
      return run.next()
    }
    const client = makeClient()
    begin(client).then(({ value }) => {
      console.log(value.error.reason)
      let turns = 0
      const turn = () => { gc(); if ((turns += 1) < 20) setImmediate(turn) }
      turn()
    })`,
    server.url,
    { flags: ['--expose-gc'] },
  )
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'deadline\ngone\n', ''])
})

test('the error that ended a run takes precedence over an exception of the iterator at its end', async () => {
  const destinations = {
    [Symbol.iterator]: () => ({
      next: () => ({ value: '+46700000001', done: false }),
      return() {
        throw new Error('of return')
      },
    }),
  }
  const controller = new AbortController()
  const options = { signal: controller.signal, destinationsPerRequest: 1 }
  const aborted = client.sendMany(destinations, TEXT, options)
  await aborted.next()
  controller.abort()
  assert.equal((await failureOf(all(aborted))).reason, 'cancelled')
  const left = client.sendMany(destinations, TEXT, { destinationsPerRequest: 1 })
  await left.next()
  assert.equal((await failureOf(left.return())).message, 'of return')
})

test('a signal that comes when all has been answered comes too late', async () => {
  for (const destinationsPerRequest of [1, 100]) {
    const controller = new AbortController()
    const run = client.sendMany(numbers(3), TEXT, { destinationsPerRequest, signal: controller.signal })
    const errors = []
    for await (const { error } of run) {
      errors.push(error)
      if (run.progress.sent === 3) controller.abort()
    }
    assert.ok(errors.every((error) => error === undefined))
    assert.deepEqual([controller.signal.aborted, run.progress.sent], [true, 3])
    await sandbox.reset()
  }
  // But if destinations are left, the run ends with an error.
  const controller = new AbortController()
  const rest = client.sendMany(numbers(1000), TEXT, { destinationsPerRequest: 1, signal: controller.signal })
  await rest.next()
  controller.abort()
  assert.equal((await failureOf(all(rest))).reason, 'cancelled')
})
