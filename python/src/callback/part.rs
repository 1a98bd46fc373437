//! The objects within a received message.

use std::collections::BTreeMap;

use linkwa::{Extra, Parameters, Timestamp, Visit, Visitor};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::fields::attributes;
use super::message::ReceivedMessage;
use super::value::hash;

/// Two objects with equal fields are equal; fields are in the order of the declaration.
#[derive(PartialEq, Hash)]
enum Field<'a> {
    Text(Option<&'a str>),
    Integer(Option<i64>),
    Flag(Option<bool>),
    List(Option<Vec<&'a str>>),
    Named(Option<BTreeMap<&'a str, &'a str>>),
    Part(Option<Fields<'a>>),
}

#[derive(Default, PartialEq, Hash)]
struct Fields<'a>(Vec<Field<'a>>);

impl<'a> Fields<'a> {
    fn of(object: Option<impl Visit<'a>>) -> Option<Self> {
        object.map(|object| {
            let mut fields = Self::default();
            object.visit(&mut fields);
            fields
        })
    }
}

impl<'a> Visitor<'a> for Fields<'a> {
    fn text(&mut self, text: Option<&'a str>) {
        self.0.push(Field::Text(text));
    }

    fn time(&mut self, text: Option<&'a str>, _: impl FnOnce() -> Option<Timestamp>) {
        self.text(text);
    }

    fn integer(&mut self, number: Option<i64>) {
        self.0.push(Field::Integer(number));
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.0.push(Field::Flag(flag));
    }

    fn list(&mut self, texts: Option<impl ExactSizeIterator<Item = &'a str>>) {
        self.0.push(Field::List(texts.map(Iterator::collect)));
    }

    fn parameters(&mut self, parameters: Option<Parameters<'a>>) {
        self.0.push(Field::Named(parameters.map(|parameters| parameters.iter().collect())));
    }

    fn object(&mut self, object: Option<impl Visit<'a>>) {
        self.0.push(Field::Part(Fields::of(object)));
    }

    fn extra(&mut self, extra: Extra<'a>) {
        self.0.push(Field::Named(Some(extra.iter().collect())));
    }
}

/// Declares the class of an object within a received message: its declaration in core, where it is, and its positional
/// `match` arguments.
macro_rules! part {
    (
        $(#[$doc:meta])*
        $name:ident from $declaration:ident at $path:literal = $of:expr, match $match_args:expr;
    ) => {
        $(#[$doc])*
        ///
        /// A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The
        /// repr shows nothing that a user wrote.
        #[pyclass(frozen, module = "linkwa")]
        pub(crate) struct $name(Py<ReceivedMessage>);

        impl $name {
            /// The object of a message; `None` if the message has no such object.
            pub(super) fn of(message: &Bound<'_, ReceivedMessage>) -> Option<Self> {
                let part = Self(message.clone().unbind());
                part.view().is_some().then_some(part)
            }

            /// Always `Some`, because the object exists.
            fn view(&self) -> Option<linkwa::$name<'_>> {
                let of: fn(&linkwa::ReceivedMessage) -> Option<linkwa::$name<'_>> = $of;
                of(&self.0.get().0)
            }

            #[allow(dead_code, reason = "for those with objects in them")]
            fn received<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, ReceivedMessage> {
                slf.get().0.bind(slf.py())
            }
        }

        linkwa::$declaration! { attributes { $name [
            #[classattr]
            fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
                PyTuple::new(py, $match_args)
            }

            fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
                other.cast::<Self>().is_ok_and(|other| Fields::of(self.view()) == Fields::of(other.get().view()))
            }

            fn __hash__(&self) -> u64 {
                hash(Fields::of(self.view()))
            }

            fn __repr__(&self) -> &'static str {
                concat!(stringify!($name), "(...)")
            }

            /// For pickle: where the object is in the message.
            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                let place = py.import("operator")?.getattr("attrgetter")?.call1(($path,))?;
                (place, (self.0.bind(py),)).into_pyobject(py)
            }
        ] } }
    };
}

part! {
    /// The content of a received message.
    Content from content_fields at "content" = |message| Some(message.content()), match ["type", "message"];
}

part! {
    /// The message that a user wrote, or the button that they pressed.
    InboundMessage from inbound_message_fields at "content.message" = |message| message.content().message(),
        match ["content_type", "text", "button", "context"];
}

part! {
    /// A button that a user pressed.
    Button from button_fields at "button" = |message| message.button(), match ["text", "payload"];
}

part! {
    /// The message that a reply refers to.
    Context from context_fields at "context" = |message| message.context(), match ["source", "message_id"];
}

part! {
    /// The route of a received message, which describes a keyword, a sub-number or a session.
    Route from route_fields at "route" = |message| message.route(), match ["type", "keyword"];
}
