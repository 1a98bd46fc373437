//! A message that is sent as it is.

use crate::error::Error;
use crate::input::scan_given;

/// A message object that is sent as it is. Use it for message types and fields that are newer than version 1.4.1 of the
/// API.
///
/// It must be one JSON object; its content is not validated.
///
/// ```
/// use linkwa::Raw;
///
/// let raw = Raw::new(r#"{"type":"interactive","interactive":{"type":"list"}}"#)?;
/// # let _ = raw;
/// # Ok::<(), linkwa::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Raw(String);

impl Raw {
    /// A message from the text of a JSON object, in UTF-8, of at most 1 MiB and 64 levels.
    ///
    /// # Errors
    ///
    /// `invalid_request` with the finding `invalid_json` if the text is not such an object.
    pub fn new(json: impl Into<String>) -> Result<Self, Error> {
        Self::from_json(json.into())
    }

    /// As [`new`](Self::new), from bytes; invalid UTF-8 is `invalid_json` too.
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
        // What was scanned is UTF-8.
        Ok(Self(String::from_utf8_lossy(json.trim_ascii()).into_owned()))
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        &self.0
    }
}
