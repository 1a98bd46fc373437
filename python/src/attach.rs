//! Threads of ours that need Python for a moment.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::PyTypeInfo;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDelta, PyDict, PyList, PyMapping, PySequence, PyTzInfo};

/// The interpreter is ending: whoever attaches from now on may never come back.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Threads that are attaching or attached.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

/// How long the end waits for them.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Runs something with Python; `None` if there is no Python any more.
pub(crate) fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    INSIDE.fetch_add(1, Ordering::SeqCst);
    let _leave = Leave;
    if is_ending() {
        return None;
    }
    Python::try_attach(work)
}

struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        // In a forked child those are not counted any more that were inside when it was forked.
        let _ = INSIDE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
    }
}

/// Whether threads of ours can reach Python no more.
pub(crate) fn is_ending() -> bool {
    ENDING.load(Ordering::SeqCst)
}

/// For `atexit`: no thread of ours attaches any more, and those that have are waited for. Sends go on until the process ends.
#[pyfunction]
pub(crate) fn _at_exit(py: Python<'_>) {
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let began = Instant::now();
        while INSIDE.load(Ordering::SeqCst) > 0 && began.elapsed() < LONGEST_WAIT {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// For `os.register_at_fork`: what `PyO3` makes when it is first needed. A child that is forked while another thread makes one would
/// wait for it for ever, so that now the fork waits. (`nm -C` shows them: statics named `TYPE`, `INTERNED` and the like.)
#[pyfunction]
pub(crate) fn _before_fork(py: Python<'_>) -> PyResult<()> {
    PyMapping::type_object(py);
    PySequence::type_object(py);
    PyDateTime::type_object(py);
    PyTzInfo::utc(py)?;
    let delta = PyDelta::new(py, 0, 60, 0, false)?;
    delta.extract::<Duration>()?;
    PyTzInfo::fixed_offset(py, delta)?;
    let list = PyList::empty(py);
    let _ = list.try_iter()?.size_hint();
    let _ = list.extract::<bool>();
    let class = list.get_type();
    class.name().and(class.qualname()).and(class.module()).map(drop)
}

/// For `os.register_at_fork`: a child has none of its parent's threads.
#[pyfunction]
pub(crate) fn _after_fork() {
    INSIDE.store(0, Ordering::SeqCst);
}

/// Tells Python to call them.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(_at_exit, module)?,))?;
    // Windows does not fork.
    if let Some(register) = py.import("os")?.getattr_opt("register_at_fork")? {
        let hooks = PyDict::new(py);
        hooks.set_item("before", wrap_pyfunction!(_before_fork, module)?)?;
        hooks.set_item("after_in_child", wrap_pyfunction!(_after_fork, module)?)?;
        register.call((), Some(&hooks))?;
    }
    Ok(())
}
