//! Event reports.

use super::RequiredField;
use super::declare::callback_object;
use super::key::push_part;
use crate::answer::ResultCode;
use crate::json::decimal;
use crate::words::words;

callback_object! {
    /// The status of a message to one destination, or of a request that failed as a whole.
    ///
    /// It holds the callback's text; every getter reads from it without copying. A field that is absent, `null` or of
    /// an unexpected shape is `None`.
    pub struct EventReport owned as event_report_fields, ReportFields {
        /// The id that the gateway gave the message when it accepted it: one of those in the result of the send.
        text message_id = "messageId";
        /// The reference of the request: that of the send.
        text ref_id = "refId";
        /// The message's type (`text`, `template`, …); `request` for a request that failed as a whole.
        text message_type = "messageType";
        /// The message's index within the request, from 0; -1 for a request of several messages that failed as a whole.
        integer message_index = "messageIndex";
        /// When the event happened.
        time timestamp / timestamp_raw = "timestamp";
        /// The result code. A newer gateway may use one that is not listed.
        result_code result_code = "resultCode";
        /// The gateway's description of the result.
        text result_description = "resultDescription";
        /// The parameters of the gate that the report was sent to.
        parameters gate_custom_parameters = "gateCustomParameters";
        /// The parameters that the request contained.
        parameters custom_parameters = "customParameters";
    }
}

impl ReportFields {
    /// The required field that this report lacks: a result code, or both a message id and a `refId`.
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
    /// The status that follows from the result code.
    pub fn status(&self) -> Status {
        Status::of(self.result_code())
    }

    /// A deduplication key: `report:{messageId}:{refId}:{messageIndex}:{resultCode}`, with `-` for an absent part. A
    /// report can be delivered more than once; record the key after you have processed the report.
    ///
    /// A key is printable ASCII, shorter than 200 characters, and different for different reports: in each part, bytes
    /// other than `A–Z a–z 0–9 . _ ~ + / = -` are percent-encoded, and a part that is then longer than 64 characters is
    /// replaced by `%h` and the beginning of its SHA-256.
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
    /// The status of a message.
    pub enum Status {
        /// 112001: the gateway has accepted the message.
        Queued = "queued",
        /// 112002, or 112006 (not in version 1.4.1 of LINK's document): the message has been sent.
        Sent = "sent",
        /// 112003: the message has been delivered.
        Delivered = "delivered",
        /// 112007 (not in version 1.4.1 of LINK's document): the message has been delivered, and the recipient has read it.
        Read = "read",
        /// 112008 (not in version 1.4.1 of LINK's document): the message has been delivered, and deleted later.
        Deleted = "deleted",
        /// 112000, a listed 1124xx, or 112500: the message will not arrive. If the report has no message id, this holds only
        /// for the message type `request`, and then for the whole request; with another type it proves nothing.
        Failed = "failed",
        /// Any other code.
        Other = "other",
    }
}

impl Status {
    pub(super) fn of(code: ResultCode) -> Self {
        match code {
            ResultCode::QUEUED => Self::Queued,
            ResultCode::SENT | ResultCode::SENT_BY_WHATSAPP => Self::Sent,
            ResultCode::DELIVERED => Self::Delivered,
            ResultCode::READ => Self::Read,
            ResultCode::DELETED => Self::Deleted,
            code if code.is_failure() => Self::Failed,
            _ => Self::Other,
        }
    }

    /// Whether the message has been delivered, and perhaps more: delivered, read or deleted.
    ///
    /// ```
    /// use linkwa::Status;
    ///
    /// assert!(Status::Delivered.is_delivered() && Status::Read.is_delivered());
    /// assert!(!Status::Sent.is_delivered());
    /// ```
    pub fn is_delivered(self) -> bool {
        matches!(self, Self::Delivered | Self::Read | Self::Deleted)
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
