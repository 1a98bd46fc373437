//! Deduplication keys of callbacks.

use std::fmt::Write as _;

use ring::digest::{SHA256, digest};

/// The longest part of a key that is not hashed, in characters.
const MAX_PART: usize = 64;

/// Appends a part to a key: printable ASCII, at most [`MAX_PART`] characters, different for different parts.
pub(crate) fn push_part(key: &mut String, part: Option<&str>) {
    let Some(part) = part else { return key.push('-') };
    if part.len() <= MAX_PART && part != "-" && part.bytes().all(is_plain) {
        return key.push_str(part);
    }
    push_unusual(key, part);
}

#[cold]
fn push_unusual(key: &mut String, part: &str) {
    // A `-` alone means that the part is absent.
    let is_kept = |byte: &u8| is_plain(*byte) && part != "-";
    let kept = part.bytes().filter(is_kept).count();
    if kept + 3 * (part.len() - kept) > MAX_PART {
        key.push_str("%h");
        for byte in digest(&SHA256, part.as_bytes()).as_ref().iter().take(16) {
            let _ = write!(key, "{byte:02x}");
        }
        return;
    }
    for byte in part.bytes() {
        if is_kept(&byte) {
            key.push(char::from(byte));
        } else {
            let _ = write!(key, "%{byte:02X}");
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'+' | b'/' | b'=' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> String {
        let mut key = String::new();
        push_part(&mut key, Some(text));
        key
    }

    #[test]
    fn a_part_is_printable_short_and_unambiguous() {
        for (text, expected) in [
            ("", ""),
            ("-", "%2D"),
            ("--", "--"),
            ("wamid.HBgL+/=~_-Z9", "wamid.HBgL+/=~_-Z9"),
            ("a:b", "a%3Ab"),
            ("a b%\0\u{7f}", "a%20b%25%00%7F"),
            ("é😀", "%C3%A9%F0%9F%98%80"),
            ("%2D", "%252D"),
        ] {
            assert_eq!(part(text), expected, "{text:?}");
        }
        assert_eq!(part(&"a".repeat(64)), "a".repeat(64));
        // echo -n aaa… | sha256sum
        assert_eq!(part(&"a".repeat(65)), "%h635361c48bb9eab14198e76ea8ab7f1a");
        assert_eq!(part(&":".repeat(21)), "%3A".repeat(21));
        assert_eq!(part(&":".repeat(22)).len(), 34);
        assert_ne!(part(&":".repeat(22)), part(&":".repeat(23)));
    }
}
