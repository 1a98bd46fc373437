'use strict'

/** What `linkwa/otel` does around the sends of a client or the callbacks of a receiver, by that object. */
exports.tracings = new WeakMap()
