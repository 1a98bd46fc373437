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
    // A renamed pointer keeps the blank that stands behind a name.
    let code = |line: &str| !line.trim_start().starts_with(['*', '/']);
    let lines = header.lines().map(|line| if code(line) { line.replace("* ", "*") } else { line.to_owned() });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn the_header_is_not_stale() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/linkwa.h");
    let wanted = generate();
    if env::var_os("LINKWA_WRITE_HEADER").is_some() {
        fs::write(&path, wanted).expect("the header can be written");
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found != wanted {
        let differing = wanted.lines().zip(found.lines()).position(|(wanted, found)| wanted != found);
        panic!("include/linkwa.h is stale, from line {:?} on: run `make gen`", differing.map(|line| line + 1));
    }
}
