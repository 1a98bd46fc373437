'use strict'

// The shared vectors of callbacks (tests/vectors/README.md).

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')

const FOLDER = path.join(__dirname, '..', 'vectors')

function bytesOf(vector) {
  if ('json' in vector) return Buffer.from(JSON.stringify(vector.json))
  if ('text' in vector) return Buffer.from(vector.text)
  if ('base64' in vector) return Buffer.from(vector.base64, 'base64')
  const { head, unit, times, tail } = vector.repeat
  return Buffer.from(head + unit.repeat(times) + tail)
}

function read() {
  const found = []
  for (const name of fs.readdirSync(FOLDER).filter((name) => /^callback-.*\.json$/.test(name))) {
    const file = JSON.parse(fs.readFileSync(path.join(FOLDER, name), 'utf8'))
    onlyHas(file, ['about', 'kind', 'envelope', 'vectors'])
    assert.equal(file.kind, 'callback')
    const { before, after } = file.envelope ?? { before: '', after: '' }
    for (const vector of file.vectors) {
      onlyHas(vector, ['id', 'rule', 'note', 'expect', 'json', 'text', 'base64', 'repeat'])
      const body = Buffer.concat([Buffer.from(before), bytesOf(vector), Buffer.from(after)])
      found.push({ id: vector.id, body, expect: vector.expect })
    }
  }
  assert.ok(found.length > 400)
  return found
}

function onlyHas(object, names) {
  for (const name of Object.keys(object)) assert.ok(names.includes(name), name)
}

module.exports = { onlyHas, vectors: read() }
