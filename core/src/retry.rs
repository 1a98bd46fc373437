//! The policy for retries.

use std::time::Duration;

/// Decides which sends are retried.
///
/// By default a send has up to three attempts, as long as no byte of the message has left and its timeout and validity time
/// allow another one. Before each retry it pauses for a random time: up to 100 ms, then 200 ms, 400 ms, …, 2 s at most.
///
/// A budget keeps a client from tripling its requests to a gateway in trouble. The client starts with ten tokens. A retry
/// costs one token, and an accepted send earns a tenth. With five tokens or fewer there are no retries.
///
/// A send whose outcome is unknown is never retried, except after HTTP 503 with [`when_busy`](Self::when_busy).
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
    /// The longest pause that a `Retry-After` of the gateway can cause.
    pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

    /// The default: up to three attempts, if nothing was sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// No retries.
    pub fn none() -> Self {
        Self { max_attempts: 1, when_busy: false }
    }

    /// Sets the number of attempts, including the first: 1 to 100.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets whether a send is retried after HTTP 429 or 503, within [`max_attempts`](Self::max_attempts). The pause is that of
    /// `Retry-After` (seconds or a date; 30 seconds at most), or a random one without it. LINK's document mentions neither
    /// status.
    ///
    /// **A 503 may come after the gateway accepted the message; a retry can then send it twice.** Off by default: a 429 is
    /// `rejected`, a 503 is `outcome_unknown`.
    #[must_use]
    pub fn when_busy(mut self, retry: bool) -> Self {
        self.when_busy = retry;
        self
    }
}
