//! The gateway's answers: result codes, and answers that do not accept a request.

use std::fmt;
use std::time::Duration;

macro_rules! result_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $word:literal, $support:literal, $explanation:literal;)*) => {
        impl ResultCode {
            $($(#[$doc])* pub const $name: Self = Self($code);)*

            /// Every code with a name: those of version 1.4.1, and 112006 to 112008, which newer gateways send.
            pub const LISTED: &'static [Self] = &[$(Self::$name,)*];

            /// The code's name in `snake_case`; `None` for one that this library does not know.
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($word),)*
                    _ => None,
                }
            }

            /// An explanation for people.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => $explanation,)*
                    _ => "A code that this library does not know; the gateway may be newer.",
                }
            }

            /// Whether LINK asks you to contact its support about it.
            pub fn should_contact_support(self) -> bool {
                match self {
                    $(Self::$name => $support,)*
                    _ => false,
                }
            }
        }
    };
}

/// The gateway's result code for a message: a named code, or any other number.
///
/// ```
/// use linkwa::ResultCode;
///
/// assert_eq!(ResultCode::DELIVERED.number(), 112_003);
/// assert_eq!(ResultCode::from(112_009).name(), None); // newer than this library: kept as its number
/// assert!(ResultCode::INVALID_CONTACT.is_failure());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResultCode(i64);

result_codes! {
    /// 112000
    UNKNOWN_ERROR = 112_000, "unknown_error", true, "Something unexpected went wrong at the gateway.";
    /// 112001
    QUEUED = 112_001, "queued", false, "The gateway has accepted the message and will send it.";
    /// 112002
    SENT = 112_002, "sent", false, "The message is on its way to the recipient.";
    /// 112003
    DELIVERED = 112_003, "delivered", false, "The message is on the recipient's device.";
    /// 112004
    OK = 112_004, "ok", false, "All is well.";
    /// 112005
    RECEIVED = 112_005, "received", false, "The message has arrived.";
    /// 112006. Not in version 1.4.1 of LINK's document.
    SENT_BY_WHATSAPP = 112_006, "sent_by_whatsapp", false, "WhatsApp has sent the message to the recipient. (Not in version 1.4.1 of LINK's document.)";
    /// 112007. Not in version 1.4.1 of LINK's document.
    READ = 112_007, "read", false, "The recipient has read the message. (Not in version 1.4.1 of LINK's document.)";
    /// 112008. Not in version 1.4.1 of LINK's document.
    DELETED = 112_008, "deleted", false, "The message was delivered, and deleted later. (Not in version 1.4.1 of LINK's document.)";
    /// 112400
    UNAUTHORIZED = 112_400, "unauthorized", true, "The account is not authorised: check username and password.";
    /// 112401
    NO_ACCESS = 112_401, "no_access", true, "The account has no access to this: check platform ids and source.";
    /// 112402
    BAD_REQUEST = 112_402, "bad_request", false, "The gateway could not use the request as it was written.";
    /// 112403
    NOT_DELIVERED = 112_403, "not_delivered", false, "The message did not reach the recipient.";
    /// 112404
    INVALID_CONTACT = 112_404, "invalid_contact", false, "The destination is no number that WhatsApp knows.";
    /// 112405
    FAILED_AUTHENTICATION = 112_405, "failed_authentication", true, "The gateway could not authenticate itself at WhatsApp.";
    /// 112406
    FAILED_WA_REQUEST = 112_406, "failed_wa_request", true, "WhatsApp refused the gateway's request.";
    /// 112500
    SERVER_ERROR = 112_500, "server_error", true, "The gateway had an error of its own.";
}

impl ResultCode {
    /// The number.
    pub fn number(self) -> i64 {
        self.0
    }

    /// One of 112001 to 112008.
    pub fn is_success(self) -> bool {
        self.is_acceptance() || self.is_newer()
    }

    /// 112000, 112500, or a listed 1124xx.
    pub fn is_failure(self) -> bool {
        self.name().is_some() && !self.is_success()
    }

    /// Whether the status is final: the message was delivered (and perhaps read or deleted), or it failed.
    ///
    /// The code alone does not say what a report is about. A failed report without a message id is final for its request
    /// only if its `message_type` is `request`; with another type it proves nothing. [`StatusTracker::resolve`] applies
    /// this.
    ///
    /// [`StatusTracker::resolve`]: crate::StatusTracker::resolve
    pub fn is_final(self) -> bool {
        matches!(self, Self::DELIVERED | Self::READ | Self::DELETED) || self.is_failure()
    }

    /// Whether version 1.4.1 lists it as a success: an answer with it accepts the request.
    pub(crate) fn is_acceptance(self) -> bool {
        (Self::QUEUED..=Self::RECEIVED).contains(&self)
    }

    /// Whether it has a name, but not in version 1.4.1.
    pub(crate) fn is_newer(self) -> bool {
        (Self::SENT_BY_WHATSAPP..=Self::DELETED).contains(&self)
    }

    /// Whether it is a listed 1124xx: the gateway refused the message.
    pub(crate) fn is_refusal(self) -> bool {
        self.is_failure() && (Self::UNAUTHORIZED..=Self::FAILED_WA_REQUEST).contains(&self)
    }
}

impl From<i64> for ResultCode {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

/// The number, with the name where it has one: `112003 (delivered)`.
impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// The gateway's answer to a request that it does not accept. Each part may be missing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ErrorResponse {
    pub(crate) result_code: Option<ResultCode>,
    pub(crate) description: Option<String>,
    pub(crate) translated_description: Option<String>,
}

impl ErrorResponse {
    /// A response that was stored.
    pub(crate) fn stored(
        result_code: Option<ResultCode>,
        description: Option<String>,
        translated_description: Option<String>,
    ) -> Self {
        Self { result_code, description, translated_description }
    }

    /// The result code.
    pub fn result_code(&self) -> Option<ResultCode> {
        self.result_code
    }

    /// The gateway's description, which may repeat values of the request.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The gateway's description in another language.
    pub fn translated_description(&self) -> Option<&str> {
        self.translated_description.as_deref()
    }
}

/// The descriptions may repeat a phone number, so they are not printed by default.
impl fmt::Debug for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorResponse").field("result_code", &self.result_code).finish_non_exhaustive()
    }
}

/// An answer that does not accept the request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    pub(crate) response: ErrorResponse,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("http_status", &self.http_status)
            .field("response", &self.response)
            .field("retry_after", &self.retry_after)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.http_status)?;
        if let Some(code) = self.response.result_code() {
            write!(f, ", result code {code}")?;
        }
        if let Some(wait) = self.retry_after {
            write!(f, ", retry after {} s", wait.as_secs())?;
        }
        Ok(())
    }
}
