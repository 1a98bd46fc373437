//! Validation of whole requests that are not sent.

use napi::Either;
use napi_derive::napi;

use crate::error::ErrorObject;

/// A finding for JavaScript.
#[napi(object, object_from_js = false)]
pub struct Finding {
    /// The path in the names of the wire.
    pub path: String,
    /// The kind of finding.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// A suggested value.
    pub suggestion: Option<String>,
}

impl From<&linkwa::Finding> for Finding {
    fn from(finding: &linkwa::Finding) -> Self {
        Self {
            path: finding.path().to_owned(),
            code: finding.code().as_str(),
            message: if finding.names_setting() {
                crate::error::spelled(finding.message())
            } else {
                finding.message().to_owned()
            },
            severity: finding.severity().as_str(),
            suggestion: finding.suggestion().map(str::to_owned),
        }
    }
}

/// All errors and warnings of a whole request.
#[napi(catch_unwind)]
pub fn validate_text(request: String, extensions: Option<bool>) -> Vec<Finding> {
    found(request, extensions)
}

/// As [`validate_text`], from bytes.
#[napi(catch_unwind)]
pub fn validate_bytes(request: &[u8], extensions: Option<bool>) -> Vec<Finding> {
    found(request, extensions)
}

fn found(request: impl AsRef<[u8]>, extensions: Option<bool>) -> Vec<Finding> {
    let validation = linkwa::Validation::new().extensions(extensions.unwrap_or_default());
    linkwa::validate_with(request, validation).iter().map(Finding::from).collect()
}

/// The errors and warnings of one destination.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value, reason = "napi gives texts by value")]
pub fn check_destination(number: String) -> Vec<Finding> {
    linkwa::check_destination(&number).iter().map(Finding::from).collect()
}

/// A decimal number times 1000.
#[napi(catch_unwind, js_name = "amount1000")]
#[allow(clippy::needless_pass_by_value, reason = "napi gives texts by value")]
pub fn amount_1000(decimal: String) -> Either<String, ErrorObject> {
    match linkwa::amount_1000(&decimal) {
        Ok(thousandths) => Either::A(thousandths.to_string()),
        Err(error) => Either::B((&error).into()),
    }
}

/// A new reference, unique across processes and machines.
#[napi(catch_unwind)]
pub fn new_ref_id() -> String {
    linkwa::new_ref_id()
}

/// The reference of a job or an order.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value, reason = "napi gives texts by value")]
pub fn ref_id_for(namespace: String, id: String) -> String {
    linkwa::ref_id_for(&namespace, &id)
}
