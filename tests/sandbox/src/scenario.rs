//! What goes wrong, chosen by the last four digits of a destination.

/// Something that goes wrong when a destination ends in certain four digits.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// The last four digits of the destination.
    pub digits: &'static str,
    /// What happens, in a few words.
    pub what: &'static str,
    pub(crate) answer: Answer,
    pub(crate) reports: Reports,
}

/// All scenarios. A destination of none of them is accepted, sent and delivered.
pub fn scenarios() -> &'static [Scenario] {
    SCENARIOS
}

/// What happens at the level of HTTP. [`Scenario::answer`] of the first destination that asks for
/// something decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200, with an id for each destination.
    Accept,
    /// An `ErrorResponse`: HTTP status, result code, whether with `Retry-After: 1`.
    Refuse(u16, u32, bool),
    CloseUnanswered,
    CutHalfWay,
    Html,
    Silence,
    /// 200 whose `resultCode` is that of a failure.
    AcceptedFailure(u32),
    OneIdTooFew,
}

/// Which reports each message to the destination brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reports {
    SentDelivered,
    EveryTwice,
    DeliveredBeforeSent,
    None,
    SentThenFailed(u32),
    Failed(u32),
}

impl Scenario {
    pub(crate) fn of(destination: &str) -> Option<&'static Scenario> {
        SCENARIOS.iter().find(|scenario| destination.ends_with(scenario.digits))
    }
}

impl Answer {
    /// Whether the gateway took the messages, whatever the client gets to know of it.
    pub(crate) fn accepts(self) -> bool {
        !matches!(self, Answer::Refuse(..) | Answer::AcceptedFailure(_))
    }
}

const SCENARIOS: &[Scenario] = &[
    answers("1400", "status 400, resultCode 112402", Answer::Refuse(400, 112_402, false)),
    answers("1401", "status 401, resultCode 112400", Answer::Refuse(401, 112_400, false)),
    answers("1403", "status 403, resultCode 112401", Answer::Refuse(403, 112_401, false)),
    answers("1429", "status 429, resultCode 112000, Retry-After: 1", Answer::Refuse(429, 112_000, true)),
    answers("1500", "status 500, resultCode 112500", Answer::Refuse(500, 112_500, false)),
    answers("1503", "status 503, resultCode 112500, Retry-After: 1", Answer::Refuse(503, 112_500, true)),
    answers("2001", "accepted, but the connection closes without an answer", Answer::CloseUnanswered),
    answers("2002", "accepted, but the 200 is cut half way through its body", Answer::CutHalfWay),
    answers("2003", "accepted, but the 200 has HTML for a body", Answer::Html),
    answers("2004", "accepted, but never answered", Answer::Silence),
    answers("2005", "status 200 with resultCode 112500, not accepted", Answer::AcceptedFailure(112_500)),
    answers("2006", "accepted, with one message id too few", Answer::OneIdTooFew),
    answers("2007", "status 200 with resultCode 112402, not accepted", Answer::AcceptedFailure(112_402)),
    reports("3001", "every report twice", Reports::EveryTwice),
    reports("3002", "delivered is reported before sent", Reports::DeliveredBeforeSent),
    reports("3003", "no report", Reports::None),
    reports("3403", "sent is reported, then 112403 (not delivered)", Reports::SentThenFailed(112_403)),
    reports("3404", "112404 (invalid contact) is reported", Reports::Failed(112_404)),
    reports("3406", "112406 (failed WA request) is reported", Reports::Failed(112_406)),
];

const fn answers(digits: &'static str, what: &'static str, answer: Answer) -> Scenario {
    let reports = Reports::SentDelivered;
    Scenario { digits, what, answer, reports }
}

const fn reports(digits: &'static str, what: &'static str, reports: Reports) -> Scenario {
    let answer = Answer::Accept;
    Scenario { digits, what, answer, reports }
}

#[cfg(test)]
mod tests {
    use super::{SCENARIOS, Scenario};

    #[test]
    fn only_the_last_four_digits_count() {
        assert_eq!(Scenario::of("+46701401").map(|s| s.digits), Some("1401"));
        assert!(Scenario::of("+46714010").is_none());
        assert!(Scenario::of("401").is_none());
    }

    #[test]
    fn the_readme_lists_every_scenario() {
        let readme = include_str!("../README.md");
        for Scenario { digits, what, .. } in SCENARIOS {
            assert!(readme.contains(&format!("| `{digits}` | {what} |")), "{digits}: {what}");
        }
    }
}
