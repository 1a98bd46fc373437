// LINK's callbacks in Fastify 5: event reports and the messages that users write.
//
//     npm install fastify linkwa linkwa-sandbox
//     CALLBACK_USER=gate CALLBACK_PASSWORD=hush node fastify-callbacks.mjs
//
// LINK posts to the URL of a gate, with the username and password that you agree on. Run this behind a reverse proxy on the same
// machine, which appends to X-Forwarded-For. During development the sandbox plays both LINK and the proxy; the last command plays
// a user who writes:
//
//     npx linkwa-sandbox --listen 127.0.0.1:8080 --default-gate http://127.0.0.1:8000/callback \
//         --gate-basic default=gate:hush --gate-header "default=X-Forwarded-For: 195.84.162.34"
//     curl http://127.0.0.1:8080/sandbox/inbound --data '{"type": "text", "text": "Hello"}'
//
// A refused callback is logged with the reason. A handled one is recorded in the database together with the handler's data, in
// one transaction: after a crash it comes again and is handled then, and a repeated one is handled once. Copy callback-store.mjs
// too.

import Fastify from 'fastify'
import { CallbackGuard, LinkwaError, parseCallback } from 'linkwa'
import { CallbackStore } from './callback-store.mjs'

const MAX_BODY = 256 * 1024 // the largest body of a callback
const guard = new CallbackGuard({
  trustedProxies: ['127.0.0.1', '::1'],
  basic: { username: process.env.CALLBACK_USER ?? '', password: process.env.CALLBACK_PASSWORD ?? '' },
  maxBody: MAX_BODY,
})
const store = await CallbackStore.open(process.env.CALLBACK_DB ?? 'callbacks.db')

/** Your handler. Keep it short: callbacks are handled one at a time. Put long work into a queue, which is written here. */
async function handle(callback, db) {
  if (callback.kind === 'eventReport') {
    const { refId = null, messageId = null, status } = callback
    db.prepare('INSERT INTO reports VALUES (?, ?, ?)').run(refId, messageId, status)
  } else {
    const { replyTo = null, text = null } = callback
    db.prepare('INSERT INTO inbox VALUES (?, ?)').run(replyTo, text)
  }
}

const app = Fastify({ bodyLimit: MAX_BODY })

app.register(async (callbacks) => {
  // The unchanged body, of any content type. One that is larger than `bodyLimit` is answered with 413.
  callbacks.removeAllContentTypeParsers()
  callbacks.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  // Before any of the body is read.
  callbacks.addHook('onRequest', async ({ raw }, reply) => {
    const length = Number(raw.headers['content-length'] ?? 0)
    const verdict = guard.check(raw.socket.remoteAddress, raw.rawHeaders, length)
    if (verdict.ok) return
    console.warn('refused a callback:', verdict.refusal)
    if (verdict.refusal === 'credentials') reply.header('WWW-Authenticate', 'Basic')
    reply.header('Connection', 'close') // whatever else the client sends is not read
    return reply.code({ credentials: 401, too_large: 413 }[verdict.refusal] ?? 403).send()
  })

  callbacks.post('/callback', async ({ body }, reply) => {
    let callback
    try {
      callback = parseCallback(body ?? '')
    } catch (error) {
      if (error instanceof LinkwaError) return reply.code(400).send(error.message)
      throw error
    }
    await store.handleOnce(callback.key, (db) => handle(callback, db))
    return reply.code(200).send() // handled, now or earlier
  })
})

// A callback whose handler failed comes again.
app.setErrorHandler((error, _request, reply) => {
  const status = error.statusCode ?? 500
  if (status >= 500) console.error(error)
  reply.code(status).send()
})

await app.listen({ port: Number(process.env.PORT ?? 8000), host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}/callback`)
