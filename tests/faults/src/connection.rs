//! One connection, from its acceptance to its end.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::ServerConfig;

use crate::fault::{Arrival, Close, End, Fault, Read};
use crate::head::{self, Head};
use crate::hub::Hub;
use crate::record::{Log, Watched};
use crate::reply::Reply;
use crate::stream::Stream;

/// The longest head that is read. No test needs a longer one.
const MAX_HEAD: usize = 1024 * 1024;

pub(crate) struct Connection {
    pub(crate) index: usize,
    pub(crate) hub: Arc<Hub>,
    pub(crate) log: Arc<Watched<Log>>,
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// How a request ended, for the connection.
enum After {
    Next(End),
    Over(Over),
}

/// How a connection ends.
struct Over {
    close: Close,
    /// Whether a part of the request has not been read.
    unread: bool,
    /// The request in which it ends.
    record: Option<usize>,
}

/// How far a request has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Whole,
    Limit,
    PeerGone,
    /// A head without a readable Content-Length.
    NoLength,
}

impl Connection {
    /// Serves the connection to its end. `first` returns the fault of the first request, `next` those of the others.
    pub(crate) fn serve(&self, socket: Arc<TcpStream>, first: impl FnOnce() -> Fault, next: impl Fn(usize) -> Fault) {
        let mut stream = Stream::new(socket);
        let Over { close, unread, record } = self.requests(&mut stream, first(), next);
        stream.close(close, unread, |count| {
            if let Some(record) = record {
                self.log.request(record, |request| request.discarded_bytes += count);
            }
        });
        self.log.connection(self.index, |connection| connection.closed = true);
    }

    fn requests(&self, stream: &mut Stream, mut fault: Fault, next: impl Fn(usize) -> Fault) -> Over {
        if let Some(over) = self.on_arrival(&fault) {
            return over;
        }
        if let Some(config) = &self.tls {
            if stream.handshake(config).is_err() {
                return Over::gone(None);
            }
            self.log.connection(self.index, |connection| connection.handshake = true);
        }
        // The only faults after the handshake that do not wait for a byte.
        if fault.read == Read::Bytes(0)
            && let After::Over(over) = self.finish(stream, &fault, None, Progress::Limit)
        {
            return over;
        }
        let mut idle = None;
        for request in 0.. {
            let begins = match idle {
                None => stream.begins(),
                Some(idle) => stream.begins_within(idle),
            };
            match begins {
                Ok(true) => {}
                // Idle for too long.
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Over { close: fault.close, unread: false, record: None };
                }
                Ok(false) | Err(_) => break,
            }
            let record = self.log.begun(self.index, request);
            if request > 0 {
                fault = next(request);
            }
            let after = match self.on_arrival(&fault) {
                Some(over) => After::Over(over),
                None => self.request(stream, &fault, record),
            };
            self.log.request(record, |request| request.over = true);
            match after {
                After::Next(End::CloseAfterIdle(time)) => idle = Some(time),
                After::Next(_) => idle = None,
                After::Over(over) => return over,
            }
        }
        Over::gone(None)
    }

    /// Handles the faults that read nothing.
    fn on_arrival(&self, fault: &Fault) -> Option<Over> {
        match fault.arrival {
            Arrival::Serve => return None,
            Arrival::Close => {}
            Arrival::BlackHole => self.stall(None),
        }
        // Nothing was read, so nothing was discarded.
        Some(Over { close: fault.close, unread: false, record: None })
    }

    fn request(&self, stream: &mut Stream, fault: &Fault, record: usize) -> After {
        let (progress, wants_close) = match self.read_head(stream, fault, record) {
            Ok(head) => {
                if !fault.interim.is_empty() && self.write(stream, record, &fault.interim).is_err() {
                    return After::Over(Over::gone(Some(record)));
                }
                (self.read_body(stream, fault, record, &head), head.wants_close)
            }
            Err(progress) => (progress, false),
        };
        match progress {
            Progress::PeerGone => After::Over(Over::gone(Some(record))),
            Progress::NoLength => {
                let refusal = Fault::early_answer(Reply::error(411));
                self.finish(stream, &refusal, Some(record), progress)
            }
            Progress::Whole | Progress::Limit if wants_close && fault.end != End::Stall => {
                let fault = Fault { end: End::Close, ..fault.clone() };
                self.finish(stream, &fault, Some(record), progress)
            }
            Progress::Whole | Progress::Limit => self.finish(stream, fault, Some(record), progress),
        }
    }

    /// Reads the head, up to the fault's limit or the client's end. Puts bytes of the body back.
    fn read_head(&self, stream: &mut Stream, fault: &Fault, record: usize) -> Result<Head, Progress> {
        let mut bytes: Vec<u8> = Vec::new();
        let (limit, piece) = match fault.read {
            Read::Bytes(count) => (count, usize::MAX),
            Read::Whole => (usize::MAX, usize::MAX),
            // Reads byte by byte, so that the body stays in the socket.
            Read::HeadAnd(_) => (usize::MAX, 1),
        };
        while bytes.len() < limit {
            let more = stream.take(piece.min(limit - bytes.len())).unwrap_or_default();
            if more.is_empty() || bytes.len() > MAX_HEAD {
                return Err(Progress::PeerGone);
            }
            let from = bytes.len().saturating_sub(3);
            bytes.extend(more);
            let end = bytes[from..].windows(4).position(|window| window == b"\r\n\r\n").map(|at| from + at + 4);
            if let Some(end) = end {
                stream.put_back(bytes.split_off(end));
            }
            let head = end.and_then(|_| head::parse(&bytes));
            self.log.request(record, |request| {
                request.head_bytes = bytes.len();
                request.head_complete = end.is_some();
                if let Some(head) = &head {
                    request.method.clone_from(&head.method);
                    request.path.clone_from(&head.path);
                    request.headers.clone_from(&head.headers);
                    request.content_length = head.content_length;
                }
            });
            if end.is_some() {
                return head.filter(|head| !head.chunked).ok_or(Progress::NoLength);
            }
        }
        Err(Progress::Limit)
    }

    fn read_body(&self, stream: &mut Stream, fault: &Fault, record: usize, head: &Head) -> Progress {
        let limit = match fault.read {
            Read::Bytes(count) => count.saturating_sub(head.bytes),
            Read::HeadAnd(count) => count,
            Read::Whole => usize::MAX,
        };
        self.read_until(stream, limit, fault, record, head.content_length)
    }

    /// Reads the body until it has `limit` bytes, or is complete.
    fn read_until(&self, stream: &mut Stream, limit: usize, fault: &Fault, record: usize, length: usize) -> Progress {
        let mut count = self.log.read(|log| log.requests().get(record).map_or(0, |request| request.body.len()));
        while count < length {
            if count >= limit {
                return Progress::Limit;
            }
            let Ok(more) = stream.take(limit.min(length) - count) else { return Progress::PeerGone };
            if more.is_empty() {
                return Progress::PeerGone;
            }
            count += more.len();
            self.log.request(record, |request| {
                request.body.extend(more);
                request.body_complete = count == length;
                request.accepted = request.body_complete && fault.accepts();
            });
        }
        Progress::Whole
    }

    /// Answers after reading, and ends the connection if the fault says so.
    fn finish(&self, stream: &mut Stream, fault: &Fault, record: Option<usize>, progress: Progress) -> After {
        if !fault.latency.is_zero() && !self.hub.pause(fault.latency) {
            return After::Over(Over::gone(record));
        }
        let mut unread = progress != Progress::Whole;
        if let Some(record) = record {
            if let Some(reply) = &fault.reply
                && self.reply(stream, fault, reply, record).is_err()
            {
                return After::Over(Over::gone(Some(record)));
            }
            if fault.drain && unread {
                let length =
                    self.log.read(|log| log.requests().get(record).map_or(0, |request| request.content_length));
                unread = self.read_until(stream, usize::MAX, fault, record, length) != Progress::Whole;
            }
        }
        match fault.end {
            End::KeepAlive | End::CloseAfterIdle(_) if !unread => return After::Next(fault.end),
            End::Stall => self.stall(record),
            _ => {}
        }
        After::Over(Over { close: fault.close, unread, record })
    }

    fn reply(&self, stream: &mut Stream, fault: &Fault, reply: &Reply, record: usize) -> io::Result<()> {
        let (request, body) = self
            .log
            .read(|log| log.requests().get(record).map(|request| (request.request, request.body.clone())))
            .unwrap_or_default();
        let rendered = reply.render(self.index, request, &body);
        let start = rendered.start.get(..fault.reply_limit).unwrap_or(&rendered.start);
        match fault.interval {
            None => self.write(stream, record, start)?,
            Some(interval) => {
                for (index, byte) in start.chunks(1).enumerate() {
                    if index > 0 && !self.hub.pause(interval) {
                        return Err(io::ErrorKind::ConnectionAborted.into());
                    }
                    self.write(stream, record, byte)?;
                }
            }
        }
        // Ends when the client is gone, or the socket is shut down.
        while let Some(again) = &rendered.again {
            self.write(stream, record, again)?;
        }
        Ok(())
    }

    fn write(&self, stream: &mut Stream, record: usize, bytes: &[u8]) -> io::Result<()> {
        stream.write(bytes, |count| self.log.request(record, |request| request.reply_bytes += count))
    }

    fn stall(&self, record: Option<usize>) {
        let since = self.hub.releases();
        self.set_stalled(record, true);
        self.hub.stall(since);
        self.set_stalled(record, false);
    }

    fn set_stalled(&self, record: Option<usize>, stalled: bool) {
        if let Some(record) = record {
            self.log.request(record, |request| request.stalled = stalled);
        }
        self.log.connection(self.index, |connection| connection.stalled = stalled);
    }
}

impl Over {
    /// The client has disconnected, or the server is being dropped.
    fn gone(record: Option<usize>) -> Self {
        Self { close: Close::Abrupt, unread: false, record }
    }
}
