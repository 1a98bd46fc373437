//! RFC 3339: writing the time of now, and telling whether a text is a time that exists.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time in UTC with milliseconds: `2020-03-21T17:41:58.000Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let seconds = since.as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        since.subsec_millis()
    )
}

/// Whether the text is an RFC 3339 date-time with offset, of a day and time that exist. A second
/// 60 is one at 23:59 UTC only.
pub(crate) fn is_rfc3339(text: &str) -> bool {
    read(text).unwrap_or(false)
}

fn read(text: &str) -> Option<bool> {
    let bytes = text.as_bytes();
    let two = |at: usize| digits(bytes.get(at..at + 2)?);
    let is = |at: usize, expected: &[u8]| bytes.get(at).is_some_and(|byte| expected.contains(byte));

    let year = digits(bytes.get(..4)?)?;
    let (month, day, hour, minute, second) = (two(5)?, two(8)?, two(11)?, two(14)?, two(17)?);
    let separated = is(4, b"-") && is(7, b"-") && is(10, b"Tt") && is(13, b":") && is(16, b":");

    let mut at = 19;
    if is(at, b".") {
        let fraction = bytes.get(20..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    let (offset, end) = match bytes.get(at)? {
        b'Z' | b'z' => (0, at + 1),
        sign @ (b'+' | b'-') => {
            let (hours, minutes) = (two(at + 1)?, two(at + 4)?);
            if !is(at + 3, b":") || hours > 23 || minutes > 59 {
                return None;
            }
            let east = if *sign == b'+' { 1 } else { -1 };
            (east * (hours * 60 + minutes), at + 6)
        }
        _ => return None,
    };
    let exists = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && (second <= 59 || second == 60 && (hour * 60 + minute - offset).rem_euclid(1440) == 1439);
    Some(separated && exists && end == bytes.len())
}

fn digits(bytes: &[u8]) -> Option<i32> {
    bytes.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i32::from(byte - b'0')))
}

fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of the Gregorian calendar, counted from 1970-01-01 (the well-known
/// `civil_from_days`, with the year starting in March).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{is_rfc3339, rfc3339};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn times_are_written_in_rfc_3339() {
        let at = |millis| rfc3339(UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(1_584_812_518_007), "2020-03-21T17:41:58.007Z");
        assert_eq!(at(1_582_934_400_000), "2020-02-29T00:00:00.000Z");
        assert_eq!(at(4_102_444_799_999), "2099-12-31T23:59:59.999Z");
    }

    #[test]
    fn only_existing_times_are_valid() {
        for time in [
            "2020-03-18T16:49:21Z",
            "2010-03-30T12:59:40+02:00",
            "2020-02-29t00:00:00z",
            "2000-02-29T00:00:00Z",
            "2020-03-18T16:49:21.123456789Z",
            "2016-12-31T23:59:60Z",
            "2017-01-01T01:59:60+02:00",
            "2020-03-18T16:49:21-00:00",
            "0000-01-01T00:00:00Z",
            "2020-03-18T16:49:21+23:59",
        ] {
            assert!(is_rfc3339(time), "{time}");
        }
        for time in [
            "",
            "2020-03-18",
            "2020-03-18T16:49:21",
            "2020-03-18 16:49:21Z",
            "2020-02-30T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2020-00-01T00:00:00Z",
            "2020-13-01T00:00:00Z",
            "2020-01-00T00:00:00Z",
            "2020-04-31T00:00:00Z",
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:60:00Z",
            "2020-01-01T00:00:61Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00+00:60",
            "2020-01-01T00:00:00+0000",
            "2020-01-01T00:00:00Zx",
            "2020-1-01T00:00:00Z",
            "20200101T000000Z",
            "٢٠٢٠-01-01T00:00:00Z",
            "2020-01-01T00:00:00é",
        ] {
            assert!(!is_rfc3339(time), "{time}");
        }
    }
}
