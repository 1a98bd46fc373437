//! What a client is configured with, and what one send overrides: keyword arguments, of which those count that are not `None`.

use std::env::VarError;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use linkwa::{Config, Priority, Region, RetryPolicy, SendOptions};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDict, PyMapping, PyString};

use crate::datetime;
use crate::error::raise;
use crate::value::{List, Place, Value, aware, count, wrong_type};

/// Changes `$target` by the argument of this name; `None` changes nothing, and a name that is not listed is a `TypeError`. `$own`
/// gives names that the caller takes besides.
macro_rules! set_by_name {
    ($target:ident, $name:expr, $value:ident, $own:expr, { $($known:literal => $set:expr,)* }) => {
        match $name.as_str() {
            $($known => if !$value.is_none() { $target = $set; },)*
            name => return Err(unknown(name, &[$($known),*], &$own)),
        }
    };
}

/// The options of one send. `own` gives the names of the other arguments of the verb.
pub(crate) fn send_options(given: &Bound<'_, PyDict>, own: impl Fn() -> Vec<String>) -> PyResult<SendOptions> {
    let mut options = SendOptions::new();
    for (name, value) in arguments(given)? {
        let place = Place::argument(&name);
        set_by_name!(options, name, value, own(), {
            "priority" => options.priority(priority(&value, place)?),
            "ref_id" => options.ref_id(text(&value, place)?),
            "event_report_gates" => options.event_report_gates(texts(&value, place)?),
            "custom_parameters" => options.custom_parameters(parameters(&value, place)?),
            "relative_validity_time" => options.relative_validity_time(delta(&value, place)?),
            "absolute_validity_time" => absolute_validity_time(options, &value, place)?,
            "source" => options.source(text(&value, place)?),
            "platform_service_id" => options.platform_service_id(text(&value, place)?),
            "platform_service_type" => options.platform_service_type(text(&value, place)?),
            "platform_transaction_id" => options.platform_transaction_id(text(&value, place)?),
            "timeout" => options.timeout(seconds(&value, place)?),
        });
    }
    Ok(options)
}

/// The settings that identify the account; read before the rest.
const IDENTITY: [&str; 4] = ["username", "password", "platform_id", "platform_partner_id"];

fn identity(given: &Bound<'_, PyDict>) -> PyResult<[Option<String>; 4]> {
    let read = |name| match given.get_item(name)? {
        Some(value) if !value.is_none() => text(&value, Place::argument(name)).map(Some),
        _ => Ok(None),
    };
    let [username, password, platform_id, partner_id] = IDENTITY;
    Ok([read(username)?, read(password)?, read(platform_id)?, read(partner_id)?])
}

/// A client's configuration.
pub(crate) fn config(given: &Bound<'_, PyDict>) -> PyResult<Config> {
    let [username, password, platform_id, partner_id] = identity(given)?;
    let mut config = Config::with_base_url("", username.unwrap_or_default(), password.unwrap_or_default());
    if platform_id.is_some() || partner_id.is_some() {
        // Validation says which of the two is missing.
        config = config.platform(platform_id.unwrap_or_default(), partner_id.unwrap_or_default());
    }
    configured(config, given)
}

/// The environment's configuration; a variable counts only where its argument is not given.
pub(crate) fn env_config(given: &Bound<'_, PyDict>) -> PyResult<Config> {
    let py = given.py();
    // A misspelt argument is not a variable that is missing.
    drop(config(given)?);
    let identity = identity(given)?;
    let names = arguments(given)?.into_iter().filter(|(_, value)| !value.is_none()).map(|(name, _)| name);
    let names: Vec<_> = names.collect();
    let is_given = |wanted: &str| names.iter().any(|name| name == wanted);
    let mut is_readable = true;
    let from_env = Config::from_variables(|variable| {
        let name = variable.trim_start_matches("LINKWA_").trim_end_matches("_MS").to_lowercase();
        if let Some(index) = IDENTITY.iter().position(|known| *known == name)
            && let Some(text) = identity.get(index).cloned().flatten()
        {
            return Some(text);
        }
        match &*name {
            // `configured` puts what is given in its place.
            "region" if is_given("region") || is_given("base_url") => Some(Region::NEu.as_str().to_owned()),
            "base_url" if is_given("region") || is_given("base_url") => None,
            name if is_given(name) => None,
            _ => {
                let value = std::env::var(variable);
                is_readable &= !matches!(value, Err(VarError::NotUnicode(_)));
                value.ok()
            }
        }
    });
    // Only this one's error names a variable that is not UTF-8.
    let from_env = if is_readable { from_env } else { Config::from_env() };
    configured(from_env.map_err(|error| raise(py, &error))?, given)
}

/// The configuration with everything that is given but the identity.
fn configured(config: Config, given: &Bound<'_, PyDict>) -> PyResult<Config> {
    let py = given.py();
    let mut config = config;
    let mut retry = RetryPolicy::new();
    if has(given, "region")? && has(given, "base_url")? {
        return Err(PyTypeError::new_err("give region or base_url, not both"));
    }
    for (name, value) in arguments(given)? {
        let place = Place::argument(&name);
        set_by_name!(config, name, value, Vec::new(), {
            "username" => config,
            "password" => config,
            "platform_id" => config,
            "platform_partner_id" => config,
            "region" => config.region(text(&value, place)?.parse::<Region>().map_err(|error| raise(py, &error))?),
            "base_url" => config.base_url(text(&value, place)?),
            "source" => config.source(text(&value, place)?),
            "priority" => config.priority(priority(&value, place)?),
            "event_report_gates" => config.event_report_gates(texts(&value, place)?),
            "custom_parameters" => {
                let parameters = parameters(&value, place)?.into_iter();
                parameters.fold(config, |config, (key, value)| config.custom_parameter(key, value))
            },
            "relative_validity_time" => config.relative_validity_time(delta(&value, place)?),
            "platform_service_id" => config.platform_service_id(text(&value, place)?),
            "platform_service_type" => config.platform_service_type(text(&value, place)?),
            "timeout" => config.timeout(seconds(&value, place)?),
            "connect_timeout" => config.connect_timeout(seconds(&value, place)?),
            "max_connections" => config.max_connections(count(&value, place)?),
            "max_queue" => config.max_queue(count(&value, place)?),
            "max_attempts" => {
                retry = retry.max_attempts(u32::try_from(count(&value, place)?).unwrap_or(u32::MAX));
                config
            },
            "retry_when_busy" => {
                retry = retry.when_busy(bool::read(&value, place)?);
                config
            },
            "proxy" => config.proxy(text(&value, place)?),
            "no_proxy" => config.no_proxy(text(&value, place)?),
            "proxy_from_env" => config.proxy_from_env(bool::read(&value, place)?),
            "ca_file" => config.ca_file(path(&value, place)?),
            "system_roots" => if bool::read(&value, place)? { config.system_roots() } else { config },
            "allow_http" => config.allow_http(bool::read(&value, place)?),
            "strict" => config.strict(bool::read(&value, place)?),
        });
    }
    Ok(config.retry(retry))
}

/// What a run of many overrides, apart from its options of sends.
pub(crate) fn many_options(options: linkwa::ManyOptions, given: &Bound<'_, PyDict>) -> PyResult<linkwa::ManyOptions> {
    let py = given.py();
    let mut options = options;
    for (name, value) in arguments(given)? {
        let place = Place::argument(&name);
        set_by_name!(options, name, value, Vec::new(), {
            "destinations_per_request" => options.destinations_per_request(count(&value, place)?),
            "rate" => options.rate(f64::read(&value, place)?),
            "resume" => {
                let checkpoint = linkwa::Checkpoint::from_json(&text(&value, place)?);
                options.resume(checkpoint.map_err(|error| raise(py, &error))?)
            },
            "resend_unknown" => options.resend_unknown(bool::read(&value, place)?),
        });
    }
    Ok(options)
}

/// What was given, `None` included.
fn arguments<'py>(given: &Bound<'py, PyDict>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    given.iter().map(|(name, value)| Ok((name.extract()?, value))).collect()
}

fn has(given: &Bound<'_, PyDict>, name: &str) -> PyResult<bool> {
    Ok(given.get_item(name)?.is_some_and(|value| !value.is_none()))
}

/// The error of a name that is none of the known ones, with the nearest of these and of `own`.
fn unknown(name: &str, known: &[&str], own: &[String]) -> PyErr {
    let mut known = known.to_vec();
    known.extend(own.iter().map(String::as_str).filter(|own| *own != name));
    let near = linkwa::nearest(name, &known).map_or(String::new(), |near| format!("; did you mean '{near}'?"));
    PyTypeError::new_err(format!("unexpected keyword argument '{name}'{near}"))
}

/// The arguments of a message's class, which the verb of the message takes as well.
pub(crate) fn fields_of(message: &Bound<'_, PyAny>) -> Vec<String> {
    let class = message.get_type();
    let is_ours = class.module().is_ok_and(|module| module.to_cow().is_ok_and(|module| module == "linkwa"));
    let names = class.dir().ok().filter(|_| is_ours).and_then(|names| names.extract::<Vec<String>>().ok());
    names.into_iter().flatten().filter(|name| !name.starts_with('_')).collect()
}

fn text(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<String> {
    String::read(value, place)
}

fn texts(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Vec<String>> {
    List::<String>::read(value, place).map(|list| list.0)
}

fn priority(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Priority> {
    text(value, place)?.parse().map_err(|error| PyValueError::new_err(format!("{place}: {error}")))
}

/// The keys and values of a mapping of texts.
fn parameters(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Vec<(String, String)>> {
    let mapping = value.cast::<PyMapping>().map_err(|_| wrong_type(place, "a mapping of str to str", value))?;
    let read = |item: Bound<'_, PyAny>| {
        let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let key = key.cast::<PyString>().map_err(|_| wrong_type(format_args!("{place}: a key"), "str", &key))?;
        let wrong = || wrong_type(format_args!("{place}: the value of {key:?}"), "str", &value);
        let value = value.cast::<PyString>().map_err(|_| wrong())?;
        Ok((text(key, place)?, text(value, place)?))
    };
    mapping.items()?.iter().map(read).collect()
}

/// Seconds. What is below 0, or no number, becomes 0, and what is too long as long as there is: the core refuses all of them.
pub(crate) fn seconds(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Duration> {
    let seconds = f64::read(value, place).map_err(|error| {
        let is_number = !error.is_instance_of::<PyTypeError>(value.py());
        if is_number { error } else { wrong_type(place, "float, in seconds", value) }
    })?;
    let longest = if seconds > 0.0 { Duration::MAX } else { Duration::ZERO };
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(longest))
}

/// A `timedelta`. What is below 0 is as good as 0, which the core refuses.
fn delta(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Duration> {
    datetime::ensure(value.py())?;
    let delta = value.cast::<PyDelta>().map_err(|_| wrong_type(place, "timedelta", value))?;
    Ok(delta.extract().unwrap_or_default())
}

fn absolute_validity_time(options: SendOptions, value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<SendOptions> {
    if value.is_instance_of::<PyString>() {
        return Ok(options.absolute_validity_time(text(value, place)?));
    }
    let time = aware(value, place, "datetime, or str in RFC 3339")?;
    // Before 1970 is as long over as 1970.
    Ok(options.valid_until(time.extract::<SystemTime>().unwrap_or(UNIX_EPOCH)))
}

fn path(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<PathBuf> {
    value.extract().map_err(|error: PyErr| match error {
        error if error.is_instance_of::<PyTypeError>(value.py()) => wrong_type(place, "str or os.PathLike", value),
        error => error,
    })
}
