//! The results of a run.

use std::time::Duration;

use crate::error::Error;
use crate::response::SendResult;

/// The result of one request of a bulk run, or of a destination that could not be sent to.
///
/// A destination that is invalid, or whose message cannot be made, gets its own chunk and index; the others go on. If
/// the run as a whole stops, its last chunk has no destinations, and its error says why.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub(super) index: u64,
    pub(super) ref_id: String,
    pub(super) destinations: Vec<String>,
    pub(super) result: Result<SendResult, Error>,
}

impl Chunk {
    /// The index of the request, from 0, in the order of the destinations. The same destinations always have the same
    /// index.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Its own reference: `{refId}-{index}`.
    pub fn ref_id(&self) -> &str {
        &self.ref_id
    }

    /// Its destinations.
    pub fn destinations(&self) -> &[String] {
        &self.destinations
    }

    /// The result.
    ///
    /// # Errors
    ///
    /// See [`Client`](crate::Client#errors).
    pub fn result(&self) -> Result<&SendResult, &Error> {
        self.result.as_ref()
    }

    /// The result, as an owned value.
    ///
    /// # Errors
    ///
    /// See [`Client`](crate::Client#errors).
    pub fn into_result(self) -> Result<SendResult, Error> {
        self.result
    }
}

/// The progress of a run, counted in destinations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Accepted by the gateway.
    pub sent: u64,
    /// Not accepted: rejected, not sent, or invalid.
    pub failed: u64,
    /// May have been accepted.
    pub unknown: u64,
    /// Under way, or waiting to be sent again because the gateway was busy.
    pub under_way: u64,
    /// Skipped, because an earlier run handled them.
    pub skipped: u64,
    /// Whether the run is pausing because the gateway is busy or does not answer.
    pub waiting: bool,
    /// Sent, failed and unknown destinations per second, since the first was sent.
    pub per_second: f64,
}

/// The result of [`SendMany::try_next`](crate::SendMany::try_next).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TryNext {
    /// A request has ended.
    Chunk(Box<Chunk>),
    /// No request has ended yet. Call again when the function of [`SendMany::on_ready`](crate::SendMany::on_ready) was
    /// called, when a source that was [pending](crate::Polled::Pending) has something, when the run was stopped, or after
    /// this time, if there is one.
    Wait(Option<Duration>),
    /// The end.
    Done,
}
