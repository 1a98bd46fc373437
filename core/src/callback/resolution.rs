//! What event reports prove about a send whose outcome was unknown.

use super::report::EventReport;
use super::state::MessageState;
use crate::words::words;

words! {
    /// What became of a send whose outcome was unknown.
    pub enum Resolution {
        /// The gateway accepted the request, and a report shows progress of one of its messages: do not send it again.
        Accepted = "accepted",
        /// The gateway accepted the request, and every report says that a message failed. With one message to one
        /// destination, that message was not delivered; [`StatusTracker::states`](crate::StatusTracker::states) has the
        /// result code.
        MessageFailed = "message_failed",
        /// The request failed as a whole and none of its messages was sent: you may send it again once you have fixed
        /// the cause.
        Failed = "failed",
        /// No report so far: do not send it again.
        Unknown = "unknown",
    }
}

impl Resolution {
    /// What these reports prove about the request with this `refId`; other reports, and the order, do not matter.
    ///
    /// - `accepted`: a report about one of its messages that is not a failure, or a success (112001 to 112008).
    /// - `message_failed`: otherwise, a failure of one of its messages.
    /// - `failed`: otherwise, a failure with the type `request`; no other report means that a request failed as a
    ///   whole.
    /// - `unknown`: otherwise. A failure that names no message proves nothing.
    ///
    /// ```
    /// # use linkwa::{Callback, Resolution};
    /// let body = r#"{"refId":"order-17","messageType":"request","messageIndex":-1,"resultCode":112402}"#;
    /// let Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
    /// assert_eq!(Resolution::of("order-17", [&report]), Resolution::Failed);
    /// assert_eq!(Resolution::of("order-1", [&report]), Resolution::Unknown);
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn of<'r>(ref_id: &str, reports: impl IntoIterator<Item = &'r EventReport>) -> Self {
        let mut request = Request::default();
        for report in reports {
            if non_empty(report.ref_id()) == Some(ref_id) {
                request.add(Evidence::of(report));
            }
        }
        request.resolution()
    }
}

/// What is known about a `refId`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) accepted: bool,
    /// Only used while `accepted` is false.
    pub(super) message_failed: bool,
    pub(super) failed: bool,
    /// From the reports without `messageId`, which are rare.
    pub(super) state: Option<Box<MessageState>>,
}

impl Request {
    pub(super) fn add(&mut self, evidence: Option<Evidence>) {
        match evidence {
            Some(Evidence::Accepted) => (self.accepted, self.message_failed) = (true, false),
            Some(Evidence::MessageFailed) => self.message_failed = !self.accepted,
            Some(Evidence::Failed) => self.failed = true,
            None => {}
        }
    }

    /// Proof that the gateway accepted the request wins, because sending an accepted message again is the worse
    /// mistake.
    pub(super) fn resolution(&self) -> Resolution {
        if self.accepted {
            Resolution::Accepted
        } else if self.message_failed {
            Resolution::MessageFailed
        } else if self.failed {
            Resolution::Failed
        } else {
            Resolution::Unknown
        }
    }
}

/// What one report proves about its request.
#[derive(Clone, Copy)]
pub(crate) enum Evidence {
    Accepted,
    MessageFailed,
    Failed,
}

impl Evidence {
    /// As with answers, a code without a name proves something only together with a message id.
    pub(crate) fn of(report: &EventReport) -> Option<Self> {
        let code = report.result_code();
        let has_id = non_empty(report.message_id()).is_some();
        match (code.is_failure(), report.message_type()) {
            (true, Some("request")) => Some(Self::Failed),
            (true, _) => has_id.then_some(Self::MessageFailed),
            (false, _) => (has_id || code.is_success()).then_some(Self::Accepted),
        }
    }
}

/// An empty id counts as absent.
pub(super) fn non_empty(id: Option<&str>) -> Option<&str> {
    id.filter(|id| !id.is_empty())
}
