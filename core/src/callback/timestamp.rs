//! Timestamps.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

use crate::rule;

/// A timestamp of a callback.
///
/// ```
/// # let body = br#"{"messageId":"x","resultCode":112003,"timestamp":"2020-03-30T12:59:41+02:00"}"#;
/// # let linkwa::Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
/// let time = report.timestamp().expect("an RFC 3339 timestamp");
/// assert_eq!(time.unix_millis(), 1_585_565_981_000);
/// assert_eq!(time.offset_seconds(), 7200);
/// let time: std::time::SystemTime = time.into();
/// # let _ = time;
/// # Ok::<(), linkwa::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Milliseconds since 1970-01-01 UTC; negative before.
    pub fn unix_millis(self) -> i64 {
        self.0.unix_timestamp() * 1000 + i64::from(self.0.millisecond())
    }

    /// Seconds since 1970-01-01 UTC, rounded down; negative before.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The part below a second, in nanoseconds.
    pub fn subsec_nanos(self) -> u32 {
        self.0.nanosecond()
    }

    /// The offset from UTC that the timestamp was written with, in seconds east.
    pub fn offset_seconds(self) -> i32 {
        self.0.offset().whole_seconds()
    }

    /// Year, month, day, hour, minute and second as written, at [this offset](Self::offset_seconds).
    ///
    /// ```
    /// # let body = br#"{"messageId":"x","resultCode":112003,"timestamp":"2020-03-30T00:59:41+02:00"}"#;
    /// # let linkwa::Callback::EventReport(report) = linkwa::parse_callback(body)? else { panic!() };
    /// let time = report.timestamp().expect("an RFC 3339 timestamp");
    /// assert_eq!(time.civil(), (2020, 3, 30, 0, 59, 41));
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn civil(self) -> (i32, u8, u8, u8, u8, u8) {
        let (year, month, day) = self.0.to_calendar_date();
        let (hour, minute, second) = self.0.to_hms();
        (year, month.into(), day, hour, minute, second)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        rule::rfc3339(text).or_else(|| rule::rfc3339(&with_colon(text)?)).map(Self)
    }

    pub(super) fn plus(self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration.try_into().ok()?).map(Self)
    }
}

/// Converts a time whose offset is in ISO 8601's basic format, `+0200` or `+02`, to RFC 3339.
#[cold]
fn with_colon(text: &str) -> Option<String> {
    let (_, time) = text.split_at_checked("2020-03-30T".len())?;
    let digits = time.len() - time.rfind(['+', '-'])? - 1;
    let (time, minutes) = match digits {
        2 => (text, "00"),
        4 => text.split_at_checked(text.len() - 2)?,
        _ => return None,
    };
    Some(format!("{time}:{minutes}"))
}

impl From<Timestamp> for SystemTime {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0.into()
    }
}
