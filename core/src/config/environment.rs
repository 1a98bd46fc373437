//! The configuration that the environment gives.

use std::time::Duration;

use zeroize::Zeroizing;

use super::Config;
use super::headers::API_KEY;
use super::settings::SETTINGS;
use crate::by_name::{NamedValue, SetError};
use crate::declared::Kind;
use crate::error::Error;
use crate::limits;

impl Config {
    /// Reads the configuration from the environment: `LINKWA_REGION` or `LINKWA_BASE_URL`, `LINKWA_USERNAME` and
    /// `LINKWA_PASSWORD`; optional are `LINKWA_PLATFORM_ID` with `LINKWA_PLATFORM_PARTNER_ID`, `LINKWA_SOURCE`,
    /// `LINKWA_PRIORITY`, `LINKWA_EVENT_REPORT_GATES` (separated by commas), `LINKWA_TIMEOUT_MS`,
    /// `LINKWA_CONNECT_TIMEOUT_MS`, `LINKWA_PROXY`, `LINKWA_CA_FILE`, `LINKWA_ALLOW_HTTP` and `LINKWA_EXTENSIONS` (`1` or
    /// `true`), and `LINKWA_API_KEY` (the value of the [`header`](Self::header) `x-api-key`). An empty variable counts as
    /// not set.
    ///
    /// # Errors
    ///
    /// `invalid_config`, which names every variable that is missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables_except(|_| false, |name| std::env::var_os(name))
    }

    /// As [`from_env`](Self::from_env), with the variables that `variable` returns: for another environment than that
    /// of the process, such as that of a worker thread of Node, or of a file.
    ///
    /// # Errors
    ///
    /// `invalid_config`, which names every variable that is missing or invalid.
    ///
    /// ```
    /// # use linkwa::Config;
    /// let variables = [("LINKWA_REGION", "n-eu"), ("LINKWA_USERNAME", "user"), ("LINKWA_PASSWORD", "secret")];
    /// let config = Config::from_variables(|wanted| {
    ///     variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_string())
    /// })?;
    /// # Ok::<(), linkwa::Error>(())
    /// ```
    pub fn from_variables(mut variable: impl FnMut(&str) -> Option<String>) -> Result<Self, Error> {
        Self::read_variables(|_| false, |name| Ok(variable(name)))
    }

    /// As [`from_variables`](Self::from_variables), but without the variables of the settings that `is_given` names,
    /// which are set afterwards.
    ///
    /// # Errors
    ///
    /// `invalid_config`, which names every variable that is missing or invalid.
    #[doc(hidden)]
    pub fn from_variables_except(
        is_given: impl Fn(&str) -> bool,
        mut variable: impl FnMut(&str) -> Option<std::ffi::OsString>,
    ) -> Result<Self, Error> {
        Self::read_variables(is_given, |name| match variable(name).map(std::ffi::OsString::into_string) {
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(format!("{name} is not valid UTF-8")),
            None => Ok(None),
        })
    }

    fn read_variables(
        is_given: impl Fn(&str) -> bool,
        mut variable: impl FnMut(&'static str) -> Result<Option<String>, String>,
    ) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut config = Self::with_base_url("", "", "");
        let mut set = Vec::new();
        let is_given = |name: &str| {
            is_given(name) || matches!(name, "region" | "base_url") && (is_given("region") || is_given("base_url"))
        };
        for setting in SETTINGS {
            let (name, kind) = (setting.field.name, setting.field.kind);
            // The variable of `headers` sets one of them: given ones are added to it.
            if is_given(name) && name != "headers" {
                set.push(name);
                continue;
            }
            let Some(variable_name) = setting.variable else { continue };
            let text = match variable(variable_name) {
                Ok(Some(text)) if !text.is_empty() => Zeroizing::new(text),
                Ok(_) => continue,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            set.push(name);
            let value = read_variable(kind, &text).map_err(SetError::Value);
            match value.and_then(|value| config.clone().set(name, value)) {
                Ok(changed) => config = changed,
                Err(SetError::Value(problem) | SetError::Config(problem)) => {
                    problems.push(format!("{variable_name}: {problem}"));
                }
                Err(SetError::Unknown(_) | SetError::Kind) => problems.push(format!("{variable_name} cannot be set")),
            }
        }
        let is_set = |name| set.contains(&name);
        if !is_set("region") && !is_set("base_url") {
            problems.push("neither LINKWA_REGION nor LINKWA_BASE_URL is set".to_owned());
        }
        for (name, variable) in [("username", "LINKWA_USERNAME"), ("password", "LINKWA_PASSWORD")] {
            if !is_set(name) {
                problems.push(format!("{variable} is not set"));
            }
        }
        // Settings that a message needs besides them are reported now, and not only when it is sent.
        if !problems.is_empty() {
            let has_platform = is_set("platform_id") || is_set("platform_partner_id");
            for (names, is_set) in [
                ("LINKWA_PLATFORM_ID and LINKWA_PLATFORM_PARTNER_ID, which messages need, are", has_platform),
                ("LINKWA_SOURCE, which messages need, is", is_set("source")),
            ] {
                if !is_set {
                    problems.push(format!("{names} not set either"));
                }
            }
        }
        match (is_set("platform_id"), is_set("platform_partner_id")) {
            (true, false) => problems.push("LINKWA_PLATFORM_ID is set without LINKWA_PLATFORM_PARTNER_ID".to_owned()),
            (false, true) => problems.push("LINKWA_PLATFORM_PARTNER_ID is set without LINKWA_PLATFORM_ID".to_owned()),
            _ => {}
        }
        if problems.is_empty() { Ok(config) } else { Err(Error::invalid_config(problems.join("; "))) }
    }
}

/// The value of a variable, or what is wrong with it.
fn read_variable(kind: Kind, text: &str) -> Result<NamedValue, String> {
    Ok(match kind {
        Kind::Bool => match text {
            "1" | "true" => NamedValue::Flag(true),
            "0" | "false" => NamedValue::Flag(false),
            _ => return Err("must be 1, true, 0 or false".to_owned()),
        },
        Kind::Duration => {
            let longest = limits::LONGEST_TIMEOUT.as_millis();
            match text.parse::<u64>() {
                Ok(number) if (1..=longest).contains(&number.into()) => {
                    NamedValue::Duration(Duration::from_millis(number))
                }
                _ => return Err(format!("must be a whole number of milliseconds from 1 to {longest}")),
            }
        }
        Kind::List(_) => NamedValue::Texts(text.split(',').map(|item| item.trim().to_owned()).collect()),
        Kind::Path => NamedValue::Path(text.into()),
        // The only map that has a variable is `headers`.
        Kind::StringMap => NamedValue::Map(vec![(API_KEY.to_owned(), text.to_owned())]),
        _ => NamedValue::Text(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Region, Roots};
    use crate::options::SendOptions;
    use crate::priority::Priority;

    fn config(variables: &[(&'static str, &str)]) -> Result<Config, Error> {
        Config::from_variables(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const NEEDED: [(&str, &str); 3] =
        [("LINKWA_REGION", "no"), ("LINKWA_USERNAME", "user"), ("LINKWA_PASSWORD", "canary-pass")];

    #[test]
    fn the_environment_gives_a_whole_configuration() {
        let mut variables = NEEDED.to_vec();
        variables.extend([
            ("LINKWA_PLATFORM_ID", "p"),
            ("LINKWA_PLATFORM_PARTNER_ID", "pp"),
            ("LINKWA_SOURCE", "+46000000000"),
            ("LINKWA_PRIORITY", "HIGH"),
            ("LINKWA_EVENT_REPORT_GATES", "a, b"),
            ("LINKWA_TIMEOUT_MS", "1500"),
            ("LINKWA_CONNECT_TIMEOUT_MS", "200"),
            ("LINKWA_PROXY", "http://u:canary-proxy@localhost:3128"),
            ("LINKWA_CA_FILE", "ca.pem"),
            ("LINKWA_ALLOW_HTTP", "1"),
            ("LINKWA_API_KEY", "canary-key"),
            ("LINKWA_EXTENSIONS", "1"),
        ]);
        let config = config(&variables).expect("a configuration");
        assert_eq!(config.base_url.0, Region::No.base_url());
        assert_eq!(config.platform, Some(("p".to_owned(), "pp".to_owned())));
        let defaults =
            SendOptions::new().source("+46000000000").priority(Priority::High).event_report_gates(["a", "b"]);
        assert_eq!(config.defaults, defaults);
        assert_eq!((config.timeout.as_millis(), config.connect_timeout.as_millis()), (1500, 200));
        assert!(config.allow_http && config.extensions && config.roots == Roots::File("ca.pem".into()));
        let headers: Vec<_> = config.headers.iter().map(|(name, value)| (name, value.expose())).collect();
        assert_eq!(headers, [("x-api-key", "canary-key")]);
        let printed = format!("{config:?}");
        assert!(!printed.contains("canary"), "{printed}");
    }

    #[test]
    fn every_problem_of_the_environment_is_named_at_once_and_no_value_of_a_secret() {
        let error = config(&[
            ("LINKWA_REGION", "n_eu"),
            ("LINKWA_PASSWORD", "canary-pass"),
            ("LINKWA_PLATFORM_ID", "p"),
            ("LINKWA_PRIORITY", "high"),
            ("LINKWA_TIMEOUT_MS", "2s"),
            ("LINKWA_CONNECT_TIMEOUT_MS", "-1"),
            ("LINKWA_ALLOW_HTTP", "yes"),
            ("LINKWA_SOURCE", ""),
        ])
        .expect_err("problems");
        assert_eq!(error.code().as_str(), "invalid_config");
        let text = error.to_string();
        for name in
            ["REGION", "USERNAME", "PLATFORM_PARTNER_ID", "PRIORITY", "TIMEOUT_MS", "CONNECT_TIMEOUT_MS", "ALLOW_HTTP"]
        {
            assert!(text.contains(&format!("LINKWA_{name}")), "{name}: {text}");
        }
        // An empty variable counts as not set, and settings that a message needs are reported at the same time.
        assert!(text.contains("`n-eu`") && !text.contains("canary") && text.contains("LINKWA_SOURCE"), "{text}");
        assert_eq!(text.matches("invalid configuration").count(), 1, "{text}");
    }

    #[test]
    fn a_timeout_of_the_environment_is_a_whole_number_within_its_bounds() {
        for name in ["LINKWA_TIMEOUT_MS", "LINKWA_CONNECT_TIMEOUT_MS"] {
            for value in ["0", "-1", "1.5", "1e300", "nan", "inf", "86400001", "99999999999999999999", " 1"] {
                let mut variables = NEEDED.to_vec();
                variables.push((name, value));
                let error = config(&variables).expect_err("refused");
                assert_eq!(error.code().as_str(), "invalid_config", "{name}={value}");
                assert!(error.to_string().contains(name), "{error}");
            }
            for value in ["1", "86400000"] {
                let mut variables = NEEDED.to_vec();
                variables.push((name, value));
                assert!(config(&variables).expect("within bounds").number_problems().is_empty());
            }
        }
    }

    /// Variables of settings that the caller gives are neither read nor missing.

    #[test]
    fn variables_of_settings_that_are_passed_are_not_read() {
        let given = ["base_url", "username", "platform_id", "timeout", "headers"];
        let mut asked = Vec::new();
        let config = Config::from_variables_except(
            |name| given.contains(&name),
            |variable| {
                asked.push(variable.to_owned());
                let values = [("LINKWA_PASSWORD", "secret"), ("LINKWA_PLATFORM_PARTNER_ID", "pp")];
                values.iter().find(|(name, _)| *name == variable).map(|(_, value)| value.into())
            },
        )
        .expect("nothing is missing");
        assert_eq!(config.platform, Some((String::new(), "pp".to_owned())));
        for variable in ["REGION", "BASE_URL", "USERNAME", "PLATFORM_ID", "TIMEOUT_MS"] {
            assert!(!asked.contains(&format!("LINKWA_{variable}")), "{variable}");
        }
        assert!(asked.contains(&"LINKWA_CONNECT_TIMEOUT_MS".to_owned()));
        assert!(asked.contains(&"LINKWA_API_KEY".to_owned()), "it is one header of several");
    }

    #[test]
    fn absent_and_empty_variables_leave_the_defaults() {
        let mut variables = NEEDED.to_vec();
        let all =
            ["SOURCE", "PLATFORM_ID", "PROXY", "CA_FILE", "TIMEOUT_MS", "PRIORITY", "EVENT_REPORT_GATES", "BASE_URL"];
        let names = all.map(|name| &*format!("LINKWA_{name}").leak());
        variables.extend(names.map(|name| (name, "")));
        variables.push(("LINKWA_ALLOW_HTTP", "0"));
        let config = config(&variables).expect("a configuration");
        assert_eq!((config.timeout.as_secs(), config.connect_timeout.as_secs()), (30, 10));
        assert_eq!((config.max_connections, config.max_queue), (64, 10_000));
        assert!(!config.allow_http && !config.extensions);
        assert!(config.proxy.is_none() && config.roots == Roots::Bundled && config.platform.is_none());
        assert_eq!(config.defaults, SendOptions::default());
    }

    // Rule E-2, letter by letter.

    #[test]
    fn region_and_base_url_exclude_each_other_and_one_is_needed() {
        let mut both = NEEDED.to_vec();
        both.push(("LINKWA_BASE_URL", "https://example.com"));
        assert!(config(&both).is_err());
        assert!(config(&NEEDED[1..]).is_err());
        both.remove(0);
        assert_eq!(config(&both).expect("a base URL").base_url.0, "https://example.com");
    }
}
