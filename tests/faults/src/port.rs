//! Ports to which no connection can be made.

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

/// A port to which connecting hangs until the client's timeout. Works on Linux.
///
/// # Errors
///
/// When no port can be listened on, or connected to.
pub fn dead_port() -> io::Result<DeadPort> {
    let (listener, address) = bound()?;
    listener.listen(0)?;
    let mut queued = Vec::new();
    // One connection is in the queue. The others wait for a place in it, as does that of the test.
    for _ in 0..4 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        // The result is that the connection is in progress.
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
    /// The address that refuses connections.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl DeadPort {
    /// The address that does not answer.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
