//! The head of a request.

/// A head that can be parsed.
pub(crate) struct Head {
    pub(crate) bytes: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content_length: usize,
    pub(crate) chunked: bool,
    pub(crate) wants_close: bool,
}

impl Head {
    /// The first value of a header, whose name is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Parses a head with its empty line. `None` if it is not HTTP/1 or has no readable Content-Length.
pub(crate) fn parse(bytes: &[u8]) -> Option<Head> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    let mut start = lines.next()?.split(' ');
    let (method, path, version) = (start.next()?, start.next()?, start.next()?);
    if !version.starts_with("HTTP/1.") {
        return None;
    }
    let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    let mut head = Head {
        bytes: bytes.len(),
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers.collect::<Option<_>>()?,
        content_length: 0,
        chunked: false,
        wants_close: false,
    };
    head.content_length = head.header("content-length").map_or(Some(0), |value| value.parse().ok())?;
    head.chunked = head.header("transfer-encoding").is_some();
    head.wants_close = head.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Some(head)
}
