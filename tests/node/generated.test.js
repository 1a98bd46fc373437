'use strict'

// The committed files are those that `make gen` writes.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { generated } = require('../../node/generate.js')
const { ROOT } = require('./support.js')

/** Core's declarations. tests/node/run builds the program that prints them. */
function declarations() {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target')
  return JSON.parse(execFileSync(path.join(target, 'debug', 'examples', 'declarations'), { encoding: 'utf8' }))
}

/** The files that the generator would change. */
function stale(declared) {
  const files = [...generated(declared)]
  assert.equal(files.length, 8)
  return files
    .filter(([file, text]) => fs.readFileSync(file, 'utf8') !== text)
    .map(([file]) => path.relative(path.join(ROOT, 'node'), file))
}

test('generated files are up to date', () => {
  assert.deepEqual(stale(declarations()), [], 'run make gen')
})

test('a changed declaration makes generated files stale', () => {
  const declared = declarations()
  declared.options[0].name = 'another_name'
  assert.deepEqual(stale(declared), ['lib/declared.js', 'types/client.d.ts'])
})
