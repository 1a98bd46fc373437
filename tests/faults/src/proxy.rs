//! A forward proxy that tunnels or refuses, and remembers what it was asked for.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;

use crate::head;
use crate::hub::{Host, Hub, Job};
use crate::record::Watched;
use crate::reply::phrase;
use crate::socks;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What a proxy does when it is asked for a tunnel. Its `Debug` form shows no credentials.
#[derive(Clone)]
pub struct ProxyFault {
    pub(crate) answer: Answer,
    pub(crate) credentials: Option<(String, String)>,
    target: Option<SocketAddr>,
    established: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Tunnel,
    Refuse(u16),
    Close,
    Stall,
}

impl ProxyFault {
    /// No fault: makes the tunnel.
    pub fn tunnel() -> Self {
        let established = b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec();
        Self { answer: Answer::Tunnel, credentials: None, target: None, established }
    }

    /// No fault either: an HTTP proxy says this when the tunnel is there, in place of `200 Connection established`.
    pub fn tunnel_saying(answer: impl Into<Vec<u8>>) -> Self {
        Self { established: answer.into(), ..Self::tunnel() }
    }

    /// Refuses: an HTTP proxy with this status (407, 502, …), a SOCKS5 proxy with this reply code (1 to 8); then closes.
    pub fn refuse(code: u16) -> Self {
        Self { answer: Answer::Refuse(code), ..Self::tunnel() }
    }

    /// Closes when the request for a tunnel was read, without an answer.
    pub fn close() -> Self {
        Self { answer: Answer::Close, ..Self::tunnel() }
    }

    /// Reads the request for a tunnel, and never answers: until the proxy is released or dropped.
    pub fn stall() -> Self {
        Self { answer: Answer::Stall, ..Self::tunnel() }
    }

    /// Refuses all who do not show these credentials: with 407, or in SOCKS5's own way.
    #[must_use]
    pub fn requiring(self, username: &str, password: &str) -> Self {
        Self { credentials: Some((username.to_owned(), password.to_owned())), ..self }
    }

    /// Makes every tunnel to this address, whatever the client asks for: hosts then need not exist.
    #[must_use]
    pub fn routing_to(self, target: SocketAddr) -> Self {
        Self { target: Some(target), ..self }
    }
}

impl fmt::Debug for ProxyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyFault")
            .field("answer", &self.answer)
            .field("credentials", &self.credentials.is_some())
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// What a client asked a proxy for. Its `Debug` form shows no header value and no credentials.
#[derive(Clone)]
#[non_exhaustive]
pub struct ProxyRequest {
    /// `CONNECT`, also of a SOCKS5 client; or the other method that an HTTP client tried, which is answered 501.
    pub method: String,
    /// Host and port as the client sent them: `gateway.example:443`. Empty for a SOCKS5 client with wrong
    /// credentials, which is not let in to say.
    pub target: String,
    /// Names in lower case with their values; empty for SOCKS5.
    pub headers: Vec<(String, String)>,
    /// Username and password, if the client has shown any that could be read.
    pub credentials: Option<(String, String)>,
    /// Whether a tunnel was made.
    pub tunnelled: bool,
    /// Bytes that went through the tunnel from the client to the target.
    pub bytes_up: usize,
    /// Bytes that went through the tunnel from the target to the client.
    pub bytes_down: usize,
}

impl ProxyRequest {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            credentials: None,
            tunnelled: false,
            bytes_up: 0,
            bytes_down: 0,
        }
    }
}

impl fmt::Debug for ProxyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ProxyRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &names)
            .field("credentials", &self.credentials.is_some())
            .field("tunnelled", &self.tunnelled)
            .field("bytes_up", &self.bytes_up)
            .field("bytes_down", &self.bytes_down)
            .finish()
    }
}

/// A proxy on a free port of 127.0.0.1. Dropping it closes its connections and ends its threads.
pub struct FaultProxy {
    host: Host,
    scheme: &'static str,
    log: Arc<ProxyLog>,
}

pub(crate) type ProxyLog = Watched<Vec<ProxyRequest>>;

/// One client of the proxy.
pub(crate) struct Client {
    pub(crate) socket: Arc<TcpStream>,
    pub(crate) fault: ProxyFault,
    hub: Arc<Hub>,
    log: Arc<ProxyLog>,
    /// See [`Hub::stall`].
    since: u64,
}

impl FaultProxy {
    /// A proxy for HTTP's CONNECT, and for nothing else.
    ///
    /// # Errors
    ///
    /// When no port can be listened on, or no thread started.
    pub fn start_http(fault: ProxyFault) -> io::Result<Self> {
        Self::start("http", fault, Client::http)
    }

    /// A proxy that speaks SOCKS5 (RFC 1928, 1929), without or with username and password.
    ///
    /// # Errors
    ///
    /// When no port can be listened on, or no thread started.
    pub fn start_socks5(fault: ProxyFault) -> io::Result<Self> {
        Self::start("socks5", fault, socks::serve)
    }

    fn start(scheme: &'static str, fault: ProxyFault, serve: fn(&Client) -> io::Result<()>) -> io::Result<Self> {
        let log = Arc::new(ProxyLog::default());
        let shared = Arc::clone(&log);
        let host = Host::start("linkwa-faults-proxy", move |hub, _| {
            let (hub, log, fault) = (Arc::clone(hub), Arc::clone(&shared), fault.clone());
            let job: Job = Box::new(move |socket| {
                let client = Client { since: hub.releases(), socket, fault, hub, log };
                // An error is the client's end, or the proxy's.
                let _ = serve(&client);
            });
            job
        })?;
        Ok(Self { host, scheme, log })
    }

    /// 127.0.0.1 and the port.
    pub fn address(&self) -> SocketAddr {
        self.host.address()
    }

    /// `http://127.0.0.1:{port}` or `socks5://127.0.0.1:{port}`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address())
    }

    /// As [`url`](Self::url), with credentials, which must need no escaping.
    pub fn url_with(&self, username: &str, password: &str) -> String {
        format!("{}://{username}:{password}@{}", self.scheme, self.address())
    }

    /// What was asked for so far, oldest first.
    pub fn requests(&self) -> Vec<ProxyRequest> {
        self.log.read(Vec::clone)
    }

    /// Waits until the condition holds for the requests, or the time is over. Says whether it holds.
    pub fn wait_for(&self, timeout: Duration, mut condition: impl FnMut(&[ProxyRequest]) -> bool) -> bool {
        self.log.wait_for(timeout, |requests| condition(requests))
    }

    /// Ends all stalls that have begun; the connections are then closed.
    pub fn release(&self) {
        self.host.hub().release();
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Client {
    fn http(&self) -> io::Result<()> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(self.read_exactly::<1>()?[0]);
        }
        let Some(head) = head::parse(&bytes) else { return self.refuse_http(400) };
        let mut request = ProxyRequest::new(&head.method, &head.path);
        request.credentials = head.header("proxy-authorization").and_then(basic_credentials);
        request.headers = head.headers;
        let allowed = self.fault.credentials.is_none() || request.credentials == self.fault.credentials;
        let target = request.target.clone();
        let is_connect = request.method == "CONNECT";
        let record = self.record(request);
        if !is_connect {
            return self.refuse_http(501);
        }
        if !allowed {
            return self.refuse_http(407);
        }
        match self.fault.answer {
            Answer::Tunnel => match self.dial(&target) {
                Ok(upstream) => {
                    self.tunnelled(record);
                    self.write(&self.fault.established)?;
                    self.tunnel(record, &upstream);
                    Ok(())
                }
                Err(_) => self.refuse_http(502),
            },
            Answer::Refuse(status) => self.refuse_http(status),
            Answer::Close => Ok(()),
            Answer::Stall => {
                self.stall();
                Ok(())
            }
        }
    }

    fn refuse_http(&self, status: u16) -> io::Result<()> {
        let challenge = if status == 407 { "proxy-authenticate: Basic realm=\"proxy\"\r\n" } else { "" };
        let phrase = phrase(status);
        self.write(format!("HTTP/1.1 {status} {phrase}\r\n{challenge}content-length: 0\r\n\r\n").as_bytes())
    }

    pub(crate) fn stall(&self) {
        self.hub.stall(self.since);
    }

    pub(crate) fn read_exactly<const N: usize>(&self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        (&*self.socket).read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        (&*self.socket).write_all(bytes)
    }

    /// Says where it stands in the log.
    pub(crate) fn record(&self, request: ProxyRequest) -> usize {
        self.log.change(|log| {
            log.push(request);
            log.len() - 1
        })
    }

    /// Says so before the client can know.
    pub(crate) fn tunnelled(&self, record: usize) {
        self.log.change(|log| log.get_mut(record).map(|request| request.tunnelled = true));
    }

    pub(crate) fn dial(&self, target: &str) -> io::Result<Arc<TcpStream>> {
        let addresses = match self.fault.target {
            Some(address) => vec![address],
            None => target.to_socket_addrs()?.collect(),
        };
        let connect = |address| TcpStream::connect_timeout(address, CONNECT_TIMEOUT).ok();
        let upstream = addresses.iter().find_map(connect).ok_or(io::ErrorKind::ConnectionRefused)?;
        upstream.set_nodelay(true)?;
        let upstream = Arc::new(upstream);
        if self.hub.register(&upstream) { Ok(upstream) } else { Err(io::ErrorKind::ConnectionAborted.into()) }
    }

    /// Carries bytes both ways until both ends are closed, or one is broken.
    pub(crate) fn tunnel(&self, record: usize, upstream: &Arc<TcpStream>) {
        let (client, log) = (Arc::clone(&self.socket), Arc::clone(&self.log));
        let down: Job = Box::new(move |upstream| {
            carry(&upstream, &client, |count| {
                log.change(|log| log.get_mut(record).map(|request| request.bytes_down += count));
            });
        });
        self.hub.spawn("linkwa-faults-tunnel", Arc::clone(upstream), down);
        carry(&self.socket, upstream, |count| {
            self.log.change(|log| log.get_mut(record).map(|request| request.bytes_up += count));
        });
    }
}

fn carry(mut from: &TcpStream, mut to: &TcpStream, mut carried: impl FnMut(usize)) {
    let mut piece = [0; 16 * 1024];
    loop {
        match from.read(&mut piece) {
            Ok(0) => {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            Ok(count) if to.write_all(&piece[..count]).is_ok() => carried(count),
            _ => break,
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn basic_credentials(value: &str) -> Option<(String, String)> {
    let plain = BASE64.decode(value.strip_prefix("Basic ")?.as_bytes()).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (username, password) = plain.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}
