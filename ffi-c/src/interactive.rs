//! Interactive messages.

use linkwa::{Interactive, Row};

use crate::arg::{Text, both};
use crate::binding_error::BindingError;
use crate::message::{Content, MutMessage, change, linkwa_message, make, update};
use crate::panic::panic_boundary;
use crate::status::linkwa_status;

/// Makes an interactive message with reply buttons below a text, which must not be empty; over 1,024 characters are a
/// warning. Add at least one with linkwa_message_add_button(). It may have a header and a footer: see
/// linkwa_message_add_header_text(), the functions beside it, and linkwa_message_set_footer().
///
/// Not in version 1.4.1 of LINK's document: it needs linkwa_config_set_extensions().
///
/// Returns NULL only after an internal error: a `body` that is NULL or not UTF-8 is an error that the message
/// remembers. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_interactive_buttons(body: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| make(c"interactive", body.get("body").map(|body| Content::Buttons(Interactive::buttons(body)))))
}

/// Makes an interactive message with a list to choose from, below a text, which must not be empty; over 4,096 characters
/// are a warning. `label` is the text on the button that opens the list: not empty; over 20 characters are a warning. Add
/// at least one section with linkwa_message_add_section(), and its rows with linkwa_message_add_row(). It may have a
/// header, which is a text, and a footer: see linkwa_message_add_header_text() and linkwa_message_set_footer().
///
/// Not in version 1.4.1 of LINK's document: it needs linkwa_config_set_extensions().
///
/// Returns NULL only after an internal error: an argument that is NULL or not UTF-8 is an error that the message
/// remembers. The message is yours; free it with linkwa_message_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_interactive_list(body: Text<'_>, label: Text<'_>) -> Option<Box<linkwa_message>> {
    panic_boundary(|| {
        let arguments = both(body.get("body"), label.get("label"));
        make(c"interactive", arguments.map(|(body, label)| Content::List(Interactive::list(body, label))))
    })
}

/// Adds a button to an interactive message of linkwa_message_interactive_buttons(). `id` comes back in the received
/// message when the user presses the button, and `title` is the text on it; neither may be empty. Over 256 characters of
/// an id, over 20 of a title, more than 3 buttons and a repeated id are warnings.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or a text is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_button(message: MutMessage<'_>, id: Text<'_>, title: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "reply button", both(id.get("id"), title.get("title")), |content, (id, title)| match content {
            Content::Buttons(buttons) => update(buttons, |buttons| buttons.button(id, title)),
            _ => false,
        })
    })
}

/// Adds a section to an interactive message of linkwa_message_interactive_list(). The title of the only section may be
/// NULL or empty; with several sections each has one. Over 24 characters are a warning.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `title` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_section(message: MutMessage<'_>, title: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "section", title.optional("title"), |content, title| match content {
            Content::List(list) => update(list, |list| list.section(title.unwrap_or_default(), [])),
            _ => false,
        })
    })
}

/// Adds a row to the section that was added last. `id` comes back in the received message when the user chooses the row,
/// and `title` is its text; neither may be empty. `description` is the small text below it, or NULL. Over 200 characters
/// of an id, over 24 of a title, over 72 of a description, more than 10 rows in all and a repeated id are warnings.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL, of another type or without a section, `id` or `title` is NULL,
/// or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_add_row(
    message: MutMessage<'_>,
    id: Text<'_>,
    title: Text<'_>,
    description: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| {
        change(message, "section to add a row to", row(id, title, description), |content, row| match content {
            Content::List(list) => list.push_row(row),
            _ => false,
        })
    })
}

fn row(id: Text<'_>, title: Text<'_>, description: Text<'_>) -> Result<Row, BindingError> {
    let row = Row::new(id.get("id")?, title.get("title")?);
    Ok(match description.optional("description")? {
        Some(description) => row.description(description),
        None => row,
    })
}

/// Sets the small text below the body of an interactive message: not empty; over 60 characters are a warning.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not interactive, or `footer` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_message_set_footer(message: MutMessage<'_>, footer: Text<'_>) -> linkwa_status {
    panic_boundary(|| {
        change(message, "footer", footer.get("footer"), |content, footer| match content {
            Content::Buttons(buttons) => update(buttons, |buttons| buttons.footer(footer)),
            Content::List(list) => update(list, |list| list.footer(footer)),
            _ => false,
        })
    })
}
