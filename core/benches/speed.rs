//! The cost of reading and building, each compared with `serde_json` on the same text: plain structs with its derive, unchecked.
//!
//! `cargo bench --bench speed` prints times; `core/benches/check` counts instructions.

#![allow(clippy::expect_used)]

use std::collections::HashMap;
use std::env::args;
use std::hint::black_box;
use std::time::{Duration, Instant};

use linkwa::{Client, Config, Currency, DateTime, Document, MessageRequest, SendOptions, Template, Text};
use serde::{Deserialize, Serialize};

const REPORT: &[u8] = br#"{"messageId":"8aU6cwxAKE9NzMLrS6M82Y","refId":"6c1c1ff5-9b0b-4e4c-8b1c-2c1e9d1f7a10","messageType":"text","messageIndex":0,"timestamp":"2020-03-30T12:59:41+02:00","resultCode":112003,"resultDescription":"delivered","customParameters":{"campaign":"spring","order":"4711"}}"#;

/// A message with an escape, and with a field that neither side knows.
const ODD_REPORT: &[u8] = br#"{"messageId":"8aU6cwxAKE9NzMLrS6M82Y","refId":"6c1c1ff5-9b0b-4e4c-8b1c-2c1e9d1f7a10","messageType":"text","messageIndex":0,"timestamp":"2020-03-30T12:59:41+02:00","resultCode":112003,"resultDescription":"delivered","newer":{"a":[1,2]},"customParameters":{"campaign":"spring\u0021","order":"4711"}}"#;

const MESSAGE: &[u8] = br#"{"destination":"+46000000000","source":"+46000000001","content":{"type":"WHATSAPP","message":{"contentType":"TEXT","text":"This is an example"}},"provider":"whatsapp","timestamp":"2020-03-21T17:41:58Z","messageId":"8aU6cwxAKE9NzMLrS6M82Y","providerTimestamp":"2020-03-21T17:41:58Z","providerMessageId":"123456abcd","route":{"id":"keywordId","refId":"yourRouteRefId","platformId":"yourRoutePlatformId","platformPartnerId":"yourRoutePartnerId","platformServiceType":"yourRoutePlatformServiceType","platformServiceId":"yourRoutePlatformServiceId","number":"+46000000001","gateIds":["yourGateId1","yourGateId2"],"customParameters":{"customRouteKey1":"customRouteValue1"},"type":"KEYWORD_ROUTE","keyword":"","keywordType":"DEFAULT","active":true,"start":"2020-03-21T17:41:58Z","end":"2030-03-21T17:41:58Z","shared":false,"description":"Example description"},"gateCustomParameters":{},"customParameters":null}"#;

type Parameters = HashMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read and dropped")]
struct Report {
    message_id: Option<String>,
    ref_id: Option<String>,
    message_type: Option<String>,
    message_index: Option<i64>,
    timestamp: Option<String>,
    result_code: i64,
    result_description: Option<String>,
    gate_custom_parameters: Option<Parameters>,
    custom_parameters: Option<Parameters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read and dropped")]
struct Received {
    destination: Option<String>,
    source: String,
    content: Content,
    provider: Option<String>,
    timestamp: Option<String>,
    message_id: String,
    provider_timestamp: Option<String>,
    provider_message_id: Option<String>,
    route: Option<Route>,
    gate_custom_parameters: Option<Parameters>,
    custom_parameters: Option<Parameters>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read and dropped")]
struct Content {
    r#type: Option<String>,
    message: Option<Inbound>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read and dropped")]
struct Inbound {
    content_type: Option<String>,
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read and dropped")]
struct Route {
    id: Option<String>,
    ref_id: Option<String>,
    platform_id: Option<String>,
    platform_partner_id: Option<String>,
    platform_service_type: Option<String>,
    platform_service_id: Option<String>,
    number: Option<String>,
    gate_ids: Option<Vec<String>>,
    custom_parameters: Option<Parameters>,
    r#type: Option<String>,
    keyword: Option<String>,
    keyword_type: Option<String>,
    active: Option<bool>,
    start: Option<String>,
    end: Option<String>,
    shared: Option<bool>,
    description: Option<String>,
}

/// A simple whole request.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<M> {
    platform_id: String,
    platform_partner_id: String,
    priority: String,
    ref_id: String,
    source: String,
    destinations: Vec<String>,
    messages: Vec<M>,
}

#[derive(Clone, Deserialize, Serialize)]
struct TextMessage {
    r#type: String,
    text: TextBody,
}

#[derive(Clone, Deserialize, Serialize)]
struct TextBody {
    body: String,
}

#[derive(Clone, Deserialize, Serialize)]
struct TemplateMessage {
    r#type: String,
    template: PlainTemplate,
}

#[derive(Clone, Deserialize, Serialize)]
struct PlainTemplate {
    namespace: String,
    name: String,
    language: Language,
    components: Vec<Component>,
}

#[derive(Clone, Deserialize, Serialize)]
struct Language {
    code: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sub_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    parameters: Vec<Parameter>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Parameter {
    Text {
        text: String,
    },
    Payload {
        payload: String,
    },
    Document {
        document: PlainDocument,
    },
    Currency {
        currency: PlainCurrency,
    },
    DateTime {
        #[serde(rename = "dateTime")]
        date_time: PlainDateTime,
    },
}

#[derive(Clone, Deserialize, Serialize)]
struct PlainDocument {
    link: String,
    filename: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainCurrency {
    fallback_value: String,
    code: String,
    amount1000: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainDateTime {
    fallback_value: String,
    day_of_week: u32,
    day_of_month: u32,
    year: u32,
    month: u32,
    hour: u32,
    minute: u32,
}

const TO: &str = "+46700000001";

fn options() -> SendOptions {
    SendOptions::new().ref_id("6c1c1ff5-9b0b-4e4c-8b1c-2c1e9d1f7a10")
}

fn text() -> Text {
    Text::new("Hello Anna, your order 4711 is on its way and will be there on Friday.")
}

fn template() -> Template {
    Template::new("order_update", "0c1f8d3c_4a7d_4b57_9a9d_3b1a1f0b8d1c", "en")
        .header(Document::new("https://example.com/invoices/17.pdf").filename("invoice.pdf"))
        .body([
            "Anna".into(),
            Currency::new("$100.99", "USD", 100_990).into(),
            DateTime::civil("February 25, 1977 03:33PM", 1977, 2, 25, 15, 33).into(),
        ])
        .quick_reply(0, "yes-4711")
        .url_button(1, "track/4711")
}

fn client() -> Client {
    let config = Config::with_base_url("http://127.0.0.1:1", "user", "secret").platform("platform id", "partner id");
    Client::new(config.source("+46000000000")).expect("a client")
}

/// One task, done by linkwa and by plain structs.
struct Pair {
    name: &'static str,
    ours: Box<dyn Fn()>,
    theirs: Box<dyn Fn()>,
}

fn pairs() -> Vec<Pair> {
    fn pair(name: &'static str, ours: impl Fn() + 'static, theirs: impl Fn() + 'static) -> Pair {
        Pair { name, ours: Box::new(ours), theirs: Box::new(theirs) }
    }
    fn parse<T: serde::de::DeserializeOwned>(name: &'static str, text: &'static [u8]) -> Pair {
        pair(
            name,
            move || drop(black_box(linkwa::parse_callback(black_box(text)).expect("a callback"))),
            move || drop(black_box(serde_json::from_slice::<T>(black_box(text)).expect("a callback"))),
        )
    }
    /// A request, its bytes, and plain structs that write the same bytes.
    fn plain<M: serde::de::DeserializeOwned + Serialize>(request: &MessageRequest) -> (Vec<u8>, Request<M>) {
        let bytes = request.to_json().expect("a valid request");
        let plain = serde_json::from_slice(&bytes).expect("a request");
        assert_eq!(serde_json::to_vec(&plain).expect("JSON"), bytes, "both write the same");
        (bytes, plain)
    }
    let texts = client().message_request(TO, text(), &options());
    let templates = client().message_request(TO, template(), &options());
    let (_, plain_text) = plain::<TextMessage>(&texts);
    let (bytes, plain_template) = plain::<TemplateMessage>(&templates);
    let (whole, whole_template) = (client(), plain_template.clone());
    let (options, template) = (options(), template());
    vec![
        parse::<Report>("parse report", REPORT),
        parse::<Report>("parse odd report", ODD_REPORT),
        parse::<Received>("parse message", MESSAGE),
        pair(
            "validate",
            {
                let bytes = bytes.clone();
                move || drop(black_box(linkwa::validate(black_box(&bytes))))
            },
            move || {
                let request = serde_json::from_slice::<Request<TemplateMessage>>(black_box(&bytes));
                drop(black_box(request.expect("a request")));
            },
        ),
        pair(
            "build text",
            move || drop(black_box(black_box(&texts).to_json().expect("valid"))),
            move || drop(black_box(serde_json::to_vec(black_box(&plain_text)).expect("JSON"))),
        ),
        pair(
            "build template",
            move || drop(black_box(black_box(&templates).to_json().expect("valid"))),
            move || drop(black_box(serde_json::to_vec(black_box(&plain_template)).expect("JSON"))),
        ),
        // Builds the request from the client's defaults and copies of the caller's values.
        pair(
            "client build",
            move || drop(black_box(whole.build(TO, black_box(&template).clone(), black_box(&options)).expect("valid"))),
            move || drop(black_box(serde_json::to_vec(&black_box(&whole_template).clone()).expect("JSON"))),
        ),
    ]
}

/// Runs a task. `core/benches/check` counts the instructions of this function, by its name.
#[inline(never)]
fn counted(times: u32, work: &dyn Fn()) {
    for _ in 0..times {
        work();
    }
}

fn main() {
    let arguments: Vec<_> = args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => print_times(),
        ["names"] => pairs().iter().for_each(|pair| println!("{}", pair.name)),
        [name, side, times] => {
            let pairs = pairs();
            let pair = pairs.iter().find(|pair| pair.name == name).expect("a name of `names`");
            let work = if side == "ours" { &pair.ours } else { &pair.theirs };
            // Warms up, so that values which are made only once are not counted.
            (0..3).for_each(|_| work());
            counted(times.parse().expect("how often"), work);
        }
        _ => println!("speed | speed names | speed NAME ours|theirs TIMES"),
    }
}

/// Measures both sides in short alternating slices, so that other load on the machine affects both.
fn print_times() {
    println!("{:16} {:>9} {:>9} {:>7}", "", "ours", "theirs", "ratio");
    for pair in pairs() {
        let slice = |work: &dyn Fn()| {
            let began = Instant::now();
            let mut times = 0;
            while began.elapsed() < Duration::from_millis(4) {
                counted(100, work);
                times += 100;
            }
            began.elapsed().as_secs_f64() * 1e9 / f64::from(times)
        };
        let (mut ours, mut theirs): (Vec<_>, Vec<_>) =
            (0..100).map(|_| (slice(&pair.ours), slice(&pair.theirs))).unzip();
        let mut ratios: Vec<_> = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
        let [ours, theirs, ratio] = [&mut ours, &mut theirs, &mut ratios].map(|numbers| {
            numbers.sort_by(f64::total_cmp);
            numbers.get(numbers.len() / 2).copied().unwrap_or_default()
        });
        println!("{:16} {ours:6.0} ns {theirs:6.0} ns {ratio:7.2}", pair.name);
    }
}
