//! Texts for errors on the way to the gateway. Each names the host, what went wrong, and what to do about it.
//!
//! They contain no credentials of a proxy and nothing of a request.

use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};
use ureq::http::Uri;
use ureq::{Error, Proxy};

use crate::error::Reason;

/// The gateway and the proxy, each as `host:port`.
#[derive(Clone, Debug)]
pub(super) struct PeerNames {
    gateway: String,
    proxy: Option<String>,
}

impl PeerNames {
    pub(super) fn new(gateway: &Uri, proxy: Option<&Proxy>) -> Self {
        let default_port = if gateway.scheme_str() == Some("https") { 443 } else { 80 };
        let (host, port) = (gateway.host().unwrap_or_default(), gateway.port_u16().unwrap_or(default_port));
        let proxy = proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        Self { gateway: format!("{host}:{port}"), proxy }
    }

    #[cfg(feature = "cli")]
    pub(super) fn gateway(&self) -> &str {
        &self.gateway
    }

    #[cfg(feature = "cli")]
    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Says why no byte of the request left. `connected` is whether there was a connection, to the proxy if there is one.
    pub(super) fn not_sent(&self, reason: Reason, error: &Error, connected: bool) -> String {
        let gateway = &self.gateway;
        let first = self.proxy.as_ref().unwrap_or(gateway);
        match (reason, error) {
            (Reason::Closed, _) => "the client is closed".to_owned(),
            (Reason::Deadline, _) if connected => {
                format!("the timeout of the send passed on the connection to {gateway}, before the request left")
            }
            (Reason::Deadline, _) => format!("the timeout of the send passed before a connection to {first} was there"),
            (Reason::Dns, Error::Other(why)) => format!("the name of {first} could not be resolved: {why}"),
            (Reason::Dns, Error::Timeout(_)) => {
                format!("the name of {first} was not resolved within the connect timeout")
            }
            (Reason::Dns, _) => format!("the name of {first} could not be resolved; check the name and the DNS"),
            (Reason::Tls, Error::Timeout(_)) => {
                format!("the TLS handshake with {gateway} did not end within the connect timeout")
            }
            (Reason::Tls, error) => format!("TLS with {gateway} failed: {}", tls_cause(error)),
            (Reason::Proxy, Error::ConnectProxyFailed(why)) => {
                format!("the proxy {first} did not connect to {gateway}: {}", why.escape_debug())
            }
            (Reason::Proxy, error) if connected => {
                format!("the proxy {first} did not connect to {gateway}: {}", cause(error))
            }
            (Reason::Proxy, error) => format!("could not connect to the proxy {first}: {}", cause(error)),
            (_, error) if connected => {
                format!("the connection to {gateway} broke before the request left: {}", cause(error))
            }
            (_, error) => format!("could not connect to {gateway}: {}", cause(error)),
        }
    }

    /// Says why there is no answer to a message that had begun to leave.
    pub(super) fn no_answer(&self, reason: Reason, error: &Error) -> String {
        let gateway = &self.gateway;
        match (reason, error) {
            (Reason::Cancelled, _) => format!("the client was closed before {gateway} answered"),
            (Reason::Deadline, _) => format!("the timeout of the send passed before {gateway} answered"),
            (_, Error::LargeResponseHeader(..)) => format!("the head of the answer of {gateway} is too large"),
            (_, Error::Protocol(problem)) => format!("the answer of {gateway} is not HTTP: {problem}"),
            (_, error) => format!("the connection to {gateway} broke: {}", cause(error)),
        }
    }
}

fn cause(error: &Error) -> String {
    match error {
        Error::Io(error) => io_cause(error),
        Error::Timeout(_) => "no answer within the connect timeout".to_owned(),
        Error::Other(error) => error.to_string(),
        Error::HostNotFound => "the name could not be resolved".to_owned(),
        Error::ConnectProxyFailed(why) => why.escape_debug().to_string(),
        error => tls_error(error).map_or_else(|| error.to_string(), |error| tls_error_text(&error)),
    }
}

/// The system's error text without its number.
fn io_cause(error: &io::Error) -> String {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
        return tls_error_text(error);
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "the other side closed it".to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn tls_error(error: &Error) -> Option<TlsError> {
    match error {
        Error::Rustls(error) => Some(error.clone()),
        Error::Io(error) => error.get_ref()?.downcast_ref().cloned(),
        _ => None,
    }
}

fn tls_cause(error: &Error) -> String {
    match (tls_error(error), error) {
        (Some(error), _) => tls_error_text(&error),
        (None, Error::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the handshake; check that this port speaks TLS".to_owned()
        }
        (None, error) => cause(error),
    }
}

fn tls_error_text(error: &TlsError) -> String {
    let text = match error {
        TlsError::InvalidCertificate(problem) => return certificate_error_text(problem),
        TlsError::NoCertificatesPresented => "the server has no certificate",
        TlsError::InvalidMessage(_) => "the answer is not TLS; check that this port speaks https://",
        TlsError::PeerIncompatible(_) | TlsError::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server offers neither TLS 1.2 nor 1.3, or no cipher that is safe"
        }
        TlsError::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the server refused the handshake; it may ask for a cipher or certificate that this client does not have"
        }
        TlsError::AlertReceived(alert) => return format!("the server refused the handshake ({alert:?})"),
        error => return error.to_string(),
    };
    text.to_owned()
}

fn certificate_error_text(problem: &CertificateError) -> String {
    let is_authority = |problem: &CertificateError| {
        matches!(problem, CertificateError::Other(other)
            if other.0.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity))
    };
    let text = match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired; if not, the clock of this machine is wrong"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; if it is, the clock of this machine is wrong"
        }
        CertificateError::Revoked => "the server's certificate was revoked",
        CertificateError::UnknownIssuer => {
            "the issuer of the server's certificate is not trusted; if it is your own authority, or that of a proxy that \
             opens TLS, name its PEM file with `ca_file` (LINKWA_CA_FILE)"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the server's certificate is for another name; check the host in the base URL"
        }
        CertificateError::BadEncoding => "the server's certificate cannot be read",
        CertificateError::BadSignature => "the signature of the server's certificate is wrong",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server's certificate is not made for servers"
        }
        problem if is_authority(problem) => {
            "the server uses the certificate of an authority (CA:TRUE) as its own; it needs one that the authority issued"
        }
        problem => return format!("the server's certificate is not accepted: {problem}"),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;

    use super::*;

    fn peers(proxy: Option<&str>) -> PeerNames {
        let proxy = proxy.map(|url| Proxy::new(url).expect("a proxy"));
        PeerNames::new(&Uri::from_static("https://gateway.example/x/messages"), proxy.as_ref())
    }

    fn io(code: io::ErrorKind) -> Error {
        Error::Io(code.into())
    }

    #[cfg(unix)]
    #[test]
    fn the_text_of_a_failed_connection_names_host_and_port_but_no_os_error_number() {
        const CONNECTION_REFUSED: i32 = if cfg!(target_os = "linux") { 111 } else { 61 };
        let refused = Error::Io(io::Error::from_raw_os_error(CONNECTION_REFUSED));
        let text = peers(None).not_sent(Reason::Connect, &refused, false);
        assert_eq!(text, "could not connect to gateway.example:443: connection refused");
        let text = peers(Some("http://user:canary@proxy.example:3128")).not_sent(Reason::Proxy, &refused, false);
        assert_eq!(text, "could not connect to the proxy proxy.example:3128: connection refused");
    }

    #[test]
    fn each_text_names_its_peer() {
        let direct = peers(None);
        let proxied = peers(Some("socks5://user:canary@proxy.example:1080"));
        let timeout = || Error::Timeout(ureq::Timeout::Global);
        for (reason, error) in [
            (Reason::Dns, Error::HostNotFound),
            (Reason::Dns, timeout()),
            (Reason::Connect, io(io::ErrorKind::ConnectionReset)),
            (Reason::Connect, timeout()),
            (Reason::Tls, io(io::ErrorKind::UnexpectedEof)),
            (Reason::Tls, timeout()),
            (Reason::Deadline, timeout()),
            (Reason::Proxy, Error::ConnectProxyFailed("no\r\nentry".to_owned())),
        ] {
            for connected in [false, true] {
                let text = direct.not_sent(reason, &error, connected);
                assert!(text.contains("gateway.example:443"), "{text}");
                let text = format!("{text} {}", proxied.not_sent(reason, &error, connected));
                for never in ["os error", "global", "io:", "canary", "\r", "\n"] {
                    assert!(!text.contains(never), "{text}");
                }
            }
        }
        for (reason, error) in [
            (Reason::Deadline, timeout()),
            (Reason::ConnectionLost, io(io::ErrorKind::ConnectionReset)),
            (Reason::InvalidResponse, Error::LargeResponseHeader(2, 1)),
        ] {
            assert!(direct.no_answer(reason, &error).contains("gateway.example:443"), "{error}");
        }
    }

    #[test]
    fn a_rejected_certificate_has_a_text() {
        let authority = CertificateError::Other(OtherError(Arc::new(webpki::Error::CaUsedAsEndEntity)));
        for (problem, word) in [
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidYet, "not valid yet"),
            (CertificateError::UnknownIssuer, "`ca_file` (LINKWA_CA_FILE)"),
            (CertificateError::NotValidForName, "another name"),
            (authority, "CA:TRUE"),
        ] {
            let wrapped = io::Error::new(io::ErrorKind::InvalidData, TlsError::InvalidCertificate(problem.clone()));
            for error in [Error::Io(wrapped), Error::Rustls(TlsError::InvalidCertificate(problem))] {
                let text = peers(None).not_sent(Reason::Tls, &error, true);
                assert!(text.starts_with("TLS with gateway.example:443 failed: the "), "{text}");
                assert!(text.contains(word) && !text.contains("Other("), "{text}");
            }
        }
    }
}
