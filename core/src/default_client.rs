//! The default client, and the verbs on it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;

use crate::client::Client;
use crate::config::Config;
use crate::error::Error;
use crate::http::{HttpBody, HttpMethod, HttpResponse};
use crate::options::SendOptions;
use crate::request::{Destinations, MessageRequest, Messages};
use crate::response::SendResult;

/// The client that `configure` set.
static CONFIGURED: ArcSwapOption<Client> = ArcSwapOption::const_empty();

/// The environment's client. A failed attempt leaves the cell empty, so that the next one reads the environment again.
static FROM_ENV: OnceBox<Client> = OnceBox::new();

/// Sets the client that the functions of this crate use. It replaces the environment's and an earlier one; sends under
/// way finish on the client that they began with.
///
/// # Errors
///
/// `invalid_config`, as [`Client::new`]; the default client then stays as it was.
pub fn configure(config: Config) -> Result<(), Error> {
    let client = Client::new(config)?;
    CONFIGURED.store(Some(Arc::new(client)));
    Ok(())
}

/// Returns the client of [`configure`], or one made from the environment on first use.
///
/// # Errors
///
/// `invalid_config` if nothing was configured and the configuration of the environment is invalid. The next call tries
/// again.
pub fn default_client() -> Result<Client, Error> {
    if let Some(client) = &*CONFIGURED.load() {
        return Ok(Client::clone(client));
    }
    FROM_ENV.get_or_try_init(|| Client::from_env().map(Box::new)).cloned().map_err(|error| match error {
        Error::InvalidConfig { message } => {
            Error::invalid_config(format!("call `configure`, or set the variables of the environment: {message}"))
        }
        error => error,
    })
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident($($argument:ident: $type:ty),*);)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            ///
            /// `invalid_config` of [`default_client`], and those of [`Client`](Client#errors).
            pub fn $verb($($argument: $type),*) -> Result<SendResult, Error> {
                default_client()?.$verb($($argument),*)
            }
        )*
    };
}

verbs! {
    /// [`Client::send`] on the default client.
    send(to: impl Into<Destinations>, messages: impl Into<Messages>, options: &SendOptions);
    /// [`Client::send_request`] on the default client.
    send_request(request: &MessageRequest);
    /// [`Client::send_raw`] on the default client.
    send_raw(json: impl AsRef<[u8]>);
}

/// [`Client::request`] on the default client.
///
/// # Errors
///
/// `invalid_config` of [`default_client`], and those of [`Client::request`].
pub fn request(method: HttpMethod, path: &str, body: impl Into<HttpBody>) -> Result<HttpResponse, Error> {
    default_client()?.request(method, path, body)
}

macro_rules! message_verbs {
    ($($(#[doc = $doc:literal])* $type:ident = $tag:literal, $verb:ident($argument:ident);)*) => {
        verbs! {$(
            $(#[doc = $doc])*
            ///
            /// On the default client, as the method of [`Client`] of the same name.
            $verb(to: impl Into<Destinations>, $argument: impl Into<crate::message::$type>);
        )*}
    };
}

for_each_message!(message_verbs);
