//! A panic in the middle of a send: the error has the outcome of the message, and the client keeps working.

#![allow(clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use linkwa::{Client, Config, Error, Outcome, SendOptions, SendResult, Text};
use linkwa_faults::refused_port;
use linkwa_sandbox::{Options, Sandbox};

/// Whether the logger panics. It is called at the end of an attempt.
static ARMED: AtomicBool = AtomicBool::new(false);

struct Panicking;

impl log::Log for Panicking {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "linkwa"
    }

    fn log(&self, record: &log::Record<'_>) {
        assert!(!(self.enabled(record.metadata()) && ARMED.swap(false, Ordering::SeqCst)), "armed");
    }

    fn flush(&self) {}
}

/// Runs one test at a time, and installs the logger that panics.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Panicking).expect("the only logger");
        log::set_max_level(log::LevelFilter::Debug);
    });
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn client(base_url: String) -> Client {
    Client::new(Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000"))
        .expect("a client")
}

/// Sends in every way; the logger panics once in each.
fn send_armed(client: &Client) -> Vec<Result<SendResult, Error>> {
    let (to, options) = ("+46000000001", SendOptions::new().ref_id("r-17"));
    let arm = || ARMED.store(true, Ordering::SeqCst);
    arm();
    let blocking = client.send(to, Text::new("Hello"), &options);
    arm();
    let waited = client.submit(to, Text::new("Hello"), &options).expect("room").wait();
    arm();
    let (sender, receiver) = channel();
    let on_done = move |result| sender.send(result).expect("a receiver");
    client.submit_with(to, Text::new("Hello"), &options, on_done).expect("room");
    let called_back = receiver.recv_timeout(Duration::from_secs(30)).expect("it is told");
    assert!(!ARMED.load(Ordering::SeqCst), "every send wrote a line");
    vec![blocking, waited, called_back]
}

#[test]
fn a_logger_that_panics_does_not_change_the_outcome() {
    let _alone = alone();
    let sandbox = Sandbox::start(Options::new().credentials("user", "secret")).expect("a gateway");
    let client = client(sandbox.base_url());
    for result in send_armed(&client) {
        assert_eq!(result.expect("accepted").ref_id(), "r-17");
    }
    assert_eq!(sandbox.requests().len(), 3);
}

#[test]
fn a_logger_that_panics_between_attempts_is_an_internal_error_with_the_outcome() {
    let _alone = alone();
    let refused = refused_port().expect("a port");
    let client = client(format!("http://{}", refused.address()));
    for result in send_armed(&client) {
        let error = result.expect_err("a panic");
        assert_eq!(error.code().as_str(), "internal");
        assert_eq!((error.outcome(), error.ref_id()), (Some(Outcome::NotSent), Some("r-17")));
    }
    let error = client.send_text("+46000000001", "Hello").expect_err("refused");
    assert_eq!(error.code().as_str(), "not_sent", "it goes on");
}
