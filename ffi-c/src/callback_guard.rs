//! Authenticates callbacks.

use std::ffi::{c_char, c_void};
use std::net::IpAddr;

use linkwa::{AddressRange, CallbackGuard, Event, Refusal};

use crate::arg::{Text, both, require, slice};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::error::ErrorOut;
use crate::observer::{ObserverFunction, linkwa_observer};
use crate::out::{into_raw, room};
use crate::panic::{panic_boundary, panic_boundary_or, panic_boundary_status};
use crate::status::{linkwa_status, words};

/// Decides whether a callback comes from the gateway: by the address it came from, the credentials it carries, and its
/// size. Anyone can post to a callback URL, and LINK does not document a signature, so these checks are the protection.
///
/// The guard does no I/O: give linkwa_callback_guard_check() what the HTTP server knows, before you read or parse the
/// body. A new guard accepts LINK's addresses and bodies of up to 256 KiB. Every further check that you set must pass
/// as well.
///
/// Behind a trusted proxy, the sender is the right-most address in X-Forwarded-For or Forwarded (RFC 7239) that is not
/// itself a trusted proxy. Addresses to the left of it can be forged. From any other peer both headers are ignored. The
/// proxy must append to the header or replace it: if it passes the header on unchanged, a sender can claim any address.
/// If both headers are there they must agree, or the callback is refused; choose one with
/// linkwa_callback_guard_only_x_forwarded_for() or linkwa_callback_guard_only_forwarded().
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_callback_guard(Builder<Setting>);

/// Core's guard, and the lists that it is given, because they grow.
#[derive(Debug)]
struct Setting {
    guard: CallbackGuard,
    ranges: Vec<AddressRange>,
    proxies: Vec<AddressRange>,
}

/// A guard to change.
pub(crate) type MutGuard<'a> = Option<&'a mut linkwa_callback_guard>;

/// One header line of an HTTP request. Its layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_header<'a> {
    /// The name, in upper or lower case.
    pub name: Text<'a>,
    /// The value: bytes, which need not be UTF-8.
    pub value: Text<'a>,
}

/// Why a callback is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_refusal {
    /// The callback is accepted. No other number means that.
    LINKWA_REFUSAL_NONE = 0,
    /// The sender's address is not in the accepted ranges.
    LINKWA_REFUSAL_ADDRESS = 1,
    /// A trusted proxy's header is missing, cannot be read, or contradicts another one.
    LINKWA_REFUSAL_FORWARDED = 2,
    /// Basic authentication is missing, unreadable or wrong.
    LINKWA_REFUSAL_CREDENTIALS = 3,
    /// A required header is missing, occurs twice, or has another value.
    LINKWA_REFUSAL_HEADER = 4,
    /// The body is too large.
    LINKWA_REFUSAL_TOO_LARGE = 5,
    /// No decision is possible: an argument or the guard is invalid. See linkwa_callback_guard_ready().
    LINKWA_REFUSAL_UNUSABLE = 6,
}

/// A [`linkwa_refusal`] from C, which may be any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct RefusalNumber(u32);

/// The size of the longest address text in bytes, with the terminating NUL.
pub const LINKWA_ADDRESS_SIZE: usize = 46;

words! {
    linkwa_refusal {
        LINKWA_REFUSAL_NONE = c"none",
        LINKWA_REFUSAL_ADDRESS = c"address",
        LINKWA_REFUSAL_FORWARDED = c"forwarded",
        LINKWA_REFUSAL_CREDENTIALS = c"credentials",
        LINKWA_REFUSAL_HEADER = c"header",
        LINKWA_REFUSAL_TOO_LARGE = c"too_large",
        LINKWA_REFUSAL_UNUSABLE = c"unusable",
    }
}

impl From<Refusal> for linkwa_refusal {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Address => Self::LINKWA_REFUSAL_ADDRESS,
            Refusal::Forwarded => Self::LINKWA_REFUSAL_FORWARDED,
            Refusal::Credentials => Self::LINKWA_REFUSAL_CREDENTIALS,
            Refusal::Header => Self::LINKWA_REFUSAL_HEADER,
            Refusal::TooLarge => Self::LINKWA_REFUSAL_TOO_LARGE,
            // Nothing is left: see the assertion.
            _ => Self::LINKWA_REFUSAL_UNUSABLE,
        }
    }
}

const _: () = assert!(linkwa_refusal::WORDS.len() == Refusal::ALL.len() + 2, "a refusal has no number in C");

/// A range from C.
fn range(text: Text<'_>) -> Result<AddressRange, BindingError> {
    Ok(text.get("range")?.parse::<AddressRange>()?)
}

fn change_setting<A>(
    guard: MutGuard<'_>,
    arguments: Result<A, BindingError>,
    change: impl FnOnce(Setting, A) -> Setting,
) -> linkwa_status {
    guard.map_or(linkwa_status::LINKWA_INVALID_ARGUMENT, |guard| guard.0.update(arguments, change))
}

/// Changes core's guard.
fn change<A>(
    guard: MutGuard<'_>,
    arguments: Result<A, BindingError>,
    change: impl FnOnce(CallbackGuard, A) -> CallbackGuard,
) -> linkwa_status {
    change_setting(guard, arguments, |setting, arguments| Setting {
        guard: change(setting.guard, arguments),
        ..setting
    })
}

/// Returns the word for a refusal: "none", "address", "too_large". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_refusal_name(refusal: RefusalNumber) -> Text<'static> {
    panic_boundary(|| linkwa_refusal::word(refusal.0))
}

/// Makes a guard that accepts LINK's addresses and bodies of up to 256 KiB. Free it with linkwa_callback_guard_free().
/// Returns NULL only after an internal error.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_new() -> Option<Box<linkwa_callback_guard>> {
    panic_boundary(|| {
        let setting = Setting { guard: CallbackGuard::new(), ranges: Vec::new(), proxies: Vec::new() };
        into_raw(linkwa_callback_guard(Builder::new(setting)))
    })
}

/// Adds addresses to accept: one ("192.0.2.1"), a network ("192.0.2.0/24", "2001:db8::/32"), or a range
/// ("192.0.2.1-192.0.2.9"). The first call replaces LINK's addresses; each further call adds to them.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
/// LINKWA_INVALID_CONFIG if `range` has another form.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_add_range(guard: MutGuard<'_>, range: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change_setting(guard, self::range(range), |mut setting, range| {
            setting.ranges.push(range);
            Setting { guard: setting.guard.ranges(setting.ranges.iter().copied().collect()), ..setting }
        })
    })
}

/// Accepts every address. Then only credentials distinguish the gateway from other senders. A later
/// linkwa_callback_guard_add_range() limits the addresses again.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_any_address(guard: MutGuard<'_>) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(()), |guard, ()| guard.any_address()))
}

/// Adds proxies that callbacks come through, in the forms of linkwa_callback_guard_add_range(). Each call adds; by
/// default there is no trusted proxy. A callback that comes from a trusted proxy is refused if its headers do not name
/// the sender.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
/// LINKWA_INVALID_CONFIG if `range` is not an address, network or range.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_add_trusted_proxy(guard: MutGuard<'_>, range: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change_setting(guard, self::range(range), |mut setting, range| {
            setting.proxies.push(range);
            Setting { guard: setting.guard.trusted_proxies(setting.proxies.iter().copied().collect()), ..setting }
        })
    })
}

/// Reads the sender from the X-Forwarded-For of trusted proxies only, and ignores Forwarded.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_only_x_forwarded_for(guard: MutGuard<'_>) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(()), |guard, ()| guard.only_x_forwarded_for()))
}

/// Reads the sender from the Forwarded (RFC 7239) of trusted proxies only, and ignores X-Forwarded-For.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_only_forwarded(guard: MutGuard<'_>) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(()), |guard, ()| guard.only_forwarded()))
}

/// Requires Basic authentication with this username and password. They are compared in constant time and never printed.
/// An empty password, such as that of an unset variable, refuses every callback.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_basic(
    guard: MutGuard<'_>,
    username: Text<'_>,
    password: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(username.get("username"), password.get("password"));
        change(guard, arguments, |guard, (username, password)| guard.basic(username, password))
    })
}

/// Requires a header with this name (in any case) and value, exactly once. White space around the value is ignored. The
/// value is compared in constant time and never printed. An empty value, such as that of an unset variable, refuses
/// every callback. If you set several names, all are required; setting a name again replaces its value.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_header(
    guard: MutGuard<'_>,
    name: Text<'_>,
    value: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(name.get("name"), value.get("value"));
        change(guard, arguments, |guard, (name, value)| guard.header(name, value))
    })
}

/// Sets the largest accepted body in bytes: 256 KiB by default. linkwa_callback_parse() always refuses larger ones.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_max_body(guard: MutGuard<'_>, bytes: usize) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(bytes), CallbackGuard::max_body))
}

/// Sets your function that receives each decision of linkwa_callback_guard_check() before it returns:
/// LINKWA_OBSERVED_CALLBACK_ACCEPTED, or LINKWA_OBSERVED_CALLBACK_REFUSED with its `refusal`. The event has nothing of the
/// callback. A check that returns LINKWA_REFUSAL_UNUSABLE decides nothing. NULL sets none, which is the default. Another
/// call replaces the function.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_observer(
    guard: MutGuard<'_>,
    observer: linkwa_observer,
    user_data: *mut c_void,
) -> linkwa_status {
    panic_boundary(|| {
        let observer = ObserverFunction::new(observer, user_data);
        change(guard, Ok(observer), |guard, observer| match observer {
            Some(observer) => guard.observer(observer.always()),
            None => guard.observer(|_: &Event| ()),
        })
    })
}

/// Returns LINKWA_OK if every setting is valid, or the first error. With an error linkwa_callback_guard_check() refuses
/// every callback. Call this once, after you have set up the guard.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL; LINKWA_INVALID_CONFIG if the password or the value of a header is
/// empty, as that of an unset variable; else those of the functions that set it up.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_ready(
    guard: Option<&linkwa_callback_guard>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_status(err, || Ok(require(guard, "guard")?.0.get()?.guard.ready()?))
}

/// Decides whether to accept a callback. ONLY LINKWA_REFUSAL_NONE MEANS YES: compare with it, and refuse the callback
/// for every other number.
///
/// `peer` is the address of the other end of the connection, IPv4 or IPv6 without a port, as inet_ntop() writes it.
/// `headers` are the `headers_len` header lines of the request, in the order received. It may be NULL if `headers_len`
/// is 0. `body_len` is the body's length in bytes. If several checks fail, the result is the first of: sender,
/// credentials, headers, size.
///
/// Names and values end at their first NUL. If your server accepts NUL bytes in headers, refuse such requests yourself:
/// the guard sees only what stands before the NUL.
///
/// `sender`, if it is not NULL, points to LINKWA_ADDRESS_SIZE bytes. With LINKWA_REFUSAL_NONE the address that the
/// callback came from is written there, ended by NUL; an IPv4 address in IPv6 notation is written as IPv4. Otherwise
/// nothing is written.
///
/// Returns LINKWA_REFUSAL_UNUSABLE if `guard`, `peer`, or a header's name or value is NULL, `headers` is NULL and
/// `headers_len` is not 0, `peer` is not an address, a name is not UTF-8, a setting of the guard is invalid (see
/// linkwa_callback_guard_ready()), or after an internal error.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_check(
    guard: Option<&linkwa_callback_guard>,
    peer: Text<'_>,
    headers: *const linkwa_header<'_>,
    headers_len: usize,
    body_len: usize,
    sender: *mut c_char,
) -> linkwa_refusal {
    panic_boundary_or(linkwa_refusal::LINKWA_REFUSAL_UNUSABLE, || {
        let decided = decide(guard, peer, headers, headers_len, body_len);
        match decided {
            Ok(Ok(address)) => {
                let text = address.to_string();
                let bytes = text.bytes().chain([0]);
                let places = room(sender, LINKWA_ADDRESS_SIZE).into_iter().flatten();
                places.zip(bytes).for_each(|(place, byte)| {
                    place.write(byte);
                });
                linkwa_refusal::LINKWA_REFUSAL_NONE
            }
            Ok(Err(refusal)) => refusal.into(),
            Err(_) => linkwa_refusal::LINKWA_REFUSAL_UNUSABLE,
        }
    })
}

/// Core's decision about the arguments from C.
fn decide(
    guard: Option<&linkwa_callback_guard>,
    peer: Text<'_>,
    headers: *const linkwa_header<'_>,
    headers_len: usize,
    body_len: usize,
) -> Result<Result<IpAddr, Refusal>, BindingError> {
    let guard = require(guard, "guard")?;
    let peer: IpAddr = peer.get("peer")?.parse().map_err(|_| BindingError::argument("`peer` is not an IP address"))?;
    let headers = if headers_len == 0 { &[] } else { slice(headers, headers_len, "headers")? };
    let lines = headers.iter().map(|header| Ok((header.name.get("name")?, header.value.bytes("value")?)));
    let lines = lines.collect::<Result<Vec<_>, BindingError>>()?;
    Ok(guard.0.get()?.guard.check(peer, lines, body_len))
}

/// Frees a guard. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_free(guard: Option<Box<linkwa_callback_guard>>) {
    panic_boundary(|| drop(guard));
}
