//! What became of messages.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyString, PyTuple};

use super::report::EventReport;
use super::value::{Moment, hash, status_word};
use crate::error::raise;
use crate::value::{Place, optional, text, wrong_type};

/// Keeps what event reports say about messages, however often and in whatever order they come (C-8).
///
/// It has no clock and does no I/O: every report goes in with `apply`, and the same reports in any order and any number lead
/// to the same state. A message is known by its message_id and message_index; a report without a message_id, as of a request
/// that failed whole (C-1), is kept by its ref_id. Repeats, late reports and disorder change nothing:
///
/// - queued < other < sent < delivered and failed. A later step never gives way to an earlier one.
/// - Of reports of one step the one with the earliest timestamp decides.
/// - delivered and failed of one message contradict each other: the earlier one by timestamp decides, else delivered, and the
///   state `is_disputed`.
///
/// Threads may share it. It can be pickled and copied, stored with `to_json`, and iterated over: over the states that it has
/// at that moment, those of messages by id and index, then those of requests by ref_id; `len` is their number. It takes about
/// 550 bytes a message, and nothing goes away by itself: see `forget`, `forget_ref_id` and `retain`. Give it only callbacks
/// that a `CallbackGuard` believes.
///
///     >>> import linkwa
///     >>> tracker = linkwa.StatusTracker()
///     >>> for code in (112003, 112001):  # in disorder
///     ...     report = linkwa.parse_callback(b'{"messageId": "m", "refId": "order-17", "resultCode": %d}' % code)
///     ...     state = tracker.apply(report)
///     >>> state.status, state.changed, tracker.resolve("order-17")
///     ('delivered', False, 'accepted')
#[pyclass(frozen, module = "linkwa")]
pub(crate) struct StatusTracker(Mutex<linkwa::StatusTracker>);

impl StatusTracker {
    /// A panic within the core, if there is one, leaves a tracker that says no more than its reports did.
    ///
    /// Nothing of Python's is called while it is held, so that nobody who holds it waits for the interpreter.
    fn lock(&self) -> MutexGuard<'_, linkwa::StatusTracker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<linkwa::MessageState> {
        self.lock().iter().cloned().collect()
    }
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl StatusTracker {
    /// A tracker that knows nothing.
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    /// Takes a report in, and tells the state that its message is in now, and whether the report `changed` it.
    ///
    /// A report without message_id changes the state of its request. An empty id counts as none; a report with neither is
    /// told but not kept.
    fn apply(&self, report: &Bound<'_, PyAny>) -> PyResult<MessageState> {
        let report =
            report.cast::<EventReport>().map_err(|_| wrong_type(Place::argument("report"), "EventReport", report))?;
        Ok(self.lock().apply(&report.get().0).into())
    }

    /// The state of a message; None if no report of it came. With a message_index it is the state of the reports with this
    /// index. Without one it is the message's only state, whatever its index; if reports named several indices, the least
    /// advanced of their states (queued < other < sent < failed < delivered).
    #[pyo3(signature = (message_id, message_index=None))]
    fn state(
        &self,
        message_id: &Bound<'_, PyAny>,
        message_index: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<MessageState>> {
        let message_id = text(message_id, Place::argument("message_id"))?;
        let index: Option<i64> = optional(message_index, "message_index")?;
        Ok(self.lock().state(&message_id, index).map(MessageState::from))
    }

    /// The states of the request of this ref_id: those of its messages by id and index, then what reports without message_id
    /// say, if there were any. Only this very ref_id counts.
    fn states<'py>(&self, py: Python<'py>, ref_id: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        let states: Vec<_> = self.lock().states(&ref_id).cloned().collect();
        let states: PyResult<Vec<_>> = states.into_iter().map(|state| Py::new(py, MessageState::from(state))).collect();
        PyTuple::new(py, states?)
    }

    /// What reports without message_id say about the request of this ref_id, as one that failed whole; None if there was
    /// none.
    fn request_state(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<Option<MessageState>> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        Ok(self.lock().request_state(&ref_id).map(MessageState::from))
    }

    /// What became of a send that ended `OutcomeUnknown`, by its ref_id:
    ///
    /// - "accepted": the gateway took it, and a report says of one of its messages that it went on. Do not send it again.
    /// - "message_failed": the gateway took it, and every report of its messages says that the message failed. With one message
    ///   to one destination, that message was not delivered; `states` has the result code.
    /// - "failed": the request failed whole and none of its messages was sent. It may be sent again, once what is wrong is
    ///   corrected.
    /// - "unknown": no report says. Do not send it again.
    ///
    /// Only this very ref_id counts; `send_many` gives each of its requests one of its own.
    fn resolve(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<&'static str> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        Ok(self.lock().resolve(&ref_id).as_str())
    }

    /// Forgets a message, all its indices, and tells whether there was one. A report that comes after all starts it anew.
    /// What its reports said about their ref_id stays.
    fn forget(&self, message_id: &Bound<'_, PyAny>) -> PyResult<bool> {
        let message_id = text(message_id, Place::argument("message_id"))?;
        Ok(self.lock().forget(&message_id))
    }

    /// Forgets what is known about a request, and tells whether there was anything: `resolve` then says "unknown". Its
    /// messages stay.
    fn forget_ref_id(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<bool> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        Ok(self.lock().forget_ref_id(&ref_id))
    }

    /// Forgets every state for which `keep` gives false, and with them what is known about each ref_id that no state names
    /// any longer. So resolve what is unknown first. A state that changes meanwhile stays.
    ///
    /// `keep` gets each `MessageState` and may use the tracker; if it raises, nothing is forgotten.
    fn retain(&self, keep: &Bound<'_, PyAny>) -> PyResult<()> {
        if !keep.is_callable() {
            return Err(wrong_type(Place::argument("keep"), "a function", keep));
        }
        let mut unwanted = HashSet::new();
        for state in self.all() {
            let json = state.to_json();
            if !keep.call1((MessageState::from(state),))?.is_truthy()? {
                unwanted.insert(json);
            }
        }
        self.lock().retain(|state| !unwanted.contains(&state.to_json()));
        Ok(())
    }

    /// Everything it holds as JSON, for `from_json`. The same state is always the same text. It names message ids, ref_ids
    /// and the gateway's descriptions.
    fn to_json(&self, py: Python<'_>) -> String {
        // Of a copy: the lock is never held without the interpreter, so that no fork finds it taken.
        let tracker = self.lock().clone();
        py.detach(|| tracker.to_json())
    }

    /// The tracker that `to_json` wrote.
    ///
    /// Raises `InvalidConfig`, with the place and none of the values, if the text is not what a tracker of this version
    /// writes.
    #[staticmethod]
    fn from_json(py: Python<'_>, json: &Bound<'_, PyAny>) -> PyResult<Self> {
        let json = text(json, Place::argument("json"))?;
        let json: &str = &json;
        let tracker = py.detach(|| linkwa::StatusTracker::from_json(json));
        tracker.map(|tracker| Self(Mutex::new(tracker))).map_err(|error| raise(py, &error))
    }

    fn __len__(&self) -> usize {
        self.lock().iter().count()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let states: PyResult<Vec<_>> =
            self.all().into_iter().map(|state| Py::new(py, MessageState::from(state))).collect();
        PyTuple::new(py, states?)?.try_iter()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            // One after the other: two threads that compare two trackers crosswise must not wait for each other.
            std::ptr::eq(self, other) || {
                let theirs = other.lock().clone();
                *self.lock() == theirs
            }
        })
    }

    fn __repr__(&self) -> String {
        format!("<StatusTracker of {} states>", self.lock().iter().count())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let again = py.get_type::<Self>().getattr("from_json")?;
        (again, (self.to_json(py)?,)).into_pyobject(py)
    }
}

/// What is known about a message, or about a request that failed whole.
///
/// Two are equal that say the same of the same message; `changed` does not count. The repr shows nothing that somebody wrote.
#[pyclass(frozen, module = "linkwa")]
pub(crate) struct MessageState {
    state: linkwa::MessageState,
    changed: bool,
}

impl From<linkwa::MessageState> for MessageState {
    fn from(state: linkwa::MessageState) -> Self {
        Self { changed: state.changed(), state }
    }
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl MessageState {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("status", "message_id");

    /// The message's id; None for a request.
    #[getter]
    fn message_id(&self) -> Option<&str> {
        self.state.message_id()
    }

    /// Which of the request's messages it is, from 0; None if its reports do not say, and for a request.
    #[getter]
    fn message_index(&self) -> Option<i64> {
        self.state.message_index()
    }

    /// The reference of the request, if a report named it.
    #[getter]
    fn ref_id(&self) -> Option<&str> {
        self.state.ref_id()
    }

    /// The furthest that the message is known to have come: "queued", "sent", "delivered", "failed", "other".
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        status_word(py, self.state.status())
    }

    /// The result code of the report that decided the status.
    #[getter]
    fn result_code(&self) -> i64 {
        self.state.result_code().number()
    }

    /// When that happened, by the same report, with the offset that it was written with. None if it did not say, not in RFC
    /// 3339, or not what a datetime can hold; its text as it came is in `timestamp_raw`.
    #[getter]
    fn timestamp(&self) -> Moment {
        Moment(self.state.timestamp())
    }

    /// The text of `timestamp` as it came. One of over 64 bytes is not kept.
    #[getter]
    fn timestamp_raw(&self) -> Option<&str> {
        self.state.timestamp_raw()
    }

    /// The gateway's words in that report, at most 1 KiB of them.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.state.description()
    }

    /// Whether nothing else is to come: it was delivered, or it failed.
    #[getter]
    fn is_final(&self) -> bool {
        self.state.is_final()
    }

    /// Whether the gateway reported both that it was delivered and that it failed. Somebody should look.
    #[getter]
    fn is_disputed(&self) -> bool {
        self.state.is_disputed()
    }

    /// The latest code without a word of its own (status "other"), whether or not it decides the status: newer gateways
    /// report with such codes that a delivered message was read.
    #[getter]
    fn other_code(&self) -> Option<i64> {
        self.state.other_code().map(linkwa::ResultCode::number)
    }

    /// Whether the report that was just applied changed anything; False for a state that was looked up.
    #[getter]
    fn changed(&self) -> bool {
        self.changed
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.state == other.get().state)
    }

    fn __hash__(&self) -> u64 {
        hash(self.state.to_json())
    }

    fn __repr__(&self) -> String {
        format!("MessageState(status='{}', result_code={})", self.state.status(), self.state.result_code().number())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let again = py.get_type::<Self>().getattr("_again")?;
        (again, (self.state.to_json(), self.changed)).into_pyobject(py)
    }

    /// For pickle.
    #[staticmethod]
    fn _again(py: Python<'_>, json: &str, changed: bool) -> PyResult<Self> {
        let state = linkwa::MessageState::from_json(json).map_err(|error| raise(py, &error))?;
        Ok(Self { state, changed })
    }
}
