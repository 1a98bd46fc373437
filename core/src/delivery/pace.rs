//! How many workers are to be awake: as many as the gateway can use, and no more than help.
//!
//! A gateway that takes its time needs every worker that there is. One that answers within microseconds does not: a few that
//! go from send to send are faster than many, who spend their time falling asleep and being woken. So the number is tried out:
//! as long as each worker makes several sends in a moment, fewer may be awake; if less gets done then, more, if that helps.

use std::time::{Duration, Instant};

/// There are never fewer.
const LEAST: usize = 4;

/// How long a number is tried.
const TRIAL: Duration = Duration::from_millis(10);

/// Sends before anybody looks at a clock.
const BATCH: usize = 64;

/// A trial that took longer is no measure: nothing was to be sent in between.
const STALE: Duration = Duration::from_millis(200);

/// Workers who each send so often in a trial are quick, and are never taken for held up (see [`LOOK`]).
const QUICK: usize = 4;

/// After so many trials more workers are given a chance: things may have changed.
const TRIALS: u32 = 64;

/// How often somebody looks whether sends that wait get on.
pub(super) const LOOK: Duration = Duration::from_millis(3);

#[derive(Debug)]
pub(super) struct Pace {
    max: usize,
    /// So many may be awake.
    allowed: usize,
    /// In this trial: sends begun, the most workers awake, since when.
    begun: usize,
    awake: usize,
    since: Option<Instant>,
    /// The most sends a second in any trial.
    best: f64,
    /// The number and its sends a second, before more were tried.
    raised_from: Option<(usize, f64)>,
    trials: u32,
    /// Sends that had begun when somebody last looked whether any do.
    seen: u64,
    all: u64,
}

impl Pace {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            allowed: LEAST.min(max),
            begun: 0,
            awake: 0,
            since: None,
            best: 0.0,
            raised_from: None,
            trials: 0,
            seen: 0,
            all: 0,
        }
    }

    /// How many workers may be awake.
    pub(super) fn allowed(&self) -> usize {
        self.allowed
    }

    /// A worker begins a send while so many are awake.
    pub(super) fn begin(&mut self, awake: usize) {
        self.all += 1;
        self.begun += 1;
        self.awake = self.awake.max(awake);
        if self.begun.is_multiple_of(BATCH) {
            self.judge(Instant::now());
        }
    }

    fn judge(&mut self, now: Instant) {
        let Some(since) = self.since else { return self.restart(now) };
        let took = now.saturating_duration_since(since);
        if took < TRIAL {
            return;
        }
        if took > STALE {
            return self.restart(now);
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
        let rate = self.begun as f64 / took.as_secs_f64();
        self.trials += 1;
        if self.begun < QUICK * self.awake {
            self.open();
        } else if let Some((number, before)) = self.raised_from.take()
            && rate < 1.25 * before
        {
            // More are no faster: something else has become slower.
            (self.allowed, self.best) = (number, before);
        } else if rate < 0.7 * self.best || self.trials > TRIALS {
            (self.trials, self.best) = (0, rate);
            self.raised_from = Some((self.allowed, rate));
            self.raise(2);
        } else {
            self.best = self.best.max(rate);
            self.allowed = (self.allowed.min(self.awake) * 3 / 4).max(LEAST).min(self.max);
        }
        self.restart(now);
    }

    fn restart(&mut self, now: Instant) {
        (self.begun, self.awake, self.since) = (0, 0, Some(now));
    }

    fn raise(&mut self, times: usize) {
        self.allowed = self.allowed.saturating_mul(times).min(self.max);
    }

    /// All workers may be awake.
    fn open(&mut self) {
        (self.allowed, self.best, self.raised_from, self.trials) = (self.max, 0.0, None, 0);
    }

    /// Somebody looks, every [`LOOK`] while sends wait. If fewer began since the last time than workers are awake, these are
    /// held up.
    pub(super) fn look(&mut self, awake: usize) {
        if self.all - self.seen < awake as u64 {
            self.raise(4);
        }
        self.seen = self.all;
    }
}
