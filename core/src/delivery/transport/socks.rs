//! SOCKS5 (RFC 1928, 1929) over our own sockets.
//!
//! ureq's `SocksConnector` opens its own sockets. A shutdown reaches them only once they are connected, so with a dead proxy a
//! cancelled send would occupy its worker until the connect timeout. It also tries addresses one after the other, may get a
//! descriptor below 3, and cannot tell whether the system took a byte of a body.

use ureq::Error;
use ureq::http::Uri;
use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, NextTimeout, Transport};
use ureq::{Proxy, ProxyProtocol};

use super::dial::Dialer;
use super::tcp::TcpTransport;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const USERNAME_PASSWORD: u8 = 2;

/// Connects through a SOCKS5 proxy, if there is one to go through.
#[derive(Debug)]
pub(super) struct Socks(pub(super) Dialer);

impl<In: Transport> Connector<In> for Socks {
    type Out = Either<In, TcpTransport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let proxy = details.config.proxy().filter(|proxy| is_socks5(proxy));
        let (Some(proxy), None) = (proxy, &chained) else { return Ok(chained.map(Either::A)) };
        let addresses = details.resolver.resolve(proxy.uri(), details.config, details.timeout)?;
        let mut transport = TcpTransport::connect(details, &self.0, proxy.uri(), &addresses)?;
        shake_hands(&mut transport, proxy, details.uri, &details.timeout)?;
        Ok(Some(Either::B(transport)))
    }
}

pub(super) fn is_socks5(proxy: &Proxy) -> bool {
    matches!(proxy.protocol(), ProxyProtocol::Socks5 | ProxyProtocol::Socks5h)
}

fn shake_hands(proxy: &mut TcpTransport, config: &Proxy, target: &Uri, timeout: &NextTimeout) -> Result<(), Error> {
    let has_credentials = config.username().is_some() || config.password().is_some();
    let methods: &[u8] = if has_credentials {
        &[VERSION, 2, NO_AUTHENTICATION, USERNAME_PASSWORD]
    } else {
        &[VERSION, 1, NO_AUTHENTICATION]
    };
    proxy.write_all(methods, timeout)?;
    match proxy.read_exactly(timeout)? {
        [VERSION, NO_AUTHENTICATION] => {}
        [VERSION, USERNAME_PASSWORD] if has_credentials => {
            let mut login = vec![1];
            push_counted(&mut login, config.username().unwrap_or_default())?;
            push_counted(&mut login, config.password().unwrap_or_default())?;
            proxy.write_all(&login, timeout)?;
            let [_, status] = proxy.read_exactly(timeout)?;
            if status != 0 {
                return Err(proxy_failed("the proxy does not accept the credentials"));
            }
        }
        _ => return Err(proxy_failed("the proxy wants another way to authenticate")),
    }
    let mut request = vec![VERSION, 1, 0];
    push_target(&mut request, target)?;
    proxy.write_all(&request, timeout)?;
    let [_, reply, _, address_type] = proxy.read_exactly(timeout)?;
    if reply != 0 {
        return Err(proxy_failed(&format!("the proxy refused with SOCKS5 code {reply}")));
    }
    // The address and port that the proxy uses. Neither is needed.
    match address_type {
        1 => drop(proxy.read_exactly::<6>(timeout)?),
        4 => drop(proxy.read_exactly::<18>(timeout)?),
        3 => {
            let [length] = proxy.read_exactly(timeout)?;
            for _ in 0..usize::from(length) + 2 {
                proxy.read_exactly::<1>(timeout)?;
            }
        }
        _ => return Err(proxy_failed("the proxy answered something that is not SOCKS5")),
    }
    Ok(())
}

/// Appends the gateway's address or name, and its port. The proxy resolves the name.
fn push_target(request: &mut Vec<u8>, target: &Uri) -> Result<(), Error> {
    let host = target.host().ok_or(Error::HostNotFound)?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse() {
        Ok(std::net::IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(std::net::IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_) => {
            request.push(3);
            push_counted(request, host)?;
        }
    }
    let default_port = if target.scheme_str() == Some("https") { 443 } else { 80 };
    request.extend(target.port_u16().unwrap_or(default_port).to_be_bytes());
    Ok(())
}

/// Appends the length of a text as one byte, and then the text.
fn push_counted(bytes: &mut Vec<u8>, text: &str) -> Result<(), Error> {
    let length = u8::try_from(text.len()).map_err(|_| proxy_failed("a name or credential is too long for SOCKS5"))?;
    bytes.push(length);
    bytes.extend(text.as_bytes());
    Ok(())
}

fn proxy_failed(why: &str) -> Error {
    Error::ConnectProxyFailed(why.to_owned())
}
