//! Core's errors as Python exceptions.

use std::error::Error as _;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::finding::findings;
use crate::once_cell::RaceOnceCell;

/// The defaults of an error that is made from its code, and its outcome if it has one: its outcome and its disposition.
#[linkwa_python_macros::panic_boundary]
#[pyfunction(name = "_error_defaults", signature = (code, outcome=None))]
pub(crate) fn error_defaults(code: &str, outcome: Option<&str>) -> (Option<&'static str>, &'static str) {
    let (outcome, disposition) = linkwa::error_defaults(code, outcome);
    (outcome.map(linkwa::Outcome::as_str), disposition.as_str())
}

/// The exception for this error, to be raised.
pub(crate) fn raise(py: Python<'_>, error: &linkwa::Error) -> PyErr {
    exception(py, error).map_or_else(|failed| failed, PyErr::from_value)
}

/// The exception for this error, an object of a subclass of `LinkwaError`.
pub(crate) fn exception<'py>(py: Python<'py>, error: &linkwa::Error) -> PyResult<Bound<'py, PyAny>> {
    static MAKE: RaceOnceCell<Py<PyAny>> = RaceOnceCell::new();
    let make = MAKE.import(py, "linkwa._errors", "make")?;
    let about = PyDict::new(py);
    about.set_item("outcome", error.outcome().map(linkwa::Outcome::as_str))?;
    about.set_item("disposition", error.disposition().as_str())?;
    about.set_item("reason", error.reason().map(linkwa::Reason::as_str))?;
    about.set_item("ref_id", error.ref_id())?;
    about.set_item("http_status", error.http_status())?;
    about.set_item("result_code", error.result_code().map(linkwa::ResultCode::number))?;
    about.set_item("description", error.description())?;
    about.set_item("translated_description", error.translated_description())?;
    about.set_item("retry_after", error.retry_after().map(|wait| wait.as_secs_f64()))?;
    about.set_item("findings", findings(py, error.findings())?)?;
    about.set_item("response_body", error.response_body().map(|body| PyBytes::new(py, body)))?;
    let invalid_callback = match error {
        linkwa::Error::InvalidCallback(invalid) => Some(invalid),
        _ => None,
    };
    about.set_item("path", invalid_callback.map(|invalid| invalid.path()))?;
    about.set_item("position", invalid_callback.map(|invalid| invalid.position()))?;
    let exception = make.call1((error.to_string(), error.code().as_str(), about))?;
    // The exception that a message function raised.
    if let Some(cause) = error.source().and_then(|cause| cause.downcast_ref::<PyErr>()) {
        exception.setattr("__cause__", cause.value(py))?;
    }
    Ok(exception)
}
