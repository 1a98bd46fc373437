//! Bulk runs. JavaScript takes the destinations from the caller and hands them over on request, and the messages too if
//! a function makes them: both may be promises.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linkwa::{Messages, Polled, SendMany, StopHandle, TryNext};
use napi::Either;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

use crate::client::{NativeClient, WireMessage, messages};
use crate::completion::{Completions, Item, SendResult};
use crate::error::{BindingError, ErrorObject};
use crate::event;
use crate::options::{ManyOptions, send_options};

/// What JavaScript has handed over, and what it must hand over next.
#[derive(Default)]
struct Feed {
    destinations: VecDeque<Polled<String>>,
    /// The number of destinations handed over so far.
    count: u64,
    is_ended: bool,
    /// Whether the run asked for a destination that was not there.
    wants_destination: bool,
    /// The destination for which the run asked for messages that were not there.
    wants_message: Option<String>,
    message: Option<MessageResult>,
}

/// The result of a message function: messages, or nothing usable. JavaScript keeps the reason.
type MessageResult = Result<Messages, MessageFunctionFailed>;

#[derive(Clone, Copy, Debug)]
struct MessageFunctionFailed;

impl std::fmt::Display for MessageFunctionFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the message function threw, or gave what is no message")
    }
}

impl std::error::Error for MessageFunctionFailed {}

type Shared = Arc<Mutex<Feed>>;

fn lock(feed: &Mutex<Feed>) -> MutexGuard<'_, Feed> {
    feed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The destinations handed over so far.
struct Source(Shared);

impl Iterator for Source {
    type Item = Polled<String>;

    fn next(&mut self) -> Option<Polled<String>> {
        let mut feed = lock(&self.0);
        if let Some(destination) = feed.destinations.pop_front() {
            return Some(destination);
        }
        if feed.is_ended {
            return None;
        }
        feed.wants_destination = true;
        Some(Polled::Pending)
    }
}

/// The messages of a function, as they are handed over.
fn message_source(feed: &Shared) -> impl FnMut(&str) -> Polled<Messages> + Send + 'static {
    let feed = Arc::clone(feed);
    move |destination| {
        let mut feed = lock(&feed);
        match feed.message.take() {
            Some(Ok(messages)) => return Polled::Ready(messages),
            Some(Err(cause)) => return Polled::Failed(linkwa::Error::message_function_failed(cause)),
            None => {}
        }
        feed.wants_message = Some(destination.to_owned());
        Polled::Pending
    }
}

/// A bulk run.
#[napi]
pub struct NativeMany {
    run: Mutex<SendMany<Source>>,
    feed: Shared,
    stop_handle: StopHandle,
}

/// The result of a step: `kind` says which members are set.
#[napi(object, object_from_js = false, use_nullable = true)]
#[derive(Default)]
pub struct Step {
    /// `chunk`, `wait` or `done`.
    pub kind: &'static str,
    /// For `chunk`: its index, from 0.
    pub index: Option<f64>,
    /// For `chunk`: its own reference.
    pub ref_id: Option<String>,
    /// For `chunk`: its destinations.
    pub destinations: Option<Vec<String>>,
    /// For `chunk`: the gateway accepted it.
    pub result: Option<SendResult>,
    /// For `chunk`: it failed.
    pub error_object: Option<ErrorObject>,
    /// For `chunk`: it has no message; JavaScript has the reason.
    pub message_function_failed: Option<bool>,
    /// For `wait`: the next step is due after this many milliseconds at the latest.
    pub wait_ms: Option<f64>,
    /// For both: how many destinations are missing before another request can begin.
    pub destinations_needed: Option<u32>,
    /// For both: the destination whose messages are missing for that.
    pub wants_message: Option<String>,
}

/// An item among the destinations that is not a string.
#[napi(object, object_to_js = false)]
pub struct InvalidDestination {
    /// Its type: `a number`.
    pub found: String,
}

/// The progress of a run, in destinations.
#[napi(object, object_from_js = false)]
pub struct Progress {
    /// Accepted.
    pub sent: f64,
    /// Not accepted.
    pub failed: f64,
    /// May have been accepted.
    pub unknown: f64,
    /// Under way, or waiting to be sent again.
    pub under_way: f64,
    /// Handled by an earlier run.
    pub skipped: f64,
    /// Sent, failed and unknown destinations per second.
    pub per_second: f64,
    /// Whether the run is pausing because of the gateway.
    pub waiting: bool,
}

/// Begins a run. Without messages, JavaScript makes those of each destination. The loop is told under `id` to run the
/// next step, and gets the run's events under `events`, if there is such a number.
#[napi(catch_unwind)]
pub fn begin_many(
    client: &NativeClient,
    completions: &Completions,
    id: u32,
    messages: Option<Vec<WireMessage>>,
    options: Object<'_>,
    run: ManyOptions,
    events: Option<u32>,
) -> Either<NativeMany, ErrorObject> {
    let core = events.map_or_else(
        || client.core().clone(),
        |events| event::observed_run(client.core(), completions.queue(), events),
    );
    match NativeMany::begin(&core, completions, id, messages, options, run) {
        Ok(run) => Either::A(run),
        Err(error) => Either::B(error.into()),
    }
}

#[napi]
impl NativeMany {
    /// The next result, if there is one; begins as many requests as possible.
    #[napi(catch_unwind)]
    pub fn step(&self) -> Step {
        {
            let mut feed = lock(&self.feed);
            feed.wants_destination = false;
            feed.wants_message = None;
        }
        let mut run = self.run();
        let step = match run.try_next() {
            TryNext::Chunk(chunk) => chunk_step(&chunk),
            TryNext::Wait(most) => {
                Step { kind: "wait", wait_ms: most.map(|most| most.as_secs_f64() * 1000.0), ..Step::default() }
            }
            _ => return Step { kind: "done", ..Step::default() },
        };
        let mut feed = lock(&self.feed);
        let destinations_needed = if feed.wants_destination { run.destinations_needed() } else { 0 };
        let destinations_needed = Some(u32::try_from(destinations_needed).unwrap_or(u32::MAX));
        Step { destinations_needed, wants_message: feed.wants_message.take(), ..step }
    }

    /// Hands over destinations.
    #[napi(catch_unwind)]
    pub fn give(&self, destinations: Vec<Either<String, InvalidDestination>>, is_ended: bool) {
        let mut feed = lock(&self.feed);
        for destination in destinations {
            let polled = match destination {
                Either::A(destination) => Polled::Ready(destination),
                Either::B(invalid) => Polled::Failed(linkwa::Error::invalid_destination(feed.count, &invalid.found)),
            };
            feed.destinations.push_back(polled);
            feed.count += 1;
        }
        feed.is_ended |= is_ended;
    }

    /// Hands over the missing messages.
    #[napi(catch_unwind)]
    pub fn give_messages(&self, given: Vec<WireMessage>) -> Option<ErrorObject> {
        match messages(given) {
            Ok(messages) => {
                lock(&self.feed).message = Some(Ok(messages));
                None
            }
            Err(error) => Some(error.into()),
        }
    }

    /// Reports that no messages were made.
    #[napi(catch_unwind)]
    pub fn fail_messages(&self) {
        lock(&self.feed).message = Some(Err(MessageFunctionFailed));
    }

    /// Stops the run: no further request begins.
    #[napi(catch_unwind)]
    pub fn stop(&self) {
        self.stop_handle.stop();
    }

    /// Stops the run, and cancels requests under way.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.run().cancel();
    }

    /// The progress.
    #[napi(catch_unwind)]
    pub fn progress(&self) -> Progress {
        let progress = self.run().progress();
        Progress {
            sent: number(progress.sent),
            failed: number(progress.failed),
            unknown: number(progress.unknown),
            under_way: number(progress.under_way),
            skipped: number(progress.skipped),
            per_second: progress.per_second,
            waiting: progress.waiting,
        }
    }

    /// The requests that are done.
    #[napi(catch_unwind)]
    pub fn checkpoint(&self) -> String {
        self.run().checkpoint().to_json()
    }

    /// The error with which the run ends after it was cancelled.
    #[napi(catch_unwind)]
    pub fn cancelled_error(&self) -> ErrorObject {
        self.run().cancelled_error().into()
    }

    /// The beginning of the references of the requests.
    #[napi(catch_unwind)]
    pub fn ref_id(&self) -> String {
        self.run().ref_id().to_owned()
    }
}

impl NativeMany {
    fn begin(
        client: &linkwa::Client,
        completions: &Completions,
        id: u32,
        given: Option<Vec<WireMessage>>,
        options: Object<'_>,
        run: ManyOptions,
    ) -> Result<Self, BindingError> {
        let stop_handle = StopHandle::new();
        let options =
            linkwa::ManyOptions::new().send_options(send_options(Some(&options))?).stop_handle(stop_handle.clone());
        let options = run.into_core(options)?;
        let feed = Shared::default();
        let source = Source(Arc::clone(&feed));
        let run = match given {
            Some(given) => client.send_many(source, messages(given)?, &options),
            None => client.send_many_each(source, message_source(&feed), &options),
        };
        if let Some(error) = run.error() {
            return Err(error.clone().into());
        }
        let queue = completions.queue();
        let run = Mutex::new(run.on_ready(move || queue.push(Item::Ready(id))));
        Ok(Self { run, feed, stop_handle })
    }

    fn run(&self) -> MutexGuard<'_, SendMany<Source>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn chunk_step(chunk: &linkwa::Chunk) -> Step {
    let (result, error_object) = match chunk.result() {
        Ok(sent) => (Some(sent.into()), None),
        Err(error) => (None, Some(error.into())),
    };
    Step {
        kind: "chunk",
        index: Some(number(chunk.index())),
        ref_id: Some(chunk.ref_id().to_owned()),
        destinations: Some(chunk.destinations().to_vec()),
        result,
        error_object,
        message_function_failed: chunk
            .result()
            .err()
            .and_then(std::error::Error::source)
            .map(<dyn std::error::Error>::is::<MessageFunctionFailed>),
        ..Step::default()
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
fn number(count: u64) -> f64 {
    count as f64
}
