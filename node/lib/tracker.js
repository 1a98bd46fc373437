'use strict'

const binding = require('./binding.js')
const { call, checked } = require('./call.js')
const { isRecord, jsonOf, wrongType } = require('./json.js')
const { isPlain, membersOf, own } = require('./object.js')
const { text } = require('./options.js')

class StatusTracker {
  #native = binding.newTracker()

  static fromJSON(json) {
    const given = typeof json === 'string' ? json : checked(() => written(json), StatusTracker.fromJSON)
    const tracker = new this()
    tracker.#native = call(binding.trackerFromJson, [given], StatusTracker.fromJSON)
    return tracker
  }

  get size() {
    return this.#native.count()
  }

  apply(report) {
    const { apply } = StatusTracker.prototype
    const given = checked(() => rawReport(report), apply)
    return stateOf(call((raw) => this.#native.apply(raw), [given], apply))
  }

  state(messageId, messageIndex) {
    checked(() => {
      text(messageId, 'messageId')
      if (messageIndex !== undefined && messageIndex !== null && !Number.isSafeInteger(messageIndex)) {
        throw wrongType('messageIndex', 'a whole number', messageIndex)
      }
    }, StatusTracker.prototype.state)
    return stateOf(this.#native.state(messageId, messageIndex))
  }

  states(refId) {
    return this.#native.statesOf(text(refId, 'refId')).map(stateOf)
  }

  requestState(refId) {
    return stateOf(this.#native.requestState(textOf(refId, 'refId', StatusTracker.prototype.requestState)))
  }

  resolve(refId) {
    return this.#native.resolve(textOf(refId, 'refId', StatusTracker.prototype.resolve))
  }

  forget(messageId) {
    return this.#native.forget(textOf(messageId, 'messageId', StatusTracker.prototype.forget))
  }

  forgetRefId(refId) {
    return this.#native.forgetRefId(textOf(refId, 'refId', StatusTracker.prototype.forgetRefId))
  }

  retain(keep) {
    checked(() => {
      if (typeof keep !== 'function') throw wrongType('keep', 'a function', keep)
    }, StatusTracker.prototype.retain)
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

function textOf(value, name, verb) {
  return checked(() => text(value, name), verb)
}

function rawReport(report) {
  const raw = isPlain(report) ? own(report, 'raw') : undefined
  if (typeof raw !== 'string') throw wrongType('report', 'an EventReport', report)
  return raw
}

function written(json) {
  if (!isRecord(json)) throw wrongType('json', 'a string or a plain object', json)
  return jsonOf(json, 'json')
}

/** Every state has every member. */
function stateOf(given) {
  if (given === undefined || given === null) return undefined
  const state = membersOf(given)
  return {
    messageId: state.messageId,
    messageIndex: state.messageIndex,
    refId: state.refId,
    status: state.status,
    resultCode: state.resultCode,
    timestamp: state.timestamp,
    timestampMs: state.timestampMs,
    description: state.description,
    isDelivered: state.isDelivered,
    isFinal: state.isFinal,
    isDisputed: state.isDisputed,
    otherCode: state.otherCode,
    changed: state.changed,
  }
}

module.exports = { StatusTracker, stateOf }
