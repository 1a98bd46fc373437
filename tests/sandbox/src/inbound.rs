//! Messages from the user's side.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::clock;
use crate::gate::{Gate, GateError};
use crate::options::Number;

/// A message that a user is to have sent to the business number.
///
/// ```
/// use linkwa_sandbox::Inbound;
/// let answer = Inbound::button("Yes", "yes-17")
///     .source("+46000000002")
///     .reply_to("+46000000000", "8aU6cwxAKE9NzMLrS6M82Y");
/// ```
#[derive(Clone, Debug)]
pub struct Inbound {
    kind: Kind,
    pub(crate) source: Option<String>,
    pub(crate) destination: Option<String>,
    context: Option<Context>,
    pub(crate) gate: Option<String>,
}

#[derive(Clone, Debug)]
enum Kind {
    Message(Message),
    RawContent(String),
    RawBody(Vec<u8>),
}

impl Inbound {
    /// A text message.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Kind::Message(Message { content_type: "TEXT", text: Some(text.into()), button: None, context: None }))
    }

    /// A pressed quick-reply button: its label and its payload.
    pub fn button(text: impl Into<String>, payload: impl Into<String>) -> Self {
        let (text, payload) = (text.into(), payload.into());
        Self::of(Kind::Message(Message {
            content_type: "BUTTON",
            text: None,
            button: Some(Button { text, payload }),
            context: None,
        }))
    }

    /// A callback whose `content` is this JSON, as it is written.
    pub fn raw_content(json: impl Into<String>) -> Self {
        Self::of(Kind::RawContent(json.into()))
    }

    /// A whole callback body, byte for byte; it need be no JSON.
    pub fn raw_body(body: impl Into<Vec<u8>>) -> Self {
        Self::of(Kind::RawBody(body.into()))
    }

    /// The user's number. Default: `+46000000001`.
    #[must_use]
    pub fn source(mut self, msisdn: impl Into<String>) -> Self {
        self.source = Some(msisdn.into());
        self
    }

    /// The business number. Default: the sandbox's own.
    #[must_use]
    pub fn destination(mut self, msisdn: impl Into<String>) -> Self {
        self.destination = Some(msisdn.into());
        self
    }

    /// Makes a text or button message a reply: to the message of that source and id.
    #[must_use]
    pub fn reply_to(mut self, source: impl Into<String>, message_id: impl Into<String>) -> Self {
        let (source, message_id) = (source.into(), message_id.into());
        self.context = Some(Context { source, message_id });
        self
    }

    /// The gate to go to. Default: the default gate.
    #[must_use]
    pub fn gate(mut self, id: impl Into<String>) -> Self {
        self.gate = Some(id.into());
        self
    }

    fn of(kind: Kind) -> Self {
        Self { kind, source: None, destination: None, context: None, gate: None }
    }

    /// The callback's body, and the message id in it (empty if a raw body has none).
    pub(crate) fn callback(self, gate: &Gate, number: &Number) -> Result<(Bytes, String), InboundError> {
        let content = match self.kind {
            Kind::RawBody(body) => {
                let known = serde_json::from_slice::<Value>(&body).unwrap_or_default();
                let id = known.get("messageId").and_then(Value::as_str).unwrap_or_default();
                return Ok((body.into(), id.to_owned()));
            }
            Kind::RawContent(json) => RawValue::from_string(json).map_err(|_| InboundError::NotJson)?,
            Kind::Message(message) => {
                let whole = Content { kind: "WHATSAPP", message: Message { context: self.context, ..message } };
                serde_json::value::to_raw_value(&whole).map_err(|_| InboundError::NotJson)?
            }
        };
        let destination = self.destination.unwrap_or_else(|| number.msisdn.clone());
        let now = SystemTime::now();
        let message_id = new_message_id();
        let received = ReceivedMessage {
            source: self.source.unwrap_or_else(|| "+46000000001".to_owned()),
            content,
            provider: "whatsapp",
            timestamp: clock::rfc3339(now),
            message_id: &message_id,
            provider_timestamp: clock::rfc3339(now),
            provider_message_id: format!("wamid.{}", new_message_id()),
            route: Route {
                id: "sandboxRoute",
                ref_id: "sandboxRouteRef",
                platform_id: &number.platform_id,
                platform_partner_id: &number.platform_partner_id,
                platform_service_type: "sandboxServiceType",
                platform_service_id: "sandboxServiceId",
                number: &destination,
                gate_ids: [&gate.id],
                custom_parameters: BTreeMap::from([("routeKey", "routeValue")]),
                kind: "KEYWORD_ROUTE",
                keyword: "",
                keyword_type: "DEFAULT",
                active: true,
                start: clock::rfc3339(now - DECADE),
                end: clock::rfc3339(now + DECADE),
                shared: false,
                description: "The only route of a sandbox",
            },
            destination: &destination,
            gate_custom_parameters: &gate.custom_parameters,
            custom_parameters: None,
        };
        let body = serde_json::to_vec(&received).map_err(|_| InboundError::NotJson)?;
        Ok((body.into(), message_id))
    }
}

const DECADE: Duration = Duration::from_secs(3652 * 86_400);

/// 22 letters and digits, as the gateway makes them.
pub(crate) fn new_message_id() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(22).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceivedMessage<'a> {
    destination: &'a str,
    source: String,
    content: Box<RawValue>,
    provider: &'a str,
    timestamp: String,
    message_id: &'a str,
    provider_timestamp: String,
    provider_message_id: String,
    route: Route<'a>,
    gate_custom_parameters: &'a BTreeMap<String, String>,
    custom_parameters: Option<()>,
}

#[derive(Serialize)]
struct Content {
    #[serde(rename = "type")]
    kind: &'static str,
    message: Message,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    button: Option<Button>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
}

#[derive(Clone, Debug, Serialize)]
struct Button {
    text: String,
    payload: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    source: String,
    message_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Route<'a> {
    id: &'a str,
    ref_id: &'a str,
    platform_id: &'a str,
    platform_partner_id: &'a str,
    platform_service_type: &'a str,
    platform_service_id: &'a str,
    number: &'a str,
    gate_ids: [&'a str; 1],
    custom_parameters: BTreeMap<&'a str, &'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    keyword: &'a str,
    keyword_type: &'a str,
    active: bool,
    start: String,
    end: String,
    shared: bool,
    description: &'a str,
}

/// A received message that cannot be brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboundError {
    /// It names no gate, and the sandbox has no default gate.
    NoDefaultGate,
    /// It names a gate that the sandbox does not have.
    UnknownGate(String),
    /// The gate cannot be used.
    Gate(GateError),
    /// Too many callbacks of this gate are waiting already.
    TooManyPending(String),
    /// The raw content is no JSON.
    NotJson,
}

impl fmt::Display for InboundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDefaultGate => f.write_str("there is no default gate, and none is named"),
            Self::UnknownGate(id) => write!(f, "there is no gate {id:?}"),
            Self::Gate(error) => error.fmt(f),
            Self::TooManyPending(id) => write!(f, "too many callbacks are waiting for gate {id:?}"),
            Self::NotJson => f.write_str("the raw content is no JSON"),
        }
    }
}

impl std::error::Error for InboundError {}
