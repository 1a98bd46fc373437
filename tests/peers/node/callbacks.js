'use strict'

// Callbacks: `parseCallback` beside `JSON.parse`, alone and with zod. Each side gives an object, of which the same fields are read.

const assert = require('node:assert/strict')
const path = require('node:path')
const { z } = require('zod')
const { floor, linkwa, pair, readInput } = require('./measure.js')

const REPORT = readInput('event-report.json')
const MESSAGE = readInput('received-message.json')

const text = z.string().nullish()
const parameters = z.record(z.string(), z.string()).nullish()

const EventReport = z.object({
  messageId: text,
  refId: text,
  messageType: text,
  messageIndex: z.int().nullish(),
  timestamp: text,
  resultCode: z.int(),
  resultDescription: text,
  gateCustomParameters: parameters,
  customParameters: parameters,
})

const ReceivedMessage = z.object({
  destination: text,
  source: z.string(),
  content: z.object({
    type: text,
    message: z
      .object({
        contentType: text,
        text,
        button: z.object({ text, payload: text }).nullish(),
        context: z.object({ source: text, messageId: text }).nullish(),
      })
      .nullish(),
  }),
  provider: text,
  timestamp: text,
  messageId: z.string(),
  providerTimestamp: text,
  providerMessageId: text,
  route: z
    .object({
      id: text,
      refId: text,
      platformId: text,
      platformPartnerId: text,
      platformServiceType: text,
      platformServiceId: text,
      number: text,
      gateIds: z.array(z.string()).nullish(),
      customParameters: parameters,
      type: text,
      keyword: text,
      keywordType: text,
      active: z.boolean().nullish(),
      start: text,
      end: text,
      shared: z.boolean().nullish(),
      description: text,
    })
    .nullish(),
  gateCustomParameters: parameters,
  customParameters: parameters,
})

// What is read is put together, so that the reading is not optimized away.
const fourOf = ({ messageId, refId, resultCode, resultDescription }) => [
  messageId,
  refId,
  resultCode,
  resultDescription,
]
const sixOf = ({ messageId, source, destination, route }, body) => [
  messageId,
  source,
  destination,
  body,
  route.id,
  route.number,
]

const ourReport = () => fourOf(linkwa.parseCallback(REPORT))
const zodReport = () => fourOf(EventReport.parse(JSON.parse(REPORT.toString())))
const bareReport = () => fourOf(JSON.parse(REPORT.toString()))
const ourMessage = () => {
  const message = linkwa.parseCallback(MESSAGE)
  return sixOf(message, message.text)
}
const zodMessage = () => {
  const message = ReceivedMessage.parse(JSON.parse(MESSAGE.toString()))
  return sixOf(message, message.content.message.text)
}
const bareMessage = () => {
  const message = JSON.parse(MESSAGE.toString())
  return sixOf(message, message.content.message.text)
}

for (const other of [zodReport, bareReport]) assert.deepEqual(ourReport(), other())
for (const other of [zodMessage, bareMessage]) assert.deepEqual(ourMessage(), other())
pair('node-report/zod', ourReport, zodReport)
pair('node-report/bare', ourReport, bareReport)
pair('node-message/zod', ourMessage, zodMessage)
pair('node-message/bare', ourMessage, bareMessage)

const { version } = require(path.join(process.env.PEERS_PACKAGE, 'lib', 'binding.js'))
const smallest = Buffer.from('{"refId":"r","resultCode":1}')
const nothing = () => undefined
floor('node-empty/a function of JavaScript that does nothing', nothing)
floor('node-call/the same with a native call that gives a text of 5 characters', () => version())
floor('node-smallest/the same with the smallest callback parsed', () => linkwa.parseCallback(smallest))
