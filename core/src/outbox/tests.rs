//! The scripts on a real SQLite.

use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::{Answer, Dialect, Recorded, Reply, Script, Scripts, SendStatus, State, Value};
use crate::{Callback, Error, Outcome, Reason, Status, Text, parse_callback};

const TO: &str = "+46000000001";
const ACCEPTED: &str = r#"{"result":{"refId":"r","result_code":112001,"messageIds":["m"],"attempts":1}}"#;
const UNKNOWN: &str = r#"{"error":{"code":"outcome_unknown","outcome":"unknown","reason":"connection_lost"}}"#;
const NOT_SENT: &str = r#"{"error":{"code":"not_sent","outcome":"not_sent","reason":"connect"}}"#;
const REJECTED: &str =
    r#"{"error":{"code":"rejected","outcome":"rejected","http_status":400,"resultCode":112402,"description":"no"}}"#;

struct Store {
    scripts: Scripts,
    connection: Connection,
}

impl Store {
    fn new() -> Self {
        let scripts = Scripts::new(Dialect::Sqlite, "linkwa_").expect("a prefix");
        let store = Self { scripts, connection: Connection::open_in_memory().expect("SQLite") };
        assert!(matches!(store.run(store.scripts.create_schema()), Ok(Reply::Done)));
        store
    }

    fn run(&self, script: Script) -> Result<Reply, Error> {
        let transaction = self.connection.unchecked_transaction().expect("a transaction");
        let reply = Self::run_in(&transaction, script)?;
        transaction.commit().expect("a commit");
        Ok(reply)
    }

    /// Runs a script in a transaction that cannot be committed.
    fn roll_back(&self, script: Script) {
        let transaction = self.connection.unchecked_transaction().expect("a transaction");
        Self::run_in(&transaction, script).expect("a reply");
    }

    fn run_in(transaction: &Connection, mut script: Script) -> Result<Reply, Error> {
        while let Some(statement) = script.statement() {
            let mut prepared =
                transaction.prepare(&statement.sql).unwrap_or_else(|error| panic!("{}: {error}", statement.sql));
            let values = params_from_iter(statement.parameters.iter().map(|value| match value {
                Value::Null => rusqlite::types::Value::Null,
                Value::Integer(number) => (*number).into(),
                Value::Text(text) => text.clone().into(),
            }));
            let answer = if statement.returns_rows {
                let columns = prepared.column_count();
                let mut rows = prepared.query(values).expect("a query");
                let mut all = Vec::new();
                while let Some(row) = rows.next().expect("a row") {
                    let value = |at| match row.get_ref(at).expect("a column") {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(number) => Value::Integer(number),
                        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                        other => panic!("{other:?}"),
                    };
                    all.push((0..columns).map(value).collect());
                }
                Answer { rows: all, changed: 0 }
            } else {
                Answer { rows: Vec::new(), changed: prepared.execute(values).expect("a change") as u64 }
            };
            script = script.answer(answer)?;
        }
        Ok(script.reply().expect("the end"))
    }

    /// `Ok(Some(attempt))` if it may begin, `Ok(None)` if it was accepted.
    fn send(&self, ref_id: &str, text: &str) -> Result<Option<i64>, Error> {
        match self.run(self.scripts.send(&request(ref_id, text))?)? {
            Reply::Send { attempt, request: None } => Ok(Some(attempt)),
            Reply::Repeat(sent) => {
                assert!(sent.is_repeat());
                assert_eq!(sent.ref_id(), ref_id);
                Ok(None)
            }
            other => panic!("{other:?}"),
        }
    }

    fn record(&self, ref_id: &str, attempt: i64, outcome: &str) {
        let outcome = Recorded::from_json(outcome).expect("an outcome");
        assert!(matches!(self.run(self.scripts.record(ref_id, attempt, outcome)), Ok(Reply::Done)));
    }

    fn status(&self, ref_id: &str) -> SendStatus {
        match self.run(self.scripts.status(ref_id)) {
            Ok(Reply::Status(Some(status))) => *status,
            other => panic!("{other:?}"),
        }
    }

    fn apply(&self, json: &str) -> Reply {
        self.run(self.scripts.apply(&callback(json))).expect("applied")
    }
}

fn request(ref_id: &str, text: &str) -> Vec<u8> {
    let options = crate::SendOptions::new().source("+46000000000").ref_id(ref_id);
    let request = crate::MessageRequest::new(TO, Text::new(text)).platform("p", "pp").options(&options);
    request.to_json().expect("valid")
}

fn callback(json: &str) -> Callback {
    parse_callback(json).expect("a callback")
}

fn report(ref_id: &str, message_id: &str, code: i64) -> String {
    format!(
        r#"{{"messageId":"{message_id}","refId":"{ref_id}","messageIndex":0,"resultCode":{code},"timestamp":"2020-03-21T17:41:58Z"}}"#
    )
}

fn code_of(error: &Error) -> (&'static str, Option<Reason>) {
    (error.code().as_str(), error.reason())
}

#[test]
fn a_send_is_sent_once_whatever_its_outcome() {
    let store = Store::new();
    for (outcome, state, again) in [
        (ACCEPTED, State::Accepted, Ok(None)),
        (UNKNOWN, State::Unknown, Err(("outcome_unknown", Some(Reason::InDoubt)))),
        (NOT_SENT, State::NotSent, Ok(Some(2))),
        (REJECTED, State::Rejected, Err(("rejected", None))),
    ] {
        let ref_id = state.as_str();
        assert_eq!(store.send(ref_id, "Hello").expect("the first"), Some(1));
        let second = store.send(ref_id, "Hello").expect_err("under way");
        assert_eq!(code_of(&second), ("outcome_unknown", Some(Reason::InDoubt)));
        assert_eq!(second.ref_id(), Some(ref_id));
        store.record(ref_id, 1, outcome);
        assert_eq!(store.status(ref_id).state, state);
        assert_eq!(store.send(ref_id, "Hello").map_err(|error| code_of(&error)), again, "{ref_id}");
    }
    let status = store.status("rejected");
    let error = status.error.expect("an error");
    assert_eq!((error.http_status(), error.result_code().map(crate::ResultCode::number)), (Some(400), Some(112_402)));
    assert_eq!(error.outcome(), Some(Outcome::Rejected));
    assert_eq!(store.status("accepted").result.expect("a result").message_ids(), ["m"]);
}

#[test]
fn a_gateway_that_is_busy_is_asked_again() {
    let store = Store::new();
    assert_eq!(store.send("r", "Hello").expect("the first"), Some(1));
    store.record("r", 1, r#"{"error":{"code":"rejected","outcome":"rejected","httpStatus":429,"retryAfter":2.5}}"#);
    let status = store.status("r");
    assert_eq!(status.state, State::NotSent);
    assert_eq!(status.error.and_then(|error| error.retry_after()), Some(Duration::from_millis(2500)));
    assert_eq!(store.send("r", "Hello").expect("again"), Some(2));
}

#[test]
fn what_was_refused_to_the_account_is_sent_again() {
    let store = Store::new();
    for (ref_id, status) in [("a", 401), ("b", 403)] {
        assert_eq!(store.send(ref_id, "Hello").expect("the first"), Some(1));
        let refused = format!(r#"{{"error":{{"code":"rejected","outcome":"rejected","httpStatus":{status}}}}}"#);
        store.record(ref_id, 1, &refused);
        assert_eq!(store.status(ref_id).state, State::NotSent);
        assert_eq!(store.send(ref_id, "Hello").expect("again"), Some(2));
    }
}

#[test]
fn another_request_with_the_same_ref_id_is_refused() {
    let store = Store::new();
    assert_eq!(store.send("r", "Hello").expect("the first"), Some(1));
    let error = store.send("r", "Goodbye").expect_err("another text");
    assert_eq!(error.code().as_str(), "invalid_request");
    assert_eq!((error.findings()[0].path(), error.findings()[0].code().as_str()), ("refId", "not_allowed"));
    assert!(store.run(store.scripts.enqueue(&request("r", "Goodbye")).expect("valid")).is_err());
}

#[test]
fn the_result_of_an_earlier_attempt_counts_only_if_it_was_accepted() {
    let store = Store::new();
    assert_eq!(store.send("r", "Hello").expect("the first"), Some(1));
    assert!(store.run(store.scripts.settle("r", false)).is_ok());
    assert_eq!(store.send("r", "Hello").expect("the second"), Some(2));
    store.record("r", 1, NOT_SENT);
    assert_eq!(store.status("r").state, State::Sending);
    store.record("r", 1, ACCEPTED);
    assert_eq!(store.status("r").state, State::Accepted);
    store.record("r", 2, UNKNOWN);
    assert_eq!(store.status("r").state, State::Accepted);
}

#[test]
fn what_is_queued_is_sent_once() {
    let store = Store::new();
    let json = request("r", "Hello");
    let enqueue = || store.run(store.scripts.enqueue(&json).expect("valid"));
    assert!(matches!(enqueue(), Ok(Reply::New)));
    assert!(matches!(enqueue(), Ok(Reply::Seen)));
    let pending = || match store.run(store.scripts.pending(10)) {
        Ok(Reply::RefIds(ids)) => ids,
        other => panic!("{other:?}"),
    };
    assert_eq!(pending(), ["r"]);
    let stored = match store.run(store.scripts.send_pending("r")) {
        Ok(Reply::Send { attempt: 1, request: Some(request) }) => request,
        other => panic!("{other:?}"),
    };
    assert_eq!(stored.as_bytes(), json);
    assert_eq!(pending(), [""; 0]);
    assert!(store.run(store.scripts.send_pending("r")).is_err());
    store.record("r", 1, NOT_SENT);
    assert_eq!(pending(), ["r"]);
    assert!(matches!(store.run(store.scripts.send_pending("r")), Ok(Reply::Send { attempt: 2, .. })));
    store.record("r", 2, ACCEPTED);
    assert!(matches!(store.run(store.scripts.send_pending("r")), Ok(Reply::Repeat(_))));
    assert!(store.run(store.scripts.send_pending("nothing")).is_err());
}

#[test]
fn an_invalid_request_is_recorded_and_can_be_corrected() {
    let store = Store::new();
    let finding = r#"{"path":"destinations[0]","code":"invalid_msisdn","message":"x","severity":"error"}"#;
    let outcome = format!(r#"{{"error":{{"code":"invalid_request","findings":[{finding}]}}}}"#);
    let outcome = Recorded::from_json(&outcome).expect("an outcome");
    assert!(store.run(store.scripts.record_invalid("r", &outcome)).is_ok());
    let status = store.status("r");
    assert_eq!(status.state, State::Invalid);
    assert_eq!(status.error.expect("an error").findings()[0].path(), "destinations[0]");
    assert_eq!(store.send("r", "Hello").expect("corrected"), Some(1));

    assert!(store.run(store.scripts.record_invalid("q", &outcome)).is_ok());
    let enqueue = |text| store.run(store.scripts.enqueue(&request("q", text)).expect("valid"));
    assert!(matches!(enqueue("Hello"), Ok(Reply::New)));
    assert!(matches!(enqueue("Hello"), Ok(Reply::Seen)));
    assert!(enqueue("Goodbye").is_err());
    assert!(matches!(store.run(store.scripts.send_pending("q")), Ok(Reply::Send { request: Some(_), .. })));
}

#[test]
fn a_report_settles_what_is_in_doubt() {
    let store = Store::new();
    for (name, message_id, code, state) in [
        ("delivered", "m1", 112_003, State::Accepted),
        ("failed later", "m2", 112_403, State::Accepted),
        ("failed as a whole", "", 112_402, State::Rejected),
        ("no proof", "", 112_999, State::Unknown),
    ] {
        assert_eq!(store.send(name, "Hello").expect("the first"), Some(1));
        store.record(name, 1, UNKNOWN);
        let kind = if message_id.is_empty() { r#","messageType":"request"}"# } else { "}" };
        let json = report(name, message_id, code).replace('}', kind);
        assert!(matches!(store.apply(&json), Reply::New));
        assert_eq!(store.status(name).state, state, "{name}");
        assert!(matches!(store.apply(&json), Reply::Seen));
    }
    assert_eq!(store.status("failed later").messages[0].status(), Status::Failed);
    let rejected = store.send("failed as a whole", "Hello").expect_err("rejected");
    assert_eq!(rejected.result_code().map(crate::ResultCode::number), Some(112_402));
}

#[test]
fn a_report_that_comes_before_the_answer_stays() {
    let store = Store::new();
    assert_eq!(store.send("r", "Hello").expect("the first"), Some(1));
    store.apply(&report("r", "m", 112_003));
    store.record("r", 1, UNKNOWN);
    assert_eq!(store.status("r").state, State::Accepted);
    store.record("r", 1, ACCEPTED);
    assert_eq!(store.status("r").result.expect("a result").result_code().number(), 112_001);
}

#[test]
fn states_do_not_depend_on_the_order_of_reports() {
    let codes = [112_001, 112_002, 112_003, 112_007];
    let mut texts = Vec::new();
    for turn in 0..codes.len() {
        let store = Store::new();
        store.send("r", "Hello").expect("the first");
        for at in 0..codes.len() {
            store.apply(&report("r", "m", codes[(at + turn) % codes.len()]));
        }
        let status = store.status("r");
        assert_eq!(status.messages.len(), 1);
        texts.push(status.messages[0].to_json());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    let state = crate::MessageState::from_json(&texts[0]).expect("a state");
    assert_eq!((state.status(), state.ref_id()), (Status::Read, Some("r")));
}

#[test]
fn a_claim_keeps_other_handlers_away_until_it_ends() {
    let store = Store::new();
    let callback = callback(&report("r", "m", 112_003));
    let claim = |lease| store.run(store.scripts.claim(&callback, lease)).expect("a reply");
    let minute = Duration::from_secs(60);
    assert!(matches!(claim(minute), Reply::New));
    assert!(matches!(claim(minute), Reply::Busy));
    assert!(matches!(store.run(store.scripts.release(&callback)), Ok(Reply::Done)));
    assert!(matches!(claim(Duration::ZERO), Reply::New));
    assert!(matches!(claim(minute), Reply::New), "the lease is over");
    assert!(matches!(store.run(store.scripts.apply(&callback)), Ok(Reply::New)));
    assert!(matches!(claim(minute), Reply::Seen));
    assert!(matches!(store.run(store.scripts.release(&callback)), Ok(Reply::Done)));
    assert!(matches!(store.run(store.scripts.apply(&callback)), Ok(Reply::Seen)));
}

#[test]
fn a_claim_that_was_made_after_the_end_of_another_is_not_released_with_it() {
    let store = Store::new();
    let later = Scripts::new(Dialect::Sqlite, "linkwa_").expect("a prefix");
    let callback = callback(&report("r", "m", 112_003));
    let minute = Duration::from_secs(60);
    assert!(matches!(store.run(store.scripts.claim(&callback, Duration::ZERO)), Ok(Reply::New)));
    assert!(matches!(store.run(later.claim(&callback, minute)), Ok(Reply::New)));
    // The database failed at the commit.
    store.roll_back(store.scripts.apply(&callback));
    assert!(matches!(store.run(store.scripts.release(&callback)), Ok(Reply::Done)));
    assert!(matches!(store.run(store.scripts.claim(&callback, minute)), Ok(Reply::Busy)));
    assert!(matches!(store.run(later.release(&callback)), Ok(Reply::Done)));
    assert!(matches!(store.run(store.scripts.claim(&callback, minute)), Ok(Reply::New)));
}

#[test]
fn a_user_has_a_care_window_under_each_name() {
    let store = Store::new();
    let window = |user: &str, business| match store.run(store.scripts.window(user, business)) {
        Ok(Reply::Window(window)) => window,
        other => panic!("{other:?}"),
    };
    assert_eq!(window(TO, None), None);
    let at = time::OffsetDateTime::now_utc().format(&time::format_description::well_known::Rfc3339).expect("a time");
    let message = |id: &str, at: &str| {
        format!(
            r#"{{"messageId":"{id}","source":"{TO}","destination":"+46000000000","timestamp":"{at}","content":{{}},"customParameters":{{"whatsappUserId":"SE.A1"}}}}"#
        )
    };
    store.apply(&message("late", &at));
    let open = window(TO, None).expect("a window");
    assert!(open.is_open());
    store.apply(&message("early", "2020-03-21T17:41:58Z"));
    for (user, business) in [("46000000001", Some("46000000000")), ("SE.A1", None), (TO, Some("+46000000000"))] {
        assert_eq!(window(user, business), Some(open), "{user}");
    }
    assert_eq!(window(TO, Some("+46000000009")), None);
}

#[test]
fn people_see_and_settle_what_is_in_doubt() {
    let store = Store::new();
    let in_doubt = |older_than| match store.run(store.scripts.in_doubt(older_than, 10)) {
        Ok(Reply::Statuses(found)) => found.into_iter().map(|status| status.ref_id).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    for (ref_id, outcome) in [("a", UNKNOWN), ("b", ACCEPTED), ("c", REJECTED)] {
        store.send(ref_id, "Hello").expect("the first");
        store.record(ref_id, 1, outcome);
    }
    store.send("d", "Hello").expect("the first");
    assert_eq!(in_doubt(Duration::ZERO), ["a", "d"]);
    assert_eq!(in_doubt(Duration::from_secs(60)), [""; 0]);
    let settle = |ref_id, accepted| store.run(store.scripts.settle(ref_id, accepted));
    assert!(settle("a", true).is_ok());
    assert_eq!(store.send("a", "Hello").expect("accepted"), None);
    assert!(settle("c", false).is_ok());
    assert_eq!(store.send("c", "Hello").expect("not sent"), Some(2));
    for ref_id in ["b", "nothing"] {
        assert_eq!(settle(ref_id, false).expect_err("not in doubt").code().as_str(), "invalid_request");
    }
    store.record("c", 2, UNKNOWN);
    let mut open = in_doubt(Duration::ZERO);
    open.sort();
    assert_eq!(open, ["c", "d"]);
}

#[test]
fn pruning_leaves_what_is_open() {
    let store = Store::new();
    for (ref_id, outcome) in [("a", UNKNOWN), ("b", ACCEPTED), ("c", REJECTED), ("d", NOT_SENT)] {
        store.send(ref_id, "Hello").expect("the first");
        store.record(ref_id, 1, outcome);
    }
    store.apply(&report("b", "m", 112_003));
    let prune = |older_than| match store.run(store.scripts.prune(older_than)) {
        Ok(Reply::Count(count)) => count,
        other => panic!("{other:?}"),
    };
    assert_eq!(prune(Duration::from_secs(60)), 0);
    assert_eq!(store.status("b").messages.len(), 1);
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(prune(Duration::ZERO), 2);
    assert_eq!((store.status("a").state, store.status("d").state), (State::Unknown, State::NotSent));
    assert!(matches!(store.run(store.scripts.status("b")), Ok(Reply::Status(None))));
    assert!(matches!(store.apply(&report("b", "m", 112_003)), Reply::New), "callbacks are forgotten too");
}

#[test]
fn tables_of_another_version_are_refused() {
    let store = Store::new();
    assert!(store.run(store.scripts.create_schema()).is_ok(), "a second time");
    store.connection.execute("UPDATE linkwa_schema SET version = 2", []).expect("a change");
    assert_eq!(store.run(store.scripts.create_schema()).expect_err("newer").code().as_str(), "invalid_config");
}

#[test]
fn a_prefix_is_a_name() {
    for prefix in ["linkwa_", "app.linkwa_", "_"] {
        assert!(Scripts::new(Dialect::Postgres, prefix).is_ok(), "{prefix}");
    }
    for prefix in ["", "a b", "a;", "a.b.c", "1a", "a.", "å", &"a".repeat(41)] {
        assert!(Scripts::new(Dialect::Postgres, prefix).is_err(), "{prefix}");
    }
}

#[test]
fn each_dialect_has_its_placeholders() {
    let sql = |dialect| {
        let scripts = Scripts::new(dialect, "app.w_").expect("a prefix");
        scripts.settle("r", true).statement().expect("a query").sql.clone()
    };
    assert!(sql(Dialect::Sqlite).ends_with("FROM app.w_sends WHERE ref_id = ?"));
    assert!(sql(Dialect::Postgres).ends_with("WHERE ref_id = $1 FOR UPDATE"));
    assert!(sql(Dialect::Psycopg).ends_with("WHERE ref_id = %s FOR UPDATE"));
}

#[test]
fn a_text_for_postgres_has_no_nul() {
    assert_eq!(Value::from("a\0b"), Value::Text("a\u{fffd}b".to_owned()));
}

#[test]
fn raw_messages_and_other_options_make_the_same_request_only_with_the_same_messages() {
    let store = Store::new();
    let send = |json: &str| store.run(store.scripts.send(json.as_bytes())?).map(|_| ());
    let raw = |options: &str, body: &str| {
        format!(
            r#"{{{options}"refId":"r","destinations":["{TO}"],"messages":[{{"type":"brand_new","brand_new":{body}}}]}}"#
        )
    };
    assert!(send(&raw("", r#"{"a":1,"b":2}"#)).is_ok());
    store.record("r", 1, NOT_SENT);
    assert!(send(&raw(r#""relativeValidityTime":60000,"#, r#"{"b":2,"a":1}"#)).is_ok());
    store.record("r", 2, NOT_SENT);
    assert_eq!(send(&raw("", r#"{"a":1}"#)).expect_err("another").code().as_str(), "invalid_request");
    for json in ["", "[]", r#"{"refId":""}"#, r#"{"refId":1}"#] {
        assert_eq!(send(json).expect_err("no reference").code().as_str(), "invalid_request", "{json}");
    }
}
