//! A listener with one thread a connection, all of which end when it is dropped.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How long dropping waits for threads whose sockets are shut down. It is only reached if a script blocks.
const PATIENCE: Duration = Duration::from_secs(10);

/// A function that handles a connection on a separate thread.
pub(crate) type Job = Box<dyn FnOnce(Arc<TcpStream>) + Send>;

/// Accepts on a free port of 127.0.0.1 until it is dropped; dropping shuts down every socket and waits for the threads.
pub(crate) struct Host {
    address: SocketAddr,
    hub: Arc<Hub>,
}

/// The state that the threads of a host share: pauses that end with it, and sockets to shut down.
#[derive(Default)]
pub(crate) struct Hub {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopped: bool,
    releases: u64,
    accepting: bool,
    threads: usize,
    sockets: HashMap<usize, Weak<TcpStream>>,
    next_socket: usize,
}

impl Host {
    /// `accepted` is called on the accepting thread, in order, and returns the job for the connection.
    pub(crate) fn start(
        name: &'static str,
        mut accepted: impl FnMut(&Arc<Hub>, SocketAddr) -> Job + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let hub = Arc::new(Hub::default());
        hub.lock().accepting = true;
        let shared = Arc::clone(&hub);
        let accept = move || {
            let _ended = OnEnd(&shared, |state| state.accepting = false);
            // The listener is closed before the end is reported.
            let listener = listener;
            while !shared.lock().stopped {
                let Ok((socket, peer)) = listener.accept() else {
                    // Probably there are no free file descriptors. Some may be free in a moment.
                    shared.pause(Duration::from_millis(20));
                    continue;
                };
                let _ = socket.set_nodelay(true);
                let socket = Arc::new(socket);
                if !shared.register(&socket) {
                    break;
                }
                shared.spawn(name, socket, accepted(&shared, peer));
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(accept)?;
        Ok(Self { address, hub })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.hub.stop();
        let start = Instant::now();
        // A connection wakes an accept that waits; if it is refused, no accept waits any more.
        while start.elapsed() < PATIENCE && self.hub.lock().accepting {
            let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(100));
            self.hub.wait(Duration::from_millis(20), |state| !state.accepting);
        }
        self.hub.wait(PATIENCE.saturating_sub(start.elapsed()), |state| state.threads == 0);
    }
}

impl Hub {
    /// Sleeps. Returns false if the host is being dropped.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        !self.wait(time, |state| state.stopped)
    }

    /// How often the host was released, to be asked before anybody can know of a stall.
    pub(crate) fn releases(&self) -> u64 {
        self.lock().releases
    }

    /// Waits until the host is released once more than that, or dropped.
    pub(crate) fn stall(&self, since: u64) {
        let waits = |state: &mut State| !state.stopped && state.releases == since;
        drop(self.changed.wait_while(self.lock(), waits));
    }

    pub(crate) fn release(&self) {
        self.lock().releases += 1;
        self.changed.notify_all();
    }

    /// Registers a socket, which is shut down when the host is dropped. Returns false if the host has already been dropped.
    pub(crate) fn register(&self, socket: &Arc<TcpStream>) -> bool {
        let mut state = self.lock();
        if state.stopped {
            return false;
        }
        state.sockets.retain(|_, socket| socket.strong_count() > 0);
        let id = state.next_socket;
        state.next_socket += 1;
        state.sockets.insert(id, Arc::downgrade(socket));
        true
    }

    /// Runs the job on a thread for which the host waits. If there is no thread, the connection is closed.
    pub(crate) fn spawn(self: &Arc<Self>, name: &str, socket: Arc<TcpStream>, job: Job) {
        self.lock().threads += 1;
        let hub = Arc::clone(self);
        let run = move || {
            let _ended = OnEnd(&hub, |state| state.threads -= 1);
            job(socket);
        };
        if thread::Builder::new().name(name.to_owned()).spawn(run).is_err() {
            // The closure was dropped before it made its guard.
            self.lock().threads -= 1;
            self.changed.notify_all();
        }
    }

    fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        for socket in state.sockets.drain().filter_map(|(_, socket)| socket.upgrade()) {
            let _ = socket.shutdown(Shutdown::Both);
        }
        drop(state);
        self.changed.notify_all();
    }

    fn wait(&self, time: Duration, done: impl Fn(&State) -> bool) -> bool {
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), time, |state| !done(state))
            .unwrap_or_else(PoisonError::into_inner);
        done(&state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs when a thread ends, also by a panic in a script.
struct OnEnd<'a, F: FnMut(&mut State)>(&'a Hub, F);

impl<F: FnMut(&mut State)> Drop for OnEnd<'_, F> {
    fn drop(&mut self) {
        (self.1)(&mut self.0.lock());
        self.0.changed.notify_all();
    }
}
