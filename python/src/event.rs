//! What a client reports about its sends.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use linkwa::{EventKind, EventValue};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::callback::UNUSABLE;
use crate::client::{OUTCOME, REF_ID, report_end};
use crate::docs::text_of;

/// One step of a send, a pause of a run; see `Client.on_event`. `kind` says what it reports; fields that do not belong
/// to it are None. `message_types` is then empty.
///
/// The events of one send have the same `send_id`, and come in this order: `send_queued`; for each attempt
/// `attempt_begun`, each `phase_reached`, and `attempt_ended`; at the end `send_ended`. A request that validation refuses
/// is never a send, and has none. A pause of a run of many is `run_waiting`.
///
/// `phase` is `dns` (the name is resolved), `connect` (there is a connection), `tls` (TLS is set up) or `body` (the body
/// is about to leave); on a kept connection only `body`. `outcome` is `accepted`, `rejected`, `not_sent` or `unknown`, and
/// for a request to another resource `answered`. Times are in seconds; `time` counts from 1970, as `time.time()` does.
#[pyclass(frozen, module = "linkwa")]
pub(crate) struct Event(linkwa::Event);

fn object_of<'py>(py: Python<'py>, value: EventValue<'_>) -> PyResult<Bound<'py, PyAny>> {
    let seconds = |length: Duration| length.as_secs_f64().into_pyobject(py).map(Bound::into_any);
    Ok(match value {
        EventValue::Text(text) => text.into_pyobject(py)?.into_any(),
        EventValue::Count(count) => count.into_pyobject(py)?.into_any(),
        EventValue::Integer(number) => number.into_pyobject(py)?.into_any(),
        EventValue::Duration(length) => seconds(length)?,
        EventValue::Time(time) => seconds(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())?,
        EventValue::Words(words) => PyTuple::new(py, words)?.into_any(),
    })
}

impl Event {
    fn get<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut found = None;
        self.0.visit(|field, value| {
            if field == name {
                found = Some(value);
            }
        });
        found.map(|value| object_of(py, value)).transpose()
    }
}

macro_rules! event {
    ($($name:ident)*) => {
        #[linkwa_python_macros::panic_boundary]
        #[pymethods]
        impl Event {
            $(
                #[doc = text_of!(Event $name)]
                #[getter]
                fn $name<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                    self.get(py, stringify!($name))
                }
            )*

            /// The fields that have a value, by name.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                let mut fields = Vec::new();
                self.0.visit(|name, value| fields.push((name, value)));
                for (name, value) in fields {
                    dict.set_item(name, object_of(py, value)?)?;
                }
                Ok(dict)
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let fields = self.to_dict(py)?;
                let shown = fields.iter().map(|(name, value)| Ok(format!("{name}={}", value.repr()?.to_cow()?)));
                Ok(format!("Event({})", shown.collect::<PyResult<Vec<_>>>()?.join(", ")))
            }
        }
    };
}

event! {
    kind time elapsed send_id ref_id message_types destinations method url host port attempt phase dns_time connect_time
    tls_time answer_time outcome http_status result_code code reason pause queued under_way refusal
}

/// The event of a callback that is accepted, or refused for this reason.
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
#[pyo3(name = "_callback_event")]
pub(crate) fn callback_event(refusal: Option<&str>) -> Event {
    let known = linkwa::Refusal::ALL.iter().map(|refusal| refusal.as_str()).chain([UNUSABLE]);
    let word = |refusal| known.into_iter().find(|word| *word == refusal).unwrap_or("invalid");
    Event(linkwa::Event::of_callback(refusal.map(word)))
}

/// How long a caller waits for the end of a send that has its outcome. A forked child gets no end of its parent's send.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The events of a send or a run, until its caller takes them. Those of one send come together, when it has ended. Core
/// adds them on any thread, which needs no Python.
#[pyclass(frozen, module = "linkwa._linkwa")]
#[derive(Default)]
pub(crate) struct NativeEvents(Arc<Collected>);

#[derive(Default)]
struct Collected {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    /// The events to take.
    ready: Vec<linkwa::Event>,
    /// Those of each send that has begun and not ended.
    under_way: HashMap<u64, Vec<linkwa::Event>>,
    /// The end of the last send that has ended.
    last: Option<linkwa::Event>,
}

impl Collected {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, event: &linkwa::Event) {
        let mut state = self.lock();
        let Some(send) = event.send_id() else {
            state.ready.push(event.clone());
            return;
        };
        if event.kind() == EventKind::SendQueued {
            state.under_way.entry(send).or_default();
        }
        // The thread of an attempt that was cut off may report a last phase after the end of its send.
        let Some(events) = state.under_way.get_mut(&send) else { return };
        events.push(event.clone());
        if event.kind() == EventKind::SendEnded {
            state.last = Some(event.clone());
            let events = state.under_way.remove(&send).unwrap_or_default();
            state.ready.extend(events);
            self.ended.notify_all();
        }
    }
}

impl NativeEvents {
    /// The same client, whose sends are reported here.
    pub(crate) fn observe(&self, client: &linkwa::Client) -> linkwa::Client {
        let collected = Arc::clone(&self.0);
        client.with_observer(move |event: &linkwa::Event| collected.add(event))
    }
}

/// Whether an exception has an attribute with this text.
fn says(error: &Bound<'_, PyAny>, attribute: &str, text: &str) -> PyResult<bool> {
    error.getattr_opt(attribute)?.map_or(Ok(false), |value| value.eq(text))
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl NativeEvents {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Takes those of sends that have ended, and of the run itself.
    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().ready).into_iter().map(Event).collect()
    }

    /// Takes all of a send that has its outcome. The caller may have it an instant before its end is reported.
    fn take_all(&self, py: Python<'_>) -> PyResult<Vec<Event>> {
        py.detach(|| {
            let state = self.0.lock();
            drop(self.0.ended.wait_timeout_while(state, LAST_WAIT, |state| !state.under_way.is_empty()));
        });
        self.take()
    }

    /// Reports the outcome of the send that has ended, because this exception takes the place of its result: in the log
    /// and in the exception, as for a send that was interrupted. Does nothing if the exception has the outcome, or if
    /// nothing was sent.
    fn interrupt(&self, py: Python<'_>, error: &Bound<'_, PyAny>) -> PyResult<()> {
        let last = self.0.lock().last.clone();
        if let Some(last) = last
            && let Some(outcome) = last.outcome()
        {
            let (ref_id, outcome) = (last.ref_id().unwrap_or_default(), outcome.as_str());
            // What it says may be of a send of the observer.
            if !says(error, REF_ID, ref_id)? || !says(error, OUTCOME, outcome)? {
                report_end(py, error, ref_id, outcome);
            }
        }
        Ok(())
    }
}
