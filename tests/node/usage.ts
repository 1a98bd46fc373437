// How a program uses the package, for the compiler alone: it is never run. CommonJS here; usage.mts has ES modules.

import linkwa = require('linkwa')
import receivers = require('linkwa/receiver')
import otel = require('linkwa/otel')
import outboxes = require('linkwa/outbox')

import type {
  BodyParameter,
  Contact,
  Currency,
  DateTime,
  Finding,
  HeaderParameter,
  Interactive,
  Message,
  MessageRequest,
  QuickReplyButton,
  ReceivedMessage,
  SendResult,
  Template,
  TemplateComponent,
} from 'linkwa'

const client = new linkwa.Client({
  region: 'n-eu',
  username: 'user',
  password: 'secret',
  platformId: 'p',
  platformPartnerId: 'pp',
  source: '+46000000000',
  timeoutMs: 30_000,
  maxConnections: 8,
})
const other = new linkwa.Client({
  baseUrl: 'http://127.0.0.1:8080',
  username: 'user',
  password: 'secret',
  allowHttp: true,
})
const fromEnv: linkwa.Client = linkwa.Client.fromEnv()
const receiver = new receivers.CallbackReceiver(({ kind }) => console.log(kind), { guard: new linkwa.CallbackGuard() })
const outbox = new outboxes.Outbox(fromEnv, new outboxes.SqliteStore('outbox.db'))
outbox.settle('a', 'not_sent').then(() => outbox.inDoubt({ limit: 10 }))

// @ts-expect-error a client needs a password
new linkwa.Client({ region: 'n-eu', username: 'user' })
// @ts-expect-error there is no such region
new linkwa.Client({ region: 'eu', username: 'user', password: 'secret' })
// @ts-expect-error a region or a base URL
new linkwa.Client({ username: 'user', password: 'secret' })
// @ts-expect-error one of the two
new linkwa.Client({ region: 'no', baseUrl: 'https://example.com', username: 'user', password: 'secret' })
// @ts-expect-error a misspelt option
new linkwa.Client({ region: 'no', username: 'user', password: 'secret', timeout: 3 })

const link = 'https://example.com/a.png'
const card: Contact = {
  name: { formattedName: 'John Smith', firstName: 'John' },
  phones: [{ phone: '+1', type: 'WORK' }],
}

// Every message type, in wire form.
const messages: Message[] = [
  { type: 'text', text: { body: 'https://example.com' }, previewUrl: true },
  { type: 'image', image: { link, caption: 'c' } },
  { type: 'audio', audio: { link } },
  { type: 'video', video: { link, caption: null } },
  { type: 'document', document: { link, caption: undefined, filename: 'a.pdf' } },
  { type: 'location', location: { latitude: 59.3, longitude: 18, name: 'Office', address: 'Street 1' } },
  { type: 'contacts', contacts: [card] },
  { type: 'image', image: { id: '1017', caption: 'c' } },
  {
    type: 'interactive',
    interactive: {
      type: 'button',
      header: { type: 'image', image: { id: '1017' } },
      body: { text: 'Where to?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'home', title: 'Home' } }] },
    },
  },
]

const order = {
  name: 'order_update',
  namespace: 'namespace',
  language: { code: 'en' },
  components: [
    { type: 'header', parameters: [{ type: 'document', document: { link, filename: 'a.pdf' } }] },
    {
      type: 'body',
      parameters: [
        { type: 'text', text: 'Anna' },
        { type: 'currency', currency: { fallbackValue: '$100.99', code: 'USD', amount1000: '100990' } },
        { type: 'dateTime', dateTime: { fallbackValue: 'Feb 25', timestamp: 225_732_780_000 } },
        {
          type: 'dateTime',
          dateTime: { fallbackValue: 'f', dayOfWeek: 5, dayOfMonth: 25, year: 1977, month: 2, hour: 15, minute: '33' },
        },
      ],
    },
    { type: 'button', subType: 'quickReply', index: 0, parameters: [{ type: 'payload', payload: 'yes' }] },
    { type: 'button', subType: 'url', index: 1, parameters: [{ type: 'text', text: 'track/17' }] },
    { type: 'button', subType: 'url', index: 2, parameters: [] },
  ],
} as const satisfies Template

function text(message: Message): string | undefined {
  switch (message.type) {
    case 'text':
      return message.text.body
    case 'image':
    case 'video':
      return message.type === 'image' ? (message.image.caption ?? undefined) : (message.video.link ?? message.video.id)
    case 'template':
      return message.template.components
        ?.map((component) => (component.type === 'button' ? component.subType : component.parameters.length))
        .join()
    default: {
      const rest: 'audio' | 'document' | 'location' | 'contacts' | 'interactive' = message.type
      return rest
    }
  }
}

const choices: Interactive = {
  type: 'list',
  body: { text: 'Where to?' },
  footer: { text: 'Free' },
  action: { button: 'Choose', sections: [{ title: 'Shops', rows: [{ id: 'oslo', title: 'Oslo' }] }] },
}
const sentChoices: Promise<SendResult> = client.sendInteractive('+46000000001', choices)
const sentUploaded: Promise<SendResult> = client.sendImage('+46000000001', { id: '1017' }, { caption: 'c' })
const foundThen: Finding[] = linkwa.validate({}, { extensions: true })
// @ts-expect-error either a link or an id
const linkAndId: Message = { type: 'image', image: { link, id: '1017' } }
// @ts-expect-error a list has no buttons
const buttonsInList: Interactive = { type: 'list', body: { text: 'x' }, action: { buttons: [] } }
// @ts-expect-error a sound has no caption
const captionOnAudio: Message = { type: 'audio', audio: { link, caption: 'c' } }
// @ts-expect-error the preview stands beside the text
const previewInText: Message = { type: 'text', text: { body: 'a', previewUrl: true } }
// @ts-expect-error no preview beside a picture
const previewOfImage: Message = { type: 'image', image: { link }, previewUrl: true }
// @ts-expect-error the body of another type
const otherBody: Message = { type: 'image', audio: { link } }
// @ts-expect-error there is no such type
const sticker: Message = { type: 'sticker', sticker: { link } }
// @ts-expect-error a link is needed
const noLink: Message = { type: 'image', image: { caption: 'c' } }
// @ts-expect-error a misspelt field
const misspelt: Message = { type: 'image', image: { link, capton: 'c' } }
// @ts-expect-error degrees are numbers
const degrees: Message = { type: 'location', location: { latitude: '59', longitude: 18 } }

// @ts-expect-error a medium in a header has no caption
const captionInHeader: HeaderParameter = { type: 'image', image: { link, caption: 'c' } }
// @ts-expect-error a header takes no currency
const currencyInHeader: HeaderParameter = order.components[1].parameters[1]
// @ts-expect-error a body takes no picture
const imageInBody: BodyParameter = { type: 'image', image: { link } }
// @ts-expect-error a body takes no payload
const payloadInBody: BodyParameter = { type: 'payload', payload: 'yes' }
// @ts-expect-error a header has no index
const index: TemplateComponent = { type: 'header', parameters: [], index: 0 }
// @ts-expect-error a button has an index
const noIndex: TemplateComponent = { type: 'button', subType: 'url', parameters: [] }
// @ts-expect-error there is no such button
const call: TemplateComponent = { type: 'button', subType: 'call', index: 0, parameters: [] }
// @ts-expect-error a quick reply takes a payload
const textInReply: QuickReplyButton['parameters'] = [{ type: 'text', text: 'a' }]
const reply = { type: 'payload', payload: 'yes' } as const
// @ts-expect-error a button takes one parameter at most
const twoInButton: QuickReplyButton['parameters'] = [reply, reply]
// @ts-expect-error parts of a date and a timestamp
const bothDates: DateTime = { fallbackValue: 'f', timestamp: 1, year: 1977 }
// @ts-expect-error not all parts of a date
const someParts: DateTime = { fallbackValue: 'f', year: 1977, month: 2 }
// @ts-expect-error the amount is a string
const amount: Currency = { fallbackValue: 'f', code: 'USD', amount1000: 1 }

const request: MessageRequest = {
  platformId: 'p',
  platformPartnerId: 'pp',
  priority: 'HIGH',
  refId: linkwa.newRefId(),
  source: '+46000000000',
  destinations: ['+46000000001'],
  eventReportGates: ['gate'],
  customParameters: { a: 'b' },
  relativeValidityTime: 3_600_000,
  messages,
}
// @ts-expect-error there is no such priority
const urgent: MessageRequest = { ...request, priority: 'URGENT' }
// @ts-expect-error destinations are a list
const oneDestination: MessageRequest = { ...request, destinations: '+46000000001' }
// @ts-expect-error a raw message is no part of a request that is validated
const rawInside: MessageRequest = { ...request, messages: [linkwa.raw({ type: 'interactive' })] }

async function sends(signal: AbortSignal): Promise<SendResult> {
  const options = { priority: 'LOW', refId: 'r', signal, timeoutMs: 5_000, absoluteValidityTime: new Date() } as const
  await client.send('+46000000001', messages, options)
  await client.send(['+46000000001'], linkwa.raw({ type: 'interactive' }))
  await client.sendText('+46000000001', 'Hello', { ...options, previewUrl: false })
  await client.sendImage('+46000000001', link, { caption: 'c' })
  await client.sendAudio('+46000000001', link, options)
  await client.sendVideo('+46000000001', link, { caption: 'c' })
  await client.sendDocument('+46000000001', link, { caption: 'c', filename: 'f' })
  await client.sendLocation('+46000000001', { latitude: 1, longitude: 2 })
  await client.sendContacts('+46000000001', [card])
  await client.sendTemplate('+46000000001', order)
  await client.sendTemplate('+46000000001', { ...order, language: 'en' })
  await client.sendRequest(request, { signal })
  await client.sendRequest(JSON.stringify(request))
  await client.sendRaw({ anything: 1 }, { timeoutMs: 1 })
  await client.sendRaw(new Uint8Array())

  // @ts-expect-error a sound has no caption
  await client.sendAudio('+46000000001', link, { caption: 'c' })
  // @ts-expect-error a misspelt option
  await client.sendText('+46000000001', 'Hello', { prority: 'LOW' })
  // @ts-expect-error a destination is a string
  await client.sendText(46000000001, 'Hello')
  // @ts-expect-error both degrees are needed
  await client.sendLocation('+46000000001', { latitude: 1 })
  // @ts-expect-error only raw() makes a raw message
  await client.send('+46000000001', { json: '{}' })
  // @ts-expect-error a request that is whole takes no options of one
  await client.sendRequest(request, { priority: 'LOW' })

  const built: string = client.build('+46000000001', messages, { refId: 'r' })
  const run = client.sendMany(numbers(), (to) => ({ type: 'text', text: { body: to } }), { rate: 5, resume: built })
  for await (const chunk of run) {
    // Of result and error exactly one is there.
    const ids: readonly string[] = chunk.error ? [chunk.error.code] : chunk.result.messageIds
    console.log(chunk.index, ids, run.progress.sent, run.checkpoint())
  }
  return client.sendText('+46000000001', 'Hello')
}

async function* numbers(): AsyncGenerator<string> {
  yield '+46000000001'
}

function failed(error: unknown): string | undefined {
  if (!(error instanceof linkwa.LinkwaError)) return undefined
  const codes: linkwa.ErrorCode = error.code
  // @ts-expect-error there is no such code
  if (error.code === 'no_such_code') return codes
  const body: Buffer | undefined = error.responseBody
  const findings: readonly Finding[] = error.findings
  return [error.outcome, error.reason, error.refId, error.httpStatus, body, findings].join()
}

const [finding] = linkwa.validate(new Uint8Array())
if (finding !== undefined) {
  const { code, message, path, severity }: Finding = finding
  // @ts-expect-error there is no such severity
  console.log(code === 'unknown_field', message, path, severity === 'fatal')
}
linkwa.validate({ anything: 1 })
linkwa.validate('{}')
// @ts-expect-error a number is no request
linkwa.validate(1)
// @ts-expect-error a raw message is an object or a text
linkwa.raw(1)

linkwa.setLogger(({ level, message, timestampMs }) => console.log(level, message, timestampMs), 'debug')
linkwa.setLogger(undefined)
linkwa.configure({ region: 'no', username: 'user', password: 'secret' })
const closed: Promise<void> = other.close(1_000)
const version: string = linkwa.version

const tracker = new linkwa.StatusTracker()
function received(body: Buffer): string | undefined {
  const callback = linkwa.parseCallback(body)
  // @ts-expect-error which of the two it is must be asked first
  console.log(callback.careWindowClosesAt, callback.status)
  switch (callback.kind) {
    case 'eventReport': {
      const { key, resultCode, status, timestampMs } = callback
      const state = tracker.apply(callback)
      return [
        key,
        resultCode === linkwa.ResultCode.DELIVERED,
        status === 'delivered',
        timestampMs,
        state.changed,
      ].join()
    }
    case 'receivedMessage': {
      // @ts-expect-error a received message has no status
      console.log(callback.status)
      const window = linkwa.careWindow(callback)
      return [callback.text, callback.button?.payload, callback.content.message?.text, window?.isOpen].join()
    }
  }
}
const resolution: 'accepted' | 'message_failed' | 'failed' | 'unknown' = tracker.resolve('r')
const stored = linkwa.StatusTracker.fromJSON(JSON.stringify(tracker))
// @ts-expect-error a received message is no report
stored.apply({} as ReceivedMessage)

const guard = new linkwa.CallbackGuard({ basic: { username: 'user', password: 'secret' }, maxBody: 10_000 })
const verdict = guard.check('195.84.162.34', { authorization: 'Basic' }, 100)
// @ts-expect-error there is no such refusal
if (!verdict.ok) console.log(verdict.refusal === 'none')
const isTheirs: boolean = linkwa.isGatewayAddress('195.84.162.34')
const what: string = linkwa.describeResultCode(linkwa.ResultCode.QUEUED).explanation

const observed: () => void = client.on((event) => console.log(event.kind, event.refId, event.elapsedMs.toFixed(1)))
client.on('attempt_ended', ({ outcome }) => outcome === 'accepted')
// @ts-expect-error there is no such kind
client.on('sendEnded', () => {})
observed()

const ended: () => void = otel.instrument(client, { propagate: true })
// @ts-expect-error only a client and a receiver
otel.instrument({})
linkwa.setLogger(({ fields }) => console.log(fields.refId, fields.outcome === 'accepted'))
ended()
