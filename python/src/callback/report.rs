//! Event reports.

use linkwa::Callback;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::fields::attributes;
use super::made;
use super::value::{decode, hash, status_word};
use crate::value::{Place, Value};

/// The status of a message to one destination, or of a request that failed as a whole. `parse_callback` makes it. For
/// tests, make one with `EventReport(ref_id="order-17", message_id="m", result_code=112003)`; then the fields of
/// `extra` stand beside the others, under the names of the wire.
///
/// It holds the callback's text; attributes are read from it. A field that is absent, null or of an unexpected shape is
/// None. Reports with equal texts are equal. The repr shows nothing that a user wrote.
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

impl EventReport {
    #[allow(clippy::unnecessary_wraps, reason = "as of objects that may be absent")]
    fn view(&self) -> Option<&linkwa::EventReport> {
        Some(&self.0)
    }
}

linkwa::event_report_fields! { attributes { EventReport [
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

    /// The status of the message: "queued" (112001), "sent" (112002, 112006), "delivered" (112003), "read" (112007),
    /// "deleted" (112008), "failed" (112000, a listed 1124xx, 112500), "other". 112006 to 112008 are not in version 1.4.1
    /// of LINK's document.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        status_word(py, self.0.status())
    }

    /// Whether the message has been delivered, and perhaps more: "delivered", "read" or "deleted".
    #[getter]
    fn is_delivered(&self) -> bool {
        self.0.status().is_delivered()
    }

    /// A deduplication key: "report:{messageId}:{refId}:{messageIndex}:{resultCode}", with "-" for an absent part. A
    /// report can be delivered more than once; record the key after you have processed the report.
    ///
    /// A key is printable ASCII, shorter than 200 characters, and different for different reports: in each part, bytes
    /// other than A-Z a-z 0-9 . _ ~ + / = - are percent-encoded, and a part that is then longer than 64 characters is
    /// replaced by "%h" and the beginning of its SHA-256.
    #[getter]
    fn key(&self) -> String {
        self.0.key()
    }

    /// The callback's JSON text as received.
    #[getter]
    fn raw(&self) -> &str {
        self.0.raw()
    }

    /// The callback as it came: a new dict with the names of the wire. An integer with more digits than `int` accepts
    /// (usually 4,300) is a `Decimal`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decode(py, self.0.raw())
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
] } }

/// For pickle: parses the callback again.
pub(super) fn again<'py>(py: Python<'py>, raw: &str) -> PyResult<Bound<'py, PyTuple>> {
    let parse = py.import("linkwa._linkwa")?.getattr("parse_callback")?;
    (parse, (raw,)).into_pyobject(py)
}
