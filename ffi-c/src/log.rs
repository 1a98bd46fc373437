//! The log.

use std::ffi::c_void;
use std::sync::atomic::{Ordering, fence};
use std::sync::{Arc, Once};

use arc_swap::ArcSwapOption;
use linkwa::CallbackGate;
use log::{Level, LevelFilter, Metadata, Record};

use crate::arg::{Text, UserData};
use crate::binding_error::BindingError;
use crate::c_strings::TextBuf;
use crate::panic::{OnPanic, panic_boundary, panic_boundary_status};
use crate::status::{linkwa_status, words};

/// As [`StatusNumber`](crate::status::StatusNumber).
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct LogLevelNumber(u32);

/// The level of a log line, and of what is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_log_level {
    /// Nothing.
    LINKWA_LOG_OFF = 0,
    /// A bug of this library, caught.
    LINKWA_LOG_ERROR = 1,
    /// A line for each failed attempt to send: reference, outcome, status, duration and bytes.
    LINKWA_LOG_WARN = 2,
    /// General information.
    LINKWA_LOG_INFO = 3,
    /// A line for each accepted attempt, with the same fields.
    LINKWA_LOG_DEBUG = 4,
    /// Everything.
    LINKWA_LOG_TRACE = 5,
}

words! {
    linkwa_log_level {
        LINKWA_LOG_OFF = c"off",
        LINKWA_LOG_ERROR = c"error",
        LINKWA_LOG_WARN = c"warn",
        LINKWA_LOG_INFO = c"info",
        LINKWA_LOG_DEBUG = c"debug",
        LINKWA_LOG_TRACE = c"trace",
    }
}

impl OnPanic for linkwa_log_level {
    const ON_PANIC: Self = Self::LINKWA_LOG_OFF;
}

impl From<Level> for linkwa_log_level {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::LINKWA_LOG_ERROR,
            Level::Warn => Self::LINKWA_LOG_WARN,
            Level::Info => Self::LINKWA_LOG_INFO,
            Level::Debug => Self::LINKWA_LOG_DEBUG,
            Level::Trace => Self::LINKWA_LOG_TRACE,
        }
    }
}

/// The level of a number from C.
fn filter(number: u32) -> Result<LevelFilter, BindingError> {
    let filters = LevelFilter::iter();
    filters
        .zip(0..)
        .find(|(_, place)| *place == number)
        .map(|(filter, _)| filter)
        .ok_or_else(|| BindingError::argument(format!("`most` is {number}, which is not a linkwa_log_level")))
}

/// Returns the word for a level: "off", "error", "debug". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_log_level_name(level: LogLevelNumber) -> Text<'static> {
    panic_boundary(|| linkwa_log_level::word(level.0))
}

/// Your function that receives the log, one line of UTF-8 at a time; the text is valid until your function returns. It
/// contains no credentials, phone numbers or message texts. It is called on every thread that sends, several at once. A
/// line that a call from inside it would log is dropped. See YOUR FUNCTIONS at the top.
pub type linkwa_log = Option<extern "C" fn(user_data: *mut c_void, level: linkwa_log_level, line: Text<'_>)>;

/// The receiver of the lines.
struct Sink {
    log: extern "C" fn(user_data: *mut c_void, level: linkwa_log_level, line: Text<'_>),
    user_data: UserData,
    most: LevelFilter,
    gate: CallbackGate,
}

static SINK: ArcSwapOption<Sink> = ArcSwapOption::const_empty();

/// Makes core log what the installed function asks for. The function and the level are set in two steps, and several
/// threads may set them: a thread that finds its own function still installed was the last one.
fn set_max_level() {
    loop {
        // With the fences, of two threads that are here at once, one sees what the other installed.
        fence(Ordering::SeqCst);
        let sink = SINK.load_full();
        log::set_max_level(most(sink.as_ref()));
        fence(Ordering::SeqCst);
        if SINK.load_full().as_ref().map(Arc::as_ptr) == sink.as_ref().map(Arc::as_ptr) {
            return;
        }
    }
}

fn most(sink: Option<&Arc<Sink>>) -> LevelFilter {
    sink.map_or(LevelFilter::Off, |sink| sink.most)
}

/// Passes log records on to the caller's function.
struct Forward;

/// Only the library's own lines; lines of its dependencies are not for callers.
const TARGET: &str = "linkwa";

impl log::Log for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET && SINK.load().as_ref().is_some_and(|sink| metadata.level() <= sink.most)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let Some(sink) = SINK.load_full().filter(|sink| !sink.gate.is_inside()) else { return };
        let Some(call) = sink.gate.expect_call() else { return };
        let line = TextBuf::from(record.args().to_string().as_str());
        call.enter(|| (sink.log)(sink.user_data.pointer(), record.level().into(), line.text()));
    }

    fn flush(&self) {}
}

/// Sends the log up to the level `most` to your function, which is called with `user_data`. NULL turns the log off. It
/// replaces an earlier function, which is not called any more when this returns (unless this is called from inside that
/// function).
///
/// Without this call nothing is logged.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `most` is not a level; then nothing changes.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_set_log(log: linkwa_log, user_data: *mut c_void, most: LogLevelNumber) -> linkwa_status {
    static ONCE: Once = Once::new();
    panic_boundary_status(None, || {
        let most = filter(most.0)?;
        ONCE.call_once(|| {
            // No other code sets a logger: this copy of the log crate belongs to this library.
            let _ = log::set_logger(&Forward);
        });
        let user_data = UserData::new(user_data);
        let sink = log.map(|log| Arc::new(Sink { log, user_data, most, gate: CallbackGate::default() }));
        let earlier = SINK.swap(sink);
        set_max_level();
        if let Some(earlier) = earlier {
            earlier.gate.close();
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    extern "C" fn ignore(_: *mut c_void, _: linkwa_log_level, _: Text<'_>) {}

    /// Lets two threads continue at nearly the same moment.
    fn meet(come: &AtomicUsize, all: usize) {
        come.fetch_add(1, Ordering::SeqCst);
        while come.load(Ordering::SeqCst) < all {
            thread::yield_now();
        }
    }

    #[test]
    fn two_concurrent_setters_keep_function_and_level_together() {
        const TIMES: usize = 20_000;
        let come = AtomicUsize::new(0);
        let set = |most| {
            for time in 0..TIMES {
                meet(&come, 4 * time + 2);
                let status = linkwa_set_log(Some(ignore), std::ptr::null_mut(), LogLevelNumber(most));
                meet(&come, 4 * time + 4);
                let both = (log::max_level(), super::most(SINK.load_full().as_ref()));
                assert!(status == linkwa_status::LINKWA_OK && both.0 == both.1, "{time}: {status:?}, {both:?}");
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| set(1));
            scope.spawn(|| set(4));
        });
        assert_eq!(linkwa_set_log(None, std::ptr::null_mut(), LogLevelNumber(0)), linkwa_status::LINKWA_OK);
        assert_eq!(log::max_level(), LevelFilter::Off);
    }
}
