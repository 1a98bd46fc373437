//! TLS, proxies and addresses: which certificates are trusted, which proxies are used, and that nothing is sent if something is
//! wrong with them.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[macro_use]
mod support;

use std::time::Duration;

use linkwa::{Client, Config, Error, RetryPolicy, SendOptions, SendResult, Text};
use linkwa_faults::{
    CertificateKind, Fault, FaultProxy, FaultServer, OldTlsServer, ProxyFault, TemporaryFile, refused_port,
};
use support::{send_in_time_to_leave, word};

const NUMBER: &str = "+46000000001";

fn config(base_url: &str) -> Config {
    let config = Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000");
    config.retry(RetryPolicy::none())
}

fn send(config: Config) -> Result<SendResult, Error> {
    let options = SendOptions::new().timeout(Duration::from_secs(20));
    Client::new(config).expect("a client").send(NUMBER, Text::new("x"), &options)
}

#[test]
fn only_a_valid_certificate_for_the_host_is_trusted() {
    let ca = TemporaryFile::of_ca().expect("a file");
    for (kind, expected) in [
        (CertificateKind::Good, "accepted"),
        (CertificateKind::WrongHost, "not_sent tls"),
        (CertificateKind::Expired, "not_sent tls"),
        (CertificateKind::SelfSigned, "not_sent tls"),
    ] {
        let server = FaultServer::start_tls(Fault::good(), kind).expect("a server");
        // There is one attempt even with retries, because another one would meet the same certificate.
        let config = config(&server.url()).ca_file(ca.path()).retry(RetryPolicy::default());
        assert_eq!(word(&send(config)), expected, "{kind:?}");
        assert_eq!((server.complete_bodies() > 0, server.connections()), (expected == "accepted", 1), "{kind:?}");
    }
    // Neither Mozilla's nor the system's authorities include ours.
    let server = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
    assert_eq!(word(&send(config(&server.url()))), "not_sent tls");
    assert_eq!(word(&send(config(&server.url()).system_roots())), "not_sent tls");
    assert_eq!(server.body_bytes_received(), 0);
    // By name, too.
    assert_eq!(word(&send(config(&server.url_by_name()).ca_file(ca.path()))), "accepted");
}

#[test]
fn tls_1_1_is_refused() {
    let Some(server) = OldTlsServer::start() else {
        say!("left out: there is no openssl here that speaks TLS 1.1");
        return;
    };
    assert_eq!(word(&send(config(&server.url()).ca_file(server.ca_file()))), "not_sent tls");
}

#[test]
fn a_ca_file_must_have_certificates() {
    let file = std::env::temp_dir().join(format!("linkwa-{}-no-certificates.pem", std::process::id()));
    for text in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&file, text).expect("written");
        let error = Client::new(config("https://example.com").ca_file(&file)).map(drop);
        let is_refused = error.is_err_and(|error| error.code().as_str() == "invalid_config");
        std::fs::remove_file(&file).expect("removed");
        assert!(is_refused, "{text:?}");
    }
}

#[test]
fn a_host_with_a_dead_address_is_reached_at_its_next_address() {
    // On most machines `localhost` is also ::1, where no listener is.
    let server = FaultServer::start(Fault::good()).expect("a server");
    assert_eq!(word(&send(config(&server.url_by_name()))), "accepted");
}

#[test]
fn sends_go_through_a_proxy_and_its_refusal_is_not_sent() {
    let ca = TemporaryFile::of_ca().expect("a file");
    let plain = FaultServer::start(Fault::good()).expect("a server");
    let tls = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
    for server in [&plain, &tls] {
        let through =
            |url: String| send(config(&server.url()).ca_file(ca.path()).header("x-api-key", "canary-key").proxy(url));
        for start in [FaultProxy::start_http, FaultProxy::start_socks5] {
            let proxy = start(ProxyFault::tunnel()).expect("a proxy");
            assert_eq!(word(&through(proxy.url())), "accepted");
            let [request] = &proxy.requests()[..] else { panic!("{:?}", proxy.requests()) };
            assert_eq!((request.target.clone(), request.tunnelled), (server.address().to_string(), true));
            assert_eq!(request.credentials, None);
            assert!(request.headers.iter().all(|(name, _)| name != "x-api-key" && name != "authorization"));

            let proxy = start(ProxyFault::tunnel().requiring("someone", "canary-proxy")).expect("a proxy");
            assert_eq!(word(&through(proxy.url_with("someone", "canary-proxy"))), "accepted");
            assert_eq!(proxy.requests()[0].credentials, Some(("someone".to_owned(), "canary-proxy".to_owned())));
            let before = server.complete_bodies();
            for url in [proxy.url(), proxy.url_with("someone", "canary-wrong")] {
                let refused = through(url);
                assert_eq!(word(&refused), "not_sent proxy");
                let error = refused.expect_err("refused");
                assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
            }
            for fault in [ProxyFault::refuse(2), ProxyFault::close()] {
                let proxy = start(fault).expect("a proxy");
                assert_eq!(word(&through(proxy.url())), "not_sent proxy");
            }
            assert_eq!(server.complete_bodies(), before);
        }
        for status in [407, 403, 502, 504] {
            let proxy = FaultProxy::start_http(ProxyFault::refuse(status)).expect("a proxy");
            assert_eq!(word(&through(proxy.url())), "not_sent proxy", "{status}");
        }
    }
}

#[test]
fn any_2xx_of_a_proxy_is_a_tunnel_and_interim_answers_before_it_are_skipped() {
    let ca = TemporaryFile::of_ca().expect("a file");
    let plain = FaultServer::start(Fault::good()).expect("a server");
    let tls = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(20_000));
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\n\r\n", "accepted"),
        ("HTTP/1.0 200\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "accepted"),
        ("HTTP/1.1 201 Created\r\n\r\n", "accepted"),
        ("HTTP/1.1 204 No Content\nServer: x\n\n", "accepted"),
        ("HTTP/1.1 299 \r\n\r\n", "accepted"),
        (&format!("{interim}HTTP/1.1 200 OK\r\n\r\n"), "accepted"),
        (&format!("{interim}HTTP/1.1 407 X\r\n\r\n"), "not_sent proxy"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "not_sent proxy"),
        ("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "not_sent proxy"),
        ("SSH-2.0-x\r\n\r\n", "not_sent proxy"),
        (&endless, "not_sent proxy"),
    ] {
        for server in [&plain, &tls] {
            let before = server.body_bytes_received();
            let proxy = FaultProxy::start_http(ProxyFault::tunnel_saying(answer)).expect("a proxy");
            let config = config(&server.url()).ca_file(ca.path()).proxy(proxy.url());
            assert_eq!(word(&send(config)), expected, "{answer:.60}");
            assert_eq!(server.body_bytes_received() > before, expected == "accepted", "{answer:.60}");
        }
    }
}

#[test]
fn an_unreachable_or_silent_proxy_is_not_sent() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let refused = refused_port().expect("a port");
    assert_eq!(word(&send(config(&server.url()).proxy(format!("http://{}", refused.address())))), "not_sent proxy");
    assert_eq!(word(&send(config(&server.url()).proxy(format!("socks5://{}", refused.address())))), "not_sent proxy");
    let unreachable =
        config(&server.url()).proxy("http://proxy.invalid:3128").connect_timeout(Duration::from_millis(500));
    assert_eq!(word(&send(unreachable)), "not_sent proxy");
    for start in [FaultProxy::start_http, FaultProxy::start_socks5] {
        let proxy = start(ProxyFault::stall()).expect("a proxy");
        let impatient = config(&server.url()).proxy(proxy.url()).connect_timeout(Duration::from_millis(200));
        assert_eq!(word(&send(impatient)), "not_sent proxy");
        let late = config(&server.url()).proxy(proxy.url());
        let options = SendOptions::new().timeout(Duration::from_millis(200));
        let began = std::time::Instant::now();
        let result = Client::new(late).expect("a client").send(NUMBER, Text::new("x"), &options);
        assert_eq!(word(&result), "not_sent deadline");
        // Less than the connect timeout of 10 seconds.
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn hosts_in_no_proxy_are_reached_directly() {
    let server = FaultServer::start(Fault::good()).expect("a server");
    let refused = refused_port().expect("a port");
    let proxied = |hosts: &str| {
        let proxy = format!("http://{}", refused.address());
        word(&send(config(&server.url_by_name()).proxy(proxy).no_proxy(hosts)))
    };
    assert_eq!(proxied("example.com, localhost"), "accepted");
    assert_eq!(proxied("*"), "accepted");
    assert_eq!(proxied("example.com"), "not_sent proxy");
    assert_eq!(proxied(""), "not_sent proxy");
}

#[test]
fn an_invalid_proxy_is_refused_and_its_url_is_not_repeated() {
    for url in [
        "",
        "nonsense canary",
        "ftp://user:canary@host",
        "socks4://host:1",
        "http://user:canary@",
        "http://",
        "http://canary:0",
        "http://canary:99999",
        "socks5://canary:+80",
    ] {
        let error = Client::new(config("https://example.com").proxy(url)).map(drop).expect_err("refused");
        assert_eq!(error.code().as_str(), "invalid_config", "{url}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}

#[test]
fn a_slow_proxy_or_a_stalled_gateway_behind_it_ends_at_the_deadline() {
    let reply = "HTTP/1.1 200 OK\r\nX: a header that takes its time, and more of it\r\n\r\n";
    let trickling = FaultServer::start(Fault::trickle(reply).every(Duration::from_millis(100))).expect("a server");
    let through = config("https://example.com").proxy(trickling.url()).connect_timeout(Duration::from_millis(300));
    let began = std::time::Instant::now();
    assert_eq!(word(&send(through)), "not_sent proxy");
    // The reply takes over 7 seconds.
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());

    let server = FaultServer::start(Fault::stall_unanswered()).expect("a server");
    for start in [FaultProxy::start_http, FaultProxy::start_socks5] {
        let proxy = start(ProxyFault::tunnel()).expect("a proxy");
        let client = Client::new(config(&server.url()).proxy(proxy.url())).expect("a client");
        let result = send_in_time_to_leave(Duration::from_millis(300), |timeout| {
            let began = std::time::Instant::now();
            let result = client.send(NUMBER, Text::new("x"), &SendOptions::new().timeout(timeout));
            assert!(began.elapsed() < timeout + Duration::from_secs(20), "{:?}", began.elapsed());
            result
        });
        assert_eq!(word(&result), "outcome_unknown deadline");
    }
    // The proxy resolves the name.
    let proxy = FaultProxy::start_socks5(ProxyFault::tunnel().routing_to(server.address())).expect("a proxy");
    let client =
        Client::new(config("http://gateway.invalid:80").allow_http(true).proxy(proxy.url())).expect("a client");
    let result = send_in_time_to_leave(Duration::from_millis(300), |timeout| {
        client.send(NUMBER, Text::new("x"), &SendOptions::new().timeout(timeout))
    });
    assert_eq!(word(&result), "outcome_unknown deadline");
    assert_eq!(proxy.requests()[0].target, "gateway.invalid:80");
}
