//! Where requests go and who sends them, checked before anything is sent.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::Uri;
use ureq::http::uri::Authority;

use crate::config::{Config, Secret};
use crate::error::Error;
use crate::rule;

/// A timeout beyond this is a mistake, and would overflow clocks sooner or later.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The checked parts of a [`Config`] that a request on the wire needs.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// `{base}/messages` (E-1).
    pub(crate) url: Uri,
    /// The value of the `Authorization` header (E-3).
    pub(crate) authorization: Secret,
}

impl Endpoint {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        check_ids(config)?;
        for (name, timeout) in [("timeout", config.timeout), ("connect timeout", config.connect_timeout)] {
            if timeout.is_zero() || timeout > LONGEST {
                return Err(Error::invalid_config(format!("the {name} must be above 0 and at most 24 hours")));
            }
        }
        Ok(Self { url: messages_url(&config.base_url.0, config.allow_http)?, authorization: authorization(config)? })
    }
}

/// What every request of the client would be refused for.
fn check_ids(config: &Config) -> Result<(), Error> {
    let platform =
        config.platform.iter().flat_map(|(id, partner)| [("platformId", id), ("platformPartnerId", partner)]);
    let defaults = &config.defaults;
    let others = [
        ("platformServiceId", &defaults.platform_service_id),
        ("platformServiceType", &defaults.platform_service_type),
        ("platformTransactionId", &defaults.platform_transaction_id),
    ];
    let others = others.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let gates = defaults.event_report_gates.iter().flatten().map(|gate| ("gate among eventReportGates", gate));
    for (name, id) in platform.chain(others).chain(gates) {
        if let Some(fault) = rule::id_fault(id) {
            return Err(Error::invalid_config(format!("the {name} {fault}")));
        }
    }
    Ok(())
}

fn authorization(config: &Config) -> Result<Secret, Error> {
    let (username, password) = (config.username.as_str(), config.password.expose());
    for (name, text) in [("username", username), ("password", password)] {
        if text.is_empty() {
            return Err(Error::invalid_config(format!("the {name} is empty")));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::invalid_config(format!("the {name} has a line break or another control character")));
        }
    }
    if username.contains(':') {
        return Err(Error::invalid_config("the username has a `:`, which Basic authentication cannot carry"));
    }
    let pair = Secret::new(format!("{username}:{password}"));
    let encoded = Secret::new(STANDARD.encode(pair.expose()));
    Ok(Secret::new(format!("Basic {}", encoded.expose())))
}

fn messages_url(base_url: &str, allow_http: bool) -> Result<Uri, Error> {
    // The URL is not repeated: somebody may have put a password into it.
    let wrong = |message: &str| Err(Error::invalid_config(format!("the base URL {message}")));
    if base_url.is_empty() {
        return wrong("is empty; give a region or a base URL");
    }
    if base_url.contains(['?', '#']) {
        return wrong("has a query or a fragment");
    }
    let base_url = base_url.trim_end_matches('/');
    if base_url.ends_with("/messages") {
        return wrong("ends in /messages, which is added to it; leave that out");
    }
    let Ok(uri) = format!("{base_url}/messages").parse::<Uri>() else {
        return wrong("is not a URL");
    };
    let Some(authority) = uri.authority() else { return wrong("has no host") };
    if authority.as_str().contains('@') {
        return wrong("has a user name or password in it; give them as credentials");
    }
    if authority.host().is_empty() {
        return wrong("has no host");
    }
    if !has_sound_port(authority) {
        return wrong("has a port that is none");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if allow_http || is_loopback(authority) => Ok(uri),
        Some("http") => wrong("is plain http:// to another machine; use https://, or allow http by name"),
        _ => wrong("must begin with https:// (or http:// to this machine)"),
    }
}

/// Whether there is no port, or one that is. ureq takes a port that is none for the scheme's own, where somebody else may
/// listen.
pub(super) fn has_sound_port(authority: &Authority) -> bool {
    let host_and_port = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, host)| host);
    let port = host_and_port.strip_prefix(authority.host()).unwrap_or(host_and_port);
    let Some(digits) = port.strip_prefix(':') else { return port.is_empty() };
    digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|port| port != 0)
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback(),
        Ok(IpAddr::V6(ip)) => ip == Ipv6Addr::LOCALHOST,
        Err(_) => bare.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(base: &str, allow_http: bool) -> Result<String, String> {
        messages_url(base, allow_http).map(|uri| uri.to_string()).map_err(|error| error.code().as_str().to_owned())
    }

    #[test]
    fn messages_stands_behind_the_base_url() {
        let wanted = Ok("https://no.linkmobility.io/whatsapp-message/messages".to_owned());
        assert_eq!(url("https://no.linkmobility.io/whatsapp-message", false), wanted);
        assert_eq!(url("https://no.linkmobility.io/whatsapp-message/", false), wanted);
    }

    #[test]
    fn http_goes_to_this_machine_or_by_name() {
        for base in [
            "http://localhost:1",
            "http://127.0.0.1",
            "http://127.9.9.9:80/x",
            "http://[::1]:8080",
            "HTTP://LOCALHOST",
            "http://localhost:65535",
        ] {
            assert!(url(base, false).is_ok(), "{base}");
        }
        for base in
            ["http://example.com", "http://128.0.0.1", "http://localhost.example.com", "http://[::2]", "http://0.0.0.0"]
        {
            assert!(url(base, false).is_err(), "{base}");
            assert!(url(base, true).is_ok(), "{base}");
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused() {
        for base in [
            "",
            "example.com",
            "/x",
            "ftp://example.com",
            "https://",
            "https:///x",
            "https://user:pw@example.com",
            "https://example.com?x=1",
            "https://example.com/#x",
            "https://exa mple.com",
            "https://example.com/\r\nX: y",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:65536",
            "https://example.com:+80",
            "https://[::1]:99999",
            "https://example.com\0",
            "https://example.com/whatsapp-message/messages",
            "https://example.com/messages/",
        ] {
            assert_eq!(url(base, true), Err("invalid_config".to_owned()), "{base:?}");
        }
    }

    #[test]
    fn a_base_url_that_names_the_resource_is_refused_saying_so() {
        let error = messages_url("https://example.com/messages", false).expect_err("refused");
        assert!(error.to_string().contains("/messages"), "{error}");
        assert!(url("https://example.com/messages/v1", false).is_ok());
        assert!(url("https://example.com/mymessages", false).is_ok());
    }

    #[test]
    fn ids_with_blanks_around_them_or_control_characters_are_refused_by_name() {
        let config = || Config::with_base_url("https://example.com", "u", "p").platform("p", "pp");
        assert!(Endpoint::new(&config().event_report_gates(["a b"]).platform_service_id("s\u{a0}1")).is_ok());
        for (config, name) in [
            (config().platform("p\n", "pp"), "platformId"),
            (config().platform("p", " pp"), "platformPartnerId"),
            (config().platform_service_id("a\tb"), "platformServiceId"),
            (config().platform_service_type("s\u{a0}"), "platformServiceType"),
            (config().event_report_gates(["a", "b "]), "eventReportGates"),
        ] {
            let error = Endpoint::new(&config).expect_err(name);
            assert_eq!(error.code().as_str(), "invalid_config");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn credentials_that_cannot_be_a_header_are_refused() {
        let with = |user: &str, password: &str| authorization(&Config::with_base_url("https://x", user, password));
        assert_eq!(with("Aladdin", "open sesame").expect("valid").expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(with("ü", "€:€").expect("valid").expose(), "Basic w7w64oKsOuKCrA==");
        for (user, password) in
            [("", "p"), ("u", ""), ("a:b", "p"), ("u", "p\r\nX: y"), ("u\0", "p"), ("u\n", "p"), ("u", "p\0")]
        {
            let error = with(user, password).expect_err("refused");
            assert_eq!(error.code().as_str(), "invalid_config", "{user:?} {password:?}");
            assert!(!error.to_string().contains("X: y"));
        }
    }
}
