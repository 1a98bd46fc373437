//! What a client sends with: connections, workers, and the rules of trying again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use once_cell::race::OnceBox;

use super::dispatcher::Dispatcher;
use super::retry::{Budget, RetryPolicy, pause_after};
use super::ticket::{OnDone, Outcome, Ticket};
use super::transport::{Attempt, Post, Setup, Transport};
use crate::config::Config;
use crate::error::{Error, NotSent, OutcomeUnknown, Reason, Rejected};
use crate::finding::Finding;
use crate::response::{Sent, Verdict, max_answer, pair};

/// A request that is ready to be posted.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ref_id: String,
    pub(crate) destinations: Vec<String>,
    pub(crate) warnings: Vec<Finding>,
    /// When the caller wants to know.
    pub(crate) deadline: Instant,
    /// When the message is of no use any more, if that is said.
    pub(crate) valid_until: Option<Instant>,
}

/// What a client sends with.
#[derive(Debug)]
pub(crate) struct Engine {
    setup: Setup,
    limits: Limits,
    policy: RetryPolicy,
    closed: AtomicBool,
    first: Generation,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    connections: usize,
    queue: usize,
}

/// The connections and workers of one process. A child that was forked gets its own: neither sockets, locks nor threads of
/// its parent are of any use to it.
#[derive(Debug)]
struct Generation {
    process: u32,
    running: Arc<Running>,
    next: OnceBox<Generation>,
}

#[derive(Debug)]
struct Running {
    transport: Transport,
    dispatcher: Dispatcher,
    budget: Budget,
}

impl Engine {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let setup = Setup::new(config)?;
        let limits = Limits { connections: config.max_connections, queue: config.max_queue };
        let first = Generation::new(&setup, limits);
        Ok(Self { setup, limits, policy: config.retry.clone(), closed: AtomicBool::new(false), first })
    }

    /// What is running in this process. It takes no lock, which a forked child might have inherited locked.
    fn running(&self, process: u32) -> &Arc<Running> {
        let mut generation = &self.first;
        while generation.process != process {
            generation = generation.next.get_or_init(|| Box::new(Generation::new(&self.setup, self.limits)));
        }
        &generation.running
    }

    /// Sends on this thread. A panic on the way is told as what is known then, as on a worker.
    pub(crate) fn send(&self, task: &Task) -> Outcome {
        let process = process::id();
        let ticket = Arc::new(Ticket::new(task.ref_id.clone(), None, process));
        self.check_open(&ticket)?;
        let running = self.running(process);
        let deliver = |ticket: &Ticket| running.deliver(&self.policy, task, ticket);
        match catch_unwind(AssertUnwindSafe(|| running.dispatcher.run_here(&ticket, deliver))) {
            Ok(ran) => ran?,
            Err(_) => ticket.settle(Err(Error::panicked(&ticket))),
        }
        ticket.take_outcome().unwrap_or_else(|| Err(Error::internal("a send ended without an outcome")))
    }

    /// Sends on a worker; `on_done` is called once, unless this fails. `on_begun` is called before the send starts, once
    /// nothing can refuse it any more; it must be brief.
    pub(crate) fn submit(
        &self,
        task: Task,
        on_done: Option<OnDone>,
        on_begun: impl FnOnce(&Arc<Ticket>),
    ) -> Result<Arc<Ticket>, Error> {
        let process = process::id();
        let ticket = Arc::new(Ticket::new(task.ref_id.clone(), on_done, process));
        self.check_open(&ticket)?;
        let running = Arc::clone(self.running(process));
        let policy = self.policy.clone();
        let deadline = task.deadline;
        let dispatcher = &self.running(process).dispatcher;
        let work = move |ticket: &Ticket| running.deliver(&policy, &task, ticket);
        dispatcher.submit(&ticket, deadline, Box::new(work), || on_begun(&ticket))?;
        Ok(ticket)
    }

    /// See [`Client::close`](crate::Client::close).
    pub(crate) fn close(&self, timeout: Duration) {
        self.closed.store(true, Ordering::Release);
        let running = self.running(process::id());
        running.dispatcher.close(timeout, || running.transport.shut_down());
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn check_open(&self, ticket: &Ticket) -> Result<(), Error> {
        if self.is_closed() {
            return Err(not_sent(ticket, Reason::Closed, "the client is closed".to_owned()));
        }
        Ok(())
    }
}

/// What waits is settled; what is under way ends by its own deadline, and its worker with it. Nothing is waited for.
impl Drop for Engine {
    fn drop(&mut self) {
        let process = process::id();
        let mut generation = Some(&self.first);
        while let Some(found) = generation {
            if found.process == process {
                found.running.dispatcher.close_queue();
            }
            generation = found.next.get();
        }
    }
}

impl Generation {
    fn new(setup: &Setup, limits: Limits) -> Self {
        let dispatcher = Dispatcher::new(limits.connections, limits.queue);
        let running = Running { transport: setup.transport(), dispatcher, budget: Budget::default() };
        Self { process: process::id(), running: Arc::new(running), next: OnceBox::new() }
    }
}

impl Running {
    /// Tries until there is an outcome, and settles the send.
    fn deliver(&self, policy: &RetryPolicy, task: &Task, ticket: &Ticket) {
        let until = task.valid_until.map_or(task.deadline, |valid| valid.min(task.deadline));
        let mut attempts = 0;
        loop {
            // Whose send it is has been looked at before the first attempt.
            let is_settled = if attempts == 0 { ticket.is_over() } else { ticket.is_settled() };
            if is_settled {
                return;
            }
            if Instant::now() >= task.deadline {
                return ticket.settle(Err(unsent(ticket, Reason::Deadline, "no time was left to begin".to_owned())));
            }
            attempts += 1;
            let (attempt, line) = self.attempt(task, ticket, attempts);
            let pause = match &attempt {
                Attempt::NotSent { hopeless: false, .. } => Some(pause_after(attempts)),
                Attempt::Done(Verdict::Rejected(answer) | Verdict::Unknown(_, _, answer))
                    if policy.when_busy && matches!(answer.http_status, 429 | 503) =>
                {
                    let asked = answer.retry_after.map(|wait| wait.min(RetryPolicy::LONGEST_RETRY_AFTER));
                    Some(asked.unwrap_or_else(|| pause_after(attempts)))
                }
                _ => None,
            };
            let in_time = |pause: Duration| Instant::now().checked_add(pause).is_some_and(|then| then < until);
            let is_open = || !ticket.claim.is_stopped() && !ticket.is_settled();
            let may = |pause: &Duration| attempts < policy.max_attempts && in_time(*pause) && is_open();
            if let Some(pause) = pause.filter(|pause| may(pause) && self.budget.take()) {
                ticket.claim.rest();
                line.write(task);
                ticket.pause(pause);
                continue;
            }
            let outcome = self.conclude(attempt, attempts, task, ticket);
            // What is known is settled first: a logger is somebody else's code.
            return ticket.settle_and(outcome, || line.write(task));
        }
    }

    /// One attempt, and its line for the log.
    fn attempt(&self, task: &Task, ticket: &Ticket, number: u32) -> (Attempt, Line) {
        let began = Instant::now();
        let max_answer = max_answer(task.destinations.len());
        let request = Post { bytes: &task.bytes, max_answer, deadline: task.deadline };
        let attempt = self.transport.post(request, &ticket.claim, &ticket.line);
        let (outcome, status) = match &attempt {
            Attempt::Done(Verdict::Accepted(response)) => ("accepted", Some(response.http_status())),
            Attempt::Done(Verdict::Rejected(answer)) => ("rejected", Some(answer.http_status)),
            Attempt::Done(Verdict::Unknown(_, _, answer)) => ("unknown", Some(answer.http_status)),
            Attempt::NoAnswer(..) => ("unknown", None),
            Attempt::NotSent { .. } => ("not_sent", None),
        };
        let line = Line { number, outcome, status, took: began.elapsed() };
        (attempt, line)
    }

    fn conclude(&self, attempt: Attempt, attempts: u32, task: &Task, ticket: &Ticket) -> Outcome {
        let ref_id = task.ref_id.clone();
        match attempt {
            Attempt::Done(Verdict::Accepted(response)) => {
                self.budget.earn();
                let receipts = pair(task.destinations.clone(), &response);
                Ok(Sent { ref_id, response, receipts, warnings: task.warnings.clone(), attempts }.into())
            }
            Attempt::Done(Verdict::Rejected(answer)) => Err(Error::Rejected(Box::new(Rejected { answer, ref_id }))),
            Attempt::Done(Verdict::Unknown(reason, detail, answer)) => {
                let answer = Some(answer);
                Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer, ref_id })))
            }
            Attempt::NoAnswer(reason, detail) => {
                Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id })))
            }
            // Whoever cancelled settles the send; the attempt only noticed.
            Attempt::NotSent { .. } if ticket.claim.is_stopped() => {
                let settled = ticket.wait_until(Instant::now().checked_add(SETTLING));
                settled.unwrap_or_else(|| Err(unsent(ticket, Reason::Cancelled, "cancelled".to_owned())))
            }
            Attempt::NotSent { reason, detail, .. } => Err(unsent(ticket, reason, detail)),
        }
    }
}

/// What the log says of an attempt.
struct Line {
    number: u32,
    outcome: &'static str,
    status: Option<u16>,
    took: Duration,
}

impl Line {
    fn write(&self, task: &Task) {
        let Self { number, outcome, status, took } = self;
        log::debug!(
            target: crate::LOG_TARGET,
            "refId {}: attempt {number}: {outcome}, status {}, {} ms, {} bytes",
            task.ref_id.escape_debug(),
            status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
            took.as_millis(),
            task.bytes.len(),
        );
    }
}

/// How long whoever cancelled may take to say so.
const SETTLING: Duration = Duration::from_secs(5);

/// What an attempt that sent nothing means. One that followed an attempt whose body had left (a busy gateway that is asked
/// again) cannot take that back.
fn unsent(ticket: &Ticket, reason: Reason, detail: String) -> Error {
    if !ticket.claim.has_begun() {
        return not_sent(ticket, reason, detail);
    }
    let reason = if reason == Reason::Deadline { reason } else { Reason::Cut };
    Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id: ticket.ref_id.clone() }))
}

fn not_sent(ticket: &Ticket, reason: Reason, detail: String) -> Error {
    Error::NotSent(Box::new(NotSent { reason, detail, ref_id: ticket.ref_id.clone() }))
}
