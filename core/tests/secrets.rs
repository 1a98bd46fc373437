//! What is left in memory of the secrets when the client is gone: nothing.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use linkwa::{Client, Config, SendOptions, Text};
use linkwa_faults::{CertificateKind, Fault, FaultServer, Reply};

const URL: &str = "LINKWA_TEST_SECRETS_URL";
const CA_FILE: &str = "LINKWA_TEST_SECRETS_CA_FILE";

/// The texts that are looked for stand nowhere as they are: each byte has this added.
const MASK: u8 = 1;

/// `aHiddenPassword-4711`.
const PASSWORD: &[u8] = b"bIjeefoQbttxpse.5822";

/// The Base64 of `user:` and the password.
const ENCODED: &[u8] = b"eYOmdkqiTHml[HWvVHG{d4ewdnRuOEdyNR>>";

/// `aHiddenApiKey-1147`.
const API_KEY: &[u8] = b"bIjeefoBqjLfz.2258";

/// The text behind a mask, in a buffer that is as long as it.
fn unmasked(masked: &[u8]) -> String {
    let mut text = String::with_capacity(masked.len());
    text.extend(masked.iter().map(|byte| char::from(byte - MASK)));
    text
}

/// How often something stands in what this process can write to.
fn count(masked: &[u8]) -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/maps").expect("maps");
    let memory = fs::File::open("/proc/self/mem").expect("memory");
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        let name = words.nth(3).unwrap_or_default();
        if !rights.starts_with("rw") || name.starts_with("/dev") || name == "[vvar]" {
            continue;
        }
        let (from, to) = range.split_once('-').expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("hexadecimal");
        let (from, to) = (number(from), number(to));
        // Pieces that overlap, so that what is searched is small.
        let mut piece = vec![0; 64 * 1024 + masked.len()];
        let blank = vec![0; piece.len()];
        let mut at = from;
        while at < to {
            let length = piece.len().min(usize::try_from(to - at).expect("small"));
            if memory.read_exact_at(&mut piece[..length], at).is_err() {
                break;
            }
            if piece[..length] == blank[..length] {
                at += 64 * 1024;
                continue;
            }
            let is_there = |window: &[u8]| window.iter().zip(masked).all(|(byte, masked)| *byte == masked - MASK);
            found.extend(
                piece[..length]
                    .windows(masked.len())
                    .enumerate()
                    .filter(|(_, window)| is_there(window))
                    .map(|(offset, _)| format!("{:x} {name}", at + offset as u64)),
            );
            piece.fill(0);
            at += 64 * 1024;
        }
    }
    found
}

/// Runs in the child: sends with the password, drops everything, and looks for it.
#[test]
fn child() {
    let Ok(url) = std::env::var(URL) else { return };
    let mut config = Config::with_base_url(url, "user", unmasked(PASSWORD)).platform("p", "pp").source("+46000000000");
    config = config.header("x-api-key", unmasked(API_KEY));
    if let Some(path) = std::env::var_os(CA_FILE) {
        config = config.ca_file(path);
    }
    let client = Client::new(config).expect("a client");
    assert!(
        [PASSWORD, ENCODED, API_KEY].iter().all(|secret| !count(secret).is_empty()),
        "the search finds what is there"
    );
    let mut done = 0;
    for text in ["x".to_owned(), "y".repeat(40_000)] {
        for _ in 0..3 {
            let options = SendOptions::new().timeout(Duration::from_secs(20));
            let sends = (0..4).map(|_| client.submit("+46000000001", Text::new(&*text), &options).expect("room"));
            let sends: Vec<_> = sends.collect();
            done += usize::from(client.send("+46000000001", Text::new(&*text), &options).is_ok());
            done += sends.iter().filter(|send| send.wait().is_ok()).count();
        }
    }
    assert!(done > 0, "some are accepted");
    client.close(Duration::from_secs(20));
    drop(client);
    println!("left: {:?}", [PASSWORD, ENCODED, API_KEY].map(count));
}

#[test]
fn a_dropped_client_leaves_no_credentials_in_memory() {
    let faults = || {
        vec![Fault::good(), Fault::good(), Fault::answer(Reply::error(503)), Fault::close_unanswered(), Fault::good()]
    };
    let plain = FaultServer::start(faults()).expect("a server");
    let tls = FaultServer::start_tls(faults(), CertificateKind::Good).expect("a server");
    for server in [plain, tls] {
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args(["--exact", "child", "--nocapture"]).env(URL, server.url()).stdout(Stdio::piped());
        if let Some(path) = server.ca_file() {
            command.env(CA_FILE, path);
        }
        let mut child = command.spawn().expect("a child");
        let mut printed = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut printed).expect("text");
        assert!(child.wait().expect("a child").success(), "{printed}");
        assert!(printed.contains("left: [[], [], []]\n"), "{}: {printed}", server.url());
    }
}
