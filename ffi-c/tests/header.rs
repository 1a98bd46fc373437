//! include/linkwa.h is what the source says: this writes it (`make gen`), or sees that it is not stale.

#![allow(clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::{env, fs};

/// What stands in cbindgen.toml, and what for.
const PLACEHOLDERS: [(&str, &str); 4] = [
    ("@VERSION@", env!("CARGO_PKG_VERSION")),
    ("@VERSION_MAJOR@", env!("CARGO_PKG_VERSION_MAJOR")),
    ("@VERSION_MINOR@", env!("CARGO_PKG_VERSION_MINOR")),
    ("@VERSION_PATCH@", env!("CARGO_PKG_VERSION_PATCH")),
];

/// The header that the source stands for.
fn generate() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(here.join("cbindgen.toml")).expect("cbindgen.toml can be read");
    let fill = |text: String| PLACEHOLDERS.iter().fold(text, |text, (name, value)| text.replace(name, value));
    config.after_includes = config.after_includes.map(fill);
    let bindings =
        cbindgen::Builder::new().with_crate(here).with_config(config).generate().expect("the source can be read");
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = String::from_utf8(header).expect("UTF-8");
    c89(header.lines().map(str::to_owned).collect()).into_iter().map(|line| line + "\n").collect()
}

/// Changes what cbindgen writes where C89 needs it, and gives every enum and struct its name as a tag too.
fn c89(mut lines: Vec<String>) -> Vec<String> {
    let is_code = |line: &str| !line.trim_start().starts_with(['*', '/']);
    let mut opened = None;
    for at in 0..lines.len() {
        let line = &mut lines[at];
        if !is_code(line) {
            continue;
        }
        if let Some((code, comment)) = line.split_once("// ") {
            *line = format!("{} /* {comment} */", code.trim_end());
            continue;
        }
        // A renamed pointer keeps the blank that stands behind a name.
        *line = line.replace("* ", "*").replace("/*", "/* ");
        if line.starts_with("typedef ") && line.ends_with(" {") {
            opened = Some(at);
        } else if let Some(name) = line.strip_prefix("} ").and_then(|line| line.strip_suffix(';')) {
            let tag = format!("{name} {{");
            let first = opened.take().expect("what is closed was opened");
            lines[first] = lines[first].replace('{', &tag);
            let last = &mut lines[at - 1];
            *last = last.trim_end_matches(',').to_owned();
        }
    }
    // Where the include guard ends. cbindgen.toml has the push to it, and a trailer would stand behind the guard.
    let end = lines.iter().rposition(|line| line.starts_with("#endif")).expect("an include guard");
    lines.splice(end..end, ["#ifdef __clang__", "#pragma clang diagnostic pop", "#endif", ""].map(str::to_owned));
    lines
}

#[test]
fn the_header_is_not_stale() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/linkwa.h");
    let expected = generate();
    if env::var_os("LINKWA_WRITE_HEADER").is_some() {
        fs::write(&path, expected).expect("the header can be written");
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found != expected {
        let differing = expected.lines().zip(found.lines()).position(|(expected, found)| expected != found);
        panic!("include/linkwa.h is stale, from line {:?} on: run `make gen`", differing.map(|line| line + 1));
    }
}
