//! How a sandbox is to be started.

use std::fmt;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::behaviour::Latency;
use crate::gate::{Gate, Gates};
use crate::log::Log;

/// What a [`Sandbox`](crate::Sandbox) listens on, the credentials that it accepts, and where its callbacks go.
///
/// ```
/// use linkwa_sandbox::{Gate, Options};
/// let options = Options::new()
///     .credentials("user", "secret")
///     .gate(Gate::new("v08kM29P", "http://127.0.0.1:9000/cb").basic("me", "hush"));
/// assert!(!format!("{options:?}").contains("hush"));
/// ```
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) username: String,
    pub(crate) password: String,
    /// Names in lower case.
    pub(crate) required_headers: Vec<(String, String)>,
    pub(crate) base_path: String,
    pub(crate) gates: Gates,
    pub(crate) log: Log,
    pub(crate) report_delay: Duration,
    pub(crate) latency: Latency,
    pub(crate) rate: Option<u32>,
    pub(crate) enforce_care_window: bool,
    pub(crate) max_body_bytes: usize,
    pub(crate) max_connections: usize,
    pub(crate) read_timeout: Duration,
    pub(crate) keep: usize,
    pub(crate) max_pending_callbacks: usize,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) allow_remote: bool,
    pub(crate) show_credentials: bool,
    pub(crate) extensions: bool,
    pub(crate) number: Number,
}

/// The business number on whose behalf messages are received.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) msisdn: String,
    pub(crate) platform_id: String,
    pub(crate) platform_partner_id: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            username: "user".to_owned(),
            password: "secret".to_owned(),
            required_headers: Vec::new(),
            base_path: "/whatsapp-message".to_owned(),
            gates: Gates::default(),
            log: Log::off(),
            report_delay: Duration::ZERO,
            latency: Latency::default(),
            rate: None,
            enforce_care_window: false,
            max_body_bytes: crate::MAX_REQUEST_BYTES,
            max_connections: 256,
            read_timeout: Duration::from_secs(30),
            keep: 10_000,
            max_pending_callbacks: 100_000,
            allowed_hosts: Vec::new(),
            allow_remote: false,
            show_credentials: false,
            extensions: false,
            number: Number {
                msisdn: "+46000000000".to_owned(),
                platform_id: "sandbox".to_owned(),
                platform_partner_id: "sandbox".to_owned(),
            },
        }
    }
}

impl Options {
    /// A free port of 127.0.0.1, `user` and `secret`, `/whatsapp-message`, no gate, no log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the address may be one that other machines reach, such as 0.0.0.0 in a container. Each of them can then control the
    /// sandbox. Default: no.
    #[must_use]
    pub fn allow_remote(mut self, yes: bool) -> Self {
        self.allow_remote = yes;
        self
    }

    /// The address to listen on; port 0 takes a free port. Other than loopback addresses need [`allow_remote`](Self::allow_remote).
    #[must_use]
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = address.into();
        self
    }

    /// The one account that is let in.
    #[must_use]
    pub fn credentials(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.username = username.into();
        self.password = password.into();
        self
    }

    /// Adds a header that a request must have beside the credentials, with this value; one that lacks it is answered 401.
    #[must_use]
    pub fn require_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.required_headers.push((name.into().to_ascii_lowercase(), value.into()));
        self
    }

    /// The path in front of `/messages`: empty, or a slash and more; not `/sandbox`.
    #[must_use]
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Adds a gate that requests can name; one of the same id makes way.
    #[must_use]
    pub fn gate(mut self, gate: Gate) -> Self {
        self.gates.add(gate, false);
        self
    }

    /// Adds the gate for requests that name none, and for received messages.
    #[must_use]
    pub fn default_gate(mut self, gate: Gate) -> Self {
        self.gates.add(gate, true);
        self
    }

    /// Writes one line for each request to standard error.
    #[must_use]
    pub fn log_to_stderr(mut self) -> Self {
        self.log = Log::to(std::io::stderr());
        self
    }

    /// Writes one line for each request to a writer. It should not block for long.
    #[must_use]
    pub fn log_to(mut self, writer: impl Write + Send + 'static) -> Self {
        self.log = Log::to(writer);
        self
    }

    /// How long a report waits before it is sent, each one anew. Default: not at all.
    #[must_use]
    pub fn report_delay(mut self, delay: Duration) -> Self {
        self.report_delay = delay;
        self
    }

    /// How long each answer takes. A request with the header `x-sandbox-latency` chooses for itself. Default: no time.
    #[must_use]
    pub fn latency(mut self, latency: impl Into<Latency>) -> Self {
        self.latency = latency.into();
        self
    }

    /// How many requests are taken in a second; further ones are answered 429, with `Retry-After: 1`. Default: any number.
    #[must_use]
    pub fn rate(mut self, requests: u32) -> Self {
        self.rate = Some(requests);
        self
    }

    /// Whether a message other than a template to a user who has not written for 24 hours is reported as 112403 (not delivered).
    /// Default: no.
    #[must_use]
    pub fn enforce_care_window(mut self, yes: bool) -> Self {
        self.enforce_care_window = yes;
        self
    }

    /// The longest body that is read; a longer one is answered 413. Default: 1 MiB.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// How many connections are served at a time; further ones wait. Default: 256; at least 1.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How long a request may take to arrive: its head, and then once more its body; a body that
    /// is later is answered 408. An idle connection is closed after it, too. Default: 30 s.
    #[must_use]
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// How many requests and how many messages are kept, the newest ones; fewer when together they are larger than 64 MiB.
    /// Default: 10,000.
    #[must_use]
    pub fn keep(mut self, requests: usize) -> Self {
        self.keep = requests;
        self
    }

    /// How many callbacks of one gate may wait; further ones are dropped, counted and logged. Default: 100,000.
    #[must_use]
    pub fn max_pending_callbacks(mut self, callbacks: usize) -> Self {
        self.max_pending_callbacks = callbacks;
        self
    }

    /// Adds a host name by which the control routes may be called, besides `localhost`, loopback addresses, and the address that
    /// is listened on.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Shows all headers of requests on the control routes, also those with credentials, such as `Authorization`. Default: no, only
    /// headers that have no secrets, such as `Content-Type`.
    #[must_use]
    pub fn show_credentials(mut self, yes: bool) -> Self {
        self.show_credentials = yes;
        self
    }

    /// Takes what the gateway is known to take beyond version 1.4.1 of the API: see
    /// [`judge_with_extensions`](crate::judge_with_extensions). Default: no.
    #[must_use]
    pub fn extensions(mut self, yes: bool) -> Self {
        self.extensions = yes;
        self
    }

    /// The business number: where received messages go when they name no destination.
    #[must_use]
    pub fn number(mut self, msisdn: impl Into<String>) -> Self {
        self.number.msisdn = msisdn.into();
        self
    }

    /// `platformId` and `platformPartnerId` in the route of received messages.
    #[must_use]
    pub fn platform(mut self, id: impl Into<String>, partner_id: impl Into<String>) -> Self {
        self.number.platform_id = id.into();
        self.number.platform_partner_id = partner_id.into();
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("username", &self.username)
            .field("password", &"[redacted]")
            .field("base_path", &self.base_path)
            .field("gates", &self.gates)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
