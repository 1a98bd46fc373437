//! Event reports on demand.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{LONG, control, post, request, send};
use linkwa_sandbox::{CallbackEndpoint, Gate, Inbound, Options, ReceivedCallback, Sandbox};
use serde_json::{Value, json};

/// A sandbox with one message that brings no reports by itself.
fn with_message() -> (Sandbox, CallbackEndpoint) {
    let endpoint = CallbackEndpoint::start().unwrap();
    let gate = Gate::new("mine", endpoint.url()).custom_parameter("k", "v");
    let sandbox = Sandbox::start(Options::new().default_gate(gate)).unwrap();
    let mut order = request(&["3003", "3003"]);
    order["customParameters"] = json!({"own": "parameter"});
    order["messages"] = json!([
        {"type": "text", "text": {"body": "a"}},
        {"type": "location", "location": {"longitude": 1, "latitude": 2}},
    ]);
    assert_eq!(post(&sandbox, order.to_string().as_bytes()).status, 200);
    (sandbox, endpoint)
}

fn report(sandbox: &Sandbox, order: &Value) -> Vec<u64> {
    let answer = control(sandbox, "POST", "/report", &order.to_string());
    assert_eq!(answer.status, 202, "{order} {:?}", String::from_utf8_lossy(&answer.body));
    let ids = answer.json()["callbacks"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
    assert!(sandbox.wait_idle(LONG));
    ids
}

fn json_of(callback: &ReceivedCallback) -> Value {
    serde_json::from_slice(&callback.body).unwrap()
}

#[test]
fn a_message_is_reported_as_read_deleted_or_with_any_code() {
    let (sandbox, endpoint) = with_message();
    for (order, code, words, status) in [
        (json!({"message": 2, "status": "sent"}), 112_002, "sent", "sent"),
        (json!({"message": 2, "status": "delivered"}), 112_003, "delivered", "delivered"),
        (json!({"message": 2, "status": "read"}), 112_007, "read", "read"),
        (json!({"message": 2, "status": "deleted"}), 112_008, "deleted", "deleted"),
        (json!({"message": 2, "resultCode": 112_004}), 112_004, "ok", "deleted"),
        (json!({"message": 2, "resultCode": 112_005}), 112_005, "received", "deleted"),
        (json!({"message": 2, "resultCode": 112_407}), 112_407, "unknown error", "deleted"),
        (json!({"message": 2, "resultCode": 112_501}), 112_501, "unknown error", "deleted"),
        (json!({"message": 2, "resultCode": 112_405}), 112_405, "failed authentication", "failed"),
        (json!({"message": 2, "resultCode": 112_404}), 112_404, "invalid contact", "failed"),
        (json!({"message": 2, "resultCode": 7, "description": "odd"}), 7, "odd", "failed"),
    ] {
        endpoint.clear();
        report(&sandbox, &order);
        let received = endpoint.received();
        assert_eq!(received.len(), 1, "{order}");
        let body = json_of(&received[0]);
        assert_eq!((&body["resultCode"], &body["resultDescription"]), (&json!(code), &json!(words)));
        assert_eq!(
            (&body["messageIndex"], &body["messageType"], &body["refId"]),
            (&json!(1), &json!("location"), &json!("ref-1"))
        );
        assert_eq!(body["gateCustomParameters"], json!({"k": "v"}));
        assert_eq!(body["customParameters"], json!({"own": "parameter"}));
        let message = control(&sandbox, "GET", "/messages/2", "").json();
        assert_eq!((&message["status"], &message["resultCode"]), (&json!(status), &json!(code)));
        assert_eq!(message["messageId"], body["messageId"]);
    }
}

#[test]
fn a_message_is_found_by_each_of_its_names() {
    let (sandbox, endpoint) = with_message();
    let id = control(&sandbox, "GET", "/messages/3", "").json()["messageId"].clone();
    for (order, expected) in [
        (json!({"messageId": id, "status": "read"}), 3),
        (json!({"messageId": id, "messageIndex": 1, "status": "read"}), 4),
        (json!({"refId": "ref-1", "status": "read"}), 4),
    ] {
        endpoint.clear();
        report(&sandbox, &order);
        let body = json_of(&endpoint.received()[0]);
        let message = control(&sandbox, "GET", &format!("/messages/{expected}"), "").json();
        for name in ["messageId", "messageIndex"] {
            assert_eq!(body[name], message[name], "{order}");
        }
    }
}

#[test]
fn a_report_comes_once_more_twice_or_late() {
    let (sandbox, endpoint) = with_message();
    let first = report(&sandbox, &json!({"message": 1, "status": "delivered"}));
    let again = report(&sandbox, &json!({"message": 1, "callback": first[0]}));
    let received = endpoint.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].body, received[1].body, "byte for byte");
    assert_ne!(first, again);

    let twice = report(&sandbox, &json!({"message": 1, "status": "read", "times": 2}));
    assert_eq!((twice.len(), endpoint.received().len()), (2, 4));
    let start = Instant::now();
    report(&sandbox, &json!({"message": 1, "status": "deleted", "delayMs": 100}));
    assert_eq!(endpoint.received().len(), 5);
    assert!(start.elapsed() >= Duration::from_millis(100));
    let message = control(&sandbox, "GET", "/messages/1", "").json();
    assert_eq!(message["callbacks"].as_array().unwrap().len(), 5);
}

#[test]
fn a_report_goes_to_the_gates_of_the_request_or_to_another() {
    let (sandbox, default) = with_message();
    let (a, b) = (CallbackEndpoint::start().unwrap(), CallbackEndpoint::start().unwrap());
    sandbox.add_gate(Gate::new("a", a.url())).unwrap();
    sandbox.add_gate(Gate::new("b", b.url())).unwrap();
    let mut order = request(&["3003"]);
    order["eventReportGates"] = json!(["a", "b"]);
    post(&sandbox, order.to_string().as_bytes());
    assert_eq!(report(&sandbox, &json!({"message": 5, "status": "read"})).len(), 2);
    assert_eq!((a.received().len(), b.received().len(), default.received().len()), (1, 1, 0));
    report(&sandbox, &json!({"message": 5, "status": "read", "gate": "mine"}));
    assert_eq!((a.received().len(), b.received().len(), default.received().len()), (1, 1, 1));
}

#[test]
fn what_was_never_accepted_is_reported_too() {
    let (sandbox, endpoint) = with_message();
    report(
        &sandbox,
        &json!({"refId": "order-17", "messageType": "request", "messageIndex": -1, "resultCode": 112_500}),
    );
    let body = json_of(&endpoint.received()[0]);
    assert_eq!((&body["messageId"], &body["refId"]), (&Value::Null, &json!("order-17")));
    assert_eq!((&body["messageType"], &body["messageIndex"]), (&json!("request"), &json!(-1)));
    assert_eq!((&body["resultCode"], &body["resultDescription"]), (&json!(112_500), &json!("server error")));
}

#[test]
fn a_report_that_cannot_be_made_is_refused() {
    let (sandbox, endpoint) = with_message();
    sandbox.inbound(Inbound::text("Hi")).unwrap();
    let callback = report(&sandbox, &json!({"message": 1, "status": "read"}))[0];
    for order in [
        json!({}),
        json!({"message": 1}),
        json!({"status": "read"}),
        json!({"message": 1, "refId": "ref-1", "status": "read"}),
        json!({"message": 1, "status": "read", "resultCode": 1}),
        json!({"message": 1, "status": "received"}),
        json!({"message": 1, "status": "lost"}),
        json!({"message": 99, "status": "read"}),
        json!({"message": 5, "status": "read"}),
        json!({"refId": "nowhere", "status": "read"}),
        json!({"message": 1, "callback": 999}),
        json!({"message": 1, "status": "read", "times": 0}),
        json!({"message": 1, "status": "read", "times": 101}),
        json!({"message": 1, "status": "read", "delayMs": 86_400_001}),
        json!({"message": 1, "status": "read", "gate": "nowhere"}),
        json!({"messageType": "request", "resultCode": 112_500}),
        json!({"message": 1, "status": "read", "stauts": "x"}),
        json!({"message": 1, "messageIndex": 0, "status": "read"}),
        json!({"refId": "ref-1", "messageIndex": 0, "status": "read"}),
        json!({"message": 1, "refId": "ref-1", "messageType": "request", "resultCode": 112_500}),
        json!({"message": 1, "callback": callback, "description": "x"}),
    ] {
        let answer = control(&sandbox, "POST", "/report", &order.to_string());
        assert_eq!(answer.status, 400, "{order}");
    }
    assert!(sandbox.wait_idle(LONG));
    assert_eq!(endpoint.received().len(), 2, "only the message of the user and its report");
}

#[test]
fn without_a_gate_the_status_changes_all_the_same() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    send(&sandbox, &["0001"]);
    report(&sandbox, &json!({"message": 1, "status": "read"}));
    let message = control(&sandbox, "GET", "/messages/1", "").json();
    assert_eq!((&message["status"], &message["callbacks"][2]["state"]), (&json!("read"), &json!("skipped")));
}
