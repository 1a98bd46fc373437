//! The send that this thread is busy with: what the sockets need to know of it, and what it wants to know of them, for which
//! ureq has no way.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::ShutdownHandle;

use super::cancel::{CancelHandle, SharedSocket};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
    static SAW_END: Cell<bool> = const { Cell::new(false) };
    static REACHED: Cell<Reached> = const { Cell::new(NOT_BEGUN) };
    static CONNECT_END: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Whether any of the body has left; `None` before it begins.
    static LEFT: Cell<Option<bool>> = const { Cell::new(None) };
    static HEAD_PENDING: Cell<bool> = const { Cell::new(false) };
    static LINE: RefCell<Option<Arc<CancelHandle>>> = const { RefCell::new(None) };
    /// The connection that the line holds, by its address.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

const NOT_BEGUN: Reached = Reached { dialled: false, connected: 0, ready: 0 };

/// How far a new connection has come. Through an HTTP proxy each is counted twice: for the proxy, and for the gateway.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    /// A connection was asked for.
    pub(super) dialled: bool,
    /// Connected, before any TLS.
    pub(super) connected: u32,
    /// Ready for a request.
    pub(super) ready: u32,
}

pub(super) fn note_dialled() {
    REACHED.set(Reached { dialled: true, ..REACHED.get() });
}

pub(super) fn note_connected() {
    let reached = REACHED.get();
    REACHED.set(Reached { connected: reached.connected + 1, ..reached });
}

pub(super) fn note_ready() {
    let reached = REACHED.get();
    REACHED.set(Reached { ready: reached.ready + 1, ..reached });
}

/// How far this send's connection came; not at all if it used one that was there.
pub(super) fn reached() -> Reached {
    REACHED.get()
}

/// The deadline that holds for this thread now. ureq gives each step of a connection set-up the whole of the step's time
/// again; the sockets look here as well, so that a peer that trickles cannot stretch a send.
pub(super) fn deadline() -> Option<Instant> {
    DEADLINE.get()
}

/// When the connection must stand, name look-up, proxies and TLS included. It holds until the head of the request leaves.
pub(super) fn connect_end() -> Option<Instant> {
    CONNECT_END.get()
}

/// Whether what leaves now is the head of the request. It is so once a send.
pub(super) fn take_head() -> bool {
    CONNECT_END.set(None);
    HEAD_PENDING.replace(false)
}

/// What the system takes from now on may be of the body.
pub(super) fn note_begun() {
    LEFT.set(Some(false));
}

/// The system has taken bytes, or may have.
pub(super) fn note_left() {
    LEFT.set(LEFT.get().map(|_| true));
}

/// Whether the system has taken any byte since the body began.
pub(super) fn something_left() -> bool {
    LEFT.get() == Some(true)
}

/// The connection has ended while somebody was reading from it.
pub(super) fn note_end() {
    SAW_END.set(true);
}

/// Whether the connection of this send has ended. ureq takes a body in chunks for whole that lacks its last bytes.
pub(super) fn saw_end() -> bool {
    SAW_END.get()
}

/// Tells the send's line something. A thread that is ending has none any more, but can send: in a handler of `exit()`.
fn with_line(tell: impl FnOnce(&CancelHandle)) {
    let _ = LINE.try_with(|line| line.borrow().as_deref().map(tell));
}

fn set_line(line: Option<Arc<CancelHandle>>) -> Option<Arc<CancelHandle>> {
    LINE.try_with(|place| place.replace(line)).ok().flatten()
}

/// This send uses the connection from now on; whether it did before.
pub(super) fn hold(wire: &Arc<SharedSocket>) -> bool {
    let address = Arc::as_ptr(wire).addr();
    let was_held = HELD.replace(address) == address;
    if !was_held {
        with_line(|line| line.use_connection(wire));
    }
    was_held
}

/// No other send may use this send's connection after this.
pub(super) fn keep_until(until: Option<Instant>) {
    with_line(|line| line.keep_until(until));
}

/// This send connects with this socket. What it held before may be gone, and its address another's.
pub(super) fn dial(socket: &Arc<dyn ShutdownHandle>) {
    HELD.set(0);
    with_line(|line| line.connecting(socket));
}

/// Makes a send current for this thread until this is dropped. Then the one is current again inside of which it began: a
/// logger that sends, say.
pub(super) struct Current {
    deadline: Option<Instant>,
    saw_end: bool,
    reached: Reached,
    connect_end: Option<Instant>,
    left: Option<bool>,
    head_pending: bool,
    held: usize,
    line: Option<Arc<CancelHandle>>,
}

impl Current {
    pub(super) fn new(deadline: Instant, connect_timeout: Duration, line: Arc<CancelHandle>) -> Self {
        Self {
            deadline: DEADLINE.replace(Some(deadline)),
            saw_end: SAW_END.replace(false),
            reached: REACHED.replace(NOT_BEGUN),
            connect_end: CONNECT_END.replace(Instant::now().checked_add(connect_timeout)),
            left: LEFT.replace(None),
            head_pending: HEAD_PENDING.replace(true),
            held: HELD.replace(0),
            line: set_line(Some(line)),
        }
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        DEADLINE.set(self.deadline);
        SAW_END.set(self.saw_end);
        REACHED.set(self.reached);
        CONNECT_END.set(self.connect_end);
        LEFT.set(self.left);
        HEAD_PENDING.set(self.head_pending);
        HELD.set(self.held);
        set_line(self.line.take());
    }
}
