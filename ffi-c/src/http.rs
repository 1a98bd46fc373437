//! Requests to other resources of the gateway, and their answers.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use linkwa::{Client, HttpBody, HttpMethod, HttpResponse, PreparedRequest};

use crate::arg::{Bytes, Text, require};
use crate::binding_error::BindingError;
use crate::c_strings::{TextBuf, text_or_null};
use crate::client::linkwa_client;
use crate::error::{ErrorOut, linkwa_error};
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_send_out, panic_boundary_wait};
use crate::pending::{OnDone, PendingOut, begin, linkwa_pending};
use crate::status::linkwa_status;

/// The answer to an HTTP request.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_response {
    status: u16,
    body: TextBuf,
}

/// An out-parameter for an answer.
pub(crate) type ResponseOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_response>>>>;

impl linkwa_response {
    pub(crate) fn new(response: &HttpResponse) -> Self {
        Self { status: response.status(), body: TextBuf::new(response.body()) }
    }
}

/// Your function that receives the answer to an HTTP request. Exactly one of `response` and `error` is not NULL. It is
/// yours; free it with linkwa_response_free() or linkwa_error_free(). When and where it is called: see linkwa_on_done.
pub type linkwa_on_response = Option<
    extern "C" fn(user_data: *mut c_void, response: Option<Box<linkwa_response>>, error: Option<Box<linkwa_error>>),
>;

/// The arguments of a request.
struct Arguments<'a> {
    method: HttpMethod,
    path: &'a str,
    body: HttpBody,
}

impl<'a> Arguments<'a> {
    fn new(
        method: Text<'_>,
        path: Text<'a>,
        content_type: Text<'_>,
        body: Bytes<'_>,
        len: usize,
    ) -> Result<Self, BindingError> {
        let bytes = if len == 0 { &[] } else { body.get(len, "body")? };
        let body = match content_type.optional("content_type")? {
            Some(content_type) => HttpBody::new(content_type, bytes),
            None => HttpBody::json(bytes),
        };
        Ok(Self { method: method.get("method")?.parse()?, path: path.get("path")?, body })
    }

    fn prepare(self, client: &Client) -> Result<PreparedRequest, BindingError> {
        Ok(client.prepare_http_request(self.method, self.path, self.body)?)
    }
}

/// Sends an HTTP request to another resource of the gateway than "/messages", with the same account, headers, proxy and
/// timeout (not in version 1.4.1 of LINK's document).
///
/// `method` is "GET", "POST", "PUT", "PATCH" or "DELETE". `path` stands behind the base URL, with or without a slash at
/// its beginning, and may have a query: at most 2,048 bytes, with no "." or ".." segment, no scheme, no host, and only
/// characters that a URL can have. `body` is `len` bytes; with `len` 0 there is no body, and `body` may be NULL.
/// `content_type` is the media type of the body, NULL for "application/json". The body is sent as it is.
///
/// Every complete answer is a response, whatever its status; redirects are not followed. An answer has at most 16 MiB.
/// Only what certainly was not sent is retried. The response is yours; free it with linkwa_response_free().
///
/// For example, this marks a received message as read and shows that an answer is being typed. It is not in version
/// 1.4.1 of LINK's document; ask LINK whether your account can use it and what the body must be:
///
///     const char *body = "{\"messageId\": \"8aU6cwxAKE9NzMLrS6M82Y\", \"status\": \"read\", \"typing\": true}";
///     linkwa_client_request(client, "POST", "mo/status", NULL, body, strlen(body), &response, &err);
///
/// Errors: LINKWA_INVALID_REQUEST with a finding at "method", "path" or "contentType"; LINKWA_NOT_SENT: no byte of the
/// body left, or without a body no byte of the request; LINKWA_OUTCOME_UNKNOWN: the gateway may have acted on it;
/// LINKWA_INTERNAL; LINKWA_INVALID_ARGUMENT if `client`, `method`, `path`, `response`, or `body` with a `len` above 0 is
/// NULL, or a text is not UTF-8. They have no refId.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_request(
    client: Option<&linkwa_client>,
    method: Text<'_>,
    path: Text<'_>,
    content_type: Text<'_>,
    body: Bytes<'_>,
    len: usize,
    response: ResponseOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(response, "response", err, |stage| {
        let client = require(client, "client")?.client();
        let Arguments { method, path, body } = Arguments::new(method, path, content_type, body, len)?;
        stage.begin();
        Ok(into_raw(linkwa_response::new(&client.request(method, path, body)?)))
    })
}

/// Does what linkwa_client_request() does, without waiting: a worker sends, and `on_response` is called with `user_data`
/// at the end. `pending` as in linkwa_send_async(); wait with linkwa_pending_wait_response(). One of `on_response` and
/// `pending` may be NULL.
///
/// Errors: at once LINKWA_INVALID_REQUEST, LINKWA_INVALID_ARGUMENT, and LINKWA_NOT_SENT with LINKWA_REASON_QUEUE_FULL
/// or LINKWA_REASON_CLOSED. All others come with the answer.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_request_async(
    client: Option<&linkwa_client>,
    method: Text<'_>,
    path: Text<'_>,
    content_type: Text<'_>,
    body: Bytes<'_>,
    len: usize,
    on_response: linkwa_on_response,
    user_data: *mut c_void,
    pending: PendingOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    begin(client, on_response.map(OnDone::Response), user_data, pending, err, |core| {
        Arguments::new(method, path, content_type, body, len)?.prepare(core)
    })
}

/// Waits until an HTTP request of linkwa_client_request_async() has ended, never longer than its own timeout, and
/// returns its answer. You may call it again and from several threads; each call returns an answer of its own. Free it
/// with linkwa_response_free().
///
/// Errors: see linkwa_client_request(). LINKWA_INVALID_ARGUMENT if `pending` or `response` is NULL, or `pending` is a
/// send of a message (see linkwa_pending_wait()); the request goes on then, so the outcome is LINKWA_MESSAGE_UNKNOWN.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_pending_wait_response(
    pending: Option<&linkwa_pending>,
    response: ResponseOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_wait(response, "response", err, || {
        let answer = require(pending, "pending")?.of_request()?.wait()?;
        Ok(into_raw(linkwa_response::new(&answer)))
    })
}

/// Returns the HTTP status of the answer, such as 200 or 404. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_response_status(response: Option<&linkwa_response>) -> i32 {
    panic_boundary(|| response.map_or(0, |response| response.status.into()))
}

/// Returns the body of the answer as it came (decompressed if it was gzip), with a NUL behind it. Its length is
/// linkwa_response_body_len(). Returns NULL for NULL.
///
/// The bytes belong to the response and live as long as it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_response_body(response: Option<&linkwa_response>) -> Text<'_> {
    panic_boundary(|| text_or_null(response.map(|response| &response.body)))
}

/// Returns the length in bytes of linkwa_response_body(), 0 if there was no body. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_response_body_len(response: Option<&linkwa_response>) -> usize {
    panic_boundary(|| response.map_or(0, |response| response.body.len()))
}

/// Frees a response and its body. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_response_free(response: Option<Box<linkwa_response>>) {
    panic_boundary(|| drop(response));
}
