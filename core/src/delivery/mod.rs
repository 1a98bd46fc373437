//! Delivers a request to the gateway and reports what is known about it afterwards.
//!
//! Each layer uses only those before it: `transport` makes one attempt, `deliver` decides on another one, `pool` runs sends on
//! workers, and `engine` owns all of these for a client.

mod backoff;
mod bucket;
mod budget;
mod callbacks;
mod checkpoint;
mod deliver;
mod endpoint;
mod engine;
mod many;
mod many_options;
mod pool;
mod send_state;
mod thread;
mod transport;

pub use checkpoint::Checkpoint;
pub use deliver::PreparedRequest;
pub(crate) use engine::Engine;
pub use many::{Chunk, Progress, SendMany, Supply, TryNext};
pub use many_options::{ManyOptions, Stopper};
pub(crate) use send_state::{OnDone, SendState};
pub use thread::spawn as spawn_thread;
