//! The components of template messages.

use std::sync::Arc;

use linkwa::{
    Body, BodyParameter, Component, Currency, DateTime, Document, Header, HeaderParameter, Image, QuickReplyButton,
    Template, UrlButton, Video,
};

use crate::guard;
use crate::handle::{Problem, Text, both};
use crate::list::List;
use crate::message::{MutMessage, change_template};
use crate::status::linkwa_status;

/// A template under construction: its header and its body grow by one parameter at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct TemplateDraft {
    /// Without components; copies share it.
    template: Arc<Template>,
    parts: List<Part>,
    /// What is in the one header, if there is one among the parts.
    header: Option<List<HeaderParameter>>,
    /// As above.
    body: Option<List<BodyParameter>>,
}

/// A component, in its place among the others.
#[derive(Clone, Debug)]
enum Part {
    Header,
    Body,
    Button(Component),
}

impl TemplateDraft {
    pub(crate) fn new(name: &str, namespace: &str, language: &str) -> Self {
        Self { template: Arc::new(Template::new(name, namespace, language)), ..Self::default() }
    }

    /// The template as it stands.
    pub(crate) fn template(&self) -> Template {
        self.parts.iter().fold(Template::clone(&self.template), |template, part| match part {
            Part::Header => template.component(Header::new(self.header.iter().flat_map(List::iter).cloned())),
            Part::Body => template.component(Body::new(self.body.iter().flat_map(List::iter).cloned())),
            Part::Button(button) => template.component(button.clone()),
        })
    }

    /// Adds to the one header, which is made when it is first used.
    fn add_to_header(&mut self, added: impl IntoIterator<Item = HeaderParameter>) {
        if self.header.is_none() {
            self.parts.push(Part::Header);
        }
        self.header.get_or_insert_default().extend(added);
    }

    /// Adds to the one body, which is made when it is first used.
    fn add_to_body(&mut self, added: impl IntoIterator<Item = BodyParameter>) {
        if self.body.is_none() {
            self.parts.push(Part::Body);
        }
        self.body.get_or_insert_default().extend(added);
    }
}

fn header<P: Clone + Into<HeaderParameter>>(message: MutMessage<'_>, parameter: Result<P, Problem>) -> linkwa_status {
    change_template(message, "template header", parameter, |template, parameter| {
        template.add_to_header([parameter.into()]);
    })
}

fn body<P: Clone + Into<BodyParameter>>(message: MutMessage<'_>, parameter: Result<P, Problem>) -> linkwa_status {
    change_template(message, "template body", parameter, |template, parameter| {
        template.add_to_body([parameter.into()]);
    })
}

fn button<B: Clone + Into<Component>>(message: MutMessage<'_>, button: Result<B, Problem>) -> linkwa_status {
    change_template(message, "template button", button, |template, button| {
        template.parts.push(Part::Button(button.into()));
    })
}

/// Gives a template its header without a parameter; where it has one, nothing changes. It is not needed for a header
/// that has parameters: the first one makes it.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header(message: MutMessage<'_>) -> linkwa_status {
    guard::plain(|| {
        change_template(message, "template header", Ok::<_, Problem>(()), |template, ()| template.add_to_header([]))
    })
}

/// Adds a text to a template's header; it must not be empty. Text beside a medium is a warning (rule T-2).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `text` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_text(message: MutMessage<'_>, text: Text<'_>) -> linkwa_status {
    guard::plain(|| header(message, text.get("text")))
}

/// Adds a picture to a template's header, to be fetched from `link` as linkwa_message_image() says. A header has at
/// most one medium (rule T-2), and that has no caption (rule T-6).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `link` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_image(message: MutMessage<'_>, link: Text<'_>) -> linkwa_status {
    guard::plain(|| header(message, link.get("link").map(Image::new)))
}

/// Adds a video to a template's header, to be fetched from `link` as linkwa_message_video() says. A header has at most
/// one medium (rule T-2), and that has no caption (rule T-6).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `link` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_video(message: MutMessage<'_>, link: Text<'_>) -> linkwa_status {
    guard::plain(|| header(message, link.get("link").map(Video::new)))
}

/// Adds a document to a template's header, to be fetched from `link` as linkwa_message_document() says; it should be a
/// PDF. `filename` is what the recipient sees; NULL: none. A header has at most one medium (rule T-2), and that has no
/// caption (rule T-6).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, `link` is NULL, or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header_document(
    message: MutMessage<'_>,
    link: Text<'_>,
    filename: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
        let arguments = both(link.get("link"), filename.optional("filename"));
        let document = arguments.map(|(link, filename)| match filename {
            Some(filename) => Document::new(link).filename(filename),
            None => Document::new(link),
        });
        header(message, document)
    })
}

/// Gives a template its body without a parameter; where it has one, nothing changes. It is not needed for a body that
/// has parameters: the first one makes it.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body(message: MutMessage<'_>) -> linkwa_status {
    guard::plain(|| {
        change_template(message, "template body", Ok::<_, Problem>(()), |template, ()| template.add_to_body([]))
    })
}

/// Adds a text to a template's body, as its next parameter; it must not be empty (rule T-3).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `text` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_text(message: MutMessage<'_>, text: Text<'_>) -> linkwa_status {
    guard::plain(|| body(message, text.get("text")))
}

/// Adds an amount of money to a template's body, as its next parameter; the recipient sees it in their own form (rule
/// T-7). `fallback_value` is shown where that cannot be done ("$100.99"), `code` is three capital letters of ISO 4217
/// ("USD"), and `amount_1000` is the amount times 1000 (100990).
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, `fallback_value` or `code` is NULL, or a text
/// is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_currency(
    message: MutMessage<'_>,
    fallback_value: Text<'_>,
    code: Text<'_>,
    amount_1000: i64,
) -> linkwa_status {
    guard::plain(|| {
        let arguments = both(fallback_value.get("fallback_value"), code.get("code"));
        body(message, arguments.map(|(fallback, code)| Currency::new(fallback, code, amount_1000)))
    })
}

/// Adds a date and time to a template's body, as its next parameter: what a calendar and a clock on the wall show,
/// which the recipient sees in their own form (rule T-8). `month` is 1 to 12, `day` 1 to 31, `hour` 0 to 23, `minute` 0
/// to 59; `fallback_value` is shown where that cannot be done. The day of the week is worked out. A day that does not
/// exist is a warning.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `fallback_value` is NULL or not UTF-8.
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
    guard::plain(|| {
        let fallback = fallback_value.get("fallback_value");
        body(message, fallback.map(|fallback| DateTime::civil(fallback, year, month, day, hour, minute)))
    })
}

/// Adds a moment to a template's body, as its next parameter, in milliseconds since 1970-01-01 UTC; the recipient sees
/// it in their own form (rule T-8), and `fallback_value` where that cannot be done.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `fallback_value` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_body_timestamp(
    message: MutMessage<'_>,
    fallback_value: Text<'_>,
    milliseconds: u64,
) -> linkwa_status {
    guard::plain(|| {
        let fallback = fallback_value.get("fallback_value");
        body(message, fallback.map(|fallback| DateTime::timestamp(fallback, milliseconds)))
    })
}

/// Adds a button to a template that answers for the user; the first button's index is 0, and no two have the same (rule
/// T-4). `payload` comes back in the received message when it is pressed; NULL: a static button.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `payload` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_quick_reply(
    message: MutMessage<'_>,
    index: u32,
    payload: Text<'_>,
) -> linkwa_status {
    guard::plain(|| {
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

/// Adds a button to a template that opens a URL; the first button's index is 0, and no two have the same (rule T-4).
/// `text` completes the URL of the approved template; NULL: a static button.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `text` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_url_button(message: MutMessage<'_>, index: u32, text: Text<'_>) -> linkwa_status {
    guard::plain(|| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::{problem, sent};
    use crate::message::{linkwa_message, linkwa_message_image, linkwa_message_template};

    const OK: linkwa_status = linkwa_status::LINKWA_OK;
    const INVALID_ARGUMENT: linkwa_status = linkwa_status::LINKWA_INVALID_ARGUMENT;

    type Adder<'a> = &'a dyn Fn(MutMessage<'_>) -> linkwa_status;

    fn template() -> Option<Box<linkwa_message>> {
        linkwa_message_template(Text::new(c"name"), Text::new(c"space"), Text::new(c"en"))
    }

    /// The components of a template to which these were added.
    fn components(adders: &[Adder<'_>]) -> String {
        let message = template();
        for add in adders {
            assert_eq!(add(message.as_deref()), OK);
        }
        let json = sent(message.as_deref());
        let (_, components) = json.split_once(r#""components":"#).expect("components");
        components.strip_suffix("}}]").expect("the end").to_owned()
    }

    const TEXT: Text<'static> = Text::new(c"text");
    const LINK: Text<'static> = Text::new(c"https://example.com/a");

    #[test]
    fn every_parameter_is_written_as_what_it_is() {
        let header = |parameter: &str| format!(r#"[{{"type":"header","parameters":[{parameter}]}}]"#);
        let body = |parameter: &str| format!(r#"[{{"type":"body","parameters":[{parameter}]}}]"#);
        let (fallback, code) = (Text::new(c"fallback"), Text::new(c"USD"));
        let written: [(Adder<'_>, String); 13] = [
            (&|m| linkwa_message_add_header(m), header("")),
            (&|m| linkwa_message_add_header_text(m, TEXT), header(r#"{"type":"text","text":"text"}"#)),
            (
                &|m| linkwa_message_add_header_image(m, LINK),
                header(r#"{"type":"image","image":{"link":"https://example.com/a"}}"#),
            ),
            (
                &|m| linkwa_message_add_header_video(m, LINK),
                header(r#"{"type":"video","video":{"link":"https://example.com/a"}}"#),
            ),
            (
                &|m| linkwa_message_add_header_document(m, LINK, Text::NULL),
                header(r#"{"type":"document","document":{"link":"https://example.com/a"}}"#),
            ),
            (
                &|m| linkwa_message_add_header_document(m, LINK, TEXT),
                header(r#"{"type":"document","document":{"link":"https://example.com/a","filename":"text"}}"#),
            ),
            (&|m| linkwa_message_add_body(m), body("")),
            (&|m| linkwa_message_add_body_text(m, TEXT), body(r#"{"type":"text","text":"text"}"#)),
            (
                &|m| linkwa_message_add_body_currency(m, fallback, code, -100_990),
                body(r#"{"type":"currency","currency":{"fallbackValue":"fallback","code":"USD","amount1000":"-100990"}}"#),
            ),
            (
                &|m| linkwa_message_add_body_date_time(m, fallback, 1977, 2, 25, 15, 33),
                body(concat!(
                    r#"{"type":"dateTime","dateTime":{"fallbackValue":"fallback","dayOfWeek":5,"dayOfMonth":25,"#,
                    r#""year":1977,"month":2,"hour":15,"minute":33}}"#
                )),
            ),
            (
                &|m| linkwa_message_add_body_timestamp(m, fallback, 225_732_780_000),
                body(r#"{"type":"dateTime","dateTime":{"fallbackValue":"fallback","timestamp":"225732780000"}}"#),
            ),
            (
                &|m| linkwa_message_add_quick_reply(m, 1, TEXT),
                r#"[{"type":"button","subType":"quickReply","index":1,"parameters":[{"type":"payload","payload":"text"}]}]"#
                    .to_owned(),
            ),
            (
                &|m| linkwa_message_add_url_button(m, 1, TEXT),
                r#"[{"type":"button","subType":"url","index":1,"parameters":[{"type":"text","text":"text"}]}]"#.to_owned(),
            ),
        ];
        for (add, wanted) in written {
            assert_eq!(components(&[add]), wanted);
        }
    }

    #[test]
    fn static_buttons_have_no_parameter() {
        let buttons: [Adder<'_>; 2] = [&|m| linkwa_message_add_quick_reply(m, 0, Text::NULL), &|m| {
            linkwa_message_add_url_button(m, 1, Text::NULL)
        }];
        let wanted = concat!(
            r#"[{"type":"button","subType":"quickReply","index":0,"parameters":[]},"#,
            r#"{"type":"button","subType":"url","index":1,"parameters":[]}]"#
        );
        assert_eq!(components(&buttons), wanted);
    }

    #[test]
    fn there_is_one_header_and_one_body_each_where_it_was_first_used() {
        let added: [Adder<'_>; 9] = [
            &|m| linkwa_message_add_body(m),
            &|m| linkwa_message_add_url_button(m, 0, Text::NULL),
            &|m| linkwa_message_add_header_text(m, Text::new(c"1")),
            &|m| linkwa_message_add_body_text(m, Text::new(c"2")),
            &|m| linkwa_message_add_header(m),
            &|m| linkwa_message_add_header_text(m, Text::new(c"3")),
            &|m| linkwa_message_add_header(m),
            &|m| linkwa_message_add_body(m),
            &|m| linkwa_message_add_body_text(m, Text::new(c"4")),
        ];
        let wanted = concat!(
            r#"[{"type":"body","parameters":[{"type":"text","text":"2"},{"type":"text","text":"4"}]},"#,
            r#"{"type":"button","subType":"url","index":0,"parameters":[]},"#,
            r#"{"type":"header","parameters":[{"type":"text","text":"1"},{"type":"text","text":"3"}]}]"#
        );
        assert_eq!(components(&added), wanted);
    }

    #[test]
    fn only_a_template_has_components_and_what_is_wrong_is_remembered() {
        let (bad, null) = (Text::new(c"a\xff"), Text::NULL);
        // Right, wrong, what is told then, and what it adds to.
        let added: [(Adder<'_>, Adder<'_>, &str, &str); 11] = [
            (
                &|m| linkwa_message_add_header_text(m, TEXT),
                &|m| linkwa_message_add_header_text(m, null),
                "`text` is NULL",
                "header",
            ),
            (
                &|m| linkwa_message_add_header_image(m, LINK),
                &|m| linkwa_message_add_header_image(m, null),
                "`link` is NULL",
                "header",
            ),
            (
                &|m| linkwa_message_add_header_video(m, LINK),
                &|m| linkwa_message_add_header_video(m, bad),
                "`link` is not valid UTF-8 (byte 1)",
                "header",
            ),
            (
                &|m| linkwa_message_add_header_document(m, LINK, null),
                &|m| linkwa_message_add_header_document(m, null, null),
                "`link` is NULL",
                "header",
            ),
            (
                &|m| linkwa_message_add_header(m),
                &|m| linkwa_message_add_header_document(m, LINK, bad),
                "`filename` is not valid UTF-8 (byte 1)",
                "header",
            ),
            (
                &|m| linkwa_message_add_body_text(m, TEXT),
                &|m| linkwa_message_add_body_text(m, null),
                "`text` is NULL",
                "body",
            ),
            (
                &|m| linkwa_message_add_body_currency(m, TEXT, TEXT, 1),
                &|m| linkwa_message_add_body_currency(m, TEXT, null, 1),
                "`code` is NULL",
                "body",
            ),
            (
                &|m| linkwa_message_add_body_date_time(m, TEXT, 1, 1, 1, 1, 1),
                &|m| linkwa_message_add_body_date_time(m, null, 1, 1, 1, 1, 1),
                "`fallback_value` is NULL",
                "body",
            ),
            (
                &|m| linkwa_message_add_body_timestamp(m, TEXT, 1),
                &|m| linkwa_message_add_body_timestamp(m, null, 1),
                "`fallback_value` is NULL",
                "body",
            ),
            (
                &|m| linkwa_message_add_quick_reply(m, 0, null),
                &|m| linkwa_message_add_quick_reply(m, 0, bad),
                "`payload` is not valid UTF-8 (byte 1)",
                "button",
            ),
            (
                &|m| linkwa_message_add_url_button(m, 0, null),
                &|m| linkwa_message_add_url_button(m, 0, bad),
                "`text` is not valid UTF-8 (byte 1)",
                "button",
            ),
        ];
        for (right, wrong, told, part) in added {
            let message = template();
            assert_eq!(wrong(message.as_deref()), INVALID_ARGUMENT);
            assert_eq!(right(message.as_deref()), OK);
            assert_eq!(problem(message.as_deref()), (INVALID_ARGUMENT, told.to_owned()));
            let image = linkwa_message_image(LINK);
            assert_eq!(right(image.as_deref()), INVALID_ARGUMENT);
            assert_eq!(problem(image.as_deref()).1, format!("an image message has no template {part}"));
            assert_eq!(right(None), INVALID_ARGUMENT);
        }
        let image = linkwa_message_image(LINK);
        assert_eq!(linkwa_message_add_body(image.as_deref()), INVALID_ARGUMENT);
        assert_eq!(problem(image.as_deref()).1, "an image message has no template body");
        assert_eq!(linkwa_message_add_body(None), INVALID_ARGUMENT);
    }
}
