//! Python's module `datetime`: `PyO3` panics where it cannot be imported.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyDict, PyTime, PyType, PyTzInfo};

/// Makes `PyO3`'s types of `datetime` before anything uses them. Raises the `ImportError` of the module, or one of this
/// package if another module has its name.
pub(crate) fn ensure(py: Python<'_>) -> PyResult<()> {
    static IS_READY: AtomicBool = AtomicBool::new(false);
    if IS_READY.load(Ordering::Acquire) {
        return Ok(());
    }
    let module = py.import("datetime")?;
    for name in ["date", "datetime", "time", "timedelta", "timezone", "tzinfo"] {
        if !module.getattr_opt(name)?.is_some_and(|found| found.is_instance_of::<PyType>()) {
            return Err(shadowed(&module, name));
        }
    }
    PyDateTime::type_object(py);
    PyDelta::type_object(py);
    PyTime::type_object(py);
    PyTzInfo::utc(py)?;
    IS_READY.store(true, Ordering::Release);
    Ok(())
}

fn shadowed(module: &Bound<'_, PyModule>, name: &str) -> PyErr {
    let file = module.getattr("__file__").map_or_else(|_| "an unknown place".to_owned(), |file| file.to_string());
    let message = format!(
        "cannot import name '{name}' from 'datetime' ({file}): a module with this name hides Python's own; rename it"
    );
    let about = PyDict::new(module.py());
    let error = about
        .set_item("name", "datetime")
        .and_then(|()| about.set_item("path", file))
        .and_then(|()| module.py().get_type::<PyImportError>().call((message,), Some(&about)));
    error.map_or_else(|failed| failed, PyErr::from_value)
}
