//! No secret, phone number or text reaches a logger at any level, on any path.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[macro_use]
mod support;

use std::sync::{Mutex, Once};
use std::time::Duration;

use base64::Engine as _;
use linkwa::{Client, Config, HttpBody, HttpMethod, RetryPolicy, SendOptions, Text};
use linkwa_faults::{CertificateKind, Fault, FaultProxy, FaultServer, ProxyFault, Reply, refused_port};

const PASSWORD: &str = "canary-pass-8c1f07";
const API_KEY: &str = "canary-key-0d94be";
const PROXY_PASSWORD: &str = "canary-proxy-55e2";
const NUMBER: &str = "+46709876501";
const TEXT: &str = "3f9a2b7c is a canary 6d1e8f20";

/// A number that the gateway repeats in its answer, in halves, because a log of rows of bytes may split it.
const ANSWERED: [&str; 2] = ["467011", "122334"];

static LINES: Mutex<Vec<(log::Level, String, String)>> = Mutex::new(Vec::new());

struct Everything;

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = LINES.lock().unwrap();
        lines.push((record.level(), record.target().to_owned(), record.args().to_string()));
    }

    fn flush(&self) {}
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Everything).expect("the only logger");
        log::set_max_level(log::LevelFilter::Trace);
    });
}

fn config(base_url: &str) -> Config {
    let config = Config::with_base_url(base_url, "user", PASSWORD).platform("p", "pp").source("+46000000000");
    config.header("x-api-key", API_KEY).timeout(Duration::from_secs(10))
}

/// A short timeout, for servers that never answer.
fn impatient(config: Config) -> Config {
    config.timeout(Duration::from_millis(200))
}

fn send(config: Config) -> bool {
    let shown = format!("{config:?}");
    let client = Client::new(config).expect("a client");
    let options = SendOptions::new().ref_id("ref-17");
    let blocking = client.send(NUMBER, Text::new(TEXT), &options);
    let pending = client.submit(NUMBER, Text::new(TEXT), &options).expect("room");
    let queued = pending.wait();
    let other = client.request(HttpMethod::Post, "mo/status", HttpBody::new("text/plain", TEXT));
    client.close(Duration::from_secs(1));
    let mut printed = format!("{client:?} {shown} {:?}", other.as_ref().ok());
    for error in [blocking.as_ref().err(), queued.as_ref().err(), other.as_ref().err()].into_iter().flatten() {
        printed += &format!("{error} {error:?}");
    }
    assert_clean("an error or a debug print", &printed);
    blocking.is_ok() && queued.is_ok()
}

fn canaries() -> Vec<String> {
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let mut canaries = vec![
        PASSWORD.to_owned(),
        API_KEY.to_owned(),
        PROXY_PASSWORD.to_owned(),
        encode(&format!("user:{PASSWORD}")),
        encode(&format!("someone:{PROXY_PASSWORD}")),
        NUMBER.trim_start_matches('+').to_owned(),
        TEXT.to_owned(),
    ];
    // A log of rows of bytes would split them.
    let pieces: Vec<_> =
        canaries.iter().flat_map(|text| [text[..8].to_owned(), text[text.len() - 8..].to_owned()]).collect();
    canaries.extend(pieces);
    canaries
}

fn assert_clean(what: &str, text: &str) {
    for canary in canaries() {
        assert!(!text.contains(&canary), "{what} shows {canary}: {text}");
    }
}

#[test]
fn no_logger_sees_a_secret_a_number_or_a_text() {
    listen();
    let refused = refused_port().expect("a port");
    let faults = [
        Fault::good(),
        Fault::answer(Reply::queued_chunked()),
        Fault::answer(Reply::error(400)),
        Fault::answer(Reply::error(503)),
        Fault::close_at_once(),
        Fault::close_after(40),
        Fault::close_in_body(5),
        Fault::close_unanswered(),
        Fault::cut_reply(Reply::queued(), 40),
        Fault::redirect(307, "/elsewhere"),
        Fault::answer(Reply::gzip_bomb()),
        Fault::answer(Reply::endless_headers()),
        Fault::answer_and_close(Reply::garbage_status_line()),
    ];
    let mut accepted = 0;
    for fault in faults {
        let plain = FaultServer::start(fault.clone()).expect("a server");
        accepted += usize::from(send(config(&plain.url())));
        let tls = FaultServer::start_tls(fault, CertificateKind::Good).expect("a server");
        accepted += usize::from(send(config(&tls.url()).ca_file(tls.ca_file().expect("a file"))));
        send(config(&tls.url()));
    }
    let answer = format!(r#"{{"resultCode":112402,"description":"+{0} {0}"}}"#, ANSWERED.concat());
    let answer = format!("HTTP/1.1 400 X\r\nContent-Length: {}\r\n\r\n{answer}", answer.len());
    let repeating = FaultServer::start(Fault::answer(answer.as_bytes())).expect("a server");
    assert!(!send(config(&repeating.url())));
    let stalling = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    send(impatient(config(&stalling.url())));
    send(config(&format!("http://{}", refused.address())));
    send(impatient(config("http://gateway.invalid").allow_http(true)));
    let server = FaultServer::start(Fault::good()).expect("a server");
    for start in [FaultProxy::start_http, FaultProxy::start_socks5] {
        for fault in [ProxyFault::tunnel().requiring("someone", PROXY_PASSWORD), ProxyFault::refuse(5)] {
            let proxy = start(fault).expect("a proxy");
            let url = proxy.url_with("someone", PROXY_PASSWORD);
            accepted += usize::from(send(config(&server.url()).proxy(url).retry(RetryPolicy::none())));
        }
        let proxy = start(ProxyFault::stall()).expect("a proxy");
        send(impatient(config(&server.url()).proxy(proxy.url_with("someone", PROXY_PASSWORD))));
    }
    assert_eq!(accepted, 6);

    // An invalid callback and a valid one.
    let _ = linkwa::parse_callback(format!(r#"{{"source":"{NUMBER}","content":{{"message":"{TEXT}"#));
    let _ = linkwa::parse_callback(format!(
        r#"{{"source":"{NUMBER}","messageId":"m","content":{{"message":{{"text":"{TEXT}"}}}}}}"#
    ));

    let lines = LINES.lock().unwrap();
    let all: Vec<_> = lines.iter().map(|(_, _, line)| line.as_str()).collect();
    let all = all.join("\n");
    for canary in canaries() {
        let found = all.find(&canary).map(|at| all[..at].lines().count());
        assert_eq!(found, None, "line {found:?} shows {canary}: {:?}", found.and_then(|line| lines.get(line - 1)));
    }
    // The logger worked: each attempt has its line, and ureq has its own.
    let ours: Vec<_> =
        lines.iter().filter(|(_, target, line)| target == "linkwa" && !line.contains("level-")).collect();
    let (sends, others): (Vec<_>, Vec<_>) = ours.iter().copied().partition(|(_, _, line)| line.contains("ref-17"));
    assert!(sends.len() > 80, "{}", sends.len());
    let of_request = |line: &str| line.starts_with("POST request: attempt ") && !line.contains("mo/");
    assert!(others.len() > 40 && others.iter().all(|(_, _, line)| of_request(line)), "{others:?}");
    assert!(ours.iter().any(|(_, _, line)| line.contains("accepted") && line.contains("status 200")));
    // ureq printed the heads, with placeholders for the credentials.
    assert!(lines.iter().any(|(_, target, line)| target.starts_with("ureq_proto") && line.contains("********")));
    // The gateway's answer is printed at one place and one level, as the documentation says.
    let answered: Vec<_> =
        lines.iter().filter(|(_, _, line)| ANSWERED.iter().any(|half| line.contains(half))).collect();
    let as_said = |(level, target, _): &&(log::Level, String, String)| {
        *level == log::Level::Trace && target.starts_with("ureq_proto")
    };
    assert!(!answered.is_empty() && answered.iter().all(as_said), "{answered:?}");
    say!("canaries: {} lines of {} targets, none of them shows any", lines.len(), {
        let targets: std::collections::BTreeSet<_> = lines.iter().map(|(_, target, _)| target).collect();
        targets.len()
    });
}

#[test]
fn a_failed_attempt_is_a_warning_and_an_accepted_one_is_not() {
    listen();
    let refused = refused_port().expect("a port");
    let faults =
        [Fault::good(), Fault::answer(Reply::error(400)), Fault::answer(Reply::error(503)), Fault::close_unanswered()];
    let servers = faults.map(|fault| FaultServer::start(fault).expect("a server"));
    let urls = servers.iter().map(FaultServer::url).chain([format!("http://{}", refused.address())]);
    for (index, url) in urls.enumerate() {
        let client = Client::new(config(&url)).expect("a client");
        let _ = client.send(NUMBER, Text::new(TEXT), &SendOptions::new().ref_id(format!("level-{index}")));
        client.close(Duration::from_secs(1));
    }
    let lines = LINES.lock().unwrap().clone();
    let of = |index: usize| -> Vec<_> {
        let start = format!("refId level-{index}: ");
        lines.iter().filter(|(_, _, line)| line.starts_with(&start)).map(|(level, ..)| *level).collect()
    };
    assert_eq!(of(0), [log::Level::Debug]);
    for failed in 1..4 {
        assert_eq!(of(failed), [log::Level::Warn], "{failed}");
    }
    assert_eq!(of(4), [log::Level::Warn; 3], "each of three attempts");
}
