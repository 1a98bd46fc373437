//! Reads the gateway's values leniently: a number instead of a string, or the reverse, loses nothing.

use std::borrow::Cow;

use crate::json::{Kind, Value, integer_prefix, is_integer};

/// Whether the value has a text: that of a string, or a number or boolean as written.
pub(crate) fn is_text(value: Value<'_>) -> bool {
    matches!(value.kind(), Kind::String | Kind::Integer | Kind::Decimal | Kind::True | Kind::False)
}

pub(crate) fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.as_str().or_else(|| is_text(value).then(|| Cow::Borrowed(value.raw())))
}

/// An integer, also as a string of digits or written with an exponent or a fraction of zero.
pub(crate) fn integer(value: Value<'_>) -> Option<i64> {
    match value.kind() {
        Kind::Integer => {
            integer_prefix(value.bytes()).map_or_else(|| value.raw().parse().ok(), |(number, _)| Some(number))
        }
        Kind::String => value.as_str().filter(|text| is_integer(text))?.parse().ok(),
        Kind::Decimal => {
            /// Up to here a double distinguishes neighbouring integers.
            const EXACT: f64 = 9_007_199_254_740_992.0;
            let number: f64 = value.raw().parse().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "integral and below 2^53")]
            (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
        }
        _ => None,
    }
}

/// A number that a double can hold, also as a string.
pub(crate) fn number(value: Value<'_>) -> Option<f64> {
    let text = text(value).filter(|text| {
        let first = text.strip_prefix('-').unwrap_or(text);
        first.starts_with(|c: char| c.is_ascii_digit())
    })?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A boolean, also as a string.
pub(crate) fn boolean(value: Value<'_>) -> Option<bool> {
    match value.kind() {
        Kind::True => Some(true),
        Kind::False => Some(false),
        Kind::String => value.as_str()?.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, Repeats, scan};

    #[test]
    fn a_number_is_read_in_each_of_its_forms() {
        for (json, expected) in [
            ("59.913868", Some(59.913_868)),
            ("-0.5", Some(-0.5)),
            ("10", Some(10.0)),
            ("1.5e2", Some(150.0)),
            ("\"59.5\"", Some(59.5)),
            ("\"-59.5\"", Some(-59.5)),
            ("1e400", None),
            ("\"1e400\"", None),
            ("\"59,5\"", None),
            ("\"59.5 \"", None),
            ("\"+59.5\"", None),
            ("\"inf\"", None),
            ("\"-inf\"", None),
            ("\"NaN\"", None),
            ("\".5\"", None),
            ("\"-\"", None),
            ("\"\"", None),
            ("true", None),
            ("null", None),
            ("[1]", None),
        ] {
            let text = format!("{{\"a\":{json}}}");
            let limits = Limits { bytes: 100, repeats: Repeats::Refuse };
            let doc = scan(text.as_bytes(), &limits).expect("valid");
            assert_eq!(doc.root().member("a").and_then(number), expected, "{json}");
        }
    }

    #[test]
    fn an_integer_is_read_in_each_of_its_forms_and_only_when_it_is_exact() {
        for (json, expected) in [
            ("112003", Some(112_003)),
            ("-1", Some(-1)),
            ("-0", Some(0)),
            ("999999999999999999", Some(999_999_999_999_999_999)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("\"112003\"", Some(112_003)),
            ("\"-1\"", Some(-1)),
            ("112003.0", Some(112_003)),
            ("1.12003e5", Some(112_003)),
            ("9007199254740991.0", Some(9_007_199_254_740_991)),
            ("9007199254740992.0", None),
            ("112003.5", None),
            ("1e400", None),
            ("99999999999999999999", None),
            ("\"1.0\"", None),
            ("\"+1\"", None),
            ("\"\"", None),
            ("true", None),
        ] {
            let text = format!("{{\"a\":{json}}}");
            let limits = Limits { bytes: 100, repeats: Repeats::Refuse };
            let doc = scan(text.as_bytes(), &limits).expect("valid");
            assert_eq!(doc.root().member("a").and_then(integer), expected, "{json}");
        }
    }
}
