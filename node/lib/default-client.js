'use strict'

const { Client, clientFromEnv, functionOf, newClient, verbs } = require('./client.js')

let client

/** The client of `configure`, or of the environment's variables. */
function defaultClient(verb = defaultClient) {
  client ??= clientFromEnv(verb)
  return client
}

function configure(config) {
  client = new Client(newClient(config, configure))
}

const functions = Object.keys(verbs).map((name) => [name, functionOf(name, () => defaultClient)])

module.exports = { configure, defaultClient, ...Object.fromEntries(functions) }
