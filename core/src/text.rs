//! Invisible characters: in texts that callers pass, and in texts that we print.

use std::fmt::Write as _;

/// Whether a character is invisible: white space, a control character, or one that Unicode calls default ignorable. Such are
/// the direction marks that are copied along with a number from an address book.
pub(crate) fn is_invisible(c: char) -> bool {
    !c.is_ascii_graphic()
        && (c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
                    | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                    | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                    | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            ))
}

/// Whether a text is not empty but has only invisible characters.
pub(crate) fn is_blank(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_invisible)
}

/// Lists the invisible characters of a text, except the plain space: `U+202A, U+000A`. Empty if there are none.
pub(crate) fn invisible_in(text: &str) -> String {
    const NAMED: usize = 3;
    let mut seen = Vec::new();
    for c in text.chars().filter(|c| *c != ' ' && is_invisible(*c)) {
        if !seen.contains(&c) {
            seen.push(c);
        }
        if seen.len() > NAMED {
            break;
        }
    }
    let mut names = String::new();
    for (index, c) in seen.iter().take(NAMED).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(names, "{comma}U+{:04X}", u32::from(*c));
    }
    if seen.len() > NAMED {
        names.push_str(" …");
    }
    names
}

/// Appends a character from outside to a text that is printed. Escapes characters that are invisible or that reverse the
/// line.
pub(crate) fn push_printable(out: &mut String, c: char) {
    if is_printable(c) { out.push(c) } else { out.extend(c.escape_unicode()) }
}

/// Whether a character can be printed on a line as it is.
pub(crate) fn is_printable(c: char) -> bool {
    // `escape_debug` leaves printable characters as they are, except these three.
    matches!(c, '"' | '\'' | '\\') || (c.escape_debug().len() == 1 && (c == ' ' || !is_invisible(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_known_and_named() {
        for c in [' ', '\t', '\u{a0}', '\u{200b}', '\u{202a}', '\u{2066}', '\u{feff}', '\u{3164}', '\u{e0020}', '\0'] {
            assert!(is_invisible(c), "{c:?}");
        }
        for c in ['0', '+', 'é', '٣', '😀', '\u{301}', '\u{378}'] {
            assert!(!is_invisible(c), "{c:?}");
        }
        assert_eq!(invisible_in("+46 70"), "");
        assert_eq!(invisible_in("\u{202a}+46\u{202a}70\n"), "U+202A, U+000A");
        assert_eq!(invisible_in("\u{1}\u{2}\u{3}\u{4}"), "U+0001, U+0002, U+0003 …");
        assert!(is_blank(" \u{200b}\n") && !is_blank("") && !is_blank(" x"));
    }

    #[test]
    fn printed_characters_are_visible_and_in_order() {
        let printed = |text: &str| {
            let mut out = String::new();
            text.chars().for_each(|c| push_printable(&mut out, c));
            out
        };
        assert_eq!(printed("a b'\"\\é😀"), "a b'\"\\é😀");
        assert_eq!(printed("\u{202e}\u{2028}\u{200b}\n\u{7f}"), r"\u{202e}\u{2028}\u{200b}\u{a}\u{7f}");
        assert_eq!(printed("\u{3164}\u{a0}"), r"\u{3164}\u{a0}");
    }
}
