//! What gates get: event reports and received messages.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use std::net::TcpListener;
use std::time::Duration;

use common::{AUTH, LONG, connect, exchange, number, post, request, send, write_request};
use linkwa_sandbox::{CallbackEndpoint, Gate, Inbound, InboundError, Options, ReceivedCallback, Sandbox};
use serde_json::{Value, json};

fn with_endpoint() -> (Sandbox, CallbackEndpoint) {
    let endpoint = CallbackEndpoint::start().unwrap();
    let gate = Gate::new("mine", endpoint.url()).custom_parameter("gateKey", "gateValue");
    (Sandbox::start(Options::new().default_gate(gate)).unwrap(), endpoint)
}

fn json_of(callback: &ReceivedCallback) -> Value {
    assert_eq!(callback.header("content-type"), Some("application/json"));
    serde_json::from_slice(&callback.body).unwrap()
}

/// All reports that a sending brings.
fn reports(sandbox: &Sandbox, endpoint: &CallbackEndpoint, digits: &[&str]) -> Vec<Value> {
    endpoint.clear();
    send(sandbox, digits);
    assert!(sandbox.wait_idle(LONG));
    endpoint.received().iter().map(json_of).collect()
}

fn codes(reports: &[Value]) -> Vec<u64> {
    reports.iter().map(|report| report["resultCode"].as_u64().unwrap()).collect()
}

#[test]
fn a_report_has_every_field() {
    let (sandbox, endpoint) = with_endpoint();
    let mut order = request(&["0001"]);
    order["customParameters"] = json!({"k": "v", "gone": null});
    let id = post(&sandbox, order.to_string().as_bytes()).json()["messageIds"][0].clone();
    let received = endpoint.wait_for(2, LONG);
    let sent = json_of(&received[0]);
    let mut expected = json!({
        "messageId": id, "refId": "ref-1", "messageType": "text", "messageIndex": 0,
        "timestamp": sent["timestamp"], "resultCode": 112_002, "resultDescription": "sent",
        "gateCustomParameters": {"gateKey": "gateValue"}, "customParameters": {"k": "v"},
    });
    assert_eq!(sent, expected);
    let delivered = json_of(&received[1]);
    expected["resultCode"] = json!(112_003);
    expected["resultDescription"] = json!("delivered");
    expected["timestamp"] = delivered["timestamp"].clone();
    assert_eq!(delivered, expected);
    assert!(sent["timestamp"].as_str().unwrap() < delivered["timestamp"].as_str().unwrap());
    assert!(sandbox.wait_idle(LONG));
    assert_eq!(endpoint.received().len(), 2);
}

#[test]
fn the_digits_choose_the_reports() {
    let (sandbox, endpoint) = with_endpoint();
    for (digits, expected) in [
        ("0001", &[112_002, 112_003][..]),
        ("3001", &[112_002, 112_002, 112_003, 112_003]),
        ("3002", &[112_003, 112_002]),
        ("3003", &[]),
        ("3403", &[112_002, 112_403]),
        ("3404", &[112_404]),
        ("3406", &[112_406]),
        ("2001", &[112_002, 112_003]),
        ("2002", &[112_002, 112_003]),
        ("2003", &[112_002, 112_003]),
        ("2006", &[112_002, 112_003]),
        ("2005", &[]),
        ("2007", &[]),
        ("1400", &[]),
        ("1500", &[]),
        ("1503", &[]),
    ] {
        assert_eq!(codes(&reports(&sandbox, &endpoint, &[digits])), expected, "{digits}");
    }
    let twice = reports(&sandbox, &endpoint, &["3001"]);
    assert_eq!(twice[0], twice[1]);
    assert!(reports(&sandbox, &endpoint, &["0001", "1400"]).is_empty());
}

#[test]
fn an_unanswered_message_is_reported_too() {
    let (sandbox, endpoint) = with_endpoint();
    let mut connection = connect(sandbox.address());
    let body = request(&["2004"]).to_string();
    let headers = [("Authorization", AUTH)];
    let path = "/whatsapp-message/messages";
    write_request(&mut connection, "POST", path, &headers, body.as_bytes());
    let reports: Vec<Value> = endpoint.wait_for(2, LONG).iter().map(json_of).collect();
    assert_eq!(codes(&reports), [112_002, 112_003]);
    assert_eq!(reports[0]["refId"], "ref-1");
}

#[test]
fn each_message_to_each_destination_is_reported() {
    let (sandbox, endpoint) = with_endpoint();
    let mut order = request(&["0001", "3404"]);
    order["messages"] = json!([
        {"type": "text", "text": {"body": "a"}},
        {"type": "location", "location": {"longitude": 1, "latitude": 2}},
    ]);
    let answer = post(&sandbox, order.to_string().as_bytes()).json();
    assert_eq!(answer["messageIds"].as_array().unwrap().len(), 2, "one id a destination");
    assert!(sandbox.wait_idle(LONG));
    let all: Vec<Value> = endpoint.received().iter().map(json_of).collect();
    assert_eq!(all.len(), 6);
    for (destination, expected) in [(0, &[112_002, 112_003][..]), (1, &[112_404])] {
        for (index, kind) in [(0, "text"), (1, "location")] {
            let id = &answer["messageIds"][destination];
            let of = |r: &&Value| r["messageId"] == *id && r["messageIndex"] == index && r["messageType"] == kind;
            let own: Vec<Value> = all.iter().filter(of).cloned().collect();
            assert_eq!(codes(&own), expected, "{destination} {index}");
        }
    }
}

#[test]
fn named_gates_replace_the_default_gate() {
    let (sandbox, default) = with_endpoint();
    let (a, b) = (CallbackEndpoint::start().unwrap(), CallbackEndpoint::start().unwrap());
    sandbox.add_gate(Gate::new("a", a.url()).basic("user", "hush")).unwrap();
    sandbox.add_gate(Gate::new("b", b.url()).header("X-Key", "hush").header("X-Other", "too")).unwrap();
    assert!(sandbox.add_gate(Gate::new("c", "ftp://x")).is_err());
    let mut order = request(&["0001"]);
    order["eventReportGates"] = json!(["a", "nowhere", "b", "a"]);
    post(&sandbox, order.to_string().as_bytes());
    assert!(sandbox.wait_idle(LONG));
    assert_eq!((a.received().len(), b.received().len(), default.received().len()), (2, 2, 0));
    for callback in a.received() {
        assert_eq!(callback.header("authorization"), Some("Basic dXNlcjpodXNo"));
        assert!(!format!("{callback:?}").contains("dXNlcjpodXNo"));
        assert_eq!(json_of(&callback)["gateCustomParameters"], json!({}));
        assert_eq!(json_of(&callback)["customParameters"], json!(null));
    }
    for callback in b.received() {
        assert_eq!((callback.header("x-key"), callback.header("authorization")), (Some("hush"), None));
    }
    order["eventReportGates"] = json!([]);
    post(&sandbox, order.to_string().as_bytes());
    assert!(sandbox.wait_idle(LONG));
    assert_eq!(default.received().len(), 2);
    sandbox.set_default_gate(Gate::new("new", b.url())).unwrap();
    send(&sandbox, &["3404"]);
    assert!(sandbox.wait_idle(LONG));
    assert_eq!((b.received().len(), default.received().len()), (3, 2));
}

#[test]
fn a_callback_that_fails_is_tried_again_in_order() {
    let (sandbox, endpoint) = with_endpoint();
    endpoint.answer_next_with([500, 404]);
    let all = reports(&sandbox, &endpoint, &["0001"]);
    assert_eq!(codes(&all), [112_002, 112_002, 112_002, 112_003]);
    let statuses: Vec<u16> = endpoint.received().iter().map(|callback| callback.status).collect();
    assert_eq!(statuses, [500, 404, 200, 200]);

    endpoint.answer_with(503);
    assert_eq!(codes(&reports(&sandbox, &endpoint, &["3404"])), [112_404; 4], "then it is given up");
    endpoint.answer_with(200);
    drop(endpoint);
    send(&sandbox, &["3404"]);
    assert!(sandbox.wait_idle(LONG), "retries to a port without a listener end, too");
}

#[test]
fn reports_wait_for_their_delay() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let delay = Duration::from_millis(100);
    let options = Options::new().default_gate(Gate::new("g", endpoint.url())).report_delay(delay);
    let sandbox = Sandbox::start(options).unwrap();
    send(&sandbox, &["0001"]);
    assert!(!sandbox.wait_idle(Duration::ZERO), "the first is still waiting");
    let received = endpoint.wait_for(2, LONG);
    assert_eq!(codes(&received.iter().map(json_of).collect::<Vec<_>>()), [112_002, 112_003]);
    let sent_at = sandbox.requests()[0].received_at;
    assert!(received[1].received_at.duration_since(sent_at).unwrap() >= 2 * delay);
}

#[test]
fn a_received_message_has_every_field() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let gate = Gate::new("mine", endpoint.url()).custom_parameter("k", "v");
    let options = Options::new().default_gate(gate).number("+46111").platform("plat", "partner");
    let sandbox = Sandbox::start(options).unwrap();
    let id = sandbox.inbound(Inbound::text("Hej då")).unwrap();
    let message = json_of(&endpoint.wait_for(1, LONG)[0]);
    assert_eq!(message["messageId"], json!(id));
    assert_eq!(message["destination"], "+46111");
    assert_eq!(message["source"], "+46000000001");
    assert_eq!(message["content"], json!({"type": "WHATSAPP", "message": {"contentType": "TEXT", "text": "Hej då"}}));
    assert_eq!(message["provider"], "whatsapp");
    assert_eq!(message["gateCustomParameters"], json!({"k": "v"}));
    assert!(message["customParameters"].is_null());
    let mut names: Vec<&str> = message.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut expected = [
        "destination",
        "source",
        "content",
        "provider",
        "timestamp",
        "messageId",
        "providerTimestamp",
        "providerMessageId",
        "route",
        "gateCustomParameters",
        "customParameters",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    let route = &message["route"];
    assert_eq!(route["gateIds"], json!(["mine"]));
    assert_eq!((&route["platformId"], &route["platformPartnerId"]), (&json!("plat"), &json!("partner")));
    assert_eq!((&route["number"], &route["type"]), (&json!("+46111"), &json!("KEYWORD_ROUTE")));
    let mut names: Vec<&str> = route.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut expected = [
        "id",
        "refId",
        "platformId",
        "platformPartnerId",
        "platformServiceType",
        "platformServiceId",
        "number",
        "gateIds",
        "customParameters",
        "type",
        "keyword",
        "keywordType",
        "active",
        "start",
        "end",
        "shared",
        "description",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn buttons_replies_and_raw_messages_can_be_received() {
    let (sandbox, endpoint) = with_endpoint();
    let reply = Inbound::button("Yes", "yes-17").source("+46222").destination("+46333").reply_to("+46333", "abc");
    sandbox.inbound(reply).unwrap();
    let message = json_of(&endpoint.wait_for(1, LONG)[0]);
    assert_eq!((&message["source"], &message["destination"]), (&json!("+46222"), &json!("+46333")));
    assert_eq!(
        message["content"]["message"],
        json!({"contentType": "BUTTON", "button": {"text": "Yes", "payload": "yes-17"},
               "context": {"source": "+46333", "messageId": "abc"}})
    );

    sandbox.inbound(Inbound::raw_content("{\"b\":1.50,\"a\":[ ]}")).unwrap();
    let raw = endpoint.wait_for(2, LONG).pop().unwrap();
    assert!(raw.text().contains("\"content\":{\"b\":1.50,\"a\":[ ]}"), "{}", raw.text());

    assert_eq!(sandbox.inbound(Inbound::raw_body(&b"\xff not JSON"[..])).unwrap(), "");
    assert_eq!(endpoint.wait_for(3, LONG)[2].body, b"\xff not JSON");
    assert_eq!(sandbox.inbound(Inbound::raw_body("{\"messageId\":\"x1\"}")).unwrap(), "x1");

    assert_eq!(sandbox.inbound(Inbound::raw_content("{")), Err(InboundError::NotJson));
    let nowhere = sandbox.inbound(Inbound::text("x").gate("nowhere"));
    assert_eq!(nowhere, Err(InboundError::UnknownGate("nowhere".to_owned())));
    let bare = Sandbox::start(Options::new()).unwrap();
    assert_eq!(bare.inbound(Inbound::text("x")), Err(InboundError::NoDefaultGate));
    send(&bare, &["0001"]);
    assert!(bare.wait_idle(LONG), "a request without any gate brings no report");
}

#[test]
fn what_users_send_beyond_1_4_1_has_the_form_that_the_gateway_sends() {
    let (sandbox, endpoint) = with_endpoint();
    let (link, id) = ("https://example.com/cat.png", "8aU6cwxAKE9NzMLrS6M82Y");
    for (inbound, expected) in [
        (
            Inbound::media(link, Some("image/png"), Some("Cat")),
            json!({"contentType": "MEDIA", "media": {"source": link, "type": "image/png", "caption": "Cat"}}),
        ),
        (Inbound::media(link, None, None), json!({"contentType": "MEDIA", "media": {"source": link}})),
        (
            Inbound::location(59.5, -10.25, Some("N"), Some("A"), Some(link)),
            json!({"contentType": "LOCATION",
                   "location": {"latitude": 59.5, "longitude": -10.25, "name": "N", "address": "A", "url": link}}),
        ),
        (
            Inbound::location(1.0, 2.0, None, None, None),
            json!({"contentType": "LOCATION", "location": {"latitude": 1.0, "longitude": 2.0}}),
        ),
        (
            Inbound::contacts([("Test Person".to_owned(), vec!["+46000000002".to_owned()])]),
            json!({"contentType": "CONTACT",
                   "contacts": [{"name": {"formatted_name": "Test Person"}, "phones": [{"phone": "+46000000002"}]}]}),
        ),
        (
            Inbound::button_reply("home", "Home").reply_to("+46000000000", id),
            json!({"contentType": "INTERACTIVE",
                   "interactive": {"type": "button_reply", "button_reply": {"id": "home", "title": "Home"}},
                   "context": {"source": "+46000000000", "messageId": id}}),
        ),
        (
            Inbound::list_reply("oslo", "Oslo", Some("D")),
            json!({"contentType": "INTERACTIVE",
                   "interactive": {"type": "list_reply", "list_reply": {"id": "oslo", "title": "Oslo", "description": "D"}}}),
        ),
        (
            Inbound::reaction("👍", id),
            json!({"contentType": "REACTION", "reaction": {"emoji": "👍", "message_id": id}}),
        ),
    ] {
        endpoint.clear();
        sandbox.inbound(inbound).unwrap();
        let message = json_of(&endpoint.wait_for(1, LONG)[0]);
        assert_eq!(message["content"], json!({"type": "WHATSAPP", "message": expected}));
        assert_eq!(message["customParameters"], Value::Null);
    }
}

#[test]
fn a_user_may_have_no_number() {
    let (sandbox, endpoint) = with_endpoint();
    for (inbound, source, parameters) in [
        (Inbound::text("a"), Some("+46000000001"), Value::Null),
        (Inbound::text("a").source("AT.1349"), Some("AT.1349"), Value::Null),
        (Inbound::text("a").user_id("AT.1349"), None, json!({"whatsappUserId": "AT.1349"})),
        (
            Inbound::text("a").user_id("AT.1349").parent_user_id("AT.ENT.1181").source("+46222"),
            Some("+46222"),
            json!({"whatsappUserId": "AT.1349", "whatsappParentUserId": "AT.ENT.1181"}),
        ),
    ] {
        endpoint.clear();
        sandbox.inbound(inbound).unwrap();
        let message = json_of(&endpoint.wait_for(1, LONG)[0]);
        assert_eq!(
            (message.get("source").and_then(Value::as_str), &message["customParameters"]),
            (source, &parameters)
        );
        assert_eq!(message.as_object().unwrap().contains_key("source"), source.is_some());
    }
}

#[test]
fn each_of_many_destinations_is_reported() {
    let (sandbox, endpoint) = with_endpoint();
    let mut order = request(&[]);
    order["destinations"] = (0..200).map(|n| number(&format!("7{n:03}"))).collect();
    assert_eq!(post(&sandbox, order.to_string().as_bytes()).status, 200);
    assert!(sandbox.wait_idle(LONG));
    assert_eq!(endpoint.received().len(), 400);
}

/// A callback URL that takes connections and never answers.
fn silent_gate() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/callback", listener.local_addr().unwrap());
    (listener, url)
}

#[test]
fn a_gate_that_does_not_answer_does_not_delay_others() {
    let (sandbox, other) = with_endpoint();
    let (_listener, url) = silent_gate();
    sandbox.add_gate(Gate::new("silent", url)).unwrap();
    let mut order = request(&[]);
    order["destinations"] = (0..100).map(|n| number(&format!("7{n:03}"))).collect();
    order["eventReportGates"] = json!(["silent"]);
    assert_eq!(post(&sandbox, order.to_string().as_bytes()).status, 200);
    // All that can be posted to the silent gate at a time is under way, for ten seconds each.
    for _ in 0..50 {
        send(&sandbox, &["0001"]);
    }
    let started = std::time::Instant::now();
    assert_eq!(other.wait_for(100, LONG).len(), 100);
    assert!(started.elapsed() < Duration::from_secs(9), "they waited for the silent gate");
    assert!(!sandbox.wait_idle(Duration::ZERO));
}

#[test]
fn the_callbacks_waiting_for_a_gate_are_bounded() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let options = Options::new()
        .default_gate(Gate::new("mine", endpoint.url()))
        .gate(Gate::new("other", endpoint.url()))
        .report_delay(Duration::from_secs(3600))
        .max_pending_callbacks(10);
    let sandbox = Sandbox::start(options).unwrap();
    let waiting = || {
        let answer = exchange(sandbox.address(), "GET", "/sandbox/status", &[], b"").json();
        (answer["pendingCallbacks"].as_u64().unwrap(), answer["droppedCallbacks"].as_u64().unwrap())
    };
    for _ in 0..100 {
        assert_eq!(send(&sandbox, &["0001"]).status, 200);
    }
    // Two for each request, which are taken or dropped together.
    assert_eq!(waiting(), (10, 190));
    let mut order = request(&["0001"]);
    order["eventReportGates"] = json!(["other"]);
    post(&sandbox, order.to_string().as_bytes());
    assert_eq!(waiting(), (12, 190), "another gate has room of its own");
    assert_eq!(sandbox.inbound(Inbound::text("x")), Err(InboundError::TooManyPending("mine".to_owned())));
    assert!(sandbox.inbound(Inbound::text("x").gate("other")).is_ok());
}

#[test]
fn dropping_a_sandbox_does_not_wait_for_callbacks() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let options = Options::new().default_gate(Gate::new("g", endpoint.url())).report_delay(Duration::from_secs(3600));
    let sandbox = Sandbox::start(options).unwrap();
    send(&sandbox, &["0001"]);
    assert!(!sandbox.wait_idle(Duration::ZERO));
    let start = std::time::Instant::now();
    drop(sandbox);
    assert!(start.elapsed() < Duration::from_secs(10));
}
