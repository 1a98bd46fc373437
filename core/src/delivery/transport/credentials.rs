//! Keeps the credentials out of ureq, whose trace log prints the head of every request. ureq gets a placeholder of the same
//! length, which is replaced in the buffer that is about to be written to the socket (or to TLS).
//!
//! ureq writes the head, and then the body. The head is held back until the body's first bytes come, and both leave in one
//! call, one packet and one TLS record. A send that is cancelled before its body begins leaves nothing at all.

use std::fmt;
use std::io;
use std::ops::Range;

use ureq::Error;
use ureq::http::HeaderValue;
use ureq::http::uri::Authority;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use super::context::{self, RequestPhase};
use crate::config::Secret;

const SCHEME: &str = "Basic ";

/// The value of the `Authorization` header, and what ureq gets in its place.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    value: Secret,
    placeholder: HeaderValue,
    /// The only host that gets the value. The same connectors connect to a proxy.
    gateway: Authority,
}

impl Credentials {
    pub(super) fn new(value: Secret, gateway: Authority) -> Result<Self, crate::error::Error> {
        let hidden = value.expose().len().saturating_sub(SCHEME.len());
        let placeholder = HeaderValue::try_from(format!("{SCHEME}{}", "*".repeat(hidden)))
            .map_err(|_| crate::error::Error::internal("asterisks are no header"))?;
        Ok(Self { value, placeholder, gateway })
    }

    /// What stands in for the value everywhere else.
    pub(super) fn placeholder(&self) -> HeaderValue {
        self.placeholder.clone()
    }

    /// Replaces the placeholder in the head of a request. Never in anything after it, which is the caller's message.
    fn inject(&self, output: &mut [u8]) -> Result<Range<usize>, Error> {
        let (placeholder, value) = (self.placeholder.as_bytes(), self.value.expose().as_bytes());
        let at = output.windows(placeholder.len()).position(|window| window == placeholder);
        let range = at.map(|at| at..at + value.len());
        let place = range.clone().and_then(|range| output.get_mut(range));
        match place.map(|place| place.copy_from_slice(value)).and(range) {
            Some(range) => Ok(range),
            None => Err(io::Error::other("the request's head has no credentials").into()),
        }
    }
}

impl<In: Transport> Connector<In> for Credentials {
    type Out = CredentialsTransport<In>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if chained.is_some() {
            context::note_ready();
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
    /// The head of a request, as ureq wrote it, that waits for the body. Empty if there is none.
    head: Vec<u8>,
}

impl<T: Transport> CredentialsTransport<T> {
    /// Sends the head, put right, and so many bytes of the output behind it.
    fn transmit_with_head(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let output = self.inner.buffers().output();
        // What has no room goes after it.
        let fits = amount.min(output.len().saturating_sub(self.head.len()));
        let rest = output.get(fits..amount).unwrap_or_default().to_vec();
        let whole = self.head.len() + fits;
        output.copy_within(..fits, self.head.len());
        let place = output.get_mut(..self.head.len()).ok_or_else(|| io::Error::other("there is no room for a head"))?;
        place.copy_from_slice(&self.head);
        self.head.clear();
        let Some(credentials) = &self.credentials else {
            return Err(io::Error::other("a head was held back that is not for the gateway").into());
        };
        let injected = credentials.inject(place)?;
        let transmitted = self.inner.transmit_output(whole, timeout);
        // The buffer outlives the send, and is freed as it is.
        if let Some(place) = self.inner.buffers().output().get_mut(injected) {
            place.copy_from_slice(credentials.placeholder.as_bytes());
        }
        transmitted?;
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
