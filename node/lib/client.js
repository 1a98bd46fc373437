'use strict'

const binding = require('./binding.js')
const { call, checked, isOurs } = require('./call.js')
const { completions, enter, hold, leave, onAbort, reasonOf, release } = require('./completions.js')
const { errorOf, internalError, placeOf, stackAt } = require('./error.js')
const { Listeners, listening, traced, tracings } = require('./events.js')
const { exactJsonOf, isRecord, jsonOf, notPlain, requestJson, textOrBytes, wrongType } = require('./json.js')
const { sendMany } = require('./many.js')
const { responseOf, resultOf, wireMessages } = require('./messages.js')
const { bare, define, own, take } = require('./object.js')
const { jsonOfRaw } = require('./raw.js')
const declared = require('./declared.js')
const {
  callOptions,
  clientConfig,
  httpOptions,
  manyOptions,
  number,
  readersOf,
  sendOptions,
  text,
  texts,
} = require('./options.js')

/** The addon's client behind a client. */
let nativeOf
/** The functions that receive a client's events. */
let listenersOf

class Client {
  #native
  #listeners = new Listeners()

  static {
    listenersOf = (client) => client.#listeners
    nativeOf = (client) => {
      if (typeof client !== 'object' || client === null || !(#native in client))
        throw new TypeError('this verb must be called on a Client')
      return client.#native
    }
  }

  constructor(config) {
    this.#native = config instanceof binding.NativeClient ? config : newClient(config, new.target)
  }

  static fromEnv() {
    return clientFromEnv(Client.fromEnv)
  }

  on(kind, listener) {
    const given = checked(() => {
      nativeOf(this)
      return listening(kind, listener, declared.eventKinds)
    }, Client.prototype.on)
    return this.#listeners.add(...given)
  }

  close(timeoutMs) {
    return close(this, Client.prototype.close, timeoutMs)
  }
}

// Node 20 has this symbol; without it no program can use it either.
if (Symbol.asyncDispose) {
  Object.defineProperty(Client.prototype, Symbol.asyncDispose, {
    value: function dispose() {
      return this.close()
    },
    writable: true,
    configurable: true,
  })
}

/** A client with the variables of this thread's environment: a worker's differ from those of the process. */
function clientFromEnv(verb) {
  return new Client(call(binding.clientFromEnv, [variable], verb))
}

/** Own variables only: `process.env` inherits like any object. */
function variable(name) {
  const value = own(process.env, name)
  return value === undefined ? undefined : String(value)
}

function newClient(config, verb) {
  return call(binding.newClient, [checked(() => clientConfig(config), verb)], verb)
}

/** One, or an array of them. */
function destinations(to) {
  if (typeof to === 'string') return text(to, 'to')
  if (!Array.isArray(to)) throw wrongType('to', 'a string or an array of strings', to)
  return texts(to, 'to')
}

/** A verb that sends messages; `messagesOf` returns them for the addon, or the JSON of one. */
function messageVerb(own, messagesOf) {
  return (to, content, options) => {
    const destination = destinations(to)
    const { given, extra, signal: watched } = sendOptions(options, own)
    const messages = messagesOf(content, extra)
    // The addon would look up each option.
    const overridden = Object.keys(given).length === 0 ? undefined : given
    return {
      signal: watched,
      refId: () => given.refId,
      submit: (native, id) => native.submit(completions(), id, destination, messages, overridden),
    }
  }
}

/** Reads the argument from which a message is made. Core reports errors in it. */
const contents = {
  string: text,
  object(value, name) {
    if (!isRecord(value)) throw notPlain(name, value)
  },
  list(value, name) {
    if (!Array.isArray(value)) throw wrongType(name, 'an array of objects', value)
  },
  /** A link, or an object with an id. */
  file(value, name) {
    if (!isRecord(value)) text(value, name)
  },
}

/** The verb of a message that core declares. */
function oneMessage({ verb, tag, name, kind, own: options, beside }) {
  const messageOf = (content, extra) => {
    const message = { type: tag, ...take(extra, beside) }
    if (typeof content === 'string') message[tag] = { [name]: content, ...extra }
    else message[tag] = kind === 'file' ? { ...content, ...extra } : content
    return message
  }
  return messageVerb(readersOf(options), (content, extra) => {
    contents[kind](content, name)
    return jsonOf(messageOf(verb === 'sendTemplate' ? templateOf(content) : content, extra), name)
  })
}

/** A verb that sends a whole request. */
function requestVerb(jsonOfObject, submit) {
  return (request, options) => {
    if (jsonOfRaw(request) !== undefined) throw new TypeError('request must be a whole request, not a message of raw()')
    const json = requestJson(request, jsonOfObject)
    const bytes = typeof json === 'string' ? Buffer.from(json) : json
    const { given, signal: watched } = callOptions(options)
    return {
      signal: watched,
      refId: () => refIdIn(bytes),
      submit: (native, id) => submit(native, id, bytes, given.timeoutMs),
    }
  }
}

/** An HTTP request to another resource. */
function httpRequest(method, path, body, options) {
  const parts = { method: text(method, 'method'), path: text(path, 'path'), body: httpBody(body) }
  const { given, signal: watched } = httpOptions(options)
  return {
    signal: watched,
    refId: () => '',
    submit: (native, id) => native.submitHttp(completions(), id, bare({ ...parts, ...given })),
  }
}

/** The bytes of a body: an object becomes JSON. */
function httpBody(body) {
  if (body === undefined || body === null) return Buffer.alloc(0)
  const given = textOrBytes(body) ?? (isRecord(body) ? exactJsonOf(body, 'body') : undefined)
  if (given === undefined) throw notPlain('body', body, ', a string, a Uint8Array or an ArrayBuffer')
  return typeof given === 'string' ? Buffer.from(given) : given
}

/** The reference of a request that will not be sent. */
function refIdIn(bytes) {
  try {
    const { refId } = bare(JSON.parse(Buffer.from(bytes).toString()))
    return typeof refId === 'string' ? refId : ''
  } catch {
    return ''
  }
}

/** Begins a send, and returns a promise of its outcome. */
function sends(prepare) {
  return (client, verb, args) => traced(verb.name, () => start(client, verb, prepare, args))
}

/** The verbs by name: the number of arguments of each, and its function for a client, or for a function that returns one. */
const verbs = {
  send: {
    arity: 3,
    run: sends(
      messageVerb({}, (message) => {
        const messages = wireMessages(message, 'message')
        return messages.length === 1 && !messages[0].isRaw ? messages[0].json : messages
      }),
    ),
  },
  ...Object.fromEntries(
    declared.messages.map((message) => [message.verb, { arity: 3, run: sends(oneMessage(message)) }]),
  ),
  sendRequest: {
    arity: 2,
    run: sends(
      requestVerb(jsonOf, (native, id, json, timeoutMs) => native.submitRequest(completions(), id, json, timeoutMs)),
    ),
  },
  sendRaw: {
    arity: 2,
    run: sends(
      requestVerb(exactJsonOf, (native, id, json, timeoutMs) => native.submitRaw(completions(), id, json, timeoutMs)),
    ),
  },
  request: { arity: 4, run: sends(httpRequest) },
  sendMany: { arity: 3, run: many },
  build: { arity: 3, run: build },
}

/** The verb as a function with this name, for the client that `clientOf` returns for its `this`. */
function functionOf(name, clientOf) {
  const { arity, run } = verbs[name]
  // Methods, because these have a name, a length and no `new`; rest parameters would change the length.
  const functions = {
    2: {
      [name](request, options) {
        return run(clientOf(this), functions[arity][name], [request, options])
      },
    },
    3: {
      [name](to, content, options) {
        return run(clientOf(this), functions[arity][name], [to, content, options])
      },
    },
    4: {
      [name](method, path, body, options) {
        return run(clientOf(this), functions[arity][name], [method, path, body, options])
      },
    },
  }
  return functions[arity][name]
}

for (const name of Object.keys(verbs)) {
  define(
    Client.prototype,
    name,
    functionOf(name, (client) => client),
    false,
  )
}

/** A template whose language may be its code alone. */
function templateOf(template) {
  const language = own(template, 'language')
  return typeof language === 'string' ? { ...template, language: { code: language } } : template
}

/** Begins a send; `client` is one, or a function that returns one. */
function start(client, verb, prepare, args) {
  const place = placeOf(verb)
  try {
    const prepared = prepare(...args)
    const sender = typeof client === 'function' ? client() : client
    const native = nativeOf(sender)
    if (prepared.signal?.aborted) {
      const errorObject = binding.cancelledBefore(prepared.refId())
      return Promise.reject(errorOf(errorObject, place, reasonOf(prepared.signal)))
    }
    const tracing = tracings.get(sender)
    if (tracing === undefined) return submit(sender, native, prepared, place)
    return tracing.send(verb.name === 'request', ({ event, traceparent }) =>
      submit(sender, joined(native, traceparent), prepared, place, event),
    )
  } catch (error) {
    return Promise.reject(isOurs(error) ? stackAt(error, place) : error)
  }
}

/** The addon's client whose messages carry a trace context, if there is one. */
function joined(native, traceparent) {
  return traceparent === undefined ? native : native.joined(traceparent)
}

function submit(client, native, { submit: begin, signal: watched }, place, tracing) {
  return new Promise((resolve, reject) => {
    let isAborted = false
    // Before anything leaves: if it throws, nothing was sent.
    const unwatch =
      watched === undefined
        ? undefined
        : onAbort(watched, () => {
            isAborted = true
            completions().cancel(id)
          })
    // The promise comes first: code of others can throw in the rest.
    const end = (settle) => {
      leave(id)
      release()
      settle()
      unwatch?.()
    }
    const fail = (errorObject) => {
      const cause = isAborted && own(errorObject, 'reason') === 'cancelled' ? reasonOf(watched) : undefined
      return end(() => reject(errorOf(errorObject, place, cause)))
    }
    const event = listenersOf(client).deliverer(tracing)
    const id = enter({
      // An unreferenced client is closed, so it is kept until then.
      client,
      event,
      sent({ result, response, errorObject }) {
        if (errorObject !== undefined) fail(errorObject)
        else end(() => resolve(response === undefined ? resultOf(result) : responseOf(response)))
      },
      failed: (error) => end(() => reject(stackAt(error, place))),
    })
    hold()
    let errorObject
    try {
      errorObject = begin(event === undefined ? native : native.observed(completions(), id), id)
    } catch (error) {
      // It panicked before core had the message.
      end(() => reject(stackAt(internalError(error, 'not_sent'), place)))
      return
    }
    if (errorObject) fail(errorObject)
  })
}

function build(client, verb, [to, message, options]) {
  const [sender, destination, messages, given] = checked(() => {
    const { given } = sendOptions(options)
    const checkedArguments = [destinations(to), wireMessages(message, 'message'), given]
    const sender = typeof client === 'function' ? client() : client
    return [nativeOf(sender), ...checkedArguments]
  }, verb)
  return call(() => sender.build([destination].flat(), messages, given), [], verb)
}

function many(client, verb, [destinations, message, options]) {
  return checked(() => {
    const sender = () => {
      const one = typeof client === 'function' ? client() : client
      const { event, traceparent } = tracings.get(one)?.run() ?? {}
      return { native: joined(nativeOf(one), traceparent), event: listenersOf(one).deliverer(event) }
    }
    return sendMany(sender, placeOf(verb), destinations, message, manyOptions(options))
  }, verb)
}

function close(client, verb, timeoutMs) {
  const place = placeOf(verb)
  return new Promise((resolve, reject) => {
    let id
    const end = (settle) => {
      leave(id)
      release()
      settle()
    }
    const fail = (error) => end(() => reject(stackAt(error, place)))
    hold()
    id = enter({ client, done: () => end(resolve), failed: fail })
    try {
      if (timeoutMs !== undefined && Number.isNaN(number(timeoutMs, 'timeoutMs'))) {
        throw new TypeError('timeoutMs must be a number, not NaN')
      }
      const errorObject = nativeOf(client).close(completions(), id, timeoutMs)
      if (errorObject) fail(errorOf(errorObject))
    } catch (error) {
      fail(error instanceof TypeError ? error : internalError(error))
    }
  })
}

module.exports = { Client, clientFromEnv, functionOf, nativeOf, newClient, verbs }
