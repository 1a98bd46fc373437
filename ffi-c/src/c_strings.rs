//! Texts for C, each with a terminating NUL.
//!
//! Core returns views into a callback's text, or into a buffer of its own if a text had escapes. [`CStrings`] puts a
//! NUL behind each of them with one copy. Every other text is a [`TextBuf`].

use std::sync::OnceLock;

use linkwa::{Callback, CallbackKind, Extra, Parameters, Timestamp, Visit, Visitor};

use crate::arg::Text;

/// A text with a NUL behind it. The text itself may hold U+0000.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextBuf(Box<[u8]>);

impl TextBuf {
    pub(crate) fn new(text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text);
        bytes.push(0);
        Self(bytes.into())
    }

    /// For C.
    pub(crate) fn text(&self) -> Text<'_> {
        if self.0.is_empty() { Text::new(c"") } else { Text::of(&self.0) }
    }

    /// Its length in bytes, without the terminating NUL.
    pub(crate) fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

impl From<&str> for TextBuf {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// The text for C, or NULL.
pub(crate) fn text_or_null(text: Option<&TextBuf>) -> Text<'_> {
    text.map_or(Text::NULL, TextBuf::text)
}

/// The length of the text that C passes; 0 if it is none of `texts`.
pub(crate) fn len_among<'t>(text: Text<'_>, texts: impl IntoIterator<Item = &'t TextBuf>) -> usize {
    texts.into_iter().find(|candidate| text.is_at(&candidate.0)).map_or(0, TextBuf::len)
}

/// Calls `each` with every text that a getter can return.
fn each_text<'c>(callback: &'c Callback, each: impl FnMut(&'c str)) {
    let mut each = EachText(each);
    match callback.kind() {
        CallbackKind::EventReport(report) => report.visit(&mut each),
        CallbackKind::ReceivedMessage(message) => message.visit(&mut each),
    }
}

struct EachText<F>(F);

impl<'c, F: FnMut(&'c str)> EachText<F> {
    fn pairs(&mut self, pairs: impl Iterator<Item = (&'c str, &'c str)>) {
        for (name, value) in pairs {
            self.0(name);
            self.0(value);
        }
    }
}

impl<'c, F: FnMut(&'c str)> Visitor<'c> for EachText<F> {
    fn text(&mut self, text: Option<&'c str>) {
        text.into_iter().for_each(&mut self.0);
    }

    fn time(&mut self, text: Option<&'c str>, _: impl FnOnce() -> Option<Timestamp>) {
        self.text(text);
    }

    fn integer(&mut self, _: Option<i64>) {}

    fn number(&mut self, _: Option<f64>) {}

    fn flag(&mut self, _: Option<bool>) {}

    fn list(&mut self, texts: Option<impl ExactSizeIterator<Item = &'c str>>) {
        texts.into_iter().flatten().for_each(&mut self.0);
    }

    fn parameters(&mut self, parameters: Option<Parameters<'c>>) {
        self.pairs(parameters.into_iter().flat_map(Parameters::iter));
    }

    fn object(&mut self, object: Option<impl Visit<'c>>) {
        if let Some(object) = object {
            object.visit(self);
        }
    }

    fn objects(&mut self, objects: Option<impl ExactSizeIterator<Item = impl Visit<'c>>>) {
        objects.into_iter().flatten().for_each(|object| object.visit(self));
    }

    fn extra(&mut self, extra: Extra<'c>) {
        self.pairs(extra.iter());
    }
}

/// The texts of a callback, each with a NUL behind it.
///
/// It is a copy of the callback's text in which the byte behind every text that a getter returns is overwritten with
/// NUL, followed by a copy of each text that does not occur there, which are the texts with escapes. No overwritten
/// byte is part of a text:
///
/// - A string without escapes (a value, a gate id, the name of a parameter or field) is what stands between its quotes.
///   Its NUL replaces the closing quote. No other text contains that quote, except the JSON of a field that contains
///   the string. An empty string begins at its closing quote, where no other text begins.
/// - A number or boolean that is read as a text (a parameter, a gate id), and the JSON of an unknown field, end where
///   the JSON value ends. Behind a value stands a comma, a closing bracket or white space, outside of all strings;
///   there is always one, because the outermost brace closes last. No text contains that byte, except the JSON of a
///   field that encloses it.
/// - So only the JSON of a field could be damaged, by the end of a text within it. But no getter returns a text within
///   it: a field's JSON is returned only if the field is unknown or has an unexpected shape, and then core has read
///   nothing inside it. An object, list or parameters that core did read are not returned as JSON.
///
/// The callback's own text contains no NUL, because JSON does not allow one.
pub(crate) struct CStrings {
    bytes: Vec<u8>,
    /// The offset of the copy of each text that has escapes, by the address of the text.
    copies: Vec<(usize, usize)>,
    /// The offset and length of each text, sorted. Made when the caller first asks for a length.
    lens: OnceLock<Vec<(usize, usize)>>,
}

/// The offset of a text in the JSON text of the callback, if it is part of it.
fn offset_in(raw: &str, text: &str) -> Option<usize> {
    let offset = text.as_ptr().addr().checked_sub(raw.as_ptr().addr())?;
    (offset < raw.len()).then_some(offset)
}

impl CStrings {
    pub(crate) fn of(callback: &Callback) -> Self {
        let raw = callback.raw();
        let mut bytes = Vec::with_capacity(raw.len() + 1);
        bytes.extend_from_slice(raw.as_bytes());
        bytes.push(0);
        let mut copies = Vec::new();
        each_text(callback, |text| {
            if let Some(offset) = offset_in(raw, text) {
                if let Some(behind) = bytes.get_mut(offset + text.len()) {
                    *behind = 0;
                }
            } else {
                copies.push((text.as_ptr().addr(), bytes.len()));
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(0);
            }
        });
        copies.sort_unstable();
        Self { bytes, copies, lens: OnceLock::new() }
    }

    /// The offset of a text in `bytes`.
    pub(crate) fn offset(&self, raw: &str, text: &str) -> Option<usize> {
        offset_in(raw, text).or_else(|| {
            let address = text.as_ptr().addr();
            let at = self.copies.binary_search_by_key(&address, |(address, _)| *address).ok()?;
            self.copies.get(at).map(|(_, offset)| *offset)
        })
    }

    /// A text of core, for C.
    pub(crate) fn text(&self, raw: &str, text: &str) -> Text<'_> {
        let offset = self.offset(raw, text);
        debug_assert!(offset.is_some(), "a text that `each_text` does not know");
        let found = offset.and_then(|offset| self.bytes.get(offset..=offset + text.len())).and_then(<[u8]>::split_last);
        debug_assert_eq!(found, Some((&0, text.as_bytes())), "overwritten, or without its end");
        offset.map_or(Text::NULL, |offset| self.at(offset))
    }

    /// The text at this offset.
    pub(crate) fn at(&self, offset: usize) -> Text<'_> {
        self.bytes.get(offset..).filter(|found| !found.is_empty()).map_or(Text::NULL, Text::of)
    }

    /// The length of a text that a getter returned to C; `None` for any other pointer.
    pub(crate) fn len_of(&self, callback: &Callback, text: Text<'_>) -> Option<usize> {
        let expected = text.address().checked_sub(self.bytes.as_ptr().addr())?;
        let lens = self.lens.get_or_init(|| {
            let mut lens = Vec::new();
            let raw = callback.raw();
            each_text(callback, |text| lens.extend(self.offset(raw, text).map(|offset| (offset, text.len()))));
            lens.sort_unstable();
            lens
        });
        let at = lens.binary_search_by_key(&expected, |(offset, _)| *offset).ok()?;
        lens.get(at).map(|(_, len)| *len)
    }
}
