//! A process that is stopped while the gateway answers and continues after its deadline: by a closed laptop, a debugger, or a
//! platform that freezes functions. An answer that arrived meanwhile is read.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linkwa::{Client, Config, RetryPolicy, SendOptions, Text};

const URL: &str = "LINKWA_TEST_FROZEN_URL";
const IS_QUEUED: &str = "LINKWA_TEST_FROZEN_QUEUED";
const TIMEOUT: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs in the child: sends once and prints the result.
#[test]
fn child() {
    let Ok(url) = std::env::var(URL) else { return };
    let config = Config::with_base_url(url, "user", "secret").platform("p", "pp").source("+46000000000");
    let client = Client::new(config.retry(RetryPolicy::none())).expect("a client");
    // Opens the connection and starts the threads before the send that is measured.
    client.send_text("+46000000001", "warm").expect("accepted");
    let options = SendOptions::new().timeout(TIMEOUT);
    let numbers: Vec<_> = (0..3000).map(|number| format!("+4670{number:07}")).collect();
    let result = if std::env::var_os(IS_QUEUED).is_some() {
        client.submit(numbers, Text::new("x"), &options).and_then(|pending| pending.wait())
    } else {
        client.send(numbers, Text::new("x"), &options)
    };
    println!("outcome: {}", support::word(&result));
}

fn spawn(url: &str, is_queued: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "child", "--nocapture"]).env(URL, url).stdout(Stdio::piped());
    if is_queued {
        command.env(IS_QUEUED, "1");
    }
    command.spawn().expect("a child")
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
}

fn wait_until_stopped(child: &Child) {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("a process");
        if stat.rsplit_once(')').is_some_and(|(_, state)| state.trim_start().starts_with('T')) {
            return;
        }
        assert!(Instant::now() < give_up, "{stat}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Reads a whole request.
fn read_request(reader: &mut BufReader<TcpStream>) {
    let mut length = 0;
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).expect("a line") > 0, "the child is gone");
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().expect("a length");
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
}

fn answer(ids: usize) -> Vec<u8> {
    let ids: Vec<_> = (0..ids).map(|id| format!("\"message-id-of-22-{id:05}\"")).collect();
    let body = format!(r#"{{"resultCode":112001,"description":"queued","messageIds":[{}]}}"#, ids.join(","));
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn stop_while_answering(is_queued: bool, reply: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut child = spawn(&format!("http://{}", listener.local_addr().expect("an address")), is_queued);
    let (mut connection, _) = listener.accept().expect("a connection");
    let mut reader = BufReader::new(connection.try_clone().expect("a socket"));
    read_request(&mut reader);
    connection.write_all(&answer(1)).expect("a connection");
    read_request(&mut reader);
    let arrived = Instant::now();
    signal(&child, "-STOP");
    wait_until_stopped(&child);
    connection.write_all(reply).expect("room in the socket");
    // Time must really pass here: the deadline of the child, and the grace period of its timer.
    std::thread::sleep((TIMEOUT + Duration::from_millis(1500)).saturating_sub(arrived.elapsed()));
    signal(&child, "-CONT");
    let mut printed = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut printed).expect("text");
    assert!(child.wait().expect("a child").success(), "{printed}");
    let outcome = printed.split_once("outcome: ").and_then(|(_, rest)| rest.lines().next());
    outcome.unwrap_or(&printed).to_owned()
}

#[test]
fn an_answer_that_arrived_while_the_process_was_stopped_is_read() {
    let whole = answer(3000);
    std::thread::scope(|scope| {
        for is_queued in [false, true] {
            for (reply, expected) in [
                (&whole[..], "accepted"),
                (b"HTTP/1.1 400 X\r\nContent-Length: 9\r\n\r\n{", "rejected"),
                (b"", "outcome_unknown deadline"),
                (&whole[..500], "outcome_unknown deadline"),
            ] {
                scope.spawn(move || {
                    let length = reply.len();
                    assert_eq!(stop_while_answering(is_queued, reply), expected, "queued {is_queued}, {length} bytes");
                });
            }
        }
    });
}
