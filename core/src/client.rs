//! The client and its verbs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::delivery::{Engine, OnDone, PreparedRequest};
use crate::error::Error;
use crate::http::{HttpBody, HttpMethod, HttpResponse, Resource};
use crate::limits::Checks;
use crate::message::Message;
use crate::observer::{Event, EventKind, Observer, Observing, Subject};
use crate::options::SendOptions;
use crate::pending::Pending;
use crate::request::{Destinations, MessageRequest, Messages, RawRequest, Validation};
use crate::response::{FromSuccess, SendResult};

/// Sends through one account at the gateway.
///
/// Cheap to clone and to share between threads; clones share their connections, which are kept alive between sends. The
/// methods named `send…` block the calling thread until there is a result, at most for the configured timeout; those named
/// `submit…` do not, and [`send_many`](Self::send_many) is an iterator.
///
/// ```no_run
/// use linkwa::{Client, Config, Image, Priority, Region, SendOptions};
///
/// let client = Client::new(
///     Config::new(Region::NEu, "user", "secret").platform("platform id", "partner id").source("+46000000000"),
/// )?;
/// let sent = client.send_text("+46000000001", "Hello")?;
/// println!("{} is {}", sent.ref_id(), sent.result_code());
///
/// let to = ["+46000000001", "+46000000002"];
/// let image = Image::new("https://example.com/a.png").caption("The new door");
/// let sent = client.send(to, image, &SendOptions::new().priority(Priority::High))?;
/// for receipt in sent.receipts() {
///     println!("{}: {}", receipt.destination(), receipt.message_id());
/// }
/// # Ok::<(), linkwa::Error>(())
/// ```
///
/// # Errors
///
/// Every method that sends fails with one of these, and [`Error::outcome`] says what is known about the message:
///
/// | code | outcome | when |
/// |---|---|---|
/// | `invalid_request` | `not_sent` | validation found errors |
/// | `not_sent` | `not_sent` | no byte of the message left: name look-up, connection, TLS, proxy, no time left, cancelled, too many sends waiting, or the client is closed |
/// | `rejected` | `rejected` | the gateway refused the message |
/// | `outcome_unknown` | `unknown` | the message may have been accepted: the timeout ended or the connection broke after bytes of it had left, or the answer cannot be read |
/// | `internal` | as far as known | a bug of this library |
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    timeout: Option<Duration>,
    observing: Observing,
    /// See [`with_added_parameter`](Self::with_added_parameter).
    added_parameter: Option<(Arc<str>, Arc<str>)>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    engine: Engine,
}

macro_rules! verbs {
    ($($(#[doc = $doc:literal])* $type:ident = $tag:literal, $verb:ident($argument:ident);)*) => {
        impl Client {
            $(
                $(#[doc = $doc])*
                ///
                /// # Errors
                ///
                /// See [`Client`](Self#errors).
                pub fn $verb(
                    &self,
                    to: impl Into<Destinations>,
                    $argument: impl Into<crate::message::$type>,
                ) -> Result<SendResult, Error> {
                    self.send(to, $argument.into(), &SendOptions::default())
                }
            )*
        }
    };
}

for_each_message!(verbs);

impl Client {
    /// Makes a client with this configuration. This sends nothing, opens no connection and starts no thread.
    ///
    /// # Errors
    ///
    /// `invalid_config` if the client could not work: an unusable base URL, plain `http://` to another machine, a
    /// username with `:`, an empty or unprintable credential, a number out of range, or an invalid proxy URL or CA
    /// file.
    pub fn new(config: Config) -> Result<Self, Error> {
        let engine = Engine::new(&config)?;
        let observing = config.observing.clone();
        Ok(Self { inner: Arc::new(Inner { config, engine }), timeout: None, observing, added_parameter: None })
    }

    /// Makes a client with the configuration of the environment; see [`Config::from_env`].
    ///
    /// # Errors
    ///
    /// `invalid_config`, which names the variables that are missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        Self::new(Config::from_env()?)
    }

    /// Returns the same client, with the same connections, and another timeout for sends without one of their own:
    /// above 0, at most 24 hours. With another timeout sends are `invalid_config`.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self.clone() }
    }

    /// Returns the same client, with the same connections, that reports what it does to this observer, in place of the
    /// one of its configuration.
    #[must_use]
    pub fn with_observer(&self, observer: impl Observer) -> Self {
        Self { observing: Observing::by(observer), ..self.clone() }
    }

    /// Returns the same client, with the same connections, whose messages have one more custom parameter, beside those of
    /// the configuration and of the options. One of the same name in these stays as it is. Whole requests get none.
    #[doc(hidden)]
    #[must_use]
    pub fn with_added_parameter(&self, key: &str, value: &str) -> Self {
        Self { added_parameter: Some((key.into(), value.into())), ..self.clone() }
    }

    /// How many sends wait for a worker, and how many have a worker or their caller's thread.
    #[doc(hidden)]
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        self.inner.engine.load()
    }

    /// The host and the port of the gateway.
    #[doc(hidden)]
    #[must_use]
    pub fn gateway(&self) -> (&str, u16) {
        self.inner.engine.gateway()
    }

    /// Sends one message or several to one destination or several.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<SendResult, Error> {
        self.post_request(&self.message_request(to, messages, options), options.timeout)
    }

    /// Sends a whole request. The client's defaults are not added.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_request(&self, request: &MessageRequest) -> Result<SendResult, Error> {
        self.post_request(request, None)
    }

    /// Sends a whole request in JSON as it is, for features newer than version 1.4.1 of the API. It must be one JSON
    /// object of at most 1 MiB and 64 levels; nothing else is checked, and nothing is filled in, not even a `refId`.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_raw(&self, json: impl AsRef<[u8]>) -> Result<SendResult, Error> {
        self.send_prepared(&self.prepare_raw(json.as_ref())?)
    }

    /// Sends an HTTP request to another resource of the gateway than `/messages`, with the same account, headers, proxy and
    /// timeout (not in version 1.4.1 of LINK's document).
    ///
    /// `path` stands behind the base URL, with or without a slash at its beginning; it may have a query. It has at most
    /// 2,048 bytes, all of them characters that a URL can have (percent-encode others), no `.` or `..` segment, no
    /// scheme and no host. `body` is [`HttpBody::json`], [`HttpBody::new`], or `()` for none.
    ///
    /// Every complete answer is a result, whatever its status: this method does not look into it, and follows no redirect.
    /// An answer has at most 16 MiB. Only what certainly was not sent is retried.
    ///
    /// # Errors
    ///
    /// `invalid_request` with a finding at `path` or `contentType`; otherwise as [`Client`](Self#errors), but never
    /// `rejected`. `not_sent` means that the gateway has no byte of the body (without a body: no byte of the request), and
    /// `outcome_unknown` that it may have acted on the request. These errors have no `refId`. No event report settles
    /// an unknown one: look at the resource before you repeat a request that changes something.
    ///
    /// At the level `trace` the HTTP library logs the path: put no phone number into it, or keep that level off.
    ///
    /// # Example
    ///
    /// Marks a received message as read and shows that an answer is being typed. This is not in version 1.4.1 of LINK's
    /// document; ask LINK whether your account can use it and what the body must be.
    ///
    /// ```no_run
    /// # fn f(client: &linkwa::Client) -> Result<(), linkwa::Error> {
    /// use linkwa::{HttpBody, HttpMethod};
    ///
    /// let body = HttpBody::json(r#"{"messageId": "8aU6cwxAKE9NzMLrS6M82Y", "status": "read", "typing": true}"#);
    /// let answer = client.request(HttpMethod::Post, "mo/status", body)?;
    /// if !(200..300).contains(&answer.status()) {
    ///     eprintln!("HTTP {}: {}", answer.status(), String::from_utf8_lossy(answer.body()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: HttpMethod, path: &str, body: impl Into<HttpBody>) -> Result<HttpResponse, Error> {
        self.send_prepared(&self.prepare_http_request(method, path, body)?)
    }

    /// Sees how far the way to the gateway is open, and sends nothing.
    #[cfg(feature = "cli")]
    pub(crate) fn probe(&self) -> crate::delivery::Probe {
        self.inner.engine.probe(self.inner.config.timeout)
    }

    /// Returns the exact bytes that [`send`](Self::send) would post. If the options have no `refId`, each call makes a
    /// new one.
    ///
    /// # Errors
    ///
    /// `invalid_request` with all findings.
    pub fn build(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<Vec<u8>, Error> {
        let request = self.message_request(to, messages, options);
        let config = &self.inner.config;
        request.to_checked_json(config.strict, config.extensions).map(|(bytes, _)| bytes)
    }

    /// The whole request that [`send`](Self::send) would post: the client's defaults, overridden by the options.
    pub fn message_request(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> MessageRequest {
        let config = &self.inner.config;
        let platform = config.platform.as_ref();
        let mut request =
            MessageRequest::with_defaults(to, messages, &config.defaults, options, platform, config.extensions);
        if let Some((key, value)) = &self.added_parameter {
            request.add_parameter(key, value);
        }
        request
    }

    /// Reads a whole request with this client's rules, for [`send_request`](Self::send_request).
    ///
    /// # Errors
    ///
    /// `invalid_request` with all findings.
    #[doc(hidden)]
    pub fn read_request(&self, json: impl AsRef<[u8]>) -> Result<MessageRequest, Error> {
        MessageRequest::from_json_with(json, Validation::new().extensions(self.inner.config.extensions))
    }

    fn post_request(&self, request: &MessageRequest, timeout: Option<Duration>) -> Result<SendResult, Error> {
        self.send_prepared(&self.check_and_write(request, timeout)?)
    }

    pub(crate) fn send_prepared<T: FromSuccess>(&self, request: &PreparedRequest) -> Result<T, Error> {
        self.inner.engine.send(request).and_then(T::from_success)
    }

    /// Does what [`send`](Self::send) does, without waiting: a worker sends, and the [`Pending`] returns the result.
    /// The timeout counts from this call, and includes the time in the queue.
    ///
    /// # Errors
    ///
    /// At once: `invalid_request`; `not_sent` with the reason `queue_full` if too many sends are waiting, or `closed`. All
    /// others come with the result.
    pub fn submit(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<Pending, Error> {
        self.begin(self.check_and_write(&self.message_request(to, messages, options), options.timeout)?, None, |_| ())
    }

    /// As [`submit`](Self::submit), and calls `on_done` with the result: once, unless this fails. It is called on a
    /// worker, on the thread that cancels or closes, or, at the deadline, on a thread for deadlines. Other sends may
    /// wait for it, so it should return quickly. It may use this client in every way. A panic in it is caught and
    /// logged.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub fn submit_with(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
        on_done: impl FnOnce(Result<SendResult, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        self.submit_prepared(self.prepare(to, messages, options)?, |_| (), on_done)
    }

    /// [`send_request`](Self::send_request) without waiting; `on_done` as in [`submit_with`](Self::submit_with).
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub fn submit_request(
        &self,
        request: &MessageRequest,
        on_done: impl FnOnce(Result<SendResult, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        self.submit_prepared(self.prepare_request(request)?, |_| (), on_done)
    }

    /// [`send_raw`](Self::send_raw) without waiting; `on_done` as in [`submit_with`](Self::submit_with).
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub fn submit_raw(
        &self,
        json: impl Into<Vec<u8>> + AsRef<[u8]>,
        on_done: impl FnOnce(Result<SendResult, Error>) + Send + 'static,
    ) -> Result<Pending, Error> {
        self.submit_prepared(self.prepare_raw(json)?, |_| (), on_done)
    }

    /// [`request`](Self::request) without waiting; `on_done` as in [`submit_with`](Self::submit_with).
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub fn submit_http_request(
        &self,
        method: HttpMethod,
        path: &str,
        body: impl Into<HttpBody>,
        on_done: impl FnOnce(Result<HttpResponse, Error>) + Send + 'static,
    ) -> Result<Pending<HttpResponse>, Error> {
        self.submit_prepared(self.prepare_http_request(method, path, body)?, |_| (), on_done)
    }

    /// The first half of [`submit_with`](Self::submit_with): checks and writes the request.
    ///
    /// # Errors
    ///
    /// `invalid_request`.
    #[doc(hidden)]
    pub fn prepare(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<PreparedRequest, Error> {
        self.check_and_write(&self.message_request(to, messages, options), options.timeout)
    }

    /// The first half of [`submit_request`](Self::submit_request).
    ///
    /// # Errors
    ///
    /// `invalid_request`.
    #[doc(hidden)]
    pub fn prepare_request(&self, request: &MessageRequest) -> Result<PreparedRequest, Error> {
        self.check_and_write(request, None)
    }

    /// The first half of [`submit_raw`](Self::submit_raw).
    ///
    /// # Errors
    ///
    /// `invalid_request`.
    #[doc(hidden)]
    pub fn prepare_raw(&self, json: impl Into<Vec<u8>> + AsRef<[u8]>) -> Result<PreparedRequest, Error> {
        // It is copied, if at all, when it is known to be short enough.
        let RawRequest { ref_id, destinations } = RawRequest::new(json.as_ref())?;
        let deadline = self.deadline(None)?;
        let bytes = json.into();
        Ok(PreparedRequest {
            target: None,
            bytes,
            ref_id,
            destinations,
            warnings: Vec::new(),
            deadline,
            valid_until: None,
            message_types: Vec::new(),
            observing: self.observing.clone(),
        })
    }

    /// The first half of [`submit_http_request`](Self::submit_http_request).
    ///
    /// # Errors
    ///
    /// `invalid_request`.
    #[doc(hidden)]
    pub fn prepare_http_request(
        &self,
        method: HttpMethod,
        path: &str,
        body: impl Into<HttpBody>,
    ) -> Result<PreparedRequest, Error> {
        let body = body.into();
        let target = self.inner.engine.target(&Resource::new(method, path, &body)?)?;
        let deadline = self.deadline(None)?;
        Ok(PreparedRequest {
            target: Some(target),
            bytes: body.bytes,
            ref_id: String::new(),
            destinations: Vec::new(),
            warnings: Vec::new(),
            deadline,
            valid_until: None,
            message_types: Vec::new(),
            observing: self.observing.clone(),
        })
    }

    /// The second half: submits a request that this client prepared. `on_begun` is called with the send before it
    /// starts, and not at all if this fails: for bindings whose caller must have an object before `on_done` can run. It
    /// must return quickly and must not use the client.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit), except `invalid_request`.
    #[doc(hidden)]
    pub fn submit_prepared<T: FromSuccess>(
        &self,
        request: PreparedRequest,
        on_begun: impl FnOnce(&Pending<T>),
        on_done: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) -> Result<Pending<T>, Error> {
        let on_done: OnDone = Box::new(move |outcome| on_done(outcome.and_then(T::from_success)));
        self.begin(request, Some(on_done), on_begun)
    }

    /// Whether every warning is an error.
    pub(crate) fn is_strict(&self) -> bool {
        self.inner.config.strict
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.inner.engine.is_closed()
    }

    /// The number of sends that may be under way at once.
    pub(crate) fn max_connections(&self) -> usize {
        self.inner.config.max_connections
    }

    /// Closes the client and all its clones. It accepts no new sends. Sends that wait for a worker fail at once,
    /// `not_sent` with the reason `closed`; sends under way may finish within `timeout` and are then cancelled:
    /// `not_sent` if no byte had left, `outcome_unknown` (`cancelled`) otherwise. Afterwards no worker is left, except
    /// one that is stuck in a name look-up of the system, which ends by itself.
    ///
    /// Dropping the last clone does the same without waiting: sends under way end on their workers.
    pub fn close(&self, timeout: Duration) {
        self.inner.engine.close(timeout);
    }

    /// Reports that a run pauses for this long.
    pub(crate) fn report_waiting(&self, ref_id: &str, pause: Duration) {
        self.observing.report(|| {
            let subject = Subject { ref_id: ref_id.to_owned(), ..Subject::default() };
            Event::new(EventKind::RunWaiting, &Arc::new(subject)).with_pause(Some(pause))
        });
    }

    fn begin<T: FromSuccess>(
        &self,
        request: PreparedRequest,
        on_done: Option<OnDone>,
        on_begun: impl FnOnce(&Pending<T>),
    ) -> Result<Pending<T>, Error> {
        let on_begun = |state: &Arc<_>| on_begun(&Pending::new(Arc::clone(state)));
        self.inner.engine.submit(request, on_done, on_begun).map(Pending::new)
    }

    fn check_and_write(&self, request: &MessageRequest, timeout: Option<Duration>) -> Result<PreparedRequest, Error> {
        let deadline = self.deadline(timeout)?;
        let config = &self.inner.config;
        let (bytes, warnings) = request.to_checked_json(config.strict, config.extensions)?;
        let destinations = request.destinations().map(str::to_owned).collect();
        let valid_until = request.validity().and_then(|validity| Instant::now().checked_add(validity));
        let ref_id = request.ref_id().to_owned();
        let observing = self.observing.clone();
        let types = request.messages().filter(|_| observing.is_on()).map(Message::type_name);
        let message_types = types.collect();
        Ok(PreparedRequest {
            target: None,
            bytes,
            ref_id,
            destinations,
            warnings,
            deadline,
            valid_until,
            message_types,
            observing,
        })
    }

    /// When a send that begins now must have ended.
    fn deadline(&self, timeout: Option<Duration>) -> Result<Instant, Error> {
        let timeout = timeout.or(self.timeout).unwrap_or(self.inner.config.timeout);
        let mut checks = Checks::default();
        checks.timeout("timeout", timeout);
        checks.finish().map(|()| Instant::now() + timeout)
    }
}
