//! When a run of many sends pauses, because the gateway is busy or does not answer, and what ends it.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorCode, Outcome, Reason};

/// How often a message is sent in all if each answer is HTTP 429.
pub(crate) const MAX_ATTEMPTS: u32 = 10;

/// The run pauses after this many requests in a row without an answer.
const UNANSWERED: u32 = 3;

/// The first pause that the gateway does not ask for. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest of those pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest `Retry-After` of the gateway that a run follows.
const LONGEST_ASKED: Duration = Duration::from_secs(5 * 60);

/// The run ends when nothing was answered for this long.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Whether the gateway was too busy for a request, and did not accept it.
pub(crate) fn is_busy(error: &Error) -> bool {
    error.outcome() == Some(Outcome::Rejected) && error.http_status() == Some(429)
}

/// Whether the gateway refused the account, whatever the request was.
pub(crate) fn is_account_refused(error: &Error) -> bool {
    error.outcome() == Some(Outcome::Rejected) && matches!(error.http_status(), Some(401 | 403))
}

/// Whether all further requests would fail in the same way.
pub(crate) fn ends_run(error: &Error) -> bool {
    is_account_refused(error) || error.code() == ErrorCode::InvalidConfig || error.reason() == Some(Reason::Closed)
}

/// The result of a request, as far as it matters for the pauses of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Signal {
    /// The gateway answered, with success or an error.
    Answered,
    /// The gateway asks to pause, possibly for this long.
    Busy(Option<Duration>),
    /// No connection, or no answer on it.
    Unanswered,
    /// A result that says nothing about the gateway, such as a cancellation.
    Nothing,
}

impl Signal {
    /// What a result means for the pauses.
    pub(crate) fn of(error: Option<&Error>) -> Self {
        let Some(error) = error else { return Self::Answered };
        match (error.http_status(), error.outcome(), error.reason()) {
            (Some(429 | 503), ..) => Self::Busy(error.retry_after()),
            (Some(_), ..) => Self::Answered,
            (None, _, Some(Reason::Cancelled | Reason::Closed | Reason::QueueFull | Reason::InDoubt)) => Self::Nothing,
            (None, Some(Outcome::Unknown | Outcome::NotSent), Some(_)) => Self::Unanswered,
            _ => Self::Nothing,
        }
    }
}

/// The pauses of one run.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    unanswered: u32,
    /// The number of pauses in a row.
    pauses: u32,
    /// The time of the first of the failures in a row.
    since: Option<Instant>,
    /// The time of the newest pause. Requests that had begun before do not count as further failures.
    paused_at: Option<Instant>,
    until: Option<Instant>,
}

impl Backoff {
    /// Records the result of a request that began at `began`. Returns the pause that it causes, if it causes or prolongs one.
    pub(crate) fn note(&mut self, signal: Signal, began: Instant, now: Instant) -> Option<Duration> {
        let before = self.until;
        self.record(signal, began, now);
        self.wait(now).filter(|_| self.until != before)
    }

    fn record(&mut self, signal: Signal, began: Instant, now: Instant) {
        let is_after_pause = self.paused_at.is_none_or(|paused| began > paused);
        match signal {
            Signal::Nothing => {}
            Signal::Answered if is_after_pause => *self = Self::default(),
            // The gateway answered, but has asked other requests to wait since.
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

    /// Begins a pause: for the time that the gateway asked for, or longer than the one before.
    pub(crate) fn pause(&mut self, asked: Option<Duration>, now: Instant) {
        self.pauses = self.pauses.saturating_add(1);
        let exponent = self.pauses.saturating_sub(1).min(16);
        let ceiling = FIRST_PAUSE.saturating_mul(1 << exponent).min(LONGEST_PAUSE);
        // Machines that stopped at the same moment do not continue at the same moment.
        let own = ceiling.mul_f64(0.5 + fastrand::f64() / 2.0);
        let pause = asked.filter(|asked| !asked.is_zero()).unwrap_or(own);
        self.paused_at = Some(now);
        self.until = self.until.max(Some(now + pause));
    }

    /// The rest of the present pause, if there is one.
    pub(crate) fn wait(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Whether to send only one request, to see whether the gateway answers again.
    pub(super) fn is_probing(&self) -> bool {
        self.pauses > 0
    }

    /// Whether the failures have lasted too long.
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
        // Requests under way at that moment do not lengthen the pause, unless they ask for a longer one.
        for asked in [1, 2, 3] {
            backoff.note(Signal::Busy(Some(asked * SECOND)), start, start + SECOND);
        }
        backoff.note(Signal::Busy(None), start, start + SECOND);
        assert_eq!(backoff.wait(start + SECOND), Some(3 * SECOND));
        // If those are answered, the others still wait.
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
    fn requests_without_an_answer_cause_growing_pauses_until_the_run_gives_up() {
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
    fn results_that_say_nothing_about_the_gateway_change_nothing() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        for _ in 0..10 {
            backoff.note(Signal::Nothing, now, now);
        }
        assert_eq!(backoff.wait(now), None);
        assert!(!backoff.is_probing() && !backoff.is_exhausted(now + 2 * PATIENCE));
    }
}
