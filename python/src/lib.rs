//! The native module of the Python package `linkwa`. It converts arguments, calls core, and converts results; core
//! decides.

mod attach;
mod callback;
mod class;
mod client;
mod command;
mod completion;
mod datetime;
mod docs;
mod enums;
mod error;
mod event;
mod finding;
mod interpreter;
mod json;
mod log;
mod many;
mod message;
mod once_cell;
mod options;
mod outbox;
mod panic;
mod result;
mod value;

// The module does not need the GIL. What holds it together, also on a free-threaded Python:
//
// - Every class is frozen. What changes is behind a `Mutex` or an atomic: in `StatusTracker`, `NativeMany`,
//   `NativeScript`, `NativeEvents` and `Completions` here, in all others in core, which knows no Python. The compiler
//   checks that each class is `Sync`.
// - No Python code runs while one of these locks is held, and nothing is dropped that could run some: a thread that holds
//   a lock never waits for Python, and so threads that are attached may wait for the lock. The exception is the lock of a
//   run, during whose steps the caller's destinations run: threads wait for it only while they are detached.
// - A fork stops all threads that are attached, with the GIL or by `_PyEval_StopTheWorldAll`, and none of them stands
//   inside a lock; `attach.rs` keeps the library's own threads out.
// - Values that are made once are in a `RaceOnceCell`: two threads may make one, and one of the two is kept.
// - Arguments are copied before they are read: `Mapping.items()` and `PyList` give what was there, whatever another
//   thread does to them.
// - The package's own Python code keeps shared state in single operations on `list` and `dict`, which are atomic, or under
//   a `threading.Lock`.
#[pyo3::pymodule(gil_used = false)]
mod _linkwa {
    use pyo3::prelude::*;

    // Messages
    #[pymodule_export]
    use super::finding::{Finding, check_destination, new_ref_id, ref_id_for, validate};
    #[pymodule_export]
    use super::message::{
        Address, Audio, Body, Button, Buttons, Contact, Contacts, Currency, DateTime, Document, Email, Header, Image,
        List, Location, Name, Org, Phone, QuickReplyButton, Raw, Row, Section, Template, Text, Url, UrlButton, Video,
    };

    // Client
    #[pymodule_export]
    use super::client::{NativeClient, NativePending, configure};
    #[pymodule_export]
    use super::command::run_command;
    #[pymodule_export]
    use super::completion::Completions;
    #[pymodule_export]
    use super::enums::{priorities, regions};
    #[pymodule_export]
    use super::error::error_defaults;
    #[pymodule_export]
    use super::event::{Event, NativeEvents, callback_event};
    #[pymodule_export]
    use super::many::{NativeMany, Pending};
    #[pymodule_export]
    use super::outbox::{NativePacer, NativeScript, NativeScripts, store_failed};
    #[pymodule_export]
    use super::result::{Chunk, HttpResponse, Progress, Receipt, SendResult};

    // Callbacks.
    #[pymodule_export]
    use crate::callback::{
        CallbackGuard, CareWindow, Content, Context, EventReport, InboundButton, InboundButtonReply, InboundContact,
        InboundContactName, InboundInteractive, InboundListReply, InboundLocation, InboundMedia, InboundMessage,
        InboundPhone, MessageState, ReceivedMessage, Route, StatusTracker, Verdict, care_window, is_gateway_address,
        parse_callback, result_code, result_codes,
    };

    #[cfg(debug_assertions)]
    #[pymodule_export]
    use super::panic::panic_for_tests;

    /// The version of the package.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::interpreter::check(module.py())?;
        super::value::make_abstract_types(module.py())?;
        super::attach::register(module)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
