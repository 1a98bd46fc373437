'use strict'

// Shared code of the tests: a sandbox, servers that answer wrongly or not at all, and waiting for conditions.

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { after } = require('node:test')
const { pathToFileURL } = require('node:url')
const linkwa = require('../../node/index.js')
const sandbox = require('../sandbox/node/index.js')

const ROOT = path.join(__dirname, '..', '..')
const PACKAGE = path.join(ROOT, 'node', 'index.js')
const SECRET = 'canary-7f3a9c'
/** Texts that must never be printed. */
const CANARIES = [SECRET, Buffer.from(`user:${SECRET}`).toString('base64')]
const ACCOUNT = {
  username: 'user',
  password: SECRET,
  headers: { 'x-api-key': SECRET },
  platformId: 'p',
  platformPartnerId: 'pp',
  source: '+46000000000',
}

/** Functions to call when the test file ends. */
const endings = []
after(async () => {
  for (const end of endings.reverse()) await end()
})

/** Waits until the condition returns something true, and returns that. */
async function waitFor(condition, seconds = 60) {
  const until = Date.now() + seconds * 1000
  while (Date.now() < until) {
    const found = await condition()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`it did not come about in time: ${condition}`)
}

/** The names of all threads of this process. Empty if the system has no list of threads. */
function threadNames() {
  const tasks = '/proc/self/task'
  if (!fs.existsSync(tasks)) return []
  return fs.readdirSync(tasks).flatMap((task) => {
    try {
      return [fs.readFileSync(`${tasks}/${task}/comm`, 'utf8').trim()]
    } catch {
      return [] // it has just ended
    }
  })
}

/** Starts a sandbox that ends with the test file. */
const startSandbox = (options) => sandbox.startSandbox({ password: SECRET, ...options })

/** The bodies of the requests that have come. */
async function bodiesOf(sandbox) {
  return (await sandbox.requests()).map((request) => JSON.parse(request.body))
}

/** An HTTP answer. With a length other than that of its body, it is incomplete. */
function http(status, body, headers = '', length = Buffer.byteLength(body)) {
  const cut = length === Buffer.byteLength(body) ? '' : 'connection: close\r\n'
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status} X\r\ncontent-length: ${length}\r\n${cut}${headers}\r\n`),
    Buffer.from(body),
  ])
}

const GOOD = http(200, '{"resultCode":112001,"description":"queued","messageIds":["id-1"]}')

/**
 * A gateway that reads requests and gives each the same answer: `answer` bytes, or a function from the request's body to them, or
 * none at all. `bodies` and `sockets` tell what came.
 */
async function faultServer(answer, { readsBody = true } = {}) {
  const bodies = []
  const sockets = new Set()
  let connections = 0
  const server = net.createServer({ noDelay: true }, (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (!readsBody) {
      socket.pause()
      return
    }
    let read = Buffer.alloc(0)
    socket.on('data', async (data) => {
      read = Buffer.concat([read, data])
      for (;;) {
        const end = read.indexOf('\r\n\r\n')
        if (end < 0) return
        const length = Number(/content-length: *(\d+)/i.exec(read.subarray(0, end).toString())?.[1] ?? 0)
        if (read.length < end + 4 + length) return
        const body = read.subarray(end + 4, end + 4 + length)
        read = read.subarray(end + 4 + length)
        bodies.push(body)
        const bytes = typeof answer === 'function' ? await answer(body) : answer
        if (bytes === undefined || socket.destroyed) return
        socket.write(bytes)
        if (bytes.includes('connection: close')) socket.end()
      }
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', 4096, resolve))
  server.unref()
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  endings.push(close)
  return {
    url: `http://127.0.0.1:${server.address().port}/whatsapp-message`,
    bodies,
    sockets,
    close,
    get connections() {
      return connections
    },
  }
}

/** The base URL of a port without a listener. A released port could soon belong to another test. */
const REFUSED_URL = 'http://127.0.0.1:1/whatsapp-message'

/** A client that is closed when the test file ends. */
function clientOf(url, more = {}) {
  const client = new linkwa.Client({ ...ACCOUNT, baseUrl: url, ...more })
  endings.push(() => client.close(0))
  return client
}

/** The error with which a promise is rejected. */
async function failureOf(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

/**
 * Runs JavaScript in a separate process, in which `linkwa`, `url`, `account` and `makeClient` are defined. Returns exit code, signal,
 * standard output and standard error.
 */
function runScript(script, url = '', { seconds = 120, env = {}, flags = [] } = {}) {
  const head = `
    const linkwa = require(${JSON.stringify(PACKAGE)})
    const url = ${JSON.stringify(url)}
    const account = ${JSON.stringify({ ...ACCOUNT })}
    const makeClient = (more) => new linkwa.Client({ ...account, baseUrl: url, ...more })
  `
  return run([...flags, '-e', head + script], { seconds, env })
}

/** Does what `runScript` does, for an ES module. */
function runModule(script, { seconds = 120, env = {} } = {}) {
  const head = `import * as linkwa from ${JSON.stringify(pathToFileURL(PACKAGE.replace(/\.js$/, '.mjs')).href)};`
  return run(['--input-type=module', '-e', head + script], { seconds, env })
}

function run(args, { seconds, env }) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
  })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`it hangs:\n${out}\n${err}`))
    }, seconds * 1000)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, out, err })
    })
  })
}

/**
 * The error of a send whose timeout passed after its message had begun to leave. Tries longer timeouts until one is long enough on
 * this machine. `send` gets the timeout in milliseconds.
 */
async function failureAfterArrival(server, send) {
  for (let ms = 50; ms < 60_000; ms *= 4) {
    server.bodies.length = 0
    const error = await failureOf(send(ms))
    if (server.bodies.length > 0) return error
  }
  throw new Error('the message did not leave')
}

/** A Node that has SQLite: this one, or another that the machine has; `undefined` if there is none. */
function nodeWithSqlite() {
  const has = (node) => spawnSync(node, ['-e', "require('node:sqlite')"]).status === 0
  return [process.execPath, process.env.LINKWA_NEWER_NODE].find((node) => node !== undefined && has(node))
}

/** This many different numbers. */
function* numbers(count) {
  for (let index = 0; index < count; index += 1) yield `+4670${String(index).padStart(7, '0')}`
}

module.exports = {
  ACCOUNT,
  CANARIES,
  GOOD,
  PACKAGE,
  REFUSED_URL,
  ROOT,
  SECRET,
  bodiesOf,
  clientOf,
  failureAfterArrival,
  failureOf,
  faultServer,
  findProgram: sandbox.findProgram,
  http,
  nodeWithSqlite,
  numbers,
  runModule,
  runScript,
  startSandbox,
  threadNames,
  waitFor,
}
