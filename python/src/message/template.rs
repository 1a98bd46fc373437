//! Template messages: the only type that may open a conversation.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyInt, PyString};

use super::media::{Document, Image, Video};
use crate::class::{class, list_class};
use crate::datetime;
use crate::error::raise;
use crate::value::{List, Millis, Object, Place, Value, wrong_type};

class! {
    /// A template message: a text that WhatsApp approved beforehand, with its parameters filled in.
    ///
    /// It is the only message type that may be sent at any time; all others only within 24 hours of the recipient's
    /// last message. Name, namespace, language and the number of parameters must be those of the approved template;
    /// only the gateway can check that.
    ///
    /// `components` are objects of `Header`, `Body`, `QuickReplyButton` and `UrlButton`. A second header or body is a
    /// warning, a second button with the same index an error.
    ///
    ///     >>> import linkwa
    ///     >>> order = linkwa.Template(
    ///     ...     "order_update",
    ///     ...     namespace="namespace",
    ///     ...     language="en",
    ///     ...     components=[
    ///     ...         linkwa.Header(linkwa.Document("https://example.com/17.pdf", filename="invoice.pdf")),
    ///     ...         linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100990)),
    ///     ...         linkwa.QuickReplyButton(0, payload="yes"),
    ///     ...         linkwa.UrlButton(1, text="track/17"),
    ///     ...     ],
    ///     ... )
    ///     >>> linkwa.send("+46000000001", order).result_code
    ///     112001
    Template(name, *, namespace=None, language, components=None) matches("name") {
        /// The template's name.
        needed name: String,
        /// Its namespace. Not empty. Version 1.4.1 of LINK's document requires it; with the client's setting `extensions` it may be
        /// left out.
        optional namespace: Option<String>,
        /// The code of its language: `en`, `pt_BR`, …; one that is not among the 68 of the API's list is a warning.
        needed language: String,
        /// Its components, in order.
        optional components: List<Component>,
    }
    wire super::to_dict;
}

list_class! {
    /// The header of a template: texts, and at most one `Image`, `Video` or `Document`; a second one is an error.
    ///
    /// A medium there has no caption (an error), and a document should be a PDF (another extension is a warning). A
    /// text beside a medium is a warning. An empty text is an error.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Header(linkwa.Image("https://example.com/a.png"))
    ///     Header(Image(link='https://example.com/a.png'))
    Header {
        /// Its parameters in order; a `str` is a text.
        parameters: HeaderParameter,
    }
}

list_class! {
    /// The body of a template: texts, `Currency` and `DateTime`, in order. An empty text is an error.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Body("Anna", linkwa.Currency("$100.99", code="USD", amount_1000=100990))
    ///     Body('Anna', Currency(fallback_value='$100.99', code='USD', amount_1000=100990))
    Body {
        /// Its parameters in order; a `str` is a text, which must not be empty.
        parameters: BodyParameter,
    }
}

class! {
    /// A quick-reply button. Without a payload it is a static button.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.QuickReplyButton(0, payload="yes")
    ///     QuickReplyButton(index=0, payload='yes')
    QuickReplyButton(index, *, payload=None) matches("index") {
        /// Its index among the buttons. The first is 0, and each index is used once.
        needed index: u32,
        /// The payload, which comes back in the received message when the user presses the button. Not empty.
        optional payload: Option<String>,
    }
}

class! {
    /// A button that opens a URL. Without a text it is a static button.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.UrlButton(1, text="track/17")
    ///     UrlButton(index=1, text='track/17')
    UrlButton(index, *, text=None) matches("index") {
        /// Its index among the buttons. The first is 0, and each index is used once.
        needed index: u32,
        /// The text that completes the URL of the approved template. Not empty.
        optional text: Option<String>,
    }
}

class! {
    /// An amount of money, which the recipient sees in the format of their locale. An empty fallback text, and a code
    /// that is not three capital letters, are errors.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Currency("$100.99", code="USD", amount_1000=100990)
    ///     Currency(fallback_value='$100.99', code='USD', amount_1000=100990)
    Currency(fallback_value, *, code, amount_1000) matches("fallback_value") {
        /// The text to show where it cannot be formatted: `"$100.99"`.
        needed fallback_value: String,
        /// The ISO 4217 code, three capital letters: `"USD"`.
        needed code: String,
        /// The amount **times 1000**: 100990.
        needed amount_1000: i64,
    }
    methods {
        /// An amount as a `Decimal`, an `int`, or a decimal number in a `str`, with at most three decimals. It is converted
        /// exactly; a `float` is a `TypeError`. More decimals, and an amount that is too large, raise `InvalidRequest`
        /// with a finding at `amount`.
        ///
        ///     >>> import decimal, linkwa
        ///     >>> linkwa.Currency.from_decimal("$100.99", "USD", decimal.Decimal("100.99")).amount_1000
        ///     100990
        #[staticmethod]
        fn from_decimal(
            fallback_value: &Bound<'_, PyAny>,
            code: &Bound<'_, PyAny>,
            amount: &Bound<'_, PyAny>,
        ) -> PyResult<Self> {
            let py = amount.py();
            let amount_1000 = linkwa::amount_1000(&decimal_text(amount)?).map_err(|error| raise(py, &error))?;
            let fallback_value = String::read(fallback_value, Place::argument("fallback_value"))?;
            Ok(Self { fallback_value, code: String::read(code, Place::argument("code"))?, amount_1000 })
        }
    }
}

class! {
    /// A date and time, which the recipient sees in the format of their locale: either a point in time, or a date and
    /// time without a time zone.
    ///
    /// A point in time is `timestamp`: an aware `datetime` (a naive one is a `ValueError`), or milliseconds since
    /// 1970-01-01 UTC. Otherwise pass all of `year`, `month`, `day`, `hour` and `minute`. Without `day_of_week` the
    /// library computes the day of the week.
    ///
    /// An hour or minute out of range is an error, a day that does not exist a warning.
    ///
    ///     >>> import datetime, linkwa
    ///     >>> moment = datetime.datetime(2030, 2, 25, 15, 33, tzinfo=datetime.timezone.utc)
    ///     >>> linkwa.DateTime("Feb 25", timestamp=moment)
    ///     DateTime(fallback_value='Feb 25', timestamp=1898263980000)
    ///     >>> linkwa.DateTime("Feb 25", year=2030, month=2, day=25, hour=15, minute=33).day
    ///     25
    DateTime(
        fallback_value, *, timestamp=None, year=None, month=None, day=None, hour=None, minute=None, day_of_week=None
    ) matches("fallback_value") {
        /// The text to show where it cannot be formatted: `"February 25, 1977 03:33PM"`.
        needed fallback_value: String,
        /// Milliseconds since 1970-01-01 UTC.
        optional timestamp: Option<Millis>,
        /// The year.
        optional year: Option<u32>,
        /// The month, 1 to 12.
        optional month: Option<u32>,
        /// The day of the month, 1 to 31. A day that does not exist is a warning.
        optional day: Option<u32>,
        /// The hour, 0 to 23.
        optional hour: Option<u32>,
        /// The minute, 0 to 59.
        optional minute: Option<u32>,
        /// The day of the week, Monday 1 to Sunday 7. One that does not fit the date is a warning.
        optional day_of_week: Option<u32>,
    }
    check DateTime::checked;
    methods {
        /// The date and time of a `datetime` as its clock shows it, to the minute; its time zone is left out.
        ///
        ///     >>> import datetime, linkwa
        ///     >>> moment = linkwa.DateTime.from_datetime("Feb 25", datetime.datetime(2030, 2, 25, 15, 33))
        ///     >>> moment.day, moment.hour, moment.minute
        ///     (25, 15, 33)
        #[staticmethod]
        fn from_datetime(fallback_value: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<Self> {
            datetime::ensure(value.py())?;
            if !value.is_instance_of::<PyDateTime>() {
                return Err(wrong_type(Place::argument("value"), "datetime", value));
            }
            let part = |name: &str| value.getattr(name)?.extract().map(Some);
            Ok(Self {
                fallback_value: String::read(fallback_value, Place::argument("fallback_value"))?,
                timestamp: None,
                year: part("year")?,
                month: part("month")?,
                day: part("day")?,
                hour: part("hour")?,
                minute: part("minute")?,
                day_of_week: None,
            })
        }
    }
}

impl Template {
    pub(super) fn to_core(&self) -> linkwa::Template {
        let template = match &self.namespace {
            Some(namespace) => linkwa::Template::new(&self.name, namespace, &self.language),
            None => linkwa::Template::without_namespace(&self.name, &self.language),
        };
        self.components.iter().fold(template, |template, component| template.component(component.to_core()))
    }
}

impl Header {
    fn to_core(&self) -> linkwa::Header {
        linkwa::Header::new(self.parameters.iter().map(HeaderParameter::to_core))
    }
}

impl Body {
    fn to_core(&self) -> linkwa::Body {
        linkwa::Body::new(self.parameters.iter().map(BodyParameter::to_core))
    }
}

impl QuickReplyButton {
    fn to_core(&self) -> linkwa::QuickReplyButton {
        super::with(linkwa::QuickReplyButton::new(self.index), self.payload.as_ref(), linkwa::QuickReplyButton::payload)
    }
}

impl UrlButton {
    fn to_core(&self) -> linkwa::UrlButton {
        super::with(linkwa::UrlButton::new(self.index), self.text.as_ref(), linkwa::UrlButton::text)
    }
}

impl Currency {
    fn to_core(&self) -> linkwa::Currency {
        linkwa::Currency::new(&self.fallback_value, &self.code, self.amount_1000)
    }
}

impl DateTime {
    /// Python has no overloads: arguments that fit neither form are a `TypeError`.
    fn checked(self) -> PyResult<Self> {
        let parts = [self.year, self.month, self.day, self.hour, self.minute];
        let given = parts.iter().flatten().count();
        let is_moment = self.timestamp.is_some() && given == 0 && self.day_of_week.is_none();
        let is_civil = self.timestamp.is_none() && given == parts.len();
        if is_moment || is_civil {
            return Ok(self);
        }
        let message = "DateTime() takes either timestamp alone, or all of year, month, day, hour and minute";
        Err(PyTypeError::new_err(message))
    }

    fn to_core(&self) -> linkwa::DateTime {
        let fallback = &self.fallback_value;
        if let Some(Millis(millis)) = self.timestamp {
            return linkwa::DateTime::timestamp(fallback, millis);
        }
        let [year, month, day, hour, minute] =
            [self.year, self.month, self.day, self.hour, self.minute].map(Option::unwrap_or_default);
        match self.day_of_week {
            Some(weekday) => linkwa::DateTime::parts(fallback, weekday, day, year, month, hour, minute),
            None => linkwa::DateTime::civil(fallback, year, month, day, hour, minute),
        }
    }
}

/// The digits of an amount, never in the form with an exponent.
fn decimal_text(amount: &Bound<'_, PyAny>) -> PyResult<String> {
    if amount.is_instance_of::<PyString>() {
        return String::read(amount, Place::argument("amount"));
    }
    let decimal = amount.py().import("decimal")?.getattr("Decimal")?;
    if amount.is_instance(&decimal)? {
        return amount.call_method1("__format__", ("f",))?.extract();
    }
    if amount.is_instance_of::<PyInt>() && !amount.is_instance_of::<PyBool>() {
        return Ok(amount.str()?.to_cow()?.into_owned());
    }
    Err(wrong_type(Place::argument("amount"), "Decimal, int or str", amount))
}

/// Declares a value that is of one of several classes, or a text.
macro_rules! one_of {
    ($name:ident to $core:ty, $expected:literal { $($class:ident),* } $(or $text:ident)?) => {
        #[derive(PartialEq)]
        pub(crate) enum $name {
            $($text(String),)?
            $($class(Object<$class>),)*
        }

        impl $name {
            pub(super) fn to_core(&self) -> $core {
                match self {
                    $(Self::$text(text) => text.as_str().into(),)?
                    $(Self::$class(object) => object.get().to_core().into(),)*
                }
            }
        }

        impl Value for $name {
            fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
                $(
                    if value.is_instance_of::<PyString>() {
                        return String::read(value, place).map(Self::$text);
                    }
                )?
                $(
                    if let Some(object) = Object::of(value) {
                        return Ok(Self::$class(object));
                    }
                )*
                Err(wrong_type(place, $expected, value))
            }

            fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                match self {
                    $(Self::$text(text) => text.write(py),)?
                    $(Self::$class(object) => object.write(py),)*
                }
            }
        }
    };
}

one_of!(Component to linkwa::Component, "Header, Body, QuickReplyButton or UrlButton" {
    Header, Body, QuickReplyButton, UrlButton
});
one_of!(HeaderParameter to linkwa::HeaderParameter, "str, Image, Video or Document" {
    Image, Video, Document
} or Text);
one_of!(BodyParameter to linkwa::BodyParameter, "str, Currency or DateTime" {
    Currency, DateTime
} or Text);
