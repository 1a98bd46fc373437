//! What all value classes have: fields that do not change, equality by value, a hash, a readable `repr`, pattern
//! matching, pickle, and `copy.replace`.

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyBytes, PyDict, PyList, PyString, PyTuple};

/// A field of an object, as Python sees it.
pub(crate) struct ClassField<'py> {
    pub(crate) name: &'static str,
    pub(crate) value: Bound<'py, PyAny>,
    /// Whether the value differs from the default.
    pub(crate) given: bool,
}

/// A field's name without the `r#` of Rust.
pub(crate) fn field_name(name: &'static str) -> &'static str {
    name.trim_start_matches("r#")
}

/// `Text(body='Hello')`, as a dataclass writes it, without fields that have their default.
pub(crate) fn repr(class: &str, fields: &[ClassField<'_>]) -> PyResult<String> {
    let shown = fields.iter().filter(|field| field.given);
    let shown = shown.map(|field| Ok(format!("{}={}", field.name, field.value.repr()?.to_cow()?)));
    Ok(format!("{class}({})", shown.collect::<PyResult<Vec<_>>>()?.join(", ")))
}

/// `Body('Anna', 'Berlin')`.
pub(crate) fn repr_of_items(class: &str, items: &Bound<'_, PyAny>) -> PyResult<String> {
    let shown = items.try_iter()?.map(|item| Ok(item?.repr()?.to_cow()?.into_owned()));
    Ok(format!("{class}({})", shown.collect::<PyResult<Vec<_>>>()?.join(", ")))
}

/// Equal objects have equal fields, and so equal hashes.
pub(crate) fn hash(py: Python<'_>, class: &str, fields: Vec<ClassField<'_>>) -> PyResult<isize> {
    let values = std::iter::once(PyString::new(py, class).into_any()).chain(fields.into_iter().map(|f| f.value));
    PyTuple::new(py, values.collect::<Vec<_>>())?.hash()
}

/// The keyword arguments that make an equal object.
pub(crate) fn arguments<'py>(py: Python<'py>, fields: Vec<ClassField<'py>>) -> PyResult<Bound<'py, PyDict>> {
    let arguments = PyDict::new(py);
    for field in fields.into_iter().filter(|field| field.given) {
        arguments.set_item(field.name, field.value)?;
    }
    Ok(arguments)
}

/// The fields by name, as values that JSON has: tuples become lists, objects become dicts, bytes become text.
pub(crate) fn to_dict<'py>(
    py: Python<'py>,
    fields: Vec<ClassField<'py>>,
    details: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for field in fields {
        dict.set_item(field.name, plain(&field.value, details)?)?;
    }
    Ok(dict)
}

fn plain<'py>(value: &Bound<'py, PyAny>, details: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    if let Ok(items) = value.cast::<PyTuple>() {
        let plain = items.iter().map(|item| plain(&item, details)).collect::<PyResult<Vec<_>>>()?;
        return PyList::new(py, plain).map(Bound::into_any);
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(PyString::new(py, &String::from_utf8_lossy(bytes.as_bytes())).into_any());
    }
    match value.getattr_opt("to_dict")? {
        Some(to_dict) => to_dict.call((), Some(&[("details", details)].into_py_dict(py)?)),
        None => Ok(value.clone()),
    }
}

/// An object with other fields. The constructor refuses unknown names.
pub(crate) fn replace<'py, T: PyTypeInfo>(
    py: Python<'py>,
    fields: Vec<ClassField<'py>>,
    changes: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let arguments = arguments(py, fields)?;
    if let Some(changes) = changes {
        arguments.update(changes.as_mapping())?;
    }
    py.get_type::<T>().call((), Some(&arguments))
}

/// The value of the only field of an object with other fields.
pub(crate) fn replace_only<'py>(
    class: &str,
    field: &str,
    value: Bound<'py, PyAny>,
    changes: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(changes) = changes else { return Ok(value) };
    for name in changes.keys() {
        if !name.eq(field)? {
            let message = format!("{class}.__replace__() got an unexpected keyword argument {}", name.repr()?);
            return Err(PyTypeError::new_err(message));
        }
    }
    Ok(changes.get_item(field)?.unwrap_or(value))
}

/// Declares a class of Python: its signature, its positional `match` arguments, and its fields. A `needed` argument is
/// required, an `optional` one may be left out or `None`.
///
/// Classes that core declares under the same name are `declared`; their documentation comes from the generated
/// `docs.rs`. The classes of messages name the function that writes the `wire` form.
macro_rules! class {
    (
        declared $name:ident($($signature:tt)*) matches($($by_position:literal),*) {
            $($kind:ident $field:ident: $type:ty,)*
        }
        $(wire $to_dict:path;)?
    ) => {
        $crate::class::class! {
            #[doc = $crate::docs::text_of!($name)]
            $name($($signature)*) matches($($by_position),*) {
                $(#[doc = $crate::docs::text_of!($name $field)] $kind $field: $type,)*
            }
            $(wire $to_dict;)?
        }
    };
    (
        $(#[$meta:meta])*
        $name:ident($($signature:tt)*) matches($($by_position:literal),*) {
            $($(#[$field_meta:meta])* $kind:ident $field:ident: $type:ty,)*
        }
        $(wire $to_dict:path;)?
        $(check $check:path;)?
        $(methods { $($methods:tt)* })?
    ) => {
        $(#[$meta])*
        #[pyo3::pyclass(frozen, eq, module = "linkwa")]
        #[derive(PartialEq)]
        #[allow(clippy::struct_field_names)] // they are the wire's
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)*
        }

        impl $name {
            fn fields<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<Vec<$crate::class::ClassField<'py>>> {
                Ok(vec![$($crate::class::ClassField {
                    name: $crate::class::field_name(stringify!($field)),
                    value: $crate::value::Value::write(&self.$field, py)?,
                    given: $crate::value::Value::is_given(&self.$field),
                },)*])
            }
        }

        #[linkwa_python_macros::panic_boundary]
        #[pyo3::pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = ($($signature)*))]
            #[allow(clippy::too_many_arguments)] // one for each field
            fn new($($field: Option<&pyo3::Bound<'_, pyo3::PyAny>>),*) -> pyo3::PyResult<Self> {
                let object = Self { $($field: $crate::value::$kind($field, stringify!($field))?,)* };
                $(let object = $check(object)?;)?
                Ok(object)
            }

            #[classattr]
            fn __match_args__(py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::types::PyTuple>> {
                let names: &[&str] = &[$($by_position),*];
                pyo3::types::PyTuple::new(py, names).map(pyo3::Bound::unbind)
            }

            $(
                $(#[$field_meta])*
                #[getter]
                fn $field<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                    $crate::value::Value::write(&self.$field, py)
                }
            )*

            fn __repr__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<String> {
                $crate::class::repr(stringify!($name), &self.fields(py)?)
            }

            fn __hash__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<isize> {
                $crate::class::hash(py, stringify!($name), self.fields(py)?)
            }

            fn __getnewargs_ex__<'py>(
                &self,
                py: pyo3::Python<'py>,
            ) -> pyo3::PyResult<((), pyo3::Bound<'py, pyo3::types::PyDict>)> {
                Ok(((), $crate::class::arguments(py, self.fields(py)?)?))
            }

            #[pyo3(signature = (**changes))]
            fn __replace__<'py>(
                &self,
                py: pyo3::Python<'py>,
                changes: Option<&pyo3::Bound<'py, pyo3::types::PyDict>>,
            ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                $crate::class::replace::<Self>(py, self.fields(py)?, changes)
            }

            $(
                /// The message in wire form: a new dict, which `send` takes and validates.
                fn to_dict<'py>(object: &pyo3::Bound<'py, Self>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                    $to_dict(object)
                }
            )?

            $($($methods)*)?
        }
    };
}

/// Declares a class of Python that takes any number of values of one type, and nothing else.
macro_rules! list_class {
    (
        $(#[$meta:meta])*
        $name:ident {
            $(#[$field_meta:meta])*
            $field:ident: $type:ty,
        }
    ) => {
        $(#[$meta])*
        #[pyo3::pyclass(frozen, eq, module = "linkwa")]
        #[derive(PartialEq)]
        pub(crate) struct $name {
            pub(crate) $field: $crate::value::List<$type>,
        }

        #[linkwa_python_macros::panic_boundary]
        #[pyo3::pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = (*$field))]
            fn new($field: &pyo3::Bound<'_, pyo3::types::PyTuple>) -> pyo3::PyResult<Self> {
                let place = $crate::value::Place::argument(stringify!($field));
                $crate::value::List::read_items($field.iter(), place).map(|$field| Self { $field })
            }

            #[classattr]
            fn __match_args__() -> (&'static str,) {
                (stringify!($field),)
            }

            $(#[$field_meta])*
            #[getter]
            fn $field<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                $crate::value::Value::write(&self.$field, py)
            }

            fn __repr__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<String> {
                $crate::class::repr_of_items(stringify!($name), &self.$field(py)?)
            }

            fn __hash__(&self, py: pyo3::Python<'_>) -> pyo3::PyResult<isize> {
                let given = true;
                let field = $crate::class::ClassField { name: stringify!($field), value: self.$field(py)?, given };
                $crate::class::hash(py, stringify!($name), vec![field])
            }

            fn __getnewargs__<'py>(&self, py: pyo3::Python<'py>) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                self.$field(py)
            }

            #[pyo3(signature = (**changes))]
            fn __replace__<'py>(
                &self,
                py: pyo3::Python<'py>,
                changes: Option<&pyo3::Bound<'py, pyo3::types::PyDict>>,
            ) -> pyo3::PyResult<Self> {
                let name = stringify!($field);
                let $field = $crate::class::replace_only(stringify!($name), name, self.$field(py)?, changes)?;
                let place = $crate::value::Place::argument(name);
                $crate::value::Value::read(&$field, place).map(|$field| Self { $field })
            }
        }
    };
}

pub(crate) use {class, list_class};
