'use strict'

// The outbox on each database that is here: what is stored, what is sent, and that nothing is sent twice.

const assert = require('node:assert/strict')
const path = require('node:path')
const { after, before, beforeEach, test } = require('node:test')
const { CallbackGuard, NotSent, OutcomeUnknown, parseCallback, raw, setLogger } = require('../../node/index.js')
const { CallbackReceiver } = require('../../node/receiver.js')
const { Outbox, PostgresStore, SqliteStore } = require('../../node/outbox.js')
const { engines, openStore } = require('./outbox-support.js')
const {
  REFUSED_URL,
  bodiesOf,
  clientOf,
  failureOf,
  faultServer,
  http,
  runScript,
  startSandbox,
  waitFor,
} = require('./support.js')

const TO = '+46000000001'
const TEXT = { type: 'text', text: { body: 'Hello' } }
const report = (refId, messageId, resultCode, more = {}) =>
  parseCallback(
    JSON.stringify({ messageId, refId, messageIndex: 0, resultCode, timestamp: '2020-03-21T17:41:58Z', ...more }),
  )
const received = (messageId, timestamp, more = {}) =>
  parseCallback(JSON.stringify({ messageId, source: TO, destination: '+46000000000', timestamp, content: {}, ...more }))

const endings = []
let sandbox
let client
let found
before(async () => {
  found = await engines((end) => endings.push(end))
  sandbox = await startSandbox()
  client = clientOf(sandbox.baseUrl)
})
after(async () => {
  for (const end of endings.reverse()) await end()
})
beforeEach(() => sandbox.reset())

/** The references of the requests that the gateway got. */
async function sent() {
  return (await bodiesOf(sandbox)).map(({ refId }) => refId)
}

for (const engine of ['node:sqlite', 'better-sqlite3', 'postgres']) {
  {
    const make = () => found.find(({ name }) => name === engine).make()
    const it = (name, run) =>
      test(`${engine}: ${name}`, async (t) => {
        if (!found.some(({ name }) => name === engine)) t.skip('it is not available')
        else await run()
      })

    /** An outbox on a new database. */
    async function open(sender = client, hook = undefined) {
      const where = await make()
      const { store, database, exec, close } = openStore(engine, where, hook)
      endings.push(close)
      const outbox = new Outbox(sender, store)
      await outbox.createSchema()
      return { outbox, store, database, exec, where }
    }

    it('a database without the tables says so', async () => {
      const { outbox, exec } = await open()
      await exec('DROP TABLE linkwa_sends')
      const items = [{ destination: TO, message: TEXT, refId: 'r' }].values()
      for (const [refId, begin] of [
        ['r', () => outbox.send(TO, TEXT, { refId: 'r' })],
        [undefined, () => outbox.sendMany(items).next()],
        [undefined, () => outbox.run()],
      ]) {
        const error = await failureOf(begin())
        assert.deepEqual([error.code, error.reason, error.refId], ['not_sent', 'store', refId])
        assert.match(error.message, /schema/)
        assert.match(error.cause.message, /linkwa_sends/)
      }
      assert.equal(items.next().value.refId, 'r')
    })

    /** Runs a program in which `outbox` is one on this database, and `hook` may be replaced. */
    function runOutbox(where, program) {
      return runScript(
        `
        const { Outbox } = require(${JSON.stringify(path.join(__dirname, '../../node/outbox.js'))})
        const { openStore } = require(${JSON.stringify(path.join(__dirname, 'outbox-support.js'))})
        let hook = () => {}
        const { store, exec, close } = openStore(${JSON.stringify(engine)}, ${JSON.stringify(where)}, (sql) => hook(sql))
        const client = makeClient()
        const TEXT = ${JSON.stringify(TEXT)}
        const TO = '${TO}'
        ;(async () => { ${program}; await close() })()
        `,
        sandbox.baseUrl,
      )
    }

    it('a message is sent once, and its result comes again', async () => {
      const { outbox } = await open()
      const first = await outbox.send(TO, TEXT, { refId: 'a' })
      assert.equal(first.repeat, false)
      const again = await outbox.send(TO, TEXT, { refId: 'a' })
      assert.deepEqual(again, { ...first, repeat: true })
      assert.deepEqual(await sent(), ['a'])
      const { createdAt, changedAt, ...status } = await outbox.status('a')
      assert.deepEqual(status, {
        refId: 'a',
        state: 'accepted',
        result: again,
        error: undefined,
        attempts: 1,
        messages: [],
      })
      assert.ok(createdAt instanceof Date && changedAt >= createdAt && Date.now() - createdAt < 60_000)
      assert.equal(await outbox.status('b'), undefined)
    })

    it('another message with the same refId is refused', async () => {
      const { outbox } = await open()
      await outbox.send(TO, TEXT, { refId: 'a' })
      const error = await failureOf(outbox.send(TO, { type: 'text', text: { body: 'Goodbye' } }, { refId: 'a' }))
      assert.deepEqual([error.code, error.findings[0].path], ['invalid_request', 'refId'])
      assert.deepEqual(await sent(), ['a'])
    })

    it('what was rejected, not sent or busy is recorded, and only the latter two are sent again', async () => {
      const answers = []
      const server = await faultServer(() => answers.shift())
      const { outbox } = await open(clientOf(server.url))
      const send = (refId) => outbox.send(TO, TEXT, { refId })
      answers.push(http(400, '{"resultCode":101001,"description":"no"}'))
      const rejected = await failureOf(send('rejected'))
      const again = await failureOf(send('rejected'))
      for (const name of ['code', 'outcome', 'httpStatus', 'resultCode', 'description', 'refId', 'disposition'])
        assert.equal(again[name], rejected[name], name)
      assert.equal((await outbox.status('rejected')).state, 'rejected')
      assert.equal(server.bodies.length, 1)

      answers.push(http(429, '{"resultCode":112429}', 'retry-after: 7\r\n'), http(200, '{"resultCode":112001}'))
      assert.equal((await failureOf(send('busy'))).retryAfter, 7)
      const busy = await outbox.status('busy')
      assert.deepEqual([busy.state, busy.error.retryAfter, busy.error.httpStatus], ['not_sent', 7, 429])
      assert.deepEqual([(await send('busy')).repeat, (await outbox.status('busy')).attempts], [false, 2])
      assert.equal(server.bodies.length, 3)

      answers.push(http(401, '{}'), http(200, '{"resultCode":112001}'))
      assert.equal((await failureOf(send('account'))).httpStatus, 401)
      assert.equal((await outbox.status('account')).state, 'not_sent')
      assert.equal((await send('account')).repeat, false)

      const closed = await open(clientOf(REFUSED_URL, { maxAttempts: 1 }))
      const error = await failureOf(closed.outbox.send(TO, TEXT, { refId: 'r' }))
      assert.deepEqual([error.code, error.reason, error.refId], ['not_sent', 'connect', 'r'])
      const status = await closed.outbox.status('r')
      assert.deepEqual(
        [status.state, status.error.reason, status.error instanceof NotSent],
        ['not_sent', 'connect', true],
      )
    })

    it('what may have been sent is in doubt until a report or a person settles it', async () => {
      const server = await faultServer(http(500, '{}'))
      const { outbox } = await open(clientOf(server.url))
      const send = (refId) => outbox.send(TO, TEXT, { refId })
      for (const refId of ['a', 'b', 'c', 'd']) assert.equal((await failureOf(send(refId))).code, 'outcome_unknown')
      assert.deepEqual(await outbox.inDoubt(), [])
      const list = async () => (await outbox.inDoubt({ olderThanMs: 0 })).map(({ refId, state }) => [refId, state])
      assert.deepEqual(
        await list(),
        ['a', 'b', 'c', 'd'].map((refId) => [refId, 'unknown']),
      )
      assert.equal((await outbox.inDoubt({ olderThanMs: 0, limit: 2 })).length, 2)
      const again = await failureOf(send('a'))
      assert.ok(again instanceof OutcomeUnknown)
      assert.deepEqual([again.reason, again.refId, again.disposition], ['in_doubt', 'a', 'park'])
      assert.equal(server.bodies.length, 4)

      assert.equal(await outbox.apply(report('a', 'm', 112003)), true)
      await outbox.settle('b', 'accepted')
      await outbox.settle('c', 'not_sent')
      assert.equal(await outbox.apply(report('d', '', 112402, { messageType: 'request' })), true)
      assert.deepEqual(await list(), [])
      assert.deepEqual([(await send('a')).repeat, (await send('b')).repeat], [true, true])
      assert.equal((await failureOf(send('d'))).code, 'rejected')
      assert.equal(server.bodies.length, 4)
      assert.equal((await failureOf(send('c'))).reason, 'server_error')
      assert.equal(server.bodies.length, 5)
      const [message] = (await outbox.status('a')).messages
      assert.deepEqual([message.messageId, message.status, message.refId], ['m', 'delivered', 'a'])
      assert.equal((await failureOf(outbox.settle('b', 'not_sent'))).code, 'invalid_request')
      await assert.rejects(outbox.settle('c', 'unknown'), TypeError)
    })

    it('a report that comes twice or out of order changes nothing', async () => {
      const { outbox } = await open()
      const { messageIds } = await outbox.send(TO, TEXT, { refId: 'a' })
      const codes = [112003, 112002, 112007, 112003]
      const applied = []
      for (const code of codes) applied.push(await outbox.apply(report('a', messageIds[0], code)))
      assert.deepEqual(applied, [true, true, true, false])
      const [message] = (await outbox.status('a')).messages
      assert.deepEqual([message.status, (await outbox.status('a')).messages.length], ['read', 1])
    })

    it('a claim keeps other handlers away', async () => {
      const { outbox } = await open()
      const callback = report('a', 'm', 112003)
      assert.equal(await outbox.claim(callback), 'new')
      assert.equal(await outbox.claim(callback), 'busy')
      await outbox.release(callback)
      assert.equal(await outbox.claim(callback, { leaseMs: 0 }), 'new')
      assert.equal(await outbox.claim(callback), 'new')
      assert.equal(await outbox.apply(callback), true)
      assert.equal(await outbox.claim(callback), 'repeat')
      await outbox.release(callback)
      assert.equal(await outbox.apply(callback), false)
    })

    it('a receiver with the outbox handles each callback once, and settles what is in doubt', async () => {
      const server = await faultServer(http(500, '{}'))
      const { outbox } = await open(clientOf(server.url))
      await failureOf(outbox.send(TO, TEXT, { refId: 'a' }))
      let fails = true
      const handled = []
      const handler = ({ key }) => {
        handled.push(key)
        if (fails) throw new Error('mine')
      }
      const receiver = () =>
        new CallbackReceiver(handler, { guard: new CallbackGuard({ anyAddress: true }), outbox, onError() {} })
      const { raw: body, key } = report('a', 'm', 112003)
      const post = async () => (await receiver().handle({ peer: '127.0.0.1', headers: {}, body })).status
      assert.deepEqual([await post(), (await outbox.status('a')).state], [500, 'unknown'])
      fails = false
      assert.deepEqual([await post(), (await outbox.status('a')).state], [200, 'accepted'])
      // Another process has another receiver.
      assert.deepEqual([await post(), handled], [200, [key, key]])
    })

    it('messages of users open their care window', async () => {
      const { outbox } = await open()
      assert.equal(await outbox.window(TO), undefined)
      const now = new Date()
      await outbox.apply(received('late', now.toISOString()))
      await outbox.apply(received('early', '2020-03-21T17:41:58Z'))
      const window = await outbox.window(TO, '+46000000000')
      assert.deepEqual([window.isOpen, window.closesAtMs], [true, now.getTime() + 24 * 3600_000])
      assert.deepEqual(await outbox.window(TO), window)
      assert.equal(await outbox.window(TO, '+46000000009'), undefined)
    })

    it('two sends at once are one', async () => {
      const { outbox } = await open()
      for (let round = 0; round < 10; round += 1) {
        const send = () => outbox.send(TO, TEXT, { refId: `r${round}` })
        const outcomes = await Promise.allSettled([send(), send(), send()])
        const count = (is) => outcomes.filter(is).length
        assert.equal(
          count(({ value }) => value?.repeat === false),
          1,
        )
        assert.equal(
          count(({ value, reason }) => value?.repeat || reason?.reason === 'in_doubt'),
          2,
        )
      }
      assert.equal((await sent()).length, 10)
    })

    it('two processes with the same messages send each once', async () => {
      const { outbox, where } = await open()
      const program = `
        const outbox = new Outbox(client, store)
        const counts = { sent: 0, repeat: 0, inDoubt: 0 }
        for (let index = 0; index < 40; index += 1) {
          try { counts[(await outbox.send(TO, TEXT, { refId: 'r' + index })).repeat ? 'repeat' : 'sent'] += 1 }
          catch (error) { if (error.reason !== 'in_doubt') throw error; counts.inDoubt += 1 }
        }
        console.log(JSON.stringify(counts))`
      const runs = await Promise.all([runOutbox(where, program), runOutbox(where, program)])
      for (const { code, err } of runs)
        assert.deepEqual([code, err.replace(/^.*(Experimental|node --trace).*\n/gm, '')], [0, ''])
      const [a, b] = runs.map(({ out }) => JSON.parse(out))
      assert.deepEqual([a.sent + b.sent, a.repeat + b.repeat + a.inDoubt + b.inDoubt], [40, 40])
      assert.deepEqual((await sent()).sort(), Array.from({ length: 40 }, (_, index) => `r${index}`).sort())
      for (let index = 0; index < 40; index += 1) assert.equal((await outbox.status(`r${index}`)).state, 'accepted')
    })

    it('a database that fails before the send prevents it, and one that fails after it loses no result', async () => {
      let fails = () => false
      const mine = Object.assign(new Error('mine'), { code: 'CANARY' })
      const { outbox } = await open(client, (sql) => {
        if (fails(sql)) throw mine
      })
      for (const at of ['BEGIN', 'INSERT', 'COMMIT']) {
        fails = (sql) => sql.startsWith(at)
        const error = await failureOf(outbox.send(TO, TEXT, { refId: 'a' }))
        assert.ok(error instanceof NotSent)
        assert.deepEqual([error.reason, error.refId, error.cause, error.disposition], ['store', 'a', mine, 'retry'])
      }
      assert.deepEqual(await sent(), [])
      fails = () => false
      assert.equal(await outbox.status('a'), undefined)

      const lines = []
      setLogger((line) => lines.push(line), 'warn')
      for (const [refId, at] of [
        ['b', 'SELECT'],
        ['c', 'UPDATE'],
      ]) {
        fails = (sql) => sql.startsWith(at)
        assert.equal((await outbox.send(TO, TEXT, { refId })).resultCode, 112001)
        fails = () => false
        assert.equal((await outbox.status(refId)).state, 'sending')
        assert.equal((await failureOf(outbox.send(TO, TEXT, { refId }))).reason, 'in_doubt')
      }
      setLogger(undefined)
      assert.deepEqual(await sent(), ['b', 'c'])
      assert.deepEqual(
        lines.map(({ level, message }) => [level, / (b|c): /.exec(message)?.[1], message.includes('CANARY')]),
        [
          ['warn', 'b', true],
          ['warn', 'c', true],
        ],
      )
      assert.ok(lines.every(({ message }) => !message.includes('mine')))
    })

    it('a process that is killed at any step of a send leaves a state that says what is known', async () => {
      const { outbox, where } = await open()
      const program = (refId, at) => `
        let step = 0
        hook = () => { if (step++ === ${at}) process.kill(process.pid, 'SIGKILL') }
        const watched = {
          build: (...of) => client.build(...of),
          sendRaw: (...of) => client.sendRaw(...of),
          send: async (...of) => { hook(); const result = await client.send(...of); hook(); return result },
        }
        await new Outbox(watched, store).send(TO, TEXT, { refId: '${refId}' })
        hook()`
      const seen = []
      for (let at = 0; ; at += 1) {
        const refId = `at-${at}`
        const { signal, code, err } = await runOutbox(where, program(refId, at))
        const status = await outbox.status(refId)
        const requests = (await sent()).filter((one) => one === refId).length
        const again = await outbox.send(TO, TEXT, { refId }).then(
          ({ repeat }) => (repeat ? 'repeat' : 'sent'),
          ({ reason }) => reason,
        )
        const after = (await sent()).filter((one) => one === refId).length
        seen.push([status?.state, requests, again, after])
        if (signal !== 'SIGKILL') {
          assert.equal(code, 0, err)
          break
        }
        if (again === 'in_doubt') {
          // What happens next is decided by what really happened.
          if (requests === 1) await outbox.apply(report(refId, `m-${at}`, 112003))
          else await outbox.settle(refId, 'not_sent')
          assert.equal((await outbox.send(TO, TEXT, { refId })).repeat, requests === 1)
          assert.equal((await sent()).filter((one) => one === refId).length, 1)
        }
      }
      const begun = [undefined, 0, 'sent', 1]
      const inDoubt = (requests) => ['sending', requests, 'in_doubt', requests]
      const known = ['accepted', 1, 'repeat', 1]
      // BEGIN, INSERT, COMMIT, the send, then BEGIN, SELECT, UPDATE, COMMIT.
      assert.deepEqual(seen, [
        ...[begun, begun, begun],
        inDoubt(0),
        ...[inDoubt(1), inDoubt(1), inDoubt(1), inDoubt(1), inDoubt(1)],
        ...[known, known],
      ])
    })

    it('what is enqueued in a transaction is there only if that is committed', async () => {
      const { outbox } = await open()
      const enqueue = (refId) => outbox.transaction(async (tx) => outbox.enqueue(tx, TO, TEXT, { refId }))
      assert.equal(await enqueue('a'), true)
      assert.equal(await enqueue('a'), false)
      const mine = new Error('mine')
      const failed = outbox.transaction(async (tx) => {
        assert.equal(await outbox.enqueue(tx, TO, TEXT, { refId: 'b' }), true)
        throw mine
      })
      assert.equal(await failureOf(failed), mine)
      assert.equal(await outbox.status('b'), undefined)
      const invalid = outbox.transaction((tx) => outbox.enqueue(tx, 'x', TEXT, { refId: 'c' }))
      assert.equal((await failureOf(invalid)).code, 'invalid_request')
      assert.deepEqual(await outbox.pending(), ['a'])
      assert.deepEqual([(await outbox.status('a')).state, await sent()], ['queued', []])

      assert.equal((await outbox.sendPending('a')).repeat, false)
      assert.equal((await outbox.sendPending('a')).repeat, true)
      assert.deepEqual([await sent(), await outbox.pending()], [['a'], []])
      assert.equal((await failureOf(outbox.sendPending('b'))).code, 'invalid_request')
      assert.equal(await outbox.transaction(() => 7), 7)
    })

    it('a callback is applied in the transaction of its handler', async () => {
      const { outbox } = await open()
      const callback = report('a', 'm', 112003)
      const mine = new Error('mine')
      const handle = (fails) =>
        outbox.transaction(async (tx) => {
          const isNew = await outbox.apply(callback, tx)
          if (fails) throw mine
          return isNew
        })
      assert.equal(await failureOf(handle(true)), mine)
      assert.equal(await handle(false), true)
      assert.equal(await handle(false), false)
    })

    it('what is sent is what was recorded, whatever the caller changes meanwhile', async () => {
      const { outbox } = await open()
      const message = { type: 'text', text: { body: 'before' } }
      const to = [TO]
      const sending = outbox.send(to, message, { refId: 'a' })
      message.text.body = 'after'
      to.push('+46000000002')
      await sending
      const [{ destinations, messages }] = await bodiesOf(sandbox)
      assert.deepEqual([destinations, messages[0].text.body], [[TO], 'before'])
      const again = await outbox.send(TO, { type: 'text', text: { body: 'before' } }, { refId: 'a' })
      assert.equal(again.repeat, true)
    })

    it('a list is sent once, however often its run is started', async () => {
      const { outbox } = await open()
      const items = Array.from({ length: 50 }, (_, index) => ({
        destination: index === 7 ? 'x' : TO,
        message: TEXT,
        refId: `r${index}`,
      }))
      async function* later() {
        yield* items
      }
      const first = outbox.sendMany(items, { concurrency: 5, priority: 'HIGH' })
      const seen = []
      for await (const entry of first) {
        seen.push(entry)
        if (seen.length === 20) break
      }
      const progress = first.progress
      assert.deepEqual([progress.failed, progress.repeated, progress.inDoubt], [1, 0, 0])
      assert.ok(progress.sent >= 19 && progress.sent <= 25, String(progress.sent))
      assert.equal((await sent()).length, progress.sent)
      assert.deepEqual(Object.keys(seen[0]), ['refId', 'destination', 'result', 'error'])
      const second = outbox.sendMany(later(), { concurrency: 5 })
      const entries = []
      for await (const entry of second) entries.push(entry)
      assert.deepEqual(second.progress, { sent: 49 - progress.sent, repeated: progress.sent, failed: 1, inDoubt: 0 })
      assert.deepEqual(
        (await sent()).sort(),
        items
          .filter((_, index) => index !== 7)
          .map(({ refId }) => refId)
          .sort(),
      )
      const invalid = entries.find(({ refId }) => refId === 'r7')
      assert.deepEqual([invalid.error.code, (await outbox.status('r7')).state], ['invalid_request', 'invalid'])
      assert.equal((await outbox.status('r7')).error.findings[0].path, 'destinations[0]')
    })

    it('a run of a list waits for a gateway that is busy, and ends where the account is refused', async () => {
      const answers = []
      const server = await faultServer(() => answers.shift() ?? http(200, '{"resultCode":112001}'))
      const { outbox } = await open(clientOf(server.url))
      const item = (refId) => ({ destination: TO, message: TEXT, refId })
      answers.push(http(429, '{}', 'retry-after: 0\r\n'))
      const busy = outbox.sendMany([item('a'), item('b')], { concurrency: 1 })
      for await (const { error } of busy) assert.equal(error, undefined)
      assert.deepEqual([busy.progress.sent, server.bodies.length], [2, 3])
      answers.push(http(401, '{}'))
      const refused = outbox.sendMany([item('c'), item('d'), item('e')], { concurrency: 1 })
      const entries = []
      for await (const { refId, error } of refused) entries.push([refId, error?.httpStatus])
      assert.deepEqual([entries, server.bodies.length], [[['c', 401]], 4])
      assert.deepEqual([busy.endedBy, refused.endedBy.httpStatus], [undefined, 401])
      answers.push(http(500, '{}'))
      const unknown = outbox.sendMany([item('d')])
      for await (const { error } of unknown) assert.equal(error.outcome, 'unknown')
      const again = outbox.sendMany([item('d')])
      for await (const { error } of again) assert.equal(error.reason, 'in_doubt')
      assert.deepEqual([unknown.progress.inDoubt, again.progress.inDoubt, server.bodies.length], [1, 1, 5])
    })

    it('a run of a list that is aborted records what it cut off', async () => {
      const server = await faultServer(undefined)
      const { outbox } = await open(clientOf(server.url))
      const controller = new AbortController()
      let taken = 0
      function* items() {
        for (;;) {
          taken += 1
          yield { destination: TO, message: TEXT, refId: `r${taken}` }
        }
      }
      const run = outbox.sendMany(items(), { concurrency: 3, signal: controller.signal })
      const entries = []
      const reading = (async () => {
        for await (const { error } of run) entries.push(error.outcome)
      })()
      await waitFor(() => server.bodies.length === 3)
      controller.abort(new Error('mine'))
      const error = await failureOf(reading)
      assert.deepEqual([error.code, error.reason, error.cause.message], ['not_sent', 'cancelled', 'mine'])
      assert.deepEqual([entries, taken], [['unknown', 'unknown', 'unknown'], 3])
      assert.equal((await outbox.inDoubt({ olderThanMs: 0 })).length, 3)
    })

    it('an error of the items, and an item of a wrong type, is thrown after what has begun', async () => {
      const { outbox } = await open()
      const mine = new Error('mine')
      const good = { destination: TO, message: TEXT, refId: 'a' }
      let closed = 0
      function* broken(last) {
        try {
          yield good
          yield last()
          yield { ...good, refId: 'z' }
        } finally {
          closed += 1
        }
      }
      const fail = () => {
        throw mine
      }
      const isOfTheItem = (error) => error instanceof TypeError && /^items\[1\]/.test(error.message)
      for (const [last, matches] of [
        [fail, (error) => error === mine],
        [() => 7, isOfTheItem],
        [() => ({ ...good, refId: 7 }), isOfTheItem],
        [() => ({ ...good, message: 7, refId: 'b' }), isOfTheItem],
      ]) {
        const run = outbox.sendMany(broken(last), { concurrency: 1 })
        const entries = []
        const reading = (async () => {
          for await (const entry of run) entries.push(entry.refId)
        })()
        assert.ok(matches(await failureOf(reading)))
        assert.ok(entries.length >= 1 && entries.every((refId) => refId === 'a'))
      }
      assert.equal(closed, 4)
      assert.deepEqual(await sent(), ['a'])
    })

    it('run() sends what waits until it is stopped, again what was not sent, and nothing in doubt', async () => {
      const answers = [http(429, '{}', 'retry-after: 0\r\n'), http(500, '{}')]
      const server = await faultServer(() => answers.shift() ?? http(200, '{"resultCode":112001}'))
      const { outbox } = await open(clientOf(server.url))
      const enqueue = (refId) => outbox.transaction((tx) => outbox.enqueue(tx, TO, TEXT, { refId }))
      for (const refId of ['a', 'b', 'c']) await enqueue(refId)
      const controller = new AbortController()
      const running = outbox.run({ concurrency: 1, pollMs: 20, signal: controller.signal })
      const stateOf = async (refId) => (await outbox.status(refId)).state
      await waitFor(async () => (await outbox.pending()).length === 0)
      await enqueue('d')
      await waitFor(async () => (await stateOf('d')) === 'accepted')
      controller.abort()
      await running
      const states = []
      for (const refId of ['a', 'b', 'c', 'd']) states.push(await stateOf(refId))
      assert.deepEqual(states.sort(), ['accepted', 'accepted', 'accepted', 'unknown'])
      assert.equal(server.bodies.length, 5)
      answers.push(http(403, '{}'))
      await enqueue('e')
      assert.equal((await failureOf(outbox.run())).httpStatus, 403)
    })

    it('run() goes on after its database has failed, and has left it when it ends', async () => {
      const { store } = await open()
      const failure = new Error('of the database')
      let fails = true
      let hold
      let held = 0
      const watched = {
        dialect: store.dialect,
        async run(...of) {
          if (hold !== undefined) {
            held += 1
            await hold
            held -= 1
          }
          if (!fails) return store.run(...of)
          fails = false
          throw failure
        },
      }
      const outbox = new Outbox(client, watched)
      assert.equal((await failureOf(outbox.run())).cause, failure)

      const controller = new AbortController()
      let isOver = false
      const running = outbox.run({ pollMs: 5, signal: controller.signal }).then(() => {
        isOver = true
      })
      const unwatched = new Outbox(client, store)
      const enqueue = (refId) => unwatched.transaction((tx) => unwatched.enqueue(tx, TO, TEXT, { refId }))
      const isSent = async (refId) => (await unwatched.status(refId)).state === 'accepted'
      await enqueue('a')
      await waitFor(() => isSent('a'))
      // It only looks for messages now.
      fails = true
      await waitFor(() => !fails)
      await enqueue('b')
      await waitFor(() => isSent('b'))

      let release
      hold = new Promise((resolve) => {
        release = resolve
      })
      await waitFor(() => held === 1)
      controller.abort()
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      assert.ok(!isOver)
      release()
      await running
      assert.equal(held, 0)
    })

    it('a slow send holds up no other', async () => {
      const answers = [undefined]
      const server = await faultServer(() => (answers.length > 0 ? answers.pop() : http(200, '{"resultCode":112001}')))
      const { outbox } = await open(clientOf(server.url))
      const refIds = Array.from({ length: 20 }, (_, index) => `r${index}`)
      await outbox.transaction(async (tx) => {
        for (const refId of refIds) await outbox.enqueue(tx, TO, TEXT, { refId })
      })
      const controller = new AbortController()
      const running = outbox.run({ concurrency: 2, pollMs: 10, signal: controller.signal })
      // The first request gets no answer.
      const statesOf = async () => Promise.all(refIds.map(async (refId) => (await outbox.status(refId)).state))
      const count = (states, word) => states.filter((state) => state === word).length
      await waitFor(async () => count(await statesOf(), 'accepted') === 19)
      assert.equal(count(await statesOf(), 'sending'), 1)
      server.close()
      controller.abort()
      await running
      assert.equal(server.bodies.length, 20)
    })

    it('old sends are pruned, and nothing that is open', async () => {
      const { outbox } = await open()
      await outbox.send(TO, TEXT, { refId: 'a' })
      await outbox.transaction((tx) => outbox.enqueue(tx, TO, TEXT, { refId: 'b' }))
      assert.equal(await outbox.prune(3600_000), 0)
      await waitFor(async () => (await outbox.prune(1)) === 1)
      assert.equal(await outbox.status('a'), undefined)
      assert.equal((await outbox.status('b')).state, 'queued')
    })

    it('a send that was cancelled before it began is not recorded; one that had begun is', async () => {
      const server = await faultServer(undefined)
      const { outbox } = await open(clientOf(server.url))
      const reason = new Error('mine')
      const before = await failureOf(outbox.send(TO, TEXT, { refId: 'a', signal: AbortSignal.abort(reason) }))
      assert.deepEqual([before.code, before.reason, before.refId, before.cause], ['not_sent', 'cancelled', 'a', reason])
      assert.equal(await outbox.status('a'), undefined)
      const controller = new AbortController()
      const sending = failureOf(outbox.send(TO, TEXT, { refId: 'b', signal: controller.signal }))
      await waitFor(() => server.bodies.length === 1)
      controller.abort()
      assert.deepEqual([(await sending).code, (await outbox.status('b')).state], ['outcome_unknown', 'unknown'])
    })

    it('an error that is not of this library leaves the send in doubt', async () => {
      const mine = new Error('mine')
      const sender = { build: (...of) => client.build(...of), send: () => Promise.reject(mine), sendRaw() {} }
      const { outbox } = await open(sender)
      assert.equal(await failureOf(outbox.send(TO, TEXT, { refId: 'a' })), mine)
      assert.equal((await outbox.status('a')).state, 'sending')
    })

    it('raw messages and several destinations are sent as they are', async () => {
      const server = await faultServer(http(200, '{"resultCode":112001}'))
      const { outbox } = await open(clientOf(server.url))
      const message = raw({ type: 'text', text: { body: 'x' }, newer: 1 })
      await outbox.send([TO, '+46000000002'], [message, TEXT], { refId: 'a' })
      const { messages, destinations } = JSON.parse(server.bodies[0])
      assert.deepEqual([messages[0].newer, messages.length, destinations.length], [1, 2, 2])
    })

    it('the tables can be made by a migration, and have the names that were asked for', async () => {
      const where = await make()
      const { store, exec, close } = openStore(engine, where)
      endings.push(close)
      const outbox = new Outbox(client, store, { prefix: 'mine_' })
      await exec(outbox.schema())
      await outbox.createSchema()
      await outbox.send(TO, TEXT, { refId: 'a' })
      await exec('UPDATE mine_schema SET version = 99')
      assert.equal((await failureOf(outbox.createSchema())).code, 'invalid_config')
    })
  }
}

{
  const it = (name, run) =>
    test(`SQLite: ${name}`, async (t) => {
      if (found.every(({ name }) => name === 'postgres')) t.skip('it is not available')
      else await run()
    })

  async function where() {
    const engine = found.find(({ name }) => name !== 'postgres')
    return [engine.name, await engine.make()]
  }

  async function open(hook) {
    const { store, database, close } = openStore(...(await where()), hook)
    endings.push(close)
    const outbox = new Outbox(client, store)
    await outbox.createSchema()
    return { outbox, database }
  }

  it('a pause holds for sends that wait for their rate', async () => {
    const times = []
    const server = await faultServer(() => {
      times.push(performance.now())
      return times.length === 1 ? http(429, '{}', 'retry-after: 4\r\n') : http(200, '{"resultCode":112001}')
    })
    const { store, close } = openStore(...(await where()))
    endings.push(close)
    const outbox = new Outbox(clientOf(server.url), store)
    await outbox.createSchema()
    const items = ['a', 'b'].map((refId) => ({ destination: TO, message: TEXT, refId }))
    for await (const { error } of outbox.sendMany(items, { rate: 0.5 })) assert.equal(error, undefined)
    // The second had its slot after two seconds.
    assert.ok(times.length === 3 && times[1] - times[0] >= 3500, times.join(' '))
  })

  it('work on the same connection waits for an open transaction, and cannot be asked for within it', async () => {
    const { outbox } = await open()
    let release
    const gate = new Promise((resolve) => {
      release = resolve
    })
    let begun
    const beginning = new Promise((resolve) => {
      begun = resolve
    })
    const open1 = outbox.transaction(async (tx) => {
      begun()
      await gate
      await outbox.enqueue(tx, TO, TEXT, { refId: 'a' })
    })
    await beginning
    const order = []
    const others = [
      outbox.status('a').then((status) => order.push(['status', status?.state])),
      outbox.transaction(() => order.push(['transaction'])),
      outbox.send(TO, TEXT, { refId: 'b' }).then(() => order.push(['send'])),
    ]
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(order, [])
    release()
    await open1
    await Promise.all(others)
    assert.deepEqual(order.map(([name]) => name).sort(), ['send', 'status', 'transaction'])
    assert.deepEqual(
      order.find(([name]) => name === 'status'),
      ['status', 'queued'],
    )
    let inside
    await outbox.transaction(async () => {
      inside = await failureOf(outbox.send(TO, TEXT, { refId: 'c' }))
    })
    assert.equal(inside.reason, 'store')
    assert.deepEqual(await sent(), ['b'])
  })

  it('enqueue() runs at once in a transaction of the caller, and throws at once', async () => {
    const { outbox, database } = await open()
    database.exec('BEGIN IMMEDIATE')
    outbox.enqueue(database, TO, TEXT, { refId: 'a' })
    assert.throws(() => outbox.enqueue(database, 'x', TEXT, { refId: 'b' }), { code: 'invalid_request' })
    database.exec('COMMIT')
    assert.deepEqual(await outbox.pending(), ['a'])
    if ('isTransaction' in database || 'inTransaction' in database) {
      assert.throws(() => outbox.enqueue(database, TO, TEXT, { refId: 'c' }), TypeError)
      assert.throws(() => outbox.apply(report('a', 'm', 112003), database), TypeError)
    }
  })

  it('what comes together is committed together, and what fails undoes nothing else', async () => {
    let commits = 0
    let inserts = 0
    const mine = new Error('mine')
    const { outbox } = await open((sql) => {
      if (sql === 'COMMIT') commits += 1
      if (!sql.startsWith('INSERT INTO linkwa_sends')) return
      inserts += 1
      if (inserts === 3) throw mine
    })
    commits = 0
    const send = (index) => outbox.send(TO, TEXT, { refId: `r${index}` })
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 3, 4, 5].map(send))
    assert.deepEqual(
      outcomes.map(({ value, reason }) => value?.resultCode ?? reason.reason),
      [112001, 112001, 'store', 112001, 'in_doubt', 112001, 112001],
    )
    assert.equal(outcomes[2].reason.cause, mine)
    assert.deepEqual((await sent()).sort(), ['r0', 'r1', 'r3', 'r4', 'r5'])
    for (const index of [0, 1, 3, 4, 5]) assert.equal((await outbox.status(`r${index}`)).state, 'accepted')
    assert.equal(await outbox.status('r2'), undefined)
    assert.ok(commits < 2 * 7, String(commits))
  })

  it('of what is committed together, what fails leaves nothing', async () => {
    const mine = new Error('mine')
    let fails = true
    const { outbox } = await open((sql) => {
      if (fails && sql.startsWith('INSERT INTO linkwa_messages')) throw mine
    })
    const callback = report('a', 'm', 112003)
    const results = await Promise.allSettled([
      outbox.apply(callback),
      outbox.apply(received('n', '2020-03-21T17:41:58Z')),
    ])
    assert.deepEqual([results[0].reason, results[1].value], [mine, true])
    fails = false
    assert.equal(await outbox.apply(callback), true)
  })

  it('a transaction of the caller on the same connection is left alone', async () => {
    const { outbox, database } = await open()
    database.exec('BEGIN IMMEDIATE')
    outbox.enqueue(database, TO, TEXT, { refId: 'a' })
    assert.equal((await failureOf(outbox.send(TO, TEXT, { refId: 'b' }))).reason, 'store')
    database.exec('COMMIT')
    assert.deepEqual([await outbox.pending(), await sent()], [['a'], []])
  })

  it('every commit reaches the disk', async () => {
    const { database } = await open()
    assert.deepEqual(Object.values(database.prepare('PRAGMA synchronous').get()), [2])
  })
}

test('postgres: connections that the server ends prevent a send, and neither end the program nor stay in use', async (t) => {
  const engine = found.find(({ name }) => name === 'postgres')
  if (engine === undefined) return t.skip('it is not available')
  const { store, database, close } = openStore(engine.name, await engine.make())
  endings.push(close)
  const outbox = new Outbox(client, store)
  await outbox.createSchema()
  const mine = new Error('mine')
  const failed = outbox.transaction(async (tx) => {
    const { rows } = await tx.query('SELECT pg_backend_pid() AS pid')
    await database.query(`SELECT pg_terminate_backend(${rows[0].pid})`)
    await waitFor(async () => {
      const { rows: left } = await database.query(`SELECT 1 FROM pg_stat_activity WHERE pid = ${rows[0].pid}`)
      return left.length === 0
    })
    await outbox.enqueue(tx, TO, TEXT, { refId: 'a' })
    throw mine
  })
  assert.notEqual(await failureOf(failed), mine)
  assert.equal(await outbox.status('a'), undefined)
  assert.equal((await outbox.send(TO, TEXT, { refId: 'a' })).repeat, false)
  // A failed query makes PostgreSQL roll back, whatever the function makes of it.
  const swallowed = outbox.transaction(async (tx) => {
    await outbox.enqueue(tx, TO, TEXT, { refId: 'b' })
    await tx.query('SELECT 1 / 0').catch(() => {})
  })
  assert.match((await failureOf(swallowed)).message, /rolled/)
  assert.equal(await outbox.status('b'), undefined)
})

test('postgres: errors of a new connection have a listener at once', async (t) => {
  const engine = found.find(({ name }) => name === 'postgres')
  if (engine === undefined) return t.skip('it is not available')
  const { database, close } = openStore(engine.name, await engine.make())
  endings.push(close)
  const store = new PostgresStore(database)
  const listeners = []
  database.on('acquire', (connection) => {
    // Before a promise of the pool could be resolved. The pool's own listener is gone by then.
    queueMicrotask(() => listeners.push(connection.listenerCount('error')))
  })
  // A new connection, and the same again.
  for (let index = 0; index < 2; index += 1) await store.transaction(() => {})
  assert.deepEqual(listeners, [1, 1])
})

test('postgres: many stores leave nothing at their pool, which may give promises only', async (t) => {
  const engine = found.find(({ name }) => name === 'postgres')
  if (engine === undefined) return t.skip('it is not available')
  const { database, close } = openStore(engine.name, await engine.make())
  endings.push(close)
  const listeners = () => database.eventNames().map((name) => [name, database.listenerCount(name)])
  const before = listeners()
  let connection
  for (const pool of [database, { connect: () => database.connect() }]) {
    for (let index = 0; index < 12; index += 1) {
      const store = new PostgresStore(pool)
      const { rows } = await store.transaction((transaction) => {
        connection = transaction
        return transaction.query('SELECT 1 AS one')
      })
      assert.equal(rows[0].one, 1)
    }
  }
  assert.deepEqual(listeners(), before)
  // The pool's own.
  assert.equal(connection.listenerCount('error'), 1)
  const refused = new PostgresStore({ connect: async () => Promise.reject(new Error('full')) })
  assert.equal((await failureOf(refused.transaction(() => {}))).message, 'full')
})

test('arguments of a wrong type are refused', async () => {
  const store = new PostgresStore({ connect() {} })
  const outbox = new Outbox(client, store)
  for (const wrong of [
    () => new Outbox({}, store),
    () => new Outbox(client, {}),
    () => new Outbox(client, store, { prefx: 'x' }),
    () => new SqliteStore(undefined),
    () => new SqliteStore({}),
    () => new PostgresStore('postgres://'),
    () => outbox.enqueue(undefined, TO, TEXT, { refId: 'a' }),
    () => outbox.sendMany(7),
    () => outbox.sendMany([], { rate: '7' }),
    () => outbox.sendMany([], { refId: 'a' }),
    () => outbox.sendMany([], { signal: 7 }),
    () => outbox.sendMany([], { concurency: 3 }),
    () => outbox.sendMany([], { pollMs: 3 }),
    () => outbox.sendMany([], { customParameters: { a: 1 } }),
  ])
    assert.throws(wrong, TypeError)
  assert.throws(() => outbox.sendMany([], { concurency: 3 }), /did you mean 'concurrency'/)
  assert.throws(() => new Outbox(client, store, { prefix: 'a b' }), { code: 'invalid_config' })
  for (const wrong of [{ rate: Number.NaN }, { rate: 0 }, { concurrency: 0 }]) {
    assert.throws(() => outbox.sendMany([], wrong), { code: 'invalid_config' })
    await assert.rejects(outbox.run(wrong), { code: 'invalid_config' })
  }
  for (const pollMs of [0, -1, Number.NaN, Infinity])
    await assert.rejects(outbox.run({ pollMs }), { code: 'invalid_config' })
  for (const wrong of [
    (async () => await outbox.sendMany([{ destination: TO, message: TEXT, refId: 'a' }]))(),
    outbox.send(TO, TEXT),
    outbox.send(TO, TEXT, {}),
    outbox.send(TO, TEXT, { refId: 7 }),
    outbox.send(TO, TEXT, { refId: 'a', timeout: 1 }),
    outbox.apply({ raw: '{}' }.raw),
    outbox.claim({}),
    outbox.status(7),
    outbox.transaction('x'),
    outbox.sendPending(undefined),
    outbox.sendPending('a', { timeout: 1 }),
    outbox.prune(Number.NaN),
    outbox.prune(-1),
    outbox.inDoubt({ olderThanMs: Number.NaN }),
    outbox.run({ concurrency: 1.5 }),
  ])
    await assert.rejects(wrong, TypeError)
})
