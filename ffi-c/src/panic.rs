//! The boundary that every exported function runs inside: no panic reaches the caller's program.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use linkwa::Outcome;

use crate::arg::{Text, require};
use crate::binding_error::BindingError;
use crate::error::{ErrorOut, linkwa_error};
use crate::out::write;
use crate::status::linkwa_status;

/// What a function returns after a panic.
pub(crate) trait OnPanic {
    const ON_PANIC: Self;
}

macro_rules! on_panic {
    ($($type:ty = $value:expr;)*) => {
        $(impl OnPanic for $type {
            const ON_PANIC: Self = $value;
        })*
    };
}

on_panic! {
    () = ();
    bool = false;
    i64 = 0;
    u32 = 0;
    i32 = 0;
    u64 = 0;
    usize = 0;
    Text<'_> = Text::NULL;
    linkwa_status = linkwa_status::LINKWA_INTERNAL;
}

impl<T> OnPanic for Option<T> {
    const ON_PANIC: Self = None;
}

/// Runs a function that cannot fail.
pub(crate) fn panic_boundary<T: OnPanic>(function: impl FnOnce() -> T) -> T {
    panic_boundary_or(T::ON_PANIC, function)
}

/// Runs a function that cannot fail. Returns `on_panic` after a panic.
pub(crate) fn panic_boundary_or<T>(on_panic: T, function: impl FnOnce() -> T) -> T {
    caught(function).unwrap_or(on_panic)
}

/// Runs a function that returns a status.
pub(crate) fn panic_boundary_status(
    err: ErrorOut<'_>,
    function: impl FnOnce() -> Result<(), BindingError>,
) -> linkwa_status {
    finish(caught(function), None, err)
}

/// Runs a function whose value goes to an out-parameter, which is written on success only.
pub(crate) fn panic_boundary_out<T>(
    out: Option<&mut MaybeUninit<T>>,
    name: &str,
    err: ErrorOut<'_>,
    function: impl FnOnce() -> Result<T, BindingError>,
) -> linkwa_status {
    let ran = caught(|| {
        let out = require(out, name)?;
        out.write(function()?);
        Ok(())
    });
    finish(ran, None, err)
}

/// Whether a send has begun, which decides what a panic means for the message.
#[derive(Default)]
pub(crate) struct SendStage(Cell<bool>);

impl SendStage {
    /// A send that began in an earlier call.
    fn begun() -> Self {
        Self(Cell::new(true))
    }

    /// From here on bytes of the message may have left.
    pub(crate) fn begin(&self) {
        self.0.set(true);
    }
}

/// Runs a function that sends and whose value goes to an out-parameter, which is written on success only.
pub(crate) fn panic_boundary_send_out<T>(
    out: Option<&mut MaybeUninit<T>>,
    name: &str,
    err: ErrorOut<'_>,
    function: impl FnOnce(&SendStage) -> Result<T, BindingError>,
) -> linkwa_status {
    panic_boundary_send(err, |stage| {
        let out = require(out, name)?;
        out.write(function(stage)?);
        Ok(())
    })
}

/// Runs a function that waits for a send which an earlier call began. Its value goes to an out-parameter, which is written
/// on success only.
pub(crate) fn panic_boundary_wait<T>(
    out: Option<&mut MaybeUninit<T>>,
    name: &str,
    err: ErrorOut<'_>,
    function: impl FnOnce() -> Result<T, BindingError>,
) -> linkwa_status {
    at_stage(SendStage::begun(), err, |_| {
        let out = require(out, name)?;
        out.write(function()?);
        Ok(())
    })
}

/// Runs a function that sends.
pub(crate) fn panic_boundary_send(
    err: ErrorOut<'_>,
    function: impl FnOnce(&SendStage) -> Result<(), BindingError>,
) -> linkwa_status {
    at_stage(SendStage::default(), err, function)
}

fn at_stage(
    stage: SendStage,
    err: ErrorOut<'_>,
    function: impl FnOnce(&SendStage) -> Result<(), BindingError>,
) -> linkwa_status {
    let ran = caught(|| function(&stage));
    let outcome = if stage.0.get() { Outcome::Unknown } else { Outcome::NotSent };
    finish(ran, Some(outcome), err)
}

/// Returns `None` after a panic.
fn caught<T>(function: impl FnOnce() -> T) -> Option<T> {
    let function = || {
        #[cfg(debug_assertions)]
        injected::panic_if_asked();
        function()
    };
    catch_unwind(AssertUnwindSafe(function)).ok()
}

/// Returns the status, and writes the error. `outcome` is what a panic or an invalid argument means for the message.
fn finish(ran: Option<Result<(), BindingError>>, outcome: Option<Outcome>, err: ErrorOut<'_>) -> linkwa_status {
    let error = match ran {
        Some(Ok(())) => return linkwa_status::LINKWA_OK,
        Some(Err(error)) => linkwa_error::new(error, outcome),
        None => linkwa_error::panicked(outcome),
    };
    let status = error.status();
    write(err, Some(Box::new(error)));
    status
}

/// Panics on demand in debug builds, so that a test can see what every function does then.
#[cfg(debug_assertions)]
mod injected {
    use std::cell::Cell;

    thread_local! {
        static ASKED: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn panic_if_asked() {
        assert!(!ASKED.replace(false), "a panic that a test asked for");
    }

    /// Makes the next function panic that this thread calls. Not in the header, and not in release builds.
    #[unsafe(no_mangle)]
    pub extern "C" fn linkwa_test_panic_next() {
        ASKED.set(true);
    }
}
