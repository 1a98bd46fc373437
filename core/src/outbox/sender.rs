//! The outbox for programs in Rust.

use std::sync::Arc;
use std::time::Duration;

use super::store::{Failure, Store, Transaction, run_in, text_of};
use super::{Recorded, Reply, Script, Scripts, SendStatus};
use crate::callback::{Callback, CareWindow};
use crate::client::Client;
use crate::delivery::PreparedRequest;
use crate::error::Error;
use crate::options::SendOptions;
use crate::request::{Destinations, Messages};
use crate::response::SendResult;

/// A durable record of sends by `refId`, in your own database: what was begun is never sent again, also after the process
/// has died, and event reports settle what is in doubt.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use linkwa::outbox::{Outbox, SqliteStore};
/// use linkwa::{Client, SendOptions, Text};
///
/// let outbox = Outbox::new(Client::from_env()?, SqliteStore::open("outbox.db")?)?;
/// outbox.create_schema()?;
/// let sent = outbox.send("order-17", "+46000000001", Text::new("Hello"), &SendOptions::new())?;
/// // A job that runs again gets the result of the first time; nothing is sent.
/// let again = outbox.send("order-17", "+46000000001", Text::new("Hello"), &SendOptions::new())?;
/// assert!(again.is_repeat() && again.message_ids() == sent.message_ids());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// If the database fails before a send, nothing is sent: `not_sent` with the reason `store`, and so do the methods that do
/// not send. The error of the driver is its [`source`](std::error::Error::source). If the database fails after a send, the
/// result is returned, a warning is logged, and the send stays in doubt.
#[derive(Debug)]
pub struct Outbox<S> {
    client: Client,
    store: Arc<S>,
    scripts: Scripts,
}

/// The same outbox: its clones share the store.
impl<S> Clone for Outbox<S> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), store: Arc::clone(&self.store), scripts: self.scripts.clone() }
    }
}

/// Whether a handler may handle a callback: see [`Outbox::claim`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It came for the first time.
    New,
    /// It was handled before.
    Repeat,
    /// Another handler has it now.
    Busy,
}

impl<S: Store> Outbox<S> {
    /// An outbox whose tables have names that begin with `linkwa_`.
    ///
    /// # Errors
    ///
    /// None that this prefix can cause.
    pub fn new(client: Client, store: S) -> Result<Self, Error> {
        Self::with_prefix(client, store, "linkwa_")
    }

    /// An outbox with other names of its tables. In PostgreSQL the prefix may name a schema: `app.linkwa_`.
    ///
    /// # Errors
    ///
    /// `invalid_config` if the prefix is not a name of at most 40 characters.
    pub fn with_prefix(client: Client, store: S, prefix: &str) -> Result<Self, Error> {
        Ok(Self { client, store: Arc::new(store), scripts: Scripts::new(S::DIALECT, prefix)? })
    }

    /// The database.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The statements that create the tables, for migrations of your own.
    pub fn schema(&self) -> Vec<String> {
        self.scripts.schema()
    }

    /// Creates the tables that are missing.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors); `invalid_config` if the tables are of another version of this library.
    pub fn create_schema(&self) -> Result<(), Error> {
        self.run_script("", self.scripts.create_schema()).map(drop)
    }

    /// Sends one message or several, once for this `ref_id`.
    ///
    /// If an earlier send with it was accepted, this returns its result, and [`is_repeat`](SendResult::is_repeat) is true; if
    /// it was rejected, its error. If nothing was sent, or the gateway answered HTTP 401, 403 or 429, it is sent.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors) and [`Client`]; `outcome_unknown` with the reason `in_doubt` if an earlier send was begun and
    /// nothing is known about its outcome; `invalid_request` if the `ref_id` belongs to a request with other destinations or
    /// messages.
    pub fn send(
        &self,
        ref_id: &str,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<SendResult, Error> {
        self.send_prepared(ref_id, &self.client.prepare(to, messages, &options.clone().ref_id(ref_id))?)
    }

    /// Sends an item of a list. If it is invalid, that is recorded.
    pub(super) fn send_or_record(
        &self,
        ref_id: &str,
        to: &str,
        messages: &Messages,
        options: &SendOptions,
    ) -> Result<SendResult, Error> {
        match self.client.prepare(to, messages.clone(), &options.clone().ref_id(ref_id)) {
            Ok(prepared) => self.send_prepared(ref_id, &prepared),
            Err(error @ Error::InvalidRequest(_)) => {
                let outcome = Err(error);
                self.keep(ref_id, self.scripts.record_invalid(ref_id, &Recorded::from(&outcome)));
                outcome
            }
            Err(error) => Err(error),
        }
    }

    fn send_prepared(&self, ref_id: &str, prepared: &PreparedRequest) -> Result<SendResult, Error> {
        match self.run_script(ref_id, self.scripts.send(&prepared.bytes)?)? {
            Reply::Repeat(sent) => Ok(sent),
            Reply::Send { attempt, .. } => {
                let outcome = self.client.send_prepared(prepared);
                self.keep(ref_id, self.scripts.record(ref_id, attempt, Recorded::from(&outcome)));
                outcome
            }
            _ => Err(unexpected()),
        }
    }

    /// Writes a message into the outbox, in a transaction of yours: it is sent if that is committed. Returns whether it is
    /// new.
    ///
    /// # Errors
    ///
    /// `invalid_request`, as [`send`](Self::send); otherwise see [`Outbox`](Self#errors). Then roll back.
    pub fn enqueue(
        &self,
        transaction: &mut dyn Transaction,
        ref_id: &str,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<bool, Error> {
        let prepared = self.client.prepare(to, messages, &options.clone().ref_id(ref_id))?;
        let script = self.scripts.enqueue(&prepared.bytes)?;
        let reply = run_in(transaction, script).map_err(|failure| error_of(failure, ref_id))?;
        Ok(matches!(reply, Reply::New))
    }

    /// The references of messages that wait to be sent, or whose sending came to nothing, the oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn pending(&self, limit: u32) -> Result<Vec<String>, Error> {
        match self.run_script("", self.scripts.pending(limit))? {
            Reply::RefIds(ref_ids) => Ok(ref_ids),
            _ => Err(unexpected()),
        }
    }

    /// Sends a message that was [enqueued](Self::enqueue), with the results and errors of [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); `invalid_request` if nothing with this `ref_id` waits.
    pub fn send_pending(&self, ref_id: &str) -> Result<SendResult, Error> {
        match self.run_script(ref_id, self.scripts.send_pending(ref_id))? {
            Reply::Repeat(sent) => Ok(sent),
            Reply::Send { attempt, request: Some(request) } => {
                // It was validated when it was enqueued.
                let outcome = self.client.send_raw(request);
                self.keep(ref_id, self.scripts.record(ref_id, attempt, Recorded::from(&outcome)));
                outcome
            }
            _ => Err(unexpected()),
        }
    }

    /// Records a callback, and what it says: an event report moves its message's state and settles its send if that is in
    /// doubt, a message of a user opens their care window. Returns whether it is new; a repeated one changes nothing.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn apply(&self, callback: &Callback) -> Result<bool, Error> {
        self.run_script("", self.scripts.apply(callback)).map(|reply| matches!(reply, Reply::New))
    }

    /// [`apply`](Self::apply) in a transaction of yours, together with your own data.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors). Then roll back.
    pub fn apply_in(&self, transaction: &mut dyn Transaction, callback: &Callback) -> Result<bool, Error> {
        let reply = run_in(transaction, self.scripts.apply(callback)).map_err(|failure| error_of(failure, ""))?;
        Ok(matches!(reply, Reply::New))
    }

    /// Claims a callback for a handler, which has `lease` to handle it and to [`apply`](Self::apply) it afterwards. Then
    /// another may claim it.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn claim(&self, callback: &Callback, lease: Duration) -> Result<Claim, Error> {
        match self.run_script("", self.scripts.claim(callback, lease))? {
            Reply::New => Ok(Claim::New),
            Reply::Seen => Ok(Claim::Repeat),
            _ => Ok(Claim::Busy),
        }
    }

    /// Gives up a claim, because the handler failed.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn release(&self, callback: &Callback) -> Result<(), Error> {
        self.run_script("", self.scripts.release(callback)).map(drop)
    }

    /// What is known about a `ref_id`; `None` if nothing is.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn status(&self, ref_id: &str) -> Result<Option<SendStatus>, Error> {
        match self.run_script(ref_id, self.scripts.status(ref_id))? {
            Reply::Status(status) => Ok(status.map(|status| *status)),
            _ => Err(unexpected()),
        }
    }

    /// The sends that have been in doubt for this long, the oldest first, at most `limit`. A send that is under way is among
    /// them, so leave it the time that a send may take. They have no message states.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn in_doubt(&self, older_than: Duration, limit: u32) -> Result<Vec<SendStatus>, Error> {
        match self.run_script("", self.scripts.in_doubt(older_than, limit))? {
            Reply::Statuses(statuses) => Ok(statuses),
            _ => Err(unexpected()),
        }
    }

    /// Settles a send that is in doubt, because you know more: it was accepted, or it was not and may be sent again. Also for
    /// one that was rejected and may be sent again.
    ///
    /// # Errors
    ///
    /// `invalid_request` if there is no such send; otherwise see [`Outbox`](Self#errors).
    pub fn settle(&self, ref_id: &str, accepted: bool) -> Result<(), Error> {
        self.run_script(ref_id, self.scripts.settle(ref_id, accepted)).map(drop)
    }

    /// Deletes what has not changed for this long and is settled, and returns the number of deleted sends. A `ref_id` that is
    /// deleted can be sent again, and a callback that is deleted counts as new.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn prune(&self, older_than: Duration) -> Result<u64, Error> {
        match self.run_script("", self.scripts.prune(older_than))? {
            Reply::Count(count) => Ok(count),
            _ => Err(unexpected()),
        }
    }

    /// The care window of a user, by their number or id, from the messages that were applied; `None` if there was none.
    /// `business` is the account's number that they wrote to; without it any counts.
    ///
    /// # Errors
    ///
    /// See [`Outbox`](Self#errors).
    pub fn window(&self, user: &str, business: Option<&str>) -> Result<Option<CareWindow>, Error> {
        match self.run_script("", self.scripts.window(user, business))? {
            Reply::Window(window) => Ok(window),
            _ => Err(unexpected()),
        }
    }

    /// Runs a script whose failure must not hide an outcome.
    fn keep(&self, ref_id: &str, script: Script) {
        if self.run_script(ref_id, script).is_err() {
            let shown = ref_id.escape_debug();
            log::warn!(target: crate::LOG_TARGET, ref_id = ref_id; "refId {shown}: the outbox could not record the outcome, which stays as it was before");
        }
    }

    fn run_script(&self, ref_id: &str, script: Script) -> Result<Reply, Error> {
        self.store.run(script).map_err(|failure| error_of(failure, ref_id))
    }
}

fn error_of(failure: Failure, ref_id: &str) -> Error {
    match failure {
        Failure::Decided(error) => error,
        Failure::Store(cause) => Error::store_failed_with(ref_id, &text_of(&cause), cause),
    }
}

fn unexpected() -> Error {
    Error::internal("a script of the outbox has another reply")
}
