//! Very many destinations: chunks, references, failures, resuming, bounded memory.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use linkwa::{
    Checkpoint, Chunk, Client, Config, Event, EventKind, ManyOptions, Outcome, Polled, Reason, RunCanceller,
    SendOptions, StopHandle, Text, TryNext,
};
use linkwa_faults::{Fault, FaultServer, Reply, Script};

fn client(base_url: &str, connections: usize) -> Client {
    let config = Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000");
    Client::new(config.max_connections(connections)).expect("a client")
}

fn numbers(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|index| format!("+4670{index:07}"))
}

fn reason(chunk: &Chunk) -> Option<Reason> {
    chunk.result().expect_err("not accepted").reason()
}

fn options() -> ManyOptions {
    ManyOptions::new().send_options(SendOptions::new().ref_id("run"))
}

#[test]
fn every_destination_is_in_exactly_one_request_with_the_chunks_ref_id() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 8);
    let mut many = client.send_many(numbers(1234), Text::new("x"), &options().destinations_per_request(50));
    let mut chunks = BTreeMap::new();
    for chunk in many.by_ref() {
        assert_eq!(chunk.ref_id(), format!("run-{}", chunk.index()));
        let sent = chunk.result().expect("accepted");
        let paired: Vec<_> = sent.receipts().iter().map(|receipt| receipt.destination().to_owned()).collect();
        assert_eq!(paired, chunk.destinations());
        chunks.insert(chunk.index(), chunk.destinations().to_vec());
    }
    let all: Vec<_> = chunks.values().flatten().cloned().collect();
    assert_eq!(all, numbers(1234).collect::<Vec<_>>());
    assert_eq!(chunks.len(), 25);
    let progress = many.progress();
    assert_eq!((progress.sent, progress.failed, progress.unknown, progress.under_way), (1234, 0, 0, 0));
    assert!(progress.per_second > 0.0);
    let mut arrived = server.accepted_ref_ids();
    arrived.sort_by_key(|ref_id| ref_id.strip_prefix("run-").and_then(|index| index.parse::<u64>().ok()));
    assert_eq!(arrived, (0..25).map(|index| format!("run-{index}")).collect::<Vec<_>>());
}

#[test]
fn destinations_are_taken_only_as_requests_begin() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 4);
    let taken = Rc::new(Cell::new(0));
    let counter = Rc::clone(&taken);
    let endless = (0..).map(move |index: u64| {
        counter.set(counter.get() + 1);
        format!("+46{index:08}")
    });
    let mut many = client.send_many(endless, Text::new("x"), &options().destinations_per_request(10));
    assert_eq!(taken.get(), 0);
    for done in 0..50_u64 {
        assert!(many.next().is_some());
        // Ten for each request that is done, under way, or waiting to be returned.
        let bound = 10 * (done + 1 + 2 * 6);
        assert!(taken.get() <= bound, "{} taken after {done}", taken.get());
    }
    many.stop();
    let rest = many.by_ref().count();
    assert!(rest <= 12, "{rest}");
    assert_eq!(many.progress().sent, 10 * (50 + rest as u64));
}

#[test]
fn a_chunk_that_fails_reports_its_own_destinations_and_a_resume_sends_those_again() {
    let server = FaultServer::start(Script::new(|turn| match turn.number {
        1 => Fault::answer(Reply::error(400)),
        2 => Fault::answer(Reply::error(500)),
        _ => Fault::good(),
    }))
    .expect("a server");
    let client = client(&server.url(), 1);
    let to: Vec<_> = numbers(20).collect();
    let mut many = client.send_many(to.clone(), Text::new("x"), &options().destinations_per_request(5));
    let mut words = BTreeMap::new();
    for chunk in many.by_ref() {
        let index = usize::try_from(chunk.index()).expect("small");
        assert_eq!(chunk.destinations(), &to[5 * index..5 * index + 5]);
        words.insert(index, chunk.result().map_or_else(|error| error.code().to_string(), |_| "accepted".to_owned()));
    }
    let words: Vec<_> = words.values().map(String::as_str).collect();
    assert_eq!(words, ["accepted", "rejected", "outcome_unknown", "accepted"]);
    let progress = many.progress();
    assert_eq!((progress.sent, progress.failed, progress.unknown), (10, 5, 5));

    let checkpoint = Checkpoint::from_json(&many.checkpoint().to_json()).expect("our own");
    assert_eq!((checkpoint.ref_id(), checkpoint.unknown().collect::<Vec<_>>()), ("run", vec![2]));
    assert_eq!(checkpoint.unknown_ranges().collect::<Vec<_>>(), [2..=2]);
    let resumed = ManyOptions::new().resume(checkpoint.clone());
    let mut many = client.send_many(to.clone(), Text::new("x"), &resumed);
    let again: Vec<_> =
        many.by_ref().map(|chunk| (chunk.index(), chunk.ref_id().to_owned(), chunk.result().is_ok())).collect();
    assert_eq!(again, [(1, "run-1".to_owned(), true)]);
    assert_eq!((many.progress().sent, many.progress().skipped, server.requests().len()), (5, 15, 5));

    // With `resend_unknown`, a run that is stopped at once still lists them as unknown.
    let resumed = ManyOptions::new().resume(many.checkpoint()).resend_unknown(true);
    let mut stopped = client.send_many(to.clone(), Text::new("x"), &resumed);
    stopped.stop();
    assert_eq!((stopped.next().is_none(), stopped.checkpoint().unknown().collect::<Vec<_>>()), (true, vec![2]));

    // With `resend_unknown` it also sends what may have been accepted. Nothing is left to do afterwards.
    let resumed = ManyOptions::new().resume(many.checkpoint()).resend_unknown(true);
    let mut many = client.send_many(to.clone(), Text::new("x"), &resumed);
    assert_eq!(many.by_ref().map(|chunk| chunk.index()).collect::<Vec<_>>(), [2]);
    let nothing = ManyOptions::new().resume(many.checkpoint());
    assert_eq!(client.send_many(to, Text::new("x"), &nothing).count(), 0);
}

/// The results: the index, the number of destinations, and the code of the error of each.
fn summary(many: impl Iterator<Item = Chunk>) -> Vec<(u64, usize, Option<String>)> {
    let mut results: Vec<_> = many
        .map(|chunk| {
            assert_eq!(chunk.ref_id(), format!("run-{}", chunk.index()));
            let code = chunk.result().err().map(|error| {
                assert_eq!(error.ref_id(), Some(chunk.ref_id()));
                error.code().to_string()
            });
            (chunk.index(), chunk.destinations().len(), code)
        })
        .collect();
    results.sort();
    results
}

#[test]
fn an_invalid_destination_gets_its_own_chunk_and_the_others_are_sent() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 2);
    let mut to: Vec<_> = numbers(25).collect();
    to.insert(3, "no number".to_owned());
    to.insert(15, String::new());
    to.push("+46 70 000".to_owned());
    let many_options = options().destinations_per_request(10);
    let invalid = || Some("invalid_request".to_owned());
    let expected =
        [(0, 1, invalid()), (1, 10, None), (2, 1, invalid()), (3, 10, None), (4, 1, invalid()), (5, 5, None)];
    let mut many = client.send_many(to.clone(), Text::new("x"), &many_options);
    let mut chunks: Vec<_> = many.by_ref().collect();
    assert_eq!(summary(chunks.iter().cloned()), expected);
    chunks.retain(|chunk| chunk.result().is_err());
    let found: Vec<_> = chunks
        .iter()
        .flat_map(|chunk| chunk.result().expect_err("invalid").findings().to_vec())
        .map(|finding| (finding.path().to_owned(), finding.code().as_str(), finding.is_error()))
        .collect();
    let at = || "destinations[0]".to_owned();
    assert_eq!(found, [(at(), "invalid_msisdn", true), (at(), "empty", true), (at(), "invalid_msisdn", true)]);
    assert_eq!((many.progress().sent, many.progress().failed), (25, 3));
    assert_eq!(server.complete_bodies(), 3);
    // The same destinations have the same indexes again.
    let resumed = ManyOptions::new().resume(many.checkpoint());
    let mut many = client.send_many(to, Text::new("x"), &resumed);
    assert_eq!(summary(many.by_ref()), [(0, 1, invalid()), (2, 1, invalid()), (4, 1, invalid())]);
    assert_eq!((many.progress().skipped, server.complete_bodies()), (25, 3));
    // Many invalid destinations in a row take no memory.
    let bad = (0..10_000).map(|index: u32| format!("bad {index}"));
    let many = client.send_many(bad, Text::new("x"), &many_options);
    assert_eq!(many.filter(|chunk| chunk.result().is_err()).count(), 10_000);
}

#[test]
fn a_strict_client_gives_a_destination_with_a_warning_its_own_chunk() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let config = Config::with_base_url(server.url(), "user", "secret").platform("p", "pp").source("+46000000000");
    let client = Client::new(config.strict(true)).expect("a client");
    let to = ["+46700000001", "+46700000002", "+46700000001", "SE.1349abc", "+46700000003"];
    let many = client.send_many(to, Text::new("x"), &options());
    let invalid = || Some("invalid_request".to_owned());
    assert_eq!(summary(many), [(0, 1, invalid()), (1, 1, invalid()), (2, 3, None)]);
}

#[test]
fn a_message_function_that_fails_is_the_error_of_its_destination_only() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 2);
    let message = |to: &str| match to {
        to if to.ends_with('2') => Polled::Failed(linkwa::Error::message_function_failed("mine")),
        to if to.ends_with('3') => Polled::from(Vec::<linkwa::Message>::new()),
        to if to.ends_with('4') => Polled::from(Text::new("")),
        to => Polled::from(Text::new(to)),
    };
    let mut many = client.send_many_each(numbers(6), message, &options());
    let chunks: Vec<_> = many.by_ref().collect();
    let invalid = || Some("invalid_request".to_owned());
    let expected = [(0, 1, None), (1, 1, None), (2, 1, invalid()), (3, 1, invalid()), (4, 1, invalid()), (5, 1, None)];
    assert_eq!(summary(chunks.iter().cloned()), expected);
    let failed = chunks.iter().find(|chunk| chunk.index() == 2).and_then(|chunk| chunk.result().err());
    let cause = std::error::Error::source(failed.expect("an error")).expect("a cause");
    assert_eq!(cause.to_string(), "mine");
    assert_eq!((many.progress().sent, many.progress().failed, server.complete_bodies()), (3, 3, 3));
}

#[test]
fn an_invalid_item_gets_its_own_chunk_and_any_other_source_error_ends_the_run() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 2);
    let wrong = |position| Polled::Failed(linkwa::Error::invalid_destination(position, "a number"));
    let mut source: Vec<Polled<String>> = numbers(5).map(Polled::Ready).collect();
    source.insert(2, wrong(2));
    source.push(wrong(6));
    let mut many = client.send_many(source, Text::new("x"), &options().destinations_per_request(10));
    let chunks: Vec<_> = many.by_ref().collect();
    let invalid = || Some("invalid_request".to_owned());
    assert_eq!(summary(chunks.iter().cloned()), [(0, 1, invalid()), (1, 1, invalid()), (2, 5, None)]);
    for (index, position) in [(0, "2"), (1, "6")] {
        let chunk = chunks.iter().find(|chunk| chunk.index() == index).expect("the chunk");
        assert_eq!(chunk.destinations(), [""]);
        let error = chunk.result().expect_err("an invalid request");
        assert_eq!((error.outcome(), error.ref_id()), (Some(Outcome::NotSent), Some(chunk.ref_id())));
        let [finding] = error.findings() else { panic!("{error}") };
        assert_eq!((finding.path(), finding.code().as_str()), ("destinations[0]", "wrong_type"));
        assert!(finding.message().contains(position), "{finding}");
    }
    assert_eq!((many.progress().sent, many.progress().failed, server.complete_bodies()), (5, 2, 1));

    let broken = linkwa::parse_callback("[]").expect_err("another error");
    let source = numbers(3).map(Polled::Ready).chain([Polled::Failed(broken)]).chain(numbers(3).map(Polled::Ready));
    let mut counts: Vec<_> = client
        .send_many(source, Text::new("x"), &options().destinations_per_request(1))
        .map(|chunk| chunk.destinations().len())
        .collect();
    counts.sort_unstable();
    assert_eq!((counts, server.complete_bodies()), (vec![0, 1, 1, 1], 4));
}

/// An answer with `Retry-After: 1`.
fn busy(status: u16) -> Fault {
    Fault::answer(format!("HTTP/1.1 {status} Busy\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{{}}").into_bytes())
}

#[test]
fn a_run_waits_for_a_busy_gateway_and_sends_to_all() {
    let server = FaultServer::start(Script::new(|turn| if turn.number < 6 { busy(429) } else { Fault::good() }))
        .expect("a server");
    let client = client(&server.url(), 4);
    let mut many = client.send_many(numbers(200), Text::new("x"), &options().destinations_per_request(10));
    let began = Instant::now();
    let mut waited = false;
    let mut sent = BTreeSet::new();
    loop {
        match many.next_timeout(Duration::from_millis(20)) {
            TryNext::Chunk(chunk) => {
                assert!(chunk.result().is_ok());
                assert!(sent.insert(chunk.index()));
            }
            TryNext::Wait(_) => {
                waited |= many.progress().waiting && many.progress().under_way > 0;
                assert!(began.elapsed() < Duration::from_secs(60));
            }
            _ => break,
        }
    }
    assert!(waited && !many.progress().waiting);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!((sent.len(), many.progress().sent, many.progress().failed), (20, 200, 0));
    assert_eq!(server.complete_bodies(), 26);
    assert_eq!(many.checkpoint().unknown().count(), 0);
}

#[test]
fn a_run_that_waits_for_a_busy_gateway_can_be_stopped_and_resumed() {
    let server = FaultServer::start(busy(429)).expect("a server");
    let client = client(&server.url(), 4);
    let mut many = client.send_many(numbers(100), Text::new("x"), &options().destinations_per_request(10));
    let until = Instant::now() + Duration::from_secs(30);
    while !(many.progress().waiting && server.complete_bodies() == 6) {
        assert!(matches!(many.next_timeout(Duration::from_millis(10)), TryNext::Wait(_)) && Instant::now() < until);
    }
    many.stop();
    let rejected = |chunk: Chunk| chunk.result().is_err_and(|error| error.http_status() == Some(429));
    assert_eq!(many.by_ref().map(rejected).collect::<Vec<_>>(), [true; 6]);
    let progress = many.progress();
    assert_eq!((progress.failed, progress.unknown, progress.under_way, progress.waiting), (60, 0, 0, false));
    server.set_script(Fault::good());
    let mut many = client.send_many(numbers(100), Text::new("x"), &ManyOptions::new().resume(many.checkpoint()));
    assert!(many.by_ref().all(|chunk| chunk.result().is_ok()));
    assert_eq!(many.progress().sent, 100);
}

#[test]
fn after_503_a_run_pauses_and_does_not_send_the_chunk_again() {
    let server = FaultServer::start(Script::new(|turn| if turn.number < 2 { busy(503) } else { Fault::good() }))
        .expect("a server");
    let client = client(&server.url(), 1);
    let began = Instant::now();
    let mut many = client.send_many(numbers(50), Text::new("x"), &options().destinations_per_request(10));
    let mut unknown: Vec<_> =
        many.by_ref().filter(|chunk| chunk.result().is_err()).map(|chunk| chunk.index()).collect();
    unknown.sort_unstable();
    assert_eq!(unknown, [0, 1]);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!((many.progress().sent, many.progress().unknown, server.complete_bodies()), (30, 20, 5));
}

#[test]
fn after_three_failed_connections_a_run_sends_one_request_at_a_time() {
    let port = linkwa_faults::refused_port().expect("a port");
    let config = Config::with_base_url(format!("http://{}", port.address()), "user", "secret");
    let config = config.platform("p", "pp").source("+46000000000").retry(linkwa::RetryPolicy::none());
    let client = Client::new(config.max_connections(2)).expect("a client");
    let mut many = client.send_many(numbers(10_000), Text::new("x"), &options().destinations_per_request(1));
    let until = Instant::now() + Duration::from_secs(30);
    while !many.progress().waiting {
        match many.next_timeout(Duration::from_millis(10)) {
            TryNext::Chunk(chunk) => assert_eq!(chunk.result().expect_err("refused").outcome(), Some(Outcome::NotSent)),
            TryNext::Wait(_) => assert!(Instant::now() < until),
            _ => panic!("it ends"),
        }
    }
    // Three in a row, and those that were under way then.
    assert!(many.progress().failed <= 3 + 3, "{:?}", many.progress());
    many.stop();
    assert!(many.by_ref().count() <= 6);
}

#[test]
fn a_refused_account_ends_the_run() {
    for status in [401, 403] {
        let server = FaultServer::start(Fault::answer(Reply::error(status))).expect("a server");
        let client = client(&server.url(), 2);
        let stop_handle = StopHandle::new();
        let many_options = options().destinations_per_request(10).stop_handle(stop_handle.clone());
        let mut many = client.send_many(numbers(10_000), Text::new("x"), &many_options);
        let seen: Vec<_> = many.by_ref().map(|chunk| chunk.result().expect_err("refused").http_status()).collect();
        assert!(!seen.is_empty() && seen.len() <= 3, "{seen:?}");
        assert!(seen.iter().all(|seen| *seen == Some(status)));
        assert_eq!(server.complete_bodies(), seen.len());
        // Another run with the same handle continues.
        assert!(!stop_handle.is_stopped());
        server.set_script(Fault::good());
        let resumed = ManyOptions::new().resume(many.checkpoint());
        assert_eq!(client.send_many(numbers(10_000), Text::new("x"), &resumed).count(), 1000);
    }
}

#[test]
fn a_rate_counts_destinations() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 8);
    let began = Instant::now();
    let many = client.send_many(numbers(50), Text::new("x"), &options().destinations_per_request(10).rate(100.0));
    assert!(many.map(|chunk| chunk.into_result().map(drop)).all(|result| result.is_ok()));
    // The first ten use up the bucket, the next ten leave a debt, and each of the other three waits for the ten before it.
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    assert_eq!(server.complete_bodies(), 5);
}

#[test]
fn an_option_out_of_bounds_is_the_runs_only_result() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 2);
    let with_timeout = |timeout| ManyOptions::new().send_options(SendOptions::new().timeout(timeout));
    let rates = [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300].map(|rate| ManyOptions::new().rate(rate));
    let others = [
        ManyOptions::new().destinations_per_request(0),
        ManyOptions::new().destinations_per_request(usize::MAX),
        with_timeout(Duration::ZERO),
        with_timeout(Duration::MAX),
    ];
    for options in rates.into_iter().chain(others) {
        let mut many = client.send_many(numbers(5), Text::new("x"), &options);
        assert_eq!(many.error().map(|error| error.code().as_str()), Some("invalid_config"), "{options:?}");
        let chunk = many.next().expect("the reason");
        assert_eq!(chunk.result().expect_err("refused").code().as_str(), "invalid_config");
        assert!(chunk.destinations().is_empty() && many.next().is_none());
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let server = FaultServer::start(Script::new(|turn| {
        if turn.number == 3 { Fault::answer(Reply::error(400)) } else { Fault::good() }
    }))
    .expect("a server");
    let client = client(&server.url(), 1);
    // Forty chunks: three blocks of hashes, and one that was rejected.
    let mut many = client.send_many(numbers(40), Text::new("x"), &options().destinations_per_request(1));
    assert_eq!(many.by_ref().filter(|chunk| chunk.result().is_err()).count(), 1);
    let checkpoint = Checkpoint::from_json(&many.checkpoint().to_json()).expect("our own");
    let bodies = server.complete_bodies();
    let resumed = || ManyOptions::new().resume(checkpoint.clone());
    let refused = |to: Vec<String>, options: &ManyOptions| {
        let mut many = client.send_many(to, Text::new("x"), options);
        let chunks: Vec<_> = many.by_ref().collect();
        // It comes last, because a reader may stop at it.
        let (last, sent) = chunks.split_last().expect("a result");
        assert!(last.destinations().is_empty() && sent.iter().all(|chunk| chunk.result().is_ok()));
        assert_eq!(last.result().expect_err("refused").code().as_str(), "invalid_config");
        assert_eq!(many.error().map(|error| error.code().as_str()), Some("invalid_config"));
        server.complete_bodies() - bodies
    };
    let list = || numbers(40).collect::<Vec<_>>();
    let mut swapped = list();
    swapped.swap(0, 1);
    assert_eq!(refused(swapped, &resumed()), 0);
    assert_eq!(refused(list()[1..].to_vec(), &resumed()), 0);
    assert_eq!(refused(vec!["+46700000001".to_owned()], &resumed()), 0);
    assert_eq!(refused(Vec::new(), &resumed()), 0);
    assert_eq!(refused(list(), &resumed().send_options(SendOptions::new().ref_id("another"))), 0);
    assert_eq!(refused(list(), &resumed().destinations_per_request(2)), 0);
    // Every destination that the earlier run took must be the same, including the last one.
    let mut changed = list();
    changed[39] = "+46700000099".to_owned();
    assert_eq!(refused(changed, &resumed()), 1, "the first block is the earlier run's");
    // Destinations after those are new.
    let same = resumed().send_options(SendOptions::new().ref_id("run")).destinations_per_request(1);
    let sent: Vec<_> = client.send_many(numbers(42), Text::new("x"), &same).map(|chunk| chunk.index()).collect();
    assert_eq!(sent, [3, 40, 41]);
}

#[test]
fn a_checkpoint_counts_chunks_under_way_as_unknown_and_a_drop_cancels_them() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    server.set_script(Script::new(|turn| if turn.number == 0 { Fault::good() } else { Fault::stall_unanswered() }));
    let client = client(&server.url(), 2);
    let mut many = client.send_many(numbers(100), Text::new("x"), &options().destinations_per_request(10));
    assert!(many.next().is_some_and(|chunk| chunk.result().is_ok()));
    let checkpoint = many.checkpoint();
    assert_eq!(checkpoint.unknown().count() as u64 * 10, many.progress().under_way);
    assert!(checkpoint.unknown().count() > 0);
    assert!(server.wait_for(Duration::from_secs(30), |log| log.complete_bodies() == 3));
    drop(many);
    // The chunk that waited for a worker was cancelled and is not sent. A new send is.
    server.set_script(Fault::good());
    server.release();
    client.submit("123", Text::new("x"), &SendOptions::new()).and_then(|pending| pending.wait()).expect("accepted");
    assert_eq!(server.complete_bodies(), 4);
}

#[test]
fn each_destination_can_have_its_own_message() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 4);
    let many = client.send_many_each(numbers(20), |to| Text::new(format!("for {to}")), &options());
    assert_eq!(many.map(|chunk| chunk.destinations().len()).collect::<Vec<_>>(), [1; 20]);
    for request in server.requests() {
        let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
        let to = body["destinations"][0].as_str().expect("a number");
        assert_eq!(body["messages"][0]["text"]["body"], format!("for {to}"));
    }
}

#[test]
fn a_checkpoint_of_shared_messages_is_not_resumed_with_personal_ones() {
    let server = FaultServer::start(Fault::answer(Reply::error(400))).expect("a server");
    let client = client(&server.url(), 4);
    let mut many = client.send_many(numbers(3), Text::new("x"), &options());
    assert!(many.by_ref().all(|chunk| chunk.result().is_err()));
    let sent = server.complete_bodies();
    let resumed = ManyOptions::new().resume(many.checkpoint());
    let personal = client.send_many_each(numbers(3), |to| Text::new(format!("for {to}")), &resumed);
    let codes: Vec<_> =
        personal.map(|chunk| chunk.result().map_or_else(|error| error.code().to_string(), |_| String::new())).collect();
    assert_eq!((codes, server.complete_bodies()), (vec!["invalid_config".to_owned()], sent));
}

#[test]
fn the_message_function_is_called_once_for_each_destination_even_if_the_queue_is_full() {
    let server = FaultServer::start(Fault::good().after(Duration::from_millis(2))).expect("a server");
    let config = Config::with_base_url(server.url(), "user", "secret").platform("p", "pp").source("+46000000000");
    let client = Client::new(config.max_connections(2).max_queue(1)).expect("a client");
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&calls);
    let each = move |to: &str| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Text::new(format!("for {to}"))
    };
    assert!(client.send_many_each(numbers(20), each, &options()).all(|chunk| chunk.result().is_ok()));
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 20);
}

#[test]
fn a_run_keeps_its_rate_and_waits_while_the_queue_is_full() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let config = Config::with_base_url(server.url(), "user", "secret").platform("p", "pp").source("+46000000000");
    let client = Client::new(config.max_connections(2).max_queue(1)).expect("a client");
    let began = std::time::Instant::now();
    // A token bucket of 100 a second holds ten: twenty more take at least 0.2 s.
    let many = client.send_many(numbers(30), Text::new("x"), &options().destinations_per_request(1).rate(100.0));
    assert!(many.map(|chunk| chunk.into_result().map(drop)).all(|result| result.is_ok()));
    assert!(began.elapsed() >= Duration::from_millis(195), "{:?}", began.elapsed());
    assert_eq!(server.complete_bodies(), 30);
}

#[test]
fn a_failing_gateway_ends_the_run_with_every_chunk_accounted_for() {
    let server = FaultServer::start(Fault::answer(Reply::error(500))).expect("a server");
    let client = client(&server.url(), 4);
    let mut many = client.send_many(numbers(95), Text::new("x"), &options().destinations_per_request(10));
    assert_eq!(many.by_ref().filter(|chunk| chunk.result().is_err()).count(), 10);
    let progress = many.progress();
    assert_eq!((progress.sent, progress.failed, progress.unknown), (0, 0, 95));
}

#[test]
fn on_ready_is_called_when_a_request_ends() {
    let server = FaultServer::start(Fault::good().after(Duration::from_millis(5))).expect("a server");
    let client = client(&server.url(), 4);
    let (ready, wait_for_ready) = channel();
    let options = options().destinations_per_request(3).rate(200.0);
    let mut many = client.send_many(numbers(100), Text::new("x"), &options).on_ready(move || {
        // The test may be over.
        let _ = ready.send(());
    });
    assert!(wait_for_ready.try_recv().is_err(), "nothing is sent yet");
    let (mut seen, mut waits) = (BTreeSet::new(), 0);
    loop {
        match many.try_next() {
            TryNext::Chunk(chunk) => {
                assert!(chunk.result().is_ok());
                assert!(seen.insert(chunk.index()));
            }
            TryNext::Wait(most) => {
                waits += 1;
                // If the wait has no limit, there must be a call.
                match most {
                    Some(most) => drop(wait_for_ready.recv_timeout(most)),
                    None => wait_for_ready.recv_timeout(Duration::from_secs(30)).expect("a call"),
                }
            }
            TryNext::Done => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, (0..34).collect());
    assert!(waits > 0, "it never had to wait");
    assert!(matches!(many.try_next(), TryNext::Done));
    assert_eq!(server.complete_bodies(), 34);
}

#[test]
fn a_wait_for_the_next_result_ends_in_time() {
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let client = client(&server.url(), 1);
    let mut many = client.send_many(numbers(1), Text::new("x"), &options());
    assert!(matches!(many.next_timeout(Duration::from_millis(20)), TryNext::Wait(None)));
    assert!(server.wait_for(Duration::from_secs(30), |log| log.complete_bodies() == 1));
    server.release();
    assert!(matches!(many.next_timeout(Duration::from_secs(30)), TryNext::Chunk(_)));
    assert!(matches!(many.next_timeout(Duration::ZERO), TryNext::Done));
}

#[test]
fn a_stop_by_the_source_sends_no_smaller_last_request() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 4);
    let stop_handle = StopHandle::new();
    let options = options().destinations_per_request(10).stop_handle(stop_handle.clone());
    let broken = numbers(30).enumerate().map_while(move |(index, number)| {
        if index == 15 {
            stop_handle.stop();
        }
        (index != 15).then_some(number)
    });
    let mut many = client.send_many(broken, Text::new("x"), &options);
    let sent: Vec<_> = many.by_ref().map(|chunk| (chunk.index(), chunk.destinations().len())).collect();
    assert_eq!(sent, [(0, 10)]);
    let resumed = self::options().resume(many.checkpoint());
    let rest: usize =
        client.send_many(numbers(30), Text::new("x"), &resumed).map(|chunk| chunk.destinations().len()).sum();
    assert_eq!(rest, 20, "no destination is left out");
    assert_eq!(server.complete_bodies(), 3);
}

#[test]
fn a_stop_by_the_message_function_does_not_send_to_its_destination() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 1);
    let stop_handle = StopHandle::new();
    let options = options().stop_handle(stop_handle.clone());
    let message = move |number: &str| {
        if number.ends_with('3') {
            stop_handle.stop();
        }
        Text::new("x")
    };
    let sent: Vec<_> = client.send_many_each(numbers(10), message, &options).map(|chunk| chunk.index()).collect();
    assert_eq!(sent, [0, 1, 2]);
    assert_eq!(server.complete_bodies(), 3);
}

#[test]
fn a_closed_client_ends_a_run_that_waits_for_its_rate() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 1);
    let slow = options().destinations_per_request(1).rate(0.01);
    let mut many = client.send_many((0..).map(|index: u32| format!("+46{index:08}")), Text::new("x"), &slow);
    assert!(many.next().expect("the first is sent at once").result().is_ok());
    client.close(Duration::ZERO);
    let began = Instant::now();
    let last = many.next().expect("one that tells why");
    let error = last.result().expect_err("closed");
    assert_eq!((error.code().as_str(), error.reason().map(linkwa::Reason::as_str)), ("not_sent", Some("closed")));
    assert!(many.next().is_none());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_run_that_waits_for_its_rate_can_be_stopped_from_another_thread() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 1);
    let stop_handle = StopHandle::new();
    let slow = options().destinations_per_request(1).rate(0.01).stop_handle(stop_handle.clone());
    let mut many = client.send_many(numbers(5), Text::new("x"), &slow);
    assert!(many.next().is_some());
    let began = Instant::now();
    let stopping = std::thread::spawn(move || stop_handle.stop());
    assert!(many.next().is_none());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    stopping.join().expect("no panic");
}

#[test]
fn a_cancelled_run_gives_results_for_chunks_under_way() {
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let client = client(&server.url(), 2);
    let mut many = client.send_many(numbers(30), Text::new("x"), &options().destinations_per_request(10));
    assert!(matches!(many.next_timeout(Duration::from_millis(1)), TryNext::Wait(None)));
    assert!(server.wait_for(Duration::from_secs(30), |log| log.complete_bodies() == 2));
    many.cancel();
    // The third chunk waited for a worker.
    let progress = many.progress();
    assert_eq!((progress.unknown, progress.failed, progress.under_way), (20, 10, 0));
    assert_eq!(many.checkpoint().unknown().count(), 2);
    let mut outcomes: Vec<_> =
        many.by_ref().map(|chunk| chunk.result().expect_err("cancelled").outcome().expect("known").as_str()).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["not_sent", "unknown", "unknown"]);
    server.release();
}

#[test]
fn a_cancelled_run_may_be_repeated_only_if_none_of_its_messages_can_have_been_accepted() {
    let cancelled = |fault: Fault, options: ManyOptions| {
        let server = FaultServer::start(fault).expect("a server");
        let mut many = client(&server.url(), 1).send_many(numbers(2), Text::new("x"), &options);
        many.next();
        many.cancel();
        let error = many.cancelled_error();
        assert_eq!((error.reason(), error.ref_id()), (Some(Reason::Cancelled), Some("run")));
        (error.outcome(), many.checkpoint())
    };
    let answer = |status| Fault::answer(Reply::error(status));
    let (rejected, none_sent) = cancelled(answer(400), options());
    assert_eq!(rejected, Some(Outcome::NotSent));
    let (accepted, both_sent) = cancelled(Fault::good(), options());
    assert_eq!(accepted, Some(Outcome::Unknown));
    assert_eq!(cancelled(answer(500), options()).0, Some(Outcome::Unknown));
    // What the run has sent that it continues counts as well.
    assert_eq!(cancelled(answer(400), options().resume(none_sent)).0, Some(Outcome::NotSent));
    assert_eq!(cancelled(answer(400), options().resume(both_sent)).0, Some(Outcome::Unknown));
}

/// Nothing waits for the run, and it takes no step.
#[test]
fn a_canceller_ends_what_is_under_way_without_the_run() {
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let client = client(&server.url(), 2);
    let ended = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&ended);
    let mut many =
        client.send_many(numbers(30), Text::new("x"), &options().destinations_per_request(10)).on_ready(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
    assert!(matches!(many.try_next(), TryNext::Wait(None)));
    assert!(server.wait_for(Duration::from_secs(30), |log| log.complete_bodies() == 2));
    many.canceller().cancel();
    assert_eq!(ended.load(Ordering::Relaxed), 3);
    assert_eq!(many.by_ref().map(|chunk| reason(&chunk)).collect::<Vec<_>>(), [Some(Reason::Cancelled); 3]);
    server.release();
}

#[test]
fn a_request_that_begins_while_its_run_is_cancelled_is_cancelled() {
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let canceller = Arc::new(OnceLock::<RunCanceller>::new());
    let cancels = Arc::clone(&canceller);
    let client = client(&server.url(), 2).with_observer(move |event: &Event| {
        if event.kind() == EventKind::SendQueued {
            cancels.get().expect("the run").cancel();
        }
    });
    let mut many = client.send_many(numbers(30), Text::new("x"), &options().destinations_per_request(10));
    canceller.set(many.canceller()).expect("once");
    assert_eq!(many.by_ref().map(|chunk| reason(&chunk)).collect::<Vec<_>>(), [Some(Reason::Cancelled)]);
    server.release();
}

/// Returns `Pending` so many times before each destination.
fn slow(count: usize, times: usize) -> impl Iterator<Item = Polled<String>> {
    let mut items = numbers(count).flat_map(move |number| {
        let wait = std::iter::repeat_n(Polled::Pending, times);
        wait.chain([Polled::Ready(number)])
    });
    std::iter::from_fn(move || items.next())
}

#[test]
fn a_pending_source_is_asked_again_and_no_smaller_request_is_sent() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 4);
    let mut many = client.send_many(slow(25, 2), Text::new("x"), &options().destinations_per_request(10));
    let (mut sizes, mut waits) = (BTreeMap::new(), 0);
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < until);
        match many.try_next() {
            TryNext::Chunk(chunk) => assert!(sizes.insert(chunk.index(), chunk.destinations().to_vec()).is_none()),
            TryNext::Wait(most) => {
                assert_eq!(most, None);
                if waits < 20 {
                    // Each destination is pending twice; then one fewer is needed.
                    assert_eq!(many.destinations_needed(), 10 - waits / 2);
                }
                waits += 1;
            }
            TryNext::Done => break,
            other => panic!("{other:?}"),
        }
    }
    let all: Vec<_> = sizes.values().flatten().cloned().collect();
    assert_eq!(all, numbers(25).collect::<Vec<_>>());
    assert_eq!(sizes.values().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    assert!(waits >= 50, "{waits}");
    // The blocking iterator asks by itself.
    let sent = client.send_many(slow(5, 2), Text::new("x"), &options().destinations_per_request(2));
    assert_eq!(sent.map(|chunk| chunk.destinations().len()).sum::<usize>(), 5);
}

#[test]
fn a_pending_message_function_is_asked_again_but_not_for_finished_destinations() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 2);
    let mut many = client.send_many(numbers(2), Text::new("x"), &options().destinations_per_request(1));
    assert_eq!(many.by_ref().count(), 2);
    let (asked, answers) = channel();
    let each = move |to: &str| {
        asked.send(to.to_owned()).expect("the test listens");
        if to == "+46700000018" { Polled::Pending } else { Polled::from(Text::new(to)) }
    };
    let resumed = ManyOptions::new().resume(many.checkpoint());
    let to: Vec<_> = numbers(2).chain(["+467000001".to_owned(), "+46700000018".to_owned()]).collect();
    let mut many = client.send_many_each(to, each, &resumed);
    assert_eq!(many.next().expect("the third").destinations(), ["+467000001"]);
    for _ in 0..3 {
        assert!(matches!(many.try_next(), TryNext::Wait(None)));
    }
    many.stop();
    assert!(matches!(many.try_next(), TryNext::Done));
    let mut asked: Vec<_> = answers.try_iter().collect();
    assert!(asked.len() >= 4, "{asked:?}");
    asked.dedup();
    assert_eq!(asked, ["+467000001", "+46700000018"]);
    assert_eq!((many.progress().skipped, many.progress().sent), (2, 1));
}

#[test]
fn a_run_with_a_pending_source_can_be_stopped() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = client(&server.url(), 2);
    let stop_handle = StopHandle::new();
    let source = numbers(3).map(Polled::Ready).chain(std::iter::repeat(Polled::Pending));
    let options = options().destinations_per_request(2).stop_handle(stop_handle.clone());
    let mut many = client.send_many(source, Text::new("x"), &options);
    assert_eq!(many.next().expect("the first two").destinations().len(), 2);
    assert!(matches!(many.next_timeout(Duration::from_millis(30)), TryNext::Wait(None)));
    let stopping = std::thread::spawn(move || stop_handle.stop());
    assert!(many.next().is_none(), "the third is not sent alone");
    stopping.join().expect("no panic");
    assert_eq!(server.complete_bodies(), 1);
}
