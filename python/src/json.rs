//! Writes Python objects as JSON text. Core validates the text.

use std::borrow::Cow;
use std::fmt;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString};

use crate::value::{Place, bytes, items, wrong_type};

/// Texts of at least this many bytes are processed while other threads of Python run.
pub(crate) const LONG: usize = 4096;

/// Written for NaN and infinity, which JSON does not have. It is out of every range, so core reports it.
const OUT_OF_RANGE: &str = "1e999";

/// The number of digits that are written for an integer of thousands of digits, which Python refuses to convert. It is out of
/// every range, too.
const TOO_MANY_DIGITS: usize = 400;

/// How to treat numbers that JSON does not have.
#[derive(Clone, Copy, PartialEq)]
enum Numbers {
    /// The text is validated, and core reports that they are out of range.
    Validated,
    /// The text is sent unchanged, so they are a `ValueError`.
    Exact,
}

/// The JSON of a whole request that core validates. A mapping is written as JSON; `str`, `bytes`, `bytearray` and `memoryview`
/// already contain JSON. `what` is the argument's name.
pub(crate) fn json_text(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<u8>> {
    text_or_mapping(value, Place::argument(what), Numbers::Validated)
}

/// Does what [`json_text`] does, for a request that is sent unchanged.
pub(crate) fn exact_json_text(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<u8>> {
    text_or_mapping(value, Place::argument(what), Numbers::Exact)
}

/// The JSON of a mapping, which core validates. `None` for other values.
pub(crate) fn mapping_text(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Option<Vec<u8>>> {
    if !is_mapping(value) {
        return Ok(None);
    }
    write(value, place, Numbers::Validated).map(Some)
}

/// Does what [`mapping_text`] does, for JSON that is sent unchanged.
pub(crate) fn exact_mapping_text(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Option<Vec<u8>>> {
    if !is_mapping(value) {
        return Ok(None);
    }
    write(value, place, Numbers::Exact).map(Some)
}

fn is_mapping(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyDict>() || value.cast::<PyMapping>().is_ok()
}

fn text_or_mapping(value: &Bound<'_, PyAny>, place: Place<'_>, numbers: Numbers) -> PyResult<Vec<u8>> {
    if let Some(text) = bytes(value)? {
        return Ok(text);
    }
    if is_mapping(value) {
        return write(value, place, numbers);
    }
    Err(wrong_type(place, "a mapping, str or bytes", value))
}

fn write(value: &Bound<'_, PyAny>, place: Place<'_>, numbers: Numbers) -> PyResult<Vec<u8>> {
    let mut writer = Writer { text: Vec::with_capacity(512), numbers };
    writer.value(value, &At { step: Step::Root(place), depth: 0 })?;
    Ok(writer.text)
}

/// The path of a value that is written.
struct At<'a> {
    step: Step<'a>,
    depth: usize,
}

enum Step<'a> {
    Root(Place<'a>),
    Key(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl At<'_> {
    fn place(&self) -> &Place<'_> {
        match &self.step {
            Step::Root(place) => place,
            Step::Key(parent, _) | Step::Item(parent, _) => parent.place(),
        }
    }

    fn is_root(&self) -> bool {
        self.depth == 0
    }

    fn path(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Step::Root(_) => Ok(()),
            Step::Key(parent, key) if parent.is_root() => f.write_str(key),
            Step::Key(parent, key) => {
                parent.path(f)?;
                write!(f, ".{key}")
            }
            Step::Item(parent, index) => {
                parent.path(f)?;
                write!(f, "[{index}]")
            }
        }
    }
}

/// `argument 'request': messages[0].text.body`
impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place())?;
        if !self.is_root() {
            f.write_str(": ")?;
            self.path(f)?;
        }
        Ok(())
    }
}

struct Writer {
    text: Vec<u8>,
    numbers: Numbers,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Bound<'_, PyAny>, at: &At<'_>) -> PyResult<()> {
        if let Ok(text) = value.cast::<PyString>() {
            self.string(text)
        } else if value.is_none() {
            self.push("null");
            Ok(())
        } else if let Ok(flag) = value.cast::<PyBool>() {
            self.push(if flag.is_true() { "true" } else { "false" });
            Ok(())
        } else if let Ok(number) = value.cast::<PyInt>() {
            self.integer(number, at)
        } else if let Ok(number) = value.cast::<PyFloat>() {
            self.float(number.value(), at)
        } else if is_mapping(value) {
            self.mapping(value, at)
        } else if let Some(items) = items(value)? {
            self.list(&items, at)
        } else {
            Err(wrong_type(at, "str, int, float, bool, None, a mapping or a sequence", value))
        }
    }

    /// Whether writing can stop because the text is already too large or too deep. This also ends circular structures.
    fn is_enough(&self, at: &At<'_>) -> bool {
        at.depth > linkwa::MAX_JSON_DEPTH || self.text.len() > linkwa::MAX_JSON_BYTES
    }

    fn mapping(&mut self, mapping: &Bound<'_, PyAny>, at: &At<'_>) -> PyResult<()> {
        self.push("{");
        if !self.is_enough(at) {
            // Copied, because Python code may change the mapping meanwhile.
            let members = match mapping.cast::<PyDict>() {
                Ok(dict) => dict.items(),
                Err(_) => mapping.cast::<PyMapping>()?.items()?,
            };
            self.members(&members, at)?;
        }
        self.push("}");
        Ok(())
    }

    fn members(&mut self, members: &Bound<'_, PyList>, at: &At<'_>) -> PyResult<()> {
        for (index, member) in members.iter().enumerate() {
            if self.is_enough(at) {
                break;
            }
            if index > 0 {
                self.push(",");
            }
            let (key, value) = member.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            let key = key.cast::<PyString>().map_err(|_| wrong_type(format_args!("{at}: a key"), "str", &key))?;
            self.string(key)?;
            self.push(":");
            let name = display_text(key);
            self.value(&value, &At { step: Step::Key(at, &name), depth: at.depth.saturating_add(1) })?;
        }
        Ok(())
    }

    fn list(&mut self, items: &[Bound<'_, PyAny>], at: &At<'_>) -> PyResult<()> {
        self.push("[");
        for (index, item) in items.iter().enumerate() {
            if self.is_enough(at) {
                break;
            }
            if index > 0 {
                self.push(",");
            }
            self.value(item, &At { step: Step::Item(at, index), depth: at.depth.saturating_add(1) })?;
        }
        self.push("]");
        Ok(())
    }

    /// Writes an integer of any size. Python refuses to convert one of more than a few thousand digits; such a one is out of range.
    fn integer(&mut self, number: &Bound<'_, PyInt>, at: &At<'_>) -> PyResult<()> {
        if let Ok(number) = number.extract::<i64>() {
            self.push(&number.to_string());
            return Ok(());
        }
        // The `repr` of an enum differs.
        match number.py().get_type::<PyInt>().call_method1("__repr__", (number,)) {
            Ok(digits) => self.push(&digits.cast::<PyString>()?.to_cow()?),
            Err(_) if self.numbers == Numbers::Validated => {
                self.push(if number.lt(0)? { "-" } else { "" });
                self.push(&"9".repeat(TOO_MANY_DIGITS));
            }
            Err(_) => return Err(PyValueError::new_err(format!("{at} is an int of too many digits"))),
        }
        Ok(())
    }

    fn float(&mut self, number: f64, at: &At<'_>) -> PyResult<()> {
        match self.numbers {
            _ if number.is_finite() => self.push(&format!("{number:?}")),
            Numbers::Validated => self.push(OUT_OF_RANGE),
            Numbers::Exact => return Err(PyValueError::new_err(format!("{at} is {number}, which JSON cannot carry"))),
        }
        Ok(())
    }

    fn string(&mut self, text: &Bound<'_, PyString>) -> PyResult<()> {
        match text.to_cow() {
            Ok(text) => {
                self.push(&json(&text)?);
                Ok(())
            }
            // A lone surrogate is written as its escape, and core reports it.
            Err(_) => self.surrogates(text),
        }
    }

    fn surrogates(&mut self, text: &Bound<'_, PyString>) -> PyResult<()> {
        let bytes = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
        let bytes = bytes.cast::<PyBytes>()?.as_bytes();
        let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
        self.push("\"");
        let mut readable = String::new();
        for unit in char::decode_utf16(units) {
            match unit {
                Ok(c) => readable.push(c),
                Err(half) => {
                    self.inside(&std::mem::take(&mut readable))?;
                    self.push(&format!("\\u{:04x}", half.unpaired_surrogate()));
                }
            }
        }
        self.inside(&readable)?;
        self.push("\"");
        Ok(())
    }

    /// Writes the text between the quotes.
    fn inside(&mut self, text: &str) -> PyResult<()> {
        let quoted = json(text)?;
        self.push(quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default());
        Ok(())
    }
}

fn json(text: &str) -> PyResult<String> {
    serde_json::to_string(text).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// A key in a path.
fn display_text<'a>(key: &'a Bound<'_, PyString>) -> Cow<'a, str> {
    key.to_cow().unwrap_or(Cow::Borrowed("?"))
}
