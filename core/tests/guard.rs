//! Which callbacks the guard accepts, and forged requests that it refuses.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use linkwa::{AddressRanges, CallbackGuard, Refusal};
use proptest::prelude::*;

/// One of the gateway's addresses, and one that is not.
const GATEWAY: &str = "195.84.162.34";
const STRANGER: &str = "203.0.113.9";
const PROXY: &str = "10.0.0.7";

fn ip(text: &str) -> IpAddr {
    text.parse().expect(text)
}

fn ranges(list: &[&str]) -> AddressRanges {
    list.iter().map(|range| range.parse().expect(range)).collect()
}

fn behind_proxies() -> CallbackGuard {
    CallbackGuard::new().trusted_proxies(ranges(&["10.0.0.0/8", "2001:db8:1::/48"]))
}

/// The decision of a guard behind proxies about a request from a proxy with these headers.
fn forwarded(guard: &CallbackGuard, headers: &[(&str, &str)]) -> Result<IpAddr, Refusal> {
    guard.check(ip(PROXY), headers.iter().copied(), 0)
}

#[test]
fn a_new_guard_accepts_the_gateways_addresses_and_bodies_up_to_256_kib() {
    let guard = CallbackGuard::new();
    let check = |peer, len| guard.check(ip(peer), [("", ""); 0], len);
    assert_eq!(check(GATEWAY, 262_144), Ok(ip(GATEWAY)));
    assert_eq!(check(GATEWAY, 262_145), Err(Refusal::TooLarge));
    assert_eq!(check("195.84.162.35", 0), Err(Refusal::Address));
    assert_eq!(check(STRANGER, usize::MAX), Err(Refusal::Address));
    assert_eq!(check("::ffff:195.84.162.34", 0), Ok(ip(GATEWAY)));
    assert_eq!(check("::195.84.162.34", 0), Err(Refusal::Address));
    let smaller = CallbackGuard::default().max_body(10);
    assert_eq!(smaller.check(ip(GATEWAY), [("", ""); 0], 10), Ok(ip(GATEWAY)));
    assert_eq!(smaller.check(ip(GATEWAY), [("", ""); 0], 11), Err(Refusal::TooLarge));
}

#[test]
fn the_callers_ranges_replace_the_gateways() {
    let none: [(&str, &str); 0] = [];
    let guard = CallbackGuard::new().ranges(ranges(&["203.0.113.0/24"]));
    assert_eq!(guard.check(ip(STRANGER), none, 0), Ok(ip(STRANGER)));
    assert_eq!(guard.check(ip(GATEWAY), none, 0), Err(Refusal::Address));
    assert_eq!(CallbackGuard::new().ranges(ranges(&[])).check(ip(GATEWAY), none, 0), Err(Refusal::Address));
    assert_eq!(CallbackGuard::new().any_address().check(ip("2001:db8::1"), none, 0), Ok(ip("2001:db8::1")));
}

#[test]
fn headers_of_a_peer_that_is_no_trusted_proxy_are_ignored() {
    let headers = [("X-Forwarded-For", GATEWAY), ("Forwarded", "for=195.84.162.34")];
    for guard in [CallbackGuard::new(), behind_proxies()] {
        assert_eq!(guard.check(ip(STRANGER), headers, 0), Err(Refusal::Address));
        let headers = [("X-Forwarded-For", STRANGER), ("Forwarded", "nonsense;")];
        assert_eq!(guard.check(ip(GATEWAY), headers, 0), Ok(ip(GATEWAY)));
    }
    assert_eq!(
        CallbackGuard::new().check(ip(PROXY), headers, 0),
        Err(Refusal::Address),
        "no proxy is trusted by default"
    );
}

#[test]
fn x_forwarded_for_is_read_from_the_right() {
    use Refusal::{Address, Forwarded};
    let guard = behind_proxies();
    for (value, expected) in [
        (GATEWAY, Ok(ip(GATEWAY))),
        (" \t195.84.162.34\t ", Ok(ip(GATEWAY))),
        ("195.84.162.34:4711", Ok(ip(GATEWAY))),
        ("::ffff:195.84.162.34", Ok(ip(GATEWAY))),
        ("[::ffff:195.84.162.34]:80", Ok(ip(GATEWAY))),
        ("::FFFF:c354:a222", Ok(ip(GATEWAY))),
        // Addresses left of the sender can be forged.
        ("203.0.113.9, 195.84.162.34", Ok(ip(GATEWAY))),
        ("rubbish,,\u{e4}, 195.84.162.34", Ok(ip(GATEWAY))),
        ("195.84.162.34, 203.0.113.9", Err(Address)),
        ("195.84.162.34,203.0.113.9", Err(Address)),
        ("195.84.162.34,195.84.162.34 ,\t203.0.113.9:1", Err(Address)),
        // Trusted proxies are skipped, in every spelling.
        ("195.84.162.34, 10.1.1.1, 10.0.0.7", Ok(ip(GATEWAY))),
        ("195.84.162.34, [2001:db8:1::1]:80, ::ffff:10.0.0.7", Ok(ip(GATEWAY))),
        ("195.84.162.34, 203.0.113.9, 10.0.0.7", Err(Address)),
        ("195.84.162.34, 2001:db8:2::1, 10.0.0.7", Err(Address)),
        // An unreadable hop is not trusted, nor are the hops left of it.
        ("", Err(Forwarded)),
        (" ", Err(Forwarded)),
        ("10.0.0.7", Err(Forwarded)),
        ("195.84.162.34,", Err(Forwarded)),
        ("195.84.162.34, ,10.0.0.7", Err(Forwarded)),
        ("195.84.162.34, unknown", Err(Forwarded)),
        ("195.84.162.34, _hidden", Err(Forwarded)),
        ("195.84.162.34, unix:", Err(Forwarded)),
        ("195.84.162.34 203.0.113.9", Err(Forwarded)),
        ("\"195.84.162.34\"", Err(Forwarded)),
        ("195.84.162.34\r\n", Err(Forwarded)),
        ("195.84.162.34\u{0}", Err(Forwarded)),
        ("195.84.162.34\u{a0}", Err(Forwarded)),
        ("195.84.162.034", Err(Forwarded)),
        ("195.84.41506", Err(Forwarded)),
        ("3277103650", Err(Forwarded)),
        ("0xc3.84.162.34", Err(Forwarded)),
        ("１９５.84.162.34", Err(Forwarded)),
        ("195.84.162.34/32", Err(Forwarded)),
        ("195.84.162.34:", Err(Forwarded)),
        ("195.84.162.34:x", Err(Forwarded)),
        ("195.84.162.34:+80", Err(Forwarded)),
        ("195.84.162.34:65536", Err(Forwarded)),
        ("195.84.162.34:80:80", Err(Forwarded)),
        ("[195.84.162.34]:80", Err(Forwarded)),
        ("[::ffff:195.84.162.34", Err(Forwarded)),
        ("[::ffff:195.84.162.34]80", Err(Forwarded)),
        ("::ffff:195.84.162.34%eth0", Err(Forwarded)),
        ("gateway.example", Err(Forwarded)),
    ] {
        assert_eq!(forwarded(&guard, &[("X-Forwarded-For", value)]), expected, "{value:?}");
        assert_eq!(
            forwarded(&guard.clone().only_x_forwarded_for(), &[("x-forwarded-for", value)]),
            expected,
            "{value:?}"
        );
    }
}

#[test]
fn forwarded_is_read_from_the_right() {
    use Refusal::{Address, Forwarded};
    let guard = behind_proxies();
    for (value, expected) in [
        ("for=195.84.162.34", Ok(ip(GATEWAY))),
        ("For=\"195.84.162.34\"", Ok(ip(GATEWAY))),
        ("FOR=\"195.84.162.34:4711\";proto=https", Ok(ip(GATEWAY))),
        ("for=195.84.162.34:4711", Ok(ip(GATEWAY))),
        ("for=\"195.84.162.34:_p.0-1\"", Ok(ip(GATEWAY))),
        ("for=\"[::ffff:195.84.162.34]\"", Ok(ip(GATEWAY))),
        ("for=\"[::ffff:195.84.162.34]:80\"", Ok(ip(GATEWAY))),
        ("for=[::ffff:195.84.162.34]:80", Ok(ip(GATEWAY))),
        ("for=\"\\1\\95.84.162.34\"", Ok(ip(GATEWAY))),
        ("by=203.0.113.43 ; host=\"a,b;for=1.2.3.4\\\"\" ; for=195.84.162.34 ; proto=http", Ok(ip(GATEWAY))),
        (";;for=195.84.162.34;", Ok(ip(GATEWAY))),
        ("for=203.0.113.9, for=195.84.162.34", Ok(ip(GATEWAY))),
        ("for=_secret;by=unknown , for=195.84.162.34", Ok(ip(GATEWAY))),
        ("for=unknown,for=195.84.162.34;by=10.0.0.7, for=\"[2001:db8:1::1]\" , For=10.0.0.7", Ok(ip(GATEWAY))),
        ("for=195.84.162.34, for=203.0.113.9", Err(Address)),
        ("for=195.84.162.34;by=10.0.0.7,for=203.0.113.9;by=10.0.0.7", Err(Address)),
        ("for=195.84.162.34, for=\"[2001:db8:2::1]:80\", for=10.0.0.7", Err(Address)),
        ("by=195.84.162.34;for=203.0.113.9", Err(Address)),
        ("xfor=195.84.162.34;for=203.0.113.9", Err(Address)),
        ("host=\", for=195.84.162.34, for=\";for=203.0.113.9", Err(Address)),
        // A sender that cannot be read is refused.
        ("", Err(Forwarded)),
        ("for=10.0.0.7", Err(Forwarded)),
        ("195.84.162.34", Err(Forwarded)),
        ("for", Err(Forwarded)),
        ("for=", Err(Forwarded)),
        ("for=\"\"", Err(Forwarded)),
        ("for =195.84.162.34", Err(Forwarded)),
        ("for= 195.84.162.34", Err(Forwarded)),
        ("for=195.84.162.34,", Err(Forwarded)),
        ("for=195.84.162.34, ,for=10.0.0.7", Err(Forwarded)),
        ("for=195.84.162.34, proto=https", Err(Forwarded)),
        ("for=195.84.162.34;proto=", Err(Forwarded)),
        ("for=195.84.162.34, for=unknown", Err(Forwarded)),
        ("for=195.84.162.34, for=_hidden", Err(Forwarded)),
        ("for=195.84.162.34, for=\"_hidden:80\"", Err(Forwarded)),
        ("for=203.0.113.9;for=195.84.162.34", Err(Forwarded)),
        ("for=195.84.162.34;FOR=195.84.162.34", Err(Forwarded)),
        ("for=unknown;for=195.84.162.34", Err(Forwarded)),
        ("for=195.84.162.34 for=195.84.162.34", Err(Forwarded)),
        ("for=\"195.84.162.34", Err(Forwarded)),
        ("for=\"195.84.162.34\\", Err(Forwarded)),
        ("for=\"195.84.162.34\"x", Err(Forwarded)),
        ("for=\"195.84.162.34:\"", Err(Forwarded)),
        ("for=\"[195.84.162.34]\"", Err(Forwarded)),
        ("for='195.84.162.34'", Err(Forwarded)),
        ("for=195.84.162.34;b@d=1", Err(Forwarded)),
        ("for=195.84.162.34\r\n", Err(Forwarded)),
        ("for=195.84.162.34;host=\"\u{e4}\"", Err(Forwarded)),
        // An open quote does not hide what the proxy appended.
        ("for=195.84.162.34;x=\", for=203.0.113.9", Err(Forwarded)),
        ("for=195.84.162.34;x=\", for=\"[2001:db8::9]:80\"", Err(Forwarded)),
        ("for=195.84.162.34;x=\"\\, for=\"[2001:db8::9]:80\";host=\"h\"", Err(Forwarded)),
    ] {
        assert_eq!(forwarded(&guard, &[("Forwarded", value)]), expected, "{value:?}");
        assert_eq!(forwarded(&guard.clone().only_forwarded(), &[("forwarded", value)]), expected, "{value:?}");
    }
}

#[test]
fn a_proxy_that_does_not_name_the_sender_is_refused() {
    for guard in [behind_proxies(), behind_proxies().any_address(), behind_proxies().ranges(ranges(&[PROXY]))] {
        assert_eq!(forwarded(&guard, &[]), Err(Refusal::Forwarded));
        assert_eq!(forwarded(&guard, &[("X-Real-IP", GATEWAY), ("X_Forwarded_For", GATEWAY)]), Err(Refusal::Forwarded));
    }
    let xff = [("X-Forwarded-For", GATEWAY)];
    assert_eq!(forwarded(&behind_proxies().only_forwarded(), &xff), Err(Refusal::Forwarded));
    assert_eq!(
        forwarded(&behind_proxies().only_x_forwarded_for(), &[("Forwarded", "for=195.84.162.34")]),
        Err(Refusal::Forwarded)
    );
}

#[test]
fn both_headers_must_agree_unless_one_is_chosen() {
    let both = |x, f| [("Forwarded", f), ("X-Forwarded-For", x)];
    let agree = both(GATEWAY, "for=\"195.84.162.34:80\"");
    let passed_on = both(STRANGER, "for=195.84.162.34");
    let unreadable = both(GATEWAY, "for=unknown");
    let guard = behind_proxies();
    assert_eq!(forwarded(&guard, &agree), Ok(ip(GATEWAY)));
    assert_eq!(forwarded(&guard, &passed_on), Err(Refusal::Forwarded));
    assert_eq!(forwarded(&guard, &unreadable), Err(Refusal::Forwarded));
    assert_eq!(forwarded(&guard, &both("", "")), Err(Refusal::Forwarded));
    assert_eq!(forwarded(&guard, &both("", "for=195.84.162.34")), Err(Refusal::Forwarded), "an empty one is there");
    assert_eq!(forwarded(&guard.clone().only_x_forwarded_for(), &passed_on), Err(Refusal::Address));
    assert_eq!(forwarded(&guard.clone().only_forwarded(), &passed_on), Ok(ip(GATEWAY)));
    assert_eq!(forwarded(&guard.only_x_forwarded_for(), &unreadable), Ok(ip(GATEWAY)));
}

#[test]
fn repeated_header_lines_are_read_as_one_list_in_order() {
    let guard = behind_proxies();
    let xff = |lines: &[&'static str]| {
        let headers: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
        forwarded(&guard, &headers)
    };
    assert_eq!(xff(&[STRANGER, GATEWAY]), Ok(ip(GATEWAY)));
    assert_eq!(xff(&[GATEWAY, STRANGER]), Err(Refusal::Address));
    assert_eq!(xff(&[GATEWAY, "10.0.0.9", "10.0.0.8, 10.0.0.7"]), Ok(ip(GATEWAY)));
    assert_eq!(xff(&[GATEWAY, ""]), Err(Refusal::Forwarded));
    let headers = [("forwarded", "for=\"open"), ("FORWARDED", "for=195.84.162.34"), ("Forwarded", "for=10.0.0.7")];
    assert_eq!(forwarded(&guard, &headers), Ok(ip(GATEWAY)), "a line that is not reached is not read");
    assert_eq!(forwarded(&guard, &[headers[1], headers[0]]), Err(Refusal::Forwarded), "nor is one passed over");
    assert_eq!(forwarded(&guard, &[headers[1], ("Forwarded", "for=203.0.113.9")]), Err(Refusal::Address));
}

#[test]
fn non_utf8_bytes_count_only_if_they_are_reached() {
    let guard = behind_proxies();
    let check = |name, value: &[u8]| guard.check(ip(PROXY), [(name, value)], 0);
    assert_eq!(check("X-Forwarded-For", b"\xff\xfe\x00, 195.84.162.34"), Ok(ip(GATEWAY)));
    assert_eq!(check("X-Forwarded-For", b"195.84.162.34, \xff"), Err(Refusal::Forwarded));
    assert_eq!(check("Forwarded", b"for=\"\xff\", for=195.84.162.34"), Err(Refusal::Forwarded));
}

#[test]
fn very_long_lists_take_bounded_time() {
    let guard = behind_proxies();
    let xff = |hops: usize| format!("{GATEWAY}{}", ",10.0.0.7".repeat(hops));
    assert_eq!(forwarded(&guard, &[("X-Forwarded-For", &xff(63))]), Ok(ip(GATEWAY)));
    assert_eq!(forwarded(&guard, &[("X-Forwarded-For", &xff(64))]), Err(Refusal::Forwarded));
    let long = "1.2.3.4,".repeat(1_000_000);
    let start = std::time::Instant::now();
    assert_eq!(forwarded(&guard, &[("X-Forwarded-For", &format!("{long}{GATEWAY}"))]), Ok(ip(GATEWAY)));
    assert_eq!(forwarded(&guard, &[("X-Forwarded-For", &xff(1_000_000))]), Err(Refusal::Forwarded));
    assert_eq!(
        forwarded(&guard, &[("Forwarded", &format!("for=1.2.3.4{}", ",for=10.0.0.7".repeat(64)))]),
        Err(Refusal::Forwarded)
    );
    assert_eq!(
        forwarded(&guard, &[("Forwarded", &format!("{}for=195.84.162.34", ";".repeat(16_000)))]),
        Ok(ip(GATEWAY))
    );
    assert_eq!(
        forwarded(&guard, &[("Forwarded", &format!("{}for=195.84.162.34", ";".repeat(16_400)))]),
        Err(Refusal::Forwarded)
    );
    // Quadratic time would take hours.
    assert!(start.elapsed().as_secs() < 60);
}

/// `Authorization: Basic` with these credentials.
fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

#[test]
fn basic_credentials_must_match_exactly_and_come_once() {
    let guard = CallbackGuard::new().basic("gate", "pass:wörd");
    let check = |lines: &[&str]| guard.check(ip(GATEWAY), lines.iter().map(|line| ("AUTHORIZATION", *line)), 0);
    let good = basic("gate:pass:wörd");
    let encoded = good.trim_start_matches("Basic ");
    assert_eq!(check(&[&good]), Ok(ip(GATEWAY)));
    for form in [format!("basic {encoded}"), format!("BASIC   {encoded}"), format!(" \tbAsIc {encoded} ")] {
        assert_eq!(check(&[&form]), Ok(ip(GATEWAY)), "{form:?}");
    }
    let wrong =
        ["gate:pass", "gate:pass:wörd ", "gate:pass:wörd\u{0}", "gate", "gatepass:wörd", "Gate:pass:wörd", ":", ""];
    let mut refused: Vec<_> = wrong.map(basic).to_vec();
    refused.extend([
        String::new(),
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic gate:pass:wörd".to_owned(),
        format!("Basic\t{encoded}"),
        format!("Basic{encoded}"),
        format!("Basicx {encoded}"),
        format!("Bearer {encoded}"),
        format!("Basic {encoded}!"),
        format!("Basic {encoded}\r\n"),
        format!("Basic {encoded}, Basic {encoded}"),
        format!("Basic {} {}", &encoded[..4], &encoded[4..]),
        format!("Basic {}", encoded.trim_end_matches('=').split_at(5).0),
        format!("Basic {}", "A".repeat(1 << 20)),
        encoded.to_owned(),
    ]);
    for line in &refused {
        assert_eq!(check(&[line]), Err(Refusal::Credentials), "{line:.80?}");
    }
    assert_eq!(check(&[]), Err(Refusal::Credentials));
    assert_eq!(check(&[&good, &good]), Err(Refusal::Credentials));
    assert_eq!(check(&[&good, &refused[0]]), Err(Refusal::Credentials));
    assert_eq!(
        guard.check(ip(GATEWAY), [("Authorization ", &good), ("X-Authorization", &good)], 0),
        Err(Refusal::Credentials)
    );
}

#[test]
fn a_required_header_must_match_exactly_and_come_once() {
    let guard = CallbackGuard::new().header("X-Gate-Key", " canary, 1\n");
    let check = |headers: &[(&str, &str)]| guard.check(ip(GATEWAY), headers.iter().copied(), 0);
    assert_eq!(check(&[("x-gate-key", "canary, 1")]), Ok(ip(GATEWAY)));
    assert_eq!(check(&[("X-GATE-KEY", "\t canary, 1  ")]), Ok(ip(GATEWAY)));
    for value in ["canary, 2", "canary, ", "canary, 11", "Canary, 1", "canary, 1\u{0}", "canary, 1\n", ""] {
        assert_eq!(check(&[("X-Gate-Key", value)]), Err(Refusal::Header), "{value:?}");
    }
    assert_eq!(check(&[]), Err(Refusal::Header));
    assert_eq!(check(&[("X_Gate_Key", "canary, 1")]), Err(Refusal::Header));
    assert_eq!(check(&[("X-Gate-Key", "canary, 1"), ("x-gate-key", "canary, 1")]), Err(Refusal::Header));
    assert_eq!(check(&[("X-Gate-Key", "canary"), ("X-Gate-Key", "1")]), Err(Refusal::Header), "nothing is joined");

    let both = guard.header("X-Second", "2").header("x-gate-key", "new");
    let check = |headers: &[(&str, &str)]| both.check(ip(GATEWAY), headers.iter().copied(), 0);
    assert_eq!(check(&[("X-Gate-Key", "new"), ("X-Second", "2")]), Ok(ip(GATEWAY)));
    assert_eq!(check(&[("X-Gate-Key", "canary, 1"), ("X-Second", "2")]), Err(Refusal::Header));
    assert_eq!(check(&[("X-Gate-Key", "new")]), Err(Refusal::Header));
}

#[test]
fn an_empty_secret_refuses_every_request() {
    let check = |guard: CallbackGuard, name, value: &str| guard.check(ip(GATEWAY), [(name, value)], 0);
    assert_eq!(check(CallbackGuard::new().basic("", ""), "Authorization", &basic(":")), Err(Refusal::Credentials));
    assert_eq!(
        check(CallbackGuard::new().basic("gate", ""), "Authorization", &basic("gate:")),
        Err(Refusal::Credentials)
    );
    assert_eq!(check(CallbackGuard::new().basic("", "secret"), "Authorization", &basic(":secret")), Ok(ip(GATEWAY)));
    assert_eq!(check(CallbackGuard::new().header("X-Key", ""), "X-Key", ""), Err(Refusal::Header));
    assert_eq!(check(CallbackGuard::new().header("X-Key", " \n"), "X-Key", " "), Err(Refusal::Header));
}

#[test]
fn a_secret_may_have_thousands_of_characters() {
    for len in [1023, 1024, 1025, 5000] {
        let secret = "s".repeat(len);
        let guard = CallbackGuard::new().header("X-Key", &secret);
        let check = |value: &str| guard.check(ip(GATEWAY), [("X-Key", value)], 0);
        assert_eq!(check(&secret), Ok(ip(GATEWAY)), "{len}");
        assert_eq!(check(&secret[1..]), Err(Refusal::Header), "{len}");
        assert_eq!(check(&(secret.clone() + "s")), Err(Refusal::Header), "{len}");
        assert_eq!(check(&"s".repeat(100_000)), Err(Refusal::Header), "{len}");
    }
}

#[test]
fn the_refusal_names_the_first_check_that_fails() {
    let guard = behind_proxies().basic("gate", "secret").header("X-Key", "key").max_body(1);
    let authorization = basic("gate:secret");
    let all = [("X-Forwarded-For", GATEWAY), ("Authorization", &authorization), ("X-Key", "key")];
    assert_eq!(guard.check(ip(PROXY), all, 1), Ok(ip(GATEWAY)));
    assert_eq!(guard.check(ip(PROXY), all, 2), Err(Refusal::TooLarge));
    assert_eq!(guard.check(ip(PROXY), all[..2].iter().copied(), 2), Err(Refusal::Header));
    assert_eq!(guard.check(ip(PROXY), all[..1].iter().copied(), 2), Err(Refusal::Credentials));
    assert_eq!(guard.check(ip(PROXY), [("X-Forwarded-For", STRANGER)], 2), Err(Refusal::Address));
    assert_eq!(guard.check(ip(PROXY), [("", ""); 0], 2), Err(Refusal::Forwarded));
    let words = [Refusal::Address, Refusal::Forwarded, Refusal::Credentials, Refusal::Header, Refusal::TooLarge];
    assert_eq!(words.map(Refusal::as_str), ["address", "forwarded", "credentials", "header", "too_large"]);
    assert_eq!(Box::<dyn std::error::Error + Send + Sync>::from(Refusal::TooLarge).to_string(), "too_large");
}

#[test]
fn debug_output_of_a_guard_has_no_secret() {
    let guard = CallbackGuard::new().basic("canary-user", "canary-pass").header("X-Key", "canary-key");
    let printed = format!("{guard:?} {guard:#?}");
    assert!(!printed.contains("canary") && !printed.contains("99, 97, 110, 97, 114, 121"), "{printed}");
    assert!(!printed.contains(&STANDARD.encode("canary-user:canary-pass")), "{printed}");
    assert!(printed.contains("X-Key"), "{printed}");
}

#[test]
fn guards_are_send_and_sync() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<CallbackGuard>();
    check::<Refusal>();
}

proptest! {
    /// Whatever a sender writes before it, the address that the proxy appends counts.
    #[test]
    fn a_forged_header_never_makes_a_foreign_address_pass(
        prefix in prop_oneof![
            any::<String>(),
            "[-a-z0-9.:=;,\"\\\\_ \\[\\]]{0,40}",
            "(for=(\"\\[::1\\]\"|195\\.84\\.162\\.34|_a|\"a)[;,]? ?){0,4}(x=\"?\\\\?)?",
            "(195\\.84\\.162\\.34|10\\.0\\.0\\.7)(, ?(195\\.84\\.162\\.34|10\\.0\\.0\\.7)){0,5}",
        ],
        node in proptest::sample::select(vec!["for=203.0.113.9", "for=\"203.0.113.9:80\";proto=https", "for=\"[2001:db8::9]:80\";host=\"a.example\""]),
        own_line in any::<bool>(),
    ) {
        let guard = behind_proxies();
        let given = [("X-Forwarded-For", prefix.clone()), ("Forwarded", prefix.clone())];
        for (name, appended) in [("X-Forwarded-For", STRANGER), ("Forwarded", node)] {
            let mut headers = given.to_vec();
            if own_line {
                headers.push((name, appended.to_owned()));
            } else {
                headers.retain(|(given, _)| *given != name);
                headers.push((name, format!("{prefix}, {appended}")));
            }
            prop_assert!(guard.check(ip(PROXY), headers.clone(), 0).is_err(), "{:?}", headers);
            let chosen = if name == "Forwarded" { guard.clone().only_forwarded() } else { guard.clone().only_x_forwarded_for() };
            prop_assert!(chosen.check(ip(PROXY), headers.clone(), 0).is_err(), "{:?}", headers);
        }
    }

    #[test]
    fn no_header_value_causes_a_panic(name in "(?i)(forwarded|x-forwarded-for|authorization|x-key)", value in any::<Vec<u8>>(), len in any::<usize>()) {
        let guard = behind_proxies().basic("gate", "secret").header("X-Key", "key");
        prop_assert!(guard.check(ip(PROXY), [(name, value)], len).is_err());
    }

    #[test]
    fn only_the_right_password_is_accepted(password in "[ -~]{1,40}", other in "[ -~]{0,40}") {
        let guard = CallbackGuard::new().basic("gate", &password);
        let check = |password: &str| guard.check(ip(GATEWAY), [("Authorization", basic(&format!("gate:{password}")))], 0);
        prop_assert_eq!(check(&password), Ok(ip(GATEWAY)));
        prop_assert_eq!(check(&other).is_ok(), other == password);
    }
}
