//! The fields of callbacks in order, for the bindings, which treat a field by its kind only.

use super::entries::{Extra, Parameters};
use super::timestamp::Timestamp;

/// Receives each field of an object.
#[doc(hidden)]
pub trait Visitor<'c> {
    /// A string.
    fn text(&mut self, text: Option<&'c str>);
    /// A string that is a timestamp.
    fn time(&mut self, text: Option<&'c str>, moment: impl FnOnce() -> Option<Timestamp>);
    /// A number.
    fn integer(&mut self, number: Option<i64>);
    /// A number with a fraction.
    fn number(&mut self, number: Option<f64>);
    /// A boolean.
    fn flag(&mut self, flag: Option<bool>);
    /// Strings.
    fn list(&mut self, texts: Option<impl ExactSizeIterator<Item = &'c str>>);
    /// Texts by name.
    fn parameters(&mut self, parameters: Option<Parameters<'c>>);
    /// Another object.
    fn object(&mut self, object: Option<impl Visit<'c>>);
    /// Other objects.
    fn objects(&mut self, objects: Option<impl ExactSizeIterator<Item = impl Visit<'c>>>);
    /// The unknown fields, after all others.
    fn extra(&mut self, extra: Extra<'c>);
}

/// An object of a callback.
#[doc(hidden)]
pub trait Visit<'c> {
    /// Passes each field to the visitor, in the order of the declaration, and then the unknown ones.
    fn visit(self, visitor: &mut impl Visitor<'c>);
}
