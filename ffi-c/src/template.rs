//! The components of template messages.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linkwa::{
    Body, BodyParameter, Component, Currency, DateTime, Document, Header, HeaderParameter, Image, Message,
    QuickReplyButton, Template, TemplatePart, TemplateParts, UrlButton, Video,
};
use once_cell::race::OnceBox;

use crate::guard;
use crate::handle::{Failure, Problem, Text, both, unfinished};
use crate::message::{MutMessage, change_template};
use crate::series::Series;
use crate::status::linkwa_status;

/// A template message under construction: as [`Draft`](crate::handle::Draft), but it only ever grows, so that nothing is
/// copied, neither by a setter nor by a send: it takes the steps that there are then.
#[derive(Debug)]
pub(crate) struct TemplateDraft {
    /// Without components.
    template: Template,
    steps: Series<Step>,
    has_header: AtomicBool,
    has_body: AtomicBool,
    /// The first. It is there before the steps that came after it.
    problem: OnceBox<Failure>,
}

/// What a call adds: header and body are one each, and stand where they are first used.
#[derive(Debug)]
pub(crate) enum Step {
    Header(Option<HeaderParameter>),
    Body(Option<BodyParameter>),
    Button(Component),
    /// Messages behind the template.
    Append(Vec<Message>),
}

impl TemplateParts for TemplateDraft {
    fn template(&self) -> &Template {
        &self.template
    }

    fn part(&self, place: usize) -> Option<TemplatePart<'_>> {
        match self.steps.get(place)? {
            Step::Header(parameter) => Some(TemplatePart::Header(parameter.as_ref())),
            Step::Body(parameter) => Some(TemplatePart::Body(parameter.as_ref())),
            Step::Button(button) => Some(TemplatePart::Component(button)),
            Step::Append(_) => None,
        }
    }
}

impl TemplateDraft {
    pub(crate) fn new(template: Result<Template, Problem>) -> Self {
        let (template, problem) = match template {
            Ok(template) => (template, OnceBox::new()),
            Err(problem) => (Template::default(), OnceBox::with_value(Box::new(problem.into()))),
        };
        let [has_header, has_body] = [AtomicBool::new(false), AtomicBool::new(false)];
        Self { template, steps: Series::default(), has_header, has_body, problem }
    }

    /// Adds a step with arguments that are in order, or remembers what is wrong with them.
    pub(crate) fn add<A>(
        &self,
        arguments: Result<A, impl Into<Failure>>,
        step: impl FnOnce(A) -> Step,
    ) -> linkwa_status {
        let arguments = match arguments {
            Ok(arguments) => arguments,
            Err(problem) => return self.remember(problem),
        };
        let added = catch_unwind(AssertUnwindSafe(|| self.push(step(arguments))));
        if let Err(panic) = added {
            self.remember(unfinished());
            resume_unwind(panic);
        }
        linkwa_status::LINKWA_OK
    }

    fn push(&self, step: Step) {
        let has = match &step {
            Step::Header(_) => Some(&self.has_header),
            Step::Body(_) => Some(&self.has_body),
            Step::Button(_) | Step::Append(_) => None,
        };
        // A second one without a parameter says nothing.
        if matches!(step, Step::Header(None) | Step::Body(None)) && has.is_some_and(|has| has.load(Ordering::Acquire)) {
            return;
        }
        self.steps.push(step);
        if let Some(has) = has {
            has.store(true, Ordering::Release);
        }
    }

    /// Remembers a problem, if it is the first.
    pub(crate) fn remember(&self, problem: impl Into<Failure>) -> linkwa_status {
        let problem = problem.into();
        let status = problem.status();
        if self.problem.get().is_none() {
            // Another thread may have been faster.
            let _ = self.problem.set(Box::new(problem));
        }
        status
    }

    /// Whether all went well with it.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.problem.get().map_or(Ok(()), |problem| Err(problem.clone()))
    }

    /// The template as it stands, and what was appended to it, to be sent: the template's parts stay here.
    pub(crate) fn messages(self: &Arc<Self>) -> Result<Vec<Message>, Failure> {
        let len = self.steps.len();
        let parts = Arc::clone(self);
        self.with_appended(len, Message::kept(parts, len))
    }

    /// The same as copies: what is added to another draft must not hold that which it may be added to.
    pub(crate) fn copies(&self) -> Result<Vec<Message>, Failure> {
        let len = self.steps.len();
        self.with_appended(len, self.copy(len).into())
    }

    fn with_appended(&self, len: usize, template: Message) -> Result<Vec<Message>, Failure> {
        let appended = self.steps.iter(len).flat_map(|step| match step {
            Step::Append(messages) => messages.as_slice(),
            _ => &[],
        });
        let mut messages = vec![template];
        messages.extend(appended.cloned());
        // After the steps: one that another thread had not added for a problem would be missing.
        self.check()?;
        Ok(messages)
    }

    /// The template of the first `len` steps.
    fn copy(&self, len: usize) -> Template {
        let steps = || self.steps.iter(len);
        let header =
            || Header::new(steps().filter_map(|step| if let Step::Header(it) = step { it.clone() } else { None }));
        let body = || Body::new(steps().filter_map(|step| if let Step::Body(it) = step { it.clone() } else { None }));
        let (mut has_header, mut has_body) = (false, false);
        steps().fold(self.template.clone(), |template, step| match step {
            Step::Header(_) if !has_header => {
                has_header = true;
                template.component(header())
            }
            Step::Body(_) if !has_body => {
                has_body = true;
                template.component(body())
            }
            Step::Button(button) => template.component(button.clone()),
            Step::Header(_) | Step::Body(_) | Step::Append(_) => template,
        })
    }
}

fn header<P: Into<HeaderParameter>>(message: MutMessage<'_>, parameter: Result<P, Problem>) -> linkwa_status {
    change_template(message, "template header", parameter, |parameter| Step::Header(Some(parameter.into())))
}

fn body<P: Into<BodyParameter>>(message: MutMessage<'_>, parameter: Result<P, Problem>) -> linkwa_status {
    change_template(message, "template body", parameter, |parameter| Step::Body(Some(parameter.into())))
}

fn button<B: Into<Component>>(message: MutMessage<'_>, button: Result<B, Problem>) -> linkwa_status {
    change_template(message, "template button", button, |button| Step::Button(button.into()))
}

/// Gives a template its header without a parameter; where it has one, nothing changes. It is not needed for a header
/// that has parameters: the first one makes it.
///
/// Threads may share the message.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_header(message: MutMessage<'_>) -> linkwa_status {
    guard::plain(|| change_template(message, "template header", Ok::<_, Problem>(()), |()| Step::Header(None)))
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
    guard::plain(|| change_template(message, "template body", Ok::<_, Problem>(()), |()| Step::Body(None)))
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
    use std::sync::Barrier;
    use std::thread;

    use linkwa::{MessageRequest, Messages, SendOptions};

    use super::*;
    use crate::message::tests::{problem, sent};
    use crate::message::{
        linkwa_message, linkwa_message_append, linkwa_message_free, linkwa_message_image, linkwa_message_template,
    };

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

    /// The draft of a template.
    fn draft(message: Option<&linkwa_message>) -> &Arc<TemplateDraft> {
        message.and_then(linkwa_message::template).expect("a template")
    }

    fn written(messages: Messages) -> String {
        let json = MessageRequest::new("+46000000001", messages).platform("p", "pp");
        let json = json.options(&SendOptions::new().source("+46000000000").ref_id("r")).to_json();
        String::from_utf8(json.expect("a request")).expect("UTF-8")
    }

    #[test]
    fn a_send_has_what_there_was_when_it_began() {
        let message = template();
        let m = message.as_deref();
        assert_eq!(linkwa_message_add_body_text(m, Text::new(c"1")), OK);
        let (first, alone) = (m.expect("a message").messages().expect("nothing is wrong"), sent(m));
        assert_eq!(linkwa_message_add_body_text(m, Text::new(c"2")), OK);
        assert_eq!(linkwa_message_add_quick_reply(m, 0, TEXT), OK);
        assert_eq!(linkwa_message_append(m, linkwa_message_image(LINK).as_deref()), OK);
        assert_eq!(linkwa_message_add_body_text(m, Text::NULL), INVALID_ARGUMENT);
        linkwa_message_free(message);
        let json = written(first);
        assert!(json.ends_with(&format!("{alone}}}")) && json.matches(r#""type":"text""#).count() == 1, "{json}");
    }

    #[test]
    fn what_was_appended_is_a_copy_and_holds_nothing() {
        let (one, two) = (template(), template());
        let (m, n) = (one.as_deref(), two.as_deref());
        let added: [Adder<'_>; 5] = [
            &|m| linkwa_message_add_quick_reply(m, 0, TEXT),
            &|m| linkwa_message_add_body_text(m, TEXT),
            &|m| linkwa_message_add_header_image(m, LINK),
            &|m| linkwa_message_add_body_text(m, TEXT),
            &|m| linkwa_message_add_header_text(m, TEXT),
        ];
        for add in added {
            assert_eq!((add(m), add(n)), (OK, OK));
        }
        let alone = sent(m);
        assert_eq!(linkwa_message_append(m, n), OK);
        assert_eq!(linkwa_message_add_body_text(n, Text::new(c"later")), OK);
        let wanted = alone.trim_matches(['[', ']']);
        assert_eq!(sent(m), format!("[{wanted},{wanted}]"));
        // Each in the other, and in itself: they still end.
        assert_eq!((linkwa_message_append(n, m), linkwa_message_append(m, m)), (OK, OK));
        assert_eq!(sent(m), format!("[{wanted},{wanted},{wanted},{wanted}]"));
        assert_eq!([m, n].map(|message| Arc::strong_count(draft(message))), [1, 1]);
    }

    #[test]
    fn a_header_or_body_that_is_there_is_not_added_again() {
        let message = template();
        let m = message.as_deref();
        for add in [linkwa_message_add_header, linkwa_message_add_body] {
            for _ in 0..100 {
                assert_eq!(add(m), OK);
            }
        }
        assert_eq!(draft(m).steps.len(), 2);
    }

    #[test]
    fn a_panic_adds_nothing_and_is_remembered() {
        let message = template();
        let m = message.as_deref();
        catch_unwind(AssertUnwindSafe(|| draft(m).add(Ok::<_, Problem>(()), |()| panic!("expected"))))
            .expect_err("a panic");
        assert_eq!(linkwa_message_add_body(m), OK);
        assert_eq!(draft(m).steps.len(), 1);
        assert_eq!(problem(m).1, "a change was left unfinished by an internal error");
    }

    #[test]
    fn what_threads_add_is_all_there_and_each_send_has_a_beginning_of_it() {
        const EACH: usize = 300;
        let message = template();
        let (m, all) = (message.as_deref(), Barrier::new(5));
        thread::scope(|scope| {
            for thread in 0..4 {
                let all = &all;
                scope.spawn(move || {
                    all.wait();
                    for number in 0..EACH {
                        let text = format!("{thread} {number}\0");
                        assert_eq!(linkwa_message_add_body_text(m, Text::of(text.as_bytes())), OK);
                    }
                });
            }
            scope.spawn(|| {
                all.wait();
                let mut before = 0;
                while before < 4 * EACH {
                    let json = sent(m);
                    let mut next = [0; 4];
                    for text in json.split(r#""text":""#).skip(1) {
                        let (text, _) = text.split_once('"').expect("a text");
                        let (thread, number) = text.split_once(' ').expect("a thread");
                        let next = &mut next[thread.parse::<usize>().expect("a thread")];
                        assert_eq!(number, next.to_string());
                        *next += 1;
                    }
                    let sum = next.iter().sum();
                    assert!(sum >= before, "what was there is gone");
                    before = sum;
                }
            });
        });
        assert_eq!(draft(m).steps.len(), 4 * EACH);
    }

    #[test]
    fn no_send_lacks_what_could_not_be_added() {
        for _ in 0..300 {
            let message = template();
            let (m, all) = (message.as_deref(), Barrier::new(2));
            thread::scope(|scope| {
                scope.spawn(|| {
                    all.wait();
                    assert_eq!(linkwa_message_add_body_text(m, Text::NULL), INVALID_ARGUMENT);
                    assert_eq!(linkwa_message_add_body_text(m, TEXT), OK);
                });
                all.wait();
                while let Ok(messages) = m.expect("a message").messages() {
                    let json = written(messages);
                    assert!(json.contains(r#""components":[]"#), "{json}");
                }
            });
        }
    }
}
