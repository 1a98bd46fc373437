//! When the sends of a run begin, and what becomes of the run after each of them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bulk::backoff::{Backoff, MAX_ATTEMPTS, Signal, ends_run, is_busy};
use crate::error::{Error, ErrorCode, Outcome};
use crate::limits::{CONNECTIONS, Checks, LONGEST_TIMEOUT};
use crate::words::words;

words! {
    /// What follows a send of a run.
    pub enum Next {
        /// The next message.
        Done = "done",
        /// The same message again: the gateway was busy.
        Again = "again",
        /// The end of the run: all further sends would fail in the same way.
        End = "end",
    }
}

/// The rate and the pauses of a run of an outbox: of a list, or of what waits. Any thread may use it.
#[derive(Debug)]
pub struct Pacer {
    interval: Duration,
    pacing: Mutex<Pacing>,
}

#[derive(Debug)]
struct Pacing {
    began: Instant,
    /// The earliest time of the next slot.
    next: Instant,
    backoff: Backoff,
}

impl Pacer {
    /// For a run with this many sends at once, and at most `rate` a second, that looks for new messages once in
    /// `poll`, if it does that at all.
    ///
    /// # Errors
    ///
    /// `invalid_config` for numbers that are out of range.
    pub fn new(concurrency: usize, rate: Option<f64>, poll: Option<Duration>) -> Result<Self, Error> {
        let mut checks = Checks::default();
        checks.count("concurrency", concurrency, &CONNECTIONS);
        if let Some(rate) = rate {
            checks.rate("rate", rate);
        }
        if let Some(poll) = poll {
            checks.timeout("poll", poll);
        }
        checks.finish()?;
        let interval = rate.map_or(Duration::ZERO, |rate| {
            Duration::try_from_secs_f64(1.0 / rate).map_or(LONGEST_TIMEOUT, |interval| interval.min(LONGEST_TIMEOUT))
        });
        let began = Instant::now();
        let pacing = Pacing { began, next: began, backoff: Backoff::default() };
        Ok(Self { interval, pacing: Mutex::new(pacing) })
    }

    /// Takes the next slot, and returns the time until it. Who has waited for that asks
    /// [`slot_after_wait`](Self::slot_after_wait).
    pub fn slot(&self) -> Duration {
        let mut pacing = self.pacing();
        let now = Instant::now();
        let pause = pacing.backoff.wait(now).unwrap_or_default();
        let at = pacing.next.max(now + pause);
        pacing.next = at + self.interval;
        at - now
    }

    /// Returns zero if the send may begin. If the run pauses by now, takes another slot, as [`slot`](Self::slot).
    pub fn slot_after_wait(&self) -> Duration {
        let is_paused = self.pacing().backoff.wait(Instant::now()).is_some();
        if is_paused { self.slot() } else { Duration::ZERO }
    }

    /// Notes how a message ended that was sent this often, and says what follows.
    pub fn note(&self, error: Option<&Error>, sends: u32) -> Next {
        let signal = match Signal::of(error) {
            // It waits in the outbox, and a run would send it again at once.
            Signal::Nothing if error.is_some_and(is_left) => Signal::Unanswered,
            signal => signal,
        };
        let mut pacing = self.pacing();
        let now = Instant::now();
        // What ends in a pause began before it.
        let began = if pacing.backoff.wait(now).is_some() { pacing.began } else { now };
        pacing.backoff.note(signal, began, now);
        match error {
            Some(error) if ends_run(error) => Next::End,
            Some(error) if is_busy(error) && sends < MAX_ATTEMPTS => Next::Again,
            _ => Next::Done,
        }
    }

    /// Pauses because the database failed, and returns for how long.
    pub fn failed(&self) -> Duration {
        let now = Instant::now();
        let mut pacing = self.pacing();
        pacing.backoff.pause(None, now);
        pacing.backoff.wait(now).unwrap_or_default()
    }

    fn pacing(&self) -> MutexGuard<'_, Pacing> {
        self.pacing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a message can still be sent as it is.
fn is_left(error: &Error) -> bool {
    error.outcome() == Some(Outcome::NotSent) && error.code() != ErrorCode::InvalidRequest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Recorded;

    fn error(json: &str) -> Error {
        let recorded = Recorded::from_json(&format!(r#"{{"error":{json}}}"#)).expect("an outcome");
        recorded.error().expect("an error")
    }

    fn pacer(rate: Option<f64>) -> Pacer {
        Pacer::new(16, rate, None).expect("a pacer")
    }

    #[test]
    fn slots_are_as_far_apart_as_the_rate_says() {
        let pacer = pacer(Some(10.0));
        let slots: Vec<_> = (0..4).map(|_| pacer.slot()).collect();
        for (index, slot) in (0..).zip(slots) {
            let most = Duration::from_millis(100) * index;
            assert!(slot <= most && slot + Duration::from_millis(90) >= most, "{index}: {slot:?}");
        }
        assert_eq!(self::pacer(None).slot(), Duration::ZERO);
        let slow = self::pacer(Some(f64::MIN_POSITIVE));
        assert_eq!(slow.slot(), Duration::ZERO);
        assert!(slow.slot() <= LONGEST_TIMEOUT);
    }

    #[test]
    fn a_pause_holds_for_who_waits_for_a_slot_too() {
        let pacer = pacer(Some(10.0));
        let slots: Vec<_> = (0..4).map(|_| pacer.slot()).collect();
        assert!(slots.iter().all(|_| pacer.slot_after_wait().is_zero()));
        pacer.note(Some(&error(r#"{"code":"rejected","httpStatus":429,"retryAfter":7}"#)), 1);
        let later: Vec<_> = slots.iter().map(|_| pacer.slot_after_wait()).collect();
        for (index, slot) in (0..).zip(later) {
            let least = Duration::from_millis(5000 + 100 * index);
            assert!(slot >= least && slot <= least + Duration::from_secs(2), "{index}: {slot:?}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_an_invalid_configuration() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1_000_001.0] {
            assert_eq!(
                Pacer::new(1, Some(rate), None).expect_err("no rate").code(),
                ErrorCode::InvalidConfig,
                "{rate}"
            );
        }
        for (concurrency, is_valid) in [(0, false), (1, true), (10_000, true), (10_001, false)] {
            assert_eq!(Pacer::new(concurrency, None, None).is_ok(), is_valid, "{concurrency}");
        }
        for (poll, is_valid) in [(Duration::ZERO, false), (Duration::from_millis(1), true), (Duration::MAX, false)] {
            assert_eq!(Pacer::new(1, None, Some(poll)).is_ok(), is_valid, "{poll:?}");
        }
    }

    #[test]
    fn a_busy_gateway_gets_a_message_ten_times_with_the_pauses_that_it_asks_for() {
        let pacer = pacer(None);
        let busy = error(r#"{"code":"rejected","httpStatus":429,"retryAfter":7}"#);
        assert_eq!(pacer.note(Some(&busy), 1), Next::Again);
        let pause = pacer.slot();
        assert!(pause <= Duration::from_secs(7) && pause > Duration::from_secs(5), "{pause:?}");
        assert_eq!(pacer.note(Some(&busy), 9), Next::Again);
        assert_eq!(pacer.note(Some(&busy), 10), Next::Done);
        assert_eq!(pacer.note(None, 1), Next::Done);
    }

    #[test]
    fn what_all_sends_would_end_with_ends_the_run() {
        for (json, next) in [
            (r#"{"code":"rejected","httpStatus":401}"#, Next::End),
            (r#"{"code":"rejected","httpStatus":403}"#, Next::End),
            (r#"{"code":"not_sent","reason":"closed"}"#, Next::End),
            (r#"{"code":"invalid_config"}"#, Next::End),
            (r#"{"code":"rejected","httpStatus":400}"#, Next::Done),
            (r#"{"code":"not_sent","reason":"connect"}"#, Next::Done),
            (r#"{"code":"invalid_request"}"#, Next::Done),
            (r#"{"code":"outcome_unknown","reason":"server_error","httpStatus":401}"#, Next::Done),
        ] {
            assert_eq!(pacer(None).note(Some(&error(json)), 1), next, "{json}");
        }
    }

    #[test]
    fn three_in_a_row_that_are_left_pause_the_run_and_what_says_nothing_does_not() {
        for (json, pauses) in [
            (r#"{"code":"not_sent","reason":"connect"}"#, true),
            (r#"{"code":"not_sent","reason":"store"}"#, true),
            (r#"{"code":"not_sent","reason":"queue_full"}"#, true),
            (r#"{"code":"not_sent","reason":"cancelled"}"#, true),
            (r#"{"code":"internal","outcome":"not_sent"}"#, true),
            (r#"{"code":"outcome_unknown","reason":"deadline"}"#, true),
            (r#"{"code":"outcome_unknown","reason":"in_doubt"}"#, false),
            (r#"{"code":"invalid_request"}"#, false),
            (r#"{"code":"rejected","httpStatus":400}"#, false),
        ] {
            let pacer = pacer(None);
            for _ in 0..2 {
                pacer.note(Some(&error(json)), 1);
                assert_eq!(pacer.slot(), Duration::ZERO, "{json}");
            }
            pacer.note(Some(&error(json)), 1);
            assert_eq!(!pacer.slot().is_zero(), pauses, "{json}");
        }
    }

    #[test]
    fn a_database_that_fails_pauses_the_run_for_longer_each_time() {
        let pacer = pacer(None);
        for most in [1, 2, 4, 8, 16, 32, 60, 60] {
            let pause = pacer.failed();
            let most = Duration::from_secs(most);
            assert!(pause <= most && pause >= most / 2, "{pause:?} {most:?}");
        }
        assert!(!pacer.slot().is_zero());
    }
}
