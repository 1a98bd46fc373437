//! What a declaration says, as data, and the macros that make it of Rust items. Its texts are language-neutral: they name
//! fields in backticks, by their Rust names.

use serde::{Serialize, Serializer};

/// An object on the wire.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Object {
    /// The name of its type: `Image`.
    pub name: &'static str,
    /// What it is.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
    /// In the order of the wire.
    pub fields: &'static [Field],
}

/// A field of an object, or an option of a send.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Field {
    /// Its name in Rust: `first_name`. `kind` stands for `type`, which Rust reserves.
    pub name: &'static str,
    /// Its name on the wire: `firstName`. Empty for what is not sent.
    pub wire: &'static str,
    /// What it says.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A text.
    String,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A moment: RFC 3339 on the wire.
    Timestamp,
    /// A length of time: milliseconds on the wire.
    Duration,
    /// The path of a file.
    Path,
    /// Texts by name.
    StringMap,
    /// This very text: the `type` of an object that has one.
    Tag(&'static str),
    /// An object. In JSON its name; the object itself stands among the `objects`.
    #[serde(serialize_with = "object_name")]
    Object(&'static Object),
    /// Several of one kind, in order.
    List(&'static Kind),
    /// One of some words. In JSON its name; the words stand among the `words`.
    #[serde(serialize_with = "words_name")]
    Word(&'static Words),
    /// One of several kinds.
    OneOf(&'static [Kind]),
}

/// An enumeration.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Words {
    /// The name of its type: `Priority`.
    pub name: &'static str,
    /// What it is.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
    /// Every word.
    pub values: &'static [Word],
    /// Whether other words may come too.
    pub open: bool,
}

/// A word of an enumeration.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Word {
    /// The word: `HIGH`.
    pub word: &'static str,
    /// What it means.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
}

/// A message type.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Message {
    /// Its `type` on the wire: `image`.
    pub tag: &'static str,
    /// The name of its Rust type: `Image`.
    pub object: &'static str,
    /// The method that sends one: `send_image`.
    pub verb: &'static str,
    /// The name of that method's argument: `image`.
    pub argument: &'static str,
    /// What the method does.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
    /// What the object is.
    #[serde(serialize_with = "serialize_doc")]
    pub about: &'static str,
    /// What stands in the message beside `type`.
    pub fields: &'static [Field],
}

/// A setting of a client.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Setting {
    /// Its name, kind and text. It is not on the wire unless it is a default of what a send can say.
    #[serde(flatten)]
    pub field: Field,
    /// The variable of the environment that sets it.
    pub variable: Option<&'static str>,
    /// What holds where it is not set, as a text for readers.
    pub default: Option<&'static str>,
    /// What it counts.
    pub unit: Option<&'static str>,
}

/// A type that can be a field.
pub trait Declared {
    /// The kind of such a field.
    const KIND: Kind;
    /// What the type is, if it is one of ours.
    const DOC: &'static str = "";
}

impl Declared for String {
    const KIND: Kind = Kind::String;
}

impl Declared for bool {
    const KIND: Kind = Kind::Bool;
}

impl Declared for f64 {
    const KIND: Kind = Kind::Number;
}

impl<T: Declared> Declared for std::sync::Arc<T> {
    const KIND: Kind = T::KIND;
    const DOC: &'static str = T::DOC;
}

/// Declares an object whose reading and writing are written by hand.
macro_rules! declare_object {
    (
        $(#[doc = $doc:literal])*
        $name:ident {
            $($(#[doc = $field_doc:literal])* $field:ident = $wire:literal: $kind:expr $(, $required:ident)?;)*
        }
    ) => {
        $crate::declared::Kind::Object(&$crate::declared::Object {
            name: stringify!($name),
            doc: concat!($($doc, "\n"),*),
            fields: &[$($crate::declared::Field {
                name: crate::declared::declared_name!($field),
                wire: $wire,
                doc: concat!($($field_doc, "\n"),*),
                kind: $kind,
                required: crate::declared::is_required!($($required)?),
            },)*],
        })
    };
}

macro_rules! is_required {
    (required $($rest:ident)*) => {
        true
    };
    ($first:ident $($rest:ident)*) => {
        crate::declared::is_required!($($rest)*)
    };
    () => {
        false
    };
}

/// The kind of the type, or the one that is declared instead.
macro_rules! declared_kind {
    ($type:ty,) => {
        <$type as crate::declared::Declared>::KIND
    };
    ($type:ty, $kind:path) => {
        $kind
    };
}

/// `type` is a word of Rust.
macro_rules! declared_name {
    (kind) => {
        "type"
    };
    ($field:ident) => {
        stringify!($field)
    };
}

pub(crate) use {declare_object, declared_kind, declared_name, is_required};

fn object_name<S: Serializer>(object: &Object, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(object.name)
}

fn words_name<S: Serializer>(words: &Words, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(words.name)
}

/// A text without what only Rust has: examples, and the addresses of links.
fn serialize_doc<S: Serializer>(doc: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let lines = doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("```")).collect();
    serializer.serialize_str(without_links(lines.join("\n").trim_end()).trim_start())
}

/// ``[`X`](Self::x)`` and ``[`X`]`` become `` `X` ``.
fn without_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        out.push_str(before);
        out.push('`');
        let Some((name, after)) = link.split_once("`]") else {
            rest = link;
            continue;
        };
        out.push_str(name);
        out.push('`');
        rest = match after.strip_prefix('(').and_then(|address| address.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_examples_and_links() {
        #[derive(Serialize)]
        struct Doc(#[serde(serialize_with = "serialize_doc")] &'static str);
        for (doc, expected) in [
            (" One line.\n", "One line."),
            (
                " A [`B`](super::B), a [`C`] and\n [`d`](Self::d).\n\n ```\n code();\n ```\n more\n",
                "A `B`, a `C` and\n`d`.",
            ),
            (" An [index] and [`no end\n", "An [index] and `no end"),
        ] {
            assert_eq!(serde_json::to_value(Doc(doc)).expect("a text"), expected);
        }
    }
}
