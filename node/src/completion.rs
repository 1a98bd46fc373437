//! Delivers the outcomes of sends to the event loop: the worker that settles a send puts the outcome into the queue of
//! its environment, and wakes the loop unless it has been woken already. A JavaScript environment is a main program or
//! a worker thread of Node.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linkwa::{Pending, Success};
use napi::bindgen_prelude::{Buffer, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Either, Env, Status};
use napi_derive::napi;

use crate::error::ErrorObject;
use crate::log::LogLine;
use crate::validate::Finding;

/// The outcome of a send.
pub(crate) type FinalResult = Result<Success, linkwa::Error>;

/// A task for the loop. The numbers are the ids of waiting promises and runs in JavaScript.
pub(crate) enum Item {
    /// Settle a promise with the outcome of its send.
    Sent(u32, Box<FinalResult>),
    /// Resolve a promise with nothing.
    Done(u32),
    /// Look at a run.
    Ready(u32),
    /// Report a step of a send or a run.
    Event(u32, Box<linkwa::Event>),
    /// Hand over a line of the log.
    Logged(LogLine),
}

/// Calls the environment's function without keeping the environment alive.
type Wake = ThreadsafeFunction<(), (), (), Status, false, true, 0>;

/// The queue of one environment.
pub struct Queue {
    wake: Wake,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    /// The sends that can still be cancelled.
    pending: HashMap<u32, Pending<Success>>,
    is_closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an item, from any thread.
    pub(crate) fn push(&self, item: Item) {
        {
            let mut state = self.lock();
            if state.is_closed {
                return;
            }
            state.items.push_back(item);
            if state.items.len() > 1 {
                // Another thread has woken the loop, which has not run yet.
                return;
            }
        }
        // An environment that is ending is not woken, and no code waits there any more.
        self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }

    /// Stores a send. Called on the environment's own thread, before the loop can see its outcome.
    pub(crate) fn remember(&self, id: u32, pending: Pending<Success>) {
        self.lock().pending.insert(id, pending);
    }

    /// Cancels the sends of the environment, because no code can receive their outcomes any more.
    fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let State { items, pending, .. } = mem::take(&mut *state);
        state.is_closed = true;
        drop(state);
        drop(items);
        // The newest first: a worker that becomes free takes the next waiting send, and all of those must be cancelled
        // by then.
        let mut pending: Vec<_> = pending.into_iter().collect();
        pending.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
        for (_, pending) in pending {
            pending.cancel();
        }
    }
}

/// A task for JavaScript: `kind` says which members are set.
#[napi(object, object_from_js = false, use_nullable = true)]
#[derive(Default)]
pub struct Settled {
    /// `sent`, `done`, `ready`, `event` or `log`.
    pub kind: &'static str,
    /// The id of the promise or run that it is for.
    pub id: Option<u32>,
    /// For `sent`: the gateway accepted it.
    pub result: Option<SendResult>,
    /// For `sent`: the answer to an HTTP request.
    pub response: Option<HttpResponse>,
    /// For `sent`: it failed.
    pub error_object: Option<ErrorObject>,
    /// For `event`: its fields by core's names, as JSON.
    pub event: Option<String>,
    /// For `log`.
    pub line: Option<LogLine>,
}

/// The answer to an HTTP request.
#[napi(object, object_from_js = false)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Buffer,
}

/// A message that the gateway accepted.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct SendResult {
    /// The reference.
    pub ref_id: String,
    /// The gateway's result code.
    pub result_code: i64,
    /// The gateway's description.
    pub description: Option<String>,
    /// The id of the message to the only destination.
    pub message_id: Option<String>,
    /// The ids of the messages.
    pub message_ids: Vec<String>,
    /// Each destination with its message id.
    pub receipts: Vec<Receipt>,
    /// The warnings of validation.
    pub warnings: Vec<Finding>,
    /// The number of attempts.
    pub attempts: u32,
    /// Whether an outbox returned the result of an earlier send.
    pub repeat: bool,
}

/// A destination and the id of its message.
#[napi(object, object_from_js = false)]
pub struct Receipt {
    /// The number.
    pub destination: String,
    /// The id.
    pub message_id: String,
}

impl From<&linkwa::SendResult> for SendResult {
    fn from(sent: &linkwa::SendResult) -> Self {
        let receipt = |receipt: &linkwa::Receipt| Receipt {
            destination: receipt.destination().to_owned(),
            message_id: receipt.message_id().to_owned(),
        };
        Self {
            ref_id: sent.ref_id().to_owned(),
            result_code: sent.result_code().number(),
            description: sent.description().map(str::to_owned),
            message_id: sent.message_id().map(str::to_owned),
            message_ids: sent.message_ids().to_vec(),
            receipts: sent.receipts().iter().map(receipt).collect(),
            warnings: sent.warnings().iter().map(Finding::from).collect(),
            attempts: sent.attempts(),
            repeat: sent.is_repeat(),
        }
    }
}

/// Outcomes in order: accepted sends as one JSON text, which JavaScript parses in a fraction of the time that it takes
/// to make the objects here; everything else as an object.
#[derive(Default)]
struct SettledBatch {
    all: Vec<Either<String, Settled>>,
    /// A list that is not closed yet.
    accepted: Vec<u8>,
}

impl SettledBatch {
    fn push(&mut self, item: Item) {
        if let Item::Sent(id, outcome) = &item
            && let Ok(Success::Sent(sent)) = &**outcome
            && sent.warnings().is_empty()
            && self.accept(*id, sent)
        {
            return;
        }
        self.close();
        self.all.push(Either::B(item.into()));
    }

    /// `[id, resultCode, attempts, refId, description, messageId, messageIds, [destination, messageId]…]`; returns whether it
    /// could be written.
    fn accept(&mut self, id: u32, sent: &linkwa::SendResult) -> bool {
        let written = self.accepted.len();
        self.accepted.push(if written == 0 { b'[' } else { b',' });
        let receipts: Vec<_> =
            sent.receipts().iter().map(|receipt| (receipt.destination(), receipt.message_id())).collect();
        let (code, attempts) = (sent.result_code().number(), sent.attempts());
        let (description, message_id) = (sent.description(), sent.message_id());
        let values = (id, code, attempts, sent.ref_id(), description, message_id, sent.message_ids(), receipts);
        let fits = serde_json::to_writer(&mut self.accepted, &values).is_ok();
        if !fits {
            self.accepted.truncate(written);
        }
        fits
    }

    fn close(&mut self) {
        if !self.accepted.is_empty() {
            self.accepted.push(b']');
            self.all.push(Either::A(String::from_utf8_lossy(&self.accepted).into_owned()));
            self.accepted.clear();
        }
    }

    fn finish(mut self) -> Vec<Either<String, Settled>> {
        self.close();
        self.all
    }
}

impl From<Item> for Settled {
    fn from(item: Item) -> Self {
        match item {
            Item::Sent(id, outcome) => {
                let settled = Self { kind: "sent", id: Some(id), ..Self::default() };
                match &*outcome {
                    Ok(Success::Sent(sent)) => Self { result: Some(sent.into()), ..settled },
                    Ok(Success::Response(response)) => {
                        let (status, body) = (response.status(), response.body().to_vec().into());
                        Self { response: Some(HttpResponse { status, body }), ..settled }
                    }
                    Err(error) => Self { error_object: Some(error.into()), ..settled },
                }
            }
            Item::Done(id) => Self { kind: "done", id: Some(id), ..Self::default() },
            Item::Ready(id) => Self { kind: "ready", id: Some(id), ..Self::default() },
            Item::Event(id, event) => {
                Self { kind: "event", id: Some(id), event: Some(crate::event::json_of(&event)), ..Self::default() }
            }
            Item::Logged(line) => Self { kind: "log", line: Some(line), ..Self::default() },
        }
    }
}

/// Delivers outcomes from other threads to the loop of one environment.
#[napi]
pub struct Completions {
    queue: Arc<Queue>,
}

/// For this environment: `wake` is called on its loop when there are outcomes. It does not keep the loop alive.
///
/// # Errors
///
/// Those of Node-API.
#[napi(catch_unwind)]
pub fn open_completions(env: Env, wake: Function<'_, (), ()>) -> napi::Result<Completions> {
    let wake = wake.build_threadsafe_function::<()>().weak::<true>().build_callback(|_| Ok(()))?;
    let queue = Arc::new(Queue { wake, state: Mutex::default() });
    env.add_env_cleanup_hook(Arc::clone(&queue), |queue| {
        crate::log::forget(&queue);
        queue.close();
    })?;
    Ok(Completions { queue })
}

#[napi]
impl Completions {
    /// The outcomes in order, as [`SettledBatch`] describes, at most this many. After as many, call again: the loop is not
    /// woken before the queue is empty.
    #[napi(catch_unwind)]
    pub fn take(&self, most: u32) -> Vec<Either<String, Settled>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut over = Vec::new();
        let items = {
            let mut state = self.queue.lock();
            let count = most.min(state.items.len());
            let items: Vec<_> = state.items.drain(..count).collect();
            for item in &items {
                if let Item::Sent(id, _) = item {
                    over.extend(state.pending.remove(id));
                }
            }
            items
        };
        drop(over);
        let mut batch = SettledBatch::default();
        for item in items {
            batch.push(item);
        }
        batch.finish()
    }

    /// Cancels a send that is under way; its outcome is delivered like any other.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) {
        let pending = self.queue.lock().pending.get(&id).cloned();
        if let Some(pending) = pending {
            pending.cancel();
        }
    }
}

impl Completions {
    pub(crate) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }
}
