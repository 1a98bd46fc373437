//! The attempt loop: makes the attempts of one send and decides its outcome.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::budget::{Budget, pause_after};
use super::send_state::{FinalResult, SendState};
use super::transport::{Attempt, Outgoing, Target, Transport};
use crate::error::{self, Error, OutcomeUnknown, Reason, Rejected};
use crate::finding::Finding;
use crate::http::MAX_RESPONSE;
use crate::observer::Observing;
use crate::response::{
    RawAnswer, ResponseClass, Sent, Success, classify_response, match_receipts, max_answer, read_response,
};
use crate::retry::RetryPolicy;

/// A request that is validated and serialized, ready to be sent. [`Client::prepare`](crate::Client::prepare) makes one.
#[doc(hidden)]
#[derive(Debug)]
pub struct PreparedRequest {
    /// The resource; `None` for the messages.
    pub(crate) target: Option<Target>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) ref_id: String,
    pub(crate) destinations: Vec<String>,
    pub(crate) warnings: Vec<Finding>,
    /// When the send must end.
    pub(crate) deadline: Instant,
    /// When the time to live of the message ends, if it has one. No further attempt begins after this.
    pub(crate) valid_until: Option<Instant>,
    /// The types of the messages, if something observes the send.
    pub(crate) message_types: Vec<&'static str>,
    pub(crate) observing: Observing,
}

impl PreparedRequest {
    /// Whether it goes to another resource than the messages.
    #[doc(hidden)]
    pub fn is_http_request(&self) -> bool {
        self.target.is_some()
    }
}

/// The result of a send, with a log line that is still to be written.
pub(super) struct Delivered {
    pub(super) result: FinalResult,
    /// The log line of the last attempt. It is written after the result is settled, because a logger is the caller's code.
    pub(super) line: Option<AttemptLine>,
}

/// Makes attempts until the outcome is final.
pub(super) fn deliver(
    transport: &Transport,
    budget: &Budget,
    policy: &RetryPolicy,
    request: &PreparedRequest,
    state: &Arc<SendState>,
) -> Delivered {
    let until = request.valid_until.map_or(request.deadline, |valid| valid.min(request.deadline));
    let (mut attempts, mut so_far) = (0, None);
    loop {
        if state.is_settled() {
            let result = state.result_or(|| Err(Error::internal("a settled send has no result")));
            return Delivered { result, line: None };
        }
        if Instant::now() >= request.deadline {
            let late = state.not_sent(Reason::Deadline, "the timeout of the send passed before an attempt began");
            return Delivered { result: outcome_after(so_far, Err(late)), line: None };
        }
        attempts += 1;
        state.attempt_begins(attempts);
        let began = Instant::now();
        let outgoing = Outgoing {
            target: request.target.as_ref(),
            bytes: &request.bytes,
            max_answer: request
                .target
                .as_ref()
                .map_or_else(|| max_answer(request.destinations.len()), |_| MAX_RESPONSE),
            deadline: request.deadline,
        };
        let attempt = transport.attempt(outgoing, state, &state.cancel_handle);
        let is_retryable = matches!(attempt, Attempt::NotSent { is_retryable: true, .. });
        let outcome = outcome_of(attempt, attempts, request);
        state.attempt_answered(&outcome);
        // What was cancelled lost its connection for that reason.
        let own = outcome.as_ref().err().and_then(Error::reason);
        let reason = own.map(|own| state.reason().unwrap_or(own));
        let line = AttemptLine::new(&outcome, reason, attempts, began.elapsed(), request);
        let in_time = |pause: Duration| Instant::now().checked_add(pause).is_some_and(|then| then < until);
        let may = |pause: &Duration| attempts < policy.max_attempts && in_time(*pause) && !state.is_settled();
        let pause = pause_before_next(&outcome, is_retryable, attempts, policy);
        let pause = pause.filter(|pause| may(pause) && budget.take());
        let result = outcome_after(so_far.take(), outcome);
        match (pause, result) {
            (Some(pause), Err(error)) => {
                state.between_attempts(error.clone());
                line.log();
                state.attempt_ends(&error, pause);
                so_far = Some(error);
                state.pause(pause);
            }
            (_, result) => {
                if matches!(result, Ok(Success::Sent(_))) {
                    budget.earn();
                }
                return Delivered { result, line: Some(line) };
            }
        }
    }
}

/// Returns the pause before the next attempt, or `None` if the outcome of this one allows no other.
fn pause_before_next(
    outcome: &FinalResult,
    is_retryable: bool,
    attempts: u32,
    policy: &RetryPolicy,
) -> Option<Duration> {
    let Err(error) = outcome else { return None };
    let is_busy = policy.when_busy && matches!(error.http_status(), Some(429 | 503));
    let asked = error.retry_after().map(|wait| wait.min(RetryPolicy::LONGEST_RETRY_AFTER));
    (is_retryable || is_busy).then(|| asked.unwrap_or_else(|| pause_after(attempts)))
}

/// The outcome of one attempt.
fn outcome_of(attempt: Attempt, attempts: u32, request: &PreparedRequest) -> FinalResult {
    let ref_id = request.ref_id.clone();
    let unknown = |reason, detail, answer, ref_id| {
        Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer, ref_id })))
    };
    match attempt {
        Attempt::Answered(answer) => match classify(answer, request) {
            ResponseClass::Answered(response) => Ok(Success::Response(response)),
            ResponseClass::Accepted(response) => {
                let receipts = match_receipts(request.destinations.clone(), &response);
                let sent =
                    Sent { ref_id, response, receipts, warnings: request.warnings.clone(), attempts, is_repeat: false };
                Ok(Success::Sent(sent.into()))
            }
            ResponseClass::Rejected(answer) => Err(Error::Rejected(Box::new(Rejected { answer, ref_id }))),
            ResponseClass::Unknown(reason, detail, answer) => unknown(reason, detail, Some(answer), ref_id),
        },
        Attempt::NoAnswer(reason, detail) => unknown(reason, detail, None, ref_id),
        Attempt::NotSent { reason, detail, .. } => {
            Err(Error::NotSent(Box::new(error::NotSent { reason, detail, ref_id, cause: None })))
        }
    }
}

fn classify(answer: RawAnswer, request: &PreparedRequest) -> ResponseClass {
    if request.target.is_some() { read_response(answer) } else { classify_response(answer, SystemTime::now()) }
}

/// Combines the outcome of the earlier attempts with that of the latest. Accepted wins over all others. Unknown wins over
/// rejected, because that attempt may have been accepted. Rejected wins over not sent, because the gateway has answered. Of
/// two equal outcomes the later one wins.
fn outcome_after(before: Option<Error>, now: FinalResult) -> FinalResult {
    let weight = |error: &Error| match error.outcome() {
        Some(error::Outcome::Unknown) => 2,
        Some(error::Outcome::Rejected) => 1,
        _ => 0,
    };
    match (before, now) {
        (Some(before), Err(now)) if weight(&before) > weight(&now) => Err(before),
        (_, now) => now,
    }
}

/// The log line of one attempt.
pub(super) struct AttemptLine {
    number: u32,
    outcome: &'static str,
    status: Option<u16>,
    code: Option<&'static str>,
    reason: Option<&'static str>,
    took: Duration,
    bytes: usize,
    ref_id: Option<String>,
    /// The method of a request to another resource. Never its path, which may have a phone number in it.
    method: Option<&'static str>,
}

impl AttemptLine {
    fn new(
        outcome: &FinalResult,
        reason: Option<Reason>,
        number: u32,
        took: Duration,
        request: &PreparedRequest,
    ) -> Self {
        let (code, reason) = (outcome.as_ref().err().map(|error| error.code().as_str()), reason.map(Reason::as_str));
        let (outcome, status) = match outcome {
            Ok(Success::Sent(sent)) => ("accepted", Some(sent.response().http_status())),
            Ok(Success::Response(response)) => ("answered", Some(response.status())),
            Err(error) => (error.outcome().map_or("unknown", error::Outcome::as_str), error.http_status()),
        };
        let (ref_id, method) = match &request.target {
            Some(target) => (None, Some(target.method.as_str())),
            None => (Some(request.ref_id.clone()), None),
        };
        Self { number, outcome, status, code, reason, took, bytes: request.bytes.len(), ref_id, method }
    }

    /// Writes the line to the log. Failed attempts are warnings, because loggers show those by default.
    pub(super) fn log(&self) {
        let Self { number, outcome, status, code, reason, took, bytes, ref_id, method } = self;
        let is_good = *outcome == "accepted" || *outcome == "answered" && status.is_some_and(|status| status < 400);
        let level = if is_good { log::Level::Debug } else { log::Level::Warn };
        log::log!(
            target: crate::LOG_TARGET,
            level,
            ref_id = ref_id.as_deref(),
            method = method,
            attempt = number,
            outcome = outcome,
            http_status = status,
            code = code,
            reason = reason,
            elapsed_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            bytes = bytes;
            "{}: attempt {number}: {outcome}{}, status {}, {} ms, {bytes} bytes",
            // Made only for a line that a logger takes.
            ref_id.as_ref().map_or_else(
                || format!("{} request", method.unwrap_or_default()),
                |ref_id| format!("refId {}", ref_id.escape_debug()),
            ),
            reason.map_or_else(String::new, |reason| format!(" ({reason})")),
            status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
            took.as_millis(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcome of an attempt: an HTTP status, or a word where there is no answer.
    fn outcome(word: &str) -> FinalResult {
        let ref_id = String::new();
        match word {
            "refused connection" => Err(Error::NotSent(Box::new(error::NotSent {
                reason: Reason::Connect,
                detail: String::new(),
                ref_id,
                cause: None,
            }))),
            "cut" => {
                let (reason, detail) = (Reason::ConnectionLost, String::new());
                Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id })))
            }
            status => {
                let body = br#"{"resultCode":112001,"messageIds":["a"]}"#.to_vec();
                let http_status = status.parse().expect("a status");
                let raw = RawAnswer { http_status, retry_after: None, body, is_gzip: false, broken: None, limit: 100 };
                match classify_response(raw, SystemTime::UNIX_EPOCH) {
                    ResponseClass::Answered(response) => Ok(Success::Response(response)),
                    ResponseClass::Accepted(response) => {
                        let sent = Sent {
                            ref_id,
                            response,
                            receipts: Vec::new(),
                            warnings: Vec::new(),
                            attempts: 1,
                            is_repeat: false,
                        };
                        Ok(Success::Sent(sent.into()))
                    }
                    ResponseClass::Rejected(answer) => Err(Error::Rejected(Box::new(Rejected { answer, ref_id }))),
                    ResponseClass::Unknown(reason, detail, answer) => {
                        Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown {
                            reason,
                            detail,
                            answer: Some(answer),
                            ref_id,
                        })))
                    }
                }
            }
        }
    }

    /// Which of two outcomes was kept.
    fn name(outcome: &FinalResult) -> String {
        match outcome {
            Ok(_) => "200".to_owned(),
            Err(error) => error.http_status().map_or_else(
                || if error.reason() == Some(Reason::ConnectionLost) { "cut" } else { "refused connection" }.to_owned(),
                |status| status.to_string(),
            ),
        }
    }

    #[test]
    fn every_pair_of_outcomes_has_the_outcome_of_the_rule() {
        let words = ["refused connection", "429", "400", "503", "cut"];
        let kept = |first: &str| match first {
            "refused connection" => ["refused connection", "429", "400", "503", "cut"],
            "429" => ["429", "429", "400", "503", "cut"],
            "400" => ["400", "429", "400", "503", "cut"],
            "503" => ["503", "503", "503", "503", "cut"],
            _ => ["cut", "cut", "cut", "503", "cut"],
        };
        for first in words {
            for (second, expected) in words.iter().zip(kept(first)) {
                let both = outcome_after(outcome(first).err(), outcome(second));
                assert_eq!(name(&both), expected, "{first}, then {second}");
            }
            assert!(outcome_after(outcome(first).err(), outcome("200")).is_ok(), "{first}, then an acceptance");
        }
        for word in words {
            assert_eq!(name(&outcome_after(None, outcome(word))), word);
        }
    }
}
