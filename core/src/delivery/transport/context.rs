//! Data that a send and its sockets exchange: deadlines, progress, and the connection in use. ureq cannot pass such data to its
//! connectors and transports, so it is kept in one thread-local during an attempt.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::ShutdownHandle;

use super::cancel::{CancelHandle, SharedSocket};
use crate::observer::Phase;

/// Decides whether a request may leave. An implementation decides between the first byte and a cancellation.
pub(crate) trait BodyGate {
    /// Called when the body is about to leave, or the head of a request without a body. Returns false if it must not, because
    /// the send was cancelled.
    fn begin(&self) -> bool;

    /// Called when the system has taken no byte since [`begin`](Self::begin).
    fn revert_begin(&self);

    /// Called when the attempt reaches a phase.
    fn reached(&self, phase: Phase);
}

/// One attempt of one send.
pub(super) struct SendContext {
    /// The end of the send. ureq gives each step of a connection its full timeout again. The sockets also enforce this deadline, so
    /// that a peer that sends byte by byte cannot prolong a send.
    deadline: Instant,
    /// When the connection must be ready, including name resolution, proxies and TLS.
    connect_deadline: Option<Instant>,
    progress: ConnectProgress,
    phase: RequestPhase,
    cancel_handle: Arc<CancelHandle>,
    gate: Option<Arc<dyn BodyGate>>,
    /// How many connections the attempt opens.
    hops: u32,
    /// The address in memory of the connection that the send uses.
    connection: usize,
    /// Whether the connection ended while the answer was read. Needed because ureq accepts a chunked body without its last chunk.
    saw_end: bool,
}

/// How far a new connection has come. With an HTTP proxy each step counts twice: once for the proxy, once for the gateway.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConnectProgress {
    /// Whether ureq has asked for a new connection.
    pub(super) is_asked_for: bool,
    /// The number of connections that are open; TLS may not have begun on them.
    pub(super) connected: u32,
    /// The number of connections that are ready for a request.
    pub(super) ready: u32,
}

/// How far the request has come. Each step happens once in an attempt, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RequestPhase {
    /// The head has not been written.
    Connecting,
    /// ureq has written the head, at least into its buffer.
    HeadWritten,
    /// ureq has asked for the body, or waits for the answer to a request without one, but the system has taken no byte.
    BodyBegun,
    /// The system has taken bytes since the body began, or may have.
    BytesTaken,
}

thread_local! {
    /// `ManuallyDrop`, so that it can be used while the thread ends: a handler of `exit()` may send.
    static CURRENT: RefCell<ManuallyDrop<Option<SendContext>>> = const { RefCell::new(ManuallyDrop::new(None)) };
}

/// Calls `run` with the context of this thread's attempt, or with `None` outside of an attempt.
fn with<R>(run: impl FnOnce(Option<&mut SendContext>) -> R) -> R {
    CURRENT.with_borrow_mut(|current| run(current.as_mut()))
}

impl SendContext {
    /// Makes the context of an attempt that begins now.
    pub(super) fn new(deadline: Instant, connect_timeout: Duration, cancel_handle: Arc<CancelHandle>) -> Self {
        Self {
            deadline,
            connect_deadline: Instant::now().checked_add(connect_timeout),
            progress: ConnectProgress::default(),
            phase: RequestPhase::Connecting,
            cancel_handle,
            gate: None,
            hops: 1,
            connection: 0,
            saw_end: false,
        }
    }

    /// The same, with this gate before the body, and with this many connections to open.
    pub(super) fn with_gate(self, gate: Arc<dyn BodyGate>, hops: u32) -> Self {
        Self { gate: Some(gate), hops, ..self }
    }

    /// Makes this the context of the thread until the guard is dropped, which restores the previous one. Contexts can nest,
    /// because a logger may send in the middle of an attempt.
    pub(super) fn enter(self) -> Entered {
        Entered { outer: CURRENT.with_borrow_mut(|current| current.replace(self)) }
    }
}

/// See [`SendContext::enter`].
pub(super) struct Entered {
    outer: Option<SendContext>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let outer = self.outer.take();
        let ended = CURRENT.with_borrow_mut(|current| std::mem::replace(&mut **current, outer));
        drop(ended);
    }
}

pub(super) fn note_asked_for() {
    with(|send| send.into_iter().for_each(|send| send.progress.is_asked_for = true));
}

pub(super) fn note_resolved() {
    reach(Phase::Dns, |_| true);
}

pub(super) fn note_connected() {
    reach(Phase::Connect, |send| {
        send.progress.connected += 1;
        send.progress.connected == send.hops
    });
}

/// Records that a connection is ready for a request, with TLS or without.
pub(super) fn note_ready(has_tls: bool) {
    reach(Phase::Tls, |send| {
        send.progress.ready += 1;
        has_tls && send.progress.ready == send.hops
    });
}

/// Changes the context. If `note` returns true, the attempt has reached this phase.
fn reach(phase: Phase, note: impl FnOnce(&mut SendContext) -> bool) {
    // The gate runs code of the caller, which may send.
    let gate = with(|send| send.and_then(|send| if note(send) { send.gate.clone() } else { None }));
    if let Some(gate) = gate {
        gate.reached(phase);
    }
}

/// How far the new connection of this attempt has come. All zero if it uses a kept connection.
pub(super) fn connect_progress() -> ConnectProgress {
    with(|send| send.map(|send| send.progress)).unwrap_or_default()
}

/// The deadline of the send, and that of its connection while it is connecting.
pub(super) fn deadlines() -> (Option<Instant>, Option<Instant>) {
    with(|send| send.map_or((None, None), |send| (Some(send.deadline), send.connect_deadline)))
}

/// Moves the request on to this phase. Returns false, and changes nothing, if it was not in the phase before.
pub(super) fn advance(phase: RequestPhase) -> bool {
    with(|send| {
        let Some(send) = send else { return false };
        let is_next = match phase {
            RequestPhase::Connecting => false,
            RequestPhase::HeadWritten => send.phase == RequestPhase::Connecting,
            RequestPhase::BodyBegun => send.phase <= RequestPhase::HeadWritten,
            RequestPhase::BytesTaken => send.phase == RequestPhase::BodyBegun,
        };
        if is_next {
            send.phase = phase;
            // Once the head is written, only the deadline of the send applies.
            send.connect_deadline = None;
        }
        is_next
    })
}

/// Lets the body leave, or the head of a request without a body. False: the send was cancelled.
pub(super) fn begin_body() -> bool {
    let waiting =
        with(|send| send.filter(|send| send.phase < RequestPhase::BodyBegun).and_then(|send| send.gate.clone()));
    let may_leave = waiting.is_none_or(|gate| {
        gate.reached(Phase::Body);
        gate.begin()
    });
    if may_leave {
        advance(RequestPhase::BodyBegun);
    }
    may_leave
}

/// Whether [`begin_body`] has let something leave.
pub(super) fn has_begun() -> bool {
    with(|send| send.is_some_and(|send| send.phase >= RequestPhase::BodyBegun))
}

/// The phase of this attempt's request.
#[cfg(test)]
pub(super) fn phase() -> Option<RequestPhase> {
    with(|send| send.map(|send| send.phase))
}

/// Whether the system has taken any byte since the body began.
pub(super) fn bytes_taken() -> bool {
    with(|send| send.is_some_and(|send| send.phase == RequestPhase::BytesTaken))
}

/// Records that the connection ended while the answer was read.
pub(super) fn note_end() {
    with(|send| send.into_iter().for_each(|send| send.saw_end = true));
}

/// Whether the connection of this attempt has ended.
pub(super) fn saw_end() -> bool {
    with(|send| send.is_some_and(|send| send.saw_end))
}

/// Records that this attempt uses the connection from now on. Returns whether it already did.
pub(super) fn use_connection(socket: &Arc<SharedSocket>) -> bool {
    let address = Arc::as_ptr(socket).addr();
    with(|send| {
        let Some(send) = send else { return false };
        let was_used = std::mem::replace(&mut send.connection, address) == address;
        if !was_used {
            send.cancel_handle.use_connection(socket);
        }
        was_used
    })
}

/// Sets the time after which no other send may use this attempt's connection.
pub(super) fn keep_until(until: Option<Instant>) {
    with(|send| send.into_iter().for_each(|send| send.cancel_handle.keep_until(until)));
}

/// Records that this attempt connects with these sockets. Forgets the connection that it used before: it may be gone, and
/// another one may have its address.
pub(super) fn connecting(sockets: &Arc<dyn ShutdownHandle>) {
    with(|send| {
        let Some(send) = send else { return };
        send.connection = 0;
        send.cancel_handle.connecting(sockets);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> SendContext {
        SendContext::new(Instant::now() + Duration::from_secs(60), Duration::from_secs(60), Arc::default())
    }

    #[test]
    fn a_request_goes_through_its_phases_once_and_in_order() {
        let _entered = context().enter();
        assert!(deadlines().1.is_some());
        assert!(!advance(RequestPhase::BytesTaken), "bytes of the head do not count");
        assert!(advance(RequestPhase::HeadWritten));
        assert!(!advance(RequestPhase::HeadWritten), "there is one head");
        assert!(deadlines().0.is_some() && deadlines().1.is_none());
        assert!(!bytes_taken() && advance(RequestPhase::BodyBegun) && !bytes_taken());
        assert!(advance(RequestPhase::BytesTaken) && bytes_taken());
        assert!(!advance(RequestPhase::BodyBegun) && bytes_taken());
    }

    #[test]
    fn a_send_inside_of_another_leaves_its_context_as_it_was() {
        let outer = context().enter();
        advance(RequestPhase::HeadWritten);
        note_asked_for();
        {
            let _inner = context().enter();
            assert!(!connect_progress().is_asked_for);
            advance(RequestPhase::HeadWritten);
            advance(RequestPhase::BodyBegun);
            advance(RequestPhase::BytesTaken);
            note_end();
        }
        assert!(connect_progress().is_asked_for && !bytes_taken() && !saw_end());
        assert!(advance(RequestPhase::BodyBegun));
        drop(outer);
        assert_eq!(deadlines(), (None, None));
    }
}
