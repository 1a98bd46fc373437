//! The enums of C, and their words.

use linkwa::{Disposition, ErrorCode, Outcome, Reason, Severity};

use crate::arg::Text;
use crate::panic::{OnPanic, panic_boundary};

/// An enum value from C, which may be any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct StatusNumber(u32);

/// As [`StatusNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct OutcomeNumber(u32);

/// As [`StatusNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct DispositionNumber(u32);

/// As [`StatusNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ReasonNumber(u32);

/// As [`StatusNumber`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct SeverityNumber(u32);

/// The status of a call. The numbers are fixed and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_status {
    /// Success.
    LINKWA_OK = 0,
    /// A client that cannot work: an unknown region, plain http:// to another machine, a line break in a credential.
    /// Also an invalid stored checkpoint or tracker.
    LINKWA_INVALID_CONFIG = 1,
    /// An invalid argument: NULL where it is not allowed, a text that is not UTF-8, a number that is not in the enum.
    /// Nothing was done.
    LINKWA_INVALID_ARGUMENT = 2,
    /// Validation found errors; nothing was sent. See linkwa_error_findings().
    LINKWA_INVALID_REQUEST = 3,
    /// The gateway refused the message.
    LINKWA_REJECTED = 4,
    /// No byte of the message left this machine, and none will: you may send it again. See linkwa_error_reason().
    LINKWA_NOT_SENT = 5,
    /// The message may have been accepted. Do not send it again: look for the event report of its refId.
    LINKWA_OUTCOME_UNKNOWN = 6,
    /// A malformed callback. See linkwa_error_path() and linkwa_error_position().
    LINKWA_INVALID_CALLBACK = 7,
    /// A bug of this library, caught; the program can go on. See linkwa_error_outcome().
    LINKWA_INTERNAL = 8,
}

/// What is known about a message whose send failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_outcome {
    /// There is no message: the error is about a malformed callback, or there is no error.
    LINKWA_MESSAGE_NONE = 0,
    /// The gateway refused it.
    LINKWA_MESSAGE_REJECTED = 1,
    /// No byte of it left this machine, and none will. Also the outcome of errors before any send, such as those of
    /// making a client.
    LINKWA_MESSAGE_NOT_SENT = 2,
    /// It may have been accepted. Do not send it again: look for the event report of its refId.
    LINKWA_MESSAGE_UNKNOWN = 3,
}

/// What to do with a message whose send failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_disposition {
    /// There is no error.
    LINKWA_DISPOSITION_NONE = 0,
    /// Send it again later: it was not sent, or the gateway answered HTTP 429. Also after your program cancelled the
    /// send before any byte left.
    LINKWA_DISPOSITION_RETRY = 1,
    /// Do not send it again unchanged: the request, an argument or the configuration is invalid, the gateway refused
    /// it, or the client is closed.
    LINKWA_DISPOSITION_FAIL = 2,
    /// Do not send it again: it may have been accepted. Wait for the event report of its refId.
    LINKWA_DISPOSITION_PARK = 3,
}

/// Why a message was not sent, or why its outcome is unknown. With LINKWA_REASON_CONNECTION_LOST,
/// LINKWA_REASON_INVALID_RESPONSE, LINKWA_REASON_SERVER_ERROR and LINKWA_REASON_IN_DOUBT the outcome is unknown; with
/// LINKWA_REASON_DEADLINE and LINKWA_REASON_CANCELLED it is one or the other; with all others the message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_reason {
    /// The error has no reason.
    LINKWA_REASON_NONE = 0,
    /// The host name could not be resolved.
    LINKWA_REASON_DNS = 1,
    /// No connection to the gateway could be made, or it broke before the message left.
    LINKWA_REASON_CONNECT = 2,
    /// The gateway's certificate was not accepted, or the TLS handshake failed.
    LINKWA_REASON_TLS = 3,
    /// The proxy refused, or could not be reached.
    LINKWA_REASON_PROXY = 4,
    /// The timeout ended.
    LINKWA_REASON_DEADLINE = 5,
    /// The caller cancelled the send.
    LINKWA_REASON_CANCELLED = 6,
    /// Too many sends are waiting.
    LINKWA_REASON_QUEUE_FULL = 7,
    /// The client is closed.
    LINKWA_REASON_CLOSED = 8,
    /// The connection broke after bytes of the message had left.
    LINKWA_REASON_CONNECTION_LOST = 9,
    /// The gateway's answer could not be read.
    LINKWA_REASON_INVALID_RESPONSE = 10,
    /// The gateway answered with a server error.
    LINKWA_REASON_SERVER_ERROR = 11,
    /// The database of an outbox cannot be used. C has no outbox yet.
    LINKWA_REASON_STORE = 12,
    /// An earlier send of this `refId` was begun, and its outcome is not known. C has no outbox yet.
    LINKWA_REASON_IN_DOUBT = 13,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_severity {
    /// There is no such finding.
    LINKWA_SEVERITY_NONE = 0,
    /// The request is not sent.
    LINKWA_SEVERITY_ERROR = 1,
    /// The request is sent, unless the client is strict.
    LINKWA_SEVERITY_WARNING = 2,
}

/// Gives each number of an enum its word; the first number means that the value is absent.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal,)* }) => {
        impl $name {
            pub(crate) const WORDS: &[(Self, Text<'static>)] = &[$((Self::$variant, Text::new($word)),)*];

            /// The word for a number; NULL for an unknown number.
            pub(crate) fn word(number: u32) -> Text<'static> {
                let found = Self::WORDS.iter().find(|(value, _)| *value as u32 == number);
                found.map_or(Text::NULL, |(_, word)| *word)
            }
        }
    };
}

pub(crate) use words;

words! {
    linkwa_status {
        LINKWA_OK = c"ok",
        LINKWA_INVALID_CONFIG = c"invalid_config",
        LINKWA_INVALID_ARGUMENT = c"invalid_argument",
        LINKWA_INVALID_REQUEST = c"invalid_request",
        LINKWA_REJECTED = c"rejected",
        LINKWA_NOT_SENT = c"not_sent",
        LINKWA_OUTCOME_UNKNOWN = c"outcome_unknown",
        LINKWA_INVALID_CALLBACK = c"invalid_callback",
        LINKWA_INTERNAL = c"internal",
    }
}

words! {
    linkwa_outcome {
        LINKWA_MESSAGE_NONE = c"none",
        LINKWA_MESSAGE_REJECTED = c"rejected",
        LINKWA_MESSAGE_NOT_SENT = c"not_sent",
        LINKWA_MESSAGE_UNKNOWN = c"unknown",
    }
}

words! {
    linkwa_disposition {
        LINKWA_DISPOSITION_NONE = c"none",
        LINKWA_DISPOSITION_RETRY = c"retry",
        LINKWA_DISPOSITION_FAIL = c"fail",
        LINKWA_DISPOSITION_PARK = c"park",
    }
}

words! {
    linkwa_reason {
        LINKWA_REASON_NONE = c"none",
        LINKWA_REASON_DNS = c"dns",
        LINKWA_REASON_CONNECT = c"connect",
        LINKWA_REASON_TLS = c"tls",
        LINKWA_REASON_PROXY = c"proxy",
        LINKWA_REASON_DEADLINE = c"deadline",
        LINKWA_REASON_CANCELLED = c"cancelled",
        LINKWA_REASON_QUEUE_FULL = c"queue_full",
        LINKWA_REASON_CLOSED = c"closed",
        LINKWA_REASON_CONNECTION_LOST = c"connection_lost",
        LINKWA_REASON_INVALID_RESPONSE = c"invalid_response",
        LINKWA_REASON_SERVER_ERROR = c"server_error",
        LINKWA_REASON_STORE = c"store",
        LINKWA_REASON_IN_DOUBT = c"in_doubt",
    }
}

words! {
    linkwa_severity {
        LINKWA_SEVERITY_NONE = c"none",
        LINKWA_SEVERITY_ERROR = c"error",
        LINKWA_SEVERITY_WARNING = c"warning",
    }
}

impl OnPanic for linkwa_outcome {
    const ON_PANIC: Self = Self::LINKWA_MESSAGE_NONE;
}

impl OnPanic for linkwa_disposition {
    const ON_PANIC: Self = Self::LINKWA_DISPOSITION_NONE;
}

impl OnPanic for linkwa_reason {
    const ON_PANIC: Self = Self::LINKWA_REASON_NONE;
}

impl OnPanic for linkwa_severity {
    const ON_PANIC: Self = Self::LINKWA_SEVERITY_NONE;
}

impl From<ErrorCode> for linkwa_status {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidConfig => Self::LINKWA_INVALID_CONFIG,
            ErrorCode::InvalidRequest => Self::LINKWA_INVALID_REQUEST,
            ErrorCode::Rejected => Self::LINKWA_REJECTED,
            ErrorCode::NotSent => Self::LINKWA_NOT_SENT,
            ErrorCode::OutcomeUnknown => Self::LINKWA_OUTCOME_UNKNOWN,
            ErrorCode::InvalidCallback => Self::LINKWA_INVALID_CALLBACK,
            // Only `Internal` is left: see the assertion.
            _ => Self::LINKWA_INTERNAL,
        }
    }
}

const _: () = assert!(linkwa_status::WORDS.len() == ErrorCode::ALL.len() + 2, "an error code has no number in C");

impl From<Option<Outcome>> for linkwa_outcome {
    fn from(outcome: Option<Outcome>) -> Self {
        match outcome {
            None => Self::LINKWA_MESSAGE_NONE,
            Some(Outcome::Rejected) => Self::LINKWA_MESSAGE_REJECTED,
            Some(Outcome::NotSent) => Self::LINKWA_MESSAGE_NOT_SENT,
            // Only `Unknown` is left: see the assertion.
            Some(_) => Self::LINKWA_MESSAGE_UNKNOWN,
        }
    }
}

const _: () = assert!(linkwa_outcome::WORDS.len() == Outcome::ALL.len() + 1, "an outcome has no number in C");

impl From<Disposition> for linkwa_disposition {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Retry => Self::LINKWA_DISPOSITION_RETRY,
            Disposition::Fail => Self::LINKWA_DISPOSITION_FAIL,
            // Only `Park` is left: see the assertion.
            _ => Self::LINKWA_DISPOSITION_PARK,
        }
    }
}

const _: () =
    assert!(linkwa_disposition::WORDS.len() == Disposition::ALL.len() + 1, "a disposition has no number in C");

impl From<Option<Reason>> for linkwa_reason {
    fn from(reason: Option<Reason>) -> Self {
        match reason {
            Some(Reason::Dns) => Self::LINKWA_REASON_DNS,
            Some(Reason::Connect) => Self::LINKWA_REASON_CONNECT,
            Some(Reason::Tls) => Self::LINKWA_REASON_TLS,
            Some(Reason::Proxy) => Self::LINKWA_REASON_PROXY,
            Some(Reason::Deadline) => Self::LINKWA_REASON_DEADLINE,
            Some(Reason::Cancelled) => Self::LINKWA_REASON_CANCELLED,
            Some(Reason::QueueFull) => Self::LINKWA_REASON_QUEUE_FULL,
            Some(Reason::Closed) => Self::LINKWA_REASON_CLOSED,
            Some(Reason::ConnectionLost) => Self::LINKWA_REASON_CONNECTION_LOST,
            Some(Reason::InvalidResponse) => Self::LINKWA_REASON_INVALID_RESPONSE,
            Some(Reason::ServerError) => Self::LINKWA_REASON_SERVER_ERROR,
            Some(Reason::Store) => Self::LINKWA_REASON_STORE,
            Some(Reason::InDoubt) => Self::LINKWA_REASON_IN_DOUBT,
            // Only `None` is left: see the assertion.
            _ => Self::LINKWA_REASON_NONE,
        }
    }
}

const _: () = assert!(linkwa_reason::WORDS.len() == Reason::ALL.len() + 1, "a reason has no number in C");

impl From<Severity> for linkwa_severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::LINKWA_SEVERITY_ERROR,
            Severity::Warning => Self::LINKWA_SEVERITY_WARNING,
        }
    }
}

/// Returns the word for a status, the same in every language: "ok", "outcome_unknown". Returns NULL for an unknown
/// number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_name(status: StatusNumber) -> Text<'static> {
    panic_boundary(|| linkwa_status::word(status.0))
}

/// Returns the word for an outcome: "none", "rejected", "not_sent", "unknown". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_outcome_name(outcome: OutcomeNumber) -> Text<'static> {
    panic_boundary(|| linkwa_outcome::word(outcome.0))
}

/// Returns the word for a disposition: "none", "retry", "fail", "park". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_disposition_name(disposition: DispositionNumber) -> Text<'static> {
    panic_boundary(|| linkwa_disposition::word(disposition.0))
}

/// Returns the word for a reason: "none", "dns", "queue_full". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_reason_name(reason: ReasonNumber) -> Text<'static> {
    panic_boundary(|| linkwa_reason::word(reason.0))
}

/// Returns the word for a severity: "none", "error", "warning". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_severity_name(severity: SeverityNumber) -> Text<'static> {
    panic_boundary(|| linkwa_severity::word(severity.0))
}

#[cfg(test)]
mod tests {
    use linkwa::{Ending, EventKind, Phase, Refusal, Resolution, Status};

    use super::*;
    use crate::callback_guard::linkwa_refusal;
    use crate::observer::{linkwa_ending, linkwa_observed, linkwa_phase};
    use crate::report::linkwa_event_status;
    use crate::tracker::linkwa_resolution;

    /// Each value of core has its own number, with core's word. A value of core without one would get the number of the
    /// match's last arm, whose word differs.
    macro_rules! each_has_its_own_number {
        ($($core:ident => $c:ident, $number:expr;)*) => {
            $(for value in $core::ALL {
                let word = $c::word($number(*value) as u32).get("word").ok();
                assert_eq!(word, Some(value.as_str()), "{value:?}");
            })*
        };
    }

    #[test]
    fn each_value_of_core_has_its_own_number_with_the_same_word() {
        each_has_its_own_number! {
            ErrorCode => linkwa_status, linkwa_status::from;
            Outcome => linkwa_outcome, |outcome| linkwa_outcome::from(Some(outcome));
            Disposition => linkwa_disposition, linkwa_disposition::from;
            Reason => linkwa_reason, |reason| linkwa_reason::from(Some(reason));
            Status => linkwa_event_status, linkwa_event_status::from;
            Refusal => linkwa_refusal, linkwa_refusal::from;
            Resolution => linkwa_resolution, linkwa_resolution::from;
            EventKind => linkwa_observed, linkwa_observed::from;
            Phase => linkwa_phase, linkwa_phase::from;
            Ending => linkwa_ending, linkwa_ending::from;
        }
        for severity in [Severity::Error, Severity::Warning] {
            let word = linkwa_severity::word(linkwa_severity::from(severity) as u32).get("word").ok();
            assert_eq!(word, Some(severity.as_str()));
        }
    }
}
