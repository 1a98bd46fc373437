//! The shared vectors (tests/vectors) through the public API.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[macro_use]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use linkwa::{
    Callback, Client, Config, Context, EventReport, Extra, FindingCode, InboundButton, InboundButtonReply,
    InboundContact, InboundContactName, InboundInteractive, InboundListReply, InboundLocation, InboundMedia,
    InboundMessage, InboundPhone, MessageRequest, Parameters, ReceivedMessage, Route, SendOptions, Timestamp,
    Validation,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use support::{Answer, AnswerServer};

#[derive(Deserialize)]
struct File {
    kind: String,
    envelope: Option<Envelope>,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Envelope {
    before: String,
    after: String,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
    #[serde(skip)]
    input: Vec<u8>,
}

/// The texts of all `json` inputs. A `Value` would lose the order of keys and the form of numbers.
#[derive(Deserialize)]
struct RawFile<'f> {
    #[serde(borrow)]
    vectors: Vec<RawInput<'f>>,
}

#[derive(Deserialize)]
struct RawInput<'f> {
    #[serde(borrow)]
    json: Option<&'f RawValue>,
    #[serde(borrow)]
    body: Option<&'f RawValue>,
}

#[derive(Deserialize)]
struct RawBody<'f> {
    #[serde(borrow)]
    json: Option<&'f RawValue>,
}

/// A JSON text without white space between its tokens.
fn compact(json: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    let keep = |c: &char| {
        if in_string {
            in_string = escaped || *c != '"';
            escaped = !escaped && *c == '\\';
            return true;
        }
        in_string = *c == '"';
        !c.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}

fn input(fields: &Map<String, Value>, json: Option<&RawValue>) -> Vec<u8> {
    if let Some(json) = json {
        return compact(json.get()).into_bytes();
    }
    if let Some(text) = fields.get("text") {
        return text.as_str().expect("text").as_bytes().to_vec();
    }
    if let Some(base64) = fields.get("base64") {
        return base64::engine::general_purpose::STANDARD.decode(base64.as_str().expect("text")).expect("base64");
    }
    let repeat = fields.get("repeat").expect("one of four inputs");
    let part = |name: &str| repeat[name].as_str().expect("text").to_owned();
    let times = usize::try_from(repeat["times"].as_u64().expect("a count")).expect("a size");
    (part("head") + &part("unit").repeat(times) + &part("tail")).into_bytes()
}

/// All vectors of a kind, with their inputs as bytes.
fn vectors(kind: &str) -> Vec<(Vector, Option<Envelope>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("tests/vectors") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        if !name.starts_with(&format!("{kind}-")) || path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a readable file");
        let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let raw: RawFile<'_> = serde_json::from_str(&text).expect("the same file");
        assert_eq!(file.kind, kind, "{name}");
        for (mut vector, raw) in file.vectors.into_iter().zip(raw.vectors) {
            vector.input = if kind == "answer" {
                let body = raw.body.map(|body| serde_json::from_str::<RawBody<'_>>(body.get()).expect("a body"));
                let fields = vector.rest.get("body").and_then(Value::as_object).cloned();
                fields.map_or_else(Vec::new, |fields| input(&fields, body.and_then(|body| body.json)))
            } else if matches!(kind, "header" | "path") {
                Vec::new()
            } else {
                input(&vector.rest, raw.json)
            };
            let envelope =
                file.envelope.as_ref().map(|e| Envelope { before: e.before.clone(), after: e.after.clone() });
            if let Some(envelope) = &envelope {
                vector.input = [envelope.before.as_bytes(), &vector.input, envelope.after.as_bytes()].concat();
            }
            all.push((vector, envelope));
        }
    }
    all
}

/// Collects the failures of all vectors.
#[derive(Default)]
struct Report {
    run: usize,
    wrong: Vec<String>,
}

impl Report {
    fn check(&mut self, id: &str, what: &str, got: &Value, expected: &Value) {
        if got != expected {
            self.wrong.push(format!("{id}: {what}\n    got    {got}\n    expected {expected}"));
        }
    }

    fn finish(self, kind: &str, at_least: usize) {
        say!("{kind} vectors: {} run, {} wrong", self.run, self.wrong.len());
        assert!(self.wrong.is_empty(), "{} wrong:\n{}", self.wrong.len(), self.wrong.join("\n"));
        assert!(self.run >= at_least, "only {} {kind} vectors were found", self.run);
    }
}

/// The ids of RULES.md, each with what follows it on its line.
fn rules() -> Vec<(&'static str, &'static str)> {
    let rules = include_str!("../RULES.md").lines().filter_map(|line| line.strip_prefix("- **")?.split_once("**"));
    rules.map(|(id, text)| (id.trim_matches('`'), text)).collect()
}

#[test]
fn vectors_name_rules_that_exist_and_rules_on_data_have_vectors() {
    /// The chapters whose rules can be tested with input and output alone.
    const ON_DATA: &[&str] = &[
        "request/", "message/", "finding/", "M-", "T-", "C-", "X-1", "X-2", "X-3", "X-4", "X-5", "X-6", "X-7", "X-8",
        "X-9", "X-10", "X-11", "X-12", "X-14",
    ];
    let rules: BTreeSet<_> = rules().iter().map(|(id, _)| (*id).to_owned()).collect();
    let mut named = BTreeSet::new();
    let mut wrong = Vec::new();
    for (vector, _) in ["request", "callback", "answer", "header", "path"].into_iter().flat_map(vectors) {
        let rule = vector.rest["rule"].as_str().expect("text").to_owned();
        if !rules.contains(&rule) {
            wrong.push(format!("{}: there is no rule {rule}", vector.id));
        }
        named.insert(rule);
    }
    let is_in = |rule: &str, part: &str| rule == part || part.ends_with(['/', '-']) && rule.starts_with(part);
    let on_data = rules.iter().filter(|rule| ON_DATA.iter().any(|part| is_in(rule, part)));
    wrong.extend(on_data.filter(|rule| !named.contains(*rule)).map(|rule| format!("{rule} has no vector")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_finding_code_has_one_rule_with_its_severity() {
    let mut listed: Vec<_> = rules().into_iter().filter(|(id, _)| id.starts_with("finding/")).collect();
    for code in FindingCode::ALL {
        let id = format!("finding/{code}");
        let at = listed.iter().position(|(listed, _)| *listed == id).unwrap_or_else(|| panic!("no rule {id}"));
        let (_, text) = listed.remove(at);
        assert!(text.starts_with(&format!(" ({}, ", code.severity())), "{id}: {text}");
    }
    assert!(listed.is_empty(), "no such codes, or listed twice: {listed:?}");
}

#[test]
fn rule_ids_are_unique() {
    let mut seen = BTreeSet::new();
    let repeated: Vec<_> = rules().into_iter().map(|(id, _)| id).filter(|id| !seen.insert(*id)).collect();
    assert!(repeated.is_empty() && seen.len() > 100, "{repeated:?} of {}", seen.len());
}

#[test]
fn requests() {
    let mut report = Report::default();
    for (vector, envelope) in vectors("request") {
        report.run += 1;
        let extensions = vector.rest.get("extensions").is_some();
        let validation = Validation::new().extensions(extensions);
        let findings = linkwa::validate_with(&vector.input, validation);
        let expected = vector.rest["findings"].as_array().expect("a list");
        let has_suggestion = |at: usize| expected.get(at).is_some_and(|expected| expected.get("suggestion").is_some());
        let list = |(at, f): (usize, &linkwa::Finding)| {
            let mut listed = json!({"path": f.path(), "code": f.code().as_str(), "severity": f.severity().as_str()});
            if has_suggestion(at) {
                listed["suggestion"] = f.suggestion().into();
            }
            listed
        };
        let listed: Vec<_> = findings.iter().enumerate().map(list).collect();
        report.check(&vector.id, "findings", &Value::from(listed), &vector.rest["findings"]);
        let has_error = findings.iter().any(linkwa::Finding::is_error);
        match MessageRequest::from_json_with(&vector.input, validation) {
            Ok(request) => {
                assert!(!has_error, "{}", vector.id);
                let expected = match (vector.rest.get("output").and_then(Value::as_str), envelope) {
                    (Some(output), Some(Envelope { before, after })) => (before + output + &after).into_bytes(),
                    (Some(output), None) => output.as_bytes().to_vec(),
                    (None, _) => vector.input.clone(),
                };
                let bytes = request.to_json().expect("valid");
                let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes));
                report.check(&vector.id, "output", &text(&bytes), &text(&expected));
                let again = MessageRequest::from_json_with(&bytes, validation).expect("our own output");
                let again = again.to_json().expect("valid");
                report.check(&vector.id, "second output", &text(&again), &text(&bytes));
            }
            Err(error) => {
                assert!(has_error, "{}", vector.id);
                assert_eq!(error.code().as_str(), "invalid_request", "{}", vector.id);
                assert_eq!(error.findings(), findings, "{}", vector.id);
            }
        }
    }
    report.finish("request", 1300);
}

#[test]
fn callbacks() {
    let mut report = Report::default();
    for (vector, _) in vectors("callback") {
        report.run += 1;
        let expect = &vector.rest["expect"];
        match linkwa::parse_callback(vector.input) {
            Ok(callback) => {
                let kind = match &callback {
                    Callback::EventReport(_) => "eventReport",
                    Callback::ReceivedMessage(_) => "receivedMessage",
                    other => panic!("{other:?}"),
                };
                report.check(&vector.id, "kind", &kind.into(), &expect["kind"]);
                if expect["kind"] != kind {
                    continue;
                }
                for (path, expected) in expect["fields"].as_object().expect("fields") {
                    report.check(&vector.id, path, &field(&callback, path), expected);
                }
                let expected = expect.get("extra").cloned().unwrap_or_else(|| json!({}));
                report.check(&vector.id, "extra", &extras(&callback), &expected);
            }
            Err(error) => {
                let linkwa::Error::InvalidCallback(fault) = &error else { panic!("{}: {error}", vector.id) };
                let Some(expected) = expect.get("error") else {
                    report.wrong.push(format!("{}: {error}", vector.id));
                    continue;
                };
                let got = json!({"path": fault.path(), "position": fault.position()});
                for (name, expected) in expected.as_object().expect("an error") {
                    report.check(&vector.id, name, &got[name], expected);
                }
            }
        }
    }
    report.finish("callback", 400);
}

fn millis(timestamp: Option<Timestamp>) -> Value {
    timestamp.map(Timestamp::unix_millis).into()
}

fn parameters(parameters: Option<Parameters<'_>>) -> Value {
    parameters.map_or(Value::Null, |parameters| {
        parameters.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect::<Map<_, _>>().into()
    })
}

fn field(callback: &Callback, path: &str) -> Value {
    match callback {
        Callback::EventReport(report) => report_field(report, path),
        Callback::ReceivedMessage(message) => message_field(message, path),
        other => panic!("{other:?}"),
    }
}

fn report_field(report: &EventReport, path: &str) -> Value {
    match path {
        "messageId" => report.message_id().into(),
        "refId" => report.ref_id().into(),
        "messageType" => report.message_type().into(),
        "messageIndex" => report.message_index().into(),
        "timestamp" => report.timestamp_raw().into(),
        "timestampMs" => millis(report.timestamp()),
        "resultCode" => report.result_code().number().into(),
        "resultDescription" => report.result_description().into(),
        "gateCustomParameters" => parameters(report.gate_custom_parameters()),
        "customParameters" => parameters(report.custom_parameters()),
        "key" => report.key().into(),
        "status" => report.status().as_str().into(),
        "isDelivered" => report.status().is_delivered().into(),
        _ => panic!("no field {path}"),
    }
}

fn message_field(message: &ReceivedMessage, path: &str) -> Value {
    let inside = message.content().message();
    let button = inside.and_then(InboundMessage::button);
    let context = inside.and_then(InboundMessage::context);
    if let Some(path) = path.strip_prefix("route.") {
        return message.route().map_or(Value::Null, |route| route_field(route, path));
    }
    if let Some(path) = path.strip_prefix("content.message.") {
        let contacts = inside.and_then(InboundMessage::contacts).map(Iterator::collect);
        let media = inside.and_then(InboundMessage::media);
        let location = inside.and_then(InboundMessage::location);
        let interactive = inside.and_then(InboundMessage::interactive);
        if let Some(found) = new_field(media, location, contacts, interactive, path) {
            return found;
        }
    }
    let contacts = message.contacts().map(Iterator::collect);
    if let Some(found) = new_field(message.media(), message.location(), contacts, message.interactive(), path) {
        return found;
    }
    match path {
        "destination" => message.destination().into(),
        "source" => message.source().into(),
        "userId" => message.user_id().into(),
        "parentUserId" => message.parent_user_id().into(),
        "replyTo" => message.reply_to().into(),
        "content.type" => message.content().kind().into(),
        "content.message.contentType" => inside.and_then(InboundMessage::content_type).into(),
        "content.message.text" => inside.and_then(InboundMessage::text).into(),
        "content.message.button.text" => button.and_then(InboundButton::text).into(),
        "content.message.button.payload" => button.and_then(InboundButton::payload).into(),
        "content.message.context.source" => context.and_then(Context::source).into(),
        "content.message.context.messageId" => context.and_then(Context::message_id).into(),
        "contentType" => message.content_type().into(),
        "text" => message.text().into(),
        "button" => message.button().map(|_| "present").into(),
        "context" => message.context().map(|_| "present").into(),
        "content.message" => inside.map(|_| "present").into(),
        "content.message.button" => button.map(|_| "present").into(),
        "content.message.context" => context.map(|_| "present").into(),
        "route" => message.route().map(|_| "present").into(),
        "button.text" => message.button().and_then(InboundButton::text).into(),
        "button.payload" => message.button().and_then(InboundButton::payload).into(),
        "context.source" => message.context().and_then(Context::source).into(),
        "context.messageId" => message.context().and_then(Context::message_id).into(),
        "provider" => message.provider().into(),
        "timestamp" => message.timestamp_raw().into(),
        "timestampMs" => millis(message.timestamp()),
        "messageId" => message.message_id().into(),
        "providerTimestamp" => message.provider_timestamp_raw().into(),
        "providerTimestampMs" => millis(message.provider_timestamp()),
        "providerMessageId" => message.provider_message_id().into(),
        "gateCustomParameters" => parameters(message.gate_custom_parameters()),
        "customParameters" => parameters(message.custom_parameters()),
        "careWindowClosesAtMs" => millis(message.care_window_closes_at()),
        "key" => message.key().into(),
        _ => panic!("no field {path}"),
    }
}

/// A field of the parts that are newer than version 1.4.1, if the path names one.
fn new_field(
    media: Option<InboundMedia<'_>>,
    location: Option<InboundLocation<'_>>,
    contacts: Option<Vec<InboundContact<'_>>>,
    interactive: Option<InboundInteractive<'_>>,
    path: &str,
) -> Option<Value> {
    if let Some((contact, path)) = path.strip_prefix("contacts[").and_then(|path| path.split_once(']')) {
        let contact = contacts?.get(contact.parse::<usize>().expect("an index")).copied();
        return Some(contact_field(contact, path));
    }
    let reply = interactive.and_then(InboundInteractive::button_reply);
    let row = interactive.and_then(InboundInteractive::list_reply);
    Some(match path {
        "media" => media.map(|_| "present").into(),
        "media.source" => media.and_then(InboundMedia::source).into(),
        "media.type" => media.and_then(InboundMedia::kind).into(),
        "media.caption" => media.and_then(InboundMedia::caption).into(),
        "location" => location.map(|_| "present").into(),
        "location.latitude" => location.and_then(InboundLocation::latitude).into(),
        "location.longitude" => location.and_then(InboundLocation::longitude).into(),
        "location.name" => location.and_then(InboundLocation::name).into(),
        "location.address" => location.and_then(InboundLocation::address).into(),
        "location.url" => location.and_then(InboundLocation::url).into(),
        "contacts" => contacts.map(|contacts| list_field(contacts.len())).into(),
        "interactive" => interactive.map(|_| "present").into(),
        "interactive.type" => interactive.and_then(InboundInteractive::kind).into(),
        "interactive.button_reply" => reply.map(|_| "present").into(),
        "interactive.button_reply.id" => reply.and_then(InboundButtonReply::id).into(),
        "interactive.button_reply.title" => reply.and_then(InboundButtonReply::title).into(),
        "interactive.list_reply" => row.map(|_| "present").into(),
        "interactive.list_reply.id" => row.and_then(InboundListReply::id).into(),
        "interactive.list_reply.title" => row.and_then(InboundListReply::title).into(),
        "interactive.list_reply.description" => row.and_then(InboundListReply::description).into(),
        _ => return None,
    })
}

/// A list is given whole only when it is empty.
fn list_field(len: usize) -> Value {
    if len == 0 { json!([]) } else { "present".into() }
}

/// A field of a contact; the path begins behind the contact's index.
fn contact_field(contact: Option<InboundContact<'_>>, path: &str) -> Value {
    let phones: Option<Vec<_>> = contact.and_then(InboundContact::phones).map(Iterator::collect);
    if let Some((phone, path)) = path.strip_prefix(".phones[").and_then(|path| path.split_once(']')) {
        let phone = phones.and_then(|phones| phones.get(phone.parse::<usize>().expect("an index")).copied());
        return match path {
            "" => phone.map(|_| "present").into(),
            ".phone" => phone.and_then(InboundPhone::phone).into(),
            _ => panic!("no field {path} of a phone"),
        };
    }
    let name = contact.and_then(InboundContact::name);
    match path {
        "" => contact.map(|_| "present").into(),
        ".name" => name.map(|_| "present").into(),
        ".name.formatted_name" => name.and_then(InboundContactName::formatted_name).into(),
        ".phones" => phones.map(|phones| list_field(phones.len())).into(),
        _ => panic!("no field {path} of a contact"),
    }
}

fn route_field(route: Route<'_>, path: &str) -> Value {
    match path {
        "id" => route.id().into(),
        "refId" => route.ref_id().into(),
        "platformId" => route.platform_id().into(),
        "platformPartnerId" => route.platform_partner_id().into(),
        "platformServiceType" => route.platform_service_type().into(),
        "platformServiceId" => route.platform_service_id().into(),
        "number" => route.number().into(),
        "gateIds" => route.gate_ids().map(Iterator::collect::<Vec<_>>).into(),
        "customParameters" => parameters(route.custom_parameters()),
        "type" => route.kind().into(),
        "keyword" => route.keyword().into(),
        "keywordType" => route.keyword_type().into(),
        "active" => route.active().into(),
        "start" => route.start_raw().into(),
        "end" => route.end_raw().into(),
        "shared" => route.shared().into(),
        "description" => route.description().into(),
        _ => panic!("no field route.{path}"),
    }
}

fn extras(callback: &Callback) -> Value {
    let mut all = Map::new();
    let mut add = |path: &str, extra: Extra<'_>| {
        if !extra.is_empty() {
            let fields: Map<_, _> = extra.iter().map(|(name, json)| (name.to_owned(), json.into())).collect();
            all.insert(path.to_owned(), fields.into());
        }
    };
    match callback {
        Callback::EventReport(report) => add("", report.extra()),
        Callback::ReceivedMessage(message) => {
            add("", message.extra());
            add("content", message.content().extra());
            if let Some(inside) = message.content().message() {
                add("content.message", inside.extra());
                inside.button().into_iter().for_each(|button| add("content.message.button", button.extra()));
                inside.context().into_iter().for_each(|context| add("content.message.context", context.extra()));
                inside.media().into_iter().for_each(|media| add("content.message.media", media.extra()));
                inside.location().into_iter().for_each(|location| add("content.message.location", location.extra()));
                for (at, contact) in inside.contacts().into_iter().flatten().enumerate() {
                    let path = format!("content.message.contacts[{at}]");
                    add(&path, contact.extra());
                    contact.name().into_iter().for_each(|name| add(&format!("{path}.name"), name.extra()));
                    for (at, phone) in contact.phones().into_iter().flatten().enumerate() {
                        add(&format!("{path}.phones[{at}]"), phone.extra());
                    }
                }
                if let Some(chosen) = inside.interactive() {
                    let path = "content.message.interactive";
                    add(path, chosen.extra());
                    chosen.button_reply().into_iter().for_each(|it| add(&format!("{path}.button_reply"), it.extra()));
                    chosen.list_reply().into_iter().for_each(|it| add(&format!("{path}.list_reply"), it.extra()));
                }
            }
            message.route().into_iter().for_each(|route| add("route", route.extra()));
        }
        other => panic!("{other:?}"),
    }
    all.into()
}

fn config(base_url: &str) -> Config {
    Config::with_base_url(base_url, "user", "secret").platform("p", "pp").source("+46000000000")
}

#[test]
fn headers() {
    let mut report = Report::default();
    for (vector, _) in vectors("header") {
        report.run += 1;
        let text = |name: &str| vector.rest[name].as_str().expect("text");
        let made = Client::new(config("http://127.0.0.1:9").header(text("name"), text("value")));
        let told = made.as_ref().err().map(ToString::to_string).unwrap_or_default();
        report.check(&vector.id, "valid", &json!(made.is_ok()), &vector.rest["valid"]);
        let code = made.err().map_or("invalid_config", |error| error.code().as_str());
        let repeats = text("value").len() > 1 && told.contains(text("value"));
        report.check(&vector.id, "code", &json!((code, repeats)), &json!(("invalid_config", false)));
    }
    report.finish("header", 40);
}

#[test]
fn paths() {
    let mut report = Report::default();
    let server = AnswerServer::start();
    server.answer_with(Answer { status: 200, body: Vec::new(), ..Answer::default() });
    let client = Client::new(config(&server.base_url())).expect("a client");
    for (vector, _) in vectors("path") {
        report.run += 1;
        let before = server.requests().len();
        let answer = client.request(linkwa::HttpMethod::Get, vector.rest["path"].as_str().expect("text"), ());
        let sent = server.requests();
        let got = match answer {
            Ok(_) => {
                let head = &sent.last().expect("a request").head;
                let target = head.strip_prefix("GET /whatsapp-message/").and_then(|rest| rest.split_once(" HTTP/1.1"));
                json!({"wire": target.map(|(target, _)| target)})
            }
            Err(error) => {
                assert_eq!((sent.len(), error.findings().len()), (before, 1), "{}", vector.id);
                assert_eq!(
                    (error.code().as_str(), error.findings()[0].path()),
                    ("invalid_request", "path"),
                    "{}",
                    vector.id
                );
                json!({"error": error.findings()[0].code().as_str()})
            }
        };
        let expected = if let Some(wire) = vector.rest.get("wire") {
            json!({"wire": wire})
        } else {
            json!({"error": vector.rest["error"]})
        };
        report.check(&vector.id, "path", &got, &expected);
    }
    report.finish("path", 50);
}

#[test]
fn answers() {
    let mut report = Report::default();
    let server = AnswerServer::start();
    let client = Client::new(config(&server.base_url())).expect("a client");
    for (vector, _) in vectors("answer") {
        report.run += 1;
        let headers = vector.rest.get("headers").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        server.answer_with(Answer {
            status: u16::try_from(vector.rest["status"].as_u64().expect("a status")).expect("a status"),
            headers: headers.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            body: vector.input,
        });
        let destinations: Vec<_> = vector.rest["destinations"].as_array().expect("a list").iter().map(text).collect();
        let sent = client.send(destinations, linkwa::Text::new("x"), &SendOptions::new().ref_id("r"));
        let expect = &vector.rest["expect"];
        match sent {
            Ok(sent) => {
                assert_eq!(sent.ref_id(), "r");
                let receipts: Vec<_> =
                    sent.receipts().iter().map(|r| json!([r.destination(), r.message_id()])).collect();
                let got = json!({
                    "resultCode": sent.result_code().number(),
                    "description": sent.description(),
                    "messageIds": sent.message_ids(),
                    "receipts": receipts,
                });
                compare(&mut report, &vector.id, "result", &got, expect);
            }
            Err(error) => {
                assert_eq!(error.ref_id(), Some("r"), "{}: {error}", vector.id);
                let got = json!({
                    "code": error.code().as_str(),
                    "outcome": error.outcome().map(linkwa::Outcome::as_str),
                    "reason": error.reason().map(linkwa::Reason::as_str),
                    "httpStatus": error.http_status(),
                    "resultCode": error.result_code().map(linkwa::ResultCode::number),
                    "description": error.description(),
                    "retryAfterMs": error.retry_after().map(|wait| u64::try_from(wait.as_millis()).expect("small")),
                });
                compare(&mut report, &vector.id, "error", &got, expect);
            }
        }
    }
    report.finish("answer", 90);
}

fn compare(report: &mut Report, id: &str, what: &str, got: &Value, expect: &Value) {
    match expect.get(what).and_then(Value::as_object) {
        None => report.wrong.push(format!("{id}: {what} {got}\n    expected {expect}")),
        Some(expected) => {
            for (name, expected) in expected {
                report.check(id, name, &got[name], expected);
            }
        }
    }
}
