//! The priority of a message.

use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::by_name::{self, FromNamed, NamedValue, SetError};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::Value;
use crate::wire::{Read, nearest, truncate_for_display};
use crate::words::words;

words! {
    /// The priority of a message.
    #[derive(Default)]
    pub enum Priority {
        /// Not urgent.
        Low = "LOW",
        /// The default.
        Normal = "NORMAL" (default),
        /// Urgent.
        High = "HIGH",
    }
}

impl Serialize for Priority {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = UnknownPriority;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|priority| priority.as_str() == word);
        known.copied().ok_or_else(|| UnknownPriority(truncate_for_display(word)))
    }
}

/// A word that is not a [`Priority`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be LOW, NORMAL or HIGH, not `{0}`{near}", near = did_you_mean(near(.0)))]
pub struct UnknownPriority(String);

/// The priority that a word probably meant.
fn near(word: &str) -> Option<&'static str> {
    nearest(word, Priority::WORDS)
}

/// The end of a sentence.
fn did_you_mean(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

impl Read for Priority {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let word = String::read(value, path, findings)?;
        let priority = word.parse().ok();
        if priority.is_none() {
            let near = near(&word);
            let message = format!("must be LOW, NORMAL or HIGH{}", did_you_mean(near));
            findings.suggest(path, FindingCode::UnknownValue, message, near);
        }
        priority
    }
}

impl FromNamed for Priority {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        by_name::word(value, |error: UnknownPriority| error.to_string())
    }
}
