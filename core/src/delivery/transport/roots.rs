//! The certificate authorities of a PEM file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use super::descriptor::above_standard;
use crate::error::Error;

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    above_standard(File::open(path)?)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a PEM file's certificates.
pub(super) fn read_roots(path: &Path) -> Result<RootCerts, Error> {
    let wrong =
        |problem: String| Error::invalid_config(format!("`ca_file` (LINKWA_CA_FILE): {} {problem}", path.display()));
    let pem = read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    // A byte order mark, which editors on Windows write.
    let pem = pem.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&pem);
    if pem.starts_with(b"\xff\xfe") || pem.starts_with(b"\xfe\xff") {
        return Err(wrong("is in UTF-16; save it as UTF-8".to_owned()));
    }
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => {
                // rustls would skip an invalid one without an error.
                if webpki::anchor_from_trusted_cert(&certificate.der().into()).is_err() {
                    return Err(wrong("has an entry that is not the certificate of an authority".to_owned()));
                }
                certificates.push(certificate);
            }
            Ok(_) => {}
            Err(_) => return Err(wrong("is not valid PEM".to_owned())),
        }
    }
    if certificates.is_empty() {
        return Err(wrong(
            "has no certificate in it; a PEM certificate begins with -----BEGIN CERTIFICATE-----".to_owned(),
        ));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
