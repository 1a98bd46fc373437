//! The client, as the Python layer uses it.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use linkwa::{
    Client, Destinations, Error, HttpBody, HttpMethod, MessageRequest, Messages, Outcome, Pending, SendOptions, Success,
};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::attach::is_ending;
use crate::completion::{Completions, FinalResult, Item, Queue};
use crate::error::raise;
use crate::event::NativeEvents;
use crate::json::{exact_json_text, exact_mapping_text, json_text};
use crate::log;
use crate::message::messages;
use crate::once_cell::RaceOnceCell;
use crate::options::{config, env_config, fields_of, seconds, send_options};
use crate::result::object_of;
use crate::value::{Place, Value, destinations};

/// How often a wait on the main thread checks for signals.
pub(crate) const POLL: Duration = Duration::from_millis(100);

/// Something to send.
enum Task {
    Messages(Destinations, Messages, Box<SendOptions>),
    Request(Box<MessageRequest>, Option<Duration>),
    Raw(Vec<u8>, Option<Duration>),
    Http(HttpMethod, String, HttpBody, Option<Duration>),
}

impl Task {
    fn messages(to: &Bound<'_, PyAny>, message: &Bound<'_, PyAny>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let (to, read) = (destinations(to)?, send_options(options, || fields_of(message))?);
        let messages = messages(message).map_err(|error| about(error, options))?;
        Ok(Self::Messages(to, messages, read.into()))
    }

    fn request(client: &Client, request: &Bound<'_, PyAny>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (py, text, timeout) = (request.py(), json_text(request, "request")?, optional_seconds(timeout)?);
        let read = py.detach(|| client.read_request(&text)).map_err(|error| raise(py, &error))?;
        Ok(Self::Request(Box::new(read), timeout))
    }

    fn raw(request: &Bound<'_, PyAny>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(Self::Raw(exact_json_text(request, "request")?, optional_seconds(timeout)?))
    }

    fn http(
        method: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
        body: Option<&Bound<'_, PyAny>>,
        content_type: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = method.py();
        let word = String::read(method, Place::argument("method"))?;
        let path = String::read(path, Place::argument("path"))?;
        let content_type = content_type.map(|text| String::read(text, Place::argument("content_type"))).transpose()?;
        let bytes = body.map(http_body).transpose()?.unwrap_or_default();
        let body = content_type.map_or_else(|| HttpBody::json(&*bytes), |of_type| HttpBody::new(of_type, &*bytes));
        let method = word.parse::<HttpMethod>().map_err(|error| raise(py, &error))?;
        Ok(Self::Http(method, path, body, optional_seconds(timeout)?))
    }

    /// Sends it, on this thread.
    fn send(self, client: &Client) -> FinalResult {
        match self {
            Self::Messages(to, messages, options) => client.send(to, messages, &options).map(Success::Sent),
            Self::Request(request, timeout) => within(client, timeout).send_request(&request).map(Success::Sent),
            Self::Raw(json, timeout) => within(client, timeout).send_raw(json).map(Success::Sent),
            Self::Http(method, path, body, timeout) => {
                within(client, timeout).request(method, &path, body).map(Success::Response)
            }
        }
    }

    /// Gives it to a worker.
    fn begin(self, client: &Client) -> Result<Pending<Success>, Error> {
        match self {
            Self::Messages(to, messages, options) => {
                client.submit(to, messages, &options).map(|pending| pending.with_result())
            }
            task => task.submit(client, |_| ()),
        }
    }

    /// As `begin`, and calls `on_done` with the outcome.
    fn submit(
        self,
        client: &Client,
        on_done: impl FnOnce(FinalResult) + Send + 'static,
    ) -> Result<Pending<Success>, Error> {
        let (client, request) = match self {
            Self::Messages(to, messages, options) => (client.clone(), client.prepare(to, messages, &options)?),
            Self::Request(request, timeout) => {
                let client = within(client, timeout);
                let request = client.prepare_request(&request)?;
                (client, request)
            }
            Self::Raw(json, timeout) => {
                let client = within(client, timeout);
                let request = client.prepare_raw(json)?;
                (client, request)
            }
            Self::Http(method, path, body, timeout) => {
                let client = within(client, timeout);
                let request = client.prepare_http_request(method, &path, body)?;
                (client, request)
            }
        };
        client.submit_prepared(request, |_| (), on_done)
    }

    /// Sends it and waits. On Python's main thread a worker sends, and this thread checks for signals: an exception of
    /// a handler (Ctrl-C: `KeyboardInterrupt`) cancels the send and is raised to the caller.
    fn wait<'py>(self, py: Python<'py>, client: &Client) -> PyResult<Bound<'py, PyAny>> {
        log::refresh(py);
        if is_ending() || !is_main_thread(py)? {
            return result_or_raise(py, &py.detach(|| self.send(client)));
        }
        // In one step, because a thread that reacquires the GIL may have to wait for it.
        let begun = py.detach(|| self.begin(client).map(|pending| (pending.wait_timeout(POLL), pending)));
        let (mut outcome, pending) = begun.map_err(|error| raise(py, &error))?;
        loop {
            // Also when it is done: an exception of a handler would discard the result without a report.
            if let Err(error) = py.check_signals() {
                abandon(py, &pending, error.value(py));
                return Err(error);
            }
            if let Some(outcome) = outcome {
                return result_or_raise(py, &outcome);
            }
            outcome = py.detach(|| pending.wait_timeout(POLL));
        }
    }

    /// Sends it without waiting; the outcome goes to the future, or else to `NativePending.wait`.
    fn reply(self, py: Python<'_>, client: &Client, reply: Option<Reply>) -> PyResult<NativePending> {
        log::refresh(py);
        let Some(Reply(queue, future)) = reply else {
            let pending = py.detach(|| self.begin(client)).map_err(|error| raise(py, &error))?;
            return Ok(NativePending(Some(pending)));
        };
        if is_ending() {
            // No worker can report the outcome any more.
            let outcome = py.detach(|| self.send(client));
            queue.push_here(py, Item::Sent(future, Box::new(outcome)));
            return Ok(NativePending(None));
        }
        let on_done = move |outcome| queue.push(Item::Sent(future, Box::new(outcome)));
        let pending = py.detach(|| self.submit(client, on_done)).map_err(|error| raise(py, &error))?;
        Ok(NativePending(Some(pending)))
    }
}

/// The queue of a loop, and a future of that loop.
struct Reply(Arc<Queue>, Py<PyAny>);

impl Reply {
    fn new(completions: &Bound<'_, Completions>, future: &Bound<'_, PyAny>) -> Self {
        Self(completions.get().queue(), future.clone().unbind())
    }

    /// `None` if no event loop waits.
    fn optional(completions: Option<&Bound<'_, Completions>>, future: Option<&Bound<'_, PyAny>>) -> Option<Self> {
        completions.zip(future).map(|(completions, future)| Self::new(completions, future))
    }
}

fn within(client: &Client, timeout: Option<Duration>) -> Client {
    timeout.map_or_else(|| client.clone(), |timeout| client.with_timeout(timeout))
}

fn optional_seconds(timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    timeout.map(|timeout| seconds(timeout, Place::argument("timeout"))).transpose()
}

/// The timeout of `close`. Core has no limits for it; without a number it must not mean closing at once.
fn closing_seconds(timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Duration> {
    if timeout.is_some_and(|timeout| timeout.extract::<f64>().is_ok_and(f64::is_nan)) {
        return Err(PyValueError::new_err("argument 'timeout' must be a number of seconds, not nan"));
    }
    Ok(optional_seconds(timeout)?.unwrap_or(Duration::MAX))
}

/// The bytes of a body. Writing a mapping stops where it is too large or too deep, which core then refuses.
fn http_body(body: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let (py, name) = (body.py(), "body");
    let Some(text) = exact_mapping_text(body, Place::argument(name))? else { return exact_json_text(body, name) };
    py.detach(|| linkwa::Raw::from_json(&text)).map_err(|error| raise(py, &error))?;
    Ok(text)
}

/// The error of an invalid JSON message, as the error of its send.
fn about(error: PyErr, options: &Bound<'_, PyDict>) -> PyErr {
    let (py, name) = (options.py(), "ref_id");
    let value = error.value(py);
    if value.getattr(name).is_ok_and(|ref_id| ref_id.is_none())
        && let Ok(Some(ref_id)) = options.get_item(name)
        && let Err(error) = value.setattr(name, ref_id)
    {
        return error;
    }
    error
}

/// The outcome for Python.
fn result_or_raise<'py>(py: Python<'py>, outcome: &FinalResult) -> PyResult<Bound<'py, PyAny>> {
    outcome.as_ref().map_err(|error| raise(py, error)).and_then(|success| object_of(py, success))
}

/// The name of an exception's class.
pub(crate) fn class_of(error: &Bound<'_, PyAny>) -> String {
    error.get_type().name().map_or_else(|_| "an exception".to_owned(), |name| name.to_string())
}

/// Cancels a send that nothing waits for any more, because of this exception, and reports the outcome.
fn abandon(py: Python<'_>, pending: &Pending<Success>, error: &Bound<'_, PyAny>) {
    let outcome = py.detach(|| {
        pending.cancel();
        pending.wait()
    });
    let outcome = match &outcome {
        Ok(Success::Sent(_)) => "accepted",
        Ok(Success::Response(_)) => "answered",
        Err(error) => error.outcome().map_or("unknown", Outcome::as_str),
    };
    report_end(py, error, pending.ref_id(), outcome);
}

/// Reports the outcome of a send that this exception ended: in the log, in the exception's attributes and in its notes.
pub(crate) fn report_end(py: Python<'_>, error: &Bound<'_, PyAny>, ref_id: &str, outcome: &str) {
    let why = class_of(error);
    let what = match ref_id {
        "" => "the request".to_owned(),
        id => format!("refId {}: the send", id.escape_debug()),
    };
    let line = format!("{what} was ended by {why}; outcome: {outcome}");
    log::warn(py, &line, ref_id, outcome);
    mark(error, &line, ref_id, outcome);
}

/// The attribute of an exception with the reference of the send that it ended.
pub(crate) const REF_ID: &str = "linkwa_ref_id";

/// The attribute of an exception with the outcome of that send.
pub(crate) const OUTCOME: &str = "linkwa_outcome";

/// Adds the outcome of the interrupted send to an exception. An exception that takes no attributes stays as it is; the
/// log has the same text.
pub(crate) fn mark(error: &Bound<'_, PyAny>, line: &str, ref_id: &str, outcome: &str) {
    let marked = error
        .setattr(REF_ID, ref_id)
        .and_then(|()| error.setattr(OUTCOME, outcome))
        // Python 3.10 and older have no notes.
        .and_then(|()| error.getattr_opt("add_note"))
        .and_then(|add_note| add_note.map_or(Ok(()), |add_note| add_note.call1((line,)).map(drop)));
    drop(marked);
}

/// Signals are handled on the main thread only.
pub(crate) fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    static MAIN: RaceOnceCell<Py<PyAny>> = RaceOnceCell::new();
    static CURRENT: RaceOnceCell<Py<PyAny>> = RaceOnceCell::new();
    let main = MAIN.import(py, "threading", "main_thread")?.call0()?;
    Ok(CURRENT.import(py, "threading", "current_thread")?.call0()?.is(&main))
}

/// A send under way that an event loop waits for.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct NativePending(Option<Pending<Success>>);

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl NativePending {
    /// Waits for its outcome.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.0 {
            Some(pending) => result_or_raise(py, &py.detach(|| pending.wait())),
            None => Err(PyRuntimeError::new_err("an event loop is told what comes of this send")),
        }
    }

    /// Cancels it, because the exception ends the wait for it; the log and the exception report the outcome.
    fn abandon(&self, py: Python<'_>, error: &Bound<'_, PyAny>) {
        if let Some(pending) = &self.0 {
            abandon(py, pending, error);
        }
    }
}

/// A client of the core.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct NativeClient {
    client: Client,
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl NativeClient {
    #[new]
    fn new(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = given.py();
        let config = config(given)?;
        let client = py.detach(|| Client::new(config)).map_err(|error| raise(py, &error))?;
        Ok(Self { client })
    }

    /// With the configuration of the environment, which these arguments override.
    #[staticmethod]
    fn from_env(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = given.py();
        let config = env_config(given)?;
        let client = py.detach(|| Client::new(config)).map_err(|error| raise(py, &error))?;
        Ok(Self { client })
    }

    /// The default client.
    #[staticmethod]
    fn default(py: Python<'_>) -> PyResult<Self> {
        py.detach(linkwa::default_client).map(|client| Self { client }).map_err(|error| raise(py, &error))
    }

    /// The same client, with the same connections; its sends are reported to these events.
    fn observed(&self, events: &Bound<'_, NativeEvents>) -> Self {
        Self { client: events.get().observe(&self.client) }
    }

    /// The same client, with the same connections, whose messages have this custom parameter too.
    fn with_added_parameter(&self, key: &str, value: &str) -> Self {
        Self { client: self.client.with_added_parameter(key, value) }
    }

    /// How many sends wait for a worker, and how many are under way.
    fn load(&self, py: Python<'_>) -> (usize, usize) {
        py.detach(|| self.client.load())
    }

    /// The host and the port of the gateway.
    fn gateway(&self) -> (&str, u16) {
        self.client.gateway()
    }

    fn send<'py>(
        &self,
        to: &Bound<'py, PyAny>,
        message: &Bound<'py, PyAny>,
        options: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Task::messages(to, message, options)?.wait(to.py(), &self.client)
    }

    fn submit(
        &self,
        to: &Bound<'_, PyAny>,
        message: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
        completions: Option<&Bound<'_, Completions>>,
        future: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<NativePending> {
        Task::messages(to, message, options)?.reply(to.py(), &self.client, Reply::optional(completions, future))
    }

    fn send_request<'py>(
        &self,
        request: &Bound<'py, PyAny>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Task::request(&self.client, request, timeout)?.wait(request.py(), &self.client)
    }

    fn submit_request(
        &self,
        request: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
        completions: Option<&Bound<'_, Completions>>,
        future: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<NativePending> {
        Task::request(&self.client, request, timeout)?.reply(
            request.py(),
            &self.client,
            Reply::optional(completions, future),
        )
    }

    fn send_raw<'py>(
        &self,
        request: &Bound<'py, PyAny>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Task::raw(request, timeout)?.wait(request.py(), &self.client)
    }

    fn submit_raw(
        &self,
        request: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
        completions: Option<&Bound<'_, Completions>>,
        future: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<NativePending> {
        Task::raw(request, timeout)?.reply(request.py(), &self.client, Reply::optional(completions, future))
    }

    fn request<'py>(
        &self,
        method: &Bound<'py, PyAny>,
        path: &Bound<'py, PyAny>,
        body: Option<&Bound<'py, PyAny>>,
        content_type: Option<&Bound<'py, PyAny>>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Task::http(method, path, body, content_type, timeout)?.wait(method.py(), &self.client)
    }

    #[allow(clippy::too_many_arguments)] // those of `request`, and who waits
    fn submit_http(
        &self,
        method: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
        body: Option<&Bound<'_, PyAny>>,
        content_type: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        completions: Option<&Bound<'_, Completions>>,
        future: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<NativePending> {
        let task = Task::http(method, path, body, content_type, timeout)?;
        task.reply(method.py(), &self.client, Reply::optional(completions, future))
    }

    fn build<'py>(
        &self,
        to: &Bound<'py, PyAny>,
        message: &Bound<'py, PyAny>,
        options: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let py = to.py();
        let (to, read) = (destinations(to)?, send_options(options, || fields_of(message))?);
        let messages = messages(message).map_err(|error| about(error, options))?;
        let built = py.detach(|| self.client.build(to, messages, &read)).map_err(|error| raise(py, &error))?;
        Ok(PyBytes::new(py, &built))
    }

    /// Closes the client; without a timeout it waits for all sends under way.
    fn close(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let timeout = closing_seconds(timeout)?;
        log::refresh(py);
        if is_ending() || timeout.is_zero() || !is_main_thread(py)? {
            py.detach(|| self.client.close(timeout));
            return Ok(());
        }
        let (done, wait) = channel();
        let client = self.client.clone();
        let spawned = spawn_close(move || {
            client.close(timeout);
            // The waiting thread may have been interrupted.
            let _ = done.send(());
        });
        if spawned.is_err() {
            py.detach(|| self.client.close(timeout));
            return Ok(());
        }
        // The receiver stays on this thread; the wait borrows it.
        let wait = Mutex::new(wait);
        loop {
            let waited = py.detach(|| {
                let wait = wait.lock().unwrap_or_else(PoisonError::into_inner);
                wait.recv_timeout(POLL)
            });
            if !matches!(waited, Err(RecvTimeoutError::Timeout)) {
                return Ok(());
            }
            if let Err(error) = py.check_signals() {
                // Cancels sends under way; their callers get the outcome.
                py.detach(|| self.client.close(Duration::ZERO));
                return Err(error);
            }
        }
    }

    /// As `close`, without waiting; the future is settled at the end.
    fn close_soon(
        &self,
        py: Python<'_>,
        timeout: Option<&Bound<'_, PyAny>>,
        completions: &Bound<'_, Completions>,
        future: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let timeout = closing_seconds(timeout)?;
        log::refresh(py);
        let Reply(queue, future) = Reply::new(completions, future);
        if is_ending() {
            py.detach(|| self.client.close(timeout));
            queue.push_here(py, Item::Done(future));
            return Ok(());
        }
        let client = self.client.clone();
        spawn_close(move || {
            client.close(timeout);
            queue.push(Item::Done(future));
        })?;
        Ok(())
    }
}

impl NativeClient {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

/// Closing waits, which an event loop and a thread that checks for signals cannot do.
fn spawn_close(close: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    linkwa::spawn_thread("linkwa-close", close).map(drop)
}

/// Sets the default client.
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn configure(given: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = given.py();
    let config = config(given)?;
    py.detach(|| linkwa::configure(config)).map_err(|error| raise(py, &error))
}
