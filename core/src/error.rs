//! Errors: one enum, one code each, with everything that is known about the message.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::answer::{Answer, ErrorResponse, ResultCode};
use crate::finding::{Finding, FindingCode, Path};
use crate::words::words;

/// An error, and what it means for the message.
///
/// Every variant has a stable [`code`](Self::code), and every failed send an [`outcome`](Self::outcome):
///
/// ```
/// use linkwa::{Error, Outcome};
///
/// # fn store_for_reconciliation(_: Option<&str>) {}
/// fn what_now(error: &Error) {
///     match error.outcome() {
///         Some(Outcome::NotSent) => { /* nothing left this machine: safe to send again */ }
///         Some(Outcome::Rejected) => { /* the gateway refused it: fix the request first */ }
///         // It may have been accepted: do not send again, wait for the event report of this refId.
///         Some(Outcome::Unknown) => store_for_reconciliation(error.ref_id()),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A client that cannot work: an unknown region, `http://` to a remote host, a line break in a credential.
    #[error("invalid configuration: {message}")]
    #[non_exhaustive]
    InvalidConfig {
        /// What is wrong, without secret values.
        message: String,
    },
    /// Validation found errors; nothing was sent.
    #[error(transparent)]
    InvalidRequest(Box<InvalidRequest>),
    /// The gateway refused the message.
    #[error("{0}")]
    Rejected(Box<Rejected>),
    /// No byte of the message left this machine, and none will.
    #[error(transparent)]
    NotSent(Box<NotSent>),
    /// The message may have been accepted. Do not send it again before its `refId` is reconciled with event reports.
    #[error("{0}")]
    OutcomeUnknown(Box<OutcomeUnknown>),
    /// A malformed callback.
    #[error("{0}")]
    InvalidCallback(Box<InvalidCallback>),
    /// A bug of this library.
    #[error("internal error of linkwa: {message}")]
    #[non_exhaustive]
    Internal {
        /// What failed.
        message: String,
        /// What is known about the message, if one was being sent.
        outcome: Option<Outcome>,
        /// The message's reference, if it had one.
        ref_id: Option<String>,
    },
}

words! {
    /// The code word of an [`Error`], the same in every language.
    pub enum ErrorCode {
        /// The client cannot work with its configuration, such as an unknown region or a missing password. Nothing was
        /// sent. The error names each setting that is missing or invalid.
        InvalidConfig = "invalid_config",
        /// Validation found errors in the request. Nothing was sent. The findings have the path and code of each.
        InvalidRequest = "invalid_request",
        /// The gateway refused the message. HTTP status and result code say why.
        Rejected = "rejected",
        /// No byte of the message left this machine, and none will. The reason says why. It is safe to send it again.
        NotSent = "not_sent",
        /// The message may have been accepted. Do not send it again before you have looked for the event report of its
        /// `refId`.
        OutcomeUnknown = "outcome_unknown",
        /// A text that is no callback of the gateway, or a malformed one. The path and the byte say where.
        InvalidCallback = "invalid_callback",
        /// A bug of this library.
        Internal = "internal",
    }
}

impl ErrorCode {
    /// The code for this word. An unknown word becomes `internal`.
    fn of(word: &str) -> Self {
        Self::ALL.iter().copied().find(|code| code.as_str() == word).unwrap_or(Self::Internal)
    }

    /// The outcome of an error of this code without further information.
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::InvalidConfig | Self::InvalidRequest | Self::NotSent => Some(Outcome::NotSent),
            Self::Rejected => Some(Outcome::Rejected),
            Self::OutcomeUnknown | Self::Internal => Some(Outcome::Unknown),
            Self::InvalidCallback => None,
        }
    }

    /// The disposition of an error without further information.
    fn disposition(self, outcome: Option<Outcome>) -> Disposition {
        match (self, outcome) {
            (_, Some(Outcome::Unknown)) | (Self::OutcomeUnknown, _) => Disposition::Park,
            (Self::Internal, outcome) if outcome != Some(Outcome::NotSent) => Disposition::Park,
            (Self::NotSent, _) => Disposition::Retry,
            _ => Disposition::Fail,
        }
    }
}

/// The outcome and disposition of an error that a program makes from its code, and its outcome if it has one: for
/// errors in other languages.
#[must_use]
pub fn error_defaults(code: &str, outcome: Option<&str>) -> (Option<Outcome>, Disposition) {
    let code = ErrorCode::of(code);
    let given = outcome.and_then(|word| Outcome::ALL.iter().copied().find(|outcome| outcome.as_str() == word));
    let outcome = given.or_else(|| code.outcome());
    (outcome, code.disposition(outcome))
}

words! {
    /// What is known about a message whose send failed.
    pub enum Outcome {
        /// The gateway refused it.
        Rejected = "rejected",
        /// No byte of the request body left, and none will.
        NotSent = "not_sent",
        /// It may have been accepted: reconcile by `refId` through event reports.
        Unknown = "unknown",
    }
}

words! {
    /// What to do with a message whose send failed, for job queues and other code that decides without a person.
    ///
    /// See [`Error::disposition`].
    pub enum Disposition {
        /// Send it again later, after [`Error::retry_after`] if the gateway asked for a pause. It cannot arrive twice.
        Retry = "retry",
        /// Do not send it again unchanged: it would fail again.
        Fail = "fail",
        /// Do not send it again: it may have been accepted. Wait for the event report of its `refId`. A request to another
        /// resource has none: look at the resource first.
        Park = "park",
    }
}

words! {
    /// Why a message was not sent, or why its outcome is unknown.
    pub enum Reason {
        /// The host name could not be resolved.
        Dns = "dns",
        /// No connection to the gateway could be made, or it broke before the message left.
        Connect = "connect",
        /// The gateway's certificate was not accepted, or the TLS handshake failed.
        Tls = "tls",
        /// The proxy refused, or could not be reached.
        Proxy = "proxy",
        /// The timeout ended.
        Deadline = "deadline",
        /// The caller cancelled the send.
        Cancelled = "cancelled",
        /// Too many sends are waiting.
        QueueFull = "queue_full",
        /// The client is closed.
        Closed = "closed",
        /// The connection broke after bytes of the message had left.
        ConnectionLost = "connection_lost",
        /// The gateway's answer could not be read.
        InvalidResponse = "invalid_response",
        /// The gateway answered with a server error.
        ServerError = "server_error",
        /// The outbox's database cannot be used.
        Store = "store",
        /// An earlier send of this `refId` was begun, and its outcome is not known; nothing was sent now.
        InDoubt = "in_doubt",
    }
}

/// See [`Error::InvalidRequest`].
#[derive(Clone, Debug)]
pub struct InvalidRequest {
    pub(crate) findings: Vec<Finding>,
    pub(crate) ref_id: Option<String>,
    pub(crate) cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// See [`Error::Rejected`].
#[derive(Clone, Debug)]
pub struct Rejected {
    pub(crate) answer: Answer,
    pub(crate) ref_id: String,
}

/// See [`Error::NotSent`].
#[derive(Clone, Debug)]
pub struct NotSent {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
    pub(crate) ref_id: String,
    /// Of the reason `store`: what the driver said.
    pub(crate) cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// See [`Error::OutcomeUnknown`].
#[derive(Clone, Debug)]
pub struct OutcomeUnknown {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
    pub(crate) answer: Option<Answer>,
    pub(crate) ref_id: String,
}

/// See [`Error::InvalidCallback`].
#[derive(Clone, Debug)]
pub struct InvalidCallback {
    pub(crate) path: String,
    pub(crate) position: usize,
    pub(crate) message: &'static str,
}

/// The detail of a send for which the system refused a thread.
pub(crate) const NO_THREAD: &str = "the system gives no thread to send on";

impl InvalidRequest {
    /// Everything that validation found, warnings included, in the order of the request.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The number of findings that are printed; [`findings`](Self::findings) has all of them.
        const SHOWN: usize = 50;
        let errors = self.findings.iter().filter(|finding| finding.is_error()).count();
        write!(f, "the request is invalid ({errors} error{})", if errors == 1 { "" } else { "s" })?;
        for finding in self.findings.iter().take(SHOWN) {
            write!(f, "\n  {}: {finding}", finding.severity())?;
        }
        match self.findings.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  … and {more} more"),
        }
    }
}

impl StdError for InvalidRequest {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the gateway rejected the message: {}{}", self.answer, Reference(&self.ref_id))
    }
}

impl NotSent {
    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }
}

impl StdError for NotSent {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not sent ({}): {}{}", self.reason, self.detail, Reference(&self.ref_id))
    }
}

impl OutcomeUnknown {
    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }
}

impl fmt::Display for OutcomeUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without a reference no event report can be looked for: a raw request, or one to another resource.
        let has_reference = !self.ref_id.is_empty();
        let subject = if has_reference { "message" } else { "request" };
        write!(f, "the {subject} may have been accepted ({}): {}", self.reason, self.detail)?;
        if let Some(answer) = &self.answer {
            write!(f, "; {answer}")?;
        }
        let condition = if has_reference { "look for its event report" } else { "make sure that it was not" };
        write!(f, "; {condition} before you send it again{}", Reference(&self.ref_id))
    }
}

/// The end of a sentence, if there is a reference.
struct Reference<'a>(&'a str);

impl fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " (refId {})", self.0.escape_debug()) }
    }
}

impl InvalidCallback {
    /// The path of the malformed part in the names of the wire; empty for the callback as a whole. Invisible characters
    /// in a name of the callback are escaped.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The byte offset at which it is malformed, from 0.
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for InvalidCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = if self.path.is_empty() { "" } else { ", " };
        write!(f, "invalid callback: {}{comma}byte {}: {}", self.path, self.position, self.message)
    }
}

impl Error {
    /// The kind of error. Codes are stable; base decisions on them.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidConfig { .. } => ErrorCode::InvalidConfig,
            Self::InvalidRequest(_) => ErrorCode::InvalidRequest,
            Self::Rejected(_) => ErrorCode::Rejected,
            Self::NotSent(_) => ErrorCode::NotSent,
            Self::OutcomeUnknown(_) => ErrorCode::OutcomeUnknown,
            Self::InvalidCallback(_) => ErrorCode::InvalidCallback,
            Self::Internal { .. } => ErrorCode::Internal,
        }
    }

    /// What is known about the message; `None` if no message was being sent.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Internal { outcome, .. } => *outcome,
            _ => self.code().outcome(),
        }
    }

    /// What to do with the message: the decision of a job queue, the same for every program.
    ///
    /// - [`Retry`](Disposition::Retry): the message was not sent, or the gateway answered HTTP 429. Also a send that
    ///   was cancelled before it left: your program decides whether it is still wanted.
    /// - [`Fail`](Disposition::Fail): the request or the configuration is invalid, the gateway rejected the message, or
    ///   the client is closed. Also a malformed callback, and a bug of this library before anything left.
    /// - [`Park`](Disposition::Park): the message may have been accepted, also after HTTP 503.
    ///
    /// ```
    /// use linkwa::{Disposition, Error};
    ///
    /// # fn again_after(_: Option<std::time::Duration>) {}
    /// # fn give_up(_: &Error) {}
    /// # fn wait_for_report_of(_: Option<&str>) {}
    /// fn finish_job(error: &Error) {
    ///     match error.disposition() {
    ///         Disposition::Retry => again_after(error.retry_after()),
    ///         Disposition::Park => wait_for_report_of(error.ref_id()),
    ///         _ => give_up(error),
    ///     }
    /// }
    /// ```
    pub fn disposition(&self) -> Disposition {
        const TOO_MANY_REQUESTS: u16 = 429;
        match self {
            Self::NotSent(error) if error.reason == Reason::Closed => Disposition::Fail,
            Self::Rejected(error) if error.answer.http_status == TOO_MANY_REQUESTS => Disposition::Retry,
            _ => self.code().disposition(self.outcome()),
        }
    }

    /// Why the message was not sent, or why its outcome is unknown.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::NotSent(error) => Some(error.reason),
            Self::OutcomeUnknown(error) => Some(error.reason),
            _ => None,
        }
    }

    /// The message's reference, whether you set it or the library made it.
    pub fn ref_id(&self) -> Option<&str> {
        let ref_id = match self {
            Self::InvalidRequest(error) => error.ref_id.as_deref(),
            Self::Rejected(error) => Some(&*error.ref_id),
            Self::NotSent(error) => Some(&*error.ref_id),
            Self::OutcomeUnknown(error) => Some(&*error.ref_id),
            Self::Internal { ref_id, .. } => ref_id.as_deref(),
            Self::InvalidConfig { .. } | Self::InvalidCallback(_) => None,
        };
        // A raw request may have no reference.
        ref_id.filter(|ref_id| !ref_id.is_empty())
    }

    fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Rejected(error) => Some(&error.answer),
            Self::OutcomeUnknown(error) => error.answer.as_ref(),
            _ => None,
        }
    }

    /// The status of the gateway's answer, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.http_status)
    }

    /// The gateway's answer, as far as it can be read; `None` if there was no answer.
    pub fn response(&self) -> Option<&ErrorResponse> {
        self.answer().map(|answer| &answer.response)
    }

    /// The result code of the gateway's answer, if it had one.
    pub fn result_code(&self) -> Option<ResultCode> {
        self.response()?.result_code()
    }

    /// The gateway's description, which may repeat values of the request.
    pub fn description(&self) -> Option<&str> {
        self.response()?.description()
    }

    /// The gateway's description in another language, if it sent one.
    pub fn translated_description(&self) -> Option<&str> {
        self.response()?.translated_description()
    }

    /// How long the gateway asked to wait (`Retry-After`), if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        self.answer()?.retry_after
    }

    /// The body of the gateway's answer, at most 64 KiB, decompressed if it was gzip.
    pub fn response_body(&self) -> Option<&[u8]> {
        self.answer().map(|answer| &*answer.body)
    }

    /// What validation found; empty for other errors.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::InvalidRequest(error) => &error.findings,
            _ => &[],
        }
    }

    /// The error of a send that was cancelled before it began, for wrappers of the client that check a cancellation of
    /// their own first. An empty reference counts as absent.
    ///
    /// ```
    /// use linkwa::{Error, Outcome, Reason};
    ///
    /// let error = Error::cancelled_before("order-17");
    /// assert_eq!((error.outcome(), error.reason()), (Some(Outcome::NotSent), Some(Reason::Cancelled)));
    /// assert_eq!(error.ref_id(), Some("order-17"));
    /// ```
    pub fn cancelled_before(ref_id: impl Into<String>) -> Self {
        let detail = "cancelled before the send was begun".to_owned();
        Self::NotSent(Box::new(NotSent { reason: Reason::Cancelled, detail, ref_id: ref_id.into(), cause: None }))
    }

    /// The error of an outbox's run that its caller cancelled. It may be repeated, because an outbox sends nothing again that may
    /// have been accepted.
    #[doc(hidden)]
    pub fn outbox_run_cancelled() -> Self {
        Self::run_cancelled("", true)
    }

    /// The error of a run that its caller cancelled. `not_sent` only if the whole run may be repeated.
    pub(crate) fn run_cancelled(ref_id: impl Into<String>, may_repeat: bool) -> Self {
        let (reason, ref_id) = (Reason::Cancelled, ref_id.into());
        let detail = "the run was cancelled; what its results do not name was not begun".to_owned();
        if may_repeat {
            return Self::NotSent(Box::new(NotSent { reason, detail, ref_id, cause: None }));
        }
        Self::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id }))
    }

    /// The error of a destination for which a message function made nothing that can be sent; for
    /// [`Polled::Failed`](crate::Polled::Failed). The cause is its [`source`](std::error::Error::source).
    ///
    /// ```
    /// use std::error::Error as _;
    ///
    /// let error = linkwa::Error::message_function_failed("no template for this language");
    /// assert_eq!((error.code().as_str(), error.findings()[0].path()), ("invalid_request", "messages"));
    /// assert_eq!(error.source().map(|cause| cause.to_string()).as_deref(), Some("no template for this language"));
    /// ```
    pub fn message_function_failed(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let root = Path::root(None);
        let message = "the message function made no message that can be sent; the cause says why";
        let finding = Finding::new(&root.field("messages"), FindingCode::Required, message);
        let cause = Some(Arc::from(cause.into()));
        Self::InvalidRequest(Box::new(InvalidRequest { findings: vec![finding], ref_id: None, cause }))
    }

    /// The error of an item among the destinations of a run that is not a string; for
    /// [`Polled::Failed`](crate::Polled::Failed). It contains the item's index, from 0, and the name of its type, but
    /// not its value, which may be a phone number.
    ///
    /// ```
    /// let error = linkwa::Error::invalid_destination(17, "a number");
    /// let finding = &error.findings()[0];
    /// assert_eq!((finding.path(), finding.code().as_str()), ("destinations[0]", "wrong_type"));
    /// assert!(finding.message().contains("17"));
    /// ```
    pub fn invalid_destination(position: u64, found: &str) -> Self {
        let root = Path::root(None);
        let destinations = root.field("destinations");
        let message = format!("must be a string, not {found}; it is item {position} of the run's destinations");
        let finding = destinations.items().next().map(|path| Finding::new(&path, FindingCode::WrongType, message));
        Self::invalid_request(finding.into_iter().collect(), None)
    }

    /// Adds this reference, if it is an invalid request without one.
    pub(crate) fn with_ref_id(mut self, ref_id: String) -> Self {
        if let Self::InvalidRequest(error) = &mut self {
            error.ref_id.get_or_insert(ref_id);
        }
        self
    }

    /// Whether the system refused a thread to send on.
    pub(crate) fn is_for_want_of_threads(&self) -> bool {
        matches!(self, Self::NotSent(error) if error.detail == NO_THREAD)
    }

    /// A configuration that does not work.
    #[doc(hidden)]
    pub fn invalid_config(message: impl Into<String>) -> Self {
        Self::InvalidConfig { message: message.into() }
    }

    pub(crate) fn invalid_request(findings: Vec<Finding>, ref_id: Option<String>) -> Self {
        Self::InvalidRequest(Box::new(InvalidRequest { findings, ref_id, cause: None }))
    }

    /// The error of a panic during a send, with the outcome of the message.
    pub(crate) fn panicked(outcome: Outcome, ref_id: String) -> Self {
        let message = "a panic while the message was being sent".to_owned();
        Self::Internal { message, outcome: Some(outcome), ref_id: Some(ref_id) }
    }

    /// The error of a mix-up after which the message may have been accepted.
    pub(crate) fn unknown_result(message: &str) -> Self {
        Self::Internal { message: message.to_owned(), outcome: Some(Outcome::Unknown), ref_id: None }
    }

    /// The error of an outbox whose database cannot be used before a send. `cause` is the driver's text and, from PostgreSQL,
    /// its code.
    #[doc(hidden)]
    pub fn store_failed(ref_id: impl Into<String>, cause: &str) -> Self {
        let has_no_tables = ["no such table", "42P01"].iter().any(|sign| cause.contains(sign));
        let detail = if has_no_tables {
            "the outbox has no tables in this database: create its schema first"
        } else {
            "the outbox's database cannot be used; the cause says why"
        };
        Self::NotSent(Box::new(NotSent {
            reason: Reason::Store,
            detail: detail.to_owned(),
            ref_id: ref_id.into(),
            cause: None,
        }))
    }

    /// The same with what the driver said.
    #[cfg(feature = "outbox")]
    pub(crate) fn store_failed_with(ref_id: &str, text: &str, cause: Box<dyn StdError + Send + Sync>) -> Self {
        let mut error = Self::store_failed(ref_id, text);
        if let Self::NotSent(not_sent) = &mut error {
            not_sent.cause = Some(Arc::from(cause));
        }
        error
    }

    /// The error of an outbox for a send that was begun before.
    pub(crate) fn in_doubt(ref_id: &str) -> Self {
        let detail = "an earlier send of it was begun, and its outcome is not known; nothing was sent now".to_owned();
        let ref_id = ref_id.to_owned();
        Self::OutcomeUnknown(Box::new(OutcomeUnknown { reason: Reason::InDoubt, detail, answer: None, ref_id }))
    }

    /// The error of an outbox for a `refId` with which this cannot be done.
    pub(crate) fn refused_ref_id(ref_id: &str, why: &str) -> Self {
        let finding = Finding::new(&Path::root(None).field("refId"), FindingCode::NotAllowed, why);
        Self::invalid_request(vec![finding], Some(ref_id.to_owned()))
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::Internal { message: message.into(), outcome: Some(Outcome::NotSent), ref_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disposition_follows_from_code_reason_and_status() {
        use Disposition::{Fail, Park, Retry};
        let not_sent = |reason| {
            Error::NotSent(Box::new(NotSent { reason, detail: String::new(), ref_id: "r".to_owned(), cause: None }))
        };
        for reason in [
            Reason::Dns,
            Reason::Connect,
            Reason::Tls,
            Reason::Proxy,
            Reason::Deadline,
            Reason::Cancelled,
            Reason::QueueFull,
        ] {
            assert_eq!(not_sent(reason).disposition(), Retry, "{reason}");
        }
        assert_eq!(not_sent(Reason::Closed).disposition(), Fail);
        let answer = |http_status| Answer {
            http_status,
            response: ErrorResponse::default(),
            retry_after: Some(Duration::from_secs(1)),
            body: Vec::new(),
        };
        for (status, disposition) in [(200, Fail), (302, Fail), (400, Fail), (401, Fail), (403, Fail), (429, Retry)] {
            let error = Error::Rejected(Box::new(Rejected { answer: answer(status), ref_id: "r".to_owned() }));
            assert_eq!(error.disposition(), disposition, "{status}");
        }
        // Also after an answer of 429 to a later attempt: an earlier one may have been accepted.
        for status in [None, Some(429), Some(503)] {
            let error = Error::OutcomeUnknown(Box::new(OutcomeUnknown {
                reason: Reason::ServerError,
                detail: String::new(),
                answer: status.map(answer),
                ref_id: "r".to_owned(),
            }));
            assert_eq!(error.disposition(), Park, "{status:?}");
        }
        assert_eq!(Error::invalid_config("x").disposition(), Fail);
        assert_eq!(Error::invalid_request(Vec::new(), None).disposition(), Fail);
        assert_eq!(Error::internal("x").disposition(), Fail);
        for outcome in [None, Some(Outcome::Unknown)] {
            let error = Error::Internal { message: String::new(), outcome, ref_id: None };
            assert_eq!(error.disposition(), Park);
        }
        assert_eq!(crate::parse_callback("[]").expect_err("no callback").disposition(), Fail);
    }

    #[test]
    fn an_error_made_from_a_code_has_the_outcome_and_disposition_of_the_code() {
        let words = |code, outcome| {
            let (outcome, disposition) = error_defaults(code, outcome);
            (outcome.map_or("-", Outcome::as_str), disposition.as_str())
        };
        for (code, known) in [
            ("invalid_config", ("not_sent", "fail")),
            ("invalid_request", ("not_sent", "fail")),
            ("rejected", ("rejected", "fail")),
            ("not_sent", ("not_sent", "retry")),
            ("outcome_unknown", ("unknown", "park")),
            ("invalid_callback", ("-", "fail")),
            ("internal", ("unknown", "park")),
            ("brand_new", ("unknown", "park")),
        ] {
            assert_eq!(words(code, None), known, "{code}");
            // A message that may have been accepted is not sent again, whatever the code.
            assert_eq!(words(code, Some("unknown")), ("unknown", "park"), "{code}");
        }
        assert_eq!(words("internal", Some("not_sent")), ("not_sent", "fail"));
        assert_eq!(words("rejected", Some("brand_new")), ("rejected", "fail"));
    }

    #[test]
    fn a_ref_id_is_printed_on_one_line() {
        let ref_id = "a\0b\nc".to_owned();
        let detail = "x".to_owned();
        let answer =
            Answer { http_status: 400, response: ErrorResponse::default(), retry_after: None, body: Vec::new() };
        let errors = [
            Error::NotSent(Box::new(NotSent {
                reason: Reason::Dns,
                detail: detail.clone(),
                ref_id: ref_id.clone(),
                cause: None,
            })),
            Error::OutcomeUnknown(Box::new(OutcomeUnknown {
                reason: Reason::ConnectionLost,
                detail,
                answer: None,
                ref_id: ref_id.clone(),
            })),
            Error::Rejected(Box::new(Rejected { answer, ref_id: ref_id.clone() })),
        ];
        for error in errors {
            assert_eq!(error.to_string().matches(char::is_control).count(), 0, "{error}");
            assert!(error.to_string().contains(r"a\0b\nc"), "{error}");
            assert_eq!(error.ref_id(), Some(&*ref_id));
        }
    }
}
