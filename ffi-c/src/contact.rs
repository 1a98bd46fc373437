//! Contact cards.

use linkwa::{Address, Contact, Email, Name, Org, Phone, Url};

use crate::arg::{Text, require};
use crate::binding_error::BindingError;
use crate::builder::Builder;
use crate::out::into_raw;
use crate::panic::panic_boundary;
use crate::status::linkwa_status;

/// A contact card for linkwa_message_add_contact(). Every part is optional, but sending an empty card is an error. The
/// card remembers the first setter that fails, and so does a message that you add it to.
///
/// A builder: it belongs to one thread at a time (see THREADS).
#[derive(Debug)]
pub struct linkwa_contact(Builder<Contact>);

/// A contact card to change.
pub(crate) type MutContact<'a> = Option<&'a mut linkwa_contact>;

/// The name on a contact card. A NULL part is absent. Initialise the struct with zeros ("= {0}" in C, "= {}" in C++),
/// and set the parts that you have. Its layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_name<'a> {
    /// The name as shown. Required, with at least one of the other parts.
    pub formatted_name: Text<'a>,
    /// The given name.
    pub first_name: Text<'a>,
    /// The family name.
    pub last_name: Text<'a>,
    /// The middle name.
    pub middle_name: Text<'a>,
    /// What precedes the name, such as "Dr."
    pub prefix: Text<'a>,
    /// What follows the name, such as "Jr."
    pub suffix: Text<'a>,
}

/// A postal address on a contact card. A NULL part is absent. Initialise the struct with zeros ("= {0}" in C, "= {}" in
/// C++), and set the parts that you have. Its layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_address<'a> {
    /// Street and number.
    pub street: Text<'a>,
    /// The city.
    pub city: Text<'a>,
    /// The state or region.
    pub state: Text<'a>,
    /// The postal code.
    pub zip: Text<'a>,
    /// The country's name.
    pub country: Text<'a>,
    /// The country's two-letter code (ISO 3166).
    pub country_code: Text<'a>,
    /// The kind of address, for example "HOME" or "WORK".
    pub r#type: Text<'a>,
}

/// Where the contact works. A NULL part is absent. Initialise the struct with zeros ("= {0}" in C, "= {}" in C++), and
/// set the parts that you have. Its layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_org<'a> {
    /// The company.
    pub company: Text<'a>,
    /// The department.
    pub department: Text<'a>,
    /// The person's title.
    pub title: Text<'a>,
}

impl linkwa_contact {
    pub(crate) fn contact(&self) -> Result<Contact, BindingError> {
        self.0.get().cloned()
    }
}

fn change<A>(
    contact: MutContact<'_>,
    part: Result<A, BindingError>,
    update: impl FnOnce(Contact, A) -> Contact,
) -> linkwa_status {
    contact.map_or(linkwa_status::LINKWA_INVALID_ARGUMENT, |contact| contact.0.update(part, update))
}

/// Sets a part if it is given.
fn with<'a, T>(whole: T, part: Text<'a>, name: &str, set: impl FnOnce(T, &'a str) -> T) -> Result<T, BindingError> {
    Ok(match part.optional(name)? {
        Some(part) => set(whole, part),
        None => whole,
    })
}

/// Makes an empty contact card. Returns NULL only after an internal error.
///
/// The card is yours; free it with linkwa_contact_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_new() -> Option<Box<linkwa_contact>> {
    panic_boundary(|| into_raw(linkwa_contact(Builder::new(Contact::new()))))
}

/// Sets the contact's name. The texts are copied.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `name` is NULL, or a text in it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_set_name(contact: MutContact<'_>, name: Option<&linkwa_name<'_>>) -> linkwa_status {
    panic_boundary(|| change(contact, name_of(name), Contact::name))
}

fn name_of(name: Option<&linkwa_name<'_>>) -> Result<Name, BindingError> {
    let given = require(name, "name")?;
    let name = with(Name::default(), given.formatted_name, "name->formatted_name", |_, name| Name::new(name))?;
    let name = with(name, given.first_name, "name->first_name", Name::first_name)?;
    let name = with(name, given.last_name, "name->last_name", Name::last_name)?;
    let name = with(name, given.middle_name, "name->middle_name", Name::middle_name)?;
    let name = with(name, given.prefix, "name->prefix", Name::prefix)?;
    with(name, given.suffix, "name->suffix", Name::suffix)
}

/// Sets where the contact works. The texts are copied.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `org` is NULL, or a text in it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_set_org(contact: MutContact<'_>, org: Option<&linkwa_org<'_>>) -> linkwa_status {
    panic_boundary(|| change(contact, org_of(org), Contact::org))
}

fn org_of(org: Option<&linkwa_org<'_>>) -> Result<Org, BindingError> {
    let given = require(org, "org")?;
    let org = with(Org::new(), given.company, "org->company", Org::company)?;
    let org = with(org, given.department, "org->department", Org::department)?;
    with(org, given.title, "org->title", Org::title)
}

/// Sets the contact's birthday, "YYYY-MM-DD". Another form is a warning when the card is sent.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `birthday` is NULL, or `birthday` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_set_birthday(contact: MutContact<'_>, birthday: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(contact, birthday.get("birthday"), Contact::birthday))
}

/// Adds a postal address. The texts are copied.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `address` is NULL, or a text in it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_address(
    contact: MutContact<'_>,
    address: Option<&linkwa_address<'_>>,
) -> linkwa_status {
    panic_boundary(|| change(contact, address_of(address), Contact::address))
}

fn address_of(address: Option<&linkwa_address<'_>>) -> Result<Address, BindingError> {
    let given = require(address, "address")?;
    let address = with(Address::new(), given.street, "address->street", Address::street)?;
    let address = with(address, given.city, "address->city", Address::city)?;
    let address = with(address, given.state, "address->state", Address::state)?;
    let address = with(address, given.zip, "address->zip", Address::zip)?;
    let address = with(address, given.country, "address->country", Address::country)?;
    let address = with(address, given.country_code, "address->country_code", Address::country_code)?;
    with(address, given.r#type, "address->type", Address::kind)
}

/// Adds a phone number as people write it ("+1 (650) 555-1234"), its type ("HOME", "WORK"), and its WhatsApp id (digits
/// only). Each may be NULL, which means absent.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_phone(
    contact: MutContact<'_>,
    phone: Text<'_>,
    r#type: Text<'_>,
    wa_id: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| change(contact, phone_of(phone, r#type, wa_id), Contact::phone))
}

fn phone_of(phone: Text<'_>, kind: Text<'_>, wa_id: Text<'_>) -> Result<Phone, BindingError> {
    let phone = with(Phone::default(), phone, "phone", |_, phone| Phone::new(phone))?;
    let phone = with(phone, kind, "type", Phone::kind)?;
    with(phone, wa_id, "wa_id", Phone::wa_id)
}

/// Adds an e-mail address and its type ("HOME", "WORK"). Each may be NULL, which means absent.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_email(
    contact: MutContact<'_>,
    email: Text<'_>,
    r#type: Text<'_>,
) -> linkwa_status {
    panic_boundary(|| change(contact, email_of(email, r#type), Contact::email))
}

fn email_of(email: Text<'_>, kind: Text<'_>) -> Result<Email, BindingError> {
    let email = with(Email::default(), email, "email", |_, email| Email::new(email))?;
    with(email, kind, "type", Email::kind)
}

/// Adds a web address and its type ("HOME", "WORK"). Each may be NULL, which means absent.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_url(contact: MutContact<'_>, url: Text<'_>, r#type: Text<'_>) -> linkwa_status {
    panic_boundary(|| change(contact, url_of(url, r#type), Contact::url))
}

fn url_of(url: Text<'_>, kind: Text<'_>) -> Result<Url, BindingError> {
    let url = with(Url::default(), url, "url", |_, url| Url::new(url))?;
    with(url, kind, "type", Url::kind)
}

/// Frees a contact card. NULL is allowed. Messages that you added it to have their own copy.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_free(contact: Option<Box<linkwa_contact>>) {
    panic_boundary(|| drop(contact));
}
