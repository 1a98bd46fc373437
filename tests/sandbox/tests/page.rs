//! The page, and who may use it and the control routes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use common::{AUTH, control, exchange, request};
use linkwa_sandbox::{Options, Sandbox};
use serde_json::json;

const FILES: [(&str, &str); 3] = [
    ("/", "text/html; charset=utf-8"),
    ("/app.js", "text/javascript; charset=utf-8"),
    ("/app.css", "text/css; charset=utf-8"),
];

#[test]
fn the_page_runs_its_own_files_only() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    for (path, content_type) in FILES {
        let answer = exchange(sandbox.address(), "GET", path, &[], b"");
        assert_eq!((answer.status, answer.header("content-type").as_deref()), (200, Some(content_type)), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"));
        assert!(!answer.body.is_empty());
    }
    let page = exchange(sandbox.address(), "GET", "/", &[], b"");
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("/app.js") && page.contains("/app.css"));
    assert!(sandbox.requests().is_empty(), "the page's own requests are not among the gateway's");
}

#[test]
fn a_website_reaches_nothing_but_the_gateways_own_path() {
    let sandbox = Sandbox::start(Options::new()).unwrap();
    let port = sandbox.port();
    let own = format!("http://127.0.0.1:{port}");
    let host = format!("127.0.0.1:{port}");
    let status = |method: &str, path: &str, headers: &[(&str, &str)]| {
        exchange(sandbox.address(), method, path, headers, b"{}").status
    };
    for path in FILES.iter().map(|(path, _)| *path).chain([
        "/sandbox/messages",
        "/sandbox/events",
        "/sandbox/conversations",
        "/sandbox/refused",
        "/sandbox/nothing",
        "/elsewhere",
    ]) {
        assert_eq!(status("GET", path, &[("Host", "evil.example")]), 403, "{path}");
        for origin in
            ["https://example.com", "null", "http://127.0.0.1:1", "http://localhost", &format!("https://{host}")]
        {
            assert_eq!(status("GET", path, &[("Host", &host), ("Origin", origin)]), 403, "{path} {origin}");
        }
    }
    for path in ["/sandbox/reset", "/sandbox/inbound", "/sandbox/gates"] {
        assert_eq!(status("POST", path, &[("Host", "evil.example")]), 403, "{path}");
        assert_eq!(status("POST", path, &[("Host", &host), ("Origin", "https://example.com")]), 403, "{path}");
    }
    assert_eq!(status("POST", "/sandbox/reset", &[("Host", &host), ("Origin", &own)]), 204, "the page itself");
    assert!(sandbox.requests().is_empty());

    let proxied = Sandbox::start(Options::new().allow_host("sandbox.example")).unwrap();
    let status_of = |origin: &str| {
        let headers = [("Host", "localhost"), ("Origin", origin)];
        exchange(proxied.address(), "POST", "/sandbox/reset", &headers, b"").status
    };
    assert_eq!(status_of("https://sandbox.example"), 204, "a proxy in front of it");
    for origin in ["https://example", "https://sandbox.example.evil", "https://sandbox.example@evil", "null"] {
        assert_eq!(status_of(origin), 403, "{origin}");
    }

    // A client may reach the gateway by any name.
    let headers = [("Host", "gateway.example"), ("Authorization", AUTH)];
    let body = request(&["0001"]).to_string();
    let answer = exchange(sandbox.address(), "POST", "/whatsapp-message/messages", &headers, body.as_bytes());
    assert_eq!(answer.status, 200);
    assert_eq!(status("GET", "/whatsapp-message/other", &headers), 404);
    assert_eq!(status("GET", "/elsewhere", &headers), 404);
    assert_eq!(sandbox.requests().len(), 3, "also those to a wrong path");
    assert_eq!(status("GET", "/favicon.ico", &[]), 404);
    assert_eq!(sandbox.requests().len(), 3, "but not those of a browser");
    assert_eq!(control(&sandbox, "GET", "/nothing", "").json(), json!({"error": "no such resource"}));
    assert_eq!(control(&sandbox, "PUT", "/status", "").status, 405);
    assert_eq!(sandbox.requests().len(), 3, "but not those to the control routes");
}
