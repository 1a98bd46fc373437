//! The native module of the Python package `linkwa`. It converts what Python gives, calls the core, and converts back; what is
//! decided is decided there.

mod callback;
mod error;

use pyo3::prelude::*;

#[pymodule]
mod _linkwa {
    use pyo3::prelude::*;

    // Callbacks.
    #[pymodule_export]
    use crate::callback::{
        Button, CallbackGuard, CareWindow, Content, Context, EventReport, InboundMessage, MessageState,
        ReceivedMessage, Route, StatusTracker, Verdict, care_window, is_gateway_address, parse_callback, result_code,
        result_codes,
    };

    /// The version of the package.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
