//! Runs of many: what both ways to run them share, and runs that the caller advances.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use linkwa::{Client, Error, ManyOptions, Polled, RunCanceller, SendMany, TryNext};

use crate::arg::{Text, UserData, require};
use crate::binding_error::BindingError;
use crate::buffer::{BufferOut, linkwa_buffer};
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::chunk::{ChunkOut, linkwa_chunk};
use crate::client::linkwa_client;
use crate::error::ErrorOut;
use crate::many::{linkwa_many_options, linkwa_message_for, linkwa_next_destination};
use crate::message::linkwa_message;
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_out, panic_boundary_status};
use crate::queue::RunWatcher;
use crate::status::linkwa_status;

/// A run of many. That of linkwa_send_many() is passed to the linkwa_on_chunk function, and is valid until that function
/// returns. That of linkwa_many_new() is yours.
///
/// You may call linkwa_many_stop() and linkwa_many_cancel() for a run of yours on any thread, also while another thread is
/// in linkwa_many_next(). Only one thread at a time may be in linkwa_many_next(): a second one gets
/// LINKWA_INVALID_ARGUMENT. So do linkwa_many_progress() and linkwa_many_checkpoint() while the run takes a step.
#[derive(Debug)]
pub struct linkwa_many {
    run: Mutex<SendMany<Source>>,
    /// Held while `run` is being locked, and as long as a brief call has it. So what finds `run` locked meets a step.
    entry: Mutex<()>,
    ref_id: TextBuf,
    canceller: RunCanceller,
    watcher: Arc<ArcSwapOption<RunWatcher>>,
    /// What the last step said: see [`linkwa_many_poll_ms`] and [`linkwa_many_is_done`].
    poll_ms: AtomicI32,
    is_done: AtomicBool,
}

/// An out-parameter for a run.
pub(crate) type ManyOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_many>>>>;

/// The progress of a run, counted in destinations. The layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_progress {
    /// Accepted by the gateway.
    pub sent: u64,
    /// Not accepted: rejected, not sent, or invalid.
    pub failed: u64,
    /// May have been accepted.
    pub unknown: u64,
    /// Under way, or waiting to be sent again because the gateway was busy.
    pub under_way: u64,
    /// Skipped, because an earlier run handled them.
    pub skipped: u64,
    /// Sent, failed and unknown destinations per second, since the first was sent.
    pub per_second: f64,
    /// Whether the run is pausing because the gateway is busy or does not answer.
    pub waiting: bool,
}

/// The caller's destinations.
#[derive(Debug)]
pub(crate) struct Source {
    next: extern "C" fn(user_data: *mut c_void) -> Text<'static>,
    user_data: UserData,
}

impl Iterator for Source {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        // NULL is the end. A text that is not UTF-8 is an invalid destination, and gets its own chunk.
        let bytes = (self.next)(self.user_data.pointer()).bytes("destination").ok()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The arguments of all runs.
pub(crate) struct Arguments<'a> {
    pub(crate) client: Option<&'a linkwa_client>,
    pub(crate) next: linkwa_next_destination,
    pub(crate) next_data: *mut c_void,
    pub(crate) options: Option<&'a linkwa_many_options>,
}

impl Arguments<'_> {
    /// A run with the same message for all.
    pub(crate) fn same(self, message: Option<&linkwa_message>) -> Result<linkwa_many, BindingError> {
        let messages = require(message, "message")?.messages()?;
        self.begin(|client, source, options| client.send_many(source, messages, options))
    }

    /// A run with a message of its own for each.
    pub(crate) fn each(
        self,
        message_for: linkwa_message_for,
        user_data: *mut c_void,
    ) -> Result<linkwa_many, BindingError> {
        let message_for = require(message_for, "message_for")?;
        let user_data = UserData::new(user_data);
        let messages = move |destination: &str| {
            let message = message_for(user_data.pointer(), TextBuf::from(destination).text());
            let messages = require(message.as_deref(), "the message that `message_for` gave");
            match messages.and_then(linkwa_message::messages) {
                Ok(messages) => Polled::Ready(messages),
                Err(BindingError::Core(error)) => Polled::Failed(*error),
                Err(error) => Polled::Failed(Error::message_function_failed(error.detail())),
            }
        };
        self.begin(|client, source, options| client.send_many_each(source, messages, options))
    }

    fn begin(
        self,
        begin: impl FnOnce(&Client, Source, &ManyOptions) -> SendMany<Source>,
    ) -> Result<linkwa_many, BindingError> {
        let client = require(self.client, "client")?.client();
        let source = Source { next: require(self.next, "next")?, user_data: UserData::new(self.next_data) };
        let options = self.options.map_or_else(|| Ok(ManyOptions::new()), linkwa_many_options::options)?;
        let watcher = Arc::new(ArcSwapOption::<RunWatcher>::empty());
        let on_ready = {
            let watcher = Arc::clone(&watcher);
            move || notify(&watcher)
        };
        let run = begin(&client, source, &options).on_ready(on_ready);
        if let Some(error) = run.error() {
            return Err(error.clone().into());
        }
        Ok(linkwa_many {
            ref_id: run.ref_id().into(),
            canceller: run.canceller(),
            run: Mutex::new(run),
            entry: Mutex::new(()),
            watcher,
            poll_ms: AtomicI32::new(0),
            is_done: AtomicBool::new(false),
        })
    }
}

fn notify(watcher: &ArcSwapOption<RunWatcher>) {
    if let Some(watcher) = &*watcher.load() {
        watcher.notify();
    }
}

impl linkwa_many {
    /// The next chunk, after at most this time; `None` at the end too.
    pub(crate) fn step(&self, timeout: Duration) -> Result<Option<linkwa_chunk>, BindingError> {
        let (next, poll_ms) = match self.begin_step()?.next_timeout(timeout) {
            TryNext::Chunk(chunk) => (Some(chunk), 0),
            // Rounded up, so that the time has passed when poll() returns.
            TryNext::Wait(Some(wait)) => (None, i32::try_from(wait.as_millis() + 1).unwrap_or(i32::MAX)),
            TryNext::Wait(None) => (None, -1),
            TryNext::Done => {
                self.is_done.store(true, Ordering::Release);
                (None, -1)
            }
            _ => (None, 0),
        };
        self.poll_ms.store(poll_ms, Ordering::Release);
        let Some(chunk) = next else { return Ok(None) };
        if chunk.destinations().is_empty() {
            // The run as a whole stops.
            chunk.into_result().map(drop)?;
            return Ok(None);
        }
        Ok(Some(linkwa_chunk::new(&chunk)))
    }

    /// Locks the run for a step. Brief calls are waited for.
    fn begin_step(&self) -> Result<MutexGuard<'_, SendMany<Source>>, BindingError> {
        let _entry = self.enter();
        self.try_lock()
    }

    /// Runs what is brief and calls no function of the caller, unless a step is running.
    fn briefly<R>(&self, call: impl FnOnce(&mut SendMany<Source>) -> R) -> Result<R, BindingError> {
        let _entry = self.enter();
        Ok(call(&mut *self.try_lock()?))
    }

    fn enter(&self) -> MutexGuard<'_, ()> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_lock(&self) -> Result<MutexGuard<'_, SendMany<Source>>, BindingError> {
        match self.run.try_lock() {
            Ok(run) => Ok(run),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                Err(BindingError::argument("linkwa_many_next() or linkwa_send_many() is running for `many`"))
            }
        }
    }

    pub(crate) fn progress(&self) -> Result<linkwa_progress, BindingError> {
        self.briefly(|run| linkwa_progress::of(run))
    }

    /// Puts the run into its queue.
    fn notify(&self) {
        notify(&self.watcher);
    }

    /// Puts the run into this queue now, and from now on when one of its requests ends.
    pub(crate) fn set_watcher(&self, watcher: RunWatcher) {
        self.replace_watcher(Some(Arc::new(watcher)));
        self.notify();
    }

    /// Takes the run out of the queue that it had.
    fn replace_watcher(&self, watcher: Option<Arc<RunWatcher>>) {
        if let Some(former) = self.watcher.swap(watcher) {
            former.end();
        }
    }
}

impl Drop for linkwa_many {
    fn drop(&mut self) {
        self.replace_watcher(None);
    }
}

impl linkwa_progress {
    fn of(run: &SendMany<Source>) -> Self {
        let progress = run.progress();
        Self {
            sent: progress.sent,
            failed: progress.failed,
            unknown: progress.unknown,
            under_way: progress.under_way,
            skipped: progress.skipped,
            per_second: progress.per_second,
            waiting: progress.waiting,
        }
    }
}

/// Makes a run that you advance: the same message, with the messages appended to it, to the destinations that `next`
/// returns. It does what linkwa_send_many() does, but gives each result to the caller of linkwa_many_next(). Nothing is
/// sent before that. `next` is called with `next_data` inside linkwa_many_next() only, on its thread, so both must stay
/// valid until the run ends or is freed. `options` may be NULL.
///
/// The run is yours; free it with linkwa_many_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `client`, `next`, `message` or `many` is NULL; the first error of a setter of the
/// message or the options; LINKWA_INVALID_CONFIG if a number of the options is out of range.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_new(
    client: Option<&linkwa_client>,
    next: linkwa_next_destination,
    next_data: *mut c_void,
    message: Option<&linkwa_message>,
    options: Option<&linkwa_many_options>,
    many: ManyOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(many, "many", err, || {
        let run = Arguments { client, next, next_data, options }.same(message)?;
        Ok(into_raw(run))
    })
}

/// Does what linkwa_many_new() does, with a separate message for each destination: see linkwa_send_many_each().
/// `message_for` is called inside linkwa_many_next() only.
///
/// The run is yours; free it with linkwa_many_free().
///
/// Errors: as linkwa_many_new(). Also LINKWA_INVALID_ARGUMENT if `message_for` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_new_each(
    client: Option<&linkwa_client>,
    next: linkwa_next_destination,
    next_data: *mut c_void,
    message_for: linkwa_message_for,
    message_for_data: *mut c_void,
    options: Option<&linkwa_many_options>,
    many: ManyOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(many, "many", err, || {
        let run = Arguments { client, next, next_data, options }.each(message_for, message_for_data)?;
        Ok(into_raw(run))
    })
}

/// Begins as many requests as possible, waits until one has ended, at most `timeout_ms` milliseconds, and returns its
/// result. With 0 it does not wait; with UINT64_MAX it waits as long as it takes. Writes NULL to `chunk` if no request
/// has ended by then, and at the end of the run: see linkwa_many_is_done().
///
/// Requests begin only inside this function; those that have begun go on. So call it again and again until the end: in a
/// loop with UINT64_MAX, or with 0 from an event loop: see linkwa_queue_add_many().
///
/// The chunk is yours; free it with linkwa_chunk_free(). It may outlive the run.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` or `chunk` is NULL, and if another thread, or a function of yours that this
/// call is running, calls it for the same run; LINKWA_INVALID_CONFIG if the checkpoint that the run resumes belongs to
/// another run. Errors of requests are in their chunks.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_next(
    many: Option<&linkwa_many>,
    timeout_ms: u64,
    chunk: ChunkOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(chunk, "chunk", err, || {
        let chunk = require(many, "many")?.step(Duration::from_millis(timeout_ms))?;
        Ok(chunk.and_then(into_raw))
    })
}

/// Returns whether the run has ended, and linkwa_many_next() has returned all results. Returns false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_is_done(many: Option<&linkwa_many>) -> bool {
    panic_boundary(|| many.is_some_and(|many| many.is_done.load(Ordering::Acquire)))
}

/// Returns how long to wait before the next linkwa_many_next(), in milliseconds: the timeout for poll(). -1: until the
/// queue is readable, see linkwa_queue_add_many(). 0: call it now. More if the run pauses, because of its rate or a
/// gateway that is busy, or waits for room in the queue of the client. Returns -1 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_poll_ms(many: Option<&linkwa_many>) -> i32 {
    panic_boundary(|| many.map_or(-1, |many| many.poll_ms.load(Ordering::Acquire)))
}

/// Returns the reference that the references of the run's requests begin with. Returns NULL for NULL.
///
/// The text belongs to the run and lives as long as it; see linkwa_many_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_ref_id(many: Option<&linkwa_many>) -> Text<'_> {
    panic_boundary(|| text_or_null(many.map(|many| &many.ref_id)))
}

/// Returns the length in bytes of a text that this run returned, without the terminating NUL. It is more than strlen()
/// returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_text_len(many: Option<&linkwa_many>, text: Text<'_>) -> usize {
    panic_boundary(|| many.map_or(0, |many| len_among(text, [&many.ref_id])))
}

/// Stops the run: no further request begins. Requests that have begun still give chunks; then the run ends.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_stop(many: Option<&linkwa_many>) -> linkwa_status {
    panic_boundary_status(None, || {
        let many = require(many, "many")?;
        many.canceller.stop();
        many.notify();
        Ok(())
    })
}

/// Ends the run now: no further request begins, and those under way are cancelled, as linkwa_pending_cancel() does. They
/// still give chunks; then the run ends.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_cancel(many: Option<&linkwa_many>) -> linkwa_status {
    panic_boundary_status(None, || {
        let many = require(many, "many")?;
        many.canceller.cancel();
        // The progress and the checkpoint include them at once; a step that is running sees to that itself.
        let _ = many.briefly(SendMany::cancel);
        many.notify();
        Ok(())
    })
}

/// Returns the progress of the run.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` or `progress` is NULL, and if linkwa_many_next() or linkwa_send_many() is
/// running, except inside a linkwa_on_chunk function.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_progress(
    many: Option<&linkwa_many>,
    progress: Option<&mut MaybeUninit<linkwa_progress>>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(progress, "progress", err, || require(many, "many")?.progress())
}

/// Returns which requests are done, as a short JSON text; store it, and pass it to linkwa_many_options_set_resume().
/// Requests under way count as unknown. A checkpoint does not know about requests that began after it was taken: after
/// a crash, look up their references, "{refId}-{index}", before you resume.
///
/// The buffer is yours; free it with linkwa_buffer_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` or `buffer` is NULL, and if linkwa_many_next() or linkwa_send_many() is
/// running, except inside a linkwa_on_chunk function.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_checkpoint(
    many: Option<&linkwa_many>,
    buffer: BufferOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(buffer, "buffer", err, || {
        let checkpoint = require(many, "many")?.briefly(|run| run.checkpoint())?;
        Ok(into_raw(linkwa_buffer::new(checkpoint.to_json())))
    })
}

/// Frees a run of linkwa_many_new(), and takes it out of its queue: linkwa_queue_next() does not return it after that.
/// Requests under way are cancelled, and their results are lost: to know them, call linkwa_many_stop() or
/// linkwa_many_cancel() first, and linkwa_many_next() until the end. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_free(many: Option<Box<linkwa_many>>) {
    panic_boundary(|| drop(many));
}
