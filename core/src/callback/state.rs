//! The state of one message.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::progress::{DeliveryProgress, Event};
use super::report::{EventReport, Status};
use super::resolution::non_empty;
use super::timestamp::Timestamp;
use crate::answer::ResultCode;
use crate::error::Error;

/// The state of a message, or of a request that failed as a whole.
///
/// States that say the same about the same message are equal; [`changed`](Self::changed) does not count.
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

    /// The message's index within the request, from 0; `None` if its reports do not name it, and for a request.
    pub fn message_index(&self) -> Option<i64> {
        self.message_index
    }

    /// The reference of the request, if a report named it. (If reports name several, which should not happen, the first
    /// in byte order.)
    pub fn ref_id(&self) -> Option<&str> {
        self.ref_id.as_deref()
    }

    /// The most advanced status of the message.
    pub fn status(&self) -> Status {
        Status::of(self.result_code())
    }

    /// The result code of the report that decided the status.
    pub fn result_code(&self) -> ResultCode {
        self.progress.deciding().map_or(ResultCode::from(0), Event::code)
    }

    /// The timestamp of that report. `None` if it has none, or if it is not RFC 3339; its text is in
    /// [`timestamp_raw`](Self::timestamp_raw).
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.progress.deciding()?.moment()
    }

    /// The text of [`timestamp`](Self::timestamp) as received. Timestamps longer than 64 bytes are not kept.
    pub fn timestamp_raw(&self) -> Option<&str> {
        self.progress.deciding()?.timestamp()
    }

    /// The gateway's description in that report, at most 1 KiB.
    pub fn description(&self) -> Option<&str> {
        self.progress.deciding()?.description()
    }

    /// Whether the message has been delivered, and perhaps more: delivered, read or deleted.
    pub fn is_delivered(&self) -> bool {
        self.status().is_delivered()
    }

    /// Whether the status is final: delivered, read, deleted or failed. A delivered message can still be read or deleted.
    pub fn is_final(&self) -> bool {
        self.result_code().is_final()
    }

    /// Whether the gateway reported that the message failed, and also that it was delivered, read or deleted. Have a
    /// person look at such a message.
    pub fn is_disputed(&self) -> bool {
        self.progress.is_disputed()
    }

    /// The latest code without a status of its own ([`Status::Other`]), whether or not it decides the status: 112004,
    /// 112005, or a code that this library does not know.
    pub fn other_code(&self) -> Option<ResultCode> {
        self.progress.other_code()
    }

    /// Whether the report that was just [applied](crate::StatusTracker::apply) changed anything; `false` for a state
    /// that was looked up.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The state as JSON, for [`from_json`](Self::from_json). Two states have the same text if and only if they are
    /// equal; [`changed`](Self::changed) is not part of it.
    pub fn to_json(&self) -> String {
        // It cannot fail: there are no maps, and every value can be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the text of [`to_json`](Self::to_json).
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
    /// `invalid_config`, with the position but no values, if a state of this version does not write such a text.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let state: Self = serde_json::from_str(json).map_err(|error| invalid_json("message state", &place(&error)))?;
        let named = state.message_id().map_or(state.message_index.is_none(), |id| !id.is_empty());
        if named && state.is_sound() { Ok(state) } else { Err(invalid_json("message state", "no reports lead to it")) }
    }

    /// The state of the same message after one more report.
    pub(crate) fn after(mut self, report: &EventReport) -> Self {
        if let Some(id) = non_empty(report.message_id()) {
            self.message_id = Some(id.into());
            self.message_index = report.message_index();
        }
        self.apply(Event::of(report), non_empty(report.ref_id()).map(Into::into))
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

/// Shows the status, and neither ids nor anything from outside.
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

/// The error's own message would repeat values.
pub(super) fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
