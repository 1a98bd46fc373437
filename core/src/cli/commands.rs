//! Every command, declared once: what is parsed, what `--help` prints, and what shells complete follow from this.

use super::arguments::Arguments;
use super::{Io, Result, completions, doctor, explain, parse, send, validate};

/// A command.
pub(super) struct Command {
    pub(super) name: &'static str,
    /// What stands behind the name; a line for each form.
    pub(super) forms: &'static [&'static str],
    /// What it does, in a line.
    pub(super) about: &'static str,
    /// What its help says besides.
    pub(super) text: &'static str,
    pub(super) options: fn() -> Vec<Opt>,
    /// The words that its first argument can be, or each if it has many; none if it is anything else.
    pub(super) words: fn() -> Vec<String>,
    pub(super) run: fn(&Arguments, &mut Io<'_>) -> Result,
}

impl Command {
    /// `WORD…`
    pub(super) fn has_many_words(&self) -> bool {
        self.forms.iter().any(|form| form.ends_with('…'))
    }
}

/// An option of a command.
pub(super) struct Opt {
    /// Its name without `--`.
    pub(super) name: String,
    /// What its value is; `None` if it has none.
    pub(super) value: Option<String>,
    pub(super) about: String,
    /// Whether it can be given several times.
    pub(super) repeats: bool,
}

impl Opt {
    pub(super) fn new(name: &str, value: Option<&str>, about: &str) -> Self {
        Self { name: name.to_owned(), value: value.map(str::to_owned), about: about.to_owned(), repeats: false }
    }

    /// `text|json` has two.
    pub(super) fn choices(&self) -> Vec<&str> {
        let value = self.value.as_deref().filter(|value| value.contains('|'));
        value.map(|value| value.split('|').collect()).unwrap_or_default()
    }
}

pub(super) fn format() -> Vec<Opt> {
    vec![Opt::new("format", Some("text|json"), "how the result is written [text]")]
}

fn no_words() -> Vec<String> {
    Vec::new()
}

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "validate",
        forms: &["FILE"],
        about: "Checks a request in wire form, without sending it",
        text: "\
FILE has the JSON of a whole request, as it is posted to the gateway; - is standard input. Each finding is one line with
the path of the field and the code of the finding; `linkwa explain CODE` says more about it. JSON: {\"valid\",
\"findings\"}, and with --lines also \"line\", one for each request.

Exit status: 0 valid (there may be warnings), 1 errors, 2 wrong arguments or an unreadable file.
",
        options: || {
            let mut options = format();
            options.extend([
                Opt::new("lines", None, "each line of FILE is a request; empty lines are skipped"),
                Opt::new("strict", None, "count warnings as errors"),
                Opt::new("extensions", None, "allow what version 1.4.1 of LINK's document does not have"),
            ]);
            options
        },
        words: no_words,
        run: validate::run,
    },
    Command {
        name: "parse",
        forms: &["FILE"],
        about: "Reads a callback of the gateway: an event report or a received message",
        text: "\
FILE has the body of the request that the gateway posted to you, in JSON; - is standard input. Prints its fields, and
what the result code of an event report means. JSON: {\"kind\", \"key\", \"fields\"}, with \"status\" for an event report;
{\"code\", \"path\", \"position\", \"message\"} if it is not a valid callback.

Exit status: 0 a callback, 1 not a valid callback, 2 wrong arguments or an unreadable file.
",
        options: format,
        words: no_words,
        run: parse::run,
    },
    Command {
        name: "explain",
        forms: &["WORD…", ""],
        about: "Explains a result code, error code, outcome, reason, finding code or status",
        text: "\
WORD is a number such as 112404, or a word such as outcome_unknown or too_long. Without one, all words are listed.
JSON: for each word {\"word\", \"meanings\"}, and \"nearest\" if there is no meaning.

Exit status: 0, 1 if a word is unknown, 2 wrong arguments.
",
        options: format,
        words: explain::words,
        run: explain::run,
    },
    Command {
        name: "send",
        forms: &send::FORMS,
        about: "Sends a message with the account of the environment (LINKWA_*)",
        text: "\
TO is a number, or several separated by commas. FILE has the JSON of one message in wire form, or for `request` of a
whole request, which is sent as it is: only --timeout, --format and --dry-run apply to it. TEXT and FILE can be - for
standard input. Put -- before a TEXT that begins with -. `linkwa doctor` shows which variables are set.

A message is never sent twice: what may have been accepted is not retried. Each request has a refId, which its event
reports repeat: yours (--ref-id), or a new one that is printed on standard error before anything leaves. With --dry-run
the output is the JSON that would be posted, and warnings are written to standard error. JSON: {\"outcome\", \"refId\",
\"receipts\"} and more.

Exit status:
  0  accepted
  1  invalid request: nothing was sent
  2  wrong arguments, an unreadable file or an invalid configuration: nothing was sent
  3  not sent: you may send it again, now or later
  4  rejected by the gateway
  5  unknown: it may have been accepted; do not send it again before you have looked for the event report of its refId
",
        options: send::options,
        words: || send::form_names().map(str::to_owned).collect(),
        run: send::run,
    },
    Command {
        name: "doctor",
        forms: &[""],
        about: "Checks configuration and network up to the gateway, without sending a message",
        text: "\
Shows which settings the environment sets. The region, the priority, times and yes-or-no settings are shown with their
values, and of the gateway's URL and the proxy's only host and port; usernames, passwords, ids and numbers are not.

Then checks, without sending it, whether a text to an example number is valid with these settings, and makes one GET
request to the address of messages, without credentials and without a body: it shows whether name, connection, proxy
and TLS work, and the date of the answer shows whether this machine's clock is right. Any answer below 500 will do.
Username and password are not checked: the gateway looks at them when a message is sent. JSON: {\"settings\", \"steps\"}.

Exit status: 0 nothing has failed, 1 a step has failed, 2 wrong arguments.
",
        options: format,
        words: no_words,
        run: doctor::run,
    },
    Command {
        name: "completions",
        forms: &["SHELL"],
        about: "Prints a script that completes this command: bash, zsh or fish",
        text: "\
For bash, put this into ~/.bashrc:           eval \"$(linkwa completions bash)\"
For zsh, put this into ~/.zshrc:             eval \"$(linkwa completions zsh)\"
For fish, put this into config.fish:         linkwa completions fish | source
",
        options: Vec::new,
        words: || completions::SHELLS.map(str::to_owned).to_vec(),
        run: completions::run,
    },
];

/// The help of the program.
pub(super) fn help() -> String {
    let mut text = String::from(
        "linkwa: WhatsApp messages through LINK Mobility\n\nUsage: linkwa COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n",
    );
    for command in COMMANDS {
        text.push_str(&format!("  {:<12} {}\n", command.name, command.about));
    }
    text.push_str(
        "\n`linkwa COMMAND --help` says more about one. `linkwa --version` prints the version.\n\
         The exit status of a command is 141 if its output is no longer read, as behind `| head`. That of `send` always\n\
         says what became of the message.\n",
    );
    text
}

/// The help of one command.
pub(super) fn help_of(command: &Command) -> String {
    let Command { name, forms, about, text, .. } = command;
    let mut help = format!("{about}.\n\n");
    for (index, form) in forms.iter().enumerate() {
        let usage = if index == 0 { "Usage:" } else { "      " };
        help.push_str(format!("{usage} linkwa {name} [OPTIONS] {form}").trim_end());
        help.push('\n');
    }
    help.push_str(&format!("\n{text}\nOptions:\n"));
    let help_option = Opt::new("help", None, "print this help");
    for Opt { name, value, about, repeats } in (command.options)().iter().chain([&help_option]) {
        let option = format!("--{name}{}", value.as_deref().map(|value| format!(" {value}")).unwrap_or_default());
        let repeats = if *repeats { "; can be given several times" } else { "" };
        let gap = if option.len() > 34 { format!("\n{:36}", "") } else { String::new() };
        help.push_str(&format!("  {option:<34}{gap}{about}{repeats}\n"));
    }
    help
}
