//! What a client sees: `POST {base}/messages`, and its answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use data_encoding::BASE64;
use http_body_util::BodyExt;
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use crate::control;
use crate::delivery::{Courier, Parcel};
use crate::gate::{Gate, GateError, Gates};
use crate::host;
use crate::inbound::{Inbound, InboundError, new_message_id};
use crate::judge::{self, Node};
use crate::options::Options;
use crate::record::{self, Pending, RecordedRequest, Shelf};
use crate::reports::{Origin, description};
use crate::scenario::{Answer, Scenario};

/// The requests that are kept take no more than about this, whatever their number.
const KEEP_BYTES: usize = 64 * 1024 * 1024;

/// What the gateway's routes, its control routes and the `Sandbox` share.
pub(crate) struct Gateway {
    pub(crate) options: Options,
    pub(crate) requests: Arc<Shelf<RecordedRequest>>,
    pub(crate) pending: Pending,
    pub(crate) courier: Courier,
    gates: Mutex<Gates>,
}

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    let messages = format!("{}/messages", gateway.options.base_path);
    Router::new()
        .route(&messages, post(take_messages))
        .merge(control::routes())
        .fallback(refuse_path)
        .method_not_allowed_fallback(refuse_method)
        .with_state(gateway)
}

async fn take_messages(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (arrival, body) = gateway.receive(request).await;
    let reply = match body {
        Ok(()) => gateway.judge(&arrival),
        Err(reply) => reply,
    };
    gateway.answer(arrival, reply).await
}

async fn refuse_path(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (arrival, body) = gateway.receive(request).await;
    let reply = Reply::error(404, 112_402, "no such resource");
    gateway.answer(arrival, body.err().unwrap_or(reply)).await
}

async fn refuse_method(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (arrival, body) = gateway.receive(request).await;
    let reply = Reply::error(405, 112_402, "no such method on this resource");
    gateway.answer(arrival, body.err().unwrap_or(reply)).await
}

impl Gateway {
    pub(crate) fn new(mut options: Options, courier: Courier, pending: Pending) -> Self {
        let gates = Mutex::new(std::mem::take(&mut options.gates));
        let requests = Shelf::new(record::Limits { items: options.keep, bytes: KEEP_BYTES });
        Self { options, requests, pending, courier, gates }
    }

    /// Authentication first, then the rules, then the scenario.
    fn judge(&self, arrival: &Arrival) -> Reply {
        if !self.lets_in(&arrival.record) {
            return Reply::error(401, 112_400, description(112_400));
        }
        match judge::read(&arrival.record.body) {
            Ok(request) => self.take(&request),
            Err(violations) => {
                let first = violations.first().map(ToString::to_string).unwrap_or_default();
                let mut reply = Reply::error(400, 112_402, &format!("bad request: {first}"));
                reply.note = first.escape_debug().to_string();
                reply
            }
        }
    }

    fn lets_in(&self, request: &RecordedRequest) -> bool {
        let Some((scheme, pair)) = request.header(AUTHORIZATION.as_str()).and_then(|v| v.split_once(' ')) else {
            return false;
        };
        let expected = format!("{}:{}", self.options.username, self.options.password);
        scheme.eq_ignore_ascii_case("basic")
            && BASE64.decode(pair.trim().as_bytes()).is_ok_and(|pair| pair == expected.as_bytes())
    }

    /// Takes a request that is as it should be: sends off its reports, and says what to answer.
    fn take(&self, request: &Node) -> Reply {
        let destinations = request.get("destinations").map(Node::items).unwrap_or_default();
        let destinations: Vec<&str> = destinations.iter().filter_map(Node::text).collect();
        let scenarios = destinations.iter().filter_map(|destination| Scenario::of(destination));
        let deciding = scenarios.clone().find(|scenario| scenario.answer != Answer::Accept);
        let answer = deciding.map_or(Answer::Accept, |scenario| scenario.answer);

        let mut message_ids: Vec<String> = destinations.iter().map(|_| new_message_id()).collect();
        if answer.accepts() {
            self.report(request, &destinations, &message_ids);
        }
        if answer == Answer::OneIdTooFew {
            message_ids.pop();
        }
        let mut reply = Reply::to(answer, message_ids);
        reply.note = note(request, destinations.len(), deciding.or(scenarios.clone().next()));
        reply
    }

    fn report(&self, request: &Node, destinations: &[&str], message_ids: &[String]) {
        let origin = Origin::of(request);
        for gate in self.gates_of(request) {
            let Ok(target) = gate.target() else { continue };
            let mut dropped = 0;
            for (destination, message_id) in destinations.iter().zip(message_ids) {
                for callbacks in origin.reports(destination, message_id, &gate) {
                    let count = callbacks.len();
                    let taken = self.courier.send(Parcel {
                        gate: gate.id.clone(),
                        target: target.clone(),
                        callbacks,
                        delay: self.options.report_delay,
                    });
                    if !taken {
                        dropped += count;
                    }
                }
            }
            if dropped > 0 {
                self.options.log.line(|| {
                    let (id, limit) = (&gate.id, self.options.max_pending_callbacks);
                    format!("gate {id:?} is too slow: {dropped} callbacks dropped, since {limit} are waiting")
                });
            }
        }
    }

    fn gates_of(&self, request: &Node) -> Vec<Gate> {
        let gates = self.gates();
        let named = request.get("eventReportGates").map(Node::items).unwrap_or_default();
        if named.is_empty() {
            return gates.default_gate().cloned().into_iter().collect();
        }
        let mut ids: Vec<&str> = Vec::new();
        for id in named.iter().filter_map(Node::text) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let known = ids.into_iter().filter_map(|id| {
            let gate = gates.named(id).cloned();
            if gate.is_none() {
                self.options.log.line(|| format!("no gate {id:?}: its reports are skipped"));
            }
            gate
        });
        known.collect()
    }

    pub(crate) fn add_gate(&self, gate: Gate, default: bool) -> Result<(), GateError> {
        gate.target()?;
        self.gates().add(gate, default);
        Ok(())
    }

    pub(crate) fn inbound(&self, inbound: Inbound) -> Result<String, InboundError> {
        let gate = match &inbound.gate {
            Some(id) => {
                let gate = self.gates().named(id).cloned();
                gate.ok_or_else(|| InboundError::UnknownGate(id.clone()))?
            }
            None => self.gates().default_gate().cloned().ok_or(InboundError::NoDefaultGate)?,
        };
        let target = gate.target().map_err(InboundError::Gate)?;
        let (callback, message_id) = inbound.callback(&gate, &self.options.number)?;
        let id = gate.id.clone();
        let taken = self.courier.send(Parcel {
            gate: gate.id,
            target,
            callbacks: vec![callback],
            delay: std::time::Duration::ZERO,
        });
        if taken { Ok(message_id) } else { Err(InboundError::TooManyPending(id)) }
    }

    fn gates(&self) -> MutexGuard<'_, Gates> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a request to its end. One whose client goes away meanwhile is recorded, too.
    async fn receive(&self, request: Request) -> (Arrival, Result<(), Reply>) {
        let (head, mut body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut arrival = Arrival {
            record: RecordedRequest {
                method: head.method.to_string(),
                path: path.to_owned(),
                headers: record::headers(&head.headers),
                body: Vec::new(),
                received_at: SystemTime::now(),
                body_complete: false,
                status: None,
            },
            shelf: Some(Arc::clone(&self.requests)),
        };
        let limit = self.options.max_body_bytes;
        let reading = async {
            let mut total = 0;
            while let Some(frame) = body.frame().await {
                let Ok(frame) = frame else {
                    return Err(Reply::error(400, 112_402, "the body broke off"));
                };
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                total += data.len();
                // What is too much is read and dropped: a client that is still sending would
                // lose an answer that comes before its end.
                let room = limit - arrival.record.body.len();
                let kept = data.len().min(room);
                arrival.record.body.extend_from_slice(&data[..kept]);
            }
            if total > limit {
                return Err(Reply::error(413, 112_402, "the body is too long").closing());
            }
            Ok(())
        };
        let outcome = match tokio::time::timeout(self.options.read_timeout, reading).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Reply::error(408, 112_402, "the body came too slowly").closing()),
        };
        arrival.record.body_complete = outcome.is_ok();
        arrival.record.body.shrink_to_fit();
        (arrival, outcome)
    }

    /// Records and logs the request, then lets its answer go.
    async fn answer(&self, mut arrival: Arrival, reply: Reply) -> Response {
        arrival.record.status = reply.status;
        let method = arrival.record.method.clone();
        let path = arrival.record.path.split('?').next().unwrap_or_default().to_owned();
        drop(arrival);
        self.options.log.line(|| {
            let status = reply.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            format!("{method} {path} {status} {}", reply.note)
        });
        match reply.response {
            Some(response) => response,
            None => std::future::pending().await,
        }
    }
}

/// A request that is being received. Dropping it puts it on the shelf, so that one whose
/// connection ends is not lost.
struct Arrival {
    record: RecordedRequest,
    shelf: Option<Arc<Shelf<RecordedRequest>>>,
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if let Some(shelf) = self.shelf.take() {
            shelf.push(self.record.clone());
        }
    }
}

/// What is answered, and what is noted of it.
struct Reply {
    /// As the client will read it, if it will.
    status: Option<u16>,
    /// None: the client waits for ever.
    response: Option<Response>,
    note: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageResponse<'a> {
    result_code: u32,
    description: &'a str,
    message_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorResponse<'a> {
    result_code: u32,
    description: &'a str,
    translated_description: Option<()>,
}

impl Reply {
    fn to(answer: Answer, message_ids: Vec<String>) -> Self {
        let queued = |message_ids| {
            json(&MessageResponse { result_code: 112_001, description: description(112_001), message_ids })
        };
        match answer {
            Answer::Accept | Answer::OneIdTooFew => Self::json(200, queued(message_ids).into()),
            Answer::CutHalfWay => Self::json(200, host::half(&queued(message_ids))),
            Answer::Html => {
                let page = "<!DOCTYPE html><html><body><h1>It works</h1></body></html>\n";
                let mut reply = Self::json(200, page.into());
                reply.head(CONTENT_TYPE, "text/html");
                reply
            }
            Answer::AcceptedFailure(result_code) => {
                let message_ids = Vec::new();
                let description = description(result_code);
                Self::json(200, json(&MessageResponse { result_code, description, message_ids }).into())
            }
            Answer::Refuse(status, result_code, retry) => {
                let mut reply = Self::error(status, result_code, description(result_code));
                if retry {
                    reply.head(RETRY_AFTER, "1");
                }
                reply
            }
            Answer::CloseUnanswered => Self { status: None, response: Some(host::unanswered()), note: String::new() },
            Answer::Silence => Self { status: None, response: None, note: String::new() },
        }
    }

    fn error(status: u16, result_code: u32, description: &str) -> Self {
        let translated_description = None;
        let body = json(&ErrorResponse { result_code, description, translated_description });
        let mut reply = Self::json(status, body.into());
        description.clone_into(&mut reply.note);
        if status == 401 {
            reply.head(WWW_AUTHENTICATE, "Basic realm=\"sandbox\"");
        }
        reply
    }

    fn json(status: u16, body: Body) -> Self {
        Self { status: Some(status), response: Some(json_response(status, body)), note: String::new() }
    }

    /// Closes the connection after the answer.
    fn closing(mut self) -> Self {
        self.head(CONNECTION, "close");
        self
    }

    fn head(&mut self, name: hyper::header::HeaderName, value: &'static str) {
        if let Some(response) = &mut self.response {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
}

fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

pub(crate) fn json_response(status: u16, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// The log line of an accepted request, without phone numbers and texts.
fn note(request: &Node, destinations: usize, scenario: Option<&Scenario>) -> String {
    let ref_id = request.get("refId").and_then(Node::text).unwrap_or_default();
    let messages = request.get("messages").map(Node::items).unwrap_or_default();
    let types = messages.iter().filter_map(|message| message.get("type").and_then(Node::text));
    let types = types.collect::<Vec<_>>().join(",");
    let scenario = scenario.map(|s| format!(" scenario={}", s.digits)).unwrap_or_default();
    format!("refId={ref_id:?} types={types} destinations={destinations}{scenario}")
}
