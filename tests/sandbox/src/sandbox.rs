//! Starting a sandbox, and asking it things.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::Courier;
use crate::gate::{Gate, GateError};
use crate::gateway::{self, Gateway};
use crate::host::{Host, Limits};
use crate::inbound::{Inbound, InboundError};
use crate::options::Options;
use crate::record::{Pending, RecordedRequest, Shelf};
use crate::store::Store;

/// A running gateway. Dropping it stops everything: open connections are cut, callbacks that
/// are not yet delivered are not.
pub struct Sandbox {
    host: Host,
    gateway: Arc<Gateway>,
}

impl Sandbox {
    /// Starts a gateway on a thread of its own. It is ready when this returns.
    ///
    /// # Errors
    ///
    /// When the options cannot work, or the address cannot be listened on.
    pub fn start(options: Options) -> Result<Self, StartError> {
        check(&options)?;
        let limits = Limits { connections: options.max_connections, read_timeout: options.read_timeout };
        let listen = options.listen;
        let mut shared = None;
        let host = Host::start("linkwa-sandbox", listen, limits, |handle| {
            let pending = Pending::default();
            let store = Store::new(options.keep);
            let (limit, log) = (options.max_pending_callbacks, options.log.clone());
            let courier = Courier::new(handle, pending.clone(), limit, Arc::clone(&store), log);
            let gateway = Arc::new(Gateway::new(options, courier, pending, store));
            shared = Some(Arc::clone(&gateway));
            gateway::router(gateway)
        });
        match (host, shared) {
            (Ok(host), Some(gateway)) => Ok(Self { host, gateway }),
            (Err(error), _) => Err(StartError::Listen(error)),
            (Ok(_), None) => Err(StartError::Listen(io::Error::other("not built"))),
        }
    }

    /// What clients take for the gateway's base URL: `http://127.0.0.1:40000/whatsapp-message`.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.reachable(), self.gateway.options.base_path)
    }

    /// Where the control routes are: `http://127.0.0.1:40000/sandbox`.
    pub fn control_url(&self) -> String {
        format!("http://{}/sandbox", self.reachable())
    }

    /// Where the page is: `http://127.0.0.1:40000/`.
    pub fn page_url(&self) -> String {
        format!("http://{}/", self.reachable())
    }

    /// The address listened on.
    pub fn address(&self) -> SocketAddr {
        self.host.address()
    }

    /// The port listened on.
    pub fn port(&self) -> u16 {
        self.host.address().port()
    }

    /// The requests received, oldest first, those to the control routes apart. A request is here
    /// before the client can read its answer.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.requests_shelf().all().iter().map(|request| RecordedRequest::clone(request)).collect()
    }

    /// Forgets the requests received so far, and counts anew.
    pub fn clear_requests(&self) {
        self.requests_shelf().clear();
    }

    /// Makes the sandbox forget everything since its start: requests, messages, conversations, gates added and callbacks that wait.
    /// One that is being posted may still arrive.
    pub fn reset(&self) {
        self.gateway.reset();
        self.gateway.pending.wait_idle(Duration::from_secs(2));
    }

    /// Waits until that many requests have come since the start or the last clearing; whether
    /// they did in time.
    pub fn wait_for_requests(&self, count: usize, timeout: Duration) -> bool {
        self.requests_shelf().wait_for(count, timeout)
    }

    /// Waits until all callbacks are delivered or given up; whether they were in time.
    pub fn wait_idle(&self, timeout: Duration) -> bool {
        self.gateway.pending.wait_idle(timeout)
    }

    /// Adds a gate; one of the same id makes way.
    ///
    /// # Errors
    ///
    /// When the gate cannot be used.
    pub fn add_gate(&self, gate: Gate) -> Result<(), GateError> {
        self.gateway.add_gate(gate, false)
    }

    /// Adds a gate, and makes it the one for requests that name none and for received messages.
    ///
    /// # Errors
    ///
    /// When the gate cannot be used.
    pub fn set_default_gate(&self, gate: Gate) -> Result<(), GateError> {
        self.gateway.add_gate(gate, true)
    }

    /// Brings in a message from a user. Returns at once with its message id, which is empty for
    /// a raw body that has none; the callback is on its way.
    ///
    /// # Errors
    ///
    /// When there is no gate for it, or raw content is no JSON.
    pub fn inbound(&self, inbound: Inbound) -> Result<String, InboundError> {
        self.gateway.inbound(inbound).map(|(message_id, _)| message_id)
    }

    /// The address listened on, or the loopback address if it is all addresses.
    fn reachable(&self) -> SocketAddr {
        let mut address = self.host.address();
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        address
    }

    fn requests_shelf(&self) -> &Shelf<Arc<RecordedRequest>> {
        &self.gateway.requests
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

fn check(options: &Options) -> Result<(), StartError> {
    if !options.listen.ip().is_loopback() && !options.allow_remote {
        return Err(StartError::NotLoopback(options.listen));
    }
    let path = &options.base_path;
    let segments = path.strip_prefix('/').map(|rest| rest.split('/'));
    let usable = path.is_empty()
        || segments.is_some_and(|mut segments| {
            segments.all(|segment| {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
                !segment.is_empty() && segment.bytes().all(plain)
            })
        }) && !format!("{path}/").starts_with("/sandbox/");
    if !usable {
        return Err(StartError::BasePath(path.clone()));
    }
    for gate in options.gates.iter() {
        gate.target().map_err(StartError::Gate)?;
    }
    Ok(())
}

/// A sandbox that does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not a loopback one.
    NotLoopback(SocketAddr),
    /// The base path is neither empty nor made of a slash and plain segments, or is `/sandbox`.
    BasePath(String),
    /// A gate cannot be used.
    Gate(GateError),
    /// The address cannot be listened on, or the thread cannot be started.
    Listen(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => {
                write!(f, "{address} is not a loopback address; --host listens on it all the same")
            }
            Self::BasePath(path) => write!(f, "{path:?} cannot be the base path"),
            Self::Gate(error) => error.fmt(f),
            Self::Listen(error) => write!(f, "cannot listen: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Gate(error) => Some(error),
            Self::Listen(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sandbox;
    use crate::{CallbackEndpoint, Gate, Inbound, Options};

    #[test]
    fn everything_can_be_shared_between_threads() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Sandbox>();
        shared::<CallbackEndpoint>();
        shared::<Options>();
        shared::<Gate>();
        shared::<Inbound>();
    }
}
