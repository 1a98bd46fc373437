'use strict'

// Writes the readers of callback objects in lib/callback.js from core's declarations, for generate.js.

/** The members of callbacks besides their fields: the word for their kind, those that are read before the fields, and members by
 * name. */
const CALLBACKS = {
  EventReport: {
    kind: 'eventReport',
    before: ['const status = STATUSES[words[at++]]'],
    members: {
      status: 'status.word',
      isDelivered: 'status.isDelivered',
      key: 'readKey(words, texts)',
      raw: 'raw',
    },
  },
  ReceivedMessage: {
    kind: 'receivedMessage',
    before: [
      'const careWindowClosesAtMs = readInteger(words)',
      'const replyTo = readText(words, raw, texts)',
      'const userId = readText(words, raw, texts)',
      'const parentUserId = readText(words, raw, texts)',
    ],
    members: {
      contentType: 'content.message?.contentType',
      text: 'content.message?.text',
      button: 'content.message?.button',
      context: 'content.message?.context',
      media: 'content.message?.media',
      location: 'content.message?.location',
      contacts: 'content.message?.contacts',
      interactive: 'content.message?.interactive',
      replyTo: 'replyTo',
      userId: 'userId',
      parentUserId: 'parentUserId',
      careWindowClosesAtMs: 'careWindowClosesAtMs',
      key: 'readKey(words, texts)',
      raw: 'raw',
    },
  },
}

/** The members of a field, each with the call that reads it. */
function reads({ wire, kind }) {
  if (kind === 'timestamp') {
    return [
      [wire, 'readText(words, raw, texts)'],
      [`${wire}Ms`, 'readInteger(words)'],
    ]
  }
  return [[wire, readOf(kind)]]
}

function readOf(kind) {
  if (kind === 'string') return 'readText(words, raw, texts)'
  if (kind === 'integer') return 'readInteger(words)'
  if (kind === 'number') return 'readNumber(words)'
  if (kind === 'bool') return 'readFlag(words)'
  if (kind === 'stringMap') return 'readParameters(words, raw, texts)'
  if (kind.list === 'string') return 'readList(words, raw, texts)'
  if (kind.list !== undefined) return `readObjects(words, raw, texts, read${kind.list.object})`
  if (typeof kind.object === 'string') return `isThere(words) ? read${kind.object}(words, raw, texts) : undefined`
  throw new Error(`no callback has fields of the kind ${JSON.stringify(kind)}`)
}

function reader({ name, fields }) {
  const { kind, before = [], members = {} } = CALLBACKS[name] ?? {}
  const read = fields.flatMap(reads)
  const lines = [
    `function read${name}(words, raw, texts) {`,
    ...before.map((line) => `  ${line}`),
    ...read.map(([member, call]) => `  const ${member} = ${call}`),
    '  const extraJson = readParameters(words, raw, texts)',
    '  return {',
    ...(kind === undefined ? [] : [`    kind: '${kind}',`]),
    ...read.map(([member]) => `    ${member},`),
    ...Object.entries(members).map(([member, value]) => `    ${member === value ? member : `${member}: ${value}`},`),
    '    extra: decoded(extraJson),',
    '    extraJson,',
    '  }',
    '}',
  ]
  return lines
}

/** The callbacks and the objects in them, each once. */
function objectsOf({ callbacks, objects }) {
  const found = [...callbacks]
  for (const { fields } of found) {
    for (const { kind } of fields) {
      const object = objects.find(({ name }) => name === (kind.object ?? kind.list?.object))
      if (object !== undefined && !found.some(({ name }) => name === object.name)) found.push(object)
    }
  }
  return found
}

/** The lines of lib/callback.js that follow from the declarations. */
function callbackReaders(document) {
  const objects = objectsOf(document)
  const layout = objects.map(({ name, fields }) => `  '${[name, ...fields.map(({ wire }) => wire)].join(' ')}',`)
  return [
    '/** Each object with its fields, in the order in which they are read. */',
    'const LAYOUT = [',
    ...layout,
    ']',
    ...objects.flatMap((object) => ['', ...reader(object)]),
  ]
}

module.exports = { callbackReaders }
