//! The program: its ready line, its log, its end.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Instant;

use common::{AUTH, LONG, exchange, request};
use linkwa_sandbox::{CallbackEndpoint, scenarios};
use serde_json::Value;

struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    port: u16,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut command(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();
        assert_eq!(ready["base_url"], format!("http://127.0.0.1:{port}/whatsapp-message"));
        assert_eq!(ready["control_url"], format!("http://127.0.0.1:{port}/sandbox"));
        assert_eq!(ready["page_url"], format!("http://127.0.0.1:{port}/"));
        Self { child, stdin, port }
    }

    fn status(&self) -> Value {
        exchange(([127, 0, 0, 1], self.port).into(), "GET", "/sandbox/status", &[], b"").json()
    }

    fn post(&self, digits: &[&str], auth: &str) -> u16 {
        let body = request(digits).to_string();
        let headers = [("Authorization", auth)];
        let address = ([127, 0, 0, 1], self.port).into();
        exchange(address, "POST", "/whatsapp-message/messages", &headers, body.as_bytes()).status
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    fn end(&mut self) -> (ExitStatus, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < LONG, "the program goes on");
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (status, log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linkwa-sandbox"));
    command.args(arguments);
    command
}

#[test]
#[cfg(unix)]
fn it_serves_until_a_signal() {
    for signal in ["TERM", "INT"] {
        let endpoint = CallbackEndpoint::start().unwrap();
        let mut program = Program::start(&[
            "--listen",
            "127.0.0.1:0",
            "--username",
            "me",
            "--password",
            "hush",
            "--default-gate",
            &endpoint.url(),
            "--gate",
            &format!("g={}", endpoint.url()),
        ]);
        assert_eq!(program.post(&["3404"], "Basic bWU6aHVzaA=="), 200);
        assert_eq!(endpoint.wait_for(1, LONG).len(), 1);
        assert_eq!(program.post(&["3404"], AUTH), 401);
        program.signal(signal);
        let (status, log) = program.end();
        assert_eq!(status.code(), Some(0));
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(
            log.contains("POST /whatsapp-message/messages 200 refId=\"ref-1\" types=text destinations=1 scenario=3404")
        );
        assert!(!log.contains("hush"));
    }
}

#[test]
#[cfg(unix)]
fn an_unanswered_client_does_not_delay_the_exit() {
    let mut program = Program::start(&[]);
    let mut connection = common::connect(([127, 0, 0, 1], program.port).into());
    let body = request(&["2004"]).to_string();
    common::write_request(
        &mut connection,
        "POST",
        "/whatsapp-message/messages",
        &[("Authorization", AUTH)],
        body.as_bytes(),
    );
    let shown = || exchange(([127, 0, 0, 1], program.port).into(), "GET", "/sandbox/requests", &[], b"").json();
    while shown().as_array().unwrap().is_empty() {}
    program.signal("TERM");
    assert_eq!(program.end().0.code(), Some(0));
}

#[test]
#[cfg(unix)]
fn an_unread_log_does_not_block_the_sandbox() {
    let mut program = Program::start(&[]);
    let mut body = request(&["0001"]);
    body["refId"] = "x".repeat(1000).into();
    let (body, headers) = (body.to_string(), [("Authorization", AUTH)]);
    let address = ([127, 0, 0, 1], program.port).into();
    for _ in 0..200 {
        let path = "/whatsapp-message/messages";
        assert_eq!(exchange(address, "POST", path, &headers, body.as_bytes()).status, 200);
    }
    program.signal("TERM");
    assert_eq!(program.end().0.code(), Some(0));
}

#[test]
fn a_gate_of_the_command_line_has_credentials_and_headers() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let program = Program::start(&[
        "--gate-basic",
        "default=me:hu:sh",
        "--default-gate",
        &endpoint.url(),
        "--gate-header",
        "default=X-Forwarded-For: 192.0.2.7",
        "--gate-header",
        "default=x-key:a=b",
    ]);
    assert_eq!(program.post(&["3404"], AUTH), 200);
    let callback = endpoint.wait_for(1, LONG).pop().unwrap();
    let headers = ["authorization", "x-forwarded-for", "x-key"].map(|name| callback.header(name));
    assert_eq!(headers, [Some("Basic bWU6aHU6c2g="), Some("192.0.2.7"), Some("a=b")]);
}

#[test]
#[cfg(unix)]
fn a_callback_that_is_not_authorized_is_logged_with_its_status_and_what_to_do() {
    let endpoint = CallbackEndpoint::start().unwrap();
    endpoint.answer_with(401);
    let mut program = Program::start(&["--default-gate", &endpoint.url()]);
    assert_eq!(program.post(&["3404"], AUTH), 200);
    assert_eq!(endpoint.wait_for(4, LONG).len(), 4);
    let status = || exchange(([127, 0, 0, 1], program.port).into(), "GET", "/sandbox/status", &[], b"").json();
    while status()["pendingCallbacks"] != 0 {}
    program.signal("TERM");
    let (_, log) = program.end();
    assert!(log.lines().any(|line| line.contains("gate \"default\"") && line.contains("status 401")), "{log}");
}

/// A new directory for the files of a test.
fn directory(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("linkwa-sandbox-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn options_come_from_a_file_and_the_command_line_has_the_last_word() {
    let endpoint = CallbackEndpoint::start().unwrap();
    let directory = directory("config");
    let file = directory.join("sandbox.json");
    let config = serde_json::json!({
        "username": "me", "password": "hush", "keep": 7, "rate": 9, "enforce-care-window": true, "show-credentials": false,
        "latency": "1..2", "gate": [format!("g={}", endpoint.url())], "gate-header": ["g=x-key: hush", "g=x-other: too"],
    });
    std::fs::write(&file, config.to_string()).unwrap();
    let program = Program::start(&["--keep", "8", "--config", file.to_str().unwrap()]);
    let status = program.status();
    assert_eq!((&status["keep"], &status["rate"]), (&8.into(), &9.into()));
    assert_eq!((&status["enforceCareWindow"], &status["latencyMs"]), (&true.into(), &serde_json::json!([1, 2])));
    assert_eq!(program.post(&["0001"], "Basic bWU6aHVzaA=="), 200);

    for (text, code) in [
        ("[]", 2),
        ("{\"rate\":{}}", 2),
        ("{\"rate\":\"x\"}", 2),
        ("{\"nothing\":1}", 2),
        ("{\"password\":{\"hush\":1}}", 2),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = command(&["--config", file.to_str().unwrap()]).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("hush"));
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn it_listens_where_other_machines_reach_it_if_told_to() {
    // Asks the system for a free port, which the next program takes.
    let free = std::net::TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port().to_string();
    let program = Program::start(&["--host", "0.0.0.0", "--port", &free]);
    assert_eq!(program.port.to_string(), free);
    assert_eq!(program.post(&["0001"], AUTH), 200);
    // Control takes another address than a loopback one only if all addresses are listened on.
    let status = |program: &Program| {
        let headers = [("Host", "192.0.2.1")];
        exchange(([127, 0, 0, 1], program.port).into(), "GET", "/sandbox/status", &headers, b"").status
    };
    assert_eq!(status(&program), 200);
    assert_eq!(status(&Program::start(&["--host", "127.0.0.1"])), 403);
}

#[test]
#[cfg(target_os = "linux")]
fn it_opens_the_page_in_a_browser() {
    use std::os::unix::fs::PermissionsExt;

    let directory = directory("open");
    let (script, opened) = (directory.join("xdg-open"), directory.join("opened"));
    std::fs::write(
        &script,
        format!("#!/bin/sh\nprintf '%s' \"$1\" > '{0}.new' && mv '{0}.new' '{0}'\n", opened.display()),
    )
    .unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", directory.display(), std::env::var("PATH").unwrap());
    let mut command = command(&["--open"]);
    let program = Program::spawn(command.env("PATH", path));
    let start = Instant::now();
    while !opened.exists() {
        assert!(start.elapsed() < LONG);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), format!("http://127.0.0.1:{}/", program.port));
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn it_exits_at_the_end_of_standard_input_with_that_option() {
    let mut program = Program::start(&["--exit-with-stdin"]);
    assert_eq!(program.post(&["0001"], AUTH), 200);
    drop(program.stdin.take());
    assert_eq!(program.end().0.code(), Some(0));
}

#[test]
fn help_lists_every_scenario_and_option() {
    let output = command(&["--help"]).output().unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for scenario in scenarios() {
        assert!(help.contains(&format!("  {}  {}\n", scenario.digits, scenario.what)));
    }
    // `--config` is expanded before the others are read.
    let options = include_str!("../src/main.rs").split("Long(\"").skip(1);
    let options: Vec<&str> = options.filter_map(|rest| Some(rest.split_once("\")")?.0)).chain(["config"]).collect();
    assert!(options.len() > 20, "{options:?}");
    for option in options {
        assert!(help.contains(&format!(" --{option} ")), "{option}");
    }
    for route in ["POST   /inbound", "POST   /report", "PUT    /chaos"] {
        assert!(help.contains(route), "{route}");
    }
    let version = command(&["--version"]).output().unwrap();
    assert_eq!(version.stdout, format!("linkwa-sandbox {}\n", env!("CARGO_PKG_VERSION")).into_bytes());
}

#[test]
fn invalid_arguments_are_refused() {
    for (arguments, code) in [
        (&["--listen", "0.0.0.0:0"][..], 1),
        (&["--listen", "here"], 2),
        (&["--host", "everywhere"], 2),
        (&["--port", "65536"], 2),
        (&["--config"], 2),
        (&["--config", "/no/such/file"], 2),
        (&["--latency", "soon"], 2),
        (&["--rate", "-1"], 2),
        (&["--rate", "0"], 2),
        (&["--nothing"], 2),
        (&["--gate", "no-url"], 2),
        (&["--require-header", "x-api-key"], 2),
        (&["--gate-basic", "default=me:hush"], 2),
        (&["--default-gate", "http://127.0.0.1:1/", "--gate-basic", "default=hush"], 2),
        (&["--default-gate", "http://127.0.0.1:1/", "--gate-header", "default=hush"], 2),
        (&["--default-gate", "http://127.0.0.1:1/", "--gate-header", "default=a b: hush"], 1),
        (&["--gate", "g=https://127.0.0.1/"], 1),
        (&["stray"], 2),
    ] {
        let output = command(arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert!(!output.stderr.is_empty());
        assert!(!String::from_utf8_lossy(&output.stderr).contains("hush"));
    }
}
