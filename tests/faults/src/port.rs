//! Ports at which no connection comes about.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// A port of 127.0.0.1 without a listener, which no other process can take while this value lives.
#[derive(Debug)]
pub struct RefusedPort {
    address: SocketAddr,
    _bound: Socket,
}

/// A port of 127.0.0.1 at which a connection is neither made nor refused: the queue of its listener is full.
#[derive(Debug)]
pub struct DeadPort {
    address: SocketAddr,
    _listener: Socket,
    _queued: Vec<Socket>,
}

/// A port that refuses connections.
///
/// # Errors
///
/// When no port can be bound.
pub fn refused_port() -> io::Result<RefusedPort> {
    let (bound, address) = bound()?;
    Ok(RefusedPort { address, _bound: bound })
}

/// A port at which connecting takes until the client's time is up. Known to work on Linux.
///
/// # Errors
///
/// When no port can be listened on, or connected to.
pub fn dead_port() -> io::Result<DeadPort> {
    let (listener, address) = bound()?;
    listener.listen(0)?;
    let mut queued = Vec::new();
    // One is queued; another one or two wait for a place in the queue, as does the test's.
    for _ in 0..4 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        // The answer is that it is in progress.
        let _ = socket.connect(&address.into());
        queued.push(socket);
    }
    Ok(DeadPort { address, _listener: listener, _queued: queued })
}

fn bound() -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok((socket, address))
}

impl RefusedPort {
    /// Where connections are refused.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl DeadPort {
    /// Where nothing happens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
