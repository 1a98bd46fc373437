//! The customer care window, and the gateway's addresses.

use std::mem::MaybeUninit;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::arg::Text;
use crate::out::write;
use crate::panic::panic_boundary;

/// Returns whether an address, IPv4 or IPv6 without a port ("192.0.2.1"), belongs to LINK's gateway. Returns false for
/// NULL, and for a text that is not an address.
///
/// Behind a proxy, pass the address that the proxy names, and only if the proxy is your own:
/// linkwa_callback_guard_check() does all of this.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_is_gateway_address(address: Text<'_>) -> bool {
    panic_boundary(|| {
        let address = address.get("address").ok().and_then(|address| address.parse::<IpAddr>().ok());
        address.is_some_and(linkwa::is_gateway_address)
    })
}

/// Returns whether every message type may be sent to a user (true), or only templates (false). The customer care window
/// is open for 24 hours after the user's last message to the business number; exactly 24 hours later it is closed.
///
/// `last_inbound_ms` is the time of that message, from linkwa_received_message_provider_timestamp_ms() or, if that is
/// absent, linkwa_received_message_timestamp_ms(). `now_ms` is the current time. Both are milliseconds since 1970-01-01
/// UTC. Store the time of the last message per user and business number. Callbacks arrive out of order, so keep the
/// latest time. The time at which the window closes is written to `closes_at_ms`, whether it is open or not;
/// `closes_at_ms` may be NULL.
///
/// The result is advisory: the clocks of the gateway and of WhatsApp decide, and a message that is still on its way
/// opens the window again.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_care_window(
    last_inbound_ms: i64,
    now_ms: i64,
    closes_at_ms: Option<&mut MaybeUninit<i64>>,
) -> bool {
    panic_boundary(|| {
        // A time beyond the range of the system's clock (impossible on Unix) opens nothing.
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
