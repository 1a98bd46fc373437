//! A gateway that is slow, busy or faulty on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{AUTH, Answer, LONG, control, exchange, number, post, request, send};
use linkwa_sandbox::{CallbackEndpoint, Gate, Inbound, Options, Sandbox};
use serde_json::{Value, json};

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (run(), start.elapsed())
}

fn send_with_latency(sandbox: &Sandbox, latency: &str) -> Answer {
    let headers = [("Authorization", AUTH), ("X-Sandbox-Latency", latency)];
    let body = request(&["3003"]).to_string();
    exchange(sandbox.address(), "POST", "/whatsapp-message/messages", &headers, body.as_bytes())
}

fn codes(sandbox: &Sandbox, endpoint: &CallbackEndpoint) -> Vec<u64> {
    assert!(sandbox.wait_idle(LONG));
    let received = endpoint.received();
    let codes = received.iter().map(|callback| {
        let report: Value = serde_json::from_slice(&callback.body).unwrap();
        report["resultCode"].as_u64().unwrap_or_default()
    });
    let codes = codes.collect();
    endpoint.clear();
    codes
}

#[test]
fn an_answer_takes_as_long_as_is_set_or_asked_for() {
    let latency = Duration::from_millis(150);
    let sandbox = Sandbox::start(Options::new().latency(latency)).unwrap();
    let (answer, took) = timed(|| send(&sandbox, &["3003"]));
    assert!(answer.status == 200 && took >= latency, "{took:?}");
    let (answer, took) = timed(|| post(&sandbox, b"{}"));
    assert!(answer.status == 400 && took >= latency, "{took:?}");
    let (answer, took) = timed(|| send_with_latency(&sandbox, "300..400"));
    assert!(answer.status == 200 && took >= 2 * latency, "{took:?}");
    assert_eq!(send_with_latency(&sandbox, "soon").status, 400);

    let sandbox = Sandbox::start(Options::new().latency(Duration::from_secs(3600))).unwrap();
    assert_eq!(send_with_latency(&sandbox, "0").status, 200);
    let order = json!({"latencyMs": [0, 0]}).to_string();
    assert_eq!(control(&sandbox, "POST", "/scenarios", &order).status, 201);
    assert_eq!(send(&sandbox, &["3003"]).status, 200);
    assert_eq!(control(&sandbox, "GET", "/status", "").json()["latencyMs"], json!([3_600_000, 3_600_000]));
}

#[test]
fn a_client_that_does_not_wait_has_sent_its_message_all_the_same() {
    let sandbox = Sandbox::start(Options::new().latency(Duration::from_secs(3600))).unwrap();
    let mut connection = common::connect(sandbox.address());
    let body = request(&["0001"]).to_string();
    common::write_request(
        &mut connection,
        "POST",
        "/whatsapp-message/messages",
        &[("Authorization", AUTH)],
        body.as_bytes(),
    );
    let list = control(&sandbox, "GET", "/messages?wait=30s", "").json();
    assert_eq!(list["total"], 1);
    assert_eq!(sandbox.requests()[0].status, Some(200));
}

#[test]
fn more_requests_than_the_rate_are_refused() {
    let sandbox = Sandbox::start(Options::new().rate(1)).unwrap();
    let answers: Vec<Answer> = (0..20).map(|_| send(&sandbox, &["3003"])).collect();
    let busy: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(answers[0].status, 200);
    assert!(!busy.is_empty());
    for answer in &busy {
        assert_eq!((answer.code(), answer.header("retry-after").as_deref()), (112_000, Some("1")));
    }
    let refused = control(&sandbox, "GET", "/refused?reason=rate", "").json();
    assert_eq!(refused["total"], busy.len());
    let start = Instant::now();
    while send(&sandbox, &["3003"]).status == 429 {
        assert!(start.elapsed() < LONG);
    }
}

#[test]
fn a_text_outside_the_care_window_is_not_delivered() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let options = || Options::new().default_gate(Gate::new("mine", endpoint.url()));
    let sandbox = Sandbox::start(options().enforce_care_window(true)).unwrap();
    let mut template = request(&["0001"]);
    template["messages"] = json!([{"type": "template", "template":
        {"namespace": "n", "name": "t", "language": {"code": "en"}, "components": []}}]);
    let template = template.to_string();
    assert_eq!(send(&sandbox, &["0001"]).status, 200);
    assert_eq!(codes(&sandbox, &endpoint), [112_403]);
    post(&sandbox, template.as_bytes());
    assert_eq!(codes(&sandbox, &endpoint), [112_002, 112_003]);
    sandbox.inbound(Inbound::text("Hi").source(number("0001"))).unwrap();
    codes(&sandbox, &endpoint);
    send(&sandbox, &["0001"]);
    assert_eq!(codes(&sandbox, &endpoint), [112_002, 112_003]);
    send(&sandbox, &["0002"]);
    assert_eq!(codes(&sandbox, &endpoint), [112_403], "each user has a window of their own");
    assert_eq!(control(&sandbox, "POST", "/reset", "").status, 204);
    send(&sandbox, &["0001"]);
    assert_eq!(codes(&sandbox, &endpoint), [112_403]);

    let sandbox = Sandbox::start(options()).unwrap();
    send(&sandbox, &["0001"]);
    assert_eq!(codes(&sandbox, &endpoint), [112_002, 112_003]);
}

#[test]
fn the_next_request_meets_what_is_planned() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let sandbox = Sandbox::start(Options::new().default_gate(Gate::new("mine", endpoint.url()))).unwrap();
    let plan = |order: &Value| control(&sandbox, "POST", "/scenarios", &order.to_string());
    assert_eq!(plan(&json!({"digits": "1500", "to": number("0002")})).json(), json!({"queued": 1}));
    assert_eq!(plan(&json!({"digits": "2001"})).json(), json!({"queued": 2}));
    assert_eq!(plan(&json!({"digits": "3001", "count": 2})).json(), json!({"queued": 4}));
    let shown = control(&sandbox, "GET", "/scenarios", "").json();
    assert_eq!(shown["queue"][0], json!({"digits": "1500", "latencyMs": null, "to": number("0002")}));
    assert_eq!(shown["scenarios"].as_array().unwrap().len(), linkwa_sandbox::scenarios().len());

    assert_eq!(post(&sandbox, b"{}").status, 400, "an invalid request meets nothing");
    assert!(send(&sandbox, &["0001"]).raw.is_empty());
    assert_eq!(codes(&sandbox, &endpoint), [112_002, 112_003]);
    assert_eq!(send(&sandbox, &["0002"]).status, 500);
    assert_eq!(send(&sandbox, &["1500"]).status, 200, "the plan comes before the digits");
    assert_eq!(codes(&sandbox, &endpoint), [112_002, 112_002, 112_003, 112_003]);
    assert_eq!(control(&sandbox, "GET", "/messages?newest=true&limit=1", "").json()["messages"][0]["scenario"], "3001");
    assert_eq!(control(&sandbox, "DELETE", "/scenarios", "").status, 204);
    send(&sandbox, &["0001"]);
    assert_eq!(codes(&sandbox, &endpoint), [112_002, 112_003]);

    for order in [
        json!({}),
        json!({"digits": "0001"}),
        json!({"digits": "2001", "count": 10_001}),
        json!({"latencyMs": [2, 1]}),
        json!({"latencyMs": [1]}),
        json!({"latencyMs": [0, 86_400_001]}),
        json!({"digits": "2001", "too": "x"}),
    ] {
        assert_eq!(plan(&order).status, 400, "{order}");
    }
}

#[test]
fn faults_come_by_chance_and_by_their_seed() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    let order = json!({"seed": 7, "faults": {"1429": 0.4, "1500": 0.2}});
    let run = || {
        assert_eq!(control(&sandbox, "PUT", "/chaos", &order.to_string()).json(), order);
        (0..50).map(|_| send(&sandbox, &["0001"]).status).collect::<Vec<u16>>()
    };
    let statuses = run();
    assert_eq!(statuses, run());
    for status in [200, 429, 500] {
        assert!(statuses.contains(&status), "{statuses:?}");
    }
    assert_eq!(control(&sandbox, "GET", "/chaos", "").json(), order);
    let always = json!({"faults": {"1500": 1.0}}).to_string();
    assert_eq!(control(&sandbox, "PUT", "/chaos", &always).status, 200);
    assert_eq!(send(&sandbox, &["0001"]).status, 500);
    assert_eq!(send(&sandbox, &["1401"]).status, 401, "the digits come before chance");
    assert_eq!(control(&sandbox, "DELETE", "/chaos", "").status, 204);
    assert!((0..50).all(|_| send(&sandbox, &["0001"]).status == 200));
    for order in [
        json!({}),
        json!({"faults": {"0001": 0.1}}),
        json!({"faults": {"1429": 0.6, "1500": 0.5}}),
        json!({"faults": {"1429": -0.1}}),
        json!({"faults": {"1429": "x"}}),
    ] {
        assert_eq!(control(&sandbox, "PUT", "/chaos", &order.to_string()).status, 400, "{order}");
    }
}
