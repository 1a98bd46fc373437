//! The results of a run.

use std::time::Duration;

use crate::error::Error;
use crate::response::SendResult;

/// What came of one request of many, or of a destination that could not be sent to.
///
/// A destination that is invalid by itself, or whose message cannot be made, is a chunk of its own, with an index of its own;
/// the others go on. A chunk without destinations says why the run as a whole cannot go on, and is its last.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub(super) index: u64,
    pub(super) ref_id: String,
    pub(super) destinations: Vec<String>,
    pub(super) result: Result<SendResult, Error>,
}

impl Chunk {
    /// Which one it is, from 0, counted in the order of the destinations. The same destinations always have the same index.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Its own reference: `{refId}-{index}`.
    pub fn ref_id(&self) -> &str {
        &self.ref_id
    }

    /// Its destinations, and no others.
    pub fn destinations(&self) -> &[String] {
        &self.destinations
    }

    /// What came of it.
    ///
    /// # Errors
    ///
    /// See [`Client`](crate::Client#errors).
    pub fn result(&self) -> Result<&SendResult, &Error> {
        self.result.as_ref()
    }

    /// What came of it, to keep.
    ///
    /// # Errors
    ///
    /// See [`Client`](crate::Client#errors).
    pub fn into_result(self) -> Result<SendResult, Error> {
        self.result
    }
}

/// How far it is. Everything is counted in destinations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Accepted by the gateway.
    pub sent: u64,
    /// Certainly not accepted: rejected, not sent, or invalid.
    pub failed: u64,
    /// May have been accepted.
    pub unknown: u64,
    /// On their way, or to be sent again because the gateway was busy.
    pub under_way: u64,
    /// Skipped, because an earlier run dealt with them.
    pub skipped: u64,
    /// Whether the run holds back now, because the gateway is busy or does not answer.
    pub waiting: bool,
    /// Sent, failed and unknown ones a second, since the first was sent.
    pub per_second: f64,
}

/// What [`SendMany::try_next`](crate::SendMany::try_next) finds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TryNext {
    /// A request is done.
    Chunk(Box<Chunk>),
    /// None is done yet. Look again when the function of [`SendMany::on_ready`](crate::SendMany::on_ready) was called, when a source that had nothing
    /// [yet](crate::Polled::Pending) has something or the run was stopped meanwhile, and after this time at the latest, if one is
    /// given.
    Wait(Option<Duration>),
    /// No more will come.
    Done,
}
