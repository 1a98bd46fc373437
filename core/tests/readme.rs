//! Checks the table of failures in README.md: the test causes each failure in the table, and each failure that it can cause has
//! a row. Also checks the manuals: their chapters, their tables, and how many Rust programs they have.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[macro_use]
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use linkwa::{Client, Config, Error, ResultCode, SendOptions, SendResult, Text};
use linkwa_faults::{CertificateKind, Fault, FaultProxy, FaultServer, ProxyFault, Reply, dead_port, refused_port};

const NUMBER: &str = "+46000000001";
const PATIENCE: Duration = Duration::from_secs(30);

fn config(base_url: &str) -> Config {
    Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000")
}

fn client(base_url: &str) -> Client {
    Client::new(config(base_url)).expect("a client")
}

fn against(fault: Fault) -> Result<SendResult, Error> {
    let server = FaultServer::start(fault).expect("a server");
    client(&server.url()).send_text(NUMBER, "x")
}

fn hurried(client: &Client) -> Result<SendResult, Error> {
    client.send(NUMBER, Text::new("x"), &SendOptions::new().timeout(Duration::from_millis(200)))
}

fn answer(status: &str, body: &str) -> Fault {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
    Fault::answer((head + body).into_bytes())
}

/// Causes the failure that a row describes, in one way or several.
fn make_happen(what: &str) -> Vec<Result<SendResult, Error>> {
    let options = SendOptions::new();
    match what {
        "the client cannot work as it is configured" => {
            vec![Client::new(config("http://example.com")).and_then(|client| client.send_text(NUMBER, "x"))]
        }
        "validation finds an error" => vec![client("https://example.com").send_text("no number", "x")],
        "the gateway's name cannot be looked up" => {
            let unknown = config("http://gateway.invalid").allow_http(true).connect_timeout(Duration::from_millis(500));
            vec![Client::new(unknown).expect("a client").send_text(NUMBER, "x")]
        }
        "it cannot be connected to" => {
            let port = refused_port().expect("a port");
            vec![client(&format!("http://{}", port.address())).send_text(NUMBER, "x")]
        }
        "its certificate is not trusted (see `ca_file`), or the handshake fails" => {
            let server = FaultServer::start_tls(Fault::good(), CertificateKind::SelfSigned).expect("a server");
            let broken = FaultServer::start_tls(Fault::close_at_once(), CertificateKind::Good).expect("a server");
            vec![client(&server.url()).send_text(NUMBER, "x"), client(&broken.url()).send_text(NUMBER, "x")]
        }
        "the proxy refuses or cannot be reached" => {
            let proxy = FaultProxy::start_http(ProxyFault::refuse(407)).expect("a proxy");
            let gone = refused_port().expect("a port");
            [proxy.url(), format!("http://{}", gone.address())]
                .map(|url| {
                    Client::new(config("https://example.com").proxy(url)).expect("a client").send_text(NUMBER, "x")
                })
                .into()
        }
        "the timeout passes before the message leaves" => {
            let port = dead_port().expect("a port");
            vec![hurried(&client(&format!("http://{}", port.address())))]
        }
        "the send is cancelled before the message leaves" => {
            let port = dead_port().expect("a port");
            let client = client(&format!("http://{}", port.address()));
            let pending = client.submit(NUMBER, Text::new("x"), &options).expect("room");
            pending.cancel();
            vec![pending.wait()]
        }
        "too many sends are waiting" => {
            let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
            let client = Client::new(config(&server.url()).max_connections(1).max_queue(1)).expect("a client");
            client.submit(NUMBER, Text::new("x"), &options).expect("room");
            assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 1));
            client.submit(NUMBER, Text::new("x"), &options).expect("room");
            let full = client.submit(NUMBER, Text::new("x"), &options).and_then(|pending| pending.wait());
            client.close(Duration::ZERO);
            vec![full]
        }
        "the client is closed" => {
            let client = client("https://example.com");
            client.close(Duration::ZERO);
            let submitted = client.submit(NUMBER, Text::new("x"), &options).and_then(|pending| pending.wait());
            vec![client.send_text(NUMBER, "x"), submitted]
        }
        "the gateway answers HTTP 429" => vec![against(answer("429 X", ""))],
        "it answers another HTTP 3xx or 4xx (not 408)" => {
            vec![against(Fault::redirect(307, "/")), against(Fault::answer(Reply::error(400)))]
        }
        "it answers HTTP 2xx with a result code 112400 to 112406" => {
            vec![
                against(answer("200 OK", r#"{"resultCode":112402}"#)),
                against(answer("202 X", r#"{"resultCode":112400}"#)),
            ]
        }
        "the timeout passes after the message began to leave" => {
            let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
            vec![hurried(&client(&server.url()))]
        }
        "the send is cancelled after the message began to leave" => {
            let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
            let client = client(&server.url());
            let pending = client.submit(NUMBER, Text::new("x"), &options).expect("room");
            assert!(server.wait_for(PATIENCE, |log| log.complete_bodies() == 1));
            pending.cancel();
            vec![pending.wait()]
        }
        "the connection breaks after the message began to leave" => {
            vec![against(Fault::close_unanswered()), against(Fault::cut_reply(Reply::queued(), 50))]
        }
        "the answer cannot be read, has an HTTP status of no other row, has no result code, or has a result code that \
         LINK's document does not list and no message ids" => {
            vec![
                against(answer("200 OK", "<html>")),
                against(answer("600 X", "")),
                against(answer("200 OK", "{}")),
                against(answer("200 OK", r#"{"resultCode":112999}"#)),
            ]
        }
        "the gateway answers HTTP 408 or 5xx, or 2xx with the result code 112000 or 112500" => vec![
            against(answer("408 X", "")),
            against(answer("503 X", "")),
            against(answer("200 OK", r#"{"resultCode":112000}"#)),
            against(answer("200 OK", r#"{"resultCode":112500}"#)),
        ],
        other => panic!("README.md has a row that nothing makes happen: {other}"),
    }
}

#[test]
fn the_table_of_outcomes_is_true() {
    let readme = include_str!("../../README.md");
    let (_, chapter) = readme.split_once("## What you know when a send fails").expect("the chapter");
    let rows: Vec<Vec<&str>> = chapter
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let mut seen = BTreeSet::new();
    for row in &rows {
        let [what, code, reason, outcome, disposition] = row[..] else {
            panic!("a row of {} cells: {row:?}", row.len())
        };
        for result in make_happen(what) {
            let error = result.expect_err(what);
            let got = [
                error.code().as_str(),
                error.reason().map_or("", linkwa::Reason::as_str),
                error.outcome().map_or("", linkwa::Outcome::as_str),
                error.disposition().as_str(),
            ];
            assert_eq!(got, [code, reason, outcome, disposition], "{what}: {error}");
            assert_eq!(error.ref_id().is_some(), code != "invalid_config", "{what}");
        }
        seen.insert((code, reason));
    }
    say!("README's table: {} rows, each made to happen", rows.len());
    // Every reason has a row.
    let reasons: BTreeSet<_> = seen.iter().map(|(_, reason)| *reason).filter(|reason| !reason.is_empty()).collect();
    let all =
        "dns connect tls proxy deadline cancelled queue_full closed connection_lost invalid_response server_error";
    assert_eq!(reasons, all.split(' ').collect());
    assert_eq!(rows.len(), 18);
}

const MANUALS: [(&str, &str); 4] = [
    ("core", include_str!("../README.md")),
    ("ffi-c", include_str!("../../ffi-c/README.md")),
    ("python", include_str!("../../python/README.md")),
    ("node", include_str!("../../node/README.md")),
];

#[test]
fn the_manuals_have_the_same_chapters() {
    let chapters = "Install, First message, Configure, Messages, Templates, Errors and outcomes, Many at once, \
                    Never twice: the outbox, Callbacks, Beyond 1.4.1, Testing, Deploy, Upgrade";
    for (name, manual) in MANUALS {
        let found: Vec<_> = manual.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(found.join(", "), chapters, "{name}");
        for table in ["### May I send it again?", "### Result codes", "### What stands in errors and logs"] {
            assert_eq!(manual.lines().filter(|line| *line == table).count(), 1, "{name}: {table}");
        }
    }
}

#[test]
fn the_tables_of_the_manuals_are_complete() {
    let declared = serde_json::to_value(linkwa::declarations::declarations()).expect("JSON");
    let settings = declared["settings"].as_array().expect("settings");
    let variables = settings.iter().filter_map(|setting| setting["variable"].as_str());
    let sandbox = include_str!("../../tests/sandbox/README.md");
    let scenarios = sandbox
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.get(..4).filter(|digits| digits.parse::<u16>().is_ok()));
    let words: Vec<_> = variables.chain(scenarios).map(|word| format!("`{word}`")).collect();
    assert!(words.len() >= 14 + 19, "{words:?}");
    for (name, manual) in MANUALS {
        for word in &words {
            assert!(manual.contains(word), "{name}: {word}");
        }
        for code in ResultCode::LISTED {
            assert!(manual.contains(&code.number().to_string()), "{name}: {code}");
        }
    }
}

#[test]
fn the_manuals_have_the_expected_number_of_programs() {
    let programs = |manual: &str| manual.lines().filter(|line| line.starts_with("```rust")).count();
    assert_eq!(programs(include_str!("../../README.md")), 1);
    assert_eq!(programs(include_str!("../README.md")), 11);
}
