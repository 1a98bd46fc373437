'use strict'

const binding = require('./binding.js')
const { call } = require('./call.js')
const { isObject, jsonOf } = require('./json.js')
const { text, wrongType } = require('./options.js')

class StatusTracker {
  #native = binding.newTracker()

  static fromJSON(json) {
    const given = typeof json === 'string' ? json : written(json)
    const tracker = new this()
    tracker.#native = call(binding.trackerFromJson, [given], StatusTracker.fromJSON)
    return tracker
  }

  get size() {
    return this.#native.count()
  }

  apply(report) {
    if (typeof report?.raw !== 'string') throw wrongType('report', 'an EventReport', report)
    return stateOf(call((raw) => this.#native.apply(raw), [report.raw], StatusTracker.prototype.apply))
  }

  state(messageId, messageIndex) {
    text(messageId, 'messageId')
    if (messageIndex !== undefined && messageIndex !== null && !Number.isSafeInteger(messageIndex)) {
      throw wrongType('messageIndex', 'a whole number', messageIndex)
    }
    return stateOf(this.#native.state(messageId, messageIndex))
  }

  requestState(refId) {
    return stateOf(this.#native.requestState(text(refId, 'refId')))
  }

  resolve(refId) {
    return this.#native.resolve(text(refId, 'refId'))
  }

  forget(messageId) {
    return this.#native.forget(text(messageId, 'messageId'))
  }

  forgetRefId(refId) {
    return this.#native.forgetRefId(text(refId, 'refId'))
  }

  retain(keep) {
    if (typeof keep !== 'function') throw wrongType('keep', 'a function', keep)
    const texts = this.#native.stateTexts()
    const states = this.#native.states()
    this.#native.forgetStates(texts.filter((_, index) => !keep(stateOf(states[index]))))
  }

  *[Symbol.iterator]() {
    for (const state of this.#native.states()) yield stateOf(state)
  }

  toJSON() {
    return JSON.parse(this.#native.toJson())
  }
}

function written(json) {
  if (!isObject(json)) throw wrongType('json', 'a string or an object', json)
  return jsonOf(json, 'json')
}

/** Every state has every member. */
function stateOf(state) {
  if (state === undefined || state === null) return undefined
  return {
    messageId: state.messageId,
    messageIndex: state.messageIndex,
    refId: state.refId,
    status: state.status,
    resultCode: state.resultCode,
    timestamp: state.timestamp,
    timestampMs: state.timestampMs,
    description: state.description,
    isFinal: state.isFinal,
    isDisputed: state.isDisputed,
    otherCode: state.otherCode,
    changed: state.changed,
  }
}

module.exports = { StatusTracker }
