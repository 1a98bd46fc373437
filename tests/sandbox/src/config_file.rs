//! A file with arguments: a JSON object whose members are named as the options are.

use std::ffi::OsString;

use serde_json::{Map, Value};

/// The arguments with those of each `--config FILE` in front, so that the command line has the last word.
pub(crate) fn expand(arguments: impl Iterator<Item = OsString>) -> Result<Vec<OsString>, String> {
    let (mut from_files, mut others) = (Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let file = if argument == "--config" {
            arguments.next().ok_or("--config needs a file")?
        } else if let Some(file) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            file.into()
        } else {
            others.push(argument);
            continue;
        };
        let name = file.display();
        let text = std::fs::read(&file).map_err(|error| format!("{name}: {error}"))?;
        let members: Map<String, Value> =
            serde_json::from_slice(&text).map_err(|error| format!("{name} is not a JSON object: {error}"))?;
        for (option, value) in members {
            let values = if let Value::Array(values) = value { values } else { vec![value] };
            for value in values {
                from_files.extend(argument_of(&option, &value).map_err(|problem| format!("{name}: {problem}"))?);
            }
        }
    }
    from_files.append(&mut others);
    Ok(from_files)
}

fn argument_of(option: &str, value: &Value) -> Result<Option<OsString>, String> {
    Ok(match value {
        Value::Bool(true) => Some(format!("--{option}").into()),
        Value::Bool(false) => None,
        Value::String(text) => Some(format!("--{option}={text}").into()),
        Value::Number(number) => Some(format!("--{option}={number}").into()),
        _ => return Err(format!("{option} is neither a text, a number, true or false, nor a list of them")),
    })
}
