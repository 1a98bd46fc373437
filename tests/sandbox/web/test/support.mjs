// What the tests of the page share: a sandbox, an endpoint for its callbacks, a browser, and axe.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Actor } from './samples.mjs'

export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

/** The sandbox that was built last, unless LINKWA_SANDBOX names one. */
export function sandboxBinary() {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target')
  const found = process.env.LINKWA_SANDBOX ?? path.join(target, 'debug', 'linkwa-sandbox')
  if (!existsSync(found)) throw new Error('build the sandbox first: cargo build --locked --workspace')
  return found
}

/** The first line that a program prints, as JSON; then it goes on. */
export async function startProgram(command, args, options, onLine = () => {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options })
  const lines = readline.createInterface({ input: child.stdout })
  const [first] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${command} ended with ${code}`))),
  ])
  lines.on('line', onLine)
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill()
    await exited
  }
  return { ready: JSON.parse(first), stop }
}

/** An endpoint that answers each callback with this status. */
async function startEndpoint(status) {
  const callbacks = []
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    callbacks.push(JSON.parse(body))
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { callbacks, url: `http://127.0.0.1:${server.address().port}/callback`, server }
}

/** A world of one test: its sandbox, its endpoint, and pages that must not log errors. */
export class World {
  #ends = []
  problems = []

  static async start({ options = [], endpoint = 200, gate = true } = {}) {
    const world = new World()
    const { url, callbacks, server } = await startEndpoint(endpoint)
    world.#ends.push(() => {
      server.closeAllConnections()
      server.close()
    })
    world.callbacks = callbacks
    const gateOptions = gate ? ['--default-gate', url] : []
    const args = ['--listen', '127.0.0.1:0', '--exit-with-stdin', ...gateOptions, ...options]
    const sandbox = await startProgram(sandboxBinary(), args, { stdio: ['pipe', 'pipe', 'ignore'] })
    world.#ends.push(sandbox.stop)
    world.baseUrl = sandbox.ready.base_url
    world.origin = new URL(world.baseUrl).origin
    world.actor = new Actor(world.baseUrl, sandbox.ready.control_url)
    return world
  }

  /** Opens the page in a context of its own. */
  async open(browser, { hash = '', scheme = 'light', size = { width: 1440, height: 860 }, ...rest } = {}) {
    const context = await browser.newContext({ colorScheme: scheme, viewport: size, reducedMotion: 'reduce', ...rest })
    this.#ends.push(() => context.close())
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    page.on('pageerror', (error) => this.problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(message.text())
    })
    page.on('request', (request) => {
      const to = request.url()
      if (!to.startsWith(`${this.origin}/`) && !/^(data|blob):/.test(to)) this.problems.push(`a request to ${to}`)
    })
    await page.goto(`${this.origin}/${hash}`)
    await page.waitForSelector('.head')
    return page
  }

  atEnd(what) {
    this.#ends.push(what)
  }

  async end() {
    for (const end of this.#ends.reverse()) await end()
  }
}

export const conversation = (user, business = '+46000000000') =>
  `#/c/${encodeURIComponent(`${business.slice(1)}:${user.slice(1)}`)}`

/** What axe finds, as lines: impact, rule, and where. */
export async function axe(page) {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return violations.flatMap(({ impact, id, nodes }) =>
    nodes.map(({ html }) => `${impact} ${id}: ${html.slice(0, 160)}`),
  )
}
