//! One reader of callbacks, with two kinds of input: the text itself for callbacks as the gateway writes them (the
//! fast path), and the scanned text for all others (the slow path). What is read, and into which fields, is decided
//! once, for both.

use std::borrow::Cow;
use std::mem;
use std::ops::Deref;

use super::callback_text::{ReadTexts, Span, SpanRange};
use crate::coerce;
use crate::json::{Cursor, Kind, Member, Value};

/// Where a callback is read from.
///
/// A method returns `None` if something else comes next than it reads. The fast path ends there: either the text is
/// invalid, or it is written in a way that only the slow path reads. On the slow path it says that a value has an
/// unexpected shape.
pub(super) trait Input: Sized {
    /// The name of a member.
    type Key: Copy;
    /// Its text.
    type Name: Deref<Target = [u8]>;
    /// Collects unknown fields of one object.
    type Unknown: Default;

    fn found(&mut self) -> &mut ReadTexts;

    /// The text of a name, to be compared.
    fn name_of(&self, key: Self::Key) -> Self::Name;

    /// Calls `each` with the name of each member of the object that comes next; its value comes next then.
    fn members(&mut self, each: impl FnMut(&mut Self, Self::Key) -> Option<()>) -> Option<()>;

    /// Calls `each` where each item of the list begins that comes next.
    fn items(&mut self, each: impl FnMut(&mut Self) -> Option<()>) -> Option<()>;

    fn text(&mut self) -> Option<Span>;

    fn integer(&mut self) -> Option<i64>;

    fn number(&mut self) -> Option<f64>;

    fn boolean(&mut self) -> Option<bool>;

    /// A name that comes first in its object, of whose members the names and values were found since there were so many spans.
    fn unique_name(&mut self, key: Self::Key, since: usize) -> Option<Span>;

    /// Reads the value of a known field. `null` leaves it empty.
    fn known<T: FieldValue>(
        &mut self,
        key: Self::Key,
        slot: &mut Option<T>,
        seen: &mut bool,
        unknown: &mut Self::Unknown,
    ) -> Option<()>;

    /// Keeps a field that is not known.
    fn unknown(&mut self, key: Self::Key, unknown: &mut Self::Unknown) -> Option<()>;

    /// What was kept.
    fn extra(&mut self, unknown: Self::Unknown) -> Entries;
}

/// The fast path: the text itself.
pub(super) struct FastInput<'t> {
    raw: &'t str,
    text: Cursor<'t>,
    found: ReadTexts,
}

impl<'t> FastInput<'t> {
    /// An object with more parameters is left to the slow path, which looks their names up in a set.
    const FEW: usize = 32;

    pub(super) fn new(raw: &'t str) -> Self {
        Self { raw, text: Cursor::new(raw), found: ReadTexts::new() }
    }

    /// What was found, if nothing follows.
    #[inline]
    pub(super) fn finish(mut self) -> Option<ReadTexts> {
        self.text.end()?;
        Some(self.found)
    }
}

impl<'t> Input for FastInput<'t> {
    type Key = (u32, u32);
    type Name = &'t [u8];
    type Unknown = ();

    #[inline]
    fn found(&mut self) -> &mut ReadTexts {
        &mut self.found
    }

    #[inline]
    fn name_of(&self, key: Self::Key) -> Self::Name {
        self.text.bytes(key)
    }

    #[inline]
    fn members(&mut self, mut each: impl FnMut(&mut Self, Self::Key) -> Option<()>) -> Option<()> {
        let mut more = self.text.open(b'{', b'}')?;
        while more {
            let key = self.text.key()?;
            each(self, key)?;
            more = self.text.more(b'}')?;
        }
        Some(())
    }

    #[inline]
    fn items(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mut more = self.text.open(b'[', b']')?;
        while more {
            each(self)?;
            more = self.text.more(b']')?;
        }
        Some(())
    }

    #[inline]
    fn text(&mut self) -> Option<Span> {
        match self.text.string() {
            Some((start, end)) => Some(Span::new(start, end)),
            None => self.text.escaped_string().map(|bounds| self.found.decoded_span(self.raw, bounds)),
        }
    }

    #[inline]
    fn integer(&mut self) -> Option<i64> {
        self.text.integer()
    }

    fn number(&mut self) -> Option<f64> {
        self.text.number()
    }

    #[inline]
    fn boolean(&mut self) -> Option<bool> {
        let is_true = self.text.word("true");
        (is_true || self.text.word("false")).then_some(is_true)
    }

    #[inline]
    fn unique_name(&mut self, (start, end): Self::Key, since: usize) -> Option<Span> {
        let (earlier, _) = self.found.spans_from(since).as_chunks::<2>();
        let is_repeat = |[name, _]: &[Span; 2]| {
            let bounds = name.bounds();
            bounds.1 - bounds.0 == end - start && self.text.bytes(bounds) == self.text.bytes((start, end))
        };
        (earlier.len() < Self::FEW && !earlier.iter().any(is_repeat)).then(|| Span::new(start, end))
    }

    #[inline]
    fn known<T: FieldValue>(&mut self, _: Self::Key, slot: &mut Option<T>, seen: &mut bool, (): &mut ()) -> Option<()> {
        if mem::replace(seen, true) {
            return None;
        }
        if self.text.word("null") {
            return Some(());
        }
        T::read(slot, self)
    }

    #[inline]
    fn unknown(&mut self, _: Self::Key, (): &mut ()) -> Option<()> {
        None
    }

    #[inline]
    fn extra(&mut self, (): ()) -> Entries {
        Entries::NONE
    }
}

/// The slow path: a value of the scanned text. The scan has refused names that come twice.
pub(super) struct SlowInput<'t> {
    raw: &'t str,
    value: Value<'t>,
    found: ReadTexts,
}

impl<'t> SlowInput<'t> {
    pub(super) fn new(raw: &'t str, value: Value<'t>) -> Self {
        Self { raw, value, found: ReadTexts::new() }
    }

    pub(super) fn finish(self) -> ReadTexts {
        self.found
    }
}

impl<'t> Input for SlowInput<'t> {
    type Key = Member<'t>;
    type Name = Cow<'t, [u8]>;
    type Unknown = Vec<[Span; 2]>;

    #[inline]
    fn found(&mut self) -> &mut ReadTexts {
        &mut self.found
    }

    #[inline]
    fn name_of(&self, key: Self::Key) -> Self::Name {
        key.name_bytes()
    }

    #[inline]
    fn members(&mut self, mut each: impl FnMut(&mut Self, Self::Key) -> Option<()>) -> Option<()> {
        if self.value.kind() != Kind::Object {
            return None;
        }
        for member in self.value.members() {
            self.value = member.value;
            each(self, member)?;
        }
        Some(())
    }

    #[inline]
    fn items(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.value.kind() != Kind::Array {
            return None;
        }
        for item in self.value.items() {
            self.value = item;
            each(self)?;
        }
        Some(())
    }

    #[inline]
    fn text(&mut self) -> Option<Span> {
        coerce::is_text(self.value).then(|| self.found.span(self.raw, self.value.text_span()))
    }

    fn integer(&mut self) -> Option<i64> {
        coerce::integer(self.value)
    }

    fn number(&mut self) -> Option<f64> {
        coerce::number(self.value)
    }

    fn boolean(&mut self) -> Option<bool> {
        coerce::boolean(self.value)
    }

    #[inline]
    fn unique_name(&mut self, key: Self::Key, _: usize) -> Option<Span> {
        Some(self.found.span(self.raw, key.name_span()))
    }

    fn known<T: FieldValue>(
        &mut self,
        key: Self::Key,
        slot: &mut Option<T>,
        _: &mut bool,
        unknown: &mut Self::Unknown,
    ) -> Option<()> {
        if key.value.kind() == Kind::Null {
            return Some(());
        }
        // A field with two names can come under both of them.
        if slot.is_some() {
            return self.unknown(key, unknown);
        }
        let len = self.found.len();
        if T::read(slot, self).is_none() {
            *slot = None;
            self.found.truncate(len);
            return self.unknown(key, unknown);
        }
        Some(())
    }

    #[cold]
    fn unknown(&mut self, key: Self::Key, unknown: &mut Self::Unknown) -> Option<()> {
        let (start, end) = key.value.raw_span();
        unknown.push([self.found.span(self.raw, key.name_span()), Span::new(start, end)]);
        Some(())
    }

    #[inline]
    fn extra(&mut self, unknown: Self::Unknown) -> Entries {
        if unknown.is_empty() {
            return Entries::NONE;
        }
        let len = self.found.len();
        unknown.into_iter().flatten().for_each(|span| self.found.push(span));
        Entries(self.found.range_from(len))
    }
}

/// The value of a field. It is read into the place where it is to stay.
pub(super) trait FieldValue: Sized {
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()>;
}

impl FieldValue for Span {
    #[inline]
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        *slot = Some(input.text()?);
        Some(())
    }
}

impl FieldValue for i64 {
    #[inline]
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        *slot = Some(input.integer()?);
        Some(())
    }
}

impl FieldValue for f64 {
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        *slot = Some(input.number()?);
        Some(())
    }
}

impl FieldValue for bool {
    #[inline]
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        *slot = Some(input.boolean()?);
        Some(())
    }
}

/// Strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct List(pub(super) SpanRange);

impl FieldValue for List {
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        let len = input.found().len();
        input.items(|input| {
            let text = input.text()?;
            input.found().push(text);
            Some(())
        })?;
        *slot = Some(Self(input.found().range_from(len)));
        Some(())
    }
}

/// Names with their values: two spans for each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Entries(pub(super) SpanRange);

impl Entries {
    pub(super) const NONE: Self = Self(SpanRange::EMPTY);
}

impl FieldValue for Entries {
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        let len = input.found().len();
        input.members(|input, key| {
            let name = input.unique_name(key, len)?;
            let value = input.text()?;
            input.found().push(name);
            input.found().push(value);
            Some(())
        })?;
        *slot = Some(Self(input.found().range_from(len)));
        Some(())
    }
}

/// The fields of an object.
pub(super) trait Fields: Default {
    fn read<I: Input>(&mut self, input: &mut I) -> Option<()>;
}

impl<T: Fields> FieldValue for T {
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        slot.insert(T::default()).read(input)
    }
}

/// An object that few callbacks have, with memory of its own, so that the others are no larger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rare<T>(pub(super) Box<T>);

impl<T: Fields> FieldValue for Rare<T> {
    #[cold]
    #[inline(never)]
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        slot.insert(Self(Box::default())).0.read(input)
    }
}

/// Objects.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objects<T>(pub(super) Vec<T>);

impl<T: Fields> FieldValue for Objects<T> {
    #[cold]
    #[inline(never)]
    fn read(slot: &mut Option<Self>, input: &mut impl Input) -> Option<()> {
        let mut objects = Vec::new();
        input.items(|input| {
            let mut object = T::default();
            object.read(input)?;
            objects.push(object);
            Some(())
        })?;
        *slot = Some(Self(objects));
        Some(())
    }
}
