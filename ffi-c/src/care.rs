//! The customer care window, and the gateway's addresses.

use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::arg::Text;
use crate::out::write;
use crate::panic::panic_boundary;

/// Whether LINK's callbacks come from an address, IPv4 or IPv6 in the usual notation without a port: "192.0.2.1" (rule
/// N-1). false for NULL, and for what is no address.
///
/// Behind a proxy, give the address that the proxy names, and only if the proxy is your own:
/// linkwa_callback_guard_check() does all of this.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_is_gateway_address(address: Text<'_>) -> bool {
    panic_boundary(|| {
        let address = address.get("address").ok().and_then(|address| address.parse::<IpAddr>().ok());
        address.is_some_and(linkwa::is_gateway_address)
    })
}

/// Whether every message type may be sent to a user, or only templates (false): for 24 hours after their last message
/// to the business number every type may (rule W-1). Exactly 24 hours later it is over.
///
/// `last_inbound_ms` is the moment of that message, as linkwa_received_message_provider_timestamp_ms() gives it or,
/// where there is none, linkwa_received_message_timestamp_ms(); `now_ms` is the present. Both are milliseconds since
/// 1970-01-01 UTC. Keep the moment of the last message per user and business number; callbacks come in disorder, so
/// keep the latest. The first moment at which it is over is written to `closes_at_ms`, open or not; `closes_at_ms` may
/// be NULL.
///
/// Advisory: the gateway's clock and WhatsApp's decide, and a message that is still on its way opens the window anew.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_care_window(
    last_inbound_ms: i64,
    now_ms: i64,
    closes_at_ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| {
        // A moment that the system's clock cannot say (none on Unix) opens nothing.
        let (Some(last_inbound), Some(now)) = (moment(last_inbound_ms), moment(now_ms)) else { return false };
        let window = linkwa::care_window(last_inbound, now);
        write(closes_at_ms, millis(window.closes_at()));
        window.is_open()
    })
}

fn moment(millis: i64) -> Option<SystemTime> {
    let distance = Duration::from_millis(millis.unsigned_abs());
    if millis < 0 { SystemTime::UNIX_EPOCH.checked_sub(distance) } else { SystemTime::UNIX_EPOCH.checked_add(distance) }
}

fn millis(moment: SystemTime) -> i64 {
    match moment.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    }
}
