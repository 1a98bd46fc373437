//! What the server answers, to the byte.

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How many bytes come out of [`Reply::gzip_bomb`].
const BOMB: usize = 10 * 1024 * 1024;

/// An answer: bytes (any `Vec<u8>`, `&[u8]` or `&str`), or one that is made for the request, or one without an end.
#[derive(Clone, Debug)]
pub struct Reply {
    kind: Kind,
    status: Option<u16>,
}

#[derive(Clone, Debug)]
enum Kind {
    Bytes(Arc<[u8]>),
    Queued { chunked: bool },
    Endless { start: Vec<u8>, again: Vec<u8> },
}

/// A reply for a certain request: its bytes, and what is repeated after them for ever, if anything.
pub(crate) struct Rendered {
    pub(crate) start: Arc<[u8]>,
    pub(crate) again: Option<Vec<u8>>,
}

impl Reply {
    /// 200 with a queued `MessageResponse` that has one id for each of the request's destinations.
    pub fn queued() -> Self {
        Self { kind: Kind::Queued { chunked: false }, status: Some(200) }
    }

    /// As [`queued`](Self::queued), in chunks.
    pub fn queued_chunked() -> Self {
        Self { kind: Kind::Queued { chunked: true }, status: Some(200) }
    }

    /// That status with the `ErrorResponse` that goes with it.
    pub fn error(status: u16) -> Self {
        let code = match status {
            400 => 112_402,
            401 => 112_400,
            403 => 112_401,
            500..=599 => 112_500,
            _ => 112_000,
        };
        let body = format!(r#"{{"resultCode":{code},"description":"refused","translatedDescription":null}}"#);
        with_length(status, "content-type: application/json\r\n", &body).into()
    }

    /// A redirect without a body.
    pub fn redirect(status: u16, location: &str) -> Self {
        with_length(status, &format!("location: {location}\r\n"), "").into()
    }

    /// 200 with a few KiB that are 10 MiB when unpacked: a queued `MessageResponse` and a great many blanks.
    pub fn gzip_bomb() -> Self {
        let packed = packed_bomb();
        let mut bytes = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            packed.len()
        )
        .into_bytes();
        bytes.extend_from_slice(&packed);
        bytes.into()
    }

    /// 200 and headers without an end.
    pub fn endless_headers() -> Self {
        Self::endless("HTTP/1.1 200 OK\r\n", "x-more: 0123456789012345678901234567890123456789\r\n".repeat(100))
    }

    /// 200 and one header line without an end.
    pub fn endless_header_line() -> Self {
        Self::endless("HTTP/1.1 200 OK\r\nx-long: ", "0123456789".repeat(500))
    }

    /// 200 and a body in chunks without an end. It begins as a `MessageResponse`.
    pub fn endless_chunks() -> Self {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        let body = queued_body(&ids(1, 0, 0));
        let start = format!("{head}{:x}\r\n{body}\r\n", body.len());
        Self::endless(&start, format!("1000\r\n{}\r\n", " ".repeat(0x1000)))
    }

    /// 200 and a body without length and end. It begins as a `MessageResponse`.
    pub fn endless_body() -> Self {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
        Self::endless(&format!("{head}{}", queued_body(&ids(1, 0, 0))), " ".repeat(0x1000))
    }

    /// `100 Continue`, then 200.
    pub fn after_continue() -> Self {
        [b"HTTP/1.1 100 Continue\r\n\r\n".as_slice(), &ok_with_content_length()].concat().into()
    }

    /// Five answers of 1xx, known and unknown, then 200.
    pub fn after_several_interim() -> Self {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
            HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\nHTTP/1.1 199 What\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
        [interim.as_bytes(), &ok_with_content_length()].concat().into()
    }

    /// HTTP/1.0 200 without a length: the body ends with the connection. For [`Fault::answer_and_close`].
    ///
    /// [`Fault::answer_and_close`]: crate::Fault::answer_and_close
    pub fn http_1_0() -> Self {
        let body = queued_body(&ids(1, 0, 0));
        format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{body}").as_str().into()
    }

    /// 200 whose body comes in chunks, with a Content-Length (of the body without the chunks) beside it.
    pub fn length_and_chunks() -> Self {
        let body = queued_body(&ids(1, 0, 0));
        let beside = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n", body.len());
        String::from_utf8_lossy(&ok_chunked()).replacen("HTTP/1.1 200 OK\r\n", &beside, 1).as_str().into()
    }

    /// A line that is no status line, and what would be the rest of a 200.
    pub fn garbage_status_line() -> Self {
        String::from_utf8_lossy(&ok_with_content_length())
            .replacen("HTTP/1.1 200 OK", "\u{1}HTTQ/9 two", 1)
            .as_str()
            .into()
    }

    /// The final status, if the reply has a readable one.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    pub(crate) fn render(&self, connection: usize, request: usize, body: &[u8]) -> Rendered {
        match &self.kind {
            Kind::Bytes(bytes) => Rendered { start: Arc::clone(bytes), again: None },
            Kind::Endless { start, again } => Rendered { start: start.as_slice().into(), again: Some(again.clone()) },
            Kind::Queued { chunked } => {
                let body = queued_body(&ids(destinations(body), connection, request));
                let bytes = if *chunked { in_chunks(&body) } else { with_length(200, JSON, &body) };
                Rendered { start: bytes.into(), again: None }
            }
        }
    }

    fn endless(start: &str, again: String) -> Self {
        let status = final_status(start.as_bytes());
        Self { kind: Kind::Endless { start: start.into(), again: again.into_bytes() }, status }
    }
}

impl From<Vec<u8>> for Reply {
    fn from(bytes: Vec<u8>) -> Self {
        Self { status: final_status(&bytes), kind: Kind::Bytes(bytes.into()) }
    }
}

impl From<&[u8]> for Reply {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

const JSON: &str = "content-type: application/json\r\n";

/// The bytes of a 200 with a Content-Length: a queued `MessageResponse` with one message id.
pub fn ok_with_content_length() -> Vec<u8> {
    with_length(200, JSON, &queued_body(&ids(1, 0, 0)))
}

/// The bytes of a 200 in several chunks: a queued `MessageResponse` with one message id.
pub fn ok_chunked() -> Vec<u8> {
    in_chunks(&queued_body(&ids(1, 0, 0)))
}

fn with_length(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} {}\r\n{headers}content-length: {length}\r\n\r\n{body}", phrase(status)).into_bytes()
}

fn in_chunks(body: &str) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{JSON}transfer-encoding: chunked\r\n\r\n");
    let (first, rest) = body.split_at(body.len() / 3);
    for chunk in [first, rest] {
        bytes += &format!("{:x}\r\n{chunk}\r\n", chunk.len());
    }
    (bytes + "0\r\n\r\n").into_bytes()
}

pub(crate) fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        407 => "Proxy Authentication Required",
        411 => "Length Required",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Whatever",
    }
}

fn queued_body(ids: &[String]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    format!(r#"{{"resultCode":112001,"description":"queued","messageIds":[{}]}}"#, ids.join(","))
}

/// Message ids of 22 characters, no two alike on one server.
fn ids(count: usize, connection: usize, request: usize) -> Vec<String> {
    (0..count).map(|index| format!("f{connection:07}x{request:06}x{index:06}")).collect()
}

fn destinations(body: &[u8]) -> usize {
    let request: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    request.as_ref().and_then(|request| request.get("destinations")?.as_array().map(Vec::len)).unwrap_or(1)
}

fn packed_bomb() -> Vec<u8> {
    let mut plain = queued_body(&ids(1, 0, 0)).into_bytes();
    plain.resize(BOMB, b' ');
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to a Vec does not fail.
    let _ = packer.write_all(&plain);
    packer.finish().unwrap_or_default()
}

/// The status of the first head that is not 1xx.
fn final_status(mut bytes: &[u8]) -> Option<u16> {
    loop {
        let status = bytes.strip_prefix(b"HTTP/1.")?.get(1..5)?;
        let status: u16 = std::str::from_utf8(status).ok()?.trim_start().parse().ok()?;
        if !(100..200).contains(&status) {
            return Some(status);
        }
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        bytes = bytes.get(end + 4..)?;
    }
}
