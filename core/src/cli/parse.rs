//! `linkwa parse`

use std::io::Write;
use std::slice::Iter;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::arguments::{Arguments, Format};
use super::{FOUND, Io, OK, Result, printable, printable_error, read, write_json};
use crate::answer::ResultCode;
use crate::callback::{CALLBACKS, Callback, Extra, Parameters, Timestamp, Visit, Visitor, parse_callback};
use crate::declared::{Field, Kind, Object};
use crate::error::Error;
use crate::input::MAX_JSON_BYTES;

pub(super) fn run(arguments: &Arguments, io: &mut Io<'_>) -> Result {
    let format = arguments.format()?;
    let name = arguments.one("file, or - for standard input")?;
    let callback = match parse_callback(read(name, MAX_JSON_BYTES, io.input)?) {
        Ok(callback) => callback,
        Err(error) => {
            match format {
                Format::Text => writeln!(io.errors, "linkwa: {}", printable_error(&error))?,
                Format::Json => write_json(io.output, &error_json(&error))?,
            }
            return Ok(FOUND);
        }
    };
    let [report_fields, message_fields] = CALLBACKS;
    let (kind, fields) = match &callback {
        Callback::EventReport(report) => ("event_report", node(report_fields, report)),
        Callback::ReceivedMessage(message) => ("received_message", node(message_fields, message)),
    };
    if format == Format::Json {
        let mut all = vec![("kind", Node::text(kind)), ("key", Node::text(callback.key()))];
        if let Callback::EventReport(report) = &callback {
            all.push(("status", Node::text(report.status().as_str())));
        }
        all.push(("fields", fields));
        write_json(io.output, &Node::Object(all))?;
        return Ok(OK);
    }
    writeln!(io.output, "{}", kind.replace('_', " "))?;
    fields.write(io.output, 1)?;
    if let Callback::EventReport(report) = &callback {
        let code = report.result_code();
        writeln!(io.output, "{}: {}", report.status(), ResultCode::explanation(code))?;
    }
    Ok(OK)
}

fn error_json(error: &Error) -> serde_json::Value {
    let (path, position, message) = match error {
        Error::InvalidCallback(error) => (error.path(), error.position(), error.message.to_owned()),
        error => ("", 0, error.to_string()),
    };
    json!({"code": error.code().as_str(), "path": path, "position": position, "message": message})
}

/// A value of a callback.
enum Node<'c> {
    Text(String),
    Integer(i64),
    Number(f64),
    Flag(bool),
    List(Vec<Node<'c>>),
    Object(Vec<(&'c str, Node<'c>)>),
}

impl Node<'_> {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Writes the fields of an object, or the items of a list, each in a line.
    fn write(&self, output: &mut dyn Write, depth: usize) -> Result<()> {
        let indent = "  ".repeat(depth);
        let entries: Vec<_> = match self {
            Self::Object(fields) => fields.iter().map(|(name, node)| (format!("{}:", printable(name)), node)).collect(),
            Self::List(items) => items.iter().map(|node| ("-".to_owned(), node)).collect(),
            _ => Vec::new(),
        };
        for (name, node) in entries {
            let text = match node {
                Self::Text(text) => printable(text),
                Self::Integer(number) if name == "resultCode:" => ResultCode::from(*number).to_string(),
                Self::Integer(number) => number.to_string(),
                Self::Number(number) => number.to_string(),
                Self::Flag(flag) => flag.to_string(),
                Self::List(_) | Self::Object(_) => String::new(),
            };
            writeln!(output, "{}", format!("{indent}{name} {text}").trim_end())?;
            node.write(output, depth + 1)?;
        }
        Ok(())
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, node) in fields {
                    map.serialize_entry(name, node)?;
                }
                map.end()
            }
        }
    }
}

/// An object of a callback, with the names of its declaration.
fn node<'c>(object: &'static Object, visit: impl Visit<'c>) -> Node<'c> {
    let mut reader = Reader { declared: object.fields.iter(), fields: Vec::new() };
    visit.visit(&mut reader);
    Node::Object(reader.fields)
}

/// Gets the values in the order of the declaration.
struct Reader<'c> {
    declared: Iter<'static, Field>,
    fields: Vec<(&'c str, Node<'c>)>,
}

impl<'c> Reader<'c> {
    /// Adds the next field, if it has a value.
    fn add(&mut self, node: impl FnOnce(Kind) -> Option<Node<'c>>) {
        if let Some(field) = self.declared.next()
            && let Some(node) = node(field.kind)
        {
            self.fields.push((field.wire, node));
        }
    }
}

fn pairs<'c>(entries: impl Iterator<Item = (&'c str, &'c str)>) -> Node<'c> {
    Node::Object(entries.map(|(name, text)| (name, Node::text(text))).collect())
}

impl<'c> Visitor<'c> for Reader<'c> {
    fn text(&mut self, text: Option<&'c str>) {
        self.add(|_| text.map(Node::text));
    }

    fn time(&mut self, text: Option<&'c str>, _moment: impl FnOnce() -> Option<Timestamp>) {
        self.add(|_| text.map(Node::text));
    }

    fn integer(&mut self, number: Option<i64>) {
        self.add(|_| number.map(Node::Integer));
    }

    fn number(&mut self, number: Option<f64>) {
        self.add(|_| number.map(Node::Number));
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.add(|_| flag.map(Node::Flag));
    }

    fn list(&mut self, texts: Option<impl ExactSizeIterator<Item = &'c str>>) {
        self.add(|_| texts.map(|texts| Node::List(texts.map(Node::text).collect())));
    }

    fn parameters(&mut self, parameters: Option<Parameters<'c>>) {
        self.add(|_| parameters.map(|parameters| pairs(parameters.iter())));
    }

    fn object(&mut self, object: Option<impl Visit<'c>>) {
        self.add(|kind| match kind {
            Kind::Object(declared) => object.map(|object| node(declared, object)),
            _ => None,
        });
    }

    fn objects(&mut self, objects: Option<impl ExactSizeIterator<Item = impl Visit<'c>>>) {
        self.add(|kind| match kind {
            Kind::List(Kind::Object(declared)) => {
                objects.map(|objects| Node::List(objects.map(|object| node(declared, object)).collect()))
            }
            _ => None,
        });
    }

    /// The JSON texts of unknown fields, which are no numbers that could lose digits.
    fn extra(&mut self, extra: Extra<'c>) {
        if !extra.is_empty() {
            self.fields.push(("extra", pairs(extra.iter())));
        }
    }
}
