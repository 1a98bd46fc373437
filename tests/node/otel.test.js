'use strict'

// Spans and metrics of `linkwa/otel`, with OpenTelemetry's SDK.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const { after, test } = require('node:test')
const linkwa = require('../../node/index.js')
const {
  ACCOUNT,
  CANARIES,
  GOOD,
  REFUSED_URL,
  bodiesOf,
  clientOf,
  failureOf,
  faultServer,
  http,
  numbers,
} = require('./support.js')
const { runScript, startSandbox, waitFor } = require('./support.js')

const TO = '+46000000001'
const SDK = path.join(__dirname, 'opentelemetry')
const sdk = (name) => require(path.join(SDK, 'node_modules', '@opentelemetry', name))

if (!fs.existsSync(path.join(SDK, 'node_modules', '.for-lock'))) {
  test("OpenTelemetry's SDK", (t) => {
    if (process.env.LINKWA_NO_SKIP) throw new Error('it is not installed, and LINKWA_NO_SKIP is set')
    t.skip('it is not installed')
  })
} else {
  tests()
}

function tests() {
  // As in a program that has installed both: there is one `@opentelemetry/api`.
  const resolve = Module._resolveFilename
  Module._resolveFilename = (name, ...rest) =>
    name === '@opentelemetry/api' ? require.resolve(path.join(SDK, 'node_modules', name)) : resolve(name, ...rest)
  const { contextOf, instrument } = require('../../node/otel.js')
  const { CallbackReceiver } = require('../../node/receiver.js')
  const { SpanKind, SpanStatusCode, context, trace } = require('@opentelemetry/api')
  const { AsyncLocalStorageContextManager } = sdk('context-async-hooks')
  const { BasicTracerProvider, InMemorySpanExporter, NoopSpanProcessor, SimpleSpanProcessor } = sdk('sdk-trace-base')
  const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } =
    sdk('sdk-metrics')

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const ends = []
  after(async () => {
    for (const end of ends) await end()
    context.disable()
    Module._resolveFilename = resolve
  })

  /** Providers of one test, and what they have got. */
  function telemetry() {
    const spans = new InMemorySpanExporter()
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 })
    const meterProvider = new MeterProvider({ readers: [reader] })
    ends.push(() => Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]))
    return {
      providers: { tracerProvider, meterProvider },
      tracer: tracerProvider.getTracer('test'),
      spans: (name) => spans.getFinishedSpans().filter((span) => name === undefined || span.name === name),
      /** The data points of each metric, by name. */
      async points() {
        exporter.reset()
        await reader.forceFlush()
        const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics))
        return Object.fromEntries(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]))
      },
    }
  }

  const portOf = (url) => Number(new URL(url).port)
  const milliseconds = ([seconds, nanos]) => seconds * 1000 + nanos / 1e6

  test('a send is a span with a client span for each attempt, under the current one', async () => {
    const all = telemetry()
    const answers = [http(503, '{}'), GOOD]
    const server = await faultServer(() => answers.shift())
    const client = clientOf(server.url, { retryWhenBusy: true })
    instrument(client, all.providers)
    const began = Date.now()
    await all.tracer.startActiveSpan('request', async (span) => {
      await client.sendText(TO, 'x', { refId: 'order-17' })
      assert.equal(trace.getActiveSpan(), span)
      span.end()
    })
    const [send] = all.spans('linkwa.send')
    const [request] = all.spans('request')
    const [first, second] = all.spans('POST')
    assert.equal(send.parentSpanContext.spanId, request.spanContext().spanId)
    assert.deepEqual(send.attributes, {
      'linkwa.ref_id': 'order-17',
      'linkwa.message_types': ['text'],
      'linkwa.destinations': 1,
      'linkwa.outcome': 'accepted',
      'linkwa.result_code': 112001,
    })
    assert.equal(send.status.code, SpanStatusCode.UNSET)
    const http1 = {
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'server.port': portOf(server.url),
      'url.full': `${server.url}/messages`,
    }
    assert.deepEqual(first.attributes, {
      ...http1,
      'http.response.status_code': 503,
      'linkwa.outcome': 'unknown',
      'error.type': 'server_error',
    })
    assert.deepEqual(second.attributes, {
      ...http1,
      'http.request.resend_count': 1,
      'http.response.status_code': 200,
      'linkwa.outcome': 'accepted',
      'linkwa.result_code': 112001,
    })
    assert.deepEqual([first.status.code, second.status.code], [SpanStatusCode.ERROR, SpanStatusCode.UNSET])
    assert.deepEqual(
      first.events.map(({ name }) => name),
      ['linkwa.connect', 'linkwa.body'],
    )
    for (const attempt of [first, second]) {
      assert.equal(attempt.kind, SpanKind.CLIENT)
      assert.equal(attempt.parentSpanContext.spanId, send.spanContext().spanId)
      const [start, end] = [milliseconds(attempt.startTime), milliseconds(attempt.endTime)]
      assert.ok(start >= began - 1 && start <= end && end <= Date.now() + 1)
      for (const { time } of attempt.events) assert.ok(milliseconds(time) >= start && milliseconds(time) <= end)
    }
    assert.ok(milliseconds(first.endTime) <= milliseconds(second.startTime))
  })

  test('a failed send has the reason, one that validation refuses its code, and a request another name', async () => {
    const all = telemetry()
    const refused = clientOf(REFUSED_URL, { maxAttempts: 1 })
    instrument(refused, all.providers)
    await failureOf(refused.sendText(TO, 'x'))
    await failureOf(refused.sendText(TO, ''))
    const [failed, invalid] = all.spans('linkwa.send')
    assert.deepEqual([failed.attributes['linkwa.outcome'], failed.attributes['error.type']], ['not_sent', 'connect'])
    assert.deepEqual(invalid.attributes, { 'error.type': 'invalid_request' })
    for (const span of [failed, invalid]) assert.equal(span.status.code, SpanStatusCode.ERROR)
    assert.equal(all.spans('POST').length, 1)

    const client = clientOf((await faultServer(http(404, '{}'))).url)
    instrument(client, all.providers)
    await client.request('GET', 'status')
    const [request] = all.spans('linkwa.request')
    const [attempt] = all.spans('GET')
    assert.deepEqual([request.attributes['linkwa.outcome'], request.attributes['error.type']], ['answered', '404'])
    assert.equal(attempt.attributes['http.response.status_code'], 404)
    assert.ok(!('url.full' in attempt.attributes))
  })

  test('metrics have the duration of each attempt, and how busy the clients of a gateway are', async () => {
    const all = telemetry()
    let answer
    const waiting = new Promise((resolve) => {
      answer = resolve
    })
    const server = await faultServer(async () => {
      await waiting
      return GOOD
    })
    const clients = [1, 2].map(() => clientOf(server.url, { maxConnections: 1 }))
    const replaced = clients.map((client) => instrument(client, all.providers))
    const removes = clients.map((client) => instrument(client, all.providers))
    for (const remove of replaced) remove()
    const sends = clients.flatMap((client) => [client.sendText(TO, 'x'), client.sendText(TO, 'x')])
    await waitFor(() => server.bodies.length === 2)
    const gateway = { 'server.address': '127.0.0.1', 'server.port': portOf(server.url) }
    const gauge = (points, name) => points[name].map(({ attributes, value }) => [attributes, value])
    const busy = await all.points()
    assert.deepEqual(gauge(busy, 'http.client.active_requests'), [[gateway, 2]])
    assert.deepEqual(gauge(busy, 'linkwa.client.queued'), [[gateway, 2]])
    removes[0]()
    assert.deepEqual(gauge(await all.points(), 'http.client.active_requests'), [[gateway, 1]])
    answer()
    await Promise.all(sends)
    await waitFor(async () => (await all.points())['http.client.active_requests'][0].value === 0)
    const [duration] = (await all.points())['http.client.request.duration']
    assert.deepEqual(duration.attributes, {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      ...gateway,
    })
    assert.equal(duration.value.count, 4)
    assert.equal(duration.value.buckets.boundaries[0], 0.005)
    const spans = all.spans('POST').map(({ duration }) => milliseconds(duration) / 1000)
    assert.ok(Math.abs(duration.value.sum - spans.reduce((sum, one) => sum + one)) < 0.001)

    const count = all.spans().length
    for (const remove of [...removes, ...removes]) remove()
    await clients[1].sendText(TO, 'x')
    assert.equal(all.spans().length, count)
  })

  test('requests of a run have spans under the one that is current when it is called', async () => {
    const all = telemetry()
    const sandbox = await startSandbox()
    const client = clientOf(sandbox.baseUrl)
    instrument(client, { ...all.providers, propagate: true })
    const text = { type: 'text', text: { body: 'x' } }
    const run = all.tracer.startActiveSpan('job', (span) => {
      span.end()
      return client.sendMany(numbers(4), text, { destinationsPerRequest: 2 })
    })
    for await (const chunk of run) assert.equal(chunk.error, undefined)
    await waitFor(() => all.spans('linkwa.send').length === 2)
    const [job] = all.spans('job')
    const { traceId, spanId } = job.spanContext()
    for (const send of all.spans('linkwa.send')) {
      assert.equal(send.parentSpanContext.spanId, spanId)
      assert.equal(send.attributes['linkwa.destinations'], 2)
    }
    assert.equal(all.spans('POST').length, 2)
    const parents = (await bodiesOf(sandbox)).map(({ customParameters }) => customParameters.traceparent)
    assert.deepEqual(parents, [`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`])
  })

  test('with propagate, a trace goes on from a send to its event reports', async () => {
    const all = telemetry()
    const reports = []
    const receiver = new CallbackReceiver((callback) => reports.push([callback, trace.getActiveSpan()]), {
      guard: null,
    })
    instrument(receiver, { ...all.providers, propagate: true })
    const { createServer } = require('node:http')
    const server = createServer(receiver.node)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    ends.push(() => new Promise((resolve) => server.close(resolve)))
    const sandbox = await startSandbox()
    await sandbox.addGate({ id: 'tests', url: `http://127.0.0.1:${server.address().port}/`, default: true })
    const client = clientOf(sandbox.baseUrl)
    instrument(client, all.providers)
    await client.sendText(TO, 'x', { refId: 'apart' })
    instrument(client, { ...all.providers, propagate: true })
    await client.sendText(TO, 'x', { refId: 'joined', customParameters: { order: '17' } })
    await client.sendText(TO, 'x', { refId: 'own', customParameters: { traceparent: 'mine' } })
    const of = (refId) => reports.filter(([report]) => report.refId === refId)
    await waitFor(() => ['apart', 'joined', 'own'].every((refId) => of(refId).length >= 2))

    const [apart, joined, own] = (await bodiesOf(sandbox)).map(({ customParameters }) => customParameters)
    const send = all.spans('linkwa.send').find(({ attributes }) => attributes['linkwa.ref_id'] === 'joined')
    const { traceId, spanId } = send.spanContext()
    assert.equal(apart, undefined)
    assert.deepEqual(joined, { order: '17', traceparent: `00-${traceId}-${spanId}-01` })
    assert.deepEqual(own, { traceparent: 'mine' })
    for (const [report, span] of of('joined')) {
      assert.equal(span.parentSpanContext.spanId, spanId)
      assert.equal(span.spanContext().traceId, traceId)
      assert.equal(span.kind, SpanKind.CONSUMER)
      assert.deepEqual(span.attributes, { 'linkwa.callback.kind': 'event_report', 'linkwa.status': report.status })
      const { isRemote } = trace.getSpanContext(contextOf(report))
      assert.equal(isRemote, true)
    }
    for (const [, span] of [...of('apart'), ...of('own')]) assert.equal(span.parentSpanContext, undefined)
    const [accepted] = (await all.points())['linkwa.callbacks']
    assert.deepEqual(accepted.attributes, {
      'linkwa.callback.verdict': 'accepted',
      'linkwa.callback.kind': 'event_report',
    })
    assert.ok(accepted.value >= 6)
  })

  test('callbacks are counted by kind and verdict, and a handler that throws fails its span', async () => {
    const all = telemetry()
    const guard = new linkwa.CallbackGuard({ ranges: ['192.0.2.1'] })
    const handler = () => {
      throw new RangeError('CANARY')
    }
    const receiver = new CallbackReceiver(handler, { guard, onError() {}, maxBytes: 1000 })
    const end = instrument(receiver, all.providers)
    const message = JSON.stringify({
      messageId: 'm',
      source: '+46700000017',
      content: { message: { contentType: 'TEXT', text: 'CANARY' } },
    })
    const handle = (body, peer = '192.0.2.1') => receiver.handle({ peer, headers: {}, body })
    assert.equal((await handle(message)).status, 500)
    assert.equal((await handle(message, '192.0.2.2')).status, 403)
    assert.equal((await handle('{')).status, 400)
    assert.equal((await handle(' '.repeat(1001))).status, 413)
    const counted = (await all.points())['linkwa.callbacks'].map(({ attributes, value }) => [
      attributes['linkwa.callback.verdict'],
      attributes['linkwa.callback.kind'],
      value,
    ])
    assert.deepEqual(counted, [
      ['accepted', 'received_message', 1],
      ['address', undefined, 1],
      ['invalid', undefined, 1],
      ['too_large', undefined, 1],
    ])
    const [span] = all.spans('linkwa.callback')
    assert.deepEqual(span.attributes, { 'linkwa.callback.kind': 'received_message', 'error.type': 'RangeError' })
    assert.equal(span.status.code, SpanStatusCode.ERROR)
    end()
    await handle(message)
    assert.equal(all.spans('linkwa.callback').length, 1)
    assert.ok(!JSON.stringify(shownOf(all)).includes('CANARY'))
  })

  test('contextOf takes only a valid traceparent of an event report', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const report = (value) => ({ kind: 'eventReport', customParameters: { traceparent: value } })
    assert.equal(trace.getSpanContext(contextOf(report(traceparent))).traceId, '0af7651916cd43dd8448eb211c80319c')
    assert.equal(trace.getSpanContext(contextOf(report(`01${traceparent.slice(2)}-more`))).traceFlags, 1)
    const invalid = [
      undefined,
      '',
      'mine',
      `ff${traceparent.slice(2)}`,
      `${traceparent}-more`,
      '00-00000000000000000000000000000000-b7ad6b7169203331-01',
      '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    ]
    for (const value of invalid) assert.equal(trace.getSpanContext(contextOf(report(value))), undefined, value)
    assert.equal(trace.getSpanContext(contextOf({ kind: 'eventReport' })), undefined)
    assert.equal(trace.getSpanContext(contextOf({ ...report(traceparent), kind: 'receivedMessage' })), undefined)
  })

  const broken = () => {
    throw new Error('of the telemetry')
  }
  const aTracer = (processor) =>
    new BasicTracerProvider({ spanProcessors: [Object.assign(new NoopSpanProcessor(), processor)] })
  const aSpan = { setAttributes: broken, setStatus: broken, addEvent: broken, end: broken, spanContext: broken }
  const tracers = {
    'does not begin spans': aTracer({ onStart: broken }),
    'does not end spans': aTracer({ onEnd: broken }),
    'has no working spans': { getTracer: () => ({ startSpan: () => aSpan }) },
  }
  const meterProvider = {
    getMeter: () => ({
      createHistogram: () => ({ record: broken }),
      createCounter: () => ({ add: broken }),
      createObservableUpDownCounter: () => ({ addCallback() {} }),
    }),
  }
  for (const [does, tracerProvider] of Object.entries(tracers)) {
    test(`a tracer that ${does} harms no send and no handler, and neither does a meter`, async (t) => {
      const warnings = []
      const listener = ({ message }) => warnings.push(message)
      process.on('warning', listener)
      t.after(() => process.off('warning', listener))
      const providers = { tracerProvider, meterProvider, propagate: true }
      const client = clientOf((await faultServer(GOOD)).url)
      instrument(client, providers)
      assert.equal((await client.sendText(TO, 'x')).resultCode, 112001)
      assert.equal((await failureOf(client.sendText(TO, ''))).code, 'invalid_request')
      for await (const { error } of client.sendMany([TO], { type: 'text', text: { body: 'x' } })) {
        assert.equal(error, undefined)
      }

      let fails = true
      let handled = 0
      const handler = () => {
        handled += 1
        if (fails) throw Object.create(null, { constructor: { get: broken } })
      }
      const errors = []
      const receiver = new CallbackReceiver(handler, { guard: null, onError: (error) => errors.push(error) })
      instrument(receiver, providers)
      const body = JSON.stringify({
        messageId: 'm',
        source: '+46700000017',
        content: { message: { contentType: 'TEXT', text: 'x' } },
      })
      const handle = async () => (await receiver.handle({ peer: '192.0.2.1', headers: {}, body })).status
      assert.equal(await handle(), 500)
      assert.ok(!(errors[0] instanceof Error))
      fails = false
      assert.deepEqual([await handle(), await handle(), handled], [200, 200, 2])
      // A rejection that nothing handles would fail the test by now.
      await new Promise((resolve) => setImmediate(resolve))
      assert.ok(warnings.length > 0)
      assert.deepEqual(new Set(warnings), new Set(['of the telemetry']))
    })
  }

  /** Everything that was exported. */
  function shownOf(all) {
    return all.spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status }))
  }

  test('no span and no metric has a number, a text or a credential', async () => {
    const all = telemetry()
    const client = clientOf((await startSandbox()).baseUrl)
    instrument(client, { ...all.providers, propagate: true })
    const customParameters = { CANARYNAME: 'CANARYVALUE' }
    await client.sendText('+46700000118', 'CANARYTEXT', { customParameters })
    await client.request('POST', 'CANARYPATH/46700000118', { canary: 'CANARYBODY' })
    await failureOf(client.sendText('46700000118 CANARY', 'CANARYTEXT'))
    const answer = http(400, '{"description":"CANARYANSWER to 46700000118"}')
    const other = clientOf((await faultServer(answer)).url)
    instrument(other, all.providers)
    await failureOf(other.sendText('+46700000118', 'CANARYTEXT'))
    const shown = shownOf(all)
    assert.ok(shown.length >= 7)
    const text = JSON.stringify([shown, await all.points()])
    for (const canary of [...CANARIES, 'CANARY', '46700000118']) assert.ok(!text.includes(canary), canary)
  })

  test('without a client it is the default one', async () => {
    const all = telemetry()
    linkwa.configure({ ...ACCOUNT, baseUrl: (await faultServer(GOOD)).url })
    const end = instrument(undefined, all.providers)
    await linkwa.sendText(TO, 'x', { refId: 'of the default client' })
    end()
    await linkwa.sendText(TO, 'x')
    const refIds = all.spans('linkwa.send').map(({ attributes }) => attributes['linkwa.ref_id'])
    assert.deepEqual(refIds, ['of the default client'])
  })

  test('wrong arguments are TypeErrors, and a missing package is named', async () => {
    const client = clientOf(REFUSED_URL)
    const wrong = [[null], [{}], [client, null], [client, { propagate: 1 }], [client, { tracer: {} }]]
    for (const args of [...wrong, [client, { tracerProvider: {} }], [client, { meterProvider: 1 }]]) {
      assert.throws(() => instrument(...args), TypeError)
    }
    const ran = await runScript(
      `const Module = require('node:module')
      const resolve = Module._resolveFilename
      Module._resolveFilename = (name, ...rest) => resolve(name === '@opentelemetry/api' ? 'no-such-package' : name, ...rest)
      try { require(${JSON.stringify(require.resolve('../../node/otel.js'))}) } catch (error) { console.log(error.message) }`,
    )
    assert.match(ran.out, /npm install @opentelemetry\/api/)
  })
}
