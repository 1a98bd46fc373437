//! The messages, the refused requests and the conversations that the sandbox keeps for the page and for tests.
//!
//! Each change gets the next revision. A reader that knows a revision asks for what has changed since, so a slow one gets the
//! newest state of each item, and nothing queues up for it.

mod conversation;
mod message;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use crate::record::{Item, RecordedRequest};

pub(crate) use conversation::{Conversations, bare, conversation_id};
pub(crate) use message::{Attempt, Callback, CallbackState, Direction, Message, Origin, Status};

/// The messages that are kept take no more than about this, and the refused requests a quarter of it.
const KEEP_BYTES: usize = 64 * 1024 * 1024;

pub(crate) struct Store {
    state: Mutex<State>,
    revisions: watch::Sender<u64>,
    keep: usize,
}

/// What is kept. Messages and refused requests are in the order of their ids.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) revision: u64,
    /// The revision of the last reset.
    pub(crate) reset: u64,
    pub(crate) messages: VecDeque<Message>,
    /// The message of each revision.
    by_revision: BTreeMap<u64, u64>,
    bytes: usize,
    /// Each with its revision.
    pub(crate) refused: VecDeque<(u64, Arc<RecordedRequest>)>,
    refused_bytes: usize,
    pub(crate) counts: Counts,
    pub(crate) conversations: Conversations,
    last_message: u64,
    last_callback: u64,
}

/// What happened since the start or the last reset.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) messages: u64,
    pub(crate) refused: u64,
    /// Callbacks that no endpoint took, by reason.
    pub(crate) not_taken: BTreeMap<String, u64>,
}

impl Store {
    pub(crate) fn new(keep: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), revisions: watch::Sender::new(0), keep })
    }

    /// Reads what is kept. Everything else that uses the store waits meanwhile.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    /// Sees each change from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.revisions.subscribe()
    }

    /// Keeps a message, and returns its id.
    pub(crate) fn add(&self, mut message: Message) -> u64 {
        self.change(|state| {
            state.last_message += 1;
            message.id = state.last_message;
            message.revision = state.next_revision();
            message.size = message.measure();
            state.bytes += message.size;
            state.counts.messages += 1;
            state.by_revision.insert(message.revision, message.id);
            state.conversations.count(&message);
            let id = message.id;
            state.messages.push_back(message);
            state.drop_oldest(self.keep);
            id
        })
    }

    /// Keeps a request that was not accepted.
    pub(crate) fn add_refused(&self, request: Arc<RecordedRequest>) {
        self.change(|state| {
            state.counts.refused += 1;
            state.refused_bytes += request.size();
            let revision = state.next_revision();
            state.refused.push_back((revision, request));
            while state.refused.len() > self.keep || (state.refused_bytes > KEEP_BYTES / 4 && state.refused.len() > 1) {
                let Some((_, oldest)) = state.refused.pop_front() else { break };
                state.refused_bytes -= oldest.size();
            }
        });
    }

    /// Notes a callback, and returns its id.
    pub(crate) fn add_callback(&self, message: Option<u64>, mut callback: Callback) -> u64 {
        self.change(|state| {
            state.last_callback += 1;
            let id = state.last_callback;
            callback.id = id;
            if let Some(reason) = callback.state.not_taken() {
                *state.counts.not_taken.entry(reason.to_owned()).or_default() += 1;
            }
            state.update(message, |message| message.push_callback(callback));
            state.drop_oldest(self.keep);
            id
        })
    }

    /// The gateway reports this code now.
    pub(crate) fn report(&self, message: Option<u64>, result_code: u32) {
        self.change(|state| state.update(message, |message| message.report(result_code)));
    }

    /// An endpoint answered a callback, or did not.
    pub(crate) fn attempt(&self, message: Option<u64>, callback: u64, attempt: Attempt) {
        self.change(|state| {
            state.update(message, |message| {
                if let Some(callback) = message.callback_mut(callback) {
                    callback.attempts.push(attempt);
                }
            });
        });
    }

    /// A callback was taken, or is given up.
    pub(crate) fn finish(&self, message: Option<u64>, callback: u64, state: CallbackState) {
        self.change(|all| {
            if let Some(reason) = state.not_taken() {
                *all.counts.not_taken.entry(reason.to_owned()).or_default() += 1;
            }
            all.update(message, |message| {
                if let Some(callback) = message.callback_mut(callback) {
                    callback.state = state;
                }
            });
        });
    }

    /// The user wrote to the business number: the customer care window opens anew.
    pub(crate) fn open_window(&self, conversation: &str, at: SystemTime) {
        self.change(|state| state.conversations.open_window(conversation, at, self.keep));
    }

    /// Forgets everything. Ids go on from where they were.
    pub(crate) fn reset(&self) {
        self.change(|state| {
            let revision = state.next_revision();
            let (last_message, last_callback) = (state.last_message, state.last_callback);
            *state = State { revision, reset: revision, last_message, last_callback, ..State::default() };
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let done = change(&mut state);
        let revision = state.revision;
        drop(state);
        self.revisions.send_replace(revision);
        done
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn message(&self, id: u64) -> Option<&Message> {
        self.messages.get(self.index(id)?)
    }

    /// The messages that have changed after a revision, in the order of their last change.
    pub(crate) fn changed_after(&self, revision: u64) -> impl Iterator<Item = &Message> {
        self.by_revision.range(revision + 1..).filter_map(|(_, id)| self.message(*id))
    }

    /// The requests that were refused after a revision.
    pub(crate) fn refused_after(&self, revision: u64) -> impl Iterator<Item = &(u64, Arc<RecordedRequest>)> {
        let first = self.refused.partition_point(|(known, _)| *known <= revision);
        self.refused.range(first..)
    }

    /// Ids are consecutive from the oldest message that is kept.
    fn index(&self, id: u64) -> Option<usize> {
        let first = self.messages.front()?.id;
        usize::try_from(id.checked_sub(first)?).ok()
    }

    fn next_revision(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// Changes a message, if it is still kept.
    fn update(&mut self, id: Option<u64>, change: impl FnOnce(&mut Message)) {
        let Some(index) = id.and_then(|id| self.index(id)) else { return };
        let revision = self.revision + 1;
        let Some(message) = self.messages.get_mut(index) else { return };
        change(message);
        self.by_revision.remove(&message.revision);
        self.by_revision.insert(revision, message.id);
        message.revision = revision;
        let size = message.measure();
        self.bytes = self.bytes - message.size + size;
        message.size = size;
        self.revision = revision;
    }

    fn drop_oldest(&mut self, keep: usize) {
        while self.messages.len() > keep || (self.bytes > KEEP_BYTES && self.messages.len() > 1) {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.bytes -= oldest.size;
            self.by_revision.remove(&oldest.revision);
            self.conversations.uncount(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::{Callback, CallbackState, Message, Status, Store};

    fn message(user: &str) -> Message {
        Message::inbound("text", Some(user), "+46000000000", "m", "{}", SystemTime::now())
    }

    #[test]
    fn a_reader_gets_each_changed_message_once() {
        let store = Store::new(10);
        let (first, second) = (store.add(message("+46111")), store.add(message("+46222")));
        let seen = store.read(|state| state.revision);
        let callback = Callback::new("message", None, Some("g"), "{}".into());
        let callback = store.add_callback(Some(first), callback);
        store.finish(Some(first), callback, CallbackState::Taken);
        let changed = |after| store.read(|state| state.changed_after(after).map(|m| m.id).collect::<Vec<_>>());
        assert_eq!(changed(seen), [first]);
        assert_eq!(changed(0), [second, first]);
        store.reset();
        assert_eq!(changed(0), [0; 0]);
        assert!(store.read(|state| state.reset == state.revision));
        assert_eq!(store.add(message("+46111")), second + 1);
    }

    #[test]
    fn what_is_kept_is_bounded_by_number_and_size() {
        let store = Store::new(3);
        for _ in 0..10 {
            store.add(message("+46111"));
        }
        let ids = store.read(|state| state.messages.iter().map(|message| message.id).collect::<Vec<_>>());
        assert_eq!(ids, [8, 9, 10]);
        assert_eq!(store.read(|state| (state.by_revision.len(), state.conversations.len())), (3, 1));
        store.report(Some(1), 112_003);
        assert_eq!(store.read(|state| state.by_revision.len()), 3, "a message that is gone does not change");
        for _ in 0..3 {
            store.add(message("+46222"));
        }
        assert_eq!(store.read(|state| state.conversations.len()), 1, "a conversation without messages is gone");

        let store = Store::new(1000);
        let large = "x".repeat(1024 * 1024);
        for _ in 0..80 {
            let id = store.add(message("+46111"));
            store.add_callback(Some(id), Callback::new("message", None, Some("g"), large.clone().into()));
        }
        assert_eq!(store.read(|state| state.messages.len()), 63);
        assert!(store.read(|state| state.bytes <= super::KEEP_BYTES));
    }

    #[test]
    fn a_status_moves_forward_only() {
        for (codes, expected) in [
            (&[][..], Status::Queued),
            (&[112_002], Status::Sent),
            (&[112_006], Status::Sent),
            (&[112_003, 112_002], Status::Delivered),
            (&[112_003, 112_007, 112_003], Status::Read),
            (&[112_007, 112_008], Status::Deleted),
            (&[112_403, 112_002], Status::Failed),
            (&[112_003, 112_404], Status::Failed),
            (&[112_003, 999], Status::Delivered),
        ] {
            let status = codes.iter().fold(Status::Queued, |status, code| status.after(*code));
            assert_eq!(status, expected, "{codes:?}");
        }
    }
}
