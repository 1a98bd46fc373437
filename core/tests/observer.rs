//! What an observer is told of each send, and that it harms none.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use linkwa::{
    CallbackGuard, Client, Config, Event, HttpBody, HttpMethod, Image, ManyOptions, Message, Refusal, RetryPolicy,
    SendOptions, Text,
};
use linkwa_faults::{CertificateKind, Fault, FaultServer, Reply, Script, refused_port};

const NUMBER: &str = "+46000000001";
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps every event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    fn observer(&self) -> impl Fn(&Event) + Send + Sync + use<> {
        let events = Arc::clone(&self.0);
        move |event: &Event| events.lock().unwrap().push(event.clone())
    }

    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// The events when there is one of this kind.
    fn wait_for(&self, kind: &str) -> Vec<Event> {
        let give_up = Instant::now() + PATIENCE;
        while self.0.lock().unwrap().iter().all(|event| event.kind().as_str() != kind) {
            assert!(Instant::now() < give_up, "{:?}", self.0.lock().unwrap());
            std::thread::sleep(Duration::from_millis(2));
        }
        self.take()
    }
}

fn config(base_url: &str) -> Config {
    Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000")
}

fn client(config: Config, log: &Log) -> Client {
    Client::new(config.observer(log.observer())).expect("a client")
}

/// Each event in a few words.
fn words(events: &[Event]) -> Vec<String> {
    let word = |event: &Event| {
        let rest = [
            event.attempt().map(|number| number.to_string()),
            event.phase().map(|phase| phase.to_string()),
            event.outcome().map(|outcome| outcome.to_string()),
            event.reason().map(|reason| reason.to_string()),
            event.http_status().map(|status| status.to_string()),
        ];
        let words: Vec<_> = [Some(event.kind().to_string())].into_iter().chain(rest).flatten().collect();
        words.join(" ")
    };
    events.iter().map(word).collect()
}

const GOOD: [&str; 5] = [
    "send_queued",
    "attempt_begun 1",
    "phase_reached 1 body",
    "attempt_ended 1 accepted 200",
    "send_ended accepted 200",
];

/// Those of a send on a new connection.
fn with_connection() -> Vec<&'static str> {
    [&GOOD[..2], &["phase_reached 1 connect"], &GOOD[2..]].concat()
}

#[test]
fn every_step_of_a_send_is_reported_in_order_on_the_callers_thread_and_on_workers() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let log = Log::default();
    let client = client(config(&server.url()), &log);
    let options = SendOptions::new().ref_id("order-17");
    client
        .send(
            [NUMBER, "+46000000002"],
            vec![Message::from(Text::new("a")), Image::new("https://example.com/a.png").into()],
            &options,
        )
        .expect("accepted");
    let blocking = log.take();
    assert_eq!(words(&blocking), with_connection());
    client.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room").wait().expect("accepted");
    let submitted = log.wait_for("send_ended");
    assert_eq!(words(&submitted), GOOD);

    let number = blocking[0].send_id();
    assert!(number.is_some() && submitted[0].send_id().is_some() && submitted[0].send_id() != number);
    for event in &blocking {
        assert_eq!((event.send_id(), event.ref_id()), (number, Some("order-17")));
        assert_eq!((event.message_types(), event.destinations()), (&["text", "image"][..], Some(2)));
        assert_eq!((event.method(), event.host()), (Some(HttpMethod::Post), Some("127.0.0.1")));
        assert_eq!(event.port(), Some(server.address().port()));
        assert_eq!(event.url(), Some(format!("{}/messages", server.url()).as_str()));
        assert!(event.time().elapsed().is_ok_and(|age| age < PATIENCE));
    }
    let [queued, begun, connected, body, attempt, ended] = &blocking[..] else { panic!("{blocking:?}") };
    assert_eq!((queued.queued(), queued.under_way()), (Some(0), Some(0)));
    assert_eq!((begun.queued(), begun.under_way()), (Some(0), Some(1)));
    assert!(connected.elapsed() <= body.elapsed() && body.elapsed() <= attempt.elapsed());
    assert!(attempt.elapsed() <= ended.elapsed());
    let (connect, answer) = (attempt.connect_time().unwrap(), attempt.answer_time().unwrap());
    assert_eq!(connect, connected.elapsed());
    assert_eq!(answer + body.elapsed(), attempt.elapsed());
    assert_eq!((attempt.dns_time(), attempt.tls_time(), attempt.pause()), (None, None, None));
    assert_eq!((attempt.result_code(), attempt.code()), (Some(112_001), None));
    assert!(submitted[3].connect_time().is_none(), "a kept connection");
}

#[test]
fn a_new_connection_by_name_and_with_tls_has_each_phase() {
    let server = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
    let log = Log::default();
    let config = config(&server.url_by_name()).ca_file(server.ca_file().expect("a CA file"));
    client(config, &log).send_text(NUMBER, "x").expect("accepted");
    let events = log.take();
    let phases: Vec<_> = events.iter().filter_map(Event::phase).map(linkwa::Phase::as_str).collect();
    assert_eq!(phases, ["dns", "connect", "tls", "body"]);
    let attempt = &events[events.len() - 2];
    let times = [attempt.dns_time(), attempt.connect_time(), attempt.tls_time(), attempt.answer_time()];
    let sum: Duration = times.into_iter().map(|time| time.expect("a time")).sum();
    assert!(sum <= attempt.elapsed(), "{attempt:?}");
}

#[test]
fn each_attempt_has_its_own_outcome_and_all_but_the_last_a_pause() {
    let refused = refused_port().expect("a port");
    let log = Log::default();
    let config = config(&format!("http://{}", refused.address())).retry(RetryPolicy::new().max_attempts(3));
    client(config, &log).send_text(NUMBER, "x").expect_err("refused");
    let events = log.take();
    let attempt = |number: u32| [format!("attempt_begun {number}"), format!("attempt_ended {number} not_sent connect")];
    let expected = [
        &["send_queued".to_owned()][..],
        &attempt(1),
        &attempt(2),
        &attempt(3),
        &["send_ended not_sent connect".to_owned()],
    ];
    assert_eq!(words(&events), expected.concat());
    let pauses: Vec<_> = events
        .iter()
        .filter(|event| event.kind().as_str() == "attempt_ended")
        .map(|event| event.pause().is_some())
        .collect();
    assert_eq!(pauses, [true, true, false]);

    let server = FaultServer::start(Script::from(vec![Fault::answer(Reply::error(503)), Fault::close_unanswered()]))
        .expect("a server");
    let config = self::config(&server.url()).retry(RetryPolicy::new().max_attempts(2).when_busy(true));
    let sender = client(config, &log);
    sender.send_text(NUMBER, "x").expect_err("unknown");
    let words = words(&log.take());
    let ends: Vec<_> = words.iter().filter(|word| word.contains("ended")).collect();
    assert_eq!(
        ends,
        [
            "attempt_ended 1 unknown server_error 503",
            "attempt_ended 2 unknown connection_lost",
            "send_ended unknown connection_lost"
        ]
    );
}

#[test]
fn a_send_that_is_ended_from_outside_ends_its_attempt_first() {
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let log = Log::default();
    let client = client(config(&server.url()), &log);
    let pending = client.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room");
    assert!(server.wait_for(PATIENCE, |record| record.complete_bodies() == 1));
    pending.cancel();
    let cancelled = log.wait_for("send_ended");
    let expected = ["attempt_ended 1 unknown cancelled", "send_ended unknown cancelled"];
    assert_eq!(words(&cancelled)[4..], expected);

    let short = SendOptions::new().timeout(Duration::from_millis(300));
    client.submit(NUMBER, Text::new("x"), &short).expect("room").wait().expect_err("too late");
    let late = words(&log.wait_for("send_ended"));
    assert_eq!(late.iter().filter(|word| word.starts_with("attempt_ended")).count(), 1, "{late:?}");
    assert!(late.last().is_some_and(|word| word.starts_with("send_ended") && word.ends_with("deadline")), "{late:?}");
}

#[test]
fn a_send_that_never_begins_is_reported_as_ended() {
    let log = Log::default();
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let sender = client(config(&server.url()).max_connections(1).max_queue(1), &log);
    let under_way = sender.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room");
    assert!(server.wait_for(PATIENCE, |record| record.complete_bodies() == 1));
    let waiting = sender.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room");
    log.take();
    sender.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect_err("full");
    let events = log.take();
    assert_eq!(words(&events), ["send_queued", "send_ended not_sent queue_full"]);
    assert_eq!((events[0].queued(), events[0].under_way()), (Some(1), Some(1)));
    waiting.cancel();
    under_way.cancel();
    log.take();
    sender.close(Duration::ZERO);
    sender.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect_err("closed");
    sender.send_text(NUMBER, "x").expect_err("closed");
    let refused = ["send_queued", "send_ended not_sent closed"];
    let mut words = words(&log.take());
    words.retain(|word| !word.contains("cancelled"));
    assert_eq!(words, [refused, refused].concat());
    sender.send_text("not a number", "x").expect_err("invalid");
    assert!(log.take().is_empty(), "it is never a send");
}

#[test]
fn an_outcome_is_settled_before_its_end_is_reported_and_reported_before_the_callback() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let steps = Arc::new(Mutex::new(Vec::new()));
    let pending: Arc<OnceLock<linkwa::Pending>> = Arc::default();
    let observer = {
        let (steps, pending) = (Arc::clone(&steps), Arc::clone(&pending));
        move |event: &Event| {
            if event.kind().as_str() == "send_ended" {
                let is_done = pending.wait().is_done();
                steps.lock().unwrap().push(format!("ended, settled: {is_done}"));
            }
        }
    };
    let client = Client::new(config(&server.url())).expect("a client").with_observer(observer);
    let (sender, receiver) = std::sync::mpsc::channel();
    let on_done = {
        let steps = Arc::clone(&steps);
        move |_| {
            steps.lock().unwrap().push("callback".to_owned());
            sender.send(()).expect("a receiver");
        }
    };
    let sent = client.submit_with(NUMBER, Text::new("x"), &SendOptions::new(), on_done).expect("room");
    pending.set(sent).expect("empty");
    receiver.recv_timeout(PATIENCE).expect("it is called");
    assert_eq!(*steps.lock().unwrap(), ["ended, settled: true", "callback"]);
}

#[test]
fn an_observer_that_panics_changes_no_outcome_and_is_called_again() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let log = Log::default();
    let keep = log.observer();
    let observer = move |event: &Event| {
        keep(event);
        panic!("an observer's own");
    };
    let client = Client::new(config(&server.url()).observer(observer)).expect("a client");
    client.send_text(NUMBER, "x").expect("accepted");
    assert_eq!(words(&log.take()), with_connection());
    client.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room").wait().expect("accepted");
    assert_eq!(words(&log.wait_for("send_ended")), GOOD);
    assert_eq!(server.complete_bodies(), 2);
}

#[test]
fn an_observer_may_send_with_the_client_and_close_it() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client: Arc<OnceLock<Client>> = Arc::default();
    let (is_inside, inner) = (AtomicBool::new(false), Arc::new(Mutex::new(Vec::new())));
    let observer = {
        let (client, inner) = (Arc::clone(&client), Arc::clone(&inner));
        move |event: &Event| {
            if is_inside.swap(true, Ordering::SeqCst) {
                return;
            }
            let client = client.get().expect("a client");
            if event.kind().as_str() == "send_ended" {
                client.close(PATIENCE);
                return;
            }
            let sent = client.send_text("+46000000002", "inside").is_ok();
            inner.lock().unwrap().push((event.kind(), sent));
            is_inside.store(false, Ordering::SeqCst);
        }
    };
    client.set(Client::new(config(&server.url()).observer(observer)).expect("a client")).expect("empty");
    let sent = client.get().unwrap().submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room");
    sent.wait().expect("accepted");
    let give_up = Instant::now() + PATIENCE;
    while client.get().unwrap().send_text(NUMBER, "x").is_ok() {
        assert!(Instant::now() < give_up, "it is closed");
        std::thread::sleep(Duration::from_millis(2));
    }
    let inner = inner.lock().unwrap();
    assert!(inner.len() >= 4 && inner.iter().all(|(_, sent)| *sent), "{inner:?}");
}

#[test]
fn no_event_has_a_number_a_text_or_a_credential() {
    let server = FaultServer::start(Script::new(|turn| match turn.number % 3 {
        0 => Fault::good(),
        1 => Fault::answer(Reply::error(400)),
        _ => Fault::close_unanswered(),
    }))
    .expect("a server");
    let port = server.address().port();
    let log = Log::default();
    let config = Config::with_base_url(format!("http://127.0.0.1:{port}"), "canaryuser", "canarypass")
        .header("x-api-key", "canarykey")
        .platform("canaryplatform", "canarypartner")
        .source("+46700000117")
        .custom_parameter("canaryname", "canaryvalue")
        .event_report_gates(["canarygate"]);
    let client = client(config, &log);
    for _ in 0..3 {
        let image = Image::new("https://canarylink.example/a.png").caption("canarycaption");
        let _ = client.send(["+46700000118", "+46700000119"], image, &SendOptions::new().ref_id("r"));
        let _ = client.send_text("+46700000118", "canarytext");
        let _ = client.send_raw(r#"{"canaryraw": "canarytext", "destinations": ["+46700000118"]}"#);
        let _ =
            client.request(HttpMethod::Post, "canarypath/46700000118?canaryquery", HttpBody::json(r#""canarybody""#));
        let chunks = client.send_many(["+46700000118".to_owned()], Text::new("canarytext"), &ManyOptions::new());
        assert_eq!(chunks.count(), 1);
    }
    let events = log.take();
    assert!(events.iter().any(|event| event.http_status() == Some(400)), "{events:?}");
    let http: Vec<_> = events.iter().filter(|event| event.destinations().is_none()).collect();
    assert!(http.iter().all(|event| event.url().is_none() && event.host() == Some("127.0.0.1")));
    assert!(http.iter().any(|event| event.outcome().is_some()));
    for event in &events {
        let text = format!("{event:?}").to_lowercase();
        assert!(!text.contains("canary") && !text.contains("46700000"), "{text}");
    }
}

#[test]
fn a_run_that_pauses_is_reported() {
    let busy = b"HTTP/1.1 429 Busy\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    let server = FaultServer::start(Script::from(vec![Fault::answer(busy), Fault::good()])).expect("a server");
    let log = Log::default();
    let client = client(config(&server.url()), &log);
    let options = ManyOptions::new().send_options(SendOptions::new().ref_id("run"));
    let chunks: Vec<_> = client.send_many([NUMBER.to_owned()], Text::new("x"), &options).collect();
    assert!(chunks.iter().all(|chunk| chunk.result().is_ok()), "{chunks:?}");
    let events = log.take();
    let waits: Vec<_> = events.iter().filter(|event| event.kind().as_str() == "run_waiting").collect();
    let [wait] = &waits[..] else { panic!("{waits:?}") };
    assert_eq!((wait.ref_id(), wait.send_id(), wait.host(), wait.destinations()), (Some("run"), None, None, None));
    assert!(wait.pause().is_some_and(|pause| pause <= Duration::from_secs(1) && !pause.is_zero()));
    assert!(events.iter().any(|event| event.ref_id() == Some("run-0")));
}

#[test]
fn a_guard_reports_what_it_accepts_and_why_it_refuses() {
    let log = Log::default();
    let guard = CallbackGuard::new().any_address().header("x-key", "canary").observer(log.observer());
    let peer = "203.0.113.9".parse().unwrap();
    guard.check(peer, [("x-key", "canary")], 10).expect("accepted");
    assert_eq!(guard.check(peer, [("x-key", "canary2")], 10), Err(Refusal::Header));
    let events = log.take();
    let seen: Vec<_> = events.iter().map(|event| (event.kind().as_str(), event.refusal())).collect();
    assert_eq!(seen, [("callback_accepted", None), ("callback_refused", Some("header"))]);
    let text = format!("{events:?}");
    assert!(!text.contains("canary") && !text.contains("203.0.113"), "{text}");
}

#[test]
fn an_added_parameter_stands_beside_those_of_the_configuration_and_of_the_options() {
    let sender =
        Client::new(config("http://127.0.0.1:1/x").custom_parameter("shop", "17").custom_parameter("trace", "own"));
    let sender = sender.expect("a client");
    let parameters = |client: &Client, options: &SendOptions| {
        let body = client.build(NUMBER, Text::new("x"), options).expect("a request");
        let request: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        request["customParameters"].clone()
    };
    let (own, none) = (SendOptions::new().custom_parameter("a", "b"), SendOptions::new());
    let added = sender.with_added_parameter("traceparent", "00-1");
    assert_eq!(parameters(&added, &none), serde_json::json!({"shop": "17", "trace": "own", "traceparent": "00-1"}));
    assert_eq!(parameters(&added, &own), serde_json::json!({"a": "b", "traceparent": "00-1"}));
    let same = sender.with_added_parameter("trace", "other");
    assert_eq!(parameters(&same, &none), serde_json::json!({"shop": "17", "trace": "own"}));
    assert_eq!(parameters(&sender, &none), serde_json::json!({"shop": "17", "trace": "own"}));
}

#[test]
fn a_client_says_how_many_sends_wait_and_are_under_way() {
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let sender = Client::new(config(&server.url()).max_connections(1)).expect("a client");
    assert_eq!(sender.load(), (0, 0));
    let pending = [(); 3].map(|()| sender.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room"));
    assert!(server.wait_for(PATIENCE, |record| record.complete_bodies() == 1));
    assert_eq!(sender.load(), (2, 1));
    for send in &pending {
        send.cancel();
    }
    let (host, port) = sender.gateway();
    assert!(server.url().contains(&format!("//{host}:{port}")));
}
