//! The command `python -m linkwa`.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command with the arguments behind its name and the streams of this process, and returns its exit status.
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| linkwa::cli::run(arguments))
}
