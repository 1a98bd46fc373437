//! Results and errors as they are stored.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::script::unexpected;
use super::sends::State;
use crate::answer::{Answer, ErrorResponse};
use crate::bulk::backoff::is_account_refused;
use crate::error::{Disposition, Error, NotSent, Outcome, OutcomeUnknown, Reason, Rejected};
use crate::finding::{Finding, Severity};
use crate::response::{MessageResponse, Receipt, SendResult, Sent};

/// The detail of an error that was stored.
const RECORDED: &str = "recorded by an outbox";

/// What a send ended with, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Recorded {
    /// The gateway accepted the message.
    Result(StoredResult),
    /// It did not, or its answer is not known.
    Error(StoredError),
}

/// A result. Other languages may write its names in their own way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StoredResult {
    #[serde(alias = "result_code")]
    result_code: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(alias = "message_ids")]
    message_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    receipts: Vec<StoredReceipt>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<StoredFinding>,
    attempts: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredReceipt {
    destination: String,
    #[serde(alias = "message_id")]
    message_id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredFinding {
    path: String,
    code: String,
    message: String,
    severity: String,
}

/// An error.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StoredError {
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(alias = "http_status", skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(alias = "result_code", skip_serializing_if = "Option::is_none")]
    result_code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(alias = "translated_description", skip_serializing_if = "Option::is_none")]
    translated_description: Option<String>,
    /// In seconds.
    #[serde(alias = "retry_after", skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<StoredFinding>,
}

impl Recorded {
    /// Reads what another language recorded: an object with `result` or `error`, as that language writes its results and
    /// errors.
    ///
    /// # Errors
    ///
    /// `internal` if it is neither.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        // The text of serde's error may repeat a value.
        serde_json::from_str(json).map_err(|_| Error::unknown_result("an outcome that an outbox cannot record"))
    }

    /// The error, if it is one.
    pub fn error(&self) -> Option<Error> {
        match self {
            Self::Result(_) => None,
            Self::Error(error) => Some(error.to_error("")),
        }
    }

    pub(super) fn state(&self) -> State {
        let Some(error) = self.error() else { return State::Accepted };
        match (&error, error.outcome(), error.disposition()) {
            (Error::InvalidRequest(_), ..) => State::Invalid,
            (_, Some(Outcome::NotSent), _) | (_, Some(Outcome::Rejected), Disposition::Retry) => State::NotSent,
            // Once the account is in order, the same message can be accepted.
            _ if is_account_refused(&error) => State::NotSent,
            (_, Some(Outcome::Rejected), _) => State::Rejected,
            _ => State::Unknown,
        }
    }

    /// The columns `result` and `error`.
    pub(super) fn columns(&self) -> (Option<String>, Option<String>) {
        // Writing cannot fail: there are no maps, and every value can be written.
        match self {
            Self::Result(result) => (serde_json::to_string(result).ok(), None),
            Self::Error(error) => (None, serde_json::to_string(error).ok()),
        }
    }
}

impl From<&Result<SendResult, Error>> for Recorded {
    fn from(outcome: &Result<SendResult, Error>) -> Self {
        match outcome {
            Ok(sent) => Self::Result(StoredResult {
                result_code: sent.result_code().number(),
                description: sent.description().map(str::to_owned),
                message_ids: sent.message_ids().to_vec(),
                receipts: sent.receipts().iter().map(StoredReceipt::from).collect(),
                warnings: sent.warnings().iter().map(StoredFinding::from).collect(),
                attempts: sent.attempts(),
            }),
            Err(error) => Self::Error(StoredError::from(error)),
        }
    }
}

impl From<&Receipt> for StoredReceipt {
    fn from(receipt: &Receipt) -> Self {
        Self { destination: receipt.destination().to_owned(), message_id: receipt.message_id().to_owned() }
    }
}

impl From<&Finding> for StoredFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            path: finding.path().to_owned(),
            code: finding.code().as_str().to_owned(),
            message: finding.message().to_owned(),
            severity: finding.severity().as_str().to_owned(),
        }
    }
}

impl StoredFinding {
    /// `None` for a code of a later version.
    fn to_finding(&self) -> Option<Finding> {
        let severity = if self.severity == Severity::Warning.as_str() { Severity::Warning } else { Severity::Error };
        Finding::stored(&self.path, &self.code, &self.message, severity)
    }
}

impl StoredResult {
    /// The result of a send that was settled otherwise than by its answer.
    pub(super) fn settled(result_code: i64, message_id: Option<&str>, description: &str) -> Self {
        let message_ids = message_id.map(str::to_owned).into_iter().collect();
        Self { result_code, description: Some(description.to_owned()), message_ids, attempts: 1, ..Self::default() }
    }

    pub(super) fn read(json: &str, ref_id: &str) -> Result<SendResult, Error> {
        let stored: Self = serde_json::from_str(json).map_err(|_| unexpected())?;
        let receipts = stored.receipts.into_iter().map(|of| Receipt::stored(of.destination, of.message_id)).collect();
        let response = MessageResponse::stored(stored.result_code.into(), stored.description, stored.message_ids);
        let warnings = stored.warnings.iter().filter_map(StoredFinding::to_finding).collect();
        let sent = Sent {
            ref_id: ref_id.to_owned(),
            response,
            receipts,
            warnings,
            attempts: stored.attempts,
            is_repeat: true,
        };
        Ok(sent.into())
    }
}

impl From<&Error> for StoredError {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().as_str().to_owned(),
            outcome: error.outcome().map(|outcome| outcome.as_str().to_owned()),
            reason: error.reason().map(|reason| reason.as_str().to_owned()),
            http_status: error.http_status(),
            result_code: error.result_code().map(crate::ResultCode::number),
            description: error.description().map(str::to_owned),
            translated_description: error.translated_description().map(str::to_owned),
            retry_after: error.retry_after().map(|pause| pause.as_secs_f64()),
            findings: error.findings().iter().map(StoredFinding::from).collect(),
        }
    }
}

impl StoredError {
    /// The error of a request that failed as a whole, by its event report.
    pub(super) fn reported(result_code: i64, description: Option<&str>) -> Self {
        Self {
            code: "rejected".to_owned(),
            http_status: Some(200),
            result_code: Some(result_code),
            description: description.map(str::to_owned),
            ..Self::default()
        }
    }

    pub(super) fn read(json: &str, ref_id: &str) -> Result<Error, Error> {
        let stored: Self = serde_json::from_str(json).map_err(|_| unexpected())?;
        Ok(stored.to_error(ref_id))
    }

    fn to_error(&self, ref_id: &str) -> Error {
        let ref_id = ref_id.to_owned();
        let (outcome, _) = crate::error_defaults(&self.code, self.outcome.as_deref());
        let answer = self.http_status.map(|http_status| Answer {
            http_status,
            response: ErrorResponse::stored(
                self.result_code.map(Into::into),
                self.description.clone(),
                self.translated_description.clone(),
            ),
            retry_after: self.retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            body: Vec::new(),
        });
        let reason = Reason::ALL.iter().copied().find(|reason| Some(reason.as_str()) == self.reason.as_deref());
        let detail = RECORDED.to_owned();
        match (&*self.code, answer) {
            ("rejected", Some(answer)) => Error::Rejected(Box::new(Rejected { answer, ref_id })),
            ("not_sent", _) => Error::NotSent(Box::new(NotSent {
                reason: reason.unwrap_or(Reason::Connect),
                detail,
                ref_id,
                cause: None,
            })),
            ("outcome_unknown", answer) => {
                let reason = reason.unwrap_or(Reason::ConnectionLost);
                Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer, ref_id }))
            }
            ("invalid_config", _) => Error::invalid_config(detail),
            ("invalid_request", _) => Error::invalid_request(
                self.findings.iter().filter_map(StoredFinding::to_finding).collect(),
                Some(ref_id),
            ),
            _ => Error::Internal { message: format!("{}, {detail}", self.code), outcome, ref_id: Some(ref_id) },
        }
    }
}
