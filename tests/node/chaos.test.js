'use strict'

// An outbox whose workers are killed while a gateway misbehaves. tests/python/chaos.py runs it with as many messages as you like.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { drivers } = require('./outbox-support.js')

const ROOT = path.join(__dirname, '..', '..')
const NO_POSTGRES = 77

for (const engine of ['node:sqlite', 'better-sqlite3', 'postgres']) {
  test(`${engine}: workers are killed, and nothing is sent twice`, async (t) => {
    if (!drivers.includes(engine)) {
      // Whether there is a driver for SQLite depends on the version of Node.
      assert.ok(engine !== 'postgres' || !process.env.LINKWA_NO_SKIP)
      return t.skip('it is not available')
    }
    const worker = `'${process.execPath}' '${path.join(__dirname, 'chaos-worker.js')}'`
    const options = ['--worker', worker, '--store', engine, '--messages', '500', '--kill-every', '0.5']
    const { code, out, err } = await run(process.env.PYTHON ?? 'python3', ['tests/python/chaos.py', ...options])
    if (code === NO_POSTGRES && !process.env.LINKWA_NO_SKIP) return t.skip(err)
    assert.equal(code, 0, err)
    t.diagnostic(out)
    const counted = JSON.parse(out)
    assert.ok(counted.killed > 0 && counted.accepted > 400)
    assert.equal(counted.accepted + counted.rejected + counted['in doubt'], 500)
  })
}

/** Runs a program of Python. */
function run(python, args) {
  const env = { ...process.env, PYTHONPATH: path.join(ROOT, 'tests', 'sandbox', 'python') }
  const child = spawn(python, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
}
