// The handler of the endpoints beside this file: it stores callbacks in an SQLite database.
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

/**
 * Opens the database, and returns the handler. The receiver calls it again for a callback that comes again after a crash, or that
 * reaches another process. The key makes each row unique, so nothing is stored twice.
 */
export async function openStore(file) {
  const db = new DatabaseSync(file)
  db.exec('PRAGMA busy_timeout = 0')
  await patiently(() =>
    db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS reports (key TEXT PRIMARY KEY, ref_id, message_id, status);
      CREATE TABLE IF NOT EXISTS inbox (key TEXT PRIMARY KEY, reply_to, text);
    `),
  )
  const reports = db.prepare('INSERT INTO reports VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING')
  const inbox = db.prepare('INSERT INTO inbox VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING')
  return (callback) =>
    patiently(() => {
      if (callback.kind === 'eventReport') {
        const { key, refId = null, messageId = null, status } = callback
        reports.run(key, refId, messageId, status)
      } else {
        const { key, replyTo = null, text = null } = callback
        inbox.run(key, replyTo, text)
      }
    })
}
