//! Sends that do not hold up their caller: a bounded queue, a bounded set of workers, and a clock.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::agenda;
use super::ticket::{Ticket, Told};
use crate::error::{Error, NotSent, Reason};

/// A thread that has had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);

/// How long interrupted workers are waited for at the very end.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// What a worker does for a ticket; it settles it.
pub(super) type Work = Box<dyn FnOnce(&Ticket) + Send>;

/// The workers of one client.
#[derive(Debug)]
pub(super) struct Dispatcher(Arc<Shared>);

struct Shared {
    max_workers: usize,
    max_queue: usize,
    state: Mutex<State>,
    /// There is work, or none will come.
    work: Condvar,
    /// The next deadline is another one.
    clock: Condvar,
    /// A send or a worker has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// Every send that is not over, those of blocking callers included.
    live: HashMap<u64, Arc<Ticket>>,
    deadlines: BinaryHeap<Reverse<(Instant, u64)>>,
    next_id: u64,
    workers: usize,
    idle: usize,
    has_clock: bool,
    closed: bool,
    /// Sends from inside of which somebody is closing, and workers that run one: they cannot end before that has returned.
    closing_sends: Vec<u64>,
    closing_workers: usize,
    /// Those that have ended are joined when another is started, and at the end.
    threads: Vec<JoinHandle<()>>,
}

struct Job {
    id: u64,
    ticket: Arc<Ticket>,
    work: Work,
}

/// What a thread does for a dispatcher.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Worker,
    Clock,
    /// It runs its own send.
    Caller,
}

/// What a thread is in the middle of: a worker's send may call somebody who sends again, for this client or another.
#[derive(Clone, Copy)]
struct Frame {
    /// The dispatcher, by its address.
    dispatcher: usize,
    role: Role,
    /// The send; 0 if it is none.
    send: u64,
}

/// The frames of a thread, from the outermost to the innermost. Copied as a whole, so that it needs no destructor and is
/// there to the thread's very end. More than so many nobody nests; further ones are not known of.
#[derive(Clone, Copy)]
struct Frames {
    len: usize,
    all: [Frame; 16],
}

impl Frames {
    const NONE: Self = Self { len: 0, all: [Frame { dispatcher: 0, role: Role::Caller, send: 0 }; 16] };

    fn with(mut self, frame: Frame) -> Self {
        if let Some(place) = self.all.get_mut(self.len) {
            *place = frame;
            self.len += 1;
        }
        self
    }

    fn of(&self, dispatcher: usize) -> impl Iterator<Item = &Frame> {
        self.all.iter().take(self.len).filter(move |frame| frame.dispatcher == dispatcher)
    }
}

thread_local! {
    static INSIDE: Cell<Frames> = const { Cell::new(Frames::NONE) };
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("max_workers", &self.max_workers).finish_non_exhaustive()
    }
}

impl Dispatcher {
    pub(super) fn new(max_workers: usize, max_queue: usize) -> Self {
        Self(Arc::new(Shared {
            max_workers,
            max_queue,
            state: Mutex::default(),
            work: Condvar::new(),
            clock: Condvar::new(),
            ended: Condvar::new(),
        }))
    }

    /// Gives work to a worker. At the deadline the ticket is settled, wherever it is.
    pub(super) fn submit(&self, ticket: &Arc<Ticket>, deadline: Instant, work: Work) -> Result<(), Error> {
        let shared = &self.0;
        let mut state = shared.lock();
        if state.closed {
            return Err(refused(ticket, Reason::Closed, "the client is closed"));
        }
        if state.queue.len() >= shared.max_queue {
            // Those that were cancelled or too late take no room.
            state.drop_settled();
        }
        if state.queue.len() >= shared.max_queue {
            return Err(refused(ticket, Reason::QueueFull, "too many sends are waiting"));
        }
        if state.queue.len() >= state.idle && state.workers < shared.max_workers {
            let spawned = shared.spawn(&mut state, "linkwa-worker", Shared::run_worker);
            state.workers += usize::from(spawned);
            if state.workers == 0 {
                return Err(refused(ticket, Reason::QueueFull, "the system gives no thread to send on"));
            }
        }
        if !state.has_clock {
            state.has_clock = shared.spawn(&mut state, "linkwa-clock", Shared::run_clock);
        }
        let id = state.register(ticket);
        state.queue.push_back(Job { id, ticket: Arc::clone(ticket), work });
        let is_next = state.deadlines.peek().is_none_or(|Reverse((next, _))| deadline < *next);
        state.deadlines.push(Reverse((deadline, id)));
        state.forget_old_deadlines();
        drop(state);
        shared.work.notify_one();
        if is_next {
            shared.clock.notify_one();
        }
        Ok(())
    }

    /// Runs work on the calling thread, known to those who close.
    pub(super) fn run_here(&self, ticket: &Arc<Ticket>, work: impl FnOnce(&Ticket)) -> Result<(), Error> {
        let shared = &self.0;
        let mut state = shared.lock();
        if state.closed {
            return Err(refused(ticket, Reason::Closed, "the client is closed"));
        }
        let id = state.register(ticket);
        drop(state);
        let _ended = Ended { shared, id };
        shared.run_as(Role::Caller, id, || work(ticket));
        Ok(())
    }

    /// Takes no more; settles what waits; waits for what is under way; at the end of the time settles that too and has
    /// `interrupt` break off what still runs.
    pub(super) fn close(&self, timeout: Duration, interrupt: impl FnOnce()) {
        let shared = &self.0;
        let until = Instant::now().checked_add(timeout);
        self.close_queue();
        // Whoever closes from inside cannot wait for itself.
        let inside = INSIDE.get();
        let own: Vec<Frame> = inside.of(shared.address()).copied().collect();
        let own_worker = usize::from(own.iter().any(|frame| frame.role == Role::Worker));
        {
            let mut state = shared.lock();
            state.closing_sends.extend(own.iter().map(|frame| frame.send));
            state.closing_workers += own_worker;
        }
        shared.ended.notify_all();
        let mut told = Vec::new();
        // Whoever gives no time breaks off also the send that they are called by.
        if !shared.wait(until, State::is_quiet) || timeout.is_zero() {
            let rest: Vec<_> = shared.lock().live.values().cloned().collect();
            told.extend(rest.iter().filter_map(|ticket| ticket.cancel_quietly(Reason::Closed)));
        }
        interrupt();
        agenda::put_down(told);
        agenda::work_off();
        shared.work.notify_all();
        shared.clock.notify_all();
        let last = Instant::now().checked_add(LAST_WAIT);
        if !own.is_empty() {
            // Neither our own thread nor the clock, which stays as long as our send does, can end before we do.
            shared.wait(last, |state| state.workers <= state.closing_workers);
            let mut state = shared.lock();
            for frame in own {
                if let Some(at) = state.closing_sends.iter().position(|send| *send == frame.send) {
                    state.closing_sends.swap_remove(at);
                }
            }
            state.closing_workers -= own_worker;
        } else if shared.wait(last, |state| state.workers == 0 && !state.has_clock) {
            let threads = std::mem::take(&mut shared.lock().threads);
            for thread in threads {
                // A worker catches its panics.
                let _ = thread.join();
            }
        }
    }

    /// Takes no more and settles what waits, without waiting for anything.
    pub(super) fn close_queue(&self) {
        let mut state = self.0.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.queue);
        for job in &waiting {
            state.live.remove(&job.id);
        }
        drop(state);
        agenda::put_down(waiting.iter().filter_map(|job| job.ticket.cancel_quietly(Reason::Closed)));
        agenda::work_off();
        self.0.work.notify_all();
        self.0.clock.notify_all();
        self.0.ended.notify_all();
    }
}

impl State {
    fn register(&mut self, ticket: &Arc<Ticket>) -> u64 {
        self.next_id += 1;
        self.live.insert(self.next_id, Arc::clone(ticket));
        self.next_id
    }

    /// Nothing is under way any more, but what is closing itself. A send that was cancelled is over, though its worker may
    /// not have noticed yet.
    fn is_quiet(&self) -> bool {
        self.live.iter().all(|(id, ticket)| self.closing_sends.contains(id) || ticket.is_settled())
    }

    /// Takes out of the queue what was cancelled or is too late.
    fn drop_settled(&mut self) {
        let live = &mut self.live;
        self.queue.retain(|job| {
            let waits = !job.ticket.is_settled();
            if !waits {
                live.remove(&job.id);
            }
            waits
        });
    }

    /// The deadlines of sends that are over stay until they come; not too many of them.
    fn forget_old_deadlines(&mut self) {
        if self.deadlines.len() > 1024 + 2 * self.live.len() {
            self.deadlines.retain(|Reverse((_, id))| self.live.contains_key(id));
        }
    }
}

/// Takes a send off the list when it is over, also if its work panicked.
struct Ended<'s> {
    shared: &'s Shared,
    id: u64,
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.live.remove(&self.id);
        let is_last = state.closed && state.live.is_empty();
        drop(state);
        self.shared.ended.notify_all();
        if is_last {
            // Nothing is left to keep time for.
            self.shared.clock.notify_all();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn run_as(&self, role: Role, send: u64, work: impl FnOnce()) {
        /// What the thread was before, also if the work panics.
        struct Outside(Frames);

        impl Drop for Outside {
            fn drop(&mut self) {
                INSIDE.set(self.0);
            }
        }

        let outside = INSIDE.get();
        INSIDE.set(outside.with(Frame { dispatcher: self.address(), role, send }));
        let _outside = Outside(outside);
        work();
    }

    /// Starts a thread; false if the system gives none.
    fn spawn(self: &Arc<Self>, state: &mut State, name: &str, run: fn(&Self)) -> bool {
        state.threads.retain(|thread| !thread.is_finished());
        let shared = Arc::clone(self);
        let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || run(&shared));
        spawned.map(|thread| state.threads.push(thread)).is_ok()
    }

    fn run_worker(&self) {
        while let Some(job) = self.next_job() {
            let Job { id, ticket, work } = job;
            let _ended = Ended { shared: self, id };
            self.run_as(Role::Worker, id, || {
                if !ticket.is_settled() && catch_unwind(AssertUnwindSafe(|| work(&ticket))).is_err() {
                    ticket.settle(Err(Error::panicked(&ticket)));
                }
            });
        }
        self.ended.notify_all();
    }

    /// The next job, or `None` when this worker may go; it is then off the count.
    fn next_job(&self) -> Option<Job> {
        let mut state = self.lock();
        let idle_until = Instant::now() + IDLE;
        loop {
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            let left = idle_until.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                state.workers -= 1;
                return None;
            }
            state.idle += 1;
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.idle -= 1;
        }
    }

    fn run_clock(&self) {
        self.run_as(Role::Clock, 0, || self.keep_time());
        self.ended.notify_all();
    }

    fn keep_time(&self) {
        let mut state = self.lock();
        let mut idle_until = Instant::now() + IDLE;
        loop {
            let now = Instant::now();
            let mut late = Vec::new();
            while let Some(Reverse((deadline, id))) = state.deadlines.peek().copied() {
                if deadline > now {
                    break;
                }
                state.deadlines.pop();
                late.extend(state.live.get(&id).cloned());
            }
            if !late.is_empty() {
                drop(state);
                let told = late.iter().filter_map(|ticket| ticket.cancel_quietly(Reason::Deadline)).collect();
                self.tell_elsewhere(told);
                state = self.lock();
                state.drop_settled();
                continue;
            }
            if !state.live.is_empty() {
                idle_until = now + IDLE;
            }
            let next = state.deadlines.peek().map_or(idle_until, |Reverse((deadline, _))| *deadline);
            if state.live.is_empty() && (state.closed || now >= idle_until) {
                state.has_clock = false;
                return;
            }
            let left = next.min(idle_until).saturating_duration_since(now);
            state = self.clock.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Tells callbacks on a thread of their own: one that takes its time must not stop the clock.
    fn tell_elsewhere(&self, told: Vec<Told>) {
        if told.is_empty() {
            return;
        }
        let told = Arc::new(Mutex::new(told));
        let take = |told: &Mutex<Vec<Told>>| std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
        let (theirs, address) = (Arc::clone(&told), self.address());
        let run = move || {
            INSIDE.set(Frames::NONE.with(Frame { dispatcher: address, role: Role::Clock, send: 0 }));
            agenda::put_down(take(&theirs));
            agenda::work_off();
        };
        if thread::Builder::new().name("linkwa-callback".to_owned()).spawn(run).is_err() {
            // Better late than never.
            agenda::put_down(take(&told));
            agenda::work_off();
        }
    }

    /// Waits until the state is so; false if it is not in time.
    fn wait(&self, until: Option<Instant>, is_so: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        loop {
            if is_so(&state) {
                return true;
            }
            let Some(until) = until else {
                state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn refused(ticket: &Ticket, reason: Reason, detail: &str) -> Error {
    Error::NotSent(Box::new(NotSent { reason, detail: detail.to_owned(), ref_id: ticket.ref_id.clone() }))
}
