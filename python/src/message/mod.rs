//! Messages: what people write in Python, made into the core's.

mod contacts;
mod location;
mod media;
mod raw;
mod template;
mod text;

use pyo3::prelude::*;

use crate::json::{LONG, mapping_text};
use crate::value::{Object, Place, items, wrong_type};

pub(crate) use contacts::{Address, Contact, Contacts, Email, Name, Org, Phone, Url};
pub(crate) use location::Location;
pub(crate) use media::{Audio, Document, Image, Video};
pub(crate) use raw::Raw;
pub(crate) use template::{Body, Currency, DateTime, Header, QuickReplyButton, Template, UrlButton};
pub(crate) use text::Text;

/// Sets what was given.
fn with<T>(object: T, value: Option<&String>, set: fn(T, String) -> T) -> T {
    match value {
        Some(value) => set(object, value.clone()),
        None => object,
    }
}

/// The argument `message` of every verb: an object of a message class, a mapping in wire form, or a sequence of them. Inside
/// is the core's error for JSON that is none.
pub(crate) fn messages(value: &Bound<'_, PyAny>) -> PyResult<Result<linkwa::Messages, linkwa::Error>> {
    let place = Place::argument("message");
    if let Some(message) = message(value, place)? {
        return Ok(message.map(Into::into));
    }
    let wanted = "a message (linkwa.Text and the others), a mapping in wire form, or a sequence of them";
    let items = items(value)?.ok_or_else(|| wrong_type(place, wanted, value))?;
    let mut found = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = place.item(index);
        match message(item, place)? {
            Some(Ok(message)) => found.push(message),
            Some(Err(error)) => return Ok(Err(error)),
            None => return Err(wrong_type(place, "a message or a mapping in wire form", item)),
        }
    }
    Ok(Ok(found.into()))
}

/// One message; `None` if it is no such thing.
fn message(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Option<Result<linkwa::Message, linkwa::Error>>> {
    macro_rules! typed {
        ($($class:ident),*) => {
            $(
                if let Some(object) = Object::<$class>::of(value) {
                    return Ok(Some(Ok(object.get().to_core().into())));
                }
            )*
        };
    }
    typed!(Text, Template, Image, Document, Video, Audio, Location, Contacts);
    if let Some(raw) = Object::<Raw>::of(value) {
        return Ok(Some(raw.get().to_core().map(Into::into)));
    }
    let Some(text) = mapping_text(value, place)? else { return Ok(None) };
    let read = || linkwa::Message::from_json(&text);
    Ok(Some(if text.len() < LONG { read() } else { value.py().detach(read) }))
}

/// Until there is `build`: the whole request that these messages are sent in, for tests.
#[pyfunction(name = "_messages_json")]
pub(crate) fn messages_json(to: &Bound<'_, PyAny>, message: &Bound<'_, PyAny>) -> PyResult<String> {
    let refused = |error: linkwa::Error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string());
    let messages = messages(message)?.map_err(refused)?;
    let options = linkwa::SendOptions::new().source("+46000000000").ref_id("r");
    let request =
        linkwa::MessageRequest::new(crate::value::destinations(to)?, messages).platform("p", "pp").options(&options);
    Ok(String::from_utf8_lossy(&request.to_json().map_err(refused)?).into_owned())
}
