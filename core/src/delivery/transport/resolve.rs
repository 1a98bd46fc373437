//! Name resolution that ends at the deadline of a send, or when the client is closed.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use ureq::http::Uri;
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::transport::NextTimeout;
use ureq::{Error, Timeout};

use super::cancel::closed;
use super::context;
use super::deadline::Deadline;
use super::dial::interleave;
use crate::delivery::thread;

/// How many of a host's addresses are tried.
const MAX_ADDRESSES: usize = 16;

/// Resolves names with a deadline. The system's call cannot be interrupted, so it runs on a separate thread. All sends that wait
/// for the same name share one thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolver(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: HashMap<String, Arc<Answer>>,
    closed: bool,
}

/// The system's answer. Empty if resolving failed.
type Answer = OnceLock<Vec<SocketAddr>>;

impl Resolver {
    /// Ends all waits, and makes later ones fail.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }

    fn find(&self, name: String, deadline: &Deadline) -> Result<Vec<SocketAddr>, Error> {
        let mut state = self.0.lock();
        let answer = match state.running.get(&name) {
            Some(answer) => Arc::clone(answer),
            None => self.begin(name, &mut state)?,
        };
        loop {
            if state.closed {
                return Err(closed().into());
            }
            if let Some(addresses) = answer.get() {
                return if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses.clone()) };
            }
            state = match deadline.left()? {
                Some(left) => self.0.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn begin(&self, name: String, state: &mut State) -> Result<Arc<Answer>, Error> {
        let answer = Arc::new(Answer::new());
        let (shared, found, key) = (Arc::clone(&self.0), Arc::clone(&answer), name.clone());
        let run = move || {
            let addresses = name.to_socket_addrs().map(Iterator::collect).unwrap_or_default();
            // This cannot fail: no other thread sets it.
            let _ = found.set(addresses);
            shared.lock().running.remove(&name);
            shared.changed.notify_all();
        };
        thread::spawn("linkwa-lookup", run).map_err(|error| Error::Other(Box::new(NoThread(error))))?;
        state.running.insert(key, Arc::clone(&answer));
        Ok(answer)
    }
}

/// A name cannot be resolved, because the system gives no thread.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no thread to look the host name up on: {}", .0.kind())]
pub(super) struct NoThread(io::Error);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ureq::unversioned::resolver::Resolver for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        if timeout.reason == Timeout::Resolve {
            // ureq resolves before each request, even if it has a connection. `Tcp` resolves when it needs the addresses.
            return Ok(later(self));
        }
        context::note_asked_for();
        let host = uri.host().ok_or(Error::HostNotFound)?;
        let default_port = match uri.scheme_str() {
            Some("https") => 443,
            Some("socks4" | "socks4a" | "socks" | "socks5" | "socks5h") => 1080,
            _ => 80,
        };
        let port = uri.port_u16().unwrap_or(default_port);
        let mut addresses = self.empty();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            addresses.push(SocketAddr::new(address, port));
            return Ok(addresses);
        }
        // The connect timeout includes resolving, but the error names the step.
        let deadline = Deadline::of(&timeout).named(Timeout::Resolve);
        let found = self.find(format!("{host}:{port}"), &deadline)?;
        context::note_resolved();
        for address in config.ip_family().keep_wanted(interleave(found).into_iter()).take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

/// A placeholder for the addresses of a name that is resolved only when a connection is made.
pub(super) const LATER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

pub(super) fn later(resolver: &dyn ureq::unversioned::resolver::Resolver) -> ResolvedSocketAddrs {
    let mut later = resolver.empty();
    later.push(LATER);
    later
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use ureq::Agent;

    use super::*;
    use crate::delivery::transport::context::SendContext;

    /// A resolver for which the system never answers.
    fn hanging() -> Resolver {
        let resolver = Resolver::default();
        resolver.0.lock().running.insert("slow.invalid:80".to_owned(), Arc::default());
        resolver
    }

    fn resolve(resolver: &Resolver) -> Result<ResolvedSocketAddrs, Error> {
        let config = Agent::config_builder().build();
        ureq::unversioned::resolver::Resolver::resolve(
            resolver,
            &Uri::from_static("http://slow.invalid"),
            &config,
            NextTimeout::default(),
        )
    }

    #[test]
    fn a_lookup_that_hangs_ends_at_the_connect_timeout_and_the_error_names_it() {
        let far = Instant::now() + Duration::from_secs(60);
        for (deadline, connect, expected) in [
            (far, Duration::from_millis(20), Timeout::Resolve),
            (Instant::now() + Duration::from_millis(20), Duration::from_secs(60), Timeout::Global),
        ] {
            let _entered = SendContext::new(deadline, connect, Arc::default()).enter();
            let error = resolve(&hanging()).expect_err("no answer");
            assert!(matches!(error, Error::Timeout(reason) if reason == expected), "{error:?}");
        }
    }

    #[test]
    fn a_lookup_without_a_thread_fails_at_once() {
        let end = Instant::now() + Duration::from_secs(60);
        let _entered = SendContext::new(end, Duration::from_secs(60), Arc::default()).enter();
        thread::NO_THREADS.set(true);
        let error = resolve(&Resolver::default()).expect_err("no thread");
        thread::NO_THREADS.set(false);
        assert!(matches!(error, Error::Other(error) if error.is::<NoThread>()));
    }

    #[test]
    fn a_lookup_ends_when_the_client_is_closed() {
        let resolver = hanging();
        let waiting = resolver.clone();
        let thread = std::thread::spawn(move || resolve(&waiting).map(drop));
        resolver.close();
        assert!(matches!(thread.join().expect("no panic"), Err(Error::Io(_))));
    }
}
