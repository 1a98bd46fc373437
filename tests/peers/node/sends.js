'use strict'

// 64 sends at once: `Client.sendText` beside undici's `request` and the global `fetch`, which keep their connections.
// `sends.js URL` measures the plain responder, `sends.js URL CA_FILE` the TLS gateway.

const assert = require('node:assert/strict')
const { randomUUID } = require('node:crypto')
const fs = require('node:fs')
const tls = require('node:tls')
const { Agent, request } = require('undici')
const { AT_ONCE, concurrentSends, linkwa } = require('./measure.js')

const BASE = `${process.argv[2]}/whatsapp-message`
const URL = `${BASE}/messages`
const TO = '+46000000001'
const CA_FILE = process.argv[3]
const EXPECTED = '8aU6cwxAKE9NzMLrS6M82Y'

const client = new linkwa.Client({
  baseUrl: BASE,
  username: 'user',
  password: 'secret',
  platformId: 'platform',
  platformPartnerId: 'partner',
  source: '+46000000000',
  maxConnections: AT_ONCE,
  caFile: CA_FILE,
})
if (CA_FILE) tls.setDefaultCACertificates([fs.readFileSync(CA_FILE, 'utf8')]) // of undici and of fetch
const dispatcher = new Agent({ connections: AT_ONCE, pipelining: 1 })
const headers = {
  authorization: `Basic ${Buffer.from('user:secret').toString('base64')}`,
  'content-type': 'application/json',
}

/** What `sendText` posts; the reference is new each time. */
function textBody() {
  return JSON.stringify({
    platformId: 'platform',
    platformPartnerId: 'partner',
    priority: 'NORMAL',
    refId: randomUUID(),
    source: '+46000000000',
    destinations: [TO],
    messages: [{ type: 'text', text: { body: 'Hello' } }],
  })
}

/** The id of a message that was accepted. */
function messageId(status, answer) {
  if (status !== 200) throw new Error(`HTTP ${status}`)
  if (answer.resultCode !== 112001) throw new Error(answer.description)
  return answer.messageIds[0]
}

const withLinkwa = async () => (await client.sendText(TO, 'Hello')).messageIds[0]

async function withUndici() {
  const { statusCode, body } = await request(URL, { method: 'POST', headers, body: textBody(), dispatcher })
  return messageId(statusCode, await body.json())
}

async function withFetch() {
  const response = await fetch(URL, { method: 'POST', headers, body: textBody() })
  return messageId(response.status, await response.json())
}

/** A body without its reference, which is new each time. */
const parts = (body) => ({ ...JSON.parse(body), refId: '' })

async function main() {
  assert.deepEqual(parts(client.build(TO, { type: 'text', text: { body: 'Hello' } })), parts(textBody()))
  for (const side of [withLinkwa, withUndici, withFetch]) assert.equal(await side(), EXPECTED)
  // The gateway's delay allows 1,280 a second.
  const [kind, size] = CA_FILE
    ? ['gateway', { slices: 12, count: 1280, withRaw: false }]
    : ['concurrent', { slices: 40, count: 2000, withRaw: true }]
  await concurrentSends(`node-${kind}/undici`, withLinkwa, withUndici, size)
  await concurrentSends(`node-${kind}/fetch`, withLinkwa, withFetch, size)
  await dispatcher.close()
  await client.close()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
