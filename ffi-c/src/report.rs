//! Event reports.

use std::mem::MaybeUninit;

use linkwa::{EventReport, Status};

use crate::arg::Text;
use crate::callback::linkwa_callback;
use crate::out::write_some;
use crate::panic::{OnPanic, panic_boundary};
use crate::status::words;

/// The status of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_event_status {
    /// The callback is not an event report.
    LINKWA_EVENT_NONE = 0,
    /// 112001: the gateway has accepted the message.
    LINKWA_EVENT_QUEUED = 1,
    /// 112002, or 112006 (not in version 1.4.1 of LINK's document): the message has been sent.
    LINKWA_EVENT_SENT = 2,
    /// 112003: the message has been delivered.
    LINKWA_EVENT_DELIVERED = 3,
    /// 112000, a listed 1124xx, or 112500: the message will not arrive. If the report has no message id, this holds only
    /// for the message type `request`, and then for the whole request; with another type it proves nothing.
    LINKWA_EVENT_FAILED = 4,
    /// Any other result code.
    LINKWA_EVENT_OTHER = 5,
    /// 112007 (not in version 1.4.1 of LINK's document): the message has been delivered, and the recipient has read it.
    LINKWA_EVENT_READ = 6,
    /// 112008 (not in version 1.4.1 of LINK's document): the message has been delivered, and deleted later.
    LINKWA_EVENT_DELETED = 7,
}

/// A [`linkwa_event_status`] from C, which may be any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct EventStatusNumber(u32);

words! {
    linkwa_event_status {
        LINKWA_EVENT_NONE = c"none",
        LINKWA_EVENT_QUEUED = c"queued",
        LINKWA_EVENT_SENT = c"sent",
        LINKWA_EVENT_DELIVERED = c"delivered",
        LINKWA_EVENT_FAILED = c"failed",
        LINKWA_EVENT_OTHER = c"other",
        LINKWA_EVENT_READ = c"read",
        LINKWA_EVENT_DELETED = c"deleted",
    }
}

impl OnPanic for linkwa_event_status {
    const ON_PANIC: Self = Self::LINKWA_EVENT_NONE;
}

impl From<Status> for linkwa_event_status {
    fn from(status: Status) -> Self {
        match status {
            Status::Queued => Self::LINKWA_EVENT_QUEUED,
            Status::Sent => Self::LINKWA_EVENT_SENT,
            Status::Delivered => Self::LINKWA_EVENT_DELIVERED,
            Status::Read => Self::LINKWA_EVENT_READ,
            Status::Deleted => Self::LINKWA_EVENT_DELETED,
            Status::Failed => Self::LINKWA_EVENT_FAILED,
            // Only `Other` is left: see the assertion.
            _ => Self::LINKWA_EVENT_OTHER,
        }
    }
}

const _: () = assert!(linkwa_event_status::WORDS.len() == Status::ALL.len() + 1, "a status has no number in C");

/// Whether a number is that of a status of a message that has been delivered.
fn is_delivered(number: u32) -> bool {
    let mut delivered = Status::ALL.iter().filter(|status| status.is_delivered());
    delivered.any(|status| linkwa_event_status::from(*status) as u32 == number)
}

impl linkwa_event_status {
    pub(crate) fn is_delivered(self) -> bool {
        is_delivered(self as u32)
    }
}

fn report(callback: Option<&linkwa_callback>) -> Option<&EventReport> {
    callback?.report()
}

/// A text of the event report, for C.
fn text<'c>(callback: Option<&'c linkwa_callback>, text: impl FnOnce(&'c EventReport) -> Option<&'c str>) -> Text<'c> {
    callback.map_or(Text::NULL, |callback| callback.text(callback.report().and_then(text)))
}

/// Returns the word for a status: "none", "queued", "sent", "delivered", "failed", "other", "read", "deleted". Returns
/// NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_status_name(status: EventStatusNumber) -> Text<'static> {
    panic_boundary(|| linkwa_event_status::word(status.0))
}

/// Returns whether a status means that the message has been delivered, and perhaps more: LINKWA_EVENT_DELIVERED,
/// LINKWA_EVENT_READ or LINKWA_EVENT_DELETED.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_status_is_delivered(status: EventStatusNumber) -> bool {
    panic_boundary(|| is_delivered(status.0))
}

/// Returns the id that the gateway gave the message when it accepted it. Returns NULL if the report has no message id
/// (it then has a refId), and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::message_id))
}

/// Returns the reference of the request. Returns NULL if the report has no refId (it then has a message id), and for
/// any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_ref_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::ref_id))
}

/// Returns the message's type, for example "text" or "template"; "request" for a request that failed as a whole.
/// Returns NULL if the report has no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_message_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::message_type))
}

/// Returns whether the report names the index of its message within the request, and writes the index to `index`, which
/// may be NULL. It counts from 0, and is -1 for a request of several messages that failed as a whole. Returns false for
/// any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_message_index(
    callback: Option<&linkwa_callback>,
    index: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(index, report(callback).and_then(EventReport::message_index)))
}

/// Returns when the event happened, as received; usually in RFC 3339. Returns NULL if the report has no such field, and
/// for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_timestamp_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::timestamp_raw))
}

/// Returns whether the report says when the event happened as a valid RFC 3339 time, and writes it to `ms`, which may
/// be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_timestamp_ms(
    callback: Option<&linkwa_callback>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| {
        let timestamp = report(callback).and_then(EventReport::timestamp);
        write_some(ms, timestamp.map(linkwa::Timestamp::unix_millis))
    })
}

/// Returns the result code; linkwa_result_code_explanation() and the functions beside it explain it. Returns 0 for any
/// other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_result_code(callback: Option<&linkwa_callback>) -> i64 {
    panic_boundary(|| report(callback).map_or(0, |report| report.result_code().number()))
}

/// Returns the status of the message that follows from the result code. Returns LINKWA_EVENT_NONE for any other
/// callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_status(callback: Option<&linkwa_callback>) -> linkwa_event_status {
    panic_boundary(|| report(callback).map_or(linkwa_event_status::LINKWA_EVENT_NONE, |report| report.status().into()))
}

/// Returns the gateway's description of the result. Returns NULL if the report has no such field, and for any other
/// callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_result_description(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::result_description))
}
