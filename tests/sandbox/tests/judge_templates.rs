//! Which templates are in order: each rule on both sides of its bound.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use common::verdicts::{PARAMETER, accepted, button, component, components, date_time, refused};
use serde_json::{Value, json};

#[test]
fn templates_and_their_components() {
    for name in ["namespace", "name", "language", "components"] {
        let mut whole = components(json!([]));
        whole["messages"][0]["template"].as_object_mut().unwrap().remove(name);
        refused(&whole, &format!("messages[0].template.{name}"));
    }
    let mut whole = components(json!([]));
    whole["messages"][0]["template"]["language"] = json!({"code": ""});
    refused(&whole, "messages[0].template.language.code");
    whole["messages"][0]["template"]["language"] = json!({"code": "en", "policy": "x"});
    refused(&whole, "messages[0].template.language.policy");

    let first = "messages[0].template.components[0]";
    refused(&component(json!({"type": "footer", "parameters": []})), &format!("{first}.type"));
    refused(&component(json!({"parameters": []})), &format!("{first}.type"));
    refused(&component(json!({"type": "body"})), &format!("{first}.parameters"));
    refused(&component(json!({"type": "body", "parameters": [], "index": 0})), &format!("{first}.index"));
    refused(&component(json!({"type": "header", "parameters": [], "subType": "url"})), &format!("{first}.subType"));
    refused(&component(json!({"type": "button", "index": 0, "parameters": []})), &format!("{first}.subType"));
    refused(&component(json!({"type": "button", "subType": "url", "parameters": []})), &format!("{first}.index"));
    refused(
        &component(json!({"type": "button", "subType": "call", "index": 0, "parameters": []})),
        &format!("{first}.subType"),
    );

    let (text, payload) = (json!({"type": "text", "text": "t"}), json!({"type": "payload", "payload": "p"}));
    let pressed = |sub: &str, parameters: Value| {
        component(json!({"type": "button", "subType": sub, "index": 0, "parameters": parameters}))
    };
    accepted(&pressed("url", json!([text])));
    accepted(&pressed("quickReply", json!([payload])));
    refused(&pressed("url", json!([payload])), &format!("{PARAMETER}.type"));
    refused(&pressed("quickReply", json!([text])), &format!("{PARAMETER}.type"));
    refused(&pressed("url", json!([text, text])), &format!("{first}.parameters"));
    refused(&pressed("url", json!([{"type": "text", "text": ""}])), &format!("{PARAMETER}.text"));
    refused(&pressed("quickReply", json!([{"type": "payload", "payload": ""}])), &format!("{PARAMETER}.payload"));
}

#[test]
fn button_indices() {
    for index in [json!(0), json!("0"), json!("007"), json!(4_294_967_295_u32), json!("4294967295")] {
        accepted(&components(json!([button(index), button(json!(1))])));
    }
    for index in [
        json!(-1),
        json!(4_294_967_296_u64),
        json!("4294967296"),
        json!(""),
        json!("-1"),
        json!("1.5"),
        json!("x"),
        json!(1.0),
        json!(null),
        json!([]),
    ] {
        refused(&components(json!([button(index)])), "messages[0].template.components[0].index");
    }
    for (one, other) in [(json!(1), json!(1)), (json!(1), json!("1")), (json!("01"), json!("1"))] {
        refused(
            &components(json!([button(one), {"type": "body", "parameters": []}, button(other)])),
            "messages[0].template.components[2].index",
        );
    }
    accepted(&components(json!([button(json!(1)), button(json!("10")), button(json!(0))])));
}

#[test]
fn headers_and_bodies() {
    let link = "https://example.com/a";
    let of = |kind: &str, parameters: Value| component(json!({"type": kind, "parameters": parameters}));
    let text = json!({"type": "text", "text": "t"});
    let image = json!({"type": "image", "image": {"link": link}});
    let video = json!({"type": "video", "video": {"link": link}});
    let money = json!({"type": "currency", "currency": {"fallbackValue": "f", "code": "SEK", "amount1000": "1"}});
    let payload = json!({"type": "payload", "payload": "p"});
    accepted(&of("header", json!([text, image, text])));
    refused(&of("header", json!([image, video])), "messages[0].template.components[0].parameters");
    refused(&of("header", json!([money])), &format!("{PARAMETER}.type"));
    refused(&of("header", json!([payload])), &format!("{PARAMETER}.type"));
    refused(&of("body", json!([image])), &format!("{PARAMETER}.type"));
    refused(&of("body", json!([payload])), &format!("{PARAMETER}.type"));
    refused(&of("body", json!([{"type": "location"}])), &format!("{PARAMETER}.type"));
    refused(&of("body", json!([{"text": "t"}])), &format!("{PARAMETER}.type"));
    refused(&of("body", json!([null])), PARAMETER);
    refused(&of("body", json!([{"type": "text", "text": "t", "payload": "p"}])), &format!("{PARAMETER}.payload"));
    refused(
        &of("header", json!([{"type": "image", "image": {"link": link, "caption": "c"}}])),
        &format!("{PARAMETER}.image.caption"),
    );
    refused(
        &of("header", json!([{"type": "document", "document": {"link": link, "caption": "c"}}])),
        &format!("{PARAMETER}.document.caption"),
    );
    refused(&of("header", json!([{"type": "image", "image": {"link": ""}}])), &format!("{PARAMETER}.image.link"));
}

#[test]
fn currencies() {
    let money = |name: &str, value: Value| {
        let mut currency = json!({"fallbackValue": "f", "code": "USD", "amount1000": "100990"});
        currency[name] = value;
        component(json!({"type": "body", "parameters": [{"type": "currency", "currency": currency}]}))
    };
    accepted(&money("amount1000", json!("-000000000000000000000000000001")));
    for (name, value) in [
        ("amount1000", json!(100_990)),
        ("amount1000", json!("1.5")),
        ("amount1000", json!("")),
        ("amount1000", json!("+1")),
        ("code", json!("usd")),
        ("code", json!("USDX")),
        ("code", json!("")),
        ("fallbackValue", json!("")),
        ("fallbackValue", json!(null)),
        ("other", json!(1)),
    ] {
        refused(&money(name, value), &format!("{PARAMETER}.currency.{name}"));
    }
}

#[test]
fn dates() {
    let whole = json!({"fallbackValue": "f", "dayOfWeek": 5, "dayOfMonth": 25, "year": 1977, "month": 2, "hour": 15, "minute": 33});
    accepted(&date_time(whole.clone()));
    let with = |name: &str, value: Value| {
        let mut parts = whole.clone();
        parts[name] = value;
        date_time(parts)
    };
    for (name, good, bad) in [
        ("dayOfWeek", vec![json!(0), json!(9), json!("7")], vec![json!(-1), json!("x"), json!(1.0)]),
        (
            "dayOfMonth",
            vec![json!(1), json!(31), json!("031")],
            vec![json!(0), json!(32), json!("0"), json!("32"), json!("-1")],
        ),
        ("year", vec![json!(0), json!(99_999), json!("1977")], vec![json!(-1), json!("4294967296"), json!("")]),
        ("month", vec![json!(1), json!("12")], vec![json!(0), json!(13), json!("13")]),
        ("hour", vec![json!(0), json!(23), json!("00")], vec![json!(24), json!("24")]),
        ("minute", vec![json!(0), json!(59), json!("059")], vec![json!(60), json!("60"), json!(true)]),
    ] {
        for value in good {
            accepted(&with(name, value));
        }
        for value in bad {
            refused(&with(name, value), &format!("{PARAMETER}.dateTime.{name}"));
        }
        refused(&with(name, json!(null)), &format!("{PARAMETER}.dateTime.{name}"));
    }
    refused(&with("timestamp", json!(1)), &format!("{PARAMETER}.dateTime.year"));
    refused(&date_time(json!({"fallbackValue": "f"})), &format!("{PARAMETER}.dateTime.year"));
    for value in [json!(0), json!("0"), json!(u64::MAX), json!("18446744073709551615")] {
        accepted(&date_time(json!({"fallbackValue": "f", "timestamp": value})));
    }
    for value in [json!(-1), json!("-1"), json!(""), json!("18446744073709551616"), json!(1.0)] {
        refused(
            &date_time(json!({"fallbackValue": "f", "timestamp": value})),
            &format!("{PARAMETER}.dateTime.timestamp"),
        );
    }
}
