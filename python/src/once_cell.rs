//! Values that are made once and kept.

use std::sync::OnceLock;

use pyo3::prelude::*;

/// Unlike `PyOnceLock`, it does not make a thread wait for another that makes the value: a child that is forked
/// meanwhile would wait forever. Two threads may make the value; one result is kept.
pub(crate) struct RaceOnceCell<T>(OnceLock<T>);

impl<T> RaceOnceCell<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The kept value, or a new one. Making it may run other Python threads.
    pub(crate) fn get(&self, _py: Python<'_>, make: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
        if let Some(value) = self.0.get() {
            return Ok(value);
        }
        let new = make()?;
        // No Python code runs here, and so no fork either.
        Ok(self.0.get_or_init(|| new))
    }
}

impl RaceOnceCell<Py<PyAny>> {
    /// An attribute of a module.
    pub(crate) fn import<'py>(&self, py: Python<'py>, module: &str, name: &str) -> PyResult<&Bound<'py, PyAny>> {
        self.get(py, || Ok(py.import(module)?.getattr(name)?.unbind())).map(|value| value.bind(py))
    }
}
