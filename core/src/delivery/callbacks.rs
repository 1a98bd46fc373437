//! The callbacks that a thread has deferred. The outcome of a send is settled before any code of the caller runs, so callbacks
//! are deferred first and run afterwards.
//!
//! A callback may close a client, and no other callback may follow then. `close` therefore runs all deferred callbacks of its
//! thread before it returns, including those that its callers deferred.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::send_state::Completion;

thread_local! {
    static DEFERRED: RefCell<VecDeque<Completion>> = const { RefCell::new(VecDeque::new()) };
}

/// Queues callbacks for [`run_deferred`].
pub(super) fn defer(completions: impl IntoIterator<Item = Completion>) {
    for completion in completions {
        let mut completion = Some(completion);
        let deferred = DEFERRED.try_with(|deferred| deferred.borrow_mut().extend(completion.take()));
        if deferred.is_err() {
            // The thread is ending, and its queue is gone.
            completion.into_iter().for_each(Completion::notify);
        }
    }
}

/// Runs the deferred callbacks of this thread, one after the other.
pub(super) fn run_deferred() {
    let next = || DEFERRED.try_with(|deferred| deferred.borrow_mut().pop_front()).ok().flatten();
    while let Some(completion) = next() {
        completion.notify();
    }
}
