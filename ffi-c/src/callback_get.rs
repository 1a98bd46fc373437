//! The fields of a callback by their paths.

use std::mem::MaybeUninit;

use linkwa::declarations::{Field, Kind, Object, callbacks};
use linkwa::{Callback, CallbackKind, Extra, Parameters, Timestamp, Visit, Visitor};

use crate::arg::Text;
use crate::c_strings::TextBuf;
use crate::callback::linkwa_callback;
use crate::out::write;
use crate::panic::panic_boundary;

/// A value of a callback, by its path. Core's texts have their place in the callback; others are texts of their own.
#[derive(Debug)]
pub(crate) enum Value<'c> {
    Text(&'c str),
    Other(String),
}

/// Returns each value of the callback with its path.
pub(crate) fn values(callback: &Callback) -> Vec<(String, Value<'_>)> {
    let mut values = Vec::new();
    let declared = |name: &str| {
        let object = callbacks().iter().find(|object| object.name == name);
        debug_assert!(object.is_some(), "{name} is not declared");
        object.map_or::<&[Field], _>(&[], |object| object.fields)
    };
    match callback.kind() {
        CallbackKind::EventReport(report) => report.visit(&mut Values::new(declared("EventReport"), "", &mut values)),
        CallbackKind::ReceivedMessage(message) => {
            message.visit(&mut Values::new(declared("ReceivedMessage"), "", &mut values));
        }
    }
    values
}

/// Visits one object. Core visits the fields in the order of their declaration.
struct Values<'v, 'c> {
    fields: std::slice::Iter<'static, Field>,
    /// The path of the object, with a dot at its end.
    prefix: &'v str,
    found: &'v mut Vec<(String, Value<'c>)>,
}

impl<'v, 'c> Values<'v, 'c> {
    fn new(fields: &'static [Field], prefix: &'v str, found: &'v mut Vec<(String, Value<'c>)>) -> Self {
        Self { fields: fields.iter(), prefix, found }
    }

    /// The path of the next field, and what it holds.
    fn next(&mut self) -> (String, Kind) {
        let field = self.fields.next();
        debug_assert!(field.is_some(), "a field that is not declared");
        field.map_or((String::new(), Kind::String), |field| (format!("{}{}", self.prefix, field.wire), field.kind))
    }

    fn other(&mut self, value: Option<impl ToString>) {
        let (path, _) = self.next();
        self.found.extend(value.map(|value| (path, Value::Other(value.to_string()))));
    }

    fn inside(&mut self, path: &str, object: &'static Object, value: impl Visit<'c>) {
        value.visit(&mut Values::new(object.fields, &format!("{path}."), self.found));
    }
}

impl<'c> Visitor<'c> for Values<'_, 'c> {
    fn text(&mut self, text: Option<&'c str>) {
        let (path, _) = self.next();
        self.found.extend(text.map(|text| (path, Value::Text(text))));
    }

    fn time(&mut self, text: Option<&'c str>, _: impl FnOnce() -> Option<Timestamp>) {
        self.text(text);
    }

    fn integer(&mut self, number: Option<i64>) {
        self.other(number);
    }

    fn number(&mut self, number: Option<f64>) {
        self.other(number);
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.other(flag);
    }

    fn list(&mut self, texts: Option<impl ExactSizeIterator<Item = &'c str>>) {
        let (path, _) = self.next();
        let items = texts.into_iter().flatten().enumerate();
        self.found.extend(items.map(|(index, text)| (format!("{path}[{index}]"), Value::Text(text))));
    }

    fn parameters(&mut self, parameters: Option<Parameters<'c>>) {
        let (path, _) = self.next();
        let entries = parameters.into_iter().flat_map(Parameters::iter);
        self.found.extend(entries.map(|(name, value)| (format!("{path}.{name}"), Value::Text(value))));
    }

    fn object(&mut self, object: Option<impl Visit<'c>>) {
        let (path, kind) = self.next();
        if let (Some(value), Kind::Object(object)) = (object, kind) {
            self.inside(&path, object, value);
        }
    }

    fn objects(&mut self, objects: Option<impl ExactSizeIterator<Item = impl Visit<'c>>>) {
        let (path, kind) = self.next();
        let Kind::List(Kind::Object(object)) = kind else { return };
        for (index, value) in objects.into_iter().flatten().enumerate() {
            self.inside(&format!("{path}[{index}]"), object, value);
        }
    }

    fn extra(&mut self, _: Extra<'c>) {}
}

/// The values by their paths, sorted, for C.
#[derive(Debug)]
pub(crate) struct Paths(Vec<(String, Place)>);

/// Where the text of a value is.
#[derive(Debug)]
pub(crate) enum Place {
    /// In the texts of the callback.
    Text {
        offset: usize,
        len: usize,
    },
    Own(TextBuf),
}

impl Paths {
    pub(crate) fn new(mut places: Vec<(String, Place)>) -> Self {
        places.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Self(places)
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Place> {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(path)).ok()?;
        self.0.get(at).map(|(_, place)| place)
    }

    /// The texts that the callback itself does not have.
    pub(crate) fn own(&self) -> impl Iterator<Item = &TextBuf> {
        self.0.iter().filter_map(|(_, place)| match place {
            Place::Own(text) => Some(text),
            Place::Text { .. } => None,
        })
    }
}

/// Returns the value of a field by its path, for programs that read callbacks by names, such as bindings and rules from a
/// configuration. The names are those of LINK's JSON: "resultCode", "content.message.text". An item of a list has its index
/// (from 0): "route.gateIds[0]", "content.message.contacts[0].phones[0].phone". Parameters have their names:
/// "customParameters.order"; a dot in a name stays as it is.
///
/// A number is returned in decimal ("112003", "59.5"), a boolean as "true" or "false", a time as received. The length in
/// bytes is written to `len`, which may be NULL; it is more than strlen() returns if the text contains U+0000.
///
/// Returns NULL, and writes nothing, if the callback has no such field, if it is an object, a list or a set of parameters,
/// and if `path` is no path of this kind of callback, is not UTF-8 or NULL. A field of an unexpected shape and a field that
/// this library does not know are not found: see linkwa_callback_extra(). Neither are values that the library derives, such
/// as the key.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_get<'c>(
    callback: Option<&'c linkwa_callback>,
    path: Text<'_>,
    len: Option<&mut MaybeUninit<usize>>,
) -> Text<'c> {
    panic_boundary(|| {
        let Ok(path) = path.get("path") else { return Text::NULL };
        let Some((text, text_len)) = callback.and_then(|callback| callback.at_path(path)) else { return Text::NULL };
        write(len, text_len);
        text
    })
}
