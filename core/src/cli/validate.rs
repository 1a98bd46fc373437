//! `linkwa validate`

use std::io::{self, BufRead, BufReader, Read};

use serde_json::json;

use super::arguments::{Arguments, Format};
use super::{FOUND, Io, OK, Result, finding_json, finding_text, open, printable, read, unreadable, write_json};
use crate::finding::Finding;
use crate::input::MAX_JSON_BYTES;
use crate::request::{Validation, validate_with};

pub(super) fn run(arguments: &Arguments, io: &mut Io<'_>) -> Result {
    let format = arguments.format()?;
    let name = arguments.one("file, or - for standard input")?;
    let checker = Checker { format, is_strict: arguments.has("strict"), extensions: arguments.has("extensions") };
    let shown = if name == "-" { "standard input".to_owned() } else { printable(name) };
    if !arguments.has("lines") {
        let json = read(name, MAX_JSON_BYTES, io.input)?;
        let is_valid = checker.check(&json, None, &shown, io.output)?;
        if is_valid && format == Format::Text {
            writeln!(io.output, "{shown}: valid")?;
        }
        return Ok(if is_valid { OK } else { FOUND });
    }
    let mut reader = BufReader::new(open(name, io.input)?);
    let (mut line, mut number, mut requests, mut invalid) = (Vec::new(), 0_u64, 0_u64, 0_u64);
    while read_line(&mut reader, &mut line).map_err(|error| unreadable(name, &error))? {
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        requests += 1;
        if !checker.check(&line, Some(number), &shown, io.output)? {
            invalid += 1;
        }
    }
    if format == Format::Text {
        writeln!(io.output, "{shown}: {requests} requests, {invalid} of them invalid")?;
    }
    Ok(if invalid == 0 { OK } else { FOUND })
}

struct Checker {
    format: Format,
    is_strict: bool,
    extensions: bool,
}

impl Checker {
    /// Writes what is found, and returns whether the request is valid.
    fn check(&self, json: &[u8], line: Option<u64>, name: &str, output: &mut dyn io::Write) -> Result<bool> {
        let mut findings = validate_with(json, Validation::new().extensions(self.extensions));
        if self.is_strict {
            findings = Finding::all_errors(findings);
        }
        let is_valid = !findings.iter().any(Finding::is_error);
        if self.format == Format::Json {
            let mut result = json!({
                "valid": is_valid,
                "findings": findings.iter().map(finding_json).collect::<Vec<_>>(),
            });
            if let (Some(line), Some(result)) = (line, result.as_object_mut()) {
                result.insert("line".to_owned(), line.into());
            }
            write_json(output, &result)?;
            return Ok(is_valid);
        }
        let line = line.map(|line| format!("{line}:")).unwrap_or_default();
        for finding in &findings {
            writeln!(output, "{name}:{line} {}", finding_text(finding))?;
        }
        Ok(is_valid)
    }
}

/// Reads a line without its end; false at the end of the file. Of a line that is too long, only so much is kept as shows it.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let limit = MAX_JSON_BYTES as u64 + 2;
    reader.by_ref().take(limit).read_until(b'\n', line)?;
    if line.pop_if(|last| *last == b'\n').is_some() {
        return Ok(true);
    }
    if line.len() as u64 == limit {
        reader.skip_until(b'\n')?;
    }
    Ok(!line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() {
        let long = [vec![b' '; MAX_JSON_BYTES], b"  \n{}\n\nx".to_vec()].concat();
        let (mut reader, mut line, mut lines) = (BufReader::new(&*long), Vec::new(), Vec::new());
        while read_line(&mut reader, &mut line).expect("memory") {
            lines.push(line.clone());
        }
        assert_eq!(lines[0].len(), MAX_JSON_BYTES + 2);
        assert_eq!(lines[1..], [b"{}".to_vec(), Vec::new(), b"x".to_vec()]);
        let longer = [vec![b' '; MAX_JSON_BYTES], b"    \n{}".to_vec()].concat();
        let mut reader = BufReader::new(&*longer);
        assert!(read_line(&mut reader, &mut line).expect("memory") && line.len() > MAX_JSON_BYTES);
        assert!(read_line(&mut reader, &mut line).expect("memory") && line == b"{}");
    }
}
