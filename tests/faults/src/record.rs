//! What the server saw.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Everything that the server saw so far, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    requests: Vec<RequestRecord>,
    connections: Vec<ConnectionRecord>,
}

/// A connection that was accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionRecord {
    /// The client's end.
    pub peer: SocketAddr,
    /// Whether the TLS handshake was completed; false without TLS.
    pub handshake: bool,
    /// Whether the server keeps it open without reading, until it is released or dropped.
    pub stalled: bool,
    /// Whether the server is through with it.
    pub closed: bool,
}

/// A request, from its first byte on. Its `Debug` form shows neither header values nor the body.
#[derive(Clone)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "they are independent facts")]
pub struct RequestRecord {
    /// On which connection, from 0.
    pub connection: usize,
    /// Which request on that connection, from 0.
    pub request: usize,
    /// `POST`; empty until the head is complete.
    pub method: String,
    /// Path and query; empty until the head is complete.
    pub path: String,
    /// Names in lower case with their values, in the order received; empty until the head is complete.
    pub headers: Vec<(String, String)>,
    /// Bytes of the head that were read, its last empty line included.
    pub head_bytes: usize,
    /// Whether the whole head was read.
    pub head_complete: bool,
    /// What the head says of the body; 0 if it says nothing.
    pub content_length: usize,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether there is a body (a Content-Length above 0), and the whole of it was read.
    pub body_complete: bool,
    /// Whether the server behaves as a gateway that accepted the message. Set before anything is answered.
    pub accepted: bool,
    /// Bytes that came when the server had stopped reading, and were thrown away unseen.
    pub discarded_bytes: usize,
    /// Bytes answered, as far as the system took them, interim answers included. Final when `over` is true.
    pub reply_bytes: usize,
    /// Whether the server keeps the connection open without reading, until it is released or dropped.
    pub stalled: bool,
    /// Whether the server is through with it; only `discarded_bytes` can still grow.
    pub over: bool,
}

impl Log {
    /// The requests of which at least one byte was read (or looked at, on a connection that was kept alive).
    pub fn requests(&self) -> &[RequestRecord] {
        &self.requests
    }

    /// The connections accepted.
    pub fn connections(&self) -> &[ConnectionRecord] {
        &self.connections
    }

    /// How many requests arrived with the whole of their body.
    pub fn complete_bodies(&self) -> usize {
        self.requests.iter().filter(|request| request.body_complete).count()
    }

    /// How many bytes of bodies were read, of all requests.
    pub fn body_bytes_received(&self) -> usize {
        self.requests.iter().map(|request| request.body.len()).sum()
    }

    /// The refIds of the requests that were accepted, in the order of arrival, as often as they were; those without
    /// a readable one are left out.
    pub fn accepted_ref_ids(&self) -> Vec<String> {
        self.requests.iter().filter(|request| request.accepted).filter_map(RequestRecord::ref_id).collect()
    }

    /// Whether the server is through with everything that came.
    pub fn is_over(&self) -> bool {
        self.requests.iter().all(|request| request.over)
    }
}

impl RequestRecord {
    /// The first value of a header, whose name may be in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The refId of the body, if that is complete JSON and has one.
    pub fn ref_id(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        body.get("refId")?.as_str().map(str::to_owned)
    }
}

impl fmt::Debug for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("RequestRecord")
            .field("connection", &self.connection)
            .field("request", &self.request)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .field("head_bytes", &self.head_bytes)
            .field("head_complete", &self.head_complete)
            .field("content_length", &self.content_length)
            .field("body_bytes", &self.body.len())
            .field("body_complete", &self.body_complete)
            .field("accepted", &self.accepted)
            .field("discarded_bytes", &self.discarded_bytes)
            .field("reply_bytes", &self.reply_bytes)
            .field("stalled", &self.stalled)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}

/// A value that others can wait on.
#[derive(Default)]
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.lock())
    }

    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Whether the condition held, at the latest when the time was over.
    pub(crate) fn wait_for(&self, timeout: Duration, mut done: impl FnMut(&T) -> bool) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, |value| !done(value));
        let (value, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done(&value)
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched<Log> {
    /// Says the new connection's index.
    pub(crate) fn accepted(&self, peer: SocketAddr) -> usize {
        self.change(|log| {
            log.connections.push(ConnectionRecord { peer, handshake: false, stalled: false, closed: false });
            log.connections.len() - 1
        })
    }

    pub(crate) fn connection(&self, index: usize, change: impl FnOnce(&mut ConnectionRecord)) {
        self.change(|log| log.connections.get_mut(index).map(change));
    }

    /// Says the new record's index.
    pub(crate) fn begun(&self, connection: usize, request: usize) -> usize {
        self.change(|log| {
            log.requests.push(RequestRecord {
                connection,
                request,
                method: String::new(),
                path: String::new(),
                headers: Vec::new(),
                head_bytes: 0,
                head_complete: false,
                content_length: 0,
                body: Vec::new(),
                body_complete: false,
                accepted: false,
                discarded_bytes: 0,
                reply_bytes: 0,
                stalled: false,
                over: false,
            });
            log.requests.len() - 1
        })
    }

    pub(crate) fn request(&self, index: usize, change: impl FnOnce(&mut RequestRecord)) {
        self.change(|log| log.requests.get_mut(index).map(change));
    }
}
