//! The messages: the validated types, and one that is sent as it is.

mod contacts;
mod interactive;
mod location;
mod media;
mod raw;
mod template;
mod text;

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::declared::{self, Declared, Field as Declaration};
use crate::error::Error;
use crate::finding::{Finding, FindingCode, Findings, Path};
use crate::input::scan_given;
use crate::json::{Doc, Kind as JsonKind, Value};
use crate::wire::{Field, Read, nearest, read_field, read_object, wrong_type};

pub use contacts::{Address, Contact, Contacts, Email, Name, Org, Phone, Url};
pub use interactive::{Interactive, InteractiveButtons, InteractiveList, Row};
pub use location::Location;
pub use media::{Audio, Document, Image, Video};
pub use raw::Raw;
#[doc(hidden)]
pub use template::amount_1000;
pub use template::{
    Body, BodyParameter, Component, Currency, DateTime, Header, HeaderParameter, QuickReplyButton, Template, UrlButton,
};
pub use text::Text;

/// One message of any type.
///
/// Every message type converts into it, so that methods with `impl Into<Message>` accept them all:
///
/// ```
/// use linkwa::{Image, Message, Text};
///
/// let several: Vec<Message> = vec![Text::new("Your invoice:").into(), Image::new("https://example.com/i.png").into()];
/// assert_eq!(several[1].type_name(), "image");
/// ```
///
/// More than 24 hours after the recipient's last message only a [`Template`] may be sent.
#[derive(Clone, Debug)]
pub struct Message {
    kind: Kind,
    /// The findings of reading it from JSON: it is not checked again.
    read: Option<JsonFindings>,
}

/// The findings of a message from JSON. Whether extensions are allowed is known when it is sent.
#[derive(Clone, Debug)]
struct JsonFindings {
    without_extensions: Vec<Finding>,
    with_extensions: Vec<Finding>,
}

/// Calls a macro with every message type: its documentation, its Rust type, its `type` on the wire, and the method of
/// [`Client`](crate::Client) that sends it with that method's argument. This is the only list of them.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_message {
    ($macro:ident) => {
        $macro! {
            /// Sends a text.
            Text = "text", send_text(text);
            /// Sends a picture: an [`Image`](crate::Image), or just its link.
            Image = "image", send_image(image);
            /// Sends a sound: an [`Audio`](crate::Audio), or just its link.
            Audio = "audio", send_audio(audio);
            /// Sends a video: a [`Video`](crate::Video), or just its link.
            Video = "video", send_video(video);
            /// Sends a document: a [`Document`](crate::Document), or just its link.
            Document = "document", send_document(document);
            /// Sends a place on the map.
            Location = "location", send_location(location);
            /// Sends contact cards.
            Contacts = "contacts", send_contacts(contacts);
            /// Sends a template message.
            Template = "template", send_template(template);
            /// Sends an interactive message: reply buttons, or a list to choose from.
            ///
            /// Not in version 1.4.1 of LINK's document: it needs the setting `extensions`.
            Interactive = "interactive", send_interactive(interactive);
        }
    };
}

/// The body of a message.
trait MessageType: Read + Serialize + Declared {
    /// Its `type`, and the name of the member beside it that holds it.
    const TAG: &'static str;

    fn check(&self, path: &Path<'_>, findings: &mut Findings);
}

impl<T: MessageType> MessageType for Arc<T> {
    const TAG: &'static str = T::TAG;

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        T::check(self, path, findings);
    }
}

/// The members of a message besides `type`.
trait Members: Default {
    /// The names of all its members.
    const NAMES: &'static [&'static str];
    const DECLARED: &'static [Declaration];

    /// Reads a member; `false` if the message has no member of this name.
    fn read_member(&mut self, name: &str, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> bool;

    fn check(&self, message: &Path<'_>, findings: &mut Findings);

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// Nearly every message has one member besides `type`, with the name in `type`.
impl<T: MessageType> Members for Field<T> {
    const NAMES: &'static [&'static str] = &["type", T::TAG];
    const DECLARED: &'static [Declaration] =
        &[Declaration { name: T::TAG, wire: T::TAG, doc: "What is sent.", kind: T::KIND, required: true }];

    fn read_member(&mut self, name: &str, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> bool {
        let is_known = name == T::TAG;
        if is_known {
            read_field(self, value, path, findings);
        }
        is_known
    }

    fn check(&self, message: &Path<'_>, findings: &mut Findings) {
        Field::check(self, message, T::TAG, findings, T::check);
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(T::TAG, self)
    }
}

/// How a message holds what it sends: a text has several members; large ones are shared.
macro_rules! held {
    (Text) => {
        Text
    };
    (Template) => {
        Field<Arc<Template>>
    };
    (Interactive) => {
        Field<Arc<Interactive>>
    };
    ($type:ident) => {
        Field<$type>
    };
}

macro_rules! hold {
    (Text, $body:expr) => {
        $body
    };
    (Template, $body:expr) => {
        Field::Given(Arc::new($body))
    };
    (Interactive, $body:expr) => {
        Field::Given(Arc::new($body))
    };
    ($type:ident, $body:expr) => {
        Field::Given($body)
    };
}

macro_rules! messages {
    ($($(#[doc = $doc:literal])* $type:ident = $tag:literal, $verb:ident($argument:ident);)*) => {
        /// A message by its `type`.
        #[derive(Clone, Debug, PartialEq)]
        enum Kind {
            $($type(held!($type)),)*
            Raw(Raw),
            /// From JSON without a known `type`. It is never sent.
            Unknown,
        }

        /// The values of `type`.
        const TYPES: &[&str] = &[$($tag),*];

        /// Every message type, as data.
        pub(crate) const MESSAGES: &[declared::Message] = &[$(
            declared::Message {
                tag: $tag,
                object: stringify!($type),
                verb: stringify!($verb),
                argument: stringify!($argument),
                doc: concat!($($doc, "\n"),*),
                about: <$type as Declared>::DOC,
                fields: <held!($type)>::DECLARED,
            },
        )*];

        $(
            impl MessageType for $type {
                const TAG: &'static str = $tag;

                fn check(&self, path: &Path<'_>, findings: &mut Findings) {
                    Self::check(self, path, findings);
                }
            }

            impl From<$type> for Message {
                fn from(message: $type) -> Self {
                    Kind::$type(hold!($type, message)).into()
                }
            }
        )*

        impl Kind {
            fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$type(_) => $tag,)*
                    Self::Raw(_) => "raw",
                    Self::Unknown => "unknown",
                }
            }

            fn check(&self, path: &Path<'_>, findings: &mut Findings) {
                if is_refused(self.type_name(), path, findings) {
                    return;
                }
                match self {
                    $(Self::$type(members) => Members::check(members, path, findings),)*
                    Self::Raw(_) | Self::Unknown => {}
                }
            }

            fn read(tag: &str, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
                match tag {
                    $($tag => read_members(tag, value, path, findings).map(Self::$type),)*
                    _ => None,
                }
            }

            fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
                match self {
                    $(Self::$type(members) => write_members($tag, members, out),)*
                    Self::Raw(raw) => {
                        out.extend_from_slice(raw.as_json().as_bytes());
                        Ok(())
                    }
                    Self::Unknown => serde_json::to_writer(out, &()),
                }
            }
        }
    };
}

for_each_message!(messages);

/// The types that version 1.4.1 of the API does not have.
const EXTENSIONS: &[&str] = &[Interactive::TAG];

impl Message {
    /// A message in wire form, from the text of a JSON object of at most 1 MiB and 64 levels. It is validated here, with the
    /// rules of [`validate`](crate::validate), and what is found is an error when it is sent or built; a [`Raw`] message is not
    /// validated.
    ///
    /// ```
    /// use linkwa::{Message, MessageRequest};
    ///
    /// let image = Message::from_json(r#"{"type":"image","image":{"link":"https://example.com/a.png"}}"#)?;
    /// assert_eq!(image.type_name(), "image");
    /// let slip = Message::from_json(r#"{"type":"image","image":{"lnik":"https://example.com/a.png"}}"#)?;
    /// let findings = MessageRequest::new("+46000000001", slip).validate();
    /// assert!(findings.iter().any(|finding| finding.path() == "messages[0].image.lnik"));
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid_request` with the finding `invalid_json` if the text is no such object.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, Error> {
        let doc = scan_given(json.as_ref()).map_err(|finding| Error::invalid_request(vec![finding], None))?;
        let (mut kind, without_extensions) = Self::read_and_check(&doc, false);
        let mut with_extensions = without_extensions.clone();
        // A message without errors has the same findings with extensions.
        if without_extensions.iter().any(Finding::is_error) {
            (kind, with_extensions) = Self::read_and_check(&doc, true);
        }
        Ok(Self { kind, read: Some(JsonFindings { without_extensions, with_extensions }) })
    }

    fn read_and_check(doc: &Doc<'_>, allows_extensions: bool) -> (Kind, Vec<Finding>) {
        let path = Path::root(Some(doc.root()));
        let mut findings = Findings::new(allows_extensions);
        let message = Self::read(doc.root(), &path, &mut findings);
        let kind = message.map_or(Kind::Unknown, |message| message.kind);
        kind.check(&path, &mut findings);
        (kind, findings.finish())
    }

    /// The `type` on the wire; `"raw"` for a [`Raw`] message, and `"unknown"` for one [from JSON](Self::from_json)
    /// without a known type.
    pub fn type_name(&self) -> &'static str {
        self.kind.type_name()
    }

    pub(crate) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        let Some(read) = &self.read else { return self.kind.check(path, findings) };
        let found = if findings.allows_extensions() { &read.with_extensions } else { &read.without_extensions };
        findings.extend(found.iter().map(|finding| finding.under(path)));
    }

    /// Its JSON, which [`from_json`](Self::from_json) reads.
    ///
    /// # Errors
    ///
    /// `internal` if it cannot be written.
    #[doc(hidden)]
    pub fn to_json(&self) -> Result<String, Error> {
        let mut out = Vec::new();
        self.write(&mut out).map_err(|error| Error::internal(error.to_string()))?;
        String::from_utf8(out).map_err(|error| Error::internal(error.to_string()))
    }

    /// Writes its JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        self.kind.write(out)
    }
}

impl From<Kind> for Message {
    fn from(kind: Kind) -> Self {
        Self { kind, read: None }
    }
}

/// A template that is also stored elsewhere, to be sent again or changed. It is not copied.
impl From<Arc<Template>> for Message {
    fn from(template: Arc<Template>) -> Self {
        Kind::Template(Field::Given(template)).into()
    }
}

/// As for a template.
impl From<Arc<Interactive>> for Message {
    fn from(interactive: Arc<Interactive>) -> Self {
        Kind::Interactive(Field::Given(interactive)).into()
    }
}

impl From<Raw> for Message {
    fn from(raw: Raw) -> Self {
        Kind::Raw(raw).into()
    }
}

/// Compares the content, and the errors that prevent sending.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        let found = |message: &Self| message.read.as_ref().map(|read| read.with_extensions.clone()).unwrap_or_default();
        self.kind == other.kind && found(self) == found(other)
    }
}

impl Read for Message {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let tag = read_tag(value, TYPES, "message", FindingCode::UnknownType, path, findings)?;
        if is_refused(tag, path, findings) {
            return None;
        }
        Kind::read(tag, value, path, findings).map(Self::from)
    }
}

/// Reports a type that is an extension, where those are not allowed.
fn is_refused(tag: &str, message: &Path<'_>, findings: &mut Findings) -> bool {
    let is_refused = EXTENSIONS.contains(&tag) && !findings.allows_extensions();
    if is_refused {
        findings.extension(&message.field("type"), "this message type");
    }
    is_refused
}

fn read_members<M: Members>(tag: &str, value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<M> {
    let mut members = M::default();
    read_object(value, path, M::NAMES, findings, |name, value, path, findings| {
        if name == "type" || members.read_member(name, value, path, findings) {
            return true;
        }
        let is_other = TYPES.contains(&name);
        if is_other {
            findings.add(path, FindingCode::NotAllowed, format!("a message of type `{tag}` has no `{name}`"));
        }
        is_other
    })
    .then_some(members)
}

/// Writes `{"type": tag, …}`.
fn write_members(tag: &str, members: &impl Members, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::new(out);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("type", tag)?;
    members.write(&mut map)?;
    map.end()
}

/// Reads the `type`, which decides about the other members. `None`: it is missing or unknown, which is reported (`code`), and
/// the rest of the object is ignored.
fn read_tag(
    value: Value<'_>,
    known: &[&'static str],
    what: &str,
    code: FindingCode,
    path: &Path<'_>,
    findings: &mut Findings,
) -> Option<&'static str> {
    if value.kind() != JsonKind::Object {
        wrong_type(value, "an object", path, findings);
        return None;
    }
    let Some(tag) = value.member("type").filter(|tag| tag.kind() != JsonKind::Null) else {
        Field::<String>::Absent.require(path, "type", findings);
        return None;
    };
    let path = path.field("type");
    let Some(word) = tag.as_str() else {
        wrong_type(tag, "a string", &path, findings);
        return None;
    };
    if let Some(known) = known.iter().copied().find(|known| *known == word) {
        return Some(known);
    }
    let near = nearest(&word, known);
    let message = match near {
        Some(near) => format!("is an unknown {what} type; did you mean `{near}`?"),
        None => format!("is an unknown {what} type; the types are {}", known.join(", ")),
    };
    findings.suggest(&path, code, message, near);
    None
}

#[cfg(test)]
mod tests;
