//! A message that is sent as it is.

use std::fmt;

use serde_json::value::RawValue;

use crate::error::Error;
use crate::json::Write;
use crate::request::scan_given;

/// A message object that is sent as it is: the way round for a message type or field that is newer than version 1.4.1 of
/// the API.
///
/// Only that it is one JSON object is checked. What is in it nobody validates before the gateway does.
///
/// ```
/// use linkwa::Raw;
///
/// let raw = Raw::new(r#"{"type":"interactive","interactive":{"type":"list"}}"#)?;
/// # let _ = raw;
/// # Ok::<(), linkwa::Error>(())
/// ```
#[derive(Clone)]
pub struct Raw(Box<RawValue>);

impl Raw {
    /// A message from the text of a JSON object, in UTF-8, of at most 1 MiB and 64 levels.
    ///
    /// # Errors
    ///
    /// `invalid_request` with the finding `invalid_json` if the text is no such object.
    pub fn new(json: impl Into<String>) -> Result<Self, Error> {
        Self::from_json(json.into())
    }

    /// As [`new`](Self::new), from bytes; what is not UTF-8 is `invalid_json` too.
    ///
    /// ```
    /// let error = linkwa::Raw::from_json(b"{\"type\":\"\xff\"}").unwrap_err();
    /// assert_eq!(error.findings()[0].code().as_str(), "invalid_json");
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, Error> {
        let json = json.as_ref();
        if let Err(finding) = scan_given(json) {
            return Err(Error::invalid_request(vec![finding], None));
        }
        let json = json.trim_ascii();
        // What was scanned is UTF-8.
        let text = String::from_utf8_lossy(json).into_owned();
        RawValue::from_string(text).map(Self).map_err(|_| Error::internal("a scanned object did not parse"))
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Raw").field(&self.as_json()).finish()
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Write for Raw {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_json().as_bytes());
    }
}
