//! Callbacks. Making JavaScript values one by one in an addon takes several times as long as `JSON.parse`. So a
//! callback crosses the boundary as numbers, in an array that JavaScript keeps: the position of each value in the
//! callback's text, from which JavaScript cuts the values. Only texts that do not occur there (those with escapes, and
//! the key) are passed as a text.
use std::cell::RefCell;
use std::rc::Rc;

use linkwa::{Callback, Error, EventReport, Extra, Parameters, ReceivedMessage, Status, Timestamp, Visit, Visitor};
use napi::Env;
use napi::bindgen_prelude::{Either3, Function, Latin1String, Unknown, Utf16String};
use napi_derive::napi;

use crate::error::{BindingError, ErrorObject};

/// Means that a text, a flag, a list, an object or a time is absent.
const ABSENT: i32 = -1;

/// The status of a report.
#[napi(object, object_from_js = false)]
pub struct ReportStatus {
    /// Its word.
    pub word: &'static str,
    /// Whether it means that the message has been delivered.
    pub is_delivered: bool,
}

/// Each status, in the order of their numbers in [`Writer::status`].
#[napi(catch_unwind)]
pub fn statuses() -> Vec<ReportStatus> {
    Status::ALL
        .iter()
        .map(|status| ReportStatus { word: status.as_str(), is_delivered: status.is_delivered() })
        .collect()
}

/// Each object of a callback with its fields, in the order in which [`Writer`] writes them; lib/callback.js has the same list.
#[napi(catch_unwind)]
pub fn callback_layout() -> Vec<&'static str> {
    macro_rules! layout {
        ($object:ident { $($(#[$doc:meta])* $kind:ident $field:ident $(($alias:ident))? $(/ $raw:ident)? = $wire:literal $(: $inner:ident)?;)* }) => {
            concat!(stringify!($object), $(" ", $wire),*)
        };
    }
    vec![
        linkwa::event_report_fields! { layout { EventReport } },
        linkwa::received_message_fields! { layout { ReceivedMessage } },
        linkwa::content_fields! { layout { Content } },
        linkwa::route_fields! { layout { Route } },
        linkwa::inbound_message_fields! { layout { InboundMessage } },
        linkwa::button_fields! { layout { InboundButton } },
        linkwa::context_fields! { layout { Context } },
        linkwa::inbound_media_fields! { layout { InboundMedia } },
        linkwa::inbound_location_fields! { layout { InboundLocation } },
        linkwa::inbound_contact_fields! { layout { InboundContact } },
        linkwa::inbound_interactive_fields! { layout { InboundInteractive } },
        linkwa::inbound_contact_name_fields! { layout { InboundContactName } },
        linkwa::inbound_phone_fields! { layout { InboundPhone } },
        linkwa::inbound_button_reply_fields! { layout { InboundButtonReply } },
        linkwa::inbound_list_reply_fields! { layout { InboundListReply } },
    ]
}

/// The functions that read a callback, as [`read`] describes: from a `Uint8Array`, and from a string; each with an
/// `Int32Array`.
///
/// They are closures, because the wrapper of the macro takes an eighth of the time of reading.
///
/// # Errors
///
/// If Node cannot make a function.
#[napi(catch_unwind)]
pub fn callback_readers(env: &Env) -> napi::Result<Vec<Reader<'_>>> {
    let names = Rc::new(RefCell::new(Names::new()));
    let from_bytes = env.create_function_from_closure("fromBytes", {
        let names = Rc::clone(&names);
        move |call| Ok(read(linkwa::parse_callback(call.get::<&[u8]>(0)?), call.get(1)?, &mut names.borrow_mut()))
    })?;
    let from_text = env.create_function_from_closure("fromText", move |call| {
        let body = bytes(&call.get::<Utf16String>(0)?);
        Ok(read(linkwa::parse_callback(body), call.get(1)?, &mut names.borrow_mut()))
    })?;
    Ok(vec![from_bytes, from_text])
}

/// A function of a body and an `Int32Array`.
type Reader<'env> = Function<'env, (Unknown<'env>, Unknown<'env>), Either3<Latin1String, String, ErrorObject>>;

/// The UTF-8 of a string that JavaScript has found to be well-formed.
fn bytes(text: &[u16]) -> Vec<u8> {
    // Checking all of them is faster than stopping at the first.
    if text.iter().fold(0, |all, unit| all | unit) < 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "they are less")]
        return text.iter().map(|unit| *unit as u8).collect();
    }
    String::from_utf16_lossy(text).into_bytes()
}

/// Writes the values into the words, and returns the texts that the body does not contain.
///
/// The first word is the number of words; if it exceeds the array, the rest is undefined. The second has two bits: 1
/// for a received message, 2 if the body is not ASCII. Then come the values of [`Writer::report`] or
/// [`Writer::message`], and the position of the key in the texts, which it ends.
fn read(
    callback: Result<Callback, Error>,
    words: &mut [i32],
    names: &mut Names,
) -> Either3<Latin1String, String, ErrorObject> {
    let callback = match callback {
        Ok(callback) => callback,
        Err(error) => return Either3::C(error.into()),
    };
    let raw = callback.raw();
    let mut writer = Writer { raw, units: Units::of(raw), words, at: 2, texts: String::new(), length: 0, names };
    let kind = match &callback {
        Callback::EventReport(report) => {
            writer.report(report);
            0
        }
        Callback::ReceivedMessage(message) => {
            writer.message(message);
            1
        }
        _ => {
            return Either3::C(
                BindingError::argument("body", "a callback of a kind that this package does not know").into(),
            );
        }
    };
    // Without escapes the key contains only letters of the body.
    let is_plain = writer.units.is_ascii() && writer.texts.is_empty();
    let texts = writer.finish(kind, callback.key());
    // JavaScript takes over a Latin-1 text in half of the time.
    if is_plain || texts.is_ascii() { Either3::A(texts.into()) } else { Either3::B(texts) }
}

/// Writes values as numbers.
struct Writer<'c, 'w> {
    raw: &'c str,
    units: Units,
    words: &'w mut [i32],
    /// The next word.
    at: usize,
    /// Texts that are not in `raw`.
    texts: String,
    /// Their length, as JavaScript counts.
    length: i32,
    names: &'w mut Names,
}

impl<'c> Writer<'c, '_> {
    fn report(&mut self, report: &'c EventReport) {
        self.status(report.status());
        report.visit(self);
    }

    fn message(&mut self, message: &'c ReceivedMessage) {
        self.moment(message.care_window_closes_at());
        self.write_text(message.reply_to());
        self.write_text(message.user_id());
        self.write_text(message.parent_user_id());
        message.visit(self);
    }

    /// A text as its first and last position in the body, or as −2 and less in the texts.
    fn write_text(&mut self, text: Option<&'c str>) {
        let (start, end) = match text {
            None => (ABSENT, ABSENT),
            Some(text) => self.in_raw(text).unwrap_or_else(|| self.keep(text)),
        };
        self.word(start);
        self.word(end);
    }

    fn in_raw(&self, text: &str) -> Option<(i32, i32)> {
        let start = text.as_ptr().addr().checked_sub(self.raw.as_ptr().addr())?;
        let end = start.checked_add(text.len()).filter(|end| *end <= self.raw.len())?;
        Some((self.units.at(self.raw, start), self.units.at(self.raw, end)))
    }

    fn keep(&mut self, text: &str) -> (i32, i32) {
        let start = self.length;
        self.texts.push_str(text);
        self.length = start.saturating_add(utf16(text));
        (-2 - start, self.length)
    }

    /// A number as its upper and lower half. The smallest means absent; it and the next one are equal in JavaScript.
    fn write_integer(&mut self, number: Option<i64>) {
        self.halves(number.map_or(i64::MIN, |number| number.max(i64::MIN + 1)));
    }

    /// The upper and the lower half.
    fn halves(&mut self, number: i64) {
        #[expect(clippy::cast_possible_truncation, reason = "these are the halves")]
        let (upper, lower) = ((number >> 32) as i32, number as i32);
        self.word(upper);
        self.word(lower);
    }

    fn moment(&mut self, moment: Option<Timestamp>) {
        self.write_integer(moment.map(Timestamp::unix_millis));
    }

    fn status(&mut self, status: Status) {
        self.count(Status::ALL.iter().position(|known| *known == status).unwrap_or_default());
    }

    fn entries(&mut self, entries: impl ExactSizeIterator<Item = (&'c str, &'c str)>) {
        self.count(entries.len());
        for (name, value) in entries {
            let number = self.names.number(name);
            self.word(number);
            self.write_text(Some(name));
            self.write_text(Some(value));
        }
    }

    fn count(&mut self, count: usize) {
        self.word(small(count));
    }

    fn word(&mut self, value: i32) {
        if let Some(word) = self.words.get_mut(self.at) {
            *word = value;
        }
        self.at += 1;
    }

    fn finish(mut self, kind: i32, key: String) -> String {
        let kind = kind | if self.units.is_ascii() { 0 } else { 2 };
        self.word(self.length);
        for (word, value) in self.words.iter_mut().zip([small(self.at), kind]) {
            *word = value;
        }
        if self.texts.is_empty() {
            return key;
        }
        self.texts + &key
    }
}

/// Writes a field of each kind as lib/callback.js reads it.
impl<'c> Visitor<'c> for Writer<'c, '_> {
    fn text(&mut self, text: Option<&'c str>) {
        self.write_text(text);
    }

    fn time(&mut self, text: Option<&'c str>, moment: impl FnOnce() -> Option<Timestamp>) {
        self.write_text(text);
        self.moment(moment());
    }

    fn integer(&mut self, number: Option<i64>) {
        self.write_integer(number);
    }

    /// A number as the two halves of its bits. No callback has a NaN.
    fn number(&mut self, number: Option<f64>) {
        self.halves(number.unwrap_or(f64::NAN).to_bits().cast_signed());
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.word(flag.map_or(ABSENT, i32::from));
    }

    fn list(&mut self, texts: Option<impl ExactSizeIterator<Item = &'c str>>) {
        let Some(texts) = texts else { return self.word(ABSENT) };
        self.count(texts.len());
        texts.for_each(|text| self.write_text(Some(text)));
    }

    fn parameters(&mut self, parameters: Option<Parameters<'c>>) {
        match parameters {
            Some(parameters) => self.entries(parameters.iter()),
            None => self.word(ABSENT),
        }
    }

    fn object(&mut self, object: Option<impl Visit<'c>>) {
        self.word(if object.is_some() { 1 } else { ABSENT });
        if let Some(object) = object {
            object.visit(self);
        }
    }

    fn objects(&mut self, objects: Option<impl ExactSizeIterator<Item = impl Visit<'c>>>) {
        let Some(objects) = objects else { return self.word(ABSENT) };
        self.count(objects.len());
        objects.for_each(|object| object.visit(self));
    }

    fn extra(&mut self, extra: Extra<'c>) {
        self.entries(extra.iter());
    }
}

/// Names seen so far, each with a fixed number. V8 looks up every new text that becomes a property name in a table,
/// which takes longer than all other work on a member; JavaScript keeps one text for each of these.
struct Names(Vec<Box<str>>);

impl Names {
    const MOST: usize = 256;
    /// A longer name is unlikely to repeat.
    const LONGEST: usize = 32;

    fn new() -> Self {
        Self(vec![Box::default(); Self::MOST])
    }

    fn number(&mut self, name: &str) -> i32 {
        // The empty name marks a free slot.
        if name.is_empty() || name.len() > Self::LONGEST {
            return ABSENT;
        }
        let place = Self::place(name.as_bytes());
        for place in [place, place ^ 1] {
            match self.0.get_mut(place) {
                Some(known) if **known == *name => return small(place),
                Some(free) if free.is_empty() => {
                    *free = name.into();
                    return small(place);
                }
                _ => {}
            }
        }
        ABSENT
    }

    /// The slot of a name, chosen so that names that occur together rarely collide.
    fn place(name: &[u8]) -> usize {
        let byte = |at: usize| name.get(at).map_or(0, |byte| usize::from(*byte));
        let ends = 31 * byte(0) + 3 * byte(name.len().saturating_sub(1));
        (7 * name.len() + ends + 17 * byte(name.len() / 2)) % Self::MOST
    }
}

/// Positions as JavaScript counts them, in UTF-16.
enum Units {
    Ascii,
    /// The units before each [`BLOCK`] of bytes.
    Counted(Vec<i32>),
}

const BLOCK: usize = 64;

impl Units {
    fn of(text: &str) -> Self {
        // Checking all of them is faster than stopping at the first.
        if text.bytes().fold(0, |all, byte| all | byte) < 0x80 {
            return Self::Ascii;
        }
        let mut before = 0;
        let count = |block| {
            let here = before;
            before += units(block);
            here
        };
        Self::Counted(text.as_bytes().chunks(BLOCK).map(count).collect())
    }

    fn is_ascii(&self) -> bool {
        matches!(self, Self::Ascii)
    }

    /// The position of the character that begins at a byte.
    fn at(&self, text: &str, byte: usize) -> i32 {
        let Self::Counted(before) = self else { return small(byte) };
        // Values stand within an object, so before the end of the text.
        let block = byte / BLOCK;
        let rest = text.as_bytes().get(block * BLOCK..byte).unwrap_or_default();
        before.get(block).copied().unwrap_or_default() + units(rest)
    }
}

/// The number of UTF-16 units of the characters that begin in these bytes.
fn units(bytes: &[u8]) -> i32 {
    bytes.iter().map(|byte| i32::from(byte & 0xc0 != 0x80) + i32::from(*byte >= 0xf0)).sum()
}

fn utf16(text: &str) -> i32 {
    units(text.as_bytes())
}

/// A callback has at most 256 KiB.
fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
