// Messages as jobs of pg-boss: PostgreSQL holds orders, jobs and outbox, so an order and its message are committed together, and no
// message is sent twice, whatever crashes. Node 22.12 or newer.
//
//     npm install linkwa pg pg-boss
//     CALLBACK_USER=gate CALLBACK_PASSWORD=hush node pg-boss-jobs.mjs
//     node pg-boss-jobs.mjs 17 +46700000001 "Your order is packed"
//
// The first command works on jobs and takes callbacks: start it on as many machines as you like. The second adds the job of an order.
// DATABASE_URL names the server; gateway and account are set as for first-message.mts.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { CallbackGuard, Client, refIdFor } from 'linkwa'
import { Outbox, PostgresStore } from 'linkwa/outbox'
import { CallbackReceiver } from 'linkwa/receiver'
import pg from 'pg'
import { PgBoss } from 'pg-boss'

const QUEUE = 'whatsapp'
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const client = Client.fromEnv()
const outbox = new Outbox(client, new PostgresStore(pool))
const boss = new PgBoss(process.env.DATABASE_URL)
for (const source of [pool, boss]) source.on('error', ({ message }) => console.error(message))

async function add(order, to, text) {
  const refId = refIdFor('orders', order)
  await outbox.transaction(async (transaction) => {
    // Store the order here too, with `transaction.query(…)`.
    const isNew = await outbox.enqueue(transaction, to, { type: 'text', text: { body: text } }, { refId })
    const executeSql = (sql, values) => transaction.query(sql, values)
    if (isNew) await boss.send(QUEUE, { refId }, { db: { executeSql } })
  })
  console.log(`added ${refId}`)
}

/** What became of a job. One that failed is retried; pg-boss calls the end of all attempts `deadletter`. */
async function send(job) {
  const { id } = job
  try {
    await outbox.sendPending(job.data.refId)
    return { id, status: 'completed', output: { outcome: 'accepted' } }
  } catch ({ disposition, message, retryAfter }) {
    // The event report settles it in the outbox.
    if (disposition === 'park') return { id, status: 'completed', output: { outcome: 'parked' } }
    if (disposition === 'fail') return { id, status: 'deadletter', output: { message } }
    if (retryAfter !== undefined) {
      // The pause that the gateway asks for, in place of that of the queue.
      await boss.fail(QUEUE, job, { message })
      await boss.update(QUEUE, undefined, { id, startAfter: retryAfter })
    }
    return { id, status: 'failed', output: { message } }
  }
}

async function work() {
  const basic = { username: process.env.CALLBACK_USER ?? '', password: process.env.CALLBACK_PASSWORD ?? '' }
  const guard = new CallbackGuard({ trustedProxies: ['127.0.0.1', '::1'], basic })
  const receiver = new CallbackReceiver(({ refId, status }) => console.log(refId, status), { guard, outbox })
  const server = createServer(receiver.node).listen(Number(process.env.PORT ?? 8000), '127.0.0.1')
  await once(server, 'listening')
  console.log(`listening on http://127.0.0.1:${server.address().port}/callback`)

  // RATE is the sends a second of this process, at least 5: pg-boss has no limit for all processes. Each of five takes a fifth of them
  // once a second, so that a slow answer does not stop the others.
  const batchSize = Math.ceil(Number(process.env.RATE ?? 50) / 5)
  const options = { localConcurrency: 5, batchSize, pollingIntervalSeconds: 1, perJobResults: true }
  await boss.work(QUEUE, options, (jobs) => Promise.all(jobs.map(send)))
  await once(process, 'SIGTERM')
  await once(server.close(), 'close') // after the callbacks that have come
}

await outbox.createSchema()
await boss.start()
// A job whose worker died is done again after the heartbeat: the outbox knows what was sent.
const retry = { retryLimit: 50, retryDelay: 10, retryBackoff: true, retryDelayMax: 600 }
await boss.createQueue(QUEUE, { ...retry, heartbeatSeconds: 30 })
const [order, to, text] = process.argv.slice(2)
await (order === undefined ? work() : add(order, to, text))
await boss.stop() // after the sends that have begun
await client.close()
await pool.end()
