//! The functions of C return the same as core.

use linkwa::{
    Context, InboundButton, InboundButtonReply, InboundContact, InboundContactName, InboundInteractive,
    InboundListReply, InboundLocation, InboundMedia, InboundPhone, Route,
};

use super::*;
use crate::inbound as i;
use crate::out::with_out;
use crate::received as r;
use crate::report as e;

/// A callback that can be read.
pub(crate) fn read(body: &str) -> Box<linkwa_callback> {
    let (status, callback) = parse(body.as_bytes());
    assert_eq!(status, linkwa_status::LINKWA_OK, "{body}");
    callback.expect("it was written")
}

fn parse(body: &[u8]) -> (linkwa_status, Option<Box<linkwa_callback>>) {
    with_out(None, |callback| linkwa_callback_parse(Bytes::of(body), body.len(), callback, None))
}

const CUSTOM: ParametersNumber = ParametersNumber(1);
const GATE: ParametersNumber = ParametersNumber(2);
const ROUTE: ParametersNumber = ParametersNumber(3);

/// Reads a callback as a C program does.
struct Asked<'c>(&'c linkwa_callback);

type Getter<T> = extern "C" fn(Option<&linkwa_callback>, Option<&mut MaybeUninit<T>>) -> bool;

impl Asked<'_> {
    /// C gets this text, its end and its length.
    fn same(&self, found: Text<'_>, expected: Option<&str>) {
        let len = linkwa_callback_text_len(Some(self.0), found);
        assert_eq!(len, expected.map_or(0, str::len), "the length of {expected:?}");
        let expected = expected.map(|expected| [expected.as_bytes(), b"\0"].concat());
        assert_eq!(found.read(len), expected.as_deref());
        for inner in 1..=len {
            assert_eq!(linkwa_callback_text_len(Some(self.0), found.after(inner)), 0, "within {expected:?}");
        }
    }

    /// C gets this value, or learns that it is absent.
    fn same_value<T: Copy + PartialEq + std::fmt::Debug>(&self, getter: Getter<T>, before: T, expected: Option<T>) {
        let found = with_out(before, |place| getter(Some(self.0), place));
        assert_eq!(found, (expected.is_some(), expected.unwrap_or(before)));
        assert_eq!(getter(Some(self.0), None), expected.is_some());
    }

    fn same_moment(&self, getter: Getter<i64>, expected: Option<linkwa::Timestamp>) {
        self.same_value(getter, -77, expected.map(linkwa::Timestamp::unix_millis));
    }

    fn same_parameters(&self, which: ParametersNumber, expected: Option<Parameters<'_>>) {
        let c = Some(self.0);
        assert_eq!(linkwa_callback_has_parameters(c, which), expected.is_some());
        let len = expected.map_or(0, Parameters::len);
        assert_eq!(linkwa_callback_parameters_len(c, which), len);
        for index in 0..=len {
            let entry = expected.and_then(|expected| expected.at(index));
            self.same(linkwa_callback_parameter_name(c, which, index), entry.map(|(name, _)| name));
            self.same(linkwa_callback_parameter_value(c, which, index), entry.map(|(_, value)| value));
            let Some((name, _)) = entry else { continue };
            let by_name = linkwa_callback_parameter(c, which, TextBuf::new(name).text());
            self.same(by_name, expected.and_then(|expected| expected.get(to_nul(name))));
        }
    }

    fn same_extra(&self, object: ObjectNumber, expected: Option<Extra<'_>>) {
        let c = Some(self.0);
        let len = expected.map_or(0, Extra::len);
        assert_eq!(linkwa_callback_extra_len(c, object), len);
        for index in 0..=len {
            let entry = expected.and_then(|expected| expected.at(index));
            self.same(linkwa_callback_extra_name(c, object, index), entry.map(|(name, _)| name));
            self.same(linkwa_callback_extra_json(c, object, index), entry.map(|(_, json)| json));
            let Some((name, _)) = entry else { continue };
            let by_name = linkwa_callback_extra(c, object, TextBuf::new(name).text());
            self.same(by_name, expected.and_then(|expected| expected.get(to_nul(name))));
        }
    }

    fn same_report(&self, report: Option<&EventReport>) {
        let c = Some(self.0);
        self.same(e::linkwa_event_report_message_id(c), report.and_then(EventReport::message_id));
        self.same(e::linkwa_event_report_ref_id(c), report.and_then(EventReport::ref_id));
        self.same(e::linkwa_event_report_message_type(c), report.and_then(EventReport::message_type));
        self.same(e::linkwa_event_report_timestamp_raw(c), report.and_then(EventReport::timestamp_raw));
        self.same(e::linkwa_event_report_result_description(c), report.and_then(EventReport::result_description));
        assert_eq!(e::linkwa_event_report_result_code(c), report.map_or(0, |report| report.result_code().number()));
        let expected = report.map_or(e::linkwa_event_status::LINKWA_EVENT_NONE, |report| report.status().into());
        assert_eq!(e::linkwa_event_report_status(c), expected);
        let index = report.and_then(EventReport::message_index);
        self.same_value(e::linkwa_event_report_message_index, -77, index);
        let moment = report.and_then(EventReport::timestamp);
        self.same_moment(e::linkwa_event_report_timestamp_ms, moment);
    }

    fn same_message(&self, message: Option<&ReceivedMessage>) {
        let c = Some(self.0);
        self.same(r::linkwa_received_message_destination(c), message.and_then(ReceivedMessage::destination));
        self.same(r::linkwa_received_message_source(c), message.and_then(ReceivedMessage::source));
        self.same(r::linkwa_received_message_reply_to(c), message.and_then(ReceivedMessage::reply_to));
        self.same(r::linkwa_received_message_user_id(c), message.and_then(ReceivedMessage::user_id));
        self.same(r::linkwa_received_message_parent_user_id(c), message.and_then(ReceivedMessage::parent_user_id));
        self.same(r::linkwa_received_message_provider(c), message.and_then(ReceivedMessage::provider));
        self.same(r::linkwa_received_message_timestamp_raw(c), message.and_then(ReceivedMessage::timestamp_raw));
        let moment = message.and_then(ReceivedMessage::timestamp);
        self.same_moment(r::linkwa_received_message_timestamp_ms, moment);
        self.same(r::linkwa_received_message_message_id(c), message.map(ReceivedMessage::message_id));
        let expected = message.and_then(ReceivedMessage::provider_timestamp_raw);
        self.same(r::linkwa_received_message_provider_timestamp_raw(c), expected);
        let moment = message.and_then(ReceivedMessage::provider_timestamp);
        self.same_moment(r::linkwa_received_message_provider_timestamp_ms, moment);
        let expected = message.and_then(ReceivedMessage::provider_message_id);
        self.same(r::linkwa_received_message_provider_message_id(c), expected);
        self.same(r::linkwa_received_message_content_kind(c), message.and_then(|message| message.content().kind()));
        let expected = message.is_some_and(|message| message.content().message().is_some());
        assert_eq!(r::linkwa_received_message_has_message(c), expected);
        self.same(r::linkwa_received_message_content_type(c), message.and_then(ReceivedMessage::content_type));
        self.same(r::linkwa_received_message_text(c), message.and_then(ReceivedMessage::text));
        let button = message.and_then(ReceivedMessage::button);
        assert_eq!(r::linkwa_received_message_has_button(c), button.is_some());
        self.same(r::linkwa_received_message_button_text(c), button.and_then(InboundButton::text));
        self.same(r::linkwa_received_message_button_payload(c), button.and_then(InboundButton::payload));
        let context = message.and_then(ReceivedMessage::context);
        assert_eq!(r::linkwa_received_message_has_context(c), context.is_some());
        self.same(r::linkwa_received_message_context_source(c), context.and_then(Context::source));
        self.same(r::linkwa_received_message_context_message_id(c), context.and_then(Context::message_id));
        let moment = message.and_then(ReceivedMessage::care_window_closes_at);
        self.same_moment(r::linkwa_received_message_care_window_closes_at_ms, moment);
    }

    fn same_inbound(&self, message: Option<&ReceivedMessage>) {
        let c = Some(self.0);
        let media = message.and_then(ReceivedMessage::media);
        assert_eq!(i::linkwa_received_message_has_media(c), media.is_some());
        self.same(i::linkwa_received_message_media_source(c), media.and_then(InboundMedia::source));
        self.same(i::linkwa_received_message_media_kind(c), media.and_then(InboundMedia::kind));
        self.same(i::linkwa_received_message_media_caption(c), media.and_then(InboundMedia::caption));
        let location = message.and_then(ReceivedMessage::location);
        assert_eq!(i::linkwa_received_message_has_location(c), location.is_some());
        let latitude = location.and_then(InboundLocation::latitude);
        self.same_value(i::linkwa_received_message_location_latitude, -77.0, latitude);
        let longitude = location.and_then(InboundLocation::longitude);
        self.same_value(i::linkwa_received_message_location_longitude, -77.0, longitude);
        self.same(i::linkwa_received_message_location_name(c), location.and_then(InboundLocation::name));
        self.same(i::linkwa_received_message_location_address(c), location.and_then(InboundLocation::address));
        self.same(i::linkwa_received_message_location_url(c), location.and_then(InboundLocation::url));
        let chosen = message.and_then(ReceivedMessage::interactive);
        assert_eq!(i::linkwa_received_message_has_interactive(c), chosen.is_some());
        self.same(i::linkwa_received_message_interactive_kind(c), chosen.and_then(InboundInteractive::kind));
        let button = chosen.and_then(InboundInteractive::button_reply);
        assert_eq!(i::linkwa_received_message_has_button_reply(c), button.is_some());
        self.same(i::linkwa_received_message_button_reply_id(c), button.and_then(InboundButtonReply::id));
        self.same(i::linkwa_received_message_button_reply_title(c), button.and_then(InboundButtonReply::title));
        let row = chosen.and_then(InboundInteractive::list_reply);
        assert_eq!(i::linkwa_received_message_has_list_reply(c), row.is_some());
        self.same(i::linkwa_received_message_list_reply_id(c), row.and_then(InboundListReply::id));
        self.same(i::linkwa_received_message_list_reply_title(c), row.and_then(InboundListReply::title));
        self.same(i::linkwa_received_message_list_reply_description(c), row.and_then(InboundListReply::description));
        let contacts: Option<Vec<_>> = message.and_then(ReceivedMessage::contacts).map(Iterator::collect);
        assert_eq!(i::linkwa_received_message_has_contacts(c), contacts.is_some());
        let contacts = contacts.unwrap_or_default();
        assert_eq!(i::linkwa_received_message_contacts_len(c), contacts.len());
        for at in 0..=contacts.len() {
            self.same_contact(at, contacts.get(at).copied());
        }
    }

    fn same_contact(&self, at: usize, contact: Option<InboundContact<'_>>) {
        let c = Some(self.0);
        let name = contact.and_then(InboundContact::name);
        assert_eq!(i::linkwa_received_message_contact_has_name(c, at), name.is_some());
        let whole = name.and_then(InboundContactName::formatted_name);
        self.same(i::linkwa_received_message_contact_formatted_name(c, at), whole);
        self.same_contact_extra(at, 1, 7, contact.map(InboundContact::extra));
        self.same_contact_extra(at, 2, 7, name.map(InboundContactName::extra));
        self.same_contact_extra(at, 4, 0, None);
        let phones: Option<Vec<_>> = contact.and_then(InboundContact::phones).map(Iterator::collect);
        assert_eq!(i::linkwa_received_message_contact_has_phones(c, at), phones.is_some());
        let phones = phones.unwrap_or_default();
        assert_eq!(i::linkwa_received_message_contact_phones_len(c, at), phones.len());
        for index in 0..=phones.len() {
            let phone = phones.get(index).copied();
            self.same(i::linkwa_received_message_contact_phone(c, at, index), phone.and_then(InboundPhone::phone));
            self.same_contact_extra(at, 3, index, phone.map(InboundPhone::extra));
        }
    }

    fn same_contact_extra(&self, at: usize, part: u32, phone: usize, expected: Option<Extra<'_>>) {
        let (c, part) = (Some(self.0), i::ContactPartNumber(part));
        let len = expected.map_or(0, Extra::len);
        assert_eq!(i::linkwa_received_message_contact_extra_len(c, at, part, phone), len);
        for index in 0..=len {
            let entry = expected.and_then(|expected| expected.at(index));
            let name = i::linkwa_received_message_contact_extra_name(c, at, part, phone, index);
            self.same(name, entry.map(|(name, _)| name));
            let json = i::linkwa_received_message_contact_extra_json(c, at, part, phone, index);
            self.same(json, entry.map(|(_, json)| json));
        }
    }

    fn same_route(&self, route: Option<Route<'_>>) {
        let c = Some(self.0);
        assert_eq!(r::linkwa_received_message_has_route(c), route.is_some());
        self.same(r::linkwa_received_message_route_id(c), route.and_then(Route::id));
        self.same(r::linkwa_received_message_route_ref_id(c), route.and_then(Route::ref_id));
        self.same(r::linkwa_received_message_route_platform_id(c), route.and_then(Route::platform_id));
        let expected = route.and_then(Route::platform_partner_id);
        self.same(r::linkwa_received_message_route_platform_partner_id(c), expected);
        let expected = route.and_then(Route::platform_service_type);
        self.same(r::linkwa_received_message_route_platform_service_type(c), expected);
        let expected = route.and_then(Route::platform_service_id);
        self.same(r::linkwa_received_message_route_platform_service_id(c), expected);
        self.same(r::linkwa_received_message_route_number(c), route.and_then(Route::number));
        let gates: Option<Vec<_>> = route.and_then(Route::gate_ids).map(Iterator::collect);
        assert_eq!(r::linkwa_received_message_route_has_gate_ids(c), gates.is_some());
        let gates = gates.unwrap_or_default();
        assert_eq!(r::linkwa_received_message_route_gate_ids_len(c), gates.len());
        for index in 0..=gates.len() {
            self.same(r::linkwa_received_message_route_gate_id(c, index), gates.get(index).copied());
        }
        self.same(r::linkwa_received_message_route_kind(c), route.and_then(Route::kind));
        self.same(r::linkwa_received_message_route_keyword(c), route.and_then(Route::keyword));
        self.same(r::linkwa_received_message_route_keyword_type(c), route.and_then(Route::keyword_type));
        self.same(r::linkwa_received_message_route_start_raw(c), route.and_then(Route::start_raw));
        self.same(r::linkwa_received_message_route_end_raw(c), route.and_then(Route::end_raw));
        let moment = route.and_then(Route::start);
        self.same_moment(r::linkwa_received_message_route_start_ms, moment);
        let moment = route.and_then(Route::end);
        self.same_moment(r::linkwa_received_message_route_end_ms, moment);
        self.same(r::linkwa_received_message_route_description(c), route.and_then(Route::description));
        self.same_value(r::linkwa_received_message_route_active, false, route.and_then(Route::active));
        self.same_value(r::linkwa_received_message_route_shared, false, route.and_then(Route::shared));
    }
}

/// The part of a name that C sees.
fn to_nul(name: &str) -> &str {
    name.split('\0').next().unwrap_or_default()
}

/// Everything that C gets of a callback is what core returns.
fn same_in_all(body: &str) {
    let callback = read(body);
    let core = linkwa::parse_callback(body).expect("it can be read");
    let (kind, report, message) = match &core {
        Callback::EventReport(report) => (linkwa_kind::LINKWA_EVENT_REPORT, Some(report), None),
        Callback::ReceivedMessage(message) => (linkwa_kind::LINKWA_RECEIVED_MESSAGE, None, Some(message)),
        _ => panic!("a third kind"),
    };
    let route = message.and_then(ReceivedMessage::route);
    let asked = Asked(&callback);
    assert_eq!(linkwa_callback_kind(Some(&callback)), kind);
    asked.same_report(report);
    asked.same_message(message);
    asked.same_inbound(message);
    asked.same_route(route);

    let custom = report.map(EventReport::custom_parameters).or(message.map(ReceivedMessage::custom_parameters));
    asked.same_parameters(CUSTOM, custom.flatten());
    let gate = report.map(EventReport::gate_custom_parameters).or(message.map(ReceivedMessage::gate_custom_parameters));
    asked.same_parameters(GATE, gate.flatten());
    asked.same_parameters(ROUTE, route.and_then(Route::custom_parameters));

    let inner = message.map(ReceivedMessage::content).and_then(linkwa::Content::message);
    let chosen = inner.and_then(linkwa::InboundMessage::interactive);
    for (number, extra) in [
        (1, report.map(EventReport::extra).or(message.map(ReceivedMessage::extra))),
        (2, message.map(|message| message.content().extra())),
        (3, inner.map(linkwa::InboundMessage::extra)),
        (4, inner.and_then(linkwa::InboundMessage::button).map(InboundButton::extra)),
        (5, inner.and_then(linkwa::InboundMessage::context).map(Context::extra)),
        (6, route.map(Route::extra)),
        (7, inner.and_then(linkwa::InboundMessage::media).map(InboundMedia::extra)),
        (8, inner.and_then(linkwa::InboundMessage::location).map(InboundLocation::extra)),
        (9, chosen.map(InboundInteractive::extra)),
        (10, chosen.and_then(InboundInteractive::button_reply).map(InboundButtonReply::extra)),
        (11, chosen.and_then(InboundInteractive::list_reply).map(InboundListReply::extra)),
        (12, None),
    ] {
        asked.same_extra(ObjectNumber(number), extra);
    }
    asked.same(linkwa_callback_raw(Some(&callback)), Some(body));
    asked.same(linkwa_callback_key(Some(&callback)), Some(&core.key()));
    linkwa_callback_free(Some(callback));
}

/// Every field that callbacks can have: `@` is a value of any kind, `#` a name.
const SAMPLES: [&str; 3] = [
    r#"{"messageId":@,"refId":@,"messageType":@,"messageIndex":-1,"timestamp":@,"resultCode":112003,
        "resultDescription":@,"gateCustomParameters":{#:@,#:@,#:@},"customParameters":{#:@},#:@,#:[],
        #:{#:@,"customParameters":{#:@},"b":[@,[@,{"messageId":@}],{}]},#:null,#:{}}"#,
    r#"{"destination":@,"source":@,"content":{"type":@,"message":{"contentType":@,"text":@,
        "button":{"text":@,"payload":@,#:@,#:{#:@}},"context":{"source":@,"messageId":@,#:[@,@]},#:@},#:@,#:[[[@]]]},
        "provider":@,"timestamp":"2020-03-21T17:41:58Z","messageId":@,"providerTimestamp":@,"providerMessageId":@,
        "route":{"id":@,"refId":@,"platformId":@,"platformPartnerId":@,"platformServiceType":@,"platformServiceId":@,
        "number":@,"gateIds":[@,@,@,@],"customParameters":{#:@,#:@},"type":@,"keyword":@,"keywordType":@,"active":true,
        "start":@,"end":"2030-03-21T17:41:58.25+01:00","shared":"false","description":@,#:@,#:-1.5e3},
        "gateCustomParameters":{#:@,#:@},"customParameters":{},#:@,"resultCode":@}"#,
    r#"{"messageId":@,"customParameters":{"whatsappUserId":@,"whatsappParentUserId":@},"content":{"message":{
        "contentType":@,"media":{"source":@,"type":@,"caption":@,#:[@]},
        "location":{"latitude":59.25,"longitude":"-10.5","name":@,"address":@,"url":@,#:@},
        "contacts":[{"name":{"formatted_name":@,#:@},"phones":[{"phone":@,#:@},{"phone":@,#:{#:@}}],#:[@,@]},
        {"name":{"formattedName":@},#:@},{"phones":[]}],
        "interactive":{"type":@,"button_reply":{"id":@,"title":@,#:@},
        "list_reply":{"id":@,"title":@,"description":@,#:@},#:@}}}}"#,
];

/// Fills a sample with values of these kinds in turn.
fn filled(sample: &str, values: &[&str], names: &[&str]) -> String {
    let mut body = String::new();
    let mut count = 0;
    for c in sample.chars() {
        let choice = match c {
            '@' => values,
            '#' => names,
            _ => {
                body.push(c);
                continue;
            }
        };
        body.push_str(&choice[count % choice.len()].replace('%', &count.to_string()));
        count += 1;
    }
    body
}

const PLAIN: &str = r#""v% é""#;
const ESCAPED: &str = r#""\u00e9\ud83d\ude00 %\n\"""#;
const WITH_NUL: &str = r#""\u0000%\u0000""#;
const TIME: &str = r#""2020-03-21T17:41:58.123456%Z""#;
const NAME: &str = r#""n%""#;
const ESCAPED_NAME: &str = r#""\u006e%\u0000\t""#;

fn samples() -> Vec<String> {
    let values = [
        &[PLAIN][..],
        &[ESCAPED],
        &[WITH_NUL],
        &["%"],
        &["-%.5e-3"],
        &["true"],
        &["false"],
        &[TIME],
        &[r#""""#],
        &[PLAIN, ESCAPED, "%", "true", r#""""#, WITH_NUL, "false"],
        &[WITH_NUL, "0", r#""""#, TIME, r#""\u0000""#],
    ];
    let names = [&[NAME][..], &[ESCAPED_NAME], &[NAME, ESCAPED_NAME, r#""% ""#]];
    let mut samples = Vec::new();
    for sample in SAMPLES {
        for values in values {
            for names in names {
                let body = filled(sample, values, names);
                samples.push(format!(" {body}\n"));
                let compact = body.lines().map(str::trim).collect::<String>();
                samples.push(compact.replace(',', " ,").replace('}', "\t}").replace(']', " ]"));
                samples.push(compact);
            }
        }
    }
    samples
}

#[test]
fn getters_agree_with_core_for_texts_and_their_ends() {
    for body in samples() {
        same_in_all(&body);
    }
    for body in [
        // Known fields of unexpected shapes. They contain texts that getters would return otherwise.
        r#"{"messageId":["m","n"],"refId":"r","resultCode":1,"customParameters":{"a":"b","c":{"d":"\n"}},"messageIndex":"x"}"#,
        r#"{"messageId":"m","source":1,"content":{"message":"text","type":{"type":"t"}},"route":{"gateIds":["g",null],"customParameters":[]}}"#,
        r#"{"messageId":"m","source":"","content":{"message":{"button":"b","context":[1]}},"route":7,"gateCustomParameters":{"":{}}}"#,
        r#"{"messageId":"m","source":"1","content":{},"route":{"gateIds":[]},"gateCustomParameters":{},"customParameters":null}"#,
        r#"{"messageId":"m","content":{},"customParameters":{"whatsappUserId":"US.1","whatsappParentUserId":"US.ENT.2"}}"#,
        r#"{"messageId":"m","source":"US.1","content":{},"customParameters":{"whatsappUserId":"US.\u0032","whatsappParentUserId":null}}"#,
        r#"{"messageId":"m","source":null,"content":{},"customParameters":{"whatsappUserId":"US.2","whatsappParentUserId":null}}"#,
        r#"{"messageId":"m","source":{},"content":{},"customParameters":{"whatsappUserId":7,"whatsappParentUserId":[]}}"#,
        r#"{"messageId":"m","content":{"message":{"media":[],"location":{"latitude":"x","longitude":null},"contacts":[{},{}]}}}"#,
        r#"{"messageId":"m","content":{"message":{"contacts":[{"name":"n","phones":[{"phone":{}},1]}],"interactive":{"type":[]}}}}"#,
        r#"{"messageId":"m","content":{"message":{"contacts":[{"name":{"formatted_name":{}}},"x"],"media":{"source":{"a":"b"}}}}}"#,
        r#"{"content":null,"messageId":"","refId":"","resultCode":"112003","":"","\u0000":"\u0000"}"#,
        r#"{"messageId":"m","resultCode":112003}"#,
    ] {
        same_in_all(body);
    }
}

#[test]
fn getters_agree_with_core_for_random_callbacks() {
    let samples = samples();
    let mut state = 17_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut read = 0;
    for _ in 0..3000 {
        let mut body = samples[random(samples.len())].clone().into_bytes();
        for _ in 0..=random(2) {
            // One member or item removed, changed in shape, or emptied. Bodies that do not parse are skipped.
            let place = random(body.len());
            let new: &[u8] = [&b"null"[..], b"[]", b"{}", b"\"\"", b"0", b",", b"\\n", b" ", b"\""][random(9)];
            let end = (place + random(6)).min(body.len());
            body.splice(place..end, new.iter().copied());
        }
        let Ok(body) = String::from_utf8(body) else { continue };
        if linkwa::parse_callback(&*body).is_ok() {
            read += 1;
            same_in_all(&body);
        }
    }
    assert!(read > 100, "only {read} could be read");
}
