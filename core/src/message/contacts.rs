//! Contact cards.

use crate::finding::{FindingCode, Findings, Path};
use crate::json::{Kind, Value};
use crate::rule;
use crate::wire::{Field, List, list, string_setters, wire_object};

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contacts(List<Contact>);

impl Contacts {
    /// These cards; at least one.
    pub fn new(contacts: impl IntoIterator<Item = Contact>) -> Self {
        Self(list(contacts))
    }

    pub(super) fn into_list(self) -> List<Contact> {
        self.0
    }
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

pub(super) fn check_list(contacts: &List<Contact>, path: &Path<'_>, findings: &mut Findings) {
    rule::filled(contacts, path, findings);
    for (contact, path) in contacts.iter().zip(path.items()) {
        if let Some(contact) = contact.get() {
            contact.check(&path, findings);
        }
    }
}

wire_object! {
    /// A contact card. Every part is optional, but a card with nothing in it is an error.
    pub struct Contact {
        addresses = "addresses": List<Address>,
        birthday = "birthday": String,
        emails = "emails": List<Email>,
        name = "name": Name,
        org = "org": Org,
        phones = "phones": List<Phone>,
        urls = "urls": List<Url>,
    }
}

wire_object! {
    /// A postal address of a [`Contact`].
    pub struct Address {
        city = "city": String,
        country = "country": String,
        country_code = "countryCode": String,
        state = "state": String,
        street = "street": String,
        kind = "type": String,
        zip = "zip": String,
    }
}

wire_object! {
    /// An e-mail address of a [`Contact`].
    pub struct Email {
        email = "email": String,
        kind = "type": String,
    }
}

wire_object! {
    /// The name of a [`Contact`]: as it is shown, and at least one of its parts.
    pub struct Name {
        first_name = "firstName": String,
        formatted_name = "formattedName": String,
        last_name = "lastName": String,
        middle_name = "middleName": String,
        suffix = "suffix": String,
        prefix = "prefix": String,
    }
}

wire_object! {
    /// Where a [`Contact`] works.
    pub struct Org {
        company = "company": String,
        department = "department": String,
        title = "title": String,
    }
}

wire_object! {
    /// A phone number of a [`Contact`], written as people write it.
    pub struct Phone {
        phone = "phone": String,
        kind = "type": String,
        wa_id = "waId": String,
    }
}

wire_object! {
    /// A web address of a [`Contact`].
    pub struct Url {
        url = "url": String,
        kind = "type": String,
    }
}

/// Methods that add to a list.
macro_rules! adders {
    ($($(#[$doc:meta])* $method:ident($type:ident) to $field:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $method(mut self, $method: $type) -> Self {
                let mut items = match self.$field {
                    Field::Given(items) => items,
                    Field::Absent | Field::Unreadable => Vec::new(),
                };
                items.push(Field::Given($method));
                self.$field = Field::Given(items);
                self
            }
        )*
    };
}

impl Contact {
    /// An empty card.
    pub fn new() -> Self {
        Self::default()
    }

    /// The contact's name.
    #[must_use]
    pub fn name(mut self, name: Name) -> Self {
        self.name = Field::Given(name);
        self
    }

    /// Where the contact works.
    #[must_use]
    pub fn org(mut self, org: Org) -> Self {
        self.org = Field::Given(org);
        self
    }

    string_setters! {
        /// `YYYY-MM-DD`; anything else is a warning.
        birthday;
    }

    adders! {
        /// Adds a postal address.
        address(Address) to addresses;
        /// Adds an e-mail address.
        email(Email) to emails;
        /// Adds a phone number.
        phone(Phone) to phones;
        /// Adds a web address.
        url(Url) to urls;
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        // What we do not know is not nothing; it has its own finding.
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
    /// A name as it is shown. At least one of its parts must be given too.
    pub fn new(formatted_name: impl Into<String>) -> Self {
        Self { formatted_name: Field::Given(formatted_name.into()), ..Self::default() }
    }

    string_setters! {
        /// The given name.
        first_name;
        /// The family name.
        last_name;
        /// The middle name.
        middle_name;
        /// What follows the name, such as `Jr.`
        suffix;
        /// What precedes the name, such as `Dr.`
        prefix;
    }

    fn check(&self, path: &Path<'_>, findings: &mut Findings) {
        let parts = [&self.first_name, &self.last_name, &self.middle_name, &self.suffix, &self.prefix];
        if parts.iter().all(|part| part.is_absent()) {
            let message = "needs at least one of `firstName`, `lastName`, `middleName`, `suffix`, `prefix`";
            findings.add(path, FindingCode::Incomplete, message);
        }
        rule::text(&self.formatted_name, &path.field("formattedName"), findings);
        self.formatted_name.require(path, "formattedName", findings);
    }
}

impl Address {
    /// An empty address.
    pub fn new() -> Self {
        Self::default()
    }

    string_setters! {
        /// The city.
        city;
        /// The country's name.
        country;
        /// The country's ISO 3166 code of two letters.
        country_code;
        /// The state or region.
        state;
        /// Street and number.
        street;
        /// What kind of address it is (`type` on the wire), for example `HOME` or `WORK`.
        kind;
        /// The postal code.
        zip;
    }
}

impl Email {
    /// This e-mail address.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: Field::Given(email.into()), ..Self::default() }
    }

    string_setters! {
        /// What kind of address it is (`type` on the wire), for example `HOME` or `WORK`.
        kind;
    }
}

impl Org {
    /// An empty organisation.
    pub fn new() -> Self {
        Self::default()
    }

    string_setters! {
        /// The company.
        company;
        /// The department.
        department;
        /// The person's title.
        title;
    }
}

impl Phone {
    /// This number, written as people write it: `+1 (650) 555-1234`.
    pub fn new(phone: impl Into<String>) -> Self {
        Self { phone: Field::Given(phone.into()), ..Self::default() }
    }

    string_setters! {
        /// What kind of number it is (`type` on the wire), for example `HOME` or `WORK`.
        kind;
        /// The number's `WhatsApp` id, digits only.
        wa_id;
    }
}

impl Url {
    /// This web address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: Field::Given(url.into()), ..Self::default() }
    }

    string_setters! {
        /// What kind of address it is (`type` on the wire), for example `HOME` or `WORK`.
        kind;
    }
}
