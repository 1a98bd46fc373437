//! WhatsApp messages through [LINK Mobility](https://linkmobility.com)'s gateway: checked before they leave, never sent
//! twice behind your back, and with a clear word on what is known when something fails.
//!
//! ```no_run
//! use linkwa::{Client, Config, Outcome, Region};
//!
//! fn main() -> Result<(), linkwa::Error> {
//!     let client = Client::new(
//!         Config::new(Region::NEu, "user", "secret") // the region and credentials that LINK gave you
//!             .platform("platform id", "partner id") // …and the account's two ids
//!             .source("+46000000000"),               // the business number to send from
//!     )?;
//!     match client.send_text("+46000000001", "Hello") {
//!         Ok(sent) => println!("accepted as {}", sent.message_ids().join(", ")),
//!         // Nothing left this machine: it can be sent again.
//!         Err(error) if error.outcome() == Some(Outcome::NotSent) => println!("not sent: {error}"),
//!         // It may have been accepted: wait for the event report of this reference before you send it again.
//!         Err(error) if error.outcome() == Some(Outcome::Unknown) => println!("look for {:?}", error.ref_id()),
//!         Err(error) => return Err(error),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What is here
//!
//! - [`Client`] sends: one message or several ([`Text`], [`Image`], [`Audio`], [`Video`], [`Document`], [`Location`],
//!   [`Contacts`], [`Template`], or a [`Raw`] one) to one destination or several, a whole [`MessageRequest`], or JSON as it
//!   is. It blocks the calling thread, keeps connections alive, and can be shared between threads.
//! - [`configure`], [`send_text`] and the other functions of the same names use one default client, which is made from the
//!   environment (`LINKWA_REGION`, `LINKWA_USERNAME`, …; see [`Config::from_env`]) if nobody configured one.
//! - [`validate`] and [`MessageRequest::validate`] tell everything that is wrong with a request at once, each
//!   [`Finding`] with its path and a stable code. Every send validates first.
//! - [`Client::submit`] does not wait: a bounded set of workers sends, and a [`Pending`] can be waited for and cancelled, or a
//!   callback is called. [`Client::send_many`] takes destinations by the hundred thousand.
//! - [`parse_callback`] reads what the gateway posts to a callback URL: an [`EventReport`] on a message that was sent, or a
//!   [`ReceivedMessage`] from a user. Nothing in it is lost, and nothing in it can do harm.
//! - [`CallbackGuard`] decides whether a callback may be believed, [`StatusTracker`] puts event reports together to what
//!   became of each message, and [`care_window`] tells until when every message type may be sent to a user.
//! - [`Error`] says in one word what went wrong ([`Error::code`]) and what is known about the message
//!   ([`Error::outcome`]).
//!
//! # When a send fails
//!
//! Whether it reached the gateway is not guessed from the kind of the failure: as long as the
//! HTTP stack has not asked for the first byte of the body, which it does only after name look-up, connection, TLS and
//! headers, nothing of the message can have left, and the outcome is [`Outcome::NotSent`]. From that byte on a failure is
//! [`Outcome::Unknown`] until an answer says otherwise. A cancellation or deadline and that first byte meet in one place,
//! where whoever comes first decides.
//!
//! Only what was not sent is tried again by itself, in up to three attempts and within its deadline; a [`RetryPolicy`] changes
//! that. There is no other repetition unless the policy asks for it: no hedging, no redirect is followed, and a request on a kept-alive connection that turns out to be
//! dead is not posted again once its body has begun to leave.
//!
//! # Connections
//!
//! HTTP/1.1 over TLS 1.2 or 1.3, kept alive. A connection is not used again after four idle seconds, or in the last second
//! that an answer's `Keep-Alive: timeout` leaves it. If the gateway's name has several addresses, the next one is tried beside
//! the others every 250 ms, or at once when one fails, IPv6 and IPv4 in turns (RFC 8305); the one that worked last is tried
//! first. After `fork()` a child gets connections and threads of its own; what its parent had is not touched.
//!
//! Threads of this crate block all signals but those that a fault of the thread itself raises (`SIGSEGV`, `SIGBUS`, `SIGFPE`,
//! `SIGILL`, `SIGTRAP`, `SIGSYS`). Connections never use the descriptors 0 to 2, also when the process has closed them.
//!
//! # Logs
//!
//! Each attempt writes one line to the `log` facade, under the target `linkwa`: reference, outcome, status, duration and
//! bytes. An attempt that was accepted is logged at `debug`, any other at `warn`. At the level `trace` ureq and rustls print
//! under targets of their own what they send and receive. The head of our requests passes them with the credentials blanked
//! out, and the body passes them unprinted; what the gateway answers is printed, so keep these targets below `trace` where its
//! descriptions must not be logged.
//!
//! # Rules
//!
//! References such as `T-8` or `R-3` are to the numbered rules that this library carries out; they are listed in [`rules`].

#![forbid(unsafe_code)]

#[doc = include_str!("../RULES.md")]
pub mod rules {}

#[macro_use]
mod message;

mod answer;
mod bulk;
mod callback;
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
mod input;
mod json;
mod limits;
mod options;
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
pub use bulk::{Checkpoint, Chunk, ManyOptions, Progress, SendMany, Stopper, Supply, TryNext};
pub use callback::{
    AddressRange, AddressRanges, Button, Callback, CallbackGuard, CallbackKind, CareWindow, Content, Context,
    EventReport, Extra, InboundMessage, MessageState, Parameters, ReceivedMessage, Refusal, Resolution, Route, Status,
    StatusTracker, Timestamp, care_window, is_gateway_address, parse_callback,
};
#[doc(hidden)]
pub use callback::{Visit, Visitor};
pub use client::Client;
#[doc(hidden)]
pub use config::spell_settings;
pub use config::{Config, Region};
pub use default_client::*;
#[doc(hidden)]
pub use delivery::{PreparedRequest, spawn_thread};
#[doc(hidden)]
pub use error::error_defaults;
pub use error::{
    Disposition, Error, ErrorCode, InvalidCallback, InvalidRequest, NotSent, Outcome, OutcomeUnknown, Reason, Rejected,
};
pub use finding::{Finding, FindingCode, Severity};
#[doc(hidden)]
pub use gate::{CallbackGate, ExpectedCall};
pub use input::MAX_JSON_BYTES;
pub use json::MAX_JSON_DEPTH;
pub use message::*;
pub use options::SendOptions;
pub use pending::Pending;
pub use priority::{Priority, UnknownPriority};
pub use request::{Destinations, MessageRequest, Messages, new_ref_id, validate};
pub use response::{MessageResponse, Receipt, SendResult};
pub use retry::RetryPolicy;
#[doc(hidden)]
pub use wire::nearest;

/// The target of everything that this crate logs.
pub(crate) const LOG_TARGET: &str = "linkwa";

/// The programs in the project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
