use super::scan::FaultKind;
use super::value::Member;
use super::*;

fn limits() -> Limits {
    Limits { bytes: 1 << 20, repeats: Repeats::Refuse }
}

fn fault(text: &[u8]) -> (FaultKind, usize, String) {
    let fault = scan(text, &limits()).expect_err("a fault");
    (fault.kind, fault.position, fault.path)
}

fn nested(levels: usize) -> String {
    let arrays = levels - 1;
    format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays))
}

#[test]
fn members_items_and_raw_texts_are_read_back() {
    let text = br#" {"a":"x\n\u00e9\ud83d\ude00","b":[1,-2.5e3,{"c":null}],"d":{},"e":true} "#;
    let doc = scan(text, &limits()).expect("valid");
    let root = doc.root();
    let names: Vec<_> = root.members().map(|m| m.name().into_owned()).collect();
    assert_eq!(names, ["a", "b", "d", "e"]);
    assert_eq!(root.member("a").and_then(Value::as_str).as_deref(), Some("x\né😀"));
    let b: Vec<_> = root.member("b").expect("b").items().map(|v| (v.kind(), v.raw())).collect();
    assert_eq!(b, [(Kind::Integer, "1"), (Kind::Decimal, "-2.5e3"), (Kind::Object, r#"{"c":null}"#)]);
    assert_eq!(root.member("d").map(|d| d.members().count()), Some(0));
    assert_eq!(root.raw(), std::str::from_utf8(text).expect("utf-8").trim());
}

#[test]
fn each_fault_has_kind_position_and_path() {
    let cases: &[(&[u8], FaultKind, usize, &str)] = &[
        (b"", FaultKind::Empty, 0, ""),
        (b" \n", FaultKind::Empty, 2, ""),
        (b"x", FaultKind::NoObject, 0, ""),
        (b"  [1]", FaultKind::NoObject, 2, ""),
        (b"\xef\xbb\xbf{}", FaultKind::ByteOrderMark, 0, ""),
        (b"{} x", FaultKind::Trailing, 3, ""),
        (br#"{"a":{"b":"#, FaultKind::Truncated, 10, "a.b"),
        (br#"{"a":[1,2,tru]}"#, FaultKind::Unexpected, 13, "a[2]"),
        (br#"{"a":01}"#, FaultKind::Unexpected, 6, ""),
        (br#"{"a":1,}"#, FaultKind::Unexpected, 7, ""),
        (br#"{"a":1 "b":2}"#, FaultKind::Unexpected, 7, ""),
        (br#"{"x":{"a":1,"b":2,"\u0061":3}}"#, FaultKind::DuplicateKey, 18, "x.a"),
        ("{\"\u{202e}\u{200b}\":{\"\u{2028}\\n\":0,".as_bytes(), FaultKind::Truncated, 21, r"\u{202e}\u{200b}"),
        (br#"{"x":["\ud800"]}"#, FaultKind::LoneSurrogate, 7, "x[0]"),
        (br#"{"x":"\udc00\ud800"}"#, FaultKind::LoneSurrogate, 6, "x"),
        (b"{\"x\":\"a\xffb\"}", FaultKind::InvalidUtf8, 7, "x"),
        (b"{\"x\":\"a\nb\"}", FaultKind::Unexpected, 7, "x"),
        (b"{\"x\":\"\\q\"}", FaultKind::Unexpected, 7, "x"),
        (b"{\"x\":\"\\u12g4\"}", FaultKind::Unexpected, 10, "x"),
    ];
    for (text, kind, position, path) in cases {
        assert_eq!(fault(text), (*kind, *position, (*path).to_owned()), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn depth_and_size_end_exactly_at_their_bounds() {
    assert!(scan(nested(64).as_bytes(), &limits()).is_ok());
    assert_eq!(fault(nested(65).as_bytes()).0, FaultKind::TooDeep);
    let limits = Limits { bytes: 10, repeats: Repeats::Refuse };
    assert!(scan(br#"{"a":1234}"#, &limits).is_ok());
    let fault = scan(br#"{"a":12345}"#, &limits).expect_err("too large");
    assert_eq!((fault.kind, fault.position), (FaultKind::TooLarge, 10));
}

#[test]
fn duplicates_are_found_in_small_and_large_objects_and_can_be_marked() {
    for count in [2, 15, 16, 17, 31, 32, 33, 34, 500] {
        let mut text = String::from("{");
        for index in 0..count {
            text.push_str(&format!("\"k{index}\":{{\"k0\":1}},"));
        }
        let position = text.len();
        text.push_str("\"k1\":1}");
        assert_eq!(fault(text.as_bytes()), (FaultKind::DuplicateKey, position, "k1".to_owned()), "{count}");
        let marking = Limits { repeats: Repeats::Mark, ..limits() };
        let doc = scan(text.as_bytes(), &marking).expect("marked");
        let repeated: Vec<_> =
            doc.root().members().filter(Member::is_repeated).map(|m| m.position() as usize).collect();
        assert_eq!(repeated, [position], "{count}");
    }
}

#[test]
fn duplicate_keys_are_found_in_every_spelling_and_other_keys_are_not() {
    for (one, other) in [
        ("a", "a"),
        ("", ""),
        ("ab", r"\u0061b"),
        (r"\u0061b", "ab"),
        (r"a\u0062", r"\u0061b"),
        ("\u{20ac}", r"\u20ac"),
    ] {
        let text = format!(r#"{{"{one}":1,"x":2,"{other}":3}}"#);
        assert_eq!(fault(text.as_bytes()).0, FaultKind::DuplicateKey, "{text}");
    }
    // Of equal length, with equal ends.
    for (one, other) in [("", "a"), ("a", "b"), ("abc", "adc"), ("ab", "ba"), (r"\u0061", "b"), ("A", "a")] {
        let text = format!(r#"{{"{one}":1,"x":2,"{other}":3}}"#);
        assert!(scan(text.as_bytes(), &limits()).is_ok(), "{text}");
    }
}

#[test]
fn a_key_in_a_path_is_short_and_printable() {
    let key = "x".repeat(100);
    let (_, _, path) = fault(format!("{{\"{key}\":?}}").as_bytes());
    assert_eq!(path, format!("{}…", "x".repeat(64)));
    assert_eq!(fault(br#"{"a\nb":?}"#).2, "a\\u{a}b");
}

/// The scanner accepts what `serde_json` accepts, within its own limits.
#[test]
fn agrees_with_serde_json_on_small_texts() {
    let alphabet = [
        "{",
        "}",
        r#"[""#,
        "[",
        "]",
        ":",
        ",",
        "\"a\"",
        "\"\\u0041\"",
        "1",
        "-",
        "0",
        ".5",
        "e1",
        "true",
        "null",
        " ",
        "\u{7}",
    ];
    let mut state = 1_u64;
    for _ in 0..200_000 {
        let mut text = String::from("{\"k\":");
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bits = state >> 16;
        for _ in 0..=bits % 6 {
            bits /= 7;
            text.push_str(alphabet[(bits % 18) as usize]);
        }
        text.push('}');
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        match scan(text.as_bytes(), &limits()) {
            Ok(_) => assert!(theirs, "{text}"),
            Err(fault) => assert!(!theirs || fault.kind == FaultKind::DuplicateKey, "{text}: {fault:?}"),
        }
    }
}

#[test]
fn two_large_objects_may_have_the_same_keys() {
    let members: Vec<_> = (0..20).map(|index| format!("\"k{index}\":1")).collect();
    let object = format!("{{{}}}", members.join(","));
    let text = format!("{{\"a\":{object},\"b\":[{object},{object}],\"c\":{object}}}");
    assert!(scan(text.as_bytes(), &limits()).is_ok());
}

#[test]
fn a_fault_before_invalid_utf_8_is_reported_first() {
    assert_eq!(fault(b"{\"a\":tru,\"b\":\"\xff\"}"), (FaultKind::Unexpected, 8, "a".to_owned()));
    assert_eq!(fault(b"{\"a\":1,\"a\":\"\xff\"}").0, FaultKind::DuplicateKey);
}
