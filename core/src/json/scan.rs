//! One pass over the bytes: everything that JSON and our limits demand is decided here.

use std::borrow::Cow;
use std::collections::HashSet;
use std::str;

use super::text::hex;
use super::value::{Doc, Kind, NONE, Node};

/// The deepest nesting of objects and lists in any JSON that is read; what is one level deeper is `invalid_json`.
///
/// ```
/// let nested = |levels: usize| format!("{{\"zoo\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
/// assert_ne!(linkwa::validate(nested(linkwa::MAX_JSON_DEPTH))[0].code().as_str(), "invalid_json");
/// assert_eq!(linkwa::validate(nested(linkwa::MAX_JSON_DEPTH + 1))[0].code().as_str(), "invalid_json");
/// ```
pub const MAX_JSON_DEPTH: usize = 64;

/// An object with more members than this looks its keys up in a set. A message's route has 18.
const FEW_KEYS: u32 = 32;

/// A key that stands in a fault's path is cut after this many characters.
const KEY_IN_PATH: usize = 64;

/// What to do about a key that its object has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// It is a fault.
    Refuse,
    /// The later key is marked.
    Mark,
}

/// The limits on a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most bytes.
    pub(crate) bytes: usize,
    /// What to do about duplicate keys.
    pub(crate) repeats: Repeats,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    TooLarge,
    TooDeep,
    ByteOrderMark,
    InvalidUtf8,
    LoneSurrogate,
    DuplicateKey,
    /// No object at the top.
    NoObject,
    /// The text ends too early.
    Truncated,
    /// Something else after the object.
    Trailing,
    /// A byte that cannot stand there.
    Unexpected,
}

impl FaultKind {
    /// A sentence that repeats nothing of the text.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::TooLarge => "the text is larger than the limit",
            Self::TooDeep => "nested more than 64 levels deep",
            Self::ByteOrderMark => "the text begins with a byte order mark",
            Self::InvalidUtf8 => "not valid UTF-8",
            Self::LoneSurrogate => "a surrogate escape without its partner",
            Self::DuplicateKey => "the key stands twice in one object",
            Self::NoObject => "not a JSON object",
            Self::Truncated => "the text ends in the middle",
            Self::Trailing => "something follows the JSON object",
            Self::Unexpected => "not valid JSON",
        }
    }
}

/// The first fault of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// The byte where it stands, from 0.
    pub(crate) position: usize,
    /// The value or key where it stands.
    pub(crate) path: String,
}

/// Scans one JSON object.
pub(crate) fn scan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Doc<'a>, Fault> {
    check_size(bytes, limits)?;
    match str::from_utf8(bytes) {
        Ok(source) => scan_str(source, limits),
        Err(error) => Err(not_utf8(bytes, error.valid_up_to(), limits)),
    }
}

/// Takes bytes for the text of one JSON object, without copying them. To be scanned with [`scan_str`].
pub(crate) fn check_utf8(bytes: Vec<u8>, limits: &Limits) -> Result<String, Fault> {
    check_size(&bytes, limits)?;
    String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes(), error.utf8_error().valid_up_to(), limits))
}

/// Scans one JSON object whose text is valid UTF-8.
pub(crate) fn scan_str<'a>(source: &'a str, limits: &Limits) -> Result<Doc<'a>, Fault> {
    check_size(source.as_bytes(), limits)?;
    if source.starts_with('\u{feff}') {
        return Err(Fault { kind: FaultKind::ByteOrderMark, position: 0, path: String::new() });
    }
    Scanner::new(source, limits.repeats).run()
}

fn check_size(bytes: &[u8], limits: &Limits) -> Result<(), Fault> {
    if bytes.len() > limits.bytes || u32::try_from(bytes.len()).is_err() {
        return Err(Fault { kind: FaultKind::TooLarge, position: limits.bytes, path: String::new() });
    }
    Ok(())
}

/// The fault of a text that is valid UTF-8 only up to a position: the bad byte there, or something wrong before it.
fn not_utf8(bytes: &[u8], position: usize, limits: &Limits) -> Fault {
    let valid = bytes.get(..position).and_then(|valid| str::from_utf8(valid).ok()).unwrap_or_default();
    match scan_str(valid, limits) {
        Err(fault) if fault.position < position => fault,
        Err(fault) => Fault { kind: FaultKind::InvalidUtf8, position, path: fault.path },
        Ok(_) => Fault { kind: FaultKind::InvalidUtf8, position, path: String::new() },
    }
}

/// A container that is open.
#[derive(Clone, Copy)]
struct Frame {
    /// Its node.
    node: u32,
    /// The last key, or `NONE`.
    key: u32,
    /// Members or items so far, the one that is being read included.
    count: u32,
    is_object: bool,
    /// The [`marks`](Scanner::marks) of its keys: a new one that shares none is no repeat.
    marks: u64,
}

impl Frame {
    const NOTHING: Self = Self { node: 0, key: 0, count: 0, is_object: false, marks: 0 };
}

struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    position: usize,
    nodes: Vec<Node>,
    stack: [Frame; MAX_JSON_DEPTH],
    depth: usize,
    /// Whether a value is being read (and not a key or what stands between members).
    in_value: bool,
    repeats: Repeats,
    /// The keys of open objects that have many, with the object's depth.
    keys: Vec<(usize, HashSet<Cow<'a, str>>)>,
}

type Scan<T> = Result<T, (FaultKind, usize)>;

impl<'a> Scanner<'a> {
    fn new(source: &'a str, repeats: Repeats) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            position: 0,
            nodes: Vec::with_capacity((source.len() / 10).clamp(8, 4096)),
            stack: [Frame::NOTHING; MAX_JSON_DEPTH],
            depth: 0,
            in_value: true,
            repeats,
            keys: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Doc<'a>, Fault> {
        match self.object() {
            Ok(()) => Ok(Doc { source: self.source, nodes: self.nodes }),
            Err((kind, position)) => Err(Fault { kind, position, path: self.path(kind) }),
        }
    }

    /// The whole text: one object and nothing else.
    fn object(&mut self) -> Scan<()> {
        self.skip_blanks();
        if self.peek() != Some(b'{') {
            return Err((FaultKind::NoObject, self.position));
        }
        self.value()?;
        while self.depth > 0 {
            self.step()?;
        }
        self.skip_blanks();
        if self.position < self.bytes.len() { Err((FaultKind::Trailing, self.position)) } else { Ok(()) }
    }

    /// One member, item or closing bracket of the innermost open container; on entry it stands behind the opening
    /// bracket or behind a value.
    fn step(&mut self) -> Scan<()> {
        self.in_value = false;
        let Some(frame) = self.stack.get(self.depth - 1).copied() else { return Err(self.unexpected()) };
        let close = if frame.is_object { b'}' } else { b']' };
        self.skip_blanks();
        if self.peek() == Some(close) {
            self.position += 1;
            self.close(frame);
            return Ok(());
        }
        if frame.count > 0 {
            self.expect(b',')?;
            self.skip_blanks();
        }
        if let Some(top) = self.stack.get_mut(self.depth - 1) {
            top.count += 1;
        }
        if frame.is_object {
            self.key(frame)?;
            self.skip_blanks();
            self.expect(b':')?;
            self.skip_blanks();
        }
        self.in_value = true;
        self.value()
    }

    fn close(&mut self, frame: Frame) {
        let link = self.next_index();
        if let Some(node) = self.nodes.get_mut(frame.node as usize) {
            node.end = offset(self.position);
            node.link = link;
        }
        if self.keys.last().is_some_and(|(depth, _)| *depth == self.depth) {
            self.keys.pop();
        }
        self.depth -= 1;
    }

    fn key(&mut self, frame: Frame) -> Scan<()> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        let quote = self.position;
        let (start, end, escaped) = self.string()?;
        let mut node =
            Node { start: offset(start), end: offset(end), link: frame.key, kind: Kind::Key, escaped, repeated: false };
        if self.is_repeat(node, frame) {
            // The path names the key itself.
            self.push_key(node);
            if self.repeats == Repeats::Refuse {
                return Err((FaultKind::DuplicateKey, quote));
            }
            node.repeated = true;
            if let Some(last) = self.nodes.last_mut() {
                *last = node;
            }
            return Ok(());
        }
        self.push_key(node);
        Ok(())
    }

    fn push_key(&mut self, node: Node) {
        let index = self.next_index();
        self.nodes.push(node);
        if let Some(top) = self.stack.get_mut(self.depth - 1) {
            top.key = index;
        }
    }

    fn is_repeat(&mut self, new: Node, frame: Frame) -> bool {
        let marks = self.marks(&new);
        if let Some(top) = self.stack.get_mut(self.depth - 1) {
            top.marks |= marks;
        }
        if frame.count < FEW_KEYS {
            if frame.marks & marks == 0 {
                return false;
            }
            let mut at = frame.key;
            while let Some(node) = self.nodes.get(at as usize) {
                if self.same_name(node, &new) {
                    return true;
                }
                at = node.link;
            }
            return false;
        }
        if self.keys.last().is_none_or(|(depth, _)| *depth != self.depth) {
            let mut set = HashSet::new();
            let mut at = frame.key;
            while let Some(node) = self.nodes.get(at as usize) {
                set.insert(self.name(node));
                at = node.link;
            }
            self.keys.push((self.depth, set));
        }
        let name = self.name(&new);
        self.keys.last_mut().is_some_and(|(_, set)| !set.insert(name))
    }

    /// The same for two keys of one name, and seldom for others; all bits for a key with escapes, which may be any name.
    fn marks(&self, key: &Node) -> u64 {
        let text = self.bytes.get(key.start as usize..key.end as usize).unwrap_or_default();
        match text {
            _ if key.escaped => u64::MAX,
            [first, .., last] => 1 << ((text.len() + usize::from(*first) + 5 * usize::from(*last)) % 64),
            _ => 1,
        }
    }

    fn same_name(&self, a: &Node, b: &Node) -> bool {
        if a.escaped || b.escaped {
            return self.name(a) == self.name(b);
        }
        a.end - a.start == b.end - b.start
            && self.bytes.get(a.start as usize..a.end as usize) == self.bytes.get(b.start as usize..b.end as usize)
    }

    fn name(&self, node: &Node) -> Cow<'a, str> {
        let text = self.source.get(node.start as usize..node.end as usize).unwrap_or_default();
        if node.escaped { Cow::Owned(super::unescape(text)) } else { Cow::Borrowed(text) }
    }

    fn value(&mut self) -> Scan<()> {
        match self.peek() {
            Some(b'"') => {
                let (start, end, escaped) = self.string()?;
                self.push(Kind::String, start, end, escaped);
                Ok(())
            }
            Some(b'{') => self.open(Kind::Object),
            Some(b'[') => self.open(Kind::Array),
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(b'n') => self.word("null", Kind::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected()),
        }
    }

    fn open(&mut self, kind: Kind) -> Scan<()> {
        let node = self.next_index();
        let Some(frame) = self.stack.get_mut(self.depth) else { return Err((FaultKind::TooDeep, self.position)) };
        *frame = Frame { node, key: NONE, count: 0, is_object: kind == Kind::Object, marks: 0 };
        self.depth += 1;
        self.push(kind, self.position, self.position, false);
        self.position += 1;
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, escaped: bool) {
        let link = self.next_index() + 1;
        self.nodes.push(Node { start: offset(start), end: offset(end), link, kind, escaped, repeated: false });
    }

    fn word(&mut self, word: &str, kind: Kind) -> Scan<()> {
        let start = self.position;
        for expected in word.bytes() {
            self.expect(expected)?;
        }
        self.push(kind, start, self.position, false);
        Ok(())
    }

    fn number(&mut self) -> Scan<()> {
        let start = self.position;
        let mut kind = Kind::Integer;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        if self.peek() == Some(b'0') {
            self.position += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            kind = Kind::Decimal;
            self.position += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            kind = Kind::Decimal;
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.digits()?;
        }
        self.push(kind, start, self.position, false);
        Ok(())
    }

    fn digits(&mut self) -> Scan<()> {
        let count =
            self.bytes.get(self.position..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.unexpected());
        }
        self.position += count;
        Ok(())
    }

    /// A string from its opening quote: where its text stands and whether it has escapes.
    #[inline]
    fn string(&mut self) -> Scan<(usize, usize, bool)> {
        self.position += 1;
        let start = self.position;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(self.position..).unwrap_or_default();
            let plain = plain(rest);
            self.position += plain;
            match rest.get(plain) {
                Some(b'"') => {
                    let end = self.position;
                    self.position += 1;
                    return Ok((start, end, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self) -> Scan<()> {
        let backslash = self.position;
        self.position += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.position += 1;
                Ok(())
            }
            Some(b'u') => match self.hex_escape()? {
                0xd800..=0xdbff => self.low_surrogate(backslash),
                0xdc00..=0xdfff => Err((FaultKind::LoneSurrogate, backslash)),
                _ => Ok(()),
            },
            _ => Err(self.unexpected()),
        }
    }

    fn low_surrogate(&mut self, high: usize) -> Scan<()> {
        if self.bytes.get(self.position..self.position + 2) != Some(b"\\u") {
            return Err((FaultKind::LoneSurrogate, high));
        }
        self.position += 1;
        match self.hex_escape()? {
            0xdc00..=0xdfff => Ok(()),
            _ => Err((FaultKind::LoneSurrogate, high)),
        }
    }

    /// `uXXXX`, from the `u`.
    fn hex_escape(&mut self) -> Scan<u32> {
        self.position += 1;
        let code = self.source.get(self.position..self.position + 4).and_then(hex);
        let Some(code) = code else {
            let rest = self.bytes.get(self.position..).unwrap_or_default();
            self.position += rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
            return Err(self.unexpected());
        };
        self.position += 4;
        Ok(code)
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.position += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Scan<()> {
        if self.peek() == Some(byte) {
            self.position += 1;
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn unexpected(&self) -> (FaultKind, usize) {
        let kind = if self.position < self.bytes.len() { FaultKind::Unexpected } else { FaultKind::Truncated };
        (kind, self.position)
    }

    fn next_index(&self) -> u32 {
        offset(self.nodes.len())
    }

    /// The path of what is being read.
    fn path(&self, kind: FaultKind) -> String {
        let mut path = String::new();
        for (level, frame) in self.stack.iter().take(self.depth).enumerate() {
            let innermost = level + 1 == self.depth;
            if innermost && !self.in_value && kind != FaultKind::DuplicateKey {
                break;
            }
            if !frame.is_object {
                path.push('[');
                path.push_str(&frame.count.saturating_sub(1).to_string());
                path.push(']');
            } else if let Some(key) = self.nodes.get(frame.key as usize) {
                if !path.is_empty() {
                    path.push('.');
                }
                push_key_in_path(&mut path, &self.name(key));
            }
        }
        path
    }
}

/// A key in a path: without control characters (paths reach logs) and not endless.
fn push_key_in_path(path: &mut String, key: &str) {
    for (index, c) in key.chars().enumerate() {
        if index == KEY_IN_PATH {
            path.push('…');
            return;
        }
        if c.is_control() { path.extend(c.escape_unicode()) } else { path.push(c) }
    }
}

/// How many plain bytes come first: eight at a time, as most of a text is in strings.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    /// One in each byte.
    const ONES: u64 = u64::MAX / 0xff;
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk() {
        let eight = u64::from_le_bytes(*eight);
        // The highest bit of each byte that is less than a number. What is carried over can spoil bytes after the first that
        // is, which is the only one that counts.
        let less = |bytes: u64, than: u64| bytes.wrapping_sub(ONES * than) & !bytes & (ONES * 0x80);
        let is = |byte: u8| less(eight ^ (ONES * u64::from(byte)), 1);
        let found = less(eight, 0x20) | is(b'"') | is(b'\\');
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    bytes.len() - rest.len() + rest.iter().take_while(|&&byte| is_plain(byte)).count()
}

/// Not a quote, a backslash or a control character.
const fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// The size was checked to fit before the scan began.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{is_plain, plain};

    #[test]
    fn the_plain_bytes_are_counted_as_one_by_one() {
        for byte in 0..=u8::MAX {
            for length in 0..20 {
                for place in 0..length {
                    // What comes after counts for nothing.
                    for other in [b'"', b'\\', 0x1f, 0x20, 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![b'!'; length];
                        bytes[place] = byte;
                        bytes[length - 1] = other;
                        let wanted = bytes.iter().take_while(|&&byte| is_plain(byte)).count();
                        assert_eq!(plain(&bytes), wanted, "{bytes:?}");
                    }
                }
            }
        }
    }
}
