//! What a send is talking through, so that whoever cancels it can cut it off at once instead of letting it run out.

use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use ureq::unversioned::transport::ShutdownHandle;

/// A send's hold on its socket.
pub(crate) struct Line {
    /// Which send it is: a connection serves one after the other.
    id: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cut: bool,
    held: Held,
}

#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    Dialling(Weak<dyn ShutdownHandle>),
    Wire(Weak<Wire>),
}

impl Default for Line {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), state: Mutex::default() }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The send is connecting with this socket.
    pub(super) fn dial(&self, socket: &Arc<dyn ShutdownHandle>) {
        let mut state = self.lock();
        state.held = Held::Dialling(Arc::downgrade(socket));
        if state.cut {
            socket.shutdown();
        }
    }

    /// The send talks through this connection, and nobody else does any more.
    pub(super) fn hold(&self, wire: &Arc<Wire>) {
        wire.lock().id = self.id;
        let mut state = self.lock();
        state.held = Held::Wire(Arc::downgrade(wire));
        let cut = state.cut;
        drop(state);
        if cut {
            wire.cut(self.id);
        }
    }

    #[cfg(test)]
    pub(super) fn wire(&self) -> Option<Arc<Wire>> {
        match &self.lock().held {
            Held::Wire(wire) => wire.upgrade(),
            _ => None,
        }
    }

    /// The connection that the send talks through is not to be used by another after this.
    pub(super) fn keep_until(&self, until: Option<Instant>) {
        let Held::Wire(wire) = &self.lock().held else { return };
        wire.upgrade().iter().for_each(|wire| wire.lock().keep_until = until);
    }

    /// Cuts the send off, now and whatever it talks through later. A connection that serves another send meanwhile stays.
    pub(crate) fn cut(&self) {
        let mut state = self.lock();
        state.cut = true;
        let held = std::mem::take(&mut state.held);
        drop(state);
        match held {
            Held::Nothing => {}
            Held::Dialling(socket) => socket.upgrade().iter().for_each(|socket| socket.shutdown()),
            Held::Wire(wire) => wire.upgrade().iter().for_each(|wire| wire.cut(self.id)),
        }
    }
}

/// A TCP connection, and which send uses it or used it last.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) stream: TcpStream,
    user: Mutex<User>,
}

#[derive(Debug, Default)]
struct User {
    id: u64,
    /// No other send may use the connection after this: the server said so in its answer.
    keep_until: Option<Instant>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, user: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, User> {
        self.user.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the server still keeps the connection open, by what it said.
    pub(super) fn is_kept(&self) -> bool {
        self.lock().keep_until.is_none_or(|until| Instant::now() < until)
    }

    /// Ends the connection, if this send is its user. Under the lock, so that no other can take it over meanwhile.
    fn cut(&self, id: u64) {
        let user = self.lock();
        if user.id == id {
            self.shutdown();
        }
    }
}

impl ShutdownHandle for Wire {
    fn shutdown(&self) {
        // An error means that it has ended already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    /// A connection, and its other end.
    fn wire() -> (Arc<Wire>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        let (other, _) = listener.accept().expect("a connection");
        other.set_nonblocking(true).expect("a socket");
        (Arc::new(Wire::new(stream)), other)
    }

    fn is_cut(mut other: &TcpStream) -> bool {
        other.read(&mut [0]).is_ok_and(|read| read == 0)
    }

    #[test]
    fn a_send_cuts_its_own_connection_and_nobody_elses() {
        let (wire, other) = wire();
        let (first, second) = (Line::default(), Line::default());
        first.hold(&wire);
        second.hold(&wire);
        first.cut();
        assert!(!is_cut(&other), "it serves the second");
        second.cut();
        assert!(is_cut(&other));
    }

    #[test]
    fn what_is_cut_off_stays_cut_off() {
        let (wire, other) = wire();
        let line = Line::default();
        line.cut();
        line.hold(&wire);
        assert!(is_cut(&other));
    }
}
