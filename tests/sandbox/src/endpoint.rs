//! A callback URL on this machine that keeps what is posted to it.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http_body_util::{BodyExt, Limited};

use crate::host::{Host, Limits};
use crate::record::{self, Item, Shelf};

const MAX_BODY: usize = 4 * 1024 * 1024;

/// A loopback HTTP endpoint that collects callbacks and answers 200, or what it is told to.
/// Dropping it closes it.
///
/// ```
/// use std::time::Duration;
/// use linkwa_sandbox::CallbackEndpoint;
///
/// let endpoint = CallbackEndpoint::start()?;
/// assert!(endpoint.url().starts_with("http://127.0.0.1:"));
/// assert!(endpoint.wait_for(1, Duration::from_millis(1)).is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct CallbackEndpoint {
    host: Host,
    desk: Arc<Desk>,
}

struct Desk {
    received: Arc<Shelf<ReceivedCallback>>,
    statuses: Mutex<Statuses>,
}

struct Statuses {
    next: VecDeque<u16>,
    otherwise: u16,
}

/// A callback as it was received. Its `Debug` form shows neither header values nor the body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedCallback {
    /// The method: `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, with their values, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When it had been read.
    pub received_at: SystemTime,
    /// The status it was answered with.
    pub status: u16,
}

impl ReceivedCallback {
    /// The first value of a header, whose name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        record::find(&self.headers, name)
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Item for ReceivedCallback {
    fn size(&self) -> usize {
        record::item_size(&self.headers, &self.path, &self.body)
    }
}

impl CallbackEndpoint {
    /// Starts an endpoint on a free port of 127.0.0.1, on a thread of its own.
    ///
    /// # Errors
    ///
    /// When no port can be listened on, or no thread started.
    pub fn start() -> io::Result<Self> {
        let desk = Arc::new(Desk {
            received: Shelf::new(record::Limits { items: usize::MAX, bytes: usize::MAX }),
            statuses: Mutex::new(Statuses { next: VecDeque::new(), otherwise: 200 }),
        });
        let limits = Limits { connections: 256, read_timeout: Duration::from_secs(30) };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let router = Router::new().fallback(receive).with_state(Arc::clone(&desk));
        let host = Host::start("linkwa-callbacks", listen, limits, |_| router)?;
        Ok(Self { host, desk })
    }

    /// The URL to give to a gate. Every other path of the port is taken, too.
    pub fn url(&self) -> String {
        format!("http://{}/callback", self.host.address())
    }

    /// The callbacks received so far, oldest first.
    pub fn received(&self) -> Vec<ReceivedCallback> {
        self.desk.received.all()
    }

    /// Waits until that many callbacks have come, or the time is over. Returns all that are
    /// there then, which may be more or fewer.
    pub fn wait_for(&self, count: usize, timeout: Duration) -> Vec<ReceivedCallback> {
        self.desk.received.wait_for(count, timeout);
        self.received()
    }

    /// Forgets the callbacks received so far.
    pub fn clear(&self) {
        self.desk.received.clear();
    }

    /// The status that every callback is answered with from now on.
    pub fn answer_with(&self, status: u16) {
        let mut statuses = self.desk.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        statuses.next.clear();
        statuses.otherwise = status;
    }

    /// The statuses that the next callbacks are answered with, one each; then it goes on as before.
    pub fn answer_next_with(&self, statuses: impl IntoIterator<Item = u16>) {
        let mut known = self.desk.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        known.next.extend(statuses);
    }
}

async fn receive(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut response = Response::new(Body::empty());
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        *response.status_mut() = hyper::StatusCode::BAD_REQUEST;
        return response;
    };
    let status = {
        let mut statuses = desk.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        statuses.next.pop_front().unwrap_or(statuses.otherwise)
    };
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    desk.received.push(ReceivedCallback {
        method: head.method.to_string(),
        path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        headers: record::headers(&head.headers),
        body: body.to_bytes().to_vec(),
        received_at: SystemTime::now(),
        status: response.status().as_u16(),
    });
    response
}

impl fmt::Debug for ReceivedCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ReceivedCallback")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CallbackEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackEndpoint").field("url", &self.url()).finish_non_exhaustive()
    }
}
