//! Messages of every type, put together call by call.

use std::ffi::CStr;
use std::sync::Arc;

use linkwa::{Audio, Contact, Contacts, Document, Image, Location, Message, Messages, Raw, Template, Video};

use crate::contact::linkwa_contact;
use crate::guard::{self, ErrPlace};
use crate::handle::{Bytes, Draft, Failure, Problem, Text, given, hand_over};
use crate::list::List;
use crate::status::linkwa_status;
use crate::template::{Step, TemplateDraft};

/// A message: a text, a picture, a template, or one of the other types; and the messages that were appended to it,
/// which go out in the same request. Its content is checked when it is sent or built, not here.
///
/// A constructor whose argument is wrong gives a message all the same. It remembers that, or the first setter that
/// fails, and whatever sends or builds it fails with it; linkwa_message_check() tells earlier. One message may be sent
/// any number of times. Threads may share the message.
#[derive(Debug)]
pub struct linkwa_message {
    /// The type of the message itself, whatever was appended.
    word: &'static CStr,
    draft: AnyDraft,
}

/// A message that is changed.
pub(crate) type MutMessage<'a> = Option<&'a linkwa_message>;

#[derive(Debug)]
enum AnyDraft {
    Template(Arc<TemplateDraft>),
    Other(Draft<Parts>),
}

#[derive(Clone, Debug)]
struct Parts {
    content: Content,
    appended: List<Message>,
}

/// A message under construction.
#[derive(Clone, Debug)]
enum Content {
    Text(linkwa::Text),
    Image(Image),
    Audio(Audio),
    Video(Video),
    Document(Document),
    Location(Location),
    Contacts(List<Contact>),
    /// From JSON; `None` if it could not be read, which is remembered.
    Whole(Option<Message>),
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
            Self::Whole(message) => return message.clone(),
        })
    }

    /// Why it cannot be given this.
    fn refusal(&self, what: &str) -> Problem {
        let article = match self {
            Self::Text(_) => "a text",
            Self::Image(_) => "an image",
            Self::Audio(_) => "an audio",
            Self::Video(_) => "a video",
            Self::Document(_) => "a document",
            Self::Location(_) => "a location",
            Self::Contacts(_) => "a contacts",
            Self::Whole(_) => return Problem::new(format!("a message that is JSON cannot be given a {what}")),
        };
        has_no(article, what)
    }
}

fn has_no(article: &str, what: &str) -> Problem {
    Problem::new(format!("{article} message has no {what}"))
}

impl linkwa_message {
    /// The message and those that were appended, in order.
    pub(crate) fn messages(&self) -> Result<Messages, Failure> {
        match &self.draft {
            AnyDraft::Template(template) => template.messages(),
            AnyDraft::Other(draft) => draft.read(Parts::messages),
        }
        .map(Messages::from)
    }

    /// The same, to be kept by another message.
    fn copies(&self) -> Result<Vec<Message>, Failure> {
        match &self.draft {
            AnyDraft::Template(template) => template.copies(),
            AnyDraft::Other(draft) => draft.read(Parts::messages),
        }
    }

    #[cfg(test)]
    pub(crate) fn template(&self) -> Option<&Arc<TemplateDraft>> {
        match &self.draft {
            AnyDraft::Template(template) => Some(template),
            AnyDraft::Other(_) => None,
        }
    }

    /// Whether the message itself, whatever was appended, is of this type.
    pub(crate) fn is_of_type(&self, type_name: &str) -> bool {
        self.word.to_bytes() == type_name.as_bytes()
    }
}

impl Parts {
    /// The message as it stands, and what was appended.
    fn messages(&self) -> Vec<Message> {
        self.content.message().into_iter().chain(self.appended.iter().cloned()).collect()
    }
}

/// The words of all types.
const WORDS: [&CStr; 10] =
    [c"text", c"image", c"audio", c"video", c"document", c"location", c"contacts", c"template", c"raw", c"unknown"];

/// The word of a type for C.
fn word_of(type_name: &str) -> &'static CStr {
    WORDS.iter().find(|word| word.to_bytes() == type_name.as_bytes()).unwrap_or(&c"unknown")
}

/// A message of what was made of the arguments, or of nothing in particular if they are wrong.
fn make<A: Default>(
    word: &'static CStr,
    arguments: Result<A, impl Into<Failure>>,
    content: impl FnOnce(A) -> Content,
) -> Option<Box<linkwa_message>> {
    let parts = |arguments| Parts { content: content(arguments), appended: List::default() };
    let draft = match arguments {
        Ok(arguments) => Draft::new(parts(arguments)),
        Err(problem) => Draft::broken(parts(A::default()), problem),
    };
    hand_over(linkwa_message { word, draft: AnyDraft::Other(draft) })
}

/// Gives the message something that its type may not have: `change` hands the content back if so.
fn change<A: Clone>(
    message: MutMessage<'_>,
    what: &str,
    arguments: Result<A, impl Into<Failure>>,
    change: impl Fn(Content, A) -> Result<Content, Content>,
) -> linkwa_status {
    match message.map(|message| &message.draft) {
        None => linkwa_status::LINKWA_INVALID_ARGUMENT,
        Some(AnyDraft::Other(draft)) => {
            draft.try_change(arguments, |parts, arguments| match change(parts.content, arguments) {
                Ok(content) => Ok(Parts { content, ..parts }),
                Err(content) => Err(content.refusal(what).into()),
            })
        }
        Some(AnyDraft::Template(template)) => match arguments {
            Ok(_) => template.remember(has_no("a template", what)),
            Err(problem) => template.remember(problem),
        },
    }
}

/// Changes the template that the message must be.
pub(crate) fn change_template<A>(
    message: MutMessage<'_>,
    what: &str,
    arguments: Result<A, Problem>,
    step: impl FnOnce(A) -> Step,
) -> linkwa_status {
    match message.map(|message| &message.draft) {
        Some(AnyDraft::Template(template)) => template.add(arguments, step),
        _ => change(message, what, arguments.map(drop), |content, ()| Err(content)),
    }
}

/// Makes a text message; the body must not be empty. More than 4,096 characters are a warning (rule M-3). A URL in it
/// starts with "http://" or "https://".
///
/// Never NULL, except after an internal error: `body` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_text(body: Text<'_>) -> Option<Box<linkwa_message>> {
    guard::plain(|| make(c"text", body.get("body"), |body| Content::Text(body.into())))
}

/// Makes a message with a picture: JPEG or PNG, to be fetched from `link`, an absolute http or https URL that can be
/// reached from the internet (rule M-2). It may have a caption.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_image(link: Text<'_>) -> Option<Box<linkwa_message>> {
    guard::plain(|| make(c"image", link.get("link"), |link| Content::Image(link.into())))
}

/// Makes a message with a sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside, to be fetched from `link`, an absolute
/// http or https URL that can be reached from the internet (rule M-2). It has no caption.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_audio(link: Text<'_>) -> Option<Box<linkwa_message>> {
    guard::plain(|| make(c"audio", link.get("link"), |link| Content::Audio(link.into())))
}

/// Makes a message with a video: MP4 or 3GPP, to be fetched from `link`, an absolute http or https URL that can be
/// reached from the internet (rule M-2). It may have a caption.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_video(link: Text<'_>) -> Option<Box<linkwa_message>> {
    guard::plain(|| make(c"video", link.get("link"), |link| Content::Video(link.into())))
}

/// Makes a message with a document of any kind, to be fetched from `link`, an absolute http or https URL that can be
/// reached from the internet (rule M-2). It may have a caption and a file name.
///
/// Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_document(link: Text<'_>) -> Option<Box<linkwa_message>> {
    guard::plain(|| make(c"document", link.get("link"), |link| Content::Document(link.into())))
}

/// Makes a message with a place on the map: degrees north of the equator (-90 to 90), and degrees east of Greenwich
/// (-180 to 180). It may have a name, and an address shown under that.
///
/// NULL only after an internal error. The message is the caller's, to be freed with linkwa_message_free(). Any thread
/// may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_location(latitude: f64, longitude: f64) -> Option<Box<linkwa_message>> {
    guard::plain(|| {
        make(c"location", Ok::<_, Problem>((latitude, longitude)), |(latitude, longitude)| {
            Content::Location(Location::at().latitude(latitude).longitude(longitude))
        })
    })
}

/// Makes a message with contact cards; give it at least one with linkwa_message_add_contact().
///
/// NULL only after an internal error. The message is the caller's, to be freed with linkwa_message_free(). Any thread
/// may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_contacts() -> Option<Box<linkwa_message>> {
    guard::plain(|| make(c"contacts", Ok::<_, Problem>(()), |()| Content::Contacts(List::default())))
}

/// Makes a template message: a text that was approved beforehand, with the parts filled in that vary. It is the one
/// type that may be sent at any time; all others only within 24 hours of the recipient's own last message (rule W-1).
///
/// Name, namespace, language ("en", "pt_BR"; rule T-10) and the number of parameters must be those of the approved
/// template, which only the gateway can check. The components go out in the order in which each was first used: see
/// linkwa_message_add_header_text(), linkwa_message_add_body_text(), linkwa_message_add_quick_reply() and their like.
///
/// Never NULL, except after an internal error: an argument that is NULL or not UTF-8 is remembered. The message is the
/// caller's, to be freed with linkwa_message_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_template(
    name: Text<'_>,
    namespace_: Text<'_>,
    language: Text<'_>,
) -> Option<Box<linkwa_message>> {
    guard::plain(|| {
        let draft = TemplateDraft::new(template_of(name, namespace_, language));
        hand_over(linkwa_message { word: c"template", draft: AnyDraft::Template(Arc::new(draft)) })
    })
}

fn template_of(name: Text<'_>, namespace: Text<'_>, language: Text<'_>) -> Result<Template, Problem> {
    Ok(Template::new(name.get("name")?, namespace.get("namespace_")?, language.get("language")?))
}

/// Makes a message from its wire form: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It is
/// checked like any other when it is sent or built. It cannot be changed, but others can be appended.
///
/// Never NULL, except after an internal error: `json` that is NULL (LINKWA_INVALID_ARGUMENT) or no such object
/// (LINKWA_INVALID_REQUEST) is remembered. The message is the caller's, to be freed with linkwa_message_free(). Any
/// thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_from_json(json: Bytes<'_>, len: usize) -> Option<Box<linkwa_message>> {
    guard::plain(|| {
        let message = json_of(json, len);
        let type_name = message.as_ref().map_or("unknown", Message::type_name);
        make(word_of(type_name), message.map(Some), Content::Whole)
    })
}

fn json_of(json: Bytes<'_>, len: usize) -> Result<Message, Failure> {
    Ok(Message::from_json(json.get(len, "json")?)?)
}

/// Makes a message that is sent as it is: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It
/// is the way round for a message type or field that this library does not know (rule Q-4); nobody checks what is in it
/// before the gateway does. It cannot be changed, but others can be appended.
///
/// Never NULL, except after an internal error: `json` that is NULL (LINKWA_INVALID_ARGUMENT) or no such object
/// (LINKWA_INVALID_REQUEST) is remembered. The message is the caller's, to be freed with linkwa_message_free(). Any
/// thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_raw(json: Bytes<'_>, len: usize) -> Option<Box<linkwa_message>> {
    guard::plain(|| make(c"raw", raw_of(json, len).map(Some), Content::Whole))
}

fn raw_of(json: Bytes<'_>, len: usize) -> Result<Message, Failure> {
    Ok(Raw::from_json(json.get(len, "json")?)?.into())
}

/// Of which type the message is, in the wire's words: "text", "image", "audio", "video", "document", "location",
/// "contacts", "template"; "raw" for a raw one; "unknown" for one from JSON that has no type that this library knows.
/// What was appended does not count. NULL for NULL.
///
/// The text belongs to the message and lives as long as it. Threads may share the message.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_type(message: Option<&linkwa_message>) -> Text<'_> {
    guard::plain(|| message.map_or(Text::NULL, |message| Text::new(message.word)))
}

/// Tells the first thing that went wrong with the message's constructor or setters, which whatever sends it would tell
/// too. LINKWA_OK says that nothing did, not that the content is valid.
///
/// Threads may share the message.
///
/// Errors: what is remembered; LINKWA_INVALID_ARGUMENT if `message` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_check(message: Option<&linkwa_message>, err: ErrPlace<'_>) -> linkwa_status {
    guard::status(err, || match &given(message, "message")?.draft {
        AnyDraft::Template(template) => template.check(),
        AnyDraft::Other(draft) => draft.read(|_| ()),
    })
}

/// Appends a copy of another message, with those that were appended to that, to go out in the same request and in this
/// order. What `next` remembers as wrong this one remembers then.
///
/// Threads may share both messages.
///
/// Errors: what `next` remembers; LINKWA_INVALID_ARGUMENT if `message` or `next` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_append(message: MutMessage<'_>, next: Option<&linkwa_message>) -> linkwa_status {
    guard::plain(|| {
        let Some(message) = message else { return linkwa_status::LINKWA_INVALID_ARGUMENT };
        match &message.draft {
            AnyDraft::Template(template) => template.add(copies_of(next), Step::Append),
            AnyDraft::Other(draft) => draft.change(copies_of(next), |mut parts, next| {
                parts.appended.extend(next);
                parts
            }),
        }
    })
}

fn copies_of(next: Option<&linkwa_message>) -> Result<Vec<Message>, Failure> {
    given(next, "next")?.copies()
}

/// Sets whether the recipient sees a preview of the URL in a text. Otherwise they see none; a preview without a URL in
/// the body is a warning (rule M-3).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no text.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_preview_url(message: MutMessage<'_>, preview: bool) -> linkwa_status {
    guard::plain(|| {
        change(message, "URL preview", Ok::<_, Problem>(preview), |content, preview| match content {
            Content::Text(text) => Ok(Content::Text(text.preview_url(preview))),
            other => Err(other),
        })
    })
}

/// Sets the text under an image, video or document. (A medium in a template's header has none.)
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `caption` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_caption(message: MutMessage<'_>, caption: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        change(message, "caption", caption.get("caption"), |content, caption| match content {
            Content::Image(image) => Ok(Content::Image(image.caption(caption))),
            Content::Video(video) => Ok(Content::Video(video.caption(caption))),
            Content::Document(document) => Ok(Content::Document(document.caption(caption))),
            other => Err(other),
        })
    })
}

/// Sets the file name that the recipient of a document sees.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no document, or `filename` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_filename(message: MutMessage<'_>, filename: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        change(message, "file name", filename.get("filename"), |content, filename| match content {
            Content::Document(document) => Ok(Content::Document(document.filename(filename))),
            other => Err(other),
        })
    })
}

/// Sets what the place of a location is called.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no location, or `name` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_name(message: MutMessage<'_>, name: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        change(message, "name", name.get("name"), |content, name| match content {
            Content::Location(location) => Ok(Content::Location(location.name(name))),
            other => Err(other),
        })
    })
}

/// Sets the address of a location, which is shown under its name; without a name it is not shown, which is a warning
/// (rule M-3).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no location, or `address` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_address(message: MutMessage<'_>, address: Text<'_>) -> linkwa_status {
    guard::plain(|| {
        change(message, "address", address.get("address"), |content, address| match content {
            Content::Location(location) => Ok(Content::Location(location.address(address))),
            other => Err(other),
        })
    })
}

/// Adds a copy of a contact card to a message that linkwa_message_contacts() gave. What the card remembers as wrong the
/// message remembers then.
///
/// Threads may share the message and the card.
///
/// Errors: what `contact` remembers; LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `contact` is
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_contact(
    message: MutMessage<'_>,
    contact: Option<&linkwa_contact>,
) -> linkwa_status {
    guard::plain(|| {
        change(message, "contact card", contact_of(contact), |content, contact| match content {
            Content::Contacts(mut contacts) => {
                contacts.push(contact);
                Ok(Content::Contacts(contacts))
            }
            other => Err(other),
        })
    })
}

fn contact_of(contact: Option<&linkwa_contact>) -> Result<Contact, Failure> {
    given(contact, "contact")?.contact()
}

/// Frees a message. NULL is fine. Sends that are under way have what they need.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_free(message: Option<Box<linkwa_message>>) {
    guard::plain(|| drop(message));
}

#[cfg(test)]
pub(crate) mod tests {
    use linkwa::{MessageRequest, SendOptions};

    use super::*;
    use crate::error::linkwa_error_message;
    use crate::handle::written;

    const OK: linkwa_status = linkwa_status::LINKWA_OK;
    const INVALID_ARGUMENT: linkwa_status = linkwa_status::LINKWA_INVALID_ARGUMENT;
    const INVALID_REQUEST: linkwa_status = linkwa_status::LINKWA_INVALID_REQUEST;

    /// The list of messages that is sent.
    pub(crate) fn sent(message: Option<&linkwa_message>) -> String {
        let messages = message.expect("a message").messages().expect("nothing is wrong");
        let options = SendOptions::new().source("+46000000000").ref_id("r");
        let request = MessageRequest::new("+46000000001", messages).platform("p", "pp").options(&options);
        let json = String::from_utf8(request.to_json().expect("a request")).expect("UTF-8");
        let (_, messages) = json.split_once(r#""messages":"#).expect("messages");
        messages.strip_suffix('}').expect("the end").to_owned()
    }

    /// The status and the words of what a message remembers, where they are the same whoever asks.
    pub(crate) fn problem(message: Option<&linkwa_message>) -> (linkwa_status, String) {
        let told = match message.expect("a message").messages().expect_err("a problem") {
            Failure::Argument(problem) => format!("invalid argument: {}", problem.message()),
            Failure::Core(error) => error.to_string(),
        };
        let (status, error) = written(|err| linkwa_message_check(message, err));
        assert_eq!(linkwa_error_message(error.as_deref()).get("message").expect("a text"), told);
        assert_eq!(linkwa_message_check(message, None), status);
        (status, told.trim_start_matches("invalid argument: ").to_owned())
    }

    fn type_of(message: Option<&linkwa_message>) -> &str {
        let word = linkwa_message_type(message).get("type").expect("a type");
        assert!(message.is_some_and(|message| message.is_of_type(word) && !message.is_of_type("")));
        word
    }

    fn json(json: &'static str) -> (Bytes<'static>, usize) {
        (Bytes::of(json.as_bytes()), json.len())
    }

    fn from_json(text: &'static str) -> Option<Box<linkwa_message>> {
        let (bytes, len) = json(text);
        linkwa_message_from_json(bytes, len)
    }

    fn from_json_of(text: &str) -> Option<Box<linkwa_message>> {
        linkwa_message_from_json(Bytes::of(text.as_bytes()), text.len())
    }

    fn raw(text: &'static str) -> Option<Box<linkwa_message>> {
        let (bytes, len) = json(text);
        linkwa_message_raw(bytes, len)
    }

    const LINK: Text<'static> = Text::new(c"https://example.com/a");

    #[test]
    fn every_type_is_sent_as_what_it_is() {
        let card = crate::contact::linkwa_contact_new();
        crate::contact::linkwa_contact_set_birthday(card.as_deref(), Text::new(c"1977-02-25"));
        let contacts = linkwa_message_contacts();
        assert_eq!(linkwa_message_add_contact(contacts.as_deref(), card.as_deref()), OK);
        assert_eq!(linkwa_message_add_contact(contacts.as_deref(), card.as_deref()), OK);
        let template = linkwa_message_template(Text::new(c"name"), Text::new(c"space"), Text::new(c"en"));
        for (message, type_name, wanted) in [
            (linkwa_message_text(Text::new(c"Hello")), "text", r#"[{"type":"text","text":{"body":"Hello"}}]"#),
            (linkwa_message_image(LINK), "image", r#"[{"type":"image","image":{"link":"https://example.com/a"}}]"#),
            (linkwa_message_audio(LINK), "audio", r#"[{"type":"audio","audio":{"link":"https://example.com/a"}}]"#),
            (linkwa_message_video(LINK), "video", r#"[{"type":"video","video":{"link":"https://example.com/a"}}]"#),
            (
                linkwa_message_document(LINK),
                "document",
                r#"[{"type":"document","document":{"link":"https://example.com/a"}}]"#,
            ),
            (
                linkwa_message_location(59.5, -18.25),
                "location",
                r#"[{"type":"location","location":{"longitude":-18.25,"latitude":59.5}}]"#,
            ),
            (
                contacts,
                "contacts",
                r#"[{"type":"contacts","contacts":[{"birthday":"1977-02-25"},{"birthday":"1977-02-25"}]}]"#,
            ),
            (
                template,
                "template",
                r#"[{"type":"template","template":{"namespace":"space","name":"name","language":{"code":"en"},"components":[]}}]"#,
            ),
            (
                from_json(r#" {"text":{"body":"Hello"},"type":"text"} "#),
                "text",
                r#"[{"type":"text","text":{"body":"Hello"}}]"#,
            ),
            (raw(r#" {"type":"sticker", "n":1.0e2} "#), "raw", r#"[{"type":"sticker", "n":1.0e2}]"#),
        ] {
            assert_eq!(type_of(message.as_deref()), type_name);
            assert_eq!(sent(message.as_deref()), wanted);
            assert_eq!(linkwa_message_check(message.as_deref(), None), OK);
            linkwa_message_free(message);
        }
    }

    type Setter<'a> = &'a dyn Fn(MutMessage<'_>) -> linkwa_status;

    /// Each setter with the types that have it, and what it writes.
    fn setters() -> [(Setter<'static>, &'static str, &'static [&'static str], &'static str); 6] {
        const VALUE: Text<'static> = Text::new(c"value");
        [
            (&|m| linkwa_message_set_preview_url(m, true), "URL preview", &["text"], r#""previewUrl":true"#),
            (&|m| linkwa_message_set_preview_url(m, false), "URL preview", &["text"], r#""previewUrl":false"#),
            (
                &|m| linkwa_message_set_caption(m, VALUE),
                "caption",
                &["image", "video", "document"],
                r#""caption":"value""#,
            ),
            (&|m| linkwa_message_set_filename(m, VALUE), "file name", &["document"], r#""filename":"value""#),
            (&|m| linkwa_message_set_name(m, VALUE), "name", &["location"], r#""name":"value""#),
            (&|m| linkwa_message_set_address(m, VALUE), "address", &["location"], r#""address":"value""#),
        ]
    }

    /// One of every type, with its name and article.
    fn all() -> [(Option<Box<linkwa_message>>, &'static str, &'static str); 8] {
        let text = Text::new(c"value");
        [
            (linkwa_message_text(text), "text", "a text message"),
            (linkwa_message_image(LINK), "image", "an image message"),
            (linkwa_message_audio(LINK), "audio", "an audio message"),
            (linkwa_message_video(LINK), "video", "a video message"),
            (linkwa_message_document(LINK), "document", "a document message"),
            (linkwa_message_location(1.0, 2.0), "location", "a location message"),
            (linkwa_message_contacts(), "contacts", "a contacts message"),
            (linkwa_message_template(text, text, text), "template", "a template message"),
        ]
    }

    #[test]
    fn a_setter_is_for_the_types_that_have_it() {
        for (set, what, having, wanted) in setters() {
            for (message, type_name, name) in all() {
                let m = message.as_deref();
                if having.contains(&type_name) {
                    assert_eq!(set(m), OK, "{what} {type_name}");
                    assert!(sent(m).contains(wanted), "{}", sent(m));
                } else {
                    assert_eq!(set(m), INVALID_ARGUMENT, "{what} {type_name}");
                    assert_eq!(problem(m), (INVALID_ARGUMENT, format!("{name} has no {what}")));
                }
            }
            for message in [from_json(r#"{"type":"text","text":{"body":"x"}}"#), raw("{}")] {
                assert_eq!(set(message.as_deref()), INVALID_ARGUMENT);
                let told = format!("a message that is JSON cannot be given a {what}");
                assert_eq!(problem(message.as_deref()), (INVALID_ARGUMENT, told));
            }
            assert_eq!(set(None), INVALID_ARGUMENT);
        }
        let card = crate::contact::linkwa_contact_new();
        for (message, type_name, name) in all() {
            if type_name != "contacts" {
                assert_eq!(linkwa_message_add_contact(message.as_deref(), card.as_deref()), INVALID_ARGUMENT);
                assert_eq!(problem(message.as_deref()).1, format!("{name} has no contact card"));
            }
        }
    }

    #[test]
    fn messages_are_appended_in_order_with_what_was_appended_to_them() {
        let messages = [c"1", c"2", c"3", c"4"].map(|body| linkwa_message_text(Text::new(body)));
        let [one, two, three, four] = messages.each_ref().map(Option::as_deref);
        assert_eq!(linkwa_message_append(two, three), OK);
        assert_eq!(linkwa_message_append(one, two), OK);
        assert_eq!(linkwa_message_append(one, four), OK);
        // A copy was appended.
        linkwa_message_set_preview_url(two, false);
        let body = |body: &str| format!(r#"{{"type":"text","text":{{"body":"{body}"}}}}"#);
        assert_eq!(sent(one), format!("[{}]", ["1", "2", "3", "4"].map(body).join(",")));
        assert_eq!(linkwa_message_append(four, four), OK);
        assert_eq!(sent(four), format!("[{}]", ["4", "4"].map(body).join(",")));

        let location = linkwa_message_location(1.0, 2.0);
        assert_eq!(linkwa_message_append(location.as_deref(), one), OK);
        assert_eq!(type_of(location.as_deref()), "location");
    }

    #[test]
    fn what_is_wrong_with_one_is_wrong_with_what_it_is_added_to() {
        let first = linkwa_message_text(Text::new(c"1"));
        let no_object = from_json("[]");
        let not_sent = linkwa_message_append(first.as_deref(), no_object.as_deref());
        assert_eq!(not_sent, INVALID_REQUEST);
        assert_eq!(problem(first.as_deref()), problem(no_object.as_deref()));

        let card = crate::contact::linkwa_contact_new();
        crate::contact::linkwa_contact_set_birthday(card.as_deref(), Text::NULL);
        let contacts = linkwa_message_contacts();
        assert_eq!(linkwa_message_add_contact(contacts.as_deref(), card.as_deref()), INVALID_ARGUMENT);
        assert_eq!(problem(contacts.as_deref()).1, "`birthday` is NULL");

        let text = linkwa_message_text(Text::new(c"1"));
        assert_eq!(linkwa_message_append(text.as_deref(), None), INVALID_ARGUMENT);
        assert_eq!(problem(text.as_deref()).1, "`next` is NULL");
        assert_eq!(linkwa_message_append(None, text.as_deref()), INVALID_ARGUMENT);
        assert_eq!(linkwa_message_add_contact(None, card.as_deref()), INVALID_ARGUMENT);
        let contacts = linkwa_message_contacts();
        assert_eq!(linkwa_message_add_contact(contacts.as_deref(), None), INVALID_ARGUMENT);
        assert_eq!(problem(contacts.as_deref()).1, "`contact` is NULL");
    }

    #[test]
    fn a_constructor_gives_a_message_of_its_type_that_remembers_what_was_wrong() {
        let (bad, null, good) = (Text::new(c"a\xff"), Text::NULL, Text::new(c"x"));
        for (message, type_name, wanted) in [
            (linkwa_message_text(null), "text", "`body` is NULL"),
            (linkwa_message_text(bad), "text", "`body` is not valid UTF-8 (byte 1)"),
            (linkwa_message_image(null), "image", "`link` is NULL"),
            (linkwa_message_audio(null), "audio", "`link` is NULL"),
            (linkwa_message_video(null), "video", "`link` is NULL"),
            (linkwa_message_document(bad), "document", "`link` is not valid UTF-8 (byte 1)"),
            (linkwa_message_template(null, bad, bad), "template", "`name` is NULL"),
            (linkwa_message_template(good, null, bad), "template", "`namespace_` is NULL"),
            (linkwa_message_template(good, good, bad), "template", "`language` is not valid UTF-8 (byte 1)"),
        ] {
            let m = message.as_deref();
            assert_eq!(type_of(m), type_name);
            assert_eq!(problem(m), (INVALID_ARGUMENT, wanted.to_owned()));
            // What comes later does not cover it.
            linkwa_message_set_caption(m, null);
            linkwa_message_append(m, None);
            assert_eq!(problem(m).1, wanted);
        }
    }

    #[test]
    fn setters_remember_texts_that_are_none() {
        let (bad, null) = (Text::new(c"a\xff"), Text::NULL);
        let refused: [(Setter<'_>, Option<Box<linkwa_message>>, &str); 5] = [
            (&|m| linkwa_message_set_caption(m, null), linkwa_message_image(LINK), "`caption` is NULL"),
            (
                &|m| linkwa_message_set_caption(m, bad),
                linkwa_message_video(LINK),
                "`caption` is not valid UTF-8 (byte 1)",
            ),
            (&|m| linkwa_message_set_filename(m, null), linkwa_message_document(LINK), "`filename` is NULL"),
            (&|m| linkwa_message_set_name(m, null), linkwa_message_location(1.0, 2.0), "`name` is NULL"),
            (&|m| linkwa_message_set_address(m, null), linkwa_message_location(1.0, 2.0), "`address` is NULL"),
        ];
        for (set, message, wanted) in refused {
            assert_eq!(set(message.as_deref()), INVALID_ARGUMENT);
            assert_eq!(problem(message.as_deref()).1, wanted);
        }
    }

    #[test]
    fn json_that_is_no_object_is_the_cores_to_refuse() {
        for text in ["", "[]", "{", "{\"a\":1} x"] {
            for (message, type_name) in [(from_json(text), "unknown"), (raw(text), "raw")] {
                assert_eq!(type_of(message.as_deref()), type_name);
                let (status, told) = problem(message.as_deref());
                assert!(status == INVALID_REQUEST && told.contains("invalid_json"), "{text}: {told}");
            }
        }
        let bytes = b"{\"type\":\"\xff\"}";
        for message in [linkwa_message_from_json(Bytes::of(bytes), 12), linkwa_message_raw(Bytes::of(bytes), 12)] {
            assert_eq!(problem(message.as_deref()).0, INVALID_REQUEST);
        }
        // Only as much as is said is read.
        let cut = linkwa_message_raw(Bytes::of(b"{} x"), 2);
        assert_eq!(sent(cut.as_deref()), "[{}]");
    }

    #[test]
    fn every_type_that_json_can_have_has_its_word() {
        let told = linkwa::validate(r#"{"messages":[{"type":""}]}"#);
        let told = told.iter().find(|finding| finding.path() == "messages[0].type").expect("a finding").message();
        let (_, types) = told.split_once("the types are ").expect("the types");
        let mut count = 0;
        for name in types.split(", ") {
            assert_eq!(type_of(from_json_of(&format!(r#"{{"type":"{name}"}}"#)).as_deref()), name);
            count += 1;
        }
        assert_eq!(count, WORDS.len() - 2);
        assert_eq!(word_of("raw"), c"raw");
    }

    #[test]
    fn json_is_checked_when_it_is_sent_and_a_raw_message_is_not() {
        let slip = r#"{"type":"image","image":{"lnik":"https://example.com/a"}}"#;
        let message = from_json(slip);
        assert_eq!(type_of(message.as_deref()), "image");
        assert_eq!(linkwa_message_check(message.as_deref(), None), OK);
        let messages = message.as_deref().expect("a message").messages().expect("it is an object");
        let findings = MessageRequest::new("+46000000001", messages).validate();
        assert!(findings.iter().any(|finding| finding.path() == "messages[0].image.lnik"), "{findings:?}");
        assert_eq!(sent(raw(slip).as_deref()), format!("[{slip}]"));
        assert_eq!(type_of(from_json(r#"{"type":"sticker"}"#).as_deref()), "unknown");
    }

    #[test]
    fn null_is_no_message() {
        assert!(linkwa_message_type(None).optional("type").expect("NULL").is_none());
        let (status, error) = written(|err| linkwa_message_check(None, err));
        assert_eq!(status, INVALID_ARGUMENT);
        let message = linkwa_error_message(error.as_deref());
        assert_eq!(message.get("message").expect("a text"), "invalid argument: `message` is NULL");
        linkwa_message_free(None);
    }
}
