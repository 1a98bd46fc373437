//! Getting a request to the gateway, and knowing what came of it.

mod agenda;
mod backoff;
mod bucket;
mod checkpoint;
mod dispatcher;
mod endpoint;
mod engine;
mod many;
mod many_options;
mod pace;
mod retry;
mod thread;
mod ticket;
mod transport;

pub use checkpoint::Checkpoint;
pub(crate) use engine::{Engine, Task};
pub use many::{Chunk, Progress, SendMany, Supply, TryNext};
pub use many_options::{ManyOptions, Stopper};
pub use retry::RetryPolicy;
pub use thread::spawn as spawn_thread;
pub(crate) use ticket::{OnDone, Ticket};
