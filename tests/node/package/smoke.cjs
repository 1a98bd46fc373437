'use strict'

// What a program does with the package that is installed in its folder. Prints `smoke: ok` and ends by itself.

const assert = require('node:assert/strict')
const http = require('node:http')
const linkwa = require('linkwa')
const { CallbackReceiver } = require('linkwa/receiver')

async function main(given = linkwa) {
  const { CallbackGuard, Client, LinkwaError, StatusTracker, newRefId, parseCallback, validate, version } = given
  assert.match(version, /^\d+\.\d+\.\d+$/)
  assert.equal(validate({ priority: 'URGENT' })[0].code, 'unknown_value')
  assert.equal(newRefId().length, 36)

  const report = parseCallback(Buffer.from('{"messageId": "å😀", "resultCode": 112003, "new": [1]}'))
  assert.deepEqual(
    [report.kind, report.messageId, report.status, report.extra.new],
    ['eventReport', 'å😀', 'delivered', [1]],
  )
  assert.equal(new StatusTracker().apply(report).isFinal, true)
  assert.equal(parseCallback('{"messageId": "a", "source": "+46", "content": {}}').kind, 'receivedMessage')
  assert.throws(() => parseCallback('{}'), LinkwaError)
  assert.equal(new CallbackGuard().check('127.0.0.1', {}, 10).ok, false)

  await receive(given)

  const answer = JSON.stringify({ resultCode: 112001, description: 'queued', messageIds: ['a'] })
  const server = http.createServer((request, response) => {
    const refused = request.headers.authorization !== `Basic ${Buffer.from('user:secret').toString('base64')}`
    request.resume()
    request.on('end', () => {
      response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' })
      response.end(answer)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const account = {
    baseUrl: `http://127.0.0.1:${server.address().port}`,
    username: 'user',
    platformId: 'p',
    platformPartnerId: 'pp',
    source: '+46000000000',
  }
  try {
    const client = new Client({ ...account, password: 'secret' })
    const sent = await client.sendText('+46000000001', 'Hello', { refId: 'r' })
    assert.deepEqual([sent.refId, sent.messageIds], ['r', ['a']])
    const many = await Promise.all(Array.from({ length: 50 }, () => client.sendText('+46000000001', 'Hello')))
    assert.equal(new Set(many.map(({ refId }) => refId)).size, 50)
    await client.close()

    const error = await new Client({ ...account, password: 'wrong' }).sendText('+46000000001', 'Hello').catch((e) => e)
    assert.ok(error instanceof LinkwaError)
    assert.deepEqual([error.code, error.outcome, error.httpStatus], ['rejected', 'rejected', 401])
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  console.log(`smoke: ok`)
}

/** A callback over a connection, and one as a `Request`. */
async function receive({ CallbackGuard }) {
  const handled = []
  const guard = new CallbackGuard({ ranges: ['127.0.0.1'] })
  const receiver = new CallbackReceiver((callback) => handled.push(callback.refId), { guard, maxBytes: 100 })
  const server = http.createServer(receiver.node)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const report = (refId) => ({ method: 'POST', body: JSON.stringify({ messageId: 'a', refId, resultCode: 112003 }) })
  const post = async (init) => (await fetch(`http://127.0.0.1:${server.address().port}/`, init)).status
  try {
    assert.deepEqual([await post(report('a')), await post(report('a')), await post({})], [200, 200, 405])
    assert.equal(await post({ method: 'POST', body: ' '.repeat(101) }), 413)
    const request = (init) => new Request('http://a/', init)
    assert.equal((await receiver.fetch(request(report('b')), { peer: '127.0.0.1' })).status, 200)
    assert.equal((await receiver.fetch(request(report('c')))).status, 403)
    assert.deepEqual(handled, ['a', 'b'])
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

module.exports = { main }
if (require.main === module) main()
