//! Authenticates callbacks.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;

use linkwa::AddressRanges;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyString, PyTuple};

use super::value::hash;
use crate::error::raise;
use crate::once_cell::RaceOnceCell;
use crate::value::{Place, Value, optional, text, wrong_type};

/// Decides whether a callback comes from the gateway: by the address it came from, the credentials it carries, and its
/// size. Anyone can post to a callback URL, and LINK does not document a signature, so these checks are the protection.
/// It does no I/O.
///
/// Without arguments it accepts LINK's addresses and bodies of up to 256 KiB. Every further check that you set must
/// pass as well.
///
/// - `ranges`: the addresses to accept instead: "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9", or objects of
///   `ipaddress`.
/// - `any_address`: accept every address. Then only credentials distinguish the gateway from other senders.
/// - `trusted_proxies`: the proxies that callbacks come through. The sender is then the address that the proxy names.
///   From any other peer the forwarding headers are ignored.
/// - `forwarded`: the header to read from proxies: "x-forwarded-for", "forwarded" (RFC 7239), or "both", which must
///   agree if both are there. The proxy must append to the header or replace it.
/// - `basic`: username and password of Basic authentication. An empty password refuses every callback.
/// - `headers`: required headers, once each, with these values. An empty value refuses every callback.
/// - `max_body`: the largest accepted body in bytes.
///
/// Credentials are compared in constant time and never printed. Threads may share a guard. It can be pickled and
/// copied; the pickle contains the credentials. Raises `InvalidConfig` for an invalid address range.
///
///     >>> import linkwa
///     >>> guard = linkwa.CallbackGuard(trusted_proxies=["10.0.0.0/8"], headers={"X-Callback-Key": "secret"})
///     >>> headers = {"X-Forwarded-For": "195.84.162.34", "X-Callback-Key": "secret"}
///     >>> guard.check("10.0.0.7", headers, 512)
///     Verdict(sender='195.84.162.34')
///     >>> guard.check("203.0.113.9", headers, 512)
///     Verdict(refusal='address')
#[pyclass(frozen, module = "linkwa")]
pub(crate) struct CallbackGuard {
    guard: linkwa::CallbackGuard,
    /// The arguments without credentials.
    shown: String,
    /// The arguments that make an equal guard.
    given: Py<PyDict>,
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl CallbackGuard {
    #[new]
    #[pyo3(
        signature = (
            *, ranges=None, any_address=None, trusted_proxies=None, forwarded=None, basic=None, headers=None, max_body=None
        ),
        text_signature = "(*, ranges=None, any_address=False, trusted_proxies=(), forwarded='both', basic=None, \
                          headers=None, max_body=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "in Python they are keywords")]
    fn new(
        py: Python<'_>,
        ranges: Option<&Bound<'_, PyAny>>,
        any_address: Option<&Bound<'_, PyAny>>,
        trusted_proxies: Option<&Bound<'_, PyAny>>,
        forwarded: Option<&Bound<'_, PyAny>>,
        basic: Option<&Bound<'_, PyAny>>,
        headers: Option<&Bound<'_, PyAny>>,
        max_body: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut guard = linkwa::CallbackGuard::new();
        let mut shown = Vec::new();
        let given = PyDict::new(py);
        let any_address = any_address.map_or(Ok(false), |any| bool::read(any, Place::argument("any_address")))?;
        if let Some(ranges) = ranges {
            if any_address {
                return Err(PyValueError::new_err("arguments 'ranges' and 'any_address' exclude each other"));
            }
            let ranges = address_ranges(ranges, "ranges")?;
            shown.push(format!("ranges={}", list(&ranges)));
            given.set_item("ranges", texts(&ranges))?;
            guard = guard.ranges(ranges);
        }
        if any_address {
            shown.push("any_address=True".to_owned());
            given.set_item("any_address", true)?;
            guard = guard.any_address();
        }
        if let Some(proxies) = trusted_proxies {
            let proxies = address_ranges(proxies, "trusted_proxies")?;
            given.set_item("trusted_proxies", texts(&proxies))?;
            if proxies.iter().len() > 0 {
                shown.push(format!("trusted_proxies={}", list(&proxies)));
            }
            guard = guard.trusted_proxies(proxies);
        }
        let forwarded = forwarded.map_or(Ok(Cow::Borrowed("both")), |word| text(word, Place::argument("forwarded")))?;
        guard = match &*forwarded {
            "both" => guard,
            "x-forwarded-for" => guard.only_x_forwarded_for(),
            "forwarded" => guard.only_forwarded(),
            _ => {
                let message = "argument 'forwarded' must be 'both', 'x-forwarded-for' or 'forwarded'";
                return Err(PyValueError::new_err(message));
            }
        };
        if forwarded != "both" {
            shown.push(format!("forwarded='{forwarded}'"));
            given.set_item("forwarded", &*forwarded)?;
        }
        if let Some(basic) = basic {
            let place = Place::argument("basic");
            let pair = basic.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>();
            let (username, password) = pair.map_err(|_| wrong_type(place, "a tuple of two str", basic))?;
            let (username, password) = (text(&username, place.item(0))?, text(&password, place.item(1))?);
            shown.push("basic=...".to_owned());
            given.set_item("basic", (&*username, &*password))?;
            guard = guard.basic(&username, &password);
        }
        if let Some(headers) = headers {
            let mut names = String::new();
            let copies = PyDict::new(py);
            for (name, value) in wanted_headers(headers)? {
                let comma = if names.is_empty() { "" } else { ", " };
                let _ = write!(names, "{comma}{}: ...", PyString::new(py, &name).repr()?);
                copies.set_item(&name, &value)?;
                guard = guard.header(name, &value);
            }
            given.set_item("headers", copies)?;
            shown.push(format!("headers={{{names}}}"));
        }
        if let Some(bytes) = max_body {
            let bytes = length(bytes, Place::argument("max_body"))?;
            shown.push(format!("max_body={bytes}"));
            given.set_item("max_body", bytes)?;
            guard = guard.max_body(bytes);
        }
        Ok(Self { guard, shown: format!("CallbackGuard({})", shown.join(", ")), given: given.unbind() })
    }

    /// Checks one callback before its body is parsed, and returns a `Verdict`, which is true if the callback is
    /// accepted.
    ///
    /// - `peer`: the address of the other end of the connection, as the server knows it (`request.client.host`,
    ///   `request.remote_addr`, `request.META["REMOTE_ADDR"]`), not as a header names it.
    /// - `headers`: names and values of the request: a mapping (`request.headers`), or pairs, of str or bytes.
    /// - `body_length`: the length of the body in bytes.
    ///
    /// A peer that is not an IP address (None, or the peer of a Unix socket) is refused as "unusable". Behind a proxy
    /// on a Unix socket pass "127.0.0.1" and trust that.
    fn check(
        &self,
        peer: Option<&Bound<'_, PyAny>>,
        headers: &Bound<'_, PyAny>,
        body_length: &Bound<'_, PyAny>,
    ) -> PyResult<Verdict> {
        // A length that is too large to count is too large as well.
        let body_length = length(body_length, Place::argument("body_length"))?;
        let headers = lines(headers)?;
        let Some(peer) = peer.map(|peer| ip_address(peer, "peer")).transpose()?.flatten() else {
            return Ok(Verdict { sender: None, refusal: Some(UNUSABLE.to_owned()) });
        };
        Ok(match self.guard.check(peer, headers, body_length) {
            Ok(sender) => Verdict { sender: Some(sender.to_string()), refusal: None },
            Err(refusal) => Verdict { sender: None, refusal: Some(refusal.as_str().to_owned()) },
        })
    }

    fn __repr__(&self) -> &str {
        &self.shown
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        (PyTuple::empty(py), self.given.bind(py).copy()?).into_pyobject(py)
    }
}

/// No decision is possible.
pub(crate) const UNUSABLE: &str = "unusable";

/// The decision of a `CallbackGuard`: true if the callback is accepted.
///
/// Answer a refused callback with 403 (or 401 for "credentials", 413 for "too_large"), and do not parse its body.
#[pyclass(frozen, module = "linkwa")]
#[derive(PartialEq, Hash)]
pub(crate) struct Verdict {
    sender: Option<String>,
    refusal: Option<String>,
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl Verdict {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("sender", "refusal");

    /// Takes either value as it is; `CallbackGuard.check` decides.
    #[new]
    #[pyo3(signature = (*, sender=None, refusal=None))]
    fn new(sender: Option<&Bound<'_, PyAny>>, refusal: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let sender: Option<String> = optional(sender, "sender")?;
        let refusal: Option<String> = optional(refusal, "refusal")?;
        if sender.is_some() == refusal.is_some() {
            return Err(PyValueError::new_err("a verdict has either `sender` or `refusal`"));
        }
        Ok(Self { sender, refusal })
    }

    /// The sender's address, which behind a trusted proxy differs from the peer's. None if the callback is refused. An
    /// IPv4 address in IPv6 notation becomes IPv4.
    #[getter]
    fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// Why the callback is refused; None if it is accepted:
    ///
    /// - "address": the sender's address is not in the accepted ranges.
    /// - "forwarded": a trusted proxy's header is missing, cannot be read, or contradicts another one.
    /// - "credentials": Basic authentication is missing, unreadable or wrong.
    /// - "header": a required header is missing, occurs twice, or has another value.
    /// - "too_large": the body is too large.
    /// - "unusable": the peer is not an IP address, so no decision is possible.
    #[getter]
    fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    fn __bool__(&self) -> bool {
        self.refusal.is_none()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self == other.get())
    }

    fn __hash__(&self) -> u64 {
        hash(self)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (name, value) = match (&self.sender, &self.refusal) {
            (_, Some(refusal)) => ("refusal", refusal.as_str()),
            (sender, None) => ("sender", sender.as_deref().unwrap_or_default()),
        };
        Ok(format!("Verdict({name}={})", PyString::new(py, value).repr()?))
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let about = PyDict::new(py);
        about.set_item("sender", self.sender.as_deref())?;
        about.set_item("refusal", self.refusal.as_deref())?;
        (PyTuple::empty(py), about).into_pyobject(py)
    }
}

/// Whether an address belongs to LINK's gateway: a text such as "192.0.2.1", without a port, or an object of
/// `ipaddress`. False for a text that is not an address; another type is a `TypeError`.
///
/// Behind a proxy, pass the address that the proxy names, and only if the proxy is your own: `CallbackGuard` does all
/// of this.
///
///     >>> import linkwa
///     >>> linkwa.is_gateway_address("195.84.162.34"), linkwa.is_gateway_address("192.0.2.1")
///     (True, False)
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn is_gateway_address(address: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(ip_address(address, "address")?.is_some_and(linkwa::is_gateway_address))
}

/// An address; `None` for a text that is not one.
fn ip_address(value: &Bound<'_, PyAny>, argument: &str) -> PyResult<Option<IpAddr>> {
    Ok(text_of_address(value, argument, "a str or an object of ipaddress")?.parse().ok())
}

/// The text of an address, a network or a range.
fn text_of_address(value: &Bound<'_, PyAny>, argument: &str, expected: &str) -> PyResult<String> {
    static CLASSES: RaceOnceCell<Py<PyTuple>> = RaceOnceCell::new();
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_string_lossy().into_owned());
    }
    let py = value.py();
    let classes = CLASSES.get(py, || {
        let module = py.import("ipaddress")?;
        let names = ["IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network"];
        let classes: PyResult<Vec<_>> = names.iter().map(|name| module.getattr(*name)).collect();
        Ok(PyTuple::new(py, classes?)?.unbind())
    })?;
    if value.is_instance(classes.bind(py))? {
        return Ok(value.str()?.to_string_lossy().into_owned());
    }
    Err(wrong_type(Place::argument(argument), expected, value))
}

fn address_ranges(ranges: &Bound<'_, PyAny>, argument: &str) -> PyResult<AddressRanges> {
    const WANTED: &str = "an iterable of str or of objects of ipaddress";
    // A text or a network is iterable too, and would be split into its parts.
    let lone = ranges.cast::<PyString>().is_ok() || text_of_address(ranges, argument, WANTED).is_ok();
    let items = if lone { None } else { ranges.try_iter().ok() };
    let items = items.ok_or_else(|| wrong_type(Place::argument(argument), WANTED, ranges))?;
    let mut parsed = Vec::new();
    for item in items {
        let text = text_of_address(&item?, argument, WANTED)?;
        parsed.push(text.parse::<linkwa::AddressRange>().map_err(|error| raise(ranges.py(), &error))?);
    }
    Ok(parsed.into_iter().collect())
}

fn texts(ranges: &AddressRanges) -> Vec<String> {
    ranges.iter().map(|range| range.to_string()).collect()
}

fn list(ranges: &AddressRanges) -> String {
    let items: Vec<_> = texts(ranges).iter().map(|range| format!("'{range}'")).collect();
    format!("[{}]", items.join(", "))
}

/// The required headers.
fn wanted_headers(headers: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let wrong = || PyTypeError::new_err("argument 'headers' must be a mapping of str to str");
    let items = headers.getattr_opt("items")?.ok_or_else(wrong)?;
    // An unreadable value is not named in the error: it may be a credential.
    items.call0()?.try_iter()?.map(|pair| pair?.extract().map_err(|_| wrong())).collect()
}

/// Names and values of headers, one line each, in the order received.
fn lines(headers: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Vec<u8>)>> {
    let place = Place::argument("headers");
    let wrong = |value: &Bound<'_, PyAny>| wrong_type(place, "a mapping, or pairs, of str or bytes", value);
    // Mappings, and the multi-mappings of web frameworks, whose items repeat the name of a repeated header.
    let pairs = match headers.getattr_opt("items")? {
        Some(items) => items.call0()?,
        None => headers.clone(),
    };
    let Ok(pairs) = pairs.try_iter() else { return Err(wrong(headers)) };
    let mut lines = Vec::new();
    for pair in pairs {
        let pair = pair?;
        let Ok((name, value)) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>() else {
            return Err(wrong(&pair));
        };
        let (Some(name_bytes), Some(value_bytes)) = (header_bytes(&name)?, header_bytes(&value)?) else {
            let is_name = header_bytes(&name)?.is_none();
            return Err(wrong(if is_name { &name } else { &value }));
        };
        lines.push((String::from_utf8_lossy(&name_bytes).into_owned(), value_bytes));
    }
    Ok(lines)
}

/// The bytes of a header's name or value; `None` for other types than str and bytes.
fn header_bytes(text: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(bytes) = text.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    let Ok(text) = text.cast::<PyString>() else { return Ok(None) };
    if let Some(ascii) = text.to_cow().ok().filter(|text| text.is_ascii()) {
        return Ok(Some(ascii.into_owned().into_bytes()));
    }
    // Servers decode each byte as one character (PEP 3333, ASGI), so this restores the bytes. A text with other
    // characters does not come from a server.
    let encode = |encoding, errors| text.call_method1("encode", (encoding, errors));
    let bytes = encode("latin-1", "strict").or_else(|_| encode("utf-8", "surrogatepass"))?;
    Ok(Some(bytes.cast_into::<PyBytes>()?.as_bytes().to_vec()))
}

/// A number of bytes, at least 0. A number that is too large becomes the largest.
fn length(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<usize> {
    if value.is_instance_of::<PyInt>() && value.gt(u64::MAX)? {
        return Ok(usize::MAX);
    }
    Ok(usize::try_from(u64::read(value, place)?).unwrap_or(usize::MAX))
}
