//! Messages that came as JSON.

use crate::{Finding, Location, Message, MessageRequest, SendOptions, Text, amount_1000};

fn request(messages: Vec<Message>) -> MessageRequest {
    let options = SendOptions::new().source("+46000000000").ref_id("r");
    MessageRequest::new("+46000000001", messages).platform("p", "pp").options(&options)
}

fn found(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.path(), finding.code().as_str())).collect()
}

#[test]
fn findings_of_a_raw_message_come_in_order_and_among_those_of_its_neighbours() {
    let json = r#"{"type":"image","image":{"caption":7,"lnik":"x","caption":"y"},"zoo":1}"#;
    let nowhere = Location::at().latitude(f64::NAN).longitude(0.0);
    let messages = vec![Text::new("").into(), Message::from_json(json).expect("an object"), nowhere.into()];
    assert_eq!(
        found(&request(messages).validate()),
        [
            ("messages[0].text.body", "empty"),
            ("messages[1].image.caption", "wrong_type"),
            ("messages[1].image.lnik", "unknown_field"),
            ("messages[1].image.caption", "duplicate_key"),
            ("messages[1].image.link", "required"),
            ("messages[1].zoo", "unknown_field"),
            ("messages[2].location.latitude", "out_of_range"),
        ]
    );
}

#[test]
fn json_with_warnings_is_sent_as_it_was_read() {
    let json = r#"{"type":"template","template":{"namespace":"n","name":"t","language":{"code":"en"}}}"#;
    let request = request(vec![Message::from_json(json).expect("an object")]);
    assert_eq!(found(&request.validate()), [("messages[0].template.components", "missing_components")]);
    let bytes = String::from_utf8(request.to_json().expect("warnings only")).expect("UTF-8");
    assert!(bytes.contains(r#""messages":[{"type":"template","template":{"namespace":"n","name":"t","language":{"code":"en"},"components":[]}}]"#), "{bytes}");
}

#[test]
fn json_without_findings_is_a_message_like_any_other() {
    let json = r#"{"text":{"body":"Hello"},"type":"text"}"#;
    assert_eq!(Message::from_json(json).expect("an object"), Text::new("Hello").into());
}

#[test]
fn an_unknown_type_is_a_finding_of_the_send() {
    for (json, path, code) in
        [(r#"{"type":"sticker"}"#, "messages[0].type", "unknown_type"), ("{}", "messages[0].type", "required")]
    {
        let message = Message::from_json(json).expect("an object");
        assert_eq!(message.type_name(), "unknown");
        let request = request(vec![message]);
        assert_eq!(found(&request.validate()), [(path, code)]);
        assert_eq!(request.to_json().expect_err("refused").code().as_str(), "invalid_request");
    }
}

#[test]
fn of_a_type_that_is_none_the_nearest_is_told_or_all() {
    for (json, expected) in [
        (
            r#"{"type":"sticker"}"#,
            "the types are text, image, audio, video, document, location, contacts, template, interactive",
        ),
        (r#"{"type":"Image"}"#, "did you mean `image`?"),
    ] {
        let findings = request(vec![Message::from_json(json).expect("an object")]).validate();
        assert!(findings[0].message().ends_with(expected), "{}", findings[0].message());
    }
}

#[test]
fn json_that_is_not_an_object_is_not_a_message() {
    for text in ["", "[]", "{", "null", "{\"a\":1} x"] {
        let error = Message::from_json(text).expect_err("refused");
        assert_eq!(found(error.findings()), [("", "invalid_json")], "{text}");
    }
}

#[test]
fn an_amount_of_at_most_three_decimals_is_converted_exactly() {
    for (decimal, thousandths) in [
        ("100.99", 100_990),
        ("0", 0),
        ("-0", 0),
        ("7", 7_000),
        ("1.0000", 1_000),
        ("100.9900", 100_990),
        ("-0.001", -1),
        ("0.1", 100),
        ("0.29", 290),
        ("007.5", 7_500),
        ("9223372036854775.807", i64::MAX),
        ("-9223372036854775.808", i64::MIN),
    ] {
        assert_eq!(amount_1000(decimal).ok(), Some(thousandths), "{decimal}");
    }
    for (decimal, code) in [
        ("0.0001", "invalid_format"),
        ("1.00010", "invalid_format"),
        ("", "invalid_format"),
        ("-", "invalid_format"),
        ("+1", "invalid_format"),
        ("1.", "invalid_format"),
        (".5", "invalid_format"),
        ("1,5", "invalid_format"),
        ("1e3", "invalid_format"),
        (" 1", "invalid_format"),
        ("--1", "invalid_format"),
        ("1.-5", "invalid_format"),
        ("1.2.3", "invalid_format"),
        ("\u{663}", "invalid_format"),
        ("NaN", "invalid_format"),
        ("9223372036854775.808", "out_of_range"),
        ("-9223372036854775.809", "out_of_range"),
        ("99999999999999999999", "out_of_range"),
    ] {
        let error = amount_1000(decimal).expect_err(decimal);
        assert_eq!(found(error.findings()), [("amount", code)], "{decimal}");
    }
}
