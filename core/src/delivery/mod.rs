//! Delivers a request to the gateway and reports what is known about it afterwards.
//!
//! Each layer uses only those before it: `transport` makes one attempt, `deliver` decides on another one, `pool` runs sends on
//! workers, and `engine` owns all of these for a client.

mod budget;
mod callbacks;
mod deliver;
mod endpoint;
mod engine;
mod observed;
mod pool;
mod send_state;
mod thread;
mod transport;

pub use deliver::PreparedRequest;
pub(crate) use engine::Engine;
pub use pool::is_logging;
pub(crate) use send_state::{OnDone, SendState};
#[cfg(test)]
pub(crate) use thread::NO_THREADS;
pub use thread::spawn as spawn_thread;
pub use transport::above_standard;
#[cfg(feature = "cli")]
pub(crate) use transport::{Probe, ProbeAnswer};
