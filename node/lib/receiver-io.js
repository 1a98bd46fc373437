'use strict'

// Reads requests and writes answers, for Node's servers and for those with `Request` and `Response`.

const { textOrBytes } = require('./json.js')

/** In place of a body: it is longer than the limit, of which no more was read; or the client went away. */
const TOO_LARGE = Symbol('too large')
const INCOMPLETE = Symbol('incomplete')

/** How long an answer waits for a client that is still sending. */
const LINGER_MS = 1000

/** What a body in parts becomes, of which no part beyond the limit is kept. */
class Body {
  #parts = []
  #room

  constructor(limit) {
    this.#room = limit
  }

  /** Adds a part; returns whether it is within the limit. */
  add(part) {
    this.#room -= part.length
    if (this.#room < 0) return false
    this.#parts.push(part)
    return true
  }

  bytes() {
    return this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts)
  }
}

/** The body of a request of Node's servers. */
async function readNode(request, limit) {
  if (request.readableDidRead) return readBefore(request, limit)
  const body = new Body(limit)
  try {
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      if (!body.add(part)) return TOO_LARGE
    }
  } catch {
    return INCOMPLETE
  }
  return body.bytes()
}

/** The body that other code has read, if it has kept the bytes: `express.raw()`, and platforms that have a `rawBody`. */
function readBefore(request, limit) {
  const body = textOrBytes(request.rawBody) ?? textOrBytes(request.body)
  if (body === undefined) throw wasRead('mount the receiver before express.json() and similar middleware')
  return Buffer.byteLength(body) > limit ? TOO_LARGE : body
}

/** The body of a `Request`. */
async function readWeb(request, limit) {
  if (request.bodyUsed) throw wasRead('give the receiver the request before other code reads it')
  const body = new Body(limit)
  const reader = request.body?.getReader()
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true }
      if (done) return body.bytes()
      if (!body.add(value)) break
    }
  } catch {
    return INCOMPLETE
  }
  // The server decides what happens to the rest.
  reader.cancel().catch(() => {})
  return TOO_LARGE
}

function wasRead(advice) {
  return new TypeError(`the body of a callback was read before the receiver got it: ${advice}`)
}

/** Answers a request of Node's servers, unless the client is gone or other code has answered. */
function writeNode(request, response, { status, headers, body }) {
  if (response.headersSent || response.destroyed) return
  const bytes = Buffer.from(body)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.statusCode = status
  response.setHeader('Content-Length', bytes.length)
  if (request.complete) response.end(bytes)
  else linger(request, response, bytes)
}

/**
 * Answers a request whose body was not read, and closes the connection. What the client still sends is discarded for a moment: if the
 * connection were closed at once, the client could lose the answer.
 */
function linger(request, response, bytes) {
  // HTTP/2 closes the stream alone.
  if (request.httpVersionMajor === 1) response.setHeader('Connection', 'close')
  response.flushHeaders()
  if (bytes.length > 0) response.write(bytes)
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  timer.unref()
  request.once('end', end)
  request.once('close', end)
  request.resume()
}

module.exports = { INCOMPLETE, TOO_LARGE, readNode, readWeb, writeNode }
