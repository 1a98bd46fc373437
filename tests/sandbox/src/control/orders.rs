//! What tests and the page ask the sandbox to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::{Failure, body_of, json_answer};
use crate::gate::Gate;
use crate::gateway::Gateway;
use crate::inbound::Inbound;

pub(super) async fn inbound(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let body = body_of(&gateway, request).await?;
    let inbound = inbound_of(&body)?;
    let (message_id, id) = gateway.inbound(inbound).map_err(|error| error.to_string())?;
    let message_id = Some(message_id).filter(|id| !id.is_empty());
    Ok(json_answer(202, &json!({ "messageId": message_id, "id": id })))
}

pub(super) async fn add_gate(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let body = body_of(&gateway, request).await?;
    let order: GateOrder = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let (id, default) = (order.id.clone(), order.default);
    gateway.add_gate(order.gate()?, default).map_err(|error| error.to_string())?;
    Ok(json_answer(201, &json!({ "id": id })))
}

/// The members of an order. Each is taken once, and what is left over is refused.
struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    fn raw(&mut self, name: &str) -> Option<&'a RawValue> {
        self.0.remove(name)
    }

    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|raw| raw.get() != "null")
    }

    /// A member that may be absent or null.
    fn optional<T: Deserialize<'a>>(&mut self, name: &str) -> Result<Option<T>, String> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        serde_json::from_str(raw.get()).map_err(|error| format!("{name}: {error}"))
    }

    fn needed<T: Deserialize<'a>>(&mut self, name: &str) -> Result<T, String> {
        self.optional(name)?.ok_or_else(|| format!("{name} is missing"))
    }

    fn finish(self) -> Result<(), String> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("there is no member {name:?} here")),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContextOrder {
    source: String,
    message_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactOrder {
    name: String,
    #[serde(default)]
    phones: Vec<String>,
}

fn inbound_of(body: &[u8]) -> Result<Inbound, String> {
    let mut members = Members(serde_json::from_slice(body).map_err(|error| error.to_string())?);
    let kind: String = members.needed("type")?;
    let mut inbound = match kind.as_str() {
        "text" => Inbound::text(members.needed::<String>("text")?),
        "button" => Inbound::button(members.needed::<String>("text")?, members.needed::<String>("payload")?),
        "media" => {
            let (mime_type, caption) =
                (members.optional::<String>("mimeType")?, members.optional::<String>("caption")?);
            Inbound::media(members.needed::<String>("url")?, mime_type.as_deref(), caption.as_deref())
        }
        "location" => {
            let (latitude, longitude) = (members.needed("latitude")?, members.needed("longitude")?);
            let [name, address, url] = ["name", "address", "url"].map(|name| members.optional::<String>(name));
            Inbound::location(latitude, longitude, name?.as_deref(), address?.as_deref(), url?.as_deref())
        }
        "contacts" => {
            let contacts: Vec<ContactOrder> = members.needed("contacts")?;
            Inbound::contacts(contacts.into_iter().map(|contact| (contact.name, contact.phones)))
        }
        "buttonReply" => Inbound::button_reply(members.needed::<String>("id")?, members.needed::<String>("title")?),
        "listReply" => {
            let description = members.optional::<String>("description")?;
            let (id, title) = (members.needed::<String>("id")?, members.needed::<String>("title")?);
            Inbound::list_reply(id, title, description.as_deref())
        }
        "reaction" => Inbound::reaction(members.needed::<String>("emoji")?, members.needed::<String>("messageId")?),
        "raw" => {
            let (content, body) = (members.raw("content"), members.raw("body"));
            let given = ["source", "userId", "parentUserId", "destination"].into_iter().find(|name| members.has(name));
            if let (Some(_), Some(name)) = (body, given) {
                return Err(format!("{name} does not go with a raw body, which has its own"));
            }
            raw(content, body)?
        }
        _ => {
            return Err(format!(
                "there is no type {kind:?}: text, button, media, location, contacts, buttonReply, listReply, reaction or raw"
            ));
        }
    };
    for (name, set) in [
        ("source", Inbound::source as fn(Inbound, String) -> Inbound),
        ("userId", Inbound::user_id),
        ("parentUserId", Inbound::parent_user_id),
        ("destination", Inbound::destination),
        ("gate", Inbound::gate),
    ] {
        if let Some(value) = members.optional::<String>(name)? {
            inbound = set(inbound, value);
        }
    }
    if let Some(context) = members.optional::<ContextOrder>("context")? {
        if inbound.is_raw() {
            return Err("context does not go with raw".to_owned());
        }
        inbound = inbound.reply_to(context.source, context.message_id);
    }
    members.finish()?;
    Ok(inbound)
}

fn raw(content: Option<&RawValue>, body: Option<&RawValue>) -> Result<Inbound, String> {
    match (content, body) {
        (Some(content), None) => Ok(Inbound::raw_content(content.get())),
        // A string is the callback's own text, which then need be no JSON.
        (None, Some(body)) => Ok(match serde_json::from_str::<String>(body.get()) {
            Ok(text) => Inbound::raw_body(text),
            Err(_) => Inbound::raw_body(body.get()),
        }),
        _ => Err("raw has either content or body".to_owned()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GateOrder {
    id: String,
    url: String,
    username: Option<String>,
    password: Option<String>,
    header: Option<(String, String)>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    custom_parameters: BTreeMap<String, String>,
    #[serde(default)]
    default: bool,
}

impl GateOrder {
    fn gate(self) -> Result<Gate, String> {
        let mut gate = Gate::new(self.id, self.url);
        gate = match (self.username, self.password) {
            (None, None) => gate,
            (Some(username), Some(password)) => gate.basic(username, password),
            _ => return Err("username and password belong together".to_owned()),
        };
        for (name, value) in self.header.into_iter().chain(self.headers) {
            gate = gate.header(name, value);
        }
        gate.custom_parameters = self.custom_parameters;
        Ok(gate)
    }
}
