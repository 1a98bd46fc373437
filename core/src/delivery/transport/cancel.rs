//! Keeps track of the socket that a send uses, so that a cancellation can shut it down at once.

use std::fmt;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use ureq::unversioned::transport::ShutdownHandle;

/// Cancels one send's use of its socket.
pub(crate) struct CancelHandle {
    /// Identifies the send, because a connection serves many sends, one after the other.
    send_id: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_cancelled: bool,
    using: Using,
}

/// The sockets that the send uses at the moment.
#[derive(Default)]
enum Using {
    #[default]
    Nothing,
    Connecting(Weak<dyn ShutdownHandle>),
    Connection(Weak<SharedSocket>),
}

impl Default for CancelHandle {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { send_id: NEXT.fetch_add(1, Ordering::Relaxed), state: Mutex::default() }
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle").field("send_id", &self.send_id).finish_non_exhaustive()
    }
}

impl CancelHandle {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the send is connecting with these sockets.
    pub(super) fn connecting(&self, sockets: &Arc<dyn ShutdownHandle>) {
        let mut state = self.lock();
        state.using = Using::Connecting(Arc::downgrade(sockets));
        if state.is_cancelled {
            sockets.shutdown();
        }
    }

    /// Records that the send uses this connection from now on, and no other send does.
    pub(super) fn use_connection(&self, socket: &Arc<SharedSocket>) {
        socket.lock().send_id = self.send_id;
        let mut state = self.lock();
        state.using = Using::Connection(Arc::downgrade(socket));
        let is_cancelled = state.is_cancelled;
        drop(state);
        if is_cancelled {
            socket.shut_down_for(self.send_id);
        }
    }

    #[cfg(test)]
    pub(super) fn socket(&self) -> Option<Arc<SharedSocket>> {
        match &self.lock().using {
            Using::Connection(socket) => socket.upgrade(),
            _ => None,
        }
    }

    /// Sets the time after which no other send may use this send's connection.
    pub(super) fn keep_until(&self, until: Option<Instant>) {
        let Using::Connection(socket) = &self.lock().using else { return };
        socket.upgrade().iter().for_each(|socket| socket.lock().keep_until = until);
    }

    /// Shuts down the sockets that the send uses now, and any that it would use later. A connection that already serves another
    /// send stays open.
    pub(crate) fn cancel(&self) {
        let mut state = self.lock();
        state.is_cancelled = true;
        let using = std::mem::take(&mut state.using);
        drop(state);
        match using {
            Using::Nothing => {}
            Using::Connecting(sockets) => sockets.upgrade().iter().for_each(|sockets| sockets.shutdown()),
            Using::Connection(socket) => {
                socket.upgrade().iter().for_each(|socket| socket.shut_down_for(self.send_id));
            }
        }
    }
}

/// The error of a wait that ends because the client is closed.
pub(super) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the client is closed")
}

/// A TCP connection, and the send that uses it or used it last.
#[derive(Debug)]
pub(super) struct SharedSocket {
    pub(super) stream: TcpStream,
    user: Mutex<User>,
}

#[derive(Debug, Default)]
struct User {
    send_id: u64,
    /// The time after which no other send may use the connection, from the server's `Keep-Alive` header.
    keep_until: Option<Instant>,
}

impl SharedSocket {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, user: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, User> {
        self.user.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the server still keeps the connection open, according to its `Keep-Alive` header.
    pub(super) fn is_kept(&self) -> bool {
        self.lock().keep_until.is_none_or(|until| Instant::now() < until)
    }

    /// Shuts the connection down if this send uses it. Holds the lock, so that no other send can take it meanwhile.
    fn shut_down_for(&self, send_id: u64) {
        let user = self.lock();
        if user.send_id == send_id {
            self.shutdown();
        }
    }
}

impl ShutdownHandle for SharedSocket {
    fn shutdown(&self) {
        // An error means that the connection has already ended.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    /// Returns the two ends of a connection.
    fn connection() -> (Arc<SharedSocket>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        let (other, _) = listener.accept().expect("a connection");
        other.set_nonblocking(true).expect("a socket");
        (Arc::new(SharedSocket::new(stream)), other)
    }

    fn is_shut_down(mut other: &TcpStream) -> bool {
        other.read(&mut [0]).is_ok_and(|read| read == 0)
    }

    #[test]
    fn a_send_shuts_down_its_own_connection_and_no_other() {
        let (socket, other) = connection();
        let (first, second) = (CancelHandle::default(), CancelHandle::default());
        first.use_connection(&socket);
        second.use_connection(&socket);
        first.cancel();
        assert!(!is_shut_down(&other), "it serves the second");
        second.cancel();
        assert!(is_shut_down(&other));
    }

    #[test]
    fn a_cancelled_send_stays_cancelled() {
        let (socket, other) = connection();
        let handle = CancelHandle::default();
        handle.cancel();
        handle.use_connection(&socket);
        assert!(is_shut_down(&other));
    }
}
