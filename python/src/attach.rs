//! Lets the library's threads use Python for a moment.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDict, PyList, PyTzInfo};

use crate::datetime;

/// The interpreter is ending: a thread that attaches from now on may never return.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Threads that are attaching, attached or detaching.
static INSIDE: AtomicUsize = AtomicUsize::new(0);

/// The number of forks that are about to happen.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// How long the end waits for threads that are inside.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How long a fork waits for them. They leave at once, unless a log handler is slow or waits for the thread that forks.
const LONGEST_FORK: Duration = Duration::from_millis(200);

const PAUSE: Duration = Duration::from_millis(1);

thread_local! {
    /// How often this thread is inside.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Runs something with Python; `None` if Python has ended.
pub(crate) fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    let _inside = enter();
    if is_ending() {
        return None;
    }
    Python::try_attach(work)
}

/// Counts this thread, once no fork is about to happen.
fn enter() -> Inside {
    loop {
        let inside = Inside::new();
        if FORKING.load(Ordering::SeqCst) == 0 || DEPTH.get() > 1 {
            return inside;
        }
        drop(inside);
        thread::sleep(PAUSE);
    }
}

struct Inside;

impl Inside {
    fn new() -> Self {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        DEPTH.set(DEPTH.get() + 1);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits until no other thread is inside.
fn wait_for_others(longest: Duration) {
    wait_while(longest, || INSIDE.load(Ordering::SeqCst) > DEPTH.get());
}

fn wait_while(longest: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while is_so() && began.elapsed() < longest {
        thread::sleep(PAUSE);
    }
}

/// Whether the library's threads can no longer reach Python.
pub(crate) fn is_ending() -> bool {
    ENDING.load(Ordering::SeqCst)
}

/// For `atexit`: waits for the log lines of sends that have ended, stops the library's threads from attaching, and waits
/// for those that have. Sends go on until the process ends.
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn _at_exit(py: Python<'_>) {
    py.detach(|| wait_while(LONGEST_WAIT, linkwa::is_logging));
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| wait_for_others(LONGEST_WAIT));
}

/// Makes what `PyO3` creates on first use. A child that is forked while another thread creates one would wait forever,
/// so they are made before. (`nm -C` shows them: statics named `TYPE`, `INTERNED` and similar.)
fn make_all(py: Python<'_>) -> PyResult<()> {
    // If `datetime` cannot be imported, nothing else makes its types either.
    if datetime::ensure(py).is_ok() {
        let delta = PyDelta::new(py, 0, 60, 0, false)?;
        delta.extract::<Duration>()?;
        PyTzInfo::fixed_offset(py, delta)?;
    }
    let list = PyList::empty(py);
    let _ = list.try_iter()?.size_hint();
    let _ = list.extract::<bool>();
    let class = list.get_type();
    class.name().and(class.qualname()).and(class.module()).map(drop)
}

/// For `os.register_at_fork`: a thread that attaches takes a lock of the interpreter for a moment, and before Python
/// 3.12 a child cannot work with that lock taken. So no thread may enter, and the fork waits for threads that are
/// inside.
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn _before_fork(py: Python<'_>) -> PyResult<()> {
    let made = make_all(py);
    FORKING.fetch_add(1, Ordering::SeqCst);
    py.detach(|| wait_for_others(LONGEST_FORK));
    made
}

#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn _after_fork_in_parent() {
    FORKING.fetch_sub(1, Ordering::SeqCst);
}

/// The child has only the thread that forked.
#[linkwa_python_macros::panic_boundary]
#[pyfunction]
pub(crate) fn _after_fork_in_child() {
    FORKING.store(0, Ordering::SeqCst);
    INSIDE.store(DEPTH.get(), Ordering::SeqCst);
}

/// Registers these functions with Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(_at_exit, module)?,))?;
    // Windows does not fork.
    if let Some(register) = py.import("os")?.getattr_opt("register_at_fork")? {
        let hooks = PyDict::new(py);
        hooks.set_item("before", wrap_pyfunction!(_before_fork, module)?)?;
        hooks.set_item("after_in_parent", wrap_pyfunction!(_after_fork_in_parent, module)?)?;
        hooks.set_item("after_in_child", wrap_pyfunction!(_after_fork_in_child, module)?)?;
        register.call((), Some(&hooks))?;
    }
    Ok(())
}
