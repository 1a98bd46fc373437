//! When to try again, honestly: by itself only what certainly was not sent.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Which sends are tried again.
///
/// By default a send of which no byte has left is tried up to three times in all, with growing random pauses
/// (a random time up to 100 ms, 200 ms, 400 ms, …, never more than 2 s), within its timeout and its validity time. A client
/// has ten tokens for that: a retry costs one, a send that is accepted earns a tenth, and with half of them or fewer there
/// are no retries, so that a gateway in trouble is not asked three times as often.
///
/// A send whose outcome is unknown is never tried again by itself.
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

    /// Whether an answer of HTTP 429 or 503 is tried again after the pause that its `Retry-After` names (seconds or a date;
    /// 30 seconds at most), or else a random one. Neither is in the API's document.
    ///
    /// **A 503 may come after the gateway took the message: trying again can then send it twice.** Off by default: a 429 is
    /// `rejected`, a 503 `outcome_unknown`.
    #[must_use]
    pub fn when_busy(mut self, retry: bool) -> Self {
        self.when_busy = retry;
        self
    }
}

/// The longest pause between attempts that nobody asked for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A random pause before the attempt that follows this many.
pub(super) fn pause_after(attempts: u32) -> Duration {
    let exponent = attempts.saturating_sub(1).min(16);
    let ceiling = Duration::from_millis(100).saturating_mul(1 << exponent).min(LONGEST_PAUSE);
    ceiling.mul_f64(fastrand::f64())
}

/// The tokens of a client, in tenths.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

const FULL: u32 = 100;
const RETRY: u32 = 10;
const SUCCESS: u32 = 1;

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Budget {
    /// Takes a token for a retry, if more than half are left.
    pub(super) fn take(&self) -> bool {
        let take = |tokens: u32| (tokens > FULL / 2).then(|| tokens - RETRY);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// A send was accepted.
    pub(super) fn earn(&self) {
        let earn = |tokens: u32| (tokens < FULL).then_some(tokens + SUCCESS);
        // An error means that it is full.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, earn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_five_retries_and_each_success_earns_a_tenth_of_one() {
        let budget = Budget::default();
        budget.earn();
        assert_eq!((0..10).filter(|_| budget.take()).count(), 5);
        // 5.0 left: half. One success makes it 5.1, one retry 4.1.
        budget.earn();
        assert!(budget.take());
        for _ in 0..10 {
            assert!(!budget.take());
            budget.earn();
        }
        assert!(budget.take());
        assert!(!budget.take());
    }

    #[test]
    fn pauses_grow_up_to_two_seconds_and_are_random() {
        for (attempts, ceiling) in [(1, 100), (2, 200), (3, 400), (5, 1600), (6, 2000), (60, 2000)] {
            let pauses: Vec<_> = (0..200).map(|_| pause_after(attempts)).collect();
            assert!(pauses.iter().all(|pause| *pause <= Duration::from_millis(ceiling)), "{attempts}");
            assert!(pauses.iter().any(|pause| *pause > Duration::from_millis(ceiling / 2)), "{attempts}");
            assert!(pauses.iter().any(|pause| *pause < Duration::from_millis(ceiling / 2)), "{attempts}");
        }
    }
}
