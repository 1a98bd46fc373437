//! What changes, as a browser's `EventSource` reads it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use common::{LONG, connect, control, send};
use linkwa_sandbox::{CallbackEndpoint, Gate, Inbound, Options, Sandbox};
use serde_json::Value;

struct Reader(BufReader<TcpStream>);

struct Event {
    name: String,
    id: Option<u64>,
    data: Value,
}

impl Reader {
    fn connect(sandbox: &Sandbox, path: &str, header: &str) -> Self {
        let mut connection = connect(sandbox.address());
        write!(connection, "GET /sandbox/events{path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n").unwrap();
        let mut reader = BufReader::new(connection);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: text/event-stream"), "{head}");
        Self(reader)
    }

    /// The next event of another kind than `status`.
    fn next(&mut self) -> Event {
        loop {
            let event = self.next_of_all();
            if event.name != "status" {
                return event;
            }
        }
    }

    fn next_of_all(&mut self) -> Event {
        let mut event = Event { name: String::new(), id: None, data: Value::Null };
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            let line = line.trim_end();
            match line.split_once(": ") {
                Some(("event", name)) => name.clone_into(&mut event.name),
                Some(("id", id)) => event.id = Some(id.parse().unwrap()),
                Some(("data", data)) => event.data = serde_json::from_str(data).unwrap(),
                _ if line.is_empty() && !event.name.is_empty() => return event,
                // Sizes of chunks, and comments.
                _ => {}
            }
        }
    }

    /// Reads on until a message has that status.
    fn until(&mut self, id: u64, status: &str) -> Event {
        loop {
            let event = self.next();
            if event.name == "message" && event.data["id"] == id && event.data["status"] == status {
                return event;
            }
        }
    }
}

fn with_endpoint() -> (Sandbox, CallbackEndpoint) {
    let endpoint = CallbackEndpoint::start().unwrap();
    (Sandbox::start(Options::new().default_gate(Gate::new("mine", endpoint.url()))).unwrap(), endpoint)
}

#[test]
fn a_reader_gets_the_status_and_then_each_change() {
    let (sandbox, _endpoint) = with_endpoint();
    send(&sandbox, &["0009"]);
    assert!(sandbox.wait_idle(LONG));
    let mut reader = Reader::connect(&sandbox, "", "");
    let first = reader.next_of_all();
    assert_eq!((first.name.as_str(), first.id, &first.data["messages"]), ("status", None, &1.into()));
    send(&sandbox, &["0001"]);
    let event = reader.until(2, "delivered");
    assert!(event.id.is_some());
    assert_eq!(event.data["revision"].as_u64(), event.id);
    send(&sandbox, &["1500"]);
    let event = reader.next();
    // A change of the callbacks of the message may come first.
    let event = if event.name == "message" { reader.next() } else { event };
    assert_eq!((event.name.as_str(), &event.data["reason"]), ("refused", &"scenario".into()));
    sandbox.inbound(Inbound::raw_body("{\n\"a\":\r\n[1]}")).unwrap();
    let event = reader.until(3, "received");
    assert_eq!(event.data["content"]["a"][0], 1);
}

#[test]
fn a_reader_that_comes_back_gets_what_it_missed() {
    let (sandbox, _endpoint) = with_endpoint();
    let mut reader = Reader::connect(&sandbox, "", "");
    send(&sandbox, &["0001"]);
    assert!(sandbox.wait_idle(LONG));
    let revision = control(&sandbox, "GET", "/status", "").json()["revision"].as_u64().unwrap();
    let mut last = reader.next().id.unwrap();
    while last < revision {
        last = reader.next().id.unwrap();
    }
    drop(reader);
    for _ in 0..3 {
        send(&sandbox, &["3003"]);
    }
    send(&sandbox, &["1500"]);
    let mut reader = Reader::connect(&sandbox, "", &format!("Last-Event-ID: {last}\r\n"));
    let names: Vec<String> = (0..4).map(|_| reader.next().name).collect();
    assert_eq!(names, ["message", "message", "message", "refused"]);
    let mut all = Reader::connect(&sandbox, "?since=0", "");
    let ids: Vec<Option<u64>> = (0..4).map(|_| all.next().data["id"].as_u64()).collect();
    assert_eq!(ids, [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn a_reader_forgets_after_a_reset_or_with_another_sandbox() {
    let (sandbox, _endpoint) = with_endpoint();
    send(&sandbox, &["3003"]);
    let mut reader = Reader::connect(&sandbox, "", "");
    reader.next_of_all();
    assert_eq!(control(&sandbox, "POST", "/reset", "").status, 204);
    send(&sandbox, &["3003"]);
    assert_eq!(reader.next().name, "reset");
    assert_eq!(reader.next().data["id"], 2);
    for last in [1, 1_000_000] {
        let mut reader = Reader::connect(&sandbox, "", &format!("Last-Event-ID: {last}\r\n"));
        let names: Vec<String> = (0..2).map(|_| reader.next().name).collect();
        assert_eq!(names, ["reset", "message"], "{last}");
    }
}

#[test]
fn many_changes_reach_a_reader_all() {
    let (sandbox, _endpoint) = with_endpoint();
    let mut reader = Reader::connect(&sandbox, "", "");
    reader.next_of_all();
    let digits: Vec<String> = (0..350).map(|n| format!("7{n:03}")).collect();
    let digits: Vec<&str> = digits.iter().map(String::as_str).collect();
    send(&sandbox, &digits);
    let mut delivered = std::collections::BTreeSet::new();
    let mut last = 0;
    while delivered.len() < 350 {
        let event = reader.next();
        assert!(event.id.unwrap() > last, "in the order of their revisions");
        last = event.id.unwrap();
        if event.data["status"] == "delivered" {
            delivered.insert(event.data["id"].as_u64().unwrap());
        }
    }
}
