//! How a run of many goes about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::checkpoint::Checkpoint;
use crate::error::Error;
use crate::limits::{Checks, DESTINATIONS_PER_REQUEST};
use crate::options::SendOptions;

/// How many destinations go into a request where nothing is said.
const USUAL: usize = 100;

/// How [`Client::send_many`](crate::Client::send_many) goes about it.
///
/// Numbers are checked when the run begins: if one is out of its bounds, the run's only result is `invalid_config`.
#[derive(Clone, Debug, Default)]
pub struct ManyOptions {
    pub(super) send: SendOptions,
    destinations_per_request: Option<usize>,
    pub(super) rate: Option<f64>,
    pub(super) resume: Option<Checkpoint>,
    pub(super) resend_unknown: bool,
    pub(super) stop_handle: Option<StopHandle>,
}

/// Ends a run of [`Client::send_many`](crate::Client::send_many) from anywhere: from its own iterator of destinations, from
/// its function for messages, from another thread.
///
/// No request begins any more, also not the one whose destinations are just being taken; those that have begun still come
/// as results. So destinations that end because of an error are not taken for a last, smaller request.
///
/// ```
/// use linkwa::{ManyOptions, StopHandle};
///
/// let stop_handle = StopHandle::new();
/// let options = ManyOptions::new().stop_handle(stop_handle.clone());
/// let checked = ["+46000000001", "", "+46000000002"].into_iter().map_while(move |number| {
///     if number.is_empty() {
///         stop_handle.stop();
///         return None;
///     }
///     Some(number)
/// });
/// # let _ = (options, checked);
/// ```
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<AtomicBool>);

impl StopHandle {
    /// One that has stopped nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every run that has this handle.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl ManyOptions {
    /// A hundred destinations in a request, as fast as the gateway answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// What each request says; the `refId` of the chunk with the index 17 is `{refId}-17`. The timeout is that of each
    /// request, from the moment it is taken up; a few wait a moment for a worker.
    #[must_use]
    pub fn send_options(mut self, options: SendOptions) -> Self {
        self.send = options;
        self
    }

    /// How many destinations go into a request: 1 to 50,000, and 100 by default.
    #[must_use]
    pub fn destinations_per_request(mut self, count: usize) -> Self {
        self.destinations_per_request = Some(count);
        self
    }

    /// The most destinations a second, on average: above 0, and at most a million. A request takes as much of the rate as it
    /// has destinations, and the next one waits for that. Up to a tenth of a second's worth, and at least one, can be made
    /// up for after a pause. Without this there is no limit.
    #[must_use]
    pub fn rate(mut self, destinations_per_second: f64) -> Self {
        self.rate = Some(destinations_per_second);
        self
    }

    /// Goes on where an earlier run stopped. Give the same destinations in the same order: chunks that were accepted are
    /// skipped, and those whose outcome is unknown as well; what was rejected or not sent is sent again. `refId` and
    /// destinations per request are the earlier run's; others are refused.
    ///
    /// The destinations are compared with the checkpoint before they are sent to. If they are others, the run ends with the
    /// result `invalid_config`. Destinations that come after those of the earlier run may be others. To send to numbers that
    /// you have corrected, begin a new run with these alone.
    #[must_use]
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// When resuming, also sends the chunks whose outcome is unknown again: **those that were accepted reach their
    /// recipients twice.**
    #[must_use]
    pub fn resend_unknown(mut self, yes: bool) -> Self {
        self.resend_unknown = yes;
        self
    }

    /// What the run can be stopped with from elsewhere.
    #[must_use]
    pub fn stop_handle(mut self, stop_handle: StopHandle) -> Self {
        self.stop_handle = Some(stop_handle);
        self
    }

    /// How many destinations go into a request of this run.
    pub(super) fn request_size(&self) -> usize {
        let resumed = self.resume.as_ref().map(|checkpoint| checkpoint.destinations_per_request);
        resumed.or(self.destinations_per_request).unwrap_or(USUAL)
    }

    /// Whether a run can begin with these.
    ///
    /// # Errors
    ///
    /// `invalid_config` for a number that is out of its bounds, or a checkpoint of another run.
    pub(super) fn check(&self) -> Result<(), Error> {
        let mut checks = Checks::default();
        if let Some(count) = self.destinations_per_request {
            checks.count("destinations_per_request", count, &DESTINATIONS_PER_REQUEST);
        }
        if let Some(rate) = self.rate {
            checks.rate("rate", rate);
        }
        if let Some(timeout) = self.send.timeout {
            checks.timeout("timeout", timeout);
        }
        checks.finish()?;
        let Some(checkpoint) = &self.resume else { return Ok(()) };
        if self.send.fields.ref_id.get().is_some_and(|ref_id| *ref_id != checkpoint.ref_id) {
            return Err(Error::invalid_config("resume: the refId is another than the checkpoint's; leave it out"));
        }
        if self.destinations_per_request.is_some_and(|count| count != checkpoint.destinations_per_request) {
            let earlier = checkpoint.destinations_per_request;
            let message = format!("resume: the earlier run had {earlier} destinations in a request; so must this one");
            return Err(Error::invalid_config(message));
        }
        Ok(())
    }
}
