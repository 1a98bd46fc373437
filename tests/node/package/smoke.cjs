'use strict'

// What a program does with the package that is installed in its folder. Prints `smoke: ok` and ends by itself.

const assert = require('node:assert/strict')
const http = require('node:http')
const linkwa = require('linkwa')

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

module.exports = { main }
if (require.main === module) main()
