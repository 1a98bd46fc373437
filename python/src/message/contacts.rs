//! Contact cards.

use super::with;
use crate::class::class;
use crate::value::{List, Object};

class! {
    declared Contacts(contacts) matches("contacts") {
        needed contacts: List<Object<Contact>>,
    }
    wire super::to_dict;
}

class! {
    declared Contact(*, name=None, phones=None, emails=None, addresses=None, urls=None, org=None, birthday=None) matches() {
        optional name: Option<Object<Name>>,
        optional phones: List<Object<Phone>>,
        optional emails: List<Object<Email>>,
        optional addresses: List<Object<Address>>,
        optional urls: List<Object<Url>>,
        optional org: Option<Object<Org>>,
        optional birthday: Option<String>,
    }
}

class! {
    declared Name(formatted_name, *, first_name=None, last_name=None, middle_name=None, prefix=None, suffix=None)
    matches("formatted_name") {
        needed formatted_name: String,
        optional first_name: Option<String>,
        optional last_name: Option<String>,
        optional middle_name: Option<String>,
        optional prefix: Option<String>,
        optional suffix: Option<String>,
    }
}

class! {
    declared Phone(phone, *, r#type=None, wa_id=None) matches("phone") {
        needed phone: String,
        optional r#type: Option<String>,
        optional wa_id: Option<String>,
    }
}

class! {
    declared Email(email, *, r#type=None) matches("email") {
        needed email: String,
        optional r#type: Option<String>,
    }
}

class! {
    declared Url(url, *, r#type=None) matches("url") {
        needed url: String,
        optional r#type: Option<String>,
    }
}

class! {
    declared Address(*, street=None, city=None, state=None, zip=None, country=None, country_code=None, r#type=None) matches() {
        optional street: Option<String>,
        optional city: Option<String>,
        optional state: Option<String>,
        optional zip: Option<String>,
        optional country: Option<String>,
        optional country_code: Option<String>,
        optional r#type: Option<String>,
    }
}

class! {
    declared Org(*, company=None, department=None, title=None) matches() {
        optional company: Option<String>,
        optional department: Option<String>,
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
