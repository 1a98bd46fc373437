//! Requests to other resources of the gateway: what is on the wire, what comes back, and what is known when nothing does.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Write;
use std::sync::mpsc::channel;
use std::time::Duration;

use linkwa::{Client, Config, Error, HttpBody, HttpMethod, HttpResponse, Outcome, Reason, SendOptions, Text};
use linkwa_faults::{CertificateKind, Fault, FaultServer, Reply, refused_port};
use support::{Answer, AnswerServer};

fn config(base_url: &str) -> Config {
    let config = Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000");
    config.timeout(Duration::from_secs(20))
}

fn client(base_url: &str) -> Client {
    Client::new(config(base_url)).expect("a client")
}

/// An outcome in one word or two.
fn word(result: &Result<HttpResponse, Error>) -> String {
    match result {
        Ok(answer) => answer.status().to_string(),
        Err(error) => format!("{} {}", error.code(), error.reason().map_or("-", Reason::as_str)),
    }
}

#[test]
fn a_request_goes_behind_the_base_url_with_the_account_and_what_it_was_given() {
    let server = AnswerServer::start();
    server.answer_with(Answer { status: 200, body: b"\x00\xffx".to_vec(), ..Answer::default() });
    let client = Client::new(config(&server.base_url()).header("x-api-key", "key")).expect("a client");
    let bytes = vec![0xff; 40_000];
    let long = format!("media/{}", "a".repeat(2_042));
    for (method, path, body, line, content_type, length) in [
        (HttpMethod::Post, "mo/status", HttpBody::json("{}"), "mo/status", Some("application/json"), Some("2")),
        (HttpMethod::Put, "/media/1", HttpBody::new("image/png", &*bytes), "media/1", Some("image/png"), Some("40000")),
        (HttpMethod::Patch, "a?b=c%20d", ().into(), "a?b=c%20d", None, Some("0")),
        (HttpMethod::Post, "a", ().into(), "a", None, Some("0")),
        (HttpMethod::Get, &long, ().into(), &long, None, None),
        (HttpMethod::Delete, "media/1", ().into(), "media/1", None, None),
        (HttpMethod::Delete, "media/1", HttpBody::new("text/plain", "x"), "media/1", Some("text/plain"), Some("1")),
    ] {
        let answer = client.request(method, path, body.clone()).expect("an answer");
        assert_eq!((answer.status(), answer.body()), (200, &b"\x00\xffx"[..]), "{method} {path}");
        let request = server.requests().pop().expect("a request");
        let expected = format!("{method} /whatsapp-message/{line} HTTP/1.1\r\n");
        assert!(request.head.starts_with(&expected), "{}", request.head);
        assert_eq!(
            (request.header("content-type"), request.header("content-length")),
            (content_type, length),
            "{line}"
        );
        assert_eq!(request.header("transfer-encoding"), None, "{line}");
        assert_eq!(request.header("authorization"), Some("Basic dXNlcjpzZWNyZXQ="), "{line}");
        assert_eq!(request.header("x-api-key"), Some("key"), "{line}");
        assert_eq!(request.body.len(), length.map_or(0, |length| length.parse().expect("a number")), "{line}");
    }
    let sent = client.send("+46000000001", Text::new("x"), &SendOptions::new());
    assert!(sent.is_err(), "the answer is not that of a message");
    assert!(server.requests().iter().all(|request| request.connection == 0), "they share the connection with sends");
}

#[test]
fn every_complete_answer_is_a_result_and_is_not_retried() {
    let server = AnswerServer::start();
    let retrying = config(&server.base_url()).retry(linkwa::RetryPolicy::new().max_attempts(5).when_busy(true));
    let client = Client::new(retrying).expect("a client");
    let before = |status: u16| format!("{{\"resultCode\":112402,\"status\":{status}}}").into_bytes();
    let statuses = [200, 201, 302, 400, 401, 404, 408, 429, 500, 503];
    for status in statuses {
        server.answer_with(Answer {
            status,
            headers: vec![("location".to_owned(), "/elsewhere".to_owned()), ("retry-after".to_owned(), "0".to_owned())],
            body: before(status),
        });
        let answer = client.request(HttpMethod::Post, "x", HttpBody::json("{}")).expect("an answer");
        assert_eq!((answer.status(), answer.body()), (status, &*before(status)));
    }
    assert_eq!(server.requests().len(), statuses.len());
}

#[test]
fn a_packed_answer_is_unpacked_if_it_says_that_it_is_packed() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"unpacked").expect("memory");
    let packed = encoder.finish().expect("memory");
    let server = AnswerServer::start();
    let client = client(&server.base_url());
    let get = |headers: Vec<(String, String)>, body: &[u8]| {
        server.answer_with(Answer { status: 200, headers, body: body.to_vec() });
        client.request(HttpMethod::Get, "x", ())
    };
    let says_so = || vec![("content-encoding".to_owned(), "gzip".to_owned())];
    assert_eq!(get(says_so(), &packed).expect("an answer").body(), b"unpacked");
    // A file that was asked for stays as it is, and so does what a proxy has unpacked.
    assert_eq!(get(Vec::new(), &packed).expect("an answer").body(), packed);
    assert_eq!(get(says_so(), b"plain").expect("an answer").body(), b"plain");
    assert_eq!(word(&get(says_so(), &packed[..packed.len() - 4])), "outcome_unknown invalid_response");
}

#[test]
fn what_did_not_leave_is_tried_again_and_what_may_have_left_is_not() {
    let refused = refused_port().expect("a port");
    let with_body = || HttpBody::json("{}");
    for body in [HttpBody::default(), with_body()] {
        for method in [HttpMethod::Get, HttpMethod::Post, HttpMethod::Delete] {
            let request = |client: &Client| client.request(method, "x", body.clone());
            let error = request(&client(&format!("http://{}", refused.address()))).expect_err("no server");
            assert_eq!((error.outcome(), error.reason()), (Some(Outcome::NotSent), Some(Reason::Connect)));
            assert_eq!(error.ref_id(), None);
            assert!(!error.to_string().contains("refId"), "{error}");

            let unanswered = FaultServer::start(Fault::close_unanswered()).expect("a server");
            assert_eq!(word(&request(&client(&unanswered.url()))), "outcome_unknown connection_lost");
            assert_eq!(unanswered.requests().len(), 1, "{method}");

            let cut = FaultServer::start(Fault::cut_reply(Reply::queued(), 60)).expect("a server");
            assert_eq!(word(&request(&client(&cut.url()))), "outcome_unknown connection_lost");
            assert_eq!(cut.requests().len(), 1, "{method}");

            let silent = FaultServer::start(Fault::stall_unanswered()).expect("a server");
            let impatient = client(&silent.url()).with_timeout(Duration::from_millis(200));
            let error = request(&impatient).expect_err("no answer");
            assert_eq!((error.outcome(), error.reason()), (Some(Outcome::Unknown), Some(Reason::Deadline)));
            assert!(!error.to_string().contains("message"), "{error}");

            // A connection that ends before TLS.
            let script = vec![Fault::close_at_once(), Fault::good()];
            let ended = FaultServer::start_tls(script, CertificateKind::Good).expect("a server");
            let trusting = config(&ended.url()).ca_file(ended.ca_file().expect("a file"));
            let client = Client::new(trusting).expect("a client");
            assert_eq!(word(&request(&client)), "200");
            assert_eq!(ended.connections(), 2);
        }
    }
}

#[test]
fn a_worker_sends_a_request_and_a_cancellation_ends_it() {
    let server = FaultServer::start(vec![Fault::good(), Fault::stall_unanswered()]).expect("a server");
    let client = Client::new(config(&server.url()).max_connections(1)).expect("a client");
    let (sender, results) = channel();
    let begin = |method, body: HttpBody| {
        let sender = sender.clone();
        client.submit_http_request(method, "x", body, move |result| sender.send(word(&result)).expect("a listener"))
    };
    let first = begin(HttpMethod::Get, ().into()).expect("room");
    assert_eq!((word(&first.wait()), first.ref_id()), ("200".to_owned(), ""));
    let under_way = begin(HttpMethod::Delete, ().into()).expect("room");
    let waiting = begin(HttpMethod::Get, ().into()).expect("room");
    assert!(server.wait_for(Duration::from_secs(20), |log| log.requests().len() == 2 && log.requests()[1].stalled));
    waiting.cancel();
    under_way.cancel();
    assert_eq!(word(&waiting.wait()), "not_sent cancelled");
    assert_eq!(word(&under_way.wait()), "outcome_unknown cancelled");
    assert_eq!(server.requests().len(), 2);
    let all: Vec<_> = (0..3).map(|_| results.recv().expect("a result")).collect();
    assert_eq!(all, ["200", "not_sent cancelled", "outcome_unknown cancelled"]);
    client.close(Duration::ZERO);
    assert_eq!(begin(HttpMethod::Get, ().into()).expect_err("closed").reason(), Some(Reason::Closed));
}

#[test]
fn nothing_is_sent_for_a_path_or_type_that_is_refused() {
    let server = AnswerServer::start();
    let client = client(&server.base_url());
    for (path, body, place) in [
        ("../x", HttpBody::default(), "path"),
        ("https://example.com/", HttpBody::default(), "path"),
        ("x\r\nX: y", HttpBody::default(), "path"),
        ("x", HttpBody::new("text/plain\r\nX: y", "x"), "contentType"),
    ] {
        let error = client.request(HttpMethod::Post, path, body.clone()).expect_err("refused");
        assert_eq!((error.code().as_str(), error.findings()[0].path()), ("invalid_request", place));
        assert!(!error.to_string().contains("example"), "{error}");
        assert!(client.submit_http_request(HttpMethod::Post, path, body, |_| ()).is_err());
    }
    assert_eq!(server.requests().len(), 0);
}
