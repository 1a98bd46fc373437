//! What the sockets of a send must know of it, and what it must know of them. ureq has no way to hand this through its
//! connectors and transports, so it stands in one thread-local for the time of an attempt.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::ShutdownHandle;

use super::cancel::{CancelHandle, SharedSocket};

/// One attempt of one send.
pub(super) struct SendContext {
    /// ureq gives each step of a connection the whole of the step's time again. The sockets keep this deadline as well, so that
    /// a peer that sends byte by byte cannot stretch a send.
    deadline: Instant,
    /// When the connection must be ready, including name resolution, proxies and TLS.
    connect_deadline: Option<Instant>,
    progress: ConnectProgress,
    phase: RequestPhase,
    cancel_handle: Arc<CancelHandle>,
    /// The connection that the send uses, by its address.
    connection: usize,
    /// The connection ended while the answer was read. ureq accepts a chunked body that lacks its end.
    saw_end: bool,
}

/// How far a new connection has come. Through an HTTP proxy each step is counted twice: for the proxy, and for the gateway.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConnectProgress {
    /// A connection was asked for.
    pub(super) is_asked_for: bool,
    /// Connected, before any TLS.
    pub(super) connected: u32,
    /// Ready for a request.
    pub(super) ready: u32,
}

/// How far the request has come. Each step happens once in an attempt, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RequestPhase {
    /// The head has not been written.
    Connecting,
    /// The head has been written, by ureq into its buffer at least.
    HeadWritten,
    /// ureq has asked for the body, and the system has taken no byte of it.
    BodyBegun,
    /// The system has taken bytes since the body began, or may have.
    BytesTaken,
}

thread_local! {
    /// Without a destructor, so that it is there while the thread ends: a handler of `exit()` may send.
    static CURRENT: RefCell<ManuallyDrop<Option<SendContext>>> = const { RefCell::new(ManuallyDrop::new(None)) };
}

/// Runs this with the context of this thread's attempt; with `None` outside of one.
fn with<R>(run: impl FnOnce(Option<&mut SendContext>) -> R) -> R {
    CURRENT.with_borrow_mut(|current| run(current.as_mut()))
}

impl SendContext {
    /// An attempt that begins now.
    pub(super) fn new(deadline: Instant, connect_timeout: Duration, cancel_handle: Arc<CancelHandle>) -> Self {
        Self {
            deadline,
            connect_deadline: Instant::now().checked_add(connect_timeout),
            progress: ConnectProgress::default(),
            phase: RequestPhase::Connecting,
            cancel_handle,
            connection: 0,
            saw_end: false,
        }
    }

    /// Makes this the context of the thread, until the guard is dropped. Then the context around it holds again: a logger may
    /// send in the middle of an attempt.
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

pub(super) fn note_connected() {
    with(|send| send.into_iter().for_each(|send| send.progress.connected += 1));
}

pub(super) fn note_ready() {
    with(|send| send.into_iter().for_each(|send| send.progress.ready += 1));
}

/// How far this attempt's connection came; not at all if it used a kept one.
pub(super) fn connect_progress() -> ConnectProgress {
    with(|send| send.map(|send| send.progress)).unwrap_or_default()
}

/// The deadline of the send, and that of its connection while it is connecting.
pub(super) fn deadlines() -> (Option<Instant>, Option<Instant>) {
    with(|send| send.map_or((None, None), |send| (Some(send.deadline), send.connect_deadline)))
}

/// The request goes on to this phase. Says whether it was in the one before.
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
            // From the head on only the deadline of the send holds.
            send.connect_deadline = None;
        }
        is_next
    })
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

/// The connection ended while it was read.
pub(super) fn note_end() {
    with(|send| send.into_iter().for_each(|send| send.saw_end = true));
}

/// Whether the connection of this attempt has ended.
pub(super) fn saw_end() -> bool {
    with(|send| send.is_some_and(|send| send.saw_end))
}

/// This attempt uses the connection from now on. Says whether it did before.
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

/// No other send may use this attempt's connection after this.
pub(super) fn keep_until(until: Option<Instant>) {
    with(|send| send.into_iter().for_each(|send| send.cancel_handle.keep_until(until)));
}

/// This attempt connects with these sockets. The connection that it used before may be gone, and its address another's.
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
        assert!(!advance(RequestPhase::BytesTaken), "bytes of the head are none of the body");
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
