//! The gateway's URL and the credentials, checked when a client is made.

use std::net::{IpAddr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::Uri;
use ureq::http::uri::Authority;

use crate::config::{Config, Secret};
use crate::error::Error;
use crate::rule;
use crate::wire::Field;

/// The parts of a [`Config`] that go on the wire with each request, checked.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// `{base}/messages`.
    pub(crate) url: Uri,
    /// The value of the `Authorization` header.
    pub(crate) authorization: Secret,
}

impl Endpoint {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        // One error names all problems.
        let mut problems = Vec::new();
        let url = messages_url(&config.base_url.0, config.allow_http).map_err(|problem| problems.push(problem));
        let authorization = authorization(config).map_err(|found| problems.extend(found));
        problems.extend(config.headers.problems());
        problems.extend(id_problems(config));
        problems.extend(config.number_problems());
        match (url, authorization) {
            (Ok(url), Ok(authorization)) if problems.is_empty() => Ok(Self { url, authorization }),
            _ => Err(Error::invalid_config(problems.join("; "))),
        }
    }
}

/// Problems of configured ids, for which every request of the client would be refused.
fn id_problems(config: &Config) -> Vec<String> {
    let platform = config.platform.iter().flat_map(|(id, partner)| {
        [("`platform_id` (LINKWA_PLATFORM_ID)", id), ("`platform_partner_id` (LINKWA_PLATFORM_PARTNER_ID)", partner)]
    });
    let defaults = &config.defaults.fields;
    let others = [
        ("`platform_service_id`", &defaults.platform_service_id),
        ("`platform_service_type`", &defaults.platform_service_type),
    ];
    let others = others.into_iter().filter_map(|(name, value)| Some((name, value.get()?)));
    let gates = defaults.event_report_gates.get().into_iter().flatten().filter_map(Field::get);
    let gates = gates.map(|gate| ("a gate of `event_report_gates` (LINKWA_EVENT_REPORT_GATES)", gate));
    let all = platform.chain(others).chain(gates);
    all.filter_map(|(name, id)| Some(format!("{name} {}", rule::id_fault(id)?))).collect()
}

fn authorization(config: &Config) -> Result<Secret, Vec<String>> {
    let (username, password) = (config.username.as_str(), config.password.expose());
    let mut problems = Vec::new();
    for (name, variable, text) in [("username", "LINKWA_USERNAME", username), ("password", "LINKWA_PASSWORD", password)]
    {
        if text.is_empty() {
            problems.push(format!("`{name}` ({variable}) is not set"));
        }
        if text.chars().any(char::is_control) {
            problems.push(format!("`{name}` ({variable}) has a line break or another control character"));
        }
    }
    if username.contains(':') {
        problems.push("`username` (LINKWA_USERNAME) has a `:`, which Basic authentication cannot carry".to_owned());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let pair = Secret::new(format!("{username}:{password}"));
    let encoded = Secret::new(STANDARD.encode(pair.expose()));
    Ok(Secret::new(format!("Basic {}", encoded.expose())))
}

fn messages_url(base_url: &str, allow_http: bool) -> Result<Uri, String> {
    // The URL is not repeated: it may have a password in it.
    let wrong = |message: &str| Err(format!("`base_url` (LINKWA_BASE_URL) {message}"));
    if base_url.is_empty() {
        return Err("no gateway is set: give `region` (LINKWA_REGION) or `base_url` (LINKWA_BASE_URL)".to_owned());
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
        return wrong("has a username or password in it; give them as `username` and `password`");
    }
    if authority.host().is_empty() {
        return wrong("has no host");
    }
    if !has_valid_port(authority) {
        return wrong("has a port that is not a number from 1 to 65535");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if allow_http || is_loopback(authority) => Ok(uri),
        Some("http") => {
            wrong("uses plain http:// to another host. Use https://, or set `allow_http` (LINKWA_ALLOW_HTTP=1)")
        }
        _ => wrong("must begin with https://"),
    }
}

/// Whether the port is absent or valid. ureq replaces an invalid port by the scheme's default, where another server may
/// listen.
pub(super) fn has_valid_port(authority: &Authority) -> bool {
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
    use std::time::Duration;

    use super::*;

    fn url(base: &str, allow_http: bool) -> Result<String, String> {
        messages_url(base, allow_http).map(|uri| uri.to_string())
    }

    #[test]
    fn messages_stands_behind_the_base_url() {
        let expected = Ok("https://no.linkmobility.io/whatsapp-message/messages".to_owned());
        assert_eq!(url("https://no.linkmobility.io/whatsapp-message", false), expected);
        assert_eq!(url("https://no.linkmobility.io/whatsapp-message/", false), expected);
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
            assert!(url(base, true).is_err(), "{base:?}");
        }
    }

    #[test]
    fn a_base_url_that_names_the_resource_is_refused_saying_so() {
        let error = messages_url("https://example.com/messages", false).expect_err("refused");
        assert!(error.contains("/messages"), "{error}");
        assert!(url("https://example.com/messages/v1", false).is_ok());
        assert!(url("https://example.com/mymessages", false).is_ok());
    }

    #[test]
    fn ids_with_blanks_around_them_or_control_characters_are_refused_by_name() {
        let config = || Config::with_base_url("https://example.com", "u", "p").platform("p", "pp");
        assert!(Endpoint::new(&config().event_report_gates(["a b"]).platform_service_id("s\u{a0}1")).is_ok());
        for (config, name) in [
            (config().platform("p\n", "pp"), "platform_id"),
            (config().platform("p", " pp"), "platform_partner_id"),
            (config().platform_service_id("a\tb"), "platform_service_id"),
            (config().platform_service_type("s\u{a0}"), "platform_service_type"),
            (config().event_report_gates(["a", "b "]), "event_report_gates"),
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
            let problems = with(user, password).expect_err("refused");
            assert!(!problems.join("; ").contains("X: y"), "{user:?} {password:?}");
        }
    }

    #[test]
    fn all_that_is_missing_is_named_at_once_by_argument_and_variable() {
        let config = Config::with_base_url("", "", "").timeout(Duration::ZERO);
        let error = Endpoint::new(&config).expect_err("refused");
        assert_eq!(error.code().as_str(), "invalid_config");
        let text = error.to_string();
        for (argument, variable) in [
            ("region", "LINKWA_REGION"),
            ("base_url", "LINKWA_BASE_URL"),
            ("username", "LINKWA_USERNAME"),
            ("password", "LINKWA_PASSWORD"),
            ("timeout", "LINKWA_TIMEOUT_MS"),
        ] {
            assert!(text.contains(&format!("`{argument}` ({variable})")), "{argument}: {text}");
        }
    }
}
