//! The destinations of a run: taken one by one, checked, collected for requests, and compared with an earlier run.

use std::collections::VecDeque;
use std::mem;

use super::checkpoint::{Checkpoint, Hash};
use super::options::{ManyOptions, StopHandle};
use crate::error::Error;
use crate::request::{Messages, destination_faults};

/// What a source gives to a run of [`Client::send_many`](crate::Client::send_many) or
/// [`Client::send_many_each`](crate::Client::send_many_each): a destination or messages, or that there are none yet.
///
/// A plain destination counts as ready, and so do messages. You need this type only if your source itself waits for
/// something, such as a database that is read by an event loop. After `Pending` the run asks again at its next step: for
/// a destination, or for the messages to the same destination. A request is sent when it has all its destinations.
///
/// ```
/// use linkwa::Polled;
///
/// // Destinations that arrive through a channel.
/// fn arriving(queue: std::sync::mpsc::Receiver<String>) -> impl Iterator<Item = Polled<String>> {
///     use std::sync::mpsc::TryRecvError;
///     std::iter::from_fn(move || match queue.try_recv() {
///         Ok(number) => Some(Polled::Ready(number)),
///         Err(TryRecvError::Empty) => Some(Polled::Pending),
///         Err(TryRecvError::Disconnected) => None,
///     })
/// }
/// # let _ = arriving;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Polled<T> {
    /// The value.
    Ready(T),
    /// There is no value yet. A later call returns one, or the end.
    Pending,
    /// There was an error.
    ///
    /// - From a message function: the destination's result is this error (see [`Error::message_function_failed`]), and the
    ///   run goes on.
    /// - From a source of destinations: after an invalid request (see [`Error::invalid_destination`]) the run goes on with a
    ///   result that has this error and an empty destination. Any other error ends the run, and is its last result.
    Failed(Error),
}

impl<S: Into<String>> From<S> for Polled<String> {
    fn from(destination: S) -> Self {
        Self::Ready(destination.into())
    }
}

impl<M: Into<Messages>> From<M> for Polled<Messages> {
    fn from(messages: M) -> Self {
        Self::Ready(messages.into())
    }
}

/// The destinations of one request.
pub(super) struct Batch {
    pub(super) index: u64,
    pub(super) destinations: Vec<String>,
    /// Why its only destination cannot be sent to.
    pub(super) error: Option<Error>,
}

/// What [`fetch`](Source::fetch) found in the source.
pub(super) enum Fetched {
    Batch,
    Pending,
    End,
}

/// The caller's destinations, and those already taken.
pub(super) struct Source<D> {
    destinations: D,
    is_strict: bool,
    resend_unknown: bool,
    stop_handle: StopHandle,
    resumed: Option<Checkpoint>,
    next_index: u64,
    is_exhausted: bool,
    /// The destinations of the next request that have been taken so far.
    partial_batch: Vec<String>,
    /// Chunks taken but not yet compared with the checkpoint, and the hash of their block so far.
    unverified: Vec<Batch>,
    block: Hash,
    /// Chunks that can be sent.
    pub(super) ready: VecDeque<Batch>,
    /// The number of destinations that an earlier run handled.
    pub(super) skipped: u64,
}

impl<D> Source<D> {
    /// A source from which nothing has been taken.
    pub(super) fn new(destinations: D, options: &ManyOptions, is_strict: bool, stop_handle: StopHandle) -> Self {
        Self {
            destinations,
            is_strict,
            resend_unknown: options.resend_unknown,
            stop_handle,
            resumed: options.resume.clone(),
            next_index: 0,
            is_exhausted: false,
            partial_batch: Vec::new(),
            unverified: Vec::new(),
            block: Hash::ZERO,
            ready: VecDeque::new(),
            skipped: 0,
        }
    }

    /// The number of destinations already taken for the next request.
    pub(super) fn partial_batch_len(&self) -> usize {
        self.partial_batch.len()
    }

    /// The index of the next request.
    pub(super) fn next_index(&self) -> u64 {
        self.next_index
    }

    /// Whether nothing is left to take or to send.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_exhausted && self.partial_batch.is_empty() && self.ready.is_empty() && self.next_index >= self.covered()
    }

    /// Drops what was taken, because nothing is sent any more.
    pub(super) fn clear(&mut self) {
        self.unverified.clear();
        self.ready.clear();
    }

    /// The number of chunks of the earlier run to compare.
    fn covered(&self) -> u64 {
        self.resumed.as_ref().map_or(0, |earlier| earlier.covered.requests)
    }

    /// Whether an earlier run handled this chunk.
    fn was_settled(&self, index: u64) -> bool {
        self.resumed.as_ref().is_some_and(|earlier| {
            earlier.accepted.contains(index) || (earlier.unknown.contains(index) && !self.resend_unknown)
        })
    }
}

impl<D> Source<D>
where
    D: Iterator,
    D::Item: Into<Polled<String>>,
{
    /// Takes the destinations of the next request. A destination that cannot be sent to makes a batch of its own.
    pub(super) fn fetch(&mut self, checkpoint: &mut Checkpoint) -> Result<Fetched, Error> {
        while !self.is_exhausted && self.partial_batch.len() < checkpoint.destinations_per_request {
            let next = self.destinations.next().map(Into::into);
            if self.stop_handle.is_stopped() {
                return Ok(Fetched::End);
            }
            match next {
                Some(Polled::Ready(destination)) => match self.check(&destination) {
                    None => self.partial_batch.push(destination),
                    Some(error) => return self.add_batch(checkpoint, vec![destination], Some(error)),
                },
                Some(Polled::Pending) => return Ok(Fetched::Pending),
                Some(Polled::Failed(error @ Error::InvalidRequest(_))) => {
                    return self.add_batch(checkpoint, vec![String::new()], Some(error));
                }
                Some(Polled::Failed(error)) => return Err(error),
                None => self.is_exhausted = true,
            }
        }
        if !self.partial_batch.is_empty() {
            let destinations = mem::take(&mut self.partial_batch);
            return self.add_batch(checkpoint, destinations, None);
        }
        if self.next_index < self.covered() {
            let (index, covered) = (self.next_index, self.covered());
            let message = format!("resume: the destinations end at request {index}, the earlier run took {covered}");
            return Err(Error::invalid_config(message));
        }
        Ok(Fetched::End)
    }

    /// The error of a destination that would make its whole chunk fail.
    fn check(&self, destination: &str) -> Option<Error> {
        let others = self.is_strict.then_some(self.partial_batch.as_slice());
        let findings = destination_faults(destination, others);
        (!findings.is_empty()).then(|| Error::invalid_request(findings, None))
    }

    /// Gives a chunk its index, and compares it with the earlier run if there was one.
    fn add_batch(
        &mut self,
        checkpoint: &mut Checkpoint,
        destinations: Vec<String>,
        error: Option<Error>,
    ) -> Result<Fetched, Error> {
        let index = self.next_index;
        self.next_index += 1;
        let hash = Hash::of(&checkpoint.ref_id, index, &destinations);
        let was_settled = self.was_settled(index);
        if was_settled {
            self.skipped += destinations.len() as u64;
        }
        let batch = (!was_settled).then_some(Batch { index, destinations, error });
        let Some(earlier) = self.resumed.as_ref().filter(|earlier| index < earlier.covered.requests) else {
            checkpoint.covered.add(hash);
            self.ready.extend(batch);
            return Ok(Fetched::Batch);
        };
        self.unverified.extend(batch);
        self.block = self.block.plus(hash);
        if let Some((first, expected)) = earlier.covered.block_that_ends(index) {
            if mem::replace(&mut self.block, Hash::ZERO) != expected {
                let message = format!(
                    "resume: the destinations of the requests {first} to {index} are not those of the earlier run; give the \
                     same ones in the same order"
                );
                return Err(Error::invalid_config(message));
            }
            self.ready.extend(self.unverified.drain(..));
        }
        Ok(Fetched::Batch)
    }
}
