// Messages as jobs of BullMQ: Redis holds the jobs, PostgreSQL the outbox, so no message is sent twice, whatever crashes.
//
//     npm install bullmq ioredis linkwa pg
//     CALLBACK_USER=gate CALLBACK_PASSWORD=hush node bullmq-jobs.mjs
//     node bullmq-jobs.mjs 17 +46700000001 "Your order is packed"
//
// The first command works on jobs and takes callbacks: start it on as many machines as you like. The second adds the job of an order.
// REDIS_URL and DATABASE_URL name the servers; gateway and account are set as for first-message.mts.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { Queue, UnrecoverableError, Worker } from 'bullmq'
import { CallbackGuard, Client, refIdFor } from 'linkwa'
import { Outbox, PostgresStore } from 'linkwa/outbox'
import { CallbackReceiver } from 'linkwa/receiver'
import pg from 'pg'

const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' }

async function add(order, to, text) {
  const queue = new Queue('whatsapp', { connection })
  const refId = refIdFor('orders', order)
  // With the same id a job is added once.
  await queue.add('text', { refId, to, text }, { jobId: refId, attempts: 50, backoff: { type: 'custom' } })
  await queue.close()
  console.log(`added ${refId}`)
}

/** A job is retried when this throws, unless it is an UnrecoverableError. */
async function send(outbox, { refId, to, text }) {
  try {
    await outbox.send(to, { type: 'text', text: { body: text } }, { refId })
    return 'accepted'
  } catch (error) {
    if (error.disposition === 'park') return 'parked' // the event report settles it in the outbox
    if (error.disposition === 'fail') throw new UnrecoverableError(error.message)
    throw error
  }
}

/** The pause before a job is retried, in milliseconds: what the gateway asks for, or 10 seconds, and up to 10 minutes. */
function pause(attempt, _type, error) {
  return error?.retryAfter === undefined ? Math.min(5000 * 2 ** attempt, 600_000) : error.retryAfter * 1000
}

async function work() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
  pool.on('error', ({ message }) => console.error(message))
  const client = Client.fromEnv()
  const outbox = new Outbox(client, new PostgresStore(pool))
  await outbox.createSchema()

  const basic = { username: process.env.CALLBACK_USER ?? '', password: process.env.CALLBACK_PASSWORD ?? '' }
  const guard = new CallbackGuard({ trustedProxies: ['127.0.0.1', '::1'], basic })
  const receiver = new CallbackReceiver(({ refId, status }) => console.log(refId, status), { guard, outbox })
  const server = createServer(receiver.node).listen(Number(process.env.PORT ?? 8000), '127.0.0.1')
  await once(server, 'listening')
  console.log(`listening on http://127.0.0.1:${server.address().port}/callback`)

  const worker = new Worker('whatsapp', (job) => send(outbox, job.data), {
    connection,
    concurrency: 50,
    limiter: { max: Number(process.env.RATE ?? 50), duration: 1000 }, // of all workers together
    maxStalledCount: 10, // a job whose worker died is done again: the outbox knows what was sent
    settings: { backoffStrategy: pause },
  })
  worker.on('error', ({ message }) => console.error(message))
  worker.on('failed', (job, { message }) => console.error(job?.id, message))
  await once(process, 'SIGTERM')
  await worker.close() // after the sends that have begun
  await once(server.close(), 'close') // after the callbacks that have come
  await client.close()
  await pool.end()
}

const [order, to, text] = process.argv.slice(2)
await (order === undefined ? work() : add(order, to, text))
