//! Texts by name: parameters, and unknown fields.

use std::fmt;

use super::callback_text::{CallbackText, Span};
use super::input::Entries;

/// Names and values in the order received.
#[derive(Clone, Copy)]
struct Pairs<'c> {
    text: &'c CallbackText,
    spans: &'c [[Span; 2]],
}

impl<'c> Pairs<'c> {
    #[inline]
    fn texts(self, [name, value]: &[Span; 2]) -> (&'c str, &'c str) {
        (self.text.get(*name), self.text.get(*value))
    }

    fn get(self, name: &str) -> Option<&'c str> {
        let [_, value] = self.spans.iter().find(|[key, _]| self.text.get(*key) == name)?;
        Some(self.text.get(*value))
    }

    fn at(self, index: usize) -> Option<(&'c str, &'c str)> {
        self.spans.get(index).map(|pair| self.texts(pair))
    }

    fn iter(self) -> impl ExactSizeIterator<Item = (&'c str, &'c str)> {
        self.spans.iter().map(move |pair| self.texts(pair))
    }
}

/// Declares a view of names with values of one kind.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident: get $get:literal, at $at:literal, iter $iter:literal, is_empty $is_empty:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'c>(Pairs<'c>);

        impl<'c> $name<'c> {
            #[inline]
            pub(super) fn new(text: &'c CallbackText, Entries(run): Entries) -> Self {
                let (spans, _) = text.spans(run).as_chunks();
                Self(Pairs { text, spans })
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

            /// The number of entries.
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
    /// Parameters of a callback: texts by name, one level. Parameters of another shape, such as nested ones or `null`,
    /// are in `extra` of their object.
    Parameters:
    get "The value of this name.",
    at "The name and value that came at this place, from 0.",
    iter "Names and values, in the order in which they came.",
    is_empty "Whether there are none."
}

named! {
    /// Fields of one object of a callback that this library does not know, and known fields of an unexpected shape:
    /// their JSON texts, exactly as received.
    Extra:
    get "The JSON text of the field of this name.",
    at "The name and JSON text that came at this place, from 0.",
    iter "Names and JSON texts, in the order in which they came.",
    is_empty "Whether every field was one that this library knows."
}
