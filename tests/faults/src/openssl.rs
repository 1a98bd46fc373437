//! A server for TLS 1.1, which rustls does not support: `openssl s_server`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::tls::{TemporaryFile, good_pem};

/// Most distributions disable the old cipher suites by their security level.
const CIPHERS: &str = "ALL:@SECLEVEL=0";

/// `openssl s_server` that speaks TLS 1.1 and nothing newer, with a good certificate. It ends when this is dropped.
#[derive(Debug)]
pub struct OldTlsServer {
    child: Child,
    address: SocketAddr,
    ca_file: TemporaryFile,
    _files: [TemporaryFile; 2],
}

impl OldTlsServer {
    /// Returns `None` if there is no `openssl`, or if it does not support TLS 1.1.
    pub fn start() -> Option<Self> {
        let (certificate, key) = good_pem().ok()?;
        let files = [TemporaryFile::with(&certificate).ok()?, TemporaryFile::with(&key).ok()?];
        let ca_file = TemporaryFile::of_ca().ok()?;
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-tls1_1", "-www", "-cipher", CIPHERS])
            .arg("-cert")
            .arg(files[0].path())
            .arg("-key")
            .arg(files[1].path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let address = child.stdout.take().and_then(|output| {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            // Older versions print no address.
            let ready = lines.find(|line| line.starts_with("ACCEPT"));
            let address = ready.and_then(|line| line.strip_prefix("ACCEPT ")?.trim().parse().ok());
            // Keeps reading its output: it would end if it wrote to a closed pipe.
            std::thread::spawn(move || lines.for_each(drop));
            address
        });
        // Made before anything can fail, so that its drop ends the child.
        let this =
            Self { child, address: address.unwrap_or_else(|| SocketAddr::from(([0; 4], 0))), ca_file, _files: files };
        (address.is_some() && this.speaks()).then_some(this)
    }

    /// 127.0.0.1 and the port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https://127.0.0.1:{port}`
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// A file with the CA's certificate, which lives as long as this.
    pub fn ca_file(&self) -> &Path {
        self.ca_file.path()
    }

    fn speaks(&self) -> bool {
        Command::new("openssl")
            .args(["s_client", "-tls1_1", "-cipher", CIPHERS, "-verify_return_error", "-connect"])
            .arg(self.address.to_string())
            .arg("-CAfile")
            .arg(self.ca_file.path())
            .stdin(Stdio::null())
            .output()
            .is_ok_and(|output| output.status.success() && String::from_utf8_lossy(&output.stdout).contains("TLSv1.1"))
    }
}

impl Drop for OldTlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
