//! Bulk runs.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use linkwa::{Checkpoint, Chunk, Error, ManyOptions, Polled, SendMany, StopHandle};

use crate::arg::{Bytes, Text, UserData, require};
use crate::binding_error::BindingError;
use crate::buffer::{BufferOut, linkwa_buffer};
use crate::builder::Builder;
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::client::linkwa_client;
use crate::error::{ErrorOut, linkwa_error};
use crate::message::linkwa_message;
use crate::options::linkwa_options;
use crate::out::{into_raw, write_late};
use crate::panic::{panic_boundary, panic_boundary_out, panic_boundary_send, panic_boundary_status};
use crate::result::linkwa_result;
use crate::status::linkwa_status;

/// Options of linkwa_send_many().
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_many_options(Builder<ManyOptions>);

/// Options to change.
pub(crate) type MutManyOptions<'a> = Option<&'a mut linkwa_many_options>;

/// A run of linkwa_send_many(). It is passed to the linkwa_on_chunk function, and is valid until linkwa_send_many()
/// returns.
#[derive(Debug)]
pub struct linkwa_many {
    run: Mutex<SendMany<Source>>,
    ref_id: TextBuf,
    stop_handle: StopHandle,
}

/// The result of one request of a run, or of a destination that could not be sent to. It is valid until the
/// linkwa_on_chunk function returns.
#[derive(Debug)]
pub struct linkwa_chunk {
    index: u64,
    ref_id: TextBuf,
    destinations: Vec<TextBuf>,
    result: Option<linkwa_result>,
    error: Option<linkwa_error>,
}

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

/// Your function that returns the next destination, an MSISDN. Return NULL at the end; it is then not called again. The
/// text must be valid until the next call. It is called on the thread that called linkwa_send_many(), during that call.
/// See YOUR FUNCTIONS at the top.
pub type linkwa_next_destination = Option<extern "C" fn(user_data: *mut c_void) -> Text<'static>>;

/// Your function that makes the message for a destination. The library frees the message. If it returns NULL or an
/// unusable message, the destination gets its own chunk with LINKWA_INVALID_REQUEST, and the run goes on. It is called
/// on the thread that called linkwa_send_many_each(), during that call. See YOUR FUNCTIONS at the top.
pub type linkwa_message_for =
    Option<extern "C" fn(user_data: *mut c_void, destination: Text<'_>) -> Option<Box<linkwa_message>>>;

/// Your function that receives the result of each request, in the order in which requests end. Both objects belong to
/// the library and are valid until your function returns. It is called on the thread that called linkwa_send_many(),
/// during that call. See YOUR FUNCTIONS at the top.
pub type linkwa_on_chunk =
    Option<extern "C" fn(user_data: *mut c_void, many: Option<&linkwa_many>, chunk: Option<&linkwa_chunk>)>;

/// Makes options for linkwa_send_many(). By default a request has 100 destinations, and the rate is not limited.
///
/// The options are yours; free them with linkwa_many_options_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_new() -> Option<Box<linkwa_many_options>> {
    panic_boundary(|| into_raw(linkwa_many_options(Builder::new(ManyOptions::new()))))
}

/// Frees options. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_free(options: Option<Box<linkwa_many_options>>) {
    panic_boundary(|| drop(options));
}

fn change<A>(
    options: MutManyOptions<'_>,
    arguments: Result<A, BindingError>,
    update: impl FnOnce(ManyOptions, A) -> ManyOptions,
) -> linkwa_status {
    options.map_or(linkwa_status::LINKWA_INVALID_ARGUMENT, |options| options.0.update(arguments, update))
}

/// Sets the number of destinations per request: 1 to 50,000. Default: 100. With another number the run fails with
/// LINKWA_INVALID_CONFIG.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_set_destinations_per_request(
    options: MutManyOptions<'_>,
    count: usize,
) -> linkwa_status {
    panic_boundary(|| change(options, Ok(count), ManyOptions::destinations_per_request))
}

/// Sets the highest average rate in destinations per second: above 0, at most a million. A request counts as many times
/// as it has destinations. With another number the run fails with LINKWA_INVALID_CONFIG. Default: no limit.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_set_rate(
    options: MutManyOptions<'_>,
    destinations_per_second: f64,
) -> linkwa_status {
    panic_boundary(|| change(options, Ok(destinations_per_second), ManyOptions::rate))
}

/// Sets the options of each request; they are copied. The refId of the request with index 17 is "{refId}-17". The
/// timeout is that of each request, from the moment the run begins it.
///
/// Errors: LINKWA_INVALID_ARGUMENT if an argument is NULL; the first error of a setter of `send`.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_set_send_options(
    options: MutManyOptions<'_>,
    send: Option<&linkwa_options>,
) -> linkwa_status {
    panic_boundary(|| {
        let send = require(send, "send").and_then(linkwa_options::options);
        change(options, send, |options, send| options.send_options(send.clone()))
    })
}

/// Resumes an earlier run from the `len` bytes that linkwa_many_checkpoint() returned. Pass the same destinations in
/// the same order. Requests that were accepted or whose outcome is unknown are skipped; requests that were rejected or
/// not sent are sent again. refId and destinations per request are those of the earlier run. A run with others, or with
/// other destinations, fails with LINKWA_INVALID_CONFIG.
///
/// Errors: LINKWA_INVALID_CONFIG if this is not a checkpoint; LINKWA_INVALID_ARGUMENT if `options` or `checkpoint` is
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_set_resume(
    options: MutManyOptions<'_>,
    checkpoint: Bytes<'_>,
    len: usize,
) -> linkwa_status {
    panic_boundary(|| {
        let checkpoint = checkpoint.text(len, "checkpoint").and_then(|json| Ok(Checkpoint::from_json(json)?));
        change(options, checkpoint, ManyOptions::resume)
    })
}

/// Also sends requests again whose outcome is unknown when resuming. Recipients of those that were accepted get the
/// message twice. Default: false.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_set_resend_unknown(options: MutManyOptions<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change(options, Ok(yes), ManyOptions::resend_unknown))
}

/// The caller's destinations.
#[derive(Debug)]
struct Source {
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

/// The arguments of both kinds of runs.
struct Run<'a> {
    next: linkwa_next_destination,
    next_data: *mut c_void,
    options: Option<&'a linkwa_many_options>,
    on_chunk: linkwa_on_chunk,
    on_chunk_data: *mut c_void,
    progress: *mut linkwa_progress,
}

impl Run<'_> {
    /// Runs to the end.
    fn run(self, begin: impl FnOnce(Source, &ManyOptions) -> SendMany<Source>) -> Result<(), BindingError> {
        let next = require(self.next, "next")?;
        let on_chunk = require(self.on_chunk, "on_chunk")?;
        let options = self.options.map_or_else(|| Ok(ManyOptions::new()), |options| options.0.get().cloned())?;
        let stop_handle = StopHandle::new();
        let source = Source { next, user_data: UserData::new(self.next_data) };
        let run = begin(source, &options.stop_handle(stop_handle.clone()));
        if let Some(error) = run.error() {
            return Err(error.clone().into());
        }
        let many = linkwa_many { ref_id: run.ref_id().into(), run: Mutex::new(run), stop_handle };
        loop {
            let chunk = many.lock().next();
            let Some(chunk) = chunk else { break };
            if chunk.destinations().is_empty() {
                // The run as a whole stops.
                chunk.into_result().map(drop)?;
                continue;
            }
            on_chunk(self.on_chunk_data, Some(&many), Some(&linkwa_chunk::new(&chunk)));
        }
        write_late(self.progress, many.progress());
        Ok(())
    }
}

impl linkwa_many {
    fn lock(&self) -> MutexGuard<'_, SendMany<Source>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the run for a callback. Outside of a linkwa_on_chunk it is already locked.
    fn lock_inside(&self) -> Result<MutexGuard<'_, SendMany<Source>>, BindingError> {
        match self.run.try_lock() {
            Ok(run) => Ok(run),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                Err(BindingError::argument("use `many` only inside a linkwa_on_chunk function"))
            }
        }
    }

    fn progress(&self) -> linkwa_progress {
        linkwa_progress::of(&self.lock())
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

/// Sends the same message, with the messages appended to it, to the destinations that `next` returns one by one: in
/// requests of up to linkwa_many_options_set_destinations_per_request() destinations, as many at once as the client has
/// connections, in bounded memory. `on_chunk` receives the result of each request, in the order in which requests end.
/// This function returns when all requests have ended, or, after linkwa_many_stop(), when those that had begun have
/// ended.
///
/// `next` is called with `next_data`, `on_chunk` with `on_chunk_data`. `options` may be NULL. `progress`, which may be
/// NULL, receives the final figures.
///
/// Each destination is checked when it is taken. An invalid one gets its own chunk with its findings, and the others
/// are sent. HTTP 429 pauses the whole run, and the request is sent again, up to 10 times in all. HTTP 503 also pauses
/// the run, and so do three requests in a row without a connection or an answer. HTTP 401 and 403 end the run, and so
/// do 15 minutes with nothing but HTTP 429, 503 and no answer. No further request begins then, and a checkpoint resumes
/// the run.
///
/// Errors: errors of requests go to `on_chunk`. LINKWA_INVALID_ARGUMENT if `client`, `next`, `message` or `on_chunk` is
/// NULL; the first error of a setter of the message or the options; LINKWA_INVALID_CONFIG if a number of the options is
/// out of range, or the checkpoint belongs to another run. A closed client ends the run after the first request that it
/// refused.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_many(
    client: Option<&linkwa_client>,
    next: linkwa_next_destination,
    next_data: *mut c_void,
    message: Option<&linkwa_message>,
    options: Option<&linkwa_many_options>,
    on_chunk: linkwa_on_chunk,
    on_chunk_data: *mut c_void,
    progress: *mut linkwa_progress,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send(err, |stage| {
        let run = Run { next, next_data, options, on_chunk, on_chunk_data, progress };
        let client = require(client, "client")?.client();
        let messages = require(message, "message")?.messages()?;
        run.run(|source, options| {
            stage.begin();
            client.send_many(source, messages, options)
        })
    })
}

/// Does what linkwa_send_many() does, with a separate message for each destination. `message_for`, called with
/// `message_for_data`, makes the message. Each destination is one request. A checkpoint of a run with several
/// destinations per request cannot be resumed here: LINKWA_INVALID_CONFIG.
///
/// Errors: as linkwa_send_many(). Also LINKWA_INVALID_ARGUMENT if `message_for` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_many_each(
    client: Option<&linkwa_client>,
    next: linkwa_next_destination,
    next_data: *mut c_void,
    message_for: linkwa_message_for,
    message_for_data: *mut c_void,
    options: Option<&linkwa_many_options>,
    on_chunk: linkwa_on_chunk,
    on_chunk_data: *mut c_void,
    progress: *mut linkwa_progress,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send(err, |stage| {
        let run = Run { next, next_data, options, on_chunk, on_chunk_data, progress };
        let client = require(client, "client")?.client();
        let message_for = require(message_for, "message_for")?;
        let user_data = UserData::new(message_for_data);
        run.run(|source, options| {
            stage.begin();
            let messages = move |destination: &str| {
                let message = message_for(user_data.pointer(), TextBuf::from(destination).text());
                let messages = require(message.as_deref(), "the message that `message_for` gave");
                match messages.and_then(linkwa_message::messages) {
                    Ok(messages) => Polled::Ready(messages),
                    Err(BindingError::Core(error)) => Polled::Failed(*error),
                    Err(error) => Polled::Failed(Error::message_function_failed(error.detail())),
                }
            };
            client.send_many_each(source, messages, options)
        })
    })
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

/// Stops the run: no further request begins. Requests that have begun still reach `on_chunk`; then the run ends.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_stop(many: Option<&linkwa_many>) -> linkwa_status {
    panic_boundary_status(None, || {
        require(many, "many")?.stop_handle.stop();
        Ok(())
    })
}

/// Returns the progress of the run.
///
/// Call it inside a linkwa_on_chunk function, on the thread that runs this function. Errors: LINKWA_INVALID_ARGUMENT if
/// `many` or `progress` is NULL, and if it is called elsewhere during the run.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_progress(
    many: Option<&linkwa_many>,
    progress: Option<&mut MaybeUninit<linkwa_progress>>,
) -> linkwa_status {
    panic_boundary_status(None, || {
        let progress = require(progress, "progress")?;
        progress.write(linkwa_progress::of(&*require(many, "many")?.lock_inside()?));
        Ok(())
    })
}

/// Returns which requests are done, as a short JSON text; store it, and pass it to linkwa_many_options_set_resume().
/// Requests under way count as unknown. A checkpoint does not know about requests that began after it was taken: after
/// a crash, look up their references, "{refId}-{index}", before you resume.
///
/// The buffer is yours; free it with linkwa_buffer_free(). Call this inside a linkwa_on_chunk function, on the thread
/// that runs this function.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` or `buffer` is NULL, and if it is called elsewhere during the run.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_checkpoint(
    many: Option<&linkwa_many>,
    buffer: BufferOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(buffer, "buffer", err, || {
        let checkpoint = require(many, "many")?.lock_inside()?.checkpoint();
        Ok(into_raw(linkwa_buffer::new(checkpoint.to_json())))
    })
}

impl linkwa_chunk {
    fn new(chunk: &Chunk) -> Self {
        let result = chunk.result();
        Self {
            index: chunk.index(),
            ref_id: chunk.ref_id().into(),
            destinations: chunk.destinations().iter().map(TextBuf::new).collect(),
            result: result.ok().map(linkwa_result::new),
            error: result.err().map(linkwa_error::of),
        }
    }
}

/// Returns the index of the request, from 0, in the order of the destinations. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_index(chunk: Option<&linkwa_chunk>) -> u64 {
    panic_boundary(|| chunk.map_or(0, |chunk| chunk.index))
}

/// Returns the request's own reference: "{refId}-{index}". Returns NULL for NULL.
///
/// The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_ref_id(chunk: Option<&linkwa_chunk>) -> Text<'_> {
    panic_boundary(|| text_or_null(chunk.map(|chunk| &chunk.ref_id)))
}

/// Returns the number of destinations of the request. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_destinations_len(chunk: Option<&linkwa_chunk>) -> usize {
    panic_boundary(|| chunk.map_or(0, |chunk| chunk.destinations.len()))
}

/// Returns the destination at this index (from 0). Returns NULL if the index is too large, and for NULL.
///
/// The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_destination(chunk: Option<&linkwa_chunk>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(chunk.and_then(|chunk| chunk.destinations.get(index))))
}

/// Returns the length in bytes of a text that this chunk returned, without the terminating NUL. It is more than
/// strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_text_len(chunk: Option<&linkwa_chunk>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let Some(chunk) = chunk else { return 0 };
        len_among(text, [&chunk.ref_id].into_iter().chain(&chunk.destinations))
    })
}

/// Returns the result, if the request was accepted; NULL otherwise, and for NULL.
///
/// It belongs to the chunk and lives as long as it: do not free it. linkwa_result_copy() makes a copy to keep.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_result(chunk: Option<&linkwa_chunk>) -> Option<&linkwa_result> {
    panic_boundary(|| chunk.and_then(|chunk| chunk.result.as_ref()))
}

/// Returns the error, if the request was not accepted; NULL otherwise, and for NULL.
///
/// It belongs to the chunk and lives as long as it: do not free it. linkwa_error_copy() makes a copy to keep.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_error(chunk: Option<&linkwa_chunk>) -> Option<&linkwa_error> {
    panic_boundary(|| chunk.and_then(|chunk| chunk.error.as_ref()))
}
