//! Messages from the user's side.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

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
    source: Option<String>,
    user_id: Option<String>,
    parent_user_id: Option<String>,
    destination: Option<String>,
    context: Option<Context>,
    pub(crate) gate: Option<String>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The sandbox's word for it, and `content.message` without the context.
    Message(&'static str, Value),
    RawContent(String),
    RawBody(Vec<u8>),
}

impl Inbound {
    /// A text message.
    pub fn text(text: impl Into<String>) -> Self {
        Self::message("text", json!({"contentType": "TEXT", "text": text.into()}))
    }

    /// A pressed quick-reply button: its label and its payload.
    pub fn button(text: impl Into<String>, payload: impl Into<String>) -> Self {
        let button = json!({"text": text.into(), "payload": payload.into()});
        Self::message("button", json!({"contentType": "BUTTON", "button": button}))
    }

    /// A picture, a recording, a video or a document: where it is, its MIME type and its caption. Not in version 1.4.1 of LINK's
    /// document.
    pub fn media(url: impl Into<String>, mime_type: Option<&str>, caption: Option<&str>) -> Self {
        let media = object([
            ("source", Some(url.into().into())),
            ("type", mime_type.map(Value::from)),
            ("caption", caption.map(Value::from)),
        ]);
        Self::message("media", json!({"contentType": "MEDIA", "media": media}))
    }

    /// A place, in degrees, with its name, address and web page. Not in version 1.4.1 of LINK's document.
    pub fn location(
        latitude: f64,
        longitude: f64,
        name: Option<&str>,
        address: Option<&str>,
        url: Option<&str>,
    ) -> Self {
        let location = object([
            ("latitude", Some(latitude.into())),
            ("longitude", Some(longitude.into())),
            ("name", name.map(Value::from)),
            ("address", address.map(Value::from)),
            ("url", url.map(Value::from)),
        ]);
        Self::message("location", json!({"contentType": "LOCATION", "location": location}))
    }

    /// Contacts, each with a name and its numbers. Not in version 1.4.1 of LINK's document.
    pub fn contacts(contacts: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let contacts = contacts.into_iter().map(|(name, phones)| {
            let phones: Vec<Value> = phones.into_iter().map(|phone| json!({"phone": phone})).collect();
            json!({"name": {"formatted_name": name}, "phones": phones})
        });
        let contacts: Vec<Value> = contacts.collect();
        Self::message("contacts", json!({"contentType": "CONTACT", "contacts": contacts}))
    }

    /// A pressed button of an interactive message: its id and its title. Not in version 1.4.1 of LINK's document.
    pub fn button_reply(id: impl Into<String>, title: impl Into<String>) -> Self {
        let reply = json!({"id": id.into(), "title": title.into()});
        let interactive = json!({"type": "button_reply", "button_reply": reply});
        Self::message("buttonReply", json!({"contentType": "INTERACTIVE", "interactive": interactive}))
    }

    /// A row chosen from the list of an interactive message: its id, title and description. Not in version 1.4.1 of LINK's
    /// document.
    pub fn list_reply(id: impl Into<String>, title: impl Into<String>, description: Option<&str>) -> Self {
        let reply = object([
            ("id", Some(id.into().into())),
            ("title", Some(title.into().into())),
            ("description", description.map(Value::from)),
        ]);
        let interactive = json!({"type": "list_reply", "list_reply": reply});
        Self::message("listReply", json!({"contentType": "INTERACTIVE", "interactive": interactive}))
    }

    /// An emoji beside the message of that id. Not in version 1.4.1 of LINK's document, and its form is a guess.
    pub fn reaction(emoji: impl Into<String>, message_id: impl Into<String>) -> Self {
        let reaction = json!({"emoji": emoji.into(), "message_id": message_id.into()});
        Self::message("reaction", json!({"contentType": "REACTION", "reaction": reaction}))
    }

    /// A callback whose `content` is this JSON, as it is written.
    pub fn raw_content(json: impl Into<String>) -> Self {
        Self::of(Kind::RawContent(json.into()))
    }

    /// A whole callback body, byte for byte; it need be no JSON.
    pub fn raw_body(body: impl Into<Vec<u8>>) -> Self {
        Self::of(Kind::RawBody(body.into()))
    }

    /// The user's number. Default: `+46000000001`, or none if there is a [user id](Self::user_id).
    #[must_use]
    pub fn source(mut self, msisdn: impl Into<String>) -> Self {
        self.source = Some(msisdn.into());
        self
    }

    /// The user's business-scoped id, such as `AT.1349`. Without a [source](Self::source), the message comes from a user who is
    /// known by this id alone. Not in version 1.4.1 of LINK's document.
    #[must_use]
    pub fn user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// The user's id with the parent business. Not in version 1.4.1 of LINK's document.
    #[must_use]
    pub fn parent_user_id(mut self, id: impl Into<String>) -> Self {
        self.parent_user_id = Some(id.into());
        self
    }

    /// The business number. Default: the sandbox's own.
    #[must_use]
    pub fn destination(mut self, msisdn: impl Into<String>) -> Self {
        self.destination = Some(msisdn.into());
        self
    }

    /// Makes a message a reply: to the message of that source and id.
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

    fn message(kind: &'static str, message: Value) -> Self {
        Self::of(Kind::Message(kind, message))
    }

    fn of(kind: Kind) -> Self {
        Self { kind, source: None, user_id: None, parent_user_id: None, destination: None, context: None, gate: None }
    }

    /// Whether it can be a reply.
    pub(crate) fn is_raw(&self) -> bool {
        !matches!(self.kind, Kind::Message(..))
    }

    /// The callback, and what the sandbox keeps of the message.
    pub(crate) fn callback(self, gate: &Gate, number: &Number) -> Result<Received, InboundError> {
        let (kind, shown, content) = match self.kind {
            Kind::RawBody(body) => return Ok(Received::of_raw_body(body, number)),
            Kind::RawContent(json) => {
                let content = RawValue::from_string(json).map_err(|_| InboundError::NotJson)?;
                ("raw", content.get().to_owned(), content)
            }
            Kind::Message(kind, mut message) => {
                if let Some(context) = self.context {
                    message["context"] = json!({"source": context.source, "messageId": context.message_id});
                }
                let content = json!({"type": "WHATSAPP", "message": message});
                let content = serde_json::value::to_raw_value(&content).map_err(|_| InboundError::NotJson)?;
                (kind, message.to_string(), content)
            }
        };
        let source = match (self.source, &self.user_id) {
            (None, None) => Some("+46000000001".to_owned()),
            (source, _) => source,
        };
        let user = source.clone().or_else(|| self.user_id.clone());
        let parameters = [("whatsappUserId", self.user_id), ("whatsappParentUserId", self.parent_user_id)];
        let parameters: BTreeMap<_, _> = parameters.into_iter().filter_map(|(key, id)| Some((key, id?))).collect();
        let destination = self.destination.unwrap_or_else(|| number.msisdn.clone());
        let now = SystemTime::now();
        let message_id = new_message_id();
        let received = ReceivedMessage {
            source,
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
            custom_parameters: Some(parameters).filter(|parameters| !parameters.is_empty()),
        };
        let body = serde_json::to_vec(&received).map_err(|_| InboundError::NotJson)?;
        Ok(Received { body: body.into(), message_id, kind, content: shown, user, business: destination })
    }
}

/// A message from a user, as a callback, and what the sandbox keeps of it.
pub(crate) struct Received {
    pub(crate) body: Bytes,
    /// Empty if a raw body has none.
    pub(crate) message_id: String,
    pub(crate) kind: &'static str,
    /// JSON.
    pub(crate) content: String,
    pub(crate) user: Option<String>,
    pub(crate) business: String,
}

impl Received {
    /// Reads from a raw body what it may have.
    fn of_raw_body(body: Vec<u8>, number: &Number) -> Self {
        let known = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        let text = |name| known.get(name).and_then(Value::as_str).map(str::to_owned);
        let content = if known.is_null() { Value::from(String::from_utf8_lossy(&body)) } else { known.clone() };
        Self {
            message_id: text("messageId").unwrap_or_default(),
            kind: "raw",
            content: content.to_string(),
            user: text("source"),
            business: text("destination").unwrap_or_else(|| number.msisdn.clone()),
            body: body.into(),
        }
    }
}

/// An object of the members that are present.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect())
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
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    content: Box<RawValue>,
    provider: &'a str,
    timestamp: String,
    message_id: &'a str,
    provider_timestamp: String,
    provider_message_id: String,
    route: Route<'a>,
    gate_custom_parameters: &'a BTreeMap<String, String>,
    custom_parameters: Option<BTreeMap<&'a str, String>>,
}

#[derive(Clone, Debug)]
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
