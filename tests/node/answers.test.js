'use strict'

// The shared answer vectors (tests/vectors/README.md), sent by a server byte by byte.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { gunzipSync } = require('node:zlib')
const { ROOT, clientOf, faultServer } = require('./support.js')

const FOLDER = path.join(ROOT, 'tests', 'vectors')
const MEMBERS = ['id', 'rule', 'note', 'status', 'headers', 'body', 'destinations', 'expect']

function bytesOf(body) {
  if ('json' in body) return Buffer.from(JSON.stringify(body.json))
  if ('text' in body) return Buffer.from(body.text)
  if ('base64' in body) return Buffer.from(body.base64, 'base64')
  const { head, unit, times, tail } = body.repeat
  return Buffer.from(head + unit.repeat(times) + tail)
}

// The body that an error keeps: decompressed, if possible.
function unpacked(bytes) {
  try {
    return gunzipSync(bytes)
  } catch {
    return bytes
  }
}

function answerOf({ status, headers = [], body }) {
  const bytes = body === undefined ? Buffer.alloc(0) : bytesOf(body)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  if (body !== undefined && !headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    lines.push('Content-Type: application/json\r\n')
  }
  if (status !== 204) lines.push(`Content-Length: ${bytes.length}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n`), bytes])
}

const known = {
  result: ({ resultCode, description, messageIds, receipts }) => ({
    resultCode,
    description,
    messageIds,
    receipts: receipts.map(({ destination, messageId }) => [destination, messageId]),
  }),
  error: ({ code, outcome, reason, httpStatus, resultCode, description, retryAfter }) => ({
    code,
    outcome,
    reason,
    httpStatus,
    resultCode,
    description,
    retryAfterMs: retryAfter === undefined ? undefined : Math.round(retryAfter * 1000),
  }),
}

const files = fs.readdirSync(FOLDER).filter((file) => /^answer-.*\.json$/.test(file))

for (const file of files) {
  test(file, async () => {
    const { vectors } = JSON.parse(fs.readFileSync(path.join(FOLDER, file)))
    assert.ok(vectors.length > 0)
    let answer
    const server = await faultServer(() => answer)
    const client = clientOf(server.url)
    for (const vector of vectors) {
      assert.deepEqual(
        Object.keys(vector).filter((name) => !MEMBERS.includes(name)),
        [],
        vector.id,
      )
      answer = answerOf(vector)
      const [[kind, expected]] = Object.entries(vector.expect)
      const sent = client.sendText(vector.destinations, 'x')
      const got = await sent.then(
        (result) => ({ kind: 'result', of: result }),
        (error) => ({ kind: 'error', of: error }),
      )
      assert.equal(got.kind, kind, vector.id)
      const found = known[kind](got.of)
      for (const [name, value] of Object.entries(expected)) {
        assert.ok(name in found, `${vector.id}: ${name}`)
        assert.deepEqual(found[name], value ?? undefined, `${vector.id}: ${name}`)
      }
      if (kind === 'error' && vector.body !== undefined) {
        assert.ok(Buffer.isBuffer(got.of.responseBody), vector.id)
        assert.ok(got.of.responseBody.equals(unpacked(bytesOf(vector.body)).subarray(0, 65536)), vector.id)
      }
    }
  })
}

test('each send gets its own answer, whatever it says and however many come together', async () => {
  const descriptions = ['"', '\\', 'a"b\\"', '\0\b\n\r\t\x1f\x7f', 'é\u2028😀', '\\u0041', '[1,{}]', '', undefined]
  const server = await faultServer((body) => {
    const { destinations, messages } = JSON.parse(body)
    const [code, index] = messages[0].text.body.split(' ').map(Number)
    const messageIds = code === 112001 ? destinations.map((_, at) => `id"${index}\\${at}\n`) : undefined
    const json = { resultCode: code, description: descriptions[index % descriptions.length], messageIds }
    return answerOf({ status: code === 112001 ? 200 : 400, body: { json } })
  })
  const client = clientOf(server.url)
  const all = Array.from({ length: 300 }, (_, index) => index)
  const isAccepted = (index) => index % 5 !== 3
  const to = (index) => (index % 3 === 0 ? '+46000000001' : ['+46000000001', '+46000000002'])
  const outcomes = await Promise.allSettled(
    all.map((index) =>
      client.sendText(to(index), `${isAccepted(index) ? 112001 : 101001} ${index}`, { refId: `"${index}" é` }),
    ),
  )
  for (const [index, { value, reason }] of outcomes.entries()) {
    const description = descriptions[index % descriptions.length]
    if (isAccepted(index)) {
      const messageIds = [to(index)].flat().map((_, at) => `id"${index}\\${at}\n`)
      assert.deepEqual(value, {
        refId: `"${index}" é`,
        resultCode: 112001,
        description,
        messageId: messageIds.length === 1 ? messageIds[0] : undefined,
        messageIds,
        receipts: [to(index)].flat().map((destination, at) => ({ destination, messageId: messageIds[at] })),
        warnings: [],
        attempts: 1,
        repeat: false,
      })
    } else assert.deepEqual([reason.resultCode, reason.refId], [101001, `"${index}" é`])
  }
})

test('there are answer vectors', () => assert.ok(files.length >= 2))
