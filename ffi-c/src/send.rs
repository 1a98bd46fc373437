//! Blocking sends.

use std::borrow::Cow;

use linkwa::{Client, Destinations, MessageRequest, Messages, SendOptions, Validation};

use crate::arg::{Bytes, Text, Texts, require};
use crate::binding_error::BindingError;
use crate::buffer::{BufferOut, linkwa_buffer};
use crate::client::linkwa_client;
use crate::error::ErrorOut;
use crate::message::linkwa_message;
use crate::options::{linkwa_options, options_or_default};
use crate::out::into_raw;
use crate::panic::{SendStage, panic_boundary_out, panic_boundary_send_out};
use crate::result::{ResultOut, linkwa_result};
use crate::status::linkwa_status;

/// Adds an optional part.
fn with<'a, T>(value: T, part: Option<&'a str>, add: impl FnOnce(T, &'a str) -> T) -> T {
    match part {
        Some(part) => add(value, part),
        None => value,
    }
}

/// The arguments of all sends.
pub(crate) struct Sending<'a> {
    pub(crate) client: Client,
    pub(crate) to: Destinations,
    pub(crate) messages: Messages,
    pub(crate) options: Cow<'a, SendOptions>,
}

impl<'a> Sending<'a> {
    /// To one destination.
    fn to_one(
        client: Option<&linkwa_client>,
        to: Text<'_>,
        messages: impl Into<Messages>,
        options: Option<&'a linkwa_options>,
    ) -> Result<Self, BindingError> {
        let to = to.get("to")?.into();
        Ok(Self {
            client: require(client, "client")?.client(),
            to,
            messages: messages.into(),
            options: options_or_default(options)?,
        })
    }

    /// To several destinations.
    pub(crate) fn to_several(
        client: Option<&linkwa_client>,
        destinations: Texts<'_>,
        len: usize,
        message: Option<&linkwa_message>,
        options: Option<&'a linkwa_options>,
    ) -> Result<Self, BindingError> {
        Ok(Self {
            client: require(client, "client")?.client(),
            to: destinations.get(len, "destinations")?,
            messages: require(message, "message")?.messages()?,
            options: options_or_default(options)?,
        })
    }

    fn send(self, stage: &SendStage) -> Result<Option<Box<linkwa_result>>, BindingError> {
        let Self { client, to, messages, options } = self;
        stage.begin();
        let sent = client.send(to, messages, &options)?;
        Ok(into_raw(linkwa_result::new(&sent)))
    }
}

/// The message, which must have this type.
fn typed(message: Option<&linkwa_message>, name: &str) -> Result<Messages, BindingError> {
    let message = require(message, name)?;
    let messages = message.messages()?;
    if message.is_of_type(name) {
        Ok(messages)
    } else {
        Err(BindingError::argument(format!("`{name}` is a message of another type")))
    }
}

/// Sends a text to one destination: 1 to 4,096 characters. A longer text is sent with a warning on the result, unless
/// the client is strict. For a link preview use linkwa_message_text() with linkwa_message_set_preview_url().
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_text(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    text: Text<'_>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let message = linkwa::Text::new(text.get("text")?);
        Sending::to_one(client, to, message, options)?.send(stage)
    })
}

/// Sends a picture (JPEG or PNG) to one destination. WhatsApp fetches it from `link`, an absolute http or https URL.
/// `caption` is the text below it, or NULL.
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_image(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    link: Text<'_>,
    caption: Text<'_>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let message = with(linkwa::Image::new(link.get("link")?), caption.optional("caption")?, linkwa::Image::caption);
        Sending::to_one(client, to, message, options)?.send(stage)
    })
}

/// Sends a sound (AAC, MP4, AMR, MPEG, or Ogg with Opus) to one destination. WhatsApp fetches it from `link`, an
/// absolute http or https URL. It has no caption.
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_audio(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    link: Text<'_>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let message = linkwa::Audio::new(link.get("link")?);
        Sending::to_one(client, to, message, options)?.send(stage)
    })
}

/// Sends a video (MP4 or 3GPP) to one destination. WhatsApp fetches it from `link`, an absolute http or https URL.
/// `caption` is the text below it, or NULL.
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_video(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    link: Text<'_>,
    caption: Text<'_>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let message = with(linkwa::Video::new(link.get("link")?), caption.optional("caption")?, linkwa::Video::caption);
        Sending::to_one(client, to, message, options)?.send(stage)
    })
}

/// Sends a document of any type to one destination. WhatsApp fetches it from `link`, an absolute http or https URL.
/// `caption` is the text below it, `filename` the name that the recipient sees; either may be NULL.
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_document(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    link: Text<'_>,
    caption: Text<'_>,
    filename: Text<'_>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let message = {
            let document =
                with(linkwa::Document::new(link.get("link")?), caption.optional("caption")?, linkwa::Document::caption);
            with(document, filename.optional("filename")?, linkwa::Document::filename)
        };
        Sending::to_one(client, to, message, options)?.send(stage)
    })
}

/// Sends a place on the map to one destination: `latitude` is degrees north of the equator, -90 to 90, `longitude`
/// degrees east of Greenwich, -180 to 180. `name` is the name of the place, and `address` is shown below it; either may
/// be NULL. An address without a name is not shown, which is a warning on the result.
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_location(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    latitude: f64,
    longitude: f64,
    name: Text<'_>,
    address: Text<'_>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let message = {
            let place = linkwa::Location::at().latitude(latitude).longitude(longitude);
            let place = with(place, name.optional("name")?, linkwa::Location::name);
            with(place, address.optional("address")?, linkwa::Location::address)
        };
        Sending::to_one(client, to, message, options)?.send(stage)
    })
}

/// Sends contact cards to one destination: `contacts` is a message of linkwa_message_contacts().
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send(). Also LINKWA_INVALID_ARGUMENT if `contacts` is a message of another type.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_contacts(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    contacts: Option<&linkwa_message>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        Sending::to_one(client, to, typed(contacts, "contacts")?, options)?.send(stage)
    })
}

/// Sends a template message of linkwa_message_template() to one destination. It is the only type that may be sent at
/// any time; all others only within 24 hours of the recipient's last message to the business number.
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send(). Also LINKWA_INVALID_ARGUMENT if it is a message of another type.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_template(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    template_: Option<&linkwa_message>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        Sending::to_one(client, to, typed(template_, "template")?, options)?.send(stage)
    })
}

/// Sends an interactive message of linkwa_message_interactive_buttons() or linkwa_message_interactive_list() to one
/// destination. Not in version 1.4.1 of LINK's document: it needs linkwa_config_set_extensions().
///
/// `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
/// send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
/// result is yours; free it with linkwa_result_free().
///
/// Errors: see linkwa_send(). Also LINKWA_INVALID_ARGUMENT if it is a message of another type.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_interactive(
    client: Option<&linkwa_client>,
    to: Text<'_>,
    interactive: Option<&linkwa_message>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        Sending::to_one(client, to, typed(interactive, "interactive")?, options)?.send(stage)
    })
}

/// Sends a message, with the messages appended to it, to one or several destinations: `len` texts, each a phone number
/// with its country code (an MSISDN), with or without +.
///
/// `options` are the overrides of this send, or NULL. The call waits for the gateway's answer, at most for the timeout
/// of the options or the client. The result is yours; free it with linkwa_result_free().
///
/// Errors, and the outcome of the message (linkwa_error_outcome()):
/// LINKWA_INVALID_REQUEST (not sent): validation found errors, see linkwa_error_findings();
/// LINKWA_NOT_SENT (not sent): no byte of it left, see linkwa_error_reason();
/// LINKWA_REJECTED (rejected): the gateway refused it;
/// LINKWA_OUTCOME_UNKNOWN (unknown): it may have been accepted, see linkwa_error_reason();
/// LINKWA_INTERNAL: a bug of this library;
/// LINKWA_INVALID_ARGUMENT (not sent): `client`, `destinations`, one of them, `message` or `result` is NULL, or a text
/// is not UTF-8;
/// and the first error of a setter of the message or the options.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send(
    client: Option<&linkwa_client>,
    destinations: Texts<'_>,
    len: usize,
    message: Option<&linkwa_message>,
    options: Option<&linkwa_options>,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        Sending::to_several(client, destinations, len, message, options)?.send(stage)
    })
}

/// Sends a whole request in wire form: `len` bytes of JSON in UTF-8, at most 1 MiB and 64 levels. It is validated and
/// normalised; the client's defaults are not added.
///
/// The call waits for the gateway's answer, at most for the client's timeout. The result is yours; free it with
/// linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_request(
    client: Option<&linkwa_client>,
    json: Bytes<'_>,
    len: usize,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let client = require(client, "client")?.client();
        let request = client.read_request(json.get(len, "json")?)?;
        stage.begin();
        let sent = client.send_request(&request)?;
        Ok(into_raw(linkwa_result::new(&sent)))
    })
}

/// Sends a whole request as it is, `len` bytes of JSON in UTF-8: for features newer than version 1.4.1 of the API. It
/// must be one JSON object of at most 1 MiB and 64 levels; nothing else is checked, and nothing is filled in, not even
/// a refId.
///
/// The call waits for the gateway's answer, at most for the client's timeout. The result is yours; free it with
/// linkwa_result_free().
///
/// Errors: see linkwa_send().
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_send_raw(
    client: Option<&linkwa_client>,
    json: Bytes<'_>,
    len: usize,
    result: ResultOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_send_out(result, "result", err, |stage| {
        let client = require(client, "client")?.client();
        let json = json.get(len, "json")?;
        stage.begin();
        let sent = client.send_raw(json)?;
        Ok(into_raw(linkwa_result::new(&sent)))
    })
}

/// Returns the exact bytes that linkwa_send() would post, and sends nothing. If the options have no refId, each call
/// makes a new one.
///
/// The buffer is yours; free it with linkwa_buffer_free().
///
/// Errors: LINKWA_INVALID_REQUEST with all findings, and LINKWA_INVALID_ARGUMENT, as linkwa_send().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_build(
    client: Option<&linkwa_client>,
    destinations: Texts<'_>,
    len: usize,
    message: Option<&linkwa_message>,
    options: Option<&linkwa_options>,
    buffer: BufferOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(buffer, "buffer", err, || {
        let Sending { client, to, messages, options } =
            Sending::to_several(client, destinations, len, message, options)?;
        Ok(into_raw(linkwa_buffer::new(client.build(to, messages, &options)?)))
    })
}

/// Returns the exact bytes that linkwa_send_request() would post for a whole request in wire form, `len` bytes of JSON
/// in UTF-8. It needs no client.
///
/// The buffer is yours; free it with linkwa_buffer_free().
///
/// Errors: LINKWA_INVALID_REQUEST with all findings; LINKWA_INVALID_ARGUMENT if `json` or `buffer` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_build_request(
    json: Bytes<'_>,
    len: usize,
    buffer: BufferOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    build_request(json, len, false, buffer, err)
}

/// As linkwa_build_request(), for a client with linkwa_config_set_extensions(): it allows what version 1.4.1 of LINK's
/// document does not have.
///
/// The buffer is yours; free it with linkwa_buffer_free().
///
/// Errors: LINKWA_INVALID_REQUEST with all findings; LINKWA_INVALID_ARGUMENT if `json` or `buffer` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_build_request_with_extensions(
    json: Bytes<'_>,
    len: usize,
    buffer: BufferOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    build_request(json, len, true, buffer, err)
}

fn build_request(
    json: Bytes<'_>,
    len: usize,
    extensions: bool,
    buffer: BufferOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(buffer, "buffer", err, || {
        let validation = Validation::new().extensions(extensions);
        let request = MessageRequest::from_json_with(json.get(len, "json")?, validation)?;
        Ok(into_raw(linkwa_buffer::new(request.to_json()?)))
    })
}
