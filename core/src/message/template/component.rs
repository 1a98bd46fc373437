//! The components of a template: header, body and buttons.

use serde::Serialize;

use super::parameter::{self, BodyParameter, ButtonParameter, ButtonTakes, HeaderParameter};
use crate::declared::{Declared, Kind as Declaration, declare_object};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Kind as JsonKind, Value};
use crate::message::read_tag;
use crate::rule::Seen;
use crate::wire::{Field, List, Read, list, nearest, read_field, read_list, read_object, wrong_type};

/// A component of a [`Template`](super::Template): a [`Header`], a [`Body`], a [`QuickReplyButton`] or a [`UrlButton`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component(Kind);

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Kind {
    Header { parameters: Field<List<HeaderParameter>> },
    Body { parameters: Field<List<BodyParameter>> },
    Button { sub_type: Field<SubType>, index: Field<Index>, parameters: Field<List<ButtonParameter>> },
}

/// A button's `subType`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum SubType {
    QuickReply,
    Url,
}

impl Declared for Component {
    const KIND: Declaration = Declaration::OneOf(&[
        declare_object! {
            /// The header of a template: texts, or one medium. Text beside a medium is a warning, a second medium is an error.
            HeaderComponent {
                /// The kind of component.
                kind = "type": Declaration::Tag("header"), required;
                /// Its parameters, in order.
                parameters = "parameters": Declaration::List(&HeaderParameter::KIND), required;
            }
        },
        declare_object! {
            /// The body of a template: texts, amounts of money and times.
            BodyComponent {
                /// The kind of component.
                kind = "type": Declaration::Tag("body"), required;
                /// Its parameters, in order.
                parameters = "parameters": Declaration::List(&BodyParameter::KIND), required;
            }
        },
        declare_object! {
            /// A quick-reply button.
            QuickReplyComponent {
                /// The kind of component.
                kind = "type": Declaration::Tag("button"), required;
                /// The kind of button.
                sub_type = "subType": Declaration::Tag("quickReply"), required;
                /// The button's index among the buttons; the first is 0.
                index = "index": Index::KIND, required;
                /// The payload, which comes back when the user presses the button: at most one. A static button has
                /// none.
                parameters = "parameters": Declaration::List(&parameter::PAYLOAD), required;
            }
        },
        declare_object! {
            /// A button that opens a URL.
            UrlComponent {
                /// The kind of component.
                kind = "type": Declaration::Tag("button"), required;
                /// The kind of button.
                sub_type = "subType": Declaration::Tag("url"), required;
                /// The button's index among the buttons; the first is 0.
                index = "index": Index::KIND, required;
                /// The text that completes the URL of the approved template: at most one. A static button has none.
                parameters = "parameters": Declaration::List(&parameter::TEXT), required;
            }
        },
    ]);
}

/// A button's index among the buttons; the first is 0.
pub(super) type Index = super::parameter::Whole;

/// The header of a template: texts, and at most one medium.
///
/// Most templates have one parameter here, which converts by itself: `template.header("Order 17")`,
/// `template.header(Image::new(link))`. Text beside a medium is a warning, a second medium is an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header(List<HeaderParameter>);

impl Header {
    /// A header with these parameters, in order.
    pub fn new(parameters: impl IntoIterator<Item = HeaderParameter>) -> Self {
        Self(list(parameters))
    }
}

impl<P: Into<HeaderParameter>> From<P> for Header {
    fn from(parameter: P) -> Self {
        Self::new([parameter.into()])
    }
}

/// The body of a template: texts, [`Currency`](super::Currency) and [`DateTime`](super::DateTime), in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body(List<BodyParameter>);

impl Body {
    /// A body with these parameters, in order.
    pub fn new(parameters: impl IntoIterator<Item = BodyParameter>) -> Self {
        Self(list(parameters))
    }
}

/// A quick-reply button. Without a payload it is a static button.
#[derive(Clone, Debug, PartialEq)]
pub struct QuickReplyButton {
    index: u32,
    payload: Option<String>,
}

impl QuickReplyButton {
    /// The button with this index; the first is 0.
    pub fn new(index: u32) -> Self {
        Self { index, payload: None }
    }

    /// Sets the payload, which comes back in [`button.payload`](crate::InboundButton::payload) when the user presses the
    /// button. Not empty.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<String>) -> Self {
        self.payload = Some(payload.into());
        self
    }
}

/// A button that opens a URL. Without a text it is a static button.
#[derive(Clone, Debug, PartialEq)]
pub struct UrlButton {
    index: u32,
    text: Option<String>,
}

impl UrlButton {
    /// The button with this index; the first is 0.
    pub fn new(index: u32) -> Self {
        Self { index, text: None }
    }

    /// Sets the text that completes the URL of the approved template. Not empty.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

impl From<Header> for Component {
    fn from(header: Header) -> Self {
        Self(Kind::Header { parameters: Field::Given(header.0) })
    }
}

impl From<Body> for Component {
    fn from(body: Body) -> Self {
        Self(Kind::Body { parameters: Field::Given(body.0) })
    }
}

impl From<QuickReplyButton> for Component {
    fn from(button: QuickReplyButton) -> Self {
        Self::button(SubType::QuickReply, button.index, button.payload.map(ButtonParameter::payload))
    }
}

impl From<UrlButton> for Component {
    fn from(button: UrlButton) -> Self {
        Self::button(SubType::Url, button.index, button.text.map(ButtonParameter::text))
    }
}

impl Component {
    fn button(sub_type: SubType, index: u32, parameter: Option<ButtonParameter>) -> Self {
        Self(Kind::Button {
            sub_type: Field::Given(sub_type),
            index: Field::Given(index.into()),
            parameters: Field::Given(list(parameter)),
        })
    }

    fn type_name(&self) -> &'static str {
        match self.0 {
            Kind::Header { .. } => "header",
            Kind::Body { .. } => "body",
            Kind::Button { .. } => "button",
        }
    }

    /// The parameters of a header that was not read from JSON.
    pub(super) fn header_mut(&mut self) -> Option<&mut List<HeaderParameter>> {
        match &mut self.0 {
            Kind::Header { parameters: list } => list.get_mut(),
            Kind::Body { .. } | Kind::Button { .. } => None,
        }
    }

    /// The same of a body.
    pub(super) fn body_mut(&mut self) -> Option<&mut List<BodyParameter>> {
        match &mut self.0 {
            Kind::Body { parameters: list } => list.get_mut(),
            Kind::Header { .. } | Kind::Button { .. } => None,
        }
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        let parameters = path.field("parameters");
        match &self.0 {
            Kind::Header { parameters: list } => {
                check_header(each(list), path, &parameters, findings);
                list.require(path, "parameters", findings);
            }
            Kind::Body { parameters: list } => {
                check_each(each(list), &parameters, findings, BodyParameter::check);
                list.require(path, "parameters", findings);
            }
            Kind::Button { sub_type, index, parameters: list } => {
                check_each(each(list), &parameters, findings, ButtonParameter::check);
                sub_type.require(path, "subType", findings);
                index.require(path, "index", findings);
                list.require(path, "parameters", findings);
            }
        }
    }
}

/// The parameters of a list, `None` where one cannot be read.
fn each<P>(list: &Field<List<P>>) -> impl Iterator<Item = Option<&P>> + Clone {
    list.get().into_iter().flatten().map(Field::get)
}

fn check_header<'p>(
    items: impl Iterator<Item = Option<&'p HeaderParameter>> + Clone,
    component: &Path<'_>,
    path: &Path<'_>,
    findings: &mut Findings,
) {
    let (mut has_text, mut has_media) = (false, false);
    for parameter in items.clone().flatten() {
        has_text |= parameter.is_text();
        has_media |= parameter.is_media();
    }
    if has_text && has_media {
        findings.add(component, FindingCode::MixedHeader, "has text beside a medium");
    }
    let mut media = false;
    for (parameter, path) in items.zip(path.items()) {
        let Some(parameter) = parameter else { continue };
        if media && parameter.is_media() {
            findings.add(&path, FindingCode::NotAllowed, "a header has at most one medium");
        } else {
            media |= parameter.is_media();
            parameter.check(&path, findings);
        }
    }
}

fn check_each<'p, P: 'p>(
    items: impl Iterator<Item = Option<&'p P>>,
    path: &Path<'_>,
    findings: &mut Findings,
    check: impl Fn(&P, &Path<'_>, &mut Findings),
) {
    for (parameter, path) in items.zip(path.items()) {
        if let Some(parameter) = parameter {
            check(parameter, &path, findings);
        }
    }
}

pub(super) fn check_list(components: &[Field<Component>], path: &Path<'_>, findings: &mut Findings) {
    let mut header = false;
    let mut body = false;
    let mut indexes = Seen::default();
    for (component, path) in components.iter().zip(path.items()) {
        let Some(component) = component.get() else { continue };
        let repeated = match &component.0 {
            Kind::Header { .. } => std::mem::replace(&mut header, true),
            Kind::Body { .. } => std::mem::replace(&mut body, true),
            Kind::Button { index, .. } => {
                if index.get().is_some_and(|index| !indexes.insert(*index)) {
                    let message = "another button has this index";
                    findings.add(&path.field("index"), FindingCode::DuplicateIndex, message);
                }
                false
            }
        };
        if repeated {
            let message = format!("is the second {} of this template", component.type_name());
            findings.add(&path, FindingCode::Duplicate, message);
        }
        component.check(&path, findings);
    }
}

impl Read for Component {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let tag =
            read_tag(value, &["header", "body", "button"], "component", FindingCode::UnknownType, path, findings)?;
        match tag {
            "header" => read_part(value, "header", path, findings).map(|parameters| Kind::Header { parameters }),
            "body" => read_part(value, "body", path, findings).map(|parameters| Kind::Body { parameters }),
            _ => read_button(value, path, findings),
        }
        .map(Self)
    }
}

/// A header or body: neither has a `subType` or an `index`.
fn read_part<P: Read>(value: Value<'_>, tag: &str, path: &Path<'_>, findings: &mut Findings) -> Option<Field<List<P>>> {
    let mut parameters = Field::Absent;
    read_object(value, path, &["type", "parameters"], findings, |name, value, path, findings| {
        match name {
            "type" => {}
            "parameters" => read_field(&mut parameters, value, path, findings),
            "subType" | "index" => {
                findings.add(path, FindingCode::NotAllowed, format!("only a button has `{name}`, not a {tag}"));
            }
            _ => return false,
        }
        true
    })
    .then_some(parameters)
}

fn read_button(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Kind> {
    let mut sub_type = Field::Absent;
    let mut index = Field::Absent;
    let mut parameters = Field::Absent;
    // The parameters of a button depend on its sub type, which may come after them.
    let takes = match value.member("subType").and_then(Value::as_str).as_deref() {
        Some("quickReply") => ButtonTakes::Payload,
        Some("url") => ButtonTakes::Text,
        _ => ButtonTakes::Either,
    };
    let known = &["type", "subType", "index", "parameters"];
    read_object(value, path, known, findings, |name, value, path, findings| {
        match name {
            "type" => {}
            "subType" => read_field(&mut sub_type, value, path, findings),
            "index" => read_field(&mut index, value, path, findings),
            "parameters" => {
                parameters = read_list(value, path, findings, |place, item, path, findings| {
                    if place > 0 && item.kind() == JsonKind::Object {
                        findings.add(path, FindingCode::NotAllowed, "a button has at most one parameter");
                        return None;
                    }
                    ButtonParameter::read(takes, item, path, findings)
                })
                .map_or(Field::Unreadable, Field::Given);
            }
            _ => return false,
        }
        true
    })
    .then_some(Kind::Button { sub_type, index, parameters })
}

impl Read for SubType {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let Some(word) = value.as_str() else {
            wrong_type(value, "a string", path, findings);
            return None;
        };
        match &*word {
            "quickReply" => Some(Self::QuickReply),
            "url" => Some(Self::Url),
            word => {
                let near = nearest(word, &["quickReply", "url"]);
                let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                let message = format!("must be `quickReply` or `url`{hint}");
                findings.suggest(path, FindingCode::UnknownValue, message, near);
                None
            }
        }
    }
}
