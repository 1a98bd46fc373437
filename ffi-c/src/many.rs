//! The same message to very many.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use linkwa::{Checkpoint, Chunk, Error, ManyOptions, SendMany, Stopper, Supply};

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

/// Options that are changed.
pub(crate) type MutManyOptions<'a> = Option<&'a mut linkwa_many_options>;

/// A run of linkwa_send_many(). It is given to the linkwa_on_chunk function, and lives until linkwa_send_many() returns.
#[derive(Debug)]
pub struct linkwa_many {
    run: Mutex<SendMany<Source>>,
    ref_id: TextBuf,
    stopper: Stopper,
}

/// What came of one request of many, or of a destination that could not be sent to. It lives until the linkwa_on_chunk
/// function returns.
#[derive(Debug)]
pub struct linkwa_chunk {
    index: u64,
    ref_id: TextBuf,
    destinations: Vec<TextBuf>,
    result: Option<linkwa_result>,
    error: Option<linkwa_error>,
}

/// How far a run is. Everything is counted in destinations. The layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_progress {
    /// Accepted by the gateway.
    pub sent: u64,
    /// Certainly not accepted: rejected, not sent, or invalid.
    pub failed: u64,
    /// May have been accepted.
    pub unknown: u64,
    /// On their way, or to be sent again because the gateway was busy.
    pub under_way: u64,
    /// Skipped, because an earlier run dealt with them.
    pub skipped: u64,
    /// Sent, failed and unknown ones a second, since the first was sent.
    pub per_second: f64,
    /// Whether the run holds back now, because the gateway is busy or does not answer.
    pub waiting: bool,
}

/// Your function that gives the next destination, an MSISDN; NULL if there are no more, after which it is not called
/// again. The text must live until the next call. It is called on the thread that called linkwa_send_many(), while that
/// waits. See YOUR FUNCTIONS at the top.
pub type linkwa_next_destination = Option<extern "C" fn(user_data: *mut c_void) -> Text<'static>>;

/// Your function that makes the message for a destination. The library frees it. After NULL, or a message that cannot be
/// used, the destination comes out alone with LINKWA_INVALID_REQUEST, and the run goes on. It is called on the thread
/// that called linkwa_send_many_each(), while that waits. See YOUR FUNCTIONS at the top.
pub type linkwa_message_for =
    Option<extern "C" fn(user_data: *mut c_void, destination: Text<'_>) -> Option<Box<linkwa_message>>>;

/// Your function that is told what came of each request, in the order in which they are done. Both objects are the
/// library's and live until it returns. It is called on the thread that called linkwa_send_many(), while that waits.
/// See YOUR FUNCTIONS at the top.
pub type linkwa_on_chunk =
    Option<extern "C" fn(user_data: *mut c_void, many: Option<&linkwa_many>, chunk: Option<&linkwa_chunk>)>;

/// Makes options for linkwa_send_many(): a hundred destinations in a request, as fast as the gateway answers.
///
/// They are yours, to be freed with linkwa_many_options_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_new() -> Option<Box<linkwa_many_options>> {
    panic_boundary(|| into_raw(linkwa_many_options(Builder::new(ManyOptions::new()))))
}

/// Frees options. NULL is fine.
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

/// How many destinations go into a request: 1 to 50,000, and 100 by default. Another number refuses the run:
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

/// The most destinations a second, on average: above 0, and at most a million. A request takes as much of the rate as it
/// has destinations. Another number refuses the run: LINKWA_INVALID_CONFIG. Without this there is no limit.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_options_set_rate(
    options: MutManyOptions<'_>,
    destinations_per_second: f64,
) -> linkwa_status {
    panic_boundary(|| change(options, Ok(destinations_per_second), ManyOptions::rate))
}

/// What each request says; they are copied. The refId of the request with the index 17 is "{refId}-17". The timeout is
/// that of each request, from the moment it is taken up.
///
/// Errors: LINKWA_INVALID_ARGUMENT if one is NULL; what went wrong first in a setter of `send`.
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

/// Goes on where an earlier run stopped: `len` bytes that linkwa_many_checkpoint() gave. Give the same destinations in
/// the same order: requests that were accepted are skipped, and those whose outcome is unknown as well; what was
/// rejected or not sent is sent again. refId and destinations per request are the earlier run's. A run with others, or
/// with other destinations, is refused: LINKWA_INVALID_CONFIG.
///
/// Errors: LINKWA_INVALID_CONFIG if this is no checkpoint; LINKWA_INVALID_ARGUMENT if `options` or `checkpoint` is
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

/// When resuming, also sends those requests again whose outcome is unknown: those that were accepted then reach their
/// recipients twice. Off by default.
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
        // NULL is the end. What is not UTF-8 makes no valid destination: it comes out alone.
        let bytes = (self.next)(self.user_data.pointer()).bytes("destination").ok()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// What both kinds of runs are given.
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
        let stopper = Stopper::new();
        let source = Source { next, user_data: UserData::new(self.next_data) };
        let run = begin(source, &options.stopper(stopper.clone()));
        if let Some(error) = run.refusal() {
            return Err(error.clone().into());
        }
        let many = linkwa_many { ref_id: run.ref_id().into(), run: Mutex::new(run), stopper };
        loop {
            let chunk = many.lock().next();
            let Some(chunk) = chunk else { break };
            if chunk.destinations().is_empty() {
                // The run as a whole does not go on.
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

    /// Locks it for one of the caller's functions; it is locked already in all but a linkwa_on_chunk.
    fn lock_inside(&self) -> Result<MutexGuard<'_, SendMany<Source>>, BindingError> {
        match self.run.try_lock() {
            Ok(run) => Ok(run),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                Err(BindingError::argument("`many` can be used in a linkwa_on_chunk function only"))
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

/// Sends the same message, with those appended to it, to very many destinations, which `next` gives one by one: in
/// requests of up to linkwa_many_options_set_destinations_per_request(), as many at once as the client has connections,
/// in bounded memory. `on_chunk` is told what came of each request, in the order in which they are done. It returns
/// when all are done, or when those are done that had begun before linkwa_many_stop().
///
/// `next` is called with `next_data`, `on_chunk` with `on_chunk_data`; `options` may be NULL, and so may `progress`, to
/// which the final figures are written.
///
/// Each destination is checked when it is taken. One that is invalid comes out alone, with its findings, and the others
/// are sent. HTTP 429 pauses the run as a whole, and what was answered so is sent again, up to 10 times; HTTP 503, and
/// three requests in a row without a connection or an answer, pause it as well. HTTP 401 and 403 end the run, and so do
/// 15 minutes without an answer: no request begins any more, and a checkpoint resumes it.
///
/// Errors: what comes of a request is told to `on_chunk`, not here. LINKWA_INVALID_ARGUMENT if `client`, `next`,
/// `message` or `on_chunk` is NULL; what went wrong first in a setter of the message or the options;
/// LINKWA_INVALID_CONFIG if a number of the options is out of its bounds, or the checkpoint is of another run. A client
/// that is closed ends the run after the first request that it refused.
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

/// As linkwa_send_many(), with a message of its own for each destination, which `message_for` makes, called with
/// `message_for_data`; each destination is then a request. A checkpoint of a run with several destinations in a request
/// cannot be resumed here: LINKWA_INVALID_CONFIG.
///
/// Errors: as linkwa_send_many(). LINKWA_INVALID_ARGUMENT also if `message_for` is NULL.
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
                    Ok(messages) => Supply::Ready(messages),
                    Err(BindingError::Core(error)) => Supply::Failed(*error),
                    Err(error) => Supply::Failed(Error::unmade_message(error.detail())),
                }
            };
            client.send_many_each(source, messages, options)
        })
    })
}

/// The reference that those of the run's requests begin with. NULL for NULL.
///
/// The text belongs to the run and lives as long as it; see linkwa_many_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_ref_id(many: Option<&linkwa_many>) -> Text<'_> {
    panic_boundary(|| text_or_null(many.map(|many| &many.ref_id)))
}

/// How many bytes a text has that this run gave, the NUL behind it not counted: more than strlen() says if it holds
/// U+0000. 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_text_len(many: Option<&linkwa_many>, text: Text<'_>) -> usize {
    panic_boundary(|| many.map_or(0, |many| len_among(text, [&many.ref_id])))
}

/// Begins no more requests. Those that have begun are still told; then the run ends.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_many_stop(many: Option<&linkwa_many>) -> linkwa_status {
    panic_boundary_status(None, || {
        require(many, "many")?.stopper.stop();
        Ok(())
    })
}

/// How far the run is.
///
/// To be called inside a linkwa_on_chunk function, on the thread that this runs on. Errors: LINKWA_INVALID_ARGUMENT if
/// `many` or `progress` is NULL, and elsewhere while the run is at work.
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

/// Which requests were dealt with until now, as a short JSON text to be kept and given to
/// linkwa_many_options_set_resume(). Those under way count as unknown. After a crash, find out about requests that
/// began later by their references, "{refId}-{index}", before you resume.
///
/// The buffer is yours, to be freed with linkwa_buffer_free(). To be called inside a linkwa_on_chunk function, on the
/// thread that this runs on.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `many` or `buffer` is NULL, and elsewhere while the run is at work.
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

/// Which request it is, from 0, counted in the order of the destinations. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_index(chunk: Option<&linkwa_chunk>) -> u64 {
    panic_boundary(|| chunk.map_or(0, |chunk| chunk.index))
}

/// The request's own reference: "{refId}-{index}". NULL for NULL.
///
/// The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_ref_id(chunk: Option<&linkwa_chunk>) -> Text<'_> {
    panic_boundary(|| text_or_null(chunk.map(|chunk| &chunk.ref_id)))
}

/// How many destinations it has. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_destinations_len(chunk: Option<&linkwa_chunk>) -> usize {
    panic_boundary(|| chunk.map_or(0, |chunk| chunk.destinations.len()))
}

/// The destination of this index (from 0). NULL if there is none, and for NULL.
///
/// The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_destination(chunk: Option<&linkwa_chunk>, index: usize) -> Text<'_> {
    panic_boundary(|| text_or_null(chunk.and_then(|chunk| chunk.destinations.get(index))))
}

/// How many bytes a text has that this chunk gave, the NUL behind it not counted: more than strlen() says if it holds
/// U+0000. 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_text_len(chunk: Option<&linkwa_chunk>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let Some(chunk) = chunk else { return 0 };
        len_among(text, [&chunk.ref_id].into_iter().chain(&chunk.destinations))
    })
}

/// The result, if it was accepted; NULL otherwise, and for NULL.
///
/// It belongs to the chunk and lives as long as it: do not free it; linkwa_result_copy() gives one to keep.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_result(chunk: Option<&linkwa_chunk>) -> Option<&linkwa_result> {
    panic_boundary(|| chunk.and_then(|chunk| chunk.result.as_ref()))
}

/// The error, if it was not accepted; NULL otherwise, and for NULL.
///
/// It belongs to the chunk and lives as long as it: do not free it; linkwa_error_copy() gives one to keep.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_chunk_error(chunk: Option<&linkwa_chunk>) -> Option<&linkwa_error> {
    panic_boundary(|| chunk.and_then(|chunk| chunk.error.as_ref()))
}
