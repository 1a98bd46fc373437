//! Sends: one row for each `refId`, and the states that it goes through.
//!
//! A row is `sending` before the first byte leaves. Only `queued`, `not_sent` and `invalid` rows are sent again.

use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};

use super::script::{Answer, Reply, Row, Script, Step, unexpected};
use super::statement::{Tables, Value};
use super::stored::{Recorded, StoredError, StoredResult};
use super::{Scripts, before, now, time};
use crate::answer::ResultCode;
use crate::callback::MessageState;
use crate::error::Error;
use crate::response::SendResult;
use crate::words::words;

words! {
    /// What an outbox knows about a send.
    pub enum State {
        /// It waits to be sent.
        Queued = "queued",
        /// It was begun. If its process has died, it is in doubt: it may have been accepted.
        Sending = "sending",
        /// The gateway accepted it.
        Accepted = "accepted",
        /// The gateway refused it.
        Rejected = "rejected",
        /// Nothing was sent, or the gateway refused the account (HTTP 401, 403) or was busy (429): it can be sent again.
        NotSent = "not_sent",
        /// It is in doubt: it may have been accepted.
        Unknown = "unknown",
        /// Validation found errors: it can be sent once they are corrected.
        Invalid = "invalid",
    }
}

impl State {
    fn of(word: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word).ok_or_else(unexpected)
    }

    /// Whether the message may have been accepted, and nothing proves it.
    pub fn is_in_doubt(self) -> bool {
        matches!(self, Self::Sending | Self::Unknown)
    }
}

/// What an outbox knows about one `refId`.
#[derive(Clone, Debug)]
pub struct SendStatus {
    /// The reference.
    pub ref_id: String,
    /// The state.
    pub state: State,
    /// The result, if the gateway accepted it.
    pub result: Option<SendResult>,
    /// The error of the last attempt, if it failed.
    pub error: Option<Error>,
    /// The number of times that it was begun.
    pub attempts: i64,
    /// When the outbox got it.
    pub created_at: SystemTime,
    /// When its state last changed.
    pub changed_at: SystemTime,
    /// The states of its messages, and of the request if it failed as a whole, from event reports.
    pub messages: Vec<MessageState>,
}

const COLUMNS: &str = "ref_id, state, result, error, attempt, created_at, changed_at";
const BY_REF_ID: &str = "SELECT state, digest, attempt, result, error, request FROM {p}sends WHERE ref_id = ?{lock}";
const BEGIN: &str =
    "UPDATE {p}sends SET state = 'sending', digest = ?, attempt = ?, error = NULL, changed_at = ? WHERE ref_id = ?";
const INSERT: &str = "INSERT INTO {p}sends (ref_id, state, digest, request, attempt, error, created_at, changed_at) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ref_id) DO NOTHING";

const OF_ANOTHER: &str = "the outbox has another request with this refId: other destinations or messages";
const NOT_STORED: &str = "the outbox has no request with this refId that waits to be sent";
const NOT_IN_DOUBT: &str = "the outbox has no send with this refId that is in doubt or was rejected";

/// A request, as far as an outbox looks into it.
struct Request {
    ref_id: String,
    /// Of its destinations and messages: options such as a validity time may differ when it is sent again.
    digest: String,
    json: String,
}

impl Request {
    /// Reads a request that a client has built: it was validated there.
    fn read(json: &[u8]) -> Result<Self, Error> {
        let text = str::from_utf8(json).ok();
        let whole: Option<serde_json::Value> = text.and_then(|text| serde_json::from_str(text).ok());
        let ref_id = whole.as_ref().and_then(|whole| whole.get("refId")?.as_str()).filter(|id| !id.is_empty());
        let (Some(text), Some(whole), Some(ref_id)) = (text, &whole, ref_id) else {
            return Err(Error::refused_ref_id("", "an outbox takes requests with a refId"));
        };
        let parts = serde_json::json!([whole.get("destinations"), whole.get("messages")]).to_string();
        let digest = digest(&SHA256, parts.as_bytes());
        let digest = digest.as_ref().iter().fold(String::new(), |digest, byte| digest + &format!("{byte:02x}"));
        Ok(Self { ref_id: ref_id.to_owned(), digest, json: text.to_owned() })
    }
}

/// A row, locked by the transaction.
struct Stored {
    state: State,
    digest: String,
    attempt: i64,
    result: Option<String>,
    error: Option<String>,
    request: Option<String>,
}

impl Stored {
    fn read(answer: Answer) -> Result<Option<Self>, Error> {
        let Some(mut row) = answer.row() else { return Ok(None) };
        Ok(Some(Self {
            state: State::of(&row.text()?)?,
            digest: row.text()?,
            attempt: row.integer()?,
            result: row.optional_text()?,
            error: row.optional_text()?,
            request: row.optional_text()?,
        }))
    }

    /// What a send with this `refId` comes to; `None` if it may begin.
    fn verdict(&self, ref_id: &str, digest: Option<&str>) -> Result<Option<SendResult>, Error> {
        if self.state != State::Invalid && digest.is_some_and(|digest| digest != self.digest) {
            return Err(Error::refused_ref_id(ref_id, OF_ANOTHER));
        }
        match self.state {
            State::Queued | State::NotSent | State::Invalid => Ok(None),
            State::Accepted => StoredResult::read(self.result.as_deref().ok_or_else(unexpected)?, ref_id).map(Some),
            State::Rejected => Err(StoredError::read(self.error.as_deref().ok_or_else(unexpected)?, ref_id)?),
            State::Sending | State::Unknown => Err(Error::in_doubt(ref_id)),
        }
    }
}

impl Scripts {
    /// Begins a send: the row is `sending` when the transaction is committed, and not before that may it be sent.
    /// `request` is the whole request in JSON.
    ///
    /// The reply is `Send`, or `Repeat` if an earlier one was accepted.
    ///
    /// # Errors
    ///
    /// `invalid_request`, also if the `refId` belongs to another request; and the script ends with the error of an earlier
    /// send that was rejected, or with `outcome_unknown` (`in_doubt`).
    pub fn send(&self, request: &[u8]) -> Result<Script, Error> {
        let Request { ref_id, digest, .. } = Request::read(request)?;
        let tables = self.tables.clone();
        let insert = self.insert(&ref_id, State::Sending, &digest, None, 1, None);
        Ok(Script::new(Step::ask(insert, move |answer| {
            if answer.changed > 0 {
                return Ok(Step::End(Reply::Send { attempt: 1, request: None }));
            }
            Ok(claim(tables, ref_id, Some(digest)))
        })))
    }

    /// Begins a send that was [enqueued](Self::enqueue). The reply is as that of [`send`](Self::send), with the request.
    pub fn send_pending(&self, ref_id: &str) -> Script {
        Script::new(claim(self.tables.clone(), ref_id.to_owned(), None))
    }

    /// Writes a request into the outbox, to be sent later. The reply is `New`, or `Seen` if it is there already.
    ///
    /// # Errors
    ///
    /// `invalid_request`, also, from the script, if the `refId` belongs to another request.
    pub fn enqueue(&self, request: &[u8]) -> Result<Script, Error> {
        let Request { ref_id, digest, json } = Request::read(request)?;
        let insert = self.insert(&ref_id, State::Queued, &digest, Some(json.clone()), 0, None);
        let query = self.tables.query(BY_REF_ID, vec![ref_id.as_str().into()]);
        let tables = self.tables.clone();
        Ok(Script::new(Step::ask(insert, move |answer| {
            if answer.changed > 0 {
                return Ok(Step::End(Reply::New));
            }
            Ok(Step::ask(query, move |answer| match Stored::read(answer)? {
                Some(stored) if stored.state == State::Invalid => {
                    let text = "UPDATE {p}sends SET state = 'queued', digest = ?, request = ?, error = NULL, changed_at = ? \
                        WHERE ref_id = ?";
                    let values = vec![digest.into(), json.into(), now().into(), ref_id.into()];
                    Ok(Step::end(tables.change(text, values), Reply::New))
                }
                Some(stored) if stored.digest != digest => Err(Error::refused_ref_id(&ref_id, OF_ANOTHER)),
                _ => Ok(Step::End(Reply::Seen)),
            }))
        })))
    }

    /// Records what a send ended with.
    pub fn record(&self, ref_id: &str, attempt: i64, outcome: Recorded) -> Script {
        let tables = self.tables.clone();
        let ref_id = ref_id.to_owned();
        let query = self.tables.query(BY_REF_ID, vec![ref_id.as_str().into()]);
        Script::new(Step::ask(query, move |answer| {
            let Some(stored) = Stored::read(answer)? else { return Ok(Step::End(Reply::Done)) };
            let state = outcome.state();
            // An event report may have come first: what it proves stays. Another attempt may have begun: only that the
            // message was accepted matters to it.
            let is_newer = state == State::Accepted || (stored.attempt == attempt && stored.state.is_in_doubt());
            if !is_newer {
                return Ok(Step::End(Reply::Done));
            }
            let (result, error) = outcome.columns();
            Ok(Step::end(update(&tables, &ref_id, state, result, error), Reply::Done))
        }))
    }

    /// Records a request that is invalid.
    pub fn record_invalid(&self, ref_id: &str, outcome: &Recorded) -> Script {
        Script::new(Step::end(self.insert(ref_id, State::Invalid, "", None, 0, outcome.columns().1), Reply::Done))
    }

    /// What is known about a `refId`.
    pub fn status(&self, ref_id: &str) -> Script {
        let row = self.tables.query(&format!("SELECT {COLUMNS} FROM {{p}}sends WHERE ref_id = ?"), vec![ref_id.into()]);
        let messages = "SELECT state FROM {p}messages WHERE ref_id = ? ORDER BY subject";
        let messages = self.tables.query(messages, vec![ref_id.into()]);
        Script::new(Step::ask(row, move |answer| {
            let Some(mut status) = answer.row().map(status_of).transpose()? else {
                return Ok(Step::End(Reply::Status(None)));
            };
            Ok(Step::ask(messages, move |answer| {
                for row in answer.rows {
                    status.messages.push(MessageState::from_json(&Row::from(row).text()?)?);
                }
                Ok(Step::End(Reply::Status(Some(Box::new(status)))))
            }))
        }))
    }

    /// The sends that have been in doubt for this long, the oldest first, at most `limit`. They have no message states.
    pub fn in_doubt(&self, older_than: Duration, limit: u32) -> Script {
        let text = format!(
            "SELECT {COLUMNS} FROM {{p}}sends WHERE state IN ('sending', 'unknown') AND changed_at <= ? \
             ORDER BY changed_at, ref_id LIMIT ?"
        );
        let query = self.tables.query(&text, vec![before(older_than).into(), i64::from(limit).into()]);
        Script::new(Step::ask(query, |answer| {
            let statuses: Result<_, _> = answer.rows.into_iter().map(|row| status_of(row.into())).collect();
            Ok(Step::End(Reply::Statuses(statuses?)))
        }))
    }

    /// The references of sends that wait to be sent, or whose sending came to nothing, the oldest first, at most `limit`.
    pub fn pending(&self, limit: u32) -> Script {
        let text = "SELECT ref_id FROM {p}sends WHERE state IN ('queued', 'not_sent') AND request IS NOT NULL \
            ORDER BY changed_at, ref_id LIMIT ?";
        Script::new(Step::ask(self.tables.query(text, vec![i64::from(limit).into()]), |answer| {
            let ref_ids: Result<_, _> = answer.rows.into_iter().map(|row| Row::from(row).text()).collect();
            Ok(Step::End(Reply::RefIds(ref_ids?)))
        }))
    }

    /// Settles a send that is in doubt, or that was rejected and shall be sent again: a person knows more.
    ///
    /// # Errors
    ///
    /// The script: `invalid_request` if there is no such send.
    pub fn settle(&self, ref_id: &str, accepted: bool) -> Script {
        let tables = self.tables.clone();
        let ref_id = ref_id.to_owned();
        let query = self.tables.query(BY_REF_ID, vec![ref_id.as_str().into()]);
        Script::new(Step::ask(query, move |answer| {
            let settleable = |stored: &Stored| stored.state.is_in_doubt() || stored.state == State::Rejected;
            if !Stored::read(answer)?.as_ref().is_some_and(settleable) {
                return Err(Error::refused_ref_id(&ref_id, NOT_IN_DOUBT));
            }
            let (state, result) = if accepted {
                let result = StoredResult::settled(ResultCode::QUEUED.number(), None, "settled by hand");
                (State::Accepted, Recorded::Result(result).columns().0)
            } else {
                (State::NotSent, None)
            };
            Ok(Step::end(update(&tables, &ref_id, state, result, None), Reply::Done))
        }))
    }

    fn insert(
        &self,
        ref_id: &str,
        state: State,
        digest: &str,
        request: Option<String>,
        attempt: i64,
        error: Option<String>,
    ) -> super::Statement {
        let now = now();
        let values = vec![
            ref_id.into(),
            state.as_str().into(),
            digest.into(),
            request.into(),
            attempt.into(),
            error.into(),
            now.into(),
            now.into(),
        ];
        self.tables.change(INSERT, values)
    }
}

/// Locks the row of a `refId`, and begins the send if it may.
fn claim(tables: Tables, ref_id: String, digest: Option<String>) -> Step {
    let query = tables.query(BY_REF_ID, vec![ref_id.as_str().into()]);
    Step::ask(query, move |answer| {
        let Some(stored) = Stored::read(answer)? else { return Err(Error::refused_ref_id(&ref_id, NOT_STORED)) };
        if let Some(sent) = stored.verdict(&ref_id, digest.as_deref())? {
            return Ok(Step::End(Reply::Repeat(sent)));
        }
        if digest.is_none() && stored.request.is_none() {
            return Err(Error::refused_ref_id(&ref_id, NOT_STORED));
        }
        let attempt = stored.attempt.saturating_add(1);
        let digest = digest.unwrap_or(stored.digest);
        let values = vec![digest.into(), attempt.into(), now().into(), ref_id.into()];
        Ok(Step::end(tables.change(BEGIN, values), Reply::Send { attempt, request: stored.request }))
    })
}

/// Moves a row. The request of an accepted one is not needed any more.
fn update(
    tables: &Tables,
    ref_id: &str,
    state: State,
    result: Option<String>,
    error: Option<String>,
) -> super::Statement {
    let forget = if state == State::Accepted { ", request = NULL" } else { "" };
    let text =
        format!("UPDATE {{p}}sends SET state = ?, result = ?, error = ?, changed_at = ?{forget} WHERE ref_id = ?");
    let values: Vec<Value> = vec![state.as_str().into(), result.into(), error.into(), now().into(), ref_id.into()];
    tables.change(&text, values)
}

/// What an event report proves about its request.
#[derive(Clone, Copy)]
pub(super) enum Proof {
    /// The gateway accepted it.
    Accepted,
    /// It failed as a whole.
    Failed,
}

/// Moves the row of a `refId` by what an event report proves.
pub(super) fn prove(
    tables: Tables,
    ref_id: String,
    proof: Proof,
    (code, message_id, description): (i64, Option<String>, Option<String>),
) -> Step {
    let query = tables.query(BY_REF_ID, vec![ref_id.as_str().into()]);
    Step::ask(query, move |answer| {
        let Some(stored) = Stored::read(answer)? else { return Ok(Step::End(Reply::New)) };
        let (state, outcome) = match proof {
            Proof::Accepted if stored.state != State::Accepted => {
                let result = StoredResult::settled(code, message_id.as_deref(), "its event report proves it");
                (State::Accepted, Recorded::Result(result))
            }
            Proof::Failed if stored.state.is_in_doubt() => {
                (State::Rejected, Recorded::Error(StoredError::reported(code, description.as_deref())))
            }
            _ => return Ok(Step::End(Reply::New)),
        };
        let (result, error) = outcome.columns();
        Ok(Step::end(update(&tables, &ref_id, state, result, error), Reply::New))
    })
}

fn status_of(mut row: Row) -> Result<SendStatus, Error> {
    let ref_id = row.text()?;
    let state = State::of(&row.text()?)?;
    let result = row.optional_text()?.map(|json| StoredResult::read(&json, &ref_id)).transpose()?;
    let error = row.optional_text()?.map(|json| StoredError::read(&json, &ref_id)).transpose()?;
    Ok(SendStatus {
        state,
        result,
        error,
        attempts: row.integer()?,
        created_at: time(row.integer()?),
        changed_at: time(row.integer()?),
        messages: Vec::new(),
        ref_id,
    })
}
