//! JSON as it was written: repeated keys are seen, and a number keeps its text.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{MAX_REQUEST_BYTES, Violation, push_index, push_name};

const MAX_DEPTH: usize = 64;

/// A JSON value. An object holds no null members and each key once: the first stays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// The number's own text: `1`, `1.0` and `1e0` are three.
    Number(String),
    String(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Node::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, v)| v),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Node] {
        match self {
            Node::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Node::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        match self {
            Node::Null => Value::Null,
            Node::Bool(flag) => Value::Bool(*flag),
            Node::Number(text) => number(text),
            Node::String(text) => Value::String(text.clone()),
            Node::List(items) => items.iter().map(Node::to_value).collect(),
            Node::Object(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), value.to_value()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

/// Reads a whole body. Repeated keys are noted and do not end the reading.
pub(super) fn parse(bytes: &[u8], noted: &mut Vec<Violation>) -> Result<Node, Vec<Violation>> {
    let unreadable = |message: String| vec![Violation::new("", "json", message)];
    if bytes.len() > MAX_REQUEST_BYTES {
        return Err(unreadable(format!("longer than {MAX_REQUEST_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("not UTF-8".to_owned()))?;
    let raw: &RawValue = serde_json::from_str(text).map_err(|_| unreadable("not JSON".to_owned()))?;
    if !raw.get().starts_with('{') {
        return Err(unreadable("not an object".to_owned()));
    }
    build(raw, 1, &mut String::new(), noted).map_err(unreadable)
}

fn build(raw: &RawValue, depth: usize, path: &mut String, noted: &mut Vec<Violation>) -> Result<Node, String> {
    let text = raw.get();
    let first = text.bytes().next().unwrap_or_default();
    if matches!(first, b'{' | b'[') && depth > MAX_DEPTH {
        return Err(format!("deeper than {MAX_DEPTH} levels"));
    }
    let here = path.len();
    Ok(match first {
        b'{' => {
            let mut seen = HashSet::new();
            let mut members = Vec::new();
            for (key, value) in read::<Members<'_>>(text)?.0 {
                push_name(path, &key);
                let node = build(value, depth + 1, path, noted)?;
                if !seen.insert(key.clone()) {
                    let message = "the key stands twice in one object";
                    noted.push(Violation::new(path.as_str(), "duplicateKey", message));
                } else if node != Node::Null {
                    members.push((key, node));
                }
                path.truncate(here);
            }
            Node::Object(members)
        }
        b'[' => {
            let mut items = Vec::new();
            for (index, item) in read::<Vec<&RawValue>>(text)?.into_iter().enumerate() {
                push_index(path, index);
                items.push(build(item, depth + 1, path, noted)?);
                path.truncate(here);
            }
            Node::List(items)
        }
        b'"' => Node::String(read(text)?),
        b'n' => Node::Null,
        b't' | b'f' => Node::Bool(first == b't'),
        _ => Node::Number(text.to_owned()),
    })
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|_| "not JSON".to_owned())
}

/// An object's members in order, repeated ones included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A number for the schema. One that no double can hold is refused by the rules beside it.
fn number(text: &str) -> Value {
    if let Ok(number) = text.parse::<u64>() {
        return number.into();
    }
    if let Ok(number) = text.parse::<i64>() {
        return number.into();
    }
    let number = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    number.map_or(Value::Null, Value::Number)
}
