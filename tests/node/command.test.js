'use strict'

// `npx linkwa` by the cases of tests/commands.json.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { cases, password, account } = require('../commands.json')
const { ROOT, startSandbox } = require('./support.js')

/** Runs the command without any setting of this machine. */
async function run(given, environment, stdin = '') {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LINKWA_')))
  const file = path.join(ROOT, 'node', 'cli.js')
  const child = spawn(process.execPath, [file, ...given], { cwd: ROOT, env: { ...env, ...environment } })
  child.stdin.on('error', () => {}) // it may end without reading everything
  child.stdin.end(stdin)
  const read = async (stream) => (await stream.toArray()).join('')
  const ended = new Promise((resolve) => child.on('exit', (status) => resolve(status)))
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)])
  return { status: await ended, stdout, stderr }
}

/** Whether each member that is expected is there and equal. */
function matches(actual, expected) {
  if (Array.isArray(expected)) {
    return actual?.length === expected.length && expected.every((item, index) => matches(actual[index], item))
  }
  if (typeof expected !== 'object') return actual === expected
  return Object.entries(expected).every(([name, value]) => matches(actual?.[name], value))
}

const has = (text) => (part) => text.includes(part)

test('the command behaves as its table says', async () => {
  assert.ok(cases.length > 50)
  const sandbox = await startSandbox({ password })
  for (const { id, arguments: given, stdin, gateway, environment, hides = [], status, output, errors = [] } of cases) {
    const env = { ...(gateway ? { ...account, LINKWA_BASE_URL: sandbox.baseUrl } : {}), ...environment }
    const ended = await run(given, env, stdin)
    assert.equal(ended.status, status, `${id}: ${ended.stderr}`)
    for (const secret of [password, ...hides]) assert.ok(!(ended.stdout + ended.stderr).includes(secret), id)
    assert.ok(errors.every(has(ended.stderr)), `${id}: ${ended.stderr}`)
    if (output === 'none') assert.ok(ended.stdout === '' && ended.stderr !== '', id)
    else if (output.has) assert.ok(output.has.every(has(ended.stdout)), `${id}: ${ended.stdout}`)
    else {
      const lines = ended.stdout.split('\n').slice(0, -1)
      assert.ok(matches(lines.map(JSON.parse), output), `${id}: ${ended.stdout}`)
    }
  }
})

test('Ctrl-C ends the command without a traceback', { skip: process.platform === 'win32' }, async () => {
  const child = spawn(process.execPath, [
    path.join(ROOT, 'node', 'cli.js'),
    'validate',
    '--format',
    'json',
    '--lines',
    '-',
  ])
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  const errors = child.stderr.toArray()
  // It has read a line, so it is running.
  child.stdin.write('{}\n')
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.kill('SIGINT')
  assert.equal(await ended, 'SIGINT')
  assert.equal((await errors).join(''), '')
})
