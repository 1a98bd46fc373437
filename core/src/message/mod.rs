//! What can be sent: eight validated message types, and one that is sent as it is.

mod contacts;
mod json;
mod location;
mod media;
mod raw;
mod template;
mod text;

use std::sync::Arc;

use self::json::JsonMessage;
use crate::error::Error;
use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Kind as JsonKind, Value, Write};
use crate::wire::{Field, List, Read, nearest, read_field, read_object, wrong_type};

pub use contacts::{Address, Contact, Contacts, Email, Name, Org, Phone, Url};
pub use location::Location;
pub use media::{Audio, Document, Image, Video};
pub use raw::Raw;
pub use template::{
    Body, BodyParameter, Component, Currency, DateTime, Header, HeaderParameter, QuickReplyButton, Template, UrlButton,
};
pub use text::Text;

/// One message of any type.
///
/// Every message type converts into it, so that methods which take `impl Into<Message>` take them all:
///
/// ```
/// use linkwa::{Image, Message, Text};
///
/// let several: Vec<Message> = vec![Text::new("Your invoice:").into(), Image::new("https://example.com/i.png").into()];
/// assert_eq!(several[1].type_name(), "image");
/// ```
///
/// Outside the 24 hours that follow the recipient's own last message only a [`Template`] may be sent (rule W-1).
#[derive(Clone, Debug, PartialEq)]
pub struct Message(Kind);

/// The body of a message, under the name that its `type` says.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Text(Text),
    Image(Field<Image>),
    Audio(Field<Audio>),
    Video(Field<Video>),
    Document(Field<Document>),
    Location(Field<Location>),
    Contacts(Field<List<Contact>>),
    /// Shared: a message that is sent again is not copied.
    Template(Field<Arc<Template>>),
    Raw(Raw),
    Json(Box<JsonMessage>),
}

/// The values of `type`, each also the name of the body beside it.
const TYPES: &[&str] = &["text", "image", "audio", "video", "document", "location", "contacts", "template"];

impl Message {
    /// A message in wire form, from the text of a JSON object of at most 1 MiB and 64 levels. It is validated like any other
    /// when it is sent or built, with the rules of [`validate`](crate::validate); a [`Raw`] one is not.
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
        json::read(json.as_ref())
    }

    /// The word that stands as `type` on the wire; `"raw"` for a [`Raw`] message, and `"unknown"` for one
    /// [from JSON](Self::from_json) that has none that we know.
    pub fn type_name(&self) -> &'static str {
        match &self.0 {
            Kind::Text(_) => "text",
            Kind::Image(_) => "image",
            Kind::Audio(_) => "audio",
            Kind::Video(_) => "video",
            Kind::Document(_) => "document",
            Kind::Location(_) => "location",
            Kind::Contacts(_) => "contacts",
            Kind::Template(_) => "template",
            Kind::Raw(_) => "raw",
            Kind::Json(json) => json.message().map_or("unknown", Self::type_name),
        }
    }

    pub(crate) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        let name = self.type_name();
        match &self.0 {
            Kind::Text(text) => text.check(path, findings),
            Kind::Image(image) => image.check(path, name, findings, Image::check),
            Kind::Audio(audio) => audio.check(path, name, findings, Audio::check),
            Kind::Video(video) => video.check(path, name, findings, Video::check),
            Kind::Document(document) => document.check(path, name, findings, Document::check),
            Kind::Location(location) => location.check(path, name, findings, Location::check),
            Kind::Contacts(list) => list.check(path, name, findings, contacts::check_list),
            Kind::Template(template) => template.check(path, name, findings, |template, path, findings| {
                template.check(path, findings);
            }),
            Kind::Raw(_) => {}
            Kind::Json(json) => json.check(path, findings),
        }
    }
}

macro_rules! messages_from {
    ($($type:ident => |$value:ident| $kind:expr;)*) => {
        $(
            impl From<$type> for Message {
                fn from($value: $type) -> Self {
                    Self($kind)
                }
            }
        )*
    };
}

messages_from! {
    Text => |text| Kind::Text(text);
    Image => |image| Kind::Image(Field::Given(image));
    Audio => |audio| Kind::Audio(Field::Given(audio));
    Video => |video| Kind::Video(Field::Given(video));
    Document => |document| Kind::Document(Field::Given(document));
    Location => |location| Kind::Location(Field::Given(location));
    Contacts => |contacts| Kind::Contacts(Field::Given(contacts.into_list()));
    Template => |template| Kind::Template(Field::Given(Arc::new(template)));
    Raw => |raw| Kind::Raw(raw);
}

/// A template that is also kept elsewhere, to be sent again or changed. It is not copied.
impl From<Arc<Template>> for Message {
    fn from(template: Arc<Template>) -> Self {
        Self(Kind::Template(Field::Given(template)))
    }
}

impl Read for Message {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let tag = read_tag(value, TYPES, "message", path, findings)?;
        let mut kind = match tag {
            "text" => Kind::Text(Text::default()),
            "image" => Kind::Image(Field::Absent),
            "audio" => Kind::Audio(Field::Absent),
            "video" => Kind::Video(Field::Absent),
            "document" => Kind::Document(Field::Absent),
            "location" => Kind::Location(Field::Absent),
            "contacts" => Kind::Contacts(Field::Absent),
            "template" => Kind::Template(Field::Absent),
            _ => return None,
        };
        let known: &[&str] = if tag == "text" { &["type", "previewUrl", "text"] } else { &["type", tag] };
        read_object(value, path, known, findings, |name, value, path, findings| {
            match (&mut kind, name) {
                (_, "type") => {}
                (_, name) if name != tag && TYPES.contains(&name) => {
                    let message = format!("a message of type `{tag}` has no `{name}`");
                    findings.add(path, FindingCode::NotAllowed, message);
                }
                (Kind::Text(text), name) => return text.read_member(name, value, path, findings),
                (_, name) if name != tag => return false,
                (Kind::Image(image), _) => read_field(image, value, path, findings),
                (Kind::Audio(audio), _) => read_field(audio, value, path, findings),
                (Kind::Video(video), _) => read_field(video, value, path, findings),
                (Kind::Document(document), _) => read_field(document, value, path, findings),
                (Kind::Location(location), _) => read_field(location, value, path, findings),
                (Kind::Contacts(contacts), _) => read_field(contacts, value, path, findings),
                (Kind::Template(template), _) => read_field(template, value, path, findings),
                (Kind::Raw(_) | Kind::Json(_), _) => return false,
            }
            true
        });
        Some(Self(kind))
    }
}

/// Reads the `type` that says what else an object has. `None`: it has none that we know, which is reported, and nothing
/// else of the object is looked at.
fn read_tag(
    value: Value<'_>,
    known: &[&'static str],
    what: &str,
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
    findings.suggest(&path, FindingCode::UnknownType, message, near);
    None
}

impl Write for Message {
    fn write(&self, out: &mut Vec<u8>) {
        let name = self.type_name();
        match &self.0 {
            Kind::Text(text) => text.write_message(out),
            Kind::Image(body) => write_tagged(name, body, out),
            Kind::Audio(body) => write_tagged(name, body, out),
            Kind::Video(body) => write_tagged(name, body, out),
            Kind::Document(body) => write_tagged(name, body, out),
            Kind::Location(body) => write_tagged(name, body, out),
            Kind::Contacts(body) => write_tagged(name, body, out),
            Kind::Template(body) => write_tagged(name, body, out),
            Kind::Raw(raw) => raw.write(out),
            Kind::Json(json) => match json.message() {
                Some(message) => message.write(out),
                None => out.extend_from_slice(b"null"),
            },
        }
    }
}

/// Writes `{"type": name, name: body}`.
fn write_tagged(name: &str, body: &impl Write, out: &mut Vec<u8>) {
    for part in ["{\"type\":\"", name, "\",\"", name, "\":"] {
        out.extend_from_slice(part.as_bytes());
    }
    body.write(out);
    out.push(b'}');
}
