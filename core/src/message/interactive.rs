//! Interactive messages: reply buttons, or a list to choose from. Version 1.4.1 of the API does not have them.

use serde::{Serialize, Serializer};

use super::template::TEXT;
use super::{HeaderParameter, Message, read_tag};
use crate::declared::{Declared, Kind};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::Value;
use crate::rule::{self, Seen};
use crate::wire::{Field, List, Read, WireObject, list, wire_object};

/// `WhatsApp`'s limits, in Unicode code points.
mod limit {
    pub(super) const HEADER: usize = 60;
    pub(super) const BUTTONS_BODY: usize = 1024;
    pub(super) const LIST_BODY: usize = 4096;
    pub(super) const FOOTER: usize = 60;
    pub(super) const BUTTON_ID: usize = 256;
    pub(super) const BUTTON_TITLE: usize = 20;
    pub(super) const LABEL: usize = 20;
    pub(super) const SECTION_TITLE: usize = 24;
    pub(super) const ROW_ID: usize = 200;
    pub(super) const ROW_TITLE: usize = 24;
    pub(super) const ROW_DESCRIPTION: usize = 72;
}

/// `WhatsApp`'s limit of buttons.
const MOST_BUTTONS: usize = 3;

/// `WhatsApp`'s limit of rows in all sections.
const MOST_ROWS: usize = 10;

/// An interactive message: reply buttons, or a list to choose from. What the user chooses comes back in a received message.
///
/// Not in version 1.4.1 of LINK's document: sending one needs the setting [`extensions`](crate::Config::extensions).
///
/// ```
/// use linkwa::{Interactive, Row};
///
/// let buttons = Interactive::buttons("Where to?").button("home", "Home").button("shop", "Shop").footer("Free of charge");
/// let list = Interactive::list("Where to?", "Choose")
///     .section("Shops", [Row::new("oslo", "Oslo").description("Open until 20"), Row::new("bergen", "Bergen")]);
/// # let _ = (buttons, list);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Interactive {
    /// Reply buttons.
    Buttons(InteractiveButtons),
    /// A list to choose from.
    List(InteractiveList),
}

impl Interactive {
    /// Reply buttons below this text. The text is not empty; over 1,024 Unicode code points is a warning.
    pub fn buttons(body: impl Into<String>) -> InteractiveButtons {
        InteractiveButtons {
            kind: Field::Given(ButtonTag),
            header: Field::Absent,
            body: text(body),
            footer: Field::Absent,
            action: Field::Given(ButtonsAction { buttons: Field::Given(Vec::new()) }),
        }
    }

    /// A list to choose from, which opens with a button below this text. The text is not empty; over 4,096 Unicode code points is
    /// a warning. `label` is the button's text: not empty; over 20 code points is a warning.
    pub fn list(body: impl Into<String>, label: impl Into<String>) -> InteractiveList {
        InteractiveList {
            kind: Field::Given(ListTag),
            header: Field::Absent,
            body: text(body),
            footer: Field::Absent,
            action: Field::Given(ListAction { button: Field::Given(label.into()), sections: Field::Given(Vec::new()) }),
        }
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        match self {
            Self::Buttons(buttons) => buttons.check(path, findings),
            Self::List(list) => list.check(path, findings),
        }
    }
}

fn text(text: impl Into<String>) -> Field<InteractiveText> {
    Field::Given(InteractiveText { text: Field::Given(text.into()) })
}

impl Declared for Interactive {
    const KIND: Kind = Kind::OneOf(&[InteractiveButtons::KIND, InteractiveList::KIND]);
    const DOC: &'static str = "An interactive message: reply buttons, or a list to choose from.";
}

impl Read for Interactive {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        let known = &[ButtonTag::WORD, ListTag::WORD];
        let tag = read_tag(value, known, "interactive", FindingCode::UnknownValue, path, findings)?;
        if tag == ButtonTag::WORD {
            InteractiveButtons::read(value, path, findings).map(Self::Buttons)
        } else {
            InteractiveList::read(value, path, findings).map(Self::List)
        }
    }
}

/// Declares a `type` that has only one value.
macro_rules! tags {
    ($($name:ident = $word:literal;)*) => {
        $(
            #[derive(Clone, Copy, Debug, PartialEq)]
            struct $name;

            impl $name {
                const WORD: &'static str = $word;
            }

            impl Declared for $name {
                const KIND: Kind = Kind::Tag(Self::WORD);
            }

            impl Read for $name {
                fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
                    let word = String::read(value, path, findings)?;
                    if word != Self::WORD {
                        let message = format!("must be `{}`", Self::WORD);
                        findings.suggest(path, FindingCode::UnknownValue, message, Some(Self::WORD));
                        return None;
                    }
                    Some(Self)
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(Self::WORD)
                }
            }
        )*
    };
}

tags! {
    ButtonTag = "button";
    ListTag = "list";
    ReplyTag = "reply";
}

wire_object! {
    /// A text of an interactive message.
    struct InteractiveText {
        /// The text. Not empty.
        text = "text": String, required;
    }
}

wire_object! {
    /// An interactive message with reply buttons. Not in version 1.4.1 of LINK's document: it needs the setting `extensions`.
    pub struct InteractiveButtons {
        /// The kind of interactive message.
        kind = "type": ButtonTag, required;
        /// What stands above the text: a text, which is not empty and of which over 60 Unicode code points is a warning, or one
        /// picture, video or document.
        header = "header": HeaderParameter;
        /// The text. Over 1,024 Unicode code points is a warning.
        body = "body": InteractiveText, required;
        /// The small text below it. Over 60 Unicode code points is a warning.
        footer = "footer": InteractiveText;
        /// The buttons.
        action = "action": ButtonsAction, required;
    }
}

wire_object! {
    /// The buttons of an interactive message.
    struct ButtonsAction {
        /// The buttons, at least one. Over 3 is a warning, and so is an id that is used twice.
        buttons = "buttons": List<ReplyButton>, required;
    }
}

wire_object! {
    /// A button of an interactive message.
    struct ReplyButton {
        /// The kind of button.
        kind = "type": ReplyTag, required;
        /// Its id and its text.
        reply = "reply": Reply, required;
    }
}

wire_object! {
    /// What a button of an interactive message says.
    struct Reply {
        /// The id, which comes back when the user presses the button. Not empty. Over 256 Unicode code points is a warning.
        id = "id": String, required;
        /// The text on the button. Not empty. Over 20 Unicode code points is a warning.
        title = "title": String, required;
    }
}

wire_object! {
    /// An interactive message with a list to choose from. Not in version 1.4.1 of LINK's document: it needs the setting
    /// `extensions`.
    pub struct InteractiveList {
        /// The kind of interactive message.
        kind = "type": ListTag, required;
        /// The text above the body: not empty. Over 60 Unicode code points is a warning. A list has no other header.
        header = "header": ListHeader;
        /// The text. Over 4,096 Unicode code points is a warning.
        body = "body": InteractiveText, required;
        /// The small text below it. Over 60 Unicode code points is a warning.
        footer = "footer": InteractiveText;
        /// The list.
        action = "action": ListAction, required;
    }
}

wire_object! {
    /// The list of an interactive message.
    struct ListAction {
        /// The text on the button that opens the list. Not empty. Over 20 Unicode code points is a warning.
        button = "button": String, required;
        /// The sections of the list, at least one. Over 10 rows in all is a warning, and so is an id that is used twice.
        sections = "sections": List<Section>, required;
    }
}

wire_object! {
    /// A section of a list.
    struct Section {
        /// The title. Not empty, unless it is the only section. Over 24 Unicode code points is a warning.
        title = "title": String;
        /// The rows, at least one.
        rows = "rows": List<Row>, required;
    }
}

wire_object! {
    /// A row of a list: what the user chooses.
    pub struct Row {
        /// The id, which comes back when the user chooses the row. Not empty. Over 200 Unicode code points is a warning.
        id = "id": String, required;
        /// The text of the row. Not empty. Over 24 Unicode code points is a warning.
        title = "title": String, required;
        /// The small text below it. Over 72 Unicode code points is a warning.
        description = "description": String, set;
    }
}

/// The header of a list, which is a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct ListHeader(HeaderParameter);

impl Declared for ListHeader {
    const KIND: Kind = TEXT;
}

impl Read for ListHeader {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        HeaderParameter::read_one_of(&["text"], "the header of a list", value, path, findings).map(Self)
    }
}

impl InteractiveButtons {
    /// Sets what stands above the text: a text, or an [`Image`](crate::Image), [`Video`](crate::Video) or
    /// [`Document`](crate::Document). A text is not empty; over 60 Unicode code points is a warning.
    #[must_use]
    pub fn header(mut self, header: impl Into<HeaderParameter>) -> Self {
        self.header = Field::Given(header.into());
        self
    }

    /// Sets the small text below the body: not empty; over 60 Unicode code points is a warning.
    #[must_use]
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = text(footer);
        self
    }

    /// Adds a button. Its `id` comes back when the user presses it; `title` is the text on it. Neither is empty; over 256 code
    /// points of an id and over 20 of a title is a warning, and so are more than 3 buttons and a repeated id.
    #[must_use]
    pub fn button(mut self, id: impl Into<String>, title: impl Into<String>) -> Self {
        let reply = Reply { id: Field::Given(id.into()), title: Field::Given(title.into()) };
        let button = ReplyButton { kind: Field::Given(ReplyTag), reply: Field::Given(reply) };
        self.action.get_or_insert_default().buttons.get_or_insert_default().push(Field::Given(button));
        self
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        if let Some(header) = self.header.get() {
            header.check_in_interactive(limit::HEADER, &path.field("header"), findings);
        }
        check_text(&self.body, limit::BUTTONS_BODY, &path.field("body"), findings);
        check_text(&self.footer, limit::FOOTER, &path.field("footer"), findings);
        if let Some(action) = self.action.get() {
            action.check(&path.field("action"), findings);
        }
        self.require(path, findings);
    }
}

impl InteractiveList {
    /// Sets the text above the body: not empty; over 60 Unicode code points is a warning.
    #[must_use]
    pub fn header(mut self, header: impl Into<String>) -> Self {
        self.header = Field::Given(ListHeader(header.into().into()));
        self
    }

    /// Sets the small text below the body: not empty; over 60 Unicode code points is a warning.
    #[must_use]
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = text(footer);
        self
    }

    /// Adds a section with its rows, at least one. The title of the only section may be empty. Over 24 Unicode code points of a
    /// title is a warning, and so are more than 10 rows in all sections and a repeated id.
    #[must_use]
    pub fn section(mut self, title: impl Into<String>, rows: impl IntoIterator<Item = Row>) -> Self {
        let section = Section { title: Field::Given(title.into()), rows: Field::Given(list(rows)) };
        self.action.get_or_insert_default().sections.get_or_insert_default().push(Field::Given(section));
        self
    }

    /// Adds a row to the section that was added last. Returns `false` if there is none.
    #[doc(hidden)]
    pub fn push_row(&mut self, row: Row) -> bool {
        let sections = self.action.get_mut().and_then(|action| action.sections.get_mut());
        let section = sections.and_then(|sections| sections.last_mut()?.get_mut());
        section.map(|section| section.rows.get_or_insert_default().push(Field::Given(row))).is_some()
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        if let Some(ListHeader(header)) = self.header.get() {
            header.check_in_interactive(limit::HEADER, &path.field("header"), findings);
        }
        check_text(&self.body, limit::LIST_BODY, &path.field("body"), findings);
        check_text(&self.footer, limit::FOOTER, &path.field("footer"), findings);
        if let Some(action) = self.action.get() {
            action.check(&path.field("action"), findings);
        }
        self.require(path, findings);
    }
}

fn check_text(field: &Field<InteractiveText>, most: usize, path: &Path<'_>, findings: &mut Findings) {
    if let Some(text) = field.get() {
        rule::text_at_most(&text.text, most, &path.field("text"), findings);
        text.require(path, findings);
    }
}

/// A list of which `WhatsApp` takes no more than so many.
fn check_count(count: usize, most: usize, what: &str, path: &Path<'_>, findings: &mut Findings) {
    if count > most {
        let message = format!("has {count} {what}, of which WhatsApp takes at most {most}");
        findings.add(path, FindingCode::TooMany, message);
    }
}

impl ButtonsAction {
    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        if let Some(buttons) = self.buttons.get() {
            let path = path.field("buttons");
            rule::filled(buttons, &path, findings);
            check_count(buttons.len(), MOST_BUTTONS, "buttons", &path, findings);
            let mut ids = Seen::default();
            for (button, path) in buttons.iter().zip(path.items()) {
                let Some(button) = button.get() else { continue };
                if let Some(reply) = button.reply.get() {
                    reply.check(&mut ids, &path.field("reply"), findings);
                }
                button.require(&path, findings);
            }
        }
        self.require(path, findings);
    }
}

impl Reply {
    fn check<'r>(&'r self, ids: &mut Seen<&'r str>, path: &Path<'_>, findings: &mut Findings) {
        let id = path.field("id");
        rule::text_at_most(&self.id, limit::BUTTON_ID, &id, findings);
        ids.check(&self.id, &id, findings);
        rule::text_at_most(&self.title, limit::BUTTON_TITLE, &path.field("title"), findings);
        self.require(path, findings);
    }
}

impl ListAction {
    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        rule::text_at_most(&self.button, limit::LABEL, &path.field("button"), findings);
        if let Some(sections) = self.sections.get() {
            let path = path.field("sections");
            rule::filled(sections, &path, findings);
            let rows = sections.iter().filter_map(Field::get).filter_map(|section| section.rows.get());
            check_count(rows.map(Vec::len).sum(), MOST_ROWS, "rows in all", &path, findings);
            let mut ids = Seen::default();
            for (section, path) in sections.iter().zip(path.items()) {
                if let Some(section) = section.get() {
                    section.check(sections.len() == 1, &mut ids, &path, findings);
                }
            }
        }
        self.require(path, findings);
    }
}

impl Section {
    fn check<'s>(&'s self, is_only: bool, ids: &mut Seen<&'s str>, path: &Path<'_>, findings: &mut Findings) {
        let title = path.field("title");
        if !is_only {
            rule::text(&self.title, &title, findings);
        }
        rule::at_most(&self.title, limit::SECTION_TITLE, &title, findings);
        if let Some(rows) = self.rows.get() {
            let path = path.field("rows");
            rule::filled(rows, &path, findings);
            for (row, path) in rows.iter().zip(path.items()) {
                if let Some(row) = row.get() {
                    row.check(ids, &path, findings);
                }
            }
        }
        if !is_only {
            self.title.require(path, "title", findings);
        }
        self.require(path, findings);
    }
}

impl Row {
    /// A row with this id and this text.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: Field::Given(id.into()), title: Field::Given(title.into()), description: Field::Absent }
    }

    fn check<'r>(&'r self, ids: &mut Seen<&'r str>, path: &Path<'_>, findings: &mut Findings) {
        let id = path.field("id");
        rule::text_at_most(&self.id, limit::ROW_ID, &id, findings);
        ids.check(&self.id, &id, findings);
        rule::text_at_most(&self.title, limit::ROW_TITLE, &path.field("title"), findings);
        rule::at_most(&self.description, limit::ROW_DESCRIPTION, &path.field("description"), findings);
        self.require(path, findings);
    }
}

macro_rules! interactive_from {
    ($($type:ident => $variant:ident;)*) => {
        $(
            impl From<$type> for Interactive {
                fn from(message: $type) -> Self {
                    Self::$variant(message)
                }
            }

            impl From<$type> for Message {
                fn from(message: $type) -> Self {
                    Interactive::from(message).into()
                }
            }
        )*
    };
}

interactive_from! {
    InteractiveButtons => Buttons;
    InteractiveList => List;
}
