//! HTTP's CONNECT (RFC 9110, section 9.3.6): a tunnel through a proxy. ureq's own connector is not used, because it accepts no
//! status but 200, and treats an interim answer as a refusal.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::config::Config as AgentConfig;
use ureq::http::Uri;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport};
use ureq::{Error, Proxy};
use zeroize::Zeroizing;

use super::USER_AGENT_NAME;
use super::resolve::later;
use super::socks::is_socks5;

/// The longest head of a proxy's answer that is accepted.
const LONGEST_HEAD: usize = 16 * 1024;

/// Connects through an HTTP proxy, if there is one to go through.
#[derive(Debug)]
pub(super) struct Tunnel {
    /// The configuration for the connection to the proxy itself: without a proxy.
    pub(super) direct: AgentConfig,
}

impl<In: Transport> Connector<In> for Tunnel {
    type Out = Either<In, Tunnelled>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let proxy = details.config.proxy().filter(|proxy| !is_socks5(proxy));
        let (Some(proxy), None) = (proxy, &chained) else { return Ok(chained.map(Either::A)) };
        let to_proxy = ConnectionDetails {
            uri: proxy.uri(),
            addrs: later(details.resolver),
            resolver: details.resolver,
            config: &self.direct,
            request_level: details.request_level,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let mut transport = (details.run_connector)(&to_proxy)?;
        write_request(&mut *transport, &request(proxy, details.uri)?, details.timeout)?;
        let status = read_status(&mut *transport, details.timeout)?;
        if !(200..300).contains(&status) {
            return Err(failed(&format!("the proxy answered with HTTP {status}")));
        }
        Ok(Some(Either::B(Tunnelled(transport))))
    }
}

fn request(proxy: &Proxy, target: &Uri) -> Result<Zeroizing<String>, Error> {
    let host = target.host().ok_or(Error::HostNotFound)?;
    let default_port = if target.scheme_str() == Some("https") { 443 } else { 80 };
    let port = target.port_u16().unwrap_or(default_port);
    let mut credentials = Zeroizing::default();
    if proxy.username().is_some() || proxy.password().is_some() {
        let (username, password) = (proxy.username().unwrap_or_default(), proxy.password().unwrap_or_default());
        let pair = Zeroizing::new([username, ":", password].concat());
        let encoded = Zeroizing::new(STANDARD.encode(&*pair));
        credentials = Zeroizing::new(["Proxy-Authorization: Basic ", &encoded, "\r\n"].concat());
    }
    let line = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {USER_AGENT_NAME}\r\n");
    Ok(Zeroizing::new([&line, "Proxy-Connection: Keep-Alive\r\n", &credentials, "\r\n"].concat()))
}

fn write_request(transport: &mut dyn Transport, head: &str, timeout: NextTimeout) -> Result<(), Error> {
    let mut rest = head.as_bytes();
    while !rest.is_empty() {
        let output = transport.buffers().output();
        let (piece, others) = rest.split_at(rest.len().min(output.len()));
        let place = output.get_mut(..piece.len()).filter(|place| !place.is_empty());
        place.ok_or_else(|| failed("there is no room for the request"))?.copy_from_slice(piece);
        transport.transmit_output(piece.len(), timeout)?;
        rest = others;
    }
    Ok(())
}

/// Reads the proxy's answer and returns its status. Skips interim answers.
fn read_status(transport: &mut dyn Transport, timeout: NextTimeout) -> Result<u16, Error> {
    loop {
        let buffers = transport.buffers();
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(buffers.input()).map_err(|_| failed("the proxy's answer is not HTTP"))?;
        match (parsed, response.code) {
            (httparse::Status::Complete(length), Some(status)) => {
                buffers.input_consume(length);
                if !(100..200).contains(&status) || status == 101 {
                    return Ok(status);
                }
            }
            _ if buffers.input().len() > LONGEST_HEAD => return Err(failed("the proxy's answer is too long")),
            _ => {
                if !transport.await_input(timeout)? {
                    return Err(failed("the proxy closed the connection without an answer"));
                }
            }
        }
    }
}

fn failed(why: &str) -> Error {
    Error::ConnectProxyFailed(why.to_owned())
}

/// A connection through the tunnel. It is never `is_tls`: TLS to the proxy is not TLS to the gateway.
pub(super) struct Tunnelled(Box<dyn Transport>);

impl Transport for Tunnelled {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }
}

impl fmt::Debug for Tunnelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
