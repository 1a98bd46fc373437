//! One pass over the bytes, which checks everything that JSON and the limits demand.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::{mem, str};

use super::text::hex;
use super::value::{Doc, Kind, NONE, Node};
use super::window::{Window, unescaped_len};
use crate::text::push_printable;

/// The deepest nesting of objects and lists in JSON; one level deeper is `invalid_json`.
///
/// ```
/// let nested = |levels: usize| format!("{{\"zoo\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
/// assert_ne!(linkwa::validate(nested(linkwa::MAX_JSON_DEPTH))[0].code().as_str(), "invalid_json");
/// assert_eq!(linkwa::validate(nested(linkwa::MAX_JSON_DEPTH + 1))[0].code().as_str(), "invalid_json");
/// ```
pub const MAX_JSON_DEPTH: usize = 64;

/// An object with more members than this looks its keys up in a set. A message's route has 18.
const FEW_KEYS: u32 = 32;

/// A key in an error's path is cut after this many characters.
const KEY_IN_PATH: usize = 64;

/// How to treat a repeated key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// It is an error.
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

/// The kinds of errors in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    TooLarge,
    TooDeep,
    ByteOrderMark,
    InvalidUtf8,
    LoneSurrogate,
    DuplicateKey,
    /// Only white space.
    Empty,
    /// Another value than an object at the top.
    NoObject,
    /// The text ends too early.
    Truncated,
    /// Something after the object.
    Trailing,
    /// An unexpected byte.
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
            Self::Empty => "there is nothing to read: the text is empty",
            Self::NoObject => "not a JSON object",
            Self::Truncated => "the text ends in the middle",
            Self::Trailing => "something follows the JSON object",
            Self::Unexpected => "not valid JSON",
        }
    }
}

/// The first error of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// Its byte offset, from 0.
    pub(crate) position: usize,
    /// The path of its value or key.
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

/// Converts bytes to the text of one JSON object, without copying them. Scan it with [`scan_str`].
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
    scan_all(source, limits.repeats)
}

/// Checks the length of a text, and nothing else.
pub(crate) fn check_size(bytes: &[u8], limits: &Limits) -> Result<(), Fault> {
    if bytes.len() > limits.bytes || u32::try_from(bytes.len()).is_err() {
        return Err(Fault { kind: FaultKind::TooLarge, position: limits.bytes, path: String::new() });
    }
    Ok(())
}

/// The error of a text that is valid UTF-8 only up to a position: the bad byte there, or an error before it.
fn not_utf8(bytes: &[u8], position: usize, limits: &Limits) -> Fault {
    let valid = bytes.get(..position).and_then(|valid| str::from_utf8(valid).ok()).unwrap_or_default();
    match scan_str(valid, limits) {
        Err(fault) if fault.position < position => fault,
        Err(fault) => Fault { kind: FaultKind::InvalidUtf8, position, path: fault.path },
        Ok(_) => Fault { kind: FaultKind::InvalidUtf8, position, path: String::new() },
    }
}

/// An open container.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Its node.
    node: u32,
    /// The last key, or `NONE`.
    key: u32,
    /// Members or items so far, including the present one.
    count: u32,
    /// The bracket that ends it.
    close: u8,
    /// The [`fingerprint`]s of its keys: a new key that shares none is not repeated.
    fingerprints: u64,
}

/// The buffers of a scan, which are reused for the thread's next text.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) nodes: Vec<Node>,
    /// The containers around the innermost open one, the outermost first.
    stack: Vec<Frame>,
}

thread_local! {
    /// The buffers of the last scan.
    static SCRATCH: Cell<(Vec<Node>, Vec<Frame>)> = const { Cell::new((Vec::new(), Vec::new())) };
}

impl Scratch {
    /// Larger buffers are not kept. Callbacks have fewer nodes.
    const KEPT: usize = 1024;

    fn new() -> Self {
        // A thread that is ending has no buffers any more.
        let (nodes, stack) = SCRATCH.try_with(Cell::take).unwrap_or_default();
        Self { nodes, stack }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.nodes.capacity() <= Self::KEPT {
            let buffers = (mem::take(&mut self.nodes), mem::take(&mut self.stack));
            let _ = SCRATCH.try_with(|kept| kept.set(buffers));
        }
    }
}

/// The keys of open objects with many keys, with the depth of the object.
type ManyKeys<'a> = Vec<(usize, HashSet<Cow<'a, str>>)>;

type Scan<T> = Result<T, (FaultKind, usize)>;

/// The whole text: one object and nothing else.
#[expect(clippy::too_many_lines, reason = "one loop, whose state is in registers")]
fn scan_all(source: &str, repeats: Repeats) -> Result<Doc<'_>, Fault> {
    let bytes = source.as_bytes();
    let mut doc = Doc { source, scratch: Scratch::new(), fingerprints: 0 };
    let Scratch { nodes, stack } = &mut doc.scratch;
    nodes.clear();
    nodes.reserve((bytes.len() / 10).clamp(32, 4096));
    stack.clear();
    let mut many_keys = ManyKeys::new();
    let mut window = Window::new();

    let mut at = skip_blanks(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        let kind = if at == bytes.len() { FaultKind::Empty } else { FaultKind::NoObject };
        return Err(Fault { kind, position: at, path: String::new() });
    }
    let mut frame = open(nodes, Kind::Object, at);
    at = skip_blanks(bytes, at + 1);
    let mut is_empty = bytes.get(at) == Some(&frame.close);

    // Ends at the first error: its kind and position, and whether its path names what the innermost container is
    // reading.
    let (kind, position, named) = 'fault: {
        'text: loop {
            // A member or item begins here, or an empty container ends.
            if !is_empty {
                frame.count += 1;
                if frame.close == b'}' {
                    if bytes.get(at) != Some(&b'"') {
                        break 'fault (ending(bytes, at), at, false);
                    }
                    let (end, escaped) = match string(bytes, at + 1, &mut window) {
                        Ok(end) => end,
                        Err((kind, position)) => break 'fault (kind, position, false),
                    };
                    let print = fingerprint(bytes, at + 1, end, escaped);
                    let mut repeated = false;
                    if frame.fingerprints & print != 0 || frame.count > FEW_KEYS {
                        let key = (at + 1, end, escaped);
                        repeated = is_repeat(source, nodes, key, (frame.key, frame.count), stack.len(), &mut many_keys);
                    }
                    frame.fingerprints |= print;
                    let link = frame.key;
                    frame.key = offset(nodes.len());
                    nodes.push(Node {
                        start: offset(at + 1),
                        end: offset(end),
                        link,
                        kind: Kind::Key,
                        escaped,
                        repeated,
                    });
                    if repeated && repeats == Repeats::Refuse {
                        // The path names the key itself.
                        break 'fault (FaultKind::DuplicateKey, at, true);
                    }
                    at = skip_blanks(bytes, end + 1);
                    if bytes.get(at) != Some(&b':') {
                        break 'fault (ending(bytes, at), at, false);
                    }
                    at = skip_blanks(bytes, at + 1);
                }
                let mut escaped = false;
                let mut start = at;
                let (kind, end) = match bytes.get(at) {
                    Some(b'"') => {
                        start += 1;
                        match string(bytes, start, &mut window) {
                            Ok((end, has_escapes)) => {
                                escaped = has_escapes;
                                at = end + 1;
                                (Kind::String, end)
                            }
                            Err((kind, position)) => break 'fault (kind, position, true),
                        }
                    }
                    Some(bracket @ (b'{' | b'[')) => {
                        if stack.len() + 1 == MAX_JSON_DEPTH {
                            break 'fault (FaultKind::TooDeep, at, true);
                        }
                        stack.push(frame);
                        frame = open(nodes, if *bracket == b'{' { Kind::Object } else { Kind::Array }, at);
                        at = skip_blanks(bytes, at + 1);
                        is_empty = bytes.get(at) == Some(&frame.close);
                        continue;
                    }
                    _ => match number_or_word(bytes, at) {
                        Ok((kind, end)) => {
                            at = end;
                            (kind, end)
                        }
                        Err((kind, position)) => break 'fault (kind, position, true),
                    },
                };
                push(nodes, kind, start, end, escaped);
                at = skip_blanks(bytes, at);
            }
            // A value has ended here, or an empty container ends.
            is_empty = false;
            loop {
                match bytes.get(at) {
                    Some(b',') => break,
                    Some(byte) if *byte == frame.close => {}
                    _ => break 'fault (ending(bytes, at), at, false),
                }
                at += 1;
                let link = offset(nodes.len());
                if let Some(node) = nodes.get_mut(frame.node as usize) {
                    node.end = offset(at);
                    node.link = link;
                }
                if many_keys.last().is_some_and(|(depth, _)| *depth == stack.len()) {
                    many_keys.pop();
                }
                at = skip_blanks(bytes, at);
                match stack.pop() {
                    Some(outer) => frame = outer,
                    None => break 'text,
                }
            }
            at = skip_blanks(bytes, at + 1);
        }
        if at < bytes.len() {
            return Err(Fault { kind: FaultKind::Trailing, position: at, path: String::new() });
        }
        doc.fingerprints = frame.fingerprints;
        return Ok(doc);
    };
    stack.push(frame);
    Err(Fault { kind, position, path: doc.path_in(named) })
}

fn open(nodes: &mut Vec<Node>, kind: Kind, at: usize) -> Frame {
    let node = offset(nodes.len());
    push(nodes, kind, at, at, false);
    Frame { node, key: NONE, count: 0, close: if kind == Kind::Object { b'}' } else { b']' }, fingerprints: 0 }
}

#[inline]
fn push(nodes: &mut Vec<Node>, kind: Kind, start: usize, end: usize, escaped: bool) {
    let link = offset(nodes.len() + 1);
    nodes.push(Node { start: offset(start), end: offset(end), link, kind, escaped, repeated: false });
}

/// Whether its object already has this key. Takes the last key and the number of keys.
#[cold]
fn is_repeat<'a>(
    source: &'a str,
    nodes: &[Node],
    (start, end, escaped): (usize, usize, bool),
    (last, count): (u32, u32),
    depth: usize,
    many_keys: &mut ManyKeys<'a>,
) -> bool {
    let mut at = last;
    let mut earlier = std::iter::from_fn(|| {
        let node = nodes.get(at as usize)?;
        at = node.link;
        Some(name(source, node.start as usize, node.end as usize, node.escaped))
    });
    let name = name(source, start, end, escaped);
    if count <= FEW_KEYS {
        return earlier.any(|earlier| earlier == name);
    }
    if many_keys.last().is_none_or(|(of, _)| *of != depth) {
        many_keys.push((depth, earlier.collect()));
    }
    many_keys.last_mut().is_some_and(|(_, keys)| !keys.insert(name))
}

/// One bit, equal for equal keys and rarely for others. All bits for a key with escapes, which may be any name.
#[inline]
fn fingerprint(bytes: &[u8], start: usize, end: usize, escaped: bool) -> u64 {
    match bytes.get(start..end).unwrap_or_default() {
        _ if escaped => u64::MAX,
        text @ [first, .., last] => {
            let middle = text.get(text.len() / 2).map_or(0, |byte| usize::from(*byte));
            // Chosen so that no two of the gateway's names in one object share a bit.
            1 << ((usize::from(*first) + 3 * middle + 15 * (text.len() + usize::from(*last))) % 64)
        }
        _ => 1,
    }
}

/// The kind of a number or of `true`, `false` and `null`, and its end.
fn number_or_word(bytes: &[u8], start: usize) -> Scan<(Kind, usize)> {
    let (word, kind): (&[u8], _) = match bytes.get(start) {
        Some(b'-' | b'0'..=b'9') => return number(bytes, start),
        Some(b't') => (b"true", Kind::True),
        Some(b'f') => (b"false", Kind::False),
        Some(b'n') => (b"null", Kind::Null),
        _ => return Err((ending(bytes, start), start)),
    };
    let rest = bytes.get(start..).unwrap_or_default();
    if rest.starts_with(word) {
        return Ok((kind, start + word.len()));
    }
    let at = start + rest.iter().zip(word).take_while(|(byte, expected)| byte == expected).count();
    Err((ending(bytes, at), at))
}

#[inline]
pub(super) fn number(bytes: &[u8], start: usize) -> Scan<(Kind, usize)> {
    let mut at = start;
    let mut kind = Kind::Integer;
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(bytes, at)? };
    if bytes.get(at) == Some(&b'.') {
        kind = Kind::Decimal;
        at = digits(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        kind = Kind::Decimal;
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(bytes, at)?;
    }
    Ok((kind, at))
}

#[inline]
fn digits(bytes: &[u8], start: usize) -> Scan<usize> {
    let mut at = start;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    if at == start { Err((ending(bytes, at), at)) } else { Ok(at) }
}

/// A string whose text begins here: the position of its closing quote, and whether it has escapes.
#[expect(clippy::inline_always, reason = "most of a text is strings, and its result is taken apart at once")]
#[inline(always)]
fn string(bytes: &[u8], start: usize, window: &mut Window) -> Scan<(usize, bool)> {
    let end = window.next_special(bytes, start);
    if bytes.get(end) == Some(&b'"') { Ok((end, false)) } else { escaped_string(bytes, end) }
}

/// The rest of a string from its first special byte.
#[cold]
pub(super) fn escaped_string(bytes: &[u8], mut at: usize) -> Scan<(usize, bool)> {
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok((at, true)),
            Some(b'\\') => at = escape(bytes, at)?,
            _ => return Err((ending(bytes, at), at)),
        }
        at += unescaped_len(bytes.get(at..).unwrap_or_default());
    }
}

/// An escape from its backslash: its end.
fn escape(bytes: &[u8], backslash: usize) -> Scan<usize> {
    let at = backslash + 1;
    match bytes.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 1),
        Some(b'u') => match hex_escape(bytes, at)? {
            (0xd800..=0xdbff, at) => low_surrogate(bytes, at, backslash),
            (0xdc00..=0xdfff, _) => Err((FaultKind::LoneSurrogate, backslash)),
            (_, at) => Ok(at),
        },
        _ => Err((ending(bytes, at), at)),
    }
}

fn low_surrogate(bytes: &[u8], at: usize, high: usize) -> Scan<usize> {
    if bytes.get(at..at + 2) != Some(b"\\u") {
        return Err((FaultKind::LoneSurrogate, high));
    }
    match hex_escape(bytes, at + 1)? {
        (0xdc00..=0xdfff, at) => Ok(at),
        _ => Err((FaultKind::LoneSurrogate, high)),
    }
}

/// `uXXXX`, from the `u`: the number, and its end.
fn hex_escape(bytes: &[u8], u: usize) -> Scan<(u32, usize)> {
    let at = u + 1;
    let code = bytes.get(at..at + 4).and_then(|digits| str::from_utf8(digits).ok()).and_then(hex);
    code.map(|code| (code, at + 4)).ok_or_else(|| {
        let rest = bytes.get(at..).unwrap_or_default();
        let at = at + rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        (ending(bytes, at), at)
    })
}

#[inline]
pub(super) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The error where something else is expected.
#[cold]
fn ending(bytes: &[u8], at: usize) -> FaultKind {
    if at < bytes.len() { FaultKind::Unexpected } else { FaultKind::Truncated }
}

fn name(source: &str, start: usize, end: usize, escaped: bool) -> Cow<'_, str> {
    let text = source.get(start..end).unwrap_or_default();
    if escaped { Cow::Owned(super::unescape(text)) } else { Cow::Borrowed(text) }
}

impl Doc<'_> {
    /// Whether the object at the top certainly has no member of this name.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        self.fingerprints & fingerprint(name.as_bytes(), 0, name.len(), false) == 0
    }

    /// The path of the innermost container that was open, or of what was read in it.
    #[cold]
    fn path_in(&self, named: bool) -> String {
        let mut path = String::new();
        let Some((innermost, outer)) = self.scratch.stack.split_last() else { return path };
        for frame in outer.iter().chain(named.then_some(innermost)) {
            if frame.close == b']' {
                path.push('[');
                path.push_str(&frame.count.saturating_sub(1).to_string());
                path.push(']');
            } else if let Some(key) = self.scratch.nodes.get(frame.key as usize) {
                if !path.is_empty() {
                    path.push('.');
                }
                push_key_in_path(&mut path, &self.string(key));
            }
        }
        path
    }
}

/// A key in a path: shortened, and without invisible characters or such that reverse the line, because paths reach
/// logs.
fn push_key_in_path(path: &mut String, key: &str) {
    for (index, c) in key.chars().enumerate() {
        if index == KEY_IN_PATH {
            path.push('…');
            return;
        }
        push_printable(path, c);
    }
}

/// The size was checked before the scan.
#[expect(clippy::cast_possible_truncation, reason = "see above")]
#[inline]
pub(super) fn offset(position: usize) -> u32 {
    position as u32
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn the_names_in_a_route_have_different_fingerprints() {
        let names = "id refId platformId platformPartnerId platformServiceType platformServiceId number gateIds customParameters \
                     type keyword keywordType active start end shared description";
        let prints = names.split(' ').map(|name| fingerprint(name.as_bytes(), 0, name.len(), false));
        assert_eq!(prints.fold(0, |all, print| all | print).count_ones(), 17);
    }
}
