//! `linkwa send`

use std::time::Duration;

use serde_json::{Value, json};

use super::arguments::{Arguments, Format};
use super::commands::{self, Opt};
use super::{
    FOUND, Failure, Io, OK, Result, USAGE, did_you_mean, finding_json, finding_text, printable, printable_error, read,
    write_json,
};
use crate::by_name::{NamedValue, SetError};
use crate::client::Client;
use crate::config::Config;
use crate::declared::{Field, Kind, plain_doc};
use crate::delivery::PreparedRequest;
use crate::error::{Error, Outcome};
use crate::input::MAX_JSON_BYTES;
use crate::message::{BodyParameter, Message, Template, Text};
use crate::options::{OPTIONS, SendOptions};
use crate::response::SendResult;

/// What can be sent, each with its arguments.
pub(super) const FORMS: [&str; 4] = ["text TO TEXT", "template TO NAME LANGUAGE", "message TO FILE", "request FILE"];

const NOT_SENT: u8 = 3;
const REJECTED: u8 = 4;
const UNKNOWN: u8 = 5;

/// The options of `template` alone.
const NAMESPACE: &str = "namespace";
const PARAMETER: &str = "parameter";

pub(super) fn options() -> Vec<Opt> {
    let mut options = commands::format();
    options.extend([
        Opt::new("dry-run", None, "print what would be posted, and send nothing"),
        Opt::new(NAMESPACE, Some("TEXT"), "template: its namespace"),
        Opt { repeats: true, ..Opt::new(PARAMETER, Some("TEXT"), "template: the next parameter of its body") },
    ]);
    options.extend(OPTIONS.iter().map(|option| {
        let value = match option.kind {
            Kind::Duration => "MILLISECONDS".to_owned(),
            Kind::List(_) => "ID,…".to_owned(),
            Kind::StringMap => "NAME=TEXT".to_owned(),
            Kind::Timestamp => "TIME".to_owned(),
            Kind::Word(words) => words.values.iter().map(|value| value.word).collect::<Vec<_>>().join("|"),
            _ => "TEXT".to_owned(),
        };
        let doc = plain_doc(option.doc).replace('\n', " ");
        let first = doc.split_once(". ").map_or(&*doc, |(first, _)| first).trim_end_matches('.');
        // The first letter as in the options of this command.
        let about = first.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_lowercase() } else { c });
        let repeats = matches!(option.kind, Kind::List(_) | Kind::StringMap);
        Opt { repeats, ..Opt::new(&kebab(option.name), Some(&value), &about.collect::<String>()) }
    }));
    options
}

/// `text` and the other words that stand first.
pub(super) fn form_names() -> impl Iterator<Item = &'static str> {
    FORMS.iter().filter_map(|form| form.split(' ').next())
}

fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

/// What is sent.
enum Content {
    /// To these destinations.
    Message(Vec<String>, Message),
    /// A whole request.
    Request(Vec<u8>),
}

pub(super) fn run(arguments: &Arguments, io: &mut Io<'_>) -> Result {
    let format = arguments.format()?;
    let is_request = arguments.positional.first().is_some_and(|form| form == "request");
    check_applicable(arguments)?;
    let options = send_options(arguments)?;
    let ended = content(arguments, io)?.and_then(|content| prepare(content, &options));
    let (client, prepared) = match ended {
        Ok(prepared) => prepared,
        Err(error) => {
            let written = write_error(&error, format, io);
            return end(status_of(&error), written, io);
        }
    };
    if arguments.has("dry-run") {
        for warning in &prepared.warnings {
            writeln!(io.errors, "{}", finding_text(warning))?;
        }
        io.output.write_all(&prepared.bytes)?;
        writeln!(io.output)?;
        return Ok(OK);
    }
    // Whatever happens from now on, the user can look for the event report.
    if !is_request && !arguments.has("ref-id") {
        writeln!(io.errors, "refId {}", printable(&prepared.ref_id))
            .map_err(|error| Failure::Input(format!("cannot write the refId: {error}")))?;
    }
    let (status, written) = match client.send_prepared::<SendResult>(&prepared) {
        Ok(sent) => (OK, write_sent(&sent, format, io)),
        Err(error) => (status_of(&error), write_error(&error, format, io)),
    };
    end(status, written, io)
}

/// The status says the outcome, also if the result could not be written.
fn end(status: u8, written: Result<()>, io: &mut Io<'_>) -> Result {
    match written.and_then(|()| io.output.flush().map_err(Failure::Output)) {
        Ok(()) => Ok(status),
        Err(Failure::Output(error)) => Err(Failure::Result(status, error)),
        Err(failure) => Err(failure),
    }
}

/// That each option is one of this form.
fn check_applicable(arguments: &Arguments) -> Result<()> {
    let form = arguments.positional.first().map_or("", String::as_str);
    for option in options() {
        let applies = match &*option.name {
            "format" | "dry-run" | "timeout" => true,
            NAMESPACE | PARAMETER => form == "template",
            _ => form != "request",
        };
        if !applies && arguments.has(&option.name) {
            return Err(Failure::Usage(format!("--{} is not an option of `send {}`", option.name, printable(form))));
        }
    }
    Ok(())
}

fn send_options(arguments: &Arguments) -> Result<SendOptions> {
    let mut options = SendOptions::new();
    for Field { name, kind, .. } in OPTIONS {
        let given = kebab(name);
        let Some(text) = arguments.value(&given) else { continue };
        let texts = arguments.values(&given);
        let value = match kind {
            Kind::Duration => match text.parse() {
                Ok(number) => Ok(NamedValue::Duration(Duration::from_millis(number))),
                Err(_) => Err("must be a whole number of milliseconds".to_owned()),
            },
            Kind::List(_) => {
                Ok(NamedValue::Texts(texts.flat_map(|text| text.split(',')).map(|id| id.trim().to_owned()).collect()))
            }
            Kind::StringMap => {
                let pairs =
                    texts.map(|pair| pair.split_once('=').map(|(name, text)| (name.to_owned(), text.to_owned())));
                pairs.collect::<Option<_>>().map(NamedValue::Map).ok_or_else(|| "must be NAME=TEXT".to_owned())
            }
            _ => Ok(NamedValue::Text(text.to_owned())),
        };
        value.map_err(SetError::Value).and_then(|value| options.set(name, value)).map_err(|error| {
            let problem = match error {
                SetError::Value(problem) | SetError::Config(problem) => problem,
                SetError::Unknown(_) | SetError::Kind => "cannot be set".to_owned(),
            };
            Failure::Usage(format!("--{given} {problem}"))
        })?;
    }
    Ok(options)
}

/// What the positional arguments say.
fn content(arguments: &Arguments, io: &mut Io<'_>) -> Result<std::result::Result<Content, Error>> {
    let positional: Vec<_> = arguments.positional.iter().map(String::as_str).collect();
    let destinations = |to: &str| to.split(',').map(|number| number.trim().to_owned()).collect();
    Ok(Ok(match *positional {
        ["text", to, text] => {
            let text = if text == "-" { text_of(read(text, MAX_JSON_BYTES, io.input)?)? } else { text.to_owned() };
            Content::Message(destinations(to), Text::new(text).into())
        }
        ["template", to, name, language] => {
            let template = match arguments.value(NAMESPACE) {
                Some(namespace) => Template::new(name, namespace, language),
                None => Template::without_namespace(name, language),
            };
            let parameters: Vec<_> = arguments.values(PARAMETER).map(BodyParameter::from).collect();
            let template = if parameters.is_empty() { template } else { template.body(parameters) };
            Content::Message(destinations(to), template.into())
        }
        ["message", to, file] => match Message::from_json(read(file, MAX_JSON_BYTES, io.input)?) {
            Ok(message) => Content::Message(destinations(to), message),
            Err(error) => return Ok(Err(error)),
        },
        ["request", file] => Content::Request(read(file, MAX_JSON_BYTES, io.input)?),
        [] => return Err(Failure::Usage(format!("say what to send: {}", FORMS.join(", ")))),
        [name, ..] => {
            if let Some((form, _)) = FORMS.iter().zip(form_names()).find(|(_, known)| *known == name) {
                let text = format!("write `linkwa send {form}`, with quotes around an argument that has spaces");
                return Err(Failure::Usage(text));
            }
            let near = did_you_mean(name, &form_names().collect::<Vec<_>>());
            let text = format!("there is no `send {}`, but {}{near}", printable(name), FORMS.join(", "));
            return Err(Failure::Usage(text));
        }
    }))
}

/// The text of standard input, without the line break at its end.
fn text_of(bytes: Vec<u8>) -> Result<String> {
    let mut text = String::from_utf8(bytes).map_err(|_| Failure::Input("the text is not valid UTF-8".to_owned()))?;
    let length = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text).len());
    text.truncate(length.unwrap_or(text.len()));
    Ok(text)
}

fn prepare(content: Content, options: &SendOptions) -> std::result::Result<(Client, PreparedRequest), Error> {
    let client = Client::new(Config::from_env()?)?;
    let client = options.timeout.map_or(client.clone(), |timeout| client.with_timeout(timeout));
    let prepared = match content {
        Content::Message(to, message) => client.prepare(to, message, options)?,
        Content::Request(json) => client.prepare_request(&client.read_request(json)?)?,
    };
    Ok((client, prepared))
}

fn status_of(error: &Error) -> u8 {
    match error {
        Error::InvalidConfig { .. } => USAGE,
        Error::InvalidRequest(_) => FOUND,
        error => match error.outcome() {
            Some(Outcome::NotSent) => NOT_SENT,
            Some(Outcome::Rejected) => REJECTED,
            Some(Outcome::Unknown) | None => UNKNOWN,
        },
    }
}

fn write_sent(sent: &SendResult, format: Format, io: &mut Io<'_>) -> Result<()> {
    if format == Format::Json {
        let receipts = sent.receipts().iter();
        let receipts: Vec<_> = receipts
            .map(|receipt| json!({"destination": receipt.destination(), "messageId": receipt.message_id()}))
            .collect();
        let result = json!({
            "outcome": "accepted",
            "refId": sent.ref_id(),
            "resultCode": sent.result_code().number(),
            "description": sent.description(),
            "messageIds": sent.message_ids(),
            "receipts": receipts,
            "warnings": sent.warnings().iter().map(finding_json).collect::<Vec<_>>(),
            "attempts": sent.attempts(),
        });
        return write_json(io.output, &result);
    }
    writeln!(io.output, "accepted: {}, refId {}", sent.result_code(), printable(sent.ref_id()))?;
    for receipt in sent.receipts() {
        writeln!(io.output, "{} {}", printable(receipt.destination()), printable(receipt.message_id()))?;
    }
    if sent.receipts().is_empty() {
        for id in sent.message_ids() {
            writeln!(io.output, "{}", printable(id))?;
        }
    }
    for warning in sent.warnings() {
        writeln!(io.errors, "{}", finding_text(warning))?;
    }
    Ok(())
}

/// Writes what is known about a message that was not accepted.
fn write_error(error: &Error, format: Format, io: &mut Io<'_>) -> Result<()> {
    if format == Format::Text {
        return writeln!(io.errors, "linkwa: {}", printable_error(error)).map_err(Failure::Output);
    }
    let mut result = json!({
        "outcome": error.outcome().map(Outcome::as_str),
        "code": error.code().as_str(),
        "disposition": error.disposition().as_str(),
        "message": error.to_string(),
        "refId": error.ref_id(),
    });
    let optional: [(&str, Option<Value>); 6] = [
        ("reason", error.reason().map(|reason| reason.as_str().into())),
        ("httpStatus", error.http_status().map(Into::into)),
        ("resultCode", error.result_code().map(|code| code.number().into())),
        ("description", error.description().map(Into::into)),
        ("retryAfter", error.retry_after().map(|pause| pause.as_secs_f64().into())),
        ("findings", (!error.findings().is_empty()).then(|| error.findings().iter().map(finding_json).collect())),
    ];
    if let Some(result) = result.as_object_mut() {
        result.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    write_json(io.output, &result)
}
