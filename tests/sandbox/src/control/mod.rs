//! The control routes, for tests in any language. They need no credentials: only this machine reaches
//! them, unless `allow_remote` lets others. A browser must not reach them for a website: its cross-site requests
//! have an `Origin`, and its requests to a name that an attacker points to this machine have a foreign `Host`.

mod events;
mod messages;
mod orders;
mod page;
mod plan;
mod query;
mod report;
mod views;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::header::{CACHE_CONTROL, HOST, HeaderValue, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Uri};
use serde::Serialize;
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::options::Options;
use crate::reply::json_response;
use query::Query;
use views::RequestView;

const MAX_BODY: usize = 4 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    let pages = page::FILES.iter().map(|(path, ..)| (*path, get(page::page)));
    let all = control_routes().into_iter().chain(pages);
    all.fold(Router::new(), |router, (path, methods)| router.route(path, methods))
}

/// Each is described in `openapi.json`.
fn control_routes() -> Vec<(&'static str, MethodRouter<Arc<Gateway>>)> {
    vec![
        ("/sandbox/messages", get(messages::messages)),
        ("/sandbox/messages/{id}", get(messages::message)),
        ("/sandbox/refused", get(messages::refused)),
        ("/sandbox/conversations", get(messages::conversations)),
        ("/sandbox/events", get(events::events)),
        ("/sandbox/requests", get(requests).delete(clear)),
        ("/sandbox/status", get(status)),
        ("/sandbox/reset", post(reset)),
        ("/sandbox/inbound", post(orders::inbound)),
        ("/sandbox/report", post(report::report)),
        ("/sandbox/scenarios", get(plan::scenarios).post(plan::plan).delete(plan::clear)),
        ("/sandbox/chaos", get(plan::chaos).put(plan::set_chaos).delete(plan::end_chaos)),
        ("/sandbox/gates", get(gates).post(orders::add_gate)),
        ("/sandbox/openapi.json", get(openapi)),
    ]
}

/// Whether a path belongs to the control routes or the page.
pub(crate) fn is_own_path(path: &str) -> bool {
    path == "/sandbox" || path.starts_with("/sandbox/") || page::FILES.iter().any(|(known, ..)| *known == path)
}

/// A request to the control routes that is refused: status and problem.
pub(crate) struct Failure(u16, String);

impl From<String> for Failure {
    fn from(problem: String) -> Self {
        Self(400, problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        json_answer(self.0, &json!({ "error": self.1 }))
    }
}

async fn openapi(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    Ok(json_response(200, include_str!("../../openapi.json").into()))
}

async fn requests(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    let requests = gateway.requests.all();
    let shown = requests.iter().map(|request| RequestView::of(request, &gateway.options));
    Ok(json_answer(200, &shown.collect::<Vec<_>>()))
}

async fn clear(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    gateway.requests.clear();
    Ok(no_content())
}

async fn reset(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    gateway.reset();
    // The callbacks that waited end when their tasks run, which is at once.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
    while gateway.pending.count() > 0 && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(no_content())
}

async fn status(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    Ok(json_answer(200, &status_of(&gateway)))
}

fn status_of(gateway: &Gateway) -> Value {
    let gates = gateway.all_gates();
    let (messages, refused, conversations, revision, reasons) = gateway.store.read(|state| {
        let counts = &state.counts;
        (counts.messages, counts.refused, state.conversations.len(), state.revision, counts.not_taken.clone())
    });
    json!({
        "requests": gateway.requests.count(),
        "kept": gateway.requests.len(),
        "keep": gateway.options.keep,
        "messages": messages,
        "refused": refused,
        "conversations": conversations,
        "revision": revision,
        "pendingCallbacks": gateway.pending.count(),
        "droppedCallbacks": gateway.courier.dropped(),
        "callbacksNotTaken": { "count": reasons.values().sum::<u64>(), "reasons": reasons },
        "defaultGate": gates.default_gate().map(|gate| &gate.id),
        "latencyMs": gateway.options.latency.milliseconds(),
        "rate": gateway.options.rate,
        "enforceCareWindow": gateway.options.enforce_care_window,
        "scenarioQueue": gateway.behaviour.planned().len(),
        "chaos": gateway.behaviour.chaos().is_some(),
        "basePath": gateway.options.base_path,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

async fn gates(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    body_of(&gateway, request).await?;
    let gates = gateway.all_gates();
    let default = gates.default_gate().map(|gate| gate.id.as_str());
    let shown = gates
        .iter()
        .map(|gate| json!({ "id": gate.id, "url": gate.shown_url(), "default": default == Some(&gate.id) }));
    Ok(json_answer(200, &json!({ "gates": shown.collect::<Vec<_>>() })))
}

/// The body of a request that has no query parameters.
async fn body_of(gateway: &Gateway, request: Request) -> Result<Bytes, Failure> {
    let (query, body) = query_and_body_of(gateway, request).await?;
    query.finish()?;
    Ok(body)
}

/// The query of a request whose body does not matter.
async fn query_of(gateway: &Gateway, request: Request) -> Result<Query, Failure> {
    Ok(query_and_body_of(gateway, request).await?.0)
}

/// What a request asks for whose caller may use the control routes.
async fn query_and_body_of(gateway: &Gateway, request: Request) -> Result<(Query, Bytes), Failure> {
    check_caller(&gateway.options, request.headers())?;
    let query = Query::of(request.uri())?;
    let reading = Limited::new(request.into_body(), MAX_BODY).collect();
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(body)) => Ok((query, body.to_bytes())),
        Ok(Err(_)) => Err(Failure(413, "the body broke off or is too long".to_owned())),
        Err(_) => Err(Failure(408, "the body came too slowly".to_owned())),
    }
}

/// Refuses a browser that acts for a website. The page of the sandbox itself has an `Origin` that is the `Host`.
pub(crate) fn check_caller(options: &Options, headers: &HeaderMap) -> Result<(), Failure> {
    let hosts: Vec<_> = headers.get_all(HOST).iter().filter_map(|host| host.to_str().ok()).collect();
    let [host] = hosts[..] else {
        return Err(Failure(403, "one Host header is needed".to_owned()));
    };
    if !is_own_host(host, options) {
        let problem = "the Host is not the address of this sandbox; --allow-host allows a name";
        return Err(Failure(403, problem.to_owned()));
    }
    let is_own = |origin: &HeaderValue| {
        let origin = origin.to_str().unwrap_or_default();
        origin.eq_ignore_ascii_case(&format!("http://{host}")) || is_allowed_origin(origin, &options.allowed_hosts)
    };
    if !headers.get_all(ORIGIN).iter().all(is_own) {
        return Err(Failure(403, "the Origin is another website".to_owned()));
    }
    Ok(())
}

/// Whether an origin has a name that was allowed, with any scheme and port: a proxy may stand between.
fn is_allowed_origin(origin: &str, allowed: &[String]) -> bool {
    let uri = origin.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).filter(|_| !origin.contains('@'));
    host.is_some_and(|host| allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)))
}

/// Whether a `Host` names this machine, or a host that was allowed; its port does not matter. An attacker points names to this
/// machine, but not addresses.
fn is_own_host(host: &str, options: &Options) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let listen = options.listen.ip();
    let is_own = |address: IpAddr| {
        address.is_loopback() || options.allow_remote && (listen.is_unspecified() || address == listen)
    };
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(is_own)
        || options.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

pub(crate) fn refused(status: u16, problem: &str) -> Response {
    Failure(status, problem.to_owned()).into_response()
}

fn json_answer(status: u16, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = json_response(status, body.into());
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = hyper::StatusCode::NO_CONTENT;
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_openapi_document_has_each_path() {
        let document: serde_json::Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap_or_default();
        let described: BTreeSet<&str> =
            document["paths"].as_object().into_iter().flatten().map(|(path, _)| path.as_str()).collect();
        let served = super::control_routes();
        assert_eq!(described, served.iter().map(|(path, _)| *path).collect());
    }
}
