'use strict'

// What an outbox costs: `outbox.js URL` prints a table of sends and callbacks a second, without an outbox, in SQLite and in the
// PostgreSQL of LINKWA_TEST_POSTGRES, and what a million rows take.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setImmediate } = require('node:timers/promises')
const { DatabaseSync } = require('node:sqlite')
const { Pool } = require('pg')
const { connectionOf } = require('../../node/postgres.js')
const { linkwa } = require('./measure.js')
const { Outbox, PostgresStore, SqliteStore } = require(path.join(process.env.PEERS_PACKAGE, 'outbox.js'))

const TO = '+46000000001'
const TEXT = { type: 'text', text: { body: 'Hello' } }
const AT_ONCE = 16
const SENDS = 500
const CALLBACKS = 8_000
const ROWS = 1_000_000
const PART = 10_000

const client = new linkwa.Client({
  baseUrl: `${process.argv[2]}/whatsapp-message`,
  username: 'user',
  password: 'secret',
  platformId: 'platform',
  platformPartnerId: 'partner',
  source: '+46000000000',
  maxConnections: AT_ONCE,
})
let numbers = 0

function number() {
  numbers += 1
  return numbers
}

/** How often a second. */
async function rate(count, work) {
  const began = performance.now()
  await work()
  return (count * 1000) / (performance.now() - began)
}

function inLanes(lanes, count, call) {
  let left = count
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await call()
    }
  }
  return rate(count, () => Promise.all(Array.from({ length: lanes }, lane)))
}

/** The report of a delivery. The measured times include that it is parsed. */
function report() {
  const id = number()
  return linkwa.parseCallback(`{"messageId":"m${id}","refId":"r${id}","messageIndex":0,"resultCode":112003}`)
}

async function sends(send) {
  return [await inLanes(1, SENDS, send), await inLanes(AT_ONCE, SENDS * AT_ONCE, send)]
}

async function measure(store) {
  const outbox = new Outbox(client, store)
  await outbox.createSchema()
  const apply = async (transaction) => {
    if (!(await outbox.apply(report(), transaction))) throw new Error('a new callback is not new')
  }
  return [
    ...(await sends(() => outbox.send(TO, TEXT, { refId: `r${number()}` }))),
    await inLanes(1, SENDS, () => apply()),
    await inLanes(AT_ONCE, CALLBACKS, () => apply()),
    await rate(CALLBACKS, () =>
      outbox.transaction(async (transaction) => {
        for (let at = 0; at < CALLBACKS; at += 1) await apply(transaction)
      }),
    ),
  ]
}

const resident = () => Math.round(process.memoryUsage.rss() / 1024)
const figure = (value, digits = 0) => value.toLocaleString('en', { maximumFractionDigits: digits })

async function million(file) {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL')
  const outbox = new Outbox(client, new SqliteStore(database))
  await outbox.createSchema()
  const before = resident()
  const enqueued = await rate(ROWS, async () => {
    for (let row = 0; row < ROWS; row += PART) {
      await outbox.transaction(async (transaction) => {
        for (let at = row; at < row + PART; at += 1) await outbox.enqueue(transaction, TO, TEXT, { refId: `r${at}` })
      })
      await setImmediate() // native objects are freed only when the event loop turns
    }
  })
  console.log(`${figure(ROWS)} rows: ${figure(enqueued)} enqueued a second, in transactions of ${figure(PART)}`)
  console.log(`pending(): ${figure(await inLanes(1, 100, () => outbox.pending(100)))} lists of 100 a second`)
  const filled = resident()
  database.exec("UPDATE linkwa_sends SET state = 'accepted'")
  const began = performance.now()
  if ((await outbox.prune(0)) !== ROWS) throw new Error('prune() has left rows')
  console.log(`prune(): ${figure((performance.now() - began) / 1000, 1)} seconds`)
  const after = figure(resident())
  console.log(
    `resident memory: ${figure(before)} KiB before, ${figure(filled)} KiB with the rows, ${after} KiB after prune()`,
  )
  database.close()
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-bench-'))
  const columns = { plain: await sends(() => client.send(TO, TEXT)) }
  columns.SQLite = await measure(new SqliteStore(path.join(folder, 'a.db')))
  if (process.env.LINKWA_TEST_POSTGRES) {
    const pool = new Pool({ ...connectionOf(process.env.LINKWA_TEST_POSTGRES), max: AT_ONCE })
    columns.PostgreSQL = await measure(new PostgresStore(pool))
    await pool.end()
  }
  const rows = ['send, 1', 'send, 16 at once', 'apply, 1', 'apply, 16 at once', 'apply, in 1 transaction']
  const line = (first, cells) => console.log(first.padEnd(24) + cells.map((cell) => cell.padStart(12)).join(''))
  line('a second', Object.keys(columns))
  for (const [at, row] of rows.entries()) {
    const cells = Object.values(columns).map((figures) => (at < figures.length ? figure(figures[at]) : ''))
    line(row, cells)
  }
  await million(path.join(folder, 'b.db'))
  await client.close()
  fs.rmSync(folder, { recursive: true })
}

main()
