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

/// Workers who each send so often in a trial are quick: it may be that fewer do as much.
const QUICK: usize = 4;

/// Workers who each send less often than that until somebody looks are held up (see [`LOOK`]).
const HELD_UP: usize = 2;

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
            // Whether more help is tried first.
            trials: TRIALS,
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
        self.begin_at(awake, Instant::now);
    }

    fn begin_at(&mut self, awake: usize, now: impl FnOnce() -> Instant) {
        self.all += 1;
        self.begun += 1;
        self.awake = self.awake.max(awake);
        if self.begun.is_multiple_of(BATCH) {
            self.judge(now());
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
        let raised_from = self.raised_from.take();
        #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
        let quick = (QUICK * self.awake) as f64 / TRIAL.as_secs_f64();
        if rate < quick {
            self.open();
        } else if let Some((number, before)) = raised_from.filter(|(_, before)| rate < 1.25 * before) {
            // More are no faster: something else has become slower.
            (self.allowed, self.best) = (number, before);
        } else if raised_from.is_some() || rate < 0.7 * self.best || self.trials > TRIALS {
            // More were faster, so that still more may be; or fewer were slower; or it is time to see.
            (self.trials, self.best) = (0, rate);
            self.raised_from = (self.allowed < self.max).then_some((self.allowed, rate));
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

    /// Somebody looks, every [`LOOK`] while sends wait. If workers make few sends in that time, they are held up, and
    /// those that wait need others.
    pub(super) fn look(&mut self, awake: usize) {
        if self.all - self.seen < (HELD_UP * awake) as u64 {
            self.raise(4);
        }
        self.seen = self.all;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 64;

    /// What a gateway does with a second of sends that always wait: each costs its own time on the one processor, and then
    /// each worker waits so long. How many are sent, and how many workers are awake on average.
    fn second(pace: &mut Pace, cost: Duration, latency: impl Fn(usize) -> Duration) -> (usize, usize) {
        let start = Instant::now();
        let mut now = start;
        // When each worker that is awake is back, and when the processor is free.
        let mut back: Vec<(Instant, usize)> = Vec::new();
        let mut free = start;
        let mut look_at = None;
        let (mut sent, mut awake_sum) = (0, 0);
        pace.look(0);
        while now < start + Duration::from_secs(1) {
            // Those that may be awake are.
            while back.len() < pace.allowed() {
                let worker = (0..MAX).find(|worker| back.iter().all(|(_, other)| other != worker)).expect("a worker");
                pace.begin_at(back.len() + 1, || now);
                free = free.max(now) + cost;
                back.push((free + latency(worker), worker));
            }
            if look_at.is_none() && pace.allowed() < MAX {
                pace.look(0);
                look_at = Some(now + LOOK);
            }
            let times = back.iter().map(|(time, _)| *time).enumerate();
            let (at, next) = times.min_by_key(|(_, time)| *time).expect("one");
            if let Some(look) = look_at.filter(|look| *look <= next) {
                now = look;
                look_at = None;
                pace.look(back.len());
                continue;
            }
            now = next;
            sent += 1;
            awake_sum += back.len();
            if back.len() > pace.allowed() {
                back.swap_remove(at);
                continue;
            }
            pace.begin_at(back.len(), || now);
            free = free.max(now) + cost;
            back[at].0 = free + latency(back[at].1);
        }
        (sent, awake_sum / sent.max(1))
    }

    /// What one second brings that comes after others.
    fn settled_second(latency: impl Fn(usize) -> Duration + Copy) -> (usize, usize) {
        let mut pace = Pace::new(MAX);
        second(&mut pace, COST, latency);
        second(&mut pace, COST, latency)
    }

    const COST: Duration = Duration::from_micros(30);

    #[test]
    fn a_quick_gateway_has_few_workers_and_any_other_as_many_as_help() {
        for micros in [0, 20, 50] {
            let (sent, awake) = settled_second(|_| Duration::from_micros(micros));
            assert!(sent > 33_000 && awake <= 8, "{micros}: {sent} by {awake}");
        }
        for micros in [200, 300, 500, 700, 1000, 1500, 2000, 2800, 3100, 5000, 10_000, 100_000] {
            let (sent, awake) = settled_second(|_| Duration::from_micros(micros));
            let most = (1_000_000 / 30).min(64_000_000 / (micros + 30));
            let most = usize::try_from(most).expect("a number");
            assert!(sent > most / 2, "{micros}: {sent} of {most} by {awake}");
        }
    }

    #[test]
    fn workers_that_hang_hold_nobody_up() {
        for hanging in [1, 2, 3, 4, 10, 40] {
            for millis in [1, 20] {
                let latency = |worker| Duration::from_millis(if worker < hanging { 100_000 } else { millis });
                let (sent, awake) = second(&mut Pace::new(MAX), COST, latency);
                let most = (1_000_000 / 30)
                    .min((64 - hanging) * 1_000_000 / 1030)
                    .min((64 - hanging) * 1000 / usize::try_from(millis).expect("a number"));
                assert!(sent > most / 2, "{hanging} hang, {millis} ms: {sent} of {most} by {awake}");
            }
        }
    }
}
