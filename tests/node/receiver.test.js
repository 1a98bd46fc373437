'use strict'

// `CallbackReceiver` with real servers and requests: Node's own, Express, Fastify, and one that makes a `Request`.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const { createRequire } = require('node:module')
const net = require('node:net')
const path = require('node:path')
const { Readable } = require('node:stream')
const { after, describe, test } = require('node:test')
const linkwa = require('../../node/index.js')
const { CallbackReceiver } = require('../../node/receiver.js')
const { ROOT, SECRET, runScript, waitFor } = require('./support.js')

const { CallbackGuard, setLogger } = linkwa
const load = createRequire(path.join(ROOT, 'node', 'package.json'))
const express = load('express')
const fastify = load('fastify')

const MAX_BYTES = 256 * 1024
const GATEWAY = '195.84.162.34'
const NUMBER = '+46700000017'
const TEXT = 'canary-text-41b2'
const basic = (password) => `Basic ${Buffer.from(`gate:${password}`).toString('base64')}`
const HEADERS = { authorization: basic(SECRET), 'x-forwarded-for': GATEWAY }
const guard = new CallbackGuard({
  trustedProxies: ['127.0.0.1'],
  basic: { username: 'gate', password: SECRET },
})

let serial = 0
/** A new report. */
const report = (name = `r-${++serial}`) => JSON.stringify({ messageId: `id-${name}`, refId: name, resultCode: 112003 })
const MESSAGE = JSON.stringify({
  messageId: 'm',
  source: NUMBER,
  content: { message: { contentType: 'TEXT', text: TEXT } },
})

const closing = []
after(async () => {
  for (const close of closing) await close()
})

/** How each kind of server serves a receiver at `/callback`, in a server that listens already. */
const kinds = {
  http: (receiver) => http.createServer(receiver.node),
  express: (receiver) => {
    const app = express()
    app.all('/callback', receiver.node)
    return http.createServer(app)
  },
  fastify: async (receiver) => {
    let server
    const app = fastify({ serverFactory: (handle) => (server = http.createServer(handle)) })
    app.register(receiver.fastify, { prefix: '/callback' })
    await app.ready()
    return server
  },
  fetch: (receiver) =>
    http.createServer(async (incoming, outgoing) => {
      incoming.on('error', () => {})
      const { method, rawHeaders } = incoming
      const headers = new Headers()
      for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at], rawHeaders[at + 1])
      const body = ['GET', 'HEAD'].includes(method) ? null : Readable.toWeb(incoming)
      const request = new Request('http://a/callback', { method, headers, body, duplex: 'half' })
      const answer = await receiver.fetch(request, { peer: incoming.socket.remoteAddress })
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
      outgoing.end(Buffer.from(await answer.arrayBuffer()))
    }),
}

/** A server of this kind, the callbacks that its handler gets, and the errors that are reported. */
async function serve(kind, { handler = () => {}, make = kinds[kind], ...options } = {}) {
  const handled = []
  const errors = []
  const receiver = new CallbackReceiver(
    (callback) => {
      handled.push(callback)
      return handler(callback)
    },
    { guard, onError: (error, callback) => errors.push([error, callback]), ...options },
  )
  const server = await make(receiver)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const site = { kind, receiver, server, handled, errors, port: server.address().port, requests: 0 }
  server.on('request', () => {
    site.requests += 1
  })
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return site
}

/** The answer to a request. */
function ask(site, body, { method = 'POST', headers = HEADERS, chunked = false } = {}) {
  return new Promise((resolve, reject) => {
    const length = chunked || body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const request = http.request({
      agent: false,
      headers: { 'content-type': 'application/json', ...headers, ...length },
      host: '127.0.0.1',
      method,
      path: '/callback',
      port: site.port,
    })
    request.on('error', reject)
    request.on('response', (answer) => {
      let text = ''
      answer.on('data', (data) => {
        text += data
      })
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }))
    })
    if (chunked) request.flushHeaders()
    request.end(body)
  })
}

const post = async (site, body, options) => (await ask(site, body, options)).status

/** A connection on which a request has begun. */
function begin(site, ...lines) {
  const socket = net.connect(site.port, '127.0.0.1')
  const begun = { socket, answer: '', isClosed: false }
  socket.on('error', (error) => {
    begun.error = error
  })
  socket.on('data', (data) => {
    begun.answer += data
  })
  socket.on('close', () => {
    begun.isClosed = true
  })
  const head = ['POST /callback HTTP/1.1', 'Host: a', `Authorization: ${HEADERS.authorization}`]
  socket.write(`${[...head, `X-Forwarded-For: ${GATEWAY}`, ...lines].join('\r\n')}\r\n\r\n`)
  return begun
}

const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** The lines of the log, as long as the test runs. */
function linesOf(t, level = 'debug') {
  const lines = []
  setLogger((line) => lines.push(line), level)
  t.after(() => setLogger(undefined))
  return lines
}

const textOf = ({ level, message }) => `${level} ${message}`

/** A promise with its functions. */
function gate() {
  const one = {}
  one.opened = new Promise((open, fail) => Object.assign(one, { open, fail }))
  return one
}

for (const kind of Object.keys(kinds)) {
  describe(kind, () => {
    test('a callback reaches the handler, and a repeat is answered without it', async (t) => {
      const lines = linesOf(t)
      const site = await serve(kind, { acknowledgement: 'tack så mycket' })
      for (let count = 0; count < 3; count += 1) {
        const { status, headers, text } = await ask(site, report('first'))
        assert.deepEqual([status, text], [200, 'tack så mycket'])
        assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
      }
      assert.equal(await post(site, MESSAGE), 200)
      assert.equal(await post(site, report('chunked'), { chunked: true }), 200)
      assert.deepEqual(
        site.handled.map(({ kind, refId, text }) => [kind, refId, text]),
        [
          ['eventReport', 'first', undefined],
          ['receivedMessage', undefined, TEXT],
          ['eventReport', 'chunked', undefined],
        ],
      )
      const [handled, repeated] = ['debug callback handled', 'debug callback repeated']
      assert.deepEqual(lines.map(textOf), [handled, repeated, repeated, handled, handled])
    })

    test('without an acknowledgement the answer is empty', async () => {
      const { status, headers, text } = await ask(await serve(kind), report())
      assert.deepEqual([status, text, headers['content-type']], [200, '', undefined])
    })

    test('content types do not matter', async () => {
      const site = await serve(kind)
      for (const type of ['application/json; charset=utf-8', 'text/plain', 'application/x-www-form-urlencoded', 'a']) {
        assert.equal(await post(site, report(), { headers: { ...HEADERS, 'content-type': type } }), 200, type)
      }
      assert.equal(site.handled.length, 4)
    })

    test('what is not a callback is refused', async (t) => {
      const lines = linesOf(t)
      const site = await serve(kind)
      for (const body of ['', '{', '{}', '[]', 'null', `{"resultCode": "${NUMBER}"}`]) {
        const { status, text } = await ask(site, body)
        assert.equal(status, 400, body)
        assert.ok(text.length > 10)
      }
      assert.deepEqual(site.handled, [])
      for (const { level, message } of lines) {
        assert.match(`${level} ${message}`, /^warn callback answered with 400: invalid at byte \d+$/)
      }
      assert.equal(lines.length, 6)
    })

    test('what the guard refuses is not read', async (t) => {
      const lines = linesOf(t)
      const site = await serve(kind)
      const refused = [
        [{ ...HEADERS, authorization: basic('wrong') }, 401, 'credentials'],
        [{ 'x-forwarded-for': GATEWAY }, 401, 'credentials'],
        [{ ...HEADERS, 'x-forwarded-for': '203.0.113.9' }, 403, 'address'],
        [{ authorization: HEADERS.authorization }, 403, 'forwarded'],
      ]
      for (const [headers, status, reason] of refused) {
        const answer = await ask(site, report(), { headers })
        assert.equal(answer.status, status, reason)
        assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Basic realm="callbacks"' : undefined)
        assert.equal(textOf(lines.at(-1)), `warn callback answered with ${status}: ${reason}`)
      }
      // Their bodies never come.
      const begun = [
        begin(site, 'Authorization: Basic eDp5', 'Content-Length: 100'),
        begin(site, 'X-Forwarded-For: 203.0.113.9', 'Transfer-Encoding: chunked'),
      ]
      await waitFor(() => begun.every(({ answer }) => answer.includes('\r\n\r\n')))
      assert.deepEqual(
        begun.map(({ answer }) => /^HTTP\/1\.1 (\d+) /.exec(answer)[1]),
        ['401', '403'],
      )
      for (const { socket } of begun) socket.destroy()
      assert.deepEqual([site.handled, site.errors], [[], []])
    })

    test('only posts are callbacks', async () => {
      const site = await serve(kind)
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
        const { status, headers, text } = await ask(site, method === 'PUT' ? report() : undefined, { method })
        assert.deepEqual([status, headers.allow, text], [405, 'POST', ''], method)
      }
      assert.deepEqual(site.handled, [])
    })

    test('a body that is too large is refused before it comes', async (t) => {
      const lines = linesOf(t)
      const [site, small, open] = await Promise.all([
        serve(kind),
        serve(kind, { maxBytes: 100 }),
        serve(kind, { guard: null }),
      ])
      for (const [at, length] of [
        [site, MAX_BYTES + 1],
        [site, 2 ** 60],
        [small, 101],
        [open, MAX_BYTES + 1],
      ]) {
        const begun = begin(at, `Content-Length: ${length}`)
        await waitFor(() => begun.answer.startsWith('HTTP/1.1 413 '))
        begun.socket.destroy()
      }
      const reasons = lines.map(({ message }) => message.replace('callback answered with 413: ', ''))
      assert.deepEqual(reasons, ['too_large', 'too_large', 'more than 100 bytes', `more than ${MAX_BYTES} bytes`])
      const start = `${report().slice(0, -1)},"x":"`
      assert.equal(await post(site, `${start.padEnd(MAX_BYTES - 2, 'x')}"}`), 200)
      assert.equal(await post(small, report().padEnd(100)), 200)
      assert.deepEqual([site.handled.length, small.handled.length, open.handled.length], [1, 1, 0])
    })

    test('a body in chunks is limited as well, and no more of it is kept', async (t) => {
      const lines = linesOf(t)
      const site = await serve(kind, { maxBytes: 100 })
      assert.equal(await post(site, report().padEnd(100), { chunked: true }), 200)
      const begun = begin(site, 'Transfer-Encoding: chunked')
      begun.socket.write(chunk(report().padEnd(100)))
      begun.socket.write(chunk(' ')) // one byte too many, and without an end
      await waitFor(() => begun.answer.startsWith('HTTP/1.1 413 '))
      assert.equal(textOf(lines.at(-1)), 'warn callback answered with 413: more than 100 bytes')
      begun.socket.destroy()
      // The guard has its own limit.
      const strict = await serve(kind, { guard: new CallbackGuard({ anyAddress: true, maxBody: 100 }) })
      assert.equal(await post(strict, report().padEnd(101), { chunked: true }), 413)
      assert.equal(textOf(lines.at(-1)), 'warn callback answered with 413: too_large')
      assert.equal(await post(strict, report().padEnd(100), { chunked: true }), 200)
      assert.deepEqual([site.handled.length, strict.handled.length], [1, 1])
    })

    test('a slow body is read to its end', async () => {
      const site = await serve(kind)
      const begun = begin(site, 'Transfer-Encoding: chunked')
      await waitFor(() => site.requests === 1)
      for (const letter of report('slow')) {
        begun.socket.write(chunk(letter))
        await new Promise(setImmediate)
      }
      assert.equal(begun.answer, '')
      begun.socket.write('0\r\n\r\n')
      await waitFor(() => begun.answer.startsWith('HTTP/1.1 200 '))
      assert.deepEqual(
        site.handled.map(({ refId }) => refId),
        ['slow'],
      )
      begun.socket.destroy()
    })

    test('copies at once are handled once, and get the same answer', async () => {
      const gates = []
      const handler = () => {
        gates.push(gate())
        return gates.at(-1).opened
      }
      const site = await serve(kind, { handler })
      const body = report()
      const together = async () => {
        const before = { requests: site.requests, handled: site.handled.length }
        const answers = [1, 2, 3].map(() => post(site, body))
        await waitFor(() => site.requests === before.requests + 3)
        // Until each of them waits; the test would be weaker, but would not fail, if one came later.
        await new Promise((resolve) => setTimeout(resolve, 50))
        assert.equal(site.handled.length, before.handled + 1)
        return answers
      }
      const failed = await together()
      gates[0].fail(new Error('the handler fails'))
      assert.deepEqual(await Promise.all(failed), [500, 500, 500])
      assert.equal(site.errors.length, 1)
      const good = await together()
      // Another callback does not wait.
      const other = post(site, report())
      await waitFor(() => gates.length === 3)
      gates[2].open()
      assert.equal(await other, 200)
      gates[1].open()
      assert.deepEqual(await Promise.all(good), [200, 200, 200])
      assert.equal(await post(site, body), 200)
      assert.equal(site.handled.length, 3)
    })

    test('a callback whose handler fails comes again and is handled then', async (t) => {
      const lines = linesOf(t)
      const thrown = []
      const fail = () => {
        thrown.push(new Error(`${TEXT} ${NUMBER}`))
        return thrown.at(-1)
      }
      const handlers = [
        () => {
          throw fail()
        },
        async () => {
          throw fail()
        },
        () => Promise.reject(fail()),
        () => {},
      ]
      const site = await serve(kind, { handler: () => handlers.shift()() })
      const body = report('fails')
      const answers = []
      for (let count = 0; count < 5; count += 1) answers.push(await ask(site, body))
      assert.deepEqual(
        answers.map(({ status }) => status),
        [500, 500, 500, 200, 200],
      )
      assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set(['']))
      assert.deepEqual(
        site.errors.map(([error, { refId }]) => [error, refId]),
        thrown.map((error) => [error, 'fails']),
      )
      const line = 'error callback answered with 500: the handler failed'
      assert.deepEqual(lines.slice(0, 3).map(textOf), [line, line, line])
      assert.equal(site.handled.length, 4)
    })

    test('a client that goes away before its body has come is not heard', async (t) => {
      const lines = linesOf(t)
      const site = await serve(kind)
      const begun = begin(site, 'Content-Length: 1000')
      begun.socket.write(report())
      await waitFor(() => site.requests === 1)
      begun.socket.destroy()
      await waitFor(() => lines.length > 0)
      assert.deepEqual(lines.map(textOf), ['warn callback answered with 400: the body is incomplete'])
      assert.deepEqual([site.handled, site.errors], [[], []])
      assert.equal(await post(site, report()), 200)
    })

    test('a client that goes away while the handler runs does not stop it', async () => {
      const one = gate()
      const site = await serve(kind, { handler: () => one.opened })
      const body = report()
      const begun = begin(site, `Content-Length: ${body.length}`)
      begun.socket.write(body)
      await waitFor(() => site.handled.length === 1)
      begun.socket.destroy()
      await waitFor(() => new Promise((resolve) => site.server.getConnections((_, count) => resolve(count === 0))))
      one.open()
      assert.equal(await post(site, body), 200)
      assert.deepEqual([site.handled.length, site.errors], [1, []])
    })

    test('neither the log nor an answer has a secret, a number, a text or a header', async (t) => {
      const lines = linesOf(t)
      const handler = () => {
        throw new Error(`${NUMBER} ${TEXT}`)
      }
      const site = await serve(kind, { handler })
      const canaries = [SECRET, basic(SECRET), basic('wrong'), NUMBER.slice(1), TEXT, '203.0.113.9', GATEWAY]
      const answers = [
        await ask(site, MESSAGE),
        await ask(site, MESSAGE.slice(0, -1)),
        await ask(site, `{"${TEXT}": 1, "${TEXT}": 1, "source": "${NUMBER}"}`),
        await ask(site, MESSAGE, { headers: { ...HEADERS, authorization: basic('wrong') } }),
        await ask(site, MESSAGE, { headers: { ...HEADERS, 'x-forwarded-for': '203.0.113.9' } }),
        await ask(site, MESSAGE.padEnd(MAX_BYTES + 1)),
      ]
      assert.deepEqual(
        answers.map(({ status }) => status),
        [500, 400, 400, 401, 403, 413],
      )
      assert.equal(lines.length, 6)
      for (const canary of canaries) assert.ok(!JSON.stringify(lines).includes(canary), canary)
      const others = JSON.stringify(answers.filter((_, index) => index !== 2))
      for (const canary of canaries) assert.ok(!others.includes(canary), canary)
    })
  })
}

describe('connections', () => {
  for (const kind of ['http', 'express', 'fastify']) {
    test(`${kind}: a client that is still sending gets the answer`, async () => {
      const site = await serve(kind, { maxBytes: 100 })
      for (const start of ['Content-Length: 10000000', 'Transfer-Encoding: chunked']) {
        const begun = begin(site, start)
        begun.socket.pause()
        // It reads only when all of this has left.
        const part = Buffer.from(chunk(' '.repeat(65536)).repeat(64))
        const failed = await new Promise((resolve) => begun.socket.write(part, resolve))
        assert.equal(failed ?? undefined, undefined, start)
        begun.socket.resume()
        await waitFor(() => begun.isClosed)
        assert.match(begun.answer, /^HTTP\/1\.1 413 .*\r\nconnection: close\r\n.*\r\n\r\n$/is, start)
      }
    })

    test(`${kind}: a connection ends although the client goes on`, async () => {
      const site = await serve(kind, { maxBytes: 100 })
      const begun = begin(site, 'Transfer-Encoding: chunked')
      const part = Buffer.from(chunk(' '.repeat(1000)))
      const sending = setInterval(() => begun.socket.write(part), 10)
      await waitFor(() => begun.isClosed).finally(() => clearInterval(sending))
      assert.match(begun.answer, /^HTTP\/1\.1 413 /)
    })

    test(`${kind}: a client whose body has come is not kept waiting`, async (t) => {
      const site = await serve(kind)
      const begun = begin(site, 'X-Forwarded-For: 203.0.113.9', 'Content-Length: 2')
      const { setTimeout } = globalThis
      t.after(() => Object.assign(globalThis, { setTimeout }))
      globalThis.setTimeout = () => ({ unref() {} }) // never
      await once(begun.socket, 'data')
      begun.socket.write('{}')
      await once(begun.socket, 'close')
      assert.match(begun.answer, /^HTTP\/1\.1 403 /)
    })

    test(`${kind}: a connection is kept where the body was read`, async () => {
      const site = await serve(kind)
      const begun = begin(site, 'Content-Length: 1')
      begun.socket.write('{')
      await waitFor(() => begun.answer.startsWith('HTTP/1.1 400 '))
      const body = report()
      const head = ['POST /callback HTTP/1.1', 'Host: a', `Authorization: ${HEADERS.authorization}`]
      const lines = [...head, `X-Forwarded-For: ${GATEWAY}`, `Content-Length: ${body.length}`]
      begun.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
      await waitFor(() => begun.answer.includes('HTTP/1.1 200 '))
      assert.equal(begun.isClosed, false)
      begun.socket.destroy()
    })
  }

  test('Fastify neither reads a refused body itself, nor loses the end of the answer', async () => {
    const errors = []
    let ended = 0
    const site = await serve('fastify', {
      make: async (receiver) => {
        let server
        const app = fastify({ bodyLimit: 1, serverFactory: (handle) => (server = http.createServer(handle)) })
        app.setErrorHandler((error) => errors.push(error.code))
        app.addHook('onResponse', async () => {
          ended += 1
        })
        app.register(receiver.fastify, { prefix: '/callback' })
        await app.ready()
        return server
      },
    })
    const headers = { ...HEADERS, 'x-forwarded-for': '203.0.113.9' }
    assert.equal(await post(site, report(), { headers }), 403)
    assert.equal(await post(site, report()), 200)
    await waitFor(() => ended === 2)
    assert.deepEqual(errors, [])
  })

  test('HTTP/2 works as well', async (t) => {
    const warnings = []
    const listener = (warning) => warnings.push(warning.message)
    process.on('warning', listener)
    t.after(() => process.off('warning', listener))
    const handled = []
    const receiver = new CallbackReceiver((callback) => handled.push(callback.refId), { guard, maxBytes: 100 })
    const server = http2.createServer(receiver.node)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = http2.connect(`http://127.0.0.1:${server.address().port}`)
    /** The answer, before the rest of the body is sent. */
    const ask = (body, { rest, ...headers } = {}) =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':method': 'POST', ':path': '/', ...HEADERS, ...headers })
        let status
        stream.on('error', reject)
        stream.on('response', (head) => {
          status = head[':status']
          if (rest !== undefined) stream.end(rest)
        })
        stream.on('close', () => resolve(status))
        stream.resume()
        if (rest === undefined) stream.end(body)
        else stream.write(body)
      })
    try {
      assert.equal(await ask(report('of http2')), 200)
      // More than the windows of the stream and the session.
      const rest = Buffer.alloc(1_000_000)
      assert.equal(await ask(report().padEnd(101), { rest }), 413)
      assert.equal(await ask(report(), { rest, 'x-forwarded-for': '203.0.113.9' }), 403)
      assert.deepEqual([handled, warnings], [['of http2'], []])
    } finally {
      session.destroy()
      server.close()
    }
  })
})

describe('bodies that were read before', () => {
  const make =
    (...middleware) =>
    (receiver) => {
      const app = express()
      app.use(...middleware)
      app.post('/callback', receiver.node)
      return http.createServer(app)
    }
  const cases = [
    ['express.json()', [express.json()], 500],
    ['express.raw()', [express.raw({ type: '*/*' })], 200],
    ['express.text()', [express.text({ type: '*/*' })], 200],
    [
      'express.json() that keeps a rawBody',
      [
        express.json({
          verify: (request, _response, bytes) => {
            request.rawBody = bytes
          },
        }),
      ],
      200,
    ],
  ]
  for (const [name, middleware, expected] of cases) {
    test(`${name}: ${expected}`, async (t) => {
      const lines = linesOf(t)
      const site = await serve('express', { make: make(...middleware), maxBytes: 1000 })
      assert.equal(await post(site, report()), expected)
      assert.equal(site.handled.length, expected === 200 ? 1 : 0)
      if (expected === 500) {
        const [[error, callback]] = site.errors
        assert.ok(error instanceof TypeError)
        assert.match(error.message, /express\.json\(\)/)
        assert.equal(callback, undefined)
        assert.equal(textOf(lines[0]), 'error callback answered with 500: the request could not be read')
      } else {
        assert.equal(await post(site, report().padEnd(1001), { chunked: true }), 413)
      }
    })
  }

  test('a Request that was read: 500', async () => {
    const errors = []
    const receiver = new CallbackReceiver(() => {}, { guard: null, onError: (error) => errors.push(error) })
    const request = new Request('http://a', { method: 'POST', body: report() })
    await request.text()
    assert.equal((await receiver.fetch(request)).status, 500)
    assert.equal(errors.length, 1)
    assert.ok(errors[0] instanceof TypeError && errors[0].message.includes('receiver'))
  })
})

describe('Request and Response', () => {
  test('without the address of the peer a guard refuses the request', async (t) => {
    const lines = linesOf(t)
    const receiver = new CallbackReceiver(() => {}, { guard: new CallbackGuard() })
    const ask = (options) => receiver.fetch(new Request('http://a', { method: 'POST', body: report() }), options)
    for (const options of [undefined, {}, { peer: undefined }, { peer: null }, Object.create({ peer: GATEWAY })]) {
      assert.equal((await ask(options)).status, 403)
      assert.equal(textOf(lines.at(-1)), 'warn callback answered with 403: unusable')
    }
    assert.equal((await ask({ peer: GATEWAY })).status, 200)
  })

  test('no more of a body is read than its limit', async () => {
    const receiver = new CallbackReceiver(() => {}, { guard: null, maxBytes: 100 })
    let pulled = 0
    let cancelled = false
    const body = new ReadableStream(
      {
        pull: (controller) => {
          pulled += 1
          controller.enqueue(new Uint8Array(40))
        },
        cancel: () => {
          cancelled = true
        },
      },
      { highWaterMark: 0 },
    )
    const request = new Request('http://a', { method: 'POST', body, duplex: 'half' })
    assert.equal((await receiver.fetch(request)).status, 413)
    assert.deepEqual([pulled, cancelled], [3, true])
  })

  test('a request without a body is not a callback', async () => {
    const receiver = new CallbackReceiver(() => {}, { guard: null })
    assert.equal((await receiver.fetch(new Request('http://a', { method: 'POST' }))).status, 400)
  })
})

describe('handle', () => {
  const receive = (options, body = report()) => {
    const { handle } = new CallbackReceiver(() => {}, { guard, ...options })
    return handle({ peer: '127.0.0.1', headers: HEADERS, body })
  }

  test('returns the answer', async () => {
    assert.deepEqual(await receive({}), { status: 200, headers: {}, body: '' })
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    assert.deepEqual(await receive({ acknowledgement: 'OK' }), { status: 200, headers, body: 'OK' })
    const { status, headers: ofError, body } = await receive({}, '{')
    assert.deepEqual([status, ofError, body.length > 10], [400, headers, true])
    assert.deepEqual(await receive({ maxBytes: 10 }), { status: 413, headers: {}, body: '' })
    const strange = new CallbackGuard({ basic: { username: 'a', password: 'b' }, anyAddress: true })
    assert.deepEqual(await receive({ guard: strange }), {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="callbacks"' },
      body: '',
    })
  })

  test('each caller gets an object of its own', async () => {
    const { handle } = new CallbackReceiver(() => {}, { guard: null, acknowledgement: 'OK' })
    const body = report()
    const answers = await Promise.all([handle({ body }), handle({ body })])
    assert.deepEqual(answers[0], answers[1])
    for (const answer of answers) {
      assert.deepEqual(Object.keys(answer.headers), ['content-type'])
      answer.headers.mine = '1'
      answer.mine = '1'
    }
    assert.equal((await handle({ body })).headers.mine, undefined)
  })

  test('takes bodies in each form, and nothing that was parsed', async () => {
    for (const form of [(text) => text, Buffer.from, (text) => Uint8Array.from(Buffer.from(text)).buffer]) {
      assert.equal((await receive({}, form(report()))).status, 200)
    }
    for (const wrong of [undefined, null, {}, JSON.parse(report()), 7]) {
      await assert.rejects(
        receive({}, wrong ?? null),
        (error) => error instanceof TypeError && /^body /.test(error.message),
      )
    }
  })

  test('without a guard everyone is believed', async () => {
    const { handle } = new CallbackReceiver(() => {}, { guard: null })
    assert.equal((await handle({ body: report() })).status, 200)
  })
})

describe('outboxes', () => {
  /** Records in memory, for several receivers. */
  class MemoryOutbox {
    states = new Map()

    async claim({ key }) {
      const state = this.states.get(key)
      if (state === undefined) this.states.set(key, 'busy')
      return state ?? 'new'
    }

    async apply({ key }) {
      this.states.set(key, 'repeat')
    }

    async release({ key }) {
      this.states.delete(key)
    }
  }

  /** The same in a database, where Node has one. */
  class SqliteOutbox {
    constructor({ DatabaseSync }) {
      this.db = new DatabaseSync(':memory:')
      this.db.exec('CREATE TABLE callbacks (key TEXT PRIMARY KEY, state TEXT)')
    }

    claim({ key }) {
      const { changes } = this.db.prepare("INSERT OR IGNORE INTO callbacks VALUES (?, 'busy')").run(key)
      if (Number(changes) === 1) return 'new'
      return this.db.prepare('SELECT state FROM callbacks WHERE key = ?').get(key).state
    }

    apply({ key }) {
      this.db.prepare("UPDATE callbacks SET state = 'repeat' WHERE key = ?").run(key)
    }

    release({ key }) {
      this.db.prepare('DELETE FROM callbacks WHERE key = ?').run(key)
    }
  }

  const sqlite = process.getBuiltinModule?.('node:sqlite')
  for (const [name, make] of [
    ['in memory', () => new MemoryOutbox()],
    ['in SQLite', () => new SqliteOutbox(sqlite)],
  ]) {
    test(`two receivers with one outbox ${name} handle a callback once`, {
      skip: name === 'in SQLite' && !sqlite && 'this Node has no SQLite',
    }, async (t) => {
      const lines = linesOf(t)
      const outbox = make()
      const gates = [gate(), gate()]
      let handled = 0
      const handler = () => gates[handled++].opened
      const [one, two] = [await serve('http', { handler, outbox }), await serve('http', { handler, outbox })]
      const body = report()
      const failing = post(one, body)
      await waitFor(() => handled === 1)
      const busy = await ask(two, body)
      assert.deepEqual([busy.status, busy.headers['retry-after'], busy.text], [503, '10', ''])
      assert.equal(textOf(lines.at(-1)), 'warn callback answered with 503: another process handles it')
      gates[0].fail(new Error('the handler fails'))
      assert.equal(await failing, 500)
      gates[1].open()
      assert.deepEqual([await post(two, body), await post(one, body), await post(two, body)], [200, 200, 200])
      assert.equal(handled, 2)
    })
  }

  /** An outbox that records its calls, some of which fail. */
  function recorder(failing = {}) {
    const calls = []
    const outbox = {}
    for (const name of ['claim', 'apply', 'release']) {
      outbox[name] = async ({ refId }) => {
        assert.equal(refId, 'recorded')
        calls.push(name)
        if (failing[name]) throw failing[name]
        return name === 'claim' ? 'new' : undefined
      }
    }
    return { calls, outbox }
  }

  for (const [name, failing, expected] of [
    ['nothing', {}, { calls: ['claim', 'handler', 'apply'], status: 200, why: [] }],
    ['claim', { claim: new Error('c') }, { calls: ['claim'], status: 500, why: ['it could not be claimed'] }],
    [
      'the handler',
      { handler: new Error('h') },
      { calls: ['claim', 'handler', 'release'], status: 500, why: ['the handler failed'] },
    ],
    [
      'apply',
      { apply: new Error('a') },
      { calls: ['claim', 'handler', 'apply', 'release'], status: 500, why: ['it could not be recorded'] },
    ],
    [
      'the handler and release',
      { handler: new Error('h'), release: new Error('r') },
      { calls: ['claim', 'handler', 'release'], status: 500, why: ['the handler failed', 'it could not be released'] },
    ],
  ]) {
    test(`the steps if ${name} fails`, async (t) => {
      const lines = linesOf(t, 'error')
      const { calls, outbox } = recorder(failing)
      const handler = async () => {
        calls.push('handler')
        if (failing.handler) throw failing.handler
      }
      const site = await serve('http', { handler, outbox })
      assert.equal(await post(site, report('recorded')), expected.status)
      assert.deepEqual(calls, expected.calls)
      assert.deepEqual(
        lines.map(({ message }) => message),
        expected.why.map((why) => `callback answered with 500: ${why}`),
      )
      assert.deepEqual(
        site.errors.map(([error, { refId }]) => [error, refId]),
        Object.values(failing).map((error) => [error, 'recorded']),
      )
    })
  }

  test('the answer waits until the callback is recorded', async () => {
    const recording = gate()
    const { calls, outbox } = recorder()
    const apply = outbox.apply
    outbox.apply = async (callback) => {
      await apply(callback)
      await recording.opened
    }
    const site = await serve('http', { outbox })
    let answered = false
    const answer = post(site, report('recorded')).then((status) => {
      answered = true
      return status
    })
    await waitFor(() => calls.includes('apply'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(answered, false)
    recording.open()
    assert.equal(await answer, 200)
  })

  test('an outbox with another answer than the three is an error', async () => {
    for (const claim of [undefined, true, 'done']) {
      const outbox = { claim: () => claim, apply() {}, release() {} }
      const site = await serve('http', { outbox })
      assert.equal(await post(site, report()), 500)
      assert.ok(site.errors[0][0] instanceof TypeError)
      assert.deepEqual(site.handled, [])
    }
  })
})

test('without an outbox a receiver remembers the last 100,000 callbacks', async () => {
  let handled = 0
  const { handle } = new CallbackReceiver(
    () => {
      handled += 1
    },
    { guard: null },
  )
  const receive = async (number) => {
    const before = handled
    const { status } = await handle({ body: report(`n-${number}`) })
    assert.equal(status, 200)
    return handled > before
  }
  for (let number = 0; number <= 100_000; number += 1) assert.equal(await receive(number), true)
  // The oldest was forgotten, the next one not.
  assert.deepEqual([await receive(1), await receive(100_000), await receive(0)], [false, false, true])
})

test('listeners are told whether a callback is accepted, and nothing else of it', async (t) => {
  const handled = []
  const receiver = new CallbackReceiver((callback) => handled.push(callback), { guard, maxBytes: 1000 })
  const events = []
  const remove = receiver.on((event) =>
    events.push({ ...event, handled: handled.length, frozen: Object.isFrozen(event) }),
  )
  const warnings = []
  const listener = (warning) => warnings.push(warning.message)
  process.on('warning', listener)
  t.after(() => process.off('warning', listener))
  receiver.on(async () => {
    throw new Error('of the listener')
  })
  const began = Date.now()
  const post = (body, headers = HEADERS) => receiver.handle({ peer: '127.0.0.1', headers, body })
  const wrong = { ...HEADERS, authorization: basic('wrong') }
  const answers = [await post(MESSAGE), await post('{'), await post(MESSAGE, wrong), await post('x'.repeat(1001))]
  remove()
  answers.push(await post(MESSAGE))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 400, 401, 413, 200],
  )
  const expected = [
    { kind: 'callback_accepted' },
    { kind: 'callback_refused', refusal: 'invalid' },
    { kind: 'callback_refused', refusal: 'credentials' },
    { kind: 'callback_refused', refusal: 'too_large' },
  ]
  assert.deepEqual(
    events.map(({ timestampMs, handled, frozen, ...event }) => event),
    expected,
  )
  assert.deepEqual(
    events.map(({ handled, frozen }) => [handled, frozen]),
    [[0, true], ...Array(3).fill([1, true])],
  )
  assert.ok(events.every(({ timestampMs }) => timestampMs >= began && timestampMs <= Date.now()))
  await waitFor(() => warnings.length === 5)

  // Of one kind, and without the receiver.
  const refused = []
  const { on } = receiver
  const end = on('callback_refused', ({ kind, refusal }) => refused.push([kind, refusal]))
  for (const body of [MESSAGE, '{']) await post(body)
  end()
  await post('{')
  assert.deepEqual(refused, [['callback_refused', 'invalid']])
  const noop = () => {}
  for (const wrong of [[], ['callback_refused'], ['send_ended', noop], [noop, 'callback_refused'], [7, noop]]) {
    assert.throws(
      () => receiver.on(...wrong),
      (error) => error instanceof TypeError && /receiver\.test\.js/.test(error.stack.split('\n')[1]),
    )
  }
  assert.throws(() => on('callbackRefused', noop), /did you mean 'callback_refused'/)
})

describe('errors', () => {
  const failing = (options) =>
    new CallbackReceiver(
      () => {
        throw new Error('the handler fails')
      },
      { guard: null, ...options },
    ).handle({ body: report() })

  test('without onError they are printed', async () => {
    const script = `
      const { CallbackReceiver } = require(${JSON.stringify(path.join(ROOT, 'node', 'receiver.js'))})
      const handler = () => { throw new Error('the handler fails') }
      const { handle } = new CallbackReceiver(handler, { guard: null })
      handle({ body: ${JSON.stringify(MESSAGE)} }).then(({ status }) => console.log(status))`
    const { code, out, err } = await runScript(script)
    assert.deepEqual([code, out], [0, '500\n'])
    assert.match(err, /^Error: the handler fails\n {4}at handler/)
    assert.ok(!err.includes(TEXT) && !err.includes(NUMBER))
  })

  test('an exception of onError or the logger is a warning, and the answer the same', async (t) => {
    const warnings = []
    const listener = (warning) => warnings.push(warning.message)
    process.on('warning', listener)
    t.after(() => process.off('warning', listener))
    const fail = (message) => () => {
      throw new Error(message)
    }
    setLogger(fail('of the logger'), 'error')
    t.after(() => setLogger(undefined))
    assert.equal((await failing({ onError: fail('of onError') })).status, 500)
    assert.equal((await failing({ onError: async () => fail('of an async onError')() })).status, 500)
    await waitFor(() => warnings.length === 4)
    assert.deepEqual(warnings.sort(), ['of an async onError', 'of onError', 'of the logger', 'of the logger'])
  })

  test('lines below the level of the logger are not made', async (t) => {
    const lines = linesOf(t, 'error')
    const { handle } = new CallbackReceiver(() => {}, { guard: null })
    assert.equal((await handle({ body: '{' })).status, 400)
    assert.equal((await handle({ body: report() })).status, 200)
    assert.deepEqual(lines, [])
    await failing({ onError() {} })
    assert.equal(lines.length, 1)
    const { level, message, timestampMs } = lines[0]
    assert.deepEqual(Object.keys(lines[0]).sort(), ['fields', 'level', 'message', 'timestampMs'])
    assert.deepEqual([level, message.length > 10, Math.abs(Date.now() - timestampMs) < 60_000], ['error', true, true])
    setLogger(undefined)
    await failing({ onError() {} })
    assert.equal(lines.length, 1)
  })
})

test('arguments are checked', () => {
  const wrong = (handler, options, start) =>
    assert.throws(
      () => new CallbackReceiver(handler, options),
      (error) => error instanceof TypeError && error.message.startsWith(start),
    )
  const handler = () => {}
  wrong(undefined, { guard }, 'handler must be a function')
  wrong(handler, undefined, 'options must be')
  wrong(handler, {}, 'options.guard must be a CallbackGuard, or null')
  wrong(handler, { guard: undefined }, 'options.guard must be a CallbackGuard, or null')
  wrong(handler, Object.create({ guard: null }), 'options')
  wrong(handler, { guard: {} }, 'options.guard must be')
  wrong(handler, { guard, outbox: { claim() {}, apply() {} } }, 'options.outbox must be an object with release()')
  wrong(handler, { guard, acknowledgement: Buffer.from('') }, 'options.acknowledgement must be a string')
  wrong(handler, { guard, onError: 7 }, 'options.onError must be a function')
  for (const maxBytes of [0, -1, 1.5, NaN, Infinity, '1'])
    wrong(handler, { guard, maxBytes }, 'options.maxBytes must be')
  wrong(handler, { guard, ack: '' }, 'options.ack: there is no such option')
  assert.ok(new CallbackReceiver(handler, { guard, maxBytes: 1, outbox: undefined }))
})
