//! Configurations of clients and options of sends, from keyword arguments. `None` counts as not passed.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use linkwa::declarations::{self, Field, Kind};
use linkwa::{Config, Error, NamedValue, SendOptions, SetError};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDict, PyMapping, PyString};

use crate::datetime;
use crate::error::raise;
use crate::value::{List, Place, Value, aware, count, wrong_type};

/// The options of one send. `own` gives the names of the other arguments of the verb.
pub(crate) fn send_options(given: &Bound<'_, PyDict>, own: impl Fn() -> Vec<String>) -> PyResult<SendOptions> {
    let mut options = SendOptions::new();
    for (name, value) in arguments(given)? {
        let option = declarations::options().iter().find(|option| option.name == name);
        let option = option.ok_or_else(|| unknown(&name, declarations::options().iter(), &own()))?;
        if !value.is_none() {
            let place = Place::argument(&name);
            options.set(&name, read(option, &value, place)?).map_err(|error| invalid(given.py(), place, error))?;
        }
    }
    Ok(options)
}

/// A client's configuration.
pub(crate) fn config(given: &Bound<'_, PyDict>) -> PyResult<Config> {
    configured(Config::with_base_url("", "", ""), given)
}

/// The configuration of the environment. Arguments override variables.
pub(crate) fn env_config(given: &Bound<'_, PyDict>) -> PyResult<Config> {
    let py = given.py();
    // A misspelt argument is reported before missing variables.
    drop(config(given)?);
    let is_given = |name: &str| has(given, name).unwrap_or(false);
    let from_env = Config::from_variables_except(is_given, |variable| std::env::var_os(variable));
    configured(from_env.map_err(|error| raise(py, &error))?, given)
}

/// The configuration with all arguments applied.
fn configured(config: Config, given: &Bound<'_, PyDict>) -> PyResult<Config> {
    let py = given.py();
    let mut config = config;
    for (name, value) in arguments(given)? {
        let place = Place::argument(&name);
        let mut settings = declarations::settings().iter().map(|setting| &setting.field);
        let setting = settings.clone().find(|setting| setting.name == name);
        let setting = setting.ok_or_else(|| unknown(&name, &mut settings, &[]))?;
        if value.is_none() {
            continue;
        }
        config = config.set(&name, read(setting, &value, place)?).map_err(|error| invalid(py, place, error))?;
    }
    Ok(config)
}

/// A value of the kind that core declares.
fn read(field: &Field, value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<NamedValue> {
    Ok(match field.kind {
        Kind::Bool => NamedValue::Flag(bool::read(value, place)?),
        Kind::Integer => NamedValue::Count(count(value, place)?),
        Kind::Duration if is_sent(field) => NamedValue::Duration(delta(value, place)?),
        Kind::Duration => NamedValue::Duration(seconds(value, place)?),
        Kind::Timestamp => moment(value, place)?,
        Kind::StringMap => NamedValue::Map(parameters(value, place)?),
        Kind::List(_) => NamedValue::Texts(texts(value, place)?),
        Kind::Path => NamedValue::Path(path(value, place)?),
        _ => NamedValue::Text(text(value, place)?),
    })
}

/// Whether a field stands in the request, or is the default of an option that does.
fn is_sent(field: &Field) -> bool {
    declarations::options().iter().any(|option| option.name == field.name && !option.wire.is_empty())
}

fn invalid(py: Python<'_>, place: Place<'_>, error: SetError) -> PyErr {
    match error {
        SetError::Config(sentence) => raise(py, &Error::invalid_config(sentence)),
        SetError::Value(sentence) => PyValueError::new_err(format!("{place}: {sentence}")),
        error => PyRuntimeError::new_err(format!("{place} cannot be set: {error:?}")),
    }
}

/// What a run of many overrides, apart from its options of sends.
pub(crate) fn many_options(options: linkwa::ManyOptions, given: &Bound<'_, PyDict>) -> PyResult<linkwa::ManyOptions> {
    let py = given.py();
    let mut options = options;
    let known = ["destinations_per_request", "rate", "resume", "resend_unknown"];
    for (name, value) in arguments(given)? {
        let place = Place::argument(&name);
        options = match name.as_str() {
            name if !known.contains(&name) => return Err(unknown_of(name, known.to_vec(), &[])),
            _ if value.is_none() => options,
            "destinations_per_request" => options.destinations_per_request(count(&value, place)?),
            "rate" => options.rate(f64::read(&value, place)?),
            "resume" => {
                let checkpoint = linkwa::Checkpoint::from_json(&text(&value, place)?);
                options.resume(checkpoint.map_err(|error| raise(py, &error))?)
            }
            _ => options.resend_unknown(bool::read(&value, place)?),
        };
    }
    Ok(options)
}

/// The arguments, including those that are `None`.
fn arguments<'py>(given: &Bound<'py, PyDict>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    given.iter().map(|(name, value)| Ok((name.extract()?, value))).collect()
}

fn has(given: &Bound<'_, PyDict>, name: &str) -> PyResult<bool> {
    Ok(given.get_item(name)?.is_some_and(|value| !value.is_none()))
}

/// The error of an unknown name, with the nearest of these and of `own`.
fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a Field>, own: &[String]) -> PyErr {
    unknown_of(name, known.map(|field| field.name).collect(), own)
}

fn unknown_of<'a>(name: &str, mut known: Vec<&'a str>, own: &'a [String]) -> PyErr {
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

/// Converts seconds. A negative number or NaN becomes 0, and a number that is too large the longest duration; core refuses both.
pub(crate) fn seconds(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Duration> {
    let seconds = f64::read(value, place).map_err(|error| {
        let is_number = !error.is_instance_of::<PyTypeError>(value.py());
        if is_number { error } else { wrong_type(place, "float, in seconds", value) }
    })?;
    let longest = if seconds > 0.0 { Duration::MAX } else { Duration::ZERO };
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or(longest))
}

/// Converts a `timedelta`. A negative one becomes 0, which core refuses.
fn delta(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Duration> {
    datetime::ensure(value.py())?;
    let delta = value.cast::<PyDelta>().map_err(|_| wrong_type(place, "timedelta", value))?;
    Ok(delta.extract().unwrap_or_default())
}

fn moment(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<NamedValue> {
    if value.is_instance_of::<PyString>() {
        return text(value, place).map(NamedValue::Text);
    }
    let time = aware(value, place, "datetime, or str in RFC 3339")?;
    // A time before 1970 becomes 1970: both are in the past.
    Ok(NamedValue::Moment(time.extract::<SystemTime>().unwrap_or(UNIX_EPOCH)))
}

fn path(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<PathBuf> {
    value.extract().map_err(|error: PyErr| match error {
        error if error.is_instance_of::<PyTypeError>(value.py()) => wrong_type(place, "str or os.PathLike", value),
        error => error,
    })
}
