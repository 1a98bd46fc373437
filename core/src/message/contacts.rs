//! Contact cards.

use serde::Serialize;

use crate::declared::{Declared, Kind as DeclaredKind};
use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Kind, Value};
use crate::rule;
use crate::wire::{Field, List, Read, WireObject, list, wire_object};

/// One or more contact cards in one message.
///
/// ```
/// use linkwa::{Contact, Contacts, Name, Phone};
///
/// let card = Contact::new()
///     .name(Name::new("John Smith").first_name("John").last_name("Smith"))
///     .phone(Phone::new("+1 (650) 555-1234").kind("WORK"));
/// let contacts = Contacts::new([card]);
/// # let _ = contacts;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Contacts(List<Contact>);

impl Contacts {
    /// These cards; at least one.
    pub fn new(contacts: impl IntoIterator<Item = Contact>) -> Self {
        Self(list(contacts))
    }

    pub(super) fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        rule::filled(&self.0, path, findings);
        for (contact, path) in self.0.iter().zip(path.items()) {
            if let Some(contact) = contact.get() {
                contact.check(&path, findings);
            }
        }
    }
}

impl Read for Contacts {
    fn read(value: Value<'_>, path: &Path<'_>, findings: &mut Findings) -> Option<Self> {
        Read::read(value, path, findings).map(Self)
    }
}

impl Declared for Contacts {
    const KIND: DeclaredKind = List::<Contact>::KIND;
    const DOC: &'static str = "One or more contact cards in one message.";
}

impl From<Contact> for Contacts {
    fn from(contact: Contact) -> Self {
        Self::new([contact])
    }
}

impl From<Vec<Contact>> for Contacts {
    fn from(contacts: Vec<Contact>) -> Self {
        Self::new(contacts)
    }
}

impl<const N: usize> From<[Contact; N]> for Contacts {
    fn from(contacts: [Contact; N]) -> Self {
        Self::new(contacts)
    }
}

wire_object! {
    /// A contact card. Every part is optional, but an empty card is an error.
    pub struct Contact {
        /// Postal addresses.
        addresses = "addresses": List<Address>, add address;
        /// The day of birth, `YYYY-MM-DD`. Another form is a warning.
        birthday = "birthday": String, set;
        /// E-mail addresses.
        emails = "emails": List<Email>, add email;
        /// The contact's name.
        name = "name": Name, set;
        /// Where the contact works.
        org = "org": Org, set;
        /// Phone numbers.
        phones = "phones": List<Phone>, add phone;
        /// Web addresses.
        urls = "urls": List<Url>, add url;
    }
}

wire_object! {
    /// A postal address of a [`Contact`].
    pub struct Address {
        /// The city.
        city = "city": String, set;
        /// The country's name.
        country = "country": String, set;
        /// The country's two-letter code (ISO 3166).
        country_code = "countryCode": String, set;
        /// The state or region.
        state = "state": String, set;
        /// Street and number.
        street = "street": String, set;
        /// The kind of address, for example `HOME` or `WORK`.
        kind = "type": String, set;
        /// The postal code.
        zip = "zip": String, set;
    }
}

wire_object! {
    /// An e-mail address of a [`Contact`].
    pub struct Email {
        /// The address.
        email = "email": String;
        /// The kind of address, for example `HOME` or `WORK`.
        kind = "type": String, set;
    }
}

wire_object! {
    /// The name of a [`Contact`]: as shown, and at least one of its parts.
    pub struct Name {
        /// The given name.
        first_name = "firstName": String, set;
        /// The name as shown.
        formatted_name = "formattedName": String, required;
        /// The family name.
        last_name = "lastName": String, set;
        /// The middle name.
        middle_name = "middleName": String, set;
        /// What follows the name, such as `Jr.`
        suffix = "suffix": String, set;
        /// What precedes the name, such as `Dr.`
        prefix = "prefix": String, set;
    }
}

wire_object! {
    /// Where a [`Contact`] works.
    pub struct Org {
        /// The company.
        company = "company": String, set;
        /// The department.
        department = "department": String, set;
        /// The person's title.
        title = "title": String, set;
    }
}

wire_object! {
    /// A phone number of a [`Contact`], written as people write it.
    pub struct Phone {
        /// The number: `+1 (650) 555-1234`.
        phone = "phone": String;
        /// The kind of number, for example `HOME` or `WORK`.
        kind = "type": String, set;
        /// The number's `WhatsApp` id, digits only.
        wa_id = "waId": String, set;
    }
}

wire_object! {
    /// A web address of a [`Contact`].
    pub struct Url {
        /// The address.
        url = "url": String;
        /// The kind of address, for example `HOME` or `WORK`.
        kind = "type": String, set;
    }
}

impl Contact {
    /// An empty card.
    pub fn new() -> Self {
        Self::default()
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        // An unknown field is not empty; it has its own finding.
        if self.is_empty() && !path.value().is_some_and(has_scalar) {
            findings.add(path, FindingCode::Empty, "a contact must have something in it");
        }
        if self.birthday.get().is_some_and(|day| !rule::is_real_day(day)) {
            let message = "should be a day that exists, written YYYY-MM-DD";
            findings.add(&path.field("birthday"), FindingCode::InvalidBirthday, message);
        }
        if let Some(name) = self.name.get() {
            name.check(&path.field("name"), findings);
        }
    }

    fn is_empty(&self) -> bool {
        self.birthday.is_absent()
            && self.name.is_absent()
            && is_blank(&self.org, |org| *org == Org::default())
            && is_blank(&self.addresses, |list| has_nothing(list))
            && is_blank(&self.emails, |list| has_nothing(list))
            && is_blank(&self.phones, |list| has_nothing(list))
            && is_blank(&self.urls, |list| has_nothing(list))
    }
}

/// Whether there is anything in a JSON value, however deep, that is not `null`. (It is nested 64 levels at most.)
fn has_scalar(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::Object => value.members().any(|member| has_scalar(member.value)),
        Kind::Array => value.items().any(has_scalar),
        _ => true,
    }
}

fn is_blank<T>(field: &Field<T>, has_nothing: impl FnOnce(&T) -> bool) -> bool {
    match field {
        Field::Absent => true,
        Field::Unreadable => false,
        Field::Given(value) => has_nothing(value),
    }
}

fn has_nothing<T: Default + PartialEq>(list: &[Field<T>]) -> bool {
    list.iter().all(|item| is_blank(item, |item| *item == T::default()))
}

impl Name {
    /// A name as shown. At least one of its parts is required too.
    pub fn new(formatted_name: impl Into<String>) -> Self {
        Self { formatted_name: Field::Given(formatted_name.into()), ..Self::default() }
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        let parts = [&self.first_name, &self.last_name, &self.middle_name, &self.suffix, &self.prefix];
        if parts.iter().all(|part| part.is_absent()) {
            let message = "needs at least one of `firstName`, `lastName`, `middleName`, `suffix`, `prefix`";
            findings.add(path, FindingCode::Incomplete, message);
        }
        rule::text(&self.formatted_name, &path.field("formattedName"), findings);
        self.require(path, findings);
    }
}

impl Address {
    /// An empty address.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Email {
    /// This e-mail address.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: Field::Given(email.into()), ..Self::default() }
    }
}

impl Org {
    /// An empty organisation.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Phone {
    /// This number, written as people write it: `+1 (650) 555-1234`.
    pub fn new(phone: impl Into<String>) -> Self {
        Self { phone: Field::Given(phone.into()), ..Self::default() }
    }
}

impl Url {
    /// This web address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: Field::Given(url.into()), ..Self::default() }
    }
}
