'use strict'

// The programs of node/examples with real servers, real requests and a sandbox, as their texts tell readers to run them.

const assert = require('node:assert/strict')
const { execFile, spawn } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')
const { after, describe, test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { Client, parseCallback } = require('../../node/index.js')
const { vectors } = require('./callback-vectors.js')
const {
  ACCOUNT,
  REFUSED_URL,
  ROOT,
  SECRET,
  bodiesOf,
  findProgram,
  nodeWithSqlite,
  startSandbox,
  waitFor,
} = require('./support.js')

const EXAMPLES = path.join(ROOT, 'node', 'examples')
const MAX_BODY = 256 * 1024
const GATEWAY = '195.84.162.34'
const basic = (password) => `Basic ${Buffer.from(`gate:${password}`).toString('base64')}`

/** A Node that has node:sqlite and runs TypeScript: this one, or that of the environment. */
const NODE = process.features.typescript ? process.execPath : process.env.LINKWA_NEWER_NODE
const skip = NODE ? false : `Node ${process.version} is older than 22.18, and LINKWA_NEWER_NODE names no newer one`

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-examples-'))
const children = new Set()
after(() => {
  for (const child of children) child.kill('SIGKILL')
  fs.rmSync(scratch, { recursive: true, force: true })
})

/** This environment, without settings of the library. */
function environment(more) {
  const clean = Object.entries(process.env).filter(([name]) => !/^(LINKWA|CALLBACK|NODE)_/.test(name))
  return { ...Object.fromEntries(clean), ...more }
}

function start(node, args, options) {
  const child = spawn(node, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
  children.add(child)
  child.on('close', () => children.delete(child))
  child.text = { out: '', err: '' }
  child.stdout.on('data', (data) => {
    child.text.out += data
  })
  child.stderr.on('data', (data) => {
    child.text.err += data
  })
  return child
}

// Callbacks

/** A process that serves an example. */
class Server {
  constructor(example, folder) {
    this.process = start(NODE, [path.join(EXAMPLES, example)], {
      cwd: folder,
      env: environment({ CALLBACK_USER: 'gate', CALLBACK_PASSWORD: SECRET, CALLBACK_DB: `${folder}/a.db`, PORT: '0' }),
    })
  }

  async listens() {
    this.port = await waitFor(() => {
      const { exitCode, text } = this.process
      assert.equal(exitCode, null, text.err)
      return Number(/^listening on http:\/\/127\.0\.0\.1:(\d+)\/callback$/m.exec(text.out)?.[1])
    })
    return this
  }

  /** The answer to a request. Headers that are undefined are left out. */
  request(body, { chunked = false, method = 'POST', ...headers } = {}) {
    const given = Object.entries({
      authorization: basic(SECRET),
      'content-type': 'application/json',
      'x-forwarded-for': GATEWAY,
      ...headers,
    })
    return new Promise((resolve, reject) => {
      const request = http.request({
        agent: false,
        headers: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
        host: '127.0.0.1',
        method,
        path: '/callback',
        port: this.port,
      })
      request.on('error', reject)
      request.on('response', (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer))
      })
      if (!chunked && method === 'POST') request.setHeader('content-length', Buffer.byteLength(body))
      if (chunked) request.flushHeaders()
      request.end(body)
    })
  }

  async post(body, options) {
    return (await this.request(body, options)).statusCode
  }

  /** The refusal of a request of which only these bytes are sent. The server must announce that it closes, and close. */
  answerToHead(header, body = '') {
    return new Promise((resolve, reject) => {
      let answer = ''
      const socket = net.connect(this.port, '127.0.0.1')
      socket.setTimeout(30_000, () => socket.destroy(new Error(`it waits, after ${JSON.stringify(answer)}`)))
      socket.on('error', reject)
      socket.on('data', (data) => {
        answer += data
      })
      socket.on('close', () => {
        if (!/^connection: close\r$/im.test(answer)) reject(new Error(`it goes on, after ${JSON.stringify(answer)}`))
        else resolve(Number(/^HTTP\/1\.1 (\d+) /.exec(answer)[1]))
      })
      const head = ['POST /callback HTTP/1.1', 'Host: a', `Authorization: ${basic(SECRET)}`]
      socket.write(`${[...head, `X-Forwarded-For: ${GATEWAY}`, header].join('\r\n')}\r\n\r\n${body}`)
    })
  }
}

/** The database of a site, in a separate process, because not every Node has SQLite. */
class Database {
  #process
  #answers

  constructor(file) {
    const program = `
      const db = new (require('node:sqlite').DatabaseSync)(process.argv[1])
      db.exec('PRAGMA busy_timeout = 30000')
      require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
        const { sql, values } = JSON.parse(line)
        console.log(JSON.stringify(db.prepare(sql).all(...values).map((row) => Object.values(row))))
      })`
    this.#process = start(NODE, ['-e', program, file])
    this.#answers = readline.createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async rows(sql, ...values) {
    this.#process.stdin.write(`${JSON.stringify({ sql, values })}\n`)
    const { done, value } = await this.#answers.next()
    assert.ok(!done, this.#process.text.err)
    return JSON.parse(value)
  }
}

const report = (name, resultCode = 112003) =>
  JSON.stringify({ messageId: `id-${name}`, refId: name, messageIndex: 0, resultCode })

for (const framework of ['http', 'express', 'fastify']) {
  describe(`callbacks in ${framework}`, { skip }, () => {
    let site
    const ready = async () => {
      if (site === undefined) {
        const folder = path.join(scratch, framework)
        fs.mkdirSync(folder)
        const example = `${framework}-callbacks.mjs`
        const [server, another] = await Promise.all([1, 2].map(() => new Server(example, folder).listens()))
        site = { server, another, db: new Database(`${folder}/a.db`) }
      }
      return site
    }
    after(() => {
      for (const { process } of site ? [site.server, site.another] : []) process.kill('SIGKILL')
    })

    test('those of the vectors are handled once, and malformed ones refused', async () => {
      const { server, db } = await ready()
      const keys = new Set()
      for (const { id, body, expect } of vectors) {
        const status = await server.post(body)
        if (expect.error === undefined) {
          assert.equal(status, 200, id)
          keys.add(parseCallback(body).key)
        } else {
          assert.equal(status, body.length > MAX_BODY ? 413 : 400, id)
        }
      }
      assert.ok(keys.size > 30)
      const count = async (table) => (await db.rows(`SELECT count(*) FROM ${table}`))[0][0]
      const [reports, inbox] = [await count('reports'), await count('inbox')]
      assert.ok(reports > 0 && inbox > 0)
      assert.equal(reports + inbox, keys.size)
    })

    test('a report and a message reach the handler', async () => {
      const { server, db } = await ready()
      assert.equal(await server.post(report('reaches')), 200)
      const rows = await db.rows('SELECT ref_id, message_id, status FROM reports WHERE ref_id = ?', 'reaches')
      assert.deepEqual(rows, [['reaches', 'id-reaches', 'delivered']])
      const content = { message: { contentType: 'TEXT', text: 'Hej' } }
      assert.equal(await server.post(JSON.stringify({ messageId: 'w', source: '+46700000017', content })), 200)
      assert.deepEqual(await db.rows('SELECT text FROM inbox WHERE reply_to = ?', '+46700000017'), [['Hej']])
      for (const type of ['application/json; charset=utf-8', 'text/plain', undefined]) {
        assert.equal(await server.post(report(`of ${type}`), { 'content-type': type }), 200, type)
      }
    })

    test('one that comes twice is handled once', async () => {
      const { server, another, db } = await ready()
      for (const at of [server, server, another]) assert.equal(await at.post(report('twice')), 200)
      assert.equal(await server.post(report('twice', 112002)), 200)
      const rows = await db.rows('SELECT status FROM reports WHERE ref_id = ? ORDER BY status', 'twice')
      assert.deepEqual(rows, [['delivered'], ['sent']])
    })

    test('duplicates at one time, in one process and in two, are handled once', async () => {
      const { server, another, db } = await ready()
      await db.rows('BEGIN IMMEDIATE') // all of them meet this
      let answered = 0
      const answers = Array.from({ length: 12 }, async (_, index) => {
        const status = await (index % 2 ? server : another).post(report('at once'))
        answered += 1
        return status
      })
      try {
        // Until they stand there; it would be a weaker test, but none that fails, if some came later.
        await new Promise((resolve) => setTimeout(resolve, 500))
        assert.equal(answered, 0)
        // The servers keep serving meanwhile.
        assert.deepEqual([await server.post('{'), await another.post('{')], [400, 400])
        assert.equal(answered, 0)
      } finally {
        await db.rows('ROLLBACK')
      }
      assert.deepEqual(new Set(await Promise.all(answers)), new Set([200]))
      assert.deepEqual(await db.rows('SELECT count(*) FROM reports WHERE ref_id = ?', 'at once'), [[1]])
    })

    test('of one whose handler fails nothing is kept, and the repeat is handled', async () => {
      const { server, db } = await ready()
      await db.rows(
        "CREATE TRIGGER broken BEFORE INSERT ON reports WHEN new.ref_id = 'fails' " +
          "BEGIN SELECT RAISE(ABORT, 'the handler fails'); END",
      )
      assert.deepEqual([await server.post(report('fails')), await server.post(report('fails'))], [500, 500])
      assert.deepEqual(await db.rows('SELECT * FROM reports WHERE ref_id = ?', 'fails'), [])
      await waitFor(() => server.process.text.err.includes('the handler fails'))
      await db.rows('DROP TRIGGER broken')
      assert.deepEqual([await server.post(report('fails')), await server.post(report('fails'))], [200, 200])
      assert.deepEqual(await db.rows('SELECT count(*) FROM reports WHERE ref_id = ?', 'fails'), [[1]])
    })

    test('requests from other addresses or without credentials are refused', async () => {
      const { server, db } = await ready()
      const body = report('stranger')
      for (const from of ['203.0.113.9', `${GATEWAY}, 203.0.113.9`, undefined]) {
        assert.equal(await server.post(body, { 'x-forwarded-for': from }), 403, from)
      }
      for (const authorization of [basic('wrong'), undefined]) {
        const { statusCode, headers } = await server.request(body, { authorization })
        assert.deepEqual([statusCode, headers['www-authenticate']], [401, 'Basic realm="callbacks"'])
      }
      // For repeated headers, Node's own object has only one value.
      assert.equal(await server.answerToHead(`Authorization: ${basic('wrong')}\r\nContent-Length: 2`, '{}'), 401)
      assert.deepEqual(await db.rows('SELECT * FROM reports WHERE ref_id = ?', 'stranger'), [])
    })

    test('a body that is too large is refused before it is read', async () => {
      const { server } = await ready()
      for (const length of [MAX_BODY + 1, 2 ** 40]) {
        assert.equal(await server.answerToHead(`Content-Length: ${length}`), 413)
      }
      const start = `${report('as large as may be').slice(0, -1)},"x":"`
      assert.equal(await server.post(`${start.padEnd(MAX_BODY - 2, 'x')}"}`), 200)
    })

    test('a body in chunks is limited as well, and no more of it is read', async () => {
      const { server } = await ready()
      assert.equal(await server.post(report('in chunks'), { chunked: true }), 200)
      // One byte too many, and without an end.
      const chunks = `10000\r\n${' '.repeat(0x10000)}\r\n`.repeat(4)
      assert.equal(await server.answerToHead('Transfer-Encoding: chunked', `${chunks}1\r\n \r\n`), 413)
    })

    test('only posts are callbacks', async () => {
      const { server } = await ready()
      assert.ok([404, 405].includes(await server.post('', { method: 'GET' })))
    })

    test('works with the sandbox as its text says', async () => {
      const file = `${framework}-callbacks.mjs`
      const text = fs.readFileSync(path.join(EXAMPLES, file), 'utf8').replaceAll('\\\n//', ' ')
      const commands = [...text.matchAll(/^\/\/ {5}(.*)$/gm)].map(([, command]) => command)
      const [install, serve, gateway, write] = commands
      assert.match(install, /^npm install .*linkwa linkwa-sandbox$/)
      const db = path.join(scratch, `${framework}-sandbox.db`)
      const folders = [path.dirname(NODE), path.dirname(path.resolve(findProgram())), process.env.PATH]
      const env = environment({ PATH: folders.join(path.delimiter), CALLBACK_DB: db, PORT: '0' })
      const shell = (command) => start('bash', ['-c', `exec env ${command}`], { cwd: EXAMPLES, env })

      // Only the ports differ from the text, and npx is not needed where the program is on the path.
      const server = shell(serve)
      const port = await waitFor(() => /^listening on .*:(\d+)\/callback$/m.exec(server.text.out)?.[1])
      const sandbox = shell(gateway.replace('npx ', '').replace(':8000/', `:${port}/`).replace(':8080 ', ':0 '))
      const ready = JSON.parse(await waitFor(() => /^.*\n/.exec(sandbox.text.out)?.[0]))
      const written = shell(write.replace(':8080/', `:${ready.port}/`))
      await waitFor(() => written.text.out.includes('messageId'))
      const rows = new Database(db)
      const reach = async (sql, expected) => {
        for (const until = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
          const found = await rows.rows(sql)
          if (JSON.stringify(found) === JSON.stringify(expected)) return
          if (Date.now() > until) assert.deepEqual(found, expected, server.text.err + sandbox.text.err)
        }
      }
      await reach('SELECT text FROM inbox', [['Hello']])
      const client = new Client({ ...ACCOUNT, password: 'secret', baseUrl: ready.base_url })
      await client.sendText('+46000000001', 'Hello', { refId: 'order-17' })
      await reach('SELECT ref_id, status FROM reports ORDER BY status', [
        ['order-17', 'delivered'],
        ['order-17', 'sent'],
      ])

      // A request without authorization is refused, and the reason is logged.
      for (const [headers, reason] of [
        [{}, 'forwarded'],
        [{ 'x-forwarded-for': GATEWAY }, 'credentials'],
      ]) {
        const url = `http://127.0.0.1:${port}/callback`
        const answer = await fetch(url, { method: 'POST', body: '{}', headers: { connection: 'close', ...headers } })
        assert.ok([401, 403].includes(answer.status))
        await waitFor(() => server.text.err.includes(`: ${reason}`))
      }
      for (const child of [server, sandbox]) child.kill('SIGKILL')
    })

    test('neither process printed a secret, or what was written to it', async () => {
      const { server, another } = await ready()
      for (const { process } of [server, another]) {
        assert.doesNotMatch(process.text.out + process.text.err, new RegExp(`${SECRET}|${basic(SECRET)}|Hej`))
      }
    })
  })
}

test('processes that start together on a new database all create or find it', { skip }, async () => {
  const program = `
    const { openStore } = await import(${JSON.stringify(pathToFileURL(path.join(EXAMPLES, 'callback-store.mjs')).href)})
    process.stdin.once('data', async () => {
      for (let index = 0; index < 40; index += 1) await openStore(process.argv[1] + index)
      process.exit()
    })
    console.log('ready')`
  const file = path.join(scratch, 'begun-')
  const all = [1, 2, 3].map(() => start(NODE, ['--input-type=module', '-e', program, file], { env: environment({}) }))
  const ends = all.map(ended)
  await waitFor(() => all.every(({ text }) => text.out === 'ready\n'))
  for (const { stdin } of all) stdin.write('\n')
  for (const { code, err } of await Promise.all(ends)) assert.equal(code, 0, err)
})

// Sending

function account(sandbox, more) {
  return environment({
    LINKWA_BASE_URL: sandbox.baseUrl,
    LINKWA_USERNAME: ACCOUNT.username,
    LINKWA_PASSWORD: ACCOUNT.password,
    LINKWA_PLATFORM_ID: ACCOUNT.platformId,
    LINKWA_PLATFORM_PARTNER_ID: ACCOUNT.platformPartnerId,
    LINKWA_SOURCE: ACCOUNT.source,
    LINKWA_TIMEOUT_MS: '20000',
    ...more,
  })
}

/** A program that has ended: its exit code and what it printed. */
function run(node, args, env) {
  return new Promise((resolve) => {
    const done = (error, out, err) => resolve({ code: error === null ? 0 : (error.code ?? error.signal), out, err })
    execFile(node, args, { env, timeout: 120_000 }, done)
  })
}

const ended = (child) =>
  new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code: code ?? signal, ...child.text })
    })
  })

/** The first message, compiled for an older Node as its first lines say. */
function compiled() {
  const folder = path.join(scratch, 'compiled')
  fs.mkdirSync(path.join(folder, 'node_modules'), { recursive: true })
  fs.symlinkSync(path.join(ROOT, 'node'), path.join(folder, 'node_modules', 'linkwa'), 'junction')
  fs.copyFileSync(path.join(EXAMPLES, 'first-message.mts'), path.join(folder, 'first-message.mts'))
  const [, given] = /npx tsc (.*)/.exec(fs.readFileSync(path.join(folder, 'first-message.mts'), 'utf8'))
  const tsc = path.join(ROOT, 'node', 'node_modules', 'typescript', 'bin', 'tsc')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, ...given.split(' ')], { cwd: folder }, (error, out) => {
      if (error) reject(new Error(out))
      else resolve(path.join(folder, 'first-message.mjs'))
    })
  })
}

for (const [name, node, program] of [
  ['as it stands', NODE, async () => path.join(EXAMPLES, 'first-message.mts')],
  ['compiled', process.execPath, compiled],
]) {
  test(`the first message, ${name}`, { skip: node ? false : skip }, async () => {
    const sandbox = await startSandbox()
    const file = await program()
    const first = (number, change) => run(node, [file, number, 'Hej'], account(sandbox, change))
    const { code, out, err } = await first('+46000000001')
    const [body] = await bodiesOf(sandbox)
    assert.deepEqual(body.destinations, ['+46000000001'])
    assert.deepEqual(body.messages, [{ type: 'text', text: { body: 'Hej' } }])
    assert.deepEqual([code, err.replace(/^.*ExperimentalWarning.*\n.*--trace-warnings.*\n/m, '')], [0, ''])
    assert.match(out, new RegExp(`^accepted: refId ${body.refId}\nmessage id \\S+\n$`))

    for (const [number, change, status, word] of [
      ['+46000001400', {}, 1, '112402'],
      ['46 70', {}, 1, 'destinations[0]'],
      ['+46000002001', {}, 2, 'Do not send it again before you have looked for the event report of'],
      ['+46000000001', { LINKWA_BASE_URL: REFUSED_URL }, 3, 'connect'],
      ['+46000000001', { LINKWA_PASSWORD: '' }, 1, 'LINKWA_PASSWORD'],
    ]) {
      const failed = await first(number, change)
      assert.deepEqual([failed.code, failed.out], [status, ''], failed.err)
      assert.ok(failed.err.includes(word) && !failed.err.includes('    at '), failed.err)
      if (status === 2) {
        const { refId } = (await bodiesOf(sandbox)).at(-1)
        assert.ok(failed.err.includes(`event report of ${refId}.`), failed.err)
      }
    }
  })
}

const BULK = path.join(EXAMPLES, 'bulk-send.mjs')
const withSqlite = nodeWithSqlite()
let folders = 0

/** A test of the bulk send, which needs a Node with SQLite. */
function testBulk(name, body) {
  test(name, { skip: withSqlite === undefined && 'it needs a Node with SQLite' }, body)
}

/** A sandbox and a file of numbers for a bulk send. */
async function campaign(lines = Array.from({ length: 200 }, (_, index) => `+4670${String(index).padStart(7, '0')}`)) {
  folders += 1
  const base = path.join(scratch, `bulk-${folders}`)
  fs.writeFileSync(`${base}.txt`, `${lines.join('\n')}\n`)
  const sandbox = await startSandbox()
  const args = (...more) => [BULK, `${base}.txt`, 'We are moving', ...more]
  const env = account(sandbox, { NODE_NO_WARNINGS: '1' })
  return {
    sandbox,
    base,
    send: (...more) => run(withSqlite, args(...more), env),
    startSlowly: () => start(withSqlite, args('--rate', '50'), { env: { ...env, LINKWA_TIMEOUT_MS: '600000' } }),
    hasBegun: () => waitFor(async () => (await sandbox.requests()).length > 3),
    async reached() {
      const times = {}
      for (const { destinations } of await bodiesOf(sandbox)) {
        for (const number of destinations) times[number] = (times[number] ?? 0) + 1
      }
      return times
    },
  }
}

const isOnce = (times) => Object.values(times).every((count) => count === 1)

testBulk('a bulk send reaches each number once', async () => {
  const { reached, send } = await campaign()
  const first = await send()
  assert.deepEqual([first.code, first.out], [0, '200 accepted, 0 before, 0 failed, 0 in doubt\n'], first.err)
  assert.match(first.err, /\r200 accepted, 0 before, 0 failed, 0 in doubt \n$/)
  const again = await send()
  assert.deepEqual([again.code, again.out], [0, '0 accepted, 200 before, 0 failed, 0 in doubt\n'], again.err)
  const times = await reached()
  assert.ok(isOnce(times) && Object.keys(times).length === 200)
})

testBulk('a stopped bulk send continues', async () => {
  const { hasBegun, reached, send, startSlowly } = await campaign()
  const child = startSlowly()
  await hasBegun()
  child.kill('SIGINT')
  const stopped = await ended(child)
  assert.equal(stopped.code, 1, stopped.err)
  const before = Object.keys(await reached()).length
  assert.ok(before >= 4 && before < 200)
  assert.equal(stopped.out, `${before} accepted, 0 before, 0 failed, 0 in doubt\n`)
  const rest = await send()
  assert.deepEqual([rest.code, rest.out], [0, `${200 - before} accepted, ${before} before, 0 failed, 0 in doubt\n`])
  assert.ok(isOnce(await reached()))
})

testBulk('a killed bulk send sends nothing twice', async () => {
  const { hasBegun, reached, send, startSlowly } = await campaign()
  const child = startSlowly()
  await hasBegun()
  child.kill('SIGKILL')
  await ended(child)
  const rest = await send()
  const [accepted, before, failed, inDoubt] = rest.out.match(/\d+/g).map(Number)
  assert.deepEqual([accepted + before + inDoubt, failed, rest.code], [200, 0, inDoubt === 0 ? 0 : 1], rest.err)
  const times = await reached()
  assert.ok(isOnce(times))
  assert.ok(Object.keys(times).length >= accepted + before)
})

testBulk('a second Ctrl-C breaks off what is under way', async () => {
  const { sandbox, send, startSlowly, reached } = await campaign(['+46700002004', '+46700000001'])
  const child = startSlowly()
  // The first is never answered.
  await waitFor(async () => (await sandbox.requests()).length === 2)
  child.kill('SIGINT')
  let isOver = false
  const result = ended(child).finally(() => {
    isOver = true
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.ok(!isOver)
  child.kill('SIGINT')
  const { code, out, err } = await result
  assert.deepEqual([code, out], [1, '1 accepted, 0 before, 0 failed, 1 in doubt\n'], err)
  assert.equal((await send()).out, '0 accepted, 1 before, 0 failed, 1 in doubt\n')
  assert.ok(isOnce(await reached()))
})

testBulk('a bulk send names what failed', async () => {
  const { reached, send } = await campaign(['+46700000001', '+46700001400', '+46700002003', 'x'])
  for (const accepted of ['1 accepted, 0 before', '0 accepted, 1 before']) {
    const { code, out, err } = await send()
    assert.deepEqual([code, out], [1, `${accepted}, 2 failed, 1 in doubt\n`], err)
    assert.equal(err.match(/^\r?[\w-]{36}: /gm).length, 3, err)
  }
  assert.ok(isOnce(await reached()))
})

testBulk('a bulk send that cannot begin says why', async () => {
  const { base, sandbox, send } = await campaign()
  assert.equal((await send('--rate', 'fast')).code, 1)
  fs.rmSync(`${base}.txt`)
  const { code, err } = await send()
  assert.equal(code, 1, err)
  assert.match(err, /ENOENT/)
  assert.equal((await run(withSqlite, [BULK], account(sandbox))).code, 2)
})
