//! Delivers the outcomes of sends to an event loop of asyncio: the worker that settles a send puts the outcome into the
//! loop's queue, and wakes the loop unless it has been woken already.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

use crate::attach::attach;
use crate::error::raise;
use crate::result::object_of;

/// The outcome of a send.
pub(crate) type FinalResult = Result<linkwa::Success, linkwa::Error>;

/// A task for the loop.
pub(crate) enum Item {
    /// Settle a future with the outcome of its send.
    Sent(Py<PyAny>, Box<FinalResult>),
    /// Settle a future with `None`.
    Done(Py<PyAny>),
    /// Call a function.
    Call(Arc<Call>),
}

/// A function that a loop calls once, however often the call was requested before.
pub(crate) struct Call {
    function: Py<PyAny>,
    is_asked: Mutex<bool>,
}

impl Call {
    pub(crate) fn new(function: Py<PyAny>) -> Self {
        Self { function, is_asked: Mutex::new(false) }
    }

    /// Returns the previous value.
    fn ask(&self, yes: bool) -> bool {
        mem::replace(&mut *self.is_asked.lock().unwrap_or_else(PoisonError::into_inner), yes)
    }
}

/// The queue of one event loop.
pub(crate) struct Queue {
    /// A weak reference: the queue does not keep the loop alive.
    event_loop: Py<PyAny>,
    items: Mutex<Vec<Item>>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Vec<Item>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an item, from any thread.
    pub(crate) fn push(self: &Arc<Self>, item: Item) {
        let was_empty = {
            let mut items = self.lock();
            items.push(item);
            items.len() == 1
        };
        if !was_empty {
            // Another thread has woken the loop, which has not run yet.
            return;
        }
        let woken = attach(|py| self.wake(py));
        if woken.is_none_or(|woken| woken.is_err()) {
            // The loop is closed, or Python is ending: no code awaits the outcome any more.
            let unwanted = mem::take(&mut *self.lock());
            // Dropping a future can run Python code, which may add an item.
            drop(unwanted);
        }
    }

    /// Requests a call on the loop, unless one is pending.
    pub(crate) fn call(self: &Arc<Self>, call: &Arc<Call>) {
        if !call.ask(true) {
            self.push(Item::Call(Arc::clone(call)));
        }
    }

    /// Adds an item while the interpreter is attached, also at its very end.
    pub(crate) fn push_here(self: &Arc<Self>, py: Python<'_>, item: Item) {
        self.lock().push(item);
        if let Err(error) = self.wake(py) {
            error.write_unraisable(py, None);
        }
    }

    fn wake(self: &Arc<Self>, py: Python<'_>) -> PyResult<()> {
        let event_loop = self.event_loop.bind(py).call0()?;
        let completions = Completions { queue: Arc::clone(self), process: std::process::id() };
        event_loop.call_method1("call_soon_threadsafe", (completions,)).map(drop)
    }
}

/// Delivers the outcomes of sends to one event loop of asyncio. It is called on the loop, and settles the waiting
/// futures.
#[pyclass(frozen, module = "linkwa._linkwa")]
pub(crate) struct Completions {
    queue: Arc<Queue>,
    process: u32,
}

#[linkwa_python_macros::panic_boundary]
#[pymethods]
impl Completions {
    /// For the loop behind this weak reference.
    #[new]
    fn new(event_loop: Py<PyAny>) -> Self {
        let items = Mutex::default();
        Self { queue: Arc::new(Queue { event_loop, items }), process: std::process::id() }
    }

    /// Whether the queue belongs to the parent process of a fork: its lock may be held forever.
    #[getter]
    fn is_foreign(&self) -> bool {
        self.process != std::process::id()
    }

    fn __call__(&self, py: Python<'_>) {
        let items = mem::take(&mut *self.queue.lock());
        for item in items {
            if let Err(error) = item.settle(py) {
                error.write_unraisable(py, None);
            }
        }
    }
}

impl Completions {
    pub(crate) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }
}

impl Item {
    fn settle(self, py: Python<'_>) -> PyResult<()> {
        let is_awaited =
            |future: &Bound<'_, PyAny>| -> PyResult<bool> { Ok(!future.call_method0("done")?.is_truthy()?) };
        match self {
            Self::Sent(future, outcome) => {
                let future = future.into_bound(py);
                if !is_awaited(&future)? {
                    return Ok(());
                }
                let result = match &*outcome {
                    Ok(success) => object_of(py, success),
                    Err(error) => Err(raise(py, error)),
                };
                match result {
                    Ok(sent) => future.call_method1("set_result", (sent,))?,
                    Err(error) => future.call_method1("set_exception", (error.into_value(py),))?,
                };
            }
            Self::Done(future) => {
                let future = future.into_bound(py);
                if is_awaited(&future)? {
                    future.call_method1("set_result", (py.None(),))?;
                }
            }
            Self::Call(call) => {
                call.ask(false);
                call.function.bind(py).call0()?;
            }
        }
        Ok(())
    }
}
