//! The fast path against the slow path: both must read the same.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Callback, read_fast, read_slow};

const REPORT: &str = r#"{"messageId":"8aU6","refId":"r17","messageType":null,"messageIndex":-1,"timestamp":"2020-03-30T12:59:41+02:00","resultCode":112003,"gateCustomParameters":{},"customParameters":{"ab":"cd","ac":"","b":"é"}}"#;

const MESSAGE: &str = r#" {"source" : "+46","content":{"type":"WHATSAPP","message":{"contentType":"BUTTON","button":{"text":"Yes\u00e9\n"},"context":{"source":"s"}}},
    "messageId":"m", "route":{"id":"r","gateIds":["g1", "g\"2"],"customParameters":{"a":"\ud83d\ude00"},"active":true,"shared":false,"end":null},"customParameters":null} "#;

/// Every field of a received message, compact.
const FULL_MESSAGE: &str = r#"{"destination":"+460","source":"+461","content":{"type":"WHATSAPP","message":{"contentType":"TEXT","text":"t","button":{"text":"b","payload":"p"},"context":{"source":"s","messageId":"c"}}},"provider":"whatsapp","timestamp":"2020-03-21T17:41:58Z","messageId":"m","providerTimestamp":"2020-03-21T17:41:58Z","providerMessageId":"w","route":{"id":"k","refId":"r","platformId":"p","platformPartnerId":"pp","platformServiceType":"t","platformServiceId":"i","number":"+461","gateIds":["1","2"],"customParameters":{"c":"d"},"type":"KEYWORD_ROUTE","keyword":"","keywordType":"DEFAULT","active":true,"start":"2020-03-21T17:41:58Z","end":"2030-03-21T17:41:58Z","shared":false,"description":"e"},"gateCustomParameters":{},"customParameters":null}"#;

/// Every kind of content that is newer than version 1.4.1, compact.
const NEW_MESSAGE: &str = r#"{"content":{"message":{"contentType":"MEDIA","media":{"source":"https://a/b","type":"image/jpeg","caption":null},"location":{"latitude":59.9,"longitude":-10,"name":"n","address":"a","url":"u"},"contacts":[{"name":{"formatted_name":"A"},"phones":[{"phone":"+461"},{}]},{"name":{"formattedName":"B"},"phones":[]},{}],"interactive":{"type":"button_reply","button_reply":{"id":"i","title":"t"},"listReply":{"id":"i","title":"t","description":"d"}}}},"messageId":"m","customParameters":{"whatsappUserId":"US.1"}}"#;

/// Whether the fast path reads a text. If it does, the slow path must read the same.
fn same(text: &str) -> bool {
    let Ok(taken) = read_fast(text.to_owned()) else { return false };
    match (taken, read_slow(text.to_owned()).unwrap_or_else(|error| panic!("{error:?}: {text}"))) {
        (Callback::EventReport(taken), Callback::EventReport(read)) => assert!(taken.is_same(&read), "{text}"),
        (Callback::ReceivedMessage(taken), Callback::ReceivedMessage(read)) => assert!(taken.is_same(&read), "{text}"),
        (taken, read) => panic!("{taken:?} is {read:?}: {text}"),
    }
    true
}

#[test]
fn the_fast_path_reads_what_the_gateway_writes() {
    assert!(same(REPORT));
    assert!(same(MESSAGE));
    assert!(same(NEW_MESSAGE));
    let many: Vec<_> = (0..32).map(|index| format!("\"k{index}\":\"v\"")).collect();
    assert!(same(&format!(r#"{{"refId":"r","resultCode":0,"customParameters":{{{}}}}}"#, many.join(","))));
}

#[test]
fn both_paths_read_alike_with_any_character_changed() {
    let mut taken = 0;
    for text in [REPORT, MESSAGE, NEW_MESSAGE] {
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
fn a_repeated_member_is_left_to_the_slow_path() {
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
            assert!(!repeats || read_fast(text.clone()).is_err(), "{text}");
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
fn both_paths_read_numbers_of_every_form_alike() {
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

/// What mutations put in place of each other: values, members, and pieces of either.
const PIECES: [&str; 46] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "112003",
    "1.5",
    "1e3",
    "01",
    "999999999999999999",
    "9999999999999999999",
    "\"\"",
    "\"x\"",
    "\"112003\"",
    "\"\\u00e9\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\n\"",
    "\"true\"",
    "{}",
    "[]",
    "[1]",
    "[\"g\",null]",
    "{\"a\":\"b\"}",
    "{\"a\":{}}",
    "{\"text\":\"t\"}",
    "\"messageId\":\"m\"",
    "\"refId\":null",
    "\"resultCode\":7",
    "-59.9e1",
    "\"59.9\"",
    "1e999",
    "\"formattedName\":\"C\"",
    "\"phones\":[{}]",
    "\"latitude\":0",
    "\"content\":null",
    "\"content\":{}",
    "\"source\":\"s\"",
    "\"type\":\"t\"",
    "\"\\u0072efId\":\"r\"",
    "\"new\":[{}]",
    ",",
    " ",
    "\t",
    "\u{feff}",
    "}",
];

/// A token of JSON and what is around it: where it begins and ends.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text.as_bytes().get(at) {
        let rest = &text.as_bytes()[at + 1..];
        let len = match first {
            b'"' => rest.iter().position(|byte| *byte == b'"').map_or(1, |quote| quote + 2),
            b'a'..=b'z' | b'0'..=b'9' | b'-' => 1 + rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count(),
            _ => 1,
        };
        let mut end = (at + len).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        tokens.push((at, end));
        at = end;
    }
    tokens
}

/// Changes the text at a token: other tokens, one more, one less, two changed places, or one character.
fn mutate(text: &mut String, (place, other): (Index, Index), change: u8, piece: &str) {
    let tokens = tokens(text);
    if tokens.is_empty() {
        return;
    }
    let (start, end) = tokens[place.index(tokens.len())];
    let (from, until) = tokens[other.index(tokens.len())];
    let copy = text[from..until].to_owned();
    match change {
        0 => text.replace_range(start..end, piece),
        1 => text.insert_str(start, piece),
        2 => text.insert_str(start, &format!("{piece},")),
        3 => text.insert_str(end, &format!(",{piece}")),
        4 => text.replace_range(start..end, ""),
        5 => text.replace_range(start..end, &copy),
        6 => text.insert_str(start, &copy),
        7 => text.insert(start, ' '),
        _ => {
            let first = text[start..end].chars().next().map_or(0, char::len_utf8);
            text.replace_range(start..start + first, piece.get(..1).unwrap_or_default());
        }
    }
}

/// A few thousand cases, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(5000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn both_paths_read_mutated_callbacks_alike(
        sample in select(vec![REPORT, MESSAGE, FULL_MESSAGE, NEW_MESSAGE]),
        changes in proptest::collection::vec((any::<(Index, Index)>(), 0..9_u8, select(PIECES.to_vec())), 0..4),
    ) {
        let mut text = sample.to_owned();
        for (places, change, piece) in changes {
            mutate(&mut text, places, change, piece);
        }
        same(&text);
    }
}
