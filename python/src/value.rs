//! The values in the classes: converted from Python, with an error that names the argument, and back.

use std::borrow::Cow;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDateTime, PyFloat, PyInt, PyList, PyMapping, PyMemoryView, PySequence, PyString,
    PyTuple,
};
use pyo3::{PyClass, PyTraverseError, PyTypeInfo, PyVisit};

use crate::datetime;

/// Makes `PyO3`'s classes of mappings and sequences, which panic if `collections.abc` cannot be imported.
pub(crate) fn make_abstract_types(py: Python<'_>) -> PyResult<()> {
    let module = py.import("collections.abc")?;
    module.getattr("Mapping").and(module.getattr("Sequence"))?;
    PyMapping::type_object(py);
    PySequence::type_object(py);
    Ok(())
}

/// The position of a value in the arguments.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    argument: &'a str,
    item: Option<usize>,
}

impl<'a> Place<'a> {
    /// The argument with this name, without the `r#` of Rust.
    pub(crate) fn argument(name: &'a str) -> Self {
        Self { argument: name.trim_start_matches("r#"), item: None }
    }

    /// One item of a list.
    pub(crate) fn item(self, index: usize) -> Self {
        Self { item: Some(index), ..self }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.item {
            write!(f, "item {index} of ")?;
        }
        write!(f, "argument '{}'", self.argument)
    }
}

/// A `TypeError`: `argument 'body' must be str, not int`.
pub(crate) fn wrong_type(place: impl fmt::Display, expected: impl fmt::Display, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{place} must be {expected}, not {}", type_name(value)))
}

/// The name of a value's type.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

/// A value in a class.
pub(crate) trait Value: Sized {
    /// Reads it. A wrong type is a `TypeError`, a value that cannot be held a `ValueError`.
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self>;

    /// The value for Python.
    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;

    /// Whether it differs from the default.
    fn is_given(&self) -> bool {
        true
    }

    /// Shows Python's garbage collector the objects it holds, if those can lead back here.
    fn traverse(&self, _visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        Ok(())
    }
}

/// Reads a required argument.
pub(crate) fn needed<T: Value>(value: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<T> {
    let place = Place::argument(name);
    match value {
        Some(value) => T::read(value, place),
        None => Python::attach(|py| T::read(py.None().bind(py), place)),
    }
}

/// Reads an argument that may be left out, or `None`.
pub(crate) fn optional<T: Value + Default>(value: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<T> {
    value.map_or_else(|| Ok(T::default()), |value| T::read(value, Place::argument(name)))
}

impl<T: Value> Value for Option<T> {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        if value.is_none() { Ok(None) } else { T::read(value, place).map(Some) }
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.as_ref().map_or_else(|| Ok(py.None().into_bound(py)), |value| value.write(py))
    }

    fn is_given(&self) -> bool {
        self.is_some()
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.as_ref().map_or(Ok(()), |value| value.traverse(visit))
    }
}

impl Value for String {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        text(value, place).map(Cow::into_owned)
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyString::new(py, self).into_any())
    }
}

/// A text, borrowed if possible.
pub(crate) fn text<'a>(value: &'a Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Cow<'a, str>> {
    let text = value.cast::<PyString>().map_err(|_| wrong_type(place, "str", value))?;
    text.to_cow().map_err(|error| not_unicode(value.py(), &error, place))
}

/// The bytes of a text or of bytes, copied; `None` for other types. An unpaired surrogate becomes invalid UTF-8, for
/// which core reports the position.
pub(crate) fn bytes(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    let of = |bytes: &Bound<'_, PyBytes>| Ok(Some(bytes.as_bytes().to_vec()));
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return of(bytes);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return of(&text.encode_utf8().or_else(|_| {
            let encode = "encode";
            text.call_method1(encode, ("utf-8", "surrogatepass"))?.cast_into::<PyBytes>().map_err(PyErr::from)
        })?);
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Some(bytes.to_vec()));
    }
    if value.is_instance_of::<PyMemoryView>() {
        return of(&value.call_method0("tobytes")?.cast_into::<PyBytes>()?);
    }
    Ok(None)
}

/// A time with a time zone. The error for one without says what else is possible.
pub(crate) fn aware<'a, 'py>(
    value: &'a Bound<'py, PyAny>,
    place: Place<'_>,
    expected: &str,
) -> PyResult<&'a Bound<'py, PyDateTime>> {
    datetime::ensure(value.py())?;
    let time = value.cast::<PyDateTime>().map_err(|_| wrong_type(place, expected, value))?;
    if time.call_method0("utcoffset")?.is_none() {
        let message = format!("{place} must be an aware datetime: give it a tzinfo, such as datetime.timezone.utc");
        return Err(PyValueError::new_err(message));
    }
    Ok(time)
}

/// The error of a text with an unpaired surrogate, which also names the argument. It contains no more of the text than
/// that surrogate, because the text may be a password.
fn not_unicode(py: Python<'_>, error: &PyErr, place: Place<'_>) -> PyErr {
    let value = error.value(py);
    let half = || -> PyResult<(Bound<'_, PyAny>, usize)> {
        let start = value.getattr("start")?.extract()?;
        Ok((value.getattr("object")?.get_item(start)?, start))
    };
    match half() {
        Ok((half, start)) => {
            let reason = format!("surrogates not allowed in {place}, at character {start}");
            PyUnicodeEncodeError::new_err(("utf-8", half.unbind(), 0, 1, reason))
        }
        Err(error) => error,
    }
}

impl Value for bool {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        value.cast::<PyBool>().map(PyBoolMethods::is_true).map_err(|_| wrong_type(place, "bool", value))
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyBool::new(py, *self).to_owned().into_any())
    }
}

/// Degrees. A number that is too large for a double becomes infinite, which core refuses.
impl Value for f64 {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        let wrong = || wrong_type(place, "float", value);
        if value.is_instance_of::<PyBool>() {
            return Err(wrong());
        }
        value.extract::<f64>().or_else(|error| match error {
            error if error.is_instance_of::<PyTypeError>(value.py()) => Err(wrong()),
            error if error.is_instance_of::<PyOverflowError>(value.py()) => Ok(f64::INFINITY),
            error => Err(error),
        })
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyFloat::new(py, *self).into_any())
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {
        $(
            impl Value for $type {
                fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
                    let wrong = || wrong_type(place, "int", value);
                    if value.is_instance_of::<PyBool>() {
                        return Err(wrong());
                    }
                    value.extract::<$type>().map_err(|error| match error {
                        error if error.is_instance_of::<PyTypeError>(value.py()) => wrong(),
                        error if error.is_instance_of::<PyOverflowError>(value.py()) => {
                            out_of_range(place, <$type>::MIN, <$type>::MAX)
                        }
                        error => error,
                    })
                }

                fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    Ok(PyInt::new(py, *self).into_any())
                }
            }
        )*
    };
}

whole_numbers!(u32, i64, u64);

/// A count. A negative number becomes 0, a number that is too large the largest; core decides.
pub(crate) fn count(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<usize> {
    let wrong = || wrong_type(place, "int", value);
    if value.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    value.extract::<usize>().or_else(|error| match error {
        error if error.is_instance_of::<PyTypeError>(value.py()) => Err(wrong()),
        error if error.is_instance_of::<PyOverflowError>(value.py()) => Ok(if value.lt(0)? { 0 } else { usize::MAX }),
        error => Err(error),
    })
}

fn out_of_range(place: Place<'_>, min: impl fmt::Display, max: impl fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{place} must be between {min} and {max}"))
}

/// Milliseconds since 1970, or an aware `datetime`. Fractions of a millisecond are cut off.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Millis(pub(crate) u64);

impl Value for Millis {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
            return u64::read(value, place).map(Self);
        }
        let time = aware(value, place, "datetime, or int in milliseconds")?;
        let since = time.extract::<SystemTime>().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let millis = since.and_then(|since| u64::try_from(since.as_millis()).ok());
        millis.map(Self).ok_or_else(|| PyValueError::new_err(format!("{place} must not be before 1970")))
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.write(py)
    }
}

/// An object of one of the classes.
pub(crate) struct Object<T>(Py<T>);

impl<T: PyClass<Frozen = True> + Sync> Object<T> {
    pub(crate) fn get(&self) -> &T {
        self.0.get()
    }

    /// The object, if it is one of this class.
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> Option<Self> {
        value.cast::<T>().ok().map(|object| Self(object.clone().unbind()))
    }
}

impl<T: PyClass<Frozen = True> + Sync + PartialEq> PartialEq for Object<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: PyClass<Frozen = True> + Sync + PyTypeInfo> Value for Object<T> {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        Self::of(value).ok_or_else(|| wrong_type(place, class_name::<T>(value.py()), value))
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.0.bind(py).clone().into_any())
    }
}

fn class_name<T: PyTypeInfo>(py: Python<'_>) -> String {
    py.get_type::<T>().name().map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

impl<T> From<Bound<'_, T>> for Object<T> {
    fn from(object: Bound<'_, T>) -> Self {
        Self(object.unbind())
    }
}

/// Values in order: any sequence except a text; a tuple in Python.
#[derive(PartialEq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<T> {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<T: Value> List<T> {
    /// The items of this sequence.
    pub(crate) fn read_items<'py>(
        items: impl IntoIterator<Item = Bound<'py, PyAny>>,
        place: Place<'_>,
    ) -> PyResult<Self> {
        let items = items.into_iter().enumerate().map(|(index, item)| T::read(&item, place.item(index)));
        items.collect::<PyResult<_>>().map(Self)
    }
}

impl<T: Value> Value for List<T> {
    fn read(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        let items = items(value)?.ok_or_else(|| wrong_type(place, "a sequence", value))?;
        Self::read_items(items, place)
    }

    fn write<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let items: Vec<_> = self.iter().map(|item| item.write(py)).collect::<PyResult<_>>()?;
        PyTuple::new(py, items).map(Bound::into_any)
    }

    fn is_given(&self) -> bool {
        !self.0.is_empty()
    }
}

/// The items of a sequence except text and bytes; copied, because Python may change it meanwhile.
pub(crate) fn items<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
    if let Ok(list) = value.cast::<PyList>() {
        return Ok(Some(list.iter().collect()));
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return Ok(Some(tuple.iter().collect()));
    }
    let is_text = value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
        || value.is_instance_of::<PyMemoryView>();
    match value.cast::<PySequence>() {
        Ok(sequence) if !is_text => Ok(Some(sequence.to_list()?.iter().collect())),
        _ => Ok(None),
    }
}

/// One destination or several: a `str`, or a sequence of `str`. The argument's name is `to` in every verb.
pub(crate) fn destinations(value: &Bound<'_, PyAny>) -> PyResult<linkwa::Destinations> {
    let place = Place::argument("to");
    if value.is_instance_of::<PyString>() {
        return String::read(value, place).map(Into::into);
    }
    let items = items(value)?.ok_or_else(|| wrong_type(place, "str or a sequence of str", value))?;
    List::<String>::read_items(items, place).map(|destinations| destinations.0.into())
}
