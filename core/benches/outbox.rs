//! What an outbox costs: `tests/with-postgres cargo bench --features outbox --bench outbox`.
//!
//! Sends with and without it, callbacks by one thread and by 16, and the memory of a million rows.

#![allow(clippy::expect_used)]

use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs, process, thread};

use linkwa::outbox::{Outbox, PostgresStore, SqliteStore, Store};
use linkwa::{Callback, Client, Config, SendOptions, Text, parse_callback};
use linkwa_faults::{Fault, FaultServer};

const SENDS: usize = 500;
const CALLBACKS: usize = 8_000;
const THREADS: usize = 16;
const ROWS: usize = 1_000_000;

fn main() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let config = Config::with_base_url(server.url(), "user", "secret").platform("p", "pp").source("+46000000000");
    let client = Client::new(config).expect("a client");
    let folder = env::temp_dir().join(format!("linkwa-bench-{}", process::id()));
    fs::create_dir_all(&folder).expect("a folder");

    let plain = rate(SENDS, || {
        for _ in 0..SENDS {
            client.send("+46000000001", Text::new("x"), &SendOptions::new()).expect("sent");
        }
    });
    println!("send, one after the other: {plain:.0} a second");
    let sqlite =
        Outbox::new(client.clone(), SqliteStore::open(folder.join("a.db")).expect("SQLite")).expect("an outbox");
    measure("SQLite", &sqlite, plain);
    if let Ok(to) = env::var("LINKWA_TEST_POSTGRES") {
        let store = PostgresStore::new(move || postgres::Client::connect(&to, postgres::NoTls));
        measure("PostgreSQL", &Outbox::new(client.clone(), store).expect("an outbox"), plain);
    }
    million(client, folder.join("b.db"));
    fs::remove_dir_all(&folder).expect("removed");
}

fn measure<S: Store + Send + Sync + 'static>(name: &str, outbox: &Outbox<S>, plain: f64) {
    outbox.create_schema().expect("tables");
    let send = |from: usize, to: usize| {
        for at in from..to {
            outbox.send(&format!("r{at}"), "+46000000001", Text::new("x"), &SendOptions::new()).expect("sent");
        }
    };
    let alone = rate(SENDS, || send(0, SENDS));
    let together = rate(SENDS * THREADS, || on_threads(|thread| send(SENDS * (thread + 1), SENDS * (thread + 2))));
    println!("{name}: send {alone:.0} a second ({:.2} of plain), on {THREADS} threads {together:.0}", alone / plain);
    let apply = |from: usize, to: usize| {
        for at in from..to {
            assert!(outbox.apply(&report(at)).expect("a reply"));
        }
    };
    let alone = rate(SENDS, || apply(0, SENDS));
    let share = CALLBACKS / THREADS;
    let together = rate(CALLBACKS, || {
        on_threads(|thread| apply(SENDS + share * thread, SENDS + share * (thread + 1)));
    });
    println!("{name}: apply {alone:.0} a second, on {THREADS} threads {together:.0}");
}

/// A million rows, enqueued in the caller's transactions.
fn million(client: Client, file: PathBuf) {
    let outbox = Outbox::new(client, SqliteStore::open(file).expect("SQLite")).expect("an outbox");
    outbox.create_schema().expect("tables");
    let before = resident();
    let took = rate(ROWS, || {
        for part in 0..ROWS / 10_000 {
            let mut connection = outbox.store().connection();
            let mut transaction = connection.transaction().expect("a transaction");
            for at in 0..10_000 {
                let ref_id = format!("{part}-{at}");
                outbox
                    .enqueue(&mut transaction, &ref_id, "+46000000001", Text::new("x"), &SendOptions::new())
                    .expect("enqueued");
            }
            transaction.commit().expect("a commit");
        }
    });
    let pending = rate(100, || (0..100).for_each(|_| assert_eq!(outbox.pending(100).expect("a list").len(), 100)));
    println!("a million rows: {took:.0} enqueued a second, {pending:.0} lists of 100 pending a second");
    println!("memory: {before} KiB before, {} KiB after", resident());
}

fn report(at: usize) -> Callback {
    parse_callback(format!(r#"{{"messageId":"m{at}","refId":"r{at}","messageIndex":0,"resultCode":112003}}"#))
        .expect("a report")
}

fn on_threads(work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for at in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(at));
        }
    });
}

fn rate(count: usize, work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    #[expect(clippy::cast_precision_loss, reason = "a count of a benchmark")]
    let count = count as f64;
    count / began.elapsed().as_secs_f64()
}

/// The memory of this process, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
