//! A whole request: account defaults, options, messages and destinations made into one, validated and written.

use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use uuid::Uuid;

use crate::error::Error;
use crate::finding::{Finding, FindingCode, Findings, Path};
use crate::input::{MAX_JSON_BYTES, scan_given, too_large};
use crate::json::Value;
use crate::message::{Message, Raw};
use crate::options::{Millis, RequestOptions, SendOptions};
use crate::priority::Priority;
use crate::rule;
use crate::wire::{Field, List, Read, WireObject, list, read_field, read_object};

/// The request as it stands on the wire: its fields in order.
#[derive(Clone, Debug, Default, PartialEq)]
struct RequestBody {
    platform_id: Field<String>,
    platform_partner_id: Field<String>,
    options: RequestOptions,
    destinations: Field<List<String>>,
    messages: Field<List<Message>>,
}

impl Read for RequestBody {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let mut body = Self::default();
        let names =
            [&["platformId", "platformPartnerId"], RequestOptions::FIELDS, &["destinations", "messages"]].concat();
        read_object(value, path, &names, findings, |name, value, path, findings| {
            match name {
                "platformId" => read_field(&mut body.platform_id, value, path, findings),
                "platformPartnerId" => read_field(&mut body.platform_partner_id, value, path, findings),
                "destinations" => read_field(&mut body.destinations, value, path, findings),
                "messages" => read_field(&mut body.messages, value, path, findings),
                _ => return body.options.read_member(name, value, path, findings),
            }
            true
        })
        .then_some(body)
    }
}

/// The fields before `messages`. Those are written behind them, because a raw one is no value of serde's.
impl Serialize for RequestBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, field) in [("platformId", &self.platform_id), ("platformPartnerId", &self.platform_partner_id)] {
            if let Some(id) = field.get() {
                map.serialize_entry(name, id)?;
            }
        }
        self.options.write_members(&mut map)?;
        map.serialize_entry("destinations", &self.destinations)?;
        map.end()
    }
}

/// A whole request: sender, messages and destinations.
///
/// [`Client::send`](crate::Client::send) makes one from the client's defaults; use this type to build, store or inspect
/// requests yourself.
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
    body: RequestBody,
    allows_extensions: bool,
    /// Whether extensions were allowed when it was read from JSON, and what was found; while nothing has changed since.
    read: Option<(bool, Vec<Finding>)>,
}

/// Compares what is sent.
impl PartialEq for MessageRequest {
    fn eq(&self, other: &Self) -> bool {
        self.body == other.body
    }
}

impl MessageRequest {
    /// Makes a request to one or several destinations, with one message or several. It has a new reference and the
    /// priority `NORMAL`; [`options`](Self::options) overrides both.
    pub fn new(to: impl Into<Destinations>, messages: impl Into<Messages>) -> Self {
        let mut request = Self::without_ref_id(to, messages);
        request.body.options.ref_id = Field::Given(new_ref_id());
        request
    }

    /// A request without a reference.
    fn without_ref_id(to: impl Into<Destinations>, messages: impl Into<Messages>) -> Self {
        let body = RequestBody {
            options: RequestOptions { priority: Field::Given(Priority::default()), ..RequestOptions::default() },
            destinations: Field::Given(list(to.into().0)),
            messages: Field::Given(list(messages.into().0)),
            ..RequestBody::default()
        };
        Self { body, allows_extensions: false, read: None }
    }

    /// A request with a client's defaults, which the options override. It gets a new reference if neither has one.
    pub(crate) fn with_defaults(
        to: impl Into<Destinations>,
        messages: impl Into<Messages>,
        defaults: &SendOptions,
        options: &SendOptions,
        platform: Option<&(String, String)>,
        allows_extensions: bool,
    ) -> Self {
        let mut request = Self::without_ref_id(to, messages);
        request.allows_extensions = allows_extensions;
        request.body.take(defaults);
        request.body.take(options);
        if request.body.options.ref_id.is_absent() {
            request.body.options.ref_id = Field::Given(new_ref_id());
        }
        if let Some((platform_id, partner_id)) = platform {
            request.body.platform_id = Field::Given(platform_id.clone());
            request.body.platform_partner_id = Field::Given(partner_id.clone());
        }
        request
    }

    /// Adds a custom parameter, unless there is one of this name.
    pub(crate) fn add_parameter(&mut self, key: &str, value: &str) {
        self.body.options.custom_parameters.get_or_insert_default().add(key, value);
    }

    /// Sets the account's `platformId` and `platformPartnerId`. LINK assigns them, and both are required.
    #[must_use]
    pub fn platform(mut self, platform_id: impl Into<String>, platform_partner_id: impl Into<String>) -> Self {
        self.read = None;
        self.body.platform_id = Field::Given(platform_id.into());
        self.body.platform_partner_id = Field::Given(platform_partner_id.into());
        self
    }

    /// Applies all options except `timeout`, which is not part of a request.
    #[must_use]
    pub fn options(mut self, options: &SendOptions) -> Self {
        self.read = None;
        self.body.take(options);
        self
    }

    /// Sets whether [`validate`](Self::validate) and [`to_json`](Self::to_json) allow what version 1.4.1 of LINK's document does
    /// not have, such as an [`Interactive`](crate::Interactive) message. By default they do not. A client that sends the request
    /// decides by its own setting [`extensions`](crate::Config::extensions).
    #[must_use]
    pub fn extensions(mut self, allow: bool) -> Self {
        self.allows_extensions = allow;
        self
    }

    /// Reads a whole request in wire form, with the rules of [`validate`](crate::validate). Missing fields are not
    /// filled in. Three things are normalised: absent `components` become an empty list, an index or date part that is
    /// a string of digits becomes a number, and a `timestamp` that is a number becomes a string.
    ///
    /// # Errors
    ///
    /// `invalid_request` with all findings if one of them is an error.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::from_json_with(json, Validation::default())
    }

    /// As [`from_json`](Self::from_json), with the rules of [`validate_with`](crate::validate_with).
    ///
    /// # Errors
    ///
    /// `invalid_request` with all findings if one of them is an error.
    pub fn from_json_with(json: impl AsRef<[u8]>, validation: Validation) -> Result<Self, Error> {
        let json = json.as_ref();
        let (body, findings) = read(json, validation.allows_extensions);
        if let Some(body) = body
            && !findings.iter().any(Finding::is_error)
        {
            let allows_extensions = validation.allows_extensions;
            return Ok(Self { body, allows_extensions, read: Some((allows_extensions, findings)) });
        }
        Err(Error::invalid_request(findings, ref_id_in(json)))
    }

    /// Returns all errors and warnings, in the order in which the request is written.
    pub fn validate(&self) -> Vec<Finding> {
        self.findings(self.allows_extensions)
    }

    fn findings(&self, allows_extensions: bool) -> Vec<Finding> {
        // What is valid without extensions has the same findings with them.
        if let Some((allowed_extensions, found)) = &self.read
            && (allows_extensions || !allowed_extensions)
        {
            return found.clone();
        }
        let mut findings = Findings::new(allows_extensions);
        self.body.check(&Path::root(None), &mut findings);
        let checked = findings.finish();
        match &self.read {
            Some((_, found)) if !checked.iter().any(Finding::is_error) => found.clone(),
            _ => checked,
        }
    }

    /// Returns the exact bytes of the request, in UTF-8 and without white space.
    ///
    /// # Errors
    ///
    /// `invalid_request` if [`validate`](Self::validate) finds an error.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        self.to_checked_json(false, self.allows_extensions).map(|(bytes, _)| bytes)
    }

    /// The bytes and the warnings; `strict` treats warnings as errors.
    pub(crate) fn to_checked_json(
        &self,
        strict: bool,
        allows_extensions: bool,
    ) -> Result<(Vec<u8>, Vec<Finding>), Error> {
        let mut findings = self.findings(allows_extensions);
        if strict {
            findings = Finding::all_errors(findings);
        }
        if findings.iter().any(Finding::is_error) {
            return Err(Error::invalid_request(findings, self.body.options.ref_id.get().cloned()));
        }
        let bytes = self.body.to_json().map_err(|error| Error::internal(error.to_string()))?;
        if bytes.len() > MAX_JSON_BYTES {
            findings.push(too_large(bytes.len()));
            return Err(Error::invalid_request(findings, self.body.options.ref_id.get().cloned()));
        }
        Ok((bytes, findings))
    }

    /// The bytes without validation.
    #[cfg(test)]
    pub(crate) fn to_unchecked_json(&self) -> Vec<u8> {
        self.body.to_json().expect("serde writes into memory")
    }

    /// The reference of the request; event reports carry it.
    pub fn ref_id(&self) -> &str {
        self.body.options.ref_id.get().map_or("", String::as_str)
    }

    /// How long the message is valid from now, if it has a validity (the absolute time overrides the relative one).
    pub(crate) fn validity(&self) -> Option<Duration> {
        if let Some(until) = self.body.options.absolute_validity_time.get().and_then(|text| rule::rfc3339(text)) {
            return Some(SystemTime::from(until).duration_since(SystemTime::now()).unwrap_or_default());
        }
        self.body.options.relative_validity_time.get().map(|millis| Duration::from_millis(millis.0))
    }

    /// The destinations.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.body.destinations.get().into_iter().flatten().filter_map(Field::get).map(String::as_str)
    }

    /// The messages; each goes to each destination.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.body.messages.get().into_iter().flatten().filter_map(Field::get)
    }
}

/// Checks a whole request in wire form and returns all errors and warnings, in the order of the input. It never fails:
/// a text that is not JSON has the finding `invalid_json`.
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
    validate_with(json, Validation::default())
}

/// As [`validate`], with other rules.
///
/// ```
/// use linkwa::Validation;
///
/// let request = br#"{"platformId":"p","platformPartnerId":"pp","priority":"NORMAL","refId":"r","source":"+46000000000",
///     "destinations":["+46000000001"],"messages":[{"type":"image","image":{"id":"1017"}}]}"#;
/// let findings = linkwa::validate(request);
/// assert_eq!((findings[0].path(), findings[0].code().as_str()), ("messages[0].image.id", "extension"));
/// assert_eq!(linkwa::validate_with(request, Validation::new().extensions(true)), []);
/// ```
pub fn validate_with(json: impl AsRef<[u8]>, validation: Validation) -> Vec<Finding> {
    read(json.as_ref(), validation.allows_extensions).1
}

/// The rules that [`validate_with`] and [`MessageRequest::from_json_with`] apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validation {
    allows_extensions: bool,
}

impl Validation {
    /// The rules of [`validate`]: version 1.4.1 of LINK's document, and no extensions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether to allow what version 1.4.1 of LINK's document does not have: interactive messages, media by their id, and
    /// templates without a namespace.
    #[must_use]
    pub fn extensions(mut self, allow: bool) -> Self {
        self.allows_extensions = allow;
        self
    }
}

/// Checks one destination, as [`validate`] checks those of a request: 3 to 15 digits with or without `+`, or a
/// business-scoped user id. Returns its errors and warnings. It can be sent to if none of them is an error (a strict
/// client refuses warnings too). Their path is empty; a suggestion is the cleaned number.
///
/// ```
/// assert!(linkwa::check_destination("+46000000001").is_empty());
/// let findings = linkwa::check_destination("+46 70 000 00 01");
/// assert_eq!((findings[0].code().as_str(), findings[0].suggestion()), ("invalid_msisdn", Some("+46700000001")));
/// ```
pub fn check_destination(number: &str) -> Vec<Finding> {
    let mut findings = Findings::default();
    rule::destination(&Field::Given(number.to_owned()), &Path::root(None), &mut findings);
    findings.finish()
}

/// Returns a new reference, unique across processes and machines (a random UUID). Store it before sending: then you can
/// reconcile a send whose outcome is unknown, even after a crash.
pub fn new_ref_id() -> String {
    // Each one takes the system's random bytes: stored ones would repeat after a fork, or on a machine that is restored
    // from a snapshot more than once.
    Uuid::new_v4().hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

/// Returns the reference of a job, an order or another thing that is sent once, by its id: the same namespace and id give
/// the same reference, on every machine and in every language, and others give others. It is a UUID made with SHA-256:
/// the id, which may be personal data, cannot be read in it.
///
/// ```
/// assert_eq!(linkwa::ref_id_for("orders", "17"), "fb89d2ef-7008-8218-8e74-ab2bfa22e52f");
/// ```
pub fn ref_id_for(namespace: &str, id: &str) -> String {
    // The length keeps ("ab", "c") and ("a", "bc") apart.
    let text = format!("{}:{namespace}{id}", namespace.len());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()).for_each(|(byte, of)| *byte = *of);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}

fn read(json: &[u8], allows_extensions: bool) -> (Option<RequestBody>, Vec<Finding>) {
    let doc = match scan_given(json) {
        Ok(doc) => doc,
        Err(finding) => return (None, vec![finding]),
    };
    let mut findings = Findings::new(allows_extensions);
    let path = Path::root(Some(doc.root()));
    let body = RequestBody::read(doc.root(), &path, &mut findings);
    if let Some(body) = &body {
        body.check(&path, &mut findings);
    }
    (body, findings.finish())
}

/// The reference of a request, even if the rest is invalid.
fn ref_id_in(json: &[u8]) -> Option<String> {
    RawRequest::new(json).ok().map(|request| request.ref_id).filter(|ref_id| !ref_id.is_empty())
}

/// The known parts of a request that is sent as it is.
pub(crate) struct RawRequest {
    pub(crate) ref_id: String,
    pub(crate) destinations: Vec<String>,
}

impl RawRequest {
    /// Reads a request that only has to be a JSON object.
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

impl RequestBody {
    /// Applies all options.
    fn take(&mut self, options: &SendOptions) {
        self.options.overlay(&options.fields);
        if let Some(parameters) = self.options.custom_parameters.get_mut() {
            parameters.keep_later();
        }
    }

    fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(1024);
        serde_json::to_writer(&mut out, self)?;
        out.pop(); // the brace that ends it
        out.extend_from_slice(br#","messages":["#);
        for (index, message) in self.messages.get().into_iter().flatten().filter_map(Field::get).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            message.write(&mut out)?;
        }
        out.extend_from_slice(b"]}");
        Ok(out)
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        rule::id(&self.platform_id, &path.field("platformId"), findings);
        rule::id(&self.platform_partner_id, &path.field("platformPartnerId"), findings);
        rule::optional_id(&self.options.platform_service_id, &path.field("platformServiceId"), findings);
        rule::optional_id(&self.options.platform_service_type, &path.field("platformServiceType"), findings);
        rule::optional_id(&self.options.platform_transaction_id, &path.field("platformTransactionId"), findings);
        if self.options.relative_validity_time.get() == Some(&Millis(0)) {
            let message = "must be above 0 milliseconds";
            findings.add(&path.field("relativeValidityTime"), FindingCode::OutOfRange, message);
        }
        self.check_absolute_validity_time(&path.field("absoluteValidityTime"), findings);
        if let Some(gates) = self.options.event_report_gates.get() {
            check_items(gates, &path.field("eventReportGates"), findings, |gate, path, findings| {
                rule::id(gate, path, findings);
            });
        }
        rule::id(&self.options.ref_id, &path.field("refId"), findings);
        rule::msisdn(&self.options.source, &path.field("source"), findings);
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
        let Some(text) = self.options.absolute_validity_time.get() else { return };
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
        self.options.priority.require(path, "priority", findings);
        self.options.ref_id.require(path, "refId", findings);
        self.options.source.require_setting(path, "source", "source", findings);
        self.destinations.require(path, "destinations", findings);
        self.messages.require(path, "messages", findings);
    }
}

/// The findings that prevent sending to a destination, without its request. A strict client passes the other
/// destinations of the request; then warnings prevent it too, and so does a repetition of one of them.
pub(crate) fn destination_faults(destination: &str, strict: Option<&[String]>) -> Vec<Finding> {
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
        return Finding::all_errors(findings);
    }
    if findings.iter().any(Finding::is_error) { findings } else { Vec::new() }
}

/// Checks each item of a list of strings, and that none is repeated.
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

impl From<Message> for Messages {
    fn from(message: Message) -> Self {
        Self(vec![message])
    }
}

impl From<Raw> for Messages {
    fn from(raw: Raw) -> Self {
        Message::from(raw).into()
    }
}

macro_rules! messages_from {
    ($($type:ident),*) => {
        $(
            impl From<crate::message::$type> for Messages {
                fn from(message: crate::message::$type) -> Self {
                    Message::from(message).into()
                }
            }
        )*
    };
}

macro_rules! one_message {
    ($($(#[$doc:meta])* $type:ident = $tag:literal, $verb:ident($argument:ident);)*) => {
        messages_from!($($type),*);
    };
}

for_each_message!(one_message);
messages_from!(InteractiveButtons, InteractiveList);

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
