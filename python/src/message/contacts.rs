//! Contact cards.

use super::with;
use crate::class::class;
use crate::value::{List, Object};

class! {
    /// One or more contact cards in one message. No card at all is an error.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Contacts([linkwa.Contact(phones=[linkwa.Phone("+1 (650) 555-1234")])])
    ///     Contacts(contacts=(Contact(phones=(Phone(phone='+1 (650) 555-1234'),)),))
    Contacts(contacts) matches("contacts") {
        /// The cards; at least one.
        needed contacts: List<Object<Contact>>,
    }
}

class! {
    /// A contact card. Every part is optional, but a card with nothing in it is an error (M-3).
    ///
    ///     >>> import linkwa
    ///     >>> card = linkwa.Contact(
    ///     ...     name=linkwa.Name("Anna Berg", first_name="Anna"),
    ///     ...     phones=[linkwa.Phone("+46 70 000 00 01", type="WORK")],
    ///     ...     birthday="1977-02-25",
    ///     ... )
    ///     >>> card.phones[0].type
    ///     'WORK'
    Contact(*, name=None, phones=None, emails=None, addresses=None, urls=None, org=None, birthday=None) matches() {
        /// The contact's name.
        optional name: Option<Object<Name>>,
        /// Phone numbers.
        optional phones: List<Object<Phone>>,
        /// E-mail addresses.
        optional emails: List<Object<Email>>,
        /// Postal addresses.
        optional addresses: List<Object<Address>>,
        /// Web addresses.
        optional urls: List<Object<Url>>,
        /// Where the contact works.
        optional org: Option<Object<Org>>,
        /// `YYYY-MM-DD`; anything else is a warning.
        optional birthday: Option<String>,
    }
}

class! {
    /// The name of a `Contact`: as it is shown, and at least one of its parts. `formatted_name` alone is an error (M-3).
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Name("Anna Berg", first_name="Anna", last_name="Berg")
    ///     Name(formatted_name='Anna Berg', first_name='Anna', last_name='Berg')
    Name(formatted_name, *, first_name=None, last_name=None, middle_name=None, prefix=None, suffix=None)
    matches("formatted_name") {
        /// The name as it is shown.
        needed formatted_name: String,
        /// The given name.
        optional first_name: Option<String>,
        /// The family name.
        optional last_name: Option<String>,
        /// The middle name.
        optional middle_name: Option<String>,
        /// What precedes the name, such as `Dr.`
        optional prefix: Option<String>,
        /// What follows the name, such as `Jr.`
        optional suffix: Option<String>,
    }
}

class! {
    /// A phone number of a `Contact`, written as people write it; nothing about it is checked.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Phone("+1 (650) 555-1234", type="WORK", wa_id="16505551234")
    ///     Phone(phone='+1 (650) 555-1234', type='WORK', wa_id='16505551234')
    Phone(phone, *, r#type=None, wa_id=None) matches("phone") {
        /// The number: `+1 (650) 555-1234`.
        needed phone: String,
        /// What kind of number it is, for example `HOME` or `WORK`.
        optional r#type: Option<String>,
        /// The number's WhatsApp id, digits only.
        optional wa_id: Option<String>,
    }
}

class! {
    /// An e-mail address of a `Contact`; nothing about it is checked.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Email("anna@example.com", type="WORK")
    ///     Email(email='anna@example.com', type='WORK')
    Email(email, *, r#type=None) matches("email") {
        /// The address.
        needed email: String,
        /// What kind of address it is, for example `HOME` or `WORK`.
        optional r#type: Option<String>,
    }
}

class! {
    /// A web address of a `Contact`; nothing about it is checked.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Url("https://example.com", type="WORK")
    ///     Url(url='https://example.com', type='WORK')
    Url(url, *, r#type=None) matches("url") {
        /// The address.
        needed url: String,
        /// What kind of address it is, for example `HOME` or `WORK`.
        optional r#type: Option<String>,
    }
}

class! {
    /// A postal address of a `Contact`; nothing about it is checked.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Address(street="Drottninggatan 1", city="Stockholm", country_code="SE")
    ///     Address(street='Drottninggatan 1', city='Stockholm', country_code='SE')
    Address(*, street=None, city=None, state=None, zip=None, country=None, country_code=None, r#type=None) matches() {
        /// Street and number.
        optional street: Option<String>,
        /// The city.
        optional city: Option<String>,
        /// The state or region.
        optional state: Option<String>,
        /// The postal code.
        optional zip: Option<String>,
        /// The country's name.
        optional country: Option<String>,
        /// The country's ISO 3166 code of two letters.
        optional country_code: Option<String>,
        /// What kind of address it is, for example `HOME` or `WORK`.
        optional r#type: Option<String>,
    }
}

class! {
    /// Where a `Contact` works.
    ///
    ///     >>> import linkwa
    ///     >>> linkwa.Org(company="Example", title="Engineer")
    ///     Org(company='Example', title='Engineer')
    Org(*, company=None, department=None, title=None) matches() {
        /// The company.
        optional company: Option<String>,
        /// The department.
        optional department: Option<String>,
        /// The person's title.
        optional title: Option<String>,
    }
}

impl Contacts {
    pub(super) fn to_core(&self) -> linkwa::Contacts {
        linkwa::Contacts::new(self.contacts.iter().map(|contact| contact.get().to_core()))
    }
}

impl Contact {
    fn to_core(&self) -> linkwa::Contact {
        type Card = linkwa::Contact;
        let card = Card::new();
        let card = self.name.iter().fold(card, |card, name| card.name(name.get().to_core()));
        let card = self.phones.iter().fold(card, |card, phone| card.phone(phone.get().to_core()));
        let card = self.emails.iter().fold(card, |card, email| card.email(email.get().to_core()));
        let card = self.addresses.iter().fold(card, |card, address| card.address(address.get().to_core()));
        let card = self.urls.iter().fold(card, |card, url| card.url(url.get().to_core()));
        let card = self.org.iter().fold(card, |card, org| card.org(org.get().to_core()));
        with(card, self.birthday.as_ref(), Card::birthday)
    }
}

impl Name {
    fn to_core(&self) -> linkwa::Name {
        let name = linkwa::Name::new(&self.formatted_name);
        let name = with(name, self.first_name.as_ref(), linkwa::Name::first_name);
        let name = with(name, self.last_name.as_ref(), linkwa::Name::last_name);
        let name = with(name, self.middle_name.as_ref(), linkwa::Name::middle_name);
        let name = with(name, self.prefix.as_ref(), linkwa::Name::prefix);
        with(name, self.suffix.as_ref(), linkwa::Name::suffix)
    }
}

impl Phone {
    fn to_core(&self) -> linkwa::Phone {
        let phone = with(linkwa::Phone::new(&self.phone), self.r#type.as_ref(), linkwa::Phone::kind);
        with(phone, self.wa_id.as_ref(), linkwa::Phone::wa_id)
    }
}

impl Email {
    fn to_core(&self) -> linkwa::Email {
        with(linkwa::Email::new(&self.email), self.r#type.as_ref(), linkwa::Email::kind)
    }
}

impl Url {
    fn to_core(&self) -> linkwa::Url {
        with(linkwa::Url::new(&self.url), self.r#type.as_ref(), linkwa::Url::kind)
    }
}

impl Address {
    fn to_core(&self) -> linkwa::Address {
        let address = with(linkwa::Address::new(), self.street.as_ref(), linkwa::Address::street);
        let address = with(address, self.city.as_ref(), linkwa::Address::city);
        let address = with(address, self.state.as_ref(), linkwa::Address::state);
        let address = with(address, self.zip.as_ref(), linkwa::Address::zip);
        let address = with(address, self.country.as_ref(), linkwa::Address::country);
        let address = with(address, self.country_code.as_ref(), linkwa::Address::country_code);
        with(address, self.r#type.as_ref(), linkwa::Address::kind)
    }
}

impl Org {
    fn to_core(&self) -> linkwa::Org {
        let org = with(linkwa::Org::new(), self.company.as_ref(), linkwa::Org::company);
        let org = with(org, self.department.as_ref(), linkwa::Org::department);
        with(org, self.title.as_ref(), linkwa::Org::title)
    }
}
