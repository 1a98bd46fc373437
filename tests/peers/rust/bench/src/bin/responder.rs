//! The fastest gateway there is: `responder INPUTS` listens on a port of 127.0.0.1, prints it, and answers every request as
//! accepted, until its input ends. A thread a connection, kept alive; a request ends where its `Content-Length` says.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

/// A request of several destinations is longer, and gets the ids of a hundred.
const LONG: usize = 1024;

struct Answers {
    one: Vec<u8>,
    hundred: Vec<u8>,
}

fn main() -> std::io::Result<()> {
    let inputs = std::env::args().nth(1).expect("the folder of the inputs");
    let one = std::fs::read_to_string(Path::new(&inputs).join("answer.json"))?;
    let ids: Vec<String> = (0..100).map(|index| format!("\"8aU6cwxAKE9NzMLrS6M8{index:02}\"")).collect();
    let hundred = format!(r#"{{"resultCode":112001,"description":"queued","messageIds":[{}]}}"#, ids.join(","));
    let answers = Arc::new(Answers { one: answer(&one), hundred: answer(&hundred) });

    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answers = Arc::clone(&answers);
            // A client that hangs up is no fault.
            std::thread::spawn(move || serve(connection, &answers));
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn answer(body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    (head + body).into_bytes()
}

fn serve(mut connection: TcpStream, answers: &Answers) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let Some(length) = request_length(&buffer[..filled]) else {
            let read = connection.read(&mut buffer[filled..])?;
            if read == 0 {
                return Ok(());
            }
            filled += read;
            continue;
        };
        connection.write_all(if length > LONG { &answers.hundred } else { &answers.one })?;
        buffer.copy_within(length..filled, 0);
        filled -= length;
    }
}

/// The length of the request that is at the beginning, if all of it is there.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let name = b"content-length:";
    let at = bytes[..head].windows(name.len()).position(|part| part.eq_ignore_ascii_case(name))? + name.len();
    let digits = bytes[at..].iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    (bytes.len() >= head + body).then_some(head + body)
}
