'use strict'

// The examples for job queues: real workers, on a Redis and a PostgreSQL of their own, and a sandbox.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { after, describe, test } = require('node:test')
const { Outbox, PostgresStore } = require('../../node/outbox.js')
const { findPostgres } = require('./postgres.js')
const { ACCOUNT, REFUSED_URL, ROOT, SECRET, clientOf, startSandbox, waitFor } = require('./support.js')

const modules = path.join(ROOT, 'node', 'node_modules')
const pg = require(path.join(modules, 'pg'))
const Redis = require(path.join(modules, 'ioredis'))
const ACCEPTED = '+46700000001'
const REJECTED = '+46700001400'
const CUT = '+46700002001'
const NEVER_ANSWERED = '+46700002004'

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-jobs-'))
const endings = [() => fs.rmSync(scratch, { recursive: true, force: true })]
after(async () => {
  for (const end of endings.reverse()) await end()
})

const redisServer = process.env.PATH.split(path.delimiter)
  .map((folder) => path.join(folder, 'redis-server'))
  .find((file) => fs.existsSync(file))

/** Starts a program whose output is kept in `text`. It ends with this file. */
function start(program, args, env) {
  // Programs that read their input end with this process.
  const child = spawn(program, args, { cwd: scratch, env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      child.text += data
    })
  }
  child.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))
  endings.push(() => {
    child.kill('SIGKILL')
    return child.ended
  })
  return child
}

/** The text that a process prints; fails if the process ends without it. */
function printed(child, pattern) {
  return waitFor(() => {
    const found = pattern.exec(child.text)
    assert.ok(found || (child.exitCode === null && child.signalCode === null), child.text)
    return found
  })
}

/** The URL of a new Redis. Another program may take the free port before Redis does. */
async function startRedis() {
  if (redisServer === undefined) return undefined
  for (;;) {
    const server = net.createServer()
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address()
    await new Promise((resolve) => server.close(resolve))
    const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', scratch]
    const redis = start(redisServer, args.map(String), process.env)
    await waitFor(() => redis.exitCode !== null || redis.text.includes('Ready to accept connections'))
    if (redis.exitCode === null) return `redis://127.0.0.1:${port}`
    assert.match(redis.text, /in use/i)
  }
}

const postgres = findPostgres((end) => endings.push(end))

let databases = 0

/** The URL of a new database. */
async function newDatabase() {
  const { host, user, database } = await postgres
  const url = (name) => `postgres://${user}@localhost/${name}?host=${encodeURIComponent(host)}`
  databases += 1
  const name = `linkwa_jobs_${process.pid}_${databases}`
  const query = async (text) => {
    const client = new pg.Client({ connectionString: url(database) })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  await query(`CREATE DATABASE ${name}`)
  endings.push(() => query(`DROP DATABASE ${name} WITH (FORCE)`))
  return url(name)
}

/** An example with its servers: starts workers, adds jobs, and reads what became of them. */
class Site {
  constructor(example, sandbox, servers) {
    this.example = path.join(ROOT, 'node', 'examples', example)
    this.sandbox = sandbox
    this.servers = servers
    this.pool = new pg.Pool({ connectionString: servers.DATABASE_URL })
    this.pool.on('error', () => {})
    this.outbox = new Outbox(clientOf(sandbox.baseUrl), new PostgresStore(this.pool))
    endings.push(() => this.pool.end())
  }

  run(args, more) {
    // Without settings of the machine for the library.
    const clean = Object.entries(process.env).filter(([name]) => !/^(LINKWA|CALLBACK|NODE)_/.test(name))
    return start(process.execPath, [this.example, ...args], {
      ...Object.fromEntries(clean),
      ...this.servers,
      CALLBACK_USER: 'gate',
      CALLBACK_PASSWORD: SECRET,
      LINKWA_BASE_URL: this.sandbox.baseUrl,
      LINKWA_USERNAME: ACCOUNT.username,
      LINKWA_PASSWORD: ACCOUNT.password,
      LINKWA_PLATFORM_ID: ACCOUNT.platformId,
      LINKWA_PLATFORM_PARTNER_ID: ACCOUNT.platformPartnerId,
      LINKWA_SOURCE: ACCOUNT.source,
      LINKWA_TIMEOUT_MS: '60000',
      PORT: '0',
      ...more,
    })
  }

  /** A worker that takes callbacks; `url` is where. */
  async work(more) {
    const worker = this.run([], more)
    worker.url = (await printed(worker, /^listening on (\S+)$/m))[1]
    return worker
  }

  /** The refId of an order's message, whose job is added as the text of the example says. */
  async add(order, to) {
    const child = this.run([order, to, 'Your order is packed'])
    assert.equal(await child.ended, 0, child.text)
    return /^added (\S+)$/m.exec(child.text)[1]
  }

  /** When the requests of a message came to the gateway, in milliseconds. */
  async times(refId) {
    const requests = await this.sandbox.requests()
    return requests.filter((one) => JSON.parse(one.body).refId === refId).map((one) => Date.parse(one.receivedAt))
  }

  async state(refId) {
    return (await this.outbox.status(refId))?.state
  }

  /** Lets the gateway post its callbacks to a worker. */
  takeCallbacks({ url }) {
    const headers = { 'X-Forwarded-For': '195.84.162.34' }
    const gate = { id: 'mine', url, username: 'gate', password: SECRET, headers, default: true }
    return this.sandbox.control('POST', 'gates', gate)
  }

  async isSettledByReport(refId) {
    await this.sandbox.control('POST', 'report', { refId, status: 'delivered' })
    await waitFor(async () => (await this.state(refId)) === 'accepted')
    assert.deepEqual(await this.outbox.inDoubt({ olderThanMs: 0 }), [])
  }
}

/** How the tests look into BullMQ. */
class BullMq {
  constructor({ REDIS_URL }) {
    this.bullmq = require(path.join(modules, 'bullmq'))
    this.connection = { url: REDIS_URL }
    this.queue = new this.bullmq.Queue('whatsapp', { connection: this.connection })
    endings.push(() => this.queue.close())
  }

  /** What became of a job, as its engine has it, and the number of times that it was begun. */
  async end(refId) {
    const job = await this.queue.getJob(refId)
    const state = await job.getState()
    if (state === 'completed') return [job.returnvalue, job.attemptsStarted]
    return state === 'failed' ? ['failed', job.attemptsStarted] : undefined
  }

  async waits(refId) {
    return (await (await this.queue.getJob(refId)).getState()) === 'delayed'
  }

  async hurry(refId) {
    await (await this.queue.getJob(refId)).promote()
  }

  /** Lets the time pass after which the job of a dead worker is given to another one. */
  async expire(refId) {
    const redis = new Redis(this.connection.url)
    await redis.del(`bull:whatsapp:${refId}:lock`)
    const checker = new this.bullmq.Worker('whatsapp', null, { connection: this.connection, stalledInterval: 20 })
    checker.on('error', () => {})
    await checker.startStalledCheckTimer()
    // The example's own check may find it first.
    await waitFor(async () => {
      await redis.del('bull:whatsapp:stalled-check')
      return (await this.queue.getJob(refId)).attemptsStarted > 1
    })
    await checker.close()
    redis.disconnect()
  }

  async addMany(refIds) {
    const data = (refId) => ({ refId, to: ACCEPTED, text: 'Hello' })
    await this.queue.addBulk(refIds.map((refId) => ({ name: 'text', data: data(refId), opts: { jobId: refId } })))
  }
}

/** How the tests look into pg-boss. */
class Boss {
  constructor({ pool, outbox, servers }) {
    this.pool = pool
    this.outbox = outbox
    this.boss = new (require(path.join(modules, 'pg-boss')).PgBoss)({
      connectionString: servers.DATABASE_URL,
      supervise: false,
    })
    this.boss.on('error', () => {})
  }

  async start() {
    if (this.started === undefined) {
      this.started = this.boss.start()
      endings.push(() => this.boss.stop({ graceful: false }))
    }
    await this.started
  }

  async #job(refId) {
    const text = `SELECT id, state, output, retry_count FROM pgboss.job WHERE name = 'whatsapp' AND data ->> 'refId' = $1`
    const { rows } = await this.pool.query(text, [refId])
    assert.equal(rows.length, 1)
    return rows[0]
  }

  async end(refId) {
    const { state, output, retry_count: retries } = await this.#job(refId)
    if (state === 'completed') return [output.outcome, retries + 1]
    return state === 'failed' ? ['failed', retries + 1] : undefined
  }

  async waits(refId) {
    return (await this.#job(refId)).state === 'retry'
  }

  async hurry(refId) {
    await this.start()
    await this.boss.update('whatsapp', undefined, { id: (await this.#job(refId)).id, startAfter: 0 })
  }

  async expire(refId) {
    const text = `UPDATE pgboss.job SET started_on = started_on - interval '1 hour', heartbeat_on = heartbeat_on - interval '1 hour'
      WHERE state = 'active' AND data ->> 'refId' = $1`
    assert.equal((await this.pool.query(text, [refId])).rowCount, 1)
    await this.start()
    await waitFor(async () => {
      await this.boss.supervise('whatsapp')
      return (await this.#job(refId)).state !== 'active'
    })
    await this.hurry(refId)
  }

  async addMany(refIds) {
    await this.start()
    for (const refId of refIds) {
      await this.outbox.transaction((transaction) =>
        this.outbox.enqueue(transaction, ACCEPTED, { type: 'text', text: { body: 'Hello' } }, { refId }),
      )
    }
    await this.boss.insert(
      'whatsapp',
      refIds.map((refId) => ({ data: { refId } })),
    )
  }
}

const engines = [
  { example: 'bullmq-jobs.mjs', make: (site) => new BullMq(site.servers) },
  { example: 'pg-boss-jobs.mjs', make: (site) => new Boss(site) },
]

/** What a machine lacks for an example. */
async function lacking(example) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (example.startsWith('pg-boss') && (major < 22 || (major === 22 && minor < 12))) return 'Node 22.12'
  if (example.startsWith('bullmq') && redisServer === undefined) return 'redis-server'
  return (await postgres) === undefined ? 'PostgreSQL' : undefined
}

describe('job queues', { concurrency: true }, () => {
  for (const { example, make } of engines) {
    test(example, { timeout: 120_000 }, async (context) => {
      const missing = await lacking(example)
      if (missing !== undefined) {
        if (process.env.LINKWA_NO_SKIP && !missing.startsWith('Node')) throw new Error(`without ${missing}`)
        console.error(`${missing} is not available: the tests of ${example} are left out`)
        context.skip(`without ${missing}`)
        return
      }
      const sandbox = await startSandbox()
      const site = new Site(example, sandbox, { DATABASE_URL: await newDatabase(), REDIS_URL: await startRedis() })
      const engine = make(site)

      await context.test('a job waits while the gateway cannot be reached, and its message is sent once', async () => {
        const worker = await site.work({ LINKWA_BASE_URL: REFUSED_URL })
        const refId = await site.add('down', ACCEPTED)
        await waitFor(async () => (await engine.waits(refId)) && (await site.state(refId)) === 'not_sent')
        worker.kill('SIGTERM')
        assert.equal(await worker.ended, 0, worker.text)
        site.worker = await site.work()
        await engine.hurry(refId)
        await waitFor(() => engine.end(refId))
        assert.deepEqual(await engine.end(refId), ['accepted', 2])
        assert.equal((await site.times(refId)).length, 1)
      })

      await context.test('jobs that are accepted, rejected and in doubt end, and each message came once', async () => {
        const expected = [
          [await site.add('packed', ACCEPTED), ['accepted', 1], 'accepted'],
          [await site.add('refused', REJECTED), ['failed', 1], 'rejected'],
          [await site.add('cut', CUT), ['parked', 1], 'unknown'],
        ]
        for (const [refId, end, state] of expected) {
          await waitFor(() => engine.end(refId))
          assert.deepEqual([await engine.end(refId), await site.state(refId)], [end, state])
        }
        // The job of an order is added once.
        assert.equal(await site.add('packed', ACCEPTED), expected[0][0])
        const last = await site.add('last', ACCEPTED)
        await waitFor(() => engine.end(last))
        for (const [refId] of expected) assert.equal((await site.times(refId)).length, 1)
        await site.takeCallbacks(site.worker)
        await site.isSettledByReport(expected[2][0])
      })

      await context.test('a job is retried after the pause that the gateway asks for', async () => {
        await sandbox.control('POST', 'scenarios', { digits: '1429', to: '+46700000429', count: 2 })
        const refId = await site.add('limited', '+46700000429')
        await waitFor(() => engine.end(refId))
        assert.deepEqual([await engine.end(refId), await site.state(refId)], [['accepted', 3], 'accepted'])
        const [first, second, third, ...more] = await site.times(refId)
        assert.deepEqual(more, [])
        // The gateway asks for one second. The example's own pause begins with ten.
        for (const pause of [second - first, third - second]) assert.ok(pause >= 990 && pause < 10_000, `${pause} ms`)
      })

      await context.test('a worker that is killed while it sends leaves no second message', async () => {
        await site.takeCallbacks({ url: 'http://127.0.0.1:1/' }) // no report reaches the worker before it is killed
        const refId = await site.add('killed', NEVER_ANSWERED)
        await waitFor(async () => (await site.times(refId)).length === 1)
        site.worker.kill('SIGKILL')
        await site.worker.ended
        site.worker = await site.work({ RATE: '5' })
        await engine.expire(refId)
        await waitFor(() => engine.end(refId))
        assert.deepEqual(await engine.end(refId), ['parked', 2])
        assert.equal(await site.state(refId), 'sending')
        await site.takeCallbacks(site.worker)
        await site.isSettledByReport(refId)
        assert.equal((await site.times(refId)).length, 1)
      })

      await context.test('messages leave at the rate', async () => {
        // pg-boss has no rate of all workers together.
        const another = engine instanceof BullMq ? await site.work({ RATE: '5' }) : undefined
        const refIds = Array.from({ length: 16 }, (_, index) => `rate-${index}`)
        await engine.addMany(refIds)
        for (const refId of refIds) await waitFor(async () => (await engine.end(refId))?.[0] === 'accepted')
        const times = (await Promise.all(refIds.map((refId) => site.times(refId)))).flat().sort((a, b) => a - b)
        assert.equal(times.length, refIds.length)
        // Five in a second. BullMQ's seconds begin when they like: the first five can come at the end of one.
        assert.ok(times.at(-1) - times[0] >= 1900, `${times.map((time) => time - times[0])}`)
        another?.kill('SIGTERM')
        assert.equal((await another?.ended) ?? 0, 0)
      })

      await context.test('a worker that is asked to end ends its sends first', async () => {
        await sandbox.control('POST', 'scenarios', { latencyMs: [1000, 1000], to: '+46700000430' })
        const refId = await site.add('ending', '+46700000430')
        await waitFor(async () => (await site.times(refId)).length === 1)
        site.worker.kill('SIGTERM')
        assert.equal(await site.worker.ended, 0, site.worker.text)
        assert.deepEqual(await engine.end(refId), ['accepted', 1])
      })
    })
  }
})
