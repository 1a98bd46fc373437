//! Which requests are in order: each rule on both sides of its bound; templates apart.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use common::request;
use common::verdicts::{accepted, components, message, refused, verdict};
use linkwa_sandbox::{MAX_REQUEST_BYTES, judge};
use serde_json::{Value, json};

/// Each value in the place of a request's field.
#[track_caller]
fn field(name: &str, good: &[Value], bad: &[Value]) {
    let mut whole = request(&["0001"]);
    for value in good {
        whole[name] = value.clone();
        accepted(&whole);
    }
    for value in bad {
        whole[name] = value.clone();
        let paths = verdict(&whole.to_string()).expect_err(&whole.to_string());
        assert!(paths.iter().all(|path| path.starts_with(name)), "{paths:?}");
    }
}

#[test]
fn every_message_type_is_accepted() {
    accepted(&request(&["0001", "0001"]));
    for body in [
        json!({"type": "text", "previewUrl": true, "text": {"body": "x".repeat(5000)}}),
        json!({"type": "image", "image": {"link": "https://example.com/a.gif", "caption": ""}}),
        json!({"type": "audio", "audio": {"link": "http://example.com/a"}}),
        json!({"type": "video", "video": {"link": "https://example.com/a.avi", "caption": "c"}}),
        json!({"type": "document", "document": {"link": "https://example.com/a", "caption": "c", "filename": ""}}),
        json!({"type": "location", "location": {"longitude": 18.07, "latitude": 59, "address": "no name"}}),
        json!({"type": "contacts", "contacts": [{
            "addresses": [{"city": "c", "country": "c", "countryCode": "c", "state": "s", "street": "s", "type": "HOME", "zip": "z"}],
            "birthday": "not a day", "emails": [{"email": "e", "type": "t"}], "phones": [{"phone": "p", "type": "t", "waId": "w"}],
            "name": {"formattedName": "f", "firstName": "", "lastName": "l", "middleName": "m", "suffix": "s", "prefix": "p"},
            "org": {"company": "c", "department": "d", "title": "t"}, "urls": [{"url": "u", "type": "t"}]}]}),
    ] {
        accepted(&message(body));
    }
    accepted(&components(json!([
        {"type": "header", "parameters": [{"type": "document", "document": {"link": "https://example.com/a.doc", "filename": "f"}}]},
        {"type": "body", "parameters": [
            {"type": "text", "text": "t"},
            {"type": "currency", "currency": {"fallbackValue": "f", "code": "USD", "amount1000": "-100990"}},
            {"type": "dateTime", "dateTime": {"fallbackValue": "f", "timestamp": 1}}]},
        {"type": "button", "subType": "quickReply", "index": 0, "parameters": [{"type": "payload", "payload": "p"}]},
        {"type": "button", "subType": "url", "index": 1, "parameters": [{"type": "text", "text": "t"}]},
        {"type": "body", "parameters": []},
    ])));
    accepted(&components(json!([])));
}

#[test]
fn fields_of_the_request() {
    let text = [json!("x"), json!("åäö"), json!("a b"), json!("a\u{a0}b"), json!("a\u{200b}")];
    let odd = [json!("x\n"), json!(" x"), json!("x\u{a0}"), json!("a\tb"), json!("a\u{7f}b"), json!(" ")];
    for name in ["platformId", "platformPartnerId", "refId"] {
        field(name, &text, &[json!(""), json!(1), json!(null), json!(["x"])]);
        field(name, &[], &odd);
        let mut whole = request(&["0001"]);
        whole.as_object_mut().unwrap().remove(name);
        refused(&whole, name);
    }
    for name in ["platformServiceId", "platformServiceType", "platformTransactionId"] {
        field(name, &[json!(""), json!("x"), json!(null)], &[json!(1), json!({})]);
        field(name, &text, &odd);
    }
    field(
        "priority",
        &[json!("LOW"), json!("NORMAL"), json!("HIGH")],
        &[json!("high"), json!(""), json!(1), json!(null)],
    );
    field(
        "eventReportGates",
        &[json!([]), json!(["a", "a"]), json!(["a b"]), json!(null)],
        &[json!([" a"]), json!(["a", "b\n"]), json!([""]), json!([1]), json!([null]), json!("a")],
    );
    let free = json!({"link": "x", "index": "99999999999", "timestamp": "y", "absoluteValidityTime": "z", "": ""});
    field(
        "customParameters",
        &[json!({}), free, json!({"k": null})],
        &[json!({"k": 1}), json!({"k": {}}), json!([]), json!("x")],
    );
    field("messages", &[], &[json!([]), json!(null), json!({}), json!([null]), json!([1])]);
    field("newField", &[json!(null)], &[json!(1), json!({})]);
    for name in ["source", "destinations", "messages", "priority"] {
        let mut whole = request(&["0001"]);
        whole.as_object_mut().unwrap().remove(name);
        refused(&whole, name);
    }
}

#[test]
fn phone_numbers() {
    let good = ["123", "0701234567", "123456789012345", "+123", "+123456789012345"].map(Value::from);
    let bad = [
        "",
        "12",
        "+12",
        "+012345",
        "1234567890123456",
        "+1234567890123456",
        "+46 70",
        "46-70",
        "(46)70",
        "abc",
        "++467",
        "467+",
        "１２３",
    ];
    let bad: Vec<Value> = bad.map(Value::from).into_iter().chain([json!(467_000_000), json!(null)]).collect();
    field("source", &good, &bad);
    field("source", &[], &[json!("AT.1349abc")]);
    let listed = |values: &[Value]| values.iter().map(|value| json!(["+46700000001", value])).collect::<Vec<_>>();
    field("destinations", &listed(&good), &listed(&bad));
    field(
        "destinations",
        &[json!(["AT.1349abcXYZ"])],
        &[json!([]), json!(["at.1349"]), json!(["ATX.1"]), json!(["AT."]), json!(["AT.1-2"])],
    );
    refused(
        &{
            let mut r = request(&["0001"]);
            r["destinations"] = json!(["123", "12"]);
            r
        },
        "destinations[1]",
    );
}

#[test]
fn validity_times() {
    field(
        "relativeValidityTime",
        &[json!(1), json!(u64::MAX), json!(1_584_543_059_442_u64)],
        &[json!(0), json!(-1), json!("1"), json!(1.0), json!(true)],
    );
    let whole = request(&["0001"]).to_string();
    let with = |number: &str| verdict(&whole.replacen('{', &format!("{{\"relativeValidityTime\":{number},"), 1));
    assert_eq!(with("18446744073709551615"), Ok(()));
    for number in ["18446744073709551616", "1e3", "1E3", "1.0", "1e-1", "1e999", "-0", "99999999999999999999999999"] {
        assert!(with(number).unwrap_err().iter().all(|path| path == "relativeValidityTime"), "{number}");
    }
    let good = ["2020-03-18T16:49:21Z", "1999-02-28T00:00:00.5+02:00", "2020-03-18t16:49:21z"].map(Value::from);
    let bad = ["", "2020-03-18", "2020-03-18T16:49:21", "2020-02-30T16:49:21Z", "2020-03-18T25:49:21Z", "soon"]
        .map(Value::from);
    field("absoluteValidityTime", &good, &bad);
    field("absoluteValidityTime", &[json!(null)], &[json!(1)]);
}

#[test]
fn the_type_names_the_body() {
    refused(&message(json!({"text": {"body": "x"}})), "messages[0].type");
    refused(&message(json!({"type": "interactive", "interactive": {}})), "messages[0].type");
    refused(&message(json!({"type": 1})), "messages[0].type");
    refused(&message(json!({"type": "text"})), "messages[0].text");
    refused(&message(json!({"type": "text", "text": {"body": ""}})), "messages[0].text.body");
    refused(&message(json!({"type": "text", "text": {}})), "messages[0].text.body");
    refused(
        &message(json!({"type": "text", "text": {"body": "x", "previewUrl": true}})),
        "messages[0].text.previewUrl",
    );
    refused(&message(json!({"type": "text", "text": {"body": "x"}, "previewUrl": "true"})), "messages[0].previewUrl");
    let image = json!({"link": "https://example.com/a.png"});
    refused(&message(json!({"type": "text", "text": {"body": "x"}, "image": image})), "messages[0].image");
    refused(&message(json!({"type": "image", "image": image, "previewUrl": true})), "messages[0].previewUrl");
    accepted(&message(json!({"type": "image", "image": image, "text": null, "other": null})));
    refused(&message(json!({"type": "image", "image": {"link": "a.png"}})), "messages[0].image.link");
    refused(&message(json!({"type": "image", "image": {"link": "https://example.com:x/"}})), "messages[0].image.link");
    refused(
        &message(json!({"type": "image", "image": {"link": image["link"], "filename": "f"}})),
        "messages[0].image.filename",
    );
    refused(
        &message(json!({"type": "audio", "audio": {"link": image["link"], "caption": "c"}})),
        "messages[0].audio.caption",
    );
    refused(
        &message(json!({"type": "video", "video": {"link": image["link"], "filename": "f"}})),
        "messages[0].video.filename",
    );
    refused(&message(json!({"type": "document", "document": {"caption": "f"}})), "messages[0].document.link");
}

#[test]
fn locations() {
    let at = |longitude: &str, latitude: &str| {
        let place =
            format!("{{\"type\":\"location\",\"location\":{{\"longitude\":{longitude},\"latitude\":{latitude}}}}}");
        verdict(&message(json!("HERE")).to_string().replace("\"HERE\"", &place))
    };
    for (longitude, latitude) in [("180", "90"), ("-180.0", "-90"), ("0", "-0.0"), ("1e2", "9E1")] {
        assert_eq!(at(longitude, latitude), Ok(()), "{longitude} {latitude}");
    }
    for (longitude, latitude) in
        [("180.0001", "0"), ("-181", "0"), ("0", "90.1"), ("0", "-90.1"), ("1e999", "0"), ("\"1\"", "0"), ("0", "null")]
    {
        assert!(at(longitude, latitude).is_err(), "{longitude} {latitude}");
    }
    let endless = json!({"type": "location", "location": {"longitude": 1, "latitude": 77}});
    let endless = message(endless).to_string().replace(":77", ":1e999");
    assert_eq!(judge(endless.as_bytes()).unwrap_err()[0].rule, "range");
    refused(&message(json!({"type": "location", "location": {"longitude": 1}})), "messages[0].location.latitude");
}

#[test]
fn contacts() {
    let contact = |contact: Value| message(json!({"type": "contacts", "contacts": [contact]}));
    refused(&message(json!({"type": "contacts", "contacts": []})), "messages[0].contacts");
    for empty in [
        json!({}),
        json!({"emails": []}),
        json!({"emails": [{}, {}]}),
        json!({"org": {}}),
        json!({"org": {"title": null}}),
        json!({"addresses": [{}], "phones": [], "urls": [{"url": null}]}),
        json!({"birthday": null}),
    ] {
        refused(&contact(empty), "messages[0].contacts[0]");
    }
    for something in [
        json!({"birthday": ""}),
        json!({"emails": [{}, {"email": ""}]}),
        json!({"org": {"title": ""}}),
        json!({"addresses": [{"zip": "1"}]}),
        json!({"phones": [{"phone": "+1 (940)"}]}),
        json!({"urls": [{"url": "x"}], "emails": []}),
    ] {
        accepted(&contact(something));
    }
    refused(&contact(json!({"birthday": "x", "nick": "y"})), "messages[0].contacts[0].nick");
    refused(&contact(json!({"emails": [{"email": 1}]})), "messages[0].contacts[0].emails[0].email");
    refused(&contact(json!({"phones": [{"wa_id": "1"}]})), "messages[0].contacts[0].phones[0].wa_id");
    let name = "messages[0].contacts[0].name";
    refused(&contact(json!({"name": {}})), name);
    refused(&contact(json!({"name": {"formattedName": "x"}})), name);
    refused(&contact(json!({"name": {"firstName": "x"}})), &format!("{name}.formattedName"));
    refused(&contact(json!({"name": {"formattedName": "", "firstName": "x"}})), &format!("{name}.formattedName"));
    accepted(&contact(json!({"name": {"formattedName": "x", "suffix": ""}})));
}

#[test]
fn the_json_itself() {
    let good = request(&["0001"]).to_string();
    let bom = format!("\u{feff}{good}");
    let lone = good.replace("Hello", "\\ud800");
    let trailing = format!("{good} x");
    for text in ["", "{", "[]", "null", "\"x\"", "{\"a\":01}", "{'a':1}", &bom, &lone, &trailing] {
        let violations = judge(text.as_bytes()).unwrap_err();
        assert_eq!(
            (violations.len(), violations[0].path.as_str(), violations[0].rule.as_str()),
            (1, "", "json"),
            "{text}"
        );
    }
    assert!(judge(b"{\"a\":\"\xff\"}").is_err());
    assert_eq!(verdict(&format!(" \r\n\t{good}\n")), Ok(()));
    assert_eq!(verdict(&good.replace("Hello", "\\ud83d\\ude00")), Ok(()));

    let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
    assert_eq!(verdict(&padded(MAX_REQUEST_BYTES)), Ok(()));
    assert_eq!(verdict(&padded(MAX_REQUEST_BYTES + 1)), Err(vec![String::new()]));

    let nested = |depth: usize| judge(format!("{}{}", "{\"a\":".repeat(depth - 1) + "{", "}".repeat(depth)).as_bytes());
    assert!(nested(64).unwrap_err().iter().all(|violation| violation.rule != "json"));
    assert_eq!(nested(65).unwrap_err()[0].rule, "json");
    assert_eq!(judge("[".repeat(1_000_000).as_bytes()).unwrap_err()[0].rule, "json");
}

#[test]
fn keys_must_be_unique() {
    let good = request(&["0001"]).to_string();
    for (from, to, path) in [
        ("\"refId\":", "\"refId\":\"a\",\"ref\\u0049d\":", "refId"),
        ("\"refId\":", "\"refId\":null,\"refId\":", "refId"),
        ("\"body\":", "\"body\":\"a\",\"body\":", "messages[0].text.body"),
        ("\"refId\":", "\"customParameters\":{\"a\":\"b\",\"a\":\"b\"},\"refId\":", "customParameters.a"),
    ] {
        let twice = good.replace(from, to);
        let violations = judge(twice.as_bytes()).unwrap_err();
        assert_eq!((violations[0].path.as_str(), violations[0].rule.as_str()), (path, "duplicateKey"), "{twice}");
    }
}

#[test]
fn long_names_are_cut() {
    let mut whole = request(&["0001"]);
    whole["x".to_owned() + &"å".repeat(1000)] = json!(1);
    whole["destinations"][0] = json!({"ö".repeat(1000): {"index": 1.5}});
    for violation in judge(whole.to_string().as_bytes()).unwrap_err() {
        assert!(violation.path.len() <= 512 + '…'.len_utf8(), "{}", violation.path.len());
        assert!(violation.message.len() <= 512 + '…'.len_utf8(), "{}", violation.message.len());
    }
}

#[test]
fn violations_repeat_no_value() {
    let mut whole = request(&["0001"]);
    whole["destinations"] = json!(["s3cret"]);
    whole["priority"] = json!("s3cret");
    whole["source"] = json!({"s": "s3cret"});
    whole["messages"][0]["text"]["body"] = json!(["s3cret"]);
    whole["absoluteValidityTime"] = json!("s3cret");
    let violations = judge(whole.to_string().as_bytes()).unwrap_err();
    assert!(violations.len() >= 5);
    assert!(!format!("{violations:?}").contains("s3cret"), "{violations:?}");
}

#[test]
fn the_schema_is_valid() {
    let schema: Value = serde_json::from_str(linkwa_sandbox::schema()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    let mut null_inside = request(&["0001"]);
    null_inside["refId"] = json!(null);
    assert!(!jsonschema::is_valid(&schema, &null_inside), "nulls are taken out first");
}
