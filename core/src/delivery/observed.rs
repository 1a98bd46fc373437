//! What is reported about one send to its observer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::observer::{Event, EventKind, Load, Observing, Phase, Subject, Summary, Timings};

/// Says how busy a client is.
pub(super) trait Gauge: Send + Sync {
    fn load(&self) -> Load;
}

/// The number of the next send. Only sends that are observed count.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A send that is observed.
pub(super) struct Observed {
    observing: Observing,
    subject: Arc<Subject>,
    began: Instant,
    gauge: Arc<dyn Gauge>,
}

/// An attempt that has begun and is not reported as ended.
pub(super) struct OpenAttempt {
    number: u32,
    began: Instant,
    /// When each phase was reached, in the order of [`Phase::ALL`].
    reached: [Option<Instant>; Phase::ALL.len()],
    /// When the attempt was over, and its result.
    result: Option<(Instant, Summary)>,
}

impl Observed {
    /// Numbers a send, and reports that it begins.
    pub(super) fn begin(observing: &Observing, mut subject: Subject, gauge: Arc<dyn Gauge>) -> Self {
        subject.send_id = NEXT.fetch_add(1, Ordering::Relaxed);
        let observing = observing.clone();
        let observed = Self { observing, subject: Arc::new(subject), began: Instant::now(), gauge };
        observed.report(EventKind::SendQueued, |event| event.under(observed.gauge.load()));
        observed
    }

    fn report(&self, kind: EventKind, fill: impl FnOnce(Event) -> Event) {
        self.observing.report(|| fill(Event::new(kind, &self.subject)));
    }

    pub(super) fn attempt_begun(&self, number: u32) {
        self.report(EventKind::AttemptBegun, |event| event.of_attempt(number).under(self.gauge.load()));
    }

    pub(super) fn phase_reached(&self, number: u32, phase: Phase, elapsed: Duration) {
        self.report(EventKind::PhaseReached, |event| event.of_attempt(number).at(phase).after(elapsed));
    }

    /// Reports the end of an attempt; without a result of its own it has that of the send.
    pub(super) fn attempt_ended(&self, attempt: &OpenAttempt, end: Instant, send: Summary, pause: Option<Duration>) {
        let (end, summary) = attempt.result.unwrap_or((end, send));
        self.report(EventKind::AttemptEnded, |event| {
            let event = event.of_attempt(attempt.number).after(end.saturating_duration_since(attempt.began));
            event.with_timings(attempt.timings(end, summary)).ended_as(summary).with_pause(pause)
        });
    }

    pub(super) fn send_ended(&self, end: Instant, summary: Summary) {
        let elapsed = end.saturating_duration_since(self.began);
        self.report(EventKind::SendEnded, |event| event.after(elapsed).ended_as(summary));
    }
}

impl OpenAttempt {
    pub(super) fn new(number: u32) -> Self {
        Self { number, began: Instant::now(), reached: Default::default(), result: None }
    }

    /// Records that a phase is reached. Returns the number of the attempt, and how long it has taken.
    pub(super) fn reach(&mut self, phase: Phase) -> (u32, Duration) {
        let now = Instant::now();
        if let Some(place) = self.reached.get_mut(phase as usize) {
            *place = Some(now);
        }
        (self.number, now.saturating_duration_since(self.began))
    }

    pub(super) fn end(&mut self, summary: Summary) {
        self.result = Some((Instant::now(), summary));
    }

    /// How long each phase took. A phase begins where the one before it was reached.
    fn timings(&self, end: Instant, summary: Summary) -> Timings {
        let at = |phase: Phase| self.reached.get(phase as usize).copied().flatten();
        let since = |phase: Phase, before: Option<Instant>| {
            Some(at(phase)?.saturating_duration_since(before.unwrap_or(self.began)))
        };
        let body = at(Phase::Body).filter(|_| summary.has_left());
        Timings {
            dns: since(Phase::Dns, None),
            connect: since(Phase::Connect, at(Phase::Dns)),
            tls: since(Phase::Tls, at(Phase::Connect)),
            answer: body.map(|body| end.saturating_duration_since(body)),
        }
    }
}
