//! Callbacks that a program makes for its tests: written as the gateway writes them, and parsed as such.

use linkwa::Callback;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::error::raise;
use crate::json::json_text;
use crate::value::{Place, aware};

/// Sets a field, unless it is `None`.
pub(super) fn put(wire: &Bound<'_, PyDict>, name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    value.map_or(Ok(()), |value| wire.set_item(name, value))
}

/// As `put`, for a time: an aware `datetime`, or a text as it is.
pub(super) fn put_time(
    wire: &Bound<'_, PyDict>,
    name: &str,
    argument: &str,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let Some(value) = value else { return Ok(()) };
    if value.is_instance_of::<PyString>() {
        return wire.set_item(name, value);
    }
    let time = aware(value, Place::argument(argument), "datetime, or str in RFC 3339")?;
    wire.set_item(name, time.call_method0("isoformat")?)
}

/// Parses it. Fields of `extra` stand beside the others.
pub(super) fn read(wire: &Bound<'_, PyDict>, extra: Option<&Bound<'_, PyAny>>) -> PyResult<Callback> {
    if let Some(extra) = extra {
        wire.call_method1("update", (extra,))?;
    }
    linkwa::parse_callback(json_text(wire, "extra")?).map_err(|error| raise(wire.py(), &error))
}

/// Fields of `extra` turned it into another kind of callback.
pub(super) fn other_kind() -> PyErr {
    PyTypeError::new_err("argument 'extra' has a field that makes another kind of callback of it")
}
