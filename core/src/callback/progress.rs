//! The progress of a message, from its event reports.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::report::{EventReport, Status};
use super::timestamp::Timestamp;
use crate::answer::ResultCode;

/// The progress of a message. It depends on which reports were applied, not on their order: each part is the greatest
/// of them in a total order, or whether there was one of a kind.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "StoredProgress")]
pub(super) struct DeliveryProgress {
    /// The most advanced step with a status of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Arc<Event>>,
    /// The latest code without a status of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Arc<Event>>,
    #[serde(skip_serializing_if = "is_false")]
    disputed: bool,
}

/// The progress as this version or an earlier one stored it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredProgress {
    known: Option<Event>,
    other: Option<Event>,
    #[serde(default)]
    disputed: bool,
}

impl From<StoredProgress> for DeliveryProgress {
    /// The first version knew no status of 112006 to 112008, and stored them as other codes.
    fn from(StoredProgress { known, other, disputed }: StoredProgress) -> Self {
        let mut progress = Self { known: known.map(Arc::new), other: None, disputed };
        match other {
            Some(event) if event.code().is_newer() => progress.apply(event),
            other => progress.other = other.map(Arc::new),
        }
        progress
    }
}

impl DeliveryProgress {
    pub(super) fn apply(&mut self, event: Event) {
        if event.status() == Status::Other {
            if self.other.as_ref().is_none_or(|other| event.recency() > other.recency()) {
                self.other = Some(Arc::new(event));
            }
            return;
        }
        let Some(known) = &self.known else {
            self.known = Some(Arc::new(event));
            return;
        };
        let contradicts = event.status().is_delivered() != known.status().is_delivered();
        self.disputed |= event.is_final() && known.is_final() && contradicts;
        if event.precedence() > known.precedence() {
            self.known = Some(Arc::new(event));
        }
    }

    /// The event that decides the status; `None` only before the first.
    pub(super) fn deciding(&self) -> Option<&Event> {
        let known = self.known.as_deref();
        let other = self.other.as_deref();
        if known.is_some_and(|event| event.status() != Status::Queued) { known } else { other.or(known) }
    }

    /// The progress as a number: of several messages, the one with the smallest number matters most.
    pub(super) fn step(&self) -> u8 {
        match self.deciding().map(Event::status) {
            None | Some(Status::Queued) => 0,
            Some(Status::Other) => 1,
            Some(Status::Sent) => 2,
            Some(Status::Failed) => 3,
            Some(Status::Delivered) => 4,
            Some(Status::Read) => 5,
            Some(Status::Deleted) => 6,
        }
    }

    /// Whether the message was reported both as failed and as delivered, read or deleted.
    pub(super) fn is_disputed(&self) -> bool {
        self.disputed
    }

    /// The latest code without a status of its own.
    pub(super) fn other_code(&self) -> Option<ResultCode> {
        self.other.as_deref().map(Event::code)
    }

    /// Whether some reports lead to this state.
    pub(super) fn is_sound(&self) -> bool {
        let events = self.known.iter().chain(&self.other);
        let disputable = self.known.as_ref().is_some_and(|event| event.is_final());
        self.deciding().is_some()
            && self.known.as_ref().is_none_or(|event| event.status() != Status::Other)
            && self.other.as_ref().is_none_or(|event| event.status() == Status::Other)
            && (disputable || !self.disputed)
            && events.into_iter().all(|event| event.is_short())
    }
}

/// The stored part of a report.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Event {
    result_code: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<str>>,
}

impl Event {
    const MAX_TIMESTAMP: usize = 64;
    const MAX_DESCRIPTION: usize = 1024;

    pub(super) fn of(report: &EventReport) -> Self {
        let timestamp = report.timestamp_raw().filter(|text| text.len() <= Self::MAX_TIMESTAMP);
        let description = report.result_description().map(|text| cut(text, Self::MAX_DESCRIPTION));
        Self {
            result_code: report.result_code().number(),
            timestamp: timestamp.map(Into::into),
            description: description.map(Into::into),
        }
    }

    pub(super) fn code(&self) -> ResultCode {
        self.result_code.into()
    }

    pub(super) fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    pub(super) fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn status(&self) -> Status {
        Status::of(self.code())
    }

    fn is_final(&self) -> bool {
        self.code().is_final()
    }

    pub(super) fn moment(&self) -> Option<Timestamp> {
        Timestamp::parse(self.timestamp()?)
    }

    /// Of two events with a status, the greater one decides.
    fn precedence(&self) -> impl Ord {
        let moment = self.moment();
        let delivered = self.status() == Status::Delivered;
        let step = match self.status() {
            Status::Queued | Status::Other => 0,
            Status::Sent => 1,
            Status::Delivered | Status::Failed => 2,
            Status::Read => 3,
            Status::Deleted => 4,
        };
        // `None` is less than any time.
        (step, delivered && moment.is_none(), moment.map(Reverse), delivered, self.content())
    }

    /// Of two events without a status, the greater one is shown.
    fn recency(&self) -> impl Ord {
        (self.moment(), self.content())
    }

    /// Breaks ties in a fixed order.
    fn content(&self) -> impl Ord {
        (self.result_code, &self.timestamp, &self.description)
    }

    fn is_short(&self) -> bool {
        let short = |text: &Option<Box<str>>, most| text.as_ref().is_none_or(|text| text.len() <= most);
        short(&self.timestamp, Self::MAX_TIMESTAMP) && short(&self.description, Self::MAX_DESCRIPTION)
    }
}

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}
