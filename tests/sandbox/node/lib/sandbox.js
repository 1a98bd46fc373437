'use strict'

// A running sandbox, and its control API.

const { spawn } = require('node:child_process')
const http = require('node:http')
const { findProgram } = require('./program.js')

/** A call takes no longer than this, besides the time that it is asked to wait. In milliseconds. */
const PATIENCE = 30_000

/** Options as those of the program: `reportDelayMs: 5` is `--report-delay-ms 5`; a list gives one several times. */
function argumentsOf(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    return [value].flat().flatMap((one) => {
      if (one === true) return [option]
      return one === undefined || one === false ? [] : [option, String(one)]
    })
  })
}

function failure(message) {
  return Object.assign(new Error(message), { code: 'ERR_LINKWA_SANDBOX' })
}

/** Starts the program, and resolves with its child process and the line that it prints. */
function start(options) {
  const child = spawn(findProgram(), ['--exit-with-stdin', ...argumentsOf(options)], {
    stdio: 'pipe',
    detached: process.platform !== 'win32', // Ctrl-C ends the tests, and the tests end the sandbox
    windowsHide: true,
  })
  let line = ''
  let log = ''
  return new Promise((resolve, reject) => {
    const keepLog = (data) => {
      log += data
    }
    child.stderr.on('data', keepLog)
    child.stdout.on('data', (data) => {
      line += data
      if (!line.includes('\n')) return
      child.stderr.off('data', keepLog).resume()
      // It ends with its input, and does not keep this process alive.
      for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref()
      resolve({ child, ready: JSON.parse(line) })
    })
    child.stdin.on('error', () => {}) // it has ended
    child.on('error', (error) => reject(failure(`linkwa-sandbox cannot be started: ${error.message}`)))
    child.on('close', (code, signal) =>
      reject(failure(`linkwa-sandbox ended with ${signal ?? `status ${code}`}: ${log.trim()}`)),
    )
  })
}

class Sandbox {
  #child
  #ended
  #account

  constructor({ child, ready }, account) {
    this.baseUrl = ready.base_url
    this.controlUrl = ready.control_url
    this.port = ready.port
    this.#child = child
    this.#account = account
    this.#ended = new Promise((resolve) => child.once('exit', resolve))
  }

  clientOptions() {
    return {
      baseUrl: this.baseUrl,
      ...this.#account,
      platformId: 'sandbox',
      platformPartnerId: 'sandbox',
      source: '+46000000000',
    }
  }

  control(method, path, body, { query = {}, timeout = PATIENCE } = {}) {
    const url = new URL(`${this.controlUrl}/${path}`)
    // The query may hold a number, which no error names.
    const call = `${method} ${url.pathname}`
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
    return new Promise((resolve, reject) => {
      const failed = (reason) => reject(failure(`${call}: ${reason}`))
      // An agent of its own: no connection is left open, and no proxy of the environment applies.
      const request = http.request(url, { method, agent: false, timeout }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (data) => {
          text += data
        })
        answer.on('error', (error) => failed(error.message))
        answer.on('end', () => {
          try {
            const json = text === '' ? undefined : JSON.parse(text)
            if (answer.statusCode < 300) resolve(json)
            else failed(json?.error ?? `HTTP ${answer.statusCode}`)
          } catch {
            failed(`HTTP ${answer.statusCode} without JSON`)
          }
        })
      })
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)))
      request.on('error', (error) => {
        const end = this.#child.signalCode ?? this.#child.exitCode
        failed(end === null ? error.message : `linkwa-sandbox has ended: ${end}`)
      })
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  requests() {
    return this.control('GET', 'requests')
  }

  async messages({ wait, ...query } = {}) {
    const all = { ...query, wait: wait === undefined ? undefined : `${Math.round(wait)}ms` }
    return (await this.control('GET', 'messages', undefined, { query: all, timeout: PATIENCE + (wait ?? 0) })).messages
  }

  async refused() {
    return (await this.control('GET', 'refused', undefined, { query: { newest: true, limit: 1000 } })).requests
  }

  async inbound({ replyTo, ...body }) {
    const reply = replyTo && {
      source: replyTo.user,
      destination: replyTo.business,
      context: { source: replyTo.business, messageId: replyTo.messageId },
    }
    return (await this.control('POST', 'inbound', { ...reply, ...body })).messageId
  }

  inboundText(text, options) {
    return this.inbound({ ...options, type: 'text', text })
  }

  inboundButton(text, payload, options) {
    return this.inbound({ ...options, type: 'button', text, payload })
  }

  inboundMedia(url, options) {
    return this.inbound({ ...options, type: 'media', url })
  }

  inboundLocation(latitude, longitude, options) {
    return this.inbound({ ...options, type: 'location', latitude, longitude })
  }

  inboundContacts(contacts, options) {
    return this.inbound({ ...options, type: 'contacts', contacts })
  }

  inboundButtonReply(id, title, options) {
    return this.inbound({ ...options, type: 'buttonReply', id, title })
  }

  inboundListReply(id, title, options) {
    return this.inbound({ ...options, type: 'listReply', id, title })
  }

  inboundReaction(emoji, messageId, options) {
    return this.inbound({ ...options, type: 'reaction', emoji, messageId })
  }

  async report(report) {
    return (await this.control('POST', 'report', report)).callbacks
  }

  async scenario(digits, options) {
    await this.control('POST', 'scenarios', { ...options, digits })
  }

  async chaos(faults, options) {
    await this.control('PUT', 'chaos', { ...options, faults })
  }

  async addGate(gate) {
    await this.control('POST', 'gates', gate)
  }

  status() {
    return this.control('GET', 'status')
  }

  async reset() {
    await this.control('POST', 'reset')
  }

  async close() {
    if ((this.#child.signalCode ?? this.#child.exitCode) !== null) return
    this.#child.ref() // so that this process waits for its end
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await this.#ended
    clearTimeout(timer)
  }

  [Symbol.asyncDispose]() {
    return this.close()
  }
}

async function startSandbox({ username = 'user', password = 'secret', ...options } = {}) {
  const account = { username, password }
  return new Sandbox(await start({ ...account, ...options }), account)
}

module.exports = { startSandbox }
