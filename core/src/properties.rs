//! Properties of requests: whatever is built or written, core and the sandbox's independent judge agree on it.

use linkwa_sandbox::{Violation, judge, judge_with_extensions};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::{collection::vec, option};
use serde_json::{Map, Value, json};

use crate::{
    Address, Audio, Body, BodyParameter, Component, Contact, Contacts, Currency, DateTime, Document, Email, Finding,
    FindingCode, Header, HeaderParameter, Image, Interactive, InteractiveButtons, InteractiveList, Location, Message,
    MessageRequest, Name, Org, Phone, Priority, QuickReplyButton, Row, SendOptions, Template, Text, Url, UrlButton,
    Validation, Video,
};

/// Texts of which some are empty, long, escaped, beyond the BMP or not what their field wants.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9 ]{1,12}",
        1 => Just(String::new()),
        1 => select(vec!["\u{0}\n\t\"\\/\u{7f}\u{2028}", "😀 http://x", "https://example.com", "a".repeat(4097).leak()])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn filled() -> impl Strategy<Value = String> {
    prop_oneof![9 => "[a-zA-Z0-9 ]{1,12}", 1 => text()]
}

/// What a platform, a gate or a reference is called.
fn identifier() -> impl Strategy<Value = String> {
    let odd = vec![" x", "x\n", "a\u{7f}b", "\u{a0}x", "x\u{200b}", "a b"];
    prop_oneof![
        18 => "[a-zA-Z0-9]([a-zA-Z0-9 :-]{0,10}[a-zA-Z0-9])?",
        1 => select(odd).prop_map(str::to_owned),
        1 => text(),
    ]
}

fn number() -> impl Strategy<Value = String> {
    let odd = vec![
        "",
        "12",
        "123",
        "+012",
        "0046",
        "+46 70",
        "SE.1349abc",
        "SE.ENT.1a",
        "SE.ENT.",
        "se.1",
        "SE.",
        "+",
        "1234567890123456",
        "٣٣٣",
    ];
    prop_oneof![8 => r"\+?[1-9][0-9]{2,13}", 1 => select(odd).prop_map(str::to_owned)]
}

fn link() -> impl Strategy<Value = String> {
    let odd = vec![
        "",
        "example.com/a.png",
        "ftp://example.com/a",
        "http://",
        "https:///a",
        "https://:80/",
        "https://[::1]:8/a.PNG",
        "https://[::g]/",
        "https://u:p@h/a.pdf?x#y",
        "https://h:99999/",
        "https://h:/",
        "https://h/a b",
        "HTTPS://ö.example/a",
        "https://h\\x",
        "https://h/a.",
        "https://h/.png",
        "https://h#a.gif",
        "https://h/\u{1}",
    ];
    prop_oneof![
        6 => "https?://[a-z]{1,9}\\.[a-z]{2,3}(/[a-z]{0,5}){0,2}(\\.(png|pdf|mp4|jpeg|gif))?",
        2 => select(odd).prop_map(str::to_owned),
    ]
}

fn small() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 0..32_u32, 1 => any::<u32>()]
}

/// A link, an id, both or neither.
fn file() -> impl Strategy<Value = (Option<String>, Option<String>)> {
    prop_oneof![
        8 => link().prop_map(|link| (Some(link), None)),
        1 => filled().prop_map(|id| (None, Some(id))),
        1 => (option::of(link()), option::of(text())),
    ]
}

fn image() -> impl Strategy<Value = Image> {
    (file(), option::weighted(0.2, text()))
        .prop_map(|((link, id), caption)| caption.into_iter().fold(Image::from_file(link, id), Image::caption))
}

fn video() -> impl Strategy<Value = Video> {
    (file(), option::weighted(0.2, text()))
        .prop_map(|((link, id), caption)| caption.into_iter().fold(Video::from_file(link, id), Video::caption))
}

fn document() -> impl Strategy<Value = Document> {
    (file(), option::weighted(0.2, text()), option::of(text())).prop_map(|((link, id), caption, filename)| {
        let document = caption.into_iter().fold(Document::from_file(link, id), Document::caption);
        filename.into_iter().fold(document, Document::filename)
    })
}

fn location() -> impl Strategy<Value = Location> {
    let degrees = || prop_oneof![8 => -90.0..90.0, 1 => select(vec![180.0, -180.0, 180.1, 1e300, -0.0, 5e-324])];
    (option::weighted(0.9, degrees()), option::weighted(0.9, degrees()), option::of(text()), option::of(text()))
        .prop_map(|(latitude, longitude, name, address)| {
            let place = latitude.into_iter().fold(Location::at(), Location::latitude);
            let place = longitude.into_iter().fold(place, Location::longitude);
            let place = name.into_iter().fold(place, Location::name);
            address.into_iter().fold(place, Location::address)
        })
}

fn contact() -> impl Strategy<Value = Contact> {
    let name = (filled(), option::weighted(0.8, text()), option::of(text())).prop_map(|(formatted, first, prefix)| {
        let name = first.into_iter().fold(Name::new(formatted), Name::first_name);
        prefix.into_iter().fold(name, Name::prefix)
    });
    let org = option::of(text()).prop_map(|title| title.into_iter().fold(Org::new(), Org::title));
    let address = option::of(text()).prop_map(|zip| zip.into_iter().fold(Address::new(), Address::zip));
    let birthday = select(vec!["2012-08-18", "2012-02-30", "", "2012-8-18"]);
    let lists = (vec(address, 0..2), vec(text(), 0..2), vec(text(), 0..2), vec(text(), 0..2));
    (option::of(name), option::of(org), option::of(birthday), lists).prop_map(|(name, org, birthday, lists)| {
        let card = name.into_iter().fold(Contact::new(), Contact::name);
        let card = org.into_iter().fold(card, Contact::org);
        let card = birthday.into_iter().fold(card, Contact::birthday);
        let (addresses, emails, phones, urls) = lists;
        let card = addresses.into_iter().fold(card, Contact::address);
        let card = emails.into_iter().map(Email::new).fold(card, Contact::email);
        let card = phones.into_iter().map(|phone| Phone::new(phone).wa_id("1")).fold(card, Contact::phone);
        urls.into_iter().map(|url| Url::new(url).kind("WORK")).fold(card, Contact::url)
    })
}

fn date_time() -> impl Strategy<Value = DateTime> {
    prop_oneof![
        (filled(), any::<u64>()).prop_map(|(fallback, millis)| DateTime::timestamp(fallback, millis)),
        (filled(), 1900..2100_u32, 1..13_u32, 1..32_u32, small(), small()).prop_map(
            |(fallback, year, month, day, hour, minute)| DateTime::civil(fallback, year, month, day, hour, minute)
        ),
        (filled(), small(), small(), small(), small(), small(), small())
            .prop_map(|(fallback, a, b, c, d, e, f)| DateTime::parts(fallback, a, b, c, d, e, f)),
    ]
}

fn body_parameter() -> impl Strategy<Value = BodyParameter> {
    let code = prop_oneof![5 => Just("USD".to_owned()), 1 => text()];
    prop_oneof![
        filled().prop_map(BodyParameter::from),
        (filled(), code, any::<i64>())
            .prop_map(|(fallback, code, amount)| Currency::new(fallback, code, amount).into()),
        date_time().prop_map(BodyParameter::from),
    ]
}

fn header_parameter() -> impl Strategy<Value = HeaderParameter> {
    prop_oneof![
        filled().prop_map(HeaderParameter::from),
        image().prop_map(HeaderParameter::from),
        video().prop_map(HeaderParameter::from),
        document().prop_map(HeaderParameter::from),
    ]
}

fn component() -> impl Strategy<Value = Component> {
    prop_oneof![
        vec(header_parameter(), 0..3).prop_map(|parameters| Header::new(parameters).into()),
        vec(body_parameter(), 0..4).prop_map(|parameters| Body::new(parameters).into()),
        (0..4_u32, option::of(filled())).prop_map(|(index, payload)| {
            payload.into_iter().fold(QuickReplyButton::new(index), QuickReplyButton::payload).into()
        }),
        (small(), option::of(filled()))
            .prop_map(|(index, text)| text.into_iter().fold(UrlButton::new(index), UrlButton::text).into()),
    ]
}

fn template() -> impl Strategy<Value = Template> {
    let language = prop_oneof![4 => select(vec!["en", "pt_BR", "en-US", "xx"]).prop_map(str::to_owned), 1 => text()];
    let namespace = option::weighted(0.9, filled());
    (filled(), namespace, language, vec(component(), 0..4)).prop_map(|(name, namespace, language, components)| {
        let template = match namespace {
            Some(namespace) => Template::new(name, namespace, language),
            None => Template::without_namespace(name, language),
        };
        components.into_iter().fold(template, Template::component)
    })
}

/// Ids of which some are equal.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-c]{1,2}", 1 => text(), 1 => Just("i".repeat(257))]
}

/// About as long as a title may be.
fn title() -> impl Strategy<Value = String> {
    prop_oneof![6 => "[a-zäö😀]{1,26}", 1 => text()]
}

fn buttons() -> impl Strategy<Value = InteractiveButtons> {
    (filled(), option::of(header_parameter()), option::of(filled()), vec((id(), title()), 0..5)).prop_map(
        |(body, header, footer, buttons)| {
            let message = header.into_iter().fold(Interactive::buttons(body), InteractiveButtons::header);
            let message = footer.into_iter().fold(message, InteractiveButtons::footer);
            buttons.into_iter().fold(message, |message, (id, title)| message.button(id, title))
        },
    )
}

fn interactive_list() -> impl Strategy<Value = InteractiveList> {
    let row = (id(), title(), option::of(text()))
        .prop_map(|(id, title, description)| description.into_iter().fold(Row::new(id, title), Row::description));
    let section = (title(), vec(row, 0..6));
    (filled(), title(), option::of(filled()), option::of(filled()), vec(section, 0..4)).prop_map(
        |(body, label, header, footer, sections)| {
            let message = header.into_iter().fold(Interactive::list(body, label), InteractiveList::header);
            let message = footer.into_iter().fold(message, InteractiveList::footer);
            sections.into_iter().fold(message, |message, (title, rows)| message.section(title, rows))
        },
    )
}

/// Boxed, because the whole would not fit on a test's stack.
fn message() -> impl Strategy<Value = Message> {
    let text = (filled(), option::of(any::<bool>()))
        .prop_map(|(body, preview)| preview.into_iter().fold(Text::new(body), Text::preview_url).into());
    prop_oneof![
        1 => text.boxed(),
        1 => image().prop_map(Message::from).boxed(),
        1 => file().prop_map(|(link, id)| Audio::from_file(link, id).into()).boxed(),
        1 => video().prop_map(Message::from).boxed(),
        1 => document().prop_map(Message::from).boxed(),
        1 => location().prop_map(Message::from).boxed(),
        1 => vec(contact(), 0..3).prop_map(|contacts| Contacts::new(contacts).into()).boxed(),
        3 => template().prop_map(Message::from).boxed(),
        1 => buttons().prop_map(Message::from).boxed(),
        1 => interactive_list().prop_map(Message::from).boxed(),
    ]
}

fn options() -> impl Strategy<Value = SendOptions> {
    let times =
        vec!["2099-01-01T00:00:00Z", "2001-01-01t00:00:00.5+02:00", "2001-02-30T00:00:00Z", "2099-01-01 00:00:00Z", ""];
    (
        (option::weighted(0.9, number()), option::of(identifier()), option::of(vec(identifier(), 0..3))),
        (
            option::of(vec((text(), text()), 0..3)),
            option::of(0..3_u64),
            option::of(select(times)),
            option::of(identifier()),
        ),
    )
        .prop_map(|((source, ref_id, gates), (parameters, relative, absolute, service))| {
            let options = source.into_iter().fold(SendOptions::new(), SendOptions::source);
            let options = ref_id.into_iter().fold(options, SendOptions::ref_id);
            let options = gates.into_iter().fold(options, SendOptions::event_report_gates);
            let options = parameters
                .into_iter()
                .flatten()
                .fold(options, |options, (key, value)| options.custom_parameter(key, value));
            let options = relative
                .into_iter()
                .map(std::time::Duration::from_millis)
                .fold(options, SendOptions::relative_validity_time);
            let options = absolute.into_iter().fold(options, SendOptions::absolute_validity_time);
            service.into_iter().fold(options, SendOptions::platform_service_id).priority(Priority::High)
        })
}

/// A request that may use extensions, or not.
fn request() -> impl Strategy<Value = MessageRequest> {
    let platform = option::weighted(0.9, identifier());
    (vec(number(), 1..3), vec(message(), 1..3), options(), platform, any::<bool>()).prop_map(
        |(to, messages, options, platform, extensions)| {
            let request = MessageRequest::new(to, messages).options(&options).extensions(extensions);
            match platform {
                Some(id) => request.platform(id, "pp"),
                None => request,
            }
        },
    )
}

fn has_error(findings: &[Finding]) -> bool {
    findings.iter().any(Finding::is_error)
}

/// Core and judge must agree whether a request can be sent, without and with extensions.
fn agree(json: &[u8]) -> Result<(), TestCaseError> {
    agree_on(json, Validation::new(), judge)?;
    agree_on(json, Validation::new().extensions(true), judge_with_extensions)
}

fn agree_on(
    json: &[u8],
    validation: Validation,
    judge: fn(&[u8]) -> Result<(), Vec<Violation>>,
) -> Result<(), TestCaseError> {
    let verdict = judge(json);
    let findings = crate::validate_with(json, validation);
    let text = String::from_utf8_lossy(json);
    // The judge sees the wire, which always has components; core adds them.
    if findings.iter().any(|finding| finding.code() == FindingCode::MissingComponents) {
        prop_assert!(verdict.is_err(), "{text}");
        if !has_error(&findings) {
            let read = MessageRequest::from_json_with(json, validation);
            let sent = read.and_then(|request| request.to_json()).expect("valid");
            prop_assert!(judge(&sent).is_ok(), "{text}");
        }
        return Ok(());
    }
    prop_assert_eq!(!has_error(&findings), verdict.is_ok(), "{}\n{:#?}\n{:#?}", text, findings, verdict);
    Ok(())
}

/// What a mutation may put somewhere.
fn odd_value() -> impl Strategy<Value = Value> {
    let values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(31),
        json!(1.0),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("0"),
        json!("7"),
        json!("-1"),
        json!("07"),
        json!("text"),
        json!("url"),
        json!("quickReply"),
        json!("header"),
        json!("button"),
        json!("image"),
        json!("HIGH"),
        json!("2099-01-01T00:00:00Z"),
        json!("+46000000001"),
        json!("SE.12"),
        json!("https://example.com/a.png"),
        json!("USD"),
        json!([]),
        json!({}),
        json!([null]),
        json!([{}]),
        json!({"a": "b"}),
        json!({"a": 1}),
        json!({"type": "text", "text": "x"}),
        json!({"type": "payload", "payload": "x"}),
        json!({"type": "body", "parameters": []}),
        json!({"link": "https://example.com/a.png"}),
        json!({"body": "x"}),
        json!({"code": "en"}),
        json!("list"),
        json!("reply"),
        json!({"text": "x"}),
        json!({"id": "a", "title": "x"}),
        json!({"type": "reply", "reply": {"id": "a", "title": "x"}}),
        json!({"title": "", "rows": [{"id": "a", "title": "x"}]}),
        json!({"buttons": [{"type": "reply", "reply": {"id": "a", "title": "x"}}]}),
        json!({"button": "x", "sections": [{"rows": [{"id": "a", "title": "x"}]}]}),
        json!({"type": "image", "image": {"id": "1017", "caption": "x"}}),
        json!({"id": "1017"}),
        json!(["+46000000001", "+46000000001"]),
    ];
    select(values)
}

fn odd_name() -> impl Strategy<Value = String> {
    let names = vec![
        "type",
        "text",
        "image",
        "caption",
        "link",
        "body",
        "previewUrl",
        "parameters",
        "subType",
        "index",
        "components",
        "payload",
        "dateTime",
        "timestamp",
        "hour",
        "firstName",
        "formattedName",
        "captoin",
        "refId",
        "priority",
        "customParameters",
        "template",
        "contacts",
        "location",
        "longitude",
        "filename",
        "id",
        "namespace",
        "interactive",
        "header",
        "footer",
        "action",
        "buttons",
        "button",
        "sections",
        "rows",
        "title",
        "reply",
        "description",
    ];
    select(names).prop_map(str::to_owned)
}

#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    Add(String, Value),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => odd_value().prop_map(Change::Replace),
        1 => Just(Change::Remove),
        2 => (odd_name(), odd_value()).prop_map(|(name, value)| Change::Add(name, value)),
    ]
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Changes the value that comes at this place of a walk. Returns what is left to walk.
fn apply(value: &mut Value, mut place: usize, change: &Change) -> usize {
    if place == 0 {
        match (change, &mut *value) {
            (Change::Add(name, added), Value::Object(members)) => drop(members.insert(name.clone(), added.clone())),
            (Change::Add(_, added), Value::Array(items)) => items.push(added.clone()),
            (Change::Add(_, added) | Change::Replace(added), _) => *value = added.clone(),
            (Change::Remove, _) => *value = Value::Null,
        }
        return usize::MAX;
    }
    place -= 1;
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        place = apply(child, place, change);
        if place == usize::MAX {
            break;
        }
    }
    place
}

/// `null` members for removed ones would never be seen; they are taken out here, except a few.
fn without_nulls(value: Value, keep: bool) -> Value {
    match value {
        Value::Object(members) if !keep => {
            let given = members.into_iter().filter(|(_, value)| !value.is_null());
            given.map(|(name, value)| (name, without_nulls(value, keep))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(|item| without_nulls(item, keep)).collect(),
        value => value,
    }
}

/// A thousand cases, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn typed_requests_and_their_json_have_the_same_findings(request in request()) {
        for extensions in [false, true] {
            let request = request.clone().extensions(extensions);
            let found = crate::validate_with(request.to_unchecked_json(), Validation::new().extensions(extensions));
            prop_assert_eq!(request.validate(), found);
        }
    }

    #[test]
    fn a_message_from_json_has_the_findings_of_the_typed_one(message in message(), extensions in any::<bool>()) {
        let whole = MessageRequest::new("+46000000001", message.clone()).to_unchecked_json();
        let whole = String::from_utf8(whole).expect("UTF-8");
        let (_, rest) = whole.split_once(r#""messages":["#).expect("our own");
        let read = Message::from_json(rest.strip_suffix("]}").expect("our own")).expect("an object");
        let found = |message| MessageRequest::new("+46000000001", message).extensions(extensions).validate();
        prop_assert_eq!(found(read), found(message));
    }

    #[test]
    fn what_is_valid_without_extensions_has_the_same_findings_with_them(request in request()) {
        let without = request.clone().extensions(false).validate();
        if !has_error(&without) {
            prop_assert_eq!(request.extensions(true).validate(), without);
        }
    }

    #[test]
    fn valid_requests_are_accepted_by_the_judge(request in request()) {
        agree(&request.to_unchecked_json())?;
    }

    #[test]
    fn what_is_built_reads_back_and_builds_the_same(request in request()) {
        if let Ok(bytes) = request.to_json() {
            let validation = Validation::new().extensions(true);
            let read = MessageRequest::from_json_with(&bytes, validation).expect("our own");
            prop_assert_eq!(&read, &request);
            prop_assert_eq!(read.to_json().expect("valid"), bytes);
        }
    }

    #[test]
    fn core_and_the_judge_agree_on_any_json(
        request in request(),
        changes in vec((any::<Index>(), change()), 1..4),
        keep_nulls in any::<bool>(),
    ) {
        let mut value: Value = serde_json::from_slice(&request.to_unchecked_json()).expect("our own");
        for (place, change) in &changes {
            let places = count(&value);
            apply(&mut value, place.index(places), change);
        }
        agree(&serde_json::to_vec(&without_nulls(value, keep_nulls)).expect("a value"))?;
    }
}

/// The generators reach both sides: about as much is refused as accepted.
#[test]
fn the_generators_make_about_as_many_valid_as_invalid_requests() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let valid = (0..1000).filter(|_| {
        let request = request().new_tree(&mut runner).expect("a request").current();
        !has_error(&request.validate())
    });
    assert!((150..850).contains(&valid.count()));
}
