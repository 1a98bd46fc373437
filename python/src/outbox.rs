//! The scripts of an outbox: core says which statement comes next, Python runs it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use linkwa::Callback;
use linkwa::outbox::{Answer, Dialect, Pacer, Recorded, Reply, Script, Scripts, SendStatus, Value as SqlValue};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString, PyTuple};

use crate::callback::{CareWindow, EventReport, MessageState, ReceivedMessage};
use crate::error::{exception, raise};
use crate::options::seconds;
use crate::result::SendResult;
use crate::value::{Place, Value, bytes, count, text, wrong_type};

/// The scripts of one outbox.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct NativeScripts(Scripts);

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl NativeScripts {
    #[new]
    fn new(py: Python<'_>, dialect: &str, prefix: &str) -> PyResult<Self> {
        let dialect = Dialect::ALL.iter().copied().find(|known| known.as_str() == dialect);
        let dialect = dialect.ok_or_else(|| PyValueError::new_err("argument 'dialect' must be a database's"))?;
        Scripts::new(dialect, prefix).map(Self).map_err(|error| raise(py, &error))
    }

    fn send(&self, request: &Bound<'_, PyAny>) -> PyResult<NativeScript> {
        let json = bytes(request)?.unwrap_or_default();
        NativeScript::of(request.py(), self.0.send(&json))
    }

    fn send_pending(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<NativeScript> {
        Ok(self.0.send_pending(&text(ref_id, Place::argument("ref_id"))?).into())
    }

    fn enqueue(&self, request: &Bound<'_, PyAny>) -> PyResult<NativeScript> {
        let json = bytes(request)?.unwrap_or_default();
        NativeScript::of(request.py(), self.0.enqueue(&json))
    }

    fn record(&self, py: Python<'_>, ref_id: &str, attempt: i64, outcome: &str) -> PyResult<NativeScript> {
        Ok(self.0.record(ref_id, attempt, recorded(py, outcome)?).into())
    }

    fn record_invalid(&self, py: Python<'_>, ref_id: &str, outcome: &str) -> PyResult<NativeScript> {
        Ok(self.0.record_invalid(ref_id, &recorded(py, outcome)?).into())
    }

    fn apply(&self, callback: &Bound<'_, PyAny>) -> PyResult<NativeScript> {
        Ok(self.0.apply(&callback_of(callback)?).into())
    }

    fn claim(&self, callback: &Bound<'_, PyAny>, lease: f64) -> PyResult<NativeScript> {
        Ok(self.0.claim(&callback_of(callback)?, period(lease, "lease")?).into())
    }

    fn release(&self, callback: &Bound<'_, PyAny>) -> PyResult<NativeScript> {
        Ok(self.0.release(&callback_of(callback)?).into())
    }

    fn status(&self, ref_id: &Bound<'_, PyAny>) -> PyResult<NativeScript> {
        Ok(self.0.status(&text(ref_id, Place::argument("ref_id"))?).into())
    }

    fn in_doubt(&self, older_than: f64, limit: u32) -> PyResult<NativeScript> {
        Ok(self.0.in_doubt(period(older_than, "older_than")?, limit).into())
    }

    fn pending(&self, limit: u32) -> NativeScript {
        self.0.pending(limit).into()
    }

    fn settle(&self, ref_id: &Bound<'_, PyAny>, outcome: &str) -> PyResult<NativeScript> {
        let accepted = match outcome {
            "accepted" => true,
            "not_sent" => false,
            _ => return Err(PyValueError::new_err("argument 'outcome' must be 'accepted' or 'not_sent'")),
        };
        Ok(self.0.settle(&text(ref_id, Place::argument("ref_id"))?, accepted).into())
    }

    fn prune(&self, older_than: f64) -> PyResult<NativeScript> {
        Ok(self.0.prune(period(older_than, "older_than")?).into())
    }

    fn window(&self, user: &Bound<'_, PyAny>, business: Option<&Bound<'_, PyAny>>) -> PyResult<NativeScript> {
        let business = business.map(|business| text(business, Place::argument("business"))).transpose()?;
        Ok(self.0.window(&text(user, Place::argument("user"))?, business.as_deref()).into())
    }

    fn create_schema(&self) -> NativeScript {
        self.0.create_schema().into()
    }

    /// The statements that create the tables.
    fn schema(&self) -> Vec<String> {
        self.0.schema()
    }
}

/// The statements of one transaction, each depending on the answers before it.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct NativeScript(Mutex<Option<Script>>);

impl From<Script> for NativeScript {
    fn from(script: Script) -> Self {
        Self(Mutex::new(Some(script)))
    }
}

impl NativeScript {
    fn of(py: Python<'_>, script: Result<Script, linkwa::Error>) -> PyResult<Self> {
        script.map(Self::from).map_err(|error| raise(py, &error))
    }

    /// The script, taken out.
    fn take(&self) -> PyResult<Script> {
        let script = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        script.ok_or_else(|| PyRuntimeError::new_err("this script of an outbox has ended"))
    }
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl NativeScript {
    /// The next statement: its text, its parameters, and whether it returns rows. `None` at the end.
    fn statement<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let statement = {
            let script = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            script.as_ref().and_then(Script::statement).cloned()
        };
        let Some(statement) = statement else { return Ok(None) };
        let value = |value: &SqlValue| match value {
            SqlValue::Null => py.None().into_bound(py),
            SqlValue::Integer(number) => PyInt::new(py, *number).into_any(),
            SqlValue::Text(text) => PyString::new(py, text).into_any(),
        };
        let parameters = PyTuple::new(py, statement.parameters.iter().map(value).collect::<Vec<_>>())?;
        (&statement.sql, parameters, statement.returns_rows).into_pyobject(py).map(Some)
    }

    /// Takes the answer to the statement: the rows of a query, or the number of rows that a change changed. Raises what
    /// the script decided.
    fn answer(&self, py: Python<'_>, rows: &Bound<'_, PyList>, changed: u64) -> PyResult<()> {
        let row = |row: Bound<'_, PyAny>| row.try_iter()?.map(|value| sql_value(&value?)).collect::<PyResult<Vec<_>>>();
        let rows = rows.iter().map(row).collect::<PyResult<Vec<_>>>()?;
        let next = self.take()?.answer(Answer { rows, changed }).map_err(|error| raise(py, &error))?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
        Ok(())
    }

    /// What the script ends with.
    fn reply<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let reply = self.take()?.reply();
        let word = |word| Ok(PyString::new(py, word).into_any());
        match reply.ok_or_else(|| PyRuntimeError::new_err("this script of an outbox has not ended"))? {
            Reply::Send { attempt, request } => Ok((attempt, request).into_pyobject(py)?.into_any()),
            Reply::Repeat(sent) => Ok(SendResult::of(py, &sent)?.into_any()),
            Reply::New => word("new"),
            Reply::Seen => word("repeat"),
            Reply::Busy => word("busy"),
            Reply::Done | Reply::Status(None) | Reply::Window(None) => Ok(py.None().into_bound(py)),
            Reply::Status(Some(status)) => status_of(py, &status),
            Reply::Statuses(statuses) => {
                let statuses: PyResult<Vec<_>> = statuses.iter().map(|status| status_of(py, status)).collect();
                Ok(PyList::new(py, statuses?)?.into_any())
            }
            Reply::RefIds(ref_ids) => Ok(PyList::new(py, ref_ids)?.into_any()),
            Reply::Count(count) => Ok(count.into_pyobject(py)?.into_any()),
            Reply::Window(Some(window)) => Ok(Bound::new(py, CareWindow::from(window))?.into_any()),
        }
    }
}

/// The rate and the pauses of a run of many sends.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct NativePacer(Pacer);

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl NativePacer {
    #[new]
    #[pyo3(signature = (concurrency, rate, poll=None))]
    fn new(
        concurrency: &Bound<'_, PyAny>,
        rate: Option<&Bound<'_, PyAny>>,
        poll: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let rate = rate.map(|rate| f64::read(rate, Place::argument("rate"))).transpose()?;
        let poll = poll.map(|poll| seconds(poll, Place::argument("poll"))).transpose()?;
        let pacer = Pacer::new(count(concurrency, Place::argument("concurrency"))?, rate, poll);
        pacer.map(Self).map_err(|error| raise(concurrency.py(), &error))
    }

    /// Takes the next slot, and returns the seconds until it.
    fn slot(&self) -> f64 {
        self.0.slot().as_secs_f64()
    }

    /// After the wait for a slot: 0 if the send may begin, otherwise the seconds until another slot.
    fn slot_after_wait(&self) -> f64 {
        self.0.slot_after_wait().as_secs_f64()
    }

    /// Notes how a message ended that was sent this often, and says what follows: `done`, `again` or `end`. `outcome` is an
    /// error in JSON.
    fn note(&self, py: Python<'_>, outcome: Option<&str>, sends: u32) -> PyResult<&'static str> {
        let error = outcome.map(|outcome| recorded(py, outcome)).transpose()?.and_then(|outcome| outcome.error());
        Ok(self.0.note(error.as_ref(), sends).as_str())
    }

    /// Pauses because the database failed, and returns for how many seconds.
    fn failed(&self) -> f64 {
        self.0.failed().as_secs_f64()
    }
}

/// The error of a send whose outbox cannot use its database.
#[linkwa_python_macros::panic_boundary]
#[pyfunction(name = "_store_failed")]
pub(crate) fn store_failed<'py>(py: Python<'py>, ref_id: &str, cause: &str) -> PyResult<Bound<'py, PyAny>> {
    exception(py, &linkwa::Error::store_failed(ref_id, cause))
}

/// The fields of a `SendStatus` in their order; times in milliseconds since 1970.
fn status_of<'py>(py: Python<'py>, status: &SendStatus) -> PyResult<Bound<'py, PyAny>> {
    let result = status.result.as_ref().map(|result| SendResult::of(py, result)).transpose()?;
    let error = status.error.as_ref().map(|error| exception(py, error)).transpose()?;
    let millis = |time: std::time::SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let messages: PyResult<Vec<_>> =
        status.messages.iter().map(|state| Bound::new(py, MessageState::from(state.clone()))).collect();
    let fields = (
        &status.ref_id,
        status.state.as_str(),
        result,
        error,
        status.attempts,
        millis(status.created_at),
        millis(status.changed_at),
        PyTuple::new(py, messages?)?,
    );
    Ok(fields.into_pyobject(py)?.into_any())
}

fn recorded(py: Python<'_>, outcome: &str) -> PyResult<Recorded> {
    Recorded::from_json(outcome).map_err(|error| raise(py, &error))
}

fn callback_of(callback: &Bound<'_, PyAny>) -> PyResult<Callback> {
    if let Ok(report) = callback.cast::<EventReport>() {
        return Ok(Callback::EventReport(report.get().0.clone()));
    }
    if let Ok(message) = callback.cast::<ReceivedMessage>() {
        return Ok(Callback::ReceivedMessage(message.get().0.clone()));
    }
    Err(wrong_type(Place::argument("callback"), "EventReport or ReceivedMessage", callback))
}

fn period(seconds: f64, argument: &str) -> PyResult<Duration> {
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!("argument '{argument}' must be a number of seconds from 0 on")));
    }
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

fn sql_value(value: &Bound<'_, PyAny>) -> PyResult<SqlValue> {
    if value.is_none() {
        return Ok(SqlValue::Null);
    }
    if let Ok(number) = value.cast::<PyInt>() {
        return number.extract().map(SqlValue::Integer);
    }
    text(value, Place::argument("rows")).map(|text| SqlValue::Text(text.into_owned()))
}
