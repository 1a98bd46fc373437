//! The physical limit of a send: `raw URL CONNECTIONS` writes the very bytes that linkwa posts for a text, and reads the answer, on one
//! kept-alive connection or on several at once. It knows the answer's length beforehand, and looks at nothing in it. For every line
//! that it is given it measures a slice, and prints nanoseconds a message: by the clock, and of CPU time. So the programs that measure
//! sends have a slice of it among the others.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use linkwa::{Client, Config, SendOptions, Text};
use linkwa_peers::{ClockId, cpu_time};

/// In a slice, at least.
const SENDS: u32 = 100;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the responder's URL");
    let connections: usize = arguments.next().expect("a number of connections").parse().expect("a number");
    let address = url.trim_start_matches("http://").split('/').next().expect("an address").to_owned();
    let request = request()?;

    let mut streams = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(&address)?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let mut answer = vec![0; 4096];
    streams[0].write_all(&request)?;
    std::thread::sleep(Duration::from_millis(50));
    let length = streams[0].read(&mut answer)?;
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "it is accepted");

    let rounds = SENDS.div_ceil(u32::try_from(connections).expect("few connections"));
    let mut out = std::io::stdout();
    for line in std::io::stdin().lines() {
        line?;
        let (began, used) = (Instant::now(), cpu_time(ClockId::ProcessCPUTime));
        for _ in 0..rounds {
            for stream in &mut streams {
                stream.write_all(&request)?;
            }
            for stream in &mut streams {
                stream.read_exact(&mut answer[..length])?;
            }
        }
        let (wall, cpu) = (began.elapsed(), cpu_time(ClockId::ProcessCPUTime).saturating_sub(used));
        let sends = u128::from(rounds) * u128::try_from(connections).expect("few connections");
        writeln!(out, "{} {}", wall.as_nanos() / sends, cpu.as_nanos() / sends)?;
    }
    Ok(())
}

/// What linkwa writes for a text, head and body.
fn request() -> std::io::Result<Vec<u8>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/whatsapp-message", listener.local_addr()?);
    let config = Config::with_base_url(url, "user", "secret").platform("platform", "partner").source("+46000000000");
    let client = Client::new(config.timeout(Duration::from_millis(500))).expect("a client");
    let pending = client.submit("+46000000001", Text::new("Hello"), &SendOptions::new()).expect("there is room");
    let (mut connection, _) = listener.accept()?;
    connection.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut bytes = Vec::new();
    let _ = connection.read_to_end(&mut bytes); // until no more comes
    drop(connection);
    let _ = pending.wait();
    assert!(bytes.starts_with(b"POST ") && bytes.ends_with(b"}"), "a whole request");
    Ok(bytes)
}
