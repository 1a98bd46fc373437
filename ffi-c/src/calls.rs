//! The calls of the caller's functions: how many are still to come or under way, so that whoever takes a function away can
//! wait until it is not called any more.

use std::cell::Cell;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How long to wait before looking again. Nearly always there is nothing to wait for.
const PAUSE: Duration = Duration::from_micros(200);

/// How many calls are still to come or under way. One number, and no lock that a forked child might inherit locked: the
/// process (a child has nothing to wait for that its parent began), whether it is closed, and the count.
#[derive(Debug)]
pub(crate) struct Calls(AtomicU64);

const CLOSED: u64 = 1 << 31;
const COUNT: u64 = CLOSED - 1;

/// Within the calls of how many different owners a thread can be at once and know it. A program has one or two clients
/// and one log. Whoever is deeper in than that does not count as inside: to take that function away there waits for ever.
const MOST: usize = 32;

/// Whose calls are under way on a thread, by address, and how many of each; an entry of none is free.
type Inside = [Cell<(usize, u32)>; MOST];

thread_local! {
    /// Without a destructor: it is there when `exit()` runs its handlers, and while a thread ends.
    static INSIDE: Inside = const { [const { Cell::new((0, 0)) }; MOST] };
}

/// One call more of this owner on this thread. `false`: there is no place for it.
fn enter(address: usize) -> bool {
    INSIDE.with(|inside| {
        let own = inside.iter().find(|entry| is_of(address, entry));
        let Some(entry) = own.or_else(|| inside.iter().find(|entry| entry.get().1 == 0)) else { return false };
        let count = if own.is_some() { entry.get().1 } else { 0 };
        entry.set((address, count.saturating_add(1)));
        true
    })
}

/// One call less.
fn leave(address: usize) {
    INSIDE.with(|inside| {
        if let Some(entry) = inside.iter().find(|entry| is_of(address, entry)) {
            entry.set((address, entry.get().1.saturating_sub(1)));
        }
    });
}

fn is_of(address: usize, entry: &Cell<(usize, u32)>) -> bool {
    let (owner, count) = entry.get();
    owner == address && count > 0
}

impl Default for Calls {
    fn default() -> Self {
        Self(AtomicU64::new(Self::of_process()))
    }
}

/// A call that is still to come or under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Call(Arc<Calls>);

impl Calls {
    fn of_process() -> u64 {
        u64::from(process::id()) << 32
    }

    /// Announces a call. `None`: there must be none any more.
    pub(crate) fn announce(self: &Arc<Self>) -> Option<Call> {
        let announce = |state: u64| {
            let process = Self::of_process();
            match state & !COUNT {
                same if same == process => Some(state + 1),
                closed if closed == process | CLOSED => None,
                _ => Some(process | (state & CLOSED) | 1),
            }
        };
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, announce).ok().map(|_| Call(Arc::clone(self)))
    }

    /// How many there are, in this process.
    fn count(&self) -> u64 {
        let state = self.0.load(Ordering::Acquire);
        if state >> 32 == u64::from(process::id()) { state & COUNT } else { 0 }
    }

    /// Whether this thread is inside one of these calls.
    pub(crate) fn is_inside(&self) -> bool {
        self.depth() > 0
    }

    /// How many of these calls this thread is inside of.
    fn depth(&self) -> u64 {
        let address = std::ptr::from_ref(self).addr();
        INSIDE.with(|inside| {
            inside.iter().find(|entry| is_of(address, entry)).map_or(0, |entry| u64::from(entry.get().1))
        })
    }

    /// Waits until all are over, less those that this thread is inside of.
    pub(crate) fn wait(&self) {
        let own = self.depth();
        while self.count() > own {
            thread::sleep(PAUSE);
        }
    }

    /// Lets no more calls begin, and waits as [`wait`](Self::wait) does.
    pub(crate) fn close(&self) {
        self.0.fetch_or(CLOSED, Ordering::AcqRel);
        self.wait();
    }
}

impl Call {
    /// Makes the call.
    pub(crate) fn make<R>(self, call: impl FnOnce() -> R) -> R {
        let address = Arc::as_ptr(&self.0).addr();
        let entered = enter(address);
        let result = call();
        if entered {
            leave(address);
        }
        result
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let end = |state: u64| (state & !(COUNT | CLOSED) == Calls::of_process()).then(|| state - 1);
        // An error: it was announced before a fork, and the child does not count it.
        let _ = self.0.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, end);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn it_waits_for_the_calls_of_others_and_not_for_its_own() {
        let calls = Arc::new(Calls::default());
        let (begun, wait_for_begin) = channel();
        let (end, wait_for_end) = channel::<()>();
        let other = calls.announce().expect("open");
        let thread = thread::spawn(move || {
            other.make(|| {
                begun.send(()).expect("somebody waits");
                wait_for_end.recv().expect("somebody ends it");
            });
        });
        wait_for_begin.recv().expect("begun");
        let outer = calls.announce().expect("open");
        let inner = calls.announce().expect("open");
        outer.make(|| {
            inner.make(|| {
                assert_eq!((calls.count(), calls.depth()), (3, 2));
                end.send(()).expect("it runs");
                calls.close();
                assert_eq!(calls.count(), 2);
            });
        });
        thread.join().expect("no panic");
        assert_eq!((calls.count(), calls.depth()), (0, 0));
        assert!(calls.announce().is_none(), "closed");
    }

    #[test]
    fn as_many_owners_as_there_are_places_are_told_apart() {
        fn nest(all: &[Arc<Calls>], outer: &mut Vec<Arc<Calls>>) {
            let Some((first, rest)) = all.split_first() else { return };
            first.announce().expect("open").make(|| {
                outer.push(Arc::clone(first));
                first.announce().expect("open").make(|| {
                    let depth = u64::from(outer.len() <= MOST) * 2;
                    assert_eq!((first.depth(), first.is_inside()), (depth, depth > 0), "{}", outer.len());
                    assert!(outer.iter().take(MOST).all(|one| one.depth() == 2));
                    nest(rest, outer);
                });
            });
            assert_eq!((first.count(), first.depth()), (0, 0));
        }
        let all: Vec<Arc<Calls>> = (0..MOST + 2).map(|_| Arc::default()).collect();
        for _ in 0..2 {
            nest(&all, &mut Vec::new());
        }
    }

    #[test]
    fn what_another_process_announced_does_not_count() {
        let calls = Arc::new(Calls(AtomicU64::new(((u64::from(process::id()) + 1) << 32) | 5)));
        assert_eq!(calls.count(), 0);
        calls.wait();
        let call = calls.announce().expect("open");
        assert_eq!(calls.count(), 1);
        drop(call);
        assert_eq!(calls.count(), 0);
    }
}
