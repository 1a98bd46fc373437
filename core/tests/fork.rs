//! Forked children of a process that uses a client. A child has its own connections and threads, and does not wait for locks
//! that threads of its parent held.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use linkwa::{Client, Config, SendOptions, Text};
use linkwa_faults::{Fault, FaultServer};

const NUMBER: &str = "+46000000001";
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a function in a child and returns its exit status. Kills a child that takes too long.
fn in_child(run: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child runs our own code on its one thread and ends with `_exit`; glibc's allocator supports that.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork failed");
    if child == 0 {
        let status = run();
        // SAFETY: it does not return, and runs no destructors of the parent.
        unsafe { libc::_exit(status) }
    }
    let give_up = Instant::now() + PATIENCE;
    loop {
        let mut status = 0;
        // SAFETY: `child` is our own, and `status` is a valid place.
        if unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == child {
            return if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 };
        }
        if Instant::now() > give_up {
            // SAFETY: `child` is our own and has not been waited for.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("the child hangs");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn config(server: &FaultServer) -> Config {
    Config::with_base_url(server.url(), "user", "secret").platform("p", "pp").source("+46000000000")
}

fn options(ref_id: &str) -> SendOptions {
    SendOptions::new().ref_id(ref_id)
}

/// A child has a copy of its parent's memory, and must not make the same references from it.
#[test]
fn a_forked_child_makes_other_ref_ids_than_its_parent() {
    let mut seen = HashSet::new();
    seen.insert(linkwa::new_ref_id());
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    let status = in_child(|| {
        let mut text = String::new();
        (0..40).for_each(|_| text.push_str(&linkwa::new_ref_id()));
        i32::from(writer.write_all(text.as_bytes()).is_err())
    });
    assert_eq!(status, 0);
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("text");
    seen.extend(text.as_bytes().chunks(36).map(|ref_id| String::from_utf8_lossy(ref_id).into_owned()));
    seen.extend((0..40).map(|_| linkwa::new_ref_id()));
    assert_eq!(seen.len(), 81);
    assert!(seen.iter().all(|ref_id| ref_id.len() == 36 && ref_id.as_bytes()[14] == b'4'), "{seen:?}");
}

/// Children in different containers can have the same process id. Only the system's random bytes distinguish them, as with two
/// machines that are restored from one snapshot.
#[test]
fn children_with_the_same_process_id_make_different_ref_ids() {
    const NOT_ALLOWED: i32 = 77;
    // SAFETY: it takes no pointers; the calling process is a child with one thread.
    let unshare = |flags| unsafe { libc::unshare(flags) } == 0;
    let status = in_child(|| {
        if !unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWPID) {
            return NOT_ALLOWED;
        }
        in_child(|| {
            linkwa::new_ref_id();
            let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
            if !unshare(libc::CLONE_NEWPID) {
                return NOT_ALLOWED;
            }
            let number = std::process::id();
            let status = in_child(|| {
                let wrote = writer.write_all(linkwa::new_ref_id().as_bytes());
                i32::from(wrote.is_err() || std::process::id() != number)
            });
            drop(writer);
            let mut text = String::new();
            let read = reader.read_to_string(&mut text);
            i32::from(status != 0 || read.is_err() || text.len() != 36 || text == linkwa::new_ref_id())
        })
    });
    assert!([0, NOT_ALLOWED].contains(&status), "{status}");
}

#[test]
fn a_forked_child_sends_with_its_own_connections_and_threads() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let client = Client::new(config(&server).max_connections(4)).expect("a client");
    client.send(NUMBER, Text::new("x"), &options("parent-before")).expect("accepted");
    client
        .submit(NUMBER, Text::new("x"), &options("parent-submit"))
        .and_then(|pending| pending.wait())
        .expect("accepted");
    let status = in_child(|| {
        let blocking = client.send(NUMBER, Text::new("x"), &options("child"));
        let pending = client.submit(NUMBER, Text::new("x"), &options("child-submit"));
        let submitted = pending.and_then(|pending| pending.wait());
        client.close(PATIENCE);
        i32::from(blocking.is_err()) + 2 * i32::from(submitted.is_err())
    });
    assert_eq!(status, 0);
    // The child's use of its client does not affect the parent's.
    client.send(NUMBER, Text::new("x"), &options("parent-after")).expect("accepted");
    let connection: HashMap<_, _> =
        server.requests().iter().map(|request| (request.ref_id().expect("a body"), request.connection)).collect();
    let parents: Vec<_> = ["parent-before", "parent-submit", "parent-after"].map(|ref_id| connection[ref_id]).to_vec();
    for ref_id in ["child", "child-submit"] {
        assert!(!parents.contains(&connection[ref_id]), "{ref_id} came on a connection of the parent's");
    }
    assert!(parents[..2].contains(&parents[2]), "the parent's connection is still good");

    // A child can neither cancel its parent's send nor wait for it.
    server.set_script(vec![Fault::stall_unanswered(), Fault::good()]);
    let one = Client::new(config(&server).max_connections(1)).expect("a client");
    let first = one.submit(NUMBER, Text::new("x"), &options("first")).expect("room");
    assert!(server.wait_for(PATIENCE, |log| log.requests().last().is_some_and(|request| request.stalled)));
    let queued = one.submit(NUMBER, Text::new("x"), &options("queued")).expect("room");
    let status = in_child(|| {
        queued.cancel();
        let words = [queued.result(), first.wait_timeout(PATIENCE), Some(queued.wait())]
            .map(|result| result.and_then(Result::err).map(|error| error.code().as_str()));
        i32::from(words != [Some("outcome_unknown"); 3])
    });
    assert_eq!(status, 0);
    assert!(queued.result().is_none());
    server.release();
    queued.wait().expect("the parent's send is not cancelled");
    one.close(PATIENCE);

    // Forks children while every lock is in use.
    let stop = AtomicBool::new(false);
    let accepted: usize = std::thread::scope(|scope| {
        for thread in 0..4 {
            let (client, stop) = (&client, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let sent = if thread % 2 == 0 {
                        client.send_text(NUMBER, "x")
                    } else {
                        client.submit(NUMBER, Text::new("x"), &SendOptions::new()).and_then(|pending| pending.wait())
                    };
                    sent.expect("accepted");
                }
            });
        }
        let statuses = (0..40).map(|round| {
            in_child(|| {
                let blocking = client.send(NUMBER, Text::new("x"), &options(&format!("fork-{round}")));
                let pending = client.submit(NUMBER, Text::new("x"), &SendOptions::new());
                i32::from(blocking.is_err() || pending.and_then(|pending| pending.wait()).is_err())
            })
        });
        let accepted = statuses.filter(|status| *status == 0).count();
        stop.store(true, Ordering::Relaxed);
        accepted
    });
    assert_eq!(accepted, 40);
}
