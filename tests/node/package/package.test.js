'use strict'

// The package as it is published: its files, and that it runs after an installation.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')

const ROOT = path.join(__dirname, '..', '..', '..')
const PACKAGE = path.join(ROOT, 'node')
const manifest = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json')))
const [addon, ...others] = fs.readdirSync(PACKAGE).filter((name) => name.endsWith('.node'))
const platform = addon.slice('linkwa.'.length, -'.node'.length)

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-package-'))
after(() => fs.rmSync(folder, { recursive: true, force: true }))

/** The environment without the variables that npm and Node set for their children. */
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

/** Packs a folder into the folder of this test, without scripts, which would build everything again. */
function pack(from) {
  const [{ filename, files, size, unpackedSize }] = JSON.parse(
    run(from, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  )
  return { file: path.join(folder, filename), files: files.map((file) => file.path).sort(), size, unpackedSize }
}

/** Installs these packages into an empty folder, together with the programs that test them. */
function install(name, ...packages) {
  const place = path.join(folder, name)
  fs.mkdirSync(place)
  fs.writeFileSync(path.join(place, 'package.json'), '{"private": true}')
  run(place, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...packages)
  for (const program of ['smoke.cjs', 'smoke.mjs'])
    fs.copyFileSync(path.join(__dirname, program), path.join(place, program))
  return place
}

function tryIn(place) {
  for (const program of ['smoke.cjs', 'smoke.mjs']) assert.equal(run(place, process.execPath, program), 'smoke: ok\n')
}

test('the addon is small', () => {
  assert.deepEqual(others, [])
  const { size } = fs.statSync(path.join(PACKAGE, addon))
  assert.ok(size < 5_200_000, `${addon} has ${size} bytes`)
})

test('what is packed installs and runs in an empty folder', () => {
  const packed = pack(PACKAGE)
  const allowed =
    /^(package\.json|README\.md|LICENSE-\w+|cli\.js|index\.(js|mjs|d\.ts|d\.mts)|(otel|outbox|receiver)\.(js|d\.ts)|lib\/[\w-]+\.js|types\/[\w-]+\.d\.ts)$/
  assert.deepEqual(
    packed.files.filter((file) => !allowed.test(file)),
    [addon],
  )
  for (const file of [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'cli.js',
    'index.d.mts',
    'index.d.ts',
    'index.js',
    'index.mjs',
    'otel.d.ts',
    'otel.js',
    'outbox.d.ts',
    'outbox.js',
    'receiver.d.ts',
    'receiver.js',
  ]) {
    assert.ok(packed.files.includes(file), file)
  }
  const place = install('whole', packed.file)
  assert.deepEqual(
    fs.readdirSync(path.join(place, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['linkwa'],
  )
  tryIn(place)
})

test('what is released installs and runs in an empty folder: one package, and one for the platform', () => {
  const source = path.join(folder, 'source')
  fs.mkdirSync(source)
  for (const name of [...manifest.files.filter((name) => !/[*]/.test(name)), 'package.json']) {
    fs.cpSync(path.join(PACKAGE, name), path.join(source, name), { recursive: true })
  }
  // Like `napi create-npm-dirs`, `napi artifacts` and `napi prepublish`.
  const napi = path.join(PACKAGE, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js')
  run(source, process.execPath, napi, 'create-npm-dirs')
  const platforms = fs.readdirSync(path.join(source, 'npm')).sort()
  for (const name of platforms) {
    fs.mkdirSync(path.join(source, 'artifacts', name), { recursive: true })
    fs.copyFileSync(path.join(PACKAGE, addon), path.join(source, 'artifacts', name, `linkwa.${name}.node`))
  }
  run(source, process.execPath, napi, 'artifacts', '--output-dir', 'artifacts')
  run(source, process.execPath, napi, 'prepublish', '--tag-style', 'npm', '--skip-optional-publish', '--no-gh-release')
  for (const name of platforms) fs.rmSync(path.join(source, `linkwa.${name}.node`))

  const released = JSON.parse(fs.readFileSync(path.join(source, 'package.json')))
  const bindings = platforms.map((name) => `@linkwa/binding-${name}`)
  assert.deepEqual(Object.keys(released.optionalDependencies).sort(), bindings)
  assert.deepEqual(
    Object.values(released.optionalDependencies),
    bindings.map(() => manifest.version),
  )

  const main = pack(source)
  assert.ok(!main.files.some((file) => file.endsWith('.node')))
  const binding = pack(path.join(source, 'npm', platform))
  assert.ok(binding.files.includes(`linkwa.${platform}.node`))
  const place = install('released', main.file, binding.file)
  assert.ok(!fs.existsSync(path.join(place, 'node_modules', 'linkwa', `linkwa.${platform}.node`)))
  tryIn(place)

  // Without the package of the platform, the error says what to do.
  fs.rmSync(path.join(place, 'node_modules', '@linkwa'), { recursive: true })
  assert.throws(
    () => run(place, process.execPath, 'smoke.cjs'),
    ({ stderr }) =>
      stderr.includes(`@linkwa/binding-${platform} is not installed`) && stderr.includes('ERR_LINKWA_ADDON'),
  )
  // If that package cannot be loaded, the error says why.
  const broken = path.join(place, 'node_modules', '@linkwa', `binding-${platform}`)
  fs.cpSync(path.join(source, 'npm', platform), broken, { recursive: true })
  fs.writeFileSync(path.join(broken, `linkwa.${platform}.node`), 'no addon')
  assert.throws(
    () => run(place, process.execPath, 'smoke.cjs'),
    ({ stderr }) => stderr.includes(`the addon for ${platform} cannot be loaded: `),
  )
})

test('the package is what publint and attw want', () => {
  const { file } = pack(PACKAGE)
  const bin = (name) => path.join(PACKAGE, 'node_modules', '.bin', name)
  const published = run(PACKAGE, bin('publint'), 'run', file, '--strict')
  assert.match(published, /All good!/)
  const types = run(PACKAGE, bin('attw'), file, '--format', 'ascii', '--no-color', '--no-emoji')
  assert.match(types, /No problems found/)
})
