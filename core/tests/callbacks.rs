//! Callbacks beyond the shared vectors: nothing panics, nothing is printed, nothing is copied that need not be.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, SystemTime};

use linkwa::{AddressRange, AddressRanges, Callback, Error, is_gateway_address, parse_callback};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const REPORT: &str = r#"{"messageId":"8aU6cwxAKE9NzMLrS6M82Y","refId":"canary-ref","messageType":"text","messageIndex":0,"timestamp":"2020-03-30T12:59:41+02:00","resultCode":112003,"resultDescription":"delivered","gateCustomParameters":{"gateCustomKey1":"gateCustomValue1"},"customParameters":{"k\u00e9y":"v\n"},"newer":[1,{"a":null}]}"#;

const MESSAGE: &str = r#"{"destination":"+46000000000","source":"+46000000001","content":{"type":"WHATSAPP","message":{"contentType":"BUTTON","text":"canary-text \ud83d\ude00","button":{"text":"Yes","payload":"canary-payload"},"context":{"source":"+46000000000","messageId":"m"}}},"provider":"whatsapp","timestamp":"2020-03-21T17:41:58Z","messageId":"8aU6cwxAKE9NzMLrS6M82Y","providerTimestamp":"2020-03-21T17:41:57.5Z","providerMessageId":"123456abcd","route":{"id":"r","gateIds":["g1","g2"],"customParameters":{"a":"b"},"type":"KEYWORD_ROUTE","keyword":"","active":true,"start":"2020-03-21T17:41:58Z","shared":false},"gateCustomParameters":{},"customParameters":null}"#;

/// Asks a callback for everything.
fn read_all(callback: &Callback) -> usize {
    let mut read = callback.key().len() + callback.raw().len() + format!("{callback:?}").len();
    match callback {
        Callback::EventReport(report) => {
            read += report.status().as_str().len() + report.timestamp_raw().map_or(0, str::len);
            read += report
                .custom_parameters()
                .map_or(0, |parameters| parameters.iter().map(|(k, v)| k.len() + v.len()).sum());
            read += report.extra().iter().map(|(name, json)| name.len() + json.len()).sum::<usize>();
            read += usize::from(report.timestamp().is_some());
        }
        Callback::ReceivedMessage(message) => {
            read += message.text().map_or(0, str::len) + message.reply_to().map_or(0, str::len);
            read += message.route().and_then(linkwa::Route::gate_ids).map_or(0, |ids| ids.map(str::len).sum());
            read += message.extra().len() + message.content().extra().len();
            read += usize::from(message.care_window_closes_at().is_some());
        }
        _ => {}
    }
    read
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_callbacks_cause_no_panic_and_no_changed_values(
        sample in select(vec![REPORT, MESSAGE]),
        changes in proptest::collection::vec((any::<Index>(), 0..4_u8, any::<u8>()), 0..6),
        cut in proptest::option::weighted(0.2, any::<Index>()),
    ) {
        let mut bytes = sample.as_bytes().to_vec();
        for (place, change, byte) in changes {
            let place = place.index(bytes.len());
            let syntax = br#"{}[]:,"\u0ntf-e1."#;
            match change {
                0 => bytes[place] = byte,
                1 => bytes[place] = syntax[usize::from(byte) % syntax.len()],
                2 => bytes.insert(place, syntax[usize::from(byte) % syntax.len()]),
                _ => drop(bytes.remove(place)),
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        match parse_callback(bytes.clone()) {
            Ok(callback) => {
                prop_assert_eq!(callback.raw().as_bytes(), &*bytes);
                prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok());
                read_all(&callback);
            }
            Err(Error::InvalidCallback(fault)) => prop_assert!(fault.position() <= bytes.len()),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn no_bytes_make_parse_callback_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut framed = b"{\"content\":".to_vec();
        framed.extend(&bytes);
        framed.push(b'}');
        for bytes in [bytes, framed] {
            if let Ok(callback) = parse_callback(bytes) {
                read_all(&callback);
            }
        }
    }
}

#[test]
fn a_vec_or_string_is_parsed_without_a_copy() {
    let bytes = REPORT.as_bytes().to_vec();
    let before = bytes.as_ptr();
    let callback = parse_callback(bytes).expect("a report");
    assert_eq!(callback.raw().as_ptr(), before);
    let text = MESSAGE.to_owned();
    let before = text.as_ptr();
    assert_eq!(parse_callback(text).expect("a message").raw().as_ptr(), before);
}

#[test]
fn escaped_names_and_values_are_decoded_and_live_as_long_as_the_callback() {
    let Callback::EventReport(report) = parse_callback(REPORT).expect("a report") else { panic!("not a report") };
    let copy = report.clone();
    let parameters = copy.custom_parameters().expect("parameters");
    drop(report);
    assert_eq!(parameters.iter().collect::<Vec<_>>(), [("kéy", "v\n")]);
    let Callback::ReceivedMessage(message) = parse_callback(MESSAGE).expect("a message") else {
        panic!("not a message")
    };
    let copy = message.clone();
    let content = copy.content();
    drop(message);
    assert_eq!(content.message().and_then(linkwa::InboundMessage::text), Some("canary-text 😀"));
}

#[test]
fn at_returns_the_entry_with_that_index() {
    let body = r#"{"messageId":"m","source":"1","content":{},"a":1,"\u0062":[2],"customParameters":{"x":"1","y":"\n","z":3},"route":{"gateIds":["g","\u00e9",7]}}"#;
    let Callback::ReceivedMessage(message) = parse_callback(body).expect("sound") else { panic!("a message") };
    let parameters = message.custom_parameters().expect("parameters");
    let extra = message.extra();
    let route = message.route().expect("a route");
    let places = |len: usize| 0..len + 2;
    let at: Vec<_> = places(3).filter_map(|index| parameters.at(index)).collect();
    assert_eq!(at, [("x", "1"), ("y", "\n"), ("z", "3")]);
    assert_eq!(at, parameters.iter().collect::<Vec<_>>());
    let at: Vec<_> = places(2).filter_map(|index| extra.at(index)).collect();
    assert_eq!(at, [("a", "1"), ("b", "[2]")]);
    assert_eq!(at, extra.iter().collect::<Vec<_>>());
    let at: Vec<_> = places(3).filter_map(|index| route.gate_id(index)).collect();
    assert_eq!(at, ["g", "é", "7"]);
    assert_eq!(at, route.gate_ids().expect("gates").collect::<Vec<_>>());
    assert_eq!((parameters.at(usize::MAX), extra.at(3), route.gate_id(3)), (None, None, None));
}

#[test]
fn times_are_read_to_the_nanosecond_with_their_offset() {
    let time = |text: &str| {
        let body = format!(r#"{{"messageId":"m","resultCode":1,"timestamp":"{text}"}}"#);
        let Callback::EventReport(report) = parse_callback(body).expect("a report") else { panic!("not a report") };
        assert_eq!(report.timestamp_raw(), Some(text));
        report.timestamp().map(|t| (t.unix_seconds(), t.subsec_nanos(), t.offset_seconds(), t.unix_millis()))
    };
    assert_eq!(time("2020-03-30T12:59:41+02:00"), Some((1_585_565_981, 0, 7200, 1_585_565_981_000)));
    assert_eq!(time("1969-12-31t23:59:59.9999999991z"), Some((-1, 999_999_999, 0, -1)));
    assert_eq!(time("0000-01-01T00:00:00-23:59").map(|t| t.0), Some(-62_167_219_200 + 86_340));
    for wrong in
        ["2020-03-30 12:59:41Z", "2020-02-30T00:00:00Z", "2020-03-30T12:59:41", "2020-03-30T24:00:00Z", "soon", ""]
    {
        assert_eq!(time(wrong), None, "{wrong}");
    }
    let Callback::ReceivedMessage(message) = parse_callback(MESSAGE).expect("a message") else {
        panic!("not a message")
    };
    let closes: SystemTime = message.care_window_closes_at().expect("a time").into();
    let written: SystemTime = message.provider_timestamp().expect("a time").into();
    assert_eq!(closes.duration_since(written).expect("later"), Duration::from_secs(24 * 60 * 60));
}

#[test]
fn debug_prints_and_errors_show_no_content() {
    for sample in [REPORT, MESSAGE] {
        let callback = parse_callback(sample).expect("a callback");
        let mut printed = format!("{callback:?}");
        if let Callback::ReceivedMessage(message) = &callback {
            printed += &format!("{:?} {:?}", message.content(), message.route());
        }
        for cut in 0..sample.len() {
            let error = parse_callback(&sample.as_bytes()[..cut]).expect_err("cut");
            printed += &format!("{error} {error:?}");
        }
        for secret in ["canary", "4600000000", "gateCustomValue", "8aU6"] {
            assert!(!printed.contains(secret), "{secret}");
        }
    }
}

/// Chapter 7: single hosts, and twenty consecutive ones of each region.
#[test]
fn the_gateways_address_ranges_have_exact_bounds() {
    let is = |text: &str| is_gateway_address(text.parse().expect("an address"));
    for host in ["195.84.162.34", "194.71.165.71", "195.84.162.16", "194.71.165.98", "195.84.162.3", "194.71.165.122"] {
        assert!(is(host) && is(&format!("::ffff:{host}")), "{host}");
    }
    for (network, first, last) in [
        ("213.242.87", 36, 55),
        ("62.67.62", 101, 120),
        ("217.163.95", 196, 215),
        ("213.242.87", 68, 87),
        ("62.67.62", 68, 87),
    ] {
        assert!(is(&format!("{network}.{first}")) && is(&format!("{network}.{last}")), "{network}");
        assert!(!is(&format!("{network}.{}", first - 1)) && !is(&format!("{network}.{}", last + 1)), "{network}");
    }
    for other in ["195.84.162.35", "127.0.0.1", "::1", "::", "0.0.0.0", "2001:db8::1"] {
        assert!(!is(other), "{other}");
    }
    assert_eq!(AddressRanges::default().iter().len(), 11);
}

#[test]
fn address_ranges_are_read_and_refused() {
    let has = |range: &str, address: &str| {
        range.parse::<AddressRange>().expect("a range").contains(address.parse().expect("an address"))
    };
    assert!(has("10.0.0.0/8", "10.255.255.255") && !has("10.0.0.0/8", "11.0.0.0"));
    assert!(has("0.0.0.0/0", "255.255.255.255") && !has("0.0.0.0/0", "::1"));
    assert!(has("10.1.2.3/32", "10.1.2.3") && !has("10.1.2.3/32", "10.1.2.2"));
    assert!(has("2001:db8::/32", "2001:db8:ffff::") && !has("2001:db8::/32", "2001:db9::"));
    assert!(has("10.0.0.1 - 10.0.0.9", "10.0.0.9") && !has("10.0.0.1-10.0.0.9", "10.0.0.10"));
    assert!(has("::1", "::1") && has("::/0", "::2"));
    for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "example.com", "10.0.0.0/-1", "/8"]
    {
        let error = wrong.parse::<AddressRange>().expect_err("refused");
        assert_eq!(error.code().as_str(), "invalid_config", "{wrong}");
    }
}

#[test]
fn lists_of_any_length_keep_their_order() {
    for (count, is_odd) in (0..40).flat_map(|count| [(count, false), (count, true)]) {
        let names: Vec<_> = (0..count).map(|index| format!("name {index}")).collect();
        let odd = |json: &'static str| is_odd.then(|| json.to_owned());
        let entries = |value: &str, last: Option<String>| {
            let entries: Vec<_> = names.iter().map(|name| format!("{name:?}:{value:?}")).chain(last).collect();
            format!("{{{}}}", entries.join(","))
        };
        let ids: Vec<_> = names.iter().map(|name| format!("{name:?}")).chain(odd("null")).collect();
        let body = format!(
            r#"{{"messageId":"m","source":"1","content":{{}},"customParameters":{},"route":{{"gateIds":[{}],"customParameters":{}}},"gateCustomParameters":{}}}"#,
            entries("first", odd(r#""odd":[]"#)),
            ids.join(","),
            entries("second", None),
            entries("third", None),
        );
        let Callback::ReceivedMessage(message) = parse_callback(body.as_str()).expect("a message") else {
            panic!("{body}")
        };
        let route = message.route().expect("a route");
        let same = |parameters: Option<linkwa::Parameters<'_>>, value| {
            let expected = names.iter().map(|name| (name.as_str(), value));
            assert!(parameters.expect("parameters").iter().eq(expected), "{body}");
        };
        same(route.custom_parameters(), "second");
        same(message.gate_custom_parameters(), "third");
        if is_odd {
            assert!(message.custom_parameters().is_none() && route.gate_ids().is_none(), "{body}");
            assert_eq!(message.extra().get("customParameters"), Some(&*entries("first", odd(r#""odd":[]"#))));
            assert_eq!(route.extra().get("gateIds"), Some(&*format!("[{}]", ids.join(","))));
        } else {
            same(message.custom_parameters(), "first");
            assert!(route.gate_ids().expect("gates").eq(names.iter().map(String::as_str)), "{body}");
            assert_eq!(message.extra().len() + route.extra().len(), 0);
        }
    }
}
