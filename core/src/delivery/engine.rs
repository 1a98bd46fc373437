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
use crate::error::{self, Error, NotSent, OutcomeUnknown, Reason, Rejected};
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
        let mut so_far = None;
        loop {
            // Whose send it is has been looked at before the first attempt.
            let is_settled = if attempts == 0 { ticket.is_over() } else { ticket.is_settled() };
            if is_settled {
                return;
            }
            if Instant::now() >= task.deadline {
                let late = not_sent(
                    ticket,
                    Reason::Deadline,
                    "the timeout of the send passed before an attempt began".to_owned(),
                );
                return ticket.settle(after_another(so_far, Err(late)));
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
            let pause = pause.filter(|pause| may(pause) && self.budget.take());
            match (pause, after_another(so_far.take(), self.conclude(attempt, attempts, task, ticket))) {
                (Some(pause), Err(error)) => {
                    ticket.rest(error.clone());
                    so_far = Some(error);
                    line.write(task);
                    ticket.pause(pause);
                }
                // What is known is settled first: a logger is somebody else's code.
                (_, outcome) => return ticket.settle_and(outcome, || line.write(task)),
            }
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
                settled.unwrap_or_else(|| Err(ticket.stopped(Reason::Cancelled)))
            }
            Attempt::NotSent { reason, detail, .. } => Err(not_sent(ticket, reason, detail)),
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
        // What failed is worth a warning: a logger at its usual level shows nothing less.
        let level = if *outcome == "accepted" { log::Level::Debug } else { log::Level::Warn };
        log::log!(
            target: crate::LOG_TARGET,
            level,
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

/// The outcome of a send after another attempt (R-3), given the outcome of those before it. An acceptance counts, whatever
/// was before it. Otherwise an unknown outcome stays unknown, because an earlier attempt may have been accepted; then a
/// refusal counts, because the gateway has answered; then that nothing was sent. Of two alike the later one counts.
fn after_another(before: Option<Error>, now: Outcome) -> Outcome {
    let weight = |error: &Error| match error.outcome() {
        Some(error::Outcome::Unknown) => 2,
        Some(error::Outcome::Rejected) => 1,
        _ => 0,
    };
    match (before, now) {
        (Some(before), Err(now)) if weight(&before) > weight(&now) => Err(before),
        (_, now) => now,
    }
}

fn not_sent(ticket: &Ticket, reason: Reason, detail: String) -> Error {
    Error::NotSent(Box::new(NotSent { reason, detail, ref_id: ticket.ref_id.clone() }))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::response::{RawAnswer, judge};

    /// What an attempt came to: a status, or a word for what is no answer.
    fn outcome(word: &str) -> Outcome {
        let ref_id = String::new();
        match word {
            "refused connection" => {
                Err(Error::NotSent(Box::new(NotSent { reason: Reason::Connect, detail: String::new(), ref_id })))
            }
            "cut" => {
                let (reason, detail) = (Reason::Cut, String::new());
                Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id })))
            }
            status => {
                let body = br#"{"resultCode":112001,"messageIds":["a"]}"#.to_vec();
                let http_status = status.parse().expect("a status");
                let raw = RawAnswer { http_status, retry_after: None, body, broken: None, limit: 100 };
                match judge(raw, SystemTime::UNIX_EPOCH) {
                    Verdict::Accepted(response) => {
                        Ok(Sent { ref_id, response, receipts: Vec::new(), warnings: Vec::new(), attempts: 1 }.into())
                    }
                    Verdict::Rejected(answer) => Err(Error::Rejected(Box::new(Rejected { answer, ref_id }))),
                    Verdict::Unknown(reason, detail, answer) => Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown {
                        reason,
                        detail,
                        answer: Some(answer),
                        ref_id,
                    }))),
                }
            }
        }
    }

    /// Which of two outcomes was kept.
    fn name(outcome: &Outcome) -> String {
        match outcome {
            Ok(_) => "200".to_owned(),
            Err(error) => error.http_status().map_or_else(
                || if error.reason() == Some(Reason::Cut) { "cut" } else { "refused connection" }.to_owned(),
                |status| status.to_string(),
            ),
        }
    }

    #[test]
    fn every_pair_of_outcomes_has_the_outcome_of_the_rule() {
        let words = ["refused connection", "429", "400", "503", "cut"];
        let kept = |first: &str| match first {
            "refused connection" => ["refused connection", "429", "400", "503", "cut"],
            "429" => ["429", "429", "400", "503", "cut"],
            "400" => ["400", "429", "400", "503", "cut"],
            "503" => ["503", "503", "503", "503", "cut"],
            _ => ["cut", "cut", "cut", "503", "cut"],
        };
        for first in words {
            for (second, wanted) in words.iter().zip(kept(first)) {
                let both = after_another(outcome(first).err(), outcome(second));
                assert_eq!(name(&both), wanted, "{first}, then {second}");
            }
            assert!(after_another(outcome(first).err(), outcome("200")).is_ok(), "{first}, then an acceptance");
        }
        for word in words {
            assert_eq!(name(&after_another(None, outcome(word))), word);
        }
    }
}
