//! The command `npx linkwa`.

use std::ffi::OsString;

use napi_derive::napi;

/// Runs the command with the arguments behind its name and the streams of this process, and returns its exit status.
#[napi(catch_unwind)]
pub fn run_command(arguments: Vec<String>) -> u32 {
    linkwa::cli::run(arguments.into_iter().map(OsString::from)).into()
}
