//! The status of messages, from their event reports.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyString, PyTuple};

use super::report::EventReport;
use super::value::{Moment, hash, status_word};
use crate::error::raise;
use crate::value::{Place, optional, text, wrong_type};

/// Tracks the status of messages from their event reports, however often and in whatever order the reports arrive.
///
/// It has no clock and does no I/O: pass each report to `apply`. The same reports lead to the same state in any order
/// and any number. A message is identified by its message_id and message_index. A report without a message_id, such as
/// that of a request that failed as a whole, is kept by its ref_id. Rules:
///
/// - queued < other < sent < delivered and failed < read < deleted. A later step is never replaced by an earlier one.
/// - Among reports of the same step, the one with the earliest timestamp decides.
/// - delivered and failed contradict each other: the one with the earlier timestamp decides, else delivered. read and
///   deleted decide over any failed. Either way the state `is_disputed`.
///
/// Threads may share a tracker. It can be pickled and copied, and stored with `to_json`. Iterating returns the states
/// at that time: those of messages by id and index, then those of requests by ref_id; `len` is their number. A message
/// takes about 550 bytes and is kept until you remove it: see `forget`, `forget_ref_id` and `retain`. Pass only
/// callbacks that a `CallbackGuard` accepts.
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
    /// A panic within core would leave a tracker that says no more than its reports did, so a poisoned lock is usable.
    ///
    /// No Python code runs while the lock is held, so that a thread that holds it never waits for the interpreter.
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
    /// An empty tracker.
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    /// Applies a report and returns the resulting state of its message, which says whether the report `changed` it.
    ///
    /// A report without message_id changes the state of its request. An empty id counts as absent. The state of a
    /// report that has neither id is returned, but not kept.
    fn apply(&self, report: &Bound<'_, PyAny>) -> PyResult<MessageState> {
        let report =
            report.cast::<EventReport>().map_err(|_| wrong_type(Place::argument("report"), "EventReport", report))?;
        Ok(self.lock().apply(&report.get().0).into())
    }

    /// The state of a message; None if no report of it came. With a message_index it is the state of the reports with
    /// this index. Without one it is the message's only state, whatever its index; if reports named several indices,
    /// the least advanced of their states (queued < other < sent < failed < delivered < read < deleted).
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

    /// The states of the request with exactly this ref_id: those of its messages by id and index, then that of its
    /// reports without message_id, if there were any.
    fn states<'py>(&self, py: Python<'py>, ref_id: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        let states: Vec<_> = self.lock().states(&ref_id).cloned().collect();
        let states: PyResult<Vec<_>> = states.into_iter().map(|state| Py::new(py, MessageState::from(state))).collect();
        PyTuple::new(py, states?)
    }

    /// The state of the request with this ref_id, from its reports without message_id (a request that failed as a
    /// whole). None if there was none.
    fn request_state(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<Option<MessageState>> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        Ok(self.lock().request_state(&ref_id).map(MessageState::from))
    }

    /// What became of a send that raised `OutcomeUnknown`, by its exact ref_id:
    ///
    /// - "accepted": the gateway accepted it, and a report shows progress of one of its messages. Do not send it again.
    /// - "message_failed": the gateway accepted it, and every report says that a message failed. With one message to
    ///   one destination, that message was not delivered; `states` has the result code.
    /// - "failed": the request failed as a whole and none of its messages was sent. You may send it again once you have
    ///   fixed the cause.
    /// - "unknown": no report so far. Do not send it again.
    ///
    /// `send_many` gives each of its requests a ref_id of its own.
    fn resolve(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<&'static str> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        Ok(self.lock().resolve(&ref_id).as_str())
    }

    /// Forgets a message with all its indices, and returns whether there was one. A later report starts a new state.
    /// What its reports said about their ref_id stays.
    fn forget(&self, message_id: &Bound<'_, PyAny>) -> PyResult<bool> {
        let message_id = text(message_id, Place::argument("message_id"))?;
        Ok(self.lock().forget(&message_id))
    }

    /// Forgets what is known about a request, and returns whether there was anything: `resolve` then returns "unknown".
    /// Its messages stay.
    fn forget_ref_id(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<bool> {
        let ref_id = text(ref_id, Place::argument("ref_id"))?;
        Ok(self.lock().forget_ref_id(&ref_id))
    }

    /// Forgets every state for which `keep` returns false, and what is known about each ref_id that no remaining state
    /// names. Resolve unknown sends before. A state that changes meanwhile stays.
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

    /// The whole tracker as JSON, for `from_json`. The same state always gives the same text. It contains message ids,
    /// ref_ids and the gateway's descriptions.
    fn to_json(&self, py: Python<'_>) -> String {
        // Works on a copy: the lock is never held without the interpreter, so no fork finds it taken.
        let tracker = self.lock().clone();
        py.detach(|| tracker.to_json())
    }

    /// Makes a tracker from the JSON of `to_json`.
    ///
    /// JSON of an earlier version is read too. Raises `InvalidConfig`, with the position but no values, if no tracker up
    /// to this version writes such a text.
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
            // Locks one after the other: two threads that compare two trackers crosswise must not wait for each other.
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

/// The state of a message, or of a request that failed as a whole.
///
/// States that say the same about the same message are equal; `changed` does not count. The repr shows nothing from
/// outside.
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

    /// The message's index within the request, from 0. None if its reports do not name it, and for a request.
    #[getter]
    fn message_index(&self) -> Option<i64> {
        self.state.message_index()
    }

    /// The reference of the request, if a report named it.
    #[getter]
    fn ref_id(&self) -> Option<&str> {
        self.state.ref_id()
    }

    /// The most advanced status of the message: "queued", "sent", "delivered", "read", "deleted", "failed", "other".
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        status_word(py, self.state.status())
    }

    /// The result code of the report that decided the status.
    #[getter]
    fn result_code(&self) -> i64 {
        self.state.result_code().number()
    }

    /// The timestamp of that report, with its original offset. None if it has none, if it is not RFC 3339, or if a
    /// datetime cannot hold it; its text is in `timestamp_raw`.
    #[getter]
    fn timestamp(&self) -> Moment {
        Moment(self.state.timestamp())
    }

    /// The text of `timestamp` as received. Timestamps longer than 64 bytes are not kept.
    #[getter]
    fn timestamp_raw(&self) -> Option<&str> {
        self.state.timestamp_raw()
    }

    /// The gateway's description in that report, at most 1 KiB.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.state.description()
    }

    /// Whether the message has been delivered, and perhaps more: "delivered", "read" or "deleted".
    #[getter]
    fn is_delivered(&self) -> bool {
        self.state.is_delivered()
    }

    /// Whether the status is final: delivered, read, deleted or failed. A delivered message can still be read or deleted.
    #[getter]
    fn is_final(&self) -> bool {
        self.state.is_final()
    }

    /// Whether the gateway reported that the message failed, and also that it was delivered, read or deleted. Have a
    /// person look at such a message.
    #[getter]
    fn is_disputed(&self) -> bool {
        self.state.is_disputed()
    }

    /// The latest code without a status of its own (status "other"), whether or not it decides the status: 112004,
    /// 112005, or a code that this library does not know.
    #[getter]
    fn other_code(&self) -> Option<i64> {
        self.state.other_code().map(linkwa::ResultCode::number)
    }

    /// Whether the report that was just applied changed anything. False for a state that was looked up.
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
