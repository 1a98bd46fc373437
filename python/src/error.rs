//! The core's errors as Python's exceptions.

use linkwa::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};

/// The exception that says what the error says. What cannot even be made is an exception of its own.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|failure| failure)
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, "linkwa._errors", "make")?;
    let place = match error {
        Error::InvalidCallback(fault) => Some((fault.path(), fault.position())),
        _ => None,
    };
    let about = PyDict::new(py);
    about.set_item("code", error.code().as_str())?;
    about.set_item("outcome", error.outcome().map(linkwa::Outcome::as_str))?;
    about.set_item("reason", error.reason().map(linkwa::Reason::as_str))?;
    about.set_item("ref_id", error.ref_id())?;
    about.set_item("http_status", error.http_status())?;
    about.set_item("result_code", error.result_code().map(linkwa::ResultCode::number))?;
    about.set_item("description", error.description())?;
    about.set_item("translated_description", error.translated_description())?;
    about.set_item("retry_after", error.retry_after().map(|wait| wait.as_secs_f64()))?;
    about.set_item("findings", PyTuple::empty(py))?;
    about.set_item("response_body", error.response_body().map(|body| PyBytes::new(py, body)))?;
    about.set_item("path", place.map(|(path, _)| path))?;
    about.set_item("position", place.map(|(_, position)| position))?;
    Ok(PyErr::from_value(make.call((error.to_string(),), Some(&about))?))
}
