//! Certificates and versions.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs;

use common::{BODY, Client, LONG, post, tls};
use linkwa_faults::{CertificateKind, Close, Fault, FaultServer, OldTlsServer, TemporaryFile, ca_pem};
use rustls::CertificateError;
use rustls::version::{TLS12, TLS13};

/// The error of a handshake.
fn refusal(kind: CertificateKind) -> CertificateError {
    let server = FaultServer::start_tls(Fault::good(), kind).unwrap();
    let result = tls(server.address(), "localhost", server.ca_file().unwrap(), rustls::ALL_VERSIONS);
    let error = result.err().unwrap();
    assert!(server.wait_for(LONG, |log| log.connections()[0].closed));
    assert!(!server.log().connections()[0].handshake && server.requests().is_empty());
    match error.get_ref().unwrap().downcast_ref().unwrap() {
        rustls::Error::InvalidCertificate(error) => error.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_certificate_is_good_for_both_hosts_and_versions() {
    let server = FaultServer::start_tls(Fault::good(), CertificateKind::Good).unwrap();
    for host in ["localhost", "127.0.0.1"] {
        for version in [&TLS12, &TLS13] {
            let mut client = tls(server.address(), host, server.ca_file().unwrap(), &[version]).unwrap();
            client.send(&post(BODY));
            assert_eq!(client.answer().0, 200);
            let Client::Tls(stream) = client else { unreachable!() };
            assert_eq!(stream.conn.protocol_version(), Some(version.version));
        }
    }
    assert!(server.log().connections().iter().all(|connection| connection.handshake));
    assert!(server.url().starts_with("https://127.0.0.1:") && server.url_by_name().starts_with("https://localhost:"));
}

#[test]
fn each_bad_certificate_has_its_fault() {
    assert!(matches!(refusal(CertificateKind::WrongHost), CertificateError::NotValidForNameContext { .. }));
    assert!(matches!(refusal(CertificateKind::Expired), CertificateError::ExpiredContext { .. }));
    assert!(matches!(refusal(CertificateKind::SelfSigned), CertificateError::UnknownIssuer));
}

#[test]
fn faults_come_before_the_handshake_or_after_it() {
    let server = FaultServer::start_tls(Fault::close_at_once(), CertificateKind::Good).unwrap();
    assert!(tls(server.address(), "localhost", server.ca_file().unwrap(), &[&TLS13]).is_err());
    assert!(server.wait_for(LONG, |log| log.connections()[0].closed && !log.connections()[0].handshake));

    let server = FaultServer::start_tls(Fault::close_after(0).closing(Close::Orderly), CertificateKind::Good).unwrap();
    let mut client = tls(server.address(), "localhost", server.ca_file().unwrap(), &[&TLS13]).unwrap();
    assert_eq!(client.rest(), (Vec::new(), common::Ending::Orderly));
    assert!(server.log().connections()[0].handshake && server.requests().is_empty());
}

#[test]
fn the_file_of_the_ca_is_deleted() {
    let server = FaultServer::start_tls(Fault::good(), CertificateKind::Good).unwrap();
    let path = server.ca_file().unwrap().to_owned();
    assert_eq!(fs::read_to_string(&path).unwrap(), ca_pem().unwrap());
    drop(server);
    assert!(!path.exists());
    assert!(FaultServer::start(Fault::good()).unwrap().ca_file().is_none());
    let file = TemporaryFile::of_ca().unwrap();
    assert!(file.path().exists());
}

#[test]
fn the_old_tls_server_speaks_only_tls_1_1() {
    let Some(server) = OldTlsServer::start() else {
        println!("no openssl that speaks TLS 1.1: not tested");
        return;
    };
    assert!(server.url().starts_with("https://127.0.0.1:"));
    let error = tls(server.address(), "localhost", server.ca_file(), rustls::ALL_VERSIONS).err().unwrap();
    let alert = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()).cloned();
    assert_eq!(alert, Some(rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)), "{error}");
}
