// Sends one text to many numbers and shows the progress. Stop it with Ctrl-C; the next start continues.
//
//     npm install linkwa
//     node bulk-send.mjs numbers.txt "We are moving" --rate 500
//
// numbers.txt has one number per line and must stay unchanged. numbers.checkpoint beside it records what is done: run the same
// command again for the numbers that failed or were not reached, and delete it to begin again. The first Ctrl-C lets requests
// under way finish, the second cancels them. The environment selects the gateway and the account, as for first-message.mts.

import fs from 'node:fs'
import readline from 'node:readline'
import { parseArgs } from 'node:util'
import { Client } from 'linkwa'

/** Writes the whole file or nothing. */
function keep(text, file) {
  fs.writeFileSync(`${file}.new`, text, { flush: true })
  fs.renameSync(`${file}.new`, file)
}

/** The numbers of a file, read as needed. */
async function* numbersIn(file) {
  for await (const line of readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity })) {
    if (line.trim() !== '') yield line.trim()
  }
}

/** Returns the exit status of the program: 0 if every number was accepted, now or earlier. */
async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      rate: { type: 'string' }, // destinations a second, at most
      'per-request': { type: 'string' }, // numbers in a request; those of the run that goes on, or 100
    },
  })
  const [file, text] = positionals
  if (file === undefined || text === undefined) {
    console.error('usage: node bulk-send.mjs NUMBERS.txt TEXT [--rate DESTINATIONS_A_SECOND] [--per-request NUMBERS]')
    return 2
  }
  const base = file.replace(/\.[^./\\]*$/, '')
  const checkpoint = `${base}.checkpoint`
  const running = `${base}.running`
  if (fs.existsSync(running)) {
    // It does not contain requests that began after it was written.
    console.error(
      `The last run did not end by itself. Its latest requests are not in ${running}: if no number may get the\n` +
        `text twice, find out by the event reports which were accepted. Then rename it to ${checkpoint}.`,
    )
    return 2
  }

  const client = Client.fromEnv()
  const breakOff = new AbortController()
  const run = client.sendMany(
    numbersIn(file),
    { type: 'text', text: { body: text } },
    {
      destinationsPerRequest: values['per-request'] === undefined ? undefined : Number(values['per-request']),
      rate: values.rate === undefined ? undefined : Number(values.rate),
      resume: fs.existsSync(checkpoint) ? fs.readFileSync(checkpoint, 'utf8') : undefined,
      signal: breakOff.signal,
    },
  )
  let stops = 0
  process.on('SIGINT', () => {
    stops += 1
    if (stops === 1) run.stop()
    else breakOff.abort()
  })

  const counts = () => {
    const { sent, failed, unknown, skipped } = run.progress
    return `${sent} accepted, ${failed} failed, ${unknown} unknown, ${skipped} before`
  }
  let isWhole = true
  keep(run.checkpoint(), running)
  try {
    for await (const { refId, destinations, error } of run) {
      if (error !== undefined) {
        isWhole = false
        process.stderr.write(`\r${refId}, ${destinations.length} numbers: ${error.message}\n`)
      }
      process.stderr.write(`\r${counts()}, ${run.progress.perSecond.toFixed(0)} a second `)
      keep(run.checkpoint(), running)
    }
  } catch (error) {
    if (!breakOff.signal.aborted) throw error
  } finally {
    process.stderr.write('\n')
    keep(run.checkpoint(), running)
    fs.renameSync(running, checkpoint)
    await client.close()
  }
  console.log(`refId ${run.refId}: ${counts()}`)
  return isWhole && stops === 0 ? 0 : 1
}

process.exitCode = await main()
