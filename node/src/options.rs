//! What a client is configured with, and what one send overrides: objects of which those members count that are there.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use linkwa::{Config, Priority, Region, RetryPolicy};
use napi_derive::napi;

use crate::error::Trouble;

/// The known name that a name is most like, if there is one.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value, reason = "napi gives texts by value")]
pub fn nearest(name: String, known: Vec<String>) -> Option<String> {
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    linkwa::nearest(&name, &known).map(str::to_owned)
}

/// What one send overrides.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct SendOptions {
    /// The word.
    pub priority: Option<String>,
    /// The caller's own reference.
    pub ref_id: Option<String>,
    /// The gates that event reports go to.
    pub event_report_gates: Option<Vec<String>>,
    /// Keys and values, in turn.
    pub custom_parameters: Option<Vec<String>>,
    /// Milliseconds.
    pub relative_validity_time: Option<f64>,
    /// In RFC 3339.
    pub absolute_validity_time: Option<String>,
    /// In Unix milliseconds: the same as a `Date`.
    pub valid_until: Option<f64>,
    /// The business number to send from.
    pub source: Option<String>,
    /// The id of the service.
    pub platform_service_id: Option<String>,
    /// The type of the service.
    pub platform_service_type: Option<String>,
    /// The id of the transaction.
    pub platform_transaction_id: Option<String>,
    /// Milliseconds.
    pub timeout_ms: Option<f64>,
}

/// A client's configuration.
#[napi(object, object_to_js = false)]
pub struct ClientConfig {
    /// The word.
    pub region: Option<String>,
    /// Instead of the region.
    pub base_url: Option<String>,
    /// The account's name.
    pub username: String,
    /// The account's password.
    pub password: String,
    /// The account's platform.
    pub platform_id: Option<String>,
    /// The account's partner id.
    pub platform_partner_id: Option<String>,
    /// What a request says where a send says nothing else.
    pub defaults: SendOptions,
    /// Milliseconds.
    pub timeout_ms: Option<f64>,
    /// Milliseconds.
    pub connect_timeout_ms: Option<f64>,
    /// How many sends may be under way at once.
    pub max_connections: Option<f64>,
    /// How many may wait.
    pub max_queue: Option<f64>,
    /// How often a send is tried of which nothing has left.
    pub max_attempts: Option<f64>,
    /// Whether 429 and 503 are tried again.
    pub retry_when_busy: Option<bool>,
    /// The proxy's URL.
    pub proxy: Option<String>,
    /// Hosts that are reached without it.
    pub no_proxy: Option<String>,
    /// Whether both are taken from the environment.
    pub proxy_from_env: Option<bool>,
    /// A PEM file.
    pub ca_file: Option<String>,
    /// Whether the operating system's authorities are trusted.
    pub system_roots: Option<bool>,
    /// Whether plain HTTP to another machine is allowed.
    pub allow_http: Option<bool>,
    /// Whether every warning is an error.
    pub strict: Option<bool>,
}

/// What a run of many overrides, apart from the options of its sends.
#[napi(object, object_to_js = false)]
pub struct ManyOptions {
    /// How many destinations go into a request.
    pub destinations_per_request: Option<f64>,
    /// The most destinations a second.
    pub rate: Option<f64>,
    /// The text of a checkpoint.
    pub resume: Option<String>,
    /// Whether requests of unknown outcome are sent again.
    pub resend_unknown: Option<bool>,
}

impl SendOptions {
    pub(crate) fn into_core(self) -> Result<linkwa::SendOptions, Trouble> {
        let mut options = linkwa::SendOptions::new();
        if let Some(word) = self.priority {
            options = options.priority(priority("options.priority", &word)?);
        }
        if let Some(ref_id) = self.ref_id {
            options = options.ref_id(ref_id);
        }
        if let Some(gates) = self.event_report_gates {
            options = options.event_report_gates(gates);
        }
        if let Some(parameters) = self.custom_parameters {
            options = options.custom_parameters(pairs(parameters));
        }
        if let Some(time) = self.relative_validity_time {
            options = options.relative_validity_time(milliseconds(time));
        }
        if let Some(time) = self.absolute_validity_time {
            options = options.absolute_validity_time(time);
        }
        if let Some(time) = self.valid_until {
            options = options.valid_until(moment(time));
        }
        if let Some(source) = self.source {
            options = options.source(source);
        }
        if let Some(id) = self.platform_service_id {
            options = options.platform_service_id(id);
        }
        if let Some(service_type) = self.platform_service_type {
            options = options.platform_service_type(service_type);
        }
        if let Some(id) = self.platform_transaction_id {
            options = options.platform_transaction_id(id);
        }
        if let Some(timeout) = self.timeout_ms {
            options = options.timeout(milliseconds(timeout));
        }
        Ok(options)
    }
}

impl ClientConfig {
    pub(crate) fn into_core(self) -> Result<Config, Trouble> {
        let mut config = Config::with_base_url("", self.username, self.password);
        if let Some(word) = self.region {
            config = config.region(word.parse::<Region>()?);
        }
        if let Some(url) = self.base_url {
            config = config.base_url(url);
        }
        if self.platform_id.is_some() || self.platform_partner_id.is_some() {
            // Validation says which of the two is missing.
            config =
                config.platform(self.platform_id.unwrap_or_default(), self.platform_partner_id.unwrap_or_default());
        }
        config = with_defaults(config, self.defaults)?;
        if let Some(timeout) = self.timeout_ms {
            config = config.timeout(milliseconds(timeout));
        }
        if let Some(timeout) = self.connect_timeout_ms {
            config = config.connect_timeout(milliseconds(timeout));
        }
        if let Some(connections) = self.max_connections {
            config = config.max_connections(count(connections));
        }
        if let Some(sends) = self.max_queue {
            config = config.max_queue(count(sends));
        }
        let mut retry = RetryPolicy::new();
        if let Some(attempts) = self.max_attempts {
            retry = retry.max_attempts(u32::try_from(count(attempts)).unwrap_or(u32::MAX));
        }
        if let Some(yes) = self.retry_when_busy {
            retry = retry.when_busy(yes);
        }
        config = config.retry(retry);
        if let Some(url) = self.proxy {
            config = config.proxy(url);
        }
        if let Some(hosts) = self.no_proxy {
            config = config.no_proxy(hosts);
        }
        if let Some(yes) = self.proxy_from_env {
            config = config.proxy_from_env(yes);
        }
        if let Some(path) = self.ca_file {
            config = config.ca_file(path);
        }
        if self.system_roots == Some(true) {
            config = config.system_roots();
        }
        if let Some(yes) = self.allow_http {
            config = config.allow_http(yes);
        }
        if let Some(yes) = self.strict {
            config = config.strict(yes);
        }
        Ok(config)
    }
}

/// What an account says by default; it has no reference, transaction or absolute time.
fn with_defaults(mut config: Config, defaults: SendOptions) -> Result<Config, Trouble> {
    if let Some(source) = defaults.source {
        config = config.source(source);
    }
    if let Some(word) = defaults.priority {
        config = config.priority(priority("config.priority", &word)?);
    }
    if let Some(gates) = defaults.event_report_gates {
        config = config.event_report_gates(gates);
    }
    for (key, value) in defaults.custom_parameters.map(pairs).into_iter().flatten() {
        config = config.custom_parameter(key, value);
    }
    if let Some(time) = defaults.relative_validity_time {
        config = config.relative_validity_time(milliseconds(time));
    }
    if let Some(id) = defaults.platform_service_id {
        config = config.platform_service_id(id);
    }
    if let Some(service_type) = defaults.platform_service_type {
        config = config.platform_service_type(service_type);
    }
    Ok(config)
}

impl ManyOptions {
    pub(crate) fn into_core(self, options: linkwa::ManyOptions) -> Result<linkwa::ManyOptions, Trouble> {
        let mut options = options;
        if let Some(destinations) = self.destinations_per_request {
            options = options.destinations_per_request(count(destinations));
        }
        if let Some(rate) = self.rate {
            options = options.rate(rate);
        }
        if let Some(checkpoint) = self.resume {
            options = options.resume(linkwa::Checkpoint::from_json(&checkpoint)?);
        }
        if let Some(yes) = self.resend_unknown {
            options = options.resend_unknown(yes);
        }
        Ok(options)
    }
}

fn priority(name: &str, word: &str) -> Result<Priority, Trouble> {
    word.parse().map_err(|error| Trouble::argument(name, error))
}

/// Keys and values that stand in turn.
fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut flat = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(key), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((key, value));
    }
    pairs
}

/// What is below 0 or no number becomes 0, and what is too long as long as there is: the core says what it makes of that.
pub(crate) fn milliseconds(milliseconds: f64) -> Duration {
    let longest = if milliseconds > 0.0 { Duration::MAX } else { Duration::ZERO };
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or(longest)
}

/// Before 1970 is as long over as 1970.
fn moment(unix_milliseconds: f64) -> SystemTime {
    UNIX_EPOCH.checked_add(milliseconds(unix_milliseconds)).unwrap_or(UNIX_EPOCH)
}

/// How many. What is below 0 becomes 0, and what is too large as large as there is: the core refuses both.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as saturates, which is what is meant")]
fn count(number: f64) -> usize {
    number as usize
}
