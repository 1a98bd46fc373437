//! Whether a callback may be believed.

use std::ffi::c_char;
use std::net::IpAddr;

use linkwa::{AddressRange, CallbackGuard, Refusal};

use crate::arg::{Text, both, require, slice};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::error::ErrorOut;
use crate::out::{into_raw, room};
use crate::panic::{panic_boundary, panic_boundary_or, panic_boundary_status};
use crate::status::{linkwa_status, words};

/// Decides whether a callback may be believed: by the address it came from, the credentials that came with it, and its
/// size. Anyone can post to a callback URL, and no signature is known, so this is all there is to go by.
///
/// It does no I/O: give linkwa_callback_guard_check() what the HTTP server knows, before the body is read or parsed. A
/// new guard believes LINK's addresses (rule N-1) and bodies of up to 256 KiB (rule C-7); whatever else is set is
/// needed as well.
///
/// Behind a proxy that is trusted, the sender is the right-most address in X-Forwarded-For or Forwarded (RFC 7239) that
/// is not itself a trusted proxy's; what stands left of it anybody can have written. From any other peer both headers
/// are ignored. The proxy must append to the header or replace it: one that passes it on unchanged makes the sender's
/// own word believed. If both headers are there they must agree, else the callback is refused; say which one to read
/// with linkwa_callback_guard_only_x_forwarded_for() or linkwa_callback_guard_only_forwarded().
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_callback_guard(Builder<Setting>);

/// The core's guard, and the lists that it was given, because they grow.
#[derive(Debug)]
struct Setting {
    guard: CallbackGuard,
    ranges: Vec<AddressRange>,
    proxies: Vec<AddressRange>,
}

/// A guard that is changed.
pub(crate) type MutGuard<'a> = Option<&'a mut linkwa_callback_guard>;

/// A header of an HTTP request: a line of it. Its layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_header<'a> {
    /// The name, in any case.
    pub name: Text<'a>,
    /// The value: bytes, which need not be UTF-8.
    pub value: Text<'a>,
}

/// Why a callback is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_refusal {
    /// It may be believed. No other number says so.
    LINKWA_REFUSAL_NONE = 0,
    /// The sender's address is not one of the gateway's.
    LINKWA_REFUSAL_ADDRESS = 1,
    /// A trusted proxy does not say who the sender is, not readably, or not in agreement with itself.
    LINKWA_REFUSAL_FORWARDED = 2,
    /// Basic authentication is missing, unreadable or wrong.
    LINKWA_REFUSAL_CREDENTIALS = 3,
    /// A header that is asked for is missing, there twice, or has another value.
    LINKWA_REFUSAL_HEADER = 4,
    /// The body is too large.
    LINKWA_REFUSAL_TOO_LARGE = 5,
    /// Nothing could be decided: an argument or the guard is not in order. See linkwa_callback_guard_ready().
    LINKWA_REFUSAL_UNUSABLE = 6,
}

/// A number that C gives where a [`linkwa_refusal`] belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct RefusalNumber(u32);

/// How many bytes the text of an address needs at most, the NUL behind it included.
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
            _ => Self::LINKWA_REFUSAL_UNUSABLE,
        }
    }
}

/// A range that C gives.
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

/// The word of a refusal: "none", "address", "too_large". NULL for an unknown number.
///
/// The text is always there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_refusal_name(refusal: RefusalNumber) -> Text<'static> {
    panic_boundary(|| linkwa_refusal::word(refusal.0))
}

/// A guard that believes LINK's addresses and bodies of up to 256 KiB, to be freed with linkwa_callback_guard_free().
/// NULL only after an internal error.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_new() -> Option<Box<linkwa_callback_guard>> {
    panic_boundary(|| {
        let setting = Setting { guard: CallbackGuard::new(), ranges: Vec::new(), proxies: Vec::new() };
        into_raw(linkwa_callback_guard(Builder::new(setting)))
    })
}

/// Addresses to believe: one ("192.0.2.1"), a network ("192.0.2.0/24", "2001:db8::/32"), or from a first to a last one
/// ("192.0.2.1-192.0.2.9"). The first call replaces LINK's addresses, each further one adds.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
/// LINKWA_INVALID_CONFIG if `range` is none of the above.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_add_range(guard: MutGuard<'_>, range: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change_setting(guard, self::range(range), |mut setting, range| {
            setting.ranges.push(range);
            Setting { guard: setting.guard.ranges(setting.ranges.iter().copied().collect()), ..setting }
        })
    })
}

/// Believes every address. Then only credentials tell the gateway from anybody else. (A later
/// linkwa_callback_guard_add_range() takes it back.)
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_any_address(guard: MutGuard<'_>) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(()), |guard, ()| guard.any_address()))
}

/// Proxies that callbacks come through, written as for linkwa_callback_guard_add_range(); none by default, and each
/// call adds. A callback from one of them that does not say whom the proxy was called by is refused.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
/// LINKWA_INVALID_CONFIG if `range` is no address, network or range.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_add_trusted_proxy(guard: MutGuard<'_>, range: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change_setting(guard, self::range(range), |mut setting, range| {
            setting.proxies.push(range);
            Setting { guard: setting.guard.trusted_proxies(setting.proxies.iter().copied().collect()), ..setting }
        })
    })
}

/// Trusted proxies speak through X-Forwarded-For; Forwarded is ignored.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_only_x_forwarded_for(guard: MutGuard<'_>) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(()), |guard, ()| guard.only_x_forwarded_for()))
}

/// Trusted proxies speak through Forwarded (RFC 7239); X-Forwarded-For is ignored.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_only_forwarded(guard: MutGuard<'_>) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(()), |guard, ()| guard.only_forwarded()))
}

/// Asks for Basic authentication with this username and password. They are compared in constant time and never printed.
/// An empty password, as of a variable that is not set, lets nobody in.
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

/// Asks for a header of this name (in any case) and value, exactly once. White space around the value does not count;
/// the value is compared in constant time and never printed. An empty one, as of a variable that is not set, lets
/// nobody in. Several names are all needed; a name given again has the later value.
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

/// The largest body to take, in bytes; 256 KiB by default, more than which linkwa_callback_parse() refuses anyway (rule
/// C-7).
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_max_body(guard: MutGuard<'_>, bytes: usize) -> linkwa_status {
    panic_boundary(|| change(guard, Ok(bytes), CallbackGuard::max_body))
}

/// Whether all that was set is in order: LINKWA_OK, or the first thing that went wrong, with which
/// linkwa_callback_guard_check() believes nothing. Ask once, when the guard is set up.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL; else those of the functions that set it up.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_ready(
    guard: Option<&linkwa_callback_guard>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_status(err, || require(guard, "guard")?.0.get().map(|_| ()))
}

/// Decides whether a callback may be believed. ONLY LINKWA_REFUSAL_NONE MEANS YES: compare with it, and refuse the
/// callback whatever other number comes.
///
/// `peer` is the address of the other end of the connection, IPv4 or IPv6 without a port, as inet_ntop() writes it.
/// `headers` are the request's, `headers_len` of them, in the order in which they came, a line each; it may be NULL if
/// there are none. `body_len` is the body's length in bytes. If several things are wrong, the sender comes first, then
/// credentials, headers and size.
///
/// Names and values end at their first NUL. A server that lets NUL bytes through in headers must refuse such a request
/// itself: the guard sees only what stands before them.
///
/// `sender`, if it is not NULL, is room for LINKWA_ADDRESS_SIZE bytes: with LINKWA_REFUSAL_NONE the address that the
/// callback came from is written there, ended by NUL; an IPv4 address that is written as IPv6 comes back as IPv4.
/// Otherwise nothing is written.
///
/// Errors: LINKWA_REFUSAL_UNUSABLE if `guard`, `peer`, or a header's name or value is NULL, `headers` is NULL and
/// `headers_len` is not 0, `peer` is no address, a name is not UTF-8, something went wrong when the guard was set up
/// (see linkwa_callback_guard_ready()), or after an internal error.
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

/// What the core's guard says of what C gives.
fn decide(
    guard: Option<&linkwa_callback_guard>,
    peer: Text<'_>,
    headers: *const linkwa_header<'_>,
    headers_len: usize,
    body_len: usize,
) -> Result<Result<IpAddr, Refusal>, BindingError> {
    let guard = require(guard, "guard")?;
    let peer: IpAddr = peer.get("peer")?.parse().map_err(|_| BindingError::argument("`peer` is no address"))?;
    let headers = if headers_len == 0 { &[] } else { slice(headers, headers_len, "headers")? };
    let lines = headers.iter().map(|header| Ok((header.name.get("name")?, header.value.bytes("value")?)));
    let lines = lines.collect::<Result<Vec<_>, BindingError>>()?;
    Ok(guard.0.get()?.guard.check(peer, lines, body_len))
}

/// Frees a guard. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_free(guard: Option<Box<linkwa_callback_guard>>) {
    panic_boundary(|| drop(guard));
}
