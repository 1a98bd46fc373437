//! The control routes, for tests in any language. They need no credentials, since only this machine
//! reaches them. A browser on this machine must not reach them for a website: its cross-site requests
//! have an `Origin`, and its requests to a name that an attacker points to this machine have a foreign `Host`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use data_encoding::BASE64;
use http_body_util::{BodyExt, Limited};
use hyper::header::{HOST, ORIGIN};
use hyper::http::uri::Authority;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::clock;
use crate::gate::Gate;
use crate::gateway::{Gateway, json_response};
use crate::inbound::Inbound;
use crate::record::RecordedRequest;

const MAX_BODY: usize = 4 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

/// Headers that are shown only if that is asked for.
const CREDENTIALS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/sandbox/requests", get(requests).delete(clear))
        .route("/sandbox/inbound", post(inbound))
        .route("/sandbox/gates", post(gates))
        .route("/sandbox/status", get(status))
}

async fn requests(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    if let Err(refusal) = body_of(&gateway, request).await {
        return refusal;
    }
    let requests = gateway.requests.all();
    let shown: Vec<_> =
        requests.iter().map(|request| RequestView::of(request, gateway.options.show_credentials)).collect();
    json_response(200, serde_json::to_vec(&shown).unwrap_or_default().into())
}

async fn clear(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    if let Err(refusal) = body_of(&gateway, request).await {
        return refusal;
    }
    gateway.requests.clear();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = hyper::StatusCode::NO_CONTENT;
    response
}

async fn status(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    if let Err(refusal) = body_of(&gateway, request).await {
        return refusal;
    }
    let status = json!({
        "requests": gateway.requests.count(),
        "kept": gateway.requests.len(),
        "pendingCallbacks": gateway.pending.count(),
        "droppedCallbacks": gateway.courier.dropped(),
    });
    json_response(200, status.to_string().into())
}

async fn inbound(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let body = match body_of(&gateway, request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let inbound = serde_json::from_slice::<InboundOrder<'_>>(&body)
        .map_err(|error| error.to_string())
        .and_then(InboundOrder::inbound);
    let outcome = inbound.and_then(|inbound| gateway.inbound(inbound).map_err(|e| e.to_string()));
    match outcome {
        Ok(id) => {
            let id = Some(id).filter(|id| !id.is_empty());
            json_response(202, json!({ "messageId": id }).to_string().into())
        }
        Err(problem) => refused(400, &problem),
    }
}

async fn gates(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let body = match body_of(&gateway, request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let order = match serde_json::from_slice::<GateOrder>(&body) {
        Ok(order) => order,
        Err(error) => return refused(400, &error.to_string()),
    };
    let (id, default) = (order.id.clone(), order.default);
    let added = order.gate().and_then(|gate| gateway.add_gate(gate, default).map_err(|e| e.to_string()));
    match added {
        Ok(()) => json_response(201, json!({ "id": id }).to_string().into()),
        Err(problem) => refused(400, &problem),
    }
}

async fn body_of(gateway: &Gateway, request: Request) -> Result<Bytes, Response> {
    let hosts: Vec<_> = request.headers().get_all(HOST).iter().collect();
    let [host] = hosts[..] else {
        return Err(refused(403, "one Host header is needed"));
    };
    if !host.to_str().is_ok_and(|host| is_own_host(host, &gateway.options.allowed_hosts)) {
        let problem = "the Host is neither localhost nor a loopback address; --allow-host allows another name";
        return Err(refused(403, problem));
    }
    if request.headers().contains_key(ORIGIN) {
        return Err(refused(403, "not for browsers"));
    }
    let reading = Limited::new(request.into_body(), MAX_BODY).collect();
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(refused(413, "the body broke off or is too long")),
        Err(_) => Err(refused(408, "the body came too slowly")),
    }
}

/// Whether a `Host` names this machine, or a host that was allowed; its port does not matter.
fn is_own_host(host: &str, allowed: &[String]) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

fn refused(status: u16, problem: &str) -> Response {
    json_response(status, json!({ "error": problem }).to_string().into())
}

/// A recorded request as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestView<'a> {
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
}

impl<'a> RequestView<'a> {
    fn of(request: &'a RecordedRequest, with_credentials: bool) -> Self {
        let shown = |(name, _): &&(String, String)| with_credentials || !CREDENTIALS.contains(&name.as_str());
        let body = std::str::from_utf8(&request.body).ok();
        Self {
            method: &request.method,
            path: &request.path,
            headers: request.headers.iter().filter(shown).collect(),
            body,
            body_base64: body.is_none().then(|| BASE64.encode(&request.body)),
            body_complete: request.body_complete,
            status: request.status,
            received_at: clock::rfc3339(request.received_at),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InboundOrder<'a> {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    payload: Option<String>,
    source: Option<String>,
    destination: Option<String>,
    context: Option<ContextOrder>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    gate: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ContextOrder {
    source: String,
    message_id: String,
}

impl InboundOrder<'_> {
    fn inbound(self) -> Result<Inbound, String> {
        let parts = (self.text, self.payload, self.content, self.body);
        let mut inbound = match (self.kind.as_str(), parts) {
            ("text", (Some(text), None, None, None)) => Inbound::text(text),
            ("button", (Some(text), Some(payload), None, None)) => Inbound::button(text, payload),
            ("raw", (None, None, Some(content), None)) => Inbound::raw_content(content.get()),
            // A string is the callback's own text, which then need be no JSON.
            ("raw", (None, None, None, Some(body))) => match serde_json::from_str::<String>(body.get()) {
                Ok(text) => Inbound::raw_body(text),
                Err(_) => Inbound::raw_body(body.get()),
            },
            _ => {
                return Err("needed: type text with text, type button with text and payload, \
                            or type raw with either content or body"
                    .to_owned());
            }
        };
        inbound.source = self.source;
        inbound.destination = self.destination;
        inbound.gate = self.gate;
        if let Some(context) = self.context {
            if self.kind == "raw" {
                return Err("context goes with text and button only".to_owned());
            }
            inbound = inbound.reply_to(context.source, context.message_id);
        }
        Ok(inbound)
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
