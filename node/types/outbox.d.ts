/**
 * The outbox: a durable record of sends in a database of yours, so that nothing is sent twice.
 */

import type { CareWindow, EventReport, MessageState, ReceivedMessage } from './callback.js'
import type { CallOptions, Destinations, LinkwaError, Messages, SendOptions, SendResult, Verbs } from './client.js'

/** A database of `node:sqlite` or `better-sqlite3`, as far as an outbox uses it. */
export interface SqliteDatabase {
  /** Runs a statement without parameters. */
  exec(sql: string): unknown
  /** Prepares a statement. */
  prepare(sql: string): {
    /** Runs a change. */
    // biome-ignore lint/suspicious/noExplicitAny: the drivers differ
    run(...parameters: any[]): { changes: number | bigint }
    /** Runs a query. */
    // biome-ignore lint/suspicious/noExplicitAny: the drivers differ
    all(...parameters: any[]): unknown[]
  }
}

/** A client of `pg`, as far as an outbox uses it. */
export interface PostgresClient {
  /** Runs a statement. */
  // biome-ignore lint/suspicious/noExplicitAny: the drivers differ
  query(statement: any, values?: any): Promise<any>
}

/** A pool of `pg`, as far as an outbox uses it. */
export interface PostgresPool<Client extends PostgresClient = PostgresClient> {
  /** Takes a client out of the pool. */
  connect(): Promise<Client>
}

/** What an outbox keeps its record in: a {@link SqliteStore} or a {@link PostgresStore}. */
export interface OutboxStore<Transaction> {
  /** The kind of database. */
  readonly dialect: 'sqlite' | 'postgres'
  /** Runs a function in a transaction. */
  transaction<Result>(work: (transaction: Transaction) => Result | PromiseLike<Result>): Promise<Result>
}

/**
 * Keeps the record in SQLite: for one machine.
 *
 * A path opens the file with `node:sqlite`, which Node has from 22.13 on, in WAL mode; it waits up to five seconds for another
 * process that writes. Of a database that you opened, the store sets only `synchronous = FULL`: a commit that a power failure
 * undoes would mean a second send. Statements run on the event loop's thread; what comes together is committed together.
 *
 * @example
 * ```ts
 * import { SqliteStore } from 'linkwa/outbox'
 *
 * const store = new SqliteStore('outbox.db')
 * ```
 */
export declare class SqliteStore<Database extends SqliteDatabase = SqliteDatabase> implements OutboxStore<Database> {
  /** @throws `TypeError` for another argument; errors of the driver. */
  constructor(database: Database | string)
  readonly dialect: 'sqlite'
  /**
   * Runs a function in a transaction of the store's connection, and commits when its promise is resolved. As there is one
   * connection, other work of the store waits meanwhile, and fails if this function asks for it.
   */
  transaction<Result>(work: (transaction: Database) => Result | PromiseLike<Result>): Promise<Result>
}

/**
 * Keeps the record in PostgreSQL: for one machine or many. It takes a `Pool` of `pg`, and one client of it for each operation.
 * Listen to the pool's `error` event, as `pg` asks for: without a listener the program ends when the database restarts.
 *
 * @example
 * ```ts
 * import { PostgresStore } from 'linkwa/outbox'
 * import { Pool } from 'pg'
 *
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL })
 * pool.on('error', (error) => console.error(error.message))
 * const store = new PostgresStore(pool)
 * ```
 */
export declare class PostgresStore<Client extends PostgresClient = PostgresClient> implements OutboxStore<Client> {
  /** @throws `TypeError` for another argument. */
  constructor(pool: PostgresPool<Client>)
  readonly dialect: 'postgres'
  /** Runs a function in a transaction (READ COMMITTED), and commits when its promise is resolved. */
  transaction<Result>(work: (transaction: Client) => Result | PromiseLike<Result>): Promise<Result>
}

/** What an outbox knows about a send. */
export type SendState =
  /** It waits to be sent. */
  | 'queued'
  /** It was begun. If its process has died, it is in doubt: it may have been accepted. */
  | 'sending'
  /** The gateway accepted it. */
  | 'accepted'
  /** The gateway refused it. */
  | 'rejected'
  /** Nothing was sent, or the gateway refused the account (HTTP 401, 403) or was busy (429): it can be sent again. */
  | 'not_sent'
  /** It is in doubt: it may have been accepted. */
  | 'unknown'
  /** Validation found errors: it can be sent once they are corrected. */
  | 'invalid'

/** What an outbox knows about one `refId`. */
export interface SendStatus {
  /** The reference. */
  refId: string
  /** The state. */
  state: SendState
  /** The result, if the gateway accepted it; its `repeat` is true. */
  result: SendResult | undefined
  /** The error of the last attempt, if it failed. */
  error: LinkwaError | undefined
  /** The number of times that it was begun. */
  attempts: number
  /** When the outbox got it. */
  createdAt: Date
  /** When its state last changed. */
  changedAt: Date
  /** The states of its messages, and of the request if it failed as a whole, from event reports. Empty in lists. */
  messages: MessageState[]
}

/** The options of a send through an outbox. */
export interface OutboxSendOptions extends SendOptions {
  /** What the message is known by: make it from your job or order, so that it is the same when that runs again. */
  readonly refId: string
}

/** One message of {@link Outbox.sendMany}. */
export interface OutboxItem {
  /** The number that it goes to. */
  readonly destination: string
  /** The message. */
  readonly message: Messages
  /** What it is known by, the same whenever the run is started. */
  readonly refId: string
}

/** What became of one item of {@link Outbox.sendMany}: `result` if the gateway accepted it, else `error`. */
export type OutboxEntry = OutboxEntryBase &
  (
    | {
        /** The result; with `repeat` that of an earlier run. */
        result: SendResult
        /** None. */
        error: undefined
      }
    | {
        /** None. */
        result: undefined
        /** The error, which is not thrown; `outcome_unknown` for what is in doubt. */
        error: LinkwaError
      }
  )

/** The members of every entry. */
export interface OutboxEntryBase {
  /** The reference of the item. */
  refId: string
  /** The destination of the item. */
  destination: string
}

/** The options of {@link Outbox.sendMany}. Those of a send are for all items. */
export interface OutboxManyOptions extends Omit<SendOptions, 'refId'> {
  /** How many messages are sent at once. Default: 16. */
  readonly concurrency?: number | undefined
  /** The highest average rate in messages per second. Default: no limit. */
  readonly rate?: number | undefined
}

/** The options of {@link Outbox.run}. */
export interface OutboxRunOptions {
  /** How many messages are sent at once. Default: 16. */
  readonly concurrency?: number | undefined
  /** The highest average rate in messages per second. Default: no limit. */
  readonly rate?: number | undefined
  /** How many milliseconds pass before it looks for new messages again: above 0, at most 24 hours. Default: 1000. */
  readonly pollMs?: number | undefined
  /** Stops it. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The entries of {@link Outbox.sendMany}, in the order in which they end. The signal of the options cuts off sends under way: their
 * entries come, and then the loop throws a {@link LinkwaError} `not_sent` with the reason `cancelled`. An exception of the items, and a
 * `TypeError` for an item of a wrong type, is thrown in the same way. Run it again for what is left.
 */
export interface OutboxSendMany extends AsyncIterable<OutboxEntry> {
  /** The number of items that have ended, by what became of them. */
  readonly progress: OutboxProgress
  /**
   * The error that ended the run before all its items were sent, because all further sends would fail in the same way: `rejected`
   * with HTTP 401 or 403, `invalid_config`, or `not_sent` of a client that is closed. It is not thrown. Run it again when its cause is
   * gone.
   */
  readonly endedBy: LinkwaError | undefined
  /** Begins no more sends. Those that have begun still give entries. */
  stop(): void
  /** The next entry. */
  next(): Promise<IteratorResult<OutboxEntry, undefined>>
  /** Ends the run, like `break` in `for await`: it waits for the sends that have begun, and drops their entries. */
  return(): Promise<IteratorResult<OutboxEntry, undefined>>
  /** Returns the run itself, for `for await`. */
  [Symbol.asyncIterator](): OutboxSendMany
  /**
   * Throws a `TypeError`. A run is not a promise: nothing is sent until you read it with `for await`, so `await sendMany(…)` is a
   * mistake.
   */
  then(run: never): never
  /** Does what `return()` does, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** The items of a run that have ended. */
export interface OutboxProgress {
  /** Accepted now. */
  sent: number
  /** Accepted in an earlier run. */
  repeated: number
  /** Rejected, not sent or invalid. */
  failed: number
  /** May have been accepted, now or in an earlier run. */
  inDoubt: number
}

/** The options of an outbox. */
export interface OutboxOptions {
  /**
   * What the names of the tables begin with: at most 40 ASCII letters, digits and `_`, in PostgreSQL after the name of a schema and
   * a dot if you like. Default: `linkwa_`.
   */
  readonly prefix?: string | undefined
}

/**
 * Sends messages so that each is sent once, however often your program is started, killed and started again.
 *
 * Before the first byte of a message leaves, a row with its `refId` is committed; afterwards its outcome is. A send with a `refId`
 * that is known gives what is known, and sends nothing:
 *
 * - It was accepted: the stored result, with `repeat`.
 * - It was rejected: the stored error.
 * - It was not sent: it is sent now.
 * - It may have been sent, because its process died or its outcome is unknown: `outcome_unknown` with the reason `in_doubt`. Event
 *   reports settle it ({@link Outbox.apply}), or you do ({@link Outbox.settle}).
 * - The message is another one: `invalid_request` with a finding at `refId`.
 *
 * @example
 * ```ts
 * import linkwa from 'linkwa'
 * import { Outbox, SqliteStore } from 'linkwa/outbox'
 *
 * const outbox = new Outbox(linkwa, new SqliteStore('outbox.db'))
 * await outbox.createSchema()
 * const message = { type: 'text', text: { body: 'Your order is on its way' } } as const
 * const first = await outbox.send('+46000000001', message, { refId: 'order-17' })
 * const again = await outbox.send('+46000000001', message, { refId: 'order-17' })
 * console.log(first.repeat, again.repeat) // false true: one message was sent
 * ```
 */
export declare class Outbox<Transaction = unknown> {
  /**
   * `client` is a {@link Client}, or the package itself for its default client.
   *
   * @throws `TypeError` for an argument of a wrong type, {@link LinkwaError} `invalid_config` for an invalid prefix.
   */
  constructor(
    client: Pick<Verbs, 'build' | 'send' | 'sendRaw'>,
    store: OutboxStore<Transaction>,
    options?: OutboxOptions,
  )

  /**
   * Sends a message unless it was sent before. It takes what {@link Verbs.send} takes, and fails like it; also with `not_sent` and
   * the reason `store`, with the driver's error as `cause`, if the database fails before the send: then nothing is sent. If the
   * database fails after the send, you get the outcome all the same, a warning is logged, and the send stays in doubt.
   *
   * A `signal` that aborts before the send begins leaves no record; afterwards the outcome is recorded.
   */
  send(to: Destinations, message: Messages, options: OutboxSendOptions): Promise<SendResult>

  /**
   * Writes a message to send later into a transaction of yours: it is sent only if that is committed. Returns whether it is new.
   * `transaction` is your connection: a database of SQLite in which a transaction has begun, a client of `pg`, or what
   * {@link Outbox.transaction} gives.
   *
   * It throws at once for an invalid message. On SQLite it has run when it returns, so it also works in a synchronous transaction.
   */
  enqueue(transaction: Transaction, to: Destinations, message: Messages, options: OutboxSendOptions): Promise<boolean>

  /** The references that wait to be sent, or whose sending came to nothing, the oldest first. `limit` is 100 by default. */
  pending(limit?: number): Promise<string[]>

  /** Sends what was enqueued, as {@link Outbox.send} does. */
  sendPending(refId: string, options?: CallOptions): Promise<SendResult>

  /**
   * Records a callback. Returns whether it is new; a callback that comes again changes nothing. An event report moves the states of
   * its message, and settles its send if that is in doubt. A received message opens its user's care window.
   *
   * With a transaction of yours it is recorded if that is committed, together with what you write there. On SQLite it has then run
   * when it returns, and throws at once.
   */
  apply(callback: EventReport | ReceivedMessage, transaction?: Transaction): Promise<boolean>

  /**
   * Claims a callback for a handler, which then calls {@link Outbox.apply}, or {@link Outbox.release} if it failed. It is `new`;
   * `repeat` if it was applied before; `busy` if another handler has it, for at most `leaseMs` milliseconds (default: 300,000).
   */
  claim(
    callback: EventReport | ReceivedMessage,
    options?: { readonly leaseMs?: number | undefined },
  ): Promise<'new' | 'repeat' | 'busy'>

  /** Gives up a claim, so that the callback can be handled when it comes again. */
  release(callback: EventReport | ReceivedMessage): Promise<void>

  /**
   * Sends many messages, each once, even if the process dies: run the same call again, and only what was never begun or was not sent
   * is sent. Up to `concurrency` items are taken and under way at once, and sends begin only while a caller waits for an entry.
   *
   * An invalid item is recorded and has its findings in its entry; the others go on. A message that the gateway answers with HTTP 429
   * is sent up to 10 times in all. The run pauses for as long as the gateway asks (5 minutes at most), or for a growing time (1 second
   * to 1 minute): after HTTP 429 and 503, and when three sends in a row end without an answer. What was not sent is not tried again:
   * run it again. HTTP 401 and 403 end the run: see `endedBy`. The first `next()` rejects with `not_sent`, reason `store`, if the
   * database cannot be used.
   *
   * @throws `TypeError` for an argument of a wrong type; {@link LinkwaError} `invalid_config` for a number that is out of range.
   *
   * @example
   * ```ts
   * import linkwa from 'linkwa'
   * import { Outbox, SqliteStore } from 'linkwa/outbox'
   *
   * const outbox = new Outbox(linkwa, new SqliteStore('outbox.db'))
   * await outbox.createSchema()
   * const message = { type: 'text', text: { body: 'We are moving' } } as const
   * const items = ['1', '2', '3'].map((id) => ({ destination: `+4600000000${id}`, message, refId: `spring-${id}` }))
   * for (const attempt of ['first', 'second']) {
   *   const run = outbox.sendMany(items, { rate: 100 })
   *   for await (const { refId, error } of run) if (error) console.log(refId, error.outcome)
   *   console.log(attempt, run.progress.sent, run.progress.repeated) // first 3 0, and then second 0 3
   * }
   * ```
   */
  sendMany(items: Iterable<OutboxItem> | AsyncIterable<OutboxItem>, options?: OutboxManyOptions): OutboxSendMany

  /**
   * Sends what is enqueued until the `signal` aborts, and resolves when the sends that have begun have ended: for programs on one
   * machine. While the gateway is busy or does not answer, or the database fails, it pauses, for one second at first and up to 60, or as
   * long as the gateway asks (5 minutes at most), and then tries again what was not sent. What was rejected, and what is in doubt, is
   * recorded and not tried again.
   *
   * It is rejected with what a retry cannot help: `invalid_config`, `not_sent` of a client that is closed, `rejected` with HTTP 401 or
   * 403, and `not_sent` with the reason `store` if the database cannot be used at the beginning.
   */
  run(options?: OutboxRunOptions): Promise<void>

  /** What is known about a `refId`; `undefined` if nothing is. */
  status(refId: string): Promise<SendStatus | undefined>

  /**
   * The sends that have been in doubt for `olderThanMs` milliseconds (default: 300,000), the oldest first, at most `limit` (default:
   * 1,000). A send that is under way is among them once it is that old.
   */
  inDoubt(options?: {
    readonly olderThanMs?: number | undefined
    readonly limit?: number | undefined
  }): Promise<SendStatus[]>

  /**
   * Settles a send that is in doubt, or was rejected and shall be sent again, because you know more: it was `accepted`, or it was
   * `not_sent` and the next send with its `refId` sends it. **Of a message that was accepted, `not_sent` makes two.**
   *
   * @throws {@link LinkwaError} `invalid_request` if there is no such send.
   */
  settle(refId: string, outcome: 'accepted' | 'not_sent'): Promise<void>

  /**
   * Deletes what has not changed for this many milliseconds: sends that were accepted, rejected or invalid, message states,
   * callbacks and care windows. What is in doubt or waits to be sent stays. Returns the number of sends. A pruned `refId` is new
   * again, so keep them for longer than your jobs are repeated.
   */
  prune(olderThanMs: number): Promise<number>

  /**
   * The care window of a user by the messages that were applied; `undefined` if none came. `user` is the number or the id that these
   * name, `business` the number of yours that they wrote to.
   */
  window(user: string, business?: string): Promise<CareWindow | undefined>

  /**
   * Creates the tables that are missing.
   *
   * @throws {@link LinkwaError} `invalid_config` if they are of another version of this library.
   */
  createSchema(): Promise<void>

  /** The statements that create the tables, for a migration of your own. */
  schema(): string

  /** Runs a function in a transaction of the store, for {@link Outbox.enqueue} and {@link Outbox.apply}. */
  transaction<Result>(work: (transaction: Transaction) => Result | PromiseLike<Result>): Promise<Result>
}
