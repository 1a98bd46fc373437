//! Connects to the first of a host's addresses that answers (RFC 8305, "happy eyeballs"), so that a dead address does not use
//! up the time of the others.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};
use ureq::Error;
use ureq::unversioned::transport::{ConnectionDetails, ShutdownHandle};

use super::cancel::closed;
use super::context;
use super::deadline::Deadline;
use super::descriptor::above_standard;

/// How long one address is tried before the next one is tried in parallel.
const HEAD_START: Duration = Duration::from_millis(250);

/// Remembers which address of each host answered last. A client has at most two hosts: the gateway and a proxy.
#[derive(Clone, Debug, Default)]
pub(super) struct Dialer(Arc<Mutex<HashMap<String, SocketAddr>>>);

impl Dialer {
    /// Connects to one of the host's addresses.
    pub(super) fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        host: &str,
        addresses: &[SocketAddr],
    ) -> Result<TcpStream, Error> {
        let (stream, address) = connect_any(details, &self.order(host, addresses))?;
        self.lock().insert(host.to_owned(), address);
        Ok(stream)
    }

    /// The addresses in the order to try them: first the one that answered last.
    fn order(&self, host: &str, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let known = self.lock().get(host).copied();
        let mut ordered = addresses.to_vec();
        ordered.sort_by_key(|address| Some(*address) != known);
        ordered
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Alternates IPv6 and IPv4 addresses, starting with the family of the first, and keeps the order within each family.
pub(super) fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_ipv4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (same, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|a| a.is_ipv4() == first_is_ipv4);
    (0..same.len().max(other.len())).flat_map(|i| [same.get(i), other.get(i)]).flatten().copied().collect()
}

fn connect_any(details: &ConnectionDetails<'_>, addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), Error> {
    let deadline = Deadline::of(&details.timeout);
    let connecting = Arc::new(Connecting::default());
    let handle: Arc<dyn ShutdownHandle> = connecting.clone();
    (details.register_shutdown)(Arc::downgrade(&handle)).map_err(|_| closed())?;
    context::connecting(&handle);
    let mut waiting = addresses.iter();
    let mut sockets: Vec<(SocketAddr, Arc<Socket>)> = Vec::new();
    let mut next = Instant::now();
    let mut last = Error::ConnectionFailed;
    loop {
        let left = deadline.left()?;
        let now = Instant::now();
        if (sockets.is_empty() || now >= next)
            && let Some(address) = waiting.next()
        {
            match connecting.begin(*address) {
                Ok(socket) => {
                    sockets.push((*address, socket));
                    next = now + HEAD_START;
                }
                Err(error) => last = error.into(),
            }
            continue;
        }
        if sockets.is_empty() {
            return Err(last);
        }
        // Waits at most this long, because on some systems a shutdown does not wake a thread that waits here.
        let pause = if waiting.len() == 0 { HEAD_START } else { next - now };
        let mut ready = poll(&sockets, left.map_or(pause, |left| pause.min(left)))?;
        if let Some((index, _)) = ready.iter().find(|(_, result)| result.is_ok()) {
            let (address, socket) = sockets.swap_remove(*index);
            return Ok((connecting.finish(socket)?, address));
        }
        // Removes from the end, so that the indexes of the others stay valid.
        while let Some((index, result)) = ready.pop() {
            sockets.remove(index);
            last = result.err().map_or(last, Error::from);
            // Try the next address at once.
            next = now;
        }
        if connecting.lock().is_over {
            return Err(closed().into());
        }
    }
}

/// The sockets that are connecting. A shutdown stops them all.
#[derive(Default)]
struct Connecting(Mutex<Sockets>);

#[derive(Default)]
struct Sockets {
    is_over: bool,
    sockets: Vec<Weak<Socket>>,
}

impl Connecting {
    fn lock(&self) -> MutexGuard<'_, Sockets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to connect to this address without waiting.
    fn begin(&self, address: SocketAddr) -> io::Result<Arc<Socket>> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        let socket = Arc::new(above_standard(socket)?);
        socket.set_nonblocking(true)?;
        let mut state = self.lock();
        if state.is_over {
            return Err(closed());
        }
        match socket.connect(&address.into()) {
            Err(error) if !is_in_progress(&error) => return Err(error),
            _ => state.sockets.push(Arc::downgrade(&socket)),
        }
        Ok(socket)
    }

    /// Releases the connected socket from the sockets that a shutdown stops.
    fn finish(&self, socket: Arc<Socket>) -> io::Result<TcpStream> {
        let mut state = self.lock();
        if state.is_over {
            return Err(closed());
        }
        state.sockets.clear();
        drop(state);
        // A shutdown uses a socket only under the lock, so there is no other reference.
        let socket = Arc::into_inner(socket).ok_or_else(closed)?;
        socket.set_nonblocking(false)?;
        Ok(socket.into())
    }
}

impl ShutdownHandle for Connecting {
    fn shutdown(&self) {
        let mut state = self.lock();
        state.is_over = true;
        for socket in state.sockets.drain(..).filter_map(|socket| socket.upgrade()) {
            // An error means that the socket was not connecting yet.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(unix)]
fn is_in_progress(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS) || error.kind() == io::ErrorKind::Interrupted
}

#[cfg(not(unix))]
fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// Waits until some of these are connected or have failed, but no longer than this. Says which, in their order.
#[cfg(unix)]
fn poll(sockets: &[(SocketAddr, Arc<Socket>)], pause: Duration) -> io::Result<Vec<(usize, io::Result<()>)>> {
    use std::os::fd::AsFd as _;

    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, poll};

    let mut polled: Vec<_> =
        sockets.iter().map(|(_, socket)| PollFd::new(socket.as_fd(), PollFlags::POLLOUT)).collect();
    // Rounded up, so that the last millisecond is not a busy loop.
    match poll(&mut polled, u16::try_from(pause.as_micros().div_ceil(1000)).unwrap_or(u16::MAX)) {
        Ok(_) => {}
        Err(Errno::EINTR) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    }
    let broken = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
    let found = sockets.iter().zip(&polled).enumerate().filter_map(|(index, ((_, socket), entry))| {
        let events = entry.revents().unwrap_or(broken);
        let result = match socket.take_error() {
            _ if events.is_empty() => return None,
            Ok(Some(error)) | Err(error) => Err(error),
            Ok(None) if events.intersects(broken) => Err(io::ErrorKind::ConnectionAborted.into()),
            Ok(None) => Ok(()),
        };
        Some((index, result))
    });
    Ok(found.collect())
}

/// Waits until some of these are connected or have failed, but no longer than this. Says which, in their order.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
fn poll(sockets: &[(SocketAddr, Arc<Socket>)], pause: Duration) -> io::Result<Vec<(usize, io::Result<()>)>> {
    // There is no way to wait for several sockets here without unsafe code.
    std::thread::sleep(pause.min(Duration::from_millis(5)));
    let found = sockets.iter().enumerate().filter_map(|(index, (_, socket))| {
        let result = match socket.take_error() {
            Ok(Some(error)) | Err(error) => Err(error),
            Ok(None) if socket.peer_addr().is_err() => return None,
            Ok(None) => Ok(()),
        };
        Some((index, result))
    });
    Ok(found.collect())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use linkwa_faults::{Fault, FaultServer, dead_port, refused_port};
    use ureq::http::Uri;
    use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
    use ureq::unversioned::transport::NextTimeout;
    use ureq::{Agent, Timeout};

    use super::*;
    use crate::delivery::transport::cancel::CancelHandle;
    use crate::delivery::transport::context::SendContext;
    use crate::delivery::transport::tcp::Tcp;

    /// Resolves every name to these addresses.
    #[derive(Debug)]
    struct Fixed(Vec<SocketAddr>);

    impl Resolver for Fixed {
        fn resolve(&self, _: &Uri, _: &ureq::config::Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            let mut addresses = self.empty();
            self.0.iter().for_each(|address| addresses.push(*address));
            Ok(addresses)
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    fn agent(dialer: &Dialer, addresses: Vec<SocketAddr>, connect_timeout: Duration) -> Agent {
        let config = Agent::config_builder().timeout_connect(Some(connect_timeout)).build();
        Agent::with_parts(config, Tcp(dialer.clone()), Fixed(addresses))
    }

    fn post(agent: &Agent) -> Result<u16, Error> {
        agent.post("http://host.invalid/").send("{}").map(|answer| answer.status().as_u16())
    }

    #[test]
    fn a_dead_first_address_delays_only_the_first_connection() {
        let dead = dead_port().expect("a port");
        let server = FaultServer::start(Fault::good()).expect("a server");
        let addresses = vec![dead.address(), server.address()];
        let dialer = Dialer::default();
        let began = Instant::now();
        assert_eq!(post(&agent(&dialer, addresses.clone(), LONG)).expect("an answer"), 200);
        let took = began.elapsed();
        assert!(took >= HEAD_START && took < LONG / 3, "{took:?}");
        assert_eq!(dialer.order("host.invalid", &addresses)[0], server.address());
        // If it stops answering, the others are tried.
        let other = FaultServer::start(Fault::good()).expect("a server");
        let addresses = vec![other.address(), dead.address(), server.address()];
        drop(server);
        assert_eq!(post(&agent(&dialer, addresses.clone(), LONG)).expect("an answer"), 200);
        assert_eq!(dialer.order("host.invalid", &addresses)[0], other.address());
    }

    #[test]
    fn an_address_that_refuses_does_not_delay_the_next() {
        let refused = refused_port().expect("a port");
        let server = FaultServer::start(Fault::good()).expect("a server");
        let mut addresses = vec![refused.address(); 15];
        let began = Instant::now();
        let error = post(&agent(&Dialer::default(), addresses.clone(), LONG)).expect_err("refused");
        assert!(matches!(&error, Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused), "{error:?}");
        addresses.push(server.address());
        assert_eq!(post(&agent(&Dialer::default(), addresses, LONG)).expect("an answer"), 200);
        assert!(began.elapsed() < HEAD_START * 14, "{:?}", began.elapsed());
    }

    #[test]
    fn dead_addresses_share_the_time_for_connecting() {
        let dead = dead_port().expect("a port");
        let time = Duration::from_millis(700);
        let began = Instant::now();
        let error = post(&agent(&Dialer::default(), vec![dead.address(); 16], time)).expect_err("dead");
        assert!(matches!(error, Error::Timeout(Timeout::Connect)), "{error:?}");
        assert!(began.elapsed() >= time && began.elapsed() < LONG / 3, "{:?}", began.elapsed());
    }

    #[test]
    fn a_cancelled_send_or_closed_client_ends_all_sockets_that_are_connecting() {
        let dead = dead_port().expect("a port");
        for pause in [Duration::ZERO, HEAD_START / 2, HEAD_START * 2] {
            let began = Instant::now();
            let agent = agent(&Dialer::default(), vec![dead.address(); 3], LONG);
            let connect = |stop: &(dyn Fn(&CancelHandle) + Sync)| {
                let handle = Arc::new(CancelHandle::default());
                thread::scope(|scope| {
                    scope.spawn(|| {
                        thread::sleep(pause);
                        stop(&handle);
                    });
                    let _entered = SendContext::new(Instant::now() + LONG, LONG, Arc::clone(&handle)).enter();
                    post(&agent)
                })
            };
            assert!(matches!(connect(&CancelHandle::cancel), Err(Error::Io(_))));
            assert!(matches!(connect(&|_| agent.clone().shutdown()), Err(Error::Io(_))));
            assert!(began.elapsed() < LONG / 2, "{:?}", began.elapsed());
        }
    }

    #[test]
    fn addresses_of_both_families_alternate() {
        let address = |text: &&str| SocketAddr::new(text.parse().expect("an address"), 1);
        for (given, expected) in [
            (&["::1", "::2", "::3", "1.1.1.1"][..], &["::1", "1.1.1.1", "::2", "::3"][..]),
            (&["1.1.1.1", "2.2.2.2", "::1"], &["1.1.1.1", "::1", "2.2.2.2"]),
            (&["::1"], &["::1"]),
            (&[], &[]),
        ] {
            let expected: Vec<_> = expected.iter().map(address).collect();
            assert_eq!(interleave(given.iter().map(address).collect()), expected);
        }
    }
}
