//! Keeps account of which functions of the caller are running, and on which threads.
//!
//! Closing or freeing a client, or replacing a log function, waits until the functions that it calls have returned. It never
//! waits for a function that its own thread is inside of.

use std::cell::Cell;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How many different calls of one thread are counted. Programs have one or two clients and one log function. Calls beyond
/// this depth are not counted.
const MAX_DEPTH: usize = 32;

/// A call that the thread is inside of.
#[derive(Clone, Copy)]
struct Entry {
    /// The address of the object that makes the call.
    owner: usize,
    /// Identifies the call for its owner.
    tag: u64,
    /// How many times the thread is inside this call; 0 for a free entry.
    count: u32,
}

const FREE: Entry = Entry { owner: 0, tag: 0, count: 0 };

thread_local! {
    /// It has no destructor, so that it can be used in handlers of `exit()` and while a thread ends.
    static INSIDE: [Cell<Entry>; MAX_DEPTH] = const { [const { Cell::new(FREE) }; MAX_DEPTH] };
}

/// Marks this thread as inside a call of this owner, until the guard is dropped.
pub(crate) fn enter(owner: usize, tag: u64) -> Inside {
    INSIDE.with(|inside| {
        let own = inside.iter().find(|entry| is_of(entry, owner, tag));
        let entry = own.or_else(|| inside.iter().find(|entry| entry.get().count == 0));
        let Some(entry) = entry else { return Inside { owner, tag, is_counted: false } };
        let count = if own.is_some() { entry.get().count } else { 0 };
        entry.set(Entry { owner, tag, count: count.saturating_add(1) });
        Inside { owner, tag, is_counted: true }
    })
}

/// The tags of the owner's calls that this thread is inside of, each with its count.
pub(crate) fn calls_of(owner: usize) -> Vec<(u64, u32)> {
    INSIDE.with(|inside| {
        let of_owner = inside.iter().map(Cell::get).filter(|entry| entry.count > 0 && entry.owner == owner);
        of_owner.map(|entry| (entry.tag, entry.count)).collect()
    })
}

fn is_of(entry: &Cell<Entry>, owner: usize, tag: u64) -> bool {
    let entry = entry.get();
    entry.count > 0 && entry.owner == owner && entry.tag == tag
}

/// See [`enter`].
pub(crate) struct Inside {
    owner: usize,
    tag: u64,
    is_counted: bool,
}

impl Drop for Inside {
    fn drop(&mut self) {
        if !self.is_counted {
            return;
        }
        INSIDE.with(|inside| {
            if let Some(entry) = inside.iter().find(|entry| is_of(entry, self.owner, self.tag)) {
                entry.set(Entry { count: entry.get().count.saturating_sub(1), ..entry.get() });
            }
        });
    }
}

/// Counts the calls of one owner's functions that are running or expected, so that it can wait for their end.
///
/// The state is one atomic number instead of a lock, because a forked child may inherit a lock that is held. It contains the
/// process id, so that a child does not wait for calls of its parent, whether the gate is closed, and the count.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct CallbackGate(Arc<AtomicU64>);

const CLOSED: u64 = 1 << 31;
const COUNT: u64 = CLOSED - 1;

/// The interval at which a wait checks the count. Usually it is already zero.
const PAUSE: Duration = Duration::from_micros(200);

fn this_process() -> u64 {
    u64::from(process::id()) << 32
}

impl Default for CallbackGate {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(this_process())))
    }
}

impl CallbackGate {
    /// Announces a call that will be made later. `None` if the gate is closed.
    pub fn expect_call(&self) -> Option<ExpectedCall> {
        let process = this_process();
        let count = |state: u64| match state & !COUNT {
            open if open == process => Some(state + 1),
            closed if closed == process | CLOSED => None,
            _ => Some(process | (state & CLOSED) | 1),
        };
        let counted = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, count);
        counted.ok().map(|_| ExpectedCall { gate: self.clone(), process })
    }

    fn count(&self) -> u64 {
        let state = self.0.load(Ordering::Acquire);
        if state & !(COUNT | CLOSED) == this_process() { state & COUNT } else { 0 }
    }

    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// How many calls of this gate the thread is inside of.
    fn depth(&self) -> u64 {
        calls_of(self.address()).iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// Whether this thread is inside a call of this gate.
    pub fn is_inside(&self) -> bool {
        self.depth() > 0
    }

    /// Makes a call that [`wait`](Self::wait) does not wait for. The thread counts as inside it until it returns.
    pub fn enter<R>(&self, call: impl FnOnce() -> R) -> R {
        let _inside = enter(self.address(), 0);
        call()
    }

    /// Whether a call is expected or running, except those that this thread is inside of.
    pub fn is_busy(&self) -> bool {
        self.count() > self.depth()
    }

    /// Waits until all calls have returned, except those that this thread is inside of.
    pub fn wait(&self) {
        while self.is_busy() {
            thread::sleep(PAUSE);
        }
    }

    /// Refuses further calls, and waits as [`wait`](Self::wait) does.
    pub fn close(&self) {
        self.0.fetch_or(CLOSED, Ordering::AcqRel);
        self.wait();
    }
}

/// A call that is expected or running. Dropping it without a call ends the expectation.
#[doc(hidden)]
#[derive(Debug)]
pub struct ExpectedCall {
    gate: CallbackGate,
    /// The process that counted the call. A forked child that drops it must not count it down.
    process: u64,
}

impl ExpectedCall {
    /// Makes the call. The thread counts as inside it until it returns.
    pub fn enter<R>(self, call: impl FnOnce() -> R) -> R {
        self.gate.enter(call)
    }
}

impl Drop for ExpectedCall {
    fn drop(&mut self) {
        if self.process == this_process() {
            self.gate.0.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_gate_waits_for_calls_on_other_threads_and_not_for_its_own() {
        let gate = CallbackGate::default();
        let (begun, wait_for_begin) = channel();
        let (end, wait_for_end) = channel::<()>();
        let other = gate.expect_call().expect("open");
        let thread = thread::spawn(move || {
            other.enter(|| {
                begun.send(()).expect("a listener");
                wait_for_end.recv().expect("an end");
            });
        });
        wait_for_begin.recv().expect("begun");
        let outer = gate.expect_call().expect("open");
        let inner = gate.expect_call().expect("open");
        outer.enter(|| {
            inner.enter(|| {
                assert_eq!((gate.count(), gate.depth()), (3, 2));
                end.send(()).expect("it runs");
                gate.close();
                assert_eq!(gate.count(), 2);
            });
        });
        thread.join().expect("no panic");
        assert_eq!((gate.count(), gate.depth()), (0, 0));
        assert!(gate.expect_call().is_none(), "closed");
    }

    #[test]
    fn calls_of_up_to_the_maximum_of_owners_are_counted_separately() {
        fn nest(all: &[CallbackGate], outer: &mut Vec<CallbackGate>) {
            let Some((first, rest)) = all.split_first() else { return };
            first.expect_call().expect("open").enter(|| {
                outer.push(first.clone());
                first.expect_call().expect("open").enter(|| {
                    let depth = u64::from(outer.len() <= MAX_DEPTH) * 2;
                    assert_eq!((first.depth(), first.is_inside()), (depth, depth > 0), "{}", outer.len());
                    assert!(outer.iter().take(MAX_DEPTH).all(|gate| gate.depth() == 2));
                    nest(rest, outer);
                });
            });
            assert_eq!((first.count(), first.depth()), (0, 0));
        }
        let all: Vec<CallbackGate> = (0..MAX_DEPTH + 2).map(|_| CallbackGate::default()).collect();
        for _ in 0..2 {
            nest(&all, &mut Vec::new());
        }
    }

    #[test]
    fn calls_that_the_parent_process_expected_do_not_count() {
        let gate = CallbackGate(Arc::new(AtomicU64::new((this_process() + (1 << 32)) | 5)));
        assert_eq!(gate.count(), 0);
        gate.wait();
        let call = gate.expect_call().expect("open");
        assert_eq!(gate.count(), 1);
        drop(ExpectedCall { gate: gate.clone(), process: this_process() + (1 << 32) });
        assert_eq!(gate.count(), 1, "it was the parent's");
        drop(call);
        assert_eq!(gate.count(), 0);
    }
}
