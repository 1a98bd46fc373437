#![doc = include_str!("../README.md")]
//!
//! # What is where
//!
//! - [`Client`] sends, and waits for the answer; [`Client::submit`] and its [`Pending`] do not wait; [`Client::send_many`]
//!   sends to very many destinations. [`Config`] is how a client reaches the gateway, [`SendOptions`] what one send overrides.
//! - [`send_text`] and the other functions use one default client, which [`configure`] or the environment makes.
//! - [`Client::request`] sends an HTTP request to another resource of the gateway.
//! - [`Text`], [`Image`], [`Audio`], [`Video`], [`Document`], [`Location`], [`Contacts`], [`Template`], [`Interactive`] and
//!   [`Raw`] are messages; [`MessageRequest`] is a whole request. [`validate`] lists each [`Finding`] in one.
//! - [`Error`] has an [`ErrorCode`], an [`Outcome`], a [`Disposition`] and a [`Reason`].
//! - [`parse_callback`] reads an [`EventReport`] or a [`ReceivedMessage`]. [`CallbackGuard`] decides whether to accept a
//!   callback, [`StatusTracker`] puts event reports together, and [`care_window`] computes the customer care window.
//! - An [`Observer`] receives an [`Event`] for each step of a send, for traces and metrics.
//! - With the feature `cli`, `cargo install linkwa` builds the command `linkwa`.
//! - With the feature `outbox`, the module `outbox` has a durable record of sends, in SQLite or PostgreSQL.
//! - [`rules`] lists the rules that this crate enforces.

#![forbid(unsafe_code)]

#[doc = include_str!("../RULES.md")]
pub mod rules {}

#[macro_use]
mod message;

mod answer;
mod bulk;
mod by_name;
mod callback;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod client;
mod coerce;
mod config;
#[doc(hidden)]
pub mod declarations;
mod declared;
mod default_client;
mod delivery;
mod error;
mod finding;
mod gate;
mod http;
mod input;
mod json;
mod limits;
mod observer;
mod options;
#[cfg_attr(not(feature = "outbox"), doc(hidden))]
pub mod outbox;
mod pending;
mod priority;
#[cfg(test)]
mod properties;
mod request;
mod response;
mod retry;
mod rule;
mod text;
mod wire;
mod words;

pub use answer::{ErrorResponse, ResultCode};
#[doc(hidden)]
pub use bulk::RunCanceller;
pub use bulk::{Checkpoint, Chunk, ManyOptions, Polled, Progress, SendMany, StopHandle, TryNext};
#[doc(hidden)]
pub use by_name::{NamedValue, SetError};
pub use callback::{
    AddressRange, AddressRanges, Callback, CallbackGuard, CallbackKind, CareWindow, Content, Context, EventReport,
    Extra, InboundButton, InboundButtonReply, InboundContact, InboundContactName, InboundInteractive, InboundListReply,
    InboundLocation, InboundMedia, InboundMessage, InboundPhone, MessageState, Parameters, ReceivedMessage, Refusal,
    Resolution, Route, Status, StatusTracker, Timestamp, care_window, is_gateway_address, parse_callback,
};
#[doc(hidden)]
pub use callback::{Visit, Visitor};
pub use client::Client;
#[doc(hidden)]
pub use config::spell_settings;
pub use config::{Config, Region};
pub use default_client::*;
#[doc(hidden)]
pub use delivery::{PreparedRequest, above_standard, is_logging, spawn_thread};
#[doc(hidden)]
pub use error::error_defaults;
pub use error::{
    Disposition, Error, ErrorCode, InvalidCallback, InvalidRequest, NotSent, Outcome, OutcomeUnknown, Reason, Rejected,
};
pub use finding::{Finding, FindingCode, Severity};
#[doc(hidden)]
pub use gate::{CallbackGate, ExpectedCall};
pub use http::{HttpBody, HttpMethod, HttpResponse};
pub use input::MAX_JSON_BYTES;
pub use json::MAX_JSON_DEPTH;
pub use message::*;
#[doc(hidden)]
pub use observer::EventValue;
pub use observer::{Ending, Event, EventKind, Observer, Phase};
pub use options::SendOptions;
pub use pending::Pending;
pub use priority::{Priority, UnknownPriority};
pub use request::{
    Destinations, MessageRequest, Messages, Validation, check_destination, new_ref_id, ref_id_for, validate,
    validate_with,
};
#[doc(hidden)]
pub use response::{FromSuccess, Success};
pub use response::{MessageResponse, Receipt, SendResult};
pub use retry::RetryPolicy;
#[doc(hidden)]
pub use wire::nearest;

/// The target of everything that this crate logs.
pub(crate) const LOG_TARGET: &str = "linkwa";

/// The program in the project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
