//! The databases of an outbox, with the drivers rusqlite and postgres.

use std::error::Error as StdError;
use std::path::Path;
use std::sync::mpsc::{SyncSender, TryRecvError, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postgres::types::{ToSql, Type};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, TransactionBehavior};

use super::{Answer, Dialect, Reply, Script, Statement, Value};
use crate::error::Error;

/// An error of a driver.
pub type DriverError = Box<dyn StdError + Send + Sync>;

/// A transaction of the driver: rusqlite's `Transaction` (or a `Connection` in one), or the `Transaction` of postgres.
pub trait Transaction {
    /// Runs a statement.
    ///
    /// # Errors
    ///
    /// What the driver says.
    #[doc(hidden)]
    fn run(&mut self, statement: &Statement) -> Result<Answer, DriverError>;
}

/// A database: [`SqliteStore`] or [`PostgresStore`].
pub trait Store {
    #[doc(hidden)]
    const DIALECT: Dialect;

    /// Runs a script in a transaction of its own.
    #[doc(hidden)]
    fn run(&self, script: Script) -> Result<Reply, Failure>;
}

/// Why a script came to nothing; its transaction is rolled back.
#[doc(hidden)]
#[derive(Debug)]
pub enum Failure {
    /// The script decided so.
    Decided(Error),
    /// The database failed.
    Store(DriverError),
}

impl<E: StdError + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// What the driver says, and the code of PostgreSQL.
pub(super) fn text_of(error: &DriverError) -> String {
    let code = error.downcast_ref::<postgres::Error>().and_then(postgres::Error::code);
    code.map_or_else(|| error.to_string(), |code| format!("{error} {}", code.code()))
}

/// Runs a script in a transaction that someone else commits.
pub(super) fn run_in(transaction: &mut dyn Transaction, mut script: Script) -> Result<Reply, Failure> {
    while let Some(statement) = script.statement() {
        let answer = transaction.run(statement).map_err(Failure::Store)?;
        script = script.answer(answer).map_err(Failure::Decided)?;
    }
    script.reply().ok_or_else(|| Failure::Decided(Error::internal("a script of the outbox has no end")))
}

/// SQLite, in a file: for one machine.
///
/// The file is in WAL mode with `synchronous = FULL`, so that a send that was begun is known after a power failure too. What
/// several threads do at once is committed together, because a commit waits for the disk.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<Connection>,
    turn: Mutex<Turn>,
    ended: Condvar,
}

/// What waits for the next transaction, and whether one runs.
#[derive(Debug, Default)]
struct Turn {
    waiting: Vec<Waiting>,
    is_taken: bool,
}

/// A script that waits for the next transaction, and where its reply goes.
type Waiting = (Script, SyncSender<Result<Reply, Failure>>);

impl SqliteStore {
    /// Opens the file, or creates it.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, rusqlite::Error> {
        /// How long a transaction waits for another one.
        const WAIT: Duration = Duration::from_secs(30);
        let connection = Connection::open(path)?;
        connection.busy_timeout(WAIT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(Self { connection: Mutex::new(connection), turn: Mutex::default(), ended: Condvar::new() })
    }

    /// The connection, for transactions of your own: begin them with `TransactionBehavior::Immediate`. Do not call the outbox
    /// while you hold it, except with your transaction.
    pub fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked was rolled back when it was dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what waits, and hands out the replies.
    fn run_waiting(&self, waiting: Vec<Waiting>) {
        let (scripts, replies): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        match run_together(&mut self.connection(), scripts) {
            Ok(outcomes) => {
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    let _ = reply.send(outcome); // its thread waits
                }
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(Failure::Store(error.to_string().into())));
                }
            }
        }
    }
}

/// Gives the turn to another thread, also after a panic.
struct TurnEnd<'s>(&'s SqliteStore);

impl Drop for TurnEnd<'_> {
    fn drop(&mut self) {
        self.0.turn().is_taken = false;
        self.0.ended.notify_all();
    }
}

impl Store for SqliteStore {
    const DIALECT: Dialect = Dialect::Sqlite;

    fn run(&self, script: Script) -> Result<Reply, Failure> {
        let (reply, receiver) = sync_channel(1);
        let mut turn = self.turn();
        turn.waiting.push((script, reply));
        loop {
            match receiver.try_recv() {
                Ok(reply) => return reply,
                // Its transaction panicked.
                Err(TryRecvError::Disconnected) => {
                    return Err(Failure::Decided(Error::internal("a transaction of the outbox has no reply")));
                }
                Err(TryRecvError::Empty) if turn.is_taken => {
                    turn = self.ended.wait(turn).unwrap_or_else(PoisonError::into_inner);
                }
                Err(TryRecvError::Empty) => {
                    turn.is_taken = true;
                    let waiting = std::mem::take(&mut turn.waiting);
                    drop(turn);
                    let end = TurnEnd(self);
                    self.run_waiting(waiting);
                    drop(end);
                    turn = self.turn();
                }
            }
        }
    }
}

/// Runs scripts in one transaction, where each of them can fail alone.
fn run_together(
    connection: &mut Connection,
    scripts: Vec<Script>,
) -> Result<Vec<Result<Reply, Failure>>, rusqlite::Error> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(scripts.len());
    for script in scripts {
        let mut savepoint = transaction.savepoint()?;
        let outcome = run_in(&mut savepoint, script);
        // A savepoint that is dropped is rolled back.
        if outcome.is_ok() {
            savepoint.commit()?;
        } else {
            drop(savepoint);
        }
        outcomes.push(outcome);
    }
    transaction.commit()?;
    Ok(outcomes)
}

impl Transaction for rusqlite::Savepoint<'_> {
    fn run(&mut self, statement: &Statement) -> Result<Answer, DriverError> {
        run_sqlite(self, statement)
    }
}

impl Transaction for rusqlite::Transaction<'_> {
    fn run(&mut self, statement: &Statement) -> Result<Answer, DriverError> {
        run_sqlite(self, statement)
    }
}

impl Transaction for Connection {
    fn run(&mut self, statement: &Statement) -> Result<Answer, DriverError> {
        run_sqlite(self, statement)
    }
}

fn run_sqlite(connection: &Connection, statement: &Statement) -> Result<Answer, DriverError> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let values = rusqlite::params_from_iter(&statement.parameters);
    if !statement.returns_rows {
        let changed = u64::try_from(prepared.execute(values)?)?;
        return Ok(Answer { rows: Vec::new(), changed });
    }
    let columns = prepared.column_count();
    let mut rows = prepared.query(values)?;
    let mut answer = Answer::default();
    while let Some(row) = rows.next()? {
        let value = |at| {
            Ok::<_, DriverError>(match row.get_ref(at)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                text => Value::Text(text.as_str()?.to_owned()),
            })
        };
        answer.rows.push((0..columns).map(value).collect::<Result<_, _>>()?);
    }
    Ok(answer)
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Null => Ok(rusqlite::types::Null.into()),
            Self::Integer(number) => rusqlite::ToSql::to_sql(number),
            Self::Text(text) => rusqlite::ToSql::to_sql(text),
        }
    }
}

/// PostgreSQL: for several machines. Connections are made when they are needed, and kept.
pub struct PostgresStore {
    connect: Box<dyn Fn() -> Result<postgres::Client, postgres::Error> + Send + Sync>,
    idle: Mutex<Vec<postgres::Client>>,
}

impl PostgresStore {
    /// A store whose connections this function makes: `|| postgres::Client::connect("host=… user=…", NoTls)`.
    pub fn new(connect: impl Fn() -> Result<postgres::Client, postgres::Error> + Send + Sync + 'static) -> Self {
        Self { connect: Box::new(connect), idle: Mutex::new(Vec::new()) }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<postgres::Client>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl Store for PostgresStore {
    const DIALECT: Dialect = Dialect::Postgres;

    fn run(&self, script: Script) -> Result<Reply, Failure> {
        let kept = self.idle().pop().filter(|client| !client.is_closed());
        let mut client = match kept {
            Some(client) => client,
            None => (self.connect)()?,
        };
        let mut transaction = client.transaction()?;
        // A failed transaction is rolled back when it is dropped; its connection is kept only if the script failed.
        let reply = match run_in(&mut transaction, script) {
            Ok(reply) => transaction.commit().map(|()| Ok(reply))?,
            Err(Failure::Decided(error)) => transaction.rollback().map(|()| Err(Failure::Decided(error)))?,
            Err(failure) => return Err(failure),
        };
        self.idle().push(client);
        reply
    }
}

impl Transaction for postgres::Transaction<'_> {
    fn run(&mut self, statement: &Statement) -> Result<Answer, DriverError> {
        let values: Vec<Box<dyn ToSql + Sync>> = statement
            .parameters
            .iter()
            .map(|value| -> Box<dyn ToSql + Sync> {
                match value {
                    Value::Null => Box::new(None::<String>), // only texts are ever absent
                    Value::Integer(number) => Box::new(*number),
                    Value::Text(text) => Box::new(text.clone()),
                }
            })
            .collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value).collect();
        if !statement.returns_rows {
            return Ok(Answer { rows: Vec::new(), changed: self.execute(&statement.sql, &values)? });
        }
        let mut answer = Answer::default();
        for row in self.query(&statement.sql, &values)? {
            let value = |(at, column): (usize, &postgres::Column)| {
                Ok::<_, DriverError>(match *column.type_() {
                    Type::INT8 => row.try_get::<_, Option<i64>>(at)?.into(),
                    Type::TEXT => row.try_get::<_, Option<String>>(at)?.into(),
                    _ => Value::Null, // what the lock of the tables returns
                })
            };
            answer.rows.push(row.columns().iter().enumerate().map(value).collect::<Result<_, _>>()?);
        }
        Ok(answer)
    }
}
