//! The headers that a configuration adds to every request.

use super::Secret;

/// The header that `LINKWA_API_KEY` sets.
pub(super) const API_KEY: &str = "x-api-key";

/// The headers that the client sets itself, and those that belong to one connection or would change how a request is
/// read (RFC 9110, section 7.6.1).
const RESERVED: [&str; 20] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// The most bytes of all names and values together. Common servers refuse a head of more than 8 KiB.
const MAX_BYTES: usize = 8_192;

/// Names and values. A value is as secret as the password.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<(String, Secret)>);

impl Headers {
    /// Adds a header, or replaces its value. A name is case-insensitive.
    pub(super) fn set(&mut self, name: String, value: Secret) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.0.push((name, value));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// What is wrong with them. A name that is not a token is not repeated: it may be a whole line with the value.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, (name, value)) in self.iter().enumerate() {
            let value = value.expose();
            if !is_token(name) {
                problems.push(format!("`headers`: the name of header {} is not a token of HTTP", index + 1));
                continue;
            }
            if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
                problems.push(format!(
                    "`headers`: {name} cannot be set: the client sets it, or it belongs to one connection"
                ));
            }
            if value.is_empty() {
                problems.push(format!("`headers`{}: the value of {name} is empty", variable(name)));
            }
            if value.chars().any(char::is_control) {
                let variable = variable(name);
                problems.push(format!(
                    "`headers`{variable}: the value of {name} has a line break or another control character"
                ));
            }
        }
        let bytes: usize = self.iter().map(|(name, value)| name.len().saturating_add(value.expose().len())).sum();
        if bytes > MAX_BYTES {
            problems.push(format!("`headers` are longer than {MAX_BYTES} bytes together"));
        }
        problems
    }
}

/// The variable that may have set a header, for an error.
fn variable(name: &str) -> &'static str {
    if name.eq_ignore_ascii_case(API_KEY) { " (LINKWA_API_KEY)" } else { "" }
}

/// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in of {
            headers.set((*name).to_owned(), Secret::new(*value));
        }
        headers
    }

    #[test]
    fn the_same_name_again_replaces_the_value() {
        let set = headers(&[("X-Api-Key", "a"), ("x-other", "b"), ("x-api-KEY", "c")]);
        let set: Vec<_> = set.iter().map(|(name, value)| (name, value.expose())).collect();
        assert_eq!(set, [("x-other", "b"), ("x-api-KEY", "c")]);
    }

    #[test]
    fn names_that_the_client_sets_itself_and_names_that_are_not_tokens_are_refused() {
        for name in RESERVED.iter().chain(&["Host", "AUTHORIZATION", "", "x y", "x:", "x\r\nhost", "x\0", "ü", "(x)"])
        {
            assert_eq!(headers(&[(name, "v")]).problems().len(), 1, "{name:?}");
        }
        for name in ["x-api-key", "X_Key", "!#$%&'*+-.^_`|~09AZaz", "accepted", "cookie"] {
            assert_eq!(headers(&[(name, "v")]).problems(), [""; 0], "{name}");
        }
    }

    #[test]
    fn values_that_cannot_be_sent_are_refused_and_never_repeated() {
        for value in ["", "canary\r\nX: y", "canary\n", "canary\0", "\u{7f}canary", "canary\t", "\u{85}canary"] {
            let problems = headers(&[("x-api-key", value)]).problems();
            assert!(matches!(&*problems, [problem] if !problem.contains("canary")), "{value:?}: {problems:?}");
        }
        for value in ["a", "a b", "ü€", "=:;,\"\\"] {
            assert_eq!(headers(&[("x-api-key", value)]).problems(), [""; 0], "{value}");
        }
        let mistaken = headers(&[("x-api-key: canary", "canary")]);
        assert!(!mistaken.problems().concat().contains("canary"));
        assert!(!format!("{:?}", headers(&[("x-api-key", "canary")])).contains("canary"));
    }

    #[test]
    fn all_headers_together_have_a_longest_length() {
        let half = "v".repeat(MAX_BYTES / 2 - 1);
        assert_eq!(headers(&[("a", &half), ("b", &half)]).problems(), [""; 0]);
        assert_eq!(headers(&[("a", &half), ("bb", &half)]).problems().len(), 1);
    }
}
