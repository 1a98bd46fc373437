//! Bulk sends on top of [`Client`]: request by request, in bounded memory.

pub(crate) mod backoff;
mod bucket;
mod checkpoint;
mod chunk;
mod options;
mod run;
mod source;

pub use checkpoint::Checkpoint;
pub use chunk::{Chunk, Progress, TryNext};
pub use options::{ManyOptions, StopHandle};
#[doc(hidden)]
pub use run::RunCanceller;
pub use run::SendMany;
pub use source::Polled;

use crate::client::Client;
use crate::request::Messages;

impl Client {
    /// Sends the same messages to many destinations: in requests of up to
    /// [`destinations_per_request`](ManyOptions::destinations_per_request) destinations, as many at once as the client
    /// has connections, in bounded memory. The destinations may come from an endless iterator; results come as an
    /// iterator in the order in which requests end. Nothing is sent before the first `next()`. A closed client ends the
    /// run. A source that cannot always return the next destination at once uses [`Polled`].
    ///
    /// Each destination is checked when it is taken. An invalid one gets its own result with its findings, and the
    /// others are sent. [`SendMany`] describes what happens when the gateway is busy, does not answer or refuses the
    /// account.
    ///
    /// ```no_run
    /// # use linkwa::{Client, ManyOptions, Text};
    /// # fn f(client: &Client, numbers: Vec<String>) {
    /// let mut failed = Vec::new();
    /// let mut many = client.send_many(numbers, Text::new("We are moving"), &ManyOptions::new().rate(50.0));
    /// while let Some(chunk) = many.next() {
    ///     if let Err(error) = chunk.result() {
    ///         failed.push((chunk.ref_id().to_owned(), error.outcome()));
    ///     }
    ///     println!("{:?}", many.progress());
    /// }
    /// # }
    /// ```
    pub fn send_many<D>(
        &self,
        destinations: D,
        messages: impl Into<Messages>,
        options: &ManyOptions,
    ) -> SendMany<D::IntoIter>
    where
        D: IntoIterator,
        D::Item: Into<Polled<String>>,
    {
        let messages = messages.into();
        let messages = move |_: &[String]| Polled::Ready(messages.clone());
        SendMany::new(self.clone(), destinations.into_iter(), Box::new(messages), options.clone())
    }

    /// Sends a different message to each destination, as [`send_many`](Self::send_many) does otherwise. Each destination is
    /// one request. A destination whose message cannot be made gets its own chunk: see [`Polled::Failed`]. A checkpoint of
    /// a run with several destinations per request cannot be resumed here: the only result is then `invalid_config`.
    pub fn send_many_each<D, M>(
        &self,
        destinations: D,
        mut messages: impl FnMut(&str) -> M + Send + 'static,
        options: &ManyOptions,
    ) -> SendMany<D::IntoIter>
    where
        D: IntoIterator,
        D::Item: Into<Polled<String>>,
        M: Into<Polled<Messages>>,
    {
        let options = options.clone().destinations_per_request(1);
        let messages = move |to: &[String]| messages(to.first().map_or("", String::as_str)).into();
        SendMany::new(self.clone(), destinations.into_iter(), Box::new(messages), options)
    }
}
