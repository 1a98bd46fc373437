//! What a client gets to see, scenario by scenario, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{AUTH, Answer, LONG, connect, control, exchange, number, post, request, send, write_request};
use linkwa_sandbox::{CallbackEndpoint, Gate, Options, Sandbox, StartError};
use serde_json::json;

const PATH: &str = "/whatsapp-message/messages";

fn sandbox() -> Sandbox {
    Sandbox::start(Options::new()).unwrap()
}

#[test]
fn an_ordinary_request_is_queued() {
    let sandbox = sandbox();
    let answer = send(&sandbox, &["0001", "0002", "0001"]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type").unwrap(), "application/json");
    let body = answer.json();
    assert_eq!((&body["resultCode"], &body["description"]), (&json!(112_001), &json!("queued")));
    let ids: Vec<&str> = body["messageIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    for id in &ids {
        assert_eq!(id.len(), 22, "{id}");
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
    }
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[test]
fn refusals_carry_an_error_response() {
    let sandbox = sandbox();
    for (digits, status, code, retry_after) in [
        ("1400", 400, 112_402, None),
        ("1401", 401, 112_400, None),
        ("1403", 403, 112_401, None),
        ("1429", 429, 112_000, Some("1")),
        ("1500", 500, 112_500, None),
        ("1503", 503, 112_500, Some("1")),
    ] {
        let answer = send(&sandbox, &[digits]);
        assert_eq!((answer.status, answer.code()), (status, code), "{digits}");
        assert_eq!(answer.header("retry-after").as_deref(), retry_after, "{digits}");
        let body = answer.json();
        assert!(body["description"].is_string() && body["translatedDescription"].is_null());
        assert_eq!(body.as_object().unwrap().len(), 3);
    }
}

#[test]
fn a_request_without_a_required_header_is_refused_as_one_with_wrong_credentials() {
    let required = Options::new().require_header("X-Api-Key", "k=1").require_header("x-tenant", "t");
    let sandbox = Sandbox::start(required).unwrap();
    let body = request(&["0001"]).to_string();
    let both = [("Authorization", AUTH), ("x-api-key", "k=1"), ("X-Tenant", "t")];
    let wrong = [("Authorization", AUTH), ("x-api-key", "k"), ("x-tenant", "t")];
    for (headers, status) in [(&both[..], 200), (&wrong[..], 401), (&both[..2], 401), (&both[1..], 401)] {
        let answer = exchange(sandbox.address(), "POST", PATH, headers, body.as_bytes());
        assert_eq!(answer.status, status, "{headers:?}");
    }
    let shown = exchange(sandbox.address(), "GET", "/sandbox/requests", &[], b"");
    let shown = String::from_utf8(shown.body).unwrap();
    assert!(!shown.contains("x-api-key") && !shown.contains("x-tenant"), "{shown}");
}

#[test]
fn a_connection_is_closed_without_a_byte() {
    let sandbox = sandbox();
    let answer = send(&sandbox, &["2001"]);
    assert_eq!(answer.raw, b"");
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].body_complete);
    assert_eq!(requests[0].status, None);
    assert_eq!(requests[0].text(), request(&["2001"]).to_string());
}

#[test]
fn an_answer_is_cut_half_way() {
    let sandbox = sandbox();
    let answer = send(&sandbox, &["2002"]);
    assert_eq!(answer.status, 200);
    let whole: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert_eq!(answer.body.len(), whole / 2);
    assert!(answer.body.starts_with(b"{\"resultCode\":112001"));
    assert_eq!(sandbox.requests()[0].status, Some(200));
}

#[test]
fn an_answer_can_be_html() {
    let answer = send(&sandbox(), &["2003"]);
    assert_eq!((answer.status, answer.header("content-type").unwrap().as_str()), (200, "text/html"));
    assert!(answer.body.starts_with(b"<!DOCTYPE html>"));
}

#[test]
fn a_request_can_stay_unanswered_and_dropping_the_sandbox_does_not_wait() {
    let sandbox = sandbox();
    let mut connection = connect(sandbox.address());
    let body = request(&["2004"]).to_string();
    write_request(&mut connection, "POST", PATH, &[("Authorization", AUTH)], body.as_bytes());
    assert!(sandbox.wait_for_requests(1, LONG));
    assert_eq!((sandbox.requests()[0].status, sandbox.requests()[0].body_complete), (None, true));
    connection.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(connection.read(&mut [0]).is_err(), "neither a byte nor the end may come");

    let start = Instant::now();
    drop(sandbox);
    assert!(start.elapsed() < Duration::from_secs(10));
    connection.set_read_timeout(Some(LONG)).unwrap();
    assert_eq!(connection.read(&mut [0]).unwrap_or(0), 0, "the connection has ended");
}

#[test]
fn a_success_can_lack_ids_or_have_another_code() {
    let sandbox = sandbox();
    for (digits, code) in [("2005", 112_500), ("2007", 112_402)] {
        let answer = send(&sandbox, &[digits]);
        assert_eq!((answer.status, answer.code()), (200, code));
        assert_eq!(answer.json()["messageIds"], json!([]));
    }
    let answer = send(&sandbox, &["0001", "2006", "0002"]);
    assert_eq!((answer.status, answer.code()), (200, 112_001));
    assert_eq!(answer.json()["messageIds"].as_array().unwrap().len(), 2);
}

#[test]
fn the_first_destination_with_a_scenario_decides() {
    let sandbox = sandbox();
    assert_eq!(send(&sandbox, &["0001", "3404", "1500", "1400"]).status, 500);
    assert_eq!(send(&sandbox, &["3404", "3001"]).status, 200);
}

#[test]
fn wrong_credentials_are_refused() {
    let sandbox = sandbox();
    let body = request(&["1500"]).to_string();
    let wrong = ["Basic dXNlcjp3cm9uZw==", "Basic ???", "Bearer dXNlcjpzZWNyZXQ=", "Basic", "Basic dXNlcg=="];
    for header in wrong {
        let answer = exchange(sandbox.address(), "POST", PATH, &[("Authorization", header)], body.as_bytes());
        assert_eq!((answer.status, answer.code()), (401, 112_400), "{header}");
        assert!(answer.header("www-authenticate").is_some());
    }
    let none = exchange(sandbox.address(), "POST", PATH, &[], b"not even JSON");
    assert_eq!((none.status, none.code()), (401, 112_400), "authentication comes first");
    let lower = exchange(
        sandbox.address(),
        "POST",
        PATH,
        &[("authorization", &AUTH.replace("Basic", "basic"))],
        body.as_bytes(),
    );
    assert_eq!(lower.status, 500, "then the scenario");

    let own = Sandbox::start(Options::new().credentials("ünï", "p:w").base_path("")).unwrap();
    let headers = [("Authorization", "Basic w7xuw686cDp3")];
    let answer = exchange(own.address(), "POST", "/messages", &headers, request(&["0001"]).to_string().as_bytes());
    assert_eq!(answer.status, 200);
}

#[test]
fn an_invalid_request_is_refused_with_its_path() {
    let sandbox = sandbox();
    let mut broken = request(&["1500"]);
    broken["messages"][0]["text"]["body"] = json!("");
    let answer = post(&sandbox, broken.to_string().as_bytes());
    assert_eq!((answer.status, answer.code()), (400, 112_402));
    let description = answer.json()["description"].as_str().unwrap().to_owned();
    assert!(description.contains("messages[0].text.body"), "{description}");

    broken = request(&["0001"]);
    broken.as_object_mut().unwrap().remove("refId");
    let description = post(&sandbox, broken.to_string().as_bytes()).json()["description"].to_string();
    assert!(description.contains("refId"), "{description}");
    assert_eq!(post(&sandbox, b"{").status, 400);
}

#[test]
fn other_paths_and_methods_are_refused_with_404_and_405() {
    let sandbox = sandbox();
    let other = exchange(sandbox.address(), "POST", "/whatsapp-message/other", &[("Authorization", AUTH)], b"{}");
    assert_eq!((other.status, other.code()), (404, 112_402));
    let get = exchange(sandbox.address(), "GET", PATH, &[("Authorization", AUTH)], b"");
    assert_eq!((get.status, get.code()), (405, 112_402));
    let seen: Vec<_> = sandbox.requests().iter().map(|r| (r.method.clone(), r.status)).collect();
    assert_eq!(seen, [("POST".to_owned(), Some(404)), ("GET".to_owned(), Some(405))]);
}

#[test]
fn a_request_is_recorded_unchanged() {
    let sandbox = sandbox();
    let headers = [("X-One", "1"), ("Authorization", AUTH), ("Content-Type", "text/plain"), ("X-Two", "2")];
    let body = request(&["0001"]).to_string();
    let answer = exchange(sandbox.address(), "POST", "/whatsapp-message/messages?q=1", &headers, body.as_bytes());
    assert_eq!(answer.status, 200, "the content type is the client's business");
    let requests = sandbox.requests();
    let names: Vec<&str> = requests[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["host", "connection", "x-one", "authorization", "content-type", "x-two", "content-length"]);
    assert_eq!(requests[0].path, "/whatsapp-message/messages?q=1");
    assert_eq!(requests[0].header("X-Two"), Some("2"));
    assert_eq!(requests[0].body, body.as_bytes());
    assert!(!format!("{requests:?}").contains("dXNlcjpzZWNyZXQ"));
    sandbox.clear_requests();
    assert!(sandbox.requests().is_empty());
    assert!(!sandbox.wait_for_requests(1, Duration::from_millis(1)));
}

#[test]
fn an_incomplete_body_is_recorded_as_incomplete() {
    let sandbox = sandbox();
    let mut connection = connect(sandbox.address());
    connection
        .write_all(format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{{\"a\"").as_bytes())
        .unwrap();
    connection.shutdown(Shutdown::Both).unwrap();
    assert!(sandbox.wait_for_requests(1, LONG));
    let request = &sandbox.requests()[0];
    assert!(!request.body_complete);
    assert_eq!(request.body, b"{\"a\"");
}

#[test]
fn connections_are_kept_alive_and_bodies_may_be_chunked() {
    let sandbox = sandbox();
    let mut connection = connect(sandbox.address());
    let body = request(&["0001"]).to_string();
    let head = format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTH}\r\n");
    let (first, second) = body.split_at(20);
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    let plain = format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    connection.write_all(chunked.as_bytes()).unwrap();
    connection.write_all(plain.as_bytes()).unwrap();
    let both = String::from_utf8(Answer::read(&mut connection).raw).unwrap();
    assert_eq!(both.matches("HTTP/1.1 200 OK").count(), 2, "{both}");
    assert!(sandbox.requests().iter().all(|request| request.body == body.as_bytes()));
}

#[test]
fn a_client_may_expect_100_continue() {
    let sandbox = sandbox();
    let mut connection = connect(sandbox.address());
    let body = request(&["0001"]).to_string();
    let length = body.len();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTH}\r\nConnection: close\r\n\
         Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    connection.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection.write_all(body.as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut connection).status, 200);
}

#[test]
fn long_bodies_are_refused_on_both_sides_of_the_bound() {
    let sandbox = Sandbox::start(Options::new().max_body_bytes(1000)).unwrap();
    for (length, status) in [(1000, 200), (1001, 413), (300_000, 413)] {
        let mut body = request(&["0001"]).to_string();
        body.push_str(&" ".repeat(length - body.len()));
        let answer = post(&sandbox, body.as_bytes());
        assert_eq!(answer.status, status, "{length}");
        let kept = sandbox.requests().pop().unwrap();
        assert_eq!((kept.body.len(), kept.body_complete), (length.min(1000), status == 200));
    }
}

#[test]
fn a_slow_request_times_out() {
    let sandbox = Sandbox::start(Options::new().read_timeout(Duration::from_millis(50))).unwrap();
    let mut connection = connect(sandbox.address());
    connection
        .write_all(format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{{").as_bytes())
        .unwrap();
    let answer = Answer::read(&mut connection);
    assert_eq!((answer.status, answer.code()), (408, 112_402));
    assert!(!sandbox.requests()[0].body_complete);

    let mut connection = connect(sandbox.address());
    connection.write_all(b"POST /whats").unwrap();
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn further_connections_wait_until_one_is_free() {
    let sandbox = Sandbox::start(Options::new().max_connections(1)).unwrap();
    let mut holder = connect(sandbox.address());
    let body = request(&["2004"]).to_string();
    write_request(&mut holder, "POST", PATH, &[("Authorization", AUTH)], body.as_bytes());
    assert!(sandbox.wait_for_requests(1, LONG));
    let mut waiting = connect(sandbox.address());
    let body = request(&["0001"]).to_string();
    write_request(&mut waiting, "POST", PATH, &[("Authorization", AUTH)], body.as_bytes());
    assert!(!sandbox.wait_for_requests(2, Duration::from_millis(200)));
    drop(holder);
    assert_eq!(Answer::read(&mut waiting).status, 200);
}

#[test]
fn only_the_newest_requests_are_kept() {
    let sandbox = Sandbox::start(Options::new().keep(2)).unwrap();
    for digits in ["0001", "0002", "0003"] {
        send(&sandbox, &[digits]);
    }
    assert!(sandbox.wait_for_requests(3, LONG));
    let kept = sandbox.requests();
    assert_eq!(kept.len(), 2);
    assert!(kept[0].text().contains(&number("0002")) && kept[1].text().contains(&number("0003")));
}

#[test]
fn invalid_options_are_refused() {
    let any = SocketAddr::from(([0, 0, 0, 0], 0));
    assert!(matches!(Sandbox::start(Options::new().listen(any)), Err(StartError::NotLoopback(_))));
    for path in ["whatsapp", "/", "/a/", "/a b", "/{x}", "/sandbox", "/sandbox/x"] {
        let started = Sandbox::start(Options::new().base_path(path));
        assert!(matches!(started, Err(StartError::BasePath(_))), "{path}");
    }
    assert!(Sandbox::start(Options::new().base_path("/sandboxes/v1.0")).is_ok());
    let gate = Gate::new("g", "https://127.0.0.1/");
    assert!(matches!(Sandbox::start(Options::new().gate(gate)), Err(StartError::Gate(_))));
    let taken = Sandbox::start(Options::new()).unwrap();
    let again = Sandbox::start(Options::new().listen(taken.address()));
    assert!(matches!(again, Err(StartError::Listen(_))));
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[test]
fn the_log_has_one_line_per_request_and_no_secret() {
    let lines = Lines::default();
    let endpoint = CallbackEndpoint::start().unwrap();
    let options = Options::new().log_to(lines.clone()).default_gate(Gate::new("g", endpoint.url()).basic("me", "hush"));
    let sandbox = Sandbox::start(options).unwrap();
    let mut order = request(&["2006", "0002"]);
    order["refId"] = json!("a\"\u{2028}b");
    order["eventReportGates"] = json!(["nowhere"]);
    post(&sandbox, order.to_string().as_bytes());
    order["messages"][0]["te\nxt"] = json!("Hello");
    post(&sandbox, order.to_string().as_bytes());
    send(&sandbox, &["2001"]);
    let mut order = request(&["0001"]);
    order["customParameters"] = json!({"own-name": 1});
    post(&sandbox, order.to_string().as_bytes());
    let log = lines.text();
    let log: Vec<&str> = log.lines().collect();
    assert_eq!(log.len(), 5, "{log:?}");
    assert!(log[0].contains("no gate \"nowhere\""), "{log:?}");
    let expected =
        " POST /whatsapp-message/messages 200 refId=\"a\\\"\\u{2028}b\" types=text destinations=2 scenario=2006";
    assert!(log[1].ends_with(expected), "{log:?}");
    assert!(log[2].contains(" 400 messages[0].te\\nxt: "), "{log:?}");
    assert!(log[3].contains("/messages - refId"), "{log:?}");
    assert!(log[4].contains(" 400 customParameters: "), "{log:?}");
    let all = log.join(" ");
    for secret in ["secret", "hush", "Hello", "467000", "dXNl", "own-name"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[test]
fn dropped_callbacks_are_one_line_for_each_gate_and_request() {
    let (lines, endpoint) = (Lines::default(), CallbackEndpoint::start().unwrap());
    let [a, b] = ["a", "b"].map(|id| Gate::new(id, endpoint.url()));
    let options = Options::new().log_to(lines.clone()).gate(a).gate(b).max_pending_callbacks(1);
    let sandbox = Sandbox::start(options).unwrap();
    let mut order = request(&["0001", "0001", "0001"]);
    order["eventReportGates"] = json!(["a", "b"]);
    assert_eq!(post(&sandbox, order.to_string().as_bytes()).status, 200);
    let log = lines.text();
    let dropped: Vec<&str> = log.lines().filter_map(|line| Some(line.split_once(" gate ")?.1)).collect();
    assert_eq!(dropped.len(), 2, "{log}");
    assert!(dropped[0].starts_with("\"a\" is too slow: 6 callbacks dropped"), "{log}");
    assert!(dropped[1].starts_with("\"b\" is too slow: 6 callbacks dropped"), "{log}");
    let again = json!({"message": 1, "status": "read", "times": 2, "gate": "a"}).to_string();
    assert_eq!(control(&sandbox, "POST", "/report", &again).status, 202);
    assert!(
        lines.text().ends_with("gate \"a\" is too slow: 2 callbacks dropped, since 1 are waiting\n"),
        "{}",
        lines.text()
    );
}
