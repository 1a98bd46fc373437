//! Whether a request body is one that the gateway would take.

mod rules;
mod tree;

use std::fmt;
use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::LocationSegment;
use serde_json::Value;

pub(crate) use tree::Node;

/// The longest body that is still read as a request: 1 MiB.
pub const MAX_REQUEST_BYTES: usize = 1_048_576;

/// Judges a request body by the schema and by the rules that a schema cannot say.
///
/// All violations are reported at once; those that make the body no readable JSON stand alone.
/// What the contract calls a warning is no violation, with one exception: a template without
/// `components` is refused, because the wire always carries the list.
///
/// # Errors
///
/// The violations, in no promised order beyond this: a duplicate key comes first.
///
/// # Examples
///
/// ```
/// let body = br#"{"platformId":"p","platformPartnerId":"pp","priority":"NORMAL","refId":"1",
///   "source":"+46000000000","destinations":["+46000000001"],
///   "messages":[{"type":"text","text":{"body":""}}]}"#;
/// let violations = linkwa_sandbox::judge(body).unwrap_err();
/// assert_eq!(violations[0].path, "messages[0].text.body");
/// ```
pub fn judge(bytes: &[u8]) -> Result<(), Vec<Violation>> {
    read(bytes, false).map(|_| ())
}

/// As [`judge`], and takes what the gateway is known to take beyond version 1.4.1 of the API: interactive messages, media by
/// their id, and templates without a namespace.
///
/// # Errors
///
/// As [`judge`].
pub fn judge_with_extensions(bytes: &[u8]) -> Result<(), Vec<Violation>> {
    read(bytes, true).map(|_| ())
}

/// The schema that [`judge`] runs: JSON Schema, draft 2020-12.
///
/// Members whose value is `null` have to be taken out of a request before it is validated.
pub fn schema() -> &'static str {
    include_str!("../../schema/message-request.json")
}

/// The definitions that [`judge_with_extensions`] puts in place of those in [`schema`], and beside them.
pub fn extensions_schema() -> &'static str {
    include_str!("../../schema/extensions.json")
}

/// Longer paths and sentences of violations are cut.
const MAX_TEXT_BYTES: usize = 512;

/// One reason why a request is refused. It never repeats a value of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where, in the wire's words: `messages[0].text.body`; empty for the request as a whole. A path longer than 512 bytes is cut
    /// and ends with `…`.
    pub path: String,
    /// What was broken: a keyword of the schema (`required`, `pattern`, …) or one of `json`,
    /// `duplicateKey`, `integer`, `range`, `format`, `url`, `dateTime`, `duplicateIndex`.
    pub rule: String,
    /// A sentence for people.
    pub message: String,
}

impl Violation {
    fn new(path: impl Into<String>, rule: &str, message: impl Into<String>) -> Self {
        Self { path: cut(path.into()), rule: rule.to_owned(), message: cut(message.into()) }
    }

    /// For the log: without the names of custom parameters, which are the client's own data.
    pub(crate) fn note(&self) -> String {
        match self.path.split_once('.') {
            Some(("customParameters", _)) => format!("customParameters: {}", self.message),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "request" } else { &self.path };
        write!(f, "{path}: {}", self.message)
    }
}

/// Names of a request can be as long as the request, and stand in many violations.
fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        let end = (0..=MAX_TEXT_BYTES).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

impl std::error::Error for Violation {}

/// Judges, and hands out what was read: null members are gone from it.
pub(crate) fn read(bytes: &[u8], extensions: bool) -> Result<Node, Vec<Violation>> {
    let validator = if extensions { &EXTENDED_VALIDATOR } else { &VALIDATOR };
    let mut violations = Vec::new();
    let request = tree::parse(bytes, &mut violations)?;
    rules::check(&request, &mut violations);
    let value = request.to_value();
    violations.extend(validator.iter_errors(&value).map(|error| describe(&error)));
    if violations.is_empty() { Ok(request) } else { Err(violations) }
}

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| validator(&parsed(schema())));

static EXTENDED_VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let (mut schema, extensions) = (parsed(schema()), parsed(extensions_schema()));
    let definitions = extensions["$defs"].as_object().into_iter().flatten();
    for (name, definition) in definitions {
        schema["$defs"][name] = definition.clone();
    }
    validator(&schema)
});

#[expect(clippy::expect_used, reason = "the schema is part of this crate")]
fn parsed(schema: &str) -> Value {
    serde_json::from_str(schema).expect("the schema is JSON")
}

#[expect(clippy::expect_used, reason = "the schema is part of this crate")]
fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("the schema is a schema")
}

fn describe(error: &jsonschema::ValidationError<'_>) -> Violation {
    let mut path = String::new();
    for segment in error.instance_path().segments() {
        match segment {
            LocationSegment::Property(name) => push_name(&mut path, &name),
            LocationSegment::Index(index) => push_index(&mut path, index),
        }
    }
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            push_name(&mut path, property.as_str().unwrap_or_default());
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            push_name(&mut path, unexpected.first().map_or("", String::as_str));
        }
        _ => {}
    }
    Violation::new(path, error.kind().keyword(), error.masked().to_string())
}

fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

fn push_index(path: &mut String, index: usize) {
    path.push('[');
    path.push_str(&index.to_string());
    path.push(']');
}
