//! A transaction as a dialogue: a statement, its answer, the next statement.

use std::collections::VecDeque;
use std::fmt;

use super::sends::SendStatus;
use super::statement::{Statement, Value};
use crate::callback::CareWindow;
use crate::error::Error;
use crate::response::SendResult;

/// The statements of one transaction, each depending on the answers before it.
///
/// Run [`statement`](Self::statement) and pass on its answer until there is none; then commit, and take the
/// [`reply`](Self::reply). After an error roll back.
pub struct Script(Step);

/// What a statement gave.
#[derive(Debug, Default)]
pub struct Answer {
    /// The rows of a query.
    pub rows: Vec<Vec<Value>>,
    /// The number of rows that a change inserted, updated or deleted.
    pub changed: u64,
}

/// What a script ends with.
#[derive(Debug)]
pub enum Reply {
    /// The send may begin; its result is recorded with this attempt.
    Send {
        /// Counts the attempts to send this `refId`.
        attempt: i64,
        /// The whole request, if it was stored.
        request: Option<String>,
    },
    /// An earlier send was accepted.
    Repeat(SendResult),
    /// It is recorded.
    Done,
    /// It came for the first time.
    New,
    /// It came before.
    Seen,
    /// Another process has it.
    Busy,
    /// What is known about a `refId`; `None` if nothing is.
    Status(Option<Box<SendStatus>>),
    /// What is known about several.
    Statuses(Vec<SendStatus>),
    /// References.
    RefIds(Vec<String>),
    /// How many rows were deleted.
    Count(u64),
    /// The care window of a user; `None` if no message of theirs came.
    Window(Option<CareWindow>),
}

type Then = Box<dyn FnOnce(Answer) -> Result<Step, Error> + Send>;

pub(super) enum Step {
    Ask(Statement, Then),
    End(Reply),
}

impl Step {
    pub(super) fn ask(statement: Statement, then: impl FnOnce(Answer) -> Result<Self, Error> + Send + 'static) -> Self {
        Self::Ask(statement, Box::new(then))
    }

    /// Runs statements whose answers do not matter, and then asks the last one.
    pub(super) fn after(
        mut before: VecDeque<Statement>,
        last: Statement,
        then: impl FnOnce(Answer) -> Result<Self, Error> + Send + 'static,
    ) -> Self {
        match before.pop_front() {
            None => Self::ask(last, then),
            Some(first) => Self::ask(first, move |_| Ok(Self::after(before, last, then))),
        }
    }

    /// Runs a last statement.
    pub(super) fn end(last: Statement, reply: Reply) -> Self {
        Self::ask(last, move |_| Ok(Self::End(reply)))
    }
}

impl Script {
    pub(super) fn new(step: Step) -> Self {
        Self(step)
    }

    /// The next statement; `None` at the end.
    pub fn statement(&self) -> Option<&Statement> {
        match &self.0 {
            Step::Ask(statement, _) => Some(statement),
            Step::End(_) => None,
        }
    }

    /// Takes the answer to the statement, and goes on.
    ///
    /// # Errors
    ///
    /// What the script decided: the transaction ends here, and is rolled back.
    pub fn answer(self, answer: Answer) -> Result<Self, Error> {
        match self.0 {
            Step::Ask(_, then) => then(answer).map(Self),
            Step::End(reply) => Ok(Self(Step::End(reply))),
        }
    }

    /// What the script ends with; `None` before its end.
    pub fn reply(self) -> Option<Reply> {
        match self.0 {
            Step::End(reply) => Some(reply),
            Step::Ask(..) => None,
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Script").field(&self.statement().map(|statement| &statement.sql)).finish()
    }
}

impl Answer {
    /// The first row.
    pub(super) fn row(self) -> Option<Row> {
        self.rows.into_iter().next().map(Row::from)
    }
}

/// A row, read from its first column to its last.
pub(super) struct Row(std::vec::IntoIter<Value>);

impl From<Vec<Value>> for Row {
    fn from(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }
}

impl Row {
    pub(super) fn text(&mut self) -> Result<String, Error> {
        self.optional_text()?.ok_or_else(unexpected)
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<String>, Error> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(unexpected()),
        }
    }

    pub(super) fn integer(&mut self) -> Result<i64, Error> {
        self.optional_integer()?.ok_or_else(unexpected)
    }

    /// Some drivers give a large number as a text.
    pub(super) fn optional_integer(&mut self) -> Result<Option<i64>, Error> {
        match self.0.next() {
            Some(Value::Integer(number)) => Ok(Some(number)),
            Some(Value::Text(text)) => text.parse().map(Some).map_err(|_| unexpected()),
            Some(Value::Null) => Ok(None),
            None => Err(unexpected()),
        }
    }
}

/// A row that no outbox of this version writes.
pub(super) fn unexpected() -> Error {
    Error::invalid_config("a table of the outbox has a value that no outbox of this version writes")
}
