//! `linkwa doctor`

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::arguments::{Arguments, Format};
use super::{FOUND, Io, OK, Result, printable, write_json};
use crate::client::Client;
use crate::config::{Config, SETTINGS};
use crate::declared::{Kind, Setting};
use crate::delivery::Probe;
use crate::error::{Error, Reason};

/// A clock that is wrong by more than this makes times of validity and care windows wrong.
const MAX_SKEW: Duration = Duration::from_secs(60);

/// The steps on the way to the gateway, in order.
const STEPS: [&str; 7] = ["configuration", "name", "connection", "proxy", "tls", "answer", "clock"];

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
    let steps = match &client {
        Ok(client) => steps(&client.probe(), SystemTime::now(), &settings),
        Err(error) => failed_at("configuration", config_problem(error)),
    };
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

fn config_problem(error: &Error) -> String {
    format!("{error}; set or correct these variables")
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

/// The steps when this one failed.
fn failed_at(name: &str, detail: String) -> Vec<Step> {
    let mut detail = Some(detail);
    let mut has_failed = false;
    STEPS
        .iter()
        .map(|&step| {
            if step == name {
                has_failed = true;
                return Step { name: step, state: State::Failed, detail: detail.take().unwrap_or_default() };
            }
            let (state, detail) = if has_failed { (State::Skipped, "not reached") } else { (State::Ok, "") };
            Step { name: step, state, detail: detail.to_owned() }
        })
        .collect()
}

fn steps(probe: &Probe, now: SystemTime, settings: &[Given]) -> Vec<Step> {
    let mut steps = match &probe.result {
        Err((reason, detail)) => {
            let (step, help) = step_of(*reason);
            failed_at(step, format!("{detail}{help}"))
        }
        Ok(answer) if answer.status >= 500 => failed_at(
            "answer",
            format!("HTTP {} to GET {}: the gateway has a fault; try again later", answer.status, probe.path),
        ),
        Ok(answer) => {
            let mut steps = failed_at("clock", String::new());
            if let Some(clock) = steps.last_mut() {
                (clock.state, clock.detail) = clock_step(answer.date, now);
            }
            steps
        }
    };
    let unset: Vec<_> = settings
        .iter()
        .filter(|given| !given.is_set && matches!(given.setting.field.name, "source" | "platform_id"))
        .map(|given| given.variable)
        .collect();
    for step in &mut steps {
        match (step.name, step.state) {
            ("configuration", State::Ok) if !unset.is_empty() => {
                step.detail = format!("{} not set: messages need them", unset.join(", "));
            }
            ("name" | "connection", _) if probe.proxy.is_some() => {
                (step.state, step.detail) = (State::Skipped, "the proxy's task".to_owned());
            }
            ("proxy", _) if probe.proxy.is_none() => {
                (step.state, step.detail) = (State::Skipped, "not used".to_owned());
            }
            ("tls", State::Ok) if !probe.is_https => {
                (step.state, step.detail) = (State::Skipped, "not used: the base URL begins with http://".to_owned());
            }
            ("proxy", State::Ok) => step.detail = probe.proxy.clone().unwrap_or_default(),
            ("name" | "connection", State::Ok) => step.detail.clone_from(&probe.gateway),
            ("answer", State::Ok) => {
                let status = probe.result.as_ref().map_or(0, |answer| answer.status);
                step.detail = format!("HTTP {status} to GET {} without credentials; no message was sent", probe.path);
            }
            _ => {}
        }
    }
    steps
}

/// The step that fails for this reason, and what to do.
fn step_of(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Dns => ("name", ""),
        Reason::Proxy => ("proxy", "; check LINKWA_PROXY, and whether the proxy lets this machine through"),
        Reason::Tls => {
            ("tls", "; if your network has a certificate authority of its own, name its file in LINKWA_CA_FILE")
        }
        Reason::Connect => ("connection", "; check the firewall, or set LINKWA_PROXY if your network needs a proxy"),
        _ => ("answer", "; try again later"),
    }
}

fn clock_step(date: Option<SystemTime>, now: SystemTime) -> (State, String) {
    let Some(date) = date else { return (State::Skipped, "the answer has no date".to_owned()) };
    let (skew, direction) = match now.duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let detail = format!("{} s {direction} the gateway's", skew.as_secs());
    if skew > MAX_SKEW { (State::Failed, format!("{detail}; set this machine's clock")) } else { (State::Ok, detail) }
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
}
