//! Errors.

use std::mem::MaybeUninit;
use std::time::Duration;

use linkwa::Outcome;

use crate::arg::Text;
use crate::binding_error::BindingError;
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::finding::linkwa_findings;
use crate::out::{into_raw, write_some};
use crate::panic::{panic_boundary, panic_boundary_or};
use crate::status::{linkwa_disposition, linkwa_outcome, linkwa_reason, linkwa_status};

/// Why a call failed, and what is known about the message.
///
/// A built object: threads may share it (see THREADS).
#[derive(Clone, Debug)]
pub struct linkwa_error {
    status: linkwa_status,
    outcome: linkwa_outcome,
    disposition: linkwa_disposition,
    reason: linkwa_reason,
    message: TextBuf,
    ref_id: Option<TextBuf>,
    http_status: Option<u16>,
    result_code: Option<i64>,
    description: Option<TextBuf>,
    translated_description: Option<TextBuf>,
    retry_after: Option<Duration>,
    response_body: Option<TextBuf>,
    path: Option<TextBuf>,
    position: Option<usize>,
    findings: linkwa_findings,
}

/// An out-parameter for an error, which may be NULL.
pub(crate) type ErrorOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_error>>>>;

impl linkwa_error {
    /// `outcome` is the outcome of a message whose send had begun before an argument was found invalid.
    pub(crate) fn new(error: BindingError, outcome: Option<Outcome>) -> Self {
        match error {
            BindingError::Core(error) => Self::of(&error),
            BindingError::Argument(_) | BindingError::Interrupted => {
                Self::bare(error.status(), Some(outcome.unwrap_or(Outcome::NotSent)), &error.message())
            }
        }
    }

    /// An error for a caught panic.
    pub(crate) fn panicked(outcome: Option<Outcome>) -> Self {
        let message = "internal error of linkwa: a panic was caught";
        Self::bare(linkwa_status::LINKWA_INTERNAL, outcome, message)
    }

    /// An error that does not come from core: not retryable, unless the message may have been accepted.
    fn bare(status: linkwa_status, outcome: Option<Outcome>, message: &str) -> Self {
        let (_, disposition) = linkwa::error_defaults("internal", outcome.map(Outcome::as_str));
        Self {
            status,
            outcome: outcome.into(),
            disposition: disposition.into(),
            reason: linkwa_reason::LINKWA_REASON_NONE,
            message: message.into(),
            ref_id: None,
            http_status: None,
            result_code: None,
            description: None,
            translated_description: None,
            retry_after: None,
            response_body: None,
            path: None,
            position: None,
            findings: linkwa_findings::default(),
        }
    }

    pub(crate) fn of(error: &linkwa::Error) -> Self {
        let callback = match error {
            linkwa::Error::InvalidCallback(callback) => Some(callback),
            _ => None,
        };
        // The outcome of a message that was not made.
        let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!("\n  {cause}"));
        let message = message_of(error) + &cause;
        Self {
            disposition: error.disposition().into(),
            reason: error.reason().into(),
            ref_id: error.ref_id().map(TextBuf::from),
            http_status: error.http_status(),
            result_code: error.result_code().map(linkwa::ResultCode::number),
            description: error.description().map(TextBuf::from),
            translated_description: error.translated_description().map(TextBuf::from),
            retry_after: error.retry_after(),
            response_body: error.response_body().map(TextBuf::new),
            path: callback.map(|callback| callback.path().into()),
            position: callback.map(|callback| callback.position()),
            findings: linkwa_findings::new(error.findings()),
            ..Self::bare(error.code().into(), error.outcome(), &message)
        }
    }

    pub(crate) fn status(&self) -> linkwa_status {
        self.status
    }
}

fn message_of(error: &linkwa::Error) -> String {
    match error {
        linkwa::Error::InvalidConfig { .. } => spelled(&error.to_string()),
        _ => error
            .findings()
            .iter()
            .filter(|finding| finding.names_setting())
            .fold(error.to_string(), |text, finding| text.replace(finding.message(), &spelled(finding.message()))),
    }
}

/// Replaces the names of settings in a text by the functions of C.
pub(crate) fn spelled(text: &str) -> String {
    linkwa::spell_settings(text, |setting| {
        let name = match setting {
            "username" | "password" => "set_credentials",
            "headers" => "add_header",
            "event_report_gates" => "add_event_report_gate",
            "platform_id" | "platform_partner_id" => "set_platform",
            "timeout" => "set_timeout_ms",
            "connect_timeout" => "set_connect_timeout_ms",
            name => return format!("linkwa_config_set_{name}()"),
        };
        format!("linkwa_config_{name}()")
    })
}

/// Returns the kind of error: the status that the call returned. Returns LINKWA_OK for NULL, because then there is no
/// error, as in a linkwa_on_done function after an accepted send.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_code(error: Option<&linkwa_error>) -> linkwa_status {
    panic_boundary(|| error.map_or(linkwa_status::LINKWA_OK, |error| error.status))
}

/// Returns a message for people, one or more lines. The wording may change. It names paths, and never contains a
/// credential or a value of a callback. Returns NULL for NULL.
///
/// The text belongs to the error and lives as long as it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_message(error: Option<&linkwa_error>) -> Text<'_> {
    panic_boundary(|| text_or_null(error.map(|error| &error.message)))
}

/// Returns what is known about the message. Returns LINKWA_MESSAGE_NONE for a malformed callback, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_outcome(error: Option<&linkwa_error>) -> linkwa_outcome {
    panic_boundary(|| error.map_or(linkwa_outcome::LINKWA_MESSAGE_NONE, |error| error.outcome))
}

/// Returns what to do with the message: send it again later (after linkwa_error_retry_after_ms(), if that is not -1),
/// give up, or wait for its event report. Returns LINKWA_DISPOSITION_NONE for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_disposition(error: Option<&linkwa_error>) -> linkwa_disposition {
    panic_boundary(|| error.map_or(linkwa_disposition::LINKWA_DISPOSITION_NONE, |error| error.disposition))
}

/// Returns why the message was not sent, or why its outcome is unknown. Returns LINKWA_REASON_NONE for other errors,
/// and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_reason(error: Option<&linkwa_error>) -> linkwa_reason {
    panic_boundary(|| error.map_or(linkwa_reason::LINKWA_REASON_NONE, |error| error.reason))
}

/// Returns the reference of the request, whether you set it or the library made it. Event reports carry it. Returns
/// NULL if the request had none, and for NULL.
///
/// The text belongs to the error and lives as long as it; see linkwa_error_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_ref_id(error: Option<&linkwa_error>) -> Text<'_> {
    panic_boundary(|| text_or_null(error.and_then(|error| error.ref_id.as_ref())))
}

/// Returns the HTTP status of the gateway's answer. Returns 0 if there was no answer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_http_status(error: Option<&linkwa_error>) -> i32 {
    panic_boundary(|| error.and_then(|error| error.http_status).map_or(0, i32::from))
}

/// Returns whether the gateway's answer has a result code, and writes it to `code`, which may be NULL. Returns false
/// for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_result_code(error: Option<&linkwa_error>, code: Option<&mut MaybeUninit<i64>>) -> bool {
    panic_boundary(|| write_some(code, error.and_then(|error| error.result_code)))
}

/// Returns the gateway's description, which may repeat values of the request. Returns NULL if it sent none, and for
/// NULL.
///
/// The text belongs to the error and lives as long as it; see linkwa_error_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_description(error: Option<&linkwa_error>) -> Text<'_> {
    panic_boundary(|| text_or_null(error.and_then(|error| error.description.as_ref())))
}

/// Returns the gateway's description in another language. Returns NULL if it sent none, and for NULL.
///
/// The text belongs to the error and lives as long as it; see linkwa_error_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_translated_description(error: Option<&linkwa_error>) -> Text<'_> {
    panic_boundary(|| text_or_null(error.and_then(|error| error.translated_description.as_ref())))
}

/// Returns how long the gateway asked to wait (`Retry-After`), in milliseconds. Returns -1 if it did not, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_retry_after_ms(error: Option<&linkwa_error>) -> i64 {
    panic_boundary_or(-1, || {
        let wait = error.and_then(|error| error.retry_after);
        wait.map_or(-1, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    })
}

/// Returns the body of the gateway's answer (decompressed if it was gzip), at most 64 KiB, with a NUL behind it. Its
/// length is linkwa_error_response_body_len(). Returns NULL if there was no answer, and for NULL.
///
/// The bytes belong to the error and live as long as it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_response_body(error: Option<&linkwa_error>) -> Text<'_> {
    panic_boundary(|| text_or_null(error.and_then(|error| error.response_body.as_ref())))
}

/// Returns the length in bytes of linkwa_error_response_body(). Returns 0 if there was no answer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_response_body_len(error: Option<&linkwa_error>) -> usize {
    panic_boundary(|| error.and_then(|error| error.response_body.as_ref()).map_or(0, TextBuf::len))
}

/// Returns the path of the malformed part of a callback (LINKWA_INVALID_CALLBACK) in the names of the wire; empty for
/// the callback as a whole. Returns NULL for other errors, and for NULL.
///
/// The text belongs to the error and lives as long as it; see linkwa_error_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_path(error: Option<&linkwa_error>) -> Text<'_> {
    panic_boundary(|| text_or_null(error.and_then(|error| error.path.as_ref())))
}

/// Returns the byte offset, from 0, at which a callback is malformed (LINKWA_INVALID_CALLBACK). Returns -1 for other
/// errors, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_position(error: Option<&linkwa_error>) -> i64 {
    panic_boundary_or(-1, || {
        let position = error.and_then(|error| error.position);
        position.map_or(-1, |position| i64::try_from(position).unwrap_or(i64::MAX))
    })
}

/// Returns everything that validation found (LINKWA_INVALID_REQUEST), warnings included; an empty list for other
/// errors. Returns NULL for NULL.
///
/// The list belongs to the error and lives as long as it: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_findings(error: Option<&linkwa_error>) -> Option<&linkwa_findings> {
    panic_boundary(|| error.map(|error| &error.findings))
}

/// Returns the length in bytes of a text that this error returned, without the terminating NUL. It is more than
/// strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_text_len(error: Option<&linkwa_error>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let Some(error) = error else { return 0 };
        let optional =
            [&error.ref_id, &error.description, &error.translated_description, &error.response_body, &error.path];
        len_among(text, optional.into_iter().flatten().chain([&error.message]))
    })
}

/// Copies an error, to keep one that is not yours, such as a chunk's. Returns NULL for NULL, and after an internal
/// error.
///
/// The copy is yours; free it with linkwa_error_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_copy(error: Option<&linkwa_error>) -> Option<Box<linkwa_error>> {
    panic_boundary(|| error.cloned().and_then(into_raw))
}

/// Frees an error and everything that it returned. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_error_free(error: Option<Box<linkwa_error>>) {
    panic_boundary(|| drop(error));
}
