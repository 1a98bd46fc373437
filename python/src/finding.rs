//! Findings of validation.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyTuple};

use crate::class::class;
use crate::json::{LONG, json_text};
use crate::value::{Place, Value, optional, text};

class! {
    /// An error or warning that validation found in a request.
    ///
    ///     >>> import linkwa
    ///     >>> try:
    ///     ...     linkwa.send_text("46 70", "")
    ///     ... except linkwa.InvalidRequest as error:
    ///     ...     for finding in error.findings:
    ///     ...         print(finding.severity, finding.path, finding.code)
    ///     error destinations[0] invalid_msisdn
    ///     error messages[0].text.body empty
    Finding(path, code, message, severity, *, suggestion=None) matches("path", "code", "message", "severity") {
        /// The path in the names of the JSON that is sent: `messages[0].template.components[1].parameters[2].dateTime`.
        /// The whole request has the empty path.
        needed path: String,
        /// The kind of finding: `"unknown_field"`. Codes are stable; base decisions on them.
        needed code: String,
        /// A sentence for people; the wording may change. It never repeats a value of the request, which may be a phone
        /// number.
        needed message: String,
        /// `"error"`: the request is not sent. `"warning"`: it is sent, and the finding is on the result.
        needed severity: String,
        /// A suggested value: the nearest known name, the number without its separators, `"en_GB"`. None if there is no
        /// suggestion.
        optional suggestion: Option<String>,
    }
    methods {
        /// The fields by name, for a log or a job queue. The suggestion, which may be a phone number, only with `details`.
        #[pyo3(signature = (*, details = false))]
        fn to_dict<'py>(&self, py: Python<'py>, details: bool) -> PyResult<Bound<'py, PyDict>> {
            let mut fields = self.fields(py)?;
            fields.retain(|field| details || field.name != "suggestion");
            crate::class::to_dict(py, fields, details)
        }
    }
}

impl Finding {
    pub(crate) fn of(finding: &linkwa::Finding) -> Self {
        Self {
            path: finding.path().to_owned(),
            code: finding.code().as_str().to_owned(),
            message: finding.message().to_owned(),
            severity: finding.severity().as_str().to_owned(),
            suggestion: finding.suggestion().map(str::to_owned),
        }
    }
}

/// Findings as a tuple.
pub(crate) fn findings<'py>(py: Python<'py>, findings: &[linkwa::Finding]) -> PyResult<Bound<'py, PyTuple>> {
    let findings: Vec<_> =
        findings.iter().map(|finding| Bound::new(py, Finding::of(finding))).collect::<PyResult<_>>()?;
    PyTuple::new(py, findings)
}

/// Checks a whole request in wire form and returns all errors and warnings, in the order of the input. Every send
/// validates by itself; this is for requests from elsewhere.
///
/// The request is a mapping, or JSON as `str`, `bytes`, `bytearray` or `memoryview`, of at most 1 MiB and 64 levels. A
/// text that is not JSON has the finding `invalid_json`. Other types, and mappings with values that JSON does not have,
/// raise `TypeError`. It never raises a `LinkwaError`.
///
/// `extensions=True` allows what version 1.4.1 of LINK's document does not have: interactive messages, media by their id,
/// and templates without a namespace. A client sends them only with its setting `extensions`.
///
///     >>> import linkwa
///     >>> request = {"platformId": "p", "platformPartnerId": "pp", "refId": "17", "source": "+46000000000"}
///     >>> [(finding.path, finding.code) for finding in linkwa.validate(request)]
///     [('priority', 'required'), ('destinations', 'required'), ('messages', 'required')]
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
#[pyo3(signature = (request, *, extensions=None))]
pub(crate) fn validate<'py>(
    request: &Bound<'py, PyAny>,
    extensions: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = request.py();
    let text = json_text(request, "request")?;
    let extensions: Option<bool> = optional(extensions, "extensions")?;
    let validation = linkwa::Validation::new().extensions(extensions.unwrap_or_default());
    let validate = || linkwa::validate_with(&text, validation);
    let found = if text.len() < LONG { validate() } else { py.detach(validate) };
    findings(py, &found)
}

/// Checks one destination, as `validate` checks those of a request: 3 to 15 digits with or without `+`, or a
/// business-scoped user id. Returns its errors and warnings. It can be sent to if none of them is an error (a strict
/// client refuses warnings too). Their path is empty; a suggestion is the cleaned number.
///
///     >>> import linkwa
///     >>> linkwa.check_destination("+46000000001")
///     ()
///     >>> [(finding.code, finding.suggestion) for finding in linkwa.check_destination("+46 70 000 00 01")]
///     [('invalid_msisdn', '+46700000001')]
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn check_destination<'py>(number: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let text = String::read(number, Place::argument("number"))?;
    findings(number.py(), &linkwa::check_destination(&text))
}

/// A new reference, unique across processes and machines (a random UUID, 36 characters).
///
/// Store it before sending: then you can reconcile a send whose outcome is unknown, even after a crash.
///
///     >>> import linkwa
///     >>> ref_id = linkwa.new_ref_id()
///     >>> linkwa.send_text("+46000000001", "Hello", ref_id=ref_id).ref_id == ref_id
///     True
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn new_ref_id() -> String {
    linkwa::new_ref_id()
}

/// A reference for a job, an order or another thing that is sent once, by its id, a `str` or an `int`: the same namespace
/// and id give the same reference, on every machine and in every language, and others give others. It is a UUID made
/// with SHA-256, 36 characters: the id, which may be personal data, cannot be read in it.
///
/// A job that runs again then sends with the same `ref_id`, so that an outbox finds its earlier send (`linkwa.outbox`).
///
///     >>> import linkwa
///     >>> linkwa.ref_id_for("orders", 17)
///     'fb89d2ef-7008-8218-8e74-ab2bfa22e52f'
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn ref_id_for(namespace: &Bound<'_, PyAny>, id: &Bound<'_, PyAny>) -> PyResult<String> {
    let namespace = text(namespace, Place::argument("namespace"))?;
    let number = if id.is_exact_instance_of::<PyInt>() { Some(id.str()?.into_any()) } else { None };
    Ok(linkwa::ref_id_for(&namespace, &text(number.as_ref().unwrap_or(id), Place::argument("id"))?))
}
