//! Finds the proxy for the gateway: the configured one, or that of the environment by curl's rules.

use std::ffi::OsString;
use std::net::IpAddr;

use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use crate::config::{Config, Secret};
use crate::delivery::endpoint::has_valid_port;
use crate::error::Error;

/// The proxy to use for this URL, if any. `variable` reads the environment.
pub(super) fn proxy_for(
    url: &Uri,
    config: &Config,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Proxy>, Error> {
    // Returns the first variable that is set, with its name. An empty variable counts as not set.
    let first = |names: &[&'static str]| {
        let is_set = |name: &&'static str| Some((*name, variable(name).filter(|value| !value.is_empty())?));
        let Some((name, value)) = names.iter().find_map(is_set) else { return Ok(None) };
        let value = value.into_string().map_err(|_| invalid(name, "is not valid UTF-8"))?;
        Ok(Some((name, Secret::new(value))))
    };
    let (proxy, env_no_proxy) = match &config.proxy {
        Some(proxy) => (Some(("`proxy` (LINKWA_PROXY)", proxy.clone())), None),
        None if config.proxy_from_env => {
            (first(names(url, variable("REQUEST_METHOD").is_some()))?, first(&["no_proxy", "NO_PROXY"])?)
        }
        None => (None, None),
    };
    let Some((name, proxy)) = proxy else { return Ok(None) };
    let proxy = parse(name, proxy.expose())?;
    let is_direct = match (&config.no_proxy, &env_no_proxy) {
        (Some(hosts), _) => is_listed(url, "no_proxy", hosts)?,
        (None, Some((name, hosts))) => is_listed(url, name, hosts.expose())?,
        (None, None) => false,
    };
    Ok((!is_direct).then_some(proxy))
}

/// The variables that can name a proxy for this URL; the first one that is set counts. In a CGI program `HTTP_PROXY` is the
/// request's header `Proxy`, which any client can set, so it is not used.
fn names(url: &Uri, is_cgi: bool) -> &'static [&'static str] {
    match (url.scheme_str(), is_cgi) {
        (Some("https"), _) => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        (_, false) => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
        // On Windows the names of variables have no case, so `http_proxy` is `HTTP_PROXY`.
        (_, true) if cfg!(windows) => &["all_proxy", "ALL_PROXY"],
        (_, true) => &["http_proxy", "all_proxy", "ALL_PROXY"],
    }
}

fn parse(name: &str, url: &str) -> Result<Proxy, Error> {
    let wrong = |why: &str| invalid(name, &format!("{why}; use http://host:port or socks5://host:port"));
    // ureq's own error is dropped, because it may repeat a password in the URL.
    let parsed = Proxy::new(url).map_err(|_| wrong("is not the URL of a proxy"))?;
    if parsed.host().is_empty() {
        return Err(wrong("has no host"));
    }
    if parsed.uri().authority().is_none_or(|authority| !has_valid_port(authority)) {
        return Err(wrong("has a port that is not a number from 1 to 65535"));
    }
    if matches!(parsed.protocol(), ProxyProtocol::Socks4 | ProxyProtocol::Socks4A) {
        return Err(wrong("is a SOCKS4 proxy, which is not supported"));
    }
    // The proxy resolves the gateway's name.
    let mut builder = Proxy::builder(parsed.protocol()).host(parsed.host()).port(parsed.port()).resolve_target(false);
    if let Some(username) = parsed.username() {
        builder = builder.username(username);
    }
    if let Some(password) = parsed.password() {
        builder = builder.password(password);
    }
    builder.build().map_err(|_| wrong("is not the URL of a proxy"))
}

fn invalid(name: &str, what: &str) -> Error {
    Error::invalid_config(format!("{name} {what}"))
}

/// Whether the list of hosts that need no proxy contains this URL's host. Every entry must be valid.
fn is_listed(url: &Uri, name: &str, hosts: &str) -> Result<bool, Error> {
    let host = url.host().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let port = url.port_u16().unwrap_or(if url.scheme_str() == Some("https") { 443 } else { 80 });
    let mut found = false;
    let texts = hosts.split(|c: char| c == ',' || c.is_whitespace()).filter(|text| !text.is_empty());
    for (index, text) in texts.enumerate() {
        // The error does not repeat the entry, because it may be a URL with a password.
        let entry = Entry::parse(text).ok_or_else(|| {
            let what = "is not a host name, an address or a network such as 10.0.0.0/8";
            invalid(name, &format!("cannot be used: entry {} {what}", index + 1))
        })?;
        found |= entry.port.is_none_or(|expected| expected == port) && entry.hosts.contain(&host, address);
    }
    Ok(found)
}

/// One entry of the list.
struct Entry {
    hosts: Hosts,
    port: Option<u16>,
}

enum Hosts {
    All,
    /// A domain and its subdomains.
    Domain(String),
    /// A network: an address and the length of its prefix in bits.
    Network(IpAddr, u32),
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':')?)),
            // With more than one colon it is an IPv6 address.
            None => text
                .split_once(':')
                .filter(|(_, port)| !port.contains(':'))
                .map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                Some(digits.parse().ok().filter(|port| *port != 0)?)
            }
            Some(_) => return None,
            None => None,
        };
        Some(Self { hosts: Hosts::parse(host)?, port })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let length = |address: IpAddr| if address.is_ipv4() { 32 } else { 128 };
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let bits = bits.parse().ok().filter(|bits| *bits <= length(address))?;
            return Some(Self::Network(address, bits));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            let address = address.to_canonical();
            return Some(Self::Network(address, length(address)));
        }
        let domain = text.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(text);
        let domain = domain.trim_start_matches('.').trim_end_matches('.');
        let is_name = |label: &str| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        // A name whose last label is a number is an incomplete IPv4 address.
        let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
        let is_domain = domain.split('.').all(is_name) && !domain.rsplit('.').next().is_none_or(is_number);
        is_domain.then(|| Self::Domain(domain.to_ascii_lowercase()))
    }

    fn contain(&self, host: &str, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::All, _) => true,
            (Self::Domain(domain), None) => {
                host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Self::Network(IpAddr::V4(network), bits), Some(IpAddr::V4(address))) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(32 - bits).unwrap_or_default() == 0
            }
            (Self::Network(IpAddr::V6(network), bits), Some(IpAddr::V6(address))) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(128 - bits).unwrap_or_default() == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTPS: &str = "https://gw.example.com/messages";
    const HTTP: &str = "http://gw.example.com/messages";

    /// The `host:port` of the proxy for a URL in an environment, or the text of an error.
    fn in_environment(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let config = Config::with_base_url("https://x", "u", "p").proxy_from_env(true);
        choose(url, &config, variables)
    }

    fn choose(url: &str, config: &Config, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let variable =
            |expected: &str| variables.iter().find(|(name, _)| *name == expected).map(|(_, value)| value.into());
        let proxy = proxy_for(&url.parse().expect("a URL"), config, variable);
        let proxy = proxy.map_err(|error| {
            assert_eq!(error.code().as_str(), "invalid_config");
            error.to_string()
        })?;
        Ok(proxy.map(|proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn variables_name_a_proxy_as_they_do_for_curl() {
        let [secure, secure_upper] = ["https_proxy", "HTTPS_PROXY"].map(|name| (name, "http://s:1"));
        let [http, http_upper] = ["http_proxy", "HTTP_PROXY"].map(|name| (name, "http://h:2"));
        let [all, all_upper] = ["all_proxy", "ALL_PROXY"].map(|name| (name, "a"));
        let cgi = ("REQUEST_METHOD", "");
        for (url, variables, expected) in [
            (HTTPS, &[][..], None),
            (HTTPS, &[secure], Some("s:1")),
            (HTTPS, &[secure_upper], Some("s:1")),
            (HTTPS, &[("https_proxy", "l:1"), secure_upper], Some("l:1")),
            (HTTPS, &[("https_proxy", ""), secure_upper], Some("s:1")),
            (HTTPS, &[http, http_upper], None),
            (HTTPS, &[http, http_upper, all_upper], Some("a:80")),
            (HTTPS, &[all, secure], Some("s:1")),
            (HTTPS, &[all, secure, cgi], Some("s:1")),
            (HTTP, &[secure, secure_upper], None),
            (HTTP, &[http], Some("h:2")),
            (HTTP, &[http_upper], Some("h:2")),
            (HTTP, &[http_upper, all], Some("h:2")),
            (HTTP, &[http_upper, cgi], None),
            (HTTP, &[http_upper, all, cgi], Some("a:80")),
            (HTTPS, &[("ALL_PROXY", "socks5h://s")], Some("s:1080")),
            (HTTPS, &[("HTTPS_PROXY", "https://user:pass%40@[::1]:8/")], Some("[::1]:8")),
        ] {
            assert_eq!(in_environment(url, variables), Ok(expected.map(str::to_owned)), "{url} {variables:?}");
        }
        #[cfg(not(windows))]
        assert_eq!(in_environment(HTTP, &[http, cgi]), Ok(Some("h:2".to_owned())));
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_an_error_that_names_it() {
        for value in [
            "http://user:canary@",
            "http://:canary@:80",
            "ftp://canary",
            "http://canary:0",
            "http://canary:65536",
            "http://canary:+80",
            "socks4://canary",
            " http://canary",
            "http://can ary",
            "/canary",
        ] {
            for (url, name) in [(HTTPS, "https_proxy"), (HTTPS, "ALL_PROXY"), (HTTP, "HTTP_PROXY")] {
                for others in [&[][..], &[("NO_PROXY", "*"), ("all_proxy", "")]] {
                    let variables: Vec<_> = others.iter().copied().chain([(name, value)]).collect();
                    let error = in_environment(url, &variables).expect_err(value);
                    assert!(error.contains(name) && !error.contains("canary"), "{error}");
                }
            }
            let error = choose(HTTPS, &Config::with_base_url("x", "u", "p").proxy(value), &[]).expect_err(value);
            assert!(!error.contains("canary"), "{error}");
        }
        for entry in [
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0/8",
            "::/129",
            "x/8",
            "http://x",
            "x:0",
            "x:",
            "x:y",
            "x:+1",
            "x:65536",
            "192.168.*",
            "192.168.",
            "10",
            "a..b",
            "*x",
            "<local>",
            "[::1",
            "[::1]1",
            "a@b",
            ".",
        ] {
            let error = in_environment(HTTPS, &[("HTTPS_PROXY", "p"), ("NO_PROXY", &format!("a, {entry}"))]);
            let error = error.expect_err(entry);
            assert!(error.contains("NO_PROXY") && error.contains("entry 2"), "{entry}: {error}");
            let config = Config::with_base_url("x", "u", "p").proxy("http://p").no_proxy(entry);
            choose(HTTPS, &config, &[]).expect_err(entry);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf8_is_an_error_that_names_it() {
        use std::os::unix::ffi::OsStringExt;

        let config = Config::with_base_url("https://x", "u", "p").proxy_from_env(true);
        for wrong in ["HTTPS_PROXY", "no_proxy"] {
            let variable = |name: &str| match name {
                name if name == wrong => Some(OsString::from_vec(vec![0xff])),
                "https_proxy" if wrong == "no_proxy" => Some("p".into()),
                _ => None,
            };
            let error = proxy_for(&Uri::from_static(HTTPS), &config, variable).expect_err("refused").to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn hosts_without_proxy_are_named_as_for_curl() {
        for (hosts, url, expected) in [
            ("", HTTPS, false),
            ("*", HTTPS, true),
            ("other, *", HTTPS, true),
            ("gw.example.com", HTTPS, true),
            ("GW.Example.COM.", HTTPS, true),
            ("example.com", HTTPS, true),
            (".example.com", HTTPS, true),
            ("*.example.com", HTTPS, true),
            (".example.com", "https://example.com", true),
            ("example.com", "https://EXAMPLE.com.", true),
            ("ample.com", HTTPS, false),
            ("w.example.com", HTTPS, false),
            ("a.gw.example.com", HTTPS, false),
            ("localhost , \texample.com ,", HTTPS, true),
            ("localhost example.com", HTTPS, true),
            (" , ,", HTTPS, false),
            ("example.com:443", HTTPS, true),
            ("example.com:8443", HTTPS, false),
            ("example.com:8443", "https://gw.example.com:8443", true),
            ("example.com:80", HTTP, true),
            ("*:8443", HTTPS, false),
            ("127.0.0.1", "http://127.0.0.1:9", true),
            ("127.0.0.1", "http://127.0.0.11:9", false),
            ("127.0.0.1:8", "http://127.0.0.1:9", false),
            ("127.0.0.1:9", "http://127.0.0.1:9", true),
            ("127.0.0.0/8", "http://127.9.0.1", true),
            ("127.0.0.0/8", "http://128.0.0.1", false),
            ("10.1.0.0/15", "http://10.0.255.255", true),
            ("10.1.0.0/15", "http://10.2.0.0", false),
            ("10.1.2.3/32", "http://10.1.2.3", true),
            ("10.1.2.3/32", "http://10.1.2.2", false),
            ("0.0.0.0/0", "http://10.1.2.3", true),
            ("0.0.0.0/0", "http://[::1]", false),
            ("0.0.0.0/0", HTTP, false),
            ("::1", "http://[::1]:9", true),
            ("[::1]", "http://[::1]:9", true),
            ("[::1]:9", "http://[::1]:9", true),
            ("[::1]:8", "http://[::1]:9", false),
            ("0:0::1", "http://[::1]", true),
            ("fd00::/8", "http://[fdff::1]", true),
            ("fd00::/8", "http://[fe00::1]", false),
            ("::/0", "http://[fe00::1]", true),
            ("10.0.0.1", "http://[::ffff:10.0.0.1]", true),
        ] {
            for name in ["NO_PROXY", "no_proxy"] {
                let proxy = in_environment(url, &[("http_proxy", "p:1"), ("HTTPS_PROXY", "p:1"), (name, hosts)]);
                assert_eq!(proxy.expect("a proxy").is_none(), expected, "{hosts:?} {url}");
            }
            let config = Config::with_base_url("x", "u", "p").proxy("p:1").no_proxy(hosts);
            assert_eq!(choose(url, &config, &[]).expect("a proxy").is_none(), expected, "{hosts:?} {url}");
        }
    }

    #[test]
    fn the_configuration_wins_over_the_environment() {
        let variables = [("ALL_PROXY", "env:1"), ("NO_PROXY", "*")];
        let config = Config::with_base_url("https://x", "u", "p");
        let named = config.clone().proxy("http://named:2").proxy_from_env(true);
        assert_eq!(choose(HTTPS, &named, &variables), Ok(Some("named:2".to_owned())));
        assert_eq!(choose(HTTPS, &config, &variables), Ok(None));
        let listed = config.proxy_from_env(true).no_proxy("other");
        assert_eq!(choose(HTTPS, &listed, &variables), Ok(Some("env:1".to_owned())));
    }
}
