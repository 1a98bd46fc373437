'use strict'

const { Client, build: buildWith, clientFromEnv, many, newClient, start, verbs } = require('./client.js')

let client

/** The client that `configure` made, or else the one of the environment's variables. */
function defaultClient() {
  client ??= clientFromEnv(defaultClient)
  return client
}

function configure(config) {
  client = new Client(newClient(config, configure))
}

function send(to, message, options) {
  return start(defaultClient, send, verbs.send, [to, message, options])
}

function sendText(to, body, options) {
  return start(defaultClient, sendText, verbs.sendText, [to, body, options])
}

function sendImage(to, link, options) {
  return start(defaultClient, sendImage, verbs.sendImage, [to, link, options])
}

function sendAudio(to, link, options) {
  return start(defaultClient, sendAudio, verbs.sendAudio, [to, link, options])
}

function sendVideo(to, link, options) {
  return start(defaultClient, sendVideo, verbs.sendVideo, [to, link, options])
}

function sendDocument(to, link, options) {
  return start(defaultClient, sendDocument, verbs.sendDocument, [to, link, options])
}

function sendLocation(to, location, options) {
  return start(defaultClient, sendLocation, verbs.sendLocation, [to, location, options])
}

function sendContacts(to, contacts, options) {
  return start(defaultClient, sendContacts, verbs.sendContacts, [to, contacts, options])
}

function sendTemplate(to, template, options) {
  return start(defaultClient, sendTemplate, verbs.sendTemplate, [to, template, options])
}

function sendRequest(request, options) {
  return start(defaultClient, sendRequest, verbs.sendRequest, [request, options])
}

function sendRaw(request, options) {
  return start(defaultClient, sendRaw, verbs.sendRaw, [request, options])
}

function sendMany(destinations, message, options) {
  return many(defaultClient, sendMany, destinations, message, options)
}

function build(to, message, options) {
  return buildWith(defaultClient, build, to, message, options)
}

module.exports = {
  build,
  configure,
  send,
  sendAudio,
  sendContacts,
  sendDocument,
  sendImage,
  sendLocation,
  sendMany,
  sendRaw,
  sendRequest,
  sendTemplate,
  sendText,
  sendVideo,
}
