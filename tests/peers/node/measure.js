'use strict'

// What the benchmarks share: slices of both sides in turn, and their medians, as a line of JSON for each pair.

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const SLICES = 500
const SLICE_NS = 2_000_000

/** The package, built for this. */
const linkwa = require(process.env.PEERS_PACKAGE)

function readInput(name) {
  return fs.readFileSync(path.join(__dirname, '..', 'inputs', name))
}

function median(values) {
  return quartiles(values)[1]
}

function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return [1, 2, 3].map((part) => sorted[Math.floor(((sorted.length - 1) * part) / 4)])
}

/** Prints the medians, in nanoseconds, and the quartiles of the ratios of slices that were neighbours. */
function report(row, ours, theirs, raw) {
  const [low, ratio, high] = quartiles(ours.map((mine, index) => mine / theirs[index]))
  const line = { row, unit: 'ns', ours: median(ours), theirs: median(theirs), ratio, low, high, slices: ours.length }
  if (raw) Object.assign(line, { raw: median(raw), of_raw: median(ours.map((mine, index) => mine / raw[index])) })
  console.log(JSON.stringify(line))
}

/** What came of the last call; it is looked at when all is done, so that it is not optimized away. */
let kept
process.on('exit', () => kept)

/** Nanoseconds a call, by the clock: the thread's CPU time is counted in ticks here, which are about as long as a slice. */
function timed(call, count) {
  const began = process.hrtime.bigint()
  for (let left = count; left > 0; left--) kept = call()
  return Number(process.hrtime.bigint() - began) / count
}

/** The raw client, as a process that measures a slice when it is asked to: nanoseconds by the clock, and of CPU time. */
class Raw {
  #process = spawn(process.env.PEERS_RAW, [process.argv[2], String(AT_ONCE)], { stdio: ['pipe', 'pipe', 'inherit'] })

  async slice() {
    const answer = new Promise((resolve, reject) => {
      this.#process.once('exit', () => reject(new Error('the raw client has ended')))
      this.#process.stdout.once('data', resolve)
    })
    this.#process.stdin.write('\n')
    const [wall, cpu] = String(await answer).split(' ')
    this.#process.removeAllListeners('exit')
    return [Number(wall), Number(cpu)]
  }

  end() {
    this.#process.stdin.end()
  }
}

const interruptions = () => process.resourceUsage().involuntaryContextSwitches

/** The same, of a slice in which nothing else had the core; on a busy machine it takes several tries, and may fail. */
function undisturbed(call, count) {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = interruptions()
    const time = timed(call, count)
    if (interruptions() === before) return time
    least = Math.min(least, time)
  }
  return least
}

/** How many calls a slice has. What it takes to find out warms up. */
function calls(call) {
  for (let round = 0; round < 20; round++) timed(call, 2000)
  let count = 1
  while (undisturbed(call, count) * count < SLICE_NS) count *= 2
  return count
}

/** Prints what a call takes that does next to nothing. */
function floor(name, call) {
  const count = calls(call)
  const times = Array.from({ length: 50 }, () => undisturbed(call, count))
  console.log(JSON.stringify({ floor: name, unit: 'ns', ours: median(times) }))
}

/** Measures two calls in slices that take turns. */
function pair(row, ours, theirs) {
  const sides = [ours, theirs]
  const counts = sides.map(calls)
  const times = [[], []]
  for (let index = 0; index < SLICES; index++)
    for (const side of index % 2 === 0 ? [0, 1] : [1, 0]) times[side].push(undisturbed(sides[side], counts[side]))
  report(row, ...times)
}

const AT_ONCE = 64

/** So many sends, 64 at once. */
async function many(send, count) {
  let left = count
  const work = async () => {
    while (left-- > 0) await send()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/**
 * Measures 64 sends at once, by the clock and by the CPU time of the whole process, which the addon's threads are part of. With `withRaw`
 * the raw client has a slice among them.
 */
async function concurrentSends(row, ours, theirs, { slices, count, withRaw }) {
  const sides = [ours, theirs]
  const raw = withRaw ? new Raw() : undefined
  const wall = [[], [], []]
  const cpu = [[], [], []]
  for (let index = -2; index < slices; index++) {
    for (const side of index % 2 === 0 ? [0, 1] : [1, 0]) {
      const used = process.cpuUsage()
      const began = process.hrtime.bigint()
      await many(sides[side], count)
      const clock = Number(process.hrtime.bigint() - began)
      const { user, system } = process.cpuUsage(used)
      if (index < 0) continue // the first only warm up
      wall[side].push(clock / count)
      cpu[side].push(((user + system) * 1000) / count)
    }
    if (!raw) continue
    const [clock, used] = await raw.slice()
    if (index < 0) continue
    wall[2].push(clock)
    cpu[2].push(used)
  }
  raw?.end()
  for (const [what, [mine, other, limit]] of Object.entries({ wall, cpu }))
    report(`${row}/${what}`, mine, other, raw ? limit : undefined)
}

module.exports = { AT_ONCE, concurrentSends, floor, linkwa, pair, readInput }
