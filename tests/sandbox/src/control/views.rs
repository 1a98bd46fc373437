//! What is kept, as JSON.

use std::time::SystemTime;

use data_encoding::BASE64;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::clock;
use crate::judge::Violation;
use crate::options::Options;
use crate::record::RecordedRequest;
use crate::store::{Attempt, Callback, Message, State};

/// Headers that have no secrets. Others are shown only if that is asked for.
const HARMLESS: [&str; 10] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-sandbox-latency",
];

/// A recorded request as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestView<'a> {
    id: u64,
    method: &'a str,
    path: &'a str,
    headers: Vec<&'a (String, String)>,
    /// Null when the body is not UTF-8.
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    body_complete: bool,
    status: Option<u16>,
    received_at: String,
    ref_id: Option<&'a str>,
    reason: Option<&'static str>,
    findings: Vec<FindingView<'a>>,
    answer: AnswerView<'a>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    path: &'a str,
    rule: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswerView<'a> {
    status: Option<u16>,
    result_code: Option<u64>,
    body: Option<&'a str>,
}

impl<'a> RequestView<'a> {
    pub(super) fn of(request: &'a RecordedRequest, options: &Options) -> Self {
        let is_required = |name: &String| options.required_headers.iter().any(|(required, _)| required == name);
        let is_harmless = |name: &String| HARMLESS.contains(&name.as_str()) && !is_required(name);
        let shown = |(name, _): &&(String, String)| options.show_credentials || is_harmless(name);
        let body = std::str::from_utf8(&request.body).ok();
        let finding = |Violation { path, rule, message }: &'a Violation| FindingView { path, rule, message };
        Self {
            id: request.id,
            method: &request.method,
            path: &request.path,
            headers: request.headers.iter().filter(shown).collect(),
            body,
            body_base64: body.is_none().then(|| BASE64.encode(&request.body)),
            body_complete: request.body_complete,
            status: request.status,
            received_at: clock::rfc3339(request.received_at),
            ref_id: request.ref_id.as_deref(),
            reason: request.reason,
            findings: request.findings.iter().map(finding).collect(),
            answer: AnswerView::of(request),
        }
    }
}

impl<'a> AnswerView<'a> {
    fn of(request: &'a RecordedRequest) -> Self {
        let body = std::str::from_utf8(&request.answer).ok().filter(|body| !body.is_empty());
        let json = body.and_then(|body| serde_json::from_str::<Value>(body).ok());
        let result_code = json.and_then(|json| json.get("resultCode").and_then(Value::as_u64));
        Self { status: request.status, result_code, body }
    }
}

/// A message as it is shown. In a list without its request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageView<'a> {
    id: u64,
    revision: u64,
    direction: &'static str,
    conversation: Option<&'a str>,
    user: Option<&'a str>,
    business: &'a str,
    message_id: &'a str,
    message_index: Option<usize>,
    ref_id: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    content: Raw<'a>,
    status: &'static str,
    result_code: Option<u32>,
    scenario: Option<&'static str>,
    created_at: String,
    request_id: Option<u64>,
    callbacks: Vec<CallbackView<'a>>,
    #[serde(flatten)]
    details: Option<Details<'a>>,
}

/// Null for a message of a user.
#[derive(Serialize)]
struct Details<'a> {
    request: Option<RequestView<'a>>,
    answer: Option<AnswerView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallbackView<'a> {
    id: u64,
    kind: &'static str,
    result_code: Option<u32>,
    gate: Option<&'a str>,
    state: &'static str,
    reason: Option<&'a str>,
    created_at: String,
    attempts: Vec<AttemptView<'a>>,
    body: Raw<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptView<'a> {
    at: String,
    status: Option<u16>,
    error: Option<&'a str>,
    duration_ms: u128,
}

/// JSON as it is written, or a text that is not JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum Raw<'a> {
    Json(&'a RawValue),
    Text(String),
}

impl<'a> Raw<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(json) => Self::Json(json),
            Err(_) => Self::Text(String::from_utf8_lossy(bytes).into_owned()),
        }
    }
}

impl<'a> MessageView<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        Self {
            id: message.id,
            revision: message.revision,
            direction: message.direction.word(),
            conversation: message.conversation.as_deref(),
            user: message.user.as_deref(),
            business: &message.business,
            message_id: &message.wire_id,
            message_index: message.index,
            ref_id: message.ref_id(),
            kind: &message.kind,
            content: Raw::of(message.content.as_bytes()),
            status: message.status.word(),
            result_code: message.result_code,
            scenario: message.scenario,
            created_at: clock::rfc3339(message.created_at),
            request_id: message.origin.as_ref().map(|origin| origin.request.id),
            callbacks: message.callbacks.iter().map(CallbackView::of).collect(),
            details: None,
        }
    }

    pub(super) fn with_details(message: &'a Message, options: &Options) -> Self {
        let request = message.origin.as_ref().map(|origin| &*origin.request);
        let details = Details {
            request: request.map(|request| RequestView::of(request, options)),
            answer: request.map(AnswerView::of),
        };
        Self { details: Some(details), ..Self::of(message) }
    }
}

impl<'a> CallbackView<'a> {
    fn of(callback: &'a Callback) -> Self {
        Self {
            id: callback.id,
            kind: callback.kind,
            result_code: callback.result_code,
            gate: callback.gate.as_deref(),
            state: callback.state.word(),
            reason: callback.state.reason(),
            created_at: clock::rfc3339(callback.created_at),
            attempts: callback.attempts.iter().map(AttemptView::of).collect(),
            body: Raw::of(&callback.body),
        }
    }
}

impl<'a> AttemptView<'a> {
    fn of(attempt: &'a Attempt) -> Self {
        Self {
            at: clock::rfc3339(attempt.at),
            status: attempt.outcome.as_ref().ok().copied(),
            error: attempt.outcome.as_ref().err().map(String::as_str),
            duration_ms: attempt.duration.as_millis(),
        }
    }
}

/// A conversation as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConversationView<'a> {
    id: &'a str,
    user: Option<&'a str>,
    business: &'a str,
    messages: usize,
    last_message: MessageView<'a>,
    care_window: CareWindowView,
}

#[derive(Serialize)]
struct CareWindowView {
    open: bool,
    until: Option<String>,
}

impl<'a> ConversationView<'a> {
    pub(super) fn of(state: &'a State, id: &'a str, messages: usize, last: &'a Message) -> Self {
        let until = state.conversations.window_until(id);
        let open = state.conversations.is_window_open(id, SystemTime::now());
        Self {
            id,
            user: last.user.as_deref(),
            business: &last.business,
            messages,
            last_message: MessageView::of(last),
            care_window: CareWindowView { open, until: until.map(clock::rfc3339) },
        }
    }
}
