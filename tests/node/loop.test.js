'use strict'

// The event loop: sends do not block it, and leave nothing in it.

const assert = require('node:assert/strict')
const { before, test } = require('node:test')
const {
  GOOD,
  bodiesOf,
  clientOf,
  faultServer,
  runModule,
  runScript,
  startSandbox,
  threadNames,
  waitFor,
} = require('./support.js')

const TO = '+46000000001'

let silent

before(async () => {
  silent = await faultServer(undefined)
})

test('a thousand sends at once: each has its own answer, and threads are bounded', async () => {
  const sandbox = await startSandbox()
  const client = clientOf(sandbox.baseUrl, { maxConnections: 16 })
  let most = 0
  const ours = () => threadNames().filter((name) => name.startsWith('linkwa')).length
  const look = setInterval(() => {
    most = Math.max(most, ours())
  }, 5)
  const refIds = Array.from({ length: 1000 }, (_, index) => `r-${index}`)
  const results = await Promise.all(refIds.map((refId) => client.sendText(TO, refId, { refId })))
  clearInterval(look)
  assert.deepEqual(
    results.map((result) => result.refId),
    refIds,
  )
  assert.equal(new Set(results.flatMap((result) => result.messageIds)).size, 1000)
  const bodies = await bodiesOf(sandbox)
  assert.deepEqual(bodies.map((body) => body.refId).sort(), refIds.toSorted())
  assert.ok(bodies.every((body) => body.messages[0].text.body === body.refId))
  if (process.platform === 'linux') {
    assert.ok(most >= 16 && most <= 16 + 2, String(most))
    await client.close()
    await waitFor(() => ours() === 0)
  }
})

test('while 64 sends hang, files, names and timers go on, with a single thread of libuv', async () => {
  // If a send ran on libuv's only thread or on the loop, nothing else would finish.
  const script = `
    const fs = require('node:fs')
    const dns = require('node:dns/promises')
    const { setTimeout: sleep, setImmediate: immediate } = require('node:timers/promises')
    const client = makeClient({ timeoutMs: 3600000 })
    let settled = 0
    const controller = new AbortController()
    const sends = Array.from({ length: 64 }, () =>
      client.sendText('${TO}', 'x', { signal: controller.signal }).catch(() => { settled += 1 }))
    const seen = []
    await fetch('http://127.0.0.1:' + process.env.CONTROL).then((answer) => answer.text())
    await Promise.all(Array.from({ length: 20 }, () => fs.promises.readFile(process.execPath, { flag: 'r' })))
    seen.push('files')
    await Promise.all(Array.from({ length: 20 }, () => dns.lookup('localhost')))
    seen.push('names')
    const order = []
    const timers = [3, 1, 2].map((ms) => sleep(ms * 20).then(() => order.push(ms)))
    await immediate()
    await Promise.all(timers)
    seen.push('timers ' + order.join(''))
    seen.push('settled ' + settled)
    controller.abort()
    await Promise.all(sends)
    console.log(seen.join(', '))`
  const server = await faultServer(undefined)
  const control = require('node:http').createServer(async (_, response) => {
    await waitFor(() => server.bodies.length === 64)
    response.end()
  })
  await new Promise((resolve) => control.listen(0, '127.0.0.1', resolve))
  const env = { UV_THREADPOOL_SIZE: '1', CONTROL: String(control.address().port) }
  const ran = await runScript(`;(async () => {${script}})()`, server.url, { env })
  control.close()
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'files, names, timers 123, settled 0\n', ''])
})

test('the process ends by itself when the last promise is settled, and not before', async () => {
  const server = await faultServer(async () => {
    await new Promise((resolve) => setTimeout(resolve, 200))
    return GOOD
  })
  // No handle of linkwa is left, although the client has idle connections and was not closed.
  const handles = `const left = () => process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap')`
  const good = await runScript(
    `${handles}
    console.log(left().length)
    makeClient().sendText('${TO}', 'x').then((result) => setImmediate(() => console.log(result.resultCode, left().join())))
    console.log(left().join())
    process.on('exit', (code) => console.log('exit', code))`,
    server.url,
  )
  assert.deepEqual([good.code, good.out, good.err], [0, '0\nTimeout\n112001 \nexit 0\n', ''])

  const top = await runModule(
    `const client = new linkwa.Client({ baseUrl: '${server.url}', username: 'u', password: 'p', platformId: 'p',
      platformPartnerId: 'pp', source: '+46000000000' })
    console.log((await client.sendText('${TO}', 'x')).resultCode)
    await client.close()
    for await (const chunk of client.sendMany(['${TO}'], { type: 'text', text: { body: 'x' } })) console.log(chunk.error.reason)`,
  )
  assert.deepEqual([top.code, top.out, top.err], [0, '112001\nclosed\n', ''])

  const failed = await runScript(
    `makeClient({ timeoutMs: 100 }).sendText('${TO}', 'x').catch((error) => console.log(error.reason))`,
    silent.url,
  )
  assert.deepEqual([failed.code, failed.out, failed.err], [0, 'deadline\n', ''])

  const unhandled = await runScript(`makeClient({ timeoutMs: 100 }).sendText('${TO}', 'x')`, silent.url)
  assert.equal(unhandled.code, 1)
  assert.match(unhandled.err, /LinkwaError.*deadline/s)
})

test('process.exit() works while sends are under way', async () => {
  const server = await faultServer(undefined)
  const ran = await runScript(
    `const client = makeClient()
    for (let i = 0; i < 100; i += 1) client.sendText('${TO}', 'x').catch(() => console.log('told'))
    setTimeout(() => process.exit(7), 50)`,
    server.url,
  )
  assert.deepEqual([ran.code, ran.signal, ran.out, ran.err], [7, null, '', ''])
})

test('an unreferenced client keeps its sends until they end', async () => {
  const server = await faultServer(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return GOOD
  })
  const ran = await runScript(
    `const send = () => { const client = makeClient({ maxConnections: 1 }); return Promise.all(['a', 'b', 'c'].map((refId) =>
      client.sendText('${TO}', 'x', { refId }))) }
    const sent = send()
    setImmediate(() => { for (let i = 0; i < 5; i += 1) gc() })
    sent.then((results) => console.log(results.map((result) => result.refId).join('')), console.log)`,
    server.url,
    { flags: ['--expose-gc'] },
  )
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'abc\n', ''])
})

test('the first send leaves nothing of its asynchronous context behind, and the logger does not run in it', async () => {
  const server = await faultServer(GOOD)
  const ran = await runScript(
    `const { AsyncLocalStorage } = require('node:async_hooks')
    const storage = new AsyncLocalStorage()
    const seen = new Set()
    let first
    const send = async () => {
      const store = { is: 'first' }
      first = new WeakRef(store)
      await storage.run(store, async () => {
        linkwa.setLogger(() => seen.add(storage.getStore()?.is), 'debug')
        await makeClient().sendText('${TO}', 'x')
        seen.add('then ' + storage.getStore()?.is)
      })
    }
    ;(async () => {
      await send()
      await storage.run({ is: 'second' }, () => makeClient().sendText('${TO}', 'x'))
      for (let i = 0; i < 20 && first.deref(); i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        gc()
      }
      console.log([...seen].join(), first.deref())
    })()`,
    server.url,
    { flags: ['--expose-gc'] },
  )
  assert.deepEqual([ran.code, ran.out, ran.err], [0, ',then first undefined\n', ''])
})
