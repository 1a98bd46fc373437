//! Who sends, to which gateway, and with which defaults.

mod environment;
mod headers;
mod region;
mod settings;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::limits::{self, Checks};
use crate::observer::{Observer, Observing};
use crate::options::SendOptions;
use crate::priority::Priority;
use crate::retry::RetryPolicy;

pub(crate) use headers::Headers;
pub use region::Region;
pub(crate) use settings::SETTINGS;
pub use settings::spell_settings;

/// A secret text: never printed, and wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A base URL before it is checked: it may contain a password.
#[derive(Clone, PartialEq)]
pub(crate) struct BaseUrl(pub(crate) String);

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains('@') { f.write_str("***") } else { self.0.fmt(f) }
    }
}

/// The certificate authorities to trust.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Roots {
    Bundled,
    System,
    File(PathBuf),
}

/// The configuration of a [`Client`](crate::Client): the account, the gateway, and the defaults of requests.
///
/// ```
/// use std::time::Duration;
/// use linkwa::{Config, Region};
///
/// let config = Config::new(Region::NEu, "user", "secret")
///     .platform("platform id", "partner id")
///     .source("+46000000000")
///     .event_report_gates(["my-gate"])
///     .timeout(Duration::from_secs(15));
/// assert!(!format!("{config:?}").contains("secret"));
/// ```
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) username: String,
    pub(crate) password: Secret,
    pub(crate) headers: Headers,
    pub(crate) platform: Option<(String, String)>,
    pub(crate) defaults: SendOptions,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<Secret>,
    pub(crate) no_proxy: Option<String>,
    pub(crate) proxy_from_env: bool,
    pub(crate) roots: Roots,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_connections: usize,
    pub(crate) max_queue: usize,
    pub(crate) allow_http: bool,
    pub(crate) strict: bool,
    pub(crate) extensions: bool,
    pub(crate) observing: Observing,
}

impl Config {
    /// A configuration for the gateway of this region, with the account's username and password.
    pub fn new(region: Region, username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::with_base_url(region.base_url(), username, password)
    }

    /// A configuration for another gateway: the base URL is the part before `/messages`.
    pub fn with_base_url(
        base_url: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self {
            base_url: BaseUrl(base_url.into()),
            username: username.into(),
            password: Secret::new(password),
            headers: Headers::default(),
            platform: None,
            defaults: SendOptions::default(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            proxy: None,
            no_proxy: None,
            proxy_from_env: false,
            roots: Roots::Bundled,
            retry: RetryPolicy::default(),
            max_connections: 64,
            max_queue: 10_000,
            allow_http: false,
            strict: false,
            extensions: false,
            observing: Observing::default(),
        }
    }

    /// Sets the region, instead of the gateway that it was made with.
    #[must_use]
    pub fn region(self, region: Region) -> Self {
        self.base_url(region.base_url())
    }

    /// Sets the base URL, instead of the gateway that it was made with.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = BaseUrl(base_url.into());
        self
    }

    /// Sets the account's username and password, instead of those that it was made with.
    #[must_use]
    pub fn credentials(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.username = username.into();
        self.password = Secret::new(password);
        self
    }

    /// Adds a header to every request, beside `Authorization`: for an account whose gateway asks for one more, such as
    /// `x-api-key` (not in version 1.4.1 of LINK's document).
    ///
    /// The value is a secret like the password: it never appears in errors, logs or `Debug` output, and only the gateway
    /// gets it, never a proxy. A name is case-insensitive; the same name again replaces the value.
    ///
    /// [`Client::new`](crate::Client::new) returns `invalid_config` for a name that is not a token of HTTP or that the
    /// client sets itself (`host`, `authorization`, `content-type`, …), for an empty value or one with a control
    /// character, and for headers that are longer than 8,192 bytes together.
    ///
    /// ```
    /// use linkwa::{Config, Region};
    ///
    /// let config = Config::new(Region::NEu, "user", "secret").header("x-api-key", "another secret");
    /// assert!(!format!("{config:?}").contains("another secret"));
    /// ```
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.set(name.into(), Secret::new(value));
        self
    }

    /// Sets the account's `platformId` and `platformPartnerId`; every request needs both.
    #[must_use]
    pub fn platform(mut self, platform_id: impl Into<String>, platform_partner_id: impl Into<String>) -> Self {
        self.platform = Some((platform_id.into(), platform_partner_id.into()));
        self
    }

    /// Sets the business number to send from: an MSISDN, with or without `+`.
    #[must_use]
    pub fn source(self, source: impl Into<String>) -> Self {
        self.map_defaults(|defaults| defaults.source(source))
    }

    /// Sets the priority of messages whose options do not set one. Default: `NORMAL`.
    #[must_use]
    pub fn priority(self, priority: Priority) -> Self {
        self.map_defaults(|defaults| defaults.priority(priority))
    }

    /// Sets the gates that event reports go to.
    #[must_use]
    pub fn event_report_gates<G: Into<String>>(self, gates: impl IntoIterator<Item = G>) -> Self {
        self.map_defaults(|defaults| defaults.event_report_gates(gates))
    }

    /// Sets the id of the service on the platform.
    #[must_use]
    pub fn platform_service_id(self, id: impl Into<String>) -> Self {
        self.map_defaults(|defaults| defaults.platform_service_id(id))
    }

    /// Sets the type of the service on the platform.
    #[must_use]
    pub fn platform_service_type(self, service_type: impl Into<String>) -> Self {
        self.map_defaults(|defaults| defaults.platform_service_type(service_type))
    }

    /// Adds a parameter that every event report repeats. If the options of a send have parameters of their own, these
    /// replace all of the client's.
    #[must_use]
    pub fn custom_parameter(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.map_defaults(|defaults| defaults.custom_parameter(key, value))
    }

    /// Sets how long the gateway may try to deliver a message without a validity of its own, counted from the send.
    #[must_use]
    pub fn relative_validity_time(self, time: Duration) -> Self {
        self.map_defaults(|defaults| defaults.relative_validity_time(time))
    }

    fn map_defaults(mut self, change: impl FnOnce(SendOptions) -> SendOptions) -> Self {
        self.defaults = change(self.defaults);
        self
    }

    /// Sets the longest time of a send, from the call to the result: above 0, at most 24 hours. Default: 30 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the longest time to connect, TLS included: above 0, at most 24 hours. Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the proxy: `http://user:password@host:port`, or `socks5://host:port`. Its credentials are never printed.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(Secret::new(url));
        self
    }

    /// Sets the hosts to reach without the proxy, separated by commas or spaces: `example.com` or `.example.com` and
    /// its subdomains, an address, a network such as `10.0.0.0/8`, any of these with a port such as `example.com:8443`,
    /// or `*` for all. [`Client::new`](crate::Client::new) returns `invalid_config` for an entry of another form.
    #[must_use]
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.no_proxy = Some(hosts.into());
        self
    }

    /// Takes the proxy from the environment by curl's rules, if [`proxy`](Self::proxy) is not set. Off by default.
    ///
    /// For an `https://` gateway that is `HTTPS_PROXY`, for an `http://` gateway `HTTP_PROXY`, and for both `ALL_PROXY`
    /// if that one is not set. `NO_PROXY` lists hosts in the form of [`no_proxy`](Self::no_proxy), which replaces it.
    /// Each name is also read in lower case, which comes first. `HTTP_PROXY` is not read where `REQUEST_METHOD` is set,
    /// because in a CGI program it is a header of the request. [`Client::new`](crate::Client::new) returns
    /// `invalid_config` for a variable that cannot be used, and names it.
    #[must_use]
    pub fn proxy_from_env(mut self, yes: bool) -> Self {
        self.proxy_from_env = yes;
        self
    }

    /// A PEM file of the certificate authorities to trust, instead of the bundled ones (Mozilla's list). TLS
    /// certificates are always verified, and TLS is always 1.2 or newer.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.roots = Roots::File(path.into());
        self
    }

    /// Trusts the certificate authorities of the operating system, instead of the bundled ones.
    #[must_use]
    pub fn system_roots(mut self) -> Self {
        self.roots = Roots::System;
        self
    }

    /// Sets what is retried, and how often; see [`RetryPolicy`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how many sends may be under way at once on workers, each with its own connection: 1 to 10,000. Default: 64.
    /// [`Client::submit`](crate::Client::submit) uses workers; a blocking send runs on its caller's thread and is not
    /// counted.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Sets how many sends may wait for a worker: 1 to 10,000,000. Default: 10,000. A send beyond that is `not_sent`
    /// (`queue_full`) at once.
    #[must_use]
    pub fn max_queue(mut self, sends: usize) -> Self {
        self.max_queue = sends;
        self
    }

    /// Sets whether to allow plain `http://` to another machine. Others on the network can then read username, password
    /// and messages.
    #[must_use]
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// Sets whether every warning of validation counts as an error.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets whether to allow what version 1.4.1 of LINK's document does not have: [`Interactive`](crate::Interactive) messages,
    /// media by their id ([`Image::by_id`](crate::Image::by_id)) and templates without a namespace. Other integrations send them
    /// to the gateway; ask LINK whether your account may. Off by default: each of them is then the error `extension`.
    #[must_use]
    pub fn extensions(mut self, allow: bool) -> Self {
        self.extensions = allow;
        self
    }

    /// Sets what receives an [`Event`](crate::Event) for each step of a send; see [`Observer`]. Another call replaces it.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observing = Observing::by(observer);
        self
    }

    /// The numbers that are out of range, and their ranges.
    pub(crate) fn number_problems(&self) -> Vec<String> {
        let mut checks = Checks::default();
        checks.timeout("`timeout` (LINKWA_TIMEOUT_MS)", self.timeout);
        checks.timeout("`connect_timeout` (LINKWA_CONNECT_TIMEOUT_MS)", self.connect_timeout);
        checks.count("`max_connections`", self.max_connections, &limits::CONNECTIONS);
        checks.count("`max_queue`", self.max_queue, &limits::QUEUE);
        let attempts = usize::try_from(self.retry.max_attempts).unwrap_or(usize::MAX);
        checks.count("`max_attempts`", attempts, &limits::ATTEMPTS);
        checks.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_out_of_its_bounds_is_named() {
        let config = || Config::new(Region::No, "user", "pass");
        let attempts = |count| config().retry(RetryPolicy::new().max_attempts(count));
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(config().timeout(day).connect_timeout(day).number_problems(), [""; 0]);
        let refused = [
            ("`timeout`", config().timeout(Duration::ZERO)),
            ("`timeout`", config().timeout(Duration::MAX)),
            ("`connect_timeout`", config().connect_timeout(Duration::ZERO)),
            ("`connect_timeout`", config().connect_timeout(Duration::MAX)),
            ("`max_connections`", config().max_connections(0)),
            ("`max_connections`", config().max_connections(usize::MAX)),
            ("`max_queue`", config().max_queue(0)),
            ("`max_queue`", config().max_queue(usize::MAX)),
            ("`max_attempts`", attempts(0)),
            ("`max_attempts`", attempts(u32::MAX)),
        ];
        for (name, config) in refused {
            let problems = config.number_problems();
            assert!(matches!(&*problems, [problem] if problem.starts_with(name)), "{name}: {problems:?}");
            assert_eq!(crate::Client::new(config).expect_err("refused").code().as_str(), "invalid_config");
        }
    }
}
