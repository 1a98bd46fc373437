//! Tunnels, and how they are refused.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use common::{BODY, Client, Ending, LONG, post, servers, socket, tls_over};
use linkwa_faults::{CertificateKind, Fault, FaultProxy, FaultServer, ProxyFault, refused_port};

fn connect(proxy: &FaultProxy, target: &str, more: &str) -> Client {
    let mut client = Client::plain(proxy.address());
    client.send(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{more}\r\n").as_bytes());
    client
}

const MADE: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// Says hello with these methods, then these credentials, then asks for the address; says what came, with the client.
fn socks(proxy: &FaultProxy, methods: &[u8], credentials: Option<(&str, &str)>, target: &[u8]) -> (Client, Vec<u8>) {
    let mut client = Client::plain(proxy.address());
    client.send(&[&[5, u8::try_from(methods.len()).unwrap()], methods].concat());
    let mut seen = client.exactly(2);
    if let Some((username, password)) = credentials {
        let length = |text: &str| u8::try_from(text.len()).unwrap();
        let (user, pass) = (username.as_bytes(), password.as_bytes());
        client.send(&[&[1, length(username)], user, &[length(password)], pass].concat());
        seen.extend(client.exactly(2));
    }
    client.send(&[&[5, 1, 0], target].concat());
    (client, seen)
}

fn by_address(address: SocketAddr) -> Vec<u8> {
    [&[1, 127, 0, 0, 1][..], &address.port().to_be_bytes()].concat()
}

fn by_name(host: &str, port: u16) -> Vec<u8> {
    [&[3, u8::try_from(host.len()).unwrap()], host.as_bytes(), &port.to_be_bytes()].concat()
}

#[test]
fn http_tunnels() {
    let proxy = FaultProxy::start_http(ProxyFault::tunnel()).unwrap();
    let server = FaultServer::start(Fault::good().after(Duration::from_millis(50))).unwrap();
    let target = server.address().to_string();
    let mut client = connect(&proxy, &target, "Proxy-Authorization: Basic dXNlcjpoYXNoOg==\r\n");
    assert_eq!(client.exactly(MADE.len()), MADE);
    let request = post(BODY);
    client.send(&request);
    // A half that is closed leaves the other half open.
    let Client::Plain(socket) = &client else { unreachable!() };
    socket.shutdown(Shutdown::Write).unwrap();
    let (status, body) = client.answer();
    assert_eq!(status, 200);
    assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
    assert!(proxy.wait_for(LONG, |requests| requests[0].bytes_down > body.len()));
    let seen = &proxy.requests()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str(), seen.tunnelled), ("CONNECT", target.as_str(), true));
    assert_eq!(seen.bytes_up, request.len());
    assert_eq!(seen.headers[0], ("host".into(), target));
    assert_eq!(seen.credentials, Some(("user".into(), "hash:".into())));
    assert!(!format!("{seen:?}").contains("hash:"));
}

#[test]
fn tls_goes_through_tunnels() {
    let server = FaultServer::start_tls(Fault::good(), CertificateKind::Good).unwrap();
    // The host does not exist, and need not.
    let fault = ProxyFault::tunnel().routing_to(server.address());
    let proxy = FaultProxy::start_http(fault.clone()).unwrap();
    let Client::Plain(through) = ({
        let mut client = connect(&proxy, "gateway.example:443", "");
        assert_eq!(client.exactly(MADE.len()), MADE);
        client
    }) else {
        unreachable!()
    };
    let mut client = tls_over(through, "localhost", server.ca_file().unwrap(), rustls::ALL_VERSIONS).unwrap();
    client.send(&post(BODY));
    assert_eq!(client.answer().0, 200);
    assert_eq!(proxy.requests()[0].target, "gateway.example:443");

    let proxy = FaultProxy::start_socks5(fault).unwrap();
    let (mut client, _) = socks(&proxy, &[0], None, &by_name("gateway.example", 443));
    assert_eq!(client.exactly(10)[1], 0);
    let Client::Plain(through) = client else { unreachable!() };
    let mut client = tls_over(through, "localhost", server.ca_file().unwrap(), rustls::ALL_VERSIONS).unwrap();
    client.send(&post(BODY));
    assert_eq!(client.answer().0, 200);
    assert_eq!(proxy.requests()[0].target, "gateway.example:443");
}

#[test]
fn a_reset_goes_through_tunnels_as_an_end() {
    let proxy = FaultProxy::start_http(ProxyFault::tunnel()).unwrap();
    for server in servers(Fault::close_after(10).closing(linkwa_faults::Close::Reset)) {
        let mut client = connect(&proxy, &server.address().to_string(), "");
        assert_eq!(client.exactly(MADE.len()), MADE);
        client.send(&post(BODY));
        // Bytes that are no TLS are an end of it, too (an alert comes first).
        client.rest();
    }
}

#[test]
fn http_refuses() {
    for status in [403, 407, 502] {
        let proxy = FaultProxy::start_http(ProxyFault::refuse(status)).unwrap();
        let mut client = connect(&proxy, "gateway.example:443", "");
        let (bytes, ending) = client.rest();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")) && text.ends_with("content-length: 0\r\n\r\n"));
        assert_eq!((text.contains("proxy-authenticate: Basic"), ending), (status == 407, Ending::Orderly));
        assert!(!proxy.requests()[0].tunnelled);
    }
    let refused = refused_port().unwrap();
    let proxy = FaultProxy::start_http(ProxyFault::tunnel()).unwrap();
    let mut client = connect(&proxy, &refused.address().to_string(), "");
    assert!(client.rest().0.starts_with(b"HTTP/1.1 502 "));
    let mut client = Client::plain(proxy.address());
    client.send(b"POST http://gateway.example/ HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
    assert!(client.rest().0.starts_with(b"HTTP/1.1 501 "));
    assert_eq!(proxy.requests()[1].method, "POST");
}

#[test]
fn proxies_close_and_stall() {
    for (kind, ends) in [(ProxyFault::close(), true), (ProxyFault::stall(), false)] {
        let http = FaultProxy::start_http(kind.clone()).unwrap();
        let socks5 = FaultProxy::start_socks5(kind).unwrap();
        let by_http = connect(&http, "gateway.example:443", "");
        let (by_socks, seen) = socks(&socks5, &[0], None, &by_name("gateway.example", 443));
        assert_eq!(seen, [5, 0]);
        for (proxy, mut client) in [(http, by_http), (socks5, by_socks)] {
            assert!(proxy.wait_for(LONG, |requests| requests.len() == 1));
            assert_eq!(proxy.requests()[0].target, "gateway.example:443");
            if !ends {
                assert!(client.is_silent());
                proxy.release();
            }
            assert_eq!(client.rest(), (Vec::new(), Ending::Orderly));
        }
    }
}

#[test]
fn http_asks_for_credentials() {
    let proxy = FaultProxy::start_http(ProxyFault::tunnel().requiring("user", "hush")).unwrap();
    let server = FaultServer::start(Fault::good()).unwrap();
    let target = server.address().to_string();
    for wrong in ["", "Proxy-Authorization: Basic dXNlcjpoYXNo\r\n", "Proxy-Authorization: Bearer x\r\n"] {
        assert!(connect(&proxy, &target, wrong).rest().0.starts_with(b"HTTP/1.1 407 "));
    }
    let mut client = connect(&proxy, &target, "Proxy-Authorization: Basic dXNlcjpodXNo\r\n");
    assert_eq!(client.exactly(MADE.len()), MADE);
    let tunnelled: Vec<bool> = proxy.requests().iter().map(|request| request.tunnelled).collect();
    assert_eq!(tunnelled, [false, false, false, true]);
    assert_eq!(proxy.url_with("user", "hush"), format!("http://user:hush@{}", proxy.address()));
}

#[test]
fn socks_tunnels() {
    let server = FaultServer::start(Fault::good()).unwrap();
    let proxy = FaultProxy::start_socks5(ProxyFault::tunnel()).unwrap();
    let port = server.address().port();
    for (target, name) in [(by_address(server.address()), "127.0.0.1"), (by_name("localhost", port), "localhost")] {
        let (mut client, seen) = socks(&proxy, &[0], None, &target);
        assert_eq!(seen, [5, 0]);
        assert_eq!(client.exactly(10), [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        client.send(&post(BODY));
        assert_eq!(client.answer().0, 200);
        let request = proxy.requests().pop().unwrap();
        assert_eq!((request.target, request.tunnelled), (format!("{name}:{port}"), true));
    }
    assert!(proxy.url().starts_with("socks5://127.0.0.1:"));
}

#[test]
fn socks_refuses() {
    let target = by_name("gateway.example", 443);
    let proxy = FaultProxy::start_socks5(ProxyFault::refuse(2)).unwrap();
    let (mut client, _) = socks(&proxy, &[0], None, &target);
    assert_eq!(client.rest().0, [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);

    let refused = refused_port().unwrap();
    let proxy = FaultProxy::start_socks5(ProxyFault::tunnel()).unwrap();
    let (mut client, _) = socks(&proxy, &[0], None, &by_address(refused.address()));
    assert_eq!(client.rest().0[..2], [5, 5]);
}

#[test]
fn socks_asks_for_credentials() {
    let server = FaultServer::start(Fault::good()).unwrap();
    let proxy = FaultProxy::start_socks5(ProxyFault::tunnel().requiring("user", "hush")).unwrap();
    let target = by_address(server.address());

    let mut without = Client::Plain(socket(proxy.address()));
    without.send(&[5, 1, 0]);
    assert_eq!(without.rest().0, [5, 0xff]);

    let mut wrong = Client::Plain(socket(proxy.address()));
    wrong.send(&[5, 2, 0, 2]);
    assert_eq!(wrong.exactly(2), [5, 2]);
    wrong.send(b"\x01\x04user\x04hash");
    assert_eq!(wrong.rest().0, [1, 1]);

    let (mut client, seen) = socks(&proxy, &[0, 2], Some(("user", "hush")), &target);
    assert_eq!(seen, [5, 2, 1, 0]);
    assert_eq!(client.exactly(10)[1], 0);
    let seen: Vec<_> = proxy.requests().into_iter().map(|request| (request.credentials, request.tunnelled)).collect();
    let credentials = |password: &str| Some(("user".to_owned(), password.to_owned()));
    assert_eq!(seen, [(credentials("hash"), false), (credentials("hush"), true)]);
}
