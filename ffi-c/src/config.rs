//! Configurations.

use std::mem::MaybeUninit;
use std::time::Duration;

use linkwa::{Config, Region, RetryPolicy};

use crate::guard::{self, ErrPlace};
use crate::handle::{Draft, Failure, Problem, Text, both, hand_over, set};
use crate::list::List;
use crate::options::PriorityNumber;
use crate::status::linkwa_status;

/// Who sends, through which gateway, and what requests say by default. A client needs a region or base URL, and
/// credentials; all else may be left as it is. The first setter that fails is remembered, and linkwa_client_new() fails
/// with it then. The password and the proxy's URL are wiped from memory when the configuration is freed, and never
/// stand in an error or log. Threads may share the configuration.
#[derive(Debug)]
pub struct linkwa_config(Draft<Settings>);

/// A configuration that is changed.
pub(crate) type MutConfig<'a> = Option<&'a linkwa_config>;

/// A place for a configuration.
pub(crate) type ConfigPlace<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_config>>>>;

#[derive(Clone, Debug)]
struct Settings {
    config: Config,
    /// The core takes them all at once.
    gates: List<String>,
    /// The core's list would be copied with each one more.
    parameters: List<(String, String)>,
    /// The core takes it whole.
    retry: Option<RetryPolicy>,
}

impl linkwa_config {
    fn new(config: Config) -> Self {
        Self(Draft::new(Settings { config, gates: List::default(), parameters: List::default(), retry: None }))
    }

    pub(crate) fn config(&self) -> Result<Config, Failure> {
        self.0.read(|settings| {
            let mut config = settings.config.clone();
            if !settings.gates.is_empty() {
                config = config.event_report_gates(settings.gates.iter());
            }
            if let Some(policy) = &settings.retry {
                config = config.retry(policy.clone());
            }
            settings.parameters.iter().fold(config, |config, (key, value)| config.custom_parameter(key, value))
        })
    }
}

fn change<A: Clone>(
    config: MutConfig<'_>,
    arguments: Result<A, impl Into<Failure>>,
    change: impl Fn(Config, A) -> Config,
) -> linkwa_status {
    set(
        config,
        |config| &config.0,
        arguments,
        |settings, arguments| Settings { config: change(settings.config, arguments), ..settings },
    )
}

fn change_with<A: Clone>(config: MutConfig<'_>, value: A, to: impl Fn(Config, A) -> Config) -> linkwa_status {
    change(config, Ok::<_, Problem>(value), to)
}

fn change_retry<A: Clone>(
    config: MutConfig<'_>,
    value: A,
    change: impl Fn(RetryPolicy, A) -> RetryPolicy,
) -> linkwa_status {
    set(
        config,
        |config| &config.0,
        Ok::<_, Problem>(value),
        |settings, value| Settings { retry: Some(change(settings.retry.unwrap_or_default(), value)), ..settings },
    )
}

/// Makes a configuration. It needs linkwa_config_set_region() or linkwa_config_set_base_url(), and
/// linkwa_config_set_credentials(). NULL only after an internal error.
///
/// It is the caller's, to be freed with linkwa_config_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_new() -> Option<Box<linkwa_config>> {
    guard::plain(|| hand_over(linkwa_config::new(Config::with_base_url("", "", ""))))
}

/// Makes the configuration that the environment gives; it can be changed like any other. LINKWA_REGION or
/// LINKWA_BASE_URL, LINKWA_USERNAME and LINKWA_PASSWORD are needed. Where they are set, it reads LINKWA_PLATFORM_ID
/// with LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE, LINKWA_PRIORITY ("LOW", "NORMAL", "HIGH"), LINKWA_EVENT_REPORT_GATES
/// (separated by commas), LINKWA_TIMEOUT_MS, LINKWA_CONNECT_TIMEOUT_MS, LINKWA_PROXY, LINKWA_CA_FILE and
/// LINKWA_ALLOW_HTTP ("1" or "true"). A variable that is empty counts as not set.
///
/// The configuration is the caller's, to be freed with linkwa_config_free(). Any thread may call it while no other one
/// changes the environment.
///
/// Errors: LINKWA_INVALID_CONFIG that names every variable that is missing or cannot be used; LINKWA_INVALID_ARGUMENT
/// if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_from_env(config: ConfigPlace<'_>, err: ErrPlace<'_>) -> linkwa_status {
    guard::give(config, "config", err, || Ok(hand_over(linkwa_config::new(Config::from_env()?))))
}

/// Sets the region of LINK's gateway that the account belongs to: "n-eu", "c-eu", "s-eu", "no" or "deb" (rule E-2). Of
/// region and base URL the one that is set later counts.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_CONFIG if there is no such region; LINKWA_INVALID_ARGUMENT if `config` or `region` is NULL,
/// or `region` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_region(config: MutConfig<'_>, region: Text<'_>) -> linkwa_status {
    guard::plain(|| change(config, region_of(region), Config::region))
}

fn region_of(region: Text<'_>) -> Result<Region, Failure> {
    Ok(region.get("region")?.parse::<Region>()?)
}

/// Sets the base URL of any other gateway: what stands before "/messages" (rules E-1 and E-2). Plain http:// is for
/// this machine only, see linkwa_config_set_allow_http(). Of region and base URL the one that is set later counts.
/// linkwa_client_new() finds what is no such URL.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_base_url(config: MutConfig<'_>, url: Text<'_>) -> linkwa_status {
    guard::plain(|| change(config, url.get("url"), Config::base_url))
}

/// Sets the account's username and password (rule E-3). linkwa_client_new() finds what cannot be sent: a username with
/// ":", an empty one, a line break.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config`, `username` or `password` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_credentials(
    config: MutConfig<'_>,
    username: Text<'_>,
    password: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
        let arguments = both(username.get("username"), password.get("password"));
        change(config, arguments, |config, (username, password)| config.credentials(username, password))
    })
}

/// Sets the account's platformId and platformPartnerId, which LINK gives and every request needs (rule Q-1).
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config`, `platform_id` or `platform_partner_id` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform(
    config: MutConfig<'_>,
    platform_id: Text<'_>,
    platform_partner_id: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
        let arguments = both(platform_id.get("platform_id"), platform_partner_id.get("platform_partner_id"));
        change(config, arguments, |config, (platform_id, partner_id)| config.platform(platform_id, partner_id))
    })
}

/// Sets the business number to send from: 3 to 15 digits with or without "+" (rule Q-2), which is checked with every
/// send.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `msisdn` is NULL, or `msisdn` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_source(config: MutConfig<'_>, msisdn: Text<'_>) -> linkwa_status {
    guard::plain(|| change(config, msisdn.get("msisdn"), Config::source))
}

/// Sets the priority of every message whose send says none; otherwise it is normal.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL or `priority` is a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_priority(config: MutConfig<'_>, priority: PriorityNumber) -> linkwa_status {
    guard::plain(|| change(config, priority.get("priority"), Config::priority))
}

/// Adds a gate that event reports go to. The first one that is added replaces those of the environment.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `gate` is NULL, or `gate` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_add_event_report_gate(config: MutConfig<'_>, gate: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        set(
            config,
            |config| &config.0,
            gate.get("gate"),
            |mut settings, gate| {
                settings.gates.push(gate.to_owned());
                settings
            },
        )
    })
}

/// Sets the id of the service on LINK's platform. Without it there is none.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `id` is NULL, or `id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform_service_id(config: MutConfig<'_>, id: Text<'_>) -> linkwa_status {
    guard::plain(|| change(config, id.get("id"), Config::platform_service_id))
}

/// Sets the type of the service on LINK's platform. Without it there is none.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `service_type` is NULL, or `service_type` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_platform_service_type(
    config: MutConfig<'_>,
    service_type: Text<'_>,
) -> linkwa_status {
    guard::plain(|| change(config, service_type.get("service_type"), Config::platform_service_type))
}

/// Adds a parameter that comes back in every event report; of a key that is added twice the later value counts. A send
/// whose options have parameters of their own has only those.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config`, `key` or `value` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_add_custom_parameter(
    config: MutConfig<'_>,
    key: Text<'_>,
    value: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
        set(
            config,
            |config| &config.0,
            both(key.get("key"), value.get("value")),
            |mut settings, (key, value)| {
                settings.parameters.push((key.to_owned(), value.to_owned()));
                settings
            },
        )
    })
}

/// Sets how long the gateway may try a message whose send says nothing else, from its sending on, in milliseconds; 0 is
/// found invalid with every send. Without it the gateway tries for 48 hours (rule Q-3).
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_relative_validity_time_ms(
    config: MutConfig<'_>,
    milliseconds: u64,
) -> linkwa_status {
    guard::plain(|| change_with(config, Duration::from_millis(milliseconds), Config::relative_validity_time))
}

/// Sets how long a send may take in all, from the call to the result, in milliseconds: 30,000 otherwise.
/// linkwa_client_new() refuses 0 and more than 24 hours.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_timeout_ms(config: MutConfig<'_>, milliseconds: u64) -> linkwa_status {
    guard::plain(|| change_with(config, Duration::from_millis(milliseconds), Config::timeout))
}

/// Sets how long connecting may take, TLS included, in milliseconds: 10,000 otherwise. linkwa_client_new() refuses 0
/// and more than 24 hours.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_connect_timeout_ms(config: MutConfig<'_>, milliseconds: u64) -> linkwa_status {
    guard::plain(|| change_with(config, Duration::from_millis(milliseconds), Config::connect_timeout))
}

/// Sets the proxy to go through: "http://user:password@host:port" or "socks5://host:port". linkwa_client_new() finds
/// what is no such URL.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_proxy(config: MutConfig<'_>, url: Text<'_>) -> linkwa_status {
    guard::plain(|| change(config, url.get("url"), Config::proxy))
}

/// Sets the hosts that are reached without the proxy, separated by commas: "example.com" with all below it, an address,
/// a network such as "10.0.0.0/8", one port of any of these such as "example.com:8443", or "*" for all.
/// linkwa_client_new() finds an entry of another form.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `hosts` is NULL, or `hosts` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_no_proxy(config: MutConfig<'_>, hosts: Text<'_>) -> linkwa_status {
    guard::plain(|| change(config, hosts.get("hosts"), Config::no_proxy))
}

/// Sets whether the proxy is taken from the environment, as curl does, if linkwa_config_set_proxy() sets none: from
/// HTTPS_PROXY or HTTP_PROXY by the gateway's scheme, else from ALL_PROXY; NO_PROXY names hosts that are reached without
/// it. Each name is also read in lower case. HTTP_PROXY is not read where REQUEST_METHOD is set. linkwa_client_new() finds
/// a variable that cannot be used. Default: false.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_proxy_from_env(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    guard::plain(|| change_with(config, yes, Config::proxy_from_env))
}

/// Sets the PEM file of the certificate authorities to trust, instead of the ones that come with the library (Mozilla's
/// list). Certificates are always verified (rule E-4). linkwa_client_new() reads the file. Of this and
/// linkwa_config_set_system_roots() the one that is called later counts.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` or `path` is NULL, or `path` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_ca_file(config: MutConfig<'_>, path: Text<'_>) -> linkwa_status {
    guard::plain(|| change(config, path.get("path"), Config::ca_file))
}

/// Trusts the certificate authorities of the operating system, instead of the ones that come with the library. Of this
/// and linkwa_config_set_ca_file() the one that is called later counts.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_system_roots(config: MutConfig<'_>) -> linkwa_status {
    guard::plain(|| change_with(config, (), |config, ()| config.system_roots()))
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
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_attempts(config: MutConfig<'_>, attempts: u32) -> linkwa_status {
    guard::plain(|| change_retry(config, attempts, RetryPolicy::max_attempts))
}

/// Sets whether an answer of HTTP 429 or 503 is tried again too, after the pause that its Retry-After names (30 seconds
/// at most), or else a random one. It is not otherwise.
///
/// A 503 may come after the gateway took the message: trying again can then send it twice. Threads may share the
/// configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_retry_when_busy(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    guard::plain(|| change_retry(config, yes, RetryPolicy::when_busy))
}

/// Sets how many asynchronous sends may be under way at once, each with a connection of its own: 64 otherwise.
/// linkwa_client_new() refuses 0 and more than 10,000. A send that waits for its result stays on its caller's thread and
/// is not counted.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_connections(config: MutConfig<'_>, connections: usize) -> linkwa_status {
    guard::plain(|| change_with(config, connections, Config::max_connections))
}

/// Sets how many asynchronous sends may wait for others to end: 10,000 otherwise. linkwa_client_new() refuses 0 and more
/// than 10,000,000. One more fails at once, with LINKWA_NOT_SENT and LINKWA_REASON_QUEUE_FULL.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_max_queue(config: MutConfig<'_>, sends: usize) -> linkwa_status {
    guard::plain(|| change_with(config, sends, Config::max_queue))
}

/// Sets whether plain http:// is allowed to a host that is not this machine (rule E-4): username, password and messages
/// can then be read on the way. It is not otherwise.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_allow_http(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    guard::plain(|| change_with(config, yes, Config::allow_http))
}

/// Sets whether every warning of validation is taken for an error, so that nothing doubtful is sent. It is not
/// otherwise.
///
/// Threads may share the configuration.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_set_strict(config: MutConfig<'_>, yes: bool) -> linkwa_status {
    guard::plain(|| change_with(config, yes, Config::strict))
}

/// Frees a configuration and wipes its password. NULL is fine. Clients that were made with it go on.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_config_free(config: Option<Box<linkwa_config>>) {
    guard::plain(|| drop(config));
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::process::{Command, Output};
    use std::sync::mpsc;
    use std::thread;

    use linkwa::{Client, ErrorCode, SendOptions};

    use super::*;
    use crate::handle::written;

    const OK: linkwa_status = linkwa_status::LINKWA_OK;
    const INVALID_ARGUMENT: linkwa_status = linkwa_status::LINKWA_INVALID_ARGUMENT;

    type Setter<'a> = &'a dyn Fn(MutConfig<'_>) -> linkwa_status;

    fn text(text: &'static std::ffi::CStr) -> Text<'static> {
        Text::new(text)
    }

    fn printed(config: MutConfig<'_>) -> String {
        format!("{:?}", config.expect("a configuration").config().expect("nothing is wrong"))
    }

    /// One that a client can be made of.
    fn usable() -> Option<Box<linkwa_config>> {
        let config = linkwa_config_new();
        let c = config.as_deref();
        assert_eq!(linkwa_config_set_region(c, text(c"n-eu")), OK);
        assert_eq!(linkwa_config_set_credentials(c, text(c"user"), text(c"secret")), OK);
        assert_eq!(linkwa_config_set_platform(c, text(c"the platform"), text(c"the partner")), OK);
        assert_eq!(linkwa_config_set_source(c, text(c"+46000000000")), OK);
        config
    }

    fn client(config: MutConfig<'_>) -> Client {
        Client::new(config.expect("a configuration").config().expect("nothing is wrong")).expect("a client")
    }

    #[test]
    fn the_defaults_of_requests_reach_them() {
        let config = usable();
        let c = config.as_deref();
        assert_eq!(linkwa_config_set_priority(c, PriorityNumber::of(3)), OK);
        assert_eq!(linkwa_config_add_event_report_gate(c, text(c"one")), OK);
        assert_eq!(linkwa_config_add_event_report_gate(c, text(c"two")), OK);
        assert_eq!(linkwa_config_set_platform_service_id(c, text(c"the service")), OK);
        assert_eq!(linkwa_config_set_platform_service_type(c, text(c"its type")), OK);
        assert_eq!(linkwa_config_add_custom_parameter(c, text(c"key"), text(c"value")), OK);
        assert_eq!(linkwa_config_set_relative_validity_time_ms(c, 1500), OK);
        let options = SendOptions::new().ref_id("r");
        let json = client(c).build("+46000000001", linkwa::Text::new("Hello"), &options).expect("a request");
        let wanted = concat!(
            r#"{"platformId":"the platform","platformPartnerId":"the partner","platformServiceId":"the service","#,
            r#""platformServiceType":"its type","priority":"HIGH","relativeValidityTime":1500,"#,
            r#""eventReportGates":["one","two"],"refId":"r","customParameters":{"key":"value"},"source":"+46000000000","#,
            r#""destinations":["+46000000001"],"messages":[{"type":"text","text":{"body":"Hello"}}]}"#,
        );
        assert_eq!(String::from_utf8_lossy(&json), wanted);
        linkwa_config_free(config);
    }

    /// What a client does not show in its requests, its configuration prints.
    #[test]
    fn every_other_setter_sets_its_own() {
        let setters: [(Setter<'_>, &str, &str); 18] = [
            (
                &|c| linkwa_config_set_region(c, text(c"deb")),
                "https://n-eu.linkmobility.io/whatsapp-message",
                "https://deb.linkmobility.io/whatsapp-message",
            ),
            (
                &|c| linkwa_config_set_base_url(c, text(c"https://example.com/x")),
                "https://n-eu.linkmobility.io/whatsapp-message",
                "https://example.com/x",
            ),
            (&|c| linkwa_config_set_credentials(c, text(c"other"), text(c"secret")), r#""user""#, r#""other""#),
            (&|c| linkwa_config_set_timeout_ms(c, 1500), " timeout: 30s", " timeout: 1.5s"),
            (&|c| linkwa_config_set_connect_timeout_ms(c, 1500), "connect_timeout: 10s", "connect_timeout: 1.5s"),
            (&|c| linkwa_config_set_proxy(c, text(c"http://localhost:1")), " proxy: None", " proxy: Some(***)"),
            (&|c| linkwa_config_set_no_proxy(c, text(c".example")), "no_proxy: None", r#"no_proxy: Some(".example")"#),
            (&|c| linkwa_config_set_proxy_from_env(c, true), "proxy_from_env: false", "proxy_from_env: true"),
            (&|c| linkwa_config_set_ca_file(c, text(c"ca.pem")), "roots: Bundled", r#"roots: File("ca.pem")"#),
            (&|c| linkwa_config_set_system_roots(c), "roots: Bundled", "roots: System"),
            (&|c| linkwa_config_set_max_attempts(c, 5), "max_attempts: 3", "max_attempts: 5"),
            (&|c| linkwa_config_set_max_attempts(c, 0), "max_attempts: 3", "max_attempts: 0"),
            (&|c| linkwa_config_set_retry_when_busy(c, true), "when_busy: false", "when_busy: true"),
            (&|c| linkwa_config_set_max_connections(c, 7), "max_connections: 64", "max_connections: 7"),
            (&|c| linkwa_config_set_max_queue(c, 7), "max_queue: 10000", "max_queue: 7"),
            (&|c| linkwa_config_set_allow_http(c, true), "allow_http: false", "allow_http: true"),
            (&|c| linkwa_config_set_strict(c, true), "strict: false", "strict: true"),
            (&|c| linkwa_config_set_source(c, text(c"+46123")), r#""+46000000000""#, r#""+46123""#),
        ];
        for (set, before, after) in setters {
            let config = usable();
            let untouched = printed(config.as_deref());
            assert_eq!(untouched.matches(before).count(), 1, "{before}: {untouched}");
            assert_eq!(set(config.as_deref()), OK, "{after}");
            assert_eq!(printed(config.as_deref()), untouched.replace(before, after));
        }
    }

    #[test]
    fn both_parts_of_the_retry_policy_are_kept_and_what_is_set_last_counts() {
        for when_busy_first in [true, false] {
            let config = usable();
            let c = config.as_deref();
            if when_busy_first {
                linkwa_config_set_retry_when_busy(c, true);
            }
            linkwa_config_set_max_attempts(c, 5);
            linkwa_config_set_retry_when_busy(c, true);
            let printed = printed(c);
            assert!(printed.contains("max_attempts: 5, when_busy: true"), "{printed}");
        }
        let config = usable();
        let c = config.as_deref();
        linkwa_config_set_ca_file(c, text(c"ca.pem"));
        linkwa_config_set_system_roots(c);
        linkwa_config_set_base_url(c, text(c"https://example.com"));
        linkwa_config_set_region(c, text(c"no"));
        linkwa_config_set_strict(c, true);
        linkwa_config_set_strict(c, false);
        let printed = printed(c);
        assert!(printed.contains("roots: System") && printed.contains("strict: false"), "{printed}");
        assert!(printed.contains("https://no.linkmobility.io/"), "{printed}");
    }

    /// The head of the one request that the configuration's client sends to a server on this machine, whose URL is
    /// given to `configure`.
    fn head_of_a_request(configure: impl FnOnce(MutConfig<'_>, Text<'_>)) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}\0", listener.local_addr().expect("an address"));
        let (said, head) = mpsc::channel();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("bytes") == 1 {
                head.push(byte[0]);
            }
            stream
                .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .expect("an answer");
            said.send(String::from_utf8_lossy(&head).to_ascii_lowercase())
        });
        let config = usable();
        configure(config.as_deref(), Text::of(url.as_bytes()));
        client(config.as_deref()).send_text("+46000000001", "Hello").expect_err("refused");
        head.recv_timeout(Duration::from_secs(10)).expect("a request")
    }

    #[test]
    fn the_password_reaches_the_gateway() {
        let head = head_of_a_request(|config, url| {
            linkwa_config_set_base_url(config, url);
            linkwa_config_set_credentials(config, text(c"user"), text(c"canary"));
        });
        let credentials = "dXNlcjpjYW5hcnk=".to_ascii_lowercase(); // user:canary
        assert!(head.contains(&format!("authorization: basic {credentials}\r\n")), "{head}");
    }

    #[test]
    fn the_proxy_is_the_one_that_is_named() {
        let head = head_of_a_request(|config, url| {
            linkwa_config_set_base_url(config, text(c"https://gateway.invalid"));
            linkwa_config_set_proxy(config, url);
        });
        assert!(head.starts_with("connect gateway.invalid:443 "), "{head}");
    }

    #[test]
    fn a_new_one_needs_a_gateway_and_credentials() {
        let config = linkwa_config_new();
        let made = Client::new(config.expect("a configuration").config().expect("nothing is wrong"));
        assert_eq!(made.expect_err("no gateway").code(), ErrorCode::InvalidConfig);
    }

    #[test]
    fn the_first_problem_is_remembered() {
        let (bad, null) = (text(c"a\xff"), Text::NULL);
        let refused: [(Setter<'_>, &str); 17] = [
            (&|c| linkwa_config_set_region(c, null), "`region` is NULL"),
            (&|c| linkwa_config_set_base_url(c, bad), "`url` is not valid UTF-8 (byte 1)"),
            (&|c| linkwa_config_set_credentials(c, null, bad), "`username` is NULL"),
            (&|c| linkwa_config_set_credentials(c, text(c"u"), bad), "`password` is not valid UTF-8 (byte 1)"),
            (&|c| linkwa_config_set_platform(c, null, bad), "`platform_id` is NULL"),
            (&|c| linkwa_config_set_platform(c, text(c"p"), null), "`platform_partner_id` is NULL"),
            (&|c| linkwa_config_set_source(c, null), "`msisdn` is NULL"),
            (&|c| linkwa_config_set_priority(c, PriorityNumber::of(4)), "`priority` is no priority: 4"),
            (&|c| linkwa_config_add_event_report_gate(c, null), "`gate` is NULL"),
            (&|c| linkwa_config_set_platform_service_id(c, null), "`id` is NULL"),
            (&|c| linkwa_config_set_platform_service_type(c, null), "`service_type` is NULL"),
            (&|c| linkwa_config_add_custom_parameter(c, null, bad), "`key` is NULL"),
            (&|c| linkwa_config_add_custom_parameter(c, text(c"k"), null), "`value` is NULL"),
            (&|c| linkwa_config_set_proxy(c, null), "`url` is NULL"),
            (&|c| linkwa_config_set_no_proxy(c, null), "`hosts` is NULL"),
            (&|c| linkwa_config_set_ca_file(c, null), "`path` is NULL"),
            (&|c| linkwa_config_set_source(c, bad), "`msisdn` is not valid UTF-8 (byte 1)"),
        ];
        for (set, wanted) in refused {
            let config = usable();
            assert_eq!(set(config.as_deref()), INVALID_ARGUMENT, "{wanted}");
            assert_eq!(linkwa_config_set_base_url(config.as_deref(), Text::NULL), INVALID_ARGUMENT);
            assert_eq!(linkwa_config_set_base_url(config.as_deref(), text(c"https://example.com")), OK);
            match config.expect("a configuration").config() {
                Err(Failure::Argument(problem)) => assert_eq!(problem.message(), wanted),
                other => panic!("{other:?}"),
            }
            assert_eq!(set(None), INVALID_ARGUMENT);
        }
        let numbers: [Setter<'_>; 11] = [
            &|c| linkwa_config_set_relative_validity_time_ms(c, 1),
            &|c| linkwa_config_set_timeout_ms(c, 1),
            &|c| linkwa_config_set_connect_timeout_ms(c, 1),
            &|c| linkwa_config_set_proxy_from_env(c, true),
            &|c| linkwa_config_set_system_roots(c),
            &|c| linkwa_config_set_max_attempts(c, 1),
            &|c| linkwa_config_set_retry_when_busy(c, true),
            &|c| linkwa_config_set_max_connections(c, 1),
            &|c| linkwa_config_set_max_queue(c, 1),
            &|c| linkwa_config_set_allow_http(c, true),
            &|c| linkwa_config_set_strict(c, true),
        ];
        assert!(numbers.iter().all(|set| set(None) == INVALID_ARGUMENT));
        linkwa_config_free(None);
    }

    #[test]
    fn a_region_that_is_none_is_the_cores_to_refuse() {
        let config = usable();
        let status = linkwa_config_set_region(config.as_deref(), text(c"n_eu"));
        assert_eq!(status, linkwa_status::LINKWA_INVALID_CONFIG);
        match config.expect("a configuration").config() {
            Err(Failure::Core(error)) => assert!(error.to_string().contains("did you mean `n-eu`?"), "{error}"),
            other => panic!("{other:?}"),
        }
    }

    /// Says which part of the test a child of this program plays.
    const PART: &str = "LINKWA_TEST_PART";

    /// A process of its own has an environment of its own.
    fn child(part: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "config::tests::the_environment_gives_a_configuration_that_can_be_changed"]);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LINKWA_")) {
            command.env_remove(name);
        }
        command.env(PART, part).envs(variables.iter().copied()).output().expect("it runs")
    }

    #[test]
    fn the_environment_gives_a_configuration_that_can_be_changed() {
        let from_env = || written(|place| written(|err| linkwa_config_from_env(place, err)));
        match std::env::var(PART).as_deref() {
            Ok("full") => {
                let ((status, error), config) = from_env();
                assert!(status == OK && error.is_none());
                let c = config.as_deref();
                let before = printed(c);
                assert!(before.contains("https://deb.linkmobility.io/") && before.contains("env-user"), "{before}");
                assert!(before.contains(r#"["env-gate"]"#) && !before.contains("env-pass"), "{before}");
                assert_eq!(linkwa_config_set_timeout_ms(c, 1500), OK);
                assert_eq!(linkwa_config_add_event_report_gate(c, text(c"one")), OK);
                let after = before.replace(" timeout: 30s", " timeout: 1.5s").replace("env-gate", "one");
                assert_eq!(printed(c), after);
            }
            Ok(_) => {
                let ((status, error), config) = from_env();
                assert!(status == linkwa_status::LINKWA_INVALID_CONFIG && config.is_none());
                let message = crate::error::linkwa_error_message(error.as_deref()).get("message").expect("a text");
                for name in ["LINKWA_REGION", "LINKWA_USERNAME", "LINKWA_PASSWORD"] {
                    assert!(message.contains(name), "{message}");
                }
            }
            Err(_) => {
                let variables = [
                    ("LINKWA_REGION", "deb"),
                    ("LINKWA_USERNAME", "env-user"),
                    ("LINKWA_PASSWORD", "env-pass"),
                    ("LINKWA_EVENT_REPORT_GATES", "env-gate"),
                ];
                for output in [child("full", &variables), child("empty", &[])] {
                    let said = String::from_utf8_lossy(&output.stdout);
                    assert!(output.status.success() && said.contains("1 passed"), "{said}");
                }
                let (status, error) = written(|err| linkwa_config_from_env(None, err));
                assert!(status == INVALID_ARGUMENT && error.is_some());
            }
        }
    }

    #[test]
    fn threads_may_share_every_object_that_is_put_together() {
        fn shared<T: Send + Sync>() {}
        shared::<linkwa_config>();
        shared::<crate::options::linkwa_options>();
        shared::<crate::message::linkwa_message>();
        shared::<crate::contact::linkwa_contact>();
    }
}
