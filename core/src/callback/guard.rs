//! Authenticates callbacks.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::LIMITS;
use super::address::AddressRanges;
use crate::error::Error;
use crate::observer::{Event, Observer, Observing};
use crate::words::words;

/// Decides whether a callback comes from the gateway: by the address it came from, the credentials it carries, and its
/// size. Anyone can post to a callback URL, and LINK does not document a signature, so these checks are the protection.
///
/// It does no I/O: pass it what the HTTP server knows, before you read or parse the body. A new guard accepts LINK's
/// [addresses](AddressRanges::default) and bodies of up to 256 KiB. Every further check that you set must pass as well.
///
/// ```
/// use linkwa::{CallbackGuard, Refusal};
///
/// let guard = CallbackGuard::new()
///     .trusted_proxies(["10.0.0.0/8".parse()?].into_iter().collect())
///     .basic("gate", "secret");
///
/// let proxy = "10.0.0.7".parse().unwrap();
/// let headers = [
///     ("X-Forwarded-For", "195.84.162.34"),
///     ("Authorization", "Basic Z2F0ZTpzZWNyZXQ="),
/// ];
/// assert_eq!(guard.check(proxy, headers, 512), Ok("195.84.162.34".parse().unwrap()));
///
/// let spoofed = [("X-Forwarded-For", "195.84.162.34, 203.0.113.9"), headers[1]];
/// assert_eq!(guard.check(proxy, spoofed, 512), Err(Refusal::Address));
/// # Ok::<(), linkwa::Error>(())
/// ```
///
/// # Behind a proxy
///
/// A [trusted](Self::trusted_proxies) proxy adds the address that it was called from to `X-Forwarded-For` or
/// `Forwarded` (RFC 7239), at the right end. So the sender is the right-most address there that is not itself a trusted
/// proxy's. Addresses to the left of it can be forged, and are ignored. From any other peer both headers are ignored.
///
/// The proxy must append to the header or replace it: if it passes the header on unchanged, a sender can claim any
/// address. If it names the sender in one header and passes the other on unchanged, both are there and must agree, or
/// the callback is refused; choose one with [`only_x_forwarded_for`](Self::only_x_forwarded_for) or
/// [`only_forwarded`](Self::only_forwarded).
#[derive(Clone)]
pub struct CallbackGuard {
    ranges: Option<AddressRanges>,
    trusted_proxies: AddressRanges,
    forwarded_headers: ForwardedHeaders,
    basic: Option<Key>,
    headers: Vec<(String, Key)>,
    max_body: usize,
    observing: Observing,
}

impl CallbackGuard {
    /// A guard that accepts LINK's addresses and bodies of up to 256 KiB.
    pub fn new() -> Self {
        Self {
            ranges: Some(AddressRanges::default()),
            trusted_proxies: std::iter::empty().collect(),
            forwarded_headers: ForwardedHeaders::Both,
            basic: None,
            headers: Vec::new(),
            max_body: LIMITS.bytes,
            observing: Observing::default(),
        }
    }

    /// Sets the addresses to accept, instead of LINK's.
    #[must_use]
    pub fn ranges(mut self, ranges: AddressRanges) -> Self {
        self.ranges = Some(ranges);
        self
    }

    /// Accepts every address. Then only credentials distinguish the gateway from other senders.
    #[must_use]
    pub fn any_address(mut self) -> Self {
        self.ranges = None;
        self
    }

    /// Sets the proxies that callbacks come through; none by default. A callback that comes from a trusted proxy is
    /// refused if its headers do not name the sender.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: AddressRanges) -> Self {
        self.trusted_proxies = proxies;
        self
    }

    /// Reads the sender from the `X-Forwarded-For` of trusted proxies only, and ignores `Forwarded`.
    #[must_use]
    pub fn only_x_forwarded_for(mut self) -> Self {
        self.forwarded_headers = ForwardedHeaders::XForwardedFor;
        self
    }

    /// Reads the sender from the `Forwarded` (RFC 7239) of trusted proxies only, and ignores `X-Forwarded-For`.
    #[must_use]
    pub fn only_forwarded(mut self) -> Self {
        self.forwarded_headers = ForwardedHeaders::Forwarded;
        self
    }

    /// Requires Basic authentication with this username and password. They are compared in constant time and never
    /// printed. An empty password, such as that of an unset variable, refuses every callback.
    #[must_use]
    pub fn basic(mut self, username: &str, password: &str) -> Self {
        let credentials = Zeroizing::new(format!("{username}:{password}"));
        self.basic = Some(Key::new(&credentials, !password.is_empty()));
        self
    }

    /// Requires a header with this name (in any case) and value, exactly once. White space around the value is ignored.
    /// The value is compared in constant time and never printed. An empty value, such as that of an unset variable,
    /// refuses every callback. If you set several names, all are required; setting a name again replaces its value.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: &str) -> Self {
        let (name, value) = (name.into(), value.trim());
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.headers.push((name, Key::new(value, !value.is_empty())));
        self
    }

    /// An error if every callback is refused, because a password or the value of a header is empty.
    #[doc(hidden)]
    pub fn ready(&self) -> Result<(), Error> {
        if self.basic.iter().chain(self.headers.iter().map(|(_, key)| key)).all(|key| key.usable) {
            return Ok(());
        }
        let why = "the password or the value of a header is empty, so that the guard refuses every callback";
        Err(Error::invalid_config(why))
    }

    /// Sets the largest accepted body in bytes: 256 KiB by default. [`parse_callback`](crate::parse_callback) always
    /// refuses larger ones.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets what receives an [`Event`] for each check: `callback_accepted`, or `callback_refused` with its
    /// [`refusal`](Event::refusal). Neither has anything of the callback. The check waits for the observer.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observing = Observing::by(observer);
        self
    }

    /// Checks a callback. Returns the sender's address, or why the callback is refused.
    ///
    /// `peer` is the other end of the connection; `headers` are names, in any case, and values, one line each, in the
    /// order received; `body_len` is the body's length in bytes. If several checks fail, the result is the first of:
    /// sender, credentials, headers, size. An IPv4 address in IPv6 notation becomes IPv4.
    ///
    /// # Errors
    ///
    /// The [`Refusal`], which contains none of the values.
    pub fn check<N: AsRef<str>, V: AsRef<[u8]>>(
        &self,
        peer: IpAddr,
        headers: impl IntoIterator<Item = (N, V)>,
        body_len: usize,
    ) -> Result<IpAddr, Refusal> {
        let checked = self.decide(peer, headers, body_len);
        self.observing.report(|| Event::of_callback(checked.err().map(Refusal::as_str)));
        checked
    }

    fn decide<N: AsRef<str>, V: AsRef<[u8]>>(
        &self,
        peer: IpAddr,
        headers: impl IntoIterator<Item = (N, V)>,
        body_len: usize,
    ) -> Result<IpAddr, Refusal> {
        let headers: Vec<(N, V)> = headers.into_iter().collect();
        let lines = |name: &str| -> Vec<&[u8]> {
            let named = headers.iter().filter(|(given, _)| given.as_ref().eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.as_ref()).collect()
        };

        let sender = self.sender(peer, lines)?;
        if self.ranges.as_ref().is_some_and(|ranges| !ranges.contains(sender)) {
            return Err(Refusal::Address);
        }
        if self.basic.as_ref().is_some_and(|key| !has_basic(key, &lines("authorization"))) {
            return Err(Refusal::Credentials);
        }
        if self.headers.iter().any(|(name, key)| !has_value(key, &lines(name))) {
            return Err(Refusal::Header);
        }
        if body_len > self.max_body {
            return Err(Refusal::TooLarge);
        }
        Ok(sender)
    }

    fn sender<'h>(&self, peer: IpAddr, lines: impl Fn(&str) -> Vec<&'h [u8]>) -> Result<IpAddr, Refusal> {
        if !self.trusted_proxies.contains(peer) {
            return Ok(peer.to_canonical());
        }
        let read = |name: &str, sender_by: fn(&Self, &[&[u8]]) -> Option<IpAddr>| {
            let lines = lines(name);
            (!lines.is_empty()).then(|| sender_by(self, &lines).ok_or(Refusal::Forwarded))
        };
        let x_forwarded_for = || read("x-forwarded-for", Self::sender_by_x_forwarded_for);
        let forwarded = || read("forwarded", Self::sender_by_forwarded);
        match self.forwarded_headers {
            ForwardedHeaders::XForwardedFor => x_forwarded_for().unwrap_or(Err(Refusal::Forwarded)),
            ForwardedHeaders::Forwarded => forwarded().unwrap_or(Err(Refusal::Forwarded)),
            ForwardedHeaders::Both => match (x_forwarded_for(), forwarded()) {
                (Some(sender), None) | (None, Some(sender)) => sender,
                (Some(one), Some(other)) if one == other => one,
                _ => Err(Refusal::Forwarded),
            },
        }
    }

    fn sender_by_x_forwarded_for(&self, lines: &[&[u8]]) -> Option<IpAddr> {
        let entries = lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
        self.right_most_untrusted(entries.map(|entry| address(std::str::from_utf8(trim(entry)).ok()?)))
    }

    fn sender_by_forwarded(&self, lines: &[&[u8]]) -> Option<IpAddr> {
        let hops =
            lines.iter().rev().flat_map(|line| forwarded_hops(line).unwrap_or_else(|| vec![None]).into_iter().rev());
        self.right_most_untrusted(hops)
    }

    /// The nearest hop that is not a trusted proxy, if it and all nearer hops can be read.
    fn right_most_untrusted(&self, hops: impl Iterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        /// More proxies than any deployment has.
        const MAX_HOPS: usize = 64;
        for hop in hops.take(MAX_HOPS) {
            let hop = hop?;
            if !self.trusted_proxies.contains(hop) {
                return Some(hop);
            }
        }
        None
    }
}

impl Default for CallbackGuard {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows the checks, and no credentials.
impl fmt::Debug for CallbackGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("CallbackGuard")
            .field("ranges", &self.ranges)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("forwarded_headers", &self.forwarded_headers)
            .field("basic", &self.basic.is_some())
            .field("headers", &headers)
            .field("max_body", &self.max_body)
            .field("observing", &self.observing)
            .finish()
    }
}

words! {
    /// Why a callback is refused.
    pub enum Refusal {
        /// The sender's address is not in the accepted ranges.
        Address = "address",
        /// A trusted proxy's header is missing, cannot be read, or contradicts another one.
        Forwarded = "forwarded",
        /// Basic authentication is missing, unreadable or wrong.
        Credentials = "credentials",
        /// A required header is missing, occurs twice, or has another value.
        Header = "header",
        /// The body is too large.
        TooLarge = "too_large",
    }
}

impl std::error::Error for Refusal {}

/// The header to read from trusted proxies.
#[derive(Clone, Copy, Debug)]
enum ForwardedHeaders {
    Both,
    Forwarded,
    XForwardedFor,
}

/// A secret to compare with, padded so that the time of a comparison reveals nothing about it. Of its length it reveals
/// only the next power of two, if it is longer than [`Key::LEAST`]. Wiped when dropped.
#[derive(Clone)]
struct Key {
    padded: Zeroizing<Vec<u8>>,
    len: usize,
    usable: bool,
}

impl Key {
    const LEAST: usize = 1024;

    fn new(secret: &str, usable: bool) -> Self {
        let mut padded = Zeroizing::new(Vec::with_capacity(secret.len().next_power_of_two().max(Self::LEAST)));
        padded.extend_from_slice(secret.as_bytes());
        let capacity = padded.capacity();
        padded.resize(capacity, 0);
        Self { padded, len: secret.len(), usable }
    }

    fn matches(&self, given: &[u8]) -> bool {
        let mut padded = Zeroizing::new(vec![0; self.padded.len()]);
        let Some(start) = padded.get_mut(..given.len()) else { return false };
        start.copy_from_slice(given);
        let same = padded.ct_eq(&self.padded) & given.len().ct_eq(&self.len);
        self.usable && same.into()
    }
}

/// Exactly one line `Basic <Base64 of username:password>` (RFC 7617).
fn has_basic(key: &Key, lines: &[&[u8]]) -> bool {
    let [line] = lines else { return false };
    let mut parts = trim(line).splitn(2, |byte| *byte == b' ');
    let (Some(scheme), Some(encoded)) = (parts.next(), parts.next()) else { return false };
    if !scheme.eq_ignore_ascii_case(b"Basic") {
        return false;
    }
    let decoded = STANDARD.decode(trim(encoded)).map(Zeroizing::new);
    decoded.is_ok_and(|credentials| key.matches(&credentials))
}

fn has_value(key: &Key, lines: &[&[u8]]) -> bool {
    let [line] = lines else { return false };
    key.matches(trim(line))
}

/// Removes the white space that HTTP allows around a value. Line breaks are not allowed there.
fn trim(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(start) = value.iter().position(|byte| !blank(byte)) else { return &[] };
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// The hops of a line of `Forwarded` (RFC 7239), in order; `None` for a hop without an address. The whole line is
/// `None` if it is malformed.
///
/// It is read from the left and strictly: a quote that a sender left open then collides with the proxy's own and
/// invalidates the line, instead of hiding what the proxy wrote.
fn forwarded_hops(line: &[u8]) -> Option<Vec<Option<IpAddr>>> {
    /// The longest header line that servers accept.
    const MAX_LINE: usize = 16 * 1024;
    if line.len() > MAX_LINE || line.iter().any(|byte| !matches!(byte, b'\t' | b' '..=b'~')) {
        return None;
    }
    let mut rest = std::str::from_utf8(line).ok()?;
    let mut hops = Vec::new();
    loop {
        let (hop, after) = forwarded_element(rest)?;
        hops.push(hop);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return after.is_empty().then_some(hops),
        }
    }
}

/// Reads `for=…;by=…;…` up to the comma or the end.
fn forwarded_element(mut rest: &str) -> Option<(Option<IpAddr>, &str)> {
    let mut node = None;
    loop {
        rest = rest.trim_start_matches(BLANK);
        if !rest.is_empty() && !rest.starts_with([',', ';']) {
            let (name, after) = rest.split_once('=')?;
            let (value, after) = forwarded_value(after)?;
            if name.is_empty() || !name.chars().all(is_token) {
                return None;
            }
            if name.eq_ignore_ascii_case("for") && node.replace(address(&value)).is_some() {
                return None;
            }
            rest = after.trim_start_matches(BLANK);
        }
        match rest.strip_prefix(';') {
            Some(next) => rest = next,
            None => return Some((node.flatten(), rest)),
        }
    }
}

/// Reads a token or a quoted string. Proxies omit the quotes that colons and brackets need, so those are accepted too.
fn forwarded_value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c| !is_token(c) && !matches!(c, ':' | '[' | ']')).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return (!value.is_empty()).then_some((Cow::Borrowed(value), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some((Cow::Owned(value), chars.as_str())),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

/// The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`. `unknown` and
/// hidden names (`_gateway`) are not addresses.
fn address(node: &str) -> Option<IpAddr> {
    let address = if let Some(bracketed) = node.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(())?;
        address.parse::<Ipv6Addr>().ok()?.into()
    } else if let Ok(address) = node.parse::<IpAddr>() {
        address
    } else {
        let (address, port) = node.split_once(':')?;
        is_port(port).then_some(())?;
        address.parse::<Ipv4Addr>().ok()?.into()
    };
    Some(address.to_canonical())
}

/// A number, or a hidden one (`_a1`).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

const BLANK: [char; 2] = [' ', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_for_a_secret_does_not_reveal_its_length() {
        for len in [0, 1, 1023, 1024] {
            assert_eq!(Key::new(&"s".repeat(len), true).padded.len(), 1024, "{len}");
        }
        assert_eq!(Key::new(&"s".repeat(1025), true).padded.len(), 2048);
    }
}
