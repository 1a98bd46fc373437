// Sends one text to many numbers, each once, and shows the progress. Run it again after Ctrl-C or a crash.
//
//     npm install linkwa
//     node bulk-send.mjs numbers.txt "We are moving" --rate 100
//
// numbers.txt has one number per line. An outbox in numbers.db beside it records each send before its first byte leaves: the same
// command sends only what was never begun or was not sent, also after kill -9. What may have been accepted is in doubt and is not sent
// again; its event report settles it, if your callback endpoint has an outbox on the same file. The first Ctrl-C lets sends under way
// finish, the second cancels them. It needs Node 22.13 or newer. The environment selects the gateway and the account, as for
// first-message.mts.

import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Client, refIdFor } from 'linkwa'
import { Outbox, SqliteStore } from 'linkwa/outbox'

/** Returns the exit status of the program: 0 if every number was accepted, now or earlier. */
async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rate: { type: 'string' } }, // numbers a second, at most
  })
  const [file, text] = positionals
  if (file === undefined || text === undefined) {
    console.error('usage: node bulk-send.mjs NUMBERS.txt TEXT [--rate NUMBERS_A_SECOND]')
    return 2
  }
  const { dir, name } = path.parse(file)
  const lines = fs.readFileSync(file, 'utf8').split(/\s+/)
  const numbers = new Set(lines.filter((line) => line !== ''))
  const message = /** @type {const} */ ({ type: 'text', text: { body: text } })
  function* items() {
    for (const destination of numbers) yield { destination, message, refId: refIdFor(name, destination) }
  }

  const client = Client.fromEnv()
  const outbox = new Outbox(client, new SqliteStore(path.join(dir, `${name}.db`)))
  await outbox.createSchema()
  const breakOff = new AbortController()
  const run = outbox.sendMany(items(), {
    rate: values.rate === undefined ? undefined : Number(values.rate),
    signal: breakOff.signal,
  })
  let stops = 0
  process.on('SIGINT', () => {
    stops += 1
    if (stops === 1) run.stop()
    else breakOff.abort()
  })

  const counts = () => {
    const { sent, repeated, failed, inDoubt } = run.progress
    return `${sent} accepted, ${repeated} before, ${failed} failed, ${inDoubt} in doubt`
  }
  try {
    for await (const { refId, error } of run) {
      if (error !== undefined) process.stderr.write(`\r${refId}: ${error.message}\n`)
      process.stderr.write(`\r${counts()} `)
    }
  } catch (error) {
    if (!breakOff.signal.aborted) throw error
  } finally {
    process.stderr.write('\n')
    await client.close()
  }
  console.log(counts())
  return run.progress.sent + run.progress.repeated === numbers.size ? 0 : 1
}

process.exitCode = await main()
