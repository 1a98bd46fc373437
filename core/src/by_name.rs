//! Sets options and settings by name, for bindings in which callers pass them as data.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::declared::{Declared, Kind};
use crate::rule;
use crate::wire::nearest;

/// The value of an option or setting, of the declared kind. It has no `Debug`, because it may be a password.
#[doc(hidden)]
pub enum NamedValue {
    /// For the kinds `String` and `Word`, and for `Timestamp` as RFC 3339.
    Text(String),
    /// For the kind `Timestamp`.
    Moment(SystemTime),
    /// For the kind `List`.
    Texts(Vec<String>),
    /// For the kind `StringMap`.
    Map(Vec<(String, String)>),
    /// For the kind `Bool`.
    Flag(bool),
    /// For the kind `Integer`.
    Count(usize),
    /// For the kind `Duration`.
    Duration(Duration),
    /// For the kind `Path`.
    Path(PathBuf),
}

/// Why nothing was set.
#[doc(hidden)]
#[derive(Debug, PartialEq)]
pub enum SetError {
    /// There is no option or setting of this name. Holds the most similar name.
    Unknown(Option<&'static str>),
    /// A sentence about the value, without a subject.
    Value(String),
    /// A sentence about the configuration: [`Error::invalid_config`](crate::Error::invalid_config).
    Config(String),
    /// The value is of another kind than the declaration's.
    Kind,
}

impl SetError {
    pub(crate) fn unknown(name: &str, known: &[&'static str]) -> Self {
        Self::Unknown(nearest(name, known))
    }
}

/// The type of an option or setting.
pub(crate) trait FromNamed: Sized {
    fn from_named(value: NamedValue) -> Result<Self, SetError>;
}

macro_rules! named {
    ($($type:ty, $kind:expr => $variant:ident;)*) => {
        $(
            impl Declared for $type {
                const KIND: Kind = $kind;
            }

            impl FromNamed for $type {
                fn from_named(value: NamedValue) -> Result<Self, SetError> {
                    match value {
                        NamedValue::$variant(value) => Ok(value),
                        _ => Err(SetError::Kind),
                    }
                }
            }
        )*
    };
}

named! {
    Vec<String>, Kind::List(&Kind::String) => Texts;
    Vec<(String, String)>, Kind::StringMap => Map;
    usize, Kind::Integer => Count;
    Duration, Kind::Duration => Duration;
    PathBuf, Kind::Path => Path;
}

impl FromNamed for bool {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        match value {
            NamedValue::Flag(value) => Ok(value),
            _ => Err(SetError::Kind),
        }
    }
}

/// A point in time is converted to RFC 3339.
impl FromNamed for String {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        match value {
            NamedValue::Text(text) => Ok(text),
            NamedValue::Moment(time) => Ok(rule::rfc3339_of(time)),
            _ => Err(SetError::Kind),
        }
    }
}

/// Reads a word with `FromStr`.
pub(crate) fn word<T: std::str::FromStr>(
    value: NamedValue,
    describe: impl FnOnce(T::Err) -> String,
) -> Result<T, SetError> {
    let word = String::from_named(value)?;
    word.parse().map_err(|error| SetError::Value(describe(error)))
}
