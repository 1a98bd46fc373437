//! Callbacks: what all of them have.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use linkwa::{Callback, CallbackKind, EventReport, Extra, Parameters, ReceivedMessage};

use crate::arg::{Bytes, Text};
use crate::c_strings::CStrings;
use crate::c_strings::{TextBuf, len_among};
use crate::error::ErrorOut;
use crate::out::into_raw;
use crate::panic::{OnPanic, panic_boundary, panic_boundary_out};
use crate::status::linkwa_status;

/// A callback that was read.
///
/// A built object: threads may share it (see THREADS).
pub struct linkwa_callback {
    callback: Callback,
    texts: OnceLock<CStrings>,
    raw: OnceLock<TextBuf>,
    key: OnceLock<TextBuf>,
}

/// An out-parameter for a callback.
pub(crate) type CallbackOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_callback>>>>;

/// What a callback is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_kind {
    /// There is no callback.
    LINKWA_KIND_NONE = 0,
    /// Something came of a message that was sent (rule C-1): ask the functions that begin with linkwa_event_report_.
    LINKWA_EVENT_REPORT = 1,
    /// A user wrote (rule C-2): ask the functions that begin with linkwa_received_message_.
    LINKWA_RECEIVED_MESSAGE = 2,
}

impl OnPanic for linkwa_kind {
    const ON_PANIC: Self = Self::LINKWA_KIND_NONE;
}

/// Which parameters of a callback are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_parameters {
    /// Of an event report the parameters that the request gave along, of a received message further ones.
    LINKWA_PARAMETERS_CUSTOM = 1,
    /// The parameters of the gate that the callback was sent to.
    LINKWA_PARAMETERS_GATE_CUSTOM = 2,
    /// The parameters of a received message's route.
    LINKWA_PARAMETERS_ROUTE_CUSTOM = 3,
}

/// Which object of a callback is meant. An event report has only the first.
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
}

/// A number that C gives where a [`linkwa_parameters`] belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ParametersNumber(u32);

/// A number that C gives where a [`linkwa_object`] belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ObjectNumber(u32);

impl linkwa_parameters {
    pub(crate) const ALL: [Self; 3] =
        [Self::LINKWA_PARAMETERS_CUSTOM, Self::LINKWA_PARAMETERS_GATE_CUSTOM, Self::LINKWA_PARAMETERS_ROUTE_CUSTOM];

    /// Those of a callback, if it has them.
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
    pub(crate) const ALL: [Self; 6] = [
        Self::LINKWA_OBJECT_CALLBACK,
        Self::LINKWA_OBJECT_CONTENT,
        Self::LINKWA_OBJECT_MESSAGE,
        Self::LINKWA_OBJECT_BUTTON,
        Self::LINKWA_OBJECT_CONTEXT,
        Self::LINKWA_OBJECT_ROUTE,
    ];

    /// What of it is not known, if the callback has this object.
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
        })
    }
}

impl linkwa_callback {
    fn new(callback: Callback) -> Self {
        Self { callback, texts: OnceLock::new(), raw: OnceLock::new(), key: OnceLock::new() }
    }

    /// The event report that it is.
    pub(crate) fn report(&self) -> Option<&EventReport> {
        match self.callback.kind() {
            CallbackKind::EventReport(report) => Some(report),
            CallbackKind::ReceivedMessage(_) => None,
        }
    }

    /// The received message that it is.
    pub(crate) fn message(&self) -> Option<&ReceivedMessage> {
        match self.callback.kind() {
            CallbackKind::ReceivedMessage(message) => Some(message),
            CallbackKind::EventReport(_) => None,
        }
    }

    /// For C: a text that a getter of the core gave, or NULL.
    pub(crate) fn text(&self, text: Option<&str>) -> Text<'_> {
        let Some(text) = text else { return Text::NULL };
        self.texts.get_or_init(|| CStrings::of(&self.callback)).text(self.callback.raw(), text)
    }

    fn raw(&self) -> &TextBuf {
        self.raw.get_or_init(|| TextBuf::new(self.callback.raw()))
    }

    fn key(&self) -> &TextBuf {
        self.key.get_or_init(|| TextBuf::new(self.callback.key()))
    }

    fn text_len(&self, text: Text<'_>) -> usize {
        let own = || len_among(text, [&self.raw, &self.key].into_iter().filter_map(OnceLock::get));
        self.texts.get().and_then(|texts| texts.len_of(&self.callback, text)).unwrap_or_else(own)
    }
}

/// Parameters that a callback may have.
fn parameters(callback: Option<&linkwa_callback>, which: ParametersNumber) -> Option<Parameters<'_>> {
    let which = linkwa_parameters::ALL.into_iter().find(|known| *known as u32 == which.0)?;
    which.of(&callback?.callback)
}

/// What is not known of an object that a callback may have.
fn extra(callback: Option<&linkwa_callback>, object: ObjectNumber) -> Option<Extra<'_>> {
    let object = linkwa_object::ALL.into_iter().find(|known| *known as u32 == object.0)?;
    object.extra(&callback?.callback)
}

/// For C: a text that the callback gave.
fn text<'c>(callback: Option<&'c linkwa_callback>, text: Option<&str>) -> Text<'c> {
    callback.map_or(Text::NULL, |callback| callback.text(text))
}

/// Reads the body of a callback, `len` bytes as the gateway posted them: an event report or a received message (rule
/// C-4).
///
/// Only what must be there can fail (rule C-5); a field that this library does not know, or that has an unexpected
/// shape, is kept (rule C-6): see linkwa_callback_extra_len(). A callback may come twice, late or in disorder: tell
/// repeats by linkwa_callback_key(), and record a key after you have processed its callback. Whether a callback is to be
/// believed is another matter: ask linkwa_callback_guard_check() before.
///
/// The callback is the caller's, to be freed with linkwa_callback_free(). The bytes are copied.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `bytes` or `callback` is NULL. LINKWA_INVALID_CALLBACK if the body is not one
/// JSON object of at most 256 KiB and 64 levels in valid UTF-8 without lone surrogate escapes, duplicate keys or byte
/// order mark (rule C-7), or if it is neither kind of callback or lacks what its kind must have: linkwa_error_path()
/// and linkwa_error_position() tell where, and the error has none of the values.
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

/// Which kind of callback it is; LINKWA_KIND_NONE for NULL. The functions of the other kind give NULL, 0 or false.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_kind(callback: Option<&linkwa_callback>) -> linkwa_kind {
    panic_boundary(|| match callback.map(|callback| callback.callback.kind()) {
        Some(CallbackKind::EventReport(_)) => linkwa_kind::LINKWA_EVENT_REPORT,
        Some(CallbackKind::ReceivedMessage(_)) => linkwa_kind::LINKWA_RECEIVED_MESSAGE,
        None => linkwa_kind::LINKWA_KIND_NONE,
    })
}

/// A deduplication key. A callback can be delivered more than once; record the key after you have processed the
/// callback. Of an event report it is "report:{messageId}:{refId}:{messageIndex}:{resultCode}", an absent part written
/// "-"; of a received message "message:{messageId}". NULL for NULL.
///
/// It is printable ASCII of less than 200 characters, and different for different callbacks: in a part every byte other
/// than A-Z a-z 0-9 . _ ~ + / = - is percent-encoded, and a part that is longer than 64 characters then is "%h" and the
/// beginning of its SHA-256.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_key(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| callback.map_or(Text::NULL, |callback| callback.key().text()))
}

/// The callback's JSON text as it came. NULL for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| callback.map_or(Text::NULL, |callback| callback.raw().text()))
}

/// How many bytes a text has that this callback gave, through whichever function, the NUL behind it not counted: more
/// than strlen() says if it holds U+0000. 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_text_len(callback: Option<&linkwa_callback>, text: Text<'_>) -> usize {
    panic_boundary(|| callback.map_or(0, |callback| callback.text_len(text)))
}

/// Whether the callback has these parameters, be they empty. What is no object of texts, numbers and booleans counts as
/// absent, and is among the fields of linkwa_callback_extra_len(). false for NULL, and for a number that
/// linkwa_parameters does not have.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_has_parameters(callback: Option<&linkwa_callback>, which: ParametersNumber) -> bool {
    panic_boundary(|| parameters(callback, which).is_some())
}

/// How many of these parameters there are. 0 if the callback does not have them (see
/// linkwa_callback_has_parameters()), and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameters_len(callback: Option<&linkwa_callback>, which: ParametersNumber) -> usize {
    panic_boundary(|| parameters(callback, which).map_or(0, Parameters::len))
}

/// The name of the parameter at this place, from 0, in the order in which they came. NULL if there is none, and for
/// NULL.
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

/// The value of the parameter at this place, from 0, in the order in which they came. NULL if there is none, and for
/// NULL.
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

/// The value of the parameter of this name. NULL if there is none, and if `name` is NULL or not UTF-8. (A name that
/// holds U+0000 is found by its place only.)
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

/// How many fields of an object are kept as they came (rule C-6): those that this library does not know, and known ones
/// of an unexpected shape. 0 if the callback does not have this object, for NULL, and for a number that linkwa_object
/// does not have.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra_len(callback: Option<&linkwa_callback>, object: ObjectNumber) -> usize {
    panic_boundary(|| extra(callback, object).map_or(0, Extra::len))
}

/// The name of the kept field at this place, from 0, in the order in which they came. NULL if there is none, and for
/// NULL.
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

/// The JSON text of the kept field at this place, from 0, exactly as it came. NULL if there is none, and for NULL.
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

/// The JSON text of the kept field of this name, exactly as it came: a string has its quotes. NULL if there is none,
/// and if `name` is NULL or not UTF-8. (A name that holds U+0000 is found by its place only.)
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

/// Frees a callback with all that it gave. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_free(callback: Option<Box<linkwa_callback>>) {
    panic_boundary(|| drop(callback));
}

#[cfg(test)]
mod tests;
