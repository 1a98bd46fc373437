//! Asynchronous sends.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::atomic::AtomicU8;
use std::time::Duration;

use linkwa::{
    CallbackGate, Client, Error, FromSuccess, HttpResponse, Outcome, Pending, PreparedRequest, SendResult, Success,
};

use crate::arg::{Bytes, Text, Texts, UserData, require};
use crate::binding_error::BindingError;
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::client::linkwa_client;
use crate::error::{ErrorOut, linkwa_error};
use crate::http::linkwa_response;
use crate::message::linkwa_message;
use crate::options::linkwa_options;
use crate::out::{into_raw, write};
use crate::panic::{
    panic_boundary, panic_boundary_or, panic_boundary_send, panic_boundary_status, panic_boundary_wait,
};
use crate::result::{ResultOut, linkwa_result};
use crate::send::Sending;
use crate::status::linkwa_status;

/// A send that is under way on a worker, or done. Freeing it does not stop the send.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_pending {
    pending: Pending<Success>,
    /// Of linkwa_client_request_async().
    is_request: bool,
    ref_id: TextBuf,
    /// As in [`linkwa_client`]: a callback of the caller may free the object during a call.
    _no_reference_outlasts_a_call: AtomicU8,
}

impl linkwa_pending {
    fn new(pending: &Pending<Success>, is_request: bool) -> Option<Box<Self>> {
        let (pending, ref_id) = (pending.clone(), pending.ref_id().into());
        into_raw(Self { pending, is_request, ref_id, _no_reference_outlasts_a_call: AtomicU8::new(0) })
    }

    /// A shared handle of the send. It stays valid when the object is freed.
    fn pending(&self) -> Pending<Success> {
        self.pending.clone()
    }

    /// Calls this function once there is a result; see [`Pending::watch`].
    pub(crate) fn watch(&self, watcher: impl FnOnce() + Send + 'static) {
        self.pending.watch(watcher);
    }

    /// The handle of a send of a message.
    fn of_message(&self) -> Result<Pending<SendResult>, BindingError> {
        if self.is_request {
            return Err(BindingError::argument("`pending` is an HTTP request: use linkwa_pending_wait_response()"));
        }
        Ok(self.pending.with_result())
    }

    /// The handle of an HTTP request.
    pub(crate) fn of_request(&self) -> Result<Pending<HttpResponse>, BindingError> {
        if !self.is_request {
            return Err(BindingError::argument("`pending` is a send of a message: use linkwa_pending_wait()"));
        }
        Ok(self.pending.with_result())
    }
}

/// An out-parameter for a pending send.
pub(crate) type PendingOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_pending>>>>;

/// Your function that receives the result of a send. Exactly one of `result` and `error` is not NULL. It is yours; free
/// it with linkwa_result_free() or linkwa_error_free().
///
/// It is called exactly once if the call that began the send returned LINKWA_OK, and not at all otherwise. That may be
/// before that call returns. It runs on a worker of the library, on a thread for deadlines, or on the thread that calls
/// linkwa_pending_cancel(), linkwa_client_close() or linkwa_client_free(); several may run at once. Other sends may
/// wait for it, so return quickly: pass the result to a thread of your own. It may call every function of this library
/// (see YOUR FUNCTIONS at the top), linkwa_client_free() included, and is never called after that has returned, unless it
/// was called inside a linkwa_observer.
///
/// If one close, cancel or deadline ends several sends, their functions run one after the other on one thread, so do
/// not wait inside one for the function of another send. Do not wait for a send that linkwa_send_async() began with the
/// same client either: it may need the worker that this function runs on. Use linkwa_send() and the other blocking
/// functions there, which send on the calling thread.
///
/// All of this holds for linkwa_on_response and its answer too, also where other comments name only linkwa_on_done.
pub type linkwa_on_done =
    Option<extern "C" fn(user_data: *mut c_void, result: Option<Box<linkwa_result>>, error: Option<Box<linkwa_error>>)>;

/// The caller's function.
pub(crate) enum OnDone {
    Result(ResultFunction),
    Response(ResponseFunction),
}

type ResultFunction =
    extern "C" fn(user_data: *mut c_void, result: Option<Box<linkwa_result>>, error: Option<Box<linkwa_error>>);

type ResponseFunction =
    extern "C" fn(user_data: *mut c_void, response: Option<Box<linkwa_response>>, error: Option<Box<linkwa_error>>);

/// The receiver of a send's result.
struct Completion {
    on_done: Option<OnDone>,
    user_data: UserData,
    gate: CallbackGate,
}

impl Completion {
    fn new(
        client: &linkwa_client,
        on_done: Option<OnDone>,
        user_data: *mut c_void,
        pending: &PendingOut<'_>,
    ) -> Result<Self, BindingError> {
        if on_done.is_none() && pending.is_none() {
            return Err(BindingError::argument("your function and `pending` are both NULL; pass at least one"));
        }
        Ok(Self { on_done, user_data: UserData::new(user_data), gate: client.gate() })
    }

    /// What core calls when the send ends.
    fn into_callback(self) -> impl FnOnce(Result<Success, Error>) + Send + 'static {
        let Self { on_done, user_data, gate } = self;
        let call = on_done.and_then(|on_done| Some((on_done, gate.expect_call()?)));
        move |outcome| match call {
            Some((OnDone::Result(on_done), call)) => {
                let (result, error) = for_c(outcome, linkwa_result::new);
                call.enter(|| on_done(user_data.pointer(), result, error));
            }
            Some((OnDone::Response(on_response), call)) => {
                let (response, error) = for_c(outcome, linkwa_response::new);
                call.enter(|| on_response(user_data.pointer(), response, error));
            }
            None => {}
        }
    }
}

/// The outcome as C objects, of which one is there.
fn for_c<T: FromSuccess, C>(
    outcome: Result<Success, Error>,
    object: impl FnOnce(&T) -> C,
) -> (Option<Box<C>>, Option<Box<linkwa_error>>) {
    let unknown = (None, into_raw(linkwa_error::panicked(Some(Outcome::Unknown))));
    panic_boundary_or(unknown, || match outcome.and_then(T::from_success) {
        Ok(success) => (into_raw(object(&success)), None),
        Err(error) => (None, into_raw(linkwa_error::of(&error))),
    })
}

/// Begins a send on a worker.
pub(crate) fn begin(
    client: Option<&linkwa_client>,
    on_done: Option<OnDone>,
    user_data: *mut c_void,
    pending: PendingOut<'_>,
    err: ErrorOut<'_>,
    prepare: impl FnOnce(&Client) -> Result<PreparedRequest, BindingError>,
) -> linkwa_status {
    panic_boundary_send(err, |stage| {
        let client = require(client, "client")?;
        let completion = Completion::new(client, on_done, user_data, &pending)?;
        let client = client.client();
        let request = prepare(&client)?;
        let is_request = request.is_http_request();
        stage.begin();
        // The caller's function may free what `pending` points into, so nothing is written there once it may run.
        client.submit_prepared(
            request,
            |begun| write(pending, linkwa_pending::new(begun, is_request)),
            completion.into_callback(),
        )?;
        Ok(())
    })
}

/// Does what linkwa_send() does, without waiting: a worker sends, and `on_done` is called with `user_data` at the end.
/// The timeout counts from this call, and includes the time in the queue. Up to linkwa_config_set_max_connections()
/// sends are under way at once.
///
/// If `pending` is not NULL it receives an object to wait with or to cancel with, which is yours; free it with
/// linkwa_pending_free(). It is written before the send starts, so `on_done` finds it there. `on_done` may free the
/// object, and the memory that `pending` points to. One of `on_done` and `pending` may be NULL.
///
/// Errors: at once LINKWA_INVALID_REQUEST, LINKWA_INVALID_ARGUMENT, and LINKWA_NOT_SENT with LINKWA_REASON_QUEUE_FULL
/// if too many sends are waiting, or LINKWA_REASON_CLOSED. All others come with the result: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_async(
    client: Option<&linkwa_client>,
    destinations: Texts<'_>,
    len: usize,
    message: Option<&linkwa_message>,
    options: Option<&linkwa_options>,
    on_done: linkwa_on_done,
    user_data: *mut c_void,
    pending: PendingOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    begin(client, on_done.map(OnDone::Result), user_data, pending, err, |core| {
        let Sending { client: _, to, messages, options } =
            Sending::to_several(client, destinations, len, message, options)?;
        Ok(core.prepare(to, messages, &options)?)
    })
}

/// Does what linkwa_send_request() does, without waiting; `on_done`, `pending` and errors as in linkwa_send_async().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_request_async(
    client: Option<&linkwa_client>,
    json: Bytes<'_>,
    len: usize,
    on_done: linkwa_on_done,
    user_data: *mut c_void,
    pending: PendingOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    begin(client, on_done.map(OnDone::Result), user_data, pending, err, |client| {
        Ok(client.prepare_request(&client.read_request(json.get(len, "json")?)?)?)
    })
}

/// Does what linkwa_send_raw() does, without waiting; `on_done`, `pending` and errors as in linkwa_send_async().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_raw_async(
    client: Option<&linkwa_client>,
    json: Bytes<'_>,
    len: usize,
    on_done: linkwa_on_done,
    user_data: *mut c_void,
    pending: PendingOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    begin(client, on_done.map(OnDone::Result), user_data, pending, err, |client| {
        Ok(client.prepare_raw(json.get(len, "json")?)?)
    })
}

/// Returns the reference of the request: yours, or the one that the library made. Empty for a raw request without one,
/// and for an HTTP request. Returns NULL for NULL.
///
/// The text belongs to the pending send and lives as long as it; see linkwa_pending_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_ref_id(pending: Option<&linkwa_pending>) -> Text<'_> {
    panic_boundary(|| text_or_null(pending.map(|pending| &pending.ref_id)))
}

/// Returns the length in bytes of a text that this pending send returned, without the terminating NUL. It is more than
/// strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_text_len(pending: Option<&linkwa_pending>, text: Text<'_>) -> usize {
    panic_boundary(|| pending.map_or(0, |pending| len_among(text, [&pending.ref_id])))
}

/// Returns whether the send has ended. Returns false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_is_done(pending: Option<&linkwa_pending>) -> bool {
    panic_boundary(|| pending.is_some_and(|pending| pending.pending().is_done()))
}

/// Ends the send now, if it is still under way. If no byte of the message had left, none will, and the error is
/// LINKWA_NOT_SENT (LINKWA_REASON_CANCELLED); otherwise it is LINKWA_OUTCOME_UNKNOWN (LINKWA_REASON_CANCELLED). The
/// send's linkwa_on_done function, if it has not been called yet, is called on this thread before this returns.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `pending` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_cancel(pending: Option<&linkwa_pending>) -> linkwa_status {
    panic_boundary_status(None, || {
        require(pending, "pending")?.pending().cancel();
        Ok(())
    })
}

/// Waits until the send has ended, at most `timeout_ms` milliseconds, and returns whether it has. Returns false for
/// NULL.
///
/// After true, linkwa_pending_wait() returns the result without waiting.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_wait_timeout(pending: Option<&linkwa_pending>, timeout_ms: u64) -> bool {
    panic_boundary(|| {
        let wait =
            |pending: &linkwa_pending| pending.pending().wait_timeout(Duration::from_millis(timeout_ms)).is_some();
        pending.is_some_and(wait)
    })
}

/// Waits until the send has ended, never longer than its own timeout, and returns its result. You may call it again and
/// from several threads; each call returns a result of its own. Free it with linkwa_result_free().
///
/// Errors: see linkwa_send(). LINKWA_INVALID_ARGUMENT if `pending` or `result` is NULL, or `pending` is an HTTP
/// request (see linkwa_pending_wait_response()); the send goes on then, so the outcome is LINKWA_MESSAGE_UNKNOWN.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_wait(
    pending: Option<&linkwa_pending>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_wait(result, "result", err, || {
        let sent = require(pending, "pending")?.of_message()?.wait()?;
        Ok(into_raw(linkwa_result::new(&sent)))
    })
}

/// Frees the object; the send goes on. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_free(pending: Option<Box<linkwa_pending>>) {
    panic_boundary(|| drop(pending));
}
