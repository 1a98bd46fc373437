// Sends one text to very many numbers and shows how far it is. It can be stopped with Ctrl-C and goes on where it was.
//
//     npm install linkwa
//     node bulk-send.mjs numbers.txt "We are moving" --rate 500
//
// numbers.txt has one number a line and must stay as it is. Beside it, numbers.checkpoint says what was dealt with: run the same again
// for those that failed or were not reached, and take it away to begin anew. After one Ctrl-C what is under way comes to its end,
// after a second it is broken off. Who and where: the environment, as for first-message.mts.

import fs from 'node:fs'
import readline from 'node:readline'
import { parseArgs } from 'node:util'
import { Client } from 'linkwa'

/** Writes the file whole or not at all. */
function keep(text, file) {
  fs.writeFileSync(`${file}.new`, text, { flush: true })
  fs.renameSync(`${file}.new`, file)
}

/** The numbers of a file, read as they are needed. */
async function* numbersIn(file) {
  for await (const line of readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity })) {
    if (line.trim() !== '') yield line.trim()
  }
}

/** Gives the program's exit status: 0 if every number was accepted, now or earlier. */
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
    // Requests that began after it was written are not in it.
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
