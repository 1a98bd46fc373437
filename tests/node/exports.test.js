'use strict'

// The exports of the package, for each way to import it, and the cost of loading it.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const linkwa = require('../../node/index.js')
const { PACKAGE, compile, errorsOf, oldest, ts } = require('./typescript.js')

const manifest = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json')))

test('ES modules import the same objects that CommonJS requires', async () => {
  const modules = await import('../../node/index.mjs')
  assert.deepEqual(Object.keys(modules).sort(), [...Object.keys(linkwa), 'default'].sort())
  assert.equal(modules.default, linkwa)
  assert.equal(linkwa.default, linkwa)
  for (const [name, value] of Object.entries(linkwa)) assert.equal(modules[name], value, name)
})

test('the receiver is an export of its own, for CommonJS and ES modules', async () => {
  const path = manifest.exports['./receiver']
  assert.deepEqual(path, { types: './receiver.d.ts', default: './receiver.js' })
  const required = require('../../node/receiver.js')
  const { default: whole, ...named } = await import('../../node/receiver.js')
  assert.equal(whole, required)
  assert.deepEqual(Object.keys(required), ['CallbackReceiver'])
  for (const [name, value] of Object.entries(required)) assert.equal(named[name], value, name)
})

test('the outbox is an export of its own, for CommonJS and ES modules', async () => {
  const path = manifest.exports['./outbox']
  assert.deepEqual(path, { types: './outbox.d.ts', default: './outbox.js' })
  const required = require('../../node/outbox.js')
  const { default: whole, ...named } = await import('../../node/outbox.js')
  assert.equal(whole, required)
  assert.deepEqual(Object.keys(required), ['Outbox', 'PostgresStore', 'SqliteStore'])
  for (const [name, value] of Object.entries(required)) assert.equal(named[name], value, name)
})

test('OpenTelemetry is an export of its own, for CommonJS and ES modules', async () => {
  const path = manifest.exports['./otel']
  assert.deepEqual(path, { types: './otel.d.ts', default: './otel.js' })
  const required = require('../../node/otel.js')
  const { default: whole, ...named } = await import('../../node/otel.js')
  assert.equal(whole, required)
  assert.deepEqual(Object.keys(required), ['contextOf', 'instrument'])
  for (const [name, value] of Object.entries(required)) assert.equal(named[name], value, name)
})

test('each verb is a method of the client and a function, with its name and its number of arguments', () => {
  const verbs = Object.keys(linkwa).filter((name) => /^(send|build)/.test(name))
  assert.ok(verbs.length >= 13)
  for (const name of verbs) {
    const { value, ...rest } = Object.getOwnPropertyDescriptor(linkwa.Client.prototype, name)
    assert.deepEqual(rest, { writable: true, enumerable: false, configurable: true }, name)
    const length = ['sendRequest', 'sendRaw'].includes(name) ? 2 : 3
    for (const verb of [value, linkwa[name]]) {
      assert.deepEqual([verb.name, verb.length, Object.hasOwn(verb, 'prototype')], [name, length, false])
    }
  }
})

test('the types export what the package exports', () => {
  for (const file of ['index.js', 'index.mjs']) {
    const { checker, source } = compile(`export * from './${file}'`)
    const values = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).filter((symbol) => {
      const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      return (flags & ts.SymbolFlags.Value) !== 0
    })
    assert.deepEqual(values.map(({ name }) => name).sort(), Object.keys(linkwa).sort(), file)
  }
})

test('the compiler takes a program that uses everything, and refuses what is wrong in it', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-types-'))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  fs.mkdirSync(path.join(folder, 'node_modules'))
  fs.symlinkSync(PACKAGE, path.join(folder, 'node_modules', 'linkwa'), 'junction')
  const files = ['usage.ts', 'usage.mts'].map((name) => path.join(folder, name))
  for (const file of files) fs.copyFileSync(path.join(__dirname, path.basename(file)), file)
  const options = { preserveSymlinks: true, noUncheckedIndexedAccess: true, skipLibCheck: false }
  assert.deepEqual(errorsOf(files, options), [])
  assert.equal(oldest.version, '5.2.2')
  assert.match(fs.readFileSync(path.join(PACKAGE, 'README.md'), 'utf8'), /TypeScript 5\.2 or newer/)
  assert.deepEqual(errorsOf(files, options, oldest), [])

  const used = fs.readFileSync(files[1], 'utf8')
  for (const name of Object.keys(linkwa)) assert.match(used, new RegExp(`^  ${name},$`, 'm'))
})

test('the version is that of the package and of the core', () => {
  assert.equal(linkwa.version, manifest.version)
  const cargo = fs.readFileSync(path.join(PACKAGE, '..', 'Cargo.toml'), 'utf8')
  assert.equal(linkwa.version, /^version = "(.*)"$/m.exec(cargo)[1])
})

test('the package has no dependencies but optional ones, and its licences are the project’s', () => {
  for (const kind of ['dependencies', 'optionalDependencies']) assert.equal(manifest[kind], undefined)
  // Programs without TypeScript or OpenTelemetry do not get them.
  const optional = { optional: true }
  assert.deepEqual(manifest.peerDependencies, { '@opentelemetry/api': '>=1.9.0 <2', '@types/node': '>=20' })
  assert.deepEqual(manifest.peerDependenciesMeta, { '@opentelemetry/api': optional, '@types/node': optional })
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
    const [ours, theProjects] = [PACKAGE, path.join(PACKAGE, '..')].map((folder) =>
      fs.readFileSync(path.join(folder, name)),
    )
    assert.deepEqual(ours, theProjects)
  }
})

test('the lock file names no registry', () => {
  const lock = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package-lock.json')))
  const packages = Object.entries(lock.packages).filter(([name]) => name !== '')
  assert.ok(packages.length > 50)
  for (const [name, { integrity, resolved }] of packages) {
    assert.equal(resolved, undefined, name)
    assert.match(integrity, /^sha512-/, name)
  }
})

test('the loader and the release know the same platforms', () => {
  const loader = fs.readFileSync(path.join(PACKAGE, 'lib', 'binding.js'), 'utf8')
  const loaded = [...loader.matchAll(/require\('(?:\.\.\/linkwa\.|@linkwa\/binding-)([\w-]+?)(?:\.node)?'\)/g)]
  const names = loaded.map(([, name]) => name)
  const words = { x86_64: 'x64', aarch64: 'arm64', linux: 'linux', darwin: 'darwin', windows: 'win32' }
  const released = manifest.napi.targets.map((target) => {
    const [arch, , system, abi] = target.split('-')
    return [words[system], words[arch], abi].filter(Boolean).join('-')
  })
  assert.deepEqual(names.toSorted(), released.flatMap((name) => [name, name]).toSorted())
  const listed = loader.matchAll(/^ {2}'([\w-]+)',$/gm)
  assert.deepEqual([...listed].map(([, name]) => name).toSorted(), released.toSorted())
})

test('bundlers treat each addon as optional, because it is required inside a `try`', () => {
  const file = path.join(PACKAGE, 'lib', 'binding.js')
  const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const outside = []
  let count = 0
  const visit = (node, isTried) => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'require' && /linkwa/.test(node.getText())) {
      count += 1
      if (!isTried) outside.push(node.getText())
    }
    if (ts.isTryStatement(node)) {
      visit(node.tryBlock, true)
      for (const part of [node.catchClause, node.finallyBlock]) if (part) visit(part, isTried)
    } else {
      // A function inside the `try` may be called after it.
      ts.forEachChild(node, (child) => visit(child, isTried && !ts.isFunctionLike(node)))
    }
  }
  visit(source, false)
  assert.deepEqual(outside, [])
  assert.equal(count, 2 * manifest.napi.targets.length)
})

test('loading the package loads its own few files, one addon, and no large part of Node', () => {
  const program = `
    const had = new Set(process.moduleLoadList)
    require(${JSON.stringify(path.join(PACKAGE, 'index.js'))})
    const native = process.moduleLoadList.filter((name) => !had.has(name))
    console.log(JSON.stringify({ files: Object.keys(require.cache), native }))
  `
  const { files, native } = JSON.parse(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }))
  const inside = files.map((file) => path.relative(PACKAGE, file).replaceAll('\\', '/'))
  assert.equal(inside.filter((file) => file.endsWith('.node')).length, 1)
  const others = inside.filter((file) => !file.endsWith('.node') && file !== 'index.js')
  for (const file of others) assert.match(file, /^lib\/[\w-]+\.js$/)
  assert.ok(others.length < 25)
  assert.ok(others.every((file) => !/receiver|outbox|otel/.test(file)))
  // This module of Node loads no other one.
  assert.deepEqual(
    native.filter((name) => name !== 'NativeModule diagnostics_channel'),
    [],
  )
})
