//! The rate limit.

use std::time::{Duration, Instant};

/// A token bucket: one token per destination. A request takes the tokens of all its destinations at once and may leave
/// a debt, for which the next requests wait.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: f64,
    capacity: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(rate: f64) -> Self {
        let capacity = (rate / 10.0).max(1.0);
        Self { rate, capacity, tokens: capacity, at: Instant::now() }
    }

    /// The time until there is a token; `None` if there is one.
    pub(super) fn wait(&mut self) -> Option<Duration> {
        let now = Instant::now();
        self.tokens = (self.tokens + now.duration_since(self.at).as_secs_f64() * self.rate).min(self.capacity);
        self.at = now;
        // Rounding must not produce a wait of zero.
        let missing = (1.0 - self.tokens) / self.rate;
        (missing > 0.0).then(|| Duration::from_secs_f64(missing.clamp(1e-6, 3600.0)))
    }

    pub(super) fn take(&mut self, tokens: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a request has far fewer destinations than 2^53")]
        let tokens = tokens as f64;
        self.tokens -= tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_a_tenth_of_a_second_and_then_requests_wait() {
        let mut bucket = Bucket::new(100.0);
        let at_once = (0..20)
            .take_while(|_| {
                bucket.wait().is_none() && {
                    bucket.take(1);
                    true
                }
            })
            .count();
        assert!((10..=12).contains(&at_once), "{at_once}");
        assert!(bucket.wait().is_some_and(|wait| wait <= Duration::from_millis(10)));
        assert!(Bucket::new(0.1).wait().is_none());
    }

    #[test]
    fn requests_after_a_large_one_wait_for_its_tokens() {
        let mut bucket = Bucket::new(100.0);
        assert!(bucket.wait().is_none());
        bucket.take(1000);
        let wait = bucket.wait().expect("a debt");
        assert!((Duration::from_secs(9)..=Duration::from_secs(10)).contains(&wait), "{wait:?}");
    }
}
