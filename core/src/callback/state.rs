//! What is known about one message.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::progress::{DeliveryProgress, Event};
use super::report::Status;
use super::timestamp::Timestamp;
use crate::answer::ResultCode;
use crate::error::Error;

/// What is known about a message, or about a request that failed whole.
///
/// Two are equal that say the same of the same message; [`changed`](Self::changed) does not count.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageState {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_id: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_index: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ref_id: Option<Arc<str>>,
    pub(super) progress: DeliveryProgress,
    #[serde(skip)]
    pub(super) changed: bool,
}

impl MessageState {
    /// The message's id; `None` for a request.
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// Which of the request's messages it is, from 0; `None` if its reports do not say, and for a request.
    pub fn message_index(&self) -> Option<i64> {
        self.message_index
    }

    /// The reference of the request, if a report named it. (If reports named several, which they should not, the first in
    /// the order of their bytes.)
    pub fn ref_id(&self) -> Option<&str> {
        self.ref_id.as_deref()
    }

    /// The furthest that the message is known to have come.
    pub fn status(&self) -> Status {
        Status::of(self.result_code())
    }

    /// The result code of the report that decided the status.
    pub fn result_code(&self) -> ResultCode {
        self.progress.deciding().map_or(ResultCode::from(0), Event::code)
    }

    /// When that happened, by the same report. `None` if it did not say, or not in RFC 3339; its text as it came is in
    /// [`timestamp_raw`](Self::timestamp_raw).
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.progress.deciding()?.moment()
    }

    /// The text of [`timestamp`](Self::timestamp) as it came. One of over 64 bytes is not kept.
    pub fn timestamp_raw(&self) -> Option<&str> {
        self.progress.deciding()?.timestamp()
    }

    /// The gateway's words in that report, at most 1 KiB of them.
    pub fn description(&self) -> Option<&str> {
        self.progress.deciding()?.description()
    }

    /// Whether nothing else is to come: it was delivered, or it failed.
    pub fn is_final(&self) -> bool {
        self.result_code().is_final()
    }

    /// Whether the gateway reported both that it was delivered and that it failed. Somebody should look.
    pub fn is_disputed(&self) -> bool {
        self.progress.is_disputed()
    }

    /// The latest code without a word of its own ([`Status::Other`]), whether or not it decides the status: newer gateways
    /// report with such codes that a delivered message was read.
    pub fn other_code(&self) -> Option<ResultCode> {
        self.progress.other_code()
    }

    /// Whether the report that was just [applied](crate::StatusTracker::apply) changed anything; `false` for a state that was looked
    /// up.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The state as JSON, for [`from_json`](Self::from_json). Equal states are always the same text, and only they are;
    /// [`changed`](Self::changed) is not in it.
    pub fn to_json(&self) -> String {
        // It cannot fail: there are no maps, and nothing that refuses to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The state that [`to_json`](Self::to_json) wrote.
    ///
    /// ```
    /// # use linkwa::{Callback, MessageState, StatusTracker};
    /// # let body = r#"{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112003}"#;
    /// # let Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
    /// let state = StatusTracker::new().apply(&report);
    /// assert_eq!(MessageState::from_json(&state.to_json())?, state);
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid_config`, with the place and none of the values, if the text is not what a state of this version writes.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let state: Self = serde_json::from_str(json).map_err(|error| invalid_json("message state", &place(&error)))?;
        let named = state.message_id().map_or(state.message_index.is_none(), |id| !id.is_empty());
        if named && state.is_sound() { Ok(state) } else { Err(invalid_json("message state", "no reports lead to it")) }
    }

    pub(super) fn apply(&mut self, event: Event, ref_id: Option<Arc<str>>) -> Self {
        let before = self.clone();
        self.progress.apply(event);
        // `None` is less than any text.
        self.ref_id = match (self.ref_id.take(), ref_id) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { changed: *self != before, ..self.clone() }
    }

    /// The `refId` and id of a message that has both.
    pub(super) fn names(&self) -> Option<(Arc<str>, Arc<str>)> {
        Some((self.ref_id.clone()?, self.message_id.clone()?))
    }

    pub(super) fn is_sound(&self) -> bool {
        self.ref_id() != Some("") && self.progress.is_sound()
    }
}

impl PartialEq for MessageState {
    fn eq(&self, other: &Self) -> bool {
        self.message_id == other.message_id
            && self.message_index == other.message_index
            && self.ref_id == other.ref_id
            && self.progress == other.progress
    }
}

impl Eq for MessageState {}

/// Shows what came of the message, and neither ids nor anything that somebody wrote.
impl fmt::Debug for MessageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageState")
            .field("status", &self.status())
            .field("result_code", &self.result_code())
            .field("disputed", &self.is_disputed())
            .finish_non_exhaustive()
    }
}

pub(super) fn invalid_json(what: &str, place: &str) -> Error {
    Error::invalid_config(format!("this is no stored {what}: {place}"))
}

/// The error's own text would repeat values.
pub(super) fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
