//! Declarations as data, and the macros that make them from Rust items. Their texts serve all languages: they name fields in
//! backticks, by their Rust names.

use serde::{Serialize, Serializer};

/// An object on the wire.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Object {
    /// The name of its type: `Image`.
    pub name: &'static str,
    /// What it is.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
    /// Its fields, in the order in which they are written.
    pub fields: &'static [Field],
}

/// A field of an object, or an option of a send.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Field {
    /// Its name in snake case: `first_name`. This is its name in Rust, except that `kind` in Rust is `type` here.
    pub name: &'static str,
    /// Its name on the wire: `firstName`. Empty if it is not sent.
    pub wire: &'static str,
    /// What it means.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it is required.
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
    /// A point in time: RFC 3339 on the wire.
    Timestamp,
    /// A length of time: milliseconds on the wire.
    Duration,
    /// The path of a file.
    Path,
    /// A map of texts.
    StringMap,
    /// A constant text: the `type` of an object.
    Tag(&'static str),
    /// An object. In JSON this is its name, which `objects` describes.
    #[serde(serialize_with = "object_name")]
    Object(&'static Object),
    /// A list of values of one kind.
    List(&'static Kind),
    /// A word of an enumeration. In JSON this is the enumeration's name, which `words` describes.
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
    /// Its words.
    pub values: &'static [Word],
    /// Whether the gateway may send other words.
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
    /// The method that sends it: `send_image`.
    pub verb: &'static str,
    /// The name of that method's argument: `image`.
    pub argument: &'static str,
    /// What the method does.
    #[serde(serialize_with = "serialize_doc")]
    pub doc: &'static str,
    /// What the object is.
    #[serde(serialize_with = "serialize_doc")]
    pub about: &'static str,
    /// Its fields without `type`.
    pub fields: &'static [Field],
}

/// A setting of a client.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Setting {
    /// Its name, kind and text. It has a name on the wire only if it is the default of an option of a send.
    #[serde(flatten)]
    pub field: Field,
    /// The environment variable that sets it.
    pub variable: Option<&'static str>,
    /// Its default, as a text for readers.
    pub default: Option<&'static str>,
    /// Its unit.
    pub unit: Option<&'static str>,
}

/// A type that can be a field.
pub trait Declared {
    /// The kind of such a field.
    const KIND: Kind;
    /// The documentation of the type, if this crate declares it.
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

/// Declares an object that has hand-written code to read and write it.
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

/// The declared kind, or else the kind of the type.
macro_rules! declared_kind {
    ($type:ty,) => {
        <$type as crate::declared::Declared>::KIND
    };
    ($type:ty, $kind:path) => {
        $kind
    };
}

/// The name of a field as data. `type` is a keyword of Rust, so that Rust code says `kind`.
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

fn serialize_doc<S: Serializer>(doc: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&plain_doc(doc))
}

/// A text without its Rust parts: examples, and the targets of links.
pub(crate) fn plain_doc(doc: &str) -> String {
    let lines = doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("```")).collect();
    without_links(lines.join("\n").trim_end()).trim_start().to_owned()
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
    fn texts_for_other_languages_have_no_examples_and_no_link_targets() {
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
