//! A cell that is written once.

use std::sync::OnceLock;

use pyo3::prelude::*;

/// A once-cell without waiting: threads that race each make a value, and the first one stays. `PyOnceLock` makes the others
/// wait, and a child forked meanwhile would wait for ever.
pub(crate) struct RaceOnceCell<T>(OnceLock<T>);

impl<T> RaceOnceCell<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The value, which is made if there is none. Making it may run other threads of Python.
    pub(crate) fn get(&self, _py: Python<'_>, make: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
        if let Some(value) = self.0.get() {
            return Ok(value);
        }
        let new = make()?;
        // Nothing else of Python runs here, and so no fork either.
        Ok(self.0.get_or_init(|| new))
    }
}

impl RaceOnceCell<Py<PyAny>> {
    /// Something from a module.
    pub(crate) fn import<'py>(&self, py: Python<'py>, module: &str, name: &str) -> PyResult<&Bound<'py, PyAny>> {
        self.get(py, || Ok(py.import(module)?.getattr(name)?.unbind())).map(|value| value.bind(py))
    }
}
