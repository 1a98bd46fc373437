//! Objects of a callback as views on its text: fields are places in it, read without copying.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

use crate::json::{Kind, Value, unescape};
use crate::{lenient, rule};

/// A callback's text, and behind it the texts of those strings that had escapes.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) raw: String,
    pub(super) decoded: OnceLock<String>,
}

/// A place in a [`Source`]: in the text itself, or, from its end on, in the decoded strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    start: u32,
    /// No text ends where the callback begins, so that none at all takes no more room.
    end: NonZeroU32,
}

impl Span {
    #[inline]
    fn new(start: u32, end: u32) -> Self {
        Self { start, end: NonZeroU32::new(end).unwrap_or(NonZeroU32::MIN) }
    }
}

impl Source {
    pub(super) fn text(&self, span: Span) -> &str {
        let (start, end) = (span.start as usize, span.end.get() as usize);
        let text = match start.checked_sub(self.raw.len()) {
            Some(start) => {
                let decoded = self.decoded.get().map_or("", String::as_str);
                decoded.get(start..end - self.raw.len())
            }
            None => self.raw.get(start..end),
        };
        text.unwrap_or_default()
    }
}

/// Reads fields into spans.
pub(super) struct Reader<'s> {
    source: &'s Arc<Source>,
    decoded: String,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s Arc<Source>) -> Self {
        Self { source, decoded: String::new() }
    }

    pub(super) fn source(&self) -> Arc<Source> {
        Arc::clone(self.source)
    }

    /// Hands the decoded strings over to the source.
    pub(super) fn finish(self) {
        if !self.decoded.is_empty() {
            // Nobody else can have set it: the source is ours until the callback is returned.
            let _ = self.source.decoded.set(self.decoded);
        }
    }

    /// The place of a text, decoded if it has escapes.
    #[inline]
    fn span(&mut self, (start, end, escaped): (u32, u32, bool)) -> Span {
        if escaped { self.decoded_span(start, end) } else { Span::new(start, end) }
    }

    #[cold]
    fn decoded_span(&mut self, start: u32, end: u32) -> Span {
        let text = unescape(self.source.raw.get(start as usize..end as usize).unwrap_or_default());
        let start = self.source.raw.len() + self.decoded.len();
        self.decoded.push_str(&text);
        // Both fit: the raw text is at most 256 KiB, and decoding makes nothing longer.
        let offset = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        Span::new(offset(start), offset(start + text.len()))
    }
}

/// A value that can be read leniently (C-6). `None`: it has another shape.
pub(super) trait Slot: Sized {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self>;
}

impl Slot for Span {
    #[inline]
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        matches!(value.kind(), Kind::String | Kind::Integer | Kind::Decimal | Kind::True | Kind::False)
            .then(|| reader.span(value.text_span()))
    }
}

impl Slot for i64 {
    fn read(value: Value<'_>, _: &mut Reader<'_>) -> Option<Self> {
        lenient::integer(value)
    }
}

impl Slot for bool {
    fn read(value: Value<'_>, _: &mut Reader<'_>) -> Option<Self> {
        lenient::boolean(value)
    }
}

impl Slot for Vec<Span> {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        (value.kind() == Kind::Array).then(|| value.items().map(|item| Span::read(item, reader)).collect())?
    }
}

/// An object, which is filled where it is to stay.
pub(super) trait Object {
    fn empty(reader: &Reader<'_>) -> Self;

    fn fill(&mut self, value: Value<'_>, reader: &mut Reader<'_>);
}

impl<T: Object> Slot for Box<T> {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        (value.kind() == Kind::Object).then(|| {
            let mut object = Box::new(T::empty(reader));
            object.fill(value, reader);
            object
        })
    }
}

/// Parameters of a callback: texts by name, one level. An entry that is `null` is as good as absent; the callback's raw text
/// has it.
#[derive(Clone)]
pub struct Parameters {
    source: Arc<Source>,
    entries: Vec<(Span, Span)>,
}

impl Parameters {
    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The name and value that came at this place, from 0.
    pub fn at(&self, index: usize) -> Option<(&str, &str)> {
        let (key, value) = self.entries.get(index)?;
        Some((self.source.text(*key), self.source.text(*value)))
    }

    /// Names and values, in the order in which they came.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (self.source.text(*key), self.source.text(*value)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Slot for Parameters {
    fn read(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if value.kind() != Kind::Object {
            return None;
        }
        let mut entries = Vec::new();
        for member in value.members().filter(|member| member.value.kind() != Kind::Null) {
            entries.push((reader.span(member.name_span()), Span::read(member.value, reader)?));
        }
        Some(Self { source: reader.source(), entries })
    }
}

/// Fields of one object of a callback that this library does not know, and known ones of an unexpected shape (C-6): their
/// JSON texts, exactly as they came.
#[derive(Clone)]
pub struct Extra(Option<Box<Unknown>>);

/// What most callbacks have none of.
#[derive(Clone)]
struct Unknown {
    source: Arc<Source>,
    entries: Vec<(Span, Span)>,
}

impl Extra {
    pub(super) fn empty() -> Self {
        Self(None)
    }

    fn entries(&self) -> &[(Span, Span)] {
        self.0.as_deref().map_or(&[], |unknown| &unknown.entries)
    }

    fn text(&self, span: Span) -> &str {
        self.0.as_deref().map_or("", |unknown| unknown.source.text(span))
    }

    #[cold]
    pub(super) fn push(&mut self, name: (u32, u32, bool), value: Value<'_>, reader: &mut Reader<'_>) {
        let unknown = self.0.get_or_insert_with(|| Box::new(Unknown { source: reader.source(), entries: Vec::new() }));
        let (start, end) = value.raw_span();
        unknown.entries.push((reader.span(name), Span::new(start, end)));
    }

    /// The JSON text of the field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, json)| json)
    }

    /// The name and JSON text that came at this place, from 0.
    pub fn at(&self, index: usize) -> Option<(&str, &str)> {
        let (key, json) = self.entries().get(index)?;
        Some((self.text(*key), self.text(*json)))
    }

    /// Names and JSON texts, in the order in which they came.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.entries().iter().map(|(key, json)| (self.text(*key), self.text(*json)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether every field was one that this library knows.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extra").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A moment that a callback names.
///
/// ```
/// # let body = br#"{"messageId":"x","resultCode":112003,"timestamp":"2020-03-30T12:59:41+02:00"}"#;
/// # let linkwa::Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
/// let time = report.timestamp().expect("an RFC 3339 timestamp");
/// assert_eq!(time.unix_millis(), 1_585_565_981_000);
/// assert_eq!(time.offset_seconds(), 7200);
/// let time: std::time::SystemTime = time.into();
/// # let _ = time;
/// # Ok::<(), linkwa::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Milliseconds since 1970-01-01 UTC; negative before.
    pub fn unix_millis(self) -> i64 {
        self.0.unix_timestamp() * 1000 + i64::from(self.0.millisecond())
    }

    /// Seconds since 1970-01-01 UTC, rounded down; negative before.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// What lies beyond the whole second, in nanoseconds.
    pub fn subsec_nanos(self) -> u32 {
        self.0.nanosecond()
    }

    /// The offset from UTC that the timestamp was written with, in seconds east.
    pub fn offset_seconds(self) -> i32 {
        self.0.offset().whole_seconds()
    }

    /// Year, month, day, hour, minute and second as they were written, at [this offset](Self::offset_seconds).
    ///
    /// ```
    /// # let body = br#"{"messageId":"x","resultCode":112003,"timestamp":"2020-03-30T00:59:41+02:00"}"#;
    /// # let linkwa::Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
    /// let time = report.timestamp().expect("an RFC 3339 timestamp");
    /// assert_eq!(time.civil(), (2020, 3, 30, 0, 59, 41));
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn civil(self) -> (i32, u8, u8, u8, u8, u8) {
        let (year, month, day) = self.0.to_calendar_date();
        let (hour, minute, second) = self.0.to_hms();
        (year, month.into(), day, hour, minute, second)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        rule::rfc3339(text).map(Self)
    }

    pub(super) fn plus(self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration.try_into().ok()?).map(Self)
    }
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0.into()
    }
}

/// Declares an object of a callback: its fields, their names on the wire and what they are.
///
/// `text`: a string; `time`: a string that is a timestamp, with a second getter for its text; `integer`; `flag`: a boolean;
/// `parameters`; `list`: of strings; `object`: another object. The kinds with `needed` have no getter here: that they are
/// there is checked before anybody can ask.
macro_rules! callback_object {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$field_doc:meta])* $kind:ident $field:ident $(/ $raw:ident)? = $wire:literal $(: $object:ty)?;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            buffer: Arc<$crate::callback::object::Source>,
            extra: $crate::callback::object::Extra,
            $($field: Option<callback_object!(@slot $kind $($object)?)>,)*
        }

        impl $name {
            $(callback_object!(@get [$(#[$field_doc])*] $kind $field $($raw)? $($object)?);)*

            /// Fields that this library does not know, and known ones of an unexpected shape (C-6).
            pub fn extra(&self) -> &$crate::callback::object::Extra {
                &self.extra
            }
        }

        impl $crate::callback::object::Object for $name {
            fn empty(reader: &$crate::callback::object::Reader<'_>) -> Self {
                let extra = $crate::callback::object::Extra::empty();
                Self { extra, $($field: None,)* buffer: reader.source() }
            }

            fn fill(&mut self, value: $crate::json::Value<'_>, reader: &mut $crate::callback::object::Reader<'_>) {
                for member in value.members() {
                    let name = &*member.name_bytes();
                    let known = 'known: {
                        $(if name == $wire.as_bytes() {
                            self.$field = $crate::callback::object::Slot::read(member.value, reader);
                            break 'known self.$field.is_some() || member.value.kind() == $crate::json::Kind::Null;
                        })*
                        false
                    };
                    if !known {
                        self.extra.push(member.name_span(), member.value, reader);
                    }
                }
            }
        }
    };

    (@slot text) => { $crate::callback::object::Span };
    (@slot needed_text) => { $crate::callback::object::Span };
    (@slot time) => { $crate::callback::object::Span };
    (@slot integer) => { i64 };
    (@slot needed_integer) => { i64 };
    (@slot flag) => { bool };
    (@slot list) => { Vec<$crate::callback::object::Span> };
    (@slot parameters) => { $crate::callback::object::Parameters };
    (@slot object $type:ty) => { Box<$type> };
    (@slot needed_object $type:ty) => { Box<$type> };

    (@get [$($doc:tt)*] text $field:ident) => {
        $($doc)*
        pub fn $field(&self) -> Option<&str> {
            self.$field.map(|span| self.buffer.text(span))
        }
    };
    (@get [$($doc:tt)*] time $field:ident $raw:ident) => {
        $($doc)*
        #[doc = ""]
        #[doc = concat!(
            "`None` if it is absent or no RFC 3339 date-time; its text as it came is in [`", stringify!($raw), "`](Self::",
            stringify!($raw), ")."
        )]
        pub fn $field(&self) -> Option<$crate::callback::object::Timestamp> {
            self.$raw().and_then($crate::callback::object::Timestamp::parse)
        }

        #[doc = concat!("The text of [`", stringify!($field), "`](Self::", stringify!($field), ") as it came.")]
        pub fn $raw(&self) -> Option<&str> {
            self.$field.map(|span| self.buffer.text(span))
        }
    };
    (@get [$($doc:tt)*] integer $field:ident) => {
        $($doc)*
        pub fn $field(&self) -> Option<i64> {
            self.$field
        }
    };
    (@get [$($doc:tt)*] flag $field:ident) => {
        $($doc)*
        pub fn $field(&self) -> Option<bool> {
            self.$field
        }
    };
    (@get [$($doc:tt)*] list $field:ident) => {
        $($doc)*
        pub fn $field(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
            self.$field.as_ref().map(|list| list.iter().map(|span| self.buffer.text(*span)))
        }
    };
    (@get [$($doc:tt)*] parameters $field:ident) => {
        $($doc)*
        pub fn $field(&self) -> Option<&$crate::callback::object::Parameters> {
            self.$field.as_ref()
        }
    };
    (@get [$($doc:tt)*] object $field:ident $type:ty) => {
        $($doc)*
        pub fn $field(&self) -> Option<&$type> {
            self.$field.as_deref()
        }
    };
    (@get [$($doc:tt)*] $needed:ident $($field:tt)*) => {};
}

pub(super) use callback_object;
