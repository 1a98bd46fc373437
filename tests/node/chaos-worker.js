'use strict'

// The outbox of Node for tests/python/chaos.py, which says what the arguments are.

const http = require('node:http')
const { text } = require('node:stream/consumers')
const { setTimeout: sleep } = require('node:timers/promises')
const { Client, LinkwaError, parseCallback } = require('../../node/index.js')
const { Outbox } = require('../../node/outbox.js')
const { openStore } = require('./outbox-support.js')
const { connectionOf } = require('./postgres.js')

const ACCOUNT = {
  username: 'user',
  password: 'secret',
  platformId: 'p',
  platformPartnerId: 'pp',
  source: '+46000000000',
}
const SENDS_AT_ONCE = 8

/** Whether the database refuses connections or has cut one, as PostgreSQL does when it restarts. */
function isDown({ code, message }) {
  const codes = ['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE']
  return codes.includes(code) || /^Connection terminated|connection error and is not queryable/.test(message)
}

async function untilItWorks(work) {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isDown(error)) throw error
      await sleep(100)
    }
  }
}

function shuffled(list) {
  return list
    .map((item) => [Math.random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}

/** Sends what waits, for ever. */
async function send({ outbox }) {
  for (;;) {
    const waiting = await untilItWorks(() => outbox.pending(500))
    const some = shuffled(waiting).slice(0, 4 * SENDS_AT_ONCE)
    const lane = async () => {
      for (let refId = some.pop(); refId !== undefined; refId = some.pop()) {
        try {
          await outbox.sendPending(refId)
        } catch (error) {
          // Another worker may have it; and what fails is in the outbox.
          if (!(error instanceof LinkwaError)) throw error
        }
      }
    }
    if (waiting.length === 0) await sleep(20)
    await Promise.all(Array.from({ length: SENDS_AT_ONCE }, lane))
  }
}

async function enqueue({ outbox }, messages) {
  const message = { type: 'text', text: { body: 'Hello' } }
  await outbox.transaction(async (transaction) => {
    for (let index = 0; index < messages; index += 1) {
      // No digits that ask the gateway for a scenario; one of them is a request without reports.
      const to = `+4679${String(index).padStart(6, '0')}8`
      await outbox.enqueue(transaction, to, message, { refId: `r${index}` })
    }
  })
}

/** Applies callbacks in one transaction, or each in its own at once. Returns how many were new. */
async function apply({ outbox }, callbacks, isOneTransaction) {
  const applied = []
  if (isOneTransaction) {
    await outbox.transaction(async (transaction) => {
      for (const callback of callbacks) applied.push(await outbox.apply(callback, transaction))
    })
  } else {
    applied.push(...(await Promise.all(callbacks.map((callback) => outbox.apply(callback)))))
  }
  return applied.filter(Boolean).length
}

async function serve(opened) {
  const { rows } = opened
  const came = []
  let applied = 0
  const answers = {
    '/': async (request) => {
      came.push(parseCallback(await text(request)))
    },
    '/states': async () => Object.fromEntries(await rows('SELECT ref_id, state FROM {}sends')),
    '/progress': async () => {
      const states = await rows('SELECT state, count(*) AS count FROM {}sends GROUP BY state')
      return {
        states: Object.fromEntries(states.map(([state, count]) => [state, Number(count)])),
        waiting: came.length,
        applied,
      }
    },
  }
  const server = http.createServer(async (request, response) => {
    response.end(JSON.stringify(await untilItWorks(() => answers[request.url](request))))
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  for (let turn = 0; ; turn += 1) {
    await sleep(10)
    const batch = came.slice(0, 200)
    const again = shuffled([...batch, ...batch])
    applied += await untilItWorks(() => apply(opened, again, turn % 2 === 0))
    came.splice(0, batch.length)
  }
}

async function main(duty, engine, where, prefix, baseUrl, messages) {
  process.stdin.on('end', () => process.exit(1)).resume()
  const { store, database } = openStore(engine, engine === 'postgres' ? connectionOf(where) : where)
  const outbox = new Outbox(new Client({ ...ACCOUNT, baseUrl, timeoutMs: 3000 }), store, { prefix })
  const rows = async (sql) => {
    const named = sql.replace('{}', prefix)
    const found = engine === 'postgres' ? (await database.query(named)).rows : database.prepare(named).all()
    return found.map((row) => Object.values(row))
  }
  if (duty === 'send') return send({ outbox })
  await outbox.createSchema()
  await enqueue({ outbox }, Number(messages))
  await serve({ outbox, rows })
}

main(...process.argv.slice(2))
