//! When a run of many holds back, because the gateway is busy or gives no answer.

use std::time::{Duration, Instant};

/// So many requests in a row without an answer, and the run pauses.
const UNANSWERED: u32 = 3;

/// Pauses that the gateway does not ask for begin with this and double.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest of those.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause that the gateway's `Retry-After` is followed to.
const LONGEST_ASKED: Duration = Duration::from_secs(5 * 60);

/// When nothing was answered for so long, the run ends.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What came of a request, as far as the pace of a run is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Signal {
    /// The gateway answered, well or not.
    Answered,
    /// The gateway asks to hold back, perhaps for so long.
    Busy(Option<Duration>),
    /// No connection, or no answer on it.
    Unanswered,
    /// It says nothing about the gateway.
    Nothing,
}

/// The pauses of one run.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    unanswered: u32,
    /// Pauses in a row.
    pauses: u32,
    /// When the first of the failures in a row came.
    since: Option<Instant>,
    /// When the newest pause was decided on. Requests that had begun by then do not count as further failures.
    paused_at: Option<Instant>,
    until: Option<Instant>,
}

impl Backoff {
    /// Takes note of what came of a request that had begun then.
    pub(super) fn note(&mut self, signal: Signal, began: Instant, now: Instant) {
        let is_after_pause = self.paused_at.is_none_or(|paused| began > paused);
        match signal {
            Signal::Nothing => {}
            Signal::Answered if is_after_pause => *self = Self::default(),
            // The gateway is there, but it has asked others to wait since.
            Signal::Answered => {
                self.unanswered = 0;
                self.since = Some(now);
            }
            Signal::Busy(asked) => {
                self.since.get_or_insert(now);
                let asked = asked.map(|asked| asked.min(LONGEST_ASKED));
                if is_after_pause {
                    self.pause(asked, now);
                } else if let Some(asked) = asked {
                    self.until = self.until.max(Some(now + asked));
                }
            }
            Signal::Unanswered => {
                self.since.get_or_insert(now);
                self.unanswered += 1;
                if self.unanswered >= UNANSWERED && is_after_pause {
                    self.pause(None, now);
                }
            }
        }
    }

    fn pause(&mut self, asked: Option<Duration>, now: Instant) {
        self.pauses = self.pauses.saturating_add(1);
        let exponent = self.pauses.saturating_sub(1).min(16);
        let ceiling = FIRST_PAUSE.saturating_mul(1 << exponent).min(LONGEST_PAUSE);
        // Many machines that stopped at the same moment do not come back at the same moment.
        let own = ceiling.mul_f64(0.5 + fastrand::f64() / 2.0);
        let pause = asked.filter(|asked| !asked.is_zero()).unwrap_or(own);
        self.paused_at = Some(now);
        self.until = self.until.max(Some(now + pause));
    }

    /// How much of a pause is left, if there is one.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Whether one request at a time is enough, to see whether the gateway is back.
    pub(super) fn is_probing(&self) -> bool {
        self.pauses > 0
    }

    /// Whether it has been going on for too long.
    pub(super) fn is_exhausted(&self, now: Instant) -> bool {
        self.since.is_some_and(|since| now.saturating_duration_since(since) >= PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_pause_is_as_long_as_the_gateway_asks_and_ends_with_an_answer() {
        let start = Instant::now();
        let mut backoff = Backoff::default();
        backoff.note(Signal::Busy(Some(2 * SECOND)), start, start + SECOND);
        assert_eq!(backoff.wait(start + SECOND), Some(2 * SECOND));
        assert!(backoff.is_probing());
        // Those under way at that moment are no reason for a longer pause, unless they are asked to wait longer.
        for asked in [1, 2, 3] {
            backoff.note(Signal::Busy(Some(asked * SECOND)), start, start + SECOND);
        }
        backoff.note(Signal::Busy(None), start, start + SECOND);
        assert_eq!(backoff.wait(start + SECOND), Some(3 * SECOND));
        // And if they are answered, the others still wait.
        backoff.note(Signal::Answered, start, start + 2 * SECOND);
        assert_eq!(backoff.wait(start + 2 * SECOND), Some(2 * SECOND));
        assert_eq!(backoff.wait(start + 4 * SECOND), None);
        assert!(backoff.is_probing());
        backoff.note(Signal::Answered, start + 4 * SECOND, start + 5 * SECOND);
        assert!(!backoff.is_probing());
        backoff.note(Signal::Busy(Some(3600 * SECOND)), start + 6 * SECOND, start + 6 * SECOND);
        assert_eq!(backoff.wait(start + 6 * SECOND), Some(LONGEST_ASKED));
    }

    #[test]
    fn a_few_without_an_answer_are_followed_by_growing_pauses_until_patience_ends() {
        let start = Instant::now();
        let mut now = start;
        let mut backoff = Backoff::default();
        for _ in 1..UNANSWERED {
            backoff.note(Signal::Unanswered, now, now);
            assert_eq!(backoff.wait(now), None);
        }
        let mut ceiling = FIRST_PAUSE;
        while !backoff.is_exhausted(now) {
            assert!(now < start + PATIENCE);
            backoff.note(Signal::Unanswered, now, now);
            let pause = backoff.wait(now).expect("a pause");
            assert!(pause <= ceiling && pause >= ceiling / 2, "{pause:?} {ceiling:?}");
            now += pause + Duration::from_millis(1);
            ceiling = (2 * ceiling).min(LONGEST_PAUSE);
        }
        assert_eq!(ceiling, LONGEST_PAUSE);
        backoff.note(Signal::Answered, now, now);
        assert!(!backoff.is_exhausted(now) && !backoff.is_probing());
    }

    #[test]
    fn what_says_nothing_about_the_gateway_changes_nothing() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        for _ in 0..10 {
            backoff.note(Signal::Nothing, now, now);
        }
        assert_eq!(backoff.wait(now), None);
        assert!(!backoff.is_probing() && !backoff.is_exhausted(now + 2 * PATIENCE));
    }
}
