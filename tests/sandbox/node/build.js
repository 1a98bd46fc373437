#!/usr/bin/env node
'use strict'

// node build.js [--debug]       builds the program for this machine, and puts it beside this file
// node build.js --target NAME   builds it for another platform, as 'linux-arm64-musl'; for Linux with cargo-zigbuild
// node build.js --release DIR   writes the packages of the platforms to npm/, from programs in DIR that are named
//                               linkwa-sandbox.<platform>, and lets package.json depend on them optionally

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { builtProgram, platformName, platforms, programName } = require('./lib/program.js')

const manifestFile = path.join(__dirname, 'package.json')
const manifest = JSON.parse(fs.readFileSync(manifestFile))

/** The program as Rust names its platform; for Linux with the oldest glibc that it runs on. */
const targets = {
  'linux-x64-gnu': 'x86_64-unknown-linux-gnu.2.17',
  'linux-arm64-gnu': 'aarch64-unknown-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-unknown-linux-musl',
  'linux-arm64-musl': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  'win32-x64-msvc': 'x86_64-pc-windows-msvc',
  'win32-arm64-msvc': 'aarch64-pc-windows-msvc',
}

function build(platform, ...how) {
  const options = ['--locked', '--package', 'linkwa-sandbox', '--message-format=json', ...how]
  const command = how.includes('--target') && platform.startsWith('linux') ? 'zigbuild' : 'build'
  const messages = execFileSync('cargo', [command, ...options], {
    cwd: __dirname,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const artifacts = messages.split('\n').filter(Boolean).map(JSON.parse)
  const { executable } = artifacts.find(({ executable, target }) => executable && target.name === 'linkwa-sandbox')
  fs.copyFileSync(executable, builtProgram(platform))
}

function release(folder) {
  manifest.optionalDependencies = {}
  for (const [platform, { libc, ...where }] of Object.entries(platforms)) {
    const name = `@linkwa/sandbox-${platform}`
    const place = path.join(__dirname, 'npm', platform)
    const program = programName(platform)
    fs.mkdirSync(place, { recursive: true })
    fs.copyFileSync(path.join(folder, path.basename(builtProgram(platform))), path.join(place, program))
    fs.chmodSync(path.join(place, program), 0o755)
    for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) {
      fs.copyFileSync(path.join(__dirname, licence), path.join(place, licence))
    }
    const { version, license, engines, repository } = manifest
    const of = {
      name,
      version,
      description: `The program of linkwa-sandbox for ${platform}.`,
      license,
      repository, // npm compares it with the provenance
      engines,
      os: [where.os],
      cpu: [where.cpu],
      ...(libc && { libc: [libc] }),
      files: [program, 'LICENSE-*'],
    }
    fs.writeFileSync(path.join(place, 'package.json'), `${JSON.stringify(of, null, 2)}\n`)
    fs.writeFileSync(
      path.join(place, 'README.md'),
      `The program of linkwa-sandbox for ${platform}. Install \`linkwa-sandbox\`.\n`,
    )
    manifest.optionalDependencies[name] = version
  }
  // Nothing is built at an installation.
  delete manifest.scripts
  fs.writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`)
}

const [option = '', value] = process.argv.slice(2)
switch (option) {
  case '':
    build(platformName(), '--profile', 'addon')
    break
  case '--debug':
    build(platformName())
    break
  case '--target':
    build(value, '--profile', 'addon', '--target', targets[value])
    break
  case '--release':
    release(path.resolve(value))
    break
  default:
    throw new Error(`unknown option ${option}`)
}
