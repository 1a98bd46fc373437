//! The shared request vectors: what has an error is refused, and everything else is accepted,
//! both as it came in and as it would be posted.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::path::Path;

use data_encoding::BASE64;
use linkwa_sandbox::{judge, judge_with_extensions};
use serde_json::Value;

#[test]
fn the_judge_agrees_with_the_request_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let (mut count, mut failures) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("request-") && path.extension().is_some_and(|e| e == "json") {
            let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            for vector in file["vectors"].as_array().unwrap() {
                count += 1;
                failures.extend(run(&file["envelope"], vector));
            }
        }
    }
    assert!(count > 0, "no vector was found");
    assert!(failures.is_empty(), "{count} vectors:\n{}", failures.join("\n"));
}

#[test]
fn vector_files_match_their_schema_and_ids_are_unique() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let read = |path: &Path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&read(&folder.join("schema.json"))).unwrap();
    let mut ids = std::collections::HashSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") || path.ends_with("schema.json") {
            continue;
        }
        let file = read(&path);
        let problems: Vec<_> = schema.iter_errors(&file).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{}: {problems:?}", path.display());
        for vector in file["vectors"].as_array().unwrap() {
            assert!(ids.insert(vector["id"].as_str().unwrap().to_owned()), "{} comes twice", vector["id"]);
        }
    }
    assert!(ids.len() >= 1500, "{} vectors", ids.len());
}

fn run(envelope: &Value, vector: &Value) -> Option<String> {
    let findings = vector["findings"].as_array().unwrap();
    let refused = findings.iter().any(|finding| finding["severity"] == "error");
    // The one difference: linkwa adds absent components before it sends, the gateway wants them.
    let corrected = findings.iter().any(|finding| finding["code"] == "missing_components");

    let judge = if vector.get("extensions").is_some() { judge_with_extensions } else { judge };
    let input = enclosed(envelope, &input(vector));
    let as_it_came = judge(&input);
    if as_it_came.is_err() != (refused || corrected) {
        return Some(format!("{}, as it came: {as_it_came:?}", vector["id"]));
    }
    let output = vector.get("output").and_then(Value::as_str)?;
    let as_posted = judge(&enclosed(envelope, output.as_bytes()));
    as_posted.is_err().then(|| format!("{}, as posted: {as_posted:?}", vector["id"]))
}

fn input(vector: &Value) -> Vec<u8> {
    if let Some(json) = vector.get("json") {
        return serde_json::to_vec(json).unwrap();
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    if let Some(plain) = vector.get("text") {
        return text(plain).into_bytes();
    }
    if let Some(encoded) = vector.get("base64") {
        return BASE64.decode(text(encoded).as_bytes()).unwrap();
    }
    let repeat = vector.get("repeat").expect("a kind of input that is known");
    let times = usize::try_from(repeat["times"].as_u64().unwrap()).unwrap();
    let part = |name: &str| repeat.get(name).map(text).unwrap_or_default();
    format!("{}{}{}", part("head"), part("unit").repeat(times), part("tail")).into_bytes()
}

fn enclosed(envelope: &Value, bytes: &[u8]) -> Vec<u8> {
    let part = |name: &str| envelope.get(name).and_then(Value::as_str).unwrap_or_default();
    [part("before").as_bytes(), bytes, part("after").as_bytes()].concat()
}
