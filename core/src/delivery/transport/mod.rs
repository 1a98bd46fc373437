//! Makes one attempt at a request, and reports what is known afterwards. Only this module uses ureq.

mod cancel;
mod context;
mod credentials;
mod deadline;
mod descriptor;
mod dial;
mod error_text;
#[cfg(feature = "cli")]
mod probe;
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
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING, USER_AGENT,
};
use ureq::http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Body, SendBody, Timeout};

pub(crate) use self::cancel::CancelHandle;
pub(crate) use self::context::BodyGate;
pub use self::descriptor::above_standard;
#[cfg(feature = "cli")]
pub(crate) use self::probe::{Probe, ProbeAnswer};

use self::context::SendContext;
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
use crate::http::{HttpMethod, Resource};
use crate::observer::Gateway;
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

/// Where a request goes, and what its body is.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) method: HttpMethod,
    url: Uri,
    /// `None` if there is no body.
    content_type: Option<HeaderValue>,
    accept: HeaderValue,
}

/// A request to send once.
#[derive(Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    /// `None` for the messages.
    pub(crate) target: Option<&'a Target>,
    pub(crate) bytes: &'a [u8],
    /// How many bytes of an answer are read at most.
    pub(crate) max_answer: usize,
    pub(crate) deadline: Instant,
}

/// The checked configuration for connections to one gateway. Each process makes its own connections from it.
#[derive(Clone)]
pub(crate) struct Setup {
    messages: Target,
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
        f.debug_struct("Setup").field("url", &self.messages.url).finish_non_exhaustive()
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("url", &self.setup.messages.url).finish_non_exhaustive()
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
        let json = HeaderValue::from_static("application/json");
        let messages = Target { method: HttpMethod::Post, url, content_type: Some(json.clone()), accept: json };
        let connect_timeout = config.connect_timeout;
        Ok(Self { messages, credentials, agent, direct, has_proxy, peers, connect_timeout, hops })
    }

    /// Where events say that requests go.
    pub(crate) fn gateway(&self) -> Gateway {
        let url = &self.messages.url;
        let port = url.port_u16().unwrap_or(if url.scheme_str() == Some("https") { 443 } else { 80 });
        Gateway { host: url.host().unwrap_or_default().to_owned(), port, url: url.to_string() }
    }

    /// A resource beside the messages.
    pub(crate) fn target(&self, resource: &Resource<'_>) -> Result<Target, Error> {
        let messages = self.messages.url.to_string();
        let base = messages.strip_suffix("messages").unwrap_or(&messages);
        let url = format!("{base}{}", resource.path).parse::<Uri>().ok();
        let url = url.filter(|url| url.authority() == self.messages.url.authority());
        let url = url.ok_or_else(|| Error::internal("a checked path makes no URL of the gateway"))?;
        let content_type = resource.content_type.map(HeaderValue::try_from).transpose();
        let content_type = content_type.map_err(|_| Error::internal("a checked content type is no header"))?;
        Ok(Target { method: resource.method, url, content_type, accept: HeaderValue::from_static("*/*") })
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
    /// Makes one attempt to send a request. Ends at the deadline at the latest.
    pub(crate) fn attempt(
        &self,
        request: Outgoing<'_>,
        gate: &Arc<impl BodyGate + 'static>,
        cancel_handle: &Arc<CancelHandle>,
    ) -> Attempt {
        let deadline = request.deadline;
        let context = SendContext::new(deadline, self.setup.connect_timeout, Arc::clone(cancel_handle));
        let _entered = context.with_gate(Arc::clone(gate) as Arc<dyn BodyGate>, self.setup.hops).enter();
        let result = self.exchange(request);
        let left = context::bytes_taken();
        let late = Instant::now() >= deadline;
        match (result, context::has_begun()) {
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

    fn exchange(&self, outgoing: Outgoing<'_>) -> Result<RawAnswer, ureq::Error> {
        let Outgoing { target, bytes, max_answer, .. } = outgoing;
        let target = target.unwrap_or(&self.setup.messages);
        let mut request = Request::new(());
        *request.method_mut() = method(target.method);
        *request.uri_mut() = target.url.clone();
        let headers = request.headers_mut();
        headers.reserve(6);
        self.setup.credentials.add_to(headers);
        if let Some(content_type) = &target.content_type {
            headers.insert(CONTENT_TYPE, content_type.clone());
        }
        // A server need not ask how long the body of these two is if there is none (RFC 9110, section 8.6).
        if !(bytes.is_empty() && matches!(target.method, HttpMethod::Get | HttpMethod::Delete)) {
            headers.insert(CONTENT_LENGTH, bytes.len().into());
        }
        // ureq would build these anew for each request.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_NAME));
        headers.insert(ACCEPT, target.accept.clone());
        let mut body = TrackedBody { bytes };
        let mut response = if bytes.is_empty() {
            self.run(request.map(|()| SendBody::none()))?
        } else {
            self.run(request.map(|()| SendBody::from_reader(&mut body)))?
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let is_gzip = response.headers().get(CONTENT_ENCODING).is_some_and(|coding| {
            coding.as_bytes().eq_ignore_ascii_case(b"gzip") || coding.as_bytes().eq_ignore_ascii_case(b"x-gzip")
        });
        context::keep_until(keep_until(response.headers(), Instant::now()));
        let in_chunks = response.headers().contains_key(TRANSFER_ENCODING);
        let (body, broken) = read_answer(response.body_mut().as_reader(), max_answer);
        let broken = broken.or_else(|| (in_chunks && context::saw_end()).then(|| incomplete(Reason::ConnectionLost)));
        Ok(RawAnswer { http_status: status, retry_after, body, is_gzip, broken, limit: max_answer })
    }

    /// Not inlined: a call of ureq needs much stack, which would be reserved for each of the two callers.
    #[inline(never)]
    fn run(&self, request: Request<SendBody<'_>>) -> Result<Response<Body>, ureq::Error> {
        self.agent.run(request)
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

fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
    }
}

/// The request's body. ureq reads it after connect, TLS and headers: until its first read, no byte of the body can have left.
/// After a cancellation the first read fails.
struct TrackedBody<'b> {
    bytes: &'b [u8],
}

impl Read for TrackedBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !context::begin_body() {
            return Err(io::Error::other("the send was cancelled"));
        }
        self.bytes.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Shutdown, TcpListener};
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use linkwa_faults::{CertificateKind, Fault, FaultProxy, FaultServer, ProxyFault};

    use super::context::RequestPhase;
    use super::*;
    use crate::observer::Phase;

    /// A send that nothing cancels.
    #[derive(Default)]
    struct Gate(AtomicBool);

    impl BodyGate for Gate {
        fn reached(&self, _: Phase) {}

        fn begin(&self) -> bool {
            self.0.store(true, Ordering::Relaxed);
            true
        }

        fn revert_begin(&self) {
            self.0.store(false, Ordering::Relaxed);
        }
    }

    impl Gate {
        fn has_begun(&self) -> bool {
            self.0.load(Ordering::Relaxed)
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

    fn post(transport: &Transport, gate: &Arc<Gate>, handle: &Arc<CancelHandle>) -> Attempt {
        transport.attempt(to_post(b"{\"a\":1}"), gate, handle)
    }

    fn to_post(bytes: &[u8]) -> Outgoing<'_> {
        let deadline = Instant::now() + Duration::from_secs(30);
        Outgoing { target: None, bytes, max_answer: 64 * 1024, deadline }
    }

    #[test]
    fn head_credentials_and_body_leave_in_one_write() {
        let (transport, pieces) = gateway();
        for _ in 0..2 {
            assert!(matches!(post(&transport, &Arc::<Gate>::default(), &Arc::default()), Attempt::Answered(_)));
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
        let post = || transport.attempt(to_post(b"{}"), &Arc::<Gate>::default(), &Arc::default());
        assert!(matches!(post(), Attempt::Answered(_)));
        transport.resolver.close();
        assert!(matches!(post(), Attempt::Answered(_)));
    }

    /// A kept connection that ends after the check whether it is open, and before the write.
    #[test]
    fn a_body_of_which_the_system_took_no_byte_is_not_sent() {
        let (transport, pieces) = gateway();
        let handle = Arc::default();
        assert!(matches!(post(&transport, &Arc::<Gate>::default(), &handle), Attempt::Answered(_)));
        // It seems open, but takes no more bytes.
        handle.socket().expect("a connection").stream.shutdown(Shutdown::Write).expect("a socket");
        let gate = Arc::<Gate>::default();
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
    struct PhaseGate(Mutex<Option<RequestPhase>>);

    impl BodyGate for PhaseGate {
        fn reached(&self, _: Phase) {}

        fn begin(&self) -> bool {
            *self.0.lock().expect("a lock") = context::phase();
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
            let gate = Arc::<PhaseGate>::default();
            assert!(matches!(transport.attempt(to_post(b"{}"), &gate, &Arc::default()), Attempt::Answered(_)));
            assert_eq!(*gate.0.lock().expect("a lock"), Some(RequestPhase::HeadWritten));
        }
        assert_eq!((server.connections(), server.complete_bodies()), (1, 2));
    }

    /// Without a body the head waits for the gate, on new and on kept connections.
    #[test]
    fn a_request_without_a_body_begins_when_its_head_has_been_written_and_not_if_it_was_cancelled() {
        struct Shut;

        impl BodyGate for Shut {
            fn reached(&self, _: Phase) {}

            fn begin(&self) -> bool {
                false
            }

            fn revert_begin(&self) {}
        }

        let (transport, pieces) = gateway();
        let shut = transport.attempt(to_post(b""), &Arc::new(Shut), &Arc::default());
        assert!(matches!(shut, Attempt::NotSent { .. }), "{shut:?}");
        for _ in 0..2 {
            let gate = Arc::<PhaseGate>::default();
            assert!(matches!(transport.attempt(to_post(b""), &gate, &Arc::default()), Attempt::Answered(_)));
            assert_eq!(*gate.0.lock().expect("a lock"), Some(RequestPhase::HeadWritten));
        }
        assert!(matches!(transport.attempt(to_post(b""), &Arc::new(Shut), &Arc::default()), Attempt::NotSent { .. }));
        assert_eq!(pieces.try_iter().filter(|piece| piece.starts_with(b"POST /messages")).count(), 2);
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
                    let (body, handle, gate) = (vec![b' '; length], Arc::default(), Arc::<Gate>::default());
                    let post =
                        |gate: &Arc<Gate>, handle: &Arc<CancelHandle>| transport.attempt(to_post(&body), gate, handle);
                    assert!(matches!(post(&Arc::<Gate>::default(), &handle), Attempt::Answered(_)), "{run}");
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
        let gate = Arc::<Gate>::default();
        let attempt = setup.transport().attempt(to_post(&body), &gate, &Arc::default());
        assert!(matches!(attempt, Attempt::NoAnswer(Reason::ConnectionLost, _)), "{attempt:?}");
        assert!(gate.has_begun());
        reset.join().expect("no panic");
    }
}
