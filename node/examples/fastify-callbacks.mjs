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
// Refused callbacks are logged with the reason. Handled ones are stored in a database: copy callback-store.mjs too.

import Fastify from 'fastify'
import { CallbackGuard, setLogger } from 'linkwa'
import { CallbackReceiver } from 'linkwa/receiver'
import { openStore } from './callback-store.mjs'

const guard = new CallbackGuard({
  trustedProxies: ['127.0.0.1', '::1'],
  basic: { username: process.env.CALLBACK_USER ?? '', password: process.env.CALLBACK_PASSWORD ?? '' },
})
const handle = await openStore(process.env.CALLBACK_DB ?? 'callbacks.db')
const receiver = new CallbackReceiver(handle, { guard })
setLogger(({ level, message }) => console.error(level, message))

const app = Fastify()
app.register(receiver.fastify, { prefix: '/callback' })

await app.listen({ port: Number(process.env.PORT ?? 8000), host: '127.0.0.1' })
console.log(`listening on http://127.0.0.1:${app.server.address().port}/callback`)
