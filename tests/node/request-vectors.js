'use strict'

// The shared request vectors (tests/vectors/README.md).

const fs = require('node:fs')
const path = require('node:path')

const FOLDER = path.join(__dirname, '..', 'vectors')
/** Findings as a vector lists them: without their sentences, and with a suggestion only where the vector has one. */
function listed(findings, expected) {
  return findings.map(({ path, code, severity, suggestion = null }, index) =>
    'suggestion' in (expected[index] ?? {}) ? { path, code, severity, suggestion } : { path, code, severity },
  )
}

const MEMBERS = new Set(['id', 'rule', 'note', 'json', 'text', 'base64', 'repeat', 'extensions', 'findings', 'output'])

function bytesOf(vector) {
  if ('json' in vector) return Buffer.from(JSON.stringify(vector.json))
  if ('text' in vector) return Buffer.from(vector.text)
  if ('base64' in vector) return Buffer.from(vector.base64, 'base64')
  const { head, unit, times, tail } = vector.repeat
  return Buffer.from(head + unit.repeat(times) + tail)
}

function read() {
  const found = []
  for (const file of fs.readdirSync(FOLDER).sort()) {
    if (!/^request-.*\.json$/.test(file)) continue
    const { envelope = { before: '', after: '' }, vectors } = JSON.parse(fs.readFileSync(path.join(FOLDER, file)))
    for (const vector of vectors) {
      const strange = Object.keys(vector).filter((name) => !MEMBERS.has(name))
      if (strange.length > 0) throw new Error(`${vector.id} has ${strange}`)
      const enveloped = (bytes) => Buffer.concat([Buffer.from(envelope.before), bytes, Buffer.from(envelope.after)])
      const given = enveloped(bytesOf(vector))
      found.push({
        id: vector.id,
        /** The whole request. */
        given,
        /** Whether an object has the same JSON. */
        isJson: 'json' in vector,
        /** Whether it is for a client with the setting `extensions`. */
        extensions: vector.extensions === true,
        findings: vector.findings,
        isValid: vector.findings.every((finding) => finding.severity !== 'error'),
        /** The request that is posted if there is no error. */
        output: 'output' in vector ? enveloped(Buffer.from(vector.output)) : given,
      })
    }
  }
  if (found.length === 0) throw new Error(`no request vectors in ${FOLDER}`)
  return found
}

module.exports = Object.assign(read(), { listed })
