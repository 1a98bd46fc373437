//! Configurations of clients and options of sends, from objects that inherit nothing. The JavaScript layer has read their members
//! by the kinds that core declares.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use linkwa::declarations::{self, Field, Kind};
use linkwa::{Config, Error, NamedValue, SendOptions, SetError};
use napi::Either;
use napi::bindgen_prelude::{FromNapiValue, Object, Result};
use napi_derive::napi;

use crate::error::BindingError;

/// The known name that is most similar to a name, if any.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value, reason = "napi gives texts by value")]
pub fn nearest(name: String, known: Vec<String>) -> Option<String> {
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    linkwa::nearest(&name, &known).map(str::to_owned)
}

/// What a run of many overrides, apart from the options of its sends.
#[napi(object, object_to_js = false)]
pub struct ManyOptions {
    /// How many destinations go into a request.
    pub destinations_per_request: Option<f64>,
    /// The most destinations a second.
    pub rate: Option<f64>,
    /// The text of a checkpoint.
    pub resume: Option<String>,
    /// Whether requests of unknown outcome are sent again.
    pub resend_unknown: Option<bool>,
}

/// Core's fields by their names in JavaScript.
type Named = Vec<(String, &'static Field)>;

static OPTIONS: LazyLock<Named> = LazyLock::new(|| named(declarations::options()));
static SETTINGS: LazyLock<Named> =
    LazyLock::new(|| named(declarations::settings().iter().map(|setting| &setting.field)));

fn named(fields: impl IntoIterator<Item = &'static Field>) -> Named {
    fields.into_iter().map(|field| (name_of(field.name), field)).collect()
}

/// A name of core as JavaScript spells it: `connectTimeoutMs`.
pub(crate) fn name_of(core: &str) -> String {
    let mut words = core.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        name.extend(word.get(..1).map(str::to_uppercase));
        name.push_str(word.get(1..).unwrap_or_default());
    }
    if core.ends_with("timeout") {
        name.push_str("Ms");
    }
    name
}

/// The options of one send.
pub(crate) fn send_options(given: Option<&Object<'_>>) -> std::result::Result<SendOptions, BindingError> {
    let mut options = SendOptions::new();
    let Some(given) = given else { return Ok(options) };
    for (name, field) in &*OPTIONS {
        if let Some(value) = read(given, name, field.kind)? {
            options.set(field.name, value).map_err(|error| invalid(&format!("options.{name}"), error))?;
        }
    }
    Ok(options)
}

/// A client's configuration.
pub(crate) fn client_config(given: &Object<'_>) -> std::result::Result<Config, BindingError> {
    let mut config = Config::with_base_url("", "", "");
    for (name, field) in &*SETTINGS {
        let Some(value) = read(given, name, field.kind)? else { continue };
        config = config.set(field.name, value).map_err(|error| invalid(&format!("config.{name}"), error))?;
    }
    Ok(config)
}

/// A member, if it is there.
fn read(given: &Object<'_>, name: &str, kind: Kind) -> std::result::Result<Option<NamedValue>, BindingError> {
    fn get<T: FromNapiValue>(given: &Object<'_>, name: &str, value: fn(T) -> NamedValue) -> Result<Option<NamedValue>> {
        given.get(name).map(|found| found.map(value))
    }
    let read = match kind {
        Kind::Bool => get(given, name, NamedValue::Flag),
        Kind::Integer => get(given, name, |number| NamedValue::Count(count(number))),
        Kind::Duration => get(given, name, |time| NamedValue::Duration(milliseconds(time))),
        Kind::Timestamp => get(given, name, |time| match time {
            Either::A(text) => NamedValue::Text(text),
            Either::B(time) => NamedValue::Moment(moment(time)),
        }),
        Kind::StringMap => get(given, name, |flat| NamedValue::Map(pairs(flat))),
        Kind::List(_) => get(given, name, NamedValue::Texts),
        Kind::Path => get(given, name, |path: String| NamedValue::Path(path.into())),
        _ => get(given, name, NamedValue::Text),
    };
    read.map_err(|_| BindingError::internal("an option is of another type than JavaScript found"))
}

fn invalid(name: &str, error: SetError) -> BindingError {
    match error {
        SetError::Value(sentence) => BindingError::argument(name, sentence),
        SetError::Config(sentence) => Error::invalid_config(sentence).into(),
        SetError::Unknown(_) | SetError::Kind => {
            BindingError::internal("an option is of another kind than core declares")
        }
    }
}

impl ManyOptions {
    pub(crate) fn into_core(
        self,
        options: linkwa::ManyOptions,
    ) -> std::result::Result<linkwa::ManyOptions, BindingError> {
        let mut options = options;
        if let Some(destinations) = self.destinations_per_request {
            options = options.destinations_per_request(count(destinations));
        }
        if let Some(rate) = self.rate {
            options = options.rate(rate);
        }
        if let Some(checkpoint) = self.resume {
            options = options.resume(linkwa::Checkpoint::from_json(&checkpoint)?);
        }
        if let Some(yes) = self.resend_unknown {
            options = options.resend_unknown(yes);
        }
        Ok(options)
    }
}

/// Keys and values that stand in turn.
fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut flat = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(key), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((key, value));
    }
    pairs
}

/// A time below 0 or NaN becomes 0, and one that is too long the longest that can be held: core refuses both.
pub(crate) fn milliseconds(milliseconds: f64) -> Duration {
    let longest = if milliseconds > 0.0 { Duration::MAX } else { Duration::ZERO };
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or(longest)
}

/// A time before 1970 becomes 1970, which is over as well.
fn moment(unix_milliseconds: f64) -> SystemTime {
    UNIX_EPOCH.checked_add(milliseconds(unix_milliseconds)).unwrap_or(UNIX_EPOCH)
}

/// A number below 0 becomes 0, and one that is too large the largest: core refuses both.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as saturates, which is what is meant")]
pub(crate) fn count(number: f64) -> usize {
    number as usize
}
