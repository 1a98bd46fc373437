'use strict'

// What core declares. `make gen` writes this file: do not edit it.

/**
 * The verbs that send one message: the argument that each takes after the destination, and the options of its own, of which those
 * in `beside` stand beside the object that `type` names.
 */
exports.messages = [
  {
    verb: 'sendText',
    tag: 'text',
    name: 'body',
    kind: 'string',
    own: { previewUrl: 'bool' },
    beside: ['previewUrl'],
  },
  {
    verb: 'sendImage',
    tag: 'image',
    name: 'link',
    kind: 'file',
    own: { caption: 'string' },
    beside: [],
  },
  {
    verb: 'sendAudio',
    tag: 'audio',
    name: 'link',
    kind: 'file',
    own: {},
    beside: [],
  },
  {
    verb: 'sendVideo',
    tag: 'video',
    name: 'link',
    kind: 'file',
    own: { caption: 'string' },
    beside: [],
  },
  {
    verb: 'sendDocument',
    tag: 'document',
    name: 'link',
    kind: 'file',
    own: { caption: 'string', filename: 'string' },
    beside: [],
  },
  {
    verb: 'sendLocation',
    tag: 'location',
    name: 'location',
    kind: 'object',
    own: {},
    beside: [],
  },
  {
    verb: 'sendContacts',
    tag: 'contacts',
    name: 'contacts',
    kind: 'list',
    own: {},
    beside: [],
  },
  {
    verb: 'sendTemplate',
    tag: 'template',
    name: 'template',
    kind: 'object',
    own: {},
    beside: [],
  },
  {
    verb: 'sendInteractive',
    tag: 'interactive',
    name: 'interactive',
    kind: 'object',
    own: {},
    beside: [],
  },
]

/** The options of a send, by name. */
exports.options = {
  platformServiceId: 'string',
  platformServiceType: 'string',
  platformTransactionId: 'string',
  priority: 'string',
  relativeValidityTime: 'duration',
  absoluteValidityTime: 'timestamp',
  eventReportGates: 'strings',
  refId: 'string',
  customParameters: 'stringMap',
  source: 'string',
  timeoutMs: 'duration',
}

/** A client's settings, by name. */
exports.settings = {
  region: 'string',
  baseUrl: 'string',
  username: 'string',
  password: 'string',
  headers: 'stringMap',
  platformId: 'string',
  platformPartnerId: 'string',
  source: 'string',
  priority: 'string',
  eventReportGates: 'strings',
  customParameters: 'stringMap',
  relativeValidityTime: 'duration',
  platformServiceId: 'string',
  platformServiceType: 'string',
  timeoutMs: 'duration',
  connectTimeoutMs: 'duration',
  maxConnections: 'integer',
  maxQueue: 'integer',
  maxAttempts: 'integer',
  retryWhenBusy: 'bool',
  proxy: 'string',
  noProxy: 'string',
  proxyFromEnv: 'bool',
  caFile: 'path',
  systemRoots: 'bool',
  allowHttp: 'bool',
  strict: 'bool',
  extensions: 'bool',
}

/** The names of the fields of an event, by those of core. */
exports.event = {
  kind: 'kind',
  time: 'timestampMs',
  elapsed: 'elapsedMs',
  send_id: 'sendId',
  ref_id: 'refId',
  message_types: 'messageTypes',
  destinations: 'destinations',
  method: 'method',
  url: 'url',
  host: 'host',
  port: 'port',
  attempt: 'attempt',
  phase: 'phase',
  dns_time: 'dnsMs',
  connect_time: 'connectMs',
  tls_time: 'tlsMs',
  answer_time: 'answerMs',
  outcome: 'outcome',
  http_status: 'httpStatus',
  result_code: 'resultCode',
  code: 'code',
  reason: 'reason',
  pause: 'pauseMs',
  queued: 'queued',
  under_way: 'underWay',
}

/** What events report. */
exports.eventKinds = ['send_queued', 'attempt_begun', 'phase_reached', 'attempt_ended', 'send_ended', 'run_waiting']
