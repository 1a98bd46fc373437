//! What the server does with one request.

use std::time::Duration;

use crate::reply::Reply;

/// What the server does with one request: how much of it is read, what is answered, and how it ends.
///
/// A constructor names the fault, and the other methods change its details.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) arrival: Arrival,
    pub(crate) read: Read,
    pub(crate) interim: Vec<u8>,
    pub(crate) latency: Duration,
    pub(crate) reply: Option<Reply>,
    pub(crate) reply_limit: usize,
    pub(crate) interval: Option<Duration>,
    pub(crate) drain: bool,
    pub(crate) end: End,
    pub(crate) close: Close,
    pub(crate) accepts: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    Serve,
    Close,
    BlackHole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// So many bytes of head and body, or the whole request if it is shorter.
    Bytes(usize),
    /// The head, and so many bytes of the body.
    HeadAnd(usize),
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    KeepAlive,
    CloseAfterIdle(Duration),
    Close,
    Stall,
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// With a FIN, over TLS after a `close_notify`. While something of the request is still to come it is read and
    /// thrown away, for at most five seconds, so that no RST overtakes what was answered.
    Orderly,
    /// As `Orderly`, but over TLS without the `close_notify`: a cut that a client of TLS must notice.
    Cut,
    /// As a process that dies: a FIN if all that came was read, else an RST.
    Abrupt,
    /// With an RST.
    Reset,
}

impl Fault {
    /// No fault: reads the whole request, answers 200 with a message id for each destination, and keeps the
    /// connection alive.
    pub fn good() -> Self {
        Self::answer(Reply::queued())
    }

    /// Reads the whole request, answers, and keeps the connection alive, unless the request wants it closed.
    pub fn answer(reply: impl Into<Reply>) -> Self {
        Self { reply: Some(reply.into()), end: End::KeepAlive, ..Self::reading(Read::Whole) }
    }

    /// Reads the whole request, answers, and closes.
    pub fn answer_and_close(reply: impl Into<Reply>) -> Self {
        Self { end: End::Close, ..Self::answer(reply) }
    }

    /// Closes as soon as the connection is accepted, before any TLS handshake; a connection that is kept alive when
    /// the first byte of the next request comes. Nothing is read.
    pub fn close_at_once() -> Self {
        Self { arrival: Arrival::Close, close: Close::Abrupt, ..Self::reading(Read::Bytes(0)) }
    }

    /// Accepts, and never reads: no TLS handshake, no answer. Ends as [`stall_after`](Self::stall_after) does.
    pub fn black_hole() -> Self {
        Self { arrival: Arrival::BlackHole, close: Close::Abrupt, end: End::Stall, ..Self::reading(Read::Bytes(0)) }
    }

    /// Closes once exactly `count` bytes of head and body were read, or the whole request if it is shorter. With 0,
    /// right after the TLS handshake. With 1 on a connection that was kept alive, when the next request begins.
    pub fn close_after(count: usize) -> Self {
        Self::reading(Read::Bytes(count))
    }

    /// Closes once the head and exactly `count` bytes of the body were read, or the whole body if it is shorter.
    pub fn close_in_body(count: usize) -> Self {
        Self::reading(Read::HeadAnd(count))
    }

    /// Reads the whole request, and closes without an answer.
    pub fn close_unanswered() -> Self {
        Self::reading(Read::Whole)
    }

    /// Stops reading at `count` bytes of head and body, or at the end of the request, and keeps the connection open
    /// until the server is released or dropped; then closes.
    pub fn stall_after(count: usize) -> Self {
        Self { end: End::Stall, ..Self::reading(Read::Bytes(count)) }
    }

    /// As [`stall_after`](Self::stall_after), counted from the end of the head.
    pub fn stall_in_body(count: usize) -> Self {
        Self { end: End::Stall, ..Self::reading(Read::HeadAnd(count)) }
    }

    /// Reads the whole request, and never answers.
    pub fn stall_unanswered() -> Self {
        Self { end: End::Stall, ..Self::reading(Read::Whole) }
    }

    /// Reads the whole request, answers the first `count` bytes of the reply, and closes: over TLS without a
    /// `close_notify`, see [`Close::Cut`].
    pub fn cut_reply(reply: impl Into<Reply>, count: usize) -> Self {
        Self { reply_limit: count, close: Close::Cut, ..Self::answer_and_close(reply) }
    }

    /// Reads the whole request, answers the first `count` bytes of the reply, and keeps the connection open until the
    /// server is released or dropped.
    pub fn stall_reply(reply: impl Into<Reply>, count: usize) -> Self {
        Self { end: End::Stall, ..Self::cut_reply(reply, count) }
    }

    /// Reads the whole request, answers one byte every second (or [`every`](Self::every)), then keeps alive. The first
    /// byte goes at once.
    pub fn trickle(reply: impl Into<Reply>) -> Self {
        Self::answer(reply).every(Duration::from_secs(1))
    }

    /// Answers when the head was read and closes, the body unread in the socket: with [`Close::Abrupt`] an RST may
    /// overtake the answer, with the ordinary `Orderly` it cannot. See also [`drained`](Self::drained).
    pub fn early_answer(reply: impl Into<Reply>) -> Self {
        Self { reply: Some(reply.into()), ..Self::reading(Read::HeadAnd(0)) }
    }

    /// Answers with a redirect, and keeps alive. The location is a URL, or a path on this server.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::answer(Reply::redirect(status, location))
    }

    /// The time between the last byte read and the first byte answered (or the end, if nothing is answered).
    #[must_use]
    pub fn after(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// Answers byte by byte, one each interval.
    #[must_use]
    pub fn every(self, interval: Duration) -> Self {
        Self { interval: Some(interval), ..self }
    }

    /// Sends these bytes when the head was read, before the body is read: a `100 Continue`, for example.
    #[must_use]
    pub fn interim(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self { interim: bytes.into(), ..self }
    }

    /// Reads what is left of the body once it has answered. It counts as received.
    #[must_use]
    pub fn drained(self) -> Self {
        Self { drain: true, ..self }
    }

    /// Keeps the connection open when it has answered, and reads nothing more, until the server is released or dropped.
    #[must_use]
    pub fn stalling(self) -> Self {
        Self { end: End::Stall, ..self }
    }

    /// How the connection is closed, if it is.
    #[must_use]
    pub fn closing(self, close: Close) -> Self {
        Self { close, ..self }
    }

    /// Closes after the answer, if no other request begins within that time.
    #[must_use]
    pub fn closing_after_idle(self, idle: Duration) -> Self {
        Self { end: End::CloseAfterIdle(idle), ..self }
    }

    /// Whether a request whose whole body came counts as accepted. Unless said here: when no final status from 300 up
    /// is answered; a gateway that dies with the body in its hands may have accepted it.
    #[must_use]
    pub fn accepting(self, accepts: bool) -> Self {
        Self { accepts: Some(accepts), ..self }
    }

    pub(crate) fn accepts(&self) -> bool {
        let refused = self.reply.as_ref().and_then(Reply::status).is_some_and(|status| status >= 300);
        self.accepts.unwrap_or(!refused)
    }

    /// Reads so much and closes.
    fn reading(read: Read) -> Self {
        Self {
            arrival: Arrival::Serve,
            read,
            interim: Vec::new(),
            latency: Duration::ZERO,
            reply: None,
            reply_limit: usize::MAX,
            interval: None,
            drain: false,
            end: End::Close,
            close: Close::Orderly,
            accepts: None,
        }
    }
}
