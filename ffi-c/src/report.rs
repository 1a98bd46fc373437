//! Event reports.

use std::mem::MaybeUninit;

use linkwa::{EventReport, Status};

use crate::arg::Text;
use crate::callback::linkwa_callback;
use crate::out::write_some;
use crate::panic::{OnPanic, panic_boundary};
use crate::status::words;

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_event_status {
    /// There is no event report.
    LINKWA_EVENT_NONE = 0,
    /// 112001: the gateway has it.
    LINKWA_EVENT_QUEUED = 1,
    /// 112002: it is on its way.
    LINKWA_EVENT_SENT = 2,
    /// 112003: the recipient has it.
    LINKWA_EVENT_DELIVERED = 3,
    /// 112000, a listed 1124xx, or 112500: it will not arrive.
    LINKWA_EVENT_FAILED = 4,
    /// Any other result code.
    LINKWA_EVENT_OTHER = 5,
}

/// A number that C gives where a [`linkwa_event_status`] belongs.
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
            Status::Failed => Self::LINKWA_EVENT_FAILED,
            _ => Self::LINKWA_EVENT_OTHER,
        }
    }
}

fn report(callback: Option<&linkwa_callback>) -> Option<&EventReport> {
    callback?.report()
}

/// For C: a text of the event report.
fn text<'c>(callback: Option<&'c linkwa_callback>, text: impl FnOnce(&'c EventReport) -> Option<&'c str>) -> Text<'c> {
    callback.map_or(Text::NULL, |callback| callback.text(callback.report().and_then(text)))
}

/// The word of what came of a message: "none", "queued", "sent", "delivered", "failed", "other". NULL for a number that
/// is none.
///
/// The text is always there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_status_name(status: EventStatusNumber) -> Text<'static> {
    panic_boundary(|| linkwa_event_status::word(status.0))
}

/// The id that the gateway gave the message when it accepted it. NULL if the report does not have it (it then has a
/// refId), and for what is no event report, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_message_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::message_id))
}

/// The reference of the request. NULL if the report does not have it (it then has a message id), and for what is no
/// event report, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_ref_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::ref_id))
}

/// The message's type ("text" or "template", for example); "request" for a request that failed whole (rule C-1). NULL
/// if the report does not have it, and for what is no event report, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_message_type(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::message_type))
}

/// Whether the report says which of the request's messages it is of, which is written to `index` then: from 0, or -1
/// for a request that failed whole and had several. `index` may be NULL. false for what is no event report, such as
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_message_index(
    callback: Option<&linkwa_callback>,
    index: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(index, report(callback).and_then(EventReport::message_index)))
}

/// When it happened, as it came: RFC 3339, as a rule. NULL if the report does not have it, and for what is no event
/// report, such as NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_timestamp_raw(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::timestamp_raw))
}

/// Whether the report says when it happened, and in RFC 3339; then it is written to `ms`: milliseconds since 1970-01-01
/// UTC, negative before. `ms` may be NULL. false for what is no event report, such as NULL.
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

/// What came of the message (rule R-4); linkwa_result_code_explanation() and its like say what that means. 0 for what
/// is no event report, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_result_code(callback: Option<&linkwa_callback>) -> i64 {
    panic_boundary(|| report(callback).map_or(0, |report| report.result_code().number()))
}

/// What came of the message, in one of five words. LINKWA_EVENT_NONE for what is no event report, such as NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_status(callback: Option<&linkwa_callback>) -> linkwa_event_status {
    panic_boundary(|| report(callback).map_or(linkwa_event_status::LINKWA_EVENT_NONE, |report| report.status().into()))
}

/// The result in the gateway's words. NULL if the report does not have it, and for what is no event report, such as
/// NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_event_report_result_description(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, EventReport::result_description))
}
