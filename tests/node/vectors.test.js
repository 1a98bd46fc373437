'use strict'

// The shared vectors of headers and of paths (tests/vectors/README.md).

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const linkwa = require('../../node/index.js')
const { ROOT, clientOf, faultServer } = require('./support.js')

const FOLDER = path.join(ROOT, 'tests', 'vectors')

function vectorsOf(kind, members) {
  const files = fs.readdirSync(FOLDER).filter((file) => file.startsWith(`${kind}-`))
  const vectors = files.flatMap((file) => JSON.parse(fs.readFileSync(path.join(FOLDER, file))).vectors)
  const known = ['id', 'rule', 'note', ...members]
  for (const vector of vectors)
    assert.ok(
      Object.keys(vector).every((name) => known.includes(name)),
      vector.id,
    )
  assert.ok(vectors.length >= 40)
  return vectors
}

test('headers', () => {
  for (const { id, name, value, valid } of vectorsOf('header', ['name', 'value', 'valid'])) {
    const make = () => clientOf('http://127.0.0.1:9', { headers: { [name]: value } })
    if (valid) {
      assert.doesNotThrow(make, id)
      continue
    }
    const isRefused = (error) =>
      error instanceof linkwa.InvalidConfig && (value.length <= 1 || !error.message.includes(value))
    assert.throws(make, isRefused, id)
  }
})

test('paths', async () => {
  const server = await faultServer(() => 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  const client = clientOf(server.url)
  for (const { id, path, wire, error } of vectorsOf('path', ['path', 'wire', 'error'])) {
    if (wire !== undefined) {
      assert.equal((await client.request('GET', path)).status, 200, id)
      continue
    }
    const isRefused = ({ code, findings }) => {
      assert.deepEqual([code, findings.map((it) => [it.path, it.code])], ['invalid_request', [['path', error]]], id)
      return true
    }
    await assert.rejects(client.request('GET', path), isRefused, id)
  }
})
