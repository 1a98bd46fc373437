//! The reducer over event reports: disorder and repeats change nothing, and what is unknown is resolved by what proves it.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use linkwa::{Callback, ErrorCode, EventReport, MessageState, Resolution, ResultCode, Status, StatusTracker};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

fn report(json: &Value) -> EventReport {
    match linkwa::parse_callback(json.to_string()) {
        Ok(Callback::EventReport(report)) => report,
        other => panic!("an event report: {other:?}"),
    }
}

/// A report of the message `m`, index 0, of the request `r`; an empty timestamp means that it is absent.
fn of_m(result_code: i64, timestamp: &str) -> EventReport {
    let mut json = json!({"messageId": "m", "refId": "r", "messageIndex": 0, "resultCode": result_code});
    if !timestamp.is_empty() {
        json["timestamp"] = timestamp.into();
    }
    report(&json)
}

fn tracker<'r>(reports: impl IntoIterator<Item = &'r EventReport>) -> StatusTracker {
    let mut tracker = StatusTracker::new();
    for report in reports {
        tracker.apply(report);
    }
    tracker
}

/// The state of `m` after these reports, which must be the same in every order and with every one of them twice.
fn state(reports: &[EventReport]) -> MessageState {
    let state = tracker(reports).state("m", 0).expect("a state");
    for turn in 0..reports.len() {
        let turned = || reports[turn..].iter().chain(&reports[..turn]);
        assert_eq!(tracker(turned()).state("m", 0).as_ref(), Some(&state), "{turn}");
        assert_eq!(tracker(turned().rev().chain(turned())).state("m", 0).as_ref(), Some(&state), "{turn} back");
    }
    state
}

fn decided(reports: &[(i64, &str)]) -> (Status, i64, Option<String>) {
    let reports: Vec<_> = reports.iter().map(|(code, timestamp)| of_m(*code, timestamp)).collect();
    let state = state(&reports);
    (state.status(), state.result_code().number(), state.timestamp_raw().map(str::to_owned))
}

const EARLY: &str = "2020-03-30T12:59:40+02:00";
/// Later than the one above, though its text is less.
const LATE: &str = "2020-03-30T11:59:41Z";

#[test]
fn an_earlier_status_never_replaces_a_later_one() {
    use Status::{Deleted, Delivered, Failed, Other, Queued, Read, Sent};
    for (codes, status, code) in [
        (&[112_001][..], Queued, 112_001),
        (&[112_002, 112_001], Sent, 112_002),
        (&[112_003, 112_002, 112_001], Delivered, 112_003),
        (&[112_403, 112_002], Failed, 112_403),
        (&[112_000, 112_001], Failed, 112_000),
        (&[112_500, 112_002], Failed, 112_500),
        (&[112_009], Other, 112_009),
        (&[112_009, 112_001], Other, 112_009),
        (&[112_009, 112_002], Sent, 112_002),
        (&[112_006, 112_001], Sent, 112_006),
        (&[112_006, 112_003], Delivered, 112_003),
        (&[112_007, 112_003, 112_006], Read, 112_007),
        (&[112_007, 112_009], Read, 112_007),
        (&[112_008, 112_007, 112_003], Deleted, 112_008),
        (&[112_004, 112_005, 112_003], Delivered, 112_003),
        (&[112_999, 112_404], Failed, 112_404),
    ] {
        let reports: Vec<_> = codes.iter().map(|code| (*code, LATE)).collect();
        assert_eq!(decided(&reports), (status, code, Some(LATE.to_owned())), "{codes:?}");
    }
}

#[test]
fn the_latest_unlisted_code_is_kept() {
    let other = |reports: &[(i64, &str)]| {
        let reports: Vec<_> = reports.iter().map(|(code, timestamp)| of_m(*code, timestamp)).collect();
        state(&reports).other_code().map(ResultCode::number)
    };
    assert_eq!(other(&[(112_003, EARLY)]), None);
    assert_eq!(other(&[(112_003, EARLY), (112_007, LATE)]), None);
    assert_eq!(other(&[(112_003, EARLY), (112_010, LATE)]), Some(112_010));
    assert_eq!(other(&[(112_011, EARLY), (112_010, LATE), (112_012, "")]), Some(112_010));
    assert_eq!(other(&[(112_009, ""), (112_010, "")]), Some(112_010));
}

#[test]
fn of_reports_with_one_status_the_earliest_counts() {
    assert_eq!(decided(&[(112_002, LATE), (112_002, EARLY)]).2.as_deref(), Some(EARLY));
    assert_eq!(decided(&[(112_002, ""), (112_002, LATE)]).2.as_deref(), Some(LATE));
    assert_eq!(decided(&[(112_404, LATE), (112_403, EARLY)]).1, 112_403);
    assert_eq!(decided(&[(112_003, LATE), (112_003, EARLY)]).2.as_deref(), Some(EARLY));
    // The same moment, written in two ways.
    decided(&[(112_002, "2020-03-30T12:59:40+02:00"), (112_002, "2020-03-30T10:59:40Z")]);
}

#[test]
fn of_delivered_and_failed_the_earlier_counts_and_if_unclear_delivered() {
    for (delivered, failed, status) in [
        (EARLY, LATE, Status::Delivered),
        (LATE, EARLY, Status::Failed),
        (EARLY, EARLY, Status::Delivered),
        ("", EARLY, Status::Delivered),
        (LATE, "", Status::Delivered),
        ("", "", Status::Delivered),
        ("yesterday", EARLY, Status::Delivered),
    ] {
        let reports = [of_m(112_003, delivered), of_m(112_403, failed)];
        let state = state(&reports);
        assert_eq!(state.status(), status, "{delivered:?} {failed:?}");
        assert!(state.is_disputed() && state.is_final());
    }
    // No circle among three.
    assert_eq!(decided(&[(112_003, ""), (112_403, EARLY), (112_003, LATE)]).0, Status::Delivered);
    assert_eq!(decided(&[(112_403, ""), (112_403, EARLY), (112_003, LATE)]).0, Status::Failed);
    assert!(!state(&[of_m(112_403, EARLY), of_m(112_404, LATE), of_m(112_002, "")]).is_disputed());
}

#[test]
fn what_follows_a_delivery_is_no_contradiction_and_decides_over_a_failure() {
    let state = |reports: &[(i64, &str)]| {
        let reports: Vec<_> = reports.iter().map(|(code, timestamp)| of_m(*code, timestamp)).collect();
        state(&reports)
    };
    for codes in [&[112_003, 112_007][..], &[112_003, 112_008], &[112_007, 112_008], &[112_003, 112_007, 112_008]] {
        let reports: Vec<_> = codes.iter().map(|code| (*code, EARLY)).collect();
        let state = state(&reports);
        assert!(state.is_final() && state.is_delivered() && !state.is_disputed(), "{codes:?}");
    }
    // Delivered before the failure, at the same time, and after it.
    for (delivered, failed, read) in [(EARLY, EARLY, LATE), (LATE, EARLY, LATE), ("", LATE, EARLY), (LATE, "", "")] {
        for code in [112_007, 112_008] {
            let of_all = state(&[(112_003, delivered), (112_403, failed), (code, read)]);
            let of_two = state(&[(112_403, failed), (code, read)]);
            assert_eq!((of_all.result_code().number(), of_two.result_code().number()), (code, code));
            assert!(of_all.is_disputed() && of_two.is_disputed() && of_two.is_delivered());
        }
    }
    assert!(!state(&[(112_006, EARLY)]).is_delivered() && !state(&[(112_006, EARLY)]).is_final());
    assert!(!state(&[(112_403, EARLY)]).is_delivered());
    assert!(!state(&[(112_006, EARLY), (112_403, LATE)]).is_disputed());
}

#[test]
fn apply_returns_the_new_state_and_whether_it_changed() {
    let mut tracker = StatusTracker::new();
    let mut changed = |code, timestamp| {
        let state = tracker.apply(&of_m(code, timestamp));
        assert_eq!(tracker.state("m", 0), Some(state.clone()));
        assert!(!tracker.state("m", 0).unwrap().changed());
        state.changed()
    };
    assert!(changed(112_001, LATE));
    assert!(!changed(112_001, LATE), "a repeat");
    assert!(changed(112_003, LATE));
    assert!(!changed(112_002, LATE), "late");
    assert!(changed(112_009, LATE), "another code, of which one is told");
    assert!(changed(112_403, ""), "a dispute");
    assert!(!changed(112_403, ""));
    assert!(!changed(112_003, LATE));
}

#[test]
fn a_state_has_the_fields_of_its_report() {
    let full = report(&json!({"messageId": "8aU6", "refId": "76439283", "messageType": "text", "messageIndex": 2,
        "timestamp": LATE, "resultCode": 112_003, "resultDescription": "delivered"}));
    let state = StatusTracker::new().apply(&full);
    assert_eq!((state.message_id(), state.message_index(), state.ref_id()), (Some("8aU6"), Some(2), Some("76439283")));
    assert_eq!((state.status(), state.result_code()), (Status::Delivered, ResultCode::DELIVERED));
    assert_eq!((state.timestamp(), state.timestamp_raw()), (full.timestamp(), Some(LATE)));
    assert_eq!(state.description(), Some("delivered"));
    assert!(state.is_final() && state.changed() && !state.is_disputed());
    let printed = format!("{state:?} {:?}", tracker([&full]));
    assert!(!printed.contains("8aU6") && !printed.contains("76439283"), "{printed}");
}

#[test]
fn an_invalid_timestamp_is_kept_as_text() {
    let state = state(&[of_m(112_002, "yesterday")]);
    assert_eq!((state.timestamp(), state.timestamp_raw()), (None, Some("yesterday")));
}

#[test]
fn long_fields_of_a_report_are_truncated_or_dropped() {
    let long = report(&json!({"messageId": "m", "resultCode": 112_003, "timestamp": "9".repeat(65),
        "resultDescription": "ö".repeat(600) + "x"}));
    let state = StatusTracker::new().apply(&long);
    assert_eq!(state.timestamp_raw(), None);
    assert_eq!(state.description(), Some(&*"ö".repeat(512)));
    let odd = report(
        &json!({"messageId": "m", "resultCode": 112_003, "resultDescription": "x".to_owned() + &"ö".repeat(600)}),
    );
    assert_eq!(StatusTracker::new().apply(&odd).description().map(str::len), Some(1023));
}

#[test]
fn messages_are_identified_by_id_and_index() {
    let reports = [
        json!({"messageId": "m", "messageIndex": 1, "resultCode": 112_003}),
        json!({"messageId": "m", "messageIndex": 0, "resultCode": 112_002}),
        json!({"messageId": "m", "resultCode": 112_001}),
        json!({"messageId": "n", "messageIndex": 0, "resultCode": 112_403, "refId": "r"}),
    ];
    let mut tracker = tracker(&reports.each_ref().map(report));
    let status = |tracker: &StatusTracker, id, index| tracker.state(id, index).map(|state| state.status());
    assert_eq!(status(&tracker, "m", Some(1)), Some(Status::Delivered));
    assert_eq!(status(&tracker, "m", Some(0)), Some(Status::Sent));
    assert_eq!(status(&tracker, "m", Some(2)), None);
    let known: Vec<_> = tracker.iter().map(|state| (state.message_id(), state.message_index())).collect();
    assert_eq!(known, [(Some("m"), None), (Some("m"), Some(0)), (Some("m"), Some(1)), (Some("n"), Some(0))]);
    assert_eq!(status(&tracker, "n", Some(0)), Some(Status::Failed));
    assert_eq!((tracker.len(), tracker.iter().count()), (5, 4));
    assert!(tracker.forget("m") && !tracker.forget("m"));
    assert_eq!((status(&tracker, "m", Some(1)), tracker.len()), (None, 2));
    assert!(tracker.forget("n") && !tracker.is_empty());
    assert_eq!(tracker.resolve("r"), Resolution::MessageFailed, "what a report proved outlives its message");
    assert!(tracker.forget_ref_id("r") && !tracker.forget_ref_id("r"));
    assert!(tracker.is_empty());
    assert_eq!(tracker.resolve("r"), Resolution::Unknown);
}

#[test]
fn without_an_index_state_returns_the_only_or_the_least_advanced_state() {
    let of = |index: Option<i64>, code: i64| {
        let mut json = json!({"messageId": "m", "resultCode": code});
        if let Some(index) = index {
            json["messageIndex"] = index.into();
        }
        report(&json)
    };
    for index in [Some(0), Some(7), Some(-1), None] {
        let found = tracker([&of(index, 112_003)]).state("m", None).expect("a state");
        assert_eq!((found.status(), found.message_index()), (Status::Delivered, index));
    }
    assert_eq!(tracker([&of(Some(0), 112_003)]).state("n", None), None);
    for (codes, least) in [
        ([112_003, 112_001, 112_002], 1),
        ([112_003, 112_009, 112_002], 1),
        ([112_007, 112_003, 112_008], 1),
        ([112_008, 112_007, 112_007], 1),
        ([112_003, 112_002, 112_403], 1),
        ([112_003, 112_003, 112_403], 2),
        ([112_003, 112_003, 112_003], 0),
    ] {
        let reports: Vec<_> = (0..).zip(codes).map(|(index, code)| of(Some(index), code)).collect();
        for turn in 0..3 {
            let turned = reports[turn..].iter().chain(&reports[..turn]);
            assert_eq!(
                tracker(turned).state("m", None).and_then(|state| state.message_index()),
                Some(least),
                "{codes:?}"
            );
        }
    }
}

#[test]
fn the_states_of_a_ref_id_are_those_of_its_messages_and_of_the_request() {
    let reports = [
        json!({"messageId": "b", "messageIndex": 1, "refId": "r", "resultCode": 112_002}),
        json!({"messageId": "b", "messageIndex": 0, "refId": "r", "resultCode": 112_003}),
        json!({"messageId": "a", "refId": "r", "resultCode": 112_403}),
        json!({"messageId": "c", "refId": "r-1", "resultCode": 112_003}),
        json!({"messageId": "d", "resultCode": 112_003}),
        json!({"refId": "r", "messageType": "request", "messageIndex": -1, "resultCode": 112_402}),
    ];
    let ids = |tracker: &StatusTracker, ref_id: &str| -> Vec<_> {
        tracker.states(ref_id).map(|state| (state.message_id().map(str::to_owned), state.message_index())).collect()
    };
    let of = |id: &str, index| (Some(id.to_owned()), index);
    let mut tracker = tracker(&reports.each_ref().map(report));
    let wanted = [of("a", None), of("b", Some(0)), of("b", Some(1)), (None, None)];
    assert_eq!(ids(&tracker, "r"), wanted);
    assert_eq!(ids(&tracker, "r-1"), [of("c", None)]);
    for near in ["", "r-", "R", "d"] {
        assert_eq!(ids(&tracker, near), []);
    }
    let loaded = StatusTracker::from_json(&tracker.to_json()).expect("what it wrote");
    assert_eq!(ids(&loaded, "r"), wanted);
    // A reference that comes later, and one that gives way to another.
    tracker.apply(&report(&json!({"messageId": "d", "refId": "z", "resultCode": 112_001})));
    assert_eq!(ids(&tracker, "z"), [of("d", None)]);
    tracker.apply(&report(&json!({"messageId": "d", "refId": "y", "resultCode": 112_001})));
    assert_eq!((ids(&tracker, "y"), ids(&tracker, "z")), (vec![of("d", None)], vec![]));
    tracker.forget("b");
    assert_eq!(ids(&tracker, "r"), [of("a", None), (None, None)]);
    tracker.retain(|state| !state.is_final());
    assert_eq!(ids(&tracker, "r"), []);
}

#[test]
fn an_id_that_only_one_report_has_is_kept() {
    let without = report(&json!({"messageId": "m", "messageIndex": 0, "resultCode": 112_003}));
    let state = state(&[of_m(112_001, ""), without]);
    assert_eq!((state.status(), state.ref_id()), (Status::Delivered, Some("r")));
}

#[test]
fn reports_without_message_id_are_kept_by_ref_id() {
    let failed = report(&json!({"refId": "r", "messageType": "request", "messageIndex": -1, "resultCode": 112_402,
        "resultDescription": "Bad request"}));
    let mut tracker = StatusTracker::new();
    let state = tracker.apply(&failed);
    assert_eq!((state.message_id(), state.message_index(), state.ref_id()), (None, None, Some("r")));
    assert_eq!((state.status(), state.description()), (Status::Failed, Some("Bad request")));
    assert_eq!(tracker.request_state("r"), Some(state));
    assert_eq!((tracker.request_state("R"), tracker.state("r", -1)), (None, None));
    assert_eq!(tracker.iter().count(), 1);
}

#[test]
fn an_empty_id_counts_as_absent() {
    let mut tracker = StatusTracker::new();
    let state = tracker.apply(&report(&json!({"messageId": "", "refId": "", "resultCode": 112_003})));
    assert_eq!((state.status(), state.changed()), (Status::Delivered, false));
    assert!(tracker.is_empty());
    let nameless = report(&json!({"messageId": "", "refId": "r", "messageType": "text", "resultCode": 112_403}));
    tracker.apply(&nameless);
    assert_eq!((tracker.state("", None), tracker.resolve("r")), (None, Resolution::Unknown));
    assert!(tracker.request_state("r").is_some());
    assert_eq!(tracker.resolve(""), Resolution::Unknown);
    assert_eq!(
        Resolution::of("", [&report(&json!({"messageId": "m", "refId": "", "resultCode": 112_003}))]),
        Resolution::Unknown
    );
}

#[test]
fn an_unknown_outcome_is_resolved_by_reports_that_prove_it() {
    use Resolution::{Accepted, Failed, MessageFailed, Unknown};
    for (parts, resolution) in [
        // A report of a message proves that the gateway took it; what came of it is told apart.
        (json!({"messageId": "m", "resultCode": 112_001}), Accepted),
        (json!({"messageId": "m", "messageType": "text", "messageIndex": 0, "resultCode": 112_403}), MessageFailed),
        (json!({"messageId": "m", "resultCode": 112_402}), MessageFailed),
        (json!({"messageIndex": -1, "messageId": "m", "messageType": "text", "resultCode": 112_406}), MessageFailed),
        (json!({"messageId": "m", "resultCode": 112_999}), Accepted),
        (json!({"resultCode": 112_001}), Accepted),
        (json!({"messageType": "text", "resultCode": 112_003}), Accepted),
        (json!({"messageType": "request", "resultCode": 112_004}), Accepted),
        // One that failed whole.
        (json!({"messageType": "request", "messageIndex": -1, "resultCode": 112_402}), Failed),
        (json!({"messageType": "request", "messageIndex": 0, "resultCode": 112_500}), Failed),
        (json!({"messageType": "request", "messageId": "m", "resultCode": 112_402}), Failed),
        // Nothing but the type says that a request failed whole.
        (json!({"messageIndex": -1, "resultCode": 112_000}), Unknown),
        (json!({"resultCode": 112_000}), Unknown),
        (json!({"resultCode": 112_400}), Unknown),
        (json!({"messageType": "Request", "resultCode": 112_400}), Unknown),
        // A message of possibly many, without its id; and unknown codes.
        (json!({"messageType": "text", "messageIndex": 0, "resultCode": 112_404}), Unknown),
        (json!({"messageType": "request", "resultCode": 112_999}), Unknown),
        (json!({"resultCode": 112_009}), Unknown),
        (json!({"resultCode": 112_006}), Accepted),
        (json!({"resultCode": 112_008}), Accepted),
    ] {
        let mut json = parts.clone();
        json["refId"] = "r-1".into();
        let report = report(&json);
        assert_eq!(tracker([&report]).resolve("r-1"), resolution, "{parts}");
        assert_eq!(Resolution::of("r-1", [&report]), resolution, "{parts}");
        for near in ["r", "r-", "r-10", "R-1", "r-1 ", ""] {
            assert_eq!(tracker([&report]).resolve(near), Unknown, "{near}");
            assert_eq!(Resolution::of(near, [&report]), Unknown, "{near}");
        }
    }
}

#[test]
fn an_accepted_request_is_never_resolved_as_failed() {
    let failed = report(&json!({"refId": "r", "messageType": "request", "messageIndex": -1, "resultCode": 112_402}));
    for reports in [[&failed, &of_m(112_001, "")], [&of_m(112_001, ""), &failed]] {
        assert_eq!(tracker(reports).resolve("r"), Resolution::Accepted);
        assert_eq!(Resolution::of("r", reports), Resolution::Accepted);
    }
    let message_failed = of_m(112_403, "");
    for (reports, resolution) in [
        (vec![&failed, &message_failed], Resolution::MessageFailed),
        (vec![&message_failed, &of_m(112_002, "")], Resolution::Accepted),
        (vec![&message_failed, &of_m(112_404, "")], Resolution::MessageFailed),
        (vec![], Resolution::Unknown),
    ] {
        assert_eq!(Resolution::of("r", reports.iter().copied()), resolution);
        assert_eq!(Resolution::of("r", reports.iter().rev().copied()), resolution);
        let loaded = StatusTracker::from_json(&tracker(reports).to_json()).expect("what it wrote");
        assert_eq!(loaded.resolve("r"), resolution);
    }
    let all = [Resolution::Accepted, Resolution::MessageFailed, Resolution::Failed, Resolution::Unknown];
    assert_eq!(all.map(|word| word.to_string()), ["accepted", "message_failed", "failed", "unknown"]);
}

#[test]
fn retain_forgets_states_and_unused_ref_ids() {
    let reports = [
        json!({"messageId": "done", "refId": "r1", "resultCode": 112_003}),
        json!({"messageId": "open", "refId": "r2", "resultCode": 112_002}),
        json!({"messageId": "done2", "refId": "r2", "resultCode": 112_003}),
        json!({"refId": "r3", "messageType": "request", "resultCode": 112_402}),
        json!({"refId": "r4", "resultCode": 112_001}),
        json!({"messageId": "gone", "refId": "r5", "resultCode": 112_001}),
        json!({"messageId": "open", "messageIndex": 0, "resultCode": 112_003}),
    ];
    let mut tracker = tracker(&reports.each_ref().map(report));
    tracker.forget("gone");
    tracker.retain(|state| !state.is_final());
    assert_eq!((tracker.len(), tracker.iter().count()), (3, 2));
    let known = ["r1", "r2", "r3", "r4", "r5"].map(|ref_id| tracker.resolve(ref_id) != Resolution::Unknown);
    assert_eq!(known, [false, true, false, true, false]);
    assert!(tracker.state("open", None).is_some() && tracker.state("open", 0).is_none());
    tracker.retain(|_| false);
    assert!(tracker.is_empty());
}

#[test]
fn the_stored_form_is_stable() {
    let reports = [
        json!({"messageId": "m", "messageIndex": 0, "refId": "r", "resultCode": 112_003, "timestamp": EARLY, "resultDescription": "delivered"}),
        json!({"messageId": "m", "messageIndex": 0, "refId": "r", "resultCode": 112_009}),
        json!({"messageId": "m", "messageIndex": 0, "refId": "r", "resultCode": 112_403}),
        json!({"refId": "q", "messageType": "request", "messageIndex": -1, "resultCode": 112_402}),
    ];
    let json = tracker(&reports.each_ref().map(report)).to_json();
    let expected = concat!(
        r#"{"version":2,"messages":[{"messageId":"m","messageIndex":0,"refId":"r","progress":{"#,
        r#""known":{"resultCode":112003,"timestamp":"2020-03-30T12:59:40+02:00","description":"delivered"},"#,
        r#""other":{"resultCode":112009},"disputed":true}}],"#,
        r#""requests":[{"refId":"q","failed":true,"progress":{"known":{"resultCode":112402}}},{"refId":"r","accepted":true}]}"#,
    );
    assert_eq!(json, expected);
    assert_eq!(StatusTracker::from_json(expected).expect("what it wrote").to_json(), expected);
    assert_eq!(StatusTracker::new().to_json(), r#"{"version":2,"messages":[],"requests":[]}"#);
}

/// What the first version stored, and what these reports lead to now.
#[test]
fn an_earlier_stored_form_is_read_and_its_codes_get_their_status() {
    let of = |id: &str, code: i64| json!({"messageId": id, "refId": "r", "resultCode": code});
    let reports = [
        of("read", 112_003),
        of("read", 112_007),
        of("sent", 112_001),
        of("sent", 112_006),
        of("disputed", 112_403),
        of("disputed", 112_008),
        of("other", 112_999),
        json!({"refId": "q", "resultCode": 112_007}),
    ];
    let known = |code: i64| json!({"resultCode": code});
    let stored = json!({
        "version": 1,
        "messages": [
            {"messageId": "read", "refId": "r", "progress": {"known": known(112_003), "other": known(112_007)}},
            {"messageId": "sent", "refId": "r", "progress": {"known": known(112_001), "other": known(112_006)}},
            {"messageId": "disputed", "refId": "r", "progress": {"known": known(112_403), "other": known(112_008)}},
            {"messageId": "other", "refId": "r", "progress": {"other": known(112_999)}},
        ],
        "requests": [{"refId": "r", "accepted": true}, {"refId": "q", "progress": {"other": known(112_007)}}],
    });
    let read = StatusTracker::from_json(&stored.to_string()).expect("an earlier version");
    let now = tracker(&reports.each_ref().map(report));
    assert_eq!(read.to_json(), now.to_json());
    let state =
        |id| read.state(id, None).map(|state| (state.status(), state.other_code().is_some(), state.is_disputed()));
    assert_eq!(state("read"), Some((Status::Read, false, false)));
    assert_eq!(state("sent"), Some((Status::Sent, false, false)));
    assert_eq!(state("disputed"), Some((Status::Deleted, false, true)));
    assert_eq!(state("other"), Some((Status::Other, true, false)));
    assert_eq!(read.request_state("q").map(|state| state.status()), Some(Status::Read));
    assert_eq!(read.resolve("q"), Resolution::Accepted);

    let alone = json!({"messageId": "m", "progress": {"known": known(112_003), "other": known(112_007)}});
    assert_eq!(MessageState::from_json(&alone.to_string()).expect("an earlier version").status(), Status::Read);
}

#[test]
fn a_stored_tracker_that_was_changed_is_refused_without_its_values() {
    let known = |code: i64| json!({"known": {"resultCode": code}});
    let message = |progress: Value| json!({"messageId": "canary", "progress": progress});
    let messages = |list: Value| json!({"version": 2, "messages": list, "requests": []}).to_string();
    let requests = |list: Value| json!({"version": 2, "messages": [], "requests": list}).to_string();
    assert!(StatusTracker::from_json(&messages(json!([message(known(112_003))]))).is_ok());
    assert!(StatusTracker::from_json(&requests(json!([{"refId": "canary", "accepted": true}]))).is_ok());
    let long = "x".repeat(1025);
    for text in [
        String::new(),
        "canary".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "[".repeat(100_000),
        r#"{"version":2,"messages":[]}"#.to_owned(),
        r#"{"version":0,"messages":[],"requests":[]}"#.to_owned(),
        r#"{"version":3,"messages":[],"requests":[]}"#.to_owned(),
        r#"{"version":"2","messages":[],"requests":[]}"#.to_owned(),
        r#"{"version":2,"version":2,"messages":[],"requests":[]}"#.to_owned(),
        r#"{"version":2,"messages":[],"requests":[],"canary":1}"#.to_owned(),
        r#"{"version":2,"messages":[],"requests":[]} x"#.to_owned(),
        messages(json!("canary")),
        messages(json!([{"messageId": "canary"}])),
        messages(json!([{"progress": known(112_003)}])),
        messages(json!([{"messageId": "", "progress": known(112_003)}])),
        messages(json!([{"messageId": "canary", "refId": "", "progress": known(112_003)}])),
        messages(json!([{"messageId": "canary", "changed": true, "progress": known(112_003)}])),
        messages(json!([{"messageId": "canary", "messageIndex": 0.5, "progress": known(112_003)}])),
        messages(json!([message(known(112_003)), message(known(112_003))])),
        messages(json!([message(json!({}))])),
        messages(json!([message(json!({"disputed": true}))])),
        messages(json!([message(json!({"known": {"resultCode": 112_002}, "disputed": true}))])),
        messages(json!([message(known(112_009))])),
        messages(json!([message(json!({"known": {"resultCode": 112_003}, "canary": 1}))])),
        messages(json!([message(json!({"other": {"resultCode": 112_003}}))])),
        messages(json!([message(json!({"known": {"resultCode": "canary"}}))])),
        messages(json!([message(json!({"known": {"resultCode": 112_003, "canary": 1}}))])),
        messages(json!([message(json!({"known": {"resultCode": 112_003, "description": long}}))])),
        messages(json!([message(json!({"other": {"resultCode": 112_009, "timestamp": long}}))])),
        messages(json!([message(json!({"other": {"resultCode": 112_007, "timestamp": long}}))])),
        requests(json!([{"refId": "canary"}])),
        requests(json!([{"refId": "", "accepted": true}])),
        requests(json!([{"refId": "canary", "accepted": true}, {"refId": "canary", "accepted": true}])),
        requests(json!([{"refId": "canary", "accepted": true, "progress": {}}])),
    ] {
        let error = StatusTracker::from_json(&text).expect_err(&text);
        assert_eq!(error.code(), ErrorCode::InvalidConfig);
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn a_state_can_be_stored_alone_and_a_changed_one_is_refused() {
    let mut tracker = StatusTracker::new();
    for body in [
        json!({"messageId": "canary", "messageIndex": 0, "refId": "r", "resultCode": 112_003}),
        json!({"messageId": "canary", "messageIndex": 0, "refId": "r", "resultCode": 112_404, "resultDescription": "no"}),
        json!({"refId": "w", "messageType": "request", "messageIndex": -1, "resultCode": 112_402}),
        json!({"refId": "", "messageId": "", "resultCode": 112_001}),
    ] {
        let state = tracker.apply(&report(&body));
        let json = state.to_json();
        let again = MessageState::from_json(&json).expect("what it wrote");
        assert_eq!(again, state, "{json}");
        assert_eq!((again.to_json(), again.changed()), (json, false));
    }

    let known = json!({"known": {"resultCode": 112_003}});
    assert!(MessageState::from_json(&json!({"messageId": "canary", "progress": known}).to_string()).is_ok());
    for wrong in [
        json!({}),
        json!({"messageId": "canary", "progress": {}}),
        json!({"messageId": "", "refId": "canary", "progress": known}),
        json!({"messageIndex": 0, "refId": "canary", "progress": known}),
        json!({"messageId": "canary", "refId": "", "progress": known}),
        json!({"messageId": "canary", "progress": known, "canary": 1}),
        json!({"messageId": "canary", "progress": known, "changed": true}),
        json!({"messageId": "canary", "progress": {"known": {"resultCode": 112_009}}}),
        json!("canary"),
    ] {
        let error = MessageState::from_json(&wrong.to_string()).expect_err(&wrong.to_string());
        assert_eq!(error.code(), ErrorCode::InvalidConfig);
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[test]
fn trackers_and_states_are_send_and_sync() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<StatusTracker>();
    check::<MessageState>();
    check::<Resolution>();
}

/// Reports of few messages and moments, so that they meet.
fn reports() -> impl Strategy<Value = Vec<EventReport>> {
    let field = |values: Vec<Value>| option::weighted(0.8, select(values));
    let codes = vec![
        112_000, 112_001, 112_002, 112_003, 112_003, 112_004, 112_006, 112_007, 112_008, 112_403, 112_404, 112_999,
    ];
    let timestamps = vec![
        json!(EARLY),
        json!(LATE),
        json!("2020-03-30T10:59:40Z"),
        json!("2020-03-30T10:59:40.5Z"),
        json!("yesterday"),
        json!("9".repeat(70)),
    ];
    let parts = (
        (0..20_usize, select(codes)),
        field(vec![json!("m"), json!("m"), json!("n"), json!("")]),
        field(vec![json!("r"), json!("r-1"), json!("")]),
        field(vec![json!(-1), json!(0), json!(1)]),
        field(timestamps),
        field(vec![json!("text"), json!("request")]),
        field(vec![json!("delivered"), json!("\u{0}\"\n😀"), json!("ö".repeat(600))]),
    );
    let report = parts.prop_map(|((odd, code), message_id, ref_id, index, timestamp, message_type, description)| {
        let fields = [
            ("messageId", message_id),
            ("refId", ref_id),
            ("messageIndex", index),
            ("timestamp", timestamp),
            ("messageType", message_type),
            ("resultDescription", description),
        ];
        let mut json: Map<String, Value> =
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if !json.contains_key("messageId") && !json.contains_key("refId") {
            json.insert("refId".to_owned(), json!(format!("r{odd}")));
        }
        json.insert("resultCode".to_owned(), code.into());
        report(&Value::Object(json))
    });
    vec(report, 0..12)
}

/// Reports, and the same ones shuffled, some of them repeated.
fn reports_twice() -> impl Strategy<Value = (Vec<EventReport>, Vec<EventReport>)> {
    let with_repeats = reports().prop_flat_map(|reports| {
        let repeated: Vec<_> = reports.iter().chain(&reports).cloned().collect();
        let most = repeated.len();
        let kept = reports.len();
        // All of the first half stay.
        (Just(reports), (kept..=most).prop_map(move |len| repeated[..len].to_vec()))
    });
    with_repeats.prop_flat_map(|(reports, repeated)| (Just(reports), Just(repeated).prop_shuffle()))
}

/// How far a status is.
fn step(status: Status) -> u8 {
    match status {
        Status::Queued => 0,
        Status::Other => 1,
        Status::Sent => 2,
        Status::Delivered | Status::Failed => 3,
        Status::Read => 4,
        Status::Deleted => 5,
        _ => panic!("a new status"),
    }
}

proptest! {
    #[test]
    fn the_order_and_number_of_reports_do_not_matter((reports, shuffled) in reports_twice()) {
        let (one, other) = (tracker(&reports), tracker(&shuffled));
        prop_assert!(one == other, "{}\n{}", one.to_json(), other.to_json());
        prop_assert_eq!(one.to_json(), other.to_json());
        for ref_id in ["r", "r-1"] {
            prop_assert_eq!(one.resolve(ref_id), other.resolve(ref_id));
            prop_assert_eq!(one.resolve(ref_id), Resolution::of(ref_id, &shuffled));
            let of = |state: &&MessageState| state.ref_id() == Some(ref_id);
            prop_assert_eq!(one.states(ref_id).collect::<Vec<_>>(), other.iter().filter(of).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_status_never_goes_back_and_apply_returns_the_kept_state(reports in reports()) {
        let mut tracker = StatusTracker::new();
        for report in &reports {
            let before = tracker.clone();
            let state = |tracker: &StatusTracker| match report.message_id() {
                Some(id) if !id.is_empty() => {
                    let of = |state: &&MessageState| state.message_id() == Some(id) && state.message_index() == report.message_index();
                    tracker.iter().find(of).cloned()
                }
                _ => tracker.request_state(report.ref_id().unwrap_or("")),
            };
            let applied = tracker.apply(report);
            prop_assert_eq!(state(&tracker).is_some_and(|kept| kept == applied), state(&tracker).is_some());
            prop_assert_eq!(applied.changed(), state(&tracker) != state(&before));
            if let Some(before) = state(&before) {
                prop_assert!(step(applied.status()) >= step(before.status()), "{:?} after {:?}", applied, before);
                prop_assert!(applied.is_disputed() || !before.is_disputed());
            }
            prop_assert!(!tracker.apply(report).changed());
        }
    }

    #[test]
    fn storing_and_loading_changes_nothing(reports in reports(), later in reports()) {
        let mut tracker = tracker(&reports);
        let json = tracker.to_json();
        let mut loaded = StatusTracker::from_json(&json).expect("what it wrote");
        prop_assert!(loaded == tracker);
        prop_assert_eq!(loaded.to_json(), json);
        for report in &later {
            prop_assert_eq!(loaded.apply(report), tracker.apply(report));
        }
        prop_assert!(loaded == tracker);
    }

    #[test]
    fn no_text_makes_from_json_panic(text in any::<String>()) {
        prop_assert!(StatusTracker::from_json(&text).is_err());
    }
}
