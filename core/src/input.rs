//! JSON that the caller gives: a whole request or a message.

use crate::finding::{Finding, FindingCode, Path};
use crate::json::{Doc, Limits, Repeats, scan};

/// The largest JSON text that a caller may pass, in bytes, for a whole request or a message. A larger text is
/// `invalid_json`, so code that writes one can stop there.
///
/// ```
/// let text = format!("{{\"refId\":\"{}\"}}", "r".repeat(linkwa::MAX_JSON_BYTES));
/// assert_eq!(linkwa::validate(text)[0].code().as_str(), "invalid_json");
/// ```
pub const MAX_JSON_BYTES: usize = 1024 * 1024;

/// The limits on JSON that the caller gives.
const JSON_LIMITS: Limits = Limits { bytes: MAX_JSON_BYTES, repeats: Repeats::Mark };

/// Scans JSON that the caller passes. Invalid JSON is a finding.
pub(crate) fn scan_given(json: &[u8]) -> Result<Doc<'_>, Finding> {
    if json.len() > MAX_JSON_BYTES {
        return Err(too_large(json.len()));
    }
    scan(json, &JSON_LIMITS).map_err(|fault| {
        let message = format!("{} (at byte {})", fault.kind.describe(), fault.position);
        Finding::new(&Path::root(None), FindingCode::InvalidJson, message)
    })
}

/// The finding for JSON of this size. Code that writes the JSON may have stopped there.
pub(crate) fn too_large(bytes: usize) -> Finding {
    let message = format!("the request has {bytes} bytes or more; at most {MAX_JSON_BYTES} (1 MiB) can be sent");
    Finding::new(&Path::root(None), FindingCode::InvalidJson, message)
}
