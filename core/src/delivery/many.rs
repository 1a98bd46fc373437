//! The same message to very many: chunk by chunk, with bounded memory, in the order in which the chunks are done.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use super::checkpoint::Checkpoint;
use crate::client::Client;
use crate::error::{Error, Outcome, Reason};
use crate::options::SendOptions;
use crate::pending::Pending;
use crate::request::{Messages, new_ref_id};
use crate::response::SendResult;

/// How long to wait for room when others have filled the client's queue.
const QUEUE_PAUSE: Duration = Duration::from_millis(10);

/// How long to wait before a source that had nothing yet is asked again.
const SOURCE_PAUSE: Duration = Duration::from_millis(10);

/// How long to wait for the rate before looking whether the run was stopped or the client closed.
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// For how long; then the chunk is not sent.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How [`Client::send_many`] goes about it.
#[derive(Clone, Debug)]
pub struct ManyOptions {
    send: SendOptions,
    destinations_per_request: usize,
    rate: Option<f64>,
    resume: Option<Checkpoint>,
    resend_unknown: bool,
    stopper: Option<Stopper>,
}

/// Ends a run of [`Client::send_many`] from anywhere: from its own iterator of destinations, from its function for messages,
/// from another thread.
///
/// No request begins any more, also not the one whose destinations are just being taken; those that have begun still come
/// as results. So destinations that end because of an error are not taken for a last, smaller request.
///
/// ```
/// use linkwa::{ManyOptions, Stopper};
///
/// let stopper = Stopper::new();
/// let options = ManyOptions::new().stopper(stopper.clone());
/// let checked = ["+46000000001", "", "+46000000002"].into_iter().map_while(move |number| {
///     if number.is_empty() {
///         stopper.stop();
///         return None;
///     }
///     Some(number)
/// });
/// # let _ = (options, checked);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// One that has stopped nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every run that has this stopper.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Default for ManyOptions {
    fn default() -> Self {
        Self {
            send: SendOptions::default(),
            destinations_per_request: 100,
            rate: None,
            resume: None,
            resend_unknown: false,
            stopper: None,
        }
    }
}

impl ManyOptions {
    /// A hundred destinations in a request, as fast as the gateway answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// What each request says; the `refId` of the chunk with the index 17 is `{refId}-17`. The timeout is that of each
    /// request, from the moment it is taken up; a few wait a moment for a worker.
    #[must_use]
    pub fn send_options(mut self, options: SendOptions) -> Self {
        self.send = options;
        self
    }

    /// How many destinations go into a request: 100 by default, at least 1.
    #[must_use]
    pub fn destinations_per_request(mut self, count: usize) -> Self {
        self.destinations_per_request = count.max(1);
        self
    }

    /// At most so many requests a second (a token bucket that holds a tenth of a second's worth, and at least one). Without
    /// this there is no limit; a rate that is not above 0 counts as none.
    #[must_use]
    pub fn rate(mut self, requests_per_second: f64) -> Self {
        self.rate = Some(requests_per_second).filter(|rate| rate.is_finite() && *rate > 0.0);
        self
    }

    /// Goes on where an earlier run stopped. Give the same destinations in the same order: chunks that were accepted are
    /// skipped, and those whose outcome is unknown as well; what was rejected or not sent is sent again. `refId` and
    /// destinations per request are the earlier run's.
    #[must_use]
    pub fn resume(mut self, checkpoint: Checkpoint) -> Self {
        self.resume = Some(checkpoint);
        self
    }

    /// When resuming, also sends the chunks whose outcome is unknown again: **those that were accepted reach their
    /// recipients twice.**
    #[must_use]
    pub fn resend_unknown(mut self, yes: bool) -> Self {
        self.resend_unknown = yes;
        self
    }

    /// What the run can be stopped with from elsewhere.
    #[must_use]
    pub fn stopper(mut self, stopper: Stopper) -> Self {
        self.stopper = Some(stopper);
        self
    }
}

impl ManyOptions {
    /// Whether there is no checkpoint, or one of a run that had one destination in a request.
    pub(crate) fn resumes_with_one_a_request(&self) -> bool {
        self.resume.as_ref().is_none_or(|checkpoint| checkpoint.destinations_per_request == 1)
    }
}

/// What came of one request of many.
#[derive(Clone, Debug)]
pub struct Chunk {
    index: u64,
    ref_id: String,
    destinations: Vec<String>,
    result: Result<SendResult, Error>,
}

impl Chunk {
    /// Which one it is, from 0, counted in the order of the destinations.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Its own reference: `{refId}-{index}`.
    pub fn ref_id(&self) -> &str {
        &self.ref_id
    }

    /// Its destinations, and nobody else's.
    pub fn destinations(&self) -> &[String] {
        &self.destinations
    }

    /// What came of it.
    ///
    /// # Errors
    ///
    /// See [`Client`](Client#errors).
    pub fn result(&self) -> Result<&SendResult, &Error> {
        self.result.as_ref()
    }

    /// What came of it, to keep.
    ///
    /// # Errors
    ///
    /// See [`Client`](Client#errors).
    pub fn into_result(self) -> Result<SendResult, Error> {
        self.result
    }
}

/// How far it is. Everything is counted in destinations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Accepted by the gateway.
    pub sent: u64,
    /// Certainly not accepted: rejected, not sent, or invalid.
    pub failed: u64,
    /// May have been accepted.
    pub unknown: u64,
    /// On their way.
    pub under_way: u64,
    /// Skipped, because an earlier run dealt with them.
    pub skipped: u64,
    /// Sent, failed and unknown ones a second, since the first was sent.
    pub per_second: f64,
}

/// What a source gives to a run of [`Client::send_many`] or [`Client::send_many_each`] when it is asked: a destination or
/// messages, or that it has none yet.
///
/// Whatever is a destination is one that is ready, and so are messages; only a source that itself waits for something (a
/// database read by an event loop, say) needs to know of this. The run asks again when it is looked at the next time: for a
/// destination, or for the messages to the same destination. A request is sent when all its destinations are there.
///
/// ```
/// use linkwa::Supply;
///
/// // Destinations that come from elsewhere, as they come.
/// fn arriving(queue: std::sync::mpsc::Receiver<String>) -> impl Iterator<Item = Supply<String>> {
///     use std::sync::mpsc::TryRecvError;
///     std::iter::from_fn(move || match queue.try_recv() {
///         Ok(number) => Some(Supply::Ready(number)),
///         Err(TryRecvError::Empty) => Some(Supply::NotYet),
///         Err(TryRecvError::Disconnected) => None,
///     })
/// }
/// # let _ = arriving;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Supply<T> {
    /// Here it is.
    Ready(T),
    /// It will come, or the end will.
    NotYet,
}

impl<S: Into<String>> From<S> for Supply<String> {
    fn from(destination: S) -> Self {
        Self::Ready(destination.into())
    }
}

impl<M: Into<Messages>> From<M> for Supply<Messages> {
    fn from(messages: M) -> Self {
        Self::Ready(messages.into())
    }
}

/// What [`SendMany::try_next`] finds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TryNext {
    /// A request is done.
    Chunk(Box<Chunk>),
    /// None is done yet. Look again when the function of [`SendMany::on_ready`] was called, when a source that had nothing
    /// [yet](Supply::NotYet) has something or the run was stopped meanwhile, and after this time at the latest, if one is
    /// given.
    Wait(Option<Duration>),
    /// No more will come.
    Done,
}

/// What to send to these destinations.
type MessagesFor = Box<dyn FnMut(&[String]) -> Supply<Messages> + Send>;

/// The destinations of a chunk, as far as they are there.
#[derive(Default)]
struct Gathered {
    destinations: Vec<String>,
    /// Which chunk it is, once all of them are there; its messages are not.
    index: Option<u64>,
}

/// Whether a chunk can begin.
enum NextChunk {
    Ready(Held),
    NotYet,
    None,
}

/// Why no more chunks begin now.
enum Filled {
    /// There is no room, or nothing more to begin.
    Enough,
    /// Time is wanting.
    Wait(Duration),
    /// The caller's source has nothing yet.
    Starved,
}

/// A chunk that is ready to begin.
struct Held {
    index: u64,
    destinations: Vec<String>,
    messages: Messages,
}

/// A chunk that is not done.
struct Open {
    ref_id: String,
    destinations: Vec<String>,
    pending: Option<Pending>,
}

/// The results of [`Client::send_many`], one a request, in the order in which they are done.
///
/// Requests begin only while `next()` is called; those that have begun go on by themselves. While a source has nothing
/// [yet](Supply::NotYet), `next()` asks it every 10 ms. Dropping it cancels what has not left.
pub struct SendMany<D> {
    client: Client,
    destinations: D,
    messages: MessagesFor,
    options: ManyOptions,
    checkpoint: Checkpoint,
    resumed: Option<Checkpoint>,
    bucket: Option<Bucket>,
    next_index: u64,
    exhausted: bool,
    gathered: Gathered,
    stopper: Stopper,
    /// A chunk for which there was no room, and since when.
    held: Option<Held>,
    held_since: Option<Instant>,
    /// Why nothing is sent at all.
    refused: Option<Error>,
    process: u32,
    open: BTreeMap<u64, Open>,
    done: VecDeque<Chunk>,
    sender: Sender<(u64, Result<SendResult, Error>)>,
    receiver: Receiver<(u64, Result<SendResult, Error>)>,
    on_ready: Option<Arc<dyn Fn() + Send + Sync>>,
    progress: Progress,
    began: Option<Instant>,
}

impl<D> fmt::Debug for SendMany<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMany")
            .field("ref_id", &self.checkpoint.ref_id)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl<D> SendMany<D> {
    /// The reference that the chunks' references begin with.
    pub fn ref_id(&self) -> &str {
        &self.checkpoint.ref_id
    }

    /// How many destinations are wanting until the next request is complete: as many can be handed over at once to a source
    /// that had nothing [yet](Supply::NotYet).
    pub fn wanted(&self) -> usize {
        self.options.destinations_per_request.saturating_sub(self.gathered.destinations.len())
    }

    /// Begins no more requests. Those that have begun still come as results; then the iterator ends.
    pub fn stop(&mut self) {
        self.stopper.stop();
    }

    /// Ends the run now: no request begins any more, and those under way are cancelled, as with [`Pending::cancel`]. What
    /// came of them still comes as results; then the iterator ends. [`progress`](Self::progress) and
    /// [`checkpoint`](Self::checkpoint) know of it at once.
    pub fn cancel(&mut self) {
        self.stopper.stop();
        self.cancel_under_way();
        while let Ok((index, result)) = self.receiver.try_recv() {
            self.settle(index, result);
        }
    }

    /// The newest first: a worker that becomes free takes what waits, and all of that must be cancelled by then.
    fn cancel_under_way(&self) {
        for open in self.open.values().rev() {
            open.pending.iter().for_each(Pending::cancel);
        }
    }

    /// Has this function called whenever a request is done, on the thread that settles it (see
    /// [`Client::submit_with`]): for those who do not wait in `next()` but look with [`try_next`](Self::try_next). It should be
    /// brief, and must not use the run itself.
    #[must_use]
    pub fn on_ready(mut self, on_ready: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_ready = Some(Arc::new(on_ready));
        self
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let settled = self.progress.sent + self.progress.failed + self.progress.unknown;
        let elapsed = self.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
        let per_second = if elapsed > 0.0 { settled as f64 / elapsed } else { 0.0 };
        let under_way = self.open.values().map(|open| open.destinations.len() as u64).sum();
        Progress { under_way, per_second, ..self.progress }
    }

    /// Which chunks were dealt with until now. Those under way count as unknown.
    pub fn checkpoint(&self) -> Checkpoint {
        let mut checkpoint = self.checkpoint.clone();
        for index in self.open.keys() {
            checkpoint.unknown.insert(*index);
        }
        checkpoint
    }

    /// Takes down what came of a chunk.
    fn settle(&mut self, index: u64, result: Result<SendResult, Error>) {
        let Some(Open { ref_id, destinations, .. }) = self.open.remove(&index) else { return };
        let count = destinations.len() as u64;
        match result.as_ref().map_err(Error::outcome) {
            Ok(_) => {
                self.progress.sent += count;
                self.checkpoint.accepted.insert(index);
                // One that was sent again may have been unknown before.
                self.checkpoint.unknown.remove(index);
            }
            Err(Some(Outcome::Unknown)) => {
                self.progress.unknown += count;
                self.checkpoint.unknown.insert(index);
            }
            Err(_) => self.progress.failed += count,
        }
        self.done.push_back(Chunk { index, ref_id, destinations, result });
    }

    /// Whether an earlier run dealt with this chunk.
    fn was_settled(&self, index: u64) -> bool {
        self.resumed.as_ref().is_some_and(|earlier| {
            earlier.accepted.contains(index) || (earlier.unknown.contains(index) && !self.options.resend_unknown)
        })
    }

    /// Begins a chunk. False: there is no room for it now.
    fn begin(&mut self, chunk: Held) -> bool {
        let Held { index, destinations, messages } = chunk;
        let ref_id = format!("{}-{index}", self.checkpoint.ref_id);
        let options = self.options.send.clone().ref_id(&ref_id);
        let sender = self.sender.clone();
        let on_ready = self.on_ready.clone();
        let on_done = move |result| {
            // Nobody listens any more once the iterator is dropped.
            if sender.send((index, result)).is_ok()
                && let Some(on_ready) = on_ready
            {
                on_ready();
            }
        };
        let submitted = self.client.submit_with(&destinations, messages.clone(), &options, on_done);
        let is_full = submitted.as_ref().is_err_and(|error| error.reason() == Some(Reason::QueueFull));
        let waited = self.held_since.get_or_insert_with(Instant::now).elapsed();
        if is_full && waited < LONGEST_WAIT {
            self.held = Some(Held { index, destinations, messages });
            return false;
        }
        self.held_since = None;
        let (pending, refused) = match submitted {
            Ok(pending) => (Some(pending), None),
            Err(error) => (None, Some(error)),
        };
        self.began.get_or_insert_with(Instant::now);
        self.open.insert(index, Open { ref_id, destinations, pending });
        if let Some(error) = refused {
            if error.reason() == Some(Reason::Closed) {
                // It will be the same for all that follow.
                self.stopper.stop();
            }
            self.settle(index, Err(error));
        }
        true
    }
}

impl<D> SendMany<D>
where
    D: Iterator,
    D::Item: Into<Supply<String>>,
{
    pub(crate) fn new(client: Client, destinations: D, messages: MessagesFor, mut options: ManyOptions) -> Self {
        let resumed = options.resume.take();
        let checkpoint = resumed.clone().unwrap_or_else(|| {
            Checkpoint::new(options.send.ref_id.clone().unwrap_or_else(new_ref_id), options.destinations_per_request)
        });
        options.destinations_per_request = checkpoint.destinations_per_request;
        let (sender, receiver) = channel();
        let bucket = options.rate.map(Bucket::new);
        let stopper = options.stopper.take().unwrap_or_default();
        Self {
            client,
            destinations,
            messages,
            options,
            checkpoint,
            resumed,
            bucket,
            next_index: 0,
            exhausted: false,
            gathered: Gathered::default(),
            stopper,
            held: None,
            held_since: None,
            refused: None,
            process: std::process::id(),
            open: BTreeMap::new(),
            done: VecDeque::new(),
            sender,
            receiver,
            on_ready: None,
            progress: Progress::default(),
            began: None,
        }
    }

    /// Sends nothing, and says why.
    pub(crate) fn refuse(mut self, error: Error) -> Self {
        self.refused = Some(error);
        self
    }

    /// The next chunk that nobody has dealt with yet.
    fn next_chunk(&mut self) -> NextChunk {
        if let Some(held) = self.held.take() {
            return NextChunk::Ready(held);
        }
        while self.gathered.index.is_none() {
            if !self.gather() {
                return NextChunk::NotYet;
            }
            if self.gathered.destinations.is_empty() || self.stopper.is_stopped() {
                return NextChunk::None;
            }
            let index = self.next_index;
            self.next_index += 1;
            if self.was_settled(index) {
                self.progress.skipped += self.gathered.destinations.len() as u64;
                self.gathered.destinations.clear();
            } else {
                self.gathered.index = Some(index);
            }
        }
        let Supply::Ready(messages) = (self.messages)(&self.gathered.destinations) else {
            return NextChunk::NotYet;
        };
        let Gathered { destinations, index } = mem::take(&mut self.gathered);
        match index {
            Some(index) if !self.stopper.is_stopped() => NextChunk::Ready(Held { index, destinations, messages }),
            _ => NextChunk::None,
        }
    }

    /// Takes the destinations of a chunk, or what is left of them. False: they are not all there yet.
    fn gather(&mut self) -> bool {
        while !self.exhausted && self.gathered.destinations.len() < self.options.destinations_per_request {
            match self.destinations.next().map(Into::into) {
                Some(Supply::Ready(destination)) => self.gathered.destinations.push(destination),
                Some(Supply::NotYet) => return false,
                None => self.exhausted = true,
            }
        }
        true
    }

    /// Begins as many chunks as there is room for.
    fn fill(&mut self) -> Filled {
        // A few more than there are workers, so that none waits for us.
        let room = self.client.max_connections() + self.client.max_connections() / 4 + 1;
        while self.open.len() < room && self.done.len() < room {
            let is_at_end = self.exhausted && self.held.is_none() && self.gathered.destinations.is_empty();
            if self.stopper.is_stopped() || is_at_end {
                return Filled::Enough;
            }
            // A closed client has no rate to keep: the next request says that it is closed, and ends the run.
            if let Some(wait) = self.bucket.as_mut().and_then(Bucket::wait)
                && !self.client.is_closed()
            {
                return Filled::Wait(wait.min(LONGEST_LOOK));
            }
            let chunk = match self.next_chunk() {
                NextChunk::Ready(chunk) => chunk,
                NextChunk::NotYet => return Filled::Starved,
                NextChunk::None => return Filled::Enough,
            };
            if !self.begin(chunk) {
                return Filled::Wait(QUEUE_PAUSE);
            }
            if let Some(bucket) = &mut self.bucket {
                bucket.take();
            }
        }
        Filled::Enough
    }
}

impl<D> SendMany<D>
where
    D: Iterator,
    D::Item: Into<Supply<String>>,
{
    /// The next result if there is one, without waiting; begins as many requests as there is room for. See
    /// [`on_ready`](Self::on_ready).
    pub fn try_next(&mut self) -> TryNext {
        self.advance(Some(Instant::now()))
    }

    /// As `next()`, and waits at most so long.
    pub fn next_timeout(&mut self, timeout: Duration) -> TryNext {
        self.advance(Instant::now().checked_add(timeout))
    }

    /// Waits for the next result until then, or without end.
    fn advance(&mut self, until: Option<Instant>) -> TryNext {
        if let Some(error) = self.refused.take() {
            self.stopper.stop();
            let ref_id = self.checkpoint.ref_id.clone();
            return TryNext::Chunk(Box::new(Chunk { index: 0, ref_id, destinations: Vec::new(), result: Err(error) }));
        }
        if self.process != std::process::id() {
            // What the parent sends is the parent's.
            return TryNext::Done;
        }
        loop {
            let filled = self.fill();
            while let Ok((index, result)) = self.receiver.try_recv() {
                self.settle(index, result);
            }
            if let Some(chunk) = self.done.pop_front() {
                return TryNext::Chunk(Box::new(chunk));
            }
            let (wait, pause) = match filled {
                Filled::Enough if self.open.is_empty() => return TryNext::Done,
                Filled::Enough => (None, None),
                Filled::Wait(wait) => (Some(wait), Some(wait)),
                // Nothing tells us when the source has more; whoever looks by himself may know.
                Filled::Starved => (None, Some(SOURCE_PAUSE)),
            };
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return TryNext::Wait(wait);
            }
            let received = match pause.into_iter().chain(left).min() {
                Some(wait) => self.receiver.recv_timeout(wait),
                None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            if let Ok((index, result)) = received {
                self.settle(index, result);
            }
        }
    }
}

impl<D> Iterator for SendMany<D>
where
    D: Iterator,
    D::Item: Into<Supply<String>>,
{
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        loop {
            match self.advance(None) {
                TryNext::Chunk(chunk) => return Some(*chunk),
                TryNext::Done => return None,
                TryNext::Wait(_) => {}
            }
        }
    }
}

impl<D> Drop for SendMany<D> {
    fn drop(&mut self) {
        self.cancel_under_way();
    }
}
