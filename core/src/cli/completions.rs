//! `linkwa completions`

use std::collections::BTreeSet;

use super::arguments::Arguments;
use super::commands::{COMMANDS, Command};
use super::{Failure, Io, OK, Result, did_you_mean};

pub(super) const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

pub(super) fn run(arguments: &Arguments, io: &mut Io<'_>) -> Result {
    let script = match arguments.one("shell: bash, zsh or fish")? {
        "bash" => bash(),
        "zsh" => zsh(),
        "fish" => fish(),
        other => {
            let near = did_you_mean(other, &SHELLS);
            return Err(Failure::Usage(format!("there are completions for {}{near}", SHELLS.join(", "))));
        }
    };
    io.output.write_all(script.as_bytes())?;
    Ok(OK)
}

fn names() -> String {
    COMMANDS.iter().map(|command| command.name).chain(["help"]).collect::<Vec<_>>().join(" ")
}

fn option_names(command: &Command) -> String {
    (command.options)()
        .iter()
        .map(|option| format!("--{}", option.name))
        .chain(["--help".to_owned()])
        .collect::<Vec<_>>()
        .join(" ")
}

/// The arms of a `case` over the word before: what the shell offers as the value of an option.
fn value_arms(offer: impl Fn(&str) -> String, anything: &str) -> String {
    let options = COMMANDS.iter().flat_map(|command| (command.options)()).filter(|option| option.value.is_some());
    let arms: BTreeSet<_> = options
        .map(|option| {
            let choices = option.choices().join(" ");
            let offered = if choices.is_empty() { anything.to_owned() } else { offer(&choices) };
            format!("        --{}) {offered}; return ;;\n", option.name)
        })
        .collect();
    arms.into_iter().collect()
}

/// The arms of a `case` over commands: what the shell offers by the place of the word, and the word itself.
fn arms(offer: impl Fn(&str) -> String) -> String {
    let mut arms = format!("        help) case $place in 2) {} ;; esac ;;\n", offer(&names()));
    for command in COMMANDS {
        let options = offer(&option_names(command));
        let words = match (command.words)().join(" ") {
            words if words.is_empty() => String::new(),
            words => format!(" {}:*) {} ;;", if command.has_many_words() { "*" } else { "2" }, offer(&words)),
        };
        arms.push_str(&format!("        {}) case $place:$word in *:-*) {options} ;;{words} esac ;;\n", command.name));
    }
    arms
}

fn bash() -> String {
    let offer = |words: &str| format!("COMPREPLY=($(compgen -W \"{words}\" -- \"$word\"))");
    let values = value_arms(offer, ":");
    format!(
        "_linkwa() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} place=$COMP_CWORD
    COMPREPLY=()
    if [ \"$place\" = 1 ]; then {first}; return; fi
    case ${{COMP_WORDS[COMP_CWORD-1]}} in
{values}    esac
    case ${{COMP_WORDS[1]}} in
{arms}    esac
}}
complete -o default -F _linkwa linkwa
",
        first = offer(&names()),
        arms = arms(offer),
    )
}

fn zsh() -> String {
    let offer = |words: &str| format!("compadd -- {words}");
    let values = value_arms(offer, "_files");
    format!(
        "#compdef linkwa
_linkwa() {{
    local word=${{words[CURRENT]}} place=$(( CURRENT - 1 ))
    if (( place == 1 )); then {first}; return; fi
    case ${{words[CURRENT-1]}} in
{values}    esac
    case ${{words[2]}} in
{arms}    esac
    [[ $word == -* ]] || _files
}}
compdef _linkwa linkwa
",
        first = offer(&names()),
        arms = arms(offer),
    )
}

fn fish() -> String {
    let mut script = String::new();
    for command in COMMANDS {
        let name = command.name;
        script.push_str(&format!(
            "complete -c linkwa -f -n __fish_use_subcommand -a {name} -d {}\n",
            quoted(command.about)
        ));
        let condition = format!("'__fish_seen_subcommand_from {name}'");
        let words = (command.words)().join(" ");
        if !words.is_empty() {
            let place = if command.has_many_words() { "" } else { "; and test (count (commandline -opc)) -eq 2" };
            let condition = format!("'__fish_seen_subcommand_from {name}{place}'");
            script.push_str(&format!("complete -c linkwa -n {condition} -a {}\n", quoted(&words)));
        }
        for option in (command.options)() {
            let choices = option.choices().join(" ");
            let value = match option.value {
                Some(_) if choices.is_empty() => " -r".to_owned(),
                Some(_) => format!(" -x -a {}", quoted(&choices)),
                None => String::new(),
            };
            script.push_str(&format!(
                "complete -c linkwa -n {condition} -l {}{value} -d {}\n",
                option.name,
                quoted(&option.about)
            ));
        }
    }
    script
}

/// A text in single quotes, for fish.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
