//! The client, as the JavaScript layer uses it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use linkwa::{Client, Config, Error, HttpBody, Message, Messages, Outcome, PreparedRequest, Raw, Success};
use napi::Either;
use napi::bindgen_prelude::{Function, Object, Uint8Array};
use napi_derive::napi;

use crate::completion::{Completions, Item, Queue};
use crate::error::{BindingError, ErrorObject};
use crate::event;
use crate::options::{client_config, milliseconds, send_options};

/// A client of the core.
#[napi]
pub struct NativeClient {
    core: Client,
}

/// A message in wire form.
#[napi(object, object_to_js = false)]
pub struct WireMessage {
    /// A JSON object.
    pub json: String,
    /// Whether it is sent without validation.
    pub is_raw: bool,
}

/// The core's messages.
pub(crate) fn messages(given: Vec<WireMessage>) -> Result<Messages, Error> {
    let read = |message: WireMessage| {
        if message.is_raw { Raw::from_json(message.json).map(Message::from) } else { Message::from_json(message.json) }
    };
    given.into_iter().map(read).collect::<Result<Vec<_>, _>>().map(Messages::from)
}

impl NativeClient {
    pub(crate) fn core(&self) -> &Client {
        &self.core
    }

    fn from_core(made: Result<Client, Error>) -> Either<Self, ErrorObject> {
        match made {
            Ok(client) => Either::A(Self { core: client }),
            Err(error) => Either::B(error.into()),
        }
    }

    fn within(&self, timeout_ms: Option<f64>) -> Client {
        timeout_ms.map_or_else(|| self.core.clone(), |timeout| self.core.with_timeout(milliseconds(timeout)))
    }

    fn try_submit(
        &self,
        completions: &Completions,
        id: u32,
        to: Either<String, Vec<String>>,
        given: Either<String, Vec<WireMessage>>,
        options: Option<Object<'_>>,
    ) -> Result<(), BindingError> {
        let to = match to {
            Either::A(one) => vec![one],
            Either::B(all) => all,
        };
        let messages = match given {
            Either::A(json) => Message::from_json(json)?.into(),
            Either::B(all) => messages(all)?,
        };
        let options = send_options(options.as_ref())?;
        under_way(completions, id, &self.core, self.core.prepare(to, messages, &options)?)
    }

    fn try_submit_request(
        &self,
        completions: &Completions,
        id: u32,
        request: &[u8],
        timeout_ms: Option<f64>,
    ) -> Result<(), BindingError> {
        let request = self.core.read_request(request)?;
        let client = self.within(timeout_ms);
        under_way(completions, id, &client, client.prepare_request(&request)?)
    }

    fn try_submit_raw(
        &self,
        completions: &Completions,
        id: u32,
        request: Vec<u8>,
        timeout_ms: Option<f64>,
    ) -> Result<(), BindingError> {
        let client = self.within(timeout_ms);
        under_way(completions, id, &client, client.prepare_raw(request)?)
    }

    fn try_submit_http(&self, completions: &Completions, id: u32, request: HttpRequest) -> Result<(), BindingError> {
        let HttpRequest { method, path, body, content_type, timeout_ms } = request;
        let bytes = body.to_vec();
        let body = content_type.map_or_else(|| HttpBody::json(&*bytes), |of_type| HttpBody::new(of_type, &*bytes));
        let client = self.within(timeout_ms);
        under_way(completions, id, &client, client.prepare_http_request(method.parse()?, &path, body)?)
    }
}

/// An HTTP request to another resource.
#[napi(object, object_to_js = false)]
pub struct HttpRequest {
    /// The method's word.
    pub method: String,
    /// The path behind the base URL.
    pub path: String,
    /// The body; empty for none.
    pub body: Uint8Array,
    /// Its media type, if it is another than JSON's.
    pub content_type: Option<String>,
    /// The timeout, if it is another than the client's.
    pub timeout_ms: Option<f64>,
}

/// How busy a client is.
#[napi(object, object_from_js = false)]
pub struct Traffic {
    /// The host of the gateway.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How many sends wait for a worker.
    pub queued: u32,
    /// How many have one.
    pub under_way: u32,
}

/// Submits a send, whose outcome goes to the loop under this number, after its events.
fn under_way(
    completions: &Completions,
    id: u32,
    client: &Client,
    request: PreparedRequest,
) -> Result<(), BindingError> {
    let queue = completions.queue();
    let on_done = {
        let queue = Arc::clone(&queue);
        move |outcome: Result<Success, Error>| queue.push(Item::Sent(id, Box::new(outcome)))
    };
    // Before this nothing of the message had left; from here on only core knows.
    let submitted = catch_unwind(AssertUnwindSafe(|| client.submit_prepared(request, |_| (), on_done)))
        .map_err(|_| BindingError::Internal("a panic was caught", Outcome::Unknown))?;
    match submitted {
        Ok(pending) => queue.remember(id, pending),
        Err(refused) => queue.push(Item::Sent(id, Box::new(Err(refused)))),
    }
    Ok(())
}

#[napi]
impl NativeClient {
    /// Submits messages to a worker; the outcome goes to the loop under this number. A validation error is returned at
    /// once; no outcome follows then. One destination may be given alone, and so may the JSON of one message that is
    /// not raw; options may be left out: looking up a property takes longer than reading the message.
    #[napi(catch_unwind)]
    pub fn submit(
        &self,
        completions: &Completions,
        id: u32,
        to: Either<String, Vec<String>>,
        messages: Either<String, Vec<WireMessage>>,
        options: Option<Object<'_>>,
    ) -> Option<ErrorObject> {
        injected::panic_if_asked();
        self.try_submit(completions, id, to, messages, options).err().map(ErrorObject::from)
    }

    /// As `submit`, with a whole request in JSON.
    #[napi(catch_unwind)]
    pub fn submit_request(
        &self,
        completions: &Completions,
        id: u32,
        request: &[u8],
        timeout_ms: Option<f64>,
    ) -> Option<ErrorObject> {
        injected::panic_if_asked();
        self.try_submit_request(completions, id, request, timeout_ms).err().map(ErrorObject::from)
    }

    /// As `submit`, with a whole request in JSON that is sent without validation.
    #[napi(catch_unwind)]
    pub fn submit_raw(
        &self,
        completions: &Completions,
        id: u32,
        request: &[u8],
        timeout_ms: Option<f64>,
    ) -> Option<ErrorObject> {
        injected::panic_if_asked();
        self.try_submit_raw(completions, id, request.to_vec(), timeout_ms).err().map(ErrorObject::from)
    }

    /// As `submit`, with an HTTP request to another resource.
    #[napi(catch_unwind)]
    pub fn submit_http(&self, completions: &Completions, id: u32, request: HttpRequest) -> Option<ErrorObject> {
        injected::panic_if_asked();
        self.try_submit_http(completions, id, request).err().map(ErrorObject::from)
    }

    /// The same client, for one send whose events go to the loop under the number of the send, before its outcome.
    #[must_use]
    #[napi(catch_unwind)]
    pub fn observed(&self, completions: &Completions, id: u32) -> Self {
        injected::panic_if_asked();
        Self { core: event::observed(&self.core, completions.queue(), id) }
    }

    /// The same client, whose messages carry this trace context.
    #[must_use]
    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value, reason = "napi gives a text by value")]
    pub fn joined(&self, traceparent: String) -> Self {
        injected::panic_if_asked();
        Self { core: self.core.with_added_parameter("traceparent", &traceparent) }
    }

    /// Where it sends to, and how busy it is.
    #[napi(catch_unwind)]
    pub fn traffic(&self) -> Traffic {
        injected::panic_if_asked();
        let ((host, port), (queued, under_way)) = (self.core.gateway(), self.core.load());
        let count = |sends: usize| u32::try_from(sends).unwrap_or(u32::MAX);
        Traffic { host: host.to_owned(), port, queued: count(queued), under_way: count(under_way) }
    }

    /// The bytes that `submit` would post.
    #[napi(catch_unwind)]
    pub fn build(
        &self,
        to: Vec<String>,
        messages: Vec<WireMessage>,
        options: Object<'_>,
    ) -> Either<String, ErrorObject> {
        injected::panic_if_asked();
        let built = || -> Result<Vec<u8>, BindingError> {
            let (messages, options) = (self::messages(messages)?, send_options(Some(&options))?);
            Ok(self.core.build(to, messages, &options)?)
        };
        match built() {
            // The core writes UTF-8.
            Ok(bytes) => Either::A(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Either::B(error.into()),
        }
    }

    /// Closes the client on its own thread, because that waits; without a timeout it waits for all sends under way.
    #[napi(catch_unwind)]
    pub fn close(&self, completions: &Completions, id: u32, timeout_ms: Option<f64>) -> Option<ErrorObject> {
        injected::panic_if_asked();
        let (client, queue) = (self.core.clone(), completions.queue());
        let timeout = timeout_ms.map_or(Duration::MAX, milliseconds);
        let close = move || {
            let notify = NotifyClosed(queue, id);
            client.close(timeout);
            drop(notify);
        };
        let spawned = linkwa::spawn_thread("linkwa-close", close);
        spawned.err().map(|_| BindingError::Internal("no thread can be started", Outcome::NotSent).into())
    }
}

/// Reports the end when it is dropped, even by a panic.
struct NotifyClosed(Arc<Queue>, u32);

impl Drop for NotifyClosed {
    fn drop(&mut self) {
        self.0.push(Item::Done(self.1));
    }
}

/// A client with this configuration.
#[napi(catch_unwind)]
pub fn new_client(config: Object<'_>) -> Either<NativeClient, ErrorObject> {
    injected::panic_if_asked();
    match client_config(&config) {
        Ok(config) => NativeClient::from_core(Client::new(config)),
        Err(error) => Either::B(error.into()),
    }
}

/// A client with the configuration of the environment's variables, as `variable` returns them: each JavaScript
/// environment has its own, and only that of the main thread is the process's.
///
/// # Errors
///
/// Those that `variable` throws.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value, reason = "napi gives a function by value")]
pub fn client_from_env(
    variable: Function<'_, String, Option<String>>,
) -> napi::Result<Either<NativeClient, ErrorObject>> {
    let mut thrown = None;
    let config = Config::from_variables(|name| {
        variable.call(name.to_owned()).unwrap_or_else(|error| {
            thrown.get_or_insert(error);
            None
        })
    });
    thrown.map_or_else(|| Ok(NativeClient::from_core(config.and_then(Client::new))), Err)
}

/// Panics on demand, in debug builds only, so that a test can see the result in JavaScript.
pub mod injected {
    #[cfg(debug_assertions)]
    use std::cell::Cell;

    #[cfg(debug_assertions)]
    use napi_derive::napi;

    #[cfg(debug_assertions)]
    thread_local! {
        static ASKED: Cell<bool> = const { Cell::new(false) };
    }

    #[cfg(debug_assertions)]
    pub(super) fn panic_if_asked() {
        assert!(!ASKED.replace(false), "a panic that a test asked for");
    }

    #[cfg(not(debug_assertions))]
    pub(super) fn panic_if_asked() {}

    /// Makes the next function of a client that this thread calls panic. Not in release builds.
    #[cfg(debug_assertions)]
    #[napi(catch_unwind)]
    pub fn test_panic_next() {
        ASKED.set(true);
    }
}
