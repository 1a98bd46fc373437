'use strict'

// The package linkwa-sandbox as npm gets it: what is in it, and that it runs where it is installed, also under node:test.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')

const ROOT = path.join(__dirname, '..', '..', '..')
const LINKWA = path.join(ROOT, 'node')
const SANDBOX = path.join(ROOT, 'tests', 'sandbox', 'node')
const { builtProgram, platformName, platforms, programName } = require('../../sandbox/node/lib/program.js')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-sandbox-package-'))
after(() => fs.rmSync(folder, { recursive: true, force: true }))

/** The environment without what npm and Node tell their children. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_|^LINKWA_|proxy$/i.test(name)),
)

function run(cwd, command, ...args) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  })
}

/** A package of a folder. Scripts would build again what is there. */
function pack(from) {
  const [{ filename, files }] = JSON.parse(
    run(from, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  )
  return { file: path.join(folder, filename), files: files.map((file) => file.path).sort() }
}

/** An empty folder with these packages installed. */
function install(name, ...packages) {
  const place = path.join(folder, name)
  fs.mkdirSync(place)
  fs.writeFileSync(path.join(place, 'package.json'), '{"private": true}')
  run(place, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...packages)
  return place
}

const manual = fs.readFileSync(path.join(SANDBOX, 'README.md'), 'utf8')
const [first, ofNode] = [...manual.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code)

function tryIn(place) {
  fs.writeFileSync(path.join(place, 'first.mjs'), first)
  assert.match(run(place, process.execPath, 'first.mjs'), /^\+46000000001: Hello$/m)
  assert.match(run(place, 'npx', '--offline', 'linkwa-sandbox', '--version'), /^linkwa-sandbox \d/)
}

const platform = platformName()
const linkwa = pack(LINKWA)

test('what is packed in a checkout installs and runs in an empty folder', () => {
  const { file, files } = pack(SANDBOX)
  assert.deepEqual(files, [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'bin/linkwa-sandbox.js',
    'index.d.ts',
    'index.js',
    'lib/callbacks.js',
    'lib/program.js',
    'lib/sandbox.js',
    path.basename(builtProgram(platform)),
    'package.json',
  ])
  tryIn(install('whole', linkwa.file, file))
})

test('what is released installs and runs in an empty folder: one package, and one for the platform', () => {
  const source = path.join(folder, 'source')
  const programs = path.join(folder, 'programs')
  fs.mkdirSync(programs)
  for (const name of Object.keys(platforms)) {
    fs.copyFileSync(builtProgram(platform), path.join(programs, path.basename(builtProgram(name))))
  }
  const isBuilt = (file) => path.basename(file).startsWith('linkwa-sandbox.') && !file.endsWith('.js')
  fs.cpSync(SANDBOX, source, { recursive: true, filter: (file) => !isBuilt(file) })
  const repository = { type: 'git', url: 'git+https://example.com/linkwa.git' }
  run(source, 'npm', 'pkg', 'set', 'repository.type=git', `repository.url=${repository.url}`)
  run(source, process.execPath, 'build.js', '--release', programs)

  const released = JSON.parse(fs.readFileSync(path.join(source, 'package.json')))
  const names = Object.keys(platforms).map((name) => `@linkwa/sandbox-${name}`)
  assert.deepEqual(Object.keys(released.optionalDependencies), names)
  assert.deepEqual([...new Set(Object.values(released.optionalDependencies))], [released.version])
  assert.equal(released.scripts, undefined)
  for (const name of ['.', ...Object.keys(platforms).map((name) => path.join('npm', name))]) {
    const { repository: of } = JSON.parse(fs.readFileSync(path.join(source, name, 'package.json')))
    assert.deepEqual(of, repository, name)
  }

  const main = pack(source)
  assert.deepEqual(main.files.filter(isBuilt), [])
  const ofPlatform = pack(path.join(source, 'npm', platform))
  assert.deepEqual(ofPlatform.files, [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    programName(platform),
    'package.json',
  ])
  const place = install('released', linkwa.file, main.file, ofPlatform.file)
  tryIn(place)

  fs.writeFileSync(path.join(place, 'reminder.test.mjs'), ofNode)
  assert.match(run(place, process.execPath, '--test', 'reminder.test.mjs'), /pass 3\b/)

  // Without the platform's package it says what to do.
  fs.rmSync(path.join(place, 'node_modules', '@linkwa'), { recursive: true })
  for (const args of [['first.mjs'], ['node_modules/linkwa-sandbox/bin/linkwa-sandbox.js']]) {
    assert.throws(
      () => run(place, process.execPath, ...args),
      ({ stderr }) => stderr.includes(`@linkwa/sandbox-${platform} is not installed`),
    )
  }
})

test('the versions are one', () => {
  const [sandbox, main] = [SANDBOX, LINKWA].map((of) => JSON.parse(fs.readFileSync(path.join(of, 'package.json'))))
  assert.equal(sandbox.version, main.version)
})

test('the package is what publint and attw want', () => {
  const { file } = pack(SANDBOX)
  const bin = (name) => path.join(LINKWA, 'node_modules', '.bin', name)
  assert.match(run(SANDBOX, bin('publint'), 'run', file, '--strict'), /All good/)
  const types = run(SANDBOX, bin('attw'), file, '--format', 'ascii', '--no-color', '--no-emoji')
  assert.match(types, /No problems found/)
})
