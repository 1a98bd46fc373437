//! The components of template messages.

use std::sync::Arc;

use linkwa::{
    BodyParameter, Component, Currency, DateTime, Document, HeaderParameter, Image, QuickReplyButton, Template,
    UrlButton, Video,
};

use crate::arg::{Text, both};
use crate::binding_error::BindingError;
use crate::message::{ConstMessageObject, Content, MessageObject, MutMessage, change, linkwa_message, update};
use crate::panic::panic_boundary;
use crate::status::linkwa_status;

/// Changes a template; fails for other messages.
fn change_template<A>(
    message: MutMessage<'_>,
    what: &str,
    arguments: Result<A, BindingError>,
    add: impl FnOnce(&mut Template, A),
) -> linkwa_status {
    change(message, what, arguments, |content, arguments| match content {
        Content::Template(template) => {
            add(Arc::make_mut(template), arguments);
            true
        }
        _ => false,
    })
}

/// Adds a parameter to a template's header, or sets the header of reply buttons.
fn header<P: Into<HeaderParameter>>(message: MutMessage<'_>, parameter: Result<P, BindingError>) -> linkwa_status {
    change(message, "header of this kind", parameter, |content, parameter| match content {
        Content::Template(template) => {
            Arc::make_mut(template).extend_header([parameter.into()]);
            true
        }
        Content::Buttons(buttons) => update(buttons, |buttons| buttons.header(parameter)),
        _ => false,
    })
}

fn body<P: Into<BodyParameter>>(message: MutMessage<'_>, parameter: Result<P, BindingError>) -> linkwa_status {
    change_template(message, "template body", parameter, |template, parameter| {
        template.extend_body([parameter.into()]);
    })
}

fn button<B: Into<Component>>(message: MutMessage<'_>, button: Result<B, BindingError>) -> linkwa_status {
    change_template(message, "template button", button, Template::push)
}

/// Gives a template a header without parameters. It changes nothing if there is a header. A header with parameters does
/// not need it: the first parameter makes the header.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header(message: MutMessage<'_>) -> linkwa_status {
    panic_boundary(|| change_template(message, "template header", Ok(()), |template, ()| template.extend_header([])))
}

/// Adds a text to a template's header; it must not be empty. Text beside a medium is a warning.
///
/// Of an interactive message it sets the header; over 60 characters are a warning.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `text` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_text(message: MutMessage<'_>, text: Text<'_>) -> linkwa_status {
    panic_boundary(|| match message {
        Some(message) if message.is_list() => change(Some(message), "header", text.get("text"), |content, text| {
            let Content::List(list) = content else { return false };
            update(list, |list| list.header(text))
        }),
        message => header(message, text.get("text")),
    })
}

/// Adds a medium to a template's header: a copy of a message of linkwa_message_image(), _video(), _document() or their
/// _by_id. A header has at most one medium, which has no caption.
///
/// Of an interactive message with buttons it sets the header. A list has no such header.
///
/// Errors: the error that `medium` remembers; LINKWA_INVALID_ARGUMENT if `message` or `medium` is NULL, of another type,
/// or made from JSON.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_medium(
    message: MessageObject,
    medium: ConstMessageObject,
) -> linkwa_status {
    panic_boundary(|| {
        // Both may be the same message.
        let medium = medium.with("medium", linkwa_message::medium);
        message.with_mut(|message| header(Some(message), medium)).unwrap_or(linkwa_status::LINKWA_INVALID_ARGUMENT)
    })
}

/// Adds a picture to a template's header, fetched from `link` as in linkwa_message_image(). A header has at most one
/// medium, which has no caption.
///
/// Of an interactive message with buttons it sets the header. A list has no such header.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `link` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_image(message: MutMessage<'_>, link: Text<'_>) -> linkwa_status {
    panic_boundary(|| header(message, link.get("link").map(Image::new)))
}

/// Adds a video to a template's header, fetched from `link` as in linkwa_message_video(). A header has at most one
/// medium, which has no caption.
///
/// Of an interactive message with buttons it sets the header. A list has no such header.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `link` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_video(message: MutMessage<'_>, link: Text<'_>) -> linkwa_status {
    panic_boundary(|| header(message, link.get("link").map(Video::new)))
}

/// Adds a document to a template's header, fetched from `link` as in linkwa_message_document(); it should be a PDF.
/// `filename` is the name that the recipient sees, or NULL. A header has at most one medium, which has no caption.
///
/// Of an interactive message with buttons it sets the header. A list has no such header.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, `link` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_document(
    message: MutMessage<'_>,
    link: Text<'_>,
    filename: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(link.get("link"), filename.optional("filename"));
        let document = arguments.map(|(link, filename)| match filename {
            Some(filename) => Document::new(link).filename(filename),
            None => Document::new(link),
        });
        header(message, document)
    })
}

/// Gives a template a body without parameters. It changes nothing if there is a body. A body with parameters does not
/// need it: the first parameter makes the body.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body(message: MutMessage<'_>) -> linkwa_status {
    panic_boundary(|| change_template(message, "template body", Ok(()), |template, ()| template.extend_body([])))
}

/// Adds a text to a template's body, as its next parameter; it must not be empty.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `text` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_text(message: MutMessage<'_>, text: Text<'_>) -> linkwa_status {
    panic_boundary(|| body(message, text.get("text")))
}

/// Adds an amount of money to a template's body, as its next parameter; the recipient sees it in the format of their
/// locale. `fallback_value` is shown where that is impossible ("$100.99"), `code` is an ISO 4217 code of three capital
/// letters ("USD"), and `amount_1000` is the amount times 1000 (100990).
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, `fallback_value` or `code` is NULL, or a
/// text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_currency(
    message: MutMessage<'_>,
    fallback_value: Text<'_>,
    code: Text<'_>,
    amount_1000: i64,
) -> linkwa_status {
    panic_boundary(|| {
        let arguments = both(fallback_value.get("fallback_value"), code.get("code"));
        body(message, arguments.map(|(fallback, code)| Currency::new(fallback, code, amount_1000)))
    })
}

/// Does what linkwa_message_add_body_currency() does, with the amount as a decimal number, "100.99": an optional "-",
/// digits, and at most three decimals behind a ".". It is converted exactly.
///
/// Errors: LINKWA_INVALID_REQUEST with a finding at "amount" if it is not such a number or too large;
/// LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, `fallback_value`, `code` or `amount` is NULL, or a
/// text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_currency_decimal(
    message: MutMessage<'_>,
    fallback_value: Text<'_>,
    code: Text<'_>,
    amount: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let texts = both(fallback_value.get("fallback_value"), code.get("code"));
        let currency = both(texts, amount.get("amount"))
            .and_then(|((fallback, code), amount)| Ok(Currency::from_decimal(fallback, code, amount)?));
        body(message, currency)
    })
}

/// Adds a date and time to a template's body, as its next parameter, without a time zone; the recipient sees it in the
/// format of their locale. `month` is 1 to 12, `day` 1 to 31, `hour` 0 to 23, `minute` 0 to 59; `fallback_value` is
/// shown where that is impossible. The library computes the day of the week. A day that does not exist is a warning.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `fallback_value` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_date_time(
    message: MutMessage<'_>,
    fallback_value: Text<'_>,
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
) -> linkwa_status {
    panic_boundary(|| {
        let fallback = fallback_value.get("fallback_value");
        body(message, fallback.map(|fallback| DateTime::civil(fallback, year, month, day, hour, minute)))
    })
}

/// Adds a point in time to a template's body, as its next parameter, in milliseconds since 1970-01-01 UTC; the
/// recipient sees it in the format of their locale, or `fallback_value` where that is impossible.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `fallback_value` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_timestamp(
    message: MutMessage<'_>,
    fallback_value: Text<'_>,
    milliseconds: u64,
) -> linkwa_status {
    panic_boundary(|| {
        let fallback = fallback_value.get("fallback_value");
        body(message, fallback.map(|fallback| DateTime::timestamp(fallback, milliseconds)))
    })
}

/// Adds a quick-reply button to a template. The first button has index 0, and each index is used once. `payload` comes
/// back in the received message when the user presses the button; NULL makes a static button.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `payload` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_quick_reply(
    message: MutMessage<'_>,
    index: u32,
    payload: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        let payload = payload.optional("payload");
        button(
            message,
            payload.map(|payload| match payload {
                Some(payload) => QuickReplyButton::new(index).payload(payload),
                None => QuickReplyButton::new(index),
            }),
        )
    })
}

/// Adds a button that opens a URL to a template. The first button has index 0, and each index is used once. `text`
/// completes the URL of the approved template; NULL makes a static button.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `text` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_url_button(message: MutMessage<'_>, index: u32, text: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        let text = text.optional("text");
        button(
            message,
            text.map(|text| match text {
                Some(text) => UrlButton::new(index).text(text),
                None => UrlButton::new(index),
            }),
        )
    })
}
