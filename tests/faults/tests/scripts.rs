//! Which request meets which fault, what is remembered, and how a server ends.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{BODY, Client, LONG, post, servers, socket};
use linkwa_faults::{
    Fault, FaultProxy, FaultServer, ProxyFault, Reply, Script, Turn, dead_port, ok_chunked, refused_port,
};

fn error(status: u16) -> Fault {
    Fault::answer(Reply::error(status))
}

fn status(client: &mut Client) -> u16 {
    client.send(&post(BODY));
    client.answer().0
}

#[test]
fn plays_a_list_and_repeats_the_last_fault() {
    for server in servers([error(400), error(401), error(500)]) {
        let mut client = Client::to(&server);
        assert_eq!([status(&mut client), status(&mut client)], [400, 401]);
        let mut other = Client::to(&server);
        assert_eq!([status(&mut other), status(&mut client), status(&mut other)], [500; 3]);
        let seen: Vec<_> = server.requests().iter().map(|request| (request.connection, request.request)).collect();
        assert_eq!(seen, [(0, 0), (0, 1), (1, 0), (0, 2), (1, 1)]);
    }
    let server = FaultServer::start(Vec::new()).unwrap();
    assert_eq!(status(&mut Client::to(&server)), 200);
}

#[test]
fn plays_good_answers_first_and_can_be_replaced() {
    for server in servers(Script::after_good(2, [error(400), error(500)])) {
        let mut client = Client::to(&server);
        let seen: Vec<u16> = (0..4).map(|_| status(&mut client)).collect();
        assert_eq!(seen, [200, 200, 400, 500]);
        server.set_script([error(401), Fault::good()]);
        assert_eq!([status(&mut client), status(&mut client)], [401, 200]);
    }
}

#[test]
fn can_be_a_function() {
    let script = Script::new(|turn: Turn| {
        let Turn { connection, request, number } = turn;
        error(u16::try_from(400 + connection * 20 + request * 5 + number).unwrap())
    });
    let server = FaultServer::start(script).unwrap();
    let mut first = Client::to(&server);
    assert_eq!(status(&mut first), 400);
    let mut second = Client::to(&server);
    assert_eq!(status(&mut second), 421);
    assert_eq!(status(&mut first), 407);
    assert_eq!(status(&mut second), 428);
}

#[test]
fn records_heads_but_shows_no_secrets() {
    let server = FaultServer::start(Fault::good()).unwrap();
    let mut client = Client::to(&server);
    assert_eq!(status(&mut client), 200);
    let record = server.requests().pop().unwrap();
    assert_eq!((record.method.as_str(), record.path.as_str()), ("POST", "/messages"));
    assert_eq!(record.header("AUTHORIZATION"), Some("Basic c2VjcmV0"));
    assert_eq!(record.content_length, BODY.len());
    assert_eq!(record.ref_id().as_deref(), Some("order-17"));
    let shown = format!("{record:?} {:?} {server:?}", server.log());
    assert!(shown.contains("authorization") && !shown.contains("c2VjcmV0") && !shown.contains("46000000001"));
}

/// Sixty-four connections at a time against a server that misbehaves at random: the books must balance.
#[test]
fn random_misbehaviour_is_accounted_for() {
    let server = Arc::new(FaultServer::start(Script::random(17)).unwrap());
    let next = Arc::new(AtomicUsize::new(0));
    let run = |server: Arc<FaultServer>, next: Arc<AtomicUsize>| {
        let mut answered = Vec::new();
        for _ in 0..25 {
            let body = format!(r#"{{"refId":"r-{}"}}"#, next.fetch_add(1, Ordering::Relaxed));
            let request = String::from_utf8(post(&body)).unwrap().replacen("\r\n", "\r\nconnection: close\r\n", 1);
            let mut client = Client::to(&server);
            client.send(request.as_bytes());
            let (reply, _) = client.rest();
            let whole = reply.ends_with(b"]}") || reply.ends_with(b"0\r\n\r\n");
            if whole && reply.starts_with(b"HTTP/1.1 200") {
                answered.push(body[10..body.len() - 2].to_owned());
            }
        }
        answered
    };
    let threads: Vec<_> = (0..64)
        .map(|_| {
            let (server, next) = (Arc::clone(&server), Arc::clone(&next));
            thread::spawn(move || run(server, next))
        })
        .collect();
    let mut answered: Vec<String> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert!(server.wait_for(LONG, |log| log.connections().iter().all(|connection| connection.closed)));
    let mut accepted = server.accepted_ref_ids();
    accepted.sort();
    answered.sort();
    let unanswered = accepted.iter().filter(|ref_id| answered.binary_search(ref_id).is_err()).count();
    assert!(answered.iter().all(|ref_id| accepted.binary_search(ref_id).is_ok()));
    assert_eq!(accepted.len(), answered.len() + unanswered);
    assert_eq!(server.connections(), 64 * 25);
    // Half are good; of the rest, some are accepted without an answer, and some are not accepted.
    assert!((600..1_000).contains(&answered.len()), "{}", answered.len());
    assert!(unanswered > 100 && accepted.len() < 1_500, "{unanswered} {}", accepted.len());
}

#[test]
fn refused_and_dead_ports_accept_no_connection() {
    let refused = refused_port().unwrap();
    for _ in 0..3 {
        let error = std::net::TcpStream::connect(refused.address()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    let dead = dead_port().unwrap();
    for _ in 0..3 {
        let connecting = std::net::TcpStream::connect_timeout(&dead.address(), Duration::from_millis(50));
        assert_eq!(connecting.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    }
}

/// Whatever a connection is doing, the end of the server is its end.
#[test]
fn dropping_never_hangs() {
    let hour = Duration::from_secs(3600);
    let faults = [
        Fault::good(),
        Fault::black_hole(),
        Fault::stall_after(3),
        Fault::stall_unanswered(),
        Fault::close_after(5),
        Fault::good().after(hour),
        Fault::trickle(ok_chunked()).every(hour),
        Fault::good().closing_after_idle(hour),
        Fault::answer_and_close(Reply::endless_body()),
        Fault::stall_reply(ok_chunked(), 4),
    ];
    for fault in faults {
        for server in servers(fault.clone()) {
            let is_tls = server.ca_file().is_some();
            let mut clients = Vec::new();
            // One that sends and never reads, and one that does not even send (nor shake hands).
            if !is_tls || !format!("{fault:?}").contains("BlackHole") {
                let mut client = Client::to(&server);
                client.send(&post(BODY));
                clients.push(client);
            }
            clients.push(Client::Plain(socket(server.address())));
            assert!(server.wait_for(LONG, |log| log.connections().len() == clients.len()));
            let start = Instant::now();
            let address = server.address();
            drop(server);
            // It gives up after 10 seconds.
            assert!(start.elapsed() < Duration::from_secs(8), "{fault:?}: {:?}", start.elapsed());
            // The listener is gone.
            assert!(std::net::TcpListener::bind(address).is_ok());
        }
    }
    for fault in [ProxyFault::tunnel(), ProxyFault::stall()] {
        for proxy in [FaultProxy::start_http(fault.clone()).unwrap(), FaultProxy::start_socks5(fault).unwrap()] {
            let _client = socket(proxy.address());
            let start = Instant::now();
            drop(proxy);
            assert!(start.elapsed() < Duration::from_secs(8));
        }
    }
}
