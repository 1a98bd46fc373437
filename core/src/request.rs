//! A whole request: account defaults, options, messages and destinations made into one, validated and written.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::error::Error;
use crate::finding::{Finding, FindingCode, Findings, Path};
use crate::json::{Doc, Kind, Limits, Repeats, Value, Write, scan};
use crate::message::{Audio, Contacts, Document, Image, Location, Message, Raw, Template, Text, Video};
use crate::options::SendOptions;
use crate::rule;
use crate::wire::{Field, List, Params, Read, list, nearest, shown, wire_object, wrong_type};

/// The most bytes of JSON that a caller may give, for a whole request or a message. What writes JSON for it can stop there: it
/// is `invalid_json` already.
///
/// ```
/// let text = format!("{{\"refId\":\"{}\"}}", "r".repeat(linkwa::MAX_JSON_BYTES));
/// assert_eq!(linkwa::validate(text)[0].code().as_str(), "invalid_json");
/// ```
pub const MAX_JSON_BYTES: usize = 1024 * 1024;

/// The limits on JSON that the caller gives.
const JSON_LIMITS: Limits = Limits { bytes: MAX_JSON_BYTES, repeats: Repeats::Mark };

/// How urgent a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// `LOW`
    Low,
    /// `NORMAL`, the default.
    #[default]
    Normal,
    /// `HIGH`
    High,
}

impl Priority {
    /// Every priority, the least urgent first.
    ///
    /// ```
    /// use linkwa::Priority;
    ///
    /// for priority in Priority::ALL {
    ///     assert_eq!(priority.as_str().parse(), Ok(*priority));
    /// }
    /// assert_eq!(Priority::ALL.len(), 3);
    /// ```
    pub const ALL: &'static [Self] = &[Self::Low, Self::Normal, Self::High];

    /// The word on the wire: `"NORMAL"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Normal => "NORMAL",
            Self::High => "HIGH",
        }
    }
}

impl Write for Priority {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = UnknownPriority;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|priority| priority.as_str() == word);
        known.copied().ok_or_else(|| UnknownPriority(shown(word)))
    }
}

/// A word that is no [`Priority`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be LOW, NORMAL or HIGH, not `{0}`{near}", near = did_you_mean(near(.0)))]
pub struct UnknownPriority(String);

/// The priority that a word was meant to be.
fn near(word: &str) -> Option<&'static str> {
    let known: Vec<_> = Priority::ALL.iter().map(|priority| priority.as_str()).collect();
    nearest(word, &known)
}

/// The end of a sentence.
fn did_you_mean(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

impl Read for Priority {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let word = String::read(value, path, findings)?;
        let priority = word.parse().ok();
        if priority.is_none() {
            let near = near(&word);
            let message = format!("must be LOW, NORMAL or HIGH{}", did_you_mean(near));
            findings.suggest(path, FindingCode::UnknownValue, message, near);
        }
        priority
    }
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Millis(u64);

impl Write for Millis {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl Read for Millis {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        if value.kind() != Kind::Integer {
            wrong_type(value, "an integer", path, findings);
            return None;
        }
        let number = value.raw().parse().ok().map(Self);
        if number.is_none() {
            findings.add(path, FindingCode::OutOfRange, "must be above 0 and fit in 64 bits");
        }
        number
    }
}

wire_object! {
    /// The request as it stands on the wire.
    struct Wire {
        platform_id = "platformId": String,
        platform_partner_id = "platformPartnerId": String,
        platform_service_id = "platformServiceId": String,
        platform_service_type = "platformServiceType": String,
        platform_transaction_id = "platformTransactionId": String,
        priority = "priority": Priority,
        relative_validity_time = "relativeValidityTime": Millis,
        absolute_validity_time = "absoluteValidityTime": String,
        event_report_gates = "eventReportGates": List<String>,
        ref_id = "refId": String,
        custom_parameters = "customParameters": Params,
        source = "source": String,
        destinations = "destinations": List<String>,
        messages = "messages": List<Message>,
    }
}

/// A whole request: who sends what to whom.
///
/// [`Client::send`](crate::Client::send) makes one from the client's defaults; this type is for those who build, store or
/// inspect requests themselves.
///
/// ```
/// use linkwa::{MessageRequest, SendOptions, Text};
///
/// let request = MessageRequest::new("+46000000001", Text::new("Hello"))
///     .platform("platform id", "partner id")
///     .options(&SendOptions::new().source("+46000000000").ref_id("order-17"));
/// assert_eq!(request.validate(), []);
/// let bytes = request.to_json()?;
/// assert_eq!(MessageRequest::from_json(&bytes)?.to_json()?, bytes);
/// # Ok::<(), linkwa::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MessageRequest {
    wire: Wire,
    /// What was found when it was read from JSON, where it was and nothing changed since.
    read: Option<Vec<Finding>>,
}

/// What is sent is compared.
impl PartialEq for MessageRequest {
    fn eq(&self, other: &Self) -> bool {
        self.wire == other.wire
    }
}

impl MessageRequest {
    /// A request to one or several destinations, with one message or several. Its reference is made here, its priority is
    /// `NORMAL`; [`options`](Self::options) overrides both.
    pub fn new(to: impl Into<Destinations>, messages: impl Into<Messages>) -> Self {
        let mut request = Self::without_ref_id(to, messages);
        request.wire.ref_id = Field::Given(new_ref_id());
        request
    }

    /// A request whose reference is still to come.
    fn without_ref_id(to: impl Into<Destinations>, messages: impl Into<Messages>) -> Self {
        let wire = Wire {
            priority: Field::Given(Priority::default()),
            destinations: Field::Given(list(to.into().0)),
            messages: Field::Given(list(messages.into().0)),
            ..Wire::default()
        };
        Self { wire, read: None }
    }

    /// A request with a client's defaults, of which the options override each; its reference is made here if neither says one.
    pub(crate) fn with_defaults(
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        defaults: &SendOptions,
        options: &SendOptions,
        platform: Option<&(String, String)>,
    ) -> Self {
        let mut request = Self::without_ref_id(to, messages);
        request.wire.take(defaults);
        request.wire.take(options);
        if request.wire.ref_id.is_absent() {
            request.wire.ref_id = Field::Given(new_ref_id());
        }
        if let Some((platform_id, partner_id)) = platform {
            request.wire.platform_id = Field::Given(platform_id.clone());
            request.wire.platform_partner_id = Field::Given(partner_id.clone());
        }
        request
    }

    /// The account's `platformId` and `platformPartnerId`; both are needed and come from LINK.
    #[must_use]
    pub fn platform(mut self, platform_id: impl Into<String>, platform_partner_id: impl Into<String>) -> Self {
        self.read = None;
        self.wire.platform_id = Field::Given(platform_id.into());
        self.wire.platform_partner_id = Field::Given(platform_partner_id.into());
        self
    }

    /// Takes over everything that the options say; `timeout` is not part of a request.
    #[must_use]
    pub fn options(mut self, options: &SendOptions) -> Self {
        self.read = None;
        self.wire.take(options);
        self
    }

    /// Reads a whole request in wire form, with the rules of [`validate`](crate::validate). Nothing is filled in that is
    /// missing; T-1 and T-9 are normalised: `components` that are absent become an empty list, an index or date part that
    /// is a string of digits becomes a number, a `timestamp` that is a number becomes a string.
    ///
    /// # Errors
    ///
    /// `invalid_request` with every finding if there is an error among them.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, Error> {
        let (wire, findings) = read(json.as_ref());
        if let Some(wire) = wire
            && !findings.iter().any(Finding::is_error)
        {
            return Ok(Self { wire, read: Some(findings) });
        }
        Err(Error::invalid_request(findings, ref_id_in(json.as_ref())))
    }

    /// Everything that is wrong or doubtful, in the order in which the request is written.
    pub fn validate(&self) -> Vec<Finding> {
        if let Some(findings) = &self.read {
            return findings.clone();
        }
        let mut findings = Findings::default();
        self.wire.check(&Path::root(None), &mut findings);
        findings.finish()
    }

    /// The exact bytes of the request, in UTF-8 and without white space.
    ///
    /// # Errors
    ///
    /// `invalid_request` if [`validate`](Self::validate) finds an error.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        self.to_checked_json(false).map(|(bytes, _)| bytes)
    }

    /// The bytes and the warnings; `strict` takes warnings for errors.
    pub(crate) fn to_checked_json(&self, strict: bool) -> Result<(Vec<u8>, Vec<Finding>), Error> {
        let mut findings = self.validate();
        if strict && !findings.is_empty() {
            findings = findings.into_iter().map(Finding::into_error).collect();
        }
        if findings.iter().any(Finding::is_error) {
            return Err(Error::invalid_request(findings, self.wire.ref_id.get().cloned()));
        }
        let mut bytes = Vec::with_capacity(1024);
        self.wire.write(&mut bytes);
        if bytes.len() > MAX_JSON_BYTES {
            findings.push(too_large(bytes.len()));
            return Err(Error::invalid_request(findings, self.wire.ref_id.get().cloned()));
        }
        Ok((bytes, findings))
    }

    #[cfg(test)]
    pub(crate) fn wire(&self) -> &(impl Write + PartialEq + fmt::Debug) {
        &self.wire
    }

    /// The reference of the request; event reports carry it.
    pub fn ref_id(&self) -> &str {
        self.wire.ref_id.get().map_or("", String::as_str)
    }

    /// How long from now the message is of any use, if that is said (the absolute time wins).
    pub(crate) fn validity(&self) -> Option<Duration> {
        if let Some(until) = self.wire.absolute_validity_time.get().and_then(|text| rule::rfc3339(text)) {
            return Some(SystemTime::from(until).duration_since(SystemTime::now()).unwrap_or_default());
        }
        self.wire.relative_validity_time.get().map(|millis| Duration::from_millis(millis.0))
    }

    /// Where the request goes.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.wire.destinations.get().into_iter().flatten().filter_map(Field::get).map(String::as_str)
    }

    /// What is sent, to each destination.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.wire.messages.get().into_iter().flatten().filter_map(Field::get)
    }
}

/// Checks a whole request in wire form and returns everything that is wrong or doubtful, in the order of the input. It
/// fails for nothing: what is no JSON is the finding `invalid_json`.
///
/// ```
/// use linkwa::Severity;
///
/// let findings = linkwa::validate(br#"{"destinations": ["+46 70 123"], "prioritty": "HIGH"}"#);
/// let found: Vec<_> = findings.iter().map(|f| (f.path(), f.code().as_str())).take(2).collect();
/// assert_eq!(found, [("destinations[0]", "invalid_msisdn"), ("prioritty", "unknown_field")]);
/// assert_eq!(findings[0].severity(), Severity::Error);
/// ```
pub fn validate(json: impl AsRef<[u8]>) -> Vec<Finding> {
    read(json.as_ref()).1
}

/// A new reference, unique across processes and machines (a random UUID). Store it before sending, and a send whose outcome
/// is unknown can be reconciled even after a crash.
pub fn new_ref_id() -> String {
    // The system's random bytes for each: any that were kept would be there twice after a fork, or when a machine is restored
    // from a snapshot more than once.
    Uuid::new_v4().hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

fn read(json: &[u8]) -> (Option<Wire>, Vec<Finding>) {
    let doc = match scan_given(json) {
        Ok(doc) => doc,
        Err(finding) => return (None, vec![finding]),
    };
    let mut findings = Findings::default();
    let path = Path::root(Some(doc.root()));
    let wire = Wire::read(doc.root(), &path, &mut findings);
    if let Some(wire) = &wire {
        wire.check(&path, &mut findings);
    }
    (wire, findings.finish())
}

/// Reads JSON that the caller gives; what it is not is a finding.
pub(crate) fn scan_given(json: &[u8]) -> Result<Doc<'_>, Finding> {
    if json.len() > MAX_JSON_BYTES {
        return Err(too_large(json.len()));
    }
    scan(json, &JSON_LIMITS).map_err(|fault| {
        let message = format!("{} (at byte {})", fault.kind.describe(), fault.position);
        Finding::new(&Path::root(None), FindingCode::InvalidJson, message)
    })
}

/// A request of so many bytes. What writes JSON for the caller may have stopped there.
fn too_large(bytes: usize) -> Finding {
    let message = format!("the request has {bytes} bytes or more; at most {MAX_JSON_BYTES} (1 MiB) can be sent");
    Finding::new(&Path::root(None), FindingCode::InvalidJson, message)
}

/// The reference that a request has, whatever else is wrong with it.
fn ref_id_in(json: &[u8]) -> Option<String> {
    RawRequest::new(json).ok().map(|request| request.ref_id).filter(|ref_id| !ref_id.is_empty())
}

/// What is known of a request that is sent as it is.
pub(crate) struct RawRequest {
    pub(crate) ref_id: String,
    pub(crate) destinations: Vec<String>,
}

impl RawRequest {
    /// Looks into a request of which only that it is a JSON object is demanded.
    pub(crate) fn new(json: &[u8]) -> Result<Self, Error> {
        let doc = scan_given(json).map_err(|finding| Error::invalid_request(vec![finding], None))?;
        let text = |value: Value<'_>| value.as_str().map(std::borrow::Cow::into_owned);
        let destinations = doc.root().member("destinations").and_then(|list| list.items().map(text).collect());
        Ok(Self {
            ref_id: doc.root().member("refId").and_then(text).unwrap_or_default(),
            destinations: destinations.unwrap_or_default(),
        })
    }
}

impl Wire {
    /// Takes over everything that the options say.
    fn take(&mut self, options: &SendOptions) {
        fn take<T: Clone, U: From<T>>(field: &mut Field<U>, option: Option<&T>) {
            if let Some(value) = option {
                *field = Field::Given(value.clone().into());
            }
        }
        take(&mut self.priority, options.priority.as_ref());
        take(&mut self.ref_id, options.ref_id.as_ref());
        take(&mut self.absolute_validity_time, options.absolute_validity_time.as_ref());
        take(&mut self.source, options.source.as_ref());
        take(&mut self.platform_service_id, options.platform_service_id.as_ref());
        take(&mut self.platform_service_type, options.platform_service_type.as_ref());
        take(&mut self.platform_transaction_id, options.platform_transaction_id.as_ref());
        if let Some(time) = options.relative_validity_time {
            self.relative_validity_time = Field::Given(Millis(time));
        }
        if let Some(gates) = &options.event_report_gates {
            self.event_report_gates = Field::Given(list(gates.iter().cloned()));
        }
        if let Some(parameters) = &options.custom_parameters {
            self.custom_parameters = Field::Given(Params::new(parameters));
        }
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        rule::id(&self.platform_id, &path.field("platformId"), findings);
        rule::id(&self.platform_partner_id, &path.field("platformPartnerId"), findings);
        rule::optional_id(&self.platform_service_id, &path.field("platformServiceId"), findings);
        rule::optional_id(&self.platform_service_type, &path.field("platformServiceType"), findings);
        rule::optional_id(&self.platform_transaction_id, &path.field("platformTransactionId"), findings);
        if self.relative_validity_time.get() == Some(&Millis(0)) {
            let message = "must be above 0 milliseconds";
            findings.add(&path.field("relativeValidityTime"), FindingCode::OutOfRange, message);
        }
        self.check_absolute_validity_time(&path.field("absoluteValidityTime"), findings);
        if let Some(gates) = self.event_report_gates.get() {
            check_items(gates, &path.field("eventReportGates"), findings, |gate, path, findings| {
                rule::id(gate, path, findings);
            });
        }
        rule::id(&self.ref_id, &path.field("refId"), findings);
        rule::msisdn(&self.source, &path.field("source"), findings);
        if let Some(destinations) = self.destinations.get() {
            let path = path.field("destinations");
            rule::filled(destinations, &path, findings);
            check_items(destinations, &path, findings, rule::destination);
        }
        if let Some(messages) = self.messages.get() {
            let path = path.field("messages");
            rule::filled(messages, &path, findings);
            for (message, path) in messages.iter().zip(path.items()) {
                if let Some(message) = message.get() {
                    message.check(&path, findings);
                }
            }
        }
        self.check_missing(path, findings);
    }

    fn check_absolute_validity_time(&self, path: &Path<'_>, findings: &mut Findings) {
        let Some(text) = self.absolute_validity_time.get() else { return };
        match rule::rfc3339(text) {
            None => {
                let message = "must be an RFC 3339 date-time with an offset that exists, such as 2030-03-18T16:49:21Z";
                findings.add(path, FindingCode::InvalidDateTime, message);
            }
            Some(time) if time <= SystemTime::now() => {
                findings.add(path, FindingCode::InPast, "is over already");
            }
            Some(_) => {}
        }
    }

    fn check_missing(&self, path: &Path<'_>, findings: &mut Findings) {
        self.platform_id.require_setting(path, "platformId", "platform_id", findings);
        self.platform_partner_id.require_setting(path, "platformPartnerId", "platform_partner_id", findings);
        self.priority.require(path, "priority", findings);
        self.ref_id.require(path, "refId", findings);
        self.source.require_setting(path, "source", "source", findings);
        self.destinations.require(path, "destinations", findings);
        self.messages.require(path, "messages", findings);
    }
}

/// The findings of a destination by itself, if they keep it from being sent to. For a strict client, which gives those that it
/// is sent to with, warnings do, and so does one that stands among these.
pub(crate) fn check_destination(destination: &str, strict: Option<&[String]>) -> Vec<Finding> {
    let root = Path::root(None);
    let list = root.field("destinations");
    let mut findings = Findings::default();
    let Some(path) = list.items().next() else { return Vec::new() };
    rule::destination(&Field::Given(destination.to_owned()), &path, &mut findings);
    if strict.is_some_and(|others| others.iter().any(|other| other == destination)) {
        rule::duplicate(&path, &mut findings);
    }
    let findings = findings.finish();
    if strict.is_some() {
        return findings.into_iter().map(Finding::into_error).collect();
    }
    if findings.iter().any(Finding::is_error) { findings } else { Vec::new() }
}

/// Checks each item of a list of strings, and that none comes twice.
fn check_items(
    items: &[Field<String>],
    path: &Path<'_>,
    findings: &mut Findings,
    check: impl Fn(&Field<String>, &Path<'_>, &mut Findings),
) {
    let mut seen = rule::Seen::default();
    for (item, path) in items.iter().zip(path.items()) {
        check(item, &path, findings);
        seen.check(item, &path, findings);
    }
}

/// One destination or several; made from a string, or an array, slice or vector of strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destinations(Vec<String>);

impl From<&str> for Destinations {
    fn from(destination: &str) -> Self {
        Self(vec![destination.to_owned()])
    }
}

impl From<String> for Destinations {
    fn from(destination: String) -> Self {
        Self(vec![destination])
    }
}

impl From<&String> for Destinations {
    fn from(destination: &String) -> Self {
        Self(vec![destination.clone()])
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Destinations {
    fn from(destinations: [S; N]) -> Self {
        Self(destinations.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>> From<Vec<S>> for Destinations {
    fn from(destinations: Vec<S>) -> Self {
        Self(destinations.into_iter().map(Into::into).collect())
    }
}

impl<S: AsRef<str>> From<&[S]> for Destinations {
    fn from(destinations: &[S]) -> Self {
        destinations.iter().collect()
    }
}

impl<S: AsRef<str>> From<&Vec<S>> for Destinations {
    fn from(destinations: &Vec<S>) -> Self {
        destinations.iter().collect()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Destinations {
    fn from_iter<I: IntoIterator<Item = S>>(destinations: I) -> Self {
        Self(destinations.into_iter().map(|destination| destination.as_ref().to_owned()).collect())
    }
}

/// One message or several; made from any message type, or an array or vector of [`Message`].
#[derive(Clone, Debug, PartialEq)]
pub struct Messages(Vec<Message>);

macro_rules! one_message {
    ($($type:ty),*) => {
        $(
            impl From<$type> for Messages {
                fn from(message: $type) -> Self {
                    Self(vec![message.into()])
                }
            }
        )*
    };
}

one_message!(Message, Text, Image, Audio, Video, Document, Location, Contacts, Template, Raw);

impl<M: Into<Message>> From<Vec<M>> for Messages {
    fn from(messages: Vec<M>) -> Self {
        messages.into_iter().collect()
    }
}

impl<M: Into<Message>, const N: usize> From<[M; N]> for Messages {
    fn from(messages: [M; N]) -> Self {
        messages.into_iter().collect()
    }
}

impl<M: Into<Message>> FromIterator<M> for Messages {
    fn from_iter<I: IntoIterator<Item = M>>(messages: I) -> Self {
        Self(messages.into_iter().map(Into::into).collect())
    }
}
