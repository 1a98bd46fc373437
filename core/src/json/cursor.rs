//! One pass over JSON that is as plain as the gateway writes it, without a list of nodes.
//!
//! If a method returns `None` the caller goes back to [`scan`](super::scan()): the text is invalid there, or written in
//! a way that the cursor does not read. So the cursor need not know what is wrong, or where; and everything that it
//! reads, the scan reads as well.

use super::scan::{escaped_string, number, offset, skip_blanks};
use super::text::integer_prefix;
use super::window::{Window, unescaped_len};

/// A position in a text.
pub(crate) struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
    window: Window,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, window: Window::new() }
    }

    /// Skips this byte, if it comes next after white space, which is rare.
    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        if self.bytes.get(self.at) != Some(&byte) && !self.skip_blanks_to(byte) {
            return None;
        }
        self.at += 1;
        Some(())
    }

    #[cold]
    #[inline(never)]
    fn skip_blanks_to(&mut self, byte: u8) -> bool {
        self.at = skip_blanks(self.bytes, self.at);
        self.bytes.get(self.at) == Some(&byte)
    }

    #[inline]
    fn blanks(&mut self) {
        if self.bytes.get(self.at).is_some_and(|byte| *byte <= b' ') {
            self.at = skip_blanks(self.bytes, self.at);
        }
    }

    /// Reads the beginning of an object or list. Returns whether it has content.
    #[inline]
    pub(crate) fn open(&mut self, bracket: u8, close: u8) -> Option<bool> {
        self.take(bracket)?;
        self.blanks();
        let is_empty = self.bytes.get(self.at) == Some(&close);
        self.at += usize::from(is_empty);
        Some(!is_empty)
    }

    /// Reads what follows a member or item. Returns whether another one comes.
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Option<bool> {
        if self.bytes.get(self.at) == Some(&b',') {
            self.at += 1;
            return Some(true);
        }
        if self.bytes.get(self.at) == Some(&close) {
            self.at += 1;
            return Some(false);
        }
        self.more_after_blanks(close)
    }

    #[cold]
    #[inline(never)]
    fn more_after_blanks(&mut self, close: u8) -> Option<bool> {
        let more = self.skip_blanks_to(b',');
        (more || self.bytes.get(self.at) == Some(&close)).then(|| {
            self.at += 1;
            more
        })
    }

    /// Checks that nothing follows.
    pub(crate) fn end(&mut self) -> Option<()> {
        (skip_blanks(self.bytes, self.at) == self.bytes.len()).then_some(())
    }

    /// A string without escapes: the position of its text. A string with escapes is not consumed.
    #[expect(clippy::inline_always, reason = "most of a text is strings, and its result is taken apart at once")]
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Option<(u32, u32)> {
        self.take(b'"')?;
        let start = self.at;
        let end = match self.window.known_special(start) {
            Some(end) => end,
            None => self.next_special(start),
        };
        if self.bytes.get(end) != Some(&b'"') {
            self.at = start - 1;
            return None;
        }
        self.at = end + 1;
        Some((offset(start), offset(end)))
    }

    /// A string with escapes: the position of its text.
    #[cold]
    #[inline(never)]
    pub(crate) fn escaped_string(&mut self) -> Option<(u32, u32)> {
        self.take(b'"')?;
        let start = self.at;
        let special = start + unescaped_len(self.bytes.get(start..)?);
        let (end, _) = escaped_string(self.bytes, special).ok()?;
        self.at = end + 1;
        Some((offset(start), offset(end)))
    }

    #[inline(never)]
    fn next_special(&mut self, start: usize) -> usize {
        self.window.next_special(self.bytes, start)
    }

    /// A key without escapes, with its colon.
    #[inline]
    pub(crate) fn key(&mut self) -> Option<(u32, u32)> {
        let key = self.string()?;
        self.take(b':')?;
        Some(key)
    }

    /// The bytes from `start` to `end`.
    #[inline]
    pub(crate) fn bytes(&self, (start, end): (u32, u32)) -> &'t [u8] {
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Skips this word, if it comes next.
    #[inline]
    pub(crate) fn word(&mut self, word: &str) -> bool {
        self.blanks();
        self.bytes.get(self.at) == word.as_bytes().first() && self.whole_word(word)
    }

    #[inline(never)]
    fn whole_word(&mut self, word: &str) -> bool {
        let is_next = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// An integer of few digits. [`more`](Self::more) checks that the number ends there.
    #[inline]
    pub(crate) fn integer(&mut self) -> Option<i64> {
        self.blanks();
        let (number, len) = integer_prefix(self.bytes.get(self.at..)?)?;
        self.at += len;
        Some(number)
    }
    /// A number that a double can hold. [`more`](Self::more) checks that it ends there.
    #[inline(never)]
    pub(crate) fn number(&mut self) -> Option<f64> {
        self.blanks();
        let (_, end) = number(self.bytes, self.at).ok()?;
        let text = str::from_utf8(self.bytes.get(self.at..end)?).ok()?;
        let number: f64 = text.parse().ok()?;
        self.at = end;
        number.is_finite().then_some(number)
    }
}
