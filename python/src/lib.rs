//! The native module of the Python package `linkwa`. It converts what Python gives, calls the core, and converts back; what is
//! decided is decided there.

use pyo3::prelude::*;

#[pymodule]
mod _linkwa {
    use super::*;

    /// The version of the package.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
