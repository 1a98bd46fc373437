//! The outbox on real databases: SQLite in a file, and PostgreSQL where `LINKWA_TEST_POSTGRES` names one (tests/with-postgres).

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Barrier;
use std::time::Duration;
use std::{env, fs, process, thread};

use linkwa::outbox::{Claim, Outbox, PostgresStore, Progress, RunOptions, SqliteStore, State, Store};
use linkwa::{Callback, Client, Config, Error, Reason, RetryPolicy, SendOptions, StopHandle, Text, parse_callback};
use linkwa_faults::{Fault, FaultServer, Script, refused_port};
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
    fn run<S: Store + Send + Sync + 'static>(&self, outbox: &Outbox<S>, sandbox: &Sandbox);
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
        fn run<S: Store + Send + Sync + 'static>(&self, outbox: &Outbox<S>, sandbox: &Sandbox) {
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
        fn run<S: Store + Send + Sync + 'static>(&self, outbox: &Outbox<S>, sandbox: &Sandbox) {
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
        fn run<S: Store + Send + Sync + 'static>(&self, outbox: &Outbox<S>, _: &Sandbox) {
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
    assert!(error.to_string().contains("schema"));
    if let Some(store) = postgres("none_") {
        let outbox = Outbox::with_prefix(client(&sandbox.base_url()), store, "none_").expect("an outbox");
        let error = outbox.send("r", TO, Text::new("Hello"), &SendOptions::new()).expect_err("no tables");
        assert_eq!(error.reason(), Some(Reason::Store));
        assert!(error.to_string().contains("schema"));
    }
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
        fn run<S: Store + Send + Sync + 'static>(&self, outbox: &Outbox<S>, _: &Sandbox) {
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

/// An outbox in a file, with its tables.
fn sqlite_outbox(folder: &Folder, client: Client) -> Outbox<SqliteStore> {
    let outbox = Outbox::new(client, SqliteStore::open(folder.file()).expect("SQLite")).expect("an outbox");
    outbox.create_schema().expect("tables");
    outbox
}

fn items(count: usize) -> impl Iterator<Item = (String, &'static str, Text)> {
    (0..count).map(|index| (format!("r{index}"), TO, Text::new("Hello")))
}

/// An answer with `Retry-After: 1`.
fn busy() -> Fault {
    Fault::answer(b"HTTP/1.1 429 Busy\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}".to_vec())
}

fn counts(progress: Progress) -> [u64; 4] {
    [progress.sent, progress.repeated, progress.failed, progress.in_doubt]
}

#[test]
fn a_list_is_sent_once_however_often_its_run_is_started() {
    struct Lists;
    impl Test for Lists {
        fn run<S: Store + Send + Sync + 'static>(&self, outbox: &Outbox<S>, sandbox: &Sandbox) {
            let others = [("bad", "46 70"), ("refused", REFUSED), ("cut", CUT)];
            let others = others.map(|(ref_id, to)| (ref_id.to_owned(), to, Text::new("Hello")));
            let given = || items(20).chain(others.clone());
            let options = RunOptions::new().concurrency(5);
            let mut many = outbox.send_many(given(), &SendOptions::new(), &options).expect("a run");
            let mut ended: Vec<_> = many.by_ref().collect();
            assert_eq!((counts(many.progress()), many.ended_by().is_none()), ([20, 0, 2, 1], true));
            ended.sort_unstable_by_key(|entry| entry.ref_id().to_owned());
            let mut expected: Vec<_> = given().map(|(ref_id, to, _)| (ref_id, to)).collect();
            expected.sort_unstable();
            let found: Vec<_> = ended.iter().map(|entry| (entry.ref_id().to_owned(), entry.destination())).collect();
            assert_eq!(found, expected);
            assert!(ended.iter().all(|entry| !format!("{entry:?}").contains(entry.destination())));
            let bad = outbox.status("bad").expect("a reply").expect("a send");
            assert_eq!(
                (bad.state, bad.error.expect("an error").findings()[0].path()),
                (State::Invalid, "destinations[0]")
            );
            assert_eq!(sandbox.requests().len(), 22);

            let mut many = outbox.send_many(given(), &SendOptions::new(), &options).expect("a run");
            let in_doubt: Vec<_> = many.by_ref().filter(|entry| entry.result().is_err()).collect();
            assert_eq!((counts(many.progress()), in_doubt.len()), ([0, 20, 2, 1], 3));
            assert_eq!(sandbox.requests().len(), 22);
        }
    }
    on_each("lists", &Lists);
}

#[test]
fn a_run_takes_few_items_ahead_and_a_dropped_one_waits_for_what_has_begun() {
    let folder = Folder::new("ahead");
    let sandbox = Sandbox::start(Options::new()).expect("a sandbox");
    let outbox = sqlite_outbox(&folder, client(&sandbox.base_url()));
    let taken = std::cell::Cell::new(0);
    let endless = items(usize::MAX).inspect(|_| taken.set(taken.get() + 1));
    let mut many = outbox.send_many(endless, &SendOptions::new(), &RunOptions::new().concurrency(3)).expect("a run");
    for count in 1..=10 {
        assert!(many.next().expect("an entry").result().is_ok());
        assert!(taken.get() < count + 3, "{}", taken.get());
    }
    drop(many);
    let accepted = (0..taken.get()).filter(|index| {
        let status = outbox.status(&format!("r{index}")).expect("a reply");
        status.is_some_and(|status| status.state == State::Accepted)
    });
    assert_eq!(
        (accepted.count(), outbox.in_doubt(Duration::ZERO, 10).expect("a list").len()),
        (sandbox.requests().len(), 0)
    );
}

#[test]
fn a_run_that_is_stopped_begins_nothing_more_and_keeps_its_rate_until_then() {
    let folder = Folder::new("stopped");
    let sandbox = Sandbox::start(Options::new()).expect("a sandbox");
    let outbox = sqlite_outbox(&folder, client(&sandbox.base_url()));
    let options = RunOptions::new().rate(20.0);
    let began = std::time::Instant::now();
    let mut many = outbox.send_many(items(1000), &SendOptions::new(), &options).expect("a run");
    assert_eq!(many.by_ref().take(5).filter(|entry| entry.result().is_ok()).count(), 5);
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    many.stop();
    let rest = many.by_ref().count();
    assert!(rest < 16 && sandbox.requests().len() == 5 + rest, "{rest}");
    for wrong in [RunOptions::new().rate(f64::NAN), RunOptions::new().concurrency(0)] {
        let failed = outbox.send_many(items(1), &SendOptions::new(), &wrong).map(drop).expect_err("no such number");
        assert_eq!(failed.code().as_str(), "invalid_config");
        assert_eq!(outbox.run(&wrong).expect_err("no such number").code().as_str(), "invalid_config");
    }
}

#[test]
fn a_refused_account_ends_a_run_and_a_busy_gateway_does_not() {
    let folder = Folder::new("refused");
    let server = FaultServer::start(vec![busy(), Fault::good()]).expect("a server");
    let outbox = sqlite_outbox(&folder, client(&server.url()));
    let one = RunOptions::new().concurrency(1);
    let mut many = outbox.send_many(items(2), &SendOptions::new(), &one).expect("a run");
    assert!(many.by_ref().all(|entry| entry.result().is_ok()));
    assert_eq!((many.progress().sent, server.complete_bodies()), (2, 3));
    assert_eq!(outbox.status("r0").expect("a reply").expect("a send").attempts, 2);

    server.set_script(Fault::answer(b"HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\n{}".to_vec()));
    let mut many = outbox.send_many(items(10), &SendOptions::new(), &one).expect("a run");
    let statuses: Vec<_> = many.by_ref().map(|entry| entry.result().map(drop).map_err(Error::http_status)).collect();
    assert_eq!(statuses, [Ok(()), Ok(()), Err(Some(401))]);
    assert_eq!(many.ended_by().and_then(Error::http_status), Some(401));
    assert_eq!(server.complete_bodies(), 4);
}

fn enqueue<S: Store>(outbox: &Outbox<S>, transaction: &mut dyn linkwa::outbox::Transaction, count: usize) {
    for index in 0..count {
        let ref_id = format!("r{index}");
        outbox.enqueue(transaction, &ref_id, TO, Text::new("Hello"), &SendOptions::new()).expect("enqueued");
    }
}

/// Runs an outbox until the condition holds.
fn run_until<S: Store + Send + Sync + 'static>(
    outbox: &Outbox<S>,
    options: RunOptions,
    condition: impl Fn() -> bool,
) -> Result<(), Error> {
    let stop_handle = StopHandle::new();
    let options = options.poll(Duration::from_millis(10)).stop_handle(stop_handle.clone());
    thread::scope(|scope| {
        let run = scope.spawn(|| outbox.run(&options));
        while !run.is_finished() && !condition() {
            thread::sleep(Duration::from_millis(5));
        }
        stop_handle.stop();
        run.join().expect("no panic")
    })
}

#[test]
fn a_run_sends_what_waits_and_a_slow_send_holds_up_no_other() {
    let folder = Folder::new("window");
    // The first request gets no answer.
    let script = Script::new(|turn| if turn.number == 0 { Fault::stall_unanswered() } else { Fault::good() });
    let server = FaultServer::start(script).expect("a server");
    let outbox = sqlite_outbox(&folder, client(&server.url()));
    enqueue(&outbox, &mut *outbox.store().connection(), 20);
    let is_done = || {
        // All others are sent before the first one ends.
        let is_sent = server.complete_bodies() == 20 && outbox.pending(1).expect("a list").is_empty();
        if is_sent {
            server.release();
        }
        is_sent
    };
    run_until(&outbox, RunOptions::new().concurrency(2), is_done).expect("it was stopped");
    let accepted = (0..20).filter(|index| {
        let status = outbox.status(&format!("r{index}")).expect("a reply").expect("a send");
        status.state == State::Accepted
    });
    assert_eq!((accepted.count(), outbox.in_doubt(Duration::ZERO, 10).expect("a list").len()), (19, 1));
}

#[test]
fn a_run_tries_again_what_was_not_sent_and_ends_with_what_a_retry_cannot_help() {
    let folder = Folder::new("again");
    let gone = refused_port().expect("a port");
    let config = Config::with_base_url(format!("http://{}", gone.address()), "user", "secret").platform("p", "pp");
    let config = config.source("+46000000000").retry(RetryPolicy::none());
    let outbox = sqlite_outbox(&folder, Client::new(config).expect("a client"));
    enqueue(&outbox, &mut *outbox.store().connection(), 2);
    let attempts = || outbox.status("r0").expect("a reply").expect("a send").attempts;
    run_until(&outbox, RunOptions::new(), || attempts() >= 3).expect("it was stopped");
    assert_eq!(outbox.pending(10).expect("a list").len(), 2);

    let refusing = FaultServer::start(Fault::answer(b"HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\n{}".to_vec()));
    let refusing = refusing.expect("a server");
    let outbox =
        Outbox::new(client(&refusing.url()), SqliteStore::open(folder.file()).expect("SQLite")).expect("an outbox");
    let error = run_until(&outbox, RunOptions::new().concurrency(1), || false).expect_err("a refused account");
    assert_eq!((error.http_status(), refusing.complete_bodies()), (Some(403), 1));

    let closed = client(&refusing.url());
    closed.close(Duration::ZERO);
    let outbox = Outbox::new(closed, SqliteStore::open(folder.file()).expect("SQLite")).expect("an outbox");
    let error = run_until(&outbox, RunOptions::new(), || false).expect_err("a closed client");
    assert_eq!(error.reason(), Some(Reason::Closed));

    let folder = Folder::new("no-tables");
    let outbox =
        Outbox::new(client(&refusing.url()), SqliteStore::open(folder.file()).expect("SQLite")).expect("an outbox");
    let error = run_until(&outbox, RunOptions::new(), || false).expect_err("no tables");
    assert_eq!(error.reason(), Some(Reason::Store));
    let items = [("r", TO, Text::new("x"))];
    let error = outbox.send_many(items, &SendOptions::new(), &RunOptions::new()).expect_err("no tables");
    assert_eq!(error.reason(), Some(Reason::Store));
}
