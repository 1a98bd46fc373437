//! A client that does nothing by itself.
#![allow(dead_code, reason = "not every test file uses all of it")]

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use linkwa_faults::{CertificateKind, FaultServer, Script};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

/// More than any test takes that does not hang.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) const BODY: &str = r#"{"refId":"order-17","destinations":["+46000000001","+46000000002"]}"#;

pub(crate) enum Client {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A FIN, over TLS after a `close_notify`.
    Orderly,
    /// A FIN without a `close_notify`.
    Cut,
    /// An RST.
    Reset,
}

impl Client {
    pub(crate) fn to(server: &FaultServer) -> Self {
        match server.ca_file() {
            None => Self::plain(server.address()),
            Some(ca) => tls(server.address(), "127.0.0.1", ca, rustls::ALL_VERSIONS).unwrap(),
        }
    }

    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self::Plain(socket(address))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.write_all(bytes).unwrap();
        self.flush().unwrap();
    }

    pub(crate) fn exactly(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Everything up to the end.
    pub(crate) fn rest(&mut self) -> (Vec<u8>, Ending) {
        let mut bytes = Vec::new();
        let mut piece = [0; 4096];
        loop {
            match self.read(&mut piece) {
                Ok(0) => return (bytes, Ending::Orderly),
                Ok(count) => bytes.extend(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return (bytes, Ending::Cut),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return (bytes, Ending::Reset),
                Err(error) => panic!("neither data nor an end: {error:?}"),
            }
        }
    }

    /// Reads one answer that has a Content-Length.
    pub(crate) fn answer(&mut self) -> (u16, String) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.exactly(1));
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, String::from_utf8(self.exactly(length)).unwrap())
    }

    /// Whether nothing comes for a moment.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.socket().set_read_timeout(Some(Duration::from_millis(30))).unwrap();
        let read = self.read(&mut [0]);
        self.socket().set_read_timeout(Some(LONG)).unwrap();
        matches!(read, Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Client {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Client {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A server without TLS, and one with it.
pub(crate) fn servers(script: impl Into<Script>) -> [FaultServer; 2] {
    let script = script.into();
    [FaultServer::start(script.clone()).unwrap(), FaultServer::start_tls(script, CertificateKind::Good).unwrap()]
}

pub(crate) fn socket(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    socket.set_write_timeout(Some(LONG)).unwrap();
    socket
}

/// A client of TLS whose handshake is completed.
pub(crate) fn tls(
    address: SocketAddr,
    host: &str,
    ca: &Path,
    versions: &[&'static SupportedProtocolVersion],
) -> io::Result<Client> {
    tls_over(socket(address), host, ca, versions)
}

pub(crate) fn tls_over(
    mut socket: TcpStream,
    host: &str,
    ca: &Path,
    versions: &[&'static SupportedProtocolVersion],
) -> io::Result<Client> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&fs::read(ca)?).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = ServerName::try_from(host.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), host).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    Ok(Client::Tls(Box::new(StreamOwned::new(connection, socket))))
}

/// A whole request.
pub(crate) fn post(body: &str) -> Vec<u8> {
    [head(body.len()), body.as_bytes().to_vec()].concat()
}

pub(crate) fn head(length: usize) -> Vec<u8> {
    format!(
        "POST /messages HTTP/1.1\r\nhost: faults\r\nAuthorization: Basic c2VjcmV0\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes()
}
