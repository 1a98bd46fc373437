//! Core's errors, from which the JavaScript layer makes its own.

use std::fmt;

use linkwa::{Error, Outcome};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::options::name_of;
use crate::validate::Finding;

/// The parts of a `LinkwaError`; or, with the code `invalid_argument`, of a `TypeError`.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct ErrorObject {
    /// The code word.
    pub code: &'static str,
    /// The text for people.
    pub message: String,
    /// What is known about the message.
    pub outcome: Option<&'static str>,
    /// What to do with the message.
    pub disposition: &'static str,
    /// Why.
    pub reason: Option<&'static str>,
    /// The message's reference.
    pub ref_id: Option<String>,
    /// The status of the gateway's answer.
    pub http_status: Option<u16>,
    /// The result code of the gateway's answer.
    pub result_code: Option<i64>,
    /// The gateway's description.
    pub description: Option<String>,
    /// The gateway's description in another language.
    pub translated_description: Option<String>,
    /// The number of seconds that the gateway asked to wait.
    pub retry_after: Option<f64>,
    /// The findings, if validation failed.
    pub findings: Option<Vec<Finding>>,
    /// The body of the gateway's answer.
    pub response_body: Option<Buffer>,
    /// The path of the malformed part of a callback.
    pub path: Option<String>,
    /// The byte offset at which a callback is malformed.
    pub position: Option<f64>,
}

impl From<&Error> for ErrorObject {
    fn from(error: &Error) -> Self {
        let invalid_callback = match error {
            Error::InvalidCallback(invalid) => Some(invalid),
            _ => None,
        };
        let findings = error.findings();
        #[expect(clippy::cast_precision_loss, reason = "no callback has 2^53 bytes")]
        let position = invalid_callback.map(|invalid| invalid.position() as f64);
        Self {
            code: error.code().as_str(),
            message: message_of(error),
            outcome: error.outcome().map(Outcome::as_str),
            disposition: error.disposition().as_str(),
            reason: error.reason().map(linkwa::Reason::as_str),
            ref_id: error.ref_id().map(str::to_owned),
            http_status: error.http_status(),
            result_code: error.result_code().map(linkwa::ResultCode::number),
            description: error.description().map(str::to_owned),
            translated_description: error.translated_description().map(str::to_owned),
            retry_after: error.retry_after().map(|wait| wait.as_secs_f64()),
            findings: (!findings.is_empty()).then(|| findings.iter().map(Finding::from).collect()),
            response_body: error.response_body().map(|body| body.to_vec().into()),
            path: invalid_callback.map(|invalid| invalid.path().to_owned()),
            position,
        }
    }
}

impl From<Error> for ErrorObject {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl ErrorObject {
    fn bare(code: &'static str, message: String, outcome: Outcome) -> Self {
        Self {
            code,
            message,
            outcome: Some(outcome.as_str()),
            disposition: linkwa::error_defaults(code, Some(outcome.as_str())).1.as_str(),
            reason: None,
            ref_id: None,
            http_status: None,
            result_code: None,
            description: None,
            translated_description: None,
            retry_after: None,
            findings: None,
            response_body: None,
            path: None,
            position: None,
        }
    }
}

fn message_of(error: &Error) -> String {
    match error {
        Error::InvalidConfig { .. } => spelled(&error.to_string()),
        _ => error
            .findings()
            .iter()
            .filter(|finding| finding.names_setting())
            .fold(error.to_string(), |text, finding| text.replace(finding.message(), &spelled(finding.message()))),
    }
}

/// Replaces the names of settings in a text by those of JavaScript.
pub(crate) fn spelled(text: &str) -> String {
    linkwa::spell_settings(text, |setting| format!("`{}`", name_of(setting)))
}

/// Why a call fails.
pub(crate) enum BindingError {
    /// An error of core.
    Core(Error),
    /// An argument of the right type with an invalid value: a `TypeError`.
    Argument(String),
    /// A bug of this library, and the outcome of the message.
    Internal(&'static str, Outcome),
}

impl BindingError {
    /// A bug of ours, before anything was sent.
    pub(crate) fn internal(why: &'static str) -> Self {
        Self::Internal(why, Outcome::NotSent)
    }

    pub(crate) fn argument(name: &str, why: impl fmt::Display) -> Self {
        Self::Argument(format!("{name}: {why}"))
    }
}

impl From<Error> for BindingError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<BindingError> for ErrorObject {
    fn from(error: BindingError) -> Self {
        match error {
            BindingError::Core(error) => error.into(),
            BindingError::Argument(message) => Self::bare("invalid_argument", message, Outcome::NotSent),
            BindingError::Internal(why, outcome) => {
                Self::bare("internal", format!("internal error of linkwa: {why}"), outcome)
            }
        }
    }
}

/// The defaults of an error that is made from its code, and its outcome if it has one.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct ErrorDefaults {
    /// What is known about the message.
    pub outcome: Option<&'static str>,
    /// What to do with the message.
    pub disposition: &'static str,
}

/// The defaults of an error that is made from its code.
#[allow(clippy::needless_pass_by_value, reason = "napi hands over what it made")]
#[napi(catch_unwind)]
pub fn error_defaults(code: String, outcome: Option<String>) -> ErrorDefaults {
    let (outcome, disposition) = linkwa::error_defaults(&code, outcome.as_deref());
    ErrorDefaults { outcome: outcome.map(Outcome::as_str), disposition: disposition.as_str() }
}

/// The error of a send that was cancelled before it began. Without a reference one is made; an empty one counts as
/// absent.
#[napi(catch_unwind)]
pub fn cancelled_before(ref_id: Option<String>) -> ErrorObject {
    Error::cancelled_before(ref_id.unwrap_or_else(linkwa::new_ref_id)).into()
}

/// The error of an outbox's run that was cancelled.
#[napi(catch_unwind)]
pub fn outbox_run_cancelled() -> ErrorObject {
    Error::outbox_run_cancelled().into()
}
