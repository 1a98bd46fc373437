//! The meaning of result codes.

use linkwa::ResultCode;
use pyo3::prelude::*;

/// The codes that have a name, each with it (`delivered`).
#[linkwa_python_macros::panic_boundary]
#[pyfunction(name = "_result_codes")]
pub(crate) fn result_codes() -> Vec<(&'static str, i64)> {
    ResultCode::LISTED.iter().filter_map(|code| Some((code.name()?, code.number()))).collect()
}

/// For any code: an explanation; whether it is a success, a failure, final; whether LINK asks you to contact its
/// support.
#[linkwa_python_macros::panic_boundary]
#[pyfunction(name = "_result_code")]
pub(crate) fn result_code(number: i64) -> (&'static str, bool, bool, bool, bool) {
    let code = ResultCode::from(number);
    (code.explanation(), code.is_success(), code.is_failure(), code.is_final(), code.should_contact_support())
}
