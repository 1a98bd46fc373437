//! Configurations.

use std::mem::MaybeUninit;
use std::time::Duration;

use linkwa::{Config, Region, RetryPolicy};

use crate::arg::{Text, both};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::error::ErrorOut;
use crate::options::PriorityNumber;
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_out};
use crate::status::linkwa_status;

/// Who sends, through which gateway, and what requests say by default. A client needs a region or base URL, and
/// credentials; all else may be left as it is. The first setter that fails is remembered, and linkwa_client_new() fails
/// with it then. The password and the proxy's URL are wiped from memory when the configuration is freed, and never
/// stand in an error or log.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_config(Builder<Settings>);

/// A configuration that is changed.
pub(crate) type MutConfig<'a> = Option<&'a mut linkwa_config>;

/// An out-parameter for a configuration.
pub(crate) type ConfigOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_config>>>>;

#[derive(Debug)]
struct Settings {
    config: Config,
    /// Core takes them all at once.
    gates: Vec<String>,
    /// Core takes it whole.
    retry: Option<RetryPolicy>,
}

impl linkwa_config {
    fn new(config: Config) -> Self {
        Self(Builder::new(Settings { config, gates: Vec::new(), retry: None }))
    }

    pub(crate) fn config(&self) -> Result<Config, BindingError> {
        let settings = self.0.get()?;
        let mut config = settings.config.clone();
        if !settings.gates.is_empty() {
            config = config.event_report_gates(&settings.gates);
        }
        if let Some(policy) = &settings.retry {
            config = config.retry(policy.clone());
        }
        Ok(config)
    }
}

fn change_settings<A>(
    config: MutConfig<'_>,
    arguments: Result<A, BindingError>,
    change: impl FnOnce(Settings, A) -> Settings,
) -> linkwa_status {
    config.map_or(linkwa_status::LINKWA_INVALID_ARGUMENT, |config| config.0.update(arguments, change))
}

fn change<A>(
    config: MutConfig<'_>,
    arguments: Result<A, BindingError>,
    change: impl FnOnce(Config, A) -> Config,
) -> linkwa_status {
    change_settings(config, arguments, |settings, arguments| Settings {
        config: change(settings.config, arguments),
        ..settings
    })
}

fn change_with<A>(config: MutConfig<'_>, value: A, to: impl FnOnce(Config, A) -> Config) -> linkwa_status {
    change(config, Ok(value), to)
}

fn change_retry<A>(
    config: MutConfig<'_>,
    value: A,
    change: impl FnOnce(RetryPolicy, A) -> RetryPolicy,
) -> linkwa_status {
    change_settings(config, Ok(value), |settings, value| Settings {
        retry: Some(change(settings.retry.unwrap_or_default(), value)),
        ..settings
    })
}

/// Makes a configuration. It needs linkwa_config_set_region() or linkwa_config_set_base_url(), and
/// linkwa_config_set_credentials(). NULL only after an internal error.
///
/// It is the caller's, to be freed with linkwa_config_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_new() -> Option<Box<linkwa_config>> {
    panic_boundary(|| into_raw(linkwa_config::new(Config::with_base_url("", "", ""))))
}

/// Makes the configuration that the environment gives; it can be changed like any other. LINKWA_REGION or
/// LINKWA_BASE_URL, LINKWA_USERNAME and LINKWA_PASSWORD are needed. Where they are set, it reads LINKWA_PLATFORM_ID
/// with LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE, LINKWA_PRIORITY ("LOW", "NORMAL", "HIGH"), LINKWA_EVENT_REPORT_GATES
/// (separated by commas), LINKWA_TIMEOUT_MS, LINKWA_CONNECT_TIMEOUT_MS, LINKWA_PROXY, LINKWA_CA_FILE and
/// LINKWA_ALLOW_HTTP ("1" or "true"). A variable that is empty counts as not set.
///
/// The configuration is the caller's, to be freed with linkwa_config_free(). No other thread may change the environment
/// meanwhile.
///
/// Errors: LINKWA_INVALID_CONFIG that names every variable that is missing or cannot be used; LINKWA_INVALID_ARGUMENT
/// if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_from_env(config: ConfigOut<'_>, err: ErrorOut<'_>) -> linkwa_status {
    panic_boundary_out(config, "config", err, || Ok(into_raw(linkwa_config::new(Config::from_env()?))))
}

/// Sets the region of LINK's gateway that the account belongs to: "n-eu", "c-eu", "s-eu", "no" or "deb" (rule E-2). Of
/// region and base URL the one that is set later counts.
///
/// Errors: LINKWA_INVALID_CONFIG if there is no such region; LINKWA_INVALID_ARGUMENT if `config` or `region` is NULL,
/// or `region` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_region(config: MutConfig<'_>, region: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, region_of(region), Config::region))
}

fn region_of(region: Text<'_>) -> Result<Region, BindingError> {
    Ok(region.get("region")?.parse::<Region>()?)
}

/// Sets the base URL of any other gateway: what stands before "/messages" (rules E-1 and E-2). Plain http:// is for
/// this machine only, see linkwa_config_set_allow_http(). Of region and base URL the one that is set later counts.
/// linkwa_client_new() finds what is no such URL.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_base_url(config: MutConfig<'_>, url: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, url.get("url"), Config::base_url))
}

/// Sets the account's username and password (rule E-3). linkwa_client_new() finds what cannot be sent: a username with
/// ":", an empty one, a line break.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config`, `username` or `password` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_credentials(
    config: MutConfig<'_>,
    username: Text<'_>,
    password: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(username.get("username"), password.get("password"));
        change(config, arguments, |config, (username, password)| config.credentials(username, password))
    })
}

/// Sets the account's platformId and platformPartnerId, which LINK gives and every request needs (rule Q-1).
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config`, `platform_id` or `platform_partner_id` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform(
    config: MutConfig<'_>,
    platform_id: Text<'_>,
    platform_partner_id: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(platform_id.get("platform_id"), platform_partner_id.get("platform_partner_id"));
        change(config, arguments, |config, (platform_id, partner_id)| config.platform(platform_id, partner_id))
    })
}

/// Sets the business number to send from: 3 to 15 digits with or without "+" (rule Q-2), which is checked with every
/// send.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `msisdn` is NULL, or `msisdn` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_source(config: MutConfig<'_>, msisdn: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, msisdn.get("msisdn"), Config::source))
}

/// Sets the priority of every message whose send says none; otherwise it is normal.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL or `priority` is a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_priority(config: MutConfig<'_>, priority: PriorityNumber) -> linkwa_status {
    panic_boundary(|| change(config, priority.get("priority"), Config::priority))
}

/// Adds a gate that event reports go to. The first one that is added replaces those of the environment.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `gate` is NULL, or `gate` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_add_event_report_gate(config: MutConfig<'_>, gate: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change_settings(config, gate.get("gate"), |mut settings, gate| {
            settings.gates.push(gate.to_owned());
            settings
        })
    })
}

/// Sets the id of the service on LINK's platform. Without it there is none.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform_service_id(config: MutConfig<'_>, id: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, id.get("id"), Config::platform_service_id))
}

/// Sets the type of the service on LINK's platform. Without it there is none.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `service_type` is NULL, or `service_type` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform_service_type(
    config: MutConfig<'_>,
    service_type: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| change(config, service_type.get("service_type"), Config::platform_service_type))
}

/// Adds a parameter that comes back in every event report; of a key that is added twice the later value counts. A send
/// whose options have parameters of their own has only those.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config`, `key` or `value` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_add_custom_parameter(
    config: MutConfig<'_>,
    key: Text<'_>,
    value: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(key.get("key"), value.get("value"));
        change(config, arguments, |config, (key, value)| config.custom_parameter(key, value))
    })
}

/// Sets how long the gateway may try a message whose send says nothing else, from its sending on, in milliseconds; 0 is
/// found invalid with every send. Without it the gateway tries for 48 hours (rule Q-3).
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_relative_validity_time_ms(
    config: MutConfig<'_>,
    milliseconds: u64,
) -> linkwa_status {
    panic_boundary(|| change_with(config, Duration::from_millis(milliseconds), Config::relative_validity_time))
}

/// Sets how long a send may take in all, from the call to the result, in milliseconds: 30,000 otherwise.
/// linkwa_client_new() refuses 0 and more than 24 hours.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_timeout_ms(config: MutConfig<'_>, milliseconds: u64) -> linkwa_status {
    panic_boundary(|| change_with(config, Duration::from_millis(milliseconds), Config::timeout))
}

/// Sets how long connecting may take, TLS included, in milliseconds: 10,000 otherwise. linkwa_client_new() refuses 0
/// and more than 24 hours.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_connect_timeout_ms(config: MutConfig<'_>, milliseconds: u64) -> linkwa_status {
    panic_boundary(|| change_with(config, Duration::from_millis(milliseconds), Config::connect_timeout))
}

/// Sets the proxy to go through: "http://user:password@host:port" or "socks5://host:port". linkwa_client_new() finds
/// what is no such URL.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_proxy(config: MutConfig<'_>, url: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, url.get("url"), Config::proxy))
}

/// Sets the hosts that are reached without the proxy, separated by commas: "example.com" with all below it, an address,
/// a network such as "10.0.0.0/8", one port of any of these such as "example.com:8443", or "*" for all.
/// linkwa_client_new() finds an entry of another form.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `hosts` is NULL, or `hosts` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_no_proxy(config: MutConfig<'_>, hosts: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, hosts.get("hosts"), Config::no_proxy))
}

/// Sets whether the proxy is taken from the environment, as curl does, if linkwa_config_set_proxy() sets none: from
/// HTTPS_PROXY or HTTP_PROXY by the gateway's scheme, else from ALL_PROXY; NO_PROXY names hosts that are reached without
/// it. Each name is also read in lower case. HTTP_PROXY is not read where REQUEST_METHOD is set. linkwa_client_new() finds
/// a variable that cannot be used. Default: false.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_proxy_from_env(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_with(config, yes, Config::proxy_from_env))
}

/// Sets the PEM file of the certificate authorities to trust, instead of the ones that come with the library (Mozilla's
/// list). Certificates are always verified (rule E-4). linkwa_client_new() reads the file. Of this and
/// linkwa_config_set_system_roots() the one that is called later counts.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `path` is NULL, or `path` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_ca_file(config: MutConfig<'_>, path: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, path.get("path"), Config::ca_file))
}

/// Trusts the certificate authorities of the operating system, instead of the ones that come with the library. Of this
/// and linkwa_config_set_ca_file() the one that is called later counts.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_system_roots(config: MutConfig<'_>) -> linkwa_status {
    panic_boundary(|| change_with(config, (), |config, ()| config.system_roots()))
}

/// Sets how many attempts there are at a send of which no byte has left, the first included, within its time: 3
/// otherwise. linkwa_client_new() refuses 0 and more than 100. What may have been accepted is never tried again, but for the answers that
/// linkwa_config_set_retry_when_busy() is about.
///
/// A client limits its retries, so that a gateway in an outage does not get three times as many requests. It starts with
/// ten tokens. A retry costs one token, an accepted send earns a tenth of one, and with five or fewer left nothing is tried
/// again. In an outage the sends of one client therefore make 3, 3, 2 and then 1 attempt each. The pauses between attempts
/// are random: up to 100 ms before the second attempt, up to 200 ms before the third, and so on up to 2 seconds.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_attempts(config: MutConfig<'_>, attempts: u32) -> linkwa_status {
    panic_boundary(|| change_retry(config, attempts, RetryPolicy::max_attempts))
}

/// Sets whether an answer of HTTP 429 or 503 is tried again too, after the pause that its Retry-After names (30 seconds
/// at most), or else a random one. It is not otherwise.
///
/// A 503 may come after the gateway took the message: trying again can then send it twice.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_retry_when_busy(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_retry(config, yes, RetryPolicy::when_busy))
}

/// Sets how many asynchronous sends may be under way at once, each with a connection of its own: 64 otherwise.
/// linkwa_client_new() refuses 0 and more than 10,000. A send that waits for its result stays on its caller's thread and
/// is not counted.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_connections(config: MutConfig<'_>, connections: usize) -> linkwa_status {
    panic_boundary(|| change_with(config, connections, Config::max_connections))
}

/// Sets how many asynchronous sends may wait for others to end: 10,000 otherwise. linkwa_client_new() refuses 0 and more
/// than 10,000,000. One more fails at once, with LINKWA_NOT_SENT and LINKWA_REASON_QUEUE_FULL.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_queue(config: MutConfig<'_>, sends: usize) -> linkwa_status {
    panic_boundary(|| change_with(config, sends, Config::max_queue))
}

/// Sets whether plain http:// is allowed to a host that is not this machine (rule E-4): username, password and messages
/// can then be read on the way. It is not otherwise.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_allow_http(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_with(config, yes, Config::allow_http))
}

/// Sets whether every warning of validation is taken for an error, so that nothing doubtful is sent. It is not
/// otherwise.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_strict(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_with(config, yes, Config::strict))
}

/// Frees a configuration and wipes its password. NULL is fine. Clients that were made with it go on.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_free(config: Option<Box<linkwa_config>>) {
    panic_boundary(|| drop(config));
}
