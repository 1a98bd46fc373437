//! Where callbacks go.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64;
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::Scheme;
use tokio::sync::Semaphore;

use crate::record::Pending;

/// How many callbacks are posted to one gate at a time.
const AT_A_TIME: usize = 16;

/// An event report gate: a name for a callback URL, and what is sent along with each callback.
#[derive(Clone)]
pub struct Gate {
    pub(crate) id: String,
    url: String,
    basic: Option<(String, String)>,
    headers: Vec<(String, String)>,
    pub(crate) custom_parameters: BTreeMap<String, String>,
    lane: Lane,
}

/// What a gate does not share with other gates, so that a slow one holds up none of them.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) pending: Pending,
}

impl Gate {
    /// A gate with the id that requests name it by, and the `http://` URL its callbacks go to.
    pub fn new(id: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            url: url.into(),
            basic: None,
            headers: Vec::new(),
            custom_parameters: BTreeMap::new(),
            lane: Lane { permits: Arc::new(Semaphore::new(AT_A_TIME)), pending: Pending::default() },
        }
    }

    /// Sends Basic credentials with each callback.
    #[must_use]
    pub fn basic(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.basic = Some((username.into(), password.into()));
        self
    }

    /// Adds a header that is sent with each callback, such as a secret, or the `X-Forwarded-For` of a proxy.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds one of the `gateCustomParameters` of each callback.
    #[must_use]
    pub fn custom_parameter(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.custom_parameters.insert(key.into(), value.into());
        self
    }

    /// The URL without its query, which may have a secret.
    pub(crate) fn shown_url(&self) -> &str {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        if url.contains('@') { "[has credentials]" } else { url }
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
        let mut headers = HeaderMap::new();
        let basic = self.basic.as_ref().map(|(username, password)| {
            let pair = BASE64.encode(format!("{username}:{password}").as_bytes());
            (AUTHORIZATION.as_str(), format!("Basic {pair}"))
        });
        let others = self.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
        for (name, value) in basic.into_iter().chain(others) {
            let Ok(name) = name.parse::<HeaderName>() else {
                return refuse("the name of a header is not a header name");
            };
            if headers.contains_key(&name) {
                return refuse("it has a header twice");
            }
            let Ok(mut value) = HeaderValue::from_str(&value) else {
                return refuse("the value of a header has characters that a header cannot have");
            };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(Target { uri, headers, lane: self.lane.clone() })
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Gate")
            .field("id", &self.id)
            .field("url", &self.shown_url())
            .field("basic", &self.basic.is_some())
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) lane: Lane,
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
            Gate::new("g", "http://127.0.0.1/x").header("x-key", "s3cret").basic("someone", "s3cret"),
            Gate::new("g", "http://someone:s3cret@127.0.0.1/x"),
        ];
        for gate in gates {
            assert!(!format!("{gate:?} {:?}", gate.target().err()).contains("s3cret"));
        }
    }

    #[test]
    fn unusable_gates_are_refused() {
        let url = "http://127.0.0.1:1/cb";
        assert!(Gate::new("g", url).target().is_ok());
        assert!(Gate::new("g", url).header("x-key", "v").target().is_ok());
        let both = Gate::new("g", url).basic("u", "p").header("x-key", "v").header("x-forwarded-for", "192.0.2.1");
        assert_eq!(both.target().map(|target| target.headers.len()), Ok(3));
        for gate in [
            Gate::new("", url),
            Gate::new("g", "https://127.0.0.1/"),
            Gate::new("g", "/cb"),
            Gate::new("g", "not a url"),
            Gate::new("g", "http://a:b@127.0.0.1/"),
            Gate::new("g", url).header("x key", "v"),
            Gate::new("g", url).header("x-key", "v\r\nx: y"),
            Gate::new("g", url).header("x-key", "a").header("X-Key", "b"),
            Gate::new("g", url).basic("u", "p").header("Authorization", "b"),
        ] {
            assert!(gate.target().is_err(), "{gate:?}");
        }
    }
}
