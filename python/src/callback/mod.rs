//! Callbacks: what the gateway posts, whether to believe it, and what became of messages.

#![allow(clippy::doc_markdown, reason = "the comments are Python's docstrings, which mark up little")]

mod care;
mod codes;
mod fields;
mod guard;
mod made;
mod message;
mod part;
mod report;
mod tracker;
mod value;

use linkwa::Callback;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

pub(crate) use care::{CareWindow, care_window};
pub(crate) use codes::{result_code, result_codes};
pub(crate) use guard::{CallbackGuard, Verdict, is_gateway_address};
pub(crate) use message::ReceivedMessage;
pub(crate) use part::{Button, Content, Context, InboundMessage, Route};
pub(crate) use report::EventReport;
pub(crate) use tracker::{MessageState, StatusTracker};

use crate::error::raise;
use crate::value::{Place, bytes, wrong_type};

/// A body from which on other threads may run while it is read.
const LARGE: usize = 4096;

/// Reads the body of a callback: an `EventReport` or a `ReceivedMessage` (C-4).
///
/// Only what must be there can fail (C-5); a field that this library does not know, or that has an unexpected shape, is
/// kept in `extra` (C-6). A callback may come twice, late or in disorder: tell repeats by `key`, and mark a key as done
/// only when you are (C-8). `body` is the bytes as they came: `bytes`, `bytearray`, `memoryview`, or a `str` of them.
///
/// Raises `InvalidCallback`, with `path` and byte `position` and none of the values, if the body is not one JSON object
/// of at most 256 KiB and 64 levels in valid UTF-8 without duplicate keys (C-7), or if it is neither kind of callback or
/// lacks what its kind must have (C-4, C-5).
///
///     >>> import linkwa
///     >>> report = linkwa.parse_callback(b'{"messageId": "8aU6cw", "refId": "17", "resultCode": 112003}')
///     >>> report
///     EventReport(status='delivered', result_code=112003)
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn parse_callback<'py>(py: Python<'py>, body: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let wrong = || wrong_type(Place::argument("body"), "bytes, bytearray, memoryview or str", body);
    let body = bytes(body)?.ok_or_else(wrong)?;
    let is_large = body.len() > LARGE;
    let parse = || linkwa::parse_callback(body);
    match if is_large { py.detach(parse) } else { parse() } {
        Ok(Callback::EventReport(report)) => Ok(Bound::new(py, EventReport(report))?.into_any()),
        Ok(Callback::ReceivedMessage(message)) => Ok(Bound::new(py, ReceivedMessage(message))?.into_any()),
        Ok(_) => Err(PyTypeError::new_err("a callback of a kind that this package does not know")),
        Err(error) => Err(raise(py, &error)),
    }
}
