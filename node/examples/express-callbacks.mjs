// LINK's callbacks in Express 5: event reports and the messages that users write.
//
//     npm install express linkwa linkwa-sandbox
//     CALLBACK_USER=gate CALLBACK_PASSWORD=hush node express-callbacks.mjs
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

import express from 'express'
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

/**
 * The whole body; `undefined` for one that is too large, of which it reads no more. (`express.raw` reads such a body to its end
 * before it reports the error.)
 */
async function bodyOf(request) {
  const parts = []
  let length = 0
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += part.length
    if (length > MAX_BODY) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Answers, and reads no more from the client. */
function refuse(response, status, text = '') {
  response.set('Connection', 'close')
  if (status === 401) response.set('WWW-Authenticate', 'Basic')
  response.status(status).send(text)
}

const app = express()
app.disable('x-powered-by')

// Before `express.json()` and similar middleware, if you have it: the body must be unchanged.
app.post('/callback', async (request, response) => {
  const length = Number(request.headers['content-length'] ?? 0)
  const verdict = guard.check(request.socket.remoteAddress, request.rawHeaders, length)
  // Nothing of a refused body is read.
  if (!verdict.ok) console.warn('refused a callback:', verdict.refusal)
  if (!verdict.ok) return refuse(response, { credentials: 401, too_large: 413 }[verdict.refusal] ?? 403)
  const body = await bodyOf(request)
  if (body === undefined) return refuse(response, 413)
  let callback
  try {
    callback = parseCallback(body)
  } catch (error) {
    if (error instanceof LinkwaError) return refuse(response, 400, error.message)
    throw error
  }
  await store.handleOnce(callback.key, (db) => handle(callback, db))
  response.status(200).end() // handled, now or earlier
})

// A callback whose handler failed comes again. Express needs all four parameters.
app.use((error, _request, response, _next) => {
  console.error(error)
  refuse(response, 500)
})

const server = app.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`listening on http://127.0.0.1:${server.address().port}/callback`)
})
