//! Template messages: the only type that may open a conversation.

mod component;
mod language;
mod parameter;

use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Kind, Value};
use crate::rule;
use crate::wire::{Field, List, WireObject, wire_object};

pub use component::{Body, Component, Header, QuickReplyButton, UrlButton};
pub(super) use parameter::TEXT;
#[doc(hidden)]
pub use parameter::amount_1000;
pub use parameter::{BodyParameter, Currency, DateTime, HeaderParameter};

wire_object! {
    /// The language of a template.
    struct Language {
        /// The code of the language: `en`, `pt_BR`. One that is not among the 68 of the API's list is a warning, because
        /// `WhatsApp` adds languages.
        code = "code": String as language::KIND, required;
    }
}

wire_object! {
    /// A template message: a text that `WhatsApp` approved beforehand, with its parameters filled in.
    ///
    /// It is the only message type that may be sent at any time; all others only within 24 hours of the recipient's
    /// last message. Name, namespace, language and the number of parameters must be those of the approved template;
    /// only the gateway can check that.
    ///
    /// ```
    /// use linkwa::{Currency, Document, Template};
    ///
    /// let order = Template::new("order_update", "namespace", "en")
    ///     .header(Document::new("https://example.com/17.pdf").filename("invoice.pdf"))
    ///     .body(["Anna".into(), Currency::new("$100.99", "USD", 100_990).into()])
    ///     .quick_reply(0, "yes")
    ///     .url_button(1, "track/17");
    /// # let _ = order;
    /// ```
    pub struct Template {
        /// The namespace of the template. Not empty. Version 1.4.1 of LINK's document requires it; with the setting
        /// `extensions` it may be left out.
        namespace = "namespace": String;
        /// The template's name.
        name = "name": String, required;
        /// Its language.
        language = "language": Language, required;
        /// Its components, in order: at most one header, at most one body, and the buttons. Without it an empty list is
        /// sent; in JSON that is a warning.
        components = "components": List<Component>, empty;
    }
}

impl Template {
    /// The template with this name and namespace, in the language with this code (`en`, `pt_BR`, …; a code that is not
    /// among the 68 of the API's list is a warning).
    pub fn new(name: impl Into<String>, namespace: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            namespace: Field::Given(namespace.into()),
            name: Field::Given(name.into()),
            language: Field::Given(Language { code: Field::Given(language.into()) }),
            ..Self::default()
        }
    }

    /// The template with this name and no namespace, as `WhatsApp`'s Cloud API knows it. Not in version 1.4.1 of LINK's document:
    /// it needs the setting [`extensions`](crate::Config::extensions).
    pub fn without_namespace(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { namespace: Field::Absent, ..Self::new(name, "", language) }
    }

    /// Adds the header: a text, or one [`Image`](crate::Image), [`Video`](crate::Video) or [`Document`](crate::Document),
    /// or a [`Header`] of several parameters.
    #[must_use]
    pub fn header(self, header: impl Into<Header>) -> Self {
        self.component(header.into())
    }

    /// Adds the body with its parameters in order: texts, [`Currency`] and [`DateTime`].
    #[must_use]
    pub fn body(self, parameters: impl IntoIterator<Item = BodyParameter>) -> Self {
        self.component(Body::new(parameters))
    }

    /// Adds a quick-reply button with this payload. The first button has index 0.
    #[must_use]
    pub fn quick_reply(self, index: u32, payload: impl Into<String>) -> Self {
        self.component(QuickReplyButton::new(index).payload(payload))
    }

    /// Adds a button that opens a URL, with the text that completes the URL. The first button has index 0.
    #[must_use]
    pub fn url_button(self, index: u32, text: impl Into<String>) -> Self {
        self.component(UrlButton::new(index).text(text))
    }

    /// Adds any component.
    #[must_use]
    pub fn component(mut self, component: impl Into<Component>) -> Self {
        self.push(component);
        self
    }

    /// Adds parameters to the header. A template without a header gets one, behind the components that it has.
    #[doc(hidden)]
    pub fn extend_header(&mut self, parameters: impl IntoIterator<Item = HeaderParameter>) {
        match self.components_mut().iter_mut().find_map(|component| component.get_mut()?.header_mut()) {
            Some(header) => header.extend(parameters.into_iter().map(Field::Given)),
            None => self.push(Header::new(parameters)),
        }
    }

    /// Adds parameters to the body. A template without a body gets one, behind the components that it has.
    #[doc(hidden)]
    pub fn extend_body(&mut self, parameters: impl IntoIterator<Item = BodyParameter>) {
        match self.components_mut().iter_mut().find_map(|component| component.get_mut()?.body_mut()) {
            Some(body) => body.extend(parameters.into_iter().map(Field::Given)),
            None => self.push(Body::new(parameters)),
        }
    }

    /// Adds any component, as [`component`](Self::component) does.
    #[doc(hidden)]
    pub fn push(&mut self, component: impl Into<Component>) {
        self.components_mut().push(Field::Given(component.into()));
    }

    fn components_mut(&mut self) -> &mut List<Component> {
        self.components.get_or_insert_default()
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        rule::text(&self.namespace, &path.field("namespace"), findings);
        rule::text(&self.name, &path.field("name"), findings);
        if let Some(language) = self.language.get() {
            let path = path.field("language");
            language::check(&language.code, &path.field("code"), findings);
            language.require(&path, findings);
        }
        if let Some(components) = self.components.get() {
            component::check_list(components, &path.field("components"), findings);
        }
        if self.namespace.is_absent() && !findings.allows_extensions() {
            let message = "`namespace` is needed; with `extensions` (LINKWA_EXTENSIONS=1) it may be left out";
            findings.add_missing(path, "namespace", FindingCode::Required, message);
        }
        self.require(path, findings);
        let lacks_components = |template: Value<'_>| {
            template.member("components").is_none_or(|components| components.kind() == Kind::Null)
        };
        if path.value().is_some_and(lacks_components) {
            let message = "is needed, even where it is empty; an empty list is sent";
            findings.add_missing(path, "components", FindingCode::MissingComponents, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Document, Image, Message};

    #[test]
    fn parameters_are_added_to_an_existing_component_in_its_place() {
        let mut template = Template::new("name", "space", "en");
        template.extend_body(["Anna".into()]);
        template.push(QuickReplyButton::new(0).payload("yes"));
        template.extend_header([Document::new("https://example.com/17.pdf").into()]);
        template.extend_body([Currency::new("$100.99", "USD", 100_990).into()]);
        template.extend_header([]);
        template.extend_body([]);
        let whole = Template::new("name", "space", "en")
            .body(["Anna".into(), Currency::new("$100.99", "USD", 100_990).into()])
            .quick_reply(0, "yes")
            .header(Document::new("https://example.com/17.pdf"));
        assert_eq!(template, whole);
        let mut empty = Template::new("name", "space", "en");
        empty.extend_header([]);
        empty.extend_body([]);
        assert_eq!(empty, Template::new("name", "space", "en").component(Header::default()).body([]));
    }

    #[test]
    fn a_message_shares_the_template_until_one_of_them_changes() {
        let mut template =
            Arc::new(Template::new("name", "space", "en").header(Image::new("https://example.com/a.png")));
        let message = Message::from(Arc::clone(&template));
        let copy = message.clone();
        assert_eq!(Arc::strong_count(&template), 3);
        Arc::make_mut(&mut template).extend_body(["Anna".into()]);
        assert_eq!(message, copy);
        assert_ne!(message, Message::from(template));
    }
}
