'use strict'

// What bundlers make of a program with linkwa runs: it sends a text and gets its callbacks. Their settings are those of the manual.

const assert = require('node:assert/strict')
const { execFileSync, spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const { setTimeout } = require('node:timers/promises')
const { startSandbox } = require('../../sandbox/node/index.js')

const ROOT = path.join(__dirname, '..', '..', '..')
const PACKAGE = path.join(ROOT, 'node')
const SANDBOX = path.join(ROOT, 'tests', 'sandbox', 'node')
const manifest = JSON.parse(fs.readFileSync(path.join(PACKAGE, 'package.json')))
const [addon] = fs.readdirSync(PACKAGE).filter((name) => name.endsWith('.node'))
const platform = addon.slice('linkwa.'.length, -'.node'.length)
const tools = path.join(__dirname, 'node_modules')

/** Where bundlers write; what they make runs in folders elsewhere, which have only what is deployed. */
const built = path.join(__dirname, 'built')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'linkwa-bundlers-'))
let sandbox

before(async () => {
  fs.rmSync(built, { recursive: true, force: true })
  fs.mkdirSync(built)
  install(tools)
  const kit = JSON.parse(fs.readFileSync(path.join(SANDBOX, 'package.json')))
  for (const name of [...kit.files.filter((name) => !name.includes('*')), 'package.json']) {
    fs.cpSync(path.join(SANDBOX, name), path.join(tools, 'linkwa-sandbox', name), { recursive: true })
  }
  sandbox = await startSandbox()
})
after(async () => {
  await sandbox?.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

/** Puts the package and that of the platform into a folder `node_modules`, as npm does. */
function install(modules) {
  const main = path.join(modules, 'linkwa')
  const binding = path.join(modules, '@linkwa', `binding-${platform}`)
  for (const place of [main, binding]) {
    fs.rmSync(place, { recursive: true, force: true })
    fs.mkdirSync(place, { recursive: true })
  }
  for (const name of [...manifest.files.filter((name) => !name.includes('*')), 'package.json']) {
    fs.cpSync(path.join(PACKAGE, name), path.join(main, name), { recursive: true })
  }
  fs.copyFileSync(path.join(PACKAGE, addon), path.join(binding, addon))
  const { version } = manifest
  const of = { name: `@linkwa/binding-${platform}`, version, main: addon, files: [addon] }
  fs.writeFileSync(path.join(binding, 'package.json'), JSON.stringify(of))
}

/** The environment without what npm and Node tell their children, with the account of the sandbox. */
function environment() {
  const { baseUrl, username, password, platformId, platformPartnerId, source } = sandbox.clientOptions()
  const clean = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_|^LINKWA_|proxy$/i.test(name))
  return {
    ...Object.fromEntries(clean),
    CONTROL_URL: sandbox.controlUrl,
    LINKWA_BASE_URL: baseUrl,
    LINKWA_SANDBOX: process.env.LINKWA_SANDBOX,
    LINKWA_USERNAME: username,
    LINKWA_PASSWORD: password,
    LINKWA_PLATFORM_ID: platformId,
    LINKWA_PLATFORM_PARTNER_ID: platformPartnerId,
    LINKWA_SOURCE: source,
    NEXT_TELEMETRY_DISABLED: '1',
  }
}

function run(cwd, command, ...args) {
  const env = environment()
  const options = { cwd, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 }
  try {
    return execFileSync(command, args, options)
  } catch (error) {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`)
  }
}

const tool = (name, ...args) => run(__dirname, path.join(tools, '.bin', name), ...args)

const manual = fs.readFileSync(path.join(PACKAGE, 'README.md'), 'utf8').split('\n## Deploy\n')[1]

/** The settings of a tool in the table of the manual. */
function settings(name) {
  const row = manual.split('\n').find((line) => line.startsWith(`| ${name} |`))
  return row.split('`').filter((_, index) => index % 2 === 1)
}

/** Runs what was built as it is deployed, alone in a folder or with the package installed beside it. */
async function runs(name, program, packages) {
  const place = path.join(folder, name)
  fs.cpSync(path.join(built, name), place, { recursive: true })
  if (packages === 'installed') install(path.join(place, 'node_modules'))
  await sent(run(place, process.execPath, program))
}

/** Checks what the program printed, and that the sandbox has the message. */
async function sent(printed) {
  const { refId, statuses } = JSON.parse(printed)
  assert.deepEqual([...statuses].sort(), ['delivered', 'sent'])
  const [message] = await sandbox.messages({ refId })
  assert.equal(message.content.text.body, 'Hello')
}

/** Writes a configuration for a tool, with settings in the words of the manual. */
function configure(file, text) {
  fs.mkdirSync(path.dirname(path.join(built, file)), { recursive: true })
  fs.writeFileSync(path.join(built, file), text)
  return path.join(built, file)
}

test('the manual names the versions that are tested', () => {
  const { devDependencies } = JSON.parse(fs.readFileSync(path.join(__dirname, 'package.json')))
  const [, sentence] = manual.match(/These are tested with (.*?\.\d+)\. /s)
  const named = [...sentence.matchAll(/([\w.]+) (\d+\.\d+)/g)].map(([, name, version]) => [name, version])
  const minor = (name) => devDependencies[name].split('.').slice(0, 2).join('.')
  const tested = Object.entries({ esbuild: 'esbuild', webpack: 'webpack', Vite: 'vite', 'Next.js': 'next' })
  assert.deepEqual(
    named,
    tested.map(([name, from]) => [name, minor(from)]),
  )
})

for (const [format, program] of Object.entries({ cjs: 'main.cjs', esm: 'main.mjs' })) {
  test(`esbuild leaves the package out: ${format}`, async () => {
    const [options] = settings('esbuild')
    const out = `--outfile=built/esbuild-${format}/${program}`
    tool('esbuild', 'program.mjs', '--bundle', ...options.split(' '), `--format=${format}`, out)
    await runs(`esbuild-${format}`, program, 'installed')
  })
}

test('esbuild copies the addon: cjs', async () => {
  const [options] = settings('esbuild, in one folder')
  tool('esbuild', 'program.mjs', '--bundle', ...options.split(' '), '--outfile=built/esbuild-folder-cjs/main.cjs')
  await runs('esbuild-folder-cjs', 'main.cjs', 'alone')
})

test('esbuild copies the addon: esm', async () => {
  const [, command] = manual.match(/^```sh\n(esbuild .*?)^```$/ms)
  const place = path.join(built, 'esbuild-folder-esm')
  fs.mkdirSync(place)
  fs.copyFileSync(path.join(__dirname, 'program.mjs'), path.join(place, 'main.mjs'))
  run(place, 'sh', '-c', `PATH="$0:$PATH"; ${command}`, path.join(tools, '.bin'))
  await runs('esbuild-folder-esm/out', 'main.mjs', 'alone')
})

for (const [row, packages] of Object.entries({ webpack: 'installed', 'webpack, in one folder': 'alone' })) {
  test(`${row}: the package is ${packages}`, async () => {
    const name = `webpack-${packages}`
    const [options] = settings(row)
    const output = `{ path: ${JSON.stringify(path.join(built, name))}, filename: 'main.cjs' }`
    const config = configure(
      `${name}.config.cjs`,
      `module.exports = { mode: 'production', entry: './program.mjs', output: ${output}, ${options} }\n`,
    )
    const build = `require('webpack')(require(${JSON.stringify(config)}), (error, stats) => {
      if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only'))
    })`
    run(__dirname, process.execPath, '-e', build)
    await runs(name, 'main.cjs', packages)
  })
}

test('Vite needs no setting', async () => {
  const config = configure('vite.config.mjs', 'export default {}\n')
  tool('vite', 'build', '--config', config, '--ssr', 'program.mjs', '--outDir', 'built/vite')
  await runs('vite', 'program.mjs', 'installed')
})

test('Vite with noExternal needs one', async () => {
  const [, setting] = settings('Vite, for servers')
  // With the merge of Vite itself, because the manual gives the setting as a whole.
  const config = configure(
    'vite-all.config.mjs',
    `import { mergeConfig } from 'vite'\nexport default mergeConfig({ ssr: { noExternal: true } }, { ${setting} })\n`,
  )
  tool('vite', 'build', '--config', config, '--ssr', 'program.mjs', '--outDir', 'built/vite-all')
  await runs('vite-all', 'program.mjs', 'installed')
})

test('the development server of Vite runs the program', async () => {
  const config = configure('vite-dev.config.mjs', 'export default {}\n')
  const program = configure(
    'vite-dev.mjs',
    `import { createServer } from 'vite'
    const server = await createServer({
      configFile: ${JSON.stringify(config)}, root: ${JSON.stringify(__dirname)}, logLevel: 'error',
      server: { middlewareMode: true, ws: false, hmr: false, watch: null },
    })
    await (await server.ssrLoadModule('/program.mjs')).done
    await server.close()\n`,
  )
  await sent(run(__dirname, process.execPath, program))
})

/** Starts a server on a free port, and waits until it answers. Another process may take the port first: then another one is tried. */
async function serve(cwd, program) {
  for (let left = 2; ; left -= 1) {
    const reserved = net.createServer().listen(0, '127.0.0.1')
    await once(reserved, 'listening')
    const { port } = reserved.address()
    reserved.close()
    await once(reserved, 'close')
    const env = { ...environment(), HOSTNAME: '127.0.0.1', PORT: String(port) }
    const server = spawn(process.execPath, [program], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (data) => {
        log += data
      })
    }
    const url = `http://127.0.0.1:${port}`
    const deadline = Date.now() + 120_000
    while (server.exitCode === null && server.signalCode === null) {
      const answered = await fetch(`${url}/callback`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
      if (answered?.ok) return { server, url }
      if (Date.now() > deadline) {
        server.kill()
        throw new Error(log)
      }
      await setTimeout(20)
    }
    if (left === 0) throw new Error(log)
  }
}

test('Next.js: a server component, routes that send and that take callbacks', async () => {
  const [setting, , output] = settings('Next.js')
  fs.cpSync(path.join(__dirname, 'next'), path.join(built, 'next'), { recursive: true })
  configure('next/next.config.mjs', `export default { ${setting}, ${output} }\n`)
  run(path.join(built, 'next'), path.join(tools, '.bin', 'next'), 'build')
  // The program lies as deep as the project does below the folder of the lock file.
  const place = path.join(folder, 'next')
  fs.cpSync(path.join(built, 'next', '.next', 'standalone'), place, { recursive: true, verbatimSymlinks: true })
  const program = path.join(path.relative(__dirname, path.join(built, 'next')), 'server.js')
  const { server, url } = await serve(place, program)
  try {
    assert.match(await (await fetch(url)).text(), /<p>delivered<\/p>/)

    const refId = 'next'
    await sandbox.addGate({ id: refId, url: `${url}/callback` })
    const body = JSON.stringify({ refId, eventReportGates: [refId] })
    const answer = await fetch(`${url}/api/send`, { method: 'POST', body })
    assert.equal(answer.status, 200)
    assert.equal((await answer.json()).refId, refId)
    const [message] = await sandbox.messages({ refId, status: 'delivered', wait: 30_000 })
    assert.equal(message.content.text.body, 'Hello')
    const until = Date.now() + 30_000
    let reports = []
    while (reports.length < 2 && Date.now() < until) reports = await (await fetch(`${url}/callback`)).json()
    assert.deepEqual(reports.map(({ status }) => status).sort(), ['delivered', 'sent'])
  } finally {
    if (server.kill()) await once(server, 'close')
  }
})

const kit = fs.readFileSync(path.join(SANDBOX, 'README.md'), 'utf8')

for (const [runner, file, ...args] of [
  ['vitest', 'text.test.mjs', 'run', '--root'],
  ['jest', 'text.test.js', '--rootDir'],
]) {
  test(`the test kit runs under ${runner}`, () => {
    const [, program] = kit.match(new RegExp(`^\`\`\`js\n(// ${runner}\n.*?)^\`\`\`$`, 'ms'))
    const place = path.dirname(configure(`${runner}/${file}`, program))
    configure(`${runner}/package.json`, '{"private": true}\n')
    tool(runner, ...args, place)
  })
}
