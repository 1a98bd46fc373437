//! Requests to other resources of the gateway than `/messages`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::Error;
use crate::finding::{Finding, FindingCode, Path};
use crate::words::words;

/// The longest answer that is read.
pub(crate) const MAX_RESPONSE: usize = 16 * 1024 * 1024;

/// The longest path. With the other headers it fits into one piece with the request's head.
const MAX_PATH: usize = 2_048;

/// The longest content type.
const MAX_CONTENT_TYPE: usize = 256;

words! {
    /// The method of [`Client::request`](crate::Client::request).
    pub enum HttpMethod {
        /// Reads a resource.
        Get = "GET",
        /// Creates something, or starts an action.
        Post = "POST",
        /// Replaces a resource.
        Put = "PUT",
        /// Changes a part of a resource.
        Patch = "PATCH",
        /// Deletes a resource.
        Delete = "DELETE",
    }
}

/// From its word in upper case.
impl FromStr for HttpMethod {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let known = Self::ALL.iter().copied().find(|method| method.as_str() == word);
        let message = "must be GET, POST, PUT, PATCH or DELETE, in upper case";
        known.ok_or_else(|| invalid("method", FindingCode::UnknownValue, message))
    }
}

/// The body of a [`Client::request`](crate::Client::request); `()` stands for none. Its `Debug` output shows no content.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HttpBody {
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

impl HttpBody {
    /// A body of this media type, such as `image/png`: at most 256 visible ASCII characters and spaces.
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { content_type: content_type.into(), bytes: bytes.into() }
    }

    /// A body of the type `application/json`: JSON in UTF-8, which is not checked.
    pub fn json(text: impl Into<Vec<u8>>) -> Self {
        Self::new("application/json", text)
    }
}

impl From<()> for HttpBody {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBody").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// The answer to a [`Client::request`](crate::Client::request). Cheap to clone. Its `Debug` output does not show the body,
/// which may contain phone numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    status: u16,
    body: Arc<Vec<u8>>,
}

impl HttpResponse {
    pub(crate) fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, body: Arc::new(body) }
    }

    /// The HTTP status, also of an answer that refuses the request: 200, 404, 503.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body as it came, decompressed if it was gzip; empty if there was none.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).field("body_bytes", &self.body.len()).finish()
    }
}

/// A checked request.
pub(crate) struct Resource<'a> {
    pub(crate) method: HttpMethod,
    /// What stands behind the base URL and a slash.
    pub(crate) path: &'a str,
    /// `None` if there is no body.
    pub(crate) content_type: Option<&'a str>,
}

impl<'a> Resource<'a> {
    pub(crate) fn new(method: HttpMethod, path: &'a str, body: &'a HttpBody) -> Result<Self, Error> {
        let path = path.strip_prefix('/').unwrap_or(path);
        if path.is_empty() {
            return Err(invalid("path", FindingCode::Empty, "must not be empty"));
        }
        if let Some(fault) = path_fault(path) {
            return Err(invalid("path", FindingCode::InvalidFormat, fault));
        }
        let content_type = (!body.bytes.is_empty()).then_some(&*body.content_type);
        if content_type.is_some_and(|text| !is_content_type(text)) {
            let message = format!("must be 1 to {MAX_CONTENT_TYPE} visible ASCII characters and spaces");
            return Err(invalid("contentType", FindingCode::InvalidFormat, message));
        }
        Ok(Self { method, path, content_type })
    }
}

fn invalid(argument: &'static str, code: FindingCode, message: impl Into<String>) -> Error {
    let root = Path::root(None);
    Error::invalid_request(vec![Finding::new(&root.field(argument), code, message)], None)
}

fn is_content_type(text: &str) -> bool {
    let is_blank = text.trim().is_empty();
    !is_blank && text.len() <= MAX_CONTENT_TYPE && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// What is wrong with the path of a resource, which goes behind the base URL.
fn path_fault(path: &str) -> Option<String> {
    let (segments, query) = path.split_once('?').unwrap_or((path, ""));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/".contains(&byte);
    if path.len() > MAX_PATH {
        return Some(format!("must have at most {MAX_PATH} bytes"));
    }
    if !segments.bytes().all(is_allowed) || !query.bytes().all(|byte| is_allowed(byte) || byte == b'?') {
        return Some("has a character that a URL cannot have here; percent-encode it".to_owned());
    }
    if !is_well_encoded(path) {
        return Some("has a `%` without two hexadecimal digits behind it".to_owned());
    }
    let first = segments.split('/').next().unwrap_or_default();
    if first.is_empty() || first.contains(':') {
        return Some("must be relative to the base URL, without a scheme and a host".to_owned());
    }
    // A server may decode a path more than once before it resolves its dots.
    let mut decoded = segments.to_owned();
    while decoded.contains('%') {
        let next = decode(&decoded);
        if next == decoded {
            break;
        }
        decoded = next;
    }
    // What stands behind `;` is a parameter of the segment to some servers.
    let mut names = decoded.split(['/', '\\']).map(|segment| segment.split(';').next().unwrap_or_default());
    if names.any(|name| matches!(name, "." | "..")) {
        return Some("must not have a segment `.` or `..`, not even percent-encoded".to_owned());
    }
    // The bytes of other characters, from U+0080 on, are not decoded to them.
    let has_control = decoded.chars().any(|character| character.is_ascii_control());
    has_control.then(|| "must not have a control character, not even percent-encoded".to_owned())
}

fn is_well_encoded(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| digits(rest).is_some())
}

/// The two hexadecimal digits at the beginning.
fn digits(rest: &str) -> Option<&str> {
    rest.get(..2).filter(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Decodes what is percent-encoded, once. A byte that is not ASCII becomes a character of its own.
fn decode(path: &str) -> String {
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = digits(part).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte {
            decoded.push(char::from(byte));
            decoded.push_str(part.get(2..).unwrap_or_default());
        } else {
            decoded.push('%');
            decoded.push_str(part);
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str) -> Result<String, (String, &'static str)> {
        let body = HttpBody::default();
        let resource = Resource::new(HttpMethod::Get, path, &body);
        resource.map(|resource| resource.path.to_owned()).map_err(|error| {
            let finding = &error.findings()[0];
            (finding.path().to_owned(), finding.code().as_str())
        })
    }

    #[test]
    fn a_path_is_relative_to_the_base_url() {
        for (path, expected) in [
            ("mo/status", "mo/status"),
            ("/mo/status", "mo/status"),
            ("media/1?a=b&c=%2e%2e/../x?y", "media/1?a=b&c=%2e%2e/../x?y"),
            ("platform%20id/templates", "platform%20id/templates"),
            ("a/b:c@d/...", "a/b:c@d/..."),
            ("a..b/.c", "a..b/.c"),
            ("a//b", "a//b"),
            ("100%25", "100%25"),
            ("discount/10%25+1", "discount/10%25+1"),
            ("templates/%C3%85rsfest", "templates/%C3%85rsfest"),
        ] {
            assert_eq!(check(path), Ok(expected.to_owned()), "{path}");
        }
    }

    #[test]
    fn a_path_that_leaves_the_base_url_or_is_no_path_is_refused() {
        for path in ["", "/"] {
            assert_eq!(check(path), Err(("path".to_owned(), "empty")), "{path}");
        }
        for path in [
            "//example.com/x",
            "https://example.com/x",
            "x:y",
            "..",
            ".",
            "../x",
            "/../x",
            "a/../b",
            "a/..",
            "a/./b",
            "%2e%2e/x",
            "a/.%2E/b",
            "a/%2e",
            "a%2f..%2fb",
            "a%2F%2e%2e",
            "a/..%5cb",
            "%252e%252e/x",
            "%25252e./x",
            "a/..;x=1/b",
            "a/..%3bx/b",
            "a\\..\\b",
            "a b",
            "a\r\nX: y",
            "a%0d%0ab",
            "a%00",
            "a%250ab",
            "a\0",
            "a#b",
            "ü",
            "a\"",
            "<a>",
            "a|b",
            "a%",
            "a%2",
            "a%zz",
            "a?b=%",
            "a?b c",
            "?a=b",
        ] {
            assert_eq!(check(path), Err(("path".to_owned(), "invalid_format")), "{path:?}");
        }
        assert!(check(&"a".repeat(MAX_PATH)).is_ok() && check(&"a".repeat(MAX_PATH + 1)).is_err());
    }

    #[test]
    fn a_body_has_a_content_type_that_can_be_a_header() {
        let code = |content_type: &str, bytes: &str| {
            let body = HttpBody::new(content_type, bytes);
            let resource = Resource::new(HttpMethod::Post, "x", &body);
            resource
                .map(|resource| resource.content_type.is_some())
                .map_err(|error| error.findings()[0].path().to_owned())
        };
        assert_eq!(code("text/plain; charset=\"x\"", "x"), Ok(true));
        assert_eq!(code(&"x".repeat(MAX_CONTENT_TYPE), "x"), Ok(true));
        for refused in ["", " ", "a\r\nX: y", "ü", "a\tb", "\0", &"x".repeat(MAX_CONTENT_TYPE + 1)] {
            assert_eq!(code(refused, "x"), Err("contentType".to_owned()), "{refused:?}");
            assert_eq!(code(refused, ""), Ok(false), "without a body there is none");
        }
    }

    #[test]
    fn a_method_is_one_of_five_words() {
        for method in HttpMethod::ALL {
            assert_eq!(method.as_str().parse::<HttpMethod>().ok(), Some(*method));
        }
        for word in ["", "get", "HEAD", "CONNECT", "POST "] {
            let error = word.parse::<HttpMethod>().expect_err(word);
            assert_eq!((error.findings()[0].path(), error.findings()[0].code()), ("method", FindingCode::UnknownValue));
        }
    }

    #[test]
    fn no_content_is_printed() {
        let printed = format!("{:?} {:?}", HttpBody::json("canary"), HttpResponse::new(200, b"canary".to_vec()));
        assert!(!printed.contains("canary") && printed.contains("200"), "{printed}");
    }
}
