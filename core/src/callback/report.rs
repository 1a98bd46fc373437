//! Event reports.

use std::fmt;

use super::key::push_part;
use super::missing;
use super::object::callback_object;
use crate::answer::ResultCode;
use crate::error::InvalidCallback;
use crate::json::{Value, decimal};
use crate::words::words;

callback_object! {
    /// What came of a message to one destination (C-1), or of a request that failed whole.
    ///
    /// It holds the callback's text; every getter reads from it without copying. A field that is absent, `null` or of an
    /// unexpected shape is `None`.
    pub struct EventReport owned, ReportFields {
        /// The id that the gateway gave the message when it accepted it.
        text message_id = "messageId";
        /// The reference of the request.
        text ref_id = "refId";
        /// The message's type (`text`, `template`, …); `request` for a request that failed whole.
        text message_type = "messageType";
        /// Which of the request's messages it is, from 0; −1 for a request that failed whole and had several.
        integer message_index = "messageIndex";
        /// When it happened.
        time timestamp / timestamp_raw = "timestamp";
        needed_integer result_code = "resultCode";
        /// The result in the gateway's words.
        text result_description = "resultDescription";
        /// The parameters of the gate that the report was sent to.
        parameters gate_custom_parameters = "gateCustomParameters";
        /// The parameters that the request gave along.
        parameters custom_parameters = "customParameters";
    }
}

impl ReportFields {
    /// C-5: a result code, and an id or a reference to know what it belongs to.
    #[inline]
    pub(super) fn is_enough(&self) -> bool {
        self.result_code.is_some() && (self.message_id.is_some() || self.ref_id.is_some())
    }

    /// Whether it has a field that a received message does not have.
    pub(super) fn is_no_message(&self) -> bool {
        self.ref_id.is_some()
            || self.message_type.is_some()
            || self.message_index.is_some()
            || self.result_code.is_some()
    }

    pub(super) fn check(&self, root: Value<'_>) -> Result<(), InvalidCallback> {
        if self.result_code.is_none() {
            return Err(missing(root, "resultCode", "must be an integer", "an event report needs a `resultCode`"));
        }
        if !self.is_enough() {
            let needed = "an event report needs a `messageId` or a `refId`";
            return Err(missing(root, "messageId", needed, needed));
        }
        Ok(())
    }
}

impl EventReport {
    /// What came of the message.
    pub fn result_code(&self) -> ResultCode {
        self.fields.result_code.unwrap_or_default().into()
    }

    /// What came of the message, in one of five words.
    pub fn status(&self) -> Status {
        Status::of(self.result_code())
    }

    /// A deduplication key: `report:{messageId}:{refId}:{messageIndex}:{resultCode}`. A report can be delivered more than once;
    /// record the key after you have processed the report.
    ///
    /// It is printable ASCII of less than 200 characters, and different for different reports. A part that is absent is `-`. In
    /// a part every byte other than `A–Z a–z 0–9 . _ ~ + / = -` is percent-encoded; a part that is longer than 64
    /// characters then is `%h` and the beginning of its SHA-256.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(128);
        key.push_str("report:");
        push_part(&mut key, self.message_id());
        key.push(':');
        push_part(&mut key, self.ref_id());
        key.push(':');
        match self.message_index() {
            Some(index) => push_integer(&mut key, index),
            None => key.push('-'),
        }
        key.push(':');
        push_integer(&mut key, self.result_code().number());
        key
    }

    /// The callback's JSON text as it came.
    pub fn raw(&self) -> &str {
        &self.buffer.raw
    }
}

fn push_integer(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    text.push_str(str::from_utf8(decimal(number.unsigned_abs(), &mut [0; 20])).unwrap_or_default());
}

/// The texts are compared.
impl PartialEq for EventReport {
    fn eq(&self, other: &Self) -> bool {
        self.raw() == other.raw()
    }
}

/// Shows which event it is, and nothing that somebody wrote.
impl fmt::Debug for EventReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReport").field("result_code", &self.result_code()).finish_non_exhaustive()
    }
}

words! {
    /// What came of a message.
    pub enum Status {
        /// 112001: the gateway has it.
        Queued = "queued",
        /// 112002: it is on its way.
        Sent = "sent",
        /// 112003: the recipient has it.
        Delivered = "delivered",
        /// 112000, a listed 1124xx, or 112500: it will not arrive.
        Failed = "failed",
        /// Any other code.
        Other = "other",
    }
}

impl Status {
    pub(super) fn of(code: ResultCode) -> Self {
        match code {
            ResultCode::QUEUED => Self::Queued,
            ResultCode::SENT => Self::Sent,
            ResultCode::DELIVERED => Self::Delivered,
            code if code.is_failure() => Self::Failed,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::push_integer;

    #[test]
    fn integers_are_written_as_format_does() {
        for number in [0, 7, -1, 10, -10, 112_003, 1_000_000_007, i64::MAX, i64::MIN, i64::MIN + 1] {
            let mut text = "x".to_owned();
            push_integer(&mut text, number);
            assert_eq!(text, format!("x{number}"));
        }
    }
}
