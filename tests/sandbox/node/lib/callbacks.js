'use strict'

// An endpoint for callbacks, for tests.

const http = require('node:http')

/** One callback as it came. */
class Callback {
  constructor(path, headers, body) {
    this.path = path
    this.headers = headers
    this.body = body
  }

  get json() {
    return JSON.parse(this.body.toString())
  }
}

class CallbackEndpoint {
  /** The HTTP status of the answers, or a function that returns it for a callback. */
  answer = 200
  #all = []
  #waiting = new Set()
  #server

  constructor(server) {
    this.#server = server
    this.url = `http://127.0.0.1:${server.address().port}/callback`
  }

  /** Keeps a callback, and begins the answer to it: with 500 if `answer` throws or gives no HTTP status. */
  take(callback, response) {
    try {
      response.writeHead(typeof this.answer === 'function' ? this.answer(callback) : this.answer)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
      response.writeHead(500)
    }
    this.#all.push(callback)
    for (const check of this.#waiting) check()
  }

  all() {
    return [...this.#all]
  }

  wait(count = 1, { where = () => true, timeout = 10_000 } = {}) {
    return new Promise((resolve, reject) => {
      let found = []
      const end = (settle, value) => {
        this.#waiting.delete(check)
        clearTimeout(timer)
        settle(value)
      }
      const check = () => {
        try {
          found = this.#all.filter(where)
          if (found.length >= count) end(resolve, found)
        } catch (error) {
          end(reject, error)
        }
      }
      const late = () => {
        const all = this.#all.length
        end(reject, new Error(`${found.length} of ${count} callbacks came within ${timeout} ms, of ${all} in all`))
      }
      const timer = setTimeout(late, timeout)
      this.#waiting.add(check)
      check()
    })
  }

  clear() {
    this.#all = []
  }

  close() {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  [Symbol.asyncDispose]() {
    return this.close()
  }
}

async function startCallbackEndpoint() {
  let endpoint
  const server = http.createServer(async (request, response) => {
    const parts = []
    try {
      for await (const part of request) parts.push(part)
    } catch {
      return // the connection broke before the end of the body
    }
    endpoint.take(new Callback(request.url, request.headers, Buffer.concat(parts)), response)
    response.end()
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()
  endpoint = new CallbackEndpoint(server)
  return endpoint
}

module.exports = { startCallbackEndpoint }
