//! The gateway of the benchmarks: `responder INPUTS [--delay 50ms] [--tls CA_FILE]` listens on a port of 127.0.0.1, prints its URL, and
//! answers every request as accepted, until its input ends. A thread per connection, kept alive; a request ends where its
//! `Content-Length` says.
//!
//! With `--delay` it answers that long after it has read a request. With `--tls` it speaks TLS 1.3, and writes the certificate to trust to
//! that file.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request of several destinations is longer, and gets the ids of a hundred.
const LONG: usize = 1024;

struct Gateway {
    one: Vec<u8>,
    hundred: Vec<u8>,
    delay: Duration,
    tls: Option<Arc<ServerConfig>>,
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let inputs = arguments.next().expect("the folder of the inputs");
    let (mut delay, mut tls) = (Duration::ZERO, None);
    while let Some(option) = arguments.next() {
        let value = arguments.next().expect("a value of the option");
        match option.as_str() {
            "--delay" => delay = milliseconds(&value),
            "--tls" => tls = Some(tls_config(Path::new(&value))?),
            _ => panic!("there is no option {option}"),
        }
    }
    let one = std::fs::read_to_string(Path::new(&inputs).join("answer.json"))?;
    let ids: Vec<String> = (0..100).map(|index| format!("\"8aU6cwxAKE9NzMLrS6M8{index:02}\"")).collect();
    let hundred = format!(r#"{{"resultCode":112001,"description":"queued","messageIds":[{}]}}"#, ids.join(","));
    let gateway = Arc::new(Gateway { one: answer(&one), hundred: answer(&hundred), delay, tls });

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let scheme = if gateway.tls.is_some() { "https" } else { "http" };
    println!("{scheme}://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let gateway = Arc::clone(&gateway);
            // A client that hangs up is not an error.
            std::thread::spawn(move || gateway.accept(connection));
        }
    });
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn milliseconds(text: &str) -> Duration {
    let number = text.strip_suffix("ms").and_then(|number| number.parse().ok());
    Duration::from_millis(number.expect("a time such as 50ms"))
}

fn answer(body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    (head + body).into_bytes()
}

impl Gateway {
    fn accept(&self, connection: TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let Some(config) = &self.tls else { return self.serve(connection) };
        let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        self.serve(StreamOwned::new(session, connection))
    }

    fn serve(&self, mut connection: impl Read + Write) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        let mut filled = 0;
        loop {
            let Some(length) = request_length(&buffer[..filled]) else {
                let read = connection.read(&mut buffer[filled..])?;
                if read == 0 {
                    return Ok(());
                }
                filled += read;
                continue;
            };
            if !self.delay.is_zero() {
                std::thread::sleep(self.delay);
            }
            connection.write_all(if length > LONG { &self.hundred } else { &self.one })?;
            connection.flush()?;
            buffer.copy_within(length..filled, 0);
            filled -= length;
        }
    }
}

/// The length of the request that is at the beginning, if all of it is there.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let name = b"content-length:";
    let at = bytes[..head].windows(name.len()).position(|part| part.eq_ignore_ascii_case(name))? + name.len();
    let digits = bytes[at..].iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    (bytes.len() >= head + body).then_some(head + body)
}

/// TLS 1.3 with one cipher suite, so that all clients have the same session. The certificate is for 127.0.0.1, signed by a CA of its own,
/// whose certificate is written to the file.
fn tls_config(ca_file: &Path) -> io::Result<Arc<ServerConfig>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "CA of the responder"); // not the name of the other certificate
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = || KeyPair::generate().map_err(io::Error::other);
    let ca = CertifiedIssuer::self_signed(params, key()?).map_err(io::Error::other)?;
    std::fs::write(ca_file, ca.pem())?;

    let leaf_key = key()?;
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).and_then(|params| params.signed_by(&leaf_key, &ca));
    let chain = vec![leaf.map_err(io::Error::other)?.der().clone()];
    let provider = CryptoProvider {
        cipher_suites: vec![ring::cipher_suite::TLS13_AES_256_GCM_SHA384],
        ..ring::default_provider()
    };
    let private_key = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private_key.into()));
    Ok(Arc::new(config.map_err(io::Error::other)?))
}
