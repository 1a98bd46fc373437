//! The state of one send. Its worker, the deadline timer, and the callers that wait for it or cancel it share it.

use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::observed::{Observed, OpenAttempt};
use super::transport::{BodyGate, CancelHandle};
use crate::error::{self, Error, NotSent, OutcomeUnknown, Reason};
use crate::observer::{Phase, Summary};
use crate::response::Success;

/// The result of a send.
pub(crate) type FinalResult = Result<Success, Error>;

/// A function of a binding that learns that there is a result.
pub(crate) type Watcher = Box<dyn FnOnce() + Send>;

/// The caller's function that receives the result.
pub(crate) type OnDone = Box<dyn FnOnce(FinalResult) + Send>;

/// How far a send has come. The phase decides the outcome of a cancelled send: the first byte and a cancellation change it
/// under one lock, and whichever comes first wins.
#[derive(Clone, Copy, Debug, PartialEq)]
enum SendPhase {
    /// No byte of a body has left.
    NotBegun,
    /// The body is leaving or has left, in an attempt that has not ended.
    BodyBegun {
        /// Whether the body of an earlier attempt has left as well.
        again: bool,
    },
    /// The body has left in an attempt that has ended. Another attempt may follow.
    BetweenAttempts,
    /// Cancelled before any byte left. No byte leaves later.
    CancelledUnsent,
    /// Cancelled after the body had begun to leave. No other attempt follows.
    CancelledBegun,
}

/// One send.
pub(crate) struct SendState {
    pub(crate) ref_id: String,
    /// Shuts down the send's socket, so that a cancelled send does not occupy its worker until the deadline.
    pub(super) cancel_handle: Arc<CancelHandle>,
    /// The id of the process that sends. A forked child cannot cancel its parent's sends or wait for them, and in the child
    /// their locks may never be released.
    process: u32,
    /// What reports it, if something observes it.
    observed: Option<Arc<Observed>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    phase: SendPhase,
    result: Option<FinalResult>,
    /// The outcome of the attempts so far, while another one may follow.
    so_far: Option<Error>,
    on_done: Option<OnDone>,
    watchers: Vec<Watcher>,
    /// The attempt under way, if the send is observed.
    attempt: Option<OpenAttempt>,
    /// The number of threads that wait for `changed`. If there is none, the system call to notify is saved.
    waiting: usize,
}

impl fmt::Debug for SendState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendState").field("ref_id", &self.ref_id).finish_non_exhaustive()
    }
}

impl SendState {
    /// Makes a send of this process. The caller passes the process id because looking it up is a system call.
    pub(super) fn new(ref_id: String, on_done: Option<OnDone>, process: u32) -> Self {
        let state = State {
            phase: SendPhase::NotBegun,
            result: None,
            so_far: None,
            on_done,
            watchers: Vec::new(),
            attempt: None,
            waiting: 0,
        };
        let (state, changed) = (Mutex::new(state), Condvar::new());
        Self { ref_id, cancel_handle: Arc::default(), process, observed: None, state, changed }
    }

    /// The same, with something that reports it.
    pub(super) fn observed_by(self, observed: Option<Observed>) -> Self {
        Self { observed: observed.map(Arc::new), ..self }
    }

    /// Reports the end of a send that never began.
    pub(super) fn report_refused(&self, error: &Error) {
        if let Some(observed) = &self.observed {
            observed.send_ended(Instant::now(), Summary::of(&Err(error.clone())));
        }
    }

    /// Records and reports that an attempt begins.
    pub(super) fn attempt_begins(&self, number: u32) {
        let Some(observed) = &self.observed else { return };
        let mut state = self.lock();
        if state.result.is_none() {
            state.attempt = Some(OpenAttempt::new(number));
            drop(state);
            observed.attempt_begun(number);
        }
    }

    /// Records what came of the attempt. Its end is reported with that of the send, or by [`attempt_ends`](Self::attempt_ends).
    pub(super) fn attempt_answered(&self, result: &FinalResult) {
        if self.observed.is_some() {
            self.lock().attempt.iter_mut().for_each(|attempt| attempt.end(Summary::of(result)));
        }
    }

    /// Reports the end of an attempt that another one follows after this pause.
    pub(super) fn attempt_ends(&self, so_far: &Error, pause: Duration) {
        let Some(observed) = &self.observed else { return };
        let attempt = self.lock().attempt.take();
        if let Some(attempt) = attempt {
            observed.attempt_ended(&attempt, Instant::now(), Summary::of(&Err(so_far.clone())), Some(pause));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In a forked child, the result of its parent's send: an unknown outcome.
    fn foreign(&self) -> Option<FinalResult> {
        (self.process != process::id()).then(|| {
            let detail = "the process that this one was forked from is sending it".to_owned();
            let ref_id = self.ref_id.clone();
            let unknown = OutcomeUnknown { reason: Reason::Cancelled, detail, answer: None, ref_id };
            Err(Error::OutcomeUnknown(Box::new(unknown)))
        })
    }

    /// Settles the send and wakes the threads that wait for it. The first outcome counts: a settled send stays as it is. Returns
    /// the callback, which the caller must run.
    pub(super) fn settle(&self, outcome: FinalResult) -> Option<Completion> {
        self.settle_locked(self.lock(), outcome)
    }

    fn settle_locked(&self, mut state: MutexGuard<'_, State>, outcome: FinalResult) -> Option<Completion> {
        if state.result.is_some() {
            return None;
        }
        let ref_id = || self.ref_id.clone();
        let (on_done, observed, attempt) = (state.on_done.take(), self.observed.clone(), state.attempt.take());
        let completion = (on_done.is_some() || observed.is_some()).then(|| {
            let ended = observed.map(|observed| Ended { observed, attempt, at: Instant::now() });
            Completion { on_done, ended, outcome: outcome.clone(), ref_id: ref_id() }
        });
        state.result = Some(outcome);
        let waiting = state.waiting > 0;
        let watchers = mem::take(&mut state.watchers);
        drop(state);
        if waiting {
            self.changed.notify_all();
        }
        for watcher in watchers {
            watcher();
        }
        completion
    }

    /// Ends the send now: as not sent if no byte has left, otherwise with an unknown outcome. Shuts down its connection, so that
    /// neither its worker nor `close` has to wait for it. Returns the callback, which the caller must run.
    ///
    /// Does nothing if the send is settled: its connection may already serve another send.
    pub(super) fn cancel(&self, reason: Reason) -> Option<Completion> {
        if self.process != process::id() {
            return None;
        }
        let mut state = self.lock();
        if state.result.is_some() {
            return None;
        }
        let (phase, error) = match state.phase {
            SendPhase::NotBegun | SendPhase::CancelledUnsent => (SendPhase::CancelledUnsent, self.unsent(reason)),
            SendPhase::BetweenAttempts => {
                let so_far = state.so_far.take();
                (SendPhase::CancelledBegun, so_far.unwrap_or_else(|| self.cut_short(reason)))
            }
            SendPhase::BodyBegun { .. } | SendPhase::CancelledBegun => {
                (SendPhase::CancelledBegun, self.cut_short(reason))
            }
        };
        state.phase = phase;
        let completion = self.settle_locked(state, Err(error));
        self.cancel_handle.cancel();
        completion
    }

    /// Calls [`cancel`](Self::cancel) and runs the callback.
    pub(crate) fn cancel_and_notify(&self, reason: Reason) {
        self.cancel(reason).into_iter().for_each(Completion::notify);
    }

    /// The error of a send that was cancelled before its body left.
    fn unsent(&self, reason: Reason) -> Error {
        let detail = match reason {
            Reason::Deadline => "the timeout of the send passed before the request left",
            Reason::Closed => "the client is closed",
            _ => "cancelled before the request left",
        };
        self.not_sent(reason, detail)
    }

    /// The error of a send that was cancelled while its body was leaving, or after that.
    fn cut_short(&self, reason: Reason) -> Error {
        let (reason, detail) = match reason {
            Reason::Deadline => (reason, "the timeout of the send passed before the gateway answered"),
            // A closed client cancels its sends.
            _ => (Reason::Cancelled, "cancelled after the request had begun to leave"),
        };
        let (detail, ref_id) = (detail.to_owned(), self.ref_id.clone());
        Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id }))
    }

    pub(super) fn not_sent(&self, reason: Reason, detail: impl Into<String>) -> Error {
        Error::NotSent(Box::new(NotSent { reason, detail: detail.into(), ref_id: self.ref_id.clone(), cause: None }))
    }

    /// Records that an attempt has ended and another is to follow. A send that is cancelled before that has this outcome.
    pub(super) fn between_attempts(&self, so_far: Error) {
        let mut state = self.lock();
        state.so_far = Some(so_far);
        if matches!(state.phase, SendPhase::BodyBegun { .. }) {
            state.phase = SendPhase::BetweenAttempts;
        }
    }

    /// Whether the body is leaving or has left in an attempt that has not ended.
    pub(super) fn body_is_leaving(&self) -> bool {
        matches!(self.lock().phase, SendPhase::BodyBegun { .. })
    }

    /// The outcome that follows from the phase alone.
    pub(super) fn known_outcome(&self) -> error::Outcome {
        match self.lock().phase {
            SendPhase::NotBegun | SendPhase::CancelledUnsent => error::Outcome::NotSent,
            SendPhase::BodyBegun { .. } | SendPhase::BetweenAttempts | SendPhase::CancelledBegun => {
                error::Outcome::Unknown
            }
        }
    }

    /// Whether the send is settled. Only for threads of the process that sends.
    pub(super) fn is_settled(&self) -> bool {
        self.lock().result.is_some()
    }

    /// The reason of the error that the send has ended with.
    pub(super) fn reason(&self) -> Option<Reason> {
        self.lock().result.as_ref()?.as_ref().err()?.reason()
    }

    /// Whether there is a result.
    pub(crate) fn is_done(&self) -> bool {
        self.foreign().is_some() || self.is_settled()
    }

    /// Calls this function once there is a result: now, or on the thread that settles the send, before its callback runs. It
    /// must return quickly and must not use the send.
    pub(crate) fn watch(&self, watcher: Watcher) {
        if self.foreign().is_none() {
            let mut state = self.lock();
            if state.result.is_none() {
                state.watchers.push(watcher);
                return;
            }
        }
        watcher();
    }

    /// The result, if there is one.
    pub(crate) fn result(&self) -> Option<FinalResult> {
        self.foreign().or_else(|| self.lock().result.clone())
    }

    /// The result, or `other` if there is none. Only for the thread that ran the send.
    pub(super) fn result_or(&self, other: impl FnOnce() -> FinalResult) -> FinalResult {
        self.lock().result.clone().unwrap_or_else(other)
    }

    /// Waits for the result, at most until the given time. Returns `None` if it is not there by then.
    pub(crate) fn wait_until(&self, until: Option<Instant>) -> Option<FinalResult> {
        if let Some(unknown) = self.foreign() {
            return Some(unknown);
        }
        let mut state = self.lock();
        state.waiting += 1;
        loop {
            if let Some(result) = state.result.clone() {
                state.waiting -= 1;
                return Some(result);
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

    /// Pauses between attempts. A cancellation ends the pause.
    pub(super) fn pause(&self, pause: Duration) {
        let _ = self.wait_until(Some(Instant::now() + pause));
    }
}

impl BodyGate for SendState {
    fn reached(&self, phase: Phase) {
        let Some(observed) = &self.observed else { return };
        let reached = self.lock().attempt.as_mut().map(|attempt| attempt.reach(phase));
        if let Some((number, elapsed)) = reached {
            observed.phase_reached(number, phase, elapsed);
        }
    }

    fn begin(&self) -> bool {
        let mut state = self.lock();
        let again = match state.phase {
            SendPhase::NotBegun => false,
            SendPhase::BetweenAttempts => true,
            SendPhase::BodyBegun { .. } | SendPhase::CancelledUnsent | SendPhase::CancelledBegun => return false,
        };
        state.phase = SendPhase::BodyBegun { again };
        true
    }

    fn revert_begin(&self) {
        let mut state = self.lock();
        // After a cancellation the outcome is already reported as unknown, and stays so.
        if let SendPhase::BodyBegun { again } = state.phase {
            state.phase = if again { SendPhase::BetweenAttempts } else { SendPhase::NotBegun };
        }
    }
}

/// A callback that is due, and its argument.
pub(crate) struct Completion {
    on_done: Option<OnDone>,
    /// What to report before it.
    ended: Option<Ended>,
    outcome: FinalResult,
    ref_id: String,
}

/// The end of a send that is observed.
struct Ended {
    observed: Arc<Observed>,
    /// The attempt that ends with it.
    attempt: Option<OpenAttempt>,
    at: Instant,
}

impl Ended {
    fn report(&self, outcome: &FinalResult) {
        let summary = Summary::of(outcome);
        if let Some(attempt) = &self.attempt {
            self.observed.attempt_ended(attempt, self.at, summary, None);
        }
        self.observed.send_ended(self.at, summary);
    }
}

impl Completion {
    /// Runs the callback. A panic in it must not end a thread of this crate.
    pub(super) fn notify(self) {
        let Self { on_done, ended, outcome, ref_id } = self;
        if let Some(ended) = ended {
            ended.report(&outcome);
        }
        let Some(on_done) = on_done else { return };
        if catch_unwind(AssertUnwindSafe(|| on_done(outcome))).is_err() {
            let subject =
                if ref_id.is_empty() { "a request".to_owned() } else { format!("refId {}", ref_id.escape_debug()) };
            log::error!(target: crate::LOG_TARGET, ref_id = ref_id.as_str(); "{subject}: its callback panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;
    use crate::error::ErrorCode;

    fn new() -> SendState {
        SendState::new("r".to_owned(), None, process::id())
    }

    fn code(state: &SendState) -> Option<ErrorCode> {
        state.result().and_then(Result::err).map(|error| error.code())
    }

    #[test]
    fn a_body_that_was_cancelled_while_it_was_leaving_never_leaves_again() {
        for begins in [1, 2] {
            let state = new();
            for _ in 1..begins {
                assert!(state.begin());
                state.between_attempts(Error::internal("an attempt"));
            }
            assert!(state.begin());
            state.cancel(Reason::Cancelled);
            assert_eq!(code(&state), Some(ErrorCode::OutcomeUnknown));
            // The system took no byte of it. Without the cancellation another attempt would follow.
            state.revert_begin();
            assert_eq!(state.known_outcome(), error::Outcome::Unknown);
            state.between_attempts(Error::internal("an attempt"));
            assert!(!state.begin());
        }
    }

    #[test]
    fn a_body_of_which_nothing_left_can_begin_again() {
        let state = new();
        for _ in 0..2 {
            assert!(state.begin());
            assert!(state.body_is_leaving());
            state.revert_begin();
            assert_eq!(state.known_outcome(), error::Outcome::NotSent);
        }
        assert!(state.begin());
        state.between_attempts(Error::internal("an attempt"));
        assert!(state.begin());
        state.revert_begin();
        assert!(!state.body_is_leaving());
        assert_eq!(state.known_outcome(), error::Outcome::Unknown, "the first attempt's body left");
    }

    /// Nothing is leaving between two attempts, so a send that is cancelled there has the outcome of the attempts so far.
    #[test]
    fn a_send_cancelled_between_two_attempts_has_the_outcome_of_the_first() {
        for (begins_again, expected) in [(false, ErrorCode::Internal), (true, ErrorCode::OutcomeUnknown)] {
            let state = new();
            assert!(state.begin());
            state.between_attempts(Error::internal("the first attempt's error"));
            if begins_again {
                assert!(state.begin());
            }
            state.cancel(Reason::Cancelled);
            assert_eq!(code(&state), Some(expected));
        }
    }

    /// A cancellation can come in any phase of an attempt. No body begins after it, and only a body that had not begun is not sent.
    #[test]
    fn a_cancellation_is_one_step() {
        for _ in 0..2000 {
            let state = Arc::new(new());
            let sender = Arc::clone(&state);
            let sender = thread::spawn(move || {
                while sender.begin() {
                    sender.revert_begin();
                }
            });
            state.cancel(Reason::Cancelled);
            assert!(!state.begin());
            let not_sent = state.known_outcome() == error::Outcome::NotSent;
            assert_eq!(code(&state), Some(if not_sent { ErrorCode::NotSent } else { ErrorCode::OutcomeUnknown }));
            sender.join().expect("no panic");
        }
    }

    /// The result is available when `cancel` returns, also to the attempt that notices the cancellation.
    #[test]
    fn the_first_outcome_counts_and_its_callback_is_called_once() {
        let (sender, receiver) = channel();
        let on_done: OnDone = Box::new(move |outcome| sender.send(outcome.is_err()).expect("a listener"));
        let state = SendState::new("r".to_owned(), Some(on_done), process::id());
        state.cancel_and_notify(Reason::Cancelled);
        assert_eq!(code(&state), Some(ErrorCode::NotSent));
        assert!(state.settle(Err(Error::internal("late"))).is_none());
        state.cancel_and_notify(Reason::Deadline);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), [true]);
        let result = state.result_or(|| panic!("there is one"));
        assert_eq!(result.expect_err("cancelled").reason(), Some(Reason::Cancelled));
    }
}
