//! A panic in the middle of a send: an error that says what is known, and a client that goes on.

#![allow(clippy::expect_used, clippy::panic)]

use std::sync::atomic::{AtomicBool, Ordering};

use linkwa::{Client, Config, Error, Outcome, SendOptions, Text};
use linkwa_sandbox::{Options, Sandbox};

/// Whether the logger panics. It is called when an attempt is over.
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

#[test]
fn a_panic_after_the_message_has_left_is_an_unknown_outcome() {
    log::set_logger(&Panicking).expect("the only logger");
    log::set_max_level(log::LevelFilter::Debug);
    let sandbox = Sandbox::start(Options::new().credentials("user", "secret")).expect("a gateway");
    let config = Config::with_base_url(sandbox.base_url(), "user", "secret");
    let client = Client::new(config.platform("p", "pp").source("+46000000000")).expect("a client");
    let options = SendOptions::new().ref_id("r-17");
    let blocking = || client.send("+46000000001", Text::new("Hello"), &options);
    let on_a_worker = || client.submit("+46000000001", Text::new("Hello"), &options).expect("room").wait();

    for send in [&blocking as &dyn Fn() -> Result<linkwa::SendResult, Error>, &on_a_worker] {
        ARMED.store(true, Ordering::SeqCst);
        let error = send().expect_err("a panic");
        assert_eq!(error.code().as_str(), "internal");
        assert_eq!((error.outcome(), error.ref_id()), (Some(Outcome::Unknown), Some("r-17")));
        assert!(send().is_ok(), "it goes on");
    }
}
