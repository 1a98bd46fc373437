//! Authenticates callbacks.

#![allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript comes as a copy")]

use linkwa::{AddressRange, AddressRanges, Error};
use napi::Either;
use napi_derive::napi;

use crate::error::{BindingError, ErrorObject};

/// A guard of the core.
#[napi]
pub struct NativeGuard {
    core: linkwa::CallbackGuard,
}

/// The options of a guard.
#[napi(object, object_to_js = false)]
pub struct GuardOptions {
    /// The addresses to accept, instead of LINK's.
    pub ranges: Option<Vec<String>>,
    /// Whether every address is accepted.
    pub any_address: Option<bool>,
    /// The proxies that callbacks come through.
    pub trusted_proxies: Option<Vec<String>>,
    /// The header to read from them.
    pub forwarded: Option<String>,
    /// Username and password.
    pub basic: Option<Vec<String>>,
    /// Names and values of headers, alternating.
    pub headers: Option<Vec<String>>,
    /// The largest accepted body in bytes.
    pub max_body: Option<f64>,
}

/// The decision of a guard; exactly one member is set.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Verdict {
    /// The sender's address.
    pub sender: Option<String>,
    /// Why the callback is refused.
    pub refusal: Option<&'static str>,
}

/// Makes a guard.
#[napi(catch_unwind)]
pub fn new_guard(options: GuardOptions) -> Either<NativeGuard, ErrorObject> {
    match guard(options) {
        Ok(core) => Either::A(NativeGuard { core }),
        Err(error) => Either::B(error.into()),
    }
}

fn guard(options: GuardOptions) -> Result<linkwa::CallbackGuard, BindingError> {
    let mut guard = linkwa::CallbackGuard::new();
    if let Some(ranges) = options.ranges {
        guard = guard.ranges(address_ranges(&ranges)?);
    }
    if options.any_address == Some(true) {
        guard = guard.any_address();
    }
    if let Some(proxies) = options.trusted_proxies {
        guard = guard.trusted_proxies(address_ranges(&proxies)?);
    }
    guard = match options.forwarded.as_deref() {
        None | Some("both") => guard,
        Some("x-forwarded-for") => guard.only_x_forwarded_for(),
        Some("forwarded") => guard.only_forwarded(),
        Some(_) => {
            let why = "must be 'both', 'x-forwarded-for' or 'forwarded'";
            return Err(BindingError::argument("options.forwarded", why));
        }
    };
    if let Some([username, password]) = options.basic.as_deref() {
        guard = guard.basic(username, password);
    }
    for (name, value) in pairs(options.headers.as_deref().unwrap_or_default()) {
        guard = guard.header(name, value);
    }
    if let Some(bytes) = options.max_body {
        guard = guard.max_body(length(bytes));
    }
    Ok(guard)
}

fn address_ranges(texts: &[String]) -> Result<AddressRanges, Error> {
    texts.iter().map(|text| text.parse::<AddressRange>()).collect()
}

#[napi]
impl NativeGuard {
    /// Checks one callback. `None`: no decision is possible, because the peer is not an address.
    #[napi(catch_unwind)]
    pub fn check(&self, peer: String, headers: Vec<String>, body_length: f64) -> Option<Verdict> {
        let peer = peer.parse().ok()?;
        let headers = pairs(&headers).map(|(name, value)| (name, header_bytes(value)));
        Some(match self.core.check(peer, headers, length(body_length)) {
            Ok(sender) => Verdict { sender: Some(sender.to_string()), refusal: None },
            Err(refusal) => Verdict { sender: None, refusal: Some(refusal.as_str()) },
        })
    }
}

/// Alternating names and values as pairs.
fn pairs(texts: &[String]) -> impl Iterator<Item = (&str, &str)> {
    texts.chunks_exact(2).filter_map(|pair| match pair {
        [name, value] => Some((name.as_str(), value.as_str())),
        _ => None,
    })
}

/// The received bytes: servers decode each byte as one character. A text with other characters does not come from a
/// server.
fn header_bytes(value: &str) -> Vec<u8> {
    let bytes: Result<Vec<u8>, _> = value.chars().map(u8::try_from).collect();
    bytes.unwrap_or_else(|_| value.as_bytes().to_vec())
}

/// A whole number that is not negative; the caller has checked that.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is larger becomes the largest")]
fn length(bytes: f64) -> usize {
    bytes as usize
}
