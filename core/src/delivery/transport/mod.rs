//! Makes one attempt at a request, and reports what is known afterwards. Only this module uses ureq.

mod cancel;
mod context;
mod credentials;
mod deadline;
mod descriptor;
mod dial;
mod error_text;
mod proxy;
mod resolve;
mod roots;
mod socks;
mod tcp;
mod tunnel;

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::config::Config as AgentConfig;
use ureq::http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING, USER_AGENT,
};
use ureq::http::{HeaderMap, HeaderValue, Method, Request, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, SendBody, Timeout};

pub(crate) use self::cancel::CancelHandle;

use self::context::{RequestPhase, SendContext};
use self::credentials::Credentials;
use self::dial::Dialer;
use self::error_text::PeerNames;
use self::proxy::proxy_for;
use self::resolve::{NoThread, Resolver};
use self::roots::read_roots;
use self::socks::{Socks, is_socks5};
use self::tcp::{ConnectedProbe, Tcp};
use self::tunnel::Tunnel;
use super::endpoint::Endpoint;
use crate::config::{Config, Roots};
use crate::error::{Error, Reason};
use crate::response::{RawAnswer, too_long};

/// How long a connection may be idle and still be used again. Common servers close idle connections after 5 seconds.
const MAX_IDLE: Duration = Duration::from_secs(4);

/// The `User-Agent`, also for proxies.
const USER_AGENT_NAME: &str = concat!("linkwa/", env!("CARGO_PKG_VERSION"));

/// The size of the pieces in which requests are written, roughly. Nearly all requests are one piece.
const PIECE: usize = 16 * 1024;

/// The longest head of an answer that is accepted. This is ureq's own limit.
const LONGEST_HEAD: usize = 64 * 1024;

/// The result of one attempt.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// The gateway answered.
    Answered(RawAnswer),
    /// The connection broke or the deadline passed after the body had begun to leave and before there was an answer.
    NoAnswer(Reason, String),
    /// No byte of the body left.
    NotSent {
        reason: Reason,
        detail: String,
        /// Whether another attempt may succeed.
        is_retryable: bool,
    },
}

/// Decides whether the body of a request may leave. An implementation decides between the first byte and a cancellation.
pub(crate) trait BodyGate {
    /// Called when the body is about to leave. Returns false if it must not, because the send was cancelled.
    fn begin(&self) -> bool;

    /// Called when the system has taken no byte of the body since [`begin`](Self::begin).
    fn revert_begin(&self);
}

/// A request to post.
#[derive(Clone, Copy)]
pub(crate) struct Post<'a> {
    pub(crate) bytes: &'a [u8],
    /// How many bytes of an answer are read at most.
    pub(crate) max_answer: usize,
    pub(crate) deadline: Instant,
}

/// The checked configuration for connections to one gateway. Each process makes its own connections from it.
#[derive(Clone)]
pub(crate) struct Setup {
    url: Uri,
    credentials: Credentials,
    agent: AgentConfig,
    /// The same configuration without a proxy.
    direct: AgentConfig,
    has_proxy: bool,
    peers: PeerNames,
    connect_timeout: Duration,
    /// How many connections an attempt opens: two with an HTTP proxy (to the proxy, and through its tunnel), otherwise one.
    hops: u32,
}

/// Connections to one gateway.
pub(crate) struct Transport {
    setup: Setup,
    agent: Agent,
    resolver: Resolver,
    shut_down: AtomicBool,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("url", &self.url).finish_non_exhaustive()
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("url", &self.setup.url).finish_non_exhaustive()
    }
}

impl Setup {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let Endpoint { url, authorization } = Endpoint::new(config)?;
        let proxy = proxy_for(&url, config, |name| std::env::var_os(name))?;
        let has_proxy = proxy.is_some();
        let peers = PeerNames::new(&url, proxy.as_ref());
        let hops = if proxy.as_ref().is_some_and(|proxy| !is_socks5(proxy)) { 2 } else { 1 };
        let roots = match &config.roots {
            Roots::Bundled => RootCerts::WebPki,
            Roots::System => RootCerts::PlatformVerifier,
            Roots::File(path) => read_roots(path)?,
        };
        let gateway = url.authority().cloned().ok_or_else(|| Error::internal("a checked URL has no host"))?;
        let credentials = Credentials::new(authorization, &config.headers, gateway)?;
        let agent = |proxy| {
            Agent::config_builder()
                .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
                .proxy(proxy)
                .user_agent(USER_AGENT_NAME)
                // Every status is an answer. A redirect is not followed; it counts as a rejection.
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .max_idle_age(MAX_IDLE)
                .output_buffer_size(PIECE + credentials.len() + url.path().len())
                .input_buffer_size(LONGEST_HEAD + 1024)
                .max_response_header_size(LONGEST_HEAD)
                .max_idle_connections(config.max_connections)
                .max_idle_connections_per_host(config.max_connections)
                // The sockets enforce the deadline of the send.
                .timeout_global(None)
                .timeout_resolve(Some(config.connect_timeout))
                .timeout_connect(Some(config.connect_timeout))
                .build()
        };
        let (agent, direct) = (agent(proxy), agent(None));
        Ok(Self { url, credentials, agent, direct, has_proxy, peers, connect_timeout: config.connect_timeout, hops })
    }

    /// Makes new connections.
    pub(crate) fn transport(&self) -> Transport {
        let dialer = Dialer::default();
        let connector =
            ().chain(Socks(dialer.clone()))
                .chain(Tunnel { direct: self.direct.clone() })
                .chain(Tcp(dialer))
                .chain(ConnectedProbe)
                .chain(RustlsConnector::default())
                .chain(self.credentials.clone());
        let resolver = Resolver::default();
        let agent = Agent::with_parts(self.agent.clone(), connector, resolver.clone());
        Transport { setup: self.clone(), agent, resolver, shut_down: AtomicBool::new(false) }
    }
}

impl Transport {
    /// Makes one attempt to post a request. Ends at the deadline at the latest.
    pub(crate) fn post(&self, request: Post<'_>, gate: &dyn BodyGate, cancel_handle: &Arc<CancelHandle>) -> Attempt {
        let Post { bytes, max_answer, deadline } = request;
        let mut body = TrackedBody { bytes, gate, has_begun: false };
        let context = SendContext::new(deadline, self.setup.connect_timeout, Arc::clone(cancel_handle));
        let _entered = context.enter();
        let result = self.exchange(&mut body, max_answer);
        let left = context::bytes_taken();
        let late = Instant::now() >= deadline;
        match (result, body.has_begun) {
            (Ok(answer), _) => Attempt::Answered(answer),
            (Err(error), true) if left => {
                let reason = if self.is_shut_down() { Reason::Cancelled } else { no_answer_reason(&error, late) };
                Attempt::NoAnswer(reason, self.setup.peers.no_answer(reason, &error))
            }
            (Err(error), has_begun) => {
                // ureq asked for the body, but the system took no byte of it: the kept connection had already ended.
                if has_begun {
                    gate.revert_begin();
                }
                self.not_sent_attempt(&error, late)
            }
        }
    }

    /// Ends all attempts that are under way, and lets no new one begin.
    pub(crate) fn shut_down(&self) {
        self.shut_down.store(true, Ordering::Release);
        self.resolver.close();
        self.agent.clone().shutdown();
    }

    fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::Acquire)
    }

    fn exchange(&self, body: &mut TrackedBody<'_>, max_answer: usize) -> Result<RawAnswer, ureq::Error> {
        let length = body.bytes.len();
        let mut request = Request::new(SendBody::from_reader(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.setup.url.clone();
        let headers = request.headers_mut();
        headers.reserve(6);
        self.setup.credentials.add_to(headers);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_LENGTH, length.into());
        // ureq would build these anew for each request.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_NAME));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut response = self.agent.run(request)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        context::keep_until(keep_until(response.headers(), Instant::now()));
        let in_chunks = response.headers().contains_key(TRANSFER_ENCODING);
        let (body, broken) = read_answer(response.body_mut().as_reader(), max_answer);
        let broken = broken.or_else(|| (in_chunks && context::saw_end()).then(|| incomplete(Reason::ConnectionLost)));
        Ok(RawAnswer { http_status: status, retry_after, body, broken, limit: max_answer })
    }

    /// Describes an attempt that failed before any byte of the body left.
    fn not_sent_attempt(&self, error: &ureq::Error, late: bool) -> Attempt {
        let progress = context::connect_progress();
        let connected = progress.connected >= self.setup.hops;
        let no_thread = matches!(error, ureq::Error::Other(error) if error.is::<NoThread>());
        let reason = match error {
            _ if self.is_shut_down() => Reason::Closed,
            _ if late => Reason::Deadline,
            ureq::Error::Timeout(Timeout::Global) => Reason::Deadline,
            _ if connected && progress.ready < self.setup.hops => Reason::Tls,
            // With a proxy, only the proxy is resolved and connected to.
            _ if self.setup.has_proxy && progress.is_asked_for && !connected => Reason::Proxy,
            ureq::Error::HostNotFound | ureq::Error::Timeout(Timeout::Resolve) => Reason::Dns,
            _ if no_thread => Reason::Dns,
            _ => Reason::Connect,
        };
        // A certificate that was not accepted will not be accepted next time.
        let refused = matches!(error, ureq::Error::Tls(_) | ureq::Error::Rustls(_))
            || matches!(error, ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData);
        let is_retryable = !(refused || no_thread || matches!(reason, Reason::Deadline | Reason::Closed));
        // If no new connection was asked for, a kept one was used.
        let had_connection = progress.connected > 0 || !progress.is_asked_for;
        Attempt::NotSent { reason, detail: self.setup.peers.not_sent(reason, error, had_connection), is_retryable }
    }
}

/// The time after which the connection of this answer must not be used again: one second before the server closes it,
/// according to `Keep-Alive: timeout=N`.
fn keep_until(headers: &HeaderMap, now: Instant) -> Option<Instant> {
    let values = headers.get_all("keep-alive").iter().filter_map(|value| value.to_str().ok());
    let timeouts = values.flat_map(|value| value.split(',')).filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let seconds = value.trim().trim_matches('"').parse::<u64>().ok()?;
        name.trim().eq_ignore_ascii_case("timeout").then_some(seconds)
    });
    now.checked_add(Duration::from_secs(timeouts.min()?.saturating_sub(1)))
}

/// Reads at most `limit` bytes of an answer. The rest of a longer answer is not read, and its connection is dropped.
fn read_answer(reader: impl Read, limit: usize) -> (Vec<u8>, Option<(Reason, String)>) {
    let mut answer = Vec::new();
    // One more byte shows whether the answer is longer than the limit.
    let result = reader.take(limit as u64 + 1).read_to_end(&mut answer);
    let broken = match result {
        _ if answer.len() > limit => Some(too_long(limit)),
        Ok(_) => None,
        Err(error) => Some(incomplete(no_answer_reason(&ureq::Error::from(error), false))),
    };
    (answer, broken)
}

/// The reason and text for an answer of which only a part arrived.
fn incomplete(reason: Reason) -> (Reason, String) {
    let detail = match reason {
        Reason::Deadline => "the timeout of the send passed before the whole answer was there",
        Reason::InvalidResponse => "the answer's body is not valid HTTP",
        _ => "the answer broke off",
    };
    (reason, detail.to_owned())
}

/// The reason why there is no answer to a body that had begun to leave.
fn no_answer_reason(error: &ureq::Error, late: bool) -> Reason {
    match error {
        _ if late => Reason::Deadline,
        ureq::Error::Timeout(_) => Reason::Deadline,
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => Reason::InvalidResponse,
        _ => Reason::ConnectionLost,
    }
}

/// The request's body. ureq reads it after connect, TLS and headers: until its first read, no byte of the body can have left.
/// After a cancellation the first read fails.
struct TrackedBody<'b> {
    bytes: &'b [u8],
    gate: &'b dyn BodyGate,
    has_begun: bool,
}

impl Read for TrackedBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.has_begun {
            if !self.gate.begin() {
                return Err(io::Error::other("the send was cancelled"));
            }
            self.has_begun = true;
            context::advance(RequestPhase::BodyBegun);
        }
        self.bytes.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::net::{Shutdown, TcpListener};
    use std::sync::mpsc::{Receiver, channel};

    use linkwa_faults::{CertificateKind, Fault, FaultProxy, FaultServer, ProxyFault};

    use super::*;

    /// A send that nothing cancels.
    #[derive(Default)]
    struct Gate(Cell<bool>);

    impl BodyGate for Gate {
        fn begin(&self) -> bool {
            self.0.set(true);
            true
        }

        fn revert_begin(&self) {
            self.0.set(false);
        }
    }

    impl Gate {
        fn has_begun(&self) -> bool {
            self.0.get()
        }
    }

    /// A gateway that answers after each read, passes on what it has read, and closes no connection.
    fn gateway() -> (Transport, Receiver<Vec<u8>>) {
        gateway_named("127.0.0.1")
    }

    fn gateway_named(name: &str) -> (Transport, Receiver<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{name}:{}", listener.local_addr().expect("an address").port());
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (mut connection, sender) = (connection.expect("a connection"), sender.clone());
                std::thread::spawn(move || {
                    let mut piece = vec![0; 1024 * 1024];
                    while let Some(read) = connection.read(&mut piece).ok().filter(|read| *read > 0) {
                        let answered = sender.send(piece[..read].to_vec()).is_ok();
                        let answer = linkwa_faults::ok_with_content_length();
                        if !answered || io::Write::write_all(&mut connection, &answer).is_err() {
                            return;
                        }
                    }
                    std::thread::sleep(Duration::from_secs(60));
                });
            }
        });
        let setup = Setup::new(&Config::with_base_url(url, "user", "secret")).expect("a setup");
        (setup.transport(), receiver)
    }

    fn post(transport: &Transport, gate: &Gate, handle: &Arc<CancelHandle>) -> Attempt {
        transport.post(to_post(b"{\"a\":1}"), gate, handle)
    }

    fn to_post(bytes: &[u8]) -> Post<'_> {
        Post { bytes, max_answer: 64 * 1024, deadline: Instant::now() + Duration::from_secs(30) }
    }

    #[test]
    fn head_credentials_and_body_leave_in_one_write() {
        let (transport, pieces) = gateway();
        for _ in 0..2 {
            assert!(matches!(post(&transport, &Gate::default(), &Arc::default()), Attempt::Answered(_)));
            let piece = String::from_utf8(pieces.recv().expect("a piece")).expect("text");
            assert!(piece.starts_with("POST /messages HTTP/1.1\r\n"), "{piece}");
            assert!(piece.to_ascii_lowercase().contains("\r\nauthorization: basic dxnlcjpzzwnyzxq=\r\n"), "{piece}");
            assert!(piece.ends_with("\r\n\r\n{\"a\":1}"), "{piece}");
        }
    }

    #[test]
    fn a_connection_is_kept_until_a_second_before_the_server_closes_it() {
        let now = Instant::now();
        for (values, expected) in [
            (&["timeout=5, max=100"][..], Some(4)),
            (&["max=100,Timeout = \"10\""], Some(9)),
            (&["max=3", "timeout=60", "timeout=7"], Some(6)),
            (&["timeout=1"], Some(0)),
            (&["timeout=0"], Some(0)),
            (&[], None),
            (&["timeout", "timeout=", "timeout=-1", "timeout=1.5", "timeout=soon", "max=1", "\u{e9}"], None),
            (&["timeout=18446744073709551615"], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("keep-alive", HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
            }
            let until = keep_until(&headers, now).map(|until| (until - now).as_secs());
            assert_eq!(until, expected, "{values:?}");
        }
    }

    #[test]
    fn a_name_is_resolved_only_for_a_new_connection() {
        let (transport, _pieces) = gateway_named("localhost");
        let post = || transport.post(to_post(b"{}"), &Gate::default(), &Arc::default());
        assert!(matches!(post(), Attempt::Answered(_)));
        transport.resolver.close();
        assert!(matches!(post(), Attempt::Answered(_)));
    }

    /// A kept connection that ends after the check whether it is open, and before the write.
    #[test]
    fn a_body_of_which_the_system_took_no_byte_is_not_sent() {
        let (transport, pieces) = gateway();
        let handle = Arc::default();
        assert!(matches!(post(&transport, &Gate::default(), &handle), Attempt::Answered(_)));
        // It seems open, but takes no more bytes.
        handle.socket().expect("a connection").stream.shutdown(Shutdown::Write).expect("a socket");
        let gate = Gate::default();
        let attempt = post(&transport, &gate, &handle);
        assert!(matches!(attempt, Attempt::NotSent { reason: Reason::Connect, is_retryable: true, .. }), "{attempt:?}");
        assert!(!gate.has_begun());
        let attempt = post(&transport, &gate, &handle);
        assert!(matches!(attempt, Attempt::Answered(_)), "{attempt:?}");
        assert!(gate.has_begun());
        assert_eq!(pieces.try_iter().count(), 2);
    }

    /// Notes the phase of the request when its body begins.
    #[derive(Default)]
    struct PhaseGate(Cell<Option<RequestPhase>>);

    impl BodyGate for PhaseGate {
        fn begin(&self) -> bool {
            self.0.set(context::phase());
            true
        }

        fn revert_begin(&self) {}
    }

    /// The outcome of a cancelled send depends on this: ureq asks for the body after it has written the head, and not before.
    #[test]
    fn the_body_begins_after_the_head_on_new_and_on_kept_connections() {
        let server = FaultServer::start(Fault::good()).expect("a server");
        let transport =
            Setup::new(&Config::with_base_url(server.url(), "user", "secret")).expect("a setup").transport();
        for _ in 0..2 {
            let gate = PhaseGate::default();
            assert!(matches!(transport.post(to_post(b"{}"), &gate, &Arc::default()), Attempt::Answered(_)));
            assert_eq!(gate.0.get(), Some(RequestPhase::HeadWritten));
        }
        assert_eq!((server.connections(), server.complete_bodies()), (1, 2));
    }

    /// The layers above the socket, such as TLS, must not send buffered bytes later.
    #[test]
    fn a_body_of_which_the_system_took_no_byte_is_not_sent_through_tls_and_proxies() {
        let plain = FaultServer::start(Fault::good()).expect("a server");
        let tls = FaultServer::start_tls(Fault::good(), CertificateKind::Good).expect("a server");
        let http = FaultProxy::start_http(ProxyFault::tunnel()).expect("a proxy");
        let socks = FaultProxy::start_socks5(ProxyFault::tunnel()).expect("a proxy");
        for server in [&plain, &tls] {
            for proxy in [None, Some(&http), Some(&socks)] {
                let mut config = Config::with_base_url(server.url(), "user", "secret");
                if let Some(file) = server.ca_file() {
                    config = config.ca_file(file);
                }
                if let Some(proxy) = proxy {
                    config = config.proxy(proxy.url());
                }
                let transport = Setup::new(&config).expect("a setup").transport();
                // One piece, and several.
                for length in [10, 100_000] {
                    let run = format!("{}, {proxy:?}, {length}", server.url());
                    let (body, handle, gate) = (vec![b' '; length], Arc::default(), Gate::default());
                    let post = |gate: &Gate, handle: &Arc<CancelHandle>| transport.post(to_post(&body), gate, handle);
                    assert!(matches!(post(&Gate::default(), &handle), Attempt::Answered(_)), "{run}");
                    let arrived = server.body_bytes_received();
                    let socket = handle.socket().expect("a connection");
                    let connections = server.connections();
                    // The connection ends after ureq took it from its pool and before anything is written.
                    let end = move || socket.stream.shutdown(Shutdown::Write).expect("a socket");
                    tcp::BEFORE_WRITE.set(Some(Box::new(end)));
                    let attempt = post(&gate, &handle);
                    let as_wanted =
                        matches!(attempt, Attempt::NotSent { reason: Reason::Connect, is_retryable: true, .. });
                    assert!(as_wanted && !gate.has_begun(), "{run}: {attempt:?}");
                    assert_eq!(server.connections(), connections, "{run}: it is the kept one");
                    assert!(matches!(post(&gate, &handle), Attempt::Answered(_)), "{run}");
                    assert_eq!(server.body_bytes_received(), arrived + length, "{run}");
                    assert_eq!(server.connections(), connections + 1, "{run}");
                }
            }
        }
    }

    /// Once the system has taken a byte, it may have arrived.
    #[test]
    fn a_body_of_which_the_system_took_a_byte_is_unknown() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let setup = Setup::new(&Config::with_base_url(url, "user", "secret")).expect("a setup");
        // More than the system's buffers hold, so that the write breaks in the middle.
        let body = vec![b' '; 64 * 1024 * 1024];
        let reset = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a connection");
            connection.read_exact(&mut [0; 10]).expect("bytes");
        });
        let gate = Gate::default();
        let attempt = setup.transport().post(to_post(&body), &gate, &Arc::default());
        assert!(matches!(attempt, Attempt::NoAnswer(Reason::ConnectionLost, _)), "{attempt:?}");
        assert!(gate.has_begun());
        reset.join().expect("no panic");
    }
}
