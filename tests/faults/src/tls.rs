//! Certificates, made at start.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// Which certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    /// For `localhost` and `127.0.0.1`, signed by the CA of [`ca_pem`].
    Good,
    /// Signed by that CA for another host.
    WrongHost,
    /// As `Good`, but long over.
    Expired,
    /// As `Good`, but self-signed.
    SelfSigned,
}

/// The certificate (PEM) of the CA that has signed this process's certificates.
///
/// # Errors
///
/// When no certificate can be made: there is no randomness.
pub fn ca_pem() -> io::Result<&'static str> {
    Ok(&authority()?.pem)
}

/// A file that is deleted when this is dropped.
#[derive(Debug)]
pub struct TemporaryFile(PathBuf);

impl TemporaryFile {
    /// A file with the certificate of [`ca_pem`].
    ///
    /// # Errors
    ///
    /// When it cannot be written, or as in [`ca_pem`].
    pub fn of_ca() -> io::Result<Self> {
        Self::with(ca_pem()?)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn with(text: &str) -> io::Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        loop {
            let name = format!("linkwa-faults-{}-{}.pem", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = std::env::temp_dir().join(name);
            match File::create_new(&path) {
                Ok(mut file) => {
                    let this = Self(path);
                    file.write_all(text.as_bytes())?;
                    return Ok(this);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// TLS 1.2 and 1.3, with that certificate.
pub(crate) fn server_config(kind: CertificateKind) -> io::Result<Arc<ServerConfig>> {
    let (certificate, key) = certificate(kind)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key.into()))
        .map_err(io::Error::other)?;
    Ok(Arc::new(config))
}

/// A good certificate and its key, as PEM.
pub(crate) fn good_pem() -> io::Result<(String, String)> {
    let (params, key) = leaf(CertificateKind::Good).map_err(io::Error::other)?;
    let certificate = params.signed_by(&key, &authority()?.issuer).map_err(io::Error::other)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pem: String,
}

/// One for the process, so that a client trusts all of its servers by one file.
fn authority() -> io::Result<&'static Authority> {
    static AUTHORITY: OnceLock<Result<Authority, rcgen::Error>> = OnceLock::new();
    AUTHORITY.get_or_init(new_authority).as_ref().map_err(|error| io::Error::other(error.clone()))
}

fn new_authority() -> Result<Authority, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "CA of the fault server");
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let pem = issuer.pem();
    Ok(Authority { issuer, pem })
}

fn certificate(kind: CertificateKind) -> io::Result<(CertificateDer<'static>, KeyPair)> {
    let (params, key) = leaf(kind).map_err(io::Error::other)?;
    let certificate = match kind {
        CertificateKind::SelfSigned => params.self_signed(&key),
        _ => params.signed_by(&key, &authority()?.issuer),
    };
    Ok((certificate.map_err(io::Error::other)?.der().clone(), key))
}

fn leaf(kind: CertificateKind) -> Result<(CertificateParams, KeyPair), rcgen::Error> {
    let hosts = match kind {
        CertificateKind::WrongHost => vec!["elsewhere.example".to_owned()],
        _ => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, "fault server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if kind == CertificateKind::Expired {
        params.not_after = date_time_ymd(2001, 1, 1);
    }
    Ok((params, KeyPair::generate()?))
}
