//! Runs sends on workers: a bounded queue, a fixed number of workers that start on demand, and a timer for deadlines.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use once_cell::race::OnceBox;

use super::callbacks;
use super::deliver::Delivered;
use super::observed::Gauge;
use super::send_state::{Completion, FinalResult, SendState};
use super::thread;
use crate::error::{Error, NO_THREAD, Reason};
use crate::gate::{self, CallbackGate};
use crate::observer::Load;

/// A worker or timer that has had nothing to do for this long ends.
const IDLE: Duration = Duration::from_secs(10);

/// How long `close` waits for workers to end after it has shut down their connections.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// The extra time of a send whose body is leaving at its deadline. Its worker also stops at the deadline and then reads what
/// has already arrived. This finds an answer that came while the whole process was stopped.
const GRACE: Duration = Duration::from_secs(1);

/// The pause before another attempt to start a worker, if the system gave no thread and sends are waiting.
const RETRY_START: Duration = Duration::from_millis(100);

/// Counts the sends that have a result and are about to write their last log line.
static LAST_LINES: OnceBox<CallbackGate> = OnceBox::new();

fn last_lines() -> &'static CallbackGate {
    LAST_LINES.get_or_init(Box::default)
}

/// Whether a send whose result is known is still to write a log line. A process that ends may wait for it.
#[doc(hidden)]
pub fn is_logging() -> bool {
    last_lines().is_busy()
}

/// The function that a worker runs for a send.
pub(super) type Work = Box<dyn FnOnce(&Arc<SendState>) -> Delivered + Send>;

/// The workers of one client.
#[derive(Debug)]
pub(super) struct Pool(Arc<Shared>);

struct Shared {
    max_workers: usize,
    max_queue: usize,
    state: Mutex<State>,
    /// Signals the timer that a deadline is earlier than the one it waits for.
    timer: Condvar,
    /// Signals that a send or a worker has ended.
    ended: Condvar,
}

struct State {
    queue: VecDeque<Job>,
    /// All sends that have not ended, including those of blocking callers.
    live: HashMap<u64, Arc<SendState>>,
    deadlines: BinaryHeap<Reverse<Deadline>>,
    last_id: u64,
    workers: usize,
    /// Workers that wait for a job. The last to become idle is the first to be woken.
    idle: Vec<Arc<Condvar>>,
    /// Workers that were woken or started and have not yet looked at the queue.
    coming: usize,
    has_timer: bool,
    /// When the sleeping timer wakes by itself. `None` while it runs.
    timer_sleeps_until: Option<Instant>,
    /// When the timer tries again to start a worker for which there was no thread.
    start_at: Option<Instant>,
    /// The number of threads that wait for `ended`.
    waiting: usize,
    closed: bool,
    /// Sends from whose callbacks `close` was called. They cannot end before it returns.
    closing_sends: Vec<u64>,
    /// How many of those sends run on workers.
    closing_workers: usize,
    /// Handles of the threads. Those of ended threads are dropped when another one starts; `close` joins the rest.
    threads: Vec<JoinHandle<()>>,
}

struct Job {
    id: u64,
    send: Arc<SendState>,
    work: Work,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    at: Instant,
    id: u64,
    /// Whether it was extended by [`GRACE`].
    is_extended: bool,
}

/// The part that a thread plays in a pool. [`gate::enter`] gets it as a tag.
#[derive(Clone, Copy)]
enum Role {
    /// A worker runs this send.
    Worker(u64),
    /// A caller runs its own send.
    Caller(u64),
    /// The timer, or a thread that runs callbacks for it.
    Timer,
}

impl Role {
    fn tag(self) -> u64 {
        match self {
            Self::Worker(id) => id << 1 | 1,
            Self::Caller(id) => id << 1,
            Self::Timer => 0,
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("max_workers", &self.max_workers).finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn new(max_workers: usize, max_queue: usize) -> Self {
        let state = State {
            queue: VecDeque::new(),
            live: HashMap::new(),
            deadlines: BinaryHeap::new(),
            last_id: 0,
            workers: 0,
            idle: Vec::new(),
            coming: 0,
            has_timer: false,
            timer_sleeps_until: None,
            start_at: None,
            waiting: 0,
            closed: false,
            closing_sends: Vec::new(),
            closing_workers: 0,
            threads: Vec::new(),
        };
        let (timer, ended) = (Condvar::new(), Condvar::new());
        Self(Arc::new(Shared { max_workers, max_queue, state: Mutex::new(state), timer, ended }))
    }

    /// What says how busy it is.
    pub(super) fn gauge(&self) -> Arc<dyn Gauge> {
        Arc::clone(&self.0) as Arc<dyn Gauge>
    }

    /// Queues a send for a worker. The timer settles it at its deadline, even if it is still queued or its worker hangs.
    /// `on_begun` is called once the send can no longer be refused, before any other thread knows of it. It must be brief,
    /// because the lock is held.
    pub(super) fn submit(
        &self,
        send: &Arc<SendState>,
        deadline: Instant,
        work: Work,
        on_begun: impl FnOnce(),
    ) -> Result<(), Error> {
        let shared = &self.0;
        let mut state = shared.lock();
        if state.closed {
            return Err(send.not_sent(Reason::Closed, "the client is closed"));
        }
        if state.queue.len() >= shared.max_queue {
            // Cancelled sends do not count.
            state.drop_settled();
        }
        if state.queue.len() >= shared.max_queue {
            return Err(send.not_sent(Reason::QueueFull, "the queue of the client is full"));
        }
        if state.workers == 0 && !shared.start_worker(&mut state) {
            return Err(send.not_sent(Reason::QueueFull, NO_THREAD));
        }
        if !state.has_timer {
            state.has_timer = shared.start(&mut state, "linkwa-timer", Shared::run_timer);
        }
        on_begun();
        let id = state.register(send);
        state.queue.push_back(Job { id, send: Arc::clone(send), work });
        state.deadlines.push(Reverse(Deadline { at: deadline, id, is_extended: false }));
        state.forget_old_deadlines();
        let worker = shared.worker_for_queue(&mut state);
        let timer_acts_at = state.start_at.map_or(deadline, |start| start.min(deadline));
        let wake_timer = state.wakes_timer(timer_acts_at);
        drop(state);
        // Notified without the lock, because the woken threads need it first.
        if let Some(worker) = worker {
            worker.notify_one();
        }
        if wake_timer {
            shared.timer.notify_one();
        }
        Ok(())
    }

    /// Runs a send on the calling thread. `close` waits for it and can cancel it, as for sends on workers.
    pub(super) fn run_here(
        &self,
        send: &Arc<SendState>,
        work: impl FnOnce(&Arc<SendState>) -> Delivered,
    ) -> FinalResult {
        let shared = &self.0;
        let mut state = shared.lock();
        if state.closed {
            drop(state);
            let error = send.not_sent(Reason::Closed, "the client is closed");
            send.report_refused(&error);
            return Err(error);
        }
        let id = state.register(send);
        drop(state);
        shared.run(Role::Caller(id), send, work);
        shared.end(id);
        send.result_or(|| Err(Error::internal("a send ended without an outcome")))
    }

    /// Refuses new sends, settles those in the queue, and waits for those under way. When the time is up it settles those as
    /// well, and calls `interrupt` to shut down their connections.
    pub(super) fn close(&self, timeout: Duration, interrupt: impl FnOnce()) {
        let shared = &self.0;
        let until = Instant::now().checked_add(timeout);
        self.close_queue();
        // A thread that closes from inside a send cannot wait for that send.
        let own = gate::calls_of(shared.address());
        let own_worker = usize::from(own.iter().any(|(tag, _)| tag & 1 == 1));
        {
            let mut state = shared.lock();
            state.closing_sends.extend(own.iter().map(|(tag, _)| tag >> 1));
            state.closing_workers += own_worker;
        }
        shared.notify_ended();
        let mut completions = Vec::new();
        // A timeout of zero also cancels the send from which this is called.
        if !shared.wait(until, State::is_quiet) || timeout.is_zero() {
            let rest: Vec<_> = shared.lock().live.values().cloned().collect();
            completions.extend(rest.iter().filter_map(|send| send.cancel(Reason::Closed)));
        }
        interrupt();
        callbacks::defer(completions);
        callbacks::run_deferred();
        shared.wake_all();
        let last = Instant::now().checked_add(LAST_WAIT);
        if !own.is_empty() {
            // This thread's worker cannot end before this returns, nor can the timer, which runs as long as the send does.
            shared.wait(last, |state| state.workers <= state.closing_workers);
            let mut state = shared.lock();
            for (tag, _) in own {
                if let Some(at) = state.closing_sends.iter().position(|id| *id == tag >> 1) {
                    state.closing_sends.swap_remove(at);
                }
            }
            state.closing_workers -= own_worker;
        } else if shared.wait(last, |state| state.workers == 0 && !state.has_timer) {
            let threads = std::mem::take(&mut shared.lock().threads);
            for thread in threads {
                // Workers catch panics, so this is no error.
                let _ = thread.join();
            }
        }
    }

    /// Refuses new sends and settles those in the queue. Does not block.
    pub(super) fn close_queue(&self) {
        let mut state = self.0.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.queue);
        for job in &waiting {
            state.live.remove(&job.id);
        }
        drop(state);
        callbacks::defer(waiting.iter().filter_map(|job| job.send.cancel(Reason::Closed)));
        callbacks::run_deferred();
        self.0.wake_all();
        self.0.notify_ended();
    }
}

impl Gauge for Shared {
    fn load(&self) -> Load {
        let state = self.lock();
        let queued = state.queue.len();
        Load { queued, under_way: state.live.len().saturating_sub(queued) }
    }
}

impl State {
    fn register(&mut self, send: &Arc<SendState>) -> u64 {
        self.last_id += 1;
        self.live.insert(self.last_id, Arc::clone(send));
        self.last_id
    }

    /// Whether the timer must be woken because it would sleep past this time. If so, counts it as awake.
    fn wakes_timer(&mut self, time: Instant) -> bool {
        self.timer_sleeps_until.take_if(|until| time < *until).is_some()
    }

    /// Whether nothing is under way, except the sends from which `close` was called. A settled send counts as ended, even if its
    /// worker has not noticed yet.
    fn is_quiet(&self) -> bool {
        self.live.iter().all(|(id, send)| self.closing_sends.contains(id) || send.is_settled())
    }

    /// Removes settled sends from the queue.
    fn drop_settled(&mut self) {
        let live = &mut self.live;
        self.queue.retain(|job| {
            let waits = !job.send.is_settled();
            if !waits {
                live.remove(&job.id);
            }
            waits
        });
    }

    /// Removes and returns the sends whose deadline has passed. If a send's body is leaving, extends its deadline once by
    /// [`GRACE`].
    fn take_late(&mut self, now: Instant) -> Vec<Arc<SendState>> {
        let mut late = Vec::new();
        while let Some(Reverse(deadline)) = self.deadlines.peek().copied() {
            if deadline.at > now {
                break;
            }
            self.deadlines.pop();
            let Some(send) = self.live.get(&deadline.id) else { continue };
            if send.body_is_leaving() && !deadline.is_extended {
                self.deadlines.push(Reverse(Deadline { at: now + GRACE, is_extended: true, ..deadline }));
            } else {
                late.push(Arc::clone(send));
            }
        }
        late
    }

    /// The next deadline of a send that has not ended.
    fn next_deadline(&mut self) -> Option<Instant> {
        while let Some(Reverse(Deadline { at, id, .. })) = self.deadlines.peek() {
            if self.live.contains_key(id) {
                return Some(*at);
            }
            self.deadlines.pop();
        }
        None
    }

    /// Keeps the number of deadlines bounded: those of ended sends otherwise stay until they pass.
    fn forget_old_deadlines(&mut self) {
        if self.deadlines.len() > 1024 + 2 * self.live.len() {
            self.deadlines.retain(|Reverse(deadline)| self.live.contains_key(&deadline.id));
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

    /// Runs a send, settles it, writes its last log line, and runs its callback. The order matters: the log function and the
    /// callback are the caller's code, and may close this client.
    fn run(&self, role: Role, send: &Arc<SendState>, work: impl FnOnce(&Arc<SendState>) -> Delivered) {
        let _inside = gate::enter(self.address(), role.tag());
        let delivered = catch_unwind(AssertUnwindSafe(|| work(send))).unwrap_or_else(|_| Delivered {
            result: Err(Error::panicked(send.known_outcome(), send.ref_id.clone())),
            line: None,
        });
        let Delivered { result, line } = delivered;
        let expected = line.as_ref().and_then(|_| last_lines().expect_call());
        let completion = send.settle(result);
        let has_callback = completion.is_some();
        callbacks::defer(completion);
        if let (Some(line), Some(expected)) = (line, expected) {
            // A log function that panics must not change the outcome.
            let _ = catch_unwind(AssertUnwindSafe(|| expected.enter(|| line.log())));
        }
        if has_callback {
            callbacks::run_deferred();
        }
    }

    /// Removes a send that has ended.
    fn end(&self, id: u64) {
        let mut state = self.lock();
        state.live.remove(&id);
        self.ended_locked(state);
    }

    /// Wakes the threads that wait for `ended`, and the timer if it may end.
    fn ended_locked(&self, state: MutexGuard<'_, State>) {
        let (is_awaited, is_last) = (state.waiting > 0, state.closed && state.live.is_empty());
        drop(state);
        if is_awaited {
            self.ended.notify_all();
        }
        if is_last {
            self.timer.notify_all();
        }
    }

    fn notify_ended(&self) {
        self.ended_locked(self.lock());
    }

    /// Starts a thread. Returns false if the system gives none.
    fn start(self: &Arc<Self>, state: &mut State, name: &str, run: fn(&Arc<Self>)) -> bool {
        state.threads.retain(|thread| !thread.is_finished());
        let shared = Arc::clone(self);
        let started = thread::spawn(name, move || run(&shared));
        started.map(|thread| state.threads.push(thread)).is_ok()
    }

    fn start_worker(self: &Arc<Self>, state: &mut State) -> bool {
        let is_started = self.start(state, "linkwa-worker", Self::run_worker);
        state.workers += usize::from(is_started);
        state.coming += usize::from(is_started);
        is_started
    }

    /// Finds a worker for the newest send in the queue. Returns an idle one, which the caller must notify, or starts a new one.
    /// If all are busy, the next one that is free takes the send.
    fn worker_for_queue(self: &Arc<Self>, state: &mut State) -> Option<Arc<Condvar>> {
        state.start_at = None;
        if state.queue.len() <= state.coming {
            return None;
        }
        if let Some(worker) = state.idle.pop() {
            state.coming += 1;
            return Some(worker);
        }
        if state.workers < self.max_workers {
            let pause = if self.start_worker(state) { Duration::ZERO } else { RETRY_START };
            if state.queue.len() > state.coming {
                // Earlier sends still have no worker either.
                state.start_at = Some(Instant::now() + pause);
            }
        }
        None
    }

    fn run_worker(self: &Arc<Self>) {
        let wake_up = Arc::new(Condvar::new());
        let mut state = self.lock();
        state.coming -= 1;
        loop {
            let (locked, job) = Self::next_job(state, &wake_up);
            state = locked;
            let Some(Job { id, send, work }) = job else { break };
            drop(state);
            // A forked child has no workers, so the send belongs to this process.
            if send.is_settled() {
                drop(work);
            } else {
                self.run(Role::Worker(id), &send, work);
            }
            drop(send);
            self.end(id);
            state = self.lock();
        }
        self.ended_locked(state);
    }

    /// Waits for the next job. Returns `None` if this worker must end; it is then no longer counted.
    fn next_job<'s>(mut state: MutexGuard<'s, State>, wake_up: &Arc<Condvar>) -> (MutexGuard<'s, State>, Option<Job>) {
        let idle_until = Instant::now() + IDLE;
        loop {
            if let Some(job) = state.queue.pop_front() {
                return (state, Some(job));
            }
            let left = idle_until.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                state.workers -= 1;
                return (state, None);
            }
            state.idle.push(Arc::clone(wake_up));
            state = wake_up.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            match state.idle.iter().rposition(|other| Arc::ptr_eq(other, wake_up)) {
                // The wait timed out or woke spuriously.
                Some(at) => drop(state.idle.remove(at)),
                None => state.coming -= 1,
            }
        }
    }

    /// Wakes every idle worker, and the timer.
    fn wake_all(&self) {
        let mut state = self.lock();
        let idle = std::mem::take(&mut state.idle);
        state.coming += idle.len();
        drop(state);
        for worker in idle {
            worker.notify_one();
        }
        self.timer.notify_all();
    }

    fn run_timer(self: &Arc<Self>) {
        let inside = gate::enter(self.address(), Role::Timer.tag());
        self.keep_deadlines();
        drop(inside);
        self.notify_ended();
    }

    fn keep_deadlines(self: &Arc<Self>) {
        let mut state = self.lock();
        let mut idle_until = Instant::now() + IDLE;
        loop {
            let now = Instant::now();
            let late = state.take_late(now);
            if !late.is_empty() {
                drop(state);
                self.notify_elsewhere(late.iter().filter_map(|send| send.cancel(Reason::Deadline)).collect());
                state = self.lock();
                state.drop_settled();
                continue;
            }
            if !state.live.is_empty() {
                idle_until = now + IDLE;
            }
            if state.start_at.is_some_and(|at| at <= now) {
                // No worker is idle while sends wait, so this starts a worker or sets the time for another attempt.
                if let Some(worker) = self.worker_for_queue(&mut state) {
                    worker.notify_one();
                }
            }
            if state.live.is_empty() && (state.closed || now >= idle_until) {
                state.has_timer = false;
                return;
            }
            let next = [state.next_deadline(), state.start_at, Some(idle_until)];
            let until = next.into_iter().flatten().min().unwrap_or(idle_until);
            state.timer_sleeps_until = Some(until);
            let left = until.saturating_duration_since(now);
            state = self.timer.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.timer_sleeps_until = None;
        }
    }

    /// Runs callbacks on a separate thread, so that a slow one does not stop the timer.
    fn notify_elsewhere(&self, completions: Vec<Completion>) {
        if completions.is_empty() {
            return;
        }
        let completions = Arc::new(Mutex::new(completions));
        let run = |completions: &Mutex<Vec<Completion>>| {
            let taken = std::mem::take(&mut *completions.lock().unwrap_or_else(PoisonError::into_inner));
            callbacks::defer(taken);
            callbacks::run_deferred();
        };
        let (theirs, address) = (Arc::clone(&completions), self.address());
        let run_there = move || {
            let _inside = gate::enter(address, Role::Timer.tag());
            run(&theirs);
        };
        if thread::spawn("linkwa-callback", run_there).is_err() {
            run(&completions);
        }
    }

    /// Waits for a condition. Returns false if it does not hold in time.
    fn wait(&self, until: Option<Instant>, is_so: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        state.waiting += 1;
        let is_in_time = loop {
            if is_so(&state) {
                break true;
            }
            let Some(until) = until else {
                state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break false;
            }
            state = self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.waiting -= 1;
        is_in_time
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn submit(pool: &Pool, work: impl FnOnce() + Send + 'static) {
        let send = Arc::new(SendState::new(String::new(), None, std::process::id()));
        let work = move |_: &Arc<SendState>| {
            work();
            Delivered { result: Err(Error::internal("a test")), line: None }
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        pool.submit(&send, deadline, Box::new(work), || ()).expect("room");
    }

    /// Work that hangs until the sender is dropped.
    fn hang(pool: &Pool, begins: &Sender<u32>, name: u32) -> Sender<()> {
        let (go, gone): (Sender<()>, Receiver<()>) = channel();
        let begins = begins.clone();
        submit(pool, move || {
            let _ = begins.send(name);
            let _ = gone.recv();
        });
        go
    }

    #[test]
    fn a_thread_that_the_system_does_not_give_is_asked_for_again() {
        let pool = Pool::new(16, 100);
        let (began, begins) = channel();
        let first = hang(&pool, &began, 1);
        assert_eq!(begins.recv_timeout(PATIENCE), Ok(1));
        thread::NO_THREADS.set(true);
        submit(&pool, move || {
            let _ = began.send(2);
        });
        thread::NO_THREADS.set(false);
        assert_eq!(begins.recv_timeout(PATIENCE), Ok(2), "the first still hangs");
        drop(first);
        pool.close(PATIENCE, || ());
    }

    #[test]
    fn each_send_has_a_worker_of_its_own_as_long_as_there_are_any() {
        let pool = Pool::new(16, 100);
        let (began, begins) = channel();
        let hanging: Vec<_> = (0..16).map(|name| hang(&pool, &began, name)).collect();
        for count in 0..16 {
            assert!(begins.recv_timeout(PATIENCE).is_ok(), "only {count} have begun");
        }
        let last = hang(&pool, &began, 16);
        assert_eq!(pool.0.lock().queue.len(), 1);
        drop(hanging);
        assert_eq!(begins.recv_timeout(PATIENCE), Ok(16));
        drop(last);
        pool.close(PATIENCE, || ());
    }

    #[test]
    fn the_worker_that_became_idle_last_takes_the_next_send() {
        let pool = Pool::new(16, 100);
        let (began, begins) = channel();
        let hanging: Vec<_> = (0..3).map(|name| hang(&pool, &began, name)).collect();
        assert_eq!(begins.iter().take(3).count(), 3);
        drop(hanging);
        let give_up = Instant::now() + PATIENCE;
        while pool.0.lock().idle.len() < 3 {
            assert!(Instant::now() < give_up, "they do not become idle");
            std::thread::yield_now();
        }
        let last = Arc::clone(pool.0.lock().idle.last().expect("idle"));
        let next = hang(&pool, &began, 3);
        assert_eq!(begins.recv_timeout(PATIENCE), Ok(3));
        {
            let state = pool.0.lock();
            assert_eq!((state.workers, state.idle.len()), (3, 2), "no worker was started");
            assert!(!state.idle.iter().any(|idle| Arc::ptr_eq(idle, &last)));
        }
        drop(next);
        pool.close(PATIENCE, || ());
    }
}
