//! The short way through a callback beside the long one.

use super::{Callback, read, take};

const REPORT: &str = r#"{"messageId":"8aU6","refId":"r17","messageType":null,"messageIndex":-1,"timestamp":"2020-03-30T12:59:41+02:00","resultCode":112003,"gateCustomParameters":{},"customParameters":{"ab":"cd","ac":"","b":"é"}}"#;

const MESSAGE: &str = r#" {"source" : "+46","content":{"type":"WHATSAPP","message":{"contentType":"BUTTON","button":{"text":"Yes\u00e9\n"},"context":{"source":"s"}}},
    "messageId":"m", "route":{"id":"r","gateIds":["g1", "g\"2"],"customParameters":{"a":"\ud83d\ude00"},"active":true,"shared":false,"end":null},"customParameters":null} "#;

/// What is read the short way is what the long way reads; whether it was read at all.
fn same(text: &str) -> bool {
    let Ok(taken) = take(text.to_owned()) else { return false };
    match (taken, read(text.to_owned()).unwrap_or_else(|error| panic!("{error:?}: {text}"))) {
        (Callback::EventReport(taken), Callback::EventReport(read)) => assert!(taken.is_same(&read), "{text}"),
        (Callback::ReceivedMessage(taken), Callback::ReceivedMessage(read)) => assert!(taken.is_same(&read), "{text}"),
        (taken, read) => panic!("{taken:?} is {read:?}: {text}"),
    }
    true
}

#[test]
fn a_callback_as_the_gateway_writes_it_goes_the_short_way() {
    assert!(same(REPORT));
    assert!(same(MESSAGE));
    let many: Vec<_> = (0..32).map(|index| format!("\"k{index}\":\"v\"")).collect();
    assert!(same(&format!(r#"{{"refId":"r","resultCode":0,"customParameters":{{{}}}}}"#, many.join(","))));
}

#[test]
fn what_the_short_way_reads_is_what_the_long_way_reads() {
    let mut taken = 0;
    for text in [REPORT, MESSAGE] {
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (before, after) = text.split_at(at);
            let next = after.chars().next().map_or(0, char::len_utf8);
            for other in [
                "", "\"", "\\", ",", ":", "{", "}", "[", "]", "{}", "[]", "0", "1", "-", ".", "e", "null", "true", " ",
                "\n", "\u{1}", "é",
            ] {
                taken += usize::from(same(&format!("{before}{other}{after}")));
                taken += usize::from(same(&format!("{before}{other}{}", &after[next..])));
            }
        }
    }
    assert!(taken > 1000, "{taken}");
}

#[test]
fn a_member_that_comes_twice_goes_the_long_way() {
    let members = [
        r#""messageId":"m""#,
        r#""refId":null"#,
        r#""resultCode":1"#,
        r#""customParameters":{"ab":"1","b":"2","ac":"3"}"#,
        r#""gateCustomParameters":{}"#,
    ];
    for one in members {
        for other in members {
            let text = format!(
                r#"{{"messageIndex":0,{one},{other}{}}}"#,
                if one == other { "" } else { r#","resultCode":1"# }
            );
            let repeats = one == other || [one, other].contains(&members[2]);
            assert!(!repeats || take(text.clone()).is_err(), "{text}");
            same(&text);
        }
    }
    for (names, plain) in [
        (["a", "b", "c"], true),
        (["a", "b", "a"], false),
        (["a", "b", "b"], false),
        (["", "b", ""], false),
        (["ab", "ac", "a"], true),
    ] {
        let [a, b, c] = names;
        let text = format!(r#"{{"refId":"r","resultCode":1,"customParameters":{{"{a}":"1","{b}":"2","{c}":"3"}}}}"#);
        assert_eq!(same(&text), plain, "{text}");
    }
}

#[test]
fn numbers_of_every_form_are_read_alike() {
    for number in [
        "0",
        "-0",
        "00",
        "01",
        "-01",
        "-",
        "1-",
        "1.0",
        "1e2",
        "999999999999999999",
        "9999999999999999999",
        "-999999999999999999",
        "+1",
        "\"1\"",
        "true",
        "1 1",
    ] {
        same(&format!(r#"{{"refId":"r","messageIndex":{number},"resultCode":{number}}}"#));
        same(&format!(r#"{{"refId":"r","resultCode":{number} }}"#));
    }
}
