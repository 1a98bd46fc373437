//! What a client does, reported to a function of the caller.

use std::ffi::c_void;
use std::time::{Duration, SystemTime};

use linkwa::{CallbackGate, Ending, Event, EventKind, Observer, Phase, Refusal};

use crate::arg::{Text, Texts, UserData};
use crate::c_strings::{TextBuf, text_or_null};
use crate::callback_guard::linkwa_refusal;
use crate::panic::panic_boundary;
use crate::status::{linkwa_reason, linkwa_status, words};

/// What a linkwa_observer_event reports.
///
/// The events of one send have the same `send_id`, and come in this order: LINKWA_OBSERVED_SEND_QUEUED; for each attempt
/// LINKWA_OBSERVED_ATTEMPT_BEGUN, its LINKWA_OBSERVED_PHASE_REACHED, and LINKWA_OBSERVED_ATTEMPT_ENDED; at the end
/// LINKWA_OBSERVED_SEND_ENDED. A request that validation refuses is never a send, and has none. A newer version of the
/// library may report more: ignore numbers that you do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_observed {
    /// A send begins: it waits for a worker, or the caller's thread sends it.
    LINKWA_OBSERVED_SEND_QUEUED = 1,
    /// An attempt begins.
    LINKWA_OBSERVED_ATTEMPT_BEGUN = 2,
    /// The attempt has come to a further phase.
    LINKWA_OBSERVED_PHASE_REACHED = 3,
    /// The attempt is over. If the send ended while it ran, by its deadline or a cancellation, it has the outcome of the
    /// send, and its thread may reach a last phase afterwards.
    LINKWA_OBSERVED_ATTEMPT_ENDED = 4,
    /// The send has its outcome.
    LINKWA_OBSERVED_SEND_ENDED = 5,
    /// A run of many begins no requests for a while, because the gateway is busy or does not answer.
    LINKWA_OBSERVED_RUN_WAITING = 6,
    /// A guard accepts a callback.
    LINKWA_OBSERVED_CALLBACK_ACCEPTED = 7,
    /// A guard refuses a callback.
    LINKWA_OBSERVED_CALLBACK_REFUSED = 8,
}

/// How far an attempt has come. One that uses a kept connection reaches only LINKWA_PHASE_BODY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_phase {
    /// The event is about no phase.
    LINKWA_PHASE_NONE = 0,
    /// The host name is resolved: the gateway's, or the proxy's.
    LINKWA_PHASE_DNS = 1,
    /// There is a connection to the gateway.
    LINKWA_PHASE_CONNECT = 2,
    /// TLS is set up.
    LINKWA_PHASE_TLS = 3,
    /// The body is about to leave; of a request without a body, its head.
    LINKWA_PHASE_BODY = 4,
}

/// How a send or an attempt ended. A word of linkwa_outcome has the same number here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_ending {
    /// The event is about no end.
    LINKWA_ENDING_NONE = 0,
    /// The gateway refused the message.
    LINKWA_ENDING_REJECTED = 1,
    /// No byte of the body left.
    LINKWA_ENDING_NOT_SENT = 2,
    /// The message may have been accepted.
    LINKWA_ENDING_UNKNOWN = 3,
    /// The gateway accepted the message.
    LINKWA_ENDING_ACCEPTED = 4,
    /// The gateway answered a request to another resource, with whatever status.
    LINKWA_ENDING_ANSWERED = 5,
}

words! {
    linkwa_observed {
        LINKWA_OBSERVED_SEND_QUEUED = c"send_queued",
        LINKWA_OBSERVED_ATTEMPT_BEGUN = c"attempt_begun",
        LINKWA_OBSERVED_PHASE_REACHED = c"phase_reached",
        LINKWA_OBSERVED_ATTEMPT_ENDED = c"attempt_ended",
        LINKWA_OBSERVED_SEND_ENDED = c"send_ended",
        LINKWA_OBSERVED_RUN_WAITING = c"run_waiting",
        LINKWA_OBSERVED_CALLBACK_ACCEPTED = c"callback_accepted",
        LINKWA_OBSERVED_CALLBACK_REFUSED = c"callback_refused",
    }
}

words! {
    linkwa_phase {
        LINKWA_PHASE_NONE = c"none",
        LINKWA_PHASE_DNS = c"dns",
        LINKWA_PHASE_CONNECT = c"connect",
        LINKWA_PHASE_TLS = c"tls",
        LINKWA_PHASE_BODY = c"body",
    }
}

words! {
    linkwa_ending {
        LINKWA_ENDING_NONE = c"none",
        LINKWA_ENDING_REJECTED = c"rejected",
        LINKWA_ENDING_NOT_SENT = c"not_sent",
        LINKWA_ENDING_UNKNOWN = c"unknown",
        LINKWA_ENDING_ACCEPTED = c"accepted",
        LINKWA_ENDING_ANSWERED = c"answered",
    }
}

impl From<EventKind> for linkwa_observed {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::SendQueued => Self::LINKWA_OBSERVED_SEND_QUEUED,
            EventKind::AttemptBegun => Self::LINKWA_OBSERVED_ATTEMPT_BEGUN,
            EventKind::PhaseReached => Self::LINKWA_OBSERVED_PHASE_REACHED,
            EventKind::AttemptEnded => Self::LINKWA_OBSERVED_ATTEMPT_ENDED,
            EventKind::SendEnded => Self::LINKWA_OBSERVED_SEND_ENDED,
            EventKind::RunWaiting => Self::LINKWA_OBSERVED_RUN_WAITING,
            EventKind::CallbackAccepted => Self::LINKWA_OBSERVED_CALLBACK_ACCEPTED,
            // Only `CallbackRefused` is left: see the assertion.
            _ => Self::LINKWA_OBSERVED_CALLBACK_REFUSED,
        }
    }
}

const _: () = assert!(linkwa_observed::WORDS.len() == EventKind::ALL.len(), "a kind of event has no number in C");

impl From<Phase> for linkwa_phase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Dns => Self::LINKWA_PHASE_DNS,
            Phase::Connect => Self::LINKWA_PHASE_CONNECT,
            Phase::Tls => Self::LINKWA_PHASE_TLS,
            // Only `Body` is left: see the assertion.
            _ => Self::LINKWA_PHASE_BODY,
        }
    }
}

const _: () = assert!(linkwa_phase::WORDS.len() == Phase::ALL.len() + 1, "a phase has no number in C");

impl From<Ending> for linkwa_ending {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Accepted => Self::LINKWA_ENDING_ACCEPTED,
            Ending::Answered => Self::LINKWA_ENDING_ANSWERED,
            Ending::Rejected => Self::LINKWA_ENDING_REJECTED,
            Ending::NotSent => Self::LINKWA_ENDING_NOT_SENT,
            // Only `Unknown` is left: see the assertion.
            _ => Self::LINKWA_ENDING_UNKNOWN,
        }
    }
}

const _: () = assert!(linkwa_ending::WORDS.len() == Ending::ALL.len() + 1, "an ending has no number in C");

/// As [`StatusNumber`](crate::status::StatusNumber).
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct ObservedNumber(u32);

/// As [`StatusNumber`](crate::status::StatusNumber).
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct PhaseNumber(u32);

/// As [`StatusNumber`](crate::status::StatusNumber).
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct EndingNumber(u32);

/// Returns the word for the kind of an event, the same in every language: "send_queued". Returns NULL for an unknown
/// number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_observed_name(kind: ObservedNumber) -> Text<'static> {
    panic_boundary(|| linkwa_observed::word(kind.0))
}

/// Returns the word for a phase: "none", "dns", "connect", "tls", "body". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_phase_name(phase: PhaseNumber) -> Text<'static> {
    panic_boundary(|| linkwa_phase::word(phase.0))
}

/// Returns the word for an ending: "none", "accepted", "not_sent". Returns NULL for an unknown number.
///
/// The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_ending_name(ending: EndingNumber) -> Text<'static> {
    panic_boundary(|| linkwa_ending::word(ending.0))
}

/// What your linkwa_observer receives. Which members have a value depends on `kind`: all others are NULL, 0 or -1, as their
/// comments say. Times are in microseconds. An event never has a phone number, a text, a credential or another part of a
/// message, except the refId: put nothing secret into that.
///
/// Newer versions of the library add members at the end, and `size` says how many bytes there are. A program that may run
/// with an older library than the one it was compiled for reads a new member only if `size` reaches its end.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_observer_event<'e> {
    /// The size of this struct in the library, in bytes.
    pub size: usize,
    /// What it reports.
    pub kind: linkwa_observed,
    /// When that happened: microseconds since 1970.
    pub time_us: i64,
    /// How long the attempt has taken at its phases and its end; how long the send has taken at its end; otherwise 0.
    pub elapsed_us: i64,
    /// The number of the send, from 1; no other send of this process has it. 0 if the event is about no send.
    pub send_id: u64,
    /// The refId of the send, or the reference of the run; or NULL.
    pub ref_id: Text<'e>,
    /// Its length in bytes. A request of linkwa_send_raw() may have U+0000 in it.
    pub ref_id_len: usize,
    /// The type of each message of the send: "text", "image" and so on. None for a request to another resource, and for
    /// linkwa_send_raw(). Never NULL.
    pub message_types: Texts<'e>,
    /// How many there are.
    pub message_types_len: usize,
    /// The number of destinations of the send, or -1.
    pub destinations: i64,
    /// The HTTP method of the send, or NULL.
    pub method: Text<'e>,
    /// The URL of the messages, without credentials, or NULL. A request to another resource has none, because its path may
    /// have a phone number in it.
    pub url: Text<'e>,
    /// The host of the gateway, or NULL.
    pub host: Text<'e>,
    /// The port of the gateway, or 0.
    pub port: u32,
    /// The number of the attempt, from 1; or 0.
    pub attempt: u32,
    /// The phase that the attempt has reached.
    pub phase: linkwa_phase,
    /// How long the name look-up took, or -1: a kept connection has none, nor has an address.
    pub dns_us: i64,
    /// How long the connection took, or -1: a kept one has none.
    pub connect_us: i64,
    /// How long the TLS handshake took, or -1: a kept connection has none.
    pub tls_us: i64,
    /// How long the attempt took from the body to its end, or -1.
    pub answer_us: i64,
    /// How the attempt or the send ended.
    pub outcome: linkwa_ending,
    /// The status of the gateway's answer, or 0.
    pub http_status: i32,
    /// The result code of the gateway's answer, or 0.
    pub result_code: i64,
    /// The code of the error, or LINKWA_OK.
    pub code: linkwa_status,
    /// The reason of the error.
    pub reason: linkwa_reason,
    /// How long the send pauses before its next attempt, if there is one; how long the run pauses; or -1.
    pub pause_us: i64,
    /// How many sends of the client wait for a worker, this one not counted; at LINKWA_OBSERVED_SEND_QUEUED and
    /// LINKWA_OBSERVED_ATTEMPT_BEGUN, otherwise -1.
    pub queued: i64,
    /// How many sends of the client have a worker or their caller's thread, and so a connection; at
    /// LINKWA_OBSERVED_SEND_QUEUED without this one, at LINKWA_OBSERVED_ATTEMPT_BEGUN with it, otherwise -1.
    pub under_way: i64,
    /// Why the callback is refused.
    pub refusal: linkwa_refusal,
}

/// Your function that receives what a client or a guard does, step by step. The event and its texts are valid until your
/// function returns; `user_data` is the pointer that you passed with it.
///
/// It is called on the thread that does the step: the caller's, a worker, or the one that cancels, closes or keeps
/// deadlines; several calls may run at once. A slow function delays its own send. At a deadline it also delays other sends.
/// So return quickly, and hand slow work to a thread of your own. It may call every function of this library (see YOUR
/// FUNCTIONS at the top); what it sends with the same client is reported too. linkwa_client_free() inside it does not wait
/// for linkwa_on_done functions, and that of the send which the event is about may be called afterwards.
pub type linkwa_observer = Option<extern "C" fn(user_data: *mut c_void, event: &linkwa_observer_event<'_>)>;

/// The caller's function, and its pointer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObserverFunction {
    function: extern "C" fn(user_data: *mut c_void, event: &linkwa_observer_event<'_>),
    user_data: UserData,
}

impl ObserverFunction {
    pub(crate) fn new(observer: linkwa_observer, user_data: *mut c_void) -> Option<Self> {
        observer.map(|function| Self { function, user_data: UserData::new(user_data) })
    }

    /// For core. Nothing is reported once the gate is closed.
    pub(crate) fn behind(self, gate: CallbackGate) -> impl Observer {
        move |event: &Event| {
            if let Some(call) = gate.expect_call() {
                call.enter(|| self.report(event));
            }
        }
    }

    /// For core.
    pub(crate) fn always(self) -> impl Observer {
        move |event: &Event| self.report(event)
    }

    fn report(self, event: &Event) {
        let ref_id = event.ref_id().map(TextBuf::from);
        let types: Vec<TextBuf> = event.message_types().iter().map(|word| TextBuf::from(*word)).collect();
        let types: Vec<Text<'_>> = types.iter().map(TextBuf::text).collect();
        let method = event.method().map(|method| TextBuf::from(method.as_str()));
        let url = event.url().map(TextBuf::from);
        let host = event.host().map(TextBuf::from);
        let refusal = Refusal::ALL.iter().find(|refusal| Some(refusal.as_str()) == event.refusal());
        let for_c = linkwa_observer_event {
            size: size_of::<linkwa_observer_event<'_>>(),
            kind: event.kind().into(),
            time_us: microseconds(event.time().duration_since(SystemTime::UNIX_EPOCH).ok()),
            elapsed_us: microseconds(Some(event.elapsed())),
            send_id: event.send_id().unwrap_or_default(),
            ref_id: text_or_null(ref_id.as_ref()),
            ref_id_len: ref_id.as_ref().map_or(0, TextBuf::len),
            message_types: Texts::of(&types),
            message_types_len: types.len(),
            destinations: count(event.destinations()),
            method: text_or_null(method.as_ref()),
            url: text_or_null(url.as_ref()),
            host: text_or_null(host.as_ref()),
            port: event.port().unwrap_or_default().into(),
            attempt: event.attempt().unwrap_or_default(),
            phase: event.phase().map_or(linkwa_phase::LINKWA_PHASE_NONE, linkwa_phase::from),
            dns_us: microseconds(event.dns_time()),
            connect_us: microseconds(event.connect_time()),
            tls_us: microseconds(event.tls_time()),
            answer_us: microseconds(event.answer_time()),
            outcome: event.outcome().map_or(linkwa_ending::LINKWA_ENDING_NONE, linkwa_ending::from),
            http_status: event.http_status().unwrap_or_default().into(),
            result_code: event.result_code().unwrap_or_default(),
            code: event.code().map_or(linkwa_status::LINKWA_OK, linkwa_status::from),
            reason: event.reason().into(),
            pause_us: microseconds(event.pause()),
            queued: count(event.queued()),
            under_way: count(event.under_way()),
            refusal: refusal.map_or(linkwa_refusal::LINKWA_REFUSAL_NONE, |refusal| (*refusal).into()),
        };
        (self.function)(self.user_data.pointer(), &for_c);
    }
}

/// -1 if there is none.
fn microseconds(length: Option<Duration>) -> i64 {
    length.map_or(-1, |length| i64::try_from(length.as_micros()).unwrap_or(i64::MAX))
}

/// -1 if there is none.
fn count(number: Option<usize>) -> i64 {
    number.map_or(-1, |number| i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    /// A time has its unit in its name.
    #[test]
    fn the_struct_has_a_member_for_each_field_of_an_event() {
        let source = include_str!("observer.rs");
        let has = |name: &str| source.contains(&format!("    pub {name}: "));
        for field in linkwa::declarations::event() {
            let time = format!("{}_us", field.name.trim_end_matches("_time"));
            assert!(has(field.name) || has(&time), "no member {} or {time}", field.name);
        }
    }
}
