'use strict'

const { exactJsonOf, isObject, kindOf } = require('./json.js')

/** A message that is sent as it is. */
class RawMessage {
  #json

  constructor(json) {
    this.#json = json
    this.json = json
    Object.freeze(this)
  }

  /** The JSON of a raw message; `undefined` for what is none. */
  static jsonOf(value) {
    return typeof value === 'object' && value !== null && #json in value ? value.#json : undefined
  }
}

function raw(message) {
  if (typeof message === 'string') return new RawMessage(message)
  if (isObject(message)) return new RawMessage(RawMessage.jsonOf(message) ?? exactJsonOf(message, 'message'))
  throw new TypeError(`message must be an object or a string, not ${kindOf(message)}`)
}

module.exports = { jsonOfRaw: RawMessage.jsonOf, raw }
