//! Everything that can go wrong on the wire, byte by byte, and the outcome after it: each fault on a new and on a kept
//! connection, plain and over TLS, with and without retries. The server never receives more than one whole body of a message,
//! and no byte of a body that was reported as not sent.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[macro_use]
mod support;

use std::time::{Duration, Instant};

use linkwa::{Client, Config, RetryPolicy, SendOptions, Text};
use linkwa_faults::{
    CertificateKind, Close, Fault, FaultServer, Reply, Script, dead_port, ok_chunked, ok_with_content_length,
    refused_port,
};
use support::{send_in_time_to_leave, word};

const NUMBER: &str = "+46000000001";

/// The timeout of a send against a fault that stalls. If it passes before the fault happens, the test tries a longer one.
const SHORT: Duration = Duration::from_millis(150);

/// How much longer a busy machine may take.
const SLACK: Duration = Duration::from_secs(15);

fn config(base_url: &str) -> Config {
    Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000")
}

/// A fault with the results that are right: over a plain connection, and over TLS. There are two if the fault races with the
/// first bytes of the request.
type Case = (&'static str, Fault, &'static [&'static str], &'static [&'static str]);

const ACCEPTED: &[&str] = &["accepted"];
const REJECTED: &[&str] = &["rejected"];
const CUT: &[&str] = &["outcome_unknown connection_lost"];
const UNREADABLE: &[&str] = &["outcome_unknown invalid_response"];
const DEADLINE: &[&str] = &["outcome_unknown deadline"];
/// The connection breaks at about the time when the head leaves.
const EARLY: &[&str] = &["not_sent connect", "outcome_unknown connection_lost"];
const EARLY_TLS: &[&str] = &["not_sent tls", "outcome_unknown connection_lost"];
/// The answer arrives before the body is sent. A reset may discard it.
const BEFORE: &[&str] =
    if cfg!(target_os = "linux") { REJECTED } else { &["rejected", "outcome_unknown connection_lost"] };

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = vec![
        ("good", Fault::good(), ACCEPTED, ACCEPTED),
        ("good in chunks", Fault::answer(Reply::queued_chunked()), ACCEPTED, ACCEPTED),
        ("close at once", Fault::close_at_once(), EARLY, EARLY_TLS),
        ("close after 0 bytes", Fault::close_after(0), EARLY, EARLY_TLS),
        ("close after 1 byte", Fault::close_after(1), EARLY, EARLY_TLS),
        ("close in the head", Fault::close_after(60), EARLY, EARLY_TLS),
        ("reset in the head", Fault::close_after(60).closing(Close::Reset), EARLY, EARLY_TLS),
        ("close before the body", Fault::close_in_body(0), CUT, CUT),
        ("close in the body", Fault::close_in_body(17), CUT, CUT),
        ("reset in the body", Fault::close_in_body(17).closing(Close::Reset), CUT, CUT),
        ("close unanswered", Fault::close_unanswered(), CUT, CUT),
        ("reset unanswered", Fault::close_unanswered().closing(Close::Reset), CUT, CUT),
        ("stall in the head", Fault::stall_after(10), DEADLINE, DEADLINE),
        ("stall in the body", Fault::stall_in_body(10), DEADLINE, DEADLINE),
        ("stall unanswered", Fault::stall_unanswered(), DEADLINE, DEADLINE),
        ("stall in the answer's head", Fault::stall_reply(Reply::queued(), 30), DEADLINE, DEADLINE),
        ("trickle", Fault::trickle(Reply::queued()), DEADLINE, DEADLINE),
        ("413 before the body", Fault::early_answer(Reply::error(413)), BEFORE, BEFORE),
        ("413 and reset", Fault::early_answer(Reply::error(413)).closing(Close::Abrupt), BEFORE, BEFORE),
        ("413 drained", Fault::early_answer(Reply::error(413)).drained(), REJECTED, REJECTED),
        ("gzip bomb", Fault::answer(Reply::gzip_bomb()), UNREADABLE, UNREADABLE),
        ("endless headers", Fault::answer(Reply::endless_headers()), UNREADABLE, UNREADABLE),
        ("endless header line", Fault::answer(Reply::endless_header_line()), UNREADABLE, UNREADABLE),
        ("endless chunks", Fault::answer(Reply::endless_chunks()), UNREADABLE, UNREADABLE),
        ("endless body", Fault::answer(Reply::endless_body()), UNREADABLE, UNREADABLE),
        ("garbage", Fault::answer_and_close(Reply::garbage_status_line()), UNREADABLE, UNREADABLE),
        ("100 first", Fault::answer(Reply::after_continue()), ACCEPTED, ACCEPTED),
        ("several 1xx first", Fault::answer(Reply::after_several_interim()), ACCEPTED, ACCEPTED),
        ("100 before the body", Fault::good().interim("HTTP/1.1 100 Continue\r\n\r\n"), ACCEPTED, ACCEPTED),
        ("HTTP/1.0", Fault::answer_and_close(Reply::http_1_0()), ACCEPTED, ACCEPTED),
        ("400", Fault::answer(Reply::error(400)), REJECTED, REJECTED),
        ("500", Fault::answer(Reply::error(500)), &["outcome_unknown server_error"], &["outcome_unknown server_error"]),
        ("503", Fault::answer(Reply::error(503)), &["outcome_unknown server_error"], &["outcome_unknown server_error"]),
    ];
    cases.extend(
        [301, 302, 303, 307, 308]
            .map(|status| -> Case { ("redirect", Fault::redirect(status, "/elsewhere"), REJECTED, REJECTED) }),
    );
    cases
}

#[test]
fn every_fault_has_its_outcome_and_no_body_arrives_twice() {
    let (mut runs, mut worst) = (0, Duration::ZERO);
    let mut wrong = Vec::new();
    for tls in [false, true] {
        for warm in [false, true] {
            for retry in [RetryPolicy::default(), RetryPolicy::none()] {
                for (name, fault, plain_words, tls_words) in cases() {
                    let run = format!("{name}, tls {tls}, warm {warm}, retry {}", retry != RetryPolicy::none());
                    let script = Script::after_good(usize::from(warm), fault);
                    let server = if tls {
                        FaultServer::start_tls(script, CertificateKind::Good)
                    } else {
                        FaultServer::start(script)
                    };
                    let server = server.expect("a server");
                    let mut config = config(&server.url()).retry(retry.clone());
                    if let Some(path) = server.ca_file() {
                        config = config.ca_file(path);
                    }
                    let client = Client::new(config).expect("a client");
                    if warm {
                        client.send_text(NUMBER, "warm").expect("accepted");
                    }
                    let (before, bytes_before) = (server.complete_bodies(), server.body_bytes_received());
                    // A fault that does not stall gets a long timeout.
                    let stalls = plain_words.contains(&"outcome_unknown deadline");
                    let timeout = if stalls { SHORT } else { Duration::from_secs(20) };
                    let result = send_in_time_to_leave(timeout, |timeout| {
                        assert_eq!(server.body_bytes_received(), bytes_before, "{run}");
                        let began = Instant::now();
                        let options = SendOptions::new().ref_id("r").timeout(timeout);
                        let result = client.send(NUMBER, Text::new("x"), &options);
                        if stalls {
                            worst = worst.max(began.elapsed().saturating_sub(timeout));
                        }
                        result
                    });
                    let word = word(&result);
                    let words = if tls { tls_words } else { plain_words };
                    if !words.contains(&&*word) {
                        wrong.push(format!("{run}: {word}: {result:?}"));
                    }
                    assert!(result.as_ref().err().is_none_or(|error| error.ref_id() == Some("r")), "{run}");
                    drop(client);
                    let bodies = server.complete_bodies() - before;
                    assert!(bodies <= 1, "{run}: {bodies} bodies");
                    if word.starts_with("not_sent") {
                        assert_eq!((bodies, server.body_bytes_received() - bytes_before), (0, 0), "{run}");
                    }
                    if word == "accepted" {
                        assert_eq!(server.accepted_ref_ids().last().map(String::as_str), Some("r"), "{run}");
                    }
                    runs += 1;
                }
            }
        }
    }
    say!("fault matrix: {runs} runs, {} wrong, worst overrun of a deadline {} ms", wrong.len(), worst.as_millis());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(worst < SLACK, "{worst:?}");
}

/// No listener, or no answer to the handshake: not sent, and retried as often as allowed.
#[test]
fn a_message_that_was_not_sent_gets_three_attempts() {
    let refused = refused_port().expect("a port");
    let dead = dead_port().expect("a port");
    let black_hole = FaultServer::start_tls(Fault::black_hole(), CertificateKind::Good).expect("a server");
    for (url, expected) in [
        (format!("http://{}", refused.address()), "not_sent connect"),
        (format!("https://{}", refused.address()), "not_sent connect"),
        (format!("http://{}", dead.address()), "not_sent deadline"),
        (black_hole.url(), "not_sent deadline"),
    ] {
        let client = Client::new(config(&url).timeout(Duration::from_secs(1))).expect("a client");
        let began = Instant::now();
        assert_eq!(word(&client.send_text(NUMBER, "x")), expected, "{url}");
        assert!(began.elapsed() < Duration::from_secs(1) + SLACK);
    }
    // The connect timeout covers the handshake.
    let client =
        Client::new(config(&black_hole.url()).connect_timeout(SHORT).retry(RetryPolicy::none())).expect("a client");
    assert_eq!(word(&client.send_text(NUMBER, "x")), "not_sent tls");

    // Two connections that fail in the handshake, then one that works.
    for (retry, expected, attempts) in
        [(RetryPolicy::default(), "accepted", 3), (RetryPolicy::none(), "not_sent tls", 1)]
    {
        let script = vec![Fault::close_at_once(), Fault::close_at_once(), Fault::good()];
        let server = FaultServer::start_tls(script, CertificateKind::Good).expect("a server");
        let config = config(&server.url()).ca_file(server.ca_file().expect("a file")).retry(retry);
        let result = Client::new(config).expect("a client").send_text(NUMBER, "x");
        assert_eq!((word(&result).as_str(), server.connections()), (expected, attempts));
        if let Ok(sent) = result {
            assert_eq!((sent.attempts() as usize, server.complete_bodies()), (attempts, 1));
        }
    }
}

/// If a server closes idle connections, a new one is opened before anything is written to the old one.
#[test]
fn a_connection_that_was_closed_while_idle_is_not_used_again() {
    for tls in [false, true] {
        let fault = Fault::good().closing_after_idle(Duration::from_millis(1));
        let server = if tls { FaultServer::start_tls(fault, CertificateKind::Good) } else { FaultServer::start(fault) };
        let server = server.expect("a server");
        let mut config = config(&server.url()).retry(RetryPolicy::none());
        if let Some(path) = server.ca_file() {
            config = config.ca_file(path);
        }
        let client = Client::new(config).expect("a client");
        for sent in 1..=5 {
            assert_eq!(word(&client.send_text(NUMBER, "x")), "accepted");
            let is_closed = |log: &linkwa_faults::Log| {
                log.connections().len() == sent && log.connections().iter().all(|connection| connection.closed)
            };
            assert!(server.wait_for(Duration::from_secs(20), is_closed), "{sent}");
        }
        assert_eq!(server.complete_bodies(), 5);
    }
}

/// A server may announce how long it keeps a connection. Otherwise it may close after 5 seconds.
#[test]
fn a_connection_is_not_used_in_the_last_second_before_the_server_closes_it() {
    let answer = |keep_alive: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\n{keep_alive}Content-Length: {length}\r\n\r\n{body}").into_bytes()
    };
    let body = r#"{"resultCode":112001,"messageIds":["m"]}"#;
    let (at_once, a_second, idle) = (Duration::ZERO, Duration::from_millis(1010), Duration::from_millis(4010));
    for (keep_alive, body, pause, connections) in [
        ("Keep-Alive: timeout=1\r\n", body, at_once, 2),
        ("Keep-Alive: timeout=0, max=5\r\n", "", at_once, 2),
        ("keep-alive: max=5, timeout=2\r\n", body, a_second, 2),
        ("Keep-Alive: timeout=2\r\n", "", a_second, 2),
        ("Keep-Alive: timeout=60\r\n", body, a_second, 1),
        ("", body, a_second, 1),
        ("Keep-Alive: timeout=60\r\n", body, idle, 2),
        ("", "", idle, 2),
    ] {
        for tls in [false, true] {
            let fault = Fault::answer(answer(keep_alive, body));
            let server =
                if tls { FaultServer::start_tls(fault, CertificateKind::Good) } else { FaultServer::start(fault) };
            let server = server.expect("a server");
            let mut config = config(&server.url());
            if let Some(path) = server.ca_file() {
                config = config.ca_file(path);
            }
            let client = Client::new(config).expect("a client");
            let send = || word(&client.send_text(NUMBER, "x"));
            let first = send();
            std::thread::sleep(pause);
            assert_eq!(send(), first);
            assert_eq!(server.connections(), connections, "{keep_alive:?}, {body:?}, {pause:?}, tls {tls}");
        }
    }
}

#[test]
fn there_are_no_retries_with_half_of_the_tokens_or_fewer() {
    let server = FaultServer::start_tls(Fault::close_at_once(), CertificateKind::Good).expect("a server");
    let config = config(&server.url()).ca_file(server.ca_file().expect("a file"));
    let client = Client::new(config).expect("a client");
    for _ in 0..6 {
        assert_eq!(word(&client.send_text(NUMBER, "x")), "not_sent tls");
    }
    // Five retries and then none, so 6 sends make 11 attempts.
    assert_eq!(server.connections(), 11);
}

#[test]
fn a_send_to_a_busy_gateway_is_retried_only_with_when_busy() {
    for (status, once) in [(429, "rejected"), (503, "outcome_unknown server_error")] {
        for (policy, expected, bodies) in [
            (RetryPolicy::default(), once, 1),
            (RetryPolicy::new().when_busy(true), "accepted", 2),
            (RetryPolicy::none().when_busy(true), once, 1),
        ] {
            for wait in ["0", "Fri, 31 Dec 1999 23:59:59 GMT"] {
                let server = FaultServer::start(vec![busy(status, wait), Fault::good()]).expect("a server");
                let client = Client::new(config(&server.url()).retry(policy.clone())).expect("a client");
                assert_eq!(word(&client.send_text(NUMBER, "x")), expected, "{status} {policy:?}");
                assert_eq!(server.complete_bodies(), bodies);
            }
            // There is no pause if it would end after the deadline.
            let server = FaultServer::start(vec![busy(status, "20"), Fault::good()]).expect("a server");
            let client =
                Client::new(config(&server.url()).retry(policy).timeout(Duration::from_secs(10))).expect("a client");
            let began = Instant::now();
            assert_eq!(word(&client.send_text(NUMBER, "x")), once);
            assert!(began.elapsed() < Duration::from_secs(9));
        }
    }
}

#[test]
fn there_is_no_retry_after_the_validity_time() {
    let server = FaultServer::start_tls(Fault::close_at_once(), CertificateKind::Good).expect("a server");
    let config = config(&server.url()).ca_file(server.ca_file().expect("a file"));
    let client = Client::new(config).expect("a client");
    for options in [
        SendOptions::new().relative_validity_time(Duration::from_millis(1)),
        SendOptions::new().absolute_validity_time("2020-01-01T00:00:00Z"),
    ] {
        let before = server.connections();
        assert_eq!(word(&client.send(NUMBER, Text::new("x"), &options)), "not_sent tls");
        assert_eq!(server.connections(), before + 1);
    }
}

/// A truncated answer of status 200 is never an acceptance.
#[test]
fn an_answer_truncated_at_any_byte_is_unknown() {
    let mut cuts = 0;
    for tls in [false, true] {
        for reply in [ok_with_content_length(), ok_chunked()] {
            for count in 0..reply.len() {
                let fault = Fault::cut_reply(reply.clone(), count);
                let server =
                    if tls { FaultServer::start_tls(fault, CertificateKind::Good) } else { FaultServer::start(fault) };
                let server = server.expect("a server");
                let mut config = config(&server.url());
                if let Some(path) = server.ca_file() {
                    config = config.ca_file(path);
                }
                let result = Client::new(config).expect("a client").send_text(NUMBER, "x");
                assert_eq!(
                    result.as_ref().err().map(|error| error.code().as_str()),
                    Some("outcome_unknown"),
                    "{count}: {result:?}"
                );
                assert_eq!(server.complete_bodies(), 1);
                cuts += 1;
            }
        }
    }
    say!("byte cuts: {cuts} answers cut, none taken for an acceptance");
}

/// The server misbehaves at random. The outcome of each message must still be true.
#[test]
fn under_random_faults_outcomes_match_what_the_server_received() {
    const THREADS: usize = 64;
    const SENDS: usize = 40;
    let server = FaultServer::start(Script::random(17)).expect("a server");
    let client = Client::new(config(&server.url()).timeout(Duration::from_secs(20))).expect("a client");
    let results: Vec<(String, String)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let client = &client;
                scope.spawn(move || {
                    let send = |index| {
                        let ref_id = format!("{thread}-{index}");
                        let options = SendOptions::new().ref_id(&ref_id);
                        // Half of the sends run on the calling thread, half on workers.
                        let result = if index % 2 == 0 {
                            client.send(NUMBER, Text::new("x"), &options)
                        } else {
                            client.submit(NUMBER, Text::new("x"), &options).and_then(|pending| pending.wait())
                        };
                        (ref_id, result.map_or_else(|error| error.code().to_string(), |_| "accepted".to_owned()))
                    };
                    (0..SENDS).map(send).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    client.close(Duration::from_secs(20));
    let of = |code: &str| -> std::collections::BTreeSet<_> {
        results.iter().filter(|(_, word)| word == code).map(|(ref_id, _)| ref_id.clone()).collect()
    };
    let accepted = server.accepted_ref_ids();
    let (said_accepted, not_sent, unknown) = (of("accepted"), of("not_sent"), of("outcome_unknown"));
    say!(
        "stress: {} sends, {} accepted by the server; said: {} accepted, {} unknown, {} rejected, {} not sent",
        results.len(),
        accepted.len(),
        said_accepted.len(),
        unknown.len(),
        of("rejected").len(),
        not_sent.len(),
    );
    let by_server: std::collections::BTreeSet<_> = accepted.iter().cloned().collect();
    assert_eq!(by_server.len(), accepted.len(), "a message was accepted twice");
    assert_eq!(results.len(), THREADS * SENDS);
    assert!(said_accepted.is_subset(&by_server));
    assert!(not_sent.is_disjoint(&by_server));
    assert!(by_server.iter().all(|ref_id| said_accepted.contains(ref_id) || unknown.contains(ref_id)));
    assert!(said_accepted.len() > 500 && unknown.len() > 100 && !of("rejected").is_empty());
}

/// ureq gets a head with placeholders for the credentials. A message cannot make them appear inside itself.
#[test]
fn a_message_that_looks_like_a_request_head_is_sent_unchanged() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = Client::new(config(&server.url())).expect("a client");
    let options = SendOptions::new().ref_id("r");
    let build = |text: &str| client.build(NUMBER, Text::new(text), &options).expect("valid");
    // The size of the output buffer: 16 KiB, and the room for the credentials and the path.
    let size = 16 * 1024 + "Basic dXNlcjpzZWNyZXQ=/messages".len();
    let before = build("X").windows(3).position(|bytes| bytes == b"\"X\"").expect("the text") + 1;
    for place in [size, 2 * size, 128 * 1024].map(|place| place - before) {
        for head in [format!("POST Basic {}", "*".repeat(200)), "POST office".to_owned()] {
            let text = format!("{}{head}{}", "A".repeat(place), "B".repeat(300_000));
            assert_eq!(word(&client.send(NUMBER, Text::new(&text), &options)), "accepted");
            assert!(server.requests().last().expect("a request").body == build(&text), "the body is as it was built");
        }
    }
    // Lengths around which head and body just fit into the buffer, or just do not.
    for length in (size - 1024..size + 1024).step_by(37).chain([900_000]) {
        let text = "A".repeat(length);
        assert_eq!(word(&client.send(NUMBER, Text::new(&text), &options)), "accepted");
        assert!(server.requests().last().expect("a request").body == build(&text), "the body is as it was built");
    }
}

/// A gateway that answers 503 until the deadline has received the message, and may have accepted it.
#[test]
fn a_deadline_in_a_pause_after_503_is_never_not_sent() {
    let busy = "HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::start(Fault::answer(busy)).expect("a server");
    let client = Client::new(config(&server.url()).retry(RetryPolicy::new().when_busy(true))).expect("a client");
    std::thread::scope(|scope| {
        for thread in 0..60 {
            let client = &client;
            // The deadlines are close to the end of the pause.
            let options = SendOptions::new().timeout(Duration::from_micros(1_000_000 + thread * 100));
            scope.spawn(move || {
                let result = client.send(NUMBER, Text::new("x"), &options);
                assert!(word(&result).starts_with("outcome_unknown"), "{result:?}");
            });
        }
    });
    assert!(server.complete_bodies() >= 60);
}

fn busy(status: u16, wait: &str) -> Fault {
    let reply = format!("HTTP/1.1 {status} X\r\nRetry-After: {wait}\r\nContent-Length: 0\r\n\r\n");
    Fault::answer(reply.into_bytes())
}

/// An unknown outcome stays unknown unless an acceptance follows. A rejection stays if nothing was sent after it.
#[test]
fn two_attempts_combine_to_the_documented_outcome() {
    let refused_with_200 = "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"resultCode\":112402}";
    let unknown_with_200 = "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"resultCode\":112000}";
    // The second answer, and the outcome after a first answer of 429 and of 503.
    let seconds = [
        ("200", Fault::good(), "accepted", "accepted"),
        ("400", Fault::answer(Reply::error(400)), "rejected 400", "outcome_unknown server_error 503"),
        ("429", busy(429, "0"), "rejected 429", "outcome_unknown server_error 503"),
        ("112402", Fault::answer(refused_with_200), "rejected 200", "outcome_unknown server_error 503"),
        ("301", Fault::redirect(301, "/x"), "rejected 301", "outcome_unknown server_error 503"),
        (
            "500",
            Fault::answer(Reply::error(500)),
            "outcome_unknown server_error 500",
            "outcome_unknown server_error 500",
        ),
        ("503", busy(503, "0"), "outcome_unknown server_error 503", "outcome_unknown server_error 503"),
        (
            "112000",
            Fault::answer(unknown_with_200),
            "outcome_unknown server_error 200",
            "outcome_unknown server_error 200",
        ),
        ("cut", Fault::close_unanswered(), "outcome_unknown connection_lost", "outcome_unknown connection_lost"),
        (
            "broken",
            Fault::cut_reply(Reply::queued(), 90),
            "outcome_unknown connection_lost 200",
            "outcome_unknown connection_lost 200",
        ),
        ("400 cut", Fault::cut_reply(Reply::error(400), 100), "rejected 400", "outcome_unknown server_error 503"),
    ];
    let summary = |result: &Result<linkwa::SendResult, linkwa::Error>| {
        let status = result.as_ref().err().and_then(linkwa::Error::http_status);
        status.map_or_else(|| word(result), |status| format!("{} {status}", word(result)))
    };
    for (name, second, after_429, after_503) in seconds {
        for (first, expected) in [(429, after_429), (503, after_503)] {
            let server = FaultServer::start(vec![busy(first, "0"), second.clone()]).expect("a server");
            let retry = RetryPolicy::new().when_busy(true).max_attempts(2);
            let client = Client::new(config(&server.url()).retry(retry)).expect("a client");
            assert_eq!(summary(&client.send_text(NUMBER, "x")), expected, "{first}, then {name}");
            assert_eq!(server.complete_bodies(), 2, "{first}, then {name}");
        }
    }
    // The gateway closes after its first answer, so that nothing more can be sent.
    for (first, expected) in [(429, "rejected 429"), (503, "outcome_unknown server_error 503")] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a connection");
            drop(listener);
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !request.ends_with(b"}") {
                let read = std::io::Read::read(&mut connection, &mut piece).expect("a request");
                request.extend(&piece[..read]);
            }
            let answer =
                format!("HTTP/1.1 {first} X\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            std::io::Write::write_all(&mut connection, answer.as_bytes()).expect("a connection");
        });
        let retry = RetryPolicy::new().when_busy(true).max_attempts(3);
        let client = Client::new(config(&url).retry(retry)).expect("a client");
        assert_eq!(summary(&client.send_text(NUMBER, "x")), expected, "{first}, then a refused connection");
        server.join().expect("no panic");
    }
}

/// Outside of 2xx the body only explains the status. A broken body does not change the outcome.
#[test]
fn outside_of_2xx_the_status_decides_even_if_the_body_breaks_off() {
    let server_error = "outcome_unknown server_error";
    for (status, stalled, cut) in [
        (200, "outcome_unknown deadline", "outcome_unknown connection_lost"),
        (301, "rejected", "rejected"),
        (400, "rejected", "rejected"),
        (429, "rejected", "rejected"),
        (408, server_error, server_error),
        (500, server_error, server_error),
        (503, server_error, server_error),
    ] {
        for (framing, rest) in
            [("Content-Length: 30", "{\"resultCode\":112"), ("Transfer-Encoding: chunked", "5\r\n{\"res")]
        {
            let reply = format!("HTTP/1.1 {status} X\r\n{framing}\r\n\r\n{rest}");
            for (fault, timeout, expected) in [
                (Fault::answer(reply.as_bytes()), SHORT, stalled),
                (Fault::answer_and_close(reply.as_bytes()), Duration::from_secs(20), cut),
            ] {
                let server = FaultServer::start(fault).expect("a server");
                let client = Client::new(config(&server.url())).expect("a client");
                let blocking = |options: &SendOptions| client.send(NUMBER, Text::new("x"), options);
                let queued =
                    |options: &SendOptions| client.submit(NUMBER, Text::new("x"), options).and_then(|sent| sent.wait());
                for send in [&blocking as &dyn Fn(&SendOptions) -> _, &queued] {
                    // The head of the answer must also arrive within the timeout.
                    let mut timeout = timeout;
                    let result = loop {
                        let result: Result<_, linkwa::Error> = send(&SendOptions::new().timeout(timeout));
                        if timeout > Duration::from_secs(10)
                            || result.as_ref().is_err_and(|error| error.http_status().is_some())
                        {
                            break result;
                        }
                        timeout *= 4;
                    };
                    assert_eq!(word(&result), expected, "{status}, {framing}: {result:?}");
                    assert_eq!(result.err().and_then(|error| error.http_status()), Some(status));
                }
            }
        }
    }
}

/// A gateway may refuse a large message before it has read all of it.
#[test]
fn an_early_answer_is_read_even_if_the_body_cannot_be_written() {
    let text = "x".repeat(600_000);
    for tls in [false, true] {
        for (name, fault) in [
            ("closed", Fault::early_answer(Reply::error(413))),
            ("closed at once", Fault::early_answer(Reply::error(413)).closing(Close::Abrupt)),
            ("reset", Fault::early_answer(Reply::error(413)).closing(Close::Reset)),
        ] {
            let server =
                if tls { FaultServer::start_tls(fault, CertificateKind::Good) } else { FaultServer::start(fault) };
            let server = server.expect("a server");
            let mut config = config(&server.url()).timeout(Duration::from_secs(20)).retry(RetryPolicy::none());
            if let Some(path) = server.ca_file() {
                config = config.ca_file(path);
            }
            for _ in 0..10 {
                // Each client has its own connection, because the server closes them without announcing it.
                let client = || Client::new(config.clone()).expect("a client");
                let result = client().send(NUMBER, Text::new(&*text), &SendOptions::new());
                let queued =
                    client().submit(NUMBER, Text::new(&*text), &SendOptions::new()).and_then(|sent| sent.wait());
                for result in [result, queued] {
                    let summary = (word(&result), result.err().and_then(|error| error.http_status()));
                    assert!(BEFORE.contains(&&*summary.0), "{name}, tls {tls}: {summary:?}");
                }
            }
        }
        // The server neither reads on nor closes. The answer is already there at the deadline.
        let fault = Fault::early_answer(Reply::error(413)).stalling();
        let server = if tls { FaultServer::start_tls(fault, CertificateKind::Good) } else { FaultServer::start(fault) };
        let server = server.expect("a server");
        let mut config = config(&server.url()).retry(RetryPolicy::none());
        if let Some(path) = server.ca_file() {
            config = config.ca_file(path);
        }
        let client = Client::new(config).expect("a client");
        let text = "x".repeat(900_000);
        // A second, because a handshake can be slow on some machines.
        let options = SendOptions::new().timeout(Duration::from_secs(1));
        let result = client.send(NUMBER, Text::new(&*text), &options);
        assert_eq!(word(&result), "rejected", "tls {tls}: {result:?}");
    }
}

/// An id takes 25 bytes, so an answer grows with the number of destinations.
#[test]
fn an_answer_may_have_an_id_for_each_destination() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = Client::new(config(&server.url())).expect("a client");
    let numbers: Vec<_> = (0..20_000).map(|number| format!("+4670{number:07}")).collect();
    let sent = client.send(numbers.clone(), Text::new("x"), &SendOptions::new()).expect("accepted");
    assert_eq!(sent.receipts().len(), numbers.len());
    let destinations: Vec<_> = sent.receipts().iter().map(|receipt| receipt.destination().to_owned()).collect();
    assert_eq!(destinations, numbers);
}

#[test]
fn an_answer_over_the_limit_is_reported_and_truncated() {
    for destinations in [1, 3000] {
        let limit = 64 * 1024 + 256 * destinations;
        for (blanks, expected) in [(limit - 60, "accepted"), (limit, "outcome_unknown invalid_response")] {
            let body = format!(r#"{{"resultCode":112001,"messageIds":["a"]}}{}"#, " ".repeat(blanks));
            let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let server = FaultServer::start(Fault::answer(reply.as_bytes())).expect("a server");
            let client = Client::new(config(&server.url())).expect("a client");
            let numbers: Vec<_> = (0..destinations).map(|number| format!("+4670{number:07}")).collect();
            let result = client.send(numbers, Text::new("x"), &SendOptions::new());
            assert_eq!(word(&result), expected, "{destinations}");
            if let Err(error) = result {
                assert_eq!(error.response_body().map(<[u8]>::len), Some(64 * 1024));
                assert!(error.to_string().contains(&format!("longer than {limit} bytes")), "{error}");
            }
        }
    }
    // A few compressed bytes that expand to 10 MiB.
    let server = FaultServer::start(Fault::answer(Reply::gzip_bomb())).expect("a server");
    let error = Client::new(config(&server.url())).expect("a client").send_text(NUMBER, "x").expect_err("too long");
    assert!(error.to_string().contains("longer than"), "{error}");
    assert_eq!(error.response_body().map(<[u8]>::len), Some(64 * 1024));
}
