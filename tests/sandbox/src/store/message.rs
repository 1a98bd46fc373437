//! One message of a conversation, with what became of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::conversation_id;
use crate::record::{Item, RecordedRequest};

/// The newest callbacks of a message are kept.
const CALLBACKS: usize = 100;

/// A message to one destination, or from a user.
pub(crate) struct Message {
    /// Given by the store.
    pub(crate) id: u64,
    pub(crate) revision: u64,
    pub(super) size: usize,
    pub(crate) direction: Direction,
    pub(crate) conversation: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) business: String,
    /// The `messageId` in answers and callbacks.
    pub(crate) wire_id: String,
    /// Which message of the request it is; none for one of a user.
    pub(crate) index: Option<usize>,
    pub(crate) kind: String,
    /// JSON: the message as in the request, or `content.message` as in the callback.
    pub(crate) content: String,
    pub(crate) status: Status,
    pub(crate) result_code: Option<u32>,
    pub(crate) scenario: Option<&'static str>,
    pub(crate) created_at: SystemTime,
    pub(crate) callbacks: VecDeque<Callback>,
    pub(crate) origin: Option<Origin>,
}

/// The request of a message.
pub(crate) struct Origin {
    pub(crate) request: Arc<RecordedRequest>,
    /// How many messages the request makes, which keep it together.
    pub(crate) siblings: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Outbound,
    Inbound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    Sent,
    Delivered,
    Read,
    Deleted,
    Failed,
    Received,
}

/// A callback that belongs to a message.
pub(crate) struct Callback {
    /// Given by the store.
    pub(crate) id: u64,
    /// `report` or `message`.
    pub(crate) kind: &'static str,
    pub(crate) result_code: Option<u32>,
    pub(crate) gate: Option<String>,
    pub(crate) state: CallbackState,
    pub(crate) created_at: SystemTime,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) body: Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallbackState {
    Waiting,
    Taken,
    Failed(String),
    Dropped,
    /// There is no gate for it.
    NoGate,
    UnknownGate,
}

pub(crate) struct Attempt {
    pub(crate) at: SystemTime,
    pub(crate) outcome: Result<u16, String>,
    pub(crate) duration: Duration,
}

impl Message {
    /// A message of a user.
    pub(crate) fn inbound(
        kind: &str,
        user: Option<&str>,
        business: &str,
        wire_id: &str,
        content: &str,
        at: SystemTime,
    ) -> Self {
        Self {
            id: 0,
            revision: 0,
            size: 0,
            direction: Direction::Inbound,
            conversation: user.map(|user| conversation_id(business, user)),
            user: user.map(str::to_owned),
            business: business.to_owned(),
            wire_id: wire_id.to_owned(),
            index: None,
            kind: kind.to_owned(),
            content: content.to_owned(),
            status: Status::Received,
            result_code: None,
            scenario: None,
            created_at: at,
            callbacks: VecDeque::new(),
            origin: None,
        }
    }

    /// Makes it a message of the business: the one of that index in a request.
    #[must_use]
    pub(crate) fn outbound(mut self, index: usize, scenario: Option<&'static str>, origin: Origin) -> Self {
        self.direction = Direction::Outbound;
        self.index = Some(index);
        self.status = Status::Queued;
        self.result_code = Some(112_001);
        self.scenario = scenario;
        self.origin = Some(origin);
        self
    }

    pub(crate) fn ref_id(&self) -> Option<&str> {
        self.origin.as_ref()?.request.ref_id.as_deref()
    }

    pub(super) fn report(&mut self, result_code: u32) {
        self.result_code = Some(result_code);
        self.status = self.status.after(result_code);
    }

    pub(super) fn push_callback(&mut self, callback: Callback) {
        if self.callbacks.len() >= CALLBACKS {
            self.callbacks.pop_front();
        }
        self.callbacks.push_back(callback);
    }

    pub(super) fn callback_mut(&mut self, id: u64) -> Option<&mut Callback> {
        self.callbacks.iter_mut().rev().find(|callback| callback.id == id)
    }

    /// About how many bytes it takes, with its share of the request.
    pub(super) fn measure(&self) -> usize {
        let texts = self.content.len() + self.wire_id.len() + self.kind.len() + self.business.len() * 3;
        let callbacks = self.callbacks.iter().map(|callback| {
            size_of::<Callback>() + callback.body.len() + callback.attempts.len() * (size_of::<Attempt>() + 32)
        });
        let share = self.origin.as_ref().map_or(0, |origin| origin.request.size() / origin.siblings.max(1));
        size_of::<Self>() + texts + callbacks.sum::<usize>() + share
    }
}

impl Direction {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

impl Status {
    pub(crate) const ALL: [Status; 7] =
        [Self::Queued, Self::Sent, Self::Delivered, Self::Read, Self::Deleted, Self::Failed, Self::Received];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Deleted => "deleted",
            Self::Failed => "failed",
            Self::Received => "received",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// The result code of a report that says so.
    pub(crate) fn result_code(self) -> Option<u32> {
        match self {
            Self::Queued => Some(112_001),
            Self::Sent => Some(112_002),
            Self::Delivered => Some(112_003),
            Self::Read => Some(112_007),
            Self::Deleted => Some(112_008),
            Self::Failed => Some(112_403),
            Self::Received => None,
        }
    }

    /// The status after a report. A report that comes late does not take a status back.
    #[must_use]
    pub(crate) fn after(self, result_code: u32) -> Self {
        let reported = match result_code {
            112_002 | 112_006 => Self::Sent,
            112_003 => Self::Delivered,
            112_007 => Self::Read,
            112_008 => Self::Deleted,
            112_000 | 112_400..=112_406 | 112_500 => return Self::Failed,
            _ => return self,
        };
        let rank = |status| Self::ALL.iter().position(|known| *known == status);
        match self {
            Self::Failed if reported == Self::Sent => self,
            Self::Failed => reported,
            _ if rank(reported) > rank(self) => reported,
            _ => self,
        }
    }
}

impl Callback {
    pub(crate) fn new(kind: &'static str, result_code: Option<u32>, gate: Option<&str>, body: Bytes) -> Self {
        Self {
            id: 0,
            kind,
            result_code,
            gate: gate.map(str::to_owned),
            state: CallbackState::Waiting,
            created_at: SystemTime::now(),
            attempts: Vec::new(),
            body,
        }
    }

    #[must_use]
    pub(crate) fn in_state(mut self, state: CallbackState) -> Self {
        self.state = state;
        self
    }
}

impl CallbackState {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Failed(_) => "failed",
            Self::Dropped => "dropped",
            Self::NoGate | Self::UnknownGate => "skipped",
        }
    }

    /// Why no endpoint has it.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Waiting | Self::Taken => None,
            Self::Failed(reason) => Some(reason),
            Self::Dropped => Some("too many waiting"),
            Self::NoGate => Some("no gate"),
            Self::UnknownGate => Some("unknown gate"),
        }
    }

    /// The reason, if an endpoint should have it and has not. A sandbox without a gate is not a fault.
    pub(super) fn not_taken(&self) -> Option<&str> {
        self.reason().filter(|_| *self != Self::NoGate)
    }
}
