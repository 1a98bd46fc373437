//! `linkwa explain`

use std::io::Write;

use serde_json::{Value, json};

use super::arguments::{Arguments, Format};
use super::{FOUND, Io, OK, Result, printable, write_json};
use crate::answer::ResultCode;
use crate::callback::Status;
use crate::declared::{Declared, Kind, plain_doc};
use crate::error::{Disposition, ErrorCode, Outcome, Reason, error_defaults};
use crate::finding::FindingCode;
use crate::wire::nearest;

/// What a word or number means.
struct Meaning {
    kind: &'static str,
    word: String,
    /// Of a result code.
    number: Option<i64>,
    text: String,
    /// What follows from it.
    facts: Vec<Fact>,
}

/// What follows from a word: its member in JSON, its name in text, and its value.
struct Fact(&'static str, &'static str, Value);

/// Every word, from the tables of this crate.
fn meanings() -> Vec<Meaning> {
    let mut all: Vec<_> = ResultCode::LISTED
        .iter()
        .map(|code| Meaning {
            kind: "result code",
            word: code.name().unwrap_or_default().to_owned(),
            number: Some(code.number()),
            text: code.explanation().to_owned(),
            facts: vec![
                Fact("final", "final", code.is_final().into()),
                Fact("contactSupport", "contact LINK's support", code.should_contact_support().into()),
            ],
        })
        .collect();
    add::<ErrorCode>(&mut all, "error code", |word| {
        let (outcome, disposition) = error_defaults(word, None);
        let outcome = outcome.map_or("none", Outcome::as_str);
        vec![
            Fact("outcome", "outcome", outcome.into()),
            Fact("disposition", "disposition", disposition.as_str().into()),
        ]
    });
    add::<Outcome>(&mut all, "outcome", |_| Vec::new());
    add::<Disposition>(&mut all, "disposition", |_| Vec::new());
    add::<Reason>(&mut all, "reason", |_| Vec::new());
    add::<Status>(&mut all, "status", |_| Vec::new());
    add::<FindingCode>(&mut all, "finding code", |word| {
        let code = FindingCode::ALL.iter().find(|code| code.as_str() == word);
        code.map(|code| Fact("severity", "severity", code.severity().as_str().into())).into_iter().collect()
    });
    all
}

/// Adds the words of an enumeration.
fn add<T: Declared>(all: &mut Vec<Meaning>, kind: &'static str, facts: fn(&str) -> Vec<Fact>) {
    let Kind::Word(words) = T::KIND else { return };
    all.extend(words.values.iter().map(|value| Meaning {
        kind,
        word: value.word.to_owned(),
        number: None,
        text: plain_doc(value.doc),
        facts: facts(value.word),
    }));
}

/// Every word and number that can be explained, each once.
pub(super) fn words() -> Vec<String> {
    let mut words: Vec<_> = meanings()
        .into_iter()
        .flat_map(|meaning| meaning.number.map(|number| number.to_string()).into_iter().chain([meaning.word]))
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

pub(super) fn run(arguments: &Arguments, io: &mut Io<'_>) -> Result {
    let format = arguments.format()?;
    let all = meanings();
    if arguments.positional.is_empty() {
        return list(&all, format, io.output);
    }
    let mut status = OK;
    for word in &arguments.positional {
        let normal = word.trim().to_lowercase().replace('-', "_");
        let found: Vec<_> = all
            .iter()
            .filter(|meaning| {
                meaning.word == normal || meaning.number.is_some_and(|number| number.to_string() == normal)
            })
            .collect();
        let known: Vec<_> = all.iter().map(|meaning| &*meaning.word).collect();
        let near = if found.is_empty() { nearest(&normal, &known) } else { None };
        if found.is_empty() {
            status = FOUND;
        }
        match format {
            Format::Json => {
                let meanings: Vec<_> = found.iter().map(|meaning| meaning_json(meaning)).collect();
                write_json(io.output, &json!({"word": word, "meanings": meanings, "nearest": near}))?;
            }
            Format::Text if found.is_empty() => {
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                writeln!(io.errors, "linkwa: `{}` is not known{near}", printable(word))?;
            }
            Format::Text => found.iter().try_for_each(|meaning| write_text(meaning, io.output))?,
        }
    }
    Ok(status)
}

fn meaning_json(meaning: &Meaning) -> serde_json::Value {
    let mut value = json!({"kind": meaning.kind, "word": meaning.word, "text": meaning.text});
    if let Some(object) = value.as_object_mut() {
        object.extend(meaning.number.map(|number| ("number".to_owned(), number.into())));
        object.extend(meaning.facts.iter().map(|Fact(member, _, value)| ((*member).to_owned(), value.clone())));
    }
    value
}

fn write_text(meaning: &Meaning, output: &mut dyn Write) -> Result<()> {
    let number = meaning.number.map(|number| format!("{number} ")).unwrap_or_default();
    writeln!(output, "{number}{} ({})", meaning.word, meaning.kind)?;
    for line in meaning.text.lines() {
        writeln!(output, "  {line}")?;
    }
    for Fact(_, name, value) in &meaning.facts {
        let text = match value {
            Value::Bool(true) => "yes",
            Value::Bool(false) => "no",
            value => value.as_str().unwrap_or_default(),
        };
        writeln!(output, "  {name}: {text}")?;
    }
    Ok(())
}

/// All words by kind.
fn list(all: &[Meaning], format: Format, output: &mut dyn Write) -> Result {
    if format == Format::Json {
        let all: Vec<_> = all.iter().map(meaning_json).collect();
        write_json(output, &all)?;
        return Ok(OK);
    }
    for meanings in all.chunk_by(|one, other| one.kind == other.kind) {
        writeln!(output, "{}", meanings.first().map_or("", |meaning| meaning.kind))?;
        for meaning in meanings {
            let number = meaning.number.map(|number| format!("{number} ")).unwrap_or_default();
            writeln!(output, "  {number}{}", meaning.word)?;
        }
    }
    Ok(OK)
}
