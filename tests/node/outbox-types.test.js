'use strict'

// The types of the outbox match it, all is documented, and the examples in the types run.

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { Outbox, PostgresStore, SqliteStore } = require('../../node/outbox.js')
const { OutboxRun } = require('../../node/lib/outbox-many.js')
const { SECRET, nodeWithSqlite, startSandbox } = require('./support.js')
const { PACKAGE, compile, ts } = require('./typescript.js')

const { checker, source } = compile("export * from './outbox.js'")
const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
})

test('the classes have the members of their types', () => {
  for (const Class of [Outbox, PostgresStore, SqliteStore, OutboxRun]) {
    const name = Class === OutboxRun ? 'OutboxSendMany' : Class.name
    const type = checker.getDeclaredTypeOfSymbol(exported.find((symbol) => symbol.name === name))
    const typed = checker.getPropertiesOfType(type).map((member) => member.name)
    const own = Object.getOwnPropertyNames(Class.prototype).filter((member) => member !== 'constructor')
    // A store has `dialect` on itself, and `run` for the outbox alone.
    const expected = Class.name.endsWith('Store') ? ['dialect', ...own.filter((member) => member !== 'run')] : own
    const names = typed.filter((member) => !member.startsWith('__@'))
    assert.deepEqual(names.sort(), expected.sort(), name)
  }
})

test('everything is documented', () => {
  const without = []
  let count = 0
  for (const symbol of exported) {
    const members = symbol.declarations.flatMap((declaration) => [...(declaration.members ?? [])])
    const named = members.filter(({ name }) => name !== undefined).map(({ name }) => checker.getSymbolAtLocation(name))
    for (const one of [symbol, ...named]) {
      count += 1
      const text = ts.displayPartsToString(one.getDocumentationComment(checker)).trim()
      if (text.length < 4) without.push(`${symbol.name}.${one.name}`)
    }
  }
  assert.ok(count > 60, String(count))
  assert.deepEqual(without, [])
})

const examples = [
  ...fs.readFileSync(path.join(PACKAGE, 'types', 'outbox.d.ts'), 'utf8').matchAll(/```ts\n(.*?)```/gs),
].map(([, text]) => text.replaceAll(/^ *\* ?/gm, ''))

for (const [index, text] of examples.entries()) {
  test(`example ${index} compiles and runs`, async (t) => {
    // `pg` brings no types, and needs a server.
    if (text.includes("'pg'")) return t.skip('it needs PostgreSQL')
    const compiled = compile(
      text.replaceAll(/'linkwa(\/\w+)?'/g, (_, part) => `'.${part ?? '/index'}.js'`),
      {
        types: ['node'],
        typeRoots: [path.join(PACKAGE, 'node_modules', '@types')],
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
      },
    )
    assert.deepEqual(compiled.errors(), [])
    const node = nodeWithSqlite()
    if (node === undefined) return t.skip('it needs a Node with SQLite')
    const sandbox = await startSandbox()
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-outbox-example-'))
    t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
    const { outputText } = ts.transpileModule(text, { compilerOptions: { target: 'es2022', module: 'esnext' } })
    const place = (part) =>
      `'${pathToFileURL(path.join(PACKAGE, part === undefined ? 'index.mjs' : `${part}.js`)).href}'`
    const script = outputText.replaceAll(/'linkwa(\/\w+)?'/g, (_, part) => place(part))
    const file = path.join(folder, 'example.mjs')
    fs.writeFileSync(file, script)
    const env = {
      NODE_NO_WARNINGS: '1',
      LINKWA_BASE_URL: sandbox.baseUrl,
      LINKWA_USERNAME: 'user',
      LINKWA_PASSWORD: SECRET,
      LINKWA_PLATFORM_ID: 'p',
      LINKWA_PLATFORM_PARTNER_ID: 'pp',
      LINKWA_SOURCE: '+46000000000',
    }
    const { error, out, err } = await new Promise((resolve) => {
      execFile(node, [file], { cwd: folder, env, timeout: 120_000 }, (error, out, err) => resolve({ error, out, err }))
    })
    assert.deepEqual([error, err], [null, ''])
    const said = [...text.matchAll(/console\.log\(.*\) \/\/ ([\w ]+)/g)].map(([, comment]) =>
      comment.split(' and ')[0].trim(),
    )
    for (const line of said)
      assert.ok(
        out.split('\n').some((printed) => line.startsWith(printed) && printed),
        out,
      )
  })
}

test('there are examples', () => assert.ok(examples.length >= 4, String(examples.length)))
