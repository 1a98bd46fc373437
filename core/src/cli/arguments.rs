//! The arguments of a command.

use std::ffi::OsString;

use lexopt::prelude::*;

use super::commands::Command;
use super::{Failure, Result, did_you_mean, printable};

const DASHES: &str = "put `--` before an argument that begins with `-`";

/// The arguments of a command, checked against its declaration.
pub(super) struct Arguments {
    pub(super) positional: Vec<String>,
    options: Vec<(String, String)>,
}

/// How results are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
}

impl Arguments {
    /// `None` if help is asked for.
    pub(super) fn parse(command: &Command, arguments: impl Iterator<Item = OsString>) -> Result<Option<Self>> {
        let known = (command.options)();
        let mut all = Self { positional: Vec::new(), options: Vec::new() };
        let mut parser = lexopt::Parser::from_args(arguments);
        let mut asks_for_help = false;
        while let Some(argument) = parser.next().map_err(usage)? {
            match argument {
                Short('h') | Long("help") => {
                    let name = if argument == Short('h') { "-h" } else { "--help" };
                    if parser.optional_value().is_some() {
                        return Err(Failure::Usage(format!("`{name}` takes no value; {DASHES}")));
                    }
                    asks_for_help = true;
                }
                Long(name) => {
                    let Some(option) = known.iter().find(|option| option.name == name) else {
                        let names: Vec<_> = known.iter().map(|option| &*option.name).collect();
                        let near = crate::wire::nearest(name, &names).map(|near| format!("did you mean `--{near}`?"));
                        let hint = near.unwrap_or_else(|| DASHES.to_owned());
                        return Err(Failure::Usage(format!("there is no option `--{}`; {hint}", printable(name))));
                    };
                    if !option.repeats && all.has(name) {
                        return Err(Failure::Usage(format!("`--{name}` is given twice")));
                    }
                    let value = match option.value {
                        Some(_) => text(parser.value().map_err(usage)?)?,
                        None => String::new(),
                    };
                    all.options.push((option.name.clone(), value));
                }
                Value(value) => all.positional.push(text(value)?),
                Short(name) => {
                    let name = printable(&name.to_string());
                    return Err(Failure::Usage(format!("there is no option `-{name}`; {DASHES}")));
                }
            }
        }
        // Beside several arguments it may be a TEXT, and the exit status of help would say that it was accepted.
        match (asks_for_help, all.positional.len()) {
            (false, _) => Ok(Some(all)),
            (true, 0 | 1) => Ok(None),
            (true, _) => Err(Failure::Usage(format!("`--help` takes no other arguments; {DASHES}"))),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of an option; the first one, if it can be given several times.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// The values of an option that can be given several times.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value)
    }

    pub(super) fn format(&self) -> Result<Format> {
        match self.value("format") {
            None | Some("text") => Ok(Format::Text),
            Some("json") => Ok(Format::Json),
            Some(other) => {
                let near = did_you_mean(other, &["text", "json"]);
                Err(Failure::Usage(format!("--format must be text or json{near}")))
            }
        }
    }

    /// The only positional argument.
    pub(super) fn one(&self, what: &str) -> Result<&str> {
        match &*self.positional {
            [one] => Ok(one),
            _ => Err(Failure::Usage(format!("give one {what}"))),
        }
    }

    /// That there is no positional argument.
    pub(super) fn none(&self) -> Result<()> {
        match &*self.positional {
            [] => Ok(()),
            _ => Err(Failure::Usage("there are too many arguments".to_owned())),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "errors are mapped to it")]
fn usage(error: lexopt::Error) -> Failure {
    Failure::Usage(printable(&error.to_string()))
}

fn text(argument: OsString) -> Result<String> {
    argument.into_string().map_err(|_| Failure::Usage("an argument is not valid UTF-8".to_owned()))
}
