'use strict'

const fs = require('node:fs')

// Each addon is a literal name within a `try`, so that bundlers see what the program needs, and that it may be missing.

/** The addon that was built here, or why it cannot be loaded; nothing for an unsupported platform. */
function built(name) {
  try {
    switch (name) {
      case 'linux-x64-gnu':
        return { addon: require('../linkwa.linux-x64-gnu.node') }
      case 'linux-arm64-gnu':
        return { addon: require('../linkwa.linux-arm64-gnu.node') }
      case 'linux-x64-musl':
        return { addon: require('../linkwa.linux-x64-musl.node') }
      case 'linux-arm64-musl':
        return { addon: require('../linkwa.linux-arm64-musl.node') }
      case 'darwin-x64':
        return { addon: require('../linkwa.darwin-x64.node') }
      case 'darwin-arm64':
        return { addon: require('../linkwa.darwin-arm64.node') }
      case 'win32-x64-msvc':
        return { addon: require('../linkwa.win32-x64-msvc.node') }
      case 'win32-arm64-msvc':
        return { addon: require('../linkwa.win32-arm64-msvc.node') }
    }
  } catch (error) {
    return { error }
  }
  return undefined
}

/** The same for the platform's package. */
function installed(name) {
  try {
    switch (name) {
      case 'linux-x64-gnu':
        return { addon: require('@linkwa/binding-linux-x64-gnu') }
      case 'linux-arm64-gnu':
        return { addon: require('@linkwa/binding-linux-arm64-gnu') }
      case 'linux-x64-musl':
        return { addon: require('@linkwa/binding-linux-x64-musl') }
      case 'linux-arm64-musl':
        return { addon: require('@linkwa/binding-linux-arm64-musl') }
      case 'darwin-x64':
        return { addon: require('@linkwa/binding-darwin-x64') }
      case 'darwin-arm64':
        return { addon: require('@linkwa/binding-darwin-arm64') }
      case 'win32-x64-msvc':
        return { addon: require('@linkwa/binding-win32-x64-msvc') }
      case 'win32-arm64-msvc':
        return { addon: require('@linkwa/binding-win32-arm64-msvc') }
    }
  } catch (error) {
    return { error }
  }
  return undefined
}

const platforms = [
  'linux-x64-gnu',
  'linux-arm64-gnu',
  'linux-x64-musl',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
]

/** The name of this process's platform, which is part of the addon's name. */
function platformName() {
  const { platform, arch } = process
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`
}

/** Whether the C library is musl: the executable names its loader near its beginning. */
function isMusl() {
  const head = Buffer.alloc(4096)
  let file
  try {
    file = fs.openSync(process.execPath, 'r')
    fs.readSync(file, head, 0, head.length, 0)
  } catch {
    return false
  } finally {
    if (file !== undefined) fs.closeSync(file)
  }
  return head.includes('/ld-musl-')
}

function load() {
  const name = platformName()
  const errors = []
  for (const find of [built, installed]) {
    const found = find(name)
    if (found?.addon !== undefined) return found.addon
    if (found !== undefined) errors.push(found.error)
  }
  throw failure(name, errors)
}

/** Why there is no addon: an error of the operating system about an existing one comes before missing ones. */
function failure(name, errors) {
  if (errors.length === 0) {
    const error = new Error(`linkwa has no addon for ${name}; it has: ${platforms.join(', ')}`)
    return Object.assign(error, { code: 'ERR_LINKWA_PLATFORM' })
  }
  const cause = errors.find((error) => error.code !== 'MODULE_NOT_FOUND') ?? errors.at(-1)
  const message =
    cause.code === 'MODULE_NOT_FOUND'
      ? `the package @linkwa/binding-${name} is not installed; install linkwa again, with its optional dependencies`
      : `the addon for ${name} cannot be loaded: ${cause.message}`
  return Object.assign(new Error(`linkwa: ${message}`, { cause }), { code: 'ERR_LINKWA_ADDON' })
}

module.exports = load()
