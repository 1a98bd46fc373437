//! The objects within a received message: views on it.

use std::collections::BTreeMap;

use linkwa::{Extra, Parameters};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::message::ReceivedMessage;
use super::value::{List, Moment, Texts, decoded, hash, json_texts};

/// What makes two objects of the same fields equal: these, in their order.
#[derive(PartialEq, Hash)]
enum Field<'a> {
    Text(Option<&'a str>),
    Flag(Option<bool>),
    List(Option<Vec<&'a str>>),
    Named(Option<BTreeMap<&'a str, &'a str>>),
    Part(Option<Vec<Field<'a>>>),
}

impl<'a> From<Option<&'a str>> for Field<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<bool>> for Field<'_> {
    fn from(flag: Option<bool>) -> Self {
        Self::Flag(flag)
    }
}

impl<'a> From<Option<List<'a>>> for Field<'a> {
    fn from(list: Option<List<'a>>) -> Self {
        Self::List(list.map(|list| list.0))
    }
}

impl<'a> From<Option<Parameters<'a>>> for Field<'a> {
    fn from(parameters: Option<Parameters<'a>>) -> Self {
        Self::Named(parameters.map(|parameters| parameters.iter().collect()))
    }
}

impl<'a> From<Extra<'a>> for Field<'a> {
    fn from(extra: Extra<'a>) -> Self {
        Self::Named(Some(extra.iter().collect()))
    }
}

impl<'a, P: Part<'a>> From<Option<P>> for Field<'a> {
    fn from(part: Option<P>) -> Self {
        Self::Part(part.map(Part::fields))
    }
}

/// An object of the core's that can be compared.
trait Part<'a> {
    fn fields(self) -> Vec<Field<'a>>;
}

/// Declares an object within a received message: where it is, and its fields by what they are.
macro_rules! part {
    (
        $(#[$doc:meta])*
        $name:ident at $path:literal = $of:expr, match $match_args:expr;
        text { $($(#[$text_doc:meta])* $text:ident = $text_of:ident;)* }
        flag { $($(#[$flag_doc:meta])* $flag:ident;)* }
        time { $($(#[$time_doc:meta])* $time:ident, $(#[$raw_doc:meta])* $raw:ident;)* }
        list { $($(#[$list_doc:meta])* $list:ident;)* }
        parameters { $($(#[$parameters_doc:meta])* $parameters:ident;)* }
        object { $($(#[$object_doc:meta])* $object:ident: $type:ident;)* }
    ) => {
        $(#[$doc])*
        ///
        /// A field that is absent, null or of an unexpected shape is None. Two are equal whose fields are. The repr shows
        /// nothing that somebody wrote.
        #[pyclass(frozen, module = "linkwa")]
        pub(crate) struct $name(Py<ReceivedMessage>);

        impl $name {
            /// That of a message; `None` if it has none.
            pub(super) fn of(message: &Bound<'_, ReceivedMessage>) -> Option<Self> {
                let part = Self(message.clone().unbind());
                part.view().is_some().then_some(part)
            }

            /// It is there, or there would be no object.
            fn view(&self) -> Option<linkwa::$name<'_>> {
                let of: fn(&linkwa::ReceivedMessage) -> Option<linkwa::$name<'_>> = $of;
                of(&self.0.get().0)
            }
        }

        impl<'a> Part<'a> for linkwa::$name<'a> {
            fn fields(self) -> Vec<Field<'a>> {
                vec![
                    $(Field::from(self.$text_of()),)*
                    $(Field::from(self.$flag()),)*
                    $(Field::from(self.$raw()),)*
                    $(Field::from(self.$list().map(|texts| List(texts.collect()))),)*
                    $(Field::from(self.$parameters()),)*
                    $(Field::from(self.$object()),)*
                    Field::from(self.extra()),
                ]
            }
        }

        #[linkwa_python_macros::guarded]
        #[pymethods]
        impl $name {
            #[classattr]
            fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
                PyTuple::new(py, $match_args)
            }

            $(
                $(#[$text_doc])*
                #[getter]
                fn $text(&self) -> Option<&str> {
                    self.view()?.$text_of()
                }
            )*

            $(
                $(#[$flag_doc])*
                #[getter]
                fn $flag(&self) -> Option<bool> {
                    self.view()?.$flag()
                }
            )*

            $(
                $(#[$time_doc])*
                #[getter]
                fn $time(&self) -> Moment {
                    Moment(self.view().and_then(|part| part.$time()))
                }

                $(#[$raw_doc])*
                #[getter]
                fn $raw(&self) -> Option<&str> {
                    self.view()?.$raw()
                }
            )*

            $(
                $(#[$list_doc])*
                #[getter]
                fn $list(&self) -> Option<List<'_>> {
                    self.view()?.$list().map(|texts| List(texts.collect()))
                }
            )*

            $(
                $(#[$parameters_doc])*
                #[getter]
                fn $parameters(&self) -> Option<Texts<'_>> {
                    self.view()?.$parameters().map(Texts)
                }
            )*

            $(
                $(#[$object_doc])*
                #[getter]
                fn $object(&self, py: Python<'_>) -> Option<$type> {
                    $type::of(self.0.bind(py))
                }
            )*

            /// Fields that this library does not know, and known ones of an unexpected shape (C-6), decoded at each
            /// access. An integer of more digits than int takes (4,300, as a rule) is a Decimal.
            #[getter]
            fn extra<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                decoded(py, self.view().map(|part| part.extra()))
            }

            /// The same fields as `extra`: their JSON texts, exactly as they came.
            #[getter]
            fn extra_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                json_texts(py, self.view().map(|part| part.extra()))
            }

            fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
                other.cast::<Self>().is_ok_and(|other| Field::from(self.view()) == Field::from(other.get().view()))
            }

            fn __hash__(&self) -> u64 {
                hash(Field::from(self.view()))
            }

            fn __repr__(&self) -> &'static str {
                concat!(stringify!($name), "(...)")
            }

            /// For pickle: the place in the message.
            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                let place = py.import("operator")?.getattr("attrgetter")?.call1(($path,))?;
                (place, (self.0.bind(py),)).into_pyobject(py)
            }
        }
    };
}

part! {
    /// What a received message consists of.
    Content at "content" = |message| Some(message.content()), match ["type", "message"];
    text {
        /// The kind of content: "WHATSAPP".
        r#type = kind;
    }
    flag {}
    time {}
    list {}
    parameters {}
    object {
        /// The message itself.
        message: InboundMessage;
    }
}

part! {
    /// The message that a user wrote, or the button that they pressed.
    InboundMessage at "content.message" = |message| message.content().message(),
        match ["content_type", "text", "button", "context"];
    text {
        /// What it is: "TEXT" or "BUTTON"; newer gateways have more.
        content_type = content_type;
        /// What the user wrote.
        text = text;
    }
    flag {}
    time {}
    list {}
    parameters {}
    object {
        /// The button that the user pressed.
        button: Button;
        /// What the user replied to; only replies have it.
        context: Context;
    }
}

part! {
    /// A button that a user pressed.
    Button at "button" = |message| message.button(), match ["text", "payload"];
    text {
        /// What stands on it.
        text = text;
        /// The payload that the template gave it.
        payload = payload;
    }
    flag {}
    time {}
    list {}
    parameters {}
    object {}
}

part! {
    /// The message that a reply refers to.
    Context at "context" = |message| message.context(), match ["source", "message_id"];
    text {
        /// Who sent that message.
        source = source;
        /// That message's id.
        message_id = message_id;
    }
    flag {}
    time {}
    list {}
    parameters {}
    object {}
}

part! {
    /// The route by which a received message came (C-3): of a keyword, a sub-number or a session.
    Route at "route" = |message| message.route(), match ["type", "keyword"];
    text {
        /// The route's id.
        id = id;
        /// The route's reference.
        ref_id = ref_id;
        /// The platform's id.
        platform_id = platform_id;
        /// The partner's id.
        platform_partner_id = platform_partner_id;
        /// The type of the service.
        platform_service_type = platform_service_type;
        /// The id of the service.
        platform_service_id = platform_service_id;
        /// The number that the route belongs to.
        number = number;
        /// What kind of route it is: "KEYWORD_ROUTE", for example.
        r#type = kind;
        /// The keyword that the message began with.
        keyword = keyword;
        /// What kind of keyword it is.
        keyword_type = keyword_type;
        /// What the route is for.
        description = description;
    }
    flag {
        /// Whether the route is in use.
        active;
        /// Whether others use the number too.
        shared;
    }
    time {
        /// From when on the route is in use, with the offset that it was written with. None if it is absent, no RFC 3339
        /// date-time, or none that a datetime can hold; its text as it came is in `start_raw`.
        start,
        /// The text of `start` as it came.
        start_raw;
        /// Until when the route is in use; as `start`. Its text as it came is in `end_raw`.
        end,
        /// The text of `end` as it came.
        end_raw;
    }
    list {
        /// The gates that the message was sent to.
        gate_ids;
    }
    parameters {
        /// The route's parameters, in a new dict.
        custom_parameters;
    }
    object {}
}
