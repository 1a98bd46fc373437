//! The command `linkwa`, the same in Rust, Python and Node: the packages only pass their arguments on.

mod arguments;
mod commands;
mod completions;
mod doctor;
mod explain;
mod parse;
mod send;
mod validate;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};

use crate::error::Error;
use crate::finding::Finding;
use crate::text;
use arguments::Arguments;
use commands::{COMMANDS, Command};

/// The exit status of a command that did what it was asked to, and found nothing wrong.
const OK: u8 = 0;
/// The exit status of a command that found something wrong: findings, a malformed callback, an unknown word, a failed step.
const FOUND: u8 = 1;
/// The exit status of a command that cannot be run: wrong arguments, a file that cannot be read, an invalid configuration.
const USAGE: u8 = 2;

/// The exit status of a command of which the output is no longer read: that of a program that SIGPIPE ends.
const UNREAD: u8 = 141;

/// What surrounds a command.
struct Io<'a> {
    input: &'a mut dyn Read,
    output: &'a mut dyn Write,
    errors: &'a mut dyn Write,
}

/// Why a command ended early.
enum Failure {
    /// The arguments are wrong.
    Usage(String),
    /// A file or the environment cannot be used.
    Input(String),
    /// The output cannot be written.
    Output(io::Error),
    /// The result of a send cannot be written; its exit status counts.
    Result(u8, io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

type Result<T = u8> = std::result::Result<T, Failure>;

/// Runs the command with the streams and the environment of this process, and returns its exit status. `arguments` are
/// those behind the name of the program.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let mut arguments = arguments.into_iter();
    let (mut input, mut output, mut errors) = (io::stdin().lock(), io::stdout().lock(), io::stderr());
    let mut io = Io { input: &mut input, output: &mut output, errors: &mut errors };
    let name = arguments.next().map(|name| name.to_string_lossy().into_owned());
    let command = COMMANDS.iter().find(|command| Some(command.name) == name.as_deref());
    let ended = match command {
        Some(command) => run_command(command, arguments, &mut io),
        None => run_other(name.as_deref(), arguments.next(), &mut io),
    };
    let ended = ended.and_then(|status| io.output.flush().map(|()| status).map_err(Failure::Output));
    let (text, status) = match ended {
        Ok(status) => return status,
        // The reader has all that it wants, as `head` does. What is not written may have been an error: this is not OK.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => return UNREAD,
        Err(Failure::Output(error)) => (format!("cannot write the output: {error}"), USAGE),
        Err(Failure::Result(status, error)) => (format!("cannot write the result: {error}"), status),
        Err(Failure::Input(text)) => (text, USAGE),
        Err(Failure::Usage(text)) => {
            let of = command.map(|command| format!("{} ", command.name)).unwrap_or_default();
            (format!("{text}\nSee `linkwa {of}--help`."), USAGE)
        }
    };
    // Without standard error there is only the status.
    let _ = writeln!(io.errors, "linkwa: {text}");
    status
}

fn run_command(command: &Command, rest: impl Iterator<Item = OsString>, io: &mut Io<'_>) -> Result {
    if let Some(arguments) = Arguments::parse(command, rest)? {
        return (command.run)(&arguments, io);
    }
    io.output.write_all(commands::help_of(command).as_bytes())?;
    Ok(OK)
}

/// What is not a command.
fn run_other(name: Option<&str>, next: Option<OsString>, io: &mut Io<'_>) -> Result {
    let of = next.map(|next| next.to_string_lossy().into_owned());
    match (name, of) {
        (Some("help" | "--help" | "-h"), Some(of)) if !of.starts_with('-') => {
            let Some(command) = COMMANDS.iter().find(|command| command.name == of) else { return Err(unknown(&of)) };
            io.output.write_all(commands::help_of(command).as_bytes())?;
        }
        (Some("help" | "--help" | "-h"), _) => io.output.write_all(commands::help().as_bytes())?,
        (Some("--version" | "-V"), _) => writeln!(io.output, "linkwa {}", env!("CARGO_PKG_VERSION"))?,
        (Some(name), _) if name.starts_with('-') => {
            return Err(Failure::Usage(
                "options stand behind the command: linkwa COMMAND [OPTIONS] [ARGUMENTS]".to_owned(),
            ));
        }
        (Some(name), _) => return Err(unknown(name)),
        (None, _) => return Err(Failure::Usage("name a command".to_owned())),
    }
    Ok(OK)
}

fn unknown(name: &str) -> Failure {
    let names: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
    Failure::Usage(format!("there is no command `{}`{}", printable(name), did_you_mean(name, &names)))
}

fn did_you_mean(word: &str, known: &[&str]) -> String {
    crate::wire::nearest(word, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// Opens a file; `-` is standard input.
fn open<'i>(name: &str, input: &'i mut dyn Read) -> Result<Box<dyn Read + 'i>> {
    if name == "-" {
        return Ok(Box::new(input));
    }
    match File::open(name) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(unreadable(name, &error)),
    }
}

/// Reads at most `limit` bytes, and one more of a longer file.
fn read(name: &str, limit: usize, input: &mut dyn Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    open(name, input)?.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    Ok(bytes)
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::Input(format!("cannot read {}: {error}", printable(name)))
}

/// A text in one line that cannot move the cursor of a terminal or reverse its line.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if text::is_printable(c) => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    out
}

/// An error's text, which may have several lines.
fn printable_error(error: &Error) -> String {
    error.to_string().lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// Writes a JSON value in one line.
fn write_json(output: &mut dyn Write, value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string(value).map_err(io::Error::from)?;
    writeln!(output, "{text}").map_err(Failure::Output)
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    serde_json::json!({
        "path": finding.path(),
        "code": finding.code().as_str(),
        "severity": finding.severity().as_str(),
        "message": finding.message(),
        "suggestion": finding.suggestion(),
    })
}

/// `error: destinations[0]: … [invalid_msisdn] (+46700000001)`
fn finding_text(finding: &Finding) -> String {
    let suggestion = finding.suggestion().map(|text| format!(" (suggestion: {})", printable(text))).unwrap_or_default();
    format!("{}: {finding}{suggestion}", finding.severity())
}
