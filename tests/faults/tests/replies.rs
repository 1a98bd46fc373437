//! What is answered, to the byte.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::Read;
use std::time::{Duration, Instant};

use common::{BODY, Client, Ending, LONG, post, servers};
use flate2::read::GzDecoder;
use linkwa_faults::{Close, Fault, FaultServer, Reply, Script, ok_chunked, ok_with_content_length};
use serde_json::Value;

/// Everything that comes for one request, and how the connection ends.
fn exchange(server: &FaultServer) -> (Vec<u8>, Ending) {
    let mut client = Client::to(server);
    client.send(&post(BODY));
    client.rest()
}

fn text(fault: Fault) -> String {
    let server = FaultServer::start(fault).unwrap();
    let (bytes, ending) = exchange(&server);
    assert_eq!(ending, Ending::Orderly);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_good_answer_has_an_id_for_each_destination() {
    for server in servers(Fault::good()) {
        let mut client = Client::to(&server);
        let mut seen = Vec::new();
        for _ in 0..2 {
            client.send(&post(BODY));
            let (status, body) = client.answer();
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((status, &body["resultCode"]), (200, &112_001.into()));
            seen.extend(body["messageIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()));
        }
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|id| id.len() == 22 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 4);
        assert_eq!((server.connections(), server.complete_bodies()), (1, 2));
    }
}

#[test]
fn the_helpers_return_whole_answers() {
    let with_length = String::from_utf8(ok_with_content_length()).unwrap();
    let (head, body) = with_length.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains(&format!("content-length: {}", body.len())));
    let parsed: Value = serde_json::from_str(body).unwrap();
    assert_eq!(parsed["messageIds"][0].as_str().unwrap().len(), 22);

    let chunked = String::from_utf8(ok_chunked()).unwrap();
    let (head, mut chunks) = chunked.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("transfer-encoding: chunked"));
    let mut whole = String::new();
    let mut count = 0;
    while let Some((length, rest)) = chunks.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole += &rest[..length];
        chunks = rest[length..].strip_prefix("\r\n").unwrap();
        count += 1;
    }
    assert_eq!((whole.as_str(), chunks, count), (body, "", 3));
}

#[test]
fn cuts_a_reply_at_every_byte() {
    for reply in [ok_with_content_length(), ok_chunked()] {
        for (server, expected) in servers(Fault::good()).iter().zip([Ending::Orderly, Ending::Cut]) {
            for count in 0..=reply.len() {
                server.set_script(Fault::cut_reply(reply.clone(), count));
                assert_eq!(exchange(server), (reply[..count].to_vec(), expected), "{count}");
            }
            assert!(server.wait_for(LONG, |log| log.connections().iter().all(|connection| connection.closed)));
            let requests = server.requests();
            assert_eq!(requests.len(), reply.len() + 1);
            assert!(requests.iter().enumerate().all(|(count, request)| request.reply_bytes == count));
            // The message was accepted all the same.
            assert_eq!(server.accepted_ref_ids().len(), reply.len() + 1);
        }
    }
}

#[test]
fn cuts_a_reply_in_other_ways() {
    for (close, expected) in [(Close::Orderly, Ending::Orderly), (Close::Reset, Ending::Reset)] {
        for server in servers(Fault::cut_reply(ok_with_content_length(), 10).closing(close)) {
            let (bytes, ending) = exchange(&server);
            assert_eq!(ending, expected);
            // An RST may overtake them.
            assert!(bytes.len() <= 10 && (close == Close::Reset || bytes.len() == 10));
        }
    }
}

#[test]
fn stalls_in_a_reply() {
    for server in servers(Fault::stall_reply(ok_with_content_length(), 30)) {
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        assert_eq!(client.exactly(30), ok_with_content_length()[..30]);
        assert!(server.wait_for(LONG, |log| log.requests()[0].stalled));
        assert!(client.is_silent());
        assert_eq!(server.requests()[0].reply_bytes, 30);
        server.release();
        assert!(client.rest().0.is_empty());
    }
}

#[test]
fn trickles() {
    let reply = ok_with_content_length();
    let interval = Duration::from_millis(2);
    for server in servers(Fault::trickle(reply.clone()).every(interval)) {
        let mut client = Client::to(&server);
        let start = Instant::now();
        client.send(&post(BODY));
        assert_eq!(client.exactly(reply.len()), reply);
        assert!(start.elapsed() >= interval * (u32::try_from(reply.len()).unwrap() - 1));
        // It is kept alive.
        server.set_script(Fault::good());
        client.send(&post(BODY));
        assert_eq!(client.answer().0, 200);
    }
    // A second, unless told otherwise: the second byte has not come when the client stops waiting.
    let server = FaultServer::start(Fault::trickle(reply)).unwrap();
    let mut client = Client::to(&server);
    client.send(&post(BODY));
    client.exactly(1);
    assert!(client.is_silent());
}

#[test]
fn answers_late() {
    let latency = Duration::from_millis(40);
    for server in servers(Fault::good().after(latency)) {
        let mut client = Client::to(&server);
        let start = Instant::now();
        client.send(&post(BODY));
        assert!(server.wait_for(LONG, |log| log.complete_bodies() == 1 && !log.is_over()));
        assert_eq!(client.answer().0, 200);
        assert!(start.elapsed() >= latency);
    }
}

#[test]
fn closes_after_idling() {
    for server in servers(Fault::good().closing_after_idle(Duration::from_millis(20))) {
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        assert_eq!(client.answer().0, 200);
        assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        assert!(server.wait_for(LONG, |log| log.connections()[0].closed));
        assert_eq!(server.requests().len(), 1);
    }
    for server in servers(Fault::good().closing_after_idle(LONG)) {
        let mut client = Client::to(&server);
        for _ in 0..3 {
            client.send(&post(BODY));
            assert_eq!(client.answer().0, 200);
        }
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn redirects() {
    for (status, phrase) in [
        (301, "Moved Permanently"),
        (302, "Found"),
        (303, "See Other"),
        (307, "Temporary Redirect"),
        (308, "Permanent Redirect"),
    ] {
        let server = FaultServer::start(Fault::redirect(status, "/elsewhere")).unwrap();
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        let expected = format!("HTTP/1.1 {status} {phrase}\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(client.exactly(expected.len()), expected.as_bytes());
        // All of it came, but no message was accepted.
        assert_eq!((server.complete_bodies(), server.accepted_ref_ids().len()), (1, 0));
    }
}

#[test]
fn errors_are_error_responses() {
    for (status, code) in [(400, 112_402), (401, 112_400), (403, 112_401), (429, 112_000), (500, 112_500)] {
        let server = FaultServer::start(Fault::answer(Reply::error(status))).unwrap();
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        let (answered, body) = client.answer();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((answered, &body["resultCode"]), (status, &code.into()));
        assert!(server.accepted_ref_ids().is_empty());
    }
}

#[test]
fn a_gzip_bomb_is_small() {
    let server = FaultServer::start(Fault::answer_and_close(Reply::gzip_bomb())).unwrap();
    let (bytes, _) = exchange(&server);
    assert!(bytes.len() < 16 * 1024, "{}", bytes.len());
    let body = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let mut plain = Vec::new();
    GzDecoder::new(&bytes[body..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain.len(), 10 * 1024 * 1024);
    assert_eq!(serde_json::from_slice::<Value>(&plain).unwrap()["resultCode"], 112_001);
}

#[test]
fn endless_replies_end_with_the_client() {
    type Check = fn(&str) -> bool;
    let replies: [(Reply, Check); 4] = [
        (Reply::endless_headers(), |text| text.lines().count() > 1_000 && !text.contains("\r\n\r\n")),
        (Reply::endless_header_line(), |text| text.lines().count() == 2),
        (Reply::endless_chunks(), |text| text.contains("chunked\r\n\r\n54\r\n{\"resultCode\"")),
        (Reply::endless_body(), |text| text.contains("\r\n\r\n{\"resultCode\"") && !text.contains("content-length")),
    ];
    for (reply, check) in replies {
        for server in servers(Fault::answer_and_close(reply.clone())) {
            let mut client = Client::to(&server);
            client.send(&post(BODY));
            let text = String::from_utf8(client.exactly(1_000_000)).unwrap();
            assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && check(&text), "{}", &text[..300]);
            assert!(!server.requests()[0].over);
            drop(client);
            assert!(server.wait_for(LONG, |log| log.connections()[0].closed));
            let record = &server.requests()[0];
            assert!(record.over && record.accepted && record.reply_bytes >= 1_000_000);
        }
    }
}

#[test]
fn unusual_replies_have_the_intended_bytes() {
    let ok = String::from_utf8(ok_with_content_length()).unwrap();
    let body = ok.split_once("\r\n\r\n").unwrap().1;

    let text_of = |reply: Reply| text(Fault::answer_and_close(reply));
    assert_eq!(text_of(Reply::after_continue()), format!("HTTP/1.1 100 Continue\r\n\r\n{ok}"));

    let interim = text_of(Reply::after_several_interim());
    assert!(interim.ends_with(&ok) && interim.matches("HTTP/1.1 1").count() == 5);

    let old = text_of(Reply::http_1_0());
    assert_eq!(old, format!("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{body}"));

    let both = text_of(Reply::length_and_chunks());
    assert!(both.starts_with(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n", body.len())));
    assert!(both.contains("transfer-encoding: chunked") && both.ends_with("\r\n0\r\n\r\n"));

    let garbage = text_of(Reply::garbage_status_line());
    assert_eq!(garbage, ok.replace("HTTP/1.1 200 OK", "\u{1}HTTQ/9 two"));
}

#[test]
fn a_reply_has_its_status() {
    for (reply, status) in [
        (Reply::queued(), Some(200)),
        (Reply::after_several_interim(), Some(200)),
        (Reply::http_1_0(), Some(200)),
        (Reply::endless_body(), Some(200)),
        (Reply::redirect(307, "/"), Some(307)),
        (Reply::garbage_status_line(), None),
        ("HTTP/1.1 100 Continue\r\n".into(), None),
        ("".into(), None),
    ] {
        assert_eq!(reply.status(), status, "{reply:?}");
    }
    // Whether it counts as accepted can be said.
    let script = Script::from([Fault::answer(Reply::error(500)).accepting(true), Fault::good().accepting(false)]);
    let server = FaultServer::start(script).unwrap();
    let mut client = Client::to(&server);
    for accepted in [1, 1] {
        client.send(&post(BODY));
        client.answer();
        assert_eq!(server.accepted_ref_ids().len(), accepted);
    }
}
