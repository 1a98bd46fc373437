//! Core's log lines for JavaScript.

use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use log::kv::{Error, Key, Value as FieldValue, VisitSource, VisitValue};
use log::{Level, LevelFilter, Metadata, Record};
use napi_derive::napi;
use serde_json::{Map, Value};

use crate::completion::{Completions, Item, Queue};
use crate::error::{BindingError, ErrorObject};

/// Only the library's own lines; lines of its dependencies are not for callers.
const TARGET: &str = "linkwa";

/// One line of the log.
#[napi(object, object_from_js = false)]
pub struct LogLine {
    /// `error`, `warn`, `info` or `debug`.
    pub level: &'static str,
    /// The line.
    pub message: String,
    /// When it was written, in Unix milliseconds.
    pub timestamp_ms: f64,
    /// What it says, as a JSON object with core's names.
    pub fields: String,
}

/// The environments that want lines, and up to which level.
static LISTENERS: Mutex<Vec<(Arc<Queue>, LevelFilter)>> = Mutex::new(Vec::new());

fn listeners() -> MutexGuard<'static, Vec<(Arc<Queue>, LevelFilter)>> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Forward;

impl log::Log for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        for (queue, level) in &*listeners() {
            if record.level() <= *level {
                queue.push(Item::Logged(line(record)));
            }
        }
    }

    fn flush(&self) {}
}

fn line(record: &Record<'_>) -> LogLine {
    let level = match record.level() {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug | Level::Trace => "debug",
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Whole milliseconds, like those of JavaScript.
    let timestamp_ms = (since.as_secs_f64() * 1000.0).floor();
    LogLine { level, message: record.args().to_string(), timestamp_ms, fields: fields(record) }
}

/// The fields of a line that have a value.
fn fields(record: &Record<'_>) -> String {
    #[derive(Default)]
    struct Fields(Map<String, Value>);
    struct Field<'a>(&'a mut Map<String, Value>, String);

    impl<'kvs> VisitSource<'kvs> for Fields {
        fn visit_pair(&mut self, key: Key<'kvs>, value: FieldValue<'kvs>) -> Result<(), Error> {
            value.visit(Field(&mut self.0, key.to_string()))
        }
    }

    impl Field<'_> {
        #[expect(clippy::unnecessary_wraps, reason = "the visitor's methods return this")]
        fn set(&mut self, value: impl Into<Value>) -> Result<(), Error> {
            self.0.insert(self.1.clone(), value.into());
            Ok(())
        }
    }

    impl VisitValue<'_> for Field<'_> {
        fn visit_any(&mut self, value: FieldValue<'_>) -> Result<(), Error> {
            self.set(value.to_string())
        }

        fn visit_null(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
            self.set(value)
        }

        fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
            self.set(value)
        }

        fn visit_str(&mut self, value: &str) -> Result<(), Error> {
            self.set(value)
        }
    }

    let mut fields = Fields::default();
    // No visitor above fails.
    let _ = record.key_values().visit(&mut fields);
    Value::Object(fields.0).to_string()
}

/// Sets the level up to which the environment gets lines; without a level it gets none.
#[napi(catch_unwind)]
pub fn set_log_level(completions: &Completions, level: Option<String>) -> Option<ErrorObject> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // No other code sets a logger: this copy of the log crate belongs to this addon.
        let _ = log::set_logger(&Forward);
    });
    let level = level.map(|word| filter(&word));
    if level == Some(None) {
        return Some(BindingError::argument("level", "must be error, warn, info or debug").into());
    }
    let queue = completions.queue();
    let mut listeners = listeners();
    listeners.retain(|(known, _)| !Arc::ptr_eq(known, &queue));
    listeners.extend(level.flatten().map(|level| (queue, level)));
    set_max_level(&listeners);
    None
}

/// The level for this word.
fn filter(word: &str) -> Option<LevelFilter> {
    match word {
        "error" => Some(LevelFilter::Error),
        "warn" => Some(LevelFilter::Warn),
        "info" => Some(LevelFilter::Info),
        "debug" => Some(LevelFilter::Debug),
        _ => None,
    }
}

/// The environment is ending.
pub(crate) fn forget(queue: &Arc<Queue>) {
    let mut listeners = listeners();
    listeners.retain(|(known, _)| !Arc::ptr_eq(known, queue));
    set_max_level(&listeners);
}

/// Makes core skip lines that no environment wants.
fn set_max_level(listeners: &[(Arc<Queue>, LevelFilter)]) {
    log::set_max_level(listeners.iter().map(|(_, level)| *level).max().unwrap_or(LevelFilter::Off));
}
