//! The engine of a client: its connections, workers and retry budget, separate for each process.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use once_cell::race::OnceBox;

use super::budget::Budget;
use super::deliver::{PreparedRequest, deliver};
use super::observed::Observed;
use super::pool::Pool;
use super::send_state::{FinalResult, OnDone, SendState};
use super::transport::{Setup, Target, Transport};
use crate::config::Config;
use crate::error::{Error, Reason};
use crate::http::{HttpMethod, Resource};
use crate::observer::{Gateway, Load, Subject};
use crate::retry::RetryPolicy;

/// What a client and its clones share to send with.
#[derive(Debug)]
pub(crate) struct Engine {
    setup: Setup,
    limits: Limits,
    policy: RetryPolicy,
    closed: AtomicBool,
    gateway: Arc<Gateway>,
    first: PerProcess,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    connections: usize,
    queue: usize,
}

/// The runtime of one process. A forked child gets its own, because it cannot use its parent's sockets, locks or threads.
#[derive(Debug)]
struct PerProcess {
    process: u32,
    runtime: Arc<Runtime>,
    next: OnceBox<PerProcess>,
}

#[derive(Debug)]
struct Runtime {
    transport: Transport,
    pool: Pool,
    budget: Budget,
}

impl Engine {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let setup = Setup::new(config)?;
        let limits = Limits { connections: config.max_connections, queue: config.max_queue };
        let first = PerProcess::new(&setup, limits);
        let (closed, gateway) = (AtomicBool::new(false), Arc::new(setup.gateway()));
        Ok(Self { setup, limits, policy: config.retry.clone(), closed, gateway, first })
    }

    /// The runtime of this process. Finding it takes no lock, because a forked child may inherit a lock that is held.
    fn runtime(&self, process: u32) -> &Arc<Runtime> {
        let mut found = &self.first;
        while found.process != process {
            found = found.next.get_or_init(|| Box::new(PerProcess::new(&self.setup, self.limits)));
        }
        &found.runtime
    }

    /// Where a request to this resource goes.
    pub(crate) fn target(&self, resource: &Resource<'_>) -> Result<Target, Error> {
        self.setup.target(resource)
    }

    /// How many sends wait for a worker, and how many are under way.
    pub(crate) fn load(&self) -> (usize, usize) {
        let Load { queued, under_way } = self.runtime(process::id()).pool.gauge().load();
        (queued, under_way)
    }

    /// The host and the port of the gateway.
    pub(crate) fn gateway(&self) -> (&str, u16) {
        (&self.gateway.host, self.gateway.port)
    }

    /// Sees how far the way to the gateway is open, and sends nothing.
    #[cfg(feature = "cli")]
    pub(crate) fn probe(&self, timeout: Duration) -> super::transport::Probe {
        self.setup.probe(timeout)
    }

    /// Sends on the calling thread.
    pub(crate) fn send(&self, request: &PreparedRequest) -> FinalResult {
        let process = process::id();
        let Runtime { transport, pool, budget } = &**self.runtime(process);
        let state = self.begin(request, None, process, pool);
        self.check_open(&state)?;
        pool.run_here(&state, |state| deliver(transport, budget, &self.policy, request, state))
    }

    /// Makes the state of a send, and reports that it begins.
    fn begin(&self, request: &PreparedRequest, on_done: Option<OnDone>, process: u32, pool: &Pool) -> Arc<SendState> {
        let observed = request.observing.is_on().then(|| {
            let subject = Subject {
                send_id: 0,
                ref_id: request.ref_id.clone(),
                message_types: request.message_types.clone(),
                destinations: request.destinations.len(),
                method: Some(request.target.as_ref().map_or(HttpMethod::Post, |target| target.method)),
                gateway: Arc::clone(&self.gateway),
                has_messages: request.target.is_none(),
            };
            Observed::begin(&request.observing, subject, pool.gauge())
        });
        Arc::new(SendState::new(request.ref_id.clone(), on_done, process).observed_by(observed))
    }

    /// Sends on a worker. Unless this returns an error, `on_done` is called exactly once. `on_begun` is called before the send
    /// starts, once it can no longer be refused; it must be brief.
    pub(crate) fn submit(
        &self,
        request: PreparedRequest,
        on_done: Option<OnDone>,
        on_begun: impl FnOnce(&Arc<SendState>),
    ) -> Result<Arc<SendState>, Error> {
        let process = process::id();
        let runtime = Arc::clone(self.runtime(process));
        let state = self.begin(&request, on_done, process, &runtime.pool);
        self.check_open(&state)?;
        let (policy, deadline) = (self.policy.clone(), request.deadline);
        let work = move |state: &Arc<SendState>| deliver(&runtime.transport, &runtime.budget, &policy, &request, state);
        let submitted = self.runtime(process).pool.submit(&state, deadline, Box::new(work), || on_begun(&state));
        submitted.inspect_err(|error| state.report_refused(error))?;
        Ok(state)
    }

    /// See [`Client::close`](crate::Client::close).
    pub(crate) fn close(&self, timeout: Duration) {
        self.closed.store(true, Ordering::Release);
        let runtime = self.runtime(process::id());
        runtime.pool.close(timeout, || runtime.transport.shut_down());
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn check_open(&self, state: &SendState) -> Result<(), Error> {
        if !self.is_closed() {
            return Ok(());
        }
        let error = state.not_sent(Reason::Closed, "the client is closed");
        state.report_refused(&error);
        Err(error)
    }
}

/// Settles the sends that wait for a worker, and does not block. Sends under way go on until their own deadlines, and their
/// workers end with them.
impl Drop for Engine {
    fn drop(&mut self) {
        let process = process::id();
        let mut next = Some(&self.first);
        while let Some(found) = next {
            if found.process == process {
                found.runtime.pool.close_queue();
            }
            next = found.next.get();
        }
    }
}

impl PerProcess {
    fn new(setup: &Setup, limits: Limits) -> Self {
        let pool = Pool::new(limits.connections, limits.queue);
        let runtime = Runtime { transport: setup.transport(), pool, budget: Budget::default() };
        Self { process: process::id(), runtime: Arc::new(runtime), next: OnceBox::new() }
    }
}
