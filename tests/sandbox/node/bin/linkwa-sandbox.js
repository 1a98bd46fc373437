#!/usr/bin/env node
'use strict'

// The program, as a child that ends with this process, however this process ends.

const { spawn } = require('node:child_process')
const { findProgram } = require('../lib/program.js')

let program
try {
  program = findProgram()
} catch (error) {
  console.error(`linkwa-sandbox: ${error.message}`)
  process.exit(1)
}
// The child ends first, and this process with its status. A signal may come as soon as the child has started.
let child
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal))
const args = process.argv.slice(2)
child = spawn(program, ['--exit-with-stdin', ...args], { stdio: ['pipe', 'inherit', 'inherit'] })
child.on('error', (error) => {
  console.error(`linkwa-sandbox: ${error.message}`)
  process.exitCode = 1
})
child.stdin.on('error', () => {}) // it has ended
if (args.includes('--exit-with-stdin')) process.stdin.pipe(child.stdin)
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + require('node:os').constants.signals[signal])
})
