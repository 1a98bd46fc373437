//! Log lines of core and of this module, in Python's `logging`, under the logger `linkwa`.

use std::sync::Once;

use log::kv::{Error, Key, Value, VisitSource, VisitValue};
use log::{Level, LevelFilter, Metadata, Record};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::attach::attach;
use crate::once_cell::RaceOnceCell;

/// Only the library's own lines; lines of its dependencies are not for callers.
const TARGET: &str = "linkwa";

struct Forward;

impl log::Log for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = record.args().to_string();
        attach(|py| {
            if !has_green_locks(py).unwrap_or(false) {
                write(py, number(record.level()), &line, fields(py, record).as_ref());
            }
        });
    }

    fn flush(&self) {}
}

/// The fields of a line, which become attributes of Python's record. Those without a value are `None`. Core names them
/// so that none is an attribute that `logging` refuses.
fn fields<'py>(py: Python<'py>, record: &Record<'_>) -> Option<Bound<'py, PyDict>> {
    struct Fields<'py>(Bound<'py, PyDict>);
    struct Field<'a, 'py>(&'a Bound<'py, PyDict>, &'a str);

    impl<'kvs> VisitSource<'kvs> for Fields<'_> {
        fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
            value.visit(Field(&self.0, key.as_str()))
        }
    }

    impl<'py> Field<'_, 'py> {
        fn set(&self, value: impl IntoPyObject<'py>) -> Result<(), Error> {
            self.0.set_item(self.1, value).map_err(|_| Error::msg("a field cannot be set"))
        }
    }

    impl VisitValue<'_> for Field<'_, '_> {
        fn visit_any(&mut self, value: Value<'_>) -> Result<(), Error> {
            self.set(value.to_string())
        }

        fn visit_null(&mut self) -> Result<(), Error> {
            self.set(self.0.py().None())
        }

        fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
            self.set(value)
        }

        fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
            self.set(value)
        }

        fn visit_str(&mut self, value: &str) -> Result<(), Error> {
            self.set(value)
        }
    }

    let mut fields = Fields(PyDict::new(py));
    record.key_values().visit(&mut fields).ok()?;
    Some(fields.0)
}

/// The number of a level in Python.
fn number(level: Level) -> u32 {
    match level {
        Level::Error => 40,
        Level::Warn => 30,
        Level::Info => 20,
        Level::Debug => 10,
        Level::Trace => 5,
    }
}

/// Whether eventlet has patched the locks of `logging`. Those are for greenlets of one thread: if a worker takes one,
/// the program can hang. Such programs get no lines from workers.
fn has_green_locks(py: Python<'_>) -> PyResult<bool> {
    let modules = py.import("sys")?.getattr("modules")?;
    let patcher = modules.call_method1("get", ("eventlet.patcher",))?;
    if patcher.is_none() {
        return Ok(false);
    }
    patcher.call_method1("is_monkey_patched", ("thread",))?.extract()
}

fn logger(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static LOGGER: RaceOnceCell<Py<PyAny>> = RaceOnceCell::new();
    let make = || py.import("logging")?.call_method1("getLogger", (TARGET,)).map(Bound::unbind);
    Ok(LOGGER.get(py, make)?.bind(py))
}

/// The name of a method, made once, because each send calls it.
fn is_enabled_for(py: Python<'_>) -> PyResult<&Bound<'_, PyString>> {
    static NAME: RaceOnceCell<Py<PyString>> = RaceOnceCell::new();
    Ok(NAME.get(py, || Ok(PyString::intern(py, "isEnabledFor").unbind()))?.bind(py))
}

/// Writes a line. An exception of a handler does not reach the sender.
fn write(py: Python<'_>, level: u32, line: &str, extra: Option<&Bound<'_, PyDict>>) {
    let written = logger(py).and_then(|logger| {
        let arguments = extra.map(|extra| {
            let arguments = PyDict::new(py);
            arguments.set_item("extra", extra).map(|()| arguments)
        });
        logger.call_method("log", (level, line), arguments.transpose()?.as_ref())
    });
    if let Err(error) = written {
        error.write_unraisable(py, None);
    }
}

/// Asks the logger whether it wants debug lines, at each call into the client, while the interpreter is attached. A
/// worker then attaches only for lines that are wanted.
pub(crate) fn refresh(py: Python<'_>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // No other code sets a logger: this copy of the log crate belongs to this module.
        let _ = log::set_logger(&Forward);
    });
    let is_wanted = || logger(py)?.call_method1(is_enabled_for(py)?, (number(Level::Debug),))?.extract();
    log::set_max_level(if is_wanted().unwrap_or(false) { LevelFilter::Debug } else { LevelFilter::Warn });
}

/// A warning about one send; its record has the attributes `ref_id` and `outcome`.
pub(crate) fn warn(py: Python<'_>, line: &str, ref_id: &str, outcome: &str) {
    let extra = PyDict::new(py);
    let filled = extra.set_item("ref_id", ref_id).and_then(|()| extra.set_item("outcome", outcome));
    match filled {
        Ok(()) => write(py, number(Level::Warn), line, Some(&extra)),
        Err(error) => error.write_unraisable(py, None),
    }
}
