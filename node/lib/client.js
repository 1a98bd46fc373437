'use strict'

const binding = require('./binding.js')
const { call, checked, isOurs } = require('./call.js')
const { completions, enter, hold, leave, onAbort, reasonOf, release } = require('./completions.js')
const { errorOf, internalError, placeOf, stackAt } = require('./error.js')
const { exactJsonOf, isRecord, jsonOf, notPlain, requestJson, wrongType } = require('./json.js')
const { sendMany } = require('./many.js')
const { resultOf, wireMessages } = require('./messages.js')
const { bare, isPlain, own } = require('./object.js')
const { jsonOfRaw } = require('./raw.js')
const { clientConfig, flag, manyOptions, number, sendOptions, text, texts } = require('./options.js')

/** The addon's client behind a client. */
let nativeOf

class Client {
  #native

  static {
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

  send(to, message, options) {
    return start(this, Client.prototype.send, verbs.send, [to, message, options])
  }

  sendText(to, body, options) {
    return start(this, Client.prototype.sendText, verbs.sendText, [to, body, options])
  }

  sendImage(to, link, options) {
    return start(this, Client.prototype.sendImage, verbs.sendImage, [to, link, options])
  }

  sendAudio(to, link, options) {
    return start(this, Client.prototype.sendAudio, verbs.sendAudio, [to, link, options])
  }

  sendVideo(to, link, options) {
    return start(this, Client.prototype.sendVideo, verbs.sendVideo, [to, link, options])
  }

  sendDocument(to, link, options) {
    return start(this, Client.prototype.sendDocument, verbs.sendDocument, [to, link, options])
  }

  sendLocation(to, location, options) {
    return start(this, Client.prototype.sendLocation, verbs.sendLocation, [to, location, options])
  }

  sendContacts(to, contacts, options) {
    return start(this, Client.prototype.sendContacts, verbs.sendContacts, [to, contacts, options])
  }

  sendTemplate(to, template, options) {
    return start(this, Client.prototype.sendTemplate, verbs.sendTemplate, [to, template, options])
  }

  sendRequest(request, options) {
    return start(this, Client.prototype.sendRequest, verbs.sendRequest, [request, options])
  }

  sendRaw(request, options) {
    return start(this, Client.prototype.sendRaw, verbs.sendRaw, [request, options])
  }

  sendMany(destinations, message, options) {
    return many(this, Client.prototype.sendMany, destinations, message, options)
  }

  build(to, message, options) {
    return build(this, Client.prototype.build, to, message, options)
  }

  close(timeoutMs) {
    return close(this, Client.prototype.close, timeoutMs)
  }
}

// Node 20 has this symbol; where it is missing nobody can use it either.
if (Symbol.asyncDispose) {
  Object.defineProperty(Client.prototype, Symbol.asyncDispose, {
    value: function dispose() {
      return this.close()
    },
    writable: true,
    configurable: true,
  })
}

/** A client of the variables of this thread's environment: a worker's are not those of the process. */
function clientFromEnv(verb) {
  return new Client(call(binding.clientFromEnv, [variable], verb))
}

/** Its own: `process.env` inherits like any object. */
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

/** A verb that sends messages; `messagesOf` gives them as the addon takes them, or the JSON of one. */
function messageVerb(own, messagesOf) {
  return (to, content, options) => {
    const destination = destinations(to)
    const { given, extra, signal: watched } = sendOptions(options, own)
    const messages = messagesOf(content, extra)
    // The addon would look for each option.
    const overridden = Object.keys(given).length === 0 ? undefined : given
    return {
      signal: watched,
      refId: () => given.refId,
      submit: (native, id) => native.submit(completions(), id, destination, messages, overridden),
    }
  }
}

/** A verb that sends one message, whose only required part is `name`. */
function oneMessage(own, name, check, messageOf) {
  return messageVerb(own, (content, extra) => {
    check(content, name)
    return jsonOf(messageOf(content, extra), name)
  })
}

function record(value, name) {
  if (!isRecord(value)) throw notPlain(name, value)
}

/** A verb that sends a whole request. */
function requestVerb(jsonOfObject, submit) {
  return (request, options) => {
    if (jsonOfRaw(request) !== undefined) throw new TypeError('request must be a whole request, not a message of raw()')
    const json = requestJson(request, jsonOfObject)
    const bytes = typeof json === 'string' ? Buffer.from(json) : json
    const { given, signal: watched } = requestOptions(options)
    return {
      signal: watched,
      refId: () => refIdIn(bytes),
      submit: (native, id) => submit(native, id, bytes, given.timeoutMs),
    }
  }
}

function requestOptions(options) {
  for (const name of isPlain(options) ? Object.keys(options) : []) {
    if (name !== 'timeoutMs' && name !== 'signal') throw new TypeError(`options.${name}: there is no such option`)
  }
  return sendOptions(options)
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

const verbs = {
  send: messageVerb({}, (message) => {
    const messages = wireMessages(message, 'message')
    return messages.length === 1 && !messages[0].isRaw ? messages[0].json : messages
  }),
  sendText: oneMessage({ previewUrl: flag }, 'body', text, (body, { previewUrl }) => ({
    type: 'text',
    previewUrl,
    text: { body },
  })),
  sendImage: oneMessage({ caption: text }, 'link', text, (link, { caption }) => ({
    type: 'image',
    image: { link, caption },
  })),
  sendAudio: oneMessage({}, 'link', text, (link) => ({ type: 'audio', audio: { link } })),
  sendVideo: oneMessage({ caption: text }, 'link', text, (link, { caption }) => ({
    type: 'video',
    video: { link, caption },
  })),
  sendDocument: oneMessage({ caption: text, filename: text }, 'link', text, (link, { caption, filename }) => ({
    type: 'document',
    document: { link, caption, filename },
  })),
  sendLocation: oneMessage({}, 'location', record, (location) => ({ type: 'location', location })),
  sendContacts: oneMessage(
    {},
    'contacts',
    (contacts, name) => {
      if (!Array.isArray(contacts)) throw wrongType(name, 'an array of objects', contacts)
    },
    (contacts) => ({ type: 'contacts', contacts }),
  ),
  sendTemplate: oneMessage({}, 'template', record, (template) => ({
    type: 'template',
    template: templateOf(template),
  })),
  sendRequest: requestVerb(jsonOf, (native, id, json, timeoutMs) =>
    native.submitRequest(completions(), id, json, timeoutMs),
  ),
  sendRaw: requestVerb(exactJsonOf, (native, id, json, timeoutMs) =>
    native.submitRaw(completions(), id, json, timeoutMs),
  ),
}

/** A template whose language may be given as its code alone. */
function templateOf(template) {
  const language = own(template, 'language')
  return typeof language === 'string' ? { ...template, language: { code: language } } : template
}

/** Begins a send; `client` is one, or a function that gives it. */
function start(client, verb, prepare, args) {
  const place = placeOf(verb)
  try {
    const prepared = prepare(...args)
    const sender = typeof client === 'function' ? client() : client
    const native = nativeOf(sender)
    if (prepared.signal?.aborted) {
      const failure = binding.cancelledBefore(prepared.refId())
      return Promise.reject(errorOf(failure, place, reasonOf(prepared.signal)))
    }
    return submit(sender, native, prepared, place)
  } catch (error) {
    return Promise.reject(isOurs(error) ? stackAt(error, place) : error)
  }
}

function submit(client, native, { submit: begin, signal: watched }, place) {
  return new Promise((resolve, reject) => {
    let isAborted = false
    // Before anything leaves: should it throw, nothing was sent.
    const unwatch =
      watched === undefined
        ? undefined
        : onAbort(watched, () => {
            isAborted = true
            completions().cancel(id)
          })
    // The promise first: what is not ours can throw in the rest.
    const end = (settle) => {
      leave(id)
      release()
      settle()
      unwatch?.()
    }
    const fail = (failure) => {
      const cause = isAborted && own(failure, 'reason') === 'cancelled' ? reasonOf(watched) : undefined
      return end(() => reject(errorOf(failure, place, cause)))
    }
    const id = enter({
      // A client that nobody has any more is closed: until then it is kept.
      client,
      sent: ({ result, failure }) => (failure === undefined ? end(() => resolve(resultOf(result))) : fail(failure)),
      failed: (error) => end(() => reject(stackAt(error, place))),
    })
    hold()
    let failure
    try {
      failure = begin(native, id)
    } catch (error) {
      // It panicked before the core had it.
      end(() => reject(stackAt(internalError(error, 'not_sent'), place)))
      return
    }
    if (failure) fail(failure)
  })
}

function build(client, verb, to, message, options) {
  const [sender, destination, messages, given] = checked(() => {
    const { given } = sendOptions(options)
    const checkedArguments = [destinations(to), wireMessages(message, 'message'), given]
    const sender = typeof client === 'function' ? client() : client
    return [nativeOf(sender), ...checkedArguments]
  }, verb)
  return call(() => sender.build([destination].flat(), messages, given), [], verb)
}

function many(client, verb, destinations, message, options) {
  return checked(() => {
    const native = () => nativeOf(typeof client === 'function' ? client() : client)
    return sendMany(native, placeOf(verb), destinations, message, manyOptions(options))
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
      const failure = nativeOf(client).close(completions(), id, timeoutMs)
      if (failure) fail(errorOf(failure))
    } catch (error) {
      fail(error instanceof TypeError ? error : internalError(error))
    }
  })
}

module.exports = { Client, build, clientFromEnv, many, newClient, start, verbs }
