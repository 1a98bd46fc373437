//! The control routes, as a test in another language would use them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use common::{AUTH, LONG, control, exchange, request, send};
use linkwa_sandbox::{CallbackEndpoint, Gate, Options, Sandbox};
use serde_json::{Value, json};

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
    assert_eq!(shown[0]["headers"][0], json!(["host", "localhost"]));
    assert_eq!(shown[0]["body"], json!(request(&["0001"]).to_string()));
    assert!(shown[0].get("bodyBase64").is_none());
    assert_eq!((&shown[0]["bodyComplete"], &shown[0]["status"]), (&json!(true), &json!(200)));
    assert!(shown[0]["receivedAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(shown[1]["status"], Value::Null);
    assert_eq!((&shown[2]["body"], &shown[2]["bodyBase64"]), (&Value::Null, &json!("/w==")));

    let status = control(&sandbox, "GET", "/status", "").json();
    for (name, expected) in
        [("requests", 3), ("kept", 3), ("pendingCallbacks", 0), ("droppedCallbacks", 0), ("messages", 2)]
    {
        assert_eq!(status[name], expected, "{name}");
    }
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
        json!({"id": "b", "url": endpoint.url(), "header": ["X-Key", "hush"], "headers": {"X-Forwarded-For": "192.0.2.7"},
               "username": "me", "password": "hush"}),
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
    let headers = ["x-key", "x-forwarded-for", "authorization"].map(|name| got[2].0.header(name));
    assert_eq!(headers, [Some("hush"), Some("192.0.2.7"), Some("Basic bWU6aHVzaA==")]);

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
fn an_impossible_command_gets_an_error() {
    let sandbox = Sandbox::start(Options::new().default_gate(Gate::new("mine", "http://127.0.0.1:9/"))).unwrap();
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
        "{\"type\":\"location\",\"latitude\":1}",
        "{\"type\":\"location\",\"latitude\":1,\"longitude\":\"x\"}",
        "{\"type\":\"contacts\",\"contacts\":[{\"phones\":[]}]}",
        "{\"type\":\"buttonReply\",\"id\":\"x\"}",
        "{\"type\":\"raw\",\"content\":{},\"context\":{\"source\":\"x\",\"messageId\":\"y\"}}",
        "{\"type\":\"raw\",\"body\":{},\"source\":\"+46222\"}",
        "{\"type\":\"raw\",\"body\":{},\"userId\":\"AT.1349\"}",
        "{\"type\":\"raw\",\"body\":{},\"parentUserId\":\"AT.1349\"}",
        "{\"type\":\"raw\",\"body\":{},\"destination\":\"+46333\"}",
    ] {
        let answer = control(&sandbox, "POST", "/inbound", order);
        assert_eq!(answer.status, 400, "{order}");
        assert!(answer.json()["error"].is_string());
    }
    for order in [
        "{}",
        "{\"id\":\"a\",\"url\":\"https://x/\"}",
        "{\"id\":\"a\",\"url\":\"http://x/\",\"username\":\"u\"}",
        "{\"id\":\"a\",\"url\":\"http://x/\",\"header\":[\"a\",\"b\"],\"headers\":{\"A\":\"c\"}}",
    ] {
        assert_eq!(control(&sandbox, "POST", "/gates", order).status, 400, "{order}");
    }
    assert_eq!(control(&sandbox, "GET", "/nothing", "").status, 404);
    assert_eq!(control(&sandbox, "PUT", "/requests", "").status, 405);
    let browser = [("Origin", "https://example.com")];
    let answer = exchange(sandbox.address(), "POST", "/sandbox/inbound", &browser, b"{}");
    assert_eq!(answer.status, 403);
}

#[test]
fn a_foreign_host_is_refused() {
    let sandbox = Sandbox::start(Options::new().allow_host("gateway.test")).unwrap();
    send(&sandbox, &["0001"]);
    let status = |host: &str| {
        let headers = [("Host", host)];
        exchange(sandbox.address(), "GET", "/sandbox/requests", &headers, b"").status
    };
    let port = sandbox.port();
    for own in ["localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "[::1]", "gateway.test", "Gateway.Test"] {
        assert_eq!(status(own), 200, "{own}");
        assert_eq!(status(&format!("{own}:{port}")), 200, "{own}");
    }
    for foreign in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.gateway.test",
        "192.0.2.1",
        "0.0.0.0",
        "[::2]",
        "localhost@evil.example",
        "evil.example, localhost",
        "",
    ] {
        assert_eq!(status(foreign), 403, "{foreign}");
        assert_eq!(status(&format!("{foreign}:{port}")), 403, "{foreign}");
    }
    let two = [("Host", "localhost"), ("Host", "evil.example")];
    assert!(exchange(sandbox.address(), "GET", "/sandbox/requests", &two, b"").status >= 400);
    let evil = [("Host", "evil.example")];
    for (method, path) in [
        ("DELETE", "/sandbox/requests"),
        ("GET", "/sandbox/status"),
        ("POST", "/sandbox/gates"),
        ("POST", "/sandbox/inbound"),
    ] {
        let answer = exchange(sandbox.address(), method, path, &evil, b"{}");
        assert_eq!(answer.status, 403, "{method} {path}");
        assert!(!String::from_utf8_lossy(&answer.raw).contains("refId"));
    }
    assert_eq!(control(&sandbox, "GET", "/requests", "").json().as_array().unwrap().len(), 1);
}

#[test]
fn an_address_that_others_reach_needs_to_be_allowed() {
    let any = || Options::new().listen(([0, 0, 0, 0], 0));
    assert!(Sandbox::start(any()).is_err());
    let sandbox = Sandbox::start(any().allow_remote(true)).unwrap();
    let port = sandbox.port();
    assert_eq!(sandbox.control_url(), format!("http://127.0.0.1:{port}/sandbox"));
    let status = |host: &str| {
        let address = ([127, 0, 0, 1], port).into();
        exchange(address, "GET", "/sandbox/status", &[("Host", host)], b"").status
    };
    assert_eq!((status("localhost"), status("192.0.2.1"), status("evil.example")), (200, 200, 403));
}

#[test]
fn credentials_are_shown_only_on_request() {
    for expected in [false, true] {
        let sandbox = Sandbox::start(Options::new().show_credentials(expected)).unwrap();
        let headers = [("Authorization", AUTH), ("X-Api-Key", "hush"), ("Cookie", "hush"), ("X-Other", "hush")];
        exchange(sandbox.address(), "POST", "/whatsapp-message/messages", &headers, b"{}");
        let answer = control(&sandbox, "GET", "/requests", "").json();
        let shown: Vec<&str> =
            answer[0]["headers"].as_array().unwrap().iter().map(|pair| pair[0].as_str().unwrap()).collect();
        for name in ["authorization", "x-api-key", "cookie", "x-other"] {
            assert_eq!(shown.contains(&name), expected, "{name}");
        }
        assert!(shown.contains(&"content-length"));
        assert_eq!(answer.to_string().contains(AUTH), expected);
        // A test in the same process sees them always.
        assert_eq!(sandbox.requests()[0].header("authorization"), Some(AUTH));
    }
}

#[test]
fn the_requests_that_are_kept_are_bounded() {
    let sandbox = Sandbox::start(Options::new().keep(10)).unwrap();
    for _ in 0..300 {
        send(&sandbox, &["0001"]);
    }
    let status = control(&sandbox, "GET", "/status", "").json();
    assert_eq!((&status["requests"], &status["kept"]), (&json!(300), &json!(10)));
    assert_eq!(control(&sandbox, "GET", "/requests", "").json().as_array().unwrap().len(), 10);
    assert_eq!(sandbox.requests().len(), 10);

    // By their size as well: 64 MiB, whatever the number.
    let sandbox = Sandbox::start(Options::new()).unwrap();
    let large = vec![b' '; 1024 * 1024];
    let headers = [("Authorization", AUTH)];
    for _ in 0..80 {
        assert_eq!(exchange(sandbox.address(), "POST", "/whatsapp-message/messages", &headers, &large).status, 400);
    }
    let status = control(&sandbox, "GET", "/status", "").json();
    assert_eq!((&status["requests"], &status["kept"]), (&json!(80), &json!(63)));
}

/// The resident memory of this process, in KiB.
#[cfg(target_os = "linux")]
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A measurement: `make bench-sandbox`. `REQUESTS` is how many requests to send: a million by default. The gate never answers, so as
/// many callbacks wait as may: 20,000 here. So all that is bounded is full after the first 20,000 requests, which are measured against.
#[test]
#[cfg(target_os = "linux")]
#[ignore = "takes minutes"]
fn resident_memory_stays_flat_over_a_million_requests() {
    use std::io::{BufRead, BufReader, Read, Write};

    let total: usize = std::env::var("REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gate = Gate::new("silent", format!("http://{}/", silent.local_addr().unwrap()));
    let sandbox = Sandbox::start(Options::new().default_gate(gate).max_pending_callbacks(20_000)).unwrap();
    let body = request(&["0001"]).to_string();
    let head = "POST /whatsapp-message/messages HTTP/1.1\r\nHost: localhost\r\n";
    let bytes = format!("{head}Authorization: {AUTH}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let send = |count: usize| {
        let mut connection = common::connect(sandbox.address());
        let mut reader = BufReader::new(connection.try_clone().unwrap());
        for _ in 0..count {
            connection.write_all(bytes.as_bytes()).unwrap();
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let line = line.trim_end().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
        }
    };
    let measure = |count: usize| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| send(count / 4));
            }
        });
        let status = control(&sandbox, "GET", "/status", "").json();
        let resident = resident_kib();
        println!(
            "{} requests: {} MiB, {} dropped callbacks",
            status["requests"],
            resident / 1024,
            status["droppedCallbacks"]
        );
        resident
    };
    let full = measure(20_000);
    let most = (0..10).map(|_| measure(total / 10)).max().unwrap();
    assert!(most < full + full / 5, "{full} KiB after 20,000 requests, then up to {most} KiB");
}
