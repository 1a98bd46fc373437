//! Event reports.

use linkwa::Callback;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::made;
use super::value::{Moment, Texts, decoded, hash, json_texts, status_word};
use crate::value::{Place, Value};

/// What came of a message to one destination (C-1), or of a request that failed whole. `parse_callback` makes it; for tests,
/// the class does: `EventReport(ref_id="order-17", message_id="m", result_code=112003)`. Then what is in `extra` stands beside the
/// other fields, under the wire's names.
///
/// It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
/// None. Two are equal whose texts are. The repr shows nothing that somebody wrote.
///
///     >>> import linkwa
///     >>> body = b'{"messageId": "m", "refId": "order-17", "resultCode": 112403, "resultDescription": "why"}'
///     >>> report = linkwa.parse_callback(body)
///     >>> report.ref_id, report.status, report.result_description
///     ('order-17', 'failed', 'why')
///     >>> report.key
///     'report:m:order-17:-:112403'
#[pyclass(frozen, module = "linkwa")]
pub(crate) struct EventReport(pub(crate) linkwa::EventReport);

#[linkwa_python_macros::guarded]
#[pymethods]
impl EventReport {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("status", "ref_id", "message_id");

    /// For tests: the report that the gateway would post with these fields.
    #[new]
    #[pyo3(signature = (
        *, result_code, ref_id=None, message_id=None, message_type=None, message_index=None, timestamp=None,
        result_description=None, gate_custom_parameters=None, custom_parameters=None, extra=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "in Python they are keywords")]
    fn new(
        result_code: &Bound<'_, PyAny>,
        ref_id: Option<&Bound<'_, PyAny>>,
        message_id: Option<&Bound<'_, PyAny>>,
        message_type: Option<&Bound<'_, PyAny>>,
        message_index: Option<&Bound<'_, PyAny>>,
        timestamp: Option<&Bound<'_, PyAny>>,
        result_description: Option<&Bound<'_, PyAny>>,
        gate_custom_parameters: Option<&Bound<'_, PyAny>>,
        custom_parameters: Option<&Bound<'_, PyAny>>,
        extra: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let wire = PyDict::new(result_code.py());
        made::put(&wire, "messageId", message_id)?;
        made::put(&wire, "refId", ref_id)?;
        made::put(&wire, "messageType", message_type)?;
        made::put(&wire, "messageIndex", message_index)?;
        made::put_time(&wire, "timestamp", "timestamp", timestamp)?;
        // An enum of numbers would be written as its name.
        wire.set_item("resultCode", i64::read(result_code, Place::argument("result_code"))?)?;
        made::put(&wire, "resultDescription", result_description)?;
        made::put(&wire, "gateCustomParameters", gate_custom_parameters)?;
        made::put(&wire, "customParameters", custom_parameters)?;
        match made::read(&wire, extra)? {
            Callback::EventReport(report) => Ok(Self(report)),
            _ => Err(made::other_kind()),
        }
    }

    /// The id that the gateway gave the message when it accepted it.
    #[getter]
    fn message_id(&self) -> Option<&str> {
        self.0.message_id()
    }

    /// The reference of the request.
    #[getter]
    fn ref_id(&self) -> Option<&str> {
        self.0.ref_id()
    }

    /// The message's type ("text", "template", …); "request" for a request that failed whole.
    #[getter]
    fn message_type(&self) -> Option<&str> {
        self.0.message_type()
    }

    /// Which of the request's messages it is, from 0; -1 for a request that failed whole and had several.
    #[getter]
    fn message_index(&self) -> Option<i64> {
        self.0.message_index()
    }

    /// When it happened, with the offset that it was written with, to the microsecond. None if it is absent, no RFC 3339
    /// date-time, or none that a datetime can hold; its text as it came is in `timestamp_raw`.
    #[getter]
    fn timestamp(&self) -> Moment {
        Moment(self.0.timestamp())
    }

    /// The text of `timestamp` as it came.
    #[getter]
    fn timestamp_raw(&self) -> Option<&str> {
        self.0.timestamp_raw()
    }

    /// What came of the message: a number of `ResultCode`, or one that is newer.
    #[getter]
    fn result_code(&self) -> i64 {
        self.0.result_code().number()
    }

    /// The result in the gateway's words.
    #[getter]
    fn result_description(&self) -> Option<&str> {
        self.0.result_description()
    }

    /// What came of the message, in a word: "queued" (112001), "sent" (112002), "delivered" (112003), "failed" (112000, a
    /// listed 1124xx, 112500), "other".
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        status_word(py, self.0.status())
    }

    /// The parameters of the gate that the report was sent to, in a new dict.
    #[getter]
    fn gate_custom_parameters(&self) -> Option<Texts<'_>> {
        self.0.gate_custom_parameters().map(Texts)
    }

    /// The parameters that the request gave along, in a new dict.
    #[getter]
    fn custom_parameters(&self) -> Option<Texts<'_>> {
        self.0.custom_parameters().map(Texts)
    }

    /// A deduplication key: "report:{messageId}:{refId}:{messageIndex}:{resultCode}", an absent part written "-". A report can
    /// be delivered more than once; record the key after you have processed the report.
    ///
    /// It is printable ASCII of less than 200 characters, and different for different reports: in a part every byte other
    /// than A-Z a-z 0-9 . _ ~ + / = - is percent-encoded, and a part that is longer than 64 characters then is "%h" and the
    /// beginning of its SHA-256.
    #[getter]
    fn key(&self) -> String {
        self.0.key()
    }

    /// The callback's JSON text as it came.
    #[getter]
    fn raw(&self) -> &str {
        self.0.raw()
    }

    /// Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each access. An
    /// integer of more digits than int takes (4,300, as a rule) is a Decimal.
    #[getter]
    fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        decoded(py, Some(self.0.extra()))
    }

    /// The same fields as `extra`: their JSON texts, exactly as they came.
    #[getter]
    fn extra_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        json_texts(py, Some(self.0.extra()))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        hash(self.0.raw())
    }

    fn __repr__(&self) -> String {
        format!("EventReport(status='{}', result_code={})", self.0.status(), self.0.result_code().number())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        again(py, self.0.raw())
    }
}

/// For pickle: the callback is read again.
pub(super) fn again<'py>(py: Python<'py>, raw: &str) -> PyResult<Bound<'py, PyTuple>> {
    let parse = py.import("linkwa._linkwa")?.getattr("parse_callback")?;
    (parse, (raw,)).into_pyobject(py)
}
