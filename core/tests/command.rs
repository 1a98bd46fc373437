//! The command `linkwa`, by the cases of tests/commands.json, and what only one program can show.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use linkwa_sandbox::{Options, Sandbox};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "about")]
    _about: String,
    password: String,
    account: HashMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    arguments: Vec<String>,
    #[serde(default)]
    stdin: String,
    #[serde(default)]
    gateway: bool,
    #[serde(default)]
    environment: HashMap<String, String>,
    #[serde(default)]
    hides: Vec<String>,
    status: i32,
    output: Value,
    #[serde(default)]
    errors: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table() -> Table {
    let text = std::fs::read_to_string(root().join("tests/commands.json")).expect("a file");
    serde_json::from_str(&text).expect("a table")
}

/// The command without any setting of this machine.
fn command<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linkwa"));
    command.current_dir(root()).args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LINKWA_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(mut command: Command, stdin: &str) -> Output {
    let mut child = command.spawn().expect("the command");
    // It may end without reading everything.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
    child.wait_with_output().expect("an end")
}

/// Whether each member that is expected is there and equal.
fn matches(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| actual.get(name).is_some_and(|actual| matches(actual, value)))
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len() && actual.iter().zip(expected).all(|(actual, value)| matches(actual, value))
        }
        (actual, expected) => actual == expected,
    }
}

#[test]
fn the_command_behaves_as_its_table_says() {
    let Table { password, account, cases, .. } = table();
    let sandbox = Sandbox::start(Options::new().credentials("user", &*password)).expect("a sandbox");
    assert!(cases.len() > 50);
    let mut faults = Vec::new();
    for Case { id, arguments, stdin, gateway, environment, hides, status, output: expected, errors } in cases {
        let mut command = command(&arguments);
        if gateway {
            command.envs(&account).env("LINKWA_BASE_URL", sandbox.base_url());
        }
        command.envs(environment);
        let Output { status: ended, stdout, stderr } = output(command, &stdin);
        let (stdout, stderr) = (String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"));
        let lines = || stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or(Value::Null)).collect();
        let is_expected = match &expected {
            Value::String(word) if word == "none" => stdout.is_empty() && !stderr.is_empty(),
            Value::Object(parts) => {
                let parts = parts["has"].as_array().expect("parts");
                !parts.is_empty() && parts.iter().all(|part| stdout.contains(part.as_str().expect("text")))
            }
            expected => matches(&Value::Array(lines()), expected),
        };
        let is_hidden =
            !hides.iter().chain([&password]).any(|secret| stdout.contains(secret) || stderr.contains(secret));
        let is_told = errors.iter().all(|part| stderr.contains(part));
        if ended.code() != Some(status) || !is_expected || !is_told || !is_hidden {
            faults.push(format!("{id}: {ended}, expected {status}, {expected}, {errors:?}\n{stdout}{stderr}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_doctor_sends_no_message_and_no_credentials() {
    let sandbox = Sandbox::start(Options::new().credentials("user", "canary-7f3a9c")).expect("a sandbox");
    let mut command = command(["doctor"]);
    command.envs(table().account).env("LINKWA_BASE_URL", sandbox.base_url());
    assert!(output(command, "").status.success());
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((&*requests[0].method, requests[0].body.len()), ("GET", 0));
    assert!(requests[0].headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("authorization")));
}

/// A reader such as `head` may have enough; what is not written may have been an error. The outcome of a send is told in any
/// case.
#[test]
#[cfg(unix)]
fn a_closed_pipe_ends_the_command_quietly_and_with_the_outcome_of_a_send() {
    let sandbox = Sandbox::start(Options::new().credentials("user", "canary-7f3a9c")).expect("a sandbox");
    for (arguments, status) in [
        (&["explain"][..], 141),
        (&["validate", "tests/vectors/README.md"], 141),
        (&["send", "text", "+46000000001", "Hello"], 0),
        (&["send", "text", "--format", "json", "+46000001400", "Hello"], 4),
        (&["send", "text", "--format", "json", "46 70", "Hello"], 1),
    ] {
        let mut command = command(arguments);
        command.envs(table().account).env("LINKWA_BASE_URL", sandbox.base_url());
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut child = command.stdout(writer).spawn().expect("the command");
        drop(command);
        drop(child.stdin.take());
        let mut stderr = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
        assert_eq!(child.wait().expect("an end").code(), Some(status), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
    assert_eq!(sandbox.requests().len(), 2);
}

/// A full disk.
#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_an_error_but_not_another_outcome() {
    let sandbox = Sandbox::start(Options::new().credentials("user", "canary-7f3a9c")).expect("a sandbox");
    for (arguments, status) in [
        (&["explain"][..], 2),
        (&["send", "text", "+46000000001", "Hello"], 0),
        (&["send", "text", "--format", "json", "+46000001500", "Hello"], 5),
    ] {
        let mut command = command(arguments);
        command.envs(table().account).env("LINKWA_BASE_URL", sandbox.base_url());
        command.stdout(std::fs::File::create("/dev/full").expect("a device"));
        let ended = output(command, "");
        assert_eq!(ended.status.code(), Some(status), "{arguments:?}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("cannot write"), "{arguments:?}");
    }
}

/// A `refId` that is not told could not be looked for.
#[test]
fn nothing_is_sent_if_the_ref_id_cannot_be_written() {
    let sandbox = Sandbox::start(Options::new().credentials("user", "canary-7f3a9c")).expect("a sandbox");
    let mut command = command(["send", "text", "+46000000001", "Hello"]);
    command.envs(table().account).env("LINKWA_BASE_URL", sandbox.base_url());
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.stderr(writer);
    let ended = output(command, "");
    assert_eq!((ended.status.code(), ended.stdout.len(), sandbox.requests().len()), (Some(2), 0, 0));
}

#[test]
fn a_new_ref_id_is_printed_before_the_message_leaves() {
    // It does not answer, so that nothing is known of the send when the command is killed.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut command = command(["send", "text", "+46000000001", "Hello"]);
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut child = command.envs(table().account).env("LINKWA_BASE_URL", url).spawn().expect("the command");
    let (mut connection, _) = listener.accept().expect("a connection");
    let mut head = [0; 1024];
    assert!(connection.read(&mut head).expect("bytes") > 0);
    child.kill().expect("a process");
    let Output { stderr, .. } = child.wait_with_output().expect("an end");
    let stderr = String::from_utf8(stderr).expect("text");
    let ref_id = stderr.lines().next().and_then(|line| line.strip_prefix("refId ")).expect("a reference");
    assert_eq!(ref_id.len(), 36);
    let mut rest = String::new();
    let _ = connection.read_to_string(&mut rest);
    assert!([&*String::from_utf8_lossy(&head), &rest].concat().contains(ref_id));
}

/// What bash offers behind these words, of which the last is not finished.
#[cfg(unix)]
fn completed(words: &[&str]) -> Vec<String> {
    let script = output(command(["completions", "bash"]), "");
    let script = String::from_utf8(script.stdout).expect("text");
    let words = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let ask =
        format!("COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _linkwa; echo \"${{COMPREPLY[@]}}\"");
    let Ok(bash) = Command::new("bash").arg("-c").arg(format!("{script}{ask}")).output() else { return Vec::new() };
    assert!(bash.stderr.is_empty(), "{}", String::from_utf8_lossy(&bash.stderr));
    String::from_utf8(bash.stdout).expect("text").split_whitespace().map(str::to_owned).collect()
}

#[test]
#[cfg(unix)]
fn bash_completes_commands_options_and_words() {
    for (words, expected) in [
        (&["linkwa", "va"][..], &["validate"][..]),
        (&["linkwa", "help", "do"], &["doctor"]),
        (&["linkwa", "send", "te"], &["text", "template"]),
        (&["linkwa", "send", "--cus"], &["--custom-parameters"]),
        (&["linkwa", "parse", "--format", ""], &["text", "json"]),
        (&["linkwa", "explain", "11240"], &["112400", "112401", "112402", "112403", "112404", "112405", "112406"]),
        (
            &["linkwa", "explain", "112400", "11240"],
            &["112400", "112401", "112402", "112403", "112404", "112405", "112406"],
        ),
        (&["linkwa", "send", "--priority", ""], &["LOW", "NORMAL", "HIGH"]),
        (&["linkwa", "send", "--ref-id", "te"], &[]),
        (&["linkwa", "send", "text", "te"], &[]),
        (&["linkwa", "send", "text", "--ref"], &["--ref-id"]),
        (&["linkwa", "help", "send", "do"], &[]),
        (&["linkwa", "validate", ""], &[]),
    ] {
        assert_eq!(completed(words), expected, "{words:?}");
    }
}
