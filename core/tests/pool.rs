//! Sends on workers: cancelling, deadlines, limits, closing. Every wait is for a condition; its timeout is only reached if the
//! test fails.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[macro_use]
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use linkwa::{Client, Config, Error, Pending, SendOptions, Text};
use linkwa_faults::{Fault, FaultServer, Script, dead_port};
use support::{send_in_time_to_leave, word};

const PATIENCE: Duration = Duration::from_secs(30);
/// A send with a short deadline ends within this time even on a busy machine. If the deadline did not work, it would take 30
/// seconds or never end.
const IN_TIME: Duration = Duration::from_secs(20);
const NUMBER: &str = "+46000000001";

fn config(base_url: &str) -> Config {
    Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000")
}

fn serve(script: impl Into<Script>) -> FaultServer {
    FaultServer::start(script).expect("a server")
}

fn client_of(config: Config) -> Client {
    Client::new(config).expect("a client")
}

fn client(server: &FaultServer) -> Client {
    client_of(config(&server.url()))
}

fn submit(client: &Client, ref_id: &str) -> Result<Pending, Error> {
    client.submit(NUMBER, Text::new("x"), &SendOptions::new().ref_id(ref_id))
}

fn wait(pending: &Pending) -> String {
    word(&pending.wait_timeout(PATIENCE).expect("a result"))
}

/// Tests that count the threads of this process, or start some, run one after the other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of threads of this library.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("linkwa-worker") || name.starts_with("linkwa-timer")).count()
}

/// Waits until no thread of this library is left. The system may list a thread for a moment after it has ended.
fn assert_no_threads() {
    let give_up = Instant::now() + PATIENCE;
    while threads() > 0 {
        assert!(Instant::now() < give_up, "{} threads are left", threads());
        std::thread::yield_now();
    }
}

/// Closes a client, and checks that its threads have ended.
fn close(client: &Client) {
    client.close(PATIENCE);
    assert_no_threads();
}

#[test]
fn many_sends_at_once_are_all_accepted_and_use_no_more_connections_than_allowed() {
    let _alone = alone();
    let server = serve(Fault::good().after(Duration::from_millis(2)));
    let client = client_of(config(&server.url()).max_connections(8));
    let pending: Vec<_> = (0..200).map(|index| submit(&client, &index.to_string()).expect("room")).collect();
    for (index, pending) in pending.iter().enumerate() {
        assert_eq!(pending.ref_id(), index.to_string());
        assert_eq!(wait(pending), "accepted");
        assert_eq!(pending.wait().expect("accepted").ref_id(), index.to_string());
    }
    assert!(server.connections() <= 8, "{}", server.connections());
    assert_eq!(server.complete_bodies(), 200);
    close(&client);
}

/// A burst uses all connections, even if few were needed before because the gateway was fast.
#[test]
fn every_send_reaches_a_slow_gateway_at_once() {
    let _alone = alone();
    let server = serve(Fault::good());
    let client = client_of(config(&server.url()).max_connections(64));
    for round in ["slow", "quick", "slow after quick", "quick", "slow again"] {
        let is_slow = round.starts_with("slow");
        server.set_script(if is_slow { Fault::stall_unanswered() } else { Fault::good() });
        let stalled = |log: &linkwa_faults::Log| log.requests().iter().filter(|request| request.stalled).count();
        let before = stalled(&server.log());
        let count = if is_slow { 64 } else { 3000 };
        let began = Instant::now();
        let pending: Vec<_> = (0..count).map(|index| submit(&client, &index.to_string()).expect("room")).collect();
        if is_slow {
            // None of them is answered, so all of them arrive only if each has its own worker.
            assert!(server.wait_for(PATIENCE, |log| stalled(log) == before + count), "{round}");
            say!("{count} sends to a gateway that is {round} were there after {} ms", began.elapsed().as_millis());
            server.release();
        }
        for pending in &pending {
            let word = wait(pending);
            assert!(word == "accepted" || (is_slow && word == "outcome_unknown connection_lost"), "{round}: {word}");
        }
    }
    close(&client);
}

#[test]
fn a_cancel_before_the_body_is_not_sent_and_one_after_it_is_unknown_at_once() {
    let _alone = alone();
    let dead = dead_port().expect("a port");
    let connecting = client_of(config(&format!("http://{}", dead.address())));
    let pending = submit(&connecting, "r").expect("room");
    assert_eq!(pending.wait_timeout(Duration::from_millis(50)).map(|result| word(&result)), None);
    pending.cancel();
    assert_eq!(pending.result().map(|result| word(&result)), Some("not_sent cancelled".to_owned()));

    let server = serve(Fault::stall_unanswered());
    let client = client(&server);
    let pending = submit(&client, "r").expect("room");
    assert!(server.wait_for(PATIENCE, |log| log.requests().iter().any(|request| request.stalled)), "it never answers");
    pending.cancel();
    assert_eq!(pending.result().map(|result| word(&result)), Some("outcome_unknown cancelled".to_owned()));
    // A cancellation does not change a result.
    pending.cancel();
    assert_eq!(wait(&pending), "outcome_unknown cancelled");
    for client in [connecting, client] {
        client.close(Duration::ZERO);
    }
    assert_no_threads();
}

#[test]
fn queued_sends_can_be_cancelled_have_deadlines_and_are_limited() {
    let _alone = alone();
    let server = serve(vec![Fault::stall_unanswered(), Fault::good()]);
    let client = client_of(config(&server.url()).max_connections(1).max_queue(2));
    let first = submit(&client, "first").expect("room");
    assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 1));
    let cancelled = submit(&client, "cancelled").expect("room");
    let options = SendOptions::new().ref_id("late").timeout(Duration::from_millis(200));
    let began = Instant::now();
    let late = client.submit(NUMBER, Text::new("x"), &options).expect("room");
    let full = submit(&client, "full").expect_err("no room");
    assert_eq!(
        (full.code().as_str(), full.reason().unwrap().as_str(), full.ref_id()),
        ("not_sent", "queue_full", Some("full"))
    );
    // A cancelled send frees its place in the queue.
    cancelled.cancel();
    assert_eq!(wait(&cancelled), "not_sent cancelled");
    let waiting = submit(&client, "waiting").expect("room again");
    assert_eq!(wait(&late), "not_sent deadline");
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert!(began.elapsed() < IN_TIME);
    // The worker of the first send takes the waiting one.
    server.release();
    assert_eq!(wait(&waiting), "accepted");
    assert_eq!(wait(&first), "outcome_unknown connection_lost");
    let arrived: Vec<_> = server.requests().iter().filter_map(linkwa_faults::RequestRecord::ref_id).collect();
    assert_eq!(arrived, ["first", "waiting"]);
    close(&client);
}

#[test]
fn the_deadline_ends_a_send_in_every_phase() {
    let _alone = alone();
    let dead = dead_port().expect("a port");
    let server = serve(Fault::stall_unanswered());
    let trickling = serve(Fault::trickle(linkwa_faults::Reply::queued()));
    let mut worst = Duration::ZERO;
    for (url, expected) in [
        (format!("http://{}", dead.address()), "not_sent deadline"),
        (server.url(), "outcome_unknown deadline"),
        (trickling.url(), "outcome_unknown deadline"),
    ] {
        let client = client_of(config(&url));
        let submitted = |options: &SendOptions| {
            let pending = client.submit(NUMBER, Text::new("x"), options).expect("room");
            pending.wait_timeout(PATIENCE).expect("a result")
        };
        let blocking = |options: &SendOptions| client.send(NUMBER, Text::new("x"), options);
        for send in [&submitted as &dyn Fn(&SendOptions) -> _, &blocking] {
            let mut timed = |timeout: Duration| {
                let began = Instant::now();
                let result = send(&SendOptions::new().timeout(timeout));
                let took = began.elapsed();
                worst = worst.max(took.saturating_sub(timeout));
                assert!(took + Duration::from_millis(10) >= timeout && took < timeout + IN_TIME, "{took:?}");
                result
            };
            let short = Duration::from_millis(300);
            let result =
                if expected.starts_with("not_sent") { timed(short) } else { send_in_time_to_leave(short, timed) };
            assert_eq!(word(&result), expected, "{url}");
        }
        client.close(Duration::ZERO);
    }
    say!("deadlines: slow connect, stall and trickle, worst overrun {} ms", worst.as_millis());
    assert_no_threads();
}

#[test]
fn close_lets_sends_under_way_finish_and_cancels_queued_ones() {
    let _alone = alone();
    let server = serve(Fault::good().after(Duration::from_millis(150)));
    let client = client_of(config(&server.url()).max_connections(2));
    let pending: Vec<_> = (0..10).map(|index| submit(&client, &index.to_string()).expect("room")).collect();
    assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 2));
    client.close(PATIENCE);
    let words: Vec<_> = pending.iter().map(|pending| word(&pending.result().expect("settled"))).collect();
    assert_eq!(words.iter().filter(|word| *word == "accepted").count(), 2, "{words:?}");
    assert_eq!(words.iter().filter(|word| *word == "not_sent closed").count(), 8, "{words:?}");
    assert_eq!(server.complete_bodies(), 2);
    assert_no_threads();
    let refused = submit(&client, "r").expect_err("closed");
    assert_eq!((refused.reason().unwrap().as_str(), refused.ref_id()), ("closed", Some("r")));
    assert_eq!(word(&client.clone().send_text(NUMBER, "x")), "not_sent closed");
    client.close(PATIENCE);
}

#[test]
fn close_cancels_unfinished_sends_at_its_timeout() {
    let _alone = alone();
    let dead = dead_port().expect("a port");
    let server = serve(Fault::stall_unanswered());
    for (url, expected) in
        [(format!("http://{}", dead.address()), "not_sent closed"), (server.url(), "outcome_unknown cancelled")]
    {
        let client = client_of(config(&url));
        let pending = submit(&client, "r").expect("room");
        let clone = client.clone();
        let blocking = std::thread::spawn(move || word(&clone.send_text(NUMBER, "x")));
        if url == server.url() {
            assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 2));
        } else {
            assert!(pending.wait_timeout(Duration::from_millis(100)).is_none());
        }
        let began = Instant::now();
        client.close(Duration::from_millis(100));
        assert!(began.elapsed() < IN_TIME, "{:?}", began.elapsed());
        assert_eq!(word(&pending.result().expect("settled")), expected);
        assert_eq!(blocking.join().expect("no panic"), expected);
        assert_no_threads();
    }
}

#[test]
fn a_dropped_client_settles_queued_sends_and_lets_others_finish() {
    let _alone = alone();
    let server = serve(Fault::good().after(Duration::from_secs(2)));
    let client = client_of(config(&server.url()).max_connections(1));
    let first = submit(&client, "first").expect("room");
    assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 1));
    let second = submit(&client, "second").expect("room");
    drop(client);
    assert!(first.result().is_none(), "dropping does not wait for what is under way");
    assert_eq!(second.result().map(|result| word(&result)), Some("not_sent closed".to_owned()));
    assert_eq!(wait(&first), "accepted");
    assert_no_threads();
}

#[test]
fn the_callback_is_called_once_may_use_the_client_and_may_panic() {
    let _alone = alone();
    let server = serve(Fault::good());
    let client = client_of(config(&server.url()).max_connections(1));
    let calls = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = channel();
    let (again, counted, done) = (client.clone(), Arc::clone(&calls), sender.clone());
    let pending = client
        .submit_with(NUMBER, Text::new("x"), &SendOptions::new(), move |result| {
            counted.fetch_add(1, Ordering::SeqCst);
            assert_eq!(word(&result), "accepted");
            let nested = again.submit_with(NUMBER, Text::new("y"), &SendOptions::new(), move |result| {
                done.send(word(&result)).expect("a listener");
                panic!("a callback that panics");
            });
            nested.expect("room");
        })
        .expect("room");
    assert_eq!(receiver.recv_timeout(PATIENCE).expect("the nested one"), "accepted");
    assert_eq!(wait(&pending), "accepted");
    pending.cancel();
    // The worker has survived the panic. A callback may also close its client.
    let closing = client.clone();
    client
        .submit_with(NUMBER, Text::new("z"), &SendOptions::new(), move |result| {
            closing.close(PATIENCE);
            sender.send(word(&result)).expect("a listener");
        })
        .expect("room");
    assert_eq!(receiver.recv_timeout(PATIENCE).expect("the closing one"), "accepted");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    close(&client);
}

/// A send that is cancelled at any time is `not_sent` only if the server has no byte of its body.
#[test]
fn a_cancelled_send_is_never_not_sent_if_its_message_arrived() {
    let _alone = alone();
    let server = serve(Fault::good());
    let client = client_of(config(&server.url()).max_connections(16));
    let mut words = std::collections::HashMap::<String, usize>::new();
    let mut not_sent = std::collections::HashSet::new();
    for round in 0..30_u64 {
        let pending: Vec<_> =
            (0..40).map(|index| submit(&client, &format!("{round}-{index}")).expect("room")).collect();
        for (index, pending) in pending.iter().enumerate() {
            // From immediately to after the answer.
            let until = Instant::now() + Duration::from_micros((round * 7 + index as u64) % 97);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            pending.cancel();
        }
        for pending in &pending {
            let result = wait(pending);
            if result.starts_with("not_sent") {
                not_sent.insert(pending.ref_id().to_owned());
            }
            *words.entry(result).or_default() += 1;
        }
    }
    client.close(PATIENCE);
    let received: Vec<_> = server.requests().into_iter().filter(|request| !request.body.is_empty()).collect();
    say!("cancelled at any moment: {words:?}, {} bodies received", received.len());
    for request in &received {
        // A body is small enough to arrive in one piece, with its refId.
        let ref_id = request.ref_id().expect("a whole body");
        assert!(!not_sent.contains(&ref_id), "{ref_id} was called not sent");
    }
    assert!(!not_sent.is_empty() && words.values().sum::<usize>() == 1200, "{words:?}");
    assert!(received.len() + not_sent.len() <= 1200);
    assert_no_threads();
}

/// Two callbacks that close their client do not wait for each other, whatever timeout they pass.
#[test]
fn callbacks_that_close_the_client_do_not_wait_for_each_other() {
    let _alone = alone();
    let server = serve(Fault::good().after(Duration::from_millis(50)));
    let client = client_of(config(&server.url()).max_connections(2));
    let (sender, receiver) = channel();
    for _ in 0..2 {
        let (closing, sender) = (client.clone(), sender.clone());
        let on_done = move |result| {
            closing.close(Duration::MAX);
            sender.send(word(&result)).expect("a listener");
        };
        client.submit_with(NUMBER, Text::new("x"), &SendOptions::new(), on_done).expect("room");
    }
    let words = [(); 2].map(|()| receiver.recv_timeout(PATIENCE).expect("both return"));
    assert!(words.contains(&"accepted".to_owned()), "{words:?}");
    close(&client);
}

/// A callback may close its client. `close` first runs the other callbacks that this thread has deferred.
#[test]
fn close_in_a_callback_runs_the_deferred_callbacks_first() {
    let _alone = alone();
    for (close_outside, timeout) in [(true, Duration::from_secs(60)), (false, Duration::from_millis(300))] {
        let server = serve(Fault::stall_unanswered());
        let client = client_of(config(&server.url()).timeout(timeout));
        let (called, closed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(usize::MAX)));
        for ref_id in ["1", "2", "3", "4", "5"] {
            let (counter, seen, inner) = (Arc::clone(&called), Arc::clone(&closed), client.clone());
            let on_done = move |_| {
                if counter.fetch_add(1, Ordering::SeqCst) == 0 {
                    inner.close(Duration::ZERO);
                    seen.store(counter.load(Ordering::SeqCst), Ordering::SeqCst);
                }
            };
            client.submit_with(NUMBER, Text::new("x"), &SendOptions::new().ref_id(ref_id), on_done).expect("room");
        }
        assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 5));
        if close_outside {
            client.close(Duration::ZERO);
        }
        let give_up = Instant::now() + PATIENCE;
        while closed.load(Ordering::SeqCst) == usize::MAX {
            assert!(Instant::now() < give_up, "close does not return");
            std::thread::yield_now();
        }
        if close_outside {
            assert_eq!(closed.load(Ordering::SeqCst), 5, "all of one batch");
        }
        assert!(wait_until(|| called.load(Ordering::SeqCst) == 5), "each once");
        close(&client);
    }
}

fn wait_until(is_so: impl Fn() -> bool) -> bool {
    let give_up = Instant::now() + PATIENCE;
    while !is_so() && Instant::now() < give_up {
        std::thread::yield_now();
    }
    is_so()
}

#[test]
fn a_slow_callback_does_not_delay_other_deadlines() {
    let _alone = alone();
    let server = serve(Fault::stall_unanswered());
    let client = client_of(config(&server.url()).max_connections(1));
    let first = submit(&client, "first").expect("room");
    assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 1));
    let (release, held) = channel::<()>();
    let soon = |millis| SendOptions::new().timeout(Duration::from_millis(millis));
    let on_done = move |_| {
        // Ends when the sender is dropped.
        let _ = held.recv_timeout(PATIENCE);
    };
    let slow = client.submit_with(NUMBER, Text::new("x"), &soon(50), on_done).expect("room");
    let other = client.submit(NUMBER, Text::new("x"), &soon(150)).expect("room");
    assert_eq!(
        other.wait_timeout(Duration::from_millis(2150)).map(|result| word(&result)),
        Some("not_sent deadline".to_owned())
    );
    assert_eq!(wait(&slow), "not_sent deadline");
    drop(release);
    first.cancel();
    client.close(Duration::ZERO);
    assert_no_threads();
}

#[test]
fn a_cancelled_send_frees_its_worker_at_once() {
    let _alone = alone();
    for fault in [Fault::stall_unanswered(), Fault::black_hole()] {
        let server = serve(vec![fault, Fault::good()]);
        let client = client_of(config(&server.url()).max_connections(1));
        let hanging = submit(&client, "hanging").expect("room");
        assert!(server.wait_for(PATIENCE, |log| log.connections().iter().any(|found| found.stalled)));
        let next = submit(&client, "next").expect("room");
        let began = Instant::now();
        hanging.cancel();
        // The next send needs the only worker. If that were still busy with the hanging send, this one would run out of time.
        assert_eq!(wait(&next), "accepted");
        client.close(PATIENCE);
        assert!(began.elapsed() < IN_TIME, "closing waits for nothing that was cancelled");
        assert_no_threads();
    }
}

/// The connection of the previous send has ended. The new one may have the same address in memory, and must be shut down too.
#[test]
fn a_cancelled_send_frees_its_worker_if_it_had_replaced_an_ended_connection() {
    let _alone = alone();
    let script = vec![Fault::good().closing_after_idle(Duration::ZERO), Fault::stall_unanswered(), Fault::good()];
    let server = serve(script);
    let client = client_of(config(&server.url()).max_connections(1));
    assert_eq!(wait(&submit(&client, "first").expect("room")), "accepted");
    assert!(server.wait_for(PATIENCE, |log| log.connections().iter().all(|connection| connection.closed)));
    let hanging = submit(&client, "hanging").expect("room");
    assert!(server.wait_for(PATIENCE, |log| log.connections().iter().any(|found| found.stalled)));
    let next = submit(&client, "next").expect("room");
    let began = Instant::now();
    hanging.cancel();
    assert_eq!(wait(&next), "accepted");
    assert!(began.elapsed() < IN_TIME);
    close(&client);
}

#[test]
fn cancelled_sends_take_no_retry_tokens() {
    let _alone = alone();
    let script = Script::new(|turn| if turn.number < 6 { Fault::black_hole() } else { Fault::close_at_once() });
    let server = FaultServer::start_tls(script, linkwa_faults::CertificateKind::Good).expect("a server");
    let client = client_of(config(&server.url()).ca_file(server.ca_file().expect("a file")));
    for held in 1..=6 {
        let pending = submit(&client, "cancelled").expect("room");
        assert!(
            server.wait_for(PATIENCE, |log| log.connections().iter().filter(|found| found.stalled).count() == held)
        );
        pending.cancel();
        assert_eq!(wait(&pending), "not_sent cancelled");
    }
    server.release();
    assert!(server.wait_for(PATIENCE, |log| log.connections().iter().all(|connection| connection.closed)));
    let before = server.connections();
    assert_eq!(word(&client.send_text(NUMBER, "x")), "not_sent tls");
    assert_eq!(server.connections() - before, 3);
    close(&client);
}

#[test]
fn a_script_can_give_the_second_request_another_answer() {
    let server = serve(Script::after_good(1, Fault::close_unanswered()));
    let client = client(&server);
    assert_eq!(word(&client.send_text(NUMBER, "x")), "accepted");
    assert_eq!(word(&client.send_text(NUMBER, "x")), "outcome_unknown connection_lost");
    assert_eq!(server.complete_bodies(), 2);
}
