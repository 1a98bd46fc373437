//! Messages: Python objects converted to core's.

mod contacts;
mod interactive;
mod location;
mod media;
mod raw;
mod template;
mod text;

use pyo3::prelude::*;

use crate::callback::decode;
use crate::error::raise;
use crate::json::{LONG, mapping_text};
use crate::value::{Object, Place, items, wrong_type};

pub(crate) use contacts::{Address, Contact, Contacts, Email, Name, Org, Phone, Url};
pub(crate) use interactive::{Button, Buttons, List, Row, Section};
pub(crate) use location::Location;
pub(crate) use media::{Audio, Document, Image, Video};
pub(crate) use raw::Raw;
pub(crate) use template::{Body, Currency, DateTime, Header, QuickReplyButton, Template, UrlButton};
pub(crate) use text::Text;

/// Sets an optional value.
fn with<T>(object: T, value: Option<&String>, set: fn(T, String) -> T) -> T {
    match value {
        Some(value) => set(object, value.clone()),
        None => object,
    }
}

/// The argument `message` of every verb: an object of a message class, a mapping in wire form, or a sequence of them.
/// Invalid JSON is an error of core.
pub(crate) fn messages(value: &Bound<'_, PyAny>) -> PyResult<linkwa::Messages> {
    let place = Place::argument("message");
    if let Some(message) = message(value, place)? {
        return Ok(message.into());
    }
    let expected = "a message (linkwa.Text and the others), a mapping in wire form, or a sequence of them";
    let items = items(value)?.ok_or_else(|| wrong_type(place, expected, value))?;
    let mut found = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let place = place.item(index);
        let wrong = || wrong_type(place, "a message or a mapping in wire form", item);
        found.push(message(item, place)?.ok_or_else(wrong)?);
    }
    Ok(found.into())
}

/// The wire form of an object of a message class: a new dict.
fn to_dict<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let place = Place::argument("self");
    let message = message(object, place)?.ok_or_else(|| wrong_type(place, "a message", object))?;
    decode(py, &message.to_json().map_err(|error| raise(py, &error))?)
}

/// One message; `None` for other types.
fn message(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Option<linkwa::Message>> {
    let py = value.py();
    macro_rules! typed {
        ($($class:ident),*) => {
            $(
                if let Some(object) = Object::<$class>::of(value) {
                    return Ok(Some(object.get().to_core().into()));
                }
            )*
        };
    }
    typed!(Text, Template, Image, Document, Video, Audio, Location, Contacts, Buttons, List);
    if let Some(raw) = Object::<Raw>::of(value) {
        return raw.get().to_core().map(|raw| Some(raw.into())).map_err(|error| raise(py, &error));
    }
    let Some(text) = mapping_text(value, place)? else { return Ok(None) };
    let read = || linkwa::Message::from_json(&text);
    let read = if text.len() < LONG { read() } else { py.detach(read) };
    read.map(Some).map_err(|error| raise(py, &error))
}
