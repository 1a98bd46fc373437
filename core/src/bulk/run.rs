//! A run: begins requests while workers are free, and returns their results as they end.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::backoff::{Backoff, MAX_ATTEMPTS, Signal, ends_run, is_busy};
use super::bucket::Bucket;
use super::checkpoint::Checkpoint;
use super::chunk::{Chunk, Progress, TryNext};
use super::options::{ManyOptions, StopHandle};
use super::source::{Batch, Fetched, Polled, Source};
use crate::client::Client;
use crate::error::{Error, Outcome, Reason};
use crate::pending::Pending;
use crate::request::{Messages, new_ref_id};
use crate::response::SendResult;

/// How long to wait before trying again when other sends have filled the client's queue.
const QUEUE_POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long to wait before a pending source is asked again.
const SOURCE_POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long to wait for the rate, or for a busy gateway, before checking whether the run was stopped or the client
/// closed.
const MAX_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long a chunk waits for room in the client's queue. After that it is not sent.
const MAX_QUEUE_WAIT: Duration = Duration::from_secs(60);

/// Makes the messages for these destinations.
pub(super) type MessagesFor = Box<dyn FnMut(&[String]) -> Polled<Messages> + Send>;

/// The next chunk to begin, if there is one.
enum NextChunk {
    Ready(PreparedChunk),
    /// The next chunk cannot be sent; its result was queued.
    Settled,
    Pending,
    None,
}

/// Why no more chunks begin at the moment.
enum FillState {
    /// All workers have chunks, or no chunk is left to begin.
    Complete,
    /// The next chunk may begin only after this time.
    Wait(Duration),
    /// The caller's source is pending.
    SourcePending,
}

/// A chunk that is ready to begin, or to begin again.
struct PreparedChunk {
    index: u64,
    destinations: Vec<String>,
    messages: Messages,
    /// How often it was sent, and the gateway's answer.
    attempts: u32,
    last_error: Option<Error>,
}

/// The request of the chunk with this index has ended.
struct Ended(u64, Result<SendResult, Error>);

/// Ends a run from any thread, also while another one waits in `next()`. For bindings.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct RunCanceller {
    stop_handle: StopHandle,
    under_way: Arc<Mutex<UnderWay>>,
}

/// The requests of a run that have begun.
#[derive(Debug, Default)]
struct UnderWay {
    is_cancelled: bool,
    requests: BTreeMap<u64, Pending>,
}

impl RunCanceller {
    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No further request begins; those that have begun still give results.
    pub fn stop(&self) {
        self.stop_handle.stop();
    }

    /// No further request begins, and those under way are cancelled before this returns. It runs their callbacks.
    pub fn cancel(&self) {
        self.stop();
        self.cancel_requests();
    }

    fn cancel_requests(&self) {
        let mut under_way = self.lock();
        under_way.is_cancelled = true;
        let requests: Vec<Pending> = under_way.requests.values().rev().cloned().collect();
        // The caller's functions run without the lock.
        drop(under_way);
        // The newest first: a cancellation frees a worker, which takes the next send in the queue, and that one must
        // already be cancelled.
        requests.iter().for_each(Pending::cancel);
    }

    /// Adds a request. One that begins while the run is cancelled is cancelled too.
    fn begun(&self, index: u64, request: Pending) {
        let mut under_way = self.lock();
        let late = under_way.is_cancelled.then(|| request.clone());
        under_way.requests.insert(index, request);
        drop(under_way);
        late.iter().for_each(Pending::cancel);
    }

    fn ended(&self, index: u64) {
        let request = self.lock().requests.remove(&index);
        // Its end may run functions of the caller, without the lock.
        drop(request);
    }
}

/// A chunk that was sent and has no result yet.
struct InFlight {
    chunk: PreparedChunk,
    began: Instant,
}

/// The results of [`Client::send_many`], one per request, in the order in which requests end.
///
/// Requests begin only while `next()` is called; those that have begun go on. While a source has nothing
/// [yet](Polled::Pending), `next()` asks it every 10 ms. Dropping the run cancels requests that have not left.
///
/// # When the gateway fails
///
/// - HTTP 429 pauses the whole run: for the time of its `Retry-After` (5 minutes at most), or for a growing time (1
///   second to 1 minute). Then requests begin one at a time, until one gets another answer than HTTP 429 or 503. The
///   gateway did not accept a chunk that it answered with 429. Such a chunk is sent again, up to 10 times in all, each
///   time with the attempts of a send.
/// - HTTP 503 also pauses the run, and so do three requests in a row without a connection or an answer. The chunks keep
///   these results and are not sent again, because some may have been accepted.
/// - HTTP 401 and 403 end the run, because all further requests would get the same answer. The run also ends after 15
///   minutes with nothing but HTTP 429, HTTP 503 and no answer. No further request begins; those under way still give
///   results. The [`checkpoint`](Self::checkpoint) resumes the run.
pub struct SendMany<D> {
    client: Client,
    source: Source<D>,
    messages: MessagesFor,
    options: ManyOptions,
    checkpoint: Checkpoint,
    bucket: Option<Bucket>,
    backoff: Backoff,
    canceller: RunCanceller,
    /// Whether no further chunk begins.
    is_ended: bool,
    /// A chunk for which the queue had no room, and since when it waits.
    blocked: Option<PreparedChunk>,
    blocked_since: Option<Instant>,
    /// Chunks for which the gateway was too busy.
    retries: VecDeque<PreparedChunk>,
    error: Option<Error>,
    /// The result of the run as a whole. It comes after those of the requests under way, which a reader could lose otherwise.
    last: Option<Chunk>,
    process: u32,
    in_flight: BTreeMap<u64, InFlight>,
    done: VecDeque<Chunk>,
    sender: Sender<Ended>,
    receiver: Receiver<Ended>,
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

    /// The number of destinations that the next request still needs. A source that was [pending](Polled::Pending) can
    /// return this many at once.
    pub fn destinations_needed(&self) -> usize {
        self.checkpoint.destinations_per_request.saturating_sub(self.source.partial_batch_len())
    }

    /// Why the run as a whole cannot begin or go on: a number out of range, or a checkpoint of another run. It is also
    /// the last result, without destinations.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Stops the run: no further request begins. Those that have begun still give results; then the iterator ends.
    pub fn stop(&mut self) {
        self.canceller.stop();
    }

    /// Ends the run now: no further request begins, and those under way are cancelled, as with [`Pending::cancel`].
    /// They still give results; then the iterator ends. [`progress`](Self::progress) and
    /// [`checkpoint`](Self::checkpoint) include them at once.
    pub fn cancel(&mut self) {
        self.canceller.cancel();
        self.settle_ended();
        self.settle_retries();
    }

    /// The error of a run that its caller has cancelled, for languages in which that ends the run with an error. The whole run
    /// may be repeated only if none of its messages can have been accepted, by this run or by the one that it continues.
    #[doc(hidden)]
    pub fn cancelled_error(&self) -> Error {
        let Progress { sent, unknown, under_way, skipped, .. } = self.progress();
        Error::run_cancelled(self.ref_id(), sent + unknown + under_way + skipped == 0)
    }

    /// Ends this run from another thread.
    #[doc(hidden)]
    pub fn canceller(&self) -> RunCanceller {
        self.canceller.clone()
    }

    /// Settles the chunks whose requests have ended.
    fn settle_ended(&mut self) {
        while let Ok(Ended(index, result)) = self.receiver.try_recv() {
            self.settle(index, result);
        }
    }

    /// Calls this function whenever a request ends, on the thread that settles it (see [`Client::submit_with`]), for
    /// callers that use [`try_next`](Self::try_next) instead of waiting in `next()`. It should return quickly, and must
    /// not use the run itself.
    #[must_use]
    pub fn on_ready(mut self, on_ready: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_ready = Some(Arc::new(on_ready));
        self
    }

    /// The present progress.
    pub fn progress(&self) -> Progress {
        let settled = self.progress.sent + self.progress.failed + self.progress.unknown;
        let elapsed = self.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
        let per_second = if elapsed > 0.0 { settled as f64 / elapsed } else { 0.0 };
        // A chunk that has never been sent is not under way.
        let waiting = self.retries.iter().chain(self.blocked.iter().filter(|chunk| chunk.attempts > 0));
        let chunks = self.in_flight.values().map(|sent| &sent.chunk).chain(waiting);
        let under_way = chunks.map(|chunk| chunk.destinations.len() as u64).sum();
        Progress { under_way, per_second, skipped: self.source.skipped, ..self.progress }
    }

    /// Which chunks are done. Those under way count as unknown.
    pub fn checkpoint(&self) -> Checkpoint {
        let mut checkpoint = self.checkpoint.clone();
        for index in self.in_flight.keys() {
            checkpoint.unknown.insert(*index);
        }
        checkpoint
    }

    /// Records the result of a chunk.
    fn settle(&mut self, index: u64, result: Result<SendResult, Error>) {
        let Some(InFlight { mut chunk, began }) = self.in_flight.remove(&index) else { return };
        self.canceller.ended(index);
        let now = Instant::now();
        let pause = self.backoff.note(Signal::of(result.as_ref().err()), began, now);
        // A run that is over does not wait. Nothing of the caller runs here once it is cancelled.
        if let Some(pause) = pause.filter(|_| !self.is_over()) {
            self.client.report_waiting(&self.checkpoint.ref_id, pause);
        }
        // All further requests would fail in the same way, or the failures lasted too long.
        self.is_ended |= result.as_ref().is_err_and(ends_run) || self.backoff.is_exhausted(now);
        match result {
            Err(error) if is_busy(&error) && chunk.attempts < MAX_ATTEMPTS && !self.is_over() => {
                chunk.last_error = Some(error);
                self.retries.push_back(chunk);
            }
            result => self.record(index, chunk.destinations, result),
        }
    }

    /// Queues a result.
    fn record(&mut self, index: u64, destinations: Vec<String>, result: Result<SendResult, Error>) {
        let count = destinations.len() as u64;
        match result.as_ref().map_err(Error::outcome) {
            Ok(_) => {
                self.progress.sent += count;
                self.checkpoint.accepted.insert(index);
                // A chunk that was sent again may have been unknown before.
                self.checkpoint.unknown.remove(index);
            }
            Err(Some(Outcome::Unknown)) => {
                self.progress.unknown += count;
                self.checkpoint.unknown.insert(index);
            }
            Err(_) => self.progress.failed += count,
        }
        let ref_id = self.ref_id_of(index);
        self.done.push_back(Chunk { index, ref_id, destinations, result });
    }

    /// Reports the chunks that would have been sent again as they are, because no further chunk begins.
    fn settle_retries(&mut self) {
        let waiting = self.blocked.take_if(|chunk| chunk.attempts > 0);
        for mut chunk in mem::take(&mut self.retries).into_iter().chain(waiting) {
            if let Some(error) = chunk.last_error.take() {
                self.record(chunk.index, chunk.destinations, Err(error));
            }
        }
    }

    fn ref_id_of(&self, index: u64) -> String {
        format!("{}-{index}", self.checkpoint.ref_id)
    }

    /// Whether no further chunk begins.
    fn is_over(&self) -> bool {
        self.is_ended || self.canceller.stop_handle.is_stopped()
    }

    /// Ends the run as a whole with this error.
    fn fail(&mut self, error: Error) {
        self.is_ended = true;
        self.source.clear();
        let ref_id = self.checkpoint.ref_id.clone();
        self.error = Some(error.clone());
        let index = self.source.next_index();
        self.last = Some(Chunk { index, ref_id, destinations: Vec::new(), result: Err(error) });
    }

    /// Begins a chunk. Returns false if there is no room for it now.
    fn begin(&mut self, mut chunk: PreparedChunk) -> bool {
        let index = chunk.index;
        let options = self.options.send.clone().ref_id(self.ref_id_of(index));
        let sender = self.sender.clone();
        let on_ready = self.on_ready.clone();
        let on_done = move |result| {
            // The iterator may have been dropped.
            if sender.send(Ended(index, result)).is_ok()
                && let Some(on_ready) = on_ready
            {
                on_ready();
            }
        };
        let began = Instant::now();
        let submitted = self.client.submit_with(&chunk.destinations, chunk.messages.clone(), &options, on_done);
        // A full queue empties again. The system may refuse a thread for longer.
        let is_full = |error: &Error| error.reason() == Some(Reason::QueueFull) && !error.is_for_want_of_threads();
        let waited = self.blocked_since.get_or_insert(began).elapsed();
        if submitted.as_ref().is_err_and(is_full) && waited < MAX_QUEUE_WAIT {
            self.blocked = Some(chunk);
            return false;
        }
        self.blocked_since = None;
        chunk.attempts += 1;
        self.began.get_or_insert(began);
        self.in_flight.insert(index, InFlight { chunk, began });
        match submitted {
            Ok(request) => self.canceller.begun(index, request),
            Err(error) => self.settle(index, Err(error)),
        }
        true
    }
}

impl<D> SendMany<D>
where
    D: Iterator,
    D::Item: Into<Polled<String>>,
{
    pub(super) fn new(client: Client, destinations: D, messages: MessagesFor, mut options: ManyOptions) -> Self {
        let checked = options.check();
        let request_size = options.request_size();
        let bucket = options.rate.filter(|_| checked.is_ok()).map(Bucket::new);
        let (sender, receiver) = channel();
        let stop_handle = options.stop_handle.take().unwrap_or_default();
        let source = Source::new(destinations, &options, client.is_strict(), stop_handle.clone());
        let canceller = RunCanceller { stop_handle, ..RunCanceller::default() };
        let checkpoint = options.resume.take().unwrap_or_else(|| {
            Checkpoint::new(options.send.fields.ref_id.get().cloned().unwrap_or_else(new_ref_id), request_size)
        });
        let mut run = Self {
            client,
            source,
            messages,
            options,
            checkpoint,
            bucket,
            backoff: Backoff::default(),
            canceller,
            is_ended: false,
            blocked: None,
            blocked_since: None,
            retries: VecDeque::new(),
            error: None,
            last: None,
            process: std::process::id(),
            in_flight: BTreeMap::new(),
            done: VecDeque::new(),
            sender,
            receiver,
            on_ready: None,
            progress: Progress::default(),
            began: None,
        };
        if let Err(error) = checked {
            run.fail(error);
        }
        run
    }

    /// The next chunk that is not done yet.
    fn next_chunk(&mut self) -> NextChunk {
        if let Some(chunk) = self.blocked.take().or_else(|| self.retries.pop_front()) {
            return NextChunk::Ready(chunk);
        }
        while self.source.ready.is_empty() {
            match self.source.fetch(&mut self.checkpoint) {
                Ok(Fetched::Batch) => {}
                Ok(Fetched::Pending) => return NextChunk::Pending,
                Ok(Fetched::End) => return NextChunk::None,
                Err(error) => {
                    self.fail(error);
                    return NextChunk::None;
                }
            }
        }
        let Some(batch) = self.source.ready.front_mut() else { return NextChunk::None };
        let made = match batch.error.take() {
            Some(error) => Polled::Failed(error),
            None => (self.messages)(&batch.destinations),
        };
        if matches!(made, Polled::Pending) {
            return NextChunk::Pending;
        }
        let Some(Batch { index, destinations, .. }) = self.source.ready.pop_front() else { return NextChunk::None };
        // The message function may have stopped the run.
        if self.is_over() {
            return NextChunk::None;
        }
        match made {
            Polled::Ready(messages) => {
                NextChunk::Ready(PreparedChunk { index, destinations, messages, attempts: 0, last_error: None })
            }
            Polled::Failed(error) => {
                let error = error.with_ref_id(self.ref_id_of(index));
                self.began.get_or_insert_with(Instant::now);
                self.record(index, destinations, Err(error));
                NextChunk::Settled
            }
            Polled::Pending => NextChunk::Pending,
        }
    }

    /// Begins as many chunks as possible.
    fn fill(&mut self) -> FillState {
        let filled = self.fill_up();
        self.progress.waiting = matches!(filled, FillState::Wait(_)) && self.backoff.wait(Instant::now()).is_some();
        if self.is_over() {
            self.settle_retries();
        }
        filled
    }

    fn fill_up(&mut self) -> FillState {
        // A few more than there are workers, so that no worker has to wait for a chunk.
        let capacity = self.client.max_connections() + self.client.max_connections() / 4 + 1;
        loop {
            let most = if self.backoff.is_probing() { 1 } else { capacity };
            if self.in_flight.len() >= most || self.done.len() >= capacity || self.is_over() || self.is_at_end() {
                return FillState::Complete;
            }
            // With a closed client there is no need to wait for the rate: the next request fails, and ends the run.
            let pause = self.backoff.wait(Instant::now()).or_else(|| self.bucket.as_mut().and_then(Bucket::wait));
            if let Some(wait) = pause
                && !self.client.is_closed()
            {
                return FillState::Wait(wait.min(MAX_POLL_INTERVAL));
            }
            let chunk = match self.next_chunk() {
                NextChunk::Ready(chunk) => chunk,
                NextChunk::Settled => continue,
                NextChunk::Pending => return FillState::SourcePending,
                NextChunk::None => return FillState::Complete,
            };
            let count = chunk.destinations.len();
            if !self.begin(chunk) {
                return FillState::Wait(QUEUE_POLL_INTERVAL);
            }
            if let Some(bucket) = &mut self.bucket {
                bucket.take(count);
            }
        }
    }

    /// Whether there is nothing left to begin.
    fn is_at_end(&self) -> bool {
        self.source.is_at_end() && self.retries.is_empty() && self.blocked.is_none()
    }
}

impl<D> SendMany<D>
where
    D: Iterator,
    D::Item: Into<Polled<String>>,
{
    /// Returns the next result without waiting, if there is one, and begins as many requests as possible. See
    /// [`on_ready`](Self::on_ready).
    pub fn try_next(&mut self) -> TryNext {
        self.advance(Some(Instant::now()))
    }

    /// Returns the next result, as `next()` does, but waits at most this long.
    pub fn next_timeout(&mut self, timeout: Duration) -> TryNext {
        self.advance(Instant::now().checked_add(timeout))
    }

    /// Waits for the next result until this time, or without limit.
    fn advance(&mut self, until: Option<Instant>) -> TryNext {
        if self.process != std::process::id() {
            // Requests of the parent process belong to the parent.
            return TryNext::Done;
        }
        loop {
            let filled = self.fill();
            self.settle_ended();
            if let Some(chunk) = self.done.pop_front() {
                return TryNext::Chunk(Box::new(chunk));
            }
            let (wait, pause) = match filled {
                // A chunk that was just answered may be sent again.
                FillState::Complete if self.in_flight.is_empty() && self.retries.is_empty() => {
                    return self.last.take().map_or(TryNext::Done, |last| TryNext::Chunk(Box::new(last)));
                }
                FillState::Complete if self.in_flight.is_empty() => continue,
                FillState::Complete => (None, None),
                FillState::Wait(wait) => (Some(wait), Some(wait)),
                // The source does not report when it has more; a caller of `try_next` may know.
                FillState::SourcePending => (None, Some(SOURCE_POLL_INTERVAL)),
            };
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return TryNext::Wait(wait);
            }
            let received = match pause.into_iter().chain(left).min() {
                Some(wait) => self.receiver.recv_timeout(wait),
                None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            if let Ok(Ended(index, result)) = received {
                self.settle(index, result);
            }
        }
    }
}

impl<D> Iterator for SendMany<D>
where
    D: Iterator,
    D::Item: Into<Polled<String>>,
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
        // Requests of the parent process belong to the parent, one of whose threads may have had the lock at the fork.
        if self.process == std::process::id() {
            // Other runs may have the same stop handle.
            self.canceller.cancel_requests();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::NO_THREADS;
    use crate::{Config, Text};

    #[test]
    fn a_run_of_many_for_which_the_system_gives_no_thread_fails_at_once() {
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
}
