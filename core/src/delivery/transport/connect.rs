//! Name look-up and TCP, so that both end when they should: at the deadline, or when the client is closed.

use std::collections::HashMap;
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

#[cfg(unix)]
use socket2::SockRef;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, ShutdownHandle, Transport,
};
use ureq::{Error, Timeout};

use super::cancel::SharedSocket;
use super::current;
use super::dial::{Dialer, interleave};
use super::room::Room;
use crate::delivery::thread;

/// How many of a host's addresses are tried.
const MAX_ADDRESSES: usize = 16;

/// Name look-up that can be given up: the system's own call cannot, so it runs on a thread of its own, one a name at a
/// time, however many wait for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup(Arc<Desk>);

#[derive(Debug, Default)]
struct Desk {
    state: Mutex<DeskState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct DeskState {
    running: HashMap<String, Arc<Answer>>,
    closed: bool,
}

/// What the system answers; nothing where it fails.
type Answer = OnceLock<Vec<SocketAddr>>;

impl Lookup {
    /// Nobody waits any longer, and nobody will.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }

    fn find(&self, name: String, end: &End) -> Result<Vec<SocketAddr>, Error> {
        let mut state = self.0.lock();
        let answer = match state.running.get(&name) {
            Some(answer) => Arc::clone(answer),
            None => self.begin(name, &mut state)?,
        };
        loop {
            if state.closed {
                return Err(closed().into());
            }
            if let Some(addresses) = answer.get() {
                return if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses.clone()) };
            }
            state = match end.left()? {
                Some(left) => self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn begin(&self, name: String, state: &mut DeskState) -> Result<Arc<Answer>, Error> {
        let answer = Arc::new(Answer::new());
        let (desk, found, key) = (Arc::clone(&self.0), Arc::clone(&answer), name.clone());
        let run = move || {
            let addresses = name.to_socket_addrs().map(Iterator::collect).unwrap_or_default();
            // Only this thread sets it.
            let _ = found.set(addresses);
            desk.lock().running.remove(&name);
            desk.changed.notify_all();
        };
        thread::spawn("linkwa-lookup", run).map_err(|error| Error::Other(Box::new(NoThread(error))))?;
        state.running.insert(key, Arc::clone(&answer));
        Ok(answer)
    }
}

/// A name cannot be looked up.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no thread to look the host name up on: {}", .0.kind())]
pub(super) struct NoThread(io::Error);

impl Desk {
    fn lock(&self) -> MutexGuard<'_, DeskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolver for Lookup {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        if timeout.reason == Timeout::Resolve {
            // ureq asks before each request, also if it has a connection. Nobody needs to know yet: see `Tcp`.
            return Ok(later(self));
        }
        current::note_dialled();
        let host = uri.host().ok_or(Error::HostNotFound)?;
        let default_port = match uri.scheme_str() {
            Some("https") => 443,
            Some("socks4" | "socks4a" | "socks" | "socks5" | "socks5h") => 1080,
            _ => 80,
        };
        let port = uri.port_u16().unwrap_or(default_port);
        let mut addresses = self.empty();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            addresses.push(SocketAddr::new(address, port));
            return Ok(addresses);
        }
        let end = End::of(&timeout);
        // Looking up is a part of connecting; what took the time is told all the same.
        let reason = if end.reason == Timeout::Global { end.reason } else { Timeout::Resolve };
        let found = self.find(format!("{host}:{port}"), &End { reason, ..end })?;
        for address in config.ip_family().keep_wanted(interleave(found).into_iter()).take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

/// Stands for the addresses of a name that will be looked up when a connection is made.
const LATER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

pub(super) fn later(resolver: &dyn Resolver) -> ResolvedSocketAddrs {
    let mut later = resolver.empty();
    later.push(LATER);
    later
}

/// Opens TCP connections. Each can be interrupted from its first packet on.
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

/// Notes that a connection is there, whichever connector made it, before TLS begins on it.
#[derive(Debug, Default)]
pub(super) struct Milestone;

impl<In: Transport> Connector<In> for Milestone {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<In>, Error> {
        if chained.is_some() {
            current::note_connected();
        }
        Ok(chained)
    }
}

/// What becomes of somebody who waits while the client is closed.
pub(super) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the client is closed")
}

/// When a step must have ended, and why: its own timeout, that of connecting, or the deadline of the whole send.
pub(super) struct End {
    at: Option<Instant>,
    reason: Timeout,
}

impl End {
    pub(super) fn of(timeout: &NextTimeout) -> Self {
        let own = if timeout.after.is_not_happening() { None } else { Instant::now().checked_add(*timeout.after) };
        let ends =
            [(current::deadline(), Timeout::Global), (current::connect_end(), Timeout::Connect), (own, timeout.reason)];
        let first = ends.into_iter().filter_map(|(at, reason)| Some((at?, reason))).min_by_key(|(at, _)| *at);
        Self { at: first.map(|(at, _)| at), reason: first.map_or(timeout.reason, |(_, reason)| reason) }
    }

    /// The time that is left, if it is limited; there is always some.
    pub(super) fn left(&self) -> Result<Option<Duration>, Error> {
        let left = self.at.map(|at| at.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) { Err(Error::Timeout(self.reason)) } else { Ok(left) }
    }
}

/// A TCP connection.
pub(super) struct TcpTransport {
    wire: Arc<SharedSocket>,
    buffers: Room,
    reading: Limit,
    writing: Limit,
    /// Why nothing more can be written, if that is so. The gateway may have answered before: what has arrived is still read.
    broken: Option<Error>,
    /// How often may be looked yet at what has arrived after the deadline.
    late_looks: u16,
}

/// How often is looked at what had arrived at the deadline: an answer comes in pieces. A peer that sends without an end must not
/// stretch a send.
const LATE_LOOKS: u16 = 1024;

/// How long a call on a socket may take, as it was told last. To tell it is a system call, so that it is told only what differs
/// much: a socket that has a shorter time is asked again when that is over, and one that has a longer is told.
struct Limit {
    set: fn(&TcpStream, Option<Duration>) -> io::Result<()>,
    is: Option<Duration>,
}

impl Limit {
    fn new(set: fn(&TcpStream, Option<Duration>) -> io::Result<()>) -> Self {
        Self { set, is: None }
    }

    /// Sees to it that a call ends within the time that is left.
    fn keep(&mut self, stream: &TcpStream, left: Option<Duration>) -> io::Result<()> {
        // Windows may lose bytes when a call runs out of time, so that none must that is to be made again.
        if cfg!(unix)
            && let (Some(is), Some(left)) = (self.is, left)
            && is <= left
            && is >= left / 2
        {
            return Ok(());
        }
        self.tell(stream, left.map(|left| if cfg!(unix) { (left / 8 * 7).max(LEAST_LIMIT).min(left) } else { left }))
    }

    fn tell(&mut self, stream: &TcpStream, time: Option<Duration>) -> io::Result<()> {
        if self.is != time {
            (self.set)(stream, time)?;
            self.is = time;
        }
        Ok(())
    }
}

/// Nobody is woken before this to wait for a rest.
const LEAST_LIMIT: Duration = Duration::from_millis(100);

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
        let transport = Self::new(stream, details.config.output_buffer_size());
        let handle: Arc<dyn ShutdownHandle> = transport.wire.clone();
        (details.register_shutdown)(Arc::downgrade(&handle))?;
        Ok(transport)
    }

    fn new(stream: TcpStream, output: usize) -> Self {
        let (wire, buffers) = (Arc::new(SharedSocket::new(stream)), Room::new(output));
        let (reading, writing) = (Limit::new(TcpStream::set_read_timeout), Limit::new(TcpStream::set_write_timeout));
        Self { wire, buffers, reading, writing, broken: None, late_looks: LATE_LOOKS }
    }

    /// Writes all of these bytes to the socket, beside the buffers.
    pub(super) fn write_all(&mut self, bytes: &[u8], timeout: &NextTimeout) -> Result<(), Error> {
        let mut sent = 0;
        while sent < bytes.len() {
            sent += self.within(timeout, Way::Out, |stream, _| write(stream, bytes.get(sent..).unwrap_or_default()))?;
        }
        Ok(())
    }

    /// Reads exactly so many bytes from the socket, beside the buffers.
    pub(super) fn read_exactly<const N: usize>(&mut self, timeout: &NextTimeout) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        let mut have = 0;
        while have < N {
            have += self.within(timeout, Way::In, |stream, _| {
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
            sent += self.within(timeout, Way::Out, |stream, buffers| {
                let rest = buffers.output().get(sent..amount).unwrap_or_default();
                write(stream, rest)
            })?;
        }
        Ok(())
    }

    /// Reads without waiting.
    fn read_what_is_there(&mut self) -> Result<bool, Error> {
        self.wire.stream.set_nonblocking(true)?;
        let read = read_some(&mut &self.wire.stream, &mut self.buffers);
        self.wire.stream.set_nonblocking(false)?;
        Ok(read?)
    }

    /// Runs one call on the socket, which ends when its time is up. An interrupted call is made again.
    fn within<T>(
        &mut self,
        timeout: &NextTimeout,
        way: Way,
        mut call: impl FnMut(&mut &TcpStream, &mut Room) -> io::Result<T>,
    ) -> Result<T, Error> {
        let end = End::of(timeout);
        current::hold(&self.wire);
        let limit = match way {
            Way::In => &mut self.reading,
            Way::Out => &mut self.writing,
        };
        limit.keep(&self.wire.stream, end.left()?)?;
        loop {
            match call(&mut &self.wire.stream, &mut self.buffers) {
                Ok(value) => return Ok(value),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut if cfg!(unix) => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Err(Error::Timeout(end.reason)),
                    _ => return Err(error.into()),
                },
            }
            // All the time that is left: an error if none is.
            limit.tell(&self.wire.stream, end.left()?)?;
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
            // Something has left, so there may be an answer: ureq reads it when it has written everything.
            Err(error) if current::something_left() => {
                self.broken = Some(error);
                Ok(())
            }
            written => written,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let mut input = self.within(&timeout.for_read(), Way::In, read_some);
        if matches!(input, Err(Error::Timeout(_))) && current::something_left() && self.late_looks > 0 {
            // The process may have been stopped while the answer came.
            self.late_looks -= 1;
            input = self.read_what_is_there().or(input);
        }
        match input {
            Ok(true) => Ok(true),
            // Why the request could not be written tells more than the end that follows from it.
            ended => match self.broken.take() {
                Some(error) => Err(error),
                None => ended,
            },
        }
    }

    /// Open is a connection that the server has promised to keep, and on which nothing is to be read: neither an end nor
    /// bytes that nobody asked for.
    ///
    /// The send that has used it asks as well, before it puts it back; the next one's question counts.
    fn is_open(&mut self) -> bool {
        // Also if it is about to be used: from now on it is this send's.
        let was_held = current::hold(&self.wire);
        let is_silent = || peek(&self.wire.stream).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        let is_sound = self.broken.is_none() && self.late_looks == LATE_LOOKS && self.wire.is_kept();
        is_sound && self.buffers.input().is_empty() && (was_held || is_silent())
    }
}

/// Reads into the buffers; false at the end.
fn read_some(stream: &mut &TcpStream, buffers: &mut Room) -> io::Result<bool> {
    let read = stream.read(buffers.input_append_buf())?;
    buffers.input_appended(read);
    Ok(read > 0)
}

/// Writes to the socket, and notes whether the system took something.
fn write(stream: &mut &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let written = stream.write(bytes);
    let may_have_left = match &written {
        Ok(count) => *count > 0,
        Err(error) => !took_nothing(error.kind()),
    };
    if may_have_left {
        current::note_left();
    }
    match written? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        count => Ok(count),
    }
}

/// Whether a write that failed like this took no byte for certain.
fn took_nothing(kind: io::ErrorKind) -> bool {
    match kind {
        // The connection had ended before.
        io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected => true,
        // Windows does not say how much it took when time is up.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => cfg!(unix),
        // Linux reports what it took, and the error next time. macOS and the BSDs may report a packet that could not leave, and
        // keep its bytes to send them again.
        _ => cfg!(any(target_os = "linux", target_os = "android")),
    }
}

/// Whether bytes go in or out.
#[derive(Clone, Copy)]
enum Way {
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
        f.debug_struct("TcpTransport").field("peer", &self.wire.stream.peer_addr().ok()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ureq::Agent;

    use super::*;

    /// A look-up that the system does not answer.
    fn hanging() -> Lookup {
        let lookup = Lookup::default();
        lookup.0.lock().running.insert("slow.invalid:80".to_owned(), Arc::default());
        lookup
    }

    fn resolve(lookup: &Lookup) -> Result<ResolvedSocketAddrs, Error> {
        let config = Agent::config_builder().build();
        lookup.resolve(&Uri::from_static("http://slow.invalid"), &config, NextTimeout::default())
    }

    #[test]
    fn a_look_up_that_hangs_ends_with_connecting_and_is_named_as_what_took_the_time() {
        let far = Instant::now() + Duration::from_secs(60);
        for (deadline, connect, wanted) in [
            (far, Duration::from_millis(20), Timeout::Resolve),
            (Instant::now() + Duration::from_millis(20), Duration::from_secs(60), Timeout::Global),
        ] {
            let _current = current::Current::new(deadline, connect, Arc::default());
            let error = resolve(&hanging()).expect_err("no answer");
            assert!(matches!(error, Error::Timeout(reason) if reason == wanted), "{error:?}");
        }
    }

    #[test]
    fn a_look_up_without_a_thread_fails_at_once() {
        let end = Instant::now() + Duration::from_secs(60);
        let _current = current::Current::new(end, Duration::from_secs(60), Arc::default());
        thread::NO_THREADS.set(true);
        let error = resolve(&Lookup::default()).expect_err("no thread");
        thread::NO_THREADS.set(false);
        assert!(matches!(error, Error::Other(error) if error.is::<NoThread>()));
    }

    #[test]
    fn whoever_waits_for_a_look_up_stops_when_the_client_is_closed() {
        let lookup = hanging();
        let waiting = lookup.clone();
        let thread = std::thread::spawn(move || resolve(&waiting).map(drop));
        lookup.close();
        assert!(matches!(thread.join().expect("no panic"), Err(Error::Io(_))));
    }

    /// A connection to a peer that says nothing, and the peer.
    fn silent() -> (TcpTransport, TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        let (peer, _) = listener.accept().expect("a connection");
        (TcpTransport::new(stream, 1024), peer)
    }

    #[test]
    fn only_a_write_that_took_no_byte_for_certain_is_believed_to_have_taken_none() {
        let ended = [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset, io::ErrorKind::NotConnected];
        assert!(ended.into_iter().all(took_nothing));
        let is_linux = cfg!(any(target_os = "linux", target_os = "android"));
        for kind in [io::ErrorKind::HostUnreachable, io::ErrorKind::PermissionDenied, io::ErrorKind::Other] {
            assert_eq!(took_nothing(kind), is_linux, "{kind}");
        }
        assert_eq!(took_nothing(io::ErrorKind::TimedOut), cfg!(unix));
    }

    #[test]
    fn a_time_that_was_told_before_neither_shortens_nor_stretches_a_call() {
        let (mut transport, _peer) = silent();
        let mut told = Vec::new();
        for millis in [1000, 100, 300, 290, 280, 500, 1] {
            let time = Duration::from_millis(millis);
            let _current = current::Current::new(Instant::now() + time, time, Arc::default());
            let began = Instant::now();
            // A longer one stands before the shorter.
            if millis > 500 {
                transport.reading.keep(&transport.wire.stream, Some(time)).expect("a socket");
            } else {
                let error = transport.await_input(NextTimeout::default()).expect_err("nothing comes");
                assert!(matches!(error, Error::Timeout(Timeout::Global)), "{error:?}");
                let took = began.elapsed();
                assert!(took >= time && took < time + Duration::from_secs(2), "{millis}: {took:?}");
            }
            told.push(transport.wire.stream.read_timeout().expect("a socket"));
        }
        assert!(told.iter().all(Option::is_some), "{told:?}");
    }

    #[test]
    fn a_long_time_is_told_once() {
        let (mut transport, mut peer) = silent();
        let mut told = Vec::new();
        for seconds in [30, 31, 29, 35, 20] {
            let time = Duration::from_secs(seconds);
            let _current = current::Current::new(Instant::now() + time, time, Arc::default());
            peer.write_all(b"x").expect("a connection");
            assert!(transport.await_input(NextTimeout::default()).expect("a byte"));
            told.push(transport.wire.stream.read_timeout().expect("a socket").expect("a time"));
        }
        if cfg!(unix) {
            assert!(told[..4].iter().all(|time| *time == told[0]), "{told:?}");
        }
        assert!(told[4] <= Duration::from_secs(20), "{told:?}");
    }

    #[test]
    fn a_connection_on_which_something_comes_is_not_open_for_the_next_send() {
        let deadline = Instant::now() + Duration::from_secs(60);
        let next_send = || current::Current::new(deadline, Duration::from_secs(60), Arc::default());
        let (mut transport, mut peer) = silent();
        for _ in 0..2 {
            let _current = next_send();
            assert!(transport.is_open());
        }
        peer.write_all(b"x").expect("a connection");
        // The kernel needs a moment on some systems.
        transport.wire.stream.peek(&mut [0]).expect("a byte");
        {
            let _current = next_send();
            assert!(!transport.is_open());
        }
        let (mut transport, peer) = silent();
        drop(peer);
        transport.wire.stream.peek(&mut [0]).expect("an end");
        let _current = next_send();
        assert!(!transport.is_open());
    }
}
