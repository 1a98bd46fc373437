//! Every scenario of the sandbox through the client: the right code, the right outcome, exactly one body received.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use linkwa::{Callback, Client, Config, Error, Message, ResultCode, SendOptions, SendResult, Text};
use linkwa_sandbox::{CallbackEndpoint, Gate, Options, Sandbox};

const WAIT: Duration = Duration::from_secs(30);

fn client(sandbox: &Sandbox) -> Client {
    let config = Config::with_base_url(sandbox.base_url(), "user", "secret").platform("p", "pp").source("+46000000000");
    Client::new(config).expect("a client")
}

fn sandbox() -> Sandbox {
    Sandbox::start(Options::new()).expect("a sandbox")
}

/// Code, reason, status, result code and seconds to wait, as words.
fn summary(result: &Result<SendResult, Error>) -> String {
    let error = match result {
        Ok(sent) => {
            return format!(
                "ok {} ids {} receipts {}",
                sent.result_code().number(),
                sent.message_ids().len(),
                sent.receipts().len()
            );
        }
        Err(error) => error,
    };
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    format!(
        "{} {} {} {} {} {}",
        error.code(),
        or_dash(error.outcome().map(|outcome| outcome.to_string())),
        or_dash(error.reason().map(|reason| reason.to_string())),
        or_dash(error.http_status().map(|status| status.to_string())),
        or_dash(error.result_code().map(|code| code.number().to_string())),
        or_dash(error.retry_after().map(|wait| wait.as_secs().to_string())),
    )
}

#[test]
fn each_scenario_has_its_code_and_outcome_and_gets_one_request() {
    let expected = [
        ("1400", "rejected rejected - 400 112402 -"),
        ("1401", "rejected rejected - 401 112400 -"),
        ("1403", "rejected rejected - 403 112401 -"),
        ("1429", "rejected rejected - 429 112000 1"),
        ("1500", "outcome_unknown unknown server_error 500 112500 -"),
        ("1503", "outcome_unknown unknown server_error 503 112500 1"),
        ("2001", "outcome_unknown unknown connection_lost - - -"),
        ("2002", "outcome_unknown unknown connection_lost 200 - -"),
        ("2003", "outcome_unknown unknown invalid_response 200 - -"),
        ("2005", "outcome_unknown unknown server_error 200 112500 -"),
        ("2007", "rejected rejected - 200 112402 -"),
        ("2006", "ok 112001 ids 0 receipts 0"),
        ("3001", "ok 112001 ids 1 receipts 1"),
        ("3404", "ok 112001 ids 1 receipts 1"),
        ("0001", "ok 112001 ids 1 receipts 1"),
    ];
    for warm in [false, true] {
        let sandbox = sandbox();
        let client = client(&sandbox);
        for (digits, wanted) in expected {
            if warm {
                client.send_text("+46000000001", "warm").expect("accepted");
            }
            sandbox.clear_requests();
            let result = client.send(format!("+4670000{digits}"), Text::new("x"), &SendOptions::new().ref_id("r-17"));
            assert_eq!(summary(&result), wanted, "{digits}, warm: {warm}");
            match &result {
                Ok(sent) => assert_eq!((sent.ref_id(), sent.attempts()), ("r-17", 1)),
                Err(error) => assert_eq!(error.ref_id(), Some("r-17")),
            }
            let bodies = sandbox.requests().iter().filter(|request| request.body_complete).count();
            assert_eq!(bodies, 1, "{digits}, warm: {warm}");
        }
    }
}

/// A short timeout can pass on a busy machine before the message leaves. Such a send is not sent, and a longer timeout is tried.
#[test]
fn a_gateway_that_never_answers_ends_at_the_deadline_with_an_unknown_outcome() {
    const NEVER_ANSWERED: &str = "+46700002004";
    let sandbox = sandbox();
    let client = client(&sandbox);
    let by_option = |timeout| client.send(NEVER_ANSWERED, Text::new("x"), &SendOptions::new().timeout(timeout));
    let by_client = |timeout| client.with_timeout(timeout).send_text(NEVER_ANSWERED, "x");
    let sends: [&dyn Fn(Duration) -> Result<SendResult, Error>; 2] = [&by_option, &by_client];
    for send in sends {
        sandbox.clear_requests();
        let mut timeout = Duration::from_millis(200);
        loop {
            let began = Instant::now();
            let result = summary(&send(timeout));
            assert!(began.elapsed() >= timeout);
            if result == "outcome_unknown unknown deadline - - -" {
                break;
            }
            assert_eq!(result, "not_sent not_sent deadline - - -");
            assert!(timeout < WAIT, "the message never leaves");
            timeout *= 2;
        }
        assert!(sandbox.wait_for_requests(1, WAIT));
        assert_eq!(sandbox.requests().iter().filter(|request| request.body_complete).count(), 1);
    }
}

#[test]
fn wrong_credentials_are_a_rejection() {
    let sandbox = sandbox();
    let config = Config::with_base_url(sandbox.base_url(), "user", "wrong").platform("p", "pp").source("+46000000000");
    let result = Client::new(config).expect("a client").send_text("+46000000001", "x");
    assert_eq!(summary(&result), "rejected rejected - 401 112400 -");
}

#[test]
fn receipts_pair_destinations_with_ids_in_order() {
    let sandbox = sandbox();
    let to = ["+46000000001", "+46000000002", "+46000000003"];
    let sent = client(&sandbox).send_text(to, "x").expect("accepted");
    assert_eq!(sent.result_code(), ResultCode::QUEUED);
    let paired: Vec<_> = sent.receipts().iter().map(|receipt| (receipt.destination(), receipt.message_id())).collect();
    let wanted: Vec<_> = to.into_iter().zip(sent.message_ids().iter().map(String::as_str)).collect();
    assert_eq!(paired, wanted);
    // One of them asks for one id too few: nothing is paired, nothing is lost.
    let to = ["+46000000001", "+46000002006", "+46000000003"];
    let sent = client(&sandbox).send_text(to, "x").expect("accepted");
    assert_eq!((sent.message_ids().len(), sent.receipts().len()), (2, 0));
}

#[test]
fn several_messages_go_in_one_request_and_their_reports_come_back() {
    let callbacks = CallbackEndpoint::start().expect("an endpoint");
    let sandbox = Sandbox::start(Options::new().gate(Gate::new("g", callbacks.url()))).expect("a sandbox");
    let options = SendOptions::new().event_report_gates(["g"]).custom_parameter("k", "v").ref_id("r-1");
    let messages: [Message; 2] = [Text::new("one").into(), linkwa::Image::new("https://example.com/a.png").into()];
    let sent = client(&sandbox).send("+46000000001", messages, &options).expect("accepted");
    assert_eq!(sandbox.requests().len(), 1);
    assert!(sandbox.wait_idle(WAIT));
    let mut seen = Vec::new();
    for callback in callbacks.received() {
        let Callback::EventReport(report) = linkwa::parse_callback(callback.body).expect("a callback") else {
            panic!("not a report");
        };
        assert_eq!(report.ref_id(), Some("r-1"));
        assert_eq!(report.message_id(), sent.message_ids().first().map(String::as_str));
        assert_eq!(report.custom_parameters().and_then(|parameters| parameters.get("k")), Some("v"));
        assert!(report.timestamp().is_some());
        seen.push((
            report.message_index().expect("an index"),
            report.message_type().unwrap().to_owned(),
            report.status(),
        ));
    }
    seen.sort_by_key(|(index, _, status)| (*index, status.as_str()));
    let seen: Vec<_> = seen.iter().map(|(index, kind, status)| format!("{index} {kind} {status}")).collect();
    assert_eq!(seen, ["0 text delivered", "0 text sent", "1 image delivered", "1 image sent"]);
}

/// What comes as event reports for each kind of destination.
#[test]
fn reports_that_are_repeated_reordered_missing_or_failed_are_recognised() {
    let callbacks = CallbackEndpoint::start().expect("an endpoint");
    let sandbox = Sandbox::start(Options::new().default_gate(Gate::new("g", callbacks.url()))).expect("a sandbox");
    let client = client(&sandbox);
    let expected = [
        ("0001", vec![112_002, 112_003]),
        ("3001", vec![112_002, 112_002, 112_003, 112_003]),
        ("3002", vec![112_003, 112_002]),
        ("3003", vec![]),
        ("3403", vec![112_002, 112_403]),
        ("3404", vec![112_404]),
        ("3406", vec![112_406]),
    ];
    for (digits, mut wanted) in expected {
        callbacks.clear();
        client.send_text(format!("+4670000{digits}"), "x").expect("accepted");
        assert!(sandbox.wait_idle(WAIT), "{digits}");
        let mut keys = std::collections::HashSet::new();
        let mut codes = Vec::new();
        for callback in callbacks.received() {
            let callback = linkwa::parse_callback(callback.body).expect("a callback");
            keys.insert(callback.key());
            let Callback::EventReport(report) = callback else { panic!("not a report") };
            codes.push(report.result_code().number());
        }
        if digits == "3001" {
            codes.sort_unstable();
        }
        assert_eq!(codes, wanted, "{digits}");
        wanted.dedup();
        assert_eq!(keys.len(), wanted.len(), "{digits}: a repeated report has the same key");
    }
}
