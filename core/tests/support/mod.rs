//! Shared code of the tests: output that is not captured, and a server with a fixed answer.

#![allow(dead_code, unused_macros, unreachable_pub, clippy::expect_used, clippy::unwrap_used, clippy::panic)]

/// Prints a line that the test harness does not capture.
macro_rules! say {
    ($($line:tt)*) => {{
        use std::io::Write as _;
        // A failure to print does not matter.
        let _ = writeln!(std::io::stdout(), $($line)*);
    }};
}

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use linkwa::{Error, SendResult};

/// The result of a send in a word or two: code and reason.
pub fn word(result: &Result<SendResult, Error>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(error) => match error.reason() {
            Some(reason) => format!("{} {reason}", error.code()),
            None => error.code().to_string(),
        },
    }
}

/// The result of a send with the shortest timeout with which its message leaves this machine.
pub fn send_in_time_to_leave(
    short: Duration,
    mut send: impl FnMut(Duration) -> Result<SendResult, Error>,
) -> Result<SendResult, Error> {
    let mut timeout = short;
    loop {
        let result = send(timeout);
        if word(&result) != "not_sent deadline" || timeout > Duration::from_secs(10) {
            return result;
        }
        timeout *= 4;
    }
}

/// An answer to every request.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A request as received.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub head: String,
    pub body: Vec<u8>,
    /// The index of its connection, from 0.
    pub connection: usize,
}

impl Recorded {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .head
            .lines()
            .find(|line| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name)))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

/// A server that keeps connections alive and gives the same answer to all requests.
pub struct AnswerServer {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

impl AnswerServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answer = Arc::new(Mutex::new(Answer::default()));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (shared_answer, shared_requests) = (Arc::clone(&answer), Arc::clone(&requests));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (answer, requests) = (Arc::clone(&shared_answer), Arc::clone(&shared_requests));
                let stream = stream.expect("a connection");
                thread::spawn(move || serve(connection, &stream, &answer, &requests));
            }
        });
        Self { address, answer, requests }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/whatsapp-message", self.address)
    }

    pub fn answer_with(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(connection: usize, stream: &TcpStream, answer: &Mutex<Answer>, requests: &Mutex<Vec<Recorded>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let mut recorded = Recorded { head, body: Vec::new(), connection };
        let length: usize = recorded.header("content-length").unwrap_or("0").parse().ok()?;
        recorded.body.resize(length, 0);
        reader.read_exact(&mut recorded.body).ok()?;
        requests.lock().unwrap().push(recorded);
        let answer = answer.lock().unwrap().clone();
        let mut head = format!("HTTP/1.1 {} X\r\n", answer.status);
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let has_body = answer.status != 204;
        if has_body {
            head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
        }
        let mut bytes = (head + "\r\n").into_bytes();
        if has_body {
            bytes.extend(answer.body);
        }
        (&mut &*stream).write_all(&bytes).ok()?;
    }
}
