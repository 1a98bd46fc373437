//! What stands between C and every function: a panic in it must not reach the caller's program.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use linkwa::Outcome;

use crate::binding_error::BindingError;
use crate::error::linkwa_error;
use crate::handle::{Text, given, write};
use crate::status::linkwa_status;

/// A place for an error, which may be NULL.
pub(crate) type ErrPlace<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_error>>>>;

/// What a function gives that has panicked: as if there were nothing.
pub(crate) trait Nothing {
    const NOTHING: Self;
}

macro_rules! nothing {
    ($($type:ty = $nothing:expr;)*) => {
        $(impl Nothing for $type {
            const NOTHING: Self = $nothing;
        })*
    };
}

nothing! {
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

impl<T> Nothing for Option<T> {
    const NOTHING: Self = None;
}

/// Runs a function that cannot fail.
pub(crate) fn plain<T: Nothing>(function: impl FnOnce() -> T) -> T {
    or(T::NOTHING, function)
}

/// Runs a function that cannot fail; after a panic it gives this.
pub(crate) fn or<T>(nothing: T, function: impl FnOnce() -> T) -> T {
    caught(function).unwrap_or(nothing)
}

/// Runs a function that has nothing to give but whether it went well.
pub(crate) fn status(err: ErrPlace<'_>, function: impl FnOnce() -> Result<(), BindingError>) -> linkwa_status {
    finish(caught(function), None, err)
}

/// Runs a function that gives something; it is written only if all went well.
pub(crate) fn give<T>(
    out: Option<&mut MaybeUninit<T>>,
    name: &str,
    err: ErrPlace<'_>,
    function: impl FnOnce() -> Result<T, BindingError>,
) -> linkwa_status {
    let ran = caught(|| {
        let out = given(out, name)?;
        out.write(function()?);
        Ok(())
    });
    finish(ran, None, err)
}

/// How far a send has come, for the case that it panics.
#[derive(Default)]
pub(crate) struct Stage(Cell<bool>);

impl Stage {
    /// Of a send that began long ago.
    fn begun() -> Self {
        Self(Cell::new(true))
    }

    /// From here on it is in other hands, and nobody here knows.
    pub(crate) fn begin(&self) {
        self.0.set(true);
    }
}

/// Runs a function that sends; what it gives is written only if all went well.
pub(crate) fn send<T>(
    out: Option<&mut MaybeUninit<T>>,
    name: &str,
    err: ErrPlace<'_>,
    function: impl FnOnce(&Stage) -> Result<T, BindingError>,
) -> linkwa_status {
    sending(err, |stage| {
        let out = given(out, name)?;
        out.write(function(stage)?);
        Ok(())
    })
}

/// Runs a function that waits for a send which began before; what it gives is written only if all went well.
pub(crate) fn wait<T>(
    out: Option<&mut MaybeUninit<T>>,
    name: &str,
    err: ErrPlace<'_>,
    function: impl FnOnce() -> Result<T, BindingError>,
) -> linkwa_status {
    at_stage(Stage::begun(), err, |_| {
        let out = given(out, name)?;
        out.write(function()?);
        Ok(())
    })
}

/// Runs a function that sends, and writes what it gives itself.
pub(crate) fn sending(err: ErrPlace<'_>, function: impl FnOnce(&Stage) -> Result<(), BindingError>) -> linkwa_status {
    at_stage(Stage::default(), err, function)
}

fn at_stage(
    stage: Stage,
    err: ErrPlace<'_>,
    function: impl FnOnce(&Stage) -> Result<(), BindingError>,
) -> linkwa_status {
    let ran = caught(|| function(&stage));
    let outcome = if stage.0.get() { Outcome::Unknown } else { Outcome::NotSent };
    finish(ran, Some(outcome), err)
}

/// `None`: it has panicked.
fn caught<T>(function: impl FnOnce() -> T) -> Option<T> {
    let function = || {
        #[cfg(debug_assertions)]
        injected::panic_if_asked();
        function()
    };
    catch_unwind(AssertUnwindSafe(function)).ok()
}

/// Tells how it went. `outcome` is what a panic or a wrong argument means for the message.
fn finish(ran: Option<Result<(), BindingError>>, outcome: Option<Outcome>, err: ErrPlace<'_>) -> linkwa_status {
    let error = match ran {
        Some(Ok(())) => return linkwa_status::LINKWA_OK,
        Some(Err(failure)) => linkwa_error::new(failure, outcome),
        None => linkwa_error::panicked(outcome),
    };
    let status = error.status();
    write(err, Some(Box::new(error)));
    status
}

/// Panics on demand, in debug builds only, so that a test can see what every function makes of one.
#[cfg(debug_assertions)]
mod injected {
    use std::cell::Cell;

    thread_local! {
        static ASKED: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn panic_if_asked() {
        assert!(!ASKED.replace(false), "a panic that a test asked for");
    }

    /// The next function that this thread calls will panic. Not in the header, and not in release builds.
    #[unsafe(no_mangle)]
    pub extern "C" fn linkwa_test_panic_next() {
        ASKED.set(true);
    }
}
