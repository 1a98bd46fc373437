//! The status of messages, from their event reports.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use linkwa::{MessageState, Resolution, StatusTracker, Timestamp};

use crate::arg::{Bytes, Object, Text, require};
use crate::binding_error::BindingError;
use crate::buffer::{BufferOut, linkwa_buffer};
use crate::c_strings::{TextBuf, len_among, text_or_null};
use crate::callback::linkwa_callback;
use crate::error::ErrorOut;
use crate::out::{into_raw, write_some};
use crate::panic::{OnPanic, panic_boundary, panic_boundary_out, panic_boundary_status};
use crate::report::linkwa_event_status;
use crate::status::{linkwa_status, words};

/// Tracks the status of messages from their event reports, however often and in whatever order the reports arrive. It
/// has no clock and does no I/O: pass each report to linkwa_status_tracker_apply(). The same reports lead to the same
/// state in any order.
///
/// A message is identified by its message id and index. A report without a message id, such as that of a request that
/// failed as a whole, is kept by its refId. Rules:
///
/// - queued < other < sent < delivered = failed < read < deleted. A later step is never replaced by an earlier one. A
///   code without a status of its own (LINKWA_EVENT_OTHER) replaces only queued; see linkwa_message_state_other_code().
/// - Among reports of the same step, the one with the earliest timestamp decides.
/// - Delivered and failed contradict each other: the one with the earlier timestamp decides; if a timestamp is missing
///   or both are equal, delivered does. Read and deleted decide over any failed. See
///   linkwa_message_state_is_disputed().
///
/// A message takes about 550 bytes and is kept until you remove it: see linkwa_status_tracker_forget(). Ids are kept
/// whatever their length, so pass only callbacks that linkwa_callback_guard_check() accepts.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_status_tracker(StatusTracker);

/// The state of a message, or of a request that failed as a whole. It does not change when the tracker does.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_message_state {
    message_id: Option<TextBuf>,
    message_index: Option<i64>,
    ref_id: Option<TextBuf>,
    status: linkwa_event_status,
    result_code: i64,
    timestamp_raw: Option<TextBuf>,
    timestamp: Option<Timestamp>,
    description: Option<TextBuf>,
    is_final: bool,
    is_disputed: bool,
    other_code: Option<i64>,
    changed: bool,
}

/// The resolution of a send whose outcome was unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_resolution {
    /// No report so far: do not send it again.
    LINKWA_RESOLUTION_UNKNOWN = 0,
    /// The gateway accepted the request, and a report shows progress of one of its messages: do not send it again.
    LINKWA_RESOLUTION_ACCEPTED = 1,
    /// The request failed as a whole and none of its messages was sent: you may send it again once you have fixed the
    /// cause.
    LINKWA_RESOLUTION_FAILED = 2,
    /// The gateway accepted the request, and every report says that a message failed. With one message to one
    /// destination, that message was not delivered; linkwa_status_tracker_each_of() shows the result code.
    LINKWA_RESOLUTION_MESSAGE_FAILED = 3,
}

/// A [`linkwa_resolution`] from C, which may be any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ResolutionNumber(u32);

/// A tracker to change.
pub(crate) type MutTracker<'a> = Option<&'a mut linkwa_status_tracker>;

/// A tracker to read, which a callback of the caller may change during the call.
pub(crate) type TrackerObject = Object<linkwa_status_tracker>;

/// An out-parameter for a tracker.
pub(crate) type TrackerOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_status_tracker>>>>;

/// An out-parameter for the state of a message.
pub(crate) type StateOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_message_state>>>>;

/// Your function that linkwa_status_tracker_each() and linkwa_status_tracker_each_of() call with each state. The state
/// belongs to the library and is valid until your function returns. The function may use the tracker, and forget
/// messages, but not free it. See YOUR FUNCTIONS at the top.
pub type linkwa_on_state = Option<extern "C" fn(user_data: *mut c_void, state: Option<&linkwa_message_state>)>;

/// Any index, for linkwa_status_tracker_state().
pub const LINKWA_NO_INDEX: i64 = i64::MIN;

words! {
    linkwa_resolution {
        LINKWA_RESOLUTION_UNKNOWN = c"unknown",
        LINKWA_RESOLUTION_ACCEPTED = c"accepted",
        LINKWA_RESOLUTION_FAILED = c"failed",
        LINKWA_RESOLUTION_MESSAGE_FAILED = c"message_failed",
    }
}

impl OnPanic for linkwa_resolution {
    const ON_PANIC: Self = Self::LINKWA_RESOLUTION_UNKNOWN;
}

impl From<Resolution> for linkwa_resolution {
    fn from(resolution: Resolution) -> Self {
        match resolution {
            Resolution::Accepted => Self::LINKWA_RESOLUTION_ACCEPTED,
            Resolution::Failed => Self::LINKWA_RESOLUTION_FAILED,
            Resolution::MessageFailed => Self::LINKWA_RESOLUTION_MESSAGE_FAILED,
            // Only `Unknown` is left: see the assertion.
            _ => Self::LINKWA_RESOLUTION_UNKNOWN,
        }
    }
}

const _: () = assert!(linkwa_resolution::WORDS.len() == Resolution::ALL.len(), "a resolution has no number in C");

impl linkwa_message_state {
    fn new(state: &MessageState) -> Self {
        Self {
            message_id: state.message_id().map(TextBuf::from),
            message_index: state.message_index(),
            ref_id: state.ref_id().map(TextBuf::from),
            status: state.status().into(),
            result_code: state.result_code().number(),
            timestamp_raw: state.timestamp_raw().map(TextBuf::from),
            timestamp: state.timestamp(),
            description: state.description().map(TextBuf::from),
            is_final: state.is_final(),
            is_disputed: state.is_disputed(),
            other_code: state.other_code().map(linkwa::ResultCode::number),
            changed: state.changed(),
        }
    }
}

/// Returns the word for a resolution: "unknown", "accepted", "failed", "message_failed". Returns NULL for an unknown
/// number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_resolution_name(resolution: ResolutionNumber) -> Text<'static> {
    panic_boundary(|| linkwa_resolution::word(resolution.0))
}

/// Makes an empty tracker. Free it with linkwa_status_tracker_free(). Returns NULL only after an internal error.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_new() -> Option<Box<linkwa_status_tracker>> {
    panic_boundary(|| into_raw(linkwa_status_tracker(StatusTracker::new())))
}

/// Applies an event report and returns the resulting state of its message; linkwa_message_state_changed() says whether
/// the report changed it. A report without a message id changes the state of its request. An empty id counts as absent.
/// The state of a report that has neither id is returned, but not kept.
///
/// `state` may be NULL; otherwise the state is yours; free it with linkwa_message_state_free(). The callback stays
/// yours.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `report` is NULL, or `report` is a received message.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_apply(
    tracker: MutTracker<'_>,
    report: Option<&linkwa_callback>,
    state: StateOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_status(err, || {
        let tracker = require(tracker, "tracker")?;
        let report = require(report, "report")?
            .report()
            .ok_or_else(|| BindingError::argument("`report` is not an event report"))?;
        let applied = tracker.0.apply(report);
        if let Some(state) = state {
            state.write(into_raw(linkwa_message_state::new(&applied)));
        }
        Ok(())
    })
}

/// Returns the state of a message, or writes NULL to `state` if no report of it came. With a `message_index` it is the
/// state of the reports with this index. With LINKWA_NO_INDEX it is the message's only state, whatever its index; if
/// reports named several indices, the least advanced of their states (queued < other < sent < failed < delivered < read
/// < deleted). An id that contains U+0000 cannot be passed, because the text would end there: use
/// linkwa_status_tracker_each().
///
/// The state is yours; free it with linkwa_message_state_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `message_id` or `state` is NULL, or `message_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_state(
    tracker: Option<&linkwa_status_tracker>,
    message_id: Text<'_>,
    message_index: i64,
    state: StateOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(state, "state", err, || {
        let tracker = require(tracker, "tracker")?;
        let message_id = message_id.get("message_id")?;
        let index = (message_index != LINKWA_NO_INDEX).then_some(message_index);
        let found = tracker.0.state(message_id, index);
        Ok(found.and_then(|found| into_raw(linkwa_message_state::new(&found))))
    })
}

/// Returns the state of the request with this refId, from its reports without a message id (a request that failed as a
/// whole), or writes NULL to `state` if there was none. An id that contains U+0000 cannot be passed, because the text
/// would end there: use linkwa_status_tracker_each().
///
/// The state is yours; free it with linkwa_message_state_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `state` is NULL, or `ref_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_request_state(
    tracker: Option<&linkwa_status_tracker>,
    ref_id: Text<'_>,
    state: StateOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(state, "state", err, || {
        let tracker = require(tracker, "tracker")?;
        let ref_id = ref_id.get("ref_id")?;
        let found = tracker.0.request_state(ref_id);
        Ok(found.and_then(|found| into_raw(linkwa_message_state::new(&found))))
    })
}

/// Returns what became of a send that ended with LINKWA_OUTCOME_UNKNOWN, by its exact refId (see
/// linkwa_error_ref_id()). Returns LINKWA_RESOLUTION_UNKNOWN if an argument is NULL or `ref_id` is not UTF-8. An id
/// that contains U+0000 cannot be passed, because the text would end there: use linkwa_status_tracker_each().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_resolve(
    tracker: Option<&linkwa_status_tracker>,
    ref_id: Text<'_>,
) -> linkwa_resolution {
    panic_boundary(|| {
        let (Some(tracker), Ok(ref_id)) = (tracker, ref_id.get("ref_id")) else {
            return linkwa_resolution::LINKWA_RESOLUTION_UNKNOWN;
        };
        tracker.0.resolve(ref_id).into()
    })
}

/// Returns the number of entries: one for each message and index, and one for each refId. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_len(tracker: Option<&linkwa_status_tracker>) -> usize {
    panic_boundary(|| tracker.map_or(0, |tracker| tracker.0.len()))
}

/// Calls your function with each state: those of messages by message id and index, then those of requests by refId. It
/// is called on this thread, before this function returns, with the states at the time of the call: later changes do
/// not count, so the function may use the tracker, and forget final messages. `user_data` is passed to it.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `on_state` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_each(
    tracker: TrackerObject,
    on_state: linkwa_on_state,
    user_data: *mut c_void,
) -> linkwa_status {
    panic_boundary_status(None, || {
        let on_state = require(on_state, "on_state")?;
        let states = tracker.with("tracker", |tracker| Ok(tracker.0.iter().cloned().collect()))?;
        call_for_each(states, on_state, user_data);
        Ok(())
    })
}

/// Calls your function with each state of the request with exactly this refId: those of its messages by message id and
/// index, then that of its reports without a message id, if there were any. Otherwise it works like
/// linkwa_status_tracker_each(), which also shows the states of a refId that contains U+0000.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `on_state` is NULL, or `ref_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_each_of(
    tracker: TrackerObject,
    ref_id: Text<'_>,
    on_state: linkwa_on_state,
    user_data: *mut c_void,
) -> linkwa_status {
    panic_boundary_status(None, || {
        let ref_id = ref_id.get("ref_id")?;
        let on_state = require(on_state, "on_state")?;
        let states = tracker.with("tracker", |tracker| Ok(tracker.0.states(ref_id).cloned().collect()))?;
        call_for_each(states, on_state, user_data);
        Ok(())
    })
}

/// The states are copies: the function may change the tracker.
fn call_for_each(
    states: Vec<MessageState>,
    on_state: extern "C" fn(*mut c_void, Option<&linkwa_message_state>),
    user_data: *mut c_void,
) {
    for state in states {
        on_state(user_data, Some(&linkwa_message_state::new(&state)));
    }
}

/// Forgets a message with all its indices, and returns whether there was one. A later report starts a new state. What
/// its reports said about their refId stays. Returns false if an argument is NULL or not UTF-8. An id that contains
/// U+0000 cannot be passed, because the text would end there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_forget(tracker: MutTracker<'_>, message_id: Text<'_>) -> bool {
    panic_boundary(|| {
        let (Some(tracker), Ok(message_id)) = (tracker, message_id.get("message_id")) else { return false };
        tracker.0.forget(message_id)
    })
}

/// Forgets what is known about a request, and returns whether there was anything: linkwa_status_tracker_resolve() then
/// returns LINKWA_RESOLUTION_UNKNOWN. Its messages stay. Returns false if an argument is NULL or not UTF-8. An id that
/// contains U+0000 cannot be passed, because the text would end there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_forget_ref_id(tracker: MutTracker<'_>, ref_id: Text<'_>) -> bool {
    panic_boundary(|| {
        let (Some(tracker), Ok(ref_id)) = (tracker, ref_id.get("ref_id")) else { return false };
        tracker.0.forget_ref_id(ref_id)
    })
}

/// Returns the whole tracker as JSON, for linkwa_status_tracker_from_json(). The same state always gives the same text.
/// It contains message ids, refIds and the gateway's descriptions.
///
/// The buffer is yours; free it with linkwa_buffer_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `json` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_to_json(
    tracker: Option<&linkwa_status_tracker>,
    json: BufferOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(json, "json", err, || {
        let text = require(tracker, "tracker")?.0.to_json();
        Ok(into_raw(linkwa_buffer::new(text)))
    })
}

/// Makes a tracker from the JSON of linkwa_status_tracker_to_json(), `len` bytes.
///
/// The tracker is yours; free it with linkwa_status_tracker_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `json` or `tracker` is NULL, or `json` is not UTF-8. LINKWA_INVALID_CONFIG if a
/// tracker of this version does not write such a text: invalid JSON, an unknown field or version, a duplicate entry, or
/// a state that no reports lead to.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_from_json(
    json: Bytes<'_>,
    len: usize,
    tracker: TrackerOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(tracker, "tracker", err, || {
        let tracker = StatusTracker::from_json(json.text(len, "json")?)?;
        Ok(into_raw(linkwa_status_tracker(tracker)))
    })
}

/// Frees a tracker. States that it returned stay valid. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_free(tracker: Option<Box<linkwa_status_tracker>>) {
    panic_boundary(|| drop(tracker));
}

/// Returns the message's id. Returns NULL for a request, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_message_id(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.message_id.as_ref())))
}

/// Returns whether the message's reports name its index within the request, and writes the index (from 0) to `index`,
/// which may be NULL. Returns false for a request, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_message_index(
    state: Option<&linkwa_message_state>,
    index: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(index, state.and_then(|state| state.message_index)))
}

/// Returns the reference of the request. Returns NULL if no report named it, and for NULL. If reports name several,
/// which should not happen, it is the first in byte order.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_ref_id(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.ref_id.as_ref())))
}

/// Returns the most advanced status of the message. Returns LINKWA_EVENT_NONE for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_status(state: Option<&linkwa_message_state>) -> linkwa_event_status {
    panic_boundary(|| state.map_or(linkwa_event_status::LINKWA_EVENT_NONE, |state| state.status))
}

/// Returns the result code of the report that decided the status. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_result_code(state: Option<&linkwa_message_state>) -> i64 {
    panic_boundary(|| state.map_or(0, |state| state.result_code))
}

/// Returns the timestamp of that report, as received; usually in RFC 3339. Timestamps longer than 64 bytes are not
/// kept. Returns NULL if there is none, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_timestamp_raw(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.timestamp_raw.as_ref())))
}

/// Returns whether that report has a valid RFC 3339 timestamp, and writes it to `ms`, which may be NULL, in
/// milliseconds since 1970-01-01 UTC (negative before). Returns false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_timestamp_ms(
    state: Option<&linkwa_message_state>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(ms, state.and_then(|state| state.timestamp).map(Timestamp::unix_millis)))
}

/// Returns the gateway's description in that report, at most 1 KiB. Returns NULL if there is none, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_description(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.description.as_ref())))
}

/// Returns whether the message has been delivered, and perhaps more: delivered, read or deleted. Returns false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_is_delivered(state: Option<&linkwa_message_state>) -> bool {
    panic_boundary(|| state.is_some_and(|state| state.status.is_delivered()))
}

/// Returns whether the status is final: delivered, read, deleted or failed. A delivered message can still be read or
/// deleted. Returns false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_is_final(state: Option<&linkwa_message_state>) -> bool {
    panic_boundary(|| state.is_some_and(|state| state.is_final))
}

/// Returns whether the gateway reported that the message failed, and also that it was delivered, read or deleted. Have a
/// person look at such a message. Returns false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_is_disputed(state: Option<&linkwa_message_state>) -> bool {
    panic_boundary(|| state.is_some_and(|state| state.is_disputed))
}

/// Returns whether a report had a code without a status of its own (LINKWA_EVENT_OTHER), whether or not it decides the
/// status, and writes the latest such code to `code`, which may be NULL: 112004, 112005, or a code that this library
/// does not know. Returns false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_other_code(
    state: Option<&linkwa_message_state>,
    code: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(code, state.and_then(|state| state.other_code)))
}

/// Returns whether the report passed to linkwa_status_tracker_apply() changed anything. Returns false for a state that
/// was looked up, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_changed(state: Option<&linkwa_message_state>) -> bool {
    panic_boundary(|| state.is_some_and(|state| state.changed))
}

/// Returns the length in bytes of a text that this state returned, without the terminating NUL. It is more than
/// strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_text_len(state: Option<&linkwa_message_state>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let Some(state) = state else { return 0 };
        let texts = [&state.message_id, &state.ref_id, &state.timestamp_raw, &state.description];
        len_among(text, texts.into_iter().flatten())
    })
}

/// Frees a state of linkwa_status_tracker_apply(), linkwa_status_tracker_state() or
/// linkwa_status_tracker_request_state(), and its texts. A state that your function was called with is not yours to
/// free. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_free(state: Option<Box<linkwa_message_state>>) {
    panic_boundary(|| drop(state));
}
