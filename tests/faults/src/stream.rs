//! A connection, plain or with TLS, read and written to the byte.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection};
use socket2::SockRef;

use crate::fault::Close;

/// How long an orderly close waits for the rest of a request.
const LINGER: Duration = Duration::from_secs(5);

/// How much is written at once: less than rustls buffers.
const PIECE: usize = 16 * 1024;

pub(crate) struct Stream {
    socket: Arc<TcpStream>,
    tls: Option<Box<ServerConnection>>,
    /// What was read and not yet taken.
    held: Vec<u8>,
}

impl Stream {
    pub(crate) fn new(socket: Arc<TcpStream>) -> Self {
        Self { socket, tls: None, held: Vec::new() }
    }

    pub(crate) fn handshake(&mut self, config: &Arc<ServerConfig>) -> io::Result<()> {
        let mut tls = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            if tls.complete_io(&mut &*self.socket)? == (0, 0) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.tls = Some(Box::new(tls));
        Ok(())
    }

    /// Waits for a byte, and keeps it for the next [`take`](Self::take). False at the end.
    pub(crate) fn begins(&mut self) -> io::Result<bool> {
        if self.held.is_empty() {
            let mut byte = [0];
            let count = self.read(&mut byte)?;
            self.held.extend(&byte[..count]);
        }
        Ok(!self.held.is_empty())
    }

    /// As [`begins`](Self::begins), for so long at most: then an error of kind `WouldBlock` or `TimedOut`.
    pub(crate) fn begins_within(&mut self, time: Duration) -> io::Result<bool> {
        self.socket.set_read_timeout(Some(time.max(Duration::from_millis(1))))?;
        let begins = self.begins();
        self.socket.set_read_timeout(None)?;
        begins
    }

    /// Between 1 and `max` bytes, or none at the end.
    pub(crate) fn take(&mut self, max: usize) -> io::Result<Vec<u8>> {
        if !self.held.is_empty() {
            let rest = self.held.split_off(self.held.len().min(max));
            return Ok(std::mem::replace(&mut self.held, rest));
        }
        let mut piece = vec![0; max.min(PIECE)];
        let count = self.read(&mut piece)?;
        piece.truncate(count);
        Ok(piece)
    }

    /// Puts back what was taken too much.
    pub(crate) fn put_back(&mut self, bytes: Vec<u8>) {
        let later = std::mem::replace(&mut self.held, bytes);
        self.held.extend(later);
    }

    /// Writes all of it; says piece by piece how much the system has taken.
    pub(crate) fn write(&mut self, bytes: &[u8], mut written: impl FnMut(usize)) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            match &mut self.tls {
                None => (&*self.socket).write_all(piece)?,
                Some(tls) => {
                    tls.writer().write_all(piece)?;
                    while tls.wants_write() {
                        tls.write_tls(&mut &*self.socket)?;
                    }
                }
            }
            written(piece.len());
        }
        Ok(())
    }

    /// Closes; `unread` says that something of a request may still come, and `discarded` hears how much of it did.
    pub(crate) fn close(mut self, close: Close, unread: bool, mut discarded: impl FnMut(usize)) {
        match close {
            Close::Abrupt => {}
            Close::Reset => {
                let _ = SockRef::from(&*self.socket).set_linger(Some(Duration::ZERO));
            }
            Close::Orderly | Close::Cut => {
                if close == Close::Orderly
                    && let Some(tls) = &mut self.tls
                {
                    tls.send_close_notify();
                    while tls.wants_write() && tls.write_tls(&mut &*self.socket).is_ok() {}
                }
                let _ = self.socket.shutdown(Shutdown::Write);
                if unread {
                    self.discard(&mut discarded);
                }
            }
        }
    }

    fn discard(&mut self, discarded: &mut dyn FnMut(usize)) {
        let start = Instant::now();
        loop {
            let left = LINGER.saturating_sub(start.elapsed());
            if left.is_zero() || self.socket.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match self.take(PIECE) {
                Ok(piece) if !piece.is_empty() => discarded(piece.len()),
                _ => return,
            }
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.tls {
            None => (&*self.socket).read(buffer),
            Some(tls) => rustls::Stream::new(&mut **tls, &mut &*self.socket).read(buffer),
        };
        match read {
            // Without a close_notify: an end all the same.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.read(buffer),
            other => other,
        }
    }
}
