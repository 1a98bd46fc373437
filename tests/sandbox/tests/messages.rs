//! The messages that the sandbox keeps, as the page and tests read them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{AUTH, LONG, control, exchange, number, post, request, send};
use linkwa_sandbox::{CallbackEndpoint, Gate, Inbound, Options, Sandbox};
use serde_json::{Value, json};

fn with_endpoint() -> (Sandbox, CallbackEndpoint) {
    let endpoint = CallbackEndpoint::start().unwrap();
    (Sandbox::start(Options::new().default_gate(Gate::new("mine", endpoint.url()))).unwrap(), endpoint)
}

fn messages(sandbox: &Sandbox, query: &str) -> Value {
    let answer = control(sandbox, "GET", &format!("/messages?{query}"), "");
    assert_eq!(answer.status, 200, "{query}");
    answer.json()
}

fn ids(list: &Value) -> Vec<u64> {
    list["messages"].as_array().unwrap().iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

#[test]
fn a_message_has_its_request_answer_and_callbacks() {
    let (sandbox, endpoint) = with_endpoint();
    endpoint.answer_next_with([401]);
    let answer = send(&sandbox, &["0001"]);
    assert!(sandbox.wait_idle(LONG));
    let list = messages(&sandbox, "");
    assert_eq!((&list["more"], &list["total"]), (&json!(false), &json!(1)));
    let message = &list["messages"][0];
    let user = number("0001");
    for (name, expected) in [
        ("id", json!(1)),
        ("direction", json!("outbound")),
        ("conversation", json!(format!("46000000000:{}", &user[1..]))),
        ("user", json!(user)),
        ("business", json!("+46000000000")),
        ("messageId", answer.json()["messageIds"][0].clone()),
        ("messageIndex", json!(0)),
        ("refId", json!("ref-1")),
        ("type", json!("text")),
        ("content", json!({"type": "text", "text": {"body": "Hello"}})),
        ("status", json!("delivered")),
        ("resultCode", json!(112_003)),
        ("scenario", Value::Null),
        ("requestId", json!(1)),
    ] {
        assert_eq!(message[name], expected, "{name}");
    }
    assert!(message.get("request").is_none());
    let callbacks = message["callbacks"].as_array().unwrap();
    assert_eq!(callbacks.len(), 2);
    let (first, second) = (&callbacks[0], &callbacks[1]);
    assert_eq!(
        (&first["kind"], &first["gate"], &first["resultCode"]),
        (&json!("report"), &json!("mine"), &json!(112_002))
    );
    assert_eq!((&first["state"], &first["reason"]), (&json!("taken"), &Value::Null));
    let statuses: Vec<&Value> = first["attempts"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [401, 200]);
    assert_eq!(first["body"]["messageId"], message["messageId"]);
    assert_eq!(second["attempts"].as_array().unwrap().len(), 1);

    let whole = control(&sandbox, "GET", "/messages/1", "").json();
    assert_eq!(whole["request"]["path"], "/whatsapp-message/messages");
    assert_eq!(whole["request"]["body"], request(&["0001"]).to_string());
    assert_eq!(whole["answer"]["status"], 200);
    assert_eq!(whole["answer"]["resultCode"], 112_001);
    assert!(!whole.to_string().contains(AUTH));
    assert_eq!(messages(&sandbox, "details=true")["messages"][0], whole);
    assert_eq!(control(&sandbox, "GET", "/messages/2", "").status, 404);
    assert_eq!(control(&sandbox, "GET", "/messages/x", "").status, 404);
}

#[test]
fn messages_are_found_by_what_they_have() {
    let (sandbox, _endpoint) = with_endpoint();
    let mut order = request(&["0001", "3404"]);
    order["messages"] = json!([
        {"type": "text", "text": {"body": "One Äpple,\n\"red\""}},
        {"type": "location", "location": {"longitude": 1, "latitude": 2}},
    ]);
    post(&sandbox, order.to_string().as_bytes());
    order["refId"] = json!("ref-2");
    post(&sandbox, order.to_string().as_bytes());
    sandbox.inbound(Inbound::text("Thanks").source(number("0001"))).unwrap();
    assert!(sandbox.wait_idle(LONG));
    let first = number("0001");
    let bare = &first[1..];
    for (query, expected) in [
        ("", vec![1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (&*format!("to={first}"), vec![1, 2, 5, 6]),
        (&*format!("to={bare}"), vec![1, 2, 5, 6]),
        (&*format!("to=%2B{bare}&refId=ref-2"), vec![5, 6]),
        (&*format!("from={first}"), vec![9]),
        (&*format!("user={first}"), vec![1, 2, 5, 6, 9]),
        (&*format!("conversation=46000000000:{bare}"), vec![1, 2, 5, 6, 9]),
        ("to=%2B46000000000", vec![9]),
        ("status=failed", vec![3, 4, 7, 8]),
        ("status=delivered&type=location", vec![2, 6]),
        ("direction=inbound", vec![9]),
        ("search=%C3%A4pple", vec![1, 3, 5, 7]),
        ("search=%2C%0A%22RED%22", vec![1, 3, 5, 7]),
        ("search=REF-2", vec![5, 6, 7, 8]),
        ("search=body", vec![]),
        ("search=location", vec![]),
        ("search=nowhere", vec![]),
    ] {
        assert_eq!(ids(&messages(&sandbox, query)), expected, "{query}");
    }
    for (query, expected, more) in [
        ("limit=2", vec![1, 2], true),
        ("limit=2&after=2", vec![3, 4], true),
        ("limit=2&after=7", vec![8, 9], false),
        ("limit=2&newest=true", vec![8, 9], true),
        ("limit=2&newest=true&before=8", vec![6, 7], true),
        ("limit=2&newest=true&before=3", vec![1, 2], false),
        ("limit=1000&after=9", vec![], false),
    ] {
        let list = messages(&sandbox, query);
        assert_eq!((ids(&list), &list["more"]), (expected, &json!(more)), "{query}");
    }
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "status=lost",
        "direction=up",
        "wait=5",
        "wait=61s",
        "wait=xs",
        "nothing=1",
        "search=%ff",
        "to=1&to=2",
    ] {
        let answer = control(&sandbox, "GET", &format!("/messages?{query}"), "");
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.json()["error"].is_string());
    }
}

#[test]
fn a_reader_waits_for_what_it_asks_for() {
    let (sandbox, _endpoint) = with_endpoint();
    std::thread::scope(|scope| {
        let delivered = scope.spawn(|| messages(&sandbox, "wait=30s&status=delivered&refId=ref-1&count=2"));
        // Another request is answered meanwhile.
        assert_eq!(messages(&sandbox, "wait=1ms")["total"], 0);
        send(&sandbox, &["0001"]);
        send(&sandbox, &["3404"]);
        send(&sandbox, &["0002"]);
        assert_eq!(ids(&delivered.join().unwrap()), [1, 3]);
    });
    let start = Instant::now();
    assert_eq!(messages(&sandbox, "wait=50ms&count=9")["total"], 3, "what is there when the time is over");
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[test]
fn requests_that_are_not_accepted_have_a_list_of_their_own() {
    let (sandbox, _endpoint) = with_endpoint();
    let path = "/whatsapp-message/messages";
    send(&sandbox, &["0001"]);
    exchange(sandbox.address(), "POST", path, &[], b"{}");
    let mut order = request(&["0001"]);
    order["messages"][0]["text"]["body"] = json!("");
    order["priority"] = json!("URGENT");
    post(&sandbox, order.to_string().as_bytes());
    send(&sandbox, &["1500"]);
    for headers in [&[("Authorization", AUTH), ("Host", "gateway.example")][..], &[]] {
        assert_eq!(exchange(sandbox.address(), "POST", "/message", headers, b"{}").status, 404);
    }
    exchange(sandbox.address(), "GET", path, &[], b"");
    let refused = |query: &str| control(&sandbox, "GET", &format!("/refused?{query}"), "").json();
    let all = refused("");
    let all = all["requests"].as_array().unwrap();
    let reasons: Vec<&str> = all.iter().map(|request| request["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["credentials", "invalid", "scenario", "path", "method"]);
    let statuses: Vec<u64> = all.iter().map(|request| request["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [401, 400, 500, 404, 405]);
    let mut paths: Vec<&str> =
        all[1]["findings"].as_array().unwrap().iter().map(|finding| finding["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["messages[0].text.body", "priority"]);
    assert_eq!((&all[2]["refId"], &all[1]["refId"]), (&json!("ref-1"), &Value::Null));
    assert_eq!(all[2]["answer"]["resultCode"], 112_500);
    assert_eq!(refused("reason=invalid")["total"], 1);
    assert_eq!(refused("search=urgent")["total"], 1);
    assert_eq!(refused("newest=true&limit=1")["requests"][0]["reason"], "method");
    assert_eq!(messages(&sandbox, "")["total"], 1);
}

#[test]
fn conversations_have_their_last_message_and_care_window() {
    let (sandbox, _endpoint) = with_endpoint();
    send(&sandbox, &["0001"]);
    send(&sandbox, &["0002"]);
    sandbox.inbound(Inbound::text("Thanks").source(number("0001"))).unwrap();
    sandbox.inbound(Inbound::text("Hi").user_id("AT.1349")).unwrap();
    let all = control(&sandbox, "GET", "/conversations", "").json();
    let users: Vec<&str> =
        all["conversations"].as_array().unwrap().iter().map(|one| one["user"].as_str().unwrap()).collect();
    assert_eq!(users, ["AT.1349", &number("0001"), &number("0002")]);
    let one = &all["conversations"][1];
    assert_eq!((&one["messages"], &one["lastMessage"]["id"]), (&json!(2), &json!(3)));
    assert_eq!(one["careWindow"]["open"], true);
    assert!(one["careWindow"]["until"].as_str().unwrap() > one["lastMessage"]["createdAt"].as_str().unwrap());
    assert_eq!(all["conversations"][2]["careWindow"], json!({"open": false, "until": null}));
    let found = |query: &str| control(&sandbox, "GET", &format!("/conversations?{query}"), "").json();
    assert_eq!(found("search=thanks")["total"], 1);
    assert_eq!(found("search=%2B4670000")["total"], 2);
    let page = found("limit=1&offset=1");
    assert_eq!((&page["conversations"][0]["user"], &page["more"]), (&json!(number("0001")), &json!(true)));
}

#[test]
fn without_a_gate_messages_are_delivered_all_the_same() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    send(&sandbox, &["0001"]);
    let message = &messages(&sandbox, "")["messages"][0];
    assert_eq!(message["status"], "delivered");
    let callback = &message["callbacks"][0];
    assert_eq!(
        (&callback["state"], &callback["reason"], &callback["gate"]),
        (&json!("skipped"), &json!("no gate"), &Value::Null)
    );
    let status = control(&sandbox, "GET", "/status", "").json();
    assert_eq!((&status["callbacksNotTaken"]["count"], &status["defaultGate"]), (&json!(0), &Value::Null));
}

#[test]
fn callbacks_that_no_endpoint_takes_are_counted_by_reason() {
    let (sandbox, endpoint) = with_endpoint();
    endpoint.answer_with(401);
    send(&sandbox, &["3404"]);
    let mut order = request(&["3404"]);
    order["eventReportGates"] = json!(["nowhere"]);
    post(&sandbox, order.to_string().as_bytes());
    assert!(sandbox.wait_idle(LONG));
    let counted = control(&sandbox, "GET", "/status", "").json()["callbacksNotTaken"].clone();
    assert_eq!(counted, json!({"count": 2, "reasons": {"status 401": 1, "unknown gate": 1}}));
    let callback = &messages(&sandbox, "")["messages"][0]["callbacks"][0];
    assert_eq!((&callback["state"], &callback["reason"]), (&json!("failed"), &json!("status 401")));
    assert_eq!(callback["attempts"].as_array().unwrap().len(), 4);
}

#[test]
fn a_reset_is_as_after_the_start() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let options =
        Options::new().default_gate(Gate::new("mine", endpoint.url())).report_delay(Duration::from_secs(3600));
    let sandbox = Sandbox::start(options).unwrap();
    send(&sandbox, &["0001"]);
    send(&sandbox, &["1500"]);
    sandbox.inbound(Inbound::text("Hi")).unwrap();
    sandbox.set_default_gate(Gate::new("other", endpoint.url())).unwrap();
    assert_eq!(control(&sandbox, "POST", "/reset", "").status, 204);
    let status = control(&sandbox, "GET", "/status", "").json();
    for name in ["requests", "kept", "messages", "refused", "conversations", "pendingCallbacks", "droppedCallbacks"] {
        assert_eq!(status[name], 0, "{name}");
    }
    assert_eq!(status["defaultGate"], "mine");
    let gates = control(&sandbox, "GET", "/gates", "").json();
    assert_eq!(gates, json!({"gates": [{"id": "mine", "url": endpoint.url(), "default": true}]}));
    assert_eq!(messages(&sandbox, "")["total"], 0);
    assert_eq!(control(&sandbox, "GET", "/refused", "").json()["total"], 0);
    sandbox.inbound(Inbound::text("Hi")).unwrap();
    let conversation = &control(&sandbox, "GET", "/conversations", "").json()["conversations"][0];
    assert_eq!(conversation["messages"], 1);
    assert_eq!(messages(&sandbox, "")["messages"][0]["id"], 3, "ids go on");
}

#[test]
fn the_messages_that_are_kept_are_bounded() {
    let sandbox = Sandbox::start(Options::new().keep(10)).unwrap();
    for _ in 0..30 {
        send(&sandbox, &["0001", "1500"]);
        send(&sandbox, &["0001", "0002"]);
    }
    let list = messages(&sandbox, "");
    assert_eq!((ids(&list).len(), &list["messages"][9]["id"]), (10, &json!(60)));
    let status = control(&sandbox, "GET", "/status", "").json();
    assert_eq!(
        (&status["messages"], &status["refused"], &status["conversations"]),
        (&json!(60), &json!(30), &json!(2))
    );
    assert_eq!(control(&sandbox, "GET", "/refused", "").json()["total"], 10);
}
