//! Guarantees for the host process: this library does not use the descriptors of the standard streams, even if they are closed,
//! and the host's signal handlers do not run on threads of this library.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use linkwa::{Client, Config, SendOptions, Text};
use linkwa_faults::{CertificateKind, Fault, FaultProxy, FaultServer, ProxyFault};

const NUMBER: &str = "+46000000001";
const PATIENCE: Duration = Duration::from_secs(60);
const GATEWAY: &str = "LINKWA_TEST_GATEWAY";

fn config(base_url: &str) -> Config {
    Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000")
}

#[test]
fn no_socket_gets_the_descriptor_of_a_closed_standard_stream() {
    if let Ok(given) = env::var(GATEWAY) {
        std::process::exit(send_without_standard_streams(&given));
    }
    let plain = FaultServer::start(Fault::good()).expect("a server");
    let tls = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
    let http = FaultProxy::start_http(ProxyFault::tunnel()).expect("a proxy");
    let socks = FaultProxy::start_socks5(ProxyFault::tunnel()).expect("a proxy");
    for server in [&plain, &tls] {
        for proxy in [String::new(), http.url(), socks.url()] {
            let ca_file = server.ca_file().map_or(String::new(), |path| path.display().to_string());
            let before = server.complete_bodies();
            let name = "no_socket_gets_the_descriptor_of_a_closed_standard_stream";
            let status = Command::new(env::current_exe().expect("a path"))
                .args(["--exact", name, "--test-threads=1"])
                .env(GATEWAY, format!("{} {proxy} {ca_file}", server.url()))
                .status()
                .expect("a child");
            assert_eq!((status.code(), server.complete_bodies() - before), (Some(0), 2), "{} {proxy}", server.url());
        }
    }
}

/// Runs in the child. Returns its exit status: 1 if a send was not accepted, 2 if a standard stream is open.
fn send_without_standard_streams(given: &str) -> i32 {
    let [url, proxy, ca_file] = given.split(' ').collect::<Vec<_>>()[..] else { return 3 };
    for descriptor in 0..3 {
        // SAFETY: the descriptors belong to this process, which prints nothing from here on.
        unsafe { libc::close(descriptor) };
    }
    let mut config = config(url);
    if !proxy.is_empty() {
        config = config.proxy(proxy);
    }
    if !ca_file.is_empty() {
        config = config.ca_file(ca_file);
    }
    let Ok(client) = Client::new(config) else { return 1 };
    let blocking = client.send_text(NUMBER, "x");
    // The first send's connection is open. This one is sent on a worker.
    let Ok(pending) = client.submit(NUMBER, Text::new("x"), &SendOptions::new()) else { return 1 };
    let submitted = pending.wait_timeout(PATIENCE);
    if blocking.is_err() || submitted.is_none_or(|result| result.is_err()) {
        return 1;
    }
    // SAFETY: it changes nothing.
    let is_open = |descriptor| unsafe { libc::fcntl(descriptor, libc::F_GETFD) } != -1;
    if (0..3).any(is_open) { 2 } else { 0 }
}

/// The signals that each of this library's threads blocks, by the thread's name.
fn blocked() -> BTreeMap<String, u64> {
    let tasks = fs::read_dir("/proc/self/task").expect("the threads of this process");
    let of_task = |task: fs::DirEntry| {
        // The thread may have ended meanwhile.
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let mask = u64::from_str_radix(field("SigBlk:")?, 16).ok()?;
        Some((field("Name:")?.to_owned(), mask))
    };
    let found = tasks.filter_map(|task| of_task(task.ok()?));
    found.filter(|(name, _)| name.starts_with("linkwa-") && !name.starts_with("linkwa-faults")).collect()
}

#[test]
fn every_thread_blocks_signals() {
    let stalling = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let client = Client::new(config(&stalling.url()).max_connections(1)).expect("a client");
    let busy = client.submit(NUMBER, Text::new("x"), &SendOptions::new()).expect("room");
    let (sender, receiver) = channel();
    // The only worker is busy, so the timer settles this send at its deadline. Its callback runs on a separate thread and waits here.
    let (go_on, wait) = channel::<()>();
    let options = SendOptions::new().timeout(Duration::from_millis(100));
    let on_done = move |_| {
        let _ = sender.send(());
        let _ = wait.recv();
    };
    client.submit_with(NUMBER, Text::new("x"), &options, on_done).expect("room");
    receiver.recv_timeout(PATIENCE).expect("a callback");
    let mut found = blocked();

    // A name lookup of the system ends by itself.
    let give_up = Instant::now() + PATIENCE;
    for attempt in 0.. {
        if found.contains_key("linkwa-lookup") {
            break;
        }
        assert!(Instant::now() < give_up, "no look-up was seen");
        let unknown = Client::new(config(&format!("https://host-{attempt}.invalid"))).expect("a client");
        let options = SendOptions::new().timeout(Duration::from_secs(1));
        let pending = unknown.submit(NUMBER, Text::new("x"), &options).expect("room");
        while pending.wait_timeout(Duration::ZERO).is_none() && !found.contains_key("linkwa-lookup") {
            found.extend(blocked());
            thread::yield_now();
        }
    }
    go_on.send(()).expect("a callback");
    busy.cancel();

    let names: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["linkwa-callback", "linkwa-lookup", "linkwa-timer", "linkwa-worker"]);
    // Every signal, except those that a fault of the thread itself raises.
    for (name, mask) in &found {
        for signal in 1..=libc::SIGRTMAX() {
            let is_fault = [libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGSEGV, libc::SIGSYS, libc::SIGTRAP]
                .contains(&signal);
            // The C library uses the first real-time signals itself.
            let is_free = matches!(signal, libc::SIGKILL | libc::SIGSTOP | 32..34) || is_fault;
            assert!(is_free || mask >> (signal - 1) & 1 == 1, "{name}: {signal}");
        }
    }
}
