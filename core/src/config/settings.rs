//! Every setting of a client, declared once.

use std::path::PathBuf;
use std::time::Duration;

use super::{Config, Region, Secret};
use crate::by_name::{FromNamed, NamedValue, SetError};
use crate::declared::{Declared, Field, Setting};
use crate::priority::Priority;

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
                if matches!(name, "region" | "base_url") && !self.base_url.0.is_empty() {
                    return Err(SetError::Config("`region` and `base_url` exclude each other; set one of them".to_owned()));
                }
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
    /// Headers that every request has beside `Authorization`, by name: for a gateway that asks for one more, such as
    /// `x-api-key` (not in version 1.4.1 of LINK's document). The variable sets that one; headers that are passed are
    /// added to it. Values are secrets like the password, and never go to a proxy. Names are case-insensitive; those that
    /// the client sets itself, or that belong to one connection, are refused.
    headers: Vec<(String, String)>, variable "LINKWA_API_KEY" => |config, headers| {
        headers.into_iter().fold(config, |config, (name, value)| config.header(name, value))
    };
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
    /// Allows what version 1.4.1 of LINK's document does not have: interactive messages, media by their id, templates
    /// without a namespace. Without it each of them is the error `extension`. Ask LINK whether your account may send them.
    extensions: bool, variable "LINKWA_EXTENSIONS", default "false" => Config::extensions;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_spelled_as_in_each_language() {
        let text = "`base_url` (LINKWA_BASE_URL) is wrong; `base-url` and `x` stay, as base_url does; set `allow_http`";
        let upper = spell_settings(text, str::to_uppercase);
        assert_eq!(
            upper,
            "BASE_URL (LINKWA_BASE_URL) is wrong; `base-url` and `x` stay, as base_url does; set ALLOW_HTTP"
        );
    }
}
