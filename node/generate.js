'use strict'

// Writes the generated parts of this package from core's declarations. `make gen` runs it with the declarations on stdin.
//
// A whole file: lib/declared.js. In other files it replaces what stands between `// <generated …>` and `// </generated>`.

const fs = require('node:fs')
const path = require('node:path')
const { callbackReaders } = require('./generate-callbacks.js')

const WIDTH = 120

/** `send_image` becomes `sendImage`. */
const camel = (name) => name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())
/** Durations are in milliseconds here, as their names say. */
const isOurTime = ({ name }) => name === 'timeout' || name === 'connect_timeout'
/** The name of an option or setting. */
const optionName = (field) => camel(field.name) + (isOurTime(field) ? 'Ms' : '')

/** The name of a field of an event. */
function eventName({ name, kind }) {
  if (kind === 'timestamp') return 'timestampMs'
  return kind === 'duration' ? `${camel(name.replace(/_time$/, ''))}Ms` : camel(name)
}

/** Those of callbacks come from guards, which have no listeners here. */
const isOfClients = (name) => !name.startsWith('callback_') && name !== 'refusal'

/** The name of an object of core in the types. */
function typeName(name) {
  if (['Address', 'Email', 'Name', 'Org', 'Phone', 'Url'].includes(name)) return `Contact${name}`
  if (name === 'InboundButton') return 'CallbackButton'
  if (['Content', 'Context', 'Route'].includes(name)) return `Callback${name}`
  if (['Audio', 'Document', 'Image', 'Location', 'Video'].includes(name)) return `${name}Content`
  if (['ButtonsAction', 'ListAction', 'Reply', 'ReplyButton', 'Row', 'Section'].includes(name))
    return `Interactive${name}`
  if (name === 'TextBody') return 'TextContent'
  return name
}

class Declarations {
  constructor(document) {
    Object.assign(this, document)
    this.objects = new Map(document.objects.map((object) => [object.name, object]))
    const fields = [...document.options, ...document.settings]
    const all = [...fields, ...document.objects.flatMap((object) => object.fields)]
    this.names = new Map([
      ...all.filter(({ name, wire }) => name !== wire).map(({ name }) => [name, camel(name)]),
      ...fields.map((field) => [field.name, optionName(field)]),
      ...document.event.map((field) => [field.name, eventName(field)]),
      ...document.messages.map(({ verb }) => [verb, camel(verb)]),
      ['new_ref_id', 'newRefId'],
    ])
  }

  /** A text of core, with the names of JavaScript. */
  text(doc) {
    return doc
      .replaceAll('`WhatsApp`', 'WhatsApp')
      .replaceAll(/`(\w+)`/g, (whole, name) => (this.names.has(name) ? `\`${this.names.get(name)}\`` : whole))
  }

  /** The same, without paragraphs that only lead to an example in Rust. */
  paragraphs(doc) {
    return this.text(doc)
      .split('\n\n')
      .filter((part) => !part.trimEnd().endsWith(':'))
  }

  /** The object that a message consists of, if it has no other fields. */
  body(message) {
    const field = message.fields.find(({ wire }) => wire === message.tag)
    return field === undefined ? undefined : this.objects.get(field.kind.object)
  }
}

/** A comment of these paragraphs. */
function comment(paragraphs, indent) {
  const [first] = paragraphs
  const whole = `${indent}/** ${first.split(/\s+/).join(' ')} */`
  if (paragraphs.length === 1 && whole.length <= WIDTH) return [whole]
  const lines = paragraphs.flatMap((part, index) => [
    ...(index > 0 ? [`${indent} *`] : []),
    ...wrapped(part, `${indent} * `),
  ])
  return [`${indent}/**`, ...lines, `${indent} */`]
}

function wrapped(text, indent) {
  const lines = []
  let line = indent
  for (const word of text.trim().split(/\s+/)) {
    const longer = line === indent ? line + word : `${line} ${word}`
    if (longer.length <= WIDTH || line === indent) {
      line = longer
    } else {
      lines.push(line)
      line = indent + word
    }
  }
  return [...lines, line]
}

// Types of messages

function typeOf(kind, isInput = true) {
  if (typeof kind === 'string') {
    const plain = { bool: 'boolean', integer: 'number', number: 'number', duration: 'number' }
    if (kind === 'stringMap') return isInput ? 'Readonly<Record<string, string>>' : 'CallbackParameters'
    return plain[kind] ?? 'string'
  }
  const [[what, of]] = Object.entries(kind)
  if (what === 'tag') return `'${of}'`
  if (what === 'object') return typeName(of)
  if (what === 'word') return of
  if (what === 'list') return isInput ? `readonly ${typeOf(of)}[]` : `${typeOf(of, false)}[]`
  return of.map((one) => typeOf(one, isInput)).join(' | ')
}

function member(declared, field) {
  const type = typeOf(field.kind)
  return [
    ...comment(declared.paragraphs(field.doc), '  '),
    field.required ? `  readonly ${field.wire}: ${type}` : `  readonly ${field.wire}?: Optional<${type}>`,
  ]
}

/** Whether an object is a medium, which has either a link or an id. */
const isMedium = (object) => ['link', 'id'].every((name) => object?.fields.some(({ wire }) => wire === name))

/** The type of a medium: with a link and without an id, or the other way round. */
function mediumType(declared, object) {
  const without = (name) => [
    `  /** Not beside \`${name === 'id' ? 'link' : 'id'}\`. */`,
    `  readonly ${name}?: Optional<never>`,
  ]
  const variant = (absent) =>
    object.fields.flatMap((field) =>
      field.wire === absent
        ? without(absent)
        : member(declared, { ...field, required: field.required || field.wire === 'id' }),
    )
  const part = (lines) => ['  | {', ...lines.map((line) => `    ${line}`), '    }']
  return [`export type ${typeName(object.name)} =`, ...part(variant('id')), ...part(variant('link'))]
}

/** The types of messages, except those of templates, which are written by hand. */
function messageTypes(declared) {
  const lines = ['export type Message =', ...declared.messages.map(({ object }) => `  | ${object}Message`)]
  const done = new Set()
  const add = (kind) => {
    for (const one of kind.oneOf ?? []) add(one)
    const name = kind.object ?? kind.list?.object
    // Parameters are those of templates.
    if (name === undefined || name.endsWith('Parameter') || done.has(name)) return
    done.add(name)
    const object = declared.objects.get(name)
    lines.push('', ...comment(declared.paragraphs(object.doc), ''))
    if (isMedium(object)) lines.push(...mediumType(declared, object))
    else {
      lines.push(
        `export interface ${typeName(name)} {`,
        ...object.fields.flatMap((field) => member(declared, field)),
        '}',
      )
    }
    for (const field of object.fields) add(field.kind)
  }
  for (const message of declared.messages) {
    lines.push('', `/** A message of the type \`${message.tag}\`. */`, `export interface ${message.object}Message {`)
    lines.push(`  readonly type: '${message.tag}'`, ...message.fields.flatMap((field) => member(declared, field)), '}')
    for (const { kind } of message.fields) {
      if (kind.oneOf !== undefined) {
        lines.push(
          '',
          ...comment(declared.paragraphs(message.about), ''),
          `export type ${message.object} = ${typeOf(kind)}`,
        )
      }
      if (message.object !== 'Template') add(kind)
    }
  }
  return lines
}

function words(declared, name) {
  const { doc, values } = declared.words.find((word) => word.name === name)
  const lines = comment(declared.paragraphs(doc), '')
  const whole = `export type ${name} = ${values.map(({ word }) => `'${word}'`).join(' | ')}`
  if (whole.length <= WIDTH) return [...lines, whole]
  return [...lines, `export type ${name} =`, ...values.map(({ word }) => `  | '${word}'`)]
}

// Types of the client

function option(declared, field) {
  const parts = declared.paragraphs(field.doc)
  const said = [isOurTime(field) || field.kind === 'duration' ? 'In milliseconds.' : '']
  if (field.default != null && field.kind !== 'bool') said.push(`${field.default} by default.`)
  if (field.variable != null) said.push(`In the environment: \`${field.variable}\`.`)
  parts[0] = [parts[0], ...said].filter(Boolean).join(' ')
  const type = field.kind === 'timestamp' ? 'Date | string' : typeOf(field.kind)
  return [...comment(parts, '  '), `  readonly ${optionName(field)}?: ${type} | undefined`]
}

/** The required settings are written by hand. */
const BY_HAND = ['region', 'base_url', 'username', 'password']

function settingTypes(declared) {
  const lines = [
    '/** What a {@link ClientConfig} says besides where the gateway is. */',
    'export interface ClientSettings {',
  ]
  for (const name of ['username', 'password']) {
    const field = declared.settings.find((setting) => setting.name === name)
    const [doc, type] = option(declared, field)
      .join('\n')
      .split(/\n(?=.*readonly)/)
    lines.push(...doc.split('\n'), type.replace('?', '').replace(' | undefined', ''))
  }
  lines.push(
    ...declared.settings.filter(({ name }) => !BY_HAND.includes(name)).flatMap((field) => option(declared, field)),
    '}',
  )
  return lines
}

function optionTypes(declared) {
  const sent = declared.options.filter((field) => field.wire !== '')
  return [
    "/** What one request says instead of the client's defaults. What is left out stays as the client has it. */",
    'export interface RequestOptions {',
    ...sent.flatMap((field) => option(declared, field)),
    '}',
  ]
}

const callOptions = (declared) =>
  declared.options.filter((field) => field.wire === '').flatMap((field) => option(declared, field))

/** The own options of a verb. */
function ownOptions(declared, message) {
  const body = declared.body(message)
  const beside = message.fields.filter(({ wire }) => wire !== message.tag)
  return verbShape(declared, message).name === message.tag
    ? beside
    : [...beside, ...body.fields.filter((field) => !field.required && !(isMedium(body) && field.wire === 'id'))]
}

const optionsType = (declared, message) =>
  ownOptions(declared, message).length > 0 ? `${message.object}Options` : 'SendOptions'

function ownOptionTypes(declared) {
  return declared.messages
    .flatMap((message) => {
      const own = ownOptions(declared, message)
      if (own.length === 0) return []
      return [
        '',
        `/** The options of {@link Client.${camel(message.verb)}}. */`,
        `export interface ${message.object}Options extends SendOptions {`,
        ...own.flatMap((field) => option(declared, field)),
        '}',
      ]
    })
    .slice(1)
}

/**
 * The arguments of a verb after the destination: the one required field of the message's object if that is a text and the rest
 * are options, and otherwise the object under the message's tag.
 */
function verbShape(declared, message) {
  const body = declared.body(message)
  const needed = body?.fields.filter((field) => field.required) ?? []
  const isText = needed.length === 1 && needed[0].kind === 'string'
  if (isText) return { name: needed[0].wire, kind: isMedium(body) ? 'file' : 'string' }
  const field = message.fields.find(({ wire }) => wire === message.tag)
  return { name: message.tag, kind: field.kind.list === undefined ? 'object' : 'list', field }
}

function sentence(declared, message) {
  const body = declared.body(message)
  if (body === undefined || body.name !== message.object) return declared.paragraphs(message.doc)
  const [first, ...rest] = declared.paragraphs(body.doc)
  return [`Sends ${first[0].toLowerCase()}${first.slice(1)}`, ...rest]
}

function verbTypes(declared) {
  return declared.messages
    .flatMap((message) => {
      const { name, kind, field } = verbShape(declared, message)
      const inputs = { string: 'string', file: 'string | UploadedFile' }
      const input =
        message.object === 'Template'
          ? 'TemplateInput'
          : (inputs[kind] ?? (field.kind.oneOf ? message.object : typeOf(field.kind)))
      const taken = kind in inputs ? declared.body(message).fields.find(({ wire }) => wire === name) : undefined
      const parts = sentence(declared, message)
      if (taken !== undefined) parts.push(`\`${name}\`: ${declared.text(taken.doc)}`)
      const parameters = `to: Destinations, ${name}: ${input}, options?: ${optionsType(declared, message)}`
      return ['', ...comment(parts, '  '), `  ${camel(message.verb)}(${parameters}): Promise<SendResult>`]
    })
    .slice(1)
}

function verbNames(declared) {
  const messages = declared.messages.map(({ verb }) => camel(verb))
  return ['send', ...messages, 'sendRequest', 'sendRaw', 'request', 'sendMany', 'build']
}

function functionTypes(declared) {
  return verbNames(declared).flatMap((name) => [
    `/** {@link Verbs.${name}} on the default client. */`,
    `export declare const ${name}: Verbs['${name}']`,
  ])
}

// Types of events

const EVENT_WORDS = { EventKind: 'EventKind', Phase: 'EventPhase', Ending: 'EventOutcome' }

function eventWords(declared) {
  return declared.event_words
    .flatMap(({ name, doc, values }) => [
      '',
      ...comment(declared.paragraphs(doc.replaceAll('`Event`', '{@link ClientEvent}')), ''),
      `export type ${EVENT_WORDS[name]} =`,
      ...values
        .filter(({ word }) => isOfClients(word))
        .flatMap(({ word, doc: about }) => [...comment(declared.paragraphs(about), '  '), `  | '${word}'`]),
    ])
    .slice(1)
}

function eventType(kind) {
  if (kind === 'timestamp') return 'number'
  if (kind.word !== undefined) return EVENT_WORDS[kind.word] ?? kind.word
  return typeOf(kind)
}

function eventTypes(declared) {
  return declared.event
    .filter(({ name }) => isOfClients(name))
    .flatMap((field) => {
      const parts = declared.paragraphs(field.doc)
      if (field.kind === 'timestamp') parts[0] += ' In milliseconds since 1970-01-01 UTC, with a fraction.'
      if (field.kind === 'duration') parts[0] += ' In milliseconds, with a fraction.'
      const type = eventType(field.kind)
      const member = field.required ? `${eventName(field)}: ${type}` : `${eventName(field)}?: ${type} | undefined`
      return [...comment(parts, '  '), `  readonly ${member}`]
    })
}

// Types of callbacks

const CALLBACK_OBJECTS = [
  'EventReport',
  'ReceivedMessage',
  'Content',
  'InboundMessage',
  'InboundButton',
  'Context',
  'InboundMedia',
  'InboundLocation',
  'InboundContact',
  'InboundContactName',
  'InboundPhone',
  'InboundInteractive',
  'InboundButtonReply',
  'InboundListReply',
  'Route',
]

function callbackTypes(declared, name) {
  return declared.objects.get(name).fields.flatMap((field) => {
    const type = typeOf(field.kind, false)
    const parts = declared.paragraphs(field.doc)
    if (field.kind === 'timestamp') parts[0] += ' As it came: as a rule RFC 3339, `2020-03-30T12:59:41Z`.'
    const lines = [
      ...comment(parts, '  '),
      field.required ? `  ${field.wire}: ${type}` : `  ${field.wire}?: ${type} | undefined`,
    ]
    if (field.kind !== 'timestamp') return lines
    const moment = 'The same in milliseconds since 1970-01-01 UTC; `undefined` if it is no RFC 3339.'
    return [...lines, ...comment([moment], '  '), `  ${field.wire}Ms?: number | undefined`]
  })
}

// lib/declared.js

const kindWord = (kind) => (typeof kind === 'string' ? kind : kind.list !== undefined ? 'strings' : 'string')

function library(declared) {
  const entry = ([name, word]) => `  ${name}: '${word}',`
  const table = (fields) => fields.map((field) => entry([optionName(field), kindWord(field.kind)]))
  const lines = [
    "'use strict'",
    '',
    '// What core declares. `make gen` writes this file: do not edit it.',
    '',
    '/**',
    ' * The verbs that send one message: the argument that each takes after the destination, and the options of its own, of which those',
    ' * in `beside` stand beside the object that `type` names.',
    ' */',
    'exports.messages = [',
  ]
  for (const message of declared.messages) {
    const { name, kind } = verbShape(declared, message)
    const own = ownOptions(declared, message)
    const beside = own.filter((field) => message.fields.includes(field)).map((field) => field.wire)
    const pairs = own.map((field) => `${field.wire}: '${kindWord(field.kind)}'`).join(', ')
    lines.push(
      '  {',
      `    verb: '${camel(message.verb)}',`,
      `    tag: '${message.tag}',`,
      `    name: '${name}',`,
      `    kind: '${kind}',`,
      `    own: {${pairs === '' ? '' : ` ${pairs} `}},`,
      `    beside: [${beside.map((one) => `'${one}'`).join(', ')}],`,
      '  },',
    )
  }
  lines.push(']', '', '/** The options of a send, by name. */', 'exports.options = {', ...table(declared.options), '}')
  lines.push('', "/** A client's settings, by name. */", 'exports.settings = {', ...table(declared.settings), '}')
  const events = declared.event.filter(({ name }) => isOfClients(name))
  lines.push('', '/** The names of the fields of an event, by those of core. */', 'exports.event = {')
  lines.push(...events.map((field) => `  ${field.name}: '${eventName(field)}',`), '}')
  const kinds = declared.event_words.find(({ name }) => name === 'EventKind').values.map(({ word }) => word)
  const listed = kinds.filter(isOfClients).map((kind) => `'${kind}'`)
  lines.push('', '/** What events report. */', `exports.eventKinds = [${listed.join(', ')}]`, '')
  return lines.join('\n')
}

// Files

function withRegions(text, regions) {
  for (const [name, lines] of Object.entries(regions)) {
    const region = new RegExp(`(^ *// <generated ${name}>\n).*?(^ *// </generated>$)`, 'ms')
    if (!region.test(text)) throw new Error(`there is no region ${name}`)
    text = text.replace(region, (_, start, end) => `${start}${lines.map((line) => `${line}\n`).join('')}${end}`)
  }
  return text
}

/** Every generated file: its path and its text. */
function generated(document) {
  const declared = new Declarations(document)
  const read = (name) => fs.readFileSync(path.join(__dirname, name), 'utf8')
  const replaced = (name, regions) => [path.join(__dirname, name), withRegions(read(name), regions)]
  const index = withRegions(read('index.js'), {
    verbs: verbNames(declared).map((name) => `exports.${name} = defaultClient.${name}`),
  })
  const exported = [...index.matchAll(/^exports\.(\w+) =/gm)].map(([, name]) => `  ${name},`).sort()
  return new Map([
    [path.join(__dirname, 'index.js'), index],
    replaced('index.mjs', { exports: exported }),
    [path.join(__dirname, 'lib/declared.js'), library(declared)],
    replaced('lib/callback.js', { readers: callbackReaders(document) }),
    replaced('types/message.d.ts', {
      messages: messageTypes(declared),
      languages: words(declared, 'LanguageCode'),
      priority: words(declared, 'Priority'),
    }),
    replaced(
      'types/callback.d.ts',
      Object.fromEntries(CALLBACK_OBJECTS.map((name) => [name, callbackTypes(declared, name)])),
    ),
    replaced('types/event.d.ts', { words: eventWords(declared), fields: eventTypes(declared) }),
    replaced('types/client.d.ts', {
      region: words(declared, 'Region'),
      settings: settingTypes(declared),
      options: optionTypes(declared),
      call: callOptions(declared),
      own: ownOptionTypes(declared),
      verbs: verbTypes(declared),
      functions: functionTypes(declared),
    }),
  ])
}

module.exports = { generated }

if (require.main === module) {
  for (const [file, text] of generated(JSON.parse(fs.readFileSync(0, 'utf8')))) {
    if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
      fs.writeFileSync(file, text)
      console.log(`wrote ${file}`)
    }
  }
}
