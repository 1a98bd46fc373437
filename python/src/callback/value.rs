//! Values of callbacks in Python.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::LazyLock;

use crate::datetime;
use crate::once_cell::RaceOnceCell;
use linkwa::{Extra, Parameters, Status, Timestamp};
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyDict, PyString, PyTuple, PyTzInfo};

/// A hash that other processes cannot predict.
pub(super) fn hash(value: impl Hash) -> u64 {
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    STATE.hash_one(value)
}

/// A time as an aware `datetime` with its original offset, to the microsecond; `None` if it is absent, or if a
/// `datetime` cannot hold it.
pub(super) struct Moment(pub(super) Option<Timestamp>);

impl<'py> IntoPyObject<'py> for Moment {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let none = || Ok(py.None().into_bound(py));
        let Some(timestamp) = self.0 else { return none() };
        let (year, month, day, hour, minute, second) = timestamp.civil();
        if !(1..=9999).contains(&year) {
            return none();
        }
        datetime::ensure(py)?;
        let zone = match timestamp.offset_seconds() {
            0 => PyTzInfo::utc(py)?.to_owned(),
            offset if offset.abs() < 86_400 => PyTzInfo::fixed_offset(py, PyDelta::new(py, 0, offset, 0, true)?)?,
            _ => return none(),
        };
        let micros = timestamp.subsec_nanos() / 1000;
        Ok(PyDateTime::new(py, year, month, day, hour, minute, second, micros, Some(&zone))?.into_any())
    }
}

/// Parameters as a new `dict[str, str]`, in the order received.
pub(super) struct Texts<'a>(pub(super) Parameters<'a>);

impl<'py> IntoPyObject<'py> for Texts<'_> {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, value) in self.0.iter() {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }
}

/// A list of texts as a `tuple[str, ...]`.
pub(super) struct List<'a>(pub(super) Vec<&'a str>);

impl<'py> IntoPyObject<'py> for List<'_> {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0)
    }
}

/// The result of `extra_json`: the JSON texts as received, by name.
pub(super) fn json_texts<'py>(py: Python<'py>, extra: Option<Extra<'_>>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, json) in extra.into_iter().flat_map(Extra::iter) {
        dict.set_item(name, json)?;
    }
    Ok(dict)
}

/// The result of `extra`: the values, by name.
pub(super) fn decoded<'py>(py: Python<'py>, extra: Option<Extra<'_>>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, json) in extra.into_iter().flat_map(Extra::iter) {
        dict.set_item(name, decode(py, json)?)?;
    }
    Ok(dict)
}

/// The value of a JSON text.
pub(crate) fn decode<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    static DECODE: RaceOnceCell<Py<PyAny>> = RaceOnceCell::new();
    DECODE.import(py, "linkwa._extra", "decode")?.call1((json,))
}

/// The word of a status, the same object every time.
pub(super) fn status_word(py: Python<'_>, status: Status) -> PyResult<Bound<'_, PyString>> {
    static WORDS: [RaceOnceCell<Py<PyString>>; 7] = [const { RaceOnceCell::new() }; 7];
    let [queued, sent, delivered, read, deleted, failed, other] = &WORDS;
    let word = match status {
        Status::Queued => queued,
        Status::Sent => sent,
        Status::Delivered => delivered,
        Status::Read => read,
        Status::Deleted => deleted,
        Status::Failed => failed,
        Status::Other => other,
        newer => return Ok(PyString::intern(py, newer.as_str())),
    };
    Ok(word.get(py, || Ok(PyString::intern(py, status.as_str()).unbind()))?.bind(py).clone())
}
