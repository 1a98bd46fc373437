//! Who sends, to which gateway, and with which defaults.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::by_name::{FromNamed, NamedValue, SetError};
use crate::declared::{Declared, Field, Kind, Setting};
use crate::error::Error;
use crate::limits::{self, Checks};
use crate::options::SendOptions;
use crate::priority::Priority;
use crate::retry::RetryPolicy;
use crate::wire::{nearest, truncate_for_display};
use crate::words::words;

words! {
    /// The regions of LINK's gateway; an account belongs to one.
    pub enum Region {
        /// Northern Europe.
        NEu = "n-eu",
        /// Central Europe.
        CEu = "c-eu",
        /// Southern Europe.
        SEu = "s-eu",
        /// Norway.
        No = "no",
        /// The gateway at `deb.linkmobility.io`.
        Deb = "deb",
    }
}

impl Region {
    /// The base URL of the region's gateway.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::NEu => "https://n-eu.linkmobility.io/whatsapp-message",
            Self::CEu => "https://c-eu.linkmobility.io/whatsapp-message",
            Self::SEu => "https://s-eu.linkmobility.io/whatsapp-message",
            Self::No => "https://no.linkmobility.io/whatsapp-message",
            Self::Deb => "https://deb.linkmobility.io/whatsapp-message",
        }
    }
}

macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident: $type:ty $(, variable $variable:literal)? $(, default $default:literal)? $(, unit $unit:literal)?
            => $set:expr;
    )*) => {
        /// Every setting, as data.
        pub(crate) const SETTINGS: &[Setting] = &[$(
            Setting {
                field: Field {
                    name: stringify!($name),
                    wire: "",
                    doc: concat!($($doc, "\n"),*),
                    kind: <$type>::KIND,
                    required: false,
                },
                variable: settings!(@ $($variable)?),
                default: settings!(@ $($default)?),
                unit: settings!(@ $($unit)?),
            },
        )*];

        impl Config {
            /// Sets the setting of this name.
            ///
            /// # Errors
            ///
            /// If there is no such setting, or the value is not of its kind.
            #[doc(hidden)]
            pub fn set(self, name: &str, value: NamedValue) -> Result<Self, SetError> {
                match name {
                    $(stringify!($name) => {
                        let set: fn(Self, $type) -> Self = $set;
                        FromNamed::from_named(value).map(|value| set(self, value))
                    })*
                    _ => Err(SetError::unknown(name, &[$(stringify!($name)),*])),
                }
            }
        }
    };
    (@ $text:literal) => {
        Some($text)
    };
    (@) => {
        None
    };
}

settings! {
    /// The account's region, which selects its gateway. Set either this or `base_url`.
    region: Region, variable "LINKWA_REGION" => Config::region;
    /// The base URL of another gateway: the part before `/messages`.
    base_url: String, variable "LINKWA_BASE_URL" => Config::base_url;
    /// The account's username. It has no `:`.
    username: String, variable "LINKWA_USERNAME" => |config, username| Config { username, ..config };
    /// The account's password. It never appears in errors, logs or anything that is printed.
    password: String, variable "LINKWA_PASSWORD" => |config, password| Config { password: Secret::new(password), ..config };
    /// The account's platform, from LINK. Every request needs it.
    platform_id: String, variable "LINKWA_PLATFORM_ID" => |mut config, id| {
        config.platform.get_or_insert_default().0 = id;
        config
    };
    /// The account's partner id, from LINK. Every request needs it.
    platform_partner_id: String, variable "LINKWA_PLATFORM_PARTNER_ID" => |mut config, id| {
        config.platform.get_or_insert_default().1 = id;
        config
    };
    /// The business number to send from: 3 to 15 digits, with or without `+`.
    source: String, variable "LINKWA_SOURCE" => Config::source;
    /// The priority of every message that has none of its own.
    priority: Priority, variable "LINKWA_PRIORITY", default "NORMAL" => Config::priority;
    /// The gates that event reports go to. The variable separates them by commas.
    event_report_gates: Vec<String>, variable "LINKWA_EVENT_REPORT_GATES" => Config::event_report_gates;
    /// Names and texts that every event report repeats. Those of a send replace all of these.
    custom_parameters: Vec<(String, String)> => |config, parameters| config.map_defaults(|defaults| defaults.custom_parameters(parameters));
    /// How long the gateway may try to deliver a message without a validity of its own, counted from the send. Less
    /// than a millisecond makes every send invalid.
    relative_validity_time: Duration, default "48 hours", unit "milliseconds" => Config::relative_validity_time;
    /// The id of the service on the platform.
    platform_service_id: String => Config::platform_service_id;
    /// The type of the service on the platform.
    platform_service_type: String => Config::platform_service_type;
    /// The longest time of a send, from the call to the result: above 0, and at most 24 hours.
    timeout: Duration, variable "LINKWA_TIMEOUT_MS", default "30 seconds", unit "milliseconds" => Config::timeout;
    /// The longest time to connect, TLS included: above 0, and at most 24 hours.
    connect_timeout: Duration, variable "LINKWA_CONNECT_TIMEOUT_MS", default "10 seconds", unit "milliseconds" => Config::connect_timeout;
    /// How many sends may be under way at once, each with a connection of its own: 1 to 10,000.
    max_connections: usize, default "64" => Config::max_connections;
    /// How many more sends may wait for a connection: 1 to 10,000,000. A send beyond that fails at once: `not_sent`,
    /// `queue_full`.
    max_queue: usize, default "10,000" => Config::max_queue;
    /// The number of attempts of one send in all, as long as no byte has left: 1 to 100.
    max_attempts: usize, default "3" => |config, attempts| {
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        Config { retry: config.retry.max_attempts(attempts), ..config }
    };
    /// Also retries after HTTP 429 and 503, with the same number of attempts in all. **After 503 a message can arrive
    /// twice.**
    retry_when_busy: bool, default "false" => |config, yes| Config { retry: config.retry.when_busy(yes), ..config };
    /// The proxy: `http://user:password@host:port` or `socks5://host:port`. Its credentials are never printed.
    proxy: String, variable "LINKWA_PROXY" => Config::proxy;
    /// Hosts to reach without the proxy, separated by commas or spaces: `example.com` or `.example.com` and its
    /// subdomains, an address, a network such as `10.0.0.0/8`, any of these with a port such as `example.com:8443`, or
    /// `*` for all.
    no_proxy: String => Config::no_proxy;
    /// Takes the proxy from the environment as curl does, if `proxy` is not set: `HTTPS_PROXY` or `HTTP_PROXY` by the
    /// gateway's scheme, else `ALL_PROXY`; and `NO_PROXY`, which `no_proxy` replaces. An invalid variable is an error.
    proxy_from_env: bool, default "false" => Config::proxy_from_env;
    /// A PEM file of the certificate authorities to trust, instead of the bundled ones (Mozilla's list). Certificates
    /// are always verified.
    ca_file: PathBuf, variable "LINKWA_CA_FILE" => Config::ca_file;
    /// Trusts the certificate authorities of the operating system, instead of the bundled ones.
    system_roots: bool, default "false" => |config, yes| if yes { config.system_roots() } else { config };
    /// Allows plain `http://` to another machine. Others on the network can then read username, password and messages.
    allow_http: bool, variable "LINKWA_ALLOW_HTTP", default "false" => Config::allow_http;
    /// Treats every warning of validation as an error.
    strict: bool, default "false" => Config::strict;
}

impl FromNamed for Region {
    fn from_named(value: NamedValue) -> Result<Self, SetError> {
        let word = String::from_named(value)?;
        Self::named(&word).map_err(SetError::Value)
    }
}

/// A text of an error with the names of settings in another language: `` `base_url` `` becomes the result of `spell`.
#[doc(hidden)]
pub fn spell_settings(text: &str, spell: impl Fn(&str) -> String) -> String {
    let mut spelled = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        let is_quoted = index % 2 == 1;
        match SETTINGS.iter().find(|setting| is_quoted && setting.field.name == part) {
            Some(setting) => spelled.push_str(&spell(setting.field.name)),
            None if is_quoted => spelled.extend(["`", part, "`"]),
            None => spelled.push_str(part),
        }
    }
    spelled
}

impl FromStr for Region {
    type Err = Error;

    /// # Errors
    ///
    /// `invalid_config` for an unknown region.
    fn from_str(word: &str) -> Result<Self, Error> {
        Self::named(word).map_err(Error::invalid_config)
    }
}

impl Region {
    fn named(word: &str) -> Result<Self, String> {
        if let Some(region) = Self::ALL.iter().find(|region| region.as_str() == word) {
            return Ok(*region);
        }
        let near = nearest(word, Self::WORDS).map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
        Err(format!(
            "there is no region `{}`{near}; the regions are {}",
            truncate_for_display(word),
            Self::WORDS.join(", ")
        ))
    }
}

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
pub struct Config {
    pub(crate) base_url: BaseUrl,
    pub(crate) username: String,
    pub(crate) password: Secret,
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

    /// Reads the configuration from the environment: `LINKWA_REGION` or `LINKWA_BASE_URL`, `LINKWA_USERNAME` and
    /// `LINKWA_PASSWORD`; optional are `LINKWA_PLATFORM_ID` with `LINKWA_PLATFORM_PARTNER_ID`, `LINKWA_SOURCE`,
    /// `LINKWA_PRIORITY`, `LINKWA_EVENT_REPORT_GATES` (separated by commas), `LINKWA_TIMEOUT_MS`,
    /// `LINKWA_CONNECT_TIMEOUT_MS`, `LINKWA_PROXY`, `LINKWA_CA_FILE`, `LINKWA_ALLOW_HTTP` (`1` or `true`). An empty
    /// variable counts as not set.
    ///
    /// # Errors
    ///
    /// `invalid_config`, which names every variable that is missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables_except(|_| false, |name| std::env::var_os(name))
    }

    /// As [`from_env`](Self::from_env), with the variables that `variable` returns: for another environment than that
    /// of the process, such as that of a worker thread of Node, or of a file.
    ///
    /// # Errors
    ///
    /// `invalid_config`, which names every variable that is missing or invalid.
    ///
    /// ```
    /// # use linkwa::Config;
    /// let variables = [("LINKWA_REGION", "n-eu"), ("LINKWA_USERNAME", "user"), ("LINKWA_PASSWORD", "secret")];
    /// let config = Config::from_variables(|wanted| {
    ///     variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_string())
    /// })?;
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn from_variables(mut variable: impl FnMut(&str) -> Option<String>) -> Result<Self, Error> {
        Self::read_variables(|_| false, |name| Ok(variable(name)))
    }

    /// As [`from_variables`](Self::from_variables), but without the variables of the settings that `is_given` names,
    /// which are set afterwards.
    ///
    /// # Errors
    ///
    /// `invalid_config`, which names every variable that is missing or invalid.
    #[doc(hidden)]
    pub fn from_variables_except(
        is_given: impl Fn(&str) -> bool,
        mut variable: impl FnMut(&str) -> Option<std::ffi::OsString>,
    ) -> Result<Self, Error> {
        Self::read_variables(is_given, |name| match variable(name).map(std::ffi::OsString::into_string) {
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(format!("{name} is not valid UTF-8")),
            None => Ok(None),
        })
    }

    fn read_variables(
        is_given: impl Fn(&str) -> bool,
        mut variable: impl FnMut(&'static str) -> Result<Option<String>, String>,
    ) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut config = Self::with_base_url("", "", "");
        let mut set = Vec::new();
        let is_given = |name: &str| {
            is_given(name) || matches!(name, "region" | "base_url") && (is_given("region") || is_given("base_url"))
        };
        for setting in SETTINGS {
            let (name, kind) = (setting.field.name, setting.field.kind);
            if is_given(name) {
                set.push(name);
                continue;
            }
            let Some(variable_name) = setting.variable else { continue };
            let text = match variable(variable_name) {
                Ok(Some(text)) if !text.is_empty() => Zeroizing::new(text),
                Ok(_) => continue,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            set.push(name);
            let value = read_variable(kind, &text).map_err(SetError::Value);
            match value.and_then(|value| config.clone().set(name, value)) {
                Ok(changed) => config = changed,
                Err(SetError::Value(problem)) => problems.push(format!("{variable_name}: {problem}")),
                Err(SetError::Unknown(_) | SetError::Kind) => problems.push(format!("{variable_name} cannot be set")),
            }
        }
        let is_set = |name| set.contains(&name);
        match (is_set("region"), is_set("base_url")) {
            (true, true) if !is_given("region") => {
                problems.push("LINKWA_REGION and LINKWA_BASE_URL exclude each other".to_owned());
            }
            (false, false) => problems.push("LINKWA_REGION or LINKWA_BASE_URL is not set".to_owned()),
            _ => {}
        }
        for (name, variable) in [("username", "LINKWA_USERNAME"), ("password", "LINKWA_PASSWORD")] {
            if !is_set(name) {
                problems.push(format!("{variable} is not set"));
            }
        }
        // Settings that a message needs besides them are reported now, and not only when it is sent.
        if !problems.is_empty() {
            let has_platform = is_set("platform_id") || is_set("platform_partner_id");
            for (names, is_set) in [
                ("LINKWA_PLATFORM_ID and LINKWA_PLATFORM_PARTNER_ID, which messages need, are", has_platform),
                ("LINKWA_SOURCE, which messages need, is", is_set("source")),
            ] {
                if !is_set {
                    problems.push(format!("{names} not set either"));
                }
            }
        }
        match (is_set("platform_id"), is_set("platform_partner_id")) {
            (true, false) => problems.push("LINKWA_PLATFORM_ID is set without LINKWA_PLATFORM_PARTNER_ID".to_owned()),
            (false, true) => problems.push("LINKWA_PLATFORM_PARTNER_ID is set without LINKWA_PLATFORM_ID".to_owned()),
            _ => {}
        }
        if problems.is_empty() { Ok(config) } else { Err(Error::invalid_config(problems.join("; "))) }
    }
}

/// The value of a variable, or what is wrong with it.
fn read_variable(kind: Kind, text: &str) -> Result<NamedValue, String> {
    Ok(match kind {
        Kind::Bool => match text {
            "1" | "true" => NamedValue::Flag(true),
            "0" | "false" => NamedValue::Flag(false),
            _ => return Err("must be 1, true, 0 or false".to_owned()),
        },
        Kind::Duration => {
            let longest = limits::LONGEST_TIMEOUT.as_millis();
            match text.parse::<u64>() {
                Ok(number) if (1..=longest).contains(&number.into()) => {
                    NamedValue::Duration(Duration::from_millis(number))
                }
                _ => return Err(format!("must be a whole number of milliseconds from 1 to {longest}")),
            }
        }
        Kind::List(_) => NamedValue::Texts(text.split(',').map(|item| item.trim().to_owned()).collect()),
        Kind::Path => NamedValue::Path(text.into()),
        _ => NamedValue::Text(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&'static str, &str)]) -> Result<Config, Error> {
        Config::from_variables(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const NEEDED: [(&str, &str); 3] =
        [("LINKWA_REGION", "no"), ("LINKWA_USERNAME", "user"), ("LINKWA_PASSWORD", "canary-pass")];

    #[test]
    fn the_environment_gives_a_whole_configuration() {
        let mut variables = NEEDED.to_vec();
        variables.extend([
            ("LINKWA_PLATFORM_ID", "p"),
            ("LINKWA_PLATFORM_PARTNER_ID", "pp"),
            ("LINKWA_SOURCE", "+46000000000"),
            ("LINKWA_PRIORITY", "HIGH"),
            ("LINKWA_EVENT_REPORT_GATES", "a, b"),
            ("LINKWA_TIMEOUT_MS", "1500"),
            ("LINKWA_CONNECT_TIMEOUT_MS", "200"),
            ("LINKWA_PROXY", "http://u:canary-proxy@localhost:3128"),
            ("LINKWA_CA_FILE", "ca.pem"),
            ("LINKWA_ALLOW_HTTP", "1"),
        ]);
        let config = config(&variables).expect("a configuration");
        assert_eq!(config.base_url.0, Region::No.base_url());
        assert_eq!(config.platform, Some(("p".to_owned(), "pp".to_owned())));
        let defaults =
            SendOptions::new().source("+46000000000").priority(Priority::High).event_report_gates(["a", "b"]);
        assert_eq!(config.defaults, defaults);
        assert_eq!((config.timeout.as_millis(), config.connect_timeout.as_millis()), (1500, 200));
        assert!(config.allow_http && config.roots == Roots::File("ca.pem".into()));
        let printed = format!("{config:?}");
        assert!(!printed.contains("canary"), "{printed}");
    }

    #[test]
    fn every_problem_of_the_environment_is_named_at_once_and_no_value_of_a_secret() {
        let error = config(&[
            ("LINKWA_REGION", "n_eu"),
            ("LINKWA_PASSWORD", "canary-pass"),
            ("LINKWA_PLATFORM_ID", "p"),
            ("LINKWA_PRIORITY", "high"),
            ("LINKWA_TIMEOUT_MS", "2s"),
            ("LINKWA_CONNECT_TIMEOUT_MS", "-1"),
            ("LINKWA_ALLOW_HTTP", "yes"),
            ("LINKWA_SOURCE", ""),
        ])
        .expect_err("problems");
        assert_eq!(error.code().as_str(), "invalid_config");
        let text = error.to_string();
        for name in
            ["REGION", "USERNAME", "PLATFORM_PARTNER_ID", "PRIORITY", "TIMEOUT_MS", "CONNECT_TIMEOUT_MS", "ALLOW_HTTP"]
        {
            assert!(text.contains(&format!("LINKWA_{name}")), "{name}: {text}");
        }
        // An empty variable counts as not set, and settings that a message needs are reported at the same time.
        assert!(text.contains("`n-eu`") && !text.contains("canary") && text.contains("LINKWA_SOURCE"), "{text}");
        assert_eq!(text.matches("invalid configuration").count(), 1, "{text}");
    }

    #[test]
    fn a_timeout_of_the_environment_is_a_whole_number_within_its_bounds() {
        for name in ["LINKWA_TIMEOUT_MS", "LINKWA_CONNECT_TIMEOUT_MS"] {
            for value in ["0", "-1", "1.5", "1e300", "nan", "inf", "86400001", "99999999999999999999", " 1"] {
                let mut variables = NEEDED.to_vec();
                variables.push((name, value));
                let error = config(&variables).expect_err("refused");
                assert_eq!(error.code().as_str(), "invalid_config", "{name}={value}");
                assert!(error.to_string().contains(name), "{error}");
            }
            for value in ["1", "86400000"] {
                let mut variables = NEEDED.to_vec();
                variables.push((name, value));
                assert!(config(&variables).expect("within bounds").number_problems().is_empty());
            }
        }
    }

    /// Variables of settings that the caller gives are neither read nor missing.
    #[test]
    fn variables_of_what_is_given_are_not_looked_at() {
        let given = ["base_url", "username", "platform_id", "timeout"];
        let mut asked = Vec::new();
        let config = Config::from_variables_except(
            |name| given.contains(&name),
            |variable| {
                asked.push(variable.to_owned());
                let values = [("LINKWA_PASSWORD", "secret"), ("LINKWA_PLATFORM_PARTNER_ID", "pp")];
                values.iter().find(|(name, _)| *name == variable).map(|(_, value)| value.into())
            },
        )
        .expect("nothing is missing");
        assert_eq!(config.platform, Some((String::new(), "pp".to_owned())));
        for variable in ["REGION", "BASE_URL", "USERNAME", "PLATFORM_ID", "TIMEOUT_MS"] {
            assert!(!asked.contains(&format!("LINKWA_{variable}")), "{variable}");
        }
        assert!(asked.contains(&"LINKWA_CONNECT_TIMEOUT_MS".to_owned()));
    }

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

    #[test]
    fn what_nobody_says_is_so_by_default_and_what_is_empty_is_not_said() {
        let mut variables = NEEDED.to_vec();
        let all =
            ["SOURCE", "PLATFORM_ID", "PROXY", "CA_FILE", "TIMEOUT_MS", "PRIORITY", "EVENT_REPORT_GATES", "BASE_URL"];
        let names = all.map(|name| &*format!("LINKWA_{name}").leak());
        variables.extend(names.map(|name| (name, "")));
        variables.push(("LINKWA_ALLOW_HTTP", "0"));
        let config = config(&variables).expect("a configuration");
        assert_eq!((config.timeout.as_secs(), config.connect_timeout.as_secs()), (30, 10));
        assert_eq!((config.max_connections, config.max_queue, config.allow_http), (64, 10_000, false));
        assert!(config.proxy.is_none() && config.roots == Roots::Bundled && config.platform.is_none());
        assert_eq!(config.defaults, SendOptions::default());
    }

    // Rule E-2, letter by letter.
    #[test]
    fn each_region_has_its_host() {
        let urls: Vec<_> = Region::ALL.iter().map(|region| (region.as_str(), region.base_url())).collect();
        let host = |word| format!("https://{word}.linkmobility.io/whatsapp-message");
        assert_eq!(urls.iter().map(|(word, _)| *word).collect::<Vec<_>>(), ["n-eu", "c-eu", "s-eu", "no", "deb"]);
        for (word, url) in urls {
            assert_eq!(url, host(word));
            assert_eq!(word.parse::<Region>().expect("a region").as_str(), word);
        }
    }

    #[test]
    fn settings_are_spelled_as_a_language_does() {
        let text = "`base_url` (LINKWA_BASE_URL) is wrong; `base-url` and `x` stay, as base_url does; set `allow_http`";
        let upper = spell_settings(text, str::to_uppercase);
        assert_eq!(
            upper,
            "BASE_URL (LINKWA_BASE_URL) is wrong; `base-url` and `x` stay, as base_url does; set ALLOW_HTTP"
        );
    }

    #[test]
    fn region_and_base_url_exclude_each_other_and_one_is_needed() {
        let mut both = NEEDED.to_vec();
        both.push(("LINKWA_BASE_URL", "https://example.com"));
        assert!(config(&both).is_err());
        assert!(config(&NEEDED[1..]).is_err());
        both.remove(0);
        assert_eq!(config(&both).expect("a base URL").base_url.0, "https://example.com");
    }
}
