// LINK's callbacks with Node alone: event reports and the messages that users write.
//
//     npm install linkwa linkwa-sandbox
//     CALLBACK_USER=gate CALLBACK_PASSWORD=hush node http-callbacks.mjs
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

import { createServer } from 'node:http'
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

/** The whole body; `undefined` for one that is too large, of which it reads no more. */
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

/** Handles one callback: returns the status and text of the answer. */
async function answerTo(request) {
  if (request.url !== '/callback') return [404]
  if (request.method !== 'POST') return [405]
  const length = Number(request.headers['content-length'] ?? 0)
  const verdict = guard.check(request.socket.remoteAddress, request.rawHeaders, length)
  // Nothing of a refused body is read.
  if (!verdict.ok) console.warn('refused a callback:', verdict.refusal)
  if (!verdict.ok) return [{ credentials: 401, too_large: 413 }[verdict.refusal] ?? 403]
  const body = await bodyOf(request)
  if (body === undefined) return [413]
  let callback
  try {
    callback = parseCallback(body)
  } catch (error) {
    if (error instanceof LinkwaError) return [400, error.message]
    throw error
  }
  await store.handleOnce(callback.key, (db) => handle(callback, db))
  return [200] // handled, now or earlier
}

const server = createServer(async (request, response) => {
  let answer
  try {
    answer = await answerTo(request)
  } catch (error) {
    console.error(error)
    answer = [500] // it was not handled, and will be when it comes again
  }
  const [status, text = ''] = answer
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic')
  if (status >= 400) response.setHeader('Connection', 'close') // whatever else the client sends is not read
  response.writeHead(status).end(text)
})

server.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/callback`)
})
