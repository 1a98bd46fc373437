'use strict'

// The types of the client match the client: both have the same names. The examples in the types run.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')
const linkwa = require('../../node/index.js')
const { names } = require('../../node/lib/options.js')
const {
  ACCOUNT,
  GOOD,
  ROOT,
  SECRET,
  clientOf,
  failureOf,
  faultServer,
  http,
  runModule,
  startSandbox,
} = require('./support.js')
const { PACKAGE, compile, ts } = require('./typescript.js')

const TYPES = { types: ['node'], typeRoots: [path.join(PACKAGE, 'node_modules', '@types')] }

const { checker, source } = compile(
  `
import type * as all from './index.js'
export declare const config: all.ClientConfig
export declare const send: all.SendOptions
export declare const many: all.ManyOptions
export declare const result: all.SendResult
export declare const receipt: all.Receipt
export declare const chunk: all.Chunk
export declare const progress: all.Progress
export declare const line: all.LogLine
export declare const error: all.LinkwaErrorInit
export declare const region: all.Region
export declare const code: all.ErrorCode
export declare const outcome: all.Outcome
export declare const disposition: all.Disposition
export declare const reason: all.Reason
export declare const client: all.Client
export declare const run: all.SendMany
export declare const functions: typeof all
`,
  TYPES,
)

function typeOf(name) {
  const [symbol] = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).filter((one) => one.name === name)
  return checker.getTypeOfSymbol(symbol)
}

/** The names of a type's members; of a union, the members of all its types. */
function members(name) {
  const type = typeOf(name)
  const parts = type.isUnion() ? type.types : [type]
  const found = parts.flatMap((part) => checker.getPropertiesOfType(part).map((member) => member.name))
  return [...new Set(found)].filter((member) => !member.startsWith('__@')).sort()
}

const words = (name) =>
  typeOf(name)
    .types.map((part) => part.value)
    .sort()

test('options and configuration have the same names', () => {
  assert.deepEqual(members('config'), [...names.config].sort())
  assert.deepEqual(members('send'), [...names.send].sort())
  assert.deepEqual(members('many'), [...names.send, ...names.many].sort())
})

test('results have the same names', async () => {
  const client = clientOf((await faultServer(GOOD)).url)
  const result = await client.sendText('+46000000001', 'x')
  assert.deepEqual(members('result'), Object.keys(result).sort())
  assert.deepEqual(members('receipt'), Object.keys(result.receipts[0]).sort())
  const lines = []
  linkwa.setLogger((line) => lines.push(line), 'debug')
  const run = client.sendMany(['+46000000001'], { type: 'text', text: { body: 'x' } })
  for await (const chunk of run) assert.deepEqual(members('chunk'), Object.keys(chunk).sort())
  linkwa.setLogger(undefined)
  assert.deepEqual(members('progress'), Object.keys(run.progress).sort())
  assert.deepEqual(members('line'), Object.keys(lines[0]).sort())

  const known = (object) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter((name) => name !== 'constructor')
  assert.deepEqual(members('client'), known(client).sort())
  assert.deepEqual(members('run'), known(run).sort())
  const exported = checker.getPropertiesOfType(typeOf('functions')).map((symbol) => symbol.name)
  for (const name of Object.keys(linkwa)) assert.ok(exported.includes(name), name)
})

test('an error has the same names', async () => {
  const body = '{"resultCode":112402,"description":"d","translatedDescription":"t"}'
  const rejected = await failureOf(
    clientOf((await faultServer(http(400, body, 'retry-after: 1\r\n'))).url).sendText('+46000000001', 'x'),
  )
  const cut = await failureOf(
    clientOf((await faultServer(undefined)).url).sendText('+46000000001', 'x', { timeoutMs: 50 }),
  )
  const found = new Set([rejected, cut].flatMap((error) => Object.getOwnPropertyNames(error)))
  for (const name of ['stack', 'message']) found.delete(name)
  // Names of callbacks, and the reason of an abort.
  for (const name of ['path', 'position', 'cause']) found.add(name)
  assert.deepEqual(members('error'), [...found].sort())
})

test('literal types have the words of core', () => {
  const core = fs.readFileSync(path.join(ROOT, 'core', 'src', 'error.rs'), 'utf8')
  const wordsOf = (name) => {
    const [, body] = new RegExp(`pub enum ${name} \\{(.*?)\\n    \\}`, 's').exec(core)
    return [...body.matchAll(/ = "(\w+)",/g)].map(([, word]) => word).sort()
  }
  assert.deepEqual(words('code'), wordsOf('ErrorCode'))
  assert.deepEqual(words('outcome'), wordsOf('Outcome'))
  assert.deepEqual(words('disposition'), wordsOf('Disposition'))
  assert.deepEqual(words('reason'), wordsOf('Reason'))
  assert.throws(
    () => new linkwa.Client({ ...ACCOUNT, region: 'xx' }),
    ({ message }) => {
      const [, list] = /the regions are (.*)$/.exec(message)
      assert.deepEqual(words('region'), list.split(', ').sort())
      return true
    },
  )
})

test('correct programs compile, and incorrect ones do not', () => {
  const usage = `
import { Client, LinkwaError, type SendResult, configure, raw, sendMany, sendText, setLogger } from './index.js'

export async function right(client: Client, to: readonly string[]): Promise<SendResult | undefined> {
  await client.sendText('+46', 'x', { previewUrl: true, priority: 'HIGH', signal: new AbortController().signal })
  await client.sendText(to, 'x', { absoluteValidityTime: new Date(), customParameters: { a: 'b' }, refId: undefined })
  await client.sendImage('+46', 'x', { caption: 'x' })
  await client.sendDocument('+46', 'x', { caption: 'x', filename: 'y' })
  await client.sendTemplate('+46', { name: 'n', namespace: 'x', language: 'en' })
  await client.sendTemplate('+46', { name: 'n', namespace: 'x', language: { code: 'en' }, components: [] })
  await client.send('+46', [raw({ type: 'new' }), { type: 'text', text: { body: 'x' } }])
  await client.sendRaw(new Uint8Array(), { timeoutMs: 1 })
  new Client({ region: 'no', username: 'u', password: 'p' })
  configure({ baseUrl: 'x', username: 'u', password: 'p', maxConnections: 1 })
  for await (const chunk of client.sendMany(to, async (one) => ({ type: 'text', text: { body: one } }), { rate: 1 })) {
    if (chunk.error) console.log(chunk.error.findings[0]?.path, chunk.error.responseBody?.length)
    else console.log(chunk.result.messageIds[0])
  }
  const iterator: AsyncIterableIterator<unknown> = sendMany(to, raw('{}'))
  await iterator.return?.()
  await using run = sendMany(new Set(to), { type: 'text', text: { body: 'x' } }, { resume: '' })
  const { value, done } = await run.next()
  if (!done) console.log(value.index, run.progress.sent, run.checkpoint())
  setLogger(({ level, message, timestampMs }) => console.log(level, message, timestampMs), 'debug')
  await client.close(1)
  try {
    return await sendText('+46', 'x')
  } catch (error) {
    if (error instanceof LinkwaError && error.code === 'rejected') console.log(error.retryAfter?.toFixed())
    return undefined
  }
}

export async function wrong(client: Client) {
  // @ts-expect-error: a number is no text
  await client.sendText('+46', 7)
  // @ts-expect-error: a number is no destination
  await client.sendText(46, 'x')
  // @ts-expect-error: there is no such option
  await client.sendText('+46', 'x', { preview: true })
  // @ts-expect-error: there is no such priority
  await client.sendText('+46', 'x', { priority: 'URGENT' })
  // @ts-expect-error: a sound has no caption
  await client.sendAudio('+46', 'x', { caption: 'x' })
  // @ts-expect-error: and none in wire form either
  await client.send('+46', { type: 'audio', audio: { link: 'x', caption: 'x' } })
  // @ts-expect-error: the longitude is wanting
  await client.sendLocation('+46', { latitude: 1 })
  // @ts-expect-error: the language is wanting
  await client.sendTemplate('+46', { name: 'n', namespace: 'x' })
  // @ts-expect-error: a whole request has its own reference
  await client.sendRequest({}, { refId: 'x' })
  // @ts-expect-error: neither region nor base URL
  new Client({ username: 'u', password: 'p' })
  // @ts-expect-error: both
  new Client({ region: 'no', baseUrl: 'x', username: 'u', password: 'p' })
  // @ts-expect-error: there is no such region
  new Client({ region: 'xx', username: 'u', password: 'p' })
  // @ts-expect-error: numbers are no destinations
  client.sendMany([1], { type: 'text', text: { body: 'x' } })
  // @ts-expect-error: a run is no array
  client.sendMany(['x'], { type: 'text', text: { body: 'x' } }).length
  const error = new LinkwaError('x')
  // @ts-expect-error: there is no such code
  if (error.code === 'refused') return
  // @ts-expect-error: what went wrong stays so
  error.code = 'rejected'
}
`
  assert.deepEqual(compile(usage, { ...TYPES, target: ts.ScriptTarget.ES2022 }).errors(), [])
  // Without the `@ts-expect-error` comments, each line is an error.
  const count = usage.match(/@ts-expect-error/g).length
  const errors = compile(usage.replaceAll('@ts-expect-error', ''), TYPES).errors()
  assert.equal(new Set(errors.map(({ line }) => line)).size, count)
})

const examples = [
  ...fs.readFileSync(path.join(PACKAGE, 'types', 'client.d.ts'), 'utf8').matchAll(/```ts\n(.*?)```/gs),
].map(([, text]) => text.replaceAll(/^ *\* ?/gm, ''))

for (const [index, text] of examples.entries()) {
  test(`example ${index} of the documentation compiles and runs`, async () => {
    const own = text.replace(/'linkwa'/g, "'./index.js'")
    assert.deepEqual(
      compile(own, {
        ...TYPES,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
      }).errors(),
      [],
    )
    const sandbox = await startSandbox()
    const { outputText } = ts.transpileModule(text, { compilerOptions: { target: 'es2022', module: 'esnext' } })
    const script = outputText
      .replace(/'linkwa'/g, `'${pathToFileURL(path.join(PACKAGE, 'index.mjs')).href}'`)
      .replace("region: 'n-eu'", `baseUrl: '${sandbox.baseUrl}'`)
      .replace("'secret'", `'${SECRET}'`)
    const env = {
      LINKWA_BASE_URL: sandbox.baseUrl,
      LINKWA_USERNAME: 'user',
      LINKWA_PASSWORD: SECRET,
      LINKWA_PLATFORM_ID: 'p',
      LINKWA_PLATFORM_PARTNER_ID: 'pp',
      LINKWA_SOURCE: '+46000000000',
    }
    const ran = await runModule(script, { env })
    assert.deepEqual([ran.code, ran.err], [0, ''], ran.out)
    if (/send/.test(text)) assert.ok((await sandbox.requests()).every((request) => request.status === 200))
  })
}

test('there are examples', () => assert.ok(examples.length >= 4, String(examples.length)))
