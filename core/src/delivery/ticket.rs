//! One send, as everybody sees it who has a say in its end: the worker, the clock, and the caller who cancels.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, NotSent, OutcomeUnknown, Reason};
use crate::response::SendResult;

/// What a send comes to.
pub(crate) type Outcome = Result<SendResult, Error>;

/// Who is told of it.
pub(crate) type OnDone = Box<dyn FnOnce(Outcome) + Send>;

const OPEN: u8 = 0;
const BEGUN: u8 = 1;
const CANCELLED: u8 = 2;

/// The one place where the first byte of a body and whoever wants to stop it meet. Whoever comes first decides: once it
/// has begun it cannot be said not to be sent, and once it is cancelled no byte can leave.
#[derive(Debug, Default)]
pub(crate) struct Claim(AtomicU8);

impl Claim {
    /// The body is about to leave. False: it must not.
    pub(crate) fn begin(&self) -> bool {
        let claimed = self.0.compare_exchange(OPEN, BEGUN, Ordering::AcqRel, Ordering::Acquire);
        claimed.is_ok() || claimed == Err(BEGUN)
    }

    /// The body must not leave. False: it has begun to.
    fn cancel(&self) -> bool {
        let claimed = self.0.compare_exchange(OPEN, CANCELLED, Ordering::AcqRel, Ordering::Acquire);
        claimed.is_ok() || claimed == Err(CANCELLED)
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire) == BEGUN
    }
}

/// A send under way.
pub(crate) struct Ticket {
    pub(crate) claim: Claim,
    pub(crate) ref_id: String,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    outcome: Option<Outcome>,
    on_done: Option<OnDone>,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("claim", &self.claim).field("ref_id", &self.ref_id).finish_non_exhaustive()
    }
}

impl Ticket {
    pub(crate) fn new(ref_id: String, on_done: Option<OnDone>) -> Self {
        let state = Mutex::new(State { outcome: None, on_done });
        Self { claim: Claim::default(), ref_id, state, changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settles the send, unless it is settled: the first outcome counts. The callback runs here, on the thread that
    /// settles.
    pub(crate) fn settle(&self, outcome: Outcome) {
        let mut state = self.lock();
        if state.outcome.is_some() {
            return;
        }
        let on_done = state.on_done.take();
        let told = on_done.is_some().then(|| outcome.clone());
        state.outcome = Some(outcome);
        drop(state);
        self.changed.notify_all();
        if let (Some(on_done), Some(outcome)) = (on_done, told) {
            // A callback that panics must not take a worker with it.
            if catch_unwind(AssertUnwindSafe(|| on_done(outcome))).is_err() {
                log::error!(target: crate::LOG_TARGET, "refId {}: the callback of this send panicked", self.ref_id);
            }
        }
    }

    /// Ends the send now: not sent if no byte has left, and else with an unknown outcome, while the worker runs out.
    pub(crate) fn cancel(&self, reason: Reason) {
        let ref_id = self.ref_id.clone();
        if self.claim.cancel() {
            let detail = match reason {
                Reason::Deadline => "no time was left before the message could leave",
                Reason::Closed => "the client is closed",
                _ => "cancelled before the message could leave",
            };
            self.settle(Err(Error::NotSent(Box::new(NotSent { reason, detail: detail.to_owned(), ref_id }))));
        } else {
            let (reason, detail) = match reason {
                Reason::Deadline => (reason, "no answer in time"),
                // A closed client is why it was cancelled.
                _ => (Reason::Cancelled, "cancelled after the message had begun to leave"),
            };
            let unknown = OutcomeUnknown { reason, detail: detail.to_owned(), answer: None, ref_id };
            self.settle(Err(Error::OutcomeUnknown(Box::new(unknown))));
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.lock().outcome.is_some()
    }

    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.lock().outcome.clone()
    }

    /// Waits for the outcome, at most until then.
    pub(crate) fn wait_until(&self, until: Option<Instant>) -> Option<Outcome> {
        let mut state = self.lock();
        loop {
            if let Some(outcome) = &state.outcome {
                return Some(outcome.clone());
            }
            let Some(until) = until else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Pauses between attempts. False: the send was settled meanwhile.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        self.wait_until(Some(Instant::now() + pause)).is_none()
    }
}
