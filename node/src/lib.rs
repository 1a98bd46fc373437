//! The native addon of the npm package `linkwa`. It converts arguments, calls core, and converts results; core decides.
//!
//! Only the package's own JavaScript calls it, after it has checked every type. So a value that does not convert here
//! is a bug of this library, and becomes an `internal` error, like a panic, which napi catches in every function.

pub mod callback;
pub mod care;
pub mod client;
pub mod codes;
pub mod command;
pub mod completion;
pub mod error;
pub mod event;
pub mod guard;
pub mod log;
pub mod many;
pub mod options;
pub mod outbox;
pub mod tracker;
pub mod validate;

use napi_derive::napi;

/// The version of this package.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
