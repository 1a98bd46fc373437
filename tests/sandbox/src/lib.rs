//! A gateway on this machine that behaves as LINK Mobility's WhatsApp Message API 1.4.1.
//!
//! It takes requests, judges them by its own JSON Schema and rules ([`judge`]), answers as the
//! contract says, posts event reports to gates, and brings in received messages on demand. The
//! last four digits of a destination choose what goes wrong ([`scenarios`]). It listens on a
//! loopback address unless [`Options::allow_remote`] allows another one. It is for tests: it delivers
//! nothing to anybody.
//!
//! Everything here blocks; a [`Sandbox`] runs its own runtime on a thread of its own.
//!
//! ```
//! use std::time::Duration;
//! use linkwa_sandbox::{CallbackEndpoint, Gate, Inbound, Options, Sandbox};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = CallbackEndpoint::start()?;
//! let sandbox = Sandbox::start(Options::new().default_gate(Gate::new("mine", endpoint.url())))?;
//! println!("post to {}/messages", sandbox.base_url());
//!
//! let id = sandbox.inbound(Inbound::text("Hello"))?;
//! let callbacks = endpoint.wait_for(1, Duration::from_secs(10));
//! assert!(callbacks[0].text().contains(&id));
//! # Ok(())
//! # }
//! ```

mod behaviour;
mod clock;
mod control;
mod delivery;
mod endpoint;
mod gate;
mod gateway;
mod host;
mod inbound;
mod judge;
mod log;
mod options;
mod record;
mod reply;
mod reports;
mod sandbox;
mod scenario;
mod store;

pub use behaviour::{Latency, LatencyError};
pub use endpoint::{CallbackEndpoint, ReceivedCallback};
pub use gate::{Gate, GateError};
pub use inbound::{Inbound, InboundError};
pub use judge::{MAX_REQUEST_BYTES, Violation, extensions_schema, judge, judge_with_extensions, schema};
pub use options::Options;
pub use record::RecordedRequest;
pub use sandbox::{Sandbox, StartError};
pub use scenario::{Scenario, scenarios};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeExamples;
