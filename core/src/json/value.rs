//! The scanned document and cursors into it.

use std::borrow::Cow;

use super::scan::Scratch;
use super::text::unescape;

/// The kind of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Null,
    True,
    False,
    /// A number without fraction and exponent.
    Integer,
    /// Any other number.
    Decimal,
    String,
    Array,
    Object,
    /// The name of a member; its value is the next node.
    Key,
}

/// A node. `start..end` is the token in the source; for a string or key the text between the quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// The node behind this value and its content; for a key the previous key in the same object, or `NONE`.
    pub(super) link: u32,
    pub(super) kind: Kind,
    /// A string or key with a backslash in it.
    pub(super) escaped: bool,
    /// A repeated key of its object.
    pub(super) repeated: bool,
}

pub(super) const NONE: u32 = u32::MAX;

static NOTHING: Node = Node { start: 0, end: 0, link: NONE, kind: Kind::Null, escaped: false, repeated: false };

/// A scanned text: the source and its nodes in the order of the input.
#[derive(Debug)]
pub(crate) struct Doc<'a> {
    pub(super) source: &'a str,
    pub(super) scratch: Scratch,
    /// The fingerprints of the keys of the object at the top.
    pub(super) fingerprints: u64,
}

impl<'a> Doc<'a> {
    /// The object at the top.
    pub(crate) fn root(&'a self) -> Value<'a> {
        Value { doc: self, at: 0 }
    }

    pub(super) fn node(&self, at: u32) -> &Node {
        self.scratch.nodes.get(at as usize).unwrap_or(&NOTHING)
    }

    /// The text of a string or key between the quotes.
    fn bytes(&self, node: &Node) -> &'a [u8] {
        self.source.as_bytes().get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    fn slice(&self, start: u32, end: u32) -> &'a str {
        self.source.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(super) fn string(&self, node: &Node) -> Cow<'a, str> {
        let text = self.slice(node.start, node.end);
        if node.escaped { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) }
    }
}

/// A value in a [`Doc`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'d> {
    doc: &'d Doc<'d>,
    at: u32,
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'d> {
    doc: &'d Doc<'d>,
    key: &'d Node,
    pub(crate) value: Value<'d>,
}

impl<'d> Value<'d> {
    fn node(self) -> &'d Node {
        self.doc.node(self.at)
    }

    pub(crate) fn kind(self) -> Kind {
        self.node().kind
    }

    /// The first byte of the value; for a string its opening quote.
    pub(crate) fn position(self) -> u32 {
        let node = self.node();
        if node.kind == Kind::String { node.start.saturating_sub(1) } else { node.start }
    }

    /// The last byte of the value.
    pub(crate) fn last_position(self) -> u32 {
        let node = self.node();
        if node.kind == Kind::String { node.end } else { node.end.saturating_sub(1) }
    }

    /// The value's JSON text exactly as received.
    pub(crate) fn raw(self) -> &'d str {
        self.doc.slice(self.position(), self.last_position() + 1)
    }

    /// Where [`raw`](Self::raw) stands in the source.
    pub(crate) fn raw_span(self) -> (u32, u32) {
        (self.position(), self.last_position() + 1)
    }

    /// The bytes of a scalar; for a string the text between its quotes.
    #[inline]
    pub(crate) fn bytes(self) -> &'d [u8] {
        self.doc.bytes(self.node())
    }

    /// The position of a scalar's text in the source (without quotes), and whether it has escapes.
    pub(crate) fn text_span(self) -> (u32, u32, bool) {
        let node = self.node();
        (node.start, node.end, node.escaped)
    }

    /// The text of a string.
    pub(crate) fn as_str(self) -> Option<Cow<'d, str>> {
        let node = self.node();
        (node.kind == Kind::String).then(|| self.doc.string(node))
    }

    /// The members of an object, in order; other values have none.
    #[inline]
    pub(crate) fn members(self) -> impl Iterator<Item = Member<'d>> {
        let node = self.node();
        let end = if node.kind == Kind::Object { node.link } else { 0 };
        let (doc, nodes, mut at) = (self.doc, self.doc.scratch.nodes.as_slice(), self.at + 1);
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let value = Value { doc, at: at + 1 };
            let [key, node, ..] = nodes.get(at as usize..)? else { return None };
            at = node.link;
            Some(Member { doc, key, value })
        })
    }

    /// The items of an array, in order; other values have none.
    #[inline]
    pub(crate) fn items(self) -> impl Iterator<Item = Value<'d>> {
        let node = self.node();
        let end = if node.kind == Kind::Array { node.link } else { 0 };
        let (doc, mut at) = (self.doc, self.at + 1);
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let value = Value { doc, at };
                at = value.node().link;
                value
            })
        })
    }

    /// The value of the last member of that name.
    pub(crate) fn last_member(self, name: &str) -> Option<Value<'d>> {
        self.members().filter(|member| member.is(name)).last().map(|member| member.value)
    }

    /// The value of the first member of that name.
    pub(crate) fn member(self, name: &str) -> Option<Value<'d>> {
        self.members().find(|member| member.is(name)).map(|member| member.value)
    }
}

impl<'d> Member<'d> {
    pub(crate) fn name(&self) -> Cow<'d, str> {
        self.doc.string(self.key)
    }

    /// The name's bytes.
    #[inline]
    pub(crate) fn name_bytes(&self) -> Cow<'d, [u8]> {
        if self.key.escaped {
            Cow::Owned(self.name().into_owned().into_bytes())
        } else {
            Cow::Borrowed(self.doc.bytes(self.key))
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        if self.key.escaped { self.name() == name } else { self.doc.bytes(self.key) == name.as_bytes() }
    }

    /// The position of the name in the source (without its quotes), and whether it has escapes.
    pub(crate) fn name_span(&self) -> (u32, u32, bool) {
        (self.key.start, self.key.end, self.key.escaped)
    }

    /// The opening quote of the name.
    pub(crate) fn position(&self) -> u32 {
        self.key.start.saturating_sub(1)
    }

    /// Whether the name is repeated in its object (only with [`Repeats::Mark`](super::Repeats::Mark)).
    pub(crate) fn is_repeated(&self) -> bool {
        self.key.repeated
    }
}
