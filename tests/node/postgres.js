'use strict'

// A PostgreSQL for the tests, by tests/with-postgres.

const { spawn } = require('node:child_process')
const path = require('node:path')
const readline = require('node:readline')

/**
 * How `pg` reaches a PostgreSQL that ends with `after`, or the one that LINKWA_TEST_POSTGRES names; `undefined` if none is
 * installed.
 */
async function findPostgres(after) {
  const command = path.join(__dirname, '..', 'with-postgres')
  // `cat` ends with this process, and the server with it.
  const server = spawn(command, ['sh', '-c', 'echo "<$LINKWA_TEST_POSTGRES>"; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  after(() => {
    server.stdin.end()
    return ended
  })
  for await (const line of readline.createInterface({ input: server.stdout })) {
    const [, conninfo] = /^<(.*)>$/.exec(line)
    if (conninfo !== '') return connectionOf(conninfo)
    if (process.env.LINKWA_NO_SKIP) throw new Error('PostgreSQL is not installed, and LINKWA_NO_SKIP is set')
    return undefined
  }
  throw new Error(`${command} did not start a server`)
}

/** How `pg` reaches the server of libpq's "host=… user=… dbname=…". */
function connectionOf(conninfo) {
  const { host, user, dbname } = Object.fromEntries(conninfo.split(' ').map((part) => part.split('=')))
  return { host, user, database: dbname }
}

module.exports = { connectionOf, findPostgres }
