//! The parameters of a template's components: seven kinds, of which each component takes some.

use serde::{Serialize, Serializer};

use crate::declared::{Declared, Kind as Declaration, declare_object};
use crate::error::Error;
use crate::finding::{Finding, FindingCode, Findings, Path};
use crate::json::{Kind as JsonKind, Value};
use crate::message::{Document, Image, Video, read_tag};
use crate::rule;
use crate::wire::{Field, Read, WireObject, read_field, read_object, wire_object, wrong_type};

/// `WhatsApp`'s limit of a quick-reply payload, in Unicode code points.
const LONGEST_PAYLOAD: usize = 256;

/// 2000-01-01 UTC in milliseconds. A timestamp in seconds is before it for thousands of years.
const YEAR_2000: u64 = 946_684_800_000;

/// Every parameter type; in each, a field of the same name stands beside `type`.
const TYPES: &[&str] = &["text", "image", "document", "video", "payload", "currency", "dateTime"];

/// A parameter of a [`Header`](super::Header): a text, or one medium.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeaderParameter(HeaderKind);

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum HeaderKind {
    Text { text: Field<String> },
    Image { image: Field<Image> },
    Document { document: Field<Document> },
    Video { video: Field<Video> },
}

/// A parameter of a [`Body`](super::Body): a text (not empty), a [`Currency`] or a [`DateTime`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BodyParameter(BodyKind);

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum BodyKind {
    Text { text: Field<String> },
    Currency { currency: Field<Currency> },
    DateTime { date_time: Field<DateTime> },
}

/// The only parameter of a button.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum ButtonParameter {
    Text { text: Field<String> },
    Payload { payload: Field<String> },
}

impl Declared for HeaderParameter {
    const KIND: Declaration = Declaration::OneOf(&[TEXT, IMAGE, DOCUMENT, VIDEO]);
}

impl Declared for BodyParameter {
    const KIND: Declaration = Declaration::OneOf(&[TEXT, CURRENCY, DATE_TIME]);
}

/// Declares a parameter with one field besides `type`, whose name is the value of `type`.
macro_rules! declare_parameter {
    ($(#[doc = $doc:literal])* $const:ident = $name:ident, $field:ident = $tag:literal: $type:ident) => {
        pub(in crate::message) const $const: Declaration = declare_object! {
            $(#[doc = $doc])*
            $name {
                /// The kind of parameter.
                kind = "type": Declaration::Tag($tag), required;
                /// The value.
                $field = $tag: $type::KIND, required;
            }
        };
    };
}

declare_parameter! {
    /// A text, as a parameter. Not empty. A newline, a tab, or more than four spaces in a row is a warning.
    TEXT = TextParameter, text = "text": String
}
declare_parameter! {
    /// A picture, as a parameter.
    IMAGE = ImageParameter, image = "image": Image
}
declare_parameter! {
    /// A document, as a parameter.
    DOCUMENT = DocumentParameter, document = "document": Document
}
declare_parameter! {
    /// A video, as a parameter.
    VIDEO = VideoParameter, video = "video": Video
}
declare_parameter! {
    /// The payload of a quick-reply button. Not empty. Over 256 Unicode code points is a warning.
    PAYLOAD = PayloadParameter, payload = "payload": String
}
declare_parameter! {
    /// An amount of money, as a parameter.
    CURRENCY = CurrencyParameter, currency = "currency": Currency
}
declare_parameter! {
    /// A date and time, as a parameter.
    DATE_TIME = DateTimeParameter, date_time = "dateTime": DateTime
}

/// The parameter of a button, by its sub type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ButtonTakes {
    Text,
    Payload,
    /// The sub type is unknown.
    Either,
}

wire_object! {
    /// An amount of money, which the recipient sees in the format of their locale.
    ///
    /// ```
    /// // 100.99 US dollars: the amount is counted in thousandths.
    /// let price = linkwa::Currency::new("$100.99", "USD", 100_990);
    /// # let _ = price;
    /// ```
    pub struct Currency {
        /// The text to show where the amount cannot be formatted. Not empty.
        fallback_value = "fallbackValue": String, required;
        /// The ISO 4217 code: three capital letters.
        code = "code": String, required;
        /// The amount **times 1000**, as an integer in a string.
        amount_1000 = "amount1000": String, required;
    }
}

impl Currency {
    /// An amount: the text to show where it cannot be formatted, the ISO 4217 code (three capital letters), and the
    /// amount **times 1000**.
    pub fn new(fallback_value: impl Into<String>, code: impl Into<String>, amount_1000: i64) -> Self {
        Self {
            fallback_value: Field::Given(fallback_value.into()),
            code: Field::Given(code.into()),
            amount_1000: Field::Given(amount_1000.to_string()),
        }
    }

    /// An amount as a decimal number, `100.99`: an optional `-`, digits, and at most three decimals behind a `.`. It is
    /// converted exactly.
    ///
    /// # Errors
    ///
    /// `invalid_request` with a finding at `amount`, if it is not such a number or too large.
    ///
    /// ```
    /// use linkwa::Currency;
    ///
    /// assert_eq!(Currency::from_decimal("$100.99", "USD", "100.99")?, Currency::new("$100.99", "USD", 100_990));
    /// assert!(Currency::from_decimal("$0.0001", "USD", "0.0001").is_err());
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn from_decimal(
        fallback_value: impl Into<String>,
        code: impl Into<String>,
        amount: &str,
    ) -> Result<Self, Error> {
        amount_1000(amount).map(|amount_1000| Self::new(fallback_value, code, amount_1000))
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        rule::text(&self.fallback_value, &path.field("fallbackValue"), findings);
        let code = path.field("code");
        if let Some(word) = rule::text(&self.code, &code, findings)
            && !(word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase()))
        {
            findings.add(&code, FindingCode::InvalidFormat, "must be an ISO 4217 code: three capital letters");
        }
        let amount = path.field("amount1000");
        if let Some(digits) = rule::text(&self.amount_1000, &amount, findings)
            && !crate::json::is_integer(digits)
        {
            let message = "must be an integer in a string: the amount times 1000";
            findings.add(&amount, FindingCode::InvalidFormat, message);
        }
        self.require(path, findings);
    }
}

/// A decimal number times 1000, exactly.
///
/// # Errors
///
/// See [`Currency::from_decimal`].
#[doc(hidden)]
pub fn amount_1000(decimal: &str) -> Result<i64, Error> {
    let invalid = |code, message: &str| {
        let root = Path::root(None);
        Error::invalid_request(vec![Finding::new(&root.field("amount"), code, message)], None)
    };
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("-", digits));
    let (whole, thousandths) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(thousandths) {
        return Err(invalid(FindingCode::InvalidFormat, "must be a decimal number with a `.`, such as 100.99"));
    }
    let thousandths = thousandths.trim_end_matches('0');
    if thousandths.len() > 3 {
        return Err(invalid(FindingCode::InvalidFormat, "must have at most three decimals"));
    }
    let parsed = format!("{sign}{whole}{thousandths:0<3}").parse();
    parsed.map_err(|_| invalid(FindingCode::OutOfRange, "is too large"))
}

/// A whole number of a button or date, which may come as a string of digits and is sent as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Whole(u32);

impl Declared for Whole {
    const KIND: Declaration = Declaration::OneOf(&[Declaration::Integer, Declaration::String]);
}

impl From<u32> for Whole {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl Read for Whole {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        read_whole(value, path, findings).map(Self)
    }
}

/// A time in milliseconds since 1970, which may come as a number and is sent as a string.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Millis(u64);

impl Read for Millis {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        read_whole(value, path, findings).map(Self)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Declared for Millis {
    const KIND: Declaration = Declaration::OneOf(&[Declaration::String, Declaration::Integer]);
}

/// An integer, or a string of digits.
fn read_whole<T: std::str::FromStr>(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<T> {
    let number = match value.kind() {
        JsonKind::Integer if value.raw() == "-0" => "0".into(),
        JsonKind::Integer => value.raw().into(),
        JsonKind::String => {
            let text = value.as_str().unwrap_or_default();
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                let message = "must be an integer, or a string of digits";
                findings.add_at(value.position(), path, FindingCode::InvalidFormat, message);
                return None;
            }
            text
        }
        _ => {
            wrong_type(value, "an integer", path, findings);
            return None;
        }
    };
    let parsed = number.parse().ok();
    if parsed.is_none() {
        let message = if number.starts_with('-') { "must not be below 0" } else { "is too large" };
        findings.add_at(value.position(), path, FindingCode::OutOfRange, message);
    }
    parsed
}

wire_object! {
    /// A date and time, which the recipient sees in the format of their locale: either the six parts or a timestamp.
    ///
    /// ```
    /// use linkwa::DateTime;
    ///
    /// let parts = DateTime::civil("February 25, 1977 03:33PM", 1977, 2, 25, 15, 33);
    /// let moment = DateTime::timestamp("February 25, 2027 03:33PM", 1_803_569_580_000);
    /// # let _ = (parts, moment);
    /// ```
    pub struct DateTime {
        /// The text to show where the time cannot be formatted. Not empty.
        fallback_value = "fallbackValue": String, required;
        /// The day of the week: Monday 1 to Sunday 7. One that does not fit the date is a warning.
        day_of_week = "dayOfWeek": Whole;
        /// The day of the month, 1 to 31. A day that does not exist is a warning.
        day_of_month = "dayOfMonth": Whole;
        /// The year.
        year = "year": Whole;
        /// The month, 1 to 12.
        month = "month": Whole;
        /// The hour, 0 to 23.
        hour = "hour": Whole;
        /// The minute, 0 to 59.
        minute = "minute": Whole;
        /// The timestamp, in milliseconds since 1970-01-01 UTC. One before the year 2000 is a warning.
        timestamp = "timestamp": Millis;
    }
}

impl DateTime {
    /// A date and time without a time zone: year, month 1 to 12, day 1 to 31, hour 0 to 23, minute 0 to 59. The day of
    /// the week, which is sent too (Monday 1 to Sunday 7), follows from the date; for a day that does not exist, which
    /// is a warning, it is 0.
    pub fn civil(fallback_value: impl Into<String>, year: u32, month: u32, day: u32, hour: u32, minute: u32) -> Self {
        let day_of_week = rule::weekday(year, month, day).unwrap_or_default();
        Self::parts(fallback_value, day_of_week, day, year, month, hour, minute)
    }

    /// The six parts in the order of the wire, including the day of the week (Monday 1 to Sunday 7). One that does not
    /// fit the date is a warning. [`civil`](Self::civil) computes it.
    pub fn parts(
        fallback_value: impl Into<String>,
        day_of_week: u32,
        day_of_month: u32,
        year: u32,
        month: u32,
        hour: u32,
        minute: u32,
    ) -> Self {
        Self {
            fallback_value: Field::Given(fallback_value.into()),
            day_of_week: Field::Given(Whole(day_of_week)),
            day_of_month: Field::Given(Whole(day_of_month)),
            year: Field::Given(Whole(year)),
            month: Field::Given(Whole(month)),
            hour: Field::Given(Whole(hour)),
            minute: Field::Given(Whole(minute)),
            timestamp: Field::Absent,
        }
    }

    /// A point in time, in milliseconds since 1970-01-01 UTC. One before the year 2000 is a warning.
    pub fn timestamp(fallback_value: impl Into<String>, milliseconds: u64) -> Self {
        Self {
            fallback_value: Field::Given(fallback_value.into()),
            timestamp: Field::Given(Millis(milliseconds)),
            ..Self::default()
        }
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        let parts = [&self.day_of_week, &self.day_of_month, &self.year, &self.month, &self.hour, &self.minute];
        let given = parts.iter().filter(|part| !part.is_absent()).count();
        let complete = if self.timestamp.is_absent() { given == parts.len() } else { given == 0 };
        if !complete {
            let message = "needs either all of `dayOfWeek`, `dayOfMonth`, `year`, `month`, `hour`, `minute`, \
                           or `timestamp` alone";
            findings.add(path, FindingCode::Incomplete, message);
        }
        self.check_day(path, findings);
        rule::text(&self.fallback_value, &path.field("fallbackValue"), findings);
        let bounded = [
            ("dayOfMonth", &self.day_of_month, 1..=31),
            ("month", &self.month, 1..=12),
            ("hour", &self.hour, 0..=23),
            ("minute", &self.minute, 0..=59),
        ];
        for (name, part, bounds) in bounded {
            if part.get().is_some_and(|part| !bounds.contains(&part.0)) {
                let message = format!("must be between {} and {}", bounds.start(), bounds.end());
                findings.add(&path.field(name), FindingCode::OutOfRange, message);
            }
        }
        if self.timestamp.get().is_some_and(|timestamp| timestamp.0 < YEAR_2000) {
            let message = "is before the year 2000; it counts milliseconds, not seconds";
            findings.add(&path.field("timestamp"), FindingCode::SuspiciousTime, message);
        }
        self.require(path, findings);
    }

    /// Checks whether the day exists and is that weekday, unless the month or the day is out of range.
    fn check_day(&self, path: &Path<'_>, findings: &mut Findings) {
        let (Some(year), Some(month), Some(day)) = (self.year.get(), self.month.get(), self.day_of_month.get()) else {
            return;
        };
        if !(1..=12).contains(&month.0) || !(1..=31).contains(&day.0) {
            return;
        }
        let message = match (rule::weekday(year.0, month.0, day.0), self.day_of_week.get()) {
            (None, _) => "is a day that does not exist".to_owned(),
            (Some(real), Some(given)) if given.0 != real => {
                format!("is another day of the week: its `dayOfWeek` is {real} (Monday is 1, Sunday 7)")
            }
            _ => return,
        };
        findings.add(path, FindingCode::ImpossibleDate, message);
    }
}

macro_rules! parameters_from {
    ($($type:ty => |$value:ident| $parameter:expr, $target:ty;)*) => {
        $(
            impl From<$type> for $target {
                fn from($value: $type) -> Self {
                    $parameter
                }
            }
        )*
    };
}

parameters_from! {
    &str => |text| Self(HeaderKind::Text { text: Field::Given(text.to_owned()) }), HeaderParameter;
    String => |text| Self(HeaderKind::Text { text: Field::Given(text) }), HeaderParameter;
    Image => |image| Self(HeaderKind::Image { image: Field::Given(image) }), HeaderParameter;
    Document => |document| Self(HeaderKind::Document { document: Field::Given(document) }), HeaderParameter;
    Video => |video| Self(HeaderKind::Video { video: Field::Given(video) }), HeaderParameter;
    &str => |text| Self(BodyKind::Text { text: Field::Given(text.to_owned()) }), BodyParameter;
    String => |text| Self(BodyKind::Text { text: Field::Given(text) }), BodyParameter;
    Currency => |currency| Self(BodyKind::Currency { currency: Field::Given(currency) }), BodyParameter;
    DateTime => |date_time| Self(BodyKind::DateTime { date_time: Field::Given(date_time) }), BodyParameter;
}

impl HeaderParameter {
    pub(super) fn is_text(&self) -> bool {
        matches!(self.0, HeaderKind::Text { .. })
    }

    pub(super) fn is_media(&self) -> bool {
        !self.is_text()
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        match &self.0 {
            HeaderKind::Text { text } => check_text(text, path, findings),
            HeaderKind::Image { image } => image.check(path, "image", findings, Image::check_in_header),
            HeaderKind::Document { document } => document.check(path, "document", findings, Document::check_in_header),
            HeaderKind::Video { video } => video.check(path, "video", findings, Video::check_in_header),
        }
    }

    /// Checks the header of an interactive message, whose text has this limit.
    pub(in crate::message) fn check_in_interactive(&self, most: usize, path: &Path<'_>, findings: &mut Findings) {
        match &self.0 {
            HeaderKind::Text { text } => {
                rule::text_at_most(text, most, &path.field("text"), findings);
                text.require(path, "text", findings);
            }
            HeaderKind::Image { image } => image.check(path, "image", findings, Image::check),
            HeaderKind::Document { document } => document.check(path, "document", findings, Document::check),
            HeaderKind::Video { video } => video.check(path, "video", findings, Video::check),
        }
    }
}

impl BodyParameter {
    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        match &self.0 {
            BodyKind::Text { text } => check_text(text, path, findings),
            BodyKind::Currency { currency } => currency.check(path, "currency", findings, Currency::check),
            BodyKind::DateTime { date_time } => date_time.check(path, "dateTime", findings, DateTime::check),
        }
    }
}

impl ButtonParameter {
    pub(super) fn text(text: String) -> Self {
        Self::Text { text: Field::Given(text) }
    }

    pub(super) fn payload(payload: String) -> Self {
        Self::Payload { payload: Field::Given(payload) }
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        match self {
            Self::Text { text } => check_text(text, path, findings),
            Self::Payload { payload } => {
                let inside = path.field("payload");
                rule::text(payload, &inside, findings);
                rule::at_most(payload, LONGEST_PAYLOAD, &inside, findings);
                payload.require(path, "payload", findings);
            }
        }
    }

    pub(super) fn read(takes: ButtonTakes, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let accepted: &[&str] = match takes {
            ButtonTakes::Text => &["text"],
            ButtonTakes::Payload => &["payload"],
            ButtonTakes::Either => &["text", "payload"],
        };
        match read_type(value, accepted, "this button", path, findings)? {
            "payload" => read_inside(value, "payload", path, findings).map(|payload| Self::Payload { payload }),
            _ => read_inside(value, "text", path, findings).map(|text| Self::Text { text }),
        }
    }
}

fn check_text(text: &Field<String>, parameter: &Path<'_>, findings: &mut Findings) {
    rule::template_text(text, &parameter.field("text"), findings);
    text.require(parameter, "text", findings);
}

impl HeaderParameter {
    /// The types that a header may have.
    pub(in crate::message) const TYPES: &[&str] = &["text", "image", "document", "video"];

    /// Reads one whose type is among `taken`.
    pub(in crate::message) fn read_one_of(
        taken: &[&'static str],
        by: &str,
        value: Value<'_>,
        path: &Path<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        match read_type(value, taken, by, path, findings)? {
            "image" => read_inside(value, "image", path, findings).map(|image| HeaderKind::Image { image }),
            "document" => {
                read_inside(value, "document", path, findings).map(|document| HeaderKind::Document { document })
            }
            "video" => read_inside(value, "video", path, findings).map(|video| HeaderKind::Video { video }),
            _ => read_inside(value, "text", path, findings).map(|text| HeaderKind::Text { text }),
        }
        .map(Self)
    }
}

impl Read for HeaderParameter {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        Self::read_one_of(Self::TYPES, "a header", value, path, findings)
    }
}

impl Read for BodyParameter {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        match read_type(value, &["text", "currency", "dateTime"], "a body", path, findings)? {
            "currency" => {
                read_inside(value, "currency", path, findings).map(|currency| BodyKind::Currency { currency })
            }
            "dateTime" => {
                read_inside(value, "dateTime", path, findings).map(|date_time| BodyKind::DateTime { date_time })
            }
            _ => read_inside(value, "text", path, findings).map(|text| BodyKind::Text { text }),
        }
        .map(Self)
    }
}

/// Reads the `type` of a parameter, which must be one of `taken`. Another type is reported, and its object is ignored.
fn read_type(
    value: Value<'_>,
    taken: &[&'static str],
    by: &str,
    path: &Path<'_>,
    findings: &mut Findings,
) -> Option<&'static str> {
    let tag = read_tag(value, TYPES, "parameter", FindingCode::UnknownType, path, findings)?;
    let found = taken.iter().copied().find(|taken| *taken == tag);
    if found.is_none() {
        let message = format!("{by} takes no parameter of type `{tag}`, only {}", taken.join(", "));
        findings.add(path, FindingCode::NotAllowed, message);
    }
    found
}

/// The field besides `type` whose name is the value of `type`.
fn read_inside<T: Read>(value: Value<'_>, tag: &str, path: &Path<'_>, findings: &mut Findings) -> Option<Field<T>> {
    let mut inside = Field::Absent;
    read_object(value, path, &["type", tag], findings, |name, value, path, findings| {
        if name == tag {
            read_field(&mut inside, value, path, findings);
        }
        name == tag || name == "type"
    })
    .then_some(inside)
}
