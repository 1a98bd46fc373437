//! `linkwa completions`

use super::arguments::Arguments;
use super::commands::{COMMANDS, Command, Opt};
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

/// The options of which the values are known, each with its values.
fn choices() -> Vec<(String, String)> {
    let options = COMMANDS.iter().flat_map(|command| (command.options)());
    let mut choices: Vec<_> = options
        .filter(|option| !option.choices().is_empty())
        .map(|Opt { name, value, .. }| (name, value.unwrap_or_default().replace('|', " ")))
        .collect();
    choices.dedup();
    choices
}

/// The arms of a `case` over options: the values that the shell offers.
fn value_arms(offer: impl Fn(&str) -> String) -> String {
    let arms = choices().into_iter().map(|(name, values)| format!("        --{name}) {}; return ;;\n", offer(&values)));
    arms.collect::<Vec<_>>().concat()
}

/// The arms of a `case` over commands: the words that the shell offers.
fn arms(offer: impl Fn(&str) -> String) -> String {
    let mut arms = String::new();
    for command in COMMANDS {
        let words = (command.words)().join(" ");
        arms.push_str(&format!(
            "        {}) case $word in -*) {} ;; *) {} ;; esac ;;\n",
            command.name,
            offer(&option_names(command)),
            if words.is_empty() { ":".to_owned() } else { offer(&words) },
        ));
    }
    arms
}

fn bash() -> String {
    let offer = |words: &str| format!("COMPREPLY=($(compgen -W \"{words}\" -- \"$word\"))");
    let values = value_arms(offer);
    format!(
        "_linkwa() {{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    COMPREPLY=()
    if [ \"$COMP_CWORD\" = 1 ]; then {first}; return; fi
    case ${{COMP_WORDS[COMP_CWORD-1]}} in
{values}    esac
    case ${{COMP_WORDS[1]}} in
        help) {first} ;;
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
    let values = value_arms(offer);
    format!(
        "#compdef linkwa
_linkwa() {{
    local word=${{words[CURRENT]}}
    if (( CURRENT == 2 )); then {first}; return; fi
    case ${{words[CURRENT-1]}} in
{values}    esac
    case ${{words[2]}} in
        help) {first} ;;
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
