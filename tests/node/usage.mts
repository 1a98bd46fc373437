// As usage.ts, for ES modules: every export by its name.

import linkwa, * as all from 'linkwa'
import {
  build,
  CallbackGuard,
  Client,
  careWindow,
  checkDestination,
  configure,
  currency,
  dateTime,
  describeResultCode,
  InternalError,
  InvalidCallback,
  InvalidConfig,
  InvalidRequest,
  isGatewayAddress,
  LinkwaError,
  NotSent,
  newRefId,
  OutcomeUnknown,
  parseCallback,
  Rejected,
  ResultCode,
  raw,
  refIdFor,
  request,
  StatusTracker,
  send,
  sendAudio,
  sendContacts,
  sendDocument,
  sendImage,
  sendInteractive,
  sendLocation,
  sendMany,
  sendRaw,
  sendRequest,
  sendTemplate,
  sendText,
  sendVideo,
  setLogger,
  validate,
  version,
} from 'linkwa'
import { Outbox, type OutboxStore, PostgresStore, type SqliteDatabase, SqliteStore } from 'linkwa/outbox'
import { type CallbackOutbox, CallbackReceiver } from 'linkwa/receiver'

configure({ region: 'no', username: 'user', password: 'secret' })
await using client = new Client({ region: 'no', username: 'user', password: 'secret' })
const to = '+46000000001'
const link = 'https://example.com/a'
const { refId, messageIds, receipts, resultCode, warnings } = await sendText(to, 'Hello', { refId: newRefId() })
await Promise.all([
  send(to, [raw('{}'), { type: 'text', text: { body: 'Hello' } }]),
  sendImage(to, link),
  sendAudio(to, link),
  sendVideo(to, link),
  sendDocument(to, link),
  sendLocation(to, { latitude: 1, longitude: 2 }),
  sendContacts(to, [{ birthday: '1977-02-25' }]),
  sendTemplate(to, { name: 't', namespace: 'n', language: 'en', components: [] }),
  sendInteractive(to, {
    type: 'button',
    body: { text: 'Where to?' },
    action: { buttons: [{ type: 'reply', reply: { id: 'home', title: 'Home' } }] },
  }),
  sendRaw({}),
  sendRequest('{}'),
  request('GET', 'status'),
  sendTemplate(to, {
    name: 't',
    namespace: 'n',
    language: 'en',
    components: [{ type: 'body', parameters: [currency('$1', 'USD', '1.5'), dateTime('then', new Date(2030, 1, 25))] }],
  }),
  client.sendText(to, 'Hello'),
])
for await (const { refId, destinations } of sendMany([to], { type: 'text', text: { body: build(to, []) } })) {
  console.log(refId, destinations)
}
setLogger((line) => console.log(line.message), 'warn')
console.log(
  refId,
  messageIds,
  receipts,
  resultCode,
  warnings,
  version,
  validate({}),
  checkDestination(to),
  new LinkwaError('mine').code,
)

const callback = parseCallback('{}')
if (callback.kind === 'eventReport')
  console.log(new StatusTracker().apply(callback), describeResultCode(ResultCode.SENT))
else console.log(careWindow(callback, new Date())?.isOpen, new CallbackGuard(), isGatewayAddress(callback.source ?? ''))

const text = { type: 'text', text: { body: 'Hello' } } as const
declare const database: SqliteDatabase & { isMine: boolean }
const outbox = new Outbox(client, new SqliteStore(database), { prefix: 'mine_' })
const once: CallbackOutbox = outbox
const receiver = new CallbackReceiver(({ key }) => console.log(key), { guard: new CallbackGuard(), outbox: once })
console.log((await receiver.fetch(new Request('http://127.0.0.1/'), { peer: '127.0.0.1' })).status)
const store: OutboxStore<SqliteDatabase> = new SqliteStore('outbox.db')
const status = await outbox.status((await new Outbox(all, store).send('+46000000001', text, { refId: 'a' })).refId)
if (status?.state === 'accepted')
  console.log(status.result?.repeat, status.messages[0]?.status, status.createdAt.getTime())
const queued: boolean = await outbox.transaction(async (tx) => {
  if (tx.isMine) await outbox.apply(callback, tx)
  return outbox.enqueue(tx, '+46000000001', text, { refId: 'b' })
})
for (const refId of await outbox.pending()) console.log(queued, (await outbox.sendPending(refId)).messageIds)
const many = outbox.sendMany([{ destination: to, message: text, refId: 'c' }], { rate: 5, priority: 'HIGH' })
for await (const { error, result } of many) console.log(error === undefined ? result.messageId : error.outcome)
console.log(many.progress.inDoubt, refIdFor('orders', 17), await outbox.run({ signal: AbortSignal.timeout(1) }))
// @ts-expect-error a run is not a promise
await outbox.sendMany([])
// @ts-expect-error each item has its own refId
outbox.sendMany([], { refId: 'a' })
// @ts-expect-error an outbox needs a refId
await outbox.send('+46000000001', text, {})
// @ts-expect-error a pool has connect()
console.log(new PostgresStore({}), await outbox.claim(callback), (await outbox.window('+46000000001'))?.isOpen)

const same: typeof Client = linkwa.Client
console.log(same, all.default.sendText, linkwa.default)
const made: 'not_sent' = new NotSent('mine', { reason: 'dns' }).code
const codes = [InternalError, InvalidCallback, InvalidConfig, InvalidRequest, OutcomeUnknown, Rejected].map(
  (Class) => new Class('mine', { refId: 'r' }).code,
)
console.log(made, codes, LinkwaError.from(JSON.stringify(new LinkwaError('mine').toJSON())).outcome)
// @ts-expect-error a class has one code
console.log(new NotSent('mine', { code: 'rejected' }))
// @ts-expect-error a run is not a promise
await sendMany([to], { type: 'text', text: { body: 'x' } })
// @ts-expect-error what JavaScript does not export is a type alone
console.log(all.Finding)
