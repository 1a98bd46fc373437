//! What became of messages.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard, PoisonError};

use linkwa::{MessageState, Resolution, StatusTracker, Timestamp};

use crate::buffer::{BufferPlace, linkwa_buffer};
use crate::callback::linkwa_callback;
use crate::guard::{self, ErrPlace, Nothing};
use crate::handle::{Bytes, CText, Problem, Text, given, hand_over, len_among, text_of, write_some};
use crate::report::linkwa_event_status;
use crate::status::{linkwa_status, words};

/// Keeps what event reports say about messages, however often and in whatever order they come (rule C-8). It has no
/// clock and does no I/O: each report goes in with linkwa_status_tracker_apply(), and the same reports in any order
/// lead to the same state. Threads may share it.
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
#[derive(Debug)]
pub struct linkwa_status_tracker(Mutex<StatusTracker>);

/// What is known about a message, or about a request that failed whole. It does not change, also when the tracker does;
/// threads may share it.
#[derive(Debug)]
pub struct linkwa_message_state {
    message_id: Option<CText>,
    message_index: Option<i64>,
    ref_id: Option<CText>,
    status: linkwa_event_status,
    result_code: i64,
    timestamp_raw: Option<CText>,
    timestamp: Option<Timestamp>,
    description: Option<CText>,
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

/// A tracker that is changed: `const` would be no help to C.
pub(crate) type MutTracker<'a> = Option<&'a linkwa_status_tracker>;

/// A place for a tracker.
pub(crate) type TrackerPlace<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_status_tracker>>>>;

/// A place for the state of a message.
pub(crate) type StatePlace<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_message_state>>>>;

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

impl Nothing for linkwa_resolution {
    const NOTHING: Self = Self::LINKWA_RESOLUTION_UNKNOWN;
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

impl linkwa_status_tracker {
    /// A panic within the core, if there is one, leaves a tracker that says no more than its reports did.
    fn lock(&self) -> MutexGuard<'_, StatusTracker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl linkwa_message_state {
    fn new(state: &MessageState) -> Self {
        Self {
            message_id: state.message_id().map(CText::from),
            message_index: state.message_index(),
            ref_id: state.ref_id().map(CText::from),
            status: state.status().into(),
            result_code: state.result_code().number(),
            timestamp_raw: state.timestamp_raw().map(CText::from),
            timestamp: state.timestamp(),
            description: state.description().map(CText::from),
            is_final: state.is_final(),
            is_disputed: state.is_disputed(),
            other_code: state.other_code().map(linkwa::ResultCode::number),
            changed: state.changed(),
        }
    }
}

/// The word of a resolution: "unknown", "accepted", "failed", "message_failed". NULL for a number that is none.
///
/// Any thread may call it. The text is always there.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_resolution_name(resolution: ResolutionNumber) -> Text<'static> {
    guard::plain(|| linkwa_resolution::word(resolution.0))
}

/// A tracker that knows nothing, to be freed with linkwa_status_tracker_free(). NULL only after an internal error.
///
/// Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_new() -> Option<Box<linkwa_status_tracker>> {
    guard::plain(|| hand_over(linkwa_status_tracker(Mutex::default())))
}

/// Takes an event report in, and gives the state that its message is in now; linkwa_message_state_changed() tells
/// whether the report changed it. A report without a message id changes the state of its request. An empty id counts as
/// none; a report with neither is told but not kept.
///
/// `state` may be NULL; else the state is the caller's, to be freed with linkwa_message_state_free(). The callback
/// stays the caller's. Threads may share the tracker.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `report` is NULL, or `report` is a received message.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_apply(
    tracker: MutTracker<'_>,
    report: Option<&linkwa_callback>,
    state: StatePlace<'_>,
    err: ErrPlace<'_>,
) -> linkwa_status {
    guard::status(err, || {
        let tracker = given(tracker, "tracker")?;
        let report = given(report, "report")?.report().ok_or_else(|| Problem::new("`report` is no event report"))?;
        let applied = tracker.lock().apply(report);
        if let Some(state) = state {
            state.write(hand_over(linkwa_message_state::new(&applied)));
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
/// The state is the caller's, to be freed with linkwa_message_state_free(). Threads may share the tracker.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `message_id` or `state` is NULL, or `message_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_state(
    tracker: Option<&linkwa_status_tracker>,
    message_id: Text<'_>,
    message_index: i64,
    state: StatePlace<'_>,
    err: ErrPlace<'_>,
) -> linkwa_status {
    guard::give(state, "state", err, || {
        let tracker = given(tracker, "tracker")?;
        let message_id = message_id.get("message_id")?;
        let index = (message_index != LINKWA_NO_INDEX).then_some(message_index);
        let found = tracker.lock().state(message_id, index);
        Ok(found.and_then(|found| hand_over(linkwa_message_state::new(&found))))
    })
}

/// Gives what reports without a message id say about the request of this refId, as one that failed whole (rule C-1):
/// NULL is written to `state` if there was none. An id that holds U+0000 cannot be asked for, because the text would
/// end there: linkwa_status_tracker_each() shows its state.
///
/// The state is the caller's, to be freed with linkwa_message_state_free(). Threads may share the tracker.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `state` is NULL, or `ref_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_request_state(
    tracker: Option<&linkwa_status_tracker>,
    ref_id: Text<'_>,
    state: StatePlace<'_>,
    err: ErrPlace<'_>,
) -> linkwa_status {
    guard::give(state, "state", err, || {
        let tracker = given(tracker, "tracker")?;
        let ref_id = ref_id.get("ref_id")?;
        let found = tracker.lock().request_state(ref_id);
        Ok(found.and_then(|found| hand_over(linkwa_message_state::new(&found))))
    })
}

/// What became of a send that ended with LINKWA_OUTCOME_UNKNOWN, by its refId (see linkwa_error_ref_id()). Only this
/// very refId counts. LINKWA_RESOLUTION_UNKNOWN if an argument is NULL or `ref_id` is not UTF-8. An id that holds
/// U+0000 cannot be asked for, because the text would end there: linkwa_status_tracker_each() shows its state.
///
/// Threads may share the tracker.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_resolve(
    tracker: Option<&linkwa_status_tracker>,
    ref_id: Text<'_>,
) -> linkwa_resolution {
    guard::plain(|| {
        let (Some(tracker), Ok(ref_id)) = (tracker, ref_id.get("ref_id")) else {
            return linkwa_resolution::LINKWA_RESOLUTION_UNKNOWN;
        };
        tracker.lock().resolve(ref_id).into()
    })
}

/// How many entries the tracker holds: one for each message and index, and one for each refId. 0 for NULL.
///
/// Threads may share the tracker.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_len(tracker: Option<&linkwa_status_tracker>) -> usize {
    guard::plain(|| tracker.map_or(0, |tracker| tracker.lock().len()))
}

/// Calls a function of the caller's with each state: those of messages by message id and index, then those of requests
/// by refId. It is called on this thread, before this function returns, with the states of the moment of the call: what
/// changes meanwhile does not count. So the function may use the tracker, and forget what is final. `user_data` is
/// handed on to it.
///
/// Threads may share the tracker.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `on_state` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_each(
    tracker: Option<&linkwa_status_tracker>,
    on_state: linkwa_on_state,
    user_data: *mut c_void,
) -> linkwa_status {
    guard::status(None, || {
        let tracker = given(tracker, "tracker")?;
        let on_state = on_state.ok_or_else(|| Problem::null("on_state"))?;
        let states: Vec<MessageState> = tracker.lock().iter().cloned().collect();
        for state in states {
            on_state(user_data, Some(&linkwa_message_state::new(&state)));
        }
        Ok(())
    })
}

/// Calls a function of the caller's with each state of the request of this refId: those of its messages by message id
/// and index, then what reports without a message id say, if there were any. Only this very refId counts. The rest is
/// as with linkwa_status_tracker_each(), which also shows the states of a refId that holds U+0000.
///
/// Threads may share the tracker.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `on_state` is NULL, or `ref_id` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_each_of(
    tracker: Option<&linkwa_status_tracker>,
    ref_id: Text<'_>,
    on_state: linkwa_on_state,
    user_data: *mut c_void,
) -> linkwa_status {
    guard::status(None, || {
        let tracker = given(tracker, "tracker")?;
        let ref_id = ref_id.get("ref_id")?;
        let on_state = on_state.ok_or_else(|| Problem::null("on_state"))?;
        let states: Vec<MessageState> = tracker.lock().states(ref_id).cloned().collect();
        for state in states {
            on_state(user_data, Some(&linkwa_message_state::new(&state)));
        }
        Ok(())
    })
}

/// Forgets a message, all its indices, and tells whether there was one. A report that comes after all starts it anew.
/// What its reports said about their refId stays. false if an argument is NULL or not UTF-8. An id that holds U+0000
/// cannot be named, because the text would end there.
///
/// Threads may share the tracker.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_forget(tracker: MutTracker<'_>, message_id: Text<'_>) -> bool {
    guard::plain(|| {
        let (Some(tracker), Ok(message_id)) = (tracker, message_id.get("message_id")) else { return false };
        tracker.lock().forget(message_id)
    })
}

/// Forgets what is known about a request, and tells whether there was anything: linkwa_status_tracker_resolve() then
/// says LINKWA_RESOLUTION_UNKNOWN. Its messages stay. false if an argument is NULL or not UTF-8. An id that holds
/// U+0000 cannot be named, because the text would end there.
///
/// Threads may share the tracker.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_forget_ref_id(tracker: MutTracker<'_>, ref_id: Text<'_>) -> bool {
    guard::plain(|| {
        let (Some(tracker), Ok(ref_id)) = (tracker, ref_id.get("ref_id")) else { return false };
        tracker.lock().forget_ref_id(ref_id)
    })
}

/// Gives everything that the tracker holds as JSON, for linkwa_status_tracker_from_json(). The same state is always the
/// same text. It names message ids, refIds and the gateway's descriptions.
///
/// The buffer is the caller's, to be freed with linkwa_buffer_free(). Threads may share the tracker.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `json` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_to_json(
    tracker: Option<&linkwa_status_tracker>,
    json: BufferPlace<'_>,
    err: ErrPlace<'_>,
) -> linkwa_status {
    guard::give(json, "json", err, || {
        let text = given(tracker, "tracker")?.lock().to_json();
        Ok(hand_over(linkwa_buffer::new(text)))
    })
}

/// Makes the tracker that linkwa_status_tracker_to_json() wrote, `len` bytes of JSON.
///
/// The tracker is the caller's, to be freed with linkwa_status_tracker_free(). Any thread may call it.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `json` or `tracker` is NULL, or `json` is not UTF-8. LINKWA_INVALID_CONFIG if it
/// is not what a tracker of this version writes: no JSON, an unknown field or version, an entry twice, a state that no
/// reports lead to.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_from_json(
    json: Bytes<'_>,
    len: usize,
    tracker: TrackerPlace<'_>,
    err: ErrPlace<'_>,
) -> linkwa_status {
    guard::give(tracker, "tracker", err, || {
        let tracker = StatusTracker::from_json(json.text(len, "json")?)?;
        Ok(hand_over(linkwa_status_tracker(Mutex::new(tracker))))
    })
}

/// Frees a tracker; states that it gave stay. NULL is fine.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_status_tracker_free(tracker: Option<Box<linkwa_status_tracker>>) {
    guard::plain(|| drop(tracker));
}

/// The message's id; NULL for a request, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len(). Threads may share the
/// state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_message_id(state: Option<&linkwa_message_state>) -> Text<'_> {
    guard::plain(|| text_of(state.and_then(|state| state.message_id.as_ref())))
}

/// Whether the message's reports say which of the request's messages it is, which is written to `index` then, from 0.
/// `index` may be NULL. false for a request, and for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_message_index(
    state: Option<&linkwa_message_state>,
    index: Option<&mut MaybeUninit<i64>>,
) -> bool {
    guard::plain(|| write_some(index, state.and_then(|state| state.message_index)))
}

/// The reference of the request; NULL if no report named it, and for NULL. (If reports named several, which they should
/// not, the first in the order of their bytes.)
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len(). Threads may share the
/// state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_ref_id(state: Option<&linkwa_message_state>) -> Text<'_> {
    guard::plain(|| text_of(state.and_then(|state| state.ref_id.as_ref())))
}

/// The furthest that the message is known to have come. LINKWA_EVENT_NONE for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_status(state: Option<&linkwa_message_state>) -> linkwa_event_status {
    guard::plain(|| state.map_or(linkwa_event_status::LINKWA_EVENT_NONE, |state| state.status))
}

/// The result code of the report that decided the status (rule R-4). 0 for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_result_code(state: Option<&linkwa_message_state>) -> i64 {
    guard::plain(|| state.map_or(0, |state| state.result_code))
}

/// When that happened, by the same report, as it came: RFC 3339, as a rule. One of over 64 bytes is not kept. NULL if
/// there is none, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len(). Threads may share the
/// state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_timestamp_raw(state: Option<&linkwa_message_state>) -> Text<'_> {
    guard::plain(|| text_of(state.and_then(|state| state.timestamp_raw.as_ref())))
}

/// Whether that report says when it happened, and in RFC 3339; then it is written to `ms`: milliseconds since
/// 1970-01-01 UTC, negative before. `ms` may be NULL. false for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_timestamp_ms(
    state: Option<&linkwa_message_state>,
    ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    guard::plain(|| write_some(ms, state.and_then(|state| state.timestamp).map(Timestamp::unix_millis)))
}

/// The gateway's words in that report, at most 1 KiB of them. NULL if there are none, and for NULL.
///
/// The text belongs to the state and lives as long as it; see linkwa_message_state_text_len(). Threads may share the
/// state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_description(state: Option<&linkwa_message_state>) -> Text<'_> {
    guard::plain(|| text_of(state.and_then(|state| state.description.as_ref())))
}

/// Whether nothing else is to come: it was delivered, or it failed. false for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_is_final(state: Option<&linkwa_message_state>) -> bool {
    guard::plain(|| state.is_some_and(|state| state.is_final))
}

/// Whether the gateway reported both that it was delivered and that it failed. Somebody should look. false for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_is_disputed(state: Option<&linkwa_message_state>) -> bool {
    guard::plain(|| state.is_some_and(|state| state.is_disputed))
}

/// Whether a report had a code without a word of its own (LINKWA_EVENT_OTHER), whether or not it decides the status;
/// the latest one is written to `code` then. Newer gateways report with such codes that a delivered message was read.
/// `code` may be NULL. false for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_other_code(
    state: Option<&linkwa_message_state>,
    code: Option<&mut MaybeUninit<i64>>,
) -> bool {
    guard::plain(|| write_some(code, state.and_then(|state| state.other_code)))
}

/// Whether the report that linkwa_status_tracker_apply() was just given changed anything. false for a state that was
/// looked up, and for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_changed(state: Option<&linkwa_message_state>) -> bool {
    guard::plain(|| state.is_some_and(|state| state.changed))
}

/// How many bytes a text has that this state gave, the NUL behind it not counted: more than strlen() says if it holds
/// U+0000. 0 for any other pointer, and for NULL.
///
/// Threads may share the state.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_text_len(state: Option<&linkwa_message_state>, text: Text<'_>) -> usize {
    guard::plain(|| {
        let Some(state) = state else { return 0 };
        let texts = [&state.message_id, &state.ref_id, &state.timestamp_raw, &state.description];
        len_among(text, texts.into_iter().flatten())
    })
}

/// Frees a state that linkwa_status_tracker_apply(), linkwa_status_tracker_state() or
/// linkwa_status_tracker_request_state() gave, and its texts; one that a function of yours was called with is not
/// yours. NULL is fine.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_state_free(state: Option<Box<linkwa_message_state>>) {
    guard::plain(|| drop(state));
}

#[cfg(test)]
#[expect(clippy::unnecessary_box_returns, reason = "what C owns is in a box")]
mod tests {
    use super::*;
    use crate::callback::tests::read;
    use crate::handle::as_c::with_place;
    use crate::handle::written;

    /// Puts a report in; what is known then.
    fn apply(tracker: &linkwa_status_tracker, body: &str) -> Box<linkwa_message_state> {
        let (status, state) =
            written(|state| linkwa_status_tracker_apply(Some(tracker), Some(&read(body)), state, None));
        assert_eq!(status, linkwa_status::LINKWA_OK);
        state.expect("a state")
    }

    fn tracker() -> Box<linkwa_status_tracker> {
        linkwa_status_tracker_new().expect("a tracker")
    }

    fn state(
        tracker: &linkwa_status_tracker,
        id: &'static std::ffi::CStr,
        index: i64,
    ) -> Option<Box<linkwa_message_state>> {
        let tracker = Some(tracker);
        let (status, state) = written(|state| linkwa_status_tracker_state(tracker, Text::new(id), index, state, None));
        assert_eq!(status, linkwa_status::LINKWA_OK);
        state
    }

    fn number(
        state: &linkwa_message_state,
        getter: extern "C" fn(Option<&linkwa_message_state>, Option<&mut MaybeUninit<i64>>) -> bool,
    ) -> Option<i64> {
        let (is_there, number) = with_place(-77, |place| getter(Some(state), place));
        assert_eq!(getter(Some(state), None), is_there);
        assert!(is_there || number == -77, "written without need");
        is_there.then_some(number)
    }

    const DELIVERED: &str = r#"{"messageId":"m","refId":"r","messageIndex":0,"resultCode":112003,
        "timestamp":"1970-01-01T00:00:01.5Z","resultDescription":"de\u0000livered"}"#;
    const SENT: &str = r#"{"messageId":"m","refId":"r","messageIndex":0,"resultCode":112002}"#;
    const FAILED: &str = r#"{"messageId":"m","refId":"r","messageIndex":0,"resultCode":112404}"#;
    const READ: &str = r#"{"messageId":"m","messageIndex":0,"resultCode":112007}"#;
    const BARE: &str = r#"{"messageId":"n","resultCode":112001}"#;
    const WHOLE: &str =
        r#"{"refId":"w","messageType":"request","messageIndex":-1,"resultCode":112402,"timestamp":"soon"}"#;

    #[test]
    fn the_words_are_those_of_the_core() {
        for (resolution, number) in [
            (Resolution::Unknown, 0),
            (Resolution::Accepted, 1),
            (Resolution::Failed, 2),
            (Resolution::MessageFailed, 3),
        ] {
            assert_eq!(linkwa_resolution::from(resolution) as u32, number);
            let word = linkwa_resolution_name(ResolutionNumber(number));
            assert_eq!(word.get("word").ok(), Some(resolution.as_str()));
        }
        assert_eq!(linkwa_resolution_name(ResolutionNumber(4)).address(), 0);
    }

    #[test]
    fn a_state_says_all_that_the_core_says() {
        use linkwa_event_status::{LINKWA_EVENT_DELIVERED, LINKWA_EVENT_FAILED, LINKWA_EVENT_QUEUED};

        let tracker = tracker();
        assert!(linkwa_message_state_changed(Some(&apply(&tracker, DELIVERED))));
        assert!(!linkwa_message_state_changed(Some(&apply(&tracker, SENT))));
        assert!(!linkwa_message_state_is_disputed(Some(&apply(&tracker, READ))));
        let told = apply(&tracker, FAILED);
        assert!(linkwa_message_state_changed(Some(&told)));
        let found = state(&tracker, c"m", 0).expect("a state");
        assert!(!linkwa_message_state_changed(Some(&found)));
        for found in [&told, &found] {
            let s = Some(&**found);
            let text = |text: Text<'_>| text.read(linkwa_message_state_text_len(s, text)).map(<[u8]>::to_vec);
            assert_eq!(text(linkwa_message_state_message_id(s)).as_deref(), Some(&b"m\0"[..]));
            assert_eq!(text(linkwa_message_state_ref_id(s)).as_deref(), Some(&b"r\0"[..]));
            assert_eq!(text(linkwa_message_state_description(s)).as_deref(), Some(&b"de\0livered\0"[..]));
            assert_eq!(text(linkwa_message_state_timestamp_raw(s)).as_deref(), Some(&b"1970-01-01T00:00:01.5Z\0"[..]));
            assert_eq!(linkwa_message_state_text_len(s, Text::new(c"m")), 0);
            assert_eq!(number(found, linkwa_message_state_message_index), Some(0));
            assert_eq!(number(found, linkwa_message_state_timestamp_ms), Some(1500));
            assert_eq!(number(found, linkwa_message_state_other_code), Some(112_007));
            assert_eq!(linkwa_message_state_status(s), LINKWA_EVENT_DELIVERED);
            assert_eq!(linkwa_message_state_result_code(s), 112_003);
            assert!(linkwa_message_state_is_final(s) && linkwa_message_state_is_disputed(s));
        }

        let bare = apply(&tracker, BARE);
        let s = Some(&*bare);
        assert_eq!(linkwa_message_state_status(s), LINKWA_EVENT_QUEUED);
        assert!(!linkwa_message_state_is_final(s) && !linkwa_message_state_is_disputed(s));
        let absent = [
            linkwa_message_state_ref_id(s),
            linkwa_message_state_timestamp_raw(s),
            linkwa_message_state_description(s),
        ];
        assert!(absent.iter().all(|text| text.address() == 0));
        for getter in
            [linkwa_message_state_message_index, linkwa_message_state_timestamp_ms, linkwa_message_state_other_code]
        {
            assert_eq!(number(&bare, getter), None);
        }
        assert!(state(&tracker, c"n", LINKWA_NO_INDEX).is_some());
        assert!(state(&tracker, c"n", 0).is_none() && state(&tracker, c"m", 1).is_none());
        assert!(state(&tracker, c"m", LINKWA_NO_INDEX).is_some());
        assert!(state(&tracker, c"x", 0).is_none());

        apply(&tracker, WHOLE);
        let request = |ref_id| {
            written(|state| linkwa_status_tracker_request_state(Some(&tracker), Text::new(ref_id), state, None))
        };
        let (status, whole) = request(c"w");
        assert_eq!(status, linkwa_status::LINKWA_OK);
        let whole = whole.expect("a state");
        assert_eq!(linkwa_message_state_status(Some(&whole)), LINKWA_EVENT_FAILED);
        assert_eq!(linkwa_message_state_message_id(Some(&whole)).address(), 0);
        assert_eq!(linkwa_message_state_timestamp_raw(Some(&whole)).get("time").ok(), Some("soon"));
        assert_eq!(number(&whole, linkwa_message_state_timestamp_ms), None);
        let (status, none) = request(c"r");
        assert_eq!((status, none.is_none()), (linkwa_status::LINKWA_OK, true));
        linkwa_message_state_free(Some(whole));
    }

    #[test]
    fn a_state_that_is_none_is_written_as_null() {
        let tracker = tracker();
        let before = Some(apply(&tracker, BARE));
        let (status, found) =
            with_place(before, |at| linkwa_status_tracker_state(Some(&tracker), Text::new(c"x"), 0, at, None));
        assert_eq!((status, found.is_none()), (linkwa_status::LINKWA_OK, true));
    }

    #[test]
    fn unknown_sends_are_resolved_and_messages_forgotten() {
        let tracker = tracker();
        for body in [DELIVERED, BARE, WHOLE] {
            let applied = linkwa_status_tracker_apply(Some(&tracker), Some(&read(body)), None, None);
            assert_eq!(applied, linkwa_status::LINKWA_OK);
        }
        let t = Some(&*tracker);
        let resolve = |ref_id| linkwa_status_tracker_resolve(t, Text::new(ref_id));
        assert_eq!(resolve(c"r"), linkwa_resolution::LINKWA_RESOLUTION_ACCEPTED);
        assert_eq!(resolve(c"w"), linkwa_resolution::LINKWA_RESOLUTION_FAILED);
        assert_eq!(resolve(c"x"), linkwa_resolution::LINKWA_RESOLUTION_UNKNOWN);
        assert_eq!(linkwa_status_tracker_len(t), 4);
        assert!(linkwa_status_tracker_forget(t, Text::new(c"m")));
        assert!(!linkwa_status_tracker_forget(t, Text::new(c"m")));
        assert!(linkwa_status_tracker_forget_ref_id(t, Text::new(c"w")));
        assert!(!linkwa_status_tracker_forget_ref_id(t, Text::new(c"w")));
        assert_eq!(resolve(c"w"), linkwa_resolution::LINKWA_RESOLUTION_UNKNOWN);
        assert_eq!(resolve(c"r"), linkwa_resolution::LINKWA_RESOLUTION_ACCEPTED);
        assert_eq!(linkwa_status_tracker_len(t), 2);
        linkwa_status_tracker_free(Some(tracker));
    }

    #[test]
    fn a_stored_tracker_comes_back() {
        let tracker = tracker();
        for body in [DELIVERED, FAILED, BARE, WHOLE] {
            apply(&tracker, body);
        }
        let to_json = |tracker: &linkwa_status_tracker| {
            let (status, json) = written(|json| linkwa_status_tracker_to_json(Some(tracker), json, None));
            assert_eq!(status, linkwa_status::LINKWA_OK);
            let json = json.expect("a buffer");
            crate::buffer::linkwa_buffer_data(Some(&json)).get("json").expect("UTF-8").to_owned()
        };
        let from_json = |json: &[u8]| {
            let ((status, error), tracker) = written(|tracker| {
                written(|err| linkwa_status_tracker_from_json(Bytes::of(json), json.len(), tracker, err))
            });
            assert_eq!(crate::error::linkwa_error_code(error.as_deref()), status);
            assert_eq!(tracker.is_some(), status == linkwa_status::LINKWA_OK);
            (status, tracker)
        };
        let json = to_json(&tracker);
        assert_eq!(json, tracker.lock().to_json());
        let (_, again) = from_json(json.as_bytes());
        assert_eq!(to_json(&again.expect("a tracker")), json);
        assert_eq!(from_json(b"{}").0, linkwa_status::LINKWA_INVALID_CONFIG);
        assert_eq!(from_json(b"").0, linkwa_status::LINKWA_INVALID_CONFIG);
        assert_eq!(from_json(b"\xff").0, linkwa_status::LINKWA_INVALID_ARGUMENT);
    }

    /// What the function of the caller's gets, and does.
    struct Seen {
        tracker: Box<linkwa_status_tracker>,
        states: Mutex<Vec<(Option<String>, Option<String>)>>,
    }

    extern "C" fn forget_and_add(user_data: *mut c_void, state: Option<&linkwa_message_state>) {
        let seen = seen(user_data);
        let own = |text: Text<'_>| text.optional("text").expect("UTF-8").map(str::to_owned);
        let message_id = linkwa_message_state_message_id(state);
        let pair = (own(message_id), own(linkwa_message_state_ref_id(state)));
        assert!(!linkwa_message_state_changed(state));
        seen.states.lock().expect("no panic").push(pair);
        linkwa_status_tracker_forget(Some(&seen.tracker), message_id);
        apply(&seen.tracker, r#"{"messageId":"new","resultCode":112001}"#);
    }

    /// Where the user data point, which safe code cannot follow.
    static SEEN: Mutex<Vec<(usize, &'static Seen)>> = Mutex::new(Vec::new());

    fn seen(user_data: *mut c_void) -> &'static Seen {
        let all = SEEN.lock().expect("no panic");
        all.iter().find(|(address, _)| *address == user_data.addr()).expect("as it was given").1
    }

    #[test]
    fn each_state_is_told_as_it_was_and_the_tracker_may_be_used_meanwhile() {
        let seen: &'static Seen = Box::leak(Box::new(Seen { tracker: tracker(), states: Mutex::default() }));
        for body in [DELIVERED, BARE, WHOLE] {
            apply(&seen.tracker, body);
        }
        let user_data = std::ptr::from_ref(seen).cast_mut().cast();
        SEEN.lock().expect("no panic").push((std::ptr::from_ref(seen).addr(), seen));
        let told = linkwa_status_tracker_each(Some(&seen.tracker), Some(forget_and_add), user_data);
        assert_eq!(told, linkwa_status::LINKWA_OK);
        let own = |text: &str| Some(text.to_owned());
        let wanted = [(own("m"), own("r")), (own("n"), None), (None, own("w"))];
        assert_eq!(*seen.states.lock().expect("no panic"), wanted);
        let t = &*seen.tracker;
        assert!(state(t, c"m", 0).is_none() && state(t, c"n", LINKWA_NO_INDEX).is_none());
        assert!(state(t, c"new", LINKWA_NO_INDEX).is_some());
    }

    #[test]
    fn threads_share_a_tracker() {
        let tracker = tracker();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let tracker = &*tracker;
                scope.spawn(move || {
                    for message in 0..50 {
                        apply(
                            tracker,
                            &format!(r#"{{"messageId":"{thread}-{message}","refId":"r","resultCode":112001}}"#),
                        );
                    }
                });
            }
        });
        assert_eq!(linkwa_status_tracker_len(Some(&tracker)), 201);
    }

    #[test]
    fn what_is_no_report_and_what_is_nothing_is_refused() {
        const WRONG: linkwa_status = linkwa_status::LINKWA_INVALID_ARGUMENT;
        let tracker = tracker();
        let t = Some(&*tracker);
        let message = read(r#"{"messageId":"m","source":"1","content":{},"resultCode":112003}"#);
        let ((status, error), state) =
            written(|state| written(|err| linkwa_status_tracker_apply(t, Some(&message), state, err)));
        assert_eq!((status, state.is_none()), (WRONG, true));
        let sentence = crate::error::linkwa_error_message(error.as_deref()).get("message").expect("UTF-8");
        assert!(sentence.contains("`report` is no event report"), "{sentence}");
        assert_eq!(linkwa_status_tracker_len(t), 0);

        let report = read(BARE);
        assert_eq!(linkwa_status_tracker_apply(None, Some(&report), None, None), WRONG);
        assert_eq!(linkwa_status_tracker_apply(t, None, None, None), WRONG);
        assert_eq!(linkwa_status_tracker_state(t, Text::new(c"n"), 0, None, None), WRONG);
        for id in [Text::NULL, Text::new(c"\xff")] {
            assert_eq!(written(|state| linkwa_status_tracker_state(t, id, 0, state, None)).0, WRONG);
            assert_eq!(written(|state| linkwa_status_tracker_request_state(t, id, state, None)).0, WRONG);
            assert_eq!(linkwa_status_tracker_resolve(t, id), linkwa_resolution::LINKWA_RESOLUTION_UNKNOWN);
            assert!(!linkwa_status_tracker_forget(t, id) && !linkwa_status_tracker_forget_ref_id(t, id));
        }
        assert_eq!(written(|state| linkwa_status_tracker_state(None, Text::new(c"n"), 0, state, None)).0, WRONG);
        assert_eq!(linkwa_status_tracker_each(t, None, std::ptr::null_mut()), WRONG);
        assert_eq!(linkwa_status_tracker_each(None, Some(forget_and_add), std::ptr::null_mut()), WRONG);
        assert_eq!(linkwa_status_tracker_to_json(t, None, None), WRONG);
        assert_eq!(written(|at| linkwa_status_tracker_from_json(Bytes::NULL, 0, at, None)).0, WRONG);
        assert_eq!(linkwa_status_tracker_len(None), 0);
        assert!(!linkwa_message_state_is_final(None) && !linkwa_message_state_changed(None));
        assert_eq!(linkwa_message_state_status(None), linkwa_event_status::LINKWA_EVENT_NONE);
        assert_eq!(linkwa_message_state_text_len(None, Text::new(c"")), 0);
        assert!(!linkwa_message_state_timestamp_ms(None, None));
        linkwa_status_tracker_free(None);
        linkwa_message_state_free(None);
    }
}
