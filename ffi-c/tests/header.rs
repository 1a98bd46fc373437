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

/// The sections of the header, in order, each with the beginnings of the names that stand in it: the longest that fits a
/// name decides. In a section types come first, and then functions in the order of these beginnings. Declarations of objects
/// without members are all in the first section.
const SECTIONS: &[(&str, &[&str])] = &[
    ("Objects, and the status of a call", &["linkwa_status"]),
    ("Sends", &["linkwa_send", "linkwa_build", "linkwa_new_ref_id"]),
    ("Configurations and clients", &["linkwa_config", "linkwa_client", "linkwa_priority"]),
    ("Options of a send", &["linkwa_options"]),
    ("Messages", &["linkwa_message"]),
    (
        "Components of templates",
        &[
            "linkwa_message_add_header",
            "linkwa_message_add_body",
            "linkwa_message_add_quick_reply",
            "linkwa_message_add_url_button",
        ],
    ),
    (
        "Interactive messages",
        &[
            "linkwa_message_interactive",
            "linkwa_message_add_button",
            "linkwa_message_add_section",
            "linkwa_message_add_row",
            "linkwa_message_set_footer",
        ],
    ),
    ("Contact cards", &["linkwa_contact", "linkwa_name", "linkwa_org", "linkwa_address"]),
    (
        "Results and errors",
        &[
            "linkwa_result",
            "linkwa_error",
            "linkwa_outcome",
            "linkwa_disposition",
            "linkwa_reason",
            "linkwa_status_name",
        ],
    ),
    ("Validation", &["linkwa_validate", "linkwa_check_destination", "linkwa_findings", "linkwa_severity"]),
    (
        "Asynchronous sends, and queues for event loops",
        &[
            "linkwa_on_done",
            "linkwa_send_async",
            "linkwa_send_request_async",
            "linkwa_send_raw_async",
            "linkwa_pending",
            "linkwa_queue",
        ],
    ),
    (
        "Sends to many destinations",
        &[
            "linkwa_send_many",
            "linkwa_many",
            "linkwa_chunk",
            "linkwa_on_chunk",
            "linkwa_progress",
            "linkwa_next_destination",
            "linkwa_message_for",
        ],
    ),
    (
        "Requests to other resources",
        &["linkwa_client_request", "linkwa_response", "linkwa_on_response", "linkwa_pending_wait_response"],
    ),
    (
        "Callbacks",
        &[
            "linkwa_callback",
            "linkwa_kind",
            "linkwa_parameters",
            "linkwa_object",
            "linkwa_event",
            "linkwa_received_message",
            "linkwa_contact_part",
            "linkwa_care_window",
        ],
    ),
    (
        "Whether to believe a callback",
        &["linkwa_callback_guard", "linkwa_refusal", "linkwa_header", "linkwa_is_gateway_address", "LINKWA_ADDRESS"],
    ),
    (
        "What became of a message",
        &["linkwa_status_tracker", "linkwa_message_state", "linkwa_resolution", "linkwa_on_state", "LINKWA_NO_INDEX"],
    ),
    (
        "Observers and the log",
        &[
            "linkwa_observ",
            "linkwa_phase",
            "linkwa_ending",
            "linkwa_config_set_observer",
            "linkwa_callback_guard_set_observer",
            "linkwa_log",
            "linkwa_set_log",
        ],
    ),
    ("Buffers", &["linkwa_buffer"]),
    ("Versions", &["linkwa_version", "linkwa_abi", "LINKWA_ABI"]),
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
    in_sections(&c89(header.lines().map(str::to_owned).collect()))
}

/// Sorts the declarations into the sections, under their titles, and lists the titles at the top.
fn in_sections(lines: &[String]) -> String {
    // cbindgen puts an empty line between two declarations, and none into one.
    let blocks: Vec<&[String]> = lines.split(String::is_empty).filter(|block| !block.is_empty()).collect();
    let has = |text: &'static str| move |block: &&[String]| block.iter().any(|line| line.starts_with(text));
    let position = |text| blocks.iter().position(has(text)).expect("cbindgen writes it");
    let (first, open) = (position("#define LINKWA_VERSION_PATCH") + 1, position("extern \"C\" {"));
    let end = position("} /* extern \"C\" */");

    let mut sections = vec![Vec::new(); SECTIONS.len()];
    for block in blocks[first..end].iter().filter(|block| !has("extern \"C\" {")(block)) {
        let (section, place) = place_of(block);
        sections[section].push((place, block.join("\n")));
    }
    let title = |(index, (title, _)): (usize, &(&str, _))| format!("{}. {title}", index + 1);
    let titles: Vec<String> = SECTIONS.iter().enumerate().map(title).collect();
    let contents: Vec<String> = titles.iter().map(|title| format!(" *     {title}")).collect();

    let mut written: Vec<String> = blocks[..first].iter().map(|block| block.join("\n")).collect();
    written.push(blocks[open].join("\n"));
    for (title, mut declarations) in titles.iter().zip(sections) {
        assert!(!declarations.is_empty(), "the section `{title}` is empty");
        declarations.sort_by_key(|(place, _)| *place);
        written.push(format!("/* ======== {title} ======== */"));
        written.extend(declarations.into_iter().map(|(_, declaration)| declaration));
    }
    written.extend(blocks[end..].iter().map(|block| block.join("\n")));
    written.join("\n\n").replace(" * @CONTENTS@", &contents.join("\n")) + "\n"
}

/// The section of a declaration, and its place there: 0 for what is no function, or 1 plus the index of the beginning of its
/// name.
fn place_of(block: &[String]) -> (usize, usize) {
    let name = |text: &str| -> String {
        text.chars().take_while(|&letter| letter.is_ascii_alphanumeric() || letter == '_').collect()
    };
    let declared = block.iter().find_map(|line| {
        if let Some(defined) = line.strip_prefix("#define ").or_else(|| line.strip_prefix("} ")) {
            return Some((name(defined), false));
        }
        if line.starts_with([' ', '/', '}']) || line.ends_with('{') {
            return None;
        }
        if let (true, Some((_, function))) = (line.starts_with("typedef "), line.split_once("(*")) {
            return Some((name(function), false));
        }
        let (before, _) = line.split_once('(')?;
        before.rsplit([' ', '*']).next().map(|function| (name(function), true))
    });
    // An object without members: `typedef struct linkwa_client linkwa_client;`.
    let Some((declared, is_function)) = declared else { return (0, 0) };
    let sections = SECTIONS.iter().enumerate();
    let beginnings = sections.flat_map(|(section, (_, beginnings))| {
        beginnings.iter().enumerate().map(move |(index, beginning)| (beginning, section, index))
    });
    let fitting = beginnings.filter(|(beginning, ..)| declared.starts_with(**beginning));
    let longest = fitting.max_by_key(|(beginning, ..)| beginning.len());
    let (_, section, index) =
        longest.unwrap_or_else(|| panic!("`{declared}` belongs to no section: add it to SECTIONS"));
    (section, if is_function { index + 1 } else { 0 })
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
