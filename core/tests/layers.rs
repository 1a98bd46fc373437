//! Checks that the modules of this crate import in one direction only, from their `use` lines and paths, without tests.

#![allow(clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The layers of a send, the lowest first. A layer imports only layers before it.
const LAYERS: [&[&str]; 5] =
    [&["delivery", "transport"], &["delivery", "deliver"], &["delivery", "pool"], &["client"], &["bulk"]];

/// The folders in which modules import each other.
const CIRCLES: [&str; 4] = ["callback", "cli", "json", "outbox"];

type Module = Vec<String>;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every module with its code, without comments and tests.
fn modules() -> BTreeMap<Module, String> {
    fn collect(folder: &Path, path: &[String], modules: &mut BTreeMap<Module, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let file = entry.expect("an entry").path();
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let module: Module = path.iter().cloned().chain([name.clone()]).collect();
            if file.is_dir() {
                collect(&file, &module, modules);
            } else if name != "lib" && name != "tests" && name != "properties" {
                let module = if name == "mod" { path.to_vec() } else { module };
                modules.insert(module, code(&fs::read_to_string(&file).expect("text")));
            }
        }
    }
    let mut modules = BTreeMap::new();
    collect(&source(), &[], &mut modules);
    modules
}

fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join(" ")
}

/// The paths that a module names from the crate's root, also those that begin with `super`.
fn paths(module: &Module, code: &str) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for (root, up) in [("crate::", usize::MAX), ("super::", 1), ("super::super::", 2)] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let keep = if up == usize::MAX { 0 } else { module.len().saturating_sub(up) };
            let base = &module[..keep];
            for path in expand(&code[at + root.len()..]) {
                if path.first().is_none_or(|first| first != "super") {
                    found.insert(base.iter().cloned().chain(path).collect());
                }
            }
        }
    }
    found
}

/// `a::{b::C, d}` is `a::b::C` and `a::d`.
fn expand(text: &str) -> Vec<Module> {
    fn list(mut text: &str, prefix: &[String], found: &mut Vec<Module>) -> usize {
        let whole = text.len();
        let mut path = prefix.to_vec();
        loop {
            text = text.trim_start();
            let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
            if end > 0 {
                path.push(text[..end].to_owned());
            }
            text = &text[end..];
            if let Some(rest) = text.strip_prefix("::") {
                text = rest;
                continue;
            }
            if let Some(rest) = text.strip_prefix('{') {
                text = rest;
                while !text.starts_with('}') && !text.is_empty() {
                    text = &text[list(text, &path, found)..];
                    text = text.trim_start().trim_start_matches(',').trim_start();
                }
                text = text.strip_prefix('}').unwrap_or(text);
                return whole - text.len();
            }
            found.push(path);
            if end == 0 {
                // Skips a character that cannot be part of a path.
                text = text.get(1..).unwrap_or_default();
            }
            return whole - text.len();
        }
    }
    let mut found = Vec::new();
    list(text, &[], &mut found);
    found
}

/// Which modules of one folder import which others.
fn imports(folder: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let modules = modules();
    let children: BTreeSet<_> = modules.keys().filter_map(|module| child(folder, module)).collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, code) in &modules {
        let Some(from) = child(folder, module) else { continue };
        let targets = paths(module, code).into_iter().filter_map(|path| child(folder, &path));
        let targets = targets.filter(|to| *to != from && children.contains(to));
        imports.entry(from.clone()).or_default().extend(targets);
    }
    imports
}

/// The module of this folder that a path begins with.
fn child(folder: &[String], path: &[String]) -> Option<String> {
    path.starts_with(folder).then(|| path.get(folder.len()).cloned()).flatten()
}

/// All modules that a module imports, directly or through others.
fn reached(imports: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(next) = open.pop() {
        for to in imports.get(&next).into_iter().flatten() {
            if reached.insert(to.clone()) {
                open.push(to.clone());
            }
        }
    }
    reached
}

/// Whether modules of a folder reach themselves.
fn has_circle(folder: &[String]) -> bool {
    let imports = imports(folder);
    imports.keys().any(|name| reached(&imports, name).contains(name))
}

#[test]
fn modules_import_each_other_in_a_circle_only_in_known_folders() {
    let folders: BTreeSet<_> = modules().keys().filter_map(|module| Some(module.split_last()?.1.to_vec())).collect();
    let circles: Vec<_> = folders.iter().filter(|folder| has_circle(folder)).map(|folder| folder.join("::")).collect();
    assert_eq!(circles, CIRCLES);
}

#[test]
fn a_layer_of_a_send_imports_only_lower_ones() {
    let modules = modules();
    for (height, layer) in LAYERS.iter().enumerate() {
        let own = modules.iter().filter(|(module, _)| module.iter().zip(*layer).all(|(a, b)| a == b));
        let own: Vec<_> = own.filter(|(module, _)| module.len() >= layer.len()).collect();
        assert!(!own.is_empty(), "{layer:?} is no module");
        for (module, code) in own {
            for path in paths(module, code) {
                let above = LAYERS[height + 1..]
                    .iter()
                    .find(|above| path.len() >= above.len() && path.iter().zip(**above).all(|(a, b)| a == b));
                assert_eq!(above, None, "{} imports {}", module.join("::"), path.join("::"));
            }
        }
    }
}

#[test]
fn paths_are_found_in_every_form_of_an_import() {
    let module = ["delivery", "pool"].map(str::to_owned).to_vec();
    let code = code(
        "use super::{callbacks, deliver::{Delivered, x}};\nuse crate::error::{Error, self};\n// use crate::comment;\n\
         fn f() { crate::limits::g(); $crate::not; super::super::top(); }\n#[cfg(test)]\nmod tests { use crate::test; }",
    );
    let found: Vec<_> = paths(&module, &code).iter().map(|path| path.join("::")).collect();
    let expected = ["delivery::callbacks", "delivery::deliver::Delivered", "delivery::deliver::x", "error::Error"];
    assert_eq!(found, [&expected[..], &["error::self", "limits::g", "top"]].concat());
}
