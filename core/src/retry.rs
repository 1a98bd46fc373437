//! Which sends are tried again.

use std::time::Duration;

/// Which sends are tried again.
///
/// By default a send of which no byte has left is tried up to three times in all, with growing random pauses
/// (a random time up to 100 ms, 200 ms, 400 ms, …, never more than 2 s), within its timeout and its validity time. A client
/// has ten tokens for that: a retry costs one, a send that is accepted earns a tenth, and with half of them or fewer there
/// are no retries, so that a gateway in trouble is not asked three times as often.
///
/// A send whose outcome is unknown is never tried again by itself, except after HTTP 503 with [`when_busy`](Self::when_busy).
///
/// ```
/// use linkwa::{Config, Region, RetryPolicy};
///
/// let config = Config::new(Region::NEu, "user", "secret").retry(RetryPolicy::none());
/// # let _ = config;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) when_busy: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, when_busy: false }
    }
}

impl RetryPolicy {
    /// The longest pause that a gateway's `Retry-After` is followed to.
    pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

    /// The default: three attempts at what was not sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing is tried again.
    pub fn none() -> Self {
        Self { max_attempts: 1, when_busy: false }
    }

    /// How many attempts there are in all, the first included: 1 to 100.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Whether an answer of HTTP 429 or 503 is tried again, within [`max_attempts`](Self::max_attempts), after the
    /// pause that its `Retry-After` names (seconds or a date; 30 seconds at most), or else a random one. Neither is
    /// in the API's document.
    ///
    /// **A 503 may come after the gateway took the message: trying again can then send it twice.** Off by default: a 429 is
    /// `rejected`, a 503 `outcome_unknown`.
    #[must_use]
    pub fn when_busy(mut self, retry: bool) -> Self {
        self.when_busy = retry;
        self
    }
}
