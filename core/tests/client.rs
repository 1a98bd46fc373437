//! What the client puts on the wire, byte by byte, and what it says when nothing gets that far.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::net::TcpListener;
use std::time::Duration;

use linkwa::{
    Client, Config, Contacts, Error, FindingCode, MessageRequest, Outcome, Priority, Raw, Reason, SendOptions,
    Severity, Template, Text,
};
use serde_json::{Value, json};
use support::{Answer, AnswerServer};

const QUEUED: &[u8] = br#"{"resultCode":112001,"description":"queued","messageIds":["8aU6cwxAKE9NzMLrS6M82Y"]}"#;

fn config(base_url: String) -> Config {
    Config::with_base_url(base_url, "user", "canary-pässword").platform("pid", "ppid").source("+46000000000")
}

fn accepting() -> (AnswerServer, Client) {
    let server = AnswerServer::start();
    server.answer_with(Answer { status: 200, body: QUEUED.to_vec(), ..Answer::default() });
    let client = Client::new(config(server.base_url())).expect("a client");
    (server, client)
}

fn body(server: &AnswerServer) -> Value {
    serde_json::from_slice(&server.requests().last().expect("a request").body).expect("JSON")
}

#[test]
fn the_posted_request_has_fixed_headers_and_the_bytes_of_build() {
    let (server, client) = accepting();
    let options = SendOptions::new().ref_id("r-17").priority(Priority::High);
    let sent = client.send("+46000000001", Text::new("Hællo"), &options).expect("accepted");
    assert_eq!((sent.ref_id(), sent.description()), ("r-17", Some("queued")));
    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    let built = client.build("+46000000001", Text::new("Hællo"), &options).expect("valid");
    assert_eq!(String::from_utf8_lossy(&request.body), String::from_utf8_lossy(&built));
    assert!(request.head.starts_with("POST /whatsapp-message/messages HTTP/1.1\r\n"), "{}", request.head);
    // base64("user:canary-pässword") in UTF-8
    assert_eq!(request.header("authorization"), Some("Basic dXNlcjpjYW5hcnktcMOkc3N3b3Jk"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("content-length"), Some(&*built.len().to_string()));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some(concat!("linkwa/", env!("CARGO_PKG_VERSION"))));
    for absent in ["expect", "transfer-encoding", "cookie"] {
        assert_eq!(request.header(absent), None);
    }
    assert_ne!(request.header("accept-encoding"), Some("gzip"));
}

#[test]
fn configured_headers_stand_beside_the_clients_own_on_every_connection() {
    let server = AnswerServer::start();
    server.answer_with(Answer { status: 200, body: QUEUED.to_vec(), ..Answer::default() });
    let with_headers = config(server.base_url()).header("X-Api-Key", "old").header("x-tenant", "blåbär; a=\"b\"");
    let client = Client::new(with_headers.header("x-API-key", "new key")).expect("a client");
    // The second send is on the first one's connection; a body of several pieces.
    for text in ["x".to_owned(), "y".repeat(40_000)] {
        let sent = client.send("+46000000001", Text::new(text), &SendOptions::new());
        assert!(sent.is_ok(), "{sent:?}");
    }
    assert_eq!(server.requests().len(), 2);
    for request in server.requests() {
        assert_eq!(request.header("x-api-key"), Some("new key"));
        assert_eq!(request.header("x-tenant"), Some("blåbär; a=\"b\""));
        assert_eq!(request.header("authorization"), Some("Basic dXNlcjpjYW5hcnktcMOkc3N3b3Jk"));
        assert_eq!(request.head.to_ascii_lowercase().matches("\r\nx-api-key:").count(), 1, "{}", request.head);
    }
}

#[test]
fn options_override_the_clients_defaults() {
    let server = AnswerServer::start();
    server.answer_with(Answer { status: 200, body: QUEUED.to_vec(), ..Answer::default() });
    let config = config(server.base_url())
        .priority(Priority::Low)
        .event_report_gates(["a", "b"])
        .platform_service_id("service")
        .platform_service_type("kind")
        .custom_parameter("k", "default")
        .relative_validity_time(Duration::from_secs(60));
    let client = Client::new(config).expect("a client");
    client.send("1234", Text::new("x"), &SendOptions::new().ref_id("r")).expect("accepted");
    let defaults = json!({
        "platformId": "pid", "platformPartnerId": "ppid", "platformServiceId": "service", "platformServiceType": "kind",
        "priority": "LOW", "relativeValidityTime": 60_000, "eventReportGates": ["a", "b"], "refId": "r",
        "customParameters": {"k": "default"}, "source": "+46000000000", "destinations": ["1234"],
        "messages": [{"type": "text", "text": {"body": "x"}}],
    });
    assert_eq!(body(&server), defaults);
    let options = SendOptions::new()
        .ref_id("r2")
        .priority(Priority::High)
        .event_report_gates(["c"])
        .custom_parameter("j", "1")
        .custom_parameter("j", "2")
        .relative_validity_time(Duration::from_millis(1))
        .absolute_validity_time("2099-01-01T00:00:00+01:00")
        .source("+46000000009")
        .platform_service_id("s2")
        .platform_service_type("t2")
        .platform_transaction_id("tx");
    client.send("1234", Text::new("x").preview_url(false), &options).expect("accepted");
    let overridden = json!({
        "platformId": "pid", "platformPartnerId": "ppid", "platformServiceId": "s2", "platformServiceType": "t2",
        "platformTransactionId": "tx", "priority": "HIGH", "relativeValidityTime": 1,
        "absoluteValidityTime": "2099-01-01T00:00:00+01:00", "eventReportGates": ["c"], "refId": "r2",
        "customParameters": {"j": "2"}, "source": "+46000000009", "destinations": ["1234"],
        "messages": [{"type": "text", "previewUrl": false, "text": {"body": "x"}}],
    });
    assert_eq!(body(&server), overridden);
    // Empty lists replace the client's as well.
    let none = SendOptions::new().event_report_gates::<&str>([]).custom_parameter("i", "1");
    client.send("1234", Text::new("x"), &none.custom_parameters::<&str, &str>([])).expect("accepted");
    assert_eq!((&body(&server)["eventReportGates"], &body(&server)["customParameters"]), (&json!([]), &json!({})));
    let replaced = SendOptions::new().custom_parameters([("j", "1"), ("i", "1"), ("j", "2")]);
    client.send("1234", Text::new("x"), &replaced).expect("accepted");
    assert_eq!(body(&server)["customParameters"], json!({"j": "2", "i": "1"}));
}

#[test]
fn each_send_without_a_ref_id_gets_a_new_one() {
    let (server, client) = accepting();
    let first = client.send_text("+46000000001", "x").expect("accepted");
    assert_eq!(body(&server)["refId"], first.ref_id());
    let second = client.send_text("+46000000001", "x").expect("accepted");
    assert_eq!(body(&server)["refId"], second.ref_id());
    assert_ne!(first.ref_id(), second.ref_id());
    let mut many: Vec<_> = (0..1000).map(|_| linkwa::new_ref_id()).collect();
    assert!(many.iter().all(|id| id.len() == 36));
    many.sort();
    many.dedup();
    assert_eq!(many.len(), 1000);
}

#[test]
fn a_thing_has_one_ref_id() {
    assert_eq!(linkwa::ref_id_for("orders", "17"), "fb89d2ef-7008-8218-8e74-ab2bfa22e52f");
    assert_eq!(linkwa::ref_id_for("", "\u{e5}"), "d4ee3d92-6cb5-8c37-ab0c-636021b6ddf1");
    let mut all = vec![("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", ""), ("1:a", "bc"), ("", "1:abc"), ("", "")];
    all.extend(["17", "18"].map(|id| ("orders", id)));
    let ids: std::collections::HashSet<_> =
        all.iter().map(|(namespace, id)| linkwa::ref_id_for(namespace, id)).collect();
    assert_eq!(ids.len(), all.len());
    let (_server, client) = accepting();
    for ref_id in ids {
        let options = SendOptions::new().ref_id(&ref_id);
        assert_eq!(client.send("+46000000001", Text::new("x"), &options).expect("valid").ref_id(), ref_id);
    }
}

#[test]
fn sends_share_one_connection() {
    let (server, client) = accepting();
    let clone = client.clone();
    for _ in 0..3 {
        client.send_text("+46000000001", "x").expect("accepted");
        clone.send_text("+46000000001", "x").expect("accepted");
    }
    let connections: Vec<_> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0; 6]);
}

#[test]
fn an_invalid_request_is_not_sent_and_its_error_has_all_findings() {
    let (server, client) = accepting();
    let to = ["+46 70 123 45 67", "+46000000001", "+46000000001"];
    let error = client.send_image(to, "ftp://example.com/a.png").expect_err("invalid");
    assert_eq!((error.code().as_str(), error.outcome()), ("invalid_request", Some(Outcome::NotSent)));
    assert!(error.ref_id().is_some());
    let found: Vec<_> = error.findings().iter().map(|f| (f.path(), f.code(), f.severity())).collect();
    assert_eq!(
        found,
        [
            ("destinations[0]", FindingCode::InvalidMsisdn, Severity::Error),
            ("destinations[2]", FindingCode::Duplicate, Severity::Warning),
            ("messages[0].image.link", FindingCode::InvalidUrl, Severity::Error),
        ]
    );
    assert_eq!(error.findings()[0].suggestion(), Some("+46701234567"));
    assert!(server.requests().is_empty());
}

#[test]
fn a_client_without_platform_ids_and_source_gets_findings_for_them() {
    let (server, _) = accepting();
    let client = Client::new(Config::with_base_url(server.base_url(), "user", "secret")).expect("a client");
    let error = client.send_text("+46000000001", "x").expect_err("incomplete");
    let found: Vec<_> = error.findings().iter().map(|f| (f.path(), f.code())).collect();
    let missing = ["platformId", "platformPartnerId", "source"].map(|path| (path, FindingCode::Required));
    assert_eq!(found, missing);
}

#[test]
fn warnings_are_on_the_result_and_with_strict_they_are_errors() {
    let (server, client) = accepting();
    let image = linkwa::Image::new("https://example.com/a.gif");
    let sent = client.send("+46000000001", image.clone(), &SendOptions::new()).expect("accepted");
    let warned: Vec<_> = sent.warnings().iter().map(|f| (f.path(), f.code())).collect();
    assert_eq!(warned, [("messages[0].image.link", FindingCode::UnsupportedMediaType)]);
    let strict = Client::new(config(server.base_url()).strict(true)).expect("a client");
    for error in [
        strict.send("+46000000001", image.clone(), &SendOptions::new()).map(drop).expect_err("strict"),
        strict.build("+46000000001", image, &SendOptions::new()).map(drop).expect_err("strict"),
    ] {
        let found: Vec<_> = error.findings().iter().map(|f| (f.code(), f.severity())).collect();
        assert_eq!(found, [(FindingCode::UnsupportedMediaType, Severity::Error)]);
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_whole_request_is_sent_normalised_and_without_the_clients_defaults() {
    let (server, client) = accepting();
    let json = r#" {"messages":[{"template":{"name":"n","namespace":"ns","language":{"code":"en"}},"type":"template"}],
        "platformId":"mine","platformPartnerId":"pp","priority":"LOW","refId":"r","source":"123","destinations":["456"],
        "customParameters":null} "#;
    let request = MessageRequest::from_json(json).expect("valid");
    assert_eq!((request.ref_id(), request.destinations().collect::<Vec<_>>()), ("r", vec!["456"]));
    assert_eq!(request.messages().map(linkwa::Message::type_name).collect::<Vec<_>>(), ["template"]);
    let sent = client.send_request(&request).expect("accepted");
    let wire = r#"{"platformId":"mine","platformPartnerId":"pp","priority":"LOW","refId":"r","source":"123","destinations":["456"],"messages":[{"type":"template","template":{"namespace":"ns","name":"n","language":{"code":"en"},"components":[]}}]}"#;
    assert_eq!(String::from_utf8_lossy(&server.requests()[0].body), wire);
    let warned: Vec<_> = sent.warnings().iter().map(|f| (f.path(), f.code())).collect();
    assert_eq!(warned, [("messages[0].template.components", FindingCode::MissingComponents)]);
    // What is missing is not filled in.
    let error = MessageRequest::from_json(br#"{"refId":"r-9"}"#).expect_err("incomplete");
    assert_eq!(error.ref_id(), Some("r-9"));
    assert!(error.findings().iter().any(|f| f.path() == "priority" && f.code() == FindingCode::Required));
}

#[test]
fn a_request_changed_after_reading_is_validated_again() {
    let valid = MessageRequest::new("+46000000001", Text::new("x")).platform("p", "pp");
    let valid = valid.options(&SendOptions::new().source("123"));
    let read = MessageRequest::from_json(valid.to_json().expect("valid")).expect("valid");
    assert_eq!(read, valid);
    for changed in [read.clone().platform("", "pp"), read.options(&SendOptions::new().source("no number"))] {
        assert_eq!(changed.validate().len(), 1);
        assert_eq!(changed.to_json().expect_err("invalid").code().as_str(), "invalid_request");
    }
}

#[test]
fn validity_times_out_of_range_become_the_nearest_time_in_range() {
    let far = std::time::UNIX_EPOCH + Duration::from_secs(400_000_000_000);
    let before = std::time::UNIX_EPOCH - Duration::from_secs(1);
    let (server, client) = accepting();
    for (time, expected) in [
        (far, "9999-12-31T23:59:59Z"),
        (before, "1970-01-01T00:00:00Z"),
        (std::time::UNIX_EPOCH + Duration::from_millis(4_102_444_800_999), "2100-01-01T00:00:00Z"),
    ] {
        client.send("123", Text::new("x"), &SendOptions::new().valid_until(time)).expect("accepted");
        assert_eq!(body(&server)["absoluteValidityTime"], expected);
    }
    client.send("123", Text::new("x"), &SendOptions::new().relative_validity_time(Duration::MAX)).expect("accepted");
    assert_eq!(body(&server)["relativeValidityTime"], u64::MAX);
}

#[test]
fn the_options_timeout_wins_over_the_clients() {
    let (server, client) = accepting();
    let none = client.with_timeout(Duration::from_nanos(1));
    assert_eq!(none.send_text("123", "x").expect_err("no time").reason(), Some(Reason::Deadline));
    let options = SendOptions::new().timeout(Duration::from_secs(20));
    none.send("123", Text::new("x"), &options).expect("accepted");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_misspelt_template_language_suggests_the_right_spelling() {
    let template = |code: &str| {
        let request = MessageRequest::new("123", Template::new("n", "ns", code)).platform("p", "pp");
        let findings = request.options(&SendOptions::new().source("123")).validate();
        findings.first().map(|finding| (finding.code(), finding.message().to_owned()))
    };
    let (code, message) = template("en-us").expect("a warning");
    assert_eq!(code, FindingCode::UnsupportedLanguage);
    assert!(message.contains("`en_US`"), "{message}");
    assert_eq!(template("en_US"), None);
}

#[test]
fn a_raw_request_is_sent_unchanged_and_must_be_a_json_object() {
    let (server, client) = accepting();
    let json =
        "{ \"refId\" : \"r-\\u0031\", \"destinations\":[\"+46000000001\"], \"newer\": 1e999, \"a\":1, \"a\":2 }\n";
    let sent = client.send_raw(json).expect("accepted");
    assert_eq!(server.requests()[0].body, json.as_bytes());
    assert_eq!((sent.ref_id(), sent.receipts().len()), ("r-1", 1));
    let sent = client.send_raw("{}").expect("accepted");
    assert_eq!((sent.ref_id(), sent.receipts().len()), ("", 0));
    let padded = |size: usize| format!("{{{}}}", " ".repeat(size - 2));
    client.send_raw(padded(1 << 20)).expect("accepted");
    let requests = server.requests().len();
    let too_large = padded((1 << 20) + 1);
    for bad in ["", "[]", "{\"a\":}", "{\"a\":\"\\ud800\"}", &too_large] {
        let error = client.send_raw(bad).expect_err("no object");
        let found: Vec<_> = error.findings().iter().map(|f| (f.path(), f.code())).collect();
        assert_eq!(found, [("", FindingCode::InvalidJson)]);
    }
    assert_eq!(server.requests().len(), requests);
}

#[test]
fn a_raw_message_is_sent_unchanged_beside_validated_ones() {
    let (server, client) = accepting();
    let raw = Raw::new(" {\"type\":\"interactive\", \"n\":1.0e2} ").expect("an object");
    let messages: [linkwa::Message; 2] = [raw.into(), Text::new("x").into()];
    client.send("+46000000001", messages, &SendOptions::new()).expect("accepted");
    let sent = server.requests()[0].body.clone();
    let sent = String::from_utf8_lossy(&sent).into_owned();
    assert!(
        sent.ends_with(r#""messages":[{"type":"interactive", "n":1.0e2},{"type":"text","text":{"body":"x"}}]}"#),
        "{sent}"
    );
    assert_eq!(Raw::new("[]").expect_err("a list").findings()[0].code(), FindingCode::InvalidJson);
}

#[test]
fn a_closed_port_and_an_unknown_host_are_not_sent() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let refused = Client::new(config(format!("http://127.0.0.1:{port}"))).expect("a client");
    let unresolvable = Client::new(config("http://gateway.invalid".to_owned()).allow_http(true)).expect("a client");
    for (client, reason) in [(refused, Reason::Connect), (unresolvable, Reason::Dns)] {
        let error = client.send("+46000000001", Text::new("x"), &SendOptions::new().ref_id("r")).expect_err("not sent");
        assert_eq!((error.code().as_str(), error.outcome()), ("not_sent", Some(Outcome::NotSent)));
        assert_eq!((error.reason(), error.ref_id()), (Some(reason), Some("r")), "{error}");
    }
}

#[test]
fn a_plain_server_behind_https_is_a_tls_failure_and_nothing_is_sent() {
    let (server, _) = accepting();
    let client = Client::new(config(server.base_url().replace("http://", "https://"))).expect("a client");
    // The server waits for more of what it takes for a request, so the handshake runs into the deadline, unless it hangs up.
    let error = client.with_timeout(Duration::from_millis(500)).send_text("+46000000001", "x").expect_err("not sent");
    assert_eq!(error.code().as_str(), "not_sent");
    assert!(server.requests().is_empty());
}

#[test]
fn a_timeout_of_one_nanosecond_sends_nothing() {
    let (server, client) = accepting();
    let options = SendOptions::new().timeout(Duration::from_nanos(1));
    let error = client.send("+46000000001", Text::new("x"), &options).expect_err("no time");
    assert_eq!((error.code().as_str(), error.reason()), ("not_sent", Some(Reason::Deadline)));
    assert!(server.requests().is_empty());
}

#[test]
fn a_timeout_out_of_its_bounds_is_an_invalid_configuration() {
    let (server, client) = accepting();
    for timeout in [Duration::ZERO, Duration::from_secs(24 * 60 * 60 + 1), Duration::MAX] {
        let options = SendOptions::new().timeout(timeout);
        let errors = [
            client.send("+46000000001", Text::new("x"), &options).map(drop).expect_err("refused"),
            client.submit("+46000000001", Text::new("x"), &options).map(drop).expect_err("refused"),
            client.with_timeout(timeout).send_text("+46000000001", "x").map(drop).expect_err("refused"),
            client.with_timeout(timeout).send_raw("{}").map(drop).expect_err("refused"),
        ];
        for error in errors {
            assert_eq!((error.code().as_str(), error.outcome()), ("invalid_config", Some(Outcome::NotSent)));
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn every_verb_refuses_a_request_over_1_mib() {
    let (server, client) = accepting();
    let half = "x".repeat(linkwa::MAX_JSON_BYTES / 2);
    let messages = || [Text::new(&*half), Text::new(&*half)];
    let bytes = |error: linkwa::Error| -> usize {
        let finding = error.findings().iter().find(|finding| finding.is_error()).expect("an error").clone();
        assert_eq!(
            (error.code().as_str(), finding.path(), finding.code().as_str()),
            ("invalid_request", "", "invalid_json")
        );
        let numbers =
            finding.message().split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<usize>().ok());
        numbers.max().expect("the size")
    };
    let options = SendOptions::new().ref_id("r");
    let size = bytes(client.build("123", messages(), &options).expect_err("too large"));
    assert!(size > linkwa::MAX_JSON_BYTES);
    assert_eq!(bytes(client.send("123", messages(), &options).expect_err("too large")), size);
    assert_eq!(bytes(client.submit("123", messages(), &options).map(drop).expect_err("too large")), size);
    assert_eq!(
        bytes(client.send_request(&client.message_request("123", messages(), &options)).expect_err("too large")),
        size
    );
    let json = format!(r#"{{"refId":"{half}{half}"}}"#);
    assert_eq!(bytes(client.send_raw(&json).expect_err("too large")), json.len());
    assert_eq!(bytes(MessageRequest::from_json(&json).expect_err("too large")), json.len());
    assert!(server.requests().is_empty());
    // To the byte.
    let empty = client.build("123", Text::new("x"), &options).expect("small").len() - 1;
    let longest = "x".repeat(linkwa::MAX_JSON_BYTES - empty);
    let built = client.build("123", Text::new(&*longest), &options).expect("it fits");
    assert_eq!(built.len(), linkwa::MAX_JSON_BYTES);
    client.send("123", Text::new(&*longest), &options).expect("accepted");
    assert!(client.build("123", Text::new(format!("{longest}x")), &options).is_err());
}

#[test]
fn a_redirect_is_a_rejection_and_is_not_followed() {
    let (server, client) = accepting();
    for status in [301, 302, 303, 307, 308] {
        let before = server.requests().len();
        let location = ("Location".to_owned(), server.base_url());
        server.answer_with(Answer { status, headers: vec![location], body: Vec::new() });
        let error = client.send_text("+46000000001", "x").expect_err("a redirect");
        assert_eq!((error.code().as_str(), error.http_status()), ("rejected", Some(status)));
        assert_eq!(server.requests().len(), before + 1);
    }
}

#[test]
fn an_answer_is_kept_as_it_came_up_to_64_kib() {
    let (server, client) = accepting();
    for (length, kept) in [(65_536, 65_536), (65_537, 65_536), (1_000_000, 65_536)] {
        let body = vec![b'x'; length];
        server.answer_with(Answer { status: 400, body: body.clone(), ..Answer::default() });
        let error = client.send_text("+46000000001", "x").expect_err("rejected");
        assert_eq!(error.code().as_str(), "rejected");
        assert_eq!(error.response_body(), Some(&body[..kept]));
    }
    // One byte over the limit for one destination cannot be read, whatever it says.
    let limit = 65_536 + 256;
    let padded = |length: usize| [QUEUED, &b" ".repeat(length - QUEUED.len())].concat();
    server.answer_with(Answer { status: 200, body: padded(limit), ..Answer::default() });
    client.send_text("+46000000001", "x").expect("accepted");
    server.answer_with(Answer { status: 200, body: padded(limit + 1), ..Answer::default() });
    let error = client.send_text("+46000000001", "x").expect_err("too long");
    assert_eq!((error.code().as_str(), error.reason()), ("outcome_unknown", Some(Reason::InvalidResponse)));
}

#[test]
fn the_gateways_descriptions_can_be_read_but_are_not_printed() {
    let (server, client) = accepting();
    let body =
        br#"{"resultCode":112402,"description":"bad number +46701234567","translatedDescription":"fel"}"#.to_vec();
    let headers = vec![("Retry-After".to_owned(), "Fri, 31 Dec 1999 23:59:59 GMT".to_owned())];
    server.answer_with(Answer { status: 400, headers, body });
    let error = client.send_text("+46000000001", "x").expect_err("rejected");
    assert_eq!(error.description(), Some("bad number +46701234567"));
    assert_eq!(error.translated_description(), Some("fel"));
    assert_eq!(error.retry_after(), Some(Duration::ZERO));
    let printed = format!("{error} {error:?}");
    assert!(!printed.contains("46701234567") && !printed.contains("canary"), "{printed}");
    assert!(printed.contains("112402") && printed.contains("400"), "{printed}");
}

#[test]
fn an_unusable_configuration_is_refused() {
    let with = |change: fn(Config) -> Config| Client::new(change(config("https://example.com".to_owned())));
    let refused: [Result<Client, Error>; 9] = [
        Client::new(Config::with_base_url("http://example.com", "user", "secret")),
        Client::new(Config::with_base_url("https://example.com", "us:er", "secret")),
        with(|config| config.timeout(Duration::ZERO)),
        with(|config| config.connect_timeout(Duration::from_secs(25 * 60 * 60))),
        with(|config| config.proxy("http://user:canary@")),
        with(|config| config.ca_file("there/is/no/such.pem")),
        with(|config| config.header("authorization", "canary")),
        with(|config| config.header("x-api-key", "canary\r\nX: y")),
        with(|config| config.header("x-api-key: canary", "y")),
    ];
    for result in refused {
        let error = result.expect_err("refused");
        assert_eq!((error.code().as_str(), error.outcome()), ("invalid_config", Some(Outcome::NotSent)));
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn debug_output_of_client_and_config_has_no_secret() {
    let config = config("https://example.com".to_owned()).proxy("http://someone:canary-proxy@localhost:3128");
    let config = config.header("x-api-key", "canary-key");
    let in_url = Config::with_base_url("https://user:canary-in-url@example.com", "user", "secret");
    let printed = format!("{config:?} {in_url:?} {:?}", Client::new(config.clone()).expect("a client"));
    assert!(!printed.contains("canary") && !printed.contains("dXNlcjpjYW5hcnkt"), "{printed}");
}

#[test]
fn a_message_to_one_destination_has_one_id() {
    let server = AnswerServer::start();
    let client = Client::new(config(server.base_url())).expect("a client");
    for (to, ids, expected) in [
        (&["+46000000001"][..], r#"["a"]"#, Some("a")),
        (&["+46000000001"], r#"["a","b"]"#, None),
        (&["+46000000001"], "[]", None),
        (&["+46000000001", "+46000000002"], r#"["a","b"]"#, None),
    ] {
        let body = format!(r#"{{"resultCode":112001,"messageIds":{ids}}}"#).into_bytes();
        server.answer_with(Answer { status: 200, body, ..Answer::default() });
        let sent = client.send(to, Text::new("x"), &SendOptions::new()).expect("accepted");
        assert_eq!(sent.message_id(), expected, "{to:?} {ids}");
    }
}

#[test]
fn one_destination_is_checked_as_those_of_a_request_are() {
    let codes = |number: &str| -> Vec<_> {
        let findings = linkwa::check_destination(number);
        findings.iter().map(|finding| (finding.path().to_owned(), finding.code().as_str())).collect()
    };
    let expected = |code| vec![(String::new(), code)];
    assert_eq!(codes("+46000000001"), []);
    assert_eq!(codes("+46 70 000 00 01"), expected("invalid_msisdn"));
    assert_eq!(codes(""), expected("empty"));
    assert_eq!(codes("SE.1349abc"), expected("not_msisdn"));
}

#[test]
fn everything_public_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Client>();
    shared::<Config>();
    shared::<Error>();
    shared::<linkwa::Callback>();
    shared::<linkwa::SendResult>();
    shared::<MessageRequest>();
    shared::<SendOptions>();
    shared::<linkwa::Finding>();
    shared::<Template>();
    shared::<Contacts>();
    shared::<Raw>();
}
