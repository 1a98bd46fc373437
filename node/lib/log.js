'use strict'

const { checked } = require('./call.js')
const { errorOf } = require('./error.js')
const { setLogger: listen } = require('./completions.js')
const { wrongType } = require('./json.js')
const { text } = require('./options.js')

function setLogger(write, level = 'info') {
  checked(() => {
    if (write !== undefined && typeof write !== 'function') throw wrongType('write', 'a function', write)
    const errorObject = listen(write, text(level, 'level'))
    if (errorObject) throw errorOf(errorObject)
  }, setLogger)
}

module.exports = { setLogger }
