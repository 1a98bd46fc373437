//! The events of sends and runs, which go to the loop of the environment that sends.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use linkwa::{Client, Event, EventValue};
use serde_json::{Map, Value};

use crate::completion::{Item, Queue};

/// The same client, whose sends are reported under this number.
pub(crate) fn observed(client: &Client, queue: Arc<Queue>, id: u32) -> Client {
    client.with_observer(move |event: &Event| queue.push(Item::Event(id, Box::new(event.clone()))))
}

/// The same for a run. When nothing can be reported any more, the loop is told that it is done.
pub(crate) fn observed_run(client: &Client, queue: Arc<Queue>, id: u32) -> Client {
    let run = Run(queue, id);
    client.with_observer(move |event: &Event| run.0.push(Item::Event(run.1, Box::new(event.clone()))))
}

struct Run(Arc<Queue>, u32);

impl Drop for Run {
    fn drop(&mut self) {
        self.0.push(Item::Done(self.1));
    }
}

/// The fields that have a value, by core's names, as JSON; times in milliseconds.
pub(crate) fn json_of(event: &Event) -> String {
    let mut fields = Map::new();
    event.visit(|name, value| {
        fields.insert(name.to_owned(), json_value(value));
    });
    Value::Object(fields).to_string()
}

fn json_value(value: EventValue<'_>) -> Value {
    let milliseconds = |length: Duration| length.as_secs_f64() * 1000.0;
    match value {
        EventValue::Text(text) => text.into(),
        EventValue::Count(count) => count.into(),
        EventValue::Integer(number) => number.into(),
        EventValue::Duration(length) => milliseconds(length).into(),
        EventValue::Time(time) => milliseconds(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()).into(),
        EventValue::Words(words) => words.into(),
    }
}
