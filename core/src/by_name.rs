//! Options and settings by name, for bindings whose callers give them as data.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::declared::{Declared, Kind};
use crate::rule;
use crate::wire::nearest;

/// A value of an option or setting, of the kind that its declaration says. It has no `Debug`: it may be a password.
#[doc(hidden)]
pub enum NamedValue {
    /// Of the kinds `String` and `Word`, and of `Timestamp` in RFC 3339.
    Text(String),
    /// Of the kind `Timestamp`.
    Moment(SystemTime),
    /// Of the kind `List`.
    Texts(Vec<String>),
    /// Of the kind `StringMap`.
    Map(Vec<(String, String)>),
    /// Of the kind `Bool`.
    Flag(bool),
    /// Of the kind `Integer`.
    Count(usize),
    /// Of the kind `Duration`.
    Duration(Duration),
    /// Of the kind `Path`.
    Path(PathBuf),
}

/// Why nothing was set.
#[doc(hidden)]
#[derive(Debug, PartialEq)]
pub enum SetError {
    /// There is no option or setting of this name. It has the nearest name that there is.
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

/// A type that an option or setting has.
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

/// A moment becomes its text.
impl FromNamed for String {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        match value {
            NamedValue::Text(text) => Ok(text),
            NamedValue::Moment(time) => Ok(rule::rfc3339_of(time)),
            _ => Err(SetError::Kind),
        }
    }
}

/// A word that `FromStr` reads.
pub(crate) fn word<T: std::str::FromStr>(
    value: NamedValue,
    describe: impl FnOnce(T::Err) -> String,
) -> Result<T, SetError> {
    let word = String::from_named(value)?;
    word.parse().map_err(|error| SetError::Value(describe(error)))
}
