//! Messages of every type, put together call by call.

use std::ffi::CStr;
use std::sync::Arc;

use linkwa::{Audio, Contact, Contacts, Document, Image, Location, Message, Messages, Raw, Template, Video};

use crate::arg::{Bytes, Object, Text, require};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::contact::linkwa_contact;
use crate::error::ErrorOut;
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_status};
use crate::status::linkwa_status;

/// A message: a text, a picture, a template, or one of the other types; and the messages that were appended to it,
/// which go out in the same request. Its content is checked when it is sent or built, not here. One message may be sent
/// any number of times.
///
/// A constructor with an invalid argument returns a message all the same. The message remembers the first error of its
/// constructor and setters, and every call that sends or builds it fails with that error; linkwa_message_check() returns
/// it earlier.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_message {
    /// The type of the message itself, whatever was appended.
    word: &'static CStr,
    parts: Builder<Parts>,
}

/// A message that is changed.
pub(crate) type MutMessage<'a> = Option<&'a mut linkwa_message>;

/// A message that is changed, and that may be another argument too.
pub(crate) type MessageObject = Object<linkwa_message>;

/// A message that is read, and that may be another argument too.
pub(crate) type ConstMessageObject = Object<linkwa_message>;

#[derive(Debug)]
struct Parts {
    content: Content,
    appended: Vec<Message>,
}

impl Parts {
    fn all(&self) -> impl Iterator<Item = Message> {
        self.content.message().into_iter().chain(self.appended.iter().cloned())
    }
}

/// What a message says.
#[derive(Debug)]
pub(crate) enum Content {
    Text(linkwa::Text),
    Image(Image),
    Audio(Audio),
    Video(Video),
    Document(Document),
    Location(Location),
    Contacts(Vec<Contact>),
    /// Core shares it while it sends it.
    Template(Arc<Template>),
    /// From JSON.
    Whole(Message),
    /// The constructor failed.
    Invalid,
}

impl Content {
    /// The message as it stands.
    fn message(&self) -> Option<Message> {
        Some(match self {
            Self::Text(text) => text.clone().into(),
            Self::Image(image) => image.clone().into(),
            Self::Audio(audio) => audio.clone().into(),
            Self::Video(video) => video.clone().into(),
            Self::Document(document) => document.clone().into(),
            Self::Location(location) => location.clone().into(),
            Self::Contacts(contacts) => Contacts::new(contacts.iter().cloned()).into(),
            Self::Template(template) => Arc::clone(template).into(),
            Self::Whole(message) => message.clone(),
            Self::Invalid => return None,
        })
    }

    /// Why it cannot be given this.
    pub(crate) fn has_no(&self, what: &str) -> BindingError {
        let article = match self {
            Self::Text(_) => "a text",
            Self::Image(_) => "an image",
            Self::Audio(_) => "an audio",
            Self::Video(_) => "a video",
            Self::Document(_) => "a document",
            Self::Location(_) => "a location",
            Self::Contacts(_) => "a contacts",
            Self::Template(_) => "a template",
            Self::Invalid => "an invalid",
            Self::Whole(_) => {
                return BindingError::argument(format!("a message that is JSON cannot be given a {what}"));
            }
        };
        BindingError::argument(format!("{article} message has no {what}"))
    }
}

impl linkwa_message {
    /// The message and those that were appended, in order.
    pub(crate) fn messages(&self) -> Result<Messages, BindingError> {
        self.parts.get().map(|parts| parts.all().collect())
    }

    /// Whether the message itself, whatever was appended, is of this type.
    pub(crate) fn is_of_type(&self, type_name: &str) -> bool {
        self.word.to_bytes() == type_name.as_bytes()
    }
}

/// The words of all types.
const WORDS: [&CStr; 10] =
    [c"text", c"image", c"audio", c"video", c"document", c"location", c"contacts", c"template", c"raw", c"unknown"];

/// The word of a type for C.
fn word_of(type_name: &str) -> &'static CStr {
    WORDS.iter().find(|word| word.to_bytes() == type_name.as_bytes()).unwrap_or(&c"unknown")
}

/// A message of this content, or one that remembers why its constructor failed.
fn make(word: &'static CStr, content: Result<Content, BindingError>) -> Option<Box<linkwa_message>> {
    let parts = |content| Parts { content, appended: Vec::new() };
    let parts = match content {
        Ok(content) => Builder::new(parts(content)),
        Err(error) => Builder::invalid(parts(Content::Invalid), error),
    };
    into_raw(linkwa_message { word, parts })
}

/// Changes the content of a message. `change` returns whether a message of this type has such a part.
pub(crate) fn change<A>(
    message: MutMessage<'_>,
    what: &str,
    arguments: Result<A, BindingError>,
    change: impl FnOnce(&mut Content, A) -> bool,
) -> linkwa_status {
    let Some(message) = message else { return linkwa_status::LINKWA_INVALID_ARGUMENT };
    message.parts.change(arguments, |parts, arguments| {
        if change(&mut parts.content, arguments) { Ok(()) } else { Err(parts.content.has_no(what)) }
    })
}

/// Replaces a value by what its setter of core makes of it.
fn update<T: Default>(value: &mut T, update: impl FnOnce(T) -> T) -> bool {
    *value = update(std::mem::take(value));
    true
}

/// Makes a text message; the body must not be empty. More than 4,096 characters are a warning (rule M-3). A URL in it
/// starts with "http://" or "https://".
///
/// Never NULL, except after an internal error: `body` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_text(body: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"text", body.get("body").map(|body| Content::Text(body.into()))))
}

/// Makes a message with a picture: JPEG or PNG, to be fetched from `link`, an absolute http or https URL that can be
/// reached from the internet (rule M-2). It may have a caption.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_image(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"image", link.get("link").map(|link| Content::Image(link.into()))))
}

/// Makes a message with a sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside, to be fetched from `link`, an absolute
/// http or https URL that can be reached from the internet (rule M-2). It has no caption.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_audio(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"audio", link.get("link").map(|link| Content::Audio(link.into()))))
}

/// Makes a message with a video: MP4 or 3GPP, to be fetched from `link`, an absolute http or https URL that can be
/// reached from the internet (rule M-2). It may have a caption.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_video(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"video", link.get("link").map(|link| Content::Video(link.into()))))
}

/// Makes a message with a document of any kind, to be fetched from `link`, an absolute http or https URL that can be
/// reached from the internet (rule M-2). It may have a caption and a file name.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_document(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"document", link.get("link").map(|link| Content::Document(link.into()))))
}

/// Makes a message with a place on the map: degrees north of the equator (-90 to 90), and degrees east of Greenwich
/// (-180 to 180). It may have a name, and an address shown under that.
///
/// NULL only after an internal error. The message is the caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_location(latitude: f64, longitude: f64) -> Option<Box<linkwa_message>> {
    panic_boundary(|| {
        let location = Location::at().latitude(latitude).longitude(longitude);
        make(c"location", Ok(Content::Location(location)))
    })
}

/// Makes a message with contact cards; give it at least one with linkwa_message_add_contact().
///
/// NULL only after an internal error. The message is the caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_contacts() -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"contacts", Ok(Content::Contacts(Vec::new()))))
}

/// Makes a template message: a text that was approved beforehand, with the parts filled in that vary. It is the one
/// type that may be sent at any time; all others only within 24 hours of the recipient's own last message (rule W-1).
///
/// Name, namespace, language ("en", "pt_BR"; rule T-10) and the number of parameters must be those of the approved
/// template, which only the gateway can check. The components go out in the order in which each was first used: see
/// linkwa_message_add_header_text(), linkwa_message_add_body_text(), linkwa_message_add_quick_reply() and their like.
///
/// Never NULL, except after an internal error: an argument that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_template(
    name: Text<'_>,
    namespace_: Text<'_>,
    language: Text<'_>,
) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"template", template_of(name, namespace_, language)))
}

fn template_of(name: Text<'_>, namespace: Text<'_>, language: Text<'_>) -> Result<Content, BindingError> {
    let template = Template::new(name.get("name")?, namespace.get("namespace_")?, language.get("language")?);
    Ok(Content::Template(Arc::new(template)))
}

/// Makes a message from its wire form: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It is
/// checked like any other when it is sent or built. It cannot be changed, but others can be appended.
///
/// Never NULL, except after an internal error: `json` that is NULL (LINKWA_INVALID_ARGUMENT) or no such object
/// (LINKWA_INVALID_REQUEST) is remembered. The message is the caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_from_json(json: Bytes<'_>, len: usize) -> Option<Box<linkwa_message>> {
    panic_boundary(|| {
        let message = json_of(json, len);
        let type_name = message.as_ref().map_or("unknown", Message::type_name);
        make(word_of(type_name), message.map(Content::Whole))
    })
}

fn json_of(json: Bytes<'_>, len: usize) -> Result<Message, BindingError> {
    Ok(Message::from_json(json.get(len, "json")?)?)
}

/// Makes a message that is sent as it is: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It
/// is the way round for a message type or field that this library does not know (rule Q-4); the gateway is the first to check
/// what is in it. It cannot be changed, but others can be appended.
///
/// Never NULL, except after an internal error: `json` that is NULL (LINKWA_INVALID_ARGUMENT) or no such object
/// (LINKWA_INVALID_REQUEST) is remembered. The message is the caller's, to be freed with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_raw(json: Bytes<'_>, len: usize) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"raw", raw_of(json, len).map(Content::Whole)))
}

fn raw_of(json: Bytes<'_>, len: usize) -> Result<Message, BindingError> {
    Ok(Raw::from_json(json.get(len, "json")?)?.into())
}

/// Of which type the message is, in the wire's words: "text", "image", "audio", "video", "document", "location",
/// "contacts", "template"; "raw" for a raw one; "unknown" for one from JSON that has no type that this library knows.
/// What was appended does not count. NULL for NULL.
///
/// The text belongs to the message and lives as long as it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_type(message: Option<&linkwa_message>) -> Text<'_> {
    panic_boundary(|| message.map_or(Text::NULL, |message| Text::new(message.word)))
}

/// Tells the first thing that went wrong with the message's constructor or setters, which whatever sends it would tell
/// too. LINKWA_OK says that nothing did, not that the content is valid.
///
/// Errors: what is remembered; LINKWA_INVALID_ARGUMENT if `message` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_check(message: Option<&linkwa_message>, err: ErrorOut<'_>) -> linkwa_status {
    panic_boundary_status(err, || require(message, "message")?.parts.get().map(|_| ()))
}

/// Appends a copy of another message, with those that were appended to that, to go out in the same request and in this
/// order. What `next` remembers as wrong this one remembers then.
///
/// Errors: what `next` remembers; LINKWA_INVALID_ARGUMENT if `message` or `next` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_append(message: MessageObject, next: ConstMessageObject) -> linkwa_status {
    panic_boundary(|| {
        // Both may be the same message.
        let copies = next.with("next", |next| next.parts.get().map(|parts| parts.all().collect::<Vec<_>>()));
        let append = |message: &mut linkwa_message| {
            message.parts.change(copies, |parts, copies| {
                parts.appended.extend(copies);
                Ok(())
            })
        };
        message.with_mut(append).unwrap_or(linkwa_status::LINKWA_INVALID_ARGUMENT)
    })
}

/// Sets whether the recipient sees a preview of the URL in a text. Otherwise they see none; a preview without a URL in
/// the body is a warning (rule M-3).
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no text.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_preview_url(message: MutMessage<'_>, preview: bool) -> linkwa_status {
    panic_boundary(|| {
        change(message, "URL preview", Ok(preview), |content, preview| match content {
            Content::Text(text) => update(text, |text| text.preview_url(preview)),
            _ => false,
        })
    })
}

/// Sets the text under an image, video or document. (A medium in a template's header has none.)
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `caption` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_caption(message: MutMessage<'_>, caption: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "caption", caption.get("caption"), |content, caption| match content {
            Content::Image(image) => update(image, |image| image.caption(caption)),
            Content::Video(video) => update(video, |video| video.caption(caption)),
            Content::Document(document) => update(document, |document| document.caption(caption)),
            _ => false,
        })
    })
}

/// Sets the file name that the recipient of a document sees.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no document, or `filename` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_filename(message: MutMessage<'_>, filename: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "file name", filename.get("filename"), |content, filename| match content {
            Content::Document(document) => update(document, |document| document.filename(filename)),
            _ => false,
        })
    })
}

/// Sets what the place of a location is called.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no location, or `name` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_name(message: MutMessage<'_>, name: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "name", name.get("name"), |content, name| match content {
            Content::Location(location) => update(location, |location| location.name(name)),
            _ => false,
        })
    })
}

/// Sets the address of a location, which is shown under its name; without a name it is not shown, which is a warning
/// (rule M-3).
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no location, or `address` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_address(message: MutMessage<'_>, address: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "address", address.get("address"), |content, address| match content {
            Content::Location(location) => update(location, |location| location.address(address)),
            _ => false,
        })
    })
}

/// Adds a copy of a contact card to a message that linkwa_message_contacts() gave. What the card remembers as wrong the
/// message remembers then.
///
/// Errors: what `contact` remembers; LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `contact` is
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_contact(
    message: MutMessage<'_>,
    contact: Option<&linkwa_contact>,
) -> linkwa_status {
    panic_boundary(|| {
        change(message, "contact card", contact_of(contact), |content, contact| match content {
            Content::Contacts(contacts) => {
                contacts.push(contact);
                true
            }
            _ => false,
        })
    })
}

fn contact_of(contact: Option<&linkwa_contact>) -> Result<Contact, BindingError> {
    require(contact, "contact")?.contact()
}

/// Frees a message. NULL is fine. Sends that are under way have what they need.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_free(message: Option<Box<linkwa_message>>) {
    panic_boundary(|| drop(message));
}
