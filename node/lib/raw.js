'use strict'

const { checked } = require('./call.js')
const { exactJsonOf, isRecord, notPlain } = require('./json.js')
const { define } = require('./object.js')

/** A message that is sent as it is. */
class RawMessage {
  #json

  constructor(json) {
    this.#json = json
    define(this, 'json', json)
    Object.freeze(this)
  }

  /** The JSON of a raw message; `undefined` for anything else. */
  static jsonOf(value) {
    return typeof value === 'object' && value !== null && #json in value ? value.#json : undefined
  }
}

function raw(message) {
  if (typeof message === 'string') return new RawMessage(message)
  return checked(() => {
    const json = RawMessage.jsonOf(message)
    if (json === undefined && !isRecord(message)) throw notPlain('message', message, ' or a string')
    return new RawMessage(json ?? exactJsonOf(message, 'message'))
  }, raw)
}

module.exports = { jsonOfRaw: RawMessage.jsonOf, raw }
