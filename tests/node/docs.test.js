'use strict'

// The documentation: every program in it compiles and runs, and everything public is documented.
//
// The programs for Node in README.md and node/README.md run unchanged, each in a separate process with the account in the environment.
// They must print what the comments after `console.log(…)` say. client-types.test.js and callback-types.test.js run the examples of
// client.d.ts and callback.d.ts.

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')
const { ResultCode } = require('../../node/index.js')
const { ACCOUNT, ROOT, findProgram, nodeWithSqlite, startSandbox } = require('./support.js')
const { PACKAGE, compile, errorsOf, ts } = require('./typescript.js')

const read = (...names) => fs.readFileSync(path.join(ROOT, ...names), 'utf8')

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-docs-'))
after(() => fs.rmSync(scratch, { recursive: true, force: true }))
fs.mkdirSync(path.join(scratch, 'node_modules'))
fs.symlinkSync(PACKAGE, path.join(scratch, 'node_modules', 'linkwa'), 'junction')
fs.symlinkSync(
  path.join(ROOT, 'tests', 'sandbox', 'node'),
  path.join(scratch, 'node_modules', 'linkwa-sandbox'),
  'junction',
)

const manual = read('node', 'README.md')
const readme = read('README.md')

/** The blocks of code in a Markdown text. Each must name its language. */
function blocks(name, text) {
  const fences = text.match(/^ *```.*$/gm)
  const found = [...text.matchAll(/^```([\w,]+)\n(.*?)^```$/gms)]
  assert.equal(found.length * 2, fences.length, name)
  return found.map(([, language, code], index) => ({ name: `${name} ${index}`, language, code }))
}

const programs = [
  ...blocks('node/README.md', manual),
  ...blocks('README.md', readme),
  ...[...read('node', 'types', 'message.d.ts').matchAll(/```ts\n(.*?)```/gs)].map(([, code], index) => ({
    name: `message.d.ts ${index}`,
    language: 'ts',
    code: code.replaceAll(/^ *\* ?/gm, ''),
  })),
]
  .filter(({ language }) => language === 'js' || language === 'ts')
  .map((program, index) => ({ ...program, file: path.join(scratch, `program-${index}.m${program.language}`) }))
for (const { file, code } of programs) fs.writeFileSync(file, code)

test('there are programs', () => {
  const count = (start) => programs.filter(({ name }) => name.startsWith(start)).length
  assert.deepEqual([count('README.md'), count('node/README.md')], [1, 23])
  assert.ok(count('message.d.ts') >= 4)
})

test('the compiler takes every program', () => {
  const options = { preserveSymlinks: true, allowJs: true, checkJs: true, target: ts.ScriptTarget.ES2022 }
  const errors = errorsOf(
    programs.map(({ file }) => file),
    options,
  )
  assert.deepEqual(errors, [])
})

/** Runs a program, and returns its exit code and output. */
function run(node, file, env) {
  return new Promise((resolve) => {
    execFile(node, [file], { cwd: scratch, env, timeout: 120_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), out, err }),
    )
  })
}

for (const { name, code, file } of programs) {
  test(`the program ${name} runs`, async (t) => {
    const node = code.includes('SqliteStore') ? nodeWithSqlite() : process.execPath
    if (node === undefined) return t.skip('it needs a Node with SQLite')
    const sandbox = await startSandbox()
    const clean = Object.entries(process.env).filter(([variable]) => !/^(LINKWA|NODE)_/.test(variable))
    const env = {
      ...Object.fromEntries(clean),
      LINKWA_SANDBOX: findProgram(),
      LINKWA_BASE_URL: sandbox.baseUrl,
      LINKWA_USERNAME: ACCOUNT.username,
      LINKWA_PASSWORD: ACCOUNT.password,
      LINKWA_PLATFORM_ID: ACCOUNT.platformId,
      LINKWA_PLATFORM_PARTNER_ID: ACCOUNT.platformPartnerId,
      LINKWA_SOURCE: ACCOUNT.source,
      LINKWA_TIMEOUT_MS: '20000',
      // SQLite is experimental in some versions of Node.
      ...(code.includes('SqliteStore') ? { NODE_NO_WARNINGS: '1' } : {}),
    }
    const compilerOptions = { target: 'es2022', module: 'esnext', verbatimModuleSyntax: false }
    const runnable = file.replace(/\.mts$/, '.run.mjs')
    if (runnable !== file) fs.writeFileSync(runnable, ts.transpileModule(code, { compilerOptions }).outputText)
    const done = await run(node, runnable, env)
    assert.equal(done.code, 0, done.err)
    if (!code.includes('console.error')) assert.equal(done.err, '')
    const said = [...code.matchAll(/^ *console\.log\(.*\) \/\/ (.*)$/gm)].map(([, comment]) => comment)
    const printed = done.out.split('\n')
    assert.deepEqual(
      said.filter((line) => printed.includes(line)),
      said,
      done.out,
    )
    const statuses = new Set((await sandbox.requests()).map(({ status }) => status))
    const elsewhere = code.includes('startSandbox(')
    const sends =
      /\bsend\w*\(/.test(code) && !elsewhere && !code.includes('.abort(') && !code.startsWith('// sends nothing')
    assert.deepEqual(statuses, new Set(sends ? [200] : []))
  })
}

test('the examples that the manual names are there', () => {
  const named = [...manual.matchAll(/`([\w-]+\.m[jt]s)`/g)].map(([, name]) => `node/examples/${name}`)
  assert.ok(named.length >= 4)
  for (const name of named) assert.ok(fs.existsSync(path.join(ROOT, name)), name)
})

test('everything public is documented', () => {
  const { checker, source } = compile(
    ['index', 'otel', 'outbox', 'receiver'].map((name) => `export * from './${name}.js'\n`).join(''),
  )
  const without = []
  let count = 0
  const look = (name, symbol) => {
    count += 1
    if (ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim().length < 8) without.push(name)
  }
  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    look(exported.name, symbol)
    for (const declaration of symbol.declarations) {
      for (const member of declaration.members ?? []) {
        if (member.name === undefined) continue
        const own = checker.getSymbolAtLocation(member.name)
        // The documentation of a union's tag is that of its type.
        if (/^(kind|type|subType)$/.test(own.name)) continue
        look(`${exported.name}.${own.name}`, own)
      }
    }
  }
  assert.ok(count > 300, String(count))
  assert.deepEqual(without, [])
})

test('the manual names every setting, option, verb, code and scenario', () => {
  const { checker, source } = compile(`
    import type * as all from './index.js'
    export declare const verbs: all.Verbs
    export declare const code: all.ErrorCode
    export declare const reason: all.Reason
    export declare const options: all.SendOptions
    export declare const settings: all.ClientSettings
    export declare const message: all.Message['type']
  `)
  const typeOf = (name) => {
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source))
    return checker.getTypeOfSymbol(symbols.find((symbol) => symbol.name === name))
  }
  const members = (name) => checker.getPropertiesOfType(typeOf(name)).map((symbol) => symbol.name)
  const words = (name) => typeOf(name).types.map(({ value }) => value)
  const names = [
    ...members('verbs'),
    ...members('options'),
    'region',
    'baseUrl',
    ...members('settings'),
    ...Object.keys(ResultCode),
    ...words('code'),
    ...words('reason'),
    ...words('message'),
  ]
  const scenarios = [...read('tests', 'sandbox', 'README.md').matchAll(/^\| `(\d{4})` \|/gm)].map(
    ([, digits]) => digits,
  )
  assert.ok(names.length > 80 && scenarios.length === 19)
  for (const name of [...names, ...scenarios]) assert.match(manual, new RegExp(`\\b${name}\\b`), name)
})
