//! Event reports on demand: read, deleted, any code, once more, late, twice.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Failure, body_of, json_answer};
use crate::gateway::{Gateway, Recipient};
use crate::judge::{self, Node};
use crate::record::RecordedRequest;
use crate::reports::{Made, Origin, description};
use crate::store::{Message, Status};

const MAX_TIMES: usize = 100;
const MAX_DELAY: u64 = 86_400_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReportOrder {
    message: Option<u64>,
    message_id: Option<String>,
    message_index: Option<i64>,
    ref_id: Option<String>,
    message_type: Option<String>,
    status: Option<String>,
    result_code: Option<u32>,
    description: Option<String>,
    callback: Option<u64>,
    times: Option<usize>,
    delay_ms: Option<u64>,
    gate: Option<String>,
}

/// The message that is reported on.
struct Subject {
    id: u64,
    wire_id: String,
    index: usize,
    request: Arc<RecordedRequest>,
    /// Gate, code and body of the callback that is to be posted once more.
    repeated: Option<(Option<String>, u32, Bytes)>,
}

pub(super) async fn report(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let body = body_of(&gateway, request).await?;
    let order: ReportOrder = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let callbacks = order.post(&gateway)?;
    Ok(json_answer(202, &json!({ "callbacks": callbacks })))
}

impl ReportOrder {
    fn post(&self, gateway: &Gateway) -> Result<Vec<u64>, String> {
        let times = self.times.unwrap_or(1);
        if !(1..=MAX_TIMES).contains(&times) {
            return Err(format!("times is 1 to {MAX_TIMES}"));
        }
        let delay = self.delay_ms.unwrap_or_default();
        if delay > MAX_DELAY {
            return Err("delayMs is at most a day".to_owned());
        }
        self.refuse_what_does_not_go_together()?;
        let post = |gate: &Recipient, message, code, body: Bytes| {
            let reports = vec![(code, body); times];
            let posted = gateway.post_reports(gate, message, reports, Duration::from_millis(delay), Duration::ZERO);
            gateway.log_dropped(gate, posted.dropped);
            posted.ids
        };
        let now = SystemTime::now();
        if let Some(message_type) = &self.message_type {
            let (code, words) = self.code()?;
            let made = Made {
                message_id: self.message_id.clone(),
                ref_id: self.ref_id.clone(),
                message_type: message_type.clone(),
                message_index: self.message_index.unwrap_or(-1),
            };
            if made.message_id.is_none() && made.ref_id.is_none() {
                return Err("messageId or refId is missing".to_owned());
            }
            let gate = known(gateway.recipient(self.gate.as_deref()))?;
            return Ok(post(&gate, None, code, made.report(&gate.event(code, words, now))));
        }

        let subject = self.subject(gateway)?;
        if let Some((gate, code, body)) = subject.repeated {
            let gate = known(gateway.recipient(self.gate.as_deref().or(gate.as_deref())))?;
            return Ok(post(&gate, Some(subject.id), code, body));
        }
        let (code, words) = self.code()?;
        let request = judge::read(&subject.request.body, gateway.options.extensions).unwrap_or(Node::Null);
        let gates = match &self.gate {
            Some(id) => vec![known(gateway.recipient(Some(id)))?],
            None => gateway.gates_of(&request),
        };
        let origin = Origin::of(&request);
        let posted = gates.iter().flat_map(|gate| {
            let body = origin.report(&subject.wire_id, subject.index, &gate.event(code, words, now));
            post(gate, Some(subject.id), code, body)
        });
        Ok(posted.collect())
    }

    fn refuse_what_does_not_go_together(&self) -> Result<(), String> {
        let problem = match self {
            Self { message_type: Some(_), message: Some(_), .. } => "message does not go with messageType",
            Self { message_type: None, message_id: None, message_index: Some(_), .. } => {
                "messageIndex goes with messageId"
            }
            Self { callback: Some(_), description: Some(_), .. } => "description does not go with callback",
            _ => return Ok(()),
        };
        Err(problem.to_owned())
    }

    /// The result code and its description.
    fn code(&self) -> Result<(u32, &str), String> {
        let code = match (self.status.as_deref(), self.result_code, self.callback) {
            (Some(word), None, None) => {
                let code = Status::of_word(word).and_then(Status::result_code);
                code.ok_or_else(|| format!("there is no status {word:?} to report"))?
            }
            (None, Some(code), None) => code,
            _ => return Err("needed: one of status, resultCode and callback".to_owned()),
        };
        Ok((code, self.description.as_deref().unwrap_or(description(code))))
    }

    fn subject(&self, gateway: &Gateway) -> Result<Subject, String> {
        let index = usize::try_from(self.message_index.unwrap_or_default()).map_err(|_| "messageIndex is below 0")?;
        if self.callback.is_some() && (self.status.is_some() || self.result_code.is_some()) {
            return Err("needed: one of status, resultCode and callback".to_owned());
        }
        gateway.store.read(|state| {
            let mut newest_first = state.messages.iter().rev();
            let message = match (self.message, &self.message_id, &self.ref_id) {
                (Some(id), None, None) => state.message(id),
                (None, Some(id), None) => {
                    newest_first.find(|message| message.wire_id == *id && message.index == Some(index))
                }
                (None, None, Some(ref_id)) => newest_first.find(|message| message.ref_id() == Some(ref_id)),
                _ => return Err("needed: one of message, messageId and refId".to_owned()),
            };
            let message = message.ok_or("there is no such message, or it is no longer kept")?;
            let origin = message.origin.as_ref().ok_or("a message of a user has no reports")?;
            Ok(Subject {
                id: message.id,
                wire_id: message.wire_id.clone(),
                index: message.index.unwrap_or_default(),
                request: Arc::clone(&origin.request),
                repeated: self.callback.map(|id| repeated(message, id)).transpose()?,
            })
        })
    }
}

fn repeated(message: &Message, id: u64) -> Result<(Option<String>, u32, Bytes), String> {
    let callback = message.callbacks.iter().find(|callback| callback.id == id);
    let callback = callback.ok_or("the message has no such callback, or it is no longer kept")?;
    Ok((callback.gate.clone(), callback.result_code.unwrap_or_default(), callback.body.clone()))
}

fn known(gate: Recipient) -> Result<Recipient, String> {
    match gate {
        Recipient::Unknown(id) => Err(format!("there is no gate {id:?}")),
        gate => Ok(gate),
    }
}
