//! The share of the possible throughput of 64 connections to a gateway with 100 ms latency: `cargo bench --bench throughput`.

#![allow(clippy::expect_used)]

use std::time::{Duration, Instant};

use linkwa::{Client, Config, ManyOptions, SendOptions, Text};
use linkwa_faults::{Fault, FaultServer};

const CONNECTIONS: u32 = 64;
const LATENCY: Duration = Duration::from_millis(100);
const REQUESTS: u32 = 64 * 60;

fn main() {
    let server = FaultServer::start(Fault::good().after(LATENCY)).expect("a server");
    let client = || {
        let config = Config::with_base_url(server.url(), "user", "secret").platform("p", "pp").source("+46000000000");
        Client::new(config.max_connections(CONNECTIONS as usize)).expect("a client")
    };
    let ceiling = f64::from(CONNECTIONS) / LATENCY.as_secs_f64();
    println!(
        "{REQUESTS} requests, {CONNECTIONS} connections, {} ms latency: at most {ceiling:.0} a second",
        LATENCY.as_millis()
    );
    for round in 1..=3 {
        report(&format!("submit, round {round}"), ceiling, || {
            let client = client();
            let pending: Vec<_> = (0..REQUESTS)
                .map(|_| client.submit("+46000000001", Text::new("x"), &SendOptions::new()).expect("room"))
                .collect();
            pending.iter().filter(|pending| pending.wait().is_ok()).count()
        });
        report(&format!("send_many, round {round}"), ceiling, || {
            let numbers = (0..REQUESTS).map(|index| format!("+46{index:08}"));
            let options = ManyOptions::new().destinations_per_request(1);
            client().send_many(numbers, Text::new("x"), &options).filter(|chunk| chunk.result().is_ok()).count()
        });
    }
}

fn report(what: &str, ceiling: f64, run: impl FnOnce() -> usize) {
    let began = Instant::now();
    let accepted = run();
    let rate = f64::from(REQUESTS) / began.elapsed().as_secs_f64();
    assert_eq!(accepted, REQUESTS as usize, "all are accepted");
    println!("{what}: {rate:.1} a second, {:.1}% of the ceiling", 100.0 * rate / ceiling);
}
