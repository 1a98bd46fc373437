//! The boundary: a panic becomes `linkwa.InternalError`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use crate::once_cell::RaceOnceCell;

/// Runs what Python called; `#[guarded]` puts it around every function and method.
pub(crate) fn panic_boundary<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // The panic's text is not passed on: it may contain values.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Python::attach(internal_error)))
}

fn internal_error(py: Python<'_>) -> PyErr {
    static CLASS: RaceOnceCell<Py<PyAny>> = RaceOnceCell::new();
    const MESSAGE: &str =
        "linkwa's native module panicked; this is a bug of linkwa: report it with the panic's lines on stderr";
    let error = CLASS.import(py, "linkwa._errors", "InternalError").and_then(|class| class.call1((MESSAGE,)));
    error.map_or_else(|failed| failed, PyErr::from_value)
}

/// Panics, so that the tests can see that no panic leaves the module.
#[cfg(debug_assertions)]
#[linkwa_python_macros::panic_boundary]
#[pyo3::pyfunction(name = "_panic")]
pub(crate) fn panic_for_tests(text: &str) -> bool {
    assert!(text.is_empty(), "{text}");
    true
}
