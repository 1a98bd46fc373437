//! Sends that do not hold up their caller: a bounded queue, a bounded set of workers, and a clock.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::agenda;
use super::pace::{LOOK, Pace};
use super::thread;
use super::ticket::{Ticket, Told};
use crate::error::{Error, NO_THREAD, NotSent, Reason};

/// A thread that has had nothing to do for so long ends.
const IDLE: Duration = Duration::from_secs(10);

/// How long interrupted workers are waited for at the very end.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// How much longer a send may take whose message is leaving at its deadline. Its worker keeps the deadline itself, and knows
/// what has arrived by then: also if the whole process was stopped meanwhile.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// What a worker does for a ticket; it settles it.
pub(super) type Work = Box<dyn FnOnce(&Ticket) + Send>;

/// The workers of one client.
#[derive(Debug)]
pub(super) struct Dispatcher(Arc<Shared>);

struct Shared {
    max_workers: usize,
    max_queue: usize,
    state: Mutex<State>,
    /// The clock has something to look at earlier than it thought.
    clock: Condvar,
    /// A send or a worker has ended.
    ended: Condvar,
}

/// Whoever wakes a thread that does not sleep, or has nothing to do yet, pays for nothing; so it is known here who sleeps.
struct State {
    queue: VecDeque<Job>,
    /// Every send that is not over, those of blocking callers included.
    live: HashMap<u64, Arc<Ticket>>,
    /// When each of them must be over, and whether it had more time than its caller gave it.
    deadlines: BinaryHeap<Reverse<(Instant, u64, bool)>>,
    next_id: u64,
    workers: usize,
    /// Workers that have nothing to do. The last comes first: it is still warm.
    asleep: Vec<Arc<Condvar>>,
    /// Workers that were woken or started, and are not here yet. There is one at most: it sees itself whether more are needed.
    coming: usize,
    pace: Pace,
    has_clock: bool,
    /// Until when the clock sleeps, if it does.
    clock_sleeps: Option<Instant>,
    /// When the clock is to look whether sends that wait get on, if any do while more workers could be awake.
    look_at: Option<Instant>,
    /// How many wait for `ended`.
    waiting: usize,
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

/// Who is to be woken because of what waits.
#[derive(Default)]
struct Call {
    worker: Option<Arc<Condvar>>,
    clock: bool,
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
        let state = State {
            queue: VecDeque::new(),
            live: HashMap::new(),
            deadlines: BinaryHeap::new(),
            next_id: 0,
            workers: 0,
            asleep: Vec::new(),
            coming: 0,
            pace: Pace::new(max_workers),
            has_clock: false,
            clock_sleeps: None,
            look_at: None,
            waiting: 0,
            closed: false,
            closing_sends: Vec::new(),
            closing_workers: 0,
            threads: Vec::new(),
        };
        Self(Arc::new(Shared {
            max_workers,
            max_queue,
            state: Mutex::new(state),
            clock: Condvar::new(),
            ended: Condvar::new(),
        }))
    }

    /// Gives work to a worker. At the deadline the ticket is settled, wherever it is. `on_begun` is called once nothing can
    /// refuse the work any more, before any other thread knows of it; the lock is held, so it must be brief.
    pub(super) fn submit(
        &self,
        ticket: &Arc<Ticket>,
        deadline: Instant,
        work: Work,
        on_begun: impl FnOnce(),
    ) -> Result<(), Error> {
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
            return Err(refused(ticket, Reason::QueueFull, "as many sends are waiting as `max_queue` allows"));
        }
        if state.workers == 0 && !shared.start_worker(&mut state) {
            return Err(refused(ticket, Reason::QueueFull, NO_THREAD));
        }
        if !state.has_clock {
            state.has_clock = shared.spawn(&mut state, "linkwa-clock", Shared::run_clock);
        }
        on_begun();
        let id = state.register(ticket);
        state.queue.push_back(Job { id, ticket: Arc::clone(ticket), work });
        state.deadlines.push(Reverse((deadline, id, false)));
        state.forget_old_deadlines();
        let call = shared.call(&mut state);
        let clock = call.clock | state.wakes_clock(deadline);
        drop(state);
        Call { clock, ..call }.make(shared);
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
        shared.notify_ended();
        let mut told = Vec::new();
        // Whoever gives no time breaks off also the send that they are called by.
        if !shared.wait(until, State::is_quiet) || timeout.is_zero() {
            let rest: Vec<_> = shared.lock().live.values().cloned().collect();
            told.extend(rest.iter().filter_map(|ticket| ticket.cancel_quietly(Reason::Closed)));
        }
        interrupt();
        agenda::put_down(told);
        agenda::work_off();
        shared.wake_all();
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
        self.0.wake_all();
        self.0.notify_ended();
    }
}

impl Call {
    /// Without the lock, which who comes wants first.
    fn make(self, shared: &Shared) {
        if let Some(sleeper) = self.worker {
            sleeper.notify_one();
        }
        if self.clock {
            shared.clock.notify_one();
        }
    }
}

impl State {
    fn register(&mut self, ticket: &Arc<Ticket>) -> u64 {
        self.next_id += 1;
        self.live.insert(self.next_id, Arc::clone(ticket));
        self.next_id
    }

    /// How many workers are awake, or will be.
    fn awake(&self) -> usize {
        self.workers - self.asleep.len()
    }

    /// How many workers may be awake: all of them if there is no clock that would see that they are held up.
    fn allowed(&self) -> usize {
        if self.has_clock { self.pace.allowed() } else { usize::MAX }
    }

    /// Whether the clock must be woken to be there in time. It is then on its way.
    fn wakes_clock(&mut self, time: Instant) -> bool {
        self.clock_sleeps.take_if(|until| time < *until).is_some()
    }

    /// Nothing is under way any more, but what is closing itself. A send that was cancelled is over, though its worker may
    /// not have noticed yet.
    fn is_quiet(&self) -> bool {
        self.live.iter().all(|(id, ticket)| self.closing_sends.contains(id) || ticket.is_settled())
    }

    /// A send is over.
    fn end(&mut self, id: u64) -> News {
        self.live.remove(&id);
        News { waiting: self.waiting > 0, is_last: self.closed && self.live.is_empty() }
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

    /// The next deadline of a send that is not over.
    fn next_deadline(&mut self) -> Option<Instant> {
        while let Some(Reverse((deadline, id, _))) = self.deadlines.peek() {
            if self.live.contains_key(id) {
                return Some(*deadline);
            }
            self.deadlines.pop();
        }
        None
    }

    /// The deadlines of sends that are over stay until they come; not too many of them.
    fn forget_old_deadlines(&mut self) {
        if self.deadlines.len() > 1024 + 2 * self.live.len() {
            self.deadlines.retain(|Reverse((_, id, _))| self.live.contains_key(id));
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
        self.shared.lock().end(self.id).tell(self.shared);
    }
}

/// Who wants to know that a send has ended.
#[derive(Clone, Copy)]
struct News {
    /// Whoever waits for that.
    waiting: bool,
    /// The clock: nothing is left to keep time for.
    is_last: bool,
}

impl News {
    fn tell(self, shared: &Shared) {
        if self.waiting {
            shared.ended.notify_all();
        }
        if self.is_last {
            shared.clock.notify_all();
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
    fn spawn(self: &Arc<Self>, state: &mut State, name: &str, run: fn(&Arc<Self>)) -> bool {
        state.threads.retain(|thread| !thread.is_finished());
        let shared = Arc::clone(self);
        let spawned = thread::spawn(name, move || run(&shared));
        spawned.map(|thread| state.threads.push(thread)).is_ok()
    }

    /// Starts a worker; false if the system gives none.
    fn start_worker(self: &Arc<Self>, state: &mut State) -> bool {
        let started = self.spawn(state, "linkwa-worker", Self::run_worker);
        state.workers += usize::from(started);
        state.coming += usize::from(started);
        started
    }

    /// Sees to it that somebody comes for what waits, or that the clock looks after it.
    fn call(self: &Arc<Self>, state: &mut State) -> Call {
        let mut call = Call::default();
        if state.queue.is_empty() || state.coming > 0 {
            return call;
        }
        let more = state.awake() < state.allowed();
        if more {
            call.worker = state.asleep.pop();
        }
        if call.worker.is_some() {
            state.coming += 1;
        } else if more && state.workers < self.max_workers && self.start_worker(state) {
            // It is counted.
        } else if state.awake().min(state.allowed()) < self.max_workers && state.look_at.is_none() {
            // Enough are awake, or will be as soon as some rest; or the system gives no thread now.
            let time = Instant::now() + LOOK;
            state.look_at = Some(time);
            state.pace.look(0);
            call.clock = state.wakes_clock(time);
        }
        call
    }

    fn run_worker(self: &Arc<Self>) {
        let sleeper = Arc::new(Condvar::new());
        let mut state = self.lock();
        state.coming = state.coming.saturating_sub(1);
        let mut may_rest = false;
        loop {
            let (next, job) = Self::next_job(state, &sleeper, may_rest);
            state = next;
            let Some(Job { id, ticket, work }) = job else { break };
            let call = self.call(&mut state);
            drop(state);
            call.make(self);
            let ended = Ended { shared: self, id };
            self.run_as(Role::Worker, id, || {
                // A forked child has no workers, so the send is this process's.
                if !ticket.is_over() && catch_unwind(AssertUnwindSafe(|| work(&ticket))).is_err() {
                    ticket.settle(Err(Error::panicked(&ticket)));
                }
            });
            // It would take the lock once more.
            std::mem::forget(ended);
            // One that is settled has nothing of the caller's any more that would be dropped under the lock.
            let ticket = if ticket.is_over() { None } else { Some(ticket) };
            state = self.lock();
            let news = state.end(id);
            if news.waiting || news.is_last || ticket.is_some() {
                drop(state);
                drop(ticket);
                news.tell(self);
                state = self.lock();
            }
            may_rest = true;
        }
        drop(state);
        self.notify_ended();
    }

    /// The next job, or `None` when this worker may go; it is then off the count.
    ///
    /// One that comes from a job rests when enough are awake. One that was called must take a job: those who are awake may be
    /// held up, and only whoever takes one sees to it that somebody looks after the others.
    fn next_job<'s>(
        mut state: MutexGuard<'s, State>,
        sleeper: &Arc<Condvar>,
        mut may_rest: bool,
    ) -> (MutexGuard<'s, State>, Option<Job>) {
        let mut idle_until = None;
        loop {
            let awake = state.awake();
            if (!may_rest || awake <= state.allowed())
                && let Some(job) = state.queue.pop_front()
            {
                state.pace.begin(awake);
                return (state, Some(job));
            }
            let now = Instant::now();
            let left = idle_until.get_or_insert(now + IDLE).saturating_duration_since(now);
            if state.closed || left.is_zero() {
                state.workers -= 1;
                return (state, None);
            }
            state.asleep.push(Arc::clone(sleeper));
            state = sleeper.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            if let Some(at) = state.asleep.iter().rposition(|other| Arc::ptr_eq(other, sleeper)) {
                // Nobody has called it.
                state.asleep.remove(at);
            } else {
                state.coming = state.coming.saturating_sub(1);
                may_rest = false;
            }
        }
    }

    /// Whoever waits for the end of something looks again.
    fn notify_ended(&self) {
        if self.lock().waiting > 0 {
            self.ended.notify_all();
        }
    }

    /// Every worker that sleeps, and the clock.
    fn wake_all(&self) {
        let mut state = self.lock();
        let sleepers = std::mem::take(&mut state.asleep);
        state.coming += sleepers.len();
        drop(state);
        for sleeper in sleepers {
            sleeper.notify_one();
        }
        self.clock.notify_all();
    }

    fn run_clock(self: &Arc<Self>) {
        self.run_as(Role::Clock, 0, || self.keep_time());
        self.notify_ended();
    }

    fn keep_time(self: &Arc<Self>) {
        let mut state = self.lock();
        let mut idle_until = Instant::now() + IDLE;
        loop {
            let now = Instant::now();
            let mut late = Vec::new();
            while let Some(Reverse((deadline, id, had_more))) = state.deadlines.peek().copied() {
                if deadline > now {
                    break;
                }
                state.deadlines.pop();
                let Some(ticket) = state.live.get(&id).cloned() else { continue };
                if ticket.claim.is_leaving() && !had_more {
                    state.deadlines.push(Reverse((now + LAST_LOOK, id, true)));
                } else {
                    late.push(ticket);
                }
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
            self.look_after_queue(&mut state, now);
            let next = state.next_deadline().unwrap_or(idle_until);
            if state.live.is_empty() && (state.closed || now >= idle_until) {
                state.has_clock = false;
                return;
            }
            let until = state.look_at.unwrap_or(idle_until).min(next).min(idle_until);
            state.clock_sleeps = Some(until);
            let left = until.saturating_duration_since(now);
            state = self.clock.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.clock_sleeps = None;
        }
    }

    /// Sees to it that sends that wait get on.
    fn look_after_queue(self: &Arc<Self>, state: &mut State, now: Instant) {
        if state.look_at.is_some_and(|time| time <= now) {
            state.look_at = None;
            if !state.queue.is_empty() {
                let awake = state.awake();
                state.pace.look(awake);
            }
            // It has the clock look again, if need be.
            self.call(state).make(self);
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
        if thread::spawn("linkwa-callback", run).is_err() {
            // Better late than never.
            agenda::put_down(take(&told));
            agenda::work_off();
        }
    }

    /// Waits until the state is so; false if it is not in time.
    fn wait(&self, until: Option<Instant>, is_so: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        state.waiting += 1;
        loop {
            if is_so(&state) {
                state.waiting -= 1;
                return true;
            }
            let Some(until) = until else {
                state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.waiting -= 1;
                return false;
            }
            state = self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn refused(ticket: &Ticket, reason: Reason, detail: &str) -> Error {
    Error::NotSent(Box::new(NotSent { reason, detail: detail.to_owned(), ref_id: ticket.ref_id.clone() }))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_thread_that_the_system_does_not_give_is_asked_for_again() {
        let dispatcher = Dispatcher::new(16, 100);
        let deadline = Instant::now() + Duration::from_secs(60);
        let (began, begins) = channel();
        let (go, gone) = channel::<()>();
        let submit = |work: Work| {
            let ticket = Arc::new(Ticket::new(String::new(), None, std::process::id()));
            assert!(dispatcher.submit(&ticket, deadline, work, || ()).is_ok());
        };
        let first = began.clone();
        submit(Box::new(move |_| {
            let _ = first.send(1);
            let _ = gone.recv();
        }));
        assert_eq!(begins.recv_timeout(Duration::from_secs(10)), Ok(1));
        thread::NO_THREADS.set(true);
        submit(Box::new(move |_| {
            let _ = began.send(2);
        }));
        thread::NO_THREADS.set(false);
        assert_eq!(begins.recv_timeout(Duration::from_secs(10)), Ok(2), "the first still hangs");
        drop(go);
        dispatcher.close(Duration::from_secs(10), || ());
    }

    #[test]
    fn a_run_of_many_for_which_the_system_gives_no_thread_fails_at_once() {
        use crate::delivery::thread::NO_THREADS;
        use crate::{Client, Config, ManyOptions, Text};

        let config = Config::with_base_url("http://127.0.0.1:1", "user", "secret").platform("p", "pp").source("123");
        let client = Client::new(config).expect("a client");
        let began = Instant::now();
        NO_THREADS.set(true);
        let options = ManyOptions::new().destinations_per_request(1);
        let numbers = (0..100).map(|index| format!("+46{index:08}"));
        let reasons: Vec<_> = client
            .send_many(numbers, Text::new("x"), &options)
            .map(|chunk| chunk.into_result().expect_err("no thread").reason())
            .collect();
        NO_THREADS.set(false);
        assert_eq!(reasons, [Some(Reason::QueueFull); 100]);
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }

    /// Where the system gives no more threads, say.
    #[test]
    fn without_a_clock_no_send_waits_for_one_that_hangs() {
        let dispatcher = Dispatcher::new(16, 100);
        let (began, begins) = channel();
        let (go, gone) = channel::<()>();
        let gone = Arc::new(Mutex::new(gone));
        let far = Instant::now() + Duration::from_secs(60);
        // As if it could not be started: nobody keeps time, and nobody looks.
        dispatcher.0.lock().look_at = Some(far);
        for index in 0..16 {
            let ticket = Arc::new(Ticket::new(index.to_string(), None, std::process::id()));
            let (began, gone) = (began.clone(), Arc::clone(&gone));
            let work = move |_: &Ticket| {
                let _ = began.send(());
                let _ = gone.lock().unwrap_or_else(PoisonError::into_inner).recv();
            };
            let shared = &dispatcher.0;
            let mut state = shared.lock();
            assert!(state.workers > 0 || shared.start_worker(&mut state));
            let id = state.register(&ticket);
            state.queue.push_back(Job { id, ticket, work: Box::new(work) });
            let call = shared.call(&mut state);
            drop(state);
            call.make(shared);
        }
        for count in 0..16 {
            assert!(begins.recv_timeout(Duration::from_secs(10)).is_ok(), "only {count} have begun");
        }
        drop(go);
        dispatcher.close(Duration::from_secs(10), || ());
    }
}
