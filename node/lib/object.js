'use strict'

// Only an object's own members count. Any other part of the program may have added members that every object inherits.

/**
 * Whether a value is a plain object: one of `{}`, also of another realm, or one without a prototype. A proxy counts as its
 * target.
 */
function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** An object's own member; `undefined` if it has no own member of this name. */
function own(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** The addon's values, in an object that inherits nothing, without the members that are `null`. */
function membersOf(object) {
  const members = bare()
  for (const name of Object.keys(object)) {
    if (object[name] !== null) members[name] = object[name]
  }
  return members
}

/** The same own members, in an object that inherits nothing. */
function bare(object) {
  return { __proto__: null, ...object }
}

/** Defines an own member of an object, whatever it inherits. */
function define(object, name, value, enumerable = true) {
  // The descriptor must not inherit either.
  Object.defineProperty(object, name, { __proto__: null, value, writable: true, configurable: true, enumerable })
}

/** Moves the members in a list out of an object. */
function take(given, names) {
  const taken = bare()
  for (const name of names) {
    if (given[name] !== undefined) taken[name] = given[name]
    delete given[name]
  }
  return taken
}

module.exports = { bare, define, isPlain, membersOf, own, take }
