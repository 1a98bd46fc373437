//! Posting callbacks to gates.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::gate::Target;
use crate::log::Log;
use crate::record::Pending;

/// A callback that fails is tried again after each of these pauses, and then given up.
const PAUSES: [Duration; 3] = [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(500)];
/// For one try, from connecting to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(10);
const AT_A_TIME: usize = 16;

/// Posts callbacks from the sandbox's own thread.
#[derive(Clone)]
pub(crate) struct Courier {
    client: Client<HttpConnector, Full<Bytes>>,
    handle: Handle,
    permits: Arc<Semaphore>,
    pending: Pending,
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
    pub(crate) fn new(handle: &Handle, pending: Pending, log: Log) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(5))
            .build_http();
        Self { client, handle: handle.clone(), permits: Arc::new(Semaphore::new(AT_A_TIME)), pending, log }
    }

    /// Takes a parcel and returns at once; its callbacks count as pending until each is done with.
    pub(crate) fn send(&self, parcel: Parcel) {
        let pending: Vec<_> = parcel.callbacks.iter().map(|_| self.pending.one_more()).collect();
        let courier = self.clone();
        self.handle.spawn(async move {
            for (callback, _pending) in parcel.callbacks.iter().zip(pending) {
                tokio::time::sleep(parcel.delay).await;
                courier.deliver(&parcel, callback).await;
            }
        });
    }

    async fn deliver(&self, parcel: &Parcel, callback: &Bytes) {
        let mut pauses = PAUSES.iter();
        loop {
            let problem = match self.post(&parcel.target, callback).await {
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
        if let Some((name, value)) = &target.header {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(callback.clone())).map_err(|e| e.to_string())?;

        let _permit = self.permits.acquire().await.map_err(|e| e.to_string())?;
        let exchange = async {
            let response = self.client.request(request).await;
            let response = response.map_err(|_| "no answer".to_owned())?;
            let status = response.status();
            // Read a short answer to its end, so that the connection can be used again.
            let mut body = http_body_util::Limited::new(response.into_body(), 64 * 1024);
            while let Some(Ok(_)) = body.frame().await {}
            if status.is_success() { Ok(()) } else { Err(format!("status {}", status.as_u16())) }
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}
