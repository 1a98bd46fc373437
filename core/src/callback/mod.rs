//! Callbacks: what the gateway posts to a gate's URL. Anyone can post there, so the input is read strictly, and must
//! not be able to cause harm.

mod address;
mod callback_text;
mod care;
mod declare;
mod entries;
mod guard;
mod input;
mod key;
mod progress;
mod received;
mod report;
mod resolution;
mod state;
mod status;
#[cfg(test)]
mod tests;
mod timestamp;
mod visit;

use crate::error::{Error, InvalidCallback};
use crate::json::{Fault, Kind, Limits, Repeats, Value, check_size, check_utf8, scan_str};
use callback_text::{CallbackText, ReadTexts};
use input::{FastInput, Fields, SlowInput};
use received::MessageFields;
use report::ReportFields;

pub use address::{AddressRange, AddressRanges, is_gateway_address};
pub use care::{CareWindow, care_window};
pub use entries::{Extra, Parameters};
pub use guard::{CallbackGuard, Refusal};
pub(crate) use key::push_part;
pub use received::{
    Content, Context, InboundButton, InboundButtonReply, InboundContact, InboundContactName, InboundInteractive,
    InboundListReply, InboundLocation, InboundMedia, InboundMessage, InboundPhone, ReceivedMessage, Route,
};
pub use report::{EventReport, Status};
pub(crate) use resolution::Evidence;
pub use resolution::Resolution;
pub use state::MessageState;
pub use status::StatusTracker;
pub use timestamp::Timestamp;
#[doc(hidden)]
pub use visit::{Visit, Visitor};

/// The objects of callbacks, as data: the event report and the received message.
pub(crate) const CALLBACKS: [&crate::declared::Object; 2] = [&ReportFields::DECLARED, &MessageFields::DECLARED];

/// The limits on a callback.
const LIMITS: Limits = Limits { bytes: 256 * 1024, repeats: Repeats::Refuse };

/// A callback of either kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Callback {
    /// The status of a message that was sent.
    EventReport(EventReport),
    /// A message from a user.
    ReceivedMessage(ReceivedMessage),
}

/// A [`Callback`] for the bindings, whose matches must fail to compile when a kind is added.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum CallbackKind<'c> {
    /// See [`Callback::EventReport`].
    EventReport(&'c EventReport),
    /// See [`Callback::ReceivedMessage`].
    ReceivedMessage(&'c ReceivedMessage),
}

impl Callback {
    #[doc(hidden)]
    pub fn kind(&self) -> CallbackKind<'_> {
        match self {
            Self::EventReport(report) => CallbackKind::EventReport(report),
            Self::ReceivedMessage(message) => CallbackKind::ReceivedMessage(message),
        }
    }

    /// A deduplication key: a callback can be delivered more than once. See [`EventReport::key`] and
    /// [`ReceivedMessage::key`].
    pub fn key(&self) -> String {
        match self {
            Self::EventReport(report) => report.key(),
            Self::ReceivedMessage(message) => message.key(),
        }
    }

    /// The JSON text as received.
    pub fn raw(&self) -> &str {
        match self {
            Self::EventReport(report) => report.raw(),
            Self::ReceivedMessage(message) => message.raw(),
        }
    }
}

/// Parses the body of a callback: an event report or a received message.
///
/// A `Vec<u8>` or `String` is taken over without a copy; a slice is copied once. Only a required field makes parsing
/// fail. Fields that this library does not know, and known fields of an unexpected shape, are kept in `extra`. A
/// callback can be delivered more than once, late, or out of order: detect repeats with [`key`](Callback::key), and
/// record a key after you have processed its callback.
///
/// ```
/// use linkwa::{Callback, Status};
///
/// let body = br#"{"messageId":"8aU6cwxAKE9NzMLrS6M82Y","refId":"order-17","messageIndex":0,"resultCode":112003}"#;
/// match linkwa::parse_callback(body)? {
///     Callback::EventReport(report) => {
///         assert_eq!(report.ref_id(), Some("order-17"));
///         assert_eq!(report.status(), Status::Delivered);
///     }
///     Callback::ReceivedMessage(message) => println!("a user wrote: {:?}", message.text()),
///     _ => {}
/// }
/// # Ok::<(), linkwa::Error>(())
/// ```
///
/// # Errors
///
/// `invalid_callback`, with path and byte position but no values, if the body is not one JSON object in UTF-8 of at
/// most 256 KiB and 64 levels, if it has lone surrogate escapes, duplicate keys or a byte order mark, or if it is
/// neither kind of callback or lacks a required field.
pub fn parse_callback(body: impl Into<Vec<u8>> + AsRef<[u8]>) -> Result<Callback, Error> {
    // Before it is copied.
    check_size(body.as_ref(), &LIMITS).map_err(malformed)?;
    parse(body.into())
}

fn parse(body: Vec<u8>) -> Result<Callback, Error> {
    let raw = check_utf8(body, &LIMITS).map_err(malformed)?;
    match read_fast(raw) {
        Ok(callback) => Ok(callback),
        Err(raw) => read_slow(raw),
    }
}

/// Reads a callback that is written as the gateway writes it. Returns any other text, for [`read_slow`].
fn read_fast(raw: String) -> Result<Callback, String> {
    let mut fields = ReportFields::default();
    if let Some(found) = read_fields(&mut fields, &raw).filter(|_| fields.missing_field().is_none()) {
        return Ok(Callback::EventReport(EventReport::new(CallbackText::new(raw, found), fields)));
    }
    if fields.is_no_message() {
        return Err(raw);
    }
    let mut fields = Box::<MessageFields>::default();
    if let Some(found) = read_fields(&mut *fields, &raw).filter(|_| fields.missing_field().is_none()) {
        return Ok(Callback::ReceivedMessage(ReceivedMessage::new(CallbackText::new(raw, found), fields)));
    }
    Err(raw)
}

#[inline]
fn read_fields(fields: &mut impl Fields, raw: &str) -> Option<ReadTexts> {
    let mut input = FastInput::new(raw);
    fields.read(&mut input)?;
    input.finish()
}

/// Reads any callback.
fn read_slow(raw: String) -> Result<Callback, Error> {
    let doc = scan_str(&raw, &LIMITS).map_err(malformed)?;
    let root = doc.root();
    let mut input = SlowInput::new(&raw, root);
    // The text is an object, and on the slow path every value in an object is valid.
    if !doc.lacks("content") && has(root, "content") {
        let mut fields = Box::<MessageFields>::default();
        let _ = fields.read(&mut input);
        if let Some(missing) = fields.missing_field() {
            return Err(callback_error(missing.in_object(root)));
        }
        let found = input.finish();
        drop(doc);
        return Ok(Callback::ReceivedMessage(ReceivedMessage::new(CallbackText::new(raw, found), fields)));
    }
    let mut fields = ReportFields::default();
    let _ = fields.read(&mut input);
    if let Some(missing) = fields.missing_field() {
        let neither = || invalid_callback(root, "", "has neither `content` nor `resultCode`");
        return Err(callback_error(if has(root, "resultCode") { missing.in_object(root) } else { neither() }));
    }
    let found = input.finish();
    drop(doc);
    Ok(Callback::EventReport(EventReport::new(CallbackText::new(raw, found), fields)))
}

fn has(root: Value<'_>, name: &str) -> bool {
    root.member(name).is_some_and(|value| value.kind() != Kind::Null)
}

#[cold]
fn callback_error(fault: InvalidCallback) -> Error {
    Error::InvalidCallback(Box::new(fault))
}

#[cold]
fn malformed(fault: Fault) -> Error {
    let Fault { kind, position, path } = fault;
    callback_error(InvalidCallback { path, position, message: kind.describe() })
}

/// The error of a callback that is valid JSON.
fn invalid_callback(at: Value<'_>, path: &str, message: &'static str) -> InvalidCallback {
    InvalidCallback { path: path.to_owned(), position: at.position() as usize, message }
}

/// A required field: the messages for a wrong value, and for its absence.
struct RequiredField {
    name: &'static str,
    wrong: &'static str,
    absent: &'static str,
}

impl RequiredField {
    /// The error: at the value that is wrong, or at the object that lacks it.
    #[cold]
    fn in_object(&self, object: Value<'_>) -> InvalidCallback {
        match object.member(self.name).filter(|value| value.kind() != Kind::Null) {
            Some(value) => invalid_callback(value, self.name, self.wrong),
            None => invalid_callback(object, self.name, self.absent),
        }
    }
}
