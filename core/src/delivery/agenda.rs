//! The callbacks that a thread has still to tell. One of them may end a client and must then be sure that none comes later: so
//! whoever closes tells first what this thread has left, also what the calls around it were about to tell.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::ticket::Told;

thread_local! {
    static AGENDA: RefCell<VecDeque<Told>> = const { RefCell::new(VecDeque::new()) };
}

/// Puts callbacks down, to be told by [`work_off`].
pub(super) fn put_down(all: impl IntoIterator<Item = Told>) {
    for told in all {
        let mut told = Some(told);
        let put = AGENDA.try_with(|agenda| agenda.borrow_mut().extend(told.take()));
        if put.is_err() {
            // The thread is ending and has no agenda any more.
            told.into_iter().for_each(Told::tell);
        }
    }
}

/// Tells all that was put down, one after the other.
pub(super) fn work_off() {
    let next = || AGENDA.try_with(|agenda| agenda.borrow_mut().pop_front()).ok().flatten();
    while let Some(told) = next() {
        told.tell();
    }
}
