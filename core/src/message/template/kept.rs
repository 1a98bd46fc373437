//! Templates whose parts somebody else keeps: they are read where they are, not copied.

use std::fmt::Debug;
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use super::component::{View, check_list};
use super::{BodyParameter, Component, HeaderParameter, Template};
use crate::finding::{Findings, Path};
use crate::json::{Write, write_items};

/// What keeps a template's parts while it grows, possibly by several threads. What was at a place once stays there.
#[doc(hidden)]
pub trait TemplateParts: Debug + Send + Sync {
    /// Name, namespace and language; it has no components.
    fn template(&self) -> &Template;

    /// What was added at this place, the first being 0. `None`: nothing, or nothing of the template.
    fn part(&self, place: usize) -> Option<TemplatePart<'_>>;
}

/// What a template can be given at a time. Header and body stand where each was first used.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum TemplatePart<'p> {
    /// The header, or a parameter of it.
    Header(Option<&'p HeaderParameter>),
    /// The body, or a parameter of it.
    Body(Option<&'p BodyParameter>),
    /// A component of its own.
    Component(&'p Component),
}

/// A template as it was when it had so many parts.
#[derive(Clone, Debug)]
pub(in crate::message) struct Kept {
    parts: Arc<dyn TemplateParts>,
    len: usize,
    /// From the first part of the header to behind its last; empty if it has none.
    header: Range<usize>,
    /// The same of the body.
    body: Range<usize>,
}

impl Kept {
    pub(in crate::message) fn new(parts: Arc<dyn TemplateParts>, len: usize) -> Self {
        let (mut header, mut body) = (0..0, 0..0);
        for place in 0..len {
            let range = match parts.part(place) {
                Some(TemplatePart::Header(_)) => &mut header,
                Some(TemplatePart::Body(_)) => &mut body,
                Some(TemplatePart::Component(_)) | None => continue,
            };
            if range.end == 0 {
                range.start = place;
            }
            range.end = place + 1;
        }
        Self { parts, len, header, body }
    }

    pub(in crate::message) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        self.parts.template().check_with(path, findings, |path, findings| {
            check_list(self.components().map(Some), path, findings);
        });
    }

    fn components(&self) -> impl Iterator<Item = View<'_>> {
        (0..self.len).filter_map(|place| match self.parts.part(place)? {
            TemplatePart::Header(_) => (place == self.header.start).then_some(View::Header(self)),
            TemplatePart::Body(_) => (place == self.body.start).then_some(View::Body(self)),
            TemplatePart::Component(component) => Some(View::Whole(component)),
        })
    }

    /// What is in the header.
    pub(super) fn header(&self) -> impl Iterator<Item = &HeaderParameter> + Clone {
        self.header.clone().filter_map(|place| match self.parts.part(place) {
            Some(TemplatePart::Header(parameter)) => parameter,
            _ => None,
        })
    }

    /// What is in the body.
    pub(super) fn body(&self) -> impl Iterator<Item = &BodyParameter> + Clone {
        self.body.clone().filter_map(|place| match self.parts.part(place) {
            Some(TemplatePart::Body(parameter)) => parameter,
            _ => None,
        })
    }
}

/// Equal is what is written alike.
impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        let [mut left, mut right] = [Vec::new(), Vec::new()];
        for (kept, out) in iter::zip([self, other], [&mut left, &mut right]) {
            kept.write(out);
        }
        left == right
    }
}

impl Write for Kept {
    fn write(&self, out: &mut Vec<u8>) {
        self.parts.template().write_with(&Components(self), out);
    }
}

/// The list of its components.
struct Components<'k>(&'k Kept);

impl Write for Components<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        write_items(self.0.components(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Currency, Document, Finding, Header, Image, Message, MessageRequest, QuickReplyButton, SendOptions,
        UrlButton,
    };

    #[derive(Debug)]
    enum Part {
        Header(Option<HeaderParameter>),
        Body(Option<BodyParameter>),
        Component(Component),
        Nothing,
    }

    #[derive(Debug)]
    struct Parts {
        template: Template,
        parts: Vec<Part>,
    }

    impl TemplateParts for Parts {
        fn template(&self) -> &Template {
            &self.template
        }

        fn part(&self, place: usize) -> Option<TemplatePart<'_>> {
            match self.parts.get(place)? {
                Part::Header(parameter) => Some(TemplatePart::Header(parameter.as_ref())),
                Part::Body(parameter) => Some(TemplatePart::Body(parameter.as_ref())),
                Part::Component(component) => Some(TemplatePart::Component(component)),
                Part::Nothing => None,
            }
        }
    }

    fn kept(name: &str, parts: Vec<Part>) -> Message {
        let len = parts.len();
        Message::kept(Arc::new(Parts { template: Template::new(name, "space", "en"), parts }), len)
    }

    /// What is found in a message, and what is written.
    fn judged(message: impl Into<Message>) -> (Vec<Finding>, Result<Vec<u8>, Vec<Finding>>) {
        let options = SendOptions::new().source("+46000000000").ref_id("r");
        let request = MessageRequest::new("+46000000001", message.into()).platform("p", "pp").options(&options);
        (request.validate(), request.to_json().map_err(|error| error.findings().to_vec()))
    }

    fn link(name: &str) -> String {
        format!("https://example.com/{name}")
    }

    #[test]
    fn parts_are_checked_and_written_as_if_the_template_had_them() {
        let document = || Document::new(link("17.pdf")).filename("invoice.pdf");
        let currency = || Currency::new("$100.99", "USD", 100_990);
        let parts = vec![
            Part::Nothing,
            Part::Body(Some("Anna".into())),
            Part::Component(QuickReplyButton::new(0).payload("yes").into()),
            Part::Header(Some(document().into())),
            Part::Body(Some(currency().into())),
            Part::Header(None),
            Part::Component(UrlButton::new(1).into()),
            Part::Body(None),
        ];
        let whole = Template::new("name", "space", "en")
            .body(["Anna".into(), currency().into()])
            .quick_reply(0, "yes")
            .header(document())
            .component(UrlButton::new(1));
        let (findings, bytes) = judged(kept("name", parts));
        assert_eq!((findings, bytes), judged(whole.clone()));
        assert!(judged(whole).1.is_ok());

        for (part, whole) in [
            (Part::Header(None), Template::new("name", "space", "en").component(Header::default())),
            (Part::Body(None), Template::new("name", "space", "en").body([])),
            (Part::Nothing, Template::new("name", "space", "en")),
        ] {
            assert_eq!(judged(kept("name", vec![part])), judged(whole));
        }
    }

    #[test]
    fn what_is_wrong_with_parts_is_found_where_the_template_would_have_them() {
        let slips = || (Image::new(link("a.gif")), Currency::new("", "usd", 1), QuickReplyButton::new(3).payload(""));
        let (image, currency, button) = slips();
        let parts = vec![
            Part::Component(button.into()),
            Part::Header(Some("text".into())),
            Part::Body(Some("".into())),
            Part::Header(Some(image.into())),
            Part::Header(Some(Image::new("nowhere").into())),
            Part::Body(Some(currency.into())),
            Part::Component(UrlButton::new(3).into()),
            Part::Component(Body::new([]).into()),
        ];
        let (image, currency, button) = slips();
        let whole = Template::new("", "space", "en")
            .component(button)
            .component(Header::new(["text".into(), image.into(), Image::new("nowhere").into()]))
            .body(["".into(), currency.into()])
            .component(UrlButton::new(3))
            .body([]);
        let (findings, bytes) = judged(kept("", parts));
        let found: Vec<_> = findings.iter().map(|finding| (finding.path(), finding.code().as_str())).collect();
        let at = "messages[0].template.components";
        for wanted in [
            ("messages[0].template.name".to_owned(), "empty"),
            (format!("{at}[0].parameters[0].payload"), "empty"),
            (format!("{at}[1]"), "mixed_header"),
            (format!("{at}[1].parameters[1].image.link"), "unsupported_media_type"),
            (format!("{at}[1].parameters[2]"), "not_allowed"),
            (format!("{at}[2].parameters[0].text"), "empty"),
            (format!("{at}[2].parameters[1].currency.code"), "invalid_format"),
            (format!("{at}[3].index"), "duplicate_index"),
            (format!("{at}[4]"), "duplicate"),
        ] {
            assert!(found.contains(&(wanted.0.as_str(), wanted.1)), "{wanted:?}: {found:?}");
        }
        assert_eq!((findings, bytes), judged(whole));
    }

    #[test]
    fn it_is_the_template_as_it_was_then() {
        let text = |text: &str| Part::Body(Some(text.into()));
        let parts =
            Arc::new(Parts { template: Template::new("name", "space", "en"), parts: vec![text("1"), text("2")] });
        let [one, two] = [1, 2].map(|len| Message::kept(Arc::clone(&parts) as Arc<dyn TemplateParts>, len));
        assert_eq!(judged(one.clone()), judged(Template::new("name", "space", "en").body(["1".into()])));
        assert_eq!(one, kept("name", vec![text("1")]));
        assert_ne!(one, two);
        assert_eq!(two.type_name(), "template");
    }
}
