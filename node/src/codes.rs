//! The meaning of result codes.

use napi_derive::napi;

/// The meaning of a result code.
#[allow(clippy::struct_excessive_bools, reason = "it is what JavaScript gets")]
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct ResultCode {
    /// The number.
    pub code: i64,
    /// The name, if it has one.
    pub name: Option<&'static str>,
    /// An explanation for people.
    pub explanation: &'static str,
    /// Whether it is a success so far.
    pub is_success: bool,
    /// Whether the message will not arrive.
    pub is_failure: bool,
    /// Whether the status is final.
    pub is_final: bool,
    /// Whether LINK asks you to contact its support.
    pub should_contact_support: bool,
}

impl From<linkwa::ResultCode> for ResultCode {
    fn from(code: linkwa::ResultCode) -> Self {
        Self {
            code: code.number(),
            name: code.name(),
            explanation: code.explanation(),
            is_success: code.is_success(),
            is_failure: code.is_failure(),
            is_final: code.is_final(),
            should_contact_support: code.should_contact_support(),
        }
    }
}

/// The codes that have a name.
#[napi(catch_unwind)]
pub fn result_codes() -> Vec<ResultCode> {
    linkwa::ResultCode::LISTED.iter().copied().map(ResultCode::from).collect()
}

/// The meaning of any code.
#[napi(catch_unwind)]
pub fn result_code(code: i64) -> ResultCode {
    linkwa::ResultCode::from(code).into()
}
