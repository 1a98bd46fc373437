//! The text of strings and numbers.

/// The text of a string that was scanned and found well-formed.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('u') => {
                let (c, used) = escaped_char(after);
                out.push(c);
                rest = after.get(used..).unwrap_or_default();
                continue;
            }
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(c) => out.push(c),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// The character of `uXXXX` or `uXXXX\uXXXX`, and the number of bytes used.
fn escaped_char(text: &str) -> (char, usize) {
    let high = text.get(1..5).and_then(hex);
    let Some(high) = high else { return (char::REPLACEMENT_CHARACTER, 1) };
    if let Some(c) = char::from_u32(high) {
        return (c, 5);
    }
    let low = text.get(5..7).filter(|&mark| mark == "\\u").and_then(|_| text.get(7..11)).and_then(hex);
    let c = low.and_then(|low| char::from_u32(join_surrogates(high, low)));
    (c.unwrap_or(char::REPLACEMENT_CHARACTER), 11)
}

fn join_surrogates(high: u32, low: u32) -> u32 {
    0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff)
}

/// The number that four hexadecimal digits write.
pub(super) fn hex(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// Whether the text is digits with at most one minus before them.
pub(crate) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The integer at the beginning of the text, in JSON's notation, and its length. `None` if there is none, or if it may
/// not fit.
#[inline]
pub(crate) fn integer_prefix(text: &[u8]) -> Option<(i64, usize)> {
    const SAFE: usize = 18;
    let (digits, sign) = match text {
        [b'-', digits @ ..] => (digits, -1),
        digits => (digits, 1),
    };
    let (mut number, mut len) = (0, 0);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        if len == SAFE {
            return None;
        }
        number = 10 * number + i64::from(digit);
        len += 1;
    }
    let is_number = len == 1 || len > 1 && digits.first() != Some(&b'0');
    is_number.then(|| (sign * number, len + usize::from(sign < 0)))
}

/// The digits of a number, as `format!` writes them, in a quarter of the time.
pub(crate) fn decimal(number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut rest = number;
    let mut first = digits.len();
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        (rest, first) = (rest / 10, place);
        if rest == 0 {
            break;
        }
    }
    digits.get(first..).unwrap_or_default()
}
