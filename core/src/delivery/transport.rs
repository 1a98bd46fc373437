//! The only file that knows ureq: one attempt at a request, and what is known after it.

use std::fmt;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use ureq::http::{HeaderValue, Request, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Proxy, SendBody, Timeout};

use super::Endpoint;
use crate::config::Config;
use crate::error::{Error, Reason};
use crate::response::{MAX_ANSWER, Verdict, judge};

/// A connection that has idled for longer is not used again: the gateway may be closing it.
const MAX_IDLE: Duration = Duration::from_secs(5);

/// What one attempt came to.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// The gateway answered, or failed to after the body had begun to leave.
    Done(Verdict),
    /// The connection broke, or time was up, after the body had begun to leave and before there was an answer.
    NoAnswer(Reason, String),
    /// No byte of the body left.
    NotSent(Reason, String),
}

/// Connections to one gateway.
pub(crate) struct Transport {
    agent: Agent,
    endpoint: Endpoint,
    timeout: Duration,
    has_proxy: bool,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("url", &self.endpoint.url).finish_non_exhaustive()
    }
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let endpoint = Endpoint::new(config)?;
        let proxy = match &config.proxy {
            // ureq's error repeats nothing of the URL, which may have a password.
            Some(url) => {
                Some(Proxy::new(url.expose()).map_err(|_| Error::invalid_config("the proxy URL cannot be used"))?)
            }
            None => None,
        };
        let has_proxy = proxy.is_some();
        let roots = config.ca_file.as_deref().map(read_roots).transpose()?.unwrap_or(RootCerts::WebPki);
        let agent = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .proxy(proxy)
            .user_agent(concat!("linkwa/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .accept_encoding("identity")
            // An answer is data, whatever its status; a redirect is a refusal.
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_age(MAX_IDLE)
            .max_idle_connections(64)
            .max_idle_connections_per_host(64)
            .timeout_global(Some(config.timeout))
            .timeout_resolve(Some(config.connect_timeout))
            .timeout_connect(Some(config.connect_timeout))
            .build();
        let agent = Agent::with_parts(agent, DefaultConnector::default(), Lookup::default());
        Ok(Self { agent, endpoint, timeout: config.timeout, has_proxy })
    }

    /// Posts these bytes once. `timeout`: from now to the last byte of the answer.
    pub(crate) fn post(&self, bytes: &[u8], timeout: Option<Duration>) -> Attempt {
        let mut body = Watched { bytes, begun: false };
        let result = self.exchange(&mut body, timeout);
        match result {
            Ok(verdict) => Attempt::Done(verdict),
            Err(error) if body.begun => {
                let (reason, detail) = cut(&error);
                Attempt::NoAnswer(reason, detail)
            }
            Err(error) => {
                let (reason, detail) = self.never_begun(&error);
                Attempt::NotSent(reason, detail)
            }
        }
    }

    fn exchange(&self, body: &mut Watched<'_>, timeout: Option<Duration>) -> Result<Verdict, ureq::Error> {
        let mut authorization =
            HeaderValue::from_str(self.endpoint.authorization.expose()).map_err(ureq::http::Error::from)?;
        authorization.set_sensitive(true);
        let request = Request::post(&self.endpoint.url)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_LENGTH, body.bytes.len())
            .body(SendBody::from_reader(body))?;
        let mut response = match timeout.filter(|timeout| *timeout != self.timeout) {
            None => self.agent.run(request)?,
            Some(timeout) => {
                let request = self.agent.configure_request(request).timeout_global(Some(timeout)).build();
                self.agent.run(request)?
            }
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (answer, broken) = read_answer(response.body_mut().as_reader());
        Ok(judge(status, retry_after.as_deref(), answer, broken, SystemTime::now()))
    }

    /// Why an attempt failed of which no byte of the body left.
    fn never_begun(&self, error: &ureq::Error) -> (Reason, String) {
        let https = self.endpoint.url.scheme_str() == Some("https");
        let reason = match error {
            ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => Reason::Proxy,
            ureq::Error::HostNotFound | ureq::Error::Timeout(Timeout::Resolve) if !self.has_proxy => Reason::Dns,
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => Reason::Connect,
            ureq::Error::Timeout(_) => Reason::Deadline,
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired => {
                Reason::Tls
            }
            ureq::Error::Io(error) if https && is_handshake_failure(error) => Reason::Tls,
            _ => Reason::Connect,
        };
        let reason = if self.has_proxy && reason == Reason::Connect { Reason::Proxy } else { reason };
        (reason, describe(error))
    }
}

/// Name look-up that says when it was the look-up that failed, and needs none (nor a thread) for an address.
#[derive(Debug, Default)]
struct Lookup(DefaultResolver);

impl Resolver for Lookup {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if let Some(address) = literal_address(uri) {
            let mut addresses = self.empty();
            addresses.push(address);
            return Ok(addresses);
        }
        self.0.resolve(uri, config, timeout).map_err(|error| match error {
            ureq::Error::Io(_) => ureq::Error::HostNotFound,
            error => error,
        })
    }
}

fn literal_address(uri: &Uri) -> Option<SocketAddr> {
    let host = uri.host()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some(SocketAddr::new(bare.parse::<IpAddr>().ok()?, uri.port_u16().unwrap_or(default)))
}

/// A PEM file's certificates.
fn read_roots(path: &std::path::Path) -> Result<RootCerts, Error> {
    let wrong = |problem: String| Error::invalid_config(format!("the CA file {} {problem}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {}", error.kind())))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(wrong("is not valid PEM".to_owned())),
        }
    }
    if certificates.is_empty() {
        return Err(wrong("has no certificate in it".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// Reads as much of an answer as we look at. An answer that is longer is left where it is; its connection is dropped.
fn read_answer(reader: impl Read) -> (Vec<u8>, Option<Reason>) {
    let mut answer = Vec::new();
    // One byte more tells an answer of exactly the limit from a longer one, which is then too large to be read.
    let result = reader.take(MAX_ANSWER as u64 + 1).read_to_end(&mut answer);
    let broken = result.err().map(|error| cut(&ureq::Error::from(error)).0);
    if answer.len() > MAX_ANSWER {
        answer.truncate(MAX_ANSWER);
        return (answer, Some(Reason::Unreadable));
    }
    (answer, broken)
}

/// Why an attempt failed whose body had begun to leave.
fn cut(error: &ureq::Error) -> (Reason, String) {
    let reason = match error {
        ureq::Error::Timeout(_) => Reason::Deadline,
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => Reason::Unreadable,
        _ => Reason::Cut,
    };
    (reason, describe(error))
}

/// rustls' own errors are `InvalidData`; a peer that hangs up in the handshake is an end of file or a reset, which
/// connecting itself does not give.
fn is_handshake_failure(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
    )
}

/// What ureq says, which has neither headers nor body in it.
fn describe(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(timeout) => format!("no time left ({timeout})"),
        error => error.to_string(),
    }
}

/// The request's body, which notes that it was asked for. ureq asks when connection, TLS and headers are done, so as long
/// as nobody asked no byte of it can have left.
struct Watched<'b> {
    bytes: &'b [u8],
    begun: bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.begun = true;
        self.bytes.read(buffer)
    }
}
