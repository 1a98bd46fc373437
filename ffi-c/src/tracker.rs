//! What became of messages.

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

/// Keeps what event reports say about messages, however often and in whatever order they come (rule C-8). It has no
/// clock and does no I/O: each report goes in with linkwa_status_tracker_apply(), and the same reports in any order
/// lead to the same state.
///
/// A message is known by its message id and index; a report without a message id, as of a request that failed whole
/// (rule C-1), is kept by its refId. Repeats, late reports and disorder change nothing:
///
/// - queued < other < sent < delivered and failed. A later step never gives way to an earlier one. A code without a word of its
///   own (LINKWA_EVENT_OTHER) undoes nothing beyond queued; see linkwa_message_state_other_code().
/// - Of reports of one step the one with the earliest timestamp decides.
/// - Delivered and failed of one message contradict each other: the earlier one by timestamp decides; if one has no timestamp,
///   or both have the same, delivered does. See linkwa_message_state_is_disputed().
///
/// A message takes about 550 bytes, and nothing goes away by itself: see linkwa_status_tracker_forget(). The ids are
/// kept whatever their length, so give it only callbacks that linkwa_callback_guard_check() believes.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_status_tracker(StatusTracker);

/// What is known about a message, or about a request that failed whole. It does not change when the tracker does.
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

/// What became of a send whose outcome was unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_resolution {
    /// No report says: do not send it again.
    LINKWA_RESOLUTION_UNKNOWN = 0,
    /// The gateway took the request, and a report says of one of its messages that it went on: do not send it again.
    LINKWA_RESOLUTION_ACCEPTED = 1,
    /// The request failed whole and none of its messages was sent (rule C-1): it may be sent again, once what is wrong
    /// is fixed.
    LINKWA_RESOLUTION_FAILED = 2,
    /// The gateway took the request, and every report of its messages says that the message failed. With one message to
    /// one destination, that message was not delivered; linkwa_status_tracker_each_of() shows the result code.
    LINKWA_RESOLUTION_MESSAGE_FAILED = 3,
}

/// A number that C gives where a [`linkwa_resolution`] belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ResolutionNumber(u32);

/// A tracker that is changed.
pub(crate) type MutTracker<'a> = Option<&'a mut linkwa_status_tracker>;

/// A tracker that is read, and that a function of the caller's may change meanwhile.
pub(crate) type TrackerObject = Object<linkwa_status_tracker>;

/// An out-parameter for a tracker.
pub(crate) type TrackerOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_status_tracker>>>>;

/// An out-parameter for the state of a message.
pub(crate) type StateOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_message_state>>>>;

/// The caller's function that linkwa_status_tracker_each() and linkwa_status_tracker_each_of() call with each state. The state is the library's and is
/// gone when the function returns. The function may use the tracker, also to forget, but not free it. See YOUR
/// FUNCTIONS at the top.
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
            _ => Self::LINKWA_RESOLUTION_UNKNOWN,
        }
    }
}

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

/// The word of a resolution: "unknown", "accepted", "failed", "message_failed". NULL for an unknown number.
///
/// The text is always there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_resolution_name(resolution: ResolutionNumber) -> Text<'static> {
    panic_boundary(|| linkwa_resolution::word(resolution.0))
}

/// A tracker that knows nothing, to be freed with linkwa_status_tracker_free(). NULL only after an internal error.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_new() -> Option<Box<linkwa_status_tracker>> {
    panic_boundary(|| into_raw(linkwa_status_tracker(StatusTracker::new())))
}

/// Takes an event report in, and gives the state that its message is in now; linkwa_message_state_changed() tells
/// whether the report changed it. A report without a message id changes the state of its request. An empty id counts as
/// none; a report with neither is told but not kept.
///
/// `state` may be NULL; else the state is the caller's, to be freed with linkwa_message_state_free(). The callback
/// stays the caller's.
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
        let report =
            require(report, "report")?.report().ok_or_else(|| BindingError::argument("`report` is no event report"))?;
        let applied = tracker.0.apply(report);
        if let Some(state) = state {
            state.write(into_raw(linkwa_message_state::new(&applied)));
        }
        Ok(())
    })
}

/// Gives the state of a message: NULL is written to `state` if no report of it came. With a `message_index` it is the
/// state of the reports with this index. With LINKWA_NO_INDEX it is the message's only state, whatever its index; if
/// reports named several indices, the least advanced of their states (queued < other < sent < failed < delivered). An
/// id that holds U+0000 cannot be asked for, because the text would end there: linkwa_status_tracker_each() shows its
/// state.
///
/// The state is the caller's, to be freed with linkwa_message_state_free().
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

/// Gives what reports without a message id say about the request of this refId, as one that failed whole (rule C-1):
/// NULL is written to `state` if there was none. An id that holds U+0000 cannot be asked for, because the text would
/// end there: linkwa_status_tracker_each() shows its state.
///
/// The state is the caller's, to be freed with linkwa_message_state_free().
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

/// What became of a send that ended with LINKWA_OUTCOME_UNKNOWN, by its refId (see linkwa_error_ref_id()). Only this
/// very refId counts. LINKWA_RESOLUTION_UNKNOWN if an argument is NULL or `ref_id` is not UTF-8. An id that holds
/// U+0000 cannot be asked for, because the text would end there: linkwa_status_tracker_each() shows its state.
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

/// How many entries the tracker holds: one for each message and index, and one for each refId. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_len(tracker: Option<&linkwa_status_tracker>) -> usize {
    panic_boundary(|| tracker.map_or(0, |tracker| tracker.0.len()))
}

/// Calls a function of the caller's with each state: those of messages by message id and index, then those of requests
/// by refId. It is called on this thread, before this function returns, with the states of the moment of the call: what
/// changes meanwhile does not count. So the function may use the tracker, and forget what is final. `user_data` is
/// handed on to it.
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

/// Calls a function of the caller's with each state of the request of this refId: those of its messages by message id
/// and index, then what reports without a message id say, if there were any. Only this very refId counts. The rest is
/// as with linkwa_status_tracker_each(), which also shows the states of a refId that holds U+0000.
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

/// Forgets a message, all its indices, and tells whether there was one. A report that comes after all starts it anew.
/// What its reports said about their refId stays. false if an argument is NULL or not UTF-8. An id that holds U+0000
/// cannot be named, because the text would end there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_forget(tracker: MutTracker<'_>, message_id: Text<'_>) -> bool {
    panic_boundary(|| {
        let (Some(tracker), Ok(message_id)) = (tracker, message_id.get("message_id")) else { return false };
        tracker.0.forget(message_id)
    })
}

/// Forgets what is known about a request, and tells whether there was anything: linkwa_status_tracker_resolve() then
/// says LINKWA_RESOLUTION_UNKNOWN. Its messages stay. false if an argument is NULL or not UTF-8. An id that holds
/// U+0000 cannot be named, because the text would end there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_forget_ref_id(tracker: MutTracker<'_>, ref_id: Text<'_>) -> bool {
    panic_boundary(|| {
        let (Some(tracker), Ok(ref_id)) = (tracker, ref_id.get("ref_id")) else { return false };
        tracker.0.forget_ref_id(ref_id)
    })
}

/// Gives everything that the tracker holds as JSON, for linkwa_status_tracker_from_json(). The same state is always the
/// same text. It names message ids, refIds and the gateway's descriptions.
///
/// The buffer is the caller's, to be freed with linkwa_buffer_free().
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

/// Makes the tracker that linkwa_status_tracker_to_json() wrote, `len` bytes of JSON.
///
/// The tracker is the caller's, to be freed with linkwa_status_tracker_free().
///
/// Errors: LINKWA_INVALID_ARGUMENT if `json` or `tracker` is NULL, or `json` is not UTF-8. LINKWA_INVALID_CONFIG if it
/// is not what a tracker of this version writes: no JSON, an unknown field or version, an entry twice, a state that no
/// reports lead to.
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

/// Frees a tracker; states that it gave stay. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_free(tracker: Option<Box<linkwa_status_tracker>>) {
    panic_boundary(|| drop(tracker));
}

/// The message's id; NULL for a request, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_message_id(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.message_id.as_ref())))
}

/// Whether the message's reports say which of the request's messages it is, which is written to `index` then, from 0.
/// `index` may be NULL. false for a request, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_message_index(
    state: Option<&linkwa_message_state>,
    index: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(index, state.and_then(|state| state.message_index)))
}

/// The reference of the request; NULL if no report named it, and for NULL. (If reports named several, which they should
/// not, the first in the order of their bytes.)
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_ref_id(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.ref_id.as_ref())))
}

/// The furthest that the message is known to have come. LINKWA_EVENT_NONE for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_status(state: Option<&linkwa_message_state>) -> linkwa_event_status {
    panic_boundary(|| state.map_or(linkwa_event_status::LINKWA_EVENT_NONE, |state| state.status))
}

/// The result code of the report that decided the status (rule R-4). 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_result_code(state: Option<&linkwa_message_state>) -> i64 {
    panic_boundary(|| state.map_or(0, |state| state.result_code))
}

/// When that happened, by the same report, as it came: RFC 3339, as a rule. One of over 64 bytes is not kept. NULL if
/// there is none, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_timestamp_raw(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.timestamp_raw.as_ref())))
}

/// Whether that report says when it happened, and in RFC 3339; then it is written to `ms`: milliseconds since
/// 1970-01-01 UTC, negative before. `ms` may be NULL. false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_timestamp_ms(
    state: Option<&linkwa_message_state>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(ms, state.and_then(|state| state.timestamp).map(Timestamp::unix_millis)))
}

/// The gateway's words in that report, at most 1 KiB of them. NULL if there are none, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_description(state: Option<&linkwa_message_state>) -> Text<'_> {
    panic_boundary(|| text_or_null(state.and_then(|state| state.description.as_ref())))
}

/// Whether nothing else is to come: it was delivered, or it failed. false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_is_final(state: Option<&linkwa_message_state>) -> bool {
    panic_boundary(|| state.is_some_and(|state| state.is_final))
}

/// Whether the gateway reported both that it was delivered and that it failed. Somebody should look. false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_is_disputed(state: Option<&linkwa_message_state>) -> bool {
    panic_boundary(|| state.is_some_and(|state| state.is_disputed))
}

/// Whether a report had a code without a word of its own (LINKWA_EVENT_OTHER), whether or not it decides the status;
/// the latest one is written to `code` then. Newer gateways report with such codes that a delivered message was read.
/// `code` may be NULL. false for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_other_code(
    state: Option<&linkwa_message_state>,
    code: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| write_some(code, state.and_then(|state| state.other_code)))
}

/// Whether the report that linkwa_status_tracker_apply() was just given changed anything. false for a state that was
/// looked up, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_changed(state: Option<&linkwa_message_state>) -> bool {
    panic_boundary(|| state.is_some_and(|state| state.changed))
}

/// How many bytes a text has that this state gave, the NUL behind it not counted: more than strlen() says if it holds
/// U+0000. 0 for any other pointer, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_text_len(state: Option<&linkwa_message_state>, text: Text<'_>) -> usize {
    panic_boundary(|| {
        let Some(state) = state else { return 0 };
        let texts = [&state.message_id, &state.ref_id, &state.timestamp_raw, &state.description];
        len_among(text, texts.into_iter().flatten())
    })
}

/// Frees a state that linkwa_status_tracker_apply(), linkwa_status_tracker_state() or
/// linkwa_status_tracker_request_state() gave, and its texts; one that a function of yours was called with is not
/// yours. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_free(state: Option<Box<linkwa_message_state>>) {
    panic_boundary(|| drop(state));
}
