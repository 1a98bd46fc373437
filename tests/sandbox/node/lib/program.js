'use strict'

// Where the program is: built here, or in the package of the platform.

const fs = require('node:fs')
const path = require('node:path')

/** The platforms that have a package, by the name of its end. */
const platforms = {
  'linux-x64-gnu': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-arm64-gnu': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'linux-x64-musl': { os: 'linux', cpu: 'x64', libc: 'musl' },
  'linux-arm64-musl': { os: 'linux', cpu: 'arm64', libc: 'musl' },
  'darwin-x64': { os: 'darwin', cpu: 'x64' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64' },
  'win32-x64-msvc': { os: 'win32', cpu: 'x64' },
  'win32-arm64-msvc': { os: 'win32', cpu: 'arm64' },
}

/** The name of this process's platform. */
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

/** The file name of the program in the package of a platform. */
function programName(platform) {
  return platform.startsWith('win32') ? 'linkwa-sandbox.exe' : 'linkwa-sandbox'
}

/** The path of the program that is built in a checkout. */
function builtProgram(platform) {
  return path.join(__dirname, '..', `linkwa-sandbox.${platform}${platform.startsWith('win32') ? '.exe' : ''}`)
}

/** The path of the program: `$LINKWA_SANDBOX`, or else the one built here, or else that of the platform's package. */
function findProgram() {
  if (process.env.LINKWA_SANDBOX) return process.env.LINKWA_SANDBOX
  const platform = platformName()
  const built = builtProgram(platform)
  if (fs.existsSync(built)) return built
  try {
    return require.resolve(`@linkwa/sandbox-${platform}/${programName(platform)}`)
  } catch (cause) {
    const message = Object.hasOwn(platforms, platform)
      ? `the package @linkwa/sandbox-${platform} is not installed; install linkwa-sandbox again, with its optional dependencies`
      : `linkwa-sandbox has no program for ${platform}; it has: ${Object.keys(platforms).join(', ')}`
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_LINKWA_SANDBOX' })
  }
}

module.exports = { builtProgram, findProgram, platformName, platforms, programName }
