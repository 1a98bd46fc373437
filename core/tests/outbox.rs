//! The outbox on real databases: SQLite in a file, and PostgreSQL where `LINKWA_TEST_POSTGRES` names one (tests/with-postgres).

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Barrier;
use std::time::Duration;
use std::{env, fs, process, thread};

use linkwa::outbox::{Claim, Outbox, PostgresStore, SqliteStore, State, Store};
use linkwa::{Callback, Client, Config, Reason, SendOptions, Text, parse_callback};
use linkwa_sandbox::{Options, Sandbox};

const TO: &str = "+46000000001";
const REFUSED: &str = "+46000001400";
/// The gateway cuts its answer.
const CUT: &str = "+46000002001";

fn client(base_url: &str) -> Client {
    let config = Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000");
    Client::new(config.timeout(Duration::from_secs(20))).expect("a client")
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("linkwa-outbox-{}-{name}", process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("outbox.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A PostgreSQL without tables of this prefix.
fn postgres(prefix: &str) -> Option<PostgresStore> {
    let Ok(to) = env::var("LINKWA_TEST_POSTGRES") else {
        println!("PostgreSQL is left out: tests/with-postgres starts one.");
        return None;
    };
    let connect = move || postgres::Client::connect(&to, postgres::NoTls);
    let mut client = connect().expect("PostgreSQL");
    for table in ["schema", "sends", "messages", "callbacks", "windows"] {
        client.execute(&format!("DROP TABLE IF EXISTS {prefix}{table}"), &[]).expect("no table");
    }
    Some(PostgresStore::new(connect))
}

trait Test {
    fn run<S: Store + Sync>(&self, outbox: &Outbox<S>, sandbox: &Sandbox);
}

/// Runs a test on each database.
fn on_each(name: &str, test: &impl Test) {
    let folder = Folder::new(name);
    let sandbox = Sandbox::start(Options::new()).expect("a sandbox");
    let client = client(&sandbox.base_url());
    let outbox = Outbox::new(client.clone(), SqliteStore::open(folder.file()).expect("SQLite")).expect("an outbox");
    outbox.create_schema().expect("tables");
    test.run(&outbox, &sandbox);
    let prefix = format!("test_{name}_");
    if let Some(store) = postgres(&prefix) {
        sandbox.clear_requests();
        let outbox = Outbox::with_prefix(client, store, &prefix).expect("an outbox");
        outbox.create_schema().expect("tables");
        outbox.create_schema().expect("the same tables");
        test.run(&outbox, &sandbox);
    }
}

/// Whether the result is that of an earlier send; or the error's code and reason.
fn send<S: Store>(outbox: &Outbox<S>, ref_id: &str, to: &str) -> Result<bool, (&'static str, Option<Reason>)> {
    let sent = outbox.send(ref_id, to, Text::new("Hello"), &SendOptions::new());
    sent.map(|sent| sent.is_repeat()).map_err(|error| (error.code().as_str(), error.reason()))
}

fn callback(json: &str) -> Callback {
    parse_callback(json).expect("a callback")
}

fn report(ref_id: &str, code: i64) -> Callback {
    callback(&format!(r#"{{"messageId":"m-{ref_id}","refId":"{ref_id}","messageIndex":0,"resultCode":{code}}}"#))
}

#[test]
fn each_ref_id_is_sent_once_and_reports_settle_it() {
    struct Sends;
    impl Test for Sends {
        fn run<S: Store + Sync>(&self, outbox: &Outbox<S>, sandbox: &Sandbox) {
            assert_eq!(send(outbox, "a", TO), Ok(false));
            assert_eq!(send(outbox, "a", TO), Ok(true));
            for _ in 0..2 {
                assert_eq!(send(outbox, "b", REFUSED), Err(("rejected", None)));
            }
            assert_eq!(send(outbox, "c", CUT), Err(("outcome_unknown", Some(Reason::ConnectionLost))));
            assert_eq!(send(outbox, "c", CUT), Err(("outcome_unknown", Some(Reason::InDoubt))));
            assert_eq!(send(outbox, "a", REFUSED), Err(("invalid_request", None)));
            assert_eq!(sandbox.requests().len(), 3);

            let in_doubt = outbox.in_doubt(Duration::ZERO, 10).expect("a list");
            assert_eq!(in_doubt.iter().map(|status| &*status.ref_id).collect::<Vec<_>>(), ["c"]);
            assert!(outbox.apply(&report("c", 112_003)).expect("a reply"));
            assert!(!outbox.apply(&report("c", 112_003)).expect("a reply"));
            assert_eq!(send(outbox, "c", CUT), Ok(true));
            let status = outbox.status("c").expect("a reply").expect("a send");
            assert_eq!((status.state, status.messages.len(), status.attempts), (State::Accepted, 1, 1));
            assert!(outbox.status("nothing").expect("a reply").is_none());
            outbox.settle("b", false).expect("settled");
            assert_eq!(outbox.status("b").expect("a reply").expect("a send").state, State::NotSent);
            assert_eq!(outbox.prune(Duration::from_secs(60)).expect("a count"), 0);
        }
    }
    on_each("sends", &Sends);
}

#[test]
fn of_several_threads_with_one_ref_id_one_sends() {
    struct Threads;
    impl Test for Threads {
        fn run<S: Store + Sync>(&self, outbox: &Outbox<S>, sandbox: &Sandbox) {
            for round in 0..5 {
                sandbox.clear_requests();
                let together = Barrier::new(8);
                thread::scope(|scope| {
                    for _ in 0..8 {
                        scope.spawn(|| {
                            together.wait();
                            let sent = send(outbox, &format!("r{round}"), TO);
                            assert!(
                                matches!(sent, Ok(_) | Err(("outcome_unknown", Some(Reason::InDoubt)))),
                                "{sent:?}"
                            );
                        });
                    }
                });
                assert_eq!(sandbox.requests().len(), 1);
            }
        }
    }
    on_each("threads", &Threads);
}

#[test]
fn handlers_claim_callbacks_and_care_windows_open() {
    struct Callbacks;
    impl Test for Callbacks {
        fn run<S: Store + Sync>(&self, outbox: &Outbox<S>, _: &Sandbox) {
            let json = r#"{"messageId":"u\u0000","source":"+46000000001","destination":"+46000000000",
                "timestamp":"2020-03-21T17:41:58Z","content":{}}"#;
            let message = callback(json);
            let minute = Duration::from_secs(60);
            assert_eq!(outbox.claim(&message, minute).expect("a reply"), Claim::New);
            assert_eq!(outbox.claim(&message, minute).expect("a reply"), Claim::Busy);
            outbox.release(&message).expect("released");
            assert_eq!(outbox.claim(&message, minute).expect("a reply"), Claim::New);
            assert!(outbox.apply(&message).expect("a reply"));
            assert_eq!(outbox.claim(&message, minute).expect("a reply"), Claim::Repeat);
            let window = outbox.window(TO, None).expect("a reply").expect("a window");
            assert!(!window.is_open());
            let strange = r#"{"messageId":"a\u0000b","refId":"r\u0000","messageIndex":0,"resultCode":112003}"#;
            assert!(outbox.apply(&callback(strange)).expect("a reply"), "U+0000 harms no database");
        }
    }
    on_each("callbacks", &Callbacks);
}

#[test]
fn what_is_enqueued_goes_with_the_transaction_of_the_caller() {
    let folder = Folder::new("enqueue");
    let sandbox = Sandbox::start(Options::new()).expect("a sandbox");
    let store = SqliteStore::open(folder.file()).expect("SQLite");
    let outbox = Outbox::new(client(&sandbox.base_url()), store).expect("an outbox");
    outbox.create_schema().expect("tables");
    let enqueue = |ref_id: &str, commit: bool| {
        let mut connection = outbox.store().connection();
        let behavior = rusqlite::TransactionBehavior::Immediate;
        let mut transaction = connection.transaction_with_behavior(behavior).expect("a transaction");
        let new = outbox.enqueue(&mut transaction, ref_id, TO, Text::new("Hello"), &SendOptions::new());
        assert!(new.expect("enqueued"));
        if commit { transaction.commit().expect("a commit") } else { transaction.rollback().expect("a rollback") }
    };
    enqueue("kept", true);
    enqueue("gone", false);
    assert_eq!(outbox.pending(10).expect("a list"), ["kept"]);
    assert!(!outbox.send_pending("kept").expect("sent").is_repeat());
    assert!(outbox.send_pending("kept").expect("sent").is_repeat());
    assert!(outbox.send_pending("gone").is_err());
    assert_eq!((outbox.pending(10).expect("a list").len(), sandbox.requests().len()), (0, 1));

    if let Some(store) = postgres("test_enqueue_") {
        let outbox = Outbox::with_prefix(client(&sandbox.base_url()), store, "test_enqueue_").expect("an outbox");
        outbox.create_schema().expect("tables");
        let to = env::var("LINKWA_TEST_POSTGRES").expect("a database");
        let mut own = postgres::Client::connect(&to, postgres::NoTls).expect("a connection");
        for (ref_id, commit) in [("kept", true), ("gone", false)] {
            let mut transaction = own.transaction().expect("a transaction");
            outbox.enqueue(&mut transaction, ref_id, TO, Text::new("Hello"), &SendOptions::new()).expect("enqueued");
            if commit { transaction.commit().expect("a commit") } else { transaction.rollback().expect("a rollback") }
        }
        assert_eq!(outbox.pending(10).expect("a list"), ["kept"]);
    }
}

#[test]
fn without_its_database_nothing_is_sent() {
    let folder = Folder::new("none");
    let sandbox = Sandbox::start(Options::new()).expect("a sandbox");
    let store = SqliteStore::open(folder.file()).expect("SQLite");
    let outbox = Outbox::new(client(&sandbox.base_url()), store).expect("an outbox");
    let error = outbox.send("r", TO, Text::new("Hello"), &SendOptions::new()).expect_err("no tables");
    assert_eq!((error.code().as_str(), error.reason(), error.ref_id()), ("not_sent", Some(Reason::Store), Some("r")));
    assert_eq!(error.disposition().as_str(), "retry");
    assert!(error.source().is_some_and(|cause| cause.to_string().contains("linkwa_sends")));
    let nowhere = || postgres::Client::connect("host=/nowhere user=x", postgres::NoTls);
    let outbox = Outbox::new(client(&sandbox.base_url()), PostgresStore::new(nowhere)).expect("an outbox");
    assert_eq!(send(&outbox, "r", TO), Err(("not_sent", Some(Reason::Store))));
    assert_eq!(sandbox.requests().len(), 0);
}

#[test]
fn a_result_is_returned_though_it_cannot_be_recorded() {
    let folder = Folder::new("after");
    let sandbox = Sandbox::start(Options::new()).expect("a sandbox");
    let store = SqliteStore::open(folder.file()).expect("SQLite");
    let outbox = Outbox::new(client(&sandbox.base_url()), store).expect("an outbox");
    outbox.create_schema().expect("tables");
    let no_update = "CREATE TRIGGER broken BEFORE UPDATE ON linkwa_sends BEGIN SELECT RAISE(ABORT, 'broken'); END";
    outbox.store().connection().execute(no_update, []).expect("a trigger");
    assert_eq!(send(&outbox, "r", TO), Ok(false));
    assert_eq!(outbox.status("r").expect("a reply").expect("a send").state, State::Sending);
    assert_eq!(send(&outbox, "r", TO), Err(("outcome_unknown", Some(Reason::InDoubt))));
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn what_several_threads_do_at_once_fails_or_holds_for_each_alone() {
    struct Together;
    impl Test for Together {
        fn run<S: Store + Sync>(&self, outbox: &Outbox<S>, _: &Sandbox) {
            const THREADS: usize = 16;
            let together = Barrier::new(THREADS);
            thread::scope(|scope| {
                for at in 0..THREADS {
                    let together = &together;
                    scope.spawn(move || {
                        together.wait();
                        for round in 0..20 {
                            let name = format!("{at}-{round}");
                            assert!(outbox.apply(&report(&name, 112_003)).expect("a reply"));
                            assert!(!outbox.apply(&report(&name, 112_003)).expect("a reply"));
                            assert_eq!(
                                outbox.settle(&name, true).expect_err("no such send").code().as_str(),
                                "invalid_request"
                            );
                        }
                    });
                }
            });
        }
    }
    on_each("together", &Together);
}

#[test]
fn in_postgresql_tables_that_are_there_are_not_waited_for() {
    let prefix = "test_there_";
    let Some(store) = postgres(prefix) else { return };
    let client = client("http://127.0.0.1:1/whatsapp-message");
    Outbox::with_prefix(client.clone(), store, prefix).expect("an outbox").create_schema().expect("tables");

    let to = env::var("LINKWA_TEST_POSTGRES").expect("PostgreSQL");
    let impatient = to.clone();
    let store = PostgresStore::new(move || {
        let mut client = postgres::Client::connect(&impatient, postgres::NoTls)?;
        client.batch_execute("SET lock_timeout = 2000")?;
        Ok(client)
    });
    let mut sending = postgres::Client::connect(&to, postgres::NoTls).expect("PostgreSQL");
    let mut sending = sending.transaction().expect("a transaction");
    for table in ["sends", "messages", "callbacks"] {
        sending
            .batch_execute(&format!("LOCK TABLE {prefix}{table} IN ROW EXCLUSIVE MODE"))
            .expect("a lock, as of a change");
    }
    Outbox::with_prefix(client, store, prefix).expect("an outbox").create_schema().expect("it does not wait");
}
