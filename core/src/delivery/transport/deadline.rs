//! The deadline of a step of an attempt.

use std::time::{Duration, Instant};

use ureq::unversioned::transport::NextTimeout;
use ureq::{Error, Timeout};

use super::context;

/// The earliest of three times: the end of the step's own timeout, the deadline for connecting, and that of the send.
pub(super) struct Deadline {
    at: Option<Instant>,
    pub(super) reason: Timeout,
}

impl Deadline {
    pub(super) fn of(timeout: &NextTimeout) -> Self {
        let own = if timeout.after.is_not_happening() { None } else { Instant::now().checked_add(*timeout.after) };
        let (send, connect) = context::deadlines();
        let all = [(send, Timeout::Global), (connect, Timeout::Connect), (own, timeout.reason)];
        let first = all.into_iter().filter_map(|(at, reason)| Some((at?, reason))).min_by_key(|(at, _)| *at);
        Self { at: first.map(|(at, _)| at), reason: first.map_or(timeout.reason, |(_, reason)| reason) }
    }

    /// Reports the deadline as the timeout of this step, unless it is the deadline of the send.
    pub(super) fn named(self, step: Timeout) -> Self {
        Self { reason: if self.reason == Timeout::Global { self.reason } else { step }, ..self }
    }

    /// The time that is left, never zero, or `None` if it is not limited. An error if the deadline has passed.
    pub(super) fn left(&self) -> Result<Option<Duration>, Error> {
        let left = self.at.map(|at| at.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) { Err(Error::Timeout(self.reason)) } else { Ok(left) }
    }
}
