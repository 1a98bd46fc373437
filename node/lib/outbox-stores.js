'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const { setImmediate } = require('node:timers')
const { checked } = require('./call.js')
const { errorOf } = require('./error.js')
const { wrongType } = require('./json.js')

// A store runs the statements of an outbox with the driver that the caller gave. It decides nothing.

/** How long SQLite waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5000

/** How many scripts SQLite commits together at most. */
const COMMITTED_TOGETHER = 64

/** The statements of a script, one after the other; each `next()` takes the answer to the one before. Returns the reply. */
function* statementsOf(script) {
  for (let statement = script.statement(); statement; statement = script.statement()) {
    const { rows, changed } = yield statement
    const errorObject = script.answer(rows, changed)
    if (errorObject) throw errorOf(errorObject)
  }
  return script.reply()
}

/** A value of a row as the addon takes it: drivers can be told to give a bigint. */
function cell(value) {
  return typeof value === 'bigint' ? Number(value) : value
}

class SqliteStore {
  dialect = 'sqlite'
  #database
  /** The prepared statements of each connection, by their text. */
  #prepared = new WeakMap()
  /** The scripts that have come since the last commit. A commit waits for the disk, so it takes all of them. */
  #waiting = []
  /** The end of the last transaction() that was begun; `undefined` if none is open. */
  #last
  /** Whether the code that asks runs within a transaction() that is open. */
  #within = new AsyncLocalStorage()

  constructor(database) {
    this.#database = typeof database === 'string' ? open(database) : checked(() => sqliteOf(database), SqliteStore)
    // The drivers differ in their defaults. A commit that a power failure undoes would be sent again.
    this.#database.exec('PRAGMA synchronous = FULL')
  }

  /** Runs a script, in the caller's transaction if there is one, and then at once. */
  run(script, transaction) {
    if (transaction === undefined) {
      this.#refuseWithin()
      return new Promise((resolve, reject) => {
        this.#waiting.push({ script, resolve, reject })
        if (this.#waiting.length === 1) setImmediate(() => this.#commitWaiting())
      })
    }
    const database = sqliteOf(transaction, 'transaction')
    // Each driver has its own name for it.
    if (database.isTransaction === false || database.inTransaction === false) {
      throw new TypeError('transaction must be a database in which a transaction has begun')
    }
    return this.#runNow(script, database)
  }

  /** Runs the caller's function in a transaction; meanwhile other work of this store waits, as there is one connection. */
  async transaction(work) {
    this.#refuseWithin()
    const before = this.#last
    const { promise, resolve } = latch()
    this.#last = promise
    const scope = { isOpen: true }
    const database = this.#database
    try {
      await before
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = await this.#within.run(scope, () => work(database))
        database.exec('COMMIT')
        return result
      } catch (error) {
        rollBack(database)
        throw error
      }
    } finally {
      scope.isOpen = false
      if (this.#last === promise) this.#last = undefined
      resolve()
    }
  }

  #refuseWithin() {
    if (!this.#within.getStore()?.isOpen) return
    throw new Error('within transaction() an outbox works only with the transaction that was given')
  }

  async #commitWaiting() {
    while (this.#last !== undefined) await this.#last
    const scripts = this.#waiting.splice(0, COMMITTED_TOGETHER)
    if (this.#waiting.length > 0) setImmediate(() => this.#commitWaiting())
    const database = this.#database
    let hasBegun = false
    let outcomes
    try {
      database.exec('BEGIN IMMEDIATE')
      hasBegun = true
      outcomes = scripts.map(({ script }) => this.#attempt(script, database, scripts.length > 1))
      database.exec('COMMIT')
    } catch (error) {
      // It may be a transaction of the caller that prevents ours.
      if (hasBegun) rollBack(database)
      for (const { reject } of scripts) reject(error)
      return
    }
    for (const [at, { reply, error }] of outcomes.entries()) {
      if (error === undefined) scripts[at].resolve(reply)
      else scripts[at].reject(error)
    }
  }

  /** Runs a script of a transaction. What one of several fails with does not undo the others. */
  #attempt(script, database, isOneOfMany) {
    if (!isOneOfMany) return { reply: this.#runNow(script, database) }
    database.exec('SAVEPOINT linkwa')
    try {
      const reply = this.#runNow(script, database)
      database.exec('RELEASE linkwa')
      return { reply }
    } catch (error) {
      database.exec('ROLLBACK TO linkwa')
      database.exec('RELEASE linkwa')
      return { error }
    }
  }

  #runNow(script, database) {
    const statements = statementsOf(script)
    let step = statements.next()
    while (!step.done) step = statements.next(this.#execute(database, step.value))
    return step.value
  }

  #execute(database, { sql, parameters, returnsRows }) {
    const prepared = this.#prepare(database, sql)
    if (!returnsRows) return { rows: [], changed: Number(prepared.run(...parameters).changes) }
    return { rows: prepared.all(...parameters).map((row) => Object.values(row).map(cell)), changed: 0 }
  }

  #prepare(database, sql) {
    let known = this.#prepared.get(database)
    if (known === undefined) {
      known = new Map()
      this.#prepared.set(database, known)
    }
    let prepared = known.get(sql)
    if (prepared === undefined) {
      prepared = database.prepare(sql)
      known.set(sql, prepared)
    }
    return prepared
  }
}

function latch() {
  let resolve
  const promise = new Promise((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

function rollBack(database) {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has rolled it back already, or the database is gone; the first error says more.
  }
}

/** A database file with Node's own driver. */
function open(path) {
  let sqlite
  try {
    sqlite = require('node:sqlite')
  } catch (error) {
    throw new TypeError('SqliteStore(path) needs Node 22.13 or newer; pass a database of better-sqlite3', {
      cause: error,
    })
  }
  const database = new sqlite.DatabaseSync(path)
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
  database.exec('PRAGMA journal_mode = WAL')
  return database
}

function sqliteOf(database, name = 'database') {
  if (typeof database?.prepare === 'function' && typeof database.exec === 'function') return database
  throw wrongType(name, 'a path, or a database of node:sqlite or better-sqlite3', database)
}

class PostgresStore {
  dialect = 'postgres'
  #pool

  constructor(pool) {
    checked(() => {
      if (typeof pool?.connect !== 'function') throw wrongType('pool', 'a Pool of pg', pool)
    }, PostgresStore)
    this.#pool = pool
  }

  async run(script, transaction) {
    if (transaction === undefined) return this.transaction((client) => runWith(script, client))
    if (typeof transaction.query !== 'function') throw wrongType('transaction', 'a client of pg', transaction)
    return runWith(script, transaction)
  }

  async transaction(work) {
    const client = await this.#connect()
    let broken
    try {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      const result = await work(client)
      const { command } = await client.query('COMMIT')
      if (command !== 'COMMIT') throw new Error('PostgreSQL rolled the transaction back, because a query in it failed')
      return result
    } catch (error) {
      broken = await rolledBack(client)
      throw error
    } finally {
      client.off('error', ignore)
      client.release(broken)
    }
  }

  /**
   * A client that has a listener for errors: without one, a connection that breaks between two queries would end the program; the
   * next query fails then. A connection can break with its first message, before a promise is resolved, so the pool of `pg` gets a
   * callback. Other pools may only give a promise.
   */
  #connect() {
    return new Promise((resolve, reject) => {
      const take = (client) => {
        client.on('error', ignore)
        resolve(client)
      }
      const promise = this.#pool.connect((error, client) => (error ? reject(error) : take(client)))
      // What wraps a pool may give both the callback a client and the caller a promise of nothing.
      promise?.then((client) => client && take(client)).catch(reject)
    })
  }
}

function ignore() {}

/** Returns the error if the connection is of no use any more. */
async function rolledBack(client) {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return error
  }
}

async function runWith(script, client) {
  const statements = statementsOf(script)
  let step = statements.next()
  while (!step.done) {
    const { sql, parameters } = step.value
    const { rows, rowCount } = await client.query({ text: sql, values: parameters, rowMode: 'array' })
    step = statements.next({ rows: rows.map((row) => row.map(cell)), changed: rowCount ?? 0 })
  }
  return step.value
}

module.exports = { PostgresStore, SqliteStore }
