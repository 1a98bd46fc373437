'use strict'

// worker_threads: the sends and runs of a worker end with it, and no others.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { GOOD, PACKAGE, faultServer, runScript, waitFor } = require('./support.js')

const TO = '+46000000001'

/** Returns a program that runs `body` in workers, with a client. */
const workers = (main, body) => `
  const { Worker } = require('node:worker_threads')
  const body = ${JSON.stringify(`
    const { parentPort, workerData } = require('node:worker_threads')
    const linkwa = require(${JSON.stringify(PACKAGE)})
    const client = new linkwa.Client(workerData)
    const send = (more) => client.sendText('${TO}', 'x', more)
    const many = () => client.sendMany((function* () { for (;;) yield '${TO}' })(), { type: 'text', text: { body: 'x' } })
    ${body}`)}
  const start = () => new Worker(body, { eval: true, workerData: { ...account, baseUrl: url } })
  const { once } = require('node:events')
  ;(async () => {${main}})()`

test('fifty workers that are ended in the middle of sends, of runs and of closing', async () => {
  const server = await faultServer(undefined)
  const ran = await runScript(
    workers(
      `for (let round = 0; round < 50; round += 1) {
        const worker = start()
        const [words] = await once(worker, 'message')
        if (words !== 'begun') throw new Error(words)
        // Some are ended at once, some after requests have arrived.
        for (let turn = 0; turn < round % 4; turn += 1) await new Promise(setImmediate)
        await worker.terminate()
      }
      console.log('done', process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length)`,
      `linkwa.setLogger(() => {}, 'debug')
      for (let i = 0; i < 20; i += 1) send({ signal: new AbortController().signal })
      many().next()
      new linkwa.Client(workerData).close()
      parentPort.postMessage('begun')`,
    ),
    server.url,
  )
  assert.deepEqual([ran.signal, ran.code, ran.out, ran.err], [null, 0, 'done 0\n', ''])
  // The sends of the workers were cancelled with them.
  await waitFor(() => server.sockets.size === 0)
  assert.ok(server.connections > 50, String(server.connections))
})

test('fifty workers that are ended while answers come', async () => {
  const server = await faultServer(GOOD)
  const ran = await runScript(
    workers(
      `for (let round = 0; round < 50; round += 1) {
        const worker = start()
        await once(worker, 'message')
        await worker.terminate()
      }
      console.log('done')`,
      `const go = () => send().then(go, go)
      for (let i = 0; i < 8; i += 1) go()
      ;(async () => { for await (const chunk of many()) chunk.index })()
      send().then(() => parentPort.postMessage('answered'))`,
    ),
    server.url,
  )
  assert.deepEqual([ran.signal, ran.code, ran.out, ran.err], [null, 0, 'done\n', ''])
})

test('a worker ends by itself, and the others go on', async () => {
  const server = await faultServer(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return GOOD
  })
  const ran = await runScript(
    workers(
      `const mine = makeClient()
      const sent = mine.sendText('${TO}', 'x', { refId: 'main' })
      const all = [start(), start()]
      const exits = all.map((worker) => once(worker, 'exit'))
      const answers = await Promise.all(all.map((worker) => once(worker, 'message')))
      const codes = await Promise.all(exits)
      console.log(answers.join(), codes.join(), (await sent).refId, (await mine.sendText('${TO}', 'x')).resultCode)`,
      `send().then((result) => parentPort.postMessage(result.resultCode))`,
    ),
    server.url,
  )
  assert.deepEqual([ran.signal, ran.code, ran.out, ran.err], [null, 0, '112001,112001 0,0 main 112001\n', ''])
})

test('each worker has its own logger and default client', async () => {
  const server = await faultServer(GOOD)
  const ran = await runScript(
    workers(
      `const lines = []
      linkwa.setLogger((line) => lines.push(line.level))
      linkwa.configure({ ...account, baseUrl: url, source: '+46111111111' })
      const worker = start()
      const exit = once(worker, 'exit')
      const [seen] = await once(worker, 'message')
      await exit
      console.log(seen.join(), lines.length, JSON.parse(linkwa.build('${TO}', { type: 'text', text: { body: 'x' } })).source)`,
      `const lines = []
      linkwa.setLogger((line) => lines.push(line.level), 'debug')
      linkwa.configure(workerData)
      linkwa.sendText('${TO}', 'x').then(() => setImmediate(() => parentPort.postMessage([...new Set(lines)])))`,
    ),
    server.url,
  )
  assert.deepEqual([ran.signal, ran.code, ran.out, ran.err], [null, 0, 'debug 0 +46111111111\n', ''])
})

test('the environment of a worker is its own', async () => {
  const server = await faultServer(GOOD)
  const ran = await runScript(
    `const { Worker } = require('node:worker_threads')
    const { username, password, platformId, platformPartnerId, source } = account
    const env = { LINKWA_BASE_URL: url, LINKWA_USERNAME: username, LINKWA_PASSWORD: password, LINKWA_SOURCE: source,
      LINKWA_PLATFORM_ID: platformId, LINKWA_PLATFORM_PARTNER_ID: platformPartnerId }
    const program = \`
      const linkwa = require(${JSON.stringify(PACKAGE)})
      const found = (send) => send().then((result) => result.refId, (error) => error.code)
      ;(async () => {
        const first = await found(() => linkwa.sendText('${TO}', 'x', { refId: 'by-default' }))
        const second = await found(async () => linkwa.Client.fromEnv().sendText('${TO}', 'x', { refId: 'from-env' }))
        console.log(first, second)
      })()\`
    ;(async () => {
      for (const own of [env, {}]) {
        const worker = new Worker(program, { eval: true, env: own })
        await new Promise((resolve) => worker.on('exit', resolve))
      }
    })()`,
    server.url,
  )
  assert.deepEqual([ran.code, ran.out, ran.err], [0, 'by-default from-env\ninvalid_config invalid_config\n', ''])
})
