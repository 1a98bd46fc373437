//! Clients.

use std::mem::MaybeUninit;
use std::sync::atomic::AtomicU8;
use std::time::Duration;

use linkwa::{CallbackGate, Client};

use crate::arg::require;
use crate::buffer::linkwa_buffer;
use crate::config::linkwa_config;
use crate::error::ErrorOut;
use crate::out::{from_raw, into_raw};
use crate::panic::{panic_boundary, panic_boundary_out, panic_boundary_status};
use crate::status::linkwa_status;

/// Sends through one account at the gateway, and keeps connections alive. Most programs need one client.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_client {
    client: Client,
    gate: CallbackGate,
    /// Counts the running calls of the observer.
    observer_gate: CallbackGate,
    /// Nothing is stored here. An interior-mutable field keeps the compiler from assuming that a borrowed object exists
    /// until the end of the call: a callback of the caller may free the object earlier, and a read that the compiler
    /// moved behind that would be a use after free. Every function takes its shared handles before it calls a callback.
    _no_reference_outlasts_a_call: AtomicU8,
}

/// An out-parameter for a client.
pub(crate) type ClientOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_client>>>>;

impl linkwa_client {
    fn new(client: Client, observer_gate: CallbackGate) -> Self {
        let gate = CallbackGate::default();
        Self { client, gate, observer_gate, _no_reference_outlasts_a_call: AtomicU8::new(0) }
    }

    /// A shared handle of the client. It stays valid when a callback of the caller frees this object during a call.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Counts the running callbacks of this client's sends.
    pub(crate) fn gate(&self) -> CallbackGate {
        self.gate.clone()
    }
}

/// Makes a client with this configuration. The configuration stays yours; you may change or free it afterwards. This
/// sends nothing, opens no connection and starts no thread.
///
/// The client is yours; free it with linkwa_client_free().
///
/// Errors: LINKWA_INVALID_CONFIG if the client could not work: neither region nor base URL, an unknown region, an
/// invalid base URL, plain http:// to another machine, a username with a colon, an empty or unprintable credential, an
/// invalid header, a number outside the limits of its setter, or an invalid proxy, list of hosts without a proxy or CA
/// file. Also the first error of a setter of the configuration. LINKWA_INVALID_ARGUMENT if `config` or `client` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_new(
    config: Option<&linkwa_config>,
    client: ClientOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(client, "client", err, || {
        let observer_gate = CallbackGate::default();
        let config = require(config, "config")?.config(&observer_gate)?;
        Ok(into_raw(linkwa_client::new(Client::new(config)?, observer_gate)))
    })
}

/// Makes a client with the configuration of the environment: see linkwa_config_from_env().
///
/// The client is yours; free it with linkwa_client_free(). No other thread may change the environment during the call.
///
/// Errors: LINKWA_INVALID_CONFIG, which names every variable that is missing or invalid; LINKWA_INVALID_ARGUMENT if
/// `client` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_from_env(client: ClientOut<'_>, err: ErrorOut<'_>) -> linkwa_status {
    panic_boundary_out(client, "client", err, || {
        Ok(into_raw(linkwa_client::new(Client::from_env()?, CallbackGate::default())))
    })
}

/// Closes the client. It accepts no new sends. Sends that wait for a worker fail at once with LINKWA_NOT_SENT and
/// LINKWA_REASON_CLOSED. Sends under way may finish within `timeout_ms` milliseconds and are then cancelled:
/// LINKWA_NOT_SENT if no byte had left, LINKWA_OUTCOME_UNKNOWN (LINKWA_REASON_CANCELLED) otherwise. Then this function
/// returns. You may still call every function with the client, and must still free it.
///
/// It may be called from inside a linkwa_on_done function, and does not wait for that function.
///
/// Errors: LINKWA_INVALID_ARGUMENT if `client` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_close(client: Option<&linkwa_client>, timeout_ms: u64) -> linkwa_status {
    panic_boundary_status(None, || {
        let client = require(client, "client")?.client();
        client.close(Duration::from_millis(timeout_ms));
        Ok(())
    })
}

/// Frees a client. NULL is allowed. Cancels running sends as linkwa_client_close() does with a timeout of 0: call that
/// first to let them finish. Pending objects stay usable.
///
/// When this function returns, every linkwa_on_done and linkwa_observer function of the client has returned and none will
/// be called again. You may call it from inside such a function: it does not wait for that function, which must not use
/// the client any more. Inside a linkwa_observer it waits for no linkwa_on_done function, because that of the observed
/// send may follow on the same thread: what `user_data` of such functions points to must stay valid until they return. No
/// other thread may be using the client, except inside such functions, which may use it until they return.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_free(client: *mut linkwa_client) {
    panic_boundary(|| {
        from_raw(client, |client| {
            client.client.close(Duration::ZERO);
            // This thread may have to call the function of the send that its observer receives.
            if !client.observer_gate.is_inside() {
                client.gate.wait();
            }
            client.observer_gate.close();
        });
    });
}

/// Makes a new reference for a request, unique across processes and machines (a random UUID). Store it before sending
/// and pass it to linkwa_options_set_ref_id(): then you can reconcile a send whose outcome is unknown, even after a
/// crash.
///
/// The buffer is yours; free it with linkwa_buffer_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_new_ref_id() -> Option<Box<linkwa_buffer>> {
    panic_boundary(|| into_raw(linkwa_buffer::new(linkwa::new_ref_id())))
}
