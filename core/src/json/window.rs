//! Finds the special bytes of a string, many at a time.

/// The positions of the special bytes among 64. The next window is computed before the end of the last string is known,
/// so that the processor need not wait.
pub(super) struct Window {
    /// Where it ends.
    end: usize,
    /// A bit for each byte.
    special: u64,
}

impl Window {
    const SIZE: usize = 64;

    pub(super) fn new() -> Self {
        Self { end: 0, special: 0 }
    }

    /// Does what [`next_special`](Self::next_special) does, if the position is in the present window.
    #[expect(clippy::inline_always, reason = "as for `string`")]
    #[inline(always)]
    pub(super) fn known_special(&self, from: usize) -> Option<usize> {
        if from >= self.end {
            return None;
        }
        let special = self.special >> ((from + Self::SIZE - self.end) % Self::SIZE);
        (special != 0).then(|| from + special.trailing_zeros() as usize)
    }

    /// The first special byte from here on; the end of the text counts as one. Positions never go back.
    #[expect(clippy::inline_always, reason = "as for `string`")]
    #[inline(always)]
    pub(super) fn next_special(&mut self, bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        loop {
            if at < self.end {
                if let Some(found) = self.known_special(at) {
                    return found;
                }
                at = self.end;
            }
            self.special = special_of_window(bytes, self.end);
            self.end += Self::SIZE;
        }
    }
}

fn special_of_window(bytes: &[u8], start: usize) -> u64 {
    let rest = bytes.get(start..).unwrap_or_default();
    if let Some(window) = rest.first_chunk() {
        return special_of_64(window);
    }
    // Bytes behind the end count as special.
    let behind = u64::MAX << rest.len();
    if let Some(window) = bytes.last_chunk() {
        return special_of_64(window) >> ((Window::SIZE - rest.len()) % Window::SIZE) | behind;
    }
    let mut window = [0; Window::SIZE];
    window.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    special_of_64(&window)
}

/// A bit for each special byte. The compiler makes vector instructions of it, without branches.
#[inline]
fn special_of_64(bytes: &[u8; Window::SIZE]) -> u64 {
    /// Every eight bytes have their own bits, so that all fit into one number.
    const MARKS: [u8; Window::SIZE] = {
        let mut marks = [0; Window::SIZE];
        let mut at = 0;
        while at < Window::SIZE {
            marks[at] = 1 << (at / 8);
            at += 1;
        }
        marks
    };
    let mut special = [0; Window::SIZE];
    for ((special, byte), mark) in special.iter_mut().zip(bytes).zip(MARKS) {
        *special = if is_unescaped(*byte) { 0 } else { mark };
    }
    let (eights, _) = special.as_chunks();
    transposed(eights.iter().fold(0, |all, eight| all | u64::from_le_bytes(*eight)))
}

/// Moves bit 8 × a + b to 8 × b + a: swaps single bits, then squares of four, then of sixteen.
#[inline]
fn transposed(bits: u64) -> u64 {
    let exchange = |bits: u64, distance: u32, lower: u64| {
        let differ = (bits ^ (bits >> distance)) & lower;
        bits ^ differ ^ (differ << distance)
    };
    let bits = exchange(bits, 7, 0x00aa_00aa_00aa_00aa);
    let bits = exchange(bits, 14, 0x0000_cccc_0000_cccc);
    exchange(bits, 28, 0x0000_0000_f0f0_f0f0)
}

/// The number of plain bytes at the beginning: eight at a time, as most of a text is in strings.
#[inline]
pub(crate) fn unescaped_len(bytes: &[u8]) -> usize {
    /// One in each byte.
    const ONES: u64 = u64::MAX / 0xff;
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk() {
        let eight = u64::from_le_bytes(*eight);
        // The highest bit of each special byte. Carries can change bytes behind the first special one, which is the
        // only one that counts.
        let control = eight.wrapping_sub(ONES * 0x20);
        let quote = (eight ^ (ONES * u64::from(b'"'))).wrapping_sub(ONES);
        let backslash = (eight ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
        let found = (control | quote | backslash) & !eight & (ONES * 0x80);
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    bytes.len() - rest.len() + rest.iter().take_while(|&&byte| is_unescaped(byte)).count()
}

/// Not a quote, a backslash or a control character.
const fn is_unescaped(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::{Window, is_unescaped, unescaped_len};

    #[test]
    fn the_fast_count_of_unescaped_bytes_equals_the_simple_one() {
        for byte in 0..=u8::MAX {
            for length in 0..20 {
                for place in 0..length {
                    // Bytes behind it do not matter.
                    for other in [b'"', b'\\', 0x1f, 0x20, 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![b'!'; length];
                        bytes[place] = byte;
                        bytes[length - 1] = other;
                        let expected = bytes.iter().take_while(|&&byte| is_unescaped(byte)).count();
                        assert_eq!(unescaped_len(&bytes), expected, "{bytes:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_next_special_byte_is_found_at_every_position() {
        let places = [0, 1, 7, 8, 15, 16, 62, 63, 64, 65, 127, 128, 129, 190, 200];
        for length in (0..140).chain([191, 192, 193, 200]) {
            for place in places.into_iter().filter(|place| *place <= length) {
                for byte in [b'"', b'\\', 0, 0x1f] {
                    let mut bytes = vec![0xc3; length];
                    bytes.get_mut(place).into_iter().for_each(|at| *at = byte);
                    for from in [0, place / 2] {
                        assert_eq!(Window::new().next_special(&bytes, from), place, "{length} {place} {from}");
                    }
                    let mut window = Window::new();
                    assert_eq!(window.next_special(&bytes, place), place, "{length} {place}");
                    if place < length {
                        assert_eq!(window.next_special(&bytes, place + 1), length, "{length} {place}");
                    }
                }
            }
        }
    }
}
