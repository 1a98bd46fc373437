'use strict'

// Nothing of a callback stays in memory.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const test = require('node:test')

const PACKAGE = path.join(__dirname, '..', '..', 'node', 'index.js')
const MIB = 1024 * 1024

/** Runs a function in a separate process whose garbage can be collected, and returns its result. */
function alone(run) {
  const program = `console.log(JSON.stringify((${run})(require(${JSON.stringify(PACKAGE)}))))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', program], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

test('memory is flat over 20,000 callbacks', () => {
  const grown = alone(({ StatusTracker, careWindow, parseCallback }) => {
    const report = JSON.stringify({
      messageId: '8aU6cwxAKE9NzMLrS6M82Y',
      refId: 'order-17',
      messageIndex: 0,
      timestamp: '2020-03-30T12:59:41+02:00',
      resultCode: 112003,
      customParameters: { campaign: 'spring\n', row: '17' },
      added: { x: [1, 2.5, null] },
    })
    const message = JSON.stringify({
      messageId: 'm',
      source: '+46000000001',
      content: { message: { contentType: 'TEXT', text: 'Grüße 😀 "to" you\n' } },
      route: { gateIds: ['a', 'b'], start: '2020-03-21T17:41:58Z' },
    })
    const bodies = [report, Buffer.from(report), message, Buffer.from(message), report.slice(1), Buffer.from('{"a":1}')]
    const tracker = new StatusTracker()
    let count = 0
    const use = (times) => {
      for (let round = 0; round < times; round++) {
        const body = bodies[round % bodies.length]
        try {
          const callback = parseCallback(body)
          if (callback.kind === 'eventReport') tracker.apply(callback)
          else careWindow(callback)
          count += 1
        } catch (error) {
          if (error.code !== 'invalid_callback') throw error
        }
        // Each callback has a member with a new name.
        if (round % 10 === 0) parseCallback(`{"messageId":"m","resultCode":1,"customParameters":{"n${round}":"x"}}`)
      }
    }
    const measure = () => {
      for (let times = 0; times < 4; times++) global.gc()
      return process.memoryUsage()
    }
    use(20_000)
    const before = measure()
    use(20_000)
    const after = measure()
    const names = ['rss', 'heapUsed', 'external', 'arrayBuffers']
    return { count, ...Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) }
  })
  assert.ok(grown.count > 25_000, String(grown.count))
  assert.ok(grown.heapUsed < MIB, `heapUsed: ${grown.heapUsed}`)
  assert.ok(grown.external < MIB, `external: ${grown.external}`)
  assert.ok(grown.arrayBuffers < MIB, `arrayBuffers: ${grown.arrayBuffers}`)
  assert.ok(grown.rss < 5 * MIB, `rss: ${grown.rss}`)
})

test('a key keeps nothing else of its callback in memory', () => {
  const grown = alone(({ parseCallback }) => {
    const measure = () => {
      for (let times = 0; times < 4; times++) global.gc()
      return process.memoryUsage().heapUsed
    }
    const kept = new Set()
    const before = measure()
    for (let round = 0; round < 300; round++) {
      const text = 'x'.repeat(50_000)
      const escaped = `${text}\n`
      const report = { messageId: `a-message-${round}`, resultDescription: text, pad: escaped, resultCode: 112003 }
      const message = { messageId: `b-message-${round}`, source: '1', content: { message: { text: escaped } } }
      for (const body of [report, message].map((one) => JSON.stringify(one))) {
        for (const form of [body, Buffer.from(body)]) kept.add(parseCallback(form).key)
      }
    }
    return { count: kept.size, bytes: measure() - before }
  })
  assert.equal(grown.count, 600)
  assert.ok(grown.bytes < 4 * MIB, String(grown.bytes))
})

test('large callbacks keep nothing for the next', () => {
  const grown = alone(({ parseCallback }) => {
    const measure = () => {
      for (let times = 0; times < 4; times++) global.gc()
      return process.memoryUsage()
    }
    const use = (first, count) => {
      const names = Array.from({ length: count }, (_, index) => [`a-name-of-some-length-${first}-${index}`, 'x\n'])
      const one = { messageId: 'm', resultCode: 112003, customParameters: Object.fromEntries(names) }
      const body = JSON.stringify(one)
      return [parseCallback(Buffer.from(body)), parseCallback(body)].length
    }
    for (let round = 0; round < 20; round++) use(round, 10)
    const before = measure()
    // 10 MiB in all.
    for (let round = 0; round < 20; round++) use(round, 6000)
    const after = measure()
    parseCallback('{"messageId":"m","resultCode":112003}')
    const held = after.heapUsed - measure().heapUsed
    return { heap: after.heapUsed - before.heapUsed, held, arrayBuffers: after.arrayBuffers - before.arrayBuffers }
  })
  assert.ok(grown.held < 50_000, `what the next one lets go of: ${grown.held}`)
  assert.ok(grown.heap < 150_000, `heap: ${grown.heap}`)
  assert.ok(grown.arrayBuffers < 50_000, `arrayBuffers: ${grown.arrayBuffers}`)
})

test('with frozen prototypes every name can be a parameter’s', () => {
  const names = alone(({ parseCallback }) => {
    Object.freeze(Object.prototype)
    const json = '{"__proto__":"1","constructor":"2","toString":"3","x":"4"}'
    const found = parseCallback(`{"messageId":"m","resultCode":1,"customParameters":${json},"valueOf":1}`)
    return [...Object.keys(found.customParameters), ...Object.keys(found.extra)]
  })
  assert.deepEqual(names, ['__proto__', 'constructor', 'toString', 'x', 'valueOf'])
})

test('workers that are ended while they read callbacks take nothing with them', () => {
  const work = `
    const { parentPort } = require('node:worker_threads')
    const { CallbackGuard, StatusTracker, parseCallback } = require(${JSON.stringify(PACKAGE)})
    const tracker = new StatusTracker()
    const guard = new CallbackGuard()
    for (let round = 0; ; round += 1) {
      tracker.apply(parseCallback('{"messageId":"m' + (round % 99) + '","resultCode":112003}'))
      guard.check('195.84.162.34', {}, 1)
      if (round === 10) parentPort.postMessage('begun')
    }`
  const program = `
    const { once } = require('node:events')
    const { Worker } = require('node:worker_threads')
    const { parseCallback } = require(${JSON.stringify(PACKAGE)})
    async function main() {
      for (let round = 0; round < 40; round += 1) {
        const workers = [0, 1].map(() => new Worker(${JSON.stringify(work)}, { eval: true }))
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        await Promise.all(workers.map((worker) => worker.terminate()))
      }
      console.log(parseCallback('{"messageId":"m","resultCode":112003}').key)
    }
    main()`
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
  assert.deepEqual([status, signal, stdout, stderr], [0, null, 'report:m:-:-:112003\n', ''])
})
