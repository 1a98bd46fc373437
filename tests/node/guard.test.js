'use strict'

// `CallbackGuard`: arguments in all forms that servers have, and no credentials in any output.

const assert = require('node:assert/strict')
const http = require('node:http')
const net = require('node:net')
const test = require('node:test')
const { inspect } = require('node:util')
const { CallbackGuard, LinkwaError } = require('../../node/index.js')

const GATEWAY = '195.84.162.34'
const STRANGER = '203.0.113.9'
const PROXY = '10.0.0.7'

function basic(username, password) {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function refusal(guard, { peer = GATEWAY, headers = {}, length = 0 } = {}) {
  const verdict = guard.check(peer, headers, length)
  assert.deepEqual(Object.keys(verdict), ['ok', 'sender', 'refusal'])
  assert.equal(verdict.ok, verdict.refusal === undefined)
  assert.equal(verdict.ok, verdict.sender !== undefined)
  return verdict.refusal
}

test('a new guard accepts the addresses of LINK and 256 KiB', () => {
  const guard = new CallbackGuard()
  assert.deepEqual(guard.check(GATEWAY, {}, 262_144), { ok: true, sender: GATEWAY, refusal: undefined })
  assert.deepEqual(guard.check(STRANGER, {}, 0), { ok: false, sender: undefined, refusal: 'address' })
  assert.equal(guard.check(`::ffff:${GATEWAY}`, {}, 0).sender, GATEWAY)
  assert.equal(refusal(guard, { length: 262_145 }), 'too_large')
  assert.equal(refusal(new CallbackGuard({ maxBody: 10 }), { length: 11 }), 'too_large')
  assert.equal(refusal(new CallbackGuard({ maxBody: 10 }), { length: 10 }), undefined)
  assert.equal(refusal(guard, { length: Number.MAX_SAFE_INTEGER }), 'too_large')
  assert.equal(refusal(guard, { length: 2 ** 64 }), 'too_large')
})

test('an invalid peer address is refused', () => {
  for (const guard of [new CallbackGuard(), new CallbackGuard({ anyAddress: true })]) {
    for (const peer of [undefined, null, '', 'localhost', 'unix:', `${GATEWAY}:443`, ` ${GATEWAY}`, '\ud800']) {
      assert.deepEqual(guard.check(peer, {}, 0), { ok: false, sender: undefined, refusal: 'unusable' })
    }
  }
})

test('custom ranges replace those of LINK', () => {
  for (const ranges of [['192.0.2.0/24'], ['192.0.2.1-192.0.2.9'], new Set(['192.0.2.7']), ['192.0.2.7'].values()]) {
    const guard = new CallbackGuard({ ranges })
    assert.equal(refusal(guard, { peer: '192.0.2.7' }), undefined)
    assert.equal(refusal(guard, { peer: GATEWAY }), 'address')
  }
  assert.equal(refusal(new CallbackGuard({ ranges: [] })), 'address')
  assert.equal(refusal(new CallbackGuard({ ranges: undefined, anyAddress: false })), undefined)
  assert.equal(refusal(new CallbackGuard({ anyAddress: true }), { peer: STRANGER }), undefined)
  assert.throws(() => new CallbackGuard({ ranges: ['192.0.2.1'], anyAddress: true }), {
    name: 'TypeError',
    message: /options\.ranges and options\.anyAddress/,
  })
  for (const wrong of ['nowhere', '192.0.2.0/33', '192.0.2.9-192.0.2.1', '']) {
    for (const options of [{ ranges: [wrong] }, { trustedProxies: [wrong] }]) {
      assert.throws(
        function theCaller() {
          new CallbackGuard(options)
        },
        (error) => {
          assert.ok(error instanceof LinkwaError)
          assert.equal(error.code, 'invalid_config')
          assert.match(error.stack.split('\n')[1], /theCaller.*guard\.test\.js/)
          return true
        },
      )
    }
  }
})

test('trusted proxies name the sender', () => {
  const guard = new CallbackGuard({ trustedProxies: ['10.0.0.0/8'] })
  const by = (headers, peer = PROXY) => guard.check(peer, headers, 0)
  assert.equal(by({ 'X-Forwarded-For': GATEWAY }).sender, GATEWAY)
  assert.equal(by({ Forwarded: `for=${GATEWAY}` }).sender, GATEWAY)
  assert.equal(by({ 'x-forwarded-for': `${GATEWAY}, ${STRANGER}` }).refusal, 'address')
  assert.equal(by(['X-Forwarded-For', GATEWAY, 'x-forwarded-for', STRANGER]).refusal, 'address')
  assert.equal(by({ 'x-forwarded-for': [GATEWAY, STRANGER] }).refusal, 'address')
  assert.equal(by({ 'x-forwarded-for': GATEWAY }, STRANGER).refusal, 'address')
  for (const headers of [{}, { 'x-forwarded-for': '?' }]) assert.equal(by(headers).refusal, 'forwarded')
  const both = { 'x-forwarded-for': GATEWAY, forwarded: `for=${STRANGER}` }
  for (const [forwarded, expected] of [
    ['both', 'forwarded'],
    [undefined, 'forwarded'],
    ['x-forwarded-for', undefined],
    ['forwarded', 'address'],
  ]) {
    const choosy = new CallbackGuard({ trustedProxies: [PROXY], forwarded })
    assert.equal(refusal(choosy, { peer: PROXY, headers: both }), expected)
  }
  assert.throws(() => new CallbackGuard({ forwarded: 'X-Forwarded-For' }), {
    name: 'TypeError',
    message: /options\.forwarded/,
  })
})

test('credentials and headers', () => {
  const guard = new CallbackGuard({ basic: { username: 'gäte', password: 'secret' } })
  const good = basic('gäte', 'secret')
  assert.equal(refusal(guard, { headers: { AUTHORIZATION: good } }), undefined)
  for (const headers of [
    {},
    { Authorization: basic('gäte', 'wrong') },
    { Authorization: 'Basic !' },
    ['authorization', good, 'Authorization', good],
    { authorization: [good, good] },
    new Headers([
      ['authorization', good],
      ['authorization', good],
    ]),
  ]) {
    assert.equal(refusal(guard, { headers }), 'credentials')
  }
  const empty = new CallbackGuard({ basic: { username: 'gate', password: '' } })
  assert.equal(refusal(empty, { headers: { authorization: basic('gate', '') } }), 'credentials')

  const keyed = new CallbackGuard({ headers: { 'X-Key': 'one', 'X-Other': 'zwö' } })
  const wire = Buffer.from('zwö').toString('latin1') // as node:http gives it: a byte a character
  assert.equal(refusal(keyed, { headers: { 'x-key': 'one', 'x-other': wire } }), undefined)
  assert.equal(refusal(keyed, { headers: { 'x-key': 'one' } }), 'header')
  assert.equal(refusal(keyed, { headers: { 'x-key': 'two', 'x-other': wire } }), 'header')
  assert.equal(refusal(new CallbackGuard({ headers: { 'X-Key': '' } }), { headers: { 'x-key': '' } }), 'header')
  assert.equal(refusal(new CallbackGuard({ headers: { 'X-Key': '€' } }), { headers: { 'x-key': '€' } }), undefined)
})

test('headers are read from every container', () => {
  const guard = new CallbackGuard({ headers: { 'X-Key': 'one' } })
  const pairs = [
    ['Host', 'x'],
    ['X-Key', 'one'],
  ]
  const object = Object.fromEntries(pairs)
  for (const headers of [
    pairs,
    pairs.flat(),
    object,
    Object.assign(Object.create(null), object),
    new Headers(pairs),
    new Map(pairs),
    new Map([['x-key', ['one']]]),
    pairs.values(),
    new Headers(pairs).entries(),
    { ...object, 'x-key': undefined },
    { 'x-key': ['one'] },
  ]) {
    assert.equal(refusal(guard, { headers }), undefined)
  }
  for (const headers of [[], {}, new Headers(), new Map(), { 'x-key': [] }, ['Host', 'x-key', 'one', 'x']]) {
    assert.equal(refusal(guard, { headers }), 'header')
  }
  assert.equal(refusal(guard, { headers: [...pairs, ['x-key', 'one']] }), 'header')
  const wrong = [
    undefined,
    null,
    1,
    'X-Key: one',
    [1],
    [['a']],
    [['a', 1]],
    [[1, 'a']],
    ['a', 1],
    { a: 1 },
    { a: null },
  ]
  for (const headers of [...wrong, { a: [1] }, [['a', 'b'], 'c'], ['a', 'b', ['c', 'd']]]) {
    assert.throws(() => guard.check(GATEWAY, headers, 0), { name: 'TypeError', message: /^headers must be/ })
  }
  assert.throws(() => guard.check(GATEWAY, ['a', 'b', 'c'], 0), { name: 'TypeError', message: /^headers must have/ })
})

test('the guard accepts the requests of node:http', async () => {
  const guard = new CallbackGuard({ ranges: ['127.0.0.1', '::1'], basic: { username: 'gate', password: 'secret' } })
  const verdicts = []
  const server = http.createServer((request, response) => {
    const { remoteAddress } = request.socket
    for (const headers of [request.rawHeaders, request.headers, request.headersDistinct]) {
      verdicts.push(guard.check(remoteAddress, headers, 2))
    }
    response.end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address()
    for (const password of ['secret', 'wrong']) {
      await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: basic('gate', password) } })
    }
    // For a repeated header, only the raw headers have both lines.
    await new Promise((resolve, reject) => {
      const line = `Authorization: ${basic('gate', 'secret')}\r\n`
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.end(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${line}${line}\r\n`)
      })
      socket.on('error', reject).on('close', resolve).resume()
    })
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
  const ok = { ok: true, sender: '127.0.0.1', refusal: undefined }
  const refused = { ok: false, sender: undefined, refusal: 'credentials' }
  assert.deepEqual(verdicts.slice(0, 6), [ok, ok, ok, refused, refused, refused])
  assert.deepEqual(verdicts[6], refused)
})

test('wrong types are TypeErrors that name the argument, and show no credential', () => {
  const guard = new CallbackGuard()
  const make = (options) => () => new CallbackGuard(options)
  const cases = [
    ['peer', () => guard.check(1, {}, 0)],
    ['peer', () => guard.check(Buffer.from('1.2.3.4'), {}, 0)],
    ['bodyLength', () => guard.check(GATEWAY, {}, '0')],
    ['bodyLength', () => guard.check(GATEWAY, {})],
    ['bodyLength', () => guard.check(GATEWAY, {}, -1)],
    ['bodyLength', () => guard.check(GATEWAY, {}, 0.5)],
    ['bodyLength', () => guard.check(GATEWAY, {}, Number.NaN)],
    ['options', make(null)],
    ['options', make('192.0.2.1')],
    ['options', make(['192.0.2.1'])],
    ['options.range', make({ range: ['192.0.2.1'] })],
    ['options.ranges', make({ ranges: '192.0.2.1' })],
    ['options.ranges', make({ ranges: 1 })],
    ['options.ranges', make({ ranges: null })],
    ['options.anyAddress', make({ anyAddress: 'yes' })],
    ['options.trustedProxies[1]', make({ trustedProxies: [PROXY, 1] })],
    ['options.forwarded', make({ forwarded: true })],
    ['options.basic', make({ basic: 'SECRET' })],
    ['options.basic', make({ basic: ['user', 'SECRET'] })],
    ['options.basic.password', make({ basic: { username: 'SECRET' } })],
    ['options.basic.password', make({ basic: { username: 'SECRET', password: 1 } })],
    ['options.basic', make({ basic: { username: 'SECRET', password: 'SECRET', passwort: 'SECRET' } })],
    ['options.basic.password', make({ basic: { username: 'u', password: 'SECRET\ud800' } })],
    ['options.headers', make({ headers: ['X-Key', 'SECRET'] })],
    ['options.headers', make({ headers: new Map([['X-Key', 'SECRET']]) })],
    ["options.headers['X-Key']", make({ headers: { 'X-Key': 1 } })],
    ['options.maxBody', make({ maxBody: '1' })],
    ['options.maxBody', make({ maxBody: -1 })],
  ]
  for (const [name, wrong] of cases) {
    assert.throws(wrong, (error) => {
      assert.equal(error.name, 'TypeError')
      assert.match(error.message.slice(name.length), /^(:| must)/, error.message)
      assert.ok(error.message.startsWith(name), error.message)
      assert.doesNotMatch(error.stack, /SECRET/)
      assert.match(error.stack.split('\n')[1], /guard\.test\.js/)
      return true
    })
  }
  assert.throws(() => CallbackGuard(), TypeError)
})

test('credentials are printed nowhere', () => {
  const guard = new CallbackGuard({
    basic: { username: 'CANARY', password: 'CANARY' },
    headers: { 'X-Key': 'CANARY' },
  })
  const verdict = guard.check(GATEWAY, { authorization: 'CANARY', 'x-key': 'CANARY' }, 0)
  const options = { depth: Infinity, showHidden: true }
  for (const shown of [inspect(guard, options), JSON.stringify(guard), String(guard), inspect(verdict, options)]) {
    assert.doesNotMatch(shown, /CANARY|Q0FOQVJZ/)
  }
  assert.equal(verdict.refusal, 'credentials')
})
