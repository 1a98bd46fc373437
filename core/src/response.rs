//! Classifies the gateway's answers, and the result of a send.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use flate2::bufread::MultiGzDecoder;

use crate::answer::{Answer, ErrorResponse, ResultCode};
use crate::coerce;
use crate::error::{Error, Reason};
use crate::finding::Finding;
use crate::http::HttpResponse;
use crate::json::{Doc, Fault, Limits, Repeats, Value, repair, scan_str};

/// The longest part of an answer that an error keeps.
const MAX_KEPT: usize = 64 * 1024;

/// The longest answer that is read, decompressed: 64 KiB plus an id for each destination.
pub(crate) fn max_answer(destinations: usize) -> usize {
    /// An id is 22 characters long today.
    const MAX_ID: usize = 256;
    MAX_KEPT.saturating_add(destinations.saturating_mul(MAX_ID))
}

/// The gateway's answer to a request that it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageResponse {
    http_status: u16,
    result_code: ResultCode,
    description: Option<String>,
    message_ids: Vec<String>,
    /// The number of items of `messageIds`, including those that are not ids.
    id_count: usize,
}

impl MessageResponse {
    /// A response that was stored.
    pub(crate) fn stored(result_code: ResultCode, description: Option<String>, message_ids: Vec<String>) -> Self {
        Self { http_status: 200, result_code, description, id_count: message_ids.len(), message_ids }
    }

    pub(crate) fn http_status(&self) -> u16 {
        self.http_status
    }

    /// The result code, usually 112001 (queued).
    pub fn result_code(&self) -> ResultCode {
        self.result_code
    }

    /// The gateway's description.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The ids of the messages, in the order of the destinations. Items that are not ids (`null`, an object) are left
    /// out.
    pub fn message_ids(&self) -> &[String] {
        &self.message_ids
    }
}

/// A destination and the id of its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    destination: String,
    message_id: String,
}

impl Receipt {
    pub(crate) fn stored(destination: String, message_id: String) -> Self {
        Self { destination, message_id }
    }

    /// The number that the message goes to.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// The id that event reports carry.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }
}

/// A message that the gateway accepted. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct SendResult(Arc<Sent>);

/// Shared, because both the thread that waits for a send and its callback may receive it.
#[derive(PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) ref_id: String,
    pub(crate) response: MessageResponse,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) warnings: Vec<Finding>,
    pub(crate) attempts: u32,
    pub(crate) is_repeat: bool,
}

impl From<Sent> for SendResult {
    fn from(sent: Sent) -> Self {
        Self(Arc::new(sent))
    }
}

impl fmt::Debug for SendResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sent { ref_id, response, receipts, warnings, attempts, is_repeat } = &*self.0;
        f.debug_struct("SendResult")
            .field("ref_id", ref_id)
            .field("response", response)
            .field("receipts", receipts)
            .field("warnings", warnings)
            .field("attempts", attempts)
            .field("is_repeat", is_repeat)
            .finish()
    }
}

impl SendResult {
    /// The reference that event reports will carry: yours, or the one that the library made. Empty only for a raw
    /// request without one.
    pub fn ref_id(&self) -> &str {
        &self.0.ref_id
    }

    /// The gateway's answer.
    pub fn response(&self) -> &MessageResponse {
        &self.0.response
    }

    /// The gateway's result code, usually 112001 (queued).
    pub fn result_code(&self) -> ResultCode {
        self.0.response.result_code
    }

    /// The gateway's description.
    pub fn description(&self) -> Option<&str> {
        self.0.response.description()
    }

    /// The ids of the messages, in the order of the destinations.
    pub fn message_ids(&self) -> &[String] {
        &self.0.response.message_ids
    }

    /// The id of the message to the only destination. `None` if there were several destinations, or if the gateway did not
    /// return exactly one id.
    pub fn message_id(&self) -> Option<&str> {
        match self.receipts() {
            [receipt] => Some(receipt.message_id()),
            _ => None,
        }
    }

    /// Each destination with its message id. Empty if the gateway did not return exactly one id for each destination:
    /// the library does not guess. [`message_ids`](Self::message_ids) has the ids that can be read.
    pub fn receipts(&self) -> &[Receipt] {
        &self.0.receipts
    }

    /// The warnings of validation.
    pub fn warnings(&self) -> &[Finding] {
        &self.0.warnings
    }

    /// The number of attempts, usually 1.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether an outbox returned the result of an earlier send; nothing was sent now.
    pub fn is_repeat(&self) -> bool {
        self.0.is_repeat
    }
}

/// What a send or a request ends with.
#[derive(Clone, Debug)]
pub enum Success {
    /// A message was accepted.
    Sent(SendResult),
    /// A request to another resource was answered.
    Response(HttpResponse),
}

/// A result that [`Pending`](crate::Pending) waits for.
pub trait FromSuccess: Sized {
    /// The result, if it is of this type.
    ///
    /// # Errors
    ///
    /// `internal` if it is of the other type.
    fn from_success(success: Success) -> Result<Self, Error>;
}

impl FromSuccess for Success {
    fn from_success(success: Success) -> Result<Self, Error> {
        Ok(success)
    }
}

impl FromSuccess for SendResult {
    fn from_success(success: Success) -> Result<Self, Error> {
        match success {
            Success::Sent(sent) => Ok(sent),
            Success::Response(_) => Err(Error::unknown_result("a send has ended with the answer to a request")),
        }
    }
}

impl FromSuccess for HttpResponse {
    fn from_success(success: Success) -> Result<Self, Error> {
        match success {
            Success::Response(response) => Ok(response),
            Success::Sent(_) => Err(Error::unknown_result("a request has ended with the result of a send")),
        }
    }
}

/// Pairs destinations and ids, if there is one for each.
pub(crate) fn match_receipts(destinations: Vec<String>, response: &MessageResponse) -> Vec<Receipt> {
    let (count, ids) = (destinations.len(), response.message_ids.len());
    if count != ids || ids != response.id_count {
        return Vec::new();
    }
    let ids = response.message_ids.iter().cloned();
    destinations.into_iter().zip(ids).map(|(destination, message_id)| Receipt { destination, message_id }).collect()
}

/// The meaning of an answer.
#[derive(Debug)]
pub(crate) enum ResponseClass {
    Accepted(MessageResponse),
    /// A complete answer to a request whose answers are not interpreted.
    Answered(HttpResponse),
    Rejected(Answer),
    Unknown(Reason, String, Answer),
}

/// An answer as received. It is printed without its body, which may repeat phone numbers.
pub(crate) struct RawAnswer {
    pub(crate) http_status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
    /// Whether it says that its body is packed with gzip.
    pub(crate) is_gzip: bool,
    /// Why the body is incomplete, if it is.
    pub(crate) broken: Option<(Reason, String)>,
    /// The most bytes of a body that are read.
    pub(crate) limit: usize,
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAnswer").field("http_status", &self.http_status).finish_non_exhaustive()
    }
}

/// The error of a body over the limit.
pub(crate) fn too_long(limit: usize) -> (Reason, String) {
    (Reason::InvalidResponse, format!("the answer is longer than {limit} bytes, the most that is read of this answer"))
}

/// Classifies an answer.
pub(crate) fn classify_response(raw: RawAnswer, now: SystemTime) -> ResponseClass {
    let RawAnswer { http_status, retry_after, body, broken, limit, .. } = raw;
    let (body, parsed) = match broken {
        Some(broken) => (body, Err(broken)),
        None => read_body(body, limit),
    };
    let (parsed, unreadable) = match parsed {
        Ok(parsed) => (parsed, None),
        Err(why) => (Parsed::default(), Some(why)),
    };
    let Parsed { result_code, description, translated_description, message_ids, id_count } = parsed;
    let retry_after = retry_after.and_then(|value| parse_retry_after(&value, now));
    let answer = |description| {
        let mut body = body;
        body.truncate(MAX_KEPT);
        body.shrink_to_fit();
        let response = ErrorResponse { result_code, description, translated_description };
        Answer { http_status, response, retry_after, body }
    };
    let unknown = |reason, detail: &str, answer| ResponseClass::Unknown(reason, detail.to_owned(), answer);

    match http_status {
        200..=299 => {}
        408 | 500..=599 => {
            return unknown(Reason::ServerError, "the gateway had an error of its own", answer(description));
        }
        300..=499 => return ResponseClass::Rejected(answer(description)),
        _ => return unknown(Reason::InvalidResponse, "the answer's status means nothing here", answer(description)),
    }
    if let Some((reason, detail)) = unreadable {
        return ResponseClass::Unknown(reason, detail, answer(description));
    }
    match result_code {
        None => unknown(Reason::InvalidResponse, "the answer has no result code", answer(description)),
        Some(code) if code.is_refusal() => ResponseClass::Rejected(answer(description)),
        Some(code) if code.is_failure() => {
            unknown(Reason::ServerError, "the gateway had an error of its own", answer(description))
        }
        Some(code) if !code.is_acceptance() && message_ids.is_empty() => {
            unknown(Reason::InvalidResponse, "the answer's result code is not listed", answer(description))
        }
        Some(result_code) => {
            ResponseClass::Accepted(MessageResponse { http_status, result_code, description, message_ids, id_count })
        }
    }
}

/// Classifies an answer that is not interpreted: it is complete, or the outcome is unknown.
pub(crate) fn read_response(raw: RawAnswer) -> ResponseClass {
    let RawAnswer { http_status, body, is_gzip, broken, limit, .. } = raw;
    let unpacked = if is_gzip && broken.is_none() { unpack(&body, limit) } else { None };
    let (body, broken) = match unpacked {
        None => (body, broken),
        Some(Ok(unpacked)) if unpacked.len() > limit => (unpacked, Some(too_long(limit))),
        Some(Ok(unpacked)) => (unpacked, None),
        Some(Err(_)) => (body, Some((Reason::InvalidResponse, BAD_GZIP.to_owned()))),
    };
    let Some((reason, detail)) = broken else {
        return ResponseClass::Answered(HttpResponse::new(http_status, body));
    };
    let mut body = body;
    body.truncate(MAX_KEPT);
    body.shrink_to_fit();
    let answer = Answer { http_status, response: ErrorResponse::default(), retry_after: None, body };
    ResponseClass::Unknown(reason, detail, answer)
}

const BAD_GZIP: &str = "the answer is packed with gzip and cannot be unpacked";

/// The content of a body, coerced where possible, or why it cannot be read; and the body, decompressed.
fn read_body(body: Vec<u8>, limit: usize) -> (Vec<u8>, Result<Parsed, (Reason, String)>) {
    let unreadable = |detail: &str| (Reason::InvalidResponse, detail.to_owned());
    let body = match unpack(&body, limit) {
        None => body,
        Some(Ok(unpacked)) if unpacked.len() > limit => return (unpacked, Err(too_long(limit))),
        Some(Ok(unpacked)) => unpacked,
        Some(Err(_)) => return (body, Err(unreadable(BAD_GZIP))),
    };
    let parsed = match Parsed::read(&body) {
        Ok(parsed) => Ok(parsed),
        Err(_) if body.is_empty() => Err(unreadable("the answer has no body")),
        Err(Fault { kind, position, .. }) => {
            Err(unreadable(&format!("the answer cannot be read: {}, at byte {position}", kind.describe())))
        }
    };
    (body, parsed)
}

/// The content of a gzip file, at most one byte more than the limit; `None` if the body is not gzip. The first bytes
/// decide: `Content-Encoding` may be missing, or be there although a proxy has decompressed the body. No JSON begins
/// with them.
fn unpack(body: &[u8], limit: usize) -> Option<std::io::Result<Vec<u8>>> {
    body.starts_with(&[0x1f, 0x8b]).then(|| gunzip(body, limit))
}

fn gunzip(body: &[u8], limit: usize) -> std::io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut reader = gzip_decoder(body).take(limit as u64 + 1);
    reader.read_to_end(&mut unpacked).map(|_| unpacked)
}

/// Not inlined: the decoder's state takes 43 KiB of stack on its way to the heap, which nothing else must pay for, not even
/// the reading.
#[inline(never)]
fn gzip_decoder(body: &[u8]) -> MultiGzDecoder<&[u8]> {
    MultiGzDecoder::new(body)
}

#[derive(Default)]
struct Parsed {
    result_code: Option<ResultCode>,
    description: Option<String>,
    translated_description: Option<String>,
    message_ids: Vec<String>,
    id_count: usize,
}

impl Parsed {
    fn read(body: &[u8]) -> Result<Self, Fault> {
        // The size was limited when the answer was read.
        let limits = Limits { bytes: usize::MAX, repeats: Repeats::Mark };
        scan_str(&repair(body), &limits).map(|doc| Self::new(&doc))
    }

    fn new(doc: &Doc<'_>) -> Self {
        let field = |name| doc.root().last_member(name);
        let text = |name| field(name).and_then(coerce::text).map(std::borrow::Cow::into_owned);
        let ids = field("messageIds");
        Self {
            result_code: field("resultCode").and_then(coerce::integer).map(ResultCode::from),
            description: text("description"),
            translated_description: text("translatedDescription"),
            id_count: ids.map_or(0, |list| list.items().count()),
            message_ids: ids.map(readable_ids).unwrap_or_default(),
        }
    }
}

/// The items of a list that are texts.
fn readable_ids(list: Value<'_>) -> Vec<String> {
    list.items().filter_map(coerce::text).map(std::borrow::Cow::into_owned).collect()
}

/// `Retry-After`: seconds, or a date.
fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}
