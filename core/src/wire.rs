//! Wire form: fields that may be absent, objects that are read with exact paths and written as they are.
//!
//! One model serves typed messages and JSON input alike: a field that JSON gave with a wrong type is kept as
//! [`Field::Unreadable`], so that every rule sees the whole request and says nothing twice. Reading reports what is wrong
//! with the shape; the `check` functions beside the types report what is wrong with the values, typed or from JSON.

use std::collections::HashMap;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::declared::{Declared, Kind as DeclaredKind};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Kind, Value};
use crate::text::is_printable;

/// A field of an object on the wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Field<T> {
    /// Absent, or `null`.
    #[default]
    Absent,
    /// Present, with a type or word that cannot be read; it already has its finding.
    Unreadable,
    Given(T),
}

impl<T> Field<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Unreadable => None,
        }
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Unreadable => None,
        }
    }

    /// The value; an absent one becomes the default.
    pub(crate) fn get_or_insert_default(&mut self) -> &mut T
    where
        T: Default,
    {
        loop {
            match self {
                Self::Given(value) => return value,
                Self::Absent | Self::Unreadable => *self = Self::Given(T::default()),
            }
        }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Checks the value if it can be read, and that it is present. Call it after all other fields of the object.
    pub(crate) fn check(
        &self,
        object: &Path<'_>,
        name: &str,
        findings: &mut Findings,
        check: impl FnOnce(&T, &Path<'_>, &mut Findings),
    ) {
        if let Some(value) = self.get() {
            check(value, &object.field(name), findings);
        }
        self.require(object, name, findings);
    }

    /// As [`require`](Self::require), for a field that a client fills in: the message names its setting.
    pub(crate) fn require_setting(&self, object: &Path<'_>, name: &str, setting: &str, findings: &mut Findings) {
        if self.is_absent() {
            let variable = setting.to_uppercase();
            let whole = "or the field of a whole request";
            let message = format!("it is needed; set the client's `{setting}` (LINKWA_{variable}), {whole}");
            findings.add_missing(object, name, FindingCode::Required, message);
        }
    }

    /// Reports `required` if the field is absent. Call it after all present fields of the object were checked.
    pub(crate) fn require(&self, object: &Path<'_>, name: &str, findings: &mut Findings) {
        if self.is_absent() {
            findings.add_missing(object, name, FindingCode::Required, format!("`{name}` is needed"));
        }
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Given)
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

/// A list on the wire. Items that cannot be read keep their index.
pub(crate) type List<T> = Vec<Field<T>>;

/// Makes a list of readable items.
pub(crate) fn list<T>(items: impl IntoIterator<Item = T>) -> List<T> {
    items.into_iter().map(Field::Given).collect()
}

impl<T: Declared> Declared for List<T> {
    const KIND: DeclaredKind = DeclaredKind::List(&T::KIND);
}

/// A value that can be read from JSON.
pub(crate) trait Read: Sized {
    /// Reads the value and reports errors of its shape. `None`: it cannot be read, which is reported.
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self>;
}

/// Reads a field that is present.
pub(crate) fn read_field<T: Read>(slot: &mut Field<T>, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) {
    *slot = T::read(value, path, findings).map_or(Field::Unreadable, Field::Given);
}

impl Read for String {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let text = value.as_str();
        if text.is_none() {
            wrong_type(value, "a string", path, findings);
        }
        Some(text?.into_owned())
    }
}

impl<T: Read> Read for Arc<T> {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        T::read(value, path, findings).map(Self::new)
    }
}

impl Read for bool {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        match value.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => {
                wrong_type(value, "a boolean", path, findings);
                None
            }
        }
    }
}

impl Read for f64 {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        match value.kind() {
            // A number too large for a double becomes infinite, which is out of every range.
            Kind::Integer | Kind::Decimal => value.raw().parse().ok(),
            _ => {
                wrong_type(value, "a number", path, findings);
                None
            }
        }
    }
}

impl<T: Read> Read for List<T> {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        read_list(value, path, findings, |_, item, path, findings| T::read(item, path, findings))
    }
}

/// Reads a list whose items depend on more than their own text.
pub(crate) fn read_list<T>(
    value: Value<'_>,
    path: &Path<'_>,
    findings: &mut Findings,
    mut read: impl FnMut(usize, Value<'_>, &Path<'_>, &mut Findings) -> Option<T>,
) -> Option<List<T>> {
    if value.kind() != Kind::Array {
        wrong_type(value, "a list", path, findings);
        return None;
    }
    let mut index = 0..;
    let mut read_item = |(item, path): (Value<'_>, Path<'_>)| {
        let item = read(index.next().unwrap_or_default(), item, &path, findings);
        item.map_or(Field::Unreadable, Field::Given)
    };
    Some(value.items().zip(path.items()).map(&mut read_item).collect())
}

/// Walks the members of an object. `read` says whether it knows the name; `known` are the names it knows. A member that
/// is `null` counts as absent; of a name that comes twice the first is read. Returns false if the value is no object.
pub(crate) fn read_object(
    value: Value<'_>,
    path: &Path<'_>,
    known: &[&str],
    findings: &mut Findings,
    mut read: impl FnMut(&str, Value<'_>, &Path<'_>, &mut Findings) -> bool,
) -> bool {
    if value.kind() != Kind::Object {
        wrong_type(value, "an object", path, findings);
        return false;
    }
    for member in value.members() {
        let name = member.name();
        let path = path.field(&name);
        if member.is_repeated() {
            findings.add_at(member.position(), &path, FindingCode::DuplicateKey, "appears twice in one object");
        } else if member.value.kind() != Kind::Null && !read(&name, member.value, &path, findings) {
            let near = nearest(&name, known);
            let message = unknown_field(&name, near, known);
            findings.suggest_at(member.position(), &path, FindingCode::UnknownField, message, near);
        }
    }
    true
}

/// Reports a value of another JSON type than the field's.
pub(crate) fn wrong_type(value: Value<'_>, expected: &str, path: &Path<'_>, findings: &mut Findings) {
    let found = match value.kind() {
        Kind::Null => "null",
        Kind::True | Kind::False => "a boolean",
        Kind::Decimal if expected == "an integer" => "a number with a fraction or exponent",
        Kind::Integer | Kind::Decimal => "a number",
        Kind::String | Kind::Key => "a string",
        Kind::Array => "a list",
        Kind::Object => "an object",
    };
    findings.add_at(value.position(), path, FindingCode::WrongType, format!("must be {expected}, not {found}"));
}

fn unknown_field(name: &str, near: Option<&str>, known: &[&str]) -> String {
    match near {
        Some(near) => format!("is an unknown field; did you mean `{near}`?"),
        // Other gateways have it inside the text (rule M-1).
        None if nearest(name, &["previewUrl"]).is_some() => {
            "is an unknown field here; `previewUrl` stands beside `text`, in a text message".to_owned()
        }
        None => format!("is an unknown field; the fields are {}", known.join(", ")),
    }
}

/// The known name that was probably meant.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    /// A less similar suggestion (0 to 1) confuses more than it helps.
    const ALIKE: f64 = 0.6;
    let normalized = |name: &str| truncate_for_display(name).replace(['_', '-', ' '], "").to_lowercase();
    let name = normalized(name);
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&name, &normalized(known));
    let best = known.iter().map(|known| likeness(known)).max_by(f64::total_cmp).filter(|best| *best >= ALIKE)?;
    // Of several that are equally near, none is better than a guess.
    let mut near = known.iter().copied().filter(|known| likeness(known) >= best);
    near.next().filter(|_| near.next().is_none())
}

/// A name or word for a message: shortened, and without invisible characters.
pub(crate) fn truncate_for_display(text: &str) -> String {
    const MAX_CHARS: usize = 64;
    let mut out: String = text.chars().take(MAX_CHARS).map(|c| if is_printable(c) { c } else { '\u{fffd}' }).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        out.push('…');
    }
    out
}

/// An object of string to string, in the order given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Params(Vec<(String, Field<String>)>);

impl Params {
    pub(crate) fn push(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.0.push((key.into(), Field::Given(value.into())));
    }

    /// Adds an entry, unless there is one of this key.
    pub(crate) fn add(&mut self, key: &str, value: &str) {
        if self.0.iter().all(|(known, _)| known != key) {
            self.push(key, value);
        }
    }

    /// Of a repeated key keeps the later value, in the place of the earlier one.
    pub(crate) fn keep_later(&mut self) {
        if self.0.len() < 2 {
            return;
        }
        let mut places: HashMap<String, usize> = HashMap::with_capacity(self.0.len());
        let mut kept: Vec<(String, Field<String>)> = Vec::with_capacity(self.0.len());
        for (key, value) in self.0.drain(..) {
            if let Some((_, earlier)) = places.get(&key).and_then(|place| kept.get_mut(*place)) {
                *earlier = value;
            } else {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
        self.0 = kept;
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        Self(entries.map(|(key, value)| (key.into(), Field::Given(value.into()))).collect())
    }
}

impl Read for Params {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let mut params = Vec::new();
        read_object(value, path, &[], findings, |name, value, path, findings| {
            let mut entry = Field::Absent;
            read_field(&mut entry, value, path, findings);
            params.push((name.to_owned(), entry));
            true
        })
        .then_some(Self(params))
    }
}

impl Serialize for Params {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Declared for Params {
    const KIND: DeclaredKind = DeclaredKind::StringMap;
}

/// The trait of each object that [`wire_object`] declares.
pub(crate) trait WireObject: Declared {
    /// The names of its fields on the wire.
    const FIELDS: &'static [&'static str];

    /// Reads a member; `false` if the object has no field of this name.
    fn read_member(&mut self, name: &str, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> bool;

    /// Writes the fields that are present.
    fn write_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;

    /// Copies each field that is present in another object.
    fn overlay(&mut self, other: &Self);

    /// Reports each required field that is absent. Call it after all present fields were checked.
    fn require(&self, path: &Path<'_>, findings: &mut Findings);
}

/// Declares an object of the wire: its fields in the order in which they are written, each as `name = "wire name": Type`, `as` a
/// kind if the declaration says more than the type, and what is true of it:
///
/// - `required`: it must be there.
/// - `set`: there is a method of the field's name that sets it.
/// - `add item`: there is a method `item` that adds to the list.
/// - `empty`: an absent list counts as an empty one, which is written.
macro_rules! wire_object {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $field_vis:vis $field:ident = $wire:literal: $type:ident $(<$item:ident>)? $(as $kind:path)?
                $(, $flag:ident $($method:ident)?)*;
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(clippy::struct_field_names)] // they are the wire's
        $vis struct $name {
            $(
                $(#[doc = $field_doc])*
                $field_vis $field: crate::wire::Field<$type $(<$item>)?>,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: crate::wire::wire_default!($($flag)*),)* }
            }
        }

        impl crate::declared::Declared for $name {
            const KIND: crate::declared::Kind = crate::declared::Kind::Object(&crate::declared::Object {
                name: stringify!($name),
                doc: Self::DOC,
                fields: &[$(crate::declared::Field {
                    name: crate::declared::declared_name!($field),
                    wire: $wire,
                    doc: concat!($($field_doc, "\n"),*),
                    kind: crate::declared::declared_kind!($type $(<$item>)?, $($kind)?),
                    required: crate::declared::is_required!($($flag)*),
                },)*],
            });
            const DOC: &'static str = concat!($($doc, "\n"),*);
        }

        impl crate::wire::WireObject for $name {
            const FIELDS: &'static [&'static str] = &[$($wire),*];

            fn read_member(
                &mut self,
                name: &str,
                value: crate::json::Value<'_>,
                path: &crate::finding::Path<'_>,
                findings: &mut crate::finding::Findings,
            ) -> bool {
                match name {
                    $($wire => crate::wire::read_field(&mut self.$field, value, path, findings),)*
                    _ => return false,
                }
                true
            }

            fn write_members<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $(
                    if let Some(value) = self.$field.get() {
                        map.serialize_entry($wire, value)?;
                    }
                )*
                Ok(())
            }

            fn overlay(&mut self, other: &Self) {
                $(
                    if !other.$field.is_absent() {
                        self.$field = other.$field.clone();
                    }
                )*
            }

            fn require(&self, path: &crate::finding::Path<'_>, findings: &mut crate::finding::Findings) {
                $(
                    if crate::declared::is_required!($($flag)*) {
                        self.$field.require(path, $wire, findings);
                    }
                )*
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::wire::write_wire_object(self, serializer)
            }
        }

        impl crate::wire::Read for $name {
            fn read(
                value: crate::json::Value<'_>,
                path: &crate::finding::Path<'_>,
                findings: &mut crate::finding::Findings,
            ) -> Option<Self> {
                crate::wire::read_wire_object(value, path, findings)
            }
        }

        impl $name {
            $(crate::wire::wire_setter! {
                [$(#[doc = $field_doc])*] $field: $type $(<$item>)? $(, $flag $($method)?)*
            })*
        }
    };
}

/// Writes an object that [`wire_object`] declares.
pub(crate) fn write_wire_object<S: Serializer>(object: &impl WireObject, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    object.write_members(&mut map)?;
    map.end()
}

/// Reads an object that [`wire_object`] declares.
pub(crate) fn read_wire_object<T: WireObject + Default>(
    value: Value<'_>,
    path: &Path<'_>,
    findings: &mut Findings,
) -> Option<T> {
    let mut object = T::default();
    read_object(value, path, T::FIELDS, findings, |name, value, path, findings| {
        object.read_member(name, value, path, findings)
    })
    .then_some(object)
}

/// The method of a field that [`wire_object`] declares with `set` or `add`.
macro_rules! wire_setter {
    ([$($doc:tt)*] $field:ident: String, $(required,)? set) => {
        $($doc)*
        #[must_use]
        pub fn $field(mut self, $field: impl Into<String>) -> Self {
            self.$field = crate::wire::Field::Given($field.into());
            self
        }
    };
    ([$($doc:tt)*] $field:ident: $type:ident, $(required,)? set) => {
        $($doc)*
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = crate::wire::Field::Given($field);
            self
        }
    };
    ([$($doc:tt)*] $field:ident: List<$item:ident>, add $method:ident) => {
        #[doc = concat!("Adds an item to `", stringify!($field), "`.")]
        #[must_use]
        pub fn $method(mut self, $method: $item) -> Self {
            self.$field.get_or_insert_default().push(crate::wire::Field::Given($method));
            self
        }
    };
    ([$($doc:tt)*] $field:ident: $type:ident $(<$item:ident>)? $(, required)? $(, empty)?) => {};
}

macro_rules! wire_default {
    (empty) => {
        crate::wire::Field::Given(Vec::new())
    };
    ($($flag:ident)*) => {
        crate::wire::Field::Absent
    };
}

pub(crate) use {wire_default, wire_object, wire_setter};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_close_to_the_given_one() {
        let known = ["previewUrl", "text", "type"];
        for (name, expected) in [
            ("preview_url", Some("previewUrl")),
            ("PreviewURL", Some("previewUrl")),
            ("previewUlr", Some("previewUrl")),
            ("tpye", Some("type")),
            ("texts", Some("text")),
            ("caption", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), expected, "{name}");
        }
    }

    #[test]
    fn a_preview_url_inside_the_text_object_gets_a_hint_about_its_place() {
        for name in ["previewUrl", "preview_url"] {
            assert!(unknown_field(name, None, &["body"]).contains("`previewUrl` stands beside `text`"), "{name}");
        }
        assert!(unknown_field("zoo", None, &["body"]).contains("the fields are body"));
    }

    #[test]
    fn values_in_errors_are_short_and_on_one_line() {
        assert_eq!(truncate_for_display("a\nb\u{7f}"), "a\u{fffd}b\u{fffd}");
        assert_eq!(truncate_for_display(&"x".repeat(64)), "x".repeat(64));
        assert_eq!(truncate_for_display(&"x".repeat(65)), format!("{}…", "x".repeat(64)));
    }

    #[test]
    fn a_repeated_key_has_the_later_value_at_the_first_position() {
        let mut params = Params::from_iter([("a", "1"), ("b", "2"), ("a", "3")]);
        params.keep_later();
        let written = serde_json::to_string(&params).expect("JSON");
        assert_eq!(written, r#"{"a":"3","b":"2"}"#);
    }
}
