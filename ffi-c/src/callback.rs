//! Callbacks: what event reports and received messages have in common.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use linkwa::{Callback, CallbackKind, EventReport, Extra, Parameters, ReceivedMessage};

use crate::arg::{Bytes, Text};
use crate::c_strings::{CStrings, TextBuf, len_among};
use crate::callback_get::{Paths, Place, Value, values};
use crate::error::ErrorOut;
use crate::out::into_raw;
use crate::panic::{OnPanic, panic_boundary, panic_boundary_out};
use crate::status::linkwa_status;

/// A parsed callback.
///
/// A built object: threads may share it (see THREADS).
pub struct linkwa_callback {
    callback: Callback,
    texts: OnceLock<CStrings>,
    raw: OnceLock<TextBuf>,
    key: OnceLock<TextBuf>,
    user: OnceLock<User>,
    paths: OnceLock<Paths>,
}

/// The addresses of a user who wrote. They have copies of their own, because an id can be part of a field in `extra`.
#[derive(Default)]
pub(crate) struct User {
    pub(crate) reply_to: Option<TextBuf>,
    pub(crate) id: Option<TextBuf>,
    pub(crate) parent_id: Option<TextBuf>,
}

impl User {
    fn of(message: &ReceivedMessage) -> Self {
        Self {
            reply_to: message.reply_to().map(TextBuf::from),
            id: message.user_id().map(TextBuf::from),
            parent_id: message.parent_user_id().map(TextBuf::from),
        }
    }

    fn texts(&self) -> impl Iterator<Item = &TextBuf> {
        [&self.reply_to, &self.id, &self.parent_id].into_iter().flatten()
    }
}

/// An out-parameter for a callback.
pub(crate) type CallbackOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_callback>>>>;

/// The kind of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_kind {
    /// There is no callback.
    LINKWA_KIND_NONE = 0,
    /// The status of a message that was sent: use the functions that begin with linkwa_event_report_.
    LINKWA_EVENT_REPORT = 1,
    /// A message from a user: use the functions that begin with linkwa_received_message_.
    LINKWA_RECEIVED_MESSAGE = 2,
}

impl OnPanic for linkwa_kind {
    const ON_PANIC: Self = Self::LINKWA_KIND_NONE;
}

/// A set of parameters of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_parameters {
    /// The custom parameters. In an event report they are those of the request.
    LINKWA_PARAMETERS_CUSTOM = 1,
    /// The parameters of the gate that the callback was sent to.
    LINKWA_PARAMETERS_GATE_CUSTOM = 2,
    /// The parameters of a received message's route.
    LINKWA_PARAMETERS_ROUTE_CUSTOM = 3,
}

/// An object of a callback. An event report has only the first. Contacts that a user sent have functions of their own:
/// see linkwa_received_message_contact_extra_len().
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_object {
    /// The callback itself.
    LINKWA_OBJECT_CALLBACK = 1,
    /// `content`.
    LINKWA_OBJECT_CONTENT = 2,
    /// `content.message`.
    LINKWA_OBJECT_MESSAGE = 3,
    /// `content.message.button`.
    LINKWA_OBJECT_BUTTON = 4,
    /// `content.message.context`.
    LINKWA_OBJECT_CONTEXT = 5,
    /// `route`.
    LINKWA_OBJECT_ROUTE = 6,
    /// `content.message.media`.
    LINKWA_OBJECT_MEDIA = 7,
    /// `content.message.location`.
    LINKWA_OBJECT_LOCATION = 8,
    /// `content.message.interactive`.
    LINKWA_OBJECT_INTERACTIVE = 9,
    /// `content.message.interactive.button_reply`.
    LINKWA_OBJECT_BUTTON_REPLY = 10,
    /// `content.message.interactive.list_reply`.
    LINKWA_OBJECT_LIST_REPLY = 11,
}

/// A [`linkwa_parameters`] from C, which may be any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ParametersNumber(u32);

/// A [`linkwa_object`] from C, which may be any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ObjectNumber(u32);

impl linkwa_parameters {
    pub(crate) const ALL: [Self; 3] =
        [Self::LINKWA_PARAMETERS_CUSTOM, Self::LINKWA_PARAMETERS_GATE_CUSTOM, Self::LINKWA_PARAMETERS_ROUTE_CUSTOM];

    /// These parameters of a callback, if it has them.
    pub(crate) fn of(self, callback: &Callback) -> Option<Parameters<'_>> {
        match callback.kind() {
            CallbackKind::EventReport(report) => match self {
                Self::LINKWA_PARAMETERS_CUSTOM => report.custom_parameters(),
                Self::LINKWA_PARAMETERS_GATE_CUSTOM => report.gate_custom_parameters(),
                Self::LINKWA_PARAMETERS_ROUTE_CUSTOM => None,
            },
            CallbackKind::ReceivedMessage(message) => match self {
                Self::LINKWA_PARAMETERS_CUSTOM => message.custom_parameters(),
                Self::LINKWA_PARAMETERS_GATE_CUSTOM => message.gate_custom_parameters(),
                Self::LINKWA_PARAMETERS_ROUTE_CUSTOM => message.route()?.custom_parameters(),
            },
        }
    }
}

impl linkwa_object {
    pub(crate) const ALL: [Self; 11] = [
        Self::LINKWA_OBJECT_CALLBACK,
        Self::LINKWA_OBJECT_CONTENT,
        Self::LINKWA_OBJECT_MESSAGE,
        Self::LINKWA_OBJECT_BUTTON,
        Self::LINKWA_OBJECT_CONTEXT,
        Self::LINKWA_OBJECT_ROUTE,
        Self::LINKWA_OBJECT_MEDIA,
        Self::LINKWA_OBJECT_LOCATION,
        Self::LINKWA_OBJECT_INTERACTIVE,
        Self::LINKWA_OBJECT_BUTTON_REPLY,
        Self::LINKWA_OBJECT_LIST_REPLY,
    ];

    /// The unknown fields of this object, if the callback has the object.
    pub(crate) fn extra(self, callback: &Callback) -> Option<Extra<'_>> {
        let message = match callback.kind() {
            CallbackKind::EventReport(report) => return (self == Self::LINKWA_OBJECT_CALLBACK).then(|| report.extra()),
            CallbackKind::ReceivedMessage(message) => message,
        };
        Some(match self {
            Self::LINKWA_OBJECT_CALLBACK => message.extra(),
            Self::LINKWA_OBJECT_CONTENT => message.content().extra(),
            Self::LINKWA_OBJECT_MESSAGE => message.content().message()?.extra(),
            Self::LINKWA_OBJECT_BUTTON => message.button()?.extra(),
            Self::LINKWA_OBJECT_CONTEXT => message.context()?.extra(),
            Self::LINKWA_OBJECT_ROUTE => message.route()?.extra(),
            Self::LINKWA_OBJECT_MEDIA => message.media()?.extra(),
            Self::LINKWA_OBJECT_LOCATION => message.location()?.extra(),
            Self::LINKWA_OBJECT_INTERACTIVE => message.interactive()?.extra(),
            Self::LINKWA_OBJECT_BUTTON_REPLY => message.interactive()?.button_reply()?.extra(),
            Self::LINKWA_OBJECT_LIST_REPLY => message.interactive()?.list_reply()?.extra(),
        })
    }
}

impl linkwa_callback {
    fn new(callback: Callback) -> Self {
        Self {
            callback,
            texts: OnceLock::new(),
            raw: OnceLock::new(),
            key: OnceLock::new(),
            user: OnceLock::new(),
            paths: OnceLock::new(),
        }
    }

    /// The callback as an event report.
    pub(crate) fn report(&self) -> Option<&EventReport> {
        match self.callback.kind() {
            CallbackKind::EventReport(report) => Some(report),
            CallbackKind::ReceivedMessage(_) => None,
        }
    }

    /// The callback as a received message.
    pub(crate) fn message(&self) -> Option<&ReceivedMessage> {
        match self.callback.kind() {
            CallbackKind::ReceivedMessage(message) => Some(message),
            CallbackKind::EventReport(_) => None,
        }
    }

    /// A text of core for C, or NULL.
    pub(crate) fn text(&self, text: Option<&str>) -> Text<'_> {
        let Some(text) = text else { return Text::NULL };
        self.texts().text(self.callback.raw(), text)
    }

    fn texts(&self) -> &CStrings {
        self.texts.get_or_init(|| CStrings::of(&self.callback))
    }

    /// The text and length of the value with this path.
    pub(crate) fn at_path(&self, path: &str) -> Option<(Text<'_>, usize)> {
        let paths = self.paths.get_or_init(|| {
            let place = |value| match value {
                Value::Text(text) => {
                    let offset = self.texts().offset(self.callback.raw(), text)?;
                    Some(Place::Text { offset, len: text.len() })
                }
                Value::Other(text) => Some(Place::Own(TextBuf::new(text))),
            };
            let values = values(&self.callback).into_iter();
            Paths::new(values.filter_map(|(path, value)| Some((path, place(value)?))).collect())
        });
        Some(match paths.get(path)? {
            Place::Text { offset, len } => (self.texts().at(*offset), *len),
            Place::Own(text) => (text.text(), text.len()),
        })
    }

    fn raw(&self) -> &TextBuf {
        self.raw.get_or_init(|| TextBuf::new(self.callback.raw()))
    }

    fn key(&self) -> &TextBuf {
        self.key.get_or_init(|| TextBuf::new(self.callback.key()))
    }

    /// The addresses of the user who wrote. An event report has none.
    pub(crate) fn user(&self) -> &User {
        self.user.get_or_init(|| self.message().map(User::of).unwrap_or_default())
    }

    fn text_len(&self, text: Text<'_>) -> usize {
        let user = self.user.get().into_iter().flat_map(User::texts);
        let numbers = self.paths.get().into_iter().flat_map(Paths::own);
        let own =
            || len_among(text, [&self.raw, &self.key].into_iter().filter_map(OnceLock::get).chain(user).chain(numbers));
        self.texts.get().and_then(|texts| texts.len_of(&self.callback, text)).unwrap_or_else(own)
    }
}

/// These parameters, if the callback has them.
fn parameters(callback: Option<&linkwa_callback>, which: ParametersNumber) -> Option<Parameters<'_>> {
    let which = linkwa_parameters::ALL.into_iter().find(|known| *known as u32 == which.0)?;
    which.of(&callback?.callback)
}

/// The unknown fields of an object, if the callback has the object.
fn extra(callback: Option<&linkwa_callback>, object: ObjectNumber) -> Option<Extra<'_>> {
    let object = linkwa_object::ALL.into_iter().find(|known| *known as u32 == object.0)?;
    object.extra(&callback?.callback)
}

/// A text of the callback, for C.
fn text<'c>(callback: Option<&'c linkwa_callback>, text: Option<&str>) -> Text<'c> {
    callback.map_or(Text::NULL, |callback| callback.text(text))
}

/// Parses the body of a callback, `len` bytes as the gateway posted them: an event report or a received message.
///
/// Only a required field makes parsing fail. Fields that this library does not know, and known fields of an unexpected
/// shape, are kept: see linkwa_callback_extra_len(). A callback can be delivered more than once, late, or out of order:
/// detect repeats with linkwa_callback_key(), and record a key after you have processed its callback. Parsing does not
/// authenticate a callback: call linkwa_callback_guard_check() first.
///
/// The callback is yours; free it with linkwa_callback_free(). The bytes are copied.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `bytes` or `callback` is NULL. LINKWA_INVALID_CALLBACK if the body is not one
/// JSON object in UTF-8 of at most 256 KiB and 64 levels, if it has lone surrogate escapes, duplicate keys or a byte
/// order mark, or if it is neither kind of callback or lacks a required field. linkwa_error_path() and
/// linkwa_error_position() say where. The error contains no values of the callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parse(
    bytes: Bytes<'_>,
    len: usize,
    callback: CallbackOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(callback, "callback", err, || {
        let bytes = bytes.get(len, "bytes")?;
        Ok(into_raw(linkwa_callback::new(linkwa::parse_callback(bytes)?)))
    })
}

/// Returns the kind of a callback; LINKWA_KIND_NONE for NULL. The functions of the other kind return NULL, 0 or false.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_kind(callback: Option<&linkwa_callback>) -> linkwa_kind {
    panic_boundary(|| match callback.map(|callback| callback.callback.kind()) {
        Some(CallbackKind::EventReport(_)) => linkwa_kind::LINKWA_EVENT_REPORT,
        Some(CallbackKind::ReceivedMessage(_)) => linkwa_kind::LINKWA_RECEIVED_MESSAGE,
        None => linkwa_kind::LINKWA_KIND_NONE,
    })
}

/// Returns a deduplication key. A callback can be delivered more than once; record the key after you have processed the
/// callback. The key of an event report is "report:{messageId}:{refId}:{messageIndex}:{resultCode}", with "-" for an
/// absent part. The key of a received message is "message:{messageId}". Returns NULL for NULL.
///
/// A key is printable ASCII, shorter than 200 characters, and different for different callbacks: in each part, bytes
/// other than A-Z a-z 0-9 . _ ~ + / = - are percent-encoded, and a part that is then longer than 64 characters is
/// replaced by "%h" and the beginning of its SHA-256.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_key(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| callback.map_or(Text::NULL, |callback| callback.key().text()))
}

/// Returns the callback's JSON text as received. Returns NULL for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| callback.map_or(Text::NULL, |callback| callback.raw().text()))
}

/// Returns the length in bytes of a text that any function returned for this callback, without the terminating NUL. It
/// is more than strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_text_len(callback: Option<&linkwa_callback>, text: Text<'_>) -> usize {
    panic_boundary(|| callback.map_or(0, |callback| callback.text_len(text)))
}

/// Returns whether the callback has these parameters, even if there are 0 of them. A value that is not an object of
/// texts, numbers and booleans counts as absent, and is among the fields of linkwa_callback_extra_len(). Returns false
/// for NULL, and for a number that is not in linkwa_parameters.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_has_parameters(callback: Option<&linkwa_callback>, which: ParametersNumber) -> bool {
    panic_boundary(|| parameters(callback, which).is_some())
}

/// Returns how many of these parameters there are. Returns 0 if the callback does not have them (see
/// linkwa_callback_has_parameters()), and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameters_len(callback: Option<&linkwa_callback>, which: ParametersNumber) -> usize {
    panic_boundary(|| parameters(callback, which).map_or(0, Parameters::len))
}

/// Returns the name of the parameter at this index (from 0), in the order received. Returns NULL if the index is too
/// large, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameter_name(
    callback: Option<&linkwa_callback>,
    which: ParametersNumber,
    index: usize,
) -> Text<'_> {
    panic_boundary(|| {
        let entry = parameters(callback, which).and_then(|parameters| parameters.at(index));
        text(callback, entry.map(|(name, _)| name))
    })
}

/// Returns the value of the parameter at this index (from 0), in the order received. Returns NULL if the index is too
/// large, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameter_value(
    callback: Option<&linkwa_callback>,
    which: ParametersNumber,
    index: usize,
) -> Text<'_> {
    panic_boundary(|| {
        let entry = parameters(callback, which).and_then(|parameters| parameters.at(index));
        text(callback, entry.map(|(_, value)| value))
    })
}

/// Returns the value of the parameter with this name. Returns NULL if the callback has no such parameter, and if `name`
/// is NULL or not UTF-8. A parameter whose name contains U+0000 can be read only by its index.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameter<'c>(
    callback: Option<&'c linkwa_callback>,
    which: ParametersNumber,
    name: Text<'_>,
) -> Text<'c> {
    panic_boundary(|| {
        let Ok(name) = name.get("name") else { return Text::NULL };
        text(callback, parameters(callback, which).and_then(|parameters| parameters.get(name)))
    })
}

/// Returns how many fields of an object are kept as received: fields that this library does not know, and known fields
/// of an unexpected shape. Returns 0 if the callback does not have this object, for NULL, and for a number that is not
/// in linkwa_object.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra_len(callback: Option<&linkwa_callback>, object: ObjectNumber) -> usize {
    panic_boundary(|| extra(callback, object).map_or(0, Extra::len))
}

/// Returns the name of the kept field at this index (from 0), in the order received. Returns NULL if the index is too
/// large, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra_name(
    callback: Option<&linkwa_callback>,
    object: ObjectNumber,
    index: usize,
) -> Text<'_> {
    panic_boundary(|| {
        let entry = extra(callback, object).and_then(|extra| extra.at(index));
        text(callback, entry.map(|(name, _)| name))
    })
}

/// Returns the JSON text of the kept field at this index (from 0), exactly as received. Returns NULL if the index is
/// too large, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra_json(
    callback: Option<&linkwa_callback>,
    object: ObjectNumber,
    index: usize,
) -> Text<'_> {
    panic_boundary(|| {
        let entry = extra(callback, object).and_then(|extra| extra.at(index));
        text(callback, entry.map(|(_, json)| json))
    })
}

/// Returns the JSON text of the kept field with this name, exactly as received: a string includes its quotes. Returns
/// NULL if there is no such field, and if `name` is NULL or not UTF-8. A field whose name contains U+0000 can be read
/// only by its index.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra<'c>(
    callback: Option<&'c linkwa_callback>,
    object: ObjectNumber,
    name: Text<'_>,
) -> Text<'c> {
    panic_boundary(|| {
        let Ok(name) = name.get("name") else { return Text::NULL };
        text(callback, extra(callback, object).and_then(|extra| extra.get(name)))
    })
}

/// Frees a callback and every text that it returned. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_free(callback: Option<Box<linkwa_callback>>) {
    panic_boundary(|| drop(callback));
}

#[cfg(test)]
mod tests;
