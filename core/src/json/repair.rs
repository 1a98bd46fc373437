//! Repairs text that is nearly JSON: only for the gateway's answers.

use std::borrow::Cow;

use super::text::hex;

/// The text of these bytes, with replacements for everything that prevents reading and is only an error of the text:
/// invalid UTF-8, lone surrogates and raw control characters in strings. A byte order mark at the start is removed.
pub(crate) fn repair(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes));
    // Nearly all answers have neither an escape nor a line break.
    if !text.bytes().any(|byte| byte == b'\\' || byte < b' ') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    let mut rest = &*text;
    while let Some(first) = rest.chars().next() {
        let (taken, put) = match first {
            '\\' if inside => escape(rest),
            _ if inside && first < ' ' => (1, Some(char::REPLACEMENT_CHARACTER)),
            _ => (first.len_utf8(), None),
        };
        inside ^= first == '"';
        let (taken, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        match put {
            Some(put) => out.push(put),
            None => out.push_str(taken),
        }
        rest = after;
    }
    Cow::Owned(out)
}

/// The length of the escape that begins here, and its replacement, if it needs one.
fn escape(text: &str) -> (usize, Option<char>) {
    match code_unit(text) {
        Some(0xd800..=0xdbff)
            if text.get(6..).and_then(code_unit).is_some_and(|low| (0xdc00..=0xdfff).contains(&low)) =>
        {
            (12, None)
        }
        Some(0xd800..=0xdfff) => (6, Some(char::REPLACEMENT_CHARACTER)),
        Some(_) => (6, None),
        None => (1 + text.chars().nth(1).map_or(0, char::len_utf8), None),
    }
}

/// The number of `\uXXXX`.
fn code_unit(text: &str) -> Option<u32> {
    text.strip_prefix("\\u")?.get(..4).and_then(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_invalid_parts_are_replaced() {
        for (bytes, expected) in [
            (&b"\xef\xbb\xbf{\"a\":1}"[..], "{\"a\":1}"),
            (b"{\"a\":\"f\xf6r\"}", "{\"a\":\"f\u{fffd}r\"}"),
            (br#"{"a":"\ud83d"}"#, "{\"a\":\"\u{fffd}\"}"),
            (br#"{"a":"\uDE00\ud83d"}"#, "{\"a\":\"\u{fffd}\u{fffd}\"}"),
            (br#"{"a":"\ud83d\ud83d\ude00"}"#, "{\"a\":\"\u{fffd}\\ud83d\\ude00\"}"),
            (br#"{"a":"\\ud83d"}"#, r#"{"a":"\\ud83d"}"#),
            (br#"{"a":"\u00e5\"\n"}"#, r#"{"a":"\u00e5\"\n"}"#),
            (b"{\n\t\"a\" : \"x\ny\0\"\r\n}", "{\n\t\"a\" : \"x\u{fffd}y\u{fffd}\"\r\n}"),
            (b"{\"a\":\"\\\xe5\"}", "{\"a\":\"\\\u{fffd}\"}"),
            (br#"{"a":"\"#, r#"{"a":"\"#),
            (br#"{"a":"\u12"#, r#"{"a":"\u12"#),
        ] {
            assert_eq!(repair(bytes), expected);
        }
    }
}
