//! Checks the interpreter that loads the module.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// Refuses a subinterpreter: the library's threads would deliver its results to the main interpreter.
///
/// An interpreter with its own GIL never gets here, because Python itself refuses to load the module there.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    let theirs = py.detach(|| {
        let thread = linkwa::spawn_thread("linkwa", || Python::try_attach(identity))?;
        thread.join().map_err(|_| PyImportError::new_err("linkwa could not look which interpreter its threads reach"))
    })?;
    if theirs.transpose()? == Some(identity(py)?) {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "linkwa works in Python's main interpreter only, and this is a subinterpreter \
         (in mod_wsgi, `WSGIApplicationGroup %{GLOBAL}` chooses the main one)",
    ))
}

/// No two interpreters share a dictionary of modules.
fn identity(py: Python<'_>) -> PyResult<usize> {
    Ok(py.import("sys")?.getattr("modules")?.as_ptr() as usize)
}
