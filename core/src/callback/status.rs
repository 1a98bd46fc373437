//! The status of messages: a reducer over event reports.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::progress::{DeliveryProgress, Event, is_false};
use super::report::EventReport;
use super::resolution::{Evidence, Request, Resolution, non_empty};
use super::state::{MessageState, invalid_json, place};
use crate::error::Error;

/// Tracks the status of messages from their event reports, however often and in whatever order the reports arrive.
///
/// It has no clock and does no I/O: pass each report to [`apply`](Self::apply). The same reports lead to the same state
/// in any order and any number. A message is identified by its `messageId` and `messageIndex`. A report without a
/// `messageId`, such as that of a request that failed as a whole, is kept by its `refId`. Rules:
///
/// - `queued` < `other` < `sent` < `delivered` and `failed` < `read` < `deleted`. A later step is never replaced by an
///   earlier one. A code without a status of its own ([`Status::Other`](crate::Status::Other)) says that something happened after `queued`,
///   but not what: it replaces only `queued`. [`other_code`](MessageState::other_code) returns the latest one.
/// - Among reports of the same step, the one with the earliest timestamp decides.
/// - `delivered` and `failed` contradict each other. The one with the earlier timestamp decides; if a timestamp is
///   missing or both are equal, `delivered` does. (In full: a `delivered` without a timestamp comes before those with
///   one, and a `failed` without a timestamp after them.) `read` and `deleted` prove that the message was delivered, and
///   decide over any `failed`. Either way the state [says so](MessageState::is_disputed).
///
/// A timestamp that is not RFC 3339 counts as missing here; its text is kept.
///
/// ```
/// use linkwa::{Callback, Resolution, Status, StatusTracker};
///
/// let mut tracker = StatusTracker::new();
/// for body in [
///     r#"{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112003}"#,
///     r#"{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112002}"#, // late
/// ] {
///     if let Callback::EventReport(report) = linkwa::parse_callback(body)? {
///         let state = tracker.apply(&report);
///         assert_eq!(state.status(), Status::Delivered);
///     }
/// }
/// assert!(tracker.state("8aU6", 0).is_some_and(|state| state.is_final()));
/// assert_eq!(tracker.resolve("order-17"), Resolution::Accepted);
///
/// let stored = tracker.to_json();
/// assert_eq!(StatusTracker::from_json(&stored)?, tracker);
/// # Ok::<(), linkwa::Error>(())
/// ```
///
/// # Memory
///
/// A message with ids and descriptions of the usual lengths takes about 550 bytes, or 400 if many share a `refId`; at
/// most 1 KiB of a description is kept. Messages are kept until you remove them: see [`forget`](Self::forget),
/// [`forget_ref_id`](Self::forget_ref_id) and [`retain`](Self::retain). Ids are kept whatever their length, so pass
/// only callbacks that a [`CallbackGuard`](crate::CallbackGuard) accepts.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StatusTracker {
    /// The states of each message, sorted by index; usually one.
    messages: BTreeMap<Arc<str>, Vec<MessageState>>,
    requests: BTreeMap<Arc<str>, Request>,
    /// The messages of each `refId`: the reverse of `messages`.
    by_ref_id: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl StatusTracker {
    /// An empty tracker.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies a report and returns the resulting state of its message, which says [whether](MessageState::changed) the
    /// report changed it.
    ///
    /// A report without `messageId` changes the state of its request. An empty id counts as absent. The state of a
    /// report that has neither id is returned, but not kept.
    pub fn apply(&mut self, report: &EventReport) -> MessageState {
        let event = Event::of(report);
        let ref_id = non_empty(report.ref_id()).map(|ref_id| {
            let entry = self.requests.entry(ref_id.into());
            let ref_id = Arc::clone(entry.key());
            entry.or_default().add(Evidence::of(report));
            ref_id
        });
        match (non_empty(report.message_id()), ref_id) {
            (Some(message_id), ref_id) => {
                let state = self.message(message_id, report.message_index());
                let before = state.ref_id.clone();
                let state = state.apply(event, ref_id);
                self.index(before, &state);
                state
            }
            (None, Some(ref_id)) => {
                let request = self.requests.entry(Arc::clone(&ref_id)).or_default();
                request.state.get_or_insert_default().apply(event, Some(ref_id))
            }
            (None, None) => MessageState { changed: false, ..MessageState::default().apply(event, None) },
        }
    }

    /// The state of a message; `None` if no report of it came.
    ///
    /// With an index it is the state of the reports with this `messageIndex`. With `None` it is the message's only state,
    /// whatever its index; if reports named several indices, the least advanced of their states (`queued` < `other` < `sent`
    /// < `failed` < `delivered` < `read` < `deleted`).
    ///
    /// ```
    /// # use linkwa::{Callback, Status, StatusTracker};
    /// # let body = r#"{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112003}"#;
    /// # let Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
    /// let mut tracker = StatusTracker::new();
    /// tracker.apply(&report);
    /// assert_eq!(tracker.state("8aU6", None).map(|state| state.status()), Some(Status::Delivered));
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn state(&self, message_id: &str, message_index: impl Into<Option<i64>>) -> Option<MessageState> {
        let states = self.messages.get(message_id)?;
        let Some(index) = message_index.into() else {
            return states.iter().min_by_key(|state| state.progress.step()).cloned();
        };
        let at = states.binary_search_by_key(&Some(index), MessageState::message_index).ok()?;
        states.get(at).cloned()
    }

    /// The states of the request with exactly this `refId`: those of its messages by `messageId` and index, then that
    /// of its reports without `messageId`, if there were any.
    ///
    /// ```
    /// # use linkwa::{Callback, StatusTracker};
    /// # let body = r#"{"messageId":"8aU6","refId":"order-17","messageIndex":0,"resultCode":112403}"#;
    /// # let Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
    /// let mut tracker = StatusTracker::new();
    /// tracker.apply(&report);
    /// let failed: Vec<_> = tracker.states("order-17").map(|state| state.result_code().number()).collect();
    /// assert_eq!(failed, [112_403]);
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn states<'t>(&'t self, ref_id: &'t str) -> impl Iterator<Item = &'t MessageState> {
        let from: (Arc<str>, Arc<str>) = (ref_id.into(), "".into());
        let of_messages = self.by_ref_id.range(from..).take_while(move |(of, _)| &**of == ref_id);
        of_messages
            .filter_map(|(_, message_id)| self.messages.get(message_id))
            .flatten()
            .filter(move |state| state.ref_id() == Some(ref_id))
            .chain(self.requests.get(ref_id).and_then(|request| request.state.as_deref()))
    }

    /// The state of the request with this `refId`, from its reports without `messageId` (a request that failed as a
    /// whole); `None` if there was none.
    pub fn request_state(&self, ref_id: &str) -> Option<MessageState> {
        self.requests.get(ref_id)?.state.as_deref().cloned()
    }

    /// What became of a send that ended `outcome_unknown`, by its exact `refId`.
    ///
    /// `send_many` gives each of its requests a `refId` of its own.
    pub fn resolve(&self, ref_id: &str) -> Resolution {
        self.requests.get(ref_id).map_or(Resolution::Unknown, Request::resolution)
    }

    /// Every state: those of messages by `messageId` and index, then those of requests by `refId`.
    pub fn iter(&self) -> impl Iterator<Item = &MessageState> {
        self.messages.values().flatten().chain(self.requests.values().filter_map(|request| request.state.as_deref()))
    }

    /// The number of entries: one for each message and index, and one for each `refId`.
    pub fn len(&self) -> usize {
        self.messages.values().map(Vec::len).sum::<usize>() + self.requests.len()
    }

    /// Whether the tracker is empty.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.requests.is_empty()
    }

    /// Forgets a message with all its indices, and returns whether there was one. A later report starts a new state.
    /// What its reports said about their `refId` stays.
    pub fn forget(&mut self, message_id: &str) -> bool {
        let Some(states) = self.messages.remove(message_id) else { return false };
        for state in states {
            if let (Some(ref_id), Some(message_id)) = (state.ref_id, state.message_id) {
                self.by_ref_id.remove(&(ref_id, message_id));
            }
        }
        true
    }

    /// Forgets what is known about a request, and returns whether there was anything: [`resolve`](Self::resolve) then
    /// returns `unknown`. Its messages stay.
    pub fn forget_ref_id(&mut self, ref_id: &str) -> bool {
        self.requests.remove(ref_id).is_some()
    }

    /// Forgets every state for which `keep` returns false, and what is known about each `refId` that no remaining state
    /// names. Resolve unknown sends before.
    ///
    /// ```
    /// # let mut tracker = linkwa::StatusTracker::new();
    /// tracker.retain(|state| !state.is_final());
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&MessageState) -> bool) {
        self.messages.retain(|_, states| {
            states.retain(&mut keep);
            !states.is_empty()
        });
        self.by_ref_id = self.messages.values().flatten().filter_map(MessageState::names).collect();
        let named: BTreeSet<&str> = self.messages.values().flatten().filter_map(MessageState::ref_id).collect();
        self.requests.retain(|ref_id, request| {
            request.state.take_if(|state| !keep(state));
            request.state.is_some() || named.contains(&**ref_id)
        });
    }

    /// The whole tracker as JSON, for [`from_json`](Self::from_json). The same state always gives the same text. It
    /// contains message ids, `refId`s and the gateway's descriptions.
    pub fn to_json(&self) -> String {
        let messages: Vec<_> = self.messages.values().flatten().collect();
        let requests: Vec<_> = self.requests.iter().map(StoredRequest::from).collect();
        // It cannot fail: there are no maps, and every value can be written.
        serde_json::to_string(&Snapshot { version: VERSION, messages, requests }).unwrap_or_default()
    }

    /// Reads the text of [`to_json`](Self::to_json), also that of an earlier version. Codes that have got a status of
    /// their own since then have it afterwards.
    ///
    /// # Errors
    ///
    /// `invalid_config`, with the position but no values, if no tracker up to this version writes such a text: invalid
    /// JSON, an unknown field or version, a duplicate entry, or a state that no reports lead to.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let Snapshot { version, messages, requests }: Snapshot<MessageState, StoredRequest> =
            serde_json::from_str(json).map_err(|error| invalid_json(TRACKER, &place(&error)))?;
        if !(1..=VERSION).contains(&version) {
            return Err(invalid_json(TRACKER, "its version is unknown"));
        }
        let mut tracker = Self::new();
        for (at, StoredRequest { ref_id, accepted, message_failed, failed, progress }) in
            requests.into_iter().enumerate()
        {
            // Codes that an earlier version did not know as a success.
            let is_newer = |event: &Event| event.code().is_newer();
            let accepted = accepted || progress.as_ref().and_then(DeliveryProgress::deciding).is_some_and(is_newer);
            let message_failed = message_failed && !accepted;
            let proved = accepted || message_failed || failed;
            let sound = progress.as_ref().map_or(proved, DeliveryProgress::is_sound) && !(accepted && message_failed);
            let state = progress.map(|progress| {
                Box::new(MessageState { ref_id: Some(Arc::clone(&ref_id)), progress, ..MessageState::default() })
            });
            let entry = Request { accepted, message_failed, failed, state };
            if !sound || ref_id.is_empty() || tracker.requests.insert(ref_id, entry).is_some() {
                return Err(invalid_json(TRACKER, &format!("requests[{at}]")));
            }
        }
        for (at, mut state) in messages.into_iter().enumerate() {
            // One shared text for all messages of a request, as in `apply`.
            let shared = state.ref_id.as_deref().and_then(|ref_id| tracker.requests.get_key_value(ref_id));
            if let Some((ref_id, _)) = shared {
                state.ref_id = Some(Arc::clone(ref_id));
            }
            tracker.by_ref_id.extend(state.names());
            let Some(message_id) = state.message_id.clone().filter(|id| !id.is_empty() && state.is_sound()) else {
                return Err(invalid_json(TRACKER, &format!("messages[{at}]")));
            };
            let states = tracker.messages.entry(message_id).or_insert_with(|| Vec::with_capacity(1));
            match states.binary_search_by_key(&state.message_index, MessageState::message_index) {
                Ok(_) => return Err(invalid_json(TRACKER, &format!("messages[{at}]"))),
                Err(place) => states.insert(place, state),
            }
        }
        Ok(tracker)
    }

    /// Updates the index after a message's `refId` may have changed.
    fn index(&mut self, before: Option<Arc<str>>, state: &MessageState) {
        if before == state.ref_id {
            return;
        }
        self.by_ref_id.extend(state.names());
        if let (Some(before), Some(message_id)) = (before, &state.message_id) {
            let states = self.messages.get(message_id).into_iter().flatten();
            if states.filter_map(MessageState::ref_id).all(|ref_id| ref_id != &*before) {
                self.by_ref_id.remove(&(before, Arc::clone(message_id)));
            }
        }
    }

    fn message(&mut self, message_id: &str, message_index: Option<i64>) -> &mut MessageState {
        let entry = self.messages.entry(message_id.into());
        let message_id = Arc::clone(entry.key());
        let states = entry.or_insert_with(|| Vec::with_capacity(1));
        let at = states.binary_search_by_key(&message_index, MessageState::message_index).unwrap_or_else(|at| {
            states.insert(at, MessageState { message_id: Some(message_id), message_index, ..MessageState::default() });
            at
        });
        &mut states[at]
    }
}

/// Shows the number of entries, and none of them.
impl fmt::Debug for StatusTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusTracker").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The version of the JSON form. Version 1 had 112006 to 112008 as other codes.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot<M, R> {
    version: u32,
    messages: Vec<M>,
    requests: Vec<R>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredRequest {
    ref_id: Arc<str>,
    #[serde(default, skip_serializing_if = "is_false")]
    accepted: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    message_failed: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    failed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<DeliveryProgress>,
}

impl From<(&Arc<str>, &Request)> for StoredRequest {
    fn from((ref_id, request): (&Arc<str>, &Request)) -> Self {
        Self {
            ref_id: Arc::clone(ref_id),
            accepted: request.accepted,
            message_failed: request.message_failed,
            failed: request.failed,
            progress: request.state.as_ref().map(|state| state.progress.clone()),
        }
    }
}

const TRACKER: &str = "status tracker";
