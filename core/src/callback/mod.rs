//! Callbacks: what the gateway posts to a gate's URL. Anyone can post there, so nothing in it is believed or forgiven that
//! could be lost, and nothing in it can hurt.

mod address;
mod care;
mod guard;
mod key;
mod object;
mod progress;
mod received;
mod report;
mod status;
#[cfg(test)]
mod tests;

use crate::error::{Error, InvalidCallback};
use crate::json::{Fault, Kind, Limits, Repeats, Value, check_size, check_utf8, scan_str};
use object::{Object, Reader, Source};
use received::MessageFields;
use report::ReportFields;

pub use address::{AddressRange, AddressRanges, is_gateway_address};
pub use care::{CareWindow, care_window};
pub use guard::{CallbackGuard, Refusal};
pub use object::{Extra, Parameters, Timestamp};
pub use received::{Button, Content, Context, InboundMessage, ReceivedMessage, Route};
pub use report::{EventReport, Status};
pub use status::{MessageState, Resolution, StatusTracker};

/// The limits of C-7.
const LIMITS: Limits = Limits { bytes: 256 * 1024, repeats: Repeats::Refuse };

/// What a callback is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Callback {
    /// Something came of a message that was sent (C-1).
    EventReport(EventReport),
    /// A user wrote (C-2).
    ReceivedMessage(ReceivedMessage),
}

/// A [`Callback`] for the bindings, whose matches must not compile when there is one more kind.
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

    /// A deduplication key: a callback can be delivered more than once. See [`EventReport::key`] and [`ReceivedMessage::key`].
    pub fn key(&self) -> String {
        match self {
            Self::EventReport(report) => report.key(),
            Self::ReceivedMessage(message) => message.key(),
        }
    }

    /// The JSON text as it came.
    pub fn raw(&self) -> &str {
        match self {
            Self::EventReport(report) => report.raw(),
            Self::ReceivedMessage(message) => message.raw(),
        }
    }
}

/// Reads the body of a callback: an event report or a received message (C-4).
///
/// A `Vec<u8>` or `String` is taken over without a copy; a slice is copied once. Only what must be there can fail (C-5);
/// a field that this library does not know, or that has an unexpected shape, is kept in `extra` (C-6). A callback may come
/// twice, late or in disorder: tell repeats by [`key`](Callback::key), and record a key after you have processed its callback.
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
/// `invalid_callback`, with path and byte position and none of the values, if the body is not one JSON object of at most
/// 256 KiB and 64 levels in valid UTF-8 without lone surrogate escapes, duplicate keys or byte order mark (C-7), or if it
/// is neither kind of callback or lacks what its kind must have (C-4, C-5).
pub fn parse_callback(body: impl Into<Vec<u8>> + AsRef<[u8]>) -> Result<Callback, Error> {
    // Before it is copied.
    check_size(body.as_ref(), &LIMITS).map_err(malformed)?;
    parse(body.into())
}

fn parse(body: Vec<u8>) -> Result<Callback, Error> {
    let raw = check_utf8(body, &LIMITS).map_err(malformed)?;
    match take(raw) {
        Ok(callback) => Ok(callback),
        Err(raw) => read(raw),
    }
}

/// Reads a callback that is written as the gateway writes it. Otherwise it gives the text back, to be [`read`].
fn take(raw: String) -> Result<Callback, String> {
    let mut reader = Reader::new(&raw);
    let mut fields = ReportFields::default();
    if take_fields(&mut fields, &mut reader).is_some() && fields.is_enough() {
        let found = reader.finish();
        return Ok(Callback::EventReport(EventReport::new(Source::new(raw, found), fields)));
    }
    if fields.is_no_message() {
        return Err(raw);
    }
    let mut reader = Reader::new(&raw);
    let mut fields = Box::<MessageFields>::default();
    if take_fields(&mut *fields, &mut reader).is_some() && fields.is_enough() {
        let found = reader.finish();
        return Ok(Callback::ReceivedMessage(ReceivedMessage::new(Source::new(raw, found), fields)));
    }
    Err(raw)
}

fn take_fields(fields: &mut impl Object, reader: &mut Reader<'_>) -> Option<()> {
    let mut text = reader.plain();
    Object::take(fields, &mut text, reader)?;
    text.end()
}

/// Reads any callback.
fn read(raw: String) -> Result<Callback, Error> {
    let doc = scan_str(&raw, &LIMITS).map_err(malformed)?;
    let root = doc.root();
    let mut reader = Reader::new(&raw);
    if !doc.lacks("content") && given(root, "content") {
        let mut fields = Box::<MessageFields>::default();
        Object::read(&mut *fields, root, &mut reader);
        fields.check(root).map_err(refused)?;
        drop(doc);
        let found = reader.finish();
        return Ok(Callback::ReceivedMessage(ReceivedMessage::new(Source::new(raw, found), fields)));
    }
    let mut fields = ReportFields::default();
    Object::read(&mut fields, root, &mut reader);
    if let Err(fault) = fields.check(root) {
        let neither = || unfit(root, "", "has neither `content` nor `resultCode`");
        return Err(refused(if given(root, "resultCode") { fault } else { neither() }));
    }
    drop(doc);
    let found = reader.finish();
    Ok(Callback::EventReport(EventReport::new(Source::new(raw, found), fields)))
}

fn given(root: Value<'_>, name: &str) -> bool {
    root.member(name).is_some_and(|value| value.kind() != Kind::Null)
}

#[cold]
fn refused(fault: InvalidCallback) -> Error {
    Error::InvalidCallback(Box::new(fault))
}

#[cold]
fn malformed(fault: Fault) -> Error {
    let Fault { kind, position, path } = fault;
    refused(InvalidCallback { path, position, message: kind.describe() })
}

/// The fault of a callback that is sound JSON.
fn unfit(at: Value<'_>, path: &str, message: &'static str) -> InvalidCallback {
    InvalidCallback { path: path.to_owned(), position: at.position() as usize, message }
}

/// The fault of a needed field: at its value that is wrong, or at the object that lacks it.
fn missing(object: Value<'_>, name: &'static str, wrong: &'static str, absent: &'static str) -> InvalidCallback {
    match object.member(name).filter(|value| value.kind() != Kind::Null) {
        Some(value) => unfit(value, name, wrong),
        None => unfit(object, name, absent),
    }
}
