//! The server.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::connection::Connection;
use crate::hub::{Host, Job};
use crate::record::{Log, RequestRecord, Watched};
use crate::script::{Script, Turn};
use crate::tls::{self, CertificateKind, TemporaryFile};

/// A server on a free port of 127.0.0.1 that does to each request what its script says, and remembers what it saw.
///
/// Dropping it closes all connections, ends its threads and does not wait for any client.
pub struct FaultServer {
    host: Host,
    log: Arc<Watched<Log>>,
    playing: Arc<Playing>,
    ca_file: Option<TemporaryFile>,
}

/// The script, and how many turns of it were taken.
struct Playing(Mutex<(Script, usize)>);

impl FaultServer {
    /// Starts without TLS.
    ///
    /// # Errors
    ///
    /// When no port can be listened on, or no thread started.
    pub fn start(script: impl Into<Script>) -> io::Result<Self> {
        Self::start_with(script.into(), None)
    }

    /// Starts with TLS 1.2 and 1.3, and a certificate made for it.
    ///
    /// # Errors
    ///
    /// As in [`start`](Self::start), and when the certificate or the file with its CA cannot be made.
    pub fn start_tls(script: impl Into<Script>, certificate: CertificateKind) -> io::Result<Self> {
        Self::start_with(script.into(), Some(certificate))
    }

    fn start_with(script: Script, certificate: Option<CertificateKind>) -> io::Result<Self> {
        let config = certificate.map(tls::server_config).transpose()?;
        let ca_file = certificate.map(|_| TemporaryFile::of_ca()).transpose()?;
        let log = Arc::new(Watched::<Log>::default());
        let playing = Arc::new(Playing(Mutex::new((script, 0))));
        let (shared_log, shared_playing) = (Arc::clone(&log), Arc::clone(&playing));
        let host = Host::start("linkwa-faults", move |hub, peer| {
            let index = shared_log.accepted(peer);
            // Here, and not on the connection's thread, so that turns come in the order of connections.
            let first = shared_playing.turn(index, 0);
            let playing = Arc::clone(&shared_playing);
            let connection =
                Connection { index, hub: Arc::clone(hub), log: Arc::clone(&shared_log), tls: config.clone() };
            let job: Job = Box::new(move |socket| {
                let fault = |(script, turn): (Script, Turn)| script.fault(turn);
                connection.serve(socket, || fault(first), |request| fault(playing.turn(index, request)));
            });
            job
        })?;
        Ok(Self { host, log, playing, ca_file })
    }

    /// 127.0.0.1 and the port.
    pub fn address(&self) -> SocketAddr {
        self.host.address()
    }

    /// `http://127.0.0.1:{port}` or `https://127.0.0.1:{port}`.
    pub fn url(&self) -> String {
        self.url_of("127.0.0.1")
    }

    /// As [`url`](Self::url), with `localhost` for a host.
    pub fn url_by_name(&self) -> String {
        self.url_of("localhost")
    }

    fn url_of(&self, host: &str) -> String {
        let scheme = if self.ca_file.is_some() { "https" } else { "http" };
        format!("{scheme}://{host}:{}", self.address().port())
    }

    /// With TLS, a file with the CA's certificate, which lives as long as the server. See also [`ca_pem`](crate::ca_pem).
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_ref().map(TemporaryFile::path)
    }

    /// Plays another script from the next turn on, whose turns are counted from 0. An idle connection's next request
    /// is a next turn.
    pub fn set_script(&self, script: impl Into<Script>) {
        *self.playing.0.lock().unwrap_or_else(PoisonError::into_inner) = (script.into(), 0);
    }

    /// Ends all stalls that have begun; the connections are then closed.
    pub fn release(&self) {
        self.host.hub().release();
    }

    /// What was seen so far.
    pub fn log(&self) -> Log {
        self.log.read(Log::clone)
    }

    /// Waits until the condition holds, or the time is over. Says whether it holds.
    ///
    /// It is asked whenever something changes, under the log's lock, and must not call the server.
    pub fn wait_for(&self, timeout: Duration, condition: impl FnMut(&Log) -> bool) -> bool {
        self.log.wait_for(timeout, condition)
    }

    /// The requests seen so far, see [`Log::requests`].
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.log.read(|log| log.requests().to_vec())
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.log.read(|log| log.connections().len())
    }

    /// See [`Log::complete_bodies`].
    pub fn complete_bodies(&self) -> usize {
        self.log.read(Log::complete_bodies)
    }

    /// See [`Log::body_bytes_received`].
    pub fn body_bytes_received(&self) -> usize {
        self.log.read(Log::body_bytes_received)
    }

    /// See [`Log::accepted_ref_ids`].
    pub fn accepted_ref_ids(&self) -> Vec<String> {
        self.log.read(Log::accepted_ref_ids)
    }
}

impl Playing {
    fn turn(&self, connection: usize, request: usize) -> (Script, Turn) {
        let mut playing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = Turn { connection, request, number: playing.1 };
        playing.1 += 1;
        (playing.0.clone(), turn)
    }
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServer").field("url", &self.url()).finish_non_exhaustive()
    }
}
