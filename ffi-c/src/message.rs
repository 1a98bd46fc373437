//! Messages of every type.

use std::ffi::CStr;
use std::sync::Arc;

use linkwa::{
    Audio, Contact, Contacts, Document, HeaderParameter, Image, InteractiveButtons, InteractiveList, Location, Message,
    Messages, Raw, Template, Video,
};

use crate::arg::{Bytes, Object, Text, require};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::contact::linkwa_contact;
use crate::error::ErrorOut;
use crate::out::into_raw;
use crate::panic::{panic_boundary, panic_boundary_status};
use crate::status::linkwa_status;

/// A message (a text, a picture, a template, or another type) and the messages that were appended to it, which go out
/// in the same request. Its content is checked when you send or build it. You may send a message any number of times.
///
/// A constructor with an invalid argument still returns a message. The message remembers the first error of its
/// constructor and setters, and every call that sends or builds it fails with that error; linkwa_message_check()
/// returns it earlier.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_message {
    /// The type of the message itself, without those appended.
    word: &'static CStr,
    parts: Builder<Parts>,
}

/// A message to change.
pub(crate) type MutMessage<'a> = Option<&'a mut linkwa_message>;

/// A message to change, which may be another argument too.
pub(crate) type MessageObject = Object<linkwa_message>;

/// A message to read, which may be another argument too.
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

/// The content of a message.
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
    Buttons(InteractiveButtons),
    List(InteractiveList),
    /// From JSON.
    Whole(Message),
    /// The constructor failed.
    Invalid,
}

impl Content {
    /// The message in its present state.
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
            Self::Buttons(buttons) => buttons.clone().into(),
            Self::List(list) => list.clone().into(),
            Self::Whole(message) => message.clone(),
            Self::Invalid => return None,
        })
    }

    /// The error for a part that this type of message does not have.
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
            Self::Buttons(_) => "a buttons",
            Self::List(_) => "a list",
            Self::Invalid => "an invalid",
            Self::Whole(_) => {
                return BindingError::argument("a message made from JSON takes no parts: write them into the JSON");
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

    pub(crate) fn is_list(&self) -> bool {
        self.parts.get().is_ok_and(|parts| matches!(parts.content, Content::List(_)))
    }

    /// The medium that the message itself is, as a parameter of a header.
    pub(crate) fn medium(&self) -> Result<HeaderParameter, BindingError> {
        match &self.parts.get()?.content {
            Content::Image(image) => Ok(image.clone().into()),
            Content::Video(video) => Ok(video.clone().into()),
            Content::Document(document) => Ok(document.clone().into()),
            _ => Err(BindingError::argument(
                "`medium` must come from linkwa_message_image(), _video(), _document() or their _by_id",
            )),
        }
    }

    /// Whether the message itself, without those appended, has this type.
    pub(crate) fn is_of_type(&self, type_name: &str) -> bool {
        self.word.to_bytes() == type_name.as_bytes()
    }
}

/// The words of all types.
const WORDS: [&CStr; 11] = [
    c"text",
    c"image",
    c"audio",
    c"video",
    c"document",
    c"location",
    c"contacts",
    c"template",
    c"interactive",
    c"raw",
    c"unknown",
];

/// The word of a type for C.
fn word_of(type_name: &str) -> &'static CStr {
    WORDS.iter().find(|word| word.to_bytes() == type_name.as_bytes()).unwrap_or(&c"unknown")
}

/// A message with this content, or one that remembers the error.
pub(crate) fn make(word: &'static CStr, content: Result<Content, BindingError>) -> Option<Box<linkwa_message>> {
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

/// Replaces a value by the result of its setter in core.
pub(crate) fn update<T: Default>(value: &mut T, update: impl FnOnce(T) -> T) -> bool {
    *value = update(std::mem::take(value));
    true
}

/// Makes a text message. The body must not be empty. More than 4,096 characters are a warning. A URL in it must start
/// with "http://" or "https://".
///
/// Returns NULL only after an internal error: a `body` that is NULL or not UTF-8 is an error that the message
/// remembers. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_text(body: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"text", body.get("body").map(|body| Content::Text(body.into()))))
}

/// Makes a message with a picture (JPEG or PNG), which WhatsApp fetches from `link`, an absolute http or https URL that
/// is reachable from the internet. It may have a caption.
///
/// Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
/// remembers. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_image(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"image", link.get("link").map(|link| Content::Image(link.into()))))
}

/// As linkwa_message_image(), with a picture that was uploaded before and has this id. Not in version 1.4.1 of LINK's
/// document: it needs linkwa_config_set_extensions().
///
/// Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
/// The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_image_by_id(id: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"image", id.get("id").map(|id| Content::Image(Image::by_id(id)))))
}

/// Makes a message with a sound (AAC, MP4, AMR, MPEG, or Ogg with Opus), which WhatsApp fetches from `link`, an
/// absolute http or https URL that is reachable from the internet. It has no caption.
///
/// Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
/// remembers. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_audio(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"audio", link.get("link").map(|link| Content::Audio(link.into()))))
}

/// As linkwa_message_audio(), with a sound that was uploaded before and has this id. Not in version 1.4.1 of LINK's
/// document: it needs linkwa_config_set_extensions().
///
/// Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
/// The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_audio_by_id(id: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"audio", id.get("id").map(|id| Content::Audio(Audio::by_id(id)))))
}

/// Makes a message with a video (MP4 or 3GPP), which WhatsApp fetches from `link`, an absolute http or https URL that
/// is reachable from the internet. It may have a caption.
///
/// Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
/// remembers. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_video(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"video", link.get("link").map(|link| Content::Video(link.into()))))
}

/// As linkwa_message_video(), with a video that was uploaded before and has this id. Not in version 1.4.1 of LINK's
/// document: it needs linkwa_config_set_extensions().
///
/// Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
/// The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_video_by_id(id: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"video", id.get("id").map(|id| Content::Video(Video::by_id(id)))))
}

/// Makes a message with a document of any kind, which WhatsApp fetches from `link`, an absolute http or https URL that
/// is reachable from the internet. It may have a caption and a file name.
///
/// Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
/// remembers. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_document(link: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"document", link.get("link").map(|link| Content::Document(link.into()))))
}

/// As linkwa_message_document(), with a document that was uploaded before and has this id. Not in version 1.4.1 of LINK's
/// document: it needs linkwa_config_set_extensions().
///
/// Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
/// The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_document_by_id(id: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"document", id.get("id").map(|id| Content::Document(Document::by_id(id)))))
}

/// Makes a message with a place on the map: degrees north of the equator (-90 to 90), and degrees east of Greenwich
/// (-180 to 180). It may have a name, and an address shown below the name.
///
/// Returns NULL only after an internal error. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_location(latitude: f64, longitude: f64) -> Option<Box<linkwa_message>> {
    panic_boundary(|| {
        let location = Location::at().latitude(latitude).longitude(longitude);
        make(c"location", Ok(Content::Location(location)))
    })
}

/// Makes a message with contact cards. Add at least one with linkwa_message_add_contact().
///
/// Returns NULL only after an internal error. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_contacts() -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"contacts", Ok(Content::Contacts(Vec::new()))))
}

/// Makes a template message: a text that WhatsApp approved beforehand, with its parameters filled in. It is the only
/// type that may be sent at any time; all others only within 24 hours of the recipient's last message.
///
/// Name, namespace, language ("en", "pt_BR") and the number of parameters must be those of the approved template; only
/// the gateway can check that. The components go out in the order in which each was first used: see
/// linkwa_message_add_header_text(), linkwa_message_add_body_text(), linkwa_message_add_quick_reply() and the functions
/// beside them.
///
/// Returns NULL only after an internal error: an argument that is NULL or not UTF-8 is an error that the message
/// remembers. `namespace_` may be NULL, which is absent: that is not in version 1.4.1 of LINK's document, and needs
/// linkwa_config_set_extensions(). The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_template(
    name: Text<'_>,
    namespace_: Text<'_>,
    language: Text<'_>,
) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"template", template_of(name, namespace_, language)))
}

fn template_of(name: Text<'_>, namespace: Text<'_>, language: Text<'_>) -> Result<Content, BindingError> {
    let (name, namespace, language) = (name.get("name")?, namespace.optional("namespace_")?, language.get("language")?);
    let template = match namespace {
        Some(namespace) => Template::new(name, namespace, language),
        None => Template::without_namespace(name, language),
    };
    Ok(Content::Template(Arc::new(template)))
}

/// Makes a message from its wire form: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It is
/// checked like any other when you send or build it. It cannot be changed, but others can be appended.
///
/// Returns NULL only after an internal error: a `json` that is NULL (LINKWA_INVALID_ARGUMENT) or not such an object
/// (LINKWA_INVALID_REQUEST) is an error that the message remembers. The message is yours; free it with
/// linkwa_message_free().
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

/// Makes a message that is sent as it is: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. Use
/// it for message types and fields that this library does not know; its content is not validated. It cannot be changed,
/// but others can be appended.
///
/// Returns NULL only after an internal error: a `json` that is NULL (LINKWA_INVALID_ARGUMENT) or not such an object
/// (LINKWA_INVALID_REQUEST) is an error that the message remembers. The message is yours; free it with
/// linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_raw(json: Bytes<'_>, len: usize) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"raw", raw_of(json, len).map(Content::Whole)))
}

fn raw_of(json: Bytes<'_>, len: usize) -> Result<Message, BindingError> {
    Ok(Raw::from_json(json.get(len, "json")?)?.into())
}

/// Returns the type of the message as on the wire: "text", "image", "audio", "video", "document", "location",
/// "contacts", "template", "interactive"; "raw" for a raw message; "unknown" for one from JSON whose type this library does not know.
/// Appended messages do not count. Returns NULL for NULL.
///
/// The text belongs to the message and lives as long as it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_type(message: Option<&linkwa_message>) -> Text<'_> {
    panic_boundary(|| message.map_or(Text::NULL, |message| Text::new(message.word)))
}

/// Returns the first error of the message's constructor or setters, which every send of it would return too. LINKWA_OK
/// means that there was no such error, not that the content is valid.
///
/// Errors: the remembered error; LINKWA_INVALID_ARGUMENT if `message` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_check(message: Option<&linkwa_message>, err: ErrorOut<'_>) -> linkwa_status {
    panic_boundary_status(err, || require(message, "message")?.parts.get().map(|_| ()))
}

/// Appends a copy of another message, and of those that were appended to it. They go out in the same request, in this
/// order. An error that `next` remembers is then remembered by `message` too.
///
/// Errors: the error that `next` remembers; LINKWA_INVALID_ARGUMENT if `message` or `next` is NULL.
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

/// Sets whether the recipient sees a preview of the URL in a text. Default: false. A preview without a URL in the body
/// is a warning.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a text.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_preview_url(message: MutMessage<'_>, preview: bool) -> linkwa_status {
    panic_boundary(|| {
        change(message, "URL preview", Ok(preview), |content, preview| match content {
            Content::Text(text) => update(text, |text| text.preview_url(preview)),
            _ => false,
        })
    })
}

/// Sets the text below an image, video or document. (Media in a template's header have no caption.)
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
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a document, or `filename` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_filename(message: MutMessage<'_>, filename: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "file name", filename.get("filename"), |content, filename| match content {
            Content::Document(document) => update(document, |document| document.filename(filename)),
            _ => false,
        })
    })
}

/// Sets the name of a location.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a location, or `name` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_name(message: MutMessage<'_>, name: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "name", name.get("name"), |content, name| match content {
            Content::Location(location) => update(location, |location| location.name(name)),
            _ => false,
        })
    })
}

/// Sets the address of a location, which is shown below its name. Without a name it is not shown, which is a warning.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a location, or `address` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_address(message: MutMessage<'_>, address: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "address", address.get("address"), |content, address| match content {
            Content::Location(location) => update(location, |location| location.address(address)),
            _ => false,
        })
    })
}

/// Adds a copy of a contact card to a message of linkwa_message_contacts(). An error that the card remembers is then
/// remembered by the message too.
///
/// Errors: the error that `contact` remembers; LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or
/// `contact` is NULL.
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

/// Frees a message. NULL is allowed. Sends under way have their own copy.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_free(message: Option<Box<linkwa_message>>) {
    panic_boundary(|| drop(message));
}
