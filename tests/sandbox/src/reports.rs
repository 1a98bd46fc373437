//! Event reports: which a request brings, and their form on the wire.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Serialize;

use crate::clock;
use crate::judge::Node;
use crate::scenario::Reports;

/// The parts of a taken request that its reports repeat.
pub(crate) struct Origin {
    ref_id: String,
    message_types: Vec<String>,
    custom_parameters: Option<BTreeMap<String, String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventReport<'a> {
    message_id: Option<&'a str>,
    ref_id: Option<&'a str>,
    message_type: &'a str,
    message_index: i64,
    timestamp: String,
    result_code: u32,
    result_description: &'a str,
    gate_custom_parameters: &'a BTreeMap<String, String>,
    custom_parameters: &'a Option<BTreeMap<String, String>>,
}

impl Origin {
    pub(crate) fn of(request: &Node) -> Self {
        let text = |node: Option<&Node>| node.and_then(Node::text).unwrap_or_default().to_owned();
        let messages = request.get("messages").map(Node::items).unwrap_or_default();
        let custom_parameters = match request.get("customParameters") {
            Some(Node::Object(members)) => {
                let pairs = members.iter();
                Some(pairs.map(|(key, value)| (key.clone(), text(Some(value)))).collect())
            }
            _ => None,
        };
        Self {
            ref_id: text(request.get("refId")),
            message_types: messages.iter().map(|message| text(message.get("type"))).collect(),
            custom_parameters,
        }
    }

    /// The type of each message.
    pub(crate) fn message_types(&self) -> &[String] {
        &self.message_types
    }

    /// One report, as it is posted to one gate.
    pub(crate) fn report(&self, message_id: &str, message_index: usize, event: &Event<'_>) -> Bytes {
        // What comes after 'sent' happened after it, in whichever order they arrive.
        let later = Duration::from_millis(u64::from(event.result_code != SENT));
        body(&EventReport {
            message_id: Some(message_id),
            ref_id: Some(&self.ref_id),
            message_type: self.message_types.get(message_index).map_or("", String::as_str),
            message_index: i64::try_from(message_index).unwrap_or(i64::MAX),
            timestamp: clock::rfc3339(event.at + later),
            result_code: event.result_code,
            result_description: event.description,
            gate_custom_parameters: event.gate_custom_parameters,
            custom_parameters: &self.custom_parameters,
        })
    }
}

/// What is reported, when and to which gate.
pub(crate) struct Event<'a> {
    pub(crate) result_code: u32,
    pub(crate) description: &'a str,
    pub(crate) at: SystemTime,
    pub(crate) gate_custom_parameters: &'a BTreeMap<String, String>,
}

/// What a report on something that the sandbox never accepted says of it.
pub(crate) struct Made {
    pub(crate) message_id: Option<String>,
    pub(crate) ref_id: Option<String>,
    pub(crate) message_type: String,
    pub(crate) message_index: i64,
}

impl Made {
    pub(crate) fn report(&self, event: &Event<'_>) -> Bytes {
        body(&EventReport {
            message_id: self.message_id.as_deref(),
            ref_id: self.ref_id.as_deref(),
            message_type: &self.message_type,
            message_index: self.message_index,
            timestamp: clock::rfc3339(event.at),
            result_code: event.result_code,
            result_description: event.description,
            gate_custom_parameters: event.gate_custom_parameters,
            custom_parameters: &None,
        })
    }
}

fn body(report: &EventReport<'_>) -> Bytes {
    serde_json::to_vec(report).unwrap_or_default().into()
}

const SENT: u32 = 112_002;
const DELIVERED: u32 = 112_003;

/// The codes of the reports that each message brings, in their order.
pub(crate) fn codes(kind: Reports) -> Vec<u32> {
    match kind {
        Reports::SentDelivered => vec![SENT, DELIVERED],
        Reports::EveryTwice => vec![SENT, SENT, DELIVERED, DELIVERED],
        Reports::DeliveredBeforeSent => vec![DELIVERED, SENT],
        Reports::None => vec![],
        Reports::SentThenFailed(code) => vec![SENT, code],
        Reports::Failed(code) => vec![code],
    }
}

/// A result code in words, as the gateway writes it.
pub(crate) fn description(code: u32) -> &'static str {
    match code {
        112_001 => "queued",
        112_002 => "sent",
        112_003 => "delivered",
        112_004 => "ok",
        112_005 => "received",
        112_006 => "sent by WhatsApp",
        112_007 => "read",
        112_008 => "deleted",
        112_400 => "unauthorized",
        112_401 => "no access",
        112_402 => "bad request",
        112_403 => "not delivered",
        112_404 => "invalid contact",
        112_405 => "failed authentication",
        112_406 => "failed WA request",
        112_500 => "server error",
        _ => "unknown error",
    }
}
