//! Posting callbacks to gates.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Handle;

use crate::gate::Target;
use crate::log::Log;
use crate::record::Pending;

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
    log: Log,
}

/// Callbacks for one gate, to be posted one after the other.
pub(crate) struct Parcel {
    pub(crate) gate: String,
    pub(crate) target: Target,
    pub(crate) callbacks: Vec<Bytes>,
    /// The pause before each of them.
    pub(crate) delay: Duration,
}

impl Courier {
    pub(crate) fn new(handle: &Handle, pending: Pending, limit: usize, log: Log) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(5))
            .build_http();
        Self { client, handle: handle.clone(), pending, limit, dropped: Arc::default(), log }
    }

    /// Takes a parcel and returns at once; its callbacks count as pending until each is done with. A parcel that finds too
    /// many of its gate pending is dropped, and the answer is false.
    pub(crate) fn send(&self, parcel: Parcel) -> bool {
        let count = parcel.callbacks.len();
        let Some(own) = parcel.target.lane.pending.more(count, self.limit) else {
            self.dropped.fetch_add(count, Ordering::Relaxed);
            return false;
        };
        let all = self.pending.more(count, usize::MAX).unwrap_or_default();
        let pending: Vec<_> = own.into_iter().zip(all).collect();
        let courier = self.clone();
        self.handle.spawn(async move {
            for (callback, _pending) in parcel.callbacks.iter().zip(pending) {
                tokio::time::sleep(parcel.delay).await;
                courier.deliver(&parcel, callback).await;
            }
        });
        true
    }

    /// How many callbacks were dropped because too many of their gate were pending.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Relaxed)
    }

    async fn deliver(&self, parcel: &Parcel, callback: &Bytes) {
        let mut pauses = PAUSES.iter();
        loop {
            let Ok(permit) = parcel.target.lane.permits.acquire().await else { return };
            // On the heap, so that those that wait take little room.
            let posted = Box::pin(self.post(&parcel.target, callback)).await;
            drop(permit);
            let problem = match posted {
                Ok(()) => return,
                Err(problem) => problem,
            };
            let gate = &parcel.gate;
            if let Some(pause) = pauses.next() {
                tokio::time::sleep(*pause).await;
            } else {
                self.log.line(|| format!("callback to gate {gate:?} given up: {problem}"));
                return;
            }
        }
    }

    async fn post(&self, target: &Target, callback: &Bytes) -> Result<(), String> {
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
            let response = response.map_err(|_| "no answer".to_owned())?;
            let status = response.status();
            // Read a short answer to its end, so that the connection can be used again.
            let mut body = http_body_util::Limited::new(response.into_body(), 64 * 1024);
            while let Some(Ok(_)) = body.frame().await {}
            if status.is_success() { Ok(()) } else { Err(refusal(status.as_u16())) }
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

/// What an answer that is no success means, with what to look at.
fn refusal(status: u16) -> String {
    let hint = match status {
        401 => " (unauthorized: does the gate have the Basic credentials that the receiver asks for?)",
        403 => {
            " (forbidden: does the receiver accept the sender's address, or ask for a header that the gate does not have?)"
        }
        _ => "",
    };
    format!("status {status}{hint}")
}
