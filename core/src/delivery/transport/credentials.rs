//! Keeps secret headers out of ureq, whose trace log prints the head of every request: the credentials, and the headers of the
//! configuration. ureq gets placeholders of the same length. They are replaced in the output buffer just before the buffer is
//! written to the socket or to TLS.
//!
//! ureq writes the head first and the body afterwards. The head is held back until the first bytes of the body come, so that
//! both leave in one call, one packet and one TLS record. If a send is cancelled before its body begins, nothing leaves at all.
//! The head of a request without a body is held back until ureq waits for the answer.

use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;

use ureq::Error;
use ureq::http::header::AUTHORIZATION;
use ureq::http::uri::Authority;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::context::{self, RequestPhase};
use crate::config::{Headers, Secret};

/// The secret headers of a request, which only the gateway may see.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    headers: Arc<[SecretHeader]>,
    /// The only host that gets the values. The same connectors are also used to connect to a proxy.
    gateway: Authority,
}

/// A header, and the placeholder that ureq gets instead of its value.
#[derive(Debug)]
struct SecretHeader {
    name: HeaderName,
    value: Secret,
    placeholder: HeaderValue,
    /// The header as ureq writes it, with the line breaks around it.
    line: Vec<u8>,
}

impl Credentials {
    pub(super) fn new(
        authorization: Secret,
        headers: &Headers,
        gateway: Authority,
    ) -> Result<Self, crate::error::Error> {
        let configured = headers.iter().map(|(name, value)| (name, value.clone()));
        let all = [(AUTHORIZATION.as_str(), authorization)].into_iter().chain(configured);
        let headers = all.map(|(name, value)| SecretHeader::new(name, value)).collect::<Option<_>>();
        let headers = headers.ok_or_else(|| crate::error::Error::internal("a checked header is refused"))?;
        Ok(Self { headers, gateway })
    }

    /// No secret headers, for a request that has none.
    #[cfg(feature = "cli")]
    pub(super) fn without_headers(&self) -> Self {
        Self { headers: Arc::default(), gateway: self.gateway.clone() }
    }

    /// The length of the headers in a request's head.
    pub(super) fn len(&self) -> usize {
        self.headers.iter().map(|header| header.line.len()).sum()
    }

    /// Adds the headers to a request, with placeholders for their values.
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        for SecretHeader { name, placeholder, .. } in &*self.headers {
            headers.insert(name.clone(), placeholder.clone());
        }
    }

    /// Replaces the placeholders in the head of a request, and nowhere after it: the caller's message may contain the same bytes.
    fn inject(&self, head: &mut [u8]) -> Result<(), Error> {
        for SecretHeader { value, line, .. } in &*self.headers {
            let at = head.windows(line.len()).position(|window| window == line);
            let value = value.expose().as_bytes();
            let end = at.map(|at| at + line.len() - LINE_BREAK.len());
            let place = end.and_then(|end| head.get_mut(end - value.len()..end));
            let place = place.ok_or_else(|| io::Error::other("the request's head has no credentials"))?;
            place.copy_from_slice(value);
        }
        Ok(())
    }
}

const LINE_BREAK: &str = "\r\n";

impl SecretHeader {
    fn new(name: &str, value: Secret) -> Option<Self> {
        let name = HeaderName::try_from(name).ok()?;
        let placeholder = "*".repeat(value.expose().len());
        let line = [LINE_BREAK, name.as_str(), ": ", &placeholder, LINE_BREAK].concat().into_bytes();
        Some(Self { name, value, placeholder: HeaderValue::try_from(placeholder).ok()?, line })
    }
}

impl<In: Transport> Connector<In> for Credentials {
    type Out = CredentialsTransport<In>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            context::note_ready(details.uri.scheme_str() == Some("https"));
        }
        let is_gateway = details.uri.authority() == Some(&self.gateway);
        Ok(chained.map(|inner| CredentialsTransport {
            inner,
            credentials: is_gateway.then(|| self.clone()),
            head: Vec::new(),
        }))
    }
}

pub(super) struct CredentialsTransport<T> {
    inner: T,
    credentials: Option<Credentials>,
    /// The head of a request, as ureq wrote it, until the body begins. Empty if no head is held back.
    head: Vec<u8>,
}

impl<T: Transport> CredentialsTransport<T> {
    /// Sends the head with the secret values, followed by `amount` bytes of the output.
    fn transmit_with_head(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut head = mem::take(&mut self.head);
        let output = self.inner.buffers().output();
        // Bytes that do not fit into the buffer together with the head are sent afterwards.
        let fits = amount.min(output.len().saturating_sub(head.len()));
        let rest = output.get(fits..amount).unwrap_or_default().to_vec();
        let whole = head.len() + fits;
        output.copy_within(..fits, head.len());
        let place = output.get_mut(..head.len()).ok_or_else(|| io::Error::other("there is no room for a head"))?;
        place.copy_from_slice(&head);
        let Some(credentials) = &self.credentials else {
            return Err(io::Error::other("a head was held back that is not for the gateway").into());
        };
        let injected = credentials.inject(place);
        let transmitted = injected.and_then(|()| self.inner.transmit_output(whole, timeout));
        // The buffer outlives the send and is not wiped when it is freed, so the secret values are removed from it.
        if let Some(place) = self.inner.buffers().output().get_mut(..head.len()) {
            place.copy_from_slice(&head);
        }
        transmitted?;
        head.clear();
        self.head = head;
        if rest.is_empty() {
            return Ok(());
        }
        let output = self.inner.buffers().output();
        let place = output.get_mut(..rest.len()).ok_or_else(|| io::Error::other("there is no room for the rest"))?;
        place.copy_from_slice(&rest);
        self.inner.transmit_output(rest.len(), timeout)
    }
}

impl<T: Transport> Transport for CredentialsTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.credentials.is_some() && context::advance(RequestPhase::HeadWritten) {
            let output = self.inner.buffers().output();
            self.head.clear();
            self.head.extend_from_slice(output.get(..amount).unwrap_or_default());
            return Ok(());
        }
        if self.head.is_empty() {
            return self.inner.transmit_output(amount, timeout);
        }
        self.transmit_with_head(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if !self.head.is_empty() {
            if !context::begin_body() {
                return Err(io::Error::other("the send was cancelled").into());
            }
            self.transmit_with_head(0, timeout)?;
        }
        let input = self.inner.await_input(timeout);
        if !matches!(input, Ok(true)) {
            context::note_end();
        }
        input
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl<T: fmt::Debug> fmt::Debug for CredentialsTransport<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
