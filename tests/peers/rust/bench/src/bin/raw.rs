//! The physical limit of a send: `raw URL [64]` writes the very bytes that linkwa posts for a text, and reads the answer, on one
//! kept-alive connection or on 64 at once. It knows the answer's length beforehand, and looks at nothing in it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use linkwa::{Client, Config, SendOptions, Text};
use linkwa_peers::quartiles;
use rustix::time::{ClockId, clock_gettime};

const SLICES: u32 = 100;
const SENDS: u32 = 640;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the responder's URL");
    let connections: usize = arguments.next().map_or(1, |count| count.parse().expect("a number of connections"));
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

    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..SLICES {
        let (began, used) = (Instant::now(), cpu_time());
        let rounds = SENDS / u32::try_from(connections).expect("few connections");
        for _ in 0..rounds {
            for stream in &mut streams {
                stream.write_all(&request)?;
            }
            for stream in &mut streams {
                stream.read_exact(&mut answer[..length])?;
            }
        }
        wall.push(began.elapsed().as_secs_f64() * 1e9 / f64::from(SENDS));
        cpu.push(cpu_time().saturating_sub(used).as_secs_f64() * 1e9 / f64::from(SENDS));
    }
    let ([low, wall, high], [_, cpu, _]) = (quartiles(&mut wall), quartiles(&mut cpu));
    println!(r#"{{"raw":{connections},"unit":"ns","wall":{wall},"low":{low},"high":{high},"cpu":{cpu}}}"#);
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

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
