//! The customer care window.

use std::time::SystemTime;

use super::received::{CARE_WINDOW, ReceivedMessage};

/// Whether every message type may be sent to a user, or only templates, and until when.
///
/// The result is advisory: the clocks of the gateway and of WhatsApp decide, and a message that is still on its way
/// opens the window again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CareWindow {
    open: bool,
    closes_at: SystemTime,
}

impl CareWindow {
    /// The window that this message opened, counted from its provider's timestamp, or else the gateway's. `None` if neither
    /// can be read.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use linkwa::CareWindow;
    ///
    /// # let body = r#"{"messageId":"8aU6","source":"+46000000001","timestamp":"2020-03-21T17:41:58Z","content":{}}"#;
    /// let linkwa::Callback::ReceivedMessage(message) = linkwa::parse_callback(body)? else { panic!() };
    /// let window = CareWindow::of(&message, SystemTime::now()).expect("a timestamp");
    /// assert!(!window.is_open());
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn of(message: &ReceivedMessage, now: SystemTime) -> Option<Self> {
        let last_inbound = message.provider_timestamp().or_else(|| message.timestamp())?;
        Some(care_window(last_inbound, now))
    }

    /// Whether every message type may be sent; if not, only templates.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The time at which the window closes: 24 hours after the user's last message. (If the system's clock cannot
    /// represent it, the time of the message itself.)
    pub fn closes_at(&self) -> SystemTime {
        self.closes_at
    }
}

/// The customer care window of a user: 24 hours after their last message to the business number. Exactly 24 hours later
/// it is closed. A message from the future, by a clock that is ahead, opens it too.
///
/// Both times may be a [`SystemTime`] or a [`Timestamp`](crate::Timestamp); [`CareWindow::of`] takes a received
/// message. Store the time of the last message per user and business number. Callbacks arrive out of order, so keep the
/// latest time.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let now = SystemTime::now();
/// let window = linkwa::care_window(now - Duration::from_secs(23 * 60 * 60), now);
/// assert!(window.is_open());
/// assert_eq!(window.closes_at(), now + Duration::from_secs(60 * 60));
/// ```
pub fn care_window(last_inbound: impl Into<SystemTime>, now: impl Into<SystemTime>) -> CareWindow {
    let last_inbound = last_inbound.into();
    let closes_at = last_inbound.checked_add(CARE_WINDOW).unwrap_or(last_inbound);
    CareWindow { open: now.into() < closes_at, closes_at }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Callback, parse_callback};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_is_open_until_a_moment_before_24_hours_are_over() {
        let last = SystemTime::UNIX_EPOCH + Duration::from_secs(1_585_565_981);
        let open = |now| care_window(last, now).is_open();
        assert!(open(last) && open(last + CARE_WINDOW - Duration::from_micros(1)));
        assert!(!open(last + CARE_WINDOW) && !open(last + CARE_WINDOW + SECOND));
        assert_eq!(care_window(last, last).closes_at(), last + Duration::from_secs(86_400));
    }

    #[test]
    fn a_message_with_a_future_time_opens_the_window() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_585_565_981);
        assert!(care_window(now + SECOND, now).is_open());
        assert!(care_window(now, SystemTime::UNIX_EPOCH - SECOND).is_open());
    }

    #[test]
    fn the_largest_times_cause_no_panic() {
        let mut last = SystemTime::UNIX_EPOCH;
        let mut step = Duration::from_secs(1 << 62);
        while step >= SECOND {
            while let Some(later) = last.checked_add(step) {
                last = later;
            }
            step /= 2;
        }
        assert!(last.checked_add(CARE_WINDOW).is_none(), "the end");
        let window = care_window(last, SystemTime::UNIX_EPOCH);
        assert!(window.is_open());
        assert_eq!(window.closes_at(), last);
        assert!(!care_window(SystemTime::UNIX_EPOCH, last).is_open());
    }

    #[test]
    fn a_received_message_counts_by_the_providers_clock_and_else_by_the_gateways() {
        let window = |times: &str| {
            let body = format!(r#"{{"messageId":"m","source":"1","content":{{}}{times}}}"#);
            let Ok(Callback::ReceivedMessage(message)) = parse_callback(body) else { panic!("a message") };
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
            let window = CareWindow::of(&message, now)?;
            assert_eq!(Some(window.closes_at()), message.care_window_closes_at().map(SystemTime::from));
            Some(window.closes_at().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs())
        };
        let provider = r#","providerTimestamp":"1970-01-01T01:00:00+00:30""#;
        let gateway = r#","timestamp":"1970-01-01T00:00:05Z""#;
        assert_eq!(window(&format!("{provider}{gateway}")), Some(86_400 + 1800));
        assert_eq!(window(gateway), Some(86_400 + 5));
        assert_eq!(window(r#","providerTimestamp":"yesterday","timestamp":"1970-01-01T00:00:05Z""#), Some(86_400 + 5));
        assert_eq!(window(""), None);
    }
}
