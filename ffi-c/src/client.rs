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

/// Access to one account at the gateway, which keeps connections alive. Most programs need one.
///
/// A built object: threads may share it (see THREADS).
#[derive(Debug)]
pub struct linkwa_client {
    client: Client,
    gate: CallbackGate,
    /// Nothing is ever stored here. With it the compiler may not assume that an object it has a reference to is there
    /// until the end of the call: one of the caller's functions may free the object earlier. (Of what cannot change
    /// behind a reference it may, and might read it late.) Every function takes its shares before it calls one.
    _no_reference_outlasts_a_call: AtomicU8,
}

/// An out-parameter for a client.
pub(crate) type ClientOut<'a> = Option<&'a mut MaybeUninit<Option<Box<linkwa_client>>>>;

impl linkwa_client {
    fn new(client: Client) -> Self {
        Self { client, gate: CallbackGate::default(), _no_reference_outlasts_a_call: AtomicU8::new(0) }
    }

    /// A share of the client, which lives on when one of the caller's functions frees this object in the middle of a
    /// call.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Counts the calls of the caller's functions that this client's sends make.
    pub(crate) fn gate(&self) -> CallbackGate {
        self.gate.clone()
    }
}

/// Makes a client with this configuration, which stays yours and may be changed or freed afterwards. Nothing is sent,
/// no connection is made and no thread is started yet.
///
/// The client is yours, to be freed with linkwa_client_free().
///
/// Errors: LINKWA_INVALID_CONFIG if the client could not work: no region and no base URL, an unknown region, plain
/// http:// to another machine (rule E-4), a username with a colon (rule E-3), an empty or unprintable credential, a
/// timeout of 0, a proxy URL or CA file that cannot be used. What went wrong first in a setter of the configuration.
/// LINKWA_INVALID_ARGUMENT if `config` or `client` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_new(
    config: Option<&linkwa_config>,
    client: ClientOut<'_>,
    err: ErrorOut<'_>,
) -> linkwa_status {
    panic_boundary_out(client, "client", err, || {
        let config = require(config, "config")?.config()?;
        Ok(into_raw(linkwa_client::new(Client::new(config)?)))
    })
}

/// Makes a client with the configuration of the environment: see linkwa_config_from_env().
///
/// The client is yours, to be freed with linkwa_client_free(). No other thread may change the environment meanwhile.
///
/// Errors: LINKWA_INVALID_CONFIG that names the variables which are missing or cannot be used; LINKWA_INVALID_ARGUMENT
/// if `client` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_from_env(client: ClientOut<'_>, err: ErrorOut<'_>) -> linkwa_status {
    panic_boundary_out(client, "client", err, || Ok(into_raw(linkwa_client::new(Client::from_env()?))))
}

/// Ends the client. No send begins any more; those that wait for a worker end at once, LINKWA_NOT_SENT with the reason
/// LINKWA_REASON_CLOSED. Those under way may finish within `timeout_ms` milliseconds, and are then broken off:
/// LINKWA_NOT_SENT if no byte had left, LINKWA_OUTCOME_UNKNOWN (LINKWA_REASON_CANCELLED) otherwise. Then it returns.
/// Every function may still be called; the client is still to be freed.
///
/// It may be called from inside a linkwa_on_done function, and does not wait for that one.
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

/// Frees a client. NULL is fine. Sends that are not over are broken off as linkwa_client_close() does with a timeout of
/// 0: call that first to let them finish. Pending objects stay usable.
///
/// When it returns, every linkwa_on_done function of the client has returned and none will be called again. It may be
/// called from inside one: that one is not waited for, and it must not use the client any more. No other thread may be
/// using the client, their linkwa_on_done functions excepted, which may use it until they return.
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_client_free(client: *mut linkwa_client) {
    panic_boundary(|| {
        from_raw(client, |client| {
            client.client.close(Duration::ZERO);
            client.gate.wait();
        });
    });
}

/// Makes a new reference for a request, unique across processes and machines (a random UUID). Store it before sending,
/// give it to linkwa_options_set_ref_id(), and a send whose outcome is unknown can be reconciled even after a crash.
///
/// The buffer is yours, to be freed with linkwa_buffer_free().
#[unsafe(no_mangle)]
pub extern "C" fn linkwa_new_ref_id() -> Option<Box<linkwa_buffer>> {
    panic_boundary(|| into_raw(linkwa_buffer::new(linkwa::new_ref_id())))
}
