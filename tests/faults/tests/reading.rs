//! How far a request is read, and how it ends then.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::Write;

use common::{BODY, Client, Ending, LONG, head, post, servers};
use linkwa_faults::{Close, Fault, FaultServer, Reply, Script};

#[test]
fn closes_after_exactly_so_many_bytes() {
    let request = post(BODY);
    let head = request.len() - BODY.len();
    for server in servers(Fault::good()) {
        for count in 0..request.len() + 3 {
            server.set_script(Fault::close_after(count));
            let before = server.requests().len();
            let mut client = Client::to(&server);
            client.send(&request);
            assert_eq!(client.rest(), (Vec::new(), Ending::Orderly), "{count}");
            drop(client);
            assert!(server.wait_for(LONG, |log| log.connections().last().unwrap().closed));
            let requests = server.requests();
            if count == 0 {
                assert_eq!(requests.len(), before);
                continue;
            }
            assert_eq!(requests.len(), before + 1);
            let record = requests.last().unwrap();
            let read = count.min(request.len());
            assert_eq!((record.head_bytes, record.body.len()), (read.min(head), read.saturating_sub(head)), "{count}");
            assert_eq!(record.body, BODY.as_bytes()[..read.saturating_sub(head)]);
            assert_eq!(record.head_complete, read >= head);
            assert_eq!((record.body_complete, record.accepted), (read == request.len(), read == request.len()));
            assert_eq!(record.discarded_bytes, request.len() - read, "{count}");
            assert!(record.over && record.reply_bytes == 0);
        }
        // The last three read it whole: the length, and two more than that.
        assert_eq!(server.complete_bodies(), 3);
        assert_eq!(server.accepted_ref_ids(), ["order-17"; 3]);
    }
}

#[test]
fn counts_from_the_end_of_the_head() {
    for server in servers([Fault::close_in_body(0), Fault::close_in_body(7), Fault::close_in_body(1_000)]) {
        for (count, complete) in [(0, false), (7, false), (BODY.len(), true)] {
            let mut client = Client::to(&server);
            client.send(&post(BODY));
            assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
            let record = server.requests().pop().unwrap();
            assert!(record.head_complete);
            assert_eq!((record.body.len(), record.body_complete), (count, complete));
        }
        assert_eq!(server.body_bytes_received(), 7 + BODY.len());
    }
}

#[test]
fn closes_in_four_ways() {
    // Plain and with TLS.
    let endings = [
        (Close::Orderly, [Ending::Orderly, Ending::Orderly]),
        (Close::Cut, [Ending::Orderly, Ending::Cut]),
        (Close::Abrupt, [Ending::Orderly, Ending::Cut]),
        (Close::Reset, [Ending::Reset, Ending::Reset]),
    ];
    for (close, expected) in endings {
        for (server, expected) in servers(Fault::close_unanswered().closing(close)).iter().zip(expected) {
            let mut client = Client::to(server);
            client.send(&post(BODY));
            assert_eq!(client.rest(), (Vec::new(), expected), "{close:?}");
            assert!(server.wait_for(LONG, |log| log.connections()[0].closed));
            assert_eq!((server.complete_bodies(), server.accepted_ref_ids().len()), (1, 1));
        }
    }
}

#[test]
fn an_abrupt_close_resets_what_was_not_read() {
    let server = FaultServer::start(Fault::close_after(10).closing(Close::Abrupt)).unwrap();
    let mut client = Client::to(&server);
    client.send(&post(BODY));
    assert_eq!(client.rest(), (Vec::new(), Ending::Reset));
    assert_eq!(server.requests()[0].discarded_bytes, 0);
}

#[test]
fn closes_at_once() {
    let server = FaultServer::start(Fault::close_at_once()).unwrap();
    assert_eq!(Client::to(&server).rest(), (Vec::new(), Ending::Orderly));
    assert!(server.wait_for(LONG, |log| log.connections()[0].closed));
    assert_eq!((server.connections(), server.requests().len()), (1, 0));

    let server = FaultServer::start(Fault::close_at_once().closing(Close::Reset)).unwrap();
    // The RST may even be faster than the connecting.
    let client = std::net::TcpStream::connect(server.address());
    assert!(client.is_err() || Client::Plain(client.unwrap()).rest().1 == Ending::Reset);
}

#[test]
fn closes_when_the_next_request_comes() {
    for server in servers([Fault::good(), Fault::close_after(1)]) {
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        assert_eq!(client.answer().0, 200);
        assert!(client.is_silent());
        client.send(b"P");
        assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        let second = &server.requests()[1];
        assert_eq!((second.connection, second.request, second.head_bytes), (0, 1, 1));
        assert!(!second.head_complete && !second.accepted);
    }
    for server in servers([Fault::good(), Fault::close_in_body(0)]) {
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        assert_eq!(client.answer().0, 200);
        client.send(&head(BODY.len()));
        assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        let second = &server.requests()[1];
        assert!(second.head_complete && second.body.is_empty());
    }
    for server in servers([Fault::good(), Fault::close_at_once().closing(Close::Reset)]) {
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        assert_eq!(client.answer().0, 200);
        client.send(b"P");
        assert_eq!(client.rest(), (Vec::new(), Ending::Reset));
        assert_eq!(server.requests()[1].head_bytes, 0);
    }
}

#[test]
fn a_black_hole_reads_nothing() {
    let server = FaultServer::start(Fault::black_hole()).unwrap();
    let mut client = Client::to(&server);
    client.send(&post(BODY));
    assert!(server.wait_for(LONG, |log| log.connections().first().is_some_and(|connection| connection.stalled)));
    assert!(client.is_silent());
    assert!(server.requests().is_empty());
    server.release();
    assert_eq!(client.rest(), (Vec::new(), Ending::Reset));

    for server in servers([Fault::good(), Fault::black_hole()]) {
        let mut client = Client::to(&server);
        client.send(&post(BODY));
        assert_eq!(client.answer().0, 200);
        client.send(&post(BODY));
        assert!(server.wait_for(LONG, |log| log.connections()[0].stalled));
        assert!(client.is_silent());
        assert_eq!((server.requests()[1].head_bytes, server.complete_bodies()), (0, 1));
    }
}

#[test]
fn stalls_until_it_is_released() {
    let request = post(BODY);
    for count in [1, 20, request.len() - 1, request.len()] {
        for server in servers(Fault::stall_after(count)) {
            let mut client = Client::to(&server);
            client.send(&request);
            assert!(server.wait_for(LONG, |log| log.requests().first().is_some_and(|request| request.stalled)));
            let record = &server.requests()[0];
            assert_eq!(record.head_bytes + record.body.len(), count);
            assert_eq!((record.body_complete, record.accepted), (count == request.len(), count == request.len()));
            assert!(!record.over && client.is_silent());
            server.release();
            assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
            assert!(!server.requests()[0].stalled);
        }
    }
    for (fault, bytes) in [(Fault::stall_in_body(3), 3), (Fault::stall_unanswered(), BODY.len())] {
        for server in servers(fault) {
            let mut client = Client::to(&server);
            client.send(&request);
            assert!(server.wait_for(LONG, |log| log.requests().first().is_some_and(|request| request.stalled)));
            assert_eq!(server.body_bytes_received(), bytes);
        }
    }
}

#[test]
fn answers_before_the_body_is_read() {
    let body = "x".repeat(100_000);
    for server in servers([Fault::early_answer(Reply::error(413)), Fault::early_answer(Reply::error(413)).drained()]) {
        // The answer is there before a byte of the body has left.
        let mut client = Client::to(&server);
        client.send(&head(body.len()));
        assert_eq!(client.answer().0, 413);
        assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        client.send(body.as_bytes());
        drop(client);
        assert!(server.wait_for(LONG, |log| log.connections()[0].closed));
        let record = &server.requests()[0];
        assert_eq!((record.body.len(), record.discarded_bytes), (0, body.len()));

        let mut client = Client::to(&server);
        client.send(&head(body.len()));
        assert_eq!(client.answer().0, 413);
        client.send(body.as_bytes());
        assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        let record = &server.requests()[1];
        assert!(record.body_complete && !record.accepted && record.body == body.as_bytes());
    }
}

#[test]
fn an_early_answer_can_be_lost() {
    let server = FaultServer::start(Fault::early_answer(Reply::error(413)).closing(Close::Abrupt)).unwrap();
    let mut client = Client::to(&server);
    // One segment: the body is in the socket when the server closes.
    client.send(&post(BODY));
    assert_eq!(client.rest().1, Ending::Reset);
    assert_eq!(server.body_bytes_received(), 0);
}

#[test]
fn sends_100_continue_before_the_body() {
    for server in servers(Fault::good().interim("HTTP/1.1 100 Continue\r\n\r\n")) {
        let mut client = Client::to(&server);
        client.send(&head(BODY.len()));
        assert_eq!(client.exactly(25), b"HTTP/1.1 100 Continue\r\n\r\n");
        client.send(BODY.as_bytes());
        assert_eq!(client.answer().0, 200);
    }
}

#[test]
fn a_client_that_disconnects_is_recorded() {
    for server in servers(Fault::good()) {
        let mut client = Client::to(&server);
        client.send(&post(BODY)[..100]);
        assert!(server.wait_for(LONG, |log| log.body_bytes_received() + log.requests().len() > 0));
        drop(client);
        assert!(server.wait_for(LONG, |log| log.connections()[0].closed && log.requests()[0].over));
        let record = &server.requests()[0];
        assert_eq!(record.head_bytes + record.body.len(), 100);
        assert!(!record.accepted && server.complete_bodies() == 0);
    }
}

#[test]
fn a_chunked_body_is_refused_with_411() {
    for server in servers(Fault::good()) {
        let mut client = Client::to(&server);
        client.send(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n");
        assert_eq!(client.answer().0, 411);
        let _ = client.write_all(b"2\r\n{}\r\n0\r\n\r\n");
        assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        assert_eq!((server.complete_bodies(), server.accepted_ref_ids().len()), (0, 0));
    }
}

#[test]
fn pipelined_requests_are_separate() {
    for server in servers(Script::default()) {
        let mut client = Client::to(&server);
        client.send(&[post(BODY), post("{}"), b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec()].concat());
        for _ in 0..3 {
            assert_eq!(client.answer().0, 200);
        }
        assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        let requests = server.requests();
        assert_eq!(requests[0].body, BODY.as_bytes());
        assert_eq!(requests[1].body, b"{}");
        assert!(!requests[2].body_complete && requests[2].method == "GET");
        assert_eq!((server.complete_bodies(), server.connections()), (2, 1));
    }
}
