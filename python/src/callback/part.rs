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
    /// As its bits: a callback has no NaN.
    Number(Option<u64>),
    Flag(Option<bool>),
    List(Option<Vec<&'a str>>),
    Named(Option<BTreeMap<&'a str, &'a str>>),
    Part(Option<Fields<'a>>),
    Parts(Option<Vec<Fields<'a>>>),
}

#[derive(Default, PartialEq, Hash)]
struct Fields<'a>(Vec<Field<'a>>);

impl<'a> Fields<'a> {
    fn of(object: Option<impl Visit<'a>>) -> Option<Self> {
        object.map(Self::of_one)
    }

    fn of_one(object: impl Visit<'a>) -> Self {
        let mut fields = Self::default();
        object.visit(&mut fields);
        fields
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

    fn number(&mut self, number: Option<f64>) {
        self.0.push(Field::Number(number.map(f64::to_bits)));
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

    fn objects(&mut self, objects: Option<impl ExactSizeIterator<Item = impl Visit<'a>>>) {
        self.0.push(Field::Parts(objects.map(|objects| objects.map(Fields::of_one).collect())));
    }

    fn extra(&mut self, extra: Extra<'a>) {
        self.0.push(Field::Named(Some(extra.iter().collect())));
    }
}

/// Where a part is among others of its kind: the index of the contact, and that of its phone.
pub(super) type At = [usize; 2];

/// A part that there is once in a message.
pub(super) const TOP: At = [0; 2];

/// Declares the class of an object within a received message: its declaration in core, where it is, and its positional
/// `match` arguments.
macro_rules! part {
    (
        $(#[$doc:meta])*
        $name:ident from $declaration:ident = $of:expr, match $match_args:expr;
    ) => {
        $(#[$doc])*
        ///
        /// A field that is absent, null or of an unexpected shape is None. Objects with equal fields are equal. The
        /// repr shows nothing that a user wrote.
        #[pyclass(frozen, module = "linkwa")]
        pub(crate) struct $name(Py<ReceivedMessage>, At);

        impl $name {
            /// The object of a message; `None` if the message has no such object.
            pub(super) fn of(message: &Bound<'_, ReceivedMessage>, at: At) -> Option<Self> {
                let part = Self(message.clone().unbind(), at);
                part.view().is_some().then_some(part)
            }

            /// Always `Some`, because the object exists.
            fn view(&self) -> Option<linkwa::$name<'_>> {
                let of: fn(&linkwa::ReceivedMessage, At) -> Option<linkwa::$name<'_>> = $of;
                of(&self.0.get().0, self.1)
            }

            #[allow(dead_code, reason = "for those with objects in them")]
            fn received<'a, 'py>(slf: &'a Bound<'py, Self>) -> (&'a Bound<'py, ReceivedMessage>, At) {
                let Self(message, at) = slf.get();
                (message.bind(slf.py()), *at)
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

            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                let again = py.get_type::<Self>().getattr("_again")?;
                (again, (self.0.bind(py), self.1)).into_pyobject(py)
            }

            /// For pickle.
            #[staticmethod]
            fn _again(message: &Bound<'_, ReceivedMessage>, at: At) -> Option<Self> {
                Self::of(message, at)
            }
        ] } }
    };
}

part! {
    /// The content of a received message.
    Content from content_fields = |message, _| Some(message.content()), match ["type", "message"];
}

part! {
    /// The message that a user wrote, or the button that they pressed.
    InboundMessage from inbound_message_fields = |message, _| message.content().message(),
        match ["content_type", "text", "button", "context"];
}

part! {
    /// A button that a user pressed.
    InboundButton from button_fields = |message, _| message.button(), match ["text", "payload"];
}

part! {
    /// The message that a reply refers to.
    Context from context_fields = |message, _| message.context(), match ["source", "message_id"];
}

part! {
    /// A file that a user sent: an image, a video, a voice message, a document. Not in version 1.4.1 of LINK's document.
    InboundMedia from inbound_media_fields = |message, _| message.media(), match ["source", "type"];
}

part! {
    /// A place that a user sent. Not in version 1.4.1 of LINK's document.
    InboundLocation from inbound_location_fields = |message, _| message.location(), match ["latitude", "longitude"];
}

part! {
    /// A contact that a user sent. Not in version 1.4.1 of LINK's document. What it has besides names and phones is in
    /// `extra`.
    InboundContact from inbound_contact_fields = |message, [contact, _]| message.contacts()?.nth(contact),
        match ["name", "phones"];
}

part! {
    /// The name of a contact that a user sent. Not in version 1.4.1 of LINK's document.
    InboundContactName from inbound_contact_name_fields = |message, [contact, _]| {
        message.contacts()?.nth(contact)?.name()
    }, match ["formatted_name"];
}

part! {
    /// A phone of a contact that a user sent. Not in version 1.4.1 of LINK's document.
    InboundPhone from inbound_phone_fields = |message, [contact, phone]| {
        message.contacts()?.nth(contact)?.phones()?.nth(phone)
    }, match ["phone"];
}

impl InboundContact {
    /// Where one of a message's contacts is.
    pub(super) fn at(_: At, index: usize) -> At {
        [index, 0]
    }
}

impl InboundPhone {
    /// Where one of a contact's phones is.
    pub(super) fn at([contact, _]: At, index: usize) -> At {
        [contact, index]
    }
}

/// The objects of a list.
pub(super) fn tuple<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    count: Option<usize>,
    at: impl Fn(usize) -> Option<T>,
) -> PyResult<Option<Bound<'py, PyTuple>>> {
    count.map(|count| PyTuple::new(py, (0..count).filter_map(at).collect::<Vec<_>>())).transpose()
}

part! {
    /// What a user chose of an interactive message. Not in version 1.4.1 of LINK's document.
    InboundInteractive from inbound_interactive_fields = |message, _| message.interactive(),
        match ["type", "button_reply", "list_reply"];
}

part! {
    /// The button of an interactive message that a user pressed. Not in version 1.4.1 of LINK's document.
    InboundButtonReply from inbound_button_reply_fields = |message, _| message.interactive()?.button_reply(),
        match ["id", "title"];
}

part! {
    /// The row of a list that a user chose. Not in version 1.4.1 of LINK's document.
    InboundListReply from inbound_list_reply_fields = |message, _| message.interactive()?.list_reply(),
        match ["id", "title"];
}

part! {
    /// The route of a received message, which describes a keyword, a sub-number or a session.
    Route from route_fields = |message, _| message.route(), match ["type", "keyword"];
}
