//! What a client sees: `POST {base}/messages`, and its answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use data_encoding::BASE64;
use http_body_util::BodyExt;
use hyper::header::{AUTHORIZATION, RETRY_AFTER};

use crate::behaviour::{self, Behaviour, Latency};
use crate::control;
use crate::delivery::{Courier, Outgoing, Parcel};
use crate::gate::{Gate, GateError, Gates};
use crate::inbound::{Inbound, InboundError, new_message_id};
use crate::judge::{self, Node, Violation};
use crate::options::Options;
use crate::record::{self, Pending, RecordedRequest, Shelf};
use crate::reply::{Accepted, Reply};
use crate::reports::{Event, Origin, codes, description};
use crate::scenario::{Answer, Reports, Scenario};
use crate::store::{self, Callback, CallbackState, Message, Store};

/// The requests that are kept take no more than about this, whatever their number.
const KEEP_BYTES: usize = 64 * 1024 * 1024;
/// A request with this header takes so long, whatever is set for all.
const LATENCY: &str = "x-sandbox-latency";
/// A request has at most this many findings in the record.
const MAX_FINDINGS: usize = 100;

/// What the gateway's routes, its control routes and the `Sandbox` share.
pub(crate) struct Gateway {
    pub(crate) options: Options,
    pub(crate) requests: Arc<Shelf<Arc<RecordedRequest>>>,
    pub(crate) store: Arc<Store>,
    pub(crate) pending: Pending,
    pub(crate) courier: Courier,
    pub(crate) behaviour: Behaviour,
    last_request: AtomicU64,
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
        Ok(()) => gateway.judge(&arrival.record),
        Err(reply) => reply,
    };
    gateway.answer(arrival, reply).await
}

async fn refuse_path(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    refuse(gateway, request, 404, "no such resource", "path").await
}

async fn refuse_method(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    refuse(gateway, request, 405, "no such method on this resource", "method").await
}

/// Refuses what is not a resource of the gateway. A request with credentials to a path that is not the gateway's own is recorded
/// too, since a client with a wrong base URL sends such requests. One without them is a browser's or a stranger's.
async fn refuse(gateway: Arc<Gateway>, request: Request, status: u16, problem: &str, reason: &'static str) -> Response {
    let path = request.uri().path();
    let has_credentials = request.headers().contains_key(AUTHORIZATION);
    if !gateway.is_own_path(path) && (control::is_own_path(path) || !has_credentials) {
        return match control::check_caller(&gateway.options, request.headers()) {
            Ok(()) => control::refused(status, problem),
            Err(refusal) => refusal.into_response(),
        };
    }
    let (arrival, body) = gateway.receive(request).await;
    let reply = Reply::error(status, 112_402, problem).because(reason);
    gateway.answer(arrival, body.err().unwrap_or(reply)).await
}

impl Gateway {
    pub(crate) fn new(options: Options, courier: Courier, pending: Pending, store: Arc<Store>) -> Self {
        let gates = Mutex::new(options.gates.clone());
        let requests = Shelf::new(record::Limits { items: options.keep, bytes: KEEP_BYTES });
        Self {
            options,
            requests,
            store,
            pending,
            courier,
            behaviour: Behaviour::default(),
            last_request: AtomicU64::new(0),
            gates,
        }
    }

    fn is_own_path(&self, path: &str) -> bool {
        let base = &self.options.base_path;
        !base.is_empty()
            && path.strip_prefix(base.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Forgets everything that came since the start, and the callbacks that wait.
    pub(crate) fn reset(&self) {
        self.courier.reset();
        self.behaviour.reset();
        *self.gates() = self.options.gates.clone();
        self.requests.clear();
        self.store.reset();
    }

    /// Authentication first, then the rate, then the rules, then the scenario.
    fn judge(&self, request: &RecordedRequest) -> Reply {
        if !self.lets_in(request) {
            return Reply::error(401, 112_400, description(112_400)).because("credentials");
        }
        if !self.behaviour.is_within(self.options.rate, Instant::now()) {
            let mut reply = Reply::error(429, 112_000, "too many requests").because("rate");
            reply.head(RETRY_AFTER, "1");
            return reply;
        }
        let asked = match request.header(LATENCY).map(str::parse::<Latency>).transpose() {
            Ok(asked) => asked,
            Err(error) => {
                return Reply::error(400, 112_402, &format!("bad request: {LATENCY}: {error}")).because("invalid");
            }
        };
        let (mut reply, planned) = match judge::read(&request.body, self.options.extensions) {
            Ok(request) => self.take(request),
            Err(mut violations) => {
                let first = violations.first().map(ToString::to_string).unwrap_or_default();
                let mut reply = Reply::error(400, 112_402, &format!("bad request: {first}")).because("invalid");
                let note = violations.first().map(Violation::note).unwrap_or_default();
                reply.note = note.escape_debug().to_string();
                violations.truncate(MAX_FINDINGS);
                reply.findings = violations;
                (reply, None)
            }
        };
        reply.latency = behaviour::latency(asked, planned, self.options.latency);
        reply
    }

    fn lets_in(&self, request: &RecordedRequest) -> bool {
        let has = |(name, value): &(String, String)| request.header(name) == Some(value.as_str());
        if !self.options.required_headers.iter().all(has) {
            return false;
        }
        let Some((scheme, pair)) = request.header(AUTHORIZATION.as_str()).and_then(|v| v.split_once(' ')) else {
            return false;
        };
        let expected = format!("{}:{}", self.options.username, self.options.password);
        scheme.eq_ignore_ascii_case("basic")
            && BASE64.decode(pair.trim().as_bytes()).is_ok_and(|pair| pair == expected.as_bytes())
    }

    /// Decides what a valid request is answered, and how long that takes if something is planned for it.
    fn take(&self, request: Node) -> (Reply, Option<Latency>) {
        let destinations = request.get("destinations").map(Node::items).unwrap_or_default();
        let destinations: Vec<String> = destinations.iter().filter_map(Node::text).map(str::to_owned).collect();
        let (forced, latency) = self.behaviour.meet(&destinations);
        let scenarios = destinations.iter().filter_map(|destination| forced.or_else(|| Scenario::of(destination)));
        let deciding = scenarios.clone().find(|scenario| scenario.answer != Answer::Accept);
        let answer = deciding.map_or(Answer::Accept, |scenario| scenario.answer);

        let message_ids: Vec<String> = destinations.iter().map(|_| new_message_id()).collect();
        let mut answered = message_ids.clone();
        if answer == Answer::OneIdTooFew {
            answered.pop();
        }
        let mut reply = Reply::to(answer, answered);
        reply.note = note(&request, destinations.len(), deciding.or(scenarios.clone().next()));
        reply.ref_id = request.get("refId").and_then(Node::text).map(str::to_owned);
        if answer.accepts() {
            reply.accepted = Some(Accepted { request, destinations, message_ids, forced });
        } else {
            reply.reason = Some("scenario");
        }
        (reply, latency)
    }

    /// Keeps the messages of an accepted request, and sends off their reports after the answer.
    fn bring(&self, accepted: &Accepted, record: &Arc<RecordedRequest>, start: Duration) {
        let request = &accepted.request;
        let origin = Origin::of(request);
        let messages = request.get("messages").map(Node::items).unwrap_or_default();
        let contents: Vec<String> = messages.iter().map(|message| message.to_value().to_string()).collect();
        let business = request.get("source").and_then(Node::text).unwrap_or_default();
        let gates = self.gates_of(request);
        let mut dropped = vec![0; gates.len()];
        let now = SystemTime::now();
        for (user, message_id) in accepted.destinations.iter().zip(&accepted.message_ids) {
            let scenario = accepted.forced.or_else(|| Scenario::of(user));
            for (index, (message_type, content)) in origin.message_types().iter().zip(&contents).enumerate() {
                let siblings = contents.len() * accepted.destinations.len();
                let request = store::Origin { request: Arc::clone(record), siblings };
                let message = Message::inbound(message_type, Some(user), business, message_id, content, now);
                let is_undeliverable = message_type != "template" && !self.is_care_window_open(&message, now);
                let message = message.outbound(index, scenario.map(|scenario| scenario.digits), request);
                let id = self.store.add(message);
                let kind = match scenario {
                    _ if is_undeliverable => Reports::Failed(112_403),
                    Some(scenario) => scenario.reports,
                    None => Reports::SentDelivered,
                };
                let codes = codes(kind);
                for (gate, dropped) in gates.iter().zip(&mut dropped) {
                    let reports = codes.iter().map(|code| {
                        let event = gate.event(*code, description(*code), now);
                        (*code, origin.report(message_id, index, &event))
                    });
                    let delay = self.options.report_delay;
                    *dropped += self.post_reports(gate, Some(id), reports.collect(), start, delay).dropped;
                }
            }
        }
        for (gate, dropped) in gates.iter().zip(dropped) {
            self.log_dropped(gate, dropped);
        }
    }

    /// One line for a request, which may have thousands of destinations.
    pub(crate) fn log_dropped(&self, gate: &Recipient, count: usize) {
        if let Some(id) = gate.id().filter(|_| count > 0) {
            let limit = self.options.max_pending_callbacks;
            self.options
                .log
                .line(|| format!("gate {id:?} is too slow: {count} callbacks dropped, since {limit} are waiting"));
        }
    }

    /// Whether the user wrote within a day, or it does not matter.
    fn is_care_window_open(&self, message: &Message, now: SystemTime) -> bool {
        let Some(conversation) = message.conversation.as_deref().filter(|_| self.options.enforce_care_window) else {
            return true;
        };
        self.store.read(|state| state.conversations.is_window_open(conversation, now))
    }

    /// Sends off reports, one after the other.
    pub(crate) fn post_reports(
        &self,
        gate: &Recipient,
        message: Option<u64>,
        reports: Vec<(u32, Bytes)>,
        start: Duration,
        delay: Duration,
    ) -> Posted {
        let state = match gate {
            Recipient::Gate(_) => CallbackState::Waiting,
            Recipient::Unknown(_) => CallbackState::UnknownGate,
            Recipient::None => CallbackState::NoGate,
        };
        let outgoing = reports.into_iter().map(|(code, body)| {
            let callback = Callback::new("report", Some(code), gate.id(), body.clone()).in_state(state.clone());
            let id = self.store.add_callback(message, callback);
            Outgoing { id, message, result_code: Some(code), body }
        });
        let outgoing: Vec<Outgoing> = outgoing.collect();
        let ids = outgoing.iter().map(|callback| callback.id).collect();
        let Some((gate, target)) = gate.known().and_then(|gate| Some((gate, gate.target().ok()?))) else {
            for callback in &outgoing {
                self.store.report(callback.message, callback.result_code.unwrap_or_default());
            }
            return Posted { ids, dropped: 0 };
        };
        let count = outgoing.len();
        let is_taken = self.courier.send(Parcel { gate: gate.id.clone(), target, callbacks: outgoing, start, delay });
        Posted { ids, dropped: if is_taken { 0 } else { count } }
    }

    /// A gate by its id, or the default gate.
    pub(crate) fn recipient(&self, id: Option<&str>) -> Recipient {
        let gates = self.gates();
        match id {
            Some(id) => gates.named(id).cloned().map_or_else(|| Recipient::Unknown(id.to_owned()), Recipient::Gate),
            None => gates.default_gate().cloned().map_or(Recipient::None, Recipient::Gate),
        }
    }

    /// The gates that a request names, or the default gate if it names none.
    pub(crate) fn gates_of(&self, request: &Node) -> Vec<Recipient> {
        let named = request.get("eventReportGates").map(Node::items).unwrap_or_default();
        if named.is_empty() {
            return vec![self.recipient(None)];
        }
        let mut ids: Vec<&str> = Vec::new();
        for id in named.iter().filter_map(Node::text) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let recipients = ids.into_iter().map(|id| {
            let recipient = self.recipient(Some(id));
            if recipient.known().is_none() {
                self.options.log.line(|| format!("no gate {id:?}: its reports are skipped"));
            }
            recipient
        });
        recipients.collect()
    }

    pub(crate) fn add_gate(&self, gate: Gate, default: bool) -> Result<(), GateError> {
        gate.target()?;
        self.gates().add(gate, default);
        Ok(())
    }

    /// Brings in a message from a user. Returns its message id, and its id in the store.
    pub(crate) fn inbound(&self, inbound: Inbound) -> Result<(String, u64), InboundError> {
        let gate = match &inbound.gate {
            Some(id) => {
                let gate = self.gates().named(id).cloned();
                gate.ok_or_else(|| InboundError::UnknownGate(id.clone()))?
            }
            None => self.gates().default_gate().cloned().ok_or(InboundError::NoDefaultGate)?,
        };
        let target = gate.target().map_err(InboundError::Gate)?;
        let built = inbound.callback(&gate, &self.options.number)?;
        let now = SystemTime::now();
        let (user, business, message_id) = (built.user.as_deref(), built.business.as_str(), built.message_id.as_str());
        let message = Message::inbound(built.kind, user, business, message_id, &built.content, now);
        if let Some(conversation) = &message.conversation {
            self.store.open_window(conversation, now);
        }
        let id = self.store.add(message);
        let callback = Callback::new("message", None, Some(&gate.id), built.body.clone());
        let callback = self.store.add_callback(Some(id), callback);
        let gate_id = gate.id.clone();
        let taken = self.courier.send(Parcel {
            gate: gate.id,
            target,
            callbacks: vec![Outgoing { id: callback, message: Some(id), result_code: None, body: built.body }],
            start: Duration::ZERO,
            delay: Duration::ZERO,
        });
        if taken { Ok((built.message_id, id)) } else { Err(InboundError::TooManyPending(gate_id)) }
    }

    pub(crate) fn all_gates(&self) -> Gates {
        self.gates().clone()
    }

    fn gates(&self) -> MutexGuard<'_, Gates> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a request to its end. One whose client goes away meanwhile is recorded, too.
    async fn receive(self: &Arc<Self>, request: Request) -> (Arrival, Result<(), Reply>) {
        let (head, mut body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut arrival = Arrival {
            record: RecordedRequest {
                id: self.last_request.fetch_add(1, Ordering::Relaxed) + 1,
                method: head.method.to_string(),
                path: path.to_owned(),
                headers: record::headers(&head.headers),
                body: Vec::new(),
                received_at: SystemTime::now(),
                body_complete: false,
                status: None,
                ref_id: None,
                reason: Some("brokenOff"),
                findings: Vec::new(),
                answer: Vec::new(),
            },
            gateway: Some(Arc::clone(self)),
        };
        let limit = self.options.max_body_bytes;
        let reading = async {
            let mut total = 0;
            while let Some(frame) = body.frame().await {
                let Ok(frame) = frame else {
                    return Err(Reply::error(400, 112_402, "the body broke off").because("brokenOff"));
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
                return Err(Reply::error(413, 112_402, "the body is too long").because("tooLong").closing());
            }
            Ok(())
        };
        let outcome = match tokio::time::timeout(self.options.read_timeout, reading).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Reply::error(408, 112_402, "the body came too slowly").because("tooSlow").closing()),
        };
        arrival.record.body_complete = outcome.is_ok();
        arrival.record.body.shrink_to_fit();
        (arrival, outcome)
    }

    /// Records and logs the request, then lets its answer go.
    async fn answer(&self, arrival: Arrival, reply: Reply) -> Response {
        let record = self.keep(arrival.answered(&reply));
        if let Some(accepted) = &reply.accepted {
            self.bring(accepted, &record, reply.latency);
        }
        self.options.log.line(|| {
            let status = reply.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            let path = record.path.split('?').next().unwrap_or_default();
            format!("{} {path} {status} {}", record.method, reply.note)
        });
        drop(record);
        if !reply.latency.is_zero() {
            tokio::time::sleep(reply.latency).await;
        }
        match reply.response {
            Some(response) => response,
            None => std::future::pending().await,
        }
    }

    fn keep(&self, record: RecordedRequest) -> Arc<RecordedRequest> {
        let record = Arc::new(record);
        self.requests.push(Arc::clone(&record));
        if record.reason.is_some() {
            self.store.add_refused(Arc::clone(&record));
        }
        record
    }
}

/// Who gets the reports of a request.
pub(crate) enum Recipient {
    Gate(Gate),
    /// The request names a gate that the sandbox does not have.
    Unknown(String),
    /// The request names no gate, and there is no default gate.
    None,
}

impl Recipient {
    /// Something to report to it.
    pub(crate) fn event<'a>(&'a self, result_code: u32, description: &'a str, at: SystemTime) -> Event<'a> {
        static NO_PARAMETERS: BTreeMap<String, String> = BTreeMap::new();
        let gate_custom_parameters = self.known().map_or(&NO_PARAMETERS, |gate| &gate.custom_parameters);
        Event { result_code, description, at, gate_custom_parameters }
    }

    pub(crate) fn known(&self) -> Option<&Gate> {
        match self {
            Self::Gate(gate) => Some(gate),
            _ => None,
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Gate(gate) => Some(&gate.id),
            Self::Unknown(id) => Some(id),
            Self::None => None,
        }
    }
}

/// What became of reports for a gate.
pub(crate) struct Posted {
    /// The numbers of the callbacks.
    pub(crate) ids: Vec<u64>,
    /// How many of them were dropped, since too many wait for the gate.
    pub(crate) dropped: usize,
}

/// A request that is being received. Dropping it keeps it, so that one whose connection ends is not lost.
struct Arrival {
    record: RecordedRequest,
    gateway: Option<Arc<Gateway>>,
}

impl Arrival {
    fn answered(mut self, reply: &Reply) -> RecordedRequest {
        self.gateway = None;
        let mut record = self.record.clone();
        record.status = reply.status;
        record.reason = reply.reason;
        record.findings.clone_from(&reply.findings);
        record.answer = reply.body.to_vec();
        record.ref_id.clone_from(&reply.ref_id);
        record
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.keep(self.record.clone());
        }
    }
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
