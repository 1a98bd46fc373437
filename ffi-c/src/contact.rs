//! Contact cards.

use linkwa::{Address, Contact, Email, Name, Org, Phone, Url};

use crate::guard;
use crate::handle::{Draft, Failure, Problem, Text, given, hand_over, set};
use crate::status::linkwa_status;

/// A contact card for linkwa_message_add_contact(). Every part may be left out, but a card with nothing in it is an
/// error when it is sent (rule M-3). The first setter that fails is remembered, and a message that the card is added to
/// remembers it then. Threads may share the card.
#[derive(Debug)]
pub struct linkwa_contact(Draft<Contact>);

/// A contact card that is changed.
pub(crate) type MutContact<'a> = Option<&'a linkwa_contact>;

/// The name on a contact card. NULL: absent. Initialise it with zeros ("= {0}" in C, "= {}" in C++), and set what there
/// is; this layout never changes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct linkwa_name<'a> {
    /// The name as it is shown; needed, with at least one of the others (rule M-3).
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

/// A postal address on a contact card. NULL: absent. Initialise it with zeros ("= {0}" in C, "= {}" in C++), and
/// set what there is; this layout never changes.
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
    /// The country's ISO 3166 code of two letters.
    pub country_code: Text<'a>,
    /// What kind of address it is, for example "HOME" or "WORK".
    pub r#type: Text<'a>,
}

/// Where the person of a contact card works. NULL: absent. Initialise it with zeros ("= {0}" in C, "= {}" in C++), and
/// set what there is; this layout never changes.
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
    pub(crate) fn contact(&self) -> Result<Contact, Failure> {
        self.0.read(Contact::clone)
    }
}

fn change<A: Clone>(
    contact: MutContact<'_>,
    part: Result<A, Problem>,
    change: impl Fn(Contact, A) -> Contact,
) -> linkwa_status {
    set(contact, |contact| &contact.0, part, change)
}

/// Sets a part of something if it is given.
fn with<'a, T>(whole: T, part: Text<'a>, name: &str, set: impl FnOnce(T, &'a str) -> T) -> Result<T, Problem> {
    Ok(match part.optional(name)? {
        Some(part) => set(whole, part),
        None => whole,
    })
}

/// Makes an empty contact card. NULL only after an internal error.
///
/// It is the caller's, to be freed with linkwa_contact_free(). Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_new() -> Option<Box<linkwa_contact>> {
    guard::plain(|| hand_over(linkwa_contact(Draft::new(Contact::new()))))
}

/// Sets the contact's name, which is copied.
///
/// Threads may share the card.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `name` is NULL, or a text in it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_set_name(contact: MutContact<'_>, name: Option<&linkwa_name<'_>>) -> linkwa_status {
    guard::plain(|| change(contact, name_of(name), Contact::name))
}

fn name_of(name: Option<&linkwa_name<'_>>) -> Result<Name, Problem> {
    let given = given(name, "name")?;
    let name = with(Name::default(), given.formatted_name, "name->formatted_name", |_, name| Name::new(name))?;
    let name = with(name, given.first_name, "name->first_name", Name::first_name)?;
    let name = with(name, given.last_name, "name->last_name", Name::last_name)?;
    let name = with(name, given.middle_name, "name->middle_name", Name::middle_name)?;
    let name = with(name, given.prefix, "name->prefix", Name::prefix)?;
    with(name, given.suffix, "name->suffix", Name::suffix)
}

/// Sets where the contact works, which is copied.
///
/// Threads may share the card.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `org` is NULL, or a text in it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_set_org(contact: MutContact<'_>, org: Option<&linkwa_org<'_>>) -> linkwa_status {
    guard::plain(|| change(contact, org_of(org), Contact::org))
}

fn org_of(org: Option<&linkwa_org<'_>>) -> Result<Org, Problem> {
    let given = given(org, "org")?;
    let org = with(Org::new(), given.company, "org->company", Org::company)?;
    let org = with(org, given.department, "org->department", Org::department)?;
    with(org, given.title, "org->title", Org::title)
}

/// Sets the contact's birthday: "YYYY-MM-DD"; anything else is a warning when it is sent (rule M-3).
///
/// Threads may share the card.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `birthday` is NULL, or `birthday` is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_set_birthday(contact: MutContact<'_>, birthday: Text<'_>) -> linkwa_status {
    guard::plain(|| change(contact, birthday.get("birthday"), Contact::birthday))
}

/// Adds a postal address, which is copied.
///
/// Threads may share the card.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` or `address` is NULL, or a text in it is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_address(
    contact: MutContact<'_>,
    address: Option<&linkwa_address<'_>>,
) -> linkwa_status {
    guard::plain(|| change(contact, address_of(address), Contact::address))
}

fn address_of(address: Option<&linkwa_address<'_>>) -> Result<Address, Problem> {
    let given = given(address, "address")?;
    let address = with(Address::new(), given.street, "address->street", Address::street)?;
    let address = with(address, given.city, "address->city", Address::city)?;
    let address = with(address, given.state, "address->state", Address::state)?;
    let address = with(address, given.zip, "address->zip", Address::zip)?;
    let address = with(address, given.country, "address->country", Address::country)?;
    let address = with(address, given.country_code, "address->country_code", Address::country_code)?;
    with(address, given.r#type, "address->type", Address::kind)
}

/// Adds a phone number, written as people write it ("+1 (650) 555-1234"), its type ("HOME", "WORK"), and its WhatsApp
/// id (digits only). Each may be NULL: absent.
///
/// Threads may share the card.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_phone(
    contact: MutContact<'_>,
    phone: Text<'_>,
    r#type: Text<'_>,
    wa_id: Text<'_>,
) -> linkwa_status {
    guard::plain(|| change(contact, phone_of(phone, r#type, wa_id), Contact::phone))
}

fn phone_of(phone: Text<'_>, kind: Text<'_>, wa_id: Text<'_>) -> Result<Phone, Problem> {
    let phone = with(Phone::default(), phone, "phone", |_, phone| Phone::new(phone))?;
    let phone = with(phone, kind, "type", Phone::kind)?;
    with(phone, wa_id, "wa_id", Phone::wa_id)
}

/// Adds an e-mail address and its type ("HOME", "WORK"). Each may be NULL: absent.
///
/// Threads may share the card.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_email(
    contact: MutContact<'_>,
    email: Text<'_>,
    r#type: Text<'_>,
) -> linkwa_status {
    guard::plain(|| change(contact, email_of(email, r#type), Contact::email))
}

fn email_of(email: Text<'_>, kind: Text<'_>) -> Result<Email, Problem> {
    let email = with(Email::default(), email, "email", |_, email| Email::new(email))?;
    with(email, kind, "type", Email::kind)
}

/// Adds a web address and its type ("HOME", "WORK"). Each may be NULL: absent.
///
/// Threads may share the card.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_add_url(contact: MutContact<'_>, url: Text<'_>, r#type: Text<'_>) -> linkwa_status {
    guard::plain(|| change(contact, url_of(url, r#type), Contact::url))
}

fn url_of(url: Text<'_>, kind: Text<'_>) -> Result<Url, Problem> {
    let url = with(Url::default(), url, "url", |_, url| Url::new(url))?;
    with(url, kind, "type", Url::kind)
}

/// Frees a contact card. NULL is fine. Messages that it was added to have their copy.
///
/// No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_contact_free(contact: Option<Box<linkwa_contact>>) {
    guard::plain(|| drop(contact));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::sent;
    use crate::message::{linkwa_message_add_contact, linkwa_message_contacts};

    const OK: linkwa_status = linkwa_status::LINKWA_OK;
    const INVALID_ARGUMENT: linkwa_status = linkwa_status::LINKWA_INVALID_ARGUMENT;
    const NULL: Text<'static> = Text::NULL;

    const NO_NAME: linkwa_name<'static> = linkwa_name {
        formatted_name: NULL,
        first_name: NULL,
        last_name: NULL,
        middle_name: NULL,
        prefix: NULL,
        suffix: NULL,
    };
    const NO_ADDRESS: linkwa_address<'static> = linkwa_address {
        street: NULL,
        city: NULL,
        state: NULL,
        zip: NULL,
        country: NULL,
        country_code: NULL,
        r#type: NULL,
    };
    const NO_ORG: linkwa_org<'static> = linkwa_org { company: NULL, department: NULL, title: NULL };

    type Setter<'a> = &'a dyn Fn(MutContact<'_>) -> linkwa_status;

    /// The card that these made.
    fn card(setters: &[Setter<'_>]) -> String {
        let contact = linkwa_contact_new();
        for set in setters {
            assert_eq!(set(contact.as_deref()), OK);
        }
        let message = linkwa_message_contacts();
        assert_eq!(linkwa_message_add_contact(message.as_deref(), contact.as_deref()), OK);
        linkwa_contact_free(contact);
        let json = sent(message.as_deref());
        let cards = json.strip_prefix(r#"[{"type":"contacts","contacts":["#).expect("a list of cards");
        cards.strip_suffix("]}]").expect("the end").to_owned()
    }

    #[test]
    fn a_whole_card_is_written_whole() {
        let t = Text::new;
        let name = linkwa_name {
            formatted_name: t(c"Dr. John Q. Smith Jr."),
            first_name: t(c"John"),
            last_name: t(c"Smith"),
            middle_name: t(c"Q."),
            prefix: t(c"Dr."),
            suffix: t(c"Jr."),
        };
        let address = linkwa_address {
            street: t(c"a street"),
            city: t(c"a city"),
            state: t(c"a state"),
            zip: t(c"a zip"),
            country: t(c"a country"),
            country_code: t(c"us"),
            r#type: t(c"HOME"),
        };
        let org = linkwa_org { company: t(c"a company"), department: t(c"a department"), title: t(c"a title") };
        let written = card(&[
            &|c| linkwa_contact_set_name(c, Some(&NO_NAME)),
            &|c| linkwa_contact_set_name(c, Some(&name)),
            &|c| linkwa_contact_set_org(c, Some(&org)),
            &|c| linkwa_contact_set_birthday(c, t(c"1977-02-25")),
            &|c| linkwa_contact_add_address(c, Some(&address)),
            &|c| linkwa_contact_add_phone(c, t(c"+1 (650) 555-1234"), t(c"WORK"), t(c"16505551234")),
            &|c| linkwa_contact_add_email(c, t(c"john@example.com"), t(c"HOME")),
            &|c| linkwa_contact_add_url(c, t(c"https://example.com"), t(c"WORK")),
            &|c| linkwa_contact_add_phone(c, t(c"2"), NULL, NULL),
        ]);
        let wanted = concat!(
            r#"{"addresses":[{"city":"a city","country":"a country","countryCode":"us","state":"a state","#,
            r#""street":"a street","type":"HOME","zip":"a zip"}],"birthday":"1977-02-25","#,
            r#""emails":[{"email":"john@example.com","type":"HOME"}],"#,
            r#""name":{"firstName":"John","formattedName":"Dr. John Q. Smith Jr.","lastName":"Smith","#,
            r#""middleName":"Q.","suffix":"Jr.","prefix":"Dr."},"#,
            r#""org":{"company":"a company","department":"a department","title":"a title"},"#,
            r#""phones":[{"phone":"+1 (650) 555-1234","type":"WORK","waId":"16505551234"},{"phone":"2"}],"#,
            r#""urls":[{"url":"https://example.com","type":"WORK"}]}"#
        );
        assert_eq!(written, wanted);
    }

    #[test]
    fn what_is_null_is_absent() {
        let birthday: Setter<'_> = &|c| linkwa_contact_set_birthday(c, Text::new(c"1977-02-25"));
        let name = linkwa_name { formatted_name: Text::new(c"F"), last_name: Text::new(c"L"), ..NO_NAME };
        let written: [(Setter<'_>, &str, &str); 9] = [
            (&|c| linkwa_contact_set_name(c, Some(&name)), "", r#","name":{"formattedName":"F","lastName":"L"}"#),
            (&|c| linkwa_contact_add_address(c, Some(&NO_ADDRESS)), r#""addresses":[{}],"#, ""),
            (&|c| linkwa_contact_set_org(c, Some(&NO_ORG)), "", r#","org":{}"#),
            (&|c| linkwa_contact_add_phone(c, NULL, NULL, NULL), "", r#","phones":[{}]"#),
            (&|c| linkwa_contact_add_phone(c, NULL, NULL, Text::new(c"1")), "", r#","phones":[{"waId":"1"}]"#),
            (&|c| linkwa_contact_add_email(c, NULL, NULL), "", r#","emails":[{}]"#),
            (&|c| linkwa_contact_add_email(c, NULL, Text::new(c"HOME")), "", r#","emails":[{"type":"HOME"}]"#),
            (&|c| linkwa_contact_add_url(c, NULL, NULL), "", r#","urls":[{}]"#),
            (&|c| linkwa_contact_add_url(c, NULL, Text::new(c"HOME")), "", r#","urls":[{"type":"HOME"}]"#),
        ];
        for (set, before, after) in written {
            assert_eq!(card(&[birthday, set]), format!(r#"{{{before}"birthday":"1977-02-25"{after}}}"#));
        }
    }

    /// A name without its formatted form is the core's to refuse.
    #[test]
    fn a_name_needs_its_formatted_form() {
        let contact = linkwa_contact_new();
        let name = linkwa_name { first_name: Text::new(c"John"), ..NO_NAME };
        assert_eq!(linkwa_contact_set_name(contact.as_deref(), Some(&name)), OK);
        let contacts = linkwa::Contacts::from(contact.expect("a card").contact().expect("nothing is wrong"));
        let findings = linkwa::MessageRequest::new("+46000000001", contacts).validate();
        let found = findings.iter().any(|finding| finding.path() == "messages[0].contacts[0].name.formattedName");
        assert!(found, "{findings:?}");
    }

    #[test]
    fn the_first_problem_is_remembered_and_names_its_place() {
        let bad = Text::new(c"a\xff");
        let utf8 = |place: &str| format!("`{place}` is not valid UTF-8 (byte 1)");
        let null = |place: &str| format!("`{place}` is NULL");
        let refused: [(Setter<'_>, String); 27] = [
            (&|c| linkwa_contact_set_name(c, None), null("name")),
            (&|c| linkwa_contact_set_org(c, None), null("org")),
            (&|c| linkwa_contact_set_birthday(c, NULL), null("birthday")),
            (&|c| linkwa_contact_add_address(c, None), null("address")),
            (&|c| linkwa_contact_add_phone(c, bad, NULL, NULL), utf8("phone")),
            (&|c| linkwa_contact_add_phone(c, NULL, bad, NULL), utf8("type")),
            (&|c| linkwa_contact_add_phone(c, NULL, NULL, bad), utf8("wa_id")),
            (&|c| linkwa_contact_add_email(c, bad, NULL), utf8("email")),
            (&|c| linkwa_contact_add_email(c, NULL, bad), utf8("type")),
            (&|c| linkwa_contact_add_url(c, bad, NULL), utf8("url")),
            (&|c| linkwa_contact_add_url(c, NULL, bad), utf8("type")),
            (&|c| named(c, linkwa_name { formatted_name: bad, ..NO_NAME }), utf8("name->formatted_name")),
            (&|c| named(c, linkwa_name { first_name: bad, ..NO_NAME }), utf8("name->first_name")),
            (&|c| named(c, linkwa_name { last_name: bad, ..NO_NAME }), utf8("name->last_name")),
            (&|c| named(c, linkwa_name { middle_name: bad, ..NO_NAME }), utf8("name->middle_name")),
            (&|c| named(c, linkwa_name { prefix: bad, ..NO_NAME }), utf8("name->prefix")),
            (&|c| named(c, linkwa_name { suffix: bad, ..NO_NAME }), utf8("name->suffix")),
            (&|c| at(c, linkwa_address { street: bad, ..NO_ADDRESS }), utf8("address->street")),
            (&|c| at(c, linkwa_address { city: bad, ..NO_ADDRESS }), utf8("address->city")),
            (&|c| at(c, linkwa_address { state: bad, ..NO_ADDRESS }), utf8("address->state")),
            (&|c| at(c, linkwa_address { zip: bad, ..NO_ADDRESS }), utf8("address->zip")),
            (&|c| at(c, linkwa_address { country: bad, ..NO_ADDRESS }), utf8("address->country")),
            (&|c| at(c, linkwa_address { country_code: bad, ..NO_ADDRESS }), utf8("address->country_code")),
            (&|c| at(c, linkwa_address { r#type: bad, ..NO_ADDRESS }), utf8("address->type")),
            (&|c| of(c, linkwa_org { company: bad, ..NO_ORG }), utf8("org->company")),
            (&|c| of(c, linkwa_org { department: bad, ..NO_ORG }), utf8("org->department")),
            (&|c| of(c, linkwa_org { title: bad, ..NO_ORG }), utf8("org->title")),
        ];
        for (set, wanted) in refused {
            let contact = linkwa_contact_new();
            assert_eq!(set(contact.as_deref()), INVALID_ARGUMENT, "{wanted}");
            assert_eq!(linkwa_contact_set_birthday(contact.as_deref(), bad), INVALID_ARGUMENT);
            match contact.expect("a card").contact() {
                Err(Failure::Argument(problem)) => assert_eq!(problem.message(), wanted),
                other => panic!("{other:?}"),
            }
            assert_eq!(set(None), INVALID_ARGUMENT);
        }
        linkwa_contact_free(None);
    }

    fn named(contact: MutContact<'_>, name: linkwa_name<'_>) -> linkwa_status {
        linkwa_contact_set_name(contact, Some(&name))
    }

    fn at(contact: MutContact<'_>, address: linkwa_address<'_>) -> linkwa_status {
        linkwa_contact_add_address(contact, Some(&address))
    }

    fn of(contact: MutContact<'_>, org: linkwa_org<'_>) -> linkwa_status {
        linkwa_contact_set_org(contact, Some(&org))
    }
}
