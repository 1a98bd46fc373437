//! Where callbacks go.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::BASE64;
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::http::uri::Scheme;

/// An event report gate: a name for a callback URL, and what is sent along with each callback.
#[derive(Clone)]
pub struct Gate {
    pub(crate) id: String,
    url: String,
    proof: Proof,
    pub(crate) custom_parameters: BTreeMap<String, String>,
}

/// How the receiver can tell that a callback comes from this gate.
#[derive(Clone)]
enum Proof {
    None,
    Basic { username: String, password: String },
    Header { name: String, value: String },
}

impl Gate {
    /// A gate with the id that requests name it by, and the `http://` URL its callbacks go to.
    pub fn new(id: impl Into<String>, url: impl Into<String>) -> Self {
        Self { id: id.into(), url: url.into(), proof: Proof::None, custom_parameters: BTreeMap::new() }
    }

    /// Sends Basic credentials with each callback, in place of a header.
    #[must_use]
    pub fn basic(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        let (username, password) = (username.into(), password.into());
        self.proof = Proof::Basic { username, password };
        self
    }

    /// Sends one header with each callback, in place of Basic credentials.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.proof = Proof::Header { name, value };
        self
    }

    /// Adds one of the `gateCustomParameters` of each callback.
    #[must_use]
    pub fn custom_parameter(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.custom_parameters.insert(key.into(), value.into());
        self
    }

    /// What a callback to this gate needs, checked.
    pub(crate) fn target(&self) -> Result<Target, GateError> {
        let refuse = |what| {
            let gate = self.id.clone();
            Err(GateError { gate, what })
        };
        if self.id.is_empty() {
            return refuse("its id is empty");
        }
        let Ok(uri) = self.url.parse::<Uri>() else {
            return refuse("its URL cannot be read");
        };
        if uri.scheme() != Some(&Scheme::HTTP) {
            return refuse("its URL is not http://");
        }
        if uri.authority().is_none_or(|a| a.as_str().contains('@') || a.host().is_empty()) {
            return refuse("its URL has no host, or has credentials in it");
        }
        let header = match &self.proof {
            Proof::None => None,
            Proof::Basic { username, password } => {
                let pair = BASE64.encode(format!("{username}:{password}").as_bytes());
                Some((AUTHORIZATION, format!("Basic {pair}")))
            }
            Proof::Header { name, value } => match name.parse::<HeaderName>() {
                Ok(name) => Some((name, value.clone())),
                Err(_) => return refuse("its header's name cannot be one"),
            },
        };
        let header = match header.map(|(name, value)| (name, HeaderValue::from_str(&value))) {
            None => None,
            Some((name, Ok(mut value))) => {
                value.set_sensitive(true);
                Some((name, value))
            }
            Some((_, Err(_))) => return refuse("its header's value cannot be one"),
        };
        Ok(Target { uri, header })
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match &self.proof {
            Proof::None => "none",
            Proof::Basic { .. } => "Basic credentials",
            Proof::Header { .. } => "a header",
        };
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        let url = if url.contains('@') { "[has credentials]" } else { url };
        f.debug_struct("Gate").field("id", &self.id).field("url", &url).field("proof", &proof).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) uri: Uri,
    pub(crate) header: Option<(HeaderName, HeaderValue)>,
}

/// A gate that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateError {
    gate: String,
    what: &'static str,
}

impl fmt::Display for GateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gate {:?} cannot be used: {}", self.gate, self.what)
    }
}

impl std::error::Error for GateError {}

/// The gates of a sandbox, and which of them is the default.
#[derive(Debug, Default, Clone)]
pub(crate) struct Gates {
    all: BTreeMap<String, Gate>,
    default: Option<String>,
}

impl Gates {
    /// Adds a gate; one of the same id makes way.
    pub(crate) fn add(&mut self, gate: Gate, default: bool) {
        if default {
            self.default = Some(gate.id.clone());
        }
        self.all.insert(gate.id.clone(), gate);
    }

    pub(crate) fn named(&self, id: &str) -> Option<&Gate> {
        self.all.get(id)
    }

    pub(crate) fn default_gate(&self) -> Option<&Gate> {
        self.named(self.default.as_deref()?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Gate> {
        self.all.values()
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[test]
    fn debug_shows_no_secret() {
        let gates = [
            Gate::new("g", "http://127.0.0.1/x?token=s3cret").basic("someone", "s3cret"),
            Gate::new("g", "http://127.0.0.1/x").header("x-key", "s3cret"),
            Gate::new("g", "http://someone:s3cret@127.0.0.1/x"),
        ];
        for gate in gates {
            assert!(!format!("{gate:?} {:?}", gate.target().err()).contains("s3cret"));
        }
    }

    #[test]
    fn only_gates_that_can_work_pass() {
        let url = "http://127.0.0.1:1/cb";
        assert!(Gate::new("g", url).target().is_ok());
        assert!(Gate::new("g", url).header("x-key", "v").target().is_ok());
        for gate in [
            Gate::new("", url),
            Gate::new("g", "https://127.0.0.1/"),
            Gate::new("g", "/cb"),
            Gate::new("g", "not a url"),
            Gate::new("g", "http://a:b@127.0.0.1/"),
            Gate::new("g", url).header("x key", "v"),
            Gate::new("g", url).header("x-key", "v\r\nx: y"),
        ] {
            assert!(gate.target().is_err(), "{gate:?}");
        }
    }
}
