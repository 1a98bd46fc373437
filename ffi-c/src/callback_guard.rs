//! Whether a callback may be believed.

use std::ffi::c_char;
use std::net::IpAddr;

use linkwa::{AddressRange, CallbackGuard, Refusal};

use crate::guard::{self, ErrPlace};
use crate::handle::{Draft, Failure, Problem, Text, both, given, hand_over, room, set, slice};
use crate::status::{linkwa_status, words};

/// Decides whether a callback may be believed: by the address it came from, the credentials that came with it, and its
/// size. Anyone can post to a callback URL, and no signature is known, so this is all there is to go by. Threads may
/// share it.
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
#[derive(Debug)]
pub struct linkwa_callback_guard(Draft<Setting>);

/// The core's guard, and the lists that it was given, because they grow.
#[derive(Clone, Debug)]
struct Setting {
    guard: CallbackGuard,
    ranges: Vec<AddressRange>,
    proxies: Vec<AddressRange>,
}

/// A guard that is changed: `const` would be no help to C.
pub(crate) type MutGuard<'a> = Option<&'a linkwa_callback_guard>;

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
fn range(text: Text<'_>) -> Result<AddressRange, Failure> {
    Ok(text.get("range")?.parse::<AddressRange>()?)
}

/// Changes the core's guard.
fn change<A: Clone>(
    guard: MutGuard<'_>,
    arguments: Result<A, Problem>,
    change: impl Fn(CallbackGuard, A) -> CallbackGuard,
) -> linkwa_status {
    set(
        guard,
        |guard| &guard.0,
        arguments,
        |setting, arguments| Setting { guard: change(setting.guard, arguments), ..setting },
    )
}

/// The word of a refusal: "none", "address", "too_large". NULL for a number that is none.
///
/// Any thread may call it. The text is always there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_refusal_name(refusal: RefusalNumber) -> Text<'static> {
    guard::plain(|| linkwa_refusal::word(refusal.0))
}

/// A guard that believes LINK's addresses and bodies of up to 256 KiB, to be freed with linkwa_callback_guard_free().
/// NULL only after an internal error.
///
/// Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_new() -> Option<Box<linkwa_callback_guard>> {
    guard::plain(|| {
        let setting = Setting { guard: CallbackGuard::new(), ranges: Vec::new(), proxies: Vec::new() };
        hand_over(linkwa_callback_guard(Draft::new(setting)))
    })
}

/// Addresses to believe: one ("192.0.2.1"), a network ("192.0.2.0/24", "2001:db8::/32"), or from a first to a last one
/// ("192.0.2.1-192.0.2.9"). The first call replaces LINK's addresses, each further one adds.
///
/// Threads may share the guard.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
/// LINKWA_INVALID_CONFIG if `range` is none of the above.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_add_range(guard: MutGuard<'_>, range: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        set(
            guard,
            |guard| &guard.0,
            self::range(range),
            |mut setting, range| {
                setting.ranges.push(range);
                Setting { guard: setting.guard.ranges(setting.ranges.iter().copied().collect()), ..setting }
            },
        )
    })
}

/// Believes every address. Then only credentials tell the gateway from anybody else. (A later
/// linkwa_callback_guard_add_range() takes it back.)
///
/// Threads may share the guard.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_any_address(guard: MutGuard<'_>) -> linkwa_status {
    guard::plain(|| change(guard, Ok(()), |guard, ()| guard.any_address()))
}

/// Proxies that callbacks come through, written as for linkwa_callback_guard_add_range(); none by default, and each
/// call adds. A callback from one of them that does not say whom the proxy was called by is refused.
///
/// Threads may share the guard.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
/// LINKWA_INVALID_CONFIG if `range` is no address, network or range.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_add_trusted_proxy(guard: MutGuard<'_>, range: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        set(
            guard,
            |guard| &guard.0,
            self::range(range),
            |mut setting, range| {
                setting.proxies.push(range);
                Setting { guard: setting.guard.trusted_proxies(setting.proxies.iter().copied().collect()), ..setting }
            },
        )
    })
}

/// Trusted proxies speak through X-Forwarded-For; Forwarded is ignored.
///
/// Threads may share the guard.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_only_x_forwarded_for(guard: MutGuard<'_>) -> linkwa_status {
    guard::plain(|| change(guard, Ok(()), |guard, ()| guard.only_x_forwarded_for()))
}

/// Trusted proxies speak through Forwarded (RFC 7239); X-Forwarded-For is ignored.
///
/// Threads may share the guard.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_only_forwarded(guard: MutGuard<'_>) -> linkwa_status {
    guard::plain(|| change(guard, Ok(()), |guard, ()| guard.only_forwarded()))
}

/// Asks for Basic authentication with this username and password. They are compared in constant time and never printed.
/// An empty password, as of a variable that is not set, lets nobody in.
///
/// Threads may share the guard.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_basic(
    guard: MutGuard<'_>,
    username: Text<'_>,
    password: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
        let arguments = both(username.get("username"), password.get("password"));
        change(guard, arguments, |guard, (username, password)| guard.basic(username, password))
    })
}

/// Asks for a header of this name (in any case) and value, exactly once. White space around the value does not count;
/// the value is compared in constant time and never printed. An empty one, as of a variable that is not set, lets
/// nobody in. Several names are all needed; a name given again has the later value.
///
/// Threads may share the guard.
///
/// Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_header(
    guard: MutGuard<'_>,
    name: Text<'_>,
    value: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
        let arguments = both(name.get("name"), value.get("value"));
        change(guard, arguments, |guard, (name, value)| guard.header(name, value))
    })
}

/// The largest body to take, in bytes; 256 KiB by default, more than which linkwa_callback_parse() refuses anyway (rule
/// C-7).
///
/// Threads may share the guard.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_set_max_body(guard: MutGuard<'_>, bytes: usize) -> linkwa_status {
    guard::plain(|| change(guard, Ok(bytes), CallbackGuard::max_body))
}

/// Whether all that was set is in order: LINKWA_OK, or the first thing that went wrong, with which
/// linkwa_callback_guard_check() believes nothing. Ask once, when the guard is set up.
///
/// Threads may share the guard.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL; else those of the functions that set it up.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_ready(
    guard: Option<&linkwa_callback_guard>,
    err: ErrPlace<'_>,
) -> linkwa_status {
    guard::status(err, || given(guard, "guard")?.0.read(|_| ()))
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
/// Threads may share the guard.
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
    guard::or(linkwa_refusal::LINKWA_REFUSAL_UNUSABLE, || {
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
) -> Result<Result<IpAddr, Refusal>, Failure> {
    let guard = given(guard, "guard")?;
    let peer: IpAddr = peer.get("peer")?.parse().map_err(|_| Problem::new("`peer` is no address"))?;
    let headers = if headers_len == 0 { &[] } else { slice(headers, headers_len, "headers")? };
    let lines = headers.iter().map(|header| Ok((header.name.get("name")?, header.value.bytes("value")?)));
    let lines = lines.collect::<Result<Vec<_>, Problem>>()?;
    guard.0.read(|setting| setting.guard.check(peer, lines, body_len))
}

/// Frees a guard. NULL is fine.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_callback_guard_free(guard: Option<Box<linkwa_callback_guard>>) {
    guard::plain(|| drop(guard));
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;
    use crate::handle::written;

    const LINK: &CStr = c"195.84.162.34";
    const OTHER: &CStr = c"192.0.2.9";
    const OK: linkwa_status = linkwa_status::LINKWA_OK;
    const ARGUMENT: linkwa_status = linkwa_status::LINKWA_INVALID_ARGUMENT;
    const CONFIG: linkwa_status = linkwa_status::LINKWA_INVALID_CONFIG;

    #[expect(clippy::unnecessary_box_returns, reason = "it is what C has")]
    fn guard() -> Box<linkwa_callback_guard> {
        linkwa_callback_guard_new().expect("a guard")
    }

    /// What it says to a callback, and the sender that it writes.
    fn check_of(
        guard: &linkwa_callback_guard,
        peer: &CStr,
        headers: &[(&CStr, &CStr)],
        body_len: usize,
    ) -> (linkwa_refusal, Option<String>) {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| linkwa_header { name: Text::new(name), value: Text::new(value) })
            .collect();
        raw_check(Some(guard), Text::new(peer), &headers, body_len)
    }

    fn raw_check(
        guard: Option<&linkwa_callback_guard>,
        peer: Text<'_>,
        headers: &[linkwa_header<'_>],
        body_len: usize,
    ) -> (linkwa_refusal, Option<String>) {
        // One more, to see that nobody writes there.
        let mut sender = [7_u8; LINKWA_ADDRESS_SIZE + 1];
        let place = sender.as_mut_ptr().cast();
        let refusal = linkwa_callback_guard_check(guard, peer, headers.as_ptr(), headers.len(), body_len, place);
        let bare =
            linkwa_callback_guard_check(guard, peer, headers.as_ptr(), headers.len(), body_len, std::ptr::null_mut());
        assert_eq!(refusal, bare);
        assert_eq!(sender[LINKWA_ADDRESS_SIZE], 7);
        if refusal != linkwa_refusal::LINKWA_REFUSAL_NONE {
            assert_eq!(sender, [7; LINKWA_ADDRESS_SIZE + 1], "written without need");
            return (refusal, None);
        }
        let sender = CStr::from_bytes_until_nul(&sender).expect("an end");
        (refusal, Some(sender.to_str().expect("ASCII").to_owned()))
    }

    fn check(guard: &linkwa_callback_guard, peer: &CStr, headers: &[(&CStr, &CStr)]) -> linkwa_refusal {
        check_of(guard, peer, headers, 10).0
    }

    #[test]
    fn the_words_are_those_of_the_core() {
        for (refusal, number) in [
            (Refusal::Address, 1),
            (Refusal::Forwarded, 2),
            (Refusal::Credentials, 3),
            (Refusal::Header, 4),
            (Refusal::TooLarge, 5),
        ] {
            assert_eq!(linkwa_refusal::from(refusal) as u32, number);
            let word = linkwa_refusal_name(RefusalNumber(number));
            assert_eq!(word.get("word").ok(), Some(refusal.as_str()));
        }
        assert_eq!(linkwa_refusal_name(RefusalNumber(0)).get("word").ok(), Some("none"));
        assert_eq!(linkwa_refusal_name(RefusalNumber(6)).get("word").ok(), Some("unusable"));
        assert_eq!(linkwa_refusal_name(RefusalNumber(7)).address(), 0);
    }

    #[test]
    fn a_new_guard_believes_link_and_bodies_that_can_be_read() {
        let guard = guard();
        let believed = |address: &str| (linkwa_refusal::LINKWA_REFUSAL_NONE, Some(address.to_owned()));
        assert_eq!(check_of(&guard, LINK, &[], 256 * 1024), believed("195.84.162.34"));
        assert_eq!(check_of(&guard, c"::ffff:195.84.162.34", &[], 0), believed("195.84.162.34"));
        assert_eq!(check_of(&guard, LINK, &[], 256 * 1024 + 1).0, linkwa_refusal::LINKWA_REFUSAL_TOO_LARGE);
        assert_eq!(check(&guard, OTHER, &[]), linkwa_refusal::LINKWA_REFUSAL_ADDRESS);
        assert_eq!(check(&guard, OTHER, &[(c"X-Forwarded-For", LINK)]), linkwa_refusal::LINKWA_REFUSAL_ADDRESS);
        assert_eq!(linkwa_callback_guard_set_max_body(Some(&guard), 9), OK);
        assert_eq!(check(&guard, LINK, &[]), linkwa_refusal::LINKWA_REFUSAL_TOO_LARGE);
        linkwa_callback_guard_free(Some(guard));
    }

    #[test]
    fn the_first_range_replaces_links_and_the_others_add() {
        use linkwa_refusal::{LINKWA_REFUSAL_ADDRESS, LINKWA_REFUSAL_NONE};

        let guard = guard();
        let g = Some(&*guard);
        let longest = c"1111:2222:3333:4444:5555:6666:7777:8888";
        assert_eq!(linkwa_callback_guard_add_range(g, Text::new(c"192.0.2.0/28")), OK);
        assert_eq!(check(&guard, LINK, &[]), LINKWA_REFUSAL_ADDRESS);
        assert_eq!(check(&guard, longest, &[]), LINKWA_REFUSAL_ADDRESS);
        assert_eq!(linkwa_callback_guard_add_range(g, Text::new(c"1111::/16")), OK);
        assert_eq!(check(&guard, OTHER, &[]), LINKWA_REFUSAL_NONE);
        let wanted = (LINKWA_REFUSAL_NONE, Some("1111:2222:3333:4444:5555:6666:7777:8888".to_owned()));
        assert_eq!(check_of(&guard, longest, &[], 0), wanted);
        assert_eq!(check(&guard, LINK, &[]), LINKWA_REFUSAL_ADDRESS);
        assert_eq!(linkwa_callback_guard_any_address(g), OK);
        assert_eq!(check(&guard, LINK, &[]), LINKWA_REFUSAL_NONE);
        assert_eq!(linkwa_callback_guard_add_range(g, Text::new(c"198.51.100.1-198.51.100.9")), OK);
        assert_eq!(check(&guard, LINK, &[]), LINKWA_REFUSAL_ADDRESS);
        assert_eq!(check(&guard, OTHER, &[]), LINKWA_REFUSAL_NONE);
    }

    #[test]
    fn trusted_proxies_say_who_the_sender_is() {
        use linkwa_refusal::{LINKWA_REFUSAL_FORWARDED, LINKWA_REFUSAL_NONE};

        let guard = guard();
        let g = Some(&*guard);
        for proxy in [c"10.0.0.1", c"10.0.1.0/24"] {
            assert_eq!(linkwa_callback_guard_add_trusted_proxy(g, Text::new(proxy)), OK);
        }
        let by_x = (c"x-forwarded-FOR", c"203.0.113.1, 195.84.162.34, 10.0.1.7");
        let by_forwarded = (c"Forwarded", c"for=195.84.162.16");
        for proxy in [c"10.0.0.1", c"10.0.1.200"] {
            let wanted = (LINKWA_REFUSAL_NONE, Some("195.84.162.34".to_owned()));
            assert_eq!(check_of(&guard, proxy, &[by_x], 0), wanted);
            assert_eq!(check(&guard, proxy, &[]), LINKWA_REFUSAL_FORWARDED);
            assert_eq!(check(&guard, proxy, &[by_x, by_forwarded]), LINKWA_REFUSAL_FORWARDED);
        }
        assert_eq!(linkwa_callback_guard_only_x_forwarded_for(g), OK);
        let sender = |headers: &[(&CStr, &CStr)]| check_of(&guard, c"10.0.0.1", headers, 0).1;
        assert_eq!(sender(&[by_x, by_forwarded]).as_deref(), Some("195.84.162.34"));
        assert_eq!(linkwa_callback_guard_only_forwarded(g), OK);
        assert_eq!(sender(&[by_x, by_forwarded]).as_deref(), Some("195.84.162.16"));
    }

    #[test]
    fn credentials_and_headers_are_needed_once_they_are_set() {
        use linkwa_refusal::{LINKWA_REFUSAL_CREDENTIALS, LINKWA_REFUSAL_HEADER, LINKWA_REFUSAL_NONE};

        let guard = guard();
        let g = Some(&*guard);
        assert_eq!(linkwa_callback_guard_set_basic(g, Text::new(c"gate"), Text::new(c"secret")), OK);
        assert_eq!(linkwa_callback_guard_set_header(g, Text::new(c"X-Key"), Text::new(c"sesame")), OK);
        let basic = (c"authorization", c"Basic Z2F0ZTpzZWNyZXQ=");
        let key = (c"x-key", c" sesame ");
        assert_eq!(check(&guard, LINK, &[basic, key]), LINKWA_REFUSAL_NONE);
        // A header of another's is bytes.
        assert_eq!(check(&guard, LINK, &[(c"X-Other", c"\xff\xfe"), basic, key]), LINKWA_REFUSAL_NONE);
        assert_eq!(check(&guard, LINK, &[key]), LINKWA_REFUSAL_CREDENTIALS);
        assert_eq!(check(&guard, LINK, &[(c"Authorization", c"Basic \xff"), key]), LINKWA_REFUSAL_CREDENTIALS);
        assert_eq!(check(&guard, LINK, &[basic]), LINKWA_REFUSAL_HEADER);
        assert_eq!(check(&guard, LINK, &[basic, key, key]), LINKWA_REFUSAL_HEADER);
        assert_eq!(check(&guard, LINK, &[basic, (c"X-Key", c"\xff")]), LINKWA_REFUSAL_HEADER);
    }

    #[test]
    fn what_went_wrong_is_remembered_and_believes_nothing() {
        type Wrong = fn(Option<&linkwa_callback_guard>) -> linkwa_status;
        let cases: [(Wrong, linkwa_status); 10] = [
            (|g| linkwa_callback_guard_add_range(g, Text::NULL), ARGUMENT),
            (|g| linkwa_callback_guard_add_range(g, Text::new(c"\xff")), ARGUMENT),
            (|g| linkwa_callback_guard_add_range(g, Text::new(c"192.0.2.0/33")), CONFIG),
            (|g| linkwa_callback_guard_add_range(g, Text::new(c"")), CONFIG),
            (|g| linkwa_callback_guard_add_trusted_proxy(g, Text::new(c"proxy")), CONFIG),
            (|g| linkwa_callback_guard_add_trusted_proxy(g, Text::NULL), ARGUMENT),
            (|g| linkwa_callback_guard_set_basic(g, Text::NULL, Text::new(c"secret")), ARGUMENT),
            (|g| linkwa_callback_guard_set_basic(g, Text::new(c"gate"), Text::NULL), ARGUMENT),
            (|g| linkwa_callback_guard_set_header(g, Text::new(c"X-Key"), Text::NULL), ARGUMENT),
            (|g| linkwa_callback_guard_set_header(g, Text::new(c"\xff"), Text::new(c"sesame")), ARGUMENT),
        ];
        for (number, (wrong, status)) in cases.into_iter().enumerate() {
            let guard = guard();
            let g = Some(&*guard);
            assert_eq!(linkwa_callback_guard_ready(g, None), OK);
            assert_eq!(wrong(g), status, "{number}");
            // Whatever comes after it.
            assert_eq!(linkwa_callback_guard_any_address(g), OK);
            assert_eq!(check(&guard, LINK, &[]), linkwa_refusal::LINKWA_REFUSAL_UNUSABLE, "{number}");
            let (ready, error) = written(|err| linkwa_callback_guard_ready(g, err));
            assert_eq!(ready, status, "{number}");
            assert_eq!(crate::error::linkwa_error_code(error.as_deref()), status, "{number}");
            assert_eq!(wrong(None), ARGUMENT, "{number}");
        }
    }

    #[test]
    fn what_is_nothing_is_not_believed() {
        const UNUSABLE: linkwa_refusal = linkwa_refusal::LINKWA_REFUSAL_UNUSABLE;
        let guard = guard();
        let g = Some(&*guard);
        let peer = Text::new(LINK);
        assert_eq!(raw_check(g, peer, &[], 0).0, linkwa_refusal::LINKWA_REFUSAL_NONE);
        assert_eq!(raw_check(None, peer, &[], 0).0, UNUSABLE);
        for peer in [c"", c"localhost", c"195.84.162.34:80", c" 195.84.162.34", c"[::1]", c"\xff"] {
            assert_eq!(raw_check(g, Text::new(peer), &[], 0).0, UNUSABLE, "{peer:?}");
        }
        assert_eq!(raw_check(g, Text::NULL, &[], 0).0, UNUSABLE);
        let text = Text::new(c"X");
        for (name, value) in [(Text::NULL, text), (text, Text::NULL), (Text::new(c"\xff"), text)] {
            let headers = [linkwa_header { name: text, value: text }, linkwa_header { name, value }];
            assert_eq!(raw_check(g, peer, &headers, 0).0, UNUSABLE);
        }
        let (none, nowhere) = (std::ptr::null(), std::ptr::null_mut());
        assert_eq!(linkwa_callback_guard_check(g, peer, none, 1, 0, nowhere), UNUSABLE);
        assert_eq!(linkwa_callback_guard_check(g, peer, none, 0, 0, nowhere), linkwa_refusal::LINKWA_REFUSAL_NONE);
        let odd = [linkwa_header { name: text, value: text }];
        assert_eq!(linkwa_callback_guard_check(g, peer, odd.as_ptr(), usize::MAX, 0, nowhere), UNUSABLE);

        assert_eq!(linkwa_callback_guard_any_address(None), ARGUMENT);
        assert_eq!(linkwa_callback_guard_only_forwarded(None), ARGUMENT);
        assert_eq!(linkwa_callback_guard_only_x_forwarded_for(None), ARGUMENT);
        assert_eq!(linkwa_callback_guard_set_max_body(None, 1), ARGUMENT);
        assert_eq!(linkwa_callback_guard_ready(None, None), ARGUMENT);
        linkwa_callback_guard_free(None);
    }
}
