//! What the schema cannot say.

use std::net::Ipv6Addr;

use super::{Node, Violation, push_index, push_name};
use crate::clock;

/// Fields that are integers on the wire, each with its largest value. Their names mean nothing
/// else anywhere in a request, apart from `customParameters`, which is not walked.
const INTEGERS: &[(&str, u64)] = &[
    ("relativeValidityTime", u64::MAX),
    ("timestamp", u64::MAX),
    ("index", u32::MAX as u64),
    ("dayOfWeek", u32::MAX as u64),
    ("dayOfMonth", u32::MAX as u64),
    ("year", u32::MAX as u64),
    ("month", u32::MAX as u64),
    ("hour", u32::MAX as u64),
    ("minute", u32::MAX as u64),
];

/// Fields of the request that the gateway compares with what it knows.
const IDENTIFIERS: &[&str] =
    &["platformId", "platformPartnerId", "platformServiceId", "platformServiceType", "platformTransactionId", "refId"];

pub(super) fn check(request: &Node, violations: &mut Vec<Violation>) {
    walk(request, &mut String::new(), violations);
    let fields = IDENTIFIERS.iter().filter_map(|name| Some(((*name).to_owned(), request.get(name)?)));
    let gates = list(request, "eventReportGates").iter().enumerate();
    for (path, value) in fields.chain(gates.map(|(index, gate)| (format!("eventReportGates[{index}]"), gate))) {
        if value.text().is_some_and(|text| text != text.trim() || text.contains(char::is_control)) {
            violations.push(Violation::new(
                path,
                "format",
                "blanks around an identifier, or a control character in it",
            ));
        }
    }
    for (number, message) in list(request, "messages").iter().enumerate() {
        let components = message.get("template").map(|t| list(t, "components"));
        button_indices(number, components.unwrap_or_default(), violations);
    }
}

fn list<'a>(node: &'a Node, name: &str) -> &'a [Node] {
    node.get(name).map(Node::items).unwrap_or_default()
}

fn walk(node: &Node, path: &mut String, violations: &mut Vec<Violation>) {
    let here = path.len();
    match node {
        Node::Object(members) => {
            for (key, value) in members {
                push_name(path, key);
                if path != "customParameters" {
                    member(key, value, path, violations);
                    walk(value, path, violations);
                }
                path.truncate(here);
            }
        }
        Node::List(items) => {
            for (index, item) in items.iter().enumerate() {
                push_index(path, index);
                walk(item, path, violations);
                path.truncate(here);
            }
        }
        Node::Number(text) if !text.parse::<f64>().is_ok_and(f64::is_finite) => {
            violations.push(Violation::new(path.as_str(), "range", "not a finite number"));
        }
        _ => {}
    }
}

fn member(key: &str, value: &Node, path: &str, violations: &mut Vec<Violation>) {
    let mut refuse = |rule, message| violations.push(Violation::new(path, rule, message));
    if let Some((_, largest)) = INTEGERS.iter().find(|(name, _)| *name == key) {
        match value {
            Node::Number(text) if text.contains(['.', 'e', 'E']) => {
                refuse("integer", "an integer is written without fraction and exponent");
            }
            Node::Number(text) | Node::String(text) if above(text, *largest) => {
                refuse("range", "larger than the field can hold");
            }
            _ => {}
        }
    }
    match (key, value) {
        ("link", Node::String(link)) if !link.is_empty() && !is_web_url(link) => {
            refuse("url", "not an absolute http or https URL with a host");
        }
        ("absoluteValidityTime", Node::String(time)) if !clock::is_rfc3339(time) => {
            refuse("dateTime", "not an RFC 3339 time that exists, with offset");
        }
        _ => {}
    }
}

/// Whether a text of digits is a number above the bound. Other texts are the schema's business.
fn above(text: &str, largest: u64) -> bool {
    let digits = text.trim_start_matches('0');
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && !digits.is_empty()
        && digits.parse::<u64>().map_or(true, |number| number > largest)
}

/// `1`, `"1"` and `"01"` name one button.
fn button_indices(message: usize, components: &[Node], violations: &mut Vec<Violation>) {
    let mut seen = Vec::new();
    for (number, component) in components.iter().enumerate() {
        if component.get("type").and_then(Node::text) != Some("button") {
            continue;
        }
        let index = match component.get("index") {
            Some(Node::Number(text) | Node::String(text)) => text.parse::<i64>().ok(),
            _ => None,
        };
        let Some(index) = index else { continue };
        if seen.contains(&index) {
            let path = format!("messages[{message}].template.components[{number}].index");
            let text = "an earlier button has the same index";
            violations.push(Violation::new(path, "duplicateIndex", text));
        }
        seen.push(index);
    }
}

/// Scheme http or https, a host, a port that can be one; no blank, control character, backslash.
fn is_web_url(url: &str) -> bool {
    if url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return false;
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(literal) = host_and_port.strip_prefix('[') {
        return literal.split_once(']').is_some_and(|(address, rest)| {
            address.parse::<Ipv6Addr>().is_ok() && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
        });
    }
    let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
    !host.is_empty() && is_port(port)
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u32>().is_ok_and(|p| p <= 65_535)
}

#[cfg(test)]
mod tests {
    use super::{above, is_web_url};

    #[test]
    fn urls_need_a_scheme_and_a_host() {
        for url in [
            "http://a",
            "HTTPS://example.com/a.png?x=1#y",
            "https://user:pw@example.com:8080/",
            "http://example.com:",
            "http://example.com:65535",
            "http://[::1]",
            "http://[2001:db8::1]:80/x",
            "https://exämple.se/ö",
        ] {
            assert!(is_web_url(url), "{url}");
        }
        for url in [
            "ftp://a",
            "http:/a",
            "http://",
            "http:///x",
            "http://@/x",
            "http://:80/",
            "//a/b",
            "a.png",
            "http://a b",
            "http://a\tb",
            "http://a/\u{a0}",
            "http://a\\b",
            "http://a:x",
            "http://a:65536",
            "http://a:1:2",
            "http://?a@b",
            "http://[::1",
            "http://[]",
            "http://[::1]x",
            "http://[::1]:x",
            " http://a",
        ] {
            assert!(!is_web_url(url), "{url}");
        }
    }

    #[test]
    fn bounds_of_texts_of_digits() {
        assert!(!above("4294967295", u64::from(u32::MAX)));
        assert!(above("4294967296", u64::from(u32::MAX)));
        assert!(!above("000000000000000000000000001", 1));
        assert!(!above("18446744073709551615", u64::MAX));
        assert!(above("18446744073709551616", u64::MAX));
        assert!(!above("-1", 0));
        assert!(!above("", 0));
        assert!(!above("0000", 0));
    }
}
