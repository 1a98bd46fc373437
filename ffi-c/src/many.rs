//! Bulk runs.

use std::ffi::c_void;
use std::time::Duration;

use linkwa::{Checkpoint, ManyOptions};

use crate::arg::{Bytes, Text, require};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::chunk::linkwa_chunk;
use crate::client::linkwa_client;
use crate::error::ErrorOut;
use crate::message::linkwa_message;
use crate::options::linkwa_options;
use crate::out::{into_raw, write_late};
use crate::panic::{panic_boundary, panic_boundary_send};
use crate::run::{Arguments, linkwa_many, linkwa_progress};
use crate::status::linkwa_status;

/// Options of a run of many.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_many_options(Builder<ManyOptions>);

impl linkwa_many_options {
    pub(crate) fn options(&self) -> Result<ManyOptions, BindingError> {
        self.0.get().cloned()
    }
}

/// Options to change.
pub(crate) type MutManyOptions<'a> = Option<&'a mut linkwa_many_options>;

/// Your function that returns the next destination, an MSISDN. Return NULL at the end; it is then not called again. The
/// text must be valid until the next call. It is called on the thread that called linkwa_send_many() or
/// linkwa_many_next(), during that call. See YOUR FUNCTIONS at the top.
pub type linkwa_next_destination = Option<extern "C" fn(user_data: *mut c_void) -> Text<'static>>;

/// Your function that makes the message for a destination. The library frees the message. If it returns NULL or an
/// unusable message, the destination gets its own chunk with LINKWA_INVALID_REQUEST, and the run goes on. It is called
/// on the thread that called linkwa_send_many_each() or linkwa_many_next(), during that call. See YOUR FUNCTIONS at the top.
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

/// Runs to the end.
fn run(
    many: &linkwa_many,
    on_chunk: extern "C" fn(*mut c_void, Option<&linkwa_many>, Option<&linkwa_chunk>),
    user_data: *mut c_void,
    progress: *mut linkwa_progress,
) -> Result<(), BindingError> {
    while let Some(chunk) = many.step(Duration::MAX)? {
        on_chunk(user_data, Some(many), Some(&chunk));
    }
    write_late(progress, many.progress()?);
    Ok(())
}

/// Sends the same message, with the messages appended to it, to the destinations that `next` returns one by one: in
/// requests of up to linkwa_many_options_set_destinations_per_request() destinations, as many at once as the client has
/// connections, in bounded memory. `on_chunk` receives the result of each request, in the order in which requests end.
/// This function returns when all requests have ended, or, after linkwa_many_stop() or linkwa_many_cancel(), when those
/// that had begun have ended. linkwa_many_new() does the same without blocking.
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
#[must_use]
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
        let on_chunk = require(on_chunk, "on_chunk")?;
        let many = Arguments { client, next, next_data, options }.same(message)?;
        stage.begin();
        run(&many, on_chunk, on_chunk_data, progress)
    })
}

/// Does what linkwa_send_many() does, with a separate message for each destination. `message_for`, called with
/// `message_for_data`, makes the message. Each destination is one request. A checkpoint of a run with several
/// destinations per request cannot be resumed here: LINKWA_INVALID_CONFIG.
///
/// Errors: as linkwa_send_many(). Also LINKWA_INVALID_ARGUMENT if `message_for` is NULL.
#[must_use]
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
        let on_chunk = require(on_chunk, "on_chunk")?;
        let many = Arguments { client, next, next_data, options }.each(message_for, message_for_data)?;
        stage.begin();
        run(&many, on_chunk, on_chunk_data, progress)
    })
}
