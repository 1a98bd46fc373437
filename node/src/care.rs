//! The customer care window, and the gateway's addresses.

#![allow(clippy::needless_pass_by_value, reason = "what comes from JavaScript comes as a copy")]

use std::time::{Duration, SystemTime};

use linkwa::Callback;
use napi::Either;
use napi_derive::napi;

use crate::error::{BindingError, ErrorObject};

/// A customer care window.
#[napi(object, object_from_js = false)]
pub struct CareWindow {
    /// Whether every message type may be sent.
    pub is_open: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub closes_at_ms: f64,
}

impl From<linkwa::CareWindow> for CareWindow {
    fn from(window: linkwa::CareWindow) -> Self {
        let millis = match window.closes_at().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => after.as_secs_f64() * 1000.0,
            Err(before) => -before.duration().as_secs_f64() * 1000.0,
        };
        // The range of a `Date`.
        Self { is_open: window.is_open(), closes_at_ms: millis.clamp(-MAX_DATE, MAX_DATE) }
    }
}

/// The last millisecond of a `Date`.
const MAX_DATE: f64 = 8.64e15;

/// The window that a message of this time opened.
#[napi(catch_unwind)]
pub fn care_window(last_inbound_ms: f64, now_ms: f64) -> CareWindow {
    linkwa::care_window(moment(last_inbound_ms), moment(now_ms)).into()
}

/// The window that a received message, given as its text, opened; `None` if its time cannot be read.
#[napi(catch_unwind)]
pub fn care_window_of(message: String, now_ms: f64) -> Either<Option<CareWindow>, ErrorObject> {
    match linkwa::parse_callback(message) {
        Ok(Callback::ReceivedMessage(message)) => {
            Either::A(linkwa::CareWindow::of(&message, moment(now_ms)).map(CareWindow::from))
        }
        Ok(_) => Either::B(BindingError::argument("lastInbound", "its `raw` is no received message").into()),
        Err(error) => Either::B(error.into()),
    }
}

/// The nearest time that the system's clock can represent; that of Windows begins in 1601.
fn moment(millis: f64) -> SystemTime {
    let epoch = SystemTime::UNIX_EPOCH;
    let distance = Duration::try_from_secs_f64(millis.abs() / 1000.0).unwrap_or_default();
    if millis < 0.0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }.unwrap_or(epoch)
}

/// Whether a text is an address of LINK's gateway.
#[napi(catch_unwind)]
pub fn is_gateway_address(address: String) -> bool {
    address.parse().is_ok_and(linkwa::is_gateway_address)
}
