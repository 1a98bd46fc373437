// Records which callbacks were handled, in one SQLite database with the data of their handlers. The endpoints beside this file
// use it. With another database do the same there: one transaction that begins with the key and is committed after the handler.
//
// Node 22.13 or newer. On Node 20: npm install better-sqlite3, and import DatabaseSync from 'better-sqlite3'

import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a callback waits for other processes. */
const PATIENCE_MS = 10_000

/** Does something once no other process holds the lock, without blocking the event loop. */
async function patiently(step) {
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return step()
    } catch (error) {
      const isBusy = (error.errcode & 0xff) === 5 || /^SQLITE_BUSY/.test(error.code) // of node:sqlite, of better-sqlite3
      if (!isBusy || Date.now() > until) throw error
      await sleep(20)
    }
  }
}

export class CallbackStore {
  #db
  #last = Promise.resolve()

  constructor(db) {
    this.#db = db
  }

  static async open(file) {
    const db = new DatabaseSync(file)
    db.exec('PRAGMA busy_timeout = 0')
    await patiently(() =>
      db.exec(`
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS handled (key TEXT PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS reports (ref_id, message_id, status);
        CREATE TABLE IF NOT EXISTS inbox (reply_to, text);
      `),
    )
    return new CallbackStore(db)
  }

  /**
   * Calls `handle` with the database, unless the callback was handled before. Its writes are committed together with the key, and
   * only on success: otherwise the callback can come again. Callbacks are handled one after the other, across all processes.
   */
  handleOnce(key, handle) {
    const turn = this.#last.then(() => this.#transaction(key, handle))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #transaction(key, handle) {
    const db = this.#db
    await patiently(() => db.exec('BEGIN IMMEDIATE'))
    try {
      const { changes } = db.prepare('INSERT OR IGNORE INTO handled VALUES (?)').run(key)
      if (Number(changes) === 1) await handle(db)
      db.exec('COMMIT')
    } catch (error) {
      try {
        db.exec('ROLLBACK')
      } catch {} // SQLite may have rolled back already
      throw error
    }
  }
}
