//! What a client does, reported while it happens.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::declared::{Declared, Field, Kind};
use crate::error::{Error, ErrorCode, Reason};
use crate::http::HttpMethod;
use crate::response::Success;
use crate::words::words;

/// Receives an [`Event`] for each step of a send. Set one with [`Config::observer`](crate::Config::observer) or
/// [`Client::with_observer`](crate::Client::with_observer). A closure is an observer too.
///
/// It is called on the thread that does the step: the caller's, a worker, or the one that cancels, closes or keeps
/// deadlines. A slow observer delays its own send. At a deadline it also delays other sends. So return quickly, and hand
/// slow work to another thread. It may use the client in every way. A panic in it is caught and logged, and the send goes
/// on. Without an observer nothing is collected.
///
/// ```
/// use linkwa::{Config, Event, EventKind, Region};
///
/// let config = Config::new(Region::NEu, "user", "secret").observer(|event: &Event| {
///     if event.kind() == EventKind::AttemptEnded {
///         println!("{:?} {:?} after {:?}", event.ref_id(), event.outcome(), event.elapsed());
///     }
/// });
/// # drop(config);
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Receives one event.
    fn on_event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn on_event(&self, event: &Event) {
        self(event);
    }
}

words! {
    /// What an [`Event`] reports.
    ///
    /// The events of one send have the same [`send_id`](Event::send_id), and come in this order: `send_queued`, then for
    /// each attempt `attempt_begun`, its `phase_reached`, and `attempt_ended`, and at the end `send_ended`. A request that
    /// validation refuses is never a send, and has none.
    pub enum EventKind {
        /// A send begins: it waits for a worker, or the caller's thread sends it.
        SendQueued = "send_queued",
        /// An attempt begins.
        AttemptBegun = "attempt_begun",
        /// The attempt has come to a further phase.
        PhaseReached = "phase_reached",
        /// The attempt is over. If the send ended while it ran, by its deadline or a cancellation, it has the outcome of the
        /// send, and its thread may reach a last phase afterwards.
        AttemptEnded = "attempt_ended",
        /// The send has its outcome.
        SendEnded = "send_ended",
        /// A run of many begins no requests for a while, because the gateway is busy or does not answer.
        RunWaiting = "run_waiting",
        /// A guard accepts a callback.
        CallbackAccepted = "callback_accepted",
        /// A guard refuses a callback.
        CallbackRefused = "callback_refused",
    }
}

words! {
    /// How far an attempt has come. One that uses a kept connection reaches only `body`.
    pub enum Phase {
        /// The host name is resolved: the gateway's, or the proxy's.
        Dns = "dns",
        /// There is a connection to the gateway.
        Connect = "connect",
        /// TLS is set up.
        Tls = "tls",
        /// The body is about to leave; of a request without a body, its head.
        Body = "body",
    }
}

words! {
    /// How a send or an attempt ended.
    pub enum Ending {
        /// The gateway accepted the message.
        Accepted = "accepted",
        /// The gateway answered a request to another resource, with whatever status.
        Answered = "answered",
        /// The gateway refused the message.
        Rejected = "rejected",
        /// No byte of the body left.
        NotSent = "not_sent",
        /// The message may have been accepted.
        Unknown = "unknown",
    }
}

/// A value of an event, for the bindings.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventValue<'e> {
    /// A text.
    Text(&'e str),
    /// A whole number.
    Count(u64),
    /// A number that may be negative.
    Integer(i64),
    /// A length of time.
    Duration(Duration),
    /// A point in time.
    Time(SystemTime),
    /// Words.
    Words(&'e [&'static str]),
}

/// What the events of one send have in common.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    pub(crate) send_id: u64,
    pub(crate) ref_id: String,
    pub(crate) message_types: Vec<&'static str>,
    pub(crate) destinations: usize,
    pub(crate) method: Option<HttpMethod>,
    pub(crate) gateway: Arc<Gateway>,
    /// Whether it goes to the messages, and not to another resource.
    pub(crate) has_messages: bool,
}

/// Where a client sends to.
#[derive(Debug, Default)]
pub(crate) struct Gateway {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The URL of the messages. It has no credentials.
    pub(crate) url: String,
}

/// The result of a send or an attempt, as far as an event has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    ending: Ending,
    http_status: Option<u16>,
    result_code: Option<i64>,
    code: Option<ErrorCode>,
    reason: Option<Reason>,
}

impl Summary {
    pub(crate) fn of(result: &Result<Success, Error>) -> Self {
        use crate::error::Outcome;
        let plain =
            |ending, http_status, result_code| Self { ending, http_status, result_code, code: None, reason: None };
        match result {
            Ok(Success::Sent(sent)) => {
                plain(Ending::Accepted, Some(sent.response().http_status()), Some(sent.result_code().number()))
            }
            Ok(Success::Response(response)) => plain(Ending::Answered, Some(response.status()), None),
            Err(error) => Self {
                ending: match error.outcome() {
                    Some(Outcome::Rejected) => Ending::Rejected,
                    Some(Outcome::NotSent) => Ending::NotSent,
                    Some(Outcome::Unknown) | None => Ending::Unknown,
                },
                http_status: error.http_status(),
                result_code: error.result_code().map(crate::ResultCode::number),
                code: Some(error.code()),
                reason: error.reason(),
            },
        }
    }

    /// Whether the gateway may have the body.
    pub(crate) fn has_left(&self) -> bool {
        self.ending != Ending::NotSent
    }
}

/// The times of an attempt.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timings {
    pub(crate) dns: Option<Duration>,
    pub(crate) connect: Option<Duration>,
    pub(crate) tls: Option<Duration>,
    pub(crate) answer: Option<Duration>,
}

/// How busy a client is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) queued: usize,
    pub(crate) under_way: usize,
}

/// What an [`Observer`] receives. Which fields have a value depends on the [`kind`](Self::kind); all others are `None` or
/// empty. An event never has a phone number, a text, a credential or another part of a message, except the `refId`: put
/// nothing secret into that.
#[derive(Clone)]
pub struct Event {
    kind: EventKind,
    time: SystemTime,
    elapsed: Duration,
    subject: Arc<Subject>,
    attempt: Option<u32>,
    phase: Option<Phase>,
    timings: Timings,
    summary: Option<Summary>,
    pause: Option<Duration>,
    load: Option<Load>,
    refusal: Option<&'static str>,
}

/// A type of a field of an event.
trait Reported<'e> {
    const KIND: Kind;
    /// Whether there always is a value.
    const IS_REQUIRED: bool = true;

    fn value(self) -> Option<EventValue<'e>>;
}

impl<'e, T: Reported<'e>> Reported<'e> for Option<T> {
    const KIND: Kind = T::KIND;
    const IS_REQUIRED: bool = false;

    fn value(self) -> Option<EventValue<'e>> {
        self.and_then(T::value)
    }
}

macro_rules! reported {
    ($($type:ty, $kind:expr, $given:ident => $value:expr;)*) => {$(
        impl<'e> Reported<'e> for $type {
            const KIND: Kind = $kind;

            fn value(self) -> Option<EventValue<'e>> {
                let $given = self;
                Some($value)
            }
        }
    )*};
}

reported! {
    &'e str, Kind::String, text => EventValue::Text(text);
    &'e [&'static str], Kind::List(&Kind::String), words => EventValue::Words(words);
    u64, Kind::Integer, count => EventValue::Count(count);
    u32, Kind::Integer, count => EventValue::Count(u64::from(count));
    u16, Kind::Integer, count => EventValue::Count(u64::from(count));
    usize, Kind::Integer, count => EventValue::Count(count as u64);
    i64, Kind::Integer, number => EventValue::Integer(number);
    Duration, Kind::Duration, length => EventValue::Duration(length);
    SystemTime, Kind::Timestamp, time => EventValue::Time(time);
    EventKind, <EventKind as Declared>::KIND, word => EventValue::Text(word.as_str());
    Phase, <Phase as Declared>::KIND, word => EventValue::Text(word.as_str());
    Ending, <Ending as Declared>::KIND, word => EventValue::Text(word.as_str());
    ErrorCode, <ErrorCode as Declared>::KIND, word => EventValue::Text(word.as_str());
    Reason, <Reason as Declared>::KIND, word => EventValue::Text(word.as_str());
    HttpMethod, <HttpMethod as Declared>::KIND, word => EventValue::Text(word.as_str());
}

/// The words that only events have.
pub(crate) const EVENT_WORDS: &[Kind] =
    &[<EventKind as Declared>::KIND, <Phase as Declared>::KIND, <Ending as Declared>::KIND];

macro_rules! event {
    ($($(#[doc = $doc:literal])* $name:ident: $type:ty = |$event:ident| $get:expr;)*) => {
        /// Every field of an event, as data.
        pub(crate) const EVENT: &[Field] = &[$(
            Field {
                name: stringify!($name),
                wire: "",
                doc: concat!($($doc, "\n"),*),
                kind: <$type as Reported<'_>>::KIND,
                required: <$type as Reported<'_>>::IS_REQUIRED,
            },
        )*];

        impl Event {
            $(
                $(#[doc = $doc])*
                pub fn $name(&self) -> $type {
                    let $event = self;
                    $get
                }
            )*

            /// Calls `visit` with the name and value of each field that has one.
            #[doc(hidden)]
            pub fn visit<'e>(&'e self, mut visit: impl FnMut(&'static str, EventValue<'e>)) {
                $(
                    if let Some(value) = Reported::value(self.$name()) {
                        visit(stringify!($name), value);
                    }
                )*
            }
        }
    };
}

event! {
    /// What it reports.
    kind: EventKind = |event| event.kind;
    /// When that happened.
    time: SystemTime = |event| event.time;
    /// How long the attempt has taken at its phases and its end; how long the send has taken at its end; otherwise zero.
    elapsed: Duration = |event| event.elapsed;
    /// The number of the send, from 1; no other send of this process has it.
    send_id: Option<u64> = |event| Some(event.subject.send_id).filter(|number| *number > 0);
    /// The `refId` of the send, or the reference of the run.
    ref_id: Option<&str> = |event| Some(event.subject.ref_id.as_str()).filter(|ref_id| !ref_id.is_empty());
    /// The type of each message of the send: `text`, `image` and so on. Empty for a request to another resource, and for
    /// one that is sent without being read.
    message_types: &[&'static str] = |event| &event.subject.message_types;
    /// The number of destinations of the send.
    destinations: Option<usize> = |event| Some(event.subject.destinations).filter(|_| event.subject.has_messages);
    /// The HTTP method of the send.
    method: Option<HttpMethod> = |event| event.subject.method;
    /// The URL of the messages, without credentials. A request to another resource has none, because its path may have a
    /// phone number in it.
    url: Option<&str> = |event| Some(event.subject.gateway.url.as_str()).filter(|_| event.subject.has_messages);
    /// The host of the gateway.
    host: Option<&str> = |event| Some(event.subject.gateway.host.as_str()).filter(|host| !host.is_empty());
    /// The port of the gateway.
    port: Option<u16> = |event| Some(event.subject.gateway.port).filter(|port| *port > 0);
    /// The number of the attempt, from 1.
    attempt: Option<u32> = |event| event.attempt;
    /// The phase that the attempt has reached.
    phase: Option<Phase> = |event| event.phase;
    /// How long the name look-up took. A kept connection has none, nor has an address.
    dns_time: Option<Duration> = |event| event.timings.dns;
    /// How long the connection took. A kept one has none.
    connect_time: Option<Duration> = |event| event.timings.connect;
    /// How long the TLS handshake took. A kept connection has none.
    tls_time: Option<Duration> = |event| event.timings.tls;
    /// How long the attempt took from the body to its end.
    answer_time: Option<Duration> = |event| event.timings.answer;
    /// How the attempt or the send ended.
    outcome: Option<Ending> = |event| event.summary.map(|summary| summary.ending);
    /// The status of the gateway's answer.
    http_status: Option<u16> = |event| event.summary?.http_status;
    /// The result code of the gateway's answer.
    result_code: Option<i64> = |event| event.summary?.result_code;
    /// The code of the error.
    code: Option<ErrorCode> = |event| event.summary?.code;
    /// The reason of the error.
    reason: Option<Reason> = |event| event.summary?.reason;
    /// How long the send pauses before its next attempt, if there is one; how long the run pauses.
    pause: Option<Duration> = |event| event.pause;
    /// How many sends of the client wait for a worker, this one not counted; at `send_queued` and `attempt_begun`.
    queued: Option<usize> = |event| event.load.map(|load| load.queued);
    /// How many sends of the client have a worker or their caller's thread, and so a connection; at `send_queued` without
    /// this one, at `attempt_begun` with it.
    under_way: Option<usize> = |event| event.load.map(|load| load.under_way);
    /// Why the callback is refused: a word of `Refusal`.
    refusal: Option<&'static str> = |event| event.refusal;
}

/// Shows the fields that have a value.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Event");
        self.visit(|name, value| {
            shown.field(name, &value);
        });
        shown.finish()
    }
}

impl Event {
    pub(crate) fn new(kind: EventKind, subject: &Arc<Subject>) -> Self {
        Self {
            kind,
            time: SystemTime::now(),
            elapsed: Duration::ZERO,
            subject: Arc::clone(subject),
            attempt: None,
            phase: None,
            timings: Timings::default(),
            summary: None,
            pause: None,
            load: None,
            refusal: None,
        }
    }

    /// The event of a callback that is accepted, or refused for this reason.
    #[doc(hidden)]
    #[must_use]
    pub fn of_callback(refusal: Option<&'static str>) -> Self {
        let kind = if refusal.is_none() { EventKind::CallbackAccepted } else { EventKind::CallbackRefused };
        Self::new(kind, &Arc::new(Subject::default())).refused_for(refusal)
    }

    pub(crate) fn after(self, elapsed: Duration) -> Self {
        Self { elapsed, ..self }
    }

    pub(crate) fn of_attempt(self, attempt: u32) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    pub(crate) fn at(self, phase: Phase) -> Self {
        Self { phase: Some(phase), ..self }
    }

    pub(crate) fn with_timings(self, timings: Timings) -> Self {
        Self { timings, ..self }
    }

    pub(crate) fn ended_as(self, summary: Summary) -> Self {
        Self { summary: Some(summary), ..self }
    }

    pub(crate) fn with_pause(self, pause: Option<Duration>) -> Self {
        Self { pause, ..self }
    }

    pub(crate) fn under(self, load: Load) -> Self {
        Self { load: Some(load), ..self }
    }

    pub(crate) fn refused_for(self, refusal: Option<&'static str>) -> Self {
        Self { refusal, ..self }
    }
}

/// An observer, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Observing(Option<Arc<AssertUnwindSafe<Box<dyn Observer>>>>);

impl fmt::Debug for Observing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_on() { "an observer" } else { "none" })
    }
}

impl Observing {
    pub(crate) fn by(observer: impl Observer) -> Self {
        Self(Some(Arc::new(AssertUnwindSafe(Box::new(observer)))))
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Reports an event. The observer is code of the caller: what it throws must harm nothing.
    pub(crate) fn report(&self, event: impl FnOnce() -> Event) {
        let Some(observer) = &self.0 else { return };
        let event = event();
        if catch_unwind(AssertUnwindSafe(|| observer.on_event(&event))).is_err() {
            log::error!(target: crate::LOG_TARGET, "an observer panicked at {}", event.kind);
        }
    }
}
