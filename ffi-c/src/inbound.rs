//! What newer gateways pass on of users: files, places, contacts and choices.

use std::mem::MaybeUninit;

use linkwa::{Extra, InboundContact, InboundContactName, InboundLocation, InboundMedia, InboundPhone, ReceivedMessage};

use crate::arg::Text;
use crate::callback::linkwa_callback;
use crate::out::write_some;
use crate::panic::panic_boundary;
use crate::received::{message, text};

/// A part of a contact that a user sent, for linkwa_received_message_contact_extra_len() and the functions beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum linkwa_contact_part {
    /// The contact itself.
    LINKWA_CONTACT_WHOLE = 1,
    /// Its name.
    LINKWA_CONTACT_NAME = 2,
    /// One of its phones.
    LINKWA_CONTACT_PHONE = 3,
}

/// A [`linkwa_contact_part`] from C, which may be any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ContactPartNumber(pub(crate) u32);

fn contact(message: &ReceivedMessage, contact: usize) -> Option<InboundContact<'_>> {
    message.contacts()?.nth(contact)
}

fn phone(message: &ReceivedMessage, of: usize, phone: usize) -> Option<InboundPhone<'_>> {
    contact(message, of)?.phones()?.nth(phone)
}

/// The unknown fields of this part, if the message has it.
fn extra(callback: Option<&linkwa_callback>, of: usize, part: ContactPartNumber, at: usize) -> Option<Extra<'_>> {
    let message = message(callback)?;
    if part.0 == linkwa_contact_part::LINKWA_CONTACT_WHOLE as u32 {
        contact(message, of).map(InboundContact::extra)
    } else if part.0 == linkwa_contact_part::LINKWA_CONTACT_NAME as u32 {
        contact(message, of)?.name().map(InboundContactName::extra)
    } else if part.0 == linkwa_contact_part::LINKWA_CONTACT_PHONE as u32 {
        phone(message, of, at).map(InboundPhone::extra)
    } else {
        None
    }
}

/// Returns whether the user sent a file (`content.message.media` on the wire). Not in version 1.4.1 of LINK's document.
/// Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_media(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::media).is_some())
}

/// Returns the URL to fetch the file from that the user sent. Returns NULL if the message has no such field, and for
/// any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_media_source(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.media().and_then(InboundMedia::source)))
}

/// Returns the MIME type of the file (`type` on the wire), for example "image/jpeg". Returns NULL if the message has no
/// such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_media_kind(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.media().and_then(InboundMedia::kind)))
}

/// Returns the text below the file. Returns NULL if the message has no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_media_caption(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.media().and_then(InboundMedia::caption)))
}

/// Returns whether the user sent a place (`content.message.location` on the wire). Not in version 1.4.1 of LINK's
/// document. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_location(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::location).is_some())
}

/// Returns whether the message has the latitude of the place, -90 to 90 (not checked), and writes it to `degrees`,
/// which may be NULL. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_location_latitude(
    callback: Option<&linkwa_callback>,
    degrees: Option<&mut MaybeUninit<f64>>,
) -> bool {
    panic_boundary(|| {
        let location = message(callback).and_then(ReceivedMessage::location);
        write_some(degrees, location.and_then(InboundLocation::latitude))
    })
}

/// Returns whether the message has the longitude of the place, -180 to 180 (not checked), and writes it to `degrees`,
/// which may be NULL. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_location_longitude(
    callback: Option<&linkwa_callback>,
    degrees: Option<&mut MaybeUninit<f64>>,
) -> bool {
    panic_boundary(|| {
        let location = message(callback).and_then(ReceivedMessage::location);
        write_some(degrees, location.and_then(InboundLocation::longitude))
    })
}

/// Returns the name of the place. Returns NULL if the message has no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_location_name(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.location().and_then(InboundLocation::name)))
}

/// Returns the address of the place. Returns NULL if the message has no such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_location_address(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.location().and_then(InboundLocation::address)))
}

/// Returns the address of a web page about the place. Returns NULL if the message has no such field, and for any other
/// callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_location_url(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.location().and_then(InboundLocation::url)))
}

/// Returns whether the user sent contacts (`content.message.contacts` on the wire), even if there are 0 of them. Not in
/// version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_contacts(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::contacts).is_some())
}

/// Returns how many contacts the user sent. Returns 0 for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contacts_len(callback: Option<&linkwa_callback>) -> usize {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::contacts).map_or(0, |contacts| contacts.len()))
}

/// Returns whether the contact at this index (from 0) has a name, even an empty one. Returns false if the index is too
/// large, and for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_has_name(callback: Option<&linkwa_callback>, index: usize) -> bool {
    panic_boundary(|| message(callback).and_then(|message| contact(message, index)?.name()).is_some())
}

/// Returns the whole name of the contact at this index (from 0): `name.formatted_name` on the wire. Returns NULL if the
/// contact has no such field, if the index is too large, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_formatted_name(
    callback: Option<&linkwa_callback>,
    index: usize,
) -> Text<'_> {
    panic_boundary(|| text(callback, |message| contact(message, index)?.name()?.formatted_name()))
}

/// Returns whether the contact at this index (from 0) has a list of phones, even an empty one. Returns false if the
/// index is too large, and for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_has_phones(callback: Option<&linkwa_callback>, index: usize) -> bool {
    panic_boundary(|| message(callback).and_then(|message| contact(message, index)?.phones()).is_some())
}

/// Returns how many phones the contact at this index (from 0) has. Returns 0 if the index is too large, and for any
/// other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_phones_len(
    callback: Option<&linkwa_callback>,
    index: usize,
) -> usize {
    panic_boundary(|| {
        let phones = message(callback).and_then(|message| contact(message, index)?.phones());
        phones.map_or(0, |phones| phones.len())
    })
}

/// Returns the number of a phone of a contact, as the user has it in their phone; both indices count from 0. Returns
/// NULL if the phone has no such field, if an index is too large, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_phone(
    callback: Option<&linkwa_callback>,
    index: usize,
    phone_index: usize,
) -> Text<'_> {
    panic_boundary(|| text(callback, |message| phone(message, index, phone_index)?.phone()))
}

/// Returns how many fields of a contact, of its name, or of one of its phones are kept as received: fields that this
/// library does not know, and known fields of an unexpected shape. The indices count from 0; `phone_index` is used for
/// LINKWA_CONTACT_PHONE only. Returns 0 if the message has no such part, for NULL, and for a number that is not in
/// linkwa_contact_part.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_extra_len(
    callback: Option<&linkwa_callback>,
    index: usize,
    part: ContactPartNumber,
    phone_index: usize,
) -> usize {
    panic_boundary(|| extra(callback, index, part, phone_index).map_or(0, Extra::len))
}

/// Returns the name of a kept field of a contact, of its name, or of one of its phones: see
/// linkwa_received_message_contact_extra_len(). `extra_index` counts from 0, in the order received. Returns NULL if it
/// is too large, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_extra_name(
    callback: Option<&linkwa_callback>,
    index: usize,
    part: ContactPartNumber,
    phone_index: usize,
    extra_index: usize,
) -> Text<'_> {
    panic_boundary(|| {
        text(callback, |_| extra(callback, index, part, phone_index)?.at(extra_index).map(|(name, _)| name))
    })
}

/// Returns the JSON text of a kept field of a contact, of its name, or of one of its phones, exactly as received: see
/// linkwa_received_message_contact_extra_len(). `extra_index` counts from 0, in the order received. Returns NULL if it
/// is too large, and for NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_contact_extra_json(
    callback: Option<&linkwa_callback>,
    index: usize,
    part: ContactPartNumber,
    phone_index: usize,
    extra_index: usize,
) -> Text<'_> {
    panic_boundary(|| {
        text(callback, |_| extra(callback, index, part, phone_index)?.at(extra_index).map(|(_, json)| json))
    })
}

/// Returns whether the user chose something of an interactive message (`content.message.interactive` on the wire). Not
/// in version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_interactive(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(ReceivedMessage::interactive).is_some())
}

/// Returns what the user chose (`type` on the wire): "button_reply" or "list_reply". Returns NULL if the message has no
/// such field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_interactive_kind(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.interactive()?.kind()))
}

/// Returns whether the user pressed a button of an interactive message (`content.message.interactive.button_reply` on
/// the wire). Not in version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_button_reply(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(|message| message.interactive()?.button_reply()).is_some())
}

/// Returns the id that your message gave to the button that the user pressed. Returns NULL if the message has no such
/// field, and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_button_reply_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.interactive()?.button_reply()?.id()))
}

/// Returns the label of the button that the user pressed. Returns NULL if the message has no such field, and for any
/// other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_button_reply_title(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.interactive()?.button_reply()?.title()))
}

/// Returns whether the user chose a row of a list (`content.message.interactive.list_reply` on the wire). Not in
/// version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_has_list_reply(callback: Option<&linkwa_callback>) -> bool {
    panic_boundary(|| message(callback).and_then(|message| message.interactive()?.list_reply()).is_some())
}

/// Returns the id that your message gave to the row that the user chose. Returns NULL if the message has no such field,
/// and for any other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_list_reply_id(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.interactive()?.list_reply()?.id()))
}

/// Returns the title of the row that the user chose. Returns NULL if the message has no such field, and for any other
/// callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_list_reply_title(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.interactive()?.list_reply()?.title()))
}

/// Returns the description of the row that the user chose. Returns NULL if the message has no such field, and for any
/// other callback or NULL.
///
/// The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_received_message_list_reply_description(callback: Option<&linkwa_callback>) -> Text<'_> {
    panic_boundary(|| text(callback, |message| message.interactive()?.list_reply()?.description()))
}
