//! The control routes, as a test in another language would use them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use common::{AUTH, Answer, LONG, exchange, request, send};
use linkwa_sandbox::{CallbackEndpoint, Options, Sandbox};
use serde_json::{Value, json};

fn control(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Answer {
    exchange(sandbox.address(), method, &format!("/sandbox{path}"), &[], body.as_bytes())
}

#[test]
fn requests_are_shown_and_forgotten() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    assert_eq!(sandbox.control_url(), format!("http://127.0.0.1:{}/sandbox", sandbox.port()));
    send(&sandbox, &["0001"]);
    send(&sandbox, &["2001"]);
    let headers = [("Authorization", AUTH)];
    exchange(sandbox.address(), "POST", "/whatsapp-message/messages", &headers, b"\xff");
    let shown = control(&sandbox, "GET", "/requests", "").json();
    let shown = shown.as_array().unwrap();
    assert_eq!(shown.len(), 3, "the control routes' own requests are not among them");
    assert_eq!(shown[0]["method"], "POST");
    assert_eq!(shown[0]["path"], "/whatsapp-message/messages");
    assert_eq!(shown[0]["headers"][0], json!(["host", "sandbox"]));
    assert_eq!(shown[0]["body"], json!(request(&["0001"]).to_string()));
    assert!(shown[0].get("bodyBase64").is_none());
    assert_eq!((&shown[0]["bodyComplete"], &shown[0]["status"]), (&json!(true), &json!(200)));
    assert!(shown[0]["receivedAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(shown[1]["status"], Value::Null);
    assert_eq!((&shown[2]["body"], &shown[2]["bodyBase64"]), (&Value::Null, &json!("/w==")));

    let status = control(&sandbox, "GET", "/status", "").json();
    assert_eq!(status, json!({"requests": 3, "pendingCallbacks": 0}));
    assert_eq!(control(&sandbox, "DELETE", "/requests", "").status, 204);
    assert_eq!(control(&sandbox, "GET", "/requests", "").json(), json!([]));
}

#[test]
fn gates_and_received_messages() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    let endpoint = CallbackEndpoint::start().unwrap();
    let text = json!({"type": "text", "text": "Hello"}).to_string();
    let refused = control(&sandbox, "POST", "/inbound", &text);
    assert_eq!(refused.status, 400);
    assert!(refused.json()["error"].as_str().unwrap().contains("no default gate"));

    for gate in [
        json!({"id": "d", "url": endpoint.url(), "default": true, "customParameters": {"k": "v"}}),
        json!({"id": "a", "url": endpoint.url(), "username": "me", "password": "hush"}),
        json!({"id": "b", "url": endpoint.url(), "header": ["X-Key", "hush"]}),
    ] {
        let added = control(&sandbox, "POST", "/gates", &gate.to_string());
        assert_eq!((added.status, &added.json()["id"]), (201, &gate["id"]));
    }
    let orders = [
        json!({"type": "text", "text": "Hello", "source": "+46222", "destination": "+46333"}),
        json!({"type": "button", "text": "Yes", "payload": "p", "gate": "a"}),
        json!({"type": "text", "text": "Thanks", "context": {"source": "+46333", "messageId": "abc"}, "gate": "b"}),
    ];
    let mut got = Vec::new();
    for (count, order) in orders.iter().enumerate() {
        let answer = control(&sandbox, "POST", "/inbound", &order.to_string());
        assert_eq!(answer.status, 202);
        let callback = endpoint.wait_for(count + 1, LONG).pop().unwrap();
        let message: Value = serde_json::from_slice(&callback.body).unwrap();
        assert_eq!(message["messageId"], answer.json()["messageId"]);
        got.push((callback, message));
    }
    assert_eq!((&got[0].1["source"], &got[0].1["destination"]), (&json!("+46222"), &json!("+46333")));
    assert_eq!(got[0].1["gateCustomParameters"], json!({"k": "v"}));
    assert_eq!(got[1].1["content"]["message"]["button"], json!({"text": "Yes", "payload": "p"}));
    assert_eq!(got[1].0.header("authorization"), Some("Basic bWU6aHVzaA=="));
    assert_eq!(got[2].1["content"]["message"]["context"], json!({"source": "+46333", "messageId": "abc"}));
    assert_eq!(got[2].0.header("x-key"), Some("hush"));

    endpoint.clear();
    for (count, (order, sent)) in [
        ("{\"type\":\"raw\",\"content\":{\"z\":1.0,\"a\":1e2}}", "\"content\":{\"z\":1.0,\"a\":1e2}"),
        ("{\"type\":\"raw\",\"body\":{\"messageId\": \"m1\"}}", "{\"messageId\": \"m1\"}"),
        ("{\"type\":\"raw\",\"body\":\"[not json\"}", "[not json"),
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(control(&sandbox, "POST", "/inbound", order).status, 202);
        let callback = endpoint.wait_for(count + 1, LONG).pop().unwrap();
        assert!(callback.text().contains(sent), "{}", callback.text());
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    for order in [
        "",
        "{}",
        "{\"type\":\"text\"}",
        "{\"type\":\"button\",\"text\":\"x\"}",
        "{\"type\":\"raw\"}",
        "{\"type\":\"image\",\"text\":\"x\"}",
        "{\"type\":\"text\",\"text\":\"x\",\"txet\":\"y\"}",
        "{\"type\":\"raw\",\"content\":{},\"body\":{}}",
        "{\"type\":\"text\",\"text\":\"x\",\"gate\":\"nowhere\"}",
        "{\"type\":\"raw\",\"content\":{},\"context\":{\"source\":\"x\",\"messageId\":\"y\"}}",
    ] {
        let answer = control(&sandbox, "POST", "/inbound", order);
        assert_eq!(answer.status, 400, "{order}");
        assert!(answer.json()["error"].is_string());
    }
    for order in [
        "{}",
        "{\"id\":\"a\",\"url\":\"https://x/\"}",
        "{\"id\":\"a\",\"url\":\"http://x/\",\"username\":\"u\"}",
        "{\"id\":\"a\",\"url\":\"http://x/\",\"username\":\"u\",\"password\":\"p\",\"header\":[\"a\",\"b\"]}",
    ] {
        assert_eq!(control(&sandbox, "POST", "/gates", order).status, 400, "{order}");
    }
    assert_eq!(control(&sandbox, "GET", "/nothing", "").status, 404);
    assert_eq!(control(&sandbox, "PUT", "/requests", "").status, 405);
    let browser = [("Origin", "https://example.com")];
    let answer = exchange(sandbox.address(), "POST", "/sandbox/inbound", &browser, b"{}");
    assert_eq!(answer.status, 403);
}
