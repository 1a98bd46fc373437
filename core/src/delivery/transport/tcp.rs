//! TCP connections that enforce the deadline of a send, can be shut down at any time, and record whether the system took any
//! bytes.

use std::io::{self, Read, Write};
#[cfg(unix)]
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

#[cfg(unix)]
use socket2::SockRef;
use ureq::Error;
use ureq::http::Uri;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};

use super::cancel::SharedSocket;
use super::context::{self, RequestPhase};
use super::deadline::Deadline;
use super::dial::Dialer;
use super::resolve::LATER;

/// Opens TCP connections. A connection can be shut down even while it is being opened.
#[derive(Debug)]
pub(super) struct Tcp(pub(super) Dialer);

impl<In: Transport> Connector<In> for Tcp {
    type Out = Either<In, TcpTransport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(transport) = chained {
            return Ok(Some(Either::A(transport)));
        }
        if details.addrs.iter().eq([&LATER]) {
            let addresses = details.resolver.resolve(details.uri, details.config, details.timeout)?;
            return TcpTransport::connect(details, &self.0, details.uri, &addresses).map(Either::B).map(Some);
        }
        TcpTransport::connect(details, &self.0, details.uri, &details.addrs).map(Either::B).map(Some)
    }
}

/// Records that there is a connection, of whichever connector, before TLS begins on it.
#[derive(Debug, Default)]
pub(super) struct ConnectedProbe;

impl<In: Transport> Connector<In> for ConnectedProbe {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<In>, Error> {
        if chained.is_some() {
            context::note_connected();
        }
        Ok(chained)
    }
}

/// A TCP connection.
pub(super) struct TcpTransport {
    socket: Arc<SharedSocket>,
    buffers: LazyBuffers,
    /// The error after which nothing more can be written. The gateway may have answered before it, so reading goes on.
    broken: Option<Error>,
    /// How many more reads are allowed after the deadline.
    late_reads: u16,
}

/// How many reads are allowed after the deadline, for an answer that has already arrived in several pieces. The limit keeps a
/// peer that sends endlessly from prolonging a send.
const MAX_LATE_READS: u16 = 1024;

impl TcpTransport {
    /// Connects to this URL's host.
    pub(super) fn connect(
        details: &ConnectionDetails<'_>,
        dialer: &Dialer,
        url: &Uri,
        addresses: &[SocketAddr],
    ) -> Result<Self, Error> {
        let stream = dialer.connect(details, url.host().unwrap_or_default(), addresses)?;
        stream.set_nodelay(details.config.no_delay())?;
        let config = details.config;
        let transport = Self::new(stream, LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()));
        let handle: Arc<dyn ShutdownHandle> = transport.socket.clone();
        (details.register_shutdown)(Arc::downgrade(&handle))?;
        Ok(transport)
    }

    fn new(stream: TcpStream, buffers: LazyBuffers) -> Self {
        Self { socket: Arc::new(SharedSocket::new(stream)), buffers, broken: None, late_reads: MAX_LATE_READS }
    }

    /// Writes all of these bytes to the socket, without the buffers.
    pub(super) fn write_all(&mut self, bytes: &[u8], timeout: &NextTimeout) -> Result<(), Error> {
        let mut sent = 0;
        while sent < bytes.len() {
            sent += self.with_timeout(timeout, Direction::Out, |stream, _| {
                write(stream, bytes.get(sent..).unwrap_or_default())
            })?;
        }
        Ok(())
    }

    /// Reads exactly `N` bytes from the socket, without the buffers.
    pub(super) fn read_exactly<const N: usize>(&mut self, timeout: &NextTimeout) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        let mut have = 0;
        while have < N {
            have += self.with_timeout(timeout, Direction::In, |stream, _| {
                match stream.read(bytes.get_mut(have..).unwrap_or_default())? {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    read => Ok(read),
                }
            })?;
        }
        Ok(bytes)
    }

    fn write_output(&mut self, amount: usize, timeout: &NextTimeout) -> Result<(), Error> {
        let mut sent = 0;
        while sent < amount {
            sent += self.with_timeout(timeout, Direction::Out, |stream, buffers| {
                let rest = buffers.output().get(sent..amount).unwrap_or_default();
                write(stream, rest)
            })?;
        }
        Ok(())
    }

    /// Reads what has already arrived, without waiting.
    fn read_what_is_there(&mut self) -> Result<bool, Error> {
        self.socket.stream.set_nonblocking(true)?;
        let read = read_some(&mut &self.socket.stream, &mut self.buffers);
        self.socket.stream.set_nonblocking(false)?;
        Ok(read?)
    }

    /// Repeats a call on the socket until it succeeds, fails, or the deadline passes.
    fn with_timeout<T>(
        &mut self,
        timeout: &NextTimeout,
        direction: Direction,
        mut call: impl FnMut(&mut &TcpStream, &mut LazyBuffers) -> io::Result<T>,
    ) -> Result<T, Error> {
        let deadline = Deadline::of(timeout);
        context::use_connection(&self.socket);
        let stream = &self.socket.stream;
        loop {
            let left = deadline.left()?;
            match direction {
                Direction::In => stream.set_read_timeout(left)?,
                Direction::Out => stream.set_write_timeout(left)?,
            }
            match call(&mut &*stream, &mut self.buffers) {
                Ok(value) => return Ok(value),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    // Normally the deadline has passed. If the system woke us too early, the call is repeated.
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut if cfg!(unix) => {}
                    // On Windows a call that timed out may have lost bytes, so it is not repeated.
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Err(Error::Timeout(deadline.reason)),
                    _ => return Err(error.into()),
                },
            }
        }
    }
}

impl Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.broken.is_some() {
            return Ok(());
        }
        match self.write_output(amount, &timeout.for_write()) {
            // Bytes have left, so there may be an answer. ureq reads it after it believes to have written everything.
            Err(error) if context::bytes_taken() => {
                self.broken = Some(error);
                Ok(())
            }
            written => written,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let mut input = self.with_timeout(&timeout.for_read(), Direction::In, read_some);
        if matches!(input, Err(Error::Timeout(_))) && context::bytes_taken() && self.late_reads > 0 {
            // The answer may have come while the process was stopped.
            self.late_reads -= 1;
            input = self.read_what_is_there().or(input);
        }
        match input {
            Ok(true) => Ok(true),
            // The error of the write explains more than the closed connection that follows from it.
            ended => match self.broken.take() {
                Some(error) => Err(error),
                None => ended,
            },
        }
    }

    /// Whether another request can use the connection: the server has promised to keep it, and there is nothing to read,
    /// neither its end nor unexpected bytes.
    ///
    /// ureq asks twice: for the send that used the connection, before it returns to the pool, and for the next send. Only the
    /// second answer counts, so the first one does not look at the socket.
    fn is_open(&mut self) -> bool {
        // From here on the connection belongs to this send, even if nothing is written.
        let was_held = context::use_connection(&self.socket);
        let is_silent = || peek(&self.socket.stream).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        let is_sound = self.broken.is_none() && self.late_reads == MAX_LATE_READS && self.socket.is_kept();
        is_sound && self.buffers.input().is_empty() && (was_held || is_silent())
    }
}

/// Reads into the buffers. Returns false at the end of the connection.
fn read_some(stream: &mut &TcpStream, buffers: &mut LazyBuffers) -> io::Result<bool> {
    let read = stream.read(buffers.input_append_buf())?;
    buffers.input_appended(read);
    Ok(read > 0)
}

#[cfg(test)]
thread_local! {
    /// A function to call before this thread's next write to a socket.
    pub(super) static BEFORE_WRITE: std::cell::RefCell<Option<Box<dyn FnOnce()>>> =
        const { std::cell::RefCell::new(None) };
}

/// Writes to the socket, and records whether the system may have taken a byte.
fn write(stream: &mut &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    #[cfg(test)]
    BEFORE_WRITE.take().into_iter().for_each(|happen| happen());
    let written = stream.write(bytes);
    let may_have_left = match &written {
        Ok(count) => *count > 0,
        Err(error) => !took_nothing(error.kind()),
    };
    if may_have_left {
        context::advance(RequestPhase::BytesTaken);
    }
    match written? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        count => Ok(count),
    }
}

/// Whether a write that failed with this error certainly took no byte.
fn took_nothing(kind: io::ErrorKind) -> bool {
    match kind {
        // The connection had already ended.
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected => true,
        // On Windows a write that timed out may have taken bytes.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => cfg!(unix),
        // Linux returns the number of bytes it took, and the error with the next call. macOS and the BSDs may return an error
        // for a packet that could not leave, and still keep its bytes to send them again.
        _ => cfg!(any(target_os = "linux", target_os = "android")),
    }
}

/// Whether bytes go in or out.
#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

/// Looks for a byte, without taking it or waiting for it.
#[cfg(unix)]
fn peek(stream: &TcpStream) -> io::Result<usize> {
    let mut byte = [MaybeUninit::uninit()];
    SockRef::from(stream).recv_with_flags(&mut byte, libc::MSG_PEEK | libc::MSG_DONTWAIT)
}

/// Looks for a byte, without taking it or waiting for it.
#[cfg(not(unix))]
fn peek(stream: &TcpStream) -> io::Result<usize> {
    stream.set_nonblocking(true)?;
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    peeked
}

impl std::fmt::Debug for TcpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TcpTransport").field("peer", &self.socket.stream.peer_addr().ok()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use ureq::Timeout;

    use super::*;
    use crate::delivery::transport::context::SendContext;

    /// Returns a connection to a peer that sends nothing, and the peer.
    fn silent() -> (TcpTransport, TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        let (peer, _) = listener.accept().expect("a connection");
        (TcpTransport::new(stream, LazyBuffers::new(1024, 1024)), peer)
    }

    #[test]
    fn only_certain_errors_mean_that_a_write_took_no_byte() {
        let ended = [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset, io::ErrorKind::NotConnected];
        assert!(ended.into_iter().all(took_nothing));
        let is_linux = cfg!(any(target_os = "linux", target_os = "android"));
        for kind in [io::ErrorKind::HostUnreachable, io::ErrorKind::PermissionDenied, io::ErrorKind::Other] {
            assert_eq!(took_nothing(kind), is_linux, "{kind}");
        }
        assert_eq!(took_nothing(io::ErrorKind::TimedOut), cfg!(unix));
    }

    #[test]
    fn a_call_ends_at_its_own_deadline_and_not_at_that_of_the_call_before() {
        let (mut transport, _peer) = silent();
        for millis in [100, 300, 1] {
            let time = Duration::from_millis(millis);
            let _entered = SendContext::new(Instant::now() + time, time, Arc::default()).enter();
            let began = Instant::now();
            let error = transport.await_input(NextTimeout::default()).expect_err("nothing comes");
            assert!(matches!(error, Error::Timeout(Timeout::Global)), "{error:?}");
            let took = began.elapsed();
            assert!(took >= time && took < time + Duration::from_secs(2), "{millis}: {took:?}");
        }
    }

    #[test]
    fn a_connection_with_unread_bytes_is_not_used_for_the_next_send() {
        let deadline = Instant::now() + Duration::from_secs(60);
        let next_send = || SendContext::new(deadline, Duration::from_secs(60), Arc::default()).enter();
        let (mut transport, mut peer) = silent();
        for _ in 0..2 {
            let _entered = next_send();
            assert!(transport.is_open());
        }
        peer.write_all(b"x").expect("a connection");
        // The kernel needs a moment on some systems.
        transport.socket.stream.peek(&mut [0]).expect("a byte");
        {
            let _entered = next_send();
            assert!(!transport.is_open());
        }
        let (mut transport, peer) = silent();
        drop(peer);
        transport.socket.stream.peek(&mut [0]).expect("an end");
        let _entered = next_send();
        assert!(!transport.is_open());
    }
}
