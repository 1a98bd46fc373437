//! The server's side of SOCKS5 (RFC 1928), with username and password (RFC 1929).

use std::io::{self, Read};
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::proxy::{Answer, Client, ProxyRequest};

const NO_AUTH: u8 = 0;
const PASSWORD: u8 = 2;
const NO_METHOD: u8 = 0xff;
const GENERAL_FAILURE: u8 = 1;
const CONNECTION_REFUSED: u8 = 5;
const COMMAND_NOT_SUPPORTED: u8 = 7;

pub(crate) fn serve(client: &Client) -> io::Result<()> {
    let [5, count] = client.read_exactly()? else { return Ok(()) };
    let methods = read_many(client, count)?;
    let required = client.fault.credentials.is_some();
    let method = match (methods.contains(&NO_AUTH), methods.contains(&PASSWORD)) {
        (_, true) => PASSWORD,
        (true, false) if !required => NO_AUTH,
        _ => NO_METHOD,
    };
    client.write(&[5, method])?;
    if method == NO_METHOD {
        return Ok(());
    }
    let credentials = if method == PASSWORD { Some(read_credentials(client)?) } else { None };
    if method == PASSWORD {
        let allowed = !required || credentials == client.fault.credentials;
        if !allowed {
            let mut request = ProxyRequest::new("CONNECT", "");
            request.credentials = credentials;
            client.record(request);
            return client.write(&[1, 1]);
        }
        client.write(&[1, 0])?;
    }
    let [5, command, _, kind] = client.read_exactly()? else { return Ok(()) };
    let Some(host) = read_host(client, kind)? else { return Ok(()) };
    let port = u16::from_be_bytes(client.read_exactly()?);
    let target = format!("{host}:{port}");
    let mut request = ProxyRequest::new("CONNECT", &target);
    request.credentials = credentials;
    let record = client.record(request);
    if command != 1 {
        return reply(client, COMMAND_NOT_SUPPORTED);
    }
    match client.fault.answer {
        Answer::Tunnel => match client.dial(&target) {
            Ok(upstream) => {
                client.tunnelled(record);
                reply(client, 0)?;
                client.tunnel(record, &upstream);
                Ok(())
            }
            Err(_) => reply(client, CONNECTION_REFUSED),
        },
        Answer::Refuse(code) => reply(client, u8::try_from(code).unwrap_or(GENERAL_FAILURE)),
        Answer::Close => Ok(()),
        Answer::Stall => {
            client.stall();
            Ok(())
        }
    }
}

fn read_credentials(client: &Client) -> io::Result<(String, String)> {
    let [_version, length] = client.read_exactly()?;
    let username = read_many(client, length)?;
    let [length] = client.read_exactly()?;
    let password = read_many(client, length)?;
    Ok((text(&username), text(&password)))
}

fn read_host(client: &Client, kind: u8) -> io::Result<Option<String>> {
    Ok(match kind {
        1 => Some(Ipv4Addr::from(client.read_exactly::<4>()?).to_string()),
        3 => {
            let [length] = client.read_exactly()?;
            Some(text(&read_many(client, length)?))
        }
        4 => Some(format!("[{}]", Ipv6Addr::from(client.read_exactly::<16>()?))),
        _ => None,
    })
}

fn read_many(client: &Client, count: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(count)];
    (&*client.socket).read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn reply(client: &Client, code: u8) -> io::Result<()> {
    client.write(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0])
}
