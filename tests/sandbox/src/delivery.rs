//! Posting callbacks to gates.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::gate::Target;
use crate::log::Log;
use crate::record::Pending;
use crate::store::{Attempt, CallbackState, Store};

/// A callback that fails is tried again after each of these pauses, and then given up.
const PAUSES: [Duration; 3] = [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(500)];
/// For one try, from connecting to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts callbacks from the sandbox's own thread.
#[derive(Clone)]
pub(crate) struct Courier {
    client: Client<HttpConnector, Full<Bytes>>,
    handle: Handle,
    pending: Pending,
    /// How many callbacks of one gate may be pending.
    limit: usize,
    dropped: Arc<AtomicUsize>,
    /// Changes when everything that waits is to be forgotten.
    resets: watch::Sender<()>,
    store: Arc<Store>,
    log: Log,
}

/// Callbacks for one gate, to be posted one after the other.
pub(crate) struct Parcel {
    pub(crate) gate: String,
    pub(crate) target: Target,
    pub(crate) callbacks: Vec<Outgoing>,
    /// The pause before the first.
    pub(crate) start: Duration,
    /// The pause before each of them, the first too.
    pub(crate) delay: Duration,
}

/// A callback that is to be posted.
pub(crate) struct Outgoing {
    /// Its number in the store.
    pub(crate) id: u64,
    /// The message in the store that it belongs to.
    pub(crate) message: Option<u64>,
    /// Of an event report.
    pub(crate) result_code: Option<u32>,
    pub(crate) body: Bytes,
}

impl Courier {
    pub(crate) fn new(handle: &Handle, pending: Pending, limit: usize, store: Arc<Store>, log: Log) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(5))
            .build_http();
        let resets = watch::Sender::new(());
        Self { client, handle: handle.clone(), pending, limit, dropped: Arc::default(), resets, store, log }
    }

    /// Takes a parcel and returns at once; its callbacks count as pending until each is done with. A parcel that finds too
    /// many of its gate pending is dropped, and the answer is false.
    pub(crate) fn send(&self, parcel: Parcel) -> bool {
        let count = parcel.callbacks.len();
        let Some(own) = parcel.target.lane.pending.more(count, self.limit) else {
            self.dropped.fetch_add(count, Ordering::Relaxed);
            for callback in &parcel.callbacks {
                self.store.finish(callback.message, callback.id, CallbackState::Dropped);
            }
            return false;
        };
        let all = self.pending.more(count, usize::MAX).unwrap_or_default();
        let pending: Vec<_> = own.into_iter().zip(all).collect();
        let courier = self.clone();
        let mut resets = self.resets.subscribe();
        self.handle.spawn(async move {
            let work = async {
                pause(parcel.start).await;
                for (callback, _pending) in parcel.callbacks.iter().zip(pending) {
                    pause(parcel.delay).await;
                    if let Some(code) = callback.result_code {
                        courier.store.report(callback.message, code);
                    }
                    courier.deliver(&parcel, callback).await;
                }
            };
            tokio::select! {
                biased;
                _ = resets.changed() => {}
                () = work => {}
            }
        });
        true
    }

    /// How many callbacks were dropped because too many of their gate were pending.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Forgets the callbacks that wait, and those that were dropped.
    pub(crate) fn reset(&self) {
        self.dropped.store(0, Ordering::Relaxed);
        self.resets.send_replace(());
    }

    async fn deliver(&self, parcel: &Parcel, callback: &Outgoing) {
        let mut pauses = PAUSES.iter();
        loop {
            let Ok(permit) = parcel.target.lane.permits.acquire().await else { return };
            let (at, started) = (SystemTime::now(), Instant::now());
            // On the heap, so that those that wait take little room.
            let outcome = Box::pin(self.post(&parcel.target, &callback.body)).await;
            drop(permit);
            let state = match &outcome {
                Ok(status) if (200..300).contains(status) => CallbackState::Taken,
                Ok(status) => CallbackState::Failed(format!("status {status}")),
                Err(problem) => CallbackState::Failed(problem.clone()),
            };
            let attempt = Attempt { at, outcome, duration: started.elapsed() };
            self.store.attempt(callback.message, callback.id, attempt);
            let CallbackState::Failed(problem) = &state else {
                self.store.finish(callback.message, callback.id, state);
                return;
            };
            if let Some(next) = pauses.next() {
                tokio::time::sleep(*next).await;
                continue;
            }
            let gate = &parcel.gate;
            self.log.line(|| format!("callback to gate {gate:?} given up: {problem}{}", hint(problem)));
            self.store.finish(callback.message, callback.id, state);
            return;
        }
    }

    /// The status of the answer, or why there is none.
    async fn post(&self, target: &Target, callback: &Bytes) -> Result<u16, String> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&target.uri)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("linkwa-sandbox/", env!("CARGO_PKG_VERSION")));
        if let Some(headers) = request.headers_mut() {
            headers.extend(target.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        let request = request.body(Full::new(callback.clone())).map_err(|e| e.to_string())?;

        let exchange = async {
            let response = self.client.request(request).await;
            let no_answer = |error: Error| if error.is_connect() { "no connection" } else { "no answer" };
            let response = response.map_err(|error| no_answer(error).to_owned())?;
            let status = response.status();
            // Read a short answer to its end, so that the connection can be used again.
            let mut body = http_body_util::Limited::new(response.into_body(), 64 * 1024);
            while let Some(Ok(_)) = body.frame().await {}
            Ok(status.as_u16())
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

/// What to look at when an endpoint refuses.
fn hint(problem: &str) -> &'static str {
    match problem {
        "status 401" => " (unauthorized: does the gate have the Basic credentials that the receiver asks for?)",
        "status 403" => {
            " (forbidden: does the receiver accept the sender's address, or ask for a header that the gate does not have?)"
        }
        _ => "",
    }
}
