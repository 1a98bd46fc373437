//! Configurations.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::time::Duration;

use linkwa::{CallbackGate, Config, Region, RetryPolicy};

use crate::arg::{Text, both};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::error::ErrorOut;
use crate::observer::{ObserverFunction, linkwa_observer};
use crate::options::PriorityNumber;
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_out};
use crate::status::linkwa_status;

/// The account, the gateway, and the defaults of requests. A client needs credentials, and a region or base URL;
/// everything else is optional. The configuration remembers the first setter that fails, and linkwa_client_new() then
/// fails with that error. The password, the values of headers and the proxy's URL are wiped from memory when the
/// configuration is freed, and never appear in errors or logs.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_config(Builder<Settings>);

/// A configuration to change.
pub(crate) type MutConfig<'a> = Option<&'a mut linkwa_config>;

/// An out-parameter for a configuration.
pub(crate) type ConfigOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_config>>>>;

#[derive(Debug)]
struct Settings {
    config: Config,
    /// Core takes them all at once.
    gates: Vec<String>,
    /// Core takes the policy as one value.
    retry: Option<RetryPolicy>,
    /// Each client has a gate of its own for it.
    observer: Option<ObserverFunction>,
}

impl linkwa_config {
    fn new(config: Config) -> Self {
        Self(Builder::new(Settings { config, gates: Vec::new(), retry: None, observer: None }))
    }

    /// Core's configuration. Its observer is not called once the gate is closed.
    pub(crate) fn config(&self, observer_gate: &CallbackGate) -> Result<Config, BindingError> {
        let settings = self.0.get()?;
        let mut config = settings.config.clone();
        if !settings.gates.is_empty() {
            config = config.event_report_gates(&settings.gates);
        }
        if let Some(policy) = &settings.retry {
            config = config.retry(policy.clone());
        }
        if let Some(observer) = settings.observer {
            config = config.observer(observer.behind(observer_gate.clone()));
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
/// linkwa_config_set_credentials(). Returns NULL only after an internal error.
///
/// The configuration is yours; free it with linkwa_config_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_new() -> Option<Box<linkwa_config>> {
    panic_boundary(|| into_raw(linkwa_config::new(Config::with_base_url("", "", ""))))
}

/// Makes a configuration from environment variables; you can change it like any other. LINKWA_REGION or
/// LINKWA_BASE_URL, LINKWA_USERNAME and LINKWA_PASSWORD are required. Optional are LINKWA_PLATFORM_ID with
/// LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE, LINKWA_PRIORITY ("LOW", "NORMAL", "HIGH"), LINKWA_EVENT_REPORT_GATES
/// (separated by commas), LINKWA_TIMEOUT_MS, LINKWA_CONNECT_TIMEOUT_MS, LINKWA_PROXY, LINKWA_CA_FILE,
/// LINKWA_ALLOW_HTTP and LINKWA_EXTENSIONS ("1" or "true"), and LINKWA_API_KEY (the header "x-api-key", see
/// linkwa_config_add_header()). An empty variable counts as not set.
///
/// The configuration is yours; free it with linkwa_config_free(). No other thread may change the environment during the
/// call.
///
/// Errors: LINKWA_INVALID_CONFIG, which names every variable that is missing or invalid; LINKWA_INVALID_ARGUMENT if
/// `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_from_env(config: ConfigOut<'_>, err: ErrorOut<'_>) -> linkwa_status {
    panic_boundary_out(config, "config", err, || Ok(into_raw(linkwa_config::new(Config::from_env()?))))
}

/// Sets the region of LINK's gateway that the account belongs to: "n-eu", "c-eu", "s-eu", "no" or "deb". Region and
/// base URL replace each other: the last one that you set is used.
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

/// Sets the base URL of another gateway: the part before "/messages". Plain http:// is allowed only to this machine;
/// see linkwa_config_set_allow_http(). Region and base URL replace each other: the last one that you set is used.
/// linkwa_client_new() fails if the URL is invalid.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_base_url(config: MutConfig<'_>, url: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, url.get("url"), Config::base_url))
}

/// Sets the account's username and password. linkwa_client_new() fails if they cannot be sent: a username with ":", an
/// empty text, or a line break.
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

/// Adds a header to every request, beside Authorization: for an account whose gateway asks for one more, such as
/// "x-api-key" (not in version 1.4.1 of LINK's document). Adding a name again, in upper or lower case, replaces its
/// value. The value is a secret like the password: it never appears in errors or logs, is wiped from memory when the
/// configuration is freed, and is never sent to a proxy.
///
/// linkwa_client_new() fails if `name` is not a token of HTTP or a header that the client sets itself, such as "host" or
/// "authorization"; if `value` is empty or has a line break or another control character; and if all headers are longer
/// than 8,192 bytes together.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config`, `name` or `value` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_add_header(config: MutConfig<'_>, name: Text<'_>, value: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(name.get("name"), value.get("value"));
        change(config, arguments, |config, (name, value)| config.header(name, value))
    })
}

/// Sets the account's platformId and platformPartnerId. LINK assigns them, and every request needs them.
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

/// Sets the business number to send from: 3 to 15 digits, with or without "+". It is checked with every send.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `msisdn` is NULL, or `msisdn` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_source(config: MutConfig<'_>, msisdn: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, msisdn.get("msisdn"), Config::source))
}

/// Sets the priority of messages whose options do not set one. Default: normal.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL or `priority` is an unknown number.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_priority(config: MutConfig<'_>, priority: PriorityNumber) -> linkwa_status {
    panic_boundary(|| change(config, priority.get("priority"), Config::priority))
}

/// Adds a gate that event reports go to. The first call replaces the gates of the environment.
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

/// Sets the id of the service on LINK's platform. Absent by default.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform_service_id(config: MutConfig<'_>, id: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, id.get("id"), Config::platform_service_id))
}

/// Sets the type of the service on LINK's platform. Absent by default.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `service_type` is NULL, or `service_type` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform_service_type(
    config: MutConfig<'_>,
    service_type: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| change(config, service_type.get("service_type"), Config::platform_service_type))
}

/// Adds a parameter that every event report repeats. Adding a key again replaces its value. If the options of a send
/// have parameters of their own, these replace all of the client's.
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

/// Sets how long the gateway may try to deliver a message, in milliseconds from sending, unless the options of the send
/// set another time. Default: the gateway's 48 hours. With 0 every send is invalid.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_relative_validity_time_ms(
    config: MutConfig<'_>,
    milliseconds: u64,
) -> linkwa_status {
    panic_boundary(|| change_with(config, Duration::from_millis(milliseconds), Config::relative_validity_time))
}

/// Sets the longest time of a send, from the call to the result, in milliseconds. Default: 30,000. linkwa_client_new()
/// refuses 0 and more than 24 hours.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_timeout_ms(config: MutConfig<'_>, milliseconds: u64) -> linkwa_status {
    panic_boundary(|| change_with(config, Duration::from_millis(milliseconds), Config::timeout))
}

/// Sets the longest time to connect, TLS included, in milliseconds. Default: 10,000. linkwa_client_new() refuses 0 and
/// more than 24 hours.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_connect_timeout_ms(config: MutConfig<'_>, milliseconds: u64) -> linkwa_status {
    panic_boundary(|| change_with(config, Duration::from_millis(milliseconds), Config::connect_timeout))
}

/// Sets the proxy: "http://user:password@host:port" or "socks5://host:port". linkwa_client_new() fails if the URL is
/// invalid.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_proxy(config: MutConfig<'_>, url: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, url.get("url"), Config::proxy))
}

/// Sets the hosts to reach without the proxy, separated by commas: "example.com" and its subdomains, an address, a
/// network such as "10.0.0.0/8", any of these with a port such as "example.com:8443", or "*" for all.
/// linkwa_client_new() fails if an entry has another form.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `hosts` is NULL, or `hosts` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_no_proxy(config: MutConfig<'_>, hosts: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, hosts.get("hosts"), Config::no_proxy))
}

/// Sets whether to take the proxy from the environment, as curl does, if linkwa_config_set_proxy() sets none: from
/// HTTPS_PROXY or HTTP_PROXY by the gateway's scheme, else from ALL_PROXY. NO_PROXY lists hosts to reach without it.
/// Each name is also read in lower case. HTTP_PROXY is ignored if REQUEST_METHOD is set. linkwa_client_new() fails if a
/// variable is invalid. Default: false.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_proxy_from_env(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_with(config, yes, Config::proxy_from_env))
}

/// Sets the PEM file of the certificate authorities to trust, instead of the list that comes with the library
/// (Mozilla's). Certificates are always verified. linkwa_client_new() reads the file. This and
/// linkwa_config_set_system_roots() replace each other: the last call counts.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `path` is NULL, or `path` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_ca_file(config: MutConfig<'_>, path: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(config, path.get("path"), Config::ca_file))
}

/// Trusts the certificate authorities of the operating system, instead of the list that comes with the library. This
/// and linkwa_config_set_ca_file() replace each other: the last call counts.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_system_roots(config: MutConfig<'_>) -> linkwa_status {
    panic_boundary(|| change_with(config, (), |config, ()| config.system_roots()))
}

/// Sets the number of attempts for a send of which no byte has left, the first included, within its timeout. Default:
/// 3. linkwa_client_new() refuses 0 and more than 100. A message that may have been accepted is never sent again,
/// except after the answers of linkwa_config_set_retry_when_busy().
///
/// A client limits its retries, so that a gateway in an outage does not get three times as many requests. It starts
/// with ten tokens. A retry costs one token, an accepted send adds a tenth of one, and with five or fewer left nothing
/// is retried. In an outage the sends of one client therefore make 3, 3, 2 and then 1 attempt each. The pauses between
/// attempts are random: up to 100 ms before the second attempt, up to 200 ms before the third, and so on up to 2
/// seconds.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_attempts(config: MutConfig<'_>, attempts: u32) -> linkwa_status {
    panic_boundary(|| change_retry(config, attempts, RetryPolicy::max_attempts))
}

/// Sets whether to retry after HTTP 429 and 503 too, after the pause that Retry-After asks for (at most 30 seconds), or
/// else a random one. Default: false.
///
/// A 503 can come after the gateway took the message: a retry can then send it twice.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_retry_when_busy(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_retry(config, yes, RetryPolicy::when_busy))
}

/// Sets how many asynchronous sends may be under way at once, each with its own connection. Default: 64.
/// linkwa_client_new() refuses 0 and more than 10,000. Blocking sends run on the caller's thread and are not counted.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_connections(config: MutConfig<'_>, connections: usize) -> linkwa_status {
    panic_boundary(|| change_with(config, connections, Config::max_connections))
}

/// Sets how many asynchronous sends may wait for a worker. Default: 10,000. linkwa_client_new() refuses 0 and more than
/// 10,000,000. A send beyond that fails at once with LINKWA_NOT_SENT and LINKWA_REASON_QUEUE_FULL.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_queue(config: MutConfig<'_>, sends: usize) -> linkwa_status {
    panic_boundary(|| change_with(config, sends, Config::max_queue))
}

/// Sets whether to allow plain http:// to another machine. Others on the network can then read username, password and
/// messages. Default: false.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_allow_http(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_with(config, yes, Config::allow_http))
}

/// Sets whether warnings of validation count as errors, so that questionable messages are not sent. Default: false.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_strict(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    panic_boundary(|| change_with(config, yes, Config::strict))
}

/// Allows what version 1.4.1 of LINK's document does not have: interactive messages, media by their id, and templates
/// without a namespace. Default: false, and each of them is the finding "extension". Ask LINK whether your account may
/// send them.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_extensions(config: MutConfig<'_>, allow: bool) -> linkwa_status {
    panic_boundary(|| change_with(config, allow, Config::extensions))
}

/// Sets your function that receives each step of the sends of the clients that are made with this configuration: an event
/// is a linkwa_observer_event, and the function is called with `user_data`. NULL sets none, which is the default: nothing
/// is collected then. Another call replaces it. After linkwa_client_free() the function is not called any more for that
/// client.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_observer(
    config: MutConfig<'_>,
    observer: linkwa_observer,
    user_data: *mut c_void,
) -> linkwa_status {
    panic_boundary(|| {
        let observer = ObserverFunction::new(observer, user_data);
        change_settings(config, Ok(observer), |settings, observer| Settings { observer, ..settings })
    })
}

/// Frees a configuration and wipes its password, the values of its headers and the proxy's URL. NULL is allowed. Clients
/// that were made with it keep working.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_free(config: Option<Box<linkwa_config>>) {
    panic_boundary(|| drop(config));
}
