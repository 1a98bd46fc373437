//! The native addon of the npm package `linkwa`. It converts what JavaScript gives, calls the core, and converts back; what is
//! decided is decided there.
//!
//! Only the package's own JavaScript calls it, which has looked at every type before. So what does not convert here is a bug of
//! ours, and comes out as an `internal` error; as does a panic, which napi catches in every function.

pub mod callback;
pub mod care;
pub mod client;
pub mod codes;
pub mod completion;
pub mod error;
pub mod guard;
pub mod log;
pub mod many;
pub mod options;
pub mod tracker;
pub mod validate;

use napi_derive::napi;

/// The version of this package.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
