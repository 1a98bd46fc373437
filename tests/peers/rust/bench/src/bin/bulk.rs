//! Peak memory of a bulk send: `bulk URL CA_FILE CONNECTIONS COUNT` sends to so many destinations over so many
//! connections, and prints the process's peak in KiB.

use linkwa::{Client, Config, ManyOptions, Text};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the responder's URL");
    let ca_file = arguments.next().expect("the file of the certificate to trust");
    let connections = arguments.next().expect("a number of connections").parse().expect("a number");
    let count: u32 = arguments.next().expect("a count").parse().expect("a number");
    let config = Config::with_base_url(format!("{url}/whatsapp-message"), "user", "secret");
    let config = config.platform("platform", "partner").source("+46000000000");
    let config = config.ca_file(ca_file).max_connections(connections);
    let client = Client::new(config).expect("a client");
    let numbers = (0..count).map(|index| format!("+4670{index:07}"));
    let many = client.send_many(numbers, Text::new("We are moving"), &ManyOptions::new());
    let sent: usize = many.filter(|chunk| chunk.result().is_ok()).map(|chunk| chunk.destinations().len()).sum();
    assert_eq!(sent, usize::try_from(count).expect("a number"), "all are sent");
    println!("{}", peak());
}

/// The most memory that this process had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux's status of the process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("the peak");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}
