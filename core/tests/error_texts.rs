//! Texts of errors: they name host and port, or the setting and its variable, and contain no secrets. Other files test codes.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use linkwa::{Client, Config, Error, FindingCode, RetryPolicy, SendOptions, Text};
use linkwa_faults::{CertificateKind, Fault, FaultProxy, FaultServer, ProxyFault, dead_port, refused_port};

const NUMBER: &str = "+46700000001";

fn config(base_url: &str) -> Config {
    Config::with_base_url(base_url, "user", "canary-pass")
        .platform("p", "pp")
        .source("+46000000000")
        .retry(RetryPolicy::none())
}

fn error_of(config: Config, timeout: Duration) -> Error {
    let client = Client::new(config).expect("a client");
    client.send(NUMBER, Text::new("x"), &SendOptions::new().timeout(timeout)).expect_err("it fails")
}

fn says(error: &Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    for never in ["os error", "(global)", "io:", "Other(", "canary", NUMBER] {
        assert!(!text.contains(never), "{never}: {text}");
    }
    assert_eq!(text.lines().count(), 1, "{text}");
}

const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_connection_that_fails_names_its_host_and_port() {
    let refused = refused_port().expect("a port");
    let address = refused.address().to_string();
    says(&error_of(config(&format!("http://{address}")), LONG), &[&address, "connection refused"]);

    let dead = dead_port().expect("a port");
    let address = dead.address().to_string();
    says(&error_of(config(&format!("http://{address}")), Duration::from_millis(200)), &[&address, "timeout"]);
    let slow = config(&format!("http://{address}")).connect_timeout(Duration::from_millis(100));
    says(&error_of(slow, LONG), &[&address, "connect timeout"]);

    let nowhere = config("http://gateway.invalid:81").allow_http(true).connect_timeout(Duration::from_millis(500));
    says(&error_of(nowhere, LONG), &["gateway.invalid:81"]);

    let proxy = format!("http://me:canary-proxy@{}", refused.address());
    let address = refused.address().to_string();
    says(&error_of(config("https://gateway.example").proxy(proxy), LONG), &["proxy", &address]);
    let proxy = FaultProxy::start_http(ProxyFault::refuse(407)).expect("a proxy");
    let url = proxy.url();
    let address = url.trim_start_matches("http://");
    says(&error_of(config("https://gateway.example").proxy(&url), LONG), &[address, "gateway.example:443", "407"]);
}

#[test]
fn an_answer_that_does_not_come_names_the_host() {
    let server = FaultServer::start(Fault::close_unanswered()).expect("a server");
    let url = server.url();
    says(&error_of(config(&url), LONG), &[url.trim_start_matches("http://")]);
    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    let url = server.url();
    says(&error_of(config(&url), Duration::from_millis(200)), &[url.trim_start_matches("http://"), "timeout"]);
}

#[test]
fn a_certificate_that_is_not_accepted_is_explained() {
    for (kind, word) in [
        (CertificateKind::Expired, "expired"),
        (CertificateKind::WrongHost, "another name"),
        (CertificateKind::SelfSigned, "certificate"),
    ] {
        let server = FaultServer::start_tls(Fault::good(), kind).expect("a server");
        let config = config(&server.url()).ca_file(server.ca_file().expect("a file"));
        let url = server.url();
        let error = error_of(config, LONG);
        assert_eq!(error.reason().map(linkwa::Reason::as_str), Some("tls"));
        says(&error, &[url.trim_start_matches("https://"), word]);
    }
    let server = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
    says(&error_of(config(&server.url()), LONG), &["not trusted", "`ca_file` (LINKWA_CA_FILE)"]);
    // A port that speaks plain HTTP.
    let plain = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = plain.local_addr().expect("an address").to_string();
    let answering = thread::spawn(move || {
        let (mut connection, _) = plain.accept().expect("a connection");
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("written");
        // Until the client has read it.
        let _ = connection.read_to_end(&mut Vec::new());
    });
    says(&error_of(config(&format!("https://{address}")), LONG), &[&address, "not TLS", "https://"]);
    answering.join().expect("no panic");
}

#[test]
fn a_certificate_file_with_a_byte_order_mark_is_read() {
    let server = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
    let pem = std::fs::read(server.ca_file().expect("a file")).expect("readable");
    let file = std::env::temp_dir().join(format!("linkwa-bom-{}.pem", std::process::id()));
    std::fs::write(&file, [b"\xef\xbb\xbf", &*pem].concat()).expect("written");
    let client = Client::new(config(&server.url()).ca_file(&file)).expect("a client");
    client.send_text(NUMBER, "x").expect("accepted");
    std::fs::write(&file, b"\xff\xfe-\0-\0").expect("written");
    let error = Client::new(config(&server.url()).ca_file(&file)).expect_err("UTF-16");
    std::fs::remove_file(&file).expect("removed");
    says(&error, &["`ca_file` (LINKWA_CA_FILE)", "UTF-16"]);
}

#[test]
fn one_error_names_all_missing_settings_by_argument_and_variable() {
    let error = Client::new(Config::with_base_url("", "", "")).expect_err("nothing is set");
    says(&error, &["`region` (LINKWA_REGION)", "`base_url` (LINKWA_BASE_URL)", "`username` (LINKWA_USERNAME)"]);
    says(&error, &["`password` (LINKWA_PASSWORD)"]);

    let error = Config::from_variables(|_| None).expect_err("nothing is set");
    let names = ["REGION", "BASE_URL", "USERNAME", "PASSWORD", "PLATFORM_ID", "PLATFORM_PARTNER_ID", "SOURCE"];
    says(&error, &names.map(|name| format!("LINKWA_{name}")).each_ref().map(String::as_str));

    let bare = Client::new(Config::with_base_url("https://gateway.example", "user", "canary-pass")).expect("a client");
    let error = bare.send_text(NUMBER, "x").expect_err("no account");
    let missing: Vec<_> = error
        .findings()
        .iter()
        .filter(|found| found.code() == FindingCode::Required)
        .map(linkwa::Finding::message)
        .collect();
    for (message, setting) in missing.iter().zip(["platform_id", "platform_partner_id", "source"]) {
        let variable = format!("LINKWA_{}", setting.to_uppercase());
        assert!(message.contains(&format!("`{setting}` ({variable})")), "{message}");
    }
    assert_eq!(missing.len(), 3);
}

#[test]
fn the_text_of_a_configuration_error_says_so_once() {
    let variables = |name: &str| Some(if name == "LINKWA_REGION" { "n_eu" } else { "" }.to_owned());
    let error = Config::from_variables(variables).expect_err("no region");
    assert_eq!(error.to_string().matches("invalid configuration").count(), 1, "{error}");
    let remote = Client::new(config("http://gateway.example")).expect_err("plain HTTP");
    says(&remote, &["`base_url` (LINKWA_BASE_URL)", "`allow_http` (LINKWA_ALLOW_HTTP=1)"]);
}
