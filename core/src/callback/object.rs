//! Objects of a callback as views on its text: fields are places in it, read without copying.

use std::fmt;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

use crate::json::{Kind, Member, Plain, Value, unescape};
use crate::{lenient, rule};

/// A callback's text, the texts of those strings that had escapes, and the places of what came in lists.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct Source {
    pub(super) raw: String,
    decoded: String,
    table: Table,
}

/// A place in a [`Source`]: in the text itself, or, from its end on, in the decoded strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    start: u32,
    /// No text ends where the callback begins, so that none at all takes no more room.
    end: NonZeroU32,
}

impl Span {
    const NOTHING: Self = Self { start: 0, end: NonZeroU32::MIN };

    #[inline]
    fn new(start: u32, end: u32) -> Self {
        Self { start, end: NonZeroU32::new(end).unwrap_or(NonZeroU32::MIN) }
    }
}

/// Spans one behind the other. A few need no room of their own.
#[derive(Clone)]
pub(super) struct Table {
    few: [Span; Self::FEW],
    len: usize,
    /// All of them, if they are more.
    all: Vec<Span>,
}

impl Table {
    const FEW: usize = 8;

    fn new() -> Self {
        Self { few: [Span::NOTHING; Self::FEW], len: 0, all: Vec::new() }
    }

    #[inline]
    fn push(&mut self, span: Span) {
        match self.few.get_mut(self.len) {
            Some(place) => *place = span,
            None => self.push_many(span),
        }
        self.len += 1;
    }

    #[cold]
    fn push_many(&mut self, span: Span) {
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.few);
        }
        self.all.push(span);
    }

    fn spans(&self) -> &[Span] {
        if self.len > Self::FEW { &self.all } else { self.few.get(..self.len).unwrap_or_default() }
    }

    #[cold]
    fn truncate(&mut self, len: usize) {
        self.all.truncate(if len > Self::FEW { len } else { 0 });
        self.len = len;
    }
}

#[cfg(test)]
impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.spans() == other.spans()
    }
}

/// Spans in a [`Table`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Run {
    from: u32,
    until: u32,
}

impl Source {
    /// A text, and what a [`Reader`] made of it.
    #[inline]
    pub(super) fn new(raw: String, (decoded, table): (String, Table)) -> Self {
        Self { raw, decoded, table }
    }

    #[inline]
    pub(super) fn text(&self, span: Span) -> &str {
        let (start, end) = (span.start as usize, span.end.get() as usize);
        let text = match start.checked_sub(self.raw.len()) {
            Some(start) => self.decoded.get(start..end - self.raw.len()),
            None => self.raw.get(start..end),
        };
        text.unwrap_or_default()
    }

    pub(super) fn spans(&self, run: Run) -> &[Span] {
        self.table.spans().get(run.from as usize..run.until as usize).unwrap_or_default()
    }

    fn pairs(&self, run: Run) -> Pairs<'_> {
        let (spans, _) = self.spans(run).as_chunks();
        Pairs { source: self, spans }
    }
}

/// Reads fields of a text into spans.
pub(super) struct Reader<'t> {
    raw: &'t str,
    decoded: String,
    table: Table,
}

impl<'t> Reader<'t> {
    pub(super) fn new(raw: &'t str) -> Self {
        Self { raw, decoded: String::new(), table: Table::new() }
    }

    /// The text from its beginning.
    pub(super) fn plain(&self) -> Plain<'t> {
        Plain::new(self.raw)
    }

    /// What was read, which is to be kept with the [text](Source::new).
    #[inline]
    pub(super) fn finish(self) -> (String, Table) {
        (self.decoded, self.table)
    }

    /// The place of a text, decoded if it has escapes.
    #[inline]
    fn span(&mut self, (start, end, escaped): (u32, u32, bool)) -> Span {
        if escaped { self.decoded_span(start, end) } else { Span::new(start, end) }
    }

    #[cold]
    fn decoded_span(&mut self, start: u32, end: u32) -> Span {
        let text = unescape(self.raw.get(start as usize..end as usize).unwrap_or_default());
        let start = self.raw.len() + self.decoded.len();
        self.decoded.push_str(&text);
        Span::new(offset(start), offset(start + text.len()))
    }

    /// The name and the JSON text of a field that is not known.
    #[cold]
    pub(super) fn unknown(&mut self, member: Member<'_>) -> [Span; 2] {
        let (start, end) = member.value.raw_span();
        [self.span(member.name_span()), Span::new(start, end)]
    }

    /// The run of what was added to the table since it had this length.
    #[inline]
    fn run_from(&self, len: usize) -> Run {
        Run { from: offset(len), until: offset(self.table.len) }
    }

    /// The run of what this adds, if it fits; if it gives `None`, nothing is added.
    fn run(&mut self, fits: bool, add: impl FnOnce(&mut Self) -> Option<()>) -> Option<Run> {
        let len = self.table.len;
        if !fits || add(self).is_none() {
            self.table.truncate(len);
            return None;
        }
        Some(self.run_from(len))
    }
}

/// Everything fits: the raw text is at most 256 KiB, decoding makes nothing longer, and nothing is empty in JSON.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// A value of a field.
pub(super) trait Slot: Sized {
    /// Reads it leniently (C-6). `None`: it has another shape.
    fn read(slot: &mut Option<Self>, value: Value<'_>, reader: &mut Reader<'_>);

    /// Reads it where it is written as usual. `None`: [`read`](Self::read) has to, from the scanned text.
    fn take(slot: &mut Option<Self>, text: &mut Plain<'_>, reader: &mut Reader<'_>) -> Option<()>;
}

impl Span {
    #[inline]
    fn of(value: Value<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        matches!(value.kind(), Kind::String | Kind::Integer | Kind::Decimal | Kind::True | Kind::False)
            .then(|| reader.span(value.text_span()))
    }

    /// That of the string that comes next.
    #[inline]
    fn next(text: &mut Plain<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match text.string() {
            Some((start, end)) => Some(Self::new(start, end)),
            None => text.escaped_string().map(|(start, end)| reader.decoded_span(start, end)),
        }
    }
}

impl Slot for Span {
    #[inline]
    fn read(slot: &mut Option<Self>, value: Value<'_>, reader: &mut Reader<'_>) {
        *slot = Self::of(value, reader);
    }

    #[inline]
    fn take(slot: &mut Option<Self>, text: &mut Plain<'_>, reader: &mut Reader<'_>) -> Option<()> {
        *slot = Some(Self::next(text, reader)?);
        Some(())
    }
}

impl Slot for i64 {
    fn read(slot: &mut Option<Self>, value: Value<'_>, _: &mut Reader<'_>) {
        *slot = lenient::integer(value);
    }

    #[inline]
    fn take(slot: &mut Option<Self>, text: &mut Plain<'_>, _: &mut Reader<'_>) -> Option<()> {
        *slot = Some(text.integer()?);
        Some(())
    }
}

impl Slot for bool {
    fn read(slot: &mut Option<Self>, value: Value<'_>, _: &mut Reader<'_>) {
        *slot = lenient::boolean(value);
    }

    #[inline]
    fn take(slot: &mut Option<Self>, text: &mut Plain<'_>, _: &mut Reader<'_>) -> Option<()> {
        let flag = text.word("true");
        *slot = (flag || text.word("false")).then_some(flag);
        slot.map(|_| ())
    }
}

/// Strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct List(pub(super) Run);

impl Slot for List {
    fn read(slot: &mut Option<Self>, value: Value<'_>, reader: &mut Reader<'_>) {
        let run = reader.run(value.kind() == Kind::Array, |reader| {
            for item in value.items() {
                let span = Span::of(item, reader)?;
                reader.table.push(span);
            }
            Some(())
        });
        *slot = run.map(Self);
    }

    fn take(slot: &mut Option<Self>, text: &mut Plain<'_>, reader: &mut Reader<'_>) -> Option<()> {
        let len = reader.table.len;
        let mut more = text.open(b'[', b']')?;
        while more {
            let span = Span::next(text, reader)?;
            reader.table.push(span);
            more = text.more(b']')?;
        }
        *slot = Some(Self(reader.run_from(len)));
        Some(())
    }
}

/// Names with their values: two spans for each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Entries(Run);

impl Entries {
    pub(super) const NONE: Self = Self(Run { from: 0, until: 0 });

    /// An object with more members is left to the scan, which looks its keys up in a set.
    const FEW: usize = 32;

    #[cold]
    pub(super) fn of_unknown(unknown: &[Span], reader: &mut Reader<'_>) -> Self {
        let len = reader.table.len;
        for span in unknown {
            reader.table.push(*span);
        }
        Self(reader.run_from(len))
    }
}

impl Slot for Entries {
    fn read(slot: &mut Option<Self>, value: Value<'_>, reader: &mut Reader<'_>) {
        let run = reader.run(value.kind() == Kind::Object, |reader| {
            for member in value.members() {
                let name = reader.span(member.name_span());
                let value = Span::of(member.value, reader)?;
                reader.table.push(name);
                reader.table.push(value);
            }
            Some(())
        });
        *slot = run.map(Self);
    }

    fn take(slot: &mut Option<Self>, text: &mut Plain<'_>, reader: &mut Reader<'_>) -> Option<()> {
        let len = reader.table.len;
        let mut more = text.open(b'{', b'}')?;
        while more {
            let name = text.key()?;
            let (earlier, _) = reader.table.spans().get(len..)?.as_chunks::<2>();
            let is_repeat = |[name_before, _]: &[Span; 2]| {
                let earlier = (name_before.start, name_before.end.get());
                earlier.1 - earlier.0 == name.1 - name.0 && text.bytes(earlier) == text.bytes(name)
            };
            if earlier.len() == Self::FEW || earlier.iter().any(is_repeat) {
                return None;
            }
            let value = Span::next(text, reader)?;
            reader.table.push(Span::new(name.0, name.1));
            reader.table.push(value);
            more = text.more(b'}')?;
        }
        *slot = Some(Self(reader.run_from(len)));
        Some(())
    }
}

/// The fields of an object, which are filled where they are to stay.
pub(super) trait Object: Default {
    /// From the scanned text.
    fn read(&mut self, value: Value<'_>, reader: &mut Reader<'_>);

    /// From text that is written as usual and has no other fields. `None`: [`read`](Self::read) has to, or it is a fault.
    fn take(&mut self, text: &mut Plain<'_>, reader: &mut Reader<'_>) -> Option<()>;
}

impl<T: Object> Slot for T {
    fn read(slot: &mut Option<Self>, value: Value<'_>, reader: &mut Reader<'_>) {
        if value.kind() == Kind::Object {
            slot.insert(T::default()).read(value, reader);
        }
    }

    fn take(slot: &mut Option<Self>, text: &mut Plain<'_>, reader: &mut Reader<'_>) -> Option<()> {
        slot.insert(T::default()).take(text, reader)
    }
}

/// Names and values in the order in which they came.
#[derive(Clone, Copy)]
struct Pairs<'c> {
    source: &'c Source,
    spans: &'c [[Span; 2]],
}

impl<'c> Pairs<'c> {
    #[inline]
    fn texts(self, [name, value]: &[Span; 2]) -> (&'c str, &'c str) {
        (self.source.text(*name), self.source.text(*value))
    }

    fn get(self, name: &str) -> Option<&'c str> {
        let [_, value] = self.spans.iter().find(|[key, _]| self.source.text(*key) == name)?;
        Some(self.source.text(*value))
    }

    fn at(self, index: usize) -> Option<(&'c str, &'c str)> {
        self.spans.get(index).map(|pair| self.texts(pair))
    }

    fn iter(self) -> impl ExactSizeIterator<Item = (&'c str, &'c str)> {
        self.spans.iter().map(move |pair| self.texts(pair))
    }
}

/// Declares what is names with values of one sort.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident: get $get:literal, at $at:literal, iter $iter:literal, is_empty $is_empty:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'c>(Pairs<'c>);

        impl<'c> $name<'c> {
            #[inline]
            pub(super) fn new(source: &'c Source, Entries(run): Entries) -> Self {
                Self(source.pairs(run))
            }

            #[doc = $get]
            pub fn get(self, name: &str) -> Option<&'c str> {
                self.0.get(name)
            }

            #[doc = $at]
            pub fn at(self, index: usize) -> Option<(&'c str, &'c str)> {
                self.0.at(index)
            }

            #[doc = $iter]
            pub fn iter(self) -> impl ExactSizeIterator<Item = (&'c str, &'c str)> + use<'c> {
                self.0.iter()
            }

            /// How many there are.
            pub fn len(self) -> usize {
                self.0.spans.len()
            }

            #[doc = $is_empty]
            pub fn is_empty(self) -> bool {
                self.0.spans.is_empty()
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("len", &self.len()).finish_non_exhaustive()
            }
        }
    };
}

named! {
    /// Parameters of a callback: texts by name, one level. Parameters of another shape, such as nested ones or one that is
    /// `null`, are in `extra` of their object.
    Parameters:
    get "The value of this name.",
    at "The name and value that came at this place, from 0.",
    iter "Names and values, in the order in which they came.",
    is_empty "Whether there are none."
}

named! {
    /// Fields of one object of a callback that this library does not know, and known ones of an unexpected shape (C-6): their
    /// JSON texts, exactly as they came.
    Extra:
    get "The JSON text of the field of this name.",
    at "The name and JSON text that came at this place, from 0.",
    iter "Names and JSON texts, in the order in which they came.",
    is_empty "Whether every field was one that this library knows."
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
        rule::rfc3339(text).or_else(|| rule::rfc3339(&with_colon(text)?)).map(Self)
    }

    pub(super) fn plus(self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration.try_into().ok()?).map(Self)
    }
}

/// A time whose offset is in ISO 8601's basic format, `+0200` or `+02`, with the offset that RFC 3339 wants.
#[cold]
fn with_colon(text: &str) -> Option<String> {
    let (_, time) = text.split_at_checked("2020-03-30T".len())?;
    let digits = time.len() - time.rfind(['+', '-'])? - 1;
    let (time, minutes) = match digits {
        2 => (text, "00"),
        4 => text.split_at_checked(text.len() - 2)?,
        _ => return None,
    };
    Some(format!("{time}:{minutes}"))
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0.into()
    }
}

/// Declares an object of a callback: its fields, their names on the wire and what they are.
///
/// One that is `owned` has the callback's text; others are views on it, and on what was read of them.
///
/// `text`: a string; `time`: a string that is a timestamp, with a second getter for its text; `integer`; `flag`: a boolean;
/// `parameters`; `list`: of strings; `object`: another object, with the name of its fields. The kinds with `needed` have no
/// getter here: that they are there is checked before anybody can ask.
macro_rules! callback_object {
    (
        $(#[$doc:meta])*
        pub struct $name:ident owned $(in $room:ident)?, $fields:ident {
            $($(#[$field_doc:meta])* $kind:ident $field:ident $(/ $raw:ident)? = $wire:literal $(: $object:ident $inner:ident)?;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            buffer: $crate::callback::object::Source,
            fields: callback_object!(@room $fields $($room)?),
        }

        impl $name {
            pub(super) fn new(buffer: $crate::callback::object::Source, fields: callback_object!(@room $fields $($room)?)) -> Self {
                Self { buffer, fields }
            }

            #[inline]
            fn buffer(&self) -> &$crate::callback::object::Source {
                &self.buffer
            }

            /// Whether the same was read from the same text.
            #[cfg(test)]
            pub(super) fn is_same(&self, other: &Self) -> bool {
                self.buffer == other.buffer && self.fields == other.fields
            }

            callback_object!(@getters '_ self (&self) $($(#[$field_doc])* $kind $field $(/ $raw)? $(: $object)?;)*);
        }

        callback_object!(@fields $fields $($kind $field = $wire $(: $inner)?;)*);
    };

    (
        $(#[$doc:meta])*
        pub struct $name:ident view, $fields:ident {
            $($(#[$field_doc:meta])* $kind:ident $field:ident $(/ $raw:ident)? = $wire:literal $(: $object:ident $inner:ident)?;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'c> {
            buffer: &'c $crate::callback::object::Source,
            fields: &'c $fields,
        }

        impl<'c> $name<'c> {
            #[inline]
            fn new(buffer: &'c $crate::callback::object::Source, fields: &'c $fields) -> Self {
                Self { buffer, fields }
            }

            #[inline]
            fn buffer(self) -> &'c $crate::callback::object::Source {
                self.buffer
            }

            callback_object!(@getters 'c self (self) $($(#[$field_doc])* $kind $field $(/ $raw)? $(: $object)?;)*);
        }

        callback_object!(@fields $fields $($kind $field = $wire $(: $inner)?;)*);
    };

    (@room $fields:ident) => { $fields };
    (@room $fields:ident $room:ident) => { $room<$fields> };

    (@fields $fields:ident $($kind:ident $field:ident = $wire:literal $(: $inner:ident)?;)*) => {
        /// What was read.
        #[derive(Clone, Debug, Default)]
        #[cfg_attr(test, derive(PartialEq))]
        pub(super) struct $fields {
            extra: $crate::callback::object::Entries,
            $($field: Option<callback_object!(@slot $kind $($inner)?)>,)*
        }

        impl $crate::callback::object::Object for $fields {
            fn read(&mut self, value: $crate::json::Value<'_>, reader: &mut $crate::callback::object::Reader<'_>) {
                let mut unknown = Vec::new();
                for member in value.members() {
                    let name = &*member.name_bytes();
                    let known = 'known: {
                        $(if name == $wire.as_bytes() {
                            $crate::callback::object::Slot::read(&mut self.$field, member.value, reader);
                            break 'known self.$field.is_some() || member.value.kind() == $crate::json::Kind::Null;
                        })*
                        false
                    };
                    if !known {
                        unknown.extend(reader.unknown(member));
                    }
                }
                if !unknown.is_empty() {
                    self.extra = $crate::callback::object::Entries::of_unknown(&unknown, reader);
                }
            }

            fn take(&mut self, text: &mut $crate::json::Plain<'_>, reader: &mut $crate::callback::object::Reader<'_>) -> Option<()> {
                // Which fields have come: none may come twice.
                $(let mut $field = false;)*
                let mut more = text.open(b'{', b'}')?;
                while more {
                    let key = text.key()?;
                    let name = text.bytes(key);
                    'known: {
                        $(if name == $wire.as_bytes() {
                            if std::mem::replace(&mut $field, true) {
                                return None;
                            }
                            if !text.word("null") {
                                $crate::callback::object::Slot::take(&mut self.$field, text, reader)?;
                            }
                            break 'known;
                        })*
                        return None;
                    }
                    more = text.more(b'}')?;
                }
                Some(())
            }
        }
    };

    (@slot text) => { $crate::callback::object::Span };
    (@slot needed_text) => { $crate::callback::object::Span };
    (@slot time) => { $crate::callback::object::Span };
    (@slot integer) => { i64 };
    (@slot needed_integer) => { i64 };
    (@slot flag) => { bool };
    (@slot list) => { $crate::callback::object::List };
    (@slot parameters) => { $crate::callback::object::Entries };
    (@slot object $inner:ident) => { $inner };
    (@slot needed_object $inner:ident) => { $inner };

    (@getters $life:lifetime $me:ident $receiver:tt $($(#[$doc:meta])* $kind:ident $field:ident $(/ $raw:ident)? $(: $object:ident)?;)*) => {
        $(callback_object!(@get $life $me $receiver [$(#[$doc])*] $kind $field $($raw)? $($object)?);)*

        /// Fields that this library does not know, and known ones of an unexpected shape (C-6).
        pub fn extra $receiver -> $crate::callback::object::Extra<$life> {
            $crate::callback::object::Extra::new($me.buffer(), $me.fields.extra)
        }
    };

    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] text $field:ident) => {
        $($doc)*
        #[inline]
        pub fn $field $receiver -> Option<&$life str> {
            $me.fields.$field.map(|span| $me.buffer().text(span))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] time $field:ident $raw:ident) => {
        $($doc)*
        #[doc = ""]
        #[doc = concat!(
            "`None` if it is absent or no RFC 3339 date-time; its text as it came is in [`", stringify!($raw), "`](Self::",
            stringify!($raw), ")."
        )]
        pub fn $field $receiver -> Option<$crate::callback::object::Timestamp> {
            $me.$raw().and_then($crate::callback::object::Timestamp::parse)
        }

        #[doc = concat!("The text of [`", stringify!($field), "`](Self::", stringify!($field), ") as it came.")]
        pub fn $raw $receiver -> Option<&$life str> {
            $me.fields.$field.map(|span| $me.buffer().text(span))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] integer $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<i64> {
            $me.fields.$field
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] flag $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<bool> {
            $me.fields.$field
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] list $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<impl ExactSizeIterator<Item = &$life str> + use<$life>> {
            let buffer = $me.buffer();
            $me.fields.$field.map(|list| buffer.spans(list.0).iter().map(|span| buffer.text(*span)))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] parameters $field:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<$crate::callback::object::Parameters<$life>> {
            $me.fields.$field.map(|entries| $crate::callback::object::Parameters::new($me.buffer(), entries))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] object $field:ident $type:ident) => {
        $($doc)*
        pub fn $field $receiver -> Option<$type<$life>> {
            $me.fields.$field.as_ref().map(|fields| $type::new($me.buffer(), fields))
        }
    };
    (@get $life:lifetime $me:ident $receiver:tt [$($doc:tt)*] $needed:ident $($field:tt)*) => {};
}

pub(super) use callback_object;
