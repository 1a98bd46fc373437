//! Limits a client's retries: a budget of tokens, and random pauses between attempts.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The longest pause between attempts, unless the gateway asks for another one.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Returns a random pause to make after so many attempts.
pub(super) fn pause_after(attempts: u32) -> Duration {
    let exponent = attempts.saturating_sub(1).min(16);
    let ceiling = Duration::from_millis(100).saturating_mul(1 << exponent).min(LONGEST_PAUSE);
    ceiling.mul_f64(fastrand::f64())
}

/// A client's retry tokens, counted in tenths of a token.
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

    /// Adds a tenth of a token. Called when a send is accepted.
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
