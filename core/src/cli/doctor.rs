//! `linkwa doctor`

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::arguments::{Arguments, Format};
use super::{FOUND, Io, OK, Result, printable, write_json};
use crate::client::Client;
use crate::config::{Config, SETTINGS};
use crate::declared::{Kind, Setting};
use crate::delivery::{Probe, ProbeAnswer};
use crate::error::Reason;
use crate::finding::Finding;
use crate::message::Text;
use crate::options::SendOptions;

/// A clock that is wrong by more than this makes times of validity and care windows wrong.
const MAX_SKEW: Duration = Duration::from_secs(60);

/// The steps on the way to the gateway, in order. `configuration` is before them.
const WAY: [&str; 6] = ["name", "connection", "proxy", "tls", "answer", "clock"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Failed,
    /// Not needed, or not reached.
    Skipped,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

struct Step {
    name: &'static str,
    state: State,
    detail: String,
}

fn ok(detail: impl Into<String>) -> (State, String) {
    (State::Ok, detail.into())
}

fn failed(detail: impl Into<String>) -> (State, String) {
    (State::Failed, detail.into())
}

fn skipped(detail: impl Into<String>) -> (State, String) {
    (State::Skipped, detail.into())
}

pub(super) fn run(arguments: &Arguments, io: &mut Io<'_>) -> Result {
    let format = arguments.format()?;
    arguments.none()?;
    let client = Config::from_env().and_then(Client::new);
    let settings = settings(client.is_ok());
    if format == Format::Text {
        for Given { setting, variable, is_set, value } in &settings {
            let shown = match (value, is_set, setting.default) {
                (Some(value), ..) => printable(value),
                (None, true, _) => "set".to_owned(),
                (None, false, Some(default)) => format!("not set: {default}"),
                (None, false, None) => "not set".to_owned(),
            };
            writeln!(io.output, "{variable:<28}{shown}")?;
        }
        writeln!(io.output)?;
    }
    let (configuration, way) = match &client {
        Ok(client) => (check_example(client), way(&client.probe(), SystemTime::now())),
        Err(error) => (failed(format!("{error}; set or correct these variables")), WAY.map(|_| skipped("not reached"))),
    };
    let steps = [("configuration", configuration)].into_iter().chain(WAY.into_iter().zip(way));
    let steps: Vec<_> = steps.map(|(name, (state, detail))| Step { name, state, detail }).collect();
    if format == Format::Json {
        let settings: Vec<_> = settings.iter().map(Given::json).collect();
        let steps: Vec<_> = steps
            .iter()
            .map(|step| json!({"step": step.name, "state": step.state.word(), "detail": step.detail}))
            .collect();
        write_json(io.output, &json!({"settings": settings, "steps": steps}))?;
    } else {
        for Step { name, state, detail } in &steps {
            writeln!(io.output, "{:<9}{name:<15}{}", state.word(), printable(detail))?;
        }
    }
    Ok(if steps.iter().any(|step| step.state == State::Failed) { FOUND } else { OK })
}

/// A setting that has a variable.
struct Given {
    setting: &'static Setting,
    variable: &'static str,
    is_set: bool,
    /// A value that cannot be a secret or a number.
    value: Option<String>,
}

impl Given {
    fn json(&self) -> serde_json::Value {
        json!({
            "setting": self.setting.field.name,
            "variable": self.variable,
            "isSet": self.is_set,
            "value": self.value,
            "default": self.setting.default,
        })
    }
}

/// Each setting that has a variable. A value is shown only if its kind leaves no room for a secret or a number, and the whole
/// configuration is valid.
fn settings(is_valid: bool) -> Vec<Given> {
    SETTINGS
        .iter()
        .filter_map(|setting| {
            let variable = setting.variable?;
            let value = std::env::var_os(variable).filter(|value| !value.is_empty());
            let is_public = matches!(setting.field.kind, Kind::Word(_) | Kind::Bool | Kind::Duration);
            let is_set = value.is_some();
            let value = value.filter(|_| is_public && is_valid).and_then(|value| value.into_string().ok());
            Some(Given { setting, variable, is_set, value })
        })
        .collect()
}

/// Whether a text to an example number can be sent with these settings. Findings have no values.
fn check_example(client: &Client) -> (State, String) {
    let (is_valid, findings) = match client.prepare("+46000000001", Text::new("Hello"), &SendOptions::new()) {
        Ok(prepared) => (true, prepared.warnings),
        Err(error) => (false, error.findings().to_vec()),
    };
    let findings = findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("; ");
    if is_valid { ok(findings) } else { failed(format!("a text with these settings is not valid: {findings}")) }
}

/// What became of each step of [`WAY`].
fn way(probe: &Probe, now: SystemTime) -> [(State, String); 6] {
    let direct = || match probe.proxy {
        Some(_) => skipped("the proxy's task"),
        None => ok(&probe.gateway),
    };
    let proxy = probe.proxy.as_ref().map_or_else(|| skipped("not used"), ok);
    let tls = if probe.is_https { ok("") } else { skipped("not used: the base URL begins with http://") };
    let mut steps = [direct(), direct(), proxy, tls, ok(""), ok("")];
    let problem = match &probe.result {
        Err((reason, detail)) => {
            let (step, help) = step_of(*reason);
            Some((step, format!("{detail}{help}")))
        }
        Ok(ProbeAnswer { status: status @ 500.., .. }) => {
            Some(("answer", format!("HTTP {status}: the gateway has a fault; try again later")))
        }
        Ok(ProbeAnswer { status, date }) => {
            let [.., answered, clock] = &mut steps;
            *answered = ok(format!("HTTP {status} to a GET request without credentials; no message was sent"));
            *clock = clock_step(*date, now);
            None
        }
    };
    if let Some((problem, detail)) = problem {
        let mut rest = WAY.iter().zip(&mut steps).skip_while(|(name, _)| **name != problem).map(|(_, step)| step);
        if let Some(step) = rest.next() {
            *step = failed(detail);
        }
        rest.filter(|(state, _)| *state == State::Ok).for_each(|step| *step = skipped("not reached"));
    }
    steps
}

/// The step that fails for this reason, and what to do.
fn step_of(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Dns => ("name", ""),
        Reason::Proxy => ("proxy", "; check LINKWA_PROXY, and whether the proxy lets this machine through"),
        // Its text says what to do.
        Reason::Tls => ("tls", ""),
        Reason::Connect => ("connection", "; check the firewall, or set LINKWA_PROXY if your network needs a proxy"),
        _ => ("answer", "; try again later"),
    }
}

fn clock_step(date: Option<SystemTime>, now: SystemTime) -> (State, String) {
    let Some(date) = date else { return skipped("the answer has no date") };
    let (skew, direction) = match now.duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let detail = format!("{} s {direction} the gateway's", skew.as_secs());
    if skew > MAX_SKEW { failed(format!("{detail}; set this machine's clock")) } else { ok(detail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_wrong_by_a_minute_in_both_directions() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let second = Duration::from_secs(1);
        for (date, expected) in [
            (None, State::Skipped),
            (Some(now), State::Ok),
            (Some(now - MAX_SKEW), State::Ok),
            (Some(now + MAX_SKEW), State::Ok),
            (Some(now - MAX_SKEW - second), State::Failed),
            (Some(now + MAX_SKEW + second), State::Failed),
        ] {
            assert!(clock_step(date, now).0 == expected, "{date:?}");
        }
    }

    /// The first letters of the states: ok, failed, skipped.
    fn states(
        proxy: Option<&str>,
        is_https: bool,
        result: std::result::Result<ProbeAnswer, (Reason, String)>,
    ) -> String {
        let probe =
            Probe { gateway: "gateway.example:443".to_owned(), proxy: proxy.map(str::to_owned), is_https, result };
        way(&probe, SystemTime::now()).iter().filter_map(|(state, _)| state.word().chars().next()).collect()
    }

    #[test]
    fn steps_behind_a_failed_one_are_not_reached_and_a_failure_is_never_hidden() {
        let answer = |status| Ok(ProbeAnswer { status, date: Some(SystemTime::now()) });
        let proxy = Some("proxy.example:3128");
        assert_eq!(states(None, true, answer(405)), "oosooo");
        assert_eq!(states(proxy, true, answer(401)), "ssoooo");
        assert_eq!(states(None, false, answer(499)), "oossoo");
        assert_eq!(states(None, true, answer(500)), "oosofs");
        for (reason, direct, proxied) in [
            (Reason::Dns, "fsssss", "fsssss"),
            (Reason::Connect, "ofssss", "sfssss"),
            (Reason::Proxy, "oofsss", "ssfsss"),
            (Reason::Tls, "oosfss", "ssofss"),
            (Reason::ConnectionLost, "oosofs", "ssoofs"),
        ] {
            assert_eq!(states(None, true, Err((reason, String::new()))), direct, "{reason}");
            assert_eq!(states(proxy, true, Err((reason, String::new()))), proxied, "{reason}");
        }
    }
}
