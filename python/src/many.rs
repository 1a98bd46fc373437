//! Bulk runs.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use linkwa::{CallbackGate, ManyOptions, Messages, Polled, SendMany, StopHandle, TryNext};
use pyo3::exceptions::{PyException, PyRuntimeError, PyStopAsyncIteration, PyStopIteration, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyString};
use pyo3::{PyTraverseError, PyVisit};

use crate::client::{NativeClient, POLL, class_of, mark};
use crate::completion::{Call, Completions, Queue};
use crate::error::raise;
use crate::log;
use crate::message::messages;
use crate::options::{many_options, send_options};
use crate::result::{Chunk, Progress};
use crate::value::{Place, type_name, wrong_type};

/// An error in the caller's iterator or function. The first one counts, and ends the run.
#[derive(Clone, Default)]
struct CallerError {
    first: Arc<Mutex<Option<Reported>>>,
    stop_handle: StopHandle,
}

struct Reported {
    error: PyErr,
    /// Whether it cannot wait for requests under way: `KeyboardInterrupt`, `SystemExit`.
    is_urgent: bool,
}

impl CallerError {
    fn report(&self, py: Python<'_>, error: PyErr) {
        let is_urgent = !error.is_instance_of::<PyException>(py);
        let mut later = Some(Reported { error, is_urgent });
        {
            let mut first = lock(&self.first);
            if first.is_none() {
                *first = later.take();
            }
        }
        // Dropping an error can run Python code.
        drop(later);
        self.stop_handle.stop();
    }

    fn take(&self) -> Option<PyErr> {
        lock(&self.first).take().map(|reported| reported.error)
    }

    /// Takes it if it is urgent.
    fn take_urgent(&self) -> Option<PyErr> {
        lock(&self.first).take_if(|reported| reported.is_urgent).map(|reported| reported.error)
    }
}

/// An object of the caller that a run uses. It is here and not in the run, so that Python's garbage collector can see
/// it: destinations may refer to the run that takes them.
#[derive(Clone)]
struct CallerObject(Arc<Mutex<Option<Py<PyAny>>>>);

impl CallerObject {
    fn new(object: &Bound<'_, PyAny>) -> Self {
        Self(Arc::new(Mutex::new(Some(object.clone().unbind()))))
    }

    /// `None` if the garbage collector cleared the run.
    fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        lock(&self.0).as_ref().map(|object| object.bind(py).clone())
    }
}

/// The caller's destinations.
struct Source {
    items: CallerObject,
    count: u64,
    caller_error: CallerError,
}

impl Iterator for Source {
    type Item = Polled<String>;

    fn next(&mut self) -> Option<Polled<String>> {
        let read = |item: Bound<'_, PyAny>| match item.cast::<PyString>() {
            // An unpaired surrogate makes an invalid destination, which gets its own chunk.
            Ok(text) => Polled::Ready(text.to_string_lossy().into_owned()),
            Err(_) if item.is_instance_of::<Pending>() => Polled::Pending,
            Err(_) => Polled::Failed(linkwa::Error::invalid_destination(self.count, &type_name(&item))),
        };
        let next = Python::try_attach(|py| {
            let mut items = self.items.get(py)?.cast_into::<PyIterator>().ok()?;
            items.next()?.map(read).map_err(|error| self.caller_error.report(py, error)).ok()
        });
        let next = next.flatten();
        self.count += u64::from(!matches!(next, Some(Polled::Pending)));
        next
    }
}

/// Returned by destinations and message functions that wait on an event loop: try again later.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct Pending;

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl Pending {
    #[new]
    fn new() -> Self {
        Self
    }
}

/// Called when a request of the run is done: a function on the loop that waits for it.
type Listener = Arc<Mutex<Option<(Arc<Queue>, Arc<Call>)>>>;

fn notify(listener: &Listener) {
    let listener = lock(listener).clone();
    if let Some((queue, call)) = listener {
        queue.call(&call);
    }
}

/// A bulk run.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct NativeMany {
    run: Mutex<SendMany<Source>>,
    #[pyo3(get)]
    ref_id: String,
    caller_error: CallerError,
    caller_objects: Vec<CallerObject>,
    listener: Listener,
    /// A result that came together with an exception that could not wait.
    pending_chunk: Mutex<Option<TryNext>>,
    /// The number of threads that wait for access to the run.
    waiting_calls: AtomicUsize,
    /// The progress after the last step.
    seen: Mutex<linkwa::Progress>,
    /// The threads that are inside a step, where the caller's destinations and message function run.
    gate: CallbackGate,
    process: u32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl NativeMany {
    #[new]
    fn new(
        client: &Bound<'_, NativeClient>,
        destinations: &Bound<'_, PyAny>,
        message: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
        run: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let caller_error = CallerError::default();
        let own = || run.keys().iter().filter_map(|name| name.extract().ok()).collect();
        let options =
            ManyOptions::new().send_options(send_options(options, own)?).stop_handle(caller_error.stop_handle.clone());
        let options = many_options(options, run)?;
        let items = CallerObject::new(iterator(destinations)?.as_any());
        let mut caller_objects = vec![items.clone()];
        let source = Source { items, count: 0, caller_error: caller_error.clone() };
        let core = client.get().client();
        let run = if message.is_callable() {
            let function = CallerObject::new(message);
            caller_objects.push(function.clone());
            core.send_many_each(source, message_for(function, &caller_error), &options)
        } else {
            core.send_many(source, messages(message)?, &options)
        };
        let listener = Listener::default();
        let on_ready = {
            let listener = Arc::clone(&listener);
            move || notify(&listener)
        };
        let ref_id = run.ref_id().to_owned();
        let (run, seen, pending_chunk) = (Mutex::new(run.on_ready(on_ready)), Mutex::default(), Mutex::default());
        if let Some(error) = lock(&run).error() {
            return Err(raise(client.py(), error));
        }
        let (waiting_calls, process) = (AtomicUsize::new(0), std::process::id());
        let gate = CallbackGate::default();
        Ok(Self {
            run,
            ref_id,
            caller_error,
            caller_objects,
            listener,
            pending_chunk,
            waiting_calls,
            seen,
            gate,
            process,
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // A locked object is in use, so it is not garbage.
        self.caller_objects
            .iter()
            .filter_map(|object| object.0.try_lock().ok())
            .try_for_each(|object| visit.call(object.as_ref()))
    }

    fn __clear__(&self) {
        self.caller_error.stop_handle.stop();
        let objects: Vec<_> = self.caller_objects.iter().map(|object| lock(&object.0).take()).collect();
        drop(objects);
    }

    /// The next result; `None` at the end. Checks for signals while it waits.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Chunk>>> {
        log::refresh(py);
        loop {
            let next = self.step(py, |run| run.next_timeout(POLL))?;
            // Also when there is a result: an exception of a handler would discard it.
            if let Err(error) = py.check_signals() {
                self.keep(next);
                self.interrupt(py, error.value(py))?;
                return Err(error);
            }
            match next {
                TryNext::Chunk(chunk) => return chunk_of(py, &chunk).map(Some),
                TryNext::Wait(_) => {}
                _ => return self.end(py),
            }
        }
    }

    /// The next result without waiting; `None` at the end; or how many seconds to wait at most, possibly infinite,
    /// unless the function of `listen` is called before.
    fn try_next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        log::refresh(py);
        match self.step(py, SendMany::try_next)? {
            TryNext::Chunk(chunk) => chunk_of(py, &chunk).map(|chunk| Some(chunk.into_any())),
            TryNext::Wait(most) => {
                let seconds = most.map_or(f64::INFINITY, |most| most.as_secs_f64());
                seconds.into_pyobject(py).map(|seconds| Some(seconds.into_any())).map_err(Into::into)
            }
            _ => self.end(py),
        }
    }

    /// Calls this function on this loop whenever a request is done.
    fn listen(&self, completions: &Bound<'_, Completions>, function: Py<PyAny>) {
        let listener = Some((completions.get().queue(), Arc::new(Call::new(function))));
        // Dropping the earlier one can run Python code.
        let earlier = mem::replace(&mut *lock(&self.listener), listener);
        drop(earlier);
    }

    /// Stops the run: no further request begins; those that have begun still report.
    fn stop(&self, py: Python<'_>) {
        self.caller_error.stop_handle.stop();
        self.notify(py);
    }

    /// Stops the run and cancels requests under way. If there were any, the log reports their outcome.
    fn abandon(&self, py: Python<'_>, why: &str) -> PyResult<()> {
        self.end_now(py, why, None)
    }

    /// Does the same because of this exception, to which it adds what the log says, as for a single send.
    fn interrupt(&self, py: Python<'_>, error: &Bound<'_, PyAny>) -> PyResult<()> {
        self.end_now(py, &class_of(error), Some(error))
    }

    fn progress(&self) -> Progress {
        // A step that holds the lock has stored the progress there.
        let now = match self.run.try_lock() {
            Ok(run) if !self.is_foreign() => run.progress(),
            Err(TryLockError::Poisoned(run)) => run.into_inner().progress(),
            _ => *lock(&self.seen),
        };
        now.into()
    }

    fn checkpoint(&self, py: Python<'_>) -> PyResult<String> {
        self.check_outside()?;
        self.between_steps(py, |run| run.checkpoint().to_json())
    }
}

impl NativeMany {
    /// See `abandon` and `interrupt`.
    fn end_now(&self, py: Python<'_>, why: &str, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if self.is_foreign() {
            self.caller_error.stop_handle.stop();
            return Ok(());
        }
        if self.is_inside() {
            self.stop(py)?;
            return Ok(());
        }
        // Another thread may be inside a step, and must not take another destination.
        self.caller_error.stop_handle.stop();
        // A reader may be waiting for a source that has nothing yet.
        self.notify(py);
        let (before, after, unknown) = self.between_steps(py, |run| {
            let before = run.progress();
            run.cancel();
            let unknown = ranges(&run.checkpoint());
            *lock(&self.seen) = run.progress();
            (before, run.progress(), unknown)
        })?;
        if before.under_way == 0 {
            return Ok(());
        }
        let outcome = match () {
            () if after.unknown > before.unknown => "unknown",
            () if after.failed > before.failed => "not_sent",
            // They were done at the same moment.
            () => "accepted",
        };
        let line = format!(
            "refId {}: the run was ended by {why} with {} destinations under way; outcome: {outcome}; {} accepted, {} \
             failed, {} unknown (requests {})",
            self.ref_id.escape_debug(),
            before.under_way,
            after.sent,
            after.failed,
            after.unknown,
            unknown,
        );
        log::warn(py, &line, &self.ref_id, outcome);
        if let Some(error) = error {
            mark(error, &line, &self.ref_id, outcome);
        }
        Ok(())
    }

    /// Keeps a result for the next step.
    fn keep(&self, next: TryNext) {
        let kept = Some(next).filter(|next| matches!(next, TryNext::Chunk(_)));
        let earlier = mem::replace(&mut *lock(&self.pending_chunk), kept);
        // Its error may have an exception of the caller: dropping that can run Python code.
        drop(earlier);
    }

    /// Wakes the loop that waits. The queue's lock is never held while waiting for Python.
    fn notify(&self, py: Python<'_>) {
        if !self.is_foreign() {
            py.detach(|| notify(&self.listener));
        }
    }

    /// Uses the run at the end of another thread's step. That may take as long as the caller's destinations block, so
    /// signals are checked meanwhile.
    fn between_steps<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut SendMany<Source>) -> T + Send,
    ) -> PyResult<T> {
        let mut work = Some(work);
        loop {
            let done = py.detach(|| {
                self.waiting_calls.fetch_add(1, Ordering::AcqRel);
                let until = Instant::now() + POLL;
                let run = loop {
                    match self.run.try_lock() {
                        Ok(run) => break Some(run),
                        Err(TryLockError::Poisoned(run)) => break Some(run.into_inner()),
                        Err(TryLockError::WouldBlock) if Instant::now() < until => {
                            thread::sleep(Duration::from_micros(100));
                        }
                        Err(TryLockError::WouldBlock) => break None,
                    }
                };
                self.waiting_calls.fetch_sub(1, Ordering::AcqRel);
                run.and_then(|mut run| work.take().map(|work| work(&mut run)))
            });
            if let Some(done) = done {
                return Ok(done);
            }
            py.check_signals()?;
        }
    }

    /// Runs one step, which calls the caller's iterator and function.
    fn step(&self, py: Python<'_>, step: impl FnOnce(&mut SendMany<Source>) -> TryNext + Send) -> PyResult<TryNext> {
        if self.is_foreign() {
            return Ok(TryNext::Done);
        }
        self.check_outside()?;
        if let Some(pending_chunk) = lock(&self.pending_chunk).take() {
            return Ok(pending_chunk);
        }
        let next = py.detach(|| {
            // A mutex is not fair: a thread that takes it again and again keeps the others out.
            while self.waiting_calls.load(Ordering::Acquire) > 0 {
                thread::sleep(Duration::from_micros(100));
            }
            let mut run = lock(&self.run);
            *lock(&self.seen) = run.progress();
            let next = self.gate.enter(|| step(&mut run));
            *lock(&self.seen) = run.progress();
            next
        });
        if let Some(error) = self.caller_error.take_urgent() {
            self.keep(next);
            self.interrupt(py, error.value(py))?;
            return Err(error);
        }
        Ok(next)
    }

    /// After the last result: raises the error of the caller's own code, if there was one.
    fn end<T>(&self, py: Python<'_>) -> PyResult<Option<T>> {
        let Some(error) = self.caller_error.take() else { return Ok(None) };
        if !error.is_instance_of::<PyStopIteration>(py) && !error.is_instance_of::<PyStopAsyncIteration>(py) {
            return Err(error);
        }
        // A StopIteration would look like the end of the run, so it is replaced, as in generators (PEP 479).
        let name = class_of(error.value(py));
        let raised = PyRuntimeError::new_err(format!("the run's own destinations or message function raised {name}"));
        raised.set_cause(py, Some(error));
        Err(raised)
    }

    /// Whether the run began in the parent process of a fork; its lock may be held forever here.
    fn is_foreign(&self) -> bool {
        self.process != std::process::id()
    }

    fn is_inside(&self) -> bool {
        self.gate.is_inside()
    }

    fn check_outside(&self) -> PyResult<()> {
        if self.is_inside() {
            return Err(PyRuntimeError::new_err("this run cannot be used by its own destinations or message function"));
        }
        Ok(())
    }
}

/// The unknown requests as ranges, in a line of limited length.
fn ranges(checkpoint: &linkwa::Checkpoint) -> String {
    const SHOWN: usize = 20;
    let all = checkpoint.unknown_ranges();
    let more = all.len().saturating_sub(SHOWN);
    let shown = all.take(SHOWN).map(|range| match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    });
    let shown: Vec<_> = shown.collect();
    match (shown.is_empty(), more) {
        (true, _) => "-".to_owned(),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{} and {more} more ranges", shown.join(", ")),
    }
}

/// A result; raises the error that stops the run as a whole.
fn chunk_of<'py>(py: Python<'py>, chunk: &linkwa::Chunk) -> PyResult<Bound<'py, Chunk>> {
    match chunk.result() {
        Err(error) if chunk.destinations().is_empty() => Err(raise(py, error)),
        _ => Chunk::of(py, chunk),
    }
}

fn iterator<'py>(destinations: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyIterator>> {
    let place = Place::argument("destinations");
    let wrong = || wrong_type(place, "an iterable of str", destinations);
    if destinations.is_instance_of::<PyString>() || destinations.is_instance_of::<PyBytes>() {
        return Err(wrong());
    }
    destinations.try_iter().map_err(|error| {
        let is_type = error.is_instance_of::<PyTypeError>(destinations.py());
        if is_type && !destinations.hasattr("__iter__").unwrap_or(true) { wrong() } else { error }
    })
}

/// The caller's function from a destination to its message. Its exception is that destination's error, unless it cannot
/// wait (`KeyboardInterrupt`), or the function is async and can never work here.
fn message_for(
    function: CallerObject,
    caller_error: &CallerError,
) -> impl FnMut(&str) -> Polled<Messages> + Send + 'static {
    let caller_error = caller_error.clone();
    move |destination| {
        let made = Python::try_attach(|py| {
            let Some(function) = function.get(py) else { return Ok(Polled::Pending) };
            let message = function.call1((destination,))?;
            if message.is_instance_of::<Pending>() {
                return Ok(Polled::Pending);
            }
            if message.hasattr("__await__")? {
                if let Some(close) = message.getattr_opt("close")? {
                    close.call0()?;
                }
                caller_error.report(py, PyTypeError::new_err("an async message function needs an AsyncClient"));
                return Ok(Polled::Pending);
            }
            messages(&message).map(Polled::Ready)
        });
        match made {
            Some(Ok(messages)) => messages,
            Some(Err(error)) => Python::attach(|py| {
                if error.is_instance_of::<PyException>(py) {
                    return Polled::Failed(linkwa::Error::message_function_failed(error));
                }
                caller_error.report(py, error);
                Polled::Pending
            }),
            None => {
                caller_error.stop_handle.stop();
                Polled::Pending
            }
        }
    }
}
