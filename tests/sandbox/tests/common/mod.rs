//! A client that shows every byte, and requests to send with it.
#![allow(dead_code, reason = "each test file uses a part of this")]

pub(crate) mod verdicts;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use linkwa_sandbox::Sandbox;
use serde_json::{Value, json};

/// Longer than anything takes, on busy cores too.
pub(crate) const LONG: Duration = Duration::from_secs(30);
pub(crate) const AUTH: &str = "Basic dXNlcjpzZWNyZXQ="; // user:secret

/// An answer, or what came of it before the connection closed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) raw: Vec<u8>,
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(connection: &mut TcpStream) -> Self {
        let mut raw = Vec::new();
        connection.read_to_end(&mut raw).unwrap();
        let split = raw.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = split.map_or((&raw[..], &[][..]), |at| (&raw[..at], &raw[at + 4..]));
        let head = String::from_utf8_lossy(head).into_owned();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let body = body.to_vec();
        Self { raw, status, head, body }
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.to_owned())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> u64 {
        self.json()["resultCode"].as_u64().unwrap()
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LONG)).unwrap();
    connection
}

/// One exchange on a connection of its own.
pub(crate) fn exchange(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut connection = connect(address);
    write_request(&mut connection, method, path, headers, body);
    Answer::read(&mut connection)
}

pub(crate) fn write_request(
    connection: &mut TcpStream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) {
    let host = if headers.iter().any(|(name, _)| *name == "Host") { "" } else { "Host: localhost\r\n" };
    let headers: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\n{host}Connection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(&[head.as_bytes(), body].concat()).unwrap();
}

/// One request to the control routes.
pub(crate) fn control(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Answer {
    exchange(sandbox.address(), method, &format!("/sandbox{path}"), &[], body.as_bytes())
}

pub(crate) fn post(sandbox: &Sandbox, body: &[u8]) -> Answer {
    let headers = [("Authorization", AUTH), ("Content-Type", "application/json")];
    exchange(sandbox.address(), "POST", "/whatsapp-message/messages", &headers, body)
}

/// Posts a text to destinations that are told by their last digits.
pub(crate) fn send(sandbox: &Sandbox, digits: &[&str]) -> Answer {
    post(sandbox, request(digits).to_string().as_bytes())
}

pub(crate) fn number(digits: &str) -> String {
    format!("+4670000{digits}")
}

pub(crate) fn request(digits: &[&str]) -> Value {
    json!({
        "platformId": "p", "platformPartnerId": "pp", "priority": "NORMAL", "refId": "ref-1",
        "source": "+46000000000",
        "destinations": digits.iter().map(|digits| number(digits)).collect::<Vec<_>>(),
        "messages": [{"type": "text", "text": {"body": "Hello"}}],
    })
}
