//! What is made once and kept.

use std::sync::OnceLock;

use pyo3::prelude::*;

/// Unlike `PyOnceLock`, it makes no thread wait for another one that is at it: a child that is forked meanwhile would wait for
/// ever. Two threads may make it; one's is kept.
pub(crate) struct Kept<T>(OnceLock<T>);

impl<T> Kept<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What is kept, or is made now. Making it may run other threads of Python.
    pub(crate) fn get(&self, _py: Python<'_>, make: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
        if let Some(kept) = self.0.get() {
            return Ok(kept);
        }
        let new = make()?;
        // Nothing else of Python runs here, and so no fork either.
        Ok(self.0.get_or_init(|| new))
    }
}

impl Kept<Py<PyAny>> {
    /// Something from a module.
    pub(crate) fn import<'py>(&self, py: Python<'py>, module: &str, name: &str) -> PyResult<&Bound<'py, PyAny>> {
        self.get(py, || Ok(py.import(module)?.getattr(name)?.unbind())).map(|kept| kept.bind(py))
    }
}
