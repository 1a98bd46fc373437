//! Event reports.

use super::RequiredField;
use super::declare::callback_object;
use super::key::push_part;
use crate::answer::ResultCode;
use crate::json::decimal;
use crate::words::words;

callback_object! {
    /// What came of a message to one destination, or of a request that failed whole.
    ///
    /// It holds the callback's text; every getter reads from it without copying. A field that is absent, `null` or of an
    /// unexpected shape is `None`.
    pub struct EventReport owned as event_report_fields, ReportFields {
        /// The id that the gateway gave the message when it accepted it: one of those in the result of the send.
        text message_id = "messageId";
        /// The reference of the request: that of the send.
        text ref_id = "refId";
        /// The message's type (`text`, `template`, …); `request` for a request that failed whole.
        text message_type = "messageType";
        /// Which of the request's messages it is, from 0; -1 for a request that failed whole and had several.
        integer message_index = "messageIndex";
        /// When it happened.
        time timestamp / timestamp_raw = "timestamp";
        /// What came of the message. A newer gateway may give a code that is not listed.
        result_code result_code = "resultCode";
        /// The result in the gateway's words.
        text result_description = "resultDescription";
        /// The parameters of the gate that the report was sent to.
        parameters gate_custom_parameters = "gateCustomParameters";
        /// The parameters that the request gave along.
        parameters custom_parameters = "customParameters";
    }
}

impl ReportFields {
    /// What a report needs and this one lacks: a result code, and an id or a reference to know what it belongs to.
    #[inline]
    pub(super) fn missing_field(&self) -> Option<&'static RequiredField> {
        const RESULT_CODE: &RequiredField = &RequiredField {
            name: "resultCode",
            wrong: "must be an integer",
            absent: "an event report needs a `resultCode`",
        };
        const ID: &RequiredField = &RequiredField {
            name: "messageId",
            wrong: "an event report needs a `messageId` or a `refId`",
            absent: "an event report needs a `messageId` or a `refId`",
        };
        if self.result_code.is_none() {
            return Some(RESULT_CODE);
        }
        (self.message_id.is_none() && self.ref_id.is_none()).then_some(ID)
    }

    /// Whether it has a field that a received message does not have.
    pub(super) fn is_no_message(&self) -> bool {
        self.ref_id.is_some()
            || self.message_type.is_some()
            || self.message_index.is_some()
            || self.result_code.is_some()
    }
}

impl EventReport {
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
}

fn push_integer(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    text.push_str(str::from_utf8(decimal(number.unsigned_abs(), &mut [0; 20])).unwrap_or_default());
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
