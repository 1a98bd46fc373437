//! Arguments, read with an error that names them.

use std::borrow::Cow;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

/// A `TypeError`: `argument 'body' must be str, not int`.
pub(super) fn wrong_type(argument: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let found = value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("argument '{argument}' must be {wanted}, not {found}"))
}

/// A `str`.
pub(super) fn text<'a>(value: &'a Bound<'_, PyAny>, argument: &str) -> PyResult<Cow<'a, str>> {
    value.cast::<PyString>().map_err(|_| wrong_type(argument, "str", value))?.to_cow()
}

/// A `str` or `None`.
pub(super) fn optional_text(value: Option<&Bound<'_, PyAny>>, argument: &str) -> PyResult<Option<String>> {
    value.map(|value| Ok(text(value, argument)?.into_owned())).transpose()
}

/// A `bool`.
pub(super) fn flag(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<bool> {
    Ok(value.cast::<PyBool>().map_err(|_| wrong_type(argument, "bool", value))?.is_true())
}

/// An `int` in the range of this type.
pub(super) fn whole<'py, T>(value: &Bound<'py, PyAny>, argument: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    let py = value.py();
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(argument, "int", value));
    }
    value.extract().map_err(|error: PyErr| match error {
        error if error.is_instance_of::<PyTypeError>(py) => wrong_type(argument, "int", value),
        error if error.is_instance_of::<PyOverflowError>(py) => {
            PyValueError::new_err(format!("argument '{argument}' is out of range"))
        }
        error => error,
    })
}
