'use strict'

const { startCallbackEndpoint } = require('./lib/callbacks.js')
const { findProgram } = require('./lib/program.js')
const { startSandbox } = require('./lib/sandbox.js')

module.exports = { findProgram, startCallbackEndpoint, startSandbox }
