//! Callbacks: what all of them have.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use linkwa::{Callback, EventReport, Extra, Parameters, ReceivedMessage};

use crate::guard::{self, ErrPlace, Nothing};
use crate::handle::{Bytes, CText, Text, hand_over, len_among};
use crate::status::linkwa_status;
use crate::terminated::Terminated;

/// A callback that was read. It does not change; threads may share it.
pub struct linkwa_callback {
    callback: Callback,
    texts: OnceLock<Terminated>,
    raw: OnceLock<CText>,
    key: OnceLock<CText>,
}

/// A place for a callback.
pub(crate) type CallbackPlace<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_callback>>>>;

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

impl Nothing for linkwa_kind {
    const NOTHING: Self = Self::LINKWA_KIND_NONE;
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
        match (self, callback) {
            (Self::LINKWA_PARAMETERS_CUSTOM, Callback::EventReport(report)) => report.custom_parameters(),
            (Self::LINKWA_PARAMETERS_CUSTOM, Callback::ReceivedMessage(message)) => message.custom_parameters(),
            (Self::LINKWA_PARAMETERS_GATE_CUSTOM, Callback::EventReport(report)) => report.gate_custom_parameters(),
            (Self::LINKWA_PARAMETERS_GATE_CUSTOM, Callback::ReceivedMessage(message)) => {
                message.gate_custom_parameters()
            }
            (Self::LINKWA_PARAMETERS_ROUTE_CUSTOM, Callback::ReceivedMessage(message)) => {
                message.route()?.custom_parameters()
            }
            _ => None,
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
        let message = match callback {
            Callback::EventReport(report) => return (self == Self::LINKWA_OBJECT_CALLBACK).then(|| report.extra()),
            Callback::ReceivedMessage(message) => message,
            _ => return None,
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
        match &self.callback {
            Callback::EventReport(report) => Some(report),
            _ => None,
        }
    }

    /// The received message that it is.
    pub(crate) fn message(&self) -> Option<&ReceivedMessage> {
        match &self.callback {
            Callback::ReceivedMessage(message) => Some(message),
            _ => None,
        }
    }

    /// For C: a text that a getter of the core gave, or NULL.
    pub(crate) fn text(&self, text: Option<&str>) -> Text<'_> {
        let Some(text) = text else { return Text::NULL };
        self.texts.get_or_init(|| Terminated::of(&self.callback)).text(self.callback.raw(), text)
    }

    fn raw(&self) -> &CText {
        self.raw.get_or_init(|| CText::new(self.callback.raw()))
    }

    fn key(&self) -> &CText {
        self.key.get_or_init(|| CText::new(self.callback.key()))
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
/// The callback is the caller's, to be freed with linkwa_callback_free(). The bytes are copied. Any thread may call it.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `bytes` or `callback` is NULL. LINKWA_INVALID_CALLBACK if the body is not one
/// JSON object of at most 256 KiB and 64 levels in valid UTF-8 without lone surrogate escapes, duplicate keys or byte
/// order mark (rule C-7), or if it is neither kind of callback or lacks what its kind must have: linkwa_error_path()
/// and linkwa_error_position() tell where, and the error has none of the values.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parse(
    bytes: Bytes<'_>,
    len: usize,
    callback: CallbackPlace<'_>,
    err: ErrPlace<'_>,
) -> linkwa_status {
    guard::give(callback, "callback", err, || {
        let bytes = bytes.get(len, "bytes")?;
        Ok(hand_over(linkwa_callback::new(linkwa::parse_callback(bytes)?)))
    })
}

/// Which kind of callback it is; LINKWA_KIND_NONE for NULL. The functions of the other kind give NULL, 0 or false.
///
/// Threads may share the callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_kind(callback: Option<&linkwa_callback>) -> linkwa_kind {
    guard::plain(|| match callback.map(|callback| &callback.callback) {
        Some(Callback::EventReport(_)) => linkwa_kind::LINKWA_EVENT_REPORT,
        Some(Callback::ReceivedMessage(_)) => linkwa_kind::LINKWA_RECEIVED_MESSAGE,
        _ => linkwa_kind::LINKWA_KIND_NONE,
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
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_key(callback: Option<&linkwa_callback>) -> Text<'_> {
    guard::plain(|| callback.map_or(Text::NULL, |callback| callback.key().text()))
}

/// The callback's JSON text as it came. NULL for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    guard::plain(|| callback.map_or(Text::NULL, |callback| callback.raw().text()))
}

/// How many bytes a text has that this callback gave, through whichever function, the NUL behind it not counted: more
/// than strlen() says if it holds U+0000. 0 for any other pointer, and for NULL.
///
/// Threads may share the callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_text_len(callback: Option<&linkwa_callback>, text: Text<'_>) -> usize {
    guard::plain(|| callback.map_or(0, |callback| callback.text_len(text)))
}

/// Whether the callback has these parameters, be they empty. What is no object of texts, numbers and booleans counts as
/// absent, and is among the fields of linkwa_callback_extra_len(). false for NULL, and for a number that
/// linkwa_parameters does not have.
///
/// Threads may share the callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_has_parameters(callback: Option<&linkwa_callback>, which: ParametersNumber) -> bool {
    guard::plain(|| parameters(callback, which).is_some())
}

/// How many of these parameters there are. 0 if the callback does not have them (see
/// linkwa_callback_has_parameters()), and for NULL.
///
/// Threads may share the callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameters_len(callback: Option<&linkwa_callback>, which: ParametersNumber) -> usize {
    guard::plain(|| parameters(callback, which).map_or(0, Parameters::len))
}

/// The name of the parameter at this place, from 0, in the order in which they came. NULL if there is none, and for
/// NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameter_name(
    callback: Option<&linkwa_callback>,
    which: ParametersNumber,
    index: usize,
) -> Text<'_> {
    guard::plain(|| {
        let entry = parameters(callback, which).and_then(|parameters| parameters.at(index));
        text(callback, entry.map(|(name, _)| name))
    })
}

/// The value of the parameter at this place, from 0, in the order in which they came. NULL if there is none, and for
/// NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameter_value(
    callback: Option<&linkwa_callback>,
    which: ParametersNumber,
    index: usize,
) -> Text<'_> {
    guard::plain(|| {
        let entry = parameters(callback, which).and_then(|parameters| parameters.at(index));
        text(callback, entry.map(|(_, value)| value))
    })
}

/// The value of the parameter of this name. NULL if there is none, and if `name` is NULL or not UTF-8. (A name that
/// holds U+0000 is found by its place only.)
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_parameter<'c>(
    callback: Option<&'c linkwa_callback>,
    which: ParametersNumber,
    name: Text<'_>,
) -> Text<'c> {
    guard::plain(|| {
        let Ok(name) = name.get("name") else { return Text::NULL };
        text(callback, parameters(callback, which).and_then(|parameters| parameters.get(name)))
    })
}

/// How many fields of an object are kept as they came (rule C-6): those that this library does not know, and known ones
/// of an unexpected shape. 0 if the callback does not have this object, for NULL, and for a number that linkwa_object
/// does not have.
///
/// Threads may share the callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra_len(callback: Option<&linkwa_callback>, object: ObjectNumber) -> usize {
    guard::plain(|| extra(callback, object).map_or(0, Extra::len))
}

/// The name of the kept field at this place, from 0, in the order in which they came. NULL if there is none, and for
/// NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra_name(
    callback: Option<&linkwa_callback>,
    object: ObjectNumber,
    index: usize,
) -> Text<'_> {
    guard::plain(|| {
        let entry = extra(callback, object).and_then(|extra| extra.at(index));
        text(callback, entry.map(|(name, _)| name))
    })
}

/// The JSON text of the kept field at this place, from 0, exactly as it came. NULL if there is none, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra_json(
    callback: Option<&linkwa_callback>,
    object: ObjectNumber,
    index: usize,
) -> Text<'_> {
    guard::plain(|| {
        let entry = extra(callback, object).and_then(|extra| extra.at(index));
        text(callback, entry.map(|(_, json)| json))
    })
}

/// The JSON text of the kept field of this name, exactly as it came: a string has its quotes. NULL if there is none,
/// and if `name` is NULL or not UTF-8. (A name that holds U+0000 is found by its place only.)
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len(). Threads may share the
/// callback.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_extra<'c>(
    callback: Option<&'c linkwa_callback>,
    object: ObjectNumber,
    name: Text<'_>,
) -> Text<'c> {
    guard::plain(|| {
        let Ok(name) = name.get("name") else { return Text::NULL };
        text(callback, extra(callback, object).and_then(|extra| extra.get(name)))
    })
}

/// Frees a callback with all that it gave. NULL is fine.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_free(callback: Option<Box<linkwa_callback>>) {
    guard::plain(|| drop(callback));
}

#[cfg(test)]
pub(crate) mod tests {
    use linkwa::{Button, Context, Route};

    use super::*;
    use crate::handle::as_c::with_place;
    use crate::received as r;
    use crate::report as e;

    /// A callback that can be read.
    pub(crate) fn read(body: &str) -> Box<linkwa_callback> {
        let (status, callback) = parse(body.as_bytes());
        assert_eq!(status, linkwa_status::LINKWA_OK, "{body}");
        callback.expect("it was written")
    }

    fn parse(body: &[u8]) -> (linkwa_status, Option<Box<linkwa_callback>>) {
        with_place(None, |callback| linkwa_callback_parse(Bytes::of(body), body.len(), callback, None))
    }

    const CUSTOM: ParametersNumber = ParametersNumber(1);
    const GATE: ParametersNumber = ParametersNumber(2);
    const ROUTE: ParametersNumber = ParametersNumber(3);

    /// Asks a callback as C does.
    struct Asked<'c>(&'c linkwa_callback);

    type Getter<T> = extern "C" fn(Option<&linkwa_callback>, Option<&mut MaybeUninit<T>>) -> bool;

    impl Asked<'_> {
        /// That C gets this text, its end and its length.
        fn same(&self, found: Text<'_>, wanted: Option<&str>) {
            let len = linkwa_callback_text_len(Some(self.0), found);
            assert_eq!(len, wanted.map_or(0, str::len), "the length of {wanted:?}");
            let wanted = wanted.map(|wanted| [wanted.as_bytes(), b"\0"].concat());
            assert_eq!(found.read(len), wanted.as_deref());
            for inner in 1..=len {
                assert_eq!(linkwa_callback_text_len(Some(self.0), found.after(inner)), 0, "within {wanted:?}");
            }
        }

        /// That C gets this value, or that there is none.
        fn same_value<T: Copy + PartialEq + std::fmt::Debug>(&self, getter: Getter<T>, before: T, wanted: Option<T>) {
            let found = with_place(before, |place| getter(Some(self.0), place));
            assert_eq!(found, (wanted.is_some(), wanted.unwrap_or(before)));
            assert_eq!(getter(Some(self.0), None), wanted.is_some());
        }

        fn same_moment(&self, getter: Getter<i64>, wanted: Option<linkwa::Timestamp>) {
            self.same_value(getter, -77, wanted.map(linkwa::Timestamp::unix_millis));
        }

        fn same_parameters(&self, which: ParametersNumber, wanted: Option<Parameters<'_>>) {
            let c = Some(self.0);
            assert_eq!(linkwa_callback_has_parameters(c, which), wanted.is_some());
            let len = wanted.map_or(0, Parameters::len);
            assert_eq!(linkwa_callback_parameters_len(c, which), len);
            for index in 0..=len {
                let entry = wanted.and_then(|wanted| wanted.at(index));
                self.same(linkwa_callback_parameter_name(c, which, index), entry.map(|(name, _)| name));
                self.same(linkwa_callback_parameter_value(c, which, index), entry.map(|(_, value)| value));
                let Some((name, _)) = entry else { continue };
                let by_name = linkwa_callback_parameter(c, which, CText::new(name).text());
                self.same(by_name, wanted.and_then(|wanted| wanted.get(to_nul(name))));
            }
        }

        fn same_extra(&self, object: ObjectNumber, wanted: Option<Extra<'_>>) {
            let c = Some(self.0);
            let len = wanted.map_or(0, Extra::len);
            assert_eq!(linkwa_callback_extra_len(c, object), len);
            for index in 0..=len {
                let entry = wanted.and_then(|wanted| wanted.at(index));
                self.same(linkwa_callback_extra_name(c, object, index), entry.map(|(name, _)| name));
                self.same(linkwa_callback_extra_json(c, object, index), entry.map(|(_, json)| json));
                let Some((name, _)) = entry else { continue };
                let by_name = linkwa_callback_extra(c, object, CText::new(name).text());
                self.same(by_name, wanted.and_then(|wanted| wanted.get(to_nul(name))));
            }
        }

        fn same_report(&self, report: Option<&EventReport>) {
            let c = Some(self.0);
            self.same(e::linkwa_event_report_message_id(c), report.and_then(EventReport::message_id));
            self.same(e::linkwa_event_report_ref_id(c), report.and_then(EventReport::ref_id));
            self.same(e::linkwa_event_report_message_type(c), report.and_then(EventReport::message_type));
            self.same(e::linkwa_event_report_timestamp_raw(c), report.and_then(EventReport::timestamp_raw));
            self.same(e::linkwa_event_report_result_description(c), report.and_then(EventReport::result_description));
            assert_eq!(e::linkwa_event_report_result_code(c), report.map_or(0, |report| report.result_code().number()));
            let wanted = report.map_or(e::linkwa_event_status::LINKWA_EVENT_NONE, |report| report.status().into());
            assert_eq!(e::linkwa_event_report_status(c), wanted);
            let index = report.and_then(EventReport::message_index);
            self.same_value(e::linkwa_event_report_message_index, -77, index);
            let moment = report.and_then(EventReport::timestamp);
            self.same_moment(e::linkwa_event_report_timestamp_ms, moment);
        }

        fn same_message(&self, message: Option<&ReceivedMessage>) {
            let c = Some(self.0);
            self.same(r::linkwa_received_message_destination(c), message.and_then(ReceivedMessage::destination));
            self.same(r::linkwa_received_message_source(c), message.map(ReceivedMessage::source));
            self.same(r::linkwa_received_message_provider(c), message.and_then(ReceivedMessage::provider));
            self.same(r::linkwa_received_message_timestamp_raw(c), message.and_then(ReceivedMessage::timestamp_raw));
            let moment = message.and_then(ReceivedMessage::timestamp);
            self.same_moment(r::linkwa_received_message_timestamp_ms, moment);
            self.same(r::linkwa_received_message_message_id(c), message.map(ReceivedMessage::message_id));
            let wanted = message.and_then(ReceivedMessage::provider_timestamp_raw);
            self.same(r::linkwa_received_message_provider_timestamp_raw(c), wanted);
            let moment = message.and_then(ReceivedMessage::provider_timestamp);
            self.same_moment(r::linkwa_received_message_provider_timestamp_ms, moment);
            let wanted = message.and_then(ReceivedMessage::provider_message_id);
            self.same(r::linkwa_received_message_provider_message_id(c), wanted);
            self.same(r::linkwa_received_message_content_kind(c), message.and_then(|message| message.content().kind()));
            let wanted = message.is_some_and(|message| message.content().message().is_some());
            assert_eq!(r::linkwa_received_message_has_message(c), wanted);
            self.same(r::linkwa_received_message_content_type(c), message.and_then(ReceivedMessage::content_type));
            self.same(r::linkwa_received_message_text(c), message.and_then(ReceivedMessage::text));
            let button = message.and_then(ReceivedMessage::button);
            assert_eq!(r::linkwa_received_message_has_button(c), button.is_some());
            self.same(r::linkwa_received_message_button_text(c), button.and_then(Button::text));
            self.same(r::linkwa_received_message_button_payload(c), button.and_then(Button::payload));
            let context = message.and_then(ReceivedMessage::context);
            assert_eq!(r::linkwa_received_message_has_context(c), context.is_some());
            self.same(r::linkwa_received_message_context_source(c), context.and_then(Context::source));
            self.same(r::linkwa_received_message_context_message_id(c), context.and_then(Context::message_id));
            let moment = message.and_then(ReceivedMessage::care_window_closes_at);
            self.same_moment(r::linkwa_received_message_care_window_closes_at_ms, moment);
        }

        fn same_route(&self, route: Option<Route<'_>>) {
            let c = Some(self.0);
            assert_eq!(r::linkwa_received_message_has_route(c), route.is_some());
            self.same(r::linkwa_received_message_route_id(c), route.and_then(Route::id));
            self.same(r::linkwa_received_message_route_ref_id(c), route.and_then(Route::ref_id));
            self.same(r::linkwa_received_message_route_platform_id(c), route.and_then(Route::platform_id));
            let wanted = route.and_then(Route::platform_partner_id);
            self.same(r::linkwa_received_message_route_platform_partner_id(c), wanted);
            let wanted = route.and_then(Route::platform_service_type);
            self.same(r::linkwa_received_message_route_platform_service_type(c), wanted);
            let wanted = route.and_then(Route::platform_service_id);
            self.same(r::linkwa_received_message_route_platform_service_id(c), wanted);
            self.same(r::linkwa_received_message_route_number(c), route.and_then(Route::number));
            let gates: Option<Vec<_>> = route.and_then(Route::gate_ids).map(Iterator::collect);
            assert_eq!(r::linkwa_received_message_route_has_gate_ids(c), gates.is_some());
            let gates = gates.unwrap_or_default();
            assert_eq!(r::linkwa_received_message_route_gate_ids_len(c), gates.len());
            for index in 0..=gates.len() {
                self.same(r::linkwa_received_message_route_gate_id(c, index), gates.get(index).copied());
            }
            self.same(r::linkwa_received_message_route_kind(c), route.and_then(Route::kind));
            self.same(r::linkwa_received_message_route_keyword(c), route.and_then(Route::keyword));
            self.same(r::linkwa_received_message_route_keyword_type(c), route.and_then(Route::keyword_type));
            self.same(r::linkwa_received_message_route_start_raw(c), route.and_then(Route::start_raw));
            self.same(r::linkwa_received_message_route_end_raw(c), route.and_then(Route::end_raw));
            let moment = route.and_then(Route::start);
            self.same_moment(r::linkwa_received_message_route_start_ms, moment);
            let moment = route.and_then(Route::end);
            self.same_moment(r::linkwa_received_message_route_end_ms, moment);
            self.same(r::linkwa_received_message_route_description(c), route.and_then(Route::description));
            self.same_value(r::linkwa_received_message_route_active, false, route.and_then(Route::active));
            self.same_value(r::linkwa_received_message_route_shared, false, route.and_then(Route::shared));
        }
    }

    /// What C sees of a name that it is given.
    fn to_nul(name: &str) -> &str {
        name.split('\0').next().unwrap_or_default()
    }

    /// That all that C gets of a callback is what the core says.
    fn same_in_all(body: &str) {
        let callback = read(body);
        let core = linkwa::parse_callback(body).expect("it can be read");
        let (kind, report, message) = match &core {
            Callback::EventReport(report) => (linkwa_kind::LINKWA_EVENT_REPORT, Some(report), None),
            Callback::ReceivedMessage(message) => (linkwa_kind::LINKWA_RECEIVED_MESSAGE, None, Some(message)),
            _ => panic!("a third kind"),
        };
        let route = message.and_then(ReceivedMessage::route);
        let asked = Asked(&callback);
        assert_eq!(linkwa_callback_kind(Some(&callback)), kind);
        asked.same_report(report);
        asked.same_message(message);
        asked.same_route(route);

        let custom = report.map(EventReport::custom_parameters).or(message.map(ReceivedMessage::custom_parameters));
        asked.same_parameters(CUSTOM, custom.flatten());
        let gate =
            report.map(EventReport::gate_custom_parameters).or(message.map(ReceivedMessage::gate_custom_parameters));
        asked.same_parameters(GATE, gate.flatten());
        asked.same_parameters(ROUTE, route.and_then(Route::custom_parameters));

        let inner = message.map(ReceivedMessage::content).and_then(linkwa::Content::message);
        for (number, extra) in [
            (1, report.map(EventReport::extra).or(message.map(ReceivedMessage::extra))),
            (2, message.map(|message| message.content().extra())),
            (3, inner.map(linkwa::InboundMessage::extra)),
            (4, inner.and_then(linkwa::InboundMessage::button).map(Button::extra)),
            (5, inner.and_then(linkwa::InboundMessage::context).map(Context::extra)),
            (6, route.map(Route::extra)),
            (7, None),
        ] {
            asked.same_extra(ObjectNumber(number), extra);
        }
        asked.same(linkwa_callback_raw(Some(&callback)), Some(body));
        asked.same(linkwa_callback_key(Some(&callback)), Some(&core.key()));
        linkwa_callback_free(Some(callback));
    }

    /// All that callbacks can have: `@` is a value of any kind, `#` a name.
    const SAMPLES: [&str; 2] = [
        r#"{"messageId":@,"refId":@,"messageType":@,"messageIndex":-1,"timestamp":@,"resultCode":112003,
            "resultDescription":@,"gateCustomParameters":{#:@,#:@,#:@},"customParameters":{#:@},#:@,#:[],
            #:{#:@,"customParameters":{#:@},"b":[@,[@,{"messageId":@}],{}]},#:null,#:{}}"#,
        r#"{"destination":@,"source":@,"content":{"type":@,"message":{"contentType":@,"text":@,
            "button":{"text":@,"payload":@,#:@,#:{#:@}},"context":{"source":@,"messageId":@,#:[@,@]},#:@},#:@,#:[[[@]]]},
            "provider":@,"timestamp":"2020-03-21T17:41:58Z","messageId":@,"providerTimestamp":@,"providerMessageId":@,
            "route":{"id":@,"refId":@,"platformId":@,"platformPartnerId":@,"platformServiceType":@,"platformServiceId":@,
            "number":@,"gateIds":[@,@,@,@],"customParameters":{#:@,#:@},"type":@,"keyword":@,"keywordType":@,"active":true,
            "start":@,"end":"2030-03-21T17:41:58.25+01:00","shared":"false","description":@,#:@,#:-1.5e3},
            "gateCustomParameters":{#:@,#:@},"customParameters":{},#:@,"resultCode":@}"#,
    ];

    /// Puts values of these kinds in turn into a sample.
    fn filled(sample: &str, values: &[&str], names: &[&str]) -> String {
        let mut body = String::new();
        let mut count = 0;
        for c in sample.chars() {
            let choice = match c {
                '@' => values,
                '#' => names,
                _ => {
                    body.push(c);
                    continue;
                }
            };
            body.push_str(&choice[count % choice.len()].replace('%', &count.to_string()));
            count += 1;
        }
        body
    }

    const PLAIN: &str = r#""v% é""#;
    const ESCAPED: &str = r#""\u00e9\ud83d\ude00 %\n\"""#;
    const WITH_NUL: &str = r#""\u0000%\u0000""#;
    const TIME: &str = r#""2020-03-21T17:41:58.123456%Z""#;
    const NAME: &str = r#""n%""#;
    const ESCAPED_NAME: &str = r#""\u006e%\u0000\t""#;

    fn samples() -> Vec<String> {
        let values = [
            &[PLAIN][..],
            &[ESCAPED],
            &[WITH_NUL],
            &["%"],
            &["-%.5e-3"],
            &["true"],
            &["false"],
            &[TIME],
            &[r#""""#],
            &[PLAIN, ESCAPED, "%", "true", r#""""#, WITH_NUL, "false"],
            &[WITH_NUL, "0", r#""""#, TIME, r#""\u0000""#],
        ];
        let names = [&[NAME][..], &[ESCAPED_NAME], &[NAME, ESCAPED_NAME, r#""% ""#]];
        let mut samples = Vec::new();
        for sample in SAMPLES {
            for values in values {
                for names in names {
                    let body = filled(sample, values, names);
                    samples.push(format!(" {body}\n"));
                    let compact = body.lines().map(str::trim).collect::<String>();
                    samples.push(compact.replace(',', " ,").replace('}', "\t}").replace(']', " ]"));
                    samples.push(compact);
                }
            }
        }
        samples
    }

    #[test]
    fn every_text_ends_where_it_ends_and_is_what_the_core_says() {
        for body in samples() {
            same_in_all(&body);
        }
        for body in [
            // Known fields of unexpected shapes, with texts in them that would be given otherwise.
            r#"{"messageId":["m","n"],"refId":"r","resultCode":1,"customParameters":{"a":"b","c":{"d":"\n"}},"messageIndex":"x"}"#,
            r#"{"messageId":"m","source":1,"content":{"message":"text","type":{"type":"t"}},"route":{"gateIds":["g",null],"customParameters":[]}}"#,
            r#"{"messageId":"m","source":"","content":{"message":{"button":"b","context":[1]}},"route":7,"gateCustomParameters":{"":{}}}"#,
            r#"{"messageId":"m","source":"1","content":{},"route":{"gateIds":[]},"gateCustomParameters":{},"customParameters":null}"#,
            r#"{"content":null,"messageId":"","refId":"","resultCode":"112003","":"","\u0000":"\u0000"}"#,
            r#"{"messageId":"m","resultCode":112003}"#,
        ] {
            same_in_all(body);
        }
    }

    #[test]
    fn it_is_so_for_callbacks_that_nobody_thought_of() {
        let samples = samples();
        let mut state = 17_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        let mut read = 0;
        for _ in 0..3000 {
            let mut body = samples[random(samples.len())].clone().into_bytes();
            for _ in 0..=random(2) {
                // One member or item taken away, doubled in shape, or emptied; what does not parse is not our matter.
                let place = random(body.len());
                let new: &[u8] = [&b"null"[..], b"[]", b"{}", b"\"\"", b"0", b",", b"\\n", b" ", b"\""][random(9)];
                let end = (place + random(6)).min(body.len());
                body.splice(place..end, new.iter().copied());
            }
            let Ok(body) = String::from_utf8(body) else { continue };
            if linkwa::parse_callback(&*body).is_ok() {
                read += 1;
                same_in_all(&body);
            }
        }
        assert!(read > 100, "only {read} could be read");
    }

    #[test]
    fn texts_are_the_same_whoever_asks_first() {
        let callback = read(&filled(SAMPLES[1], &[PLAIN, ESCAPED], &[NAME]));
        let ask = || {
            let c = Some(&*callback);
            let texts = [
                r::linkwa_received_message_text(c),
                r::linkwa_received_message_source(c),
                linkwa_callback_raw(c),
                linkwa_callback_key(c),
                linkwa_callback_extra_json(c, ObjectNumber(1), 0),
            ];
            texts.map(|text| (text.address(), linkwa_callback_text_len(c, text)))
        };
        let asked: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(asked.iter().all(|texts| *texts == ask()), "{asked:?}");
        assert!(ask().iter().all(|(address, len)| *address != 0 && *len > 0));
    }

    #[test]
    fn other_pointers_have_no_length() {
        let callback = read(r#"{"messageId":"m","resultCode":112003}"#);
        let c = Some(&*callback);
        let foreign = Text::new(c"m");
        assert_eq!(linkwa_callback_text_len(c, foreign), 0);
        assert_eq!(linkwa_callback_text_len(c, Text::NULL), 0);
        let id = e::linkwa_event_report_message_id(c);
        let raw = linkwa_callback_raw(c);
        assert_eq!((linkwa_callback_text_len(c, id), linkwa_callback_text_len(c, raw)), (1, 37));
        for other in [foreign, Text::NULL, raw.after(1), id.after(1)] {
            assert_eq!(linkwa_callback_text_len(c, other), 0);
        }
        assert_eq!(linkwa_callback_text_len(None, id), 0);
    }

    #[test]
    fn a_callback_that_is_none_is_told_with_its_place() {
        let body = br#"{"messageId":"canary","x":1,"x":2}"#;
        let (status, callback) = parse(body);
        assert_eq!(status, linkwa_status::LINKWA_INVALID_CALLBACK);
        assert!(callback.is_none());
        let (_, error) =
            with_place(None, |err| with_place(None, |at| linkwa_callback_parse(Bytes::of(body), body.len(), at, err)));
        let error = error.as_deref();
        assert_eq!(crate::error::linkwa_error_position(error), 28);
        assert_eq!(crate::error::linkwa_error_path(error).get("path").ok(), Some("x"));
        let message = crate::error::linkwa_error_message(error).get("message").expect("UTF-8");
        assert!(!message.contains("canary"), "{message}");
        for body in [&b""[..], b"\xff", b"{}", b"{\"resultCode\":1}"] {
            assert_eq!(parse(body).0, linkwa_status::LINKWA_INVALID_CALLBACK, "{body:?}");
        }
    }

    #[test]
    fn nothing_is_asked_of_nothing() {
        let body = b"{}";
        let null = with_place(None, |at| linkwa_callback_parse(Bytes::NULL, 2, at, None));
        assert_eq!(null.0, linkwa_status::LINKWA_INVALID_ARGUMENT);
        assert!(null.1.is_none());
        let (status, error) = with_place(None, |err| linkwa_callback_parse(Bytes::of(body), 2, None, err));
        assert_eq!(status, linkwa_status::LINKWA_INVALID_ARGUMENT);
        assert_eq!(crate::error::linkwa_error_code(error.as_deref()), status);

        assert_eq!(linkwa_callback_kind(None), linkwa_kind::LINKWA_KIND_NONE);
        let texts = [
            linkwa_callback_key(None),
            linkwa_callback_raw(None),
            linkwa_callback_parameter_name(None, CUSTOM, 0),
            linkwa_callback_parameter_value(None, CUSTOM, 0),
            linkwa_callback_parameter(None, CUSTOM, Text::new(c"a")),
            linkwa_callback_extra_name(None, ObjectNumber(1), 0),
            linkwa_callback_extra_json(None, ObjectNumber(1), 0),
            linkwa_callback_extra(None, ObjectNumber(1), Text::new(c"a")),
            e::linkwa_event_report_message_id(None),
            r::linkwa_received_message_source(None),
            r::linkwa_received_message_route_gate_id(None, 0),
        ];
        assert!(texts.iter().all(|text| text.address() == 0));
        assert!(!linkwa_callback_has_parameters(None, CUSTOM));
        assert_eq!(linkwa_callback_parameters_len(None, CUSTOM) + linkwa_callback_extra_len(None, ObjectNumber(1)), 0);
        linkwa_callback_free(None);
    }

    #[test]
    fn a_number_or_name_that_is_none_finds_nothing() {
        let callback = read(r#"{"messageId":"m","resultCode":1,"x":1,"customParameters":{"a":"b"}}"#);
        let c = Some(&*callback);
        for number in [0, 4, 7, u32::MAX] {
            assert!(!linkwa_callback_has_parameters(c, ParametersNumber(number)));
            assert_eq!(linkwa_callback_parameters_len(c, ParametersNumber(number)), 0);
            assert_eq!(linkwa_callback_extra_len(c, ObjectNumber(number)), 0);
        }
        for name in [Text::NULL, Text::new(c"\xff"), Text::new(c""), Text::new(c"b")] {
            assert_eq!(linkwa_callback_parameter(c, CUSTOM, name).address(), 0);
            assert_eq!(linkwa_callback_extra(c, ObjectNumber(1), name).address(), 0);
        }
        assert_eq!(linkwa_callback_parameter(c, CUSTOM, Text::new(c"a")).get("b").ok(), Some("b"));
        assert_eq!(linkwa_callback_parameter_name(c, CUSTOM, usize::MAX).address(), 0);
        assert_eq!(linkwa_callback_extra_json(c, ObjectNumber(1), usize::MAX).address(), 0);
    }
}
