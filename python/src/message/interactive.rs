//! Interactive messages.

use super::template::HeaderParameter;
use super::with;
use crate::class::class;
use crate::value::{List as Items, Object};

class! {
    /// An interactive message with reply buttons. The reply comes back in a received message.
    ///
    /// Over 3 buttons, and an id that is used twice, are warnings. Not in version 1.4.1 of LINK's document: it needs the client's
    /// setting `extensions`.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Buttons("Where to?", [linkwa.Button("home", "Home")], footer="Free of charge")
    ///     Buttons(body='Where to?', buttons=(Button(id='home', title='Home'),), footer='Free of charge')
    Buttons(body, buttons, *, header=None, footer=None) matches("body", "buttons") {
        /// The text. Not empty. Over 1,024 Unicode code points is a warning.
        needed body: String,
        /// The buttons: at least one.
        needed buttons: Items<Object<Button>>,
        /// What stands above the text: a `str`, which is not empty and of which over 60 Unicode code points is a warning, or an
        /// `Image`, `Video` or `Document`.
        optional header: Option<HeaderParameter>,
        /// The small text below it. Not empty. Over 60 Unicode code points is a warning.
        optional footer: Option<String>,
    }
    wire super::to_dict;
}

class! {
    /// A button of `Buttons`.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Button("home", "Home")
    ///     Button(id='home', title='Home')
    Button(id, title) matches("id", "title") {
        /// The id, which comes back when the user presses the button. Not empty. Over 256 Unicode code points is a warning.
        needed id: String,
        /// The text on the button. Not empty. Over 20 Unicode code points is a warning.
        needed title: String,
    }
}

class! {
    /// An interactive message with a list to choose from. The choice comes back in a received message.
    ///
    /// Over 10 rows in all sections, and an id that is used twice, are warnings. Not in version 1.4.1 of LINK's document: it needs
    /// the client's setting `extensions`.
    ///
    ///     >>> import linkwa
    ///     >>> shops = linkwa.Section("Shops", [linkwa.Row("oslo", "Oslo", description="Open until 20")])
    ///     >>> linkwa.List("Where to?", "Choose", [shops]).sections[0].rows[0].title
    ///     'Oslo'
    List(body, label, sections, *, header=None, footer=None) matches("body", "label", "sections") {
        /// The text. Not empty. Over 4,096 Unicode code points is a warning.
        needed body: String,
        /// The text on the button that opens the list. Not empty. Over 20 Unicode code points is a warning.
        needed label: String,
        /// The sections of the list: at least one.
        needed sections: Items<Object<Section>>,
        /// The text above the body. Not empty. Over 60 Unicode code points is a warning.
        optional header: Option<String>,
        /// The small text below the body. Not empty. Over 60 Unicode code points is a warning.
        optional footer: Option<String>,
    }
    wire super::to_dict;
}

class! {
    /// A section of a `List`.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Section("Shops", [linkwa.Row("oslo", "Oslo")])
    ///     Section(title='Shops', rows=(Row(id='oslo', title='Oslo'),))
    Section(title, rows) matches("title", "rows") {
        /// The title. Not empty, unless it is the only section. Over 24 Unicode code points is a warning.
        needed title: String,
        /// The rows: at least one.
        needed rows: Items<Object<Row>>,
    }
}

class! {
    /// A row of a `Section`: what the user chooses.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Row("oslo", "Oslo", description="Open until 20")
    ///     Row(id='oslo', title='Oslo', description='Open until 20')
    Row(id, title, *, description=None) matches("id", "title") {
        /// The id, which comes back when the user chooses the row. Not empty. Over 200 Unicode code points is a warning.
        needed id: String,
        /// The text of the row. Not empty. Over 24 Unicode code points is a warning.
        needed title: String,
        /// The small text below it. Over 72 Unicode code points is a warning.
        optional description: Option<String>,
    }
}

impl Buttons {
    pub(super) fn to_core(&self) -> linkwa::Interactive {
        type Message = linkwa::InteractiveButtons;
        let message = linkwa::Interactive::buttons(&self.body);
        let message = self.header.iter().fold(message, |message, header| message.header(header.to_core()));
        let buttons = self.buttons.iter().map(Object::get);
        let message = buttons.fold(message, |message, button| message.button(&button.id, &button.title));
        with(message, self.footer.as_ref(), Message::footer).into()
    }
}

impl List {
    pub(super) fn to_core(&self) -> linkwa::Interactive {
        type Message = linkwa::InteractiveList;
        let message = linkwa::Interactive::list(&self.body, &self.label);
        let message = with(message, self.header.as_ref(), Message::header);
        let message = self.sections.iter().map(Object::get).fold(message, |message, section| {
            message.section(&section.title, section.rows.iter().map(|row| row.get().to_core()))
        });
        with(message, self.footer.as_ref(), Message::footer).into()
    }
}

impl Row {
    fn to_core(&self) -> linkwa::Row {
        with(linkwa::Row::new(&self.id, &self.title), self.description.as_ref(), linkwa::Row::description)
    }
}
