//! Callbacks: parsing, authentication, and the status of messages.

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
pub(crate) use guard::{CallbackGuard, UNUSABLE, Verdict, is_gateway_address};
pub(crate) use message::ReceivedMessage;
pub(crate) use part::{
    Content, Context, InboundButton, InboundButtonReply, InboundContact, InboundContactName, InboundInteractive,
    InboundListReply, InboundLocation, InboundMedia, InboundMessage, InboundPhone, Route,
};
pub(crate) use report::EventReport;
pub(crate) use tracker::{MessageState, StatusTracker};
pub(crate) use value::decode;

use crate::error::raise;
use crate::value::{Place, bytes, wrong_type};

/// From this size on other threads may run while a body is parsed.
const LARGE: usize = 4096;

/// Parses the body of a callback and returns an `EventReport` or a `ReceivedMessage`.
///
/// Only a required field makes parsing fail. Fields that this library does not know, and known fields of an unexpected
/// shape, are kept in `extra`. A callback can be delivered more than once, late, or out of order: detect repeats with
/// `key`, and record a key after you have processed its callback. `body` is the bytes as received: `bytes`,
/// `bytearray`, `memoryview`, or a `str` of them.
///
/// Raises `InvalidCallback`, with `path` and byte `position` but no values, if the body is not one JSON object in UTF-8
/// of at most 256 KiB and 64 levels without duplicate keys, or if it is neither kind of callback or lacks a required
/// field.
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
