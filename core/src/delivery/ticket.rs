//! One send, as everybody sees it who has a say in its end: the worker, the clock, and the caller who cancels.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{mem, process};

use super::agenda;
use super::transport::Line;
use crate::error::{Error, NotSent, OutcomeUnknown, Reason};
use crate::response::SendResult;

/// What a send comes to.
pub(crate) type Outcome = Result<SendResult, Error>;

/// Who is told of it.
pub(crate) type OnDone = Box<dyn FnOnce(Outcome) + Send>;

/// Nothing has left.
const OPEN: u8 = 0;
/// The body is leaving, or has left.
const BEGUN: u8 = 1;
/// Nothing has left, and nothing will.
const CANCELLED: u8 = 2;
/// The body has left in an attempt that is over; another may follow.
const BETWEEN: u8 = 3;
/// The body has left, or is just leaving, and no other attempt will follow.
const STOPPED: u8 = 4;

/// The one place where the first byte of a body and whoever wants to stop it meet. Whoever comes first decides: once it
/// has begun it cannot be said not to be sent, and once it is cancelled no byte can leave.
#[derive(Debug, Default)]
pub(crate) struct Claim(AtomicU8);

/// What a claim was before it began.
#[derive(Clone, Copy)]
pub(crate) struct Before(u8);

impl Claim {
    fn step(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The body is about to leave. `None`: it must not.
    pub(crate) fn begin(&self) -> Option<Before> {
        [OPEN, BETWEEN].into_iter().find(|from| self.step(*from, BEGUN)).map(Before)
    }

    /// Nothing has left since it began: it is as it was before. Unless somebody has stopped it: they say that something may
    /// have left, and nothing must leave after that.
    pub(crate) fn take_back(&self, before: Before) {
        self.step(BEGUN, before.0);
    }

    /// The attempt is over whose body left, and another is to follow.
    fn rest(&self) {
        self.step(BEGUN, BETWEEN);
    }

    /// No body must leave any more. Says what had left by then.
    fn cancel(&self) -> Left {
        // In one step: the attempt may begin, rest or be taken back meanwhile.
        let stop = |now| match now {
            OPEN => Some(CANCELLED),
            BEGUN | BETWEEN => Some(STOPPED),
            _ => None,
        };
        match self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, stop) {
            Ok(OPEN) | Err(CANCELLED) => Left::Nothing,
            Ok(BETWEEN) => Left::InEarlierAttempts,
            _ => Left::Now,
        }
    }

    /// Somebody has cancelled, and is about to settle the send. No attempt will follow.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.0.load(Ordering::Acquire), CANCELLED | STOPPED)
    }

    /// The body is leaving, or has left, in an attempt that is not over.
    pub(super) fn is_leaving(&self) -> bool {
        self.0.load(Ordering::Acquire) == BEGUN
    }

    pub(crate) fn has_begun(&self) -> bool {
        matches!(self.0.load(Ordering::Acquire), BEGUN | BETWEEN | STOPPED)
    }
}

/// What of a body had left when it was stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Left {
    Nothing,
    /// It had left in attempts that are over.
    InEarlierAttempts,
    /// It was leaving, or had left, in the attempt that was under way.
    Now,
}

/// A send under way.
pub(crate) struct Ticket {
    pub(crate) claim: Claim,
    /// Through which it is cut off when it is cancelled, so that it does not keep a worker until the time is up.
    pub(crate) line: Arc<Line>,
    pub(crate) ref_id: String,
    /// Whose it is. A forked child can neither end nor await what its parent sends, and its lock may be held for ever.
    process: u32,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    outcome: Option<Outcome>,
    /// What the attempts so far came to, while another one may follow.
    so_far: Option<Error>,
    on_done: Option<OnDone>,
    /// How many wait for `changed`: to wake nobody costs a system call too.
    waiting: usize,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("claim", &self.claim).field("ref_id", &self.ref_id).finish_non_exhaustive()
    }
}

impl Ticket {
    /// A send of this process, whose number the caller knows: asking for it is a system call.
    pub(crate) fn new(ref_id: String, on_done: Option<OnDone>, process: u32) -> Self {
        let state = Mutex::new(State { outcome: None, so_far: None, on_done, waiting: 0 });
        Self { claim: Claim::default(), line: Arc::default(), ref_id, process, state, changed: Condvar::new() }
    }

    /// What a forked child knows of it.
    fn foreign(&self) -> Option<Outcome> {
        (self.process != process::id()).then(|| {
            let detail = "the process that this one was forked from is sending it".to_owned();
            let ref_id = self.ref_id.clone();
            let unknown = OutcomeUnknown { reason: Reason::Cancelled, detail, answer: None, ref_id };
            Err(Error::OutcomeUnknown(Box::new(unknown)))
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settles the send, unless it is settled: the first outcome counts. The callback runs here, on the thread that
    /// settles.
    pub(crate) fn settle(&self, outcome: Outcome) {
        if let Settled::Now(Some(told)) = self.settle_quietly(outcome) {
            told.tell();
        }
    }

    /// Settles the send, does something else (which may end the client), and then has the callback told, if that was not done
    /// meanwhile.
    pub(crate) fn settle_and(&self, outcome: Outcome, then: impl FnOnce()) {
        /// Also if `then` panics.
        struct Finally;

        impl Drop for Finally {
            fn drop(&mut self) {
                agenda::work_off();
            }
        }

        let finally = match self.settle_quietly(outcome) {
            Settled::Now(Some(told)) => {
                agenda::put_down([told]);
                Some(Finally)
            }
            Settled::Now(None) | Settled::Before => None,
        };
        then();
        drop(finally);
    }

    /// Settles the send; whoever waits for it goes on. The callback is still to be told.
    fn settle_quietly(&self, outcome: Outcome) -> Settled {
        let mut state = self.lock();
        if state.outcome.is_some() {
            return Settled::Before;
        }
        let on_done = state.on_done.take();
        let told = on_done.map(|on_done| Told { on_done, outcome: outcome.clone(), ref_id: self.ref_id.clone() });
        state.outcome = Some(outcome);
        let waiting = state.waiting > 0;
        drop(state);
        if waiting {
            self.changed.notify_all();
        }
        Settled::Now(told)
    }

    /// Ends the send now: not sent if no byte has left, and else with an unknown outcome. What it talks through is cut off, so
    /// that it keeps neither its worker nor whoever closes.
    pub(crate) fn cancel(&self, reason: Reason) {
        if let Some(told) = self.cancel_quietly(reason) {
            told.tell();
        }
    }

    /// As [`cancel`](Self::cancel); the callback is still to be told.
    pub(crate) fn cancel_quietly(&self, reason: Reason) -> Option<Told> {
        if self.process != process::id() {
            return None;
        }
        let error = match self.claim.cancel() {
            Left::Nothing => {
                let detail = match reason {
                    Reason::Deadline => "the timeout of the send passed before the message left",
                    Reason::Closed => "the client is closed",
                    _ => "cancelled before the message left",
                };
                let ref_id = self.ref_id.clone();
                Error::NotSent(Box::new(NotSent { reason, detail: detail.to_owned(), ref_id }))
            }
            Left::InEarlierAttempts => self.lock().so_far.clone().unwrap_or_else(|| self.stopped(reason)),
            Left::Now => self.stopped(reason),
        };
        self.cut_off(Err(error))
    }

    /// The error of a send that was stopped while its message was leaving, or after that.
    pub(crate) fn stopped(&self, reason: Reason) -> Error {
        let (reason, detail) = match reason {
            Reason::Deadline => (reason, "the timeout of the send passed before the gateway answered"),
            // A closed client is why it was cancelled.
            _ => (Reason::Cancelled, "cancelled after the message had begun to leave"),
        };
        let (detail, ref_id) = (detail.to_owned(), self.ref_id.clone());
        Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id }))
    }

    /// An attempt is over, and another is to follow. A send that is stopped before that came to what the attempts so far came to.
    pub(crate) fn rest(&self, so_far: Error) {
        self.lock().so_far = Some(so_far);
        self.claim.rest();
    }

    /// A send that is over is left alone: its connection may be another's by now.
    fn cut_off(&self, outcome: Outcome) -> Option<Told> {
        match self.settle_quietly(outcome) {
            Settled::Now(told) => {
                self.line.cut();
                told
            }
            Settled::Before => None,
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.foreign().is_some() || self.lock().outcome.is_some()
    }

    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.foreign().or_else(|| self.lock().outcome.clone())
    }

    /// Whether the send is settled; for the thread that runs it, and knows whose it is.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().outcome.is_some()
    }

    /// The outcome, of which nothing is left here; for the thread that ran the send and is the only one that asks.
    pub(crate) fn take_outcome(&self) -> Option<Outcome> {
        let outcome = self.lock().outcome.as_mut().map(|outcome| mem::replace(outcome, Err(Error::internal(TAKEN))));
        outcome.or_else(|| self.foreign())
    }

    /// Waits for the outcome, at most until then.
    pub(crate) fn wait_until(&self, until: Option<Instant>) -> Option<Outcome> {
        if let Some(unknown) = self.foreign() {
            return Some(unknown);
        }
        let mut state = self.lock();
        state.waiting += 1;
        loop {
            if let Some(outcome) = &state.outcome {
                let outcome = outcome.clone();
                state.waiting -= 1;
                return Some(outcome);
            }
            let Some(until) = until else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.waiting -= 1;
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

/// What stands where an outcome was; nobody sees it.
const TAKEN: &str = "the outcome has been taken";

/// Whether somebody settled a send.
enum Settled {
    /// It was settled already.
    Before,
    /// It was not; this callback is still to be told.
    Now(Option<Told>),
}

/// A callback and what it is to be told.
pub(crate) struct Told {
    on_done: OnDone,
    outcome: Outcome,
    ref_id: String,
}

impl Told {
    /// Calls it. A callback that panics must not take a thread of ours with it.
    pub(crate) fn tell(self) {
        let Self { on_done, outcome, ref_id } = self;
        if catch_unwind(AssertUnwindSafe(|| on_done(outcome))).is_err() {
            log::error!(target: crate::LOG_TARGET, "refId {}: the callback of this send panicked", ref_id.escape_debug());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::SystemTime;

    use super::*;
    use crate::error::{ErrorCode, Rejected};
    use crate::response::{RawAnswer, Verdict, judge};

    #[test]
    fn what_was_cancelled_while_the_body_was_leaving_never_leaves_again() {
        for begins in [1, 2] {
            let claim = Claim::default();
            for _ in 1..begins {
                claim.begin().expect("open");
                claim.rest();
            }
            let before = claim.begin().expect("open");
            assert_eq!(claim.cancel(), Left::Now);
            // The system took nothing of it: the send would be tried again.
            claim.take_back(before);
            assert!(claim.has_begun(), "it was said that something may have left");
            claim.rest();
            assert!(claim.begin().is_none());
            assert_eq!(claim.cancel(), Left::Now);
        }
    }

    /// Between two attempts nothing is leaving: a send that is cancelled there came to what is known of it.
    #[test]
    fn what_is_cancelled_between_two_attempts_came_to_what_the_first_came_to() {
        let refused = || {
            let body = b"{}".to_vec();
            let raw = RawAnswer { http_status: 429, retry_after: None, body, broken: None, limit: 100 };
            match judge(raw, SystemTime::UNIX_EPOCH) {
                Verdict::Rejected(answer) => Error::Rejected(Box::new(Rejected { answer, ref_id: String::new() })),
                verdict => panic!("{verdict:?}"),
            }
        };
        for (begins_again, wanted) in [(false, ErrorCode::Rejected), (true, ErrorCode::OutcomeUnknown)] {
            let ticket = Ticket::new(String::new(), None, process::id());
            ticket.claim.begin().expect("open");
            ticket.rest(refused());
            if begins_again {
                ticket.claim.begin().expect("open");
            }
            ticket.cancel(Reason::Cancelled);
            let code = ticket.take_outcome().and_then(Result::err).map(|error| error.code());
            assert_eq!(code, Some(wanted));
        }
    }

    /// Whoever cancels meets an attempt in whatever state: none follows, and not sent is what has not begun since.
    #[test]
    fn a_cancel_is_one_step() {
        for _ in 0..2000 {
            let claim = Arc::new(Claim::default());
            let sender = Arc::clone(&claim);
            let sender = thread::spawn(move || {
                while let Some(before) = sender.begin() {
                    sender.take_back(before);
                }
            });
            let not_sent = claim.cancel() == Left::Nothing;
            assert!(claim.begin().is_none());
            assert_eq!(not_sent, !claim.has_begun());
            sender.join().expect("no panic");
        }
    }
}
