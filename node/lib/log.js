'use strict'

const { checked } = require('./call.js')
const { errorOf } = require('./error.js')
const { setLogger: listen, warn } = require('./completions.js')
const { wrongType } = require('./json.js')
const { text } = require('./options.js')

const LEVELS = ['error', 'warn', 'info', 'debug']

let logger
/** The levels that the logger wants. */
let wanted = []

function setLogger(write, level = 'info') {
  checked(() => {
    if (write !== undefined && typeof write !== 'function') throw wrongType('write', 'a function', write)
    const errorObject = listen(write, text(level, 'level'))
    if (errorObject) throw errorOf(errorObject)
    logger = write
    wanted = LEVELS.slice(0, LEVELS.indexOf(level) + 1)
  }, setLogger)
}

/** Writes a line that does not come from core. */
function log(level, message) {
  if (!wanted.includes(level)) return
  try {
    logger?.({ level, message, timestampMs: Date.now(), fields: {} })
  } catch (error) {
    warn(error)
  }
}

module.exports = { log, setLogger }
