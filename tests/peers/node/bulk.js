'use strict'

// Peak memory of a bulk send: `bulk.js URL CA_FILE CONNECTIONS COUNT` sends to so many destinations over so many connections,
// and prints the process's peak in KiB.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { linkwa } = require('./measure.js')

const [connections, count] = process.argv.slice(4).map(Number)

function* numbers() {
  for (let index = 0; index < count; index++) yield `+4670${String(index).padStart(7, '0')}`
}

async function main() {
  const client = new linkwa.Client({
    baseUrl: `${process.argv[2]}/whatsapp-message`,
    username: 'user',
    password: 'secret',
    platformId: 'platform',
    platformPartnerId: 'partner',
    source: '+46000000000',
    maxConnections: connections,
    caFile: process.argv[3],
  })
  let sent = 0
  for await (const { error, destinations } of client.sendMany(numbers(), {
    type: 'text',
    text: { body: 'We are moving' },
  })) {
    if (!error) sent += destinations.length
  }
  assert.equal(sent, count)
  await client.close()
  console.log(/^VmHWM:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'ascii'))[1])
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
