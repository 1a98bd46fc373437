//! Findings of validation, and the paths that rules write.

use std::fmt;

use crate::declared::{Declared, Kind, Word, Words};
use crate::json::Value;
use crate::text;

/// The severity of a [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The request is sent; the finding is on the result.
    Warning,
    /// The request is not sent.
    Error,
}

impl Severity {
    /// `"error"` or `"warning"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error or warning that validation found in a request.
///
/// ```
/// let findings = linkwa::validate(br#"{"platformId": ""}"#);
/// let first = &findings[0];
/// assert_eq!((first.path(), first.code().as_str()), ("platformId", "empty"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    path: String,
    code: FindingCode,
    message: String,
    severity: Severity,
    suggestion: Option<String>,
}

impl Finding {
    /// The path in the names of the JSON that is sent: `messages[0].template.components[1].parameters[2].dateTime`.
    /// Object fields are separated by dots, list items have brackets and count from 0; the whole request has the empty
    /// path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The kind of finding. Codes are stable; base decisions on them.
    pub fn code(&self) -> FindingCode {
        self.code
    }

    /// A sentence for people; the wording may change. It never repeats a value of the request, which may be a phone
    /// number; [`suggestion`](Self::suggestion) has a better value.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether it prevents sending.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether it prevents sending.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Whether its message may name a setting, which each language spells in its own way.
    #[doc(hidden)]
    pub fn names_setting(&self) -> bool {
        matches!(self.code, FindingCode::Required | FindingCode::Extension)
    }

    /// A suggested value: the nearest known name, the number without its separators, `en_GB`. `None` if there is no
    /// suggestion, or if it might differ from what was meant.
    ///
    /// ```
    /// let findings = linkwa::validate(br#"{"destinations": ["+46 70 000 00 01"], "prioritty": "HIGH"}"#);
    /// assert_eq!(findings[0].suggestion(), Some("+46700000001"));
    /// assert_eq!(findings[1].suggestion(), Some("priority"));
    /// assert!(!findings[0].message().contains("46"));
    /// ```
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    pub(crate) fn new(path: &Path<'_>, code: FindingCode, message: impl Into<String>) -> Self {
        Self { path: path.to_string(), code, message: message.into(), severity: code.severity(), suggestion: None }
    }

    /// A finding that was stored; `None` if this version does not know its code.
    pub(crate) fn stored(path: &str, code: &str, message: &str, severity: Severity) -> Option<Self> {
        let code = FindingCode::ALL.iter().copied().find(|known| known.as_str() == code)?;
        Some(Self { path: path.to_owned(), code, message: message.to_owned(), severity, suggestion: None })
    }

    /// The same finding in a larger object, at `path`.
    pub(crate) fn under(&self, path: &Path<'_>) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{path}{dot}{}", self.path), ..self.clone() }
    }

    /// What a strict client makes of findings: errors.
    pub(crate) fn all_errors(mut findings: Vec<Self>) -> Vec<Self> {
        for finding in &mut findings {
            finding.severity = Severity::Error;
        }
        findings
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "(request)" } else { &self.path };
        // An unknown name must not break the line, or reverse it.
        for c in path.chars() {
            if text::is_printable(c) { write!(f, "{c}")? } else { write!(f, "{}", c.escape_unicode())? }
        }
        write!(f, ": {} [{}]", self.message, self.code)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal, $severity:ident;)*) => {
        /// The kinds of [`Finding`]. More may come.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FindingCode {
            $($(#[doc = $doc])* $name,)*
        }

        impl Declared for FindingCode {
            const KIND: Kind = Kind::Word(&Words {
                name: "FindingCode",
                doc: "The kinds of findings.",
                values: &[$(Word { word: $word, doc: concat!($($doc, "\n"),*) },)*],
                open: true,
            });
        }

        impl FindingCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as a word, the same in every language: `"unknown_field"`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Its severity, unless the client is strict.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// A required field is absent; the path is the field's.
    Required = "required", Error;
    /// An empty string or list where a value is required, or an empty contact.
    Empty = "empty", Error;
    /// A value of another JSON type than the field's.
    WrongType = "wrong_type", Error;
    /// Invalid JSON, another value than an object at the top, more than 64 levels deep, or over 1 MiB; the path is
    /// empty.
    InvalidJson = "invalid_json", Error;
    /// A repeated key in an object.
    DuplicateKey = "duplicate_key", Error;
    /// A name that version 1.4.1 of the API does not have at that place.
    UnknownField = "unknown_field", Error;
    /// A message, component or parameter `type` that the API does not have. Nothing else of that object is checked.
    UnknownType = "unknown_type", Error;
    /// A `priority`, a `subType`, or a `type` in an interactive message that the API does not have.
    UnknownValue = "unknown_value", Error;
    /// A part that is not allowed there: a caption in a template's media, a parameter that its component does not take,
    /// a second medium in a header, a second parameter of a button, `subType` or `index` outside a button, the body of
    /// another message type, a picture, video or document as the header of a list, a `refId` that an outbox has for another
    /// request.
    NotAllowed = "not_allowed", Error;
    /// A number out of range.
    OutOfRange = "out_of_range", Error;
    /// Neither an MSISDN (3 to 15 digits, with or without `+`) nor a business-scoped user id.
    InvalidMsisdn = "invalid_msisdn", Error;
    /// Not an absolute `http` or `https` URL with a host.
    InvalidUrl = "invalid_url", Error;
    /// Not an RFC 3339 date-time with an offset, or a day or time that does not exist.
    InvalidDateTime = "invalid_date_time", Error;
    /// An id, `refId` or gate with control characters, or with white space around it; a currency code, `amount1000`,
    /// `timestamp`, index or date part in a wrong format.
    InvalidFormat = "invalid_format", Error;
    /// None, some or too many of alternative fields: the parts of a `dateTime`, a name with only `formattedName`, `link` and
    /// `id` of a medium.
    Incomplete = "incomplete", Error;
    /// Two buttons with the same index; the path is that of the later index.
    DuplicateIndex = "duplicate_index", Error;
    /// A feature that version 1.4.1 of LINK's document does not have, without the setting `extensions`. Nothing else of it is
    /// checked.
    Extension = "extension", Error;
    /// A repeated destination or gate, a second header or body, a repeated id in an interactive message; the path is the
    /// later one.
    Duplicate = "duplicate", Warning;
    /// A business-scoped user id as destination.
    NotMsisdn = "not_msisdn", Warning;
    /// Text and media in one header.
    MixedHeader = "mixed_header", Warning;
    /// A link whose path ends in an extension that the message type does not support.
    UnsupportedMediaType = "unsupported_media_type", Warning;
    /// A template language that is not among the 68 of the API's list.
    UnsupportedLanguage = "unsupported_language", Warning;
    /// `components` was absent in JSON input; an empty list is sent.
    MissingComponents = "missing_components", Warning;
    /// A text body over 4,096 Unicode code points, a caption over 1,024, a quick-reply payload over 256, or a text or id of an
    /// interactive message over its limit.
    TooLong = "too_long", Warning;
    /// More than 3 buttons, or more than 10 rows in all, in an interactive message.
    TooMany = "too_many", Warning;
    /// `previewUrl` is true and the body has no `http://` or `https://` URL.
    NoUrlToPreview = "no_url_to_preview", Warning;
    /// A location's address without a name: it is not shown.
    AddressWithoutName = "address_without_name", Warning;
    /// An absolute validity time in the past.
    InPast = "in_past", Warning;
    /// A `dateTime` whose day does not exist or falls on another weekday.
    ImpossibleDate = "impossible_date", Warning;
    /// A birthday that is not a real `YYYY-MM-DD`.
    InvalidBirthday = "invalid_birthday", Warning;
    /// A template's text parameter with a newline, a tab, or more than four spaces in a row.
    UnsupportedWhitespace = "unsupported_whitespace", Warning;
    /// A text body of white space or invisible characters only.
    Blank = "blank", Warning;
    /// A number that begins with `00`.
    InternationalPrefix = "international_prefix", Warning;
    /// A link to this machine, or to a private or link-local address.
    UnreachableLink = "unreachable_link", Warning;
    /// A `dateTime` whose timestamp is before the year 2000, which suggests seconds instead of milliseconds.
    SuspiciousTime = "suspicious_time", Warning;
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One step of a [`Path`].
#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Item(usize),
}

/// Where a rule looks. It costs nothing until there is a finding.
///
/// For a request from JSON the path knows its position in the text, so that findings can be sorted in the order of the
/// input, whichever rule finds them first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
    value: Option<Value<'p>>,
    /// Whether there is JSON here or above, which saves the search.
    is_json: bool,
}

impl<'p> Path<'p> {
    pub(crate) fn root(value: Option<Value<'p>>) -> Self {
        Self { parent: None, step: Step::Root, value, is_json: value.is_some() }
    }

    pub(crate) fn field(&'p self, name: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Field(name), value: None, is_json: self.is_json }
    }

    /// The list's items, one after the other.
    pub(crate) fn items(&'p self) -> impl Iterator<Item = Path<'p>> {
        let mut values = self.value().map(Value::items);
        let mut index = 0;
        std::iter::from_fn(move || {
            let value = values.as_mut().and_then(Iterator::next);
            let item = Path { parent: Some(self), step: Step::Item(index), value, is_json: self.is_json };
            index += 1;
            Some(item)
        })
    }

    /// The JSON value here, if the request came as JSON.
    pub(crate) fn value(&self) -> Option<Value<'p>> {
        if !self.is_json {
            return None;
        }
        self.value.or_else(|| match self.step {
            Step::Field(name) => self.parent?.value()?.member(name),
            Step::Root | Step::Item(_) => None,
        })
    }

    fn position(&self) -> u32 {
        self.value().map_or(0, Value::position)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Item(index) => write!(f, "[{index}]"),
            Step::Field(name) if self.parent.is_some_and(|parent| !matches!(parent.step, Step::Root)) => {
                write!(f, ".{name}")
            }
            Step::Field(name) => f.write_str(name),
        }
    }
}

/// Collects findings and puts them in the order of the input.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<(u32, Finding)>,
    allows_extensions: bool,
}

impl Findings {
    /// For a request that may use extensions, or must not.
    pub(crate) fn new(allows_extensions: bool) -> Self {
        Self { found: Vec::new(), allows_extensions }
    }

    /// Whether the request may use what version 1.4.1 of the API does not have. If not, such a part is
    /// [reported](Self::extension), and nothing else of it is read or checked.
    pub(crate) fn allows_extensions(&self) -> bool {
        self.allows_extensions
    }

    /// Reports that `what` is an extension.
    pub(crate) fn extension(&mut self, path: &Path<'_>, what: &str) {
        let message = format!(
            "{what} is not in version 1.4.1 of LINK's document; to send it, set `extensions` (LINKWA_EXTENSIONS=1)"
        );
        self.add(path, FindingCode::Extension, message);
    }

    /// Adds a finding about the value at `path`.
    pub(crate) fn add(&mut self, path: &Path<'_>, code: FindingCode, message: impl Into<String>) {
        self.add_at(path.position(), path, code, message);
    }

    /// Adds a finding about the value at `path`, with a suggestion if there is one.
    pub(crate) fn suggest(
        &mut self,
        path: &Path<'_>,
        code: FindingCode,
        message: impl Into<String>,
        suggestion: Option<impl Into<String>>,
    ) {
        self.suggest_at(path.position(), path, code, message, suggestion);
    }

    /// The same at a position that `path` does not lead to.
    pub(crate) fn suggest_at(
        &mut self,
        position: u32,
        path: &Path<'_>,
        code: FindingCode,
        message: impl Into<String>,
        suggestion: Option<impl Into<String>>,
    ) {
        let finding = Finding { suggestion: suggestion.map(Into::into), ..Finding::new(path, code, message) };
        self.found.push((position, finding));
    }

    /// Adds a finding at a position that `path` does not lead to.
    pub(crate) fn add_at(&mut self, position: u32, path: &Path<'_>, code: FindingCode, message: impl Into<String>) {
        self.found.push((position, Finding::new(path, code, message)));
    }

    /// Adds a finding about an absent field, which comes after all present ones.
    pub(crate) fn add_missing(
        &mut self,
        object: &Path<'_>,
        field: &str,
        code: FindingCode,
        message: impl Into<String>,
    ) {
        let position = object.value().map_or(0, Value::last_position);
        self.add_at(position, &object.field(field), code, message);
    }

    /// Adds earlier findings, in their order.
    pub(crate) fn extend(&mut self, found: impl Iterator<Item = Finding>) {
        self.found.extend(found.map(|finding| (0, finding)));
    }

    /// The findings in the order of the input. Those of typed values have no positions, and stay in the order found.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        self.found.sort_by_key(|(position, _)| *position);
        self.found.into_iter().map(|(_, finding)| finding).collect()
    }
}
