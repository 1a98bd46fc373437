//! What the gateway answers, and what is noted of it.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use crate::host;
use crate::judge::{Node, Violation};
use crate::reports::description;
use crate::scenario::{Answer, Scenario};

/// A valid request whose messages the gateway takes.
pub(crate) struct Accepted {
    pub(crate) request: Node,
    pub(crate) destinations: Vec<String>,
    pub(crate) message_ids: Vec<String>,
    /// In place of the scenarios of the destinations.
    pub(crate) forced: Option<&'static Scenario>,
}

/// What is answered, and what is noted of it.
pub(crate) struct Reply {
    /// As the client will read it, if it will.
    pub(crate) status: Option<u16>,
    /// None: the client waits for ever.
    pub(crate) response: Option<Response>,
    /// The body of the response.
    pub(crate) body: Bytes,
    /// How long the answer waits.
    pub(crate) latency: Duration,
    pub(crate) note: String,
    /// Of a valid request.
    pub(crate) ref_id: Option<String>,
    /// Why the request is not accepted.
    pub(crate) reason: Option<&'static str>,
    pub(crate) findings: Vec<Violation>,
    pub(crate) accepted: Option<Accepted>,
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
    pub(crate) fn to(answer: Answer, message_ids: Vec<String>) -> Self {
        let queued = |message_ids| {
            json(&MessageResponse { result_code: 112_001, description: description(112_001), message_ids })
        };
        match answer {
            Answer::Accept | Answer::OneIdTooFew => Self::json(200, queued(message_ids)),
            Answer::CutHalfWay => {
                let whole = queued(message_ids);
                let mut reply = Self::json(200, whole.clone());
                reply.response = Some(json_response(200, host::half(&whole)));
                reply
            }
            Answer::Html => {
                let page = "<!DOCTYPE html><html><body><h1>It works</h1></body></html>\n";
                let mut reply = Self::json(200, page.into());
                reply.head(CONTENT_TYPE, "text/html");
                reply
            }
            Answer::AcceptedFailure(result_code) => {
                let message_ids = Vec::new();
                let description = description(result_code);
                Self::json(200, json(&MessageResponse { result_code, description, message_ids }))
            }
            Answer::Refuse(status, result_code, retry) => {
                let mut reply = Self::error(status, result_code, description(result_code));
                if retry {
                    reply.head(RETRY_AFTER, "1");
                }
                reply
            }
            Answer::CloseUnanswered => Self { response: Some(host::unanswered()), ..Self::unanswered() },
            Answer::Silence => Self::unanswered(),
        }
    }

    pub(crate) fn error(status: u16, result_code: u32, description: &str) -> Self {
        let translated_description = None;
        let body = json(&ErrorResponse { result_code, description, translated_description });
        let mut reply = Self::json(status, body);
        description.clone_into(&mut reply.note);
        if status == 401 {
            reply.head(WWW_AUTHENTICATE, "Basic realm=\"sandbox\"");
        }
        reply
    }

    fn json(status: u16, body: Bytes) -> Self {
        let response = Some(json_response(status, body.clone().into()));
        Self { status: Some(status), response, body, ..Self::unanswered() }
    }

    fn unanswered() -> Self {
        let (body, note) = (Bytes::new(), String::new());
        let (ref_id, reason) = (None, None);
        let latency = Duration::ZERO;
        Self { status: None, response: None, body, latency, note, ref_id, reason, findings: Vec::new(), accepted: None }
    }

    pub(crate) fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Closes the connection after the answer.
    pub(crate) fn closing(mut self) -> Self {
        self.head(CONNECTION, "close");
        self
    }

    pub(crate) fn head(&mut self, name: hyper::header::HeaderName, value: &'static str) {
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
