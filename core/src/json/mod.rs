//! Strict JSON for input from outside: callbacks, answers and whole requests.
//!
//! `serde_json` does not read it, because three things are needed together: a number of any size kept as its text, the
//! byte position and path of every error, and the certainty that skipped parts are valid too (UTF-8, surrogates,
//! duplicate keys, depth). The text is scanned once into a flat list of nodes, without copying or recursion. serde
//! writes what is sent.

mod cursor;
mod repair;
mod scan;
mod text;
mod value;
mod window;

pub(crate) use cursor::Cursor;
pub(crate) use repair::repair;
pub use scan::MAX_JSON_DEPTH;
pub(crate) use scan::{Fault, Limits, Repeats, check_size, check_utf8, scan, scan_str};
pub(crate) use text::{decimal, integer_prefix, is_integer, unescape};
pub(crate) use value::{Doc, Kind, Member, Value};

#[cfg(test)]
mod tests;
