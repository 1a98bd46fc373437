//! The scripts of an outbox, whose statements JavaScript runs with the driver of the user's database.

#![allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript comes as a copy")]

use std::time::{SystemTime, UNIX_EPOCH};

use linkwa::outbox::{Answer, Dialect, Pacer, Recorded, Script, Scripts, Value};
use linkwa::{Callback, Error, Outcome};
use napi::Either;
use napi::bindgen_prelude::{Either3, Null};
use napi_derive::napi;

use crate::care::CareWindow;
use crate::completion::SendResult;
use crate::error::{BindingError, ErrorObject};
use crate::options::{count, milliseconds};
use crate::tracker::State;

/// A value of a database.
type Cell = Either3<Null, f64, String>;

/// The scripts of one outbox.
#[napi]
pub struct NativeScripts {
    core: Scripts,
}

/// A transaction: the next statement, its answer, until there is none.
#[napi]
pub struct NativeScript {
    /// `None` after an error.
    core: Option<Script>,
}

/// A statement.
#[napi(object, object_from_js = false)]
pub struct Statement {
    /// The text.
    pub sql: String,
    /// The values of its placeholders.
    pub parameters: Vec<Cell>,
    /// Whether it is a query.
    pub returns_rows: bool,
}

/// What a script ends with: `kind` says which members are set.
#[napi(object, object_from_js = false, use_nullable = true)]
#[derive(Default)]
pub struct Reply {
    /// `send`, `repeat`, `done`, `new`, `seen`, `busy`, `status`, `statuses`, `refIds`, `count` or `window`.
    pub kind: &'static str,
    /// For `send`: the number of the attempt.
    pub attempt: Option<i64>,
    /// For `send`: the whole request, if it was stored.
    pub request: Option<String>,
    /// For `repeat`.
    pub result: Option<SendResult>,
    /// For `status` one or none, for `statuses` all.
    pub statuses: Option<Vec<SendStatus>>,
    /// For `refIds`.
    pub ref_ids: Option<Vec<String>>,
    /// For `count`.
    pub count: Option<f64>,
    /// For `window`.
    pub window: Option<CareWindow>,
}

/// What is known about a reference.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct SendStatus {
    /// The reference.
    pub ref_id: String,
    /// The word of its state.
    pub state: &'static str,
    /// The result, if it was accepted.
    pub result: Option<SendResult>,
    /// The error of the last attempt, if it failed.
    pub error_object: Option<ErrorObject>,
    /// The number of attempts.
    pub attempts: i64,
    /// Milliseconds since 1970-01-01 UTC.
    pub created_at_ms: f64,
    /// Milliseconds since 1970-01-01 UTC.
    pub changed_at_ms: f64,
    /// The states of its messages.
    pub messages: Vec<State>,
}

impl From<linkwa::outbox::SendStatus> for SendStatus {
    fn from(status: linkwa::outbox::SendStatus) -> Self {
        Self {
            ref_id: status.ref_id,
            state: status.state.as_str(),
            result: status.result.as_ref().map(SendResult::from),
            error_object: status.error.as_ref().map(ErrorObject::from),
            attempts: status.attempts,
            created_at_ms: since_1970(status.created_at),
            changed_at_ms: since_1970(status.changed_at),
            messages: status.messages.iter().map(State::from).collect(),
        }
    }
}

fn since_1970(time: SystemTime) -> f64 {
    (time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0).round()
}

impl From<linkwa::outbox::Reply> for Reply {
    fn from(reply: linkwa::outbox::Reply) -> Self {
        use linkwa::outbox::Reply as Core;
        let of = |kind| Self { kind, ..Self::default() };
        match reply {
            Core::Send { attempt, request } => Self { attempt: Some(attempt), request, ..of("send") },
            Core::Repeat(sent) => Self { result: Some((&sent).into()), ..of("repeat") },
            Core::Done => of("done"),
            Core::New => of("new"),
            Core::Seen => of("seen"),
            Core::Busy => of("busy"),
            Core::Status(status) => {
                Self { statuses: Some(status.into_iter().map(|one| (*one).into()).collect()), ..of("status") }
            }
            Core::Statuses(all) => {
                Self { statuses: Some(all.into_iter().map(SendStatus::from).collect()), ..of("statuses") }
            }
            Core::RefIds(ref_ids) => Self { ref_ids: Some(ref_ids), ..of("refIds") },
            #[expect(clippy::cast_precision_loss, reason = "no table has 2^53 rows")]
            Core::Count(count) => Self { count: Some(count as f64), ..of("count") },
            Core::Window(window) => Self { window: window.map(CareWindow::from), ..of("window") },
        }
    }
}

type Made = Either<NativeScript, ErrorObject>;

fn made(script: Result<Script, Error>) -> Made {
    match script {
        Ok(script) => Either::A(script.into()),
        Err(error) => Either::B(error.into()),
    }
}

impl From<Script> for NativeScript {
    fn from(core: Script) -> Self {
        Self { core: Some(core) }
    }
}

/// The scripts for a dialect and a prefix of the tables' names.
#[napi(catch_unwind)]
pub fn outbox_scripts(dialect: String, prefix: String) -> Either<NativeScripts, ErrorObject> {
    let Some(dialect) = Dialect::ALL.iter().copied().find(|one| one.as_str() == dialect) else {
        return Either::B(BindingError::internal("a dialect that does not exist").into());
    };
    match Scripts::new(dialect, &prefix) {
        Ok(core) => Either::A(NativeScripts { core }),
        Err(error) => Either::B(error.into()),
    }
}

/// The error of a send before which the database failed.
#[napi(catch_unwind)]
pub fn outbox_store_failed(ref_id: String, cause: String) -> ErrorObject {
    Error::store_failed(ref_id, &cause).into()
}

#[napi]
impl NativeScripts {
    /// Begins a send of a whole request.
    #[napi(catch_unwind)]
    pub fn send(&self, request: String) -> Made {
        made(self.core.send(request.as_bytes()))
    }

    /// Begins a send that was enqueued.
    #[napi(catch_unwind)]
    pub fn send_pending(&self, ref_id: String) -> NativeScript {
        self.core.send_pending(&ref_id).into()
    }

    /// Writes a whole request, to be sent later.
    #[napi(catch_unwind)]
    pub fn enqueue(&self, request: String) -> Made {
        made(self.core.enqueue(request.as_bytes()))
    }

    /// Records the outcome of an attempt, an object with `result` or `error` in JSON.
    #[napi(catch_unwind)]
    pub fn record(&self, ref_id: String, attempt: i64, outcome: String) -> Made {
        made(Recorded::from_json(&outcome).map(|outcome| self.core.record(&ref_id, attempt, outcome)))
    }

    /// Records a request that is invalid.
    #[napi(catch_unwind)]
    pub fn record_invalid(&self, ref_id: String, outcome: String) -> Made {
        made(Recorded::from_json(&outcome).map(|outcome| self.core.record_invalid(&ref_id, &outcome)))
    }

    /// Records a callback, given as its text.
    #[napi(catch_unwind)]
    pub fn apply(&self, callback: String) -> Made {
        made(linkwa::parse_callback(callback).map(|callback: Callback| self.core.apply(&callback)))
    }

    /// Claims a callback for a handler.
    #[napi(catch_unwind)]
    pub fn claim(&self, callback: String, lease_ms: f64) -> Made {
        made(linkwa::parse_callback(callback).map(|callback| self.core.claim(&callback, milliseconds(lease_ms))))
    }

    /// Gives up a claim.
    #[napi(catch_unwind)]
    pub fn release(&self, callback: String) -> Made {
        made(linkwa::parse_callback(callback).map(|callback| self.core.release(&callback)))
    }

    /// What is known about a reference.
    #[napi(catch_unwind)]
    pub fn status(&self, ref_id: String) -> NativeScript {
        self.core.status(&ref_id).into()
    }

    /// The sends that have been in doubt for this long.
    #[napi(catch_unwind)]
    pub fn in_doubt(&self, older_than_ms: f64, limit: u32) -> NativeScript {
        self.core.in_doubt(milliseconds(older_than_ms), limit).into()
    }

    /// The references that wait to be sent.
    #[napi(catch_unwind)]
    pub fn pending(&self, limit: u32) -> NativeScript {
        self.core.pending(limit).into()
    }

    /// Settles a send that is in doubt.
    #[napi(catch_unwind)]
    pub fn settle(&self, ref_id: String, accepted: bool) -> NativeScript {
        self.core.settle(&ref_id, accepted).into()
    }

    /// Deletes what has not changed for this long.
    #[napi(catch_unwind)]
    pub fn prune(&self, older_than_ms: f64) -> NativeScript {
        self.core.prune(milliseconds(older_than_ms)).into()
    }

    /// The care window of a user.
    #[napi(catch_unwind)]
    pub fn window(&self, user: String, business: Option<String>) -> NativeScript {
        self.core.window(&user, business.as_deref()).into()
    }

    /// Creates the tables that are missing.
    #[napi(catch_unwind)]
    pub fn create_schema(&self) -> NativeScript {
        self.core.create_schema().into()
    }

    /// The statements that create the tables.
    #[napi(catch_unwind)]
    pub fn schema(&self) -> Vec<String> {
        self.core.schema()
    }
}

#[napi]
impl NativeScript {
    /// The next statement; `None` at the end.
    #[napi(catch_unwind)]
    pub fn statement(&self) -> Option<Statement> {
        let statement = self.core.as_ref()?.statement()?;
        let cell = |value: &Value| match value {
            Value::Null => Either3::A(Null),
            // Times in milliseconds, and counts.
            #[expect(clippy::cast_precision_loss, reason = "no time and no count is over 2^53")]
            Value::Integer(number) => Either3::B(*number as f64),
            Value::Text(text) => Either3::C(text.clone()),
        };
        Some(Statement {
            sql: statement.sql.clone(),
            parameters: statement.parameters.iter().map(cell).collect(),
            returns_rows: statement.returns_rows,
        })
    }

    /// Takes the answer to the statement, and goes on. An error ends the script.
    #[napi(catch_unwind)]
    pub fn answer(&mut self, rows: Vec<Vec<Cell>>, changed: f64) -> Option<ErrorObject> {
        #[expect(clippy::cast_possible_truncation, reason = "times in milliseconds, and counts")]
        let value = |cell| match cell {
            Either3::A(Null) => Value::Null,
            Either3::B(number) => Value::Integer(number as i64),
            Either3::C(text) => Value::Text(text),
        };
        let rows = rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
        let changed = changed as u64;
        match self.core.take()?.answer(Answer { rows, changed }) {
            Ok(next) => {
                self.core = Some(next);
                None
            }
            Err(error) => Some(error.into()),
        }
    }

    /// What the script ends with.
    #[napi(catch_unwind)]
    pub fn reply(&mut self) -> Either<Reply, ErrorObject> {
        match self.core.take().and_then(Script::reply) {
            Some(reply) => Either::A(reply.into()),
            None => Either::B(BindingError::Internal("a script that has not ended", Outcome::Unknown).into()),
        }
    }
}

/// The rate and the pauses of a run of many sends.
#[napi]
pub struct NativePacer {
    core: Pacer,
}

/// The pacer of a run with this many sends at once, and at most `rate` a second, that looks for new messages each `poll_ms`.
#[napi(catch_unwind)]
pub fn outbox_pacer(concurrency: f64, rate: Option<f64>, poll_ms: Option<f64>) -> Either<NativePacer, ErrorObject> {
    match Pacer::new(count(concurrency), rate, poll_ms.map(milliseconds)) {
        Ok(core) => Either::A(NativePacer { core }),
        Err(error) => Either::B(error.into()),
    }
}

#[napi]
impl NativePacer {
    /// Takes the next slot, and returns the milliseconds until it.
    #[napi(catch_unwind)]
    pub fn slot(&self) -> f64 {
        self.core.slot().as_secs_f64() * 1000.0
    }

    /// After the wait for a slot: 0 if the send may begin, otherwise the milliseconds until another slot.
    #[napi(catch_unwind)]
    pub fn slot_after_wait(&self) -> f64 {
        self.core.slot_after_wait().as_secs_f64() * 1000.0
    }

    /// Notes how a message ended that was sent this often, and says what follows: `done`, `again` or `end`. `outcome` is an
    /// object with `error` in JSON.
    #[napi(catch_unwind)]
    pub fn note(&self, outcome: Option<String>, sends: u32) -> Either<&'static str, ErrorObject> {
        match outcome.map(|outcome| Recorded::from_json(&outcome)).transpose() {
            Ok(outcome) => {
                let error = outcome.and_then(|outcome| outcome.error());
                Either::A(self.core.note(error.as_ref(), sends).as_str())
            }
            Err(error) => Either::B(error.into()),
        }
    }

    /// Pauses because the database failed, and returns for how many milliseconds.
    #[napi(catch_unwind)]
    pub fn failed(&self) -> f64 {
        self.core.failed().as_secs_f64() * 1000.0
    }
}
