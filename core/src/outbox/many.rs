//! Many sends through an outbox: those of a list, and those that wait in it.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::pacer::{Next, Pacer};
use super::sender::Outbox;
use super::store::Store;
use crate::bulk::StopHandle;
use crate::delivery::spawn_thread;
use crate::error::{Error, Outcome};
use crate::limits::LONGEST_TIMEOUT;
use crate::options::SendOptions;
use crate::request::Messages;
use crate::response::SendResult;

/// How long a wait lasts before it looks whether the run was stopped.
const MAX_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The options of [`Outbox::send_many`] and [`Outbox::run`].
///
/// Numbers are checked when the run begins: if one is out of range, it fails with `invalid_config`.
#[derive(Clone, Debug)]
pub struct RunOptions {
    concurrency: usize,
    rate: Option<f64>,
    poll: Duration,
    stop_handle: StopHandle,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { concurrency: 16, rate: None, poll: Duration::from_secs(1), stop_handle: StopHandle::new() }
    }
}

impl RunOptions {
    /// The defaults: 16 sends at once, and no rate limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of messages that are sent at once, each on a thread of its own: 1 to 10,000. Default: 16.
    #[must_use]
    pub fn concurrency(mut self, count: usize) -> Self {
        self.concurrency = count;
        self
    }

    /// The highest average rate in messages per second: above 0, at most a million. Default: no limit.
    #[must_use]
    pub fn rate(mut self, messages_per_second: f64) -> Self {
        self.rate = Some(messages_per_second);
        self
    }

    /// How long [`Outbox::run`] waits before it looks for new messages again: above 0, at most 24 hours. Default: 1
    /// second.
    #[must_use]
    pub fn poll(mut self, period: Duration) -> Self {
        self.poll = period;
        self
    }

    /// A handle to stop the run from elsewhere.
    #[must_use]
    pub fn stop_handle(mut self, stop_handle: StopHandle) -> Self {
        self.stop_handle = stop_handle;
        self
    }
}

/// What became of one item of [`Outbox::send_many`]. Its `Debug` print shows no destination.
#[derive(Clone)]
pub struct Entry {
    ref_id: String,
    destination: String,
    result: Result<SendResult, Error>,
}

impl Entry {
    /// The reference of the item.
    pub fn ref_id(&self) -> &str {
        &self.ref_id
    }

    /// The destination of the item.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// The result, if the gateway accepted the message now or in an earlier run
    /// ([`is_repeat`](SendResult::is_repeat)).
    ///
    /// # Errors
    ///
    /// See [`Outbox::send`].
    pub fn result(&self) -> Result<&SendResult, &Error> {
        self.result.as_ref()
    }

    /// The result, as an owned value.
    ///
    /// # Errors
    ///
    /// See [`Outbox::send`].
    pub fn into_result(self) -> Result<SendResult, Error> {
        self.result
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = self.result.as_ref().map(SendResult::result_code);
        f.debug_struct("Entry").field("ref_id", &self.ref_id).field("result", &result).finish_non_exhaustive()
    }
}

/// The items of a run of [`Outbox::send_many`] that have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Accepted by the gateway now.
    pub sent: u64,
    /// Accepted in an earlier run.
    pub repeated: u64,
    /// Rejected, not sent, or invalid.
    pub failed: u64,
    /// May have been accepted, now or in an earlier run.
    pub in_doubt: u64,
}

impl Progress {
    fn add(&mut self, result: &Result<SendResult, Error>) {
        let count = match result {
            Ok(sent) if sent.is_repeat() => &mut self.repeated,
            Ok(_) => &mut self.sent,
            Err(error) if error.outcome() == Some(Outcome::Unknown) => &mut self.in_doubt,
            Err(_) => &mut self.failed,
        };
        *count += 1;
    }
}

/// The entries of [`Outbox::send_many`], in the order in which they end.
///
/// Items are taken, and sends begin, only while `next()` is called. Dropping the run begins no more of them, and waits for
/// those that have begun.
pub struct SendMany<S, I> {
    outbox: Outbox<S>,
    items: I,
    options: SendOptions,
    run: Arc<Run>,
    concurrency: usize,
    is_exhausted: bool,
    under_way: usize,
    progress: Progress,
    ended_by: Option<Error>,
    sender: Sender<Ended<Option<Entry>>>,
    receiver: Receiver<Ended<Option<Entry>>>,
}

impl<S, I> fmt::Debug for SendMany<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMany").field("progress", &self.progress).finish_non_exhaustive()
    }
}

impl<S, I> SendMany<S, I> {
    /// The number of entries by what became of them.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The error that ended the run before all its items were sent, because all further sends would fail in the same way:
    /// `rejected` with HTTP 401 or 403, `invalid_config`, or `not_sent` of a client that is closed. Run it again when its
    /// cause is gone.
    pub fn ended_by(&self) -> Option<&Error> {
        self.ended_by.as_ref()
    }

    /// Begins no more sends. Those that have begun still give entries.
    pub fn stop(&self) {
        self.run.stop_handle.stop();
    }

    fn is_over(&self) -> bool {
        self.is_exhausted || self.ended_by.is_some() || self.run.stop_handle.is_stopped()
    }
}

impl<S, I, R, D, M> Iterator for SendMany<S, I>
where
    S: Store + Send + Sync + 'static,
    I: Iterator<Item = (R, D, M)>,
    R: Into<String>,
    D: Into<String>,
    M: Into<Messages>,
{
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            while self.under_way < self.concurrency && !self.is_over() {
                match self.items.next() {
                    Some((ref_id, destination, messages)) => {
                        self.begin(ref_id.into(), destination.into(), messages.into());
                    }
                    None => self.is_exhausted = true,
                }
            }
            if self.under_way == 0 {
                return None;
            }
            let Ended { of: entry, next } = self.receiver.recv().ok()?;
            self.under_way -= 1;
            // Without an entry the run was stopped before the send began.
            let Some(entry) = entry else { continue };
            self.progress.add(&entry.result);
            if let (Next::End, Err(error)) = (next, &entry.result) {
                self.ended_by.get_or_insert_with(|| error.clone());
                self.run.end.stop();
            }
            return Some(entry);
        }
    }
}

impl<S: Store + Send + Sync + 'static, I> SendMany<S, I> {
    fn begin(&mut self, ref_id: String, destination: String, messages: Messages) {
        let (outbox, options, run) = (self.outbox.clone(), self.options.clone(), Arc::clone(&self.run));
        let panicked = Entry {
            result: Err(Error::panicked(Outcome::Unknown, ref_id.clone())),
            ref_id: ref_id.clone(),
            destination: destination.clone(),
        };
        self.under_way += 1;
        spawn(&self.sender, Ended { of: Some(panicked), next: Next::Done }, move || {
            let mut entry = None;
            let next = run.send(|| {
                let result = outbox.send_or_record(&ref_id, &destination, &messages, &options);
                let error = result.as_ref().err().cloned();
                entry = Some(Entry { ref_id: ref_id.clone(), destination: destination.clone(), result });
                error
            });
            Ended { of: entry, next }
        });
    }
}

impl<S, I> Drop for SendMany<S, I> {
    fn drop(&mut self) {
        self.run.end.stop();
        for _ in 0..self.under_way {
            let _ = self.receiver.recv(); // each thread sends one
        }
    }
}

/// What the threads of a run share.
struct Run {
    pacer: Pacer,
    stop_handle: StopHandle,
    /// The run's own end.
    end: StopHandle,
}

/// A send that has ended, and what follows.
struct Ended<T> {
    of: T,
    next: Next,
}

impl Run {
    fn new(options: &RunOptions) -> Result<Arc<Self>, Error> {
        let pacer = Pacer::new(options.concurrency, options.rate, Some(options.poll))?;
        Ok(Arc::new(Self { pacer, stop_handle: options.stop_handle.clone(), end: StopHandle::new() }))
    }

    fn is_over(&self) -> bool {
        self.stop_handle.is_stopped() || self.end.is_stopped()
    }

    /// Sends in a slot, again while the gateway is busy. `send` returns the error.
    fn send(&self, mut send: impl FnMut() -> Option<Error>) -> Next {
        for sends in 1.. {
            if !self.take_slot() {
                break;
            }
            match self.pacer.note(send().as_ref(), sends) {
                Next::Again => {}
                next => return next,
            }
        }
        Next::Done
    }

    /// Waits for a slot. False if the run is over before.
    fn take_slot(&self) -> bool {
        let mut left = self.pacer.slot();
        loop {
            self.wait(left);
            if self.is_over() {
                return false;
            }
            left = self.pacer.slot_after_wait();
            if left.is_zero() {
                return true;
            }
        }
    }

    /// Waits, until the run is over at most.
    fn wait(&self, period: Duration) {
        let until = Instant::now() + period;
        while !self.is_over() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(MAX_POLL_INTERVAL));
        }
    }
}

/// Does work on a thread of its own, or here if the system gives none, and sends what it returns.
fn spawn<T: Send + 'static>(sender: &Sender<T>, panicked: T, work: impl FnOnce() -> T + Send + 'static) {
    let sender = sender.clone();
    let work: Box<dyn FnOnce() + Send> = Box::new(move || {
        let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or(panicked);
        let _ = sender.send(done); // the run waits
    });
    let (give, take) = channel::<Box<dyn FnOnce() + Send>>();
    let thread = spawn_thread("linkwa-outbox", move || {
        if let Ok(work) = take.recv() {
            work();
        }
    });
    match thread {
        Ok(_) => {
            let _ = give.send(work); // the thread waits
        }
        Err(_) => work(),
    }
}

impl<S: Store + Send + Sync + 'static> Outbox<S> {
    /// Sends many messages, each once, even if the process dies: run the same call again, and only what was never begun or
    /// was not sent is sent. The items are tuples of `ref_id`, destination and message, from any iterator; few are taken
    /// ahead. `options` are for all of them, without a `ref_id`.
    ///
    /// It returns an iterator over an [`Entry`] for each item, in the order in which they end. An invalid item is recorded
    /// with its findings, and the others go on. A message that the gateway answers with HTTP 429 is sent up to 10 times in
    /// all. The run pauses for as long as the gateway asks (5 minutes at most), or for a growing time (1 second to 1
    /// minute): after HTTP 429 and 503, and when three sends in a row end without an answer. What was not sent is not
    /// tried again: run it again. HTTP 401 and 403 end the run: see [`SendMany::ended_by`].
    ///
    /// ```
    /// # #[cfg(feature = "outbox")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use linkwa::outbox::{Outbox, RunOptions, SqliteStore};
    /// use linkwa::{Client, SendOptions, Text};
    /// # let sandbox = linkwa_sandbox::Sandbox::start(linkwa_sandbox::Options::new())?;
    /// # let config = linkwa::Config::with_base_url(sandbox.base_url(), "user", "secret").platform("p", "pp");
    /// # let client = Client::new(config.source("+46000000000"))?;
    /// # let folder = std::env::temp_dir().join(format!("linkwa-many-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("outbox.db");
    ///
    /// let outbox = Outbox::new(client, SqliteStore::open(path)?)?;
    /// outbox.create_schema()?;
    /// let items = (1..=3).map(|id| (format!("spring-{id}"), format!("+4600000000{id}"), Text::new("We are moving")));
    /// for (sent, repeated) in [(3, 0), (0, 3)] {
    ///     let mut many = outbox.send_many(items.clone(), &SendOptions::new(), &RunOptions::new().rate(100.0))?;
    ///     for entry in many.by_ref() {
    ///         if let Err(error) = entry.result() {
    ///             eprintln!("{}: {error}", entry.ref_id());
    ///         }
    ///     }
    ///     assert_eq!((many.progress().sent, many.progress().repeated), (sent, repeated));
    ///     assert!(many.ended_by().is_none());
    /// }
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "outbox"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid_config` if a number of the options is out of range; `not_sent` (`store`) if the database cannot be used.
    pub fn send_many<I, R, D, M>(
        &self,
        items: I,
        options: &SendOptions,
        run: &RunOptions,
    ) -> Result<SendMany<S, I::IntoIter>, Error>
    where
        I: IntoIterator<Item = (R, D, M)>,
        R: Into<String>,
        D: Into<String>,
        M: Into<Messages>,
    {
        let (sender, receiver) = channel();
        let state = Run::new(run)?;
        // A database without tables, for example, would refuse each item.
        self.pending(1)?;
        Ok(SendMany {
            outbox: self.clone(),
            items: items.into_iter(),
            options: options.clone(),
            run: state,
            concurrency: run.concurrency,
            is_exhausted: false,
            under_way: 0,
            progress: Progress::default(),
            ended_by: None,
            sender,
            receiver,
        })
    }

    /// Sends what is enqueued, until it is [stopped](RunOptions::stop_handle): for programs on one machine. It returns when
    /// the sends that have begun have ended.
    ///
    /// It pauses as [`send_many`](Self::send_many) does, also while the database fails, and then tries again what was not
    /// sent. What was rejected, and what is in doubt, is recorded and not tried again.
    ///
    /// # Errors
    ///
    /// What a retry cannot help: `rejected` with HTTP 401 or 403, `invalid_config`, `not_sent` of a client that is closed,
    /// and `not_sent` with the reason `store` if the database cannot be used at the beginning.
    pub fn run(&self, options: &RunOptions) -> Result<(), Error> {
        let run = Run::new(options)?;
        let (sender, receiver) = channel();
        let mut waiting = VecDeque::new();
        let mut under_way = BTreeSet::new();
        let mut is_first = true;
        let mut ended_by = None;
        while !run.is_over() || !under_way.is_empty() {
            let is_full = run.is_over() || under_way.len() >= options.concurrency;
            if !is_full && waiting.is_empty() {
                let limit = options.concurrency + under_way.len();
                match self.pending(u32::try_from(limit).unwrap_or(u32::MAX)) {
                    Ok(found) => waiting.extend(found.into_iter().filter(|ref_id| !under_way.contains(ref_id))),
                    Err(error) if is_first => return Err(error),
                    Err(_) => {
                        log::warn!(target: crate::LOG_TARGET, "the outbox cannot use its database; it tries again");
                        run.wait(run.pacer.failed());
                    }
                }
                is_first = false;
            }
            if !is_full && let Some(ref_id) = waiting.pop_front() {
                under_way.insert(ref_id.clone());
                self.begin_pending(&run, &sender, ref_id);
                continue;
            }
            let ended = if is_full { receiver.recv().ok() } else { next_ended(&receiver, &run, options.poll) };
            let Some(Ended { of: Pending { ref_id, error }, next }) = ended else { continue };
            under_way.remove(&ref_id);
            if next == Next::End {
                ended_by = ended_by.or(error);
                run.end.stop();
            }
        }
        ended_by.map_or(Ok(()), Err)
    }

    fn begin_pending(&self, run: &Arc<Run>, sender: &Sender<Ended<Pending>>, ref_id: String) {
        let (outbox, run) = (self.clone(), Arc::clone(run));
        let error = Some(Error::panicked(Outcome::Unknown, ref_id.clone()));
        let panicked = Ended { of: Pending { ref_id: ref_id.clone(), error }, next: Next::Done };
        spawn(sender, panicked, move || {
            let mut error = None;
            let next = run.send(|| {
                error = outbox.send_pending(&ref_id).err();
                error.clone()
            });
            Ended { of: Pending { ref_id, error }, next }
        });
    }
}

/// A message that was enqueued, and the error of its send.
struct Pending {
    ref_id: String,
    error: Option<Error>,
}

/// The next send that has ended; `None` if none has after this time, or the run is over.
fn next_ended<T>(receiver: &Receiver<T>, run: &Run, period: Duration) -> Option<T> {
    let until = Instant::now() + period.min(LONGEST_TIMEOUT);
    while !run.is_over() {
        let left = until.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left.min(MAX_POLL_INTERVAL)) {
            Ok(ended) => return Some(ended),
            Err(_) if left.is_zero() => return None,
            Err(_) => {}
        }
    }
    None
}
