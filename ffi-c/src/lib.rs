//! linkwa for C and C++: what include/linkwa.h declares.
//!
//! One file per C object. Each function converts its arguments, calls core, and converts the result; core decides.
//! [`arg`] and [`out`] have every pointer cast, [`panic`] keeps panics from the caller.

// The names are those of C, and the documentation is written for the header.
#![allow(non_camel_case_types, clippy::doc_markdown)]
// Taking a pointer by value takes ownership of the object.
#![allow(clippy::boxed_local, clippy::needless_pass_by_value)]
// Public items are public for C.
#![allow(unreachable_pub)]

mod arg;
mod binding_error;
mod buffer;
mod builder;
mod c_strings;
mod callback;
mod callback_get;
mod callback_guard;
mod care;
mod chunk;
mod client;
mod config;
mod contact;
mod error;
mod finding;
mod http;
mod inbound;
mod interactive;
mod log;
mod many;
mod message;
mod observer;
mod options;
mod out;
mod panic;
mod pending;
mod queue;
mod received;
mod report;
mod result;
mod result_code;
mod run;
mod send;
mod status;
mod template;
mod tracker;
mod version;
