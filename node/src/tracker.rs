//! The status of messages, from their event reports.

#![allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript comes as a copy")]

use std::collections::HashSet;

use linkwa::{Callback, MessageState, StatusTracker, Timestamp};
use napi::Either;
use napi_derive::napi;

use crate::error::{BindingError, ErrorObject};

/// A tracker of the core.
#[napi]
pub struct NativeTracker {
    core: StatusTracker,
}

/// The state of a message.
#[allow(clippy::struct_excessive_bools, reason = "it is what JavaScript gets")]
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct State {
    /// The message's id.
    pub message_id: Option<String>,
    /// The message's index within the request.
    pub message_index: Option<i64>,
    /// The reference of the request.
    pub ref_id: Option<String>,
    /// The most advanced status of the message.
    pub status: &'static str,
    /// The result code that decided it.
    pub result_code: i64,
    /// The timestamp of the deciding report, as received.
    pub timestamp: Option<String>,
    /// The same in milliseconds since 1970-01-01 UTC.
    pub timestamp_ms: Option<i64>,
    /// The gateway's description.
    pub description: Option<String>,
    /// Whether the message has been delivered, and perhaps more.
    pub is_delivered: bool,
    /// Whether the status is final.
    pub is_final: bool,
    /// Whether the reports contradict each other.
    pub is_disputed: bool,
    /// The latest code without a status of its own.
    pub other_code: Option<i64>,
    /// Whether the report changed anything.
    pub changed: bool,
}

impl From<&MessageState> for State {
    fn from(state: &MessageState) -> Self {
        Self {
            message_id: state.message_id().map(str::to_owned),
            message_index: state.message_index(),
            ref_id: state.ref_id().map(str::to_owned),
            status: state.status().as_str(),
            result_code: state.result_code().number(),
            timestamp: state.timestamp_raw().map(str::to_owned),
            timestamp_ms: state.timestamp().map(Timestamp::unix_millis),
            description: state.description().map(str::to_owned),
            is_delivered: state.is_delivered(),
            is_final: state.is_final(),
            is_disputed: state.is_disputed(),
            other_code: state.other_code().map(linkwa::ResultCode::number),
            changed: state.changed(),
        }
    }
}

/// An empty tracker.
#[napi(catch_unwind)]
pub fn new_tracker() -> NativeTracker {
    NativeTracker { core: StatusTracker::new() }
}

/// A tracker from its JSON.
#[napi(catch_unwind)]
pub fn tracker_from_json(json: String) -> Either<NativeTracker, ErrorObject> {
    match StatusTracker::from_json(&json) {
        Ok(core) => Either::A(NativeTracker { core }),
        Err(error) => Either::B(error.into()),
    }
}

#[napi]
impl NativeTracker {
    /// Applies a report, given as its text.
    #[napi(catch_unwind)]
    pub fn apply(&mut self, report: String) -> Either<State, ErrorObject> {
        match linkwa::parse_callback(report) {
            Ok(Callback::EventReport(report)) => Either::A(State::from(&self.core.apply(&report))),
            Ok(_) => Either::B(BindingError::argument("report", "its `raw` is no event report").into()),
            Err(error) => Either::B(error.into()),
        }
    }

    /// The state of a message.
    #[napi(catch_unwind)]
    pub fn state(&self, message_id: String, message_index: Option<i64>) -> Option<State> {
        self.core.state(&message_id, message_index).as_ref().map(State::from)
    }

    /// The states of a request and its messages.
    #[napi(catch_unwind)]
    pub fn states_of(&self, ref_id: String) -> Vec<State> {
        self.core.states(&ref_id).map(State::from).collect()
    }

    /// The state of a request.
    #[napi(catch_unwind)]
    pub fn request_state(&self, ref_id: String) -> Option<State> {
        self.core.request_state(&ref_id).as_ref().map(State::from)
    }

    /// What became of a send whose outcome was unknown.
    #[napi(catch_unwind)]
    pub fn resolve(&self, ref_id: String) -> &'static str {
        self.core.resolve(&ref_id).as_str()
    }

    /// Forgets a message.
    #[napi(catch_unwind)]
    pub fn forget(&mut self, message_id: String) -> bool {
        self.core.forget(&message_id)
    }

    /// Forgets a request.
    #[napi(catch_unwind)]
    pub fn forget_ref_id(&mut self, ref_id: String) -> bool {
        self.core.forget_ref_id(&ref_id)
    }

    /// Every state.
    #[napi(catch_unwind)]
    pub fn states(&self) -> Vec<State> {
        self.core.iter().map(State::from).collect()
    }

    /// Every state as a text that identifies it, in the order of [`states`](Self::states).
    #[napi(catch_unwind)]
    pub fn state_texts(&self) -> Vec<String> {
        self.core.iter().map(MessageState::to_json).collect()
    }

    /// Forgets the states that still equal one of these texts.
    #[napi(catch_unwind)]
    pub fn forget_states(&mut self, unwanted: Vec<String>) {
        let unwanted: HashSet<String> = unwanted.into_iter().collect();
        self.core.retain(|state| !unwanted.contains(&state.to_json()));
    }

    /// The number of states.
    #[napi(catch_unwind)]
    pub fn count(&self) -> u32 {
        u32::try_from(self.core.iter().count()).unwrap_or(u32::MAX)
    }

    /// The whole tracker.
    #[napi(catch_unwind)]
    pub fn to_json(&self) -> String {
        self.core.to_json()
    }
}
