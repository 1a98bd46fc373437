'use strict'

// Databases for the tests of the outbox: the drivers of SQLite that this Node has, and a PostgreSQL of its own.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { PostgresStore, SqliteStore } = require('../../node/outbox.js')
const { findPostgres } = require('./postgres.js')

/** Calls `hook` with the text of each statement before it runs. */
function watchedSqlite(database, hook) {
  return {
    exec(sql) {
      hook(sql)
      database.exec(sql)
    },
    prepare(sql) {
      const prepared = database.prepare(sql)
      const watched = (verb) =>
        function run(...values) {
          hook(sql)
          return prepared[verb](...values)
        }
      return { run: watched('run'), all: watched('all') }
    },
    close: () => database.close(),
  }
}

function watchedPool(pool, hook) {
  const watched = (client) => ({
    query(statement) {
      hook(statement.text ?? statement)
      return client.query(statement)
    },
    on: (...of) => client.on(...of),
    off: (...of) => client.off(...of),
    release: (error) => client.release(error),
  })
  return {
    connect(take) {
      pool.connect((error, client) => (error ? take(error) : take(undefined, watched(client))))
    },
  }
}

function optional(name) {
  try {
    return require(name)
  } catch {
    return undefined
  }
}

const nodeSqlite = optional('node:sqlite')
/** Its addon is built for one version of Node. */
const betterSqlite = (() => {
  const BetterSqlite = optional('./better-sqlite3/node_modules/better-sqlite3')
  try {
    new BetterSqlite(':memory:').close()
    return BetterSqlite
  } catch {
    return undefined
  }
})()
const pg = optional('../../node/node_modules/pg')

/** The engines whose drivers are here. */
const drivers = Object.entries({ 'node:sqlite': nodeSqlite, 'better-sqlite3': betterSqlite, postgres: pg })
  .filter(([, driver]) => driver !== undefined)
  .map(([engine]) => engine)

const opens = {
  'node:sqlite': (file) => {
    const database = new nodeSqlite.DatabaseSync(file)
    database.exec('PRAGMA busy_timeout = 20000')
    return database
  },
  'better-sqlite3': (file) => new betterSqlite(file, { timeout: 20_000 }),
}

/**
 * A store of this engine in the database `where`, the database itself for other queries, and how to close it. Before each
 * statement, `hook` gets its text. Child processes call it too.
 */
function openStore(engine, where, hook = () => {}) {
  if (engine === 'postgres') {
    const pool = new pg.Pool(where)
    pool.on('error', () => {})
    const store = new PostgresStore(watchedPool(pool, hook))
    return { store, database: pool, exec: (sql) => pool.query(sql), close: () => pool.end() }
  }
  const database = opens[engine](where)
  database.exec('PRAGMA journal_mode = WAL')
  const store = new SqliteStore(watchedSqlite(database, hook))
  return { store, database, exec: async (sql) => database.exec(sql), close: async () => database.close() }
}

/** The engines that can be tested here: each makes a new, empty database. Engines that are left out are named. */
async function engines(after) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-outbox-'))
  after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const found = []
  let files = 0
  const file = () => {
    files += 1
    return path.join(folder, `${files}.db`)
  }
  for (const name of drivers) {
    const make = name === 'postgres' ? await startPostgres(after) : file
    if (make !== undefined) found.push({ name, make })
  }
  for (const name of ['node:sqlite', 'better-sqlite3', 'postgres']) {
    if (!found.some((engine) => engine.name === name)) console.error(`${name} is not available: its tests are left out`)
  }
  return found
}

/** A function that makes a database; `undefined` without PostgreSQL. */
async function startPostgres(after) {
  const server = await findPostgres(after)
  if (server === undefined) return undefined
  let count = 0
  // Each test has a schema of its own, so that no database needs to be made.
  return async () => {
    count += 1
    const schema = `linkwa_test_${process.pid}_${count}`
    const client = new pg.Client(server)
    await client.connect()
    await client.query(`CREATE SCHEMA ${schema}`)
    await client.end()
    after(async () => {
      const again = new pg.Client(server)
      await again.connect()
      await again.query(`DROP SCHEMA ${schema} CASCADE`)
      await again.end()
    })
    return { ...server, options: `-c search_path=${schema}` }
  }
}

module.exports = { drivers, engines, openStore }
