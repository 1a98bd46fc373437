//! A process that cannot start more threads: sends and runs fail at once with `not_sent`, and nothing hangs.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use linkwa::{Client, Config, ManyOptions, SendOptions, Text};
use linkwa_faults::{Fault, FaultServer};

const URL: &str = "LINKWA_TEST_THREADS_URL";
const NUMBER: &str = "+46000000001";
/// The exit status of a child that the system does not limit.
const NOT_LIMITED: i32 = 77;

/// Runs in the child, as a user without other processes, so that the limit applies to this test only.
fn without_threads(url: &str) -> i32 {
    // SAFETY: both calls change only this process. They allow an unused user as many threads as there are now.
    let is_limited = unsafe {
        let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count) as libc::rlim_t;
        let limit = libc::rlimit { rlim_cur: threads, rlim_max: threads };
        libc::setuid(54_321) == 0 && libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit) == 0
    };
    if !is_limited || thread::Builder::new().spawn(|| ()).is_ok() {
        return NOT_LIMITED;
    }
    let config = Config::with_base_url(url, "user", "secret").platform("p", "pp").source("+46000000000");
    let client = Client::new(config).expect("a client");
    // A send on the caller's thread needs no other thread.
    let blocking = support::word(&client.send_text(NUMBER, "x"));
    let submitted = client.submit(NUMBER, Text::new("x"), &SendOptions::new());
    let submitted = support::word(&submitted.and_then(|pending| pending.wait()));
    let numbers = (0..50).map(|index| format!("+46{index:08}"));
    let options = ManyOptions::new().destinations_per_request(10);
    let run: Vec<_> =
        client.send_many(numbers, Text::new("x"), &options).map(|chunk| support::word(&chunk.into_result())).collect();
    client.close(Duration::from_secs(60));
    println!("outcome: {blocking}, {submitted}, {}", run.join(", "));
    0
}

#[test]
fn without_a_thread_sends_and_runs_on_workers_fail_at_once() {
    const NAME: &str = "without_a_thread_sends_and_runs_on_workers_fail_at_once";
    if let Ok(url) = env::var(URL) {
        std::process::exit(without_threads(&url));
    }
    let server = FaultServer::start(Fault::good()).expect("a server");
    let began = Instant::now();
    let output = Command::new(env::current_exe().expect("a path"))
        .args(["--exact", NAME, "--nocapture", "--test-threads=1"])
        .env(URL, server.url())
        .stderr(Stdio::inherit())
        .output()
        .expect("a child");
    if output.status.code() == Some(NOT_LIMITED) {
        eprintln!("left out: the test is not run by root, or the system does not limit threads");
        return;
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let outcome = printed.split_once("outcome: ").and_then(|(_, rest)| rest.lines().next());
    let expected = ["accepted"].into_iter().chain(["not_sent queue_full"; 6]).collect::<Vec<_>>().join(", ");
    assert_eq!(outcome, Some(&*expected), "{printed}");
    // A run that waited for a thread would take 60 s for each request.
    assert!(began.elapsed() < Duration::from_secs(45), "{:?}", began.elapsed());
    assert_eq!(server.complete_bodies(), 1);
}
