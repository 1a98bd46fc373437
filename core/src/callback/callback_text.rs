//! The text of a callback. The objects of a callback hold positions in it instead of copies of their values.

use std::num::NonZeroU32;

use crate::json::unescape;

/// The JSON text of a callback, its strings that had escapes in decoded form, and the positions of list items.
#[derive(Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct CallbackText {
    pub(super) raw: String,
    decoded: String,
    table: Table,
}

/// Where a value stands in a [`CallbackText`]. Offsets past the end of the JSON text count on in the decoded strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    start: u32,
    /// Never 0, because no value ends where the callback begins. This keeps `Option<Span>` as small as `Span`.
    end: NonZeroU32,
}

impl Span {
    const NOTHING: Self = Self { start: 0, end: NonZeroU32::MIN };

    #[inline]
    pub(super) fn new(start: u32, end: u32) -> Self {
        Self { start, end: NonZeroU32::new(end).unwrap_or(NonZeroU32::MIN) }
    }

    /// The offsets where it starts and ends.
    #[inline]
    pub(super) fn bounds(self) -> (u32, u32) {
        (self.start, self.end.get())
    }
}

/// A list of spans. Up to [`FEW`](Self::FEW) need no allocation.
#[derive(Clone)]
pub(super) struct Table {
    few: [Span; Self::FEW],
    len: usize,
    /// All spans, once there are more than `FEW`.
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
            Some(slot) => *slot = span,
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

    fn as_slice(&self) -> &[Span] {
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
        self.as_slice() == other.as_slice()
    }
}

/// Consecutive spans of a [`CallbackText`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SpanRange {
    from: u32,
    until: u32,
}

impl SpanRange {
    pub(super) const EMPTY: Self = Self { from: 0, until: 0 };
}

impl CallbackText {
    #[inline]
    pub(super) fn new(raw: String, found: ReadTexts) -> Self {
        Self { raw, decoded: found.decoded, table: found.table }
    }

    #[inline]
    pub(super) fn get(&self, span: Span) -> &str {
        let (start, end) = (span.start as usize, span.end.get() as usize);
        let text = match start.checked_sub(self.raw.len()) {
            Some(start) => self.decoded.get(start..end - self.raw.len()),
            None => self.raw.get(start..end),
        };
        text.unwrap_or_default()
    }

    pub(super) fn spans(&self, range: SpanRange) -> &[Span] {
        self.table.as_slice().get(range.from as usize..range.until as usize).unwrap_or_default()
    }
}

/// What a reader collects besides the fields: decoded strings, and the spans of list items.
pub(super) struct ReadTexts {
    decoded: String,
    table: Table,
}

impl ReadTexts {
    pub(super) fn new() -> Self {
        Self { decoded: String::new(), table: Table::new() }
    }

    /// The span of a string in this text. A string with escapes is decoded first.
    #[inline]
    pub(super) fn span(&mut self, raw: &str, (start, end, escaped): (u32, u32, bool)) -> Span {
        if escaped { self.decoded_span(raw, (start, end)) } else { Span::new(start, end) }
    }

    #[cold]
    pub(super) fn decoded_span(&mut self, raw: &str, (start, end): (u32, u32)) -> Span {
        let text = unescape(raw.get(start as usize..end as usize).unwrap_or_default());
        let start = raw.len() + self.decoded.len();
        self.decoded.push_str(&text);
        Span::new(offset(start), offset(start + text.len()))
    }

    #[inline]
    pub(super) fn push(&mut self, span: Span) {
        self.table.push(span);
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.table.len
    }

    /// The spans that were added since the list had this length.
    #[inline]
    pub(super) fn range_from(&self, len: usize) -> SpanRange {
        SpanRange { from: offset(len), until: offset(self.table.len) }
    }

    pub(super) fn spans_from(&self, len: usize) -> &[Span] {
        self.table.as_slice().get(len..).unwrap_or_default()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.table.truncate(len);
    }
}

/// Every offset fits: the JSON text is at most 256 KiB, and decoding makes no string longer.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
