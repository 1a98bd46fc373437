//! The options of a bulk run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::checkpoint::Checkpoint;
use crate::error::Error;
use crate::limits::{Checks, DESTINATIONS_PER_REQUEST};
use crate::options::SendOptions;

/// The default number of destinations per request.
const USUAL: usize = 100;

/// The options of [`Client::send_many`](crate::Client::send_many).
///
/// Numbers are checked when the run begins: if one is out of range, the run's only result is `invalid_config`.
#[derive(Clone, Debug, Default)]
pub struct ManyOptions {
    pub(super) send: SendOptions,
    destinations_per_request: Option<usize>,
    pub(super) rate: Option<f64>,
    pub(super) resume: Option<Checkpoint>,
    pub(super) resend_unknown: bool,
    pub(super) stop_handle: Option<StopHandle>,
}

/// Stops a run of [`Client::send_many`](crate::Client::send_many), or of an outbox, from anywhere: from its own iterator of
/// destinations, from its message function, or from another thread.
///
/// No further request begins, not even the one whose destinations are being taken; those that have begun still give
/// results. So when destinations end because of an error, they do not become a last, smaller request.
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
    /// The defaults: 100 destinations per request, and no rate limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options of each request. The `refId` of the chunk with index 17 is `{refId}-17`. The timeout applies to each
    /// request, and counts from the moment the run begins it, including a short wait for a worker.
    #[must_use]
    pub fn send_options(mut self, options: SendOptions) -> Self {
        self.send = options;
        self
    }

    /// The number of destinations per request: 1 to 50,000. Default: 100.
    #[must_use]
    pub fn destinations_per_request(mut self, count: usize) -> Self {
        self.destinations_per_request = Some(count);
        self
    }

    /// The highest average rate in destinations per second: above 0, at most a million. A request of 100 destinations
    /// counts as 100, and the next request waits accordingly. After a pause the run may send a burst: the destinations of
    /// a tenth of a second, at least one. Default: no limit.
    #[must_use]
    pub fn rate(mut self, destinations_per_second: f64) -> Self {
        self.rate = Some(destinations_per_second);
        self
    }

    /// Resumes an earlier run. Pass the same destinations in the same order. Chunks that were accepted or whose outcome
    /// is unknown are skipped; chunks that were rejected or not sent are sent again. `refId` and destinations per
    /// request must be those of the earlier run if you set them.
    ///
    /// The destinations are compared with the checkpoint before they are sent to. If they differ, the run ends with the
    /// result `invalid_config`. Destinations after those of the earlier run may differ. To send to numbers that you
    /// have corrected, begin a new run with only these.
    #[must_use]
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// When resuming, also sends chunks again whose outcome is unknown: **recipients of those that were accepted get
    /// the message twice.**
    #[must_use]
    pub fn resend_unknown(mut self, yes: bool) -> Self {
        self.resend_unknown = yes;
        self
    }

    /// A handle to stop the run from elsewhere.
    #[must_use]
    pub fn stop_handle(mut self, stop_handle: StopHandle) -> Self {
        self.stop_handle = Some(stop_handle);
        self
    }

    /// The number of destinations per request in this run.
    pub(super) fn request_size(&self) -> usize {
        let resumed = self.resume.as_ref().map(|checkpoint| checkpoint.destinations_per_request);
        resumed.or(self.destinations_per_request).unwrap_or(USUAL)
    }

    /// Whether a run can begin with these options.
    ///
    /// # Errors
    ///
    /// `invalid_config` for a number that is out of range, or a checkpoint of another run.
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
