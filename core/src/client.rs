//! The client and its verbs.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::delivery::{Attempt, LONGEST, Transport, Verdict};
use crate::error::{Error, NotSent, OutcomeUnknown, Reason, Rejected};
use crate::finding::Finding;
use crate::message::{Audio, Contacts, Document, Image, Location, Template, Text, Video};
use crate::options::SendOptions;
use crate::request::{Destinations, MessageRequest, Messages, RawRequest};
use crate::response::{SendResult, pair};

/// Access to one account at one gateway.
///
/// Cheap to clone and to share between threads; clones share their connections, which are kept alive between sends. Every
/// method that sends blocks the calling thread until there is a result, at most for the configured timeout.
///
/// ```no_run
/// use linkwa::{Client, Config, Image, Priority, Region, SendOptions};
///
/// let client = Client::new(
///     Config::new(Region::NEu, "user", "secret").platform("platform id", "partner id").source("+46000000000"),
/// )?;
/// let sent = client.send_text("+46000000001", "Hello")?;
/// println!("{} is {}", sent.ref_id(), sent.result_code());
///
/// let to = ["+46000000001", "+46000000002"];
/// let image = Image::new("https://example.com/a.png").caption("The new door");
/// let sent = client.send(to, image, &SendOptions::new().priority(Priority::High))?;
/// for receipt in sent.receipts() {
///     println!("{}: {}", receipt.destination(), receipt.message_id());
/// }
/// # Ok::<(), linkwa::Error>(())
/// ```
///
/// # Errors
///
/// Every method that sends fails with one of these, and [`Error::outcome`] says what is known about the message:
///
/// | code | outcome | when |
/// |---|---|---|
/// | `invalid_request` | `not_sent` | validation found errors |
/// | `not_sent` | `not_sent` | no byte of the message left: name look-up, connection, TLS, proxy, or no time left |
/// | `rejected` | `rejected` | the gateway said no |
/// | `outcome_unknown` | `unknown` | the message may have been accepted: time was up or the connection broke after it had begun to leave, or the answer cannot be understood |
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    timeout: Option<Duration>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    transport: Transport,
}

impl Client {
    /// A client with this configuration. Nothing is sent and no connection is made yet.
    ///
    /// # Errors
    ///
    /// `invalid_config` if the client could not work: a base URL that is none, plain `http://` to another machine, a
    /// username with `:`, an empty or unprintable credential, a timeout of 0, a proxy URL or CA file that cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        let transport = Transport::new(&config)?;
        Ok(Self { inner: Arc::new(Inner { config, transport }), timeout: None })
    }

    /// A client with the configuration of the environment; see [`Config::from_env`].
    ///
    /// # Errors
    ///
    /// `invalid_config` that names the variables that are missing or cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        Self::new(Config::from_env()?)
    }

    /// The same client, same connections, with another timeout for the sends that say none themselves; at most 24 hours.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { inner: Arc::clone(&self.inner), timeout: Some(timeout) }
    }

    /// Sends one message or several to one destination or several.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<SendResult, Error> {
        self.post_request(&self.request(to, messages, options), options.timeout)
    }

    /// Sends a text.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_text(&self, to: impl Into<Destinations>, text: impl Into<Text>) -> Result<SendResult, Error> {
        self.send(to, text.into(), &SendOptions::default())
    }

    /// Sends a picture: an [`Image`], or just its link.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_image(&self, to: impl Into<Destinations>, image: impl Into<Image>) -> Result<SendResult, Error> {
        self.send(to, image.into(), &SendOptions::default())
    }

    /// Sends a sound: an [`Audio`], or just its link.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_audio(&self, to: impl Into<Destinations>, audio: impl Into<Audio>) -> Result<SendResult, Error> {
        self.send(to, audio.into(), &SendOptions::default())
    }

    /// Sends a video: a [`Video`], or just its link.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_video(&self, to: impl Into<Destinations>, video: impl Into<Video>) -> Result<SendResult, Error> {
        self.send(to, video.into(), &SendOptions::default())
    }

    /// Sends a document: a [`Document`], or just its link.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_document(
        &self,
        to: impl Into<Destinations>,
        document: impl Into<Document>,
    ) -> Result<SendResult, Error> {
        self.send(to, document.into(), &SendOptions::default())
    }

    /// Sends a place on the map.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_location(&self, to: impl Into<Destinations>, location: Location) -> Result<SendResult, Error> {
        self.send(to, location, &SendOptions::default())
    }

    /// Sends contact cards.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_contacts(
        &self,
        to: impl Into<Destinations>,
        contacts: impl Into<Contacts>,
    ) -> Result<SendResult, Error> {
        self.send(to, contacts.into(), &SendOptions::default())
    }

    /// Sends a template message.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_template(&self, to: impl Into<Destinations>, template: Template) -> Result<SendResult, Error> {
        self.send(to, template, &SendOptions::default())
    }

    /// Sends a whole request. Nothing of the client's defaults goes into it.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_request(&self, request: &MessageRequest) -> Result<SendResult, Error> {
        self.post_request(request, None)
    }

    /// Sends a whole request in JSON as it is, for what is newer than version 1.4.1 of the API. Only that it is one JSON
    /// object of at most 1 MiB is checked; nothing is filled in, not even a `refId`.
    ///
    /// # Errors
    ///
    /// See [`Client`](Self#errors).
    pub fn send_raw(&self, json: impl AsRef<[u8]>) -> Result<SendResult, Error> {
        let json = json.as_ref();
        let RawRequest { ref_id, destinations } = RawRequest::new(json)?;
        self.post(json, ref_id, destinations, Vec::new(), None)
    }

    /// The exact bytes that [`send`](Self::send) would post. If the options have no `refId`, the one in the bytes is made
    /// anew each time.
    ///
    /// # Errors
    ///
    /// `invalid_request` with every finding.
    pub fn build(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> Result<Vec<u8>, Error> {
        let request = self.request(to, messages, options);
        request.to_checked_json(self.inner.config.strict).map(|(bytes, _)| bytes)
    }

    /// The whole request that [`send`](Self::send) would post: the client's defaults, overridden by the options.
    pub fn request(
        &self,
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        options: &SendOptions,
    ) -> MessageRequest {
        let config = &self.inner.config;
        let request = MessageRequest::new(to, messages).options(&config.defaults).options(options);
        match &config.platform {
            Some((platform_id, partner_id)) => request.platform(platform_id, partner_id),
            None => request,
        }
    }

    fn post_request(&self, request: &MessageRequest, timeout: Option<Duration>) -> Result<SendResult, Error> {
        let (bytes, warnings) = request.to_checked_json(self.inner.config.strict)?;
        let destinations = request.destinations().map(str::to_owned).collect();
        self.post(&bytes, request.ref_id().to_owned(), destinations, warnings, timeout)
    }

    fn post(
        &self,
        bytes: &[u8],
        ref_id: String,
        destinations: Vec<String>,
        warnings: Vec<Finding>,
        timeout: Option<Duration>,
    ) -> Result<SendResult, Error> {
        let timeout = timeout.or(self.timeout).map(|timeout| timeout.min(LONGEST));
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            let detail = "the timeout is 0".to_owned();
            return Err(Error::NotSent(Box::new(NotSent { reason: Reason::Deadline, detail, ref_id })));
        }
        match self.inner.transport.post(bytes, timeout) {
            Attempt::Done(Verdict::Accepted(response)) => {
                let receipts = pair(destinations, &response);
                Ok(SendResult { ref_id, response, receipts, warnings, attempts: 1 })
            }
            Attempt::Done(Verdict::Rejected(answer)) => Err(Error::Rejected(Box::new(Rejected { answer, ref_id }))),
            Attempt::Done(Verdict::Unknown(reason, detail, answer)) => {
                let (detail, answer) = (detail.to_owned(), Some(answer));
                Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer, ref_id })))
            }
            Attempt::NoAnswer(reason, detail) => {
                Err(Error::OutcomeUnknown(Box::new(OutcomeUnknown { reason, detail, answer: None, ref_id })))
            }
            Attempt::NotSent(reason, detail) => Err(Error::NotSent(Box::new(NotSent { reason, detail, ref_id }))),
        }
    }
}
