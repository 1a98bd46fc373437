//! A request that sends nothing, to see how far the way to the gateway is open.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ureq::SendBody;
use ureq::http::header::{DATE, USER_AGENT};
use ureq::http::{HeaderValue, Method, Request};

use super::context::{self, SendContext};
use super::{Attempt, Setup, Transport, USER_AGENT_NAME, no_answer_reason};
use crate::error::Reason;

/// How far a probe came.
pub(crate) struct Probe {
    /// The gateway as `host:port`.
    pub(crate) gateway: String,
    /// The proxy as `host:port`, if there is one.
    pub(crate) proxy: Option<String>,
    pub(crate) is_https: bool,
    /// The answer, or what failed and how.
    pub(crate) result: Result<ProbeAnswer, (Reason, String)>,
}

/// The head of an answer.
pub(crate) struct ProbeAnswer {
    pub(crate) status: u16,
    /// The time at which the gateway answered, by its own clock.
    pub(crate) date: Option<SystemTime>,
}

impl Setup {
    /// Asks for the address of messages with GET, without credentials and without a body, on a new connection. The answer
    /// may take as long as that to a send.
    pub(crate) fn probe(&self, timeout: Duration) -> Probe {
        let without_secrets = Self { credentials: self.credentials.without_headers(), ..self.clone() };
        // Connecting has its own timeout before that, so that the reason of a failure says which step it was.
        without_secrets.transport().probe(Instant::now() + self.connect_timeout + timeout)
    }
}

impl Transport {
    fn probe(&self, deadline: Instant) -> Probe {
        let url = &self.setup.messages.url;
        let context = SendContext::new(deadline, self.setup.connect_timeout, Arc::default());
        let _entered = context.enter();
        let mut request = Request::new(SendBody::none());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = url.clone();
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_NAME));
        let result = match self.run(request) {
            Ok(response) => {
                let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
                let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
                Ok(ProbeAnswer { status: response.status().as_u16(), date })
            }
            Err(error) => {
                let late = Instant::now() >= deadline;
                Err(if context::bytes_taken() {
                    let reason = no_answer_reason(&error, late);
                    (reason, self.setup.peers.no_answer(reason, &error))
                } else {
                    match self.not_sent_attempt(&error, late) {
                        Attempt::NotSent { reason, detail, .. } | Attempt::NoAnswer(reason, detail) => (reason, detail),
                        Attempt::Answered(_) => (Reason::Connect, String::new()),
                    }
                })
            }
        };
        Probe {
            gateway: self.setup.peers.gateway().to_owned(),
            proxy: self.setup.peers.proxy().map(str::to_owned),
            is_https: url.scheme_str() == Some("https"),
            result,
        }
    }
}
