//! The customer care window.

use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyDict, PyTuple, PyTzInfo};

use super::message::ReceivedMessage;
use super::value::hash;
use crate::datetime;
use crate::value::{Place, Value, aware, wrong_type};

/// Whether every message type may be sent to a user (true), or only templates, and until when. True while the window is
/// open.
///
/// The result is advisory: the clocks of the gateway and of WhatsApp decide, and a message that is still on its way
/// opens the window again.
#[pyclass(frozen, module = "linkwa")]
#[derive(PartialEq, Hash)]
pub(crate) struct CareWindow {
    open: bool,
    /// Microseconds since 1970-01-01 UTC.
    closes_at: i64,
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl CareWindow {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("is_open", "closes_at");

    /// Takes both values as they are; `care_window` computes them.
    #[new]
    #[pyo3(signature = (*, is_open, closes_at))]
    fn new(is_open: &Bound<'_, PyAny>, closes_at: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { open: bool::read(is_open, Place::argument("is_open"))?, closes_at: micros(closes_at, "closes_at")? })
    }

    /// The window that this message opened, counted from its provider's timestamp, or else the gateway's. None if
    /// neither can be read.
    #[staticmethod]
    #[pyo3(signature = (message, now=None))]
    fn of(message: &Bound<'_, PyAny>, now: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Self>> {
        let wrong = |_| wrong_type(Place::argument("message"), "ReceivedMessage", message);
        let message = message.cast::<ReceivedMessage>().map_err(wrong)?;
        Ok(linkwa::CareWindow::of(&message.get().0, moment_or_now(now)?).map(Self::from))
    }

    /// Whether every message type may be sent; if not, only templates.
    #[getter]
    fn is_open(&self) -> bool {
        self.open
    }

    /// The time at which the window closes, in UTC: 24 hours after the user's last message, or the last time that a
    /// datetime can hold.
    #[getter]
    fn closes_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        epoch(py)?.add(delta(py, self.closes_at)?)
    }

    fn __bool__(&self) -> bool {
        self.open
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self == other.get())
    }

    fn __hash__(&self) -> u64 {
        hash(self)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let is_open = if self.open { "True" } else { "False" };
        Ok(format!("CareWindow(is_open={is_open}, closes_at={})", self.closes_at(py)?.repr()?))
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let about = PyDict::new(py);
        about.set_item("is_open", self.open)?;
        about.set_item("closes_at", self.closes_at(py)?)?;
        (PyTuple::empty(py), about).into_pyobject(py)
    }
}

impl From<linkwa::CareWindow> for CareWindow {
    fn from(window: linkwa::CareWindow) -> Self {
        /// 9999-12-31T23:59:59.999999Z
        const LAST: i64 = 253_402_300_799_999_999;
        /// 0001-01-01T00:00:00Z
        const FIRST: i64 = -62_135_596_800_000_000;
        let closes_at = match window.closes_at().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(LAST),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(FIRST, |micros| -micros),
        };
        Self { open: window.is_open(), closes_at: closes_at.clamp(FIRST, LAST) }
    }
}

/// The customer care window of a user: for 24 hours after their last message to the business number every message type
/// may be sent to them, then only templates. Exactly 24 hours later it is closed. A message from the future, by a clock
/// that is ahead, opens it too.
///
/// Both are aware datetimes; `now` defaults to the current time. `CareWindow.of` takes a received message. Store the
/// time of the last message per user and business number. Callbacks arrive out of order, so keep the latest time.
///
/// Raises ValueError for a datetime without a time zone.
///
///     >>> import datetime, linkwa
///     >>> noon = datetime.datetime(2030, 3, 18, 12, 0, tzinfo=datetime.timezone.utc)
///     >>> window = linkwa.care_window(noon, now=noon + datetime.timedelta(hours=23))
///     >>> bool(window), window.closes_at.isoformat()
///     (True, '2030-03-19T12:00:00+00:00')
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
#[pyo3(signature = (last_inbound, now=None))]
pub(crate) fn care_window(last_inbound: &Bound<'_, PyAny>, now: Option<&Bound<'_, PyAny>>) -> PyResult<CareWindow> {
    let last_inbound = moment(micros(last_inbound, "last_inbound")?);
    Ok(linkwa::care_window(last_inbound, moment_or_now(now)?).into())
}

fn moment_or_now(now: Option<&Bound<'_, PyAny>>) -> PyResult<SystemTime> {
    now.map_or_else(|| Ok(SystemTime::now()), |now| micros(now, "now").map(moment))
}

/// The system's clock covers nearly every time of a `datetime` (that of Windows begins in 1601); at the epoch the
/// window is closed.
fn moment(micros: i64) -> SystemTime {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    if micros < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }.unwrap_or(epoch)
}

/// Microseconds since 1970-01-01 UTC.
fn micros(moment: &Bound<'_, PyAny>, argument: &str) -> PyResult<i64> {
    let py = moment.py();
    let distance = aware(moment, Place::argument(argument), "datetime")?.sub(epoch(py)?)?;
    // Exact, unlike its float seconds.
    distance.floor_div(PyDelta::new(py, 0, 0, 1, false)?)?.extract()
}

fn epoch(py: Python<'_>) -> PyResult<Bound<'_, PyDateTime>> {
    datetime::ensure(py)?;
    PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&*PyTzInfo::utc(py)?))
}

fn delta(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyDelta>> {
    const DAY: i64 = 86_400_000_000;
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    PyDelta::new(py, days.try_into()?, (rest / 1_000_000).try_into()?, (rest % 1_000_000).try_into()?, false)
}
