//! Getting a request to the gateway, and knowing what came of it.

mod endpoint;
mod transport;

pub(crate) use crate::response::Verdict;
pub(crate) use endpoint::{Endpoint, LONGEST};
pub(crate) use transport::{Attempt, Transport};
