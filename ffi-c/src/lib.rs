//! linkwa for C and C++: what include/linkwa.h declares.
//!
//! One file an object of C. Each function converts what it is given, calls the core, and converts back; what is decided is
//! decided there. [`arg`] and [`out`] have every pointer cast, [`panic`] what keeps a panic from the caller.

// The names are C's, and the documentation is written for its header.
#![allow(non_camel_case_types, clippy::doc_markdown)]
// A pointer that was handed over is taken by value.
#![allow(clippy::boxed_local, clippy::needless_pass_by_value)]
// What is public here is so for C.
#![allow(unreachable_pub)]

mod arg;
mod binding_error;
mod buffer;
mod builder;
mod c_strings;
mod callback;
mod callback_guard;
mod care;
mod client;
mod config;
mod contact;
mod error;
mod finding;
mod log;
mod many;
mod message;
mod options;
mod out;
mod panic;
mod pending;
mod received;
mod report;
mod result;
mod result_code;
mod send;
mod status;
mod template;
mod tracker;
mod version;
