//! An HTTP server that misbehaves as a script says, exact to the byte, and records what it received: for the delivery
//! tests of `linkwa`. It uses blocking sockets and threads, and shares no code with what it tests.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::time::Duration;
//! use linkwa_faults::{Close, Fault, FaultServer, Script};
//!
//! # fn main() -> std::io::Result<()> {
//! // The first request is answered well; then the server hangs up after 10 bytes.
//! let server = FaultServer::start(Script::after_good(1, Fault::close_after(10).closing(Close::Reset)))?;
//! let mut connection = TcpStream::connect(server.address())?;
//! connection.write_all(b"POST / HTTP/1.1\r\ncontent-length: 16\r\n\r\n{\"refId\":\"no-1\"}")?;
//! assert!(server.wait_for(Duration::from_secs(10), |log| log.is_over() && log.complete_bodies() == 1));
//! assert_eq!(server.accepted_ref_ids(), ["no-1"]);
//!
//! connection.write_all(b"POST / HTTP/1.1\r\ncontent-length: 16\r\n\r\n{\"refId\":\"no-2\"}")?;
//! assert!(server.wait_for(Duration::from_secs(10), |log| log.connections()[0].closed));
//! let second = &server.requests()[1];
//! assert_eq!((second.head_bytes, second.body.len()), (10, 0));
//! # Ok(())
//! # }
//! ```

mod connection;
mod fault;
mod head;
mod hub;
mod openssl;
mod port;
mod proxy;
mod record;
mod reply;
mod script;
mod server;
mod socks;
mod stream;
mod tls;

pub use fault::{Close, Fault};
pub use openssl::OldTlsServer;
pub use port::{DeadPort, RefusedPort, dead_port, refused_port};
pub use proxy::{FaultProxy, ProxyFault, ProxyRequest};
pub use record::{ConnectionRecord, Log, RequestRecord};
pub use reply::{Reply, ok_chunked, ok_with_content_length};
pub use script::{Script, Turn};
pub use server::FaultServer;
pub use tls::{CertificateKind, TemporaryFile, ca_pem};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeExamples;
