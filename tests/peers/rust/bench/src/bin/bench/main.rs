//! Rust: `parse_callback` and `build` beside serde. `bench INPUTS` prints a line of JSON for each pair.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;

use linkwa::{Callback, Client, Config, Currency, Document, Header, SendOptions, Template};
use linkwa_peers::pair;
use serde::Deserialize;

/// What a program with serde reads from an event report.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct EventReport {
    message_id: Option<String>,
    ref_id: Option<String>,
    message_type: Option<String>,
    message_index: Option<i64>,
    timestamp: Option<String>,
    result_code: i64,
    result_description: Option<String>,
    gate_custom_parameters: Option<HashMap<String, String>>,
    custom_parameters: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct ReceivedMessage {
    destination: Option<String>,
    source: String,
    content: Content,
    provider: Option<String>,
    timestamp: Option<String>,
    message_id: String,
    provider_timestamp: Option<String>,
    provider_message_id: Option<String>,
    route: Option<Route>,
    gate_custom_parameters: Option<HashMap<String, String>>,
    custom_parameters: Option<HashMap<String, String>>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Content {
    r#type: Option<String>,
    message: Option<InboundMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct InboundMessage {
    content_type: Option<String>,
    text: Option<String>,
    button: Option<Button>,
    context: Option<Context>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Button {
    text: Option<String>,
    payload: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct Context {
    source: Option<String>,
    message_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct Route {
    id: Option<String>,
    ref_id: Option<String>,
    platform_id: Option<String>,
    platform_partner_id: Option<String>,
    platform_service_type: Option<String>,
    platform_service_id: Option<String>,
    number: Option<String>,
    gate_ids: Option<Vec<String>>,
    custom_parameters: Option<HashMap<String, String>>,
    r#type: Option<String>,
    keyword: Option<String>,
    keyword_type: Option<String>,
    active: Option<bool>,
    start: Option<String>,
    end: Option<String>,
    shared: Option<bool>,
    description: Option<String>,
}

mod template;

fn main() {
    let inputs = std::env::args().nth(1).expect("the folder of the inputs");
    let input = |name: &str| std::fs::read(Path::new(&inputs).join(name)).expect("an input");
    reports(&input("event-report.json"));
    messages(&input("received-message.json"));
    builds(&input("template.json"));
}

type FourFields = (Option<String>, Option<String>, i64, Option<String>);

fn our_report<T>(body: &[u8], read: impl FnOnce(Option<&str>, Option<&str>, i64, Option<&str>) -> T) -> T {
    let Callback::EventReport(report) = linkwa::parse_callback(body).expect("a callback") else { panic!("no report") };
    read(report.message_id(), report.ref_id(), report.result_code().number(), report.result_description())
}

fn their_report<T>(body: &[u8], read: impl FnOnce(Option<&str>, Option<&str>, i64, Option<&str>) -> T) -> T {
    let report: EventReport = serde_json::from_slice(body).expect("a report");
    read(
        report.message_id.as_deref(),
        report.ref_id.as_deref(),
        report.result_code,
        report.result_description.as_deref(),
    )
}

fn reports(body: &[u8]) {
    let owned = |id: Option<&str>, reference: Option<&str>, code: i64, description: Option<&str>| -> FourFields {
        (id.map(Into::into), reference.map(Into::into), code, description.map(Into::into))
    };
    assert_eq!(our_report(body, owned), their_report(body, owned), "both read the same");
    let look = |id: Option<&str>, reference: Option<&str>, code: i64, description: Option<&str>| {
        black_box((id, reference, code, description));
    };
    pair("rust-report/serde", || our_report(black_box(body), look), || their_report(black_box(body), look));
}

fn our_message<T>(body: &[u8], read: impl FnOnce([Option<&str>; 6]) -> T) -> T {
    let Callback::ReceivedMessage(message) = linkwa::parse_callback(body).expect("a callback") else {
        panic!("no message")
    };
    let route = message.route();
    read([
        Some(message.message_id()),
        message.source(),
        message.destination(),
        message.text(),
        route.and_then(linkwa::Route::id),
        route.and_then(linkwa::Route::number),
    ])
}

fn their_message<T>(body: &[u8], read: impl FnOnce([Option<&str>; 6]) -> T) -> T {
    let message: ReceivedMessage = serde_json::from_slice(body).expect("a message");
    let route = message.route.as_ref();
    read([
        Some(&message.message_id),
        Some(&message.source),
        message.destination.as_deref(),
        message.content.message.as_ref().and_then(|inner| inner.text.as_deref()),
        route.and_then(|route| route.id.as_deref()),
        route.and_then(|route| route.number.as_deref()),
    ])
}

fn messages(body: &[u8]) {
    let owned = |fields: [Option<&str>; 6]| fields.map(|field| field.expect("it is there").to_owned());
    assert_eq!(our_message(body, owned), their_message(body, owned), "both read the same");
    let look = |fields: [Option<&str>; 6]| {
        black_box(fields);
    };
    pair("rust-message/serde", || our_message(black_box(body), look), || their_message(black_box(body), look));
}

fn builds(expected: &[u8]) {
    let config = Config::with_base_url("http://127.0.0.1:1/whatsapp-message", "user", "secret");
    let client = Client::new(config.platform("platform", "partner").source("+46000000000")).expect("a client");
    let options = SendOptions::new().ref_id("order-17");
    let make = || {
        Template::new("order_update", "namespace", "en")
            .header(Header::from(Document::new("https://example.com/17.pdf").filename("invoice.pdf")))
            .body(["Anna".into(), Currency::new("$100.99", "USD", 100_990).into()])
            .quick_reply(0, "yes")
            .url_button(1, "track/17")
    };
    let ours = || client.build("+46000000001", make(), black_box(&options)).expect("it is valid");
    let theirs = || serde_json::to_vec(&template::request(black_box("+46000000001"))).expect("it can be written");
    let value = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).expect("JSON");
    assert_eq!(value(&ours()), value(expected), "ours is the input");
    assert_eq!(value(&theirs()), value(expected), "theirs is the input");
    pair("rust-build/serde_json", || drop(black_box(ours())), || drop(black_box(theirs())));

    // For the price of the parts: the message is there already.
    let message = make();
    let request = client.message_request("+46000000001", message, &options);
    let there = template::request("+46000000001");
    pair(
        "rust-build-only/serde_json",
        || drop(black_box(request.to_json().expect("it is valid"))),
        || drop(black_box(serde_json::to_vec(&there).expect("it can be written"))),
    );
}
