'use strict'

const { errorOf } = require('./error.js')
const { setLogger: listen } = require('./completions.js')
const { text, wrongType } = require('./options.js')

function setLogger(write, level = 'info') {
  if (write !== undefined && typeof write !== 'function') throw wrongType('write', 'a function', write)
  const failure = listen(write, text(level, 'level'))
  if (failure) throw errorOf(failure)
}

module.exports = { setLogger }
